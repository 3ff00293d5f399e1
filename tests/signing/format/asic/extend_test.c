/* Signatures in containers, extended and counter-signed: what is replaced, and what must stay. */
#include "signing/format/asic/asic_extend.h"

#include <stdio.h>
#include <string.h>

#include "server/base/text.h"
#include "tests/support/containers.h"
#include "tests/support/longterm.h"
#include "tests/support/suite.h"
#include "tests/support/tsa.h"

static const struct test_tsa tsa = { .id = PKI_TSA, .time = PKI_NOW - 60 };
static const struct {
	enum asic_type type;
	enum format family;
} kinds[] = { { ASIC_S, FORMAT_CMS }, { ASIC_S, FORMAT_XML }, { ASIC_E, FORMAT_CMS },
	{ ASIC_E, FORMAT_XML } };
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* Extend the n-th signature of `file`, which is replaced. */
static int
extend(
    struct buf *file, size_t n, enum extension to, const struct evidence *data, struct error *err)
{
	struct timestamp_source source = test_tsa_source(&tsa);
	struct buf out = BUF_INIT(0);
	struct container_reading r = { 0 };
	int rc;

	container_read(&r, file);
	CU_ASSERT_FATAL(n < r.list.count);
	rc = asic_extend(
	    &out, SPAN_OF(file), r.list.items[n].id, to, data, &source, PKI_NOW, NULL, err);
	container_release(&r);
	if (rc == 0) {
		buf_release(file);
		*file = out;
	} else {
		CU_ASSERT_EQUAL(out.len, 0);
		buf_release(&out);
	}
	return rc;
}

static void
expect_level(const struct buf *file, const char *level)
{
	struct container_reading r = { 0 };

	container_read(&r, file);
	CU_ASSERT(container_holds(&r));
	CU_ASSERT_EQUAL(container_signed(&r, "a.txt"), 1);
	CU_ASSERT_STRING_EQUAL(ades_level_name(r.list.items[0].level), level);
	container_release(&r);
}

static void
each_kind_climbs_to_lta_and_on(void)
{
	size_t i;

	for (i = 0; i < KINDS; i++) {
		struct evidence data = longterm_evidence();
		struct buf file = BUF_INIT(0);
		struct error err = ERROR_INIT;

		container_make(&file, kinds[i].type, kinds[i].family, LEVEL_B, PKI_P256);
		expect_level(&file, "B-B");
		ASSERT_OK(extend(&file, 0, EXTEND_T, NULL, &err), &err);
		expect_level(&file, "B-T");
		ASSERT_OK(extend(&file, 0, EXTEND_LT, &data, &err), &err);
		expect_level(&file, "B-LT");
		ASSERT_OK(extend(&file, 0, EXTEND_LTA, NULL, &err), &err);
		expect_level(&file, "B-LTA");
		ASSERT_OK(extend(&file, 0, EXTEND_LTA, NULL, &err), &err);
		expect_level(&file, "B-LTA");
		evidence_release(&data);
		buf_release(&file);
	}
}

static void
without_a_time_stamp_there_is_no_long_level(void)
{
	size_t i;

	for (i = 0; i < KINDS; i++) {
		struct evidence data = longterm_evidence();
		struct buf file = BUF_INIT(0);
		struct error err = ERROR_INIT;

		container_make(&file, kinds[i].type, kinds[i].family, LEVEL_B, PKI_P256);
		CU_ASSERT_EQUAL(extend(&file, 0, EXTEND_LTA, &data, &err), -1);
		CU_ASSERT_EQUAL(err.kind, ERROR_CONFLICT);
		expect_level(&file, "B-B");
		evidence_release(&data);
		buf_release(&file);
	}
}

static void
one_of_several_signatures_is_extended_and_the_others_stay(void)
{
	size_t i;

	for (i = 0; i < KINDS; i++) {
		const struct sign_options options = { .signing_time = PKI_NOW, .claim_time = 1 };
		struct buf one = BUF_INIT(0), two = BUF_INIT(0);
		struct container_reading before = { 0 }, after = { 0 };
		struct error err = ERROR_INIT;

		container_make(&one, kinds[i].type, kinds[i].family, LEVEL_B, PKI_P256);
		ASSERT_OK(
		    asic_add_signature(&two, SPAN_OF(&one), pki_key(PKI_RSA2048), &options, &err),
		    &err);
		container_read(&before, &two);
		CU_ASSERT_EQUAL_FATAL(before.list.count, 2);
		ASSERT_OK(extend(&two, 1, EXTEND_T, NULL, &err), &err);
		container_read(&after, &two);
		CU_ASSERT(container_holds(&after));
		CU_ASSERT_EQUAL(after.list.items[0].level, ADES_B_B);
		CU_ASSERT_EQUAL(after.list.items[1].level, ADES_B_T);
		CU_ASSERT(signatures_unharmed(&before.list, &after.list));
		container_release(&before);
		container_release(&after);
		buf_release(&one);
		buf_release(&two);
	}
}

