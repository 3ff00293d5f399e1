/* What a document may make a verdict cost: issue 3, bad input. */
#include <string.h>

#include "signing/core/work.h"
#include "signing/format/cms/cms_read.h"
#include "signing/verify/verify.h"
#include "tests/support/hostile.h"
#include "tests/support/pki.h"
#include "tests/support/suite.h"

/* A tenth of a second, so that the test takes no longer. */
#define SMALL_PURSE 100000
#define CROWD	    40

static struct verify_context
context_with(struct work *work)
{
	return (struct verify_context){ .anchors = pki_anchors(),
		.timestamp_anchors = pki_anchors(),
		.time = PKI_NOW,
		.work = work };
}

static void
sign_one(struct signatures *list)
{
	const struct sign_options options = { .signing_time = PKI_NOW, .claim_time = 1 };
	const struct document doc = { .content = span_str("text"), .has_content = 1 };
	struct error err = ERROR_INIT;
	struct buf der = BUF_INIT(0);

	memset(list, 0, sizeof(*list));
	ASSERT_OK(cms_sign(&der, &doc, CMS_PROFILE_CADES, pki_key(PKI_P256), &options, &err), &err);
	ASSERT_OK(cms_read(list, SPAN_OF(&der), &doc, NULL, &err), &err);
	buf_release(&der);
}

/* Each of the crowd may have issued each other, by its names. */
static void
add_crowd(struct signature *sig, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		CU_ASSERT_FATAL(sk_X509_push(sig->certificates, hostile_certificate(i)) > 0);
}

static void
be_signed_by_the_crowd(struct signature *sig)
{
	X509 *signer = sk_X509_value(sig->certificates, sk_X509_num(sig->certificates) - 1);

	X509_free(sig->signer);
	X509_up_ref(signer);
	sig->signer = signer;
}

static void
certificates_that_may_all_have_issued_each_other_end_with_the_limit(void)
{
	struct work work = WORK_INIT(SMALL_PURSE);
	const struct verify_context context = context_with(&work);
	struct verify_report report;
	struct error err = ERROR_INIT;
	struct signatures list;

	sign_one(&list);
	add_crowd(&list.items[0], CROWD);
	be_signed_by_the_crowd(&list.items[0]);
	CU_ASSERT_EQUAL(verify_signatures(&list, &context, &report, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_LIMIT);
	CU_ASSERT_STRING_EQUAL(err.limit, "verdict-work");
	CU_ASSERT_EQUAL(err.allowed, SMALL_PURSE);
	CU_ASSERT(err.met > SMALL_PURSE);
	CU_ASSERT_EQUAL(report.count, 0);
	signatures_release(&list);
}

static void
what_an_honest_signature_needs_is_far_below(void)
{
	struct work work = WORK_INIT(WORK_VERDICT_MAX);
	const struct verify_context context = context_with(&work);
	struct verify_report report;
	struct error err = ERROR_INIT;
	struct signatures list;

	sign_one(&list);
	ASSERT_OK(verify_signatures(&list, &context, &report, &err), &err);
	CU_ASSERT_EQUAL(report.conclusion.indication, INDICATION_TOTAL_PASSED);
	CU_ASSERT(work.left < work.allowed);
	CU_ASSERT(work.left > work.allowed - work.allowed / 1000);
	verify_report_release(&report);
	signatures_release(&list);
}

/* One purse for all rounds; and no verdict at all rather than one that lacks a check. */
static void
rounds_share_a_purse_and_none_is_judged_with_an_empty_one(void)
{
	struct work work = WORK_INIT(WORK_VERDICT_MAX);
	const struct verify_context context = context_with(&work);
	struct verify_report report;
	struct error err = ERROR_INIT;
	struct signatures list;
	uint64_t one;
	int rounds;

	sign_one(&list);
	ASSERT_OK(verify_signatures(&list, &context, &report, &err), &err);
	verify_report_release(&report);
	one = work.allowed - work.left;
	work = (struct work)WORK_INIT(3 * one + one / 2);
	for (rounds = 0; verify_signatures(&list, &context, &report, &err) == 0; rounds++) {
		CU_ASSERT_EQUAL(report.conclusion.indication, INDICATION_TOTAL_PASSED);
		verify_report_release(&report);
	}
	CU_ASSERT_EQUAL(rounds, 3);
	CU_ASSERT_STRING_EQUAL(err.limit, "verdict-work");
	signatures_release(&list);
}

static void
a_certificate_and_a_token_are_bounded_too(void)
{
	struct work work = WORK_INIT(10);
	const struct verify_context context = context_with(&work);
	struct verify_certificate_report report;
	struct error err = ERROR_INIT;

	CU_ASSERT_EQUAL(
	    verify_certificate(pki_cert(PKI_P256), NULL, PATH_SIGNING, &context, &report, &err),
	    -1);
	CU_ASSERT_STRING_EQUAL(err.limit, "verdict-work");
}

static void
a_check_costs_by_its_key(void)
{
	EVP_PKEY *slow = hostile_key(0);

	CU_ASSERT(work_of_check(slow) > 50 * work_of_check(pki_key(PKI_RSA2048)->pkey));
	CU_ASSERT(work_of_check(pki_key(PKI_P521)->pkey) > work_of_check(pki_key(PKI_P256)->pkey));
	CU_ASSERT(work_of_check(NULL) > 0);
	CU_ASSERT_EQUAL(work_spend(NULL, UINT64_MAX), 1);
	EVP_PKEY_free(slow);
}

static const struct test tests[] = {
	TEST(certificates_that_may_all_have_issued_each_other_end_with_the_limit),
	TEST(what_an_honest_signature_needs_is_far_below),
	TEST(rounds_share_a_purse_and_none_is_judged_with_an_empty_one),
	TEST(a_certificate_and_a_token_are_bounded_too), TEST(a_check_costs_by_its_key), TEST_END
};
const struct suite suite_signing_verify_work = { "signing/verify/work", NULL, NULL, tests };
