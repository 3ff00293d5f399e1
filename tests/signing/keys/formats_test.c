/* Our keys in OpenSSL's formats: certificates, requests, CMS, time stamps, OCSP, TLS. */
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "signing/keys/provider.h"
#include "tests/support/keys_process.h"
#include "tests/support/suite.h"

static struct test_keys keys;
enum { THE_RSA, THE_EC, KINDS };
static EVP_PKEY *real[KINDS], *ours[KINDS];
static X509 *cert[KINDS], *tsa_cert;

/* A self-signed certificate that may stamp times. */
static X509 *
make_tsa_cert(EVP_PKEY *pkey)
{
	X509 *c = test_cert(pkey, "tsa", NULL, NULL);
	X509_EXTENSION *ext =
	    X509V3_EXT_conf_nid(NULL, NULL, NID_ext_key_usage, "critical,timeStamping");

	if (c == NULL || ext == NULL || X509_add_ext(c, ext, -1) != 1 ||
	    X509_sign(c, pkey, EVP_sha256()) <= 0) {
		X509_free(c);
		c = NULL;
	}
	X509_EXTENSION_free(ext);
	return c;
}

static int
setup(void)
{
	static const char *const names[KINDS] = { "rsa", "ec" };
	struct error err = ERROR_INIT;
	int i;

	if (test_keys_init(&keys) != 0)
		return -1;
	real[THE_RSA] = EVP_RSA_gen(2048);
	real[THE_EC] = EVP_EC_gen("P-256");
	for (i = 0; i < KINDS; i++) {
		cert[i] = test_cert(real[i], names[i], NULL, NULL);
		if (cert[i] == NULL ||
		    test_keys_p12(&keys, names[i], real[i], cert[i], NULL, "secret") != 0 ||
		    keys_pkey_new(&ours[i], names[i], X509_get0_pubkey(cert[i]), &err) != 0)
			return -1;
	}
	tsa_cert = make_tsa_cert(real[THE_RSA]);
	if (tsa_cert == NULL || test_keys_start(&keys) != 0)
		return -1;
	return keys_thread_attach(keys.clients[0], 0);
}

static int
teardown(void)
{
	int i;

	keys_thread_detach();
	for (i = 0; i < KINDS; i++) {
		EVP_PKEY_free(real[i]);
		EVP_PKEY_free(ours[i]);
		X509_free(cert[i]);
	}
	X509_free(tsa_cert);
	test_keys_release(&keys);
	return 0;
}

/* ---- certificates ---- */

static void
certificates_are_signed_and_verify(void)
{
	int i;

	for (i = 0; i < KINDS; i++) {
		X509 *made = test_cert(ours[i], "made", NULL, NULL);
		X509_ALGOR const *alg;

		CU_ASSERT_PTR_NOT_NULL_FATAL(made);
		CU_ASSERT_EQUAL(X509_verify(made, real[i]), 1);
		CU_ASSERT_EQUAL(X509_verify(made, X509_get0_pubkey(made)), 1);
		CU_ASSERT_EQUAL(X509_verify(made, ours[i]), 1);
		CU_ASSERT_NOT_EQUAL(X509_verify(made, real[1 - i]), 1);
		CU_ASSERT_EQUAL(X509_check_private_key(made, ours[i]), 1);
		CU_ASSERT_EQUAL(X509_check_private_key(cert[1 - i], ours[i]), 0);
		alg = X509_get0_tbs_sigalg(made);
		CU_ASSERT_EQUAL(OBJ_obj2nid(alg->algorithm),
		    i == THE_RSA ? NID_sha256WithRSAEncryption : NID_ecdsa_with_SHA256);
		ERR_clear_error();
		X509_free(made);
	}
}

