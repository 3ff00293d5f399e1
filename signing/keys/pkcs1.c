#include "signing/keys/pkcs1.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/rsa.h>
#include <string.h>

#define HASH_SIZE     32
#define PADDING_LEAST 8 /* bytes of it, and three more around them */

int
pkcs1_reject_secret(unsigned char secret[PKCS1_REJECT_SIZE], const EVP_PKEY *pkey)
{
	BIGNUM *d = BN_secure_new();
	unsigned char *bytes = NULL;
	int len = 0, rc = -1;

	if (d != NULL && EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_D, &d) == 1) {
		len = BN_num_bytes(d);
		bytes = OPENSSL_secure_malloc((size_t)len);
		if (bytes != NULL && BN_bn2bin(d, bytes) == len &&
		    EVP_Digest(bytes, (size_t)len, secret, NULL, EVP_sha256(), NULL) == 1)
			rc = 0;
	}
	OPENSSL_secure_clear_free(bytes, (size_t)len);
	BN_clear_free(d);
	ERR_clear_error();
	return rc;
}

/* HMAC-SHA-256 over a number and the ciphertext, as often as it takes. */
static int
other_key(const unsigned char secret[PKCS1_REJECT_SIZE], struct span ciphertext,
    unsigned char out[PKCS1_WANT_MAX])
{
	unsigned char number;
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *ctx = hmac != NULL ? EVP_MAC_CTX_new(hmac) : NULL;
	OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(
				    OSSL_MAC_PARAM_DIGEST, (char *)"SHA256", 0),
		OSSL_PARAM_construct_end() };
	size_t len;
	int ok = ctx != NULL;

	for (number = 0; ok && number < PKCS1_WANT_MAX / HASH_SIZE; number++)
		ok = EVP_MAC_init(ctx, secret, PKCS1_REJECT_SIZE, params) == 1 &&
		     EVP_MAC_update(ctx, &number, 1) == 1 &&
		     EVP_MAC_update(ctx, ciphertext.data, ciphertext.len) == 1 &&
		     EVP_MAC_final(ctx, out + number * HASH_SIZE, &len, HASH_SIZE) == 1;
	EVP_MAC_CTX_free(ctx);
	EVP_MAC_free(hmac);
	return ok ? 0 : -1;
}

/* All ones when a is 0, else 0. */
static unsigned int
is_zero(unsigned int a)
{
	return 0u - ((~a & (a - 1)) >> 31);
}

/*
 * 00 02, padding without a zero, 00, message: since the message's length is known, so is where the
 * zero must stand, and nothing needs to be looked for.
 */
static void
take_message(unsigned char *out, size_t want, const unsigned char *block, size_t len,
    const unsigned char *other)
{
	const size_t zero = len - want - 1;
	unsigned int good = is_zero(block[0]) & is_zero(block[1] ^ 2u) & is_zero(block[zero]);
	size_t i;

	for (i = 2; i < zero; i++)
		good &= ~is_zero(block[i]);
	__asm__("" : "+r"(good)); /* so that no compiler makes a branch of it */
	for (i = 0; i < want; i++)
		out[i] = (unsigned char)((block[zero + 1 + i] & good) | (other[i] & ~good));
}

/* RSA without padding: as many bytes as the modulus has. */
static int
decrypt_raw(EVP_PKEY *pkey, struct span ciphertext, unsigned char *block, size_t *len)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	int ok = ctx != NULL && EVP_PKEY_decrypt_init(ctx) > 0 &&
		 EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) > 0 &&
		 EVP_PKEY_decrypt(ctx, block, len, ciphertext.data, ciphertext.len) > 0;

	EVP_PKEY_CTX_free(ctx);
	ERR_clear_error();
	return ok ? 0 : -1;
}

int
pkcs1_unwrap(EVP_PKEY *pkey, const unsigned char secret[PKCS1_REJECT_SIZE], struct span ciphertext,
    unsigned char *out, size_t want, struct error *err)
{
	unsigned char other[PKCS1_WANT_MAX], *block = NULL;
	size_t size = (size_t)EVP_PKEY_get_size(pkey), len = size;
	int rc = -1;

	if (want == 0 || want > PKCS1_WANT_MAX || size < want + PADDING_LEAST + 3)
		return error_set(err, ERROR_MALFORMED,
		    "a key of %zu bytes cannot have been encrypted by an RSA key of %zu", want,
		    size);
	block = OPENSSL_secure_malloc(size);
	if (block == NULL)
		return error_memory(err);
	if (other_key(secret, ciphertext, other) != 0) {
		error_set(err, ERROR_INTERNAL, "the key cannot decrypt");
		goto done;
	}
	if (ciphertext.len != size || decrypt_raw(pkey, ciphertext, block, &len) != 0 ||
	    len != size) {
		error_set(err, ERROR_MALFORMED, "this was not encrypted for the key");
		goto done;
	}
	take_message(out, want, block, size, other);
	rc = 0;
done:
	OPENSSL_secure_clear_free(block, size);
	explicit_bzero(other, sizeof(other));
	return rc;
}
