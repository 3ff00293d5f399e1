/*
 * Keys that nobody should have, in the certificates of signers, CAs and time-stamping authorities:
 * no verdict passes by them, and none costs more than it pays for (signing/core/work.h).
 */
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "signing/core/certs.h"
#include "signing/core/ossl.h"
#include "signing/format/cms/asn1.h"
#include "signing/format/cms/cms_read.h"
#include "signing/format/cms/cms_sign.h"
#include "signing/format/cms/oids.h"
#include "signing/verify/verify.h"
#include "tests/support/odd_certs.h"
#include "tests/support/scene.h"

#define MOST_MS 150 /* for one of them, on any machine; a whole verdict may take seconds */

static struct buf spki, odd_der, algorithm;

static void
make_odd(const struct odd_key *key, enum pki_id model, enum pki_id issuer)
{
	spki.len = algorithm.len = 0;
	key->make(&spki, key->number);
	odd_algorithm(&algorithm, key->family);
	buf_release(&odd_der);
	odd_der =
	    odd_certificate(pki_cert(model), issuer, &(struct odd_parts){ .key = SPAN_OF(&spki) });
}

static long
ms_since(clock_t began)
{
	return (long)((clock() - began) / (CLOCKS_PER_SEC / 1000));
}

static void
expect_cheap(const struct odd_key *key, const char *role, clock_t began)
{
	const long ms = ms_since(began);

	if (ms > MOST_MS || getenv("SIGNET_TEST_TELL") != NULL)
		fprintf(stderr, "\n%s: %s: %ld ms", key->name, role, ms);
	CU_ASSERT(ms <= MOST_MS);
}

/* ---- checks by the key itself ---- */

static int
is_taken(const struct odd_key *key, EVP_PKEY *pkey, const struct sig_alg *alg)
{
	unsigned char digest[32];
	struct buf value = BUF_INIT(0);
	struct error err = ERROR_INIT;
	int taken;

	odd_forge(&value, key->family, span_str("x"));
	EVP_Digest("x", 1, digest, NULL, EVP_sha256(), NULL);
	taken = sig_alg_verify(alg, pkey, "x", 1, value.data, value.len, &err) == 1 ||
		sig_alg_verify_digest(alg, pkey, digest, value.data, value.len, &err) == 1;
	buf_release(&value);
	return taken;
}

static void
no_signature_is_good_by_such_a_key(void)
{
	size_t i;

	for (i = 0; i < odd_key_count; i++) {
		const struct odd_key *key = &odd_keys[i];
		struct error err = ERROR_INIT;
		const unsigned char *at;
		const clock_t began = clock();
		struct sig_alg alg;
		X509_ALGOR *algor;
		EVP_PKEY *pkey;
		int taken;

		make_odd(key, PKI_P256, PKI_INTERMEDIATE);
		at = algorithm.data;
		algor = d2i_X509_ALGOR(NULL, &at, (long)algorithm.len);
		CU_ASSERT_PTR_NOT_NULL_FATAL(algor);
		ASSERT_OK(sig_alg_by_x509(algor, DIGEST_SHA256, &alg, &err), &err);
		X509_ALGOR_free(algor);
		pkey = key_decode(SPAN_OF(&spki));
		taken = pkey != NULL && is_taken(key, pkey, &alg);
		if (taken)
			fprintf(stderr, "\n%s: a signature passes", key->name);
		CU_ASSERT_FALSE(taken);
		EVP_PKEY_free(pkey);
		expect_cheap(key, "check", began);
	}
}

/* ---- verdicts ---- */

/* A value that may be good by the odd key, over the signed attributes. */
static void
forge_value(DER_SIGNER_INFO *signer, enum odd_family family)
{
	struct buf attributes = BUF_INIT(0), value = BUF_INIT(0);
	struct error err = ERROR_INIT;

	OSSL_APPEND_DER(ASN1_SET_ANY, signer->signed_attributes, &attributes, &err);
	odd_forge(&value, family, SPAN_OF(&attributes));
	CU_ASSERT_EQUAL_FATAL(
	    ASN1_OCTET_STRING_set(signer->signature, value.data, (int)value.len), 1);
	buf_release(&attributes);
	buf_release(&value);
}

