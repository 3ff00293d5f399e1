/*
 * S2-02, S2-03 over SOAP and the command line, on a live server: cases are stored, found, shown,
 * exported and checked; what was acknowledged survives any death, and what was not leaves nothing.
 */
#include <libpq-fe.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/base/clock.h"
#include "server/base/text.h"
#include "tests/support/judges.h"
#include "tests/support/postgres.h"
#include "tests/support/soap_call.h"
#include "tests/support/suite.h"

static int
setup(void)
{
	return judges_enter("case");
}

/* The member of what the last script said, a JSON object. */
static const char *
said(const char *member)
{
	static char text[400];
	json_error_t where;
	json_t *json = json_loads(judges_said(), JSON_DISABLE_EOF_CHECK, &where);

	snprintf(text, sizeof(text), "%s", json != NULL ? judges_text(json, member) : "");
	json_decref(json);
	return text;
}

static void
a_stored_verdict_is_found_shown_exported_and_checked(void)
{
	char id[64], subject[400];

	JUDGE(0,
	    "signet -q sign --level T --force -o c.p7s doc.txt && signet --json verify --store "
	    "--kind Workflow -d doc.txt c.p7s");
	snprintf(id, sizeof(id), "%s", said("caseId"));
	CU_ASSERT_EQUAL_FATAL(strlen(id), 36);
	JUDGE(0, "signet case show %s", id);
	HEARD("TotalPassed");
	HEARD("Workflow");
	HEARD("Timestamp");
	JUDGE(0, "signet case find --file doc.txt | grep %s", id);
	JUDGE(0, "signet case find --file c.p7s | grep %s", id);
	JUDGE(0, "signet case find --digest $(sha512sum c.p7s | cut -c-128) | grep %s", id);
	JUDGE(1, "signet case find --file doc.pdf | grep %s", id);
	JUDGE(0, "signet --json case show %s", id);
	snprintf(subject, sizeof(subject), "%s", said("signatures.0.subject"));
	JUDGE(0, "signet case find --signer '%s' --indication TotalPassed | grep %s", subject, id);
	JUDGE(0, "signet case find --since 2020-01-01T00:00:00Z -n 1000 | grep %s", id);
	JUDGE(1, "signet case find --before 2020-01-01T00:00:00Z -n 1000 | grep %s", id);
	JUDGE(0, "signet case check %s", id);
	HEARD("intact");
	/* What is taken along can be judged by others: the signature, its certificates, its stamp.
	 */
	JUDGE(0, "rm -rf evidence && signet case export %s evidence && ls evidence", id);
	HEARD("case.json");
	JUDGE(0, "cmp c.p7s evidence/*-c.p7s");
	JUDGE(0, "for c in evidence/*.cer; do openssl x509 -inform DER -in $c -noout -subject || "
		 "exit 9; done");
	JUDGE(0, "for t in evidence/*.tst; do openssl ts -reply -token_in -in $t -text || exit 9; "
		 "done");
	HEARD("Time stamp");
	JUDGE(0, "python3 -c 'import json; print(*{o[\"SHA256\"] for o in json.load("
		 "open(\"evidence/case.json\"))[\"objects\"]}, sep=chr(10))' | sort > told && "
		 "sha256sum evidence/[0-9]* | cut -c-64 | sort -u > found && cmp told found");
	/* The report in it gives the same verdict again, without a server. */
	JUDGE(0, "signet verify --replay evidence/*-report.xml -d doc.txt c.p7s");
	JUDGE(4, "signet case export %s evidence", id); /* nothing is replaced unasked */
	JUDGE(0, "signet case export --force %s evidence", id);
}

static void
a_document_is_kept_when_asked_for_and_none_else(void)
{
	char id[64];

	JUDGE(0, "signet -q sign --force -o s.pdf doc.pdf && signet --json verify --store-document "
		 "s.pdf");
	snprintf(id, sizeof(id), "%s", said("caseId"));
	JUDGE(0, "rm -rf kept && signet case export %s kept && cmp s.pdf kept/*-s.pdf", id);
	JUDGE(0, "signet --json verify --store s.pdf");
	snprintf(id, sizeof(id), "%s", said("caseId"));
	JUDGE(0, "rm -rf bare && signet case export %s bare && ! ls bare/*-s.pdf", id);
	/* Without --store there is no case. */
	JUDGE(0, "signet --json verify s.pdf");
	CU_ASSERT_STRING_EQUAL(said("caseId"), "");
}

