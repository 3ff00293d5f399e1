/*
 * requestId on a live server: the same request gets the same answer again and no second signature,
 * also when the server died between the commit and the answer.
 */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/clock.h"
#include "server/base/text.h"
#include "tests/support/postgres.h"
#include "tests/support/soap_call.h"
#include "tests/support/suite.h"

static struct live live;
static SSL_CTX *erp, *admin;

#define KEY "<key>demo-ec</key>" /* ECDSA: two signatures are never the same */

/* ---- requests; each is a string of the caller's buffer ---- */

static void
put_base64(struct buf *out, struct span data)
{
	CU_ASSERT_EQUAL_FATAL(text_base64(out, data, 0, NULL), 0);
}

/* SignDocument of a format over bytes. */
static void
sign_document(struct buf *out, const char *id, const char *format, struct span document)
{
	out->len = 0;
	buf_printf(out, NULL,
	    "<SignDocument><requestId>%s</requestId><parameters><format>%s</format>" KEY
	    "</parameters><document><content>",
	    id, format);
	put_base64(out, document);
	buf_append_str(out, "</content></document></SignDocument>", NULL);
	buf_terminate(out, NULL);
}

static void
sign_text(struct buf *out, const char *id, const char *text)
{
	sign_document(out, id, "CMS", span_str(text));
}

static void
sign_documents(struct buf *out, const char *id, const char *second)
{
	out->len = 0;
	buf_printf(out, NULL,
	    "<SignDocuments><requestId>%s</requestId><parameters><format>CMS</format>" KEY
	    "</parameters><document><content>QUFB</content></document><document><content>",
	    id);
	put_base64(out, span_str(second));
	buf_append_str(out, "</content></document></SignDocuments>", NULL);
	buf_terminate(out, NULL);
}

static void
sign_digests(struct buf *out, const char *id, const char *digest)
{
	out->len = 0;
	buf_printf(out, NULL,
	    "<SignDigests><requestId>%s</requestId><parameters><format>Raw</format>" KEY
	    "<digestMethod>SHA256</digestMethod></parameters><digest><digestMethod>SHA256"
	    "</digestMethod><digestValue>",
	    id);
	put_base64(out, (struct span){ (const unsigned char *)digest, 32 });
	buf_append_str(out, "</digestValue></digest></SignDigests>", NULL);
	buf_terminate(out, NULL);
}

/* ---- what the database says ---- */

static unsigned long __attribute__((format(printf, 1, 2))) ask_number(const char *fmt, ...)
{
	struct error err = ERROR_INIT;
	char sql[512], out[64];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(sql, sizeof(sql), fmt, ap);
	va_end(ap);
	ASSERT_OK(postgres_ask(live.database, "signet_owner", sql, out, sizeof(out), &err), &err);
	return strtoul(out, NULL, 10);
}

static unsigned long
answers_kept(const char *id)
{
	return ask_number("SELECT count(*) FROM signet.request_id WHERE id = '%s'", id);
}

static int
audit_says_replay(const char *request)
{
	return ask_number("SELECT count(*) FROM signet.audit WHERE request = '%s' AND result = "
			  "'Success' AND reason = 'the answer of an earlier request, again'",
		   request) == 1;
}

/* ---- the same and another ---- */

/*
 * Ask, ask again on another connection: the same bytes, kept once, said in the log. Then `other`,
 * which differs in its content, is a conflict.
 */
static void
same_gives_same_and_other_a_conflict(
    const char *id, const struct buf *same, const struct buf *other)
{
	struct soap_call c, again;
	char first[40];

	soap_call_init(&c, &live, erp);
	soap_call_init(&again, &live, erp);
	CU_ASSERT_EQUAL_FATAL(soap_call(&c, (char *)same->data), 200);
	CU_ASSERT_PTR_NOT_NULL(strstr(soap_answer(&c), "Success"));
	snprintf(first, sizeof(first), "%s", c.request_id);
	CU_ASSERT(!audit_says_replay(first));
	CU_ASSERT_EQUAL_FATAL(soap_call(&again, (char *)same->data), 200);
	CU_ASSERT_STRING_EQUAL(soap_answer(&again), soap_answer(&c));
	CU_ASSERT_STRING_NOT_EQUAL(again.request_id, first);
	CU_ASSERT(audit_says_replay(again.request_id));
	CU_ASSERT_EQUAL(answers_kept(id), 1);
	CU_ASSERT_EQUAL(soap_call(&again, (char *)other->data), 500);
	CU_ASSERT(soap_is_fault(&again, "Conflict", "another content"));
	CU_ASSERT_EQUAL(answers_kept(id), 1);
	soap_call_end(&c);
	soap_call_end(&again);
}

