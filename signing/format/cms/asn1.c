#include "signing/format/cms/asn1.h"

#include <limits.h>
#include <openssl/err.h>
#include <string.h>

/* clang-format off */
ASN1_SEQUENCE(DER_CONTENT) = {
	ASN1_SIMPLE(DER_CONTENT, type, ASN1_OBJECT),
	ASN1_EXP_OPT(DER_CONTENT, content, ASN1_ANY, 0)
} ASN1_SEQUENCE_END(DER_CONTENT)
IMPLEMENT_ASN1_FUNCTIONS(DER_CONTENT)

ASN1_SEQUENCE(DER_SIGNED_DATA) = {
	ASN1_SIMPLE(DER_SIGNED_DATA, version, ASN1_INTEGER),
	ASN1_SET_OF(DER_SIGNED_DATA, digest_algorithms, X509_ALGOR),
	ASN1_SIMPLE(DER_SIGNED_DATA, content, DER_CONTENT),
	ASN1_IMP_SEQUENCE_OF_OPT(DER_SIGNED_DATA, certificates, ASN1_ANY, 0),
	ASN1_IMP_SEQUENCE_OF_OPT(DER_SIGNED_DATA, crls, ASN1_ANY, 1),
	/* A SET OF that keeps its order: the names of signers (signer-1, ...) depend on it. */
	ASN1_EX_TYPE(ASN1_TFLG_SEQUENCE_OF | ASN1_TFLG_IMPTAG | ASN1_TFLG_UNIVERSAL, V_ASN1_SET,
	    DER_SIGNED_DATA, signers, ASN1_ANY)
} ASN1_SEQUENCE_END(DER_SIGNED_DATA)
IMPLEMENT_ASN1_FUNCTIONS(DER_SIGNED_DATA)

ASN1_SEQUENCE(DER_CMS) = {
	ASN1_SIMPLE(DER_CMS, type, ASN1_OBJECT),
	ASN1_EXP(DER_CMS, data, DER_SIGNED_DATA, 0)
} ASN1_SEQUENCE_END(DER_CMS)
IMPLEMENT_ASN1_FUNCTIONS(DER_CMS)

ASN1_SEQUENCE(DER_ISSUER_SERIAL) = {
	ASN1_SIMPLE(DER_ISSUER_SERIAL, issuer, X509_NAME),
	ASN1_SIMPLE(DER_ISSUER_SERIAL, serial, ASN1_INTEGER)
} ASN1_SEQUENCE_END(DER_ISSUER_SERIAL)
IMPLEMENT_ASN1_FUNCTIONS(DER_ISSUER_SERIAL)

ASN1_CHOICE(DER_SIGNER_ID) = {
	ASN1_SIMPLE(DER_SIGNER_ID, d.issuer_serial, DER_ISSUER_SERIAL),
	ASN1_IMP(DER_SIGNER_ID, d.key_id, ASN1_OCTET_STRING, 0)
} ASN1_CHOICE_END(DER_SIGNER_ID)
IMPLEMENT_ASN1_FUNCTIONS(DER_SIGNER_ID)

ASN1_SEQUENCE(DER_SIGNER_INFO) = {
	ASN1_SIMPLE(DER_SIGNER_INFO, version, ASN1_INTEGER),
	ASN1_SIMPLE(DER_SIGNER_INFO, id, DER_SIGNER_ID),
	ASN1_SIMPLE(DER_SIGNER_INFO, digest_algorithm, X509_ALGOR),
	ASN1_IMP_SEQUENCE_OF_OPT(DER_SIGNER_INFO, signed_attributes, ASN1_ANY, 0),
	ASN1_SIMPLE(DER_SIGNER_INFO, signature_algorithm, X509_ALGOR),
	ASN1_SIMPLE(DER_SIGNER_INFO, signature, ASN1_OCTET_STRING),
	ASN1_IMP_SEQUENCE_OF_OPT(DER_SIGNER_INFO, unsigned_attributes, ASN1_ANY, 1)
} ASN1_SEQUENCE_END(DER_SIGNER_INFO)
IMPLEMENT_ASN1_FUNCTIONS(DER_SIGNER_INFO)

ASN1_SEQUENCE(DER_ATTRIBUTE) = {
	ASN1_SIMPLE(DER_ATTRIBUTE, type, ASN1_OBJECT),
	ASN1_SET_OF(DER_ATTRIBUTE, values, ASN1_ANY)
} ASN1_SEQUENCE_END(DER_ATTRIBUTE)
IMPLEMENT_ASN1_FUNCTIONS(DER_ATTRIBUTE)

