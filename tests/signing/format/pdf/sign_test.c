/* What is made here is judged by pdfsig and qpdf, and by our own reader. */
#include "signing/format/pdf/pdf_sign.h"

#include <stdio.h>
#include <string.h>

#include "signing/format/pdf/pdf_read.h"
#include "tests/support/pdf_samples.h"
#include "tests/support/signers.h"
#include "tests/support/suite.h"

static struct test_signer rsa, p256;

static int
setup(void)
{
	return test_signer_make(&rsa, "RSA-2048", NULL) == 0 &&
		       test_signer_make(&p256, "P-256", NULL) == 0
		   ? 0
		   : 1;
}

static int
teardown(void)
{
	test_signer_free(&rsa);
	test_signer_free(&p256);
	return 0;
}

static const struct sign_options level_b = { .signing_time = TEST_TIME, .claim_time = 1 };

/* ---- judges ---- */

/* How many signatures pdfsig finds, all valid; -1 when one is not. */
static int
pdfsig_says(struct span pdf, const char *password)
{
	struct buf said = BUF_INIT(0);
	char command[100];
	struct span text;
	size_t at;
	int found = 0, valid = 0;

	snprintf(command, sizeof(command), "pdfsig -nocert -upw '%s'", password);
	pdf_sample_judge(&said, pdf, command);
	text = SPAN_OF(&said);
	for (at = 0; (at = pdf_sample_find(text, "Signature Validation:", at)) < text.len; at++)
		found++;
	for (at = 0; (at = pdf_sample_find(text, "Signature is Valid.", at)) < text.len; at++)
		valid++;
	buf_release(&said);
	return found == valid ? found : -1;
}

static int
qpdf_accepts(struct span pdf, const char *password)
{
	char command[100];

	snprintf(command, sizeof(command), "qpdf --password='%s' --check", password);
	return pdf_sample_judge(NULL, pdf, command) == 0;
}

/* How many signatures our reader finds, all intact; -1 when one is not. */
static int
reader_says(struct span pdf, const char *password)
{
	struct pdf_read_options options = { .password = password };
	struct signatures list = { 0 };
	struct error err = ERROR_INIT;
	int n = -1;
	size_t i;

	if (pdf_read(&list, pdf, &options, &err) == 0)
		n = (int)list.count;
	else
		fprintf(stderr, "%s [%s]\n", err.text, err.cause);
	for (i = 0; i < list.count; i++)
		if (!list.items[i].value_intact || !list.items[i].references_intact ||
		    list.items[i].failure != SUB_NONE) {
			fprintf(stderr, "%s: %s\n", list.items[i].id, list.items[i].failure_text);
			n = -1;
		}
	signatures_release(&list);
	return n;
}

#define ASSERT_SIGNED(pdf, count, password)                                                        \
	do {                                                                                       \
		CU_ASSERT_EQUAL(reader_says((pdf), (password)), (count));                          \
		CU_ASSERT_EQUAL(pdfsig_says((pdf), (password)), (count));                          \
		CU_ASSERT(qpdf_accepts((pdf), (password)));                                        \
	} while (0)

static int
sign(struct buf *out, struct span document, const struct pdf_sign_options *pdf, struct error *err)
{
	return pdf_sign(out, document, &rsa.key, &level_b, pdf, err);
}

/* Sign, expect a refusal of that kind, and that nothing was written. */
static void
assert_refused(struct span document, const struct pdf_sign_options *pdf, enum error_kind kind)
{
	struct error err = ERROR_INIT;
	struct buf out = BUF_INIT(0);

	CU_ASSERT_EQUAL(sign(&out, document, pdf, &err), -1);
	CU_ASSERT_EQUAL(err.kind, kind);
	if (err.kind != kind)
		fprintf(stderr, "%s [%s]\n", err.text, err.cause);
	CU_ASSERT_EQUAL(out.len, 0);
	buf_release(&out);
}

static void
make_sample(struct buf *out, enum pdf_sample_xref xref, const struct pdf_sample *like)
{
	struct pdf_sample sample = *like;
	struct error err = ERROR_INIT;

	sample.xref = xref;
	ASSERT_OK(pdf_sample_make(out, &sample, &err), &err);
}

static const struct pdf_sample plain = { 0 };

/* ---- forms of files ---- */

