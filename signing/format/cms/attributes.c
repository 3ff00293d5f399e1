#include "signing/format/cms/attributes.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "server/base/text.h"
#include "signing/core/ossl.h"
#include "signing/format/cms/asn1.h"
#include "signing/format/cms/ber.h"
#include "signing/format/cms/maker.h"
#include "signing/format/cms/oids.h"

struct wish {
	const char *content_type;
	enum cms_profile profile;
	const struct sig_alg *alg;
	const struct sign_key *key;
	const struct sign_options *options;
};

static int
no_memory(struct error *err)
{
	return error_openssl(err, "a signed attribute could not be encoded");
}

static ASN1_OBJECT *
object_of(const char *dotted, const char *what, struct error *err)
{
	ASN1_OBJECT *oid = OBJ_txt2obj(dotted, 1);

	if (oid == NULL)
		error_openssl_kind(err, ERROR_MALFORMED, what);
	return oid;
}

static int
check_text(const char *text, const char *what, struct error *err)
{
	if (strlen(text) > CMS_TEXT_MAX)
		return error_limit(
		    err, ERROR_LIMIT, "signature-text", CMS_TEXT_MAX, strlen(text), what);
	if (!text_is_utf8(text, strlen(text)))
		return error_set(err, ERROR_MALFORMED, "%s is not UTF-8 text", what);
	return 0;
}

/* Push an attribute whose values stand on the stack. */
static int
push_values(
    STACK_OF(ASN1_TYPE) * out, const char *oid, STACK_OF(ASN1_TYPE) * values, struct error *err)
{
	DER_ATTRIBUTE attribute = { OBJ_txt2obj(oid, 1), values };
	struct buf der = BUF_INIT(0);
	int rc = -1;

	if (attribute.type == NULL) {
		no_memory(err);
		goto done;
	}
	if (OSSL_APPEND_DER(DER_ATTRIBUTE, &attribute, &der, err) != 0)
		goto done;
	rc = der_push(out, SPAN_OF(&der)) == 0 ? 0 : no_memory(err);
done:
	buf_release(&der);
	ASN1_OBJECT_free(attribute.type);
	return rc;
}

int
cms_push_attribute(STACK_OF(ASN1_TYPE) * out, const char *oid, struct span value, struct error *err)
{
	STACK_OF(ASN1_TYPE) *values = sk_ASN1_TYPE_new_null();
	int rc = -1;

	if (values == NULL || der_push(values, value) != 0)
		no_memory(err);
	else
		rc = push_values(out, oid, values, err);
	sk_ASN1_TYPE_pop_free(values, ASN1_TYPE_free);
	return rc;
}