static void
of_format(const char *id, const char *format, struct span one, struct span other)
{
	struct buf same = BUF_INIT(0), differs = BUF_INIT(0);

	sign_document(&same, id, format, one);
	sign_document(&differs, id, format, other);
	same_gives_same_and_other_a_conflict(id, &same, &differs);
	buf_release(&same);
	buf_release(&differs);
}

static void
a_cms_signature_is_made_once(void)
{
	of_format("cms-1", "CMS", span_str("An invoice."), span_str("Another invoice."));
}

static void
an_xml_signature_is_made_once(void)
{
	of_format("xml-1", "XML", span_str("<invoice><sum>1</sum></invoice>"),
	    span_str("<invoice><sum>2</sum></invoice>"));
}

static void
a_pdf_signature_is_made_once(void)
{
	struct buf pdf = BUF_INIT(0), other = BUF_INIT(0);

	CU_ASSERT_EQUAL_FATAL(buf_read_file(&pdf, live_path(&live, "sample.pdf"), NULL), 0);
	buf_append_span(&other, SPAN_OF(&pdf), NULL);
	buf_append_str(&other, "\n", NULL);
	of_format("pdf-1", "PDF", SPAN_OF(&pdf), SPAN_OF(&other));
	buf_release(&pdf);
	buf_release(&other);
}

static void
many_documents_are_signed_once(void)
{
	struct buf same = BUF_INIT(0), differs = BUF_INIT(0);

	sign_documents(&same, "documents-1", "BBB");
	sign_documents(&differs, "documents-1", "CCC");
	same_gives_same_and_other_a_conflict("documents-1", &same, &differs);
	buf_release(&same);
	buf_release(&differs);
}

static void
digests_are_signed_once(void)
{
	struct buf same = BUF_INIT(0), differs = BUF_INIT(0);

	sign_digests(&same, "digests-1", "01234567890123456789012345678901");
	sign_digests(&differs, "digests-1", "01234567890123456789012345678902");
	same_gives_same_and_other_a_conflict("digests-1", &same, &differs);
	buf_release(&same);
	buf_release(&differs);
}

static void
the_same_id_for_another_operation_or_other_parameters_is_a_conflict(void)
{
	struct buf one = BUF_INIT(0), digests = BUF_INIT(0);
	struct soap_call c;

	soap_call_init(&c, &live, erp);
	sign_text(&one, "operation-1", "x");
	sign_digests(&digests, "operation-1", "01234567890123456789012345678901");
	CU_ASSERT_EQUAL(soap_call(&c, (char *)one.data), 200);
	CU_ASSERT_EQUAL(soap_call(&c, (char *)digests.data), 500);
	CU_ASSERT(soap_is_fault(&c, "Conflict", "operation-1"));
	CU_ASSERT_EQUAL(
	    soap_call(&c, "<SignDocument><requestId>operation-1</requestId><parameters><format>CMS"
			  "</format><key>demo-rsa</key></parameters><document><content>eA=="
			  "</content></document></SignDocument>"),
	    500);
	CU_ASSERT(soap_is_fault(&c, "Conflict", "operation-1"));
	soap_call_end(&c);
	buf_release(&one);
	buf_release(&digests);
}

static void
the_same_id_of_another_caller_is_another_request(void)
{
	struct buf one = BUF_INIT(0), other = BUF_INIT(0);
	struct soap_call c, a;

	soap_call_init(&c, &live, erp);
	soap_call_init(&a, &live, admin);
	sign_text(&one, "caller-1", "mine");
	sign_text(&other, "caller-1", "his");
	CU_ASSERT_EQUAL(soap_call(&c, (char *)one.data), 200);
	CU_ASSERT_EQUAL(soap_call(&a, (char *)other.data), 200);
	CU_ASSERT_EQUAL(answers_kept("caller-1"), 2);
	soap_call_end(&c);
	soap_call_end(&a);
	buf_release(&one);
	buf_release(&other);
}

