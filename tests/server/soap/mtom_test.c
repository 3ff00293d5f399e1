/* MTOM: documents as MIME parts, streamed in, and back. */
#include <stdlib.h>
#include <string.h>

#include "tests/support/soap_stub.h"
#include "tests/support/suite.h"

#define TYPE                                                                                       \
	"multipart/related; boundary=\"b-1\"; type=\"application/xop+xml\"; start=\"<root@x>\"; "  \
	"start-info=\"text/xml\""
#define ROOT                                                                                       \
	"--b-1\r\nContent-Type: application/xop+xml; charset=UTF-8; type=\"text/xml\"\r\n"         \
	"Content-ID: <root@x>\r\n\r\n"
#define PART(id)                                                                                   \
	"\r\n--b-1\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: "       \
	"binary\r\nContent-ID: <" id ">\r\n\r\n"
#define END "\r\n--b-1--\r\n"
#define INCLUDE(id)                                                                                \
	"<i:Include xmlns:i=\"http://www.w3.org/2004/08/xop/include\" href=\"cid:" id "\"/>"
#define SIGN(document)                                                                             \
	STUB_ENVELOPE("<SignDocument><parameters><format>CMS</format></parameters>" document       \
		      "</SignDocument>")

static void
serve(struct stub_exchange *e, const char *type, struct span body, size_t piece)
{
	stub_exchange_init(e, type, body);
	stub_exchange_field(e, "Authorization", STUB_BASIC);
	e->x.lane = LANE_BULK;
	e->piece = piece;
	CU_ASSERT_EQUAL(stub_serve(e), SERVED);
	CU_ASSERT_EQUAL(stub.callers, 0);
}

/* The stub's signature of the document, as a part of the answer. */
static void
expect_part(const struct stub_exchange *e, const char *content)
{
	char want[256];

	snprintf(want, sizeof(want), "Content-ID: <document-0@signet>\r\n\r\n%s\r\n--%s--\r\n",
	    content, e->x.request_id);
	STUB_HAS(e, want);
}

static void
a_document_comes_and_goes_as_a_part(void)
{
	static const char body[] = ROOT SIGN("<document><name>a</name><content>" INCLUDE(
	    "doc%40x") "</content></document>") PART("doc@x") "one\r\n--b-\r\ntwo\r\n\r\n" END;
	struct stub_exchange e;
	size_t piece;

	for (piece = 0; piece < sizeof(body); piece = piece < 40 ? piece + 1 : piece * 2) {
		stub_reset();
		serve(&e, TYPE, span_str(body), piece);
		CU_ASSERT_EQUAL(e.x.status, 200);
		CU_ASSERT_PTR_NOT_NULL(strstr(e.x.content_type, "multipart/related; type="));
		CU_ASSERT_PTR_NOT_NULL(strstr(e.x.content_type, e.x.request_id));
		STUB_HAS(&e, "href=\"cid:document-0@signet\"");
		expect_part(&e, "signed:one\r\n--b-\r\ntwo\r\n\r\n");
		CU_ASSERT(!e.x.close);
		stub_exchange_release(&e);
	}
}

static void
mtom_in_soap_1_2_is_answered_alike(void)
{
	static const char body[] =
	    ROOT "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" "
		 "xmlns=\"urn:signet:v1\"><s:Body><SignDocument><parameters><format>CMS</format>"
		 "</parameters><document><content>" INCLUDE(
		     "d") "</content></document>"
			  "</SignDocument></s:Body></s:Envelope>" PART("d") "x" END;
	struct stub_exchange e;

	stub_reset();
	serve(&e,
	    "Multipart/Related; type=\"application/xop+xml\"; "
	    "start-info=\"application/soap+xml; action=\\\"x\\\"\"; boundary=b-1",
	    span_str(body), 0);
	CU_ASSERT_EQUAL(e.x.status, 200);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.x.content_type, "start-info=\"application/soap+xml\""));
	expect_part(&e, "signed:x");
	stub_exchange_release(&e);
}

static void
a_multipart_request_may_hold_its_document_inline(void)
{
	static const char body[] = ROOT SIGN("<document><content>QQ==</content></document>") END;
	struct stub_exchange e;

	stub_reset();
	serve(&e, TYPE, span_str(body), 0);
	CU_ASSERT_EQUAL(e.x.status, 200);
	expect_part(&e, "signed:A");
	stub_exchange_release(&e);
}

static void
an_inline_request_is_answered_inline_unless_it_accepts_xop(void)
{
	struct stub_exchange e;

	stub_reset();
	stub_exchange_init(
	    &e, "text/xml", span_str(SIGN("<document><content>QQ==</content></document>")));
	stub_exchange_field(&e, "Authorization", STUB_BASIC);
	stub_exchange_field(&e, "Accept", "text/xml, multipart/related");
	CU_ASSERT_EQUAL(stub_serve(&e), SERVED);
	STUB_HAS(&e, "<sig:content>c2lnbmVkOkE=</sig:content>");
	stub_exchange_release(&e);
	stub_exchange_init(
	    &e, "text/xml", span_str(SIGN("<document><content>QQ==</content></document>")));
	stub_exchange_field(&e, "Authorization", STUB_BASIC);
	stub_exchange_field(&e, "Accept", "application/xop+xml");
	CU_ASSERT_EQUAL(stub_serve(&e), SERVED);
	expect_part(&e, "signed:A");
	stub_exchange_release(&e);
}

