/* Signatures with time stamps, and time-stamp tokens alone. */
#include <string.h>

#include "signing/format/cms/cms_sign.h"
#include "tests/support/scene.h"

static void
an_expired_signer_needs_proof_of_existence(void)
{
	static const struct test_tsa in_time = { PKI_TSA, PKI_NOW - 40 * PKI_DAY, 0 },
				     too_late = { PKI_TSA, PKI_NOW - 20 * PKI_DAY, 0 };
	struct scene s;

	scene_make(&s, PKI_EXPIRED, NULL);
	EXPECT_OPEN(&s, SUB_OUT_OF_BOUNDS_NO_POE, "\"Expired signer\" expired on 2026-01-30");
	scene_drop(&s);
	scene_make(&s, PKI_EXPIRED, &in_time);
	EXPECT_PASSED(&s);
	CU_ASSERT_EQUAL(s.report.items[0].basic.sub, SUB_OUT_OF_BOUNDS_NO_POE);
	CU_ASSERT_EQUAL(s.report.items[0].best_time, in_time.time);
	CU_ASSERT_STRING_EQUAL(s.report.items[0].best_time_source, "time stamp 1");
	CU_ASSERT_STRING_EQUAL(s.report.items[0].level, "B-T");
	CU_ASSERT(scene_has_check(&s, "CertificateValidity", CHECK_SUPERSEDED));
	scene_drop(&s);
	scene_make(&s, PKI_EXPIRED, &too_late);
	EXPECT_OPEN(&s, SUB_OUT_OF_BOUNDS_NO_POE, "expired on 2026-01-30");
	scene_drop(&s);
}

static void
the_earliest_proof_counts(void)
{
	static const struct test_tsa early = { PKI_TSA, PKI_NOW - 50 * PKI_DAY, 0 },
				     later = { PKI_TSA_RSA, PKI_NOW - 20 * PKI_DAY, 0 };
	struct timestamp_source source = test_tsa_source(&early);
	struct error err = ERROR_INIT;
	struct scene s;

	scene_make(&s, PKI_EXPIRED, &later);
	ASSERT_OK(cms_add_timestamp(&s.der, 0, &source, &err), &err);
	scene_read(&s, SCENE_TEXT);
	CU_ASSERT_EQUAL_FATAL(s.sig->timestamp_count, 2);
	EXPECT_PASSED(&s);
	CU_ASSERT_EQUAL(s.report.items[0].best_time, early.time);
	scene_drop(&s);
}

/* The expired signer with a time stamp that would save it, if it were good. */
static void
expect_no_proof(
    enum pki_id tsa, int64_t time, int plain, enum sub_indication of_stamp, const char *says)
{
	const struct test_tsa made_by = { tsa, time, plain };
	const struct verify_timestamp *t;
	struct scene s;

	scene_make(&s, PKI_EXPIRED, &made_by);
	EXPECT_OPEN(&s, SUB_OUT_OF_BOUNDS_NO_POE, "Expired signer");
	t = &s.report.items[0].timestamps[0];
	if (t->conclusion.sub != of_stamp || strstr(t->conclusion.text, says) == NULL)
		fprintf(stderr, "stamp: %s: %s\n", sub_indication_name(t->conclusion.sub),
		    t->conclusion.text);
	CU_ASSERT_EQUAL(t->conclusion.sub, of_stamp);
	CU_ASSERT_PTR_NOT_NULL(strstr(t->conclusion.text, says));
	CU_ASSERT_EQUAL(s.report.items[0].best_time, PKI_NOW);
	CU_ASSERT(scene_has_check(&s, "TimeStamp", CHECK_NOTE));
	scene_drop(&s);
}

