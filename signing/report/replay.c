#include "signing/report/replay.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/format/xml/xml_reader.h"
#include "signing/report/etsi.h"
#include "signing/report/replay_parts.h"

int
replay_believe(struct run *r, const char *fmt, ...)
{
	char text[600];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return buf_printf(&r->out->rests_on, r->err, "%s\n", text);
}

int
replay_differ(struct run *r, const char *what, const char *then, const char *now)
{
	return differences_add(&r->out->differences, what, then, now, r->err);
}

/* ---- the context ---- */

static int
check_catalogue(struct run *r)
{
	const struct catalogue *c =
	    r->in->catalogue != NULL ? r->in->catalogue : catalogue_builtin();

	if (strcmp(c->name, r->recorded->catalogue_name) == 0 &&
	    strcmp(c->version, r->recorded->catalogue_version) == 0)
		return 0;
	return error_set(r->err, ERROR_NOT_FOUND,
	    "the verdict is by the algorithm catalogue %.100s %.100s, at hand is %.60s %.60s: give "
	    "the file of the former",
	    r->recorded->catalogue_name, r->recorded->catalogue_version, c->name, c->version);
}

/* How much of a breach passes: fail, warn, and then inform and ignore, which are notes. */
static int
laxness(enum verify_level level)
{
	return level == VERIFY_FAIL ? 0 : level == VERIFY_WARN ? 1 : 2;
}

/*
 * Whoever wrote the report chose its policy too, and gave it its name. Where it lets pass what the
 * strict one does not, that is told; and the strict one's name does not belong to such a policy.
 */
static int
check_policy(struct run *r)
{
	const struct verify_policy *p = &r->recorded->policy.policy;
	struct buf lax = BUF_INIT(0);
	int i, rc = 0;

	for (i = 0; rc == 0 && i < VERIFY_CONSTRAINTS; i++)
		if (laxness((enum verify_level)p->levels[i]) >
		    laxness(verify_constraint_default((enum verify_constraint)i)))
			rc = buf_printf(&lax, r->err, " %s=%s",
			    verify_constraint_name((enum verify_constraint)i),
			    verify_level_name((enum verify_level)p->levels[i]));
	if (rc == 0 && p->without_revocation)
		rc = buf_append_str(&lax, " without revocation", r->err);
	if (rc == 0 && p->revocation_freshness > 0)
		rc = buf_printf(
		    &lax, r->err, " revocationFreshness=%" PRId64, p->revocation_freshness);
	if (rc == 0 && lax.len > 0)
		rc = replay_believe(r,
		    "the policy is that of the report: whoever wrote it chose%.*s", (int)lax.len,
		    (const char *)lax.data);
	if (rc == 0 && lax.len > 0 &&
	    (p->name == NULL || strcmp(p->name, VERIFY_POLICY_NAME) == 0) &&
	    (p->version == NULL || strcmp(p->version, VERIFY_POLICY_VERSION) == 0))
		rc = replay_differ(r, "the policy: name",
		    VERIFY_POLICY_NAME " " VERIFY_POLICY_VERSION,
		    "another one: its constraints are laxer");
	buf_release(&lax);
	return rc;
}

