/* Containers made and read back; a signature more; time stamps. */
#include <stdio.h>
#include <string.h>

#include "signing/proof/tsp.h"
#include "tests/support/containers.h"
#include "tests/support/suite.h"
#include "tests/support/tsa.h"

static const struct {
	enum asic_type type;
	enum format family;
	const char *mime_type;
} kinds[] = { { ASIC_S, FORMAT_CMS, ASIC_MIME_S }, { ASIC_S, FORMAT_XML, ASIC_MIME_S },
	{ ASIC_E, FORMAT_CMS, ASIC_MIME_E }, { ASIC_E, FORMAT_XML, ASIC_MIME_E } };
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static void
each_type_and_family_is_made_and_covers_all_documents(void)
{
	size_t i;

	for (i = 0; i < KINDS; i++) {
		struct buf file = BUF_INIT(0);
		struct container_reading r;
		const struct signature *sig;

		container_make(&file, kinds[i].type, kinds[i].family, LEVEL_B, PKI_P256);
		container_read(&r, &file);
		CU_ASSERT(container_holds(&r));
		CU_ASSERT_EQUAL_FATAL(r.list.count, 1);
		sig = &r.list.items[0];
		CU_ASSERT_EQUAL(sig->format, kinds[i].family);
		CU_ASSERT_EQUAL(sig->scope, SCOPE_FULL);
		CU_ASSERT(sig->baseline && sig->cert_ref == CERT_REF_MATCHES);
		CU_ASSERT(sig->has_claimed_time && sig->claimed_time == PKI_NOW);
		CU_ASSERT_EQUAL(strncmp(sig->id, "META-INF/signature", 18), 0);
		CU_ASSERT_EQUAL(r.container.type, kinds[i].type);
		CU_ASSERT_STRING_EQUAL(r.container.mime_type, kinds[i].mime_type);
		CU_ASSERT_STRING_EQUAL(r.container.remarks, "");
		CU_ASSERT_EQUAL(r.container.unsigned_count, 0);
		CU_ASSERT_EQUAL(container_signed(&r, "a.txt"), 1);
		CU_ASSERT_EQUAL(
		    container_signed(&r, "b/\xc3\xa4 +.xml"), kinds[i].type == ASIC_E ? 1 : -1);
		CU_ASSERT_EQUAL(container_signed(&r, "mimetype"), 0);
		container_release(&r);
		buf_release(&file);
	}
}

static void
the_media_type_stands_where_other_programs_look_for_it(void)
{
	struct buf file = BUF_INIT(0);

	container_make(&file, ASIC_E, FORMAT_CMS, LEVEL_B, PKI_P256);
	CU_ASSERT_EQUAL(memcmp(file.data + 30, "mimetype" ASIC_MIME_E, 8 + 31), 0);
	buf_release(&file);
}

static void
level_t_carries_a_time_stamp_over_the_value(void)
{
	size_t i;

	for (i = 0; i < KINDS; i++) {
		struct buf file = BUF_INIT(0);
		struct container_reading r;
		struct timestamp_token token;
		struct error err = ERROR_INIT;

		container_make(&file, kinds[i].type, kinds[i].family, LEVEL_T, PKI_RSA2048);
		container_read(&r, &file);
		CU_ASSERT(container_holds(&r));
		CU_ASSERT_EQUAL_FATAL(r.list.items[0].timestamp_count, 1);
		ASSERT_OK(timestamp_token_read(
			      &token, SPAN_OF(&r.list.items[0].timestamps[0].token), NULL, &err),
		    &err);
		CU_ASSERT_EQUAL(tsp_matches(&token, &r.list.items[0].timestamps[0].imprint), 1);
		timestamp_token_release(&token);
		container_release(&r);
		buf_release(&file);
	}
}

static struct sign_options
baseline(void)
{
	return (struct sign_options){ .signing_time = PKI_NOW, .claim_time = 1 };
}

