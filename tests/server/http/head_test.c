#include "server/http/head.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/suite.h"

#define HOST "Host: h\r\n"

static struct http_head head;
static char text[HTTP_HEAD_MAX * 2];

/* 0 when `request` is a whole, good head, else the status to answer. */
static int
parse(const char *request)
{
	struct error err = ERROR_INIT;
	size_t scanned = 0;
	int status = -1;
	ssize_t len;

	len = http_head_end(request, strlen(request), &scanned, &status, &err);
	if (len == 0)
		return -1;
	if (len > 0) {
		memcpy(text, request, (size_t)len);
		if (http_head_parse(&head, text, (size_t)len, &status, &err) == 0)
			return 0;
	}
	CU_ASSERT_NOT_EQUAL(err.kind, ERROR_NONE);
	CU_ASSERT_NOT_EQUAL(err.text[0], '\0');
	return status;
}

static void
a_good_head_is_taken_apart(void)
{
	CU_ASSERT_EQUAL_FATAL(parse("POST /soap?a=b&c HTTP/1.1\r\nhost:  example \t\r\n"
				    "Content-Length: 42\r\nX-Empty:\r\nExpect: 100-Continue\r\n"
				    "Connection: foo , Close\r\n\r\nrest"),
	    0);
	CU_ASSERT_STRING_EQUAL(head.method, "POST");
	CU_ASSERT_STRING_EQUAL(head.path, "/soap");
	CU_ASSERT_STRING_EQUAL(head.query, "a=b&c");
	CU_ASSERT_STRING_EQUAL(http_head_field(&head, "HOST"), "example");
	CU_ASSERT_STRING_EQUAL(http_head_field(&head, "X-Empty"), "");
	CU_ASSERT_PTR_NULL(http_head_field(&head, "X-None"));
	CU_ASSERT_EQUAL(head.content_length, 42);
	CU_ASSERT_EQUAL(head.minor, 1);
	CU_ASSERT_EQUAL(head.expect_continue, 1);
	CU_ASSERT_EQUAL(head.keep_alive, 0);
	CU_ASSERT_EQUAL(head.chunked, 0);
}

static void
forms_that_the_standard_allows_are_taken(void)
{
	CU_ASSERT_EQUAL(parse("GET / HTTP/1.0\r\n\r\n"), 0);
	CU_ASSERT_EQUAL(head.keep_alive, 0);
	CU_ASSERT_EQUAL(head.content_length, -1);
	CU_ASSERT_EQUAL(parse("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"), 0);
	CU_ASSERT_EQUAL(head.keep_alive, 1);
	CU_ASSERT_EQUAL(parse("\r\nGET / HTTP/1.1\r\n" HOST "\r\n"), 0);
	CU_ASSERT_EQUAL(head.keep_alive, 1);
	CU_ASSERT_EQUAL(parse("OPTIONS * HTTP/1.1\r\n" HOST "\r\n"), 0);
	CU_ASSERT_STRING_EQUAL(head.path, "*");
	CU_ASSERT_EQUAL(parse("GET https://h:1/p?q HTTP/1.1\r\n" HOST "\r\n"), 0);
	CU_ASSERT_STRING_EQUAL(head.path, "/p");
	CU_ASSERT_STRING_EQUAL(head.query, "q");
	CU_ASSERT_EQUAL(parse("GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: Chunked\r\n\r\n"), 0);
	CU_ASSERT_EQUAL(head.chunked, 1);
}