static void
every_form_of_cross_reference_is_signed_twice_in_its_own_form(void)
{
	int xref;

	for (xref = 0; xref < SAMPLE_XREFS; xref++) {
		struct buf pdf = BUF_INIT(0), once = BUF_INIT(0), twice = BUF_INIT(0);
		struct error err = ERROR_INIT;
		struct span update;

		make_sample(&pdf, (enum pdf_sample_xref)xref, &pdf_sample_field);
		ASSERT_OK(sign(&once, SPAN_OF(&pdf), NULL, &err), &err);
		CU_ASSERT(once.len > pdf.len && memcmp(once.data, pdf.data, pdf.len) == 0);
		ASSERT_SIGNED(SPAN_OF(&once), 1, "");
		update = (struct span){ once.data + pdf.len, once.len - pdf.len };
		CU_ASSERT_EQUAL(pdf_sample_find(update, "\nxref\n", 0) < update.len,
		    xref == SAMPLE_TABLE || xref == SAMPLE_HYBRID);
		ASSERT_OK(sign(&twice, SPAN_OF(&once), NULL, &err), &err);
		ASSERT_SIGNED(SPAN_OF(&twice), 2, "");
		buf_release(&pdf);
		buf_release(&once);
		buf_release(&twice);
	}
}

static void
linearized_and_recompressed_files_are_signed(void)
{
	static const char *const forms[] = { "--linearize", "--object-streams=generate",
		"--linearize --object-streams=generate", "--newline-before-endstream" };
	struct buf pdf = BUF_INIT(0);
	size_t i;

	make_sample(&pdf, SAMPLE_TABLE, &pdf_sample_field);
	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct buf in = BUF_INIT(0), out = BUF_INIT(0);
		struct error err = ERROR_INIT;

		ASSERT_OK(pdf_sample_qpdf(&in, SPAN_OF(&pdf), forms[i], &err), &err);
		ASSERT_OK(sign(&out, SPAN_OF(&in), NULL, &err), &err);
		CU_ASSERT_EQUAL(reader_says(SPAN_OF(&out), ""), 1);
		CU_ASSERT_EQUAL(pdfsig_says(SPAN_OF(&out), ""), 1);
		buf_release(&in);
		buf_release(&out);
	}
	buf_release(&pdf);
}

static void
encrypted_files_are_signed_with_either_password(void)
{
	static const char *const ciphers[] = { "--encrypt user owner 40 --",
		"--encrypt user owner 128 --use-aes=n --", "--encrypt user owner 128 --force-V4 --",
		"--encrypt user owner 128 --use-aes=y --", "--encrypt user owner 256 --force-R5 --",
		"--encrypt user owner 256 --",
		"--encrypt user owner 256 -- --object-streams=generate" };
	const struct pdf_appearance appearance = { 1, { 10, 10, 200, 60 }, "Seen", SPAN_NONE };
	struct pdf_sign_options pdf = { .reason = "because", .appearance = &appearance };
	struct buf plain_pdf = BUF_INIT(0);
	size_t i;

	make_sample(&plain_pdf, SAMPLE_TABLE, &pdf_sample_field);
	for (i = 0; i < sizeof(ciphers) / sizeof(ciphers[0]); i++) {
		struct buf in = BUF_INIT(0), out = BUF_INIT(0), json = BUF_INIT(0);
		struct error err = ERROR_INIT;

		ASSERT_OK(pdf_sample_qpdf(&in, SPAN_OF(&plain_pdf), ciphers[i], &err), &err);
		pdf.password = NULL;
		assert_refused(SPAN_OF(&in), &pdf, ERROR_MALFORMED);
		pdf.password = "wrong";
		assert_refused(SPAN_OF(&in), &pdf, ERROR_MALFORMED);
		pdf.password = i % 2 == 0 ? "user" : "owner";
		ASSERT_OK(sign(&out, SPAN_OF(&in), &pdf, &err), &err);
		ASSERT_SIGNED(SPAN_OF(&out), 1, "user");
		/* The names and the reason decrypt, for others too. */
		pdf_sample_judge(&json, SPAN_OF(&out), "qpdf --password=user --json");
		CU_ASSERT(pdf_sample_find(SPAN_OF(&json), "u:Signature1\"", 0) < json.len);
		CU_ASSERT(pdf_sample_find(SPAN_OF(&json), "u:because\"", 0) < json.len);
		CU_ASSERT_EQUAL(pdf_sample_find(SPAN_OF(&out), "because", 0), out.len);
		buf_release(&in);
		buf_release(&out);
		buf_release(&json);
	}
	buf_release(&plain_pdf);
}

