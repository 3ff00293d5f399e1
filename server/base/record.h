/*
 * server/base/record.h: things as records of values, for code that works on any kind of thing by a
 * table of its fields: from the database to the contract and back.
 *
 * A value holds what its field's type says. Values are copied by assignment; what they look at
 * lives in an arena, which is released as a whole.
 */
#ifndef SIGNET_BASE_RECORD_H
#define SIGNET_BASE_RECORD_H

#include "server/base/uuid.h"

/* As in wsdl/administration.h. */
enum field_type {
	FIELD_TEXT,
	FIELD_NAME,
	FIELD_ID,
	FIELD_TIME,
	FIELD_NUMBER,
	FIELD_LONG,
	FIELD_FLAG,
	FIELD_WORD,
	FIELD_BYTES,
	FIELD_SECRET,
	FIELD_TEXTS,
	FIELD_IDS,
	FIELD_THINGS,
};

struct thing;
struct field {
	const char *name; /* as in the contract */
	enum field_type type;
	int is_must;
	const struct thing *of; /* FIELD_THINGS */
};
struct thing {
	const char *name; /* "User" */
	const struct field *fields;
	size_t count;
};

struct record_value {
	int is_set;
	int64_t number;	   /* TIME (seconds), NUMBER, LONG, FLAG */
	struct span bytes; /* BYTES, and all that is text, ids too, with a NUL behind it */
	/* TEXTS, IDS: count of them; THINGS: count times as many as the thing has fields */
	struct record_value *items;
	size_t count;
};

/* The text, or NULL when the value is not set. */
const char *value_text(const struct record_value *v);
struct record_value value_of_text(const char *s); /* a view; NULL: not set */
struct record_value value_of_number(int64_t number);
/* 1 when both say the same; `type` and `of` are those of their field. */
int value_equal(
    const struct field *field, const struct record_value *a, const struct record_value *b);
/* The value in words, for people and the log: cut to size. SECRETs are "***". Returns out. */
char *value_words(const struct field *field, const struct record_value *v, char *out, size_t size);
/* "state: Active -> Suspended; validUntil: none -> 2027-...": what differs, cut to size. */
char *record_changes(const struct thing *thing, const struct record_value *was,
    const struct record_value *is, char *out, size_t size);

/* ---- memory that is released at once ---- */

struct record_block;
struct record_arena {
	struct record_block *last;
};
#define RECORD_ARENA_INIT                                                                          \
	{                                                                                          \
		NULL                                                                               \
	}

/* Zeroed, for any type; NULL and err without memory. */
void *record_alloc(struct record_arena *a, size_t count, size_t size, struct error *err);
/* A copy with a NUL behind it. */
const char *record_text(struct record_arena *a, struct span s, struct error *err);
/* Overwrites all of it first: passwords may be in it. */
void record_release(struct record_arena *a);

#endif
