/* Bytes in a document, as they are or in base64. */
#include "server/read/holds.h"

#include <string.h>

#include "server/base/text.h"
#include "tests/support/suite.h"

#define SIZE 256

static unsigned char key[SIZE];

static int
setup(void)
{
	size_t i;

	for (i = 0; i < SIZE; i++)
		key[i] = (unsigned char)(i * 37 + (i >> 3));
	return 0;
}

/* So many bytes in front of the key, and something behind it. */
static void
put_together(struct buf *out, size_t before)
{
	struct error err = ERROR_INIT;

	out->len = 0;
	ASSERT_OK(buf_append(out, "01234567", before, &err), &err);
	ASSERT_OK(buf_append(out, key, SIZE, &err), &err);
	ASSERT_OK(buf_append(out, "and more behind it", 18, &err), &err);
}

static void
octets_are_found_as_they_are_and_in_base64_wherever_they_begin(void)
{
	const struct span octets = { key, SIZE };
	struct buf raw = BUF_INIT(0), text = BUF_INIT(0);
	struct error err = ERROR_INIT;
	size_t before, i;

	for (before = 0; before < 7; before++) {
		put_together(&raw, before);
		CU_ASSERT_EQUAL(holds_octets(SPAN_OF(&raw), octets), 1);
		text.len = 0;
		ASSERT_OK(buf_append_str(&text, "<a>AAAA</a><v>\n\t", &err), &err);
		ASSERT_OK(text_base64(&text, SPAN_OF(&raw), before % 2 ? 64 : 0, &err), &err);
		ASSERT_OK(buf_append_str(&text, "</v>", &err), &err);
		CU_ASSERT_EQUAL(holds_octets(SPAN_OF(&text), octets), 1);
		/* A byte of the key in the middle is another one. */
		raw.data[before + SIZE / 2] ^= 1;
		CU_ASSERT_EQUAL(holds_octets(SPAN_OF(&raw), octets), 0);
		for (i = text.len / 2; text.data[i] == '\n' || text.data[i] == '\r'; i++)
			continue;
		text.data[i] = text.data[i] == 'A' ? 'B' : 'A';
		CU_ASSERT_EQUAL(holds_octets(SPAN_OF(&text), octets), 0);
	}
	buf_release(&raw);
	buf_release(&text);
}

static void
nothing_and_too_much_stand_nowhere(void)
{
	unsigned char much[HOLDS_MAX + 1] = { 0 };

	CU_ASSERT_EQUAL(holds_octets(span_str("text"), SPAN_NONE), 0);
	CU_ASSERT_EQUAL(holds_octets(SPAN_NONE, span_str("text")), 0);
	CU_ASSERT_EQUAL(
	    holds_octets((struct span){ much, sizeof(much) }, (struct span){ much, sizeof(much) }),
	    0);
	CU_ASSERT_EQUAL(
	    holds_octets((struct span){ much, HOLDS_MAX }, (struct span){ much, HOLDS_MAX }), 1);
}

static const struct test tests[] = {
	TEST(octets_are_found_as_they_are_and_in_base64_wherever_they_begin),
	TEST(nothing_and_too_much_stand_nowhere), TEST_END
};
const struct suite suite_server_read_holds = { "server/read/holds", setup, NULL, tests };
