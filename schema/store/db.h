/*
 * schema/store/db.h: one connection to PostgreSQL and calls of named, prepared, typed statements.
 *
 * SQL stands in tables of struct db_statement beside the functions that use it (statements.c lists
 * them) and is never built at run time. Values travel in binary. All statements of one call go out
 * together and are one transaction. A connection is used by one thread at a time.
 *
 * Kinds of failure, everywhere in schema/store:
 *   ERROR_UNAVAILABLE  the database is away, too slow, busy, or its schema is not ours: the call
 * may be made again later. Whether a change that was under way was made is not known ERROR_CONFLICT
 * unique key; ERROR_NOT_FOUND foreign key; ERROR_MALFORMED check or form of a value: told apart by
 * the constraint's name (failure.c), with words for the caller ERROR_INTERNAL     anything else;
 * the cause has the database's words
 */
#ifndef SIGNET_SCHEMA_STORE_DB_H
#define SIGNET_SCHEMA_STORE_DB_H

#include <stdint.h>

#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/uuid.h"

/* The migration that this code was written for. */
#define STORE_SCHEMA_VERSION 25
#define DB_CALL_MS_DEFAULT   10000
#define DB_ARGS_MAX	     20
#define DB_STEPS_MAX	     32

/*
 * Types of parameters and columns, a letter each; a capital letter is an array of it.
 *   ? boolean   i integer   l bigint   t text   b bytea   u uuid   z timestamptz
 */
struct db_statement {
	const char *name; /* also its name in the database; NULL ends a table */
	const char *sql;
	const char *params;  /* "ut" = uuid, text */
	const char *columns; /* "" for none */
};

/* ---- arguments: built on the stack, in the order of the parameters ----------------------------
 */

struct db_args {
	unsigned int count;
	char types[DB_ARGS_MAX + 1];
	struct {
		const void *data; /* the caller's, until the call; NULL: see `own` */
		size_t own;	  /* offset in `arrays` when is_own */
		size_t len;
		char is_null, is_own, is_fixed;
		unsigned char fixed[16];
	} value[DB_ARGS_MAX];
	struct buf arrays;
	size_t array_at;  /* where the array under way begins */
	struct error err; /* the first failure; told by the call */
};

#define DB_NO_TIME INT64_MIN

void db_args_init(struct db_args *a);
void db_args_release(struct db_args *a);
/* Pointers and spans stay the caller's and must live until the call has returned. */
void db_arg_null(struct db_args *a, char type);
void db_arg_bool(struct db_args *a, int value);
void db_arg_int(struct db_args *a, int32_t value);
void db_arg_long(struct db_args *a, int64_t value);
void db_arg_text(struct db_args *a, const char *s); /* NULL: null */
void db_arg_bytes(struct db_args *a, struct span s);
void db_arg_uuid(struct db_args *a, const struct uuid *u); /* NULL: null */
void db_arg_time(struct db_args *a, int64_t seconds);	   /* DB_NO_TIME: null */
void db_arg_time_us(struct db_args *a, int64_t us);	   /* DB_NO_TIME: null */
/*
 * An array of `count` items of the type, then exactly that many items. Items are copied.
 */
void db_arg_array(struct db_args *a, char type, size_t count);
void db_item_null(struct db_args *a);
void db_item_long(struct db_args *a, int64_t value);
void db_item_time_us(struct db_args *a, int64_t us);
void db_item_text(struct db_args *a, const char *s);
void db_item_bytes(struct db_args *a, struct span s);
void db_item_uuid(struct db_args *a, const struct uuid *u); /* NULL: null */
/* Arrays of all items at once. */
void db_arg_texts(struct db_args *a, const char *const *texts, size_t count);
void db_arg_spans(struct db_args *a, const struct span *spans, size_t count);

/* ---- results: views into them live as long as they do -----------------------------------------
 */

struct db_result;

/* An array in a result; `left` counts down as items are taken. */
struct db_array {
	const unsigned char *at, *end;
	size_t left;
};

void db_result_free(struct db_result *r); /* NULL is fine */
size_t db_rows(const struct db_result *r);
size_t db_affected(const struct db_result *r); /* rows that were inserted, changed, removed */
int db_is_null(const struct db_result *r, size_t row, unsigned int column);
/* Of null: 0, "", no bytes, the nil id, DB_NO_TIME, no items. */
int db_bool(const struct db_result *r, size_t row, unsigned int column);
int64_t db_integer(const struct db_result *r, size_t row, unsigned int column); /* i and l */
const char *db_text(const struct db_result *r, size_t row, unsigned int column);
struct span db_bytes(const struct db_result *r, size_t row, unsigned int column); /* b and t */
struct uuid db_uuid(const struct db_result *r, size_t row, unsigned int column);
int64_t db_time(const struct db_result *r, size_t row, unsigned int column); /* seconds */
int64_t db_time_us(const struct db_result *r, size_t row, unsigned int column);
struct db_array db_array(const struct db_result *r, size_t row, unsigned int column);
/* The next item (SPAN_NONE for null): 1, or 0 at the end. */
int db_array_next(struct db_array *a, struct span *item);
/* Seconds since 1970 of an item of type z, a number of 8 bytes in network order. */
int64_t db_seconds(int64_t item);

/* ---- a connection ------------------------------------------------------------------------------
 */

struct db;

struct db_options {
	/* libpq's; "options" in it is overwritten. */
	const char *conninfo;
	const char *program;		  /* as the database's lists show it; NULL: "signet" */
	unsigned int connect_ms, call_ms; /* 0: DB_CALL_MS_DEFAULT */
};

/*
 * Connect, check that the schema is STORE_SCHEMA_VERSION and prepare all statements. On 0 *db is
 * the caller's, for db_close(); on -1 it is NULL.
 */
int db_open(struct db **db, const struct db_options *options, struct error *err);
/* 1 when a failure is that the database was not reached at all, so that waiting may mend it. */
int db_is_away(const struct error *failure);
void db_close(struct db *db); /* NULL is fine */
/* 0 once the connection is lost: close it. Looks without waiting whether the other end has gone. */
int db_is_alive(struct db *db);
/* Of the last failure that named a constraint; "" otherwise. Valid until the next call. */
const char *db_constraint(const struct db *db);

struct db_step {
	const struct db_statement *statement;
	struct db_args *args;	  /* NULL: no parameters */
	struct db_result *result; /* written; the caller's, for db_result_free() */
};

/*
 * All steps in one transaction and one round trip. With `tenant` the transaction is that tenant's
 * (row-level security); without it no row of any tenant is seen. On -1 nothing was changed, except
 * where ERROR_UNAVAILABLE says that it is not known, and all results are NULL.
 * Inside db_begin() and db_commit() the transaction goes on.
 */
int db_transact(struct db *db, const struct uuid *tenant, struct db_step *steps, size_t count,
    struct error *err);
/* One step; args are released. `result` may be NULL. */
int db_call(struct db *db, const struct uuid *tenant, const struct db_statement *statement,
    struct db_args *args, struct db_result **result, struct error *err);
/* For work that must see one answer before it sends the next. */
int db_begin(struct db *db, struct error *err);
int db_commit(struct db *db, struct error *err);
void db_rollback(struct db *db);

#endif
