/* PDF signatures of the corpora: is each intact over its byte range, and did what came after it
 * change only what it permits? Trust is not judged: no set's expectation here is about it. */
#include <stdlib.h>
#include <string.h>

#include "signing/format/pdf/changes.h"
#include "signing/format/pdf/pdf_read.h"
#include "tests/corpora/evidence.h"

static int
read_row(const struct corpus_row *row, struct buf *file, struct signatures *list,
    struct corpus_finding *found)
{
	const struct pdf_read_options options = { .tolerate = corpus_tolerates(row) };
	struct error err = ERROR_INIT;

	if (corpus_read(row, row->file, file, &err) != 0)
		corpus_say(found, CORPUS_SKIPPED, "%s", err.text);
	else if (pdf_read(list, SPAN_OF(file), &options, &err) != 0)
		corpus_say(found, CORPUS_ERROR, "%s [%s]", err.text, err.cause);
	else
		return 0;
	return -1;
}

/* Document time stamps that no signature stands before. */
static void
judge_early_stamps(const struct signatures *list, const struct pdf_timestamps *stamps,
    struct corpus_finding *found)
{
	size_t i, s, k;
	int seen;

	for (i = 0; i < stamps->count && found->stamp_count < CORPUS_SIGNATURES_MAX; i++) {
		const struct embedded_timestamp *stamp = &stamps->items[i].stamp;

		for (s = 0, seen = 0; s < list->count; s++)
			for (k = 0; k < list->items[s].timestamp_count; k++)
				seen |= span_equal(SPAN_OF(&list->items[s].timestamps[k].token),
				    SPAN_OF(&stamp->token));
		if (!seen)
			found->stamps[found->stamp_count++] =
			    (struct corpus_stamp){ .intact = corpus_stamp_is_intact(stamp, NULL),
				    .kind = TIMESTAMP_DOCUMENT,
				    .signature = SIZE_MAX };
	}
}

static void
check_pades(const struct corpus_row *row, struct corpus_finding *found)
{
	const struct pdf_read_options options = { .tolerate = corpus_tolerates(row) };
	struct error err = ERROR_INIT;
	struct buf file = BUF_INIT(0);
	struct signatures list = { 0 };
	struct pdf_timestamps stamps = { 0 };

	if (corpus_read(row, row->file, &file, &err) != 0)
		corpus_say(found, CORPUS_SKIPPED, "%s", err.text);
	else if (pdf_read_all(&list, &stamps, SPAN_OF(&file), &options, &err) != 0)
		corpus_say(found, CORPUS_ERROR, "%s [%s]", err.text, err.cause);
	else {
		corpus_judge(&list, found);
		judge_early_stamps(&list, &stamps, found);
	}
	pdf_timestamps_release(&stamps);
	signatures_release(&list);
	buf_release(&file);
}

static int
is_intact(const struct signature *sig)
{
	return sig->value_intact && sig->references_intact && sig->failure == SUB_NONE;
}

/* The first change that is not permitted, or of those that are. */
static const char *
told(const struct signature *sig)
{
	return sig->change_count > 0 ? sig->changes[0].text : "nothing changed";
}

/* As "valid" is meant in these sets: intact, and all later revisions permitted. */
static void
judge_one(const struct corpus_row *row, const struct signature *sig, struct corpus_finding *found)
{
	/* "check=changes after each signature ... only": files made by hand, with values that are
	 * not over them any more */
	int changes_only = strcmp(row->kind, "pdf-modification-analysis") == 0;
	static const char *const classes[] = { "none", "lta", "form", "annotation", "other" };

	if (changes_only ? sig->failure == SUB_FORMAT_FAILURE : !is_intact(sig))
		corpus_say(found, CORPUS_INVALID, "%s: %s", sig->id,
		    sig->failure != SUB_NONE ? sig->failure_text : "not intact");
	else if (!sig->revision_is_last && !sig->changes_permitted)
		corpus_say(found, CORPUS_INVALID, "%s (%s): %s", sig->id,
		    classes[sig->change_class], told(sig));
	else if (found->verdict != CORPUS_INVALID)
		corpus_say(found, CORPUS_VALID, "%s (%s): %s", sig->id, classes[sig->change_class],
		    told(sig));
}

/* The signature that the row is about: by field, by name, by position; NULL: it names none. */
static const struct signature *
wanted(const struct corpus_row *row, const struct signatures *list, int *named)
{
	char text[200];
	size_t i, n = 0, position = 0;

	*named = corpus_setting(row, "field", text, sizeof(text)) != NULL ||
		 (corpus_setting(row, "signature", text, sizeof(text)) != NULL &&
		     strcmp(text, "-") != 0);
	if (!*named)
		return NULL;
	for (i = 0; i < list->count; i++)
		if (list->items[i].id != NULL && strcmp(list->items[i].id, text) == 0)
			return &list->items[i];
	position = strtoul(text, NULL, 10);
	for (i = 0; i < list->count; i++)
		if (list->items[i].parent == NULL && ++n == position)
			return &list->items[i];
	return NULL;
}

/*
 * pyHanko judges one file twice, the second time by a policy that permits no change at all; the
 * settings do not say so, the test's name does.
 */
static int
permits_nothing(const struct corpus_row *row)
{
	const char *source = corpus_column(row, "source");

	return source != NULL && strstr(source, "test_no_changes_policy") != NULL &&
	       row->settings != NULL && strstr(row->settings, "trusted=none") != NULL;
}

static int
passes(const struct verify_report *report)
{
	return report->conclusion.indication == INDICATION_TOTAL_PASSED ||
	       report->conclusion.sub == SUB_TRY_LATER;
}