/* The message's certificate becomes the odd one, and its value one that is forged for that key. */
static void
swap_certificate(struct buf *message, enum odd_family family)
{
	DER_CMS *cms = DER_DECODE(DER_CMS, SPAN_OF(message));
	struct buf encoded = BUF_INIT(0);
	struct error err = ERROR_INIT;
	const unsigned char *at = algorithm.data;
	DER_SIGNER_INFO *signer;

	CU_ASSERT_PTR_NOT_NULL_FATAL(cms);
	ASN1_TYPE_free(sk_ASN1_TYPE_shift(cms->data->certificates));
	CU_ASSERT_EQUAL_FATAL(der_push(cms->data->certificates, SPAN_OF(&odd_der)), 0);
	signer =
	    DER_DECODE(DER_SIGNER_INFO, der_raw_span(sk_ASN1_TYPE_value(cms->data->signers, 0)));
	CU_ASSERT_PTR_NOT_NULL_FATAL(signer);
	X509_ALGOR_free(signer->signature_algorithm);
	signer->signature_algorithm = d2i_X509_ALGOR(NULL, &at, (long)algorithm.len);
	forge_value(signer, family);
	OSSL_APPEND_DER(DER_SIGNER_INFO, signer, &encoded, &err);
	ASN1_TYPE_free(sk_ASN1_TYPE_shift(cms->data->signers));
	sk_ASN1_TYPE_unshift(cms->data->signers, der_raw(SPAN_OF(&encoded)));
	message->len = 0;
	OSSL_APPEND_DER(DER_CMS, cms, message, &err);
	DER_SIGNER_INFO_free(signer);
	DER_CMS_free(cms);
	buf_release(&encoded);
}

/* A verdict, or none for a limit; never a good one. */
static void
expect_no_pass(const struct odd_key *key, const char *role, int rc, const struct error *err,
    const struct verify_conclusion *conclusion)
{
	const int fine = rc != 0 ? err->kind == ERROR_LIMIT
				 : conclusion->indication != INDICATION_TOTAL_PASSED &&
				       conclusion->text[0] != '\0';

	if (!fine || getenv("SIGNET_TEST_TELL") != NULL)
		fprintf(stderr, "\n%s: %s: %s", key->name, role,
		    rc != 0 ? err->text : conclusion->text);
	CU_ASSERT(fine);
}

/* Without a reference to the certificate, so that another may be put in its place. */
static void
sign_plainly(struct scene *s, enum pki_id id)
{
	const struct sign_options options = { .plain = 1 };
	const struct document doc = { .content = span_str(SCENE_TEXT), .has_content = 1 };
	struct error err = ERROR_INIT;

	s->der.len = 0;
	s->policy.levels[CONSTRAINT_PLAIN_REFERENCE] = VERIFY_WARN;
	ASSERT_OK(cms_sign(&s->der, &doc, CMS_PROFILE_CADES, pki_key(id), &options, &err), &err);
	scene_read(s, SCENE_TEXT);
}

static void
no_signer_passes_by_such_a_key(void)
{
	size_t i;

	for (i = 0; i < odd_key_count; i++) {
		const enum pki_id id = odd_keys[i].family < ODD_DSA ? PKI_RSA2048 : PKI_P256;
		struct error err = ERROR_INIT;
		struct scene s;
		clock_t began;
		int rc;

		make_odd(&odd_keys[i], id, PKI_INTERMEDIATE);
		scene_make(&s, id, NULL);
		sign_plainly(&s, id);
		EXPECT_PASSED(&s);
		verify_report_release(&s.report);
		swap_certificate(&s.der, odd_keys[i].family);
		began = clock();
		scene_read(&s, SCENE_TEXT);
		rc = verify_signatures(&s.list, &s.context, &s.report, &err);
		expect_cheap(&odd_keys[i], "signer", began);
		expect_no_pass(&odd_keys[i], "signer", rc, &err, &s.report.conclusion);
		scene_drop(&s);
	}
}