static void
damaged_and_foreign_bytes_are_refused(void)
{
	struct buf pdf = BUF_INIT(0), bad = BUF_INIT(0);
	struct error err = ERROR_INIT;
	size_t at;

	assert_refused(span_str("Dear Sir or Madam"), NULL, ERROR_MALFORMED);
	assert_refused(SPAN_NONE, NULL, ERROR_MALFORMED);
	make_sample(&pdf, SAMPLE_TABLE, &plain);
	assert_refused((struct span){ pdf.data, pdf.len / 2 }, NULL, ERROR_MALFORMED);
	/* A header that does not stand at the first byte. */
	ASSERT_OK(buf_append_str(&bad, "GIF89a\n", &err), &err);
	ASSERT_OK(buf_append_span(&bad, SPAN_OF(&pdf), &err), &err);
	assert_refused(SPAN_OF(&bad), NULL, ERROR_MALFORMED);
	/* An entry of the table that leads to another object: 3 becomes 4. */
	at = pdf_sample_find(SPAN_OF(&pdf), "\n3 0 obj", 0);
	pdf.data[at + 1] = '9';
	assert_refused(SPAN_OF(&pdf), NULL, ERROR_MALFORMED);
	buf_release(&pdf);
	buf_release(&bad);
}

static void
a_file_without_a_last_line_end_and_with_zeros_behind_it_is_signed(void)
{
	struct buf pdf = BUF_INIT(0), out = BUF_INIT(0);
	struct error err = ERROR_INIT;
	unsigned char zeros[700] = { 0 };

	make_sample(&pdf, SAMPLE_TABLE, &plain);
	pdf.len--;
	ASSERT_OK(sign(&out, SPAN_OF(&pdf), NULL, &err), &err);
	ASSERT_SIGNED(SPAN_OF(&out), 1, "");
	out.len = 0;
	ASSERT_OK(buf_append(&pdf, zeros, sizeof(zeros), &err), &err);
	ASSERT_OK(sign(&out, SPAN_OF(&pdf), NULL, &err), &err);
	ASSERT_SIGNED(SPAN_OF(&out), 1, "");
	buf_release(&pdf);
	buf_release(&out);
}

static void
a_number_that_is_only_mentioned_is_not_taken(void)
{
	const struct pdf_sample sample = { .catalog = "/Metadata 40 0 R" };
	struct buf pdf = BUF_INIT(0), out = BUF_INIT(0);
	struct error err = ERROR_INIT;

	make_sample(&pdf, SAMPLE_TABLE, &sample);
	ASSERT_OK(sign(&out, SPAN_OF(&pdf), NULL, &err), &err);
	CU_ASSERT_EQUAL(pdf_sample_find(SPAN_OF(&out), "\n40 0 obj", 0), out.len);
	CU_ASSERT(pdf_sample_find(SPAN_OF(&out), "\n41 0 obj", 0) < out.len);
	buf_release(&pdf);
	buf_release(&out);
}

static void
a_page_tree_that_bites_its_tail_is_refused(void)
{
	static const char *const objects[] = { "<</Type /Pages /Kids [6 0 R 6 0 R]>>", NULL };
	const struct pdf_sample sample = { .catalog = "/Pages 6 0 R", .objects = objects };
	struct buf pdf = BUF_INIT(0);
	struct pdf_appearance appearance = { 3, { 0, 0, 100, 50 }, "x", SPAN_NONE };
	struct pdf_sign_options options = { .appearance = &appearance };

	make_sample(&pdf, SAMPLE_TABLE, &sample);
	assert_refused(SPAN_OF(&pdf), NULL, ERROR_MALFORMED);
	pdf.len = 0;
	make_sample(&pdf, SAMPLE_TABLE, &plain);
	assert_refused(SPAN_OF(&pdf), &options, ERROR_NOT_FOUND); /* two pages only */
	buf_release(&pdf);
}

/* ---- fields ---- */

static const char *const tree_objects[] = {
	/* 6: form with an array of its own, 7: that array, 8: annotations of page 1 */
	"<</Fields 7 0 R /SigFlags 1 /DA (/Helv 0 Tf)>>",
	"[9 0 R]",
	"[9 0 R]",
	"<</Type /Annot /Subtype /Widget /FT /Tx /T (Name) /Rect [10 10 90 30]>>",
	NULL,
};

