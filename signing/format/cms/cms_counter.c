/* Counter-signatures: RFC 5652 section 11.4, EN 319 122-1 clause 5.2.7. */
#include <string.h>

#include "signing/core/ossl.h"
#include "signing/format/cms/maker.h"
#include "signing/format/cms/oids.h"

/* A SignerInfo over the value of another. */
static int
make_counter(struct buf *counter, struct span value, const struct sign_key *key,
    const struct sign_options *options, struct error *err)
{
	unsigned char digest[1][DIGEST_SIZE_MAX], to_sign[1][DIGEST_SIZE_MAX];
	struct buf made = BUF_INIT(0);
	struct maker m = { 0 };
	int rc = -1;

	if (maker_init(&m, NULL, CMS_PROFILE_CADES, key, options, err) != 0)
		return -1;
	if (digest_span(m.alg.digest, value, digest[0], err) == 0 &&
	    maker_digest(&m, (const unsigned char(*)[DIGEST_SIZE_MAX])digest, 1, to_sign, err) ==
		0 &&
	    sign_key_digests(
		key, &m.alg, (const unsigned char(*)[DIGEST_SIZE_MAX])to_sign, 1, &made, err) == 0)
		rc = maker_finish(&m, digest[0], SPAN_OF(&made), counter, err);
	buf_release(&made);
	maker_release(&m);
	return rc;
}

int
cms_counter_sign(struct buf *der, size_t index, const struct sign_key *key,
    const struct sign_options *options, struct error *err)
{
	struct buf counter = BUF_INIT(0), out = BUF_INIT(der->max);
	DER_SIGNER_INFO *signer = NULL;
	DER_CMS *cms = maker_read(der, err);
	int rc = -1;

	if (cms == NULL || (signer = maker_signer(cms, index, err)) == NULL ||
	    buf_append_span(&out, SPAN_OF(der), err) != 0)
		goto done;
	if (make_counter(&counter,
		(struct span){ ASN1_STRING_get0_data(signer->signature),
		    (size_t)ASN1_STRING_length(signer->signature) },
		key, options, err) != 0 ||
	    maker_push_unsigned(signer, OID_COUNTER_SIGNATURE, SPAN_OF(&counter), err) != 0 ||
	    maker_set_signer(cms, index, signer, err) != 0 ||
	    maker_certificates(cms->data, key, options, err) != 0 ||
	    maker_replace(&out, cms, err) != 0 ||
	    maker_unharmed(SPAN_OF(der), SPAN_OF(&out), NULL, options->limits, err) != 0)
		goto done;
	rc = buf_splice(der, 0, der->len, SPAN_OF(&out), err);
done:
	buf_release(&counter);
	buf_release(&out);
	DER_SIGNER_INFO_free(signer);
	DER_CMS_free(cms);
	return rc;
}
