/*
 * The audit log as an auditor meets it, by the command line against a live server: found, copied,
 * checked on the server and offline; whatever the owner of the database does to it is found by the
 * number of the row, and a copy that was tampered with, too.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/clock.h"
#include "server/ops/journal/append.h"
#include "tests/support/judges.h"
#include "tests/support/postgres.h"
#include "tests/support/suite.h"

#define ADMIN  "signet --config ../admin.conf "
#define SERVER "signet --config ../server.conf "

static int
run_sql(const char *sql)
{
	struct error err = ERROR_INIT;
	int rc = postgres_run(judges_live()->database, "postgres", sql, &err);

	if (rc != 0)
		fprintf(stderr, "%s: %s [%s]\n", sql, err.text, err.cause);
	return rc;
}

/* A chain as the jobs of earlier versions wrote it: nobody writes to it while it is tampered with.
 */
#define OLD_CHAIN "demo jobs"
#define OLD_ROWS  12

static int
write_old_chain(void)
{
	struct db_options options = { .conninfo = postgres_conninfo(
					  judges_live()->database, "signet_server") };
	struct audit_row rows[OLD_ROWS];
	struct error err = ERROR_INIT;
	struct db *db;
	size_t i;
	int rc = -1;

	if (db_open(&db, &options, &err) != 0)
		return -1;
	for (i = 0; i < OLD_ROWS; i++) {
		rows[i] = (struct audit_row){ .at_us = clock_now_us() + (int64_t)i,
			.caller = "job user-certificates on demo",
			.operation = "CheckUserCertificate",
			.object = "user \"x\"\t\x1b[31m\\ ",
			.result = "Success",
			.reason = "=1+1",
			.peer = "" };
		uuid_random(&rows[i].request);
	}
	if (db_begin(db, &err) == 0 && audit_append(db, OLD_CHAIN, rows, OLD_ROWS, &err) == 0)
		rc = db_commit(db, &err);
	if (rc != 0)
		fprintf(stderr, "%s [%s]\n", err.text, err.cause);
	db_close(db);
	return rc;
}

/* Both administrators may read the log: rights of their own, given by SQL as signet-init would. */
static int
setup(void)
{
	return judges_enter("audit") != 0 ||
		       run_sql(
			   "INSERT INTO signet.group_right SELECT g.tenant_id, g.group_id, "
			   "o.name FROM (SELECT DISTINCT tenant_id, group_id FROM "
			   "signet.group_right WHERE operation = 'ListUsers') g, "
			   "signet.operation o WHERE o.name IN ('QueryAudit', 'VerifyAudit', "
			   "'ListAuditChains', 'ListAuditStamps') ON CONFLICT DO NOTHING") != 0 ||
		       live_await_stamp(judges_live(), 30000) != 0 || write_old_chain() != 0
		   ? -1
		   : 0;
}

static void
who_gave_a_right_to_a_key_is_found(void)
{
	JUDGE(
	    0, ADMIN "group add payers && " ADMIN "right give payers SignDocument --key demo-rsa");
	JUDGE(0, ADMIN "audit list --operation GrantRight --text demo-rsa");
	HEARD("demo/admin");
	HEARD("group payers: given: SignDocument, for Key demo-rsa");
	JUDGE(0, ADMIN "audit list --object 'group payers' --oldest-first --json > rows && test "
		       "\"$(head -1 rows | grep -c CreateGroup)\" = 1");
	JUDGE(0, ADMIN "audit list --user admin --administration --text payers");
	HEARD("CreateGroup");
	JUDGE(0, "test -z \"$(" ADMIN "audit list --user nobody -q)\"");
}

static void
what_was_signed_is_found_by_its_digest_and_refusals_by_their_outcome(void)
{
	JUDGE(0, "signet sign --key demo-rsa doc.txt -o doc.p7s");
	JUDGE(0, ADMIN "audit list --digest $(sha256sum doc.txt | cut -c1-64)");
	HEARD("SignDocument");
	JUDGE(3, "signet user list");
	JUDGE(0, ADMIN "audit list --outcome Failure --operation ListUsers");
	HEARD("lacks the right ListUsers");
	JUDGE(0,
	    ADMIN "audit list --json --limit 1 --outcome Failure | python3 -c 'import json,sys; "
		  "print(json.loads(sys.stdin.readline())[\"request\"])' > id");
	JUDGE(0,
	    "test \"$(" ADMIN "audit list --json --request $(cat id) | grep -c $(cat id))\" = 1");
	JUDGE(3, "signet audit list");
	HEARD("lacks the right QueryAudit");
	JUDGE(3, ADMIN "audit list --digest nohex");
}

