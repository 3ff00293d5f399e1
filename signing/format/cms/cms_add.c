/* What is added to a signature that is there: a further signer, a time stamp. */
#include <string.h>

#include "signing/core/ossl.h"
#include "signing/format/cms/attributes.h"
#include "signing/format/cms/maker.h"
#include "signing/format/cms/oids.h"

DER_CMS *
maker_read(const struct buf *der, struct error *err)
{
	DER_CMS *cms = DER_DECODE(DER_CMS, SPAN_OF(der));

	if (cms == NULL || !der_oid_is(cms->type, OID_SIGNED_DATA)) {
		error_set(err, ERROR_MALFORMED, "the signature is not a CMS SignedData");
		DER_CMS_free(cms);
		return NULL;
	}
	return cms;
}

int
maker_replace(struct buf *der, DER_CMS *cms, struct error *err)
{
	struct buf out = BUF_INIT(der->max);
	int rc = OSSL_APPEND_DER(DER_CMS, cms, &out, err);

	if (rc == 0)
		rc = buf_splice(der, 0, der->len, SPAN_OF(&out), err);
	buf_release(&out);
	return rc;
}

/* The document that a signer of this SignedData signs: the attached content or the given one. */
static int
signed_document(const DER_SIGNED_DATA *data, const struct document *given, struct document *out,
    struct error *err)
{
	const ASN1_TYPE *content = data->content->content;

	if ((content != NULL) == (given != NULL))
		return error_set(err, ERROR_MALFORMED,
		    content != NULL ? "the signature holds its content; give no document with it"
				    : "the signature is detached; give the document with it");
	if (given != NULL) {
		*out = *given;
		return 0;
	}
	if (content->type != V_ASN1_OCTET_STRING)
		return error_set(
		    err, ERROR_UNSUPPORTED, "the content of the signature is not an octet string");
	memset(out, 0, sizeof(*out));
	out->has_content = 1;
	out->content = (struct span){ ASN1_STRING_get0_data(content->value.octet_string),
		(size_t)ASN1_STRING_length(content->value.octet_string) };
	return 0;
}

int
cms_add_signer(struct buf *der, const struct document *doc, enum cms_profile profile,
    const struct sign_key *key, const struct sign_options *options, struct error *err)
{
	unsigned char digest[DIGEST_SIZE_MAX];
	struct buf value = BUF_INIT(0), signer = BUF_INIT(0);
	struct document content;
	struct maker m = { 0 };
	char type[128];
	DER_CMS *cms = maker_read(der, err);
	int rc = -1;

	if (cms == NULL || signed_document(cms->data, doc, &content, err) != 0 ||
	    maker_init(&m, der_oid(cms->data->content->type, type, sizeof(type)), profile, key,
		options, err) != 0 ||
	    document_digest(&content, m.alg.digest, digest, err) != 0 ||
	    maker_value(&m, digest, content.has_content ? &content.content : NULL, &value, err) !=
		0 ||
	    maker_finish(&m, digest, SPAN_OF(&value), &signer, err) != 0)
		goto done;
	if (maker_digest_algor(cms->data, m.alg.digest, err) != 0 ||
	    maker_certificates(cms->data, key, options, err) != 0)
		goto done;
	if (maker_version(cms->data) != 0 || der_push(cms->data->signers, SPAN_OF(&signer)) != 0) {
		maker_no_memory(err);
		goto done;
	}
	rc = maker_replace(der, cms, err);
done:
	buf_release(&value);
	buf_release(&signer);
	maker_release(&m);
	DER_CMS_free(cms);
	return rc;
}

DER_SIGNER_INFO *
maker_signer(const DER_CMS *cms, size_t index, struct error *err)
{
	DER_SIGNER_INFO *signer = NULL;

	if (index < (size_t)sk_ASN1_TYPE_num(cms->data->signers))
		signer = DER_DECODE(DER_SIGNER_INFO,
		    der_raw_span(sk_ASN1_TYPE_value(cms->data->signers, (int)index)));
	if (signer == NULL)
		error_set(
		    err, ERROR_NOT_FOUND, "the message has no signature number %zu", index + 1);
	return signer;
}

int
maker_set_signer(DER_CMS *cms, size_t index, const DER_SIGNER_INFO *signer, struct error *err)
{
	struct buf encoded = BUF_INIT(0);
	ASN1_TYPE *raw = NULL;
	int rc = OSSL_APPEND_DER(DER_SIGNER_INFO, signer, &encoded, err);

	if (rc == 0 && (raw = der_raw(SPAN_OF(&encoded))) == NULL)
		rc = maker_no_memory(err);
	if (rc == 0) {
		ASN1_TYPE_free(sk_ASN1_TYPE_value(cms->data->signers, (int)index));
		sk_ASN1_TYPE_set(cms->data->signers, (int)index, raw);
	}
	buf_release(&encoded);
	return rc;
}

int
maker_push_unsigned(DER_SIGNER_INFO *signer, const char *oid, struct span value, struct error *err)
{
	if (signer->unsigned_attributes == NULL)
		signer->unsigned_attributes = sk_ASN1_TYPE_new_null();
	if (signer->unsigned_attributes == NULL)
		return maker_no_memory(err);
	return cms_push_attribute(signer->unsigned_attributes, oid, value, err);
}

int
cms_add_timestamp(
    struct buf *der, size_t index, const struct timestamp_source *source, struct error *err)
{
	struct buf token = BUF_INIT(0);
	DER_SIGNER_INFO *signer = NULL;
	DER_CMS *cms = maker_read(der, err);
	int rc = -1;

	if (cms == NULL || (signer = maker_signer(cms, index, err)) == NULL)
		goto done;
	if (maker_timestamp((struct span){ ASN1_STRING_get0_data(signer->signature),
				(size_t)ASN1_STRING_length(signer->signature) },
		source, &token, err) == 0 &&
	    maker_push_unsigned(signer, OID_SIGNATURE_TIMESTAMP, SPAN_OF(&token), err) == 0 &&
	    maker_set_signer(cms, index, signer, err) == 0)
		rc = maker_replace(der, cms, err);
done:
	buf_release(&token);
	DER_SIGNER_INFO_free(signer);
	DER_CMS_free(cms);
	return rc;
}
