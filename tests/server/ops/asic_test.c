/* Containers through the operations: SignDocument, VerifyDocument, TimestampDocument. */
#include <stdio.h>
#include <string.h>

#include "signing/proof/tsp.h"
#include "tests/support/containers.h"
#include "tests/support/ops_world.h"
#include "tests/support/suite.h"

#define TEXT "An invoice over 1,000 euros."

struct asked {
	struct request req;
	struct op_document doc;
};

static int
sign(struct asked *a, const struct signature_parameters *wish, const char *name, struct span body,
    struct error *err)
{
	const struct ops_bodies bodies = { .documents = &body };

	memset(a, 0, sizeof(*a));
	a->doc.name = name;
	ops_request(&a->req, OP_SIGN_DOCUMENT, "acme/erp");
	a->req.in.documents = &a->doc;
	a->req.in.document_count = 1;
	a->req.in.sign = *wish;
	return ops_serve(&a->req, &bodies, err);
}

static struct verified_document *
verify(struct ops_verification *v, struct span document)
{
	struct error err = ERROR_INIT;

	ASSERT_OK(ops_verify(v, "acme/erp", document, SPAN_NONE, &err), &err);
	CU_ASSERT_FATAL(v->req.out.verified_count == 1 && v->req.out.verified[0].is_judged);
	return &v->req.out.verified[0];
}

static void
a_container_names_the_entries_that_are_covered(void)
{
	const struct signature_parameters wish = { .format = DOC_ASICE };
	struct ops_verification v;
	struct verified_document *d;
	struct asked a;
	struct error err = ERROR_INIT;

	ASSERT_OK(sign(&a, &wish, "invoice.txt", span_str(TEXT), &err), &err);
	d = verify(&v, SPAN_OF(&a.req.out.items[0].document));
	CU_ASSERT_EQUAL(d->report.conclusion.indication, INDICATION_TOTAL_PASSED);
	CU_ASSERT_EQUAL(d->result.major, RESULT_SUCCESS);
	CU_ASSERT_EQUAL_FATAL(d->signatures.count, 1);
	CU_ASSERT_EQUAL(d->signatures.items[0].scope, SCOPE_FULL);
	CU_ASSERT_EQUAL_FATAL(d->signatures.items[0].reference_count, 2);
	CU_ASSERT_STRING_EQUAL(
	    d->signatures.items[0].references[0].uri, "META-INF/ASiCManifest001.xml");
	CU_ASSERT_STRING_EQUAL(d->signatures.items[0].references[1].uri, "invoice.txt");
	request_release(&v.req);
	request_release(&a.req);
}

static void
a_container_that_is_signed_again_holds_two_signatures(void)
{
	static const enum doc_format formats[] = { DOC_ASICS, DOC_ASICE };
	size_t i;

	for (i = 0; i < 4; i++) {
		struct signature_parameters wish = { .format = formats[i % 2], .has_xml = i > 1 };
		struct ops_verification v;
		struct verified_document *d;
		struct asked one, two;
		struct error err = ERROR_INIT;

		ASSERT_OK(sign(&one, &wish, "invoice.txt", span_str(TEXT), &err), &err);
		wish.key = "rsa";
		ASSERT_OK(sign(&two, &wish, "invoice.asics",
			      SPAN_OF(&one.req.out.items[0].document), &err),
		    &err);
		d = verify(&v, SPAN_OF(&two.req.out.items[0].document));
		CU_ASSERT_EQUAL(d->report.conclusion.indication, INDICATION_TOTAL_PASSED);
		CU_ASSERT_EQUAL(d->signatures.count, 2);
		request_release(&v.req);
		request_release(&one.req);
		request_release(&two.req);
	}
}

static void
an_entry_that_no_signature_covers_is_a_warning_with_its_name(void)
{
	const struct container_change add = { .rename = "late.txt", .data = "added later" };
	struct buf file = BUF_INIT(0);
	struct ops_verification v;
	struct verified_document *d;

	container_make(&file, ASIC_E, FORMAT_CMS, LEVEL_B, PKI_P256);
	container_change(&file, &add, 1);
	d = verify(&v, SPAN_OF(&file));
	CU_ASSERT_EQUAL(d->report.conclusion.indication, INDICATION_TOTAL_PASSED);
	CU_ASSERT_EQUAL(d->signatures.items[0].scope, SCOPE_PARTIAL);
	CU_ASSERT_EQUAL(d->result.major, RESULT_WARNING);
	CU_ASSERT_PTR_NOT_NULL(strstr(d->result.message, "late.txt"));
	CU_ASSERT_PTR_NULL(strstr(d->result.message, "a.txt"));
	request_release(&v.req);
	buf_release(&file);
}

static void
a_changed_or_missing_entry_never_passes(void)
{
	static const struct container_change changes[] = { { .name = "a.txt", .data = "other" },
		{ .name = "a.txt", .drop = 1 },
		{ .name = "META-INF/ASiCManifest001.xml", .drop = 1 } };
	size_t i;

	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct buf file = BUF_INIT(0);
		struct ops_verification v;
		struct verified_document *d;

		container_make(&file, ASIC_E, FORMAT_CMS, LEVEL_B, PKI_P256);
		container_change(&file, &changes[i], 1);
		d = verify(&v, SPAN_OF(&file));
		CU_ASSERT_EQUAL(d->report.conclusion.indication,
		    i == 0 ? INDICATION_TOTAL_FAILED : INDICATION_INDETERMINATE);
		CU_ASSERT_EQUAL(d->report.conclusion.sub,
		    i == 0 ? SUB_HASH_FAILURE : SUB_SIGNED_DATA_NOT_FOUND);
		CU_ASSERT_EQUAL(d->result.major, RESULT_WARNING);
		request_release(&v.req);
		buf_release(&file);
	}
}

