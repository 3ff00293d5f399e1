/*
 * signing/core/alg.h: digest and signature algorithms under all their names: ours, OpenSSL's,
 * object identifiers, XML-DSig URIs (RFC 6931, RFC 9231).
 */
#ifndef SIGNET_SIGNING_CORE_ALG_H
#define SIGNET_SIGNING_CORE_ALG_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "server/base/buf.h"
#include "server/base/error.h"

enum digest {
	DIGEST_NONE,
	DIGEST_MD5,
	DIGEST_RIPEMD160,
	DIGEST_SHA1,
	DIGEST_SHA224,
	DIGEST_SHA256,
	DIGEST_SHA384,
	DIGEST_SHA512,
	DIGEST_SHA3_224,
	DIGEST_SHA3_256,
	DIGEST_SHA3_384,
	DIGEST_SHA3_512,
	DIGEST_SHAKE256, /* 512 bits of its output, as RFC 8419 has it with Ed448: for readers alone
			  */
	DIGESTS
};

#define DIGEST_SIZE_MAX 64

/* The contract's name ("SHA256", "SHA3-256"); "None" for DIGEST_NONE. */
const char *digest_name(enum digest d);
/* Bytes of a value; 0 for DIGEST_NONE. */
size_t digest_size(enum digest d);
int digest_nid(enum digest d);
/* The XML digest method URI, or NULL where none is registered. */
const char *digest_uri(enum digest d);
/* OpenSSL's object, fetched once and kept; NULL for DIGEST_NONE or where OpenSSL lacks it. */
const EVP_MD *digest_md(enum digest d);
/* Each gives DIGEST_NONE for what it does not know. */
enum digest digest_by_name(const char *name);
enum digest digest_by_nid(int nid);
enum digest digest_by_uri(const char *uri);

enum key_type {
	KEY_UNKNOWN,
	KEY_RSA,
	KEY_EC,
	KEY_DSA,
	KEY_ED25519,
	KEY_ED448,
	KEY_HMAC,
	KEY_TYPES
};
/*
 * What a key that comes with a signature may cost: larger ones are not checked (ERROR_LIMIT with
 * these names). NIST SP 800-56B asks for exponents below 2^256; nobody has more than 64 bits.
 */
#define KEY_RSA_BITS_MAX      16384 /* "key-bits" */
#define KEY_DSA_BITS_MAX      4096  /* "key-bits" */
#define KEY_EXPONENT_BITS_MAX 64    /* "exponent-bits" */
#define PSS_SALT_BYTES_MAX    2048

enum padding { PADDING_NONE, PADDING_PKCS1, PADDING_PSS };

struct sig_alg {
	enum key_type key;
	enum padding padding; /* RSA only */
	enum digest digest;
	enum digest mgf_digest; /* PSS only */
	int salt_len;		/* PSS only, bytes */
};

enum key_type key_type_of(const EVP_PKEY *pkey);
/*
 * 0 for a public key by which anybody can sign: RSA whose exponent is 1 (the value is the padded
 * digest) or whose numbers are even, DSA whose generator or public value is 0 or 1 (r = s = 1). No
 * signature is checked with one, and none that X509_verify() would check may be.
 */
int key_is_sound(const EVP_PKEY *pkey);
/* "RSA", "EC", ... */
const char *key_type_name(enum key_type type);
/* Size in bits of an RSA/DSA modulus or an EC field. */
int key_bits(const EVP_PKEY *pkey);
/* "P-256", "brainpoolP384r1", ... or "" for keys without a curve; `out` holds size bytes. */
const char *key_curve(const EVP_PKEY *pkey, char *out, size_t size);
/* The digest that fits the strength of the key: SHA-256, -384 or -512 (P-384: 384, P-521: 512). */
enum digest key_default_digest(const EVP_PKEY *pkey);

/* "RSA-PSS with SHA256", "ECDSA with SHA384"; `out` holds size bytes. Returns out. */
char *sig_alg_name(const struct sig_alg *alg, char *out, size_t size);
/* The XML signature method URI, or NULL where none is registered. */
const char *sig_alg_uri(const struct sig_alg *alg);
/* 0 and *alg, or -1 for a URI that is unknown. PSS with fixed parameters: salt = digest length. */
int sig_alg_by_uri(const char *uri, struct sig_alg *alg);
/*
 * The algorithm of an AlgorithmIdentifier (RFC 4055, 5758, 8702 ...), PSS parameters included.
 * `digest` is the digest that stands beside it (CMS digestAlgorithm), used where the identifier
 * names none (rsaEncryption). ERROR_UNSUPPORTED, or ERROR_MALFORMED for parameters that do not
 * decode.
 */
