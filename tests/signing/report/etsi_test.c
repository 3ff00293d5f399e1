/* The report of TS 119 102-2: what stands in it, whatever stood in the document. */
#include "signing/report/etsi.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/format/xml/xml_read.h"
#include "signing/report/recorded.h"
#include "tests/support/pdf_samples.h"
#include "tests/support/report_sample.h"
#include "tests/support/suite.h"

static struct buf
written(const struct report_input *in)
{
	struct buf out = BUF_INIT(0);
	struct error err = ERROR_INIT;

	ASSERT_OK(report_etsi_write(&out, in, NULL, &err), &err);
	ASSERT_OK(buf_terminate(&out, &err), &err);
	return out;
}

static int
says(const struct buf *report, const char *text)
{
	return strstr((const char *)report->data, text) != NULL;
}

/* Its form, as the standard has it: tests/interop/report.rng, and no reference leads nowhere. */
static int
is_valid(const struct buf *report)
{
	const struct span text = { report->data, report->len };

	return pdf_sample_judge(NULL, text, "/usr/bin/python3 tests/interop/python/report.py") == 0;
}

static void
a_report_tells_verdict_signer_times_and_what_it_cites(void)
{
	struct report_sample s;
	struct buf report;
	int i;

	for (i = 0; i < SAMPLE_KINDS; i++) {
		report_sample_make(&s, (enum report_sample_kind)i);
		report = written(&s.in);
		CU_ASSERT(is_valid(&report));
		CU_ASSERT(says(
		    &report, "<vr:MainIndication>urn:etsi:019102:mainindication:total-passed<"));
		CU_ASSERT(says(&report, "<vr:PolicyName>signet-strict 1<"));
		CU_ASSERT(says(&report, "<sr:Program>Signet 0.1.0<"));
		CU_ASSERT(says(&report, "<sr:AlgorithmCatalogue name=\""));
		CU_ASSERT(says(&report, "<vr:ValidationTime>2026-03-01T11:00:00Z<"));
		CU_ASSERT(says(&report, "<vr:POETime>2026-02-28T11:00:00Z<"));
		CU_ASSERT(says(&report, "VOReference=\"certificate-1\""));
		CU_ASSERT(says(&report, "<sr:Anchor object=\"certificate-"));
		buf_release(&report);
		report_sample_drop(&s);
	}
}

static void
the_same_verdict_gives_the_same_bytes(void)
{
	struct report_sample s;
	struct buf one, two;

	report_sample_make(&s, SAMPLE_PDF_LTA);
	one = written(&s.in);
	report_sample_judge(&s);
	two = written(&s.in);
	CU_ASSERT(span_equal(SPAN_OF(&one), SPAN_OF(&two)));
	buf_release(&two);
	s.context.time += 1;
	report_sample_judge(&s);
	two = written(&s.in);
	CU_ASSERT(!span_equal(SPAN_OF(&one), SPAN_OF(&two)));
	buf_release(&one);
	buf_release(&two);
	report_sample_drop(&s);
}

/* How often something stands in it. */
static int
count_of(const struct buf *report, const char *text)
{
	const char *at = (const char *)report->data;
	int n = 0;

	while ((at = strstr(at, text)) != NULL) {
		at += strlen(text);
		n++;
	}
	return n;
}

static void
a_time_stamp_is_told_with_what_it_covers(void)
{
	struct report_sample s;
	struct buf report;
	int i;

	for (i = 0; i < SAMPLE_KINDS; i++) {
		report_sample_make(&s, (enum report_sample_kind)i);
		report = written(&s.in);
		CU_ASSERT(is_valid(&report));
		CU_ASSERT_EQUAL(
		    count_of(&report, "<vr:POEProvisioning>"), i < SAMPLE_CMS_LTA ? 1 : 2);
		CU_ASSERT(says(
		    &report, "<vr:POEProvisioning><vr:POETime>2026-02-28T11:00:00Z</vr:POETime>"));
		CU_ASSERT(says(&report, "<vr:ValidationObject VOReference=\"signature-1\"/>"));
		/* The later one covers the earlier. */
		CU_ASSERT_EQUAL(
		    says(&report, "<vr:ValidationObject VOReference=\"timestamp-1\"/>") ||
			says(&report, "<vr:ValidationObject VOReference=\"timestamp-2\"/>"),
		    i >= SAMPLE_CMS_LTA);
		buf_release(&report);
		report_sample_drop(&s);
	}
}

