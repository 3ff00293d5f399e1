/*
 * S2-01, S2-21 to S2-24 in the database: groups in groups, rights narrowed to objects, the last
 * administrator, names, and the history of all that. What must hold against two administrators at
 * once is tried with two connections.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authz/decide.h"
#include "schema/store/key.h"
#include "server/base/clock.h"
#include "tests/support/postgres.h"
#include "tests/support/suite.h"
#include "tests/support/world.h"

static struct world w;

static int
setup(void)
{
	return world_make(&w);
}

static int
teardown(void)
{
	world_end(&w);
	return 0;
}

/* As signet_server in tenant acme. */
static int
run_as(const char *role, const char *sql, struct error *err)
{
	char script[8192], id[TEXT_UUID_SIZE];

	snprintf(script, sizeof(script), "SELECT set_config('signet.tenant', '%s', false); %s",
	    uuid_text(id, &w.acme), sql);
	error_clear(err);
	return postgres_run(w.database, role, script, err);
}

static void
must(const char *sql)
{
	struct error err = ERROR_INIT;

	ASSERT_OK(run_as("signet_server", sql, &err), &err);
}

/* Refused, by this constraint. */
static void
must_not(const char *sql, const char *words)
{
	struct error err = ERROR_INIT;
	int rc = run_as("signet_server", sql, &err);

	CU_ASSERT_EQUAL(rc, -1);
	if (rc == 0 || strstr(err.text, words) == NULL) {
		fprintf(stderr, "%s: \"%s\" instead of \"%s\"\n", sql, err.text, words);
		CU_FAIL("not refused, or for another reason");
	}
}

static void
ask(const char *sql, char *out, size_t size)
{
	struct error err = ERROR_INIT;

	ASSERT_OK(postgres_ask(w.database, "postgres", sql, out, size, &err), &err);
}

static int
number(const char *sql)
{
	char out[64];

	ask(sql, out, sizeof(out));
	return atoi(out);
}

/* A group of acme by its name in SQL. */
#define GROUP(name) "(SELECT id FROM signet.group WHERE name = '" name "')"
#define USER(name)  "(SELECT id FROM signet.user WHERE name = '" name "' LIMIT 1)"
#define ACME	    "(SELECT id FROM signet.tenant)"
#define NEW_GROUP(name)                                                                            \
	"INSERT INTO signet.group (id, tenant_id, name) SELECT gen_random_uuid(), id, '" name      \
	"' FROM signet.tenant;"
#define IN(member, group)                                                                          \
	"INSERT INTO signet.group_group (tenant_id, group_id, member_id) SELECT " ACME             \
	", " GROUP(group) ", " GROUP(member) ";"
#define NEW_USER(name)                                                                             \
	"INSERT INTO signet.user (id, tenant_id, name, password) SELECT gen_random_uuid(), id, "   \
	"'" name "', '$argon2id$x' FROM signet.tenant;"
#define JOIN(user, group)                                                                          \
	"INSERT INTO signet.group_member SELECT " ACME ", " GROUP(group) ", " USER(user) ";"
#define GIVE(group, operation)                                                                     \
	"INSERT INTO signet.group_right SELECT " ACME ", " GROUP(group) ", '" operation "';"

static const struct caller *
load(const char *user, int64_t at)
{
	struct error err = ERROR_INIT;
	const struct caller *c = NULL;
	struct caller_row row;
	int rc = at == 0 ? store_caller_by_name(w.db, "acme", user, &row, &err)
			 : store_caller_at(w.db, &w.acme, user, NULL, at, &row, &err);

	CU_ASSERT(rc >= 0);
	if (rc == 1) {
		ASSERT_OK(caller_make(&c, &row, AUTHENTICATED_BY_PASSWORD, &err), &err);
		db_result_free(row.result);
	}
	return c;
}

/* ---- groups in groups ---- */

