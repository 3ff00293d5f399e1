/*
 * signing/format/cms/items.h: certificates, revocation data and time-stamp tokens, wherever CMS and
 * its attributes keep them.
 */
#ifndef SIGNET_SIGNING_FORMAT_CMS_ITEMS_H
#define SIGNET_SIGNING_FORMAT_CMS_ITEMS_H

#include "signing/format/cms/asn1.h"
#include "signing/format/signature.h"

/* Tokens in tokens in tokens: deeper ones are left out. */
#define CMS_ITEM_DEPTH_MAX 4

enum cms_item {
	CMS_ITEM_CERTIFICATE,
	CMS_ITEM_CRL,
	CMS_ITEM_OCSP, /* OCSPResponse or BasicOCSPResponse */
	CMS_ITEM_TOKEN,
	CMS_ITEM_HASH /* the SHA-256 by which a reference names one of these */
};
/* 0, or -1 to stop. `der` is the item's encoding, or the 32 bytes of a hash. */
typedef int cms_item_visit(void *arg, enum cms_item kind, struct span der);

/* All return 0, or -1 when visit did. What does not decode is left out. */

/* Of SignedData.certificates: other choices than Certificate are left out. */
int cms_item_certificate(struct span choice, cms_item_visit *visit, void *arg);
/* Of SignedData.crls: CertificateList, or OtherRevocationInfoFormat with OCSP (RFC 5940). */
int cms_item_revocation(struct span choice, cms_item_visit *visit, void *arg);
/*
 * What an attribute holds: certificate-values, revocation-values, references (RFC 5126 section
 * 6.2, 6.3), long-term-validation (TS 101 733 clause 6.4.3), adbe-revocationInfoArchival
 * (ISO 32000-2 clause 12.8.3.3.2), time stamps.
 */
int cms_items_of_attribute(
    const char *oid, const DER_ATTRIBUTE *attribute, cms_item_visit *visit, void *arg);
int cms_items_of_attributes(
    const STACK_OF(ASN1_TYPE) * attributes, cms_item_visit *visit, void *arg);

/* Of the SignedData in a token, its content left out. */
int cms_items_of_token(struct span token, cms_item_visit *visit, void *arg);

/*
 * A cms_item_visit that stops where a CRL or an OCSP answer is, in a token too; `depth` is an int,
 * 0 at first.
 */
int cms_item_finds_revocation(void *depth, enum cms_item kind, struct span der);

/* Append the answer as a whole OCSPResponse (RFC 6960 section 4.2.1), as most formats want it. */
int cms_ocsp_response(struct buf *out, struct span answer, struct error *err);
/* The same as a BasicOCSPResponse, as revocation-values wants it. */
int cms_ocsp_basic(struct buf *out, struct span answer, struct error *err);

/* Note the token and all that stands in it as covered. */
int cms_cover_token(struct coverage *coverage, struct span token, struct error *err);

/* A cms_item_visit that notes each item as covered, with what stands in tokens. */
struct cms_covering {
	struct coverage *coverage;
	struct error *err;
	int depth; /* 0 at first */
};
int cms_cover_item(void *covering, enum cms_item kind, struct span der);

#endif
