/* Reports whose facts were changed, kind by kind: a replay tells exactly those. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signing/x509/cert.h"
#include "tests/support/replays.h"
#include "tests/support/status.h"
#include "tests/support/suite.h"
#include "tests/support/trusted.h"

/* ---- what is reported on ---- */

/* Of each kind of report one, with what a replay of it is given. */
struct subject {
	struct report_sample sample;
	struct verify_certificate_report certificate;
	struct verify_timestamp stamp;
	struct document stamped;
	struct report_input in;
	struct replay_options options;
	int has_certificate, has_stamp;
};

static void
of_document(struct subject *s, enum report_sample_kind kind)
{
	memset(s, 0, sizeof(*s));
	report_sample_make(&s->sample, kind);
	s->in = s->sample.in;
	s->options = (struct replay_options){ .documents = s->sample.documents,
		.document_count = s->sample.count };
}

/* Signed by one whose certificate was revoked since, as a CRL says that was fetched. */
static void
of_revoked(struct subject *s)
{
	struct status_entry entry = { pki_cert(PKI_REVOCABLE), PKI_NOW - 9 * PKI_DAY,
		CRL_KEY_COMPROMISE, 0, NULL };
	struct status_crl crl = status_crl_of(PKI_INTERMEDIATE);
	struct error err = ERROR_INIT;
	struct buf der;

	memset(s, 0, sizeof(*s));
	report_sample_make_by(&s->sample, SAMPLE_PDF, PKI_REVOCABLE);
	crl.entries = &entry;
	crl.count = 1;
	der = status_crl_make(&crl);
	ASSERT_OK(values_add(&s->sample.gathered.crls, SPAN_OF(&der), &err), &err);
	buf_release(&der);
	report_sample_judge(&s->sample);
	s->in = s->sample.in;
	s->options = (struct replay_options){ .documents = s->sample.documents,
		.document_count = s->sample.count };
}

static void
of_certificate(struct subject *s)
{
	struct error err = ERROR_INIT;

	of_document(s, SAMPLE_CMS);
	ASSERT_OK(verify_certificate(pki_cert(PKI_P256), pki_anchors(), PATH_SIGNING,
		      &s->sample.context, &s->certificate, &err),
	    &err);
	s->has_certificate = 1;
	s->in = (struct report_input){ .certificate = &s->certificate,
		.purpose = PATH_SIGNING,
		.time = PKI_NOW,
		.made = PKI_NOW,
		.program = "Signet 0.1.0" };
	s->options = (struct replay_options){ 0 };
}

/* The sample's time stamp is over its signature's value. */
static void
of_token(struct subject *s)
{
	const struct verify_signature *v;
	struct error err = ERROR_INIT;

	of_document(s, SAMPLE_CMS);
	v = &s->sample.examination.report.items[0];
	s->stamped = (struct document){
		.name = "value", .content = SPAN_OF(&v->source->value), .has_content = 1
	};
	ASSERT_OK(verify_timestamp_token(SPAN_OF(&v->timestamps[0].token), &s->stamped,
		      &s->sample.context, &s->stamp, &err),
	    &err);
	s->has_stamp = 1;
	CU_ASSERT_EQUAL(s->stamp.conclusion.indication, INDICATION_TOTAL_PASSED);
	s->in = (struct report_input){ .documents = &s->stamped,
		.document_count = 1,
		.timestamps = &s->stamp,
		.timestamp_count = 1,
		.time = PKI_NOW,
		.made = PKI_NOW,
		.program = "Signet 0.1.0" };
	s->options = (struct replay_options){ .documents = &s->stamped, .document_count = 1 };
}

static void
drop(struct subject *s)
{
	if (s->has_certificate)
		verify_certificate_report_release(&s->certificate);
	if (s->has_stamp)
		verify_timestamp_release(&s->stamp);
	report_sample_drop(&s->sample);
}

/* ---- every fact ---- */

enum came { CAME_SAME, CAME_TOLD, CAME_REFUSED };

