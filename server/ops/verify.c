/* VerifyDocument, VerifyDocuments: what the document is decides which reader looks at it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/ops/case.h"
#include "server/ops/judge.h"
#include "server/ops/private.h"
#include "server/ops/reading.h"
#include "server/ops/report.h"
#include "signing/format/asic/asic_read.h"
#include "signing/format/cms/cms_read.h"
#include "signing/format/pdf/pdf_read.h"
#include "signing/format/xml/xml_read.h"

/* Whether there is such a policy is known before any document is read. */
static int
check_policy(struct engine *engine, struct request *req, struct error *err)
{
	const struct material *material;
	int rc;

	if (material_get(&material, engine, req->caller, err) != 0)
		return -1;
	rc = verdict_rules_check(req, material, err);
	material_unref(material);
	return rc;
}

int
admit_policy(struct engine *engine, struct request *req, struct error *err)
{
	if (check_policy(engine, req, err) != 0)
		return -1;
	if (req->in.has_validation_time && req->in.validation_time > req->time_us / 1000000 + 60)
		return error_set(err, ERROR_MALFORMED, "validationTime lies in the future");
	if (req->in.store_document && !req->in.store)
		return error_set(err, ERROR_MALFORMED,
		    "storeDocument keeps the document with a case: say store as well");
	if (req->in.store)
		req->must_wait = 1; /* for the database */
	return report_admit(engine, req, err);
}

void
decide_originals(const struct engine *engine, struct request *req)
{
	size_t i;

	for (i = 0; i < req->in.original_count; i++) {
		struct op_document *original = &req->in.originals[i];

		original->stream_bytes = engine_limits(engine)->stream_bytes;
		if (original->of < req->in.document_count)
			original->decided_by = &req->in.documents[original->of];
	}
}

int
admit_verify(struct engine *engine, struct request *req, struct error *err)
{
	if (admit_policy(engine, req, err) != 0)
		return -1;
	decide_originals(engine, req);
	return 0;
}

static const char *
password_of(const struct task *t)
{
	return t->doc->password != NULL ? t->doc->password : t->req->in.password;
}

static int
read_cms(struct task *t, struct error *err)
{
	const struct cms_read_options options = { .limits = t->limits,
		.extra_certificates = t->certificates,
		.keep_octets = t->keep_octets };

	if (t->original_count > 1)
		return error_set(err, ERROR_MALFORMED,
		    "a CMS signature signs one document, but %zu originals were sent",
		    t->original_count);
	if (cms_read(&t->out->signatures, t->content,
		t->original_count == 1 ? &t->originals[0] : NULL, &options, err) != 0)
		return -1;
	return t->may_open && t->original_count == 0 ? read_signed_envelope(t, err) : 0;
}

static int
read_xml(struct task *t, struct error *err)
{
	const struct xml_read_options options = { .limits = t->limits,
		.detached = t->originals,
		.detached_count = t->original_count,
		.extra_certificates = t->certificates,
		.keep_octets = t->keep_octets };

	return xml_read(&t->out->signatures, t->content, &options, err);
}

static int
read_pdf(struct task *t, struct error *err)
{
	const struct pdf_read_options options = {
		.limits = t->limits, .password = password_of(t), .certificates = t->certificates
	};
	struct error why = ERROR_INIT;

	if (t->original_count > 0)
		return error_set(
		    err, ERROR_MALFORMED, "a PDF holds what it signs; send no original with it");
	if (ops_pdf_read(t->engine, t->req, &t->out->signatures, &t->stamps, t->content, &options,
		&why) == 0)
		return 0;
	if (t->may_open && why.kind == ERROR_MALFORMED &&
	    strcmp(why.text, PDF_PASSWORD_NEEDED) == 0)
		return opening_lacks_password(&t->opening, err);
	if (err != NULL && err->kind == ERROR_NONE)
		*err = why;
	return -1;
}

static int
read_zip(struct task *t, struct error *err)
{
	const struct asic_read_options options = { .limits = t->limits,
		.extra_certificates = t->certificates,
		.name = t->doc->name,
		.keep_octets = t->keep_octets };

	if (t->original_count > 0)
		return error_set(err, ERROR_MALFORMED,
		    "a container holds what it signs; send no original with it");
	if (ops_asic_read(t->engine, t->req, &t->out->signatures, &t->container, t->content,
		&options, err) != 0)
		return -1;
	ops_asic_describe(&t->out->result, &t->container, t->out->signatures.count);
	return 0;
}

