#include "signing/x509/keyfile.h"

#include <openssl/pkcs12.h>
#include <string.h>

#include "signing/x509/cert.h"
#include "tests/support/pki.h"
#include "tests/support/suite.h"

#define ROUNDS 1000 /* so that tests do not wait */

static void
write_sample(struct buf *out, const char *password)
{
	const struct sign_key *k = pki_key(PKI_P256);
	struct error err = ERROR_INIT;

	ASSERT_OK(keyfile_write_pkcs12(out, k->pkey, k->cert, k->chain, "Siegel Müller 2026",
		      password, ROUNDS, &err),
	    &err);
}

static void
a_pkcs12_file_comes_back_with_its_chain_in_order(void)
{
	struct error err = ERROR_INIT;
	struct buf p12 = BUF_INIT(0);
	struct keyfile file;

	write_sample(&p12, "geheim");
	ASSERT_OK(keyfile_read_pkcs12(&file, SPAN_OF(&p12), "geheim", &err), &err);
	CU_ASSERT_EQUAL(EVP_PKEY_eq(file.key, pki_key(PKI_P256)->pkey), 1);
	CU_ASSERT_EQUAL(X509_cmp(file.cert, pki_cert(PKI_P256)), 0);
	CU_ASSERT_EQUAL_FATAL(sk_X509_num(file.chain), 2);
	CU_ASSERT_EQUAL(X509_cmp(sk_X509_value(file.chain, 0), pki_cert(PKI_INTERMEDIATE)), 0);
	CU_ASSERT_EQUAL(X509_cmp(sk_X509_value(file.chain, 1), pki_cert(PKI_ROOT)), 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(file.friendly_name);
	CU_ASSERT_STRING_EQUAL(file.friendly_name, "Siegel Müller 2026");
	keyfile_release(&file);
	buf_release(&p12);
}

static void
a_wrong_password_is_told_from_a_broken_file(void)
{
	struct error err = ERROR_INIT;
	struct buf p12 = BUF_INIT(0);
	struct keyfile file;

	write_sample(&p12, "geheim");
	CU_ASSERT_EQUAL(keyfile_read_pkcs12(&file, SPAN_OF(&p12), "Geheim", &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_AUTHORIZED);
	CU_ASSERT_PTR_NULL(file.key);
	error_clear(&err);
	p12.len /= 2;
	CU_ASSERT_EQUAL(keyfile_read_pkcs12(&file, SPAN_OF(&p12), "geheim", &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	CU_ASSERT_PTR_NULL(file.key);
	buf_release(&p12);
}

/* Some bytes mean nothing (the NULL of an algorithm's parameters); no byte gives another key. */
static void
a_flipped_byte_never_gives_another_key(void)
{
	struct buf p12 = BUF_INIT(0);
	struct keyfile file;
	size_t i, read = 0, flips = 0;

	write_sample(&p12, "geheim");
	for (i = 0; i < p12.len; i += 7, flips++) {
		struct error err = ERROR_INIT;

		p12.data[i] ^= 0x10;
		if (keyfile_read_pkcs12(&file, SPAN_OF(&p12), "geheim", &err) == 0) {
			CU_ASSERT_EQUAL(EVP_PKEY_eq(file.key, pki_key(PKI_P256)->pkey), 1);
			CU_ASSERT_EQUAL(X509_cmp(file.cert, pki_cert(PKI_P256)), 0);
			read++;
		}
		keyfile_release(&file);
		p12.data[i] ^= 0x10;
	}
	CU_ASSERT(read * 50 < flips);
	buf_release(&p12);
}

static void
an_empty_password_is_a_password(void)
{
	struct error err = ERROR_INIT;
	struct buf p12 = BUF_INIT(0);
	struct keyfile file;

	write_sample(&p12, "");
	ASSERT_OK(keyfile_read_pkcs12(&file, SPAN_OF(&p12), "", &err), &err);
	keyfile_release(&file);
	CU_ASSERT_EQUAL(keyfile_read_pkcs12(&file, SPAN_OF(&p12), "x", &err), -1);
	buf_release(&p12);
}

static void
a_file_that_asks_for_endless_work_is_refused(void)
{
	const struct sign_key *k = pki_key(PKI_P256);
	struct error err = ERROR_INIT;
	struct buf der = BUF_INIT(0);
	struct keyfile file;
	PKCS12 *p12 = PKCS12_create(
	    "p", NULL, k->pkey, k->cert, NULL, NID_aes_256_cbc, NID_aes_256_cbc, ROUNDS, ROUNDS, 0);
	const ASN1_INTEGER *rounds = NULL;
	unsigned char *out = NULL;
	int len;

	CU_ASSERT_PTR_NOT_NULL_FATAL(p12);
	PKCS12_get0_mac(NULL, NULL, NULL, &rounds, p12);
	ASN1_INTEGER_set((ASN1_INTEGER *)rounds, KEYFILE_ITERATIONS_MAX + 1);
	len = i2d_PKCS12(p12, &out);
	ASSERT_OK(buf_append(&der, out, (size_t)len, &err), &err);
	CU_ASSERT_EQUAL(keyfile_read_pkcs12(&file, SPAN_OF(&der), "p", &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_LIMIT);
	OPENSSL_free(out);
	PKCS12_free(p12);
	buf_release(&der);
}

/* The rounds of the key's and the certificates' encryption stand inside, as INTEGERs of two bytes.
 */
static void
endless_work_inside_the_safes_is_refused_too(void)
{
	const struct sign_key *k = pki_key(PKI_P256);
	const int over = KEYFILE_ITERATIONS_MAX + 1; /* three bytes: 02 03 4c 4b 41 */
	struct buf p12 = BUF_INIT(0);
	struct keyfile file;
	int found = 0;
	size_t i;
	struct error err = ERROR_INIT;

	/* Made with a count of as many bytes, then patched: no length changes. */
	ASSERT_OK(keyfile_write_pkcs12(&p12, k->pkey, k->cert, NULL, NULL, "p", 70000, &err), &err);
	for (i = 0; i + 5 <= p12.len; i++) {
		struct error e = ERROR_INIT;

		if (memcmp(p12.data + i, "\x02\x03\x01\x11\x70", 5) != 0)
			continue;
		p12.data[i + 2] = (unsigned char)(over >> 16);
		p12.data[i + 3] = (unsigned char)(over >> 8);
		p12.data[i + 4] = (unsigned char)over;
		CU_ASSERT_EQUAL(keyfile_read_pkcs12(&file, SPAN_OF(&p12), "p", &e), -1);
		CU_ASSERT_EQUAL(e.kind, ERROR_LIMIT);
		memcpy(p12.data + i, "\x02\x03\x01\x11\x70", 5);
		found++;
	}
	CU_ASSERT_EQUAL(found, 3); /* MAC, key, certificates */
	buf_release(&p12);
}

static void
a_key_goes_through_pem_with_and_without_password(void)
{
	EVP_PKEY *key = pki_key(PKI_RSA2048)->pkey, *back;
	struct error err = ERROR_INIT;
	struct buf pem = BUF_INIT(0);

	ASSERT_OK(keyfile_write_pem(&pem, key, NULL, &err), &err);
	ASSERT_OK(keyfile_read_key(&back, SPAN_OF(&pem), NULL, &err), &err);
	CU_ASSERT_EQUAL(EVP_PKEY_eq(key, back), 1);
	EVP_PKEY_free(back);
	pem.len = 0;
	ASSERT_OK(keyfile_write_pem(&pem, key, "geheim", &err), &err);
	CU_ASSERT_PTR_NOT_NULL(memmem(pem.data, pem.len, "ENCRYPTED", 9));
	ASSERT_OK(keyfile_read_key(&back, SPAN_OF(&pem), "geheim", &err), &err);
	CU_ASSERT_EQUAL(EVP_PKEY_eq(key, back), 1);
	EVP_PKEY_free(back);
	CU_ASSERT_EQUAL(keyfile_read_key(&back, SPAN_OF(&pem), NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_AUTHORIZED);
	CU_ASSERT_PTR_NULL(back);
	error_clear(&err);
	CU_ASSERT_EQUAL(keyfile_read_key(&back, span_str("no key"), NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	buf_wipe(&pem);
}

static void
a_key_type_that_nobody_makes_is_refused(void)
{
	static const char *const bad[] = { "", "RSA-1024", "secp256k1", "rsa-2048" };
	EVP_PKEY *key;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct error err = ERROR_INIT;

		CU_ASSERT_EQUAL(keyfile_generate(&key, bad[i], &err), -1);
		CU_ASSERT_EQUAL(err.kind, ERROR_UNSUPPORTED);
		CU_ASSERT_PTR_NULL(key);
	}
}

static const struct test tests[] = { TEST(a_pkcs12_file_comes_back_with_its_chain_in_order),
	TEST(a_wrong_password_is_told_from_a_broken_file),
	TEST(a_flipped_byte_never_gives_another_key), TEST(an_empty_password_is_a_password),
	TEST(a_file_that_asks_for_endless_work_is_refused),
	TEST(endless_work_inside_the_safes_is_refused_too),
	TEST(a_key_goes_through_pem_with_and_without_password),
	TEST(a_key_type_that_nobody_makes_is_refused), TEST_END };
const struct suite suite_signing_x509_keyfile = { "signing/x509/keyfile", NULL, NULL, tests };