static enum came
replay_of(const struct subject *s, const struct buf *report)
{
	struct replay_options options = s->options;
	struct recorded *recorded = NULL;
	struct replayed out;
	enum came came = CAME_REFUSED;

	if (recorded_read(&recorded, SPAN_OF(report), NULL, PKI_NOW, NULL) != 0)
		return CAME_REFUSED;
	options.recorded = recorded;
	if (replay(&out, &options, NULL) == 0) {
		came = out.is_same ? CAME_SAME : CAME_TOLD;
		replayed_release(&out);
	}
	recorded_free(recorded);
	return came;
}

/* What nobody can know again. */
static int
is_left_out(const char *element, const char *attribute)
{
	static const char *const left_out[][2] = { { "sr:Program", "" }, { "sr:Node", "" },
		{ "sr:Made", "" }, { "vr:DocHashOnly", "" }, { "sr:Document", "" } };
	size_t i;

	for (i = 0; i < sizeof(left_out) / sizeof(left_out[0]); i++)
		if (strcmp(element, left_out[i][0]) == 0 && strcmp(attribute, left_out[i][1]) == 0)
			return 1;
	return 0;
}

/* Another letter or digit of its kind in place of the first one; 0: there is none. */
static int
change(unsigned char *from, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (!isalnum(from[i]))
			continue;
		from[i] = (unsigned char)(from[i] == '9' || from[i] == 'z' || from[i] == 'Z'
					      ? from[i] - 1
					      : from[i] + 1);
		return 1;
	}
	return 0;
}

struct tally {
	size_t told, refused, left_out;
};

static void
try_change(const struct subject *s, const struct buf *report, size_t at, size_t len,
    const char *element, const char *attribute, struct tally *tally)
{
	struct buf forged = BUF_INIT(0);
	struct error err = ERROR_INIT;
	enum came came;

	ASSERT_OK(buf_append_span(&forged, SPAN_OF(report), &err), &err);
	if (change(forged.data + at, len)) {
		came = replay_of(s, &forged);
		tally->told += came == CAME_TOLD;
		tally->refused += came == CAME_REFUSED;
		tally->left_out += came == CAME_SAME;
		if ((came == CAME_SAME) != is_left_out(element, attribute))
			fprintf(stderr, "  %s %s \"%.*s\": %s\n", element, attribute,
			    len < 60 ? (int)len : 60, (const char *)report->data + at,
			    came == CAME_SAME ? "not told" : "told");
		CU_ASSERT_EQUAL(came == CAME_SAME, is_left_out(element, attribute));
	}
	buf_release(&forged);
}

/* Attributes of the tag at `at`; the end of the tag. */
static size_t
try_attributes(const struct subject *s, const struct buf *report, size_t at, const char *element,
    struct tally *tally)
{
	const char *text = (const char *)report->data;
	char name[60];
	size_t end, len;

	for (at += strcspn(text + at, " >"); text[at] == ' '; at = end + 1) {
		at++;
		len = strcspn(text + at, "=");
		snprintf(name, sizeof(name), "%.*s", (int)len, text + at);
		at += len + 2;
		end = at + strcspn(text + at, "\"");
		/* An object may be called anything, as long as all call it so. */
		if (strncmp(name, "xmlns", 5) != 0 &&
		    (strcmp(element, "vr:ValidationObject") != 0 || strcmp(name, "id") != 0))
			try_change(s, report, at, end - at, element, name, tally);
	}
	return at + strcspn(text + at, ">") + 1;
}

/* Each text and each attribute of the report, one at a time. */
static struct tally
try_every_fact(const struct subject *s)
{
	struct buf report = replay_report_in(&s->in);
	struct error err = ERROR_INIT;
	struct tally tally = { 0 };
	const char *text;
	char element[80] = "";
	size_t at, len;

	ASSERT_OK(buf_terminate(&report, &err), &err);
	CU_ASSERT_EQUAL(replay_of(s, &report), CAME_SAME);
	text = (const char *)report.data;
	at = (size_t)(strstr(text, "<vr:ValidationReport") - text);
	while (text[at] != '\0') {
		if (text[at] != '<') {
			len = strcspn(text + at, "<");
			try_change(s, &report, at, len, element, "", &tally);
			at += len;
			continue;
		}
		if (text[at + 1] != '/')
			snprintf(element, sizeof(element), "%.*s",
			    (int)strcspn(text + at + 1, " />"), text + at + 1);
		at = try_attributes(s, &report, at, element, &tally);
	}
	buf_release(&report);
	return tally;
}

