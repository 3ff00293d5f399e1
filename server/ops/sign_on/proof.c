#include "server/ops/sign_on/proof.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <string.h>

#include "signing/core/ossl.h"

#define BITS_LEAST 112	 /* of security: RSA-2048 */
#define BITS_MOST  16384 /* of a key: what larger ones cost is not a stranger's to spend */

/* How a key signs: with SHA-256 or as its own algorithm says; RSA in up to two ways. */
static const struct way {
	int type;
	int has_digest;
	int padding; /* of RSA; 0: the key's own */
} ways[] = {
	{ EVP_PKEY_RSA, 1, RSA_PKCS1_PADDING },
	{ EVP_PKEY_RSA, 1, RSA_PKCS1_PSS_PADDING },
	{ EVP_PKEY_RSA_PSS, 1, 0 },
	{ EVP_PKEY_EC, 1, 0 },
	{ EVP_PKEY_ED25519, 0, 0 },
	{ EVP_PKEY_ED448, 0, 0 },
};
#define WAYS (sizeof(ways) / sizeof(ways[0]))

int
proof_check_key(X509 *cert, struct error *err)
{
	EVP_PKEY *key = X509_get0_pubkey(cert);
	size_t i;

	for (i = 0; key != NULL && i < WAYS; i++)
		if (ways[i].type == EVP_PKEY_get_base_id(key))
			break;
	ERR_clear_error();
	if (key == NULL || i == WAYS)
		return error_set(err, ERROR_UNSUPPORTED,
		    "the certificate's key is of a kind that cannot be used here: RSA, EC, Ed25519 "
		    "and Ed448 can");
	if (EVP_PKEY_get_security_bits(key) < BITS_LEAST || EVP_PKEY_get_bits(key) > BITS_MOST)
		return error_set(err, ERROR_UNSUPPORTED,
		    "the certificate's key has %d bits, which is too %s", EVP_PKEY_get_bits(key),
		    EVP_PKEY_get_bits(key) > BITS_MOST ? "many" : "few");
	return 0;
}

static int
is_signed(const struct way *way, EVP_PKEY *key, const char *text, struct span signature)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *how = NULL;
	int ok = 0;

	if (ctx != NULL &&
	    EVP_DigestVerifyInit(ctx, &how, way->has_digest ? EVP_sha256() : NULL, NULL, key) ==
		1 &&
	    (way->padding == 0 || EVP_PKEY_CTX_set_rsa_padding(how, way->padding) == 1))
		ok = EVP_DigestVerify(ctx, signature.data, signature.len,
			 (const unsigned char *)text, strlen(text)) == 1;
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return ok;
}

int
proof_check(X509 *cert, const char *text, struct span signature, struct error *err)
{
	EVP_PKEY *key = X509_get0_pubkey(cert);
	size_t i;

	if (proof_check_key(cert, err) != 0)
		return -1;
	for (i = 0; i < WAYS; i++)
		if (ways[i].type == EVP_PKEY_get_base_id(key) &&
		    is_signed(&ways[i], key, text, signature))
			return 0;
	return error_set(err, ERROR_NOT_AUTHENTICATED,
	    "the signature over the challenge is not the certificate's key's: sign the challenge's "
	    "bytes as they are, with SHA-256");
}
