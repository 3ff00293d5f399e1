/* tests/bench/large.h: blocking exchanges over one TLS connection, small ones and a streamed large
 * one. */
#ifndef SIGNET_TESTS_BENCH_LARGE_H
#define SIGNET_TESTS_BENCH_LARGE_H

#include <stdint.h>

#include "tests/support/live.h"

/* POST a SOAP body as the ERP user; the whole answer, terminated. 0 or -1. */
int large_exchange(const struct live *live, struct span body, struct buf *answer);
/* Sign a document of so many bytes by MTOM, detached: megabytes (10^6 bytes) a second; 0 on
 * failure. */
double large_sign(const struct live *live, uint64_t bytes);

#endif
