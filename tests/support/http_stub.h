/*
 * tests/support/http_stub.h: an HTTP server of one thread on a free port of 127.0.0.1, that answers
 * as a test says: well, wrongly, or not at all. One connection at a time, one request each.
 */
#ifndef SIGNET_TESTS_HTTP_STUB_H
#define SIGNET_TESTS_HTTP_STUB_H

#include <pthread.h>

#include "server/base/buf.h"

/*
 * Make the raw answer (status line, header, body) to a request; `head` is its head with a 0 behind
 * it. Left empty: the connection stays open and silent until the client closes it.
 */
typedef void http_stub_serve(void *arg, const char *head, struct span body, struct buf *answer);

struct http_stub {
	http_stub_serve *serve;
	void *arg;
	unsigned int requests; /* read it by http_stub_requests() */
	char url[64];	       /* "http://127.0.0.1:PORT/" */
	int listener, stop[2];
	pthread_t thread;
};

/* 0 or -1. serve NULL: the port is taken but nobody listens: connections are refused. */
int http_stub_start(struct http_stub *stub, http_stub_serve *serve, void *arg);
/* The same on another address of the loopback network, "127.0.0.2". */
int http_stub_start_at(
    struct http_stub *stub, const char *address, http_stub_serve *serve, void *arg);
void http_stub_end(struct http_stub *stub);
/* How many came so far; one that has its answer, or its refusal, is counted. */
unsigned int http_stub_requests(const struct http_stub *stub);
/* "HTTP/1.1 STATUS", Content-Type, Content-Length, Connection: close, and the body. */
void http_stub_answer(struct buf *answer, const char *status, const char *type, struct span body);

#endif
