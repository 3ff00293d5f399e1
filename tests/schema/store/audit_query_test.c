/*
 * The audit log is found by its indexes: each way to look leads through one that begins with whose
 * rows they are, pages follow each other without gap or repetition, and what an administrator of
 * the server sees ends where documents begin.
 */
#include "schema/store/audit_query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/store/statements.h"
#include "tests/support/postgres.h"
#include "tests/support/suite.h"

#define FAR_US INT64_C(4102444800000000)
#define ROWS   "60000"

static char database[32];
static struct db *db;
static struct uuid demo, rival, server;

/* Rows of two tenants and of nobody, of a thousand callers, three rows a microsecond. */
static const char fill[] =
    "INSERT INTO signet.tenant (id, name) VALUES (gen_random_uuid(), 'demo'), (gen_random_uuid(), "
    "'rival');"
    "INSERT INTO signet.tenant (id, name, is_server) VALUES (gen_random_uuid(), 'server', true);"
    "INSERT INTO signet.node (name) VALUES ('a'), ('b');"
    "INSERT INTO signet.audit SELECT 1 + n % 2, n, 'epoch'::timestamptz + (n / 3) * interval '1 "
    "microsecond', gen_random_uuid(), CASE n % 3 WHEN 0 THEN (SELECT id FROM signet.tenant WHERE "
    "name = 'demo') WHEN 1 THEN (SELECT id FROM signet.tenant WHERE name = 'rival') END, NULL, "
    "'demo/' || n % 1000, CASE WHEN n % 997 = 0 THEN 'GrantRight' ELSE 'SignDocument' END, CASE "
    "WHEN n % 10 = 0 THEN 'key' || n % 100 ELSE '' END, CASE WHEN n % 500 = 0 THEN 'NotFound' ELSE "
    "'Success' END, 'given: ' || n, CASE WHEN n % 2 = 0 THEN sha256((n % 5000)::text::bytea) ELSE "
    "''::bytea END, 1, 1, '', 1, sha256('p'), sha256('h') FROM generate_series(1, " ROWS ") n;"
    "ANALYZE signet.audit";

static int
find_tenant(const char *name, struct uuid *id)
{
	struct error err = ERROR_INIT;
	char sql[100], text[64];

	snprintf(sql, sizeof(sql), "SELECT id FROM signet.tenant WHERE name = '%s'", name);
	return postgres_ask(database, "postgres", sql, text, sizeof(text), &err) == 0
		   ? uuid_parse(text, id)
		   : -1;
}

static int
setup(void)
{
	struct error err = ERROR_INIT;
	struct db_options options = { 0 };

	if (postgres_database(database) == NULL ||
	    postgres_run(database, "postgres", fill, &err) != 0 ||
	    find_tenant("demo", &demo) != 0 || find_tenant("rival", &rival) != 0 ||
	    find_tenant("server", &server) != 0) {
		fprintf(stderr, "%s [%s]\n", err.text, err.cause);
		return -1;
	}
	options.conninfo = postgres_conninfo(database, "signet_server");
	return db_open(&db, &options, &err);
}

static int
teardown(void)
{
	db_close(db);
	return 0;
}

static struct audit_query
query_of(const struct uuid *tenant, int is_oldest_first)
{
	struct audit_query q = {
		.tenant = tenant, .is_oldest_first = is_oldest_first, .to_us = FAR_US
	};

	q.after = audit_place_first(&q);
	return q;
}

/* All pages of a wish: how many rows; each is behind the one before it. */
static long
walk(const struct uuid *as, struct audit_query q, int32_t most)
{
	struct audit_place last = q.after, looked = q.after;
	struct error err = ERROR_INIT;
	struct db_result *r;
	size_t rows, i;
	long all = 0;
	int is_end = 0, calls = 0;

	while (!is_end && calls++ < 200) {
		ASSERT_OK(
		    store_audit_find(db, as, &q, most, &r, &rows, &looked, &is_end, &err), &err);
		for (i = 0; i < rows; i++) {
			const struct audit_place p = store_audit_place(r, i);
			const int is_behind = p.at_us != last.at_us ? p.at_us > last.at_us
					      : p.node != last.node ? p.node > last.node
								    : p.seq > last.seq;

			CU_ASSERT_EQUAL(is_behind, q.is_oldest_first);
			last = p;
		}
		all += (long)rows;
		is_end = is_end && rows < (size_t)most;
		q.after = rows == (size_t)most ? last : looked;
		db_result_free(r);
	}
	CU_ASSERT(is_end);
	return all;
}