static void
a_request_that_failed_may_be_repeated_mended(void)
{
	struct buf good = BUF_INIT(0);
	struct soap_call c;

	soap_call_init(&c, &live, erp);
	CU_ASSERT_EQUAL(
	    soap_call(&c, "<SignDocument><requestId>failed-1</requestId><parameters><format>PDF"
			  "</format></parameters><document><content>bm8gUERG</content></document>"
			  "</SignDocument>"),
	    500);
	CU_ASSERT(soap_is_fault(&c, "Malformed", "PDF"));
	CU_ASSERT_EQUAL(answers_kept("failed-1"), 0);
	sign_text(&good, "failed-1", "mended");
	CU_ASSERT_EQUAL(soap_call(&c, (char *)good.data), 200);
	soap_call_end(&c);
	buf_release(&good);
}

/* ---- at the same moment ---- */

#define AT_ONCE 6

struct rival {
	pthread_t thread;
	pthread_barrier_t *barrier;
	const char *body;
	struct soap_call call;
	int status;
};

static void *
rush(void *arg)
{
	struct rival *r = arg;

	soap_call_init(&r->call, &live, erp);
	CU_ASSERT_EQUAL(soap_call(&r->call, "<WhoAmI/>"), 200); /* connected before the start */
	pthread_barrier_wait(r->barrier);
	r->status = soap_call(&r->call, r->body);
	return NULL;
}

/* One signature leaves the house: whoever gets one gets that; the others are told to repeat. */
static void
of_many_at_once_all_who_are_answered_get_the_same(void)
{
	struct rival rivals[AT_ONCE] = { 0 };
	struct buf body = BUF_INIT(0);
	const char *answer = NULL;
	pthread_barrier_t barrier;
	struct soap_call again;
	int i;

	sign_text(&body, "at-once", "At once.");
	pthread_barrier_init(&barrier, NULL, AT_ONCE);
	for (i = 0; i < AT_ONCE; i++) {
		rivals[i].barrier = &barrier;
		rivals[i].body = (char *)body.data;
		pthread_create(&rivals[i].thread, NULL, rush, &rivals[i]);
	}
	for (i = 0; i < AT_ONCE; i++)
		pthread_join(rivals[i].thread, NULL);
	soap_call_init(&again, &live, erp);
	CU_ASSERT_EQUAL(soap_call(&again, (char *)body.data), 200);
	answer = soap_answer(&again);
	for (i = 0; i < AT_ONCE; i++) {
		if (rivals[i].status == 200) {
			CU_ASSERT_STRING_EQUAL(soap_answer(&rivals[i].call), answer);
		} else {
			CU_ASSERT(soap_is_fault(&rivals[i].call, "Unavailable", "repeat it"));
		}
		soap_call_end(&rivals[i].call);
	}
	CU_ASSERT_EQUAL(answers_kept("at-once"), 1);
	soap_call_end(&again);
	pthread_barrier_destroy(&barrier);
	buf_release(&body);
}

/* ---- over a crash ---- */

static void
set_commits_wait(int wait)
{
	struct error err = ERROR_INIT;

	ASSERT_OK(postgres_commits_wait(wait, &err), &err);
}

/* The answer's commit, not that of what the writer of the log notes down meanwhile. */
static int
an_answer_waits(int ms)
{
	int64_t end = clock_monotonic_us() + ms * 1000LL;
	struct error err = ERROR_INIT;
	char out[16] = "0";

	do {
		ASSERT_OK(postgres_ask("postgres", "postgres",
			      "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep' "
			      "AND query LIKE 'INSERT INTO signet.request_id%'",
			      out, sizeof(out), &err),
		    &err);
		poll(NULL, 0, 2);
	} while (atoi(out) == 0 && clock_monotonic_us() < end);
	return atoi(out) > 0;
}

struct asked {
	pthread_t thread;
	const char *body;
	int status;
};

