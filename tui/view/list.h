/*
 * tui/view/list.h: rows of a table, of which one is chosen; more are asked for as they are needed.
 *
 * Rows are JSON objects, as the command line prints them. A list knows pages and not how they are
 * had: whoever owns it looks at list_wants_more() after each key, and hands pages in.
 */
#ifndef SIGNET_TUI_LIST_H
#define SIGNET_TUI_LIST_H

#include <jansson.h>
#include <stdint.h>

#include "tui/term/term.h"
#include "tui/view/area.h"

enum column_kind {
	COLUMN_TEXT,
	COLUMN_TIME,  /* xs:dateTime, shown as "2026-03-01 12:00" */
	COLUMN_COUNT, /* to the right */
	COLUMN_STATE, /* a word with a tone: see list_state_tone() */
	COLUMN_FLAG,  /* a boolean: the title where it is true, nothing where not */
	COLUMN_TEXTS, /* an array of texts, or of things with names, with commas */
};
struct column {
	const char *title;
	const char *member; /* of the row */
	enum column_kind kind;
	int least;  /* columns that it needs; what does not fit is left out from the right */
	int weight; /* its share of what is left over; 0: none */
};

struct list {
	const struct column *columns;
	size_t column_count;
	json_t *rows; /* array; owned */
	size_t chosen, top;
	char next[256]; /* token of the page behind the rows, "" at the end */
	long long total;
	int has_total;
	int is_complete; /* a page came, and there is none behind it */
};

void list_init(struct list *list, const struct column *columns, size_t count);
void list_release(struct list *list);
/* Forget the rows, and the place among them. */
void list_clear(struct list *list);
/*
 * Take a page {"items": [...], "next": "...", "total": n}; the reference stays the caller's.
 * `anew`: it is the first page, instead of all rows; the chosen one stays chosen if its "id" (or
 * "name") is still there.
 */
void list_take(struct list *list, const json_t *page, int anew);
/* The row that is chosen, or NULL. */
json_t *list_chosen(const struct list *list);
/* 1 when the key moved in the list. `rows`: as many are shown at a time. */
int list_key(struct list *list, uint32_t key, int rows);
/* 1 when less than two screens of rows are left behind the chosen one, and there are more. */
int list_wants_more(const struct list *list, int rows);
/* A line of titles, then rows. `empty`: words where there are none. */
void list_draw(struct list *list, const struct area *area, const char *empty);
/* "1-20 of 3,000". */
void list_place(const struct list *list, int rows, char *out, size_t size);

/* The value of a member as text; returns out. */
const char *list_text(char *out, size_t size, const json_t *row, const struct column *column);
/* Good, warning, bad, dim or plain, by the word. */
enum tone list_state_tone(const char *word);

#endif
