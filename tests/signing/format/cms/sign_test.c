/* What is made here is judged by libcrypto's own CMS code, not by our reader. */
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/ess.h>
#include <stdio.h>
#include <string.h>

#include "signing/core/ossl.h"
#include "signing/format/cms/asn1.h"
#include "signing/format/cms/cms_read.h"
#include "signing/format/cms/cms_sign.h"
#include "signing/format/cms/oids.h"
#include "tests/support/signers.h"
#include "tests/support/suite.h"

static struct test_signer rsa, p256;
static const char hello[] = "An invoice over 1,000 euros.";

static int
setup(void)
{
	return test_signer_make(&rsa, "RSA-2048", NULL) == 0 &&
		       test_signer_make(&p256, "P-256", NULL) == 0
		   ? 0
		   : 1;
}

static int
teardown(void)
{
	test_signer_free(&rsa);
	test_signer_free(&p256);
	return 0;
}

static struct document
document_of(const char *text)
{
	return (struct document){ .content = span_str(text), .has_content = 1 };
}

static struct sign_options
options_b(void)
{
	return (struct sign_options){ .signing_time = TEST_TIME, .claim_time = 1 };
}

/* libcrypto's verdict, path to the test CA at TEST_TIME included: 1 good, 0 bad. */
static int
openssl_says(const struct buf *der, const char *content, X509 *root, unsigned int flags)
{
	const unsigned char *p = der->data;
	CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &p, (long)der->len);
	BIO *in = content != NULL ? BIO_new_mem_buf(content, -1) : NULL;
	X509_STORE *store = X509_STORE_new();
	int rc;

	X509_STORE_add_cert(store, root);
	X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), (time_t)TEST_TIME);
	X509_VERIFY_PARAM_set_purpose(X509_STORE_get0_param(store), X509_PURPOSE_ANY);
	rc = cms != NULL && CMS_verify(cms, NULL, store, in, NULL, CMS_BINARY | flags) == 1;
	if (!rc && getenv("VERBOSE") != NULL)
		ERR_print_errors_fp(stderr);
	ERR_clear_error();
	X509_STORE_free(store);
	BIO_free(in);
	CMS_ContentInfo_free(cms);
	return rc;
}

static void
every_key_and_digest_signs_what_openssl_accepts(void)
{
	static const struct {
		const char *kind;
		enum padding padding;
		enum digest digest;
	} rows[] = {
		{ "RSA-2048", PADDING_NONE, DIGEST_NONE },
		{ "RSA-2048", PADDING_PKCS1, DIGEST_SHA384 },
		{ "RSA-2048", PADDING_PKCS1, DIGEST_SHA512 },
		{ "RSA-2048", PADDING_PKCS1, DIGEST_SHA3_256 },
		{ "RSA-2048", PADDING_PKCS1, DIGEST_SHA3_512 },
		{ "RSA-2048", PADDING_PSS, DIGEST_SHA256 },
		{ "RSA-2048", PADDING_PSS, DIGEST_SHA512 },
		{ "RSA-2048", PADDING_PSS, DIGEST_SHA3_256 },
		{ "P-256", PADDING_NONE, DIGEST_NONE },
		{ "P-384", PADDING_NONE, DIGEST_NONE },
		{ "P-521", PADDING_NONE, DIGEST_NONE },
		{ "brainpoolP256r1", PADDING_NONE, DIGEST_NONE },
		{ "brainpoolP384r1", PADDING_NONE, DIGEST_SHA384 },
		{ "brainpoolP512r1", PADDING_NONE, DIGEST_SHA512 },
	};
	struct document doc = document_of(hello);
	struct sign_options options = options_b();
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct error err = ERROR_INIT;
		struct buf der = BUF_INIT(0);
		struct test_signer other = { 0 }, *signer = &rsa;

		if (strcmp(rows[i].kind, "RSA-2048") != 0) {
			signer = &other;
			CU_ASSERT_EQUAL_FATAL(test_signer_make(&other, rows[i].kind, NULL), 0);
		}
		options.digest = rows[i].digest;
		options.padding = rows[i].padding;
		ASSERT_OK(
		    cms_sign(&der, &doc, CMS_PROFILE_CADES, &signer->key, &options, &err), &err);
		if (!openssl_says(&der, hello, signer->issuer, CMS_CADES))
			CU_FAIL(rows[i].kind);
		CU_ASSERT_FALSE(
		    openssl_says(&der, "An invoice over 9,000 euros.", signer->issuer, CMS_CADES));
		buf_release(&der);
		test_signer_free(&other);
	}
}

