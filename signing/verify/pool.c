#include "signing/verify/pool.h"

#include <stdlib.h>
#include <string.h>

/* Of a token that are decoded in a microsecond. */
#define BYTES_PER_UNIT 20

static int
begin_arrays(struct pool *pool, struct error *err)
{
	pool->crls = calloc(pool->crl_count + POOL_MAX, sizeof(struct crl_source));
	pool->ocsps = calloc(pool->ocsp_count + POOL_MAX, sizeof(*pool->ocsps));
	pool->crl_is_brought = calloc(pool->crl_count + POOL_MAX, 1);
	pool->ocsp_is_brought = calloc(pool->ocsp_count + POOL_MAX, 1);
	pool->own_crls = calloc(POOL_MAX, sizeof(*pool->own_crls));
	pool->own_ocsps = calloc(POOL_MAX, sizeof(*pool->own_ocsps));
	pool->certificates = sk_X509_new_null();
	if (pool->crls != NULL && pool->ocsps != NULL && pool->own_crls != NULL &&
	    pool->own_ocsps != NULL && pool->certificates != NULL && pool->crl_is_brought != NULL &&
	    pool->ocsp_is_brought != NULL)
		return 0;
	pool_release(pool);
	return error_memory(err);
}

static int
add_certificates(struct pool *pool, STACK_OF(X509) * more, struct error *err)
{
	/* Equal ones once; it takes time that grows with their product, so their number is bounded.
	 */
	if (more == NULL || sk_X509_num(pool->certificates) > POOL_MAX)
		return 0;
	if (X509_add_certs(pool->certificates, more, X509_ADD_FLAG_UP_REF | X509_ADD_FLAG_NO_DUP) ==
	    1)
		return 0;
	return error_memory(err);
}

int
pool_begin(struct pool *pool, const struct revocation_evidence *callers, struct error *err)
{
	memset(pool, 0, sizeof(*pool));
	if (callers != NULL) {
		pool->crl_count = callers->crl_count;
		pool->ocsp_count = callers->ocsp_count;
	}
	if (begin_arrays(pool, err) != 0)
		return -1;
	if (pool->crl_count > 0)
		memcpy(pool->crls, callers->crls, pool->crl_count * sizeof(*pool->crls));
	if (pool->ocsp_count > 0)
		memcpy(pool->ocsps, callers->ocsps, pool->ocsp_count * sizeof(*pool->ocsps));
	pool->callers = callers;
	if (callers == NULL || add_certificates(pool, callers->certificates, err) == 0)
		return 0;
	pool_release(pool);
	return -1;
}

/* ---- what comes with signatures ---- */

/* 1: it is there already, from now on as one that was brought. */
static int
is_known_crl(struct pool *pool, const unsigned char sha256[32])
{
	size_t i;

	for (i = 0; i < pool->crl_count; i++)
		if (memcmp(crl_facts(pool->crls[i].crl)->sha256, sha256, 32) == 0)
			return pool->crl_is_brought[i] = 1;
	return 0;
}

static int
is_known_ocsp(struct pool *pool, const unsigned char sha256[32])
{
	size_t i;

	for (i = 0; i < pool->ocsp_count; i++)
		if (memcmp(ocsp_facts(pool->ocsps[i])->sha256, sha256, 32) == 0)
			return pool->ocsp_is_brought[i] = 1;
	return 0;
}

/* 1: there is no memory or the like; else what does not decode says nothing. */
static int
is_ours(const struct error *err)
{
	return err->kind == ERROR_UNAVAILABLE || err->kind == ERROR_INTERNAL;
}

static int
add_crl(struct pool *pool, const struct value *value, struct error *err)
{
	struct error bad = ERROR_INIT;
	struct crl *crl = NULL;

	if (is_known_crl(pool, value->sha256))
		return 0;
	if (pool->own_crl_count == POOL_MAX || crl_open(&crl, SPAN_OF(&value->der), &bad) != 0) {
		pool->unreadable++;
		return is_ours(&bad) ? error_cause(err, bad.kind, bad.text, "%s", bad.cause) : 0;
	}
	pool->own_crls[pool->own_crl_count++] = crl;
	pool->crl_is_brought[pool->crl_count] = 1;
	pool->crls[pool->crl_count++] = crl_source_of(crl);
	return 0;
}

/* Also an answer "try later", once it stands in a document, just says nothing. */
static void
add_ocsp(struct pool *pool, const struct value *value)
{
	struct ocsp_response *response = NULL;

	if (is_known_ocsp(pool, value->sha256))
		return;
	if (pool->own_ocsp_count == POOL_MAX ||
	    ocsp_response_read(&response, SPAN_OF(&value->der), NULL) != 0) {
		pool->unreadable++;
		return;
	}
	pool->own_ocsps[pool->own_ocsp_count++] = response;
	pool->ocsp_is_brought[pool->ocsp_count] = 1;
	pool->ocsps[pool->ocsp_count++] = response;
}

