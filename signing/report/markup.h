/*
 * signing/report/markup.h: XML and HTML, written front to back into a buffer; whatever text comes
 * in cannot leave its place. Only for this folder.
 */
#ifndef SIGNET_SIGNING_REPORT_MARKUP_H
#define SIGNET_SIGNING_REPORT_MARKUP_H

#include <stdint.h>

#include "server/base/buf.h"

/* Writers go on after a failure and ask in the end: nothing is written from then on. */
struct markup {
	struct buf *out;
	struct error *err;
	int failed; /* 1: err holds the failure */
};

/* As it stands: literals only. */
void markup_raw(struct markup *m, const char *literal);
/*
 * Text, in an element or in a quoted attribute: the characters of markup escaped, bytes that are no
 * UTF-8 and characters that XML 1.0 does not have as U+FFFD. NULL is "".
 */
void markup_text(struct markup *m, const char *text);
void markup_number(struct markup *m, int64_t number);
void markup_time(struct markup *m, int64_t seconds);
void markup_base64(struct markup *m, struct span bytes);
/* ` name="text"` */
void markup_attribute(struct markup *m, const char *name, const char *text);
/* <name>text</name>; the _if form writes nothing for NULL and "". */
void markup_element(struct markup *m, const char *name, const char *text);
void markup_element_if(struct markup *m, const char *name, const char *text);
void markup_time_element(struct markup *m, const char *name, int64_t seconds);
void markup_base64_element(struct markup *m, const char *name, struct span bytes);
void markup_open(struct markup *m, const char *name);
void markup_close(struct markup *m, const char *name);

#endif