static void
arrays_and_forms_of_their_own_are_extended(void)
{
	const struct pdf_sample sample = {
		.catalog = "/AcroForm 6 0 R", .page = "/Annots 8 0 R", .objects = tree_objects
	};
	int xref;

	for (xref = 0; xref < SAMPLE_XREFS; xref++) {
		struct buf pdf = BUF_INIT(0), out = BUF_INIT(0);
		struct error err = ERROR_INIT;

		make_sample(&pdf, (enum pdf_sample_xref)xref, &sample);
		ASSERT_OK(sign(&out, SPAN_OF(&pdf), NULL, &err), &err);
		ASSERT_SIGNED(SPAN_OF(&out), 1, "");
		CU_ASSERT(pdf_sample_find(SPAN_OF(&out), "/SigFlags 3", 0) < out.len);
		buf_release(&pdf);
		buf_release(&out);
	}
}

static void
an_empty_field_takes_a_signature_once(void)
{
	const struct pdf_appearance appearance = { 1, { 0, 0, 1, 1 }, "Seen by\nGrüße €",
		SPAN_NONE };
	struct pdf_sign_options pdf = { .field_name = "Approval", .appearance = &appearance };
	int xref;

	for (xref = 0; xref < SAMPLE_XREFS; xref++) {
		struct buf in = BUF_INIT(0), out = BUF_INIT(0);
		struct signatures list = { 0 };
		struct error err = ERROR_INIT;

		make_sample(&in, (enum pdf_sample_xref)xref, &pdf_sample_field);
		ASSERT_OK(sign(&out, SPAN_OF(&in), &pdf, &err), &err);
		ASSERT_SIGNED(SPAN_OF(&out), 1, "");
		ASSERT_OK(pdf_read(&list, SPAN_OF(&out), NULL, &err), &err);
		CU_ASSERT_STRING_EQUAL(list.items[0].id, "Approval");
		signatures_release(&list);
		assert_refused(SPAN_OF(&out), &pdf, ERROR_CONFLICT);
		buf_release(&in);
		buf_release(&out);
	}
}

static void
one_array_for_fields_and_annotations_gets_the_field_once(void)
{
	const struct pdf_sample sample = { .catalog = "/AcroForm <</Fields 7 0 R>>",
		.page = "/Annots 7 0 R",
		.objects = tree_objects };
	struct buf pdf = BUF_INIT(0), out = BUF_INIT(0);
	struct error err = ERROR_INIT;

	make_sample(&pdf, SAMPLE_TABLE, &sample);
	ASSERT_OK(sign(&out, SPAN_OF(&pdf), NULL, &err), &err);
	ASSERT_SIGNED(SPAN_OF(&out), 1, "");
	buf_release(&pdf);
	buf_release(&out);
}

static void
a_new_field_takes_the_first_name_that_is_free(void)
{
	static const char *const objects[] = { "<</FT /Tx /T (Signature1)>>",
		"<</FT /Sig /T (Signature3)>>", "<</FT /Tx /T (Signature02)>>", NULL };
	const struct pdf_sample sample = { .catalog = "/AcroForm <</Fields [6 0 R 7 0 R 8 0 R]>>",
		.objects = objects };
	struct buf pdf = BUF_INIT(0), out = BUF_INIT(0);
	struct signatures list = { 0 };
	struct error err = ERROR_INIT;

	make_sample(&pdf, SAMPLE_TABLE, &sample);
	ASSERT_OK(sign(&out, SPAN_OF(&pdf), NULL, &err), &err);
	ASSERT_OK(pdf_read(&list, SPAN_OF(&out), NULL, &err), &err);
	CU_ASSERT_EQUAL_FATAL(list.count, 1);
	CU_ASSERT_STRING_EQUAL(list.items[0].id, "Signature2");
	signatures_release(&list);
	buf_release(&pdf);
	buf_release(&out);
}

static void
names_that_cannot_be_a_new_field_are_refused(void)
{
	const struct pdf_sample sample = { .catalog = "/AcroForm 6 0 R", .objects = tree_objects };
	struct pdf_sign_options dot = { .field_name = "a.b" }, text = { .field_name = "Name" },
				empty = { .field_name = "" };
	struct buf pdf = BUF_INIT(0);

	make_sample(&pdf, SAMPLE_TABLE, &sample);
	assert_refused(SPAN_OF(&pdf), &dot, ERROR_MALFORMED);
	assert_refused(SPAN_OF(&pdf), &empty, ERROR_MALFORMED);
	assert_refused(SPAN_OF(&pdf), &text, ERROR_CONFLICT);
	buf_release(&pdf);
}

