/* Document time stamps that are made here are judged by pdfsig and qpdf, and by our own reader. */
#include "signing/format/pdf/pdf_timestamp.h"

#include <stdio.h>
#include <string.h>

#include "signing/format/pdf/pdf_read.h"
#include "signing/format/pdf/pdf_sign.h"
#include "signing/verify/verify.h"
#include "tests/support/pdf_samples.h"
#include "tests/support/pki.h"
#include "tests/support/suite.h"
#include "tests/support/tsa.h"

static const struct test_tsa tsa = { .id = PKI_TSA, .time = PKI_NOW - 60 };
static const struct sign_options level_b = { .signing_time = PKI_NOW, .claim_time = 1 };
static const struct pdf_sample plain = { 0 };

/* ---- judges ---- */

/*
 * How often pdfsig says that. It calls a document time stamp a signature of unknown type, shows its
 * signer and ranges, and does not validate it.
 */
#define PDFSIG_STAMP	 "Signer Certificate Common Name: Test TSA"
#define PDFSIG_SIGNATURE "Signature Validation: Signature is Valid."
#define PDFSIG_RANGES	 "- Signed Ranges: [0 - "
#define PDFSIG_LAST	 "- Total document signed"
static int
pdfsig_lists(struct span pdf, const char *line, const char *password)
{
	struct buf said = BUF_INIT(0);
	char command[100];
	size_t at;
	int n = 0;

	snprintf(command, sizeof(command), "pdfsig -nocert -upw '%s'", password);
	pdf_sample_judge(&said, pdf, command);
	for (at = 0; (at = pdf_sample_find(SPAN_OF(&said), line, at)) < said.len; at++)
		n++;
	buf_release(&said);
	return n;
}

static int
qpdf_accepts(struct span pdf, const char *password)
{
	char command[100];

	snprintf(command, sizeof(command), "qpdf --password='%s' --check", password);
	return pdf_sample_judge(NULL, pdf, command) == 0;
}

/* Judge one stamp by the test PKI. */
static enum sub_indication
verdict(const struct embedded_timestamp *stamp)
{
	const struct verify_context context = {
		.anchors = pki_anchors(), .timestamp_anchors = pki_anchors(), .time = PKI_NOW
	};
	const struct document covered = { .digests = &stamp->imprint };
	struct verify_timestamp out;
	struct error err = ERROR_INIT;
	enum sub_indication sub;

	ASSERT_OK(
	    verify_timestamp_token(SPAN_OF(&stamp->token), &covered, &context, &out, &err), &err);
	sub = out.conclusion.sub;
	CU_ASSERT_EQUAL(out.time, tsa.time);
	verify_timestamp_release(&out);
	return sub;
}

/* `count` stamps, all sound and valid, of which one is over the last revision. */
static void
assert_stamps(struct span pdf, size_t count, const char *password)
{
	struct pdf_read_options options = { .password = password };
	struct pdf_timestamps stamps = { 0 };
	struct error err = ERROR_INIT;
	size_t i, last = 0;

	ASSERT_OK(pdf_read_timestamps(&stamps, pdf, &options, &err), &err);
	CU_ASSERT_EQUAL(stamps.count, count);
	for (i = 0; i < stamps.count; i++) {
		CU_ASSERT_EQUAL(stamps.items[i].failure, SUB_NONE);
		CU_ASSERT_EQUAL(verdict(&stamps.items[i].stamp), SUB_NONE);
		last += stamps.items[i].revision_is_last != 0;
	}
	CU_ASSERT_EQUAL(last, 1);
	pdf_timestamps_release(&stamps);
	CU_ASSERT_EQUAL(pdfsig_lists(pdf, PDFSIG_RANGES, password) -
			    pdfsig_lists(pdf, PDFSIG_SIGNATURE, password),
	    (int)count);
	/* Of an encrypted file it takes the token to be encrypted, and finds no signer. */
	if (password[0] == '\0')
		CU_ASSERT_EQUAL(pdfsig_lists(pdf, PDFSIG_STAMP, password), (int)count);
	CU_ASSERT_EQUAL(pdfsig_lists(pdf, PDFSIG_LAST, password), 1);
	CU_ASSERT(qpdf_accepts(pdf, password));
}

/* ---- makers ---- */

static int
stamp_with(struct buf *out, struct span document, const char *field, const char *password,
    struct error *err)
{
	const struct timestamp_source source = test_tsa_source(&tsa);
	const struct pdf_timestamp_options options = { field, password };

	return pdf_timestamp(out, document, &source, &options, NULL, err);
}

static void
stamp(struct buf *out, const struct buf *document)
{
	struct error err = ERROR_INIT;

	ASSERT_OK(stamp_with(out, SPAN_OF(document), NULL, NULL, &err), &err);
}

