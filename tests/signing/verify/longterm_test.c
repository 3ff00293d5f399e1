/* Revocation data and long-term levels: what is missing is said, and when it can be had. */
#include <string.h>

#include "signing/format/cms/cms_extend.h"
#include "signing/verify/advice.h"
#include "tests/support/longterm.h"
#include "tests/support/report_sample.h"
#include "tests/support/status.h"
#include "tests/support/suite.h"
#include "tests/support/tsa.h"

/* The note on what is missing, or NULL. */
static const struct verify_check *
remark(const struct report_sample *s)
{
	const struct verify_checks *checks = &s->examination.report.items[0].checks;
	size_t i;

	for (i = 0; i < checks->count; i++)
		if (strcmp(checks->items[i].code, "LevelValidationData") == 0)
			return &checks->items[i];
	return NULL;
}

/* A CMS signature of level B-LT that brings `data` alone, judged with all there is. */
static void
make_lt(struct report_sample *s, const struct evidence *data)
{
	struct error err = ERROR_INIT;

	report_sample_make(s, SAMPLE_CMS);
	ASSERT_OK(
	    cms_extend(&s->file, 0, EXTEND_LT, &s->documents[1], data, NULL, NULL, &err), &err);
	s->context.anchors = s->context.timestamp_anchors = pki_root_only();
	s->gathered = longterm_evidence();
	report_sample_judge(s);
	CU_ASSERT_EQUAL(
	    s->examination.report.items[0].conclusion.indication, INDICATION_TOTAL_PASSED);
	CU_ASSERT_STRING_EQUAL(s->examination.report.items[0].level, "B-LT");
}

static void
a_level_without_the_data_that_it_is_for_is_told(void)
{
	struct evidence data = longterm_evidence(), part = longterm_evidence();
	const struct verify_check *note;
	struct report_sample s;

	make_lt(&s, &data);
	CU_ASSERT_PTR_NULL(remark(&s));
	report_sample_drop(&s);
	/* What the CAs say is away; the answer on the signer is there. */
	values_release(&part.crls);
	CU_ASSERT(part.ocsps.count > 0);
	make_lt(&s, &part);
	note = remark(&s);
	CU_ASSERT_PTR_NOT_NULL_FATAL(note);
	CU_ASSERT_EQUAL(note->outcome, CHECK_NOTE);
	CU_ASSERT_PTR_NOT_NULL(strstr(note->text, "no revocation data on the certificate \""));
	report_sample_drop(&s);
	evidence_release(&data);
	evidence_release(&part);
}

static void
lower_levels_promise_no_such_data(void)
{
	struct report_sample s;

	report_sample_make(&s, SAMPLE_CMS);
	s.context.anchors = s.context.timestamp_anchors = pki_root_only();
	s.gathered = longterm_evidence();
	report_sample_judge(&s);
	CU_ASSERT_PTR_NULL(remark(&s));
	report_sample_drop(&s);
}

/* Judge a signature of level T, a day old, by a list of the root from then to then. */
static struct verify_lasting
judged_by(int64_t this_update, int64_t next_update)
{
	struct status_crl root = status_crl_of(PKI_ROOT);
	struct verify_lasting lasting;
	struct report_sample s;
	struct error err = ERROR_INIT;
	struct buf der;

	root.this_update = this_update;
	root.next_update = next_update;
	report_sample_make(&s, SAMPLE_CMS);
	s.context.anchors = s.context.timestamp_anchors = pki_root_only();
	der = status_crl_make(&root);
	ASSERT_OK(evidence_add_certificate(&s.gathered, pki_cert(PKI_INTERMEDIATE), &err), &err);
	ASSERT_OK(values_add(&s.gathered.crls, SPAN_OF(&der), &err), &err);
	report_sample_judge(&s);
	CU_ASSERT_EQUAL(
	    s.examination.report.items[0].conclusion.indication, INDICATION_TOTAL_PASSED);
	lasting = s.examination.report.items[0].lasting;
	CU_ASSERT(lasting.known);
	report_sample_drop(&s);
	buf_release(&der);
	return lasting;
}

static void
data_older_than_the_signature_are_to_be_waited_for(void)
{
	const int64_t next = PKI_NOW + 5 * PKI_DAY;
	struct verify_lasting l = judged_by(PKI_NOW - 2 * PKI_DAY, next);
	char text[800];

	CU_ASSERT_EQUAL(l.extend_from, next);
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(verify_lasting_advice(&l, text, sizeof(text)), "Not before 2026-03-06"));
	l.extend_from = l.until; /* behind the end there is nothing to wait for */
	CU_ASSERT_PTR_NULL(strstr(verify_lasting_advice(&l, text, sizeof(text)), "Not before"));
	/* Newer than the signature: at once. */
	l = judged_by(PKI_NOW - 3600, next);
	CU_ASSERT_EQUAL(l.extend_from, 0);
	CU_ASSERT_PTR_NULL(strstr(verify_lasting_advice(&l, text, sizeof(text)), "Not before"));
}

static const struct test tests[] = { TEST(a_level_without_the_data_that_it_is_for_is_told),
	TEST(lower_levels_promise_no_such_data),
	TEST(data_older_than_the_signature_are_to_be_waited_for), TEST_END };
const struct suite suite_signing_verify_longterm = { "signing/verify/longterm", NULL, NULL, tests };
