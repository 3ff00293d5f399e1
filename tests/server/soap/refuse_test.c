/* Bad input: each gets a typed fault that says what to do, reaches no operation, and costs little.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/support/soap_stub.h"
#include "tests/support/suite.h"

/* It is refused with that code and those words, before anything runs; the next request is served.
 */
static void
refuse(struct stub_exchange *e, const char *code, const char *words)
{
	struct stub_exchange next;
	char element[64];

	CU_ASSERT_EQUAL(stub_serve(e), SERVED);
	CU_ASSERT(e->x.status >= 400);
	CU_ASSERT_EQUAL(stub.run, 0);
	CU_ASSERT_EQUAL(stub.callers, 0);
	snprintf(element, sizeof(element), "<sig:code>%s</sig:code>", code);
	STUB_HAS(e, element);
	STUB_HAS(e, words);
	CU_ASSERT_STRING_EQUAL(e->x.outcome, code);
	stub_exchange_release(e);
	stub_reset();
	stub_call(&next, STUB_ENVELOPE("<WhoAmI/>"));
	CU_ASSERT_EQUAL(next.x.status, 200);
	stub_exchange_release(&next);
}

static void
refuse_message(const char *message, const char *code, const char *words)
{
	struct stub_exchange e;

	stub_reset();
	stub_exchange_init(&e, "text/xml", span_str(message));
	stub_exchange_field(&e, "Authorization", STUB_BASIC);
	refuse(&e, code, words);
}

#define SIGN(parameters, document)                                                                 \
	STUB_ENVELOPE("<SignDocument>" parameters document "</SignDocument>")
#define CMS	 "<parameters><format>CMS</format></parameters>"
#define DOCUMENT "<document><content>QQ==</content></document>"

static void
what_is_no_soap_is_refused(void)
{
	refuse_message("", "Malformed", "empty");
	refuse_message("hello", "Malformed", "not XML");
	refuse_message(
	    "POST /x HTTP/1.1\r\nContent-Type: text/xml\r\n\r\n<a/>", "Malformed", "not XML");
	refuse_message("\x1f\x8b\x08\x08gzip", "Malformed", "not XML");
	refuse_message("--x\r\nContent-Type: text/xml\r\n\r\n<a/>", "Malformed", "not XML");
	refuse_message("<html><body/></html>", "Malformed", "Envelope");
	refuse_message("<Envelope/>", "Malformed", "Envelope");
	refuse_message("<Envelope xmlns=\"urn:soap\"><Body/></Envelope>", "Malformed", "Envelope");
	refuse_message("<s:Envelope><s:Body/></s:Envelope>", "Malformed", "");
	refuse_message(STUB_ENVELOPE(""), "Malformed", "Body is empty");
	refuse_message("<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body/>"
		       "</s:Envelope>",
	    "Malformed", "Body is empty");
	refuse_message("<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\">"
		       "</s:Envelope>",
	    "Malformed", "");
}

static void
unknown_operations_are_named(void)
{
	refuse_message(STUB_ENVELOPE("<Sing/>"), "Unsupported", "there is no operation Sing");
	refuse_message(STUB_ENVELOPE("<WhoAmI xmlns=\"urn:signet:v0\"/>"), "Unsupported",
	    "there is no operation WhoAmI");
}