static void
assert_refused(
    const struct buf *document, const char *field, enum error_kind kind, const char *says)
{
	struct error err = ERROR_INIT;
	struct buf out = BUF_INIT(0);

	CU_ASSERT_EQUAL(stamp_with(&out, SPAN_OF(document), field, NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, kind);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, says));
	if (strstr(err.text, says) == NULL)
		fprintf(stderr, "%s [%s]\n", err.text, err.cause);
	CU_ASSERT_EQUAL(out.len, 0);
	buf_release(&out);
}

static void
sign(struct buf *out, const struct buf *document, const struct pdf_sign_options *pdf)
{
	struct error err = ERROR_INIT;

	ASSERT_OK(pdf_sign(out, SPAN_OF(document), pki_key(PKI_P256), &level_b, pdf, &err), &err);
}

static void
sample(struct buf *out, enum pdf_sample_xref xref, const struct pdf_sample *like)
{
	struct pdf_sample made = *like;
	struct error err = ERROR_INIT;

	made.xref = xref;
	ASSERT_OK(pdf_sample_make(out, &made, &err), &err);
}

/* ---- tests ---- */

static void
every_form_of_cross_reference_is_stamped_twice(void)
{
	int xref;

	for (xref = 0; xref < SAMPLE_XREFS; xref++) {
		struct buf pdf = BUF_INIT(0), once = BUF_INIT(0), twice = BUF_INIT(0);

		sample(&pdf, (enum pdf_sample_xref)xref, &plain);
		stamp(&once, &pdf);
		CU_ASSERT_EQUAL(memcmp(once.data, pdf.data, pdf.len), 0);
		assert_stamps(SPAN_OF(&once), 1, "");
		stamp(&twice, &once);
		assert_stamps(SPAN_OF(&twice), 2, "");
		buf_release(&twice);
		buf_release(&once);
		buf_release(&pdf);
	}
}

static void
a_stamp_and_signatures_before_and_behind_it_live_together(void)
{
	struct buf pdf = BUF_INIT(0), one = BUF_INIT(0), two = BUF_INIT(0), three = BUF_INIT(0);
	struct signatures list = { 0 };
	struct error err = ERROR_INIT;

	sample(&pdf, SAMPLE_TABLE, &plain);
	sign(&one, &pdf, NULL);
	stamp(&two, &one);
	assert_stamps(SPAN_OF(&two), 1, "");
	sign(&three, &two, NULL);
	ASSERT_OK(pdf_read(&list, SPAN_OF(&three), NULL, &err), &err);
	CU_ASSERT_EQUAL_FATAL(list.count, 2);
	/* The stamp is over the first signature and not over the second. */
	CU_ASSERT_EQUAL(list.items[0].timestamp_count, 1);
	CU_ASSERT_EQUAL(list.items[1].timestamp_count, 0);
	CU_ASSERT(list.items[0].value_intact && list.items[0].references_intact);
	CU_ASSERT(list.items[1].value_intact && list.items[1].references_intact);
	CU_ASSERT_EQUAL(pdfsig_lists(SPAN_OF(&three), PDFSIG_STAMP, ""), 1);
	CU_ASSERT_EQUAL(pdfsig_lists(SPAN_OF(&three), PDFSIG_SIGNATURE, ""), 2);
	signatures_release(&list);
	buf_release(&three);
	buf_release(&two);
	buf_release(&one);
	buf_release(&pdf);
}

static void
a_changed_byte_before_the_stamp_breaks_it(void)
{
	struct buf pdf = BUF_INIT(0), out = BUF_INIT(0);
	struct pdf_timestamps stamps = { 0 };
	struct error err = ERROR_INIT;
	size_t at;

	sample(&pdf, SAMPLE_TABLE, &plain);
	stamp(&out, &pdf);
	at = pdf_sample_find(SPAN_OF(&out), "MediaBox", 0);
	CU_ASSERT_FATAL(at < pdf.len);
	at = pdf_sample_find(SPAN_OF(&out), "0", at);
	out.data[at] = '1';
	ASSERT_OK(pdf_read_timestamps(&stamps, SPAN_OF(&out), NULL, &err), &err);
	CU_ASSERT_EQUAL_FATAL(stamps.count, 1);
	CU_ASSERT_EQUAL(verdict(&stamps.items[0].stamp), SUB_HASH_FAILURE);
	pdf_timestamps_release(&stamps);
	buf_release(&out);
	buf_release(&pdf);
}

