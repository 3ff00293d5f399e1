/* What people are to do: something for every verdict that is not good, nothing in codes. */
#include "signing/verify/advice.h"

#include <ctype.h>
#include <string.h>

#include "tests/support/suite.h"

/* A word in capitals with an underline is one of the standard's, and no advice. */
static int
has_a_code(const char *text)
{
	const char *at = text;

	while ((at = strchr(at, '_')) != NULL)
		if (at > text && isupper((unsigned char)at[-1]) && isupper((unsigned char)*++at))
			return 1;
	return 0;
}

static void
every_sub_indication_has_its_advice_in_plain_words(void)
{
	struct verify_conclusion c = { 0 };
	int sub;

	for (sub = SUB_NONE + 1; sub < SUB_INDICATIONS; sub++) {
		c.sub = (enum sub_indication)sub;
		c.indication = indication_of(c.sub);
		CU_ASSERT(strlen(verify_advice(&c)) > 20);
		CU_ASSERT(!has_a_code(verify_advice(&c)));
		/* What is not proven says what is missing, or who can help. */
		if (c.indication == INDICATION_TOTAL_FAILED)
			CU_ASSERT(strstr(verify_advice(&c), "sign") != NULL);
	}
}

static void
what_passed_needs_no_advice_but_a_day(void)
{
	const struct verify_conclusion passed = { 0 };
	struct verify_lasting l = { .known = 1, .until = INT64_C(1772362800), .timestamp = 2 };
	char text[600];

	CU_ASSERT_STRING_EQUAL(verify_advice(&passed), "");
	strcpy(l.text, "the certificate \"TSA\" ends");
	CU_ASSERT_STRING_EQUAL(verify_lasting_advice(&l, text, sizeof(text)),
	    "Extend it by 2026-03-01 (11:00:00 UTC): then the certificate \"TSA\" ends (time stamp "
	    "2).");
	l.until = CATALOGUE_OPEN;
	CU_ASSERT_STRING_EQUAL(verify_lasting_advice(&l, text, sizeof(text)), "");
	l.known = 0;
	CU_ASSERT_STRING_EQUAL(verify_lasting_advice(&l, text, sizeof(text)), "");
}

static const struct test tests[] = {
	TEST(every_sub_indication_has_its_advice_in_plain_words),
	TEST(what_passed_needs_no_advice_but_a_day),
	TEST_END,
};
const struct suite suite_signing_verify_advice = { "signing/verify/advice", NULL, NULL, tests };
