#include "server/ops/admin/stored.h"

#include <inttypes.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- written ---- */

static int
put_escaped(struct buf *to, struct span text, struct error *err)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < text.len && rc == 0; i++) {
		const char c = (char)text.data[i];

		if (c == '\\')
			rc = buf_append_str(to, "\\\\", err);
		else if (c == '\n')
			rc = buf_append_str(to, "\\n", err);
		else if (c == '\r')
			rc = buf_append_str(to, "\\r", err);
		else
			rc = buf_append(to, &c, 1, err);
	}
	return rc;
}

static int
is_number(enum field_type type)
{
	return type == FIELD_TIME || type == FIELD_NUMBER || type == FIELD_LONG ||
	       type == FIELD_FLAG;
}

static int
put_line(struct buf *to, const struct field *f, const struct record_value *v, struct error *err)
{
	int rc = buf_printf(to, err, "%s=", f->name);

	if (rc == 0 && is_number(f->type))
		rc = buf_printf(to, err, "%" PRId64, v->number);
	else if (rc == 0 && f->type == FIELD_BYTES)
		rc = text_base64(to, v->bytes, 0, err);
	else if (rc == 0)
		rc = put_escaped(to, v->bytes, err);
	return rc == 0 ? buf_append_str(to, "\n", err) : -1;
}

static int
put_list(struct buf *to, const struct field *f, const struct record_value *v, struct error *err)
{
	size_t i;
	int rc = buf_printf(to, err, "%s:%zu\n", f->name, v->count);

	for (i = 0; i < v->count && rc == 0; i++)
		rc = put_line(to, f, &v->items[i], err);
	return rc;
}

int
stored_write(struct buf *to, const struct thing *request, const struct record_value *values,
    struct error *err)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < request->count && rc == 0; i++) {
		const struct field *f = &request->fields[i];

		if (!values[i].is_set)
			continue;
		if (f->type == FIELD_THINGS)
			return error_set(
			    err, ERROR_UNSUPPORTED, "%s cannot be proposed", request->name);
		rc = f->type == FIELD_TEXTS || f->type == FIELD_IDS
			 ? put_list(to, f, &values[i], err)
			 : put_line(to, f, &values[i], err);
	}
	return rc;
}

/* ---- read ---- */

struct reading {
	const char *at, *end;
	const struct thing *request;
	struct record_arena *arena;
	struct error *err;
};

static int
damaged(struct reading *r)
{
	return error_set(r->err, ERROR_INTERNAL, "the proposal cannot be read");
}

/* The next line up to '=' or ':': the field, and the rest of the line. */
static int
take_line(struct reading *r, size_t *field, char *mark, struct span *rest)
{
	const char *line = r->at, *stop = memchr(line, '\n', (size_t)(r->end - line));
	size_t i, len;

	if (stop == NULL)
		return damaged(r);
	r->at = stop + 1;
	for (i = 0; i < r->request->count; i++) {
		len = strlen(r->request->fields[i].name);
		if (len < (size_t)(stop - line) &&
		    memcmp(line, r->request->fields[i].name, len) == 0 &&
		    (line[len] == '=' || line[len] == ':'))
			break;
	}
	if (i == r->request->count)
		return damaged(r);
	*field = i;
	*mark = line[len];
	*rest =
	    (struct span){ (const unsigned char *)line + len + 1, (size_t)(stop - line) - len - 1 };
	return 0;
}

static int
take_text(struct reading *r, struct span text, struct record_value *to)
{
	unsigned char *copy = record_alloc(r->arena, text.len + 1, 1, r->err);
	size_t i, n = 0;

	if (copy == NULL)
		return -1;
	for (i = 0; i < text.len; i++) {
		unsigned char c = text.data[i];

		if (c == '\\' && ++i == text.len)
			return damaged(r);
		if (c == '\\')
			c = text.data[i] == 'n' ? '\n' : text.data[i] == 'r' ? '\r' : text.data[i];
		copy[n++] = c;
	}
	*to = (struct record_value){ .is_set = 1, .bytes = { copy, n } };
	return 0;
}

static int
take_bytes(struct reading *r, struct span text, struct record_value *to)
{
	struct buf bytes = BUF_INIT(0);
	int rc = text_base64_decode(&bytes, text, r->err);

	if (rc == 0) {
		to->bytes.data =
		    (const unsigned char *)record_text(r->arena, SPAN_OF(&bytes), r->err);
		to->bytes.len = bytes.len;
		to->is_set = 1;
		rc = to->bytes.data != NULL ? 0 : -1;
	}
	buf_release(&bytes);
	return rc;
}

