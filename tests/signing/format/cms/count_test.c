/* Messages that are cheap to send and dear to decode: each is refused for its number, and at once.
 */
#include "signing/format/cms/count.h"

#include <openssl/cms.h>
#include <string.h>
#include <time.h>

#include "signing/format/cms/cms_read.h"
#include "tests/support/suite.h"

#define MANY 300000

/* Append tag, length and bytes; of indefinite length when `tag` is above 255. */
static void
put(struct buf *out, unsigned int tag, struct span inside)
{
	unsigned char head[6] = { (unsigned char)tag, 0x84 };
	int i;

	if (tag > 255) {
		head[1] = 0x80;
		buf_append(out, head, 2, NULL);
	} else {
		for (i = 0; i < 4; i++)
			head[2 + i] = (unsigned char)(inside.len >> (24 - 8 * i));
		buf_append(out, head, 6, NULL);
	}
	buf_append_span(out, inside, NULL);
	if (tag > 255)
		buf_append(out, "\0\0", 2, NULL);
}

static void
put_many(struct buf *out, size_t n, const char *bytes, size_t len)
{
	while (n-- > 0)
		buf_append(out, bytes, len, NULL);
}

#define BIG BUF_INIT((size_t)64 << 20)

/* A SignedData with these insides of its lists; `ber` asks for indefinite lengths of all around. */
static void
make_message(struct buf *out, struct span algorithms, struct span certificates, struct span crls,
    struct span signers, int ber)
{
	const unsigned int b = ber ? 256 : 0;
	struct buf data = BIG, whole = BIG, all = BIG;

	buf_append(&data, "\x02\x01\x01", 3, NULL);
	put(&data, b + 0x31, algorithms);
	buf_append(&data, "\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01", 13, NULL);
	put(&data, b + 0xa0, certificates);
	put(&data, b + 0xa1, crls);
	put(&data, b + 0x31, signers);
	put(&whole, b + 0x30, SPAN_OF(&data));
	buf_append(&all, "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", 11, NULL);
	put(&all, b + 0xa0, SPAN_OF(&whole));
	out->len = 0;
	put(out, b + 0x30, SPAN_OF(&all));
	buf_release(&data);
	buf_release(&whole);
	buf_release(&all);
}

/* A signer with these insides of its signed or unsigned attributes. */
static void
make_signer(struct buf *out, unsigned int tag, struct span attributes, int ber)
{
	struct buf inside = BIG;

	buf_append(&inside, "\x02\x01\x01\x30\x00\x30\x00", 7, NULL);
	put(&inside, (ber ? 256 : 0) + tag, attributes);
	buf_append(&inside, "\x30\x00\x04\x00", 4, NULL);
	out->len = 0;
	put(out, (ber ? 256 : 0) + 0x30, SPAN_OF(&inside));
	buf_release(&inside);
}

/* Refused over this limit, or with NULL not for a number, and either way at once. */
static void
expect(struct span der, const char *limit)
{
	const struct format_limits limits = FORMAT_LIMITS_DEFAULT;
	struct signatures list = { 0 };
	struct error err = ERROR_INIT;
	clock_t began = clock();

	CU_ASSERT_EQUAL(cms_count(der, &limits, &err), limit != NULL ? -1 : 0);
	CU_ASSERT_STRING_EQUAL(err.limit, limit != NULL ? limit : "");
	CU_ASSERT_EQUAL(err.kind, limit != NULL ? ERROR_LIMIT : ERROR_NONE);
	error_clear(&err);
	CU_ASSERT_EQUAL(cms_read(&list, der, NULL, NULL, &err), -1);
	CU_ASSERT_STRING_EQUAL(err.limit, limit != NULL ? limit : "");
	CU_ASSERT((clock() - began) / (CLOCKS_PER_SEC / 1000) < 500);
	signatures_release(&list);
}

