/* What dials out keeps its limits, whatever the other side does. */
#include "server/fetch/fetch.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/http_stub.h"
#include "tests/support/ldap_stub.h"
#include "tests/support/suite.h"

static int
setup(void)
{
	struct error err = ERROR_INIT;

	return fetch_setup(&err);
}

/* What a stub was asked last, and what it says. */
struct talk {
	char head[2048];
	struct buf body;
	const char *status, *text, *raw;
};

static void
serve(void *arg, const char *head, struct span body, struct buf *answer)
{
	struct talk *t = arg;

	snprintf(t->head, sizeof(t->head), "%s", head);
	t->body.len = 0;
	buf_append_span(&t->body, body, NULL);
	if (t->raw != NULL)
		buf_append_str(answer, t->raw, NULL);
	else if (t->status != NULL)
		http_stub_answer(answer, t->status, "text/plain", span_str(t->text));
}

static struct fetch_request
request_to(const struct http_stub *stub)
{
	return (struct fetch_request){
		.url = stub->url, .connect_ms = 5000, .total_ms = 5000, .max_answer = 100
	};
}

/* Expect a failure of that kind, and nothing in the answer. */
static void
assert_fails(const struct fetch_request *request, enum error_kind kind)
{
	struct fetch_answer answer;
	struct error err = ERROR_INIT;

	CU_ASSERT_EQUAL(fetch(request, &answer, &err), -1);
	CU_ASSERT_EQUAL(err.kind, kind);
	if (err.kind != kind)
		fprintf(stderr, "%s [%s]\n", err.text, err.cause);
	/* Addresses are for the log alone. */
	CU_ASSERT_PTR_NULL(strstr(err.text, "127.0.0.1"));
	CU_ASSERT_EQUAL(answer.body.len, 0);
}

