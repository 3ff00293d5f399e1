#include "server/read/pack.h"

#include <stdlib.h>
#include <string.h>

#include "server/read/facts.h"
#include "signing/format/pdf/pdf_sign.h"
#include "tests/support/pdf_samples.h"
#include "tests/support/pki.h"
#include "tests/support/suite.h"

static const struct format_limits limits = FORMAT_LIMITS_DEFAULT;
static struct buf packed; /* the signatures of a PDF with two */

static int
setup(void)
{
	const struct sign_options options = { .signing_time = PKI_NOW, .claim_time = 1 };
	const struct pdf_sign_options more = { .reason = "reason", .location = "here" };
	struct signatures list = { 0 };
	struct error err = ERROR_INIT;
	struct buf pdf = BUF_INIT(0), once = BUF_INIT(0), out = BUF_INIT(0);
	struct pack p;
	int rc = -1;

	pack_write(&p, &packed, &err);
	if (pdf_sample_make(&pdf, &pdf_sample_field, &err) == 0 &&
	    pdf_sign(&once, SPAN_OF(&pdf), pki_key(PKI_P256), &options, &more, &err) == 0 &&
	    pdf_sign(&out, SPAN_OF(&once), pki_key(PKI_P256), &options, &more, &err) == 0 &&
	    pdf_read(&list, SPAN_OF(&out), NULL, &err) == 0) {
		pack_signatures(&p, &list, &limits);
		rc = pack_end(&p);
	}
	signatures_release(&list);
	buf_release(&pdf);
	buf_release(&once);
	buf_release(&out);
	return rc;
}

static int
teardown(void)
{
	buf_release(&packed);
	return 0;
}

/* Read signatures; 0 or -1. */
static int
unpack(struct span bytes)
{
	struct signatures list = { 0 };
	struct error err = ERROR_INIT;
	struct pack p;
	int rc;
	size_t i;

	pack_read(&p, bytes, &err);
	pack_signatures(&p, &list, &limits);
	rc = pack_end(&p);
	for (i = 0; rc == 0 && i < list.count; i++) {
		CU_ASSERT(list.items[i].alg.digest < DIGESTS);
		CU_ASSERT(list.items[i].failure < SUB_INDICATIONS);
		CU_ASSERT(list.items[i].reference_count <= limits.references);
	}
	CU_ASSERT_EQUAL(rc != 0, err.kind != ERROR_NONE);
	signatures_release(&list);
	return rc;
}

static void
what_is_written_is_read(void)
{
	CU_ASSERT_EQUAL(unpack(SPAN_OF(&packed)), 0);
}

static void
what_is_cut_anywhere_is_refused(void)
{
	struct span s = SPAN_OF(&packed);

	for (s.len = 0; s.len < packed.len; s.len++)
		CU_ASSERT_EQUAL(unpack(s), -1);
}

static void
what_is_left_over_is_refused(void)
{
	struct buf longer = BUF_INIT(0);

	buf_append_span(&longer, SPAN_OF(&packed), NULL);
	buf_append(&longer, "", 1, NULL);
	CU_ASSERT_EQUAL(unpack(SPAN_OF(&longer)), -1);
	buf_release(&longer);
}

/* Whoever took a child over may send anything: no crash, and nothing out of range. */
static void
any_changed_byte_does_no_harm(void)
{
	static const unsigned char values[] = { 0, 1, 0x7f, 0x80, 0xff };
	unsigned char old;
	size_t i, v;

	for (i = 0; i < packed.len; i++) {
		old = packed.data[i];
		for (v = 0; v < sizeof(values); v++) {
			packed.data[i] = values[v];
			unpack(SPAN_OF(&packed));
		}
		packed.data[i] = old;
	}
	CU_ASSERT_EQUAL(unpack(SPAN_OF(&packed)), 0);
}

static void
numbers_that_are_no_enumeration_and_broken_texts_are_refused(void)
{
	unsigned int number = DIGESTS;
	struct buf b = BUF_INIT(0);
	char *text = (char *)"\xff\xfe";
	enum digest digest = DIGEST_NONE;
	struct error err = ERROR_INIT;
	struct pack p;

	pack_write(&p, &b, &err);
	pack_u32(&p, &number);
	pack_read(&p, SPAN_OF(&b), &err);
	PACK_ENUM(&p, digest, DIGESTS);
	CU_ASSERT_EQUAL(pack_end(&p), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_INTERNAL);
	error_clear(&err);
	buf_release(&b);
	pack_write(&p, &b, &err);
	pack_text(&p, &text);
	pack_read(&p, SPAN_OF(&b), &err);
	pack_text(&p, &text);
	CU_ASSERT_EQUAL(pack_end(&p), -1);
	CU_ASSERT_PTR_NULL(text);
	buf_release(&b);
}

static const struct test tests[] = { TEST(what_is_written_is_read),
	TEST(what_is_cut_anywhere_is_refused), TEST(what_is_left_over_is_refused),
	TEST(any_changed_byte_does_no_harm),
	TEST(numbers_that_are_no_enumeration_and_broken_texts_are_refused), TEST_END };
const struct suite suite_server_read_pack = { "server/read/pack", setup, teardown, tests };
