/*
 * signing/format/cms/der_out.h: DER written from front to back. For what is made with every
 * signature: OpenSSL's templates take ten times as long for the same bytes.
 *
 * The writer must know lengths before it writes them: der_size() tells what a value will take.
 */
#ifndef SIGNET_SIGNING_FORMAT_CMS_DER_OUT_H
#define SIGNET_SIGNING_FORMAT_CMS_DER_OUT_H

#include <openssl/asn1.h>

#include "server/base/buf.h"
#include "signing/core/ossl.h"

enum {
	DER_INTEGER = 0x02,
	DER_OCTETS = 0x04,
	DER_UTC_TIME = 0x17,
	DER_TIME = 0x18,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
	DER_CONTEXT = 0xa0 /* + n: [n], constructed */
};

/* The first failure stays: `failed` is set, `err` says why, and nothing more is written. */
struct der_out {
	struct buf *buf;
	struct error *err;
	int failed;
};
#define DER_OUT(buf, err)                                                                          \
	{                                                                                          \
		(buf), (err), 0                                                                    \
	}

/* Bytes of a value whose content has `len` bytes, tag and length included. */
size_t der_size(size_t len);
/* Tag and length of a value whose content (len bytes) is put next. */
void der_put_head(struct der_out *out, unsigned int tag, size_t len);
/* A whole value. */
void der_put_value(struct der_out *out, unsigned int tag, struct span content);
/* What is DER already. */
void der_put_raw(struct der_out *out, struct span der);
/* An OBJECT IDENTIFIER by its dotted form; ERROR_MALFORMED when it is none. */
void der_put_oid(struct der_out *out, const char *dotted);
/* A structure of OpenSSL's. */
void der_put_struct(struct der_out *out, ossl_i2d *i2d, const void *value);
#define DER_PUT_STRUCT(type, value, out) der_put_struct((out), (ossl_i2d *)i2d_##type, (value))

/* Attribute { type, SET { value } }; `value` is DER. */
void der_put_attribute(struct der_out *out, const char *oid, struct span value);

#endif