/* The server's administrator sees what nobody's tenant did and what was administered, no more. */
static void
the_servers_administrator_sees_administration_and_no_signatures(void)
{
	JUDGE(0, SERVER "audit list --tenant demo --operation CreateGroup");
	HEARD("group payers");
	JUDGE(0, "test -z \"$(" SERVER "audit list --tenant demo --operation SignDocument -q)\"");
	JUDGE(0, "test -z \"$(" SERVER "audit list --operation SignDocument -q)\"");
	JUDGE(0, SERVER "audit list --installation --operation RunJob");
	HEARD("signetd");
	JUDGE(3, ADMIN "audit list --installation");
	HEARD("server's own tenant");
	JUDGE(3, ADMIN "audit list --tenant server");
}

static void
the_day_is_time_stamped_and_the_chains_are_good(void)
{
	JUDGE(0, ADMIN "audit stamps");
	HEARD("tsa");
	JUDGE(0, ADMIN "audit chains");
	HEARD("demo/jobs");
	JUDGE(0, ADMIN "audit verify");
	HEARD("good: ");
	HEARD("1 time stamps");
	JUDGE(0, ADMIN "audit verify --json --node demo");
	HEARD("\"isGood\":true");
	JUDGE(0, ADMIN "status");
	HEARD("time stamps");
}

#define OF(chain) "node = (SELECT id FROM signet.node WHERE name = '" chain "')"
#define OLD	  OF(OLD_CHAIN)
#define KEEP                                                                                       \
	"CREATE TABLE public.kept AS SELECT * FROM signet.audit WHERE " OLD " OR " OF(             \
	    "demo/jobs") ";CREATE TABLE public.nodes AS SELECT * FROM signet.node;"                \
			 "CREATE TABLE public.stated AS SELECT * FROM signet.audit_statement;"     \
			 "CREATE TABLE public.stamps AS SELECT * FROM signet.audit_stamp"
/* Without waking anybody up, as who tampers would. */
#define PUT_BACK                                                                                   \
	"SET session_replication_role = replica; DELETE FROM signet.audit WHERE " OLD " OR " OF(   \
	    "demo/jobs") ";INSERT INTO signet.audit SELECT * FROM public.kept;"                    \
			 "UPDATE signet.node n SET head_seq = k.head_seq, head_hash = "            \
			 "k.head_hash FROM public.nodes k WHERE k.id = n.id AND n.name <> 'demo';" \
			 "DELETE FROM signet.audit_stamp; DELETE FROM signet.audit_statement;"     \
			 "INSERT INTO signet.audit_statement SELECT * FROM public.stated;"         \
			 "INSERT INTO signet.audit_stamp SELECT * FROM public.stamps;"             \
			 "DROP TABLE public.kept, public.nodes, public.stated, public.stamps"

