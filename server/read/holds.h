/* server/read/holds.h: do these bytes stand in a document, as they are or in base64? */
#ifndef SIGNET_READ_HOLDS_H
#define SIGNET_READ_HOLDS_H

#include "server/base/buf.h"

/*
 * 1 when they do: as they are, or in base64 (PEM, mails, XML) at whatever place of a group of
 * three, white space left out. Linear in the document. At most HOLDS_MAX octets, more do not stand
 * there.
 */
#define HOLDS_MAX 4096
int holds_octets(struct span document, struct span octets);

#endif
