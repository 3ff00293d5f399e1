/* Each operation: what the message says reaches the engine, what the engine says reaches the
 * caller. */
#include "server/soap/worker.h"

#include <string.h>
#include <time.h>

#include "server/base/text.h"
#include "tests/support/soap_stub.h"
#include "tests/support/suite.h"

static void
a_caller_learns_who_he_is(void)
{
	struct stub_exchange e;

	stub_reset();
	stub_call(&e, STUB_ENVELOPE("<WhoAmI/>"));
	CU_ASSERT_EQUAL(e.x.status, 200);
	CU_ASSERT_STRING_EQUAL(e.x.content_type, "text/xml; charset=utf-8");
	STUB_HAS(&e, "<sig:WhoAmIResponse><sig:answer><sig:result><sig:major>Success</sig:major>");
	STUB_HAS(&e, "<sig:name>erp</sig:name><sig:tenant>demo</sig:tenant>");
	STUB_HAS(&e, "<sig:time>2026-03-01T11:00:00Z</sig:time>");
	STUB_HAS(&e, "<sig:right>a ? &lt;b&gt; ?</sig:right>");
	CU_ASSERT_STRING_EQUAL(e.x.outcome, "Success");
	CU_ASSERT_STRING_EQUAL(e.x.operation, "WhoAmI");
	CU_ASSERT_STRING_EQUAL(e.x.user, "demo/erp");
	CU_ASSERT_PTR_NOT_NULL(e.x.pending);
	CU_ASSERT_EQUAL(stub.concluded, 1);
	CU_ASSERT(stub.bytes_in > 0);
	stub_exchange_release(&e);
}

/* ---- base64, in whatever pieces and forms it comes ---- */

#define SENT_MAX 200000
static unsigned char sent[SENT_MAX];
static size_t sent_len;

static void
saw_what_was_sent(const struct request *req)
{
	CU_ASSERT(
	    span_equal(SPAN_OF(&req->in.documents[0].content), (struct span){ sent, sent_len }));
}

/* `every` characters a piece, with `between` behind each; `wrap` around all. */
static void
send_base64(size_t every, const char *between, const char *before, const char *after)
{
	struct buf plain = BUF_INIT(0), message = BUF_INIT(0);
	struct stub_exchange e;
	size_t i;

	text_base64(&plain, (struct span){ sent, sent_len }, 0, NULL);
	buf_append_str(&message,
	    "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" "
	    "xmlns=\"urn:signet:v1\"><s:Body><SignDocument><parameters><format>CMS</format>"
	    "</parameters><document><content>",
	    NULL);
	buf_append_str(&message, before, NULL);
	for (i = 0; i < plain.len; i += every) {
		buf_append(
		    &message, plain.data + i, plain.len - i < every ? plain.len - i : every, NULL);
		buf_append_str(&message, between, NULL);
	}
	buf_append_str(&message, after, NULL);
	buf_append_str(
	    &message, "</content></document></SignDocument></s:Body></s:Envelope>", NULL);
	buf_terminate(&message, NULL);
	stub_reset();
	stub.limits.inline_bytes = 1 << 20;
	stub.seen = saw_what_was_sent;
	stub_call(&e, (char *)message.data);
	CU_ASSERT_EQUAL(e.x.status, 200);
	CU_ASSERT_EQUAL(stub.run, 1);
	stub_exchange_release(&e);
	buf_release(&plain);
	buf_release(&message);
}