static void
an_enveloping_signature_gives_its_content_back(void)
{
	struct error err = ERROR_INIT;
	struct buf der = BUF_INIT(0);
	struct document doc = document_of(hello);
	struct sign_options options = options_b();
	unsigned char *at;

	options.packaging = PACKAGING_ENVELOPING;
	ASSERT_OK(cms_sign(&der, &doc, CMS_PROFILE_CADES, &p256.key, &options, &err), &err);
	CU_ASSERT(openssl_says(&der, NULL, p256.issuer, CMS_CADES));
	at = memmem(der.data, der.len, hello, strlen(hello));
	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	at[3] ^= 1;
	CU_ASSERT_FALSE(openssl_says(&der, NULL, p256.issuer, CMS_CADES));
	buf_release(&der);
}

/* DER of the signed attributes holds the identifier. */
static int
mentions(const struct buf *der, const char *oid)
{
	ASN1_OBJECT *obj = OBJ_txt2obj(oid, 1);
	int found = memmem(der->data, der->len, OBJ_get0_data(obj), OBJ_length(obj)) != NULL;

	ASN1_OBJECT_free(obj);
	return found;
}

static void
a_pdf_profile_leaves_time_and_place_to_the_pdf(void)
{
	struct error err = ERROR_INIT;
	struct buf cades = BUF_INIT(0), pades = BUF_INIT(0);
	struct document doc = document_of(hello);
	struct sign_options options = options_b();

	options.city = "Köln";
	options.country = "DE";
	ASSERT_OK(cms_sign(&cades, &doc, CMS_PROFILE_CADES, &p256.key, &options, &err), &err);
	ASSERT_OK(cms_sign(&pades, &doc, CMS_PROFILE_PADES, &p256.key, &options, &err), &err);
	CU_ASSERT(mentions(&cades, OID_SIGNING_TIME) && mentions(&cades, OID_LOCATION));
	CU_ASSERT_FALSE(mentions(&pades, OID_SIGNING_TIME) || mentions(&pades, OID_LOCATION));
	CU_ASSERT(mentions(&pades, OID_SIGNING_CERT_V2));
	CU_ASSERT(openssl_says(&pades, hello, p256.issuer, CMS_CADES));
	buf_release(&cades);
	buf_release(&pades);
}

static void
a_plain_signature_names_no_certificate(void)
{
	struct error err = ERROR_INIT;
	struct buf der = BUF_INIT(0);
	struct document doc = document_of(hello);
	struct sign_options options = { .plain = 1 };

	ASSERT_OK(cms_sign(&der, &doc, CMS_PROFILE_CADES, &p256.key, &options, &err), &err);
	CU_ASSERT(openssl_says(&der, hello, p256.issuer, 0));
	CU_ASSERT_FALSE(openssl_says(&der, hello, p256.issuer, CMS_CADES));
	CU_ASSERT_FALSE(mentions(&der, OID_SIGNING_CERT_V2));
	buf_release(&der);
}

