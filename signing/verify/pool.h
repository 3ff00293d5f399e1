/*
 * signing/verify/pool.h: all revocation data and certificates that one verdict may use: what
 * the caller handed in, what the signatures of the document bring along, and what their time stamps
 * do. Each piece is opened once. Inside of this folder.
 */
#ifndef SIGNET_SIGNING_VERIFY_POOL_H
#define SIGNET_SIGNING_VERIFY_POOL_H

#include "signing/format/signature.h"
#include "signing/verify/poe.h"
#include "signing/x509/revocation.h"

#define POOL_MAX 1000 /* pieces that are opened, of each kind; more say nothing */

struct pool {
	const struct revocation_evidence *callers; /* or NULL */
	struct crl_source *crls;		   /* the caller's first */
	const struct ocsp_response **ocsps;
	size_t crl_count, ocsp_count;
	STACK_OF(X509) * certificates; /* references */
	struct crl **own_crls;	       /* opened here */
	struct ocsp_response **own_ocsps;
	size_t own_crl_count, own_ocsp_count;
	struct signatures *adopted; /* of time stamps */
	size_t adopted_count;
	size_t unreadable; /* pieces that do not decode, or were too many: they say nothing */
};

/* Begin with what the caller has (NULL: nothing); it must outlive the pool. */
int pool_begin(struct pool *pool, const struct revocation_evidence *callers, struct error *err);
/* Add what signatures bring along; they must outlive the pool. */
int pool_add(struct pool *pool, const struct signatures *list, struct error *err);
/* The same, of signatures that are the pool's from now on; `list` is empty afterwards. */
int pool_adopt(struct pool *pool, struct signatures *list, struct error *err);
/*
 * The view for signing/x509 at a time. With `poes` only pieces that are proven to have existed by
 * then; its arrays are the caller's for pool_view_release().
 */
int pool_view(const struct pool *pool, const struct poes *poes, int64_t time,
    struct revocation_evidence *view, struct error *err);
void pool_view_release(struct revocation_evidence *view);
void pool_release(struct pool *pool);

#endif
