/* S2-46: who is locked out makes an administrator on the server itself, and the log says so. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/ops/journal/chain.h"
#include "tests/support/judges.h"
#include "tests/support/postgres.h"
#include "tests/support/suite.h"
#include "tests/support/terminal.h"

static char signetd[PATH_MAX];
#define RESCUE "%s -c ../signetd.conf --rescue "

static int
setup(void)
{
	snprintf(signetd, sizeof(signetd), "%s", live_program("signetd"));
	return judges_enter("rescue");
}

static void
row_of_log(const char *name, char *out, size_t size)
{
	struct error err = ERROR_INIT;
	char sql[500];

	snprintf(sql, sizeof(sql),
	    "SELECT concat_ws('|', n.name, a.operation, a.result, a.caller, a.reason) FROM "
	    "signet.audit a JOIN signet.node n ON n.id = a.node WHERE a.object = 'user %s'",
	    name);
	ASSERT_OK(
	    postgres_ask(judges_live()->database, "signet_owner", sql, out, size, &err), &err);
}

/* Beside a running server, which hears of it at once. */
static void
a_new_administrator_can_call_and_is_in_the_log(void)
{
	char row[600];

	JUDGE(0, RESCUE "demo/helper --without-terminal", signetd);
	HEARD("password, shown this once: ");
	JUDGE(0,
	    RESCUE "demo/helper2 --without-terminal | sed -n 's/^password, shown this once: //p' "
		   "> p && test $(wc -c < p) = 25 && { grep -E '^(endpoint|ca-file)' "
		   "../client.conf | sed 's|\"pki/|\"../pki/|'; echo 'user = \"demo/helper2\"'; "
		   "echo 'password-file = \"p\"'; } > h.conf",
	    signetd);
	JUDGE(0, "signet --config h.conf user list");
	HEARD("helper2");
	JUDGE(0, "signet --config h.conf user password admin --password-file p");
	JUDGE(3, "signet --config h.conf tenant list");
	row_of_log("helper2", row, sizeof(row));
	CU_ASSERT_PTR_NOT_NULL(strstr(row, "/rescue|Rescue|Success|signetd --rescue (root)|a new "
					   "administrator of tenant demo, by password"));
}

static void
the_servers_own_tenant_is_rescued_by_a_certificate(void)
{
	JUDGE(0, "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "
		 "'/CN=saver' -keyout s.key -out s.pem -days 30 2>/dev/null && openssl pkcs12 "
		 "-export -inkey s.key -in s.pem -out s.p12 -passout pass:secret && echo secret > "
		 "s.pass");
	JUDGE(0, RESCUE "server/saver --certificate s.pem --without-terminal", signetd);
	HEARD("CN=saver");
	CU_ASSERT_PTR_NULL(strstr(judges_said(), "password"));
	JUDGE(0, "{ grep -E '^(endpoint|ca-file)' ../client.conf | sed 's|\"pki/|\"../pki/|'; "
		 "echo 'certificate = \"s.p12\"'; echo 'passphrase-file = \"s.pass\"'; } > s.conf "
		 "&& signet --config s.conf tenant list");
	HEARD("demo");
}