static void
base64_gives_the_same_bytes_in_all_its_forms(void)
{
	size_t i;

	for (i = 0; i < SENT_MAX; i++)
		sent[i] = (unsigned char)(i * 2654435761u >> 13);
	for (sent_len = 0; sent_len < 70; sent_len++) {
		send_base64(1000, "", "", "");
		send_base64(1, "\n", " ", "\t");
		send_base64(3, "\r\n", "", "");
		send_base64(4, " ", "\n", "");
		send_base64(7, "&#10;", "&#32;", "");
		send_base64(1000, "", "<![CDATA[", "]]>");
		send_base64(5, "]]><![CDATA[", "<![CDATA[", "]]>");
	}
	/* Longer than gSOAP's buffer and the pieces that it is filled with. */
	for (sent_len = SENT_MAX - 5; sent_len <= SENT_MAX; sent_len++) {
		send_base64(SENT_MAX * 2, "", "", "");
		send_base64(76, "\n", "", "");
	}
}

static void
saw_all_parameters(const struct request *req)
{
	const struct signature_parameters *p = &req->in.sign;

	CU_ASSERT_STRING_EQUAL(req->client_request_id, "order 17");
	CU_ASSERT_EQUAL(p->format, DOC_PDF);
	CU_ASSERT_EQUAL(p->level, DOC_LEVEL_T);
	CU_ASSERT_EQUAL(p->packaging, PACKAGING_ENVELOPED);
	CU_ASSERT_STRING_EQUAL(p->key, "seal");
	CU_ASSERT_EQUAL(p->digest, DIGEST_SHA3_256);
	CU_ASSERT_EQUAL(p->padding, PADDING_PSS);
	CU_ASSERT_STRING_EQUAL(p->timestamp_authority, "tsa");
	CU_ASSERT(p->has_claimed_time && p->claimed_time == 1772362800);
	CU_ASSERT_EQUAL(p->claimed_role_count, 2);
	CU_ASSERT_STRING_EQUAL(p->claimed_roles[1], "Bürge");
	CU_ASSERT_STRING_EQUAL(p->country, "DE");
	CU_ASSERT_STRING_EQUAL(p->commitment_types[0], "1.2.840.113549.1.9.16.6.1");
	CU_ASSERT_STRING_EQUAL(p->policy_oid, "1.2.3");
	CU_ASSERT_EQUAL(p->policy_digest, DIGEST_SHA256);
	CU_ASSERT(span_equal(p->policy_digest_value, span_str("abc")));
	CU_ASSERT(p->include_chain);
	CU_ASSERT_EQUAL(p->xml.canonicalization, CANON_INCLUSIVE_11);
	CU_ASSERT_STRING_EQUAL(p->xml.target_id, "x");
	CU_ASSERT_STRING_EQUAL(p->pdf.field_name, "Signature1");
	CU_ASSERT_EQUAL(p->pdf.certification, CERTIFY_FILL_FORMS);
	CU_ASSERT(p->pdf.has_appearance && p->pdf.page == 2);
	CU_ASSERT(p->pdf.rectangle[0] == 1.5 && p->pdf.rectangle[3] == 40);
	CU_ASSERT_EQUAL(req->in.document_count, 1);
	CU_ASSERT_STRING_EQUAL(req->in.documents[0].name, "a.pdf");
	CU_ASSERT_STRING_EQUAL(req->in.documents[0].mime_type, "application/pdf");
	CU_ASSERT(req->in.documents[0].has_content);
	CU_ASSERT(span_equal(SPAN_OF(&req->in.documents[0].content), span_str("%PDF-1.7")));
}

