/*
 * signing/format/cms/claims.h: what the signed attributes of a signer say (RFC 5652 section 11,
 * EN 319 122-1 clause 5.2), read from their DER, the form that the signature stands over.
 */
#ifndef SIGNET_SIGNING_FORMAT_CMS_CLAIMS_H
#define SIGNET_SIGNING_FORMAT_CMS_CLAIMS_H

#include "signing/format/cms/asn1.h"
#include "signing/format/signature.h"

struct claims {
	struct buf der;			  /* SET OF Attribute, DER */
	STACK_OF(ASN1_TYPE) * attributes; /* its members */
	int has_content_type, has_digest;
	char content_type[128];
	struct buf digest;
	/* first ESSCertID of signing-certificate (v1) and signing-certificate-v2; NULL: not there
	 */
	DER_ESS_CERT_ID *ess_v1, *ess_v2;
	int ess_malformed;
	DER_ALG_PROTECTION *protection;
};

/*
 * Read the signed attributes of a SignerInfo; claimed time, policy, roles, place and statements go
 * to `sig`. Rules that they break are noted in sig->failure (FORMAT_FAILURE). -1 only for memory
 * and limits.
 */
int claims_read(
    struct claims *claims, const DER_SIGNER_INFO *signer, struct signature *sig, struct error *err);
void claims_release(struct claims *claims);
/* Append the SET OF Attribute with its members in the order and encoding that they came in. */
int claims_as_they_stand(struct buf *out, const DER_SIGNER_INFO *signer, struct error *err);

/* Compare the certificate with what the signing-certificate attributes name. */
enum cert_ref claims_compare(const struct claims *claims, X509 *cert);

#endif