int
pool_add(struct pool *pool, const struct signatures *list, struct error *err)
{
	const struct evidence *brought = &list->evidence;
	size_t i;

	for (i = 0; i < brought->crls.count; i++)
		if (add_crl(pool, &brought->crls.items[i], err) != 0)
			return -1;
	for (i = 0; i < brought->ocsps.count; i++)
		add_ocsp(pool, &brought->ocsps.items[i]);
	for (i = 0; i < list->count; i++)
		if (add_certificates(pool, list->items[i].certificates, err) != 0)
			return -1;
	return add_certificates(pool, brought->certificates, err);
}

int
pool_add_token(struct pool *pool, struct span der, STACK_OF(X509) * certificates, struct error *err)
{
	struct error bad = ERROR_INIT;
	struct token *bigger;

	if (pool_token(pool, der) != NULL)
		return 0;
	bigger = realloc(pool->tokens, (pool->token_count + 1) * sizeof(*pool->tokens));
	if (bigger == NULL)
		return error_memory(err);
	pool->tokens = bigger;
	if (!work_spend(pool->work, 20 + der.len / BYTES_PER_UNIT) ||
	    token_read(&pool->tokens[pool->token_count], der, certificates, pool->work, &bad) != 0)
		return is_ours(&bad) ? error_cause(err, bad.kind, bad.text, "%s", bad.cause) : 0;
	return pool_add(pool, &pool->tokens[pool->token_count++].signatures, err);
}

const struct token *
pool_token(const struct pool *pool, struct span der)
{
	size_t i;

	for (i = 0; i < pool->token_count; i++)
		if (span_equal(pool->tokens[i].der, der))
			return &pool->tokens[i];
	return NULL;
}

/* ---- views ---- */

int
pool_view(const struct pool *pool, const struct poes *poes, int64_t time,
    struct revocation_evidence *view, struct error *err)
{
	struct crl_source *crls = calloc(pool->crl_count + 1, sizeof(*crls));
	const struct ocsp_response **ocsps = calloc(pool->ocsp_count + 1, sizeof(*ocsps));
	size_t i;

	if (pool->callers != NULL)
		*view = *pool->callers;
	else
		memset(view, 0, sizeof(*view));
	view->crls = crls;
	view->ocsps = ocsps;
	view->crl_count = view->ocsp_count = 0;
	view->certificates = pool->certificates;
	view->time = time;
	if (crls == NULL || ocsps == NULL) {
		pool_view_release(view);
		return error_memory(err);
	}
	for (i = 0; i < pool->crl_count; i++)
		if (poes == NULL || poe_time(poes, crl_facts(pool->crls[i].crl)->sha256) <= time)
			crls[view->crl_count++] = pool->crls[i];
	for (i = 0; i < pool->ocsp_count; i++)
		if (poes == NULL || poe_time(poes, ocsp_facts(pool->ocsps[i])->sha256) <= time)
			ocsps[view->ocsp_count++] = pool->ocsps[i];
	return 0;
}

void
pool_view_release(struct revocation_evidence *view)
{
	free((void *)view->crls);
	free((void *)view->ocsps);
	memset(view, 0, sizeof(*view));
}

int
pool_brought(const struct pool *pool, struct pool *part, struct error *err)
{
	size_t i;

	*part = *pool;
	part->callers = NULL;
	part->crl_count = part->ocsp_count = 0;
	part->crls = calloc(pool->crl_count + 1, sizeof(*part->crls));
	part->ocsps = calloc(pool->ocsp_count + 1, sizeof(*part->ocsps));
	if (part->crls == NULL || part->ocsps == NULL) {
		pool_part_release(part);
		return error_memory(err);
	}
	for (i = 0; i < pool->crl_count; i++)
		if (pool->crl_is_brought[i])
			part->crls[part->crl_count++] = pool->crls[i];
	for (i = 0; i < pool->ocsp_count; i++)
		if (pool->ocsp_is_brought[i])
			part->ocsps[part->ocsp_count++] = pool->ocsps[i];
	return 0;
}

void
pool_part_release(struct pool *part)
{
	free(part->crls);
	free(part->ocsps);
	memset(part, 0, sizeof(*part));
}

void
pool_release(struct pool *pool)
{
	size_t i;

	for (i = 0; i < pool->own_crl_count; i++)
		crl_free(pool->own_crls[i]);
	for (i = 0; i < pool->own_ocsp_count; i++)
		ocsp_response_free(pool->own_ocsps[i]);
	for (i = 0; i < pool->token_count; i++)
		token_release(&pool->tokens[i]);
	free(pool->tokens);
	sk_X509_pop_free(pool->certificates, X509_free);
	free(pool->crls);
	free(pool->ocsps);
	free(pool->own_crls);
	free(pool->own_ocsps);
	free(pool->crl_is_brought);
	free(pool->ocsp_is_brought);
	memset(pool, 0, sizeof(*pool));
}
