/* XML encryption, hostile: each half of the bytes as what the others hold, as if keys fitted. */
#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "signing/format/xml/xml_decrypt.h"

#define LAYERS_MAX 10

struct giving {
	struct span content;
	size_t met;
};

static int
transport(void *ctx, const struct envelope_transport *how, struct span encrypted,
    unsigned char *out, size_t len, struct error *err)
{
	(void)ctx;
	(void)err;
	if (how->label.len > 0 && memchr(how->label.data, 0, how->label.len) == how)
		abort();
	memset(out, encrypted.data[encrypted.len - 1], len); /* the last byte must be readable */
	return 0;
}

static int
agree(void *ctx, const struct envelope_agreement *how, unsigned char *out, size_t len,
    struct error *err)
{
	(void)ctx;
	(void)err;
	if (how->info.len > 0 && memchr(how->info.data, 0, how->info.len) == how)
		abort();
	memset(out, how->peer.data[how->peer.len - 1], len);
	return 0;
}

/* Made once: of an RSA and of an EC key. */
static X509 *
certificate(X509 **cert, int is_ec)
{
	EVP_PKEY *key;

	if (*cert != NULL)
		return *cert;
	key = is_ec ? EVP_EC_gen("P-256") : EVP_RSA_gen(2048);
	*cert = X509_new();
	if (*cert == NULL || X509_set_pubkey(*cert, key) != 1)
		abort();
	EVP_PKEY_free(key);
	return *cert;
}

/* Every second one by way of the keys, the others as if they had been opened. */
static int
open_one(void *ctx, const char *part, struct span element, struct envelope *e, struct buf *content,
    struct error *err)
{
	static X509 *certs[2];
	struct giving *g = ctx;
	const struct envelope_key key = { certificate(&certs[g->met % 2], g->met % 2), transport,
		agree, NULL };
	int rc = 0;

	if (part[0] != '/' || element.data[0] != '<' || element.data[element.len - 1] != '>')
		abort();
	if (g->met++ >= LAYERS_MAX)
		rc = error_set(err, ERROR_LIMIT, "too many layers");
	else if (key.cert != NULL && envelope_is_for(e, key.cert) &&
		 envelope_open(e, &key, content, NULL) == 0)
		rc = 1;
	else if (g->met % 2 == 0)
		rc = buf_append_span(content, g->content, err) == 0 ? 1 : -1;
	envelope_release(e);
	return rc;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static const struct format_limits limits = FORMAT_LIMITS_DEFAULT;
	struct giving giving = { .content = { data + size / 2, size - size / 2 } };
	const struct xml_opener opener = { .open = open_one, .ctx = &giving };
	struct xml_decrypted clear = { 0 };
	struct error err = ERROR_INIT;

	if (xml_decrypt(&clear, (struct span){ data, size }, &limits, &opener, &err) == 0 &&
	    (clear.count > 0) != (clear.layers != NULL))
		abort();
	xml_decrypted_release(&clear);
	return 0;
}