static void
all_that_the_signer_says_is_signed(void)
{
	static const char *const roles[] = { "Geschäftsführer", "Prokurist" };
	static const char *const types[] = { "1.2.840.113549.1.9.16.6.1",
		"1.2.840.113549.1.9.16.6.5" };
	static const unsigned char policy[32] = { 7 };
	struct error err = ERROR_INIT;
	struct buf der = BUF_INIT(0);
	struct document doc = document_of(hello);
	struct sign_options options = options_b();
	struct signatures list = { 0 };
	unsigned char *at;
	size_t i;

	options.claimed_roles = roles;
	options.claimed_role_count = 2;
	options.commitment_types = types;
	options.commitment_type_count = 2;
	options.policy_oid = "1.2.276.0.1.2.3";
	options.policy_digest = DIGEST_SHA256;
	options.policy_digest_value = (struct span){ policy, sizeof(policy) };
	options.policy_uri = "https://example.org/policy";
	options.postal_code = "50667";
	options.include_chain = 1;
	ASSERT_OK(cms_sign(&der, &doc, CMS_PROFILE_CADES, &rsa.key, &options, &err), &err);
	CU_ASSERT(openssl_says(&der, hello, rsa.issuer, CMS_CADES));
	CU_ASSERT(der.len <= cms_size_bound(&rsa.key, &options));
	ASSERT_OK(cms_read(&list, SPAN_OF(&der), &doc, NULL, &err), &err);
	CU_ASSERT_EQUAL_FATAL(list.count, 1);
	CU_ASSERT_EQUAL_FATAL(list.items[0].commitment_count, 2);
	/* In the order of their DER, whatever the order of the wish. */
	for (i = 0; i < 2; i++) {
		CU_ASSERT_STRING_EQUAL(list.items[0].commitments[i].type, types[i]);
		CU_ASSERT_EQUAL(list.items[0].commitments[i].of_all, 1);
	}
	CU_ASSERT_STRING_EQUAL(commitment_name(types[1]), "ProofOfApproval");
	signatures_release(&list);
	at = memmem(der.data, der.len, "Prokurist", 9);
	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	*at = 'X';
	CU_ASSERT_FALSE(openssl_says(&der, hello, rsa.issuer, CMS_CADES));
	buf_release(&der);
}

static void
signed_attributes_stand_in_der_order(void)
{
	static const char *const roles[] = { "r" };
	struct error err = ERROR_INIT;
	struct buf der = BUF_INIT(0);
	struct document doc = document_of(hello);
	struct sign_options options = options_b();
	DER_CMS *cms;
	DER_SIGNER_INFO *signer;
	int i;

	options.claimed_roles = roles;
	options.claimed_role_count = 1;
	ASSERT_OK(cms_sign(&der, &doc, CMS_PROFILE_CADES, &p256.key, &options, &err), &err);
	cms = DER_DECODE(DER_CMS, SPAN_OF(&der));
	CU_ASSERT_PTR_NOT_NULL_FATAL(cms);
	CU_ASSERT_EQUAL(ASN1_INTEGER_get(cms->data->version), 1);
	signer =
	    DER_DECODE(DER_SIGNER_INFO, der_raw_span(sk_ASN1_TYPE_value(cms->data->signers, 0)));
	CU_ASSERT_PTR_NOT_NULL_FATAL(signer);
	CU_ASSERT_EQUAL(ASN1_INTEGER_get(signer->version), 1);
	CU_ASSERT_EQUAL(sk_ASN1_TYPE_num(signer->signed_attributes), 5);
	for (i = 1; i < sk_ASN1_TYPE_num(signer->signed_attributes); i++) {
		struct span a = der_raw_span(sk_ASN1_TYPE_value(signer->signed_attributes, i - 1)),
			    b = der_raw_span(sk_ASN1_TYPE_value(signer->signed_attributes, i));

		CU_ASSERT(memcmp(a.data, b.data, a.len < b.len ? a.len : b.len) < 0);
	}
	DER_SIGNER_INFO_free(signer);
	DER_CMS_free(cms);
	buf_release(&der);
}

