/* A request as text: the same in, the same out, and nothing else read. */
#include "server/ops/admin/stored.h"

#include <string.h>

#include "tests/support/suite.h"

static const struct field fields[] = { { "name", FIELD_NAME, 1, NULL },
	{ "description", FIELD_TEXT, 0, NULL }, { "version", FIELD_NUMBER, 1, NULL },
	{ "groupId", FIELD_IDS, 0, NULL }, { "certificate", FIELD_BYTES, 0, NULL },
	{ "password", FIELD_SECRET, 0, NULL }, { "nameTwo", FIELD_TEXT, 0, NULL } };
static const struct thing request = { "Example", fields, sizeof(fields) / sizeof(fields[0]) };
enum { NAME, DESCRIPTION, VERSION, GROUPS, CERTIFICATE, PASSWORD, NAME_TWO, FIELDS };

static void
fill(struct record_value values[FIELDS], struct record_value items[2])
{
	memset(values, 0, FIELDS * sizeof(values[0]));
	items[0] = value_of_text("one");
	items[1] = value_of_text("two\nthree");
	values[NAME] = value_of_text("a=b:\\n");
	values[DESCRIPTION] = value_of_text("two\nlines\r\\");
	values[VERSION] = value_of_number(-7);
	values[GROUPS] = (struct record_value){ .is_set = 1, .items = items, .count = 2 };
	values[CERTIFICATE] =
	    (struct record_value){ .is_set = 1, .bytes = { (const unsigned char *)"\0\1\2", 3 } };
	values[PASSWORD] = value_of_text("$argon2id$x");
}

static void
what_is_written_is_read_again(void)
{
	struct record_arena arena = RECORD_ARENA_INIT;
	struct record_value values[FIELDS], items[2], again[FIELDS] = { 0 };
	struct buf text = BUF_INIT(0);
	struct error err = ERROR_INIT;
	size_t i;

	fill(values, items);
	ASSERT_OK(stored_write(&text, &request, values, &err), &err);
	ASSERT_OK(stored_read(SPAN_OF(&text), &request, &arena, again, &err), &err);
	for (i = 0; i < FIELDS; i++)
		CU_ASSERT(value_equal(&fields[i], &values[i], &again[i]));
	/* An empty list and an empty text are not the same as none. */
	values[GROUPS].count = 0;
	values[DESCRIPTION] = value_of_text("");
	memset(again, 0, sizeof(again));
	text.len = 0;
	ASSERT_OK(stored_write(&text, &request, values, &err), &err);
	ASSERT_OK(stored_read(SPAN_OF(&text), &request, &arena, again, &err), &err);
	CU_ASSERT(again[GROUPS].is_set && again[GROUPS].count == 0);
	CU_ASSERT(again[DESCRIPTION].is_set && !again[NAME_TWO].is_set);
	buf_release(&text);
	record_release(&arena);
}

static void
what_was_not_written_so_is_refused(void)
{
	static const char *const damaged[] = { "name", "name=a", "other=a\n", "name=a\nname=b\n",
		"groupId:2\ngroupId=a\n", "groupId:99999999999\n", "groupId:1\nname=a\n",
		"groupId=a\n", "name:1\nname=a\n", "version=\n", "certificate=!\n", "name=\\\n" };
	struct record_arena arena = RECORD_ARENA_INIT;
	size_t i;

	for (i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
		struct record_value again[FIELDS] = { 0 };
		struct error err = ERROR_INIT;

		CU_ASSERT_EQUAL(
		    stored_read(span_str(damaged[i]), &request, &arena, again, &err), -1);
	}
	record_release(&arena);
}

static void
people_are_shown_all_but_secrets(void)
{
	struct record_arena arena = RECORD_ARENA_INIT;
	struct record_value values[FIELDS], items[2], names, shown;
	struct error err = ERROR_INIT;

	fill(values, items);
	ASSERT_OK(stored_show(&request, values, &arena, &names, &shown, &err), &err);
	CU_ASSERT_EQUAL_FATAL(names.count, 6);
	CU_ASSERT_STRING_EQUAL(value_text(&names.items[3]), "groupId");
	CU_ASSERT_STRING_EQUAL(value_text(&shown.items[3]), "one, two\nthree");
	CU_ASSERT_STRING_EQUAL(value_text(&shown.items[4]),
	    "3 bytes, SHA-256 "
	    "ae4b3280e56e2faf83f414a6e3dabe9d5fbe18976544c05fed121accb85b53fc");
	CU_ASSERT_STRING_EQUAL(value_text(&shown.items[5]), "***");
	record_release(&arena);
}

static void
the_digest_is_of_all_that_is_claimed(void)
{
	const struct stored_claim claim = { "id", "acme/a", "UpdateUser", 1000, 3 };
	struct stored_claim other[5] = { claim, claim, claim, claim, claim };
	unsigned char digest[32], of_other[32];
	struct error err = ERROR_INIT;
	size_t i;

	other[0].id = "di";
	other[1].proposer = "acme/b";
	other[2].operation = "RemoveUser";
	other[3].proposed = 1001;
	other[4].seen_version = 4;
	ASSERT_OK(stored_digest(digest, &claim, span_str("name=a\n"), &err), &err);
	for (i = 0; i < 5; i++) {
		ASSERT_OK(stored_digest(of_other, &other[i], span_str("name=a\n"), &err), &err);
		CU_ASSERT_NOT_EQUAL(memcmp(digest, of_other, 32), 0);
	}
	ASSERT_OK(stored_digest(of_other, &claim, span_str("name=b\n"), &err), &err);
	CU_ASSERT_NOT_EQUAL(memcmp(digest, of_other, 32), 0);
	ASSERT_OK(stored_digest(of_other, &claim, span_str("name=a\n"), &err), &err);
	CU_ASSERT_EQUAL(memcmp(digest, of_other, 32), 0);
}

static const struct test tests[] = {
	TEST(what_is_written_is_read_again),
	TEST(what_was_not_written_so_is_refused),
	TEST(people_are_shown_all_but_secrets),
	TEST(the_digest_is_of_all_that_is_claimed),
	TEST_END,
};
const struct suite suite_server_ops_admin_stored = { "server/ops/admin/stored", NULL, NULL, tests };
