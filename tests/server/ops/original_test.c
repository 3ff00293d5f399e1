/* GetOriginalDocument: exactly what was signed, of each format, and only of what is intact. */
#include <stdio.h>
#include <string.h>

#include "tests/support/asked.h"
#include "tests/support/containers.h"
#include "tests/support/pdf_samples.h"
#include "tests/support/suite.h"

#define TEXT "An invoice over 1,000 euros."

static struct buf enveloping, detached, xml, pdf, pdf_once, pdf_twice;

static int
setup(void)
{
	const struct pdf_sample sample = { 0 };
	struct error err = ERROR_INIT;

	if (ops_world_make() != 0)
		return -1;
	ops_tenant("acme", NULL, 0);
	return pdf_sample_make(&pdf, &sample, &err);
}

static int
teardown(void)
{
	struct buf *const all[] = { &enveloping, &detached, &xml, &pdf, &pdf_once, &pdf_twice };
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		buf_release(all[i]);
	return ops_world_end();
}

/* Ask for it; the request is released by the test. */
static const struct original *
originals(struct asked *a, const char *name, const char *id, struct span document, size_t count)
{
	struct error err = ERROR_INIT;

	asked_begin(a, OP_GET_ORIGINAL_DOCUMENT, name);
	a->req.in.signature_id = id;
	ASSERT_OK(asked_serve(a, document, SPAN_NONE, &err), &err);
	CU_ASSERT_EQUAL_FATAL(a->req.out.original_count, count);
	return a->req.out.originals;
}

static void
refused(int line, const char *id, struct span document, enum error_kind kind, const char *words)
{
	struct asked a;

	asked_begin(&a, OP_GET_ORIGINAL_DOCUMENT, "x");
	a.req.in.signature_id = id;
	asked_refused(line, &a, document, SPAN_NONE, kind, words);
}
#define REFUSED(id, document, kind, words) refused(__LINE__, (id), (document), (kind), (words))

static int
is(const struct original *o, const char *name, struct span content)
{
	return (name == NULL ? o->name == NULL : o->name != NULL && strcmp(o->name, name) == 0) &&
	       span_equal(SPAN_OF(&o->content), content);
}

/* The document with a byte of `what` changed. */
static struct buf
tampered(const struct buf *document, const char *what)
{
	struct buf copy = BUF_INIT(0);
	struct error err = ERROR_INIT;
	unsigned char *at;

	ASSERT_OK(buf_append_span(&copy, SPAN_OF(document), &err), &err);
	at = memmem(copy.data, copy.len, what, strlen(what));
	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	*at ^= 1;
	return copy;
}

static void
a_cms_signature_gives_its_content_and_a_changed_one_nothing(void)
{
	const struct signature_parameters wish = { .packaging = PACKAGING_ENVELOPING };
	const struct original *o;
	struct buf bad;
	struct asked a;

	asked_sign(&enveloping, &wish, "invoice.txt", span_str(TEXT));
	o = originals(&a, "invoice.txt.p7m", NULL, SPAN_OF(&enveloping), 1);
	CU_ASSERT(is(o, "invoice.txt", span_str(TEXT)));
	request_release(&a.req);
	o = originals(&a, NULL, "signer-1", SPAN_OF(&enveloping), 1);
	CU_ASSERT(is(o, NULL, span_str(TEXT)));
	request_release(&a.req);
	bad = tampered(&enveloping, "invoice over");
	REFUSED(NULL, SPAN_OF(&bad), ERROR_CONFLICT, "signer-1 is broken");
	buf_release(&bad);
	REFUSED("signer-2", SPAN_OF(&enveloping), ERROR_NOT_FOUND, "there is: signer-1");
}

static void
an_empty_content_is_an_original_too(void)
{
	const struct signature_parameters wish = { .packaging = PACKAGING_ENVELOPING };
	struct buf empty = BUF_INIT(0);
	struct asked a;

	asked_sign(&empty, &wish, "none", span_str(""));
	CU_ASSERT(is(originals(&a, NULL, NULL, SPAN_OF(&empty), 1), NULL, SPAN_NONE));
	request_release(&a.req);
	buf_release(&empty);
}

static void
a_detached_signature_says_that_it_holds_nothing(void)
{
	const struct signature_parameters wish = { 0 };

	asked_sign(&detached, &wish, "invoice.txt", span_str(TEXT));
	REFUSED(NULL, SPAN_OF(&detached), ERROR_NOT_FOUND, "not in the document");
	REFUSED(NULL, span_str("<a/>"), ERROR_NOT_FOUND, "no signature");
	REFUSED(NULL, SPAN_OF(&pdf), ERROR_NOT_FOUND, "no signature");
	REFUSED(NULL, span_str("just text"), ERROR_MALFORMED, "neither a PDF nor XML");
}

static void
of_xml_the_octets_come_that_were_digested(void)
{
	const struct signature_parameters wish = { .format = DOC_XML };
	const struct original *o;
	struct buf bad;
	struct asked a;

	asked_sign(&xml, &wish, "order.xml", span_str("<a  z='1' b=\"2\"><b/></a>"));
	o = originals(&a, "order.xml", NULL, SPAN_OF(&xml), 1);
	CU_ASSERT(is(o, "order.xml", span_str("<a b=\"2\" z=\"1\"><b></b></a>")));
	CU_ASSERT_STRING_EQUAL(o->mime_type, "application/xml");
	request_release(&a.req);
	bad = tampered(&xml, "1' b");
	REFUSED(NULL, SPAN_OF(&bad), ERROR_CONFLICT, "is broken");
	buf_release(&bad);
}