static void
a_right_comes_by_the_shortest_chain_of_groups_and_says_so(void)
{
	const struct authz_object seal = { OBJECT_KEY, "seal", NULL };
	const struct caller *c;
	struct decision d;

	must(NEW_GROUP("a") NEW_GROUP("b") NEW_GROUP("c") NEW_USER("u") JOIN("u", "a") IN("a", "b")
		IN("b", "c") IN("c", "signers") GIVE("c", "FindCases") GIVE("a", "GetCase"));
	c = load("u", 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_EQUAL(c->group_count, 4);
	authz_decide(c, RIGHT_FIND_CASES, NULL, 1000000000, &d);
	CU_ASSERT(d.is_allowed);
	CU_ASSERT_STRING_EQUAL(d.reason,
	    "group \"c\" has the right FindCases (\"u\" is in \"a\", \"a\" in \"b\", \"b\" in "
	    "\"c\")");
	authz_decide(c, RIGHT_GET_CASE, NULL, 1000000000, &d);
	CU_ASSERT_STRING_EQUAL(d.reason, "group \"a\" has the right GetCase");
	authz_decide(c, RIGHT_SIGN_DOCUMENT, &seal, 1000000000, &d);
	CU_ASSERT(d.is_allowed);
	CU_ASSERT_PTR_NOT_NULL(strstr(d.reason, "\"c\" in \"signers\""));
	caller_release(c);
	/* A shorter way is the one that is told. */
	must(IN("a", "c"));
	c = load("u", 0);
	authz_decide(c, RIGHT_FIND_CASES, NULL, 1000000000, &d);
	CU_ASSERT_STRING_EQUAL(
	    d.reason, "group \"c\" has the right FindCases (\"u\" is in \"a\", \"a\" in \"c\")");
	caller_release(c);
	must("DELETE FROM signet.group_group WHERE member_id = " GROUP("a"));
	c = load("u", 0);
	CU_ASSERT_EQUAL(c->group_count, 1);
	caller_release(c);
}

static void
no_group_is_in_itself(void)
{
	must(NEW_GROUP("x") NEW_GROUP("y") NEW_GROUP("z") IN("x", "y") IN("y", "z"));
	must_not(IN("x", "x"), "contain itself");
	must_not(IN("y", "x"), "contain itself");
	must_not(IN("z", "x"), "contain itself");
	CU_ASSERT_EQUAL(number("SELECT count(*) FROM signet.group_group g JOIN signet.group x ON "
			       "x.id = g.group_id WHERE x.name IN ('x', 'y', 'z')"),
	    2);
}

static void
chains_end_at_sixteen_groups(void)
{
	must("DO $$ BEGIN FOR i IN 1..17 LOOP INSERT INTO signet.group (id, tenant_id, name) "
	     "SELECT gen_random_uuid(), id, 'deep' || i FROM signet.tenant; END LOOP; "
	     "FOR i IN 2..16 LOOP INSERT INTO signet.group_group SELECT a.tenant_id, b.id, a.id "
	     "FROM signet.group a, signet.group b WHERE a.name = 'deep' || i - 1 AND b.name = "
	     "'deep' || i; END LOOP; END $$");
	must_not(IN("deep16", "deep17"), "a chain of 17 groups");
	must_not(IN("deep17", "deep1"), "a chain of 17 groups");
}

/* ---- two at once ---- */

struct rival_call {
	const char *sql;
	int rc;
	struct error err;
};

static void *
call_of_rival(void *arg)
{
	struct rival_call *c = arg;

	c->rc = run_as("signet_server", c->sql, &c->err);
	return NULL;
}

/* How many of both were done, which begin at the same time. */
static int
both(const char *a, const char *b, const char *words)
{
	struct rival_call calls[2] = { { a, 0, ERROR_INIT }, { b, 0, ERROR_INIT } };
	pthread_t threads[2];
	int i, done = 0;

	for (i = 0; i < 2; i++)
		CU_ASSERT_EQUAL_FATAL(
		    pthread_create(&threads[i], NULL, call_of_rival, &calls[i]), 0);
	for (i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	for (i = 0; i < 2; i++) {
		done += calls[i].rc == 0;
		if (calls[i].rc != 0 && strstr(calls[i].err.text, words) == NULL) {
			fprintf(stderr, "%s\n", calls[i].err.text);
			CU_FAIL("refused for another reason");
		}
	}
	return done;
}

/* Each alone would be right; the wait lets both look before either has written. */
static void
a_circle_is_not_made_by_two_at_once(void)
{
	must(NEW_GROUP("left") NEW_GROUP("right"));
	CU_ASSERT_EQUAL(both("BEGIN; SELECT count(*) FROM signet.group_group; SELECT "
			     "pg_sleep(0.2); " IN("left", "right") "SELECT pg_sleep(0.2); COMMIT;",
			    "BEGIN; SELECT count(*) FROM signet.group_group; SELECT "
			    "pg_sleep(0.2); " IN("right", "left") "SELECT pg_sleep(0.2); COMMIT;",
			    "contain itself"),
	    1);
	CU_ASSERT_EQUAL(
	    number("SELECT count(*) FROM signet.group_group g JOIN signet.group x ON x.id = "
		   "g.group_id WHERE x.name IN ('left', 'right')"),
	    1);
}

static void
the_last_administrator_is_not_removed_by_two_at_once(void)
{
	must(NEW_GROUP("admins") GIVE("admins", "GrantRight") NEW_USER("root") NEW_USER("boss")
		JOIN("root", "admins") JOIN("boss", "admins"));
	CU_ASSERT_EQUAL(
	    both("BEGIN; DELETE FROM signet.user WHERE name = 'root'; SELECT pg_sleep(0.2); "
		 "COMMIT;",
		"BEGIN; UPDATE signet.user SET state = 'suspended' WHERE name = 'boss'; SELECT "
		"pg_sleep(0.2); COMMIT;",
		"the last administrator"),
	    1);
	/* The other one is brought back for the tests to come. */
	must(
	    "UPDATE signet.user SET state = 'active' WHERE name = 'boss';"
	    "INSERT INTO signet.user (id, tenant_id, name, password) SELECT gen_random_uuid(), "
	    "id, 'root', '$argon2id$x' FROM signet.tenant ON CONFLICT DO NOTHING;"
	    "INSERT INTO signet.group_member SELECT u.tenant_id, " GROUP(
		"admins") ", u.id FROM signet.user u WHERE u.name = 'root' ON CONFLICT DO NOTHING");
}

static void
the_last_administrator_stays(void)
{
	static const char *const attempts[] = {
		"DELETE FROM signet.user WHERE name = 'boss'",
		"UPDATE signet.user SET state = 'suspended' WHERE name = 'boss'",
		"UPDATE signet.user SET valid_until = now() - interval '1 hour' WHERE name = "
		"'boss'",
		"UPDATE signet.user SET valid_until = now() + interval '1 year' WHERE name = "
		"'boss'",
		"UPDATE signet.user SET password = NULL WHERE name = 'boss'",
		"DELETE FROM signet.group_member WHERE user_id = " USER("boss"),
		"DELETE FROM signet.group WHERE name = 'admins'",
		"DELETE FROM signet.group_right WHERE operation = 'GrantRight'",
		"UPDATE signet.group_right SET is_narrowed = true WHERE operation = 'GrantRight'",
	};
	size_t i;

	must("DELETE FROM signet.user WHERE name = 'root'");
	for (i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++)
		must_not(attempts[i], "the last administrator");
	/* By groups in groups as well: the right is passed on, and then goes the way it came. */
	must(NEW_GROUP("heads") IN("heads", "admins") JOIN(
	    "boss", "heads") "DELETE FROM signet.group_member WHERE group_id = " GROUP("admins"));
	must_not("DELETE FROM signet.group_group WHERE member_id = " GROUP("heads"),
	    "the last administrator");
	/* A second one lets the first go. */
	must(NEW_USER("next") JOIN("next", "heads"));
	must("DELETE FROM signet.user WHERE name = 'boss'");
	must_not("DELETE FROM signet.user WHERE name = 'next'", "the last administrator");
}

/* ---- narrowed rights ---- */

static void
a_narrowed_right_is_for_its_objects_alone(void)
{
	const struct authz_object seal = { OBJECT_KEY, "seal", NULL },
				  spare = { OBJECT_KEY, "spare", NULL };
	const struct caller *c;
	struct decision d;

	must(NEW_GROUP("narrow") NEW_USER("n")
		JOIN("n", "narrow") "INSERT INTO signet.group_key SELECT k.tenant_id, " GROUP(
		    "narrow") ", k.id FROM signet.signing_key k;"
			      "INSERT INTO signet.group_right SELECT " ACME
			      ", " GROUP("narrow") ", 'SignDocument', true;"
						   "INSERT INTO signet.group_right_object SELECT "
						   "k.tenant_id, " GROUP(
						       "narrow") ", 'SignDocument', 'Key', k.id "
								 "FROM signet.signing_key k WHERE "
								 "k.name = 'spare'");
	c = load("n", 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	authz_decide(c, RIGHT_SIGN_DOCUMENT, NULL, 1000000000, &d);
	CU_ASSERT(d.is_allowed); /* that it is called; the object is asked for next */
	authz_decide(c, RIGHT_SIGN_DOCUMENT, &spare, 1000000000, &d);
	CU_ASSERT(d.is_allowed);
	authz_decide(c, RIGHT_SIGN_DOCUMENT, &seal, 1000000000, &d);
	CU_ASSERT(!d.is_allowed);
	CU_ASSERT_EQUAL(d.kind, ERROR_NOT_AUTHORIZED);
	CU_ASSERT_PTR_NOT_NULL(strstr(d.reason, "for other objects only"));
	CU_ASSERT_PTR_NULL(caller_key_for(c, RIGHT_SIGN_DOCUMENT, "seal"));
	CU_ASSERT_PTR_NOT_NULL(caller_key_for(c, RIGHT_SIGN_DOCUMENT, "spare"));
	caller_release(c);
	/* The key goes, and nothing is left of the right but its name. */
	must("DELETE FROM signet.group_right_object WHERE operation = 'SignDocument'");
	c = load("n", 0);
	authz_decide(c, RIGHT_SIGN_DOCUMENT, NULL, 1000000000, &d);
	CU_ASSERT(!d.is_allowed);
	caller_release(c);
	must_not("INSERT INTO signet.group_right_object SELECT k.tenant_id, " GROUP(
		     "narrow") ", 'SignDocument', 'Archive', k.id FROM signet.signing_key k",
	    "cannot be narrowed");
}

static void
rights_over_tenants_are_for_the_server_alone(void)
{
	must_not(GIVE("all", "CreateTenant"), "the server's own tenant");
	must_not("UPDATE signet.tenant SET is_server = true", "permission denied");
	CU_ASSERT_EQUAL(number("SELECT count(*) FROM signet.tenants()"), 0);
}

/* ---- names ---- */

static void
names_are_what_they_look_like(void)
{
	static const char *const bad[] = { "U&'a\\000Ab'", "U&'a\\001Bb'", "U&'a\\007Fb'",
		"U&'a\\009Bb'", "U&'a\\202Eb'", "U&'a\\2066b'", "U&'a\\200Eb'", "U&'a\\FEFFb'",
		"U&'cafe\\0301'", "' a'", "'a '", "''", "repeat('x', 129)", "repeat('x', 10000)" };
	static const char *const good[] = { "U&'caf\\00E9'", "'O''Neill & Söhne <x>'",
		"repeat('x', 128)", "U&'\\05D0\\05D1'" };
	char sql[512];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(sql, sizeof(sql),
		    "INSERT INTO signet.user (id, tenant_id, name) SELECT gen_random_uuid(), id, "
		    "%s "
		    "FROM signet.tenant",
		    bad[i]);
		must_not(sql, "user_name_form");
		snprintf(sql, sizeof(sql),
		    "INSERT INTO signet.group (id, tenant_id, name) SELECT gen_random_uuid(), id, "
		    "%s FROM signet.tenant",
		    bad[i]);
		must_not(sql, "group_name_form");
	}
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		snprintf(sql, sizeof(sql),
		    "INSERT INTO signet.user (id, tenant_id, name) SELECT gen_random_uuid(), id, "
		    "%s "
		    "FROM signet.tenant",
		    good[i]);
		must(sql);
	}
}

/* ---- history ---- */

static int64_t
database_time(void)
{
	char out[64];

	ask("SELECT ceil(extract(epoch FROM clock_timestamp()))::bigint", out, sizeof(out));
	return atoll(out);
}

/* History answers by the second here: wait until the database's clock shows the next. */
static int64_t
next_second(void)
{
	int64_t t = database_time();
	char sql[128], out[64];

	snprintf(sql, sizeof(sql),
	    "SELECT pg_sleep(greatest(0, %lld - extract(epoch FROM clock_timestamp()) + 0.01))",
	    (long long)t);
	ask(sql, out, sizeof(out));
	return t;
}

static void
history_answers_for_each_day(void)
{
	const struct authz_object seal = { OBJECT_KEY, "seal", NULL };
	const struct caller *c;
	struct decision d;
	int64_t before, with, after;

	before = next_second();
	must("SELECT set_config('signet.actor', 'req boss', true); " NEW_USER("hist"));
	must(JOIN("hist", "signers"));
	with = next_second();
	must("DELETE FROM signet.group_member WHERE user_id = " USER("hist"));
	must("UPDATE signet.user SET name = 'hist2' WHERE name = 'hist'");
	after = next_second();
	CU_ASSERT_PTR_NULL(load("hist", before));
	c = load("hist", with);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	authz_decide(c, RIGHT_SIGN_DOCUMENT, &seal, with, &d);
	CU_ASSERT(d.is_allowed);
	CU_ASSERT_STRING_EQUAL(c->password, "");
	caller_release(c);
	CU_ASSERT_PTR_NULL(load("hist", after));
	c = load("hist2", after);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	authz_decide(c, RIGHT_SIGN_DOCUMENT, &seal, after, &d);
	CU_ASSERT(!d.is_allowed);
	caller_release(c);
	/* What is removed leaves its history. */
	must("DELETE FROM signet.user WHERE name = 'hist2'");
	c = load("hist", with);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	caller_release(c);
	CU_ASSERT_EQUAL(number("SELECT count(*) FROM signet.history WHERE kind = 'user' AND until "
			       "IS NULL AND image ->> 'name' IN ('hist', 'hist2')"),
	    0);
	CU_ASSERT_EQUAL(number("SELECT count(*) FROM signet.history WHERE image::text LIKE "
			       "'%argon2%' OR image ? 'password'"),
	    0);
}

static void
who_could_is_answered_from_history(void)
{
	struct holders_query q = { "SignDocument", &w.seal, 0, "", 10 };
	struct error err = ERROR_INIT;
	struct db_result *r;
	int64_t with;

	must(NEW_GROUP("team") IN("team", "signers") NEW_USER("zoe") JOIN("zoe", "team"));
	with = next_second();
	must("DELETE FROM signet.group_group WHERE member_id = " GROUP("team"));
	q.at = with;
	ASSERT_OK(store_holders_at(w.db, &w.acme, &q, &r, &err), &err);
	CU_ASSERT_EQUAL_FATAL(db_rows(r), 2);
	CU_ASSERT_STRING_EQUAL(db_text(r, 0, 1), "erp");
	CU_ASSERT_STRING_EQUAL(db_text(r, 1, 1), "zoe");
	db_result_free(r);
	q.after = "erp";
	ASSERT_OK(store_holders_at(w.db, &w.acme, &q, &r, &err), &err);
	CU_ASSERT_EQUAL(db_rows(r), 1);
	db_result_free(r);
	q.after = "";
	q.at = next_second();
	ASSERT_OK(store_holders_at(w.db, &w.acme, &q, &r, &err), &err);
	CU_ASSERT_EQUAL(db_rows(r), 1);
	db_result_free(r);
	/* Another tenant's question finds nothing of ours. */
	ASSERT_OK(store_holders_at(w.db, &w.rival, &q, &r, &err), &err);
	CU_ASSERT_EQUAL(db_rows(r), 0);
	db_result_free(r);
}

static void
history_is_not_rewritten(void)
{
	static const char *const attempts[] = {
		"INSERT INTO signet.history (tenant_id, kind, subject, object, image, since, "
		"made_by) "
		"VALUES (gen_random_uuid(), 'user', '', '', '{}', now(), '')",
		"UPDATE signet.history SET until = now(), ended_by = 'x'",
		"DELETE FROM signet.history",
	};
	struct error err = ERROR_INIT;
	size_t i;

	for (i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++)
		must_not(attempts[i], "permission denied");
	CU_ASSERT_EQUAL(run_as("signet_owner", "DELETE FROM signet.history", &err), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "written once"));
	CU_ASSERT_EQUAL(
	    run_as("signet_owner", "UPDATE signet.history SET since = '2000-01-01'", &err), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "written once"));
	/* A time that is set by hand does not count. */
	must("BEGIN; SELECT set_config('signet.commit_time', '2001-01-01', true); " NEW_USER(
	    "back") "COMMIT");
	CU_ASSERT_EQUAL(
	    number("SELECT count(*) FROM signet.history WHERE since < '2002-01-01'"), 0);
}

