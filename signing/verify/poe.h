/*
 * signing/verify/poe.h: proofs of existence, EN 319 102-1 clause 5.6.2.3: since when an object is
 * known to have been there. Objects are named by the SHA-256 of their DER (a signature by that of
 * its value).
 */
#ifndef SIGNET_SIGNING_VERIFY_POE_H
#define SIGNET_SIGNING_VERIFY_POE_H

#include <stddef.h>
#include <stdint.h>

#include "server/base/buf.h"

#define POE_NAME_SIZE 32

struct poe {
	unsigned char object[POE_NAME_SIZE];
	int64_t time;
};
struct poes {
	struct poe *items; /* sorted by object, each once */
	size_t count;
	int64_t now;	/* everything at hand exists by then */
	int incomplete; /* no memory for one: later proofs are missing, which never makes a verdict
			   better */
};

void poe_name(struct span object, unsigned char name[POE_NAME_SIZE]);
/* The earlier of two proofs of one object stays. */
void poe_add(struct poes *poes, const unsigned char object[POE_NAME_SIZE], int64_t time);
/* The earliest time, poes->now where nothing is known. */
int64_t poe_time(const struct poes *poes, const unsigned char object[POE_NAME_SIZE]);
void poes_release(struct poes *poes);

#endif