static void
a_post_arrives_as_it_was_and_its_answer_too(void)
{
	struct talk t = { .status = "200 OK", .text = "well" };
	struct fetch_answer answer;
	struct http_stub stub;
	struct fetch_request request;
	struct error err = ERROR_INIT;

	CU_ASSERT_EQUAL_FATAL(http_stub_start(&stub, serve, &t), 0);
	request = request_to(&stub);
	request.content_type = "application/timestamp-query";
	request.accept = "application/timestamp-reply";
	request.body = (struct span){ (const unsigned char *)"a\0b", 3 };
	ASSERT_OK(fetch(&request, &answer, &err), &err);
	CU_ASSERT_EQUAL(answer.status, 200);
	CU_ASSERT_STRING_EQUAL(answer.content_type, "text/plain");
	CU_ASSERT(span_equal(SPAN_OF(&answer.body), span_str("well")));
	CU_ASSERT_EQUAL(strncmp(t.head, "POST / HTTP/1.1\r\n", 17), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(t.head, "Content-Type: application/timestamp-query\r\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(t.head, "Accept: application/timestamp-reply\r\n"));
	CU_ASSERT_PTR_NULL(strstr(t.head, "Expect:"));
	CU_ASSERT(span_equal(SPAN_OF(&t.body), request.body));
	fetch_answer_release(&answer);
	http_stub_end(&stub);
	buf_release(&t.body);
}

static void
a_get_has_no_body_and_an_error_status_is_an_answer(void)
{
	struct talk t = { .status = "503 Service Unavailable", .text = "later" };
	struct fetch_answer answer;
	struct http_stub stub;
	struct fetch_request request;
	struct error err = ERROR_INIT;

	CU_ASSERT_EQUAL_FATAL(http_stub_start(&stub, serve, &t), 0);
	request = request_to(&stub);
	ASSERT_OK(fetch(&request, &answer, &err), &err);
	CU_ASSERT_EQUAL(answer.status, 503);
	CU_ASSERT_EQUAL(strncmp(t.head, "GET / HTTP/1.1\r\n", 16), 0);
	CU_ASSERT_EQUAL(t.body.len, 0);
	fetch_answer_release(&answer);
	http_stub_end(&stub);
	buf_release(&t.body);
}

static void
a_redirect_is_told_and_not_followed(void)
{
	struct talk t = { .raw = "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\n"
				 "Content-Length: 0\r\nConnection: close\r\n\r\n" };
	struct fetch_answer answer;
	struct http_stub stub;
	struct fetch_request request;
	struct error err = ERROR_INIT;

	CU_ASSERT_EQUAL_FATAL(http_stub_start(&stub, serve, &t), 0);
	request = request_to(&stub);
	ASSERT_OK(fetch(&request, &answer, &err), &err);
	CU_ASSERT_EQUAL(answer.status, 302);
	fetch_answer_release(&answer);
	http_stub_end(&stub);
	CU_ASSERT_EQUAL(http_stub_requests(&stub), 1);
	buf_release(&t.body);
}

static void
a_silent_server_costs_no_more_than_the_time_out(void)
{
	struct talk t = { .status = NULL };
	struct http_stub stub;
	struct fetch_request request;

	CU_ASSERT_EQUAL_FATAL(http_stub_start(&stub, serve, &t), 0);
	request = request_to(&stub);
	request.total_ms = 100;
	assert_fails(&request, ERROR_UNAVAILABLE);
	http_stub_end(&stub);
	CU_ASSERT_EQUAL(http_stub_requests(&stub), 1);
	buf_release(&t.body);
}

static void
nobody_at_home_is_unavailable(void)
{
	struct http_stub stub;
	struct fetch_request request;

	CU_ASSERT_EQUAL_FATAL(http_stub_start(&stub, NULL, NULL), 0);
	request = request_to(&stub);
	assert_fails(&request, ERROR_UNAVAILABLE);
	http_stub_end(&stub);
}

static void
an_answer_may_have_the_bytes_that_are_allowed_and_not_one_more(void)
{
	char text[102];
	struct talk t = { .status = "200 OK", .text = text };
	struct fetch_answer answer;
	struct http_stub stub;
	struct fetch_request request;
	struct error err = ERROR_INIT;

	memset(text, 'x', 101);
	text[100] = '\0';
	CU_ASSERT_EQUAL_FATAL(http_stub_start(&stub, serve, &t), 0);
	request = request_to(&stub);
	ASSERT_OK(fetch(&request, &answer, &err), &err);
	CU_ASSERT_EQUAL(answer.body.len, 100);
	fetch_answer_release(&answer);
	text[100] = 'x';
	text[101] = '\0';
	assert_fails(&request, ERROR_TOO_LARGE);
	http_stub_end(&stub);
	buf_release(&t.body);
}

static void
an_answer_without_a_length_has_the_same_limit(void)
{
	char raw[300] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
			"c8\r\n";
	struct talk t = { .raw = raw };
	struct http_stub stub;
	struct fetch_request request;
	size_t n = strlen(raw);

	memset(raw + n, 'x', 200);
	memcpy(raw + n + 200, "\r\n0\r\n\r\n", 8);
	CU_ASSERT_EQUAL_FATAL(http_stub_start(&stub, serve, &t), 0);
	request = request_to(&stub);
	assert_fails(&request, ERROR_TOO_LARGE);
	http_stub_end(&stub);
	buf_release(&t.body);
}

static void
an_answer_that_is_cut_short_is_no_answer(void)
{
	struct talk t = { .raw = "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf" };
	struct http_stub stub;
	struct fetch_request request;

	CU_ASSERT_EQUAL_FATAL(http_stub_start(&stub, serve, &t), 0);
	request = request_to(&stub);
	assert_fails(&request, ERROR_UNAVAILABLE);
	t.raw = "SSH-2.0-OpenSSH_9\r\n";
	request.total_ms = 1000;
	assert_fails(&request, ERROR_UNAVAILABLE);
	http_stub_end(&stub);
	buf_release(&t.body);
}

static void
other_schemes_than_http_are_refused(void)
{
	static const char *const urls[] = { "file:///etc/hostname", "ftp://127.0.0.1/x",
		"gopher://127.0.0.1/", "ldap://127.0.0.1/", "no address at all", "" };
	struct fetch_request request = { .connect_ms = 1000, .total_ms = 1000, .max_answer = 100 };
	size_t i;

	for (i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		request.url = urls[i];
		assert_fails(&request, ERROR_UNSUPPORTED);
	}
}

static void
a_password_does_not_go_over_plain_http(void)
{
	struct talk t = { .status = "200 OK", .text = "" };
	struct fetch_answer answer;
	struct http_stub stub;
	struct fetch_request request;
	struct error err = ERROR_INIT;

	CU_ASSERT_EQUAL_FATAL(http_stub_start(&stub, serve, &t), 0);
	request = request_to(&stub);
	request.user = "signet";
	request.password = "secret";
	ASSERT_OK(fetch(&request, &answer, &err), &err);
	CU_ASSERT_PTR_NULL(strstr(t.head, "Authorization:"));
	fetch_answer_release(&answer);
	http_stub_end(&stub);
	buf_release(&t.body);
}

static void
proxies_of_the_environment_are_not_used(void)
{
	struct talk t = { .status = "200 OK", .text = "direct" };
	struct fetch_answer answer;
	struct http_stub stub;
	struct fetch_request request;
	struct error err = ERROR_INIT;

	CU_ASSERT_EQUAL_FATAL(http_stub_start(&stub, serve, &t), 0);
	setenv("http_proxy", "http://127.0.0.1:1/", 1);
	request = request_to(&stub);
	ASSERT_OK(fetch(&request, &answer, &err), &err);
	unsetenv("http_proxy");
	CU_ASSERT_EQUAL(strncmp(t.head, "GET / ", 6), 0);
	fetch_answer_release(&answer);
	http_stub_end(&stub);
	buf_release(&t.body);
}

/* ---- addresses that a document brought ---- */

static void
a_guarded_request_does_not_reach_this_machine(void)
{
	struct talk t = { .status = "200 OK", .text = "secret" };
	struct dial_guard guard = { .count = 0 };
	struct fetch_answer answer;
	struct http_stub stub;
	struct fetch_request request;
	struct error err = ERROR_INIT;
	char by_name[80];

	CU_ASSERT_EQUAL_FATAL(http_stub_start(&stub, serve, &t), 0);
	request = request_to(&stub);
	ASSERT_OK(fetch(&request, &answer, &err), &err); /* leaves no way for the others */
	fetch_answer_release(&answer);
	request.guard = &guard;
	assert_fails(&request, ERROR_NOT_AUTHORIZED);
	snprintf(by_name, sizeof(by_name), "http://localhost:%s", strrchr(stub.url, ':') + 1);
	request.url = by_name;
	assert_fails(&request, ERROR_NOT_AUTHORIZED);
	CU_ASSERT_EQUAL(http_stub_requests(&stub), 1);
	request.url = stub.url;
	ASSERT_OK(guard_allow(&guard, "127.0.0.0/8", &err), &err);
	ASSERT_OK(fetch(&request, &answer, &err), &err);
	CU_ASSERT_EQUAL(answer.status, 200);
	fetch_answer_release(&answer);
	http_stub_end(&stub);
	buf_release(&t.body);
}

/* Leads elsewhere as long as there is somewhere to lead to. */
struct way {
	const char *to;
	unsigned int left;
};

static void
lead(void *arg, const char *head, struct span body, struct buf *answer)
{
	struct way *way = arg;

	(void)head, (void)body;
	if (way->left > 0) {
		way->left--;
		buf_printf(answer, NULL,
		    "HTTP/1.1 301 Moved\r\nLocation: %s\r\nContent-Length: 0\r\n"
		    "Connection: close\r\n\r\n",
		    way->to);
	} else {
		http_stub_answer(answer, "200 OK", "text/plain", span_str("there"));
	}
}

static void
redirects_are_followed_so_far_and_guarded_like_the_first_address(void)
{
	struct way way = { "/next", 3 };
	struct dial_guard guard = { .count = 0 };
	struct fetch_answer answer;
	struct http_stub stub, forbidden;
	struct fetch_request request;
	struct error err = ERROR_INIT;
	struct talk t = { .status = "200 OK", .text = "secret" };
	char elsewhere[80];

	CU_ASSERT_EQUAL_FATAL(http_stub_start(&stub, lead, &way), 0);
	CU_ASSERT_EQUAL_FATAL(http_stub_start(&forbidden, serve, &t), 0);
	ASSERT_OK(guard_allow(&guard, "127.0.0.1", &err), &err);
	request = request_to(&stub);
	request.guard = &guard;
	request.redirects = 3;
	ASSERT_OK(fetch(&request, &answer, &err), &err);
	CU_ASSERT_EQUAL(answer.status, 200);
	fetch_answer_release(&answer);
	way = (struct way){ "/next", 4 };
	assert_fails(&request, ERROR_UNAVAILABLE);
	/* to another address, which is not allowed */
	snprintf(
	    elsewhere, sizeof(elsewhere), "http://127.0.0.2:%s", strrchr(forbidden.url, ':') + 1);
	way = (struct way){ elsewhere, 1 };
	assert_fails(&request, ERROR_NOT_AUTHORIZED);
	CU_ASSERT_EQUAL(http_stub_requests(&forbidden), 0);
	/* to other schemes */
	way = (struct way){ "file:///etc/hostname", 1 };
	assert_fails(&request, ERROR_UNAVAILABLE);
	way = (struct way){ "ldap://127.0.0.1/", 1 };
	request.may_use_ldap = 1;
	assert_fails(&request, ERROR_UNAVAILABLE);
	http_stub_end(&stub);
	http_stub_end(&forbidden);
	buf_release(&t.body);
}

/* ---- LDAP ---- */

static void
an_ldap_url_gives_the_values_of_its_attribute(void)
{
	struct buf found = BUF_INIT(0), empty = BUF_INIT(0);
	struct fetch_request request = {
		.connect_ms = 5000, .total_ms = 5000, .max_answer = 100, .may_use_ldap = 1
	};
	struct dial_guard guard = { .count = 0 };
	struct fetch_answer answer;
	struct ldap_stub stub;
	struct error err = ERROR_INIT;

	ldap_stub_found(&found, (struct span){ (const unsigned char *)"\x30\x00", 2 });
	ldap_stub_found(&empty, SPAN_NONE);
	ldap_stub_start(&stub, SPAN_OF(&found));
	request.url = stub.url;
	request.guard = &guard;
	assert_fails(&request, ERROR_NOT_AUTHORIZED);
	ASSERT_OK(guard_allow(&guard, "127.0.0.1", &err), &err);
	ASSERT_OK(fetch(&request, &answer, &err), &err);
	CU_ASSERT_EQUAL(answer.status, 200);
	CU_ASSERT_EQUAL_FATAL(answer.body.len, 2);
	CU_ASSERT_EQUAL(memcmp(answer.body.data, "\x30\x00", 2), 0);
	fetch_answer_release(&answer);
	ldap_stub_end(&stub);

	ldap_stub_start(&stub, SPAN_OF(&empty));
	request.url = stub.url;
	ASSERT_OK(fetch(&request, &answer, &err), &err);
	CU_ASSERT_EQUAL(answer.status, 404);
	CU_ASSERT_EQUAL(answer.body.len, 0);
	fetch_answer_release(&answer);
	ldap_stub_end(&stub);
	buf_release(&found);
	buf_release(&empty);
}

static void
an_ldap_server_that_talks_nonsense_is_unavailable(void)
{
	struct fetch_request request = {
		.connect_ms = 5000, .total_ms = 1000, .max_answer = 100, .may_use_ldap = 1
	};
	struct ldap_stub stub;

	ldap_stub_start(&stub, span_str("nonsense\n"));
	request.url = stub.url;
	assert_fails(&request, ERROR_UNAVAILABLE);
	ldap_stub_end(&stub);
}

static const struct test tests[] = {
	TEST(a_post_arrives_as_it_was_and_its_answer_too),
	TEST(a_get_has_no_body_and_an_error_status_is_an_answer),
	TEST(a_redirect_is_told_and_not_followed),
	TEST(a_silent_server_costs_no_more_than_the_time_out),
	TEST(nobody_at_home_is_unavailable),
	TEST(an_answer_may_have_the_bytes_that_are_allowed_and_not_one_more),
	TEST(an_answer_without_a_length_has_the_same_limit),
	TEST(an_answer_that_is_cut_short_is_no_answer),
	TEST(other_schemes_than_http_are_refused),
	TEST(a_password_does_not_go_over_plain_http),
	TEST(proxies_of_the_environment_are_not_used),
	TEST(a_guarded_request_does_not_reach_this_machine),
	TEST(redirects_are_followed_so_far_and_guarded_like_the_first_address),
	TEST(an_ldap_url_gives_the_values_of_its_attribute),
	TEST(an_ldap_server_that_talks_nonsense_is_unavailable),
	TEST_END,
};

const struct suite suite_server_fetch_fetch = { "server/fetch/fetch", setup, NULL, tests };
