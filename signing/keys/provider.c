#include "signing/keys/provider.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <openssl/proverr.h>
#include <pthread.h>
#include <string.h>

#include "signing/core/ossl.h"
#include "signing/keys/provider_key.h"

/* ---- the provider ---- */

/* The names must equal those of the default provider, or keys do not meet their algorithms. */
static const OSSL_ALGORITHM keymgmts[] = {
	{ "RSA:rsaEncryption:1.2.840.113549.1.1.1", "provider=signet", provider_rsa_keymgmt, NULL },
	{ "EC:id-ecPublicKey:1.2.840.10045.2.1", "provider=signet", provider_ec_keymgmt, NULL },
	{ NULL, NULL, NULL, NULL },
};
static const OSSL_ALGORITHM signatures[] = {
	{ "RSA:rsaEncryption:1.2.840.113549.1.1.1", "provider=signet", provider_signature, NULL },
	{ "ECDSA", "provider=signet", provider_signature, NULL },
	{ NULL, NULL, NULL, NULL },
};
static const OSSL_ALGORITHM ciphers[] = {
	{ "RSA:rsaEncryption:1.2.840.113549.1.1.1", "provider=signet", provider_asymcipher, NULL },
	{ NULL, NULL, NULL, NULL },
};
static const OSSL_ALGORITHM exchanges[] = {
	{ "ECDH", "provider=signet", provider_keyexch, NULL },
	{ NULL, NULL, NULL, NULL },
};

static const OSSL_ALGORITHM *
query(void *provctx, int operation, int *no_cache)
{
	(void)provctx;
	*no_cache = 0;
	switch (operation) {
	case OSSL_OP_KEYMGMT:
		return keymgmts;
	case OSSL_OP_SIGNATURE:
		return signatures;
	case OSSL_OP_ASYM_CIPHER:
		return ciphers;
	case OSSL_OP_KEYEXCH:
		return exchanges;
	default:
		return NULL;
	}
}

static const OSSL_DISPATCH provider_functions[] = {
	{ OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))query },
	{ 0, NULL },
};

static int
init(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in, const OSSL_DISPATCH **out,
    void **provctx)
{
	(void)in;
	*out = provider_functions;
	*provctx = (void *)handle; /* there is no state, but NULL would mean an error */
	return 1;
}

/* ---- the contexts, made once and kept ---- */

static OSSL_LIB_CTX *inner_ctx, *outer_ctx;
static int contexts_ready;
static pthread_once_t contexts_once = PTHREAD_ONCE_INIT;

static void
make_contexts(void)
{
	inner_ctx = OSSL_LIB_CTX_new();
	outer_ctx = OSSL_LIB_CTX_new();
	if (inner_ctx == NULL || outer_ctx == NULL ||
	    OSSL_PROVIDER_load(inner_ctx, "default") == NULL ||
	    OSSL_PROVIDER_add_builtin(outer_ctx, "signet", init) != 1 ||
	    OSSL_PROVIDER_load(outer_ctx, "signet") == NULL ||
	    OSSL_PROVIDER_load(outer_ctx, "base") == NULL)
		return;
	provider_digests_setup(inner_ctx);
	contexts_ready = 1;
}

OSSL_LIB_CTX *
provider_inner_ctx(void)
{
	return inner_ctx;
}

int
provider_fail(const struct error *err)
{
	ERR_new();
	ERR_set_debug(OPENSSL_FILE, OPENSSL_LINE, OPENSSL_FUNC);
	ERR_set_error(ERR_LIB_PROV, PROV_R_FAILED_TO_SIGN, "keys process: %s%s%s", err->text,
	    err->cause[0] != '\0' ? ": " : "", err->cause);
	return 0;
}

/* ---- making a key ---- */

static OSSL_PARAM *
key_params(const char *name, EVP_PKEY *public_key)
{
	OSSL_PARAM named[2] = { OSSL_PARAM_END, OSSL_PARAM_END };
	OSSL_PARAM *half = NULL, *all = NULL;

	named[0] = OSSL_PARAM_construct_utf8_string(PROVIDER_PARAM_NAME, (char *)name, 0);
	if (EVP_PKEY_todata(public_key, EVP_PKEY_PUBLIC_KEY, &half) == 1) {
		OSSL_PARAM *merged = OSSL_PARAM_merge(half, named);

		/* merge only borrows the values */
		all = merged != NULL ? OSSL_PARAM_dup(merged) : NULL;
		OPENSSL_free(merged);
	}
	OSSL_PARAM_free(half);
	return all;
}

int
keys_pkey_new(EVP_PKEY **pkey, const char *name, EVP_PKEY *public_key, struct error *err)
{
	const char *type = EVP_PKEY_is_a(public_key, "RSA")  ? "RSA"
			   : EVP_PKEY_is_a(public_key, "EC") ? "EC"
							     : NULL;
	OSSL_PARAM *params = NULL;
	EVP_PKEY_CTX *ctx = NULL;
	int rc = -1;

	*pkey = NULL;
	if (type == NULL)
		return error_set(
		    err, ERROR_UNSUPPORTED, "the key \"%s\" is neither an RSA nor an EC key", name);
	if (!key_name_ok(name, strlen(name)))
		return error_set(err, ERROR_MALFORMED, "no key can have the name \"%s\"", name);
	pthread_once(&contexts_once, make_contexts);
	if (!contexts_ready) {
		error_openssl(err, "the provider of keys could not be loaded");
		goto done;
	}
	params = key_params(name, public_key);
	ctx = EVP_PKEY_CTX_new_from_name(outer_ctx, type, "provider=signet");
	if (params == NULL || ctx == NULL || EVP_PKEY_fromdata_init(ctx) <= 0 ||
	    EVP_PKEY_fromdata(ctx, pkey, EVP_PKEY_KEYPAIR, params) <= 0) {
		error_openssl(err, "the key could not be made from its public half");
		*pkey = NULL;
		goto done;
	}
	rc = 0;
done:
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(params);
	return rc;
}
