#include "signing/format/cms/maker.h"

#include <string.h>

#include "signing/core/ossl.h"
#include "signing/format/cms/attributes.h"
#include "signing/format/cms/ber.h"
#include "signing/format/cms/oids.h"

int
maker_no_memory(struct error *err)
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
		return maker_no_memory(err);
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

void
maker_release(struct maker *m)
{
	DER_SIGNER_INFO_free(m->signer);
	buf_release(&m->attributes);
}

int
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
		maker_no_memory(err);
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
int
maker_timestamp(DER_SIGNER_INFO *signer, const struct timestamp_source *source, struct error *err)
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
		maker_no_memory(err);
	else
		rc = cms_push_attribute(
		    signer->unsigned_attributes, OID_SIGNATURE_TIMESTAMP, SPAN_OF(&token), err);
done:
	buf_release(&token);
	return rc;
}

/* The digests of the signed attributes of each document. */
int
maker_digest(struct maker *m, const unsigned char (*digests)[DIGEST_SIZE_MAX], size_t count,
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
int
maker_finish(struct maker *m, const unsigned char *digest, struct span value, struct buf *der,
    struct error *err)
{
	memcpy(m->digest_stored, digest, digest_size(m->alg.digest));
	if (ASN1_OCTET_STRING_set(m->signer->signature, value.data, (int)value.len) != 1)
		return maker_no_memory(err);
	if (m->options->level == LEVEL_T) {
		sk_ASN1_TYPE_pop_free(m->signer->unsigned_attributes, ASN1_TYPE_free);
		m->signer->unsigned_attributes = NULL;
		if (maker_timestamp(m->signer, m->options->timestamp, err) != 0)
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
	rc = der_push(list, SPAN_OF(&der)) == 0 ? 0 : maker_no_memory(err);
done:
	buf_release(&der);
	return rc;
}

/* The signer's certificate and, when asked for, its issuers, each once. */
int
maker_certificates(DER_SIGNED_DATA *data, const struct sign_key *key,
    const struct sign_options *options, struct error *err)
{
	int i;

	if (data->certificates == NULL && (data->certificates = sk_ASN1_TYPE_new_null()) == NULL)
		return maker_no_memory(err);
	if (push_certificate(data->certificates, key->cert, err) != 0)
		return -1;
	for (i = 0; options->include_chain && i < sk_X509_num(key->chain); i++)
		if (push_certificate(data->certificates, sk_X509_value(key->chain, i), err) != 0)
			return -1;
	return 0;
}

int
maker_digest_algor(DER_SIGNED_DATA *data, enum digest digest, struct error *err)
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
		return maker_no_memory(err);
	}
	return 0;
}

/* RFC 5652 section 5.1, for what is made here: version 1 signers, X.509 certificates. */
int
maker_version(DER_SIGNED_DATA *data)
{
	long want = der_oid_is(data->content->type, OID_DATA) ? 1 : 3;

	return ASN1_INTEGER_get(data->version) >= want || ASN1_INTEGER_set(data->version, want) == 1
		   ? 0
		   : -1;
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