static void
what_the_signature_says_is_read_back(void)
{
	const struct pdf_sign_options pdf = { .field_name = "Straße",
		.reason = "Prüfung (1) \\ 2",
		.location = "Kiel",
		.contact = "mailto:a@example.org",
		.signer_name = "Ω" };
	struct signatures list = { 0 };
	struct buf in = BUF_INIT(0), out = BUF_INIT(0);
	struct error err = ERROR_INIT;
	const struct signature *sig;

	make_sample(&in, SAMPLE_TABLE, &plain);
	ASSERT_OK(sign(&out, SPAN_OF(&in), &pdf, &err), &err);
	ASSERT_OK(pdf_read(&list, SPAN_OF(&out), NULL, &err), &err);
	CU_ASSERT_EQUAL_FATAL(list.count, 1);
	sig = &list.items[0];
	CU_ASSERT_EQUAL(sig->format, FORMAT_PDF);
	CU_ASSERT_STRING_EQUAL(sig->id, "Straße");
	CU_ASSERT_STRING_EQUAL(sig->reason, pdf.reason);
	CU_ASSERT_STRING_EQUAL(sig->location, pdf.location);
	CU_ASSERT_STRING_EQUAL(sig->contact, pdf.contact);
	CU_ASSERT(sig->has_claimed_time && sig->claimed_time == TEST_TIME);
	CU_ASSERT(sig->baseline && sig->scope == SCOPE_FULL && sig->revision_is_last);
	CU_ASSERT_EQUAL(sig->certification, 0);
	CU_ASSERT_EQUAL(sig->cert_ref, CERT_REF_MATCHES);
	signatures_release(&list);
	buf_release(&in);
	buf_release(&out);
}

static void
keys_and_kinds_of_signature_are_accepted_by_others(void)
{
	struct sign_options options = level_b;
	struct buf in = BUF_INIT(0), out = BUF_INIT(0);
	struct error err = ERROR_INIT;

	make_sample(&in, SAMPLE_TABLE, &plain);
	ASSERT_OK(pdf_sign(&out, SPAN_OF(&in), &p256.key, &options, NULL, &err), &err);
	ASSERT_SIGNED(SPAN_OF(&out), 1, "");
	out.len = 0;
	options.digest = DIGEST_SHA512;
	options.plain = 1;
	ASSERT_OK(pdf_sign(&out, SPAN_OF(&in), &rsa.key, &options, NULL, &err), &err);
	ASSERT_SIGNED(SPAN_OF(&out), 1, "");
	CU_ASSERT(pdf_sample_find(SPAN_OF(&out), "/adbe.pkcs7.detached", 0) < out.len);
	out.len = 0;
	options.plain = 0;
	options.padding = PADDING_PSS;
	options.include_chain = 1;
	ASSERT_OK(pdf_sign(&out, SPAN_OF(&in), &rsa.key, &options, NULL, &err), &err);
	CU_ASSERT_EQUAL(reader_says(SPAN_OF(&out), ""), 1);
	buf_release(&in);
	buf_release(&out);
}

/* ---- permissions ---- */

static void
a_certification_binds_later_signatures(void)
{
	struct pdf_sign_options certify = { .certification = 1 };
	struct buf in = BUF_INIT(0), out = BUF_INIT(0), again = BUF_INIT(0);
	struct signatures list = { 0 };
	struct error err = ERROR_INIT;
	int p;

	make_sample(&in, SAMPLE_TABLE, &pdf_sample_field);
	for (p = 1; p <= 3; p++) {
		out.len = again.len = 0;
		certify.certification = p;
		ASSERT_OK(sign(&out, SPAN_OF(&in), &certify, &err), &err);
		ASSERT_SIGNED(SPAN_OF(&out), 1, "");
		ASSERT_OK(pdf_read(&list, SPAN_OF(&out), NULL, &err), &err);
		CU_ASSERT_EQUAL(list.items[0].certification, p);
		signatures_release(&list);
		assert_refused(SPAN_OF(&out), &certify, ERROR_CONFLICT);
		if (p == 1) {
			assert_refused(SPAN_OF(&out), NULL, ERROR_CONFLICT);
			continue;
		}
		ASSERT_OK(sign(&again, SPAN_OF(&out), NULL, &err), &err);
		ASSERT_SIGNED(SPAN_OF(&again), 2, "");
	}
	certify.certification = 4;
	assert_refused(SPAN_OF(&in), &certify, ERROR_MALFORMED);
	buf_release(&in);
	buf_release(&out);
	buf_release(&again);
}

