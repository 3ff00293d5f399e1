/* Time stamps: from our own authority and from others', which fail in every way there is. */
#include <stdio.h>
#include <string.h>

#include "signing/format/pdf/pdf_read.h"
#include "signing/proof/tsa.h"
#include "signing/proof/tsp.h"
#include "tests/support/http_stub.h"
#include "tests/support/ops_world.h"
#include "tests/support/pdf_samples.h"
#include "tests/support/suite.h"

/* ---- requests ---- */

static const unsigned char value[DIGEST_SIZE_MAX] = { 1, 2, 3 };

static struct document_digest
digest_of_kind(enum digest method, size_t len)
{
	return (struct document_digest){ .method = method, .value = { value, len } };
}

/* Ask for a token over a SHA-256 digest; the request stays the test's. */
static int
stamp_digest(struct request *req, const char *user, const char *authority, struct error *err)
{
	static struct document_digest d;

	d = digest_of_kind(DIGEST_SHA256, 32);
	ops_request(req, OP_TIMESTAMP_DIGEST, user);
	req->in.digests = &d;
	req->in.digest_count = 1;
	req->in.authority = authority;
	return ops_serve(req, NULL, err);
}

/* The token in the answer is over the digest, sound, and said to be what it is. */
static void
assert_token(const struct request *req)
{
	struct digest_values values = { .have = DIGEST_BIT(DIGEST_SHA256) };
	struct timestamp_token token;
	struct error err = ERROR_INIT;

	memcpy(values.value[DIGEST_SHA256], value, 32);
	ASSERT_OK(timestamp_token_read(&token, SPAN_OF(&req->out.token), NULL, &err), &err);
	CU_ASSERT_STRING_EQUAL(token.problem, "");
	CU_ASSERT_EQUAL(tsp_matches(&token, &values), 1);
	CU_ASSERT_EQUAL(token.gen_time, req->out.generation_time);
	CU_ASSERT_STRING_EQUAL(token.serial, req->out.serial);
	CU_ASSERT_STRING_EQUAL(token.policy, req->out.policy);
	timestamp_token_release(&token);
}

static void
our_own_authority_stamps_a_digest(void)
{
	struct request req;
	struct error err = ERROR_INIT;
	char audit[200];

	ASSERT_OK(stamp_digest(&req, "acme/erp", NULL, &err), &err);
	assert_token(&req);
	CU_ASSERT(req.out.generation_time >= PKI_NOW && req.out.generation_time < PKI_NOW + 600);
	request_release(&req);
	ASSERT_OK(stamp_digest(&req, "acme/erp", "own", &err), &err);
	assert_token(&req);
	request_release(&req);
	ops_last_audit(audit, sizeof(audit));
	CU_ASSERT_STRING_EQUAL(audit, "TimestampDigest own Success");
}

