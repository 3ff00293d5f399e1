#include "signing/format/pdf/pdf_read.h"

#include <openssl/cms.h>
#include <openssl/ts.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <zlib.h>

#include "signing/core/ossl.h"
#include "signing/format/cms/cms_sign.h"
#include "signing/format/cms/maker.h"
#include "signing/format/pdf/pdf_sign.h"
#include "signing/format/pdf/range.h"
#include "signing/format/pdf/update.h"
#include "tests/support/pdf_samples.h"
#include "tests/support/signers.h"
#include "tests/support/suite.h"

static struct test_signer rsa, tsa;
static struct buf signed_pdf; /* one invisible signature */
static const struct sign_options level_b = { .signing_time = TEST_TIME, .claim_time = 1 };

static int
setup(void)
{
	struct error err = ERROR_INIT;
	struct buf pdf = BUF_INIT(0);
	int rc;

	if (test_signer_make(&rsa, "RSA-2048", NULL) != 0 ||
	    test_signer_make(&tsa, "P-256", "critical,timeStamping") != 0)
		return 1;
	rc = pdf_sample_make(&pdf, &pdf_sample_field, &err) != 0 ||
	     pdf_sign(&signed_pdf, SPAN_OF(&pdf), &rsa.key, &level_b, NULL, &err) != 0;
	buf_release(&pdf);
	return rc;
}

static int
teardown(void)
{
	test_signer_free(&rsa);
	test_signer_free(&tsa);
	buf_release(&signed_pdf);
	return 0;
}

static int
is_intact(const struct signature *sig)
{
	return sig->value_intact && sig->references_intact && sig->failure == SUB_NONE;
}

/* How many signatures of the bytes are intact over the whole of them. */
static int
count_full(struct span pdf)
{
	struct signatures list = { 0 };
	struct error err = ERROR_INIT;
	int n = 0;
	size_t i;

	if (pdf_read(&list, pdf, NULL, &err) == 0)
		for (i = 0; i < list.count; i++)
			n += is_intact(&list.items[i]) && list.items[i].scope == SCOPE_FULL;
	signatures_release(&list);
	return n;
}

/* The only signature of the bytes; released by the caller with the list. */
static const struct signature *
only(struct signatures *list, struct span pdf)
{
	struct error err = ERROR_INIT;

	ASSERT_OK(pdf_read(list, pdf, NULL, &err), &err);
	CU_ASSERT_EQUAL_FATAL(list->count, 1);
	return &list->items[0];
}

static void
copy_signed(struct buf *out)
{
	struct error err = ERROR_INIT;

	ASSERT_OK(buf_append_span(out, SPAN_OF(&signed_pdf), &err), &err);
}

static void
no_flipped_byte_goes_unseen(void)
{
	struct buf pdf = BUF_INIT(0);
	size_t i, gap, end;

	copy_signed(&pdf);
	CU_ASSERT_EQUAL_FATAL(count_full(SPAN_OF(&pdf)), 1);
	gap = pdf_sample_find(SPAN_OF(&pdf), "/Contents <", 0) + strlen("/Contents <");
	end = pdf_sample_find(SPAN_OF(&pdf), ">", gap);
	for (i = 0; i < pdf.len; i++) {
		/* Of the value itself, which the tests of CMS flip through, a sample will do. */
		if (i > gap + 40 && i + 16 < end && i % 97 != 0)
			continue;
		pdf.data[i] ^= 1;
		CU_ASSERT_EQUAL(count_full(SPAN_OF(&pdf)), 0);
		if (count_full(SPAN_OF(&pdf)) != 0)
			fprintf(stderr, "byte %zu, gap %zu\n", i, gap);
		pdf.data[i] ^= 1;
	}
	for (i = 0; i < pdf.len; i += 61)
		CU_ASSERT_EQUAL(count_full((struct span){ pdf.data, i }), 0);
	buf_release(&pdf);
}

static void
a_changed_byte_is_a_broken_digest_and_a_changed_value_a_broken_signature(void)
{
	struct signatures list = { 0 };
	struct buf pdf = BUF_INIT(0);
	const struct signature *sig;
	size_t at;

	copy_signed(&pdf);
	at = pdf_sample_find(SPAN_OF(&pdf), "72 72 200", 0);
	pdf.data[at] = '8';
	sig = only(&list, SPAN_OF(&pdf));
	CU_ASSERT(sig->value_intact && !sig->references_intact);
	CU_ASSERT_EQUAL(sig->failure, SUB_HASH_FAILURE);
	CU_ASSERT_EQUAL(sig->reference_count, 1);
	CU_ASSERT(!sig->references[0].intact && sig->references[0].found);
	signatures_release(&list);
	buf_release(&pdf);
}

static void
what_is_appended_is_not_covered(void)
{
	struct signatures list = { 0 };
	struct buf pdf = BUF_INIT(0);
	struct error err = ERROR_INIT;
	const struct signature *sig;

	copy_signed(&pdf);
	ASSERT_OK(buf_append_str(&pdf, "% nothing\n", &err), &err);
	sig = only(&list, SPAN_OF(&pdf));
	CU_ASSERT(is_intact(sig));
	CU_ASSERT_EQUAL(sig->scope, SCOPE_PARTIAL);
	CU_ASSERT_EQUAL(sig->references[0].scope, SCOPE_PARTIAL);
	CU_ASSERT_EQUAL(sig->revision_is_last, 0);
	signatures_release(&list);
	buf_release(&pdf);
}

