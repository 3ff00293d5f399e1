#include "signing/report/html.h"

#include "signing/report/markup.h"
#include "signing/report/page.h"

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
    "'unsafe-inline'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<title>Verification report</title>\n<style>\n"
    ":root{color-scheme:light "
    "dark;--good:#14692a;--open:#7a5600;--bad:#a81414;--line:#8885}\n"
    "@media(prefers-color-scheme:dark){:root{--good:#6bd089;--open:#e8bd55;--bad:#ff8f86}}\n"
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;"
    "overflow-wrap:anywhere}\n"
    "h1,h2,h3{line-height:1.25;break-after:avoid}h2{border-top:1px solid "
    "var(--line);padding-top:1rem}\n"
    ".verdict{border-left:.4rem solid;padding:.4rem 0 .4rem .8rem;margin:1rem 0}\n"
    ".verdict strong{display:block;font-size:1.2rem}\n"
    ".good{color:var(--good)}.open{color:var(--open)}.bad{color:var(--bad)}\n"
    "dl{display:grid;grid-template-columns:minmax(7rem,12rem) 1fr;gap:.15rem 1rem}"
    "dt{font-weight:600}dd{margin:0}\n"
    "table{border-collapse:collapse;width:100%}"
    "th,td{text-align:left;vertical-align:top;padding:.25rem .6rem .25rem "
    "0;border-bottom:1px solid var(--line)}\n"
    "td small{display:block;opacity:.75}\n"
    "@media(max-width:36rem){dl{grid-template-columns:1fr}}\n"
    "@media print{:root{color-scheme:light;--good:#14692a;--open:#7a5600;--bad:#a81414}"
    "body{margin:0;max-width:none;font-size:9.5pt}tr,dd{break-inside:avoid}}\n"
    "</style>\n</head>\n<body>\n<main>\n";

/* What the blocks before left open. */
enum group { GROUP_NONE, GROUP_FACTS, GROUP_CHECKS };

static void
enter(struct markup *m, enum group *at, enum group group)
{
	static const char *const ends[] = { "", "</dl>\n", "</tbody></table>\n" };
	static const char table[] = "<table><thead><tr><th scope=\"col\">Outcome</th>"
				    "<th scope=\"col\">Check</th></tr></thead><tbody>\n";
	static const char *const begins[] = { "", "<dl>\n", table };

	if (*at == group)
		return;
	markup_raw(m, ends[*at]);
	markup_raw(m, begins[group]);
	*at = group;
}

static const char *const classes[] = {
	[TONE_PLAIN] = "plain", [TONE_GOOD] = "good", [TONE_OPEN] = "open", [TONE_BAD] = "bad"
};

static void
open_with_class(struct markup *m, const char *name, enum page_tone tone)
{
	markup_raw(m, "<");
	markup_raw(m, name);
	if (tone != TONE_PLAIN)
		markup_attribute(m, "class", classes[tone]);
	markup_raw(m, ">");
}

static void
verdict(struct markup *m, const struct page_block *b)
{
	markup_raw(m, "<div class=\"verdict ");
	markup_raw(m, classes[b->tone]);
	markup_raw(m, "\">");
	markup_element(m, "strong", b->label);
	markup_text(m, b->text);
	markup_raw(m, "</div>\n");
}

static void
fact(struct markup *m, const struct page_block *b)
{
	markup_element(m, "dt", b->label);
	open_with_class(m, "dd", b->tone);
	markup_text(m, b->text);
	markup_raw(m, "</dd>\n");
}

static void
check(struct markup *m, const struct page_block *b)
{
	markup_raw(m, "<tr>");
	open_with_class(m, "td", b->tone);
	markup_text(m, b->label);
	markup_raw(m, "</td><td>");
	markup_text(m, b->text);
	markup_element_if(m, "small", b->detail);
	markup_raw(m, "</td></tr>\n");
}

static void
block(struct markup *m, const struct page_block *b, enum group *at)
{
	static const char *const names[] = { [PAGE_TITLE] = "h1",
		[PAGE_HEADING] = "h2",
		[PAGE_SUBHEADING] = "h3",
		[PAGE_TEXT] = "p" };

	enter(m, at,
	    b->kind == PAGE_FACT    ? GROUP_FACTS
	    : b->kind == PAGE_CHECK ? GROUP_CHECKS
				    : GROUP_NONE);
	switch (b->kind) {
	case PAGE_VERDICT:
		verdict(m, b);
		break;
	case PAGE_FACT:
		fact(m, b);
		break;
	case PAGE_CHECK:
		check(m, b);
		break;
	default:
		markup_element(m, names[b->kind], b->text);
		markup_raw(m, "\n");
		break;
	}
}

int
report_html_write(struct buf *out, const struct report_input *in, struct error *err)
{
	struct markup m = { .out = out, .err = err };
	const size_t before = out->len;
	enum group at = GROUP_NONE;
	struct page page;
	size_t i;

	if (page_make(&page, in, err) != 0)
		return -1;
	markup_raw(&m, head);
	for (i = 0; i < page.count; i++)
		block(&m, &page.items[i], &at);
	enter(&m, &at, GROUP_NONE);
	markup_raw(&m, "</main>\n</body>\n</html>\n");
	page_release(&page);
	if (!m.failed)
		return 0;
	out->len = before;
	return -1;
}