static void
what_an_invalid_time_stamp_covers_is_proven_by_nothing(void)
{
	struct report_sample s;
	struct buf report;

	report_sample_make(&s, SAMPLE_CMS_LTA);
	s.context.timestamp_anchors = NULL;
	report_sample_judge(&s);
	report = written(&s.in);
	CU_ASSERT(is_valid(&report));
	CU_ASSERT(!says(&report, "<vr:POEProvisioning>"));
	buf_release(&report);
	report_sample_drop(&s);
}

static void
a_report_says_until_when_and_by_which_time_stamp_it_can_be_proven(void)
{
	struct report_sample s;
	struct buf report;

	report_sample_make(&s, SAMPLE_XML);
	report = written(&s.in);
	CU_ASSERT(is_valid(&report));
	CU_ASSERT(says(
	    &report, "<sr:Provable until=\"2029-02-28T11:00:00Z\" timestamp=\"timestamp-1\">"));
	buf_release(&report);
	s.context.timestamp_anchors = NULL;
	report_sample_judge(&s);
	report = written(&s.in);
	CU_ASSERT(says(&report, "<sr:Provable until=\"2027-03-01T11:00:00Z\">the certificate"));
	buf_release(&report);
	s.context.anchors = NULL;
	report_sample_judge(&s);
	report = written(&s.in);
	CU_ASSERT(!says(&report, "<sr:Provable"));
	CU_ASSERT(says(&report, "<vr:Type>urn:signet:report:advice</vr:Type>"));
	buf_release(&report);
	report_sample_drop(&s);
}

/* What GetCase tells of a stored verdict is what the report says. */
static void
until_when_it_could_be_proven_is_read_out_of_a_report(void)
{
	const struct verify_lasting *told;
	struct verify_lasting read[2];
	struct report_sample s;
	struct buf report, cut = BUF_INIT(0);
	struct error err = ERROR_INIT;
	int i;

	for (i = 0; i < SAMPLE_KINDS; i++) {
		report_sample_make(&s, (enum report_sample_kind)i);
		report = written(&s.in);
		ASSERT_OK(recorded_provable(read, 2, SPAN_OF(&report), &err), &err);
		told = &s.examination.report.items[0].lasting;
		CU_ASSERT(told->known && read[0].known && !read[1].known);
		CU_ASSERT_EQUAL(read[0].until, told->until);
		CU_ASSERT_STRING_EQUAL(read[0].text, told->text);
		buf_release(&report);
		s.context.anchors = NULL;
		report_sample_judge(&s);
		report = written(&s.in);
		ASSERT_OK(recorded_provable(read, 2, SPAN_OF(&report), &err), &err);
		CU_ASSERT(!read[0].known);
		ASSERT_OK(buf_append(&cut, report.data, report.len / 2, &err), &err);
		CU_ASSERT_EQUAL(recorded_provable(read, 2, SPAN_OF(&cut), &err), -1);
		error_clear(&err);
		cut.len = 0;
		buf_release(&report);
		report_sample_drop(&s);
	}
	buf_release(&cut);
}

