/* Containers changed behind their signatures' back: each change is found and named. */
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signing/format/cms/cms_sign.h"
#include "tests/support/containers.h"
#include "tests/support/suite.h"
#include "tests/support/tsa.h"

#define ALL_KINDS(i) for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
static const struct {
	enum asic_type type;
	enum format family;
} kinds[] = { { ASIC_S, FORMAT_CMS }, { ASIC_S, FORMAT_XML }, { ASIC_E, FORMAT_CMS },
	{ ASIC_E, FORMAT_XML } };

/* The container of that kind with one change. */
static void
read_changed(struct container_reading *r, enum asic_type type, enum format family,
    const struct container_change *changes, size_t count)
{
	struct buf file = BUF_INIT(0);

	container_make(&file, type, family, LEVEL_B, PKI_P256);
	container_change(&file, changes, count);
	container_read(r, &file);
	buf_release(&file);
}

static void
a_changed_entry_breaks_the_reference_to_it(void)
{
	const struct container_change change = { .name = "a.txt",
		.data = "An invoice over 9,000 euros." };
	size_t i;

	ALL_KINDS(i)
	{
		struct container_reading r;

		read_changed(&r, kinds[i].type, kinds[i].family, &change, 1);
		CU_ASSERT_EQUAL_FATAL(r.list.count, 1);
		CU_ASSERT_EQUAL(r.list.items[0].references_intact, 0);
		CU_ASSERT_EQUAL(r.list.items[0].failure, SUB_HASH_FAILURE);
		CU_ASSERT_EQUAL(container_signed(&r, "a.txt"), 0);
		CU_ASSERT_EQUAL(r.container.unsigned_count, kinds[i].type == ASIC_S ? 1 : 2);
		container_release(&r);
	}
}

static void
a_removed_entry_is_a_broken_reference(void)
{
	const struct container_change change = { .name = "a.txt", .drop = 1 };
	size_t i;

	ALL_KINDS(i)
	{
		struct container_reading r;

		read_changed(&r, kinds[i].type, kinds[i].family, &change, 1);
		CU_ASSERT_EQUAL_FATAL(r.list.count, 1);
		CU_ASSERT_EQUAL(r.list.items[0].references_intact, 0);
		CU_ASSERT_EQUAL(r.list.items[0].failure, SUB_SIGNED_DATA_NOT_FOUND);
		CU_ASSERT_FALSE(container_holds(&r));
		container_release(&r);
	}
}

static void
an_added_entry_is_told_to_be_unsigned(void)
{
	const struct container_change add = { .rename = "new.txt", .data = "not signed" };
	size_t i;

	ALL_KINDS(i)
	{
		struct container_reading r;

		read_changed(&r, kinds[i].type, kinds[i].family, &add, 1);
		CU_ASSERT_EQUAL_FATAL(r.list.count, 1);
		CU_ASSERT_EQUAL(container_signed(&r, "new.txt"), 0);
		CU_ASSERT_EQUAL(r.list.items[0].scope, SCOPE_PARTIAL);
		if (kinds[i].type == ASIC_E) {
			CU_ASSERT(container_holds(&r));
			CU_ASSERT_EQUAL(r.container.unsigned_count, 1);
			CU_ASSERT_EQUAL(container_signed(&r, "a.txt"), 1);
		} else {
			/* Which of the two was meant cannot be told. */
			CU_ASSERT_NOT_EQUAL(r.list.items[0].failure, SUB_NONE);
		}
		container_release(&r);
	}
}

static void
an_entry_under_another_name_is_not_the_one_that_was_signed(void)
{
	const struct container_change change = { .name = "a.txt", .rename = "A.txt" };
	size_t i;

	ALL_KINDS(i)
	{
		struct container_reading r;

		/* CAdES of ASiC-S covers the document's bytes and not its name. */
		if (kinds[i].type == ASIC_S && kinds[i].family == FORMAT_CMS)
			continue;
		read_changed(&r, kinds[i].type, kinds[i].family, &change, 1);
		CU_ASSERT_FALSE(container_holds(&r));
		CU_ASSERT_EQUAL(container_signed(&r, "A.txt"), 0);
		container_release(&r);
	}
}

