#include "signing/format/cms/claims.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signing/core/ossl.h"
#include "signing/format/cms/ber.h"
#include "signing/format/cms/der_out.h"
#include "signing/format/cms/message.h"
#include "signing/format/cms/oids.h"

#define TEXT_LIMIT ((size_t)4096)

struct reading {
	struct claims *claims;
	struct signature *sig;
	struct error *err;
	int rc;
	unsigned int seen; /* bits of rows that were met */
};

static void
broken(struct reading *r, const char *what)
{
	signature_fail(r->sig, SUB_FORMAT_FAILURE, "%s", what);
}

static struct span
string_span(const ASN1_TYPE *value)
{
	const ASN1_STRING *s = value->value.asn1_string;

	return (struct span){ ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s) };
}

static void
read_content_type(struct reading *r, const ASN1_TYPE *value)
{
	if (value->type != V_ASN1_OBJECT) {
		broken(r, "the content-type attribute is not an object identifier");
		return;
	}
	der_oid(value->value.object, r->claims->content_type, sizeof(r->claims->content_type));
	r->claims->has_content_type = 1;
}

static void
read_digest(struct reading *r, const ASN1_TYPE *value)
{
	if (value->type != V_ASN1_OCTET_STRING || string_span(value).len == 0) {
		broken(r, "the message-digest attribute holds no digest");
		return;
	}
	if (buf_append_span(&r->claims->digest, string_span(value), r->err) != 0)
		r->rc = -1;
	r->claims->has_digest = 1;
}

static void
read_time(struct reading *r, const ASN1_TYPE *value)
{
	int ok = 0;

	if (value->type == V_ASN1_UTCTIME || value->type == V_ASN1_GENERALIZEDTIME)
		r->sig->claimed_time = asn1_time_seconds(value->value.asn1_string, &ok);
	if (!ok) {
		broken(r, "the signing-time attribute is not a time");
		r->sig->claimed_time = 0;
	}
	r->sig->has_claimed_time = ok;
}

/* The first ESSCertID names the signer's certificate (RFC 5035 section 3). */
static DER_ESS_CERT_ID *
first_ess_id(struct reading *r, const ASN1_TYPE *value)
{
	DER_ESS_CERTS *certs = DER_DECODE(DER_ESS_CERTS, der_raw_span(value));
	DER_ESS_CERT_ID *id = NULL;

	if (certs != NULL && sk_ASN1_TYPE_num(certs->ids) > 0)
		id = DER_DECODE(DER_ESS_CERT_ID, der_raw_span(sk_ASN1_TYPE_value(certs->ids, 0)));
	if (id == NULL)
		r->claims->ess_malformed = 1;
	DER_ESS_CERTS_free(certs);
	return id;
}

static void
read_ess_v1(struct reading *r, const ASN1_TYPE *value)
{
	r->claims->ess_v1 = first_ess_id(r, value);
}

static void
read_ess_v2(struct reading *r, const ASN1_TYPE *value)
{
	r->claims->ess_v2 = first_ess_id(r, value);
}

static void
read_policy(struct reading *r, const ASN1_TYPE *value)
{
	DER_POLICY *policy;
	char oid[128];

	if (value->type == V_ASN1_NULL) { /* SignaturePolicyImplied */
		r->sig->policy = strdup("implied");
		return;
	}
	policy = DER_DECODE(DER_POLICY, der_raw_span(value));
	if (policy == NULL) {
		broken(r, "the signature-policy-identifier attribute does not decode");
		return;
	}
	r->sig->policy = strdup(der_oid(policy->id, oid, sizeof(oid)));
	if (r->sig->policy == NULL)
		r->rc = error_memory(r->err);
	DER_POLICY_free(policy);
}

/* Append a text behind a separator, in UTF-8 and without control characters; nothing for a value
 * that is no string. */
