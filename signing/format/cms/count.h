/*
 * signing/format/cms/count.h: how many parts a CMS message has, counted over its tags and lengths
 * before anything is decoded: each part takes a hundred times its bytes of memory then, and a file
 * may have millions of them.
 */
#ifndef SIGNET_SIGNING_FORMAT_CMS_COUNT_H
#define SIGNET_SIGNING_FORMAT_CMS_COUNT_H

#include "signing/format/signature.h"

#define CMS_ATTRIBUTES_MAX	1000		    /* "attributes": in one set of a signer's */
#define CMS_VALUES_MAX		1000		    /* "attribute-values": of one attribute */
#define CMS_ALGORITHMS_MAX	100		    /* "digest-algorithms": of the message */
#define CMS_CERTIFICATE_MAX	((size_t)256 << 10) /* "certificate-bytes": of each */
#define CMS_REVOCATION_LIST_MAX ((size_t)16 << 20)  /* "revocation-list-bytes": of each */

/*
 * ERROR_LIMIT when a SignedData in BER has more than these, than limits->certificates of
 * certificates or of revocation lists (doubles and others that do not decode included), or than
 * limits->signatures of signers. What is no SignedData or no BER passes: the decoder refuses it.
 */
int cms_count(struct span der, const struct format_limits *limits, struct error *err);
/*
 * The same for an EnvelopedData or AuthEnvelopedData: its recipients ("envelope-recipients"), all
 * that stands beside the encrypted content ("envelope-head": names and the like take twenty times
 * their bytes when they are decoded), and the pieces of which BER makes the content
 * ("envelope-pieces").
 */
#define CMS_ENVELOPE_HEAD_MAX	((size_t)2 << 20)
#define CMS_ENVELOPE_PIECES_MAX 1000000
int cms_count_envelope(struct span der, uint64_t recipients, struct error *err);
/*
 * What stands in a ContentInfo: the encodings of its type and of its content, pieces of `der`. 0,
 * or -1 when it is none or something stands behind it.
 */
int cms_parts(struct span der, struct span *type, struct span *content);
/* The same for a SignerInfo that came alone, as a counter-signature's value does. */
int cms_count_signer(struct span der, struct error *err);

#endif
