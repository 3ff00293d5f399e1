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
	struct sig_alg alg;
	struct buf signer;     /* of the SignerInfo: what stands before the signed attributes */
	struct buf attributes; /* the DER SET OF that is signed */
	size_t attributes_at;  /* where its members begin */
	size_t digest_at;      /* where the message digest stands in it */
	struct buf algorithm;  /* signatureAlgorithm */
};

/* Choose algorithms and build the signed attributes. On -1 there is nothing to release. */
int maker_init(struct maker *m, const char *content_type, enum cms_profile profile,
    const struct sign_key *key, const struct sign_options *options, struct error *err);
void maker_release(struct maker *m);

/* The digests to sign: of the signed attributes around each document's digest. */
int maker_digest(struct maker *m, const unsigned char (*digests)[DIGEST_SIZE_MAX], size_t count,
    unsigned char (*out)[DIGEST_SIZE_MAX], struct error *err);
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

#endif
