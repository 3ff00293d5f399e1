/*
 * signing/format/envelope/envelope.h: encrypted CMS messages: EnvelopedData (RFC 5652 section 6)
 *and AuthEnvelopedData (RFC 5083), DER, BER or PEM: for whom they are, and what is in them where
 *one of their keys is at hand. All in memory.
 *
 * Keys       RSA PKCS#1 v1.5 and OAEP (RFC 4055); ECDH with the X9.63 KDF (RFC 5753) and X25519
 *	      (RFC 8418), with a key of the message's or the sender's certificate, and AES or 3DES
 *	      key wrap; passwords (RFC 3211)
 * Contents   AES, Camellia and 3DES in CBC mode; AES in GCM and CCM mode (RFC 5084),
 *	      ChaCha20-Poly1305 (RFC 8103)
 *
 * What was encrypted without authentication (is_authenticated 0) may have been changed by anybody
 * on its way, in part to a text of his choice (EFAIL): it says what it says, and nothing about who
 * encrypted it. What authenticates is authenticated for those who have the key: any recipient could
 * have made it. Only signatures inside say who did.
 */
#ifndef SIGNET_SIGNING_FORMAT_ENVELOPE_H
#define SIGNET_SIGNING_FORMAT_ENVELOPE_H

#include "signing/format/signature.h"

#define ENVELOPE_RECIPIENTS_MAX 1000u /* "envelope-recipients" */
#define ENVELOPE_TRIES_MAX	8u /* of its recipients that are one of our keys, how many are tried */
#define ENVELOPE_PASSWORDS_MAX	2u	/* of those that a password opens, how many are tried */
#define ENVELOPE_ROUNDS_MAX	2000000 /* "envelope-rounds": of a password's PBKDF2 */
#define ENVELOPE_UKM_MAX	4096	/* bytes of user keying material */
#define ENVELOPE_SENDERS_MAX	20	/* certificates of the sender that are looked at */
#define ENVELOPE_TRY_WORK	2000 /* a trip to the key, and what does not grow with the content */

enum envelope_kind {
	ENVELOPE_TRANSPORT, /* RSA */
	ENVELOPE_AGREEMENT, /* ECDH */
	ENVELOPE_KEK,	    /* a symmetric key that was agreed upon elsewhere */
	ENVELOPE_PASSWORD,
	ENVELOPE_OTHER,
	ENVELOPE_KINDS
};
const char *envelope_kind_name(enum envelope_kind kind); /* "KeyTransport", ... */

/* Strings are the envelope's; NULL where not given. */
struct envelope_recipient {
	enum envelope_kind kind;
	char *issuer, *serial; /* RFC 2253, decimal */
	char *key_id;	       /* hex: subject key identifier, or of a key agreed upon */
};

/* What is said of all that does not decrypt, whatever the reason: other words would be an oracle.
 */
#define ENVELOPE_DOES_NOT_DECRYPT                                                                  \
	"it does not decrypt: it was encrypted for another key or password, or changed on its way"

struct envelope;
struct envelope_key;
/* How what another format encrypts is opened (XML): as the functions below, which call these. */
struct envelope_ops {
	unsigned int (*is_for)(const struct envelope *envelope, X509 *cert);
	int (*open)(const struct envelope *envelope, const struct envelope_key *key,
	    struct buf *content, struct error *err);
	void (*free)(void *other);
};

struct envelope_inside;
struct envelope {
	struct envelope_recipient *recipients;
	size_t recipient_count;
	int is_authenticated;
	size_t size;			/* bytes of the encrypted content */
	uint64_t work;			/* of one try to open it, in units of signing/core/work.h */
	char algorithm[80];		/* of the content: "AES-256-CBC", or an object identifier */
	char content_type[80];		/* object identifier of what is inside */
	struct envelope_inside *inside; /* of a CMS message */
	const struct envelope_ops *ops; /* of another format, or NULL */
	void *other;			/* for these */
};

/* 1 when it is an EnvelopedData or AuthEnvelopedData by its first bytes, DER, BER or PEM. */
int envelope_is(struct span file);
/* 1 when a CMS message may be signed around an envelope: by its bytes, nothing is decoded. */
int envelope_may_be_in(struct span message);
/* 1 when a CMS message is signed and what it signs is an envelope, which is appended; else 0. */
int envelope_in_signed(struct buf *envelope, struct span message);