int sig_alg_by_x509(
    const X509_ALGOR *algor, enum digest digest, struct sig_alg *alg, struct error *err);

/*
 * The reverse, into an empty X509_ALGOR: digest and signature in one identifier, parameters as RFC
 * 4055, 5754 and 5758 have them. ERROR_UNSUPPORTED where none is registered.
 */
int sig_alg_to_x509(const struct sig_alg *alg, X509_ALGOR *algor, struct error *err);

struct cms_subject; /* signing/format/cms/cms_sign.h */
struct xml_subject; /* signing/format/xml/xml_subject.h */

/* The keys and certificates that a signature is made with; all fields stay their owner's. */
struct sign_key {
	const char *name; /* for messages */
	EVP_PKEY *pkey;	  /* private, of our provider or an ordinary one */
	X509 *cert;
	STACK_OF(X509) * chain; /* issuers in order, without cert; may be NULL */
	/*
	 * Sign many digests in one trip, where the key's owner can: sigs[i] (empty, initialised)
	 * gets the signature of digests[i], in the encoding of sig_alg_sign. NULL: one at a time.
	 */
	int (*sign_many)(const struct sign_key *key, const struct sig_alg *alg,
	    const unsigned char (*digests)[DIGEST_SIZE_MAX], size_t count, struct buf *sigs,
	    struct error *err);
	/*
	 * Sign a time-stamp token, where the key's owner wants to see that it is one: the DER of
	 * its signed attributes, whose digest is signed, and its TSTInfo. `sig` is as in sign_many.
	 * NULL: like everything else.
	 */
	int (*sign_stamp)(const struct sign_key *key, const struct sig_alg *alg,
	    struct span attributes, struct span tst_info, struct buf *sig, struct error *err);
	/*
	 * Make the value of a CMS or XML signature, where the key's owner wants to see what is
	 * signed and puts it together himself: only what the subject says of it is taken from the
	 * maker. `value` is as in sign_many. NULL: the maker's digest is signed.
	 */
	int (*sign_cms)(const struct sign_key *key, const struct cms_subject *subject,
	    struct buf *value, struct error *err);
	int (*sign_xml)(const struct sign_key *key, const struct xml_subject *subject,
	    struct buf *value, struct error *err);
	void *ctx; /* for these four */
};

/*
 * Sign digests that are already computed (of alg->digest), by key->sign_many where there is one.
 * On -1 (ERROR_UNAVAILABLE, ERROR_INTERNAL) all sigs are empty.
 */
int sign_key_digests(const struct sign_key *key, const struct sig_alg *alg,
    const unsigned char (*digests)[DIGEST_SIZE_MAX], size_t count, struct buf *sigs,
    struct error *err);

/*
 * Choose the algorithm for a key: digest (DIGEST_NONE: the key's default) and padding
 * (PADDING_NONE: PKCS#1 v1.5 for RSA). ERROR_UNSUPPORTED when key and wish do not fit.
 */
int sig_alg_for_key(const EVP_PKEY *pkey, enum digest digest, enum padding padding,
    struct sig_alg *alg, struct error *err);
/*
 * Sign `data` or verify `sig` over it with the algorithm; a raw signature as CMS and X.509 carry it
 * (ECDSA: DER). EVP context set-up for PSS is done here and nowhere else.
 * sign: 0, or -1 with ERROR_INTERNAL or ERROR_UNAVAILABLE (keys process gone).
 * verify: 1 good, 0 bad, -1 could not be tried (key and algorithm do not fit; err says so).
 */
int sig_alg_sign(const struct sig_alg *alg, EVP_PKEY *pkey, const void *data, size_t len,
    unsigned char **sig, size_t *sig_len, struct error *err);
int sig_alg_verify(const struct sig_alg *alg, EVP_PKEY *pkey, const void *data, size_t len,
    const void *sig, size_t sig_len, struct error *err);
/* The same over a digest (of alg->digest) that is already computed; not for EdDSA and HMAC. */
int sig_alg_verify_digest(const struct sig_alg *alg, EVP_PKEY *pkey, const unsigned char *digest,
    const void *sig, size_t sig_len, struct error *err);

#endif
