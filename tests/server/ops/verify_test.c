/* VerifyDocument: what a document is, what belongs to it, and what time stamps say of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signing/format/cms/cms_sign.h"
#include "signing/format/pdf/pdf_sign.h"
#include "signing/format/pdf/pdf_timestamp.h"
#include "signing/format/xml/xml_sign.h"
#include "tests/support/ops_world.h"
#include "tests/support/pdf_samples.h"
#include "tests/support/suite.h"
#include "signing/trust/catalogue_file.h"
#include "tests/support/trusted.h"
#include "tests/support/tsa.h"

#define TEXT  "An invoice over 1,000 euros."
#define OTHER "An invoice over 9,000 euros."

static const struct test_tsa tsa = { .id = PKI_TSA, .time = PKI_NOW - 60 };
static const struct sign_options options = { .signing_time = PKI_NOW - 3600, .claim_time = 1 };
static struct buf cms, enveloping, xml, pdf, signed_pdf, stamped_pdf;

static int
make_documents(struct error *err)
{
	const struct document text = { .content = span_str(TEXT), .has_content = 1 };
	const struct document node = { .content = span_str("<a><b>1</b></a>"), .has_content = 1 };
	const struct sign_key *key = pki_key(PKI_P256);
	const struct pdf_sample sample = { 0 };
	struct sign_options with = options;

	with.packaging = PACKAGING_ENVELOPING;
	return cms_sign(&cms, &text, CMS_PROFILE_CADES, key, &options, err) != 0 ||
		       cms_sign(&enveloping, &text, CMS_PROFILE_CADES, key, &with, err) != 0 ||
		       xml_sign(&xml, &node, 1, key, &options, NULL, err) != 0 ||
		       pdf_sample_make(&pdf, &sample, err) != 0 ||
		       pdf_sign(&signed_pdf, SPAN_OF(&pdf), key, &options, NULL, err) != 0
		   ? -1
		   : 0;
}

static int
setup(void)
{
	struct error err = ERROR_INIT;

	if (ops_world_make() != 0)
		return -1;
	ops_tenant("acme", NULL, 0);
	if (make_documents(&err) == 0)
		return 0;
	fprintf(stderr, "%s [%s]\n", err.text, err.cause);
	return -1;
}

static int
teardown(void)
{
	struct buf *const all[] = { &cms, &enveloping, &xml, &pdf, &signed_pdf, &stamped_pdf };
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		buf_release(all[i]);
	return ops_world_end();
}

/* ---- one document ---- */

static struct verified_document *
verify(struct ops_verification *v, struct span document, struct span original)
{
	struct error err = ERROR_INIT;

	ASSERT_OK(ops_verify(v, "acme/erp", document, original, &err), &err);
	CU_ASSERT_EQUAL_FATAL(v->req.out.verified_count, 1);
	CU_ASSERT(v->req.out.verified[0].is_judged);
	return &v->req.out.verified[0];
}

static void
assert_sub(struct span document, struct span original, enum indication indication,
    enum sub_indication sub, enum format format)
{
	struct ops_verification v;
	struct verified_document *d = verify(&v, document, original);

	CU_ASSERT_EQUAL(d->report.conclusion.indication, indication);
	CU_ASSERT_EQUAL(d->report.conclusion.sub, sub);
	if (d->report.conclusion.sub != sub)
		fprintf(stderr, "%s\n", d->report.conclusion.text);
	CU_ASSERT_EQUAL_FATAL(d->signatures.count, 1);
	CU_ASSERT_EQUAL(d->signatures.items[0].format, format);
	request_release(&v.req);
}