static void
a_counter_signature_joins_and_covers_the_value(void)
{
	size_t i;

	for (i = 0; i < KINDS; i++) {
		const struct sign_options options = { .signing_time = PKI_NOW, .claim_time = 1 };
		struct buf file = BUF_INIT(0), out = BUF_INIT(0);
		struct container_reading r = { 0 }, after = { 0 };
		struct error err = ERROR_INIT;

		container_make(&file, kinds[i].type, kinds[i].family, LEVEL_B, PKI_P256);
		container_read(&r, &file);
		ASSERT_OK(asic_counter_sign(&out, SPAN_OF(&file), r.list.items[0].id,
			      pki_key(PKI_RSA2048), &options, &err),
		    &err);
		container_read(&after, &out);
		CU_ASSERT(container_holds(&after));
		CU_ASSERT_EQUAL_FATAL(after.list.count, 2);
		CU_ASSERT_STRING_EQUAL(after.list.items[1].parent, r.list.items[0].id);
		container_release(&r);
		container_release(&after);
		buf_release(&file);
		buf_release(&out);
	}
}

static void
names_that_are_none_are_refused(void)
{
	static const char *const names[] = { "nobody", "META-INF/signature001.p7s",
		"META-INF/signature001.p7s#", "META-INF/signature001.p7s#signer-2", "#signer-1",
		"a.txt#signer-1" };
	struct timestamp_source source = test_tsa_source(&tsa);
	struct buf file = BUF_INIT(0), out = BUF_INIT(0);
	size_t i;

	container_make(&file, ASIC_E, FORMAT_CMS, LEVEL_B, PKI_P256);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct error err = ERROR_INIT;

		CU_ASSERT_EQUAL(asic_extend(&out, SPAN_OF(&file), names[i], EXTEND_T, NULL, &source,
				    PKI_NOW, NULL, &err),
		    -1);
		CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
		CU_ASSERT_EQUAL(out.len, 0);
	}
	buf_release(&file);
}

/* An archive manifest names the signature's file by its digest: it may not change any more. */
static void
what_an_archive_manifest_covers_stays_as_it_is(void)
{
	static const char format[] =
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?><asic:ASiCManifest "
	    "xmlns:asic=\"http://uri.etsi.org/02918/v1.2.1#\" "
	    "xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">"
	    "<asic:SigReference URI=\"META-INF/timestamp001.tst\" "
	    "MimeType=\"application/vnd.etsi.timestamp-token\"/>"
	    "<asic:DataObjectReference URI=\"META-INF/signature001.p7s\"><ds:DigestMethod "
	    "Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/><ds:DigestValue>%.*s"
	    "</ds:DigestValue></asic:DataObjectReference></asic:ASiCManifest>";
	unsigned char digest[DIGEST_SIZE_MAX];
	struct buf file = BUF_INIT(0), base64 = BUF_INIT(0), manifest = BUF_INIT(0);
	struct buf token = BUF_INIT(0), whole = BUF_INIT(0);
	struct container_reading r = { 0 };
	struct archive archive = { 0 };
	struct error err = ERROR_INIT;
	const struct archive_entry *signature;

	container_make(&file, ASIC_E, FORMAT_CMS, LEVEL_T, PKI_P256);
	ASSERT_OK(archive_open(&archive, SPAN_OF(&file), NULL, &err), &err);
	signature = archive_find(&archive, "META-INF/signature001.p7s");
	CU_ASSERT_PTR_NOT_NULL_FATAL(signature);
	ASSERT_OK(digest_span(DIGEST_SHA256, SPAN_OF(&signature->data), digest, &err), &err);
	ASSERT_OK(text_base64(&base64, (struct span){ digest, 32 }, 0, &err), &err);
	ASSERT_OK(buf_printf(&manifest, &err, format, (int)base64.len, (char *)base64.data), &err);
	ASSERT_OK(digest_span(DIGEST_SHA256, SPAN_OF(&manifest), digest, &err), &err);
	test_token(&token, &tsa, DIGEST_SHA256, digest);
	{
		const struct archive_new more[] = { { "META-INF/ASiCArchiveManifest001.xml",
							SPAN_OF(&manifest), 0 },
			{ "META-INF/timestamp001.tst", SPAN_OF(&token), 0 } };

		ASSERT_OK(archive_write(&whole, SPAN_OF(&file), more, 2, PKI_NOW, &err), &err);
	}
	container_read(&r, &whole);
	CU_ASSERT_EQUAL_FATAL(r.container.stamp_count, 1);
	CU_ASSERT_EQUAL(r.container.stamps[0].failure, SUB_NONE);
	CU_ASSERT_EQUAL(extend(&whole, 0, EXTEND_LTA, NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_CONFLICT);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "time stamp of the container"));
	container_release(&r);
	archive_release(&archive);
	buf_release(&file);
	buf_release(&base64);
	buf_release(&manifest);
	buf_release(&token);
	buf_release(&whole);
}

static const struct test tests[] = { TEST(each_kind_climbs_to_lta_and_on),
	TEST(without_a_time_stamp_there_is_no_long_level),
	TEST(one_of_several_signatures_is_extended_and_the_others_stay),
	TEST(a_counter_signature_joins_and_covers_the_value), TEST(names_that_are_none_are_refused),
	TEST(what_an_archive_manifest_covers_stays_as_it_is), TEST_END };
const struct suite suite_signing_format_asic_extend = { "signing/format/asic/extend", NULL, NULL,
	tests };
