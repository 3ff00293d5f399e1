/* S2-27, S2-28: whether signatures, time stamps and certificates are qualified, with the verdict.
 */
#include <string.h>

#include "signing/format/cms/cms_sign.h"
#include "tests/support/qualified.h"
#include "tests/support/scene.h"

#define LATE  (PKI_NOW - PKI_YEAR)
#define QCSIG (SAYS_COMPLIANCE | SAYS_ESIGN)
#define QSCD  SAYS_QSCD

static struct qualified_pki pki;
static struct trust_snapshot *snapshot;

static int
setup(void)
{
	qualified_pki_make(&pki, NULL);
	return 0;
}

static int
teardown(void)
{
	qualified_pki_release(&pki);
	return 0;
}

/* SCENE_TEXT signed by the leaf that was made last, judged by this list alone. */
static void
make(struct scene *s, const struct qualified_list *list)
{
	const struct document doc = { .content = span_str(SCENE_TEXT), .has_content = 1 };
	const struct sign_options options = {
		.signing_time = PKI_NOW, .claim_time = 1, .include_chain = 1
	};
	const struct sign_key key = qualified_key(&pki);
	struct qualified_list used = *list;
	struct error err = ERROR_INIT;

	memset(s, 0, sizeof(*s));
	used.services[0].used = 1;
	trust_snapshot_free(snapshot);
	snapshot = qualified_snapshot(&pki, &used);
	ASSERT_OK(cms_sign(&s->der, &doc, CMS_PROFILE_CADES, &key, &options, &err), &err);
	s->context.trust = snapshot;
	s->context.time = PKI_NOW;
	s->context.policy = &s->policy;
	scene_read(s, SCENE_TEXT);
}

static void
drop(struct scene *s)
{
	scene_drop(s);
	trust_snapshot_free(snapshot);
	snapshot = NULL;
}

static int
has_finding(const struct verify_qualification *q, const char *code)
{
	size_t i;

	for (i = 0; i < q->findings.count; i++)
		if (strcmp(q->findings.items[i].code, code) == 0)
			return 1;
	return 0;
}

static void
expect(const struct verify_qualification *q, enum qualification level, const char *finding)
{
	size_t i;

	CU_ASSERT_EQUAL(q->level, level);
	CU_ASSERT_TRUE(finding == NULL || has_finding(q, finding));
	if (q->level == level && (finding == NULL || has_finding(q, finding)))
		return;
	fprintf(stderr, "%s (%s, %s), expected %s with %s\n", qualification_term(q->level),
	    qualification_term(q->first), qualification_term(q->last), qualification_term(level),
	    finding != NULL ? finding : "nothing");
	for (i = 0; i < q->findings.count; i++)
		fprintf(stderr, "  %s: %s\n", q->findings.items[i].code, q->findings.items[i].text);
}

