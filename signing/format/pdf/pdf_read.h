/*
 * signing/format/pdf/pdf_read.h: the signatures and document time stamps of a PDF (ISO 32000-2
 * clause 12.8, EN 319 142-1). Facts only: signing/verify judges.
 *
 * A signature is sound only if its byte range leaves out nothing but its own value, the bytes up
 * to the range's end form a whole revision that holds the signature, and the CMS signature in it
 * is intact over the range. Whatever of this fails is told by signature_fail(FORMAT_FAILURE), also
 * where value and digest of the range are as they were signed: references_intact alone says nothing
 * of a PDF.
 *
 * scope is SCOPE_FULL only when the range ends with the document. Else the signature has
 * SCOPE_PARTIAL and revision_is_last 0, and what the later revisions changed is told in its
 * `changes`, each with whether this signature and those before it permit it (changes.h). Without
 * changes_permitted no caller may take it for one over the document as it is now.
 *
 * qpdf inflates object streams without a limit: run this in a process whose memory and time are
 * limited.
 */
#ifndef SIGNET_FORMAT_PDF_READ_H
#define SIGNET_FORMAT_PDF_READ_H

#include "signing/format/signature.h"

/* The text of the error for an encrypted PDF that came without its password. */
#define PDF_PASSWORD_NEEDED "the PDF is encrypted; give its password"

struct pdf_read_options {
	const struct format_limits *limits; /* NULL: the defaults */
	const char *password;		    /* user's or owner's; NULL: none */
	const STACK_OF(X509) *
	    certificates; /* that may hold signers, beside the embedded; or NULL */
	/* DEVIATION_BIT()s that are noted and do not make a signature fail; 0: each does. */
	unsigned int tolerate;
};

/*
 * Add every signature field that has a value to `out`, in the order of the field list: format PDF,
 * id the fully qualified field name, claimed time from /M. options may be NULL.
 *
 * A document time stamp is no signature: it is added, as TIMESTAMP_DOCUMENT and with the digest
 * that it must bear, to each signature that lies wholly before it. pdf_read_timestamps() gives
 * them all.
 *
 * 0 also for a document without signatures. On -1 `out` is as it was, and err->kind is
 *   ERROR_MALFORMED    not a PDF, damaged, or encrypted and the password is missing or wrong
 *   ERROR_UNSUPPORTED  encrypted in a way that a password does not open
 *   ERROR_LIMIT        more objects, revisions, fields or signatures than the limits allow
 */
int pdf_read(struct signatures *out, struct span document, const struct pdf_read_options *options,
    struct error *err);

/*
 * What was signed: the revision that the signature (or document time stamp) in a field covers, its
 * own value included: the first bytes of the document, exactly as many as its byte range reaches.
 * `out` is a view of `document`. options may be NULL. On -1 it is empty, and err->kind is as of
 * pdf_read(), ERROR_NOT_FOUND without such a value, ERROR_CONFLICT when what it covers is no
 * revision of this document (text says why). Whether the signature is intact is not asked.
 */
int pdf_read_original(struct span *out, struct span document, const char *field,
    const struct pdf_read_options *options, struct error *err);

/* A document time stamp (SubFilter ETSI.RFC3161); strings and bytes are owned. */
struct pdf_timestamp {
	char *field;
	uint64_t byte_range[4];
	int revision_is_last;	/* as in struct signature */
	int content_is_covered; /* 1 = whatever was appended is CHANGE_LTA at most: validation
				 * data and the like, nothing that is shown */
	struct embedded_timestamp stamp; /* kind TIMESTAMP_DOCUMENT */
	enum sub_indication failure;	 /* SUB_NONE, or what is wrong with its place in the file */
	char failure_text[400];
};
struct pdf_timestamps {
	struct pdf_timestamp *items;
	size_t count;
};
/* All document time stamps, in the order of the field list. Errors as pdf_read(). */
int pdf_read_timestamps(struct pdf_timestamps *out, struct span document,
    const struct pdf_read_options *options, struct error *err);
/* Both in one reading; either may be NULL. `signatures` is added to, `stamps` is made new. */
int pdf_read_all(struct signatures *signatures, struct pdf_timestamps *stamps, struct span document,
    const struct pdf_read_options *options, struct error *err);
void pdf_timestamps_release(struct pdf_timestamps *list);

#endif