/* Whom to trust: what the caller has, else what the report has. */
static int
set_trust(struct run *r)
{
	const struct recorded *rec = r->recorded;
	struct verify_context *c = &r->context;
	char name[24];

	if (r->in->trust != NULL) {
		c->trust = r->in->trust;
		r->compared.has_snapshot = 1;
		trust_snapshot_name(c->trust, name);
		if (strcmp(name, rec->snapshot) == 0)
			return 0;
		return replay_believe(r,
		    "the trust snapshot at hand is %s, the report is by %.100s", name,
		    rec->snapshot[0] != '\0' ? rec->snapshot : "none");
	}
	if (r->in->anchors != NULL) {
		c->anchors = c->timestamp_anchors = r->in->anchors;
		if (rec->snapshot[0] == '\0' && rec->trust.len == 0)
			return 0;
		r->compared.without_trust = 1;
		return replay_believe(r,
		    "what the report says of trust services, by the trust snapshot %.100s, was not "
		    "judged again: the anchors that were given took its place",
		    rec->snapshot);
	}
	c->anchors = rec->anchors;
	c->timestamp_anchors = rec->timestamp_anchors;
	if (rec->trust.len > 0) {
		if (trust_snapshot_load(&r->part, SPAN_OF(&rec->trust), r->err) != 0)
			return -1;
		c->trust = r->part;
	}
	if (sk_X509_num(rec->anchors) == 0 && sk_X509_num(rec->timestamp_anchors) == 0 &&
	    rec->trust.len == 0)
		return 0;
	return replay_believe(
	    r, "the trust anchors are those of the report: whoever wrote it chose them");
}

static int
set_context(struct run *r)
{
	const struct recorded *rec = r->recorded;

	r->context = (struct verify_context){ .certificates = rec->certificates,
		.revocation = &r->evidence,
		.time = rec->time,
		.catalogue = r->in->catalogue,
		.policy = &rec->policy.policy };
	return check_policy(r) == 0 ? set_trust(r) : -1;
}

/* ---- told again, and compared ---- */

/* The report of the verdict that was given now, against the one that was handed in. */
static int
retell(struct run *r, struct report_input *in)
{
	static const struct xml_read_options options = { 0 };
	const struct recorded *rec = r->recorded;
	struct buf report = BUF_INIT(RECORDED_BYTES_MAX);
	struct xml_reader xml = { 0 };
	char name[24];
	int rc = -1;

	in->time = rec->time;
	in->made = rec->made;
	in->gathered = &r->gathered;
	in->excerpted = (const unsigned char(*)[32])r->excerpted;
	in->excerpted_count = r->excerpted_count;
	in->policy = &rec->policy.policy;
	in->catalogue = r->in->catalogue;
	in->trust = r->in->trust;
	if (in->trust != NULL)
		in->snapshot = trust_snapshot_name(in->trust, name);
	if (report_etsi_write(&report, in, rec->signer, r->err) == 0 &&
	    xml_reader_open(&xml, SPAN_OF(&report), &options, r->err) == 0) {
		rc = report_compare(&r->out->differences, xmlDocGetRootElement(rec->xml->doc.doc),
		    xmlDocGetRootElement(xml.doc.doc), &r->compared, r->err);
		xml_reader_close(&xml);
	}
	buf_release(&report);
	return rc;
}

/* ---- the three kinds ---- */

static int
replay_document(struct run *r)
{
	const struct recorded *rec = r->recorded;
	const struct examine_options options = { .limits = r->in->limits,
		.password = r->in->password,
		.extra_certificates = r->in->anchors != NULL ? r->in->anchors : rec->anchors,
		.opener = &r->opener,
		.xml_opener = &r->xml_opener,
		.mail_need_address = rec->mail_need_address,
		.mail_need_match = rec->mail_need_match,
		.tolerate = verify_policy_tolerates(&rec->policy.policy) };
	struct examination *x = &r->out->examination;
	struct report_input in;

	if (r->in->document_count == 0)
		return error_set(
		    r->err, ERROR_NOT_FOUND, "give the document that the report is about");
	if (replay_take_documents(r) != 0 ||
	    examine(x, r->judged, r->in->document_count, &options, &r->context, r->err) != 0)
		return -1;
	r->out->conclusion = x->report.conclusion;
	in = (struct report_input){ .documents = r->told,
		.document_count = rec->document_count,
		.layers = r->layers,
		.layer_count = r->layer_count,
		.mail_need_address = rec->mail_need_address,
		.mail_need_match = rec->mail_need_match,
		.report = &x->report,
		.signatures = &x->facts.signatures,
		.timestamps = x->timestamps,
		.timestamp_count = x->timestamp_count };
	return retell(r, &in);
}