static void
what_can_be_read_in_two_ways_is_refused(void)
{
	static const struct {
		const char *request;
		int status;
	} bad[] = {
		{ "GET / HTTP/1.1\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\n" HOST HOST "\r\n", 400 },
		{ "GET / HTTP/1.1\n" HOST "\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: h\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\n" HOST "A: b\r\n c\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\n A: b\r\n" HOST "\r\n", 400 },
		{ "GET / HTTP/1.1\r\n" HOST "A : b\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\n" HOST ": b\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\n" HOST "A\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\n" HOST "A: b\rc: d\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\n" HOST "A: b\x01\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nContent-Length: 1\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 1,1\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\n" HOST "Content-Length: +1\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 0x1\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 9999999999999999999\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\n" HOST
		  "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
		    400 },
		{ "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n", 501 },
		{ "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n\r\n", 501 },
		{ "GET / HTTP/1.1\r\n" HOST
		  "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
		    400 },
		{ "GET / HTTP/1.1\r\n" HOST "Content-Encoding: gzip\r\n\r\n", 415 },
		{ "GET / HTTP/1.1\r\n" HOST "Expect: 200-ok\r\n\r\n", 417 },
		{ "GET / HTTP/2.0\r\n" HOST "\r\n", 505 },
		{ "GET / http/1.1\r\n" HOST "\r\n", 400 },
		{ "GET / HTTP/1.1 \r\n" HOST "\r\n", 400 },
		{ "GET  / HTTP/1.1\r\n" HOST "\r\n", 400 },
		{ "GET /a b HTTP/1.1\r\n" HOST "\r\n", 400 },
		{ "GET /#x HTTP/1.1\r\n" HOST "\r\n", 400 },
		{ "GET x HTTP/1.1\r\n" HOST "\r\n", 400 },
		{ "GET https://h HTTP/1.1\r\n" HOST "\r\n", 400 },
		{ "G{T / HTTP/1.1\r\n" HOST "\r\n", 400 },
		{ "GET /\r\n\r\n", 400 },
		{ " / HTTP/1.1\r\n" HOST "\r\n", 400 },
		{ "\r\n\r\n", 400 },
		{ "\r\n\r\nGET / HTTP/1.1\r\n" HOST "\r\n", 400 },
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int status = parse(bad[i].request);

		CU_ASSERT_EQUAL(status, bad[i].status);
		if (status != bad[i].status)
			fprintf(stderr, "%d for: %s\n", status, bad[i].request);
	}
}

static void
a_nul_ends_it_at_once(void)
{
	struct error err = ERROR_INIT;
	size_t scanned = 0;
	int status = 0;

	CU_ASSERT_EQUAL(http_head_end("GET /\0", 6, &scanned, &status, &err), -1);
	CU_ASSERT_EQUAL(status, 400);
}

static void
the_end_is_found_in_whatever_pieces_it_comes(void)
{
	static const char request[] = "GET / HTTP/1.1\r\n" HOST "\r\nGET";
	struct error err = ERROR_INIT;
	size_t scanned = 0, n;
	int status = 0;

	for (n = 0; n < sizeof(request) - 4; n++)
		CU_ASSERT_EQUAL(http_head_end(request, n, &scanned, &status, &err), 0);
	CU_ASSERT_EQUAL(
	    http_head_end(request, n, &scanned, &status, &err), (ssize_t)sizeof(request) - 4);
}

static int
parse_filled(const char *before, char fill, size_t n, const char *after)
{
	char *request = malloc(strlen(before) + n + strlen(after) + 1);
	int rc;

	strcpy(request, before);
	memset(request + strlen(before), fill, n);
	strcpy(request + strlen(before) + n, after);
	rc = parse(request);
	free(request);
	return rc;
}

static void
sizes_are_limited(void)
{
	char fields[80 * 8] = "";
	int i;

	CU_ASSERT_EQUAL(parse_filled("GET /", 'x', 4000, " HTTP/1.1\r\n" HOST "\r\n"), 0);
	CU_ASSERT_EQUAL(parse_filled("GET /", 'x', 5000, " HTTP/1.1\r\n" HOST "\r\n"), 414);
	CU_ASSERT_EQUAL(parse_filled("GET / HTTP/1.1\r\n" HOST "A: ", 'x', 8000, "\r\n\r\n"), 0);
	CU_ASSERT_EQUAL(parse_filled("GET / HTTP/1.1\r\n" HOST "A: ", 'x', 9000, "\r\n\r\n"), 431);
	CU_ASSERT_EQUAL(parse_filled("GET / HTTP/1.1\r\n" HOST "A: ", 'x', 20000, "\r\n\r\n"), 431);
	for (i = 0; i < HTTP_FIELDS_MAX; i++)
		strcat(fields, "A: b\r\n");
	strcat(fields, "\r\n");
	CU_ASSERT_EQUAL(parse_filled("GET / HTTP/1.0\r\n", 'x', 0, fields), 0);
	CU_ASSERT_EQUAL(parse_filled("GET / HTTP/1.1\r\n" HOST, 'x', 0, fields), 431);
}

static const struct test tests[] = { TEST(a_good_head_is_taken_apart),
	TEST(forms_that_the_standard_allows_are_taken),
	TEST(what_can_be_read_in_two_ways_is_refused), TEST(a_nul_ends_it_at_once),
	TEST(the_end_is_found_in_whatever_pieces_it_comes), TEST(sizes_are_limited), TEST_END };
const struct suite suite_server_http_head = { "server/http/head", NULL, NULL, tests };