static void
what_a_document_is_shows_in_its_first_bytes(void)
{
	const struct span text = span_str(TEXT);
	struct buf pem = BUF_INIT(0), spaced = BUF_INIT(0);
	struct error err = ERROR_INIT;

	assert_sub(SPAN_OF(&cms), text, INDICATION_TOTAL_PASSED, SUB_NONE, FORMAT_CMS);
	assert_sub(SPAN_OF(&enveloping), SPAN_NONE, INDICATION_TOTAL_PASSED, SUB_NONE, FORMAT_CMS);
	assert_sub(SPAN_OF(&xml), SPAN_NONE, INDICATION_TOTAL_PASSED, SUB_NONE, FORMAT_XML);
	assert_sub(SPAN_OF(&signed_pdf), SPAN_NONE, INDICATION_TOTAL_PASSED, SUB_NONE, FORMAT_PDF);
	ASSERT_OK(buf_append_str(&pem, "Here it is:\n-----BEGIN CMS-----\n", &err), &err);
	ASSERT_OK(text_base64(&pem, SPAN_OF(&cms), 64, &err), &err);
	ASSERT_OK(buf_append_str(&pem, "\n-----END CMS-----\n", &err), &err);
	assert_sub(SPAN_OF(&pem), text, INDICATION_TOTAL_PASSED, SUB_NONE, FORMAT_CMS);
	ASSERT_OK(buf_append_str(&spaced, "\xef\xbb\xbf", &err), &err);
	ASSERT_OK(buf_append_span(&spaced, SPAN_OF(&xml), &err), &err);
	assert_sub(SPAN_OF(&spaced), SPAN_NONE, INDICATION_TOTAL_PASSED, SUB_NONE, FORMAT_XML);
	buf_release(&spaced);
	buf_release(&pem);
}

/* Sign what `text` holds as a list or catalogue is signed, and set it. */
static void
set_catalogue(struct buf *text)
{
	STACK_OF(X509) *signers = test_signers(PKI_P256, PKI_IDS);
	struct catalogue_file *file = NULL;
	struct error err = ERROR_INIT;

	test_list_sign(text, PKI_P256);
	ASSERT_OK(catalogue_file_accept(&file, SPAN_OF(text), signers, PKI_NOW, &err), &err);
	ASSERT_OK(engine_set_catalogue(ops_engine(), file, &err), &err);
	sk_X509_free(signers);
}

static void
another_algorithm_catalogue_changes_verdicts_at_once_and_is_cited(void)
{
	const struct catalogue_edition edition = { "7", "Example", PKI_NOW - PKI_DAY,
		CATALOGUE_OPEN };
	struct verified_document *d;
	struct ops_verification v;
	struct buf text = BUF_INIT(0);
	struct error err = ERROR_INIT;

	ASSERT_OK(catalogue_file_write(&text, catalogue_builtin(), &edition, &err), &err);
	test_swap(&text, "P-256</Curve></Parameter>\n\t\t\t<Validity>",
	    "P-256</Curve></Parameter>\n\t\t\t<Validity><End>2026-01-01</End>");
	set_catalogue(&text);
	d = verify(&v, SPAN_OF(&cms), span_str(TEXT));
	CU_ASSERT_EQUAL(d->report.conclusion.indication, INDICATION_INDETERMINATE);
	CU_ASSERT_EQUAL(d->report.conclusion.sub, SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE);
	CU_ASSERT_PTR_NOT_NULL(strstr(d->report.conclusion.text, "2026-01-01"));
	CU_ASSERT_STRING_EQUAL(d->report.catalogue, "ETSI TS 119 312 7 (2026-02-28)");
	request_release(&v.req);
	ASSERT_OK(engine_set_catalogue(ops_engine(), NULL, &err), &err);
	assert_sub(SPAN_OF(&cms), span_str(TEXT), INDICATION_TOTAL_PASSED, SUB_NONE, FORMAT_CMS);
	buf_release(&text);
}