static const char *const lock_objects[] = {
	"<</Type /Annot /Subtype /Widget /FT /Sig /T (First) /Rect [0 0 0 0] /P 3 0 R "
	"/Lock <</Type /SigFieldLock /Action /Include /Fields [(Second) (Group)]>>>>",
	"<</Type /Annot /Subtype /Widget /FT /Sig /T (Second) /Rect [0 0 0 0] /P 3 0 R>>",
	"<</Type /Annot /Subtype /Widget /FT /Sig /T (SecondToo) /Rect [0 0 0 0] /P 3 0 R>>",
	"<</T (Group) /FT /Sig /Kids [10 0 R]>>",
	"<</Type /Annot /Subtype /Widget /T (Kid) /Parent 9 0 R /Rect [0 0 0 0] /P 3 0 R>>",
	NULL,
};

static void
a_lock_takes_effect_with_its_fields_signature(void)
{
	const struct pdf_sample sample = { .catalog =
					       "/AcroForm <</Fields [6 0 R 7 0 R 8 0 R 9 0 R]>>",
		.page = "/Annots [6 0 R 7 0 R 8 0 R 10 0 R]",
		.objects = lock_objects };
	struct pdf_sign_options first = { .field_name = "First" },
				second = { .field_name = "Second" },
				too = { .field_name = "SecondToo" },
				kid = { .field_name = "Group.Kid" };
	struct buf in = BUF_INIT(0), out = BUF_INIT(0), more = BUF_INIT(0);
	struct error err = ERROR_INIT;

	make_sample(&in, SAMPLE_TABLE, &sample);
	ASSERT_OK(sign(&more, SPAN_OF(&in), &kid, &err), &err);
	ASSERT_SIGNED(SPAN_OF(&more), 1, "");
	more.len = 0;
	ASSERT_OK(sign(&out, SPAN_OF(&in), &first, &err), &err);
	CU_ASSERT(pdf_sample_find(SPAN_OF(&out), "/FieldMDP", 0) < out.len);
	assert_refused(SPAN_OF(&out), &second, ERROR_CONFLICT);
	assert_refused(SPAN_OF(&out), &kid, ERROR_CONFLICT);
	ASSERT_OK(sign(&more, SPAN_OF(&out), &too, &err), &err);
	ASSERT_SIGNED(SPAN_OF(&more), 2, "");
	buf_release(&in);
	buf_release(&out);
	buf_release(&more);
}

static void
seed_values_are_obeyed_where_they_bind(void)
{
	static const struct {
		const char *seed, *reason;
		int refused;
	} rows[] = {
		{ "/Ff 1 /Filter /Adobe.PPKLite", NULL, 0 },
		{ "/Ff 1 /Filter /Entrust.PPKEF", NULL, 1 },
		{ "/Ff 0 /Filter /Entrust.PPKEF", NULL, 0 },
		{ "/Ff 2 /SubFilter [/adbe.pkcs7.detached /ETSI.CAdES.detached]", NULL, 0 },
		{ "/Ff 2 /SubFilter [/adbe.pkcs7.detached]", NULL, 1 },
		{ "/Ff 8 /Reasons [(one) (two)]", "two", 0 },
		{ "/Ff 8 /Reasons [(one) (two)]", "three", 1 },
		{ "/Ff 8 /Reasons [(one) (two)]", NULL, 1 },
		{ "/Ff 8 /Reasons [(.)]", NULL, 0 },
		{ "/Ff 8 /Reasons [(.)]", "one", 1 },
		{ "/Ff 64 /DigestMethod [(SHA1) (SHA256)]", NULL, 0 },
		{ "/Ff 64 /DigestMethod [(SHA384)]", NULL, 1 },
		{ "/Ff 32 /AddRevInfo true", NULL, 1 },
		{ "/MDP <</P 0>>", NULL, 0 },
		{ "/MDP <</P 2>>", NULL, 1 },
		{ "/TimeStamp <</URL (http://tsa.example) /Ff 1>>", NULL, 1 },
		{ "/TimeStamp <</URL (http://tsa.example) /Ff 0>>", NULL, 0 },
		{ "/Cert <</Ff 1 /Subject [<3000>]>>", NULL, 1 },
		{ "/Cert <</Ff 0 /Subject [<3000>]>>", NULL, 0 },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char field[400];
		const char *const objects[] = { field, NULL };
		struct pdf_sample sample = pdf_sample_field;
		struct pdf_sign_options options = { .field_name = "F", .reason = rows[i].reason };
		struct buf in = BUF_INIT(0), out = BUF_INIT(0);
		struct sign_options sha256 = level_b;
		struct error err = ERROR_INIT;

		snprintf(field, sizeof(field),
		    "<</Type /Annot /Subtype /Widget /FT /Sig /T (F) /Rect [0 0 0 0] /SV <<%s>>>>",
		    rows[i].seed);
		sample.objects = objects;
		sha256.digest = DIGEST_SHA256;
		make_sample(&in, SAMPLE_TABLE, &sample);
		CU_ASSERT_EQUAL(
		    pdf_sign(&out, SPAN_OF(&in), &rsa.key, &sha256, &options, &err) != 0,
		    rows[i].refused);
		if ((err.kind == ERROR_CONFLICT) != rows[i].refused) {
			CU_FAIL("seed value");
			fprintf(stderr, "%s: %s\n", rows[i].seed, err.text);
		}
		buf_release(&in);
		buf_release(&out);
	}
}