static int
take_value(struct reading *r, const struct field *f, struct span text, struct record_value *to)
{
	char number[32];

	if (f->type == FIELD_BYTES)
		return take_bytes(r, text, to);
	if (!is_number(f->type))
		return take_text(r, text, to);
	if (text.len == 0 || text.len >= sizeof(number))
		return damaged(r);
	snprintf(number, sizeof(number), "%.*s", (int)text.len, (const char *)text.data);
	*to = value_of_number(strtoll(number, NULL, 10));
	return 0;
}

static int
take_list(struct reading *r, size_t field, struct span text, struct record_value *to)
{
	struct record_value number;
	struct span rest;
	size_t next;
	char mark;

	if (take_text(r, text, &number) != 0)
		return -1;
	*to = (struct record_value){ .is_set = 1,
		.count = (size_t)strtoull(value_text(&number), NULL, 10) };
	if (to->count > (size_t)(r->end - r->at)) /* each has a line */
		return damaged(r);
	to->items = record_alloc(r->arena, to->count + 1, sizeof(*to->items), r->err);
	if (to->items == NULL)
		return -1;
	for (size_t i = 0; i < to->count; i++)
		if (take_line(r, &next, &mark, &rest) != 0 || next != field || mark != '=' ||
		    take_text(r, rest, &to->items[i]) != 0)
			return damaged(r);
	return 0;
}

int
stored_read(struct span text, const struct thing *request, struct record_arena *arena,
    struct record_value *values, struct error *err)
{
	struct reading r = { (const char *)text.data, (const char *)text.data + text.len, request,
		arena, err };
	struct span rest;
	size_t i;
	char mark;

	while (r.at < r.end) {
		const struct field *f;

		if (take_line(&r, &i, &mark, &rest) != 0)
			return -1;
		f = &request->fields[i];
		if (values[i].is_set ||
		    (mark == ':') != (f->type == FIELD_TEXTS || f->type == FIELD_IDS))
			return damaged(&r);
		if (mark == ':' ? take_list(&r, i, rest, &values[i]) != 0
				: take_value(&r, f, rest, &values[i]) != 0)
			return -1;
	}
	return 0;
}

/* ---- for people ---- */

static size_t
room(const struct record_value *v)
{
	size_t i, n = v->bytes.len + 160;

	for (i = 0; i < v->count; i++)
		n += v->items[i].bytes.len + 2;
	return n;
}

static const char *
show(const struct field *f, const struct record_value *v, struct record_arena *arena,
    struct error *err)
{
	char *out = record_alloc(arena, room(v), 1, err), hex[2 * SHA256_DIGEST_LENGTH + 1];
	unsigned char md[SHA256_DIGEST_LENGTH];

	if (out == NULL || f->type != FIELD_BYTES)
		return out != NULL ? value_words(f, v, out, room(v)) : NULL;
	SHA256(v->bytes.data, v->bytes.len, md);
	snprintf(
	    out, room(v), "%zu bytes, SHA-256 %s", v->bytes.len, text_hex(hex, md, sizeof(md)));
	return out;
}

int
stored_show(const struct thing *request, const struct record_value *values,
    struct record_arena *arena, struct record_value *names, struct record_value *shown,
    struct error *err)
{
	size_t i, n = 0;

	*names = *shown = (struct record_value){ .is_set = 1 };
	names->items = record_alloc(arena, request->count + 1, sizeof(*names->items), err);
	shown->items = record_alloc(arena, request->count + 1, sizeof(*shown->items), err);
	if (names->items == NULL || shown->items == NULL)
		return -1;
	for (i = 0; i < request->count; i++) {
		if (!values[i].is_set)
			continue;
		names->items[n] = value_of_text(request->fields[i].name);
		shown->items[n] = value_of_text(show(&request->fields[i], &values[i], arena, err));
		if (!shown->items[n++].is_set)
			return -1;
	}
	names->count = shown->count = n;
	return 0;
}

/* ---- the digest ---- */

int
stored_digest(unsigned char digest[32], const struct stored_claim *claim, struct span request,
    struct error *err)
{
	struct buf text = BUF_INIT(STORED_MAX + 4096);
	char when[TEXT_TIME_SIZE];
	int rc = buf_printf(&text, err,
	    "signet proposal 1\nid=%s\nproposer=%s\nproposed=%s\noperation=%s\nseen=%" PRId64 "\n",
	    claim->id, claim->proposer, text_time(when, claim->proposed), claim->operation,
	    claim->seen_version);

	if (rc == 0)
		rc = buf_append_span(&text, request, err);
	if (rc == 0)
		SHA256(text.data, text.len, digest);
	buf_wipe(&text);
	return rc;
}
