/*
 * Time stamps for what is stated of the log: while no authority answers what was stated waits, says
 * why, and is stamped for the day that it is of once one answers again.
 */
#include "server/ops/audit/stamper.h"

#include <stdlib.h>
#include <string.h>

#include "server/ops/private.h"
#include "tests/support/administer.h"
#include "tests/support/postgres.h"
#include "tests/support/suite.h"

/* Nobody listens there; and one of our own, which is away at first. */
static const struct ops_authority authorities[] = {
	{ .name = "far", .url = "http://127.0.0.1:9/", .timeout_ms = 500 },
	{ .name = "near" },
};

static int
setup(void)
{
	if (ops_world_make() != 0)
		return -1;
	ops_tenant("acme", authorities, 2);
	ops_change("UPDATE signet.tenant SET is_server = true WHERE name = 'acme';"
		   "UPDATE signet.timestamp_authority SET state = 'disabled' WHERE name = 'near'");
	return 0;
}

static void
ask(const char *sql, char *out, size_t size)
{
	struct error err = ERROR_INIT;

	ASSERT_OK(postgres_ask(ops_database(), "postgres", sql, out, size, &err), &err);
}

/* What a day's statement is, as the job would make it. */
#define STATE(day)                                                                                 \
	"INSERT INTO signet.audit_statement (day, made, node, content, digest) SELECT d, d, "      \
	"'demo', c, sha256(convert_to(c, 'UTF8')) FROM (SELECT d, 'signet audit heads 1' || "      \
	"E'\\nday ' || d || E'\\nmade ' || d || E'T00:20:00Z\\n' AS c FROM (SELECT '" day          \
	"'::date AS d) t) u"
/* The lease of who tried and failed is not waited for: it is given back or ends by the clock. */
#define FREE "UPDATE signet.audit_statement SET claimed_until = now() - interval '1 second'"

static void
while_no_authority_answers_what_was_stated_waits_and_says_why(void)
{
	struct error err = ERROR_INIT;
	char text[400];

	CU_ASSERT_EQUAL(audit_stamp_next(ops_engine(), &err), 0);
	ops_change(STATE("2026-03-01"));
	ops_change(STATE("2026-03-02"));
	CU_ASSERT_EQUAL(audit_stamp_next(ops_engine(), &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
	ask("SELECT string_agg(day || ' ' || (failure <> ''), ', ' ORDER BY day) FROM "
	    "signet.audit_statement",
	    text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text, "2026-03-01 true, 2026-03-02 false");
	ask("SELECT count(*) FROM signet.audit_stamp", text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text, "0");
}

static void
when_one_is_back_each_day_gets_its_own_stamp_and_one_alone(void)
{
	struct error err = ERROR_INIT;
	char text[400];

	ops_change(
	    "UPDATE signet.timestamp_authority SET state = 'active' WHERE name = 'near';" FREE);
	ASSERT_RC(audit_stamp_next(ops_engine(), &err), 1, &err);
	ASSERT_RC(audit_stamp_next(ops_engine(), &err), 1, &err);
	CU_ASSERT_EQUAL(audit_stamp_next(ops_engine(), &err), 0);
	/* Whose imprint each has is in the token: the digest of that day's statement. */
	ask("SELECT string_agg(s.day || ' ' || p.authority || ' ' || (position(s.digest IN "
	    "p.token) > 0), ', ' ORDER BY s.day) FROM signet.audit_statement s JOIN "
	    "signet.audit_stamp p USING (day)",
	    text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text, "2026-03-01 near true, 2026-03-02 near true");
}

/* A clock that went back gives a day that is stated already: nothing is asked for it again. */
static void
a_day_that_has_its_stamp_keeps_it(void)
{
	struct error err = ERROR_INIT;
	char before[200], after[200];

	ask("SELECT sha256(token)::text FROM signet.audit_stamp WHERE day = '2026-03-01'", before,
	    sizeof(before));
	CU_ASSERT_NOT_EQUAL(postgres_run(ops_database(), "postgres", STATE("2026-03-01"), &err), 0);
	error_clear(&err);
	CU_ASSERT_EQUAL(audit_stamp_next(ops_engine(), &err), 0);
	ask("SELECT sha256(token)::text FROM signet.audit_stamp WHERE day = '2026-03-01'", after,
	    sizeof(after));
	CU_ASSERT_STRING_EQUAL(before, after);
}

static const struct test tests[] = {
	TEST(while_no_authority_answers_what_was_stated_waits_and_says_why),
	TEST(when_one_is_back_each_day_gets_its_own_stamp_and_one_alone),
	TEST(a_day_that_has_its_stamp_keeps_it),
	TEST_END,
};
const struct suite suite_server_ops_audit_stamper = { "server/ops/audit/stamper", setup,
	ops_world_end, tests };
