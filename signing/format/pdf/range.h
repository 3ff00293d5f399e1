/*
 * signing/format/pdf/range.h: what a signature dictionary says it covers, and whether that can be:
 * /ByteRange and the gap in it (ISO 32000-2 clause 12.8.1, EN 319 142-1 clause 5.3).
 */
#ifndef SIGNET_FORMAT_PDF_RANGE_H
#define SIGNET_FORMAT_PDF_RANGE_H

#include "signing/format/pdf/fill.h"
#include "signing/format/pdf/history.h"

struct pdf_range {
	uint64_t at[4]; /* offset, length, offset, length */
	uint64_t end;	/* of the second part: at[2] + at[3] */
};

/* A fault of the signature itself, in a sentence; not an error of the reader. */
struct pdf_problem {
	char text[240];
};

/*
 * Exactly four integers, the first 0, both parts in the document and apart, and nothing but
 * "<hex digits>" between them. 0, or -1 with the problem.
 */
int pdf_range_read(
    struct pdf_range *range, struct pdf_doc *doc, qpdf_oh value, struct pdf_problem *problem);
/*
 * Append the DER that stands in the gap, without what fills it up, of which *fill tells. The bytes
 * come from the gap and never from the parsed dictionary; where the library can tell them, both
 * must agree. 0; 1 with the problem; -1 on an error.
 */
int pdf_range_contents(const struct pdf_range *range, struct pdf_doc *doc, qpdf_oh value,
    struct buf *der, enum pdf_fill *fill, struct pdf_problem *problem, struct error *err);
/*
 * Append what the dictionary itself has as /Contents, where the gap is not that value: it tells who
 * claims to have signed, and covers nothing. Nothing is appended where the library has no bytes.
 */
int pdf_range_claimed(struct pdf_doc *doc, qpdf_oh value, struct buf *der, struct error *err);
/* The digests (DIGEST_BIT()s) of the two parts. */
int pdf_range_digest(const struct pdf_range *range, struct span document, unsigned int bits,
    struct digest_values *values, struct error *err);

/*
 * Are the bytes up to the end of the range a revision of the document that holds this signature: is
 * the same object the field's value there? 0 and *index in the history; 1 with the problem; -1 on
 * an error. The document goes on after the end.
 */
int pdf_revision_check(const struct pdf_range *range, const struct pdf_history *history,
    const char *field, qpdf_oh value, size_t *index, struct pdf_problem *problem,
    struct error *err);

#endif
