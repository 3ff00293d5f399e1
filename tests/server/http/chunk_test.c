#include "server/http/chunk.h"

#include <string.h>

#include "tests/support/suite.h"

/* Decode in pieces of `step` bytes: how many bytes were used, or -1; *out gets the body. */
static ssize_t
decode(const char *raw, size_t len, size_t step, struct buf *out, int *ended)
{
	struct chunk_reader reader = { 0 };
	struct error err = ERROR_INIT;
	struct span payload;
	size_t at = 0, end = 0, used;

	out->len = 0;
	while (at < len && !reader.ended) {
		end = end + step < len ? end + step : len;
		do {
			struct span piece = { (const unsigned char *)raw + at, end - at };

			if (chunk_take(&reader, piece, &used, &payload, &err) != 0)
				return -1;
			buf_append_span(out, payload, NULL);
			at += used;
		} while (used > 0 && !reader.ended);
	}
	*ended = reader.ended;
	return (ssize_t)at;
}

static void
a_body_is_the_same_in_whatever_pieces_it_comes(void)
{
	static const char raw[] = "5\r\nhello\r\n00000A\r\n, dear all\r\n1\r\n\n\r\n0\r\n"
				  "Trailer: x\r\nOther: y\r\n\r\nnext";
	struct buf out = BUF_INIT(0);
	size_t step;
	int ended;

	for (step = 1; step <= sizeof(raw); step++) {
		CU_ASSERT_EQUAL(
		    decode(raw, sizeof(raw) - 1, step, &out, &ended), (ssize_t)sizeof(raw) - 1 - 4);
		CU_ASSERT(ended);
		CU_ASSERT(span_equal(SPAN_OF(&out), span_str("hello, dear all\n")));
	}
	buf_release(&out);
}

static void
what_is_cut_short_has_not_ended(void)
{
	static const char raw[] = "5\r\nhello\r\n0\r\n\r\n";
	struct buf out = BUF_INIT(0);
	size_t n;
	int ended;

	for (n = 1; n < sizeof(raw) - 1; n++) {
		CU_ASSERT_EQUAL(decode(raw, n, 3, &out, &ended), (ssize_t)n);
		CU_ASSERT(!ended);
	}
	buf_release(&out);
}

static void
broken_framing_is_refused(void)
{
	static const char *const bad[] = { "\r\n", "g\r\n", "-1\r\n", "+1\r\n", "0x1\r\n", " 1\r\n",
		"1 \r\n", "1;a=b\r\n", "1\n", "1\rx", "1\r\naa", "1\r\na\n", "1\r\na\r0",
		"0\r\n x\r\n", "0\r\na\n", "0\r\n\rx", "1000000000000000\r\n",
		"ffffffffffffffff\r\n" };
	struct buf out = BUF_INIT(0);
	int ended;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_EQUAL(decode(bad[i], strlen(bad[i]), 1, &out, &ended), -1);
	buf_release(&out);
}

static void
a_trailer_without_end_is_refused(void)
{
	char raw[HTTP_TRAILER_MAX + 100];
	struct buf out = BUF_INIT(0);
	int ended;

	memset(raw, 'x', sizeof(raw));
	memcpy(raw, "0\r\n", 3);
	CU_ASSERT_EQUAL(decode(raw, sizeof(raw), 100, &out, &ended), -1);
	buf_release(&out);
}

static const struct test tests[] = { TEST(a_body_is_the_same_in_whatever_pieces_it_comes),
	TEST(what_is_cut_short_has_not_ended), TEST(broken_framing_is_refused),
	TEST(a_trailer_without_end_is_refused), TEST_END };
const struct suite suite_server_http_chunk = { "server/http/chunk", NULL, NULL, tests };
