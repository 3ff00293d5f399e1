/*
 * signing/format/pdf/fill.h: what stands behind the value in /Contents, up to the end of the room
 * that was left for it. Nothing signs it.
 */
#ifndef SIGNET_FORMAT_PDF_FILL_H
#define SIGNET_FORMAT_PDF_FILL_H

#include "signing/format/pdf/doc.h"

enum pdf_fill {
	PDF_FILL_ZEROS, /* or nothing at all */
	/*
	 * What is left of a string of zeros that was encrypted as other strings are, which
	 * ISO 32000-2 clause 7.6.2 excepts /Contents from: proven byte for byte with the document's
	 * key, so that nothing can be told in it.
	 */
	PDF_FILL_ENCRYPTED,
	PDF_FILL_OTHER
};

/*
 * `gap` is all of the string, `len` how much of it the value takes; `value` is the signature
 * dictionary that holds it. 0, or -1 without memory.
 */
int pdf_fill_of(enum pdf_fill *fill, struct pdf_doc *doc, qpdf_oh value, struct span gap,
    size_t len, struct error *err);

#endif