static void
a_certificate_with_pss_names_its_parameters(void)
{
	X509 *made = X509_dup(cert[THE_RSA]), *judge = X509_dup(cert[THE_RSA]);
	X509 *both[2] = { made, judge };
	EVP_PKEY *with[2] = { ours[THE_RSA], real[THE_RSA] };
	unsigned char *der[2] = { NULL, NULL };
	const X509_ALGOR *alg;
	int len[2], i;

	for (i = 0; i < 2; i++) {
		EVP_MD_CTX *ctx = EVP_MD_CTX_new();
		EVP_PKEY_CTX *pctx;

		CU_ASSERT_FATAL(EVP_DigestSignInit(ctx, &pctx, EVP_sha384(), NULL, with[i]) == 1);
		CU_ASSERT_FATAL(EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) > 0);
		CU_ASSERT_FATAL(EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, RSA_PSS_SALTLEN_DIGEST) > 0);
		CU_ASSERT_FATAL(X509_sign_ctx(both[i], ctx) > 0);
		alg = X509_get0_tbs_sigalg(both[i]);
		len[i] = i2d_X509_ALGOR((X509_ALGOR *)alg, &der[i]);
		EVP_MD_CTX_free(ctx);
	}
	CU_ASSERT(len[0] > 0 && len[0] == len[1] && memcmp(der[0], der[1], (size_t)len[0]) == 0);
	CU_ASSERT_EQUAL(X509_verify(made, real[THE_RSA]), 1);
	CU_ASSERT_EQUAL(X509_verify(made, ours[THE_RSA]), 1);
	for (i = 0; i < 2; i++) {
		OPENSSL_free(der[i]);
		X509_free(both[i]);
	}
}

static void
certificate_requests_are_signed(void)
{
	int i;

	for (i = 0; i < KINDS; i++) {
		X509_REQ *req = X509_REQ_new();

		CU_ASSERT_EQUAL(X509_REQ_set_pubkey(req, ours[i]), 1);
		CU_ASSERT(X509_REQ_sign(req, ours[i], EVP_sha512()) > 0);
		CU_ASSERT_EQUAL(X509_REQ_verify(req, real[i]), 1);
		CU_ASSERT_NOT_EQUAL(X509_REQ_verify(req, real[1 - i]), 1);
		ERR_clear_error();
		X509_REQ_free(req);
	}
}

/* ---- CMS ---- */

static int
cms_is_good(CMS_ContentInfo *cms, int detached, const char *content)
{
	BIO *in = detached ? BIO_new_mem_buf(content, -1) : NULL, *out = BIO_new(BIO_s_mem());
	int ok = CMS_verify(cms, NULL, NULL, in, out, CMS_NO_SIGNER_CERT_VERIFY | CMS_BINARY);

	ERR_clear_error();
	BIO_free(in);
	BIO_free(out);
	return ok == 1;
}

static void
cms_signs_detached_attached_and_without_attributes(void)
{
	static const unsigned int flags[] = { CMS_DETACHED, 0, CMS_DETACHED | CMS_NOATTR,
		CMS_DETACHED | CMS_CADES };
	size_t f;
	int i;

	for (i = 0; i < KINDS; i++)
		for (f = 0; f < sizeof(flags) / sizeof(flags[0]); f++) {
			BIO *in = BIO_new_mem_buf("hello", 5);
			CMS_ContentInfo *cms =
			    CMS_sign(cert[i], ours[i], NULL, in, flags[f] | CMS_BINARY);

			CU_ASSERT_PTR_NOT_NULL_FATAL(cms);
			CU_ASSERT(cms_is_good(cms, (flags[f] & CMS_DETACHED) != 0, "hello"));
			if ((flags[f] & CMS_DETACHED) != 0)
				CU_ASSERT(!cms_is_good(cms, 1, "hallo"));
			CMS_ContentInfo_free(cms);
			BIO_free(in);
		}
}

