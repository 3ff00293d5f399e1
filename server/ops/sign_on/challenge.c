#include "server/ops/sign_on/challenge.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/core/ossl.h"

static const char none_of_ours[] =
    "the challenge is none that this installation gave; ask for a new one";

int
challenge_write(char text[CHALLENGE_TEXT_SIZE], const struct challenge *c,
    const unsigned char secret[CHALLENGE_SECRET_SIZE], struct error *err)
{
	char server[TEXT_UUID_SIZE], tenant[TEXT_UUID_SIZE], finger[65], hex[65];
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned int len = 0;
	int n;

	n = snprintf(text, CHALLENGE_TEXT_SIZE,
	    "signet-sign-on-1 server=%s tenant=%s certificate=%s expires=%" PRId64 " nonce=%s",
	    uuid_text(server, &c->server), uuid_text(tenant, &c->tenant),
	    text_hex(finger, c->fingerprint, sizeof(c->fingerprint)), c->expires,
	    text_hex(hex, c->nonce, sizeof(c->nonce)));
	if (HMAC(EVP_sha256(), secret, CHALLENGE_SECRET_SIZE, (unsigned char *)text, (size_t)n, mac,
		&len) == NULL)
		return error_openssl(err, "the challenge could not be made");
	snprintf(text + n, CHALLENGE_TEXT_SIZE - (size_t)n, " mac=%s", text_hex(hex, mac, len));
	return 0;
}

static int
read_hex(unsigned char *out, size_t size, const char *hex)
{
	return text_hex_bytes(out, size, hex) == 0 && hex[2 * size] == '\0' ? 0 : -1;
}

int
challenge_read(struct challenge *c, const char *text,
    const unsigned char secret[CHALLENGE_SECRET_SIZE], struct error *err)
{
	char server[37], tenant[37], finger[65], nonce[33], again[CHALLENGE_TEXT_SIZE];
	size_t len = strlen(text);

	if (len >= CHALLENGE_TEXT_SIZE ||
	    sscanf(text,
		"signet-sign-on-1 server=%36s tenant=%36s certificate=%64s expires=%18" SCNd64
		" nonce=%32s",
		server, tenant, finger, &c->expires, nonce) != 5 ||
	    uuid_parse(server, &c->server) != 0 || uuid_parse(tenant, &c->tenant) != 0 ||
	    read_hex(c->fingerprint, sizeof(c->fingerprint), finger) != 0 ||
	    read_hex(c->nonce, sizeof(c->nonce), nonce) != 0)
		return error_set(err, ERROR_NOT_AUTHENTICATED, "%s", none_of_ours);
	/* Written anew it must be the same, to the last byte. */
	if (challenge_write(again, c, secret, err) != 0)
		return -1;
	if (strlen(again) != len || CRYPTO_memcmp(again, text, len) != 0)
		return error_set(err, ERROR_NOT_AUTHENTICATED, "%s", none_of_ours);
	return 0;
}
