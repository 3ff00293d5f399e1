/*
 * signing/keys/stamp.h: what a key for time stamps alone signs: the signed attributes of a token
 * (RFC 3161 section 2.4.2, RFC 5652 section 5.4), looked at where the key is.
 */
#ifndef SIGNET_SIGNING_KEYS_STAMP_H
#define SIGNET_SIGNING_KEYS_STAMP_H

#include "signing/core/digests.h"

#define STAMP_ATTRIBUTES_MAX 4096u /* bytes of the DER SET OF Attribute */
#define STAMP_INFO_MAX	     8192u /* bytes of the TSTInfo */

/*
 * The digest to be signed, into out. -1 with ERROR_MALFORMED unless `attributes` is the DER of
 * signed attributes with one content type, id-ct-TSTInfo, and one message digest, that of
 * `tst_info`, which is a SEQUENCE.
 */
int stamp_digest(struct span attributes, struct span tst_info, enum digest digest,
    unsigned char out[DIGEST_SIZE_MAX], struct error *err);

#endif
