/*
 * signing/keys/pkcs1.h: PKCS#1 v1.5 decryption that tells nobody whether the padding was right
 * (Bleichenbacher 1998): where it was not, there is another key instead of an error, and always the
 * same one for the same ciphertext. OpenSSL 3.0 has no such thing.
 */
#ifndef SIGNET_SIGNING_KEYS_PKCS1_H
#define SIGNET_SIGNING_KEYS_PKCS1_H

#include <openssl/evp.h>

#include "server/base/buf.h"

#define PKCS1_REJECT_SIZE 32
#define PKCS1_WANT_MAX	  64 /* bytes of a content-encryption key */

/* What other keys are made from: a secret that follows from the private key. 0 or -1. */
int pkcs1_reject_secret(unsigned char secret[PKCS1_REJECT_SIZE], const EVP_PKEY *pkey);

/*
 * The `want` bytes that were encrypted, or, whatever is wrong inside, as many others; which of both
 * takes the same time and the same memory accesses. ERROR_MALFORMED only for what everybody sees: a
 * ciphertext that is not as long as the modulus or not below it, or a `want` that has no room.
 */
int pkcs1_unwrap(EVP_PKEY *pkey, const unsigned char secret[PKCS1_REJECT_SIZE],
    struct span ciphertext, unsigned char *out, size_t want, struct error *err);

#endif
