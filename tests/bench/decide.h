/*
 * tests/bench/decide.h: rights and access checks in a tenant of 100,000 users, 1,000 groups nested
 * five deep and 10,000 rules for URLs, beside the same with ten of each.
 */
#ifndef SIGNET_TESTS_BENCH_DECIDE_H
#define SIGNET_TESTS_BENCH_DECIDE_H

#include "tests/bench/figures.h"
#include "tests/support/live.h"

/* In the tenant demo of the installation, which is of no use for other figures afterwards. */
void bench_decide(struct figures *figures, const struct live *live, int rounds);

#endif
