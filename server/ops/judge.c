#include "server/ops/judge.h"

#include "server/ops/gather_parts.h"
#include "server/ops/private.h"

/* What is judged, in any number of rounds: one of the four. */
struct subject {
	int (*judge)(
	    const struct subject *s, const struct verify_context *context, struct error *err);
	const struct signatures *signatures;
	struct verify_report *report;
	const struct verify_document_stamp *stamp;
	struct span token;
	const struct document *document;
	struct verify_timestamp *timestamp;
	X509 *cert;
	STACK_OF(X509) * untrusted;
	enum path_purpose purpose;
	struct verify_certificate_report *certificate;
};

/* ---- the four ---- */

static int
judge_signatures(const struct subject *s, const struct verify_context *context, struct error *err)
{
	return verify_signatures(s->signatures, context, s->report, err);
}

static int
judge_stamp(const struct subject *s, const struct verify_context *context, struct error *err)
{
	return verify_document_timestamp(s->stamp, context, s->timestamp, err);
}

static int
judge_token(const struct subject *s, const struct verify_context *context, struct error *err)
{
	return verify_timestamp_token(s->token, s->document, context, s->timestamp, err);
}

static int
judge_certificate(const struct subject *s, const struct verify_context *context, struct error *err)
{
	return verify_certificate(s->cert, s->untrusted, s->purpose, context, s->certificate, err);
}

/* ---- in rounds ---- */

static int
judge_in_rounds(const struct subject *s, const struct verify_context *context, struct error *err)
{
	return s->judge(s, context, err);
}

static int
begin(struct gathered **gathered, struct error *err)
{
	return *gathered != NULL ? 0 : gathered_new(gathered, err);
}

int
ops_judge(struct engine *engine, struct request *req, const struct material *material,
    const struct signatures *signatures, struct verify_report *report, struct gathered **gathered,
    struct error *err)
{
	const struct subject s = {
		.judge = judge_signatures, .signatures = signatures, .report = report
	};
	const struct verify_context context = context_of(engine, req, material);

	if (begin(gathered, err) != 0 || gathered_note_list(*gathered, signatures, err) != 0)
		return -1;
	return judge_in_rounds(&s, &context, err);
}

int
ops_judge_document_timestamp(struct engine *engine, struct request *req,
    const struct material *material, const struct verify_document_stamp *in,
    struct verify_timestamp *out, struct gathered **gathered, struct error *err)
{
	const struct subject s = { .judge = judge_stamp, .stamp = in, .timestamp = out };
	const struct verify_context context = context_of(engine, req, material);

	if (begin(gathered, err) != 0 ||
	    gathered_note_token(*gathered, SPAN_OF(&in->stamp->token), err) != 0)
		return -1;
	return judge_in_rounds(&s, &context, err);
}

int
ops_judge_timestamp(struct engine *engine, struct request *req, const struct material *material,
    struct span token, const struct document *document, struct verify_timestamp *out,
    struct gathered **gathered, struct error *err)
{
	const struct subject s = {
		.judge = judge_token, .token = token, .document = document, .timestamp = out
	};
	const struct verify_context context = context_of(engine, req, material);

	if (begin(gathered, err) != 0 || gathered_note_token(*gathered, token, err) != 0)
		return -1;
	return judge_in_rounds(&s, &context, err);
}

static STACK_OF(X509) * anchors_for(const struct material *m, enum path_purpose purpose)
{
	switch (purpose) {
	case PATH_TLS_CLIENT:
		return m->tls_client_anchors;
	case PATH_TLS_SERVER:
		return m->tls_server_anchors;
	case PATH_OCSP_SIGNING:
		return m->ocsp_anchors;
	default:
		return m->signing_anchors;
	}
}

int
ops_judge_certificate(struct engine *engine, struct request *req, const struct material *material,
    X509 *cert, STACK_OF(X509) * untrusted, enum path_purpose purpose,
    struct verify_certificate_report *report, struct gathered **gathered, struct error *err)
{
	const struct subject s = { .judge = judge_certificate,
		.cert = cert,
		.untrusted = untrusted,
		.purpose = purpose,
		.certificate = report };
	struct verify_context context = context_of(engine, req, material);

	if (begin(gathered, err) != 0)
		return -1;
	context.anchors = anchors_for(material, purpose);
	return judge_in_rounds(&s, &context, err);
}