static void
a_second_signature_leaves_the_first_and_all_entries_as_they_were(void)
{
	const struct sign_options options = baseline();
	size_t i, k;

	for (i = 0; i < KINDS; i++) {
		struct buf one = BUF_INIT(0), two = BUF_INIT(0);
		struct archive before, after;
		struct container_reading r;
		struct error err = ERROR_INIT;

		container_make(&one, kinds[i].type, kinds[i].family, LEVEL_B, PKI_P256);
		ASSERT_OK(
		    asic_add_signature(&two, SPAN_OF(&one), pki_key(PKI_RSA2048), &options, &err),
		    &err);
		container_read(&r, &two);
		CU_ASSERT(container_holds(&r));
		CU_ASSERT_EQUAL_FATAL(r.list.count, 2);
		CU_ASSERT_STRING_NOT_EQUAL(r.list.items[0].id, r.list.items[1].id);
		CU_ASSERT_EQUAL(r.list.items[1].scope, SCOPE_FULL);
		CU_ASSERT_NOT_EQUAL(X509_cmp(r.list.items[0].signer, r.list.items[1].signer), 0);
		ASSERT_OK(archive_open(&before, SPAN_OF(&one), NULL, &err), &err);
		ASSERT_OK(archive_open(&after, SPAN_OF(&two), NULL, &err), &err);
		for (k = 0; k < before.count; k++) {
			const struct archive_entry *e = &before.entries[k];

			CU_ASSERT_STRING_EQUAL(e->name, after.entries[k].name);
			if (kinds[i].type == ASIC_E || strncmp(e->name, "META-INF/", 9) != 0)
				CU_ASSERT(
				    span_equal(SPAN_OF(&e->data), SPAN_OF(&after.entries[k].data)));
		}
		/* ASiC-S has one signature file, ASiC-E one more (and its manifest). */
		CU_ASSERT_EQUAL(after.count - before.count, kinds[i].type == ASIC_S	    ? 0
							    : kinds[i].family == FORMAT_CMS ? 2
											    : 1);
		archive_release(&before);
		archive_release(&after);
		container_release(&r);
		buf_release(&one);
		buf_release(&two);
	}
}

static void
a_signature_added_covers_what_the_first_did_not(void)
{
	const struct container_change add = { .rename = "late.txt", .data = "added" };
	const struct sign_options options = baseline();
	struct buf one = BUF_INIT(0), two = BUF_INIT(0);
	struct container_reading r;
	struct error err = ERROR_INIT;

	container_make(&one, ASIC_E, FORMAT_CMS, LEVEL_B, PKI_P256);
	container_change(&one, &add, 1);
	ASSERT_OK(asic_add_signature(&two, SPAN_OF(&one), pki_key(PKI_P384), &options, &err), &err);
	container_read(&r, &two);
	CU_ASSERT(container_holds(&r));
	CU_ASSERT_EQUAL(r.list.items[0].scope, SCOPE_PARTIAL);
	CU_ASSERT_EQUAL(r.list.items[1].scope, SCOPE_FULL);
	CU_ASSERT_EQUAL(container_signed(&r, "late.txt"), 1);
	container_release(&r);
	buf_release(&one);
	buf_release(&two);
}

