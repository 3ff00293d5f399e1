/*
 * tests/support/tls_client.h: a small HTTP client that does what it is told, right or wrong: sends
 * any bytes, in any pieces, and reads one answer after the other. Every call gives up after 10
 * seconds of silence.
 */
#ifndef SIGNET_TESTS_TLS_CLIENT_H
#define SIGNET_TESTS_TLS_CLIENT_H

#include <openssl/ssl.h>

#include "server/base/buf.h"

struct tls_client {
	int fd;
	SSL *ssl;	 /* NULL: plain TCP */
	struct buf in;	 /* received and not yet taken */
	int status;	 /* of the last answer */
	struct buf head; /* of the last answer, a string */
	struct buf body; /* of the last answer */
};

/* A listening, non-blocking socket on a free port of 127.0.0.1. */
int tls_client_listen(int *port);

/* Connect; ctx NULL is plain TCP. 0, or -1 when there is no connection or no handshake. */
int tls_client_open(struct tls_client *c, int port, SSL_CTX *ctx);
/* Connect TCP alone; the handshake is left undone. */
int tls_client_connect(struct tls_client *c, int port);
void tls_client_close(struct tls_client *c);

int tls_client_send(struct tls_client *c, const void *data, size_t len);
int tls_client_say(struct tls_client *c, const char *text);
/*
 * The next answer into status, head and body; `to_head` leaves out the body as for HEAD. 0; 1 when
 * the server closed without one; -1 when nothing came or what came is no answer.
 */
int tls_client_answer(struct tls_client *c);
int tls_client_answer_to_head(struct tls_client *c);
/* 1 when the server closes without another byte, 0 when bytes come. */
int tls_client_is_closed(struct tls_client *c);
/* say() and answer(): the status, or -1. */
int tls_client_ask(struct tls_client *c, const char *text);
/* 1 when the last answer's head holds this text. */
int tls_client_head_has(struct tls_client *c, const char *text);

#endif
