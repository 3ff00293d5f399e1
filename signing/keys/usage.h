/*
 * signing/keys/usage.h: what a private key is for, by its NAME.usage file and by its certificate.
 * The keys process holds to it whatever a client asks.
 */
#ifndef SIGNET_SIGNING_KEYS_USAGE_H
#define SIGNET_SIGNING_KEYS_USAGE_H

#include <openssl/x509.h>

#include "server/base/buf.h"

/* Bits. A key for time stamps alone signs what is the signed attributes of a token, and no more. */
enum key_usage { KEY_USAGE_SIGN = 1, KEY_USAGE_DECRYPT = 2, KEY_USAGE_TIMESTAMP = 4 };
#define KEY_USAGE_ALL	     (KEY_USAGE_SIGN | KEY_USAGE_DECRYPT | KEY_USAGE_TIMESTAMP)
#define KEY_USAGE_WORDS_SIZE 32

/*
 * By keyUsage (RFC 5280 section 4.2.1.3): digitalSignature, nonRepudiation, keyCertSign and cRLSign
 * are for signing, keyEncipherment, dataEncipherment and keyAgreement for decrypting; without the
 * extension both. With an extendedKeyUsage of timeStamping alone (RFC 3161 section 2.3) it is for
 * time stamps and nothing else. Without a certificate nothing is said: all.
 */
unsigned int key_usage_of_certificate(X509 *cert);

/* "Sign", "Decrypt", "Timestamp" between white space and commas. -1 for other words, or for none.
 */
int key_usage_parse(unsigned int *usage, struct span text);
/* "Sign, Decrypt"; returns out. */
char *key_usage_words(unsigned int usage, char out[KEY_USAGE_WORDS_SIZE]);

#endif
