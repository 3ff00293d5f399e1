/*
 * tests/support/screens.h: screens of the console as a person sees them, compared with the ones
 * that are shown in a Markdown file: what people read there is what the console shows.
 *
 * A screen stands behind the line "### NAME" between two lines of "```". Times, ids, digests and
 * ports are other ones each time: digits, and words that are hex, count as equal.
 */
#ifndef SIGNET_TESTS_SCREENS_H
#define SIGNET_TESTS_SCREENS_H

#include "tests/support/live.h"
#include "tests/support/terminal.h"

/*
 * 1 when the terminal shows what the file has behind the heading, at once or within 20 s; else 0
 * after both on standard error. With SIGNET_WRITE_SCREENS in the environment the file gets what is
 * shown once `words` are there and nothing is loading any more (1), in place of what it had.
 */
int screen_is_as_in(struct terminal *t, const char *file, const char *heading, const char *words);

/* The console for whom the configuration names, in the folder of the installation: 1 or 0. */
int console_open(
    struct terminal *t, const struct live *live, const char *config, int columns, int rows);
/* By the name of the screen, as a person goes there who knows no digit, until `words` are seen. */
int console_go_to(struct terminal *t, const char *screen, const char *words);
/* Only what the server finds by this filter, until `words` are seen. */
int console_only(struct terminal *t, const char *name, const char *words);

/* A screen that a file tells: what is opened, and where it stands there. */
struct screen_told {
	const char *config, *screen, *heading;
	const char *words; /* that the screen has */
	const char *key;   /* typed then, or NULL */
	const char *after; /* words that are there then */
	int only_small;	   /* more rows show what becomes more with each release */
};
#define SCREENS_SMALL "tui/screens/SCREENS.md"	       /* 80x24 */
#define SCREENS_LARGE "tests/system/SCREENS-200x60.md" /* 200x60 */
/* 1 when each of them is what its file has, at 80x24 or (`is_large`) at 200x60. */
int screens_are_as_told(
    const struct live *live, const struct screen_told *told, size_t count, int is_large);

#endif