static void
every_fact_of_a_report_on_a_document_is_compared(void)
{
	struct subject s;
	struct tally tally;

	of_document(&s, SAMPLE_CMS);
	tally = try_every_fact(&s);
	CU_ASSERT(tally.told > 150);
	CU_ASSERT(tally.refused > 10);
	drop(&s);
}

static void
so_it_is_of_a_report_on_a_revoked_signer(void)
{
	struct subject s;
	struct tally tally;

	of_revoked(&s);
	CU_ASSERT_NOT_EQUAL(
	    s.sample.examination.report.conclusion.indication, INDICATION_TOTAL_PASSED);
	tally = try_every_fact(&s);
	CU_ASSERT(tally.told > 150);
	drop(&s);
}

static void
so_it_is_of_reports_on_certificates_and_time_stamps(void)
{
	struct subject s;
	struct tally tally;

	of_certificate(&s);
	tally = try_every_fact(&s);
	CU_ASSERT(tally.told > 30);
	drop(&s);
	of_token(&s);
	tally = try_every_fact(&s);
	CU_ASSERT(tally.told > 30);
	drop(&s);
}

/* ---- each kind of fact, in its words ---- */

struct forgery {
	const char *from, *to;
	const char *what; /* of the only difference */
	const char *then, *now;
};

static void
expect_only(const struct subject *s, const struct forgery *f)
{
	struct buf report = replay_report_in(&s->in);
	struct replayed out;
	struct recorded *recorded;
	const struct difference *d;
	int good;

	test_swap(&report, f->from, f->to);
	recorded = replay_run_over(&out, &report, &s->options);
	CU_ASSERT(!out.is_same);
	d = out.differences.items;
	good = out.differences.count == 1 && strcmp(d->what, f->what) == 0 &&
	       (f->then == NULL) == (d->then == NULL) && (f->now == NULL) == (d->now == NULL) &&
	       (f->then == NULL || strcmp(d->then, f->then) == 0) &&
	       (f->now == NULL || strcmp(d->now, f->now) == 0);
	if (!good) {
		fprintf(stderr, "%s\n", f->from);
		replay_show(&out);
	}
	CU_ASSERT(good);
	replayed_release(&out);
	recorded_free(recorded);
	buf_release(&report);
}

#define CHECK(block, code) "urn:signet:check:" block ":" code "</vr:ValidationConstraintIdentifier>"
#define APPLIED                                                                                    \
	"<vr:ConstraintStatus><vr:Status>urn:etsi:019102:constraintStatus:applied</vr:Status>"     \
	"</vr:ConstraintStatus>"
#define PASSED "<vr:MainIndication>urn:etsi:019102:mainindication:passed</vr:MainIndication>"
#define FAILED "<vr:MainIndication>urn:etsi:019102:mainindication:failed</vr:MainIndication>"
#define VALUE_STATUS                                                                               \
	CHECK("CryptographicVerification", "SignatureValue") APPLIED "<vr:ValidationStatus>"

static const struct forgery forgeries[] = {
	{ VALUE_STATUS PASSED, VALUE_STATUS FAILED,
	    "signature signer-1: check CryptographicVerification:SignatureValue: indication",
	    "failed", "passed" },
	{ "<vr:POETime>2026-02-28T11:00:00Z", "<vr:POETime>2026-02-27T11:00:00Z",
	    "signature signer-1: best signature time: since", "2026-02-27T11:00:00Z",
	    "2026-02-28T11:00:00Z" },
	{ "<vr:Time>2026-02-28T11:00:00Z", "<vr:Time>2025-02-28T11:00:00Z",
	    "signature signer-1: claimed signing time", "2025-02-28T11:00:00Z",
	    "2026-02-28T11:00:00Z" },
	{ "level=\"B-T\"", "level=\"B-LTA\"", "signature signer-1: level", "B-LTA", "B-T" },
	{ "intact=\"true\" scope=\"Full\"", "intact=\"true\" scope=\"Partial\"",
	    "signature signer-1: covered data \"content\": scope", "Partial", "Full" },
	{ "<vr:PolicyName>signet-strict 1", "<vr:PolicyName>signet-strict 2",
	    "signature signer-1: policy: name", "signet-strict 2", "signet-strict 1" },
	{ "size=\"28\"", "size=\"29\"", "document 2: size", "29", "28" },
	{ "<sr:Context of=\"Document\">", "<sr:Context of=\"Document\"><sr:Seal>by us</sr:Seal>",
	    "Seal", "by us", NULL },
};

