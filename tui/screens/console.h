/* tui/screens/console.h: what the files of the console's loop share. */
#ifndef SIGNET_TUI_CONSOLE_H
#define SIGNET_TUI_CONSOLE_H

#include "tui/screens/screen.h"
#include "tui/view/pager.h"
#include "tui/view/prompt.h"

#define SCREENS_MAX 16

/* A screen with what it shows now. */
struct pane {
	const struct screen *screen;
	struct list list;
	struct pager pager; /* of a screen without columns */
	char filter[256];
	size_t sort;	/* place in screen->sorts */
	uint64_t asked; /* number of the question for rows that is under way, 0: none */
	int asked_anew; /* it is for the first page */
	int is_filled;
	int64_t filled_us;
	char failure[400]; /* why it could not be filled, or "" */
};

enum mode { MODE_BROWSE, MODE_DETAIL, MODE_HELP, MODE_FILTER, MODE_FIELDS, MODE_CONFIRM };

struct console {
	struct asker *asker;
	const char *endpoint;
	struct pane panes[SCREENS_MAX];
	size_t current;
	enum mode mode;
	struct pager detail;  /* of MODE_DETAIL and MODE_HELP */
	struct prompt prompt; /* of MODE_FILTER, MODE_FIELDS, MODE_CONFIRM */
	uint64_t detail_asked, act_asked, who_asked;
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
	return &c->panes[c->current];
}
/* NULL: he may. Else why not, in words; static memory of `out`. */
const char *console_refusal(const struct console *c, const char *right, char *out, size_t size);
void console_say(struct console *c, enum tone tone, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Rows that a list of this screen shows. */
int console_rows(void);

/* ---- console.c ---- */
/* Fill the pane; `anew`: from its first page, else with the next. */
void console_fill(struct console *c, struct pane *pane, int anew);
void console_show(struct console *c, size_t screen);

/* ---- act.c: from a key to the question ---- */
void act_start(struct console *c, const struct action *action);
void act_key(struct console *c, uint32_t key); /* in MODE_FIELDS, MODE_CONFIRM */
void act_end(struct console *c);	       /* forget what was prepared */

/* ---- draw.c ---- */
void draw(struct console *c);
/* The text of `?`. */
void help_text(const struct console *c, struct pager *pager);

#endif
