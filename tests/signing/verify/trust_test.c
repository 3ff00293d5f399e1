/* Verdicts by trust snapshots: what lists say of the anchor at the time that counts. */
#include <string.h>

#include "signing/core/ossl.h"
#include "signing/format/cms/cms_read.h"
#include "tests/support/scene.h"
#include "tests/support/trusted.h"

static struct trust_snapshot *snapshot;

/* A snapshot of the test list, changed, of which all providers count; and of own certificates. */
static void
use_list(struct scene *s, const struct test_list *l, const struct trust_own *own, size_t own_count)
{
	const struct trust_choice choice = { "DE", NULL };
	struct trust_listed listed = { .source = "DE" };
	struct trust_making making = { &listed, 1, &choice, 1, own, own_count };
	struct buf xml = BUF_INIT(0), packed = BUF_INIT(0);
	struct trust_list *list = NULL;
	struct error err = ERROR_INIT;

	test_list_text(l, &xml);
	ASSERT_OK(trust_list_read(&list, SPAN_OF(&xml), &err), &err);
	listed.list = list;
	ASSERT_OK(trust_snapshot_make(&packed, &making, &err), &err);
	trust_snapshot_free(snapshot);
	ASSERT_OK(trust_snapshot_load(&snapshot, SPAN_OF(&packed), &err), &err);
	trust_list_free(list);
	buf_release(&xml);
	buf_release(&packed);
	s->context.trust = snapshot;
	s->context.trust_number = 7;
	s->context.anchors = s->context.timestamp_anchors = NULL;
}

static void
drop(struct scene *s)
{
	scene_drop(s);
	trust_snapshot_free(snapshot);
	snapshot = NULL;
}

/* S2-27, S2-28 */
static void
a_granted_service_ends_the_path(void)
{
	struct test_list l;
	struct scene s;

	test_list_init(&l);
	scene_make(&s, PKI_P256, NULL);
	use_list(&s, &l, NULL, 0);
	EXPECT_PASSED(&s);
	CU_ASSERT_TRUE(scene_has_check(&s, "TrustServiceStatus", CHECK_PASSED));
	CU_ASSERT_TRUE(s.report.items[0].trust.known);
	CU_ASSERT_STRING_EQUAL(s.report.items[0].trust.status, "recognisedatnationallevel");
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(s.report.items[0].trust.text, "\"Alpha CA\" of \"Alpha Trust\""));
	CU_ASSERT_PTR_NOT_NULL(strstr(s.report.snapshot, "sha256:"));
	CU_ASSERT_PTR_NOT_NULL(strstr(s.report.snapshot, " 7"));
	drop(&s);
	test_list_release(&l);
}

static void
who_is_on_no_chosen_list_has_no_chain(void)
{
	const struct trust_making nothing = { 0 };
	struct buf packed = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct scene s;

	scene_make(&s, PKI_P256, NULL);
	ASSERT_OK(trust_snapshot_make(&packed, &nothing, &err), &err);
	ASSERT_OK(trust_snapshot_load(&snapshot, SPAN_OF(&packed), &err), &err);
	s.context.trust = snapshot; /* the anchors beside it do not count */
	EXPECT_OPEN(&s, SUB_NO_CERTIFICATE_CHAIN_FOUND, "not a trust anchor");
	CU_ASSERT_FALSE(s.report.items[0].trust.known);
	buf_release(&packed);
	drop(&s);
}

static void
a_service_that_was_withdrawn_ends_no_path_any_more(void)
{
	struct test_list l;
	struct scene s;

	test_list_init(&l);
	scene_make(&s, PKI_OTHER_SIGNER, NULL);
	use_list(&s, &l, NULL, 0);
	EXPECT_OPEN(&s, SUB_NO_CERTIFICATE_CHAIN_FOUND_NO_POE,
	    "\"Beta CA\" of \"Beta Trust\" is on list 7 of \"DE\", but at 2026-03-01T11:00:00Z it "
	    "was "
	    "deprecatedatnationallevel (since 2026-01-30T11:00:00Z)");
	CU_ASSERT_STRING_EQUAL(s.report.items[0].conclusion.code, "TrustServiceStatus");
	CU_ASSERT_STRING_EQUAL(s.report.items[0].trust.status, "deprecatedatnationallevel");
	/* While it was recognised. */
	s.context.time = PKI_NOW - 31 * PKI_DAY;
	EXPECT_PASSED(&s);
	/* Never recognised: no proof could heal that. */
	l.instances[5].status = l.instances[4].status;
	use_list(&s, &l, NULL, 0);
	s.context.time = PKI_NOW;
	EXPECT_OPEN(&s, SUB_NO_CERTIFICATE_CHAIN_FOUND, "");
	drop(&s);
	test_list_release(&l);
}

/* A signature by a member of the other CA, with a time stamp `before` seconds before PKI_NOW. */
static void
stamped_scene(struct scene *s, enum pki_id signer, int64_t before, struct test_list *l)
{
	const struct test_tsa tsa = { .id = PKI_TSA, .time = PKI_NOW - before };

	scene_make(s, signer, &tsa);
	use_list(s, l, NULL, 0);
}

