/* Our authority against our client, against libcrypto's TS code, and tokens inside signatures. */
#include "signing/proof/tsa.h"

#include <openssl/err.h>
#include <openssl/ts.h>
#include <string.h>

#include "signing/core/ossl.h"
#include "signing/format/cms/cms_read.h"
#include "signing/proof/tsp.h"
#include "tests/support/signers.h"
#include "tests/support/suite.h"

#define POLICY	"1.3.6.1.4.1.99999.1.1"
#define POLICY2 "1.3.6.1.4.1.99999.1.2"
#define NOW_US	(TEST_TIME * 1000000 + 120300)

static struct test_signer ec, rsa, wrong;
static const unsigned char serial_bytes[] = { 0x00, 0x9f, 1, 2, 3, 4, 5, 6, 7 };
static const struct span serial = { serial_bytes, sizeof(serial_bytes) };

static int
setup(void)
{
	return test_signer_make(&ec, "P-256", "critical,timeStamping") == 0 &&
		       test_signer_make(&rsa, "RSA-2048", "critical,timeStamping") == 0 &&
		       test_signer_make(&wrong, "P-256", "critical,timeStamping,codeSigning") == 0
		   ? 0
		   : 1;
}

static int
teardown(void)
{
	test_signer_free(&ec);
	test_signer_free(&rsa);
	test_signer_free(&wrong);
	return 0;
}

static struct tsa
authority(const struct test_signer *signer)
{
	static const char *const more[] = { POLICY2 };

	return (struct tsa){ .key = &signer->key,
		.policy = POLICY,
		.policies = more,
		.policy_count = 1,
		.accuracy_us = 1500200,
		.ordering = 1 };
}

static struct tsp_request
question(enum digest digest)
{
	struct tsp_request request = { .digest = digest,
		.nonce = { 0xfe, 2, 3, 4, 5, 6, 7, 8 },
		.nonce_len = 8,
		.cert_req = 1 };
	struct error err = ERROR_INIT;

	digest_span(digest, span_str("hello"), request.imprint, &err);
	return request;
}

/* Ask and answer; the response goes to `response`. */
static void
answer(struct buf *response, const struct tsa *tsa, const struct tsp_request *request,
    struct tsa_record *record)
{
	struct error err = ERROR_INIT;
	struct buf der = BUF_INIT(0);

	ASSERT_OK(tsp_request_make(&der, request, &err), &err);
	ASSERT_OK(tsa_respond(response, SPAN_OF(&der), tsa, NOW_US, serial, record, &err), &err);
	CU_ASSERT_EQUAL(ERR_peek_error(), 0);
	buf_release(&der);
}

static void
a_time_stamp_says_what_was_asked(void)
{
	static const enum digest digests[] = { DIGEST_SHA256, DIGEST_SHA384, DIGEST_SHA512,
		DIGEST_SHA3_256 };
	const struct test_signer *signers[] = { &ec, &rsa };
	size_t i, s;

	for (s = 0; s < 2; s++)
		for (i = 0; i < sizeof(digests) / sizeof(digests[0]); i++) {
			struct tsa tsa = authority(signers[s]);
			struct tsp_request request = question(digests[i]);
			struct buf response = BUF_INIT(0), der = BUF_INIT(0);
			struct timestamp_token token;
			struct digest_values values = { .have = DIGEST_BIT(digests[i]) };
			struct tsa_record record;
			struct error err = ERROR_INIT;

			tsa.padding = s == 1 && i % 2 ? PADDING_PSS : PADDING_NONE;
			answer(&response, &tsa, &request, &record);
			CU_ASSERT_FATAL(record.granted);
			CU_ASSERT_STRING_EQUAL(record.serial, "009f01020304050607");
			ASSERT_OK(
			    tsp_response_check(&der, SPAN_OF(&response), &request, NULL, &err),
			    &err);
			ASSERT_OK(timestamp_token_read(&token, SPAN_OF(&der), NULL, &err), &err);
			CU_ASSERT_STRING_EQUAL(token.problem, "");
			CU_ASSERT(token.value_intact && token.ordering);
			CU_ASSERT(token.gen_time == TEST_TIME && token.gen_time_us == 120300);
			CU_ASSERT_EQUAL(token.accuracy_us, 1500200);
			CU_ASSERT_STRING_EQUAL(token.serial, "11457441138982848007");
			CU_ASSERT_STRING_EQUAL(token.policy, POLICY);
			CU_ASSERT_PTR_NOT_NULL(strstr(token.tsa, "CN=Signer"));
			CU_ASSERT_EQUAL(X509_cmp(token.signer, signers[s]->key.cert), 0);
			memcpy(values.value[digests[i]], request.imprint, DIGEST_SIZE_MAX);
			CU_ASSERT_EQUAL(tsp_matches(&token, &values), 1);
			values.value[digests[i]][0] ^= 1;
			CU_ASSERT_EQUAL(tsp_matches(&token, &values), 0);
			values.have = 0;
			CU_ASSERT_EQUAL(tsp_matches(&token, &values), -1);
			timestamp_token_release(&token);
			buf_release(&der);
			buf_release(&response);
		}
}