static void
what_cannot_be_changes_nothing(void)
{
	char before[64], after[64];
	struct error err = ERROR_INIT;
	static const char count[] = "SELECT (SELECT count(*) FROM signet.user) || ' ' || (SELECT "
				    "count(*) FROM signet.group) || ' ' || (SELECT count(*) FROM "
				    "signet.audit WHERE operation = 'Rescue')";

	ASSERT_OK(postgres_ask(
		      judges_live()->database, "signet_owner", count, before, sizeof(before), &err),
	    &err);
	/* No terminal, and nobody said that none is needed. */
	JUDGE(1, RESCUE "demo/other < /dev/null", signetd);
	HEARD("--without-terminal");
	JUDGE(1, RESCUE "demo/admin --without-terminal", signetd);
	HEARD("exists already");
	JUDGE(1, RESCUE "nowhere/other --without-terminal", signetd);
	HEARD("there is no tenant \"nowhere\"");
	JUDGE(1, RESCUE "other --without-terminal", signetd);
	HEARD("TENANT/NAME");
	JUDGE(1, RESCUE "demo/other --certificate doc.txt --without-terminal", signetd);
	JUDGE(1, RESCUE "\"demo/a$(printf '\\342\\200\\256')b\" --without-terminal", signetd);
	JUDGE(1,
	    "sed 's|^database.*|database = \"host=/nowhere dbname=x\"|; s|\"keys\"|\"../keys\"|; "
	    "s|\"pki/|\"../pki/|' ../signetd.conf > away.conf && %s -c away.conf --rescue "
	    "demo/other --without-terminal",
	    signetd);
	HEARD("cannot be reached");
	JUDGE(2, "%s --without-terminal", signetd);
	if (run_shell(NULL, "id nobody >/dev/null && test $(id -u) = 0") == 0)
		JUDGE(1,
		    "cp %s /tmp/signetd-$$ && cp away.conf /tmp/away-$$ && chmod 644 /tmp/away-$$; "
		    "cd /tmp; setpriv --reuid=nobody --clear-groups /tmp/signetd-$$ -c "
		    "/tmp/away-$$ --rescue demo/other --without-terminal; rc=$?; rm -f "
		    "/tmp/signetd-$$ /tmp/away-$$; exit $rc",
		    signetd);
	ASSERT_OK(postgres_ask(
		      judges_live()->database, "signet_owner", count, after, sizeof(after), &err),
	    &err);
	CU_ASSERT_STRING_EQUAL(before, after);
}

static void
a_person_at_the_terminal_needs_no_more_words(void)
{
	struct terminal t;
	char command[PATH_MAX + 200];

	snprintf(command, sizeof(command), "%s -c %s --rescue demo/person; read x", signetd,
	    live_path(judges_live(), "signetd.conf"));
	if (terminal_start(&t, 100, 24, command) != 0) {
		test_not_run("no terminal to try --rescue on");
		return;
	}
	CU_ASSERT(terminal_shows(&t, "password, shown this once: "));
	terminal_stop(&t);
}

/* The rows are a chain as all are: whoever takes one out is found. */
static void
its_rows_are_chained(void)
{
	const struct db_options options = { .conninfo = postgres_conninfo(
						judges_live()->database, "signet_owner") };
	struct chain_report report;
	struct error err = ERROR_INIT;
	char node[128];
	struct db *db;

	ASSERT_OK(postgres_ask(judges_live()->database, "signet_owner",
		      "SELECT name FROM signet.node WHERE name LIKE '%/rescue'", node, sizeof(node),
		      &err),
	    &err);
	ASSERT_OK(db_open(&db, &options, &err), &err);
	ASSERT_RC(audit_verify(db, node, NULL, NULL, &report, &err), 1, &err);
	CU_ASSERT(report.rows >= 3);
	ASSERT_OK(postgres_run(judges_live()->database, "postgres",
		      "SET session_replication_role = replica; UPDATE signet.audit SET reason = "
		      "'nothing' WHERE operation = 'Rescue' AND seq = 2",
		      &err),
	    &err);
	ASSERT_RC(audit_verify(db, node, NULL, NULL, &report, &err), 0, &err);
	CU_ASSERT_EQUAL(report.bad_seq, 2);
	db_close(db);
}

static const struct test tests[] = {
	TEST(a_new_administrator_can_call_and_is_in_the_log),
	TEST(the_servers_own_tenant_is_rescued_by_a_certificate),
	TEST(what_cannot_be_changes_nothing),
	TEST(a_person_at_the_terminal_needs_no_more_words),
	TEST(its_rows_are_chained),
	TEST_END,
};
const struct suite suite_system_rescue = { "system/rescue", setup, NULL, tests };
