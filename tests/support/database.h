/*
 * tests/support/database.h: what a test says to a database of the cluster, beside all that is
 * tested, as the cluster's superuser. What fails ends the test.
 */
#ifndef SIGNET_TESTS_DATABASE_H
#define SIGNET_TESTS_DATABASE_H

void database_run(const char *database, const char *sql);
/* The first column of the first row as text, "" for no row: in static memory until the next call.
 */
const char *database_ask(const char *database, const char *sql);
/* Ask again until it answers this, 20 seconds at most: true, or false after a line on stderr. */
int database_becomes(const char *database, const char *sql, const char *want);

#endif
