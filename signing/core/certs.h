/*
 * signing/core/certs.h: certificates from their encoding, each decoded once. OpenSSL 3.0 takes
 * about 0.1 to 0.2 ms for a certificate, most of it for the public key: more than a verification
 * takes. The same few certificates come again with every document, so the last ones are kept.
 *
 * What is kept changes no result: an entry is found by the SHA-256 of its whole encoding. Thread
 * safe. Certificates are shared and must not be changed.
 */
#ifndef SIGNET_SIGNING_CORE_CERTS_H
#define SIGNET_SIGNING_CORE_CERTS_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "server/base/buf.h"

#define CERTS_KEPT	 512u  /* entries */
#define CERTS_KEPT_BYTES 8192u /* longer encodings are decoded anew each time */

/*
 * The certificate that fills the whole span, a reference of the caller's for X509_free(); NULL when
 * it does not decode, or has_slow_key(). The error queue is left empty.
 */
X509 *cert_decode(struct span der);
/* The same for a SubjectPublicKeyInfo, which nobody shares: for EVP_PKEY_free(). */
EVP_PKEY *key_decode(struct span der);
/*
 * 1 where some key in this DER (a certificate, a message with many) has a curve given by
 * parameters, and a point that is not written out in both coordinates. libcrypto takes the square
 * root as soon as it decodes the key, over whatever field is named there: a third of a second for a
 * certificate of 700 bytes. RFC 5480 section 2.1.1 forbids such curves, no path with one is good,
 * and whole points cost nothing. Who hands certificates of strangers to libcrypto asks this before.
 */
int has_slow_key(struct span der);
/* Forget all that is kept: for tests that look for leaks. */
void certs_forget(void);

#endif
