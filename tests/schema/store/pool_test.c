/* Connections: values of all types, limits, time-outs, and a database that goes and comes back. */
#include "schema/store/pool.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "schema/store/request.h"
#include "schema/store/tenant.h"
#include "server/base/clock.h"
#include "tests/support/postgres.h"
#include "tests/support/suite.h"

static char database[32];

static int
setup(void)
{
	return postgres_database(database) != NULL ? 0 : -1;
}

static struct db_pool *
make_pool(unsigned int max, unsigned int wait_ms, unsigned int call_ms)
{
	struct db_pool_options options = { .max = max, .wait_ms = wait_ms };
	struct error err = ERROR_INIT;
	struct db_pool *pool;

	options.connection.conninfo = postgres_conninfo(database, "signet_server");
	options.connection.call_ms = call_ms;
	ASSERT_OK(db_pool_new(&pool, &options, &err), &err);
	return pool;
}

static int
is_usable(struct db *db)
{
	struct uuid id;

	return store_tenant_find(db, "nobody", &id, NULL) == 0;
}

static void
a_connection_is_used_again(void)
{
	struct db_pool *pool = make_pool(2, 0, 0);
	struct error err = ERROR_INIT;
	struct db *a, *b;

	ASSERT_OK(db_pool_take(pool, &a, &err), &err);
	CU_ASSERT(is_usable(a));
	db_pool_give(pool, a);
	ASSERT_OK(db_pool_take(pool, &b, &err), &err);
	CU_ASSERT_PTR_EQUAL(a, b);
	db_pool_give(pool, b);
	db_pool_give(pool, NULL);
	db_pool_free(pool);
}

