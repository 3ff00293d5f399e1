/*
 * tui/screens/screen.h: a screen of the console is a row of tables: columns, what fills them, and
 * what may be done with what is chosen. The loop (console.c) knows no screen by name.
 *
 * Most of what a screen does is an operation of the service Administration: then it is named, and
 * its request is made of the chosen row and of what was typed. Anything else is a question of the
 * screen's own.
 */
#ifndef SIGNET_TUI_SCREEN_H
#define SIGNET_TUI_SCREEN_H

#include "tui/model/asker.h"
#include "tui/view/list.h"

/* What an action asks for before it is done; asked one after another. */
struct entry {
	const char *member; /* of the request */
	const char *label;
	const char *from;   /* member of the chosen row that it begins with, or NULL */
	const char *begins; /* or this text */
	int is_secret;	    /* asked twice */
	int may_be_empty;   /* then the request does without */
	int is_file;	    /* the name of a file: the certificate in it is sent */
	const char *find;   /* names, for which this operation (GetGroup) has the ids */
};

enum danger {
	DANGER_NONE,
	DANGER_ASKS,  /* y or n */
	DANGER_NAMES, /* the name of the thing must be typed: what cannot be undone */
};

struct screen;
struct action {
	uint32_t key;
	const char *label; /* "suspend" */
	enum danger danger;
	const char *words; /* said before it is done: "He cannot sign any more." */
	int needs_row;
	int (*fits)(
	    const json_t *row); /* NULL: any. Of those with the same key the first counts. */
	const struct entry *fields;
	size_t field_count;
	/*
	 * What is done: an operation, whose right it needs. `take` tells what of the row goes into
	 * its request: "id version memberId=of.id": members by name, or of another name, or of what
	 * the list is inside of. `fixed` is one more member, "state=Suspended".
	 */
	const char *operation;
	const char *take, *fixed;
	int shows;   /* the answer is shown, as by Enter */
	int filters; /* nothing is done: the list is asked anew, with the values */
	/* or a question of its own with its right: {"row", "of", "values"} to {"message"} or {} */
	const char *right;
	question *act;
	/* or a list that belongs to the row, as its members, or to none */
	const struct screen *inside;
};

struct screen {
	const char *name;  /* short, for the line of screens */
	const char *title; /* what it shows; of one that is inside of a row: "Members of" */
	const char *empty; /* words where there is nothing */
	const struct column *columns;
	size_t column_count;
	/*
	 * What fills it, whose right it needs: a list of the service Administration (it filters and
	 * sorts as that can), with members of `of` taken as an action takes them; or `right` and a
	 * question of its own: in: {"filter", "sort", "token", "size", "of"}; out: a page as
	 * list_take() takes it. A screen without columns shows the object that comes; with
	 * `is_matrix` it is a page as matrix_take() takes it.
	 */
	const char *list, *take;
	/* The members that `/` and `s` set; NULL: "filter" and "order". */
	const char *filter, *sort;
	const char *right;
	question *fill;
	int is_matrix;
	int can_filter;
	/* Make of a row what the columns show, and of an answer what Enter shows. */
	void (*dress)(json_t *row), (*detail)(json_t *thing);
	/*
	 * What Enter shows: the answer to this operation, by the row's id or what `get_take` says;
	 * or to this question, which gets the row.
	 */
	const char *get, *get_take;
	question *open;
	int refresh_seconds; /* 0: only when asked */
	const struct action *actions;
	size_t action_count;
};
/* A table and how many rows it has, as two members. */
#define ROWS_OF(rows, count, table) rows = (table), count = sizeof(table) / sizeof((table)[0])

extern const struct screen *const all_screens[];
extern const size_t screen_count;

/* The right that fills the screen, and the one that the action needs. */
const char *screen_right(const struct screen *screen);
const char *action_right(const struct action *action);
/* The orders that the server knows for it, NULL at the end; or NULL. */
const char *const *screen_sorts(const struct screen *screen);
int screen_filters(const struct screen *screen);

/* For `fits`: by the member "state". */
int row_is_active(const json_t *row);
int row_is_suspended(const json_t *row);
int row_is_disabled(const json_t *row);

/* For `detail`: without the id that `dress` made; without the bytes of the certificate. */
void forget_id(json_t *thing);
void without_bytes(json_t *thing);

/* Who is calling: asked when the connection is made. */
question ask_who;
/* For an action: what the server thinks of the row's "certificate" now, with its revocation. */
#define VALIDATE                                                                                   \
	{                                                                                          \
		.key = 'v', .label = "validate", .right = "ValidateCertificate", .needs_row = 1,   \
		.act = ask_validity, .shows = 1                                                    \
	}
question ask_validity;

#endif
