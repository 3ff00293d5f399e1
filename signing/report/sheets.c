#include "signing/report/sheets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/report/markup.h"

#define LINE_GLYPHS 2000 /* of one line at most */

int
sheets_begin(struct sheets *s, struct span file, struct error *err)
{
	memset(s, 0, sizeof(*s));
	s->err = err;
	if (font_open(&s->font, file, err) != 0)
		return -1;
	s->used = calloc(s->font.glyphs, 1);
	s->meaning = calloc(s->font.glyphs, sizeof(*s->meaning));
	if (s->used != NULL && s->meaning != NULL)
		return 0;
	sheets_release(s);
	return error_memory(err);
}

void
sheets_release(struct sheets *s)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		buf_release(&s->pages[i]);
	free(s->pages);
	free(s->used);
	free(s->meaning);
	memset(s, 0, sizeof(*s));
}

static void
new_page(struct sheets *s)
{
	struct buf *more = s->failed ? NULL : realloc(s->pages, (s->count + 1) * sizeof(*more));

	if (more == NULL) {
		if (!s->failed)
			error_memory(s->err);
		s->failed = 1;
		return;
	}
	s->pages = more;
	buf_init(&s->pages[s->count++], 0);
	s->at = SHEET_MARGIN;
}

void
sheets_need(struct sheets *s, double height)
{
	if (s->count == 0 || s->at + height > SHEET_HEIGHT - SHEET_MARGIN)
		new_page(s);
}

static void __attribute__((format(printf, 2, 3))) say(struct sheets *s, const char *fmt, ...)
{
	char text[300];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (!s->failed && buf_append_str(&s->pages[s->count - 1], text, s->err) != 0)
		s->failed = 1;
}

void
sheets_bar(struct sheets *s, const struct colour *c, double left, double top, double w, double h)
{
	say(s, "q %.3f %.3f %.3f rg %.2f %.2f %.2f %.2f re f Q\n", c->red, c->green, c->blue, left,
	    SHEET_HEIGHT - top - h, w, h);
}

/* ---- glyphs ---- */

struct line {
	unsigned short glyphs[LINE_GLYPHS];
	unsigned char backwards[LINE_GLYPHS]; /* of a script that is written right to left */
	size_t count;
	double width; /* thousandths of the size */
};

/* Digits are not: theirs is the order of all numbers. */
static int
is_backwards(uint32_t c)
{
	if ((c >= 0x660 && c <= 0x669) || (c >= 0x6f0 && c <= 0x6f9))
		return 0;
	return (c >= 0x590 && c < 0x900) || (c >= 0xfb1d && c < 0xfe00) ||
	       (c >= 0xfe70 && c < 0xfeff);
}

static int
put_glyph(struct sheets *s, struct line *line, uint32_t c, unsigned int glyph, double most)
{
	const double width = font_width(&s->font, glyph);

	if (line->count == LINE_GLYPHS || (line->count > 0 && line->width + width > most))
		return -1;
	s->used[glyph] = 1;
	if (s->meaning[glyph] == 0)
		s->meaning[glyph] = c;
	line->backwards[line->count] = is_backwards(c) != 0;
	s->has_backwards |= line->backwards[line->count];
	line->glyphs[line->count++] = (unsigned short)glyph;
	line->width += width;
	return 0;
}

/* A character, or its number where the font lacks it; -1: it does not fit the line. */
static int
put_character(struct sheets *s, struct line *line, uint32_t c, double most)
{
	const struct line before = { .count = line->count, .width = line->width };
	unsigned int glyph = font_glyph(&s->font, c);
	char number[16];
	size_t i;

	if (glyph != 0)
		return put_glyph(s, line, c, glyph, most);
	snprintf(number, sizeof(number), "<U+%04X>", (unsigned int)c);
	s->has_numbers = 1;
	for (i = 0; number[i] != '\0'; i++)
		if (put_glyph(s, line, (unsigned char)number[i],
			font_glyph(&s->font, (unsigned char)number[i]), most) != 0) {
			line->count = before.count;
			line->width = before.width;
			/* On an empty line it would never fit. */
			return before.count == 0 ? 0 : -1;
		}
	return 0;
}

