/* Reports of the verifying operations: every form, signed or not, with a key that may be used. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signing/format/cms/cms_sign.h"
#include "signing/format/xml/xml_read.h"
#include "signing/x509/cert.h"
#include "tests/support/ops_world.h"
#include "tests/support/suite.h"
#include "tests/support/tsa.h"

#define TEXT "An invoice over 1,000 euros."

static struct buf cms;

static int
setup(void)
{
	const struct document text = { .content = span_str(TEXT), .has_content = 1 };
	const struct sign_options options = {
		.signing_time = PKI_NOW - 3600, .claim_time = 1, .packaging = PACKAGING_ENVELOPING
	};
	struct error err = ERROR_INIT;

	if (ops_world_make() != 0)
		return -1;
	ops_tenant("acme", NULL, 0);
	return cms_sign(&cms, &text, CMS_PROFILE_CADES, pki_key(PKI_P256), &options, &err);
}

static int
teardown(void)
{
	buf_release(&cms);
	return ops_world_end();
}

/* VerifyDocument with a report; what ops_serve() said. */
static int
verify(struct request *req, int form, const char *key, struct error *err)
{
	static struct op_document doc;
	const struct span body = SPAN_OF(&cms);
	const struct ops_bodies bodies = { .documents = &body };

	memset(&doc, 0, sizeof(doc));
	doc.name = "invoice.p7m";
	ops_request(req, OP_VERIFY_DOCUMENT, "acme/erp");
	req->in.documents = &doc;
	req->in.document_count = 1;
	req->in.return_report = form;
	req->in.report_key = key;
	return ops_serve(req, &bodies, err);
}

static int
says(const struct buf *report, const char *text)
{
	return report->len > 0 && memmem(report->data, report->len, text, strlen(text)) != NULL;
}

static void
each_form_of_report_is_there_when_it_is_asked_for(void)
{
	static const struct {
		int form;
		const char *says;
	} forms[] = { { REPORT_ETSI, "mainindication:total-passed" },
		{ REPORT_HTML, "Valid (TotalPassed)" }, { REPORT_PDF, "%PDF-1.7" } };
	const struct buf *report;
	struct request req;
	struct error err = ERROR_INIT;
	size_t i;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		ASSERT_OK(verify(&req, forms[i].form, NULL, &err), &err);
		report = &req.out.verified[0].report_file;
		CU_ASSERT(says(report, forms[i].says));
		CU_ASSERT(forms[i].form == REPORT_PDF || says(report, "invoice.p7m"));
		CU_ASSERT(forms[i].form == REPORT_PDF || says(report, SIGNET_VERSION));
		request_release(&req);
	}
	ASSERT_OK(verify(&req, REPORT_NONE, NULL, &err), &err);
	CU_ASSERT_EQUAL(req.out.verified[0].report_file.len, 0);
	request_release(&req);
}

static void
a_report_is_signed_with_the_key_that_is_named(void)
{
	char audit[200];
	struct signatures found = { 0 };
	struct request req;
	struct error err = ERROR_INIT;

	ASSERT_OK(verify(&req, REPORT_ETSI, "rsa", &err), &err);
	ASSERT_OK(xml_read(&found, SPAN_OF(&req.out.verified[0].report_file),
		      &(struct xml_read_options){ 0 }, &err),
	    &err);
	CU_ASSERT_EQUAL_FATAL(found.count, 1);
	CU_ASSERT(found.items[0].value_intact && found.items[0].references_intact);
	CU_ASSERT_EQUAL(found.items[0].scope, SCOPE_FULL);
	CU_ASSERT_EQUAL(found.items[0].alg.key, KEY_RSA);
	CU_ASSERT(says(&req.out.verified[0].report_file, "<tsl:X509Certificate>"));
	ops_last_audit(audit, sizeof(audit));
	CU_ASSERT_STRING_EQUAL(audit, "VerifyDocument rsa Success");
	signatures_release(&found);
	request_release(&req);
}

static void
a_key_that_may_not_be_used_signs_no_report(void)
{
	static const struct {
		const char *key;
		int form;
		enum error_kind kind;
	} cases[] = { { "other", REPORT_ETSI, ERROR_NOT_AUTHORIZED },
		{ "nothing", REPORT_ETSI, ERROR_NOT_AUTHORIZED },
		{ "disabled", REPORT_ETSI, ERROR_UNAVAILABLE },
		{ "rsa", REPORT_HTML, ERROR_MALFORMED }, { "rsa", REPORT_PDF, ERROR_MALFORMED },
		{ "rsa", REPORT_NONE, ERROR_MALFORMED } };
	struct request req;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error err = ERROR_INIT;

		CU_ASSERT_EQUAL(verify(&req, cases[i].form, cases[i].key, &err), -1);
		if (err.kind != cases[i].kind)
			fprintf(stderr, "%s: %s\n", cases[i].key, err.text);
		CU_ASSERT_EQUAL(err.kind, cases[i].kind);
		request_release(&req);
	}
}

