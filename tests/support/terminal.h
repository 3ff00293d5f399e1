/*
 * tests/support/terminal.h: a program on a terminal of a given size (tmux plays it): keys go in,
 * the screen as a person would see it comes out.
 */
#ifndef SIGNET_TESTS_TERMINAL_H
#define SIGNET_TESTS_TERMINAL_H

#include "server/base/buf.h"

struct terminal {
	char dir[64]; /* of the socket and the pipe */
	int drawn;    /* can be read when something was drawn */
	struct buf screen;
};

/* Run a shell command on it; 0 or -1 with the reason on standard error. */
int terminal_start(struct terminal *t, int columns, int rows, const char *command);
void terminal_stop(struct terminal *t); /* ends the program; nothing is left */
/* Keys by tmux's names ("Enter", "Escape", "Down", "C-l"), or a text with `is_text`. */
void terminal_key(struct terminal *t, const char *key);
void terminal_text(struct terminal *t, const char *text);
void terminal_resize(struct terminal *t, int columns, int rows);
/* The screen now: lines with '\n', no blanks at their ends; until the next call. */
const char *terminal_screen(struct terminal *t);
/*
 * Wait until the screen holds (or, `gone`, does not hold) these words, 20 s at most; each time
 * something is drawn it is looked at. 1, or 0 after the screen on standard error.
 */
int terminal_shows(struct terminal *t, const char *words);
int terminal_shows_no(struct terminal *t, const char *words);
int terminal_is_coloured(struct terminal *t);
/* Wait until something is drawn, or a quarter of a second. */
void terminal_await_drawing(struct terminal *t);
/*
 * How many milliseconds after `start_us` the program has written these words (which it writes in
 * one piece) to the terminal; -1: not within 20 s. Nothing may have looked at the terminal before.
 */
int terminal_draws_within(struct terminal *t, const char *words, int64_t start_us);

#endif
