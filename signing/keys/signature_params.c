/* Parameters of a signature context, and the AlgorithmIdentifier that belongs to it. */
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "signing/keys/provider_key.h"

int
signature_set_params(void *data, const OSSL_PARAM params[])
{
	struct signature_ctx *ctx = data;
	const OSSL_PARAM *p;

	if (params == NULL)
		return 1;
	p = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_DIGEST);
	if (p != NULL && !provider_get_digest(p, &ctx->digest))
		return 0;
	if (ctx->key != NULL && ctx->key->ec)
		return 1;
	p = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_PAD_MODE);
	if (p != NULL &&
	    (!provider_get_padding(p, &ctx->padding) ||
		(ctx->padding != RSA_PKCS1_PADDING && ctx->padding != RSA_PKCS1_PSS_PADDING)))
		return 0;
	p = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_PSS_SALTLEN);
	if (p != NULL &&
	    (!provider_get_salt(p, &ctx->salt_len) || ctx->salt_len < RSA_PSS_SALTLEN_MAX))
		return 0;
	p = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_MGF1_DIGEST);
	return p == NULL || provider_get_digest(p, &ctx->mgf);
}

const OSSL_PARAM *
signature_settable(void *data, void *provctx)
{
	static const OSSL_PARAM list[] = {
		OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PROPERTIES, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_MGF1_DIGEST, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_MGF1_PROPERTIES, NULL, 0),
		OSSL_PARAM_END,
	};

	(void)data;
	(void)provctx;
	return list;
}

/* ---- AlgorithmIdentifier ---- */

/* The salt's length in bytes: what the key signs with. */
static long
salt_bytes(const struct signature_ctx *ctx)
{
	long digest = EVP_MD_get_size(ctx->digest->md);
	int bits = EVP_PKEY_get_bits(ctx->key->inner);

	if (ctx->salt_len >= 0)
		return ctx->salt_len;
	if (ctx->salt_len == RSA_PSS_SALTLEN_DIGEST)
		return digest;
	return (bits + 6) / 8 - digest - 2; /* the encoded message has bits - 1 bits */
}

/* RFC 4055 section 2.1 has NULL as the parameters of digests here. */
static X509_ALGOR *
digest_algorithm(const struct provider_digest *digest)
{
	X509_ALGOR *alg = X509_ALGOR_new();

	if (alg != NULL)
		X509_ALGOR_set0(alg, OBJ_nid2obj(digest_nid(digest->id)), V_ASN1_NULL, NULL);
	return alg;
}

/* MGF1 with a digest, or NULL. */
static X509_ALGOR *
mgf1(const struct provider_digest *digest)
{
	X509_ALGOR *mgf = X509_ALGOR_new(), *inner = digest_algorithm(digest);
	ASN1_STRING *packed = NULL;

	if (mgf != NULL && inner != NULL)
		packed = ASN1_item_pack(inner, ASN1_ITEM_rptr(X509_ALGOR), NULL);
	X509_ALGOR_free(inner);
	if (packed == NULL ||
	    X509_ALGOR_set0(mgf, OBJ_nid2obj(NID_mgf1), V_ASN1_SEQUENCE, packed) != 1) {
		ASN1_STRING_free(packed);
		X509_ALGOR_free(mgf);
		return NULL;
	}
	return mgf;
}

/* RSASSA-PSS-params (RFC 4055 section 3.1): DER leaves out what equals the defaults. */
static ASN1_STRING *
pss_params(const struct signature_ctx *ctx)
{
	const struct provider_digest *mgf = ctx->mgf != NULL ? ctx->mgf : ctx->digest;
	RSA_PSS_PARAMS *pss = RSA_PSS_PARAMS_new();
	long salt = salt_bytes(ctx);
	ASN1_STRING *packed = NULL;

	if (pss == NULL)
		return NULL;
	if (ctx->digest->id != DIGEST_SHA1)
		pss->hashAlgorithm = digest_algorithm(ctx->digest);
	if (mgf->id != DIGEST_SHA1)
		pss->maskGenAlgorithm = mgf1(mgf);
	if (salt != 20 && (pss->saltLength = ASN1_INTEGER_new()) != NULL)
		ASN1_INTEGER_set(pss->saltLength, salt);
	if ((ctx->digest->id == DIGEST_SHA1 || pss->hashAlgorithm != NULL) &&
	    (mgf->id == DIGEST_SHA1 || pss->maskGenAlgorithm != NULL) &&
	    (salt == 20 || pss->saltLength != NULL))
		packed = ASN1_item_pack(pss, ASN1_ITEM_rptr(RSA_PSS_PARAMS), NULL);
	RSA_PSS_PARAMS_free(pss);
	return packed;
}

