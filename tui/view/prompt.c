#include "tui/view/prompt.h"

#include <stdio.h>
#include <string.h>

#include "server/base/text.h"
#include "tui/term/glyph.h"
#include "tui/term/term.h"

void
prompt_start(struct prompt *prompt, const char *text, int is_secret)
{
	text_copy(prompt->text, sizeof(prompt->text), text);
	prompt->at = strlen(prompt->text);
	prompt->is_secret = is_secret;
}

void
prompt_wipe(struct prompt *prompt)
{
	explicit_bzero(prompt, sizeof(*prompt));
}

/* ---- keys ---- */

static size_t
encode(char out[4], uint32_t c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

static void
insert(struct prompt *p, uint32_t c)
{
	char bytes[5] = "";
	size_t n = c < 0x110000 ? encode(bytes, c) : 0, len = strlen(p->text);
	uint32_t shown;

	if (n == 0 || len + n >= sizeof(p->text) || glyph_next(bytes, &shown) != n ||
	    shown == GLYPH_BAD)
		return;
	memmove(p->text + p->at + n, p->text + p->at, len - p->at + 1);
	memcpy(p->text + p->at, bytes, n);
	p->at += n;
}

/* The beginning of the character before `at`, with what combines with it. */
static size_t
before(const struct prompt *p, size_t at)
{
	uint32_t c;

	while (at > 0) {
		at--;
		if ((p->text[at] & 0xc0) == 0x80)
			continue; /* inside of a character */
		glyph_next(p->text + at, &c);
		if (glyph_width(c) != 0)
			break;
	}
	return at;
}

static size_t
behind(const struct prompt *p, size_t at)
{
	uint32_t c;

	if (p->text[at] == '\0')
		return at;
	at += glyph_next(p->text + at, &c);
	while (p->text[at] != '\0') {
		size_t n = glyph_next(p->text + at, &c);

		if (glyph_width(c) != 0)
			break;
		at += n;
	}
	return at;
}

static void
cut(struct prompt *p, size_t from, size_t to)
{
	memmove(p->text + from, p->text + to, strlen(p->text + to) + 1);
	p->at = from;
}

enum prompt_said
prompt_key(struct prompt *p, uint32_t key)
{
	switch (key) {
	case TERM_KEY_ENTER:
		return PROMPT_DONE;
	case TERM_KEY_ESCAPE:
		return PROMPT_GIVEN_UP;
	case TERM_KEY_BACKSPACE:
		cut(p, before(p, p->at), p->at);
		break;
	case TERM_KEY_DELETE:
		cut(p, p->at, behind(p, p->at));
		break;
	case TERM_KEY_LEFT:
		p->at = before(p, p->at);
		break;
	case TERM_KEY_RIGHT:
		p->at = behind(p, p->at);
		break;
	case TERM_KEY_HOME:
	case TERM_CTRL('a'):
		p->at = 0;
		break;
	case TERM_KEY_END:
	case TERM_CTRL('e'):
		p->at = strlen(p->text);
		break;
	case TERM_CTRL('u'):
		cut(p, 0, p->at);
		break;
	default:
		insert(p, key);
		break;
	}
	return PROMPT_GOES_ON;
}

/* ---- drawing ---- */

/* What is shown in place of the text, and how many columns stand before the cursor. */
static int
shown_text(const struct prompt *p, char *out, size_t size)
{
	size_t at = 0, i = 0;
	int columns = 0;
	uint32_t c;

	if (!p->is_secret) {
		text_copy(out, size, p->text);
		while (at < p->at) {
			at += glyph_next(p->text + at, &c);
			columns += glyph_width(c);
		}
		return columns;
	}
	for (; p->text[at] != '\0' && i + 1 < size; at = behind(p, at)) {
		columns += at < p->at;
		out[i++] = '*';
	}
	out[i] = '\0';
	return columns;
}

void
prompt_draw(const struct prompt *p, int row, int column, int width, const char *label)
{
	char text[PROMPT_MAX];
	const char *from = text;
	int used = glyph_columns(label) + 1, cursor = shown_text(p, text, sizeof(text)), room;
	uint32_t c;

	if (used > width / 2)
		used = width / 2;
	room = width - used - 1;
	term_put(row, column, used, TONE_TITLE, label);
	while (cursor > room && *from != '\0') { /* the end is what is typed: keep it in sight */
		from += glyph_next(from, &c);
		cursor -= glyph_width(c);
	}
	term_put(row, column + used, width - used, TONE_PLAIN, from);
	term_cursor(row, column + used + cursor);
}