/* ISO 32000-2 Table 22. */
static void
what_an_encrypted_document_permits_holds_for_those_without_the_owners_password(void)
{
	static const struct {
		const char *cipher, *password, *field;
		int is_signed;
	} rows[] = {
		{ "--encrypt user owner 256 --modify=none --", "user", NULL, 0 },
		{ "--encrypt user owner 256 --modify=none --", "user", "Approval", 0 },
		{ "--encrypt user owner 256 --modify=none --", "owner", NULL, 1 },
		{ "--encrypt user owner 256 --modify=form --", "user", NULL, 0 },
		{ "--encrypt user owner 256 --modify=form --", "user", "Approval", 1 },
		{ "--encrypt user owner 256 --modify=all --", "user", NULL, 1 },
	};
	struct buf plain_pdf = BUF_INIT(0);
	size_t i;

	make_sample(&plain_pdf, SAMPLE_TABLE, &pdf_sample_field);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pdf_sign_options pdf = { .field_name = rows[i].field,
			.password = rows[i].password };
		struct buf in = BUF_INIT(0), out = BUF_INIT(0);
		struct error err = ERROR_INIT;

		ASSERT_OK(pdf_sample_qpdf(&in, SPAN_OF(&plain_pdf), rows[i].cipher, &err), &err);
		if (rows[i].is_signed)
			ASSERT_OK(sign(&out, SPAN_OF(&in), &pdf, &err), &err);
		else
			assert_refused(SPAN_OF(&in), &pdf, ERROR_CONFLICT);
		buf_release(&in);
		buf_release(&out);
	}
	buf_release(&plain_pdf);
}

static const struct test tests[] = {
	TEST(every_form_of_cross_reference_is_signed_twice_in_its_own_form),
	TEST(linearized_and_recompressed_files_are_signed),
	TEST(encrypted_files_are_signed_with_either_password),
	TEST(what_an_encrypted_document_permits_holds_for_those_without_the_owners_password),
	TEST(damaged_and_foreign_bytes_are_refused),
	TEST(a_file_without_a_last_line_end_and_with_zeros_behind_it_is_signed),
	TEST(a_number_that_is_only_mentioned_is_not_taken),
	TEST(a_page_tree_that_bites_its_tail_is_refused),
	TEST(arrays_and_forms_of_their_own_are_extended),
	TEST(an_empty_field_takes_a_signature_once),
	TEST(one_array_for_fields_and_annotations_gets_the_field_once),
	TEST(a_new_field_takes_the_first_name_that_is_free),
	TEST(names_that_cannot_be_a_new_field_are_refused),
	TEST(what_the_signature_says_is_read_back),
	TEST(keys_and_kinds_of_signature_are_accepted_by_others),
	TEST(a_certification_binds_later_signatures),
	TEST(a_lock_takes_effect_with_its_fields_signature),
	TEST(seed_values_are_obeyed_where_they_bind),
	TEST_END,
};
const struct suite suite_signing_format_pdf_sign = { "signing/format/pdf/sign", setup, teardown,
	tests };