static void
cms_signs_with_pss(void)
{
	BIO *in = BIO_new_mem_buf("hello", 5);
	CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, CMS_PARTIAL | CMS_DETACHED);
	CMS_SignerInfo *si = CMS_add1_signer(
	    cms, cert[THE_RSA], ours[THE_RSA], EVP_sha256(), CMS_KEY_PARAM | CMS_PARTIAL);
	X509_ALGOR *alg;

	CU_ASSERT_PTR_NOT_NULL_FATAL(si);
	CU_ASSERT_FATAL(EVP_PKEY_CTX_set_rsa_padding(
			    CMS_SignerInfo_get0_pkey_ctx(si), RSA_PKCS1_PSS_PADDING) > 0);
	CU_ASSERT_FATAL(CMS_final(cms, in, NULL, CMS_BINARY | CMS_DETACHED) == 1);
	CMS_SignerInfo_get0_algs(si, NULL, NULL, NULL, &alg);
	CU_ASSERT_EQUAL(OBJ_obj2nid(alg->algorithm), NID_rsassaPss);
	CU_ASSERT(cms_is_good(cms, 1, "hello"));
	CU_ASSERT(!cms_is_good(cms, 1, "hallo"));
	CMS_ContentInfo_free(cms);
	BIO_free(in);
}

/* Encrypted to the certificate, decrypted with our key. */
static void
cms_is_decrypted_for_rsa_and_ec_recipients(void)
{
	char text[16];
	int i, oaep;

	for (i = 0; i < KINDS; i++)
		for (oaep = 0; oaep < (i == THE_RSA ? 2 : 1); oaep++) {
			BIO *in = BIO_new_mem_buf("hello", 5), *out = BIO_new(BIO_s_mem());
			CMS_ContentInfo *cms =
			    CMS_encrypt(NULL, NULL, EVP_aes_128_cbc(), CMS_PARTIAL | CMS_BINARY);
			CMS_RecipientInfo *ri =
			    CMS_add1_recipient_cert(cms, cert[i], CMS_KEY_PARAM);

			CU_ASSERT_PTR_NOT_NULL_FATAL(ri);
			if (oaep)
				CU_ASSERT_FATAL(EVP_PKEY_CTX_set_rsa_padding(
						    CMS_RecipientInfo_get0_pkey_ctx(ri),
						    RSA_PKCS1_OAEP_PADDING) > 0);
			CU_ASSERT_FATAL(CMS_final(cms, in, NULL, CMS_BINARY) == 1);
			CU_ASSERT_EQUAL(CMS_decrypt(cms, ours[i], cert[i], NULL, out, 0), 1);
			CU_ASSERT_EQUAL(BIO_read(out, text, sizeof(text)), 5);
			CU_ASSERT_EQUAL(memcmp(text, "hello", 5), 0);
			CU_ASSERT_NOT_EQUAL(
			    CMS_decrypt(cms, ours[1 - i], cert[1 - i], NULL, out, 0), 1);
			ERR_clear_error();
			CMS_ContentInfo_free(cms);
			BIO_free(in);
			BIO_free(out);
		}
}

/* ---- time stamps, OCSP ---- */

static ASN1_INTEGER *
next_serial(TS_RESP_CTX *ctx, void *arg)
{
	ASN1_INTEGER *serial = ASN1_INTEGER_new();

	(void)ctx;
	(void)arg;
	ASN1_INTEGER_set(serial, 42);
	return serial;
}

static BIO *
ts_request(void)
{
	static const unsigned char imprint[32] = { 1 };
	TS_REQ *req = TS_REQ_new();
	TS_MSG_IMPRINT *mi = TS_MSG_IMPRINT_new();
	X509_ALGOR *alg = X509_ALGOR_new();
	BIO *bio = BIO_new(BIO_s_mem());

	X509_ALGOR_set_md(alg, EVP_sha256());
	TS_REQ_set_version(req, 1);
	TS_MSG_IMPRINT_set_algo(mi, alg);
	TS_MSG_IMPRINT_set_msg(mi, (unsigned char *)imprint, sizeof(imprint));
	TS_REQ_set_msg_imprint(req, mi);
	TS_REQ_set_cert_req(req, 1);
	i2d_TS_REQ_bio(bio, req);
	X509_ALGOR_free(alg);
	TS_MSG_IMPRINT_free(mi);
	TS_REQ_free(req);
	return bio;
}