/* libcrypto's verdict on a response to a request for "hello". */
static int
openssl_says(const struct buf *response, const struct buf *request, X509 *root)
{
	const unsigned char *p = response->data, *q = request->data;
	TS_RESP *resp = d2i_TS_RESP(NULL, &p, (long)response->len);
	TS_REQ *req = d2i_TS_REQ(NULL, &q, (long)request->len);
	TS_VERIFY_CTX *ctx = req != NULL ? TS_REQ_to_TS_VERIFY_CTX(req, NULL) : NULL;
	X509_STORE *store = X509_STORE_new();
	int ok;

	X509_STORE_add_cert(store, root);
	X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), (time_t)TEST_TIME);
	if (ctx == NULL || resp == NULL)
		return 0;
	TS_VERIFY_CTX_set_store(ctx, store);
	TS_VERIFY_CTX_add_flags(ctx, TS_VFY_SIGNATURE);
	ok = TS_RESP_verify_response(ctx, resp) == 1;
	ERR_clear_error();
	TS_VERIFY_CTX_free(ctx);
	TS_RESP_free(resp);
	TS_REQ_free(req);
	return ok;
}

static void
openssl_accepts_the_time_stamps(void)
{
	const struct test_signer *signers[] = { &ec, &rsa };
	size_t s;

	for (s = 0; s < 2; s++) {
		struct tsa tsa = authority(signers[s]);
		struct tsp_request request = question(DIGEST_SHA256);
		struct buf response = BUF_INIT(0), asked = BUF_INIT(0);
		struct tsa_record record;
		struct error err = ERROR_INIT;

		tsa.include_chain = 1;
		ASSERT_OK(tsp_request_make(&asked, &request, &err), &err);
		answer(&response, &tsa, &request, &record);
		CU_ASSERT(openssl_says(&response, &asked, signers[s]->issuer));
		response.data[response.len - 1] ^= 1;
		CU_ASSERT_FALSE(openssl_says(&response, &asked, signers[s]->issuer));
		buf_release(&response);
		buf_release(&asked);
	}
}

static void
a_whole_second_has_no_fraction(void)
{
	struct tsa tsa = authority(&ec);
	struct tsp_request request = question(DIGEST_SHA256);
	struct buf response = BUF_INIT(0), asked = BUF_INIT(0);
	struct tsa_record record;
	struct error err = ERROR_INIT;

	ASSERT_OK(tsp_request_make(&asked, &request, &err), &err);
	ASSERT_OK(tsa_respond(
		      &response, SPAN_OF(&asked), &tsa, TEST_TIME * 1000000, serial, &record, &err),
	    &err);
	CU_ASSERT_PTR_NOT_NULL(memmem(response.data, response.len, "20260301120000Z", 15));
	response.len = 0;
	ASSERT_OK(tsa_respond(&response, SPAN_OF(&asked), &tsa, TEST_TIME * 1000000 + 500000,
		      serial, &record, &err),
	    &err);
	CU_ASSERT_PTR_NOT_NULL(memmem(response.data, response.len, "20260301120000.5Z", 17));
	buf_release(&response);
	buf_release(&asked);
}