static void
nothing_is_added_to_what_is_no_asic_container_or_has_no_place(void)
{
	const struct test_tsa tsa = { .id = PKI_TSA, .time = PKI_NOW };
	const struct timestamp_source source = test_tsa_source(&tsa);
	const struct sign_options options = baseline();
	const struct container_change other = { .name = "mimetype",
		.data = "application/vnd.oasis.opendocument.text" };
	struct buf file = BUF_INIT(0), out = BUF_INIT(0);
	struct error err = ERROR_INIT;

	ASSERT_OK(
	    asic_timestamp(&file, container_documents(), 1, ASIC_S, &source, PKI_NOW, NULL, &err),
	    &err);
	CU_ASSERT_EQUAL(
	    asic_add_signature(&out, SPAN_OF(&file), pki_key(PKI_P256), &options, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_CONFLICT);
	error_clear(&err);
	container_change(&file, &other, 1);
	CU_ASSERT_EQUAL(
	    asic_add_signature(&out, SPAN_OF(&file), pki_key(PKI_P256), &options, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNSUPPORTED);
	CU_ASSERT_EQUAL(out.len, 0);
	buf_release(&file);
}

static void
a_container_is_stamped_without_a_signature(void)
{
	const struct test_tsa tsa = { .id = PKI_TSA, .time = PKI_NOW };
	const struct timestamp_source source = test_tsa_source(&tsa);
	static const enum asic_type types[] = { ASIC_S, ASIC_E };
	size_t i;

	for (i = 0; i < 2; i++) {
		struct buf file = BUF_INIT(0);
		struct container_reading r;
		struct timestamp_token token;
		struct error err = ERROR_INIT;
		const struct asic_stamp *stamp;

		ASSERT_OK(asic_timestamp(&file, container_documents(), i + 1, types[i], &source,
			      PKI_NOW, NULL, &err),
		    &err);
		container_read(&r, &file);
		CU_ASSERT_EQUAL(r.list.count, 0);
		CU_ASSERT_EQUAL_FATAL(r.container.stamp_count, 1);
		stamp = &r.container.stamps[0];
		CU_ASSERT_STRING_EQUAL(
		    stamp->name, i == 0 ? "META-INF/timestamp.tst" : "META-INF/timestamp001.tst");
		CU_ASSERT_STRING_EQUAL(stamp->covers, i == 0 ? "a.txt" : "a.txt\nb/\xc3\xa4 +.xml");
		CU_ASSERT_EQUAL(stamp->failure, SUB_NONE);
		ASSERT_OK(
		    timestamp_token_read(&token, SPAN_OF(&stamp->stamp.token), NULL, &err), &err);
		CU_ASSERT(token.value_intact && tsp_matches(&token, &stamp->stamp.imprint) == 1);
		/* A time stamp is no signature. */
		CU_ASSERT_EQUAL(r.container.unsigned_count, i + 1);
		timestamp_token_release(&token);
		container_release(&r);
		buf_release(&file);
	}
}

static void
refuses(const struct document *docs, size_t count, enum asic_type type, enum error_kind kind)
{
	const struct asic_sign_options asic = { type, FORMAT_CMS };
	const struct sign_options options = baseline();
	struct buf out = BUF_INIT(0);
	struct error err = ERROR_INIT;

	CU_ASSERT_EQUAL(asic_sign(&out, docs, count, &asic, pki_key(PKI_P256), &options, &err), -1);
	CU_ASSERT_EQUAL(err.kind, kind);
	CU_ASSERT_EQUAL(out.len, 0);
}

static void
documents_that_cannot_stand_in_a_container_are_refused(void)
{
	static const char *const names[] = { NULL, "", "mimetype", "META-INF/x", "meta-inf/x",
		"../x", "/x", "a\\b", "folder/" };
	struct document docs[2] = { container_documents()[0], container_documents()[1] };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		docs[0].name = names[i];
		refuses(docs, 1, ASIC_E, ERROR_MALFORMED);
	}
	refuses(docs + 1, 1, ASIC_S, ERROR_MALFORMED); /* in a folder */
	docs[0].name = docs[1].name;
	refuses(docs, 2, ASIC_E, ERROR_CONFLICT);
	docs[0] = container_documents()[0];
	refuses(docs, 2, ASIC_S, ERROR_MALFORMED);
	refuses(docs, 0, ASIC_E, ERROR_MALFORMED);
	docs[0].has_content = 0;
	refuses(docs, 1, ASIC_S, ERROR_MALFORMED);
}

static void
plain_signatures_have_no_place_in_a_container(void)
{
	const struct asic_sign_options asic = { ASIC_S, FORMAT_CMS };
	struct sign_options options = baseline();
	struct buf out = BUF_INIT(0);
	struct error err = ERROR_INIT;

	options.plain = 1;
	CU_ASSERT_EQUAL(
	    asic_sign(&out, container_documents(), 1, &asic, pki_key(PKI_P256), &options, &err),
	    -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNSUPPORTED);
}

/* Readers refuse what inflates to hundreds of times its size, ours too. */
static void
what_deflates_to_next_to_nothing_is_stored(void)
{
	const struct asic_sign_options asic = { ASIC_S, FORMAT_CMS };
	struct sign_options options = baseline();
	struct document doc = { .name = "spaces.txt", .has_content = 1 };
	struct buf out = BUF_INIT(0), spaces = BUF_INIT(0);
	const size_t size = (size_t)3 << 20;
	struct container_reading r;
	struct error err = ERROR_INIT;
	unsigned char *at = buf_reserve(&spaces, size, &err);

	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	memset(at, ' ', size);
	doc.content = (struct span){ at, size };
	ASSERT_OK(asic_sign(&out, &doc, 1, &asic, pki_key(PKI_P256), &options, &err), &err);
	CU_ASSERT(out.len > size);
	container_read(&r, &out);
	CU_ASSERT(container_holds(&r));
	CU_ASSERT_EQUAL(container_signed(&r, "spaces.txt"), 1);
	container_release(&r);
	buf_release(&out);
	buf_release(&spaces);
}

static const struct test tests[] = { TEST(each_type_and_family_is_made_and_covers_all_documents),
	TEST(the_media_type_stands_where_other_programs_look_for_it),
	TEST(level_t_carries_a_time_stamp_over_the_value),
	TEST(a_second_signature_leaves_the_first_and_all_entries_as_they_were),
	TEST(a_signature_added_covers_what_the_first_did_not),
	TEST(nothing_is_added_to_what_is_no_asic_container_or_has_no_place),
	TEST(a_container_is_stamped_without_a_signature),
	TEST(documents_that_cannot_stand_in_a_container_are_refused),
	TEST(plain_signatures_have_no_place_in_a_container),
	TEST(what_deflates_to_next_to_nothing_is_stored), TEST_END };
const struct suite suite_signing_format_asic_sign = { "signing/format/asic/sign", NULL, NULL,
	tests };
