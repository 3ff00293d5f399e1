#include "server/base/buf.h"

#include <string.h>

#include "tests/support/suite.h"

static void
what_is_moved_into_an_empty_buffer_is_not_copied(void)
{
	struct buf from = BUF_INIT(100), to = BUF_INIT(50);
	struct error err = ERROR_INIT;
	const unsigned char *bytes;

	ASSERT_OK(buf_append_str(&from, "secret", &err), &err);
	bytes = from.data;
	ASSERT_OK(buf_move(&to, &from, &err), &err);
	CU_ASSERT_PTR_EQUAL(to.data, bytes);
	CU_ASSERT(span_equal(SPAN_OF(&to), span_str("secret")));
	CU_ASSERT(to.max == 50 && from.max == 100 && from.data == NULL && from.len == 0);
	/* Behind what is there it is. */
	ASSERT_OK(buf_append_str(&from, " word", &err), &err);
	ASSERT_OK(buf_move(&to, &from, &err), &err);
	CU_ASSERT(span_equal(SPAN_OF(&to), span_str("secret word")));
	CU_ASSERT(from.data == NULL && from.len == 0);
	buf_release(&to);
}

static void
what_is_too_much_for_a_buffer_stays_where_it_was(void)
{
	struct buf from = BUF_INIT(100), to = BUF_INIT(5);
	struct error err = ERROR_INIT;

	ASSERT_OK(buf_append_str(&from, "secret", &err), &err);
	CU_ASSERT_EQUAL(buf_move(&to, &from, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_TOO_LARGE);
	CU_ASSERT(to.len == 0 && span_equal(SPAN_OF(&from), span_str("secret")));
	error_clear(&err);
	from.len = 5;
	ASSERT_OK(buf_append_str(&to, "a", &err), &err);
	CU_ASSERT_EQUAL(buf_move(&to, &from, &err), -1);
	CU_ASSERT(to.len == 1 && from.len == 5);
	buf_release(&from);
	buf_release(&to);
}

static void
a_first_piece_takes_the_room_that_it_needs(void)
{
	struct buf b = BUF_INIT(0);
	size_t steps = 0, cap = 0;
	int i;

	CU_ASSERT_PTR_NOT_NULL_FATAL(buf_reserve(&b, 100000, NULL));
	CU_ASSERT_EQUAL(b.cap, 100000);
	/* Piece by piece it grows in proportion, not each time. */
	for (i = 0; i < 1000000 && buf_append(&b, "x", 1, NULL) == 0; i++) {
		steps += b.cap != cap;
		cap = b.cap;
	}
	CU_ASSERT_EQUAL(b.len, 1000000);
	CU_ASSERT(steps < 10);
	buf_release(&b);
}

static const struct test tests[] = { TEST(what_is_moved_into_an_empty_buffer_is_not_copied),
	TEST(what_is_too_much_for_a_buffer_stays_where_it_was),
	TEST(a_first_piece_takes_the_room_that_it_needs), TEST_END };
const struct suite suite_server_base_buf = { "server/base/buf", NULL, NULL, tests };