static X509_ALGOR *
algorithm(const struct signature_ctx *ctx)
{
	X509_ALGOR *alg = X509_ALGOR_new();
	ASN1_STRING *params = NULL;
	int nid = NID_undef, type = V_ASN1_NULL;

	if (ctx->key->ec) {
		nid = ctx->digest->ec_nid;
		type = V_ASN1_UNDEF;
	} else if (ctx->padding == RSA_PKCS1_PADDING) {
		nid = ctx->digest->rsa_nid;
	} else if (ctx->digest->id != DIGEST_NONE && (params = pss_params(ctx)) != NULL) {
		nid = NID_rsassaPss;
		type = V_ASN1_SEQUENCE;
	}
	if (alg == NULL || nid == NID_undef ||
	    X509_ALGOR_set0(alg, OBJ_nid2obj(nid), type, params) != 1) {
		ASN1_STRING_free(params);
		X509_ALGOR_free(alg);
		return NULL;
	}
	return alg;
}

static int
set_algorithm_id(const struct signature_ctx *ctx, OSSL_PARAM *p)
{
	X509_ALGOR *alg = ctx->digest != NULL && ctx->key != NULL ? algorithm(ctx) : NULL;
	unsigned char *der = NULL;
	int len = alg != NULL ? i2d_X509_ALGOR(alg, &der) : -1;
	int ok = len > 0 && OSSL_PARAM_set_octet_string(p, der, (size_t)len);

	OPENSSL_free(der);
	X509_ALGOR_free(alg);
	return ok;
}

static int
set_digest(OSSL_PARAM *p, const struct provider_digest *digest)
{
	return OSSL_PARAM_set_utf8_string(p, digest != NULL ? digest->names[0] : "");
}

int
signature_get_params(void *data, OSSL_PARAM params[])
{
	struct signature_ctx *ctx = data;
	OSSL_PARAM *p;

	if (params == NULL)
		return 1;
	p = OSSL_PARAM_locate(params, OSSL_SIGNATURE_PARAM_ALGORITHM_ID);
	if (p != NULL && !set_algorithm_id(ctx, p))
		return 0;
	p = OSSL_PARAM_locate(params, OSSL_SIGNATURE_PARAM_DIGEST);
	if (p != NULL && !set_digest(p, ctx->digest))
		return 0;
	if (ctx->key != NULL && ctx->key->ec)
		return 1;
	p = OSSL_PARAM_locate(params, OSSL_SIGNATURE_PARAM_PAD_MODE);
	if (p != NULL && !provider_set_padding(p, ctx->padding))
		return 0;
	p = OSSL_PARAM_locate(params, OSSL_SIGNATURE_PARAM_PSS_SALTLEN);
	if (p != NULL && !provider_set_salt(p, ctx->salt_len))
		return 0;
	p = OSSL_PARAM_locate(params, OSSL_SIGNATURE_PARAM_MGF1_DIGEST);
	return p == NULL || set_digest(p, ctx->mgf != NULL ? ctx->mgf : ctx->digest);
}

const OSSL_PARAM *
signature_gettable(void *data, void *provctx)
{
	static const OSSL_PARAM list[] = {
		OSSL_PARAM_octet_string(OSSL_SIGNATURE_PARAM_ALGORITHM_ID, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_MGF1_DIGEST, NULL, 0),
		OSSL_PARAM_END,
	};

	(void)data;
	(void)provctx;
	return list;
}
