/* signing/verify/timestamp.h: time-stamp validation, EN 319 102-1 clause 5.4. Inside of this
 * folder. */
#ifndef SIGNET_SIGNING_VERIFY_TIMESTAMP_H
#define SIGNET_SIGNING_VERIFY_TIMESTAMP_H

#include "signing/verify/blocks.h"

/*
 * Judge a token over `document` (NULL: what it covers could not be put together, `problem` says
 * why). `around`: certificates of the signature that holds it, where issuers may be found, or NULL.
 * -1 only when it could not be judged.
 */
int timestamp_judge(const struct judge *judge, struct span token, enum timestamp_kind kind,
    const struct document *document, const char *problem, STACK_OF(X509) * around,
    struct verify_timestamp *out, struct error *err);

#endif
