#include "server/read/pack.h"

#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"

void
pack_write(struct pack *p, struct buf *out, struct error *err)
{
	*p = (struct pack){ .out = out, .err = err };
}

void
pack_read(struct pack *p, struct span in, struct error *err)
{
	*p = (struct pack){ .reading = 1, .in = in, .err = err };
}

void
pack_broken(struct pack *p)
{
	if (!p->failed)
		error_cause(p->err, ERROR_INTERNAL, "the document could not be read",
		    "the read process sent what it may not");
	p->failed = 1;
}

void
pack_no_memory(struct pack *p)
{
	if (!p->failed)
		error_memory(p->err);
	p->failed = 1;
}

int
pack_end(struct pack *p)
{
	if (p->reading && !p->failed && p->in.len != 0)
		pack_broken(p);
	pack_forget(p);
	return p->failed ? -1 : 0;
}

/* The next `len` bytes, or NULL. */
static const unsigned char *
take(struct pack *p, size_t len)
{
	const unsigned char *at = p->in.data;

	if (p->failed || len > p->in.len) {
		pack_broken(p);
		return NULL;
	}
	p->in.data += len;
	p->in.len -= len;
	return at;
}

/* ---- numbers ---- */

void
pack_raw(struct pack *p, void *value, size_t size)
{
	const unsigned char *at;

	if (!p->reading) {
		if (!p->failed && buf_append(p->out, value, size, p->err) != 0)
			p->failed = 1;
		return;
	}
	at = take(p, size);
	if (at != NULL)
		memcpy(value, at, size);
	else
		memset(value, 0, size);
}

void
pack_u64(struct pack *p, uint64_t *value)
{
	pack_raw(p, value, sizeof(*value));
}

void
pack_i64(struct pack *p, int64_t *value)
{
	pack_raw(p, value, sizeof(*value));
}

void
pack_size(struct pack *p, size_t *value)
{
	pack_raw(p, value, sizeof(*value));
}

void
pack_u32(struct pack *p, unsigned int *value)
{
	pack_raw(p, value, sizeof(*value));
}

void
pack_int(struct pack *p, int *value)
{
	pack_raw(p, value, sizeof(*value));
}

void
pack_below(struct pack *p, unsigned int *value, unsigned int end)
{
	pack_u32(p, value);
	if (p->reading && *value >= end) {
		*value = 0;
		pack_broken(p);
	}
}

void
pack_flag(struct pack *p, int *value)
{
	unsigned int number = *value != 0;

	pack_below(p, &number, 2);
	*value = (int)number;
}

void
pack_count(struct pack *p, size_t *count, size_t most)
{
	pack_size(p, count);
	if (p->reading && (*count > most || *count > p->in.len)) {
		*count = 0;
		pack_broken(p);
	}
}

/* ---- bytes ---- */

void
pack_span(struct pack *p, struct span *s)
{
	pack_size(p, &s->len);
	if (!p->reading)
		pack_raw(p, (void *)s->data, s->len);
	else if ((s->data = take(p, s->len)) == NULL)
		*s = SPAN_NONE;
}

void
pack_buf(struct pack *p, struct buf *b)
{
	struct span s = SPAN_OF(b);

	pack_span(p, &s);
	if (p->reading && !p->failed && buf_append_span(b, s, p->err) != 0)
		p->failed = 1;
}

/* What may stand in an answer's XML: the bytes went through nobody's hands but the reader's. */
static int
is_clean(struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (s.data[i] == 0)
			return 0;
	return text_is_utf8((const char *)s.data, s.len);
}

void
pack_text(struct pack *p, char **text)
{
	int there = *text != NULL;
	struct span s = span_str(*text);

	pack_flag(p, &there);
	if (p->reading)
		*text = NULL;
	if (!there)
		return;
	pack_span(p, &s);
	if (!p->reading || p->failed)
		return;
	if (!is_clean(s))
		pack_broken(p);
	else if ((*text = strndup((const char *)s.data, s.len)) == NULL)
		pack_no_memory(p);
}

void
pack_const_text(struct pack *p, const char **text)
{
	char *copy = (char *)*text;

	pack_text(p, &copy);
	*text = copy;
}

void
pack_chars(struct pack *p, char *text, size_t size)
{
	struct span s = { (const unsigned char *)text, strnlen(text, size) };

	pack_span(p, &s);
	if (!p->reading || p->failed)
		return;
	if (s.len >= size || memchr(s.data, 0, s.len) != NULL) {
		pack_broken(p);
		return;
	}
	memcpy(text, s.data, s.len);
	text[s.len] = '\0';
}
