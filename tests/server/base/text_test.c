#include "server/base/text.h"

#include <string.h>

#include "tests/support/suite.h"

static void
hex_comes_back_in_either_case_and_nothing_else_does(void)
{
	static const unsigned char bytes[] = { 0x00, 0x9a, 0xff, 0x10 };
	/* wrong in front, behind, just outside of the digits, above ASCII; too short */
	static const char *const bad[] = { "g09aff10", "009aff1G", "00:aff10", "009`ff10",
		"009a/f10", "009@ff10", "00\303\2519aff", "009aff1", "009aff", "" };
	unsigned char back[4];
	char text[9];
	size_t i;

	CU_ASSERT_EQUAL(text_hex_bytes(back, 4, text_hex(text, bytes, 4)), 0);
	CU_ASSERT_EQUAL(memcmp(back, bytes, 4), 0);
	memset(back, 0, sizeof(back));
	CU_ASSERT_EQUAL(text_hex_bytes(back, 4, "009AFf10 and more"), 0);
	CU_ASSERT_EQUAL(memcmp(back, bytes, 4), 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_EQUAL(text_hex_bytes(back, 4, bad[i]), -1);
	CU_ASSERT_EQUAL(text_hex_bytes(back, 0, ""), 0);
}

static void
base64_comes_back_as_it_went(void)
{
	struct error err = ERROR_INIT;
	struct buf text = BUF_INIT(0), back = BUF_INIT(0);
	unsigned char bytes[100];
	size_t n;

	for (n = 0; n < sizeof(bytes); n++) {
		bytes[n] = (unsigned char)(n * 37);
		text.len = back.len = 0;
		ASSERT_OK(
		    text_base64(&text, (struct span){ bytes, n }, n % 2 ? 64 : 0, &err), &err);
		ASSERT_OK(text_base64_decode(&back, SPAN_OF(&text), &err), &err);
		CU_ASSERT(span_equal(SPAN_OF(&back), (struct span){ bytes, n }));
	}
	buf_release(&text);
	buf_release(&back);
}

static void
what_is_not_base64_is_refused(void)
{
	static const char *const bad[] = { "A", "AA", "AAA", "AAA*", "A===", "=AAA", "AA=A",
		"AB==", "AAB=", "AAAA=" };
	struct buf out = BUF_INIT(0);
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct error err = ERROR_INIT;

		CU_ASSERT_EQUAL(text_base64_decode(&out, span_str(bad[i]), &err), -1);
		CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
		CU_ASSERT_EQUAL(out.len, 0);
	}
	buf_release(&out);
}

static void
times_are_read_in_every_zone(void)
{
	static const struct {
		const char *text;
		int64_t seconds;
	} good[] = {
		{ "1970-01-01T00:00:00Z", 0 },
		{ "2026-03-01T12:00:00+01:00", 1772362800 },
		{ "2026-03-01T11:00:00.999Z", 1772362800 },
		{ "2026-03-01T06:30:00-04:30", 1772362800 },
	};
	static const char *const bad[] = { "", "2026-03-01", "2026-13-01T00:00:00Z",
		"2026-03-01T00:00:00X", "2026-03-01T00:00:00+1:00" };
	char text[TEXT_TIME_SIZE];
	int64_t seconds;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		CU_ASSERT_EQUAL(text_parse_time(good[i].text, &seconds), 0);
		CU_ASSERT_EQUAL(seconds, good[i].seconds);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_EQUAL(text_parse_time(bad[i], &seconds), -1);
	CU_ASSERT_STRING_EQUAL(text_time(text, 1772362800), "2026-03-01T11:00:00Z");
}

static void
utf8_is_told_from_what_only_looks_like_it(void)
{
	CU_ASSERT(text_is_utf8("Grüße €😀", strlen("Grüße €😀")));
	CU_ASSERT(!text_is_utf8("\xc0\x80", 2));	 /* overlong */
	CU_ASSERT(!text_is_utf8("\xed\xa0\x80", 3));	 /* a surrogate */
	CU_ASSERT(!text_is_utf8("\xf4\x90\x80\x80", 4)); /* beyond Unicode */
	CU_ASSERT(!text_is_utf8("\xe2\x82", 2));	 /* cut short */
	CU_ASSERT(!text_is_utf8("a\0b", 3));
}

static void
a_copy_is_cut_to_its_room(void)
{
	char out[6] = "?????";

	CU_ASSERT_STRING_EQUAL(text_copy(out, sizeof(out), "seven b"), "seven");
	CU_ASSERT_STRING_EQUAL(text_copy(out, sizeof(out), "five5"), "five5");
	CU_ASSERT_STRING_EQUAL(text_copy(out, sizeof(out), ""), "");
	CU_ASSERT_STRING_EQUAL(text_copy(out, 1, "x"), "");
	CU_ASSERT_STRING_EQUAL(text_copy(out, sizeof(out), NULL), "");
}

static void
a_splice_replaces_the_middle(void)
{
	struct error err = ERROR_INIT;
	struct buf b = BUF_INIT(16);

	ASSERT_OK(buf_append_str(&b, "one three", &err), &err);
	ASSERT_OK(buf_splice(&b, 4, 0, span_str("two "), &err), &err);
	CU_ASSERT(span_equal(SPAN_OF(&b), span_str("one two three")));
	ASSERT_OK(buf_splice(&b, 0, 8, SPAN_NONE, &err), &err);
	CU_ASSERT(span_equal(SPAN_OF(&b), span_str("three")));
	CU_ASSERT_EQUAL(buf_splice(&b, 5, 0, span_str("twelve bytes"), &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_TOO_LARGE);
	CU_ASSERT(span_equal(SPAN_OF(&b), span_str("three")));
	buf_release(&b);
}

static const struct test tests[] = { TEST(hex_comes_back_in_either_case_and_nothing_else_does),
	TEST(base64_comes_back_as_it_went), TEST(what_is_not_base64_is_refused),
	TEST(times_are_read_in_every_zone), TEST(utf8_is_told_from_what_only_looks_like_it),
	TEST(a_copy_is_cut_to_its_room), TEST(a_splice_replaces_the_middle), TEST_END };
const struct suite suite_server_base_text = { "server/base/text", NULL, NULL, tests };
