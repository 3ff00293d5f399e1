/*
 * tui/term/glyph.h: text from elsewhere, made fit for a terminal.
 *
 * Names of users, subjects of certificates and file names are written by strangers. A terminal
 * obeys what it prints: escape sequences move the cursor or worse, bidi marks show another name
 * than there is. Whatever is not a visible character becomes U+FFFD, so that it is seen to be
 * there.
 */
#ifndef SIGNET_TUI_GLYPH_H
#define SIGNET_TUI_GLYPH_H

#include "server/base/text.h"

#define GLYPH_BAD TEXT_REPLACEMENT /* stands for what may not be shown */

/*
 * The character at `s`, which is not at its end, into *c; returns how many bytes it takes (at least
 * 1). Malformed UTF-8, control characters (C0, C1, line and paragraph separators), bidi marks,
 * zero-width and tag characters are GLYPH_BAD.
 */
size_t glyph_next(const char *s, uint32_t *c);
/* Columns that it takes: 2, 1, or 0 for one that combines with the one before. */
int glyph_width(uint32_t c);
/* Columns of a text as it will be shown. */
int glyph_columns(const char *s);

#endif
