#include "authz/lru.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/suite.h"

static int dropped;

static void
count_drop(void *value)
{
	(void)value;
	dropped++;
}

static struct lru *
make(size_t max)
{
	struct error err = ERROR_INIT;
	struct lru *l;

	dropped = 0;
	ASSERT_OK(lru_new(&l, max, count_drop, &err), &err);
	return l;
}

static void
the_longest_unused_goes_first(void)
{
	struct lru *l = make(2);
	int a, b, c;

	CU_ASSERT_EQUAL(lru_put(l, span_str("a"), &a), 0);
	CU_ASSERT_EQUAL(lru_put(l, span_str("b"), &b), 0);
	CU_ASSERT_PTR_EQUAL(lru_get(l, span_str("a")), &a);
	CU_ASSERT_EQUAL(lru_put(l, span_str("c"), &c), 0);
	CU_ASSERT_PTR_NULL(lru_get(l, span_str("b")));
	CU_ASSERT_PTR_EQUAL(lru_get(l, span_str("a")), &a);
	CU_ASSERT_PTR_EQUAL(lru_get(l, span_str("c")), &c);
	CU_ASSERT_EQUAL(dropped, 1);
	CU_ASSERT_EQUAL(lru_put(l, span_str("c"), &b), 0);
	CU_ASSERT_PTR_EQUAL(lru_get(l, span_str("c")), &b);
	CU_ASSERT_EQUAL(lru_count(l), 2);
	lru_free(l);
	CU_ASSERT_EQUAL(dropped, 4);
}

static int
is_even(const void *value, const void *base)
{
	return ((const int *)value - (const int *)base) % 2 == 0;
}

static void
many_come_and_some_are_removed(void)
{
	static int values[1000];
	struct lru *l = make(700);
	char key[16];
	int i, found = 0;

	for (i = 0; i < 1000; i++) {
		snprintf(key, sizeof(key), "key %d", i);
		CU_ASSERT_EQUAL(lru_put(l, span_str(key), &values[i]), 0);
	}
	CU_ASSERT_EQUAL(lru_count(l), 700);
	lru_remove(l, is_even, values);
	CU_ASSERT_EQUAL(lru_count(l), 350);
	for (i = 0; i < 1000; i++) {
		snprintf(key, sizeof(key), "key %d", i);
		if (lru_get(l, span_str(key)) != NULL) {
			found++;
			CU_ASSERT(i >= 300 && i % 2 == 1);
		}
	}
	CU_ASSERT_EQUAL(found, 350);
	lru_remove(l, NULL, NULL);
	CU_ASSERT_EQUAL(lru_count(l), 0);
	CU_ASSERT_EQUAL(dropped, 1000);
	lru_free(l);
}

static void
what_is_about_one_is_found_among_many(void)
{
	static int values[1000];
	struct uuid about = UUID_NIL, nothing = UUID_NIL;
	struct lru *l = make(700);
	char key[16];
	int i;

	for (i = 0; i < 1000; i++) {
		snprintf(key, sizeof(key), "key %d", i);
		about.bytes[0] = (unsigned char)(1 + i % 100);
		CU_ASSERT_EQUAL(lru_put_about(l, span_str(key), &about, &values[i]), 0);
	}
	/* One that is about nothing stays, and one that was replaced is about the new alone. */
	CU_ASSERT_EQUAL(lru_put(l, span_str("nothing"), &values[0]), 0);
	about.bytes[0] = 1;
	CU_ASSERT_EQUAL(lru_put_about(l, span_str("key 950"), &about, &values[950]), 0);
	CU_ASSERT_EQUAL(lru_count(l), 700);
	about.bytes[0] = 51;
	lru_remove_about(l, &about);
	CU_ASSERT_EQUAL(lru_count(l), 694); /* 350 to 950 by hundreds, without 950 */
	CU_ASSERT_PTR_NULL(lru_get(l, span_str("key 850")));
	CU_ASSERT_PTR_EQUAL(lru_get(l, span_str("key 950")), &values[950]);
	about.bytes[0] = 1;
	lru_remove_about(l, &about);
	CU_ASSERT_PTR_NULL(lru_get(l, span_str("key 950")));
	lru_remove_about(l, &nothing);
	CU_ASSERT_PTR_EQUAL(lru_get(l, span_str("nothing")), &values[0]);
	lru_free(l);
	CU_ASSERT_EQUAL(dropped, 1002);
}

static const struct test tests[] = { TEST(the_longest_unused_goes_first),
	TEST(many_come_and_some_are_removed), TEST(what_is_about_one_is_found_among_many),
	TEST_END };
const struct suite suite_authz_lru = { "authz/lru", NULL, NULL, tests };