static void
saw_digests(const struct request *req)
{
	CU_ASSERT_EQUAL(req->in.digest_count, 2);
	CU_ASSERT(span_equal(req->in.digests[0].value, span_str("first")));
	CU_ASSERT(span_equal(req->in.digests[1].value, span_str("")));
}

/* With MTOM on, JAX-WS makes a part of every binary, however small. */
static void
digests_may_come_as_parts(void)
{
	static const char body[] = ROOT STUB_ENVELOPE(
	    "<SignDigests><parameters><format>Raw</format></parameters>"
	    "<digest><digestMethod>SHA256</digestMethod><digestValue>" INCLUDE(
		"1") "</digestValue></digest>"
		     "<digest><digestMethod>SHA256</digestMethod><digestValue>" INCLUDE(
			 "2") "</digestValue></digest></SignDigests>") PART("1") "first" PART("2")
	    END;
	struct stub_exchange e;

	stub_reset();
	stub.seen = saw_digests;
	serve(&e, TYPE, span_str(body), 0);
	CU_ASSERT_EQUAL(e.x.status, 200);
	CU_ASSERT_EQUAL(stub.run, 1);
	stub_exchange_release(&e);
}

static void
saw_late_digest(const struct request *req)
{
	CU_ASSERT_EQUAL(req->in.document_count, 2);
	CU_ASSERT(span_equal(SPAN_OF(&req->in.documents[0].content), span_str("A")));
	CU_ASSERT(span_equal(SPAN_OF(&req->in.documents[1].content), span_str("C")));
	CU_ASSERT(span_equal(req->in.digests[0].value, span_str("B")));
}

static void
small_parts_behind_a_document_are_found(void)
{
	static const char body[] =
	    ROOT STUB_ENVELOPE("<VerifyDocuments><item><signedDocument><content>" INCLUDE(
		"a") "</content></signedDocument></item><item><originalDigest>"
		     "<digestMethod>SHA256</digestMethod><digestValue>" INCLUDE(
			 "b") "</digestValue></"
			      "originalDigest><signedDocument><content>" INCLUDE("c") "</"
										      "content>"
										      "</"
										      "signedDo"
										      "cument>"
										      "</"
										      "item></"
										      "VerifyDo"
										      "cuments"
										      ">")
		PART("a") "A" PART("b") "B" PART("unused") "U" PART("c") "C" END;
	struct stub_exchange e;

	stub_reset();
	stub.seen = saw_late_digest;
	serve(&e, TYPE, span_str(body), 0);
	CU_ASSERT_EQUAL(stub.run, 1);
	stub_exchange_release(&e);
}

static void
saw_only_digests(const struct request *req)
{
	struct error err = ERROR_INIT;
	struct document doc = op_document_view(&req->in.documents[0]);
	unsigned char value[DIGEST_SIZE_MAX];
	char hex[2 * DIGEST_SIZE_MAX + 1];

	CU_ASSERT(!doc.has_content);
	CU_ASSERT_EQUAL(document_digest(&doc, DIGEST_SHA256, value, &err), 0);
	/* sha256 of three million 'a' */
	CU_ASSERT_STRING_EQUAL(text_hex(hex, value, 32),
	    "2a152c894398719c0570f83fac34ac03a0f6e8e474b995c2403aa5434f7b9dd4");
}

static void
a_large_document_streams_into_digests(void)
{
	static const char head[] =
	    ROOT SIGN("<document><content>" INCLUDE("d") "</content></document>") PART("d");
	size_t n = 3000000, head_len = sizeof(head) - 1;
	char *body = malloc(head_len + n + sizeof(END));
	struct stub_exchange e;

	memcpy(body, head, head_len);
	memset(body + head_len, 'a', n);
	memcpy(body + head_len + n, END, sizeof(END));
	stub_reset();
	stub.want_digests = DIGEST_BIT(DIGEST_SHA256);
	stub.seen = saw_only_digests;
	serve(
	    &e, TYPE, (struct span){ (unsigned char *)body, head_len + n + sizeof(END) - 1 }, 7777);
	CU_ASSERT_EQUAL(e.x.status, 200);
	stub_exchange_release(&e);
	free(body);
}

