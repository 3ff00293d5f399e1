/* Answers that are kept for a repeated request: whole again, small, and never of another request.
 */
#include "server/ops/answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/ops/engine.h"
#include "signing/format/pdf/pdf_sign.h"
#include "signing/format/xml/xml_sign.h"
#include "tests/support/pdf_samples.h"
#include "tests/support/pki.h"
#include "tests/support/suite.h"

static const struct sign_options options = { .signing_time = PKI_NOW, .claim_time = 1 };
static const char not_supported[] = "urn:oasis:names:tc:dss:1.0:resultminor:NotSupported";

/* A request with `n` documents of these contents (NULL: known by digest only), answered. */
struct answered {
	struct request req;
	struct op_document docs[3];
};

static void
ask(struct answered *a, enum operation_id operation, const struct span *contents, size_t n)
{
	struct error err = ERROR_INIT;
	size_t i;

	memset(a, 0, sizeof(*a));
	request_init(&a->req, operation_by_id(operation), "00000000-0000-4000-8000-000000000000");
	a->req.in.documents = a->docs;
	a->req.in.document_count = n;
	for (i = 0; i < n; i++) {
		a->docs[i].has_content = contents[i].data != NULL;
		a->docs[i].digests.have = contents[i].data != NULL ? 0 : DIGEST_BIT(DIGEST_SHA256);
		ASSERT_OK(buf_append_span(&a->docs[i].content, contents[i], &err), &err);
	}
}

static void
answer(struct answered *a, size_t i, struct span document)
{
	struct signed_item *item = &a->req.out.items[i];
	struct error err = ERROR_INIT;

	snprintf(
	    item->signature_id, sizeof(item->signature_id), "00000000-0000-4000-8000-%012zu", i);
	ASSERT_OK(buf_append_span(&item->document, document, &err), &err);
}

static void
make_items(struct answered *a, size_t n)
{
	a->req.out.items = calloc(n, sizeof(*a->req.out.items));
	a->req.out.item_count = n;
}

static void
encode(const struct answered *a, struct buf *out)
{
	struct error err = ERROR_INIT;

	ASSERT_OK(answer_encode(&a->req, out, &err), &err);
}

static void
assert_same(const struct request *a, const struct request *b)
{
	size_t i;

	CU_ASSERT(span_equal(SPAN_OF(&a->out.token), SPAN_OF(&b->out.token)));
	CU_ASSERT(
	    span_equal(SPAN_OF(&a->out.signing_certificate), SPAN_OF(&b->out.signing_certificate)));
	CU_ASSERT_EQUAL(a->out.generation_time, b->out.generation_time);
	CU_ASSERT_STRING_EQUAL(a->out.serial, b->out.serial);
	CU_ASSERT_STRING_EQUAL(a->out.policy, b->out.policy);
	CU_ASSERT_EQUAL(a->out.result.major, b->out.result.major);
	CU_ASSERT_PTR_EQUAL(a->out.result.minor, b->out.result.minor);
	CU_ASSERT_STRING_EQUAL(a->out.result.message, b->out.result.message);
	CU_ASSERT_EQUAL_FATAL(a->out.item_count, b->out.item_count);
	for (i = 0; i < a->out.item_count; i++) {
		const struct signed_item *x = &a->out.items[i], *y = &b->out.items[i];

		CU_ASSERT_EQUAL(x->result.major, y->result.major);
		CU_ASSERT_PTR_EQUAL(x->result.minor, y->result.minor);
		CU_ASSERT_STRING_EQUAL(x->result.message, y->result.message);
		CU_ASSERT_STRING_EQUAL(x->signature_id, y->signature_id);
		CU_ASSERT(span_equal(SPAN_OF(&x->document), SPAN_OF(&y->document)));
	}
}

