/*
 * signing/format/pdf/proof.h: what was made is read again before it is handed out: the new value is
 * sound, and nothing that the document had before is judged otherwise.
 */
#ifndef SIGNET_FORMAT_PDF_PROOF_H
#define SIGNET_FORMAT_PDF_PROOF_H

#include "signing/format/pdf/pdf_read.h"

/* All that was found in a document. */
struct pdf_found {
	struct signatures signatures;
	struct pdf_timestamps stamps;
};
/* Errors as pdf_read(). pdf_found_release() is due in any case. */
int pdf_found_read(struct pdf_found *found, struct span document, const char *password,
    const struct format_limits *limits, struct error *err);
void pdf_found_release(struct pdf_found *found);

/* The signature, or the document time stamp, in a field; NULL when there is none. */
const struct signature *pdf_found_signature(const struct pdf_found *found, const char *field);
const struct pdf_timestamp *pdf_found_timestamp(const struct pdf_found *found, const char *field);

/*
 * Every signature and every time stamp of the document before is there, is as intact or as broken
 * as it was, and permits what was done, unless it did not permit what was done before; else
 * ERROR_CONFLICT.
 */
int pdf_found_unharmed(
    const struct pdf_found *before, const struct pdf_found *after, struct error *err);

#endif
