/* The directory of keys: what is wrong with one key is that key's trouble alone. */
#include "signing/keys/store.h"

#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <string.h>
#include <sys/stat.h>

#include "signing/keys/provider.h"
#include "tests/support/keys_process.h"
#include "tests/support/pki.h"
#include "tests/support/suite.h"

static struct test_keys keys;
static EVP_PKEY *ca_key, *rsa, *ec, *ed;
static X509 *ca, *ec_cert, *rsa_cert;

/* The key as PEM, encrypted when there is a passphrase, with certificates in any order. */
static int
write_pem(const char *name, EVP_PKEY *pkey, const char *pass, X509 *first, X509 *second)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;
	long len;
	int rc = -1;

	if ((first == NULL || PEM_write_bio_X509(bio, first) == 1) &&
	    PEM_write_bio_PrivateKey(bio, pkey, pass != NULL ? EVP_aes_256_cbc() : NULL, NULL, 0,
		NULL, (void *)pass) == 1 &&
	    (second == NULL || PEM_write_bio_X509(bio, second) == 1)) {
		len = BIO_get_mem_data(bio, &text);
		rc = test_keys_file(&keys, name, "pem", text, (size_t)len, 0600);
	}
	BIO_free(bio);
	return rc;
}

/* As old Java and Windows write it: SHA-1, 3DES for the key and the certificate. */
static int
write_legacy(const char *name, const char *pass)
{
	PKCS12 *p12 =
	    PKCS12_create(pass, name, ec, ec_cert, NULL, NID_pbe_WithSHA1And3_Key_TripleDES_CBC,
		NID_pbe_WithSHA1And3_Key_TripleDES_CBC, 100, 100, 0);
	unsigned char *der = NULL;
	int len = p12 != NULL ? i2d_PKCS12(p12, &der) : -1, rc = -1;

	if (len > 0 && test_keys_file(&keys, name, "p12", der, (size_t)len, 0600) == 0)
		rc = test_keys_file(&keys, name, "pass", pass, strlen(pass), 0600);
	OPENSSL_free(der);
	PKCS12_free(p12);
	return rc;
}

/* A key of the test PKI with a certificate of that profile, whole as PEM. */
static int
write_issued(const char *name, enum pki_id id, enum issue_profile profile)
{
	struct issue_request request = pki_request(id);
	X509 *cert;
	int rc;

	request.key = pki_key(id)->pkey;
	request.profile = profile;
	cert = pki_issue(&request, PKI_INTERMEDIATE);
	rc = write_pem(name, pki_key(id)->pkey, NULL, cert, NULL);
	X509_free(cert);
	return rc;
}

static int
write_certified(void)
{
	int bad = 0;

	bad |= write_issued("certsigns", PKI_RSA2048, ISSUE_DOCUMENT_SIGNING);
	bad |= write_issued("certopens", PKI_RSA2048, ISSUE_ENCRYPTION);
	bad |= write_issued("eccertopens", PKI_P256, ISSUE_ENCRYPTION);
	bad |= write_issued("overruled", PKI_RSA2048, ISSUE_DOCUMENT_SIGNING);
	bad |= test_keys_file(&keys, "overruled", "usage", "Decrypt\n", 8, 0600);
	bad |= write_issued("estamps", PKI_TSA, ISSUE_TSA);
	return bad;
}

