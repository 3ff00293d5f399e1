/* PDFs brought to T, LT and LTA, judged by qpdf and pdfsig, and what the reader says is covered. */
#include "signing/format/pdf/pdf_extend.h"

#include <stdio.h>
#include <string.h>

#include "signing/format/pdf/pdf_read.h"
#include "signing/format/pdf/pdf_sign.h"
#include "tests/support/longterm.h"
#include "tests/support/pdf_samples.h"
#include "tests/support/suite.h"
#include "tests/support/tsa.h"

static const struct test_tsa tsa = { .id = PKI_TSA, .time = PKI_NOW };

/* A document of that form, signed by PKI_P256: level B or, with a time stamp in the value, T. */
static struct buf
sign(enum pdf_sample_xref xref, enum level level)
{
	const struct pdf_sample sample = { .xref = xref };
	struct timestamp_source source = test_tsa_source(&tsa);
	struct sign_options options = {
		.signing_time = PKI_NOW, .claim_time = 1, .level = level, .timestamp = &source
	};
	struct buf plain = BUF_INIT(0), out = BUF_INIT(0);
	struct error err = ERROR_INIT;

	ASSERT_OK(pdf_sample_make(&plain, &sample, &err), &err);
	ASSERT_OK(pdf_sign(&out, SPAN_OF(&plain), pki_key(PKI_P256), &options, NULL, &err), &err);
	buf_release(&plain);
	return out;
}

/* Replaces `pdf` by itself extended. */
static void
extend(struct buf *pdf, enum extension to, const struct evidence *data)
{
	struct timestamp_source source = test_tsa_source(&tsa);
	struct buf out = BUF_INIT(0);
	struct error err = ERROR_INIT;

	ASSERT_OK(pdf_extend(&out, SPAN_OF(pdf), to, data, &source, NULL, NULL, &err), &err);
	CU_ASSERT_FATAL(out.len > pdf->len && memcmp(out.data, pdf->data, pdf->len) == 0);
	buf_release(pdf);
	*pdf = out;
}

static struct signatures
read_back(struct span pdf)
{
	struct signatures list = { 0 };
	struct error err = ERROR_INIT;

	ASSERT_OK(pdf_read(&list, pdf, NULL, &err), &err);
	CU_ASSERT_FATAL(list.count >= 1);
	CU_ASSERT(list.items[0].value_intact && list.items[0].references_intact);
	return list;
}

static void
expect_level(const struct buf *pdf, const char *level, size_t stamps)
{
	struct signatures list = read_back(SPAN_OF(pdf));

	CU_ASSERT_STRING_EQUAL(ades_level_name(list.items[0].level), level);
	CU_ASSERT_EQUAL(list.items[0].timestamp_count, stamps);
	signatures_release(&list);
}

static void
judge(const struct buf *pdf)
{
	struct buf said = BUF_INIT(0);

	CU_ASSERT_EQUAL(pdf_sample_judge(NULL, SPAN_OF(pdf), "qpdf --check"), 0);
	pdf_sample_judge(&said, SPAN_OF(pdf), "pdfsig -nocert");
	CU_ASSERT(pdf_sample_find(SPAN_OF(&said), "Signature Validation: Signature is Valid.", 0) <
		  said.len);
	buf_release(&said);
}

static void
documents_of_every_form_are_brought_from_level_to_level(void)
{
	struct evidence data = longterm_evidence();
	int form;

	for (form = 0; form < SAMPLE_XREFS; form++) {
		struct buf pdf = sign((enum pdf_sample_xref)form, LEVEL_B);

		expect_level(&pdf, "B-B", 0);
		extend(&pdf, EXTEND_T, NULL);
		expect_level(&pdf, "B-T", 1);
		extend(&pdf, EXTEND_LT, &data);
		expect_level(&pdf, "B-LT", 1);
		extend(&pdf, EXTEND_LTA, NULL);
		expect_level(&pdf, "B-LTA", 2);
		judge(&pdf);
		buf_release(&pdf);
	}
	evidence_release(&data);
}

static void
a_stamp_in_the_value_makes_level_t_as_well(void)
{
	struct evidence data = longterm_evidence();
	struct buf pdf = sign(SAMPLE_TABLE, LEVEL_T);

	expect_level(&pdf, "B-T", 1);
	extend(&pdf, EXTEND_LTA, &data);
	expect_level(&pdf, "B-LTA", 2);
	judge(&pdf);
	buf_release(&pdf);
	evidence_release(&data);
}

/* Of the stamp that stands first or last in the file. */
static const struct embedded_timestamp *
stamp_at(const struct signature *sig, size_t i)
{
	CU_ASSERT_FATAL(i < sig->timestamp_count);
	return &sig->timestamps[i];
}

