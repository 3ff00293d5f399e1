/* ASYM_CIPHER of the provider: RSA decryption there, encryption by the inner key. */
#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/proverr.h>
#include <openssl/rsa.h>
#include <string.h>

#include "signing/keys/provider_key.h"
#include "signing/keys/remote.h"

#define LABEL_MAX      1024
#define PREMASTER_SIZE 48

struct cipher_ctx {
	struct provider_key *key;
	int padding;
	const struct provider_digest *oaep, *mgf; /* NULL: SHA-1; as oaep */
	unsigned char label[LABEL_MAX];
	size_t label_len;
	unsigned int tls_client, tls_version;
};

static void *
cipher_new(void *provctx)
{
	struct cipher_ctx *ctx = OPENSSL_zalloc(sizeof(*ctx));

	(void)provctx;
	if (ctx != NULL)
		ctx->padding = RSA_PKCS1_PADDING;
	return ctx;
}

static void
cipher_free(void *data)
{
	struct cipher_ctx *ctx = data;

	if (ctx == NULL)
		return;
	provider_key_free(ctx->key);
	OPENSSL_free(ctx);
}

static void *
cipher_dup(void *data)
{
	struct cipher_ctx *copy = OPENSSL_memdup(data, sizeof(*copy));

	if (copy != NULL)
		provider_key_ref(copy->key);
	return copy;
}

static int
set_label(struct cipher_ctx *ctx, const OSSL_PARAM *p)
{
	void *at = ctx->label;

	ctx->label_len = 0;
	return (p->data_size == 0 && p->data_type == OSSL_PARAM_OCTET_STRING) ||
	       OSSL_PARAM_get_octet_string(p, &at, sizeof(ctx->label), &ctx->label_len);
}

static int
cipher_set_params(void *data, const OSSL_PARAM params[])
{
	struct cipher_ctx *ctx = data;
	const OSSL_PARAM *p;

	if (params == NULL)
		return 1;
	p = OSSL_PARAM_locate_const(params, OSSL_ASYM_CIPHER_PARAM_PAD_MODE);
	if (p != NULL && !provider_get_padding(p, &ctx->padding))
		return 0;
	p = OSSL_PARAM_locate_const(params, OSSL_ASYM_CIPHER_PARAM_OAEP_DIGEST);
	if (p != NULL && !provider_get_digest(p, &ctx->oaep))
		return 0;
	p = OSSL_PARAM_locate_const(params, OSSL_ASYM_CIPHER_PARAM_MGF1_DIGEST);
	if (p != NULL && !provider_get_digest(p, &ctx->mgf))
		return 0;
	p = OSSL_PARAM_locate_const(params, OSSL_ASYM_CIPHER_PARAM_OAEP_LABEL);
	if (p != NULL && !set_label(ctx, p))
		return 0;
	p = OSSL_PARAM_locate_const(params, OSSL_ASYM_CIPHER_PARAM_TLS_CLIENT_VERSION);
	if (p != NULL && !OSSL_PARAM_get_uint(p, &ctx->tls_client))
		return 0;
	p = OSSL_PARAM_locate_const(params, OSSL_ASYM_CIPHER_PARAM_TLS_NEGOTIATED_VERSION);
	return p == NULL || OSSL_PARAM_get_uint(p, &ctx->tls_version);
}

static const struct provider_digest *
oaep_digest(const struct cipher_ctx *ctx)
{
	return ctx->oaep != NULL ? ctx->oaep : provider_digest("SHA1");
}

static int
cipher_get_params(void *data, OSSL_PARAM params[])
{
	struct cipher_ctx *ctx = data;
	const struct provider_digest *oaep = oaep_digest(ctx);
	OSSL_PARAM *p;

	if (params == NULL)
		return 1;
	p = OSSL_PARAM_locate(params, OSSL_ASYM_CIPHER_PARAM_PAD_MODE);
	if (p != NULL && !provider_set_padding(p, ctx->padding))
		return 0;
	p = OSSL_PARAM_locate(params, OSSL_ASYM_CIPHER_PARAM_OAEP_DIGEST);
	if (p != NULL && !OSSL_PARAM_set_utf8_string(p, oaep->names[0]))
		return 0;
	p = OSSL_PARAM_locate(params, OSSL_ASYM_CIPHER_PARAM_MGF1_DIGEST);
	if (p != NULL &&
	    !OSSL_PARAM_set_utf8_string(p, (ctx->mgf != NULL ? ctx->mgf : oaep)->names[0]))
		return 0;
	p = OSSL_PARAM_locate(params, OSSL_ASYM_CIPHER_PARAM_OAEP_LABEL);
	return p == NULL || OSSL_PARAM_set_octet_ptr(p, ctx->label, ctx->label_len);
}

static const OSSL_PARAM *
cipher_params(void *data, void *provctx)
{
	static const OSSL_PARAM list[] = {
		OSSL_PARAM_utf8_string(OSSL_ASYM_CIPHER_PARAM_PAD_MODE, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_ASYM_CIPHER_PARAM_OAEP_DIGEST, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_ASYM_CIPHER_PARAM_OAEP_DIGEST_PROPS, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_ASYM_CIPHER_PARAM_MGF1_DIGEST, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_ASYM_CIPHER_PARAM_MGF1_DIGEST_PROPS, NULL, 0),
		OSSL_PARAM_octet_string(OSSL_ASYM_CIPHER_PARAM_OAEP_LABEL, NULL, 0),
		OSSL_PARAM_uint(OSSL_ASYM_CIPHER_PARAM_TLS_CLIENT_VERSION, NULL),
		OSSL_PARAM_uint(OSSL_ASYM_CIPHER_PARAM_TLS_NEGOTIATED_VERSION, NULL),
		OSSL_PARAM_END,
	};

	(void)data;
	(void)provctx;
	return list;
}