static int
add_text(struct buf *out, const ASN1_TYPE *value, const char *separator, struct error *err)
{
	unsigned char *text = NULL;
	int len = -1, i;

	if (value == NULL)
		return 0;
	if (value->type == V_ASN1_UTF8STRING || value->type == V_ASN1_PRINTABLESTRING ||
	    value->type == V_ASN1_T61STRING || value->type == V_ASN1_IA5STRING ||
	    value->type == V_ASN1_BMPSTRING || value->type == V_ASN1_UNIVERSALSTRING)
		len = ASN1_STRING_to_UTF8(&text, value->value.asn1_string);
	if (len < 0) {
		ERR_clear_error();
		return 0;
	}
	for (i = 0; i < len; i++)
		if (text[i] < 0x20 || text[i] == 0x7f)
			text[i] = ' ';
	if (len > 0 && out->len + (size_t)len < TEXT_LIMIT) {
		if ((out->len > 0 && buf_append_str(out, separator, err) != 0) ||
		    buf_append(out, text, (size_t)len, err) != 0)
			len = -1;
	}
	OPENSSL_free(text);
	return len < 0 ? -1 : 0;
}

static char *
take_text(struct buf *out, struct reading *r)
{
	char *text = NULL;

	if (out->len > 0) {
		text = strndup((const char *)out->data, out->len);
		if (text == NULL)
			r->rc = error_memory(r->err);
	}
	buf_release(out);
	return text;
}

static void
read_location(struct reading *r, const ASN1_TYPE *value)
{
	DER_LOCATION *place = DER_DECODE(DER_LOCATION, der_raw_span(value));
	struct buf text = BUF_INIT(0);
	int i, rc;

	if (place == NULL)
		return;
	rc = add_text(&text, place->locality, ", ", r->err);
	for (i = 0; rc == 0 && i < sk_ASN1_TYPE_num(place->address); i++)
		rc = add_text(&text, sk_ASN1_TYPE_value(place->address, i), ", ", r->err);
	if (rc != 0 || add_text(&text, place->country, ", ", r->err) != 0)
		r->rc = -1;
	DER_LOCATION_free(place);
	r->sig->location = take_text(&text, r);
}

/* SignerAttributeV2, and SignerAttribute (v1), whose claimed attributes are encoded alike. */
static void
read_roles(struct reading *r, const ASN1_TYPE *value)
{
	DER_SIGNER_ATTRIBUTES *attributes = DER_DECODE(DER_SIGNER_ATTRIBUTES, der_raw_span(value));
	struct buf text = BUF_INIT(0);
	int i, j;

	if (attributes == NULL || r->sig->roles != NULL)
		goto done;
	for (i = 0; i < sk_ASN1_TYPE_num(attributes->claimed); i++) {
		DER_ATTRIBUTE *a = DER_DECODE(
		    DER_ATTRIBUTE, der_raw_span(sk_ASN1_TYPE_value(attributes->claimed, i)));

		for (j = 0; a != NULL && j < sk_ASN1_TYPE_num(a->values); j++)
			if (add_text(&text, sk_ASN1_TYPE_value(a->values, j), "\n", r->err) != 0)
				r->rc = -1;
		DER_ATTRIBUTE_free(a);
	}
	r->sig->roles = take_text(&text, r);
done:
	DER_SIGNER_ATTRIBUTES_free(attributes);
}

/* CommitmentTypeIndication; what qualifies it is not read. */
static void
read_commitment(struct reading *r, const ASN1_TYPE *value)
{
	DER_COMMITMENT *said = DER_DECODE(DER_COMMITMENT, der_raw_span(value));
	struct commitment *c;
	char oid[128];

	if (signature_add_commitment(r->sig, &c, r->err) != 0)
		r->rc = -1;
	if (c != NULL) {
		c->of_all = said != NULL;
		c->type =
		    strdup(said != NULL ? der_oid(said->type, oid, sizeof(oid)) : "unreadable");
		if (c->type == NULL)
			r->rc = error_memory(r->err);
		if (said == NULL)
			snprintf(c->problem, sizeof(c->problem),
			    "a commitment-type-indication attribute does not decode");
	}
	DER_COMMITMENT_free(said);
}

static void
read_mime_type(struct reading *r, const ASN1_TYPE *value)
{
	struct buf text = BUF_INIT(0);
	struct data_format *f;

	if (signature_add_format(r->sig, &f, r->err) != 0 ||
	    add_text(&text, value, "", r->err) != 0)
		r->rc = -1;
	if (f != NULL)
		f->mime_type = take_text(&text, r);
	buf_release(&text);
}