static void
a_document_time_stamp_covers_the_store_before_it_and_no_later_one(void)
{
	struct evidence data = longterm_evidence(), more = longterm_more();
	const struct embedded_timestamp *first, *second;
	struct buf pdf = sign(SAMPLE_STREAM, LEVEL_T);
	struct signatures list;
	unsigned char sha256[32];

	extend(&pdf, EXTEND_LTA, &data);
	extend(&pdf, EXTEND_LTA, &more);
	list = read_back(SPAN_OF(&pdf));
	CU_ASSERT(longterm_holds(&list.evidence, &data));
	CU_ASSERT(longterm_holds(&list.evidence, &more));
	CU_ASSERT_EQUAL(sk_X509_num(list.evidence.certificates), 3);
	CU_ASSERT_EQUAL(list.evidence.crls.count, 3);
	CU_ASSERT_EQUAL(stamp_at(&list.items[0], 0)->kind, TIMESTAMP_SIGNATURE);
	CU_ASSERT_EQUAL(stamp_at(&list.items[0], 0)->covers.count, 1);
	first = stamp_at(&list.items[0], 1);
	second = stamp_at(&list.items[0], 2);
	CU_ASSERT(first->covers.signature && first->covers.document);
	CU_ASSERT_EQUAL(longterm_covered(&first->covers, &data), 6);
	CU_ASSERT_EQUAL(longterm_covered(&first->covers, &more), 0);
	CU_ASSERT_EQUAL(longterm_covered(&second->covers, &data), 6);
	CU_ASSERT_EQUAL(longterm_covered(&second->covers, &more), 1);
	digest_span(DIGEST_SHA256, SPAN_OF(&first->token), sha256, NULL);
	CU_ASSERT(coverage_has(&second->covers, sha256));
	CU_ASSERT_FALSE(coverage_has(&first->covers, sha256));
	digest_span(DIGEST_SHA256, SPAN_OF(&stamp_at(&list.items[0], 0)->token), sha256, NULL);
	CU_ASSERT(coverage_has(&first->covers, sha256));
	signatures_release(&list);
	buf_release(&pdf);
	evidence_release(&data);
	evidence_release(&more);
}

static void
a_store_behind_the_last_time_stamp_makes_no_archive_level(void)
{
	struct evidence data = longterm_evidence();
	struct buf pdf = sign(SAMPLE_TABLE, LEVEL_T);

	extend(&pdf, EXTEND_T, NULL);
	extend(&pdf, EXTEND_LT, &data);
	expect_level(&pdf, "B-LT", 2);
	buf_release(&pdf);
	evidence_release(&data);
}

/* EN 319 142-1 clause 6: LTA is a time stamp over the data of LT, and there are none. */
static void
a_document_time_stamp_without_validation_data_makes_no_archive_level(void)
{
	struct evidence data = longterm_evidence(), certificates = { 0 };
	struct buf pdf = sign(SAMPLE_TABLE, LEVEL_T);

	extend(&pdf, EXTEND_T, NULL);
	expect_level(&pdf, "B-T", 2);
	extend(&pdf, EXTEND_T, NULL);
	expect_level(&pdf, "B-T", 3);
	/* A store with certificates alone tells nothing of their status. */
	certificates.certificates = data.certificates;
	extend(&pdf, EXTEND_LTA, &certificates);
	expect_level(&pdf, "B-T", 4);
	/* The data behind the last of them: LT; and one more over these: LTA. */
	extend(&pdf, EXTEND_LT, &data);
	expect_level(&pdf, "B-LT", 4);
	extend(&pdf, EXTEND_LTA, NULL);
	expect_level(&pdf, "B-LTA", 5);
	buf_release(&pdf);
	evidence_release(&data);
}

/* The values that the document has need no second place. */
static void
what_is_stored_is_stored_once(void)
{
	struct evidence data = longterm_evidence();
	struct buf pdf = sign(SAMPLE_TABLE, LEVEL_T);
	size_t len;

	extend(&pdf, EXTEND_LT, &data);
	len = pdf.len;
	extend(&pdf, EXTEND_LT, &data);
	CU_ASSERT(pdf_sample_find(SPAN_OF(&pdf), "/FlateDecode", len) == pdf.len);
	expect_level(&pdf, "B-LT", 1);
	buf_release(&pdf);
	evidence_release(&data);
}

static void
a_signature_that_follows_leaves_the_levels_before_it(void)
{
	struct evidence data = longterm_evidence();
	struct sign_options options = { .signing_time = PKI_NOW, .claim_time = 1 };
	struct buf pdf = sign(SAMPLE_TABLE, LEVEL_T), out = BUF_INIT(0);
	struct signatures list;
	struct error err = ERROR_INIT;

	extend(&pdf, EXTEND_LTA, &data);
	ASSERT_OK(pdf_sign(&out, SPAN_OF(&pdf), pki_key(PKI_P256), &options, NULL, &err), &err);
	list = read_back(SPAN_OF(&out));
	CU_ASSERT_EQUAL_FATAL(list.count, 2);
	CU_ASSERT_EQUAL(list.items[0].level, ADES_B_LTA);
	CU_ASSERT_EQUAL(list.items[1].level, ADES_B_B);
	CU_ASSERT_EQUAL(list.items[1].timestamp_count, 0);
	signatures_release(&list);
	buf_release(&out);
	buf_release(&pdf);
	evidence_release(&data);
}

