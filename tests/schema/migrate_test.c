/* S2-45: the schema is made by numbered migrations, each with its proof. */
#include "schema/store/migrate.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/postgres.h"
#include "tests/support/suite.h"

/* The last migration and the one that does not exist yet. */
#define LAST	    "25"
#define NEXT	    "0026"
#define NEXT_NUMBER "26"

/* A schema directory of our own: a copy of the tree's, to change. */
static char copy[64];

static int
shell(const char *fmt, const char *a, const char *b)
{
	char command[512];

	snprintf(command, sizeof(command), fmt, a, b);
	return system(command);
}

static int
make_copy(void)
{
	snprintf(copy, sizeof(copy), "/tmp/signet-schema-XXXXXX");
	return mkdtemp(copy) != NULL &&
		       shell("cp -r %s/migrations %s/", POSTGRES_SCHEMA, copy) == 0 &&
		       shell("cp -r %s/verify %s/", POSTGRES_SCHEMA, copy) == 0
		   ? 0
		   : -1;
}

static void
remove_copy(void)
{
	shell("rm -rf %s%s", copy, "");
}

static void
write_file(const char *part, const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s/%s", copy, part, name);
	f = fopen(path, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fputs(text, f);
	fclose(f);
}

static const char *
owner(const char *database)
{
	return postgres_conninfo(database, "signet_owner");
}

static void
a_fresh_database_gets_the_schema_of_this_program(void)
{
	struct error err = ERROR_INIT;
	struct migrate_report report;
	char name[32];

	CU_ASSERT_PTR_NOT_NULL_FATAL(postgres_empty_database(name));
	ASSERT_OK(migrate_run(owner(name), POSTGRES_SCHEMA, &report, &err), &err);
	CU_ASSERT_EQUAL(report.from, 0);
	CU_ASSERT_EQUAL(report.to, STORE_SCHEMA_VERSION);
	CU_ASSERT_EQUAL(report.applied, STORE_SCHEMA_VERSION);
	CU_ASSERT_EQUAL(report.verified, STORE_SCHEMA_VERSION + 1);
	/* Again: nothing to do. */
	ASSERT_OK(migrate_run(owner(name), POSTGRES_SCHEMA, &report, &err), &err);
	CU_ASSERT_EQUAL(report.from, STORE_SCHEMA_VERSION);
	CU_ASSERT_EQUAL(report.applied, 0);
}

static void
preparing_makes_roles_and_database_once(void)
{
	struct error err = ERROR_INIT;
	char answer[32];
	int i;

	ASSERT_OK(postgres_start(), &err);
	for (i = 0; i < 2; i++)
		ASSERT_OK(migrate_prepare(postgres_conninfo("postgres", "postgres"),
			      POSTGRES_SCHEMA, "odd \"name\"", &err),
		    &err);
	ASSERT_OK(postgres_ask("postgres", "postgres",
		      "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'odd "
		      "\"name\"'",
		      answer, sizeof(answer), &err),
	    &err);
	CU_ASSERT_STRING_EQUAL(answer, "signet_owner");
}

static void
a_changed_old_file_is_refused(void)
{
	struct error err = ERROR_INIT;
	struct migrate_report report;
	char name[32];

	CU_ASSERT_PTR_NOT_NULL_FATAL(postgres_database(name));
	CU_ASSERT_EQUAL_FATAL(make_copy(), 0);
	CU_ASSERT_EQUAL(
	    shell("echo '-- harmless' >> %s/%s", copy, "migrations/0002_callers.sql"), 0);
	CU_ASSERT_EQUAL(migrate_run(owner(name), copy, &report, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_CONFLICT);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "0002_callers"));
	remove_copy();
}

static void
a_migration_whose_proof_fails_leaves_nothing(void)
{
	struct error err = ERROR_INIT;
	struct migrate_report report;
	char name[32], answer[32];

	CU_ASSERT_PTR_NOT_NULL_FATAL(postgres_database(name));
	CU_ASSERT_EQUAL_FATAL(make_copy(), 0);
	write_file("migrations", NEXT "_more.sql", "CREATE TABLE signet.more (a integer);");
	write_file("verify", NEXT "_more.sql",
	    "DO $$ BEGIN IF (SELECT count(*) FROM signet.more) = 0 THEN"
	    " RAISE EXCEPTION 'more must hold something'; END IF; END $$;");
	CU_ASSERT_EQUAL(migrate_run(owner(name), copy, &report, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, NEXT "_more"));
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "more must hold something"));
	error_clear(&err);
	ASSERT_OK(postgres_ask(name, "postgres",
		      "SELECT count(*) || ' ' || coalesce(to_regclass('signet.more')::text, 'none')"
		      " FROM signet.migration",
		      answer, sizeof(answer), &err),
	    &err);
	CU_ASSERT_STRING_EQUAL(answer, LAST " none");
	remove_copy();
}

