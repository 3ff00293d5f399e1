/* Entities as every relay lets them pass: RFC 8551 section 3.1.3, RFC 1847 section 2.1. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "server/base/text.h"
#include "signing/format/smime/entity.h"
#include "signing/format/smime/smime_read.h"

static int transport(struct span raw, unsigned int depth, struct buf *out, struct error *err);

int
entity_base64(struct span data, struct buf *out, struct error *err)
{
	struct buf text = BUF_INIT(data.len * 2 + 16);
	int rc = text_base64(&text, data, 76, err);

	if (rc == 0 && text.len > 0 && text.data[text.len - 1] != '\n')
		rc = buf_append_str(&text, "\n", err);
	if (rc == 0)
		rc = entity_canonical(SPAN_OF(&text), out, err);
	buf_release(&text);
	return rc;
}

/* A line without its end. */
static int
is_safe_line(struct span line)
{
	size_t i;

	if (line.len > ENTITY_LINE_MAX || (line.len >= 5 && memcmp(line.data, "From ", 5) == 0))
		return 0;
	for (i = 0; i < line.len; i++)
		if (line.data[i] >= 0x80 || line.data[i] == '\0' || line.data[i] == '\r')
			return 0;
	return 1;
}

static int
is_safe(struct span text)
{
	size_t i, len;

	for (i = 0; i < text.len; i += len + 1) {
		const unsigned char *end = memchr(text.data + i, '\n', text.len - i);

		len = end != NULL ? (size_t)(end - text.data) - i : text.len - i;
		if (!is_safe_line((struct span){
			text.data + i, len - (end != NULL && len > 0 && end[-1] == '\r') }))
			return 0;
	}
	return 1;
}

/* 1 when the field says that its body is encoded already. */
static int
says_encoded(struct span field)
{
	static const char *const encoded[] = { "base64", "quoted-printable" };
	size_t i = strlen("Content-Transfer-Encoding:"), k;

	while (i < field.len && strchr(" \t\r\n", field.data[i]) != NULL)
		i++;
	for (k = 0; k < sizeof(encoded) / sizeof(encoded[0]); k++)
		if (field.len - i >= strlen(encoded[k]) &&
		    strncasecmp((const char *)field.data + i, encoded[k], strlen(encoded[k])) == 0)
			return 1;
	return 0;
}

/* The header without the field of the encoding, whose place `encoding` (or nothing) takes. */
static int
put_header(const struct entity *e, const char *encoding, struct buf *out, struct error *err)
{
	const struct span header = entity_header(e);
	struct span field;
	size_t at = 0;
	int rc;

	while ((rc = field_next(header, &at, &field, err)) == 1)
		if (!field_is(field, "Content-Transfer-Encoding") &&
		    entity_canonical(field, out, err) != 0)
			return -1;
	if (rc != 0 || (encoding != NULL && buf_append_str(out, encoding, err) != 0))
		return -1;
	return buf_append_str(out, "\r\n", err);
}

static int
is_encoded(const struct entity *e)
{
	const struct span header = entity_header(e);
	struct span field;
	size_t at = 0;

	while (field_next(header, &at, &field, NULL) == 1)
		if (field_is(field, "Content-Transfer-Encoding"))
			return says_encoded(field);
	return 0;
}

static int
put_leaf(const struct entity *e, struct buf *out, struct error *err)
{
	struct buf canonical = BUF_INIT(e->body.len * 2 + 2);
	int rc = -1;

	if (is_encoded(e))
		return error_set(err, ERROR_MALFORMED,
		    "a part of the mail is not what its Content-Transfer-Encoding says");
	if (put_header(e, "Content-Transfer-Encoding: base64\r\n", out, err) != 0)
		goto done;
	rc = e->is_binary ? entity_base64(e->body, out, err)
	     : entity_canonical(e->body, &canonical, err) != 0
		 ? -1
		 : entity_base64(SPAN_OF(&canonical), out, err);
done:
	buf_release(&canonical);
	return rc;
}

/* Boundaries, and what stands around them. */
static int
put_between(const unsigned char *from, const unsigned char *to, struct buf *out, struct error *err)
{
	const struct span gap = { from, (size_t)(to - from) };

	if (!is_safe(gap))
		return error_set(err, ERROR_UNSUPPORTED,
		    "the mail has text outside of its parts that is not 7-bit: remove it");
	return entity_canonical(gap, out, err);
}

static int
put_parts(const struct entity *e, unsigned int depth, struct buf *out, struct error *err)
{
	struct span *parts = calloc(SMIME_PARTS_MAX, sizeof(*parts));
	const unsigned char *at = e->body.data;
	int i, count, rc = -1;

	if (parts == NULL)
		return error_memory(err);
	count = entity_split(e, parts, SMIME_PARTS_MAX);
	if (count < 0 || count > (int)SMIME_PARTS_MAX) {
		rc = count < 0
			 ? error_set(err, ERROR_MALFORMED, "a multipart of the mail is cut off")
			 : error_limit(err, ERROR_LIMIT, "smime-parts", SMIME_PARTS_MAX,
			       (uint64_t)count, "the mail has too many parts");
		goto done;
	}
	rc = put_header(e, NULL, out, err);
	for (i = 0; rc == 0 && i < count; i++) {
		rc = put_between(at, parts[i].data, out, err);
		if (rc == 0)
			rc = transport(parts[i], depth + 1, out, err);
		at = parts[i].data + parts[i].len;
	}
	if (rc == 0)
		rc = put_between(at, e->body.data + e->body.len, out, err);
done:
	free(parts);
	return rc;
}

static int
put_message(const struct entity *e, unsigned int depth, struct buf *out, struct error *err)
{
	if (put_header(e, NULL, out, err) != 0)
		return -1;
	return transport(e->body, depth + 1, out, err);
}

static int
make_safe(const struct entity *e, unsigned int depth, struct buf *out, struct error *err)
{
	if (!is_safe(entity_header(e)))
		return error_set(err, ERROR_UNSUPPORTED,
		    "a part of the mail has a header field that is not 7-bit or too long: encode "
		    "it "
		    "by RFC 2047");
	switch (e->kind) {
	case ENTITY_MULTIPART:
		return put_parts(e, depth, out, err);
	case ENTITY_MESSAGE:
		return put_message(e, depth, out, err);
	case ENTITY_SIGNED:
		return error_set(err, ERROR_UNSUPPORTED,
		    "the mail holds a signed part that is not 7-bit, and to encode it would break "
		    "its signature");
	default:
		return put_leaf(e, out, err);
	}
}

static int
transport(struct span raw, unsigned int depth, struct buf *out, struct error *err)
{
	struct entity e;
	int rc;

	if (depth > SMIME_DEPTH_MAX)
		return error_limit(err, ERROR_LIMIT, "smime-depth", SMIME_DEPTH_MAX, 0,
		    "the parts of the mail nest too deep");
	if (entity_open(&e, raw, err) != 0)
		return -1;
	if (is_safe(raw) && !e.is_binary)
		rc = entity_canonical(raw, out, err);
	else
		rc = make_safe(&e, depth, out, err);
	entity_release(&e);
	return rc;
}

int
entity_transportable(struct span raw, struct buf *out, struct error *err)
{
	return transport(raw, 0, out, err);
}