static void
read_protection(struct reading *r, const ASN1_TYPE *value)
{
	r->claims->protection = DER_DECODE(DER_ALG_PROTECTION, der_raw_span(value));
	if (r->claims->protection == NULL)
		broken(r, "the CMS algorithm protection attribute does not decode");
}

/* Attributes that are read, each but for the last two with one value in one instance. */
static const struct {
	const char *oid, *name;
	void (*read)(struct reading *r, const ASN1_TYPE *value);
	int is_many;
} rows[] = {
	{ OID_CONTENT_TYPE, "content-type", read_content_type, 0 },
	{ OID_MESSAGE_DIGEST, "message-digest", read_digest, 0 },
	{ OID_SIGNING_TIME, "signing-time", read_time, 0 },
	{ OID_SIGNING_CERT, "signing-certificate", read_ess_v1, 0 },
	{ OID_SIGNING_CERT_V2, "signing-certificate-v2", read_ess_v2, 0 },
	{ OID_POLICY, "signature-policy-identifier", read_policy, 0 },
	{ OID_LOCATION, "signer-location", read_location, 0 },
	{ OID_SIGNER_ATTR, "signer-attributes", read_roles, 0 },
	{ OID_SIGNER_ATTR_V2, "signer-attributes-v2", read_roles, 0 },
	{ OID_ALGORITHM_PROTECTION, "CMS algorithm protection", read_protection, 0 },
	{ OID_COMMITMENT, "commitment-type-indication", read_commitment, 1 },
	{ OID_MIME_TYPE, "mime-type", read_mime_type, 1 },
};

static void
visit(void *arg, const char *oid, const DER_ATTRIBUTE *attribute, struct span raw)
{
	struct reading *r = arg;
	size_t i;
	int k;

	(void)raw;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(oid, rows[i].oid) != 0)
			continue;
		for (k = 0; rows[i].is_many && k < sk_ASN1_TYPE_num(attribute->values); k++)
			rows[i].read(r, sk_ASN1_TYPE_value(attribute->values, k));
		if (rows[i].is_many)
			return;
		if ((r->seen & (1u << i)) || sk_ASN1_TYPE_num(attribute->values) != 1) {
			signature_fail(r->sig, SUB_FORMAT_FAILURE,
			    "the %s attribute must stand once, with one value", rows[i].name);
			return;
		}
		r->seen |= 1u << i;
		rows[i].read(r, sk_ASN1_TYPE_value(attribute->values, 0));
	}
}

int
claims_read(
    struct claims *claims, const DER_SIGNER_INFO *signer, struct signature *sig, struct error *err)
{
	struct reading r = { claims, sig, err, 0, 0 };
	struct error inner = ERROR_INIT;
	const unsigned char *p;

	memset(claims, 0, sizeof(*claims));
	if (ber_set_of(signer->signed_attributes, &claims->der, &inner) != 0) {
		if (inner.kind != ERROR_MALFORMED)
			return error_set(err, inner.kind, "%s", inner.text);
		signature_fail(sig, SUB_FORMAT_FAILURE, "the signed attributes do not decode");
		return 0;
	}
	p = claims->der.data;
	claims->attributes = d2i_ASN1_SET_ANY(NULL, &p, (long)claims->der.len);
	if (sk_ASN1_TYPE_num(claims->attributes) <= 0) {
		ERR_clear_error();
		signature_fail(sig, SUB_FORMAT_FAILURE, "the signed attributes are empty");
		return 0;
	}
	if (cms_each_attribute(claims->attributes, visit, &r) != 0)
		signature_fail(sig, SUB_FORMAT_FAILURE, "a signed attribute does not decode");
	return r.rc;
}

