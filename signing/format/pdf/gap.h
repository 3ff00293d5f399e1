/*
 * signing/format/pdf/gap.h: /ByteRange and /Contents of a new signature or document time stamp:
 * room for both while the update is written (ISO 32000-2 clause 12.8.1). contents.h fills it in
 * when all the rest stands.
 */
#ifndef SIGNET_FORMAT_PDF_GAP_H
#define SIGNET_FORMAT_PDF_GAP_H

#include "signing/format/pdf/range.h"
#include "signing/format/pdf/update.h"

struct pdf_gap {
	size_t range_at, contents_at; /* in the output: behind "[0 ", at "<" */
	size_t contents_len;	      /* with both brackets */
};

/* " /ByteRange [0 ...] /Contents <00...>" with room for a value of so many bytes. */
int pdf_gap_write(struct pdf_gap *gap, struct pdf_update *up, size_t room, struct error *err);
/*
 * The update is finished: fill in the byte range, and give it and what it leaves to be signed:
 * all of the file but the gap. ERROR_TOO_LARGE beyond ten digits.
 */
int pdf_gap_close(const struct pdf_gap *gap, const struct pdf_update *up, struct pdf_range *range,
    struct error *err);
/* The file as the update made it. */
struct span pdf_gap_file(const struct pdf_update *up);

#endif