static void
what_is_proven_from_before_the_withdrawal_passes(void)
{
	struct test_list l;
	struct scene s;

	test_list_init(&l);
	stamped_scene(&s, PKI_OTHER_SIGNER, 40 * PKI_DAY, &l);
	EXPECT_PASSED(&s);
	CU_ASSERT_EQUAL(s.report.items[0].basic.sub, SUB_NO_CERTIFICATE_CHAIN_FOUND_NO_POE);
	CU_ASSERT_STRING_EQUAL(s.report.items[0].trust.status, "recognisedatnationallevel");
	CU_ASSERT_STRING_EQUAL(
	    s.report.items[0].timestamps[0].trust.status, "recognisedatnationallevel");
	/* One flipped byte: no list and no proof makes it pass. */
	s.sig->value_intact = 0;
	EXPECT_FAILED(&s, SUB_SIG_CRYPTO_FAILURE, "");
	drop(&s);
	test_list_release(&l);
}

static void
what_is_proven_from_after_the_withdrawal_does_not(void)
{
	struct test_list l;
	struct scene s;

	test_list_init(&l);
	stamped_scene(&s, PKI_OTHER_SIGNER, 20 * PKI_DAY, &l);
	EXPECT_OPEN(&s, SUB_NO_CERTIFICATE_CHAIN_FOUND_NO_POE, "deprecatedatnationallevel");
	drop(&s);
	test_list_release(&l);
}

static void
a_service_that_is_granted_today_but_was_not_then_does_not_help(void)
{
	struct test_list l;
	struct scene s;

	test_list_init(&l);
	/* Alpha CA was not recognised between 2 years and 1 year ago; nor before its beginning. */
	l.instances[0].start = PKI_NOW - 10 * PKI_DAY;
	l.instances[1].start = PKI_NOW - 100 * PKI_DAY;
	stamped_scene(&s, PKI_P256, 50 * PKI_DAY, &l);
	EXPECT_OPEN(&s, SUB_NO_CERTIFICATE_CHAIN_FOUND_NO_POE, "it was deprecatedatnationallevel");
	CU_ASSERT_EQUAL(s.report.items[0].basic.indication, INDICATION_TOTAL_PASSED);
	drop(&s);
	stamped_scene(&s, PKI_P256, 5 * PKI_DAY, &l);
	EXPECT_PASSED(&s);
	drop(&s);
	stamped_scene(&s, PKI_P256, 150 * PKI_DAY, &l);
	EXPECT_PASSED(&s);
	drop(&s);
	l.instances[2].start = PKI_NOW - 120 * PKI_DAY;
	stamped_scene(&s, PKI_P256, 150 * PKI_DAY, &l);
	EXPECT_OPEN(&s, SUB_NO_CERTIFICATE_CHAIN_FOUND, "but only since");
	drop(&s);
	test_list_release(&l);
}

static void
a_time_stamp_of_a_service_that_did_not_count_then_proves_nothing(void)
{
	struct test_list l;
	struct scene s;

	test_list_init(&l);
	l.instances[3].start = PKI_NOW - 10 * PKI_DAY;
	stamped_scene(&s, PKI_OTHER_SIGNER, 40 * PKI_DAY, &l);
	EXPECT_OPEN(&s, SUB_NO_CERTIFICATE_CHAIN_FOUND_NO_POE, "Beta CA");
	CU_ASSERT_EQUAL(
	    s.report.items[0].timestamps[0].conclusion.sub, SUB_NO_CERTIFICATE_CHAIN_FOUND);
	CU_ASSERT_PTR_NOT_NULL(strstr(
	    s.report.items[0].timestamps[0].conclusion.text, "\"Alpha TSA\" of \"Alpha Trust\""));
	drop(&s);
	test_list_release(&l);
}

/* Time stamps are judged by services for time stamps, signers by those that issue certificates. */
static void
a_service_serves_its_own_purpose_only(void)
{
	struct test_list l;
	struct scene s;

	test_list_init(&l);
	l.instances[3].type = trust_type_uri("CA/PKC");
	stamped_scene(&s, PKI_OTHER_SIGNER, 40 * PKI_DAY, &l);
	EXPECT_OPEN(&s, SUB_NO_CERTIFICATE_CHAIN_FOUND_NO_POE, "Beta CA");
	CU_ASSERT_EQUAL(
	    s.report.items[0].timestamps[0].conclusion.sub, SUB_NO_CERTIFICATE_CHAIN_FOUND);
	drop(&s);
	l.instances[0].type = l.instances[1].type = l.instances[2].type = trust_type_uri("TSA");
	scene_make(&s, PKI_P256, NULL);
	use_list(&s, &l, NULL, 0);
	EXPECT_OPEN(&s, SUB_NO_CERTIFICATE_CHAIN_FOUND, "");
	drop(&s);
	test_list_release(&l);
}