static int
read_mail(struct task *t, struct error *err)
{
	const struct smime_read_options options = { .limits = t->limits,
		.extra_certificates = t->certificates,
		.keep_octets = t->keep_octets,
		.need_address = engine_limits(t->engine)->mail_need_address != 0,
		.need_match = engine_limits(t->engine)->mail_need_match != 0,
		.opener = t->may_open ? &t->opening.opener : NULL };
	struct smime_mail mail = { 0 };
	int rc;

	if (t->original_count > 0)
		return error_set(
		    err, ERROR_MALFORMED, "a mail holds what it signs; send no original with it");
	rc = ops_smime_read(
	    t->engine, t->req, &t->out->signatures, &mail, t->content, &options, err);
	if (rc == 0)
		ops_smime_describe(&t->out->result, &mail, t->out->signatures.count);
	smime_mail_release(&mail);
	return rc;
}

int
read_content(struct task *t, struct error *err)
{
	static int (*const read[])(struct task * t, struct error * err) = { [KIND_CMS] = read_cms,
		[KIND_XML] = read_xml,
		[KIND_PDF] = read_pdf,
		[KIND_ASIC] = read_zip,
		[KIND_SMIME] = read_mail,
		[KIND_ENVELOPE] = read_envelope };
	enum document_kind kind = document_kind_of(t->content);

	if (kind == KIND_ENVELOPE && !t->may_open)
		return error_set(err, ERROR_UNSUPPORTED,
		    "%s is encrypted: decrypt it first, with DecryptDocument",
		    t->doc->name != NULL ? t->doc->name : "the document");
	if (kind != KIND_UNKNOWN)
		return read[kind](t, err);
	return error_set(err, ERROR_MALFORMED,
	    "%s is neither a PDF nor XML nor a CMS signature, a container or a signed mail; of a "
	    "detached "
	    "signature, send the "
	    "signature as signedDocument and the document as originalDocument",
	    t->doc->name != NULL ? t->doc->name : "the document");
}

int
read_document(struct task *t, struct error *err)
{
	t->content = SPAN_OF(&t->doc->content);
	if (t->may_open)
		opening_init(&t->opening, t->engine, t->req, t->material, password_of(t),
		    &t->out->encryptions);
	if (read_content(t, err) != 0)
		return -1;
	if (t->may_open)
		describe_encryption(t);
	return 0;
}

/* Add a digest to the original of that name, or a new original. */
static int
add_digest(struct task *t, const struct document_digest *d, struct error *err)
{
	struct digest_values *values;
	size_t i;

	if (d->value.len != digest_size(d->method))
		return error_set(err, ERROR_MALFORMED,
		    "an originalDigest has %zu bytes, but %s gives %zu", d->value.len,
		    digest_name(d->method), digest_size(d->method));
	for (i = 0; i < t->original_count; i++)
		if (!t->originals[i].has_content && t->originals[i].digests == &t->values[i] &&
		    strcmp(d->name != NULL ? d->name : "",
			t->originals[i].name != NULL ? t->originals[i].name : "") == 0)
			break;
	values = &t->values[i];
	if (i == t->original_count) {
		t->originals[i] = (struct document){ .name = d->name, .digests = values };
		t->original_count++;
	}
	values->have |= DIGEST_BIT(d->method);
	memcpy(values->value[d->method], d->value.data, d->value.len);
	return 0;
}

int
task_take_originals(struct task *t, size_t index, struct error *err)
{
	const struct request *req = t->req;
	size_t i, n = req->in.original_count + req->in.digest_count + 1;

	t->originals = calloc(n, sizeof(*t->originals));
	t->values = calloc(n, sizeof(*t->values));
	if (t->originals == NULL || t->values == NULL)
		return error_memory(err);
	for (i = 0; i < req->in.original_count; i++)
		if (req->in.originals[i].of == index)
			t->originals[t->original_count++] = op_document_view(&req->in.originals[i]);
	for (i = 0; i < req->in.digest_count; i++)
		if (req->in.digests[i].of == index && add_digest(t, &req->in.digests[i], err) != 0)
			return -1;
	return 0;
}

void
task_release(struct task *t)
{
	pdf_timestamps_release(&t->stamps);
	asic_container_release(&t->container);
	free(t->originals);
	free(t->values);
}

