#include "server/ops/level.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/ops/evidence/judge.h"
#include "server/ops/level_put.h"
#include "signing/format/asic/asic_renew.h"
#include "signing/format/cms/cms_read.h"

/* ---- a look at the file: what is in it, and what it is worth ---- */

struct look {
	struct op_document doc; /* a view of the file */
	struct verified_document found;
	struct task task;
};

static int
look_read(struct look *l, const struct raising *r, const struct buf *file, struct error *err)
{
	l->doc = (struct op_document){
		.name = r->name, .password = r->password, .content = *file, .has_content = 1
	};
	l->task = (struct task){ .engine = r->engine,
		.req = r->req,
		.material = r->material,
		.doc = &l->doc,
		.limits = &engine_limits(r->engine)->format,
		.certificates = r->material->signing_anchors,
		.originals = (struct document *)r->originals,
		.original_count = r->original_count,
		.out = &l->found };
	return read_document(&l->task, err);
}

static int
look_judge(struct look *l, const struct raising *r, struct gathered **gathered, struct error *err)
{
	return ops_judge(
	    r->engine, r->req, r->material, &l->found.signatures, &l->found.report, gathered, err);
}

/* It has time stamps alone, and they can be renewed. */
static int
look_has_stamps_alone(const struct look *l)
{
	return l->found.signatures.count == 0 &&
	       (l->task.facts.stamps.count > 0 || asic_is_renewed_whole(&l->task.facts.container));
}

static void
look_release(struct look *l)
{
	size_t i;

	l->task.originals = NULL; /* not its own */
	task_release(&l->task);
	for (i = 0; i < l->found.timestamp_count; i++)
		verify_timestamp_release(&l->found.timestamps[i]);
	free(l->found.timestamps);
	gathered_free(l->found.gathered);
	verify_report_release(&l->found.report);
	signatures_release(&l->found.signatures);
}

/* ---- which signatures ---- */

static int
is_target(const struct raising *r, const struct signature *sig)
{
	if (r->id != NULL)
		return strcmp(sig->id, r->id) == 0;
	if (sig->parent != NULL)
		return 0;
	return r->value.data == NULL || span_equal(r->value, SPAN_OF(&sig->value));
}

/* They are there, each known by its id, and none is a counter-signature. */
static int
check_targets(const struct raising *r, const struct look *l, struct error *err)
{
	const struct signatures *list = &l->found.signatures;
	const struct signature *named =
	    r->id != NULL ? signature_named(list, r->id, "to extend", err) : NULL;
	size_t i, n = 0;

	if (r->id != NULL && named == NULL)
		return -1;
	if (named != NULL && named->parent != NULL)
		return error_set(err, ERROR_UNSUPPORTED,
		    "%.100s is a counter-signature; extend %.100s, and it is extended with it",
		    named->id, named->parent);
	for (i = 0; i < list->count; i++) {
		if (!is_target(r, &list->items[i]))
			continue;
		if (signature_named(list, list->items[i].id, "to extend", err) == NULL ||
		    signature_is_whole(&list->items[i], err) != 0)
			return -1;
		n++;
	}
	return n > 0 ? 0
		     : error_set(err, ERROR_NOT_FOUND, "the document has no signature to extend");
}

/* ---- is it worth it ---- */

static int
is_judged_stamp(const struct verify_timestamp *ts)
{
	return ts->kind != TIMESTAMP_CONTENT;
}

/* A time stamp that proves the signature: 1 when one of those that count is good. */
static int
has_good_stamp(const struct verify_signature *v)
{
	size_t i;

	for (i = 0; i < v->timestamp_count; i++)
		if ((v->timestamps[i].kind == TIMESTAMP_SIGNATURE ||
			v->timestamps[i].kind == TIMESTAMP_DOCUMENT ||
			v->source->timestamps[i].covers.manifest != DIGEST_NONE) &&
		    v->timestamps[i].conclusion.indication == INDICATION_TOTAL_PASSED)
			return 1;
	return 0;
}

