/* What a key for time stamps alone signs, looked at where the key is (S2-20). */
#include <string.h>

#include "signing/format/cms/cms_sign.h"
#include "signing/keys/stamp.h"
#include "tests/support/pki.h"
#include "tests/support/suite.h"

/* What a maker of tokens hands to the key, kept. */
static struct buf attributes, info;
static int asked;

static int
keep(const struct sign_key *key, const struct sig_alg *alg, struct span signed_attributes,
    struct span tst_info, struct buf *sig, struct error *err)
{
	(void)key;
	(void)alg;
	asked++;
	attributes.len = info.len = 0;
	return buf_append_span(&attributes, signed_attributes, err) != 0 ||
		       buf_append_span(&info, tst_info, err) != 0
		   ? -1
		   : buf_append_str(sig, "signature", err);
}

static const struct span tst_info = { (const unsigned char *)"\x30\x03\x02\x01\x01", 5 };

static int
make(const char *type)
{
	const struct sign_options options = { .signing_time = PKI_NOW };
	const struct cms_content content = { .type = type, .content = tst_info };
	struct sign_key key = *pki_key(PKI_TSA);
	struct buf der = BUF_INIT(0);
	struct error err = ERROR_INIT;
	int rc;

	asked = 0;
	key.sign_stamp = keep;
	rc = cms_sign_content(&der, &content, &key, &options, &err);
	buf_release(&der);
	return rc;
}

static void
tokens_are_signed_by_way_of_their_attributes_and_nothing_else_is(void)
{
	unsigned char value[DIGEST_SIZE_MAX], want[DIGEST_SIZE_MAX];
	struct error err = ERROR_INIT;

	CU_ASSERT_EQUAL_FATAL(make("1.2.840.113549.1.9.16.1.4"), 0);
	CU_ASSERT_EQUAL_FATAL(asked, 1);
	CU_ASSERT(span_equal(SPAN_OF(&info), tst_info));
	ASSERT_OK(
	    stamp_digest(SPAN_OF(&attributes), SPAN_OF(&info), DIGEST_SHA256, value, &err), &err);
	ASSERT_OK(digest_span(DIGEST_SHA256, SPAN_OF(&attributes), want, &err), &err);
	CU_ASSERT_EQUAL(memcmp(value, want, 32), 0);
	CU_ASSERT_EQUAL(make("1.2.840.113549.1.7.1"), 0);
	CU_ASSERT_EQUAL(asked, 0);
}

static void
refused(struct span of, struct span over, enum digest digest)
{
	unsigned char value[DIGEST_SIZE_MAX];
	struct error err = ERROR_INIT;

	CU_ASSERT_EQUAL(stamp_digest(of, over, digest, value, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
}

/* The attributes of a signature over a contract are not those of a time stamp. */
static void
attributes_of_anything_else_are_refused(void)
{
	static const unsigned char data[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10,
		0x01, 0x04 };
	unsigned char *at;

	CU_ASSERT_EQUAL_FATAL(make("1.2.840.113549.1.9.16.1.4"), 0);
	refused(SPAN_OF(&attributes), span_str("contract"), DIGEST_SHA256);
	refused(SPAN_OF(&attributes), SPAN_OF(&info), DIGEST_SHA384);
	refused(SPAN_OF(&attributes), SPAN_OF(&info), DIGEST_NONE);
	refused(SPAN_NONE, SPAN_OF(&info), DIGEST_SHA256);
	refused(SPAN_OF(&attributes), SPAN_NONE, DIGEST_SHA256);
	/* Another content type of the same length. */
	at = memmem(attributes.data, attributes.len, data, sizeof(data));
	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	at[sizeof(data) - 1] ^= 1;
	refused(SPAN_OF(&attributes), SPAN_OF(&info), DIGEST_SHA256);
}

static void
attributes_that_are_cut_or_go_on_are_refused(void)
{
	size_t len;

	CU_ASSERT_EQUAL_FATAL(make("1.2.840.113549.1.9.16.1.4"), 0);
	for (len = 0; len < attributes.len; len++)
		refused((struct span){ attributes.data, len }, SPAN_OF(&info), DIGEST_SHA256);
	CU_ASSERT_EQUAL_FATAL(buf_append(&attributes, "", 1, NULL), 0);
	refused(SPAN_OF(&attributes), SPAN_OF(&info), DIGEST_SHA256);
}

static int
teardown(void)
{
	buf_release(&attributes);
	buf_release(&info);
	return 0;
}

static const struct test tests[] = {
	TEST(tokens_are_signed_by_way_of_their_attributes_and_nothing_else_is),
	TEST(attributes_of_anything_else_are_refused),
	TEST(attributes_that_are_cut_or_go_on_are_refused), TEST_END
};
const struct suite suite_signing_keys_stamp = { "signing/keys/stamp", NULL, teardown, tests };
