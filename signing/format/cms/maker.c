#include "signing/format/cms/maker.h"

#include <string.h>

#include "signing/core/ossl.h"
#include "signing/format/cms/attributes.h"
#include "signing/format/cms/ber.h"
#include "signing/format/cms/der_out.h"
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

/* Find where the members begin and where the message digest stands in the SET that is signed. */
static int
locate_digest(struct maker *m, struct error *err)
{
	struct buf type = BUF_INIT(0);
	struct der_out oid = DER_OUT(&type, err);
	const unsigned char *p = m->attributes.data, *end = p + m->attributes.len;
	size_t size = digest_size(m->alg.digest);
	long len;
	int tag, class;

	der_put_oid(&oid, OID_MESSAGE_DIGEST);
	ASN1_get_object(&p, &len, &tag, &class, end - p);
	m->attributes_at = (size_t)(p - m->attributes.data);
	while (m->digest_at == 0 && !oid.failed && p < end) {
		if (ASN1_get_object(&p, &len, &tag, &class, end - p) & 0x80)
			break;
		if ((size_t)len >= type.len + size && memcmp(p, type.data, type.len) == 0)
			m->digest_at = (size_t)(p + len - m->attributes.data) - size;
		p += len;
	}
	buf_release(&type);
	return m->digest_at != 0 ? 0 : maker_no_memory(err);
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
maker_put_digest_algor(struct der_out *out, enum digest digest)
{
	struct buf oid = BUF_INIT(0);
	struct der_out type = DER_OUT(&oid, out->err);

	DER_PUT_STRUCT(ASN1_OBJECT, OBJ_nid2obj(digest_nid(digest)), &type);
	out->failed |= type.failed;
	der_put_value(out, DER_SEQUENCE, SPAN_OF(&oid));
	buf_release(&oid);
}

/* Version 1, issuerAndSerialNumber, digestAlgorithm. */
static int
put_signer(struct maker *m, struct error *err)
{
	static const unsigned char one = 1;
	struct buf id = BUF_INIT(0);
	struct der_out parts = DER_OUT(&id, err), out = DER_OUT(&m->signer, err);

	DER_PUT_STRUCT(X509_NAME, X509_get_issuer_name(m->key->cert), &parts);
	DER_PUT_STRUCT(ASN1_INTEGER, X509_get0_serialNumber(m->key->cert), &parts);
	der_put_value(&out, DER_INTEGER, (struct span){ &one, 1 });
	der_put_value(&out, DER_SEQUENCE, SPAN_OF(&id));
	maker_put_digest_algor(&out, m->alg.digest);
	buf_release(&id);
	return parts.failed || out.failed ? -1 : 0;
}

static int
put_algorithm(struct maker *m, struct error *err)
{
	X509_ALGOR *algor = X509_ALGOR_new();
	int rc = algor != NULL ? 0 : maker_no_memory(err);

	if (rc == 0)
		rc = sig_alg_to_x509(&m->alg, algor, err);
	if (rc == 0)
		rc = OSSL_APPEND_DER(X509_ALGOR, algor, &m->algorithm, err);
	X509_ALGOR_free(algor);
	return rc;
}

void
maker_release(struct maker *m)
{
	buf_release(&m->signer);
	buf_release(&m->attributes);
	buf_release(&m->algorithm);
}

int
maker_init(struct maker *m, const char *content_type, enum cms_profile profile,
    const struct sign_key *key, const struct sign_options *options, struct error *err)
{
	memset(m, 0, sizeof(*m));
	m->key = key;
	m->options = options;
	m->content_type = content_type;
	m->profile = profile;
	if (choose_alg(key, options, &m->alg, err) != 0)
		return -1;
	if (options->level == LEVEL_T && options->timestamp == NULL)
		return error_set(err, ERROR_MALFORMED,
		    "a signature of level T needs a time-stamp authority; name one");
	if (put_signer(m, err) == 0 && put_algorithm(m, err) == 0 &&
	    cms_signed_attributes(
		&m->attributes, content_type, profile, &m->alg, key, options, err) == 0 &&
	    locate_digest(m, err) == 0)
		return 0;
	maker_release(m);
	return -1;
}

int
maker_timestamp(
    struct span value, const struct timestamp_source *source, struct buf *token, struct error *err)
{
	enum digest digest = source->digest != DIGEST_NONE ? source->digest : DIGEST_SHA256;
	unsigned char imprint[DIGEST_SIZE_MAX];

	return digest_span(digest, value, imprint, err) == 0
		   ? source->get(source->ctx, digest, imprint, token, err)
		   : -1;
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

int
maker_value(struct maker *m, const unsigned char *digest, const struct span *octets,
    struct buf *value, struct error *err)
{
	unsigned char one[1][DIGEST_SIZE_MAX], to_sign[1][DIGEST_SIZE_MAX];

	if (m->key->sign_cms != NULL) {
		const struct cms_subject subject = { m->content_type, m->profile,
			octets != NULL ? *octets : SPAN_NONE };

		if (octets == NULL)
			return error_set(err, ERROR_UNSUPPORTED,
			    "what is signed must be at hand, not its digest alone");
		return m->key->sign_cms(m->key, &subject, value, err);
	}
	memcpy(one[0], digest, digest_size(m->alg.digest));
	if (maker_digest(m, (const unsigned char(*)[DIGEST_SIZE_MAX])one, 1, to_sign, err) != 0)
		return -1;
	return sign_key_digests(
	    m->key, &m->alg, (const unsigned char(*)[DIGEST_SIZE_MAX])to_sign, 1, value, err);
}

int
cms_value(struct buf *value, const struct cms_subject *subject, const struct sign_key *key,
    const struct sign_options *options, struct error *err)
{
	unsigned char digest[DIGEST_SIZE_MAX];
	struct maker m = { 0 };
	int rc = -1;

	if (maker_init(&m, subject->content_type, subject->profile, key, options, err) != 0)
		return -1;
	if (digest_span(m.alg.digest, subject->octets, digest, err) == 0)
		rc = maker_value(&m, digest, &subject->octets, value, err);
	maker_release(&m);
	return rc;
}

struct span
maker_attributes(struct maker *m, const unsigned char *digest)
{
	memcpy(m->attributes.data + m->digest_at, digest, digest_size(m->alg.digest));
	return SPAN_OF(&m->attributes);
}

/* The signature-time-stamp over a value, as an Attribute. */
static int
put_timestamp(struct maker *m, struct span value, struct buf *attribute, struct error *err)
{
	struct buf token = BUF_INIT(0);
	struct der_out out = DER_OUT(attribute, err);
	int rc = maker_timestamp(value, m->options->timestamp, &token, err);

	if (rc == 0)
		der_put_attribute(&out, OID_SIGNATURE_TIMESTAMP, SPAN_OF(&token));
	buf_release(&token);
	return rc == 0 && !out.failed ? 0 : -1;
}

/* Append the SignerInfo for one document to der. */
int
maker_finish(struct maker *m, const unsigned char *digest, struct span value, struct buf *der,
    struct error *err)
{
	struct span attributes = { m->attributes.data + m->attributes_at,
		m->attributes.len - m->attributes_at };
	struct buf timestamp = BUF_INIT(0);
	struct der_out out = DER_OUT(der, err);
	int rc = 0;

	memcpy(m->attributes.data + m->digest_at, digest, digest_size(m->alg.digest));
	if (m->options->level == LEVEL_T)
		rc = put_timestamp(m, value, &timestamp, err);
	if (rc == 0) {
		der_put_head(&out, DER_SEQUENCE,
		    m->signer.len + der_size(attributes.len) + m->algorithm.len +
			der_size(value.len) + (timestamp.len > 0 ? der_size(timestamp.len) : 0));
		der_put_raw(&out, SPAN_OF(&m->signer));
		der_put_value(&out, DER_CONTEXT + 0, attributes);
		der_put_raw(&out, SPAN_OF(&m->algorithm));
		der_put_value(&out, DER_OCTETS, value);
		if (timestamp.len > 0)
			der_put_value(&out, DER_CONTEXT + 1, SPAN_OF(&timestamp));
	}
	buf_release(&timestamp);
	return rc == 0 && !out.failed ? 0 : -1;
}

void
maker_put_certificates(
    struct der_out *out, const struct sign_key *key, const struct sign_options *options)
{
	int n = options->include_chain ? sk_X509_num(key->chain) : 0, i, k;

	DER_PUT_STRUCT(X509, key->cert, out);
	for (i = 0; i < n; i++) {
		const X509 *cert = sk_X509_value(key->chain, i);

		/* Each once. */
		for (k = 0; k < i && X509_cmp(cert, sk_X509_value(key->chain, k)) != 0;)
			k++;
		if (k == i && X509_cmp(cert, key->cert) != 0)
			DER_PUT_STRUCT(X509, cert, out);
	}
	if (n > 0 && !out->failed && ber_sort(out->buf, out->err) != 0)
		out->failed = 1;
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