static void
many_digests_are_signed_in_one_trip(void)
{
	enum { COUNT = 20 };
	static unsigned char digests[COUNT][DIGEST_SIZE_MAX];
	struct error err = ERROR_INIT;
	struct buf ders[COUNT] = { { 0 } };
	struct sign_options options = options_b();
	char text[COUNT][32];
	int i;

	for (i = 0; i < COUNT; i++) {
		snprintf(text[i], sizeof(text[i]), "document %d", i);
		ASSERT_OK(digest_span(DIGEST_SHA256, span_str(text[i]), digests[i], &err), &err);
	}
	ASSERT_OK(cms_sign_many(ders, (const unsigned char(*)[DIGEST_SIZE_MAX])digests, COUNT,
		      CMS_PROFILE_CADES, &p256.key, &options, &err),
	    &err);
	for (i = 0; i < COUNT; i++) {
		CU_ASSERT(openssl_says(&ders[i], text[i], p256.issuer, CMS_CADES));
		CU_ASSERT_FALSE(
		    openssl_says(&ders[i], text[(i + 1) % COUNT], p256.issuer, CMS_CADES));
		CU_ASSERT(ders[i].len <= cms_size_bound(&p256.key, &options));
		buf_release(&ders[i]);
	}
}

static int
broken_key(const struct sign_key *key, const struct sig_alg *alg,
    const unsigned char (*digests)[DIGEST_SIZE_MAX], size_t count, struct buf *sigs,
    struct error *err)
{
	(void)key, (void)alg, (void)digests, (void)count, (void)sigs;
	return error_set(err, ERROR_UNAVAILABLE, "the key is away");
}

