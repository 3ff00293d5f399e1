#include "server/http/chunk.h"

#include "server/base/text.h"

enum {
	AT_SIZE, /* must stay 0 */
	AT_SIZE_LF,
	IN_DATA,
	AT_DATA_CR,
	AT_DATA_LF,
	AT_TRAILER, /* the first byte of a line behind the last chunk */
	IN_TRAILER,
	AT_TRAILER_LF,
	AT_LAST_LF,
};

static int
take_size(struct chunk_reader *r, unsigned char c)
{
	int value = text_hex_value((char)c);

	if (value >= 0 && r->digits < 15) {
		r->left = r->left << 4 | (uint64_t)value;
		r->digits++;
		return 0;
	}
	if (c != '\r' || r->digits == 0)
		return -1;
	r->state = AT_SIZE_LF;
	return 0;
}

static int
take_trailer(struct chunk_reader *r, unsigned char c)
{
	if (++r->trailer > HTTP_TRAILER_MAX)
		return -1;
	if (c == '\r')
		r->state = r->state == AT_TRAILER ? AT_LAST_LF : AT_TRAILER_LF;
	else if (c == '\n' || c == '\0' || (r->state == AT_TRAILER && (c == ' ' || c == '\t')))
		return -1;
	else
		r->state = IN_TRAILER;
	return 0;
}

/* One byte of framing; -1 when it may not stand there. */
static int
take_byte(struct chunk_reader *r, unsigned char c)
{
	switch (r->state) {
	case AT_SIZE:
		return take_size(r, c);
	case AT_SIZE_LF:
		r->state = r->left > 0 ? IN_DATA : AT_TRAILER;
		r->digits = 0;
		return c == '\n' ? 0 : -1;
	case AT_DATA_CR:
		r->state = AT_DATA_LF;
		return c == '\r' ? 0 : -1;
	case AT_DATA_LF:
		r->state = AT_SIZE;
		return c == '\n' ? 0 : -1;
	case AT_TRAILER_LF:
		r->state = AT_TRAILER;
		return c == '\n' ? 0 : -1;
	case AT_LAST_LF:
		r->ended = 1;
		return c == '\n' ? 0 : -1;
	default:
		return take_trailer(r, c);
	}
}

int
chunk_take(
    struct chunk_reader *r, struct span raw, size_t *used, struct span *payload, struct error *err)
{
	size_t i = 0, n;

	*payload = SPAN_NONE;
	while (i < raw.len && !r->ended) {
		if (r->state != IN_DATA) {
			if (take_byte(r, raw.data[i++]) != 0)
				return error_set(
				    err, ERROR_MALFORMED, "the body's chunks are broken");
			continue;
		}
		n = raw.len - i < r->left ? raw.len - i : (size_t)r->left;
		*payload = (struct span){ raw.data + i, n };
		r->left -= n;
		if (r->left == 0)
			r->state = AT_DATA_CR;
		i += n;
		break;
	}
	*used = i;
	return 0;
}