static int
write_keys(void)
{
	STACK_OF(X509) *chain = sk_X509_new_null();
	int bad = 0;

	sk_X509_push(chain, ca);
	bad |= test_keys_p12(&keys, "good", ec, ec_cert, chain, "geheim");
	bad |= test_keys_p12(&keys, "nopass", ec, ec_cert, NULL, NULL);
	bad |= test_keys_p12(&keys, "wrongpass", ec, ec_cert, NULL, "geheim");
	bad |= test_keys_file(&keys, "wrongpass", "pass", "Geheim\n", 7, 0600);
	bad |= test_keys_p12(&keys, "lostpass", ec, ec_cert, NULL, "geheim");
	bad |= test_keys_file(&keys, "lostpass", "pass", "", 0, 0600);
	bad |= test_keys_p12(&keys, "open", ec, ec_cert, NULL, "geheim");
	bad |= test_keys_p12(&keys, "openpass", ec, ec_cert, NULL, "geheim");
	bad |= test_keys_file(&keys, "openpass", "pass", "geheim", 6, 0640);
	bad |= test_keys_p12(&keys, "crlf", ec, ec_cert, NULL, "geheim");
	bad |= test_keys_file(&keys, "crlf", "pass", "geheim\r\nrest", 12, 0600);
	bad |= write_legacy("legacy", "geheim");
	bad |= test_keys_file(&keys, "damaged", "p12", "\x30\x82\x01", 3, 0600);
	bad |= test_keys_file(&keys, "empty", "p12", "", 0, 0600);
	bad |= test_keys_file(&keys, "text", "pem", "hello\n", 6, 0600);
	bad |= test_keys_p12(&keys, "ed25519", ed, NULL, NULL, "geheim");
	bad |= write_pem("pem", rsa, NULL, ca, rsa_cert);
	bad |= write_pem("pempass", ec, "geheim", NULL, ec_cert);
	bad |= test_keys_file(&keys, "pempass", "pass", "geheim\n", 7, 0600);
	bad |= write_pem("pemwrong", ec, "geheim", NULL, NULL);
	bad |= test_keys_file(&keys, "pemwrong", "pass", "falsch\n", 7, 0600);
	bad |= write_pem("pemlost", ec, "geheim", NULL, NULL);
	bad |= write_pem("mismatch", ec, NULL, NULL, rsa_cert);
	bad |= write_pem("twice", ec, NULL, NULL, ec_cert);
	bad |= test_keys_p12(&keys, "twice", ec, ec_cert, NULL, "geheim");
	bad |= test_keys_file(&keys, "not a key", "p12", "x", 1, 0600);
	bad |= write_pem("onlysigns", rsa, NULL, NULL, rsa_cert);
	bad |= test_keys_file(&keys, "onlysigns", "usage", "Sign\n", 5, 0600);
	bad |= write_pem("onlyopens", rsa, NULL, NULL, rsa_cert);
	bad |= test_keys_file(&keys, "onlyopens", "usage", "Decrypt", 7, 0600);
	bad |= write_pem("ecsigns", ec, NULL, NULL, ec_cert);
	bad |= test_keys_file(&keys, "ecsigns", "usage", "Sign\n", 5, 0600);
	bad |= write_pem("ecfree", ec, NULL, NULL, ec_cert);
	bad |= write_pem("misused", ec, NULL, NULL, ec_cert);
	bad |= test_keys_file(&keys, "misused", "usage", "Sign, Encrypt\n", 14, 0600);
	bad |= write_certified();
	bad |= test_keys_file(&keys, "notes", "txt", "x", 1, 0644);
	sk_X509_free(chain);
	return bad;
}

static int
open_modes(void)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/open.p12", keys.dir);
	return chmod(path, 0644);
}

static int
setup(void)
{
	ca_key = EVP_RSA_gen(2048);
	rsa = EVP_RSA_gen(2048);
	ec = EVP_EC_gen("P-256");
	ed = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	ca = test_cert(ca_key, "ca", NULL, NULL);
	ec_cert = test_cert(ec, "ec", ca, ca_key);
	rsa_cert = test_cert(rsa, "rsa", ca, ca_key);
	if (rsa_cert == NULL || test_keys_init(&keys) != 0 || write_keys() != 0 ||
	    open_modes() != 0 || test_keys_start(&keys) != 0)
		return -1;
	return keys_thread_attach(keys.clients[0], 0);
}

static int
teardown(void)
{
	keys_thread_detach();
	test_keys_release(&keys);
	EVP_PKEY_free(ca_key);
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(ec);
	EVP_PKEY_free(ed);
	X509_free(ca);
	X509_free(ec_cert);
	X509_free(rsa_cert);
	return 0;
}

