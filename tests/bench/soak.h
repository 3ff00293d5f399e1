/*
 * tests/bench/soak.h: a server under mixed load for long: requests good and bad, small and large,
 * on connections that come and go; memory, descriptors and threads of its processes all the while.
 */
#ifndef SIGNET_TESTS_BENCH_SOAK_H
#define SIGNET_TESTS_BENCH_SOAK_H

#include <openssl/ssl.h>

#include "tests/support/live.h"

/* What the last third's mean of api's memory may be above the middle third's. */
#define SOAK_GROWTH_PERCENT 15

/* 0, or 1 when api's memory grew by more, or a process was lost; all is printed. */
int soak_run(const struct live *live, SSL_CTX *ctx, SSL_CTX *stranger, int seconds);

#endif
