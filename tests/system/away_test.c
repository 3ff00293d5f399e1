/* A whole server whose database is not there when it starts, and who it runs as. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/live.h"
#include "tests/support/postgres.h"
#include "tests/support/suite.h"

static struct live live;

static int
setup(void)
{
	return live_start(&live, NULL, NULL);
}

static int
teardown(void)
{
	postgres_start(); /* for the suites behind this one */
	live_stop(&live);
	return 0;
}

static int
ask(const char *command)
{
	return run_program(NULL, live_program("signet"), "--config",
	    live_path(&live, "client.conf"), command, NULL);
}

static int
health_has(const char *words)
{
	struct buf out = BUF_INIT(0);
	int rc;

	run_program(&out, "curl", "-s", "--cacert", live_path(&live, "pki/ca.pem"), "-g", live.url,
	    "--request-target", "/healthz", NULL);
	rc = out.data != NULL && strstr((char *)out.data, words) != NULL;
	if (!rc)
		fprintf(stderr, "wanted \"%s\": %s\n", words,
		    out.data != NULL ? (char *)out.data : "nothing");
	buf_release(&out);
	return rc;
}

static void
a_server_starts_without_its_database_and_begins_by_itself(void)
{
	CU_ASSERT_EQUAL(ask("whoami"), 0);
	CU_ASSERT_EQUAL(live_end(&live), 0);
	postgres_stop(1);
	CU_ASSERT_EQUAL_FATAL(live_restart(&live), 0);
	CU_ASSERT_EQUAL(live_await_health(&live, 503, 5000), 0);
	CU_ASSERT(health_has("the database cannot be reached"));
	CU_ASSERT(health_has("the audit log cannot be written"));
	CU_ASSERT_NOT_EQUAL(ask("whoami"), 0);
	CU_ASSERT_EQUAL_FATAL(postgres_start(), 0);
	CU_ASSERT_EQUAL(live_await_health(&live, 200, 15000), 0);
	CU_ASSERT_EQUAL(ask("whoami"), 0);
}

static const struct test tests[] = {
	TEST(a_server_starts_without_its_database_and_begins_by_itself), TEST_END
};
const struct suite suite_system_away = { "system/away", setup, teardown, tests };
