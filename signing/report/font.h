/*
 * signing/report/font.h: a TrueType font (ISO/IEC 14496-22), as far as a PDF needs it: which glyph
 * a character has, how wide it is, and a smaller font with the glyphs that were used. Only for this
 * folder.
 */
#ifndef SIGNET_SIGNING_REPORT_FONT_H
#define SIGNET_SIGNING_REPORT_FONT_H

#include <stdint.h>

#include "server/base/buf.h"

struct font {
	struct span file, head, hhea, hmtx, maxp, loca, glyf, cmap;
	unsigned int units; /* per em */
	unsigned int glyphs, metrics;
	int long_loca;
	int ascent, descent, box[4]; /* thousandths of an em */
};

/*
 * The font that the program was built with: DejaVu Sans, for Latin, Greek, Cyrillic and more.
 */
struct span font_builtin(void);
/* A view of `file`, which stays the caller's. ERROR_MALFORMED for what is no such font. */
int font_open(struct font *font, struct span file, struct error *err);
/* 0: the font has none for this character. */
unsigned int font_glyph(const struct font *font, uint32_t character);
/* In thousandths of an em. */
unsigned int font_width(const struct font *font, unsigned int glyph);
/*
 * Append a font with the glyphs of which used[i] is not 0, and those that they are composed of;
 * used has font->glyphs bytes and gets these added. Numbers of glyphs stay.
 */
int font_subset(const struct font *font, unsigned char *used, struct buf *out, struct error *err);

#endif