/* Every level that a valid signature can have, and what is left of it when the document changes. */
static void
a_level_needs_a_valid_signature(void)
{
	static const struct qualified_list granted,
	    not_qualified = { .services[0].states[0].qualifiers = "NotQualified" },
	    other = { .type = "http://example.org/scheme" };
	static const struct {
		unsigned int says;
		const struct qualified_list *list;
		enum qualification certificate, valid, open, changed;
	} cases[] = {
		{ QCSIG | QSCD, &granted, QC_ESIG_QSCD, SIG_QESIG, SIG_INDETERMINATE_QESIG,
		    SIG_NOT_ADES_QC_QSCD },
		{ SAYS_COMPLIANCE | SAYS_ESEAL | QSCD, &granted, QC_ESEAL_QSCD, SIG_QESEAL,
		    SIG_INDETERMINATE_QESEAL, SIG_NOT_ADES_QC_QSCD },
		{ QCSIG, &granted, QC_ESIG, SIG_ADESIG_QC, SIG_INDETERMINATE_ADESIG_QC,
		    SIG_NOT_ADES_QC },
		{ SAYS_COMPLIANCE | SAYS_ESEAL, &granted, QC_ESEAL, SIG_ADESEAL_QC,
		    SIG_INDETERMINATE_ADESEAL_QC, SIG_NOT_ADES_QC },
		{ SAYS_COMPLIANCE | SAYS_WEB, &granted, QC_WSA, SIG_NOT_ADES, SIG_NOT_ADES,
		    SIG_NOT_ADES },
		{ QCSIG | QSCD, &not_qualified, CERT_ESIG, SIG_ADESIG, SIG_INDETERMINATE_ADESIG,
		    SIG_NOT_ADES },
		{ SAYS_ESEAL, &granted, CERT_ESEAL, SIG_ADESEAL, SIG_INDETERMINATE_ADESEAL,
		    SIG_NOT_ADES },
		{ SAYS_WEB, &granted, CERT_WSA, SIG_NOT_ADES, SIG_NOT_ADES, SIG_NOT_ADES },
		{ 0, &granted, CERT_UNKNOWN, SIG_UNKNOWN, SIG_INDETERMINATE_UNKNOWN, SIG_NOT_ADES },
		{ 0, &other, QUALIFICATION_UNTOLD, QUALIFICATION_NOT_APPLICABLE,
		    QUALIFICATION_NOT_APPLICABLE, SIG_NOT_ADES },
		{ QCSIG | QSCD, &other, QUALIFICATION_INDETERMINATE, SIG_INDETERMINATE_UNKNOWN,
		    SIG_INDETERMINATE_UNKNOWN, SIG_NOT_ADES },
	};
	const struct verify_qualification *q;
	struct scene s;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		qualified_leaf(&pki, cases[i].says, LATE);
		make(&s, cases[i].list);
		EXPECT_PASSED(&s);
		q = &s.report.items[0].qualification;
		expect(q, cases[i].valid, NULL);
		CU_ASSERT_EQUAL(q->first, cases[i].certificate);
		CU_ASSERT_EQUAL(q->last, cases[i].certificate);
		CU_ASSERT_EQUAL(q->first_time, q->first != QUALIFICATION_UNTOLD ? LATE : 0);
		CU_ASSERT_EQUAL(q->last_time, q->last != QUALIFICATION_UNTOLD ? PKI_NOW : 0);
		/* Not proven: its document is not at hand. */
		scene_read(&s, NULL);
		EXPECT_OPEN(&s, SUB_SIGNED_DATA_NOT_FOUND, "");
		expect(&s.report.items[0].qualification, cases[i].open, NULL);
		scene_read(&s, "An invoice over 9,000 euros.");
		EXPECT_FAILED(&s, SUB_HASH_FAILURE, "");
		expect(&s.report.items[0].qualification, cases[i].changed, NULL);
		drop(&s);
	}
}

/* Article 32(1)(a) and (b), PRO-4.4.4-34 to 36. */
static void
both_times_count(void)
{
	static const struct qualified_list since = {
		.services[0] = { .state_count = 2,
		    .states = { { .start = PKI_NOW - PKI_DAY }, { .status = "withdrawn" } } }
	};
	static const struct qualified_list until = {
		.services[0] = { .state_count = 2,
		    .states = { { .status = "withdrawn", .start = PKI_NOW - PKI_DAY },
			{ .start = TRUST_EIDAS } } }
	};
	static const struct qualified_list other = {
		.services[0] = { .state_count = 2,
		    .states = { { .start = PKI_NOW - PKI_DAY,
				    .kinds = "e",
				    .qualifiers = "QCForESeal" },
			{ .start = TRUST_EIDAS, .kinds = "s" } } }
	};
	struct scene s;

	qualified_leaf(&pki, QCSIG | QSCD, LATE);
	make(&s, &since);
	EXPECT_PASSED(&s);
	expect(&s.report.items[0].qualification, SIG_ADESIG, "TimesDiffer");
	CU_ASSERT_EQUAL(s.report.items[0].qualification.first, CERT_ESIG);
	CU_ASSERT_EQUAL(s.report.items[0].qualification.last, QC_ESIG_QSCD);
	drop(&s);
	make(&s, &until);
	EXPECT_OPEN(&s, SUB_NO_CERTIFICATE_CHAIN_FOUND_NO_POE, "withdrawn");
	expect(&s.report.items[0].qualification, SIG_INDETERMINATE_ADESIG, "TimesDiffer");
	drop(&s);
	/* Qualified at both times, but not for the same. */
	make(&s, &other);
	EXPECT_PASSED(&s);
	CU_ASSERT_TRUE(qualification_is_qc(s.report.items[0].qualification.first));
	CU_ASSERT_TRUE(qualification_is_qc(s.report.items[0].qualification.last));
	expect(&s.report.items[0].qualification, SIG_INDETERMINATE_UNKNOWN, "TimesDiffer");
	drop(&s);
}