static void
a_refusal_gives_the_reason_of_the_standard(void)
{
	struct tsp_request request = question(DIGEST_SHA256);
	static const struct {
		enum digest digest;
		const char *policy;
		int64_t time_us;
		int cut, wrong_key, no_serial;
		enum tsa_failure failure;
		enum error_kind kind;
	} rows[] = {
		{ DIGEST_SHA1, NULL, NOW_US, 0, 0, 0, TSA_BAD_ALG, ERROR_UNSUPPORTED },
		{ DIGEST_MD5, NULL, NOW_US, 0, 0, 0, TSA_BAD_ALG, ERROR_UNSUPPORTED },
		{ DIGEST_SHA256, "1.2.3.4", NOW_US, 0, 0, 0, TSA_UNACCEPTED_POLICY,
		    ERROR_UNSUPPORTED },
		{ DIGEST_SHA256, NULL, -1, 0, 0, 0, TSA_TIME_NOT_AVAILABLE, ERROR_UNAVAILABLE },
		{ DIGEST_SHA256, NULL, NOW_US, 1, 0, 0, TSA_BAD_DATA_FORMAT, ERROR_UNSUPPORTED },
		{ DIGEST_SHA256, NULL, NOW_US, 0, 1, 0, TSA_SYSTEM_FAILURE, ERROR_UNAVAILABLE },
		{ DIGEST_SHA256, NULL, NOW_US, 0, 0, 1, TSA_SYSTEM_FAILURE, ERROR_UNAVAILABLE },
		/* long after the certificate's end */
		{ DIGEST_SHA256, NULL, NOW_US * 2, 0, 0, 0, TSA_SYSTEM_FAILURE, ERROR_UNAVAILABLE },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tsa tsa = authority(rows[i].wrong_key ? &wrong : &ec);
		struct buf response = BUF_INIT(0), asked = BUF_INIT(0), token = BUF_INIT(0);
		struct tsa_record record;
		struct error err = ERROR_INIT;

		request = question(rows[i].digest);
		request.policy = rows[i].policy;
		ASSERT_OK(tsp_request_make(&asked, &request, &err), &err);
		asked.len -= (size_t)rows[i].cut;
		ASSERT_OK(tsa_respond(&response, SPAN_OF(&asked), &tsa, rows[i].time_us,
			      rows[i].no_serial ? SPAN_NONE : serial, &record, &err),
		    &err);
		CU_ASSERT_FALSE(record.granted);
		CU_ASSERT_EQUAL(record.failure, rows[i].failure);
		CU_ASSERT_NOT_EQUAL(record.text[0], '\0');
		CU_ASSERT_EQUAL(
		    tsp_response_check(&token, SPAN_OF(&response), &request, NULL, &err), -1);
		CU_ASSERT_EQUAL(err.kind, rows[i].kind);
		CU_ASSERT_PTR_NOT_NULL(strstr(err.text, tsa_failure_name(rows[i].failure)));
		CU_ASSERT_EQUAL(token.len, 0);
		buf_release(&response);
		buf_release(&asked);
	}
}