static void
a_changed_store_is_noticed_by_the_time_stamp_over_it(void)
{
	struct evidence data = longterm_evidence();
	struct buf pdf = sign(SAMPLE_TABLE, LEVEL_T);
	const struct embedded_timestamp *stamp;
	unsigned char before[DIGEST_SIZE_MAX];
	struct signatures list;
	size_t at;

	extend(&pdf, EXTEND_LTA, &data);
	list = read_back(SPAN_OF(&pdf));
	memcpy(before, stamp_at(&list.items[0], 1)->imprint.value[DIGEST_SHA256], 32);
	signatures_release(&list);
	at = pdf_sample_find(SPAN_OF(&pdf), "/ExtensionLevel 1", 0);
	CU_ASSERT_FATAL(at < pdf.len);
	pdf.data[at + 16] = '2';
	list = read_back(SPAN_OF(&pdf));
	stamp = stamp_at(&list.items[0], 1);
	CU_ASSERT(stamp->imprint_known);
	CU_ASSERT(memcmp(before, stamp->imprint.value[DIGEST_SHA256], 32) != 0);
	signatures_release(&list);
	buf_release(&pdf);
	evidence_release(&data);
}

static void
an_encrypted_document_is_extended_with_its_password(void)
{
	const struct pdf_extend_options with = { .password = "user" };
	const struct pdf_read_options reading = { .password = "user" };
	struct timestamp_source source = test_tsa_source(&tsa);
	struct sign_options options = { .signing_time = PKI_NOW, .claim_time = 1 };
	struct pdf_sign_options opening = { .password = "user" };
	const struct pdf_sample sample = { 0 };
	struct evidence data = longterm_evidence();
	struct buf plain = BUF_INIT(0), closed = BUF_INIT(0), sealed = BUF_INIT(0),
		   out = BUF_INIT(0);
	struct signatures list = { 0 };
	struct error err = ERROR_INIT;

	ASSERT_OK(pdf_sample_make(&plain, &sample, &err), &err);
	ASSERT_OK(
	    pdf_sample_qpdf(&closed, SPAN_OF(&plain), "--encrypt user owner 256 --", &err), &err);
	ASSERT_OK(
	    pdf_sign(&sealed, SPAN_OF(&closed), pki_key(PKI_P256), &options, &opening, &err), &err);
	CU_ASSERT_EQUAL(
	    pdf_extend(&out, SPAN_OF(&sealed), EXTEND_LTA, &data, &source, NULL, NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	CU_ASSERT_EQUAL(out.len, 0);
	error_clear(&err);
	ASSERT_OK(pdf_extend(&out, SPAN_OF(&sealed), EXTEND_LTA, &data, &source, &with, NULL, &err),
	    &err);
	ASSERT_OK(pdf_read(&list, SPAN_OF(&out), &reading, &err), &err);
	CU_ASSERT_EQUAL(list.items[0].level, ADES_B_LTA);
	CU_ASSERT(longterm_holds(&list.evidence, &data));
	CU_ASSERT_EQUAL(pdf_sample_judge(NULL, SPAN_OF(&out), "qpdf --password=user --check"), 0);
	signatures_release(&list);
	buf_release(&plain);
	buf_release(&closed);
	buf_release(&sealed);
	buf_release(&out);
	evidence_release(&data);
}

static void
a_document_without_signature_has_nothing_to_extend(void)
{
	const struct pdf_sample sample = { 0 };
	struct evidence data = longterm_evidence();
	struct buf plain = BUF_INIT(0), out = BUF_INIT(0);
	struct error err = ERROR_INIT;

	ASSERT_OK(pdf_sample_make(&plain, &sample, &err), &err);
	CU_ASSERT_EQUAL(
	    pdf_extend(&out, SPAN_OF(&plain), EXTEND_LT, &data, NULL, NULL, NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_CONFLICT);
	CU_ASSERT_EQUAL(out.len, 0);
	buf_release(&plain);
	evidence_release(&data);
}

static const struct test tests[] = { TEST(documents_of_every_form_are_brought_from_level_to_level),
	TEST(a_stamp_in_the_value_makes_level_t_as_well),
	TEST(a_document_time_stamp_covers_the_store_before_it_and_no_later_one),
	TEST(a_store_behind_the_last_time_stamp_makes_no_archive_level),
	TEST(a_document_time_stamp_without_validation_data_makes_no_archive_level),
	TEST(what_is_stored_is_stored_once),
	TEST(a_signature_that_follows_leaves_the_levels_before_it),
	TEST(a_changed_store_is_noticed_by_the_time_stamp_over_it),
	TEST(an_encrypted_document_is_extended_with_its_password),
	TEST(a_document_without_signature_has_nothing_to_extend), TEST_END };
const struct suite suite_signing_format_pdf_extend = { "signing/format/pdf/extend", NULL, NULL,
	tests };