static void
what_is_no_signed_document_is_refused_with_advice(void)
{
	static const struct {
		const char *bytes;
		enum error_kind kind;
		const char *says;
	} rows[] = {
		{ TEXT, ERROR_MALFORMED, "originalDocument" },
		{ "", ERROR_MALFORMED, "neither" },
		{ "PK\3\4 and more of a ZIP", ERROR_MALFORMED, "ZIP" },
		{ "%PDF-1.7 and no more", ERROR_MALFORMED, "PDF" },
		{ "<a", ERROR_MALFORMED, "" },
		{ "0\x82\x01", ERROR_MALFORMED, "" },
		{ "-----BEGIN CMS-----\n!!!!\n-----END CMS-----\n", ERROR_MALFORMED, "" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ops_verification v;
		struct error err = ERROR_INIT;

		CU_ASSERT_EQUAL(
		    ops_verify(&v, "acme/erp", span_str(rows[i].bytes), SPAN_NONE, &err), -1);
		CU_ASSERT_EQUAL(err.kind, rows[i].kind);
		CU_ASSERT_PTR_NOT_NULL(strstr(err.text, rows[i].says));
		if (err.kind != rows[i].kind || strstr(err.text, rows[i].says) == NULL)
			fprintf(stderr, "row %zu: %s\n", i, err.text);
		request_release(&v.req);
	}
}

static void
a_document_without_signatures_is_told_as_such(void)
{
	const struct span rows[] = { SPAN_OF(&pdf), span_str("<a/>") };
	size_t i;

	for (i = 0; i < 2; i++) {
		struct ops_verification v;
		struct verified_document *d = verify(&v, rows[i], SPAN_NONE);

		CU_ASSERT_EQUAL(d->report.count, 0);
		CU_ASSERT_EQUAL(d->report.conclusion.indication, INDICATION_INDETERMINATE);
		CU_ASSERT_STRING_EQUAL(d->report.conclusion.code, "NoSignature");
		request_release(&v.req);
	}
}

/* ---- originals ---- */

static void
the_wrong_original_fails_and_a_missing_one_is_asked_for(void)
{
	struct ops_verification v;
	struct error err = ERROR_INIT;

	assert_sub(
	    SPAN_OF(&cms), span_str(OTHER), INDICATION_TOTAL_FAILED, SUB_HASH_FAILURE, FORMAT_CMS);
	assert_sub(SPAN_OF(&cms), SPAN_NONE, INDICATION_INDETERMINATE, SUB_SIGNED_DATA_NOT_FOUND,
	    FORMAT_CMS);
	CU_ASSERT_EQUAL(ops_verify(&v, "acme/erp", SPAN_OF(&signed_pdf), span_str(TEXT), &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "send no original"));
	request_release(&v.req);
}

static void
an_original_of_a_detached_signature_is_streamed(void)
{
	struct ops_verification v;

	verify(&v, SPAN_OF(&cms), span_str(TEXT));
	CU_ASSERT_EQUAL(v.original.has_content, 0);
	CU_ASSERT_EQUAL(v.original.digests.have, DIGEST_BIT(DIGEST_SHA256));
	request_release(&v.req);
}

/* Verify the CMS signature with digests of its original instead of it. */
static int
verify_digests(
    struct request *req, const struct document_digest *digests, size_t n, struct error *err)
{
	static struct op_document doc;
	const struct span body = SPAN_OF(&cms);
	const struct ops_bodies bodies = { .documents = &body };

	memset(&doc, 0, sizeof(doc));
	ops_request(req, OP_VERIFY_DOCUMENT, "acme/erp");
	req->in.documents = &doc;
	req->in.document_count = 1;
	req->in.digests = digests;
	req->in.digest_count = n;
	return ops_serve(req, &bodies, err);
}

static void
digests_stand_for_the_original(void)
{
	unsigned char small[DIGEST_SIZE_MAX], large[DIGEST_SIZE_MAX];
	struct document_digest d[2] = { { .method = DIGEST_SHA512, .value = { large, 64 } },
		{ .method = DIGEST_SHA256, .value = { small, 32 } } };
	struct request req;
	struct error err = ERROR_INIT;

	ASSERT_OK(digest_span(DIGEST_SHA256, span_str(TEXT), small, &err), &err);
	ASSERT_OK(digest_span(DIGEST_SHA512, span_str(TEXT), large, &err), &err);
	/* Two digests without a name are of one document. */
	ASSERT_OK(verify_digests(&req, d, 2, &err), &err);
	CU_ASSERT_EQUAL(req.out.verified[0].report.conclusion.indication, INDICATION_TOTAL_PASSED);
	request_release(&req);
	/* One that the signature does not use says nothing. */
	ASSERT_OK(verify_digests(&req, d, 1, &err), &err);
	CU_ASSERT_EQUAL(req.out.verified[0].report.conclusion.sub, SUB_SIGNED_DATA_NOT_FOUND);
	request_release(&req);
	small[5] ^= 1;
	ASSERT_OK(verify_digests(&req, d + 1, 1, &err), &err);
	CU_ASSERT_EQUAL(req.out.verified[0].report.conclusion.sub, SUB_HASH_FAILURE);
	request_release(&req);
	d[1].value.len = 31;
	CU_ASSERT_EQUAL(verify_digests(&req, d, 2, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	request_release(&req);
	error_clear(&err);
	/* Under two names they are two documents, of which the signed one is found by its digest.
	 */
	d[1].value.len = 32;
	d[0].name = "a";
	d[1].name = "b";
	ASSERT_OK(verify_digests(&req, d, 2, &err), &err);
	CU_ASSERT_EQUAL(req.out.verified[0].report.conclusion.sub, SUB_SIGNED_DATA_NOT_FOUND);
	request_release(&req);
	small[5] ^= 1;
	ASSERT_OK(verify_digests(&req, d, 2, &err), &err);
	CU_ASSERT_EQUAL(req.out.verified[0].report.conclusion.indication, INDICATION_TOTAL_PASSED);
	request_release(&req);
}

static void
an_xml_signature_over_several_documents_needs_them_all(void)
{
	const struct document docs[] = {
		{ .name = "a.txt", .content = span_str("first"), .has_content = 1 },
		{ .name = "b.txt", .content = span_str("second"), .has_content = 1 }
	};
	static const char *const bodies_of[][2] = { { "first", "second" }, { "first", "other" },
		{ "first", NULL } };
	static const enum sub_indication subs[] = { SUB_NONE, SUB_HASH_FAILURE,
		SUB_SIGNED_DATA_NOT_FOUND };
	struct sign_options detached = options;
	struct buf sig = BUF_INIT(0);
	struct error err = ERROR_INIT;
	size_t i;

	detached.packaging = PACKAGING_DETACHED;
	ASSERT_OK(xml_sign(&sig, docs, 2, pki_key(PKI_P256), &detached, NULL, &err), &err);
	for (i = 0; i < 3; i++) {
		struct op_document doc = { 0 };
		struct op_document originals[2] = { { .name = "a.txt" }, { .name = "b.txt" } };
		struct span body = SPAN_OF(&sig), two[2] = { span_str(bodies_of[i][0]),
			bodies_of[i][1] != NULL ? span_str(bodies_of[i][1]) : SPAN_NONE };
		const struct ops_bodies bodies = { &body, two };
		struct request req;

		ops_request(&req, OP_VERIFY_DOCUMENT, "acme/erp");
		req.in.documents = &doc;
		req.in.document_count = 1;
		req.in.originals = originals;
		req.in.original_count = bodies_of[i][1] != NULL ? 2 : 1;
		ASSERT_OK(ops_serve(&req, &bodies, &err), &err);
		CU_ASSERT_EQUAL(req.out.verified[0].report.conclusion.sub, subs[i]);
		if (req.out.verified[0].report.conclusion.sub != subs[i])
			fprintf(stderr, "%s\n", req.out.verified[0].report.conclusion.text);
		request_release(&req);
	}
	buf_release(&sig);
}

/* What came along under these names, and what is expected of it. */
struct handed_in {
	int is_cms; /* over TEXT; else XML over a.txt, "first", and b.txt, "second" */
	const char *names[3], *bodies[3];
	enum sub_indication sub;
	const char *unsigned_ones;
};

static void
hand_in(const struct handed_in *row, struct span signature)
{
	struct op_document doc = { 0 }, originals[3] = { { 0 } };
	struct span bodies[3] = { SPAN_NONE, SPAN_NONE, SPAN_NONE };
	const struct ops_bodies all = { &signature, bodies };
	const struct verified_document *d;
	struct error err = ERROR_INIT;
	struct request req;
	size_t n;

	for (n = 0; n < 3 && row->names[n] != NULL; n++) {
		originals[n].name = row->names[n];
		bodies[n] = span_str(row->bodies[n]);
	}
	ops_request(&req, OP_VERIFY_DOCUMENT, "acme/erp");
	req.in.documents = &doc;
	req.in.document_count = 1;
	req.in.originals = originals;
	req.in.original_count = n;
	ASSERT_OK(ops_serve(&req, &all, &err), &err);
	d = &req.out.verified[0];
	CU_ASSERT_EQUAL(d->report.conclusion.sub, row->sub);
	CU_ASSERT_STRING_EQUAL(d->result.message, row->unsigned_ones);
	CU_ASSERT_EQUAL(d->result.major == RESULT_WARNING, row->unsigned_ones[0] != '\0');
	if (d->report.conclusion.sub != row->sub)
		fprintf(stderr, "%s\n", d->report.conclusion.text);
	request_release(&req);
}

static void
a_renamed_document_is_found_by_its_digest_and_what_is_not_signed_is_named(void)
{
	static const struct handed_in rows[] = {
		{ 0, { "x.txt", "y.txt" }, { "second", "first" }, SUB_NONE, "" },
		{ 0, { "a.txt", "y.txt", "z.txt" }, { "first", "third", "second" }, SUB_NONE,
		    "not signed by it: y.txt" },
		{ 0, { "x.txt", "y.txt" }, { "first", "changed" }, SUB_SIGNED_DATA_NOT_FOUND,
		    "not signed by it: y.txt" },
		/* by its name it is the one that was changed, whatever else is there */
		{ 0, { "a.txt", "b.txt", "y.txt" }, { "first", "changed", "third" },
		    SUB_HASH_FAILURE, "not signed by it: y.txt" },
		/* twice the same */
		{ 0, { "a.txt", "b.txt", "c.txt" }, { "first", "second", "first" }, SUB_NONE, "" },
		{ 1, { "p.txt", "q.txt" }, { "other", TEXT }, SUB_NONE, "not signed by it: p.txt" },
		{ 1, { "p.txt", NULL }, { TEXT }, SUB_NONE, "" },
		{ 1, { "p.txt", "q.txt" }, { "other", "another" }, SUB_SIGNED_DATA_NOT_FOUND,
		    "not signed by it: p.txt, q.txt" },
	};
	const struct document docs[] = {
		{ .name = "a.txt", .content = span_str("first"), .has_content = 1 },
		{ .name = "b.txt", .content = span_str("second"), .has_content = 1 }
	};
	struct sign_options detached = options;
	struct buf sig = BUF_INIT(0);
	struct error err = ERROR_INIT;
	size_t i;

	detached.packaging = PACKAGING_DETACHED;
	ASSERT_OK(xml_sign(&sig, docs, 2, pki_key(PKI_P256), &detached, NULL, &err), &err);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		hand_in(&rows[i], rows[i].is_cms ? SPAN_OF(&cms) : SPAN_OF(&sig));
	buf_release(&sig);
}

static void
of_many_documents_an_unreadable_one_fails_alone(void)
{
	struct op_document docs[3] = { { 0 } }, original = { .of = 2 };
	const struct span all[] = { SPAN_OF(&xml), span_str("what?"), SPAN_OF(&cms) };
	const struct span text = span_str(TEXT);
	const struct ops_bodies bodies = { all, &text };
	struct request req;
	struct error err = ERROR_INIT;

	ops_request(&req, OP_VERIFY_DOCUMENTS, "acme/erp");
	req.in.documents = docs;
	req.in.document_count = 3;
	req.in.originals = &original;
	req.in.original_count = 1;
	ASSERT_OK(ops_serve(&req, &bodies, &err), &err);
	CU_ASSERT_EQUAL_FATAL(req.out.verified_count, 3);
	CU_ASSERT_EQUAL(req.out.verified[0].report.conclusion.indication, INDICATION_TOTAL_PASSED);
	CU_ASSERT(!req.out.verified[1].is_judged);
	CU_ASSERT_EQUAL(req.out.verified[1].result.major, RESULT_REQUESTER_ERROR);
	CU_ASSERT_EQUAL(req.out.verified[2].report.conclusion.indication, INDICATION_TOTAL_PASSED);
	request_release(&req);
}

/* A second for each of a thousand documents shall not be a quarter of an hour for one request. */
static void
of_many_documents_those_behind_the_end_of_the_time_are_told_so(void)
{
	const struct limits usual = ops_limits();
	struct op_document docs[2] = { { 0 } };
	const struct span all[] = { SPAN_OF(&xml), SPAN_OF(&xml) };
	const struct ops_bodies bodies = { .documents = all };
	struct limits none = usual;
	struct request req;
	struct error err = ERROR_INIT;

	none.request_seconds = 0;
	ASSERT_OK(engine_set_limits(ops_engine(), &none, &err), &err);
	ops_request(&req, OP_VERIFY_DOCUMENTS, "acme/erp");
	req.in.documents = docs;
	req.in.document_count = 2;
	ASSERT_OK(ops_serve(&req, &bodies, &err), &err);
	CU_ASSERT_EQUAL_FATAL(req.out.verified_count, 2);
	CU_ASSERT_EQUAL(req.out.verified[0].report.conclusion.indication, INDICATION_TOTAL_PASSED);
	CU_ASSERT(!req.out.verified[1].is_judged);
	CU_ASSERT_PTR_NOT_NULL(strstr(req.out.verified[1].result.message, "limit-request-seconds"));
	request_release(&req);
	ASSERT_OK(engine_set_limits(ops_engine(), &usual, &err), &err);
}

/* ---- policy and time ---- */

static int
verify_with(struct request *req, const char *policy, int64_t time, struct error *err)
{
	static struct op_document doc;
	const struct span body = SPAN_OF(&enveloping);
	const struct ops_bodies bodies = { .documents = &body };

	memset(&doc, 0, sizeof(doc));
	ops_request(req, OP_VERIFY_DOCUMENT, "acme/erp");
	req->in.documents = &doc;
	req->in.document_count = 1;
	req->in.validation_policy = policy;
	req->in.has_validation_time = time != 0;
	req->in.validation_time = time;
	return ops_serve(req, &bodies, err);
}

static void
the_time_of_validation_is_the_callers_within_reason(void)
{
	struct request req;
	struct error err = ERROR_INIT;

	ASSERT_OK(verify_with(&req, "signet-strict", PKI_NOW - PKI_DAY / 2, &err), &err);
	CU_ASSERT_EQUAL(req.out.validation_time, PKI_NOW - PKI_DAY / 2);
	request_release(&req);
	/* Before the signer's certificate began. */
	ASSERT_OK(verify_with(&req, NULL, PKI_NOW - 2 * PKI_YEAR, &err), &err);
	CU_ASSERT_NOT_EQUAL(
	    req.out.verified[0].report.conclusion.indication, INDICATION_TOTAL_PASSED);
	request_release(&req);
	CU_ASSERT_EQUAL(verify_with(&req, NULL, PKI_NOW + PKI_DAY, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	request_release(&req);
}

static void
a_policy_that_nobody_made_is_not_found(void)
{
	struct request req;
	struct error err = ERROR_INIT;

	CU_ASSERT_EQUAL(verify_with(&req, "lenient", 0, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
	request_release(&req);
}

/* ---- document time stamps ---- */

/* The signed PDF with a document time stamp; made at its first use. */
static struct span
stamped(void)
{
	const struct timestamp_source source = test_tsa_source(&tsa);
	struct error err = ERROR_INIT;

	if (stamped_pdf.len == 0)
		ASSERT_OK(
		    pdf_timestamp(&stamped_pdf, SPAN_OF(&signed_pdf), &source, NULL, NULL, &err),
		    &err);
	return SPAN_OF(&stamped_pdf);
}

static const struct verify_check *
note_of(const struct verify_timestamp *t, const char *code)
{
	size_t i;

	for (i = 0; i < t->checks.count; i++)
		if (strcmp(t->checks.items[i].code, code) == 0)
			return &t->checks.items[i];
	return NULL;
}

static void
a_document_time_stamp_is_listed_beside_the_signature_that_it_covers(void)
{
	struct ops_verification v;
	struct verified_document *d = verify(&v, stamped(), SPAN_NONE);

	CU_ASSERT_EQUAL(d->report.count, 1);
	/* The time stamp is a later revision, which every signature permits. */
	CU_ASSERT_EQUAL(d->report.conclusion.indication, INDICATION_TOTAL_PASSED);
	CU_ASSERT_EQUAL(d->report.items[0].timestamp_count, 1);
	CU_ASSERT_EQUAL_FATAL(d->timestamp_count, 1);
	CU_ASSERT_EQUAL(d->timestamps[0].kind, TIMESTAMP_DOCUMENT);
	CU_ASSERT_EQUAL(d->timestamps[0].conclusion.indication, INDICATION_TOTAL_PASSED);
	CU_ASSERT_EQUAL(d->timestamps[0].time, tsa.time);
	CU_ASSERT_PTR_NULL(note_of(&d->timestamps[0], "LaterRevision"));
	request_release(&v.req);
}

static void
a_document_that_went_on_after_its_time_stamp_is_told(void)
{
	struct buf more = BUF_INIT(0);
	struct ops_verification v;
	struct verified_document *d;
	const struct verify_check *note;
	struct error err = ERROR_INIT;

	ASSERT_OK(pdf_sign(&more, stamped(), pki_key(PKI_P256), &options, NULL, &err), &err);
	d = verify(&v, SPAN_OF(&more), SPAN_NONE);
	CU_ASSERT_EQUAL(d->report.count, 2);
	CU_ASSERT_EQUAL_FATAL(d->timestamp_count, 1);
	CU_ASSERT_EQUAL(d->timestamps[0].conclusion.indication, INDICATION_TOTAL_PASSED);
	note = note_of(&d->timestamps[0], "LaterRevision");
	CU_ASSERT_PTR_NOT_NULL_FATAL(note);
	CU_ASSERT_EQUAL(note->outcome, CHECK_NOTE);
	CU_ASSERT_PTR_NOT_NULL(strstr(note->text, "Signature2"));
	request_release(&v.req);
	buf_release(&more);
}

/* Stamp the plain PDF twice: first by one authority, then by another. */
static void
stamp_twice(struct buf *out, enum pki_id first, enum pki_id second)
{
	const struct test_tsa one = { .id = first, .time = PKI_NOW - 120 },
			      two = { .id = second, .time = PKI_NOW - 60 };
	const struct timestamp_source from_one = test_tsa_source(&one),
				      from_two = test_tsa_source(&two);
	struct buf once = BUF_INIT(0);
	struct error err = ERROR_INIT;

	ASSERT_OK(pdf_timestamp(&once, SPAN_OF(&pdf), &from_one, NULL, NULL, &err), &err);
	ASSERT_OK(pdf_timestamp(out, SPAN_OF(&once), &from_two, NULL, NULL, &err), &err);
	buf_release(&once);
}

static void
a_document_with_time_stamps_alone_is_as_good_as_the_worst_of_them(void)
{
	static const struct {
		enum pki_id first, second;
		enum indication indication;
		enum sub_indication sub;
	} rows[] = {
		{ PKI_TSA, PKI_TSA_RSA, INDICATION_TOTAL_PASSED, SUB_NONE },
		{ PKI_TSA, PKI_OTHER_SIGNER, INDICATION_INDETERMINATE,
		    SUB_NO_CERTIFICATE_CHAIN_FOUND },
		{ PKI_OTHER_SIGNER, PKI_TSA, INDICATION_INDETERMINATE,
		    SUB_NO_CERTIFICATE_CHAIN_FOUND },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out = BUF_INIT(0);
		struct ops_verification v;
		struct verified_document *d;

		stamp_twice(&out, rows[i].first, rows[i].second);
		d = verify(&v, SPAN_OF(&out), SPAN_NONE);
		CU_ASSERT_EQUAL(d->report.count, 0);
		CU_ASSERT_EQUAL(d->timestamp_count, 2);
		CU_ASSERT_EQUAL(d->report.conclusion.indication, rows[i].indication);
		CU_ASSERT_EQUAL(d->report.conclusion.sub, rows[i].sub);
		CU_ASSERT_PTR_NOT_NULL(
		    strstr(d->report.conclusion.text, "the document holds no signature"));
		request_release(&v.req);
		buf_release(&out);
	}
}

/* An incremental update with an empty table, behind the document's own last section. */
static void
append_empty_revision(struct buf *document)
{
	struct error err = ERROR_INIT;
	unsigned long last = 0;
	size_t at, here = document->len, found = 0;

	for (at = 0; (at = pdf_sample_find(SPAN_OF(document), "startxref\n", at)) < here; at++)
		found = at;
	ASSERT_OK(buf_terminate(document, &err), &err);
	last = strtoul((char *)document->data + found + 10, NULL, 10);
	ASSERT_OK(buf_printf(document, &err,
		      "xref\n0 0\ntrailer\n<</Size 100 /Root 1 0 R /Prev %lu>>\nstartxref\n%zu\n"
		      "%%%%EOF\n",
		      last, here),
	    &err);
}

/* Behind the last time stamp: nothing, what is not shown, and what is. */
static void
time_stamps_pass_a_document_while_all_that_is_shown_is_covered(void)
{
	static const struct pdf_sample_object info = { 90, "<</Title (Order)>>", 0 },
					      page = { 3, "<</Type /Page /Parent 2 0 R>>", 0 };
	const struct {
		const struct pdf_sample_object objects[2];
		const char *trailer;
		int passes;
	} rows[] = {
		{ { { 0 } }, NULL, 1 },
		{ { info, { 0 } }, "/Info 90 0 R", 1 },
		{ { page, { 0 } }, NULL, 0 },
	};
	struct buf out = BUF_INIT(0);
	size_t i;

	stamp_twice(&out, PKI_TSA, PKI_TSA);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf more = BUF_INIT(0);
		struct ops_verification v;
		struct verified_document *d;
		struct error err = ERROR_INIT;

		ASSERT_OK(buf_append_span(&more, SPAN_OF(&out), &err), &err);
		if (i == 0)
			append_empty_revision(&more);
		else
			ASSERT_OK(
			    pdf_sample_update(&more, rows[i].objects, rows[i].trailer, &err), &err);
		d = verify(&v, SPAN_OF(&more), SPAN_NONE);
		CU_ASSERT_EQUAL_FATAL(d->timestamp_count, 2);
		CU_ASSERT_EQUAL(d->timestamps[1].conclusion.indication, INDICATION_TOTAL_PASSED);
		CU_ASSERT_EQUAL(
		    d->report.conclusion.indication == INDICATION_TOTAL_PASSED, rows[i].passes);
		if (!rows[i].passes) {
			CU_ASSERT_EQUAL(d->report.conclusion.indication, INDICATION_INDETERMINATE);
			CU_ASSERT_EQUAL(d->report.conclusion.sub, SUB_SIG_CONSTRAINTS_FAILURE);
			CU_ASSERT_STRING_EQUAL(d->report.conclusion.code, "LaterRevisions");
		}
		request_release(&v.req);
		buf_release(&more);
	}
	buf_release(&out);
}

static void
a_time_stamp_over_changed_bytes_fails_and_one_out_of_place_is_no_time_stamp(void)
{
	struct buf out = BUF_INIT(0);
	struct ops_verification v;
	struct verified_document *d;
	size_t at;

	stamp_twice(&out, PKI_TSA, PKI_TSA);
	at = pdf_sample_find(SPAN_OF(&out), "MediaBox", 0);
	at = pdf_sample_find(SPAN_OF(&out), "0", at);
	out.data[at] = '1';
	d = verify(&v, SPAN_OF(&out), SPAN_NONE);
	CU_ASSERT_EQUAL(d->report.conclusion.indication, INDICATION_TOTAL_FAILED);
	CU_ASSERT_EQUAL(d->report.conclusion.sub, SUB_HASH_FAILURE);
	CU_ASSERT_EQUAL(d->timestamps[0].imprint_intact, 0);
	request_release(&v.req);
	out.data[at] = '0';
	at = pdf_sample_find(SPAN_OF(&out), "/ByteRange [0 ", 0);
	out.data[at + 12] = '1'; /* not from the first byte */
	d = verify(&v, SPAN_OF(&out), SPAN_NONE);
	CU_ASSERT_EQUAL(d->report.conclusion.indication, INDICATION_TOTAL_FAILED);
	CU_ASSERT_EQUAL(d->report.conclusion.sub, SUB_FORMAT_FAILURE);
	request_release(&v.req);
	buf_release(&out);
}

static const struct test tests[] = {
	TEST(what_a_document_is_shows_in_its_first_bytes),
	TEST(what_is_no_signed_document_is_refused_with_advice),
	TEST(a_document_without_signatures_is_told_as_such),
	TEST(the_wrong_original_fails_and_a_missing_one_is_asked_for),
	TEST(an_original_of_a_detached_signature_is_streamed),
	TEST(digests_stand_for_the_original),
	TEST(an_xml_signature_over_several_documents_needs_them_all),
	TEST(a_renamed_document_is_found_by_its_digest_and_what_is_not_signed_is_named),
	TEST(of_many_documents_an_unreadable_one_fails_alone),
	TEST(of_many_documents_those_behind_the_end_of_the_time_are_told_so),
	TEST(the_time_of_validation_is_the_callers_within_reason),
	TEST(a_policy_that_nobody_made_is_not_found),
	TEST(a_document_time_stamp_is_listed_beside_the_signature_that_it_covers),
	TEST(a_document_that_went_on_after_its_time_stamp_is_told),
	TEST(a_document_with_time_stamps_alone_is_as_good_as_the_worst_of_them),
	TEST(time_stamps_pass_a_document_while_all_that_is_shown_is_covered),
	TEST(a_time_stamp_over_changed_bytes_fails_and_one_out_of_place_is_no_time_stamp),
	TEST(another_algorithm_catalogue_changes_verdicts_at_once_and_is_cited),
	TEST_END,
};

const struct suite suite_server_ops_verify = { "server/ops/verify", setup, teardown, tests };
