#define _XOPEN_SOURCE_EXTENDED 1
#include "tui/term/term.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <ncurses.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tui/term/glyph.h"

static SCREEN *screen;
static int is_utf8;
static attr_t looks[TONES];
static short pairs[TONES];
static volatile sig_atomic_t wants_end;

static void
on_end(int signal)
{
	(void)signal;
	wants_end = 1;
}

/* ---- open and close ---- */

/* Without colour the same differences, by other means. */
static const struct {
	attr_t plain; /* without colour */
	short colour; /* -1: the terminal's own */
	short behind;
	attr_t with_colour;
} look_of[TONES] = {
	[TONE_PLAIN] = { A_NORMAL, -1, -1, A_NORMAL },
	[TONE_DIM] = { A_DIM, -1, -1, A_DIM },
	[TONE_TITLE] = { A_BOLD, -1, -1, A_BOLD },
	[TONE_BAR] = { A_REVERSE, COLOR_WHITE, COLOR_BLUE, A_BOLD },
	[TONE_CHOSEN] = { A_REVERSE, COLOR_BLACK, COLOR_CYAN, A_NORMAL },
	[TONE_GOOD] = { A_NORMAL, COLOR_GREEN, -1, A_NORMAL },
	[TONE_WARN] = { A_BOLD, COLOR_YELLOW, -1, A_BOLD },
	[TONE_BAD] = { A_BOLD | A_UNDERLINE, COLOR_RED, -1, A_BOLD },
	[TONE_KEY] = { A_BOLD, COLOR_CYAN, -1, A_BOLD },
};

static void
choose_looks(void)
{
	const char *no_color = getenv("NO_COLOR"); /* set and not empty: no-color.org */
	int with_colour = (no_color == NULL || no_color[0] == '\0') && has_colors() &&
			  start_color() == OK && use_default_colors() == OK;
	short i;

	for (i = 0; i < TONES; i++) {
		looks[i] = with_colour ? look_of[i].with_colour : look_of[i].plain;
		pairs[i] = 0;
		if (with_colour && (look_of[i].colour >= 0 || look_of[i].behind >= 0) &&
		    init_pair((short)(i + 1), look_of[i].colour, look_of[i].behind) == OK)
			pairs[i] = (short)(i + 1);
	}
}

int
term_open(struct error *err)
{
	struct sigaction end = { .sa_handler = on_end };

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return error_set(err, ERROR_UNAVAILABLE,
		    "the console needs a terminal; in scripts, use `signet` with --json");
	setlocale(LC_ALL, "");
	is_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	screen = newterm(NULL, stdout, stdin);
	if (screen == NULL)
		return error_set(err, ERROR_UNAVAILABLE,
		    "the kind of terminal that TERM names is not known here: %s",
		    getenv("TERM") != NULL ? getenv("TERM") : "(TERM is not set)");
	set_term(screen);
	sigaction(SIGTERM, &end, NULL);
	sigaction(SIGHUP, &end, NULL);
	sigaction(SIGINT, &end, NULL);
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	set_escdelay(50);
	nodelay(stdscr, TRUE);
	curs_set(0);
	leaveok(stdscr, FALSE);
	choose_looks();
	return 0;
}

void
term_close(void)
{
	if (screen == NULL)
		return;
	endwin();
	delscreen(screen);
	screen = NULL;
}

int
term_rows(void)
{
	return LINES;
}

int
term_columns(void)
{
	return COLS;
}

/* ---- what is typed ---- */

static const struct {
	wint_t curses;
	uint32_t ours;
} keys[] = {
	{ KEY_UP, TERM_KEY_UP },
	{ KEY_DOWN, TERM_KEY_DOWN },
	{ KEY_LEFT, TERM_KEY_LEFT },
	{ KEY_RIGHT, TERM_KEY_RIGHT },
	{ KEY_PPAGE, TERM_KEY_PAGE_UP },
	{ KEY_NPAGE, TERM_KEY_PAGE_DOWN },
	{ KEY_HOME, TERM_KEY_HOME },
	{ KEY_END, TERM_KEY_END },
	{ KEY_ENTER, TERM_KEY_ENTER },
	{ KEY_BTAB, TERM_KEY_BACK_TAB },
	{ KEY_BACKSPACE, TERM_KEY_BACKSPACE },
	{ KEY_DC, TERM_KEY_DELETE },
};