static void
a_document_is_signed_with_all_parameters(void)
{
	struct stub_exchange e;

	stub_reset();
	stub.seen = saw_all_parameters;
	stub_call(&e,
	    STUB_ENVELOPE(
		"<SignDocument><requestId>order 17</requestId><parameters><format>PDF</format>"
		"<level>T</level><packaging>Enveloped</packaging><key>seal</key>"
		"<digestMethod>SHA3-256</digestMethod><signatureMethod>PSS</signatureMethod>"
		"<timestampAuthority>tsa</timestampAuthority>"
		"<claimedSigningTime>2026-03-01T12:00:00+01:00</claimedSigningTime>"
		"<claimedRole>Clerk</claimedRole><claimedRole>B\xc3\xbcrge</claimedRole>"
		"<productionPlace><city>Ulm</city><country>DE</country></productionPlace>"
		"<commitmentType>1.2.840.113549.1.9.16.6.1</commitmentType>"
		"<signaturePolicy><identifier>1.2.3</identifier><digestMethod>SHA256</digestMethod>"
		"<digestValue>YWJj</digestValue></signaturePolicy>"
		"<includeChain>true</includeChain>"
		"<xml><canonicalizationMethod>Inclusive11</canonicalizationMethod>"
		"<targetId>x</targetId></xml>"
		"<pdf><fieldName>Signature1</fieldName><certification>FillForms</certification>"
		"<appearance><page>2</page><rectangle><left>1.5</left><bottom>2</bottom>"
		"<right>30</right><top>40</top></rectangle></appearance></pdf>"
		"</parameters><document><name>a.pdf</name><mimeType>application/pdf</mimeType>"
		"<content>JVBE\n Ri0x&#13;\nLjc=</content></document></SignDocument>"));
	CU_ASSERT_EQUAL(stub.run, 1);
	CU_ASSERT_EQUAL(e.x.status, 200);
	/* "signed:%PDF-1.7" */
	STUB_HAS(&e, "<sig:content>c2lnbmVkOiVQREYtMS43</sig:content>");
	STUB_HAS(&e, "<sig:name>a.pdf</sig:name><sig:mimeType>application/pdf</sig:mimeType>");
	CU_ASSERT_PTR_NULL(strstr(stub_answer(&e), "timestampToken")); /* absent, not empty */
	STUB_HAS(&e, "<sig:signingCertificate>Y2VydGlmaWNhdGU=</sig:signingCertificate>");
	stub_exchange_release(&e);
}

static void
saw_defaults(const struct request *req)
{
	const struct signature_parameters *p = &req->in.sign;

	CU_ASSERT_PTR_NULL(req->client_request_id);
	CU_ASSERT(p->format == DOC_CMS && p->level == DOC_LEVEL_B && !p->plain);
	CU_ASSERT(p->packaging == PACKAGING_DEFAULT && p->digest == DIGEST_NONE);
	CU_ASSERT(p->padding == PADDING_NONE && !p->has_claimed_time && !p->include_chain);
	CU_ASSERT(p->key == NULL && !p->pdf.has_appearance);
	CU_ASSERT_EQUAL(req->in.documents[0].content.len, 0);
	CU_ASSERT(req->in.documents[0].has_content);
}

static void
absent_elements_are_defaults_and_an_empty_document_is_one(void)
{
	struct stub_exchange e;

	stub_reset();
	stub.seen = saw_defaults;
	stub_call(&e, STUB_ENVELOPE("<SignDocument><parameters><format>CMS</format></parameters>"
				    "<document><content/></document></SignDocument>"));
	CU_ASSERT_EQUAL(e.x.status, 200);
	STUB_HAS(&e, "<sig:content>c2lnbmVkOg==</sig:content>");
	stub_exchange_release(&e);
}

static void
many_documents_and_digests_come_back_in_their_order(void)
{
	struct stub_exchange e;

	stub_reset();
	stub_call(&e, STUB_ENVELOPE("<SignDocuments><parameters><format>CMS</format></parameters>"
				    "<document><content>QQ==</content></document>"
				    "<document><name>b</name><content>Qg==</content></document>"
				    "</SignDocuments>"));
	CU_ASSERT_EQUAL(e.x.status, 200);
	STUB_HAS(&e, "<sig:item><sig:index>1</sig:index>");
	STUB_HAS(&e, "<sig:name>b.p7s</sig:name>");
	STUB_HAS(&e, "<sig:content>c2lnbmVkOkI=</sig:content>");
	stub_exchange_release(&e);

	stub_reset();
	stub_call(&e, STUB_ENVELOPE("<SignDigests><parameters><format>Raw</format></parameters>"
				    "<digest><digestMethod>SHA256</digestMethod><digestValue>QQ=="
				    "</digestValue></digest>"
				    "<digest><digestMethod>SHA256</digestMethod><digestValue>Qg=="
				    "</digestValue></digest></SignDigests>"));
	CU_ASSERT_EQUAL(e.x.status, 200);
	STUB_HAS(&e, "<sig:index>1</sig:index>");
	STUB_HAS(&e, "<sig:signatureValue>c2lnbmVkOg==</sig:signatureValue>");
	stub_exchange_release(&e);
}