/* Write other text, of the same length, over what stands between the brackets of /ByteRange. */
static void set_range(struct buf *pdf, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void
set_range(struct buf *pdf, const char *fmt, ...)
{
	size_t at = pdf_sample_find(SPAN_OF(pdf), "/ByteRange [", 0) + strlen("/ByteRange [");
	size_t end = pdf_sample_find(SPAN_OF(pdf), "]", at);
	char text[64];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	CU_ASSERT_FATAL(n > 0 && (size_t)n <= end - at);
	memset(pdf->data + at, ' ', end - at);
	memcpy(pdf->data + at, text, (size_t)n);
}

static void
a_byte_range_that_is_not_what_it_must_be_is_a_format_failure(void)
{
	static const struct {
		int first, start, gap_end, length; /* added to what is right */
	} faults[] = { { 1, 0, 0, 0 }, { 0, 1, 0, 0 }, { 0, -1, 0, 0 }, { 0, 0, 1, -1 },
		{ 0, 0, -1, 1 }, { 0, 0, 0, 1 }, { 0, 0, 0, -10 }, { 0, 400, 0, 0 },
		{ 0, 0, -19000, 19000 }, { 0, 0, 0, 2000000000 } };
	static const char *const texts[] = { "", "0 1 2", "0 1 2 3 4", "0 10 5 900",
		"0 9223372036854775807", "0 0 0 0", "/a /b /c /d", "0 -1 5 7", "0.0 10 20 30",
		"null" };
	struct signatures list = { 0 };
	uint64_t right[4];
	struct buf pdf = BUF_INIT(0);
	const struct signature *sig;
	size_t i;

	sig = only(&list, SPAN_OF(&signed_pdf));
	memcpy(right, sig->byte_range, sizeof(right));
	signatures_release(&list);
	for (i = 0; i < sizeof(faults) / sizeof(faults[0]) + sizeof(texts) / sizeof(texts[0]);
	     i++) {
		size_t t = i - sizeof(faults) / sizeof(faults[0]);

		pdf.len = 0;
		copy_signed(&pdf);
		if (i < sizeof(faults) / sizeof(faults[0]))
			set_range(&pdf, "%d %lld %lld %lld", faults[i].first,
			    (long long)right[1] + faults[i].start,
			    (long long)right[2] + faults[i].gap_end,
			    (long long)right[3] + faults[i].length);
		else
			set_range(&pdf, "%s ", texts[t]);
		sig = only(&list, SPAN_OF(&pdf));
		CU_ASSERT(!sig->references_intact);
		CU_ASSERT_EQUAL(sig->failure, SUB_FORMAT_FAILURE);
		CU_ASSERT(sig->failure_text[0] != '\0');
		CU_ASSERT_EQUAL(sig->scope, SCOPE_PARTIAL);
		signatures_release(&list);
	}
	pdf.len = 0;
	copy_signed(&pdf);
	set_range(&pdf, "0 99999999999999999999 2 2"); /* no number that a PDF may hold */
	CU_ASSERT_EQUAL(count_full(SPAN_OF(&pdf)), 0);
	pdf.len = 0;
	copy_signed(&pdf);
	set_range(&pdf, "0 %llu %llu %llu", (unsigned long long)right[1],
	    (unsigned long long)right[2], (unsigned long long)right[3] - 1);
	sig = only(&list, SPAN_OF(&pdf)); /* a whole revision, but not what was signed */
	CU_ASSERT_EQUAL(sig->failure, SUB_HASH_FAILURE);
	CU_ASSERT(!sig->references_intact);
	signatures_release(&list);
	buf_release(&pdf);
}

static void
data_behind_the_value_and_other_characters_in_the_gap_are_refused(void)
{
	static const char *const fill[] = { "1", " ", ">", "x" };
	struct signatures list = { 0 };
	struct buf pdf = BUF_INIT(0);
	const struct signature *sig;
	size_t i, end;

	for (i = 0; i < sizeof(fill) / sizeof(fill[0]); i++) {
		pdf.len = 0;
		copy_signed(&pdf);
		end = pdf_sample_find(
		    SPAN_OF(&pdf), ">", pdf_sample_find(SPAN_OF(&pdf), "/Contents <", 0));
		pdf.data[end - 1] = (unsigned char)fill[i][0];
		if (i >= 2) { /* not even a PDF string any more: an error, or a broken one */
			CU_ASSERT_EQUAL(count_full(SPAN_OF(&pdf)), 0);
			continue;
		}
		sig = only(&list, SPAN_OF(&pdf));
		CU_ASSERT_EQUAL(sig->failure, SUB_FORMAT_FAILURE);
		signatures_release(&list);
	}
	buf_release(&pdf);
}

/* What stands behind the value is nobody's; the bytes of the range are the signed ones all the
 * same. */
static void
data_behind_the_value_may_be_noted(void)
{
	const struct pdf_read_options options = { .tolerate =
						      DEVIATION_BIT(DEVIATION_CONTENTS_PADDING) };
	struct signatures list = { 0 };
	struct error err = ERROR_INIT;
	struct buf pdf = BUF_INIT(0);
	size_t end;

	copy_signed(&pdf);
	end = pdf_sample_find(SPAN_OF(&pdf), ">", pdf_sample_find(SPAN_OF(&pdf), "/Contents <", 0));
	pdf.data[end - 1] = '1';
	ASSERT_OK(pdf_read(&list, SPAN_OF(&pdf), NULL, &err), &err);
	CU_ASSERT(list.items[0].value_intact && list.items[0].references_intact);
	CU_ASSERT_EQUAL(list.items[0].failure, SUB_FORMAT_FAILURE);
	CU_ASSERT_EQUAL(list.items[0].scope, SCOPE_PARTIAL);
	CU_ASSERT_EQUAL(list.items[0].deviations, 0);
	signatures_release(&list);
	ASSERT_OK(pdf_read(&list, SPAN_OF(&pdf), &options, &err), &err);
	CU_ASSERT(is_intact(&list.items[0]));
	CU_ASSERT_EQUAL(list.items[0].scope, SCOPE_FULL);
	CU_ASSERT_EQUAL(list.items[0].deviations, options.tolerate);
	signatures_release(&list);
	pdf.data[20] ^= 1; /* within the range */
	ASSERT_OK(pdf_read(&list, SPAN_OF(&pdf), &options, &err), &err);
	CU_ASSERT(!list.items[0].references_intact && !is_intact(&list.items[0]));
	signatures_release(&list);
	buf_release(&pdf);
}

/* ---- later revisions, made with the parts that sign too ---- */

/* The number of the object that holds the text, or 0. */
static unsigned int
object_with(struct span document, const char *text)
{
	size_t at = pdf_sample_find(document, text, 0);
	unsigned int number = 0;

	if (at == document.len)
		return 0;
	while (memcmp(document.data + at, " 0 obj", 6) != 0)
		at--;
	while (document.data[at - 1] != '\n')
		at--;
	sscanf((const char *)document.data + at, "%u", &number);
	return number;
}

struct revision {
	struct pdf_doc *doc;
	struct pdf_update up;
	struct buf out;
};

static void
revision_begin(struct revision *r, struct span document)
{
	struct error err = ERROR_INIT;

	memset(r, 0, sizeof(*r));
	ASSERT_OK(pdf_open(&r->doc, document, NULL, NULL, &err), &err);
	ASSERT_OK(pdf_update_begin(&r->up, r->doc, &r->out, &err), &err);
}

static void
revision_object(struct revision *r, uint32_t number, const char *text)
{
	struct error err = ERROR_INIT;

	ASSERT_OK(pdf_update_object(&r->up, number, 0, &err), &err);
	ASSERT_OK(buf_append_str(&r->out, text, &err), &err);
	ASSERT_OK(pdf_update_object_end(&r->up, &err), &err);
}

static void
revision_end(struct revision *r)
{
	struct error err = ERROR_INIT;

	ASSERT_OK(pdf_update_finish(&r->up, &err), &err);
	pdf_update_release(&r->up);
	pdf_close(r->doc);
}

static void
a_value_that_a_later_revision_lends_to_another_field_is_not_intact(void)
{
	struct signatures list = { 0 };
	struct error err = ERROR_INIT;
	struct revision r;
	char field[100];
	size_t i, stolen = 0;

	snprintf(field, sizeof(field), "<</FT /Sig /T (Approval) /V %u 0 R>>",
	    object_with(SPAN_OF(&signed_pdf), "/ByteRange"));
	revision_begin(&r, SPAN_OF(&signed_pdf));
	revision_object(&r, 6, field);
	revision_end(&r);
	ASSERT_OK(pdf_read(&list, SPAN_OF(&r.out), NULL, &err), &err);
	CU_ASSERT_EQUAL(list.count, 2);
	for (i = 0; i < list.count; i++) {
		CU_ASSERT_EQUAL(list.items[i].scope, SCOPE_PARTIAL);
		if (strcmp(list.items[i].id, "Approval") != 0)
			continue;
		stolen++;
		CU_ASSERT(!is_intact(&list.items[i]));
		CU_ASSERT_EQUAL(list.items[i].failure, SUB_FORMAT_FAILURE);
	}
	CU_ASSERT_EQUAL(stolen, 1);
	signatures_release(&list);
	buf_release(&r.out);
}

static void
a_later_table_that_leads_to_other_objects_breaks_the_signature(void)
{
	struct signatures list = { 0 };
	const struct signature *sig;
	struct revision r;
	size_t at;

	revision_begin(&r, SPAN_OF(&signed_pdf));
	revision_object(&r, 5, "<</Length 0>>\nstream\n\nendstream");
	revision_end(&r);
	sig = only(&list, SPAN_OF(&r.out));
	CU_ASSERT(is_intact(sig) && sig->scope == SCOPE_PARTIAL);
	signatures_release(&list);
	at = pdf_sample_find(SPAN_OF(&r.out), "\n5 0 obj", signed_pdf.len - 1);
	r.out.data[at + 1] = '4';
	sig = only(&list, SPAN_OF(&r.out));
	/* The bytes of the range are what was signed; the document is not. */
	CU_ASSERT(!is_intact(sig) && sig->references_intact && sig->scope == SCOPE_PARTIAL);
	CU_ASSERT_EQUAL(sig->change_class, CHANGE_OTHER);
	CU_ASSERT_EQUAL(sig->failure, SUB_FORMAT_FAILURE);
	signatures_release(&list);
	buf_release(&r.out);
}

/* ---- other kinds of values ---- */

#define VALUE_ROOM 4096

/*
 * Append a revision with a new field of that name, whose value is a dictionary with these keys, a
 * byte range over the whole file, and what `make` gives for the range's digests.
 */
static const char *catalog_more = "";
static void
append_value(struct buf *out, struct span document, const char *dict, const char *name,
    void (*make)(struct buf *value, const struct digest_values *digests))
{
	struct error err = ERROR_INIT;
	struct pdf_range range = { { 0 }, 0 };
	struct digest_values digests;
	struct buf text = BUF_INIT(0), value = BUF_INIT(0);
	unsigned int old = object_with(document, "/T (Signature1)");
	struct revision r;
	uint32_t number, field;
	char line[200];
	size_t i, at;

	revision_begin(&r, document);
	number = pdf_update_number(&r.up);
	field = pdf_update_number(&r.up);
	buf_printf(&text, &err, "<<%s /ByteRange [0 %30s] /Contents <", dict, "");
	for (i = 0; i < VALUE_ROOM; i++)
		ASSERT_OK(buf_append_str(&text, "00", &err), &err);
	ASSERT_OK(buf_append_str(&text, ">>>", &err), &err);
	ASSERT_OK(buf_terminate(&text, &err), &err);
	revision_object(&r, number, (const char *)text.data);
	snprintf(line, sizeof(line), "<</FT /Sig /T (%s) /V %u 0 R>>", name, number);
	revision_object(&r, field, line);
	snprintf(line, sizeof(line),
	    "<</Type /Catalog /Pages 2 0 R /AcroForm <</Fields [%u 0 R %u 0 R]>>%s>>",
	    old != 0 ? old : field, field, catalog_more);
	revision_object(&r, 1, line);
	revision_end(&r);

	at = pdf_sample_find(SPAN_OF(&r.out), "/Contents <", document.len) + strlen("/Contents ");
	range.at[1] = at;
	range.at[2] = at + 2 * VALUE_ROOM + 2;
	range.at[3] = r.out.len - range.at[2];
	at = pdf_sample_find(SPAN_OF(&r.out), "/ByteRange [0 ", document.len) +
	     strlen("/ByteRange [0 ");
	snprintf(line, sizeof(line), "%llu %llu %llu", (unsigned long long)range.at[1],
	    (unsigned long long)range.at[2], (unsigned long long)range.at[3]);
	memcpy(r.out.data + at, line, strlen(line));
	ASSERT_OK(pdf_range_digest(&range, SPAN_OF(&r.out),
		      DIGEST_BIT(DIGEST_SHA1) | DIGEST_BIT(DIGEST_SHA256), &digests, &err),
	    &err);
	make(&value, &digests);
	CU_ASSERT_FATAL(value.len <= VALUE_ROOM);
	for (i = 0; i < value.len; i++) {
		snprintf(line, sizeof(line), "%02X", value.data[i]);
		memcpy(r.out.data + range.at[1] + 1 + 2 * i, line, 2);
	}
	ASSERT_OK(buf_append_span(out, SPAN_OF(&r.out), &err), &err);
	buf_release(&r.out);
	buf_release(&text);
	buf_release(&value);
}

/* The SHA-1 of the range as attached content, signed by libcrypto; `wrong` spoils the content. */
static int wrong;
static void
make_sha1_value(struct buf *value, const struct digest_values *digests)
{
	struct error err = ERROR_INIT;
	unsigned char content[20], *der = NULL;
	CMS_ContentInfo *cms;
	BIO *in;
	int len;

	memcpy(content, digests->value[DIGEST_SHA1], 20);
	content[7] ^= (unsigned char)wrong;
	in = BIO_new_mem_buf(content, 20);
	cms = CMS_sign(rsa.key.cert, rsa.key.pkey, NULL, in, CMS_BINARY | CMS_NOSMIMECAP);
	CU_ASSERT_PTR_NOT_NULL_FATAL(cms);
	len = i2d_CMS_ContentInfo(cms, &der);
	CU_ASSERT_FATAL(len > 0);
	ASSERT_OK(buf_append(value, der, (size_t)len, &err), &err);
	OPENSSL_free(der);
	CMS_ContentInfo_free(cms);
	BIO_free(in);
}

static void
old_signatures_over_a_sha1_digest_are_read(void)
{
	struct pdf_sample sample = { 0 };
	struct error err = ERROR_INIT;
	struct buf in = BUF_INIT(0), out = BUF_INIT(0);
	struct signatures list = { 0 };
	const struct signature *sig;

	sample.objects = pdf_sample_field.objects;
	ASSERT_OK(pdf_sample_make(&in, &sample, &err), &err);
	wrong = 0;
	append_value(&out, SPAN_OF(&in),
	    "/Type /Sig /Filter /Adobe.PPKLite /SubFilter /adbe.pkcs7.sha1", "Old",
	    make_sha1_value);
	sig = only(&list, SPAN_OF(&out));
	CU_ASSERT(is_intact(sig) && sig->scope == SCOPE_FULL && !sig->baseline);
	signatures_release(&list);
	out.len = 0;
	wrong = 1; /* signed all right, but another digest */
	append_value(&out, SPAN_OF(&in),
	    "/Type /Sig /Filter /Adobe.PPKLite /SubFilter /adbe.pkcs7.sha1", "Old",
	    make_sha1_value);
	sig = only(&list, SPAN_OF(&out));
	CU_ASSERT(sig->value_intact && !sig->references_intact);
	CU_ASSERT_EQUAL(sig->failure, SUB_HASH_FAILURE);
	signatures_release(&list);
	out.len = 0;
	append_value(&out, SPAN_OF(&in), "/Type /Sig /SubFilter /adbe.x509.rsa_sha1", "Odd",
	    make_sha1_value);
	sig = only(&list, SPAN_OF(&out));
	CU_ASSERT(!sig->references_intact);
	CU_ASSERT_EQUAL(sig->failure, SUB_FORMAT_FAILURE);
	signatures_release(&list);
	buf_release(&in);
	buf_release(&out);
}

/* A value that signs content that it holds: none of it, or some. */
static void
make_attached_value(struct buf *value, const struct digest_values *digests)
{
	struct sign_options options = level_b;
	struct error err = ERROR_INIT;
	struct document doc = { .has_content = 1, .content = span_str(wrong ? "order" : "") };

	(void)digests;
	options.packaging = PACKAGING_ENVELOPING;
	ASSERT_OK(cms_sign(value, &doc, CMS_PROFILE_CADES, &rsa.key, &options, &err), &err);
}

/* No data may be encapsulated in the value, be they empty. */
static void
a_value_with_content_of_its_own_is_no_signature_over_the_document(void)
{
	struct pdf_sample sample = { .objects = pdf_sample_field.objects };
	struct error err = ERROR_INIT;
	struct buf in = BUF_INIT(0), out = BUF_INIT(0);
	const struct signature *sig;

	ASSERT_OK(pdf_sample_make(&in, &sample, &err), &err);
	for (wrong = 0; wrong < 2; wrong++) {
		struct signatures list = { 0 };

		out.len = 0;
		append_value(&out, SPAN_OF(&in),
		    "/Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached", "Odd",
		    make_attached_value);
		sig = only(&list, SPAN_OF(&out));
		CU_ASSERT(!sig->references_intact && sig->value_intact);
		CU_ASSERT_EQUAL(sig->failure, SUB_FORMAT_FAILURE);
		CU_ASSERT_PTR_NOT_NULL(strstr(sig->failure_text, "content of its own"));
		CU_ASSERT_EQUAL(sig->level, ADES_BASIC);
		CU_ASSERT_PTR_NOT_NULL_FATAL(sig->signer);
		CU_ASSERT_EQUAL(X509_cmp(sig->signer, rsa.key.cert), 0);
		signatures_release(&list);
	}
	buf_release(&in);
	buf_release(&out);
}

/* Over the range, without any certificate; `wrong`: by another key than the store's. */
static void
make_value_without_certificate(struct buf *value, const struct digest_values *digests)
{
	const struct test_signer *by = wrong ? &tsa : &rsa;
	const struct document doc = { .digests = digests };
	struct error err = ERROR_INIT;
	DER_CMS *cms;

	ASSERT_OK(cms_sign(value, &doc, CMS_PROFILE_PADES, &by->key, &level_b, &err), &err);
	cms = maker_read(value, &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(cms);
	sk_ASN1_TYPE_pop_free(cms->data->certificates, ASN1_TYPE_free);
	cms->data->certificates = NULL;
	ASSERT_OK(maker_replace(value, cms, &err), &err);
	DER_CMS_free(cms);
}

/* The store tells who it is that the signed attributes name: he is identified, by his key alone. */
static void
a_signer_whose_certificate_is_in_the_store_alone_is_identified(void)
{
	struct error err = ERROR_INIT;
	struct buf in = BUF_INIT(0), out = BUF_INIT(0), stream = BUF_INIT(0);
	const char *objects[2] = { NULL, NULL };
	struct pdf_sample sample = { .objects = objects };
	unsigned char *der = NULL;
	int i, len = i2d_X509(rsa.key.cert, &der);
	const struct signature *sig;

	ASSERT_OK(buf_printf(&stream, &err, "<</Length %d /Filter /ASCIIHexDecode>>\nstream\n",
		      2 * len + 1),
	    &err);
	for (i = 0; i < len; i++)
		ASSERT_OK(buf_printf(&stream, &err, "%02X", der[i]), &err);
	ASSERT_OK(buf_append_str(&stream, ">\nendstream", &err), &err);
	ASSERT_OK(buf_terminate(&stream, &err), &err);
	objects[0] = (const char *)stream.data;
	ASSERT_OK(pdf_sample_make(&in, &sample, &err), &err);
	catalog_more = " /DSS <</Certs [6 0 R]>>";
	for (wrong = 0; wrong < 2; wrong++) {
		struct signatures list = { 0 };

		out.len = 0;
		append_value(&out, SPAN_OF(&in),
		    "/Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /M "
		    "(D:20260301110000Z)",
		    "Bare", make_value_without_certificate);
		sig = only(&list, SPAN_OF(&out));
		CU_ASSERT_EQUAL(is_intact(sig), !wrong);
		CU_ASSERT_EQUAL(sig->signer != NULL, !wrong);
		CU_ASSERT(!sig->baseline);
		signatures_release(&list);
	}
	catalog_more = "";
	OPENSSL_free(der);
	buf_release(&stream);
	buf_release(&in);
	buf_release(&out);
}

/* EN 319 142-1 clause 6.3: a reason, or a commitment; with both it is intact and no PAdES. */
static void
a_reason_beside_a_commitment_is_no_pades(void)
{
	static const char *const commitments[] = { "1.2.840.113549.1.9.16.6.1" };
	const struct {
		const char *reason;
		size_t count;
		enum ades_level level;
	} rows[] = { { NULL, 1, ADES_B_B }, { "I agree", 0, ADES_B_B },
		{ "I agree", 1, ADES_BASIC } };
	struct error err = ERROR_INIT;
	struct buf pdf = BUF_INIT(0);
	size_t i;

	ASSERT_OK(pdf_sample_make(&pdf, &pdf_sample_field, &err), &err);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct pdf_sign_options dict = { .reason = rows[i].reason };
		struct sign_options options = level_b;
		struct signatures list = { 0 };
		struct buf out = BUF_INIT(0);
		const struct signature *sig;

		options.commitment_types = commitments;
		options.commitment_type_count = rows[i].count;
		ASSERT_OK(pdf_sign(&out, SPAN_OF(&pdf), &rsa.key, &options, &dict, &err), &err);
		sig = only(&list, SPAN_OF(&out));
		CU_ASSERT(is_intact(sig));
		CU_ASSERT_EQUAL(sig->level, rows[i].level);
		signatures_release(&list);
		buf_release(&out);
	}
	buf_release(&pdf);
}

/* Who claims to have signed is told of a value that is over nothing, too. */
static void
the_claimed_signer_of_a_value_outside_of_its_gap_is_told(void)
{
	struct signatures list = { 0 };
	struct buf pdf = BUF_INIT(0);
	const struct signature *sig;
	size_t at;

	copy_signed(&pdf);
	at = pdf_sample_find(SPAN_OF(&pdf), "/ByteRange [0 ", 0) + strlen("/ByteRange [0 ");
	pdf.data[at] = pdf.data[at] == '1' ? '2' : '1';
	sig = only(&list, SPAN_OF(&pdf));
	CU_ASSERT(!is_intact(sig) && !sig->references_intact);
	CU_ASSERT_EQUAL(sig->failure, SUB_FORMAT_FAILURE);
	CU_ASSERT_PTR_NOT_NULL_FATAL(sig->signer);
	CU_ASSERT_EQUAL(X509_cmp(sig->signer, rsa.key.cert), 0);
	CU_ASSERT_EQUAL(sig->level, ADES_B_B);
	signatures_release(&list);
	/* Where not even that can be read, it is a broken signature all the same. */
	at = pdf_sample_find(SPAN_OF(&pdf), "/Contents <", 0) + strlen("/Contents <");
	memset(pdf.data + at, '0', 64);
	sig = only(&list, SPAN_OF(&pdf));
	CU_ASSERT_PTR_NULL(sig->signer);
	CU_ASSERT_EQUAL(sig->failure, SUB_FORMAT_FAILURE);
	signatures_release(&list);
	buf_release(&pdf);
}

static int
make_token(enum digest digest, const unsigned char *imprint, struct buf *token, struct error *err)
{
	struct cms_content content = { .type = "1.2.840.113549.1.9.16.1.4" };
	struct sign_options options = { .signing_time = TEST_TIME, .claim_time = 1 };
	TS_TST_INFO *info = TS_TST_INFO_new();
	TS_MSG_IMPRINT *print = TS_MSG_IMPRINT_new();
	X509_ALGOR *algor = X509_ALGOR_new();
	ASN1_INTEGER *serial = ASN1_INTEGER_new();
	ASN1_GENERALIZEDTIME *when = ASN1_GENERALIZEDTIME_set(NULL, (time_t)TEST_TIME);
	ASN1_OBJECT *policy = OBJ_txt2obj("1.3.6.1.4.1.99999.1", 1);
	unsigned char *der = NULL;
	int len, rc = -1;

	ASN1_INTEGER_set(serial, 7);
	X509_ALGOR_set0(algor, OBJ_nid2obj(digest_nid(digest)), V_ASN1_NULL, NULL);
	TS_MSG_IMPRINT_set_algo(print, algor);
	TS_MSG_IMPRINT_set_msg(print, (unsigned char *)imprint, (int)digest_size(digest));
	TS_TST_INFO_set_version(info, 1);
	TS_TST_INFO_set_policy_id(info, policy);
	TS_TST_INFO_set_msg_imprint(info, print);
	TS_TST_INFO_set_serial(info, serial);
	TS_TST_INFO_set_time(info, when);
	len = i2d_TS_TST_INFO(info, &der);
	content.content = (struct span){ der, (size_t)len };
	if (len > 0)
		rc = cms_sign_content(token, &content, &tsa.key, &options, err);
	OPENSSL_free(der);
	TS_TST_INFO_free(info);
	TS_MSG_IMPRINT_free(print);
	X509_ALGOR_free(algor);
	ASN1_INTEGER_free(serial);
	ASN1_GENERALIZEDTIME_free(when);
	ASN1_OBJECT_free(policy);
	return rc;
}

static void
make_stamp_value(struct buf *value, const struct digest_values *digests)
{
	struct error err = ERROR_INIT;

	ASSERT_OK(make_token(DIGEST_SHA256, digests->value[DIGEST_SHA256], value, &err), &err);
}

static void
a_document_time_stamp_goes_to_the_signatures_that_it_covers(void)
{
	static const char dict[] =
	    "/Type /DocTimeStamp /Filter /Adobe.PPKLite /SubFilter /ETSI.RFC3161";
	struct pdf_timestamps stamps = { 0 };
	struct signatures list = { 0 };
	struct error err = ERROR_INIT;
	struct buf out = BUF_INIT(0);
	const struct signature *sig;
	size_t at;

	append_value(&out, SPAN_OF(&signed_pdf), dict, "Stamp", make_stamp_value);
	sig = only(&list, SPAN_OF(&out)); /* the stamp is no signature */
	CU_ASSERT(is_intact(sig) && sig->scope == SCOPE_PARTIAL);
	CU_ASSERT_EQUAL_FATAL(sig->timestamp_count, 1);
	CU_ASSERT_EQUAL(sig->timestamps[0].kind, TIMESTAMP_DOCUMENT);
	CU_ASSERT(sig->timestamps[0].imprint_known && sig->timestamps[0].token.len > 0);
	signatures_release(&list);

	ASSERT_OK(pdf_read_timestamps(&stamps, SPAN_OF(&out), NULL, &err), &err);
	CU_ASSERT_EQUAL_FATAL(stamps.count, 1);
	CU_ASSERT_STRING_EQUAL(stamps.items[0].field, "Stamp");
	CU_ASSERT(stamps.items[0].revision_is_last && stamps.items[0].failure == SUB_NONE);
	CU_ASSERT(stamps.items[0].stamp.imprint.have & DIGEST_BIT(DIGEST_SHA256));
	pdf_timestamps_release(&stamps);

	/* One with a byte range that is wrong covers nothing. */
	at = pdf_sample_find(SPAN_OF(&out), "/ByteRange [0 ", signed_pdf.len);
	out.data[at + strlen("/ByteRange [")] = '1';
	sig = only(&list, SPAN_OF(&out));
	CU_ASSERT_EQUAL(sig->timestamp_count, 0);
	signatures_release(&list);
	ASSERT_OK(pdf_read_timestamps(&stamps, SPAN_OF(&out), NULL, &err), &err);
	CU_ASSERT_EQUAL(stamps.items[0].failure, SUB_FORMAT_FAILURE);
	CU_ASSERT_EQUAL(stamps.items[0].stamp.imprint_known, 0);
	pdf_timestamps_release(&stamps);
	buf_release(&out);
}

static int
token_source(void *ctx, enum digest digest, const unsigned char *imprint, struct buf *token,
    struct error *err)
{
	if (ctx != NULL)
		return error_set(err, ERROR_UNAVAILABLE, "no authority answers");
	return make_token(digest, imprint, token, err);
}

static void
level_t_holds_a_time_stamp_or_is_not_made(void)
{
	struct timestamp_source source = { token_source, NULL, DIGEST_SHA256 };
	struct sign_options options = level_b;
	struct signatures list = { 0 };
	struct buf in = BUF_INIT(0), out = BUF_INIT(0);
	struct error err = ERROR_INIT;
	const struct signature *sig;

	options.level = LEVEL_T;
	options.timestamp = &source;
	ASSERT_OK(pdf_sample_make(&in, &pdf_sample_field, &err), &err);
	ASSERT_OK(pdf_sign(&out, SPAN_OF(&in), &rsa.key, &options, NULL, &err), &err);
	sig = only(&list, SPAN_OF(&out));
	CU_ASSERT(is_intact(sig) && sig->baseline);
	CU_ASSERT_EQUAL_FATAL(sig->timestamp_count, 1);
	CU_ASSERT_EQUAL(sig->timestamps[0].kind, TIMESTAMP_SIGNATURE);
	CU_ASSERT(sig->timestamps[0].imprint_known);
	signatures_release(&list);
	out.len = 0;
	source.ctx = &source;
	CU_ASSERT_EQUAL(pdf_sign(&out, SPAN_OF(&in), &rsa.key, &options, NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
	CU_ASSERT_EQUAL(out.len, 0);
	buf_release(&in);
	buf_release(&out);
}

/* ---- files ---- */

static void
what_is_no_pdf_is_malformed_and_one_without_signatures_has_none(void)
{
	static const struct pdf_sample plain = { 0 };
	struct signatures list = { 0 };
	struct buf pdf = BUF_INIT(0);
	struct error err = ERROR_INIT;

	CU_ASSERT_EQUAL(pdf_read(&list, span_str("hello"), NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	error_clear(&err);
	CU_ASSERT_EQUAL(pdf_read(&list, SPAN_NONE, NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	error_clear(&err);
	ASSERT_OK(pdf_sample_make(&pdf, &plain, &err), &err);
	ASSERT_OK(pdf_read(&list, SPAN_OF(&pdf), NULL, &err), &err);
	CU_ASSERT_EQUAL(list.count, 0);
	buf_release(&pdf);
}

static void
limits_are_told_by_their_names(void)
{
	struct format_limits limits = FORMAT_LIMITS_DEFAULT;
	struct pdf_read_options options = { .limits = &limits };
	struct signatures list = { 0 };
	struct error err = ERROR_INIT;

	limits.pdf_objects = 5;
	CU_ASSERT_EQUAL(pdf_read(&list, SPAN_OF(&signed_pdf), &options, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_LIMIT);
	CU_ASSERT_STRING_EQUAL(err.limit, "pdf_objects");
	error_clear(&err);
	limits.pdf_objects = 1000;
	limits.pdf_revisions = 1;
	CU_ASSERT_EQUAL(pdf_read(&list, SPAN_OF(&signed_pdf), &options, &err), -1);
	CU_ASSERT_STRING_EQUAL(err.limit, "pdf_revisions");
	error_clear(&err);
	limits.pdf_revisions = 2;
	limits.signatures = 0;
	CU_ASSERT_EQUAL(pdf_read(&list, SPAN_OF(&signed_pdf), &options, &err), -1);
	CU_ASSERT_STRING_EQUAL(err.limit, "signatures");
	CU_ASSERT_EQUAL(list.count, 0);
}

static void
a_deep_field_tree_is_refused_and_a_circular_one_ends(void)
{
	enum { OBJECTS = 50 };
	static char text[OBJECTS][80];
	const char *objects[OBJECTS + 2];
	const char *const circle[] = { "<</T (a) /Kids [7 0 R]>>", "<</T (b) /Kids [6 0 R 7 0 R]>>",
		NULL };
	struct pdf_sample sample = { .catalog = "/AcroForm <</Fields [6 0 R]>>" };
	struct signatures list = { 0 };
	struct buf pdf = BUF_INIT(0);
	struct error err = ERROR_INIT;
	int i;

	sample.objects = circle;
	ASSERT_OK(pdf_sample_make(&pdf, &sample, &err), &err);
	ASSERT_OK(pdf_read(&list, SPAN_OF(&pdf), NULL, &err), &err);
	CU_ASSERT_EQUAL(list.count, 0);
	pdf.len = 0;
	for (i = 0; i < OBJECTS; i++) { /* three levels each */
		snprintf(text[i], sizeof(text[i]),
		    "<</T (k) /Kids [<</T (l) /Kids [<</T (m) /Kids [%d 0 R]>>]>>]>>",
		    SAMPLE_FIRST_OBJECT + i + 1);
		objects[i] = text[i];
	}
	objects[OBJECTS] = "<</T (end) /FT /Sig>>";
	objects[OBJECTS + 1] = NULL;
	sample.objects = objects;
	ASSERT_OK(pdf_sample_make(&pdf, &sample, &err), &err);
	CU_ASSERT_EQUAL(pdf_read(&list, SPAN_OF(&pdf), NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_LIMIT);
	CU_ASSERT_STRING_EQUAL(err.limit, "pdf_depth");
	buf_release(&pdf);
}

/* A PDF whose cross-reference stream, deflated twice, has n entries of three zeros. */
static void
make_sparse(struct buf *out, size_t n, const char *index, int padding)
{
	struct buf plain = BUF_INIT(0), once = BUF_INIT(0), twice = BUF_INIT(0);
	uLongf len;
	size_t at;

	memset(buf_reserve(&plain, n * 3, NULL), 0, n * 3);
	len = compressBound(n * 3);
	compress2(buf_reserve(&once, len, NULL), &len, plain.data, n * 3, 9);
	once.len = len;
	len = compressBound(once.len);
	compress2(buf_reserve(&twice, len, NULL), &len, once.data, once.len, 9);
	buf_append_str(out,
	    "%PDF-1.5\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
	    "2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n",
	    NULL);
	buf_printf(out, NULL, "%*s\n", padding, "");
	at = out->len;
	buf_printf(out, NULL,
	    "3 0 obj<</Type/XRef/W[1 1 1]%s/Root 1 0 R/Filter[/FlateDecode/FlateDecode]"
	    "/Length %zu>>stream\n",
	    index, (size_t)len);
	buf_append(out, twice.data, len, NULL);
	buf_printf(out, NULL, "\nendstream endobj\nstartxref\n%zu\n%%%%EOF\n", at);
	buf_release(&plain);
	buf_release(&once);
	buf_release(&twice);
}

static void
a_few_bytes_that_say_they_are_millions_of_objects_are_refused_at_once(void)
{
	static const char *const indexes[] = { "/Size 10000000", "/S#69ze 10000000",
		"/Size 4/Index[0 3 3 9999997]", "/Size 4/Index [7 10000000]" };
	struct format_limits limits = FORMAT_LIMITS_DEFAULT;
	const struct pdf_read_options options = { .limits = &limits };
	struct signatures list = { 0 };
	struct pdf_timestamps stamps;
	struct buf pdf = BUF_INIT(0);
	struct error err;
	clock_t began;
	size_t i;

	for (i = 0; i < sizeof(indexes) / sizeof(indexes[0]); i++) {
		pdf.len = 0;
		make_sparse(&pdf, 10000000, indexes[i], 1);
		CU_ASSERT(pdf.len < 1000);
		error_clear(&err);
		began = clock();
		CU_ASSERT_EQUAL(pdf_read_all(&list, &stamps, SPAN_OF(&pdf), &options, &err), -1);
		CU_ASSERT((clock() - began) / (CLOCKS_PER_SEC / 1000) < 500);
		CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
		CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "more entries than"));
	}
	/* In a file that is long enough for them it is the limit that counts. */
	pdf.len = 0;
	make_sparse(&pdf, 2000000, "/Size 2000000", 1000000);
	error_clear(&err);
	CU_ASSERT_EQUAL(pdf_read_all(&list, &stamps, SPAN_OF(&pdf), &options, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_LIMIT);
	CU_ASSERT_STRING_EQUAL(err.limit, "pdf_objects");
	buf_release(&pdf);
}

static const struct test tests[] = {
	TEST(no_flipped_byte_goes_unseen),
	TEST(a_changed_byte_is_a_broken_digest_and_a_changed_value_a_broken_signature),
	TEST(what_is_appended_is_not_covered),
	TEST(a_byte_range_that_is_not_what_it_must_be_is_a_format_failure),
	TEST(data_behind_the_value_and_other_characters_in_the_gap_are_refused),
	TEST(data_behind_the_value_may_be_noted),
	TEST(a_value_that_a_later_revision_lends_to_another_field_is_not_intact),
	TEST(a_later_table_that_leads_to_other_objects_breaks_the_signature),
	TEST(old_signatures_over_a_sha1_digest_are_read),
	TEST(a_value_with_content_of_its_own_is_no_signature_over_the_document),
	TEST(a_signer_whose_certificate_is_in_the_store_alone_is_identified),
	TEST(a_reason_beside_a_commitment_is_no_pades),
	TEST(the_claimed_signer_of_a_value_outside_of_its_gap_is_told),
	TEST(a_document_time_stamp_goes_to_the_signatures_that_it_covers),
	TEST(level_t_holds_a_time_stamp_or_is_not_made),
	TEST(what_is_no_pdf_is_malformed_and_one_without_signatures_has_none),
	TEST(limits_are_told_by_their_names),
	TEST(a_deep_field_tree_is_refused_and_a_circular_one_ends),
	TEST(a_few_bytes_that_say_they_are_millions_of_objects_are_refused_at_once),
	TEST_END,
};
const struct suite suite_signing_format_pdf_read = { "signing/format/pdf/read", setup, teardown,
	tests };
