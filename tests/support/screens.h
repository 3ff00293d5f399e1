/*
 * tests/support/screens.h: screens of the console as a person sees them, compared with the ones
 * that are shown in a Markdown file: what people read there is what the console shows.
 *
 * A screen stands behind the line "### NAME" between two lines of "```". Times, ids, digests and
 * ports are other ones each time: digits, and words that are hex, count as equal.
 */
#ifndef SIGNET_TESTS_SCREENS_H
#define SIGNET_TESTS_SCREENS_H

#include "tests/support/terminal.h"

/*
 * 1 when the terminal shows what the file has behind the heading, at once or within 20 s; else 0
 * after both on standard error. With SIGNET_WRITE_SCREENS in the environment the file gets what is
 * shown once `words` are there and nothing is loading any more (1), in place of what it had.
 */
int screen_is_as_in(struct terminal *t, const char *file, const char *heading, const char *words);

#endif