static void
saw_pdf_password(const struct request *req)
{
	CU_ASSERT_EQUAL(req->in.timestamp_format, TIMESTAMP_AS_PDF);
	CU_ASSERT_STRING_EQUAL(req->in.password, "a b");
}

static void
keys_and_timestamps_are_answered(void)
{
	struct stub_exchange e;

	stub_reset();
	stub_call(&e, STUB_ENVELOPE("<ListKeys><filter>seal</filter></ListKeys>"));
	CU_ASSERT_EQUAL(e.x.status, 200);
	STUB_HAS(&e, "<sig:name>seal-2026</sig:name><sig:algorithm>EC P-256</sig:algorithm>"
		     "<sig:size>256</sig:size><sig:state>Active</sig:state>");
	STUB_HAS(&e, "<sig:chain>aXNzdWVy</sig:chain>");
	stub_exchange_release(&e);

	stub_reset();
	stub_call(&e, STUB_ENVELOPE("<TimestampDigest><digest><digestMethod>SHA256</digestMethod>"
				    "<digestValue>QQ==</digestValue></digest></TimestampDigest>"));
	STUB_HAS(&e, "<sig:serialNumber>4711</sig:serialNumber><sig:policy>1.2.3</sig:policy>"
		     "<sig:timestampToken>dG9rZW4=</sig:timestampToken>");
	stub_exchange_release(&e);

	stub_reset();
	stub_call(
	    &e, STUB_ENVELOPE("<TimestampDocument><format>Token</format><document><name>a</name>"
			      "<content>QQ==</content></document></TimestampDocument>"));
	STUB_HAS(&e, "<sig:timestampedDocument><sig:name>a.tst</sig:name>");
	stub_exchange_release(&e);

	stub_reset();
	stub.seen = saw_pdf_password;
	stub_call(
	    &e, STUB_ENVELOPE("<TimestampDocument><format>PDF</format><password>a b</password>"
			      "<document><content>QQ==</content></document></TimestampDocument>"));
	CU_ASSERT_EQUAL(stub.run, 1);
	stub_exchange_release(&e);
}

static void
saw_items(const struct request *req)
{
	CU_ASSERT_EQUAL(req->in.document_count, 2);
	CU_ASSERT_STRING_EQUAL(req->in.documents[1].password, "p");
	CU_ASSERT_EQUAL(req->in.digest_count, 1);
	CU_ASSERT_EQUAL(req->in.digests[0].of, 1);
	CU_ASSERT_EQUAL(req->in.original_count, 1);
	CU_ASSERT_EQUAL(req->in.originals[0].of, 0);
	CU_ASSERT(span_equal(SPAN_OF(&req->in.originals[0].content), span_str("B")));
	CU_ASSERT_STRING_EQUAL(req->in.validation_policy, "strict");
	CU_ASSERT(req->in.has_validation_time && req->in.validation_time == 1772362800);
}

