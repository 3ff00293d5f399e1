#include "server/run/front.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/support/front_stub.h"
#include "tests/support/pki.h"
#include "tests/support/suite.h"

#define HOST "Host: localhost\r\n"

static struct stub stub;
static struct tls_client client;

static void
begin(void)
{
	stub_start(&stub);
	CU_ASSERT_EQUAL_FATAL(tls_client_open(&client, stub.port, stub.client), 0);
}

static void
begin_default(void)
{
	stub_init(&stub);
	begin();
}

static void
end(void)
{
	tls_client_close(&client);
	stub_stop(&stub);
}

static int
body_is(struct tls_client *c, const char *text)
{
	return span_equal(SPAN_OF(&c->body), span_str(text));
}

/* ---- requests ---- */

static void
a_connection_is_kept_for_many_requests(void)
{
	int i;

	begin_default();
	for (i = 0; i < 50; i++) {
		CU_ASSERT_EQUAL(
		    tls_client_ask(&client, "GET /hello HTTP/1.1\r\n" HOST "\r\n"), 200);
		CU_ASSERT(body_is(&client, "hello"));
	}
	CU_ASSERT(tls_client_head_has(&client, "\r\nX-Request-Id: "));
	CU_ASSERT(tls_client_head_has(&client, "\r\nDate: "));
	CU_ASSERT(!tls_client_head_has(&client, "\r\nConnection: close"));
	CU_ASSERT(stub_reaches(&stub, METRIC_CONNECTIONS_ACCEPTED, 1));
	end();
}

static void
workers_tell_when_they_have_nothing_to_do(void)
{
	stub_init(&stub);
	stub.config.threads[LANE_FAST] = 3;
	begin();
	CU_ASSERT(stub_idle_after(1)); /* the handshake */
	CU_ASSERT_EQUAL(tls_client_ask(&client, "GET /hello HTTP/1.1\r\n" HOST "\r\n"), 200);
	CU_ASSERT(stub_idle_after(2));
	/* What another lane or the journal works on is no worker's. */
	tls_client_say(&client, "GET /commit HTTP/1.1\r\n" HOST "\r\n");
	CU_ASSERT(stub_idle_after(3));
	stub_commit(NULL);
	CU_ASSERT_EQUAL(tls_client_answer(&client), 0);
	CU_ASSERT(body_is(&client, "committed"));
	end();
	CU_ASSERT(stub_idle_after(3));
}

static void
a_client_that_asks_to_close_is_closed(void)
{
	begin_default();
	CU_ASSERT_EQUAL(
	    tls_client_ask(&client, "GET /hello HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"),
	    200);
	CU_ASSERT(tls_client_head_has(&client, "\r\nConnection: close"));
	CU_ASSERT(tls_client_is_closed(&client));
	tls_client_close(&client);
	CU_ASSERT_EQUAL(tls_client_open(&client, stub.port, stub.client), 0);
	CU_ASSERT_EQUAL(tls_client_ask(&client, "GET /hello HTTP/1.0\r\n\r\n"), 200);
	CU_ASSERT(tls_client_is_closed(&client));
	end();
}

static void
pipelined_requests_are_answered_in_order(void)
{
	int i;

	begin_default();
	for (i = 0; i < 40; i++)
		tls_client_say(&client,
		    i % 2 ? "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nodd"
			  : "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
			    "2\r\nev\r\n2\r\nen\r\n0\r\n\r\n");
	for (i = 0; i < 40; i++) {
		CU_ASSERT_EQUAL_FATAL(tls_client_answer(&client), 0);
		CU_ASSERT(body_is(&client, i % 2 ? "odd" : "even"));
	}
	/* In one piece as well, and with a body that nobody reads before the next request. */
	CU_ASSERT_EQUAL(
	    tls_client_ask(&client, "POST /unread HTTP/1.1\r\n" HOST "Content-Length: 17\r\n\r\n"
				    "GET / HTTP/1.1\r\n\r"
				    "GET /hello HTTP/1.1\r\n" HOST "\r\n"),
	    200);
	CU_ASSERT(body_is(&client, "unread"));
	CU_ASSERT_EQUAL(tls_client_answer(&client), 0);
	CU_ASSERT(body_is(&client, "hello"));
	end();
}

static void
a_request_may_come_byte_by_byte(void)
{
	static const char request[] =
	    "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
	    "5\r\nhello\r\n00a\r\n, dear all\r\n0\r\nTrailer: x\r\n\r\n";
	size_t i;

	begin_default();
	for (i = 0; i < sizeof(request) - 1; i++)
		CU_ASSERT_EQUAL_FATAL(tls_client_send(&client, request + i, 1), 0);
	CU_ASSERT_EQUAL(tls_client_answer(&client), 0);
	CU_ASSERT(body_is(&client, "hello, dear all"));
	end();
}

static void
head_is_answered_without_a_body(void)
{
	begin_default();
	tls_client_say(&client, "HEAD /hello HTTP/1.1\r\n" HOST "\r\n");
	CU_ASSERT_EQUAL(tls_client_answer_to_head(&client), 0);
	CU_ASSERT(tls_client_head_has(&client, "\r\nContent-Length: 5\r\n"));
	CU_ASSERT_EQUAL(tls_client_ask(&client, "GET /hello HTTP/1.1\r\n" HOST "\r\n"), 200);
	CU_ASSERT(body_is(&client, "hello"));
	end();
}

