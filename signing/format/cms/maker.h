/* signing/format/cms/maker.h: one SignerInfo and what it brings along; shared by the makers here.
 */
#ifndef SIGNET_SIGNING_FORMAT_CMS_MAKER_H
#define SIGNET_SIGNING_FORMAT_CMS_MAKER_H

#include "signing/format/cms/asn1.h"
#include "signing/format/cms/cms_sign.h"

/* All that is equal for the signatures of one call. */
struct maker {
	const struct sign_key *key;
	const struct sign_options *options;
	struct sig_alg alg;
	DER_SIGNER_INFO *signer;
	struct buf attributes;	      /* the DER SET OF that is signed */
	size_t digest_at;	      /* where the message digest stands in it */
	unsigned char *digest_stored; /* and in the signer's own attribute */
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
/* Ask for a token over the signer's value and add it to its unsigned attributes. */
int maker_timestamp(
    DER_SIGNER_INFO *signer, const struct timestamp_source *source, struct error *err);

/* What a SignedData needs for this signer: certificates (each once), digest algorithm, version. */
int maker_certificates(DER_SIGNED_DATA *data, const struct sign_key *key,
    const struct sign_options *options, struct error *err);
int maker_digest_algor(DER_SIGNED_DATA *data, enum digest digest, struct error *err);
int maker_version(DER_SIGNED_DATA *data);
int maker_no_memory(struct error *err);

#endif