static void
originals_belong_to_their_item(void)
{
	struct stub_exchange e;

	stub_reset();
	stub.seen = saw_items;
	stub_call(
	    &e, STUB_ENVELOPE("<VerifyDocuments><validationPolicy>strict</validationPolicy>"
			      "<validationTime>2026-03-01T11:00:00Z</validationTime>"
			      "<item><signedDocument><content>QQ==</content></signedDocument>"
			      "<originalDocument><content>Qg==</content></originalDocument></item>"
			      "<item><password>p</password><originalDigest><digestMethod>SHA256"
			      "</digestMethod><digestValue>QQ==</digestValue></originalDigest>"
			      "<signedDocument><content>QQ==</content></signedDocument></item>"
			      "</VerifyDocuments>"));
	CU_ASSERT_EQUAL(stub.run, 1);
	STUB_HAS(&e, "<sig:code>Unsupported</sig:code>"); /* the stub verifies nothing */
	stub_exchange_release(&e);
}

static void
soap_1_2_is_answered_in_soap_1_2(void)
{
	static const char message[] =
	    "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"><s:Body>"
	    "<WhoAmI xmlns=\"urn:signet:v1\"/></s:Body></s:Envelope>";
	struct stub_exchange e;

	stub_reset();
	stub_exchange_init(&e,
	    "application/soap+xml; charset=utf-8; action=\"urn:signet:v1/WhoAmI\"",
	    span_str(message));
	stub_exchange_field(&e, "Authorization", STUB_BASIC);
	CU_ASSERT_EQUAL(stub_serve(&e), SERVED);
	CU_ASSERT_EQUAL(e.x.status, 200);
	CU_ASSERT_STRING_EQUAL(e.x.content_type, "application/soap+xml; charset=utf-8");
	STUB_HAS(&e, "http://www.w3.org/2003/05/soap-envelope");
	stub_exchange_release(&e);
	stub_call(&e, STUB_ENVELOPE("<WhoAmI/>")); /* and the next in 1.1 again */
	STUB_HAS(&e, "http://schemas.xmlsoap.org/soap/envelope/");
	stub_exchange_release(&e);
}

static void
a_failing_operation_is_a_fault_and_is_concluded(void)
{
	struct stub_exchange e;

	stub_reset();
	error_limit(&stub.run_failure, ERROR_LIMIT, "limit-keys", 3, 4, "keys");
	stub.run_failure.retry_after = 7;
	stub_call(&e, STUB_ENVELOPE("<ListKeys/>"));
	CU_ASSERT_EQUAL(e.x.status, 500);
	STUB_HAS(&e, "<faultcode>SOAP-ENV:Client</faultcode>");
	STUB_HAS(&e, "<sig:SignetFault><sig:code>LimitExceeded</sig:code><sig:message>keys: 4 is");
	STUB_HAS(&e, "<sig:requestId>7f3c0d5e-0000-4000-8000-000000000001</sig:requestId>"
		     "<sig:limit>limit-keys</sig:limit><sig:allowed>3</sig:allowed>"
		     "<sig:met>4</sig:met><sig:retryAfterSeconds>7</sig:retryAfterSeconds>");
	CU_ASSERT_STRING_EQUAL(e.x.extra, "Retry-After: 7\r\n");
	CU_ASSERT_STRING_EQUAL(e.x.outcome, "LimitExceeded");
	CU_ASSERT_STRING_EQUAL(stub.failure, "LimitExceeded");
	CU_ASSERT_PTR_NOT_NULL(e.x.pending);
	CU_ASSERT(!e.x.close);
	stub_exchange_release(&e);
}

static void
an_answer_that_cannot_be_recorded_does_not_leave(void)
{
	struct stub_exchange e;

	stub_reset();
	error_set(&stub.conclude_failure, ERROR_UNAVAILABLE, "the audit log does not answer");
	stub_call(&e, STUB_ENVELOPE("<ListKeys/>"));
	STUB_HAS(&e, "<sig:code>Unavailable</sig:code>");
	CU_ASSERT_PTR_NULL(strstr(stub_answer(&e), "seal-2026"));
	CU_ASSERT_PTR_NULL(e.x.pending);
	CU_ASSERT_STRING_EQUAL(e.x.outcome, "Unavailable");
	stub_exchange_release(&e);
}

