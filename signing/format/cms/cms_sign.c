#include "signing/format/cms/cms_sign.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "signing/core/ossl.h"
#include "signing/format/cms/maker.h"
#include "signing/format/cms/oids.h"

static const struct format_limits default_limits = FORMAT_LIMITS_DEFAULT;

/* A SignedData without signers yet. */
static DER_CMS *
new_cms(const struct maker *m, const char *content_type, const struct span *content,
    int omit_certificates, struct error *err)
{
	DER_CMS *cms = DER_CMS_new();
	ASN1_OCTET_STRING *octets = NULL;

	if (cms == NULL)
		goto failed;
	ASN1_OBJECT_free(cms->type);
	ASN1_OBJECT_free(cms->data->content->type);
	cms->type = OBJ_txt2obj(OID_SIGNED_DATA, 1);
	cms->data->content->type = OBJ_txt2obj(content_type, 1);
	if (cms->type == NULL || cms->data->content->type == NULL || maker_version(cms->data) != 0)
		goto failed;
	if (content != NULL) {
		cms->data->content->content = ASN1_TYPE_new();
		octets = ASN1_OCTET_STRING_new();
		if (cms->data->content->content == NULL || octets == NULL ||
		    ASN1_OCTET_STRING_set(
			octets, content->len > 0 ? content->data : NULL, (int)content->len) != 1)
			goto failed;
		ASN1_TYPE_set(cms->data->content->content, V_ASN1_OCTET_STRING, octets);
		octets = NULL;
	}
	if (maker_digest_algor(cms->data, m->alg.digest, err) != 0 ||
	    (!omit_certificates && maker_certificates(cms->data, m->key, m->options, err) != 0))
		goto failed;
	der_sort(cms->data->certificates);
	return cms;
failed:
	ASN1_OCTET_STRING_free(octets);
	DER_CMS_free(cms);
	maker_no_memory(err);
	return NULL;
}

/* One ContentInfo around one SignerInfo; the signers of `cms` are replaced. */
static int
append_cms(DER_CMS *cms, struct span signer, struct buf *out, struct error *err)
{
	STACK_OF(ASN1_TYPE) *signers = cms->data->signers;

	if (sk_ASN1_TYPE_num(signers) > 0)
		ASN1_TYPE_free(sk_ASN1_TYPE_pop(signers));
	if (der_push(signers, signer) != 0)
		return maker_no_memory(err);
	return OSSL_APPEND_DER(DER_CMS, cms, out, err);
}

/* Sign documents known by digest: attributes of all, one trip to the key, then the messages. */
static int
sign_all(struct maker *m, DER_CMS *cms, const unsigned char (*digests)[DIGEST_SIZE_MAX],
    size_t count, struct buf *ders, struct error *err)
{
	unsigned char(*signed_digests)[DIGEST_SIZE_MAX] = calloc(count, sizeof(*signed_digests));
	struct buf *values = calloc(count, sizeof(*values)), signer = BUF_INIT(0);
	size_t i;
	int rc = -1;

	if (signed_digests == NULL || values == NULL) {
		error_memory(err);
		goto done;
	}
	if (maker_digest(m, digests, count, signed_digests, err) != 0 ||
	    sign_key_digests(m->key, &m->alg,
		(const unsigned char(*)[DIGEST_SIZE_MAX])signed_digests, count, values, err) != 0)
		goto done;
	for (i = 0; i < count; i++) {
		signer.len = 0;
		if (maker_finish(m, digests[i], SPAN_OF(&values[i]), &signer, err) != 0 ||
		    append_cms(cms, SPAN_OF(&signer), &ders[i], err) != 0)
			goto done;
	}
	rc = 0;
done:
	for (i = 0; values != NULL && i < count; i++)
		buf_release(&values[i]);
	buf_release(&signer);
	free(values);
	free(signed_digests);
	return rc;
}

int
cms_sign_many(struct buf *ders, const unsigned char (*digests)[DIGEST_SIZE_MAX], size_t count,
    enum cms_profile profile, const struct sign_key *key, const struct sign_options *options,
    struct error *err)
{
	struct maker m;
	DER_CMS *cms = NULL;
	size_t i;
	int rc = -1;

	if (count == 0)
		return 0;
	if (maker_init(&m, OID_DATA, profile, key, options, err) != 0)
		return -1;
	cms = new_cms(&m, OID_DATA, NULL, 0, err);
	if (cms != NULL)
		rc = sign_all(&m, cms, digests, count, ders, err);
	for (i = 0; rc != 0 && i < count; i++)
		buf_release(&ders[i]);
	DER_CMS_free(cms);
	maker_release(&m);
	return rc;
}

/* One signature, with or without its content. */
static int
sign_one(struct buf *der, const char *type, const struct document *doc, const struct span *attached,
    int omit_certificates, enum cms_profile profile, const struct sign_key *key,
    const struct sign_options *options, struct error *err)
{
	unsigned char digest[1][DIGEST_SIZE_MAX];
	size_t before = der->len;
	struct maker m;
	DER_CMS *cms = NULL;
	int rc = -1;

	if (maker_init(&m, type, profile, key, options, err) != 0)
		return -1;
	if (document_digest(doc, m.alg.digest, digest[0], err) != 0)
		goto done;
	cms = new_cms(&m, type, attached, omit_certificates, err);
	if (cms != NULL)
		rc =
		    sign_all(&m, cms, (const unsigned char(*)[DIGEST_SIZE_MAX])digest, 1, der, err);
done:
	if (rc != 0)
		der->len = before;
	DER_CMS_free(cms);
	maker_release(&m);
	return rc;
}

int
cms_sign(struct buf *der, const struct document *doc, enum cms_profile profile,
    const struct sign_key *key, const struct sign_options *options, struct error *err)
{
	const struct format_limits *limits =
	    options->limits != NULL ? options->limits : &default_limits;
	const struct span *attached = NULL;

	if (options->packaging == PACKAGING_ENVELOPED)
		return error_set(err, ERROR_UNSUPPORTED,
		    "a CMS signature is detached or enveloping, never enveloped");
	if (options->packaging == PACKAGING_ENVELOPING && profile == CMS_PROFILE_PADES)
		return error_set(
		    err, ERROR_UNSUPPORTED, "a signature in a PDF holds no content of its own");
	if (options->packaging == PACKAGING_ENVELOPING) {
		if (!doc->has_content)
			return error_set(err, ERROR_MALFORMED,
			    "an enveloping signature needs the document, not only its digest");
		if (doc->content.len > limits->output_bytes || doc->content.len > INT_MAX)
			return error_limit(err, ERROR_TOO_LARGE, "output-bytes",
			    limits->output_bytes, doc->content.len,
			    "the document is too large for an enveloping signature");
		attached = &doc->content;
	}
	return sign_one(der, OID_DATA, doc, attached, 0, profile, key, options, err);
}

int
cms_sign_content(struct buf *der, const struct cms_content *content, const struct sign_key *key,
    const struct sign_options *options, struct error *err)
{
	struct document doc = { 0 };

	doc.content = content->content;
	doc.has_content = 1;
	return sign_one(der, content->type, &doc, &content->content, content->omit_certificates,
	    CMS_PROFILE_CADES, key, options, err);
}