/* The manifest of the same documents, with another first one, as its owner would write it. */
static void
a_swapped_manifest_breaks_the_signature(void)
{
	struct buf other = BUF_INIT(0), file = BUF_INIT(0);
	struct archive archive;
	struct container_reading r;
	struct error err = ERROR_INIT;
	const struct archive_entry *manifest;
	struct container_change changes[2] = { { .name = "META-INF/ASiCManifest001.xml" },
		{ .name = "a.txt", .data = "An invoice over 9,000 euros." } };
	struct document docs[2] = { container_documents()[0], container_documents()[1] };
	const struct asic_sign_options asic = { ASIC_E, FORMAT_CMS };
	const struct sign_options options = { .signing_time = PKI_NOW, .claim_time = 1 };

	docs[0].content = span_str(changes[1].data);
	ASSERT_OK(
	    asic_sign(&other, docs, 2, &asic, pki_key(PKI_OTHER_SIGNER), &options, &err), &err);
	ASSERT_OK(archive_open(&archive, SPAN_OF(&other), NULL, &err), &err);
	manifest = archive_find(&archive, changes[0].name);
	CU_ASSERT_PTR_NOT_NULL_FATAL(manifest);
	changes[0].data = strndup((const char *)manifest->data.data, manifest->data.len);
	container_make(&file, ASIC_E, FORMAT_CMS, LEVEL_B, PKI_P256);
	container_change(&file, changes, 2);
	container_read(&r, &file);
	CU_ASSERT_EQUAL_FATAL(r.list.count, 1);
	CU_ASSERT_EQUAL(r.list.items[0].references_intact, 0);
	CU_ASSERT_EQUAL(r.list.items[0].failure, SUB_HASH_FAILURE);
	/* Its objects are as it says, and signed by nobody all the same. */
	CU_ASSERT_EQUAL(container_signed(&r, "a.txt"), 0);
	CU_ASSERT_EQUAL(r.container.unsigned_count, 2);
	container_release(&r);
	archive_release(&archive);
	free((char *)changes[0].data);
	buf_release(&other);
	buf_release(&file);
}

static void
a_missing_manifest_leaves_nothing_signed(void)
{
	const struct container_change change = { .name = "META-INF/ASiCManifest001.xml",
		.drop = 1 };
	struct container_reading r;

	read_changed(&r, ASIC_E, FORMAT_CMS, &change, 1);
	CU_ASSERT_FALSE(container_holds(&r));
	CU_ASSERT_EQUAL(r.list.items[0].failure, SUB_SIGNED_DATA_NOT_FOUND);
	CU_ASSERT_EQUAL(r.container.unsigned_count, 2);
	container_release(&r);
}

#define MANIFEST(signature, objects)                                                               \
	"<ASiCManifest xmlns='http://uri.etsi.org/02918/v1.2.1#' "                                 \
	"xmlns:ds='http://www.w3.org/2000/09/xmldsig#'>" signature objects "</ASiCManifest>"
#define SIGNED_BY "<SigReference URI='META-INF/signature001.p7s'/>"
#define OBJECT                                                                                     \
	"<DataObjectReference URI='a.txt'><ds:DigestMethod "                                       \
	"Algorithm='http://www.w3.org/2001/04/xmlenc#sha256'/>"                                    \
	"<ds:DigestValue>AAAA</ds:DigestValue></DataObjectReference>"

static void
a_second_manifest_for_one_signature_fails_it(void)
{
	const struct container_change add = { .rename = "META-INF/ASiCManifest999.xml",
		.data = MANIFEST(SIGNED_BY, OBJECT) };
	struct container_reading r;

	read_changed(&r, ASIC_E, FORMAT_CMS, &add, 1);
	CU_ASSERT_EQUAL_FATAL(r.list.count, 1);
	CU_ASSERT_EQUAL(r.list.items[0].failure, SUB_FORMAT_FAILURE);
	container_release(&r);
}

static void
manifests_that_are_none_are_not_believed(void)
{
	static const char *const texts[] = { "", "no XML", "<a/>",
		"<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>", MANIFEST("", OBJECT),
		MANIFEST(SIGNED_BY, ""), MANIFEST(SIGNED_BY SIGNED_BY, OBJECT),
		MANIFEST(SIGNED_BY, OBJECT OBJECT), MANIFEST("<SigReference URI='../x'/>", OBJECT),
		MANIFEST("<SigReference URI='http://x/y'/>", OBJECT) };
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const struct container_change change = { .name = "META-INF/ASiCManifest001.xml",
			.data = texts[i] };
		struct container_reading r;

		read_changed(&r, ASIC_E, FORMAT_CMS, &change, 1);
		CU_ASSERT_FALSE(container_holds(&r));
		CU_ASSERT_EQUAL(r.container.unsigned_count, 2);
		CU_ASSERT_STRING_NOT_EQUAL(r.container.remarks, "");
		container_release(&r);
	}
}

