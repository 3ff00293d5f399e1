#include "server/base/uuid.h"

#include <string.h>

/* Whether a hyphen stands before this byte. */
static int
after_hyphen(size_t i)
{
	return i == 4 || i == 6 || i == 8 || i == 10;
}

void
uuid_random(struct uuid *u)
{
	char text[TEXT_UUID_SIZE];

	uuid_parse(text_uuid(text), u);
}

char *
uuid_text(char out[TEXT_UUID_SIZE], const struct uuid *u)
{
	static const char digits[] = "0123456789abcdef";
	char *at = out;
	size_t i;

	for (i = 0; i < sizeof(u->bytes); i++) {
		if (after_hyphen(i))
			*at++ = '-';
		*at++ = digits[u->bytes[i] >> 4];
		*at++ = digits[u->bytes[i] & 15];
	}
	*at = '\0';
	return out;
}

int
uuid_parse(const char *s, struct uuid *u)
{
	struct uuid read;
	size_t i;

	for (i = 0; i < sizeof(read.bytes); i++) {
		if (after_hyphen(i) && *s++ != '-')
			return -1;
		if (text_hex_bytes(&read.bytes[i], 1, s) != 0)
			return -1;
		s += 2;
	}
	if (*s != '\0')
		return -1;
	*u = read;
	return 0;
}

int
uuid_equal(const struct uuid *a, const struct uuid *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

int
uuid_is_nil(const struct uuid *u)
{
	static const struct uuid nil = UUID_NIL;

	return uuid_equal(u, &nil);
}
