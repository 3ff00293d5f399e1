/*
 * signing/verify/lasting.h: until when what passed can be proven, and so by when it is to be
 * extended (struct verify_lasting). Inside of this folder.
 *
 * What a verdict rests on ends: certificates do, and algorithms by the catalogue. Where a valid
 * time stamp covers it, the time stamp's own end counts in its place, and that of those which
 * cover the time stamp. Whether it does is not reckoned but tried: the processes of clauses 5.5 and
 * 5.6 of EN 319 102-1 are run as of a time at which all that no time stamp proves has become new,
 * with no other revocation data than what the document brings. So a signature with a time stamp
 * alone lasts as long as its certificates: what is published of them later need not be there any
 * more.
 *
 * Issuers' certificates are taken for obtainable at any time.
 */
#ifndef SIGNET_SIGNING_VERIFY_LASTING_H
#define SIGNET_SIGNING_VERIFY_LASTING_H

#include "signing/verify/blocks.h"

/* Paid beside the verdict, in units of signing/core/work.h: of all signatures of one document. */
#define LASTING_WORK_MAX ((uint64_t)1000000)

/* Of one document, made once. */
struct lasting {
	struct judge judge; /* with what the document brings along alone */
	struct verify_context context;
	struct work work;
};
/* `judge` must outlive it; on 0 the caller's for lasting_end(). */
int lasting_begin(struct lasting *l, const struct judge *judge, struct error *err);
void lasting_end(struct lasting *l);

/* A signature after its conclusion, and its time stamps. -1: could not be worked out. */
int lasting_signature(struct lasting *l, struct verify_signature *out, struct error *err);

/* A time stamp of a document beside its signatures, with what it covers (NULL: not known). */
struct lasting_stamp {
	const struct embedded_timestamp *stamp;
	struct verify_timestamp *verdict;
};
/* `poes`: what they prove of each other; NULL: nothing. */
int lasting_stamps(struct lasting *l, const struct lasting_stamp *stamps, size_t count,
    const struct poes *poes, struct error *err);

#endif
