/* SignDigests: many digests, one key, one trip to the keys process for each digest method met. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/ops/level.h"
#include "signing/core/ossl.h"
#include "signing/format/cms/cms_sign.h"

int
admit_sign_digests(struct engine *engine, struct request *req, struct error *err)
{
	const struct signature_parameters *wish = &req->in.sign;
	size_t i;

	if (wish->format != DOC_CMS && wish->format != DOC_RAW)
		return error_set(err, ERROR_UNSUPPORTED,
		    "digests are signed in format CMS or Raw; PDF and XML need the document");
	if (wish->packaging != PACKAGING_DEFAULT && wish->packaging != PACKAGING_DETACHED)
		return error_set(
		    err, ERROR_UNSUPPORTED, "a signature over a digest is always Detached");
	if (wish->format == DOC_RAW && wish->level != DOC_LEVEL_B)
		return error_set(err, ERROR_UNSUPPORTED, "bare signature values have no level");
	if (req->in.digest_count > engine_limits(engine)->digests)
		return error_limit(err, ERROR_LIMIT, "limit-digests",
		    engine_limits(engine)->digests, req->in.digest_count,
		    "too many digests in one request");
	for (i = 0; i < req->in.digest_count; i++) {
		const struct document_digest *d = &req->in.digests[i];

		if (d->method < DIGEST_SHA256)
			return error_set(err, ERROR_UNSUPPORTED,
			    "digest %zu: %s is not used for new signatures", i,
			    digest_name(d->method));
		if (d->value.len != digest_size(d->method))
			return error_set(err, ERROR_MALFORMED,
			    "digest %zu has %zu bytes, but %s gives %zu", i, d->value.len,
			    digest_name(d->method), digest_size(d->method));
		if (suitable_digest(engine, d->method, req->time_us / 1000000, err) != 0)
			return -1;
		req->bytes_in += d->value.len;
	}
	return admit_signature(engine, req, err);
}

/* The digests of one method, packed, and where each came from. */
struct group {
	unsigned char (*digests)[DIGEST_SIZE_MAX];
	struct buf *signatures;
	size_t *places;
	size_t count;
};

static int
group_make(struct group *group, const struct request *req, struct error *err)
{
	size_t n = req->in.digest_count > 0 ? req->in.digest_count : 1;

	group->digests = calloc(n, sizeof(*group->digests));
	group->signatures = calloc(n, sizeof(*group->signatures));
	group->places = calloc(n, sizeof(*group->places));
	return group->digests != NULL && group->signatures != NULL && group->places != NULL
		   ? 0
		   : error_memory(err);
}

static void
group_fill(struct group *group, const struct request *req, enum digest method)
{
	size_t i;

	group->count = 0;
	for (i = 0; i < req->in.digest_count; i++) {
		if (req->in.digests[i].method != method)
			continue;
		memcpy(group->digests[group->count], req->in.digests[i].value.data,
		    req->in.digests[i].value.len);
		memset(&group->signatures[group->count], 0, sizeof(struct buf));
		group->places[group->count++] = i;
	}
}

static void
group_free(struct group *group)
{
	free(group->digests);
	free(group->signatures);
	free(group->places);
}

static int
sign_group(struct group *group, struct signing *s, enum digest method, struct error *err)
{
	const unsigned char(*digests)[DIGEST_SIZE_MAX] =
	    (const unsigned char(*)[DIGEST_SIZE_MAX])group->digests;
	struct request *req = s->req;
	struct sig_alg alg;
	size_t i;
	int rc;

	s->options.digest = method;
	if (sig_alg_for_key(s->key->pkey, method, s->options.padding, &alg, err) != 0 ||
	    suitable_signature(s->authority.engine, &alg, s->key, req->time_us / 1000000, err) != 0)
		return -1;
	if (req->in.sign.format == DOC_CMS)
		rc = cms_sign_many(group->signatures, digests, group->count, CMS_PROFILE_CADES,
		    s->key, &s->options, err);
	else
		rc = sign_key_digests(s->key, &alg, digests, group->count, group->signatures, err);
	for (i = 0; rc == 0 && i < group->count; i++) {
		struct signed_item *item = &req->out.items[group->places[i]];

		item->document = group->signatures[i];
		text_uuid(item->signature_id);
	}
	return rc;
}

/* Levels LT and LTA: whole or not at all, as the signatures themselves. */
static int
raise_all(const struct signing *s, struct error *err)
{
	struct request *req = s->req;
	size_t i;

	for (i = 0; i < req->in.digest_count; i++) {
		const struct document_digest *d = &req->in.digests[i];
		struct digest_values known = { .have = DIGEST_BIT(d->method) };
		const struct document doc = { .name = d->name, .digests = &known };
		struct signed_item *item = &req->out.items[i];

		memcpy(known.value[d->method], d->value.data, d->value.len);
		if ((i > 0 && !ops_has_time(s->authority.engine, req, err)) ||
		    raise_signed(s, &doc, &item->document, item, err) != 0)
			return -1;
	}
	return 0;
}

int
run_sign_digests(struct engine *engine, struct request *req, struct error *err)
{
	struct signing s;
	struct group group = { 0 };
	int method, rc = -1;

	if (signing_start(&s, engine, req, err) != 0)
		return -1;
	if (items_make(req, req->in.digest_count, err) != 0 || group_make(&group, req, err) != 0)
		goto done;
	for (method = DIGEST_SHA256; method < DIGESTS; method++) {
		group_fill(&group, req, (enum digest)method);
		if (group.count > 0 && sign_group(&group, &s, (enum digest)method, err) != 0)
			goto done;
	}
	if (req->in.sign.level > DOC_LEVEL_T && raise_all(&s, err) != 0)
		goto done;
	buf_release(&req->out.token);
	rc = 0;
done:
	group_free(&group);
	signing_end(&s);
	return rc;
}
