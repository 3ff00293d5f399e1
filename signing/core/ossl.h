/* signing/core/ossl.h: OpenSSL's error queue as causes, and small conversions. */
#ifndef SIGNET_SIGNING_CORE_OSSL_H
#define SIGNET_SIGNING_CORE_OSSL_H

#include <openssl/asn1.h>
#include <openssl/x509.h>

#include "server/base/buf.h"

/*
 * Set err to ERROR_INTERNAL (or `kind`) with `text` for the caller and the error queue's words as
 * the cause; the queue is empty afterwards. Returns -1.
 */
int error_openssl(struct error *err, const char *text);
int error_openssl_kind(struct error *err, enum error_kind kind, const char *text);

/* Seconds since 1970, or -1 with *ok = 0 when the time does not parse. */
int64_t asn1_time_seconds(const ASN1_TIME *t, int *ok);
/* RFC 2253 form in UTF-8, cut to size; returns out. */
char *x509_name_text(const X509_NAME *name, char *out, size_t size);
/* Decimal, cut to size; returns out. */
char *asn1_integer_text(const ASN1_INTEGER *i, char *out, size_t size);
/* Append a DER encoding made by an i2d function. */
#define OSSL_APPEND_DER(type, obj, out, err)                                                       \
	ossl_append_der((ossl_i2d *)i2d_##type, (obj), (out), (err))
typedef int ossl_i2d(const void *obj, unsigned char **out);
int ossl_append_der(ossl_i2d *i2d, const void *obj, struct buf *out, struct error *err);
/* Exactly one DER/BER object fills the span: its total length equals span.len. 1 or 0. */
int der_is_whole(struct span der);

#endif
