/* Reports for people: the page in HTML and the PDF, and what hostile names do to them: nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/report/font.h"
#include "signing/report/html.h"
#include "signing/report/pdf.h"
#include "tests/support/pdf_samples.h"
#include "tests/support/report_sample.h"
#include "tests/support/suite.h"

typedef int writer(struct buf *out, const struct report_input *in, struct error *err);

static struct buf
written(writer *write, const struct report_input *in)
{
	struct buf out = BUF_INIT(0);
	struct error err = ERROR_INIT;

	ASSERT_OK(write(&out, in, &err), &err);
	ASSERT_OK(buf_terminate(&out, &err), &err);
	return out;
}

static int
says(const struct buf *report, const char *text)
{
	return memmem(report->data, report->len, text, strlen(text)) != NULL;
}

/* What poppler reads in a PDF. */
static struct buf
text_of(const struct buf *pdf)
{
	struct buf said = BUF_INIT(0);

	CU_ASSERT_EQUAL(
	    pdf_sample_judge(&said, SPAN_OF(pdf), "f() { pdftotext -layout $1 -; }; f"), 0);
	CU_ASSERT_EQUAL(buf_terminate(&said, NULL), 0);
	return said;
}

/* ---- HTML ---- */

static void
a_page_tells_signer_times_path_checks_and_what_it_cites(void)
{
	static const char *const wanted[] = { "Valid (TotalPassed)", "Signature 1:", "Signer",
		"2026-02-28T11:00:00Z", "Certificate path", "trust anchor",
		"Signature 1, time stamp 1", "SignatureAcceptance", "signet-strict 1",
		"ProofOfApproval (1.2.840.113549.1.9.16.6.5), for all that is signed",
		"Algorithm catalogue", "Signet 0.1.0", "invoice.txt", "passed", NULL };
	struct report_sample s;
	struct buf page;
	int i;

	report_sample_make(&s, SAMPLE_CMS);
	page = written(report_html_write, &s.in);
	for (i = 0; wanted[i] != NULL; i++)
		CU_ASSERT(says(&page, wanted[i]));
	CU_ASSERT(!says(&page, "<script"));
	CU_ASSERT(!says(&page, "http://"));
	buf_release(&page);
	report_sample_drop(&s);
}

static void
a_page_begins_with_who_when_what_and_until_when(void)
{
	static const char *const wanted[] = { "<h2>In short</h2>", "<dt>Signed by</dt>",
		"2026-02-28, 11:00:00 UTC or before, by a time stamp of ",
		"the whole document, unchanged", "Extend it by 2029-02-28 (11:00:00 UTC): then ",
		"certificate-1)", "(timestamp-1)", "signature-1, certificate-", NULL };
	struct report_sample s;
	struct buf page;
	int i;

	report_sample_make(&s, SAMPLE_CMS);
	page = written(report_html_write, &s.in);
	for (i = 0; wanted[i] != NULL; i++)
		CU_ASSERT(says(&page, wanted[i]));
	CU_ASSERT(!says(&page, "Names as signer"));
	buf_release(&page);
	report_sample_drop(&s);
}

static void
of_what_is_not_valid_a_page_accuses_nobody_and_says_what_to_do(void)
{
	struct report_sample s;
	struct buf page;

	report_sample_make(&s, SAMPLE_CMS);
	s.documents[1].content = span_str("An invoice over 9,000 euros.");
	report_sample_judge(&s);
	page = written(report_html_write, &s.in);
	CU_ASSERT(says(&page, "<dt>Names as signer</dt>"));
	CU_ASSERT(says(&page, "not shown to be what was signed"));
	CU_ASSERT(says(&page, "<dt>Why not valid</dt>"));
	CU_ASSERT(says(&page, "<dt>What to do</dt><dd>Do not rely on it"));
	CU_ASSERT(!says(&page, "<dt>Signed by</dt>"));
	CU_ASSERT(!says(&page, "Extend it by"));
	buf_release(&page);
	report_sample_drop(&s);
	report_sample_make(&s, SAMPLE_CMS);
	s.count = s.in.document_count = 1; /* without what was signed */
	report_sample_judge(&s);
	page = written(report_html_write, &s.in);
	CU_ASSERT(says(&page, "<dt>Why not proven</dt>"));
	CU_ASSERT(says(&page, "<dt>What to do</dt><dd>Missing is the document that was signed"));
	buf_release(&page);
	report_sample_drop(&s);
}

