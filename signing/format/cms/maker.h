/* signing/format/cms/maker.h: one SignerInfo and what it brings along; shared by the makers here.
 */
#ifndef SIGNET_SIGNING_FORMAT_CMS_MAKER_H
#define SIGNET_SIGNING_FORMAT_CMS_MAKER_H

#include "signing/format/cms/asn1.h"
#include "signing/format/cms/cms_sign.h"
#include "signing/format/cms/der_out.h"

/* All that is equal for the signatures of one call. */
struct maker {
	const struct sign_key *key;
	const struct sign_options *options;
	const char *content_type; /* the caller's */
	enum cms_profile profile;
	struct sig_alg alg;
	struct buf signer;     /* of the SignerInfo: what stands before the signed attributes */
	struct buf attributes; /* the DER SET OF that is signed */
	size_t attributes_at;  /* where its members begin */
	size_t digest_at;      /* where the message digest stands in it */
	struct buf algorithm;  /* signatureAlgorithm */
};

/* Choose algorithms and build the signed attributes; no content type: a counter-signature's. On -1
 * there is nothing to release. */
int maker_init(struct maker *m, const char *content_type, enum cms_profile profile,
    const struct sign_key *key, const struct sign_options *options, struct error *err);
void maker_release(struct maker *m);

/* The digests to sign: of the signed attributes around each document's digest. */
int maker_digest(struct maker *m, const unsigned char (*digests)[DIGEST_SIZE_MAX], size_t count,
    unsigned char (*out)[DIGEST_SIZE_MAX], struct error *err);
/* The signed attributes around that digest; valid until the next call of these functions. */
struct span maker_attributes(struct maker *m, const unsigned char *digest);
/*
 * The value over a document with this digest, by the key's own way where it has one. `octets` is
 * the document, where it is at hand.
 */
int maker_value(struct maker *m, const unsigned char *digest, const struct span *octets,
    struct buf *value, struct error *err);
/* Append the SignerInfo of the document with this digest, time-stamped for level T. */
int maker_finish(struct maker *m, const unsigned char *digest, struct span value, struct buf *der,
    struct error *err);
/* Ask for a token over a signature value and append it. */
int maker_timestamp(
    struct span value, const struct timestamp_source *source, struct buf *token, struct error *err);

/* Parts of a SignedData that has this signer alone: digestAlgorithms, certificates. */
void maker_put_digest_algor(struct der_out *out, enum digest digest);
void maker_put_certificates(
    struct der_out *out, const struct sign_key *key, const struct sign_options *options);

/* What a SignedData that is there needs for this signer: certificates (each once), digest
 * algorithm, version. */
int maker_certificates(DER_SIGNED_DATA *data, const struct sign_key *key,
    const struct sign_options *options, struct error *err);
int maker_digest_algor(DER_SIGNED_DATA *data, enum digest digest, struct error *err);
int maker_version(DER_SIGNED_DATA *data);
int maker_no_memory(struct error *err);

/* ---- a message that is there (cms_add.c) ---- */

/* Decode a whole SignedData, for DER_CMS_free(); NULL with ERROR_MALFORMED. */
DER_CMS *maker_read(const struct buf *der, struct error *err);
/* Put the message in the place of what `der` holds. */
int maker_replace(struct buf *der, DER_CMS *cms, struct error *err);
/* The signer, for DER_SIGNER_INFO_free(); NULL with ERROR_NOT_FOUND. And put it back. */
DER_SIGNER_INFO *maker_signer(const DER_CMS *cms, size_t index, struct error *err);
int maker_set_signer(DER_CMS *cms, size_t index, const DER_SIGNER_INFO *signer, struct error *err);
/* -1 with ERROR_CONFLICT when a signature or time stamp of the message before suffered. */
int maker_unharmed(struct span before, struct span after, const struct document *doc,
    const struct format_limits *limits, struct error *err);
/* Add an unsigned attribute behind those that are there. */
int maker_push_unsigned(
    DER_SIGNER_INFO *signer, const char *oid, struct span value, struct error *err);

#endif