static int
replay_certificate(struct run *r)
{
	struct verify_certificate_report report;
	struct report_input in = { .certificate = &report, .purpose = r->recorded->purpose };
	int rc;

	if (r->in->document_count > 0)
		return error_set(r->err, ERROR_MALFORMED,
		    "the report is about a certificate, which it holds; give no document");
	if (verify_certificate(r->recorded->subject, r->recorded->certificates,
		r->recorded->purpose, &r->context, &report, r->err) != 0)
		return -1;
	r->out->conclusion = report.conclusion;
	rc = retell(r, &in);
	verify_certificate_report_release(&report);
	return rc;
}

static int
replay_token(struct run *r)
{
	const struct recorded *rec = r->recorded;
	struct verify_timestamp report;
	struct report_input in = { .timestamps = &report, .timestamp_count = 1 };
	struct document none = { 0 };
	const struct document *doc;
	int rc;

	if (replay_take_documents(r) != 0)
		return -1;
	doc = r->in->document_count > 0 ? r->judged : rec->document_count > 0 ? r->told : &none;
	if (verify_timestamp_token(SPAN_OF(&rec->token), doc, &r->context, &report, r->err) != 0)
		return -1;
	r->out->conclusion = report.conclusion;
	in.documents = r->told;
	in.document_count = rec->document_count;
	rc = retell(r, &in);
	verify_timestamp_release(&report);
	return rc;
}

/* ---- the report's own signature ---- */

/* By whom the caller trusts, never by whom the report does. */
static int
judge_own(struct run *r)
{
	STACK_OF(X509) *anchors = sk_X509_new_null();
	const struct verify_context context = { .trust = r->in->trust,
		.anchors = anchors,
		.time = r->in->now,
		.catalogue = r->in->catalogue };
	STACK_OF(X509) *const both[] = { r->in->anchors, r->in->signers };
	struct verify_report report;
	size_t i;
	int n, rc = anchors != NULL ? 0 : error_memory(r->err);

	for (i = 0; i < 2; i++)
		for (n = 0; rc == 0 && n < sk_X509_num(both[i]); n++)
			if (sk_X509_push(anchors, sk_X509_value(both[i], n)) <= 0)
				rc = error_memory(r->err);
	if (rc == 0 && r->recorded->own.count > 0 &&
	    (r->in->trust != NULL || sk_X509_num(anchors) > 0)) {
		rc = verify_signatures(&r->recorded->own, &context, &report, r->err);
		if (rc == 0) {
			r->out->is_own_judged = 1;
			r->out->own = report.conclusion;
			verify_report_release(&report);
		}
	}
	sk_X509_free(anchors);
	return rc;
}

int
replay(struct replayed *out, const struct replay_options *options, struct error *err)
{
	static int (*const kinds[])(struct run * r) = { [RECORDED_DOCUMENT] = replay_document,
		[RECORDED_CERTIFICATE] = replay_certificate,
		[RECORDED_TIMESTAMP] = replay_token };
	struct run *r = calloc(1, sizeof(*r));
	int rc = -1;

	memset(out, 0, sizeof(*out));
	if (r == NULL)
		return error_memory(err);
	*r = (struct run){ .out = out, .in = options, .recorded = options->recorded, .err = err };
	if (check_catalogue(r) == 0 && replay_open_evidence(r) == 0 && set_context(r) == 0 &&
	    kinds[options->recorded->of](r) == 0 && judge_own(r) == 0)
		rc = buf_terminate(&out->rests_on, err);
	out->is_same = out->differences.count == 0;
	replay_close_evidence(r);
	replay_drop_documents(r);
	trust_snapshot_free(r->part);
	free(r);
	if (rc != 0)
		replayed_release(out);
	return rc;
}

void
replayed_release(struct replayed *out)
{
	differences_release(&out->differences);
	buf_release(&out->rests_on);
	examination_release(&out->examination);
	memset(out, 0, sizeof(*out));
}
