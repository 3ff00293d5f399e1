/*
 * tests/support/postgres.h: a private PostgreSQL cluster for the tests of this process.
 *
 * It lives in a new directory under /tmp, listens on a socket in it and nowhere else, is started by
 * the first call, runs as the user `postgres` when the tests run as root, and ends with the
 * process, however that ends. fsync is off.
 */
#ifndef SIGNET_TESTS_POSTGRES_H
#define SIGNET_TESTS_POSTGRES_H

#include <stddef.h>

#include "server/base/error.h"

/* The schema directory of the tree. */
#define POSTGRES_SCHEMA "schema"

/* Start it unless it runs. 0, or -1 with the reason on standard error. */
int postgres_start(void);
/* End it: at once and rudely (as a crash: 1), or letting transactions finish (0). */
void postgres_stop(int rudely);
/* As the next start, but says whether commits wait for the disk: for measuring. Before any start.
 */
void postgres_set_fsync(int on);

/*
 * A new database with all migrations applied, copied from a template; NULL when that failed. The
 * name is static memory of the caller's choice: `name` holds 32 bytes. Returns name.
 */
char *postgres_database(char name[32]);
/* A new database without a schema, owned by signet_owner. */
char *postgres_empty_database(char name[32]);
/*
 * What to connect with as `role` (signet_server, signet_owner, postgres). Memory of the thread,
 * valid until its 8 further calls.
 */
const char *postgres_conninfo(const char *database, const char *role);
/* Run a script as a role, outside of all that is tested: 0, or -1 and err with the server's words.
 */
int postgres_run(const char *database, const char *role, const char *sql, struct error *err);
/* The same; *told: how many notices it made on the channel, all at its end. */
int postgres_run_told(const char *database, const char *role, const char *channel, const char *sql,
    unsigned int *told, struct error *err);
/* The first column of the first row as text: 0, or -1. `out` holds size bytes; "" for no row. */
int postgres_ask(const char *database, const char *role, const char *sql, char *out, size_t size,
    struct error *err);

/*
 * From now on every commit is made and nobody is told of it, as if it waited for a standby that
 * never comes (wait: 1); or again at once, and those that waited are told (wait: 0). The cluster's
 * processes hear of it one by one: 0 only when a commit was seen to behave so, else -1.
 */
int postgres_commits_wait(int wait, struct error *err);

#endif
