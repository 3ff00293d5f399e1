/* Keys of the keys process in OpenSSL's hands: a real process, with its filter, does the work. */
#include "signing/keys/provider.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <string.h>

#include "signing/core/digests.h"
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

static void
many_digests_in_one_trip_each_give_a_signature(void)
{
	enum { COUNT_MANY = 1201 };
	static unsigned char digests[COUNT_MANY][DIGEST_SIZE_MAX];
	static struct buf sigs[COUNT_MANY];
	static const struct sig_alg algs[] = {
		{ KEY_EC, PADDING_NONE, DIGEST_SHA256, DIGEST_NONE, 0 },
		{ KEY_RSA, PADDING_PSS, DIGEST_SHA256, DIGEST_SHA256, 32 },
	};
	struct error err = ERROR_INIT;
	size_t a, i, n;

	for (a = 0; a < 2; a++) {
		size_t k = a == 0 ? FIRST_EC : THE_RSA;
		const struct sign_key key = { .name = all[k].name,
			.pkey = all[k].ours,
			.sign_many = keys_sign_many,
			.ctx = (void *)all[k].name };

		n = a == 0 ? COUNT_MANY : 300;
		for (i = 0; i < n; i++) {
			ASSERT_OK(digest_span(DIGEST_SHA256, (struct span){ (void *)&i, sizeof(i) },
				      digests[i], &err),
			    &err);
			buf_init(&sigs[i], 0);
		}
		ASSERT_OK(
		    sign_key_digests(&key, &algs[a], (const void *)digests, n, sigs, &err), &err);
		for (i = 0; i < n; i++) {
			size_t next = i + 1;

			CU_ASSERT_EQUAL(sig_alg_verify(&algs[a], all[k].real, &i, sizeof(i),
					    sigs[i].data, sigs[i].len, &err),
			    1);
			if (i % 100 == 0)
				CU_ASSERT_EQUAL(sig_alg_verify(&algs[a], all[k].real, &next,
						    sizeof(next), sigs[i].data, sigs[i].len, &err),
				    0);
			buf_release(&sigs[i]);
		}
	}
}

