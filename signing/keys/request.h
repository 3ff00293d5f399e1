/* signing/keys/request.h: a certification request (PKCS#10, RFC 2986) for a key just made. */
#ifndef SIGNET_SIGNING_KEYS_REQUEST_H
#define SIGNET_SIGNING_KEYS_REQUEST_H

#include <openssl/evp.h>

#include "server/base/buf.h"

/*
 * Append the request in DER, signed with the key itself. `subject` is a Name in DER; keyUsage, and
 * extendedKeyUsage of a key for time stamps alone, are asked for as `usage` (usage.h) says.
 * ERROR_MALFORMED for a subject that is none.
 */
int key_request(
    struct buf *out, EVP_PKEY *pkey, struct span subject, unsigned int usage, struct error *err);

#endif