static void
what_the_owner_of_the_database_does_is_found_by_its_row(void)
{
	static const struct {
		const char *tamper, *says;
	} cases[] = {
		{ "UPDATE signet.audit SET caller = 'demo/other' WHERE seq = 3 AND " OLD,
		    "chain demo jobs: row 3 was changed" },
		{ "DELETE FROM signet.audit WHERE seq = 5 AND " OLD, "row 5 is missing" },
		{ "DELETE FROM signet.audit WHERE seq > 10 AND " OLD,
		    "rows 11 to 12 are missing at the end" },
		{ "DELETE FROM signet.audit WHERE " OLD, "rows 1 to 12 are missing at the end" },
		/* Swapped. */
		{ "UPDATE signet.audit SET seq = 109 - seq WHERE seq IN (4, 5) AND " OLD
		  "; UPDATE signet.audit SET seq = seq - 100 WHERE seq > 100 AND " OLD,
		    "row 4 does not follow" },
		/* Put in between. */
		{ "UPDATE signet.audit SET seq = seq + 1000 WHERE seq > 6 AND " OLD
		  "; UPDATE signet.audit SET seq = seq - 999 WHERE seq > 1000 AND " OLD
		  "; INSERT INTO signet.audit SELECT node, 7, at, request, tenant_id, user_id, "
		  "caller, operation, object, result, reason, digest, size_in, size_out, peer, "
		  "duration_us, hash, hash FROM signet.audit WHERE seq = 6 AND " OLD,
		    "row 7 was changed" },
		/* A chain cut off with all that its server has told of it: the time stamp knows. */
		{ "DELETE FROM signet.audit WHERE " OF(
		      "demo/jobs") "; UPDATE signet.node SET head_seq = 0, head_hash = "
				   "decode(repeat('00', 32), 'hex') WHERE name = 'demo/jobs'",
		    "the log does not speak of" },
		/* What was stated is another row. */
		{ "INSERT INTO signet.audit_statement (day, made, node, content, digest) SELECT d, "
		  "d, 'demo', c, sha256(convert_to(c, 'UTF8')) FROM (SELECT d, 'signet audit heads "
		  "1' || E'\\nday ' || d || E'\\nmade ' || d || E'T00:20:00Z\\nchain 12 ' || "
		  "repeat('ab', 32) || E' demo jobs\\n' AS c FROM (SELECT (now() AT TIME ZONE "
		  "'UTC')::date - 3 AS d) AS t) AS u",
		    "row 12 is not the one that was stated on" },
		{ "INSERT INTO signet.audit_statement (day, made, node, content, digest) SELECT d, "
		  "d, 'demo', c, sha256(convert_to(c, 'UTF8')) FROM (SELECT d, 'signet audit heads "
		  "1' || E'\\nday ' || d || E'\\nmade ' || d || E'T00:20:00Z\\nchain 13 ' || "
		  "repeat('ab', 32) || E' demo jobs\\n' AS c FROM (SELECT (now() AT TIME ZONE "
		  "'UTC')::date - 3 AS d) AS t) AS u",
		    "there is no time stamp of any day from" },
		{ "UPDATE signet.audit_statement SET content = content || 'chain 1 ' || "
		  "repeat('0', 64) || E' x\n'",
		    "was changed" },
		{ "DELETE FROM signet.audit_stamp; DELETE FROM signet.audit_statement",
		    "that the log speaks of was removed" },
		{ "UPDATE signet.audit_stamp SET token = token || '\\x00'::bytea", "time stamp" },
		{ "UPDATE signet.audit_stamp SET token = set_byte(token, length(token) - 9, "
		  "(get_byte(token, length(token) - 9) + 1) % 256)",
		    "the time stamp of" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char sql[2048];

		CU_ASSERT_EQUAL(run_sql(KEEP), 0);
		snprintf(sql, sizeof(sql), "SET session_replication_role = replica; %s",
		    cases[i].tamper);
		CU_ASSERT_EQUAL(run_sql(sql), 0);
		JUDGE(1, ADMIN "audit verify");
		HEARD(cases[i].says);
		HEARD("BAD: ");
		CU_ASSERT_EQUAL(run_sql(PUT_BACK), 0);
	}
	JUDGE(0, ADMIN "audit verify");
}

static void
an_export_is_good_offline_and_no_longer_when_it_was_touched(void)
{
	static const struct {
		const char *tamper, *says;
	} cases[] = {
		{ "sed -i '0,/\"caller\":\"demo[/]erp\"/s//\"caller\":\"demo\\/eve\"/' copy",
		    "was changed" },
		{ "sed -i '/\"record\":\"row\",\"node\":\"demo\",\"seq\":[0-9]*5,/d' copy",
		    "missing" },
		{ "sed -i '/\"record\":\"done\"/d' copy", "the end of the export is missing" },
		{ "grep -v '\"record\":\"end\"' copy > c && mv c copy", "its end is missing" },
		{ "python3 -c 'l=open(\"copy\").readlines(); i=[n for n,x in enumerate(l) if "
		  "\"\\\"seq\\\":3,\" in x][0]; l[i],l[i+1]=l[i+1],l[i]; open(\"copy\",\"w\")."
		  "writelines(l)'",
		    "missing: row 4 comes next" },
		{ "python3 -c 'l=open(\"copy\").readlines(); i=[n for n,x in enumerate(l) if "
		  "\"\\\"seq\\\":3,\" in x][0]; l.insert(i,l[i]); "
		  "open(\"copy\",\"w\").writelines(l)'",
		    "twice" },
	};
	size_t i;

	JUDGE(0, ADMIN "audit export -o all.jsonl");
	HEARD("links");
	JUDGE(2, "signet audit verify all.jsonl");
	HEARD("whose they are was not judged");
	HEARD("good: ");
	/* Whom to trust is said by the auditor: nobody else's stamp will do. */
	JUDGE(0, "signet audit verify all.jsonl --ca-file ../pki/ca.pem");
	HEARD("good: ");
	JUDGE(0, "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "
		 "'/CN=other CA' -keyout o.key -out other.pem -days 30 2>/dev/null");
	JUDGE(1, "signet audit verify all.jsonl --ca-file other.pem");
	HEARD("is by none of those to be trusted");
	JUDGE(4, "signet audit verify all.jsonl --ca-file none.pem");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		JUDGE(0, "cp all.jsonl copy && %s", cases[i].tamper);
		JUDGE(1, "signet audit verify copy");
		HEARD(cases[i].says);
	}
	JUDGE(4, "signet audit verify doc.txt");
	JUDGE(4, ADMIN "audit export -o all.jsonl");
	HEARD("exists");
}

