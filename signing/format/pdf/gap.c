#include "signing/format/pdf/gap.h"

#include <stdio.h>
#include <string.h>

/* Three numbers of ten digits with a blank between them. */
#define RANGE_LEN 32
#define FILE_MAX  9999999999u

int
pdf_gap_write(struct pdf_gap *gap, struct pdf_update *up, size_t room, struct error *err)
{
	struct buf *out = up->out;
	unsigned char *at;

	if (buf_append_str(out, " /ByteRange [0 ", err) != 0)
		return -1;
	gap->range_at = out->len;
	gap->contents_len = 2 * room + 2;
	if (buf_printf(out, err, "%10s %10s %10s] /Contents ", "", "", "") != 0)
		return -1;
	gap->contents_at = out->len;
	at = buf_reserve(out, gap->contents_len, err);
	if (at == NULL)
		return -1;
	memset(at, '0', gap->contents_len);
	at[0] = '<';
	at[gap->contents_len - 1] = '>';
	out->len += gap->contents_len;
	return 0;
}

struct span
pdf_gap_file(const struct pdf_update *up)
{
	return (struct span){ up->out->data + up->base, up->out->len - up->base };
}

int
pdf_gap_close(const struct pdf_gap *gap, const struct pdf_update *up, struct pdf_range *range,
    struct error *err)
{
	size_t size = pdf_gap_file(up).len;
	uint64_t first = gap->contents_at - up->base, second = first + gap->contents_len;
	char text[40];

	if (size > FILE_MAX)
		return error_set(err, ERROR_TOO_LARGE, "the PDF is too large to be signed");
	*range = (struct pdf_range){ { 0, first, second, size - second }, size };
	snprintf(text, sizeof(text), "%-10llu %-10llu %-10llu", (unsigned long long)first,
	    (unsigned long long)second, (unsigned long long)range->at[3]);
	memcpy(up->out->data + gap->range_at, text, RANGE_LEN);
	return 0;
}
