/* signing/format/cms/embedded.h: time stamps inside a CMS signature, with what they must cover. */
#ifndef SIGNET_SIGNING_FORMAT_CMS_EMBEDDED_H
#define SIGNET_SIGNING_FORMAT_CMS_EMBEDDED_H

#include "signing/format/cms/claims.h"
#include "signing/format/cms/items.h"
#include "signing/format/cms/message.h"

/*
 * Add every time stamp among the signed and unsigned attributes to sig->timestamps, with the digest
 * of the data it must cover: of the content (content-time-stamp), of the signature value
 * (signature-time-stamp), of both and the references (the time stamps of RFC 5126 section 6.3.5 and
 * 6.3.6), of the whole (archive-time-stamp-v3, EN 319 122-1 clause 5.5.3, whose hash index must
 * lead to data that is there). Where that cannot be put together, imprint_known stays 0. `content`
 * is what the signer signed, or NULL when it is not there. `tolerate` as in struct
 * cms_read_options.
 */
int embedded_timestamps(struct signature *sig, const struct cms_message *m,
    const DER_SIGNER_INFO *signer, const struct claims *claims, const struct document *content,
    unsigned int tolerate, struct error *err);
/*
 * Add the certificates of the signer's attributes (see items.h) to those of the signature, CRLs and
 * OCSP answers to the evidence. What stands in time-stamp tokens stays there.
 */
int embedded_values(struct signature *sig, struct evidence *evidence, const struct cms_message *m,
    const DER_SIGNER_INFO *signer, struct error *err);
/* A cms_item_visit that does this; without `sig` certificates are left out. */
struct cms_keeping {
	struct signature *sig;
	struct evidence *evidence;
	const struct format_limits *limits;
	struct error *err;
};
int embedded_keep(void *keeping, enum cms_item kind, struct span der);
/* Set sig->form and sig->level, when all else of the signature is known. */
void embedded_form(struct signature *sig, const struct cms_message *m,
    const DER_SIGNER_INFO *signer, const struct claims *claims);
/* The digests of the content that these time stamps ask for, as DIGEST_BIT()s. */
unsigned int embedded_digests(const DER_SIGNER_INFO *signer);

#endif
