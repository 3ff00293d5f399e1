/*
 * tui/screens/screen.h: a screen of the console is a row of tables: columns, what fills them, and
 * what may be done with what is chosen. The loop (console.c) knows no screen by name.
 */
#ifndef SIGNET_TUI_SCREEN_H
#define SIGNET_TUI_SCREEN_H

#include "tui/model/asker.h"
#include "tui/view/list.h"

/* What an action asks for before it is done; asked one after another. */
struct field {
	const char *member; /* of the question's "values" */
	const char *label;
	const char *from; /* member of the chosen row that it begins with, or NULL */
	int is_secret;	  /* asked twice */
	int may_be_empty;
};

enum danger {
	DANGER_NONE,
	DANGER_ASKS,  /* y or n */
	DANGER_NAMES, /* the name of the thing must be typed: what cannot be undone */
};

struct action {
	uint32_t key;
	const char *label; /* "suspend" */
	const char *right; /* the operation that it needs */
	enum danger danger;
	const char *words; /* said before it is done: "He cannot sign any more." */
	int needs_row;
	const struct field *fields;
	size_t field_count;
	/* in: {"row": the chosen one, "values": {...}}; out: {"message": what to say} or {} */
	question *act;
};

struct screen {
	const char *name;  /* short, for the line of screens */
	const char *title; /* what it shows */
	const char *right; /* the operation that fills it */
	const char *empty; /* words where there is nothing */
	const struct column *columns;
	size_t column_count;
	/*
	 * in: {"filter", "sort", "token", "size"}; out: a page as list_take() takes it. A screen
	 * without columns shows the object that comes.
	 */
	question *fill;
	/* What Enter shows of the row: in: the row; NULL: the row itself. */
	question *open;
	const char *const *sorts; /* that the server knows, NULL at the end; or NULL */
	int can_filter;
	int refresh_seconds; /* 0: only when asked */
	const struct action *actions;
	size_t action_count;
};

extern const struct screen *const all_screens[];
extern const size_t screen_count;
extern const struct screen screen_status, screen_keys, screen_cases;

/* Who is calling: asked when the connection is made. */
question ask_who;

#endif
