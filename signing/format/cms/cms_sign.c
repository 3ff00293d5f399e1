#include "signing/format/cms/cms_sign.h"

#include <stdlib.h>
#include <string.h>

#include "signing/core/ossl.h"
#include "signing/format/cms/asn1.h"
#include "signing/format/cms/attributes.h"
#include "signing/format/cms/ber.h"
#include "signing/format/cms/oids.h"

static const struct format_limits default_limits = FORMAT_LIMITS_DEFAULT;

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

static int
no_memory(struct error *err)
{
	return error_openssl(err, "a signature could not be put together");
}

static int
choose_alg(const struct sign_key *key, const struct sign_options *options, struct sig_alg *alg,
    struct error *err)
{
	if (sig_alg_for_key(key->pkey, options->digest, options->padding, alg, err) != 0)
		return -1;
	if (alg->digest < DIGEST_SHA224)
		return error_set(err, ERROR_UNSUPPORTED,
		    "%s is too weak to sign with; use SHA256 or stronger",
		    digest_name(alg->digest));
	return 0;
}

int
cms_digest(const struct sign_key *key, const struct sign_options *options, enum digest *digest,
    struct error *err)
{
	struct sig_alg alg;

	if (choose_alg(key, options, &alg, err) != 0)
		return -1;
	*digest = alg.digest;
	return 0;
}

/* Find where the message digest stands: in the SET that is signed and in the signer's own copy. */
static int
locate_digest(struct maker *m, struct error *err)
{
	const STACK_OF(ASN1_TYPE) *list = m->signer->signed_attributes;
	size_t size = digest_size(m->alg.digest), after = 0;
	int i, found = -1;

	for (i = 0; i < sk_ASN1_TYPE_num(list); i++) {
		struct span raw = der_raw_span(sk_ASN1_TYPE_value(list, i));
		DER_ATTRIBUTE *attribute = DER_DECODE(DER_ATTRIBUTE, raw);

		if (attribute != NULL && der_oid_is(attribute->type, OID_MESSAGE_DIGEST)) {
			found = i;
			after = 0;
		} else {
			after += raw.len;
		}
		DER_ATTRIBUTE_free(attribute);
	}
	if (found < 0 || after + size > m->attributes.len)
		return no_memory(err);
	m->digest_at = m->attributes.len - after - size;
	{
		ASN1_STRING *own = sk_ASN1_TYPE_value(list, found)->value.asn1_string;

		/* The string was made here, by der_raw(); it is ours to fill in. */
		m->digest_stored =
		    (unsigned char *)ASN1_STRING_get0_data(own) + ASN1_STRING_length(own) - size;
	}
	return 0;
}

static int
set_signer_id(DER_SIGNER_INFO *signer, X509 *cert)
{
	DER_ISSUER_SERIAL *id = DER_ISSUER_SERIAL_new();

	if (id == NULL)
		return -1;
	signer->id->type = SIGNER_ID_ISSUER_SERIAL;
	signer->id->d.issuer_serial = id;
	ASN1_INTEGER_free(id->serial);
	id->serial = ASN1_INTEGER_dup(X509_get0_serialNumber(cert));
	return id->serial != NULL && X509_NAME_set(&id->issuer, X509_get_issuer_name(cert)) == 1 &&
		       ASN1_INTEGER_set(signer->version, 1) == 1
		   ? 0
		   : -1;
}

static int
set_digest_algor(X509_ALGOR *algor, enum digest digest)
{
	/* RFC 5754 section 2: parameters are absent. */
	return X509_ALGOR_set0(algor, OBJ_nid2obj(digest_nid(digest)), V_ASN1_UNDEF, NULL) == 1
		   ? 0
		   : -1;
}

static void
maker_release(struct maker *m)
{
	DER_SIGNER_INFO_free(m->signer);
	buf_release(&m->attributes);
}