static void
a_report_tells_commitments_and_formats_as_the_standard_has_them(void)
{
	struct report_sample s;
	struct signature *sig;
	struct buf report;

	report_sample_make(&s, SAMPLE_XML);
	report = written(&s.in);
	CU_ASSERT(is_valid(&report));
	CU_ASSERT(says(&report, "<vr:DataObjectFormat Signed=\"true\"><vr:MimeType>"));
	CU_ASSERT(says(&report,
	    "<vr:CommitmentTypeIndication Signed=\"true\"><vr:CommitmentTypeIdentifier>"
	    "urn:oid:1.2.840.113549.1.9.16.6.5</vr:CommitmentTypeIdentifier>"));
	CU_ASSERT(says(&report, " name=\"ProofOfApproval\" allDocuments=\"true\">"));
	buf_release(&report);
	/* What is told to be of nothing that is signed is told so. */
	sig = &s.examination.facts.signatures.items[0];
	CU_ASSERT_EQUAL_FATAL(sig->commitment_count, 1);
	sig->commitments[0].of_all = 0;
	snprintf(sig->commitments[0].problem, 200, "it names nothing");
	report = written(&s.in);
	CU_ASSERT(is_valid(&report));
	CU_ASSERT(says(&report, " allDocuments=\"false\">it names nothing</sr:Commitment>"));
	buf_release(&report);
	report_sample_drop(&s);
}

static void
a_verdict_that_is_not_good_says_why(void)
{
	struct report_sample s;
	struct buf report;

	report_sample_make(&s, SAMPLE_CMS);
	s.documents[1].content = span_str("An invoice over 9,000 euros.");
	report_sample_judge(&s);
	report = written(&s.in);
	CU_ASSERT(is_valid(&report));
	CU_ASSERT(says(&report, "mainindication:total-failed"));
	CU_ASSERT(says(&report, "subindication:HASH_FAILURE"));
	CU_ASSERT(says(&report, "<vr:Type>urn:signet:report:reason</vr:Type>"));
	buf_release(&report);
	s.context.anchors = NULL;
	report_sample_judge(&s);
	report = written(&s.in);
	CU_ASSERT(!says(&report, "of=\"Both\""));
	CU_ASSERT(says(&report, "of=\"Timestamps\""));
	buf_release(&report);
	report_sample_drop(&s);
}

/* Words of the document's, in every place that takes some. */
static const char hostile[] = "</vr:X><a href=\"javascript:x\">&amp;'\x01\xff\xed\xa0\x80]]>\n%0d";

static void
words_of_the_document_stay_in_their_place(void)
{
	struct xml_read_options options = { 0 };
	struct signatures none = { 0 };
	struct error err = ERROR_INIT;
	struct report_sample s;
	struct commitment *commitment;
	struct data_format *format;
	struct signature *sig;
	struct buf report;

	report_sample_make(&s, SAMPLE_PDF);
	sig = &s.examination.facts.signatures.items[0];
	ASSERT_OK(signature_add_commitment(sig, &commitment, &err), &err);
	ASSERT_OK(signature_add_format(sig, &format, &err), &err);
	commitment->type = strdup(hostile);
	commitment->description = strdup(hostile);
	commitment->of = strdup(hostile);
	format->of = strdup(hostile);
	format->mime_type = strdup(hostile);
	format->identifier = strdup(hostile);
	free(sig->reason);
	free(sig->id);
	sig->reason = strdup(hostile);
	sig->id = strdup(hostile);
	sig->roles = strdup(hostile);
	sig->policy = strdup(hostile);
	s.documents[0].name = hostile;
	s.in.program = s.in.node = s.in.snapshot = hostile;
	snprintf(s.examination.report.items[0].conclusion.text, 200, "%s", hostile);
	snprintf(s.examination.report.items[0].checks.items[0].text, 200, "%s", hostile);
	report = written(&s.in);
	CU_ASSERT(is_valid(&report));
	CU_ASSERT(!says(&report, "<a href"));
	CU_ASSERT(
	    says(&report, "&lt;/vr:X&gt;&lt;a href=&quot;javascript:x&quot;&gt;&amp;amp;&#39;"));
	CU_ASSERT(text_is_utf8((const char *)report.data, report.len));
	ASSERT_OK(xml_read(&none, SPAN_OF(&report), &options, &err), &err);
	CU_ASSERT_EQUAL(none.count, 0);
	signatures_release(&none);
	buf_release(&report);
	report_sample_drop(&s);
}

