/* tui/screens/console.h: what the files of the console's loop share. */
#ifndef SIGNET_TUI_CONSOLE_H
#define SIGNET_TUI_CONSOLE_H

#include "tui/model/settings.h"
#include "tui/screens/ask.h"
#include "tui/view/matrix.h"
#include "tui/view/pager.h"
#include "tui/view/prompt.h"

#define SCREENS_MAX 40

/* A screen with what it shows now. */
struct pane {
	const struct screen *screen;
	struct list list;
	struct matrix matrix; /* of a screen that is one */
	struct pager pager;   /* of a screen without columns */
	json_t *of;	      /* the row that it is inside of, or NULL */
	json_t *criteria;     /* more that the list is asked with, or NULL */
	char filter[256];
	size_t sort;	/* place in screen_sorts() */
	uint64_t asked; /* number of the question for rows that is under way, 0: none */
	int asked_anew; /* it is for the first page */
	int is_filled;
	int is_stale; /* something was changed since it was asked */
	int64_t filled_us;
	char failure[400]; /* why it could not be filled, or "" */
};

enum mode {
	MODE_BROWSE,
	MODE_DETAIL,
	MODE_HELP,
	MODE_FILTER,
	MODE_GOTO,
	MODE_FIELDS,
	MODE_CONFIRM,
	MODE_SIGN_IN
};

struct console {
	struct asker *asker;
	struct settings *settings; /* where, and as whom */
	int is_name_typed;
	struct pane panes[SCREENS_MAX];
	struct pane inner; /* the list inside of a row of the current one */
	int is_inside;
	size_t current;
	enum mode mode;
	struct pager detail;  /* of MODE_DETAIL and MODE_HELP */
	struct prompt prompt; /* of all modes in which something is typed */
	uint64_t detail_asked, act_asked, who_asked;
	int act_shows; /* what act_asked answers is to be seen */
	/* the action that is being prepared */
	const struct action *action;
	size_t field;
	char once[PROMPT_MAX]; /* a secret, typed the first time */
	json_t *row, *values;
	/* who calls; NULL before it is known */
	json_t *who;
	/* the connection */
	char lost[400];	  /* why it is lost, or "" */
	int64_t retry_us; /* when it is tried again */
	unsigned int tries;
	char message[400];
	enum tone tone;
	int is_ending;
};

static inline struct pane *
console_pane(struct console *c)
{
	return c->is_inside ? &c->inner : &c->panes[c->current];
}
/* NULL: he may. Else why not, in words; static memory of `out`. */
const char *console_refusal(const struct console *c, const char *right, char *out, size_t size);
void console_say(struct console *c, enum tone tone, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Rows that a list of this screen shows. */
int console_rows(void);

/* ---- pane.c: a screen and its rows ---- */
void pane_open(struct pane *pane, const struct screen *screen);
void pane_close(struct pane *pane);
/* What is chosen in it: a new reference, or NULL. */
json_t *pane_chosen(const struct pane *pane);
/* What tells a row from others, for people: its name, else its id. */
const char *row_name(const json_t *row);
/* Fill the pane; `anew`: from its first page, else with the next. */
void pane_fill(struct console *c, struct pane *pane, int anew);
void pane_take(struct pane *pane, const struct answer *answer);
/* Another filter: what came for the last one is not wanted any more. */
void pane_forget(struct pane *pane);
/* A key that moves in it. */
void pane_key(struct console *c, struct pane *pane, uint32_t key);

/* ---- console.c ---- */
/* A new connection, with the settings as they are now. */
void console_connect(struct console *c);
void console_show(struct console *c, size_t screen);
/* Show the list that belongs to the row; console_leave() is the way back. */
void console_enter(struct console *c, const struct screen *screen, json_t *row);
void console_leave(struct console *c);

/* ---- act.c: from a key to the question ---- */
/* 1: the key was one of the screen's own. */
int act_key_pressed(struct console *c, uint32_t key);
void act_key(struct console *c, uint32_t key); /* in MODE_FIELDS, MODE_CONFIRM */
void act_end(struct console *c);	       /* forget what was prepared */

/* ---- sign_in.c: who calls, before the server is asked anything ---- */
/* 1: something must be typed first, and is asked for. */
int sign_in_needed(struct console *c);
/* The first answer failed: if by what was typed or stood in a file, ask for that again. */
void sign_in_again(struct console *c, const struct answer *failed);
void sign_in_key(struct console *c, uint32_t key);
/* What is asked for, and what is said of it. */
void sign_in_label(const struct console *c, char *out, size_t size);
void sign_in_words(const struct console *c, char *out, size_t size);

/* ---- find.c: filter and go to ---- */
void filter_start(struct console *c);
void filter_key(struct console *c, uint32_t key);
void goto_start(struct console *c);
void goto_key(struct console *c, uint32_t key);
/* Names of the screens that begin with what was typed; the first is where Enter goes. */
const char *goto_names(const struct console *c, char *out, size_t size);

/* ---- draw.c ---- */
void draw(struct console *c);
/* ---- help.c: the text of `?` ---- */
void help_text(struct console *c, struct pager *pager);
/* How a key is called: "Space", "a". */
const char *key_name(uint32_t key, char out[8]);

#endif
