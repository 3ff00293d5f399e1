/* signing/format/smime/recipients.h: what a PKCS#7 part is, and for whom an encrypted one is. Only
 * for this folder. */
#ifndef SIGNET_SIGNING_FORMAT_SMIME_RECIPIENTS_H
#define SIGNET_SIGNING_FORMAT_SMIME_RECIPIENTS_H

#include "signing/format/smime/smime_read.h"

enum pkcs7_kind { MAIL_SIGNED, MAIL_ENCRYPTED, MAIL_COMPRESSED, MAIL_CERTIFICATES };

/* What does not decode is taken for a signature, whose reader says what is wrong. */
enum pkcs7_kind recipients_kind(struct span der);
/* Add the recipients of an EnvelopedData or AuthEnvelopedData. ERROR_LIMIT, ERROR_UNAVAILABLE. */
int recipients_read(struct smime_mail *mail, struct span der, const char *part, struct error *err);

#endif
