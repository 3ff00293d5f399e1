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
	pager->indent = 0;
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
	pager->indent = LABEL + 1;
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

/*
 * How much of the line fits: up to the last blank behind `least` bytes, else by characters. Returns
 * bytes.
 */
static size_t
fit(const char *line, size_t len, int width, size_t least)
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
		if (c == ' ' && at > least)
			blank = at;
	}
	return len;
}

/* One line as it is shown: from here so many bytes. */
struct piece {
	const char *at;
	size_t len;
	int indent;
	size_t left; /* of the line of text behind it */
};

/* The next one, or 0 at the end; begin with {text}. */
static int
next_piece(const struct pager *pager, struct piece *p, int columns)
{
	const int further = columns > 2 * pager->indent ? pager->indent : 2;

	p->at += p->len;
	if (p->left > 0) {
		p->indent = further;
		p->len = fit(p->at, p->left, columns - further, 0);
	} else {
		p->at += *p->at == '\n' && p->indent >= 0;
		if (*p->at == '\0')
			return 0;
		p->indent = 0;
		p->left = strcspn(p->at, "\n");
		p->len = fit(p->at, p->left, columns, (size_t)pager->indent);
	}
	p->left -= p->len;
	return 1;
}

static struct piece
first_piece(const struct pager *pager)
{
	/* Less than nothing: no line was before it whose end is to be skipped. */
	return (struct piece){ pager->text.data != NULL ? (const char *)pager->text.data : "", 0,
		-1, 0 };
}

int
pager_count(const struct pager *pager, int columns)
{
	struct piece p = first_piece(pager);
	int lines = 0;

	while (next_piece(pager, &p, columns))
		lines++;
	return lines;
}

static void
draw_piece(const struct pager *pager, const struct area *area, int row, const struct piece *p)
{
	char text[1024];

	snprintf(text, sizeof(text), "%*s%.*s", p->indent, "", (int)(p->len < 900 ? p->len : 900),
	    p->at);
	term_put(area->row + row, area->column, area->columns, pager->tone, text);
}

void
pager_draw(struct pager *pager, const struct area *area)
{
	struct piece p = first_piece(pager);
	size_t line;

	for (line = 0; next_piece(pager, &p, area->columns); line++)
		if (line >= pager->top && line < pager->top + (size_t)area->rows)
			draw_piece(pager, area, (int)(line - pager->top), &p);
	pager->lines = line;
	if (pager->top >= line)
		pager->top = line > 0 ? line - 1 : 0;
}
