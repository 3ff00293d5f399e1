/*
 * signing/format/pdf/pdf_sign.h: PAdES signatures in PDFs (EN 319 142-1, levels B-B and B-T;
 * ISO 32000-2 clause 12.8), by an incremental update: the document's bytes stay as they are, so
 * that earlier signatures stay valid.
 */
#ifndef SIGNET_FORMAT_PDF_SIGN_H
#define SIGNET_FORMAT_PDF_SIGN_H

#include "signing/format/signature.h"

/*
 * What a person sees. Text is set in Helvetica in the Windows Latin 1 character set, as large as
 * fits, up to 12 points; an image keeps its proportions; with both the image stands left of the
 * text. In PDF/A documents text breaks the conformance (its font is not embedded).
 */
struct pdf_appearance {
	unsigned int page; /* 1 is the first */
	double rect[4];	   /* left, bottom, right, top, in the page's own units */
	const char *text;  /* UTF-8, lines separated by '\n'; or NULL */
	struct span image; /* PNG or JPEG; or SPAN_NONE */
};

struct pdf_sign_options {
	/*
	 * An empty signature field of the document, or a new one; NULL: a new one called by the
	 * first of "Signature1", "Signature2", ... that is free.
	 */
	const char *field_name;
	const char *reason, *location, *contact, *signer_name; /* UTF-8 or NULL */
	int certification; /* 0: approval signature; else P of DocMDP: 1 no changes, 2 form
			      filling, 3 annotations too */
	/* NULL: invisible. In an existing field page and rect are the field's own. */
	const struct pdf_appearance *appearance;
	const char *password; /* of an encrypted document: user's or owner's */
};

/*
 * Append the signed document to `out`. options->plain makes an adbe.pkcs7.detached signature
 * without AdES attributes; level T asks options->timestamp for a time stamp. /M is
 * options->signing_time, unless a plain signature shall claim no time. pdf may be NULL. The result
 * is read again and this signature, and all earlier ones, are checked before it is handed out.
 *
 * On -1 `out` is as it was, and err->kind is
 *   ERROR_MALFORMED    the document is no sound PDF, its password is missing or wrong, an image or
 *                      a text is not what it must be
 *   ERROR_NOT_FOUND    no such page
 *   ERROR_CONFLICT     the field has a value or another type, or a signature, a lock, the field's
 *                      seed values (clause 12.7.5.5) or the permissions of an encrypted document
 *                      whose owner's password was not given (Table 22) forbid this
 *   ERROR_UNSUPPORTED  encryption, image form or character that is not handled
 *   ERROR_LIMIT, ERROR_TOO_LARGE, ERROR_UNAVAILABLE, ERROR_INTERNAL
 */
int pdf_sign(struct buf *out, struct span document, const struct sign_key *key,
    const struct sign_options *options, const struct pdf_sign_options *pdf, struct error *err);

/*
 * The same where the key is elsewhere: of `key` certificates and the public half are looked at, and
 * `maker` (contents.h) is asked for what goes into /Contents; options->timestamp is its business.
 */
struct pdf_contents_maker;
int pdf_sign_with(struct buf *out, struct span document, const struct sign_key *key,
    const struct sign_options *options, const struct pdf_sign_options *pdf,
    const struct pdf_contents_maker *maker, struct error *err);

#endif
