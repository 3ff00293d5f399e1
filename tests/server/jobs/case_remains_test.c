/* What a crash left of a case goes, what is sealed or under way stays (S2-02). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/jobs/jobs.h"
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

/* Cases called by what they are: remains of the day before yesterday, of a minute ago, sealed. */
static void
write_cases(void)
{
	struct error err = ERROR_INIT;
	char sql[2000], tenant[TEXT_UUID_SIZE];

	snprintf(sql, sizeof(sql),
	    "SELECT set_config('signet.tenant', '%s', false);"
	    "INSERT INTO signet.case_file SELECT t.id, gen_random_uuid(), now() - v.age,"
	    " gen_random_uuid(), v.name, t.id, '', '', '', 'Api', 'File', 'TotalPassed', '', '',"
	    " '', now(), '', '', '', sha256('') FROM signet.tenant t, (VALUES ('old',"
	    " interval '2 days'), ('young', interval '1 minute'), ('sealed', interval '2 days'))"
	    " AS v (name, age);"
	    "INSERT INTO signet.case_key SELECT tenant_id, 'all', '', stored, id"
	    " FROM signet.case_file;"
	    "INSERT INTO signet.case_seal SELECT tenant_id, id, 1, 1 FROM signet.case_file"
	    " WHERE request_id = 'sealed'",
	    uuid_text(tenant, &w.acme));
	ASSERT_OK(postgres_run(w.database, "signet_server", sql, &err), &err);
}

static void
old_remains_go_and_nothing_else(void)
{
	struct job_context context = { .db = w.db, .last_good = DB_NO_TIME };
	struct job_result result = { 0 };
	struct error err = ERROR_INIT;
	char left[200];

	write_cases();
	ASSERT_OK(job_case_remains(&context, &result, &err), &err);
	CU_ASSERT_STRING_EQUAL(result.message, "1 remains were removed");
	ASSERT_OK(postgres_ask(w.database, "postgres",
		      "SELECT string_agg(request_id, ' ' ORDER BY request_id)"
		      " FROM signet.case_file f JOIN signet.case_key k ON k.case_id = f.id",
		      left, sizeof(left), &err),
	    &err);
	CU_ASSERT_STRING_EQUAL(left, "sealed young");
	/* Again, as after a crash in the midst. */
	ASSERT_OK(job_case_remains(&context, &result, &err), &err);
	CU_ASSERT_STRING_EQUAL(result.message, "0 remains were removed");
}

static const struct test tests[] = { TEST(old_remains_go_and_nothing_else), TEST_END };
const struct suite suite_server_jobs_case_remains = { "server/jobs/case_remains", setup, teardown,
	tests };
