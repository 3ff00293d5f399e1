/* KEYMGMT of the provider: keys that consist of a public half and a name. */
#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <string.h>

#include "signing/keys/provider_key.h"

#define SELECT_PRIVATE OSSL_KEYMGMT_SELECT_PRIVATE_KEY
#define SELECT_PUBLIC  OSSL_KEYMGMT_SELECT_PUBLIC_KEY
#define SELECT_PARAMS  OSSL_KEYMGMT_SELECT_ALL_PARAMETERS

static struct provider_key *
key_new(int ec)
{
	struct provider_key *key = OPENSSL_zalloc(sizeof(*key));

	if (key != NULL) {
		atomic_init(&key->refs, 1);
		key->ec = ec;
	}
	return key;
}

static void *
rsa_new(void *provctx)
{
	(void)provctx;
	return key_new(0);
}

static void *
ec_new(void *provctx)
{
	(void)provctx;
	return key_new(1);
}

struct provider_key *
provider_key_ref(struct provider_key *key)
{
	if (key != NULL)
		atomic_fetch_add(&key->refs, 1);
	return key;
}

void
provider_key_free(void *data)
{
	struct provider_key *key = data;

	if (key == NULL || atomic_fetch_sub(&key->refs, 1) > 1)
		return;
	EVP_PKEY_free(key->inner);
	OPENSSL_free(key);
}

/* Asked with NULL for keys that have a type and nothing else yet. */
static int
key_has(const void *data, int selection)
{
	const struct provider_key *key = data;

	if (key == NULL)
		return 0;
	if ((selection & SELECT_PRIVATE) && key->name[0] == '\0')
		return 0;
	if ((selection & SELECT_PUBLIC) && !key->has_public)
		return 0;
	return key->inner != NULL || (selection & SELECT_PARAMS) == 0;
}

/* ---- import: our keys by name, and public keys of others (the peer in a key agreement) ---- */

static EVP_PKEY *
make_inner(const struct provider_key *key, int selection, const OSSL_PARAM params[])
{
	EVP_PKEY_CTX *ctx =
	    EVP_PKEY_CTX_new_from_name(provider_inner_ctx(), key->ec ? "EC" : "RSA", NULL);
	EVP_PKEY *inner = NULL;

	if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) <= 0 ||
	    EVP_PKEY_fromdata(ctx, &inner, selection, (OSSL_PARAM *)params) <= 0)
		inner = NULL;
	EVP_PKEY_CTX_free(ctx);
	return inner;
}

static int
key_import(void *data, int selection, const OSSL_PARAM params[])
{
	struct provider_key *key = data;
	const OSSL_PARAM *name = OSSL_PARAM_locate_const(params, PROVIDER_PARAM_NAME);
	char *text = key->name;

	/* A real private key belongs to another provider: refused, OpenSSL tries that one. */
	if (OSSL_PARAM_locate_const(params, OSSL_PKEY_PARAM_RSA_D) != NULL ||
	    OSSL_PARAM_locate_const(params, OSSL_PKEY_PARAM_PRIV_KEY) != NULL || key->inner != NULL)
		return 0;
	key->has_public = (selection & SELECT_PUBLIC) != 0 &&
			  OSSL_PARAM_locate_const(params,
			      key->ec ? OSSL_PKEY_PARAM_PUB_KEY : OSSL_PKEY_PARAM_RSA_N) != NULL;
	key->inner = make_inner(key, SELECT_PARAMS | (key->has_public ? SELECT_PUBLIC : 0), params);
	if (key->inner == NULL)
		return 0;
	if ((selection & SELECT_PRIVATE) == 0 || name == NULL)
		return 1;
	return key->has_public && OSSL_PARAM_get_utf8_string(name, &text, sizeof(key->name)) == 1 &&
	       key->name[0] != '\0';
}

static const OSSL_PARAM rsa_types[] = {
	OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_N, NULL, 0),
	OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_E, NULL, 0),
	OSSL_PARAM_utf8_string(PROVIDER_PARAM_NAME, NULL, 0),
	OSSL_PARAM_END,
};
static const OSSL_PARAM ec_types[] = {
	OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
	OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_EC_ENCODING, NULL, 0),
	OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, NULL, 0),
	OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_EC_FIELD_TYPE, NULL, 0),
	OSSL_PARAM_BN(OSSL_PKEY_PARAM_EC_P, NULL, 0),
	OSSL_PARAM_BN(OSSL_PKEY_PARAM_EC_A, NULL, 0),
	OSSL_PARAM_BN(OSSL_PKEY_PARAM_EC_B, NULL, 0),
	OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_EC_GENERATOR, NULL, 0),
	OSSL_PARAM_BN(OSSL_PKEY_PARAM_EC_ORDER, NULL, 0),
	OSSL_PARAM_BN(OSSL_PKEY_PARAM_EC_COFACTOR, NULL, 0),
	OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, NULL, 0),
	OSSL_PARAM_utf8_string(PROVIDER_PARAM_NAME, NULL, 0),
	OSSL_PARAM_END,
};

static const OSSL_PARAM *
rsa_import_types(int selection)
{
	(void)selection;
	return rsa_types;
}

static const OSSL_PARAM *
ec_import_types(int selection)
{
	(void)selection;
	return ec_types;
}

/* ---- what the inner key answers ---- */

/* Public parts only: the refusal makes OpenSSL come to our own operations for private ones. */
static int
key_export(void *data, int selection, OSSL_CALLBACK *take, void *arg)
{
	struct provider_key *key = data;

	if (key->inner == NULL || (selection & SELECT_PRIVATE) != 0)
		return 0;
	return EVP_PKEY_export(key->inner, selection, take, arg);
}