static uint32_t
key_of(wint_t c, int is_function)
{
	size_t i;

	if (is_function) {
		for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
			if (keys[i].curses == c)
				return keys[i].ours;
		return TERM_KEY_OTHER;
	}
	switch (c) {
	case '\r':
	case '\n':
		return TERM_KEY_ENTER;
	case '\t':
		return TERM_KEY_TAB;
	case 0x1b:
		return TERM_KEY_ESCAPE;
	case 0x7f:
	case '\b':
		return TERM_KEY_BACKSPACE;
	default:
		return (uint32_t)c;
	}
}

/* What is there already: 1 with *event. */
static int
typed(enum term_event *event, uint32_t *key)
{
	wint_t c;
	int rc = get_wch(&c);

	if (rc == ERR)
		return 0;
	if (rc == KEY_CODE_YES && c == KEY_RESIZE) {
		*event = TERM_SIZED;
		return 1;
	}
	*key = key_of(c, rc == KEY_CODE_YES);
	*event = TERM_TYPED;
	return 1;
}

enum term_event
term_wait(int fd, int ms, uint32_t *key)
{
	struct pollfd fds[2] = { { STDIN_FILENO, POLLIN, 0 }, { fd, POLLIN, 0 } };
	enum term_event event;
	int n;

	if (wants_end)
		return TERM_GONE;
	if (typed(&event, key))
		return event;
	n = poll(fds, fd >= 0 ? 2 : 1, ms);
	if (wants_end || (n < 0 && errno != EINTR) ||
	    (n > 0 && (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0))
		return TERM_GONE;
	if (typed(&event, key)) /* after a signal too: the size may have changed */
		return event;
	if (n > 0 && fds[1].revents != 0)
		return TERM_WOKEN;
	return TERM_TIMED;
}

/* ---- the picture ---- */

void
term_erase(void)
{
	erase();
}

/* One character with what combines with it; at most so many as a cell of ncurses takes. */
struct cell {
	wchar_t wide[CCHARW_MAX];
	int count, width;
};

static size_t
take_cell(const char *s, struct cell *cell)
{
	uint32_t c;
	size_t at = glyph_next(s, &c), n;

	memset(cell, 0, sizeof(*cell));
	if (!is_utf8 && c > 0x7e)
		c = '?';
	cell->width = glyph_width(c);
	if (cell->width == 0) { /* nothing to combine with */
		cell->wide[cell->count++] = L' ';
		cell->width = 1;
	}
	cell->wide[cell->count++] = (wchar_t)c;
	while (is_utf8 && s[at] != '\0') {
		n = glyph_next(s + at, &c);
		if (glyph_width(c) != 0)
			break;
		if (cell->count < CCHARW_MAX - 1)
			cell->wide[cell->count++] = (wchar_t)c;
		at += n;
	}
	return at;
}

static void
put_cell(int row, int column, enum tone tone, const struct cell *cell)
{
	cchar_t out;

	if (setcchar(&out, cell->wide, looks[tone], pairs[tone], NULL) == OK)
		mvadd_wch(row, column, &out);
}

void
term_put(int row, int column, int width, enum tone tone, const char *text)
{
	static const struct cell blank = { L" ", 1, 1 }, cut_utf8 = { L"\u2026", 1, 1 },
				 cut_ascii = { L"~", 1, 1 };
	int at = column, end = column + width, is_cut;
	struct cell cell;
	size_t n;

	if (row < 0 || row >= LINES || column < 0 || width <= 0)
		return;
	if (end > COLS)
		end = COLS;
	is_cut = glyph_columns(text) > end - column;
	while (*text != '\0') {
		n = take_cell(text, &cell);
		if (at + cell.width + is_cut > end)
			break;
		put_cell(row, at, tone, &cell);
		at += cell.width;
		text += n;
	}
	if (is_cut && at < end)
		put_cell(row, at++, tone, is_utf8 ? &cut_utf8 : &cut_ascii);
	for (; at < end; at++)
		put_cell(row, at, tone, &blank);
}

void
term_rule(int row, int column, int width)
{
	if (row >= 0 && row < LINES)
		mvhline(row, column, is_utf8 ? ACS_HLINE : (chtype)'-', width);
}

void
term_cursor(int row, int column)
{
	curs_set(row < 0 ? 0 : 1);
	if (row >= 0)
		move(row, column);
}

void
term_show(void)
{
	refresh();
}

void
term_refresh_all(void)
{
	clearok(stdscr, TRUE);
}
