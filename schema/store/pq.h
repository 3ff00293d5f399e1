/* schema/store/pq.h: libpq with deadlines; for the files of this folder only. */
#ifndef SIGNET_SCHEMA_STORE_PQ_H
#define SIGNET_SCHEMA_STORE_PQ_H

#include <libpq-fe.h>

#include "schema/store/db.h"

/* The words of every failure because the database is away. */
#define PQ_AWAY "the database cannot be reached; try again later"

/* Object identifier of a type letter (array for capitals); 0 for what is none. */
Oid pq_type(char letter);

/* Connect without blocking past the time-out; NULL and ERROR_UNAVAILABLE otherwise. */
PGconn *pq_connect(const struct db_options *options, struct error *err);
/* Send what is buffered and wait until a result can be taken; -1 ERROR_UNAVAILABLE. */
int pq_wait(PGconn *conn, int64_t deadline_us, struct error *err);
/* The next result, or NULL for a separator with *lost = 0; *lost = 1 and err set: give up. */
PGresult *pq_next(PGconn *conn, int64_t deadline_us, int *lost, struct error *err);
/*
 * err from a failed result (NULL: from the connection). `constraint` (64 bytes, or NULL) gets the
 * name of the constraint that stood against it, or "".
 */
int pq_failure(struct error *err, const PGconn *conn, const PGresult *res, char *constraint);
/*
 * What a constraint of the schema asks for, in words for whoever gave the value, and the kind of
 * failure; NULL for those that only the program itself can break.
 */
const char *pq_constraint_words(const char *name, enum error_kind *kind);
/* One statement or script in the simple protocol, outside a pipeline. */
int pq_script(PGconn *conn, const char *sql, int64_t deadline_us, struct error *err);

#endif
