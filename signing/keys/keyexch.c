/* KEYEXCH of the provider: ECDH, as it is or through the X9.63 KDF that CMS uses. */
#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/proverr.h>
#include <string.h>
#include <strings.h>

#include "signing/keys/provider_key.h"
#include "signing/keys/remote.h"

struct exchange_ctx {
	struct provider_key *key, *peer;
	int cofactor;			      /* -1: as the key says */
	int kdf;			      /* 1: X9.63 */
	const struct provider_digest *digest; /* of the KDF */
	size_t kdf_len;
	unsigned char *ukm;
	size_t ukm_len;
};

static void *
exchange_new(void *provctx)
{
	struct exchange_ctx *ctx = OPENSSL_zalloc(sizeof(*ctx));

	(void)provctx;
	if (ctx != NULL)
		ctx->cofactor = -1;
	return ctx;
}

static void
exchange_free(void *data)
{
	struct exchange_ctx *ctx = data;

	if (ctx == NULL)
		return;
	provider_key_free(ctx->key);
	provider_key_free(ctx->peer);
	OPENSSL_clear_free(ctx->ukm, ctx->ukm_len);
	OPENSSL_free(ctx);
}

static void *
exchange_dup(void *data)
{
	const struct exchange_ctx *ctx = data;
	struct exchange_ctx *copy = OPENSSL_memdup(ctx, sizeof(*ctx));

	if (copy == NULL)
		return NULL;
	provider_key_ref(copy->key);
	provider_key_ref(copy->peer);
	copy->ukm = NULL;
	if (ctx->ukm_len > 0 && (copy->ukm = OPENSSL_memdup(ctx->ukm, ctx->ukm_len)) == NULL) {
		copy->ukm_len = 0;
		exchange_free(copy);
		return NULL;
	}
	return copy;
}

static int
set_kdf_type(struct exchange_ctx *ctx, const OSSL_PARAM *p)
{
	char text[32] = "", *name = text;

	if (OSSL_PARAM_get_utf8_string(p, &name, sizeof(text)) != 1)
		return 0;
	ctx->kdf = strcasecmp(text, OSSL_KDF_NAME_X963KDF) == 0;
	return ctx->kdf || text[0] == '\0';
}

static int
set_ukm(struct exchange_ctx *ctx, const OSSL_PARAM *p)
{
	void *ukm = NULL;
	size_t len = 0;

	if (p->data != NULL && p->data_size > 0 &&
	    OSSL_PARAM_get_octet_string(p, &ukm, 0, &len) != 1)
		return 0;
	OPENSSL_clear_free(ctx->ukm, ctx->ukm_len);
	ctx->ukm = ukm;
	ctx->ukm_len = len;
	return 1;
}

static int
exchange_set_params(void *data, const OSSL_PARAM params[])
{
	struct exchange_ctx *ctx = data;
	const OSSL_PARAM *p;

	if (params == NULL)
		return 1;
	p = OSSL_PARAM_locate_const(params, OSSL_EXCHANGE_PARAM_EC_ECDH_COFACTOR_MODE);
	if (p != NULL &&
	    (!OSSL_PARAM_get_int(p, &ctx->cofactor) || ctx->cofactor < -1 || ctx->cofactor > 1))
		return 0;
	p = OSSL_PARAM_locate_const(params, OSSL_EXCHANGE_PARAM_KDF_TYPE);
	if (p != NULL && !set_kdf_type(ctx, p))
		return 0;
	p = OSSL_PARAM_locate_const(params, OSSL_EXCHANGE_PARAM_KDF_DIGEST);
	if (p != NULL && !provider_get_digest(p, &ctx->digest))
		return 0;
	p = OSSL_PARAM_locate_const(params, OSSL_EXCHANGE_PARAM_KDF_OUTLEN);
	if (p != NULL && !OSSL_PARAM_get_size_t(p, &ctx->kdf_len))
		return 0;
	p = OSSL_PARAM_locate_const(params, OSSL_EXCHANGE_PARAM_KDF_UKM);
	return p == NULL || set_ukm(ctx, p);
}

