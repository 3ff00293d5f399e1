#include "signing/trust/catalogue_names.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define HASH(oid, d)                                                                               \
	{                                                                                          \
		oid, NAMED_DIGEST, KEY_UNKNOWN, PADDING_NONE, d, NULL                              \
	}
#define RSA1(oid, d)                                                                               \
	{                                                                                          \
		oid, NAMED_SIGNATURE, KEY_RSA, PADDING_PKCS1, d, NULL                              \
	}
#define SIGN(oid, key, d)                                                                          \
	{                                                                                          \
		oid, NAMED_SIGNATURE, key, PADDING_NONE, d, NULL                                   \
	}
#define CURVE(oid, name)                                                                           \
	{                                                                                          \
		oid, NAMED_CURVE, KEY_EC, PADDING_NONE, DIGEST_NONE, name                          \
	}
#define NIST "2.16.840.1.101.3.4."

const struct named named_table[] = {
	HASH("1.2.840.113549.2.5", DIGEST_MD5),
	HASH("1.3.36.3.2.1", DIGEST_RIPEMD160),
	HASH("1.3.14.3.2.26", DIGEST_SHA1),
	HASH(NIST "2.4", DIGEST_SHA224),
	HASH(NIST "2.1", DIGEST_SHA256),
	HASH(NIST "2.2", DIGEST_SHA384),
	HASH(NIST "2.3", DIGEST_SHA512),
	HASH(NIST "2.7", DIGEST_SHA3_224),
	HASH(NIST "2.8", DIGEST_SHA3_256),
	HASH(NIST "2.9", DIGEST_SHA3_384),
	HASH(NIST "2.10", DIGEST_SHA3_512),
	RSA1("1.2.840.113549.1.1.1", DIGEST_NONE),
	RSA1("1.2.840.113549.1.1.4", DIGEST_MD5),
	RSA1("1.2.840.113549.1.1.5", DIGEST_SHA1),
	RSA1("1.3.36.3.3.1.2", DIGEST_RIPEMD160),
	RSA1("1.2.840.113549.1.1.14", DIGEST_SHA224),
	RSA1("1.2.840.113549.1.1.11", DIGEST_SHA256),
	RSA1("1.2.840.113549.1.1.12", DIGEST_SHA384),
	RSA1("1.2.840.113549.1.1.13", DIGEST_SHA512),
	RSA1(NIST "3.13", DIGEST_SHA3_224),
	RSA1(NIST "3.14", DIGEST_SHA3_256),
	RSA1(NIST "3.15", DIGEST_SHA3_384),
	RSA1(NIST "3.16", DIGEST_SHA3_512),
	{ "1.2.840.113549.1.1.10", NAMED_SIGNATURE, KEY_RSA, PADDING_PSS, DIGEST_NONE, NULL },
	SIGN("1.2.840.10040.4.1", KEY_DSA, DIGEST_NONE),
	SIGN("1.2.840.10040.4.3", KEY_DSA, DIGEST_SHA1),
	SIGN(NIST "3.1", KEY_DSA, DIGEST_SHA224),
	SIGN(NIST "3.2", KEY_DSA, DIGEST_SHA256),
	SIGN(NIST "3.3", KEY_DSA, DIGEST_SHA384),
	SIGN(NIST "3.4", KEY_DSA, DIGEST_SHA512),
	SIGN("1.2.840.10045.2.1", KEY_EC, DIGEST_NONE),
	SIGN("1.2.840.10045.4.1", KEY_EC, DIGEST_SHA1),
	SIGN("1.2.840.10045.4.3.1", KEY_EC, DIGEST_SHA224),
	SIGN("1.2.840.10045.4.3.2", KEY_EC, DIGEST_SHA256),
	SIGN("1.2.840.10045.4.3.3", KEY_EC, DIGEST_SHA384),
	SIGN("1.2.840.10045.4.3.4", KEY_EC, DIGEST_SHA512),
	SIGN(NIST "3.9", KEY_EC, DIGEST_SHA3_224),
	SIGN(NIST "3.10", KEY_EC, DIGEST_SHA3_256),
	SIGN(NIST "3.11", KEY_EC, DIGEST_SHA3_384),
	SIGN(NIST "3.12", KEY_EC, DIGEST_SHA3_512),
	SIGN("1.3.101.112", KEY_ED25519, DIGEST_NONE),
	SIGN("1.3.101.113", KEY_ED448, DIGEST_NONE),
	CURVE("1.2.840.10045.3.1.7", "P-256"),
	CURVE("1.3.132.0.34", "P-384"),
	CURVE("1.3.132.0.35", "P-521"),
	CURVE("1.3.36.3.3.2.8.1.1.7", "brainpoolP256r1"),
	CURVE("1.3.36.3.3.2.8.1.1.11", "brainpoolP384r1"),
	CURVE("1.3.36.3.3.2.8.1.1.13", "brainpoolP512r1"),
	CURVE("1.2.250.1.223.101.256.1", "FRP256v1"),
};
const size_t named_count = sizeof(named_table) / sizeof(named_table[0]);