int
verdict_rules_check(const struct request *req, const struct material *material, struct error *err)
{
	const struct verify_policy *policy;

	if (material->trust == NULL)
		return error_cause(err, ERROR_UNAVAILABLE,
		    "the tenant's trust snapshot cannot be read; an administrator must import its "
		    "trusted lists again",
		    "%s", material->trust_problem.text);
	return material_policy(&policy, material, req->in.validation_policy, err);
}

int
verdict_rules_note(const struct engine *engine, struct request *req,
    const struct material *material, struct error *err)
{
	const struct verify_context context = context_of(engine, req, material);

	req->out.validation_time = context.time;
	verify_cite(&context, &req->out.cited);
	return verdict_rules_check(req, material, err);
}

const struct verify_policy *
verdict_rules_with(
    const struct request *req, const struct verify_policy *base, struct verify_policy *own)
{
	if (req->in.policy_count == 0 && !req->in.explicit_policy && !req->in.inhibit_mapping &&
	    !req->in.inhibit_any_policy)
		return base;
	*own = base != NULL ? *base : (struct verify_policy){ 0 };
	if (req->in.policy_count > 0) {
		own->certificate_policies = req->in.policies;
		own->certificate_policy_count = req->in.policy_count;
	}
	own->explicit_policy |= req->in.explicit_policy;
	own->inhibit_mapping |= req->in.inhibit_mapping;
	own->inhibit_any_policy |= req->in.inhibit_any_policy;
	return own;
}

struct verify_context
context_of(const struct engine *engine, const struct request *req, const struct material *material)
{
	struct verify_context context = {
		.trust = material->trust,
		.trust_number = material->trust_number,
		.catalogue = engine_catalogue(engine),
		.time =
		    req->in.has_validation_time ? req->in.validation_time : req->time_us / 1000000,
	};
	struct error ignored = ERROR_INIT;

	/* Rules that cannot be had (verdict_rules_check() said so) let nothing pass: no anchors. */
	if (material_policy(&context.policy, material, req->in.validation_policy, &ignored) != 0)
		context.trust = NULL;
	return context;
}

/* The n-th time stamp of a PDF, or of a container behind them. */
static struct verify_document_stamp
stamp_at(const struct task *t, size_t n)
{
	if (n < t->stamps.count) {
		const struct pdf_timestamp *ts = &t->stamps.items[n];

		return (struct verify_document_stamp){ &ts->stamp, ts->field, ts->failure,
			ts->failure_text, ts->revision_is_last };
	} else {
		const struct asic_stamp *ts = &t->container.stamps[n - t->stamps.count];

		return (struct verify_document_stamp){ &ts->stamp, ts->name, ts->failure,
			ts->failure_text, ts->covers_all };
	}
}

/* Document time stamps stand for themselves beside the signatures. */
static int
judge_stamps(struct task *t, struct error *err)
{
	const size_t count = t->stamps.count + t->container.stamp_count;
	struct verified_document *out = t->out;
	int covered = 0;

	if (count == 0)
		return 0;
	out->timestamps = calloc(count, sizeof(*out->timestamps));
	if (out->timestamps == NULL)
		return error_memory(err);
	for (; out->timestamp_count < count; out->timestamp_count++) {
		const struct verify_document_stamp in = stamp_at(t, out->timestamp_count);

		if (ops_judge_document_timestamp(t->engine, t->req, t->material, &in,
			&out->timestamps[out->timestamp_count], &out->gathered, err) != 0)
			return -1;
		covered |= in.revision_is_last;
	}
	verify_report_conclude_timestamps(
	    &out->report, out->timestamps, out->timestamp_count, covered);
	return 0;
}

/*
 * A repeated request stores nothing: its documents have their cases. The verdict is given anew, so
 * that it may be another by now, which is said.
 */
static void
tell_kept(struct verified_document *out, const struct kept_case *kept)
{
	out->has_case = kept->has_case;
	out->case_id = kept->id;
	if (!kept->has_case || kept->indication == out->report.conclusion.indication)
		return;
	out->result.major = RESULT_WARNING;
	snprintf(out->result.message, sizeof(out->result.message),
	    "the request was answered before; the verdict that was stored is %s",
	    indication_name(kept->indication));
}