static void
what_is_no_case_of_the_callers_is_told_so(void)
{
	JUDGE(3, "signet case show 00000000-0000-4000-8000-000000000000");
	HEARD("there is no case");
	JUDGE(3, "signet case check 4711");
	HEARD("no id");
	JUDGE(4, "signet case find --digest 12zz");
	JUDGE(4, "signet case");
	HEARD("case find");
	JUDGE(0, "signet case find --signer nobody-of-this-name --json");
	CU_ASSERT_STRING_EQUAL(judges_said(), "");
}

/* ---- SOAP as others write it ---- */

static const char *
element_after(const char *body, const char *format, const char *value)
{
	static char out[1024];

	(void)body;
	snprintf(out, sizeof(out), format, value);
	return out;
}

/* VerifyDocument with store, over the suite's enveloping signature: the SOAP Body. */
static char *
store_body(const char *request_id)
{
	struct buf content = BUF_INIT(0), body = BUF_INIT(0);
	struct error err = ERROR_INIT;

	CU_ASSERT_EQUAL_FATAL(judges_get("m.p7m", &content), 0);
	ASSERT_OK(
	    buf_printf(&body, &err,
		"<VerifyDocument>%s<store>true</store><signedDocument>"
		"<name>m.p7m</name><content>",
		request_id != NULL ? element_after("", "<requestId>%s</requestId>", request_id)
				   : ""),
	    &err);
	ASSERT_OK(text_base64(&body, SPAN_OF(&content), 0, &err), &err);
	ASSERT_OK(
	    buf_append_str(&body, "</content></signedDocument></VerifyDocument>", &err), &err);
	ASSERT_OK(buf_terminate(&body, &err), &err);
	buf_release(&content);
	return (char *)body.data;
}

static void
open_call(struct soap_call *c, SSL_CTX **ctx, const char *user)
{
	*ctx = soap_call_context(judges_live(), user);
	soap_call_init(c, judges_live(), *ctx);
}

static void
close_call(struct soap_call *c, SSL_CTX *ctx)
{
	soap_call_end(c);
	SSL_CTX_free(ctx);
}

static void
a_repeated_request_names_the_same_case(void)
{
	char first[64], second[64], *body;
	struct soap_call c;
	SSL_CTX *ctx;

	JUDGE(0, "signet sign --packaging Enveloping --force -o m.p7m doc.txt");
	open_call(&c, &ctx, "erp");
	body = store_body("case-1");
	CU_ASSERT_EQUAL(soap_call(&c, body), 200);
	soap_text_of(soap_answer(&c), "caseId", first, sizeof(first));
	CU_ASSERT_EQUAL(strlen(first), 36);
	CU_ASSERT_EQUAL(soap_call(&c, body), 200);
	soap_text_of(soap_answer(&c), "caseId", second, sizeof(second));
	CU_ASSERT_STRING_EQUAL(first, second);
	free(body);
	body = store_body(NULL);
	CU_ASSERT_EQUAL(soap_call(&c, body), 200);
	soap_text_of(soap_answer(&c), "caseId", second, sizeof(second));
	CU_ASSERT_STRING_NOT_EQUAL(first, second);
	free(body);
	close_call(&c, ctx);
}

static int
database_number(const char *sql)
{
	struct error err = ERROR_INIT;
	char answer[64] = "";

	ASSERT_OK(
	    postgres_ask(judges_live()->database, "postgres", sql, answer, sizeof(answer), &err),
	    &err);
	return atoi(answer);
}

/* A connection that holds a table, so that whoever wants to write there stops in the middle. */
static PGconn *
hold(const char *table)
{
	PGconn *conn = PQconnectdb(postgres_conninfo(judges_live()->database, "postgres"));
	char sql[128];

	snprintf(sql, sizeof(sql), "BEGIN; LOCK TABLE signet.%s IN EXCLUSIVE MODE", table);
	PQclear(PQexec(conn, sql));
	CU_ASSERT_EQUAL_FATAL(PQtransactionStatus(conn), PQTRANS_INTRANS);
	return conn;
}

/* Until somebody waits for that table; at most 20 seconds. */
static int
somebody_waits(const char *table)
{
	const int64_t until = clock_monotonic_us() + 20000000;
	char sql[200];

	snprintf(sql, sizeof(sql),
	    "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'signet.%s'::regclass",
	    table);
	while (database_number(sql) == 0)
		if (clock_monotonic_us() > until)
			return 0;
	return 1;
}

