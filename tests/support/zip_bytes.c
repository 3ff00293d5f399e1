#include "tests/support/zip_bytes.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static void
put(struct buf *out, const void *data, size_t len)
{
	if (buf_append(out, data, len, NULL) != 0)
		abort();
}

static void
put16(struct buf *out, unsigned int v)
{
	const unsigned char b[2] = { (unsigned char)v, (unsigned char)(v >> 8) };

	put(out, b, 2);
}

static void
put32(struct buf *out, unsigned int v)
{
	put16(out, v & 0xffff);
	put16(out, v >> 16);
}

static void
put_sizes(struct buf *out, unsigned int crc, unsigned int len, unsigned int plus)
{
	put32(out, crc);
	put32(out, len + plus);
	put32(out, len + plus);
}

static void
put_extra(struct buf *out, unsigned int id)
{
	if (id == 0)
		return;
	put16(out, id);
	put16(out, 0);
}

/* From the version on, as both headers have it. */
static void
put_common(struct buf *out, const struct zip_piece *p, unsigned int flags)
{
	put16(out, 20);
	put16(out, flags);
	put16(out, p->method);
	put32(out, 0x00210000); /* 1980-01-01 */
}

static unsigned int
flags_of(const struct zip_piece *p)
{
	return p->flags | (p->with_descriptor ? 8 : 0);
}

static unsigned int
crc_of(const struct zip_piece *p)
{
	const char *data = p->data != NULL ? p->data : "";

	return (unsigned int)crc32(0, (const unsigned char *)data, (unsigned int)strlen(data));
}

static unsigned int
length(const char *s)
{
	return s != NULL ? (unsigned int)strlen(s) : 0;
}

static unsigned int
put_local(struct buf *out, const struct zip_piece *p)
{
	const char *name = p->local_name != NULL ? p->local_name : p->name;
	unsigned int at;

	put(out, p->gap != NULL ? p->gap : "", length(p->gap));
	at = (unsigned int)out->len;
	put32(out, 0x04034b50);
	put_common(out, p, flags_of(p) ^ p->local_flags);
	if (p->with_descriptor)
		put_sizes(out, 0, 0, 0);
	else
		put_sizes(out, crc_of(p) ^ p->crc_xor ^ p->local_crc_xor, length(p->data),
		    p->size_plus + p->local_size_plus);
	put16(out, length(name));
	put16(out, p->extra != 0 ? 4 : 0);
	put(out, name, length(name));
	put_extra(out, p->extra);
	put(out, p->data != NULL ? p->data : "", length(p->data));
	if (p->with_descriptor) {
		put32(out, 0x08074b50);
		put_sizes(out, crc_of(p) ^ p->crc_xor ^ p->local_crc_xor, length(p->data),
		    p->local_size_plus);
	}
	return at;
}

static void
put_central(struct buf *out, const struct zip_piece *p, unsigned int at)
{
	put32(out, 0x02014b50);
	put16(out, 20);
	put_common(out, p, flags_of(p));
	put_sizes(out, crc_of(p) ^ p->crc_xor, length(p->data), p->size_plus);
	put16(out, length(p->name));
	put16(out, p->extra != 0 ? 4 : 0);
	put16(out, 0); /* comment */
	put16(out, 0); /* disk */
	put16(out, 0);
	put32(out, 0);
	put32(out, at);
	put(out, p->name, length(p->name));
	put_extra(out, p->extra);
}

void
zip_bytes(struct buf *out, const struct zip_piece *pieces, size_t count, const char *comment)
{
	unsigned int *at = calloc(count + 1, sizeof(*at)), directory, end;
	size_t i;

	if (at == NULL)
		abort();
	for (i = 0; i < count; i++)
		at[i] = put_local(out, &pieces[i]);
	directory = (unsigned int)out->len;
	for (i = 0; i < count; i++)
		put_central(
		    out, &pieces[i], pieces[i].overlaps_before && i > 0 ? at[i - 1] : at[i]);
	end = (unsigned int)out->len;
	put32(out, 0x06054b50);
	put32(out, 0);
	put16(out, (unsigned int)count);
	put16(out, (unsigned int)count);
	put32(out, end - directory);
	put32(out, directory);
	put16(out, length(comment));
	put(out, comment != NULL ? comment : "", length(comment));
	free(at);
}
