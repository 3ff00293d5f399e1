/*
 * signing/report/page.h: what people are told of a verdict, as a list of blocks that the page in
 * HTML and the PDF are both written from. Only for this folder.
 */
#ifndef SIGNET_SIGNING_REPORT_PAGE_H
#define SIGNET_SIGNING_REPORT_PAGE_H

#include "signing/report/input.h"
#include "signing/report/objects.h"

enum page_kind {
	PAGE_TITLE,
	PAGE_VERDICT, /* label: the word; text: the reason */
	PAGE_HEADING,
	PAGE_SUBHEADING,
	PAGE_TEXT,
	PAGE_FACT, /* label and text */
	PAGE_CHECK /* label: what came of it; text: the sentence; detail: block and code */
};
/* Always beside a word that says the same. */
enum page_tone { TONE_PLAIN, TONE_GOOD, TONE_OPEN, TONE_BAD };

/*
 * Well-formed UTF-8 without control characters, characters without a shape, and marks that change
 * the direction of writing: each of these is told as its number, "<U+202E>", so that no name can
 * pose as another.
 */
struct page_block {
	enum page_kind kind;
	enum page_tone tone;
	char *label, *text, *detail; /* NULL where a kind has none */
};
struct page {
	const struct report_input *in;	      /* while it is made */
	const struct report_objects *objects; /* whose ids it names, as the report in XML does */
	struct page_block *items;
	size_t count;
	int failed; /* no memory for one */
};

/* The blocks of a report; on 0 the caller's for page_release(). Errors as report_objects_make(). */
int page_make(struct page *page, const struct report_input *in, struct error *err);
void page_release(struct page *page);

/* For page_make()'s own files: strings are copied and made harmless. */
void page_add(struct page *page, enum page_kind kind, enum page_tone tone, const char *label,
    const char *text, const char *detail);
void page_fact(struct page *page, const char *label, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* A copy as above; NULL without memory. */
char *page_harmless(const char *text);

/* page_parts.c: what signatures, time stamps and certificates have in common. */
const char *page_word(enum indication indication); /* "Valid", ... */
enum page_tone page_tone_of(enum indication indication);
void page_verdict(struct page *page, const struct verify_conclusion *conclusion);
void page_certificate(struct page *page, const char *label, X509 *cert);
void page_level(struct page *page, const struct verify_qualification *q);
/* Whether it is qualified, and by what; `first` and `last` are what the two times are of. */
void page_qualification(
    struct page *page, const struct verify_qualification *q, const char *first, const char *last);
void page_path(struct page *page, const struct path_result *path, const struct verify_trust *trust);
void page_checks(struct page *page, const struct verify_checks *checks);
void page_timestamp(struct page *page, const char *heading, const struct verify_timestamp *t);
/* Of whom a page tells as the signer: not one whom the signature neither names nor is by. */
X509 *page_signer(const struct signature *sig);
/* page_summary.c: who, when, what, until when; why not, and what to do. */
void page_summary(struct page *page, const struct report_input *in);
/* page_limits.c: encrypted layers, and what the verdict does not say. */
void page_layers(struct page *page, const struct report_input *in);
void page_limits(struct page *page, const struct report_input *in);

#endif
