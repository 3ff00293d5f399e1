#include "server/ops/evidence/judge.h"

#include "server/ops/evidence/gather_parts.h"
#include "server/ops/private.h"

#define ROUNDS_MAX 16 /* judgements on one subject */

/* A path of a report, and the checks that tell of it. */
typedef void path_visit(void *arg, const struct path_result *path, struct verify_checks *checks);

/* What is judged, in any number of rounds: one of the four. */
struct subject {
	int (*judge)(
	    const struct subject *s, const struct verify_context *context, struct error *err);
	const struct signatures *signatures;
	struct verify_report *report;
	const struct verify_document_stamp *stamps;
	size_t stamp_count;
	const struct signatures *around;
	struct span token;
	const struct document *document;
	struct verify_timestamp *timestamp;
	X509 *cert;
	STACK_OF(X509) * untrusted;
	enum path_purpose purpose;
	struct verify_certificate_report *certificate;
	void (*release)(const struct subject *s); /* the report */
	void (*each)(const struct subject *s, path_visit *visit, void *arg);
};

/* ---- the four ---- */

static int
judge_signatures(const struct subject *s, const struct verify_context *context, struct error *err)
{
	return verify_signatures(s->signatures, context, s->report, err);
}

static int
judge_stamps(const struct subject *s, const struct verify_context *context, struct error *err)
{
	return verify_document_timestamps(
	    s->stamps, s->stamp_count, s->around, context, s->timestamp, err);
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

static void
release_report(const struct subject *s)
{
	verify_report_release(s->report);
}

static void
release_timestamp(const struct subject *s)
{
	verify_timestamp_release(s->timestamp);
}

static void
release_stamps(const struct subject *s)
{
	size_t i;

	for (i = 0; i < s->stamp_count; i++)
		verify_timestamp_release(&s->timestamp[i]);
}

static void
release_certificate(const struct subject *s)
{
	verify_certificate_report_release(s->certificate);
}

static void
each_of_report(const struct subject *s, path_visit *visit, void *arg)
{
	size_t i, j;

	for (i = 0; i < s->report->count; i++) {
		struct verify_signature *sig = &s->report->items[i];

		visit(arg, &sig->path, &sig->checks);
		for (j = 0; j < sig->timestamp_count; j++)
			visit(arg, &sig->timestamps[j].path, &sig->timestamps[j].checks);
	}
}

static void
each_of_timestamp(const struct subject *s, path_visit *visit, void *arg)
{
	visit(arg, &s->timestamp->path, &s->timestamp->checks);
}

static void
each_of_stamps(const struct subject *s, path_visit *visit, void *arg)
{
	size_t i;

	for (i = 0; i < s->stamp_count; i++)
		visit(arg, &s->timestamp[i].path, &s->timestamp[i].checks);
}

static void
each_of_certificate(const struct subject *s, path_visit *visit, void *arg)
{
	visit(arg, &s->certificate->path, &s->certificate->checks);
}

/* ---- in rounds ---- */

struct visit {
	struct gather_round round;
	struct error err;
	int rc;
};

static void
visit_gather(void *arg, const struct path_result *path, struct verify_checks *checks)
{
	struct visit *v = arg;

	(void)checks;
	if (v->rc == 0)
		v->rc = gather_for_path(&v->round, path, &v->err);
}

static void
visit_end(void *arg, const struct path_result *path, struct verify_checks *checks)
{
	struct visit *v = arg;

	gather_tell(v->round.gathered, path, checks);
	gather_confirm(&v->round, path);
}

/* 1: something new is there; 0: nothing is; -1. */
static int
gather_more(const struct subject *s, struct visit *v, struct error *err)
{
	v->round.is_new = v->round.would_wait = 0;
	s->each(s, visit_gather, v);
	if (v->rc != 0)
		return error_cause(err, v->err.kind, v->err.text, "%s", v->err.cause);
	return v->round.is_new;
}

static int
must_wait(struct request *req, struct error *err)
{
	req->must_wait = 1;
	return error_set(
	    err, ERROR_UNAVAILABLE, "validation data must be fetched where waiting is allowed");
}

static int
judge_to_the_end(const struct subject *s, struct engine *engine, struct request *req,
    const struct material *material, const struct verify_context *context,
    struct gathered *gathered, struct error *err)
{
	struct visit v = { .round = { .engine = engine,
			       .req = req,
			       .material = material,
			       .gathered = gathered } };
	struct revocation_evidence evidence;
	struct verify_context with = *context;
	struct path_trust trust = { 0 };
	int rounds, rc = 1;

	if (context->trust != NULL)
		trust = trust_path(context->trust, PATH_SIGNING);

	with.revocation = &evidence;
	if (s->signatures != NULL && gather_ahead(&v.round, s->signatures, &trust, err) != 0)
		return -1;
	for (rounds = 1; rc == 1; rounds++) {
		gathered_context(gathered, context, &with, &evidence);
		if (s->judge(s, &with, err) != 0)
			return -1;
		rc = rounds < ROUNDS_MAX ? gather_more(s, &v, err) : 0;
		if (rc == 0 && v.round.would_wait)
			rc = must_wait(req, err);
		if (rc != 0)
			s->release(s);
	}
	if (rc == 0)
		s->each(s, visit_end, &v);
	return rc;
}

/*
 * Reading the document and judging it have one time together. What reading left is the most that
 * the verdict may cost; it never makes a verdict another one, it only decides whether there is one.
 */
static int
judge_in_rounds(const struct subject *s, struct engine *engine, struct request *req,
    const struct material *material, const struct verify_context *context,
    struct gathered *gathered, struct error *err)
{
	const unsigned int seconds = engine_limits(engine)->read_seconds;
	const uint64_t most = (uint64_t)seconds * 1000000;
	const uint64_t left = most > req->file_us ? most - req->file_us : 0;
	struct work *work = gathered->work;
	const int is_short = work->left > left;
	struct error why = ERROR_INIT;
	uint64_t before;
	int rc;

	if (is_short)
		work->left = left;
	before = work->left;
	rc = judge_to_the_end(s, engine, req, material, context, gathered, &why);
	req->file_us += before - work->left;
	if (rc != 0 && is_short && work->met != 0)
		return error_limit(err, ERROR_LIMIT, "limit-read-seconds", seconds, 0,
		    "seconds of work to read one document and judge it");
	if (rc != 0 && err != NULL && err->kind == ERROR_NONE)
		*err = why;
	return rc;
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
		.judge = judge_signatures,
		.release = release_report,
		.each = each_of_report,
		.signatures = signatures,
		.report = report,
	};
	const struct verify_context context = context_of(engine, req, material);

	if (begin(gathered, err) != 0 || gathered_note_list(*gathered, signatures, err) != 0)
		return -1;
	return judge_in_rounds(&s, engine, req, material, &context, *gathered, err);
}