static void
names_cannot_leave_their_place_on_a_page(void)
{
	static const char hostile[] =
	    "\"><script>alert(1)</script>&lt;\xe2\x80\xae\x01\xff \xce\xa9 </td>";
	struct report_sample s;
	struct buf page;

	report_sample_make(&s, SAMPLE_PDF);
	free(s.examination.facts.signatures.items[0].reason);
	s.examination.facts.signatures.items[0].reason = strdup(hostile);
	s.documents[0].name = hostile;
	page = written(report_html_write, &s.in);
	CU_ASSERT(!says(&page, "<script"));
	CU_ASSERT(says(&page, "&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;lt;"));
	CU_ASSERT(says(&page, "&lt;U+202E&gt;&lt;U+0001&gt;&lt;FF&gt; \xce\xa9 &lt;/td&gt;"));
	CU_ASSERT(text_is_utf8((const char *)page.data, page.len));
	buf_release(&page);
	report_sample_drop(&s);
}

static void
a_changed_document_is_told_as_such(void)
{
	struct report_sample s;
	struct buf page;

	report_sample_make(&s, SAMPLE_CMS);
	s.documents[1].content = span_str("An invoice over 9,000 euros.");
	report_sample_judge(&s);
	page = written(report_html_write, &s.in);
	CU_ASSERT(says(&page, "Not valid (TotalFailed, HASH_FAILURE)"));
	CU_ASSERT(says(&page, "<h1>Verification report</h1>\n<div class=\"verdict bad\">"));
	buf_release(&page);
	report_sample_drop(&s);
}

/* ---- PDF ---- */

static void
a_pdf_is_sound_and_says_what_the_page_says(void)
{
	static const char *const wanted[] = { "Valid (TotalPassed)",
		"Signature 1:", "Certificate path", "signet-strict 1", "invoice.txt", "page 1 of",
		NULL };
	struct report_sample s;
	struct buf pdf, text;
	int i;

	report_sample_make(&s, SAMPLE_CMS_LTA);
	pdf = written(report_pdf_write, &s.in);
	CU_ASSERT_EQUAL(pdf_sample_judge(NULL, SPAN_OF(&pdf), "qpdf --check"), 0);
	text = text_of(&pdf);
	for (i = 0; wanted[i] != NULL; i++)
		CU_ASSERT(says(&text, wanted[i]));
	buf_release(&text);
	buf_release(&pdf);
	report_sample_drop(&s);
}

static void
a_pdf_shows_every_character_of_names(void)
{
	static const char name[] =
	    "\xc5\x81\xc3\xb3\x64\xc5\xba \xce\x91\xce\xb8\xce\xae\xce\xbd\xce\xb1 "
	    "\xd0\x9a\xd0\xb8\xd1\x97\xd0\xb2 \xc3\x9f\xc4\x9f\xc8\x99 \xe2\x82\xac.pdf";
	struct report_sample s;
	struct buf pdf, text;

	report_sample_make(&s, SAMPLE_PDF);
	s.documents[0].name = name;
	pdf = written(report_pdf_write, &s.in);
	text = text_of(&pdf);
	CU_ASSERT(says(&text, name));
	buf_release(&text);
	buf_release(&pdf);
	/* What the font lacks, or what would hide or turn text, is told by its number. */
	s.documents[0].name = "\xe4\xb8\xad\xe2\x80\xae(x)\\ endstream\xff";
	pdf = written(report_pdf_write, &s.in);
	CU_ASSERT_EQUAL(pdf_sample_judge(NULL, SPAN_OF(&pdf), "qpdf --check"), 0);
	text = text_of(&pdf);
	CU_ASSERT(says(&text, "<U+4E2D><U+202E>(x)\\ endstream<FF>"));
	buf_release(&text);
	buf_release(&pdf);
	report_sample_drop(&s);
}

