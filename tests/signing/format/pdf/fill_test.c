/*
 * signing/format/pdf/fill.h: zeros behind a value that some programs encrypt, as they encrypt all
 * strings of an encrypted document, and what looks like that and is not.
 */
#include "signing/format/pdf/fill.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signing/core/ossl.h"
#include "signing/format/cms/cms_sign.h"
#include "signing/format/pdf/crypt.h"
#include "signing/format/pdf/form.h"
#include "signing/format/pdf/pdf_read.h"
#include "signing/format/pdf/pdf_sign.h"
#include "signing/format/pdf/pdf_timestamp.h"
#include "signing/verify/document.h"
#include "tests/support/pdf_samples.h"
#include "tests/support/pki.h"
#include "tests/support/suite.h"
#include "tests/support/tsa.h"

#define ENCRYPTED DEVIATION_BIT(DEVIATION_CONTENTS_ENCRYPTED)
#define PADDING	  DEVIATION_BIT(DEVIATION_CONTENTS_PADDING)

/* RC4 with 40 and 128 bits, AES-128, AES-256 of both revisions. */
static const char *const ciphers[] = { "--allow-weak-crypto --encrypt user owner 40 --",
	"--allow-weak-crypto --encrypt user owner 128 --use-aes=n --",
	"--allow-weak-crypto --encrypt user owner 128 --use-aes=y --",
	"--allow-weak-crypto --encrypt user owner 256 --force-R5 --",
	"--encrypt user owner 256 --" };
#define CIPHERS (sizeof(ciphers) / sizeof(ciphers[0]))

static const struct test_tsa tsa = { .id = PKI_TSA, .time = PKI_NOW - 60 };

static void
encrypted_sample(struct buf *out, size_t cipher)
{
	struct error err = ERROR_INIT;
	struct buf plain = BUF_INIT(0);

	ASSERT_OK(pdf_sample_make(&plain, &pdf_sample_field, &err), &err);
	ASSERT_OK(pdf_sample_qpdf(out, SPAN_OF(&plain), ciphers[cipher], &err), &err);
	buf_release(&plain);
}

/* ---- a value whose room was encrypted before it was filled in ---- */

/* The only value of a document, with its object's number. */
struct opened {
	struct pdf_doc *doc;
	struct pdf_form form;
	qpdf_oh value;
};

static void
open_value(struct opened *o, struct span pdf)
{
	struct error err = ERROR_INIT;
	size_t i;

	memset(o, 0, sizeof(*o));
	ASSERT_OK(pdf_open(&o->doc, pdf, "user", NULL, &err), &err);
	ASSERT_OK(pdf_form_read(&o->form, o->doc, &err), &err);
	for (i = 0; i < o->form.count; i++)
		if (o->form.fields[i].is_signed)
			o->value = o->form.fields[i].value;
	CU_ASSERT_NOT_EQUAL_FATAL(qpdf_oh_get_object_id(o->doc->q, o->value), 0);
}

static void
close_value(struct opened *o)
{
	pdf_form_release(&o->form);
	pdf_close(o->doc);
}

/* A string of `size` bytes: what a program makes of so many `plain` bytes in that object. */
static void
encrypt_room(struct buf *out, const struct opened *o, size_t size, unsigned char plain)
{
	const struct pdf_shim *file = &o->doc->shim;
	struct buf room = BUF_INIT(0);
	struct error err = ERROR_INIT;
	size_t len = file->strings == PDF_CIPHER_RC4 ? size : size - 32;

	CU_ASSERT_PTR_NOT_NULL_FATAL(buf_reserve(&room, len, &err));
	memset(room.data, plain, len);
	room.len = len;
	ASSERT_OK(
	    pdf_encrypt(file, file->strings, (uint32_t)qpdf_oh_get_object_id(o->doc->q, o->value),
		0, SPAN_OF(&room), out, &err),
	    &err);
	CU_ASSERT_EQUAL_FATAL(out->len, size);
	buf_release(&room);
}

/* Where /Contents begins and how much of it the value takes. */
struct place {
	size_t hex, size, len;
};

