/* CounterSign: of each format that has it, of the signature that is named, and of none that is
 * broken. */
#include <stdio.h>
#include <string.h>

#include "tests/support/asked.h"
#include "tests/support/containers.h"
#include "tests/support/pdf_samples.h"
#include "tests/support/suite.h"

#define TEXT "An invoice over 1,000 euros."

static void
counter_sign(struct asked *a, const char *id, struct span document, struct span original)
{
	struct error err = ERROR_INIT;

	asked_begin(a, OP_COUNTER_SIGN, "x");
	a->req.in.sign.key = "rsa";
	a->req.in.signature_id = id;
	ASSERT_OK(asked_serve(a, document, original, &err), &err);
}

static void
refused(int line, const char *id, struct span document, struct span original, enum error_kind kind,
    const char *words)
{
	struct asked a;

	asked_begin(&a, OP_COUNTER_SIGN, "x");
	a.req.in.signature_id = id;
	asked_refused(line, &a, document, original, kind, words);
}
#define REFUSED(id, document, original, kind, words)                                               \
	refused(__LINE__, (id), (document), (original), (kind), (words))

/* It passes, and the new signature is a counter-signature of that id, by the RSA key. */
static void
assert_countered(const struct asked *a, struct span original, const char *of)
{
	const struct signed_item *item = &a->req.out.items[0];
	const struct signature *found = NULL;
	const struct verified_document *d;
	struct ops_verification v;
	struct error err = ERROR_INIT;
	size_t i;

	ASSERT_OK(ops_verify(&v, "acme/erp", asked_document(a), original, &err), &err);
	d = &v.req.out.verified[0];
	CU_ASSERT_EQUAL(d->report.conclusion.indication, INDICATION_TOTAL_PASSED);
	for (i = 0; i < d->signatures.count; i++)
		if (strcmp(d->signatures.items[i].id, item->signature_id) == 0)
			found = &d->signatures.items[i];
	CU_ASSERT_PTR_NOT_NULL_FATAL(found);
	CU_ASSERT_PTR_NOT_NULL_FATAL(found->parent);
	CU_ASSERT_STRING_EQUAL(found->parent, of);
	CU_ASSERT(X509_cmp(found->signer, pki_cert(PKI_RSA2048)) == 0);
	CU_ASSERT(found->value_intact && found->references_intact);
	request_release(&v.req);
}

static void
a_detached_cms_signature_is_counter_signed_with_and_without_its_document(void)
{
	const struct signature_parameters wish = { 0 };
	const struct span originals[] = { span_str(TEXT), SPAN_NONE };
	struct buf cms = BUF_INIT(0);
	struct asked a;
	size_t i;

	asked_sign(&cms, &wish, "invoice.txt", span_str(TEXT));
	for (i = 0; i < 2; i++) {
		counter_sign(&a, NULL, SPAN_OF(&cms), originals[i]);
		CU_ASSERT_STRING_EQUAL(a.req.out.items[0].signature_id, "signer-1.1");
		CU_ASSERT(a.req.out.signing_certificate.len > 0);
		assert_countered(&a, span_str(TEXT), "signer-1");
		request_release(&a.req);
	}
	REFUSED(NULL, SPAN_OF(&cms), span_str("another"), ERROR_CONFLICT, "signer-1 is broken");
	REFUSED("signer-2", SPAN_OF(&cms), SPAN_NONE, ERROR_NOT_FOUND, "there is: signer-1");
	cms.data[cms.len - 1] ^= 1;
	REFUSED(NULL, SPAN_OF(&cms), SPAN_NONE, ERROR_CONFLICT, "signer-1 is broken");
	buf_release(&cms);
}

static void
of_several_signatures_one_must_be_named(void)
{
	const struct signature_parameters wish = { .format = DOC_XML };
	struct signature_parameters again = wish;
	struct buf once = BUF_INIT(0), twice = BUF_INIT(0);
	struct ops_verification v;
	struct error err = ERROR_INIT;
	struct asked a;
	size_t i, made = 0;

	again.packaging = PACKAGING_ENVELOPED;
	asked_sign(&once, &wish, "a.xml", span_str("<a><b/></a>"));
	asked_sign(&twice, &again, "a.xml", SPAN_OF(&once));
	REFUSED(NULL, SPAN_OF(&twice), SPAN_NONE, ERROR_MALFORMED, "say by signatureId");
	ASSERT_OK(ops_verify(&v, "acme/erp", SPAN_OF(&twice), SPAN_NONE, &err), &err);
	CU_ASSERT_EQUAL_FATAL(v.req.out.verified[0].signatures.count, 2);
	for (i = 0; i < 2; i++) {
		const char *id = v.req.out.verified[0].signatures.items[i].id;

		asked_begin(&a, OP_COUNTER_SIGN, "a.xml");
		a.req.in.sign.key = "rsa";
		a.req.in.signature_id = id;
		/* A signature that another one covers cannot change any more. */
		if (asked_serve(&a, SPAN_OF(&twice), SPAN_NONE, &err) == 0) {
			made++;
			assert_countered(&a, SPAN_NONE, id);
		} else {
			CU_ASSERT_EQUAL(err.kind, ERROR_CONFLICT);
		}
		error_clear(&err);
		request_release(&a.req);
	}
	CU_ASSERT(made >= 1);
	request_release(&v.req);
	buf_release(&once);
	buf_release(&twice);
}

