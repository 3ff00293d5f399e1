/* signing/format/xml/xml_locked.h: one EncryptedData and the keys that it names. Only for this
 * folder. */
#ifndef SIGNET_SIGNING_FORMAT_XML_LOCKED_H
#define SIGNET_SIGNING_FORMAT_XML_LOCKED_H

#include "signing/format/xml/xml_decrypt.h"
#include "signing/format/xml/xml_dom.h"

#define XML_NS_ENC	 "http://www.w3.org/2001/04/xmlenc#"
#define XML_NS_ENC11	 "http://www.w3.org/2009/xmlenc11#"
#define XML_TYPE_ELEMENT XML_NS_ENC "Element"
#define XML_TYPE_CONTENT XML_NS_ENC "Content"
#define XML_KEYS_MAX	 50u /* "envelope-recipients" of one EncryptedData */
#define XML_CEK_MAX	 32

enum xml_holds { XML_HOLDS_OCTETS, XML_HOLDS_ELEMENT, XML_HOLDS_CONTENT };

/* How a content is encrypted. */
struct xml_cipher {
	const char *uri, *name;
	const EVP_CIPHER *(*cipher)(void);
	int is_gcm;
	unsigned int work; /* for each KB, copies of it as well; units of signing/core/work.h */
};
const struct xml_cipher *xml_cipher_by_uri(const char *uri); /* NULL: none of ours */
/* ERROR_MALFORMED in the words for all that does not decrypt; `out` as it was. */
int xml_cipher_decrypt(const struct xml_cipher *cipher, const unsigned char *key, struct span data,
    struct buf *out, struct error *err);

/* A key that the content's key is encrypted for, or that it is agreed upon with. */
struct xml_lock {
	enum { XML_LOCK_OTHER, XML_LOCK_RSA, XML_LOCK_ECDH } kind;
	struct envelope_transport how; /* RSA */
	struct buf label;
	struct envelope_agreement agreement; /* ECDH */
	struct buf peer, info;
	const EVP_CIPHER
	    *wrap; /* ECDH: how the content's key is wrapped; NULL: it is the agreed one */
	struct buf encrypted; /* the content's key */
	/* whose key it is; nothing of it: it is not said */
	STACK_OF(X509) * certs;
	char *issuer, *serial, *name;
	struct buf key_id;
	char problem[160]; /* why it cannot be used, or "" */
};
struct xml_locked {
	const struct xml_cipher *cipher; /* NULL: unknown */
	enum xml_holds holds;
	struct buf data;
	struct xml_lock *locks;
	size_t count;
	struct format_limits limits;
	char problem[160]; /* why it cannot be opened by any key, or "" */
};

/* The EncryptedData as an envelope; on -1 (limits, memory) there is nothing to release. */
int xml_locked_read(struct envelope *envelope, const struct xml_doc *doc, const xmlNode *data,
    const struct format_limits *limits, struct error *err);

/* The locks (xml_lock.c). */
int xml_locks_find(
    struct xml_locked *locked, const struct xml_doc *doc, const xmlNode *data, struct error *err);
/* 1 when the key of this certificate may be meant. */
int xml_lock_fits(const struct xml_lock *lock, X509 *cert);
/* The content's key. */
int xml_lock_open(const struct xml_lock *lock, const struct envelope_key *key, unsigned char *out,
    size_t len, struct error *err);
void xml_lock_release(struct xml_lock *lock);

/* What it takes at most to parse so much. */
uint64_t xml_parse_work(size_t bytes, uint64_t nodes_max);
/* 1 when it is well-formed between two tags, and where `is_element` one element. */
int xml_is_fragment(struct span content, int is_element, const struct format_limits *limits);
/* Without byte order mark and XML declaration. */
struct span xml_without_declaration(struct span content);

#endif
