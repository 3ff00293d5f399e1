/*
 * server/run/tls.h: the server's SSL_CTX. TLS 1.2 and 1.3 with AEAD suites; the profile `legacy`
 * adds TLS 1.0, 1.1 and the four AES-CBC suites with RSA key exchange for old ERP systems. SSL 3.0
 * and 3DES do not exist.
 *
 * A client certificate is asked for, never demanded, and any that is proven by the handshake is
 * taken: who it is, the database decides by its fingerprint. No trust store is ever read.
 */
#ifndef SIGNET_RUN_TLS_H
#define SIGNET_RUN_TLS_H

#include <openssl/ssl.h>

#include "server/base/error.h"

enum tls_profile { TLS_PROFILE_NONE, TLS_PROFILE_DEFAULT, TLS_PROFILE_LEGACY, TLS_PROFILES };
const char *tls_profile_name(enum tls_profile profile); /* as in the configuration */
/* TLS_PROFILES when the word names none. */
enum tls_profile tls_profile_parse(const char *word);

struct tls_chain {
	X509 *leaf;
	STACK_OF(X509) * issuers;
};
/*
 * Read an open PEM file from its start: the server's certificate, then its issuers. ERROR_MALFORMED
 * says what is wrong with it. An expired certificate is taken: the health page tells of it.
 */
int tls_chain_read(struct tls_chain *chain, int fd, struct error *err);
void tls_chain_release(struct tls_chain *chain);

/*
 * A context for servers of that profile; `key` is the certificate's private key or a handle on it.
 * On 0 *ctx is the caller's, for SSL_CTX_free(). ERROR_MALFORMED when key and certificate do not
 * belong together.
 */
int tls_context_new(SSL_CTX **ctx, enum tls_profile profile, const struct tls_chain *chain,
    EVP_PKEY *key, struct error *err);

#endif