/* Where the first thing that is missing on a path should be; NULL: nothing tells. */
static const char *
where_missing(const struct path_result *path)
{
	size_t i;

	if (path->wanted_issuers.count > 0)
		return path->wanted_issuers.items[0];
	for (i = 0; i < path->certificate_count; i++) {
		const struct path_certificate *c = &path->certificates[i];
		const struct revocation_result *rev = &c->revocation;

		if (!c->needs_revocation || rev->status != REVOCATION_UNKNOWN)
			continue;
		if (rev->ocsp_urls.count > 0)
			return rev->ocsp_urls.items[0];
		if (rev->crl_urls.count > 0)
			return rev->crl_urls.items[0];
	}
	return NULL;
}

static int
refuse(const char *what, const char *id, const struct verify_conclusion *c,
    const struct path_result *path, struct error *err)
{
	const char *url = c->sub == SUB_TRY_LATER ? where_missing(path) : NULL;

	return error_set(err, c->sub == SUB_TRY_LATER ? ERROR_UNAVAILABLE : ERROR_CONFLICT,
	    "%s %.80s cannot be extended, it is %s: %.200s%s%.60s", what, id,
	    sub_indication_name(c->sub), c->text, url != NULL ? "; it should be had at " : "",
	    url != NULL ? url : "");
}

/* Of a broken signature no level is made; of T and above a verdict must be passed to last. */
static int
check_verdict(
    const struct raising *r, const struct verify_signature *v, enum doc_level to, struct error *err)
{
	size_t i;

	(void)r;
	if (v->conclusion.indication == INDICATION_TOTAL_FAILED ||
	    (v->conclusion.indication != INDICATION_TOTAL_PASSED && to > DOC_LEVEL_T))
		return refuse("signature", v->source->id, &v->conclusion, &v->path, err);
	for (i = 0; to > DOC_LEVEL_T && i < v->timestamp_count; i++) {
		const struct verify_timestamp *ts = &v->timestamps[i];

		if (is_judged_stamp(ts) && ts->conclusion.sub == SUB_TRY_LATER)
			return refuse(
			    "the time stamp of", v->source->id, &ts->conclusion, &ts->path, err);
	}
	return 0;
}

static int
check_verdicts(const struct raising *r, const struct look *l, struct error *err)
{
	size_t i;

	for (i = 0; i < l->found.report.count; i++)
		if (is_target(r, l->found.report.items[i].source) &&
		    check_verdict(r, &l->found.report.items[i], r->to, err) != 0)
			return -1;
	return 0;
}

/* ---- the steps ---- */

/* A PDF, and some containers, are protected for all of their signatures at once. */
static int
is_for_all(const struct raising *r, const struct look *l, const struct signature *sig)
{
	return sig->format == FORMAT_PDF ||
	       (r->to == DOC_LEVEL_LTA && asic_is_renewed_whole(&l->task.facts.container));
}

/*
 * Is something put into this signature? Into those that were asked for; where all are protected at
 * once, also into others that hold, since nothing can be added to them afterwards. What is in a
 * manifest of the container already is left alone: its data go to the last time stamp.
 */
static int
gets_more(const struct raising *r, const struct look *l, const struct verify_signature *v)
{
	const struct signature *sig = v->source;

	if (!is_for_all(r, l, sig) || sig->format == FORMAT_PDF)
		return is_target(r, sig);
	return (is_target(r, sig) ||
		   (sig->parent == NULL && v->conclusion.indication == INDICATION_TOTAL_PASSED)) &&
	       !asic_is_archived(&l->task.facts.container, sig->id);
}

/* A time stamp for each that has none; how many got one, or -1. */
static int
stamp(const struct raising *r, const struct look *l, struct buf *file, struct error *err)
{
	size_t i;
	int n = 0;

	for (i = 0; i < l->found.report.count; i++) {
		const struct verify_signature *v = &l->found.report.items[i];

		if (!gets_more(r, l, v) || has_good_stamp(v))
			continue;
		n++;
		if (level_put(r, file, v->source, EXTEND_T, NULL, err) != 0)
			return -1;
		if (v->source->format == FORMAT_PDF)
			break; /* one covers all */
	}
	return n;
}

/* Does this one counter-sign a target, at any depth? */
static int
belongs_to_target(const struct raising *r, const struct signatures *list, const char *parent)
{
	size_t i, depth;

	for (depth = 0; parent != NULL && depth <= list->count; depth++) {
		for (i = 0; i < list->count; i++)
			if (strcmp(list->items[i].id, parent) == 0)
				break;
		if (i == list->count)
			return 0;
		if (is_target(r, &list->items[i]))
			return 1;
		parent = list->items[i].parent;
	}
	return 0;
}

