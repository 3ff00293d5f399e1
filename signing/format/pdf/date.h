/* signing/format/pdf/date.h: dates as PDF writes them (ISO 32000-2 clause 7.9.4). */
#ifndef SIGNET_FORMAT_PDF_DATE_H
#define SIGNET_FORMAT_PDF_DATE_H

#include <stdint.h>

/* "D:20260301120000+01'00'" as seconds since 1970; no zone: UTC. 0 or -1. */
int pdf_date_parse(const char *s, int64_t *seconds);

#endif
