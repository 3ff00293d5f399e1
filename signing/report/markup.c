#include "signing/report/markup.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "server/base/text.h"

void
markup_raw(struct markup *m, const char *literal)
{
	if (!m->failed && buf_append_str(m->out, literal, m->err) != 0)
		m->failed = 1;
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
		else if (!is_xml_character(c) || (c == TEXT_REPLACEMENT && len == 1))
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