struct asker {
	const char *body;
	int status;
	char id[64];
};

static void *
ask(void *arg)
{
	struct asker *a = arg;
	struct soap_call c;
	SSL_CTX *ctx;

	open_call(&c, &ctx, "erp");
	a->status = soap_call(&c, a->body);
	if (a->status == 200)
		soap_text_of(soap_answer(&c), "caseId", a->id, sizeof(a->id));
	close_call(&c, ctx);
	return NULL;
}

/* Seals without their row of the log, rows without their seal. */
#define HALVES                                                                                     \
	"SELECT count(*) FROM signet.case_seal s FULL JOIN (SELECT * FROM signet.audit WHERE"      \
	" operation = 'StoreCase') a ON a.object = s.case_id::text AND a.node = s.node AND"        \
	" a.seq = s.seq WHERE s.case_id IS NULL OR a.seq IS NULL"
#define SEALS "SELECT count(*) FROM signet.case_seal"

/*
 * The process dies while it waits for this table. What it had sent as a whole the database may
 * still do: `most` cases more, of which nobody was told.
 */
static void
die_at(const char *table, const char *body, int most)
{
	struct live *live = judges_live();
	struct asker asker = { .body = body };
	int before = database_number(SEALS), after;
	PGconn *held = hold(table);
	pid_t api = live_child(live, "api");
	pthread_t thread;

	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, ask, &asker), 0);
	CU_ASSERT(somebody_waits(table));
	kill(api, SIGKILL);
	pthread_join(thread, NULL);
	CU_ASSERT_NOT_EQUAL(asker.status, 200);
	PQfinish(held);
	CU_ASSERT(live_await_child(live, "api", api, 20000) >= 0);
	after = database_number(SEALS);
	CU_ASSERT(after == before || after == before + most);
	CU_ASSERT_EQUAL(database_number(HALVES), 0);
}

static void
a_death_in_the_middle_loses_no_case_and_leaves_no_half_one(void)
{
	char *body = store_body(NULL);
	struct asker told = { .body = body };

	ask(&told);
	CU_ASSERT_EQUAL_FATAL(told.status, 200);
	die_at("case_object", body, 0); /* before anything is there */
	die_at("case_use", body, 0);	/* the objects are written, the case is not */
	die_at("case_seal", body, 1);	/* the case is written, its row and seal are not */
	/* What was told before is whole, and all goes on. */
	JUDGE(0, "signet case check %s", told.id);
	ask(&told);
	CU_ASSERT_EQUAL(told.status, 200);
	JUDGE(0, "signet case check %s", told.id);
	free(body);
}

static void
without_the_database_there_is_no_case(void)
{
	struct soap_call c;
	SSL_CTX *ctx;
	char *body = store_body(NULL), id[64];
	int before = database_number("SELECT count(*) FROM signet.case_seal"), i;

	open_call(&c, &ctx, "erp");
	CU_ASSERT_EQUAL(soap_call(&c, body), 200);
	postgres_stop(1);
	CU_ASSERT_NOT_EQUAL(soap_call(&c, body), 200);
	CU_ASSERT(soap_is_fault(&c, "Unavailable", ""));
	CU_ASSERT_STRING_EQUAL(soap_text_of(soap_answer(&c), "caseId", id, sizeof(id)), "");
	CU_ASSERT_EQUAL_FATAL(postgres_start(), 0);
	CU_ASSERT_EQUAL(live_await_health(judges_live(), 200, 20000), 0);
	for (i = 0; i < 100 && soap_call(&c, body) != 200; i++)
		usleep(100000);
	CU_ASSERT_EQUAL(database_number("SELECT count(*) FROM signet.case_seal"), before + 2);
	close_call(&c, ctx);
	free(body);
}

static const struct test tests[] = {
	TEST(a_stored_verdict_is_found_shown_exported_and_checked),
	TEST(a_document_is_kept_when_asked_for_and_none_else),
	TEST(what_is_no_case_of_the_callers_is_told_so),
	TEST(a_repeated_request_names_the_same_case),
	TEST(a_death_in_the_middle_loses_no_case_and_leaves_no_half_one),
	TEST(without_the_database_there_is_no_case),
	TEST_END,
};
const struct suite suite_system_case = { "system/case", setup, NULL, tests };
