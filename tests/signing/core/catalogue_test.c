#include "signing/core/catalogue.h"

#include <string.h>

#include "server/base/text.h"
#include "tests/support/suite.h"

static int64_t
at(const char *time)
{
	int64_t seconds = 0;

	CU_ASSERT_EQUAL_FATAL(text_parse_time(time, &seconds), 0);
	return seconds;
}

static int
judge(enum key_type key, enum padding padding, enum digest digest, int bits, const char *curve,
    const char *time, struct catalogue_verdict *v)
{
	struct sig_alg alg = { .key = key, .padding = padding, .digest = digest };

	if (padding == PADDING_PSS)
		alg.mgf_digest = digest;
	return catalogue_judge_signature(catalogue_builtin(), &alg, bits, curve, at(time), v);
}

static void
a_digest_is_suitable_to_the_end_of_its_last_day(void)
{
	struct catalogue_verdict v;
	const struct catalogue *c = catalogue_builtin();

	CU_ASSERT(catalogue_judge_digest(c, DIGEST_SHA1, at("2012-07-31T23:59:59Z"), &v));
	CU_ASSERT_STRING_EQUAL(v.text, "");
	CU_ASSERT(!catalogue_judge_digest(c, DIGEST_SHA1, at("2012-08-01T00:00:00Z"), &v));
	CU_ASSERT_STRING_EQUAL(v.text, "SHA1 is not suitable after 2012-07-31");
	CU_ASSERT_EQUAL(v.until, at("2012-07-31T23:59:59Z"));
	CU_ASSERT(!catalogue_judge_digest(c, DIGEST_MD5, at("2026-03-01T00:00:00Z"), &v));
	CU_ASSERT(catalogue_judge_digest(c, DIGEST_SHA256, at("2099-01-01T00:00:00Z"), &v));
	CU_ASSERT_EQUAL(v.until, CATALOGUE_OPEN);
}

static void
what_is_not_listed_was_never_suitable(void)
{
	struct catalogue_verdict v;
	const char *now = "2026-03-01T00:00:00Z";

	CU_ASSERT(!catalogue_judge_digest(catalogue_builtin(), DIGEST_NONE, at(now), &v));
	CU_ASSERT_EQUAL(v.until, -1);
	CU_ASSERT(!catalogue_judge_digest(catalogue_builtin(), DIGEST_SHA3_224, at(now), &v));
	CU_ASSERT_PTR_NOT_NULL(strstr(v.text, "SHA3-224 is not in the catalogue"));
	CU_ASSERT(
	    !judge(KEY_RSA, PADDING_PKCS1, DIGEST_SHA256, 512, "", "1999-01-01T00:00:00Z", &v));
	CU_ASSERT(!judge(KEY_UNKNOWN, PADDING_NONE, DIGEST_SHA256, 4096, "", now, &v));
	CU_ASSERT(!judge(KEY_RSA, PADDING_NONE, DIGEST_SHA256, 4096, "", now, &v));
	CU_ASSERT(!judge(KEY_EC, PADDING_NONE, DIGEST_SHA256, 256, "secp256k1", now, &v));
}

static void
key_sizes_and_curves_have_their_days(void)
{
	static const struct {
		enum key_type key;
		enum padding padding;
		int bits;
		const char *curve, *last; /* NULL: open */
	} rows[] = {
		{ KEY_RSA, PADDING_PKCS1, 1024, "", "2019-09-30" },
		{ KEY_RSA, PADDING_PKCS1, 2048, "", "2028-12-31" },
		{ KEY_RSA, PADDING_PKCS1, 4096, "", "2028-12-31" },
		{ KEY_RSA, PADDING_PSS, 2048, "", "2028-12-31" },
		{ KEY_RSA, PADDING_PSS, 2999, "", "2028-12-31" },
		{ KEY_RSA, PADDING_PSS, 3072, "", NULL },
		{ KEY_EC, PADDING_NONE, 256, "P-256", NULL },
		{ KEY_EC, PADDING_NONE, 521, "P-521", NULL },
		{ KEY_EC, PADDING_NONE, 384, "brainpoolP384r1", NULL },
		{ KEY_EC, PADDING_NONE, 224, "P-224", "2021-09-30" },
		{ KEY_EC, PADDING_NONE, 320, "brainpoolP320r1", "2021-09-30" },
		{ KEY_DSA, PADDING_NONE, 1024, "", "2015-11-30" },
		{ KEY_DSA, PADDING_NONE, 2048, "", "2028-12-31" },
	};
	struct catalogue_verdict v;
	char day[TEXT_TIME_SIZE];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		judge(rows[i].key, rows[i].padding, DIGEST_SHA256, rows[i].bits, rows[i].curve,
		    "2040-01-01T00:00:00Z", &v);
		CU_ASSERT_EQUAL(v.suitable, rows[i].last == NULL);
		if (rows[i].last != NULL) {
			CU_ASSERT_EQUAL(strncmp(text_time(day, v.until), rows[i].last, 10), 0);
			CU_ASSERT_PTR_NOT_NULL(strstr(v.text, rows[i].last));
		}
	}
}

static void
the_weakest_part_decides_and_is_named(void)
{
	struct catalogue_verdict v;
	struct sig_alg pss = { KEY_RSA, PADDING_PSS, DIGEST_SHA256, DIGEST_SHA1, 32 };

	CU_ASSERT(
	    !judge(KEY_RSA, PADDING_PKCS1, DIGEST_SHA1, 1024, "", "2026-03-01T00:00:00Z", &v));
	CU_ASSERT_STRING_EQUAL(v.text, "SHA1 is not suitable after 2012-07-31");
	CU_ASSERT(
	    !judge(KEY_RSA, PADDING_PKCS1, DIGEST_SHA256, 1024, "", "2026-03-01T00:00:00Z", &v));
	CU_ASSERT_STRING_EQUAL(
	    v.text, "RSA PKCS#1 v1.5 with a key of 1024 bits is not suitable after 2019-09-30");
	CU_ASSERT(judge(KEY_RSA, PADDING_PKCS1, DIGEST_SHA1, 1024, "", "2010-01-01T00:00:00Z", &v));
	CU_ASSERT(!catalogue_judge_signature(
	    catalogue_builtin(), &pss, 3072, "", at("2026-03-01T00:00:00Z"), &v));
	CU_ASSERT_STRING_EQUAL(v.text, "SHA1 is not suitable after 2012-07-31");
}

static const struct test tests[] = { TEST(a_digest_is_suitable_to_the_end_of_its_last_day),
	TEST(what_is_not_listed_was_never_suitable), TEST(key_sizes_and_curves_have_their_days),
	TEST(the_weakest_part_decides_and_is_named), TEST_END };
const struct suite suite_signing_core_catalogue = { "signing/core/catalogue", NULL, NULL, tests };
