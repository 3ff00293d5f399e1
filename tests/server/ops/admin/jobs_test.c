/* Jobs, nodes and settings by the service Administration. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/administer.h"
#include "tests/support/postgres.h"
#include "tests/support/suite.h"

static int
setup(void)
{
	return administer_world();
}

static void
a_job_is_paused_planned_and_asked_for(void)
{
	struct error err = ERROR_INIT;
	struct request req;
	char id[64], line[200];

	ops_change(
	    "INSERT INTO signet.job (tenant_id, name, every_seconds) SELECT id, 'expiry', "
	    "3600 FROM signet.tenant WHERE name = 'acme'; INSERT INTO signet.job_run (job_id, "
	    "tenant_id, name, node, started, ended, result, message) SELECT id, tenant_id, "
	    "name, 'node1', now(), now(), 'Failed', 'run ' || n FROM signet.job, "
	    "generate_series(1, 3) n WHERE name = 'expiry' AND tenant_id IS NOT NULL");
	ASSERT_OK(administer(&req, OP_GET_JOB, FIELDS("name", "expiry"), &err), &err);
	CU_ASSERT_STRING_EQUAL(administered_text(&req, 0, "lastResult"), "Failed");
	CU_ASSERT_STRING_EQUAL(administered_text(&req, 0, "lastMessage"), "run 3");
	snprintf(id, sizeof(id), "%s", administered_text(&req, 0, "id"));
	request_release(&req);
	ASSERT_OK(
	    administer(&req, OP_UPDATE_JOB,
		FIELDS("id", id, "version", "1", "state", "Paused", "dailyAt", "03:00"), &err),
	    &err);
	CU_ASSERT_STRING_EQUAL(req.out.result.message,
	    "state: Active -> Paused; everySeconds: 3600 -> none; dailyAt: none -> 03:00");
	request_release(&req);
	ops_last_audit(line, sizeof(line));
	CU_ASSERT_STRING_EQUAL(line, "UpdateJob job expiry Success");
	administer_refused(OP_UPDATE_JOB,
	    FIELDS("id", id, "version", "1", "state", "Active", "everySeconds", "60"),
	    ERROR_CONFLICT, "its version is 2, not 1");
	administer_refused(OP_UPDATE_JOB,
	    FIELDS("id", id, "version", "2", "state", "Active", "everySeconds", "60", "dailyAt",
		"03:00"),
	    ERROR_MALFORMED, "either at an interval");
	administer_refused(OP_UPDATE_JOB,
	    FIELDS("id", id, "version", "2", "state", "Active", "everySeconds", "1"),
	    ERROR_MALFORMED, "10 seconds");
	administer_refused(OP_UPDATE_JOB,
	    FIELDS("id", id, "version", "2", "state", "Active", "dailyAt", "noon"), ERROR_MALFORMED,
	    "form");
	ASSERT_OK(administer(&req, OP_RUN_JOB, FIELDS("id", id), &err), &err);
	CU_ASSERT(administered(&req, 0, "requested")->is_set);
	request_release(&req);
	ASSERT_OK(
	    administer(&req, OP_LIST_JOB_RUNS, FIELDS("id", id, "pageSize", "2"), &err), &err);
	CU_ASSERT_EQUAL_FATAL(req.admin->count, 2);
	CU_ASSERT_STRING_EQUAL(administered_text(&req, 0, "message"), "run 3");
	CU_ASSERT_PTR_NOT_NULL(req.admin->next_page);
	request_release(&req);
	administer_made(OP_UPDATE_JOB,
	    FIELDS("id", id, "version", "2", "state", "Disabled", "dailyAt", "03:00"));
	administer_refused(OP_RUN_JOB, FIELDS("id", id), ERROR_CONFLICT, "disabled");
	/* Another tenant meets no job of this one. */
	CU_ASSERT_EQUAL(administer_as("rival/erp", &req, OP_RUN_JOB, FIELDS("id", id), &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
	request_release(&req);
	CU_ASSERT_EQUAL(
	    administer_as("rival/erp", &req, OP_LIST_JOB_RUNS, FIELDS("id", id), &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
	request_release(&req);
}

/* What is of the whole installation is the server's own tenant's. */
static void
jobs_of_all_and_nodes_are_the_servers_own_tenants(void)
{
	struct error err = ERROR_INIT;
	struct request req;
	char id[64], sql[300];
	size_t i, nodes = 0, jobs = 0;

	ASSERT_OK(postgres_ask(ops_database(), "postgres",
		      "SELECT id FROM signet.job WHERE name = 'trust-lists' AND tenant_id IS NULL",
		      id, sizeof(id), &err),
	    &err);
	administer_refused(OP_RUN_JOB, FIELDS("id", id), ERROR_NOT_FOUND, "there is no job");
	ASSERT_OK(administer(&req, OP_LIST_NODES, NULL, &err), &err);
	CU_ASSERT_EQUAL(req.admin->count, 0);
	request_release(&req);
	/* Neither by SQL alone. */
	snprintf(sql, sizeof(sql),
	    "SELECT coalesce(signet.job_request('%s'), '') || (SELECT count(*) FROM "
	    "signet.job_lock('%s'))",
	    id, id);
	ASSERT_OK(postgres_ask(ops_database(), "signet_server", sql, sql, sizeof(sql), &err), &err);
	CU_ASSERT_STRING_EQUAL(sql, "0");
	ops_change("UPDATE signet.tenant SET is_server = true WHERE name = 'acme'; INSERT INTO "
		   "signet.node (name) VALUES ('node9')");
	ASSERT_OK(administer(&req, OP_RUN_JOB, FIELDS("id", id), &err), &err);
	CU_ASSERT_EQUAL(administered(&req, 0, "isServerWide")->number, 1);
	request_release(&req);
	ASSERT_OK(administer(&req, OP_LIST_JOBS, FIELDS("filter", "TRUST"), &err), &err);
	CU_ASSERT(req.admin->count >= 1);
	request_release(&req);
	ASSERT_OK(administer(&req, OP_LIST_NODES, FIELDS("filter", "node9"), &err), &err);
	CU_ASSERT_EQUAL(req.admin->count, 1);
	CU_ASSERT_EQUAL(req.admin->total, 1);
	request_release(&req);
	ASSERT_OK(administer(&req, OP_GET_STATUS, NULL, &err), &err);
	for (i = 0; i < req.admin->count; i++) {
		nodes += strcmp(administered_text(&req, i, "name"), "node9") == 0;
		jobs += strcmp(administered_text(&req, i, "name"), "trust-lists") == 0;
	}
	CU_ASSERT_EQUAL(nodes, 1);
	CU_ASSERT_EQUAL(jobs, 1);
	request_release(&req);
	ops_change("UPDATE signet.tenant SET is_server = false WHERE name = 'acme'");
}

static void
settings_are_set_and_reset_with_words_of_failure(void)
{
	struct error err = ERROR_INIT;
	struct request req;
	char line[300];

	ASSERT_OK(administer(&req, OP_LIST_SETTINGS, NULL, &err), &err);
	CU_ASSERT_EQUAL_FATAL(req.admin->count, 5);
	CU_ASSERT_STRING_EQUAL(administered_text(&req, 0, "value"), "signet-strict");
	CU_ASSERT_STRING_EQUAL(administered_text(&req, 0, "source"), "Standard");
	request_release(&req);
	ASSERT_OK(administer(&req, OP_UPDATE_SETTING,
		      FIELDS("name", "user-revocation", "value", "strict", "was", "lenient"), &err),
	    &err);
	CU_ASSERT_STRING_EQUAL(req.out.result.message, "user-revocation: lenient -> strict");
	CU_ASSERT_STRING_EQUAL(administered_text(&req, 0, "source"), "Tenant");
	request_release(&req);
	administer_refused(OP_UPDATE_SETTING,
	    FIELDS("name", "user-revocation", "value", "strict", "was", "lenient"), ERROR_CONFLICT,
	    "it is strict, not lenient");
	administer_refused(OP_UPDATE_SETTING, FIELDS("name", "user-revocation", "value", "maybe"),
	    ERROR_MALFORMED, "lenient or strict");
	administer_refused(OP_UPDATE_SETTING,
	    FIELDS("name", "user-revocation-grace-hours", "value", "-1"), ERROR_MALFORMED, "0 to");
	administer_refused(OP_UPDATE_SETTING,
	    FIELDS("name", "user-revocation-grace-hours", "value", "8761"), ERROR_MALFORMED,
	    "0 to");
	administer_refused(
	    OP_UPDATE_SETTING, FIELDS("name", "gravity"), ERROR_NOT_FOUND, "no setting gravity");
	administer_refused(OP_UPDATE_SETTING, FIELDS("name", "validation-policy", "value", "lax"),
	    ERROR_NOT_FOUND, "no validation policy lax");
	ops_change("INSERT INTO signet.validation_policy (tenant_id, name, version, content, "
		   "created_by) SELECT id, 'lax', 1, '{}', 'test' FROM signet.tenant WHERE name = "
		   "'acme'");
	administer_made(OP_UPDATE_SETTING, FIELDS("name", "validation-policy", "value", "lax"));
	ASSERT_OK(
	    administer(&req, OP_GET_SETTING, FIELDS("name", "validation-policy"), &err), &err);
	CU_ASSERT_STRING_EQUAL(administered_text(&req, 0, "value"), "lax");
	request_release(&req);
	administer_made(OP_UPDATE_SETTING, FIELDS("name", "validation-policy"));
	administer_made(OP_UPDATE_SETTING, FIELDS("name", "user-revocation"));
	ASSERT_OK(
	    postgres_ask(ops_database(), "postgres",
		"SELECT (SELECT count(*) FROM signet.history WHERE kind = "
		"'validation_default' AND until IS NOT NULL AND made_by LIKE '% acme/erp') || "
		"' ' || (SELECT count(*) FROM signet.history h WHERE kind = 'tenant' AND "
		"image ->> 'user_revocation' = 'strict')",
		line, sizeof(line), &err),
	    &err);
	CU_ASSERT_STRING_EQUAL(line, "1 1");
	/* The other tenant's stay. */
	ASSERT_OK(administer_as(
		      "rival/erp", &req, OP_GET_SETTING, FIELDS("name", "user-revocation"), &err),
	    &err);
	CU_ASSERT_STRING_EQUAL(administered_text(&req, 0, "value"), "lenient");
	request_release(&req);
}

static const struct test tests[] = {
	TEST(a_job_is_paused_planned_and_asked_for),
	TEST(jobs_of_all_and_nodes_are_the_servers_own_tenants),
	TEST(settings_are_set_and_reset_with_words_of_failure),
	TEST_END,
};
const struct suite suite_server_ops_admin_jobs = { "server/ops/admin/jobs", setup, ops_world_end,
	tests };
