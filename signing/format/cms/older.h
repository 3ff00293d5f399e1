/*
 * signing/format/cms/older.h: validation data for signatures with an archive time stamp of the
 * first two versions, which covers SignedData.certificates and crls: nothing can be added there.
 * It goes into the token of the latest archive time stamp, which nothing covers yet (TS 101 733
 * clause 6.4.3, EN 319 122-1 clause 5.5.3), and so under the next one. Of a signature beside such a
 * one it goes into its own unsigned attributes (RFC 5126 sections 6.3.3 and 6.3.4).
 */
#ifndef SIGNET_SIGNING_FORMAT_CMS_OLDER_H
#define SIGNET_SIGNING_FORMAT_CMS_OLDER_H

#include "signing/format/cms/asn1.h"
#include "signing/format/signature.h"

/* 1 when the signer has such a time stamp. */
int older_is(const DER_SIGNER_INFO *signer);
/*
 * Put what of `data` neither message nor signer hold into the token of the signer's latest archive
 * time stamp; its place among the attributes stays. ERROR_UNSUPPORTED where that attribute has
 * several values, else as cms_add_data().
 */
int older_add_data(const DER_SIGNED_DATA *message, DER_SIGNER_INFO *signer,
    const struct evidence *data, const struct format_limits *limits, struct error *err);
/* 1 when a signer of the message other than number `signer` has one. */
int older_is_beside(const DER_SIGNED_DATA *message, size_t signer);
/*
 * Put what of `data` neither message nor signer hold into certificate-values and revocation-values
 * of the signer, or where it has an archive time stamp already into that one's token.
 * ERROR_UNSUPPORTED where it has such attributes, of which there is one each at most.
 */
int older_add_values(const DER_SIGNED_DATA *message, DER_SIGNER_INFO *signer,
    const struct evidence *data, const struct format_limits *limits, struct error *err);
/*
 * -1 with ERROR_CONFLICT unless the message is as it was but for tokens that hold more: each is
 * over the same data, of the same authority's signature.
 */
int older_unharmed(struct span before, struct span after, const struct document *doc,
    const struct format_limits *limits, struct error *err);

#endif