static void
time_stamps_are_made(void)
{
	TS_RESP_CTX *ctx = TS_RESP_CTX_new();
	ASN1_OBJECT *policy = OBJ_txt2obj("1.2.3.4", 1);
	X509_STORE *store = X509_STORE_new();
	BIO *request = ts_request();
	TS_RESP *resp = NULL;

	X509_STORE_add_cert(store, tsa_cert);
	CU_ASSERT_FATAL(TS_RESP_CTX_set_signer_cert(ctx, tsa_cert) == 1 &&
			TS_RESP_CTX_set_signer_key(ctx, ours[THE_RSA]) == 1 &&
			TS_RESP_CTX_set_signer_digest(ctx, EVP_sha256()) == 1 &&
			TS_RESP_CTX_set_def_policy(ctx, policy) == 1 &&
			TS_RESP_CTX_add_md(ctx, EVP_sha256()) == 1);
	TS_RESP_CTX_set_serial_cb(ctx, next_serial, NULL);
	resp = TS_RESP_create_response(ctx, request);
	CU_ASSERT_PTR_NOT_NULL_FATAL(resp);
	CU_ASSERT_PTR_NOT_NULL_FATAL(TS_RESP_get_token(resp));
	CU_ASSERT_EQUAL(TS_RESP_verify_signature(TS_RESP_get_token(resp), NULL, store, NULL), 1);
	ERR_clear_error();
	TS_RESP_free(resp);
	BIO_free(request);
	X509_STORE_free(store);
	ASN1_OBJECT_free(policy);
	TS_RESP_CTX_free(ctx);
}

static void
ocsp_answers_are_signed(void)
{
	int i;

	for (i = 0; i < KINDS; i++) {
		OCSP_BASICRESP *resp = OCSP_BASICRESP_new();
		STACK_OF(X509) *certs = sk_X509_new_null();

		sk_X509_push(certs, cert[i]);
		CU_ASSERT_EQUAL(OCSP_basic_sign(resp, cert[i], ours[i], EVP_sha256(), NULL, 0), 1);
		CU_ASSERT_EQUAL(OCSP_basic_verify(resp, certs, NULL, OCSP_NOVERIFY), 1);
		sk_X509_free(certs);
		OCSP_BASICRESP_free(resp);
	}
	ERR_clear_error();
}

/* ---- TLS ---- */

static SSL_CTX *
tls_ctx(const SSL_METHOD *method, int kind, EVP_PKEY *pkey, int version)
{
	SSL_CTX *ctx = SSL_CTX_new(method);

	SSL_CTX_set_security_level(ctx, 0);
	SSL_CTX_set_cipher_list(ctx, "ALL:@SECLEVEL=0");
	CU_ASSERT_EQUAL(SSL_CTX_set_min_proto_version(ctx, version), 1);
	CU_ASSERT_EQUAL(SSL_CTX_set_max_proto_version(ctx, version), 1);
	CU_ASSERT_EQUAL(SSL_CTX_use_cert_and_key(ctx, cert[kind], pkey, NULL, 1), 1);
	CU_ASSERT_EQUAL(SSL_CTX_check_private_key(ctx), 1);
	X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), cert[kind]);
	X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), cert[1 - kind]);
	return ctx;
}

