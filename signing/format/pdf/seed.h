/*
 * signing/format/pdf/seed.h: seed values of a signature field (ISO 32000-2 clause 12.7.5.5, table
 * 237): what whoever made the form demands of the signature. Demands that are only hints (their
 * bit of /Ff is not set) are passed over; one that is binding is obeyed or refused.
 */
#ifndef SIGNET_FORMAT_PDF_SEED_H
#define SIGNET_FORMAT_PDF_SEED_H

#include "signing/format/pdf/doc.h"
#include "signing/format/pdf/pdf_sign.h"

/* What the signature is going to be. */
struct pdf_intent {
	const struct sign_key *key;
	const char *subfilter; /* "/ETSI.CAdES.detached" */
	enum digest digest;
	int certification;
	int timestamped;
	const char *reason; /* or NULL */
};

/* ERROR_CONFLICT, or ERROR_UNSUPPORTED for a binding demand that nothing here can meet. */
int pdf_seed_check(
    struct pdf_doc *doc, qpdf_oh field, const struct pdf_intent *intent, struct error *err);

#endif