static void
a_caller_without_the_right_is_refused_before_the_document_is_read(void)
{
	static const char head[] =
	    ROOT SIGN("<document><content>" INCLUDE("d") "</content></document>") PART("d");
	size_t n = 4000000, head_len = sizeof(head) - 1;
	char *body = malloc(head_len + n + sizeof(END));
	struct stub_exchange e;

	memcpy(body, head, head_len);
	memset(body + head_len, 'a', n);
	memcpy(body + head_len + n, END, sizeof(END));
	stub_reset();
	error_set(&stub.admit_failure, ERROR_NOT_AUTHORIZED, "erp may not sign");
	serve(&e, TYPE, (struct span){ (unsigned char *)body, head_len + n + sizeof(END) - 1 }, 0);
	STUB_HAS(&e, "<sig:code>NotAuthorized</sig:code>");
	CU_ASSERT(e.at < 200000);
	CU_ASSERT(e.x.close);
	stub_exchange_release(&e);
	free(body);
}

static void
bad_mime_is_refused(void)
{
	static const struct {
		const char *type, *body, *code, *words;
	} bad[] = {
		{ TYPE, ROOT SIGN("<document><content>" INCLUDE("d") "</content></document>") END,
		    "Malformed", "no MIME part has the Content-ID" },
		{ TYPE,
		    ROOT SIGN("<document><content>" INCLUDE("d") "</content></document>")
			PART("e") "x" END,
		    "Malformed", "no MIME part has the Content-ID of \"cid:d\"" },
		{ TYPE,
		    ROOT SIGN("<document><content>" INCLUDE("d") "</content></document>")
			PART("d") "x" PART("d") "y" END,
		    "Malformed", "two MIME parts have the Content-ID" },
		{ TYPE,
		    ROOT SIGN("<document><content>" INCLUDE("d") "</content></document>")
			PART("d") "x",
		    "Malformed", "cut short" },
		{ TYPE,
		    ROOT SIGN("<document><content>" INCLUDE("d") "</content></document>")
			PART("d") "x\r\n--b-1",
		    "Malformed", "cut short" },
		{ TYPE, SIGN("<document><content>QQ==</content></document>"), "Malformed", "" },
		{ TYPE,
		    ROOT "<!DOCTYPE x>" SIGN("<document><content>QQ==</content></document>") END,
		    "Malformed", "DOCTYPE" },
		{ TYPE, ROOT SIGN("<document><content>QQ==</content></document>") "x" END,
		    "Malformed", "behind the end" },
		{ "multipart/related; boundary=other",
		    ROOT SIGN("<document><content>QQ==</content></document>") END, "Malformed",
		    "" },
		{ "multipart/related; boundary=\"b-1\"; start=\"<doc@x>\"",
		    ROOT SIGN("<document><content>QQ==</content></document>") END, "Malformed",
		    "first MIME part" },
		{ TYPE,
		    ROOT SIGN(
			"<document><content>" INCLUDE("d") "</content></document>") "\r\n--b-"
										    "1\r\n"
										    "Content-"
										    "ID: <d>"
										    "\r\n"
										    "Content-"
										    "Transfer-"
										    "Encoding:"
										    " base64"
										    "\r\n\r\n"
										    "QQ==" END,
		    "Unsupported", "base64" },
		{ "text/xml", SIGN("<document><content>" INCLUDE("d") "</content></document>"),
		    "Malformed", "no MIME part has the Content-ID" },
	};
	struct stub_exchange e;
	char element[64];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		stub_reset();
		serve(&e, bad[i].type, span_str(bad[i].body), 0);
		CU_ASSERT_EQUAL(stub.run, 0);
		snprintf(element, sizeof(element), "<sig:code>%s</sig:code>", bad[i].code);
		STUB_HAS(&e, element);
		STUB_HAS(&e, bad[i].words);
		stub_exchange_release(&e);
	}
}

static void
a_part_over_the_limit_stops_the_request(void)
{
	static const char body[] = ROOT SIGN(
	    "<document><content>" INCLUDE("d") "</content></document>") PART("d") "0123456789" END;
	struct stub_exchange e;

	stub_reset();
	stub.limits.document_bytes = 9;
	serve(&e, TYPE, span_str(body), 0);
	CU_ASSERT_EQUAL(stub.run, 0);
	STUB_HAS(&e, "<sig:code>TooLarge</sig:code>");
	STUB_HAS(&e, "<sig:allowed>9</sig:allowed>");
	stub_exchange_release(&e);
}

static const struct test tests[] = { TEST(a_document_comes_and_goes_as_a_part),
	TEST(mtom_in_soap_1_2_is_answered_alike),
	TEST(a_multipart_request_may_hold_its_document_inline),
	TEST(an_inline_request_is_answered_inline_unless_it_accepts_xop),
	TEST(digests_may_come_as_parts), TEST(small_parts_behind_a_document_are_found),
	TEST(a_large_document_streams_into_digests),
	TEST(a_caller_without_the_right_is_refused_before_the_document_is_read),
	TEST(bad_mime_is_refused), TEST(a_part_over_the_limit_stops_the_request), TEST_END };
const struct suite suite_server_soap_mtom = { "server/soap/mtom", stub_worker_make,
	stub_worker_free, tests };