static void
more_than_the_limit_wait_and_are_sent_away(void)
{
	struct db_pool *pool = make_pool(1, 20, 0);
	struct error err = ERROR_INIT;
	struct db *a, *b;

	ASSERT_OK(db_pool_take(pool, &a, &err), &err);
	CU_ASSERT_EQUAL(db_pool_take(pool, &b, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
	CU_ASSERT_PTR_NULL(b);
	error_clear(&err);
	db_pool_give(pool, a);
	ASSERT_OK(db_pool_take(pool, &b, &err), &err);
	db_pool_give(pool, b);
	db_pool_free(pool);
}

static void
a_connection_that_was_cut_is_replaced_without_anybody_noticing(void)
{
	struct db_pool *pool = make_pool(2, 0, 0);
	struct error err = ERROR_INIT;
	struct db *a, *b;

	ASSERT_OK(db_pool_take(pool, &a, &err), &err);
	ASSERT_OK(db_pool_take(pool, &b, &err), &err);
	db_pool_give(pool, a);
	db_pool_give(pool, b);
	/* Waits for their end, so that it is seen. */
	ASSERT_OK(postgres_run("postgres", "postgres",
		      "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
		      " WHERE usename = 'signet_server'",
		      &err),
	    &err);
	ASSERT_OK(db_pool_take(pool, &a, &err), &err);
	CU_ASSERT(is_usable(a));
	db_pool_give(pool, a);
	db_pool_free(pool);
}

static void
a_call_on_a_cut_connection_fails_and_says_try_again(void)
{
	struct db_pool *pool = make_pool(1, 0, 0);
	struct error err = ERROR_INIT;
	struct uuid id;
	struct db *db;

	ASSERT_OK(db_pool_take(pool, &db, &err), &err);
	postgres_stop(1);
	CU_ASSERT_EQUAL(store_tenant_find(db, "nobody", &id, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
	error_clear(&err);
	CU_ASSERT_EQUAL(store_tenant_find(db, "nobody", &id, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
	CU_ASSERT(!db_is_alive(db));
	db_pool_give(pool, db);
	error_clear(&err);
	/* Away: at once, twice, and with an advice. */
	CU_ASSERT_EQUAL(db_pool_take(pool, &db, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
	error_clear(&err);
	CU_ASSERT_EQUAL(db_pool_take(pool, &db, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
	CU_ASSERT(err.retry_after > 0);
	error_clear(&err);
	ASSERT_OK(postgres_start(), &err);
	while (db_pool_take(pool, &db, NULL) != 0)
		;
	CU_ASSERT(is_usable(db));
	db_pool_give(pool, db);
	db_pool_free(pool);
}

/* Held by the first, waited for by the second. */
static void
a_call_that_takes_too_long_is_given_up(void)
{
	struct db_pool *pool = make_pool(2, 0, 1000);
	struct error err = ERROR_INIT;
	struct db *a, *b;
	struct uuid id;

	uuid_random(&id);
	ASSERT_OK(db_pool_take(pool, &a, &err), &err);
	ASSERT_OK(db_pool_take(pool, &b, &err), &err);
	ASSERT_OK(db_begin(a, &err), &err);
	ASSERT_OK(store_tenant_add(a, &id, "slow", &err), &err);
	CU_ASSERT_EQUAL(store_tenant_add(b, &id, "slow", &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
	/* The database gave it up: the connection is as good as before. */
	CU_ASSERT(is_usable(b));
	db_rollback(a);
	CU_ASSERT_EQUAL(store_tenant_find(a, "slow", &id, NULL), 0);
	db_pool_give(pool, a);
	db_pool_give(pool, b);
	error_clear(&err);
	ASSERT_OK(db_pool_take(pool, &b, &err), &err);
	CU_ASSERT(is_usable(b));
	db_pool_give(pool, b);
	db_pool_free(pool);
}

static void
a_failed_step_undoes_the_steps_before_it(void)
{
	struct db_pool *pool = make_pool(1, 0, 0);
	struct error err = ERROR_INIT;
	struct db *db;
	struct uuid id, twin, found;

	uuid_random(&id);
	uuid_random(&twin);
	ASSERT_OK(db_pool_take(pool, &db, &err), &err);
	ASSERT_OK(db_begin(db, &err), &err);
	ASSERT_OK(store_tenant_add(db, &id, "undone", &err), &err);
	CU_ASSERT_EQUAL(store_tenant_add(db, &twin, "undone", &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_CONFLICT);
	db_rollback(db);
	error_clear(&err);
	ASSERT_RC(store_tenant_find(db, "undone", &found, &err), 0, &err);
	ASSERT_OK(db_begin(db, &err), &err);
	ASSERT_OK(store_tenant_add(db, &id, "undone", &err), &err);
	ASSERT_OK(db_commit(db, &err), &err);
	ASSERT_RC(store_tenant_find(db, "undone", &found, &err), 1, &err);
	CU_ASSERT(uuid_equal(&id, &found));
	db_pool_give(pool, db);
	db_pool_free(pool);
}

static void
an_answer_of_five_megabytes_comes_back_as_it_went(void)
{
	struct db_pool *pool = make_pool(1, 0, 0);
	struct request_record record = { .id = "large", .operation = "SignDocument" };
	const struct request_record *const records[] = { &record };
	struct buf large = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct request_row row;
	unsigned char taken;
	uint64_t forgotten;
	struct db *db;
	size_t i;

	CU_ASSERT_PTR_NOT_NULL_FATAL(buf_reserve(&large, 5000000, &err));
	for (i = 0; i < 5000000; i++)
		large.data[large.len++] = (unsigned char)(i * 7 + i / 251);
	record.answer = SPAN_OF(&large);
	uuid_random(&record.tenant);
	uuid_random(&record.user);
	ASSERT_OK(db_pool_take(pool, &db, &err), &err);
	ASSERT_OK(store_request_claim(db, records, 1, &taken, &err), &err);
	CU_ASSERT_EQUAL(taken, 0);
	ASSERT_RC(
	    store_request_find(db, &record.tenant, &record.user, "large", &row, &err), 1, &err);
	CU_ASSERT(span_equal(row.answer, record.answer));
	db_result_free(row.result);
	/* Again it is taken. */
	ASSERT_OK(store_request_claim(db, records, 1, &taken, &err), &err);
	CU_ASSERT_EQUAL(taken, 1);
	/* Kept while it is young; no one forgets it early. */
	ASSERT_OK(store_request_forget(db, clock_now() - 7200, 100, &forgotten, &err), &err);
	CU_ASSERT_EQUAL(forgotten, 0);
	CU_ASSERT_EQUAL(store_request_forget(db, clock_now(), 100, &forgotten, &err), -1);
	error_clear(&err);
	ASSERT_OK(postgres_run(database, "postgres",
		      "UPDATE signet.request_id SET created = now() - interval '3 hours'", &err),
	    &err);
	ASSERT_OK(store_request_forget(db, clock_now() - 7200, 100, &forgotten, &err), &err);
	CU_ASSERT_EQUAL(forgotten, 1);
	db_pool_give(pool, db);
	db_pool_free(pool);
	buf_release(&large);
}

static void
arguments_that_do_not_fit_never_reach_the_database(void)
{
	static const struct db_statement s = { "tenant_find", "", "t", "u" };
	struct db_pool *pool = make_pool(1, 0, 0);
	struct error err = ERROR_INIT;
	struct db_args a;
	struct db *db;
	int i;

	ASSERT_OK(db_pool_take(pool, &db, &err), &err);
	db_args_init(&a);
	db_arg_int(&a, 1);
	CU_ASSERT_EQUAL(db_call(db, NULL, &s, &a, NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_INTERNAL);
	error_clear(&err);
	db_args_init(&a);
	for (i = 0; i < DB_ARGS_MAX + 5; i++)
		db_arg_null(&a, 't');
	CU_ASSERT_EQUAL(db_call(db, NULL, &s, &a, NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_INTERNAL);
	error_clear(&err);
	db_args_init(&a);
	db_arg_time(&a, INT64_MAX);
	CU_ASSERT_EQUAL(db_call(db, NULL, &s, &a, NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	CU_ASSERT(is_usable(db));
	db_pool_give(pool, db);
	db_pool_free(pool);
}

static void
a_server_that_nobody_runs_is_unavailable(void)
{
	struct db_options options = { .conninfo = "host=/nonexistent dbname=x", .connect_ms = 500 };
	struct error err = ERROR_INIT;
	struct db *db;

	CU_ASSERT_EQUAL(db_open(&db, &options, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
	CU_ASSERT_PTR_NULL(db);
	CU_ASSERT_PTR_NULL(strstr(err.text, "/nonexistent"));
	error_clear(&err);
	options.conninfo = "this is = not \\ a 'conninfo";
	CU_ASSERT_EQUAL(db_open(&db, &options, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
}

#define THREADS 6
#define ROUNDS	200

static void *
take_often(void *pool)
{
	int i, failed = 0;

	for (i = 0; i < ROUNDS; i++) {
		struct db *db;

		if (db_pool_take(pool, &db, NULL) != 0) {
			failed++;
			continue;
		}
		failed += !is_usable(db);
		db_pool_give(pool, db);
	}
	return (void *)(intptr_t)failed;
}

static void
many_threads_share_few_connections(void)
{
	struct db_pool *pool = make_pool(3, 20000, 0);
	pthread_t threads[THREADS];
	int i;

	for (i = 0; i < THREADS; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, take_often, pool), 0);
	for (i = 0; i < THREADS; i++) {
		void *failed;

		pthread_join(threads[i], &failed);
		CU_ASSERT_PTR_NULL(failed);
	}
	db_pool_free(pool);
}

/* signet-init becomes the owner of the schema by such an option. */
static void
options_in_a_connection_string_count(void)
{
	struct db_options options = { .program = "test" };
	struct error err = ERROR_INIT;
	char conninfo[320];
	struct db *db;

	options.conninfo = conninfo;
	snprintf(conninfo, sizeof(conninfo), "%s options='-c role=signet_server'",
	    postgres_conninfo(database, "postgres"));
	ASSERT_OK(db_open(&db, &options, &err), &err);
	CU_ASSERT(is_usable(db));
	db_close(db);
	snprintf(conninfo, sizeof(conninfo), "%s options='-c role=of_nobody'",
	    postgres_conninfo(database, "postgres"));
	ASSERT_RC(db_open(&db, &options, &err), -1, &err);
}

static const struct test tests[] = { TEST(a_connection_is_used_again),
	TEST(more_than_the_limit_wait_and_are_sent_away),
	TEST(a_connection_that_was_cut_is_replaced_without_anybody_noticing),
	TEST(a_call_on_a_cut_connection_fails_and_says_try_again),
	TEST(a_call_that_takes_too_long_is_given_up),
	TEST(a_failed_step_undoes_the_steps_before_it),
	TEST(an_answer_of_five_megabytes_comes_back_as_it_went),
	TEST(arguments_that_do_not_fit_never_reach_the_database),
	TEST(a_server_that_nobody_runs_is_unavailable), TEST(options_in_a_connection_string_count),
	TEST(many_threads_share_few_connections), TEST_END };
const struct suite suite_schema_store_pool = { "schema/store/pool", setup, NULL, tests };
