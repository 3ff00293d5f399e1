/*
 * tui/script/script.h: a tenant's administration as a text, man signet-apply(5), and what is to be
 * done so that the tenant becomes as the text says. Pure: no file is opened and nobody is asked,
 * but for what script_state() and script_run() ask by the function that they are given.
 *
 * A model is what a text says, as JSON: {"group": {"clerks": {"description": "...", "group": [...],
 * "right": {"SignDocument": true}}}, "user": ...}: kinds, names, and the members of the contract.
 * What is known of a tenant has the same form, and of each thing its id and version.
 *	group	names of groups that it is in
 *	right	by operation: true, or the objects that it is narrowed to: "Key seal", "Archive ID"
 *	key	of a group: names of keys that it may use
 *	certificate	of a user: base64 of each; what is suspended stands in `suspended` as well
 * Null, "", no items and no member at all are the same when things are compared; only a member that
 * is there is compared.
 */
#ifndef SIGNET_TUI_SCRIPT_H
#define SIGNET_TUI_SCRIPT_H

#include <jansson.h>

#include "server/base/buf.h"

#define SCRIPT_TEXT_MAX ((size_t)64 << 20)

/* ---- kinds of things, and their parts: kinds.c ---- */

enum script_type {
	SCRIPT_TEXT,
	SCRIPT_TIME,
	SCRIPT_NUMBER,
	SCRIPT_FLAG,
	SCRIPT_LIST,   /* texts, in no order */
	SCRIPT_GROUPS, /* names of groups, in no order */
	SCRIPT_FILE,   /* the name of a file with what another part has, or with a password */
	SCRIPT_FILES,
	SCRIPT_BYTES,	/* one certificate, base64 */
	SCRIPT_RIGHTS,	/* operations, whole; sections "right" have those that are narrowed */
	SCRIPT_KEYS,	/* names of keys that a group may use */
	SCRIPT_CENTRES, /* trust centres of the list */
};
#define SCRIPT_MADE    1u /* goes into the operation that makes the thing */
#define SCRIPT_CHANGED 2u /* goes into the one that changes it */
#define SCRIPT_FACT    4u /* tells of the thing, and cannot be sent */

struct script_part {
	const char *word;   /* in the text: "valid-until" */
	const char *member; /* in the contract: "validUntil" */
	enum script_type type;
	unsigned int when;
};
struct script_kind {
	const char *word; /* "user" */
	/* Operations; NULL: it is not made, changed, removed so. */
	const char *make, *change, *remove, *get, *list;
	const struct script_part *parts;
	size_t part_count;
};
/* In the order in which they are made. */
extern const struct script_kind script_kinds[];
extern const size_t script_kind_count;
const struct script_kind *script_kind(const char *word);

/* Objects that rights are narrowed to: the list's word, and the kind. */
#define SCRIPT_OBJECTS 4
extern const struct script_object {
	const char *word, *kind;
} script_objects[SCRIPT_OBJECTS];

/* The SHA-256 of a certificate in base64, in hex; "" when it cannot be read. Returns out. */
char *script_fingerprint(const char *base64, char out[65]);

/* ---- text and model: read.c, write.c ---- */

/* On 0 *model is the caller's; ERROR_MALFORMED says file and line, or of which thing it is. */
int script_read(json_t **model, const char *file, struct span text, struct error *err);
/* Append the text of a model, or of what is known of a tenant. */
int script_write(struct buf *text, const json_t *model, struct error *err);

/* ---- what is to be done: plan.c ---- */

enum script_removal {
	SCRIPT_REMOVE_NOTHING,
	SCRIPT_REMOVE_PARTS,  /* rights, memberships and the like that things of the text have */
	SCRIPT_REMOVE_THINGS, /* and things of its kinds that it does not name */
};

/*
 * Steps from what is known to what is wanted, an array of
 *	do	"make", "change", "remove"; "stay": it is there, and the text does not have it;
 *		"miss": it cannot be done by a script
 *	kind, name, what	"group", "clerks", "right SignDocument"
 *	operation, request	as in the contract; values may be {"of": [kind, name, member]}, and
 *a password {"file": name} ERROR_NOT_FOUND for a group that is nowhere, ERROR_CONFLICT for what
 *nobody can change.
 */
int script_plan(json_t **steps, const json_t *wanted, const json_t *known,
    enum script_removal removal, struct error *err);
/* 1 when the step is work: "make", "change" or "remove". */
int script_is_work(const json_t *step);

/* ---- by asking the server: state.c, run.c ---- */

struct script_server {
	/* As thing_ask(): 0 and *out is the caller's, or -1. */
	int (*ask)(void *ctx, const char *operation, const json_t *request, json_t **out,
	    struct error *err);
	/* The password in a file: static memory, or NULL and err. */
	const char *(*password)(void *ctx, const char *file, struct error *err);
	/* The step was done. */
	void (*done)(void *ctx, const json_t *step);
	/* It was proposed: {"proposal", "message"}, the tenant has four eyes. NULL: never */
	void (*proposed)(void *ctx, const json_t *step, const json_t *answer);
	/* It waits for what was proposed, and was not asked for. */
	void (*waits)(void *ctx, const json_t *step);
	void *ctx;
};

/*
 * What is known of the tenant. Of `wanted` its things and the groups and keys that it names; of the
 * kinds in `whole` (words, up to NULL) all there is.
 */
int script_state(json_t **known, const struct script_server *server, const json_t *wanted,
    const char *const *whole, struct error *err);
/* A thing as the server answered it, in the form of a model; the other groups that it names are
 * kept beside `known`. Takes the reference. */
json_t *script_thing(json_t *known, const struct script_kind *kind, json_t *answer);
/* The thing or, of a group or a key, its reference; borrowed, NULL when it is not there. */
json_t *script_known(const json_t *known, const char *kind, const char *name);

/*
 * Do the steps, in their order, up to the first that is refused: -1, and *at is its place. `known`
 * is kept up to date. Where steps were proposed, those wait that are about what is not there yet,
 * or change the same thing again, whose version they would have to know.
 */
int script_run(const json_t *steps, json_t *known, const struct script_server *server, size_t *at,
    struct error *err);

#endif
