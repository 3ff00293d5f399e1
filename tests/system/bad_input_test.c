/*
 * Bad input over TLS at a live server: each gets a typed fault or a clear HTTP status with words
 * that say what to do, has a line in the log under its request id, and leaves no trace in the data.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/base/clock.h"
#include "server/base/text.h"
#include "tests/support/pdf_samples.h"
#include "tests/support/postgres.h"
#include "tests/support/soap_call.h"
#include "tests/support/suite.h"

#define CPU_MS_MAX  1000 /* of one refusal; the guard takes some milliseconds */
#define REFUSED_MAX 400

static struct live live;
static SSL_CTX *erp;
static struct soap_call call; /* one connection for all that does not break it */
static pid_t api, keys;
static char before[512];
static char refused[REFUSED_MAX][40]; /* their request ids */
static size_t refused_count;

/* ---- what must stay as it is ---- */

/* All that a request could change, in one line; the audit log and its head are meant to grow. */
static void
take_picture(char out[512])
{
	struct error err = ERROR_INIT;

	ASSERT_OK(
	    postgres_ask(live.database, "postgres",
		"SELECT concat_ws(' ', (SELECT count(*) FROM signet.request_id), (SELECT next "
		"FROM signet.tsa_serial), (SELECT md5(string_agg(t::text, ',' ORDER BY t.id)) "
		"FROM signet.tenant t), (SELECT md5(string_agg(u::text, ',' ORDER BY u.id)) "
		"FROM signet.user u), (SELECT md5(string_agg(c::text, ',' ORDER BY "
		"c.fingerprint)) FROM signet.user_certificate c), (SELECT md5(string_agg("
		"k::text, ',' ORDER BY k.id)) FROM signet.signing_key k), (SELECT count(*) "
		"FROM signet.group_right), (SELECT count(*) FROM signet.group_key), (SELECT "
		"count(*) FROM signet.audit WHERE operation = 'SignDocument' AND result = "
		"'Success'))",
		out, 512, &err),
	    &err);
}

static long
cpu_ms(pid_t pid)
{
	unsigned long user = 0, system = 0;
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "r");
	if (f == NULL)
		return -1;
	if (fscanf(f, "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
		&system) != 2)
		user = 0;
	fclose(f);
	return (long)((user + system) * 1000 / (unsigned long)sysconf(_SC_CLK_TCK));
}

static void
remember(const char *id)
{
	CU_ASSERT_EQUAL(strlen(id), 36);
	if (refused_count < REFUSED_MAX)
		snprintf(refused[refused_count++], sizeof(refused[0]), "%s", id);
}

/* ---- refusals of messages ---- */

#define POST "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\n"

#define OPEN                                                                                       \
	"<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" "                       \
	"xmlns=\"urn:signet:v1\"><s:Body>"
#define CLOSE			   "</s:Body></s:Envelope>"
#define CMS			   "<parameters><format>CMS</format></parameters>"
#define DOCUMENT		   "<document><content>QQ==</content></document>"
#define SIGN(parameters, document) "<SignDocument>" parameters document "</SignDocument>"

static void
refuse_bytes(const char *head, const void *data, size_t len, const char *code, const char *words)
{
	CU_ASSERT(soap_post(&call, "/", "text/xml; charset=utf-8", head, data, len) >= 400);
	CU_ASSERT(soap_is_fault(&call, code, words));
	remember(call.request_id);
}

static void
refuse(const char *message, const char *code, const char *words)
{
	refuse_bytes("", message, strlen(message), code, words);
}

/* What stands in the Body. */
static void
refuse_body(const char *body, const char *code, const char *words)
{
	CU_ASSERT_EQUAL(soap_call(&call, body), 500);
	CU_ASSERT(soap_is_fault(&call, code, words));
	remember(call.request_id);
}

static void
a_picture_is_taken_of_the_data(void)
{
	/* The server's own stamp takes a serial number, some time after the start. */
	CU_ASSERT_EQUAL_FATAL(live_await_stamp(&live, 20000), 0);
	take_picture(before);
	CU_ASSERT(strlen(before) > 100);
}

static void
a_truncated_message_is_refused(void)
{
	static const char message[] = OPEN SIGN(CMS, DOCUMENT) CLOSE;
	size_t n;

	for (n = 1; n < sizeof(message) - 1; n += 11)
		refuse_bytes("", message, n, "Malformed", "");
}

