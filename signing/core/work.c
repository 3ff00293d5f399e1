#include "signing/core/work.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/objects.h>
#include <string.h>

#include "signing/core/alg.h"

/* Fetching the algorithm, decoding the value, the digest. */
#define CHECK_BASE 20

/* Bits of the exponent that the key brings, as it is multiplied by. */
static uint64_t
exponent_bits(const EVP_PKEY *key)
{
	BIGNUM *e = NULL;
	uint64_t bits = 64;

	if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e) == 1)
		bits = (uint64_t)BN_num_bits(e);
	BN_free(e);
	return bits;
}

/* Curves over GF(2^m) have no code that was made for them. */
static int
is_binary(const EVP_PKEY *key)
{
	char type[32] = "";

	return EVP_PKEY_get_utf8_string_param(
		   key, OSSL_PKEY_PARAM_EC_FIELD_TYPE, type, sizeof(type), NULL) == 1 &&
	       strcmp(type, SN_X9_62_characteristic_two_field) == 0;
}

uint64_t
work_of_check(const EVP_PKEY *key)
{
	const uint64_t bits = key != NULL && key_bits(key) > 0 ? (uint64_t)key_bits(key) : 256;
	const uint64_t words = (bits + 63) / 64;

	switch (key_type_of(key)) {
	case KEY_RSA: /* a square for each bit of the exponent, and a product for some */
		return CHECK_BASE + words * words * exponent_bits(key) * 7 / 4000;
	case KEY_DSA: /* two exponents of at most 256 bits */
		return CHECK_BASE + words * words * 2 * 256 * 7 / 4000;
	case KEY_EC: /* bits of the scalar, times products in the field */
		return CHECK_BASE + bits * bits * bits / (is_binary(key) ? 30000 : 45000);
	default:
		return CHECK_BASE + 400;
	}
}

int
work_spend(struct work *work, uint64_t units)
{
	if (work == NULL)
		return 1;
	if (units > work->left) {
		if (work->met == 0)
			work->met = work->allowed - work->left + units;
		return 0;
	}
	work->left -= units;
	return 1;
}

int
work_spend_check(struct work *work, const EVP_PKEY *key)
{
	return work == NULL || work_spend(work, work_of_check(key));
}

int
work_check(const struct work *work, struct error *err)
{
	if (work == NULL || work->met == 0)
		return 0;
	return error_limit(err, ERROR_LIMIT, "verdict-work", work->allowed, work->met,
	    "work for a verdict on so many certificates, time stamps and revocation data");
}