static void
messages_that_break_the_schema_are_refused(void)
{
	static const struct {
		const char *message, *words;
	} bad[] = {
		{ SIGN("", DOCUMENT), "missing" },
		{ SIGN(CMS, ""), "missing" },
		{ SIGN("<parameters/>", DOCUMENT), "missing" },
		{ SIGN(CMS, "<document/>"), "missing" },
		{ SIGN(CMS, DOCUMENT DOCUMENT), "document" },
		{ SIGN(CMS CMS, DOCUMENT), "parameters" },
		{ SIGN(CMS, DOCUMENT "<more/>"), "more" },
		{ SIGN(CMS, "<document><content>QQ==</content><x/></document>"), "x" },
		{ SIGN("<parameters><format>CMS2</format></parameters>", DOCUMENT), "format" },
		{ SIGN("<parameters><format>0</format></parameters>", DOCUMENT), "format" },
		{ SIGN("<parameters><format></format></parameters>", DOCUMENT), "format" },
		{ SIGN("<parameters><format>CMS</format><includeChain>maybe</includeChain>"
		       "</parameters>",
		      DOCUMENT),
		    "includeChain" },
		{ SIGN("<parameters><format>CMS</format><claimedSigningTime>2026-13-45"
		       "</claimedSigningTime></parameters>",
		      DOCUMENT),
		    "claimedSigningTime" },
		{ SIGN("<parameters><format>CMS</format><key></key></parameters>", DOCUMENT),
		    "key" },
		{ SIGN("<parameters><format>CMS</format><key>a&#1;b</key></parameters>", DOCUMENT),
		    "" },
		{ SIGN("<parameters><format>CMS</format><key>a\xff"
		       "b</key></parameters>",
		      DOCUMENT),
		    "not UTF-8" },
		{ STUB_ENVELOPE("<SignDocument xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance"
				"\" i:nil=\"true\"/>"),
		    "" },
		{ SIGN("<parameters xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" "
		       "i:nil=\"true\"/>",
		      DOCUMENT),
		    "" },
		{ STUB_ENVELOPE("<SignDocument href=\"#a\"/>"), "" },
		{ SIGN("<parameters href=\"#a\"/>", DOCUMENT), "" },
		{ STUB_ENVELOPE("<VerifyTimestamp><timestampToken>QQ==</timestampToken>"
				"</VerifyTimestamp>"),
		    "either originalDigest or originalDocument" },
		{ STUB_ENVELOPE("<WhoAmI/><WhoAmI/>"), "" },
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refuse_message(bad[i].message, "Malformed", bad[i].words);
}

static void
base64_that_is_none_is_refused(void)
{
	static const char *const bad[] = { "Q", "QQ", "QQ=", "QQ==QQ==", "QQ==x",
		"QR==", "Q*==", "<b/>", "QUJD=", "=", "QUJD====", "QQ&amp;=" };
	char message[1024];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(message, sizeof(message),
		    SIGN(CMS, "<document><content>%s</content></document>"), bad[i]);
		refuse_message(message, "Malformed",
		    strcmp(bad[i], "<b/>") == 0 ? "" : "\"content\" is not of the type");
	}
}

static void
lists_have_bounds(void)
{
	char *message = malloc(200000), *at = message;
	int i;

	at = stpcpy(at, "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" "
			"xmlns=\"urn:signet:v1\"><s:Body><SignDocuments>" CMS);
	for (i = 0; i < 1001; i++)
		at = stpcpy(at, DOCUMENT);
	stpcpy(at, "</SignDocuments></s:Body></s:Envelope>");
	refuse_message(message, "Malformed", "too often");
	free(message);
	refuse_message(
	    STUB_ENVELOPE("<SignDocuments>" CMS "</SignDocuments>"), "Malformed", "missing");
}

static void
a_wrong_soap_action_is_refused(void)
{
	static const char *const good[] = { "\"\"", "", "\"urn:signet:v1/WhoAmI\"",
		"urn:signet:v1/WhoAmI" };
	struct stub_exchange e;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		stub_reset();
		stub_exchange_init(&e, "text/xml", span_str(STUB_ENVELOPE("<WhoAmI/>")));
		stub_exchange_field(&e, "Authorization", STUB_BASIC);
		stub_exchange_field(&e, "SOAPAction", good[i]);
		CU_ASSERT_EQUAL(stub_serve(&e), SERVED);
		CU_ASSERT_EQUAL(e.x.status, 200);
		stub_exchange_release(&e);
	}
	stub_reset();
	stub_exchange_init(&e, "text/xml", span_str(STUB_ENVELOPE("<WhoAmI/>")));
	stub_exchange_field(&e, "Authorization", STUB_BASIC);
	stub_exchange_field(&e, "SOAPAction", "\"urn:signet:v1/ListKeys\"");
	refuse(&e, "Malformed", "not that of WhoAmI");
	stub_reset();
	stub_exchange_init(&e, "application/soap+xml; action=\"urn:signet:v1/ListKeys\"",
	    span_str(STUB_ENVELOPE("<WhoAmI/>")));
	stub_exchange_field(&e, "Authorization", STUB_BASIC);
	refuse(&e, "Malformed", "not that of WhoAmI");
}