static struct place
place_of(const struct buf *pdf)
{
	struct place p;
	unsigned int high, low;

	p.hex = pdf_sample_find(SPAN_OF(pdf), "/Contents <", 0) + strlen("/Contents <");
	p.size = (pdf_sample_find(SPAN_OF(pdf), ">", p.hex) - p.hex) / 2;
	CU_ASSERT_EQUAL_FATAL(
	    sscanf((const char *)pdf->data + p.hex, "3082%2x%2x", &high, &low), 2);
	p.len = 4 + (high << 8 | low);
	CU_ASSERT_FATAL(p.len + 64 < p.size);
	return p;
}

static void
put_hex(struct buf *pdf, const struct place *p, size_t at, unsigned char byte)
{
	char hex[3];

	snprintf(hex, sizeof(hex), "%02x", byte);
	memcpy(pdf->data + p->hex + 2 * at, hex, 2);
}

/* Behind the value stands what is left of the encrypted room. */
static void
fill(struct buf *pdf, unsigned char plain)
{
	const struct place p = place_of(pdf);
	struct buf room = BUF_INIT(0);
	struct opened o;
	size_t i;

	open_value(&o, SPAN_OF(pdf));
	encrypt_room(&room, &o, p.size, plain);
	close_value(&o);
	for (i = p.len; i < p.size; i++)
		put_hex(pdf, &p, i, room.data[i]);
	buf_release(&room);
}

/* Another digit; what stood there. */
static unsigned char
change_digit(struct buf *pdf, size_t at)
{
	const unsigned char was = pdf->data[at];

	pdf->data[at] = was == '1' ? '2' : '1';
	return was;
}

/* ---- the rule itself ---- */

static enum pdf_fill
fill_of(struct opened *o, struct span gap, size_t len)
{
	enum pdf_fill found = PDF_FILL_ZEROS;
	struct error err = ERROR_INIT;

	ASSERT_OK(pdf_fill_of(&found, o->doc, o->value, gap, len, &err), &err);
	return found;
}

#define GAP_SIZE 112

/* Each byte behind the value, whatever its length, is proven: none may be another. */
static void
assert_proven(struct opened *o, struct span room, int is_stream)
{
	unsigned char gap[GAP_SIZE];
	size_t len, at, n = 0;

	for (len = 1; len < GAP_SIZE; len++) {
		memcpy(gap, room.data, GAP_SIZE);
		memset(gap, 0x5a, len);
		if (fill_of(o, (struct span){ gap, GAP_SIZE }, len) != PDF_FILL_ENCRYPTED)
			continue;
		n++;
		for (at = len; at < GAP_SIZE; at++) {
			gap[at] ^= 1;
			CU_ASSERT_EQUAL(
			    fill_of(o, (struct span){ gap, GAP_SIZE }, len), PDF_FILL_OTHER);
			gap[at] ^= 1;
		}
		/* A shorter or longer string was never made by that cipher. */
		if (!is_stream)
			CU_ASSERT_EQUAL(
			    fill_of(o, (struct span){ gap, GAP_SIZE - 1 }, len), PDF_FILL_OTHER);
	}
	/* Of AES the last two blocks are too few to show anything. */
	CU_ASSERT_EQUAL(n, is_stream ? GAP_SIZE - 1 : GAP_SIZE - 32);
}

static void
every_byte_behind_the_value_is_proven_by_the_documents_key(void)
{
	size_t i;

	for (i = 0; i < CIPHERS; i++) {
		const struct sign_options level_b = { .signing_time = PKI_NOW, .claim_time = 1 };
		const struct pdf_sign_options with = { .password = "user" };
		struct buf pdf = BUF_INIT(0), out = BUF_INIT(0), room = BUF_INIT(0),
			   text = BUF_INIT(0);
		struct error err = ERROR_INIT;
		struct opened o;

		encrypted_sample(&pdf, i);
		ASSERT_OK(
		    pdf_sign(&out, SPAN_OF(&pdf), pki_key(PKI_P256), &level_b, &with, &err), &err);
		open_value(&o, SPAN_OF(&out));
		encrypt_room(&room, &o, GAP_SIZE, 0);
		assert_proven(&o, SPAN_OF(&room), o.doc->shim.strings == PDF_CIPHER_RC4);
		/* What says something, in the same encryption. */
		encrypt_room(&text, &o, GAP_SIZE, 'x');
		CU_ASSERT_EQUAL(fill_of(&o, SPAN_OF(&text), 40), PDF_FILL_OTHER);
		/* Zeros are zeros in an encrypted document, too. */
		memset(text.data + 40, 0, GAP_SIZE - 40);
		CU_ASSERT_EQUAL(fill_of(&o, SPAN_OF(&text), 40), PDF_FILL_ZEROS);
		close_value(&o);
		buf_release(&text);
		buf_release(&room);
		buf_release(&out);
		buf_release(&pdf);
	}
}