static void
of_a_pdf_the_revision_comes_that_the_signature_covers(void)
{
	const struct signature_parameters wish = { .format = DOC_PDF };
	const struct original *o;
	struct buf bad;
	struct asked a;

	asked_sign(&pdf_once, &wish, "a.pdf", SPAN_OF(&pdf));
	asked_sign(&pdf_twice, &wish, "a.pdf", SPAN_OF(&pdf_once));
	o = originals(&a, "a.pdf", "Signature1", SPAN_OF(&pdf_twice), 1);
	CU_ASSERT(is(o, "a.pdf", SPAN_OF(&pdf_once)));
	CU_ASSERT_STRING_EQUAL(o->mime_type, "application/pdf");
	request_release(&a.req);
	o = originals(&a, NULL, "Signature2", SPAN_OF(&pdf_twice), 1);
	CU_ASSERT(is(o, NULL, SPAN_OF(&pdf_twice)));
	request_release(&a.req);
	REFUSED(NULL, SPAN_OF(&pdf_twice), ERROR_MALFORMED, "Signature1, Signature2");
	REFUSED("Signature3", SPAN_OF(&pdf_twice), ERROR_NOT_FOUND, "Signature3");
	bad = tampered(&pdf_once, "/MediaBox");
	REFUSED(NULL, SPAN_OF(&bad), ERROR_CONFLICT, "is broken");
	buf_release(&bad);
}

static void
of_a_container_the_entries_come_that_are_covered(void)
{
	static const enum format families[] = { FORMAT_CMS, FORMAT_XML };
	const struct document *docs = container_documents();
	const struct container_change late = { .rename = "late.txt", .data = "added later" },
				      other = { .name = "a.txt", .data = "other" };
	size_t i;

	for (i = 0; i < 4; i++) {
		const enum asic_type type = i < 2 ? ASIC_E : ASIC_S;
		struct buf file = BUF_INIT(0);
		const struct original *o;
		struct asked a;

		container_make(&file, type, families[i % 2], LEVEL_B, PKI_P256);
		if (type == ASIC_E)
			container_change(&file, &late, 1);
		o = originals(&a, "x.asice", NULL, SPAN_OF(&file), type == ASIC_E ? 2 : 1);
		CU_ASSERT(is(&o[0], docs[0].name, docs[0].content));
		if (type == ASIC_E)
			CU_ASSERT(is(&o[1], docs[1].name, docs[1].content));
		request_release(&a.req);
		container_change(&file, &other, 1);
		REFUSED(NULL, SPAN_OF(&file), ERROR_CONFLICT, "is broken");
		buf_release(&file);
	}
}

/* Each reader keeps a document once, whoever of several signs it. */
static void
of_several_signers_each_gives_the_same(void)
{
	static const enum doc_format formats[] = { DOC_ASICS, DOC_ASICE };
	size_t i;

	for (i = 0; i < 4; i++) {
		struct signature_parameters wish = { .format = formats[i % 2], .has_xml = i > 1 };
		struct buf once = BUF_INIT(0), twice = BUF_INIT(0);
		struct ops_verification v;
		struct error err = ERROR_INIT;
		struct asked a;
		size_t k;

		asked_sign(&once, &wish, "invoice.txt", span_str(TEXT));
		wish.key = "rsa";
		asked_sign(&twice, &wish, "x.asice", SPAN_OF(&once));
		ASSERT_OK(ops_verify(&v, "acme/erp", SPAN_OF(&twice), SPAN_NONE, &err), &err);
		CU_ASSERT_EQUAL_FATAL(v.req.out.verified[0].signatures.count, 2);
		for (k = 0; k < 2; k++) {
			const char *id = v.req.out.verified[0].signatures.items[k].id;

			CU_ASSERT(is(originals(&a, NULL, id, SPAN_OF(&twice), 1), "invoice.txt",
			    span_str(TEXT)));
			request_release(&a.req);
		}
		request_release(&v.req);
		buf_release(&once);
		buf_release(&twice);
	}
}

static void
of_a_mail_the_signed_part_comes(void)
{
	static const char head[] = "From: eve@example.org\nMIME-Version: 1.0\n"
				   "Content-Type: application/pkcs7-mime; smime-type=signed-data\n"
				   "Content-Transfer-Encoding: base64\n\n";
	static const char part[] = "Content-Type: text/plain\r\n\r\nHello";
	const struct signature_parameters wish = { .packaging = PACKAGING_ENVELOPING };
	struct buf file = BUF_INIT(0), cms = BUF_INIT(0);
	struct error err = ERROR_INIT;
	const struct original *o;
	struct asked a;

	asked_sign(&cms, &wish, "mail", span_str(part));
	ASSERT_OK(buf_append_str(&file, head, &err), &err);
	ASSERT_OK(text_base64(&file, SPAN_OF(&cms), 64, &err), &err);
	o = originals(&a, "m.eml", NULL, SPAN_OF(&file), 1);
	CU_ASSERT(span_equal(SPAN_OF(&o->content), span_str(part)));
	request_release(&a.req);
	buf_release(&file);
	buf_release(&cms);
}

static const struct test tests[] = {
	TEST(a_cms_signature_gives_its_content_and_a_changed_one_nothing),
	TEST(an_empty_content_is_an_original_too),
	TEST(a_detached_signature_says_that_it_holds_nothing),
	TEST(of_xml_the_octets_come_that_were_digested),
	TEST(of_a_pdf_the_revision_comes_that_the_signature_covers),
	TEST(of_a_container_the_entries_come_that_are_covered),
	TEST(of_several_signers_each_gives_the_same), TEST(of_a_mail_the_signed_part_comes),
	TEST_END
};
const struct suite suite_server_ops_original = { "server/ops/original", setup, teardown, tests };