static void
a_list_that_is_overdue_qualifies_nothing_however_lenient_the_policy(void)
{
	static const struct qualified_list overdue = { .next_update = PKI_NOW - 1 };
	struct scene s;

	qualified_leaf(&pki, QCSIG | QSCD, LATE);
	make(&s, &overdue);
	EXPECT_OPEN(&s, SUB_TRY_LATER, "import it");
	expect(&s.report.items[0].qualification, SIG_INDETERMINATE_UNKNOWN, "TrustListOverdue");
	s.policy.levels[CONSTRAINT_TRUST_LIST_FRESH] = VERIFY_IGNORE;
	EXPECT_PASSED(&s);
	expect(&s.report.items[0].qualification, SIG_INDETERMINATE_UNKNOWN, "TrustListOverdue");
	drop(&s);
}

/* Nobody is qualified by the mere name of his issuer. */
static void
a_path_that_does_not_hold_qualifies_nothing(void)
{
	static const struct qualified_list granted;
	struct scene s;

	qualified_forgery(&pki, QCSIG | QSCD, LATE);
	make(&s, &granted);
	EXPECT_OPEN(&s, SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE, "broken");
	expect(&s.report.items[0].qualification, SIG_INDETERMINATE_UNKNOWN, "PathMissing");
	CU_ASSERT_EQUAL(s.report.items[0].qualification.last, QUALIFICATION_INDETERMINATE);
	drop(&s);
	/* A qualified certificate is no CA: what it signed is nobody's. */
	qualified_below(&pki, QCSIG | QSCD, LATE);
	make(&s, &granted);
	EXPECT_OPEN(&s, SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE, "not a CA");
	expect(&s.report.items[0].qualification, SIG_INDETERMINATE_UNKNOWN, "PathMissing");
	CU_ASSERT_EQUAL(s.report.items[0].qualification.last, QUALIFICATION_INDETERMINATE);
	drop(&s);
}

static void
anchors_without_lists_are_not_applicable(void)
{
	struct scene s;

	scene_make(&s, PKI_P256, NULL);
	EXPECT_PASSED(&s);
	expect(&s.report.items[0].qualification, QUALIFICATION_NOT_APPLICABLE, NULL);
	CU_ASSERT_EQUAL(s.report.items[0].qualification.findings.count, 0);
	scene_drop(&s);
}

/* ---- certificates ---- */

static void
certify(
    const struct qualified_list *list, int64_t time, enum qualification level, const char *finding)
{
	struct qualified_list used = *list;
	struct verify_context context = { .time = time };
	struct verify_certificate_report r;
	struct error err = ERROR_INIT;

	used.services[0].used = 1;
	context.trust = snapshot = qualified_snapshot(&pki, &used);
	ASSERT_OK(verify_certificate(pki.leaf, pki.above, PATH_SIGNING, &context, &r, &err), &err);
	expect(&r.qualification, level, finding);
	CU_ASSERT_EQUAL(r.qualification.first_time, LATE);
	CU_ASSERT_EQUAL(r.qualification.last_time, time);
	verify_certificate_report_release(&r);
	trust_snapshot_free(snapshot);
	snapshot = NULL;
}

static void
a_certificate_is_told_with_its_level(void)
{
	static const struct qualified_list granted,
	    withdrawn = { .services[0] = { .state_count = 2,
			      .states = { { .status = "withdrawn", .start = PKI_NOW - PKI_DAY },
				  { .start = TRUST_EIDAS } } } },
	    other = { .provider = "Somebody else" };

	qualified_leaf(&pki, QCSIG | QSCD, LATE);
	certify(&granted, PKI_NOW, QC_ESIG_QSCD, "TrustService");
	certify(&withdrawn, PKI_NOW - PKI_DAY - 1, QC_ESIG_QSCD, "TrustService");
	certify(&withdrawn, PKI_NOW, CERT_ESIG, "TimesDiffer");
	certify(&other, PKI_NOW, QUALIFICATION_INDETERMINATE, "ProviderName");
	qualified_forgery(&pki, QCSIG | QSCD, LATE);
	certify(&granted, PKI_NOW, QUALIFICATION_INDETERMINATE, "PathMissing");
}

