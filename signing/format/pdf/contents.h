/*
 * signing/format/pdf/contents.h: the value of /Contents, made apart from the update that holds it
 * (ISO 32000-2 clause 12.8.1): who writes the update needs no key, and who has the key reads no
 * PDF, only bytes and where the gap in them is.
 */
#ifndef SIGNET_FORMAT_PDF_CONTENTS_H
#define SIGNET_FORMAT_PDF_CONTENTS_H

#include "signing/format/pdf/range.h"
#include "signing/format/signature.h"

/*
 * Where the value comes from; a handle like a time-stamp source's. make() appends the DER of what
 * shall fill the gap of `range` in `file`, which is as it will be but for the gap's zeros. It is
 * asked again when its first value was larger than the gap.
 */
struct pdf_contents_maker {
	int (*make)(void *ctx, struct span file, const struct pdf_range *range, struct buf *value,
	    struct error *err);
	void *ctx;
};

/* A CMS signature of the PAdES profile over all but the gap. Errors as of cms_sign(). */
int pdf_contents_sign(struct buf *value, struct span file, const struct pdf_range *range,
    const struct sign_key *key, const struct sign_options *options, struct error *err);
/* A time-stamp token over all but the gap; `digest` DIGEST_NONE is SHA-256. */
int pdf_contents_stamp(struct buf *value, struct span file, const struct pdf_range *range,
    const struct timestamp_source *source, struct error *err);

/*
 * Is this an update of a document of `document_len` bytes that leaves nothing out but one gap,
 * which lies in what was appended and is "<0...0>"? So that a value made for it can only be a
 * signature over the document as it was and all that was appended. 0, or -1 with ERROR_INTERNAL.
 */
int pdf_contents_check(
    struct span file, size_t document_len, const struct pdf_range *range, struct error *err);
/* How many bytes the gap takes. */
size_t pdf_contents_room(const struct pdf_range *range);
/* Fill the gap of `file`; ERROR_INTERNAL when the value is larger. */
int pdf_contents_fill(
    unsigned char *file, const struct pdf_range *range, struct span value, struct error *err);

#endif
