/* signing/format/envelope/parts.h: the ASN.1 of envelopes as OpenSSL templates, and what the files
 * of this folder share. Private to it. */
#ifndef SIGNET_SIGNING_FORMAT_ENVELOPE_PARTS_H
#define SIGNET_SIGNING_FORMAT_ENVELOPE_PARTS_H

#include "signing/format/cms/asn1.h"
#include "signing/format/envelope/envelope.h"

typedef struct {
	ASN1_OBJECT *type;
	X509_ALGOR *algorithm;
	ASN1_OCTET_STRING *content; /* [0] IMPLICIT; NULL when absent */
} DER_ENCRYPTED;
DECLARE_ASN1_FUNCTIONS(DER_ENCRYPTED)

/* EnvelopedData, and AuthEnvelopedData with its mac and other attributes. */
typedef struct {
	ASN1_INTEGER *version;
	STACK_OF(ASN1_TYPE) * originator; /* [0] IMPLICIT, not looked into; may be NULL */
	STACK_OF(ASN1_TYPE) * recipients; /* SET OF RecipientInfo */
	DER_ENCRYPTED *encrypted;
	STACK_OF(ASN1_TYPE) *
	    first_attributes;	/* [1]: unprotected, or authenticated; may be NULL */
	ASN1_OCTET_STRING *mac; /* NULL in EnvelopedData */
	STACK_OF(ASN1_TYPE) * other_attributes; /* [2], of AuthEnvelopedData; may be NULL */
} DER_ENVELOPE;
DECLARE_ASN1_FUNCTIONS(DER_ENVELOPE)

typedef struct {
	ASN1_INTEGER *version;
	DER_SIGNER_ID *id; /* the same shape as RecipientIdentifier */
	X509_ALGOR *algorithm;
	ASN1_OCTET_STRING *key;
} DER_TRANSPORT;
DECLARE_ASN1_FUNCTIONS(DER_TRANSPORT)

typedef struct {
	ASN1_INTEGER *version;
	ASN1_TYPE *originator;	/* [0] EXPLICIT OriginatorIdentifierOrKey, as it is */
	ASN1_OCTET_STRING *ukm; /* [1] EXPLICIT; may be NULL */
	X509_ALGOR *algorithm;
	STACK_OF(ASN1_TYPE) * keys; /* RecipientEncryptedKeys */
} DER_AGREEMENT;
DECLARE_ASN1_FUNCTIONS(DER_AGREEMENT)

typedef struct {
	X509_ALGOR *algorithm;
	ASN1_BIT_STRING *key;
} DER_ORIGINATOR_KEY;
DECLARE_ASN1_FUNCTIONS(DER_ORIGINATOR_KEY)

typedef struct {
	ASN1_OCTET_STRING *id;
	ASN1_GENERALIZEDTIME *date; /* may be NULL */
	ASN1_TYPE *other;	    /* may be NULL */
} DER_KEY_ID;
DECLARE_ASN1_FUNCTIONS(DER_KEY_ID)

enum { AGREED_ISSUER_SERIAL, AGREED_KEY };
typedef struct {
	int type;
	union {
		DER_ISSUER_SERIAL *issuer_serial;
		DER_KEY_ID *key_id; /* [0] IMPLICIT */
	} d;
} DER_AGREED_ID;
DECLARE_ASN1_FUNCTIONS(DER_AGREED_ID)

typedef struct {
	DER_AGREED_ID *id;
	ASN1_OCTET_STRING *key;
} DER_AGREED_KEY;
DECLARE_ASN1_FUNCTIONS(DER_AGREED_KEY)

typedef struct {
	ASN1_INTEGER *version;
	DER_KEY_ID *id;
	X509_ALGOR *algorithm;
	ASN1_OCTET_STRING *key;
} DER_KEK;
DECLARE_ASN1_FUNCTIONS(DER_KEK)

typedef struct {
	ASN1_INTEGER *version;
	X509_ALGOR *derivation; /* [0] IMPLICIT; may be NULL */
	X509_ALGOR *algorithm;
	ASN1_OCTET_STRING *key;
} DER_PASSWORD;
DECLARE_ASN1_FUNCTIONS(DER_PASSWORD)

/* GCMParameters and CCMParameters, RFC 5084 section 3. */
typedef struct {
	ASN1_OCTET_STRING *nonce;
	ASN1_INTEGER *tag_len; /* NULL: 12 */
} DER_AEAD;
DECLARE_ASN1_FUNCTIONS(DER_AEAD)

/* One recipient as it is to be opened; an entry for each struct envelope_recipient. */
struct recipient {
	DER_TRANSPORT *transport; /* one of these, or none */
	DER_AGREED_KEY *agreed;
	DER_AGREEMENT *agreement;		/* of `agreed`; belongs to the envelope */
	const STACK_OF(ASN1_TYPE) * originator; /* the same: OriginatorInfo, or NULL */
	DER_PASSWORD *password;
};
struct envelope_inside {
	DER_ENVELOPE *data;
	struct recipient *recipients;
	DER_AGREEMENT **agreements;
	size_t agreement_count;
};

/* issuer and serial number, or the key identifier, is that of the certificate. */
int recipient_is(const struct recipient *r, X509 *cert);

/* What RFC 5753 and RFC 3211 wrap keys with: the parameters and a key-encryption key. */
#define WRAP_KEY_MAX 64
struct wrap {
	const EVP_CIPHER *cipher;
	size_t key_len; /* of the key-encryption key */
};
/* ERROR_UNSUPPORTED with the identifier. */
int wrap_of(struct wrap *wrap, const X509_ALGOR *algorithm, struct error *err);
/* The content-encryption key; ERROR_MALFORMED when it is not `len` bytes, or another key's. */
int unwrap(const struct wrap *wrap, const unsigned char *kek, struct span wrapped,
    unsigned char *out, size_t len, struct error *err);

/* The content-encryption key of a recipient by a password. */
int password_key(
    const DER_PASSWORD *r, const char *password, unsigned char *out, size_t len, struct error *err);

/* Units of work for its rounds; 0 when there is no key to be made. */
uint64_t password_work(const DER_PASSWORD *r);

/* How the content is encrypted; ERROR_UNSUPPORTED with the identifier, ERROR_MALFORMED. */
#define CONTENT_KEY_MAX 32
enum content_mode { CONTENT_CBC, CONTENT_GCM, CONTENT_CCM, CONTENT_POLY1305 };
struct content {
	const char *name;
	const EVP_CIPHER *cipher;
	size_t key_len;
	enum content_mode mode;
	struct span iv;	  /* looks into the algorithm's parameters */
	size_t tag_len;	  /* AEAD */
	DER_AEAD *params; /* AEAD; for content_release() */
};
/* Bytes of what is encrypted, and what each KB of it takes to decrypt. */
size_t content_size(const DER_ENVELOPE *data);
unsigned int content_work(const X509_ALGOR *algorithm);
/* Its name alone, or NULL: for a report. */
const char *content_name(const X509_ALGOR *algorithm);
int content_of(struct content *content, const DER_ENVELOPE *data, struct error *err);
void content_release(struct content *content);
/* ERROR_MALFORMED for all that another key or a change can cause, in the same words. */
int content_decrypt(const struct content *content, const DER_ENVELOPE *data,
    const unsigned char *key, struct buf *out, struct error *err);

/* What is said of all that does not decrypt. */
int does_not_decrypt(struct error *err);
/* An identifier that nothing here knows: ERROR_UNSUPPORTED. */
int unknown_algorithm(const X509_ALGOR *algorithm, const char *what, struct error *err);

#endif