static void
a_gap_in_the_numbers_is_refused(void)
{
	struct error err = ERROR_INIT;
	struct migrate_report report;
	char name[32];

	CU_ASSERT_PTR_NOT_NULL_FATAL(postgres_database(name));
	CU_ASSERT_EQUAL_FATAL(make_copy(), 0);
	CU_ASSERT_EQUAL(shell("rm %s/%s", copy, "migrations/0003_keys_and_trust.sql"), 0);
	CU_ASSERT_EQUAL(migrate_run(owner(name), copy, &report, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_CONFLICT);
	remove_copy();
}

static void
a_newer_database_is_refused_and_the_server_says_what_to_do(void)
{
	struct error err = ERROR_INIT;
	struct migrate_report report;
	struct db_options options = { NULL, NULL, 0, 0 };
	struct db *db;
	char name[32];

	CU_ASSERT_PTR_NOT_NULL_FATAL(postgres_database(name));
	ASSERT_OK(postgres_run(name, "postgres",
		      "INSERT INTO signet.migration (number, name, sha256)"
		      " VALUES (" NEXT ", '" NEXT "_future', sha256('x'))",
		      &err),
	    &err);
	CU_ASSERT_EQUAL(migrate_run(owner(name), POSTGRES_SCHEMA, &report, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_CONFLICT);
	error_clear(&err);
	options.conninfo = postgres_conninfo(name, "signet_server");
	CU_ASSERT_EQUAL(db_open(&db, &options, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "version " NEXT_NUMBER));
	CU_ASSERT_PTR_NULL(db);
}

static void
a_server_on_a_database_without_schema_says_what_to_run(void)
{
	struct error err = ERROR_INIT;
	struct db_options options = { NULL, NULL, 0, 0 };
	struct db *db;
	char name[32];

	CU_ASSERT_PTR_NOT_NULL_FATAL(postgres_empty_database(name));
	options.conninfo = postgres_conninfo(name, "signet_server");
	CU_ASSERT_EQUAL(db_open(&db, &options, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "signet-init migrate"));
}

/* What each verify file is for: breaking the promise must be seen by it. */
static void
every_broken_promise_is_seen_by_a_verify_file(void)
{
	static const struct {
		const char *breaks, *seen_by;
	} cases[] = {
		{ "GRANT INSERT ON signet.operation TO signet_server", "0001_schema" },
		{ "GRANT CREATE ON SCHEMA signet TO signet_server", "0001_schema" },
		{ "ALTER TABLE signet.group_right DROP CONSTRAINT group_right_operation",
		    "0002_callers" },
		{ "ALTER TABLE signet.group_member DROP CONSTRAINT group_member_user",
		    "0002_callers" },
		{ "GRANT UPDATE ON signet.tsa_serial TO signet_server", "0003_keys_and_trust" },
		{ "GRANT UPDATE ON signet.audit TO signet_server", "0004_audit" },
		{ "GRANT UPDATE (reason) ON signet.audit TO signet_server", "0004_audit" },
		{ "GRANT DELETE ON signet.audit TO signet_server", "0004_audit" },
		{ "GRANT DELETE ON signet.request_id TO signet_server", "0004_audit" },
		{ "ALTER TABLE signet.node DISABLE TRIGGER node_only_forward", "0004_audit" },
		{ "ALTER TABLE signet.signing_key DISABLE ROW LEVEL SECURITY", "0005_walls" },
		{ "ALTER TABLE signet.user NO FORCE ROW LEVEL SECURITY", "0005_walls" },
		{ "DROP POLICY own_tenant ON signet.audit", "0005_walls" },
		{ "CREATE TABLE signet.later (tenant_id uuid)", "0005_walls" },
		{ "DROP TRIGGER user_tell_changed ON signet.user", "0005_walls" },
		{ "GRANT EXECUTE ON FUNCTION signet.caller_by_certificate(bytea) TO PUBLIC",
		    "0005_walls" },
		{ "GRANT EXECUTE ON FUNCTION signet.caller(uuid) TO signet_server",
		    "0006_look_up" },
		{ "CREATE OR REPLACE FUNCTION signet.caller_by_name(wanted_tenant text, wanted_user"
		  " text) RETURNS SETOF signet.caller_found LANGUAGE sql SECURITY DEFINER SET "
		  "search_path = '' AS 'SELECT c.* FROM signet.caller(NULL) c'",
		    "0007_faster" },
		{ "GRANT UPDATE (head) ON signet.fetched_content TO signet_server",
		    "0009_evidence" },
		{ "GRANT UPDATE ON signet.fetched_page TO signet_server", "0009_evidence" },
		{ "REVOKE DELETE ON signet.fetched FROM signet_server", "0009_evidence" },
		{ "GRANT DELETE ON signet.trust_snapshot TO signet_server", "0008_trust" },
		{ "GRANT UPDATE (content) ON signet.trust_list TO signet_server", "0008_trust" },
		{ "DROP TRIGGER trust_snapshot_written_once ON signet.trust_snapshot",
		    "0008_trust" },
		{ "ALTER TABLE signet.trust_list DISABLE TRIGGER trust_list_written_once",
		    "0008_trust" },
		{ "CREATE POLICY pins ON signet.trust_source FOR UPDATE USING (tenant_id IS NULL)",
		    "0008_trust" },
		{ "ALTER TABLE signet.trust_choice NO FORCE ROW LEVEL SECURITY", "0005_walls" },
		{ "GRANT UPDATE (claimed_until) ON signet.job TO signet_server", "0011_jobs" },
		{ "GRANT INSERT ON signet.job_run TO signet_server", "0011_jobs" },
		{ "ALTER TABLE signet.job DISABLE TRIGGER job_tell_change", "0011_jobs" },
		{ "CREATE POLICY all_jobs ON signet.job FOR SELECT USING (true)", "0011_jobs" },
		{ "GRANT UPDATE (indication) ON signet.case_file TO signet_server", "0012_cases" },
		{ "GRANT DELETE ON signet.case_object TO signet_server", "0012_cases" },
		{ "ALTER TABLE signet.case_use DISABLE TRIGGER case_use_only_remains",
		    "0012_cases" },
		{ "DROP TRIGGER case_seal_written_once ON signet.case_seal", "0012_cases" },
		{ "DROP POLICY own_tenant ON signet.case_key", "0005_walls" },
		{ "GRANT UPDATE (until) ON signet.history TO signet_server", "0014_authorisation" },
		{ "DROP TRIGGER group_member_history ON signet.group_member",
		    "0014_authorisation" },
		{ "ALTER TABLE signet.history DISABLE TRIGGER history_only_ends",
		    "0014_authorisation" },
		{ "DROP TRIGGER user_administrator ON signet.user", "0014_authorisation" },
		{ "ALTER TABLE signet.group_group DISABLE TRIGGER group_group_check",
		    "0014_authorisation" },
		{ "GRANT UPDATE (is_server) ON signet.tenant TO signet_server",
		    "0014_authorisation" },
		{ "ALTER ROLE signet_server BYPASSRLS", "0000_roles" },
		{ "ALTER ROLE signet_server NOBYPASSRLS", NULL },
	};
	struct migrate_report report;
	char name[32];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error err = ERROR_INIT;
		int rc;

		CU_ASSERT_PTR_NOT_NULL_FATAL(postgres_database(name));
		ASSERT_OK(postgres_run(name, "postgres", cases[i].breaks, &err), &err);
		rc = migrate_verify(owner(name), POSTGRES_SCHEMA, &report, &err);
		CU_ASSERT_EQUAL(rc, cases[i].seen_by != NULL ? -1 : 0);
		if (cases[i].seen_by != NULL && strstr(err.text, cases[i].seen_by) == NULL) {
			fprintf(stderr, "%s: %s [%s]\n", cases[i].breaks, err.text, err.cause);
			CU_FAIL("the wrong file saw it");
		}
	}
}

static const struct test tests[] = { TEST(a_fresh_database_gets_the_schema_of_this_program),
	TEST(preparing_makes_roles_and_database_once), TEST(a_changed_old_file_is_refused),
	TEST(a_migration_whose_proof_fails_leaves_nothing), TEST(a_gap_in_the_numbers_is_refused),
	TEST(a_newer_database_is_refused_and_the_server_says_what_to_do),
	TEST(a_server_on_a_database_without_schema_says_what_to_run),
	TEST(every_broken_promise_is_seen_by_a_verify_file), TEST_END };
const struct suite suite_schema_migrate = { "schema/migrate", NULL, NULL, tests };