static void
pages_follow_each_other_without_gap_both_ways(void)
{
	int way;

	for (way = 0; way < 2; way++) {
		struct audit_query q = query_of(&demo, way);

		CU_ASSERT_EQUAL(walk(&demo, q, 1000), 20000);
		CU_ASSERT_EQUAL(walk(&demo, query_of(&demo, way), 777), 20000);
		q.operation = "GrantRight";
		CU_ASSERT_EQUAL(walk(&demo, q, 7), 20); /* of 997 * n, n to 60, each third */
		q.text = "GIVEN: 2991";
		CU_ASSERT_EQUAL(walk(&demo, q, 7), 2); /* 2991 and 29910 */
		q.text = "100%";
		CU_ASSERT_EQUAL(walk(&demo, q, 7), 0);
	}
}

static void
each_wish_finds_what_it_names(void)
{
	struct audit_query q = query_of(&demo, 0);
	unsigned char digest[32];
	struct uuid request;
	char text[128];
	struct error err = ERROR_INIT;

	q.caller = "demo/3";
	CU_ASSERT_EQUAL(walk(&demo, q, 100), 20);
	q = query_of(&demo, 0);
	q.object = "key30";
	CU_ASSERT_EQUAL(walk(&demo, q, 100), 200);
	q.is_failure = 1;
	CU_ASSERT_EQUAL(walk(&demo, q, 100), 0);
	q.object = NULL;
	CU_ASSERT_EQUAL(walk(&demo, q, 100), 40);
	q = query_of(&demo, 0);
	q.result = "NotFound";
	CU_ASSERT_EQUAL(walk(&demo, q, 100), 40);
	q.node = "b";
	CU_ASSERT_EQUAL(walk(&demo, q, 100), 0); /* 500 * n is even: node 1 + 0 */
	q = query_of(&demo, 0);
	ASSERT_OK(postgres_ask(database, "postgres",
		      "SELECT encode(digest, 'hex') FROM signet.audit WHERE seq = 6", text,
		      sizeof(text), &err),
	    &err);
	for (size_t i = 0; i < 32; i++)
		digest[i] = (unsigned char)(text_hex_value(text[2 * i]) << 4 |
					    text_hex_value(text[2 * i + 1]));
	q.digest = (struct span){ digest, 32 };
	CU_ASSERT_EQUAL(walk(&demo, q, 3), 4); /* 6, 15006, 30006, 45006 of 6 + 5000 n */
	q = query_of(&demo, 1);
	ASSERT_OK(postgres_ask(database, "postgres",
		      "SELECT request FROM signet.audit WHERE seq = 9", text, sizeof(text), &err),
	    &err);
	CU_ASSERT_EQUAL_FATAL(uuid_parse(text, &request), 0);
	q.request = &request;
	CU_ASSERT_EQUAL(walk(&demo, q, 3), 1);
	q = query_of(&demo, 1);
	q.from_us = 100;
	q.to_us = 200;
	q.after = audit_place_first(&q);
	CU_ASSERT_EQUAL(walk(&demo, q, 30), 100);
}

/* S2-01 */
static void
nobody_sees_rows_of_another_tenant(void)
{
	struct audit_query q = query_of(&rival, 0);

	CU_ASSERT_EQUAL(walk(&demo, q, 1000), 0);
	CU_ASSERT_EQUAL(walk(&demo, query_of(NULL, 0), 1000), 0);
	CU_ASSERT_EQUAL(walk(&server, query_of(NULL, 0), 1000), 20000);
	/* Of another tenant's what was administered, and nothing that was signed. */
	CU_ASSERT_EQUAL(walk(&server, q, 1000), 20);
	q.is_administration = 1;
	CU_ASSERT_EQUAL(walk(&server, q, 7), 20);
	q.operation = "SignDocument";
	CU_ASSERT_EQUAL(walk(&server, q, 1000), 0);
}

