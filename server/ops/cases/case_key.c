/* By what words a signer is found. */
#include <locale.h>
#include <pthread.h>
#include <wctype.h>

#include "schema/store/case.h"
#include "server/ops/cases/case.h"

static locale_t unicode;

static void
open_locale(void)
{
	unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

/* The next character of UTF-8 that is not cut short or too long; *s moves on. */
static wint_t
next_character(const unsigned char **s)
{
	const unsigned char *p = *s;
	const int more = *p < 0x80 ? 0 : *p >= 0xf0 ? 3 : *p >= 0xe0 ? 2 : *p >= 0xc2 ? 1 : -1;
	wint_t c = more == 0 ? *p : more == 1 ? *p & 0x1f : more == 2 ? *p & 0x0f : *p & 0x07;
	int i;

	for (i = 1; i <= more; i++) {
		if ((p[i] & 0xc0) != 0x80)
			break;
		c = c << 6 | (p[i] & 0x3f);
	}
	*s = p + (i > more && more >= 0 ? more + 1 : 1);
	return i > more && more >= 0 && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff) ? c : '?';
}

static int
put_character(struct buf *out, wint_t c, struct error *err)
{
	unsigned char bytes[4];
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4, i;

	for (i = n; i-- > 1; c >>= 6)
		bytes[i] = 0x80 | (c & 0x3f);
	bytes[0] = (unsigned char)(n == 1 ? c : c | (0xf00 >> n & 0xff));
	return buf_append(out, bytes, n, err);
}

int
case_signer_key(const char *text, struct buf *out, struct error *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	const unsigned char *s = (const unsigned char *)text;
	const size_t start = out->len;
	int space = 0;
	wint_t c;

	pthread_once(&once, open_locale);
	while (*s != '\0' && out->len - start < CASE_KEY_MAX - 8) {
		c = next_character(&s);
		if (c == ' ' || (c >= '\t' && c <= '\r') || c == 0xa0) {
			space = out->len > start;
			continue;
		}
		if (space && buf_append(out, " ", 1, err) != 0)
			return -1;
		space = 0;
		if (unicode != (locale_t)0)
			c = towlower_l(c, unicode);
		if (put_character(out, c, err) != 0)
			return -1;
	}
	return 0;
}
