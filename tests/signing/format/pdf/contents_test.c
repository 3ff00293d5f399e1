/* signing/format/pdf/contents.h: what may get a signature, and how its value is filled in. */
#include <string.h>

#include "signing/format/pdf/contents.h"
#include "tests/support/suite.h"

/* A document of 8 bytes and an update of 24, in which a gap of 10 begins at byte 14. */
#define DOCUMENT_LEN 8
#define FILE_LEN     32
static const char file_text[] = "document(apd) <00000000> (tail)\n";
static const struct pdf_range good = { { 0, 14, 24, 8 }, FILE_LEN };

static int
check(const char *text, size_t document_len, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	const struct pdf_range range = { { a, b, c, d }, c + d };
	struct error err = ERROR_INIT;
	int rc = pdf_contents_check(
	    (struct span){ (const unsigned char *)text, FILE_LEN }, document_len, &range, &err);

	CU_ASSERT(rc == 0 || err.kind == ERROR_INTERNAL);
	return rc;
}

static void
one_empty_gap_behind_the_document_is_accepted(void)
{
	CU_ASSERT_EQUAL(check(file_text, DOCUMENT_LEN, 0, 14, 24, 8), 0);
	CU_ASSERT_EQUAL(check(file_text, 14, 0, 14, 24, 8), 0);
}

static void
any_other_range_is_refused(void)
{
	CU_ASSERT_EQUAL(check(file_text, 15, 0, 14, 24, 8), -1); /* begins in the document */
	CU_ASSERT_EQUAL(check(file_text, DOCUMENT_LEN, 1, 13, 24, 8), -1);
	CU_ASSERT_EQUAL(check(file_text, DOCUMENT_LEN, 0, 13, 24, 8), -1);
	CU_ASSERT_EQUAL(check(file_text, DOCUMENT_LEN, 0, 15, 24, 8), -1);
	CU_ASSERT_EQUAL(check(file_text, DOCUMENT_LEN, 0, 14, 23, 9), -1);
	CU_ASSERT_EQUAL(check(file_text, DOCUMENT_LEN, 0, 14, 25, 7), -1);
	CU_ASSERT_EQUAL(check(file_text, DOCUMENT_LEN, 0, 14, 24, 7), -1);
	CU_ASSERT_EQUAL(check(file_text, DOCUMENT_LEN, 0, 14, 24, 9), -1);
	CU_ASSERT_EQUAL(check(file_text, DOCUMENT_LEN, 0, 14, 14, 18), -1);
	CU_ASSERT_EQUAL(check(file_text, DOCUMENT_LEN, 0, 24, 14, 18), -1);
	CU_ASSERT_EQUAL(check(file_text, DOCUMENT_LEN, 0, 14, UINT64_MAX, 33), -1);
	CU_ASSERT_EQUAL(check(file_text, DOCUMENT_LEN, 0, 14, 40, UINT64_MAX - 7), -1);
	CU_ASSERT_EQUAL(check(file_text, DOCUMENT_LEN, 0, UINT64_MAX, 24, 8), -1);
}

static void
a_gap_that_holds_something_is_refused(void)
{
	char text[FILE_LEN + 1];
	size_t i;

	for (i = 14; i < 24; i++) {
		memcpy(text, file_text, sizeof(text));
		text[i] = 'a';
		CU_ASSERT_EQUAL(check(text, DOCUMENT_LEN, 0, 14, 24, 8), -1);
	}
}

static void
a_value_is_filled_in_and_one_too_large_is_not(void)
{
	static const unsigned char value[] = { 0x30, 0x02, 0xab, 0xcd, 0xef };
	char text[FILE_LEN + 1];
	struct error err = ERROR_INIT;

	memcpy(text, file_text, sizeof(text));
	CU_ASSERT_EQUAL(pdf_contents_room(&good), 4);
	CU_ASSERT_EQUAL(
	    pdf_contents_fill((unsigned char *)text, &good, (struct span){ value, 5 }, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_INTERNAL);
	CU_ASSERT_STRING_EQUAL(text, file_text);
	CU_ASSERT_EQUAL(
	    pdf_contents_fill((unsigned char *)text, &good, (struct span){ value, 3 }, NULL), 0);
	CU_ASSERT_STRING_EQUAL(text, "document(apd) <3002ab00> (tail)\n");
}

static const struct test tests[] = { TEST(one_empty_gap_behind_the_document_is_accepted),
	TEST(any_other_range_is_refused), TEST(a_gap_that_holds_something_is_refused),
	TEST(a_value_is_filled_in_and_one_too_large_is_not), TEST_END };
const struct suite suite_signing_format_pdf_contents = { "signing/format/pdf/contents", NULL, NULL,
	tests };
