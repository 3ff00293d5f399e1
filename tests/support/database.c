#include "tests/support/database.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "server/base/clock.h"
#include "tests/support/postgres.h"
#include "tests/support/suite.h"

#define SEEN_MS 20000

void
database_run(const char *database, const char *sql)
{
	struct error err = ERROR_INIT;

	ASSERT_OK(postgres_run(database, "postgres", sql, &err), &err);
}

const char *
database_ask(const char *database, const char *sql)
{
	static char out[4096];
	struct error err = ERROR_INIT;

	ASSERT_OK(postgres_ask(database, "postgres", sql, out, sizeof(out), &err), &err);
	return out;
}

int
database_becomes(const char *database, const char *sql, const char *want)
{
	int64_t end = clock_monotonic_us() + SEEN_MS * 1000LL;

	while (strcmp(database_ask(database, sql), want) != 0) {
		if (clock_monotonic_us() > end) {
			fprintf(
			    stderr, "%s: %s and not %s\n", sql, database_ask(database, sql), want);
			return 0;
		}
		poll(NULL, 0, 5);
	}
	return 1;
}
