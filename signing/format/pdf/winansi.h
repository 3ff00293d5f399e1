/* signing/format/pdf/winansi.h: WinAnsiEncoding (ISO 32000-2 annex D.2) and Helvetica's widths. */
#ifndef SIGNET_FORMAT_PDF_WINANSI_H
#define SIGNET_FORMAT_PDF_WINANSI_H

#include "server/base/buf.h"

/* Append UTF-8 text in WinAnsi. ERROR_UNSUPPORTED names the first character that it lacks. */
int winansi_from_utf8(struct buf *out, struct span utf8, struct error *err);
/* Width of the text set in Helvetica of size 1000. */
unsigned int winansi_width(struct span text);

#endif
