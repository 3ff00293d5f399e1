/*
 * tests/bench/load.h: a load client: many keep-alive TLS connections driven by one thread, each
 * with one request under way: the next as soon as the answer is there, or so many a second, each
 * counted from when it was due. It parses no more of an answer than its length, so that it costs
 * little beside the server that it shares the machine with.
 */
#ifndef SIGNET_TESTS_BENCH_LOAD_H
#define SIGNET_TESTS_BENCH_LOAD_H

#include <openssl/ssl.h>
#include <stdint.h>

#include "server/base/buf.h"

struct load {
	const char *host; /* numeric */
	int port;
	SSL_CTX *ctx; /* client certificate inside */
	int connections;
	double seconds;
	struct span request;	     /* whole HTTP request, head and body */
	const struct span *requests; /* instead of it: these in turn, over all connections */
	size_t request_count;
	double rate;	      /* a second, over all connections; 0: as many as are answered */
	const char *expected; /* a word that each answer must hold, or NULL */
};

struct load_result {
	uint64_t answers;
	uint64_t failures; /* other status than 200, missing word, lost connection */
	double seconds;
	double rate;
	double p50_ms, p99_ms, max_ms;
	uint64_t least; /* answers on the connection that got fewest */
	char first_failure[200];
};

/* 0, or -1 when it could not connect at all (said on stderr). */
int load_run(const struct load *load, struct load_result *result);
/* The same; -1 also when a request failed, with the first failure on stderr. */
int load_run_well(const struct load *load, struct load_result *result);
/* Open n connections, one request on each, and keep them open; they are closed by
 * load_idle_close(). */
struct load_idle;
struct load_idle *load_idle_open(const struct load *load, int n);
/* One more request on each; how many were answered. */
int load_idle_ask(struct load_idle *idle);
void load_idle_close(struct load_idle *idle);

/* The whole HTTP POST for a SOAP body; the result is the caller's buf. */
int load_soap_request(struct buf *out, const char *action, struct span body);

#endif