/* Sign by `format`, keep the answer, get it back for the repeated request; returns its size. */
static size_t
round_trip(struct span content, struct span made)
{
	struct answered first, again;
	struct buf kept = BUF_INIT(0);
	struct error err = ERROR_INIT;
	size_t size;

	ask(&first, OP_SIGN_DOCUMENT, &content, 1);
	make_items(&first, 1);
	answer(&first, 0, made);
	/* What is to be known of the whole is said again, too. */
	first.req.out.result.major = RESULT_WARNING;
	snprintf(first.req.out.result.message, sizeof(first.req.out.result.message),
	    "no certificate in it has revocation data");
	ASSERT_OK(buf_append_str(&first.req.out.token, "token", &err), &err);
	ASSERT_OK(buf_append_str(&first.req.out.signing_certificate, "cert", &err), &err);
	encode(&first, &kept);
	ask(&again, OP_SIGN_DOCUMENT, &content, 1);
	ASSERT_OK(answer_decode(&again.req, SPAN_OF(&kept), &err), &err);
	assert_same(&first.req, &again.req);
	size = kept.len;
	request_release(&first.req);
	request_release(&again.req);
	buf_release(&kept);
	return size;
}

static void
a_signed_pdf_is_kept_as_what_was_appended(void)
{
	char *large = malloc(300001);
	const char *const objects[] = { large, NULL };
	const struct pdf_sample sample = { .objects = objects };
	struct buf pdf = BUF_INIT(0), made = BUF_INIT(0);
	struct error err = ERROR_INIT;
	size_t kept;

	memset(large, 'x', 300000);
	large[0] = '(';
	large[299999] = ')';
	large[300000] = '\0';
	ASSERT_OK(pdf_sample_make(&pdf, &sample, &err), &err);
	ASSERT_OK(pdf_sign(&made, SPAN_OF(&pdf), pki_key(PKI_P256), &options, NULL, &err), &err);
	kept = round_trip(SPAN_OF(&pdf), SPAN_OF(&made));
	CU_ASSERT(pdf.len > 300000);
	CU_ASSERT(kept < made.len - pdf.len + 500);
	buf_release(&made);
	buf_release(&pdf);
	free(large);
}

static void
an_enveloped_xml_signature_is_kept_without_its_document(void)
{
	struct buf xml = BUF_INIT(0), made = BUF_INIT(0);
	struct document doc = { .has_content = 1 };
	struct error err = ERROR_INIT;
	int i;

	ASSERT_OK(buf_append_str(&xml, "<list>", &err), &err);
	for (i = 0; i < 5000; i++)
		ASSERT_OK(buf_printf(&xml, &err, "<item>%d</item>", i), &err);
	ASSERT_OK(buf_append_str(&xml, "</list>", &err), &err);
	doc.content = SPAN_OF(&xml);
	ASSERT_OK(xml_sign(&made, &doc, 1, pki_key(PKI_P256), &options, NULL, &err), &err);
	CU_ASSERT(round_trip(doc.content, SPAN_OF(&made)) < made.len - xml.len + 500);
	buf_release(&made);
	buf_release(&xml);
}

