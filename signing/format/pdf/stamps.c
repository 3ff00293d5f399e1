/* Document time stamps of a PDF (ISO 32000-2 clause 12.8.5, EN 319 142-1 clause 5.4.3). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signing/format/cms/message.h"
#include "signing/format/pdf/changes.h"
#include "signing/format/pdf/value.h"
#include "signing/format/cms/tst_info.h"

/*
 * All that stands in the file before the gap is covered: the store, the values of signatures and
 * earlier time stamps with what is in them.
 */
static int
set_coverage(const struct pdf_values *values, const struct pdf_value *v, struct coverage *covers,
    struct error *err)
{
	uint64_t end = v->range.at[1];
	struct cms_covering inside = { covers, err, 0 };
	size_t i;
	int rc = pdf_dss_cover(&values->dss, end, covers, err);

	for (i = 0; rc == 0 && i < values->count; i++) {
		const struct pdf_value *other = &values->items[i];

		if (other == v || !other->have_range || other->range.at[2] > end)
			continue;
		rc = other->is_timestamp
			 ? cms_cover_token(covers, SPAN_OF(&other->der), err)
			 : cms_items_of_token(SPAN_OF(&other->der), cms_cover_item, &inside);
	}
	return rc;
}

/* Fill in the token and the digest of the range that it must bear, under the token's algorithm. */
static int
set_stamp(const struct pdf_values *values, const struct pdf_value *v,
    struct embedded_timestamp *stamp, struct error *err)
{
	enum digest digest = v->sound ? tst_info_digest_of(SPAN_OF(&v->der)) : DIGEST_NONE;

	stamp->kind = TIMESTAMP_DOCUMENT;
	stamp->deviations = v->deviations;
	if (buf_append_span(&stamp->token, SPAN_OF(&v->der), err) != 0)
		return -1;
	if (digest == DIGEST_NONE) {
		snprintf(stamp->problem, sizeof(stamp->problem), "%s",
		    v->sound ? "the time stamp's digest algorithm is not known here"
			     : v->problem.text);
		return 0;
	}
	stamp->imprint_known = 1;
	stamp->covers.document = 1;
	if (set_coverage(values, v, &stamp->covers, err) != 0)
		return -1;
	return pdf_range_digest(
	    &v->range, values->doc->bytes, DIGEST_BIT(digest), &stamp->imprint, err);
}

/* 1 when all that the signature covers lies before the stamp's own value. */
static int
covers(const struct pdf_value *stamp, const struct signature *sig)
{
	return sig->parent == NULL && sig->byte_range[3] > 0 &&
	       sig->byte_range[2] + sig->byte_range[3] <= stamp->range.at[1];
}

static int
may_copy(const struct signatures *list, const struct coverage *covers, struct error *err)
{
	size_t i, k, total = covers->count;

	for (i = 0; i < list->count; i++)
		for (k = 0; k < list->items[i].timestamp_count; k++)
			total += list->items[i].timestamps[k].covers.count;
	return total <= PDF_COVERED_MAX
		   ? 0
		   : error_limit(err, ERROR_LIMIT, "covered-items", PDF_COVERED_MAX, total,
			 "too many time stamps over too many validation data in the PDF");
}

int
pdf_stamp_spread(const struct pdf_values *values, const struct pdf_value *stamp,
    struct signatures *list, struct error *err)
{
	struct embedded_timestamp once = { 0 }, *copy;
	size_t i;
	int rc = -1;

	if (!stamp->sound)
		return 0;
	if (set_stamp(values, stamp, &once, err) != 0)
		goto done;
	for (i = 0; i < list->count; i++) {
		if (!covers(stamp, &list->items[i]))
			continue;
		if (may_copy(list, &once.covers, err) != 0)
			goto done;
		copy = signature_add_timestamp(&list->items[i], values->limits, err);
		if (copy == NULL)
			goto done;
		*copy = once;
		memset(&copy->token, 0, sizeof(copy->token));
		if (coverage_copy(&copy->covers, &once.covers, err) != 0 ||
		    buf_append_span(&copy->token, SPAN_OF(&once.token), err) != 0)
			goto done;
		copy->covers.signature = copy->imprint_known;
	}
	rc = 0;
done:
	buf_release(&once.token);
	coverage_release(&once.covers);
	return rc;
}

/* Is it over a store with revocation data? */
static int
is_archive(
    const struct pdf_values *values, const struct pdf_value *stamp, const struct signature *sig)
{
	return stamp->is_timestamp && stamp->sound && covers(stamp, sig) &&
	       pdf_dss_has_revocation(&values->dss, stamp->range.at[1]);
}

void
pdf_stamps_form(const struct pdf_values *values, struct signatures *list)
{
	const struct evidence *store = &values->dss.evidence;
	size_t i, k;

	for (i = 0; i < list->count; i++) {
		struct signature *sig = &list->items[i];
		struct ades_form *form = &sig->form;

		if (sig->parent != NULL)
			continue;
		form->baseline = sig->baseline;
		sig->level = ades_level_of(form);
		/* What the document keeps for its signatures adds nothing to one that is none. */
		if (sig->failure == SUB_FORMAT_FAILURE)
			continue;
		form->values |= store->crls.count > 0 || store->ocsps.count > 0;
		for (k = 0; k < sig->timestamp_count; k++)
			form->stamp |= sig->timestamps[k].kind == TIMESTAMP_DOCUMENT;
		for (k = 0; k < values->count; k++)
			form->archive |= is_archive(values, &values->items[k], sig);
		sig->level = ades_level_of(form);
	}
}

static int
read_timestamp(const struct pdf_values *values, const struct pdf_value *v, struct pdf_timestamp *ts,
    struct error *err)
{
	ts->field = strdup(v->field->name);
	if (ts->field == NULL)
		return error_memory(err);
	memcpy(ts->byte_range, v->range.at, sizeof(ts->byte_range));
	ts->revision_is_last = v->have_range && v->range.end == values->doc->bytes.len;
	ts->content_is_covered = pdf_changes_are_lta(values, v);
	if (!v->sound) {
		ts->failure = SUB_FORMAT_FAILURE;
		snprintf(ts->failure_text, sizeof(ts->failure_text), "%s", v->problem.text);
	}
	return set_stamp(values, v, &ts->stamp, err);
}

int
pdf_stamps_list(const struct pdf_values *values, struct pdf_timestamps *out, struct error *err)
{
	size_t i;

	out->items = calloc(values->count + 1, sizeof(*out->items));
	if (out->items == NULL)
		return error_memory(err);
	for (i = 0; i < values->count; i++)
		if (values->items[i].is_timestamp &&
		    read_timestamp(values, &values->items[i], &out->items[out->count++], err) != 0)
			return -1;
	return 0;
}

void
pdf_timestamps_release(struct pdf_timestamps *list)
{
	while (list->count > 0) {
		struct pdf_timestamp *ts = &list->items[--list->count];

		free(ts->field);
		buf_release(&ts->stamp.token);
		coverage_release(&ts->stamp.covers);
	}
	free(list->items);
	list->items = NULL;
}