int
claims_as_they_stand(struct buf *out, const DER_SIGNER_INFO *signer, struct error *err)
{
	struct der_out o = DER_OUT(out, err);
	const STACK_OF(ASN1_TYPE) *members = signer->signed_attributes;
	size_t len = 0;
	int i;

	for (i = 0; i < sk_ASN1_TYPE_num(members); i++)
		len += der_raw_span(sk_ASN1_TYPE_value(members, i)).len;
	der_put_head(&o, DER_SET, len);
	for (i = 0; i < sk_ASN1_TYPE_num(members); i++)
		der_put_raw(&o, der_raw_span(sk_ASN1_TYPE_value(members, i)));
	return o.failed ? -1 : 0;
}

void
claims_release(struct claims *claims)
{
	buf_release(&claims->der);
	buf_release(&claims->digest);
	sk_ASN1_TYPE_pop_free(claims->attributes, ASN1_TYPE_free);
	DER_ESS_CERT_ID_free(claims->ess_v1);
	DER_ESS_CERT_ID_free(claims->ess_v2);
	DER_ALG_PROTECTION_free(claims->protection);
}

/* IssuerSerial of an ESSCertID: GeneralNames with one directoryName, and the serial number. */
static int
issuer_serial_fits(const ASN1_TYPE *issuer_serial, X509 *cert)
{
	struct span raw = der_raw_span(issuer_serial);
	const unsigned char *p = raw.data;
	STACK_OF(ASN1_TYPE) *parts =
	    p != NULL ? d2i_ASN1_SEQUENCE_ANY(NULL, &p, (long)raw.len) : NULL;
	GENERAL_NAMES *names = NULL;
	const GENERAL_NAME *name;
	const ASN1_TYPE *serial;
	int fits = 0;

	if (sk_ASN1_TYPE_num(parts) < 2)
		goto done;
	names = DER_DECODE(GENERAL_NAMES, der_raw_span(sk_ASN1_TYPE_value(parts, 0)));
	serial = sk_ASN1_TYPE_value(parts, 1);
	name = sk_GENERAL_NAME_num(names) == 1 ? sk_GENERAL_NAME_value(names, 0) : NULL;
	fits = name != NULL && name->type == GEN_DIRNAME &&
	       X509_NAME_cmp(name->d.directoryName, X509_get_issuer_name(cert)) == 0 &&
	       (serial->type == V_ASN1_INTEGER || serial->type == V_ASN1_NEG_INTEGER) &&
	       ASN1_INTEGER_cmp(serial->value.integer, X509_get0_serialNumber(cert)) == 0;
done:
	GENERAL_NAMES_free(names);
	sk_ASN1_TYPE_pop_free(parts, ASN1_TYPE_free);
	ERR_clear_error();
	return fits;
}

static enum cert_ref
compare_one(const DER_ESS_CERT_ID *id, int v1, X509 *cert)
{
	enum digest digest = v1			     ? DIGEST_SHA1
			     : id->algorithm == NULL ? DIGEST_SHA256
						     : cms_digest_of(id->algorithm);
	unsigned char value[DIGEST_SIZE_MAX];
	struct buf der = BUF_INIT(0);
	int ok;

	if (digest == DIGEST_NONE || (v1 && id->algorithm != NULL))
		return CERT_REF_MALFORMED;
	ok = OSSL_APPEND_DER(X509, cert, &der, NULL) == 0 &&
	     digest_span(digest, SPAN_OF(&der), value, NULL) == 0;
	buf_release(&der);
	if (!ok || (size_t)ASN1_STRING_length(id->hash) != digest_size(digest) ||
	    memcmp(ASN1_STRING_get0_data(id->hash), value, digest_size(digest)) != 0)
		return CERT_REF_DIFFERS;
	return id->issuer_serial == NULL || issuer_serial_fits(id->issuer_serial, cert)
		   ? CERT_REF_MATCHES
		   : CERT_REF_DIFFERS;
}

enum cert_ref
claims_compare(const struct claims *claims, X509 *cert)
{
	enum cert_ref ref = CERT_REF_ABSENT;

	if (claims->ess_malformed)
		return CERT_REF_MALFORMED;
	if (claims->ess_v1 != NULL)
		ref = compare_one(claims->ess_v1, 1, cert);
	if (claims->ess_v2 != NULL && (ref == CERT_REF_ABSENT || ref == CERT_REF_MATCHES))
		ref = compare_one(claims->ess_v2, 0, cert);
	return ref;
}