static void
encrypted_files_are_stamped_with_their_password_only(void)
{
	static const char *const ways[] = {
		"--allow-weak-crypto --encrypt user owner 128 --use-aes=n --",
		"--allow-weak-crypto --encrypt user owner 128 --use-aes=y --",
		"--encrypt user owner 256 --",
	};
	struct buf pdf = BUF_INIT(0);
	size_t i;

	sample(&pdf, SAMPLE_TABLE, &plain);
	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		struct buf locked = BUF_INIT(0), once = BUF_INIT(0), twice = BUF_INIT(0);
		struct error err = ERROR_INIT;

		ASSERT_OK(pdf_sample_qpdf(&locked, SPAN_OF(&pdf), ways[i], &err), &err);
		assert_refused(&locked, NULL, ERROR_MALFORMED, "password");
		ASSERT_OK(stamp_with(&once, SPAN_OF(&locked), NULL, "user", &err), &err);
		assert_stamps(SPAN_OF(&once), 1, "user");
		ASSERT_OK(stamp_with(&twice, SPAN_OF(&once), NULL, "owner", &err), &err);
		assert_stamps(SPAN_OF(&twice), 2, "user");
		buf_release(&twice);
		buf_release(&once);
		buf_release(&locked);
	}
	buf_release(&pdf);
}