static int
maker_init(struct maker *m, const char *content_type, enum cms_profile profile,
    const struct sign_key *key, const struct sign_options *options, struct error *err)
{
	memset(m, 0, sizeof(*m));
	m->key = key;
	m->options = options;
	if (choose_alg(key, options, &m->alg, err) != 0)
		return -1;
	if (options->level == LEVEL_T && options->timestamp == NULL)
		return error_set(err, ERROR_MALFORMED,
		    "a signature of level T needs a time-stamp authority; name one");
	m->signer = DER_SIGNER_INFO_new();
	if (m->signer == NULL || set_signer_id(m->signer, key->cert) != 0 ||
	    set_digest_algor(m->signer->digest_algorithm, m->alg.digest) != 0 ||
	    (m->signer->signed_attributes = sk_ASN1_TYPE_new_null()) == NULL) {
		no_memory(err);
		goto failed;
	}
	if (sig_alg_to_x509(&m->alg, m->signer->signature_algorithm, err) != 0 ||
	    cms_signed_attributes(m->signer->signed_attributes, content_type, profile, &m->alg, key,
		options, err) != 0 ||
	    ber_set_of(m->signer->signed_attributes, &m->attributes, err) != 0 ||
	    locate_digest(m, err) != 0)
		goto failed;
	return 0;
failed:
	maker_release(m);
	return -1;
}

/* Ask for a token over a signature value and make it the only unsigned attribute, or one more. */
static int
add_token(DER_SIGNER_INFO *signer, const struct timestamp_source *source, struct error *err)
{
	enum digest digest = source->digest != DIGEST_NONE ? source->digest : DIGEST_SHA256;
	unsigned char imprint[DIGEST_SIZE_MAX];
	struct span value = { ASN1_STRING_get0_data(signer->signature),
		(size_t)ASN1_STRING_length(signer->signature) };
	struct buf token = BUF_INIT(0);
	int rc = -1;

	if (digest_span(digest, value, imprint, err) != 0 ||
	    source->get(source->ctx, digest, imprint, &token, err) != 0)
		goto done;
	if (signer->unsigned_attributes == NULL)
		signer->unsigned_attributes = sk_ASN1_TYPE_new_null();
	if (signer->unsigned_attributes == NULL)
		no_memory(err);
	else
		rc = cms_push_attribute(
		    signer->unsigned_attributes, OID_SIGNATURE_TIMESTAMP, SPAN_OF(&token), err);
done:
	buf_release(&token);
	return rc;
}

/* The digests of the signed attributes of each document. */
static int
digest_attributes(struct maker *m, const unsigned char (*digests)[DIGEST_SIZE_MAX], size_t count,
    unsigned char (*out)[DIGEST_SIZE_MAX], struct error *err)
{
	size_t i;

	for (i = 0; i < count; i++) {
		memcpy(m->attributes.data + m->digest_at, digests[i], digest_size(m->alg.digest));
		if (digest_span(m->alg.digest, SPAN_OF(&m->attributes), out[i], err) != 0)
			return -1;
	}
	return 0;
}

/* Append the SignerInfo for one document to der. */
static int
finish_signer(struct maker *m, const unsigned char *digest, struct span value, struct buf *der,
    struct error *err)
{
	memcpy(m->digest_stored, digest, digest_size(m->alg.digest));
	if (ASN1_OCTET_STRING_set(m->signer->signature, value.data, (int)value.len) != 1)
		return no_memory(err);
	if (m->options->level == LEVEL_T) {
		sk_ASN1_TYPE_pop_free(m->signer->unsigned_attributes, ASN1_TYPE_free);
		m->signer->unsigned_attributes = NULL;
		if (add_token(m->signer, m->options->timestamp, err) != 0)
			return -1;
	}
	return OSSL_APPEND_DER(DER_SIGNER_INFO, m->signer, der, err);
}

static int
push_certificate(STACK_OF(ASN1_TYPE) * list, X509 *cert, struct error *err)
{
	struct buf der = BUF_INIT(0);
	int rc = -1, i;

	if (OSSL_APPEND_DER(X509, cert, &der, err) != 0)
		goto done;
	for (i = 0; i < sk_ASN1_TYPE_num(list); i++)
		if (span_equal(der_raw_span(sk_ASN1_TYPE_value(list, i)), SPAN_OF(&der))) {
			rc = 0;
			goto done;
		}
	rc = der_push(list, SPAN_OF(&der)) == 0 ? 0 : no_memory(err);
done:
	buf_release(&der);
	return rc;
}