static void
each_list_of_a_message_is_bounded(void)
{
	struct buf many = BIG, der = BIG;
	int ber;

	put_many(&many, MANY, "\x30\x00", 2);
	for (ber = 0; ber < 2; ber++) {
		make_message(&der, SPAN_OF(&many), SPAN_NONE, SPAN_NONE, SPAN_NONE, ber);
		expect(SPAN_OF(&der), "digest-algorithms");
		make_message(&der, SPAN_NONE, SPAN_OF(&many), SPAN_NONE, SPAN_NONE, ber);
		expect(SPAN_OF(&der), "certificates");
		make_message(&der, SPAN_NONE, SPAN_NONE, SPAN_OF(&many), SPAN_NONE, ber);
		expect(SPAN_OF(&der), "certificates");
		make_message(&der, SPAN_NONE, SPAN_NONE, SPAN_NONE, SPAN_OF(&many), ber);
		expect(SPAN_OF(&der), "signatures");
	}
	many.len = 200; /* as many as there may be */
	make_message(&der, SPAN_OF(&many), SPAN_OF(&many), SPAN_OF(&many), SPAN_OF(&many), 1);
	expect(SPAN_OF(&der), NULL);
	buf_release(&many);
	buf_release(&der);
}

static void
each_certificate_and_revocation_list_is_bounded(void)
{
	struct buf large = BIG, one = BIG, der = BIG;

	put_many(&large, CMS_REVOCATION_LIST_MAX / 2, "\x05\x00", 2);
	put(&one, 0x30, SPAN_OF(&large));
	make_message(&der, SPAN_NONE, SPAN_NONE, SPAN_OF(&one), SPAN_NONE, 0);
	expect(SPAN_OF(&der), "revocation-list-bytes");
	large.len = CMS_CERTIFICATE_MAX;
	one.len = 0;
	put(&one, 0x30, SPAN_OF(&large));
	make_message(&der, SPAN_NONE, SPAN_OF(&one), SPAN_NONE, SPAN_NONE, 0);
	expect(SPAN_OF(&der), "certificate-bytes");
	buf_release(&large);
	buf_release(&one);
	buf_release(&der);
}

static void
attributes_and_their_values_are_bounded(void)
{
	static const char small[] = "\x30\x09\x06\x03\x2a\x03\x04\x31\x02\x05\x00";
	struct buf many = BIG, attribute = BIG, signer = BIG, der = BIG;
	struct error err = ERROR_INIT;
	unsigned int tag;
	int ber;

	for (tag = 0xa0; tag <= 0xa1; tag++)
		for (ber = 0; ber < 2; ber++) {
			many.len = attribute.len = 0;
			put_many(&many, MANY, small, 11);
			make_signer(&signer, tag, SPAN_OF(&many), ber);
			make_message(&der, SPAN_NONE, SPAN_NONE, SPAN_NONE, SPAN_OF(&signer), ber);
			expect(SPAN_OF(&der), "attributes");
			error_clear(&err);
			CU_ASSERT_EQUAL(cms_count_signer(SPAN_OF(&signer), &err), -1);
			many.len = 0;
			put_many(&many, MANY, "\x05\x00", 2);
			buf_append(&attribute, "\x06\x03\x2a\x03\x04", 5, NULL);
			put(&attribute, 0x31, SPAN_OF(&many));
			many.len = 0;
			put(&many, 0x30, SPAN_OF(&attribute));
			make_signer(&signer, tag, SPAN_OF(&many), ber);
			make_message(&der, SPAN_NONE, SPAN_NONE, SPAN_NONE, SPAN_OF(&signer), ber);
			expect(SPAN_OF(&der), "attribute-values");
		}
	buf_release(&many);
	buf_release(&attribute);
	buf_release(&signer);
	buf_release(&der);
}