/* As many words as fit, or as much of one as does; returns what is left of the text. */
static const char *
fill(struct sheets *s, struct line *line, const char *text, double most)
{
	const char *at = text, *word = NULL;
	struct line end = { .count = 0 };
	size_t len;
	uint32_t c;

	line->count = 0;
	line->width = 0;
	while (*at == ' ')
		at++;
	while ((c = text_next(at, &len)) != 0) {
		if (c == ' ') {
			word = at;
			end.count = line->count;
			end.width = line->width;
		}
		if (put_character(s, line, c, most) != 0) {
			if (word == NULL)
				return at;
			line->count = end.count;
			line->width = end.width;
			return word + 1;
		}
		at += len;
	}
	return at;
}

/* Words of a script that is written right to left stand in the other order, with what joins them.
 */
static void
turn(struct line *line)
{
	size_t from, to, i, end;
	unsigned short swap;

	for (from = 0; from < line->count; from = to + 1) {
		for (to = from; to < line->count && !line->backwards[to]; to++)
			;
		from = to;
		/* A single glyph between two of them, such as a space, goes along. */
		for (end = to;
		     end < line->count &&
		     (line->backwards[end] || (end + 1 < line->count && line->backwards[end + 1]));
		     end++)
			;
		to = end;
		for (i = from; end > i + 1; i++) {
			swap = line->glyphs[i];
			line->glyphs[i] = line->glyphs[--end];
			line->glyphs[end] = swap;
		}
	}
}

static void
show(struct sheets *s, const struct style *style, struct line *line, double left, double top)
{
	const struct colour *c = &style->colour;
	char hex[5];
	size_t i;

	turn(line);
	say(s, "BT %.3f %.3f %.3f rg %.3f %.3f %.3f RG %d Tr %.2f w /F1 %.2f Tf %.2f %.2f Td <",
	    c->red, c->green, c->blue, c->red, c->green, c->blue, style->bold ? 2 : 0,
	    style->size / 28, style->size, left, SHEET_HEIGHT - top - style->size);
	for (i = 0; i < line->count; i++) {
		snprintf(hex, sizeof(hex), "%04X", line->glyphs[i]);
		say(s, "%s", hex);
	}
	say(s, "> Tj ET\n");
}

double
sheets_text(struct sheets *s, const struct style *style, double left, double width, double top,
    const char *text)
{
	const double most = width * 1000 / style->size;
	struct line *line = malloc(sizeof(*line));

	if (line == NULL) {
		error_memory(s->err);
		s->failed = 1;
		return top;
	}
	s->at = top;
	while (*text != '\0' && !s->failed) {
		text = fill(s, line, text, most);
		sheets_need(s, style->leading);
		if (!s->failed)
			show(s, style, line, left, s->at);
		s->at += style->leading;
	}
	free(line);
	return s->at;
}

size_t
sheets_lines(struct sheets *s, const struct style *style, double width, const char *text)
{
	const double most = width * 1000 / style->size;
	struct line *line = malloc(sizeof(*line));
	size_t n = 0;

	for (; line != NULL && *text != '\0'; n++)
		text = fill(s, line, text, most);
	free(line);
	return n;
}

void
sheets_foot(struct sheets *s, const struct style *style, size_t i, const char *text)
{
	const size_t count = s->count;
	struct line *line = malloc(sizeof(*line));

	if (line == NULL) {
		s->failed = 1;
		error_memory(s->err);
		return;
	}
	fill(s, line, text, (SHEET_WIDTH - 2 * SHEET_MARGIN) * 1000 / style->size);
	s->count = i + 1; /* what is written goes to the last page */
	show(s, style, line, SHEET_MARGIN, SHEET_HEIGHT - SHEET_MARGIN + style->size);
	s->count = count;
	free(line);
}
