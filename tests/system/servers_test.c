/*
 * Two servers on one database, which is a process apart from both (S2-45): what one answered the
 * other knows, what an administrator withdraws is gone from both, and each has a log of its own.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/clock.h"
#include "tests/support/postgres.h"
#include "tests/support/soap_call.h"
#include "tests/support/suite.h"

static struct live one, two; /* two: the other's folder but for its configuration and its port */
static SSL_CTX *erp;

static unsigned long
ask_number(const char *sql)
{
	struct error err = ERROR_INIT;
	char out[64];

	ASSERT_OK(postgres_ask(one.database, "signet_owner", sql, out, sizeof(out), &err), &err);
	return strtoul(out, NULL, 10);
}

static void
an_answer_of_one_server_is_given_again_by_the_other(void)
{
	char *body = strdup(soap_sign_cms("demo-ec", "An invoice.", "two-servers"));
	struct soap_call a, b;

	soap_call_init(&a, &one, erp);
	soap_call_init(&b, &two, erp);
	CU_ASSERT_EQUAL_FATAL(soap_call(&a, body), 200);
	CU_ASSERT_EQUAL_FATAL(soap_call(&b, body), 200);
	CU_ASSERT_STRING_EQUAL(soap_answer(&a), soap_answer(&b));
	CU_ASSERT_EQUAL(
	    ask_number("SELECT count(*) FROM signet.request_id WHERE id = 'two-servers'"), 1);
	CU_ASSERT_EQUAL(soap_call(&b, soap_sign_cms("demo-ec", "Another.", "two-servers")), 500);
	CU_ASSERT(soap_is_fault(&b, "Conflict", "another content"));
	soap_call_end(&a);
	soap_call_end(&b);
	free(body);
}

static int
becomes(struct soap_call *c, int is_served)
{
	int64_t end = clock_monotonic_us() + 5000000;

	while ((soap_call(c, "<WhoAmI/>") == 200) != is_served)
		if (clock_monotonic_us() > end)
			return 0;
		else
			poll(NULL, 0, 2);
	return 1;
}

static void
set_user(const char *state)
{
	struct error err = ERROR_INIT;
	char sql[128];

	snprintf(sql, sizeof(sql), "UPDATE signet.user SET state = '%s' WHERE name = 'erp'", state);
	ASSERT_OK(postgres_run(one.database, "postgres", sql, &err), &err);
}

static void
who_is_suspended_is_out_of_both_at_once(void)
{
	struct soap_call a, b;

	soap_call_init(&a, &one, erp);
	soap_call_init(&b, &two, erp);
	CU_ASSERT_EQUAL(soap_call(&a, "<WhoAmI/>"), 200);
	CU_ASSERT_EQUAL(soap_call(&b, "<WhoAmI/>"), 200);
	set_user("suspended");
	CU_ASSERT(becomes(&a, 0));
	CU_ASSERT(soap_is_fault(&a, "NotAuthenticated", ""));
	CU_ASSERT(becomes(&b, 0));
	CU_ASSERT(soap_is_fault(&b, "NotAuthenticated", ""));
	set_user("active");
	CU_ASSERT(becomes(&a, 1));
	CU_ASSERT(becomes(&b, 1));
	soap_call_end(&a);
	soap_call_end(&b);
}

static void
when_one_ends_the_other_serves_and_each_has_its_own_log(void)
{
	struct soap_call b;

	CU_ASSERT_EQUAL(live_end(&one), 0);
	soap_call_init(&b, &two, erp);
	CU_ASSERT_EQUAL(soap_call(&b, soap_sign_cms("demo-ec", "Alone.", NULL)), 200);
	soap_call_end(&b);
	CU_ASSERT_EQUAL(live_restart(&one), 0);
	CU_ASSERT_EQUAL(
	    ask_number("SELECT count(DISTINCT node) FROM signet.audit a JOIN signet.node"
		       " n ON n.id = a.node WHERE n.name NOT LIKE '%jobs'"),
	    2);
	/* Numbers of a chain follow one another without a gap: neither wrote into the other's. */
	CU_ASSERT_EQUAL(ask_number("SELECT count(*) FROM (SELECT node FROM signet.audit GROUP BY "
				   "node HAVING count(*) <> max(seq) - min(seq) + 1) AS g"),
	    0);
}

/* ---- the log of both ---- */

#define QUIETLY "SET session_replication_role = replica; "

static void
run_sql(const char *sql)
{
	struct error err = ERROR_INIT;

	ASSERT_OK(postgres_run(one.database, "postgres", sql, &err), &err);
}

/* `signet audit verify` as the administrator, asked of one of the servers: the exit status. */
static int
verify_log(struct buf *out, const struct live *which)
{
	int rc = run_shell(out,
	    "cd '%s' && sed 's|^endpoint.*|endpoint = \"%s\"|' admin.conf > auditor.conf && '%s' "
	    "--config auditor.conf audit verify 2>&1",
	    live_path(&one, ""), which->url, live_program("signet"));

	CU_ASSERT_EQUAL_FATAL(buf_terminate(out, NULL), 0);
	return rc;
}

/*
 * Whatever is done to a row of either server's chain is found, by whichever server is asked. What
 * is tampered with is the chain of the one that is not asked: it writes nothing meanwhile.
 */
