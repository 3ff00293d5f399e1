#include "tui/view/pager.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "tui/term/glyph.h"
#include "tui/term/term.h"
#include "tui/view/move.h"

#define LABEL 24 /* columns of a member's name */

void
pager_release(struct pager *pager)
{
	buf_release(&pager->text);
}

void
pager_set(struct pager *pager, const char *text)
{
	buf_release(&pager->text);
	pager->top = 0;
	if (buf_append_str(&pager->text, text, NULL) == 0)
		buf_terminate(&pager->text, NULL);
}

/* ---- an object as lines ---- */

/* "validUntil" to "valid until"; abbreviations stay. */
static void
words(char *out, size_t size, const char *member)
{
	size_t at = 0;

	for (; *member != '\0' && at + 2 < size; member++) {
		if (isupper((unsigned char)*member) && at > 0 &&
		    islower((unsigned char)member[-1])) {
			out[at++] = ' ';
			out[at++] =
			    isupper((unsigned char)member[1]) ? *member : (char)tolower(*member);
		} else {
			out[at++] = *member;
		}
	}
	out[at] = '\0';
}

static void
put_line(struct buf *out, int depth, const char *label, const char *value)
{
	int width = LABEL - 2 * depth;

	buf_printf(out, NULL, "%*s%-*s ", 2 * depth, "", width > 1 ? width : 1, label);
	for (; *value != '\0'; value++) /* a line of its own is nobody's to make */
		buf_append(out, *value == '\n' ? " " : value, 1, NULL);
	buf_append(out, "\n", 1, NULL);
}

static void put_value(struct buf *out, int depth, const char *label, const json_t *value);

static void
put_members(struct buf *out, int depth, const json_t *object)
{
	const char *member;
	json_t *value;
	char label[128];

	json_object_foreach((json_t *)object, member, value)
	{
		words(label, sizeof(label), member);
		put_value(out, depth, label, value);
	}
}

static void
put_items(struct buf *out, int depth, const char *label, const json_t *list)
{
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		put_value(out, depth, i == 0 || json_is_object(item) ? label : "", item);
	}
}

static void
put_value(struct buf *out, int depth, const char *label, const json_t *value)
{
	char text[64];

	if (json_is_array(value)) {
		put_items(out, depth, label, value);
	} else if (json_is_object(value)) {
		put_line(out, depth, label, "");
		if (depth < 8)
			put_members(out, depth + 1, value);
	} else if (json_is_string(value)) {
		put_line(out, depth, label, json_string_value(value));
	} else if (json_is_boolean(value)) {
		put_line(out, depth, label, json_is_true(value) ? "yes" : "no");
	} else if (json_is_integer(value)) {
		snprintf(text, sizeof(text), "%lld", (long long)json_integer_value(value));
		put_line(out, depth, label, text);
	} else if (json_is_real(value)) {
		snprintf(text, sizeof(text), "%.3f", json_real_value(value));
		put_line(out, depth, label, text);
	}
}

void
pager_set_object(struct pager *pager, const json_t *object)
{
	buf_release(&pager->text);
	pager->top = 0;
	put_members(&pager->text, 0, object);
	buf_terminate(&pager->text, NULL);
}

/* ---- drawing ---- */

int
pager_key(struct pager *pager, uint32_t key, int rows)
{
	const long last = (long)pager->lines > rows ? (long)pager->lines - rows : 0;
	long to = (long)pager->top;

	if (!view_move(key == ' ' ? TERM_KEY_PAGE_DOWN : key, rows, last, &to))
		return 0;
	pager->top = (size_t)to;
	return 1;
}

/* How much of the line fits: up to the last blank, else by characters. Returns bytes. */
static size_t
fit(const char *line, size_t len, int width)
{
	size_t at = 0, blank = 0;
	int columns = 0;
	uint32_t c;

	while (at < len) {
		size_t n = glyph_next(line + at, &c);

		columns += glyph_width(c);
		if (columns > width)
			return blank > 0 ? blank : at > 0 ? at : n;
		at += n < len - at ? n : len - at;
		if (c == ' ')
			blank = at;
	}
	return len;
}

static void
draw_line(const struct area *area, int row, const char *line, size_t len, int indent)
{
	char text[1024];

	snprintf(text, sizeof(text), "%*s%.*s", indent, "", (int)(len < 900 ? len : 900), line);
	term_put(area->row + row, area->column, area->columns, TONE_PLAIN, text);
}

void
pager_draw(struct pager *pager, const struct area *area)
{
	const char *at = (const char *)pager->text.data;
	size_t line = 0;

	while (at != NULL && *at != '\0') {
		size_t left = strcspn(at, "\n");
		int indent = 0;

		do {
			size_t n = fit(at, left, area->columns - indent);

			if (line >= pager->top && line < pager->top + (size_t)area->rows)
				draw_line(area, (int)(line - pager->top), at, n, indent);
			line++;
			at += n;
			left -= n;
			indent = area->columns > 2 * LABEL ? LABEL + 1 : 2;
		} while (left > 0);
		at += *at == '\n';
	}
	pager->lines = line;
	if (pager->top >= line)
		pager->top = line > 0 ? line - 1 : 0;
}