static void
work_that_must_wait_moves_and_leaves_nothing_behind(void)
{
	struct stub_exchange e;

	stub_reset();
	stub.password_moves = 1;
	stub_call(&e, STUB_ENVELOPE("<WhoAmI/>"));
	CU_ASSERT_EQUAL(e.x.lane, LANE_LOGIN);
	CU_ASSERT_EQUAL(e.x.status, 200);
	CU_ASSERT_EQUAL(stub.concluded, 1);
	stub_exchange_release(&e);

	/* Who has logged in and must wait for more does so elsewhere. */
	stub_reset();
	stub.password_moves = stub.admit_moves = 1;
	stub_call(&e, STUB_ENVELOPE("<WhoAmI/>"));
	CU_ASSERT_EQUAL(e.x.lane, LANE_SLOW);
	CU_ASSERT_EQUAL(e.x.status, 200);
	CU_ASSERT_EQUAL(stub.admitted, 2);
	CU_ASSERT_EQUAL(stub.concluded, 1);
	stub_exchange_release(&e);

	stub_reset();
	stub.admit_moves = 1;
	stub_call(&e, STUB_ENVELOPE("<SignDocument><parameters><format>CMS</format></parameters>"
				    "<document><content>QQ==</content></document></SignDocument>"));
	CU_ASSERT_EQUAL(e.x.lane, LANE_SLOW);
	CU_ASSERT_EQUAL(e.x.status, 200);
	CU_ASSERT_EQUAL(stub.admitted, 2);
	CU_ASSERT_EQUAL(stub.concluded, 1);
	CU_ASSERT_EQUAL(stub.released, 2);
	stub_exchange_release(&e);
}

/* CPU time of one request in microseconds, the best of five rounds. */
static double
cost(const char *message, int times)
{
	double best = 1e9, spent;
	struct stub_exchange e;
	clock_t begin;
	int i, round;

	for (round = 0; round < 5; round++) {
		begin = clock();
		for (i = 0; i < times; i++) {
			stub_call(&e, message);
			stub_exchange_release(&e);
		}
		spent = (double)(clock() - begin) * 1e6 / CLOCKS_PER_SEC / times;
		best = spent < best ? spent : best;
	}
	return best;
}

/* Budgets: 25 and 40 us; ten times that here, since tests run on loaded machines and sanitizers. */
static void
soap_costs_little(void)
{
	char message[4096], content[1400];
	double who, sign;

	memset(content, 'A', 1368);
	content[1368] = '\0';
	snprintf(message, sizeof(message),
	    STUB_ENVELOPE("<SignDocument><parameters><format>CMS</format></parameters>"
			  "<document><content>%s</content></document></SignDocument>"),
	    content);
	stub_reset();
	who = cost(STUB_ENVELOPE("<WhoAmI/>"), 500);
	sign = cost(message, 500);
	CU_ASSERT(who < 250);
	CU_ASSERT(sign < 400);
	printf("(WhoAmI %.1f us, SignDocument 1 KB %.1f us) ", who, sign);
}

static const struct test tests[] = { TEST(a_caller_learns_who_he_is),
	TEST(base64_gives_the_same_bytes_in_all_its_forms),
	TEST(a_document_is_signed_with_all_parameters),
	TEST(absent_elements_are_defaults_and_an_empty_document_is_one),
	TEST(many_documents_and_digests_come_back_in_their_order),
	TEST(keys_and_timestamps_are_answered), TEST(originals_belong_to_their_item),
	TEST(soap_1_2_is_answered_in_soap_1_2),
	TEST(a_failing_operation_is_a_fault_and_is_concluded),
	TEST(an_answer_that_cannot_be_recorded_does_not_leave),
	TEST(work_that_must_wait_moves_and_leaves_nothing_behind), TEST(soap_costs_little),
	TEST_END };
const struct suite suite_server_soap_worker = { "server/soap/worker", stub_worker_make,
	stub_worker_free, tests };
