#include "signing/format/pdf/winansi.h"

#include "server/base/text.h"
#include "signing/format/pdf/put.h"

/* Unicode of the codes 0x80 to 0x9f; 0: not assigned. All others stand for themselves. */
static const uint16_t high_controls[32] = { 0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020,
	0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0, 0, 0x2018, 0x2019, 0x201c,
	0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178 };

/* Helvetica, from code 32 on, in thousandths of its size. */
static const uint16_t widths[224] = { 278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584,
	278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584,
	584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
	667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556,
	556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500,
	278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584, 350, 556, 350, 222, 556, 333, 1000,
	556, 556, 333, 1000, 667, 333, 1000, 350, 611, 350, 350, 222, 222, 333, 333, 350, 556, 1000,
	333, 1000, 500, 333, 944, 350, 500, 667, 278, 333, 556, 556, 556, 556, 260, 556, 333, 737,
	370, 556, 584, 333, 737, 333, 400, 584, 333, 333, 333, 556, 537, 278, 333, 333, 365, 556,
	834, 834, 834, 611, 667, 667, 667, 667, 667, 667, 1000, 722, 667, 667, 667, 667, 278, 278,
	278, 278, 722, 722, 778, 778, 778, 778, 778, 584, 778, 722, 722, 722, 722, 667, 667, 611,
	556, 556, 556, 556, 556, 556, 889, 500, 556, 556, 556, 556, 278, 278, 278, 278, 556, 556,
	556, 556, 556, 556, 556, 584, 611, 556, 556, 556, 556, 500, 556, 500 };

/* The code of a character, or 0. */
static unsigned char
code_of(uint32_t c)
{
	unsigned int i;

	if ((c >= 0x20 && c < 0x7f) || (c >= 0xa0 && c <= 0xff))
		return (unsigned char)c;
	if (c == '\t')
		return ' ';
	for (i = 0; i < 32; i++)
		if (high_controls[i] == c && c != 0)
			return (unsigned char)(0x80 + i);
	return 0;
}

int
winansi_from_utf8(struct buf *out, struct span utf8, struct error *err)
{
	const unsigned char *p = utf8.data, *end = utf8.data + utf8.len;

	if (!text_is_utf8((const char *)utf8.data, utf8.len))
		return error_set(err, ERROR_MALFORMED, "the appearance's text is not UTF-8");
	while (p < end) {
		uint32_t c = pdf_next_character(&p);
		unsigned char code = code_of(c);

		if (code == 0)
			return error_set(err, ERROR_UNSUPPORTED,
			    "the appearance's text has a character (U+%04X) that its font lacks; "
			    "use another or an image",
			    c);
		if (buf_append(out, &code, 1, err) != 0)
			return -1;
	}
	return 0;
}

unsigned int
winansi_width(struct span text)
{
	unsigned int sum = 0;
	size_t i;

	for (i = 0; i < text.len; i++)
		sum += text.data[i] >= 32 ? widths[text.data[i] - 32] : 0;
	return sum;
}