/* ---- time stamps ---- */

static void
stamp(const struct qualified_list *list, const char *text, enum indication verdict,
    enum qualification level, const char *finding)
{
	const struct test_tsa tsa = { .time = PKI_NOW - 2 * PKI_DAY };
	const struct document doc = { .content = span_str(text), .has_content = 1 };
	const struct document signed_one = { .content = span_str(SCENE_TEXT), .has_content = 1 };
	const struct sign_key key = qualified_key(&pki);
	struct verify_context context = { .time = PKI_NOW };
	struct qualified_list used = *list;
	unsigned char imprint[DIGEST_SIZE_MAX];
	struct buf token = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct verify_timestamp t;

	used.services[0].used = 1;
	used.services[0].states[0].type = "TSA/QTST";
	used.services[0].states[1].type = "TSA/QTST";
	context.trust = snapshot = qualified_snapshot(&pki, &used);
	ASSERT_OK(document_digest(&signed_one, DIGEST_SHA256, imprint, &err), &err);
	test_token_by(&token, &tsa, &key, DIGEST_SHA256, imprint);
	ASSERT_OK(verify_timestamp_token(SPAN_OF(&token), &doc, &context, &t, &err), &err);
	CU_ASSERT_EQUAL(t.conclusion.indication, verdict);
	if (t.conclusion.indication != verdict)
		fprintf(stderr, "%s\n", t.conclusion.text);
	expect(&t.qualification, level, finding);
	CU_ASSERT_EQUAL(t.qualification.first_time, tsa.time);
	CU_ASSERT_EQUAL(t.qualification.last_time, PKI_NOW);
	verify_timestamp_release(&t);
	trust_snapshot_free(snapshot);
	snapshot = NULL;
	buf_release(&token);
}

static void
a_time_stamp_is_qualified_when_it_was_made_and_when_it_is_there(void)
{
	static const struct qualified_list granted,
	    withdrawn = { .services[0] = { .state_count = 2,
			      .states = { { .status = "withdrawn", .start = PKI_NOW - PKI_DAY },
				  { .start = TRUST_EIDAS } } } },
	    late = { .services[0] = { .state_count = 2,
			 .states = { { .start = PKI_NOW - PKI_DAY },
			     { .status = "withdrawn", .start = TRUST_EIDAS } } } },
	    other = { .provider = "Somebody else" };

	qualified_leaf(&pki, SAYS_TSA, LATE);
	stamp(&granted, SCENE_TEXT, INDICATION_TOTAL_PASSED, TIMESTAMP_QTSA, "TrustService");
	stamp(&granted, "other words", INDICATION_TOTAL_FAILED, TIMESTAMP_TSA, NULL);
	stamp(&withdrawn, SCENE_TEXT, INDICATION_INDETERMINATE, TIMESTAMP_TSA, "TimesDiffer");
	stamp(&late, SCENE_TEXT, INDICATION_INDETERMINATE, TIMESTAMP_TSA, "TimesDiffer");
	stamp(&other, SCENE_TEXT, INDICATION_TOTAL_PASSED, QUALIFICATION_INDETERMINATE,
	    "ProviderName");
}

static const struct test tests[] = {
	TEST(a_level_needs_a_valid_signature),
	TEST(both_times_count),
	TEST(a_list_that_is_overdue_qualifies_nothing_however_lenient_the_policy),
	TEST(a_path_that_does_not_hold_qualifies_nothing),
	TEST(anchors_without_lists_are_not_applicable),
	TEST(a_certificate_is_told_with_its_level),
	TEST(a_time_stamp_is_qualified_when_it_was_made_and_when_it_is_there),
	TEST_END,
};
const struct suite suite_signing_verify_qualify = { "signing/verify/qualify", setup, teardown,
	tests };
