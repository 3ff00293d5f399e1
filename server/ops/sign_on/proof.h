/* server/ops/sign_on/proof.h: which certificate a request is about, and that its key is there. */
#ifndef SIGNET_OPS_PROOF_H
#define SIGNET_OPS_PROOF_H

#include <openssl/x509.h>

#include "server/base/buf.h"

#define PROOF_CERTIFICATE_MAX 16384 /* bytes of DER that a stranger may hand in */

/*
 * Is `signature` one of the certificate's key over the text? RSA with PKCS #1 1.5 or PSS and ECDSA
 * in DER, each with SHA-256; Ed25519 and Ed448. ERROR_NOT_AUTHENTICATED when not;
 * ERROR_UNSUPPORTED for a key of another kind.
 */
int proof_check(X509 *cert, const char *text, struct span signature, struct error *err);
/* Whether the key can be relied on: 112 bits of security at least. ERROR_UNSUPPORTED. */
int proof_check_key(X509 *cert, struct error *err);

#endif
