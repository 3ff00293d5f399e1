/* tests/bench/verify.h: figures of reading and judging, without a server. */
#ifndef SIGNET_TESTS_BENCH_VERIFY_H
#define SIGNET_TESTS_BENCH_VERIFY_H

#include "tests/bench/figures.h"

/*
 * A PDF of 50 signatures read and judged (each revision compared with the one before); a CRL of 30
 * MB, signed, opened and its signature verified, then searched.
 */
void bench_verify(struct figures *f);

#endif
