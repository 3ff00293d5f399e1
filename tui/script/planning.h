/* tui/script/planning.h: a plan under way, for plan.c and relate.c alone. */
#ifndef SIGNET_TUI_SCRIPT_PLANNING_H
#define SIGNET_TUI_SCRIPT_PLANNING_H

#include "tui/script/script.h"

struct planning {
	const json_t *wanted, *known;
	enum script_removal removal;
	json_t *steps, *last; /* `last` comes behind all other steps */
	struct error *err;
};
/* A thing that is wanted; `is` is what is known of it, NULL: it is made. */
struct planned {
	struct planning *plan;
	const struct script_kind *kind;
	const char *name;
	const json_t *wish, *is;
};

/* Takes the request (NULL: none). */
void plan_step(const struct planned *t, const char *what_is_done, const char *operation,
    json_t *request, const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* The same for what is too much: removed where that is wished, else told as staying. */
void plan_surplus(const struct planned *t, const char *operation, json_t *request, const char *fmt,
    ...) __attribute__((format(printf, 4, 5)));
/* {"of": [kind, name, member]} */
json_t *plan_of(const char *kind, const char *name, const char *member);
/* ERROR_NOT_FOUND when the group is neither wanted nor known. */
int plan_check_group(const struct planned *t, const char *group);
/* 1 when the list has the text. */
int plan_has(const json_t *list, const char *text);

/* Of a user that is wanted: the script has a certificate or a password for him. */
int plan_has_credentials(const struct planned *t);

/* What the thing is to be in, to have and to be trusted for, beside its own members. */
int plan_relations(const struct planned *t);

#endif