static void
requests_with_extensions_or_other_versions_are_refused(void)
{
	struct tsa tsa = authority(&ec);
	struct tsp_request request = question(DIGEST_SHA256);
	struct buf asked = BUF_INIT(0), changed = BUF_INIT(0), response = BUF_INIT(0);
	struct tsa_record record;
	struct error err = ERROR_INIT;
	const unsigned char *p;
	X509_EXTENSION *ext = X509_EXTENSION_create_by_NID(NULL, NID_netscape_comment, 0,
	    &(ASN1_OCTET_STRING){ 2, V_ASN1_OCTET_STRING, (unsigned char *)"\x05\x00", 0 });
	TS_REQ *req;

	ASSERT_OK(tsp_request_make(&asked, &request, &err), &err);
	p = asked.data;
	req = d2i_TS_REQ(NULL, &p, (long)asked.len);
	CU_ASSERT_PTR_NOT_NULL_FATAL(req);
	CU_ASSERT_PTR_NOT_NULL_FATAL(ext);
	TS_REQ_add_ext(req, ext, -1);
	OSSL_APPEND_DER(TS_REQ, req, &changed, &err);
	ASSERT_OK(
	    tsa_respond(&response, SPAN_OF(&changed), &tsa, NOW_US, serial, &record, &err), &err);
	CU_ASSERT(!record.granted && record.failure == TSA_UNACCEPTED_EXTENSION);
	X509_EXTENSION_free(TS_REQ_delete_ext(req, 0));
	TS_REQ_set_version(req, 2);
	changed.len = response.len = 0;
	OSSL_APPEND_DER(TS_REQ, req, &changed, &err);
	ASSERT_OK(
	    tsa_respond(&response, SPAN_OF(&changed), &tsa, NOW_US, serial, &record, &err), &err);
	CU_ASSERT(!record.granted && record.failure == TSA_BAD_REQUEST);
	X509_EXTENSION_free(ext);
	TS_REQ_free(req);
	buf_release(&asked);
	buf_release(&changed);
	buf_release(&response);
}

static void
an_answer_to_another_question_is_refused(void)
{
	struct tsa tsa = authority(&ec);
	struct tsp_request request = question(DIGEST_SHA256), other;
	struct buf response = BUF_INIT(0), token = BUF_INIT(0);
	struct tsa_record record;
	struct error err = ERROR_INIT;
	int i;

	answer(&response, &tsa, &request, &record);
	for (i = 0; i < 5; i++) {
		other = request;
		switch (i) {
		case 0:
			other.imprint[0] ^= 1;
			break;
		case 1:
			other.nonce[7] ^= 1;
			break;
		case 2:
			other.policy = POLICY2;
			break;
		case 3:
			other.digest = DIGEST_SHA512;
			break;
		default:
			other.nonce_len = 0;
		}
		error_clear(&err);
		CU_ASSERT_EQUAL(
		    tsp_response_check(&token, SPAN_OF(&response), &other, NULL, &err), -1);
		CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
		CU_ASSERT_EQUAL(token.len, 0);
	}
	error_clear(&err);
	request.policy = POLICY2;
	response.len = 0;
	answer(&response, &tsa, &request, &record);
	ASSERT_OK(tsp_response_check(&token, SPAN_OF(&response), &request, NULL, &err), &err);
	buf_release(&token);
	buf_release(&response);
}

