/* S2-36: each job has its own interval, and is done by one server at a time. */
#include "schema/store/job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/database.h"
#include "tests/support/postgres.h"
#include "tests/support/suite.h"

#define LEASE 60

static char database[32];
static struct db *one, *two; /* two servers' connections */
static struct uuid job;

static int
open_db(struct db **out)
{
	struct db_options options = { .conninfo = postgres_conninfo(database, "signet_server") };
	struct error err = ERROR_INIT;

	if (db_open(out, &options, &err) == 0)
		return 0;
	fprintf(stderr, "%s [%s]\n", err.text, err.cause);
	return -1;
}

/* The job as it is now; the names in it are gone. */
static struct job_row
look(void)
{
	struct error err = ERROR_INIT;
	struct job_row row = { 0 };
	struct db_result *r;
	size_t i;

	ASSERT_OK(store_job_all(one, &r, &err), &err);
	for (i = 0; i < db_rows(r); i++)
		if (strcmp(store_job_row(r, i).name, "probe") == 0)
			row = store_job_row(r, i);
	db_result_free(r);
	return row;
}

/* One job that is due since an hour, and nothing of the tests before. */
static void
begin(void)
{
	database_run(database,
	    "DELETE FROM signet.job; DELETE FROM signet.job_run; INSERT INTO signet.job (name, "
	    "every_seconds, next_run) VALUES ('probe', 600, now() - interval '1 hour')");
	job = look().id;
}

static int
claim(struct db *db, const char *node, int64_t seen, int64_t *run)
{
	struct error err = ERROR_INIT;
	int rc = store_job_claim(db, &job, seen, node, LEASE, run, &err);

	if (rc < 0)
		fprintf(stderr, "%s [%s]\n", err.text, err.cause);
	return rc;
}

static void
lease_runs_out(void)
{
	database_run(database,
	    "UPDATE signet.job SET claimed_until = clock_timestamp() - interval '1 second'");
}

static void
the_installation_comes_with_its_jobs(void)
{
	CU_ASSERT_STRING_EQUAL(
	    database_ask(database,
		"SELECT string_agg(concat_ws(' ', name, every_seconds, daily_at, state), ', ' "
		"ORDER "
		"BY name) FROM signet.job WHERE tenant_id IS NULL AND next_run IS NULL"),
	    "audit-stamps 00:20:00 active, case-remains 03:45:00 active, expiry 03:00:00 active, "
	    "history 03:30:00 active, "
	    "revocation 300 active, trust-lists 21600 active, user-certificates 3600 active");
}

static void
two_servers_never_have_the_same_job(void)
{
	struct error err = ERROR_INIT;
	int64_t first = 0, second = 0, seen;

	begin();
	seen = look().next_us;
	CU_ASSERT_EQUAL(claim(one, "a", seen, &first), 1);
	CU_ASSERT_EQUAL(claim(two, "b", seen, &second), 0);
	CU_ASSERT_EQUAL(claim(one, "a", seen, &second), 0); /* nor one of them twice */
	CU_ASSERT(look().is_claimed);
	CU_ASSERT(look().lease_left > LEASE - 10 && look().lease_left <= LEASE);
	ASSERT_RC(
	    store_job_finish(one, first, "Success", "done", seen + 7200000000, &err), 1, &err);
	CU_ASSERT(!look().is_claimed);
	/* Who saw it due before it was done comes too late. */
	CU_ASSERT_EQUAL(claim(two, "b", seen, &second), 0);
	CU_ASSERT_EQUAL(claim(two, "b", seen + 7200000000, &second), 1);
	CU_ASSERT_STRING_EQUAL(
	    database_ask(database, "SELECT concat_ws(' ', node, result, message, ended >= started) "
				   "FROM signet.job_run ORDER BY id LIMIT 1"),
	    "a Success done t");
}

/* The other one's claim is under way in a transaction that is not over: nobody waits for it. */
static void
a_claim_under_way_is_passed_by(void)
{
	struct error err = ERROR_INIT;
	int64_t run = 0, seen;

	begin();
	seen = look().next_us;
	ASSERT_OK(db_begin(one, &err), &err);
	CU_ASSERT_EQUAL(claim(one, "a", seen, &run), 1);
	CU_ASSERT_EQUAL(claim(two, "b", seen, &run), 0);
	db_rollback(one);
	CU_ASSERT_EQUAL(claim(two, "b", seen, &run), 1);
}

