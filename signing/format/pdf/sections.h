/*
 * signing/format/pdf/sections.h: how many cross-reference entries a PDF says that it has, before
 * the library makes each of them: a few hundred bytes can inflate to ten millions.
 */
#ifndef SIGNET_FORMAT_PDF_SECTIONS_H
#define SIGNET_FORMAT_PDF_SECTIONS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The entries of all cross-reference streams from the section at `startxref` by /Prev and /XRefStm,
 * by their /Index and /Size; those of tables stand in the file at their full length and are not
 * counted. `data` begins at "%PDF-". Stops where a section cannot be read, which the library will
 * refuse, and above `enough`.
 */
uint64_t pdf_sections_declare(
    const unsigned char *data, size_t len, uint64_t startxref, uint64_t enough);

#ifdef __cplusplus
}
#endif

#endif
