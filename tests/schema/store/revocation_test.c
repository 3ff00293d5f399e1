/* S2-34: what one server fetches, another's sweep does not take away in the midst. */
#include "schema/store/revocation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/postgres.h"
#include "tests/support/suite.h"

static char database[32];
static struct db *one, *two;

static int
setup(void)
{
	struct db_options options = { .call_ms = 3000 };
	struct error err = ERROR_INIT;

	if (postgres_database(database) == NULL)
		return -1;
	options.conninfo = postgres_conninfo(database, "signet_server");
	if (db_open(&one, &options, &err) == 0 && db_open(&two, &options, &err) == 0)
		return 0;
	fprintf(stderr, "%s [%s]\n", err.text, err.cause);
	return -1;
}

static int
teardown(void)
{
	db_close(one);
	db_close(two);
	return 0;
}

static int
ask(const char *sql)
{
	struct error err = ERROR_INIT;
	char answer[64];

	ASSERT_OK(postgres_ask(database, "postgres", sql, answer, sizeof(answer), &err), &err);
	return atoi(answer);
}

/* Content of that digest, which nothing points to since an hour ago. */
static void
old_content(unsigned char sha256[STORE_SHA256], int number)
{
	struct error err = ERROR_INIT;

	memset(sha256, number, STORE_SHA256);
	ASSERT_RC(store_content_add(one, sha256, 100, SPAN_NONE, &err), 1, &err);
	ASSERT_OK(postgres_run(database, "postgres",
		      "UPDATE signet.fetched_content SET made = now() - interval '1 hour',"
		      " replaced = CASE WHEN replaced IS NULL THEN NULL ELSE now() - interval '1"
		      " hour' END",
		      &err),
	    &err);
}

static struct fetched_ask
leased(int number, const struct uuid *lease)
{
	struct fetched_ask a = { .kind = "Crl", .url = "http://crl.example/ca.crl" };
	struct error err = ERROR_INIT;

	memset(a.key, number, sizeof(a.key));
	ASSERT_RC(store_fetched_lease(one, &a, lease, 60, 1000000, &err), 1, &err);
	return a;
}

static void
what_nothing_points_to_goes_and_what_is_new_stays(void)
{
	struct error err = ERROR_INIT;
	unsigned char old[STORE_SHA256], new[STORE_SHA256];

	old_content(old, 1);
	memset(new, 2, sizeof(new));
	ASSERT_RC(store_content_add(one, new, 100, SPAN_NONE, &err), 1, &err);
	ASSERT_OK(store_fetched_sweep(two, 0, UINT64_MAX / 4, NULL, &err), &err);
	CU_ASSERT_EQUAL(ask("SELECT count(*) FROM signet.fetched_content"), 1);
}

/* It came again, and is there: a sweep between that and its use takes it no more. */
static void
old_content_that_came_again_is_there_when_it_is_used(void)
{
	struct error err = ERROR_INIT;
	unsigned char sha256[STORE_SHA256];
	struct fetched_ask a;
	struct uuid lease;

	uuid_random(&lease);
	old_content(sha256, 3);
	a = leased(3, &lease);
	ASSERT_RC(store_content_add(one, sha256, 100, SPAN_NONE, &err), 0, &err);
	ASSERT_OK(store_fetched_sweep(two, 0, UINT64_MAX / 4, NULL, &err), &err);
	ASSERT_OK(store_fetched_done(one, a.key, &lease, sha256, 1000000, 2000000, &err), &err);
	CU_ASSERT_EQUAL(ask("SELECT count(*) FROM signet.fetched WHERE content IS NOT NULL"), 1);
	/* It is in use: neither a sweep nor another fetch removes it. */
	ASSERT_OK(store_fetched_sweep(two, 0, UINT64_MAX / 4, NULL, &err), &err);
	CU_ASSERT_EQUAL(ask("SELECT count(*) FROM signet.fetched WHERE content IS NOT NULL"), 1);
}

/* While one server's transaction begins to use it, another's sweep neither waits nor fails. */
static void
a_sweep_beside_a_fetch_leaves_it_its_content(void)
{
	struct error err = ERROR_INIT;
	unsigned char sha256[STORE_SHA256];
	struct fetched_ask a;
	struct uuid lease;

	uuid_random(&lease);
	old_content(sha256, 5);
	a = leased(5, &lease);
	ASSERT_OK(db_begin(one, &err), &err);
	ASSERT_OK(store_fetched_done(one, a.key, &lease, sha256, 1000000, 2000000, &err), &err);
	ASSERT_OK(store_fetched_sweep(two, 0, UINT64_MAX / 4, NULL, &err), &err);
	ASSERT_OK(db_commit(one, &err), &err);
	CU_ASSERT_EQUAL(ask("SELECT count(*) FROM signet.fetched_content WHERE sha256 ="
			    " decode(repeat('05', 32), 'hex')"),
	    1);
}

static const struct test tests[] = { TEST(what_nothing_points_to_goes_and_what_is_new_stays),
	TEST(old_content_that_came_again_is_there_when_it_is_used),
	TEST(a_sweep_beside_a_fetch_leaves_it_its_content), TEST_END };
const struct suite suite_schema_store_revocation = { "schema/store/revocation", setup, teardown,
	tests };
