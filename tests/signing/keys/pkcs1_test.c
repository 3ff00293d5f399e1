/* Content-encryption keys by PKCS#1 v1.5 in a real keys process: whatever is inside, a key comes
 * out. */
#include "signing/keys/pkcs1.h"

#include <openssl/rsa.h>
#include <signal.h>
#include <string.h>

#include "signing/keys/provider.h"
#include "tests/support/keys_process.h"
#include "tests/support/suite.h"

enum { BLOCK = 256, WANT = 32 };
static struct test_keys keys;
static EVP_PKEY *rsa, *ec;

static int
setup(void)
{
	struct error err = ERROR_INIT;

	rsa = EVP_RSA_gen(8 * BLOCK);
	ec = EVP_EC_gen("P-256");
	if (test_keys_init(&keys) != 0 ||
	    test_keys_p12(&keys, "rsa", rsa, NULL, NULL, "geheim") != 0 ||
	    test_keys_p12(&keys, "ec", ec, NULL, NULL, "geheim") != 0 ||
	    test_keys_start(&keys) != 0)
		return -1;
	return keys_client_setup(keys.clients, 2, 0, &err);
}

static int
teardown(void)
{
	keys_client_teardown();
	test_keys_release(&keys);
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(ec);
	return 0;
}

static void
encrypt(int padding, const unsigned char *in, size_t len, unsigned char out[BLOCK])
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_pkey(NULL, rsa, NULL);
	size_t n = BLOCK;

	CU_ASSERT_FATAL(EVP_PKEY_encrypt_init(c) > 0 &&
			EVP_PKEY_CTX_set_rsa_padding(c, padding) > 0 &&
			EVP_PKEY_encrypt(c, out, &n, in, len) > 0);
	EVP_PKEY_CTX_free(c);
}

static int
ask(const unsigned char *ciphertext, size_t want, unsigned char *out, struct error *err)
{
	const struct key_decrypt how = { .mode = KEY_UNWRAP_CONTENT, .want = want };
	size_t len = KEYS_OUTPUT_MAX;
	unsigned char all[KEYS_OUTPUT_MAX];

	if (keys_decrypt("rsa", &how, (struct span){ ciphertext, BLOCK }, all, &len, err) != 0)
		return -1;
	CU_ASSERT_EQUAL_FATAL(len, want);
	memcpy(out, all, len);
	return 0;
}

static void
a_key_that_was_encrypted_comes_out(void)
{
	static const size_t sizes[] = { 1, 16, 24, 32, 64 };
	unsigned char key[64], ciphertext[BLOCK], out[64];
	struct error err = ERROR_INIT;
	size_t i;

	memset(key, 0x5a, sizeof(key));
	key[0] = 0; /* a key may begin with a zero */
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		encrypt(RSA_PKCS1_PADDING, key, sizes[i], ciphertext);
		ASSERT_OK(ask(ciphertext, sizes[i], out, &err), &err);
		CU_ASSERT_EQUAL(memcmp(out, key, sizes[i]), 0);
	}
}

/* 00 02 33 .. 33 00 key, with one thing wrong. */
static void
spoil(unsigned char block[BLOCK], size_t at, unsigned char value)
{
	memset(block, 0x33, BLOCK);
	block[0] = 0;
	block[1] = 2;
	block[BLOCK - WANT - 1] = 0;
	block[at] = value;
}

