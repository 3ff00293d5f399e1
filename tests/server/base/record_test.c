/* Records of values: what is told of a change, and what never is. */
#include "server/base/record.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/suite.h"

static const struct field group_fields[] = { { "id", FIELD_ID, 1, NULL },
	{ "name", FIELD_NAME, 1, NULL } };
static const struct thing group = { "Group", group_fields, 2 };
static const struct field fields[] = { { "name", FIELD_NAME, 1, NULL },
	{ "validUntil", FIELD_TIME, 0, NULL }, { "password", FIELD_SECRET, 0, NULL },
	{ "group", FIELD_THINGS, 0, &group }, { "version", FIELD_NUMBER, 1, NULL } };
static const struct thing user = { "User", fields, 5 };

static void
a_change_is_told_by_its_fields(void)
{
	struct record_value items[2] = { value_of_text("1"), value_of_text("clerks") };
	struct record_value was[5] = { value_of_text("alice") }, is[5] = { value_of_text("alice") };
	char words[200];

	was[4] = value_of_number(1);
	is[4] = value_of_number(2);
	CU_ASSERT_STRING_EQUAL(record_changes(&user, was, is, words, sizeof(words)), "");
	is[1] = value_of_number(0);
	is[3] = (struct record_value){ .is_set = 1, .items = items, .count = 1 };
	CU_ASSERT_STRING_EQUAL(record_changes(&user, was, is, words, sizeof(words)),
	    "validUntil: none -> 1970-01-01T00:00:00Z; group: none -> clerks");
	CU_ASSERT_STRING_EQUAL(record_changes(&user, is, is, words, sizeof(words)), "");
	/* Cut to its size, with an end. */
	record_changes(&user, was, is, words, 20);
	CU_ASSERT_EQUAL(strlen(words), 19);
}

static void
a_secret_is_never_told(void)
{
	struct record_value was[5] = { { 0 } }, is[5] = { { 0 } };
	char words[200];

	was[2] = value_of_text("old horse");
	is[2] = value_of_text("new horse");
	record_changes(&user, was, is, words, sizeof(words));
	CU_ASSERT_STRING_EQUAL(words, "password: *** -> ***");
}

static void
what_was_kept_is_gone_with_the_arena(void)
{
	struct record_arena arena = RECORD_ARENA_INIT;
	struct error err = ERROR_INIT;
	const char *text = record_text(&arena, span_str("words"), &err);

	CU_ASSERT_STRING_EQUAL(text, "words");
	CU_ASSERT_PTR_NULL(record_alloc(&arena, SIZE_MAX, 16, &err));
	CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
	record_release(&arena);
	CU_ASSERT_PTR_NULL(arena.last);
}

static const struct test tests[] = { TEST(a_change_is_told_by_its_fields),
	TEST(a_secret_is_never_told), TEST(what_was_kept_is_gone_with_the_arena), TEST_END };
const struct suite suite_server_base_record = { "server/base/record", NULL, NULL, tests };
