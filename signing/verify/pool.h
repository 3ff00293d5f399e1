/*
 * signing/verify/pool.h: all revocation data and certificates that one verdict may use: what
 * the caller handed in, what the signatures of the document bring along, and what their time stamps
 * do. Each piece is opened once, each token decoded once. Inside of this folder.
 */
#ifndef SIGNET_SIGNING_VERIFY_POOL_H
#define SIGNET_SIGNING_VERIFY_POOL_H

#include "signing/format/signature.h"
#include "signing/verify/poe.h"
#include "signing/verify/token.h"
#include "signing/x509/revocation.h"

#define POOL_MAX 1000 /* pieces that are opened, of each kind; more say nothing */

struct pool {
	const struct revocation_evidence *callers; /* or NULL */
	struct crl_source *crls;		   /* the caller's first */
	const struct ocsp_response **ocsps;
	size_t crl_count, ocsp_count;
	unsigned char *crl_is_brought, *ocsp_is_brought; /* of each: a document or token has it */
	STACK_OF(X509) * certificates;			 /* references */
	struct crl **own_crls;				 /* opened here */
	struct ocsp_response **own_ocsps;
	size_t own_crl_count, own_ocsp_count;
	struct token *tokens; /* of time stamps */
	size_t token_count;
	struct work *work; /* pays for the tokens; of the judge */
	size_t unreadable; /* pieces that do not decode, or were too many: they say nothing */
};

/* Begin with what the caller has (NULL: nothing); it must outlive the pool. */
int pool_begin(struct pool *pool, const struct revocation_evidence *callers, struct error *err);
/* Add what signatures bring along; they must outlive the pool. */
int pool_add(struct pool *pool, const struct signatures *list, struct error *err);
/*
 * Decode a time-stamp token and add what it brings along; its signer may be among `certificates`
 * (NULL = none). `der` must outlive the pool. 0 also for what is no token: it brings nothing.
 */
int pool_add_token(
    struct pool *pool, struct span der, STACK_OF(X509) * certificates, struct error *err);
/* The token that is encoded so, or NULL. */
const struct token *pool_token(const struct pool *pool, struct span der);
/*
 * The view for signing/x509 at a time. With `poes` only pieces that are proven to have existed by
 * then; its arrays are the caller's for pool_view_release().
 */
int pool_view(const struct pool *pool, const struct poes *poes, int64_t time,
    struct revocation_evidence *view, struct error *err);
void pool_view_release(struct revocation_evidence *view);
/*
 * What of the revocation data signatures and tokens brought along, as a pool to look into: it looks
 * into `pool`, and is the caller's for pool_part_release().
 */
int pool_brought(const struct pool *pool, struct pool *part, struct error *err);
void pool_part_release(struct pool *part);
void pool_release(struct pool *pool);

#endif