static void
a_large_answer_arrives_whole_at_a_slow_reader(void)
{
	begin_default();
	tls_client_say(&client, "GET /large HTTP/1.1\r\n" HOST "\r\n");
	CU_ASSERT(stub_reaches(&stub, METRIC_LANE_FAST, 1));
	CU_ASSERT_EQUAL(tls_client_answer(&client), 0);
	CU_ASSERT_EQUAL(client.body.len, 3 << 20);
	CU_ASSERT_EQUAL(tls_client_ask(&client, "GET /hello HTTP/1.1\r\n" HOST "\r\n"), 200);
	end();
}

/* ---- bodies ---- */

static void
post(const char *path, size_t size, const char *more, int chunked)
{
	char *body = calloc(1, size + 1), head[300];
	size_t at, n;

	snprintf(head, sizeof(head), "POST %s HTTP/1.1\r\n" HOST "%s", path, more);
	tls_client_say(&client, head);
	if (!chunked) {
		snprintf(head, sizeof(head), "Content-Length: %zu\r\n\r\n", size);
		tls_client_say(&client, head);
		tls_client_send(&client, body, size);
		free(body);
		return;
	}
	tls_client_say(&client, "Transfer-Encoding: chunked\r\n\r\n");
	for (at = 0; at < size; at += n) {
		n = size - at < 50000 ? size - at : 50000;
		snprintf(head, sizeof(head), "%zx\r\n", n);
		tls_client_say(&client, head);
		tls_client_send(&client, body, n);
		tls_client_say(&client, "\r\n");
	}
	tls_client_say(&client, "0\r\n\r\n");
	free(body);
}

static void
bodies_of_all_sizes_arrive_whole(void)
{
	static const size_t sizes[] = { 0, 1, 999, 4096, 65535, 65536, 65537, 70000, 1000000,
		5000000 };
	char count[32];
	size_t i;
	int chunked;

	begin_default();
	for (chunked = 0; chunked < 2; chunked++)
		for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			post("/count", sizes[i], "", chunked);
			CU_ASSERT_EQUAL_FATAL(tls_client_answer(&client), 0);
			snprintf(count, sizeof(count), "%zu", sizes[i]);
			CU_ASSERT(body_is(&client, count));
		}
	CU_ASSERT(metrics_get(stub.metrics, METRIC_LANE_BULK) >= 8);
	CU_ASSERT(metrics_get(stub.metrics, METRIC_LANE_FAST) >= 10);
	end();
}

static void
a_body_over_the_limit_is_refused_with_its_size(void)
{
	begin_default();
	tls_client_say(&client, "POST /count HTTP/1.1\r\n" HOST "Content-Length: 99999999\r\n\r\n");
	CU_ASSERT_EQUAL(tls_client_answer(&client), 0);
	CU_ASSERT_EQUAL(client.status, 413);
	CU_ASSERT(body_is(&client,
	    "the message in bytes: 99999999 is over the limit of 8388608 (limit-message)\n"));
	CU_ASSERT(tls_client_is_closed(&client));
	tls_client_close(&client);
	CU_ASSERT_EQUAL(tls_client_open(&client, stub.port, stub.client), 0);
	post("/count", 9000000, "", 1);
	CU_ASSERT_EQUAL(tls_client_answer(&client), 0);
	CU_ASSERT_EQUAL(client.status, 413);
	end();
}

static void
a_large_body_that_nobody_reads_does_not_hide_the_answer(void)
{
	begin_default();
	post("/unread", 4000000, "", 0);
	CU_ASSERT_EQUAL(tls_client_answer(&client), 0);
	CU_ASSERT(body_is(&client, "unread"));
	CU_ASSERT(tls_client_head_has(&client, "\r\nConnection: close"));
	CU_ASSERT(tls_client_is_closed(&client));
	end();
}

static void
continue_is_said_when_the_body_is_wanted(void)
{
	char body[70000] = { 0 };

	begin_default();
	/* small: at once */
	tls_client_say(&client,
	    "POST /count HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n");
	CU_ASSERT_EQUAL(tls_client_answer_to_head(&client), 0);
	CU_ASSERT_EQUAL(client.status, 100);
	CU_ASSERT_EQUAL(tls_client_ask(&client, "12345"), 200);
	/* large: when it is read */
	tls_client_say(&client, "POST /count HTTP/1.1\r\n" HOST
				"Expect: 100-continue\r\nContent-Length: 70000\r\n\r\n");
	CU_ASSERT_EQUAL(tls_client_answer_to_head(&client), 0);
	CU_ASSERT_EQUAL(client.status, 100);
	tls_client_send(&client, body, sizeof(body));
	CU_ASSERT_EQUAL(tls_client_answer(&client), 0);
	CU_ASSERT(body_is(&client, "70000"));
	/* large and not wanted: never */
	tls_client_say(&client, "POST /unread HTTP/1.1\r\n" HOST
				"Expect: 100-continue\r\nContent-Length: 70000\r\n\r\n");
	CU_ASSERT_EQUAL(tls_client_answer(&client), 0);
	CU_ASSERT_EQUAL(client.status, 200);
	CU_ASSERT(body_is(&client, "unread"));
	CU_ASSERT(tls_client_is_closed(&client));
	end();
}

