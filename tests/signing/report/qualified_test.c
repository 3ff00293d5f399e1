/* S2-28: reports tell whether a signature is qualified, and a replay asks the lists again. */
#include <stdio.h>
#include <string.h>

#include "signing/report/etsi.h"
#include "signing/report/html.h"
#include "tests/support/pdf_samples.h"
#include "tests/support/qualified.h"
#include "tests/support/replays.h"
#include "tests/support/suite.h"

#define LATE (PKI_NOW - PKI_YEAR)

static struct qualified_pki pki;

static int
setup(void)
{
	qualified_pki_make(&pki, NULL);
	qualified_leaf(&pki, SAYS_COMPLIANCE | SAYS_ESIGN | SAYS_QSCD, LATE);
	return 0;
}

static int
teardown(void)
{
	qualified_pki_release(&pki);
	return 0;
}

/* An XML document signed by the qualified certificate, judged by the list. */
static struct trust_snapshot *
make(struct report_sample *s, const struct qualified_list *list)
{
	static char name[24];
	const struct sign_key key = qualified_key(&pki);
	struct qualified_list used = *list;
	struct trust_snapshot *trust;

	used.services[0].used = 1;
	trust = qualified_snapshot(&pki, &used);
	report_sample_make_with(s, SAMPLE_XML, &key);
	s->context.anchors = s->context.timestamp_anchors = NULL;
	s->context.certificates = pki.above;
	s->context.trust = trust;
	s->context.trust_number = 7;
	report_sample_judge(s);
	s->in.trust = trust;
	s->in.snapshot = trust_snapshot_name(trust, name);
	s->in.snapshot_number = 7;
	return trust;
}

static int
says(const struct buf *report, const char *text)
{
	return memmem(report->data, report->len, text, strlen(text)) != NULL;
}

static void
the_report_has_the_level_and_what_the_lists_said(void)
{
	static const struct qualified_list granted, overdue = { .next_update = PKI_NOW - 1 };
	struct trust_snapshot *trust;
	struct report_sample s;
	struct buf report, page = BUF_INIT(0);
	struct error err = ERROR_INIT;

	trust = make(&s, &granted);
	CU_ASSERT_EQUAL(s.examination.report.items[0].qualification.level, SIG_QESIG);
	report = replay_report(&s);
	CU_ASSERT_EQUAL(pdf_sample_judge(NULL, SPAN_OF(&report),
			    "/usr/bin/python3 tests/interop/python/report.py"),
	    0);
	CU_ASSERT(says(&report,
	    "<vr:SignatureQuality><vr:SignatureQualityInformation>"
	    "urn:cef:dss:signatureQualification:QESig</vr:SignatureQualityInformation>"));
	CU_ASSERT(says(&report, "<sr:Qualification level=\"QESig\" first=\"QCForESigWithQSCD\" "
				"firstTime=\"2025-03-01T11:00:00Z\" last=\"QCForESigWithQSCD\" "
				"lastTime=\"2026-03-01T11:00:00Z\">"));
	CU_ASSERT(says(&report, "<sr:Finding code=\"TrustService\" weight=\"note\">by list 12 of"));
	ASSERT_OK(report_html_write(&page, &s.in, &err), &err);
	CU_ASSERT(says(&page, "QESig: qualified electronic signature"));
	CU_ASSERT(says(&page, "Certificate at its issue"));
	buf_release(&page);
	buf_release(&report);
	report_sample_drop(&s);
	trust_snapshot_free(trust);
	/* Nothing of that by a list that is overdue. */
	trust = make(&s, &overdue);
	report = replay_report(&s);
	CU_ASSERT(!says(&report, ":QESig<"));
	CU_ASSERT(says(&report, "urn:cef:dss:signatureQualification:indeterminateUnknown<"));
	CU_ASSERT(says(&report, "<sr:Finding code=\"TrustListOverdue\" weight=\"decides\">"));
	ASSERT_OK(report_html_write(&page, &s.in, &err), &err);
	CU_ASSERT(says(&page, "whether it is qualified cannot be told"));
	CU_ASSERT(!says(&page, "QESig:"));
	buf_release(&page);
	buf_release(&report);
	report_sample_drop(&s);
	trust_snapshot_free(trust);
}

/* The first place of `from` in the report says `to`. */
static void
forge(struct buf *report, const char *from, const char *to)
{
	unsigned char *at = memmem(report->data, report->len, from, strlen(from));

	CU_ASSERT_EQUAL_FATAL(strlen(from), strlen(to));
	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	memcpy(at, to, strlen(to));
}

static void
check_replay(const struct report_sample *s, const struct buf *report,
    const struct trust_snapshot *trust, int is_same, const char *tells)
{
	struct replayed out;
	struct recorded *recorded = replay_run_over(&out, report,
	    &(struct replay_options){
		.documents = s->documents, .document_count = s->count, .trust = trust });

	CU_ASSERT_EQUAL(out.is_same, is_same);
	CU_ASSERT(tells == NULL || replay_tells(&out, tells));
	if (out.is_same != is_same || (tells != NULL && !replay_tells(&out, tells)))
		replay_show(&out);
	replayed_release(&out);
	recorded_free(recorded);
}

static void
a_replay_compares_the_level(void)
{
	static const struct qualified_list granted,
	    without_device = { .services[0] = { .used = 1, .states[0].qualifiers = "QCNoQSCD" } };
	struct trust_snapshot *trust, *other;
	struct report_sample s;
	struct buf report;

	trust = make(&s, &granted);
	report = replay_report(&s);
	check_replay(&s, &report, NULL, 1, NULL);
	check_replay(&s, &report, trust, 1, NULL);
	forge(&report, "signatureQualification:QESig<", "signatureQualification:QESog<");
	check_replay(&s, &report, NULL, 0, "qualification");
	buf_release(&report);
	report = replay_report(&s);
	forge(&report, "level=\"QESig\"", "level=\"QESog\"");
	check_replay(&s, &report, NULL, 0, "qualification");
	buf_release(&report);
	/* Other lists are another answer, and a replay says so. */
	report = replay_report(&s);
	other = qualified_snapshot(&pki, &without_device);
	check_replay(&s, &report, other, 0, "qualification");
	buf_release(&report);
	report_sample_drop(&s);
	trust_snapshot_free(other);
	trust_snapshot_free(trust);
}

static const struct test tests[] = { TEST(the_report_has_the_level_and_what_the_lists_said),
	TEST(a_replay_compares_the_level), TEST_END };
const struct suite suite_signing_report_qualified = { "signing/report/qualified", setup, teardown,
	tests };