static void
an_export_as_csv_says_the_same_and_is_harmless_in_a_spreadsheet(void)
{
	/* Who calls himself so is logged so. */
	JUDGE(3, "{ grep -E '^(endpoint|ca-file)' ../client.conf | sed 's|\"pki/|\"../pki/|'; echo "
		 "'user = \"=HYPERLINK(1);=2\\\"\\\\x\"'; echo 'password-file = \"p\"'; } > "
		 "h.conf; echo x > p;"
		 " signet --config h.conf whoami");
	JUDGE(
	    0, SERVER "audit export --format csv --installation -o mine.csv && grep -c . mine.csv");
	JUDGE(0,
	    "python3 -c 'import csv; r=list(csv.DictReader(open(\"mine.csv\", newline=\"\"))); "
	    "assert any(\"HYPERLINK\" in x[\"caller\"] for x in r); "
	    "assert not any(v[:1] in \"=+-@\" and v and not k.endswith(\"Microseconds\") for x in "
	    "r "
	    "for k,v in x.items()), \"formula\"'");
	JUDGE(2, "signet audit verify mine.csv");
	JUDGE(0, ADMIN "audit export --format csv -o all.csv");
	JUDGE(2, "signet audit verify all.csv");
	JUDGE(0, "sed 's/lacks the right/has the right/' all.csv > bad.csv");
	JUDGE(1, "signet audit verify bad.csv");
	HEARD("was changed");
	/* A part of the time. */
	JUDGE(0, ADMIN
	    "audit export --from 2020-01-01T00:00:00Z --to 2020-01-02T00:00:00Z -o none.jsonl");
	JUDGE(0, ADMIN "audit export --operation SignDocument -o - | grep -c SignDocument");
}

static const struct test tests[] = {
	TEST(who_gave_a_right_to_a_key_is_found),
	TEST(what_was_signed_is_found_by_its_digest_and_refusals_by_their_outcome),
	TEST(the_servers_administrator_sees_administration_and_no_signatures),
	TEST(the_day_is_time_stamped_and_the_chains_are_good),
	TEST(an_export_is_good_offline_and_no_longer_when_it_was_touched),
	TEST(an_export_as_csv_says_the_same_and_is_harmless_in_a_spreadsheet),
	TEST(what_the_owner_of_the_database_does_is_found_by_its_row),
	TEST_END,
};
const struct suite suite_system_audit = { "system/audit", setup, NULL, tests };