static int
store_one(struct task *t, const struct ops_report *report, struct error *err)
{
	const size_t index = (size_t)(t->out - t->req->out.verified);

	if (!t->req->is_replay)
		return ops_case_store(t->engine, t->req, index, report, err);
	if (index < t->req->out.kept_case_count)
		tell_kept(t->out, &t->req->out.kept_cases[index]);
	return 0;
}

/* The report that was asked for, and the case: of the signed document and what it signs. */
static int
report_one(struct task *t, struct error *err)
{
	struct ops_report report;
	struct document *all;
	int rc;

	if (t->req->in.return_report == REPORT_NONE && !t->req->in.store)
		return 0;
	all = calloc(t->original_count + 1, sizeof(*all));
	if (all == NULL)
		return error_memory(err);
	all[0] = op_document_view(t->doc);
	if (t->original_count > 0)
		memcpy(&all[1], t->originals, t->original_count * sizeof(*all));
	rc = ops_report_of_document(
	    &report, t->engine, t->req, t->material, t->out, all, t->original_count + 1, err);
	if (rc == 0)
		rc = ops_report_write(&report, t->req, t->material, &t->out->report_file, err);
	if (rc == 0 && t->req->in.store)
		rc = store_one(t, &report, err);
	ops_report_end(&report);
	free(all);
	return rc;
}

static int
verify_one(struct engine *engine, struct request *req, const struct material *material,
    size_t index, struct error *err)
{
	struct task t = { .engine = engine,
		.req = req,
		.material = material,
		.doc = &req->in.documents[index],
		.limits = &engine_limits(engine)->format,
		.certificates = material->signing_anchors,
		.may_open = 1,
		.out = &req->out.verified[index] };
	int rc = -1;

	if (task_take_originals(&t, index, err) != 0 || read_document(&t, err) != 0)
		goto done;
	rc = 0;
	if (t.is_closed)
		goto done;
	rc = ops_judge(
	    engine, req, material, &t.out->signatures, &t.out->report, &t.out->gathered, err);
	if (rc == 0)
		rc = judge_stamps(&t, err);
	if (rc == 0)
		rc = report_one(&t, err);
	t.out->is_judged = rc == 0;
done:
	task_release(&t);
	return rc;
}

/* Only the content tells which reader a document needs, so admit cannot know. */
int
may_read_documents(const struct engine *engine, struct request *req, struct error *err)
{
	size_t i;

	for (i = 0; i < req->in.document_count; i++) {
		enum document_kind kind = document_kind_of(SPAN_OF(&req->in.documents[i].content));

		if (kind == KIND_PDF || kind == KIND_ASIC || kind == KIND_SMIME ||
		    kind == KIND_ENVELOPE)
			ops_pdf_waits(engine, req);
	}
	if (!req->must_wait || req->may_wait)
		return 0;
	return error_set(
	    err, ERROR_UNAVAILABLE, "the document must be read where waiting is allowed");
}

static int
verify_all(struct engine *engine, struct request *req, int is_batch, struct error *err)
{
	const struct material *material = NULL;
	size_t i;
	int rc = -1;

	if (may_read_documents(engine, req, err) != 0)
		return -1;
	if (material_get(&material, engine, req->caller, err) != 0)
		return -1;
	if (verdict_rules_note(engine, req, material, err) != 0)
		goto done;
	req->out.verified = calloc(req->in.document_count + 1, sizeof(*req->out.verified));
	if (req->out.verified == NULL) {
		error_memory(err);
		goto done;
	}
	req->out.verified_count = req->in.document_count;
	for (i = 0; i < req->in.document_count; i++) {
		struct error one = ERROR_INIT;

		if ((i == 0 || ops_has_time(engine, req, &one)) &&
		    verify_one(engine, req, material, i, is_batch ? &one : err) == 0)
			continue;
		if (!is_batch)
			goto done;
		if (req->must_wait && !req->may_wait) {
			error_cause(err, one.kind, one.text, "%s", one.cause);
			goto done; /* all of it again, where waiting is allowed */
		}
		result_from_error(&req->out.verified[i].result, &one);
	}
	rc = 0;
done:
	material_unref(material);
	return rc;
}

int
run_verify_document(struct engine *engine, struct request *req, struct error *err)
{
	return verify_all(engine, req, 0, err);
}

int
run_verify_documents(struct engine *engine, struct request *req, struct error *err)
{
	return verify_all(engine, req, 1, err);
}