static void
an_xml_signature_is_counter_signed_with_a_time_stamp(void)
{
	const struct signature_parameters wish = { .format = DOC_XML };
	struct buf xml = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct asked a;

	asked_sign(&xml, &wish, "a.xml", span_str("<a><b/></a>"));
	asked_begin(&a, OP_COUNTER_SIGN, "a.xml");
	a.req.in.sign.key = "rsa";
	a.req.in.sign.level = DOC_LEVEL_T;
	ASSERT_OK(asked_serve(&a, SPAN_OF(&xml), SPAN_NONE, &err), &err);
	CU_ASSERT(a.req.out.token.len > 0);
	{
		struct ops_verification v;
		const struct verified_document *d;

		ASSERT_OK(ops_verify(&v, "acme/erp", asked_document(&a), SPAN_NONE, &err), &err);
		d = &v.req.out.verified[0];
		CU_ASSERT_EQUAL_FATAL(d->report.count, 2);
		CU_ASSERT_EQUAL(d->report.conclusion.indication, INDICATION_TOTAL_PASSED);
		CU_ASSERT_STRING_EQUAL(d->report.items[1].level, "B-T");
		request_release(&v.req);
	}
	request_release(&a.req);
	buf_release(&xml);
}

static void
signatures_in_containers_are_counter_signed(void)
{
	static const enum format families[] = { FORMAT_CMS, FORMAT_XML };
	const struct container_change other = { .name = "a.txt", .data = "other" };
	size_t i;

	for (i = 0; i < 4; i++) {
		struct buf file = BUF_INIT(0);
		struct container_reading r = { 0 };
		struct asked a;

		container_make(&file, i < 2 ? ASIC_S : ASIC_E, families[i % 2], LEVEL_B, PKI_P256);
		container_read(&r, &file);
		counter_sign(&a, NULL, SPAN_OF(&file), SPAN_NONE);
		assert_countered(&a, SPAN_NONE, r.list.items[0].id);
		request_release(&a.req);
		container_change(&file, &other, 1);
		REFUSED(NULL, SPAN_OF(&file), SPAN_NONE, ERROR_CONFLICT, "is broken");
		container_release(&r);
		buf_release(&file);
	}
}

static void
what_has_no_counter_signatures_is_said(void)
{
	const struct pdf_sample sample = { 0 };
	const struct signature_parameters wish = { .format = DOC_PDF };
	struct buf pdf = BUF_INIT(0), file = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct asked a;

	ASSERT_OK(pdf_sample_make(&pdf, &sample, &err), &err);
	asked_sign(&file, &wish, "a.pdf", SPAN_OF(&pdf));
	REFUSED(NULL, SPAN_OF(&file), SPAN_NONE, ERROR_UNSUPPORTED, "SignDocument");
	REFUSED(NULL, span_str("<a/>"), SPAN_NONE, ERROR_NOT_FOUND, "no signature");
	REFUSED(NULL, span_str("text"), SPAN_NONE, ERROR_MALFORMED, "neither");
	asked_begin(&a, OP_COUNTER_SIGN, "x");
	a.req.in.sign.level = DOC_LEVEL_LT;
	EXPECT_REFUSED(&a, SPAN_OF(&file), SPAN_NONE, ERROR_UNSUPPORTED, "ExtendSignature");
	buf_release(&pdf);
	buf_release(&file);
}

static void
the_same_request_gets_the_same_counter_signature(void)
{
	const struct signature_parameters wish = { .packaging = PACKAGING_ENVELOPING };
	struct buf cms = BUF_INIT(0), first = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct asked a;
	int i;

	asked_sign(&cms, &wish, "invoice.txt", span_str(TEXT));
	for (i = 0; i < 3; i++) {
		asked_begin(&a, OP_COUNTER_SIGN, "x");
		a.req.client_request_id = "order 7";
		a.req.in.signature_id = i < 2 ? "signer-1" : NULL;
		if (i == 2) { /* not the same */
			EXPECT_REFUSED(&a, SPAN_OF(&cms), SPAN_NONE, ERROR_CONFLICT, "order 7");
			break;
		}
		ASSERT_OK(asked_serve(&a, SPAN_OF(&cms), SPAN_NONE, &err), &err);
		CU_ASSERT_EQUAL(a.req.is_replay, i);
		CU_ASSERT_STRING_EQUAL(a.req.out.items[0].signature_id, "signer-1.1");
		if (i == 0)
			ASSERT_OK(buf_append_span(&first, asked_document(&a), &err), &err);
		CU_ASSERT(span_equal(SPAN_OF(&first), asked_document(&a)));
		request_release(&a.req);
	}
	buf_release(&cms);
	buf_release(&first);
}

static const struct test tests[] = {
	TEST(a_detached_cms_signature_is_counter_signed_with_and_without_its_document),
	TEST(of_several_signatures_one_must_be_named),
	TEST(an_xml_signature_is_counter_signed_with_a_time_stamp),
	TEST(signatures_in_containers_are_counter_signed),
	TEST(what_has_no_counter_signatures_is_said),
	TEST(the_same_request_gets_the_same_counter_signature), TEST_END
};
const struct suite suite_server_ops_countersign = { "server/ops/countersign", ops_world_stamping,
	ops_world_end, tests };
