/*
 * signing/verify/advice.h: what to do about a verdict, for people who do not know the standard:
 * what is missing, and how it is had.
 */
#ifndef SIGNET_SIGNING_VERIFY_ADVICE_H
#define SIGNET_SIGNING_VERIFY_ADVICE_H

#include "signing/verify/report.h"

/* One or two sentences, by the sub-indication; "" for what passed. */
const char *verify_advice(const struct verify_conclusion *conclusion);
/*
 * By when to extend what passed: "extend it before DATE, when ...". "" where nothing is known of
 * it. `out` is filled and returned.
 */
const char *verify_lasting_advice(const struct verify_lasting *lasting, char *out, size_t size);

#endif