static void
tamper(const char *node, const struct live *asked)
{
	static const struct {
		const char *sql, *says;
	} cases[] = {
		{ "UPDATE signet.audit SET caller = 'demo/eve' WHERE seq = 2 AND %s",
		    "row 2 was changed" },
		{ "DELETE FROM signet.audit WHERE seq = 2 AND %s", "row 2 is missing" },
		{ "UPDATE signet.audit SET seq = seq + 100000 WHERE seq > 1 AND %1$s; "
		  "UPDATE signet.audit SET seq = seq - 99999 WHERE seq > 100000 AND %1$s; "
		  "INSERT INTO signet.audit SELECT node, 2, at, request, tenant_id, user_id, "
		  "caller, "
		  "operation, object, result, reason, digest, size_in, size_out, peer, "
		  "duration_us, "
		  "hash, hash FROM signet.audit WHERE seq = 1 AND %1$s",
		    "row 2 was changed" },
	};
	char where[200], sql[2048], words[200];
	size_t i;

	snprintf(
	    where, sizeof(where), "node = (SELECT id FROM signet.node WHERE name = '%s')", node);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf out = BUF_INIT(0);
		int n;

		snprintf(sql, sizeof(sql),
		    "CREATE TABLE public.kept AS SELECT * FROM signet.audit WHERE %s", where);
		run_sql(sql);
		n = snprintf(sql, sizeof(sql), QUIETLY);
		snprintf(sql + n, sizeof(sql) - (size_t)n, cases[i].sql, where);
		run_sql(sql);
		CU_ASSERT_EQUAL(verify_log(&out, asked), 1);
		snprintf(words, sizeof(words), "chain %s: %s", node, cases[i].says);
		if (strstr((char *)out.data, words) == NULL)
			fprintf(stderr, "%s\nwithout %s\n", (char *)out.data, words);
		CU_ASSERT_PTR_NOT_NULL(strstr((char *)out.data, words));
		snprintf(sql, sizeof(sql),
		    QUIETLY "DELETE FROM signet.audit WHERE %s; INSERT INTO signet.audit SELECT * "
			    "FROM public.kept; DROP TABLE public.kept",
		    where);
		run_sql(sql);
		buf_release(&out);
	}
}

static void
the_log_of_both_is_verified_and_a_touched_row_of_either_is_found(void)
{
	struct buf out = BUF_INIT(0);
	struct soap_call a, b;
	int i;

	run_sql(
	    "INSERT INTO signet.group_right SELECT g.tenant_id, g.group_id, o.name FROM (SELECT "
	    "DISTINCT tenant_id, group_id FROM signet.group_right WHERE operation = 'ListUsers') "
	    "g, signet.operation o WHERE o.name IN ('VerifyAudit', 'ListAuditChains') ON "
	    "CONFLICT DO NOTHING");
	soap_call_init(&a, &one, erp);
	soap_call_init(&b, &two, erp);
	for (i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(soap_call(&a, "<WhoAmI/>"), 200);
		CU_ASSERT_EQUAL(soap_call(&b, "<WhoAmI/>"), 200);
	}
	soap_call_end(&a);
	soap_call_end(&b);
	CU_ASSERT_EQUAL(verify_log(&out, &one), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)out.data, "good: "));
	tamper("second", &one);
	tamper("demo", &two);
	out.len = 0;
	CU_ASSERT_EQUAL(verify_log(&out, &two), 0);
	buf_release(&out);
}

static int
start(void)
{
	if (live_start(&one, NULL, NULL) != 0 || live_start_beside(&two, &one, "second") != 0)
		return -1;
	erp = soap_call_context(&one, "erp");
	return 0;
}

static int
stop(void)
{
	live_stop(&two);
	live_stop(&one);
	SSL_CTX_free(erp);
	return 0;
}

/* Of two with one name the second would break the first one's log: it does not start, and says why.
 */
static void
a_second_server_of_the_same_name_refuses_to_start(void)
{
	const unsigned long claims = ask_number("SELECT count(*) FROM signet.job_run");
	struct live third;
	struct soap_call a;
	long from;

	CU_ASSERT_EQUAL(live_start_beside(&third, &one, "demo"), -1);
	CU_ASSERT_EQUAL(third.pid, 0); /* it has ended by itself */
	from = 0;
	CU_ASSERT_PTR_NOT_NULL(live_log_line(
	    &third, from, "another server writes the audit log under the name of this one"));
	CU_ASSERT_PTR_NOT_NULL(live_log_line(&third, from, "give each server a name of its own"));
	live_stop(&third);
	/* The first goes on, and its jobs are its own. */
	soap_call_init(&a, &one, erp);
	CU_ASSERT_EQUAL(soap_call(&a, "<WhoAmI/>"), 200);
	soap_call_end(&a);
	CU_ASSERT_EQUAL(ask_number("SELECT count(*) FROM signet.job_run WHERE result = 'Lost'"), 0);
	CU_ASSERT(ask_number("SELECT count(*) FROM signet.job_run") >= claims);
}

static const struct test tests[] = {
	TEST(an_answer_of_one_server_is_given_again_by_the_other),
	TEST(who_is_suspended_is_out_of_both_at_once),
	TEST(the_log_of_both_is_verified_and_a_touched_row_of_either_is_found),
	TEST(a_second_server_of_the_same_name_refuses_to_start),
	TEST(when_one_ends_the_other_serves_and_each_has_its_own_log),
	TEST_END,
};
const struct suite suite_system_servers = { "system/servers", start, stop, tests };