static void
each_document_of_many_has_its_own_report(void)
{
	static const unsigned char junk[] = "nothing";
	struct op_document docs[3];
	const struct span bodies[3] = { SPAN_OF(&cms), { junk, 7 }, SPAN_OF(&cms) };
	struct request req;
	struct error err = ERROR_INIT;

	memset(docs, 0, sizeof(docs));
	docs[0].name = "first.p7m";
	docs[2].name = "third.p7m";
	ops_request(&req, OP_VERIFY_DOCUMENTS, "acme/erp");
	req.in.documents = docs;
	req.in.document_count = 3;
	req.in.return_report = REPORT_HTML;
	ASSERT_OK(ops_serve(&req, &(struct ops_bodies){ .documents = bodies }, &err), &err);
	CU_ASSERT(says(&req.out.verified[0].report_file, "first.p7m"));
	CU_ASSERT(!says(&req.out.verified[0].report_file, "third.p7m"));
	CU_ASSERT_EQUAL(req.out.verified[1].report_file.len, 0);
	CU_ASSERT(says(&req.out.verified[2].report_file, "third.p7m"));
	request_release(&req);
}

static void
certificates_have_reports(void)
{
	struct buf der = BUF_INIT(0);
	struct request req;
	struct error err = ERROR_INIT;

	ASSERT_OK(cert_write_der(&der, pki_cert(PKI_EXPIRED), &err), &err);
	ops_request(&req, OP_VALIDATE_CERTIFICATE, "acme/erp");
	req.in.certificate = SPAN_OF(&der);
	req.in.purpose = PATH_SIGNING;
	req.in.return_report = REPORT_ETSI;
	req.in.report_key = "seal";
	ASSERT_OK(ops_serve(&req, &(struct ops_bodies){ 0 }, &err), &err);
	CU_ASSERT(says(&req.out.report_file, "mainindication:indeterminate"));
	CU_ASSERT(says(&req.out.report_file, "<ds:Signature"));
	request_release(&req);
	buf_release(&der);
}

static void
time_stamps_have_reports(void)
{
	const struct test_tsa tsa = { .id = PKI_TSA, .time = PKI_NOW - 60 };
	unsigned char imprint[DIGEST_SIZE_MAX];
	struct document_digest digest = { .method = DIGEST_SHA256, .value = { imprint, 32 } };
	const struct span body = span_str(TEXT);
	struct op_document doc;
	struct buf token = BUF_INIT(0);
	struct request req;
	struct error err = ERROR_INIT;

	ASSERT_OK(digest_span(DIGEST_SHA256, span_str(TEXT), imprint, &err), &err);
	test_token(&token, &tsa, DIGEST_SHA256, imprint);
	ops_request(&req, OP_VERIFY_TIMESTAMP, "acme/erp");
	req.in.token = SPAN_OF(&token);
	req.in.digests = &digest;
	req.in.digest_count = 1;
	req.in.return_report = REPORT_HTML;
	ASSERT_OK(ops_serve(&req, &(struct ops_bodies){ 0 }, &err), &err);
	CU_ASSERT(says(&req.out.report_file, "Valid (TotalPassed)"));
	CU_ASSERT(says(&req.out.report_file, "Time stamp"));
	request_release(&req);

	/* The document itself, of which only the digest is kept. */
	memset(&doc, 0, sizeof(doc));
	ops_request(&req, OP_VERIFY_TIMESTAMP, "acme/erp");
	req.in.token = SPAN_OF(&token);
	req.in.originals = &doc;
	req.in.original_count = 1;
	req.in.return_report = REPORT_ETSI;
	ASSERT_OK(ops_serve(&req, &(struct ops_bodies){ .originals = &body }, &err), &err);
	CU_ASSERT(says(&req.out.report_file, "<sr:Context of=\"Timestamp\">"));
	CU_ASSERT(says(&req.out.report_file, "mainindication:passed"));
	request_release(&req);
	buf_release(&token);
}

static const struct test tests[] = {
	TEST(each_form_of_report_is_there_when_it_is_asked_for),
	TEST(a_report_is_signed_with_the_key_that_is_named),
	TEST(a_key_that_may_not_be_used_signs_no_report),
	TEST(each_document_of_many_has_its_own_report),
	TEST(certificates_have_reports),
	TEST(time_stamps_have_reports),
	TEST_END,
};
const struct suite suite_server_ops_report = { "server/ops/report", setup, teardown, tests };
