/* tests/support/signers.h: keys and certificates that tests make for themselves. */
#ifndef SIGNET_TESTS_SIGNERS_H
#define SIGNET_TESTS_SIGNERS_H

#include <openssl/x509.h>

#include "signing/core/alg.h"

/* Certificates are valid from 2026-01-01 to 2036-01-01. */
#define TEST_TIME ((int64_t)1772366400) /* 2026-03-01T12:00:00Z */

struct test_signer {
	struct sign_key key; /* key.chain holds the issuer */
	X509 *issuer;
	EVP_PKEY *issuer_key;
};

/*
 * A key ("RSA-2048", or a curve: "P-256", "brainpoolP384r1", "Ed25519") with a certificate from a
 * CA made for it. `eku` is an extendedKeyUsage value of OpenSSL's configuration
 * ("critical,timeStamping") or NULL. Returns 0 or -1.
 */
int test_signer_make(struct test_signer *signer, const char *kind, const char *eku);
void test_signer_free(struct test_signer *signer);
/* Another certificate with the same subject, issuer name and serial number, for another key. */
X509 *test_signer_twin(const struct test_signer *signer, EVP_PKEY *other);

#endif