/* What decided about a signature that holds, and about its time stamps that do. */
static int
collect_one(const struct gathered *gathered, const struct verify_signature *v,
    struct evidence *data, struct error *err)
{
	size_t i;

	if (v->conclusion.indication != INDICATION_TOTAL_PASSED)
		return 0;
	if (gathered_evidence(gathered, &v->path, data, err) != 0)
		return -1;
	for (i = 0; i < v->timestamp_count; i++)
		if (v->timestamps[i].conclusion.indication == INDICATION_TOTAL_PASSED &&
		    gathered_evidence(gathered, &v->timestamps[i].path, data, err) != 0)
			return -1;
	return 0;
}

static int
collect(const struct raising *r, const struct look *l, const struct gathered *gathered,
    struct evidence *data, struct error *err)
{
	size_t i;

	for (i = 0; i < l->found.report.count; i++) {
		const struct verify_signature *v = &l->found.report.items[i];

		if (!is_target(r, v->source) && !is_for_all(r, l, v->source) &&
		    !belongs_to_target(r, &l->found.signatures, v->source->parent))
			continue;
		if (collect_one(gathered, v, data, err) != 0)
			return -1;
	}
	return 0;
}

static int
put_each(const struct raising *r, const struct look *l, enum extension to,
    const struct evidence *data, struct buf *file, struct error *err)
{
	size_t i;

	for (i = 0; i < l->found.report.count; i++) {
		const struct verify_signature *v = &l->found.report.items[i];

		if (!gets_more(r, l, v))
			continue;
		if (level_put(r, file, v->source, to, data, err) != 0)
			return -1;
		if (v->source->format == FORMAT_PDF)
			break; /* all at once */
	}
	return 0;
}

/* The data, and for LTA a time stamp over all. */
static int
put_data(const struct raising *r, const struct look *l, const struct gathered *gathered,
    struct buf *file, struct error *err)
{
	const int is_whole =
	    r->to == DOC_LEVEL_LTA && asic_is_renewed_whole(&l->task.facts.container);
	const enum extension to = r->to == DOC_LEVEL_LTA && !is_whole ? EXTEND_LTA : EXTEND_LT;
	struct evidence data = { 0 };
	int rc = collect(r, l, gathered, &data, err);

	if (rc == 0)
		rc = put_each(r, l, to, &data, file, err);
	if (rc == 0 && is_whole)
		rc = level_renew(r, file, &data, err);
	evidence_release(&data);
	return rc;
}

/* ---- what came of it ---- */

static enum ades_level
lowest_level(const struct raising *r, const struct look *l)
{
	enum ades_level lowest = ADES_LEVELS;
	size_t i;

	for (i = 0; i < l->found.signatures.count; i++)
		if (is_target(r, &l->found.signatures.items[i]) &&
		    l->found.signatures.items[i].level < lowest)
			lowest = l->found.signatures.items[i].level;
	return lowest < ADES_LEVELS ? lowest : ADES_BASIC;
}

/* Where no certificate has revocation data, there is nothing that tells LT from T. */
static int
tell(const struct raising *r, const struct buf *file, struct signed_item *item, struct error *err)
{
	static const char *const wanted[] = {
		[DOC_LEVEL_T] = "T", [DOC_LEVEL_LT] = "LT", [DOC_LEVEL_LTA] = "LTA"
	};
	struct look l = { 0 };
	const char *level, *dash;
	int rc = look_read(&l, r, file, err);

	if (rc == 0) {
		level = ades_level_name(lowest_level(r, &l));
		snprintf(item->level, sizeof(item->level), "%s", level);
		dash = strrchr(level, '-');
		if (r->to > DOC_LEVEL_T && strcmp(dash != NULL ? dash + 1 : level, "T") == 0) {
			item->result.major = RESULT_WARNING;
			snprintf(item->result.message, sizeof(item->result.message),
			    "the signature holds all that level %s asks for, but no certificate in "
			    "it has revocation data, so that by its form it is %s",
			    wanted[r->to], level);
		}
	}
	look_release(&l);
	return rc;
}