static void
without_cert_req_the_certificate_comes_from_outside(void)
{
	struct tsa tsa = authority(&ec);
	struct tsp_request request = question(DIGEST_SHA256);
	struct buf response = BUF_INIT(0), token = BUF_INIT(0);
	STACK_OF(X509) *extra = sk_X509_new_null();
	struct tsa_record record;
	struct error err = ERROR_INIT;

	request.cert_req = 0;
	answer(&response, &tsa, &request, &record);
	CU_ASSERT_EQUAL(tsp_response_check(&token, SPAN_OF(&response), &request, NULL, &err), -1);
	error_clear(&err);
	sk_X509_push(extra, ec.key.cert);
	ASSERT_OK(tsp_response_check(&token, SPAN_OF(&response), &request, extra, &err), &err);
	/* Asked for, it has to be inside. */
	request.cert_req = 1;
	CU_ASSERT_EQUAL(tsp_response_check(&token, SPAN_OF(&response), &request, extra, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	sk_X509_free(extra);
	buf_release(&token);
	buf_release(&response);
}

static void
no_flipped_byte_of_a_response_goes_unseen(void)
{
	struct tsa tsa = authority(&ec);
	struct tsp_request request = question(DIGEST_SHA256);
	struct buf response = BUF_INIT(0), token = BUF_INIT(0);
	struct tsa_record record;
	size_t i;
	int unseen = 0;

	answer(&response, &tsa, &request, &record);
	for (i = 0; i < response.len; i++) {
		struct error err = ERROR_INIT;

		response.data[i] ^= 0x10;
		token.len = 0;
		unseen += tsp_response_check(&token, SPAN_OF(&response), &request, NULL, &err) == 0;
		response.data[i] ^= 0x10;
	}
	/* Two version numbers and the list of digest algorithms are not signed. */
	CU_ASSERT(unseen <= 16);
	buf_release(&token);
	buf_release(&response);
}

static void
a_certificate_for_more_than_time_stamps_is_told(void)
{
	static const char *const kinds[] = { "timeStamping", "critical,timeStamping,codeSigning",
		"critical,codeSigning", NULL };
	size_t i;

	CU_ASSERT(tsp_key_usage_is_right(ec.key.cert));
	for (i = 0; i < 4; i++) {
		struct test_signer signer;

		CU_ASSERT_EQUAL_FATAL(test_signer_make(&signer, "P-256", kinds[i]), 0);
		CU_ASSERT_FALSE(tsp_key_usage_is_right(signer.key.cert));
		test_signer_free(&signer);
	}
}

/* ---- time stamps inside signatures ---- */

static int
get_token(void *ctx, enum digest digest, const unsigned char *imprint, struct buf *token,
    struct error *err)
{
	const struct tsa *tsa = ctx;
	struct tsp_request request = { .digest = digest, .cert_req = 1 };
	struct buf asked = BUF_INIT(0), response = BUF_INIT(0);
	struct tsa_record record;
	int rc = -1;

	memcpy(request.imprint, imprint, digest_size(digest));
	if (tsp_request_make(&asked, &request, err) == 0 &&
	    tsa_respond(&response, SPAN_OF(&asked), tsa, NOW_US, serial, &record, err) == 0)
		rc = tsp_response_check(token, SPAN_OF(&response), &request, NULL, err);
	buf_release(&asked);
	buf_release(&response);
	return rc;
}

static void
a_signature_of_level_t_holds_a_time_stamp_over_its_value(void)
{
	struct tsa tsa = authority(&rsa);
	struct timestamp_source source = { get_token, &tsa, DIGEST_SHA512 };
	struct sign_options options = {
		.level = LEVEL_T, .signing_time = TEST_TIME, .claim_time = 1, .timestamp = &source
	};
	struct document doc = { .content = span_str("hello"), .has_content = 1 };
	struct signatures list = { 0 };
	struct timestamp_token token;
	struct buf der = BUF_INIT(0);
	struct error err = ERROR_INIT;
	const struct embedded_timestamp *stamp;

	ASSERT_OK(cms_sign(&der, &doc, CMS_PROFILE_PADES, &ec.key, &options, &err), &err);
	CU_ASSERT(der.len <= cms_size_bound(&ec.key, &options));
	ASSERT_OK(cms_read(&list, SPAN_OF(&der), &doc, NULL, &err), &err);
	CU_ASSERT_EQUAL(list.items[0].failure, SUB_NONE);
	CU_ASSERT_EQUAL_FATAL(list.items[0].timestamp_count, 1);
	stamp = &list.items[0].timestamps[0];
	CU_ASSERT(stamp->kind == TIMESTAMP_SIGNATURE && stamp->imprint_known);
	ASSERT_OK(timestamp_token_read(&token, SPAN_OF(&stamp->token), NULL, &err), &err);
	CU_ASSERT_EQUAL(token.digest, DIGEST_SHA512);
	CU_ASSERT_EQUAL(tsp_matches(&token, &stamp->imprint), 1);
	timestamp_token_release(&token);
	signatures_release(&list);
	buf_release(&der);
}

static void
a_time_stamp_is_added_later_and_belongs_to_one_signature(void)
{
	struct tsa tsa = authority(&rsa);
	struct timestamp_source source = { get_token, &tsa, DIGEST_NONE };
	struct sign_options options = { 0 };
	struct document doc = { .content = span_str("hello"), .has_content = 1 };
	struct signatures list = { 0 };
	struct timestamp_token token;
	struct buf der = BUF_INIT(0);
	struct error err = ERROR_INIT;

	ASSERT_OK(cms_sign(&der, &doc, CMS_PROFILE_CADES, &ec.key, &options, &err), &err);
	ASSERT_OK(cms_add_signer(&der, &doc, CMS_PROFILE_CADES, &rsa.key, &options, &err), &err);
	ASSERT_OK(cms_add_timestamp(&der, 1, &source, &err), &err);
	ASSERT_OK(cms_read(&list, SPAN_OF(&der), &doc, NULL, &err), &err);
	CU_ASSERT_EQUAL_FATAL(list.count, 2);
	CU_ASSERT_EQUAL(list.items[0].timestamp_count, 0);
	CU_ASSERT_EQUAL_FATAL(list.items[1].timestamp_count, 1);
	CU_ASSERT(list.items[0].failure == SUB_NONE && list.items[1].failure == SUB_NONE);
	ASSERT_OK(
	    timestamp_token_read(&token, SPAN_OF(&list.items[1].timestamps[0].token), NULL, &err),
	    &err);
	CU_ASSERT_EQUAL(tsp_matches(&token, &list.items[1].timestamps[0].imprint), 1);
	timestamp_token_release(&token);
	CU_ASSERT_EQUAL(cms_add_timestamp(&der, 2, &source, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
	signatures_release(&list);
	buf_release(&der);
}

static void
a_signature_without_its_time_stamp_is_not_made(void)
{
	struct tsa tsa = authority(&wrong); /* its certificate is for more than time stamps */
	struct timestamp_source source = { get_token, &tsa, DIGEST_NONE };
	struct sign_options options = { .level = LEVEL_T, .timestamp = &source };
	struct document doc = { .content = span_str("hello"), .has_content = 1 };
	struct buf der = BUF_INIT(0);
	struct error err = ERROR_INIT;

	CU_ASSERT_EQUAL(cms_sign(&der, &doc, CMS_PROFILE_CADES, &ec.key, &options, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
	CU_ASSERT_EQUAL(der.len, 0);
	buf_release(&der);
}

static void
what_is_no_token_is_refused(void)
{
	struct timestamp_token token;
	struct sign_options options = { .packaging = PACKAGING_ENVELOPING };
	struct document doc = { .content = span_str("hello"), .has_content = 1 };
	struct buf der = BUF_INIT(0), out = BUF_INIT(0);
	struct tsp_request request = question(DIGEST_SHA256);
	struct error err = ERROR_INIT;

	ASSERT_OK(cms_sign(&der, &doc, CMS_PROFILE_CADES, &ec.key, &options, &err), &err);
	CU_ASSERT_EQUAL(timestamp_token_read(&token, SPAN_OF(&der), NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	error_clear(&err);
	CU_ASSERT_EQUAL(timestamp_token_read(&token, span_str("x"), NULL, &err), -1);
	error_clear(&err);
	CU_ASSERT_EQUAL(tsp_response_check(&out, span_str("<html>"), &request, NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	buf_release(&der);
}

static const struct test tests[] = { TEST(a_time_stamp_says_what_was_asked),
	TEST(openssl_accepts_the_time_stamps), TEST(a_whole_second_has_no_fraction),
	TEST(a_refusal_gives_the_reason_of_the_standard),
	TEST(requests_with_extensions_or_other_versions_are_refused),
	TEST(an_answer_to_another_question_is_refused),
	TEST(without_cert_req_the_certificate_comes_from_outside),
	TEST(no_flipped_byte_of_a_response_goes_unseen),
	TEST(a_certificate_for_more_than_time_stamps_is_told),
	TEST(a_signature_of_level_t_holds_a_time_stamp_over_its_value),
	TEST(a_time_stamp_is_added_later_and_belongs_to_one_signature),
	TEST(a_signature_without_its_time_stamp_is_not_made), TEST(what_is_no_token_is_refused),
	TEST_END };
const struct suite suite_signing_proof_tsa = { "signing/proof/tsa", setup, teardown, tests };