static void
long_words_and_many_checks_go_on_over_lines_and_pages(void)
{
	struct report_sample s;
	struct buf pdf, text;
	char word[3000];

	memset(word, 'w', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	report_sample_make(&s, SAMPLE_PDF_LTA);
	s.documents[0].name = word;
	pdf = written(report_pdf_write, &s.in);
	CU_ASSERT_EQUAL(pdf_sample_judge(NULL, SPAN_OF(&pdf), "qpdf --check"), 0);
	text = text_of(&pdf);
	CU_ASSERT(says(&text, "page 2 of"));
	CU_ASSERT(!says(&text, "page 1 of 1"));
	buf_release(&text);
	buf_release(&pdf);
	report_sample_drop(&s);
}

static void
the_same_verdict_gives_the_same_page_and_pdf(void)
{
	writer *const writers[] = { report_html_write, report_pdf_write };
	struct report_sample s;
	struct buf one, two;
	int i;

	report_sample_make(&s, SAMPLE_XML_LTA);
	for (i = 0; i < 2; i++) {
		one = written(writers[i], &s.in);
		report_sample_judge(&s);
		two = written(writers[i], &s.in);
		CU_ASSERT(span_equal(SPAN_OF(&one), SPAN_OF(&two)));
		buf_release(&one);
		buf_release(&two);
	}
	report_sample_drop(&s);
}

/* ---- many, and names in every script ---- */

#define MANY 50

static void
a_pdf_on_fifty_signatures_tells_each(void)
{
	struct verify_report many;
	struct report_sample s;
	struct report_input in;
	struct buf pdf, text;
	char words[60];
	int i;

	report_sample_make(&s, SAMPLE_PDF);
	many = s.examination.report;
	many.items = calloc(MANY, sizeof(*many.items));
	CU_ASSERT_PTR_NOT_NULL_FATAL(many.items);
	many.count = MANY;
	for (i = 0; i < MANY; i++)
		many.items[i] = s.examination.report.items[0];
	many.items[17].conclusion.indication = INDICATION_TOTAL_FAILED;
	many.items[17].conclusion.sub = SUB_HASH_FAILURE;
	in = s.in;
	in.report = &many;
	pdf = written(report_pdf_write, &in);
	CU_ASSERT_EQUAL(pdf_sample_judge(NULL, SPAN_OF(&pdf), "qpdf --check"), 0);
	CU_ASSERT(pdf.len < (size_t)1 << 20);
	text = text_of(&pdf);
	for (i = 1; i <= MANY; i++) {
		snprintf(words, sizeof(words), "Signature %d: ", i);
		CU_ASSERT(says(&text, words));
		snprintf(words, sizeof(words), "%d: ", i);
		CU_ASSERT(says(&text, words));
	}
	/* The overview has the one that is not valid. */
	CU_ASSERT(strstr((char *)text.data, "TotalFailed, HASH_FAILURE") <
		  strstr((char *)text.data, "Signature 1: "));
	buf_release(&text);
	buf_release(&pdf);
	free(many.items);
	report_sample_drop(&s);
}

static void
a_pdf_says_what_it_cannot_show(void)
{
	static const struct {
		const char *name, *shown;
		int numbers, backwards;
	} names[] = {
		{ "\xce\x91\xce\xb8\xce\xae\xce\xbd\xce\xb1 \xd0\x9a\xd0\xb8\xd1\x97\xd0\xb2",
		    "\xce\x91\xce\xb8\xce\xae\xce\xbd\xce\xb1 \xd0\x9a\xd0\xb8\xd1\x97\xd0\xb2", 0,
		    0 },
		{ "\xe5\xbc\xa0\xe4\xbc\x9f", "<U+5F20><U+4F1F>", 1, 0 },	  /* Zhang Wei */
		{ "\xd7\x93\xd7\x95\xd7\x93", "\xd7\x93\xd7\x95\xd7\x93", 0, 1 }, /* David */
		/* Digits of Arabic stand in the order of all numbers. */
		{ "\xd9\xa1\xd9\xa2\xd9\xa3", "\xd9\xa1\xd9\xa2\xd9\xa3", 0, 0 },
		{ "a\001b\xe2\x80\xae-c", "a<U+0001>b<U+202E>-c", 0, 0 },
	};
	struct report_sample s;
	struct buf pdf, text;
	size_t i;

	report_sample_make(&s, SAMPLE_XML);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		s.documents[0].name = names[i].name;
		pdf = written(report_pdf_write, &s.in);
		CU_ASSERT_EQUAL(pdf_sample_judge(NULL, SPAN_OF(&pdf), "qpdf --check"), 0);
		text = text_of(&pdf);
		CU_ASSERT(says(&text, names[i].shown));
		CU_ASSERT_EQUAL(says(&text, "its number in Unicode"), names[i].numbers);
		CU_ASSERT_EQUAL(says(&text, "from right to left"), names[i].backwards);
		buf_release(&text);
		buf_release(&pdf);
	}
	report_sample_drop(&s);
}

