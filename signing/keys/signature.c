/* SIGNATURE of the provider, for RSA and ECDSA: digest here, sign there, verify by the inner key.
 */
#include <openssl/core_dispatch.h>
#include <openssl/err.h>
#include <openssl/proverr.h>
#include <openssl/rsa.h>
#include <string.h>

#include "signing/keys/provider_key.h"
#include "signing/keys/remote.h"

static void *
sig_new(void *provctx, const char *propq)
{
	struct signature_ctx *ctx = OPENSSL_zalloc(sizeof(*ctx));

	(void)provctx;
	(void)propq;
	if (ctx != NULL) {
		ctx->padding = RSA_PKCS1_PADDING;
		ctx->salt_len = RSA_PSS_SALTLEN_AUTO;
	}
	return ctx;
}

static void
sig_free(void *data)
{
	struct signature_ctx *ctx = data;

	if (ctx == NULL)
		return;
	provider_key_free(ctx->key);
	EVP_MD_CTX_free(ctx->md);
	OPENSSL_free(ctx);
}

static void *
sig_dup(void *data)
{
	const struct signature_ctx *ctx = data;
	struct signature_ctx *copy = OPENSSL_memdup(ctx, sizeof(*ctx));

	if (copy == NULL)
		return NULL;
	provider_key_ref(copy->key);
	copy->md = NULL;
	if (ctx->md != NULL &&
	    ((copy->md = EVP_MD_CTX_new()) == NULL || EVP_MD_CTX_copy_ex(copy->md, ctx->md) != 1)) {
		sig_free(copy);
		return NULL;
	}
	return copy;
}

/* Key (NULL: as before) and parameters for either direction. */
static int
sig_init(void *data, void *key, const OSSL_PARAM params[])
{
	struct signature_ctx *ctx = data;

	if (key != NULL && key != ctx->key) {
		provider_key_free(ctx->key);
		ctx->key = provider_key_ref(key);
	}
	if (ctx->key == NULL || ctx->key->inner == NULL) {
		ERR_raise(ERR_LIB_PROV, PROV_R_NO_KEY_SET);
		return 0;
	}
	return signature_set_params(ctx, params);
}

static int
sig_sign_init(void *data, void *key, const OSSL_PARAM params[])
{
	struct signature_ctx *ctx = data;

	if (!sig_init(data, key, params))
		return 0;
	if (ctx->key->name[0] == '\0') {
		ERR_raise(ERR_LIB_PROV, PROV_R_NOT_A_PRIVATE_KEY);
		return 0;
	}
	return 1;
}

/* ---- signing ---- */

static int
how_to_sign(const struct signature_ctx *ctx, struct key_sign *how)
{
	const struct provider_digest *digest = ctx->digest;

	*how = (struct key_sign){ PADDING_NONE, digest != NULL ? digest->id : DIGEST_NONE,
		DIGEST_NONE, 0 };
	if (ctx->key->ec)
		return 1;
	if (ctx->padding == RSA_PKCS1_PADDING) {
		how->padding = PADDING_PKCS1;
		return 1;
	}
	if (ctx->padding == RSA_PKCS1_PSS_PADDING && how->digest != DIGEST_NONE) {
		how->padding = PADDING_PSS;
		how->mgf_digest = ctx->mgf != NULL ? ctx->mgf->id : how->digest;
		how->salt_len = ctx->salt_len;
		return 1;
	}
	ERR_raise(ERR_LIB_PROV, PROV_R_ILLEGAL_OR_UNSUPPORTED_PADDING_MODE);
	return 0;
}

struct room {
	unsigned char *data;
	size_t len, max;
};

static int
take_signature(void *arg, size_t index, struct span sig, struct error *err)
{
	struct room *room = arg;

	(void)index;
	if (sig.len > room->max)
		return error_set(err, ERROR_INTERNAL, "the signature is longer than its key");
	memcpy(room->data, sig.data, sig.len);
	room->len = sig.len;
	return 0;
}

static int
sig_sign(void *data, unsigned char *sig, size_t *sig_len, size_t sig_size, const unsigned char *tbs,
    size_t tbs_len)
{
	struct signature_ctx *ctx = data;
	size_t most = (size_t)EVP_PKEY_get_size(ctx->key->inner);
	const struct remote_digests digests = { tbs, 1, tbs_len, tbs_len };
	struct room room = { sig, 0, sig_size };
	struct error err = ERROR_INIT;
	struct key_sign how;

	if (sig == NULL) {
		*sig_len = most;
		return 1;
	}
	if (sig_size < most) {
		ERR_raise(ERR_LIB_PROV, PROV_R_OUTPUT_BUFFER_TOO_SMALL);
		return 0;
	}
	if (ctx->digest != NULL && tbs_len != (size_t)EVP_MD_get_size(ctx->digest->md)) {
		ERR_raise(ERR_LIB_PROV, PROV_R_INVALID_DIGEST_LENGTH);
		return 0;
	}
	if (!how_to_sign(ctx, &how))
		return 0;
	if (remote_sign(ctx->key->name, &how, &digests, most, take_signature, &room, &err) != 0)
		return provider_fail(&err);
	*sig_len = room.len;
	return 1;
}

/* ---- verifying: the inner key is public, and that is all it takes ---- */

