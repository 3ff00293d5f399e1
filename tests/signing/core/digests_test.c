/* Digests in one pass and of one span, against values of the standards. */
#include "signing/core/digests.h"

#include <openssl/x509.h>
#include <string.h>

#include "server/base/text.h"
#include "tests/support/suite.h"

static void
a_function_of_any_length_gives_512_bits(void)
{
	/* SHAKE256 of nothing, FIPS 202. */
	static const char hex[] =
	    "46b9dd2b0ba88d13233b3feb743eeb243fcd52ea62b81b82b50c27646ed5762f"
	    "d75dc4ddd8c0f200cb05019d67b592f6fc821c49479ab48640292eacb3b7c4be";
	unsigned char value[DIGEST_SIZE_MAX];
	struct digest_values values;
	struct error err = ERROR_INIT;
	struct digests *d;
	char text[2 * DIGEST_SIZE_MAX + 1];
	size_t i;

	ASSERT_OK(digest_span(DIGEST_SHAKE256, SPAN_NONE, value, &err), &err);
	for (i = 0; i < sizeof(value); i++)
		snprintf(text + 2 * i, 3, "%02x", value[i]);
	CU_ASSERT_STRING_EQUAL(text, hex);
	ASSERT_OK(
	    digests_new(&d, DIGEST_BIT(DIGEST_SHAKE256) | DIGEST_BIT(DIGEST_SHA256), &err), &err);
	ASSERT_OK(digests_final(d, &values, &err), &err);
	CU_ASSERT_EQUAL(memcmp(values.value[DIGEST_SHAKE256], value, sizeof(value)), 0);
	digests_free(d);
}

/* RSA's and EC's arcs name no digest: the one that is handed in is meant; without it nothing is. */
static void
an_algorithm_without_a_digest_takes_the_one_that_goes_with_it(void)
{
	static const struct {
		const char *oid;
		enum key_type key;
	} rows[] = { { "1.2.840.113549.1.1.1", KEY_RSA }, { "1.2.840.10045.2.1", KEY_EC },
		{ "1.2.840.10045.4", KEY_EC } };
	struct error err = ERROR_INIT;
	struct sig_alg alg;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		X509_ALGOR *algor = X509_ALGOR_new();

		X509_ALGOR_set0(algor, OBJ_txt2obj(rows[i].oid, 1), V_ASN1_UNDEF, NULL);
		ASSERT_OK(sig_alg_by_x509(algor, DIGEST_SHA384, &alg, &err), &err);
		CU_ASSERT(alg.key == rows[i].key && alg.digest == DIGEST_SHA384);
		CU_ASSERT_EQUAL(sig_alg_by_x509(algor, DIGEST_NONE, &alg, &err), -1);
		CU_ASSERT_EQUAL(err.kind, ERROR_UNSUPPORTED);
		error_clear(&err);
		X509_ALGOR_free(algor);
	}
}

static const struct test tests[] = { TEST(a_function_of_any_length_gives_512_bits),
	TEST(an_algorithm_without_a_digest_takes_the_one_that_goes_with_it), TEST_END };
const struct suite suite_signing_core_digests = { "signing/core/digests", NULL, NULL, tests };