static void
a_dead_lease_is_taken_over_and_the_dead_ones_word_does_not_count(void)
{
	struct error err = ERROR_INIT;
	int64_t first = 0, second = 0, seen;

	begin();
	seen = look().next_us;
	CU_ASSERT_EQUAL(claim(one, "a", seen, &first), 1);
	lease_runs_out();
	CU_ASSERT(look().is_claimed && look().lease_left <= 0);
	CU_ASSERT_EQUAL(claim(two, "b", seen, &second), 1);
	CU_ASSERT(second > first);
	CU_ASSERT_EQUAL(look().fails, 1);
	/* The first wakes up: it hears that the job is not its any more. */
	ASSERT_RC(store_job_extend(one, first, LEASE, &err), 0, &err);
	ASSERT_RC(store_job_finish(one, first, "Success", "late", seen + 1, &err), 0, &err);
	CU_ASSERT(look().is_claimed);
	CU_ASSERT_EQUAL(look().next_us, seen);
	ASSERT_RC(store_job_finish(two, second, "Success", "", seen + 1, &err), 1, &err);
	CU_ASSERT_STRING_EQUAL(
	    database_ask(database,
		"SELECT string_agg(node || ' ' || result, ', ' ORDER BY id) FROM "
		"signet.job_run"),
	    "a Lost, b Success");
}

static void
a_lease_that_is_extended_is_not_taken(void)
{
	struct error err = ERROR_INIT;
	int64_t run = 0, other = 0, seen;

	begin();
	seen = look().next_us;
	CU_ASSERT_EQUAL(claim(one, "a", seen, &run), 1);
	lease_runs_out();
	ASSERT_RC(store_job_extend(one, run, LEASE, &err), 1, &err);
	CU_ASSERT_EQUAL(claim(two, "b", seen, &other), 0);
}

static void
a_process_that_starts_gives_up_what_its_predecessor_had(void)
{
	struct error err = ERROR_INIT;
	int64_t run = 0, seen, count = 0, i;

	begin();
	seen = look().next_us;
	CU_ASSERT_EQUAL(claim(one, "a", seen, &run), 1);
	ASSERT_OK(store_job_abandon(two, "b", &count, &err), &err);
	CU_ASSERT_EQUAL(count, 0);
	ASSERT_OK(store_job_abandon(two, "a", &count, &err), &err);
	CU_ASSERT_EQUAL(count, 1);
	CU_ASSERT_STRING_EQUAL(database_ask(database, "SELECT result FROM signet.job_run"), "Lost");
	/* At first it is due at once; what kills its process again and again has to wait. */
	for (i = 2; i <= 3; i++) {
		CU_ASSERT_EQUAL(claim(two, "a", seen, &run), 1);
		ASSERT_OK(store_job_abandon(two, "a", &count, &err), &err);
	}
	CU_ASSERT_EQUAL(look().fails, 3);
	CU_ASSERT_EQUAL(claim(two, "a", seen, &run), 0);
	CU_ASSERT_STRING_EQUAL(
	    database_ask(database, "SELECT next_run - now() BETWEEN interval '3 minutes' AND "
				   "interval '4 minutes' FROM signet.job"),
	    "t");
}

static void
run_now_runs_once_and_a_request_meanwhile_asks_for_another(void)
{
	struct error err = ERROR_INIT;
	int64_t run = 0, seen;

	begin();
	database_run(database, "UPDATE signet.job SET next_run = now() + interval '1 hour'");
	seen = look().next_us;
	CU_ASSERT(!look().is_requested);
	database_run(database, "UPDATE signet.job SET requested = clock_timestamp()");
	CU_ASSERT(look().is_requested);
	CU_ASSERT_EQUAL(claim(one, "a", seen, &run), 1);
	ASSERT_RC(store_job_finish(one, run, "Success", "", seen, &err), 1, &err);
	CU_ASSERT(!look().is_requested);
	database_run(database, "UPDATE signet.job SET requested = clock_timestamp()");
	CU_ASSERT_EQUAL(claim(one, "a", seen, &run), 1);
	database_run(database, "UPDATE signet.job SET requested = clock_timestamp()");
	ASSERT_RC(store_job_finish(one, run, "Success", "", seen, &err), 1, &err);
	CU_ASSERT(look().is_requested);
}

static void
what_is_paused_runs_on_request_only_and_what_is_disabled_never(void)
{
	struct error err = ERROR_INIT;
	int64_t run = 0, seen;

	begin();
	seen = look().next_us;
	database_run(database, "UPDATE signet.job SET state = 'paused'");
	CU_ASSERT(look().is_paused);
	CU_ASSERT_EQUAL(claim(one, "a", seen, &run), 0);
	database_run(database, "UPDATE signet.job SET requested = now()");
	CU_ASSERT_EQUAL(claim(one, "a", seen, &run), 1);
	ASSERT_RC(store_job_finish(one, run, "Success", "", seen, &err), 1, &err);
	database_run(database, "UPDATE signet.job SET state = 'disabled', requested = now()");
	CU_ASSERT(look().is_disabled);
	CU_ASSERT_EQUAL(claim(one, "a", seen, &run), 0);
}

