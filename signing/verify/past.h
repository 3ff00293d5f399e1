/*
 * signing/verify/past.h: validation of what was signed in the past, EN 319 102-1 clause 5.6.2:
 * past certificate validation (5.6.2.1), validation time sliding (5.6.2.2), past signature
 * validation (5.6.2.4). Inside of this folder.
 *
 * Stricter than 5.6.2.4.4 step 5, by which revocation data that is too old today is new enough when
 * it was fresh at the proven time: it stays TRY_LATER, so that newer data is asked for, which a
 * renewal needs to keep.
 */
#ifndef SIGNET_SIGNING_VERIFY_PAST_H
#define SIGNET_SIGNING_VERIFY_PAST_H

#include "signing/verify/blocks.h"
#include "signing/verify/poe.h"

struct past_input {
	X509 *cert; /* the signer's, or the authority's of a time stamp */
	STACK_OF(X509) * embedded, *around, *anchors;
	enum path_purpose purpose;
	const struct poes *poes;
	int64_t existed; /* the signature is proven to have existed then */
};

/*
 * Was the certificate good at a time before which the signature is proven to have existed? 1: yes:
 * what failed in `checks` and can be healed is superseded, what was found is told under BLOCK_PAST,
 * and `path` is the path as it was. 0: no: the verdict stays as it was (clause 5.6.2.4.4), and why
 * is noted. -1: could not be judged.
 */
int past_validate(const struct judge *judge, const struct past_input *in,
    struct verify_checks *checks, struct path_result *path, struct error *err);

#endif
