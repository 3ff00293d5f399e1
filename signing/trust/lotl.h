/*
 * signing/trust/lotl.h: a list of trusted lists (the EU's LOTL) and the pivots by which its signers
 * changed since they were pinned (TS 119 615 clause 4.1; Commission's description of pivots).
 *
 * The pinned certificates are those of the Official Journal. A pivot is an earlier LOTL that
 * brought other signers: it is signed by the old ones, and its pointer to itself names the new
 * ones. From the oldest pivot to the newest each hands on to the next, and the last ones sign the
 * LOTL.
 */
#ifndef SIGNET_SIGNING_TRUST_LOTL_H
#define SIGNET_SIGNING_TRUST_LOTL_H

#include "signing/trust/list.h"

#define TRUST_PIVOTS_MAX 32

/* Everything stays the caller's. */
struct trust_lotl_input {
	struct trust_list_input list; /* signers: those of the Official Journal */
	const struct span *pivots;    /* in any order */
	size_t pivot_count;
	const char *announcement; /* where the pinned signers were announced; NULL: not asked */
};
struct trust_lotl_result {
	struct trust_list_result list; /* of the LOTL; a pivot that fails fails it, and says so */
	STACK_OF(X509) * signers;      /* who may sign the LOTL now, as far as was found out */
	struct buf reasons;	       /* how that was found out: a sentence a line */
	int announcement_changed; /* the LOTL names another announcement: new pins are needed */
};

/* As trust_list_check(). The result is the caller's to release in any case. */
int trust_lotl_check(const struct trust_lotl_input *input, struct trust_list **list,
    struct trust_lotl_result *result, struct error *err);
void trust_lotl_result_release(struct trust_lotl_result *result);

/*
 * The addresses of the pivots that a LOTL names, newest first: what stands before the announcement
 * in SchemeInformationURI. Views into the list; at most `max`. Returns how many.
 */
size_t trust_lotl_pivots(
    const struct trust_list *list, const char *announcement, const char **uris, size_t max);

/* The pointer of a list to itself, or NULL. */
const struct trust_pointer *trust_lotl_own_pointer(const struct trust_list *list);
/* The pointer to the XML list of a territory, or NULL. Never that to itself. */
const struct trust_pointer *trust_lotl_pointer(
    const struct trust_list *list, const char *territory);
/* Append a pointer's signers; ERROR_MALFORMED when one does not decode. */
int trust_pointer_signers(
    const struct trust_pointer *pointer, STACK_OF(X509) * out, struct error *err);

#endif
