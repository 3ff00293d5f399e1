/* Until when a signature can be proven: what is told is what happens, at that second and the next.
 */
#include <string.h>

#include "server/base/text.h"
#include "signing/core/ossl.h"
#include "tests/support/longterm.h"
#include "tests/support/report_sample.h"
#include "tests/support/scene.h"

static int64_t
end_of(const X509 *cert)
{
	int ok;
	const int64_t end = asn1_time_seconds(X509_get0_notAfter(cert), &ok);

	CU_ASSERT_FATAL(ok);
	return end;
}

static int
is_passed(const struct report_sample *s)
{
	return s->examination.report.items[0].conclusion.indication == INDICATION_TOTAL_PASSED;
}

/* The verdict at the time that is told, and a second later. */
static int
holds_until_then_only(struct report_sample *s, const struct verify_lasting *told)
{
	const int64_t until = told->until;
	int then, later;

	s->context.time = until;
	report_sample_judge(s);
	then = is_passed(s);
	s->context.time = until + 1;
	report_sample_judge(s);
	later = is_passed(s);
	s->context.time = PKI_NOW;
	report_sample_judge(s);
	return then && !later;
}

static void
a_signature_alone_lasts_as_long_as_its_certificate(void)
{
	const struct verify_lasting *l;
	struct scene s;

	scene_make(&s, PKI_P256, NULL);
	EXPECT_PASSED(&s);
	l = &s.report.items[0].lasting;
	CU_ASSERT(l->known);
	CU_ASSERT_EQUAL(l->until, end_of(pki_cert(PKI_P256)));
	CU_ASSERT_EQUAL(l->timestamp, 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(l->text, "the certificate \""));
	s.context.time = l->until;
	EXPECT_PASSED(&s);
	s.context.time++;
	EXPECT_OPEN(&s, SUB_OUT_OF_BOUNDS_NO_POE, "expired");
	scene_drop(&s);
}

static void
with_time_stamps_every_format_lasts_as_long_as_the_last_of_them(void)
{
	struct report_sample s;
	const struct verify_signature *v;
	int i;

	for (i = 0; i < SAMPLE_KINDS; i++) {
		report_sample_make(&s, (enum report_sample_kind)i);
		v = &s.examination.report.items[0];
		CU_ASSERT(v->lasting.known);
		CU_ASSERT_EQUAL(v->lasting.until, end_of(pki_cert(PKI_TSA)));
		CU_ASSERT(v->lasting.timestamp > 0);
		CU_ASSERT(v->timestamps[0].lasting.known);
		CU_ASSERT(holds_until_then_only(&s, &v->lasting));
		report_sample_drop(&s);
	}
}

static void
the_catalogue_ends_what_it_names_and_a_time_stamp_lifts_it(void)
{
	const struct catalogue *builtin = catalogue_builtin();
	struct catalogue_key keys[] = {
		{ KEY_EC, PADDING_NONE, 256, NULL, "2026-06-30", DIGEST_NONE, NULL },
		{ KEY_RSA, PADDING_PKCS1, 2048, NULL, NULL, DIGEST_NONE, NULL },
	};
	struct catalogue catalogue = *builtin;
	struct verify_lasting told;
	struct report_sample s;
	int64_t end;

	CU_ASSERT_EQUAL(text_parse_time("2026-06-30T23:59:59Z", &end), 0);
	catalogue.keys = keys;
	catalogue.key_count = 2;
	report_sample_make(&s, SAMPLE_CMS_LTA);
	s.context.catalogue = &catalogue;
	report_sample_judge(&s);
	told = s.examination.report.items[0].lasting;
	CU_ASSERT(told.known);
	CU_ASSERT_EQUAL(told.until, end);
	CU_ASSERT_PTR_NOT_NULL(strstr(told.text, "is suitable no longer"));
	CU_ASSERT(holds_until_then_only(&s, &told));
	report_sample_drop(&s);
}

/* From here on only the root is trusted, so that the intermediate's status is needed. */

static void
what_the_caller_knows_of_revocation_need_not_be_there_later(void)
{
	struct report_sample s;
	struct verify_lasting told;

	report_sample_make(&s, SAMPLE_CMS);
	s.context.anchors = s.context.timestamp_anchors = pki_root_only();
	s.gathered = longterm_evidence();
	report_sample_judge(&s);
	CU_ASSERT(is_passed(&s));
	told = s.examination.report.items[0].lasting;
	CU_ASSERT(told.known);
	CU_ASSERT_EQUAL(told.until, end_of(pki_cert(PKI_P256)));
	CU_ASSERT_EQUAL(told.timestamp, 0);
	report_sample_drop(&s);
}

static void
what_the_document_brings_and_a_time_stamp_covers_lasts_with_it(void)
{
	struct report_sample s;
	int i;

	for (i = SAMPLE_CMS_LTA; i <= SAMPLE_PDF_LTA; i++) {
		report_sample_make(&s, (enum report_sample_kind)i);
		s.context.anchors = s.context.timestamp_anchors = pki_root_only();
		report_sample_judge(&s);
		CU_ASSERT(is_passed(&s));
		CU_ASSERT_EQUAL(
		    s.examination.report.items[0].lasting.until, end_of(pki_cert(PKI_TSA)));
		report_sample_drop(&s);
	}
}

static void
nothing_is_promised_of_what_is_not_valid(void)
{
	struct report_sample s;

	report_sample_make(&s, SAMPLE_CMS);
	s.documents[1].content = span_str("An invoice over 9,000 euros.");
	report_sample_judge(&s);
	CU_ASSERT(!s.examination.report.items[0].lasting.known);
	report_sample_drop(&s);
}

static void
a_time_stamp_that_the_policy_wants_must_last_too(void)
{
	static const struct test_tsa short_lived = { PKI_TSA_EXPIRED, PKI_NOW - 40 * PKI_DAY, 0 };
	struct scene s;

	scene_make(&s, PKI_P256, &short_lived);
	s.context.time = PKI_NOW - 35 * PKI_DAY;
	EXPECT_PASSED(&s);
	CU_ASSERT_EQUAL(s.report.items[0].lasting.until, end_of(pki_cert(PKI_P256)));
	s.policy.levels[CONSTRAINT_TIMESTAMP] = VERIFY_FAIL;
	EXPECT_PASSED(&s);
	CU_ASSERT_EQUAL(s.report.items[0].lasting.until, end_of(pki_cert(PKI_TSA_EXPIRED)));
	CU_ASSERT_EQUAL(s.report.items[0].lasting.timestamp, 1);
	scene_drop(&s);
}

static const struct test tests[] = {
	TEST(a_signature_alone_lasts_as_long_as_its_certificate),
	TEST(with_time_stamps_every_format_lasts_as_long_as_the_last_of_them),
	TEST(the_catalogue_ends_what_it_names_and_a_time_stamp_lifts_it),
	TEST(what_the_caller_knows_of_revocation_need_not_be_there_later),
	TEST(what_the_document_brings_and_a_time_stamp_covers_lasts_with_it),
	TEST(nothing_is_promised_of_what_is_not_valid),
	TEST(a_time_stamp_that_the_policy_wants_must_last_too),
	TEST_END,
};
const struct suite suite_signing_verify_lasting = { "signing/verify/lasting", NULL, NULL, tests };
