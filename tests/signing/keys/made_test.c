/*
 * Keys that the keys process makes and takes in: they leave it wrapped, are used once they are
 * loaded, outlive it, and are for what they were made for (S2-29).
 */
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "signing/core/ossl.h"
#include "signing/keys/maker.h"
#include "signing/keys/provider.h"
#include "signing/keys/usage.h"
#include "tests/support/keys_process.h"
#include "tests/support/suite.h"

static struct test_keys keys;
static struct buf subject;

static int
setup(void)
{
	X509_NAME *name = X509_NAME_new();
	struct error err = ERROR_INIT;
	int rc = -1;

	buf_init(&subject, KEYS_SUBJECT_MAX);
	if (name != NULL &&
	    X509_NAME_add_entry_by_txt(
		name, "CN", MBSTRING_UTF8, (const unsigned char *)"Invoices", -1, -1, 0) == 1 &&
	    OSSL_APPEND_DER(X509_NAME, name, &subject, &err) == 0 && test_keys_init(&keys) == 0 &&
	    test_keys_start(&keys) == 0)
		rc = keys_client_setup(keys.clients, 2, 0, &err);
	X509_NAME_free(name);
	return rc;
}

static int
teardown(void)
{
	keys_client_teardown();
	test_keys_release(&keys);
	buf_release(&subject);
	return 0;
}

static void
make(struct key_made *made, const char *name, enum made_type type, unsigned int size,
    unsigned int usage)
{
	const struct key_make how = { type, size, usage, SPAN_OF(&subject) };
	struct error err = ERROR_INIT;

	ASSERT_OK(keys_make(made, name, &how, &err), &err);
}

/* The public key of a request that is signed with its own key, for "Invoices". The caller's. */
static EVP_PKEY *
requested(const struct key_made *made)
{
	const unsigned char *p = made->request.data;
	X509_REQ *req = d2i_X509_REQ(NULL, &p, (long)made->request.len);
	EVP_PKEY *pkey = req != NULL ? X509_REQ_get_pubkey(req) : NULL;
	char text[100] = "";

	CU_ASSERT_PTR_NOT_NULL_FATAL(pkey);
	CU_ASSERT_EQUAL(X509_REQ_verify(req, pkey), 1);
	X509_NAME_oneline(X509_REQ_get_subject_name(req), text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text, "/CN=Invoices");
	X509_REQ_free(req);
	return pkey;
}

/* Sign by the name, and look whether the public key says that it holds. */
static int
sign_with(const char *name, EVP_PKEY *public_key, struct error *err)
{
	EVP_PKEY *pkey = NULL;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new(), *check = EVP_MD_CTX_new();
	unsigned char sig[1024];
	size_t len = sizeof(sig);
	int rc = keys_pkey_new(&pkey, name, public_key, err);

	if (rc == 0 && (EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, pkey) != 1 ||
			   EVP_DigestSign(ctx, sig, &len, (const unsigned char *)"x", 1) != 1)) {
		*err = *keys_last_error();
		rc = -1;
	}
	if (rc == 0)
		CU_ASSERT(EVP_DigestVerifyInit(check, NULL, EVP_sha256(), NULL, public_key) == 1 &&
			  EVP_DigestVerify(check, sig, len, (const unsigned char *)"x", 1) == 1);
	error_openssl(NULL, "");
	EVP_MD_CTX_free(ctx);
	EVP_MD_CTX_free(check);
	EVP_PKEY_free(pkey);
	return rc;
}

static void
a_key_that_was_made_signs_once_it_is_kept(void)
{
	static const struct {
		enum made_type type;
		unsigned int size;
	} kinds[] = { { MADE_EC, 256 }, { MADE_EC, 384 }, { MADE_EC, 521 }, { MADE_RSA, 2048 } };
	struct error err = ERROR_INIT;
	struct key_made made;
	char name[16];
	EVP_PKEY *pkey;
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		snprintf(name, sizeof(name), "made-%zu", i);
		make(&made, name, kinds[i].type, kinds[i].size, KEY_USAGE_SIGN);
		pkey = requested(&made);
		CU_ASSERT_EQUAL(EVP_PKEY_get_bits(pkey), (int)kinds[i].size);
		error_clear(&err);
		CU_ASSERT_EQUAL(sign_with(name, pkey, &err), -1);
		CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
		error_clear(&err);
		ASSERT_OK(keys_keep(name, SPAN_OF(&made.wrapped), &err), &err);
		ASSERT_OK(sign_with(name, pkey, &err), &err);
		EVP_PKEY_free(pkey);
		key_made_release(&made);
	}
}