static void *
ask_and_listen(void *arg)
{
	struct asked *a = arg;
	struct soap_call c;

	soap_call_init(&c, &live, erp);
	a->status = soap_call(&c, a->body);
	soap_call_end(&c);
	return NULL;
}

/* The api process dies when the answer is on disk and has not left. */
static void
die_before_the_answer(const char *body)
{
	struct asked asked = { .body = body };
	pid_t api = live_child(&live, "api");

	CU_ASSERT_EQUAL(live_await_health(&live, 200, 10000), 0);
	set_commits_wait(1);
	pthread_create(&asked.thread, NULL, ask_and_listen, &asked);
	CU_ASSERT(an_answer_waits(10000));
	kill(api, SIGKILL);
	pthread_join(asked.thread, NULL);
	CU_ASSERT_EQUAL(asked.status, -1);
	set_commits_wait(0);
	CU_ASSERT(live_await_child(&live, "api", api, 10000) >= 0);
}

static void
crash_between_commit_and_answer(const char *id, const struct buf *body)
{
	struct soap_call c;

	soap_call_init(&c, &live, erp);
	die_before_the_answer((char *)body->data);
	CU_ASSERT_EQUAL(answers_kept(id), 1);
	CU_ASSERT_EQUAL(soap_call(&c, (char *)body->data), 200);
	CU_ASSERT(audit_says_replay(c.request_id));
	CU_ASSERT_EQUAL(answers_kept(id), 1);
	soap_call_end(&c);
}

static void
an_answer_that_a_crash_kept_back_is_given_to_the_repetition(void)
{
	struct buf body = BUF_INIT(0);

	sign_text(&body, "crash-1", "Once.");
	crash_between_commit_and_answer("crash-1", &body);
	sign_document(&body, "crash-2", "XML", span_str("<a/>"));
	crash_between_commit_and_answer("crash-2", &body);
	sign_documents(&body, "crash-3", "DDD");
	crash_between_commit_and_answer("crash-3", &body);
	sign_digests(&body, "crash-4", "01234567890123456789012345678903");
	crash_between_commit_and_answer("crash-4", &body);
	buf_release(&body);
}

static void
a_crash_as_soon_as_the_row_is_seen_loses_nothing(void)
{
	struct buf body = BUF_INIT(0);
	struct asked asked = { 0 };
	int64_t end = clock_monotonic_us() + 10000000;
	pid_t api = live_child(&live, "api");
	struct soap_call c;

	sign_text(&body, "seen-1", "Seen.");
	asked.body = (char *)body.data;
	pthread_create(&asked.thread, NULL, ask_and_listen, &asked);
	while (answers_kept("seen-1") == 0 && clock_monotonic_us() < end)
		;
	kill(api, SIGKILL);
	pthread_join(asked.thread, NULL);
	CU_ASSERT(live_await_child(&live, "api", api, 10000) >= 0);
	soap_call_init(&c, &live, erp);
	CU_ASSERT_EQUAL(soap_call(&c, (char *)body.data), 200);
	CU_ASSERT(audit_says_replay(c.request_id));
	soap_call_end(&c);
	buf_release(&body);
}

static int
start(void)
{
	if (live_start(&live, NULL, NULL) != 0)
		return -1;
	erp = soap_call_context(&live, "erp");
	admin = soap_call_context(&live, "admin");
	return 0;
}

static int
stop(void)
{
	live_stop(&live);
	SSL_CTX_free(erp);
	SSL_CTX_free(admin);
	return 0;
}

static const struct test tests[] = {
	TEST(a_cms_signature_is_made_once),
	TEST(an_xml_signature_is_made_once),
	TEST(a_pdf_signature_is_made_once),
	TEST(many_documents_are_signed_once),
	TEST(digests_are_signed_once),
	TEST(the_same_id_for_another_operation_or_other_parameters_is_a_conflict),
	TEST(the_same_id_of_another_caller_is_another_request),
	TEST(a_request_that_failed_may_be_repeated_mended),
	TEST(of_many_at_once_all_who_are_answered_get_the_same),
	TEST(an_answer_that_a_crash_kept_back_is_given_to_the_repetition),
	TEST(a_crash_as_soon_as_the_row_is_seen_loses_nothing),
	TEST_END,
};
const struct suite suite_system_idempotency = { "system/idempotency", start, stop, tests };
