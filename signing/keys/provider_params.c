/* Digests, paddings and salt lengths as OpenSSL passes them: by many names, or as numbers. */
#include <openssl/core_names.h>
#include <openssl/obj_mac.h>
#include <openssl/params.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "signing/keys/provider_key.h"

static struct provider_digest digests[] = {
	{ { "SHA256", "SHA2-256", "SHA-256" }, DIGEST_SHA256, NID_sha256WithRSAEncryption,
	    NID_ecdsa_with_SHA256, NULL },
	{ { "SHA384", "SHA2-384", "SHA-384" }, DIGEST_SHA384, NID_sha384WithRSAEncryption,
	    NID_ecdsa_with_SHA384, NULL },
	{ { "SHA512", "SHA2-512", "SHA-512" }, DIGEST_SHA512, NID_sha512WithRSAEncryption,
	    NID_ecdsa_with_SHA512, NULL },
	{ { "SHA1", "SHA-1", "SSL3-SHA1" }, DIGEST_SHA1, NID_sha1WithRSAEncryption,
	    NID_ecdsa_with_SHA1, NULL },
	{ { "SHA224", "SHA2-224", "SHA-224" }, DIGEST_SHA224, NID_sha224WithRSAEncryption,
	    NID_ecdsa_with_SHA224, NULL },
	{ { "SHA3-224" }, DIGEST_SHA3_224, NID_RSA_SHA3_224, NID_ecdsa_with_SHA3_224, NULL },
	{ { "SHA3-256" }, DIGEST_SHA3_256, NID_RSA_SHA3_256, NID_ecdsa_with_SHA3_256, NULL },
	{ { "SHA3-384" }, DIGEST_SHA3_384, NID_RSA_SHA3_384, NID_ecdsa_with_SHA3_384, NULL },
	{ { "SHA3-512" }, DIGEST_SHA3_512, NID_RSA_SHA3_512, NID_ecdsa_with_SHA3_512, NULL },
	{ { "MD5-SHA1" }, DIGEST_NONE, NID_undef, NID_undef, NULL },
	{ { "MD5", "SSL3-MD5" }, DIGEST_MD5, NID_md5WithRSAEncryption, NID_undef, NULL },
	{ { "RIPEMD160", "RIPEMD-160", "RIPEMD" }, DIGEST_RIPEMD160, NID_ripemd160WithRSA,
	    NID_undef, NULL },
};
#define COUNT (sizeof(digests) / sizeof(digests[0]))

void
provider_digests_setup(OSSL_LIB_CTX *inner)
{
	size_t i;

	for (i = 0; i < COUNT; i++)
		digests[i].md = EVP_MD_fetch(inner, digests[i].names[0], NULL);
}

const struct provider_digest *
provider_digest(const char *name)
{
	const char *const *alias;
	size_t i;

	for (i = 0; i < COUNT; i++)
		for (alias = digests[i].names; *alias != NULL; alias++)
			if (strcasecmp(*alias, name) == 0)
				return digests[i].md != NULL ? &digests[i] : NULL;
	for (i = 0; i < COUNT; i++) /* an OID, or a name that is not above */
		if (digests[i].md != NULL && EVP_MD_is_a(digests[i].md, name))
			return &digests[i];
	return NULL;
}

int
provider_get_digest(const OSSL_PARAM *p, const struct provider_digest **digest)
{
	char text[64] = "", *name = text;

	if (OSSL_PARAM_get_utf8_string(p, &name, sizeof(text)) != 1)
		return 0;
	*digest = provider_digest(text);
	return *digest != NULL;
}

static const struct word {
	const char *name;
	int value;
} paddings[] = {
	{ OSSL_PKEY_RSA_PAD_MODE_PKCSV15, RSA_PKCS1_PADDING },
	{ OSSL_PKEY_RSA_PAD_MODE_PSS, RSA_PKCS1_PSS_PADDING },
	{ OSSL_PKEY_RSA_PAD_MODE_OAEP, RSA_PKCS1_OAEP_PADDING },
	{ OSSL_PKEY_RSA_PAD_MODE_NONE, RSA_NO_PADDING },
	{ NULL, 0 },
}, salts[] = {
	{ OSSL_PKEY_RSA_PSS_SALT_LEN_DIGEST, RSA_PSS_SALTLEN_DIGEST },
	{ OSSL_PKEY_RSA_PSS_SALT_LEN_AUTO, RSA_PSS_SALTLEN_AUTO },
	{ OSSL_PKEY_RSA_PSS_SALT_LEN_MAX, RSA_PSS_SALTLEN_MAX },
	{ NULL, 0 },
};

/* A number, a word of the table, or a number in decimal. */
static int
get_word(const OSSL_PARAM *p, const struct word *words, int *value)
{
	char *end;
	long n;

	if (p->data_type != OSSL_PARAM_UTF8_STRING)
		return OSSL_PARAM_get_int(p, value);
	if (p->data == NULL)
		return 0;
	for (; words->name != NULL; words++)
		if (strcasecmp(p->data, words->name) == 0) {
			*value = words->value;
			return 1;
		}
	n = strtol(p->data, &end, 10);
	if (end == (char *)p->data || *end != '\0' || n < -4 || n > 65536)
		return 0;
	*value = (int)n;
	return 1;
}

static int
set_word(OSSL_PARAM *p, const struct word *words, int value)
{
	char text[16];

	if (p->data_type != OSSL_PARAM_UTF8_STRING)
		return OSSL_PARAM_set_int(p, value);
	for (; words->name != NULL; words++)
		if (words->value == value)
			return OSSL_PARAM_set_utf8_string(p, words->name);
	snprintf(text, sizeof(text), "%d", value);
	return OSSL_PARAM_set_utf8_string(p, text);
}

int
provider_get_padding(const OSSL_PARAM *p, int *padding)
{
	return get_word(p, paddings, padding);
}

int
provider_set_padding(OSSL_PARAM *p, int padding)
{
	return set_word(p, paddings, padding);
}

int
provider_get_salt(const OSSL_PARAM *p, int *salt)
{
	return get_word(p, salts, salt);
}

int
provider_set_salt(OSSL_PARAM *p, int salt)
{
	return set_word(p, salts, salt);
}