static void
a_time_stamp_that_is_not_valid_proves_nothing(void)
{
	const int64_t before = PKI_NOW - 40 * PKI_DAY;

	expect_no_proof(
	    PKI_TSA_EXPIRED, before, 0, SUB_OUT_OF_BOUNDS_NO_POE, "\"Expired TSA\" expired");
	expect_no_proof(
	    PKI_P256, before, 0, SUB_CHAIN_CONSTRAINTS_FAILURE, "may not sign time stamps");
	expect_no_proof(
	    PKI_OTHER_SIGNER, before, 0, SUB_NO_CERTIFICATE_CHAIN_FOUND, "Other signer");
	expect_no_proof(PKI_TSA, before, 1, SUB_SIG_CONSTRAINTS_FAILURE,
	    "does not name its signing certificate");
	expect_no_proof(PKI_TSA, PKI_NOW + PKI_DAY, 0, SUB_SIG_CONSTRAINTS_FAILURE,
	    "after the time of this validation");
	expect_no_proof(PKI_TSA, PKI_NOW - 4 * PKI_YEAR, 0, SUB_SIG_CONSTRAINTS_FAILURE,
	    "outside the validity of its authority's certificate");
}

static void
a_tampered_time_stamp_proves_nothing(void)
{
	static const struct test_tsa tsa = { PKI_TSA, PKI_NOW - 40 * PKI_DAY, 0 };
	const struct verify_conclusion *stamp;
	struct embedded_timestamp *e;
	struct scene s;

	scene_make(&s, PKI_EXPIRED, &tsa);
	e = &s.sig->timestamps[0];
	e->imprint.value[DIGEST_SHA256][0] ^= 1;
	EXPECT_OPEN(&s, SUB_OUT_OF_BOUNDS_NO_POE, "");
	stamp = &s.report.items[0].timestamps[0].conclusion;
	CU_ASSERT_EQUAL(stamp->sub, SUB_HASH_FAILURE);
	CU_ASSERT(!s.report.items[0].timestamps[0].imprint_intact);
	e->imprint.value[DIGEST_SHA256][0] ^= 1;
	EXPECT_PASSED(&s);
	e->imprint_known = 0;
	EXPECT_OPEN(&s, SUB_OUT_OF_BOUNDS_NO_POE, "");
	stamp = &s.report.items[0].timestamps[0].conclusion;
	CU_ASSERT_EQUAL(stamp->sub, SUB_SIGNED_DATA_NOT_FOUND);
	e->imprint_known = 1;
	e->token.data[e->token.len - 1] ^= 1;
	EXPECT_OPEN(&s, SUB_OUT_OF_BOUNDS_NO_POE, "");
	stamp = &s.report.items[0].timestamps[0].conclusion;
	CU_ASSERT_EQUAL(stamp->indication, INDICATION_TOTAL_FAILED);
	e->token.len /= 2;
	EXPECT_OPEN(&s, SUB_OUT_OF_BOUNDS_NO_POE, "");
	stamp = &s.report.items[0].timestamps[0].conclusion;
	CU_ASSERT_EQUAL(stamp->sub, SUB_FORMAT_FAILURE);
	CU_ASSERT(!s.report.items[0].timestamps[0].readable);
	scene_drop(&s);
}

static void
what_a_time_stamp_covers_decides_what_it_proves(void)
{
	static const struct test_tsa tsa = { PKI_TSA, PKI_NOW - 40 * PKI_DAY, 0 };
	struct scene s;

	scene_make(&s, PKI_EXPIRED, &tsa);
	s.sig->timestamps[0].kind = TIMESTAMP_ARCHIVE;
	s.sig->timestamps[0].covers.signature = 0;
	EXPECT_OPEN(&s, SUB_OUT_OF_BOUNDS_NO_POE, "");
	CU_ASSERT_EQUAL(
	    s.report.items[0].timestamps[0].conclusion.indication, INDICATION_TOTAL_PASSED);
	CU_ASSERT_EQUAL(s.report.items[0].best_time, PKI_NOW);
	s.sig->timestamps[0].covers.signature = 1;
	EXPECT_PASSED(&s);
	scene_drop(&s);
}

static void
a_bad_time_stamp_does_not_spoil_a_good_signature(void)
{
	static const struct test_tsa tsa = { PKI_TSA_EXPIRED, PKI_NOW - 40 * PKI_DAY, 0 };
	struct scene s;

	scene_make(&s, PKI_P256, &tsa);
	EXPECT_PASSED(&s);
	CU_ASSERT_EQUAL(
	    s.report.items[0].timestamps[0].conclusion.indication, INDICATION_INDETERMINATE);
	CU_ASSERT_EQUAL(s.report.items[0].best_time, PKI_NOW);
	scene_drop(&s);
}