static void
each_kind_of_fact_is_told_in_its_words(void)
{
	struct subject s;
	size_t i;

	of_document(&s, SAMPLE_CMS);
	for (i = 0; i < sizeof(forgeries) / sizeof(forgeries[0]); i++)
		expect_only(&s, &forgeries[i]);
	drop(&s);
}

/* ---- checks that were taken out or put in ---- */

static void
a_check_that_was_taken_out_or_put_in_is_told(void)
{
	static const char begin[] = "<vr:ValidationConstraint>",
			  end[] = "</vr:ValidationConstraint>";
	struct subject s;
	struct replayed out;
	struct recorded *recorded;
	struct buf report, twice = BUF_INIT(0);
	struct error err = ERROR_INIT;
	char *from, *to, *one;

	of_document(&s, SAMPLE_CMS);
	report = replay_report_in(&s.in);
	ASSERT_OK(buf_terminate(&report, &err), &err);
	from = strstr((char *)report.data, begin);
	to = strstr(from, end) + strlen(end);
	one = strndup(from, (size_t)(to - from));
	CU_ASSERT_PTR_NOT_NULL_FATAL(one);
	test_swap(&report, one, "");
	recorded = replay_run_over(&out, &report, &s.options);
	CU_ASSERT_EQUAL(out.differences.count, 1);
	CU_ASSERT_PTR_NULL(out.differences.items[0].then);
	CU_ASSERT(replay_tells(&out, "signature signer-1: check FormatChecking:"));
	replayed_release(&out);
	recorded_free(recorded);
	buf_release(&report);

	/* Told twice, it is told once too often. */
	report = replay_report_in(&s.in);
	ASSERT_OK(buf_printf(&twice, &err, "%s%s", one, one), &err);
	ASSERT_OK(buf_terminate(&twice, &err), &err);
	test_swap(&report, one, (const char *)twice.data);
	recorded = replay_run_over(&out, &report, &s.options);
	CU_ASSERT_EQUAL(out.differences.count, 1);
	CU_ASSERT_PTR_NULL(out.differences.items[0].now);
	replayed_release(&out);
	recorded_free(recorded);
	buf_release(&report);
	buf_release(&twice);
	free(one);
	drop(&s);
}

/* ---- who signed ---- */

/* The reference to a certificate at another one of the report: name and path lie together. */
static void
another_signer_and_another_path_are_told_with_their_names(void)
{
	struct subject s;
	struct replayed out;
	struct recorded *recorded;
	struct buf report;

	of_document(&s, SAMPLE_CMS);
	report = replay_report_in(&s.in);
	test_swap(&report, "<vr:SignerCertificate VOReference=\"certificate-1\"/>",
	    "<vr:SignerCertificate VOReference=\"certificate-2\"/>");
	test_swap(&report, "<vr:SigningCertificate VOReference=\"certificate-1\"/>",
	    "<vr:SigningCertificate VOReference=\"certificate-2\"/>");
	recorded = replay_run_over(&out, &report, &s.options);
	CU_ASSERT_EQUAL(out.differences.count, 2);
	CU_ASSERT(replay_tells(&out, "signature signer-1: signer: certificate"));
	CU_ASSERT(replay_tells(&out, "signature signer-1: certificate path: signer's certificate"));
	CU_ASSERT(replay_tells(&out, "certificate-1 ("));
	CU_ASSERT(replay_tells(&out, "certificate-2 ("));
	replayed_release(&out);
	recorded_free(recorded);
	buf_release(&report);
	drop(&s);
}

/* ---- what is no difference ---- */