static void
a_key_outlives_the_process_that_made_it(void)
{
	struct error err = ERROR_INIT;
	struct keys_info *info;
	struct key_made made;
	EVP_PKEY *pkey;

	make(&made, "lasting", MADE_EC, 256, KEY_USAGE_SIGN);
	pkey = requested(&made);
	ASSERT_OK(keys_keep("lasting", SPAN_OF(&made.wrapped), &err), &err);
	ASSERT_OK(sign_with("lasting", pkey, &err), &err);
	test_keys_stop(&keys, 9);
	CU_ASSERT_EQUAL_FATAL(test_keys_start(&keys), 0);
	ASSERT_OK(keys_find(&info, "lasting", &err), &err);
	CU_ASSERT_EQUAL(info->state, KEY_STATE_USABLE);
	CU_ASSERT_EQUAL(EVP_PKEY_eq(info->public_key, pkey), 1);
	keys_list_free(info, 1);
	ASSERT_OK(sign_with("lasting", pkey, &err), &err);
	EVP_PKEY_free(pkey);
	key_made_release(&made);
}

/* Refused so, when it is used by this name. */
static void
unusable(const char *name, struct span wrapped, EVP_PKEY *pkey, const char *words)
{
	struct error err = ERROR_INIT;

	ASSERT_OK(keys_keep(name, wrapped, &err), &err);
	CU_ASSERT_EQUAL(sign_with(name, pkey, &err), -1);
	if (strstr(err.text, words) == NULL)
		fprintf(stderr, "%s: %s\n", name, err.text);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, words));
}

/* What it is for, which wrapping key, the IV, the key and the tag: each byte is bound. */
static void
a_wrapped_key_cannot_be_changed_widened_or_renamed(void)
{
	struct error err = ERROR_INIT;
	struct key_made made;
	EVP_PKEY *pkey;
	size_t i;
	char name[32];

	make(&made, "bound", MADE_EC, 256, KEY_USAGE_DECRYPT);
	pkey = requested(&made);
	unusable("renamed", SPAN_OF(&made.wrapped), pkey, "belongs to another key's name");
	for (i = 4; i < made.wrapped.len; i += i < 26 ? 1 : 17) {
		snprintf(name, sizeof(name), "flipped-%zu", i);
		made.wrapped.data[i] ^= 1;
		unusable(name, SPAN_OF(&made.wrapped), pkey,
		    i > 4 && i < 13 ? "another wrapping.key" : "the wrapped key was changed");
		made.wrapped.data[i] ^= 1;
	}
	unusable("cut", (struct span){ made.wrapped.data, made.wrapped.len - 1 }, pkey, "changed");
	unusable("stub", (struct span){ made.wrapped.data, 20 }, pkey, "no wrapped key");
	ASSERT_OK(keys_keep("bound", SPAN_OF(&made.wrapped), &err), &err);
	CU_ASSERT_EQUAL(sign_with("bound", pkey, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNSUPPORTED);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "may not sign"));
	EVP_PKEY_free(pkey);
	key_made_release(&made);
}

static void
a_name_is_given_once(void)
{
	const struct key_make how = { MADE_EC, 256, KEY_USAGE_SIGN, SPAN_OF(&subject) };
	struct error err = ERROR_INIT;
	struct key_made made, again;
	EVP_PKEY *pkey;

	make(&made, "once", MADE_EC, 256, KEY_USAGE_SIGN);
	pkey = requested(&made);
	ASSERT_OK(keys_keep("once", SPAN_OF(&made.wrapped), &err), &err);
	ASSERT_OK(sign_with("once", pkey, &err), &err);
	CU_ASSERT_EQUAL(keys_make(&again, "once", &how, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_CONFLICT);
	EVP_PKEY_free(pkey);
	key_made_release(&made);
}

static void
what_cannot_be_made_is_refused(void)
{
	static const struct key_make wrong[] = { { MADE_RSA, 1024, KEY_USAGE_SIGN, { 0 } },
		{ MADE_RSA, 16384, KEY_USAGE_SIGN, { 0 } }, { MADE_EC, 255, KEY_USAGE_SIGN, { 0 } },
		{ MADE_TYPES, 256, KEY_USAGE_SIGN, { 0 } }, { MADE_EC, 256, 0, { 0 } },
		{ MADE_EC, 256, 8, { 0 } } };
	struct key_make how;
	struct error err;
	struct key_made made;
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		how = wrong[i];
		how.subject = SPAN_OF(&subject);
		error_clear(&err);
		CU_ASSERT_EQUAL(keys_make(&made, "wrong", &how, &err), -1);
		CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	}
	how = (struct key_make){ MADE_EC, 256, KEY_USAGE_SIGN, span_str("no name") };
	error_clear(&err);
	CU_ASSERT_EQUAL(keys_make(&made, "wrong", &how, &err), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "the subject is no name"));
}

/* ---- taken in ---- */

static void
put_p12(struct buf *out, const char *pass, int rounds, int mac_rounds)
{
	EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	X509 *cert = test_cert(pkey, "taken in", NULL, NULL);
	PKCS12 *p12 = PKCS12_create(
	    pass, "x", pkey, cert, NULL, NID_aes_256_cbc, NID_aes_256_cbc, rounds, mac_rounds, 0);
	struct error err = ERROR_INIT;

	CU_ASSERT_PTR_NOT_NULL_FATAL(p12);
	buf_init(out, KEYS_PKCS12_MAX);
	ASSERT_OK(OSSL_APPEND_DER(PKCS12, p12, out, &err), &err);
	PKCS12_free(p12);
	X509_free(cert);
	EVP_PKEY_free(pkey);
}

