/*
 * signing/core/handshake.h: TLS handshakes with anybody. libssl decodes every certificate of a peer
 * before anything is known of him, 64 KB of them, and a hundred with slow keys (certs.h) would keep
 * the thread for half a minute.
 */
#ifndef SIGNET_SIGNING_CORE_HANDSHAKE_H
#define SIGNET_SIGNING_CORE_HANDSHAKE_H

#include <openssl/ssl.h>

/* Handshakes of this context end with a decode error where a certificate has_slow_key(). */
void handshake_refuse_slow_keys(SSL_CTX *ctx);

#endif