/* Both sides in memory; 1 when the handshake ends and a byte goes through. */
static int
shake_hands(SSL_CTX *server_ctx, SSL_CTX *client_ctx)
{
	SSL *server = SSL_new(server_ctx), *client = SSL_new(client_ctx);
	BIO *a, *b;
	char byte = 0;
	int i, s = 0, c = 0;

	BIO_new_bio_pair(&a, 0, &b, 0);
	SSL_set_bio(server, a, a);
	SSL_set_bio(client, b, b);
	SSL_set_accept_state(server);
	SSL_set_connect_state(client);
	for (i = 0; i < 20 && (s != 1 || c != 1); i++) {
		c = SSL_do_handshake(client);
		s = SSL_do_handshake(server);
	}
	if (s == 1 && c == 1 && SSL_write(client, "x", 1) == 1)
		SSL_read(server, &byte, 1);
	SSL_free(server);
	SSL_free(client);
	ERR_clear_error();
	return byte == 'x';
}

static void
tls_servers_and_clients_use_our_keys(void)
{
	static const struct {
		int version, kind;
		const char *ciphers; /* NULL: whatever */
	} cases[] = {
		{ TLS1_3_VERSION, THE_RSA, NULL },
		{ TLS1_3_VERSION, THE_EC, NULL },
		{ TLS1_2_VERSION, THE_RSA, "ECDHE-RSA-AES128-GCM-SHA256" },
		{ TLS1_2_VERSION, THE_EC, "ECDHE-ECDSA-AES128-GCM-SHA256" },
		{ TLS1_2_VERSION, THE_RSA, "AES128-SHA" }, /* RSA key exchange */
		{ TLS1_1_VERSION, THE_RSA, "ECDHE-RSA-AES128-SHA" },
		{ TLS1_VERSION, THE_RSA, "AES128-SHA" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int kind = cases[i].kind;
		SSL_CTX *server = tls_ctx(TLS_server_method(), kind, ours[kind], cases[i].version);
		SSL_CTX *client =
		    tls_ctx(TLS_client_method(), 1 - kind, ours[1 - kind], cases[i].version);
		char ciphers[80];

		snprintf(ciphers, sizeof(ciphers), "%s:@SECLEVEL=0",
		    cases[i].ciphers != NULL ? cases[i].ciphers : "ALL");
		CU_ASSERT_EQUAL(SSL_CTX_set_cipher_list(client, ciphers), 1);
		SSL_CTX_set_verify(server, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
		SSL_CTX_set_verify(client, SSL_VERIFY_PEER, NULL);
		CU_ASSERT(shake_hands(server, client));
		SSL_CTX_free(server);
		SSL_CTX_free(client);
	}
}

static void
a_tls_server_without_its_keys_process_refuses(void)
{
	SSL_CTX *server = tls_ctx(TLS_server_method(), THE_EC, ours[THE_EC], TLS1_3_VERSION);
	SSL_CTX *client = tls_ctx(TLS_client_method(), THE_RSA, real[THE_RSA], TLS1_3_VERSION);

	keys_thread_detach();
	CU_ASSERT(!shake_hands(server, client));
	CU_ASSERT_EQUAL(keys_last_error()->kind, ERROR_UNAVAILABLE);
	CU_ASSERT_EQUAL(keys_thread_attach(keys.clients[0], 0), 0);
	CU_ASSERT(shake_hands(server, client));
	SSL_CTX_free(server);
	SSL_CTX_free(client);
}

static const struct test tests[] = { TEST(certificates_are_signed_and_verify),
	TEST(a_certificate_with_pss_names_its_parameters), TEST(certificate_requests_are_signed),
	TEST(cms_signs_detached_attached_and_without_attributes), TEST(cms_signs_with_pss),
	TEST(cms_is_decrypted_for_rsa_and_ec_recipients), TEST(time_stamps_are_made),
	TEST(ocsp_answers_are_signed), TEST(tls_servers_and_clients_use_our_keys),
	TEST(a_tls_server_without_its_keys_process_refuses), TEST_END };
const struct suite suite_signing_keys_formats = { "signing/keys/formats", setup, teardown, tests };