static void
values_that_nest_ten_thousand_deep_end_the_count(void)
{
	struct buf deep = BIG, der = BIG;
	int i;

	for (i = 0; i < 2; i++) {
		deep.len = 0;
		put_many(&deep, 10000, i == 0 ? "\x30\x80" : "\x24\x80", 2);
		put_many(&deep, 10000, "\0\0", 2);
		expect(SPAN_OF(&deep), NULL);
		make_message(&der, SPAN_NONE, SPAN_OF(&deep), SPAN_NONE, SPAN_NONE, 1);
		expect(SPAN_OF(&der), NULL);
		make_message(&der, SPAN_NONE, SPAN_NONE, SPAN_NONE, SPAN_OF(&deep), 0);
		expect(SPAN_OF(&der), NULL);
	}
	buf_release(&deep);
	buf_release(&der);
}

/* OpenSSL looks for the end of a value however deep it nests; what stands behind it is decoded. */
static void
what_nests_too_deep_hides_nothing_behind_it(void)
{
	struct buf many = BIG, der = BIG, data = BIG, all = BIG;
	struct error err = ERROR_INIT;

	put_many(&many, 100, "\x30\x80", 2);
	put_many(&many, 100, "\0\0", 2);
	put_many(&many, MANY, "\x30\x00", 2);
	make_message(&der, SPAN_NONE, SPAN_OF(&many), SPAN_NONE, SPAN_NONE, 0);
	expect(SPAN_OF(&der), "certificates");
	make_message(&der, SPAN_NONE, SPAN_NONE, SPAN_NONE, SPAN_OF(&many), 1);
	expect(SPAN_OF(&der), "signatures");
	/* Of an envelope */
	put(&data, 0x31, SPAN_OF(&many));
	put(&all, 0x30, SPAN_OF(&data));
	data.len = der.len = 0;
	buf_append(&data, "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03", 11, NULL);
	put(&data, 0xa0, SPAN_OF(&all));
	put(&der, 0x30, SPAN_OF(&data));
	CU_ASSERT_EQUAL(cms_count_envelope(SPAN_OF(&der), 1000, &err), -1);
	CU_ASSERT_STRING_EQUAL(err.limit, "envelope-recipients");
	buf_release(&many);
	buf_release(&der);
	buf_release(&data);
	buf_release(&all);
}

/* An envelope with a member of these bytes beside its content, and content of these pieces. */
static void
make_envelope(struct buf *out, unsigned int tag, struct span beside, struct span pieces)
{
	struct buf data = BIG, content = BIG, whole = BIG, all = BIG;

	buf_append(&data, "\x02\x01\x00", 3, NULL);
	put(&data, tag, beside);
	buf_append(&content, "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01\x30\x00", 13, NULL);
	put(&content, 0xa0, pieces);
	put(&data, 0x30, SPAN_OF(&content));
	put(&whole, 0x30, SPAN_OF(&data));
	buf_append(&all, "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03", 11, NULL);
	put(&all, 0xa0, SPAN_OF(&whole));
	out->len = 0;
	put(out, 0x30, SPAN_OF(&all));
	buf_release(&data);
	buf_release(&content);
	buf_release(&whole);
	buf_release(&all);
}

static void
expect_of_envelope(struct span der, const char *limit)
{
	struct error err = ERROR_INIT;

	CU_ASSERT_EQUAL(cms_count_envelope(der, 1000, &err), limit != NULL ? -1 : 0);
	CU_ASSERT_STRING_EQUAL(err.limit, limit != NULL ? limit : "");
}