/* ---- what is no request ---- */

static void
smuggling_is_refused_and_the_connection_closed(void)
{
	static const char *const bad[] = {
		"POST /echo HTTP/1.1\r\n" HOST
		"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
		"POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5, 5\r\n\r\nhello",
		"POST /echo HTTP/1.1\r\n" HOST
		"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"POST /echo HTTP/1.1\r\n" HOST
		"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
		"POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
		"POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
		"POST /echo HTTP/1.1\r\n" HOST
		"Transfer-Encoding: chunked\r\n\r\n1;x=y\r\na\r\n0\r\n\r\n",
		"POST /echo HTTP/1.1\r\n" HOST
		"Transfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n",
		"POST /echo HTTP/1.1\r\n" HOST
		"Transfer-Encoding: chunked\r\n\r\n-1\r\na\r\n0\r\n\r\n",
		"GET /hello HTTP/1.1\n" HOST "\r\n",
		"\x16\x03\x01 no request at all\r\n\r\n",
	};
	size_t i;

	begin_default();
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		tls_client_close(&client);
		CU_ASSERT_EQUAL_FATAL(tls_client_open(&client, stub.port, stub.client), 0);
		tls_client_say(&client, bad[i]);
		tls_client_say(&client, "GET /hello HTTP/1.1\r\n" HOST "\r\n");
		CU_ASSERT_EQUAL(tls_client_answer(&client), 0);
		CU_ASSERT(client.status == 400 || client.status == 501);
		CU_ASSERT(tls_client_is_closed(&client));
	}
	end();
}

static void
broken_chunks_end_a_streamed_body(void)
{
	char body[40000];

	memset(body, 'x', sizeof(body));
	begin_default();
	tls_client_say(&client, "POST /count HTTP/1.1\r\n" HOST
				"Transfer-Encoding: chunked\r\n\r\n11170\r\n" /* 70,000 */);
	tls_client_send(&client, body, sizeof(body));
	tls_client_send(&client, body, 30000);
	tls_client_say(&client, "!\r\n0\r\n\r\n");
	CU_ASSERT_EQUAL(tls_client_answer(&client), 0);
	CU_ASSERT_EQUAL(client.status, 400);
	CU_ASSERT(tls_client_is_closed(&client));
	end();
}

/* ---- time ---- */

static void
slow_senders_are_given_up(void)
{
	struct tls_client silent;

	begin_default();
	/* no handshake */
	CU_ASSERT_EQUAL(tls_client_connect(&silent, stub.port), 0);
	CU_ASSERT(stub_reaches(&stub, METRIC_CONNECTIONS_OPEN, 2));
	/* half a head */
	tls_client_say(&client, "GET /hello HTTP/1.1\r\nHo");
	CU_ASSERT(stub_reaches(&stub, METRIC_BYTES_IN, 23));
	stub_pass_seconds(&stub, 5);
	tls_client_say(&client, "s");
	CU_ASSERT(stub_reaches(&stub, METRIC_BYTES_IN, 24));
	stub_pass_seconds(&stub, 6);
	CU_ASSERT_EQUAL(tls_client_answer(&client), 0);
	CU_ASSERT_EQUAL(client.status, 408);
	CU_ASSERT(tls_client_is_closed(&client));
	CU_ASSERT(tls_client_is_closed(&silent));
	tls_client_close(&silent);
	end();
}

