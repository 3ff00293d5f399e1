/* TimestampDigest, TimestampDocument. */
#include <stdio.h>
#include <string.h>

#include "server/ops/private.h"
#include "signing/proof/tsp.h"

int
admit_timestamp(struct engine *engine, struct request *req, struct error *err)
{
	const struct material *material;
	size_t i;
	int rc;

	if (req->in.timestamp_format != TIMESTAMP_AS_TOKEN)
		return error_set(err, ERROR_UNSUPPORTED,
		    "only format Token is offered yet: ask for it, or leave format out");
	for (i = 0; i < req->in.document_count; i++) {
		req->in.documents[i].want_digests = DIGEST_BIT(DIGEST_SHA256);
		req->in.documents[i].max_bytes = engine_limits(engine)->stream_bytes;
	}
	if (material_get(&material, engine, req->caller, err) != 0)
		return -1;
	rc = authority_check(req, material, req->in.authority, err);
	material_unref(material);
	return rc;
}

/* What the token says, for the answer. */
static int
describe(struct request *req, struct error *err)
{
	struct timestamp_token token;

	if (timestamp_token_read(&token, SPAN_OF(&req->out.token), NULL, err) != 0)
		return -1;
	req->out.generation_time = token.gen_time;
	snprintf(req->out.serial, sizeof(req->out.serial), "%s", token.serial);
	snprintf(req->out.policy, sizeof(req->out.policy), "%.95s", token.policy);
	timestamp_token_release(&token);
	return 0;
}

static int
stamp(struct engine *engine, struct request *req, enum digest digest, const unsigned char *imprint,
    struct error *err)
{
	const struct material *material;
	struct authority_source authority;
	int rc;

	if (material_get(&material, engine, req->caller, err) != 0)
		return -1;
	authority_source_init(&authority, engine, req, material, req->in.authority, NULL);
	rc = authority.source.get(authority.source.ctx, digest, imprint, &req->out.token, err);
	material_unref(material);
	snprintf(req->object, sizeof(req->object), "%s",
	    req->in.authority != NULL ? req->in.authority : "");
	return rc == 0 ? describe(req, err) : -1;
}

int
run_timestamp_digest(struct engine *engine, struct request *req, struct error *err)
{
	const struct document_digest *d = &req->in.digests[0];

	if (d->method < DIGEST_SHA256)
		return error_set(err, ERROR_UNSUPPORTED, "%s is not used for new time stamps",
		    digest_name(d->method));
	if (d->value.len != digest_size(d->method))
		return error_set(err, ERROR_MALFORMED,
		    "digestValue has %zu bytes, but %s gives %zu", d->value.len,
		    digest_name(d->method), digest_size(d->method));
	return stamp(engine, req, d->method, d->value.data, err);
}

int
run_timestamp_document(struct engine *engine, struct request *req, struct error *err)
{
	unsigned char imprint[DIGEST_SIZE_MAX];
	struct document doc = op_document_view(&req->in.documents[0]);

	if (document_digest(&doc, DIGEST_SHA256, imprint, err) != 0)
		return -1;
	return stamp(engine, req, DIGEST_SHA256, imprint, err);
}