static void
fails_are_counted_until_it_succeeds(void)
{
	struct error err = ERROR_INIT;
	int64_t run = 0, seen;
	int i;

	begin();
	seen = look().next_us;
	CU_ASSERT_EQUAL(look().last_good, DB_NO_TIME);
	for (i = 1; i <= 3; i++) {
		CU_ASSERT_EQUAL(claim(one, "a", seen, &run), 1);
		ASSERT_RC(store_job_finish(one, run, i < 3 ? "Failed" : "Warning", "", seen, &err),
		    1, &err);
		CU_ASSERT_EQUAL(look().fails, i < 3 ? i : 0);
	}
	CU_ASSERT_NOT_EQUAL(look().last_good, DB_NO_TIME);
}

static void
old_runs_are_forgotten_but_the_last_of_each_job(void)
{
	struct error err = ERROR_INIT;
	int64_t count = 0;

	begin();
	database_run(database,
	    "INSERT INTO signet.job_run (job_id, name, node, started, ended, result) SELECT j.id, "
	    "j.name, 'a', now() - n * interval '1 day', now() - n * interval '1 day', 'Success' "
	    "FROM signet.job j, generate_series(20, 1, -1) n; INSERT INTO signet.job_run (job_id, "
	    "name, node, started) SELECT id, name, 'a', now() - interval '1 year' FROM signet.job");
	CU_ASSERT_EQUAL(store_job_forget(one, 4102444800, 1, 1, &count, &err), -1);
	error_clear(&err);
	/* 10 days: of 20 that ended, ten are older; one under way stays whatever its age. */
	ASSERT_OK(store_job_forget(one,
		      strtoll(database_ask(database,
				  "SELECT extract(epoch FROM now() - interval '10 days 1 "
				  "hour')::bigint"),
			  NULL, 10),
		      3, 1000, &count, &err),
	    &err);
	CU_ASSERT_EQUAL(count, 10);
	ASSERT_OK(store_job_forget(one, 0, 3, 5, &count, &err), &err);
	CU_ASSERT_EQUAL(count, 6);
	CU_ASSERT_STRING_EQUAL(
	    database_ask(database, "SELECT count(*) || ' ' || count(ended) FROM signet.job_run"),
	    "5 4");
	ASSERT_OK(
	    store_job_forget(one,
		strtoll(database_ask(database, "SELECT extract(epoch FROM now() - interval '25 "
					       "hours')::bigint"),
		    NULL, 10),
		3, 1000, &count, &err),
	    &err);
	CU_ASSERT_EQUAL(count, 2);
}

static void
the_server_forges_no_claim_and_no_history(void)
{
	static const char *const attempts[] = {
		"UPDATE signet.job SET claimed_by = 'x', run = 1, claimed_until = now()",
		"UPDATE signet.job SET fails = 0",
		("INSERT INTO signet.job_run (job_id, name, node) SELECT id, name, '' FROM "
		 "signet.job"),
		"UPDATE signet.job_run SET result = 'Success'",
		"DELETE FROM signet.job_run",
		"SELECT signet.job_lose(1, '')",
	};
	struct error err = ERROR_INIT;
	size_t i;

	for (i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		error_clear(&err);
		CU_ASSERT_EQUAL(postgres_run(database, "signet_server", attempts[i], &err), -1);
		CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "permission denied"));
	}
	/* What is nobody's is out of reach of whoever says his tenant. */
	error_clear(&err);
	begin();
	ASSERT_OK(postgres_run(database, "signet_server",
		      "SELECT set_config('signet.tenant', gen_random_uuid()::text, false); UPDATE "
		      "signet.job SET state = 'disabled'; DELETE FROM signet.job",
		      &err),
	    &err);
	CU_ASSERT_STRING_EQUAL(database_ask(database, "SELECT state FROM signet.job"), "active");
}

static int
setup(void)
{
	return postgres_database(database) != NULL && open_db(&one) == 0 && open_db(&two) == 0 ? 0
											       : -1;
}

static int
teardown(void)
{
	db_close(one);
	db_close(two);
	return 0;
}

static const struct test tests[] = {
	TEST(the_installation_comes_with_its_jobs),
	TEST(two_servers_never_have_the_same_job),
	TEST(a_claim_under_way_is_passed_by),
	TEST(a_dead_lease_is_taken_over_and_the_dead_ones_word_does_not_count),
	TEST(a_lease_that_is_extended_is_not_taken),
	TEST(a_process_that_starts_gives_up_what_its_predecessor_had),
	TEST(run_now_runs_once_and_a_request_meanwhile_asks_for_another),
	TEST(what_is_paused_runs_on_request_only_and_what_is_disabled_never),
	TEST(fails_are_counted_until_it_succeeds),
	TEST(old_runs_are_forgotten_but_the_last_of_each_job),
	TEST(the_server_forges_no_claim_and_no_history),
	TEST_END,
};
const struct suite suite_schema_store_job = { "schema/store/job", setup, teardown, tests };