static void
a_signature_before_its_certificate_fails_for_good(void)
{
	static const struct test_tsa tsa = { PKI_TSA, PKI_NOW - 2 * PKI_YEAR, 0 };
	struct scene s;

	scene_make(&s, PKI_NOT_YET_VALID, NULL);
	EXPECT_FAILED(&s, SUB_NOT_YET_VALID, "before the signer's certificate began on 2026-03-31");
	s.context.time = PKI_NOW + 31 * PKI_DAY;
	EXPECT_PASSED(&s);
	scene_drop(&s);
	scene_make(&s, PKI_P256, &tsa); /* whose certificate began a year ago */
	EXPECT_FAILED(&s, SUB_NOT_YET_VALID, "before the signer's certificate began");
	scene_drop(&s);
}

static void
a_content_time_stamp_after_the_end_shows_a_late_signature(void)
{
	static const struct test_tsa tsa = { PKI_TSA, PKI_NOW - 20 * PKI_DAY, 0 };
	struct scene s;

	scene_make(&s, PKI_EXPIRED, &tsa);
	s.sig->timestamps[0].kind = TIMESTAMP_CONTENT;
	EXPECT_FAILED(&s, SUB_EXPIRED, "made after the signer's certificate expired");
	scene_drop(&s);
}

static void
a_content_time_stamp_after_the_signatures_own_is_out_of_order(void)
{
	static const struct test_tsa content = { PKI_TSA, PKI_NOW - 10 * PKI_DAY, 0 },
				     early = { PKI_TSA, PKI_NOW - 20 * PKI_DAY, 0 };
	struct timestamp_source source = test_tsa_source(&early);
	struct error err = ERROR_INIT;
	struct scene s;
	size_t i;

	scene_make(&s, PKI_P256, &content);
	ASSERT_OK(cms_add_timestamp(&s.der, 0, &source, &err), &err);
	scene_read(&s, SCENE_TEXT);
	EXPECT_PASSED(&s);
	/* A reader gives them in any order; the later one becomes the content's. */
	for (i = 0; i < 2; i++)
		if (s.report.items[0].timestamps[i].time == content.time)
			s.sig->timestamps[i].kind = TIMESTAMP_CONTENT;
	EXPECT_OPEN(&s, SUB_TIMESTAMP_ORDER_FAILURE, "later than the proof");
	scene_drop(&s);
}

/* A catalogue in which RSA ended ten days before PKI_NOW. */
static const struct catalogue_digest some_digests[] = { { DIGEST_SHA256, NULL, NULL } };
static const struct catalogue_key some_keys[] = {
	{ KEY_RSA, PADDING_PKCS1, 2048, NULL, "2026-02-19", DIGEST_NONE, NULL },
	{ KEY_EC, PADDING_NONE, 256, NULL, NULL, DIGEST_NONE, NULL },
};
static const struct catalogue some_catalogue = { "test", "1", some_digests, 1, some_keys, 2 };

static void
a_weak_algorithm_needs_proof_from_when_it_was_strong(void)
{
	static const struct test_tsa in_time = { PKI_TSA, PKI_NOW - 20 * PKI_DAY, 0 },
				     too_late = { PKI_TSA, PKI_NOW - 5 * PKI_DAY, 0 },
				     weak = { PKI_TSA_RSA, PKI_NOW - 20 * PKI_DAY, 0 };
	static const struct test_tsa *const no_proof[] = { NULL, &too_late, &weak };
	struct scene s;
	size_t i;

	for (i = 0; i < sizeof(no_proof) / sizeof(no_proof[0]); i++) {
		scene_make(&s, PKI_RSA2048, no_proof[i]);
		EXPECT_PASSED(&s);
		s.context.catalogue = &some_catalogue;
		EXPECT_OPEN(
		    &s, SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE, "not suitable after 2026-02-19");
		scene_drop(&s);
	}
	scene_make(&s, PKI_RSA2048, &in_time);
	s.context.catalogue = &some_catalogue;
	EXPECT_PASSED(&s);
	CU_ASSERT_EQUAL(s.report.items[0].basic.sub, SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE);
	CU_ASSERT_EQUAL(s.report.items[0].best_time, in_time.time);
	scene_drop(&s);
}