/* "trusted=roots/a.pem,roots/b.pem": the verdict, where unknown revocation does no harm. */
static void
judge_trust(const struct corpus_row *row, const struct signatures *list,
    const struct signature *wanted_one, struct corpus_finding *found)
{
	STACK_OF(X509) *anchors = sk_X509_new_null();
	struct corpus_trust trust = { .anchors = anchors,
		.time = corpus_time(row, "time"),
		.catalogue = corpus_historic(),
		.asks_revocation = 1 };
	struct signatures one = {
		.items = (struct signature *)wanted_one, .count = 1, .evidence = list->evidence
	};
	struct verify_report report;
	struct error err = ERROR_INIT;
	char value[512];
	const char *at = corpus_setting(row, "trusted", value, sizeof(value));
	char word[256];
	size_t i;

	while (
	    at != NULL && strncmp(at, "none", 4) != 0 && corpus_next_word(&at, word, sizeof(word)))
		corpus_certificates(row, word, anchors, &err);
	if (sk_X509_num(anchors) > 0 && trust.time != 0 &&
	    corpus_verify(&one, &trust, &report, &err) == 0) {
		for (i = 0; i < report.items[0].timestamp_count; i++)
			found->is_stamp_trusted |=
			    report.items[0].timestamps[i].conclusion.indication ==
			    INDICATION_TOTAL_PASSED;
		if (!passes(&report) && found->verdict == CORPUS_VALID)
			corpus_say(found, CORPUS_INVALID, "%s: %s",
			    sub_indication_name(report.conclusion.sub), report.conclusion.text);
		verify_report_release(&report);
		trust.catalogue = NULL;
		if (corpus_verify(&one, &trust, &report, &err) == 0) {
			found->is_refused_by_default = !passes(&report);
			verify_report_release(&report);
		}
	}
	sk_X509_pop_free(anchors, X509_free);
}

static void
check_changes(const struct corpus_row *row, struct corpus_finding *found)
{
	struct buf file = BUF_INIT(0);
	struct signatures list = { 0 };
	const struct signature *sig;
	int named = 0;
	size_t i;

	if (read_row(row, &file, &list, found) == 0) {
		corpus_judge(&list, found);
		found->verdict = CORPUS_SKIPPED;
		sig = wanted(row, &list, &named);
		if (list.count == 0)
			corpus_say(found, CORPUS_INVALID, "no signature was found");
		else if (named && sig == NULL)
			corpus_say(found, CORPUS_INVALID, "no such signature was found");
		else if (named && permits_nothing(row) && !sig->revision_is_last &&
			 sig->change_class != CHANGE_NONE)
			corpus_say(found, CORPUS_INVALID, "%s", told(sig));
		else if (named)
			judge_one(row, sig, found);
		for (i = 0; !named && i < list.count; i++)
			judge_one(row, &list.items[i], found);
		if (sig != NULL) {
			found->about = (size_t)(sig - list.items);
			judge_trust(row, &list, sig, found);
		}
	}
	signatures_release(&list);
	buf_release(&file);
}

/* The document time stamp in a field: is its place sound, and is it one? */
static void
check_stamp(const struct corpus_row *row, struct corpus_finding *found)
{
	struct buf file = BUF_INIT(0);
	struct pdf_timestamps list = { 0 };
	struct error err = ERROR_INIT;
	char field[200] = "";
	size_t i;

	corpus_setting(row, "field", field, sizeof(field));
	if (corpus_read(row, row->file, &file, &err) != 0)
		corpus_say(found, CORPUS_SKIPPED, "%s", err.text);
	else if (pdf_read_timestamps(&list, SPAN_OF(&file), NULL, &err) != 0)
		corpus_say(found, CORPUS_ERROR, "%s [%s]", err.text, err.cause);
	else
		corpus_say(found, CORPUS_INVALID, "no such time stamp was found");
	for (i = 0; i < list.count; i++)
		if (strcmp(list.items[i].field, field) == 0)
			corpus_say(found,
			    list.items[i].failure == SUB_NONE ? CORPUS_VALID : CORPUS_INVALID, "%s",
			    list.items[i].failure_text);
	pdf_timestamps_release(&list);
	buf_release(&file);
}

/* Strict reading: nothing that another reader may take otherwise. */
static void
check_parse(const struct corpus_row *row, struct corpus_finding *found)
{
	struct buf file = BUF_INIT(0);
	struct signatures list = { 0 };
	struct error err = ERROR_INIT;

	if (read_row(row, &file, &list, found) == 0) {
		if (pdf_check_comparable(SPAN_OF(&file), NULL, NULL, &err) != 0)
			corpus_say(found, CORPUS_ERROR, "%s", err.text);
		else
			corpus_say(found, CORPUS_VALID, "read");
	}
	signatures_release(&list);
	buf_release(&file);
}

const struct corpus_kind corpora_pdf[] = {
	{ "dss", "pades", check_pades },
	{ "bsi-tresor-c2", "pades", check_changes },
	{ "pdf-attacks", "pdf-signature", check_changes },
	{ "pdf-docmdp-itext", "pdf-modification-analysis", check_changes },
	{ "pdf-docmdp-itext", "pades-level", check_changes },
	{ "pdf-pyhanko", "pdf-signature", check_changes },
	{ "pdf-pyhanko", "pdf-parse", check_parse },
	{ "pdf-pyhanko-dynamic", "pdf-signature", check_changes },
	{ "pdf-pyhanko-dynamic", "pdf-doctimestamp", check_stamp },
	{ NULL, NULL, NULL },
};
