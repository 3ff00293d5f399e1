/*
 * signing/format/pdf/pdf_extend.h: the signatures of a PDF brought to B-T, B-LT and B-LTA by what
 * is appended (EN 319 142-1 clauses 5.4, 5.5 and 6.3): document security store, document time
 * stamp.
 */
#ifndef SIGNET_FORMAT_PDF_EXTEND_H
#define SIGNET_FORMAT_PDF_EXTEND_H

#include "signing/format/pdf/pdf_timestamp.h"

struct pdf_extend_options {
	const char *password;	/* of an encrypted document */
	const char *field_name; /* of the document time stamp; NULL: a name that is free */
	enum digest digest;	/* of the imprint; DIGEST_NONE: SHA-256 */
};

/*
 * Append to `out` the document extended for all of its signatures and document time stamps.
 *
 *  EXTEND_T    a document time stamp.
 *  EXTEND_LT   a DSS with `data`: what is new of it, each value a stream, beside what the
 * document's DSS holds already; and a VRI entry for every signature and time stamp without one.
 *  EXTEND_LTA  the same (without `data`, NULL: no new DSS), then a document time stamp.
 *
 * A document without a signature is ERROR_CONFLICT. Else errors as of pdf_timestamp(), and the same
 * proof: the result is read again, and every signature and time stamp from before is as it was.
 * What was made holds the data.
 */
int pdf_extend(struct buf *out, struct span document, enum extension to,
    const struct evidence *data, const struct timestamp_source *source,
    const struct pdf_extend_options *options, const struct format_limits *limits,
    struct error *err);
/* The same where the source is elsewhere: `maker` (contents.h) is asked for the token. */
int pdf_extend_with(struct buf *out, struct span document, enum extension to,
    const struct evidence *data, const struct pdf_contents_maker *maker,
    const struct pdf_extend_options *options, const struct format_limits *limits,
    struct error *err);

#endif
