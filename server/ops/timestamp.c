/* TimestampDigest, TimestampDocument. */
#include <stdio.h>
#include <string.h>

#include "server/ops/private.h"
#include "signing/format/pdf/pdf_timestamp.h"
#include "signing/proof/tsp.h"

int
admit_timestamp(struct engine *engine, struct request *req, struct error *err)
{
	const struct limits *limits = engine_limits(engine);
	const struct material *material;
	size_t i;
	int rc;

	if (req->in.password != NULL && req->in.timestamp_format != TIMESTAMP_AS_PDF)
		return error_set(err, ERROR_MALFORMED,
		    "password opens a PDF that gets a time stamp: send it with format PDF, or not "
		    "at all");
	/* A token needs nothing of its document but the digest; a PDF is given back whole. */
	for (i = 0; i < req->in.document_count; i++) {
		int is_streamed = req->in.timestamp_format == TIMESTAMP_AS_TOKEN;

		req->in.documents[i].want_digests = is_streamed ? DIGEST_BIT(DIGEST_SHA256) : 0;
		req->in.documents[i].max_bytes =
		    is_streamed ? limits->stream_bytes : limits->document_bytes;
	}
	if (req->in.timestamp_format == TIMESTAMP_AS_PDF)
		ops_waits(engine, req);
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

/* What each kind of stamp makes with the tenant's authorities. */
typedef int stamp_maker(
    struct request *req, const struct timestamp_source *source, const void *arg, struct error *err);

static int
stamp(struct engine *engine, struct request *req, stamp_maker *make, const void *arg,
    struct buf *last, struct error *err)
{
	const struct material *material;
	struct authority_source authority;
	int rc;

	if (material_get(&material, engine, req->caller, err) != 0)
		return -1;
	authority_source_init(&authority, engine, req, material, req->in.authority, last);
	rc = make(req, &authority.source, arg, err);
	material_unref(material);
	snprintf(req->object, sizeof(req->object), "%s",
	    req->in.authority != NULL ? req->in.authority : "");
	return rc == 0 ? describe(req, err) : -1;
}

struct imprint {
	enum digest digest;
	const unsigned char *value;
};

static int
make_token(
    struct request *req, const struct timestamp_source *source, const void *arg, struct error *err)
{
	const struct imprint *imprint = arg;

	return source->get(source->ctx, imprint->digest, imprint->value, &req->out.token, err);
}

static int
make_pdf(
    struct request *req, const struct timestamp_source *source, const void *arg, struct error *err)
{
	const struct engine *engine = arg;
	const struct pdf_timestamp_options options = { .password = req->in.password };
	struct op_document *doc = &req->in.documents[0];

	if (items_make(req, 1, err) != 0)
		return -1;
	buf_init(&req->out.items[0].document, engine_limits(engine)->format.output_bytes);
	return ops_pdf_timestamp(engine, req, &req->out.items[0].document, SPAN_OF(&doc->content),
	    source, &options, err);
}

static int
make_container(
    struct request *req, const struct timestamp_source *source, const void *arg, struct error *err)
{
	const struct engine *engine = arg;
	const struct format_limits *limits = &engine_limits(engine)->format;
	const struct document doc = op_document_view(&req->in.documents[0]);

	if (items_make(req, 1, err) != 0)
		return -1;
	buf_init(&req->out.items[0].document, limits->output_bytes);
	return ops_asic_timestamp(
	    &req->out.items[0].document, &doc, source, req->time_us / 1000000, limits, err);
}

int
run_timestamp_digest(struct engine *engine, struct request *req, struct error *err)
{
	const struct document_digest *d = &req->in.digests[0];
	struct imprint imprint;

	if (d->method < DIGEST_SHA256)
		return error_set(err, ERROR_UNSUPPORTED, "%s is not used for new time stamps",
		    digest_name(d->method));
	if (d->value.len != digest_size(d->method))
		return error_set(err, ERROR_MALFORMED,
		    "digestValue has %zu bytes, but %s gives %zu", d->value.len,
		    digest_name(d->method), digest_size(d->method));
	imprint = (struct imprint){ d->method, d->value.data };
	return stamp(engine, req, make_token, &imprint, NULL, err);
}

int
run_timestamp_document(struct engine *engine, struct request *req, struct error *err)
{
	unsigned char value[DIGEST_SIZE_MAX];
	const struct imprint imprint = { DIGEST_SHA256, value };
	struct document doc = op_document_view(&req->in.documents[0]);

	if (req->in.timestamp_format == TIMESTAMP_AS_PDF)
		return stamp(engine, req, make_pdf, engine, &req->out.token, err);
	if (req->in.timestamp_format == TIMESTAMP_AS_ASICS)
		return stamp(engine, req, make_container, engine, &req->out.token, err);
	if (document_digest(&doc, DIGEST_SHA256, value, err) != 0)
		return -1;
	return stamp(engine, req, make_token, &imprint, NULL, err);
}
