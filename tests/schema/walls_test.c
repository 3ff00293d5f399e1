/* S2-01: tenant A sees nothing of B, even by direct SQL as the server's role. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static const char *const tables[] = { "tenant", "user", "user_certificate", "group", "group_member",
	"group_right", "signing_key", "group_key", "trust_anchor", "timestamp_authority", "audit",
	"request_id", "trust_source", "trust_list", "trust_choice", "trust_snapshot", "job",
	"job_run", "case_object", "case_file", "case_document", "case_signature", "case_use",
	"case_key", "case_seal", "group_group", "group_right_object", "history",
	"user_certificate_check", "url_rule", "url_rule_group" };
#define TABLES (sizeof(tables) / sizeof(tables[0]))

/* Rows of both tenants in the tables that the world leaves empty. */
static void add_trust(const char *tenant);
static void add_case(const char *tenant);

static void
add_log(void)
{
	struct error err = ERROR_INIT;
	char sql[1024], a[TEXT_UUID_SIZE], b[TEXT_UUID_SIZE];

	snprintf(sql, sizeof(sql),
	    "INSERT INTO signet.audit SELECT 1, n, now(), gen_random_uuid(), t, NULL, '', '', '',"
	    " '', '', '', 0, 0, '', 0, sha256(''), sha256('') FROM (VALUES (1, '%s'::uuid),"
	    " (2, '%s'::uuid), (3, NULL)) AS v (n, t);"
	    "INSERT INTO signet.request_id SELECT t, t, 'id', '', sha256(''), ''"
	    " FROM (VALUES ('%s'::uuid), ('%s'::uuid)) AS v (t)",
	    uuid_text(a, &w.acme), uuid_text(b, &w.rival), a, b);
	ASSERT_OK(postgres_run(w.database, "signet_server", sql, &err), &err);
	add_trust(a);
	add_trust(b);
	add_case(a);
	add_case(b);
}

/* One sealed case of one tenant. */
static void
add_case(const char *tenant)
{
	struct error err = ERROR_INIT;
	char sql[2048];

	snprintf(sql, sizeof(sql),
	    "SELECT set_config('signet.tenant', '%s', false);"
	    "INSERT INTO signet.case_object SELECT id, sha256('x'), 'x' FROM signet.tenant;"
	    "INSERT INTO signet.case_file SELECT id, id, now(), id, '', id, '', '', '', 'Api',"
	    " 'File', 'TotalPassed', '', '', '', now(), '', '', '', sha256('')"
	    " FROM signet.tenant;"
	    "INSERT INTO signet.case_document SELECT id, id, 0, 'Signed', '', '', 0, ''"
	    " FROM signet.tenant;"
	    "INSERT INTO signet.case_signature SELECT id, id, 0, '', '', '', '', '', '', '', '',"
	    " '', '', '', '', NULL, now() FROM signet.tenant;"
	    "INSERT INTO signet.case_use SELECT id, id, 0, 'Other', '', '', sha256('x'), 1"
	    " FROM signet.tenant;"
	    "INSERT INTO signet.case_key SELECT id, 'all', '', now(), id FROM signet.tenant;"
	    "INSERT INTO signet.case_seal SELECT id, id, 1, 1 FROM signet.tenant",
	    tenant);
	ASSERT_OK(postgres_run(w.database, "signet_server", sql, &err), &err);
}

/* A source, a list, a choice and a snapshot of one tenant. */
static void
add_trust(const char *tenant)
{
	struct error err = ERROR_INIT;
	char sql[2048];

	snprintf(sql, sizeof(sql),
	    "SELECT set_config('signet.tenant', '%s', false);"
	    "INSERT INTO signet.trust_source (id, tenant_id, name, signers) VALUES"
	    " (gen_random_uuid(), '%s', 'own', '{x}');"
	    "INSERT INTO signet.trust_list (id, tenant_id, source_id, digest, size, verdict, "
	    "reason,"
	    " imported_by) SELECT gen_random_uuid(), tenant_id, id, sha256(''), 0, 'Stranger', '',"
	    " '' FROM signet.trust_source;"
	    "INSERT INTO signet.trust_choice SELECT tenant_id, id, '' FROM signet.trust_source;"
	    "INSERT INTO signet.trust_snapshot SELECT tenant_id, 1, sha256(''), '', '', now(), ''"
	    " FROM signet.trust_source;"
	    "INSERT INTO signet.job (id, tenant_id, name, every_seconds) VALUES (gen_random_uuid(),"
	    " '%s', 'trust-lists', 60);"
	    "SELECT signet.job_claim(id, NULL, 'node', 60) FROM signet.job;"
	    "INSERT INTO signet.group (id, tenant_id, name) VALUES (gen_random_uuid(), '%s', 'in');"
	    "INSERT INTO signet.group_group SELECT a.tenant_id, b.id, a.id FROM signet.group a,"
	    " signet.group b WHERE a.name = 'in' AND b.name IN ('signers', 'users');"
	    "INSERT INTO signet.group_right SELECT tenant_id, id, 'ListKeys', true FROM"
	    " signet.group WHERE name = 'in';"
	    "INSERT INTO signet.group_right_object SELECT g.tenant_id, g.id, 'ListKeys', 'Key', "
	    "k.id"
	    " FROM signet.group g, signet.signing_key k WHERE g.name = 'in' AND k.name = 'seal';"
	    "INSERT INTO signet.url_rule (id, tenant_id, name, host, path) SELECT id, tenant_id,"
	    " 'in', 'example.org', '/' FROM signet.group WHERE name = 'in';"
	    "INSERT INTO signet.url_rule_group SELECT tenant_id, id, id FROM signet.url_rule",
	    tenant, tenant, tenant, tenant);
	ASSERT_OK(postgres_run(w.database, "signet_server", sql, &err), &err);
}