static void
a_message_over_the_limit_is_refused_by_its_length(void)
{
	struct tls_client c;

	CU_ASSERT_EQUAL_FATAL(tls_client_open(&c, live.port, erp), 0);
	CU_ASSERT_EQUAL(
	    tls_client_ask(&c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\n"
			       "Content-Length: 99999999999\r\n\r\n"),
	    500);
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)c.body.data, "TooLarge"));
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)c.body.data, "limit-message"));
	CU_ASSERT(tls_client_is_closed(&c));
	tls_client_close(&c);
}

static void
a_message_over_the_limit_in_chunks_is_refused_on_the_way(void)
{
	static char chunk[65536];
	struct tls_client c;
	int i, rc = 0;

	memset(chunk, 'A', sizeof(chunk));
	CU_ASSERT_EQUAL_FATAL(tls_client_open(&c, live.port, erp), 0);
	tls_client_say(&c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\n"
			   "Transfer-Encoding: chunked\r\n\r\n");
	tls_client_say(&c, "200\r\n");
	tls_client_say(&c, OPEN "<SignDocument>" CMS "<document><content>");
	tls_client_send(&c, chunk, 512 - strlen(OPEN "<SignDocument>" CMS "<document><content>"));
	tls_client_say(&c, "\r\n");
	for (i = 0; i < 400 && rc == 0; i++) { /* 26 MB */
		tls_client_say(&c, "10000\r\n");
		tls_client_send(&c, chunk, sizeof(chunk));
		rc = tls_client_say(&c, "\r\n");
	}
	CU_ASSERT_EQUAL(tls_client_answer(&c), 0);
	CU_ASSERT(c.status >= 400);
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)c.body.data, "TooLarge"));
	tls_client_close(&c);
}

static void
a_document_over_the_inline_limit_is_told_to_come_by_mtom(void)
{
	size_t n = (size_t)12 << 20; /* 9 MB of document */
	struct buf message = BUF_INIT(0);

	buf_append_str(&message, OPEN "<SignDocument>" CMS "<document><content>", NULL);
	memset(buf_reserve(&message, n, NULL), 'A', n);
	message.len += n;
	buf_append_str(&message, "</content></document></SignDocument>" CLOSE, NULL);
	refuse_bytes("", message.data, message.len, "TooLarge", "MTOM");
	CU_ASSERT_PTR_NOT_NULL(strstr(soap_answer(&call), "limit-inline"));
	buf_release(&message);
}

static void
what_is_no_xml_or_no_soap_is_refused(void)
{
	refuse("", "Malformed", "empty");
	refuse("hello", "Malformed", "not XML");
	refuse("{\"json\": true}", "Malformed", "not XML");
	refuse_bytes("", "\0\0\0\0", 4, "Malformed", "");
	refuse("<html><body/></html>", "Malformed", "Envelope");
	refuse("<Envelope/>", "Malformed", "Envelope");
	refuse(OPEN CLOSE, "Malformed", "Body is empty");
	refuse(OPEN "<WhoAmI></Who>" CLOSE, "Malformed", "");
	refuse(OPEN "<WhoAmI" CLOSE, "Malformed", "");
	refuse(OPEN "<WhoAmI a=b/>" CLOSE, "Malformed", "");
	refuse(OPEN "<WhoAmI/>&undeclared;" CLOSE, "Malformed", "");
	refuse(OPEN "<x:WhoAmI/>" CLOSE, "Unsupported", "no operation");
	refuse(OPEN "<WhoAmI/>" CLOSE "<more/>", "Malformed", "");
	refuse("<s:Envelope xmlns:s=\"urn:other\"><s:Body/></s:Envelope>", "Malformed", "Envelope");
	refuse_bytes("", OPEN "<WhoAmI>\xff\xfe</WhoAmI>" CLOSE,
	    strlen(OPEN "<WhoAmI>\xff\xfe</WhoAmI>" CLOSE), "Malformed", "UTF-8");
}

static void
costs_little(const char *message, const char *code, const char *words)
{
	long cpu = cpu_ms(api);

	refuse(message, code, words);
	cpu = cpu_ms(api) - cpu;
	if (cpu > CPU_MS_MAX)
		fprintf(stderr, "refused for %ld ms: %.100s\n", cpu, message);
	CU_ASSERT(cpu <= CPU_MS_MAX);
}

