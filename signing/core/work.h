/*
 * signing/core/work.h: what a document may make a verdict cost, counted without a clock: so the
 * same input ends alike on every machine and on any day.
 *
 * A hostile file can bring thousands of certificates that all chain, time stamps, lists and
 * answers, each with the slowest key there is; every count of them has a limit of its own, but not
 * their product. So signature checks and the walks over long lists are paid for, in units of about
 * a microsecond of one core. What is asked when nothing is left is not done: the check counts as
 * failed, and whoever began the verdict must give it up (work_check()).
 */
#ifndef SIGNET_SIGNING_CORE_WORK_H
#define SIGNET_SIGNING_CORE_WORK_H

#include <openssl/evp.h>
#include <stdint.h>

#include "server/base/error.h"

/* "verdict-work": of one document, in all rounds in which it is judged; some seconds */
#define WORK_VERDICT_MAX ((uint64_t)5000000)

struct work {
	uint64_t left, allowed;
	uint64_t met; /* with the first that could not be paid; 0: all was */
};
#define WORK_INIT(most)                                                                            \
	{                                                                                          \
		(most), (most), 0                                                                  \
	}

/* 1, or 0 when there is not so much left; NULL has no bound. */
int work_spend(struct work *work, uint64_t units);
/* The same for one check of a signature by this key. */
int work_spend_check(struct work *work, const EVP_PKEY *key);
/* What that takes. */
uint64_t work_of_check(const EVP_PKEY *key);
/* 0, or -1 and ERROR_LIMIT "verdict-work" when something was left undone. */
int work_check(const struct work *work, struct error *err);

#endif
