/* signing/verify/timestamp.h: time-stamp validation, EN 319 102-1 clause 5.4. Inside of this
 * folder. */
#ifndef SIGNET_SIGNING_VERIFY_TIMESTAMP_H
#define SIGNET_SIGNING_VERIFY_TIMESTAMP_H

#include "signing/verify/blocks.h"
#include "signing/verify/poe.h"

struct timestamp_input {
	struct span token;
	enum timestamp_kind kind;
	const struct document *document; /* NULL: what it covers could not be put together */
	const char *problem;		 /* then: why */
	enum digest manifest;		 /* as in struct coverage */
	STACK_OF(X509) * around; /* of the signature that holds it, where issuers may be, or NULL */
	const struct poes *poes; /* proofs by later time stamps; NULL = none */
	unsigned int deviations; /* DEVIATION_BIT()s of its place */
};

/*
 * Judge a token now, and where that fails for want of a proof of existence, as of the past
 * (clause 5.6.2.4). The token is one of the judge's pool. -1 only when it could not be judged.
 */
int timestamp_judge(const struct judge *judge, const struct timestamp_input *in,
    struct verify_timestamp *out, struct error *err);

/*
 * All time stamps of out->source, from the latest to the first: what a valid one covers is added to
 * `poes` for the earlier ones and for the signature.
 */
int timestamps_judge(
    const struct judge *judge, struct verify_signature *out, struct poes *poes, struct error *err);

#endif
