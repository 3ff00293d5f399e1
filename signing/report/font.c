#include "signing/report/font.h"

#include <stdlib.h>
#include <string.h>

/* The assembler finds the file; the makefile says where it is. */
__asm__(".section .rodata\nreport_font:\n.incbin \"" SIGNET_FONT "\"\nreport_font_end:\n"
	".balign 8\nreport_font_size:\n.quad report_font_end - report_font\n.previous\n");
extern const unsigned char report_font[];
extern const uint64_t report_font_size;

struct span
font_builtin(void)
{
	return (struct span){ report_font, report_font_size };
}

/* ---- numbers, big-endian; 0 behind the end ---- */

static unsigned int
u16(struct span s, size_t at)
{
	return at + 2 <= s.len ? (unsigned int)s.data[at] << 8 | s.data[at + 1] : 0;
}

static int
s16(struct span s, size_t at)
{
	return (int16_t)u16(s, at);
}

static uint32_t
u32(struct span s, size_t at)
{
	return (uint32_t)u16(s, at) << 16 | u16(s, at + 2);
}

/* ---- opening ---- */

static struct span
table(struct span file, const char *tag)
{
	unsigned int i, n = u16(file, 4);

	for (i = 0; i < n && 12 + 16 * (size_t)(i + 1) <= file.len; i++) {
		size_t row = 12 + 16 * (size_t)i, at = u32(file, row + 8),
		       len = u32(file, row + 12);

		if (memcmp(file.data + row, tag, 4) == 0 && at <= file.len && len <= file.len - at)
			return (struct span){ file.data + at, len };
	}
	return SPAN_NONE;
}

/* The Unicode subtable with characters beyond 16 bits where there is one. */
static struct span
find_cmap(struct span all)
{
	struct span best = SPAN_NONE;
	unsigned int i, n = u16(all, 2);

	for (i = 0; i < n && 4 + 8 * (size_t)(i + 1) <= all.len; i++) {
		unsigned int platform = u16(all, 4 + 8 * (size_t)i);
		size_t at = u32(all, 8 + 8 * (size_t)i);
		struct span sub;

		if ((platform != 0 && platform != 3) || at >= all.len)
			continue;
		sub = (struct span){ all.data + at, all.len - at };
		if (u16(sub, 0) == 12 || (u16(sub, 0) == 4 && best.len == 0))
			best = sub;
	}
	return best;
}

static int
thousandths(const struct font *font, int value)
{
	return value * 1000 / (int)font->units;
}

int
font_open(struct font *f, struct span file, struct error *err)
{
	int i;

	*f = (struct font){ .file = file };
	f->head = table(file, "head");
	f->hhea = table(file, "hhea");
	f->hmtx = table(file, "hmtx");
	f->maxp = table(file, "maxp");
	f->loca = table(file, "loca");
	f->glyf = table(file, "glyf");
	f->cmap = find_cmap(table(file, "cmap"));
	f->units = u16(f->head, 18);
	f->long_loca = u16(f->head, 50) != 0;
	f->glyphs = u16(f->maxp, 4);
	f->metrics = u16(f->hhea, 34);
	if (f->head.len < 54 || f->hhea.len < 36 || f->units == 0 || f->glyphs == 0 ||
	    f->metrics == 0 || f->metrics > f->glyphs || f->hmtx.len < 4 * (size_t)f->metrics ||
	    f->loca.len < ((size_t)f->glyphs + 1) * (f->long_loca ? 4 : 2) || f->cmap.len == 0)
		return error_set(
		    err, ERROR_MALFORMED, "the font is not one with TrueType outlines");
	f->ascent = thousandths(f, s16(f->hhea, 4));
	f->descent = thousandths(f, s16(f->hhea, 6));
	for (i = 0; i < 4; i++)
		f->box[i] = thousandths(f, s16(f->head, 36 + 2 * (size_t)i));
	return 0;
}

/* ---- characters ---- */

static unsigned int
by_format_12(struct span cmap, uint32_t c)
{
	uint32_t low = 0, high = u32(cmap, 12), middle;

	while (low < high) {
		size_t at;

		middle = low + (high - low) / 2;
		at = 16 + 12 * (size_t)middle;
		if (c < u32(cmap, at))
			high = middle;
		else if (c > u32(cmap, at + 4))
			low = middle + 1;
		else
			return u32(cmap, at + 8) + (c - u32(cmap, at));
	}
	return 0;
}