static void
what_stands_beside_the_content_of_an_envelope_is_bounded(void)
{
	/* recipients, the sender, attributes, the mac */
	static const unsigned int tags[] = { 0x31, 0xa0, 0xa1, 0xa2, 0x04 };
	const size_t around = 3 + 6 + 11 + 2; /* version, its own header, type, algorithm */
	struct buf large = BIG, name = BIG, der = BIG;
	size_t i;

	put_many(&name, CMS_ENVELOPE_HEAD_MAX, "x", 1);
	for (i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		name.len = CMS_ENVELOPE_HEAD_MAX - around - 6;
		large.len = 0;
		put(&large, 0x30, SPAN_OF(&name));
		make_envelope(&der, tags[i], SPAN_OF(&large), SPAN_NONE);
		expect_of_envelope(SPAN_OF(&der), NULL);
		name.len++;
		large.len = 0;
		put(&large, 0x30, SPAN_OF(&name));
		make_envelope(&der, tags[i], SPAN_OF(&large), SPAN_NONE);
		expect_of_envelope(SPAN_OF(&der), "envelope-head");
	}
	/* The content is not counted. */
	large.len = 0;
	name.len = CMS_ENVELOPE_HEAD_MAX;
	put(&large, 0x04, SPAN_OF(&name));
	make_envelope(&der, 0x31, SPAN_NONE, SPAN_OF(&large));
	expect_of_envelope(SPAN_OF(&der), NULL);
	buf_release(&large);
	buf_release(&name);
	buf_release(&der);
}

static void
pieces_of_the_content_of_an_envelope_are_bounded(void)
{
	struct buf pieces = BIG, deep = BIG, der = BIG;

	put_many(&pieces, CMS_ENVELOPE_PIECES_MAX, "\x04\x01x", 3);
	make_envelope(&der, 0x31, SPAN_NONE, SPAN_OF(&pieces));
	expect_of_envelope(SPAN_OF(&der), NULL);
	put_many(&pieces, 1, "\x04\x01x", 3);
	make_envelope(&der, 0x31, SPAN_NONE, SPAN_OF(&pieces));
	expect_of_envelope(SPAN_OF(&der), "envelope-pieces");
	/* In each other they count as well. */
	pieces.len -= 3;
	put(&deep, 0x24, SPAN_OF(&pieces));
	make_envelope(&der, 0x31, SPAN_NONE, SPAN_OF(&deep));
	expect_of_envelope(SPAN_OF(&der), "envelope-pieces");
	buf_release(&pieces);
	buf_release(&deep);
	buf_release(&der);
}

static void
a_content_info_is_taken_apart_only_where_nothing_stands_behind_it(void)
{
	struct buf der = BIG;
	struct span type, content;

	make_envelope(&der, 0x31, SPAN_NONE, SPAN_NONE);
	CU_ASSERT_EQUAL(cms_parts(SPAN_OF(&der), &type, &content), 0);
	CU_ASSERT(type.len == 11 && type.data[0] == 0x06);
	CU_ASSERT(content.data + content.len == der.data + der.len && content.data[0] == 0x30);
	CU_ASSERT_EQUAL(cms_parts((struct span){ der.data, der.len - 1 }, &type, &content), -1);
	CU_ASSERT_EQUAL(buf_append(&der, "", 1, NULL), 0);
	CU_ASSERT_EQUAL(cms_parts(SPAN_OF(&der), &type, &content), -1);
	der.len--;
	der.data[0] = 0x31;
	CU_ASSERT_EQUAL(cms_parts(SPAN_OF(&der), &type, &content), -1);
	buf_release(&der);
}

static const struct test tests[] = { TEST(each_list_of_a_message_is_bounded),
	TEST(each_certificate_and_revocation_list_is_bounded),
	TEST(attributes_and_their_values_are_bounded),
	TEST(values_that_nest_ten_thousand_deep_end_the_count),
	TEST(what_nests_too_deep_hides_nothing_behind_it),
	TEST(what_stands_beside_the_content_of_an_envelope_is_bounded),
	TEST(pieces_of_the_content_of_an_envelope_are_bounded),
	TEST(a_content_info_is_taken_apart_only_where_nothing_stands_behind_it), TEST_END };
const struct suite suite_signing_format_cms_count = { "signing/format/cms/count", NULL, NULL,
	tests };
