#include "signing/report/pdf.h"

#include <stdio.h>

#include "signing/report/page.h"
#include "signing/report/sheets.h"

#define TEXT_WIDTH (SHEET_WIDTH - 2 * SHEET_MARGIN)
#define LABELS	   120.0 /* width of the column with labels */
#define OUTCOMES   75.0

static const struct colour tones[] = {
	[TONE_PLAIN] = { 0.1, 0.1, 0.1 },
	[TONE_GOOD] = { 0.08, 0.41, 0.16 },
	[TONE_OPEN] = { 0.48, 0.34, 0 },
	[TONE_BAD] = { 0.66, 0.08, 0.08 },
};
static const struct colour faint = { 0.4, 0.4, 0.4 };

static struct style
style_of(double size, int bold, struct colour colour)
{
	return (struct style){ size, size * 1.35, bold, colour };
}

static void
line(struct sheets *s, double size, double before, double keep, const char *text)
{
	const struct style style = style_of(size, 1, tones[TONE_PLAIN]);

	sheets_need(s, before + style.leading + keep);
	s->at += before;
	sheets_text(s, &style, SHEET_MARGIN, TEXT_WIDTH, s->at, text);
	s->at += 3;
}

static void
verdict(struct sheets *s, const struct page_block *b)
{
	const struct style word = style_of(13, 1, tones[b->tone]),
			   reason = style_of(9.5, 0, tones[b->tone]);
	const double left = SHEET_MARGIN + 12, width = TEXT_WIDTH - 12;
	const double height = (double)sheets_lines(s, &word, width, b->label) * word.leading +
			      (double)sheets_lines(s, &reason, width, b->text) * reason.leading;

	sheets_need(s, height + 10);
	s->at += 4;
	if (!s->failed)
		sheets_bar(s, &tones[b->tone], SHEET_MARGIN, s->at, 4, height);
	sheets_text(s, &word, left, width, s->at, b->label);
	sheets_text(s, &reason, left, width, s->at, b->text);
	s->at += 6;
}

/* Two columns; the right one may go on over pages. */
static void
columns(struct sheets *s, const struct style *left, const char *label, double width,
    const struct style *right, const char *text)
{
	double top, end;

	sheets_need(s, (double)sheets_lines(s, left, width - 8, label) * left->leading);
	if (s->failed)
		return;
	top = s->at;
	end = sheets_text(s, left, SHEET_MARGIN, width - 8, top, label);
	s->at = top;
	sheets_text(s, right, SHEET_MARGIN + width, TEXT_WIDTH - width, top, text);
	if (s->at > top && s->at < end)
		s->at = end;
}

static void
fact(struct sheets *s, const struct page_block *b)
{
	const struct style label = style_of(9, 1, tones[TONE_PLAIN]),
			   text = style_of(9, 0, tones[b->tone]);

	columns(s, &label, b->label, LABELS, &text, b->text);
	s->at += 1.5;
}

static void
check(struct sheets *s, const struct page_block *b)
{
	const struct style outcome = style_of(8.5, 1, tones[b->tone]),
			   text = style_of(8.5, 0, tones[TONE_PLAIN]),
			   detail = style_of(7, 0, faint);

	sheets_need(s, text.leading + detail.leading);
	columns(s, &outcome, b->label, OUTCOMES, &text, b->text);
	if (b->detail != NULL)
		sheets_text(
		    s, &detail, SHEET_MARGIN + OUTCOMES, TEXT_WIDTH - OUTCOMES, s->at, b->detail);
	s->at += 2.5;
}

static void
block(struct sheets *s, const struct page_block *b)
{
	const struct style plain = style_of(9.5, 0, tones[TONE_PLAIN]);

	switch (b->kind) {
	case PAGE_TITLE:
		line(s, 20, 0, 60, b->text);
		break;
	case PAGE_VERDICT:
		verdict(s, b);
		break;
	case PAGE_HEADING:
		line(s, 14, 14, 60, b->text);
		break;
	case PAGE_SUBHEADING:
		line(s, 10.5, 7, 30, b->text);
		break;
	case PAGE_TEXT:
		sheets_text(s, &plain, SHEET_MARGIN, TEXT_WIDTH, s->at, b->text);
		break;
	case PAGE_FACT:
		fact(s, b);
		break;
	case PAGE_CHECK:
		check(s, b);
		break;
	}
}

/* What this file cannot show is said in it. */
static void
remarks(struct sheets *s)
{
	const struct style style = style_of(7.5, 0, faint);
	const int numbers = s->has_numbers, backwards = s->has_backwards;

	if (numbers)
		sheets_text(s, &style, SHEET_MARGIN, TEXT_WIDTH, s->at + 8,
		    "A character that this file has no letter for stands as its number in Unicode, "
		    "as \"<U+4E2D>\"; the reports in HTML and XML have it as it is.");
	if (backwards)
		sheets_text(s, &style, SHEET_MARGIN, TEXT_WIDTH, s->at + 8,
		    "Names in scripts that are written from right to left stand letter by letter, "
		    "unjoined; the reports in HTML and XML have them as they are.");
}

static void
feet(struct sheets *s, const char *word)
{
	const struct style style = style_of(7.5, 0, faint);
	char text[300];
	size_t i;

	for (i = 0; i < s->count && !s->failed; i++) {
		snprintf(text, sizeof(text), "Verification report: %s, page %zu of %zu", word,
		    i + 1, s->count);
		sheets_foot(s, &style, i, text);
	}
}

int
report_pdf_write(struct buf *out, const struct report_input *in, struct error *err)
{
	struct sheets sheets;
	struct page page;
	size_t i;
	int rc;

	if (page_make(&page, in, err) != 0)
		return -1;
	rc = sheets_begin(&sheets, font_builtin(), err);
	if (rc == 0) {
		for (i = 0; i < page.count && !sheets.failed; i++)
			block(&sheets, &page.items[i]);
		if (!sheets.failed)
			remarks(&sheets);
		feet(&sheets, page.items[1].label);
		rc = sheets_write(&sheets, out, "Verification report", in->made, err);
		sheets_release(&sheets);
	}
	page_release(&page);
	return rc;
}
