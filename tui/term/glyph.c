#include "tui/term/glyph.h"

#include <wchar.h>

/* Ranges that must not reach a terminal, ascending. */
static const struct {
	uint32_t first, last;
} hidden[] = {
	{ 0x00, 0x1f },
	{ 0x7f, 0x9f },
	{ 0xad, 0xad },	    /* soft hyphen */
	{ 0x61c, 0x61c },   /* Arabic letter mark */
	{ 0x115f, 0x1160 }, /* fillers that show as nothing */
	{ 0x17b4, 0x17b5 },
	{ 0x180b, 0x180f },
	{ 0x200b, 0x200f }, /* zero width, marks of direction */
	{ 0x2028, 0x202e }, /* separators, embeddings, overrides */
	{ 0x2060, 0x206f }, /* isolates and other invisible ones */
	{ 0x3164, 0x3164 },
	{ 0xd800, 0xdfff },
	{ 0xe000, 0xf8ff }, /* private use: shows what a font likes */
	{ 0xfe00, 0xfe0f },
	{ 0xfeff, 0xfeff },
	{ 0xffa0, 0xffa0 },
	{ 0xfff0, 0xfffb },
	{ 0xe0000, 0x10ffff },
};

static int
is_hidden(uint32_t c)
{
	size_t i;

	for (i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		if (c >= hidden[i].first && c <= hidden[i].last)
			return 1;
	return (c & 0xfffe) == 0xfffe;
}

size_t
glyph_next(const char *s, uint32_t *c)
{
	size_t len;

	*c = text_next(s, &len);
	if (is_hidden(*c))
		*c = GLYPH_BAD;
	return len;
}

int
glyph_width(uint32_t c)
{
	int width = c < 0x7f ? 1 : wcwidth((wchar_t)c);

	return width < 0 ? 1 : width; /* of a character that the C library does not know */
}

int
glyph_columns(const char *s)
{
	int columns = 0;
	uint32_t c;

	while (*s != '\0') {
		s += glyph_next(s, &c);
		columns += glyph_width(c);
	}
	return columns;
}
