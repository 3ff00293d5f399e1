/* Keys on a card: they sign for OpenSSL in each way that TLS needs, and as sign-on needs. */
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signing/keys/provider.h"
#include "tests/support/card.h"
#include "tests/support/live.h"
#include "tests/support/suite.h"
#include "tui/model/card_key.h"

#define TEXT "what TLS signs in its handshake"

static char dir[] = "/tmp/signet-card-XXXXXX";
static int has_cards;

static int
setup(void)
{
	char path[100];

	has_cards = card_can_be_made();
	if (!has_cards)
		return 0;
	if (mkdtemp(dir) == NULL ||
	    run_shell(NULL,
		"cd %s && for k in rsa:2048 'ec -pkeyopt ec_paramgen_curve:P-384'; do n=${k%%%%[: "
		"]*}; openssl req -x509 -newkey $k -nodes -subj /CN=$n -keyout $n.key -out $n.pem "
		"-days 3 2>/dev/null; done",
		dir) != 0 ||
	    card_make(dir, "rsa") != 0 || card_make(dir, "ec") != 0)
		return -1;
	snprintf(path, sizeof(path), "%s/hsm.conf", dir);
	return setenv("SOFTHSM2_CONF", path, 1);
}

static int
teardown(void)
{
	unsetenv("SOFTHSM2_CONF");
	return has_cards ? run_shell(NULL, "rm -rf %s", dir) : 0;
}

/* Sign by the card, verify by the certificate; 1 when it verifies. `padding` 0: not RSA. */
static int
signs(EVP_PKEY *key, X509 *cert, const EVP_MD *md, int padding, const char *verified)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *how = NULL;
	unsigned char sig[512];
	size_t len = sizeof(sig);
	int ok;

	ok = EVP_DigestSignInit(ctx, &how, md, NULL, key) == 1 &&
	     (padding == 0 || EVP_PKEY_CTX_set_rsa_padding(how, padding) > 0) &&
	     (padding != RSA_PKCS1_PSS_PADDING ||
		 EVP_PKEY_CTX_set_rsa_pss_saltlen(how, RSA_PSS_SALTLEN_DIGEST) > 0) &&
	     EVP_DigestSign(ctx, sig, &len, (const unsigned char *)TEXT, strlen(TEXT)) == 1;
	CU_ASSERT_TRUE(ok);
	EVP_MD_CTX_reset(ctx);
	ok =
	    ok && EVP_DigestVerifyInit(ctx, &how, md, NULL, X509_get0_pubkey(cert)) == 1 &&
	    (padding == 0 || EVP_PKEY_CTX_set_rsa_padding(how, padding) > 0) &&
	    (padding != RSA_PKCS1_PSS_PADDING ||
		EVP_PKEY_CTX_set_rsa_pss_saltlen(how, RSA_PSS_SALTLEN_DIGEST) > 0) &&
	    EVP_DigestVerify(ctx, sig, len, (const unsigned char *)verified, strlen(verified)) == 1;
	EVP_MD_CTX_free(ctx);
	return ok;
}

static void
the_key_of_a_card_signs_as_tls_wants_it(void)
{
	static const struct {
		const char *token;
		int padding;
		const char *digest;
	} ways[] = { { "rsa", RSA_PKCS1_PADDING, "SHA256" }, { "rsa", RSA_PKCS1_PADDING, "SHA512" },
		{ "rsa", RSA_PKCS1_PSS_PADDING, "SHA256" },
		{ "rsa", RSA_PKCS1_PSS_PADDING, "SHA384" }, { "ec", 0, "SHA384" },
		{ "ec", 0, "SHA256" } };
	size_t i;

	if (!has_cards) {
		test_not_run("no SoftHSM: keys on cards");
		return;
	}
	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		const struct card_choice choice = { CARD_MODULE, ways[i].token, NULL, CARD_PIN };
		const EVP_MD *md = EVP_get_digestbyname(ways[i].digest);
		struct error err = ERROR_INIT;
		struct card *card;
		X509 *cert;
		EVP_PKEY *key = NULL;

		ASSERT_OK(card_open(&card, &cert, &choice, &err), &err);
		ASSERT_OK(card_key_new(&key, card, cert, &err), &err);
		CU_ASSERT_TRUE(signs(key, cert, md, ways[i].padding, TEXT));
		CU_ASSERT_FALSE(signs(key, cert, md, ways[i].padding, TEXT "!"));
		EVP_PKEY_free(key);
		X509_free(cert);
		card_close(card);
	}
	keys_use_signer(NULL, NULL); /* the keys process again, for other suites */
}

static void
a_wrong_pin_opens_nothing(void)
{
	const struct card_choice choice = { CARD_MODULE, "rsa", NULL, "9999" };
	struct error err = ERROR_INIT;
	struct card *card;
	X509 *cert;

	if (!has_cards) {
		test_not_run("no SoftHSM: a wrong PIN");
		return;
	}
	CU_ASSERT_EQUAL(card_open(&card, &cert, &choice, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_AUTHENTICATED);
	CU_ASSERT_PTR_NULL(card);
	CU_ASSERT_PTR_NULL(cert);
}

static const struct test tests[] = { TEST(the_key_of_a_card_signs_as_tls_wants_it),
	TEST(a_wrong_pin_opens_nothing), TEST_END };
const struct suite suite_tui_model_card = { "tui/model/card", setup, teardown, tests };