static void
eighty_thousand_attributes_cost_little(void)
{
	char *message = malloc(2 << 20), *at;
	int i;

	at = stpcpy(message, "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"");
	for (i = 0; i < 80000; i++)
		at += sprintf(at, " a%d=\"\"", i);
	strcpy(at, "><s:Body/></s:Envelope>");
	costs_little(message, "LimitExceeded", "");
	at = stpcpy(message, OPEN "<WhoAmI");
	for (i = 0; i < 80000; i++)
		at += sprintf(at, " a%d=\"\"", i);
	strcpy(at, "/>" CLOSE);
	costs_little(message, "LimitExceeded", "");
	free(message);
}

static void
deep_nesting_costs_little(void)
{
	char *message = malloc(2 << 20), *at;
	int i;

	at = stpcpy(message, OPEN);
	for (i = 0; i < 300000; i++)
		at = stpcpy(at, "<a>");
	costs_little(message, "LimitExceeded", "limit-xml-depth");
	free(message);
}

static void
doctypes_and_entity_bombs_are_refused(void)
{
	costs_little(
	    "<?xml version=\"1.0\"?><!DOCTYPE b [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b "
	    "\"&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\"><!ENTITY "
	    "d \"&c;&c;&c;&c;&c;&c;&c;&c;\"><!ENTITY e \"&d;&d;&d;&d;&d;&d;&d;&d;\">]>" OPEN
	    "<WhoAmI>&e;</WhoAmI>" CLOSE,
	    "Malformed", "DOCTYPE");
	costs_little("<!DOCTYPE x SYSTEM \"file:///etc/passwd\">" OPEN "<WhoAmI/>" CLOSE,
	    "Malformed", "DOCTYPE");
	costs_little("<!DOCTYPE x [<!ENTITY % p SYSTEM \"http://127.0.0.1:1/\"> %p;]>" OPEN
		     "<WhoAmI/>" CLOSE,
	    "Malformed", "DOCTYPE");
}

static void
a_wrong_soap_action_is_refused_with_the_right_one(void)
{
	static const char message[] = OPEN "<WhoAmI/>" CLOSE;

	refuse_bytes("SOAPAction: \"urn:signet:v1/ListKeys\"\r\n", message, strlen(message),
	    "Malformed", "send \"urn:signet:v1/WhoAmI\"");
}

static void
unknown_operations_are_named(void)
{
	refuse_body("<Sing/>", "Unsupported", "there is no operation Sing");
	refuse_body("<DropTables/>", "Unsupported", "WSDL");
	refuse_body("<WhoAmI xmlns=\"urn:signet:v2\"/>", "Unsupported", "urn:signet:v1");
}

static void
missing_and_surplus_elements_are_named(void)
{
	refuse_body(SIGN("", DOCUMENT), "Malformed", "missing");
	refuse_body(SIGN(CMS, ""), "Malformed", "missing");
	refuse_body(SIGN("<parameters/>", DOCUMENT), "Malformed", "missing");
	refuse_body(SIGN(CMS, "<document/>"), "Malformed", "missing");
	refuse_body(SIGN(CMS, DOCUMENT DOCUMENT), "Malformed", "document");
	refuse_body(SIGN(CMS, DOCUMENT "<surplus/>"), "Malformed", "surplus");
	refuse_body(SIGN("<parameters><format>CMS</format><surplus/></parameters>", DOCUMENT),
	    "Malformed", "surplus");
	refuse_body(SIGN("<parameters><format>Papyrus</format></parameters>", DOCUMENT),
	    "Malformed", "format");
	refuse_body("<WhoAmI/><WhoAmI/>", "Malformed", "more than one");
}

static void
base64_that_is_none_is_refused(void)
{
	static const char *const bad[] = { "Q", "QQ=", "QQ==QQ==", "Q*==", "QR==", "<b/>", "=" };
	char body[512];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(body, sizeof(body),
		    SIGN(CMS, "<document><content>%s</content></document>"), bad[i]);
		refuse_body(body, "Malformed", "");
	}
}

/* ---- documents ---- */