/* The signer's certificate and, when asked for, its issuers, each once. */
static int
push_certificates(DER_SIGNED_DATA *data, const struct sign_key *key,
    const struct sign_options *options, struct error *err)
{
	int i;

	if (data->certificates == NULL && (data->certificates = sk_ASN1_TYPE_new_null()) == NULL)
		return no_memory(err);
	if (push_certificate(data->certificates, key->cert, err) != 0)
		return -1;
	for (i = 0; options->include_chain && i < sk_X509_num(key->chain); i++)
		if (push_certificate(data->certificates, sk_X509_value(key->chain, i), err) != 0)
			return -1;
	return 0;
}

static int
push_digest_algor(DER_SIGNED_DATA *data, enum digest digest, struct error *err)
{
	X509_ALGOR *algor = X509_ALGOR_new();
	const ASN1_OBJECT *oid;
	int i;

	for (i = 0; i < sk_X509_ALGOR_num(data->digest_algorithms); i++) {
		X509_ALGOR_get0(&oid, NULL, NULL, sk_X509_ALGOR_value(data->digest_algorithms, i));
		if (OBJ_obj2nid(oid) == digest_nid(digest)) {
			X509_ALGOR_free(algor);
			return 0;
		}
	}
	if (algor == NULL || set_digest_algor(algor, digest) != 0 ||
	    sk_X509_ALGOR_push(data->digest_algorithms, algor) <= 0) {
		X509_ALGOR_free(algor);
		return no_memory(err);
	}
	return 0;
}

/* RFC 5652 section 5.1, for what is made here: version 1 signers, X.509 certificates. */
static int
set_version(DER_SIGNED_DATA *data)
{
	long want = der_oid_is(data->content->type, OID_DATA) ? 1 : 3;

	return ASN1_INTEGER_get(data->version) >= want || ASN1_INTEGER_set(data->version, want) == 1
		   ? 0
		   : -1;
}

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
	if (cms->type == NULL || cms->data->content->type == NULL || set_version(cms->data) != 0)
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
	if (push_digest_algor(cms->data, m->alg.digest, err) != 0 ||
	    (!omit_certificates && push_certificates(cms->data, m->key, m->options, err) != 0))
		goto failed;
	der_sort(cms->data->certificates);
	return cms;