static void
a_report_is_signed_as_a_whole(void)
{
	const struct sign_key *key = pki_key(PKI_P384);
	struct buf report = BUF_INIT(0), out = BUF_INIT(0);
	struct signatures found = { 0 };
	struct error err = ERROR_INIT;
	struct report_sample s;

	report_sample_make(&s, SAMPLE_CMS);
	ASSERT_OK(report_etsi_write(&report, &s.in, key->cert, &err), &err);
	ASSERT_OK(report_etsi_sign(&out, SPAN_OF(&report), key, PKI_NOW, &err), &err);
	CU_ASSERT(is_valid(&out));
	ASSERT_OK(xml_read(&found, SPAN_OF(&out), &(struct xml_read_options){ 0 }, &err), &err);
	CU_ASSERT_EQUAL_FATAL(found.count, 1);
	CU_ASSERT(found.items[0].value_intact && found.items[0].references_intact);
	CU_ASSERT_EQUAL(found.items[0].scope, SCOPE_FULL);
	signatures_release(&found);
	buf_release(&report);
	buf_release(&out);
	report_sample_drop(&s);
}

static void
certificates_and_tokens_have_reports_as_well(void)
{
	struct verify_certificate_report verdict;
	struct report_sample s;
	struct report_input in;
	struct error err = ERROR_INIT;
	struct buf report;

	report_sample_make(&s, SAMPLE_CMS);
	ASSERT_OK(verify_certificate(
		      pki_cert(PKI_P256), pki_anchors(), PATH_SIGNING, &s.context, &verdict, &err),
	    &err);
	in = (struct report_input){
		.certificate = &verdict, .purpose = PATH_SIGNING, .time = PKI_NOW, .made = PKI_NOW
	};
	report = written(&in);
	CU_ASSERT(is_valid(&report));
	CU_ASSERT(says(&report, "mainindication:passed"));
	CU_ASSERT(says(&report, "<sr:Context of=\"Certificate\" purpose=\"Signing\">"));
	buf_release(&report);
	verify_certificate_report_release(&verdict);

	in = (struct report_input){ .documents = &s.documents[1],
		.document_count = 1,
		.timestamps = s.examination.report.items[0].timestamps,
		.timestamp_count = 1,
		.time = PKI_NOW,
		.made = PKI_NOW };
	report = written(&in);
	CU_ASSERT(is_valid(&report));
	CU_ASSERT(says(&report, "<sr:Context of=\"Timestamp\">"));
	CU_ASSERT(says(&report, "validationObject:timestamp"));
	buf_release(&report);
	report_sample_drop(&s);
}

static void
a_document_without_signatures_has_a_report_that_says_so(void)
{
	struct report_sample s;
	struct error err = ERROR_INIT;
	struct buf report;

	report_sample_make(&s, SAMPLE_XML);
	buf_release(&s.file);
	ASSERT_OK(buf_append_str(&s.file, "<empty/>", &err), &err);
	report_sample_judge(&s);
	report = written(&s.in);
	CU_ASSERT(is_valid(&report));
	CU_ASSERT(says(&report, "mainindication:indeterminate"));
	CU_ASSERT(says(&report, "code=\"NoSignature\""));
	buf_release(&report);
	report_sample_drop(&s);
}

static const struct test tests[] = {
	TEST(a_report_tells_verdict_signer_times_and_what_it_cites),
	TEST(the_same_verdict_gives_the_same_bytes),
	TEST(a_time_stamp_is_told_with_what_it_covers),
	TEST(what_an_invalid_time_stamp_covers_is_proven_by_nothing),
	TEST(a_report_says_until_when_and_by_which_time_stamp_it_can_be_proven),
	TEST(until_when_it_could_be_proven_is_read_out_of_a_report),
	TEST(a_report_tells_commitments_and_formats_as_the_standard_has_them),
	TEST(a_verdict_that_is_not_good_says_why),
	TEST(words_of_the_document_stay_in_their_place),
	TEST(a_report_is_signed_as_a_whole),
	TEST(certificates_and_tokens_have_reports_as_well),
	TEST(a_document_without_signatures_has_a_report_that_says_so),
	TEST_END,
};
const struct suite suite_signing_report_etsi = { "signing/report/etsi", NULL, NULL, tests };