static void
who_may_not_and_what_there_is_not_is_refused(void)
{
	struct request req;
	struct error err = ERROR_INIT;

	CU_ASSERT_EQUAL(stamp_digest(&req, "acme/clerk", NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_AUTHORIZED);
	request_release(&req);
	error_clear(&err);
	CU_ASSERT_EQUAL(stamp_digest(&req, "acme/erp", "nowhere", &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
	request_release(&req);
}

static void
digests_that_are_too_weak_or_of_the_wrong_length_are_refused(void)
{
	static const struct {
		enum digest method;
		size_t len;
		enum error_kind kind;
	} rows[] = {
		{ DIGEST_SHA1, 20, ERROR_UNSUPPORTED },
		{ DIGEST_MD5, 16, ERROR_UNSUPPORTED },
		{ DIGEST_SHA256, 31, ERROR_MALFORMED },
		{ DIGEST_SHA256, 0, ERROR_MALFORMED },
		{ DIGEST_SHA512, 32, ERROR_MALFORMED },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct document_digest d = digest_of_kind(rows[i].method, rows[i].len);
		struct request req;
		struct error err = ERROR_INIT;

		ops_request(&req, OP_TIMESTAMP_DIGEST, "acme/erp");
		req.in.digests = &d;
		req.in.digest_count = 1;
		CU_ASSERT_EQUAL(ops_serve(&req, NULL, &err), -1);
		CU_ASSERT_EQUAL(err.kind, rows[i].kind);
		CU_ASSERT_EQUAL(req.out.token.len, 0);
		request_release(&req);
	}
}

/* ---- documents ---- */

static int
stamp_document(struct request *req, struct op_document *doc, struct span body, int format,
    const char *id, struct error *err)
{
	const struct ops_bodies bodies = { .documents = &body };

	memset(doc, 0, sizeof(*doc));
	doc->name = "a.pdf";
	ops_request(req, OP_TIMESTAMP_DOCUMENT, "acme/erp");
	req->in.documents = doc;
	req->in.document_count = 1;
	req->in.timestamp_format = format;
	req->client_request_id = id;
	return ops_serve(req, &bodies, err);
}

static void
make_pdf(struct buf *pdf)
{
	const struct pdf_sample sample = { 0 };
	struct error err = ERROR_INIT;

	ASSERT_OK(pdf_sample_make(pdf, &sample, &err), &err);
}

static void
a_document_for_a_token_is_streamed_however_large(void)
{
	struct limits limits = ops_limits();
	struct buf large = BUF_INIT(0);
	struct op_document doc;
	struct request req;
	struct timestamp_token token;
	unsigned char want[DIGEST_SIZE_MAX];
	struct error err = ERROR_INIT;

	CU_ASSERT_PTR_NOT_NULL_FATAL(buf_reserve(&large, limits.document_bytes + 1000, &err));
	large.len = limits.document_bytes + 1000;
	memset(large.data, 'x', large.len);
	ASSERT_OK(
	    stamp_document(&req, &doc, SPAN_OF(&large), TIMESTAMP_AS_TOKEN, NULL, &err), &err);
	CU_ASSERT_EQUAL(doc.content.len, 0);
	ASSERT_OK(digest_span(DIGEST_SHA256, SPAN_OF(&large), want, &err), &err);
	ASSERT_OK(timestamp_token_read(&token, SPAN_OF(&req.out.token), NULL, &err), &err);
	CU_ASSERT(span_equal(SPAN_OF(&token.imprint), (struct span){ want, 32 }));
	timestamp_token_release(&token);
	request_release(&req);
	/* As a PDF it must stay in memory. */
	CU_ASSERT_EQUAL(
	    stamp_document(&req, &doc, SPAN_OF(&large), TIMESTAMP_AS_PDF, NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_TOO_LARGE);
	request_release(&req);
	buf_release(&large);
}

static void
a_pdf_gets_a_document_time_stamp(void)
{
	struct buf pdf = BUF_INIT(0);
	struct op_document doc;
	struct request req;
	struct pdf_timestamps stamps = { 0 };
	struct error err = ERROR_INIT;

	make_pdf(&pdf);
	ASSERT_OK(stamp_document(&req, &doc, SPAN_OF(&pdf), TIMESTAMP_AS_PDF, NULL, &err), &err);
	CU_ASSERT_EQUAL_FATAL(req.out.item_count, 1);
	ASSERT_OK(
	    pdf_read_timestamps(&stamps, SPAN_OF(&req.out.items[0].document), NULL, &err), &err);
	CU_ASSERT_EQUAL_FATAL(stamps.count, 1);
	CU_ASSERT_EQUAL(stamps.items[0].failure, SUB_NONE);
	CU_ASSERT(span_equal(SPAN_OF(&stamps.items[0].stamp.token), SPAN_OF(&req.out.token)));
	CU_ASSERT(req.out.generation_time >= PKI_NOW);
	pdf_timestamps_release(&stamps);
	request_release(&req);
	buf_release(&pdf);
}

static void
what_is_no_pdf_is_refused(void)
{
	struct op_document doc;
	struct request req;
	struct error err = ERROR_INIT;

	CU_ASSERT_EQUAL(
	    stamp_document(&req, &doc, span_str("hello"), TIMESTAMP_AS_PDF, NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	request_release(&req);
}

static void
a_repeated_request_gets_the_same_stamp_again(void)
{
	static const int formats[] = { TIMESTAMP_AS_TOKEN, TIMESTAMP_AS_PDF };
	struct buf pdf = BUF_INIT(0);
	size_t i;

	make_pdf(&pdf);
	for (i = 0; i < 2; i++) {
		struct op_document doc, again_doc;
		struct request req, again;
		struct error err = ERROR_INIT;
		const char *id = i == 0 ? "stamp 1" : "stamp 2";

		ASSERT_OK(stamp_document(&req, &doc, SPAN_OF(&pdf), formats[i], id, &err), &err);
		ASSERT_OK(
		    stamp_document(&again, &again_doc, SPAN_OF(&pdf), formats[i], id, &err), &err);
		CU_ASSERT(!req.is_replay && again.is_replay);
		CU_ASSERT(span_equal(SPAN_OF(&req.out.token), SPAN_OF(&again.out.token)));
		CU_ASSERT_EQUAL(req.out.generation_time, again.out.generation_time);
		CU_ASSERT_STRING_EQUAL(req.out.serial, again.out.serial);
		CU_ASSERT_STRING_EQUAL(req.out.policy, again.out.policy);
		CU_ASSERT_EQUAL_FATAL(again.out.item_count, req.out.item_count);
		if (i == 1)
			CU_ASSERT(span_equal(SPAN_OF(&req.out.items[0].document),
			    SPAN_OF(&again.out.items[0].document)));
		request_release(&again);
		/* The same id with another format is another request. */
		CU_ASSERT_EQUAL(
		    stamp_document(&again, &again_doc, SPAN_OF(&pdf), formats[1 - i], id, &err),
		    -1);
		CU_ASSERT_EQUAL(err.kind, ERROR_CONFLICT);
		request_release(&again);
		request_release(&req);
	}
	buf_release(&pdf);
}

/* ---- authorities of others ---- */

enum manner {
	WELL,
	NONSENSE,
	STATUS_500,
	OTHER_NONCE,
	OTHER_IMPRINT,
	REFUSAL,
	SILENT,
	UNTRUSTED,
	EXPIRED,
	UNREADABLE_STATUS
};

struct remote {
	struct http_stub stub;
	enum manner manner;
	struct sign_key key; /* UNTRUSTED */
};

static void
respond(struct buf *answer, struct span query, const struct sign_key *key, int64_t time)
{
	static unsigned char serial[8] = { 1 };
	const struct tsa tsa = { .key = key, .policy = "1.2.3.4", .accuracy_us = 1000000 };
	struct tsa_record record;
	struct buf body = BUF_INIT(0);
	struct error err = ERROR_INIT;

	serial[7]++;
	tsa_respond(&body, query, &tsa, time * 1000000, (struct span){ serial, 8 }, &record, &err);
	http_stub_answer(answer, "200 OK", TSP_REPLY_TYPE, SPAN_OF(&body));
	buf_release(&body);
}

/* The query ends with the nonce's last byte and certReq TRUE; the imprint stands before both. */
static void
respond_to_changed(struct buf *answer, struct span query, size_t from_end)
{
	struct buf changed = BUF_INIT(0);

	buf_append_span(&changed, query, NULL);
	changed.data[changed.len - from_end] ^= 1;
	respond(answer, SPAN_OF(&changed), pki_key(PKI_TSA), PKI_NOW);
	buf_release(&changed);
}

static void
serve(void *arg, const char *head, struct span query, struct buf *answer)
{
	struct remote *r = arg;

	CU_ASSERT_PTR_NOT_NULL(strstr(head, "Content-Type: application/timestamp-query"));
	switch (r->manner) {
	case WELL:
		respond(answer, query, pki_key(PKI_TSA), PKI_NOW);
		break;
	case NONSENSE:
		http_stub_answer(answer, "200 OK", "text/html", span_str("<html>It works!</html>"));
		break;
	case STATUS_500:
		http_stub_answer(answer, "500 Oops", TSP_REPLY_TYPE, span_str("x"));
		break;
	case OTHER_NONCE:
		respond_to_changed(answer, query, 4);
		break;
	case OTHER_IMPRINT:
		respond_to_changed(answer, query, 3 + 10 + 1);
		break;
	case REFUSAL:
		respond(answer, span_str("no query"), pki_key(PKI_TSA), PKI_NOW);
		break;
	case UNTRUSTED:
		respond(answer, query, &r->key, PKI_NOW);
		break;
	case EXPIRED:
		respond(answer, query, pki_key(PKI_TSA_EXPIRED), PKI_NOW - 60 * PKI_DAY);
		break;
	case UNREADABLE_STATUS:
		buf_append_str(answer, "garbage\r\n\r\n", NULL);
		break;
	case SILENT:
		break;
	}
}

static void
remote_start(struct remote *r, enum manner manner)
{
	memset(r, 0, sizeof(*r));
	r->manner = manner;
	if (manner == UNTRUSTED) {
		struct issue_request request = pki_request(PKI_TSA);

		request.key = pki_key(PKI_TSA)->pkey;
		r->key.pkey = pki_key(PKI_TSA)->pkey;
		r->key.cert = pki_issue(&request, PKI_OTHER_ROOT);
	}
	CU_ASSERT_EQUAL_FATAL(http_stub_start(&r->stub, serve, r), 0);
}

static void
remote_end(struct remote *r)
{
	http_stub_end(&r->stub);
	X509_free(r->key.cert);
}

/* One authority that behaves so, then our own: asked alone it fails; else the second helps out. */
static void
assert_falls_over(const char *tenant, enum manner manner, const char *says)
{
	struct remote first;
	struct ops_authority list[2] = { { .name = "first" }, ops_own };
	struct request req;
	struct error err = ERROR_INIT;
	char user[64];

	remote_start(&first, manner);
	list[0].url = first.stub.url;
	list[0].timeout_ms = manner == SILENT ? 100 : 5000;
	ops_tenant(tenant, list, 2);
	snprintf(user, sizeof(user), "%s/erp", tenant);
	CU_ASSERT_EQUAL(stamp_digest(&req, user, "first", &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, says));
	if (strstr(err.text, says) == NULL)
		fprintf(stderr, "%s: %s [%s]\n", tenant, err.text, err.cause);
	CU_ASSERT_EQUAL(req.out.token.len, 0);
	CU_ASSERT_EQUAL(http_stub_requests(&first.stub), 1);
	request_release(&req);
	error_clear(&err);
	ASSERT_OK(stamp_digest(&req, user, NULL, &err), &err);
	assert_token(&req);
	CU_ASSERT_STRING_EQUAL(req.out.policy, "1.3.6.1.4.1.99999.3");
	CU_ASSERT_EQUAL(http_stub_requests(&first.stub), 2);
	request_release(&req);
	remote_end(&first);
}

static void
an_authority_that_answers_is_asked_alone(void)
{
	struct remote first;
	struct ops_authority list[2] = { { .name = "first" }, ops_own };
	struct request req;
	struct error err = ERROR_INIT;

	remote_start(&first, WELL);
	list[0].url = first.stub.url;
	ops_tenant("good", list, 2);
	ASSERT_OK(stamp_digest(&req, "good/erp", NULL, &err), &err);
	assert_token(&req);
	CU_ASSERT_STRING_EQUAL(req.out.policy, "1.2.3.4");
	request_release(&req);
	remote_end(&first);
}

static void
a_request_that_may_not_wait_is_moved_before_a_remote_authority_is_asked(void)
{
	struct remote first;
	struct ops_authority list[1] = { { .name = "first" } };
	struct document_digest d = digest_of_kind(DIGEST_SHA256, 32);
	struct request req;
	struct error err = ERROR_INIT;
	int moved = 0;

	remote_start(&first, WELL);
	list[0].url = first.stub.url;
	ops_tenant("moved", list, 1);
	ops_request(&req, OP_TIMESTAMP_DIGEST, "moved/erp");
	req.in.digests = &d;
	req.in.digest_count = 1;
	req.may_wait = 0;
	CU_ASSERT_EQUAL(ops_admit(ops_engine(), &req, &moved, &err), -1);
	CU_ASSERT_EQUAL(moved, 1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NONE);
	request_release(&req);
	remote_end(&first);
	CU_ASSERT_EQUAL(http_stub_requests(&first.stub), 0);
}

static void
the_next_authority_helps_out_whatever_the_first_does(void)
{
	assert_falls_over("nonsense", NONSENSE, "");
	assert_falls_over("status", STATUS_500, "HTTP status 500");
	assert_falls_over("nonce", OTHER_NONCE, "nonce");
	assert_falls_over("imprint", OTHER_IMPRINT, "");
	assert_falls_over("refusal", REFUSAL, "");
	assert_falls_over("silent", SILENT, "in time");
	assert_falls_over("garbage", UNREADABLE_STATUS, "");
}

static void
an_authority_that_nobody_trusts_is_refused(void)
{
	assert_falls_over("untrusted", UNTRUSTED, "not trusted");
	assert_falls_over("outdated", EXPIRED, "not trusted");
}

static void
a_token_must_be_of_the_certificate_that_was_agreed(void)
{
	struct remote first;
	struct ops_authority list[1] = { { .name = "first", .cert = pki_cert(PKI_TSA_RSA) } };
	struct request req;
	struct error err = ERROR_INIT;

	remote_start(&first, WELL);
	list[0].url = first.stub.url;
	ops_tenant("agreed", list, 1);
	CU_ASSERT_EQUAL(stamp_digest(&req, "agreed/erp", NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
	request_release(&req);
	remote_end(&first);
}

static void
a_policy_that_was_asked_for_must_be_given(void)
{
	struct remote first;
	struct ops_authority list[1] = { { .name = "first", .policy = "1.2.3.5" } };
	struct request req;
	struct error err = ERROR_INIT;

	remote_start(&first, WELL);
	list[0].url = first.stub.url;
	ops_tenant("policy", list, 1);
	CU_ASSERT_EQUAL(stamp_digest(&req, "policy/erp", NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
	request_release(&req);
	remote_end(&first);
}

static void
when_all_are_down_it_is_unavailable_and_nothing_is_answered(void)
{
	struct http_stub down;
	struct ops_authority list[2] = { { .name = "one" }, { .name = "two" } };
	struct request req;
	struct error err = ERROR_INIT;
	char audit[200];

	CU_ASSERT_EQUAL_FATAL(http_stub_start(&down, NULL, NULL), 0);
	list[0].url = list[1].url = down.url;
	ops_tenant("down", list, 2);
	CU_ASSERT_EQUAL(stamp_digest(&req, "down/erp", NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
	request_release(&req);
	ops_last_audit(audit, sizeof(audit));
	CU_ASSERT_STRING_EQUAL(audit, "TimestampDigest  Unavailable");
	ops_tenant("none", NULL, 0);
	error_clear(&err);
	CU_ASSERT_EQUAL(stamp_digest(&req, "none/erp", NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
	request_release(&req);
	http_stub_end(&down);
}

static const struct test tests[] = {
	TEST(our_own_authority_stamps_a_digest),
	TEST(who_may_not_and_what_there_is_not_is_refused),
	TEST(digests_that_are_too_weak_or_of_the_wrong_length_are_refused),
	TEST(a_document_for_a_token_is_streamed_however_large),
	TEST(a_pdf_gets_a_document_time_stamp),
	TEST(what_is_no_pdf_is_refused),
	TEST(a_repeated_request_gets_the_same_stamp_again),
	TEST(an_authority_that_answers_is_asked_alone),
	TEST(a_request_that_may_not_wait_is_moved_before_a_remote_authority_is_asked),
	TEST(the_next_authority_helps_out_whatever_the_first_does),
	TEST(an_authority_that_nobody_trusts_is_refused),
	TEST(a_token_must_be_of_the_certificate_that_was_agreed),
	TEST(a_policy_that_was_asked_for_must_be_given),
	TEST(when_all_are_down_it_is_unavailable_and_nothing_is_answered),
	TEST_END,
};

const struct suite suite_server_ops_timestamp = { "server/ops/timestamp", ops_world_stamping,
	ops_world_end, tests };