ASN1_SEQUENCE(DER_ESS_CERT_ID) = {
	ASN1_OPT(DER_ESS_CERT_ID, algorithm, X509_ALGOR),
	ASN1_SIMPLE(DER_ESS_CERT_ID, hash, ASN1_OCTET_STRING),
	ASN1_OPT(DER_ESS_CERT_ID, issuer_serial, ASN1_ANY)
} ASN1_SEQUENCE_END(DER_ESS_CERT_ID)
IMPLEMENT_ASN1_FUNCTIONS(DER_ESS_CERT_ID)

ASN1_SEQUENCE(DER_ESS_CERTS) = {
	ASN1_SEQUENCE_OF(DER_ESS_CERTS, ids, ASN1_ANY),
	ASN1_SEQUENCE_OF_OPT(DER_ESS_CERTS, policies, ASN1_ANY)
} ASN1_SEQUENCE_END(DER_ESS_CERTS)
IMPLEMENT_ASN1_FUNCTIONS(DER_ESS_CERTS)

ASN1_SEQUENCE(DER_POLICY_HASH) = {
	ASN1_SIMPLE(DER_POLICY_HASH, algorithm, X509_ALGOR),
	ASN1_SIMPLE(DER_POLICY_HASH, value, ASN1_OCTET_STRING)
} ASN1_SEQUENCE_END(DER_POLICY_HASH)
IMPLEMENT_ASN1_FUNCTIONS(DER_POLICY_HASH)

ASN1_SEQUENCE(DER_POLICY) = {
	ASN1_SIMPLE(DER_POLICY, id, ASN1_OBJECT),
	ASN1_OPT(DER_POLICY, hash, DER_POLICY_HASH),
	ASN1_SEQUENCE_OF_OPT(DER_POLICY, qualifiers, ASN1_ANY)
} ASN1_SEQUENCE_END(DER_POLICY)
IMPLEMENT_ASN1_FUNCTIONS(DER_POLICY)

ASN1_SEQUENCE(DER_QUALIFIER) = {
	ASN1_SIMPLE(DER_QUALIFIER, type, ASN1_OBJECT),
	ASN1_OPT(DER_QUALIFIER, value, ASN1_ANY)
} ASN1_SEQUENCE_END(DER_QUALIFIER)
IMPLEMENT_ASN1_FUNCTIONS(DER_QUALIFIER)

ASN1_SEQUENCE(DER_COMMITMENT) = {
	ASN1_SIMPLE(DER_COMMITMENT, type, ASN1_OBJECT),
	ASN1_OPT(DER_COMMITMENT, qualifiers, ASN1_ANY)
} ASN1_SEQUENCE_END(DER_COMMITMENT)
IMPLEMENT_ASN1_FUNCTIONS(DER_COMMITMENT)

ASN1_SEQUENCE(DER_LOCATION) = {
	ASN1_EXP_OPT(DER_LOCATION, country, ASN1_ANY, 0),
	ASN1_EXP_OPT(DER_LOCATION, locality, ASN1_ANY, 1),
	ASN1_EXP_SEQUENCE_OF_OPT(DER_LOCATION, address, ASN1_ANY, 2)
} ASN1_SEQUENCE_END(DER_LOCATION)
IMPLEMENT_ASN1_FUNCTIONS(DER_LOCATION)

ASN1_SEQUENCE(DER_SIGNER_ATTRIBUTES) = {
	ASN1_EXP_SEQUENCE_OF_OPT(DER_SIGNER_ATTRIBUTES, claimed, ASN1_ANY, 0),
	ASN1_EXP_OPT(DER_SIGNER_ATTRIBUTES, certified, ASN1_ANY, 1),
	ASN1_EXP_OPT(DER_SIGNER_ATTRIBUTES, assertions, ASN1_ANY, 2)
} ASN1_SEQUENCE_END(DER_SIGNER_ATTRIBUTES)
IMPLEMENT_ASN1_FUNCTIONS(DER_SIGNER_ATTRIBUTES)

