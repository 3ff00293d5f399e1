#include "signing/format/cms/message.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

#include "signing/core/certs.h"
#include "signing/core/ossl.h"
#include "signing/format/cms/count.h"
#include "signing/format/cms/oids.h"

static const struct format_limits default_limits = FORMAT_LIMITS_DEFAULT;

/* What else a ContentInfo may hold, for a message that helps. */
static const struct {
	const char *oid, *text;
} other_types[] = {
	{ OID_DATA, "the CMS message holds plain data; it is not signed" },
	{ "1.2.840.113549.1.7.3",
	    "the CMS message is encrypted (EnvelopedData), not signed; decrypt it first" },
	{ "1.2.840.113549.1.7.4",
	    "the CMS message is of the obsolete type SignedAndEnvelopedData" },
	{ "1.2.840.113549.1.7.5", "the CMS message is only digested (DigestedData), not signed" },
	{ "1.2.840.113549.1.7.6", "the CMS message is encrypted (EncryptedData), not signed" },
	{ "1.2.840.113549.1.9.16.1.2",
	    "the CMS message is authenticated by a MAC (AuthenticatedData), not signed" },
	{ "1.2.840.113549.1.9.16.1.9",
	    "the CMS message is compressed (CompressedData), not signed; unpack it first" },
	{ "1.2.840.113549.1.9.16.1.23",
	    "the CMS message is encrypted (AuthEnvelopedData), not signed; decrypt it first" },
};

static int
other_type(const ASN1_OBJECT *type, struct error *err)
{
	char oid[128];
	size_t i;

	der_oid(type, oid, sizeof(oid));
	for (i = 0; i < sizeof(other_types) / sizeof(other_types[0]); i++)
		if (strcmp(oid, other_types[i].oid) == 0)
			return error_set(err, ERROR_UNSUPPORTED, "%s", other_types[i].text);
	return error_set(
	    err, ERROR_UNSUPPORTED, "the CMS message is of the type %s, not signed data", oid);
}

/* PEM may stand behind other text (RFC 7468 section 2); BER begins with a SEQUENCE. */
static int
is_pem(struct span der)
{
	static const char begin[] = "-----BEGIN ";

	return der.len > 0 && der.data[0] != (V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED) &&
	       memmem(der.data, der.len, begin, sizeof(begin) - 1) != NULL;
}

int
cms_decode_pem(struct span pem, struct buf *der, struct error *err)
{
	BIO *in = pem.len <= INT_MAX ? BIO_new_mem_buf(pem.data, (int)pem.len) : NULL;
	char *name = NULL, *header = NULL;
	unsigned char *data = NULL;
	long len = 0;
	int rc = -1;

	if (in == NULL || PEM_read_bio(in, &name, &header, &data, &len) != 1 ||
	    (strcmp(name, PEM_STRING_CMS) != 0 && strcmp(name, PEM_STRING_PKCS7) != 0 &&
		strcmp(name, PEM_STRING_PKCS7_SIGNED) != 0)) {
		error_openssl_kind(
		    err, ERROR_MALFORMED, "the PEM text does not hold a CMS or PKCS7 message");
		goto done;
	}
	rc = buf_append(der, data, (size_t)len, err);
done:
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_free(data);
	BIO_free(in);
	return rc;
}

int
cms_binary(struct buf *out, struct span message, struct error *err)
{
	return is_pem(message) ? cms_decode_pem(message, out, err)
			       : buf_append_span(out, message, err);
}

static int
all_zero(const unsigned char *p, const unsigned char *end)
{
	while (p < end)
		if (*p++ != 0)
			return 0;
	return 1;
}

static int
open_data(struct cms_message *m, struct span der, int allow_zero_padding, struct error *err)
{
	const unsigned char *p = der.data, *end;
	DER_CONTENT *info;
	int rc = -1;

	info = der.len > 0 && der.len <= LONG_MAX ? d2i_DER_CONTENT(NULL, &p, (long)der.len) : NULL;
	if (info == NULL) {
		error_openssl_kind(
		    err, ERROR_MALFORMED, "the signature is not a CMS message: it does not decode");
		goto done;
	}
	end = der.data + der.len;
	if (p != end && !(allow_zero_padding && all_zero(p, end))) {
		error_set(err, ERROR_MALFORMED,
		    "%zu bytes follow behind the end of the CMS message", (size_t)(end - p));
		goto done;
	}
	if (!der_oid_is(info->type, OID_SIGNED_DATA)) {
		other_type(info->type, err);
		goto done;
	}
	m->data = DER_DECODE(DER_SIGNED_DATA, der_raw_span(info->content));
	if (m->data == NULL)
		error_set(err, ERROR_MALFORMED, "the CMS SignedData does not decode");
	else
		rc = 0;
done:
	DER_CONTENT_free(info);
	return rc;
}

/* RFC 5652 section 5.4: the octets of the OCTET STRING; section 5.2.1 for the older PKCS#7, whose
 * content may be any type: its octets without tag and length. */
