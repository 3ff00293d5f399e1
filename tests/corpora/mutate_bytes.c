/* Mutations of any file: bits, cuts, what comes behind, pieces that are doubled or left out. */
#include <string.h>

#include "tests/corpora/mutate.h"

static int
flip(struct mutant *m)
{
	size_t at = mutant_random(m, m->from.len), bit = mutant_random(m, 8);

	mutant_copy(m, 0, m->from.len);
	m->out.data[at] ^= (unsigned char)(1u << bit);
	mutant_say(m, "bit %zu of byte %zu", bit, at);
	return 1;
}

/* A letter or digit becomes another: what parsers do not stumble over. */
static int
letter(struct mutant *m)
{
	size_t at = mutant_random(m, m->from.len), n;

	for (n = 0; n < m->from.len; n++, at = (at + 1) % m->from.len) {
		unsigned char c = m->from.data[at];

		if ((c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z'))
			continue;
		mutant_copy(m, 0, m->from.len);
		m->out.data[at] = c == '9' || c == 'z' || c == 'Z' ? (unsigned char)(c - 1)
								   : (unsigned char)(c + 1);
		mutant_say(m, "letter %c at byte %zu", c, at);
		return 1;
	}
	return 0;
}

static int
cut(struct mutant *m)
{
	/* Half of them near the end, where formats keep what they can do without. */
	size_t most = mutant_random(m, 2) && m->from.len > 64 ? 64 : m->from.len;
	size_t len = m->from.len - 1 - mutant_random(m, most);

	mutant_copy(m, 0, len);
	mutant_say(m, "cut to %zu of %zu bytes", len, m->from.len);
	return len > 0;
}

static int
append(struct mutant *m)
{
	static const char *const tails[] = { " ", "\n", "\r\n\r\n", "x", "\0", "%%EOF\n",
		"<!-- behind -->", "<p>behind</p>", "pay 1,000 more\r\n" };
	size_t n = mutant_random(m, sizeof(tails) / sizeof(tails[0]) + 1), len, from;

	mutant_copy(m, 0, m->from.len);
	if (n < sizeof(tails) / sizeof(tails[0])) {
		mutant_put(m, tails[n], tails[n][0] == '\0' ? 1 : strlen(tails[n]));
		mutant_say(m, "tail %zu appended", n);
		return 1;
	}
	from = mutant_random(m, m->from.len);
	len = 1 + mutant_random(m, m->from.len - from);
	mutant_copy(m, from, from + len);
	mutant_say(m, "bytes %zu to %zu appended", from, from + len);
	return 1;
}

static int
prepend(struct mutant *m)
{
	static const char *const heads[] = { " ", "\n", "x", "%PDF-1.7\n", "Subject: new\r\n" };
	size_t n = mutant_random(m, sizeof(heads) / sizeof(heads[0]));

	mutant_put(m, heads[n], strlen(heads[n]));
	mutant_copy(m, 0, m->from.len);
	mutant_say(m, "head %zu put in front", n);
	return 1;
}

static int
leave_out(struct mutant *m)
{
	size_t from = mutant_random(m, m->from.len), left = m->from.len - from;
	size_t len = 1 + mutant_random(m, left > 200 ? 200 : left);

	mutant_copy(m, 0, from);
	mutant_copy(m, from + len, m->from.len);
	mutant_say(m, "bytes %zu to %zu left out", from, from + len);
	return m->out.len > 0;
}

static int
twice(struct mutant *m)
{
	size_t from = mutant_random(m, m->from.len), left = m->from.len - from;
	size_t len = 1 + mutant_random(m, left > 200 ? 200 : left);

	mutant_copy(m, 0, from + len);
	mutant_copy(m, from, m->from.len);
	mutant_say(m, "bytes %zu to %zu twice", from, from + len);
	return 1;
}

#define TEXT_KINDS (1u << MUTANT_XML | 1u << MUTANT_PDF | 1u << MUTANT_OTHER)

const struct mutation mutations_of_bytes[] = {
	{ "flip", MUTANT_ANY, flip },
	{ "letter", TEXT_KINDS, letter },
	{ "cut", MUTANT_ANY, cut },
	{ "append", MUTANT_ANY, append },
	{ "prepend", MUTANT_ANY, prepend },
	{ "leave-out", MUTANT_ANY, leave_out },
	{ "twice", MUTANT_ANY, twice },
	{ NULL, 0, NULL },
};
