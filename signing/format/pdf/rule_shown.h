/*
 * signing/format/pdf/rule_shown.h: does the appearance of a text field show its value? Who prepared
 * a document could else let it show one thing when it is signed and another one later (a shadow
 * attack, "replace"). Inside of this folder.
 */
#ifndef SIGNET_FORMAT_PDF_RULE_SHOWN_H
#define SIGNET_FORMAT_PDF_RULE_SHOWN_H

#include "signing/format/pdf/compare.h"

enum shown { SHOWN_UNKNOWN, SHOWN_VALUE, SHOWN_OTHER };

/*
 * Compare the texts that the normal appearance of `field` draws with its value, white space aside.
 * The field is one of `doc` (step->old or step->new). SHOWN_OTHER only where it can be told: a
 * single stream that draws plain characters and nothing by reference, and a field that is not
 * formatted by a script, no password and no rich text.
 */
enum shown field_shown(struct pdf_step *step, struct pdf_doc *doc, const struct pdf_node *field);

/*
 * The decoded data of a stream, appended to `out`: 1; 0 when they are not read (filters that are
 * not known, more than STREAM_RAW_MAX bytes of compressed data). step->failed without memory.
 */
#define STREAM_RAW_MAX ((int64_t)64 << 10)
int stream_data(
    struct pdf_step *step, struct pdf_doc *doc, const struct pdf_node *ref, struct buf *out);

#endif