const struct named *
named_by_oid(const char *oid)
{
	size_t i;

	for (i = 0; i < named_count; i++)
		if (strcmp(named_table[i].oid, oid) == 0)
			return &named_table[i];
	return NULL;
}

const struct named *
named_nearly(const char *oid)
{
	const size_t n = strlen(oid);
	size_t i, m;

	for (i = 0; i < named_count; i++) {
		m = strlen(named_table[i].oid);
		if ((n < m && strncmp(named_table[i].oid, oid, n) == 0 &&
			named_table[i].oid[n] == '.') ||
		    (m < n && strncmp(named_table[i].oid, oid, m) == 0 && oid[m] == '.'))
			return &named_table[i];
	}
	return NULL;
}

int
oid_is_formed(const char *oid)
{
	size_t arcs = 0, n;

	if (*oid < '0' || *oid > '2' || oid[1] != '.')
		return 0;
	for (;; oid++) {
		n = strspn(oid, "0123456789");
		if (n == 0 || n > 20 || (n > 1 && *oid == '0'))
			return 0;
		arcs++;
		oid += n;
		if (*oid != '.')
			return *oid == '\0' && arcs >= 3;
	}
}

/* Capitals and digits only. */
static void
squeeze(const char *name, char *out, size_t size)
{
	size_t n = 0;

	for (; *name != '\0' && n + 1 < size; name++)
		if (isalnum((unsigned char)*name))
			out[n++] = (char)toupper((unsigned char)*name);
	out[n] = '\0';
}

enum digest
named_digest(const char *name)
{
	/* Longer ones first: SHA3-224 holds no SHA-224, but SHA3224 would. */
	static const struct {
		const char *word;
		enum digest digest;
	} words[] = { { "SHA3224", DIGEST_SHA3_224 }, { "SHA3256", DIGEST_SHA3_256 },
		{ "SHA3384", DIGEST_SHA3_384 }, { "SHA3512", DIGEST_SHA3_512 },
		{ "SHA224", DIGEST_SHA224 }, { "SHA256", DIGEST_SHA256 },
		{ "SHA384", DIGEST_SHA384 }, { "SHA512", DIGEST_SHA512 },
		{ "RIPEMD160", DIGEST_RIPEMD160 }, { "MD5", DIGEST_MD5 }, { "SHA1", DIGEST_SHA1 } };
	char text[128];
	enum digest found = DIGEST_NONE;
	size_t i;

	squeeze(name, text, sizeof(text));
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strstr(text, words[i].word) == NULL)
			continue;
		if (found != DIGEST_NONE)
			return DIGEST_NONE;
		found = words[i].digest;
	}
	return found;
}

int
named_curve(const char *name, const char **curve)
{
	static const struct {
		const char *word, *curve;
	} words[] = { { "SECP256R1", "P-256" }, { "PRIME256V1", "P-256" }, { "P256", "P-256" },
		{ "SECP384R1", "P-384" }, { "P384", "P-384" }, { "SECP521R1", "P-521" },
		{ "P521", "P-521" }, { "BRAINPOOLP256R1", "brainpoolP256r1" },
		{ "BRAINPOOLP384R1", "brainpoolP384r1" }, { "BRAINPOOLP512R1", "brainpoolP512r1" },
		{ "FRP256V1", "FRP256v1" } };
	char text[128];
	size_t i;

	squeeze(name, text, sizeof(text));
	*curve = NULL;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(text, words[i].word) == 0) {
			*curve = words[i].curve;
			return 1;
		}
	return strncmp(text, "SECP", 4) == 0 || strncmp(text, "SECT", 4) == 0 ||
	       strncmp(text, "BRAINPOOL", 9) == 0 || strncmp(text, "PRIME", 5) == 0 ||
	       strncmp(text, "FRP", 3) == 0 || (text[0] == 'P' && isdigit((unsigned char)text[1]));
}

int
named_otherwise(const char *name, const struct named *row)
{
	enum key_type key = KEY_UNKNOWN;
	char text[128];

	squeeze(name, text, sizeof(text));
	if (strstr(text, "ECDSA") != NULL)
		key = KEY_EC;
	else if (strstr(text, "RSA") != NULL || strstr(text, "PSS") != NULL)
		key = KEY_RSA;
	else if (strstr(text, "DSA") != NULL && strstr(text, "EDDSA") == NULL)
		key = KEY_DSA;
	if (key != KEY_UNKNOWN && (row->kind != NAMED_SIGNATURE || row->key != key))
		return 1;
	return key == KEY_RSA && strstr(text, "PSS") != NULL && row->padding != PADDING_PSS;
}