static int
ask_number(const char *role, const char *sql)
{
	struct error err = ERROR_INIT;
	char answer[64];

	ASSERT_OK(postgres_ask(w.database, role, sql, answer, sizeof(answer), &err), &err);
	return atoi(answer);
}

static void
a_tenant_sees_its_rows_and_no_other(void)
{
	char sql[1024], id[TEXT_UUID_SIZE];
	size_t i;

	add_log();
	uuid_text(id, &w.acme);
	for (i = 0; i < TABLES; i++) {
		const char *column = strcmp(tables[i], "tenant") == 0 ? "id" : "tenant_id";

		snprintf(sql, sizeof(sql),
		    "SELECT set_config('signet.tenant', '%s', false);"
		    "SELECT count(*) FROM signet.%s WHERE %s = '%s'",
		    id, tables[i], column, id);
		CU_ASSERT(ask_number("signet_server", sql) >= 1);
		snprintf(sql, sizeof(sql),
		    "SELECT set_config('signet.tenant', '%s', false);"
		    "SELECT count(*) FROM signet.%s WHERE %s <> '%s'",
		    id, tables[i], column, id);
		CU_ASSERT_EQUAL(ask_number("signet_server", sql), 0);
	}
}

static void
without_a_tenant_there_are_no_rows(void)
{
	char sql[256];
	size_t i;

	for (i = 0; i < TABLES; i++) {
		const int offered = strcmp(tables[i], "timestamp_authority") == 0;

		snprintf(sql, sizeof(sql), "SELECT count(*) FROM signet.%s", tables[i]);
		CU_ASSERT_EQUAL(ask_number("signet_server", sql), offered);
		/* A setting that was used and is over is '' and not unset. */
		snprintf(sql, sizeof(sql),
		    "BEGIN; SELECT set_config('signet.tenant', '%s', true); COMMIT;"
		    "SELECT count(*) FROM signet.%s",
		    "00112233-4455-6677-8899-aabbccddeeff", tables[i]);
		CU_ASSERT_EQUAL(ask_number("signet_server", sql), offered);
	}
}

static void
a_tenant_writes_no_row_of_another(void)
{
	char sql[1024], own[TEXT_UUID_SIZE], other[TEXT_UUID_SIZE], user[TEXT_UUID_SIZE];
	static const char *const attempts[] = {
		"INSERT INTO signet.user (id, tenant_id, name) VALUES (gen_random_uuid(), '%s', "
		"'spy')",
		"INSERT INTO signet.group (id, tenant_id, name) VALUES (gen_random_uuid(), '%s', "
		"'spies')",
		"UPDATE signet.user SET tenant_id = '%s' WHERE name = 'nobody'",
		"INSERT INTO signet.timestamp_authority (id, tenant_id, name, url) VALUES"
		" (gen_random_uuid(), '%s', 'spy', 'http://spy.example/')",
		"INSERT INTO signet.timestamp_authority (id, tenant_id, name, url) SELECT"
		" gen_random_uuid(), NULL, '%s', 'http://spy.example/'",
	};
	struct error err = ERROR_INIT;
	size_t i;

	uuid_text(own, &w.acme);
	uuid_text(other, &w.rival);
	for (i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		int n = snprintf(
		    sql, sizeof(sql), "SELECT set_config('signet.tenant', '%s', false);", own);

		snprintf(sql + n, sizeof(sql) - (size_t)n, attempts[i], other);
		error_clear(&err);
		CU_ASSERT_EQUAL(postgres_run(w.database, "signet_server", sql, &err), -1);
		CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "row-level security"));
	}
	error_clear(&err);
	snprintf(sql, sizeof(sql),
	    "SELECT set_config('signet.tenant', '%s', false);"
	    "DELETE FROM signet.user WHERE id = '%s'; UPDATE signet.user SET name = 'x' WHERE id = "
	    "'%s'",
	    own, uuid_text(user, &w.rival_erp), user);
	ASSERT_OK(postgres_run(w.database, "signet_server", sql, &err), &err);
	CU_ASSERT_EQUAL(
	    ask_number("postgres", "SELECT count(*) FROM signet.user WHERE name = 'erp'"), 2);
}

