/* tests/support/envelopes.h: encrypted messages made by libcrypto, and keys that open them without
 * a keys process. */
#ifndef SIGNET_TESTS_ENVELOPES_H
#define SIGNET_TESTS_ENVELOPES_H

#include <openssl/cms.h>

#include "signing/format/envelope/envelope.h"
#include "tests/support/pki.h"

/* The handle of a PKI member's key; what it looks at lives as long as the PKI. */
struct envelope_key envelope_key_of(const struct sign_key *key);

/* How a message is made. NULL and 0: RSA PKCS#1 v1.5 or ECDH with SHA-1, AES-256-CBC, DER. */
struct envelope_recipe {
	const EVP_CIPHER *cipher;
	unsigned int flags;	/* CMS_USE_KEYID */
	const EVP_MD *oaep;	/* RSA: OAEP with this digest */
	const EVP_MD *mgf;	/* its mask; NULL: the same */
	const char *label;	/* of OAEP */
	const EVP_MD *kdf;	/* ECDH */
	const EVP_CIPHER *wrap; /* ECDH */
	const char *password;	/* one more recipient */
	int rounds;		/* of its PBKDF2; 0: 1,000 */
	int is_stream;		/* BER with indefinite lengths */
	int is_pem;
};
/* Append the message for these certificates. */
void envelope_make(struct buf *out, struct span content, X509 *const *certs, size_t count,
    const struct envelope_recipe *recipe);
/* The same for one of the test PKI's certificates, in place of what `out` holds. */
void envelope_make_for(
    struct buf *out, struct span content, enum pki_id to, const struct envelope_recipe *recipe);
/* Open it by this key; as envelope_open(), reading included. */
int envelope_try(struct buf *out, struct span file, const struct sign_key *key, struct error *err);

#endif