static void
each_key_says_what_is_wrong_with_it(void)
{
	static const struct {
		const char *name, *reason; /* a part of it; NULL: usable */
	} want[] = {
		{ "certopens", NULL },
		{ "certsigns", NULL },
		{ "crlf", NULL },
		{ "damaged", "damaged or not PKCS#12" },
		{ "eccertopens", NULL },
		{ "ecfree", NULL },
		{ "ecsigns", NULL },
		{ "ed25519", "ED25519 are not supported" },
		{ "empty", "damaged or not PKCS#12" },
		{ "estamps", NULL },
		{ "good", NULL },
		{ "legacy", NULL },
		{ "lostpass", "the passphrase does not fit" },
		{ "mismatch", "no certificate in its file belongs to the key" },
		{ "misused", "must name Sign, Decrypt" },
		{ "nopass", NULL },
		{ "onlyopens", NULL },
		{ "onlysigns", NULL },
		{ "open", "its file has mode 0644" },
		{ "openpass", "its passphrase file has mode 0640" },
		{ "overruled", NULL },
		{ "pem", NULL },
		{ "pemlost", "needs a passphrase" },
		{ "pempass", NULL },
		{ "pemwrong", "the passphrase does not fit" },
		{ "text", "holds no private key" },
		{ "twice", "a .p12 and a .pem" },
		{ "wrongpass", "the passphrase does not fit" },
	};
	struct error err = ERROR_INIT;
	struct keys_info *list;
	size_t count, i;

	ASSERT_OK(keys_list(&list, &count, &err), &err);
	CU_ASSERT_EQUAL_FATAL(count, sizeof(want) / sizeof(want[0]));
	for (i = 0; i < count; i++) {
		CU_ASSERT_STRING_EQUAL(list[i].name, want[i].name);
		if (want[i].reason == NULL) {
			CU_ASSERT_EQUAL(list[i].state, KEY_STATE_USABLE);
			CU_ASSERT_STRING_EQUAL(list[i].reason, "");
			CU_ASSERT_PTR_NOT_NULL(list[i].public_key);
			continue;
		}
		CU_ASSERT_EQUAL(list[i].state, KEY_STATE_UNUSABLE);
		if (strstr(list[i].reason, want[i].reason) == NULL) {
			fprintf(stderr, "%s: %s\n", list[i].name, list[i].reason);
			CU_FAIL("another reason");
		}
		CU_ASSERT_PTR_NULL(list[i].certificate);
	}
	keys_list_free(list, count);
}