static int
cipher_init(void *data, void *key, const OSSL_PARAM params[])
{
	struct cipher_ctx *ctx = data;

	if (key != NULL && key != ctx->key) {
		provider_key_free(ctx->key);
		ctx->key = provider_key_ref(key);
	}
	return ctx->key != NULL && ctx->key->inner != NULL && cipher_set_params(ctx, params);
}

/* ---- decryption ---- */

static int
how_to_decrypt(const struct cipher_ctx *ctx, struct key_decrypt *how)
{
	memset(how, 0, sizeof(*how));
	switch (ctx->padding) {
	case RSA_PKCS1_PADDING:
		how->mode = KEY_UNWRAP_PKCS1;
		return 1;
	case RSA_PKCS1_WITH_TLS_PADDING:
		how->mode = KEY_UNWRAP_TLS;
		how->tls_client = ctx->tls_client;
		how->tls_version = ctx->tls_version;
		return 1;
	case RSA_PKCS1_OAEP_PADDING:
		how->mode = KEY_UNWRAP_OAEP;
		how->digest = oaep_digest(ctx)->id;
		how->mgf_digest = ctx->mgf != NULL ? ctx->mgf->id : how->digest;
		how->label = (struct span){ ctx->label, ctx->label_len };
		return 1;
	default:
		ERR_raise(ERR_LIB_PROV, PROV_R_ILLEGAL_OR_UNSUPPORTED_PADDING_MODE);
		return 0;
	}
}

static int
cipher_decrypt(void *data, unsigned char *out, size_t *out_len, size_t out_size,
    const unsigned char *in, size_t in_len)
{
	struct cipher_ctx *ctx = data;
	struct error err = ERROR_INIT;
	struct key_decrypt how;

	if (!how_to_decrypt(ctx, &how))
		return 0;
	if (out == NULL) {
		*out_len = how.mode == KEY_UNWRAP_TLS ? PREMASTER_SIZE
						      : (size_t)EVP_PKEY_get_size(ctx->key->inner);
		return 1;
	}
	*out_len = out_size;
	if (remote_decrypt(ctx->key->name, &how, (struct span){ in, in_len }, out, out_len, &err) !=
	    0)
		return provider_fail(&err);
	return 1;
}

/* ---- encryption ---- */

static int
set_inner(const struct cipher_ctx *ctx, EVP_PKEY_CTX *inner)
{
	OSSL_PARAM label[2] = { OSSL_PARAM_END, OSSL_PARAM_END };

	if (EVP_PKEY_CTX_set_rsa_padding(inner, ctx->padding) <= 0)
		return 0;
	if (ctx->padding != RSA_PKCS1_OAEP_PADDING)
		return 1;
	label[0] = OSSL_PARAM_construct_octet_string(
	    OSSL_ASYM_CIPHER_PARAM_OAEP_LABEL, (void *)ctx->label, ctx->label_len);
	return EVP_PKEY_CTX_set_rsa_oaep_md(inner, oaep_digest(ctx)->md) > 0 &&
	       (ctx->mgf == NULL || EVP_PKEY_CTX_set_rsa_mgf1_md(inner, ctx->mgf->md) > 0) &&
	       (ctx->label_len == 0 || EVP_PKEY_CTX_set_params(inner, label) > 0);
}

static int
cipher_encrypt(void *data, unsigned char *out, size_t *out_len, size_t out_size,
    const unsigned char *in, size_t in_len)
{
	struct cipher_ctx *ctx = data;
	EVP_PKEY_CTX *inner =
	    EVP_PKEY_CTX_new_from_pkey(provider_inner_ctx(), ctx->key->inner, NULL);
	int ok;

	*out_len = out_size;
	ok = inner != NULL && EVP_PKEY_encrypt_init(inner) > 0 && set_inner(ctx, inner) &&
	     EVP_PKEY_encrypt(inner, out, out_len, in, in_len) > 0;
	EVP_PKEY_CTX_free(inner);
	return ok;
}

#define FUNC(id, function)                                                                         \
	{                                                                                          \
		OSSL_FUNC_ASYM_CIPHER_##id, (void (*)(void))(function)                             \
	}

const OSSL_DISPATCH provider_asymcipher[] = {
	FUNC(NEWCTX, cipher_new),
	FUNC(FREECTX, cipher_free),
	FUNC(DUPCTX, cipher_dup),
	FUNC(DECRYPT_INIT, cipher_init),
	FUNC(DECRYPT, cipher_decrypt),
	FUNC(ENCRYPT_INIT, cipher_init),
	FUNC(ENCRYPT, cipher_encrypt),
	FUNC(GET_CTX_PARAMS, cipher_get_params),
	FUNC(GETTABLE_CTX_PARAMS, cipher_params),
	FUNC(SET_CTX_PARAMS, cipher_set_params),
	FUNC(SETTABLE_CTX_PARAMS, cipher_params),
	{ 0, NULL },
};
