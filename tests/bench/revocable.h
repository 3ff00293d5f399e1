/* tests/bench/revocable.h: a signer whose certificate needs a CRL, and the server that has it. */
#ifndef SIGNET_TESTS_BENCH_REVOCABLE_H
#define SIGNET_TESTS_BENCH_REVOCABLE_H

#include "tests/support/live.h"
#include "tests/support/status_server.h"

/* The installation must be allowed to dial it: */
#define REVOCABLE_SETTINGS "fetch-networks = \"127.0.0.1\"\n"

struct revocable {
	struct status_server server;
	X509 *ca, *cert;
	EVP_PKEY *ca_key, *key;
};
/* Append the DER of a CMS signature with its content inside, by a P-256 key. 0 or -1. */
int revocable_start(
    struct revocable *r, const struct live *live, struct span content, struct buf *cms);
void revocable_end(struct revocable *r);

#endif
