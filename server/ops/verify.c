/* VerifyDocument, VerifyDocuments. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/ops/cases/case.h"
#include "server/ops/evidence/judge.h"
#include "server/ops/journal/journal.h"
#include "server/ops/private.h"
#include "server/ops/reading.h"
#include "server/ops/report.h"
#include "signing/verify/document.h"

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
	if (req->in.store && req->in.document_count > JOURNAL_CASES_MAX)
		return error_limit(err, ERROR_LIMIT, "store-documents", JOURNAL_CASES_MAX,
		    req->in.document_count, "documents whose verdicts one request stores");
	if (req->in.store)
		req->must_wait = 1; /* for the database */
	return report_admit(engine, req, err);
}

int
admit_verify(struct engine *engine, struct request *req, struct error *err)
{
	if (admit_policy(engine, req, err) != 0)
		return -1;
	decide_originals(engine, req);
	return 0;
}

int
task_judge_stamps(struct task *t, struct error *err)
{
	struct verified_document *out = t->out;
	struct verify_document_stamp *in;
	int covered, rc = -1;
	size_t count;

	if (verify_document_stamps(&t->facts, &in, &count, &covered, err) != 0)
		return -1;
	if (count == 0)
		return 0;
	out->timestamps = calloc(count, sizeof(*out->timestamps));
	if (out->timestamps == NULL) {
		error_memory(err);
		goto done;
	}
	if (ops_judge_document_timestamps(t->engine, t->req, t->material, in, count,
		&out->signatures, out->timestamps, &out->gathered, err) != 0)
		goto done;
	out->timestamp_count = count;
	verify_report_conclude_timestamps(&out->report, out->timestamps, count, covered);
	rc = 0;
done:
	free(in);
	return rc;
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
		.tolerate = verify_policy_tolerates(context_of(engine, req, material).policy),
		.out = &req->out.verified[index] };
	int rc = -1;

	req->file_us = 0;
	if (task_take_originals(&t, index, err) != 0 || read_document(&t, err) != 0)
		goto done;
	rc = 0;
	if (t.is_closed)
		goto done;
	rc = ops_judge(
	    engine, req, material, &t.out->signatures, &t.out->report, &t.out->gathered, err);
	if (rc == 0)
		rc = task_judge_stamps(&t, err);
	if (rc == 0)
		rc = report_one(&t, err);
	t.out->is_judged = rc == 0;
done:
	task_release(&t);
	return rc;
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
