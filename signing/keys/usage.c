#include "signing/keys/usage.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#define TEXT_MAX 64

static const struct {
	const char *word;
	unsigned int usage;
} words[] = { { "Sign", KEY_USAGE_SIGN }, { "Decrypt", KEY_USAGE_DECRYPT },
	{ "Timestamp", KEY_USAGE_TIMESTAMP } };
#define WORDS (sizeof(words) / sizeof(words[0]))

unsigned int
key_usage_of_certificate(X509 *cert)
{
	const uint32_t signs =
	    KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION | KU_KEY_CERT_SIGN | KU_CRL_SIGN;
	const uint32_t decrypts = KU_KEY_ENCIPHERMENT | KU_DATA_ENCIPHERMENT | KU_KEY_AGREEMENT;
	unsigned int usage = 0;
	uint32_t bits;

	if (cert == NULL)
		return KEY_USAGE_ALL;
	bits = X509_get_key_usage(cert); /* all ones without the extension */
	if (X509_get_extended_key_usage(cert) == XKU_TIMESTAMP)
		usage = (bits & signs) != 0 ? KEY_USAGE_TIMESTAMP : 0;
	else
		usage = ((bits & signs) != 0 ? KEY_USAGE_SIGN | KEY_USAGE_TIMESTAMP : 0) |
			((bits & decrypts) != 0 ? KEY_USAGE_DECRYPT : 0);
	ERR_clear_error();
	return usage;
}

static unsigned int
usage_by_word(const char *word)
{
	size_t i;

	for (i = 0; i < WORDS; i++)
		if (strcmp(word, words[i].word) == 0)
			return words[i].usage;
	return 0;
}

int
key_usage_parse(unsigned int *usage, struct span text)
{
	static const char between[] = " \t\r\n,";
	char copy[TEXT_MAX + 1], *at = copy, *word;
	unsigned int one;

	*usage = 0;
	if (text.len > TEXT_MAX || memchr(text.data, '\0', text.len) != NULL)
		return -1;
	snprintf(copy, sizeof(copy), "%.*s", (int)text.len, (const char *)text.data);
	while ((word = strsep(&at, between)) != NULL) {
		if (word[0] == '\0')
			continue;
		one = usage_by_word(word);
		if (one == 0)
			return -1;
		*usage |= one;
	}
	/* What signs anything signs time stamps too. */
	if ((*usage & KEY_USAGE_SIGN) != 0)
		*usage |= KEY_USAGE_TIMESTAMP;
	return *usage != 0 ? 0 : -1;
}

char *
key_usage_words(unsigned int usage, char out[KEY_USAGE_WORDS_SIZE])
{
	size_t i, len = 0;

	out[0] = '\0';
	for (i = 0; i < WORDS; i++) {
		if ((usage & words[i].usage) == 0 ||
		    (words[i].usage == KEY_USAGE_TIMESTAMP && (usage & KEY_USAGE_SIGN) != 0))
			continue;
		len += (size_t)snprintf(out + len, KEY_USAGE_WORDS_SIZE - len, "%s%s",
		    len > 0 ? ", " : "", words[i].word);
	}
	return out;
}