/* Push an attribute with the DER of one structure as its only value. */
static int
push_encoded(
    STACK_OF(ASN1_TYPE) * out, const char *oid, ossl_i2d *i2d, const void *value, struct error *err)
{
	struct buf der = BUF_INIT(0);
	int rc = ossl_append_der(i2d, value, &der, err);

	if (rc == 0)
		rc = cms_push_attribute(out, oid, SPAN_OF(&der), err);
	buf_release(&der);
	return rc;
}
#define PUSH_ENCODED(out, oid, type, value, err)                                                   \
	push_encoded((out), (oid), (ossl_i2d *)i2d_##type, (value), (err))

static void
content_type(const struct wish *w, struct der_out *out)
{
	struct buf value = BUF_INIT(0);
	struct der_out oid = DER_OUT(&value, out->err);

	if (w->content_type == NULL)
		return; /* a counter-signature, RFC 5652 section 11.4 */
	der_put_oid(&oid, w->content_type);
	if (oid.failed)
		out->failed = 1;
	der_put_attribute(out, OID_CONTENT_TYPE, SPAN_OF(&value));
	buf_release(&value);
}

static void
message_digest(const struct wish *w, struct der_out *out)
{
	unsigned char value[2 + DIGEST_SIZE_MAX] = { DER_OCTETS };
	size_t size = digest_size(w->alg->digest);

	value[1] = (unsigned char)size;
	der_put_attribute(out, OID_MESSAGE_DIGEST, (struct span){ value, 2 + size });
}

static unsigned char *
two_digits(unsigned char *at, int n)
{
	*at++ = (unsigned char)('0' + n / 10 % 10);
	*at++ = (unsigned char)('0' + n % 10);
	return at;
}

/*
 * RFC 5652 section 11.3: UTCTime up to 2049, GeneralizedTime behind it (and before 1950).
 * EN 319 142-1 clause 6.3: a PDF signature tells its time in the signature dictionary.
 */
static void
signing_time(const struct wish *w, struct der_out *out)
{
	time_t seconds = (time_t)w->options->signing_time;
	unsigned char value[2 + 15], *at = value + 2;
	struct tm tm;
	int is_short;

	if (!w->options->claim_time || w->profile == CMS_PROFILE_PADES || out->failed)
		return;
	if (gmtime_r(&seconds, &tm) == NULL || tm.tm_year < -1900 || tm.tm_year > 9999 - 1900) {
		out->failed = 1;
		error_set(out->err, ERROR_MALFORMED,
		    "the signing time does not lie in the years 0 to 9999");
		return;
	}
	is_short = tm.tm_year >= 50 && tm.tm_year < 150;
	if (!is_short)
		at = two_digits(at, (tm.tm_year + 1900) / 100);
	at = two_digits(at, (tm.tm_year + 1900) % 100);
	at = two_digits(at, tm.tm_mon + 1);
	at = two_digits(at, tm.tm_mday);
	at = two_digits(at, tm.tm_hour);
	at = two_digits(at, tm.tm_min);
	at = two_digits(at, tm.tm_sec);
	*at++ = 'Z';
	value[0] = is_short ? DER_UTC_TIME : DER_TIME;
	value[1] = (unsigned char)(at - value - 2);
	der_put_attribute(out, OID_SIGNING_TIME, (struct span){ value, (size_t)(at - value) });
}

/* The parts of an ESSCertIDv2, each as DER; the algorithm is left out for SHA-256, its default. */
struct cert_id {
	struct buf algorithm, issuer, serial;
	unsigned char hash[DIGEST_SIZE_MAX];
	size_t hash_len;
};

static void
cert_id_make(struct cert_id *id, const struct wish *w, struct der_out *out)
{
	struct buf cert = BUF_INIT(0);
	struct der_out der = DER_OUT(&cert, out->err),
		       algorithm = DER_OUT(&id->algorithm, out->err),
		       issuer = DER_OUT(&id->issuer, out->err),
		       serial = DER_OUT(&id->serial, out->err);

	DER_PUT_STRUCT(X509, w->key->cert, &der);
	if (w->alg->digest != DIGEST_SHA256)
		maker_put_digest_algor(&algorithm, w->alg->digest);
	DER_PUT_STRUCT(X509_NAME, X509_get_issuer_name(w->key->cert), &issuer);
	DER_PUT_STRUCT(ASN1_INTEGER, X509_get0_serialNumber(w->key->cert), &serial);
	id->hash_len = digest_size(w->alg->digest);
	out->failed = der.failed || algorithm.failed || issuer.failed || serial.failed ||
		      digest_span(w->alg->digest, SPAN_OF(&cert), id->hash, out->err) != 0;
	buf_release(&cert);
}

/* SigningCertificateV2 with one certificate and no policies (RFC 5035 section 3). */
static void
cert_id_put(const struct cert_id *id, struct der_out *out)
{
	/* issuer is a GeneralName of form directoryName, [4], in GeneralNames */
	const size_t name = der_size(id->issuer.len);
	const size_t issuer_serial = der_size(name) + id->serial.len;
	const size_t cert_id = id->algorithm.len + der_size(id->hash_len) + der_size(issuer_serial);

	der_put_head(out, DER_SEQUENCE, der_size(der_size(cert_id)));
	der_put_head(out, DER_SEQUENCE, der_size(cert_id));
	der_put_head(out, DER_SEQUENCE, cert_id);
	der_put_raw(out, SPAN_OF(&id->algorithm));
	der_put_value(out, DER_OCTETS, (struct span){ id->hash, id->hash_len });
	der_put_head(out, DER_SEQUENCE, issuer_serial);
	der_put_head(out, DER_SEQUENCE, name);
	der_put_value(out, DER_CONTEXT + 4, SPAN_OF(&id->issuer));
	der_put_raw(out, SPAN_OF(&id->serial));
}

static void
signing_certificate(const struct wish *w, struct der_out *out)
{
	struct cert_id id = { BUF_INIT(0), BUF_INIT(0), BUF_INIT(0), { 0 }, 0 };
	struct buf value = BUF_INIT(0);
	struct der_out der = DER_OUT(&value, out->err);

	if (w->options->plain || out->failed)
		return;
	cert_id_make(&id, w, out);
	cert_id_put(&id, &der);
	out->failed |= der.failed;
	der_put_attribute(out, OID_SIGNING_CERT_V2, SPAN_OF(&value));
	buf_release(&id.algorithm);
	buf_release(&id.issuer);
	buf_release(&id.serial);
	buf_release(&value);
}

static int
commitment_types(const struct wish *w, STACK_OF(ASN1_TYPE) * out, struct error *err)
{
	STACK_OF(ASN1_TYPE) *values = sk_ASN1_TYPE_new_null();
	struct buf der = BUF_INIT(0);
	size_t i;
	int rc = -1;

	for (i = 0; i < w->options->commitment_type_count; i++) {
		DER_COMMITMENT commitment = { object_of(w->options->commitment_types[i],
						  "a commitment type is not an OID", err),
			NULL };

		der.len = 0;
		rc = commitment.type == NULL
			 ? -1
			 : OSSL_APPEND_DER(DER_COMMITMENT, &commitment, &der, err);
		ASN1_OBJECT_free(commitment.type);
		if (rc != 0)
			goto done;
		if (der_push(values, SPAN_OF(&der)) != 0) {
			rc = no_memory(err);
			goto done;
		}
	}
	rc = w->options->commitment_type_count == 0 ? 0
						    : push_values(out, OID_COMMITMENT, values, err);
done:
	buf_release(&der);
	sk_ASN1_TYPE_pop_free(values, ASN1_TYPE_free);
	return rc;
}

/* ClaimedAttributes of SignerAttributeV2: one X.520 title (a claimed function) with all roles. */
static int
claimed_roles(const struct wish *w, STACK_OF(ASN1_TYPE) * out, struct error *err)
{
	DER_SIGNER_ATTRIBUTES attributes = { sk_ASN1_TYPE_new_null(), NULL, NULL };
	STACK_OF(ASN1_TYPE) *values = sk_ASN1_TYPE_new_null();
	size_t i;
	int rc = -1;

	for (i = 0; i < w->options->claimed_role_count; i++) {
		const char *role = w->options->claimed_roles[i];
		ASN1_TYPE *value;

		if (check_text(role, "a claimed role", err) != 0)
			goto done;
		value = der_string(V_ASN1_UTF8STRING, role);
		if (value == NULL || values == NULL || sk_ASN1_TYPE_push(values, value) <= 0) {
			ASN1_TYPE_free(value);
			no_memory(err);
			goto done;
		}
	}
	rc = w->options->claimed_role_count == 0
		 ? 0
		 : push_values(attributes.claimed, OID_TITLE, values, err);
	if (rc == 0 && w->options->claimed_role_count > 0)
		rc = PUSH_ENCODED(out, OID_SIGNER_ATTR_V2, DER_SIGNER_ATTRIBUTES, &attributes, err);
done:
	sk_ASN1_TYPE_pop_free(values, ASN1_TYPE_free);
	sk_ASN1_TYPE_pop_free(attributes.claimed, ASN1_TYPE_free);
	return rc;
}

static int
place_text(ASN1_TYPE **out, const char *text, const char *what, struct error *err)
{
	*out = NULL;
	if (text == NULL)
		return 0;
	if (check_text(text, what, err) != 0)
		return -1;
	*out = der_string(V_ASN1_UTF8STRING, text);
	return *out != NULL ? 0 : no_memory(err);
}

static int
address_line(STACK_OF(ASN1_TYPE) * *lines, const char *text, const char *what, struct error *err)
{
	ASN1_TYPE *line;

	if (text == NULL)
		return 0;
	if (place_text(&line, text, what, err) != 0)
		return -1;
	if (*lines == NULL)
		*lines = sk_ASN1_TYPE_new_null();
	if (*lines == NULL || sk_ASN1_TYPE_push(*lines, line) <= 0) {
		ASN1_TYPE_free(line);
		return no_memory(err);
	}
	return 0;
}

/* A PDF signature tells its place in the signature dictionary too. */
static int
signer_location(const struct wish *w, STACK_OF(ASN1_TYPE) * out, struct error *err)
{
	const struct sign_options *o = w->options;
	DER_LOCATION place = { NULL, NULL, NULL };
	int rc = -1;

	if (w->profile == CMS_PROFILE_PADES ||
	    (o->city == NULL && o->state == NULL && o->postal_code == NULL && o->country == NULL))
		return 0;
	if (place_text(&place.country, o->country, "the country", err) == 0 &&
	    place_text(&place.locality, o->city, "the city", err) == 0 &&
	    address_line(&place.address, o->postal_code, "the postal code", err) == 0 &&
	    address_line(&place.address, o->state, "the state", err) == 0)
		rc = PUSH_ENCODED(out, OID_LOCATION, DER_LOCATION, &place, err);
	ASN1_TYPE_free(place.country);
	ASN1_TYPE_free(place.locality);
	sk_ASN1_TYPE_pop_free(place.address, ASN1_TYPE_free);
	return rc;
}

static int
policy_hash(DER_POLICY *policy, const struct sign_options *o, struct error *err)
{
	if (o->policy_digest == DIGEST_NONE)
		return 0;
	if (o->policy_digest_value.len != digest_size(o->policy_digest))
		return error_set(err, ERROR_MALFORMED,
		    "the signature policy's digest is %zu bytes, but %s has %zu",
		    o->policy_digest_value.len, digest_name(o->policy_digest),
		    digest_size(o->policy_digest));
	policy->hash = DER_POLICY_HASH_new();
	if (policy->hash == NULL ||
	    X509_ALGOR_set0(policy->hash->algorithm, OBJ_nid2obj(digest_nid(o->policy_digest)),
		V_ASN1_UNDEF, NULL) != 1 ||
	    ASN1_OCTET_STRING_set(policy->hash->value, o->policy_digest_value.data,
		(int)o->policy_digest_value.len) != 1)
		return no_memory(err);
	return 0;
}

static int
policy_uri(DER_POLICY *policy, const struct sign_options *o, struct error *err)
{
	DER_QUALIFIER qualifier = { NULL, NULL };
	struct buf der = BUF_INIT(0);
	int rc = -1;

	if (o->policy_uri == NULL)
		return 0;
	if (check_text(o->policy_uri, "the signature policy's URI", err) != 0)
		return -1;
	qualifier.type = OBJ_txt2obj(OID_POLICY_URI, 1);
	qualifier.value = der_string(V_ASN1_IA5STRING, o->policy_uri);
	policy->qualifiers = sk_ASN1_TYPE_new_null();
	if (qualifier.type == NULL || qualifier.value == NULL)
		no_memory(err);
	else if (OSSL_APPEND_DER(DER_QUALIFIER, &qualifier, &der, err) == 0)
		rc = der_push(policy->qualifiers, SPAN_OF(&der)) == 0 ? 0 : no_memory(err);
	ASN1_OBJECT_free(qualifier.type);
	ASN1_TYPE_free(qualifier.value);
	buf_release(&der);
	return rc;
}

static int
signature_policy(const struct wish *w, STACK_OF(ASN1_TYPE) * out, struct error *err)
{
	DER_POLICY *policy;
	int rc = -1;

	if (w->options->policy_oid == NULL)
		return 0;
	policy = DER_POLICY_new();
	if (policy == NULL) {
		no_memory(err);
		goto done;
	}
	ASN1_OBJECT_free(policy->id);
	policy->id =
	    object_of(w->options->policy_oid, "the signature policy is not named by an OID", err);
	if (policy->id != NULL && policy_hash(policy, w->options, err) == 0 &&
	    policy_uri(policy, w->options, err) == 0)
		rc = PUSH_ENCODED(out, OID_POLICY, DER_POLICY, policy, err);
done:
	DER_POLICY_free(policy);
	return rc;
}

/* What few ask for; each adds nothing where it was not asked for. */
static int (*const wishes[])(const struct wish *w, STACK_OF(ASN1_TYPE) * out,
    struct error *err) = { commitment_types, claimed_roles, signer_location, signature_policy };

static int
put_wishes(const struct wish *w, struct der_out *out)
{
	const struct sign_options *o = w->options;
	STACK_OF(ASN1_TYPE) * list;
	int rc = 0, n;
	size_t i;

	if (o->commitment_type_count == 0 && o->claimed_role_count == 0 && o->city == NULL &&
	    o->state == NULL && o->postal_code == NULL && o->country == NULL &&
	    o->policy_oid == NULL)
		return 0;
	list = sk_ASN1_TYPE_new_null();
	if (list == NULL)
		return no_memory(out->err);
	for (i = 0; rc == 0 && i < sizeof(wishes) / sizeof(wishes[0]); i++)
		rc = wishes[i](w, list, out->err);
	for (n = 0; rc == 0 && n < sk_ASN1_TYPE_num(list); n++)
		der_put_raw(out, der_raw_span(sk_ASN1_TYPE_value(list, n)));
	sk_ASN1_TYPE_pop_free(list, ASN1_TYPE_free);
	return rc;
}

int
cms_signed_attributes(struct buf *out, const char *type, enum cms_profile profile,
    const struct sig_alg *alg, const struct sign_key *key, const struct sign_options *options,
    struct error *err)
{
	const struct wish wish = { type, profile, alg, key, options };
	struct buf members = BUF_INIT(0);
	struct der_out der = DER_OUT(&members, err), set = DER_OUT(out, err);
	int rc = -1;

	content_type(&wish, &der);
	message_digest(&wish, &der);
	signing_time(&wish, &der);
	signing_certificate(&wish, &der);
	if (der.failed || put_wishes(&wish, &der) != 0 || der.failed ||
	    ber_sort(&members, err) != 0)
		goto done;
	der_put_value(&set, DER_SET, SPAN_OF(&members));
	rc = set.failed ? -1 : 0;
done:
	buf_release(&members);
	return rc;
}
