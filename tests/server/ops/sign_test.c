/*
 * Signing through the whole of server/ops, judged by VerifyDocument; what is not in the catalogue
 * of algorithms is not made (S2-05), and wishes of format, options and key are obeyed (S2-13).
 */
#include <stdio.h>
#include <string.h>

#include "tests/support/ops_world.h"
#include "tests/support/pdf_samples.h"
#include "tests/support/suite.h"

#define TEXT "An invoice over 1,000 euros."
#define XML  "<invoice><sum currency=\"EUR\">1000</sum></invoice>"

/* What fits a format; a PDF is made once. */
static struct span
document_for(enum doc_format format)
{
	static struct buf pdf;
	const struct pdf_sample sample = { 0 };
	struct error err = ERROR_INIT;

	if (format == DOC_PDF && pdf.len == 0)
		ASSERT_OK(pdf_sample_make(&pdf, &sample, &err), &err);
	return format == DOC_PDF   ? SPAN_OF(&pdf)
	       : format == DOC_XML ? span_str(XML)
				   : span_str(TEXT);
}

struct signed_document {
	struct request req;
	struct op_document doc;
};

static int
sign_as(struct signed_document *s, const char *user, const struct signature_parameters *wish,
    struct span body, const char *id, struct error *err)
{
	const struct ops_bodies bodies = { .documents = &body };

	memset(s, 0, sizeof(*s));
	ops_request(&s->req, OP_SIGN_DOCUMENT, user);
	s->req.in.documents = &s->doc;
	s->req.in.document_count = 1;
	s->req.in.sign = *wish;
	s->req.client_request_id = id;
	return ops_serve(&s->req, &bodies, err);
}

static struct span
result_of(const struct signed_document *s)
{
	return SPAN_OF(&s->req.out.items[0].document);
}

/* ---- what is made is valid, and what was changed is not ---- */

static void
assert_verdict(struct span document, struct span original, enum indication want, const char *level)
{
	struct ops_verification v;
	struct error err = ERROR_INIT;

	ASSERT_OK(ops_verify(&v, "acme/erp", document, original, &err), &err);
	CU_ASSERT_EQUAL_FATAL(v.req.out.verified_count, 1);
	CU_ASSERT_EQUAL_FATAL(v.req.out.verified[0].report.count, 1);
	CU_ASSERT_EQUAL(v.req.out.verified[0].report.conclusion.indication, want);
	if (v.req.out.verified[0].report.conclusion.indication != want)
		fprintf(stderr, "%s\n", v.req.out.verified[0].report.conclusion.text);
	CU_ASSERT_STRING_EQUAL(v.req.out.verified[0].report.items[0].level, level);
	request_release(&v.req);
}

static void
every_format_level_and_packaging_verifies(void)
{
	static const char *const approval[] = { "1.2.840.113549.1.9.16.6.5" };
	const struct {
		struct signature_parameters wish;
		const char *level;
		int detached;
	} rows[] = {
		{ { .format = DOC_CMS }, "B-B", 1 },
		{ { .format = DOC_CMS, .level = DOC_LEVEL_T }, "B-T", 1 },
		{ { .format = DOC_CMS, .packaging = PACKAGING_ENVELOPING }, "B-B", 0 },
		{ { .format = DOC_CMS, .plain = 1 }, "Basic", 1 },
		{ { .format = DOC_CMS, .key = "rsa", .padding = PADDING_PSS }, "B-B", 1 },
		{ { .format = DOC_CMS, .key = "rsa", .digest = DIGEST_SHA512 }, "B-B", 1 },
		{ { .format = DOC_XML }, "B-B", 0 },
		{ { .format = DOC_XML, .level = DOC_LEVEL_T }, "B-T", 0 },
		{ { .format = DOC_XML, .packaging = PACKAGING_ENVELOPING, .key = "rsa" }, "B-B",
		    0 },
		{ { .format = DOC_ASICS }, "B-B", 0 },
		{ { .format = DOC_ASICE, .level = DOC_LEVEL_T, .key = "rsa" }, "B-T", 0 },
		{ { .format = DOC_ASICS, .has_xml = 1, .level = DOC_LEVEL_T }, "B-T", 0 },
		{ { .format = DOC_ASICE, .has_xml = 1 }, "B-B", 0 },
		{ { .format = DOC_PDF }, "B-B", 0 },
		{ { .format = DOC_PDF, .level = DOC_LEVEL_T, .key = "rsa" }, "B-T", 0 },
		{ { .format = DOC_PDF, .pdf.certification = CERTIFY_FILL_FORMS }, "B-B", 0 },
		{ { .format = DOC_PDF, .pdf.reason = "I agree" }, "B-B", 0 },
		{ { .format = DOC_PDF,
		      .commitment_types = (const char **)approval,
		      .commitment_type_count = 1 },
		    "B-B", 0 },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct span body = document_for(rows[i].wish.format);
		struct span original = rows[i].detached ? body : SPAN_NONE;
		struct signed_document s;
		struct error err = ERROR_INIT;

		ASSERT_OK(sign_as(&s, "acme/erp", &rows[i].wish, body, NULL, &err), &err);
		CU_ASSERT_EQUAL(s.req.out.items[0].result.major, RESULT_SUCCESS);
		CU_ASSERT_EQUAL(strlen(s.req.out.items[0].signature_id), TEXT_UUID_SIZE - 1);
		CU_ASSERT(s.req.out.signing_certificate.len > 0);
		CU_ASSERT_EQUAL(s.req.out.token.len > 0, rows[i].wish.level == DOC_LEVEL_T);
		/* The content of a detached CMS signature is never kept. */
		CU_ASSERT_EQUAL(
		    s.doc.has_content, !(rows[i].wish.format == DOC_CMS && rows[i].detached));
		assert_verdict(result_of(&s), original, INDICATION_TOTAL_PASSED, rows[i].level);
		if (rows[i].detached)
			assert_verdict(result_of(&s), span_str("An invoice over 9,000 euros."),
			    INDICATION_TOTAL_FAILED, rows[i].level);
		request_release(&s.req);
	}
}

