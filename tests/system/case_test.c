/*
 * S2-02, S2-03 over SOAP and the command line, on a live server: cases are stored, found, shown,
 * exported and checked; what was acknowledged survives any death, and what was not leaves nothing.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

static void
a_death_in_the_middle_loses_no_case_and_leaves_no_half_one(void)
{
	char ids[40][64], *body = NULL;
	const char *check;
	struct live *live = judges_live();
	struct soap_call c;
	SSL_CTX *ctx;
	pid_t api;
	int told = 0, i;

	body = store_body(NULL);
	open_call(&c, &ctx, "erp");
	for (i = 0; i < 40; i++) {
		if (i % 10 == 5 && fork() == 0) { /* somewhere within this call */
			usleep((useconds_t)(i * 400));
			kill(live_child(live, "api"), SIGKILL);
			_exit(0);
		}
		api = live_child(live, "api");
		if (soap_call(&c, body) == 200) {
			soap_text_of(soap_answer(&c), "caseId", ids[told], sizeof(ids[told]));
			CU_ASSERT_EQUAL(strlen(ids[told]), 36);
			told++;
		}
		if (i % 10 == 5)
			CU_ASSERT(live_await_child(live, "api", api, 20000) >= 0);
	}
	CU_ASSERT(told >= 36);
	/* Each that was told is whole; each that has a seal has its row, and the other way about.
	 */
	for (i = 0; i < told; i++)
		JUDGE(0, "signet case check %s", ids[i]);
	check =
	    "SELECT count(*) FROM signet.case_seal s FULL JOIN (SELECT * FROM signet.audit WHERE"
	    " operation = 'StoreCase') a ON a.object = s.case_id::text AND a.node = s.node AND"
	    " a.seq = s.seq WHERE s.case_id IS NULL OR a.seq IS NULL";
	CU_ASSERT_EQUAL(database_number(check), 0);
	CU_ASSERT(database_number("SELECT count(*) FROM signet.case_seal") >= told);
	close_call(&c, ctx);
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
