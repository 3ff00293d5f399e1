/*
 * signing/format/pdf/update.h: an incremental update (ISO 32000-2 clause 7.5.6): the document as
 * it is, then new and rewritten objects, then a cross-reference section of the document's own form.
 */
#ifndef SIGNET_FORMAT_PDF_UPDATE_H
#define SIGNET_FORMAT_PDF_UPDATE_H

#include "signing/format/pdf/put.h"

struct pdf_update_entry {
	uint32_t number, generation;
	uint64_t offset;
};

struct pdf_update {
	struct pdf_doc *doc;
	struct buf *out; /* borrowed: the document and the update go behind what it holds */
	size_t base;	 /* where the document begins in it */
	struct pdf_put put;
	struct pdf_update_entry *entries;
	size_t count, cap;
	uint32_t next;
};

/*
 * Copy the document and find the first number that nothing in it uses or mentions. ERROR_MALFORMED
 * or ERROR_UNSUPPORTED when nothing can be appended to it (header not at the first byte, numbers
 * used up). pdf_update_release() is due in any case; `out` is cut back by whoever gives up.
 */
int pdf_update_begin(
    struct pdf_update *up, struct pdf_doc *doc, struct buf *out, struct error *err);
/* A number that no object has and nothing refers to. */
uint32_t pdf_update_number(struct pdf_update *up);
/* 1 when the update has an object of that number. */
int pdf_update_has(const struct pdf_update *up, uint32_t number);
/* "N G obj"; what follows is written with up->put. ERROR_MALFORMED for a number it has already. */
int pdf_update_object(
    struct pdf_update *up, uint32_t number, uint32_t generation, struct error *err);
int pdf_update_object_end(struct pdf_update *up, struct error *err);
/* The same for an object of the document that is rewritten under its number. */
int pdf_update_rewrite(struct pdf_update *up, qpdf_oh object, struct error *err);
/*
 * A whole stream object: `dict` holds the keys of its dictionary but for Length. Compressed when
 * `deflate` is set, encrypted in an encrypted document.
 */
int pdf_update_stream(struct pdf_update *up, uint32_t number, const char *dict, struct span data,
    int deflate, struct error *err);
/* Cross-reference section, trailer, %%EOF. */
int pdf_update_finish(struct pdf_update *up, struct error *err);
void pdf_update_release(struct pdf_update *up);

#endif