/* ---- refusals ---- */

static void
wrong_wishes_are_refused_with_the_kind_that_says_who_can_mend_them(void)
{
	static const char *const bad_oid[] = { "no oid" };
	static const char *const approval[] = { "1.2.840.113549.1.9.16.6.5" };
	static const struct {
		const char *user;
		struct signature_parameters wish;
		enum error_kind kind;
		const char *says;
	} rows[] = {
		{ "acme/clerk", { .format = DOC_CMS }, ERROR_NOT_AUTHORIZED, "SignDocument" },
		{ "acme/nobody", { .format = DOC_CMS }, ERROR_NOT_AUTHORIZED, "SignDocument" },
		{ NULL, { .format = DOC_SMIME }, ERROR_MALFORMED, "mimeType" },
		{ NULL, { .format = DOC_SMIME, .packaging = PACKAGING_ENVELOPED },
		    ERROR_UNSUPPORTED, "SMIME has no packaging Enveloped" },
		{ NULL, { .format = DOC_ASICS, .packaging = PACKAGING_ENVELOPED },
		    ERROR_UNSUPPORTED, "ASiCS has no packaging Enveloped" },
		{ NULL, { .format = DOC_ASICE, .plain = 1 }, ERROR_UNSUPPORTED, "level B or T" },
		{ NULL, { .format = DOC_ASICE, .has_xml = 1, .xml.target_id = "x" },
		    ERROR_UNSUPPORTED, "whole documents" },
		{ NULL, { .format = DOC_RAW }, ERROR_UNSUPPORTED, "Raw" },
		{ NULL, { .format = DOC_CMS, .packaging = PACKAGING_ENVELOPED }, ERROR_UNSUPPORTED,
		    "CMS has no packaging Enveloped" },
		{ NULL, { .format = DOC_PDF, .packaging = PACKAGING_DETACHED }, ERROR_UNSUPPORTED,
		    "PDF has no packaging Detached" },
		{ NULL, { .recipient_count = 1 }, ERROR_UNSUPPORTED, "encryption" },
		{ NULL, { .has_claimed_time = 1, .claimed_time = -1 }, ERROR_MALFORMED, "1970" },
		{ NULL, { .digest = DIGEST_SHA1 }, ERROR_UNSUPPORTED, "" },
		{ NULL, { .digest = DIGEST_MD5 }, ERROR_UNSUPPORTED, "" },
		{ NULL, { .padding = PADDING_PSS }, ERROR_UNSUPPORTED, "" },
		{ NULL, { .level = DOC_LEVEL_T, .timestamp_authority = "nowhere" }, ERROR_NOT_FOUND,
		    "nowhere" },
		{ NULL, { .key = "nosuch" }, ERROR_NOT_AUTHORIZED, "there is no key nosuch" },
		{ NULL, { .key = "other" }, ERROR_NOT_AUTHORIZED, "there is no key other" },
		{ NULL, { .key = "decrypt" }, ERROR_NOT_AUTHORIZED, "not for signing" },
		{ NULL, { .key = "tsa" }, ERROR_NOT_AUTHORIZED, "not for signing" },
		{ NULL, { .key = "disabled" }, ERROR_UNAVAILABLE, "disabled" },
		{ NULL, { .key = "expired" }, ERROR_UNAVAILABLE, "expired" },
		{ NULL, { .key = "early" }, ERROR_UNAVAILABLE, "not valid before" },
		{ NULL, { .key = "lost" }, ERROR_UNAVAILABLE,
		    "key lost; choose another key that ListKeys calls Active" },
		{ NULL, { .key = "broken" }, ERROR_UNAVAILABLE, "key broken: its file is damaged" },
		{ NULL, { .key = "locked" }, ERROR_UNAVAILABLE,
		    "key locked: the passphrase does not fit its file" },
		{ NULL, { .key = "swapped" }, ERROR_UNAVAILABLE,
		    "key swapped: it is not the key of the certificate" },
		{ NULL, { .format = DOC_XML, .key = "lost" }, ERROR_UNAVAILABLE, "key lost;" },
		{ NULL, { .format = DOC_PDF, .key = "lost" }, ERROR_UNAVAILABLE, "key lost;" },
		{ NULL, { .commitment_types = (const char **)bad_oid, .commitment_type_count = 1 },
		    ERROR_MALFORMED, "" },
		{ NULL, { .format = DOC_PDF, .pdf.field_name = "a.b" }, ERROR_MALFORMED, "dots" },
		{ NULL,
		    { .format = DOC_PDF,
			.pdf.reason = "I agree",
			.commitment_types = (const char **)approval,
			.commitment_type_count = 1 },
		    ERROR_UNSUPPORTED, "a reason or a commitmentType, not both" },
		{ NULL, { .format = DOC_PDF, .pdf.reason = "I agree", .policy_oid = "1.2.3" },
		    ERROR_UNSUPPORTED, "a reason or a signaturePolicy, not both" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct signed_document s;
		struct error err = ERROR_INIT;
		int rc = sign_as(&s, rows[i].user != NULL ? rows[i].user : "acme/erp",
		    &rows[i].wish, document_for(rows[i].wish.format), NULL, &err);

		CU_ASSERT_EQUAL(rc, -1);
		CU_ASSERT_EQUAL(err.kind, rows[i].kind);
		CU_ASSERT_PTR_NOT_NULL(strstr(err.text, rows[i].says));
		if (rc == 0 || err.kind != rows[i].kind || strstr(err.text, rows[i].says) == NULL)
			fprintf(stderr, "row %zu: %s: %s [%s]\n", i, error_kind_name(err.kind),
			    err.text, err.cause);
		CU_ASSERT(s.req.out.item_count == 0 || s.req.out.items[0].document.len == 0);
		request_release(&s.req);
	}
}

static void
a_document_of_another_kind_is_refused(void)
{
	const struct signature_parameters pdf = { .format = DOC_PDF }, xml = { .format = DOC_XML };
	struct signed_document s;
	struct error err = ERROR_INIT;

	CU_ASSERT_EQUAL(sign_as(&s, "acme/erp", &pdf, span_str(TEXT), NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	request_release(&s.req);
	error_clear(&err);
	CU_ASSERT_EQUAL(sign_as(&s, "acme/erp", &xml, span_str(TEXT), NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	request_release(&s.req);
}

static void
a_key_that_is_disabled_signs_no_more_at_once(void)
{
	const struct signature_parameters wish = { 0 };
	struct signed_document s;
	struct error err = ERROR_INIT;
	char audit[200];

	ops_tenant("brief", NULL, 0);
	ASSERT_OK(sign_as(&s, "brief/erp", &wish, span_str(TEXT), NULL, &err), &err);
	request_release(&s.req);
	ops_last_audit(audit, sizeof(audit));
	CU_ASSERT_STRING_EQUAL(audit, "SignDocument seal Success");
	ops_change("UPDATE signet.signing_key SET state = 'disabled' WHERE name = 'seal' AND "
		   "tenant_id = (SELECT id FROM signet.tenant WHERE name = 'brief')");
	CU_ASSERT_EQUAL(sign_as(&s, "brief/erp", &wish, span_str(TEXT), NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
	request_release(&s.req);
	ops_last_audit(audit, sizeof(audit));
	CU_ASSERT_PTR_NOT_NULL(strstr(audit, "Unavailable"));
}

static void
a_document_may_not_be_larger_than_its_limit(void)
{
	const struct signature_parameters xml = { .format = DOC_XML }, cms = { 0 };
	struct limits limits = ops_limits();
	struct buf large = BUF_INIT(0);
	struct signed_document s;
	struct error err = ERROR_INIT;

	CU_ASSERT_PTR_NOT_NULL_FATAL(buf_reserve(&large, limits.stream_bytes + 1, &err));
	large.len = limits.stream_bytes;
	memset(large.data, 'x', large.len + 1);
	ASSERT_OK(sign_as(&s, "acme/erp", &cms, SPAN_OF(&large), NULL, &err), &err);
	request_release(&s.req);
	large.len++;
	CU_ASSERT_EQUAL(sign_as(&s, "acme/erp", &cms, SPAN_OF(&large), NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_TOO_LARGE);
	CU_ASSERT_STRING_EQUAL(err.limit, "limit-stream");
	request_release(&s.req);
	error_clear(&err);
	CU_ASSERT_EQUAL(sign_as(&s, "acme/erp", &xml, SPAN_OF(&large), NULL, &err), -1);
	CU_ASSERT_STRING_EQUAL(err.limit, "limit-document");
	request_release(&s.req);
	buf_release(&large);
}

/* ---- repetition ---- */

static void
the_same_request_id_gives_the_same_answer_and_no_second_signature(void)
{
	static const enum doc_format formats[] = { DOC_CMS, DOC_XML, DOC_PDF };
	size_t i;

	for (i = 0; i < 3; i++) {
		const struct signature_parameters wish = { .format = formats[i],
			.level = DOC_LEVEL_T };
		struct signature_parameters other = wish;
		struct span body = document_for(formats[i]);
		struct signed_document first, again;
		struct error err = ERROR_INIT;
		char id[20];

		snprintf(id, sizeof(id), "order %zu", i);
		ASSERT_OK(sign_as(&first, "acme/erp", &wish, body, id, &err), &err);
		ASSERT_OK(sign_as(&again, "acme/erp", &wish, body, id, &err), &err);
		CU_ASSERT(!first.req.is_replay && again.req.is_replay);
		CU_ASSERT(span_equal(result_of(&first), result_of(&again)));
		CU_ASSERT_STRING_EQUAL(
		    first.req.out.items[0].signature_id, again.req.out.items[0].signature_id);
		CU_ASSERT(span_equal(SPAN_OF(&first.req.out.token), SPAN_OF(&again.req.out.token)));
		request_release(&again.req);
		other.include_chain = 1;
		CU_ASSERT_EQUAL(sign_as(&again, "acme/erp", &other, body, id, &err), -1);
		CU_ASSERT_EQUAL(err.kind, ERROR_CONFLICT);
		request_release(&again.req);
		request_release(&first.req);
	}
}

/* ---- many at once ---- */

static int
sign_many(struct request *req, struct op_document *docs, const struct span *bodies, size_t n,
    enum doc_format format, struct error *err)
{
	const struct ops_bodies all = { .documents = bodies };

	memset(docs, 0, n * sizeof(*docs));
	ops_request(req, OP_SIGN_DOCUMENTS, "acme/erp");
	req->in.documents = docs;
	req->in.document_count = n;
	req->in.sign.format = format;
	return ops_serve(req, &all, err);
}

static void
of_many_documents_a_bad_one_fails_alone(void)
{
	const struct span bodies[] = { span_str(XML), span_str("<a"), span_str("<b/>") };
	struct op_document docs[3];
	struct request req;
	struct error err = ERROR_INIT;

	ASSERT_OK(sign_many(&req, docs, bodies, 3, DOC_XML, &err), &err);
	CU_ASSERT_EQUAL(req.out.result.major, RESULT_WARNING);
	CU_ASSERT_EQUAL_FATAL(req.out.item_count, 3);
	CU_ASSERT_EQUAL(req.out.items[0].result.major, RESULT_SUCCESS);
	CU_ASSERT_EQUAL(req.out.items[1].result.major, RESULT_REQUESTER_ERROR);
	CU_ASSERT(req.out.items[1].result.message[0] != '\0');
	CU_ASSERT_EQUAL(req.out.items[1].document.len, 0);
	CU_ASSERT_EQUAL(req.out.items[2].result.major, RESULT_SUCCESS);
	assert_verdict(
	    SPAN_OF(&req.out.items[2].document), SPAN_NONE, INDICATION_TOTAL_PASSED, "B-B");
	request_release(&req);
	ASSERT_OK(sign_many(&req, docs, bodies + 1, 1, DOC_XML, &err), &err);
	CU_ASSERT_EQUAL(req.out.result.major, RESULT_REQUESTER_ERROR);
	request_release(&req);
}

static void
more_documents_than_allowed_are_refused(void)
{
	struct op_document docs[21];
	struct span bodies[21];
	struct request req;
	struct error err = ERROR_INIT;
	size_t i;

	for (i = 0; i < 21; i++)
		bodies[i] = span_str(TEXT);
	ASSERT_OK(sign_many(&req, docs, bodies, 20, DOC_CMS, &err), &err);
	request_release(&req);
	CU_ASSERT_EQUAL(sign_many(&req, docs, bodies, 21, DOC_CMS, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_LIMIT);
	request_release(&req);
}

/* ---- digests ---- */

static int
sign_digests(struct request *req, const struct document_digest *digests, size_t n,
    const struct signature_parameters *wish, struct error *err)
{
	ops_request(req, OP_SIGN_DIGESTS, "acme/erp");
	req->in.digests = digests;
	req->in.digest_count = n;
	req->in.sign = *wish;
	return ops_serve(req, NULL, err);
}

static void
digests_of_several_methods_are_signed_each_in_its_place(void)
{
	const struct signature_parameters cms = { .format = DOC_CMS }, raw = { .format = DOC_RAW };
	unsigned char small[DIGEST_SIZE_MAX], large[DIGEST_SIZE_MAX];
	struct document_digest digests[3] = { { .method = DIGEST_SHA512, .value = { large, 64 } },
		{ .method = DIGEST_SHA256, .value = { small, 32 } },
		{ .method = DIGEST_SHA512, .value = { large, 64 } } };
	struct request req;
	struct error err = ERROR_INIT;
	EVP_PKEY_CTX *ctx;
	size_t i;

	ASSERT_OK(digest_span(DIGEST_SHA256, span_str(TEXT), small, &err), &err);
	ASSERT_OK(digest_span(DIGEST_SHA512, span_str(TEXT), large, &err), &err);
	ASSERT_OK(sign_digests(&req, digests, 3, &cms, &err), &err);
	CU_ASSERT_EQUAL_FATAL(req.out.item_count, 3);
	for (i = 0; i < 3; i++)
		assert_verdict(SPAN_OF(&req.out.items[i].document), span_str(TEXT),
		    INDICATION_TOTAL_PASSED, "B-B");
	request_release(&req);
	ASSERT_OK(sign_digests(&req, digests, 2, &raw, &err), &err);
	ctx = EVP_PKEY_CTX_new(X509_get0_pubkey(pki_cert(PKI_P256)), NULL);
	CU_ASSERT_EQUAL(EVP_PKEY_verify_init(ctx), 1);
	CU_ASSERT_EQUAL(EVP_PKEY_verify(ctx, req.out.items[1].document.data,
			    req.out.items[1].document.len, small, 32),
	    1);
	small[0] ^= 1;
	CU_ASSERT_NOT_EQUAL(EVP_PKEY_verify(ctx, req.out.items[1].document.data,
				req.out.items[1].document.len, small, 32),
	    1);
	EVP_PKEY_CTX_free(ctx);
	request_release(&req);
}

static void
digests_that_are_no_digests_are_refused(void)
{
	static const unsigned char value[DIGEST_SIZE_MAX] = { 0 };
	const struct signature_parameters cms = { .format = DOC_CMS }, xml = { .format = DOC_XML };
	struct document_digest d = { .method = DIGEST_SHA256, .value = { value, 31 } };
	struct request req;
	struct error err = ERROR_INIT;

	CU_ASSERT_EQUAL(sign_digests(&req, &d, 1, &cms, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	request_release(&req);
	error_clear(&err);
	d.value.len = 20;
	d.method = DIGEST_SHA1;
	CU_ASSERT_EQUAL(sign_digests(&req, &d, 1, &cms, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNSUPPORTED);
	request_release(&req);
	error_clear(&err);
	d.value.len = 32;
	d.method = DIGEST_SHA256;
	CU_ASSERT_EQUAL(sign_digests(&req, &d, 1, &xml, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNSUPPORTED);
	request_release(&req);
}

static const struct test tests[] = {
	TEST(every_format_level_and_packaging_verifies),
	TEST(wrong_wishes_are_refused_with_the_kind_that_says_who_can_mend_them),
	TEST(a_document_of_another_kind_is_refused),
	TEST(a_key_that_is_disabled_signs_no_more_at_once),
	TEST(a_document_may_not_be_larger_than_its_limit),
	TEST(the_same_request_id_gives_the_same_answer_and_no_second_signature),
	TEST(of_many_documents_a_bad_one_fails_alone),
	TEST(more_documents_than_allowed_are_refused),
	TEST(digests_of_several_methods_are_signed_each_in_its_place),
	TEST(digests_that_are_no_digests_are_refused),
	TEST_END,
};

const struct suite suite_server_ops_sign = { "server/ops/sign", ops_world_stamping, ops_world_end,
	tests };
