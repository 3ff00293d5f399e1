/* Peers that send certificates with slow keys: the handshake ends before one is decoded. */
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>

#include "signing/core/handshake.h"
#include "tests/support/odd_certs.h"
#include "tests/support/suite.h"

static X509 *slow;

static int
take_any(X509_STORE_CTX *store, void *arg)
{
	(void)arg;
	X509_STORE_CTX_set_error(store, X509_V_OK);
	return 1;
}

/* A side with a certificate, and perhaps a slow one behind it. */
static SSL_CTX *
side_of(const SSL_METHOD *method, int version, int is_slow)
{
	const struct sign_key *key = pki_key(PKI_TLS_SERVER);
	SSL_CTX *ctx = SSL_CTX_new(method);

	CU_ASSERT_FATAL(ctx != NULL && SSL_CTX_use_certificate(ctx, key->cert) == 1 &&
			SSL_CTX_use_PrivateKey(ctx, key->pkey) == 1 &&
			SSL_CTX_set_min_proto_version(ctx, version) == 1 &&
			SSL_CTX_set_max_proto_version(ctx, version) == 1);
	if (is_slow)
		CU_ASSERT_EQUAL_FATAL(SSL_CTX_add1_chain_cert(ctx, slow), 1);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(ctx, take_any, NULL);
	handshake_refuse_slow_keys(ctx);
	return ctx;
}

/* The reason why the handshake failed, or 0. */
static int
shake_hands(SSL_CTX *server_ctx, SSL_CTX *client_ctx)
{
	SSL *server = SSL_new(server_ctx), *client = SSL_new(client_ctx);
	BIO *a = NULL, *b = NULL;
	int i, reason = 0;

	CU_ASSERT_EQUAL_FATAL(BIO_new_bio_pair(&a, 100000, &b, 100000), 1);
	SSL_set_bio(server, a, a);
	SSL_set_bio(client, b, b);
	SSL_set_accept_state(server);
	SSL_set_connect_state(client);
	for (i = 0; i < 10 && reason == 0; i++) {
		ERR_clear_error();
		SSL_do_handshake(i % 2 ? server : client);
		reason = ERR_GET_REASON(ERR_peek_error());
	}
	CU_ASSERT(reason != 0 || (SSL_is_init_finished(server) && SSL_is_init_finished(client)));
	ERR_clear_error();
	SSL_free(server);
	SSL_free(client);
	return reason;
}

static void
a_handshake_with_a_slow_key_fails_on_either_side(void)
{
	static const struct {
		int version, server_is_slow, client_is_slow, reason;
	} rows[] = {
		{ TLS1_2_VERSION, 0, 0, 0 },
		{ TLS1_3_VERSION, 0, 0, 0 },
		{ TLS1_2_VERSION, 0, 1, SSL_R_LENGTH_MISMATCH },
		{ TLS1_3_VERSION, 0, 1, SSL_R_INVALID_CONTEXT },
		{ TLS1_2_VERSION, 1, 0, SSL_R_LENGTH_MISMATCH },
		{ TLS1_3_VERSION, 1, 0, SSL_R_LENGTH_MISMATCH },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		SSL_CTX *server =
		    side_of(TLS_server_method(), rows[i].version, rows[i].server_is_slow);
		SSL_CTX *client =
		    side_of(TLS_client_method(), rows[i].version, rows[i].client_is_slow);
		const int reason = shake_hands(server, client);

		if (reason != rows[i].reason)
			fprintf(stderr, "row %zu: reason %d\n", i, reason);
		CU_ASSERT_EQUAL(reason, rows[i].reason);
		SSL_CTX_free(server);
		SSL_CTX_free(client);
	}
}

static int
setup(void)
{
	struct buf der = odd_certificate_with("EC, roots that take long");
	const unsigned char *at = der.data;

	slow = d2i_X509(NULL, &at, (long)der.len);
	buf_release(&der);
	return slow != NULL ? 0 : -1;
}

static int
teardown(void)
{
	X509_free(slow);
	return 0;
}

static const struct test tests[] = { TEST(a_handshake_with_a_slow_key_fails_on_either_side),
	TEST_END };
const struct suite suite_signing_core_handshake = { "signing/core/handshake", setup, teardown,
	tests };
