/* PDF signatures of the corpora: is each intact over its byte range? Later revisions are not
 * compared yet, so the sets about modifications are not here. */
#include "signing/format/pdf/pdf_read.h"
#include "tests/corpora/corpora.h"

/* Document time stamps that no signature stands before. */
static void
judge_early_stamps(const struct signatures *list, const struct pdf_timestamps *stamps,
    struct corpus_finding *found)
{
	size_t i, s, k;
	int seen;

	for (i = 0; i < stamps->count && found->stamp_count < CORPUS_INTACT_MAX; i++) {
		const struct embedded_timestamp *stamp = &stamps->items[i].stamp;

		for (s = 0, seen = 0; s < list->count; s++)
			for (k = 0; k < list->items[s].timestamp_count; k++)
				seen |= span_equal(SPAN_OF(&list->items[s].timestamps[k].token),
				    SPAN_OF(&stamp->token));
		if (!seen)
			found->stamps[found->stamp_count++] = corpus_stamp_is_intact(stamp, NULL);
	}
}

static void
check_pades(const struct corpus_row *row, struct corpus_finding *found)
{
	struct error err = ERROR_INIT;
	struct buf file = BUF_INIT(0);
	struct signatures list = { 0 };
	struct pdf_timestamps stamps = { 0 };

	if (corpus_read(row, row->file, &file, &err) != 0)
		corpus_say(found, CORPUS_SKIPPED, "%s", err.text);
	else if (pdf_read_all(&list, &stamps, SPAN_OF(&file), NULL, &err) != 0)
		corpus_say(found, CORPUS_ERROR, "%s [%s]", err.text, err.cause);
	else {
		corpus_judge(&list, found);
		judge_early_stamps(&list, &stamps, found);
	}
	pdf_timestamps_release(&stamps);
	signatures_release(&list);
	buf_release(&file);
}

const struct corpus_kind corpora_pdf[] = {
	{ "dss", "pades", check_pades },
	{ NULL, NULL, NULL },
};
