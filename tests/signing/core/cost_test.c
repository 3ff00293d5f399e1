/* Keys that make a check dear are refused before it. */
#include <openssl/core_names.h>
#include <openssl/dsa.h>
#include <openssl/param_build.h>
#include <string.h>
#include <time.h>

#include "signing/core/alg.h"
#include "tests/support/suite.h"

/* An odd number of so many bits; whose, nobody asks. */
static BIGNUM *
number(int bits)
{
	BIGNUM *n = BN_new();

	CU_ASSERT_EQUAL_FATAL(BN_rand(n, bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD), 1);
	return n;
}

static EVP_PKEY *
key_of(const char *type, const char *const names[4], const int bits[4])
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	BIGNUM *values[4] = { NULL };
	OSSL_PARAM *params;
	EVP_PKEY *key = NULL;
	int i;

	for (i = 0; i < 4 && names[i] != NULL; i++) {
		values[i] = number(bits[i]);
		OSSL_PARAM_BLD_push_BN(build, names[i], values[i]);
	}
	params = OSSL_PARAM_BLD_to_param(build);
	CU_ASSERT_EQUAL_FATAL(EVP_PKEY_fromdata_init(ctx), 1);
	CU_ASSERT_EQUAL_FATAL(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params), 1);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(ctx);
	for (i = 0; i < 4; i++)
		BN_free(values[i]);
	return key;
}

/* Checking with it ends over this limit; "" stands for one that is checked, and found wrong. */
static void
expect(EVP_PKEY *key, const struct sig_alg *alg, const char *limit)
{
	static const unsigned char digest[DIGEST_SIZE_MAX];
	unsigned char sig[2048] = { 0x30, 0x06, 0x02, 0x01, 0x05, 0x02, 0x01, 0x07 };
	size_t len = alg->key == KEY_RSA ? (size_t)(key_bits(key) + 7) / 8 : 8;
	int rc = limit[0] != '\0' ? -1 : 0, i;
	struct error err = ERROR_INIT;
	clock_t began = clock();

	if (len > sizeof(sig))
		len = sizeof(sig);
	for (i = 0; i < 20; i++) {
		error_clear(&err);
		CU_ASSERT_EQUAL(sig_alg_verify(alg, key, "x", 1, sig, len, &err), rc);
		CU_ASSERT_STRING_EQUAL(err.limit, limit);
		CU_ASSERT(rc == 0 || err.kind == ERROR_LIMIT);
		error_clear(&err);
		CU_ASSERT_EQUAL(sig_alg_verify_digest(alg, key, digest, sig, len, &err), rc);
		CU_ASSERT_STRING_EQUAL(err.limit, limit);
	}
	CU_ASSERT((clock() - began) / (CLOCKS_PER_SEC / 1000) < 500);
}

static void
keys_and_exponents_have_a_size(void)
{
	static const char *const rsa[4] = { OSSL_PKEY_PARAM_RSA_N, OSSL_PKEY_PARAM_RSA_E };
	static const char *const dsa[4] = { OSSL_PKEY_PARAM_FFC_P, OSSL_PKEY_PARAM_FFC_Q,
		OSSL_PKEY_PARAM_FFC_G, OSSL_PKEY_PARAM_PUB_KEY };
	static const struct sig_alg pkcs1 = {
		.key = KEY_RSA, .padding = PADDING_PKCS1, .digest = DIGEST_SHA256
	};
	static const struct sig_alg by_dsa = { .key = KEY_DSA, .digest = DIGEST_SHA256 };
	static const struct {
		int bits[4];
		const struct sig_alg *alg;
		const char *limit;
	} rows[] = {
		{ { 3072, 17 }, &pkcs1, "" },
		{ { 3072, 64 }, &pkcs1, "" },
		{ { 3072, 65 }, &pkcs1, "exponent-bits" },
		{ { 3072, 3071 }, &pkcs1, "exponent-bits" },
		{ { 16384, 17 }, &pkcs1, "" },
		{ { 16400, 17 }, &pkcs1, "key-bits" },
		{ { 3072, 256, 3000, 3000 }, &by_dsa, "" },
		{ { 4104, 256, 4000, 4000 }, &by_dsa, "key-bits" },
		{ { 10000, 256, 9000, 9000 }, &by_dsa, "key-bits" },
	};
	EVP_PKEY *key;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		key = rows[i].alg == &pkcs1 ? key_of("RSA", rsa, rows[i].bits)
					    : key_of("DSA", dsa, rows[i].bits);
		expect(key, rows[i].alg, rows[i].limit);
		EVP_PKEY_free(key);
	}
}

static const struct test tests[] = { TEST(keys_and_exponents_have_a_size), TEST_END };
const struct suite suite_signing_core_cost = { "signing/core/cost", NULL, NULL, tests };