static void
no_authority_stamps_by_such_a_key(void)
{
	static const unsigned char imprint[32];
	const struct test_tsa tsa = { PKI_TSA, PKI_NOW - PKI_DAY, 1 };
	struct verify_context context = {
		.anchors = pki_anchors(), .timestamp_anchors = pki_anchors(), .time = PKI_NOW
	};
	struct digest_values values = { .have = DIGEST_BIT(DIGEST_SHA256) };
	const struct document doc = { .digests = &values };
	size_t i;

	for (i = 0; i < odd_key_count; i++) {
		struct verify_timestamp out;
		struct error err = ERROR_INIT;
		struct buf token = BUF_INIT(0);
		clock_t began;
		int rc;

		make_odd(&odd_keys[i], PKI_TSA, PKI_INTERMEDIATE);
		test_token(&token, &tsa, DIGEST_SHA256, imprint);
		swap_certificate(&token, odd_keys[i].family);
		began = clock();
		rc = verify_timestamp_token(SPAN_OF(&token), &doc, &context, &out, &err);
		expect_cheap(&odd_keys[i], "authority", began);
		expect_no_pass(&odd_keys[i], "authority", rc, &err, &out.conclusion);
		if (rc == 0)
			verify_timestamp_release(&out);
		buf_release(&token);
	}
}

static X509 *
leaf_of_odd_ca(enum odd_family family)
{
	struct buf der = odd_certificate(pki_cert(PKI_P256), PKI_INTERMEDIATE,
	    &(struct odd_parts){ .algorithm = SPAN_OF(&algorithm), .family = (int)family });
	X509 *leaf = cert_decode(SPAN_OF(&der));

	CU_ASSERT_PTR_NOT_NULL_FATAL(leaf);
	buf_release(&der);
	return leaf;
}

static void
no_ca_issues_by_such_a_key(void)
{
	size_t i;

	for (i = 0; i < odd_key_count; i++) {
		STACK_OF(X509) *untrusted = sk_X509_new_null();
		struct verify_context context = { .anchors = pki_root_only(), .time = PKI_NOW };
		struct verify_certificate_report report;
		struct error err = ERROR_INIT;
		X509 *ca, *leaf;
		clock_t began;
		int rc;

		make_odd(&odd_keys[i], PKI_INTERMEDIATE, PKI_ROOT);
		leaf = leaf_of_odd_ca(odd_keys[i].family);
		began = clock();
		ca = cert_decode(SPAN_OF(&odd_der));
		if (ca != NULL)
			sk_X509_push(untrusted, ca);
		rc = verify_certificate(leaf, untrusted, PATH_SIGNING, &context, &report, &err);
		expect_cheap(&odd_keys[i], "CA", began);
		expect_no_pass(&odd_keys[i], "CA", rc, &err, &report.conclusion);
		if (rc == 0)
			verify_certificate_report_release(&report);
		sk_X509_free(untrusted);
		X509_free(leaf);
		X509_free(ca);
	}
}

static int
teardown(void)
{
	buf_release(&spki);
	buf_release(&odd_der);
	buf_release(&algorithm);
	return 0;
}

static const struct test tests[] = { TEST(no_signature_is_good_by_such_a_key),
	TEST(no_signer_passes_by_such_a_key), TEST(no_authority_stamps_by_such_a_key),
	TEST(no_ca_issues_by_such_a_key), TEST_END };
const struct suite suite_signing_verify_odd_keys = { "signing/verify/odd_keys", NULL, teardown,
	tests };
