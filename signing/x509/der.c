#include "signing/x509/der.h"

#include <string.h>

struct der
der_of(struct span s)
{
	static const unsigned char nothing[1];

	if (s.data == NULL)
		return (struct der){ nothing, nothing };
	return (struct der){ s.data, s.data + s.len };
}

/* The length behind a first octet of 0x81 to 0x84. */
static int
long_length(struct der *d, size_t *len)
{
	unsigned int octets = d->at[-1] & 0x7fu;

	if (octets == 0 || octets > 4 || (size_t)(d->end - d->at) < octets || d->at[0] == 0)
		return -1;
	for (*len = 0; octets > 0; octets--)
		*len = *len << 8 | *d->at++;
	return *len < 0x80 ? -1 : 0;
}

int
der_next(struct der *d, struct der_item *item)
{
	const unsigned char *start = d->at;
	size_t len;

	if (d->end - d->at < 2 || (d->at[0] & 0x1f) == 0x1f)
		return -1;
	item->tag = *d->at++;
	len = *d->at++;
	if (len >= 0x80 && long_length(d, &len) != 0)
		return -1;
	if (len > (size_t)(d->end - d->at))
		return -1;
	item->content = (struct span){ d->at, len };
	d->at += len;
	item->whole = (struct span){ start, (size_t)(d->at - start) };
	return 0;
}

int
der_optional(struct der *d, unsigned int tag, struct der_item *item)
{
	if (d->at == d->end || *d->at != tag)
		return 0;
	return der_next(d, item) == 0 ? 1 : -1;
}

int
der_take(struct der *d, unsigned int tag, struct der_item *item)
{
	return der_optional(d, tag, item) == 1 ? 0 : -1;
}

int
der_only(struct span s, unsigned int tag, struct der_item *item)
{
	struct der d = der_of(s);

	return der_take(&d, tag, item) == 0 && d.at == d.end ? 0 : -1;
}

static int
two_digits(const unsigned char *s)
{
	if (s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9')
		return -1;
	return (s[0] - '0') * 10 + (s[1] - '0');
}

/* Days from 1970-01-01 to a day of the Gregorian calendar. */
static int64_t
days(int year, int month, int day)
{
	int y = month <= 2 ? year - 1 : year, m = (month + 9) % 12;
	int64_t era = y / 400, in_era = y % 400;

	return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + (153 * m + 2) / 5 + day -
	       1 - 719468;
}

static int
is_day(int year, int month, int day)
{
	static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month >= 1 && month <= 12 && day >= 1 &&
	       day <= lengths[month - 1] + (month == 2 && leap);
}

int
der_time(const struct der_item *item, int64_t *seconds)
{
	const unsigned char *s = item->content.data;
	int century = 0, part[6], i, year;

	if (item->tag == DER_GENERALIZED_TIME && item->content.len == 15) {
		century = two_digits(s);
		s += 2;
	} else if (item->tag != DER_UTC_TIME || item->content.len != 13) {
		return -1;
	}
	for (i = 0; i < 6; i++) {
		part[i] = two_digits(s + 2 * i);
		if (part[i] < 0)
			return -1;
	}
	if (item->tag == DER_UTC_TIME)
		century = part[0] >= 50 ? 19 : 20;
	year = century * 100 + part[0];
	if (century < 0 || s[12] != 'Z' || !is_day(year, part[1], part[2]) || part[3] > 23 ||
	    part[4] > 59 || part[5] > 59)
		return -1;
	*seconds = days(year, part[1], part[2]) * 86400 + part[3] * 3600 + part[4] * 60 + part[5];
	return 0;
}

int
der_time_with_fraction(const struct der_item *item, int64_t *seconds)
{
	unsigned char whole[15];
	struct der_item cut = { item->tag, { whole, sizeof(whole) }, SPAN_NONE };
	struct span s = item->content;
	size_t i;

	if (item->tag != DER_GENERALIZED_TIME || s.len < 17 || s.len > 32 || s.data[14] != '.')
		return der_time(item, seconds);
	for (i = 15; i + 1 < s.len; i++)
		if (s.data[i] < '0' || s.data[i] > '9')
			return -1;
	memcpy(whole, s.data, 14);
	whole[14] = s.data[s.len - 1];
	return der_time(&cut, seconds);
}

struct span
der_integer_trim(struct span s)
{
	while (s.len > 1 &&
	       ((s.data[0] == 0 && s.data[1] < 0x80) || (s.data[0] == 0xff && s.data[1] >= 0x80))) {
		s.data++;
		s.len--;
	}
	return s;
}

int
der_write(struct buf *out, unsigned int tag, struct span content, struct error *err)
{
	unsigned char head[6] = { (unsigned char)tag };
	size_t n = 2, octets, left;

	if (content.len < 0x80) {
		head[1] = (unsigned char)content.len;
	} else {
		for (octets = 0, left = content.len; left > 0; left >>= 8)
			octets++;
		head[1] = (unsigned char)(0x80 | octets);
		for (n = 2; octets > 0; octets--)
			head[n++] = (unsigned char)(content.len >> (8 * (octets - 1)));
	}
	if (buf_append(out, head, n, err) != 0)
		return -1;
	return buf_append_span(out, content, err);
}