static void
ids_order_and_layout_are_no_facts(void)
{
	struct subject s;
	struct replayed out;
	struct recorded *recorded;
	struct buf report;
	struct error err = ERROR_INIT;
	char *at;

	of_document(&s, SAMPLE_CMS);
	report = replay_report_in(&s.in);
	for (;;) {
		ASSERT_OK(buf_terminate(&report, &err), &err);
		at = strstr((char *)report.data, "\"certificate-1\"");
		if (at == NULL)
			break;
		test_swap(&report, "\"certificate-1\"", "\"c1\"");
	}
	test_swap(&report, "<vr:SignatureAttributes>", "\n\t<vr:SignatureAttributes>\n<!-- x -->");
	test_swap(&report, "<sr:Program>Signet 0.1.0", "<sr:Program>Signet 0.0.9");
	recorded = replay_run_over(&out, &report, &s.options);
	replay_show(&out);
	CU_ASSERT(out.is_same);
	replayed_release(&out);
	recorded_free(recorded);
	buf_release(&report);
	drop(&s);
}

/* ---- the report's own signature ---- */

static void
the_verdict_on_the_reports_own_signature_is_by_whom_the_reader_trusts(void)
{
	STACK_OF(X509) *signers = test_signers(PKI_P384, PKI_IDS),
		       *others = test_signers(PKI_OTHER_ROOT, PKI_IDS);
	struct subject s;
	struct replay_options options;
	struct replayed out;
	struct recorded *recorded;
	struct buf report;

	of_document(&s, SAMPLE_CMS);
	report = replay_signed_report(&s.sample);
	options = s.options;
	recorded = replay_run_over(&out, &report, &options);
	replay_show(&out);
	CU_ASSERT(out.is_same);
	CU_ASSERT(!out.is_own_judged);
	replayed_release(&out);
	recorded_free(recorded);
	options.signers = signers;
	recorded = replay_run_over(&out, &report, &options);
	CU_ASSERT(out.is_same && out.is_own_judged);
	CU_ASSERT_EQUAL(out.own.indication, INDICATION_TOTAL_PASSED);
	replayed_release(&out);
	recorded_free(recorded);
	options.signers = others;
	recorded = replay_run_over(&out, &report, &options);
	CU_ASSERT(out.is_own_judged);
	CU_ASSERT_EQUAL(out.own.sub, SUB_NO_CERTIFICATE_CHAIN_FOUND);
	replayed_release(&out);
	recorded_free(recorded);
	buf_release(&report);
	sk_X509_free(signers);
	sk_X509_free(others);
	drop(&s);
}

static void
a_report_that_is_not_signed_names_no_maker(void)
{
	static const struct forgery named = { "</vr:SignatureValidationObjects>",
		"</vr:SignatureValidationObjects><vr:SignatureValidator><vr:DigitalId>"
		"<tsl:X509SubjectName>CN=A court</tsl:X509SubjectName></vr:DigitalId>"
		"</vr:SignatureValidator>",
		"made by", "CN=A court", NULL };
	struct subject s;

	of_document(&s, SAMPLE_CMS);
	expect_only(&s, &named);
	drop(&s);
}

static void
a_report_full_of_lies_is_told_up_to_a_limit(void)
{
	struct differences all = { 0 };
	struct error err = ERROR_INIT;
	char long_text[1000];
	int i;

	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	for (i = 0; i < DIFFERENCES_MAX + 7; i++)
		ASSERT_OK(differences_add(&all, "a fact", long_text, NULL, &err), &err);
	CU_ASSERT_EQUAL(all.count, DIFFERENCES_MAX);
	CU_ASSERT_EQUAL(all.untold, 7);
	CU_ASSERT(strlen(all.items[0].then) < 320);
	differences_release(&all);
}

static const struct test tests[] = {
	TEST(every_fact_of_a_report_on_a_document_is_compared),
	TEST(so_it_is_of_a_report_on_a_revoked_signer),
	TEST(so_it_is_of_reports_on_certificates_and_time_stamps),
	TEST(each_kind_of_fact_is_told_in_its_words),
	TEST(a_check_that_was_taken_out_or_put_in_is_told),
	TEST(another_signer_and_another_path_are_told_with_their_names),
	TEST(ids_order_and_layout_are_no_facts),
	TEST(the_verdict_on_the_reports_own_signature_is_by_whom_the_reader_trusts),
	TEST(a_report_that_is_not_signed_names_no_maker),
	TEST(a_report_full_of_lies_is_told_up_to_a_limit),
	TEST_END,
};
const struct suite suite_signing_report_forged = { "signing/report/forged", NULL, NULL, tests };
