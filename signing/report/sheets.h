/*
 * signing/report/sheets.h: text laid out on sheets of paper and written as a PDF. Only for this
 * folder.
 */
#ifndef SIGNET_SIGNING_REPORT_SHEETS_H
#define SIGNET_SIGNING_REPORT_SHEETS_H

#include "signing/report/font.h"

#define SHEET_WIDTH  595.0 /* A4, in points */
#define SHEET_HEIGHT 842.0
#define SHEET_MARGIN 56.0

struct colour {
	double red, green, blue;
};

struct sheets {
	struct font font;
	unsigned char *used; /* glyphs */
	uint32_t *meaning;   /* of each glyph: a character */
	struct buf *pages;   /* content streams */
	size_t count;
	int has_numbers;   /* of characters that the font lacks */
	int has_backwards; /* letters of scripts that are written right to left */
	double at;	   /* how far down the last page is written */
	struct error *err;
	int failed;
};

/* Views of `file` are kept. */
int sheets_begin(struct sheets *s, struct span file, struct error *err);
void sheets_release(struct sheets *s);

/* One way of writing. */
struct style {
	double size, leading;
	int bold;
	struct colour colour;
};
/*
 * Write text in lines no wider than `width`, `left` from the sheet's edge, from `top` (of the last
 * page) downwards; words that do not fit a line are broken. Returns where the next line would be.
 * What does not fit the page goes on with the next one.
 *
 * Of scripts that are written right to left the letters stand in that order, unjoined; words among
 * others stay where they are. A character that the font lacks stands as its number, "<U+4E2D>".
 */
double sheets_text(struct sheets *s, const struct style *style, double left, double width,
    double top, const char *text);
/* How many lines that takes. */
size_t sheets_lines(struct sheets *s, const struct style *style, double width, const char *text);
/* A new page unless so much is left on this one. */
void sheets_need(struct sheets *s, double height);
void sheets_bar(
    struct sheets *s, const struct colour *colour, double left, double top, double w, double h);

/* One line below the text of page i (from 0). */
void sheets_foot(struct sheets *s, const struct style *style, size_t i, const char *text);

/* Append the PDF. `made` is its date; `title` stands in its foot and properties. */
int sheets_write(
    struct sheets *s, struct buf *out, const char *title, int64_t made, struct error *err);

#endif
