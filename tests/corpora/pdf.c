/* PDF signatures of the corpora: is each intact over its byte range? Later revisions are not
 * compared yet, so the sets about modifications are not here. */
#include "signing/format/pdf/pdf_read.h"
#include "tests/corpora/corpora.h"

static void
check_pades(const struct corpus_row *row, struct corpus_finding *found)
{
	struct error err = ERROR_INIT;
	struct buf file = BUF_INIT(0);
	struct signatures list = { 0 };

	if (corpus_read(row, row->file, &file, &err) != 0)
		corpus_say(found, CORPUS_SKIPPED, "%s", err.text);
	else if (pdf_read(&list, SPAN_OF(&file), NULL, &err) != 0)
		corpus_say(found, CORPUS_ERROR, "%s [%s]", err.text, err.cause);
	else
		corpus_judge(&list, found);
	signatures_release(&list);
	buf_release(&file);
}

const struct corpus_kind corpora_pdf[] = {
	{ "dss", "pades", check_pades },
	{ NULL, NULL, NULL },
};