static int
exchange_get_params(void *data, OSSL_PARAM params[])
{
	struct exchange_ctx *ctx = data;
	OSSL_PARAM *p;

	p = OSSL_PARAM_locate(params, OSSL_EXCHANGE_PARAM_EC_ECDH_COFACTOR_MODE);
	if (p != NULL && !OSSL_PARAM_set_int(p, ctx->cofactor > 0))
		return 0;
	p = OSSL_PARAM_locate(params, OSSL_EXCHANGE_PARAM_KDF_TYPE);
	if (p != NULL && !OSSL_PARAM_set_utf8_string(p, ctx->kdf ? OSSL_KDF_NAME_X963KDF : ""))
		return 0;
	p = OSSL_PARAM_locate(params, OSSL_EXCHANGE_PARAM_KDF_DIGEST);
	if (p != NULL &&
	    !OSSL_PARAM_set_utf8_string(p, ctx->digest != NULL ? ctx->digest->names[0] : ""))
		return 0;
	p = OSSL_PARAM_locate(params, OSSL_EXCHANGE_PARAM_KDF_OUTLEN);
	if (p != NULL && !OSSL_PARAM_set_size_t(p, ctx->kdf_len))
		return 0;
	p = OSSL_PARAM_locate(params, OSSL_EXCHANGE_PARAM_KDF_UKM);
	return p == NULL || OSSL_PARAM_set_octet_ptr(p, ctx->ukm, ctx->ukm_len);
}

static const OSSL_PARAM *
exchange_params(void *data, void *provctx)
{
	static const OSSL_PARAM list[] = {
		OSSL_PARAM_int(OSSL_EXCHANGE_PARAM_EC_ECDH_COFACTOR_MODE, NULL),
		OSSL_PARAM_utf8_string(OSSL_EXCHANGE_PARAM_KDF_TYPE, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_EXCHANGE_PARAM_KDF_DIGEST, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_EXCHANGE_PARAM_KDF_DIGEST_PROPS, NULL, 0),
		OSSL_PARAM_size_t(OSSL_EXCHANGE_PARAM_KDF_OUTLEN, NULL),
		OSSL_PARAM_octet_string(OSSL_EXCHANGE_PARAM_KDF_UKM, NULL, 0),
		OSSL_PARAM_END,
	};

	(void)data;
	(void)provctx;
	return list;
}

static int
exchange_init(void *data, void *key, const OSSL_PARAM params[])
{
	struct exchange_ctx *ctx = data;

	provider_key_ref(key);
	provider_key_free(ctx->key);
	ctx->key = key;
	return ctx->key != NULL && ctx->key->inner != NULL && exchange_set_params(ctx, params);
}

static int
exchange_set_peer(void *data, void *key)
{
	struct exchange_ctx *ctx = data;
	struct provider_key *peer = key;

	if (peer == NULL || !peer->has_public || ctx->key == NULL ||
	    EVP_PKEY_parameters_eq(peer->inner, ctx->key->inner) != 1) {
		ERR_raise(ERR_LIB_PROV, PROV_R_MISMATCHING_DOMAIN_PARAMETERS);
		return 0;
	}
	provider_key_ref(peer);
	provider_key_free(ctx->peer);
	ctx->peer = peer;
	return 1;
}

static int
exchange_derive(void *data, unsigned char *secret, size_t *len, size_t size)
{
	struct exchange_ctx *ctx = data;
	struct error err = ERROR_INIT;
	unsigned char *point = NULL;
	struct key_derive how = { .cofactor = ctx->cofactor };
	size_t want;
	int rc;

	if (ctx->key == NULL || ctx->peer == NULL || (ctx->kdf && ctx->digest == NULL)) {
		ERR_raise(ERR_LIB_PROV, PROV_R_MISSING_KEY);
		return 0;
	}
	want = ctx->kdf ? ctx->kdf_len : (size_t)(EVP_PKEY_get_bits(ctx->key->inner) + 7) / 8;
	if (secret == NULL || size < want) {
		*len = want;
		return secret == NULL;
	}
	if (ctx->kdf) {
		how.kdf_digest = ctx->digest->id;
		how.kdf_len = ctx->kdf_len;
		how.ukm = (struct span){ ctx->ukm, ctx->ukm_len };
	}
	how.peer.len = EVP_PKEY_get1_encoded_public_key(ctx->peer->inner, &point);
	how.peer.data = point;
	*len = size;
	rc = remote_derive(ctx->key->name, &how, secret, len, &err);
	OPENSSL_free(point);
	return rc == 0 ? 1 : provider_fail(&err);
}

#define FUNC(id, function)                                                                         \
	{                                                                                          \
		OSSL_FUNC_KEYEXCH_##id, (void (*)(void))(function)                                 \
	}

const OSSL_DISPATCH provider_keyexch[] = {
	FUNC(NEWCTX, exchange_new),
	FUNC(FREECTX, exchange_free),
	FUNC(DUPCTX, exchange_dup),
	FUNC(INIT, exchange_init),
	FUNC(SET_PEER, exchange_set_peer),
	FUNC(DERIVE, exchange_derive),
	FUNC(GET_CTX_PARAMS, exchange_get_params),
	FUNC(GETTABLE_CTX_PARAMS, exchange_params),
	FUNC(SET_CTX_PARAMS, exchange_set_params),
	FUNC(SETTABLE_CTX_PARAMS, exchange_params),
	{ 0, NULL },
};
