#include "server/base/text.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

char *
text_copy(char *out, size_t size, const char *s)
{
	size_t len = s != NULL ? strnlen(s, size - 1) : 0;

	if (len > 0)
		memcpy(out, s, len);
	out[len] = '\0';
	return out;
}

char *
text_hex(char *out, const void *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *p = data;
	size_t i;

	for (i = 0; i < len; i++) {
		out[2 * i] = digits[p[i] >> 4];
		out[2 * i + 1] = digits[p[i] & 15];
	}
	out[2 * len] = '\0';
	return out;
}

static const char b64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int
text_hex_value(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

int
text_hex_bytes(unsigned char *out, size_t size, const char *hex)
{
	int high, low;
	size_t i;

	for (i = 0; i < size; i++) {
		high = text_hex_value(hex[2 * i]);
		low = high < 0 ? -1 : text_hex_value(hex[2 * i + 1]);
		if (low < 0)
			return -1;
		out[i] = (unsigned char)(high << 4 | low);
	}
	return 0;
}

int
text_base64(struct buf *out, struct span data, unsigned int wrap, struct error *err)
{
	size_t n = (data.len + 2) / 3 * 4, i;
	unsigned int column = 0, three, left;
	unsigned char *at;

	at = buf_reserve(out, n + (wrap >= 4 ? n / (wrap & ~3u) + 1 : 0), err);
	if (at == NULL)
		return -1;
	for (i = 0; i < data.len; i += 3) {
		if (wrap >= 4 && column == (wrap & ~3u)) {
			*at++ = '\n';
			column = 0;
		}
		left = data.len - i < 3 ? (unsigned int)(data.len - i) : 3;
		three = (unsigned int)data.data[i] << 16;
		three |= left > 1 ? (unsigned int)data.data[i + 1] << 8 : 0;
		three |= left > 2 ? data.data[i + 2] : 0;
		*at++ = (unsigned char)b64[three >> 18];
		*at++ = (unsigned char)b64[three >> 12 & 63];
		*at++ = (unsigned char)(left > 1 ? b64[three >> 6 & 63] : '=');
		*at++ = (unsigned char)(left > 2 ? b64[three & 63] : '=');
		column += 4;
	}
	out->len = (size_t)(at - out->data);
	return 0;
}

static int
b64_value(unsigned char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

int
text_base64_decode(struct buf *out, struct span text, struct error *err)
{
	size_t before = out->len, i;
	uint32_t bits = 0;
	unsigned int chars = 0, pads = 0;
	unsigned char *at;
	int value;

	at = buf_reserve(out, text.len / 4 * 3 + 3, err);
	if (at == NULL)
		return -1;
	for (i = 0; i < text.len; i++) {
		unsigned char c = text.data[i];

		if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
			continue;
		value = c == '=' ? 0 : b64_value(c);
		if (value < 0 || (pads > 0 && c != '='))
			goto bad;
		pads += c == '=';
		bits = bits << 6 | (uint32_t)value;
		if (++chars % 4 != 0)
			continue;
		if (pads > 2 || (pads == 1 && (bits & 0xff)) || (pads == 2 && (bits & 0xffff)))
			goto bad;
		*at++ = (unsigned char)(bits >> 16);
		if (pads < 2)
			*at++ = (unsigned char)(bits >> 8);
		if (pads < 1)
			*at++ = (unsigned char)bits;
		bits = 0;
	}
	if (chars % 4 != 0)
		goto bad;
	out->len = (size_t)(at - out->data);
	return 0;
bad:
	out->len = before;
	return error_set(err, ERROR_MALFORMED, "the text is not base64");
}

char *
text_time(char out[TEXT_TIME_SIZE], int64_t seconds)
{
	time_t t = (time_t)seconds;
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL)
		snprintf(out, TEXT_TIME_SIZE, "-");
	else
		strftime(out, TEXT_TIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return out;
}

int
text_parse_time(const char *s, int64_t *seconds)
{
	struct tm tm = { 0 };
	int n = 0, zone_h = 0, zone_m = 0, sign = 0;

	if (sscanf(s, "%4d-%2d-%2dT%2d:%2d:%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
		&tm.tm_hour, &tm.tm_min, &tm.tm_sec, &n) != 6 ||
	    n != 19)
		return -1;
	if (tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1 || tm.tm_mday > 31 ||
	    tm.tm_hour > 24 || tm.tm_min > 59 || tm.tm_sec > 60)
		return -1;
	s += n;
	if (*s == '.')
		s += 1 + strspn(s + 1, "0123456789");
	if (*s == '+' || *s == '-') {
		sign = *s == '+' ? -1 : 1;
		if (sscanf(s + 1, "%2d:%2d%n", &zone_h, &zone_m, &n) != 2 || n != 5)
			return -1;
		s += 6;
	} else if (*s == 'Z') {
		s++;
	}
	if (*s != '\0')
		return -1;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	*seconds = (int64_t)timegm(&tm) + sign * (zone_h * 3600 + zone_m * 60);
	return 0;
}

char *
text_uuid(char out[TEXT_UUID_SIZE])
{
	unsigned char r[16];
	static const char digits[] = "0123456789abcdef";
	char *at = out;
	size_t i;

	/* 16 bytes are never cut short, and the call fails only before the pool is first seeded. */
	while (getrandom(r, sizeof(r), 0) != (ssize_t)sizeof(r))
		;
	r[6] = (unsigned char)((r[6] & 0x0f) | 0x40);
	r[8] = (unsigned char)((r[8] & 0x3f) | 0x80);
	for (i = 0; i < sizeof(r); i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*at++ = '-';
		*at++ = digits[r[i] >> 4];
		*at++ = digits[r[i] & 15];
	}
	*at = '\0';
	return out;
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
			return TEXT_REPLACEMENT;
		value = value << 6 | (at[i] & 0x3f);
	}
	if (more < 0 || value < least || value > 0x10ffff || (value >= 0xd800 && value < 0xe000))
		return TEXT_REPLACEMENT;
	*len = 1 + (size_t)more;
	return value;
}

int
text_is_utf8(const char *s, size_t len)
{
	static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
	const unsigned char *p = (const unsigned char *)s, *end = p + len;
	uint32_t c;
	int more, i;

	while (p < end) {
		if (*p == 0)
			return 0;
		more = *p < 0x80	     ? 0
		       : (*p & 0xe0) == 0xc0 ? 1
		       : (*p & 0xf0) == 0xe0 ? 2
		       : (*p & 0xf8) == 0xf0 ? 3
					     : -1;
		if (more < 0 || end - p <= more)
			return 0;
		c = more == 0 ? *p : *p & (0x3fu >> more);
		for (i = 1; i <= more; i++) {
			if ((p[i] & 0xc0) != 0x80)
				return 0;
			c = c << 6 | (p[i] & 0x3f);
		}
		if (c < least[more] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
			return 0;
		p += more + 1;
	}
	return 1;
}

char *
text_printable(char *out, size_t size, const char *s)
{
	size_t i;

	for (i = 0; s != NULL && s[i] != '\0' && i + 1 < size; i++)
		out[i] = s[i] >= 0x20 && s[i] < 0x7f ? s[i] : '?';
	out[i] = '\0';
	return out;
}