/* The container's own manifest with its objects inside of SigReference; the caller's. */
static char *
manifest_with_objects_moved(const struct buf *file)
{
	static const char name[] = "META-INF/ASiCManifest001.xml", tail[] = "</asic:ASiCManifest>";
	struct error err = ERROR_INIT;
	struct archive archive;
	const struct archive_entry *e;
	char *text, *moved = NULL, *at;

	ASSERT_OK(archive_open(&archive, SPAN_OF(file), NULL, &err), &err);
	e = archive_find(&archive, name);
	CU_ASSERT_PTR_NOT_NULL_FATAL(e);
	text = strndup((const char *)e->data.data, e->data.len);
	at = strstr(text, "/><asic:DataObjectReference");
	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	*at = '\0';
	*strstr(at + 1, tail) = '\0';
	CU_ASSERT_FATAL(asprintf(&moved, "%s%s</asic:SigReference>%s", text, at + 1, tail) > 0);
	free(text);
	archive_release(&archive);
	return moved;
}

static char *
signed_as_pem(const char *content)
{
	const struct sign_options options = {
		.signing_time = PKI_NOW, .claim_time = 1, .packaging = PACKAGING_DETACHED
	};
	const struct document doc = { .content = span_str(content), .has_content = 1 };
	struct error err = ERROR_INIT;
	struct buf der = BUF_INIT(0);
	BIO *out = BIO_new(BIO_s_mem());
	char *data = NULL, *text;
	long len;

	ASSERT_OK(cms_sign(&der, &doc, CMS_PROFILE_CADES, pki_key(PKI_P256), &options, &err), &err);
	CU_ASSERT_FATAL(PEM_write_bio(out, "CMS", "", der.data, (long)der.len) > 0);
	len = BIO_get_mem_data(out, &data);
	text = strndup(data, (size_t)len);
	BIO_free(out);
	buf_release(&der);
	return text;
}

/* Signed as it stands, and all digests are right: it can be read, and does not pass all the same.
 */
static void
a_signed_manifest_must_be_of_its_schema(void)
{
	struct container_change changes[2] = { { .name = "META-INF/ASiCManifest001.xml" },
		{ .name = "META-INF/signature001.p7s" } };
	struct buf file = BUF_INIT(0), changed = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct container_reading r;
	char *manifest;

	container_make(&file, ASIC_E, FORMAT_CMS, LEVEL_B, PKI_P256);
	manifest = manifest_with_objects_moved(&file);
	changes[0].data = manifest;
	changes[1].data = signed_as_pem(manifest);
	ASSERT_OK(buf_append_span(&changed, SPAN_OF(&file), &err), &err);
	container_change(&changed, changes, 2);
	container_read(&r, &changed);
	CU_ASSERT_EQUAL_FATAL(r.list.count, 1);
	CU_ASSERT(r.list.items[0].value_intact && r.list.items[0].references_intact);
	CU_ASSERT_EQUAL(r.list.items[0].failure, SUB_SIG_CONSTRAINTS_FAILURE);
	CU_ASSERT_PTR_NOT_NULL(strstr(r.list.items[0].failure_text, "does not stand under"));
	container_release(&r);
	/* The same with a document that was changed. */
	changed.len = 0;
	ASSERT_OK(buf_append_span(&changed, SPAN_OF(&file), &err), &err);
	container_change(&changed, changes, 2);
	container_change(
	    &changed, &(const struct container_change){ .name = "a.txt", .data = "9,000" }, 1);
	container_read(&r, &changed);
	CU_ASSERT_EQUAL(r.list.items[0].failure, SUB_HASH_FAILURE);
	container_release(&r);
	free((char *)changes[1].data);
	free(manifest);
	buf_release(&changed);
	buf_release(&file);
}

static void
a_manifest_entry_in_the_wrong_place_is_not_believed(void)
{
	const struct container_change change = { .name = "META-INF/ASiCManifest001.xml",
		.data = MANIFEST("<SigReference URI='META-INF/signature001.p7s'>" OBJECT
				 "</SigReference>",
		    "") };
	struct container_reading r;

	read_changed(&r, ASIC_E, FORMAT_CMS, &change, 1);
	CU_ASSERT_FALSE(container_holds(&r));
	container_release(&r);
}