static void
the_server_cannot_change_what_was_logged(void)
{
	static const char *const attempts[] = {
		"UPDATE signet.audit SET result = 'Success'",
		"DELETE FROM signet.audit",
		"TRUNCATE signet.audit",
		"UPDATE signet.request_id SET answer = ''",
		"DELETE FROM signet.request_id",
		"DELETE FROM signet.node",
		"UPDATE signet.node SET name = 'x'",
		"SELECT next FROM signet.tsa_serial",
		"UPDATE signet.tsa_serial SET next = 1",
		"DROP TABLE signet.audit",
		"ALTER TABLE signet.audit DISABLE ROW LEVEL SECURITY",
		"CREATE TABLE signet.mine (a integer)",
		"UPDATE signet.migration SET number = 0",
		"INSERT INTO signet.operation VALUES ('FlyAway', 'Access')",
		"SELECT * FROM signet.caller('00112233-4455-6677-8899-aabbccddeeff')",
		"UPDATE signet.trust_snapshot SET number = 2",
		"DELETE FROM signet.trust_snapshot",
		"TRUNCATE signet.trust_snapshot",
		"UPDATE signet.trust_list SET verdict = 'Accepted'",
		"DELETE FROM signet.trust_list",
		"SET ROLE signet_owner",
	};
	size_t i;

	for (i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		struct error err = ERROR_INIT;

		CU_ASSERT_EQUAL(postgres_run(w.database, "signet_server", attempts[i], &err), -1);
		if (strstr(err.text, "permission denied") == NULL &&
		    strstr(err.text, "must be owner") == NULL) {
			fprintf(stderr, "%s: %s\n", attempts[i], err.text);
			CU_FAIL("refused for another reason");
		}
	}
}

static void
not_even_the_owner_changes_lists_and_snapshots(void)
{
	static const char *const attempts[] = {
		"UPDATE signet.trust_snapshot SET number = 2",
		"DELETE FROM signet.trust_snapshot",
		"TRUNCATE signet.trust_snapshot",
		"UPDATE signet.trust_list SET reason = ''",
		"DELETE FROM signet.trust_list",
		"TRUNCATE signet.trust_list",
	};
	size_t i;

	for (i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		struct error err = ERROR_INIT;

		CU_ASSERT_EQUAL(postgres_run(w.database, "signet_owner", attempts[i], &err), -1);
		CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "written once"));
	}
}

static void
signers_for_all_tenants_are_pinned_by_the_owner_alone(void)
{
	struct error err = ERROR_INIT;

	CU_ASSERT_EQUAL(postgres_run(w.database, "signet_server",
			    "INSERT INTO signet.trust_source (id, name, signers) VALUES"
			    " (gen_random_uuid(), 'mine', '{x}')",
			    &err),
	    -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "row-level security"));
	error_clear(&err);
	ASSERT_OK(postgres_run(w.database, "signet_owner",
		      "INSERT INTO signet.trust_source (id, name, signers) VALUES"
		      " (gen_random_uuid(), 'EU', '{x}')",
		      &err),
	    &err);
	ASSERT_OK(postgres_run(w.database, "signet_server",
		      "UPDATE signet.trust_source SET signers = '{y}' WHERE name = 'EU';"
		      "DELETE FROM signet.trust_source WHERE name = 'EU'",
		      &err),
	    &err);
	CU_ASSERT_EQUAL(ask_number("signet_server",
			    "SELECT count(*) FROM signet.trust_source WHERE name = 'EU' AND"
			    " signers = '{x}'"),
	    1);
}

static void
the_head_of_a_chain_does_not_go_back(void)
{
	struct error err = ERROR_INIT;

	ASSERT_OK(postgres_run(w.database, "signet_server",
		      "INSERT INTO signet.node (name) VALUES ('n');"
		      "UPDATE signet.node SET head_seq = 5, head_hash = sha256('5')",
		      &err),
	    &err);
	CU_ASSERT_EQUAL(
	    postgres_run(w.database, "signet_server", "UPDATE signet.node SET head_seq = 4", &err),
	    -1);
	CU_ASSERT_EQUAL(postgres_run(w.database, "signet_server",
			    "UPDATE signet.node SET head_hash = sha256('other')", &err),
	    -1);
}