static void
proof_of_existence_heals_no_lack_of_revocation_data(void)
{
	static const struct test_tsa tsa = { PKI_TSA, PKI_NOW - 40 * PKI_DAY, 0 };
	struct scene s;

	scene_make(&s, PKI_EXPIRED, &tsa);
	s.context.anchors = pki_root_only();
	EXPECT_OPEN(&s, SUB_TRY_LATER, "Test Issuing CA");
	scene_drop(&s);
}

/* As in long-term signatures: the token holds its signer only, the signature around it the CA. */
static void
issuers_of_an_authority_are_found_in_the_signature(void)
{
	static const struct test_tsa tsa = { PKI_TSA, PKI_NOW - PKI_DAY, 0 };
	struct scene s;

	scene_make(&s, PKI_P256, &tsa);
	s.policy.without_revocation = 1;
	s.context.certificates = NULL;
	s.context.timestamp_anchors = pki_root_only();
	EXPECT_PASSED(&s);
	CU_ASSERT_EQUAL(s.report.items[0].best_time, PKI_NOW);
	X509_up_ref(pki_cert(PKI_INTERMEDIATE));
	sk_X509_push(s.sig->certificates, pki_cert(PKI_INTERMEDIATE));
	EXPECT_PASSED(&s);
	CU_ASSERT_EQUAL(s.report.items[0].best_time, tsa.time);
	scene_drop(&s);
}

/* ---- tokens alone ---- */

static void
expect_token(const struct buf *token, const struct document *doc, STACK_OF(X509) * anchors,
    enum sub_indication sub)
{
	struct verify_context context = {
		.timestamp_anchors = anchors, .certificates = pki_anchors(), .time = PKI_NOW
	};
	struct error err = ERROR_INIT;
	struct verify_timestamp t;

	/* The anchors of signers are not those of authorities. */
	context.anchors = anchors == NULL ? pki_anchors() : NULL;
	ASSERT_OK(verify_timestamp_token(SPAN_OF(token), doc, &context, &t, &err), &err);
	if (t.conclusion.sub != sub)
		fprintf(stderr, "%s\n", t.conclusion.text);
	CU_ASSERT_EQUAL(t.conclusion.sub, sub);
	CU_ASSERT_EQUAL(t.conclusion.indication, indication_of(sub));
	verify_timestamp_release(&t);
}

static void
a_token_is_judged_over_its_document(void)
{
	static const struct test_tsa tsa = { PKI_TSA, PKI_NOW - PKI_DAY, 0 };
	struct document doc = { .content = span_str(SCENE_TEXT), .has_content = 1 },
			other = { .content = span_str("other"), .has_content = 1 };
	struct digest_values digests = { .have = DIGEST_BIT(DIGEST_SHA512) };
	struct document digest_only = { .digests = &digests };
	unsigned char imprint[DIGEST_SIZE_MAX];
	struct buf token = BUF_INIT(0);
	struct error err = ERROR_INIT;

	ASSERT_OK(digest_span(DIGEST_SHA256, span_str(SCENE_TEXT), imprint, &err), &err);
	test_token(&token, &tsa, DIGEST_SHA256, imprint);
	expect_token(&token, &doc, pki_anchors(), SUB_NONE);
	expect_token(&token, &other, pki_anchors(), SUB_HASH_FAILURE);
	expect_token(&token, &digest_only, pki_anchors(), SUB_SIGNED_DATA_NOT_FOUND);
	expect_token(&token, NULL, pki_anchors(), SUB_SIGNED_DATA_NOT_FOUND);
	expect_token(&token, &doc, NULL, SUB_NO_CERTIFICATE_CHAIN_FOUND);
	expect_token(&token, &doc, pki_root_only(), SUB_TRY_LATER);
	token.data[token.len - 1] ^= 1;
	expect_token(&token, &doc, pki_anchors(), SUB_SIG_CRYPTO_FAILURE);
	token.len--;
	expect_token(&token, &doc, pki_anchors(), SUB_FORMAT_FAILURE);
	token.len = 0;
	expect_token(&token, &doc, pki_anchors(), SUB_FORMAT_FAILURE);
	buf_release(&token);
}

