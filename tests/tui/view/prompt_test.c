/* A typed line: characters of several bytes, cursor, what cannot be typed. */
#include "tui/view/prompt.h"

#include <locale.h>
#include <string.h>

#include "tests/support/suite.h"
#include "tui/term/term.h"

static int
setup(void)
{
	return setlocale(LC_CTYPE, "C.UTF-8") != NULL ? 0 : -1;
}

static void
type(struct prompt *p, const uint32_t *keys)
{
	for (; *keys != 0; keys++)
		CU_ASSERT_EQUAL(prompt_key(p, *keys), PROMPT_GOES_ON);
}

static void
characters_of_several_bytes_come_and_go_whole(void)
{
	struct prompt p;

	prompt_start(&p, "", 0);
	type(&p, (uint32_t[]){ 'M', 0xfc, 0x65e5, 0x1f511, 0 });
	CU_ASSERT_STRING_EQUAL(p.text, "M\xc3\xbc\xe6\x97\xa5\xf0\x9f\x94\x91");
	type(&p, (uint32_t[]){ TERM_KEY_BACKSPACE, TERM_KEY_LEFT, TERM_KEY_BACKSPACE, 'u', 0 });
	CU_ASSERT_STRING_EQUAL(p.text, "Mu\xe6\x97\xa5");
	type(&p, (uint32_t[]){ TERM_KEY_DELETE, TERM_KEY_HOME, TERM_KEY_DELETE, 0 });
	CU_ASSERT_STRING_EQUAL(p.text, "u");
	type(&p, (uint32_t[]){ TERM_KEY_LEFT, TERM_KEY_BACKSPACE, TERM_KEY_END, TERM_KEY_RIGHT,
		     0x308, 'x', TERM_KEY_BACKSPACE, TERM_KEY_BACKSPACE, 0 });
	CU_ASSERT_STRING_EQUAL(p.text, ""); /* u and what combines with it are one */
}

static void
what_nobody_sees_cannot_be_typed(void)
{
	struct prompt p;

	prompt_start(&p, "a", 0);
	type(
	    &p, (uint32_t[]){ 0x07, 0x202e, 0x200b, 0x9b, TERM_KEY_UP, TERM_KEY_OTHER, 0xd800, 0 });
	CU_ASSERT_STRING_EQUAL(p.text, "a");
}

static void
it_ends_by_enter_and_is_given_up_by_escape(void)
{
	struct prompt p;

	prompt_start(&p, "x", 1);
	CU_ASSERT_EQUAL(prompt_key(&p, TERM_KEY_ENTER), PROMPT_DONE);
	CU_ASSERT_EQUAL(prompt_key(&p, TERM_KEY_ESCAPE), PROMPT_GIVEN_UP);
	prompt_wipe(&p);
	CU_ASSERT_EQUAL(p.text[0], 0);
}

static void
a_full_line_takes_no_more(void)
{
	struct prompt p;
	int i;

	prompt_start(&p, "", 0);
	for (i = 0; i < 2 * PROMPT_MAX; i++)
		prompt_key(&p, 0x65e5);
	CU_ASSERT_EQUAL(strlen(p.text), (PROMPT_MAX - 1) / 3 * 3);
}

static const struct test tests[] = { TEST(characters_of_several_bytes_come_and_go_whole),
	TEST(what_nobody_sees_cannot_be_typed), TEST(it_ends_by_enter_and_is_given_up_by_escape),
	TEST(a_full_line_takes_no_more), TEST_END };
const struct suite suite_tui_view_prompt = { "tui/view/prompt", setup, NULL, tests };
