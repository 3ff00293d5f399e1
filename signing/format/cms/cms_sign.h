/*
 * signing/format/cms/cms_sign.h: making CMS signatures (RFC 5652): plain, CAdES B-B and B-T
 * (EN 319 122-1), and those that stand in a PDF (EN 319 142-1). RSA with PKCS#1 v1.5 or PSS, ECDSA
 * on any named curve; SHA-2 and SHA-3. Nothing here touches the network, the database or the clock:
 * time stamps come from options->timestamp.
 *
 * Every signature has signed attributes, in DER order: content-type, message-digest and, unless
 * options->plain, signing-certificate-v2; signing-time when options->claim_time; what else the
 * options name. Certificates are copied as they came.
 *
 * The caller makes sure that key->pkey and key->cert belong together.
 */
#ifndef SIGNET_SIGNING_FORMAT_CMS_SIGN_H
#define SIGNET_SIGNING_FORMAT_CMS_SIGN_H

#include "signing/format/signature.h"

#define CMS_TEXT_MAX	   1024u  /* bytes of one text in a signed attribute */
#define CMS_TIMESTAMP_ROOM 16384u /* what cms_size_bound() leaves for a time-stamp token */

enum cms_profile {
	CMS_PROFILE_CADES,
	CMS_PROFILE_PADES /* no signing-time, no signer-location: the PDF has entries for them */
};

/* What one signature is over; all fields stay the caller's. */
struct cms_subject {
	const char *content_type; /* object identifier; NULL: of a counter-signature */
	enum cms_profile profile;
	struct span octets;
};
/*
 * The value of the signature over it that the makers below make with the same key and options: so
 * that a maker elsewhere needs nothing of the key but this. `value` is empty and initialised.
 * Errors as of cms_sign().
 */
int cms_value(struct buf *value, const struct cms_subject *subject, const struct sign_key *key,
    const struct sign_options *options, struct error *err);

/*
 * Sign `doc` and append the DER of a ContentInfo to `der`. PACKAGING_ENVELOPING holds the content
 * (which must be there); DEFAULT and DETACHED do not, and the document's digest is enough.
 * On -1 `der` is as it was, and err->kind is
 *   ERROR_MALFORMED    an option is not what it should be (an OID, UTF-8, a digest's length)
 *   ERROR_UNSUPPORTED  key and algorithm do not fit, a digest that signs no more (MD5, SHA-1)
 *   ERROR_NOT_FOUND    only other digests of the document are known
 *   ERROR_TOO_LARGE    more than options->limits->output_bytes
 *   ERROR_UNAVAILABLE  the key or the time-stamp authority does not answer
 *   ERROR_INTERNAL     OpenSSL refused
 */
int cms_sign(struct buf *der, const struct document *doc, enum cms_profile profile,
    const struct sign_key *key, const struct sign_options *options, struct error *err);

/*
 * Detached signatures of `count` documents known by digest, by one key in one trip: ders[i] (empty,
 * initialised) gets that of digests[i], which is of the algorithm that cms_digest() tells.
 * Whole or not at all: on -1 all ders are empty, err as for cms_sign().
 */
int cms_sign_many(struct buf *ders, const unsigned char (*digests)[DIGEST_SIZE_MAX], size_t count,
    enum cms_profile profile, const struct sign_key *key, const struct sign_options *options,
    struct error *err);

/* The digest algorithm that a signature with this key and these options is made with. */
int cms_digest(const struct sign_key *key, const struct sign_options *options, enum digest *digest,
    struct error *err);

/*
 * Add a parallel signature to an existing SignedData: `der` (a whole ContentInfo) is replaced by
 * one with one SignerInfo more; everything that was there keeps its bytes. The content is the
 * attached one, or `doc` where there is none; both or neither is ERROR_MALFORMED.
 */
int cms_add_signer(struct buf *der, const struct document *doc, enum cms_profile profile,
    const struct sign_key *key, const struct sign_options *options, struct error *err);

/*
 * Add a time-stamp token over the value of the n-th SignerInfo (from 0) as its
 * signature-time-stamp: level B becomes T. The token comes from `source`.
 */
int cms_add_timestamp(
    struct buf *der, size_t signer, const struct timestamp_source *source, struct error *err);

/*
 * Counter-sign the value of a signature, or of a counter-signature at any depth up to
 * CMS_COUNTER_DEPTH_MAX, by its id as cms_read() tells it: a SignerInfo of its own among that
 * signer's unsigned attributes, CAdES as of cms_sign() and without a content type; certificates go
 * to the message's. Everything that was there keeps its bytes and its verdict, else ERROR_CONFLICT;
 * other errors as of cms_sign(), ERROR_NOT_FOUND for no such signer, ERROR_LIMIT
 * "counter-signature-depth". On -1 `der` is as it was.
 */
int cms_counter_sign(struct buf *der, const char *signer, const struct sign_key *key,
    const struct sign_options *options, struct error *err);

/* What a SignedData of another content type is made of, for time-stamp tokens (RFC 3161). */
struct cms_content {
	const char *type;      /* OID */
	struct span content;   /* attached */
	int omit_certificates; /* 1 = certificates are left out (certReq absent) */
};
int cms_sign_content(struct buf *der, const struct cms_content *content, const struct sign_key *key,
    const struct sign_options *options, struct error *err);

/*
 * An upper bound of the size of a detached signature, with CMS_TIMESTAMP_ROOM for a time stamp when
 * options->level is LEVEL_T.
 */
size_t cms_size_bound(const struct sign_key *key, const struct sign_options *options);

#endif
