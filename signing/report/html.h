/*
 * signing/report/html.h: a report as one HTML page for people: no script, nothing that it loads
 * from elsewhere, readable in the dark, on paper and without styles.
 */
#ifndef SIGNET_SIGNING_REPORT_HTML_H
#define SIGNET_SIGNING_REPORT_HTML_H

#include "signing/report/input.h"

/* Append the page. On -1 `out` is as it was; errors as report_objects_make(). */
int report_html_write(struct buf *out, const struct report_input *in, struct error *err);

#endif