static void
refuse_document(const char *format, struct span document, const char *password, const char *code,
    const char *words)
{
	struct buf body = BUF_INIT(0);

	buf_printf(&body, NULL,
	    "<SignDocument><parameters><format>%s</format>%s%s%s</parameters>"
	    "<document><content>",
	    format, password != NULL ? "<pdf><password>" : "", password != NULL ? password : "",
	    password != NULL ? "</password></pdf>" : "");
	text_base64(&body, document, 0, NULL);
	buf_append_str(&body, "</content></document></SignDocument>", NULL);
	buf_terminate(&body, NULL);
	refuse_body((char *)body.data, code, words);
	buf_release(&body);
}

static void
documents_that_are_not_what_the_format_says_are_refused(void)
{
	struct buf pdf = BUF_INIT(0);

	CU_ASSERT_EQUAL_FATAL(buf_read_file(&pdf, live_path(&live, "sample.pdf"), NULL), 0);
	refuse_document("PDF", span_str("no PDF at all"), NULL, "Malformed", "PDF");
	refuse_document("PDF", span_str("%PDF-1.7\nhardly one\n%%EOF\n"), NULL, "Malformed", "PDF");
	refuse_document("PDF", (struct span){ pdf.data, pdf.len / 2 }, NULL, "Malformed", "PDF");
	refuse_document("PDF", SPAN_NONE, NULL, "Malformed", "");
	refuse_document("XML", span_str("no XML at all"), NULL, "Malformed", "XML");
	refuse_document("XML", span_str("<a><b></a>"), NULL, "Malformed", "XML");
	refuse_document("XML", SPAN_OF(&pdf), NULL, "Malformed", "XML");
	refuse_document("XML",
	    span_str("<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&b;</a>"), NULL,
	    "Unsupported", "remove it");
	buf_release(&pdf);
}

static void
what_is_no_signature_is_said_to_be_none(void)
{
	static const char *const bad[] = { "aGVsbG8=", "MIIBAA==", "MAA=", "" };
	char body[400], major[64], indication[64];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(body, sizeof(body),
		    "<VerifyDocument><signedDocument><content>%s</content></signedDocument>"
		    "</VerifyDocument>",
		    bad[i]);
		if (soap_call(&call, body) != 200) {
			CU_ASSERT(soap_is_fault(&call, "Malformed", ""));
			continue;
		}
		soap_text_of(soap_answer(&call), "major", major, sizeof(major));
		soap_text_of(soap_answer(&call), "indication", indication, sizeof(indication));
		CU_ASSERT_STRING_NOT_EQUAL(major, "Success");
		CU_ASSERT_STRING_NOT_EQUAL(indication, "TotalPassed");
	}
}

static void
a_pdf_that_needs_a_password_asks_for_it(void)
{
	struct buf pdf = BUF_INIT(0), locked = BUF_INIT(0), body = BUF_INIT(0);
	struct error err = ERROR_INIT;

	CU_ASSERT_EQUAL_FATAL(buf_read_file(&pdf, live_path(&live, "sample.pdf"), NULL), 0);
	ASSERT_OK(
	    pdf_sample_qpdf(&locked, SPAN_OF(&pdf), "--encrypt user owner 256 --", &err), &err);
	refuse_document("PDF", SPAN_OF(&locked), NULL, "Malformed", "password");
	refuse_document("PDF", SPAN_OF(&locked), "wrong", "Malformed", "password");
	buf_release(&pdf);
	buf_release(&locked);
	buf_release(&body);
}

static void
other_content_types_are_refused(void)
{
	CU_ASSERT_EQUAL(soap_post(&call, "/", "application/json", "", "{}", 2), 415);
	CU_ASSERT(soap_is_fault(&call, "Unsupported", "text/xml"));
	remember(call.request_id);
	CU_ASSERT(soap_post(&call, "/", "multipart/related", "", "x", 1) >= 400);
	CU_ASSERT(soap_is_fault(&call, "Malformed", ""));
	remember(call.request_id);
}

/* ---- HTTP ---- */

/* Refused with that status, and the connection is at its end: nothing behind it is taken for a
 * request. */
static void
refuse_http(const char *request, int status, const char *words)
{
	struct tls_client c;
	char id[40] = "";
	const char *at;

	CU_ASSERT_EQUAL_FATAL(tls_client_open(&c, live.port, erp), 0);
	tls_client_say(&c, request);
	tls_client_say(&c, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
	CU_ASSERT_EQUAL(tls_client_answer(&c), 0);
	if (c.status != status || strstr((char *)c.body.data, words) == NULL)
		fprintf(stderr, "%d not %d \"%s\" for %.60s: %s\n", c.status, status, words,
		    request, (char *)c.body.data);
	CU_ASSERT_EQUAL(c.status, status);
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)c.body.data, words));
	CU_ASSERT(tls_client_is_closed(&c));
	at = strstr((char *)c.head.data, "X-Request-Id: ");
	if (at != NULL)
		snprintf(id, sizeof(id), "%.36s", at + 14);
	remember(id);
	tls_client_close(&c);
}