static void
many_digests_with_an_unknown_key_leave_nothing(void)
{
	static const unsigned char digests[2][DIGEST_SIZE_MAX];
	const struct sig_alg alg = { KEY_EC, PADDING_NONE, DIGEST_SHA256, DIGEST_NONE, 0 };
	const struct sign_key key = { .name = "nobody",
		.pkey = all[FIRST_EC].ours,
		.sign_many = keys_sign_many,
		.ctx = "nobody" };
	struct buf sigs[2] = { BUF_INIT(0), BUF_INIT(0) };
	struct error err = ERROR_INIT;

	CU_ASSERT_EQUAL(sign_key_digests(&key, &alg, digests, 2, sigs, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
	CU_ASSERT_EQUAL(sigs[0].len + sigs[1].len, 0);
}

static void
a_key_and_an_algorithm_that_do_not_fit_are_refused(void)
{
	static const struct {
		size_t key;
		struct sig_alg alg;
	} bad[] = {
		/* the salt is longer than the key leaves room for */
		{ 0, { KEY_RSA, PADDING_PSS, DIGEST_SHA512, DIGEST_SHA512, 250 } },
		{ 1, { KEY_RSA, PADDING_PKCS1, DIGEST_SHA256, DIGEST_NONE, 0 } },
		{ 0, { KEY_EC, PADDING_NONE, DIGEST_SHA256, DIGEST_NONE, 0 } },
	};
	static const unsigned char digest[1][DIGEST_SIZE_MAX];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const struct sign_key key = { .name = "k",
			.pkey = all[bad[i].key].ours,
			.sign_many = keys_sign_many,
			.ctx = (void *)all[bad[i].key].name };
		struct error err = ERROR_INIT;
		struct buf sig = BUF_INIT(0);

		CU_ASSERT_EQUAL(sign_key_digests(&key, &bad[i].alg, digest, 1, &sig, &err), -1);
		CU_ASSERT_EQUAL(err.kind, ERROR_UNSUPPORTED);
		CU_ASSERT_EQUAL(sig.len, 0);
	}
}

static void
the_private_part_cannot_be_had(void)
{
	size_t i;

	for (i = 0; i < COUNT; i++) {
		EVP_PKEY *ours = all[i].ours;
		BIO *bio = BIO_new(BIO_s_mem());
		OSSL_PARAM *params = NULL;
		unsigned char *der = NULL;
		BIGNUM *bn = NULL;

		CU_ASSERT(i2d_PrivateKey(ours, &der) <= 0);
		CU_ASSERT(PEM_write_bio_PrivateKey(bio, ours, NULL, NULL, 0, NULL, NULL) != 1);
		CU_ASSERT(PEM_write_bio_PKCS8PrivateKey(bio, ours, NULL, NULL, 0, NULL, NULL) != 1);
		CU_ASSERT_EQUAL(BIO_pending(bio), 0);
		CU_ASSERT(EVP_PKEY_todata(ours, EVP_PKEY_KEYPAIR, &params) != 1);
		CU_ASSERT(EVP_PKEY_get_bn_param(ours, OSSL_PKEY_PARAM_RSA_D, &bn) != 1);
		CU_ASSERT(EVP_PKEY_get_bn_param(ours, OSSL_PKEY_PARAM_PRIV_KEY, &bn) != 1);
		CU_ASSERT_PTR_NULL(EVP_PKEY2PKCS8(ours));
		ERR_clear_error();
		CU_ASSERT_EQUAL(i2d_PUBKEY(ours, &der) > 0, 1); /* the public one can */
		OPENSSL_free(der);
		OSSL_PARAM_free(params);
		BIO_free(bio);
	}
}

static void
our_key_is_the_same_key_as_the_ordinary_one(void)
{
	char curve[64], want[64];
	EVP_PKEY *copy;
	size_t i;

	for (i = 0; i < COUNT; i++) {
		CU_ASSERT_EQUAL(EVP_PKEY_eq(all[i].ours, all[i].real), 1);
		CU_ASSERT_EQUAL(EVP_PKEY_eq(all[i].real, all[i].ours), 1);
		CU_ASSERT_EQUAL(key_type_of(all[i].ours), key_type_of(all[i].real));
		CU_ASSERT_EQUAL(key_bits(all[i].ours), key_bits(all[i].real));
		CU_ASSERT_STRING_EQUAL(key_curve(all[i].ours, curve, sizeof(curve)),
		    key_curve(all[i].real, want, sizeof(want)));
		copy = EVP_PKEY_dup(all[i].ours);
		CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
		CU_ASSERT_EQUAL(EVP_PKEY_eq(copy, all[i].real), 1);
		EVP_PKEY_free(copy);
	}
	CU_ASSERT_EQUAL(ERR_peek_error(), 0);
	CU_ASSERT_NOT_EQUAL(EVP_PKEY_eq(all[0].ours, all[1].real), 1);
	CU_ASSERT_NOT_EQUAL(EVP_PKEY_eq(all[1].ours, all[4].ours), 1);
	ERR_clear_error();
}

static void
our_point_cannot_be_replaced(void)
{
	unsigned char *point = NULL;
	size_t len = EVP_PKEY_get1_encoded_public_key(all[FIRST_EC].ours, &point);

	CU_ASSERT_EQUAL(len, 65);
	CU_ASSERT(EVP_PKEY_set1_encoded_public_key(all[FIRST_EC].ours, point, len) != 1);
	ERR_clear_error();
	OPENSSL_free(point);
}

static void
keys_without_a_place_are_refused(void)
{
	struct error err = ERROR_INIT;
	EVP_PKEY *pkey, *ed = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

	CU_ASSERT_EQUAL(keys_pkey_new(&pkey, "ed", ed, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNSUPPORTED);
	error_clear(&err);
	CU_ASSERT_EQUAL(keys_pkey_new(&pkey, "a/b", all[0].real, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	CU_ASSERT_PTR_NULL(pkey);
	EVP_PKEY_free(ed);
}

/* ---- decryption and key agreement ---- */

/* Encrypt with the ordinary key, decrypt with ours; -1 in `padding`'s place is the size question.
 */
static void
wrap_and_unwrap(int padding, const char *label)
{
	EVP_PKEY_CTX *enc = EVP_PKEY_CTX_new_from_pkey(NULL, all[0].real, NULL);
	EVP_PKEY_CTX *dec = EVP_PKEY_CTX_new_from_pkey(NULL, all[0].ours, NULL);
	EVP_PKEY_CTX *both[2] = { enc, dec };
	unsigned char wrapped[256], plain[256];
	size_t wrapped_len = sizeof(wrapped), plain_len = 0;
	int i;

	CU_ASSERT_FATAL(EVP_PKEY_encrypt_init(enc) > 0 && EVP_PKEY_decrypt_init(dec) > 0);
	for (i = 0; i < 2; i++) {
		CU_ASSERT_FATAL(EVP_PKEY_CTX_set_rsa_padding(both[i], padding) > 0);
		if (padding != RSA_PKCS1_OAEP_PADDING)
			continue;
		CU_ASSERT_FATAL(EVP_PKEY_CTX_set_rsa_oaep_md(both[i], EVP_sha256()) > 0);
		CU_ASSERT_FATAL(EVP_PKEY_CTX_set_rsa_mgf1_md(both[i], EVP_sha512()) > 0);
		CU_ASSERT_FATAL(EVP_PKEY_CTX_set0_rsa_oaep_label(
				    both[i], OPENSSL_strdup(label), (int)strlen(label)) > 0);
	}
	CU_ASSERT_FATAL(
	    EVP_PKEY_encrypt(enc, wrapped, &wrapped_len, (const void *)"a secret", 8) > 0);
	CU_ASSERT_FATAL(EVP_PKEY_decrypt(dec, NULL, &plain_len, wrapped, wrapped_len) > 0);
	CU_ASSERT_EQUAL(plain_len, 256);
	CU_ASSERT_FATAL(EVP_PKEY_decrypt(dec, plain, &plain_len, wrapped, wrapped_len) > 0);
	CU_ASSERT(plain_len == 8 && memcmp(plain, "a secret", 8) == 0);
	wrapped[100] ^= 1;
	plain_len = sizeof(plain);
	if (EVP_PKEY_decrypt(dec, plain, &plain_len, wrapped, wrapped_len) > 0)
		CU_ASSERT(plain_len != 8 || memcmp(plain, "a secret", 8) != 0);
	ERR_clear_error();
	EVP_PKEY_CTX_free(enc);
	EVP_PKEY_CTX_free(dec);
}

static void
rsa_decrypts_pkcs1_and_oaep_with_label(void)
{
	wrap_and_unwrap(RSA_PKCS1_PADDING, NULL);
	wrap_and_unwrap(RSA_PKCS1_OAEP_PADDING, "label");
	wrap_and_unwrap(RSA_PKCS1_OAEP_PADDING, "");
}

static void
our_key_also_encrypts(void)
{
	EVP_PKEY_CTX *enc = EVP_PKEY_CTX_new_from_pkey(NULL, all[0].ours, NULL);
	EVP_PKEY_CTX *dec = EVP_PKEY_CTX_new_from_pkey(NULL, all[0].real, NULL);
	unsigned char wrapped[256], plain[256];
	size_t wrapped_len = sizeof(wrapped), plain_len = sizeof(plain);

	CU_ASSERT_FATAL(EVP_PKEY_encrypt_init(enc) > 0 && EVP_PKEY_decrypt_init(dec) > 0);
	CU_ASSERT_FATAL(EVP_PKEY_CTX_set_rsa_padding(enc, RSA_PKCS1_OAEP_PADDING) > 0);
	CU_ASSERT_FATAL(EVP_PKEY_CTX_set_rsa_padding(dec, RSA_PKCS1_OAEP_PADDING) > 0);
	CU_ASSERT_FATAL(EVP_PKEY_encrypt(enc, wrapped, &wrapped_len, (const void *)"x", 1) > 0);
	CU_ASSERT_FATAL(EVP_PKEY_decrypt(dec, plain, &plain_len, wrapped, wrapped_len) > 0);
	CU_ASSERT(plain_len == 1 && plain[0] == 'x');
	EVP_PKEY_CTX_free(enc);
	EVP_PKEY_CTX_free(dec);
}

/* What `key` and `peer` agree on; its length, 0 on failure. */
static size_t
agree(EVP_PKEY *key, EVP_PKEY *peer, int kdf, unsigned char *secret, size_t size)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	int ok = EVP_PKEY_derive_init(ctx) > 0;

	if (ok && kdf)
		ok = EVP_PKEY_CTX_set_ecdh_kdf_type(ctx, EVP_PKEY_ECDH_KDF_X9_63) > 0 &&
		     EVP_PKEY_CTX_set_ecdh_kdf_md(ctx, EVP_sha256()) > 0 &&
		     EVP_PKEY_CTX_set_ecdh_kdf_outlen(ctx, 24) > 0 &&
		     EVP_PKEY_CTX_set0_ecdh_kdf_ukm(
			 ctx, (unsigned char *)OPENSSL_strdup("info"), 4) > 0;
	ok = ok && EVP_PKEY_derive_set_peer(ctx, peer) > 0 &&
	     EVP_PKEY_derive(ctx, secret, &size) > 0;
	EVP_PKEY_CTX_free(ctx);
	ERR_clear_error();
	return ok ? size : 0;
}

static EVP_PKEY *
public_half(EVP_PKEY *pkey)
{
	unsigned char *der = NULL;
	int len = i2d_PUBKEY(pkey, &der);
	const unsigned char *p = der;
	EVP_PKEY *half = d2i_PUBKEY(NULL, &p, len);

	OPENSSL_free(der);
	return half;
}

static void
both_sides_agree_on_the_same_secret(void)
{
	unsigned char a[128], b[128];
	size_t i, len;
	int kdf;

	for (i = FIRST_EC; i < COUNT; i++) {
		EVP_PKEY *peer = EVP_EC_gen(all[i].curve), *half = public_half(peer);

		for (kdf = 0; kdf < 2; kdf++) {
			len = agree(all[i].ours, half, kdf, a, sizeof(a));
			CU_ASSERT_EQUAL(len, kdf ? 24 : (size_t)(EVP_PKEY_get_bits(peer) + 7) / 8);
			CU_ASSERT_EQUAL_FATAL(len, agree(peer, all[i].real, kdf, b, sizeof(b)));
			CU_ASSERT_EQUAL(memcmp(a, b, len), 0);
		}
		EVP_PKEY_free(peer);
		EVP_PKEY_free(half);
	}
}

static void
a_point_of_another_curve_is_refused(void)
{
	EVP_PKEY *half = public_half(all[FIRST_EC + 1].real);
	unsigned char secret[128];

	CU_ASSERT_EQUAL(agree(all[FIRST_EC].ours, half, 0, secret, sizeof(secret)), 0);
	EVP_PKEY_free(half);
}

static const struct test tests[] = { TEST(rsa_signs_pkcs1_and_pss_with_every_digest),
	TEST(every_curve_signs_with_every_digest),
	TEST(many_digests_in_one_trip_each_give_a_signature),
	TEST(many_digests_with_an_unknown_key_leave_nothing),
	TEST(a_key_and_an_algorithm_that_do_not_fit_are_refused),
	TEST(the_private_part_cannot_be_had), TEST(our_key_is_the_same_key_as_the_ordinary_one),
	TEST(our_point_cannot_be_replaced), TEST(keys_without_a_place_are_refused),
	TEST(rsa_decrypts_pkcs1_and_oaep_with_label), TEST(our_key_also_encrypts),
	TEST(both_sides_agree_on_the_same_secret), TEST(a_point_of_another_curve_is_refused),
	TEST_END };
const struct suite suite_signing_keys_provider = { "signing/keys/provider", setup, teardown,
	tests };
