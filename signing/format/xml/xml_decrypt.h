/*
 * signing/format/xml/xml_decrypt.h: XML encryption (XMLEnc 1.1): what is encrypted in a document,
 * for whom, and the document with what it was before. All in memory.
 *
 * Contents   AES in CBC and GCM mode, 3DES
 * Keys       RSA-OAEP (1.0 and 1.1, with digest, mask and label), RSA PKCS#1 v1.5; ECDH-ES with
 *	      ConcatKDF, and AES or 3DES key wrap or none. A symmetric key that was agreed upon
 *	      elsewhere is told and not opened.
 * Types      Element, Content; without a type, the octets of an EncryptedData that is the root
 *
 * Where an EncryptedData stood its content stands then, as text in the bytes of the document: all
 * else is as it was. The content must be an element (Type Element) or balanced content, so that
 * it cannot reach out of its place; whether it is not, or its padding is wrong, or the key is
 * another one, is told in the same words (Jager and Somorovsky 2011). The document must be UTF-8.
 *
 * Not here: CipherReference, the Decryption Transform (which order signatures and encryption had
 * is not read from it), EXI, PBKDF2, finite-field DH.
 */
#ifndef SIGNET_SIGNING_FORMAT_XML_DECRYPT_H
#define SIGNET_SIGNING_FORMAT_XML_DECRYPT_H

#include "signing/core/work.h"
#include "signing/format/envelope/envelope.h"
#include "signing/format/signature.h"

/*
 * Asked for each EncryptedData, outer ones first, in document order; `envelope` says for whom it is
 * and is the callee's from then on (envelope_open(), envelope_release()). `part`: its place,
 * "/a/b[2]/xenc:EncryptedData"; `element`: its bytes. 1 opened, the content was appended; 0 nothing
 * opens it; -1 the document must be given up. How many there may be is the callee's to limit.
 */
struct xml_opener {
	int (*open)(void *ctx, const char *part, struct span element, struct envelope *envelope,
	    struct buf *content, struct error *err);
	void *ctx;
	struct work *work; /* what parsing is paid from, once for each level; NULL: nothing is */
};

#define XML_LAYER_NONE SIZE_MAX
/* What was opened. */
struct xml_layer {
	char *parent;	    /* place of the element it stands in; NULL: it was the root */
	size_t inside;	    /* the layer in whose content it stood, or XML_LAYER_NONE */
	struct buf content; /* what was encrypted */
};
struct xml_decrypted {
	struct buf document; /* empty when nothing was opened */
	int is_octets;	     /* it is what the root held, of no type: any file */
	struct xml_layer *layers;
	size_t count;
};

/* 1 when the document names something that is encrypted: by its bytes, nothing is parsed. */
int xml_is_encrypted(struct span document);

/*
 * Open what can be opened; zeroed before, released by the caller in every case, which wipes it.
 * Beside the document it takes its size five times, what was opened of it before, and 150 bytes for
 * each of limits->xml_nodes; ERROR_LIMIT "xml-decrypt-work" when the opener's purse is empty.
 * ERROR_MALFORMED, ERROR_UNSUPPORTED (another encoding than UTF-8), ERROR_LIMIT, ERROR_TOO_LARGE,
 * ERROR_UNAVAILABLE, and what the opener says.
 */
int xml_decrypt(struct xml_decrypted *out, struct span document, const struct format_limits *limits,
    const struct xml_opener *opener, struct error *err);
void xml_decrypted_release(struct xml_decrypted *out);

#endif
