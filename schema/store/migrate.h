/*
 * schema/store/migrate.h: bring a database to the schema of this program.
 *
 * A directory holds migrations/NNNN_name.sql and, for each, verify/NNNN_name.sql, which raises an
 * error unless what the migration promises holds. Number 0000 makes the two roles; it belongs to
 * the cluster. The others run in order as signet_owner, each with its verify file in one
 * transaction, and are recorded with the SHA-256 of the file: a file that was changed after it had
 * run is refused.
 */
#ifndef SIGNET_SCHEMA_STORE_MIGRATE_H
#define SIGNET_SCHEMA_STORE_MIGRATE_H

#include "schema/store/db.h"

struct migrate_report {
	int from, to;	       /* versions before and after; 0: no schema */
	unsigned int applied;  /* migrations that ran now */
	unsigned int verified; /* verify files that hold */
};

/*
 * Make the roles and, unless it is there, the database `database` (its owner: signet_owner), as an
 * administrator of the cluster: `admin` connects to any database of it as a role that may do so.
 */
int migrate_prepare(
    const char *admin, const char *directory, const char *database, struct error *err);
/*
 * Apply what is missing and then run all verify files; `owner` connects as signet_owner. Two at a
 * time wait for each other. On -1 the migrations before the failed one have stayed, the failed one
 * has left nothing. ERROR_CONFLICT: an old file was changed or is missing, or the database is newer
 * than the directory; ERROR_MALFORMED: a migration or its verify file failed (the text says which).
 */
int migrate_run(
    const char *owner, const char *directory, struct migrate_report *report, struct error *err);
/* Only the verify files, in a transaction that is rolled back. */
int migrate_verify(
    const char *owner, const char *directory, struct migrate_report *report, struct error *err);

/* Whether the database is there and has a schema "signet": 1, 0, -1. */
int migrate_is_there(const char *admin, const char *database, struct error *err);
/*
 * Let the server log in: signet_server gets this password, and `conninfo` (appended) is what it
 * connects with, to where `admin` connects. ERROR_CONFLICT when it has a password already and
 * `may_replace` is 0: then another installation of the cluster uses it. The password goes over as
 * its SCRAM verifier.
 */
int migrate_server_login(const char *admin, const char *database, const char *password,
    int may_replace, struct buf *conninfo, struct error *err);

#endif