static void
the_http_head_must_fit_soap(void)
{
	static const struct {
		const char *name, *value, *code;
		int status;
	} bad[] = {
		{ "Content-Type", "application/json", "Unsupported", 415 },
		{ "Content-Type", "application/dime", "Unsupported", 415 },
		{ "Content-Type", "text/xmlx", "Unsupported", 415 },
		{ "X", "no content type", "Unsupported", 415 },
		{ "Content-Type", "multipart/related", "Malformed", 500 },
	};
	struct stub_exchange e;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		stub_reset();
		stub_exchange_init(&e, NULL, span_str(STUB_ENVELOPE("<WhoAmI/>")));
		stub_exchange_field(&e, bad[i].name, bad[i].value);
		stub_exchange_field(&e, "Authorization", STUB_BASIC);
		CU_ASSERT_EQUAL(stub_serve(&e), SERVED);
		CU_ASSERT_EQUAL(e.x.status, bad[i].status);
		CU_ASSERT_STRING_EQUAL(e.x.outcome, bad[i].code);
		stub_exchange_release(&e);
	}
	stub_reset();
	stub_exchange_init(&e, "text/xml", span_str(STUB_ENVELOPE("<WhoAmI/>")));
	stub_exchange_field(&e, "Content-Encoding", "gzip");
	refuse(&e, "Unsupported", "gzip");
	stub_reset();
	stub_exchange_init(&e, "text/xml", SPAN_NONE);
	e.head.method = "GET";
	CU_ASSERT_EQUAL(stub_serve(&e), SERVED);
	CU_ASSERT_EQUAL(e.x.status, 405);
	CU_ASSERT_STRING_EQUAL(e.x.extra, "Allow: POST\r\n");
	stub_exchange_release(&e);
}

static void
a_message_cut_short_anywhere_is_refused(void)
{
	static const char message[] = SIGN(CMS, DOCUMENT);
	struct stub_exchange e;
	size_t n;

	for (n = 1; n < sizeof(message) - 1; n++) {
		stub_reset();
		stub_exchange_init(
		    &e, "text/xml", (struct span){ (const unsigned char *)message, n });
		stub_exchange_field(&e, "Authorization", STUB_BASIC);
		CU_ASSERT_EQUAL(stub_serve(&e), SERVED);
		CU_ASSERT_EQUAL(stub.run, 0);
		CU_ASSERT_STRING_EQUAL(e.x.outcome, "Malformed");
		stub_exchange_release(&e);
	}
	stub_reset();
	stub_exchange_init(&e, "text/xml", (struct span){ (const unsigned char *)message, 200 });
	stub_exchange_field(&e, "Authorization", STUB_BASIC);
	e.cut = 1;
	refuse(&e, "Unavailable", "went away");
}

static void
a_message_in_single_bytes_is_the_same(void)
{
	struct stub_exchange e;

	stub_reset();
	stub_exchange_init(&e, "text/xml", span_str(SIGN(CMS, DOCUMENT)));
	stub_exchange_field(&e, "Authorization", STUB_BASIC);
	e.piece = 1;
	CU_ASSERT_EQUAL(stub_serve(&e), SERVED);
	CU_ASSERT_EQUAL(e.x.status, 200);
	stub_exchange_release(&e);
}

static void
entities_and_doctypes_are_refused(void)
{
	refuse_message("<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b "
		       "\"&a;&a;&a;\">]>" SIGN(CMS, DOCUMENT),
	    "Malformed", "DOCTYPE");
	refuse_message("<!DOCTYPE x SYSTEM \"file:///etc/passwd\">" SIGN(CMS, DOCUMENT),
	    "Malformed", "DOCTYPE");
}

static double
milliseconds_to_refuse(const char *message, const char *code)
{
	struct stub_exchange e;
	clock_t begin;

	stub_reset();
	stub_exchange_init(&e, "text/xml", span_str(message));
	stub_exchange_field(&e, "Authorization", STUB_BASIC);
	begin = clock();
	CU_ASSERT_EQUAL(stub_serve(&e), SERVED);
	CU_ASSERT_STRING_EQUAL(e.x.outcome, code);
	CU_ASSERT_EQUAL(stub.run, 0);
	stub_exchange_release(&e);
	return (double)(clock() - begin) * 1e3 / CLOCKS_PER_SEC;
}