static void
a_page_tells_what_was_not_checked(void)
{
	static const char *const wanted[] = { "What was not checked",
		"whether certificates are revoked was not asked",
		"<dt>Warned of, not required</dt><dd>that a signature covers all of the document",
		"Encrypted part 1.2", "not opened: what is in it was not looked at",
		"opened; in it were 7 bytes", NULL };
	const struct report_layer layers[] = { { .part = "", .is_open = 1, .size = 7 },
		{ .part = "1.2" } };
	struct report_sample s;
	struct buf page;
	int i;

	report_sample_make(&s, SAMPLE_CMS);
	s.policy.without_revocation = 1;
	s.policy.levels[CONSTRAINT_SCOPE] = VERIFY_WARN;
	s.in.layers = layers;
	s.in.layer_count = 2;
	page = written(report_html_write, &s.in);
	for (i = 0; wanted[i] != NULL; i++)
		CU_ASSERT(says(&page, wanted[i]));
	buf_release(&page);
	report_sample_drop(&s);
}

/* ---- the font ---- */

static void
a_font_that_is_cut_short_is_refused_or_read_within_its_bounds(void)
{
	const struct span all = font_builtin();
	unsigned char *used;
	struct font font;
	struct error err = ERROR_INIT;
	struct buf out = BUF_INIT(0);
	size_t len;

	ASSERT_OK(font_open(&font, all, &err), &err);
	CU_ASSERT_NOT_EQUAL(font_glyph(&font, 'A'), 0);
	CU_ASSERT_NOT_EQUAL(font_glyph(&font, 0x0416), 0);
	CU_ASSERT_EQUAL(font_glyph(&font, 0x4e2d), 0);
	for (len = 0; len < all.len; len += 997) {
		struct span cut = { all.data, len };

		error_clear(&err);
		if (font_open(&font, cut, &err) != 0)
			continue;
		used = calloc(font.glyphs, 1);
		CU_ASSERT_PTR_NOT_NULL_FATAL(used);
		used[font_glyph(&font, 0xc4)] = 1;
		font_subset(&font, used, &out, &err);
		free(used);
		buf_release(&out);
	}
}

static const struct test tests[] = {
	TEST(a_page_tells_signer_times_path_checks_and_what_it_cites),
	TEST(a_page_begins_with_who_when_what_and_until_when),
	TEST(of_what_is_not_valid_a_page_accuses_nobody_and_says_what_to_do),
	TEST(names_cannot_leave_their_place_on_a_page),
	TEST(a_changed_document_is_told_as_such),
	TEST(a_pdf_is_sound_and_says_what_the_page_says),
	TEST(a_pdf_shows_every_character_of_names),
	TEST(long_words_and_many_checks_go_on_over_lines_and_pages),
	TEST(the_same_verdict_gives_the_same_page_and_pdf),
	TEST(a_pdf_on_fifty_signatures_tells_each),
	TEST(a_pdf_says_what_it_cannot_show),
	TEST(a_page_tells_what_was_not_checked),
	TEST(a_font_that_is_cut_short_is_refused_or_read_within_its_bounds),
	TEST_END,
};
const struct suite suite_signing_report_pages = { "signing/report/pages", NULL, NULL, tests };
