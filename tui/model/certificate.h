/* tui/model/certificate.h: certificates in files and in answers, for people. */
#ifndef SIGNET_TUI_CERTIFICATE_H
#define SIGNET_TUI_CERTIFICATE_H

#include <jansson.h>

#include "server/base/buf.h"

/*
 * Put bytes into an object, as base64. Where they are a certificate, also its subject, issuer,
 * serialNumber (in hex), notBefore and notAfter, as far as the object does not have them.
 */
void certificate_tell(json_t *object, const char *member, struct span der);
/*
 * The first certificate of a file, PEM or DER, behind what `der` holds. ERROR_MALFORMED when there
 * is none: nothing else of a file is ever sent, least of all a key.
 */
int certificate_read(struct buf *der, const char *path, struct error *err);

#endif