static int
import(struct key_made *made, const char *name, const struct buf *p12, const char *pass,
    struct error *err)
{
	const struct key_import how = { 0, span_str(pass), SPAN_OF(p12) };

	error_clear(err);
	return keys_import(made, name, &how, err);
}

static void
a_key_is_taken_in_with_its_certificate(void)
{
	struct error err = ERROR_INIT;
	struct key_made made;
	struct buf p12;
	const unsigned char *p;
	X509 *cert;

	put_p12(&p12, "geheim", 2048, 2048);
	ASSERT_OK(import(&made, "taken", &p12, "geheim", &err), &err);
	p = made.certs.data;
	cert = d2i_X509(NULL, &p, (long)made.certs.len);
	CU_ASSERT_PTR_NOT_NULL_FATAL(cert);
	ASSERT_OK(keys_keep("taken", SPAN_OF(&made.wrapped), &err), &err);
	ASSERT_OK(sign_with("taken", X509_get0_pubkey(cert), &err), &err);
	X509_free(cert);
	key_made_release(&made);
	CU_ASSERT_EQUAL(import(&made, "wrong", &p12, "falsch", &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "passphrase does not fit"));
	p12.data[p12.len / 2] ^= 1;
	CU_ASSERT_EQUAL(import(&made, "wrong", &p12, "geheim", &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	p12.len = 10;
	CU_ASSERT_EQUAL(import(&made, "wrong", &p12, "geheim", &err), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "not PKCS#12"));
	buf_release(&p12);
}

/* Counted before they are done: an hour of derivations costs nothing. */
static void
a_file_that_asks_for_too_much_work_is_refused(void)
{
	struct error err = ERROR_INIT;
	struct key_made made;
	struct buf p12;

	put_p12(&p12, "geheim", 2048, 1000001);
	CU_ASSERT_EQUAL(import(&made, "slow", &p12, "geheim", &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_LIMIT);
	buf_release(&p12);
	put_p12(&p12, "geheim", 1000001, 1);
	CU_ASSERT_EQUAL(import(&made, "slow", &p12, "geheim", &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_LIMIT);
	buf_release(&p12);
	put_p12(&p12, "geheim", 1, -1);
	CU_ASSERT_EQUAL(import(&made, "slow", &p12, "geheim", &err), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "no MAC"));
	buf_release(&p12);
}

/* ---- the wrapping key ---- */

static void
a_key_of_another_wrapping_key_says_so_and_nothing_is_made_with_a_bad_one(void)
{
	static const char other[] =
	    "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n";
	const struct key_make how = { MADE_EC, 256, KEY_USAGE_SIGN, SPAN_OF(&subject) };
	struct error err = ERROR_INIT;
	struct key_made made, none;
	EVP_PKEY *pkey;

	make(&made, "moved", MADE_EC, 256, KEY_USAGE_SIGN);
	pkey = requested(&made);
	test_keys_stop(&keys, 15);
	CU_ASSERT_EQUAL(
	    test_keys_file(&keys, "wrapping", "key", other, sizeof(other) - 1, 0600), 0);
	CU_ASSERT_EQUAL_FATAL(test_keys_start(&keys), 0);
	unusable("moved", SPAN_OF(&made.wrapped), pkey, "made with another wrapping.key");
	test_keys_stop(&keys, 15);
	CU_ASSERT_EQUAL(
	    test_keys_file(&keys, "wrapping", "key", other, sizeof(other) - 1, 0644), 0);
	CU_ASSERT_EQUAL_FATAL(test_keys_start(&keys), 0);
	CU_ASSERT_EQUAL(keys_make(&none, "never", &how, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "0600"));
	test_keys_stop(&keys, 15);
	CU_ASSERT_EQUAL(test_keys_file(&keys, "wrapping", "key", "short\n", 6, 0600), 0);
	CU_ASSERT_EQUAL_FATAL(test_keys_start(&keys), 0);
	error_clear(&err);
	CU_ASSERT_EQUAL(keys_make(&none, "never", &how, &err), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "hex digits"));
	EVP_PKEY_free(pkey);
	key_made_release(&made);
}

static const struct test tests[] = {
	TEST(a_key_that_was_made_signs_once_it_is_kept),
	TEST(a_key_outlives_the_process_that_made_it),
	TEST(a_wrapped_key_cannot_be_changed_widened_or_renamed),
	TEST(a_name_is_given_once),
	TEST(what_cannot_be_made_is_refused),
	TEST(a_key_is_taken_in_with_its_certificate),
	TEST(a_file_that_asks_for_too_much_work_is_refused),
	TEST(a_key_of_another_wrapping_key_says_so_and_nothing_is_made_with_a_bad_one),
	TEST_END,
};
const struct suite suite_signing_keys_made = { "signing/keys/made", setup, teardown, tests };
