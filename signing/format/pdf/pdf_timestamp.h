/*
 * signing/format/pdf/pdf_timestamp.h: document time stamps in PDFs (ISO 32000-2 clause 12.8.5, EN
 * 319 142-1 clause 5.4.3): an RFC 3161 token over all of the file but itself, in a signature field
 * that nobody sees, by an incremental update.
 */
#ifndef SIGNET_FORMAT_PDF_TIMESTAMP_H
#define SIGNET_FORMAT_PDF_TIMESTAMP_H

#include "signing/format/signature.h"

struct pdf_timestamp_options {
	/* An empty invisible signature field of the document, or a new one; NULL: a new one with
	 * the first free name, as of pdf_sign(). */
	const char *field_name;
	const char *password; /* of an encrypted document: user's or owner's */
};

/*
 * Append the stamped document to `out`. `options` and `limits` may be NULL. The source is asked
 * once; a second time only when its first token is larger than what was left for it.
 *
 * What the document's signatures allow: an update that adds only what a document security store or
 * a document time stamp needs is no change in the sense of a certification, whatever its P (ISO
 * 32000-2 clause 12.8.2.2, Table 257, entry P; EN 319 142-1 clause 5.4), so that DocMDP never
 * forbids one in a new field; a signature after it is still a change. A field that a
 * lock (FieldMDP, /Lock) names takes none, nor does one that shows something, is prepared for a
 * signature (/SV, /Lock) or is signed.
 *
 * The result is read again before it is handed out: the token stands in its place, and every
 * signature and time stamp from before is judged as before. On -1 `out` is as it was, and err->kind
 * is as of pdf_sign(), ERROR_UNAVAILABLE when the source gives no token, ERROR_TOO_LARGE for a
 * token beyond PDF_TIMESTAMP_MAX.
 */
#define PDF_TIMESTAMP_MAX ((size_t)256 << 10)
int pdf_timestamp(struct buf *out, struct span document, const struct timestamp_source *source,
    const struct pdf_timestamp_options *options, const struct format_limits *limits,
    struct error *err);

/* The same where the source is elsewhere: `maker` (contents.h) is asked for the token. */
struct pdf_contents_maker;
int pdf_timestamp_with(struct buf *out, struct span document, enum digest digest,
    const struct pdf_timestamp_options *options, const struct format_limits *limits,
    const struct pdf_contents_maker *maker, struct error *err);

#endif
