/* signing/format/cms/archive.h: what an archive-time-stamp-v3 covers (EN 319 122-1 clause 5.5.3).
 */
#ifndef SIGNET_SIGNING_FORMAT_CMS_ARCHIVE_H
#define SIGNET_SIGNING_FORMAT_CMS_ARCHIVE_H

#include "signing/format/cms/message.h"

/*
 * Append what the imprint of the token is computed over: content type, digest of the content, the
 * SignerInfo without unsigned attributes, the token's hash index. Every hash of that index must be
 * of a certificate, CRL or unsigned attribute that is in the message.
 * 1 = done, 0 = cannot be put together (problem says why), -1 = memory. What the index lists, or
 * what the data hold, is noted in covers, which counts only for 1.
 */
int archive_v3_data(struct buf *out, const struct cms_message *m, const DER_SIGNER_INFO *signer,
    const struct document *content, struct span token, enum digest digest, struct coverage *covers,
    char *problem, size_t problem_size, struct error *err);

/*
 * For making one: append the ATSHashIndexV3 of all that the message and the signer hold now, and
 * what the imprint of the token that will carry it is computed over.
 */
int archive_v3_index(struct buf *index, const struct cms_message *m, const DER_SIGNER_INFO *signer,
    enum digest digest, struct error *err);
int archive_v3_join(struct buf *out, const struct cms_message *m, const DER_SIGNER_INFO *signer,
    const struct document *content, struct span index, enum digest digest, struct error *err);

/*
 * The same for an archive-time-stamp-v2 (RFC 5126 section 6.4.1), which covers encapContentInfo,
 * certificates, crls and the SignerInfo with all unsigned attributes but archive time stamps that
 * are not older. For a detached signature it needs the document's bytes.
 *
 * *bare (emptied before) gets the same as TS 101 733 has it since version 2.2.1: without tag and
 * length of the unsigned attributes; empty where there are none. Makers are met of both kinds.
 */
int archive_v2_data(struct buf *out, struct buf *bare, const struct cms_message *m,
    const DER_SIGNER_INFO *signer, const struct document *content, struct span token,
    struct coverage *covers, char *problem, size_t problem_size, struct error *err);

#endif
