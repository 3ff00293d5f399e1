/*
 * What a live server does when parts of it die in mid-load: nothing that was answered is lost,
 * every client hears something, and service comes back by itself.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "schema/store/db.h"
#include "server/base/clock.h"
#include "server/ops/journal/chain.h"
#include "tests/support/load.h"
#include "tests/support/postgres.h"
#include "tests/support/suite.h"

#ifdef __SANITIZE_ADDRESS__
#define AGAIN_MS 5000
#else
#define AGAIN_MS 1000 /* service after a crash: issue 2, part 2 */
#endif

static struct live live;
static SSL_CTX *erp;

/* ---- processes ---- */

static void
a_killed_child_is_back_within_a_second(const char *name, const char *other)
{
	pid_t before = live_child(&live, name), sibling = live_child(&live, other),
	      parent = live.pid;
	int ms;

	CU_ASSERT_FATAL(before > 0 && sibling > 0);
	load_start(&live, erp);
	CU_ASSERT_EQUAL(kill(before, SIGKILL), 0);
	load.since = clock_monotonic_us();
	ms = load_success_again(20000);
	if (ms < 0 || ms > AGAIN_MS)
		fprintf(stderr, "%s: service again after %d ms\n", name, ms);
	CU_ASSERT(ms >= 0 && ms <= AGAIN_MS);
	CU_ASSERT(load_reaches(&load.success, load.success + 50, 10000));
	load_stop();
	CU_ASSERT_NOT_EQUAL(live_child(&live, name), before);
	CU_ASSERT_EQUAL(live_child(&live, other), sibling);
	CU_ASSERT_EQUAL(live.pid, parent);
	load_nothing_answered_is_lost();
}

static void
keys_killed_in_mid_load_is_replaced_and_nothing_answered_is_lost(void)
{
	a_killed_child_is_back_within_a_second("keys", "api");
}

static void
api_killed_in_mid_load_is_replaced_and_nothing_answered_is_lost(void)
{
	a_killed_child_is_back_within_a_second("api", "keys");
	CU_ASSERT(load.closed > 0);
}

/* Gone, or a zombie that nobody has waited for. */
static int
has_ended(pid_t pid)
{
	char path[64], state = 'Z';
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "r");
	if (f == NULL)
		return 1;
	if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
		state = 'Z';
	fclose(f);
	return state == 'Z' || state == 'X';
}

static int
await_end(pid_t pid, int ms)
{
	int64_t end = clock_monotonic_us() + ms * 1000LL;

	while (!has_ended(pid) && clock_monotonic_us() < end)
		poll(NULL, 0, 5);
	return has_ended(pid);
}

static void
a_killed_parent_takes_its_children_with_it_and_a_restart_serves(void)
{
	pid_t keys = live_child(&live, "keys"), api = live_child(&live, "api");
	int status;

	load_start(&live, erp);
	kill(live.pid, SIGKILL);
	waitpid(live.pid, &status, 0);
	live.pid = 0;
	CU_ASSERT(await_end(api, 10000));
	CU_ASSERT(await_end(keys, 10000));
	CU_ASSERT_EQUAL_FATAL(live_restart(&live), 0);
	load.since = clock_monotonic_us();
	CU_ASSERT(load_success_again(5000) >= 0);
	load_stop();
	load_nothing_answered_is_lost();
}

/* ---- the database ---- */

static void
health_names(const char *part)
{
	struct soap_call c;
	int status;

	CU_ASSERT_EQUAL(live_await_health(&live, 503, 10000), 0);
	soap_call_init(&c, &live, erp);
	status = soap_page(&c, "/healthz");
	CU_ASSERT_EQUAL(status, 503);
	CU_ASSERT_PTR_NOT_NULL(strstr(soap_answer(&c), part));
	soap_call_end(&c);
}

static void
the_database_goes_away_and_comes_back(int rudely)
{
	pid_t keys = live_child(&live, "keys"), api = live_child(&live, "api");

	load_start(&live, erp);
	postgres_stop(rudely);
	CU_ASSERT(load_reaches(&load.unavailable, load.unavailable + 20, 20000));
	health_names("the database cannot be reached");
	health_names("the audit log cannot be written");
	CU_ASSERT_EQUAL_FATAL(postgres_start(), 0);
	load.since = clock_monotonic_us();
	CU_ASSERT(load_success_again(10000) >= 0);
	load_stop();
	CU_ASSERT_EQUAL(live_await_health(&live, 200, 10000), 0);
	CU_ASSERT_EQUAL(load.closed, 0);
	CU_ASSERT_EQUAL(live_child(&live, "keys"), keys);
	CU_ASSERT_EQUAL(live_child(&live, "api"), api);
	load_nothing_answered_is_lost();
}

static void
a_stopped_database_makes_requests_unavailable_until_it_is_back(void)
{
	the_database_goes_away_and_comes_back(0);
}