static void
the_chain_comes_in_order_whatever_the_file_has(void)
{
	struct error err = ERROR_INIT;
	struct keys_info *info;

	ASSERT_OK(keys_find(&info, "pem", &err), &err);
	CU_ASSERT_EQUAL(X509_cmp(info->certificate, rsa_cert), 0);
	CU_ASSERT_EQUAL_FATAL(sk_X509_num(info->chain), 1);
	CU_ASSERT_EQUAL(X509_cmp(sk_X509_value(info->chain, 0), ca), 0);
	CU_ASSERT_EQUAL(EVP_PKEY_eq(info->public_key, rsa), 1);
	keys_list_free(info, 1);
	ASSERT_OK(keys_find(&info, "good", &err), &err);
	CU_ASSERT_EQUAL(X509_cmp(info->certificate, ec_cert), 0);
	CU_ASSERT_EQUAL(sk_X509_num(info->chain), 1);
	keys_list_free(info, 1);
	CU_ASSERT_EQUAL(keys_find(&info, "nobody", &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
	CU_ASSERT_PTR_NULL(info);
}

static int
sign_with(const char *name, struct error *err)
{
	const struct sig_alg alg = { KEY_EC, PADDING_NONE, DIGEST_SHA256, DIGEST_NONE, 0 };
	unsigned char *sig = NULL;
	EVP_PKEY *pkey = NULL;
	size_t len;
	int rc = keys_pkey_new(&pkey, name, ec, err);

	if (rc == 0)
		rc = sig_alg_sign(&alg, pkey, "x", 1, &sig, &len, err);
	OPENSSL_free(sig);
	EVP_PKEY_free(pkey);
	return rc;
}

static void
an_unusable_key_fails_alone_and_is_counted(void)
{
	struct error err = ERROR_INIT, other = ERROR_INIT;
	struct keys_info *info;

	CU_ASSERT_EQUAL(sign_with("wrongpass", &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
	CU_ASSERT_EQUAL(keys_last_error()->kind, ERROR_UNAVAILABLE);
	CU_ASSERT_PTR_NOT_NULL(strstr(keys_last_error()->text, "the passphrase does not fit"));
	CU_ASSERT_EQUAL(sign_with("nobody", &other), -1);
	CU_ASSERT_EQUAL(keys_last_error()->kind, ERROR_NOT_FOUND);
	error_clear(&err);
	ASSERT_OK(sign_with("good", &err), &err);
	CU_ASSERT_EQUAL(keys_last_error()->kind, ERROR_NONE);
	ASSERT_OK(keys_find(&info, "wrongpass", &err), &err);
	CU_ASSERT_EQUAL(info->failures, 1);
	keys_list_free(info, 1);
	ASSERT_OK(keys_find(&info, "good", &err), &err);
	CU_ASSERT_EQUAL(info->signatures, 1);
	keys_list_free(info, 1);
}

/* In this process, where leaks are looked for. */
static void
a_store_that_was_read_is_released_whole(void)
{
	struct error err = ERROR_INIT;
	struct key_session *session;
	struct key_facts facts;
	struct key_store *store;
	unsigned char sig[KEYS_OUTPUT_MAX];
	const struct key_sign how = { PADDING_NONE, DIGEST_SHA256, DIGEST_NONE, 0 };
	size_t i, index, usable = 0, len = sizeof(sig);

	ASSERT_OK(key_store_dir_open(&store, keys.dir, &err), &err);
	for (i = 0; i < store->ops->count(store); i++) {
		CU_ASSERT_EQUAL(key_store_find(store, store->ops->name(store, i),
				    strlen(store->ops->name(store, i)), &index),
		    0);
		CU_ASSERT_EQUAL(index, i);
		store->ops->facts(store, i, &facts);
		usable += facts.state == KEY_STATE_USABLE;
	}
	CU_ASSERT_EQUAL(usable, 15);
	CU_ASSERT_EQUAL(key_store_find(store, "goo", 3, &index), -1);
	CU_ASSERT_EQUAL(key_store_find(store, "goodd", 5, &index), -1);
	CU_ASSERT_EQUAL_FATAL(key_store_find(store, "good", 4, &index), 0);
	ASSERT_OK(store->ops->session_new(&session, store, &err), &err);
	ASSERT_OK(
	    store->ops->sign(session, index, &how,
		(struct span){ (const unsigned char *)"01234567890123456789012345678901", 32 }, sig,
		&len, &err),
	    &err);
	store->ops->session_free(session);
	store->ops->close(store);
}

static void
a_directory_that_others_may_change_is_refused(void)
{
	struct error err = ERROR_INIT;
	struct key_store *store;

	CU_ASSERT_EQUAL_FATAL(chmod(keys.dir, 0777), 0);
	CU_ASSERT_EQUAL(key_store_dir_open(&store, keys.dir, &err), -1);
	CU_ASSERT_PTR_NULL(store);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "0700"));
	CU_ASSERT_EQUAL_FATAL(chmod(keys.dir, 0700), 0);
	error_clear(&err);
	ASSERT_OK(key_store_dir_open(&store, keys.dir, &err), &err);
	store->ops->close(store);
	CU_ASSERT_EQUAL(key_store_dir_open(&store, "/nonexistent", &err), -1);
	CU_ASSERT_PTR_NULL(strstr(err.text, "nonexistent"));
}

/* Each operation with this key: the kind of the error, or ERROR_NONE. */
static void
use(const char *name, enum error_kind sign, enum error_kind decrypt, enum error_kind derive)
{
	const struct key_sign how_sign = { PADDING_PKCS1, DIGEST_SHA256, DIGEST_NONE, 0 },
			      how_ec = { PADDING_NONE, DIGEST_SHA256, DIGEST_NONE, 0 };
	const struct key_decrypt how_decrypt = { .mode = KEY_UNWRAP_CONTENT, .want = 32 };
	unsigned char data[256] = { 0 }, out[KEYS_OUTPUT_MAX], *point = NULL;
	struct key_derive with = { .cofactor = -1 };
	struct key_session *session = NULL;
	struct key_store *store = NULL;
	struct error err = ERROR_INIT;
	size_t index = 0, len = sizeof(out);

	with.peer.len = EVP_PKEY_get1_encoded_public_key(ec, &point);
	with.peer.data = point;
	ASSERT_OK(key_store_dir_open(&store, keys.dir, &err), &err);
	ASSERT_OK(store->ops->session_new(&session, store, &err), &err);
	CU_ASSERT_EQUAL_FATAL(key_store_find(store, name, strlen(name), &index), 0);
	store->ops->sign(session, index, name[0] == 'e' ? &how_ec : &how_sign,
	    (struct span){ data, 32 }, out, &len, &err);
	CU_ASSERT_EQUAL(err.kind, sign);
	error_clear(&err);
	len = sizeof(out);
	store->ops->decrypt(
	    session, index, &how_decrypt, (struct span){ data, sizeof(data) }, out, &len, &err);
	CU_ASSERT_EQUAL(err.kind, decrypt);
	error_clear(&err);
	len = sizeof(out);
	store->ops->derive(session, index, &with, out, &len, &err);
	CU_ASSERT_EQUAL(err.kind, derive);
	store->ops->session_free(session);
	store->ops->close(store);
	OPENSSL_free(point);
}

/* Without a file the certificate says it, and the file overrules the certificate. */
static void
without_a_usage_file_the_certificate_says_what_a_key_is_for(void)
{
	use("certsigns", ERROR_NONE, ERROR_UNSUPPORTED, ERROR_UNSUPPORTED);
	use("certopens", ERROR_UNSUPPORTED, ERROR_NONE, ERROR_UNSUPPORTED);
	use("eccertopens", ERROR_UNSUPPORTED, ERROR_UNSUPPORTED, ERROR_NONE);
	use("overruled", ERROR_UNSUPPORTED, ERROR_NONE, ERROR_UNSUPPORTED);
	use("estamps", ERROR_UNSUPPORTED, ERROR_UNSUPPORTED, ERROR_UNSUPPORTED);
}

static void
where_usage_file_and_certificate_disagree_it_is_remarked(void)
{
	static const struct {
		const char *name, *remark;
	} cases[] = {
		{ "overruled",
		    "its .usage file says Decrypt, but its certificate's keyUsage allows Sign" },
		{ "certsigns", "" }, { "certopens", "" }, { "estamps", "" }
	};
	struct key_store *store = NULL;
	struct key_facts facts;
	struct error err = ERROR_INIT;
	size_t i, index = 0;

	ASSERT_OK(key_store_dir_open(&store, keys.dir, &err), &err);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CU_ASSERT_EQUAL_FATAL(
		    key_store_find(store, cases[i].name, strlen(cases[i].name), &index), 0);
		store->ops->facts(store, index, &facts);
		CU_ASSERT_EQUAL(facts.state, KEY_STATE_USABLE);
		CU_ASSERT_STRING_EQUAL(facts.remark, cases[i].remark);
	}
	store->ops->close(store);
}

/* A key of a time-stamp authority, asked as a time stamp is asked for, and as all else is. */
static void
a_key_for_time_stamps_signs_what_was_seen_to_be_one(void)
{
	const struct key_sign how = { PADDING_NONE, DIGEST_SHA256, DIGEST_NONE, 0 };
	unsigned char digest[32] = { 7 }, out[KEYS_OUTPUT_MAX];
	const struct span value = { digest, sizeof(digest) };
	static const char *const names[] = { "estamps", "eccertopens" };
	struct key_session *session = NULL;
	struct key_store *store = NULL;
	struct error err = ERROR_INIT;
	size_t index = 0, len, i;

	ASSERT_OK(key_store_dir_open(&store, keys.dir, &err), &err);
	ASSERT_OK(store->ops->session_new(&session, store, &err), &err);
	for (i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL_FATAL(key_store_find(store, names[i], strlen(names[i]), &index), 0);
		len = sizeof(out);
		error_clear(&err);
		CU_ASSERT_EQUAL(store->ops->stamp(session, index, &how, value, out, &len, &err),
		    i == 0 ? 0 : -1);
		/* That it is ready to sign now does not help. */
		len = sizeof(out);
		error_clear(&err);
		CU_ASSERT_EQUAL(store->ops->sign(session, index, &how, value, out, &len, &err), -1);
		CU_ASSERT_EQUAL(err.kind, ERROR_UNSUPPORTED);
	}
	store->ops->session_free(session);
	store->ops->close(store);
}

/* Whatever a client asks for: the files say what a key is for. */
static void
a_key_is_used_only_for_what_its_usage_file_says(void)
{
	use("onlysigns", ERROR_NONE, ERROR_UNSUPPORTED, ERROR_UNSUPPORTED);
	use("onlyopens", ERROR_UNSUPPORTED, ERROR_NONE, ERROR_UNSUPPORTED);
	use("ecsigns", ERROR_NONE, ERROR_UNSUPPORTED, ERROR_UNSUPPORTED);
	use("pem", ERROR_NONE, ERROR_NONE, ERROR_UNSUPPORTED);
	use("ecfree", ERROR_NONE, ERROR_UNSUPPORTED, ERROR_NONE);
}

static const struct test tests[] = { TEST(each_key_says_what_is_wrong_with_it),
	TEST(the_chain_comes_in_order_whatever_the_file_has),
	TEST(an_unusable_key_fails_alone_and_is_counted),
	TEST(a_store_that_was_read_is_released_whole),
	TEST(a_directory_that_others_may_change_is_refused),
	TEST(a_key_is_used_only_for_what_its_usage_file_says),
	TEST(without_a_usage_file_the_certificate_says_what_a_key_is_for),
	TEST(where_usage_file_and_certificate_disagree_it_is_remarked),
	TEST(a_key_for_time_stamps_signs_what_was_seen_to_be_one), TEST_END };
const struct suite suite_signing_keys_store = { "signing/keys/store", setup, teardown, tests };
