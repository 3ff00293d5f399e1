/*
 * tui/term/term.h: the terminal: a picture of text, and what is typed. The only part that knows
 * ncurses. One terminal a process; one thread.
 *
 * Nothing is on the screen before term_show(). Text is UTF-8 from anywhere (see glyph.h); on a
 * terminal without UTF-8, what is not ASCII is '?'.
 */
#ifndef SIGNET_TUI_TERM_H
#define SIGNET_TUI_TERM_H

#include "server/base/error.h"

#include <stdint.h>

/* What a text means; how that looks is the terminal's affair (NO_COLOR, monochrome). */
enum tone {
	TONE_PLAIN,
	TONE_DIM,
	TONE_TITLE,
	TONE_BAR,
	TONE_CHOSEN,
	TONE_GOOD,
	TONE_WARN,
	TONE_BAD,
	TONE_KEY,
	TONES
};

/* Keys that are no characters; characters are their code points. */
enum term_key {
	TERM_KEY_UP = 0x110001,
	TERM_KEY_DOWN,
	TERM_KEY_LEFT,
	TERM_KEY_RIGHT,
	TERM_KEY_PAGE_UP,
	TERM_KEY_PAGE_DOWN,
	TERM_KEY_HOME,
	TERM_KEY_END,
	TERM_KEY_ENTER,
	TERM_KEY_ESCAPE,
	TERM_KEY_TAB,
	TERM_KEY_BACK_TAB,
	TERM_KEY_BACKSPACE,
	TERM_KEY_DELETE,
	TERM_KEY_OTHER, /* one that means nothing here */
};
#define TERM_CTRL(letter) ((letter)&0x1f)

enum term_event {
	TERM_TYPED, /* *key */
	TERM_SIZED, /* the window has another size: draw again */
	TERM_WOKEN, /* the descriptor can be read */
	TERM_TIMED, /* the time is over */
	TERM_GONE,  /* the terminal is gone, or a signal wants an end */
};

/* ERROR_UNAVAILABLE when there is no terminal, or none that is known (TERM). */
int term_open(struct error *err);
void term_close(void); /* leaves the screen as it was before; safe when not open */

int term_rows(void);
int term_columns(void);
/* Wait for what is typed, for `fd` (-1: none) or for `ms` (-1: for ever). */
enum term_event term_wait(int fd, int ms, uint32_t *key);

/* Empty the picture. */
void term_erase(void);
/*
 * Text at a place, in exactly `width` columns: filled up with blanks, or cut with a mark at its
 * end. What lies outside of the screen is left out.
 */
void term_put(int row, int column, int width, enum tone tone, const char *text);
/* A horizontal line. */
void term_rule(int row, int column, int width);
/* Where the cursor stands from now on; row -1: nowhere. */
void term_cursor(int row, int column);
/* Put the picture on the screen; only what changed is sent. */
void term_show(void);
/* Draw all of it anew: another program may have written over it. */
void term_refresh_all(void);

#endif