static int
open_content(struct cms_message *m, struct error *err)
{
	const ASN1_TYPE *content = m->data->content->content;
	struct span raw = der_raw_span(content);
	const unsigned char *p = raw.data;
	long len;
	int tag, class;

	der_oid(m->data->content->type, m->type, sizeof(m->type));
	if (content == NULL)
		return 0;
	m->has_content = 1;
	if (content->type == V_ASN1_OCTET_STRING) {
		m->content.data = ASN1_STRING_get0_data(content->value.octet_string);
		m->content.len = (size_t)ASN1_STRING_length(content->value.octet_string);
		return 0;
	}
	if (raw.data == NULL ||
	    ASN1_get_object(&p, &len, &tag, &class, (long)raw.len) != V_ASN1_CONSTRUCTED ||
	    (size_t)(p - raw.data) + (size_t)len != raw.len) {
		ERR_clear_error();
		return error_set(err, ERROR_UNSUPPORTED,
		    "the content of the signature is neither an octet string nor DER");
	}
	m->content = (struct span){ p, (size_t)len };
	return 0;
}

/* Add a certificate unless it is there already; one that does not decode is of no use and left. */
static int
add_certificate(struct cms_message *m, struct span der, struct error *err)
{
	X509 *cert;
	int i;

	if (der.data == NULL || der.data[0] != (V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED))
		return 0;
	if ((unsigned int)sk_X509_num(m->certificates) >= m->limits->certificates)
		return error_limit(err, ERROR_LIMIT, "certificates", m->limits->certificates, 0,
		    "too many certificates in the signature");
	cert = cert_decode(der);
	if (cert == NULL)
		return 0;
	for (i = 0; i < sk_X509_num(m->certificates); i++)
		if (X509_cmp(sk_X509_value(m->certificates, i), cert) == 0) {
			X509_free(cert);
			return 0;
		}
	if (sk_X509_push(m->certificates, cert) <= 0) {
		X509_free(cert);
		return error_memory(err);
	}
	return 0;
}

static int
open_certificates(struct cms_message *m, struct error *err)
{
	int i;

	m->certificates = sk_X509_new_null();
	if (m->certificates == NULL)
		return error_memory(err);
	for (i = 0; i < sk_ASN1_TYPE_num(m->data->certificates); i++)
		if (add_certificate(
			m, der_raw_span(sk_ASN1_TYPE_value(m->data->certificates, i)), err) != 0)
			return -1;
	return 0;
}

int
cms_message_open(struct cms_message *m, struct span der, const struct cms_read_options *options,
    struct error *err)
{
	m->limits = options != NULL && options->limits != NULL ? options->limits : &default_limits;
	if (is_pem(der)) {
		if (cms_decode_pem(der, &m->der, err) != 0)
			return -1;
		der = SPAN_OF(&m->der);
	}
	m->size = der.len;
	if (cms_count(der, m->limits, err) != 0 ||
	    open_data(m, der, options != NULL && options->allow_zero_padding, err) != 0 ||
	    open_content(m, err) != 0)
		return -1;
	return open_certificates(m, err);
}

void
cms_message_release(struct cms_message *m)
{
	buf_release(&m->der);
	DER_SIGNED_DATA_free(m->data);
	sk_X509_pop_free(m->certificates, X509_free);
}

DER_SIGNER_INFO *
cms_message_signer(const struct cms_message *m, int n)
{
	return DER_DECODE(DER_SIGNER_INFO, der_raw_span(sk_ASN1_TYPE_value(m->data->signers, n)));
}

/*
 * A DigestAlgorithmIdentifier names a digest (RFC 5652 section 10.1.1). Old signers put a signature
 * algorithm there, and some verifiers take its digest; but then what the signer meant is a guess.
 */
enum digest
cms_digest_of(const X509_ALGOR *algor)
{
	const ASN1_OBJECT *oid;
	const void *value;
	int64_t bits = 0;
	int type;

	X509_ALGOR_get0(&oid, &type, &value, algor);
	/* RFC 8419: SHAKE256 by the identifier that tells its output's length, of 512 bits. */
	if (der_oid_is(oid, OID_SHAKE256_LEN))
		return type == V_ASN1_INTEGER &&
			       ASN1_INTEGER_get_int64(&bits, (const ASN1_INTEGER *)value) == 1 &&
			       bits == 512
			   ? DIGEST_SHAKE256
			   : DIGEST_NONE;
	return OBJ_obj2nid(oid) != NID_undef ? digest_by_nid(OBJ_obj2nid(oid)) : DIGEST_NONE;
}

int
cms_each_attribute(const STACK_OF(ASN1_TYPE) * attributes, cms_attribute_visit *visit, void *arg)
{
	char oid[128];
	int i, bad = 0;

	for (i = 0; i < sk_ASN1_TYPE_num(attributes); i++) {
		struct span raw = der_raw_span(sk_ASN1_TYPE_value(attributes, i));
		DER_ATTRIBUTE *attribute = DER_DECODE(DER_ATTRIBUTE, raw);

		if (attribute == NULL) {
			bad++;
			continue;
		}
		visit(arg, der_oid(attribute->type, oid, sizeof(oid)), attribute, raw);
		DER_ATTRIBUTE_free(attribute);
	}
	return bad;
}
