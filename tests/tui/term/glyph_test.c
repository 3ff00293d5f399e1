/* Text by strangers on a terminal: no escape sequence, no mark of direction gets through. */
#include "tui/term/glyph.h"

#include <locale.h>
#include <string.h>

#include "tests/support/suite.h"

static int
setup(void)
{
	return setlocale(LC_CTYPE, "C.UTF-8") != NULL ? 0 : -1;
}

static uint32_t
first(const char *s)
{
	uint32_t c;

	glyph_next(s, &c);
	return c;
}

static void
visible_characters_stay(void)
{
	CU_ASSERT_EQUAL(first("A"), 'A');
	CU_ASSERT_EQUAL(first(" "), ' ');
	CU_ASSERT_EQUAL(first("\xc3\xbc"), 0xfc);
	CU_ASSERT_EQUAL(first("\xe6\x97\xa5"), 0x65e5);
	CU_ASSERT_EQUAL(first("\xf0\x9f\x94\x91"), 0x1f511);
	CU_ASSERT_EQUAL(first("\xd7\xa9"), 0x5e9); /* Hebrew itself may be shown */
}

static void
what_a_terminal_obeys_is_shown_as_something_that_stands_for_it(void)
{
	static const char *const texts[] = { "\x1b[2J", "\x07", "\r", "\n", "\t", "\x7f",
		"\xc2\x9b", "\xc2\x85", "\xe2\x80\xae", "\xe2\x80\x8f", "\xe2\x81\xa6",
		"\xe2\x80\x8b", "\xef\xbb\xbf", "\xf3\xa0\x81\x81", "\xee\x80\x80", "\xe2\x80\xa8",
		"\xd8\x9c", "\xc2\xad", "\xef\xbf\xbe" };
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		CU_ASSERT_EQUAL(first(texts[i]), GLYPH_BAD);
}

static void
malformed_utf8_goes_on_behind_one_byte(void)
{
	static const char *const texts[] = { "\xff", "\x80", "\xc3", "\xc0\xaf", "\xe0\x80\x80",
		"\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf0\x9f\x94", "\xc3(" };
	size_t i;
	uint32_t c;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		CU_ASSERT_EQUAL(glyph_next(texts[i], &c), 1);
		CU_ASSERT_EQUAL(c, GLYPH_BAD);
	}
}

static void
columns_are_those_of_the_terminal(void)
{
	CU_ASSERT_EQUAL(glyph_columns(""), 0);
	CU_ASSERT_EQUAL(glyph_columns("abc"), 3);
	CU_ASSERT_EQUAL(glyph_columns("M\xc3\xbcller"), 6);
	CU_ASSERT_EQUAL(glyph_columns("\xe6\x97\xa5\xe6\x9c\xac"), 4);
	CU_ASSERT_EQUAL(glyph_columns("u\xcc\x88"), 1); /* combined */
	CU_ASSERT_EQUAL(glyph_columns("a\x1b[31mb"), 7);
}

static const struct test tests[] = { TEST(visible_characters_stay),
	TEST(what_a_terminal_obeys_is_shown_as_something_that_stands_for_it),
	TEST(malformed_utf8_goes_on_behind_one_byte), TEST(columns_are_those_of_the_terminal),
	TEST_END };
const struct suite suite_tui_term_glyph = { "tui/term/glyph", setup, NULL, tests };
