#include "server/base/uuid.h"

#include <string.h>

#include "tests/support/suite.h"

static void
an_id_comes_back_as_it_went(void)
{
	struct uuid a, b;
	char text[TEXT_UUID_SIZE], again[TEXT_UUID_SIZE];

	uuid_random(&a);
	CU_ASSERT_EQUAL_FATAL(uuid_parse(uuid_text(text, &a), &b), 0);
	CU_ASSERT(uuid_equal(&a, &b));
	CU_ASSERT_STRING_EQUAL(text, uuid_text(again, &b));
	CU_ASSERT_EQUAL(strlen(text), 36);
	CU_ASSERT(!uuid_is_nil(&a));
	uuid_random(&b);
	CU_ASSERT(!uuid_equal(&a, &b));
}

static void
what_is_no_id_is_refused_and_changes_nothing(void)
{
	static const char *const bad[] = { "", "-", "00112233445566778899aabbccddeeff",
		"00112233-4455-6677-8899-aabbccddeef", "00112233-4455-6677-8899-aabbccddeeff0",
		"00112233-4455-6677-8899-aabbccddeefg", "0011223-34455-6677-8899-aabbccddeeff" };
	struct uuid u = UUID_NIL;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_EQUAL(uuid_parse(bad[i], &u), -1);
	CU_ASSERT(uuid_is_nil(&u));
}

static const struct test tests[] = { TEST(an_id_comes_back_as_it_went),
	TEST(what_is_no_id_is_refused_and_changes_nothing), TEST_END };
const struct suite suite_server_base_uuid = { "server/base/uuid", NULL, NULL, tests };
