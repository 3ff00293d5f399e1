/*
 * signing/x509/keyfile.h: key pairs made here, and keys with their certificates as files carry
 * them: PKCS#12 (RFC 7292) and PEM. The bytes come and go as buffers; files are the caller's
 * business.
 */
#ifndef SIGNET_SIGNING_X509_KEYFILE_H
#define SIGNET_SIGNING_X509_KEYFILE_H

#include <openssl/x509.h>

#include "server/base/buf.h"

#define KEYFILE_BYTES_MAX      ((size_t)1 << 20)
#define KEYFILE_ITERATIONS     100000  /* PBKDF2 and MAC rounds when the caller says 0 */
#define KEYFILE_ITERATIONS_MAX 5000000 /* a file that asks for more is refused, not computed */

/*
 * Make a key pair: "RSA-2048", "RSA-3072", "RSA-4096", "P-256", "P-384", "P-521",
 * "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1". On 0 *key is the caller's.
 * ERROR_UNSUPPORTED for any other name.
 */
int keyfile_generate(EVP_PKEY **key, const char *type, struct error *err);

struct keyfile {
	EVP_PKEY *key; /* NULL: a file of certificates only */
	X509 *cert;    /* the key's; NULL where there is no key */
	STACK_OF(X509) *
	    chain;	     /* its issuers in order, then what else the file holds; never NULL */
	char *friendly_name; /* or NULL */
};

/*
 * Read a PKCS#12 file. `password` may be "" (tried as empty and as absent). On 0 the keyfile is the
 * caller's, for keyfile_release(); on -1 it is empty and err->kind is
 *   ERROR_MALFORMED      not PKCS#12
 *   ERROR_NOT_AUTHORIZED the password is wrong
 *   ERROR_UNSUPPORTED    it is encrypted in a way that is not safe any more (RC2, RC4)
 *   ERROR_TOO_LARGE, ERROR_LIMIT  bytes or iterations over the limits above
 */
int keyfile_read_pkcs12(
    struct keyfile *file, struct span der, const char *password, struct error *err);
void keyfile_release(struct keyfile *file); /* empty is fine */

/*
 * Append a PKCS#12 file: AES-256-CBC under PBKDF2 with HMAC-SHA256 for key and certificates,
 * SHA-256 MAC. `chain` and `friendly_name` may be NULL; `iterations` 0 = KEYFILE_ITERATIONS.
 */
int keyfile_write_pkcs12(struct buf *out, EVP_PKEY *key, X509 *cert, STACK_OF(X509) * chain,
    const char *friendly_name, const char *password, int iterations, struct error *err);

/* Append a private key as PKCS#8 PEM, encrypted (AES-256, PBKDF2-SHA256) when password is set. */
int keyfile_write_pem(struct buf *out, EVP_PKEY *key, const char *password, struct error *err);
/* A private key from PEM or DER; `password` may be NULL. Errors as keyfile_read_pkcs12. */
int keyfile_read_key(EVP_PKEY **key, struct span data, const char *password, struct error *err);

#endif