static int
key_get_params(void *data, OSSL_PARAM params[])
{
	struct provider_key *key = data;

	return key->inner != NULL && EVP_PKEY_get_params(key->inner, params);
}

#define COMMON_GETTABLE                                                                            \
	OSSL_PARAM_int(OSSL_PKEY_PARAM_BITS, NULL),                                                \
	    OSSL_PARAM_int(OSSL_PKEY_PARAM_SECURITY_BITS, NULL),                                   \
	    OSSL_PARAM_int(OSSL_PKEY_PARAM_MAX_SIZE, NULL),                                        \
	    OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_DEFAULT_DIGEST, NULL, 0)

static const OSSL_PARAM *
rsa_gettable(void *provctx)
{
	static const OSSL_PARAM list[] = {
		COMMON_GETTABLE,
		OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_N, NULL, 0),
		OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_E, NULL, 0),
		OSSL_PARAM_END,
	};

	(void)provctx;
	return list;
}

static const OSSL_PARAM *
ec_gettable(void *provctx)
{
	static const OSSL_PARAM list[] = {
		COMMON_GETTABLE,
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_EC_ENCODING, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, NULL, 0),
		OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, NULL, 0),
		OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, NULL, 0),
		OSSL_PARAM_BN(OSSL_PKEY_PARAM_EC_PUB_X, NULL, 0),
		OSSL_PARAM_BN(OSSL_PKEY_PARAM_EC_PUB_Y, NULL, 0),
		OSSL_PARAM_END,
	};

	(void)provctx;
	return list;
}

/* A group gets its point (CMS, the peer's key); keys of the keys process do not change. */
static int
ec_set_params(void *data, const OSSL_PARAM params[])
{
	struct provider_key *key = data;

	if (OSSL_PARAM_locate_const(params, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY) == NULL)
		return 1;
	if (key->name[0] != '\0' || key->inner == NULL ||
	    EVP_PKEY_set_params(key->inner, (OSSL_PARAM *)params) != 1)
		return 0;
	key->has_public = 1;
	return 1;
}

static const OSSL_PARAM *
ec_settable(void *provctx)
{
	static const OSSL_PARAM list[] = {
		OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, NULL, 0),
		OSSL_PARAM_END,
	};

	(void)provctx;
	return list;
}

static int
key_match(const void *a, const void *b, int selection)
{
	const struct provider_key *x = a, *y = b;

	if (x->inner == NULL || y->inner == NULL || x->ec != y->ec)
		return 0;
	if ((selection & OSSL_KEYMGMT_SELECT_KEYPAIR) != 0)
		return x->has_public && y->has_public && EVP_PKEY_eq(x->inner, y->inner) == 1;
	return !x->ec || EVP_PKEY_parameters_eq(x->inner, y->inner) == 1;
}

/* The inner key again, whole or only its group. */
static EVP_PKEY *
dup_inner(const struct provider_key *key, int whole)
{
	OSSL_PARAM *params = NULL;
	EVP_PKEY *copy = NULL;

	if (whole)
		return EVP_PKEY_dup(key->inner);
	if (EVP_PKEY_todata(key->inner, EVP_PKEY_KEY_PARAMETERS, &params) == 1)
		copy = make_inner(key, SELECT_PARAMS, params);
	OSSL_PARAM_free(params);
	return copy;
}

static void *
key_dup(const void *data, int selection)
{
	const struct provider_key *key = data;
	struct provider_key *copy = key_new(key->ec);

	if (copy == NULL || key->inner == NULL)
		return copy;
	copy->has_public = key->has_public && (selection & SELECT_PUBLIC) != 0;
	if ((selection & SELECT_PRIVATE) != 0)
		memcpy(copy->name, key->name, sizeof(copy->name));
	copy->inner = dup_inner(key, copy->has_public || !key->ec);
	if (copy->inner == NULL) {
		provider_key_free(copy);
		return NULL;
	}
	return copy;
}

static const char *
rsa_operation(int operation)
{
	(void)operation;
	return "RSA";
}

static const char *
ec_operation(int operation)
{
	return operation == OSSL_OP_SIGNATURE ? "ECDSA"
	       : operation == OSSL_OP_KEYEXCH ? "ECDH"
					      : "EC";
}

#define FUNC(id, function)                                                                         \
	{                                                                                          \
		OSSL_FUNC_KEYMGMT_##id, (void (*)(void))(function)                                 \
	}
#define COMMON                                                                                     \
	FUNC(FREE, provider_key_free), FUNC(HAS, key_has), FUNC(IMPORT, key_import),               \
	    FUNC(EXPORT, key_export), FUNC(GET_PARAMS, key_get_params), FUNC(MATCH, key_match),    \
	    FUNC(DUP, key_dup)

const OSSL_DISPATCH provider_rsa_keymgmt[] = {
	COMMON,
	FUNC(NEW, rsa_new),
	FUNC(IMPORT_TYPES, rsa_import_types),
	FUNC(EXPORT_TYPES, rsa_import_types),
	FUNC(GETTABLE_PARAMS, rsa_gettable),
	FUNC(QUERY_OPERATION_NAME, rsa_operation),
	{ 0, NULL },
};

const OSSL_DISPATCH provider_ec_keymgmt[] = {
	COMMON,
	FUNC(NEW, ec_new),
	FUNC(IMPORT_TYPES, ec_import_types),
	FUNC(EXPORT_TYPES, ec_import_types),
	FUNC(GETTABLE_PARAMS, ec_gettable),
	FUNC(SET_PARAMS, ec_set_params),
	FUNC(SETTABLE_PARAMS, ec_settable),
	FUNC(QUERY_OPERATION_NAME, ec_operation),
	{ 0, NULL },
};