static unsigned int
by_format_4(struct span cmap, uint32_t c)
{
	const size_t segments = u16(cmap, 6) / 2, ends = 14, starts = 16 + 2 * segments,
		     deltas = starts + 2 * segments, offsets = deltas + 2 * segments;
	size_t i;

	for (i = 0; c < 0xffff && i < segments; i++) {
		unsigned int start = u16(cmap, starts + 2 * i), offset, glyph;

		if (c > u16(cmap, ends + 2 * i))
			continue;
		if (c < start)
			return 0;
		offset = u16(cmap, offsets + 2 * i);
		if (offset == 0)
			return (c + u16(cmap, deltas + 2 * i)) & 0xffff;
		glyph = u16(cmap, offsets + 2 * i + offset + 2 * (c - start));
		return glyph != 0 ? (glyph + u16(cmap, deltas + 2 * i)) & 0xffff : 0;
	}
	return 0;
}

unsigned int
font_glyph(const struct font *f, uint32_t c)
{
	unsigned int glyph =
	    u16(f->cmap, 0) == 12 ? by_format_12(f->cmap, c) : by_format_4(f->cmap, c);

	return glyph < f->glyphs ? glyph : 0;
}

unsigned int
font_width(const struct font *f, unsigned int glyph)
{
	unsigned int n = glyph < f->metrics ? glyph : f->metrics - 1;

	return u16(f->hmtx, 4 * (size_t)n) * 1000 / f->units;
}

/* ---- the subset ---- */

static struct span
outline(const struct font *f, unsigned int glyph)
{
	size_t from, to;

	if (glyph >= f->glyphs)
		return SPAN_NONE;
	from = f->long_loca ? u32(f->loca, 4 * (size_t)glyph) : 2 * u16(f->loca, 2 * (size_t)glyph);
	to = f->long_loca ? u32(f->loca, 4 * (size_t)glyph + 4)
			  : 2 * u16(f->loca, 2 * (size_t)glyph + 2);
	if (from > to || to > f->glyf.len)
		return SPAN_NONE;
	return (struct span){ f->glyf.data + from, to - from };
}

/* Mark what a composite glyph is made of; 1 when something was new. */
static int
mark_parts(const struct font *f, unsigned int glyph, unsigned char *used)
{
	enum { WORDS = 1, SCALE = 8, MORE = 0x20, XY = 0x40, MATRIX = 0x80 };
	struct span o = outline(f, glyph);
	unsigned int flags = MORE, part;
	int is_new = 0;
	size_t at = 10;

	if (o.len < 10 || s16(o, 0) >= 0)
		return 0;
	while ((flags & MORE) && at + 4 <= o.len) {
		flags = u16(o, at);
		part = u16(o, at + 2);
		if (part < f->glyphs && !used[part])
			used[part] = is_new = 1;
		at += 4 + (flags & WORDS ? 4u : 2u);
		at += flags & SCALE ? 2u : flags & XY ? 4u : flags & MATRIX ? 8u : 0u;
	}
	return is_new;
}

static unsigned int
close_over(const struct font *f, unsigned char *used)
{
	unsigned int i, last = 0;
	int again = 1;

	used[0] = 1; /* the glyph of what is missing */
	while (again)
		for (again = 0, i = 0; i < f->glyphs; i++)
			if (used[i])
				again |= mark_parts(f, i, used);
	for (i = 0; i < f->glyphs; i++)
		if (used[i])
			last = i;
	return last + 1;
}

static int
put(struct buf *out, uint32_t value, int bytes, struct error *err)
{
	unsigned char raw[4];
	int i;

	for (i = 0; i < bytes; i++)
		raw[i] = (unsigned char)(value >> 8 * (bytes - 1 - i));
	return buf_append(out, raw, (size_t)bytes, err);
}

static int
pad(struct buf *out, struct error *err)
{
	return out->len % 4 == 0 ? 0 : buf_append(out, "\0\0\0", 4 - out->len % 4, err);
}

