/* tests/support/xml_encrypted.h: XML encryption made by libcrypto, for tests of its opening. */
#ifndef SIGNET_TESTS_XML_ENCRYPTED_H
#define SIGNET_TESTS_XML_ENCRYPTED_H

#include "tests/support/pki.h"

#define XENC   "http://www.w3.org/2001/04/xmlenc#"
#define XENC11 "http://www.w3.org/2009/xmlenc11#"

/* How it is made. NULL and 0: AES-128-GCM, RSA-OAEP (1.0) or ECDH-ES with AES-128 key wrap. */
struct xml_recipe {
	const char *cipher;	  /* "aes256-cbc", as the URI ends */
	const char *type;	  /* "Element", "Content"; "" is none; NULL: Element */
	const char *transport;	  /* RSA: "rsa-1_5", "rsa-oaep-mgf1p", "rsa-oaep" */
	enum digest digest, mask; /* OAEP; NONE is SHA-1, and not said */
	const char *label;	  /* OAEP, or NULL */
	const char *wrap;	  /* ECDH: "kw-aes256"; "": the agreed key is the content's */
	enum digest kdf;	  /* ECDH; NONE is SHA-256 */
	enum { KEY_INSIDE, KEY_BESIDE, KEY_REFERRING, KEY_REFERRED } place;
	enum { HINT_CERTIFICATE, HINT_SERIAL, HINT_KEY_ID, HINT_NONE } hint;
	int is_raw; /* the content is whole blocks: nothing is padded (CBC) */
};
/* Append an EncryptedData (and the EncryptedKey that does not stand in it) for this certificate. */
void xml_encrypt(struct buf *out, struct span content, X509 *to, const struct xml_recipe *recipe);

#endif
