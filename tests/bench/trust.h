/* tests/bench/trust.h: trusted lists as large as the EU's together, made here and read again. */
#ifndef SIGNET_TESTS_BENCH_TRUST_H
#define SIGNET_TESTS_BENCH_TRUST_H

#include "tests/bench/figures.h"

/* Parse and verify 31 lists of 28 MB with 4,820 anchors; make, load and ask the snapshot of them.
 */
void bench_trust(struct figures *figures);

#endif
