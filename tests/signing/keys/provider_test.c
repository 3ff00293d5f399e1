/* Keys of the keys process in OpenSSL's hands: a real process, with its filter, does the work. */
#include "signing/keys/provider.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <string.h>

#include "tests/support/keys_process.h"
#include "tests/support/suite.h"

static struct test_keys keys;

/* The keys of this suite: ordinary ones, and ours made from their public halves. */
static struct {
	const char *name, *curve; /* curve NULL: RSA-2048 */
	EVP_PKEY *real, *ours;
} all[] = {
	{ "rsa", NULL, NULL, NULL },
	{ "p256", "P-256", NULL, NULL },
	{ "p384", "P-384", NULL, NULL },
	{ "p521", "P-521", NULL, NULL },
	{ "bp256", "brainpoolP256r1", NULL, NULL },
	{ "bp384", "brainpoolP384r1", NULL, NULL },
	{ "bp512", "brainpoolP512r1", NULL, NULL },
};
#define COUNT (sizeof(all) / sizeof(all[0]))
enum { THE_RSA, FIRST_EC };

static int
make_key(size_t i)
{
	struct error err = ERROR_INIT;
	EVP_PKEY *real = all[i].curve != NULL ? EVP_EC_gen(all[i].curve) : EVP_RSA_gen(2048);
	X509 *cert = test_cert(real, all[i].name, NULL, NULL);
	int rc = -1;

	all[i].real = real;
	if (cert != NULL && test_keys_p12(&keys, all[i].name, real, cert, NULL, "secret") == 0)
		rc = keys_pkey_new(&all[i].ours, all[i].name, X509_get0_pubkey(cert), &err);
	X509_free(cert);
	return rc;
}

static int
setup(void)
{
	size_t i;

	if (test_keys_init(&keys) != 0)
		return -1;
	for (i = 0; i < COUNT; i++)
		if (make_key(i) != 0)
			return -1;
	if (test_keys_start(&keys) != 0)
		return -1;
	return keys_thread_attach(keys.clients[0], 0);
}

static int
teardown(void)
{
	size_t i;

	keys_thread_detach();
	for (i = 0; i < COUNT; i++) {
		EVP_PKEY_free(all[i].real);
		EVP_PKEY_free(all[i].ours);
	}
	test_keys_release(&keys);
	return 0;
}

/* Sign with ours, verify with the ordinary public key; then a flipped byte must not verify. */
static void
sign_and_check(size_t i, const struct sig_alg *alg)
{
	struct error err = ERROR_INIT;
	unsigned char *sig = NULL;
	size_t len = 0;

	ASSERT_OK(sig_alg_sign(alg, all[i].ours, "hello", 5, &sig, &len, &err), &err);
	CU_ASSERT_EQUAL(keys_last_error()->kind, ERROR_NONE);
	CU_ASSERT_EQUAL(sig_alg_verify(alg, all[i].real, "hello", 5, sig, len, &err), 1);
	CU_ASSERT_EQUAL(sig_alg_verify(alg, all[i].ours, "hello", 5, sig, len, &err), 1);
	sig[len - 1] ^= 1;
	CU_ASSERT_EQUAL(sig_alg_verify(alg, all[i].real, "hello", 5, sig, len, &err), 0);
	CU_ASSERT_EQUAL(sig_alg_verify(alg, all[i].ours, "hello", 5, sig, len, &err), 0);
	CU_ASSERT_EQUAL(ERR_peek_error(), 0);
	OPENSSL_free(sig);
}

static const enum digest usable_digests[] = { DIGEST_SHA1, DIGEST_SHA224, DIGEST_SHA256,
	DIGEST_SHA384, DIGEST_SHA512, DIGEST_SHA3_224, DIGEST_SHA3_256, DIGEST_SHA3_384,
	DIGEST_SHA3_512 };
#define DIGEST_COUNT (sizeof(usable_digests) / sizeof(usable_digests[0]))

static void
rsa_signs_pkcs1_and_pss_with_every_digest(void)
{
	struct sig_alg alg = { KEY_RSA, PADDING_PKCS1, DIGEST_NONE, DIGEST_NONE, 0 };
	size_t i;

	for (i = 0; i < DIGEST_COUNT; i++) {
		alg.padding = PADDING_PKCS1;
		alg.digest = usable_digests[i];
		sign_and_check(THE_RSA, &alg);
		alg.padding = PADDING_PSS;
		alg.mgf_digest = usable_digests[(i + 1) % DIGEST_COUNT];
		alg.salt_len = (int)i * 8;
		sign_and_check(THE_RSA, &alg);
	}
}

static void
every_curve_signs_with_every_digest(void)
{
	struct sig_alg alg = { KEY_EC, PADDING_NONE, DIGEST_NONE, DIGEST_NONE, 0 };
	size_t i, k;

	for (k = FIRST_EC; k < COUNT; k++)
		for (i = 0; i < DIGEST_COUNT; i++) {
			alg.digest = usable_digests[i];
			sign_and_check(k, &alg);
		}
}

static const struct test tests[] = { TEST(rsa_signs_pkcs1_and_pss_with_every_digest),
	TEST(every_curve_signs_with_every_digest), TEST_END };
const struct suite suite_signing_keys_provider = { "signing/keys/provider", setup, teardown,
	tests };