static void
answers_that_share_nothing_or_everything_with_the_document_come_back(void)
{
	static const struct {
		const char *content, *made;
	} rows[] = {
		{ "abc", "xyz" },
		{ "abc", "abc" },
		{ "abc", "" },
		{ "", "abc" },
		{ "", "" },
		{ "aaa", "aaaaaa" }, /* head and tail must not overlap */
		{ "aaaaaa", "aaa" },
		{ "abcabc", "abc" },
		{ NULL, "a detached signature" },
		{ NULL, "" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		round_trip(span_str(rows[i].content), span_str(rows[i].made));
}

static void
items_and_their_failures_come_back_in_order(void)
{
	const struct span contents[] = { span_str("<a/>"), span_str("<b"), SPAN_NONE };
	struct answered first, again;
	struct buf kept = BUF_INIT(0);
	struct error err = ERROR_INIT, failure = ERROR_INIT;

	ask(&first, OP_SIGN_DOCUMENTS, contents, 3);
	make_items(&first, 3);
	answer(&first, 0, span_str("<a><sig/></a>"));
	error_set(&failure, ERROR_UNSUPPORTED, "no such thing");
	result_from_error(&first.req.out.items[1].result, &failure);
	CU_ASSERT_STRING_EQUAL(first.req.out.items[1].result.minor, not_supported);
	answer(&first, 2, span_str("signature"));
	encode(&first, &kept);
	ask(&again, OP_SIGN_DOCUMENTS, contents, 3);
	ASSERT_OK(answer_decode(&again.req, SPAN_OF(&kept), &err), &err);
	assert_same(&first.req, &again.req);
	request_release(&first.req);
	request_release(&again.req);
	buf_release(&kept);
}

static void
a_time_stamp_comes_back_with_what_was_said_of_it(void)
{
	const struct span content = SPAN_NONE;
	struct answered first, again;
	struct buf kept = BUF_INIT(0);
	struct error err = ERROR_INIT;

	ask(&first, OP_TIMESTAMP_DOCUMENT, &content, 1);
	ASSERT_OK(buf_append_str(&first.req.out.token, "token", &err), &err);
	first.req.out.generation_time = -1;
	snprintf(first.req.out.serial, sizeof(first.req.out.serial), "4711");
	snprintf(first.req.out.policy, sizeof(first.req.out.policy), "1.2.3");
	encode(&first, &kept);
	ask(&again, OP_TIMESTAMP_DOCUMENT, &content, 1);
	ASSERT_OK(answer_decode(&again.req, SPAN_OF(&kept), &err), &err);
	assert_same(&first.req, &again.req);
	request_release(&first.req);
	request_release(&again.req);
	buf_release(&kept);
}

/* ---- tampered ---- */

/* Decode for a request with this content: 0 or -1 with ERROR_INTERNAL, and nothing leaks. */
static int
decode(struct span kept, struct span content)
{
	struct answered again;
	struct error err = ERROR_INIT;
	int rc;

	ask(&again, OP_SIGN_DOCUMENT, &content, 1);
	rc = answer_decode(&again.req, kept, &err);
	if (rc != 0)
		CU_ASSERT_EQUAL(err.kind, ERROR_INTERNAL);
	request_release(&again.req);
	return rc;
}

static void
make_kept(struct buf *kept, struct span content)
{
	struct answered first;
	struct error err = ERROR_INIT;

	ask(&first, OP_SIGN_DOCUMENT, &content, 1);
	make_items(&first, 1);
	answer(&first, 0, span_str("head and more tail"));
	ASSERT_OK(buf_append_str(&first.req.out.token, "token", &err), &err);
	encode(&first, kept);
	request_release(&first.req);
}

static void
a_cut_or_lengthened_answer_does_not_decode(void)
{
	const struct span content = span_str("head tail");
	struct buf kept = BUF_INIT(0);
	struct error err = ERROR_INIT;
	size_t n;

	make_kept(&kept, content);
	CU_ASSERT_EQUAL(decode(SPAN_OF(&kept), content), 0);
	for (n = 0; n < kept.len; n++) {
		/* Of its own size, so that a byte read behind it is noticed. */
		unsigned char *cut = malloc(n + 1);

		memcpy(cut, kept.data, n);
		CU_ASSERT_EQUAL(decode((struct span){ cut, n }, content), -1);
		free(cut);
	}
	ASSERT_OK(buf_append(&kept, "", 1, &err), &err);
	CU_ASSERT_EQUAL(decode(SPAN_OF(&kept), content), -1);
	buf_release(&kept);
}

static void
a_flipped_byte_is_survived_and_a_length_too_large_refused(void)
{
	const struct span content = span_str("head tail");
	struct buf kept = BUF_INIT(0);
	size_t n, refused = 0;

	make_kept(&kept, content);
	for (n = 0; n < kept.len; n++) {
		kept.data[n] ^= 0xff;
		refused += decode(SPAN_OF(&kept), content) != 0;
		kept.data[n] ^= 0xff;
	}
	/* Version, lengths, counts: 13 numbers; bytes, texts and the generation time may be any. */
	CU_ASSERT(refused > 13 * 8 - 8);
	CU_ASSERT(refused < kept.len);
	buf_release(&kept);
}

static void
an_answer_needs_the_document_that_it_was_given_for(void)
{
	struct buf kept = BUF_INIT(0);

	make_kept(&kept, span_str("head tail"));
	CU_ASSERT_EQUAL(decode(SPAN_OF(&kept), span_str("short")), -1);
	CU_ASSERT_EQUAL(decode(SPAN_OF(&kept), SPAN_NONE), -1);
	buf_release(&kept);
}

/* ---- the digest of a request ---- */

/* Of a TimestampDocument whose PDF this password opens. */
static void
digest_of_opened(const char *content, const char *password, unsigned char out[32])
{
	struct span body = span_str(content);
	struct answered a;
	struct error err = ERROR_INIT;

	ask(&a, OP_TIMESTAMP_DOCUMENT, &body, 1);
	a.req.in.timestamp_format = TIMESTAMP_AS_PDF;
	a.req.in.password = password;
	ASSERT_OK(request_digest(&a.req, out, &err), &err);
	request_release(&a.req);
}

static void
digest_of(const struct signature_parameters *wish, const char *content, const char *authority,
    int format, unsigned char out[32])
{
	struct span body = span_str(content);
	struct answered a;
	struct error err = ERROR_INIT;

	ask(&a, OP_SIGN_DOCUMENT, &body, 1);
	a.req.in.sign = *wish;
	a.req.in.authority = authority;
	a.req.in.timestamp_format = format;
	ASSERT_OK(request_digest(&a.req, out, &err), &err);
	request_release(&a.req);
}

static void
everything_that_is_asked_for_is_in_the_digest(void)
{
	static const char *const role[] = { "Clerk" };
	static const struct signature_parameters wishes[] = {
		{ 0 },
		{ .format = DOC_PDF },
		{ .level = DOC_LEVEL_T },
		{ .plain = 1 },
		{ .packaging = PACKAGING_ENVELOPING },
		{ .key = "a" },
		{ .key = "" },
		{ .timestamp_authority = "a" },
		{ .digest = DIGEST_SHA512 },
		{ .padding = PADDING_PSS },
		{ .has_claimed_time = 1 },
		{ .has_claimed_time = 1, .claimed_time = 1 },
		{ .claimed_roles = (const char **)role, .claimed_role_count = 1 },
		{ .commitment_types = (const char **)role, .commitment_type_count = 1 },
		{ .city = "a" },
		{ .state = "a" },
		{ .country = "a" },
		{ .policy_oid = "a" },
		{ .policy_uri = "a" },
		{ .include_chain = 1 },
		{ .xml.canonicalization = CANON_INCLUSIVE },
		{ .xml.target_id = "a" },
		{ .pdf.field_name = "a" },
		{ .pdf.reason = "a" },
		{ .pdf.password = "a" },
		{ .pdf.certification = CERTIFY_ANNOTATE },
		{ .pdf.rectangle = { 0, 0, 0, 1 } },
		{ .pdf.text = "a" },
	};
	enum { COUNT = sizeof(wishes) / sizeof(wishes[0]) };
	unsigned char digests[COUNT + 3][32], again[32];
	size_t i, j;

	for (i = 0; i < COUNT; i++)
		digest_of(&wishes[i], "text", NULL, 0, digests[i]);
	digest_of(&wishes[0], "other text", NULL, 0, digests[COUNT]);
	digest_of(&wishes[0], "text", "own", 0, digests[COUNT + 1]);
	digest_of(&wishes[0], "text", NULL, TIMESTAMP_AS_PDF, digests[COUNT + 2]);
	for (i = 0; i < COUNT + 3; i++)
		for (j = 0; j < i; j++)
			CU_ASSERT_NOT_EQUAL(memcmp(digests[i], digests[j], 32), 0);
	digest_of_opened("text", "a", digests[0]);
	digest_of_opened("text", "b", digests[1]);
	digest_of_opened("text", NULL, digests[2]);
	CU_ASSERT_NOT_EQUAL(memcmp(digests[0], digests[1], 32), 0);
	CU_ASSERT_NOT_EQUAL(memcmp(digests[0], digests[2], 32), 0);
	digest_of(&wishes[0], "text", NULL, 0, digests[0]);
	digest_of(&wishes[0], "text", NULL, 0, again);
	CU_ASSERT_EQUAL(memcmp(again, digests[0], 32), 0);
}

static const struct test tests[] = {
	TEST(a_signed_pdf_is_kept_as_what_was_appended),
	TEST(an_enveloped_xml_signature_is_kept_without_its_document),
	TEST(answers_that_share_nothing_or_everything_with_the_document_come_back),
	TEST(items_and_their_failures_come_back_in_order),
	TEST(a_time_stamp_comes_back_with_what_was_said_of_it),
	TEST(a_cut_or_lengthened_answer_does_not_decode),
	TEST(a_flipped_byte_is_survived_and_a_length_too_large_refused),
	TEST(an_answer_needs_the_document_that_it_was_given_for),
	TEST(everything_that_is_asked_for_is_in_the_digest),
	TEST_END,
};

const struct suite suite_server_ops_answer = { "server/ops/answer", NULL, NULL, tests };