/* ---- signatures ---- */

/* A room of whole blocks, as AES makes it. */
static void
sign(struct buf *out, const struct buf *pdf)
{
	const struct pdf_sign_options with = { .password = "user" };
	struct sign_options options = { .signing_time = PKI_NOW, .claim_time = 1, .city = "" };
	struct error err = ERROR_INIT;
	char city[17] = "0123456789abcdef";

	city[(16 - cms_size_bound(pki_key(PKI_P256), &options) % 16) % 16] = '\0';
	options.city = city;
	ASSERT_OK(pdf_sign(out, SPAN_OF(pdf), pki_key(PKI_P256), &options, &with, &err), &err);
}

/* The only signature: its failure, what was noted, and whether it covers all. */
static enum sub_indication
read_one(const struct buf *pdf, unsigned int tolerate, unsigned int *deviations)
{
	const struct pdf_read_options options = { .password = "user", .tolerate = tolerate };
	struct signatures list = { 0 };
	struct error err = ERROR_INIT;
	enum sub_indication failure;

	ASSERT_OK(pdf_read(&list, SPAN_OF(pdf), &options, &err), &err);
	CU_ASSERT_EQUAL_FATAL(list.count, 1);
	failure = list.items[0].failure;
	*deviations = list.items[0].deviations;
	CU_ASSERT(list.items[0].value_intact);
	CU_ASSERT_EQUAL(
	    list.items[0].scope, failure == SUB_FORMAT_FAILURE ? SCOPE_PARTIAL : SCOPE_FULL);
	signatures_release(&list);
	return failure;
}

/* One byte behind the value is another; the range is as it was signed. */
static void
assert_changed_bytes_are_refused(struct buf *pdf)
{
	const struct place p = place_of(pdf);
	const size_t places[] = { p.len, p.len + 1, p.len + 16, (p.len + p.size) / 2, p.size - 17,
		p.size - 16, p.size - 1 };
	unsigned int deviations;
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const unsigned char was = change_digit(pdf, p.hex + 2 * places[i]);

		CU_ASSERT_EQUAL(read_one(pdf, 0, &deviations), SUB_FORMAT_FAILURE);
		CU_ASSERT_EQUAL(deviations, 0);
		CU_ASSERT_EQUAL(read_one(pdf, PADDING, &deviations), SUB_NONE);
		CU_ASSERT_EQUAL(deviations, PADDING);
		pdf->data[p.hex + 2 * places[i]] = was;
	}
}

static void
encrypted_zeros_behind_a_signature_are_noted_and_anything_else_is_refused(void)
{
	unsigned int deviations;
	size_t i, at;

	for (i = 0; i < CIPHERS; i++) {
		struct buf pdf = BUF_INIT(0), out = BUF_INIT(0), text = BUF_INIT(0);
		struct error err = ERROR_INIT;

		encrypted_sample(&pdf, i);
		sign(&out, &pdf);
		ASSERT_OK(buf_append_span(&text, SPAN_OF(&out), &err), &err);
		CU_ASSERT_EQUAL(read_one(&out, 0, &deviations), SUB_NONE);
		CU_ASSERT_EQUAL(deviations, 0);
		fill(&out, 0);
		CU_ASSERT_EQUAL(read_one(&out, 0, &deviations), SUB_NONE);
		CU_ASSERT_EQUAL(deviations, ENCRYPTED);
		assert_changed_bytes_are_refused(&out);
		/* Text that was encrypted is no room for a value. */
		fill(&text, 'x');
		CU_ASSERT_EQUAL(read_one(&text, 0, &deviations), SUB_FORMAT_FAILURE);
		/* What the range covers is the signer's all the same. */
		at = pdf_sample_find(SPAN_OF(&out), "595 842", 0);
		CU_ASSERT_FATAL(at < out.len);
		out.data[at]++;
		CU_ASSERT_EQUAL(read_one(&out, 0, &deviations), SUB_HASH_FAILURE);
		buf_release(&text);
		buf_release(&out);
		buf_release(&pdf);
	}
}