static void
a_crashed_database_makes_requests_unavailable_until_it_is_back(void)
{
	the_database_goes_away_and_comes_back(1);
}

static void
a_database_restarted_at_once_is_hardly_noticed(void)
{
	pid_t api = live_child(&live, "api");

	load_start(&live, erp);
	postgres_stop(0);
	CU_ASSERT_EQUAL_FATAL(postgres_start(), 0);
	load.since = clock_monotonic_us();
	CU_ASSERT(load_success_again(10000) >= 0);
	load_stop();
	CU_ASSERT_EQUAL(load.closed, 0);
	CU_ASSERT_EQUAL(live_child(&live, "api"), api);
	load_nothing_answered_is_lost();
}

static void
without_a_database_the_fault_says_to_try_again_and_health_mends_without_a_request(void)
{
	struct soap_call c;

	soap_call_init(&c, &live, erp);
	CU_ASSERT_EQUAL(soap_call(&c, "<WhoAmI/>"), 200);
	postgres_stop(0);
	CU_ASSERT_EQUAL(soap_call(&c, soap_sign_cms("demo-ec", "x", NULL)), 500);
	CU_ASSERT(soap_is_fault(&c, "Unavailable", "try again"));
	CU_ASSERT_EQUAL_FATAL(postgres_start(), 0);
	CU_ASSERT_EQUAL(live_await_health(&live, 200, 10000), 0);
	CU_ASSERT_EQUAL(soap_call(&c, "<WhoAmI/>"), 200);
	soap_call_end(&c);
}

/* ---- at the end ---- */

/* A full disk as the database tells it: each row is refused with the SQLSTATE of that. */
static void
a_full_database_makes_requests_unavailable_until_there_is_room(void)
{
	struct error err = ERROR_INIT;
	struct soap_call c;

	ASSERT_OK(postgres_run(live.database, "postgres",
		      "CREATE FUNCTION public.no_room() RETURNS trigger LANGUAGE plpgsql AS $$ "
		      "BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' "
		      "USING ERRCODE = '53100'; END $$; GRANT EXECUTE ON FUNCTION "
		      "public.no_room() TO PUBLIC; CREATE TRIGGER no_room BEFORE INSERT ON "
		      "signet.audit FOR EACH ROW EXECUTE FUNCTION public.no_room()",
		      &err),
	    &err);
	soap_call_init(&c, &live, erp);
	CU_ASSERT_NOT_EQUAL(soap_call(&c, soap_sign_cms("demo-ec", "while full", NULL)), 200);
	CU_ASSERT(soap_is_fault(&c, "Unavailable", "out of room"));
	CU_ASSERT_EQUAL(live_await_health(&live, 503, 1000), 0);
	ASSERT_OK(postgres_run(live.database, "postgres",
		      "DROP TRIGGER no_room ON signet.audit; DROP FUNCTION public.no_room()", &err),
	    &err);
	CU_ASSERT_EQUAL(soap_call(&c, soap_sign_cms("demo-ec", "room again", NULL)), 200);
	CU_ASSERT_EQUAL(live_await_health(&live, 200, 1000), 0);
	soap_call_end(&c);
}

static void
the_audit_chain_is_whole_after_all_that(void)
{
	struct error err = ERROR_INIT;
	const struct db_options options = {
		.conninfo = postgres_conninfo(live.database, "signet_server"), .program = "test"
	};
	struct chain_report report;
	struct db *db = NULL;

	CU_ASSERT_EQUAL(live_end(&live), 0);
	ASSERT_OK(db_open(&db, &options, &err), &err);
	ASSERT_RC(audit_verify(db, "demo", NULL, NULL, &report, &err), 1, &err);
	CU_ASSERT_STRING_EQUAL(report.text, "");
	CU_ASSERT(report.rows >= 300);
	db_close(db);
}

static int
start(void)
{
	if (live_start(&live, NULL, NULL) != 0)
		return -1;
	erp = soap_call_context(&live, "erp");
	return 0;
}

static int
stop(void)
{
	live_stop(&live);
	SSL_CTX_free(erp);
	return 0;
}

static const struct test tests[] = {
	TEST(keys_killed_in_mid_load_is_replaced_and_nothing_answered_is_lost),
	TEST(api_killed_in_mid_load_is_replaced_and_nothing_answered_is_lost),
	TEST(a_killed_parent_takes_its_children_with_it_and_a_restart_serves),
	TEST(a_stopped_database_makes_requests_unavailable_until_it_is_back),
	TEST(a_crashed_database_makes_requests_unavailable_until_it_is_back),
	TEST(a_database_restarted_at_once_is_hardly_noticed),
	TEST(without_a_database_the_fault_says_to_try_again_and_health_mends_without_a_request),
	TEST(a_full_database_makes_requests_unavailable_until_there_is_room),
	TEST(the_audit_chain_is_whole_after_all_that),
	TEST_END,
};
const struct suite suite_system_faults = { "system/faults", start, stop, tests };