static void
a_signature_file_that_is_none_is_a_signature_that_failed(void)
{
	static const char *const names[] = { "META-INF/signature002.p7s",
		"META-INF/signatures002.xml" };
	size_t i;

	for (i = 0; i < 2; i++) {
		const struct container_change add = { .rename = names[i], .data = "<nothing/>" };
		struct container_reading r;

		read_changed(&r, ASIC_E, FORMAT_CMS, &add, 1);
		CU_ASSERT_EQUAL_FATAL(r.list.count, 2);
		CU_ASSERT_EQUAL(r.list.items[0].failure, SUB_NONE);
		CU_ASSERT_STRING_EQUAL(r.list.items[1].id, names[i]);
		CU_ASSERT_EQUAL(r.list.items[1].failure, SUB_FORMAT_FAILURE);
		CU_ASSERT_EQUAL(r.list.items[1].value_intact, 0);
		container_release(&r);
	}
}

static void
a_document_in_a_folder_is_no_asic_s(void)
{
	const struct container_change change = { .name = "a.txt", .rename = "folder/a.txt" };
	struct container_reading r;

	read_changed(&r, ASIC_S, FORMAT_CMS, &change, 1);
	CU_ASSERT_NOT_EQUAL(r.list.items[0].failure, SUB_NONE);
	CU_ASSERT_EQUAL(container_signed(&r, "folder/a.txt"), 0);
	container_release(&r);
}

static void
an_asic_s_turned_into_an_asic_e_covers_nothing_by_that(void)
{
	const struct container_change changes[2] = { { .name = "mimetype", .data = ASIC_MIME_E },
		{ .rename = "b.txt", .data = "more" } };
	struct container_reading r;

	read_changed(&r, ASIC_S, FORMAT_CMS, changes, 2);
	CU_ASSERT_FALSE(container_holds(&r));
	CU_ASSERT_EQUAL(r.container.unsigned_count, 2);
	container_release(&r);
}

static void
oddities_of_the_mimetype_are_remarked_and_harm_nobody(void)
{
	const struct container_change newline = { .name = "mimetype", .data = ASIC_MIME_E "\r\n" };
	const struct container_change last[2] = { { .name = "mimetype", .drop = 1 },
		{ .rename = "mimetype", .data = ASIC_MIME_E } };
	struct container_reading r;

	read_changed(&r, ASIC_E, FORMAT_CMS, &newline, 1);
	CU_ASSERT(container_holds(&r) && r.container.type == ASIC_E);
	CU_ASSERT_PTR_NOT_NULL(strstr(r.container.remarks, "more or less"));
	container_release(&r);
	read_changed(&r, ASIC_E, FORMAT_CMS, last, 2);
	CU_ASSERT(container_holds(&r));
	CU_ASSERT_PTR_NOT_NULL(strstr(r.container.remarks, "not the first"));
	CU_ASSERT_PTR_NOT_NULL(strstr(r.container.remarks, "compressed"));
	container_release(&r);
}

static void
a_media_type_that_does_not_fit_is_remarked(void)
{
	static const struct {
		const char *says, *remark;
	} rows[] = {
		{ "text/plain", "the media type text/plain is none of an ASiC container" },
		{ "application/vnd.oasis.opendocument.text", NULL },
		{ ASIC_MIME_E, NULL },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct container_change change = { .name = "mimetype", .data = rows[i].says };
		struct container_reading r;

		read_changed(&r, ASIC_E, FORMAT_CMS, &change, 1);
		CU_ASSERT(container_holds(&r));
		CU_ASSERT_EQUAL(
		    strstr(r.container.remarks, "media type") == NULL, rows[i].remark == NULL);
		CU_ASSERT(
		    rows[i].remark == NULL || strstr(r.container.remarks, rows[i].remark) != NULL);
		container_release(&r);
	}
}

/* By its name an ASiC-S, by its entry mimetype an ASiC-E. */
static void
a_name_of_another_type_is_remarked(void)
{
	static const char *const names[] = { "order.asice", "order.zip", "order.asics" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct asic_read_options options = { .name = names[i] };
		struct asic_container container = { 0 };
		struct signatures list = { 0 };
		struct error err = ERROR_INIT;
		struct buf file = BUF_INIT(0);

		container_make(&file, ASIC_E, FORMAT_CMS, LEVEL_B, PKI_P256);
		ASSERT_OK(asic_read(&list, &container, SPAN_OF(&file), &options, &err), &err);
		CU_ASSERT_EQUAL(container.type, ASIC_E);
		CU_ASSERT_EQUAL(strstr(container.remarks, "another type") != NULL, i == 2);
		asic_container_release(&container);
		signatures_release(&list);
		buf_release(&file);
	}
}

