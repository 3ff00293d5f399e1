#include "signing/core/handshake.h"

#include <stdint.h>
#include <string.h>

#include "signing/core/certs.h"

#define HEAD 4 /* type, and a length of three bytes */

/*
 * libssl shows a message when it is whole and in the transcript, before it takes it apart, and asks
 * nothing back. The message lies in its buffer for the connection, so its first lengths are made
 * ones that cannot be: of TLS 1.3 that of the context, of TLS 1.2 that of the list.
 */
static void
look(int is_sent, int version, int type, const void *message, size_t len, SSL *ssl, void *arg)
{
	unsigned char *at = (unsigned char *)(uintptr_t)message;

	(void)version;
	(void)ssl;
	(void)arg;
	if (is_sent || type != SSL3_RT_HANDSHAKE || len < 2 * HEAD || at[0] != SSL3_MT_CERTIFICATE)
		return;
	if (has_slow_key((struct span){ at, len }))
		memset(at + HEAD, 0xff, HEAD);
}

void
handshake_refuse_slow_keys(SSL_CTX *ctx)
{
	SSL_CTX_set_msg_callback(ctx, look);
}
