#include "signing/report/markup.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "server/base/text.h"

#define REPLACEMENT 0xfffdu

void
markup_raw(struct markup *m, const char *literal)
{
	if (!m->failed && buf_append_str(m->out, literal, m->err) != 0)
		m->failed = 1;
}

/* How many bytes follow this first byte of a character, and what of it counts; -1: none begins so.
 */
static int
lead(unsigned char c, uint32_t *value, uint32_t *least)
{
	static const struct {
		unsigned char mask, bits;
		uint32_t least;
	} forms[] = { { 0x80, 0x00, 0 }, { 0xe0, 0xc0, 0x80 }, { 0xf0, 0xe0, 0x800 },
		{ 0xf8, 0xf0, 0x10000 } };
	int i;

	for (i = 0; i < 4; i++)
		if ((c & forms[i].mask) == forms[i].bits) {
			*value = c & (unsigned char)~forms[i].mask;
			*least = forms[i].least;
			return i;
		}
	return -1;
}

uint32_t
text_next(const char *s, size_t *len)
{
	const unsigned char *at = (const unsigned char *)s;
	uint32_t value = 0, least = 0;
	int i, more = lead(at[0], &value, &least);

	*len = 1;
	for (i = 1; i <= more; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return REPLACEMENT;
		value = value << 6 | (at[i] & 0x3f);
	}
	if (more < 0 || value < least || value > 0x10ffff || (value >= 0xd800 && value < 0xe000))
		return REPLACEMENT;
	*len = 1 + (size_t)more;
	return value;
}

/* XML 1.0 production 2, and without the line breaks that parsers change. */
static int
is_xml_character(uint32_t c)
{
	return c == '\t' || c == '\n' || (c >= 0x20 && c != 0x7f && c != 0xfffe && c != 0xffff);
}

static const char *
escape_of(uint32_t c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	case '\t':
		return "&#9;";
	case '\n':
		return "&#10;";
	default:
		return NULL;
	}
}

void
markup_text(struct markup *m, const char *text)
{
	const char *escape;
	size_t len;
	uint32_t c;

	for (; text != NULL && !m->failed && (c = text_next(text, &len)) != 0; text += len) {
		escape = escape_of(c);
		if (escape != NULL)
			markup_raw(m, escape);
		else if (!is_xml_character(c) || (c == REPLACEMENT && len == 1))
			markup_raw(m, "\xef\xbf\xbd");
		else if (buf_append(m->out, text, len, m->err) != 0)
			m->failed = 1;
	}
}

void
markup_number(struct markup *m, int64_t number)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRId64, number);
	markup_raw(m, text);
}

void
markup_time(struct markup *m, int64_t seconds)
{
	char text[TEXT_TIME_SIZE];

	markup_raw(m, text_time(text, seconds));
}

void
markup_base64(struct markup *m, struct span bytes)
{
	if (!m->failed && text_base64(m->out, bytes, 0, m->err) != 0)
		m->failed = 1;
}

void
markup_attribute(struct markup *m, const char *name, const char *text)
{
	markup_raw(m, " ");
	markup_raw(m, name);
	markup_raw(m, "=\"");
	markup_text(m, text);
	markup_raw(m, "\"");
}

void
markup_open(struct markup *m, const char *name)
{
	markup_raw(m, "<");
	markup_raw(m, name);
	markup_raw(m, ">");
}

void
markup_close(struct markup *m, const char *name)
{
	markup_raw(m, "</");
	markup_raw(m, name);
	markup_raw(m, ">");
}

void
markup_element(struct markup *m, const char *name, const char *text)
{
	markup_open(m, name);
	markup_text(m, text);
	markup_close(m, name);
}

void
markup_element_if(struct markup *m, const char *name, const char *text)
{
	if (text != NULL && text[0] != '\0')
		markup_element(m, name, text);
}

void
markup_time_element(struct markup *m, const char *name, int64_t seconds)
{
	markup_open(m, name);
	markup_time(m, seconds);
	markup_close(m, name);
}

void
markup_base64_element(struct markup *m, const char *name, struct span bytes)
{
	markup_open(m, name);
	markup_base64(m, bytes);
	markup_close(m, name);
}
