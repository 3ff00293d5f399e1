/* A list page by page: what is chosen, what is asked for, what is shown of a value. */
#include "tui/view/list.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/suite.h"

static const struct column columns[] = { { "NAME", "name", COLUMN_TEXT, 10, 1 },
	{ "SINCE", "since", COLUMN_TIME, 16, 0 }, { "N", "n", COLUMN_COUNT, 5, 0 },
	{ "admin", "admin", COLUMN_FLAG, 5, 0 }, { "GROUPS", "groups", COLUMN_TEXTS, 10, 1 } };

/* Rows "row FROM" and on. */
static void
take(struct list *list, int from, int count, const char *next, int anew)
{
	json_t *items = json_array(), *page;
	char name[32];

	for (; count-- > 0; from++) {
		snprintf(name, sizeof(name), "row %d", from);
		json_array_append_new(items, json_pack("{ss}", "name", name));
	}
	page = json_pack("{soss}", "items", items, "next", next);
	list_take(list, page, anew);
	json_decref(page);
}

static const char *
chosen(const struct list *list)
{
	return json_string_value(json_object_get(list_chosen(list), "name"));
}

static void
keys_move_within_the_rows(void)
{
	struct list list;

	list_init(&list, columns, 5);
	CU_ASSERT_TRUE(list_key(&list, TERM_KEY_DOWN, 10));
	CU_ASSERT_PTR_NULL(list_chosen(&list));
	take(&list, 0, 50, "", 1);
	CU_ASSERT_STRING_EQUAL(chosen(&list), "row 0");
	list_key(&list, TERM_KEY_UP, 10);
	CU_ASSERT_STRING_EQUAL(chosen(&list), "row 0");
	list_key(&list, TERM_KEY_PAGE_DOWN, 10);
	CU_ASSERT_STRING_EQUAL(chosen(&list), "row 9");
	list_key(&list, TERM_KEY_END, 10);
	CU_ASSERT_STRING_EQUAL(chosen(&list), "row 49");
	list_key(&list, TERM_KEY_DOWN, 10);
	CU_ASSERT_STRING_EQUAL(chosen(&list), "row 49");
	CU_ASSERT_FALSE(list_key(&list, 'x', 10));
	list_release(&list);
}

static void
more_is_asked_for_before_the_end_is_reached(void)
{
	struct list list;

	list_init(&list, columns, 5);
	take(&list, 0, 100, "behind", 1);
	CU_ASSERT_FALSE(list_wants_more(&list, 20));
	while (!list_wants_more(&list, 20))
		list_key(&list, TERM_KEY_DOWN, 20);
	CU_ASSERT_STRING_EQUAL(chosen(&list), "row 60");
	take(&list, 100, 100, "", 0);
	CU_ASSERT_STRING_EQUAL(chosen(&list), "row 60");
	CU_ASSERT_EQUAL(json_array_size(list.rows), 200);
	list_key(&list, TERM_KEY_END, 20);
	CU_ASSERT_FALSE(list_wants_more(&list, 20)); /* there are no more */
	list_release(&list);
}

static void
what_was_chosen_stays_chosen_when_the_rows_come_anew(void)
{
	struct list list;

	list_init(&list, columns, 5);
	take(&list, 0, 30, "", 1);
	list_key(&list, TERM_KEY_PAGE_DOWN, 11);
	CU_ASSERT_STRING_EQUAL(chosen(&list), "row 10");
	take(&list, 5, 30, "", 1);
	CU_ASSERT_STRING_EQUAL(chosen(&list), "row 10");
	take(&list, 100, 3, "", 1); /* it is gone */
	CU_ASSERT_STRING_EQUAL(chosen(&list), "row 102");
	take(&list, 0, 0, "", 1);
	CU_ASSERT_PTR_NULL(list_chosen(&list));
	list_release(&list);
}

static void
values_are_shown_for_people(void)
{
	json_t *row = json_pack("{sssssisbs[ss]}", "name", "x", "since",
	    "2026-03-01T13:30:59+01:00", "n", 42, "admin", 1, "groups", "a", "b");
	char text[64];

	CU_ASSERT_STRING_EQUAL(list_text(text, sizeof(text), row, &columns[1]), "2026-03-01 12:30");
	CU_ASSERT_STRING_EQUAL(list_text(text, sizeof(text), row, &columns[2]), "42");
	CU_ASSERT_STRING_EQUAL(list_text(text, sizeof(text), row, &columns[3]), "admin");
	CU_ASSERT_STRING_EQUAL(list_text(text, sizeof(text), row, &columns[4]), "a, b");
	CU_ASSERT_STRING_EQUAL(list_text(text, 3, row, &columns[4]), "a");
	json_decref(row);
}

static const struct test tests[] = { TEST(keys_move_within_the_rows),
	TEST(more_is_asked_for_before_the_end_is_reached),
	TEST(what_was_chosen_stays_chosen_when_the_rows_come_anew),
	TEST(values_are_shown_for_people), TEST_END };
const struct suite suite_tui_view_list = { "tui/view/list", NULL, NULL, tests };