static void
links_tell_of_others_their_places_alone(void)
{
	struct error err = ERROR_INIT;
	struct db_result *r;
	size_t i, own = 0;

	ASSERT_OK(store_audit_links(db, &demo, "a", 0, 300, &r, &err), &err);
	CU_ASSERT_EQUAL(db_rows(r), 300);
	for (i = 0; i < db_rows(r); i++) {
		const int is_link = db_bool(r, i, 2);

		own += !is_link;
		CU_ASSERT_EQUAL(db_is_null(r, i, 3), is_link);
		CU_ASSERT_EQUAL(db_is_null(r, i, 8), is_link);
		CU_ASSERT_EQUAL(strlen(db_text(r, i, 19)), 64);
	}
	CU_ASSERT_EQUAL(own, 100);
	db_result_free(r);
}

/* 1 when the plan reads the whole log; small tables beside it may be read as they like. */
static int
reads_all(const char *plan)
{
	const char *at, *next, *log;

	for (at = plan; (at = strstr(at, "\"Seq Scan\"")) != NULL; at++) {
		next = strstr(at, "\"Node Type\"");
		log = strstr(at, "\"Relation Name\": \"audit\"");
		if (log != NULL && (next == NULL || log < next))
			return 1;
	}
	return 0;
}

/* The statements themselves, as the server's role, with the planner left as it is. */
static void
every_look_up_goes_by_an_index(void)
{
	static const struct {
		const char *lead, *index;
	} leads[] = { { "_time", "audit_by_tenant" }, { "_caller", "audit_by_caller" },
		{ "_operation", "audit_by_operation" }, { "_object", "audit_by_object" },
		{ "_failure", "audit_by_failure" }, { "_digest", "audit_by_digest" },
		{ "_request", "audit_by_request" }, { "_service", "audit_by_operation" } };
	static char sql[16384], plan[65536];
	const struct db_statement *s;
	char id[TEXT_UUID_SIZE];
	size_t seen = 0, i;

	uuid_text(id, &demo);
	for (s = audit_find_statements; s->name != NULL; s++) {
		const int is_nobody = strstr(s->name, "nobody") != NULL;
		const char *index = "";
		struct error err = ERROR_INIT;

		for (i = 0; i < sizeof(leads) / sizeof(leads[0]); i++)
			if (strstr(s->name, leads[i].lead) != NULL)
				index = leads[i].index;
		snprintf(sql, sizeof(sql),
		    "SELECT set_config('signet.tenant', '%s', false); SET plan_cache_mode = "
		    "force_generic_plan; PREPARE p (uuid, timestamptz, timestamptz, timestamptz, "
		    "int, "
		    "bigint, text, text, boolean, text, bytea, uuid, text, text, uuid, text, "
		    "boolean, int) AS %s; EXPLAIN (FORMAT JSON) EXECUTE p (%s%s%s, 'epoch', "
		    "'infinity', 'infinity', 1, 1, 'GrantRight', NULL, false, 'key30', "
		    "sha256('1'), gen_random_uuid(), NULL, 'demo/3', NULL, NULL, false, 100)",
		    id, s->sql, is_nobody ? "" : "'", is_nobody ? "NULL" : id,
		    is_nobody ? "" : "'");
		ASSERT_OK(
		    postgres_ask(database, "signet_server", sql, plan, sizeof(plan), &err), &err);
		if (strstr(plan, index) == NULL || reads_all(plan)) {
			fprintf(stderr, "%s does not go by %s: %s\n", s->name, index, plan);
			CU_FAIL("not by its index");
		}
		seen++;
	}
	CU_ASSERT_EQUAL(seen, 32);
}

static const struct test tests[] = {
	TEST(pages_follow_each_other_without_gap_both_ways),
	TEST(each_wish_finds_what_it_names),
	TEST(nobody_sees_rows_of_another_tenant),
	TEST(links_tell_of_others_their_places_alone),
	TEST(every_look_up_goes_by_an_index),
	TEST_END,
};
const struct suite suite_schema_store_audit_query = { "schema/store/audit_query", setup, teardown,
	tests };