static void
without_a_media_type_the_inside_tells_the_type(void)
{
	const struct container_change change = { .name = "mimetype", .drop = 1 };
	size_t i;

	ALL_KINDS(i)
	{
		struct container_reading r;

		read_changed(&r, kinds[i].type, kinds[i].family, &change, 1);
		CU_ASSERT_EQUAL(r.container.type, kinds[i].type);
		CU_ASSERT(container_holds(&r));
		container_release(&r);
	}
}

static void
what_a_time_stamp_covers_is_compared(void)
{
	const struct test_tsa tsa = { .id = PKI_TSA, .time = PKI_NOW };
	const struct timestamp_source source = test_tsa_source(&tsa);
	const struct container_change change = { .name = "a.txt", .data = "changed" };
	struct buf file = BUF_INIT(0);
	struct container_reading r;
	struct error err = ERROR_INIT;

	ASSERT_OK(
	    asic_timestamp(&file, container_documents(), 2, ASIC_E, &source, PKI_NOW, NULL, &err),
	    &err);
	container_change(&file, &change, 1);
	container_read(&r, &file);
	CU_ASSERT_EQUAL_FATAL(r.container.stamp_count, 1);
	CU_ASSERT_EQUAL(r.container.stamps[0].failure, SUB_HASH_FAILURE);
	CU_ASSERT_STRING_EQUAL(r.container.stamps[0].covers, "b/\xc3\xa4 +.xml");
	container_release(&r);
	buf_release(&file);
}

static void
evidence_records_are_told_and_not_judged(void)
{
	const struct container_change add = { .rename = "META-INF/evidencerecord.ers",
		.data = "0" };
	struct container_reading r;

	read_changed(&r, ASIC_E, FORMAT_CMS, &add, 1);
	CU_ASSERT(container_holds(&r));
	CU_ASSERT_EQUAL(r.container.evidence_count, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(r.container.remarks, "evidence"));
	container_release(&r);
}

static void
a_flipped_bit_anywhere_never_leaves_all_as_it_was(void)
{
	struct buf file = BUF_INIT(0);
	size_t at, silent = 0;

	container_make(&file, ASIC_E, FORMAT_CMS, LEVEL_B, PKI_P256);
	for (at = 0; at < file.len; at += 7) {
		struct signatures list = { 0 };
		struct asic_container container = { 0 };
		struct error err = ERROR_INIT;

		file.data[at] ^= 0x10;
		if (asic_read(&list, &container, SPAN_OF(&file), NULL, &err) == 0) {
			const struct container_reading r = { list, container };

			/* Times and versions of headers are nobody's content. */
			if (container_holds(&r))
				silent += container.unsigned_count == 0 &&
					  (container_signed(&r, "a.txt") != 1 ||
					      container.entry_count != 5);
		}
		signatures_release(&list);
		asic_container_release(&container);
		file.data[at] ^= 0x10;
	}
	CU_ASSERT_EQUAL(silent, 0);
	buf_release(&file);
}

static const struct test tests[] = { TEST(a_changed_entry_breaks_the_reference_to_it),
	TEST(a_removed_entry_is_a_broken_reference), TEST(an_added_entry_is_told_to_be_unsigned),
	TEST(an_entry_under_another_name_is_not_the_one_that_was_signed),
	TEST(a_swapped_manifest_breaks_the_signature),
	TEST(a_missing_manifest_leaves_nothing_signed),
	TEST(a_second_manifest_for_one_signature_fails_it),
	TEST(manifests_that_are_none_are_not_believed),
	TEST(a_signed_manifest_must_be_of_its_schema),
	TEST(a_manifest_entry_in_the_wrong_place_is_not_believed),
	TEST(a_signature_file_that_is_none_is_a_signature_that_failed),
	TEST(a_document_in_a_folder_is_no_asic_s),
	TEST(an_asic_s_turned_into_an_asic_e_covers_nothing_by_that),
	TEST(oddities_of_the_mimetype_are_remarked_and_harm_nobody),
	TEST(a_media_type_that_does_not_fit_is_remarked), TEST(a_name_of_another_type_is_remarked),
	TEST(without_a_media_type_the_inside_tells_the_type),
	TEST(what_a_time_stamp_covers_is_compared), TEST(evidence_records_are_told_and_not_judged),
	TEST(a_flipped_bit_anywhere_never_leaves_all_as_it_was), TEST_END };
const struct suite suite_signing_format_asic_read = { "signing/format/asic/read", NULL, NULL,
	tests };
