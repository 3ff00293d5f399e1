/*
 * wsdl/strict.c: goes with the generated stubs. The namespaces that they need, and a reader of
 * base64 that refuses what is not base64: gSOAP's own stops at the first '=' and takes what came
 * before for the whole, so that less would be signed than was sent. The makefile puts it in.
 */
#include "soapH.h"
#include "Signet.nsmap"

unsigned char *signet_getbase64(struct soap *soap, int *n);

/* What soap_get() gives for '<' and for "</"; character references come with the top bit set. */
#define OPENS	  ((soap_wchar)-2)
#define CLOSES	  ((soap_wchar)-3)
#define REFERENCE ((soap_wchar)-6)

/* The value of a base64 character and one more; 0 for all others. */
/* clang-format off */
static const unsigned char values[256] = {
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 63, 0, 0, 0, 64,
	53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 0, 0, 0, 0, 0, 0,
	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
	16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 0, 0, 0, 0, 0,
	0, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41,
	42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 0, 0, 0, 0, 0,
};
/* clang-format on */

/* The value of a base64 character, or -1. */
static int
value_of(soap_wchar c)
{
	return c >= 0 && c < 256 ? values[c] - 1 : -1;
}

struct sink {
	unsigned char *data;
	size_t len, cap;
};

static int
put(struct sink *s, unsigned int three, unsigned int bytes)
{
	unsigned int i;

	if (s->len + 3 > s->cap) {
		size_t cap = s->cap == 0 ? 2048 : s->cap * 2;
		unsigned char *data = cap > 0x7ffffff0 ? NULL : realloc(s->data, cap);

		if (data == NULL)
			return SOAP_EOM;
		s->data = data;
		s->cap = cap;
	}
	for (i = 0; i < bytes; i++)
		s->data[s->len++] = (unsigned char)(three >> (16 - 8 * i));
	return SOAP_OK;
}

/*
 * What gSOAP has in its buffer, as far as it is whole groups of base64 and nothing else: neither
 * space, reference, padding nor tag. soap_get() would give the same, a call a character.
 */
static int
read_groups(struct soap *soap, struct sink *s)
{
	while (soap->ahead == 0 && soap->bufidx + 4 <= soap->buflen) {
		const unsigned char *at = (const unsigned char *)soap->buf + soap->bufidx;
		const unsigned int a = values[at[0]], b = values[at[1]], c = values[at[2]],
				   d = values[at[3]];

		if (a == 0 || b == 0 || c == 0 || d == 0)
			break;
		if (put(s, (a - 1) << 18 | (b - 1) << 12 | (c - 1) << 6 | (d - 1), 3) != SOAP_OK)
			return SOAP_EOM;
		soap->bufidx += 4;
	}
	return SOAP_OK;
}

/* Read up to the next tag. SOAP_OK, SOAP_TYPE for what is not base64, SOAP_EOM. */
static int
read_all(struct soap *soap, struct sink *s)
{
	unsigned int bits = 0, chars = 0, pads = 0;
	soap_wchar c;
	int value;

	for (;;) {
		if (chars % 4 == 0 && pads == 0 && read_groups(soap, s) != SOAP_OK)
			return SOAP_EOM;
		c = soap_get(soap);
		if (c < REFERENCE)
			c &= 0x7fffffff;
		if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
			continue;
		if (c == OPENS || c == CLOSES || (int)c == EOF)
			break;
		value = c == '=' ? 0 : value_of(c);
		if (value < 0 || (pads > 0 && c != '='))
			return SOAP_TYPE;
		pads += c == '=';
		bits = bits << 6 | (unsigned int)value;
		if (++chars % 4 != 0)
			continue;
		if (pads > 2 || (pads == 2 && (bits & 0xffff)) || (pads == 1 && (bits & 0xff)))
			return SOAP_TYPE;
		if (put(s, bits, 3 - pads) != SOAP_OK)
			return SOAP_EOM;
		bits = 0;
	}
	soap_unget(soap, c);
	return chars % 4 == 0 ? SOAP_OK : SOAP_TYPE;
}

/* Stands in for soap_getbase64() in the generated code. */
unsigned char *
signet_getbase64(struct soap *soap, int *n)
{
	struct sink s = { NULL, 0, 0 };
	unsigned char *out = NULL;
	int rc = read_all(soap, &s);

	*n = (int)s.len;
	if (rc == SOAP_OK) {
		out = soap_malloc(soap, s.len + 1);
		if (out == NULL)
			rc = SOAP_EOM;
		else if (s.len > 0)
			memcpy(out, s.data, s.len);
	}
	free(s.data);
	if (rc != SOAP_OK)
		soap->error = rc;
	return out;
}
