#include "server/ops/journal/serial.h"

#include <string.h>

#include "tests/support/postgres.h"
#include "tests/support/suite.h"

#define MANY (3 * SERIAL_BLOCK)

static struct db_pool *
make_pool(const char *database)
{
	struct db_pool_options options = { 0 };
	struct error err = ERROR_INIT;
	struct db_pool *pool;

	options.connection.conninfo = postgres_conninfo(database, "signet_server");
	ASSERT_OK(db_pool_new(&pool, &options, &err), &err);
	return pool;
}

static void
no_two_servers_give_the_same_number(void)
{
	static unsigned char all[2 * MANY][SERIAL_SIZE];
	struct error err = ERROR_INIT;
	struct serials *a, *b;
	struct db_pool *pool;
	char database[32];
	int i, j, same = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(postgres_database(database));
	pool = make_pool(database);
	ASSERT_OK(serials_new(&a, pool, &err), &err);
	ASSERT_OK(serials_new(&b, pool, &err), &err);
	for (i = 0; i < MANY; i++) {
		ASSERT_OK(serials_next(a, all[2 * i], &err), &err);
		ASSERT_OK(serials_next(b, all[2 * i + 1], &err), &err);
	}
	for (i = 0; i < 2 * MANY; i++) {
		CU_ASSERT(all[i][0] >= 0x40 && all[i][0] < 0x80);
		/* The lower half alone is never repeated either. */
		for (j = 0; j < i; j++)
			same += memcmp(all[i] + 8, all[j] + 8, 8) == 0;
	}
	CU_ASSERT_EQUAL(same, 0);
	serials_free(a);
	serials_free(b);
	db_pool_free(pool);
}

static void
without_the_database_a_block_lasts_and_no_longer(void)
{
	struct error err = ERROR_INIT;
	unsigned char out[SERIAL_SIZE];
	struct serials *s;
	struct db_pool *pool;
	char database[32];
	int i;

	CU_ASSERT_PTR_NOT_NULL_FATAL(postgres_database(database));
	pool = make_pool(database);
	ASSERT_OK(serials_new(&s, pool, &err), &err);
	ASSERT_OK(serials_next(s, out, &err), &err);
	postgres_stop(1);
	for (i = 1; i < SERIAL_BLOCK; i++)
		ASSERT_OK(serials_next(s, out, &err), &err);
	CU_ASSERT_EQUAL(serials_next(s, out, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
	error_clear(&err);
	ASSERT_OK(postgres_start(), &err);
	serials_free(s);
	db_pool_free(pool);
}

static const struct test tests[] = { TEST(no_two_servers_give_the_same_number),
	TEST(without_the_database_a_block_lasts_and_no_longer), TEST_END };
const struct suite suite_server_ops_journal_serial = { "server/ops/journal/serial", NULL, NULL,
	tests };