static void
a_certification_without_changes_allows_a_stamp_and_stays_valid(void)
{
	const struct pdf_sign_options certify = { .certification = 1 };
	struct buf pdf = BUF_INIT(0), certified = BUF_INIT(0), out = BUF_INIT(0),
		   more = BUF_INIT(0);
	struct error err = ERROR_INIT;

	sample(&pdf, SAMPLE_TABLE, &plain);
	sign(&certified, &pdf, &certify);
	stamp(&out, &certified);
	assert_stamps(SPAN_OF(&out), 1, "");
	/* A signature is a change all the same. */
	CU_ASSERT_EQUAL(
	    pdf_sign(&more, SPAN_OF(&out), pki_key(PKI_P256), &level_b, NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_CONFLICT);
	buf_release(&more);
	buf_release(&out);
	buf_release(&certified);
	buf_release(&pdf);
}

/* Fields of a form with one widget each, without a page that shows them. */
static const struct pdf_sample two_fields = {
	.catalog = "/AcroForm <</Fields [6 0 R 7 0 R 8 0 R] /SigFlags 3>>",
	.objects = (const char
		*const[]){ "<</Type /Annot /Subtype /Widget /FT /Sig /T (Clerk) /Rect [0 0 0 0] /F "
			   "132 /P 3 0 R "
			   "/Lock <</Type /SigFieldLock /Action /Include /Fields [(Later)]>>>>",
	    "<</Type /Annot /Subtype /Widget /FT /Sig /T (Later) /Rect [0 0 0 0] /F 132 /P 3 0 R>>",
	    "<</Type /Annot /Subtype /Widget /FT /Sig /T (Free) /Rect [0 0 0 0] /F 132 /P 3 0 R>>",
	    NULL },
};

static void
a_locked_field_takes_no_stamp_and_a_free_one_does(void)
{
	const struct pdf_sign_options clerk = { .field_name = "Clerk" };
	struct buf pdf = BUF_INIT(0), locked = BUF_INIT(0), out = BUF_INIT(0);
	struct pdf_timestamps stamps = { 0 };
	struct error err = ERROR_INIT;

	sample(&pdf, SAMPLE_TABLE, &two_fields);
	assert_refused(&pdf, "Clerk", ERROR_CONFLICT, "prepared for a signature");
	sign(&locked, &pdf, &clerk);
	assert_refused(&locked, "Clerk", ERROR_CONFLICT, "signed already");
	assert_refused(&locked, "Later", ERROR_CONFLICT, "locked by the signature in \"Clerk\"");
	ASSERT_OK(stamp_with(&out, SPAN_OF(&locked), "Free", NULL, &err), &err);
	assert_stamps(SPAN_OF(&out), 1, "");
	ASSERT_OK(pdf_read_timestamps(&stamps, SPAN_OF(&out), NULL, &err), &err);
	CU_ASSERT_STRING_EQUAL(stamps.items[0].field, "Free");
	pdf_timestamps_release(&stamps);
	buf_release(&out);
	buf_release(&locked);
	buf_release(&pdf);
}

static void
a_visible_field_and_one_of_another_kind_take_no_stamp(void)
{
	struct buf pdf = BUF_INIT(0);

	sample(&pdf, SAMPLE_TABLE, &pdf_sample_field);
	assert_refused(&pdf, "Approval", ERROR_CONFLICT, "visible");
	assert_refused(&pdf, "a.b", ERROR_MALFORMED, "without dots");
	buf_release(&pdf);
}

/* ---- sources ---- */

struct odd_source {
	struct test_tsa tsa;
	size_t pad; /* zeros behind the first tokens */
	unsigned int asked;
	int fails, other_data;
};

/* A token and, where asked for, zeros behind it. */
static int
odd_get(void *ctx, enum digest digest, const unsigned char *imprint, struct buf *token,
    struct error *err)
{
	struct odd_source *s = ctx;
	unsigned char other[DIGEST_SIZE_MAX] = { 1 };

	s->asked++;
	if (s->fails)
		return error_set(err, ERROR_UNAVAILABLE, "no authority answers");
	test_token(token, &s->tsa, digest, s->other_data ? other : imprint);
	if (s->pad > 0 && buf_reserve(token, s->pad, err) == NULL)
		return -1;
	if (s->pad > 0)
		memset(token->data + token->len, 0, s->pad);
	token->len += s->pad;
	return 0;
}

static int
stamp_from(struct buf *out, const struct buf *pdf, struct odd_source *odd, struct error *err)
{
	const struct timestamp_source source = { odd_get, odd, DIGEST_SHA512 };

	return pdf_timestamp(out, SPAN_OF(pdf), &source, NULL, NULL, err);
}

static void
a_source_that_fails_leaves_nothing_behind(void)
{
	struct odd_source odd = { .tsa = tsa, .fails = 1 };
	struct buf pdf = BUF_INIT(0), out = BUF_INIT(0);
	struct error err = ERROR_INIT;

	sample(&pdf, SAMPLE_TABLE, &plain);
	ASSERT_OK(buf_append_str(&out, "kept", &err), &err);
	CU_ASSERT_EQUAL(stamp_from(&out, &pdf, &odd, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
	CU_ASSERT_EQUAL(out.len, 4);
	odd.fails = 0;
	error_clear(&err);
	ASSERT_OK(stamp_from(&out, &pdf, &odd, &err), &err);
	CU_ASSERT_EQUAL(memcmp(out.data, "kept%PDF", 8), 0);
	assert_stamps((struct span){ out.data + 4, out.len - 4 }, 1, "");
	buf_release(&out);
	buf_release(&pdf);
}

static void
a_token_that_needs_more_room_is_asked_for_once_more(void)
{
	struct odd_source odd = { .tsa = tsa, .pad = 20000 };
	struct buf pdf = BUF_INIT(0), out = BUF_INIT(0);
	struct error err = ERROR_INIT;

	sample(&pdf, SAMPLE_TABLE, &plain);
	/* It fits then, and the proof finds that it is not what the authority gave. */
	CU_ASSERT_EQUAL(stamp_from(&out, &pdf, &odd, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_INTERNAL);
	CU_ASSERT_EQUAL(odd.asked, 2);
	odd.pad = PDF_TIMESTAMP_MAX;
	odd.asked = 0;
	error_clear(&err);
	CU_ASSERT_EQUAL(stamp_from(&out, &pdf, &odd, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_TOO_LARGE);
	CU_ASSERT_EQUAL(odd.asked, 1);
	CU_ASSERT_EQUAL(out.len, 0);
	buf_release(&out);
	buf_release(&pdf);
}

static void
damaged_and_foreign_bytes_are_refused(void)
{
	struct buf pdf = BUF_INIT(0), not_pdf = BUF_INIT(0);
	struct error err = ERROR_INIT;

	ASSERT_OK(buf_append_str(&not_pdf, "<a>no PDF</a>", &err), &err);
	assert_refused(&not_pdf, NULL, ERROR_MALFORMED, "not a PDF");
	sample(&pdf, SAMPLE_TABLE, &plain);
	pdf.len -= 20;
	assert_refused(&pdf, NULL, ERROR_MALFORMED, "damaged");
	buf_release(&not_pdf);
	buf_release(&pdf);
}

static const struct test tests[] = {
	TEST(every_form_of_cross_reference_is_stamped_twice),
	TEST(a_stamp_and_signatures_before_and_behind_it_live_together),
	TEST(a_changed_byte_before_the_stamp_breaks_it),
	TEST(encrypted_files_are_stamped_with_their_password_only),
	TEST(a_certification_without_changes_allows_a_stamp_and_stays_valid),
	TEST(a_locked_field_takes_no_stamp_and_a_free_one_does),
	TEST(a_visible_field_and_one_of_another_kind_take_no_stamp),
	TEST(a_source_that_fails_leaves_nothing_behind),
	TEST(a_token_that_needs_more_room_is_asked_for_once_more),
	TEST(damaged_and_foreign_bytes_are_refused),
	TEST_END,
};

const struct suite suite_signing_format_pdf_timestamp = { "signing/format/pdf/timestamp", NULL,
	NULL, tests };