static void
answers_are_forgotten_by_age_and_not_early(void)
{
	struct error err = ERROR_INIT;

	ASSERT_OK(postgres_run(w.database, "postgres",
		      "UPDATE signet.request_id SET created = now() - interval '2 days'"
		      " WHERE (user_id, id) IN (SELECT user_id, id FROM signet.request_id LIMIT 1)",
		      &err),
	    &err);
	CU_ASSERT_EQUAL(ask_number("signet_server",
			    "SELECT signet.request_forget(now() - interval '1 day', 100)"),
	    1);
	CU_ASSERT_EQUAL(ask_number("postgres", "SELECT count(*) FROM signet.request_id"), 1);
	CU_ASSERT_EQUAL(postgres_run(w.database, "signet_server",
			    "SELECT signet.request_forget(now(), 100)", &err),
	    -1);
}

static void
look_ups_go_by_index(void)
{
	/* With a thousand users the planner must find its way without reading them all. */
	static const char *const look_ups[] = {
		"SELECT * FROM signet.user_certificate WHERE fingerprint = sha256('5')",
		"SELECT * FROM signet.user WHERE tenant_id = gen.t AND name = '5'",
		"SELECT * FROM signet.group_member WHERE tenant_id = gen.t",
		"SELECT * FROM signet.request_id WHERE user_id = gen.t AND id = '5'",
		"SELECT * FROM signet.audit WHERE node = 1 AND seq > 5 ORDER BY seq LIMIT 10",
		"SELECT * FROM signet.audit WHERE tenant_id = gen.t AND at > now()",
		"SELECT * FROM signet.signing_key WHERE tenant_id = gen.t",
	};
	struct error err = ERROR_INIT;
	char sql[1024], id[TEXT_UUID_SIZE];
	size_t i;

	uuid_text(id, &w.rival);
	snprintf(sql, sizeof(sql),
	    "SELECT set_config('signet.tenant', '%s', false);"
	    "INSERT INTO signet.user (id, tenant_id, name) SELECT gen_random_uuid(), '%s', n::text"
	    " FROM generate_series(1, 3000) n;"
	    "INSERT INTO signet.user_certificate (fingerprint, tenant_id, user_id, certificate,"
	    " not_after) SELECT sha256(name::bytea), tenant_id, id, name::bytea, now()"
	    " FROM signet.user WHERE name <> 'erp'",
	    id, id);
	ASSERT_OK(postgres_run(w.database, "signet_server", sql, &err), &err);
	ASSERT_OK(postgres_run(w.database, "postgres", "ANALYZE", &err), &err);
	for (i = 0; i < sizeof(look_ups) / sizeof(look_ups[0]); i++) {
		char plan[4096], question[512];
		const char *gen = strstr(look_ups[i], "gen.t");
		const int before = gen ? (int)(gen - look_ups[i]) : (int)strlen(look_ups[i]);

		snprintf(question, sizeof(question), "%.*s%s%s%s%s", before, look_ups[i],
		    gen ? "'" : "", gen ? id : "", gen ? "'" : "", gen ? gen + 5 : "");
		snprintf(sql, sizeof(sql),
		    "SET enable_seqscan = off; SET enable_sort = off; EXPLAIN (FORMAT JSON) %s",
		    question);
		ASSERT_OK(
		    postgres_ask(w.database, "signet_server", sql, plan, sizeof(plan), &err), &err);
		if (strstr(plan, "Index Cond") == NULL || strstr(plan, "Seq Scan") != NULL) {
			fprintf(stderr, "%s\n%s\n", question, plan);
			CU_FAIL("not by index");
		}
	}
}

static const struct test tests[] = { TEST(a_tenant_sees_its_rows_and_no_other),
	TEST(without_a_tenant_there_are_no_rows), TEST(a_tenant_writes_no_row_of_another),
	TEST(the_server_cannot_change_what_was_logged),
	TEST(not_even_the_owner_changes_lists_and_snapshots),
	TEST(signers_for_all_tenants_are_pinned_by_the_owner_alone),
	TEST(the_head_of_a_chain_does_not_go_back),
	TEST(answers_are_forgotten_by_age_and_not_early), TEST(look_ups_go_by_index), TEST_END };
const struct suite suite_schema_walls = { "schema/walls", setup, teardown, tests };