ASN1_SEQUENCE(DER_ALG_PROTECTION) = {
	ASN1_SIMPLE(DER_ALG_PROTECTION, digest, X509_ALGOR),
	ASN1_IMP_OPT(DER_ALG_PROTECTION, signature, X509_ALGOR, 1),
	ASN1_IMP_OPT(DER_ALG_PROTECTION, mac, X509_ALGOR, 2)
} ASN1_SEQUENCE_END(DER_ALG_PROTECTION)
IMPLEMENT_ASN1_FUNCTIONS(DER_ALG_PROTECTION)

ASN1_SEQUENCE(DER_REVOCATION_VALUES) = {
	ASN1_EXP_SEQUENCE_OF_OPT(DER_REVOCATION_VALUES, crls, ASN1_ANY, 0),
	ASN1_EXP_SEQUENCE_OF_OPT(DER_REVOCATION_VALUES, ocsps, ASN1_ANY, 1),
	ASN1_EXP_OPT(DER_REVOCATION_VALUES, other, ASN1_ANY, 2)
} ASN1_SEQUENCE_END(DER_REVOCATION_VALUES)
IMPLEMENT_ASN1_FUNCTIONS(DER_REVOCATION_VALUES)
																       /* clang-format on */

																       void *
																       der_decode(
																	   const ASN1_ITEM
																	       *item,
																	   struct
																	   span
																	       der)
{
	const unsigned char *p = der.data;
	ASN1_VALUE *value;

	if (der.data == NULL || der.len == 0 || der.len > LONG_MAX)
		return NULL;
	value = ASN1_item_d2i(NULL, &p, (long)der.len, item);
	if (value != NULL && p != der.data + der.len) {
		ASN1_item_free(value, item);
		value = NULL;
	}
	ERR_clear_error();
	return value;
}

ASN1_TYPE *
der_raw(struct span der)
{
	ASN1_TYPE *raw = ASN1_TYPE_new();
	ASN1_STRING *bytes = ASN1_STRING_type_new(V_ASN1_OTHER);

	if (raw == NULL || bytes == NULL || der.len > INT_MAX ||
	    ASN1_STRING_set(bytes, der.data, (int)der.len) != 1) {
		ASN1_TYPE_free(raw);
		ASN1_STRING_free(bytes);
		return NULL;
	}
	ASN1_TYPE_set(raw, V_ASN1_OTHER, bytes);
	return raw;
}

struct span
der_raw_span(const ASN1_TYPE *raw)
{
	const ASN1_STRING *s;

	if (raw == NULL ||
	    (raw->type != V_ASN1_SEQUENCE && raw->type != V_ASN1_SET && raw->type != V_ASN1_OTHER))
		return SPAN_NONE;
	s = raw->value.asn1_string;
	return (struct span){ ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s) };
}

int
der_push(STACK_OF(ASN1_TYPE) * stack, struct span der)
{
	ASN1_TYPE *raw = der_raw(der);

	if (raw == NULL || stack == NULL || sk_ASN1_TYPE_push(stack, raw) <= 0) {
		ASN1_TYPE_free(raw);
		return -1;
	}
	return 0;
}

ASN1_TYPE *
der_string(int tag, const char *text)
{
	ASN1_TYPE *value = ASN1_TYPE_new();
	ASN1_STRING *bytes = ASN1_STRING_type_new(tag);

	if (value == NULL || bytes == NULL || ASN1_STRING_set(bytes, text, -1) != 1) {
		ASN1_TYPE_free(value);
		ASN1_STRING_free(bytes);
		return NULL;
	}
	ASN1_TYPE_set(value, tag, bytes);
	return value;
}

char *
der_oid(const ASN1_OBJECT *oid, char *out, size_t size)
{
	out[0] = '\0';
	if (oid != NULL)
		OBJ_obj2txt(out, (int)size, oid, 1);
	return out;
}

int
der_oid_is(const ASN1_OBJECT *oid, const char *dotted)
{
	char text[128];

	return strcmp(der_oid(oid, text, sizeof(text)), dotted) == 0;
}

static int
compare_raw(const ASN1_TYPE *const *a, const ASN1_TYPE *const *b)
{
	struct span x = der_raw_span(*a), y = der_raw_span(*b);
	int c = memcmp(x.data, y.data, x.len < y.len ? x.len : y.len);

	return c != 0 ? c : x.len < y.len ? -1 : x.len > y.len;
}

void
der_sort(STACK_OF(ASN1_TYPE) * stack)
{
	if (stack == NULL)
		return;
	sk_ASN1_TYPE_set_cmp_func(stack, compare_raw);
	sk_ASN1_TYPE_sort(stack);
}
