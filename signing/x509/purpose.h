/* signing/x509/purpose.h: may a certificate serve a purpose? Inside of signing/x509 only. */
#ifndef SIGNET_SIGNING_X509_PURPOSE_H
#define SIGNET_SIGNING_X509_PURPOSE_H

#include <stddef.h>

#include "signing/x509/cert.h"
#include "signing/x509/path.h"

/*
 * 0, or -1 and in `why` the rest of a sentence that begins with the certificate: "may not ...".
 * The first is for the certificate that is used, the second for CAs between it and the anchor.
 */
int purpose_leaf(enum path_purpose purpose, const struct cert_facts *f, char *why, size_t size);
int purpose_ca(enum path_purpose purpose, const struct cert_facts *f, char *why, size_t size);

#endif
