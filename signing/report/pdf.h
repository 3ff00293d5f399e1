/*
 * signing/report/pdf.h: a report as PDF: the page of html.h on paper, with a font inside, so that
 * every name is shown as it is. Characters that the font lacks are told by their number.
 *
 * Written right to left are Hebrew and Arabic, the latter without joined letters. It is no PDF/A:
 * it has neither tags nor an output intent.
 */
#ifndef SIGNET_SIGNING_REPORT_PDF_H
#define SIGNET_SIGNING_REPORT_PDF_H

#include "signing/report/input.h"

/* Append the document. On -1 `out` is as it was; errors as report_objects_make(). */
int report_pdf_write(struct buf *out, const struct report_input *in, struct error *err);

#endif
