/*
 * signing/format/pdf/dss.h: the document security store (ISO 32000-2 clause 12.8.4.3, EN 319 142-1
 * clause 5.4.2): certificates, CRLs and OCSP answers for the signatures of a document, in its last
 * revision and in those before it.
 */
#ifndef SIGNET_FORMAT_PDF_DSS_H
#define SIGNET_FORMAT_PDF_DSS_H

#include "signing/format/cms/items.h"
#include "signing/format/pdf/doc.h"

/* A stream of it beyond this is left out; so are those whose object does not tell its length. */
#define PDF_DSS_VALUE_MAX ((size_t)64 << 20)

struct pdf_dss_item {
	unsigned char sha256[32];
	int is_current; /* in the document that was read first: in no earlier revision alone */
	uint64_t end;	/* in the file: all of its bytes stand before it, the object's head too */
};

/* Zeroed before; pdf_dss_release() is due in any case. */
struct pdf_dss {
	struct pdf_dss_item *items;
	size_t count;
	struct evidence evidence;
	uint64_t *seen; /* offsets of the objects that were read */
	size_t seen_count;
	int is_begun; /* one was read */
	int has_revocation;
	uint64_t first_revocation; /* least `end` of a CRL or an OCSP answer */
};

/*
 * Add what the store of this document, and then of its revisions, holds; without one: nothing.
 */
int pdf_dss_read(struct pdf_dss *dss, struct pdf_doc *doc, struct error *err);
/* Note all items that stand before `end` in the file. */
int pdf_dss_cover(
    const struct pdf_dss *dss, uint64_t end, struct coverage *coverage, struct error *err);
/* 1 when a CRL or an OCSP answer stands before `end`. */
int pdf_dss_has_revocation(const struct pdf_dss *dss, uint64_t end);
void pdf_dss_release(struct pdf_dss *dss);

#endif