static int
raise_to_t(const struct raising *r, const struct look *first, struct buf *file, struct error *err)
{
	int stamped = stamp(r, first, file, err);

	if (stamped == 0)
		return error_set(err, ERROR_CONFLICT,
		    "the signature has a time stamp already: its level is T or higher");
	return stamped > 0 ? 0 : -1;
}

/* `second` is for the look behind the time stamp; the caller's to release, as what is gathered. */
static int
raise_further(const struct raising *r, const struct look *first, struct look *second,
    struct gathered **gathered, struct buf *file, struct error *err)
{
	int stamped = stamp(r, first, file, err);

	if (stamped <= 0)
		return stamped < 0 ? -1 : put_data(r, first, *gathered, file, err);
	if (look_read(second, r, file, err) != 0 || look_judge(second, r, gathered, err) != 0 ||
	    check_verdicts(r, second, err) != 0)
		return -1;
	return put_data(r, second, *gathered, file, err);
}

/* ---- documents with time stamps alone ---- */

static int
put_behind_stamps(
    const struct raising *r, const struct look *l, struct buf *file, struct error *err)
{
	struct evidence data = { 0 };
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < l->found.timestamp_count; i++)
		rc = gathered_evidence(l->found.gathered, &l->found.timestamps[i].path, &data, err);
	if (rc == 0)
		rc = l->task.facts.stamps.count > 0
			 ? level_put(r, file, NULL, EXTEND_LTA, &data, err)
			 : level_renew(r, file, &data, err);
	evidence_release(&data);
	return rc;
}

/* They are renewed by one more, with the data of those before, all of which must hold. */
static int
raise_stamps(const struct raising *r, struct look *l, struct buf *file, struct signed_item *item,
    struct error *err)
{
	size_t i;

	if (r->to != DOC_LEVEL_LTA)
		return error_set(err, ERROR_UNSUPPORTED,
		    "the document has time stamps and no signature: they are renewed by level LTA");
	if (task_judge_stamps(&l->task, err) != 0)
		return -1;
	for (i = 0; i < l->found.timestamp_count; i++) {
		const struct verify_timestamp *ts = &l->found.timestamps[i];

		if (ts->conclusion.indication != INDICATION_TOTAL_PASSED)
			return refuse(
			    "the time stamp", ts->serial, &ts->conclusion, &ts->path, err);
	}
	snprintf(item->level, sizeof(item->level), "LTA");
	return put_behind_stamps(r, l, file, err);
}

/* `work` is the file as makers take it; what came of it is in `shown`. */
static int
raise_file(const struct raising *r, const struct buf *work, struct buf *shown,
    struct signed_item *item, struct error *err)
{
	struct look first = { 0 }, second = { 0 };
	struct gathered *gathered = NULL;
	int rc = -1;

	if (look_read(&first, r, work, err) != 0)
		goto done;
	if (r->id == NULL && look_has_stamps_alone(&first)) {
		rc = buf_append_span(shown, SPAN_OF(work), err) == 0
			 ? raise_stamps(r, &first, shown, item, err)
			 : -1;
		goto done;
	}
	if (check_targets(r, &first, err) != 0 || look_judge(&first, r, &gathered, err) != 0 ||
	    check_verdicts(r, &first, err) != 0 || buf_append_span(shown, SPAN_OF(work), err) != 0)
		goto done;
	rc = r->to == DOC_LEVEL_T ? raise_to_t(r, &first, shown, err)
				  : raise_further(r, &first, &second, &gathered, shown, err);
	if (rc == 0)
		rc = tell(r, shown, item, err);
done:
	gathered_free(gathered);
	look_release(&second);
	look_release(&first);
	return rc;
}

int
ops_raise_level(
    const struct raising *r, struct buf *file, struct signed_item *item, struct error *err)
{
	struct buf work = BUF_INIT(engine_limits(r->engine)->format.output_bytes);
	struct buf shown = BUF_INIT(engine_limits(r->engine)->format.output_bytes);
	int rc = -1;

	/* Of a large document there are no more copies than must be. */
	if (document_kind_of(SPAN_OF(file)) != KIND_CMS)
		rc = raise_file(r, file, &shown, item, err);
	else if (cms_binary(&work, SPAN_OF(file), err) == 0)
		rc = raise_file(r, &work, &shown, item, err);
	if (rc == 0)
		level_replace(file, &shown);
	buf_release(&work);
	buf_release(&shown);
	return rc;
}
