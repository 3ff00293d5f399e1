/*
 * signing/format/pdf/history.h: the revisions of a document (ISO 32000-2 clause 7.5.6): each is the
 * bytes from the first one to the end that its own "startxref" and "%%EOF" mark. They are found by
 * the chain of cross-reference sections (/Prev), never by searching: an attached PDF has ends, too.
 */
#ifndef SIGNET_FORMAT_PDF_HISTORY_H
#define SIGNET_FORMAT_PDF_HISTORY_H

#include "signing/format/pdf/doc.h"

struct pdf_revision {
	struct pdf_doc *doc;
	size_t end; /* how many bytes of the file it is, line end of %%EOF included */
};

struct pdf_history {
	struct pdf_revision *items; /* the oldest that was asked for first, the document last */
	size_t count;
	struct pdf_doc *last; /* the caller's */
	int damaged;	      /* one of them is not sound: none counts */
	/* Why; or why the chain broke before `from` was reached */
	char problem[240];
};

/*
 * Open the revisions from the one that the first `from` bytes are to the last. `last` is the whole
 * document, stays the caller's and is the last item. pdf_history_close() is due in any case.
 *   ERROR_LIMIT  more revisions than limits->pdf_revisions
 * Damage is no error but a problem.
 */
int pdf_history_open(struct pdf_history *history, struct pdf_doc *last, size_t from,
    const char *password, struct error *err);
void pdf_history_close(struct pdf_history *history);
/*
 * Which revision the first `end` bytes are: they may lack no more than its end-of-file mark,
 * white space and comments. history->count when none.
 */
size_t pdf_history_find(const struct pdf_history *history, size_t end);

#endif