/* ---- document time stamps ---- */

static int
has_check(const struct verify_checks *checks, enum check_outcome outcome)
{
	size_t i;

	for (i = 0; i < checks->count; i++)
		if (strcmp(checks->items[i].code, "ContentsEncryption") == 0)
			return checks->items[i].outcome == outcome;
	return 0;
}

/* The only stamp's verdict by this level of the constraint. */
static enum sub_indication
judge_stamp(const struct buf *pdf, enum verify_level level, int *is_told)
{
	const struct verify_policy policy = { .without_revocation = 1,
		.levels = { [CONSTRAINT_CONTENTS_ENCRYPTION] = (unsigned char)level } };
	const struct verify_context context = { .anchors = pki_anchors(),
		.timestamp_anchors = pki_anchors(),
		.time = PKI_NOW,
		.policy = &policy };
	const struct pdf_read_options options = { .password = "user" };
	struct document_facts facts = { 0 };
	struct verify_document_stamp stamp;
	struct verify_timestamp verdict;
	struct error err = ERROR_INIT;
	enum sub_indication sub;

	ASSERT_OK(pdf_read_timestamps(&facts.stamps, SPAN_OF(pdf), &options, &err), &err);
	CU_ASSERT_EQUAL_FATAL(facts.stamps.count, 1);
	stamp = verify_document_stamp_at(&facts, 0);
	ASSERT_OK(verify_document_timestamps(&stamp, 1, NULL, &context, &verdict, &err), &err);
	sub = verdict.conclusion.sub;
	*is_told = has_check(&verdict.checks, level == VERIFY_FAIL ? CHECK_FAILED : CHECK_WARNING);
	verify_timestamp_release(&verdict);
	pdf_timestamps_release(&facts.stamps);
	return sub;
}

static void
encrypted_zeros_behind_a_document_time_stamp_are_told_with_it(void)
{
	const struct timestamp_source source = test_tsa_source(&tsa);
	const struct pdf_timestamp_options with = { NULL, "user" };
	size_t i;
	int is_told;

	for (i = 0; i < CIPHERS; i++) {
		struct buf pdf = BUF_INIT(0), out = BUF_INIT(0);
		struct error err = ERROR_INIT;
		struct place p;

		encrypted_sample(&pdf, i);
		ASSERT_OK(pdf_timestamp(&out, SPAN_OF(&pdf), &source, &with, NULL, &err), &err);
		CU_ASSERT_EQUAL(judge_stamp(&out, VERIFY_BY_DEFAULT, &is_told), SUB_NONE);
		CU_ASSERT(!is_told);
		fill(&out, 0);
		CU_ASSERT_EQUAL(judge_stamp(&out, VERIFY_BY_DEFAULT, &is_told), SUB_NONE);
		CU_ASSERT(is_told);
		CU_ASSERT_EQUAL(judge_stamp(&out, VERIFY_FAIL, &is_told), SUB_FORMAT_FAILURE);
		CU_ASSERT(is_told);
		p = place_of(&out);
		change_digit(&out, p.hex + 2 * p.size - 3);
		CU_ASSERT_EQUAL(judge_stamp(&out, VERIFY_BY_DEFAULT, &is_told), SUB_FORMAT_FAILURE);
		CU_ASSERT(!is_told);
		buf_release(&out);
		buf_release(&pdf);
	}
}

static const struct test tests[] = {
	TEST(every_byte_behind_the_value_is_proven_by_the_documents_key),
	TEST(encrypted_zeros_behind_a_signature_are_noted_and_anything_else_is_refused),
	TEST(encrypted_zeros_behind_a_document_time_stamp_are_told_with_it),
	TEST_END,
};
const struct suite suite_signing_format_pdf_fill = { "signing/format/pdf/fill", NULL, NULL, tests };