static void
smuggling_is_refused_and_the_connection_closed(void)
{
	refuse_http(POST "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 400, "");
	refuse_http(POST "Content-Length: 5, 5\r\n\r\nhello", 400, "");
	refuse_http(POST "Content-Length: +5\r\n\r\nhello", 400, "");
	refuse_http(
	    POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "");
	refuse_http(POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501, "");
	refuse_http(POST "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400, "");
	refuse_http(POST "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", 400, "");
	refuse_http(POST "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n", 500,
	    "chunks are broken");
	refuse_http(POST "Transfer-Encoding: chunked\r\n\r\n-1\r\na\r\n0\r\n\r\n", 500,
	    "chunks are broken");
	refuse_http("GET /healthz HTTP/1.1\nHost: x\n\n", 400, "CR LF");
}

static void
compressed_messages_are_refused(void)
{
	refuse_http(POST "Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08", 415,
	    "must not be compressed");
	refuse_http(POST "Content-Encoding: deflate\r\nContent-Length: 1\r\n\r\nx", 415,
	    "must not be compressed");
}

static void
what_is_no_http_is_refused(void)
{
	static char request[70000];
	char *at;
	int i;

	refuse_http("\x16\x03\x01 no request at all\r\n\r\n", 400, "");
	refuse_http("GET /healthz HTTP/2.0\r\nHost: x\r\n\r\n", 505, "HTTP/1.1");
	refuse_http("GET /healthz\r\n\r\n", 400, "");
	refuse_http("GET /healthz HTTP/1.1\r\n\r\n", 400, "Host");
	at = stpcpy(request, "GET /healthz HTTP/1.1\r\nHost: x\r\nX: ");
	memset(at, 'x', 40000);
	strcpy(at + 40000, "\r\n\r\n");
	refuse_http(request, 431, "");
	at = stpcpy(request, "GET /healthz HTTP/1.1\r\nHost: x\r\n");
	for (i = 0; i < 500; i++)
		at += sprintf(at, "X-%d: y\r\n", i);
	strcpy(at, "\r\n");
	refuse_http(request, 431, "");
}

static void
paths_and_methods_that_are_not_there_are_told(void)
{
	CU_ASSERT_EQUAL(soap_page(&call, "/nothing"), 404);
	CU_ASSERT_PTR_NOT_NULL(strstr(soap_answer(&call), "nothing at this path"));
	CU_ASSERT_EQUAL(soap_page(&call, "/../../etc/passwd"), 404);
	CU_ASSERT_EQUAL(soap_page(&call, "/tsa"), 405);
	CU_ASSERT(tls_client_head_has(&call.conn, "Allow: POST"));
	CU_ASSERT_EQUAL(soap_page(&call, "/"), 405);
	CU_ASSERT(tls_client_head_has(&call.conn, "Allow: "));
}

static void
pipelined_requests_are_answered_in_order_good_and_bad(void)
{
#define WHO OPEN "<WhoAmI/>" CLOSE
#define BAD "hello"
	struct tls_client c;
	char request[4000];
	int i, n = 0;

	CU_ASSERT_EQUAL_FATAL(tls_client_open(&c, live.port, erp), 0);
	for (i = 0; i < 6; i++)
		n += snprintf(request + n, sizeof(request) - (size_t)n,
		    POST "Content-Length: %zu\r\n\r\n%s", strlen(i % 2 ? BAD : WHO),
		    i % 2 ? BAD : WHO);
	tls_client_send(&c, request, (size_t)n);
	for (i = 0; i < 6; i++) {
		CU_ASSERT_EQUAL(tls_client_answer(&c), 0);
		CU_ASSERT_EQUAL(c.status, i % 2 ? 500 : 200);
	}
	tls_client_close(&c);
}

static void
a_half_closed_connection_gets_its_answer_or_its_end(void)
{
	static const char *const parts[] = { POST "Content-Length: 500\r\n\r\nhalf",
		POST "Content-Le", "" };
	struct tls_client c;
	size_t i;

	/* All is sent, and nothing will follow: the answer still comes. */
	CU_ASSERT_EQUAL_FATAL(tls_client_open(&c, live.port, erp), 0);
	tls_client_say(&c, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
	SSL_shutdown(c.ssl);
	CU_ASSERT_EQUAL(tls_client_answer(&c), 0);
	CU_ASSERT_EQUAL(c.status, 200);
	tls_client_close(&c);
	/* Not all is sent: there is nothing to wait for. */
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		CU_ASSERT_EQUAL_FATAL(tls_client_open(&c, live.port, erp), 0);
		tls_client_say(&c, parts[i]);
		SSL_shutdown(c.ssl);
		CU_ASSERT(tls_client_answer(&c) == 1 || c.status >= 400);
		tls_client_close(&c);
	}
}

/* ---- after all of it ---- */

static void
every_refusal_has_its_line_in_the_log(void)
{
	struct buf log = BUF_INIT(0);
	int64_t end = clock_monotonic_us() + 5000000;
	size_t i, missing;

	do {
		log.len = 0;
		CU_ASSERT_EQUAL_FATAL(buf_read_file(&log, live_path(&live, "access.log"), NULL), 0);
		buf_terminate(&log, NULL);
		for (i = missing = 0; i < refused_count; i++)
			missing += strstr((char *)log.data, refused[i]) == NULL;
		poll(NULL, 0, 20);
	} while (missing > 0 && clock_monotonic_us() < end);
	CU_ASSERT(refused_count > 80);
	CU_ASSERT_EQUAL(missing, 0);
	buf_release(&log);
}

static void
nothing_of_all_that_left_a_trace_in_the_data(void)
{
	char after[512];

	take_picture(after);
	CU_ASSERT_STRING_EQUAL(after, before);
}

static void
the_server_is_the_same_and_serves(void)
{
	CU_ASSERT_EQUAL(live_child(&live, "api"), api);
	CU_ASSERT_EQUAL(live_child(&live, "keys"), keys);
	CU_ASSERT_EQUAL(soap_call(&call, soap_sign_cms("demo-ec", "x", NULL)), 200);
}

static int
start(void)
{
	if (live_start(&live, "limit-message = 16M", NULL) != 0)
		return -1;
	erp = soap_call_context(&live, "erp");
	soap_call_init(&call, &live, erp);
	api = live_child(&live, "api");
	keys = live_child(&live, "keys");
	return 0;
}

static int
stop(void)
{
	soap_call_end(&call);
	live_stop(&live);
	SSL_CTX_free(erp);
	return 0;
}

static const struct test tests[] = {
	TEST(a_picture_is_taken_of_the_data),
	TEST(a_truncated_message_is_refused),
	TEST(a_message_over_the_limit_is_refused_by_its_length),
	TEST(a_message_over_the_limit_in_chunks_is_refused_on_the_way),
	TEST(a_document_over_the_inline_limit_is_told_to_come_by_mtom),
	TEST(what_is_no_xml_or_no_soap_is_refused),
	TEST(eighty_thousand_attributes_cost_little),
	TEST(deep_nesting_costs_little),
	TEST(doctypes_and_entity_bombs_are_refused),
	TEST(a_wrong_soap_action_is_refused_with_the_right_one),
	TEST(unknown_operations_are_named),
	TEST(missing_and_surplus_elements_are_named),
	TEST(base64_that_is_none_is_refused),
	TEST(documents_that_are_not_what_the_format_says_are_refused),
	TEST(what_is_no_signature_is_said_to_be_none),
	TEST(a_pdf_that_needs_a_password_asks_for_it),
	TEST(compressed_messages_are_refused),
	TEST(other_content_types_are_refused),
	TEST(smuggling_is_refused_and_the_connection_closed),
	TEST(what_is_no_http_is_refused),
	TEST(paths_and_methods_that_are_not_there_are_told),
	TEST(pipelined_requests_are_answered_in_order_good_and_bad),
	TEST(a_half_closed_connection_gets_its_answer_or_its_end),
	TEST(every_refusal_has_its_line_in_the_log),
	TEST(nothing_of_all_that_left_a_trace_in_the_data),
	TEST(the_server_is_the_same_and_serves),
	TEST_END,
};
const struct suite suite_system_bad_input = { "system/bad_input", start, stop, tests };