failed:
	ASN1_OCTET_STRING_free(octets);
	DER_CMS_free(cms);
	no_memory(err);
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
		return no_memory(err);
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
	if (digest_attributes(m, digests, count, signed_digests, err) != 0 ||
	    sign_key_digests(m->key, &m->alg,
		(const unsigned char(*)[DIGEST_SIZE_MAX])signed_digests, count, values, err) != 0)
		goto done;
	for (i = 0; i < count; i++) {
		signer.len = 0;
		if (finish_signer(m, digests[i], SPAN_OF(&values[i]), &signer, err) != 0 ||
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
		if (doc->content.len > limits->output_bytes)
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

/* Decode a whole SignedData; the caller frees it. */
static DER_CMS *
read_cms(const struct buf *der, struct error *err)
{
	DER_CMS *cms = DER_DECODE(DER_CMS, SPAN_OF(der));

	if (cms == NULL || !der_oid_is(cms->type, OID_SIGNED_DATA)) {
		error_set(err, ERROR_MALFORMED, "the signature is not a CMS SignedData");
		DER_CMS_free(cms);
		return NULL;
	}
	return cms;
}

static int
replace_with(struct buf *der, DER_CMS *cms, struct error *err)
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
	unsigned char digest[1][DIGEST_SIZE_MAX], to_sign[1][DIGEST_SIZE_MAX];
	struct buf value = BUF_INIT(0), signer = BUF_INIT(0);
	struct document content;
	struct maker m = { 0 };
	char type[128];
	DER_CMS *cms = read_cms(der, err);
	int rc = -1;

	if (cms == NULL || signed_document(cms->data, doc, &content, err) != 0 ||
	    maker_init(&m, der_oid(cms->data->content->type, type, sizeof(type)), profile, key,
		options, err) != 0 ||
	    document_digest(&content, m.alg.digest, digest[0], err) != 0 ||
	    digest_attributes(
		&m, (const unsigned char(*)[DIGEST_SIZE_MAX])digest, 1, to_sign, err) != 0 ||
	    sign_key_digests(key, &m.alg, (const unsigned char(*)[DIGEST_SIZE_MAX])to_sign, 1,
		&value, err) != 0 ||
	    finish_signer(&m, digest[0], SPAN_OF(&value), &signer, err) != 0)
		goto done;
	if (push_digest_algor(cms->data, m.alg.digest, err) != 0 ||
	    push_certificates(cms->data, key, options, err) != 0)
		goto done;
	if (set_version(cms->data) != 0 || der_push(cms->data->signers, SPAN_OF(&signer)) != 0) {
		no_memory(err);
		goto done;
	}
	rc = replace_with(der, cms, err);
done:
	buf_release(&value);
	buf_release(&signer);
	maker_release(&m);
	DER_CMS_free(cms);
	return rc;
}

int
cms_add_timestamp(
    struct buf *der, size_t index, const struct timestamp_source *source, struct error *err)
{
	struct buf encoded = BUF_INIT(0);
	DER_SIGNER_INFO *signer = NULL;
	ASN1_TYPE *raw;
	DER_CMS *cms = read_cms(der, err);
	int rc = -1;

	if (cms == NULL)
		goto done;
	if (index >= (size_t)sk_ASN1_TYPE_num(cms->data->signers) ||
	    (signer = DER_DECODE(DER_SIGNER_INFO,
		 der_raw_span(sk_ASN1_TYPE_value(cms->data->signers, (int)index)))) == NULL) {
		error_set(
		    err, ERROR_NOT_FOUND, "the message has no signature number %zu", index + 1);
		goto done;
	}
	if (add_token(signer, source, err) != 0 ||
	    OSSL_APPEND_DER(DER_SIGNER_INFO, signer, &encoded, err) != 0)
		goto done;
	raw = der_raw(SPAN_OF(&encoded));
	if (raw == NULL) {
		no_memory(err);
		goto done;
	}
	ASN1_TYPE_free(sk_ASN1_TYPE_value(cms->data->signers, (int)index));
	sk_ASN1_TYPE_set(cms->data->signers, (int)index, raw);
	rc = replace_with(der, cms, err);
done:
	buf_release(&encoded);
	DER_SIGNER_INFO_free(signer);
	DER_CMS_free(cms);
	return rc;
}

static size_t
text_size(const char *text)
{
	return text != NULL ? strlen(text) + 16 : 0;
}

size_t
cms_size_bound(const struct sign_key *key, const struct sign_options *options)
{
	/* Headers, algorithms (PSS parameters are the longest), fixed attributes. */
	size_t size = 1536, i;
	int bits = EVP_PKEY_get_size(key->pkey), cert = i2d_X509(key->cert, NULL), n;

	size += bits > 0 ? (size_t)bits : 2048;
	size += cert > 0 ? (size_t)cert : 0;
	/* The issuer's name stands in the signer's identifier and in signing-certificate-v2. */
	n = i2d_X509_NAME(X509_get_issuer_name(key->cert), NULL);
	size += n > 0 ? 2 * (size_t)n : 0;
	for (n = 0; options->include_chain && n < sk_X509_num(key->chain); n++) {
		cert = i2d_X509(sk_X509_value(key->chain, n), NULL);
		size += cert > 0 ? (size_t)cert : 0;
	}
	for (i = 0; i < options->claimed_role_count; i++)
		size += text_size(options->claimed_roles[i]);
	for (i = 0; i < options->commitment_type_count; i++)
		size += text_size(options->commitment_types[i]);
	size += text_size(options->city) + text_size(options->state) +
		text_size(options->postal_code) + text_size(options->country) +
		text_size(options->policy_oid) + text_size(options->policy_uri);
	if (options->level == LEVEL_T)
		size += CMS_TIMESTAMP_ROOM;
	return size;
}