/* Outlines of the used glyphs, each at a multiple of 4, and where they are. */
static int
outlines(const struct font *f, const unsigned char *used, unsigned int count, struct buf *glyf,
    struct buf *loca, struct error *err)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (put(loca, (uint32_t)glyf->len, 4, err) != 0 ||
		    (used[i] && buf_append_span(glyf, outline(f, i), err) != 0) ||
		    pad(glyf, err) != 0)
			return -1;
	return put(loca, (uint32_t)glyf->len, 4, err);
}

static uint32_t
checksum(struct span s)
{
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i < s.len; i++)
		sum += (uint32_t)s.data[i] << 8 * (3 - i % 4);
	return sum;
}

static void
set16(struct buf *b, size_t at, unsigned int value)
{
	b->data[at] = (unsigned char)(value >> 8);
	b->data[at + 1] = (unsigned char)value;
}

/* In the order of their tags, as the directory must be. */
enum { CVT, FPGM, GLYF, HEAD, HHEA, HMTX, LOCA, MAXP, PREP, TABLES };
static const char *const tags[TABLES] = { "cvt ", "fpgm", "glyf", "head", "hhea", "hmtx", "loca",
	"maxp", "prep" };

static int
make_tables(const struct font *f, const unsigned char *used, unsigned int count,
    struct buf tables[TABLES], struct error *err)
{
	const unsigned int metrics = count < f->metrics ? count : f->metrics;
	static const int copied[] = { CVT, FPGM, HEAD, HHEA, MAXP, PREP };
	size_t i, hmtx = 4 * (size_t)metrics + 2 * (size_t)(count - metrics);

	for (i = 0; i < sizeof(copied) / sizeof(copied[0]); i++)
		if (buf_append_span(&tables[copied[i]], table(f->file, tags[copied[i]]), err) != 0)
			return -1;
	if (hmtx > f->hmtx.len || f->maxp.len < 6)
		return error_set(err, ERROR_MALFORMED, "the font's widths are cut short");
	if (outlines(f, used, count, &tables[GLYF], &tables[LOCA], err) != 0 ||
	    buf_append(&tables[HMTX], f->hmtx.data, hmtx, err) != 0)
		return -1;
	set16(&tables[HHEA], 34, metrics);
	set16(&tables[MAXP], 4, count);
	set16(&tables[HEAD], 50, 1);	     /* long loca */
	memset(tables[HEAD].data + 8, 0, 4); /* checkSumAdjustment, filled in behind */
	return 0;
}

static int
join(struct buf tables[TABLES], struct buf *out, struct error *err)
{
	const size_t start = out->len;
	size_t at = 12 + 16 * TABLES, i, head = 0;
	uint32_t sum;

	if (put(out, 0x00010000, 4, err) != 0 || put(out, TABLES, 2, err) != 0 ||
	    put(out, 128, 2, err) != 0 || put(out, 3, 2, err) != 0 ||
	    put(out, TABLES * 16 - 128, 2, err) != 0)
		return -1;
	for (i = 0; i < TABLES; i++) {
		const size_t len = tables[i].len;

		if (pad(&tables[i], err) != 0 || buf_append(out, tags[i], 4, err) != 0 ||
		    put(out, checksum(SPAN_OF(&tables[i])), 4, err) != 0 ||
		    put(out, (uint32_t)at, 4, err) != 0 || put(out, (uint32_t)len, 4, err) != 0)
			return -1;
		head = i == HEAD ? at : head;
		at += tables[i].len;
	}
	for (i = 0; i < TABLES; i++)
		if (buf_append_span(out, SPAN_OF(&tables[i]), err) != 0)
			return -1;
	sum = 0xb1b0afbau - checksum((struct span){ out->data + start, out->len - start });
	set16(out, start + head + 8, sum >> 16);
	set16(out, start + head + 10, sum & 0xffff);
	return 0;
}

int
font_subset(const struct font *f, unsigned char *used, struct buf *out, struct error *err)
{
	const unsigned int count = close_over(f, used);
	struct buf tables[TABLES];
	int i, rc;

	for (i = 0; i < TABLES; i++)
		buf_init(&tables[i], 0);
	rc = make_tables(f, used, count, tables, err);
	if (rc == 0)
		rc = join(tables, out, err);
	for (i = 0; i < TABLES; i++)
		buf_release(&tables[i]);
	return rc;
}
