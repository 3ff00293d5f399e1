/*
 * tui/cli/admin_job.h: one run of a command of administration, for admin_verbs.c, admin_request.c
 * and cmd_admin.c alone.
 */
#ifndef SIGNET_TUI_ADMIN_JOB_H
#define SIGNET_TUI_ADMIN_JOB_H

#include "tui/cli/admin.h"

/* The options that all of these commands share. */
enum admin_option {
	O_FILTER,
	O_ORDER,
	O_LIMIT,
	O_NAME,
	O_DESCRIPTION,
	O_STATE,
	O_VALID_UNTIL,
	O_FOR_EVER,
	O_PASSWORD,
	O_CERTIFICATE,
	O_GROUP,
	O_KEY,
	O_OBJECT,
	O_OBJECT_ID,
	O_AT,
	O_METHOD,
	O_OPENS_TO,
	O_HOST,
	O_URL_PATH,
	O_STRANGER,
	O_USER,
	O_SIGN_ON_STATE,
	O_LIST,
	O_CHOSEN,
	O_LATER,
	O_USAGE,
	O_CRL,
	O_OCSP,
	O_AGAINST,
	O_URL,
	O_PLACE,
	O_POLICY,
	O_TIMEOUT,
	O_DEFAULT,
	O_TYPE,
	O_SIZE,
	O_SUBJECT,
	O_REPLACES,
	O_EVERY,
	O_DAILY,
	ADMIN_OPTIONS
};
extern const struct option_row admin_options[ADMIN_OPTIONS];

/* A row for each verb. */
struct verb {
	const char *command, *word;
	const char *operation;
	const char *find, *as;	   /* the first argument: found by this, its id is that field */
	const char *member;	   /* the second argument: found by this, as memberId */
	const char *arguments;	   /* the other arguments are these fields */
	const char *field, *fixed; /* a field with this value */
	const char *usage;
};
/* NULL: the command has no such verb. */
const struct verb *find_verb(const char *command, const char *word);
/* Say which there are: EXIT_USAGE. */
int say_verbs(const struct context *context, const char *command);

#define LISTS	    4 /* options that fill a list of the request */
#define GROUPS_MOST 16
#define ITEMS_MOST  16

/* One run of a command. */
struct job {
	struct context *context;
	const struct verb *verb;
	char *value[ADMIN_OPTIONS];
	char *groups[GROUPS_MOST];
	int group_count;
	char *items[LISTS][ITEMS_MOST];
	int item_count[LISTS];
	struct record_arena arena;
	struct buf certificate;
};

/* An option of the command line is kept. */
void keep_option(struct job *j, int id, char *value);

/* The field's place; map->count: there is none. */
size_t place(const struct map *map, const char *field);
/* The field with this text (NULL: as it is); NULL where there is none. */
struct record_value *set(
    const struct map *map, struct record_value *values, const char *field, const char *text);
/* The things that are answered, as values; NULL after saying why not: *rc. */
struct record_value *ask(struct job *j, const struct mapping_operation *op,
    const struct record_value *request, const char *object, void **answer, int *rc);
/* The request of the verb from what the command line says: EXIT_PASSED, or all is told. */
int make_request(
    struct job *j, const struct map *map, struct record_value *values, int argc, char **argv);

/* Of each command. */
int cmd_admin(struct context *context, int argc, char **argv);

#endif