/* S2-29: own CA certificates beside the lists; any anchor that counts is good enough. */
static void
another_anchor_that_counts_is_as_good(void)
{
	struct trust_own own = { .name = "House root", .purposes = TRUST_PURPOSE(PATH_SIGNING) };
	struct buf der = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct test_list l;
	struct scene s;

	test_list_init(&l);
	l.instances[0].status = trust_status_uri("withdrawn");
	ASSERT_OK(OSSL_APPEND_DER(X509, pki_cert(PKI_ROOT), &der, &err), &err);
	own.certificate = SPAN_OF(&der);
	scene_make(&s, PKI_P256, NULL);
	use_list(&s, &l, NULL, 0);
	EXPECT_OPEN(&s, SUB_NO_CERTIFICATE_CHAIN_FOUND_NO_POE, "withdrawn");
	use_list(&s, &l, &own, 1);
	s.policy.without_revocation = 1; /* that of the intermediate */
	EXPECT_PASSED(&s);
	CU_ASSERT_PTR_NOT_NULL(strstr(s.report.items[0].trust.text, "House root"));
	CU_ASSERT_STRING_EQUAL(s.report.items[0].trust.status, "");
	own.purposes = TRUST_PURPOSE(PATH_TIMESTAMPING);
	use_list(&s, &l, &own, 1);
	EXPECT_OPEN(&s, SUB_NO_CERTIFICATE_CHAIN_FOUND_NO_POE, "withdrawn");
	buf_release(&der);
	drop(&s);
	test_list_release(&l);
}

static void
a_list_that_is_overdue_is_waited_for(void)
{
	struct test_list l;
	struct scene s;

	test_list_init(&l);
	l.scheme.next_update = PKI_NOW - 5 * PKI_DAY;
	l.scheme.issued = PKI_NOW - 10 * PKI_DAY;
	stamped_scene(&s, PKI_P256, 2 * PKI_DAY, &l);
	EXPECT_OPEN(&s, SUB_TRY_LATER,
	    "list 7 of \"DE\", which names the trust anchor, should have been followed by another "
	    "by "
	    "2026-02-24T11:00:00Z");
	/* A policy may take it for a warning, or for nothing. */
	s.policy.levels[CONSTRAINT_TRUST_LIST_FRESH] = VERIFY_WARN;
	EXPECT_PASSED(&s);
	CU_ASSERT_TRUE(scene_has_check(&s, "TrustListFreshness", CHECK_WARNING));
	s.policy.levels[CONSTRAINT_TRUST_LIST_FRESH] = VERIFY_IGNORE;
	EXPECT_PASSED(&s);
	CU_ASSERT_FALSE(scene_has_check(&s, "TrustListFreshness", CHECK_NOTE));
	drop(&s);
	test_list_release(&l);
}

static void
a_certificate_is_judged_by_the_services_of_its_purpose(void)
{
	struct verify_certificate_report r;
	struct error err = ERROR_INIT;
	struct test_list l;
	struct scene s;

	test_list_init(&l);
	scene_make(&s, PKI_P256, NULL);
	use_list(&s, &l, NULL, 0);
	ASSERT_OK(
	    verify_certificate(pki_cert(PKI_TSA), NULL, PATH_TIMESTAMPING, &s.context, &r, &err),
	    &err);
	CU_ASSERT_EQUAL(r.conclusion.indication, INDICATION_TOTAL_PASSED);
	CU_ASSERT_STRING_EQUAL(r.trust.status, "recognisedatnationallevel");
	CU_ASSERT_STRING_NOT_EQUAL(r.snapshot, "");
	verify_certificate_report_release(&r);
	ASSERT_OK(verify_certificate(
		      pki_cert(PKI_OTHER_SIGNER), NULL, PATH_SIGNING, &s.context, &r, &err),
	    &err);
	CU_ASSERT_EQUAL(r.conclusion.sub, SUB_NO_CERTIFICATE_CHAIN_FOUND_NO_POE);
	CU_ASSERT_STRING_EQUAL(r.trust.status, "deprecatedatnationallevel");
	verify_certificate_report_release(&r);
	drop(&s);
	test_list_release(&l);
}

static const struct test tests[] = {
	TEST(a_granted_service_ends_the_path),
	TEST(who_is_on_no_chosen_list_has_no_chain),
	TEST(a_service_that_was_withdrawn_ends_no_path_any_more),
	TEST(what_is_proven_from_before_the_withdrawal_passes),
	TEST(what_is_proven_from_after_the_withdrawal_does_not),
	TEST(a_service_that_is_granted_today_but_was_not_then_does_not_help),
	TEST(a_time_stamp_of_a_service_that_did_not_count_then_proves_nothing),
	TEST(a_service_serves_its_own_purpose_only),
	TEST(another_anchor_that_counts_is_as_good),
	TEST(a_list_that_is_overdue_is_waited_for),
	TEST(a_certificate_is_judged_by_the_services_of_its_purpose),
	TEST_END,
};
const struct suite suite_signing_verify_trust = { "signing/verify/trust", NULL, NULL, tests };