int
ops_judge_document_timestamps(struct engine *engine, struct request *req,
    const struct material *material, const struct verify_document_stamp *in, size_t count,
    const struct signatures *around, struct verify_timestamp *out, struct gathered **gathered,
    struct error *err)
{
	const struct subject s = { .judge = judge_stamps,
		.release = release_stamps,
		.each = each_of_stamps,
		.stamps = in,
		.stamp_count = count,
		.around = around,
		.timestamp = out };
	const struct verify_context context = context_of(engine, req, material);
	size_t i;

	if (begin(gathered, err) != 0)
		return -1;
	for (i = 0; i < count; i++)
		if (gathered_note_token(*gathered, SPAN_OF(&in[i].stamp->token), err) != 0)
			return -1;
	return judge_in_rounds(&s, engine, req, material, &context, *gathered, err);
}

int
ops_judge_timestamp(struct engine *engine, struct request *req, const struct material *material,
    struct span token, const struct document *document, struct verify_timestamp *out,
    struct gathered **gathered, struct error *err)
{
	const struct subject s = { .judge = judge_token,
		.release = release_timestamp,
		.each = each_of_timestamp,
		.token = token,
		.document = document,
		.timestamp = out };
	const struct verify_context context = context_of(engine, req, material);

	if (begin(gathered, err) != 0 || gathered_note_token(*gathered, token, err) != 0)
		return -1;
	return judge_in_rounds(&s, engine, req, material, &context, *gathered, err);
}

int
ops_judge_certificate(struct engine *engine, struct request *req, const struct material *material,
    X509 *cert, STACK_OF(X509) * untrusted, enum path_purpose purpose,
    struct verify_certificate_report *report, struct gathered **gathered, struct error *err)
{
	const struct subject s = { .judge = judge_certificate,
		.release = release_certificate,
		.each = each_of_certificate,
		.cert = cert,
		.untrusted = untrusted,
		.purpose = purpose,
		.certificate = report };
	struct verify_context context = context_of(engine, req, material);
	struct verify_policy rules;

	if (begin(gathered, err) != 0)
		return -1;
	context.policy = verdict_rules_with(req, context.policy, &rules);
	return judge_in_rounds(&s, engine, req, material, &context, *gathered, err);
}