/*
 * Take it apart; zeroed before, released by the caller in every case. ERROR_MALFORMED,
 * ERROR_UNSUPPORTED (another content type), ERROR_LIMIT, ERROR_UNAVAILABLE (memory).
 */
int envelope_read(struct envelope *envelope, struct span file, struct error *err);
void envelope_release(struct envelope *envelope);
/* Keep what it says of itself, and let go of all else: it cannot be opened any more. */
void envelope_forget(struct envelope *envelope);
/* The n-th recipient in a few words: "the certificate 4711 of CN=Example CA"; returns out. */
char *envelope_recipient_text(const struct envelope_recipient *r, char *out, size_t size);

struct envelope_transport {
	int is_oaep; /* else PKCS#1 v1.5 */
	enum digest digest, mgf_digest;
	struct span label;
};
/* KDFs of key agreement: ANSI X9.63; NIST SP 800-56A section 5.8.1, "ConcatKDF" in XML; RFC 5869 */
enum envelope_kdf { ENVELOPE_X963, ENVELOPE_CONCAT, ENVELOPE_HKDF };
struct envelope_agreement {
	struct span peer; /* the encoded point */
	int is_cofactor;
	enum envelope_kdf kdf_type;
	enum digest kdf;
	struct span info; /* of the KDF */
};

/* One of our keys, wherever its private half is; a handle. All fields stay the caller's. */
struct envelope_key {
	X509 *cert; /* decides which recipient it is */
	/*
	 * Fill `len` bytes with the content-encryption key. Of PKCS#1 v1.5 it must not show whether
	 * the padding was right: where it was not, another key comes out. ERROR_MALFORMED when it
	 * does not decrypt, ERROR_UNSUPPORTED, ERROR_UNAVAILABLE, ERROR_NOT_FOUND.
	 */
	int (*transport)(void *ctx, const struct envelope_transport *how, struct span encrypted,
	    unsigned char *out, size_t len, struct error *err);
	/* The same of the key-encryption key. */
	int (*agree)(void *ctx, const struct envelope_agreement *how, unsigned char *out,
	    size_t len, struct error *err);
	void *ctx;
};

/*
 * AES and 3DES key wrap (RFC 3394, RFC 3217), for other formats: the `len` bytes that were wrapped,
 * or ERROR_MALFORMED in the words for all that does not decrypt.
 */
int envelope_unwrap(const EVP_CIPHER *cipher, const unsigned char *kek, struct span wrapped,
    unsigned char *out, size_t len, struct error *err);

/* How many recipients are this certificate: by issuer and serial number, or by key. */
unsigned int envelope_is_for(const struct envelope *envelope, X509 *cert);
/*
 * What it takes at most to try this certificate's key, or with NULL a password, in units of
 * signing/core/work.h. It follows from what stands in clear alone: whoever pays it before he tries
 * tells nothing of what came out. An envelope in memory takes its size twice (encrypted and
 * decrypted), beside CMS_ENVELOPE_HEAD_MAX of all else; reading one takes some 20 ms a MB of that.
 */
uint64_t envelope_work(const struct envelope *envelope, X509 *cert);

/*
 * Append the content. `content` limits its size. With a content type of SignedData it is a whole
 * ContentInfo again. On -1 `content` is as it was, and err->kind is
 *   ERROR_NOT_FOUND    no recipient is the key, or the key's owner has no such key
 *   ERROR_MALFORMED    it does not decrypt: another key, or changed on its way, in the same words
 *   ERROR_UNSUPPORTED  an algorithm that is not listed above, with its identifier
 *   ERROR_LIMIT, ERROR_TOO_LARGE, ERROR_UNAVAILABLE
 */
int envelope_open(const struct envelope *envelope, const struct envelope_key *key,
    struct buf *content, struct error *err);
int envelope_open_password(
    const struct envelope *envelope, const char *password, struct buf *content, struct error *err);

/*
 * What opens the envelopes that a reader of another format meets: a handle like a key's. `part`
 * tells where it stands ("" for all of the document). 1 opened, the content was appended; 0 nothing
 * at hand opens it; -1 the document must be given up.
 */
struct envelope_opener {
	int (*open)(
	    void *ctx, const char *part, struct span file, struct buf *content, struct error *err);
	void *ctx;
};

#endif