static int
set_verify(const struct signature_ctx *ctx, EVP_PKEY_CTX *inner)
{
	if (!ctx->key->ec && EVP_PKEY_CTX_set_rsa_padding(inner, ctx->padding) <= 0)
		return 0;
	if (ctx->digest != NULL && EVP_PKEY_CTX_set_signature_md(inner, ctx->digest->md) <= 0)
		return 0;
	if (ctx->key->ec || ctx->padding != RSA_PKCS1_PSS_PADDING)
		return 1;
	return EVP_PKEY_CTX_set_rsa_pss_saltlen(inner, ctx->salt_len) > 0 &&
	       (ctx->mgf == NULL || EVP_PKEY_CTX_set_rsa_mgf1_md(inner, ctx->mgf->md) > 0);
}

static int
sig_verify(
    void *data, const unsigned char *sig, size_t sig_len, const unsigned char *tbs, size_t tbs_len)
{
	struct signature_ctx *ctx = data;
	EVP_PKEY_CTX *inner =
	    EVP_PKEY_CTX_new_from_pkey(provider_inner_ctx(), ctx->key->inner, NULL);
	int ok = inner != NULL && EVP_PKEY_verify_init(inner) > 0 && set_verify(ctx, inner) &&
		 EVP_PKEY_verify(inner, sig, sig_len, tbs, tbs_len) > 0;

	EVP_PKEY_CTX_free(inner);
	return ok;
}

/* ---- with the digest made here ---- */

static int
start_digest(struct signature_ctx *ctx, const char *name)
{
	const struct provider_digest *digest = ctx->digest;

	if (name != NULL && name[0] != '\0')
		digest = provider_digest(name);
	else if (digest == NULL)
		digest = provider_digest("SHA256");
	if (digest == NULL) {
		ERR_raise(ERR_LIB_PROV, PROV_R_INVALID_DIGEST);
		return 0;
	}
	ctx->digest = digest;
	if (ctx->md == NULL)
		ctx->md = EVP_MD_CTX_new();
	return ctx->md != NULL && EVP_DigestInit_ex2(ctx->md, digest->md, NULL);
}

static int
sig_digest_sign_init(void *data, const char *name, void *key, const OSSL_PARAM params[])
{
	return sig_sign_init(data, key, NULL) && start_digest(data, name) &&
	       signature_set_params(data, params);
}

static int
sig_digest_verify_init(void *data, const char *name, void *key, const OSSL_PARAM params[])
{
	return sig_init(data, key, NULL) && start_digest(data, name) &&
	       signature_set_params(data, params);
}

static int
sig_digest_update(void *data, const unsigned char *part, size_t len)
{
	struct signature_ctx *ctx = data;

	return ctx->md != NULL && EVP_DigestUpdate(ctx->md, part, len);
}

static int
sig_digest_sign_final(void *data, unsigned char *sig, size_t *sig_len, size_t sig_size)
{
	struct signature_ctx *ctx = data;
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int len = 0;

	if (ctx->md == NULL)
		return 0;
	if (sig != NULL && !EVP_DigestFinal_ex(ctx->md, digest, &len))
		return 0;
	return sig_sign(ctx, sig, sig_len, sig_size, digest, len);
}

static int
sig_digest_verify_final(void *data, const unsigned char *sig, size_t sig_len)
{
	struct signature_ctx *ctx = data;
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int len = 0;

	return ctx->md != NULL && EVP_DigestFinal_ex(ctx->md, digest, &len) &&
	       sig_verify(ctx, sig, sig_len, digest, len);
}

/* In one go, which saves OpenSSL a copy of the context. */
static int
sig_digest_sign(void *data, unsigned char *sig, size_t *sig_len, size_t sig_size,
    const unsigned char *tbs, size_t tbs_len)
{
	if (sig != NULL && !sig_digest_update(data, tbs, tbs_len))
		return 0;
	return sig_digest_sign_final(data, sig, sig_len, sig_size);
}

static int
sig_digest_verify(
    void *data, const unsigned char *sig, size_t sig_len, const unsigned char *tbs, size_t tbs_len)
{
	return sig_digest_update(data, tbs, tbs_len) && sig_digest_verify_final(data, sig, sig_len);
}

#define FUNC(id, function)                                                                         \
	{                                                                                          \
		OSSL_FUNC_SIGNATURE_##id, (void (*)(void))(function)                               \
	}

const OSSL_DISPATCH provider_signature[] = {
	FUNC(NEWCTX, sig_new),
	FUNC(FREECTX, sig_free),
	FUNC(DUPCTX, sig_dup),
	FUNC(SIGN_INIT, sig_sign_init),
	FUNC(SIGN, sig_sign),
	FUNC(VERIFY_INIT, sig_init),
	FUNC(VERIFY, sig_verify),
	FUNC(DIGEST_SIGN_INIT, sig_digest_sign_init),
	FUNC(DIGEST_SIGN_UPDATE, sig_digest_update),
	FUNC(DIGEST_SIGN_FINAL, sig_digest_sign_final),
	FUNC(DIGEST_SIGN, sig_digest_sign),
	FUNC(DIGEST_VERIFY_INIT, sig_digest_verify_init),
	FUNC(DIGEST_VERIFY_UPDATE, sig_digest_update),
	FUNC(DIGEST_VERIFY_FINAL, sig_digest_verify_final),
	FUNC(DIGEST_VERIFY, sig_digest_verify),
	FUNC(GET_CTX_PARAMS, signature_get_params),
	FUNC(GETTABLE_CTX_PARAMS, signature_gettable),
	FUNC(SET_CTX_PARAMS, signature_set_params),
	FUNC(SETTABLE_CTX_PARAMS, signature_settable),
	{ 0, NULL },
};
