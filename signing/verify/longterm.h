/* signing/verify/longterm.h: long-term levels and revocation data. Inside of this folder. */
#ifndef SIGNET_SIGNING_VERIFY_LONGTERM_H
#define SIGNET_SIGNING_VERIFY_LONGTERM_H

#include "signing/verify/blocks.h"

/*
 * After the conclusion: note a certificate of the path, or of a time stamp over the signature, on
 * which the document brings no revocation data though the form of its level has some. The level
 * stays: by clauses 6.1 and 6.3 of EN 319 122-1, 132-1 and 142-1 a level is what stands in a
 * signature. Whether all that was needed is there, depends on the anchors of who verifies.
 */
void longterm_remark(const struct judge *judge, struct verify_signature *out);
/*
 * Before when an extension to level LT can add nothing that is newer than the signature: what is
 * known of its certificates was made before it existed, and says nothing of the time when it was
 * made. 0: at once.
 */
int64_t longterm_extend_from(const struct judge *judge, const struct verify_signature *v);

#endif
