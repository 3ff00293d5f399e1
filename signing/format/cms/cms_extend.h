/*
 * signing/format/cms/cms_extend.h: CAdES signatures brought to the levels B-T, B-LT and B-LTA
 * (EN 319 122-1 clauses 5.4, 5.5 and 6). Pure: which validation data belong there is the caller's
 * to decide, time stamps come from a source.
 */
#ifndef SIGNET_SIGNING_FORMAT_CMS_EXTEND_H
#define SIGNET_SIGNING_FORMAT_CMS_EXTEND_H

#include "signing/format/signature.h"

/*
 * Extend the n-th SignerInfo (from 0) of `der` (a whole ContentInfo, DER or BER), which is replaced
 * by the result; all that was there keeps its bytes, but for lengths around it.
 *
 *  EXTEND_T    a signature-time-stamp. `data` is not asked for.
 *  EXTEND_LT   certificates go to SignedData.certificates, CRLs and OCSP answers (RFC 5940) to
 *              SignedData.crls, each once; where an archive time stamp of the first or second
 *              version covers these, what is lacking goes into the token of the latest archive time
 *              stamp. The signature must have a signature-time-stamp. No time stamp is fetched.
 *  EXTEND_LTA  the same with `data` (NULL: it is all there), then an archive-time-stamp-v3 with an
 *              ats-hash-index-v3 over all that the message holds. Once more: one more.
 *
 * `doc` is the document of a detached signature, by content or by digests (of the source's
 * algorithm for LTA), and NULL else. The result is read again: every signature and every earlier
 * time stamp must be as it was. On -1 `der` is as it was, and err->kind is
 *   ERROR_MALFORMED    no SignedData, a value that does not decode, doc given where it must not be
 *   ERROR_NOT_FOUND    no such signer; the digest of the document is not known
 *   ERROR_CONFLICT     no time stamp over the signature yet, or one that it has is not over what it
 *                      must cover (LT, LTA); an archive time stamp of another signer, of the second
 *                      version, covers what would change
 *   ERROR_UNAVAILABLE, ERROR_TOO_LARGE, ERROR_LIMIT, ERROR_INTERNAL
 */
int cms_extend(struct buf *der, size_t signer, enum extension to, const struct document *doc,
    const struct evidence *data, const struct timestamp_source *source,
    const struct format_limits *limits, struct error *err);

/*
 * Add validation data, as EXTEND_LT does, to a message that holds what it signs: to the token of a
 * time stamp that stands for itself, which needs them when its authority is gone (EN 319 162-1
 * annex A.7). Errors as above.
 */
int cms_add_data(struct buf *der, const struct evidence *data, const struct format_limits *limits,
    struct error *err);

#endif
