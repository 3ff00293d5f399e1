/* tests/support/pdf_samples.h: small PDFs made as tests need them. */
#ifndef SIGNET_TESTS_PDF_SAMPLES_H
#define SIGNET_TESTS_PDF_SAMPLES_H

#include "server/base/buf.h"

enum pdf_sample_xref {
	SAMPLE_TABLE,
	SAMPLE_STREAM,	       /* cross-reference stream, all objects in the open */
	SAMPLE_OBJECT_STREAMS, /* cross-reference stream, all but streams in an object stream */
	SAMPLE_HYBRID,	       /* table; the further objects in an object stream behind /XRefStm */
	SAMPLE_XREFS
};

/*
 * Two pages: 1 catalog, 2 page tree, 3 and 4 pages, 5 content; further objects from 6 on.
 */
#define SAMPLE_FIRST_OBJECT 6
struct pdf_sample {
	enum pdf_sample_xref xref;
	const char *catalog;	    /* more keys of the catalog, or NULL */
	const char *page;	    /* more keys of the first page, or NULL */
	const char *const *objects; /* further ones, NULL at the end; or NULL */
	const char *trailer;	    /* more keys of the trailer, or NULL */
};
int pdf_sample_make(struct buf *out, const struct pdf_sample *sample, struct error *err);

/* An empty signature field "Approval" as object 6 of 20 by 10 cm, and what leads to it. */
extern const struct pdf_sample pdf_sample_field;

/*
 * Append an incremental update with a plain cross-reference table: objects as they stand here,
 * until a number of 0. A text of NULL marks the number as free; `generation` is that of the entry.
 * `trailer` has more keys, or NULL: "/Root 1 0 R" stands there already, unless it starts with
 * "/Root".
 */
struct pdf_sample_object {
	int number;
	const char *text;
	int generation;
};
int pdf_sample_update(struct buf *pdf, const struct pdf_sample_object *objects, const char *trailer,
    struct error *err);

/*
 * What the qpdf program makes of a PDF with these arguments (without file names), which a shell
 * reads. ERROR_UNAVAILABLE when it fails.
 */
int pdf_sample_qpdf(struct buf *out, struct span in, const char *arguments, struct error *err);
/*
 * Run "PROGRAM ARGUMENTS FILE" by a shell on a file with these bytes; append what it prints to
 * `out` (which may be NULL). The exit status, or -1.
 */
int pdf_sample_judge(struct buf *out, struct span pdf, const char *command);

/* Where `what` stands in the bytes at or behind `from`; len when it does not. */
size_t pdf_sample_find(struct span bytes, const char *what, size_t from);

/* A catalog in an object stream of `size` bytes that are nearly all spaces: a thousandth of that.
 */
void pdf_sample_bomb(struct buf *out, size_t size);

#endif