static void
a_container_takes_no_original(void)
{
	struct buf file = BUF_INIT(0);
	struct ops_verification v;
	struct error err = ERROR_INIT;

	container_make(&file, ASIC_S, FORMAT_CMS, LEVEL_B, PKI_P256);
	CU_ASSERT_EQUAL(ops_verify(&v, "acme/erp", SPAN_OF(&file), span_str(TEXT), &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	request_release(&v.req);
	buf_release(&file);
}

static int
stamp(struct asked *a, const char *name, struct error *err)
{
	const struct span body = span_str(TEXT);
	const struct ops_bodies bodies = { .documents = &body };

	memset(a, 0, sizeof(*a));
	a->doc.name = name;
	ops_request(&a->req, OP_TIMESTAMP_DOCUMENT, "acme/erp");
	a->req.in.documents = &a->doc;
	a->req.in.document_count = 1;
	a->req.in.timestamp_format = TIMESTAMP_AS_ASICS;
	return ops_serve(&a->req, &bodies, err);
}

static void
a_document_is_stamped_in_a_container_and_verified(void)
{
	const struct container_change change = { .name = "a.txt", .data = "changed" };
	struct ops_verification v;
	struct verified_document *d;
	struct asked a;
	struct buf changed = BUF_INIT(0);
	struct error err = ERROR_INIT;

	ASSERT_OK(stamp(&a, "a.txt", &err), &err);
	CU_ASSERT_FATAL(a.req.out.item_count == 1 && a.req.out.token.len > 0);
	CU_ASSERT(a.req.out.generation_time >= PKI_NOW);
	d = verify(&v, SPAN_OF(&a.req.out.items[0].document));
	CU_ASSERT_EQUAL(d->signatures.count, 0);
	CU_ASSERT_EQUAL_FATAL(d->timestamp_count, 1);
	CU_ASSERT_EQUAL(d->timestamps[0].conclusion.indication, INDICATION_TOTAL_PASSED);
	CU_ASSERT_EQUAL(d->report.conclusion.indication, INDICATION_TOTAL_PASSED);
	CU_ASSERT_PTR_NOT_NULL(strstr(d->report.conclusion.text, "no signature"));
	request_release(&v.req);
	ASSERT_OK(buf_append_span(&changed, SPAN_OF(&a.req.out.items[0].document), &err), &err);
	container_change(&changed, &change, 1);
	d = verify(&v, SPAN_OF(&changed));
	CU_ASSERT_EQUAL(d->report.conclusion.indication, INDICATION_TOTAL_FAILED);
	CU_ASSERT_EQUAL(d->timestamps[0].imprint_intact, 0);
	request_release(&v.req);
	request_release(&a.req);
	buf_release(&changed);
}

static void
a_name_that_leads_out_of_the_container_is_refused(void)
{
	const struct signature_parameters wish = { .format = DOC_ASICS };
	struct asked a;
	struct error err = ERROR_INIT;

	CU_ASSERT_EQUAL(sign(&a, &wish, "../invoice.txt", span_str(TEXT), &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	request_release(&a.req);
	error_clear(&err);
	/* Without a name it gets one. */
	ASSERT_OK(sign(&a, &wish, NULL, span_str(TEXT), &err), &err);
	request_release(&a.req);
}

/* Not a container, but wrapped alike: a mail. */
static void
a_signed_mail_is_verified_and_a_strange_sender_told(void)
{
	static const char head[] = "From: eve@example.org\nMIME-Version: 1.0\n"
				   "Content-Type: application/pkcs7-mime; smime-type=signed-data\n"
				   "Content-Transfer-Encoding: base64\n\n";
	const struct signature_parameters wish = { .format = DOC_CMS,
		.packaging = PACKAGING_ENVELOPING };
	struct ops_verification v;
	struct verified_document *d;
	struct asked a;
	struct buf file = BUF_INIT(0);
	struct error err = ERROR_INIT;

	ASSERT_OK(
	    sign(&a, &wish, "mail", span_str("Content-Type: text/plain\r\n\r\nHello"), &err), &err);
	ASSERT_OK(buf_append_str(&file, head, &err), &err);
	ASSERT_OK(text_base64(&file, SPAN_OF(&a.req.out.items[0].document), 64, &err), &err);
	d = verify(&v, SPAN_OF(&file));
	CU_ASSERT_EQUAL(d->report.conclusion.indication, INDICATION_TOTAL_PASSED);
	CU_ASSERT_EQUAL_FATAL(d->signatures.count, 1);
	CU_ASSERT_EQUAL(d->signatures.items[0].scope, SCOPE_FULL);
	CU_ASSERT_EQUAL(d->result.major, RESULT_WARNING);
	CU_ASSERT_PTR_NOT_NULL(strstr(d->result.message, "From"));
	request_release(&v.req);
	request_release(&a.req);
	buf_release(&file);
}

static const struct test tests[] = { TEST(a_container_names_the_entries_that_are_covered),
	TEST(a_container_that_is_signed_again_holds_two_signatures),
	TEST(an_entry_that_no_signature_covers_is_a_warning_with_its_name),
	TEST(a_changed_or_missing_entry_never_passes), TEST(a_container_takes_no_original),
	TEST(a_document_is_stamped_in_a_container_and_verified),
	TEST(a_name_that_leads_out_of_the_container_is_refused),
	TEST(a_signed_mail_is_verified_and_a_strange_sender_told), TEST_END };
const struct suite suite_server_ops_asic = { "server/ops/asic", ops_world_stamping, ops_world_end,
	tests };