static void
a_key_that_is_away_leaves_nothing_behind(void)
{
	static const unsigned char digests[2][DIGEST_SIZE_MAX];
	struct error err = ERROR_INIT;
	struct buf ders[2] = { { 0 } };
	struct sign_options options = options_b();
	struct sign_key key = p256.key;

	key.sign_many = broken_key;
	CU_ASSERT_EQUAL(
	    cms_sign_many(ders, digests, 2, CMS_PROFILE_CADES, &key, &options, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
	CU_ASSERT(ders[0].len == 0 && ders[1].len == 0);
}

static void
a_document_known_by_its_digest_is_signed(void)
{
	struct error err = ERROR_INIT;
	struct buf der = BUF_INIT(0);
	struct digest_values values = { .have = DIGEST_BIT(DIGEST_SHA256) };
	struct document doc = { .digests = &values };
	struct sign_options options = options_b();

	ASSERT_OK(
	    digest_span(DIGEST_SHA256, span_str(hello), values.value[DIGEST_SHA256], &err), &err);
	ASSERT_OK(cms_sign(&der, &doc, CMS_PROFILE_CADES, &p256.key, &options, &err), &err);
	CU_ASSERT(openssl_says(&der, hello, p256.issuer, CMS_CADES));
	der.len = 0;
	options.digest = DIGEST_SHA512;
	CU_ASSERT_EQUAL(cms_sign(&der, &doc, CMS_PROFILE_CADES, &p256.key, &options, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
	CU_ASSERT_EQUAL(der.len, 0);
	error_clear(&err);
	options.digest = DIGEST_SHA256;
	options.packaging = PACKAGING_ENVELOPING;
	CU_ASSERT_EQUAL(cms_sign(&der, &doc, CMS_PROFILE_CADES, &p256.key, &options, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	buf_release(&der);
}

static void
what_cannot_be_signed_is_refused_with_its_reason(void)
{
	static const char *const bad_utf8[] = { "\xff" }, *const not_oid[] = { "contract" };
	static const unsigned char short_digest[3];
	static const struct {
		struct sign_options options;
		enum error_kind kind;
	} rows[] = {
		{ { .digest = DIGEST_SHA1 }, ERROR_UNSUPPORTED },
		{ { .digest = DIGEST_MD5 }, ERROR_UNSUPPORTED },
		{ { .padding = PADDING_PSS }, ERROR_UNSUPPORTED }, /* the key is EC */
		{ { .packaging = PACKAGING_ENVELOPED }, ERROR_UNSUPPORTED },
		{ { .level = LEVEL_T }, ERROR_MALFORMED }, /* no authority */
		{ { .claimed_roles = bad_utf8, .claimed_role_count = 1 }, ERROR_MALFORMED },
		{ { .commitment_types = not_oid, .commitment_type_count = 1 }, ERROR_MALFORMED },
		{ { .policy_oid = "policy" }, ERROR_MALFORMED },
		{ { .policy_oid = "1.2.3",
		      .policy_digest = DIGEST_SHA256,
		      .policy_digest_value = { short_digest, 3 } },
		    ERROR_MALFORMED },
		{ { .city = "\xc3" }, ERROR_MALFORMED },
	};
	struct document doc = document_of(hello);
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct error err = ERROR_INIT;
		struct buf der = BUF_INIT(0);

		CU_ASSERT_EQUAL(
		    cms_sign(&der, &doc, CMS_PROFILE_CADES, &p256.key, &rows[i].options, &err), -1);
		CU_ASSERT_EQUAL(err.kind, rows[i].kind);
		CU_ASSERT_EQUAL(der.len, 0);
		CU_ASSERT_EQUAL(ERR_peek_error(), 0);
		buf_release(&der);
	}
}

static void
a_full_buffer_is_left_as_it_was(void)
{
	struct error err = ERROR_INIT;
	struct buf der = BUF_INIT(100);
	struct document doc = document_of(hello);
	struct sign_options options = options_b();

	ASSERT_OK(buf_append_str(&der, "before", &err), &err);
	CU_ASSERT_EQUAL(cms_sign(&der, &doc, CMS_PROFILE_CADES, &p256.key, &options, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_TOO_LARGE);
	CU_ASSERT(span_equal(SPAN_OF(&der), span_str("before")));
	buf_release(&der);
}

static void
a_second_signer_stands_beside_the_first(void)
{
	struct error err = ERROR_INIT;
	struct buf der = BUF_INIT(0), first = BUF_INIT(0);
	struct document doc = document_of(hello);
	struct sign_options options = options_b();

	ASSERT_OK(cms_sign(&der, &doc, CMS_PROFILE_CADES, &p256.key, &options, &err), &err);
	ASSERT_OK(buf_append_span(&first, SPAN_OF(&der), &err), &err);
	options.digest = DIGEST_SHA512;
	ASSERT_OK(cms_add_signer(&der, &doc, CMS_PROFILE_CADES, &rsa.key, &options, &err), &err);
	CU_ASSERT(der.len > first.len);
	CU_ASSERT(openssl_says(&der, hello, p256.issuer, CMS_NO_SIGNER_CERT_VERIFY));
	CU_ASSERT_FALSE(openssl_says(&der, "other", p256.issuer, CMS_NO_SIGNER_CERT_VERIFY));
	/* Both certificates, both digests. */
	CU_ASSERT_EQUAL(
	    cms_add_signer(&der, NULL, CMS_PROFILE_CADES, &rsa.key, &options, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	buf_release(&der);
	buf_release(&first);
}

static const struct test tests[] = { TEST(every_key_and_digest_signs_what_openssl_accepts),
	TEST(an_enveloping_signature_gives_its_content_back),
	TEST(a_pdf_profile_leaves_time_and_place_to_the_pdf),
	TEST(a_plain_signature_names_no_certificate), TEST(all_that_the_signer_says_is_signed),
	TEST(signed_attributes_stand_in_der_order), TEST(many_digests_are_signed_in_one_trip),
	TEST(a_key_that_is_away_leaves_nothing_behind),
	TEST(a_document_known_by_its_digest_is_signed),
	TEST(what_cannot_be_signed_is_refused_with_its_reason),
	TEST(a_full_buffer_is_left_as_it_was), TEST(a_second_signer_stands_beside_the_first),
	TEST_END };
const struct suite suite_signing_format_cms_sign = { "signing/format/cms/sign", setup, teardown,
	tests };