static void
a_body_that_stays_away_is_given_up(void)
{
	begin_default();
	tls_client_say(&client, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhe");
	CU_ASSERT(stub_reaches(&stub, METRIC_BYTES_IN, 61));
	stub_pass_seconds(&stub, 61);
	CU_ASSERT_EQUAL(tls_client_answer(&client), 0);
	CU_ASSERT_EQUAL(client.status, 408);
	tls_client_close(&client);
	/* in the bulk lane too */
	CU_ASSERT_EQUAL(tls_client_open(&client, stub.port, stub.client), 0);
	tls_client_say(&client, "POST /count HTTP/1.1\r\n" HOST
				"Expect: 100-continue\r\nContent-Length: 70000\r\n\r\n");
	CU_ASSERT_EQUAL(tls_client_answer_to_head(&client), 0);
	stub_pass_seconds(&stub, 61);
	CU_ASSERT_EQUAL(tls_client_answer(&client), 0);
	CU_ASSERT_EQUAL(client.status, 408);
	CU_ASSERT(tls_client_is_closed(&client));
	end();
}

static void
an_idle_connection_is_closed_after_its_time(void)
{
	begin_default();
	CU_ASSERT_EQUAL(tls_client_ask(&client, "GET /hello HTTP/1.1\r\n" HOST "\r\n"), 200);
	stub_pass_seconds(&stub, 90);
	CU_ASSERT_EQUAL(tls_client_ask(&client, "GET /hello HTTP/1.1\r\n" HOST "\r\n"), 200);
	stub_pass_seconds(&stub, 90);
	CU_ASSERT_EQUAL(tls_client_ask(&client, "GET /hello HTTP/1.1\r\n" HOST "\r\n"), 200);
	CU_ASSERT(stub_passes_until(&stub, 110, METRIC_CONNECTIONS_OPEN, 0));
	CU_ASSERT(tls_client_is_closed(&client));
	end();
}

static void
a_half_closed_connection_still_gets_its_answer(void)
{
	begin_default();
	tls_client_close(&client);
	stub_stop(&stub);
	stub_init(&stub);
	stub.listener.profile = TLS_PROFILE_NONE;
	stub_start(&stub);
	CU_ASSERT_EQUAL_FATAL(tls_client_open(&client, stub.port, NULL), 0);
	tls_client_say(&client, "GET /hello HTTP/1.1\r\n" HOST "\r\n");
	shutdown(client.fd, SHUT_WR);
	CU_ASSERT_EQUAL(tls_client_answer(&client), 0);
	CU_ASSERT(body_is(&client, "hello"));
	CU_ASSERT(tls_client_is_closed(&client));
	tls_client_close(&client);
	/* half a request and then the end: nothing, and nothing left behind */
	CU_ASSERT_EQUAL_FATAL(tls_client_open(&client, stub.port, NULL), 0);
	tls_client_say(&client, "GET /hello HTTP/1.1\r\n");
	shutdown(client.fd, SHUT_WR);
	CU_ASSERT(tls_client_is_closed(&client));
	CU_ASSERT(stub_reaches(&stub, METRIC_CONNECTIONS_OPEN, 0));
	end();
}

/* ---- lanes and commits ---- */

static void
what_waits_does_not_hold_up_a_worker(void)
{
	struct tls_client waiting;

	begin_default();
	stub_shut_gate();
	CU_ASSERT_EQUAL(tls_client_open(&waiting, stub.port, stub.client), 0);
	tls_client_say(
	    &waiting, "GET /wait HTTP/1.1\r\n" HOST "\r\nGET /hello HTTP/1.1\r\n" HOST "\r\n");
	CU_ASSERT(stub_reaches(&stub, METRIC_REQUESTS_IN_HAND, 1));
	CU_ASSERT_EQUAL(tls_client_ask(&client, "GET /hello HTTP/1.1\r\n" HOST "\r\n"), 200);
	stub_open_gate();
	CU_ASSERT_EQUAL(tls_client_answer(&waiting), 0);
	CU_ASSERT(body_is(&waiting, "waited"));
	CU_ASSERT_EQUAL(tls_client_answer(&waiting), 0);
	CU_ASSERT(body_is(&waiting, "hello"));
	CU_ASSERT(stub_reaches(&stub, METRIC_REQUESTS_IN_HAND, 0));
	tls_client_close(&waiting);
	end();
}

static void
what_moves_to_another_lane_has_its_whole_body_there(void)
{
	static const char *const paths[] = { "/moved-all", "/moved-some" };
	char request[200];
	size_t i;

	begin_default();
	for (i = 0; i < 2; i++) {
		snprintf(request, sizeof(request),
		    "POST %s HTTP/1.1\r\n" HOST "Content-Length: 9\r\n\r\nthe whole", paths[i]);
		CU_ASSERT_EQUAL(tls_client_ask(&client, request), 200);
		CU_ASSERT(body_is(&client, "the whole"));
		snprintf(request, sizeof(request),
		    "POST %s HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
		    "3\r\nthe\r\n6\r\n whole\r\n0\r\n\r\n",
		    paths[i]);
		CU_ASSERT_EQUAL(tls_client_ask(&client, request), 200);
		CU_ASSERT(body_is(&client, "the whole"));
		snprintf(request, sizeof(request),
		    "POST %s HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", paths[i]);
		CU_ASSERT_EQUAL(tls_client_ask(&client, request), 200);
		CU_ASSERT(body_is(&client, ""));
	}
	end();
}

static void
a_full_lane_says_so_and_keeps_the_connection(void)
{
	struct tls_client waiting[4];
	int i;

	begin_default();
	stub_shut_gate();
	for (i = 0; i < 4; i++) { /* two are served, two wait */
		CU_ASSERT_EQUAL(tls_client_open(&waiting[i], stub.port, stub.client), 0);
		tls_client_say(&waiting[i], "GET /wait HTTP/1.1\r\n" HOST "\r\n");
		CU_ASSERT(stub_reaches(&stub, METRIC_REQUESTS_IN_HAND, i + 1));
		CU_ASSERT(stub_reaches(&stub, METRIC_QUEUE_SLOW, i < 2 ? 0 : i - 1));
	}
	CU_ASSERT_EQUAL(tls_client_ask(&client, "GET /wait HTTP/1.1\r\n" HOST "\r\n"), 503);
	CU_ASSERT(tls_client_head_has(&client, "\r\nRetry-After: 1\r\n"));
	CU_ASSERT_EQUAL(tls_client_ask(&client, "GET /hello HTTP/1.1\r\n" HOST "\r\n"), 200);
	CU_ASSERT_EQUAL(metrics_get(stub.metrics, METRIC_REQUESTS_REFUSED), 1);
	stub_open_gate();
	for (i = 0; i < 4; i++) {
		CU_ASSERT_EQUAL(tls_client_answer(&waiting[i]), 0);
		CU_ASSERT_EQUAL(waiting[i].status, 200);
		tls_client_close(&waiting[i]);
	}
	end();
}

/* Has what this user asks wait in LANE_SLOW; the number of those in hand is n then. */
static void
wait_as(struct tls_client *c, const char *user, int n)
{
	char request[200];

	snprintf(request, sizeof(request), "GET /wait HTTP/1.1\r\n" HOST "User: %s\r\n\r\n", user);
	CU_ASSERT_EQUAL(tls_client_open(c, stub.port, stub.client), 0);
	tls_client_say(c, request);
	CU_ASSERT(stub_reaches(&stub, METRIC_REQUESTS_IN_HAND, n));
}

static void
one_caller_leaves_threads_and_places_to_others(void)
{
	struct tls_client flood[8], other;
	int i;

	stub_init(&stub);
	stub.config.threads[LANE_SLOW] = 2;
	stub.config.queues[LANE_SLOW] = 8;
	stub.config.limits.caller_share = 75;
	begin();
	stub_shut_gate();
	/* One thread is his share, and six places to wait. */
	for (i = 0; i < 7; i++) {
		wait_as(&flood[i], "erp", i + 1);
		CU_ASSERT(stub_reaches(&stub, METRIC_QUEUE_SLOW, i));
	}
	CU_ASSERT_EQUAL(
	    tls_client_ask(&client, "GET /wait HTTP/1.1\r\n" HOST "User: erp\r\n\r\n"), 503);
	CU_ASSERT(memmem(client.body.data, client.body.len, "limit-caller-share", 18) != NULL ||
		  memmem(client.body.data, client.body.len, "one caller", 10) != NULL);
	/* Another is served at once, by the other thread. */
	wait_as(&other, "hr", 8);
	CU_ASSERT(stub_reaches(&stub, METRIC_QUEUE_SLOW, 6));
	wait_as(&flood[7], "crm", 9);
	CU_ASSERT(stub_reaches(&stub, METRIC_QUEUE_SLOW, 7));
	/* A login is none of those. */
	CU_ASSERT_EQUAL(tls_client_ask(&client, "GET /login HTTP/1.1\r\n" HOST "\r\n"), 200);
	CU_ASSERT(body_is(&client, "logged in"));
	stub_open_gate();
	CU_ASSERT_EQUAL(tls_client_answer(&other), 0);
	CU_ASSERT(body_is(&other, "waited"));
	for (i = 0; i < 8; i++) {
		CU_ASSERT_EQUAL(tls_client_answer(&flood[i]), 0);
		CU_ASSERT(body_is(&flood[i], "waited"));
		tls_client_close(&flood[i]);
	}
	tls_client_close(&other);
	end();
}

static void
who_has_logged_in_waits_under_his_name_and_not_among_the_logins(void)
{
	struct tls_client waiting[3];
	char request[200];
	int i;

	stub_init(&stub);
	stub.config.threads[LANE_LOGIN] = 1;
	stub.config.queues[LANE_LOGIN] = 1;
	stub.config.queues[LANE_SLOW] = 4;
	stub.config.limits.caller_share = 50;
	begin();
	stub_shut_gate();
	for (i = 0; i < 3; i++) { /* as many as would fill the logins' thread and queue */
		snprintf(request, sizeof(request),
		    "POST /login-wait HTTP/1.1\r\n" HOST
		    "User: erp\r\nContent-Length: 4\r\n\r\nbody");
		CU_ASSERT_EQUAL(tls_client_open(&waiting[i], stub.port, stub.client), 0);
		tls_client_say(&waiting[i], request);
		CU_ASSERT(stub_reaches(&stub, METRIC_REQUESTS_IN_HAND, i + 1));
		CU_ASSERT(stub_reaches(&stub, METRIC_QUEUE_SLOW, i));
		CU_ASSERT(stub_reaches(&stub, METRIC_QUEUE_LOGIN, 0));
	}
	CU_ASSERT_EQUAL(tls_client_ask(&client, "GET /login HTTP/1.1\r\n" HOST "\r\n"), 200);
	CU_ASSERT(body_is(&client, "logged in"));
	CU_ASSERT_EQUAL(metrics_get(stub.metrics, METRIC_LANE_LOGIN), 1);
	stub_open_gate();
	for (i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(tls_client_answer(&waiting[i]), 0);
		CU_ASSERT(body_is(&waiting[i], "waited"));
		tls_client_close(&waiting[i]);
	}
	end();
}

static void
too_many_in_hand_are_refused(void)
{
	struct tls_client waiting;

	stub_init(&stub);
	stub.config.limits.requests_in_hand = 1;
	begin();
	CU_ASSERT_EQUAL(tls_client_open(&waiting, stub.port, stub.client), 0);
	tls_client_say(&waiting, "GET /commit HTTP/1.1\r\n" HOST "\r\n");
	CU_ASSERT(stub_reaches(&stub, METRIC_ANSWERS_PARKED, 1));
	CU_ASSERT_EQUAL(tls_client_ask(&client, "GET /hello HTTP/1.1\r\n" HOST "\r\n"), 503);
	stub_commit(NULL);
	CU_ASSERT_EQUAL(tls_client_answer(&waiting), 0);
	CU_ASSERT_EQUAL(tls_client_ask(&client, "GET /hello HTTP/1.1\r\n" HOST "\r\n"), 200);
	tls_client_close(&waiting);
	end();
}

static void
large_requests_on_their_way_in_are_bounded(void)
{
	struct tls_client slow;
	char body[40000] = { 0 };

	stub_init(&stub);
	stub.config.limits.requests_in_hand = 1;
	begin();
	CU_ASSERT_EQUAL(tls_client_open(&slow, stub.port, stub.client), 0);
	tls_client_say(&slow, "POST /count HTTP/1.1\r\n" HOST "Content-Length: 40000\r\n\r\n");
	tls_client_send(&slow, body, 20000);
	CU_ASSERT(stub_reaches(&stub, METRIC_BYTES_IN, 20064));
	post("/count", 40000, "", 0);
	CU_ASSERT_EQUAL(tls_client_answer(&client), 0);
	CU_ASSERT_EQUAL(client.status, 503);
	CU_ASSERT(tls_client_is_closed(&client));
	tls_client_close(&client);
	CU_ASSERT_EQUAL(tls_client_open(&client, stub.port, stub.client), 0);
	CU_ASSERT_EQUAL(tls_client_ask(&client, "GET /hello HTTP/1.1\r\n" HOST "\r\n"), 200);
	tls_client_send(&slow, body, 20000);
	CU_ASSERT_EQUAL(tls_client_answer(&slow), 0);
	CU_ASSERT(body_is(&slow, "40000"));
	post("/count", 40000, "", 0);
	CU_ASSERT_EQUAL(tls_client_answer(&client), 0);
	CU_ASSERT(body_is(&client, "40000"));
	tls_client_close(&slow);
	end();
}

static void
an_answer_waits_for_its_commit(void)
{
	struct error failure = ERROR_INIT;

	begin_default();
	tls_client_say(&client, "GET /commit HTTP/1.1\r\n" HOST "\r\nGET /commit HTTP/1.1\r\n" HOST
				"\r\nGET /hello HTTP/1.1\r\n" HOST "\r\n");
	CU_ASSERT(stub_reaches(&stub, METRIC_ANSWERS_PARKED, 1));
	CU_ASSERT_EQUAL(metrics_get(stub.metrics, METRIC_BYTES_OUT), 0);
	stub_commit(NULL);
	CU_ASSERT_EQUAL(tls_client_answer(&client), 0);
	CU_ASSERT(body_is(&client, "committed"));
	/* one that could not be committed is not answered as if it had been */
	error_set(&failure, ERROR_UNAVAILABLE, "the database is away");
	stub_commit(&failure);
	CU_ASSERT_EQUAL(tls_client_answer(&client), 0);
	CU_ASSERT_EQUAL(client.status, 503);
	CU_ASSERT(body_is(&client, "the database is away\n"));
	CU_ASSERT_EQUAL(tls_client_answer(&client), 0);
	CU_ASSERT(body_is(&client, "hello"));
	end();
}

static void
a_client_that_left_does_not_upset_the_commit(void)
{
	begin_default();
	tls_client_say(&client, "GET /commit HTTP/1.1\r\n" HOST "\r\n");
	CU_ASSERT(stub_reaches(&stub, METRIC_ANSWERS_PARKED, 1));
	tls_client_close(&client);
	stub_commit(NULL);
	CU_ASSERT(stub_reaches(&stub, METRIC_CONNECTIONS_OPEN, 0));
	CU_ASSERT(stub_reaches(&stub, METRIC_REQUESTS_IN_HAND, 0));
	end();
}

/* ---- connections ---- */

static void
connections_over_the_limit_are_closed(void)
{
	struct tls_client more;

	stub_init(&stub);
	stub.config.limits.connections_per_address = 1;
	begin();
	CU_ASSERT_EQUAL(tls_client_connect(&more, stub.port), 0);
	CU_ASSERT(tls_client_is_closed(&more));
	CU_ASSERT(stub_reaches(&stub, METRIC_CONNECTIONS_REFUSED, 1));
	tls_client_close(&more);
	CU_ASSERT_EQUAL(tls_client_ask(&client, "GET /hello HTTP/1.1\r\n" HOST "\r\n"), 200);
	tls_client_close(&client);
	CU_ASSERT(stub_reaches(&stub, METRIC_CONNECTIONS_OPEN, 0));
	CU_ASSERT_EQUAL(tls_client_open(&client, stub.port, stub.client), 0);
	CU_ASSERT_EQUAL(tls_client_ask(&client, "GET /hello HTTP/1.1\r\n" HOST "\r\n"), 200);
	end();
}

static void
a_client_certificate_of_anybody_is_shown_to_the_service(void)
{
	begin_default();
	CU_ASSERT_EQUAL(tls_client_ask(&client, "GET /client HTTP/1.1\r\n" HOST "\r\n"), 200);
	CU_ASSERT(body_is(&client, "-"));
	tls_client_close(&client);
	CU_ASSERT_EQUAL(tls_client_open(&client, stub.port, stub.client_with_cert), 0);
	CU_ASSERT_EQUAL(tls_client_ask(&client, "GET /client HTTP/1.1\r\n" HOST "\r\n"), 200);
	CU_ASSERT(body_is(&client, "erp"));
	end();
}

static void
a_resumed_session_still_has_its_certificate(void)
{
	SSL_SESSION *session;
	struct tls_client again;

	begin_default();
	tls_client_close(&client);
	CU_ASSERT_EQUAL(tls_client_open(&client, stub.port, stub.client_with_cert), 0);
	CU_ASSERT_EQUAL(tls_client_ask(&client, "GET /client HTTP/1.1\r\n" HOST "\r\n"), 200);
	session = SSL_get1_session(client.ssl);
	CU_ASSERT_EQUAL(tls_client_connect(&again, stub.port), 0);
	again.ssl = SSL_new(stub.client_with_cert);
	SSL_set_fd(again.ssl, again.fd);
	SSL_set_session(again.ssl, session);
	CU_ASSERT_EQUAL(SSL_connect(again.ssl), 1);
	CU_ASSERT(SSL_session_reused(again.ssl));
	CU_ASSERT_EQUAL(tls_client_ask(&again, "GET /client HTTP/1.1\r\n" HOST "\r\n"), 200);
	CU_ASSERT(body_is(&again, "erp"));
	CU_ASSERT(stub_reaches(&stub, METRIC_HANDSHAKES_RESUMED, 1));
	SSL_SESSION_free(session);
	tls_client_close(&again);
	end();
}

static int
handshake_with(int version, const char *ciphers)
{
	struct tls_client c;
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	int rc;

	SSL_CTX_set_min_proto_version(ctx, version);
	SSL_CTX_set_max_proto_version(ctx, version);
	SSL_CTX_set_cipher_list(ctx, ciphers);
	rc = tls_client_open(&c, stub.port, ctx);
	tls_client_close(&c);
	SSL_CTX_free(ctx);
	return rc;
}

static void
old_tls_is_only_spoken_by_the_legacy_profile(void)
{
	begin_default();
	CU_ASSERT_EQUAL(handshake_with(TLS1_3_VERSION, "DEFAULT"), 0);
	CU_ASSERT_EQUAL(handshake_with(TLS1_2_VERSION, "ECDHE+AESGCM"), 0);
	CU_ASSERT_EQUAL(handshake_with(TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA"), -1);
	CU_ASSERT_EQUAL(handshake_with(TLS1_1_VERSION, "ALL:@SECLEVEL=0"), -1);
	end();
}

static void
a_new_certificate_leaves_open_connections_alone(void)
{
	struct tls_client newer;
	SSL_CTX *ctx;
	X509 *before, *after;
	struct tls_chain chain = { pki_cert(PKI_P256), pki_anchors() };
	struct error err = ERROR_INIT;

	begin_default();
	CU_ASSERT_EQUAL(tls_client_ask(&client, "GET /hello HTTP/1.1\r\n" HOST "\r\n"), 200);
	ASSERT_OK(tls_context_new(&ctx, TLS_PROFILE_DEFAULT, &chain, pki_key(PKI_P256)->pkey, &err),
	    &err);
	front_set_tls(stub.front, TLS_PROFILE_DEFAULT, ctx);
	SSL_CTX_free(ctx);
	CU_ASSERT_EQUAL(tls_client_ask(&client, "GET /hello HTTP/1.1\r\n" HOST "\r\n"), 200);
	CU_ASSERT_EQUAL(tls_client_open(&newer, stub.port, stub.client), 0);
	CU_ASSERT_EQUAL(tls_client_ask(&newer, "GET /hello HTTP/1.1\r\n" HOST "\r\n"), 200);
	before = SSL_get0_peer_certificate(client.ssl);
	after = SSL_get0_peer_certificate(newer.ssl);
	CU_ASSERT_EQUAL(X509_cmp(before, pki_cert(PKI_TLS_SERVER)), 0);
	CU_ASSERT_EQUAL(X509_cmp(after, pki_cert(PKI_P256)), 0);
	tls_client_close(&newer);
	end();
}

static void
a_key_that_is_not_the_certificates_is_refused(void)
{
	struct tls_chain chain = { pki_cert(PKI_P256), pki_anchors() };
	struct error err = ERROR_INIT;
	SSL_CTX *ctx;

	CU_ASSERT_EQUAL(
	    tls_context_new(&ctx, TLS_PROFILE_DEFAULT, &chain, pki_key(PKI_TLS_SERVER)->pkey, &err),
	    -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	CU_ASSERT_PTR_NULL(ctx);
}

static void
draining_finishes_what_is_in_hand(void)
{
	struct tls_client idle, refused;

	begin_default();
	CU_ASSERT_EQUAL(tls_client_open(&idle, stub.port, stub.client), 0);
	CU_ASSERT_EQUAL(tls_client_ask(&idle, "GET /hello HTTP/1.1\r\n" HOST "\r\n"), 200);
	tls_client_say(&client, "GET /commit HTTP/1.1\r\n" HOST "\r\n");
	CU_ASSERT(stub_reaches(&stub, METRIC_ANSWERS_PARKED, 1));
	front_drain(stub.front);
	CU_ASSERT(tls_client_is_closed(&idle));
	stub_commit(NULL);
	CU_ASSERT_EQUAL(tls_client_answer(&client), 0);
	CU_ASSERT(body_is(&client, "committed"));
	CU_ASSERT(tls_client_head_has(&client, "\r\nConnection: close"));
	CU_ASSERT(tls_client_is_closed(&client));
	tls_client_close(&client);
	CU_ASSERT(stub_reaches(&stub, METRIC_CONNECTIONS_OPEN, 0));
	CU_ASSERT_EQUAL(front_open(stub.front), 0);
	/* the socket still listens, but nobody takes the call */
	CU_ASSERT_EQUAL(tls_client_connect(&refused, stub.port), 0);
	CU_ASSERT_EQUAL(metrics_get(stub.metrics, METRIC_CONNECTIONS_ACCEPTED), 2);
	tls_client_close(&refused);
	tls_client_close(&idle);
	end();
}

struct load {
	int connections, answered;
	_Atomic int done;
};

static void *
make_load(void *arg)
{
	struct load *load = arg;
	struct tls_client c;
	int i;

	for (load->connections = 0; load->connections < 30; load->connections++) {
		if (tls_client_open(&c, stub.port, stub.client_with_cert) == 0)
			for (i = 0; i < 20; i++)
				load->answered += tls_client_ask(&c,
						      "GET /hello HTTP/1.1\r\n" HOST "\r\n") == 200;
		tls_client_close(&c);
	}
	load->done = 1;
	return NULL;
}

static void
reloads_under_load_lose_no_request(void)
{
	struct load load = { 0, 0, 0 };
	pthread_t thread;
	SSL_CTX *ctx;
	int reloads = 0;

	begin_default();
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, make_load, &load), 0);
	while (!load.done && reloads < 10000) {
		ctx = stub_server_context(TLS_PROFILE_DEFAULT);
		front_set_tls(stub.front, TLS_PROFILE_DEFAULT, ctx);
		SSL_CTX_free(ctx);
		front_set_limits(stub.front, &stub.config.limits);
		reloads++;
	}
	pthread_join(thread, NULL);
	CU_ASSERT(reloads > 1);
	CU_ASSERT_EQUAL(load.answered, 600);
	end();
}

static void
stopping_does_not_wait_for_a_slow_body(void)
{
	begin_default();
	tls_client_say(&client, "POST /count HTTP/1.1\r\n" HOST
				"Expect: 100-continue\r\nContent-Length: 70000\r\n\r\n");
	CU_ASSERT_EQUAL(tls_client_answer_to_head(&client), 0);
	CU_ASSERT_EQUAL(client.status, 100);
	front_free(stub.front);
	stub.front = NULL;
	tls_client_close(&client);
	stub_stop(&stub);
}

static const struct test tests[] = { TEST(a_connection_is_kept_for_many_requests),
	TEST(workers_tell_when_they_have_nothing_to_do),
	TEST(a_client_that_asks_to_close_is_closed), TEST(pipelined_requests_are_answered_in_order),
	TEST(a_request_may_come_byte_by_byte), TEST(head_is_answered_without_a_body),
	TEST(a_large_answer_arrives_whole_at_a_slow_reader), TEST(bodies_of_all_sizes_arrive_whole),
	TEST(a_body_over_the_limit_is_refused_with_its_size),
	TEST(a_large_body_that_nobody_reads_does_not_hide_the_answer),
	TEST(continue_is_said_when_the_body_is_wanted),
	TEST(smuggling_is_refused_and_the_connection_closed),
	TEST(broken_chunks_end_a_streamed_body), TEST(slow_senders_are_given_up),
	TEST(a_body_that_stays_away_is_given_up), TEST(an_idle_connection_is_closed_after_its_time),
	TEST(a_half_closed_connection_still_gets_its_answer),
	TEST(what_waits_does_not_hold_up_a_worker),
	TEST(what_moves_to_another_lane_has_its_whole_body_there),
	TEST(a_full_lane_says_so_and_keeps_the_connection), TEST(too_many_in_hand_are_refused),
	TEST(large_requests_on_their_way_in_are_bounded), TEST(an_answer_waits_for_its_commit),
	TEST(a_client_that_left_does_not_upset_the_commit),
	TEST(connections_over_the_limit_are_closed),
	TEST(a_client_certificate_of_anybody_is_shown_to_the_service),
	TEST(a_resumed_session_still_has_its_certificate),
	TEST(old_tls_is_only_spoken_by_the_legacy_profile),
	TEST(a_new_certificate_leaves_open_connections_alone),
	TEST(a_key_that_is_not_the_certificates_is_refused),
	TEST(draining_finishes_what_is_in_hand), TEST(reloads_under_load_lose_no_request),
	TEST(one_caller_leaves_threads_and_places_to_others),
	TEST(who_has_logged_in_waits_under_his_name_and_not_among_the_logins),
	TEST(stopping_does_not_wait_for_a_slow_body), TEST_END };
const struct suite suite_server_run_front = { "server/run/front", NULL, NULL, tests };