static void
costly_xml_is_refused_at_once(void)
{
	size_t size = 2 << 20, i;
	char *message = malloc(size), *at;

	at = stpcpy(message, "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"");
	for (i = 0; i < 80000; i++)
		at += sprintf(at, " a%zu=\"\"", i);
	strcpy(at, "><s:Body/></s:Envelope>");
	CU_ASSERT(milliseconds_to_refuse(message, "LimitExceeded") < 50);

	at = stpcpy(message, "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\">"
			     "<s:Body>");
	for (i = 0; i < 100000; i++)
		at = stpcpy(at, "<a>");
	CU_ASSERT(milliseconds_to_refuse(message, "LimitExceeded") < 50);

	at = stpcpy(message, "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\">"
			     "<s:Header>");
	for (i = 0; i < 40000; i++)
		at += sprintf(at, "<x id=\"%zu\" xmlns=\"urn:x\"/>", i);
	strcpy(at, "</s:Header><s:Body/></s:Envelope>");
	CU_ASSERT(milliseconds_to_refuse(message, "Malformed") < 500);
	free(message);
}

static void
what_is_too_large_is_refused_by_its_length_alone(void)
{
	struct stub_exchange e;

	stub_reset();
	stub_exchange_init(&e, "text/xml", span_str(SIGN(CMS, DOCUMENT)));
	e.head.content_length = (int64_t)1 << 30;
	CU_ASSERT_EQUAL(stub_serve(&e), SERVED);
	STUB_HAS(&e, "<sig:limit>limit-message</sig:limit><sig:allowed>16777216</sig:allowed>"
		     "<sig:met>1073741824</sig:met>");
	CU_ASSERT_EQUAL(e.at, 0);
	stub_exchange_release(&e);
	stub_exchange_init(&e, "application/soap+xml", span_str(SIGN(CMS, DOCUMENT)));
	e.head.content_length = 8 << 20;
	CU_ASSERT_EQUAL(stub_serve(&e), SERVED);
	CU_ASSERT_EQUAL(e.x.status, 413);
	STUB_HAS(&e, "send large documents by MTOM");
	stub_exchange_release(&e);
}

static void
a_document_in_the_xml_has_its_own_limit(void)
{
	size_t n = (size_t)2 << 20;
	char *content = malloc(n + 1), *message = malloc(n + 1000);

	memset(content, 'A', n);
	content[n] = '\0';
	snprintf(
	    message, n + 1000, SIGN(CMS, "<document><content>%s</content></document>"), content);
	refuse_message(message, "TooLarge", "<sig:limit>limit-inline</sig:limit>");
	free(content);
	free(message);
}

static void
a_large_unread_body_closes_the_connection_and_a_small_one_does_not(void)
{
	struct stub_exchange e;

	stub_reset();
	stub_exchange_init(&e, "text/xml", span_str(SIGN(CMS, DOCUMENT)));
	stub_exchange_field(&e, "Authorization", "Basic ZXJwOndyb25n");
	e.x.lane = LANE_BULK;
	CU_ASSERT_EQUAL(stub_serve(&e), SERVED);
	CU_ASSERT_EQUAL(e.x.status, 401);
	CU_ASSERT(e.x.close);
	stub_exchange_release(&e);
	stub_exchange_init(&e, "text/xml", span_str(SIGN(CMS, DOCUMENT)));
	stub_exchange_field(&e, "Authorization", "Basic ZXJwOndyb25n");
	CU_ASSERT_EQUAL(stub_serve(&e), SERVED);
	CU_ASSERT(!e.x.close);
	stub_exchange_release(&e);
}

static const struct test tests[] = { TEST(what_is_no_soap_is_refused),
	TEST(unknown_operations_are_named), TEST(messages_that_break_the_schema_are_refused),
	TEST(base64_that_is_none_is_refused), TEST(lists_have_bounds),
	TEST(a_wrong_soap_action_is_refused), TEST(the_http_head_must_fit_soap),
	TEST(a_message_cut_short_anywhere_is_refused), TEST(a_message_in_single_bytes_is_the_same),
	TEST(entities_and_doctypes_are_refused), TEST(costly_xml_is_refused_at_once),
	TEST(what_is_too_large_is_refused_by_its_length_alone),
	TEST(a_document_in_the_xml_has_its_own_limit),
	TEST(a_large_unread_body_closes_the_connection_and_a_small_one_does_not), TEST_END };
const struct suite suite_server_soap_refuse = { "server/soap/refuse", stub_worker_make,
	stub_worker_free, tests };