/* So many users of acme, by one statement; then how many the planner knows of. */
static long
import(const char *prefix, int count)
{
	struct error err = ERROR_INIT;
	char sql[400], known[32];

	snprintf(sql, sizeof(sql),
	    "INSERT INTO signet.user (id, tenant_id, name) SELECT gen_random_uuid(), t.id, '%s' || "
	    "n FROM signet.tenant t, generate_series(1, %d) n WHERE t.name = 'acme'",
	    prefix, count);
	ASSERT_OK(run_as("signet_owner", sql, &err), &err);
	ASSERT_OK(postgres_ask(w.database, "postgres",
		      "SELECT reltuples::bigint FROM pg_class WHERE oid = 'signet.user'::regclass",
		      known, sizeof(known), &err),
	    &err);
	return atol(known);
}

/* Whoever filters them a moment later is not to wait for autovacuum. */
static void
the_planner_hears_of_an_import_of_users_at_once(void)
{
	struct error err = ERROR_INIT;

	CU_ASSERT(import("few ", 999) < 999);
	CU_ASSERT(import("many ", 1000) >= 1999);
	ASSERT_OK(
	    postgres_run(w.database, "postgres",
		"DELETE FROM signet.user WHERE name LIKE 'few %' OR name LIKE 'many %'", &err),
	    &err);
}

static const struct test tests[] = {
	TEST(the_planner_hears_of_an_import_of_users_at_once),
	TEST(a_right_comes_by_the_shortest_chain_of_groups_and_says_so),
	TEST(no_group_is_in_itself),
	TEST(chains_end_at_sixteen_groups),
	TEST(a_circle_is_not_made_by_two_at_once),
	TEST(the_last_administrator_is_not_removed_by_two_at_once),
	TEST(the_last_administrator_stays),
	TEST(a_narrowed_right_is_for_its_objects_alone),
	TEST(rights_over_tenants_are_for_the_server_alone),
	TEST(names_are_what_they_look_like),
	TEST(history_answers_for_each_day),
	TEST(who_could_is_answered_from_history),
	TEST(history_is_not_rewritten),
	TEST_END,
};
const struct suite suite_schema_authorisation = { "schema/authorisation", setup, teardown, tests };