static void
a_token_tells_its_time_serial_policy_and_authority(void)
{
	static const struct test_tsa tsa = { PKI_TSA, PKI_NOW - PKI_DAY, 0 };
	struct verify_context context = { .timestamp_anchors = pki_anchors(), .time = PKI_NOW };
	struct document doc = { .content = span_str(SCENE_TEXT), .has_content = 1 };
	unsigned char imprint[DIGEST_SIZE_MAX];
	struct buf token = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct verify_timestamp t;

	ASSERT_OK(digest_span(DIGEST_SHA384, span_str(SCENE_TEXT), imprint, &err), &err);
	test_token(&token, &tsa, DIGEST_SHA384, imprint);
	ASSERT_OK(verify_timestamp_token(SPAN_OF(&token), &doc, &context, &t, &err), &err);
	CU_ASSERT(t.readable);
	CU_ASSERT(t.imprint_intact);
	CU_ASSERT_EQUAL(t.time, tsa.time);
	CU_ASSERT_EQUAL(t.digest, DIGEST_SHA384);
	CU_ASSERT_STRING_EQUAL(t.serial, "4711");
	CU_ASSERT_STRING_EQUAL(t.policy, "1.3.6.1.4.1.99999.3");
	CU_ASSERT_STRING_EQUAL(t.algorithm, "ECDSA with SHA256");
	CU_ASSERT_FATAL(t.path.certificate_count > 0);
	CU_ASSERT_EQUAL(X509_cmp(t.path.certificates[0].cert, pki_cert(PKI_TSA)), 0);
	verify_timestamp_release(&t);
	buf_release(&token);
}

static void
a_weak_imprint_proves_nothing(void)
{
	static const struct test_tsa tsa = { PKI_TSA, PKI_NOW - PKI_DAY, 0 };
	struct document doc = { .content = span_str(SCENE_TEXT), .has_content = 1 };
	unsigned char imprint[DIGEST_SIZE_MAX];
	struct buf token = BUF_INIT(0);
	struct error err = ERROR_INIT;

	ASSERT_OK(digest_span(DIGEST_SHA1, span_str(SCENE_TEXT), imprint, &err), &err);
	test_token(&token, &tsa, DIGEST_SHA1, imprint);
	expect_token(&token, &doc, pki_anchors(), SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE);
	buf_release(&token);
}

static void
a_signature_is_no_time_stamp(void)
{
	struct document doc = { .content = span_str(SCENE_TEXT), .has_content = 1 };
	struct sign_options options = { .packaging = PACKAGING_ENVELOPING };
	struct buf der = BUF_INIT(0);
	struct error err = ERROR_INIT;

	ASSERT_OK(cms_sign(&der, &doc, CMS_PROFILE_CADES, pki_key(PKI_TSA), &options, &err), &err);
	expect_token(&der, &doc, pki_anchors(), SUB_FORMAT_FAILURE);
	buf_release(&der);
}

static const struct test tests[] = { TEST(an_expired_signer_needs_proof_of_existence),
	TEST(the_earliest_proof_counts), TEST(a_time_stamp_that_is_not_valid_proves_nothing),
	TEST(a_tampered_time_stamp_proves_nothing),
	TEST(what_a_time_stamp_covers_decides_what_it_proves),
	TEST(a_bad_time_stamp_does_not_spoil_a_good_signature),
	TEST(a_signature_before_its_certificate_fails_for_good),
	TEST(a_content_time_stamp_after_the_end_shows_a_late_signature),
	TEST(a_content_time_stamp_after_the_signatures_own_is_out_of_order),
	TEST(a_weak_algorithm_needs_proof_from_when_it_was_strong),
	TEST(proof_of_existence_heals_no_lack_of_revocation_data),
	TEST(issuers_of_an_authority_are_found_in_the_signature),
	TEST(a_token_is_judged_over_its_document),
	TEST(a_token_tells_its_time_serial_policy_and_authority),
	TEST(a_weak_imprint_proves_nothing), TEST(a_signature_is_no_time_stamp), TEST_END };
const struct suite suite_signing_verify_time = { "signing/verify/time", NULL, NULL, tests };
