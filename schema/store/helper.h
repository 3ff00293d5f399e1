/* schema/store/helper.h: shapes of calls that many subjects share; for the files of this folder. */
#ifndef SIGNET_SCHEMA_STORE_HELPER_H
#define SIGNET_SCHEMA_STORE_HELPER_H

#include "schema/store/db.h"

/* A call whose answer does not matter; args are released. */
int store_do(struct db *db, const struct uuid *tenant, const struct db_statement *statement,
    struct db_args *args, struct error *err);
/* The same where a row must have been met: ERROR_NOT_FOUND "there is no such <what>" otherwise. */
int store_change(struct db *db, const struct uuid *tenant, const struct db_statement *statement,
    struct db_args *args, const char *what, struct error *err);
/*
 * What is there once or not at all: 1 and *r, which is the caller's, 0 and NULL, -1 and NULL; args
 * are released.
 */
int store_find(struct db *db, const struct uuid *tenant, const struct db_statement *statement,
    struct db_args *args, struct db_result **r, struct error *err);
/* The id in the first column of the first row: 1, or 0 when there is none, -1 failed. */
int store_find_id(struct db *db, const struct uuid *tenant, const struct db_statement *statement,
    struct db_args *args, struct uuid *id, struct error *err);

#endif