static void
of_a_wrong_padding_another_key_comes_out_and_always_the_same(void)
{
	static const struct {
		size_t at;
		unsigned char value;
	} cases[] = { { 0, 1 }, { 1, 1 }, { 1, 0 }, { 2, 0 }, { 9, 0 }, { BLOCK - WANT - 2, 0 },
		{ BLOCK - WANT - 1, 9 } };
	unsigned char block[BLOCK], ciphertext[BLOCK], out[WANT], again[WANT], before[WANT] = { 0 };
	struct error err = ERROR_INIT;
	size_t i;

	/* The block is right but for what is spoilt: unspoilt its key comes out. */
	spoil(block, BLOCK - 1, 0x33);
	encrypt(RSA_NO_PADDING, block, BLOCK, ciphertext);
	ASSERT_OK(ask(ciphertext, WANT, out, &err), &err);
	CU_ASSERT_EQUAL(memcmp(out, block + BLOCK - WANT, WANT), 0);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		spoil(block, cases[i].at, cases[i].value);
		encrypt(RSA_NO_PADDING, block, BLOCK, ciphertext);
		ASSERT_OK(ask(ciphertext, WANT, out, &err), &err);
		ASSERT_OK(ask(ciphertext, WANT, again, &err), &err);
		CU_ASSERT_EQUAL(memcmp(out, again, WANT), 0);
		CU_ASSERT_NOT_EQUAL(memcmp(out, block + BLOCK - WANT, WANT), 0);
		CU_ASSERT_NOT_EQUAL(memcmp(out, before, WANT), 0);
		memcpy(before, out, WANT);
	}
}

/* A key of another length than the content's cipher takes is a wrong padding as well. */
static void
a_key_of_another_length_is_no_other_answer(void)
{
	unsigned char key[24], ciphertext[BLOCK], out[WANT];
	struct error err = ERROR_INIT;

	memset(key, 0x5a, sizeof(key));
	encrypt(RSA_PKCS1_PADDING, key, sizeof(key), ciphertext);
	ASSERT_OK(ask(ciphertext, WANT, out, &err), &err);
	CU_ASSERT_PTR_NULL(memmem(out, sizeof(out), "\x5a\x5a\x5a\x5a", 4));
}

/* The other key survives a restart of the process: it follows from the private key. */
static void
another_process_gives_the_same_other_key(void)
{
	unsigned char block[BLOCK], ciphertext[BLOCK], out[WANT], again[WANT];
	struct error err = ERROR_INIT;

	spoil(block, 1, 1);
	encrypt(RSA_NO_PADDING, block, BLOCK, ciphertext);
	ASSERT_OK(ask(ciphertext, WANT, out, &err), &err);
	test_keys_stop(&keys, SIGTERM);
	CU_ASSERT_EQUAL_FATAL(test_keys_start(&keys), 0);
	ASSERT_OK(ask(ciphertext, WANT, again, &err), &err);
	CU_ASSERT_EQUAL(memcmp(out, again, WANT), 0);
}

static void
what_everybody_sees_is_refused(void)
{
	struct key_decrypt how = { .mode = KEY_UNWRAP_CONTENT, .want = WANT };
	unsigned char out[KEYS_OUTPUT_MAX], ciphertext[BLOCK];
	size_t len = sizeof(out);
	struct error err = ERROR_INIT;

	memset(ciphertext, 0xff, sizeof(ciphertext)); /* above every modulus */
	CU_ASSERT_EQUAL(ask(ciphertext, WANT, out, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	error_clear(&err);
	CU_ASSERT_EQUAL(
	    keys_decrypt("rsa", &how, (struct span){ ciphertext, 255 }, out, &len, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	error_clear(&err);
	len = sizeof(out);
	CU_ASSERT_EQUAL(
	    keys_decrypt("ec", &how, (struct span){ ciphertext, BLOCK }, out, &len, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNSUPPORTED);
	error_clear(&err);
	how.want = PKCS1_WANT_MAX + 1;
	len = sizeof(out);
	CU_ASSERT_EQUAL(
	    keys_decrypt("rsa", &how, (struct span){ ciphertext, BLOCK }, out, &len, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
}

static const struct test tests[] = { TEST(a_key_that_was_encrypted_comes_out),
	TEST(of_a_wrong_padding_another_key_comes_out_and_always_the_same),
	TEST(a_key_of_another_length_is_no_other_answer),
	TEST(another_process_gives_the_same_other_key), TEST(what_everybody_sees_is_refused),
	TEST_END };
const struct suite suite_signing_keys_pkcs1 = { "signing/keys/pkcs1", setup, teardown, tests };
