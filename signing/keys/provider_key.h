/* signing/keys/provider_key.h: what the provider's files share; private to signing/keys. */
#ifndef SIGNET_SIGNING_KEYS_PROVIDER_KEY_H
#define SIGNET_SIGNING_KEYS_PROVIDER_KEY_H

#include <openssl/core.h>
#include <openssl/evp.h>
#include <stdatomic.h>

#include "signing/keys/provider.h"

/* The parameter that names the key when it is made. */
#define PROVIDER_PARAM_NAME "signet-key-name"

/* Key data. The inner key is public and of the default provider, and answers most questions. */
struct provider_key {
	atomic_int refs;
	int ec;			      /* else RSA */
	int has_public;		      /* else only an EC group */
	EVP_PKEY *inner;	      /* NULL until imported */
	char name[KEYS_NAME_MAX + 1]; /* in the keys process; "" for a public key */
};

struct provider_key *provider_key_ref(struct provider_key *key);
void provider_key_free(void *key); /* NULL is fine */

/* The library context of the inner keys: the default provider alone. */
OSSL_LIB_CTX *provider_inner_ctx(void);

struct provider_digest {
	const char *names[4]; /* the first is ours */
	enum digest id;	      /* NONE for MD5-SHA1, which TLS 1.0 and 1.1 sign with */
	int rsa_nid, ec_nid;  /* signature algorithms, 0: none is registered */
	EVP_MD *md;	      /* of the inner context; NULL where OpenSSL lacks it */
};
const struct provider_digest *provider_digest(const char *name); /* NULL: unknown */
void provider_digests_setup(OSSL_LIB_CTX *inner);
/* A digest by the name in a UTF-8 string parameter: 1, or 0 when it is unknown. */
int provider_get_digest(const OSSL_PARAM *p, const struct provider_digest **digest);

/* Padding modes and salt lengths come and go as numbers or as words; 1 or 0. */
int provider_get_padding(const OSSL_PARAM *p, int *padding);
int provider_set_padding(OSSL_PARAM *p, int padding);
int provider_get_salt(const OSSL_PARAM *p, int *salt);
int provider_set_salt(OSSL_PARAM *p, int salt);

/* Put err's words into OpenSSL's queue; returns 0 for use in a return. */
int provider_fail(const struct error *err);

extern const OSSL_DISPATCH provider_rsa_keymgmt[], provider_ec_keymgmt[], provider_signature[],
    provider_asymcipher[], provider_keyexch[];

/* ---- signature.c and signature_params.c ---- */

struct signature_ctx {
	struct provider_key *key;
	const struct provider_digest *digest; /* NULL: what is signed comes as it is */
	EVP_MD_CTX *md;			      /* of a DigestSign or DigestVerify */
	int padding;			      /* RSA */
	const struct provider_digest *mgf;    /* PSS; NULL: as digest */
	int salt_len;			      /* PSS, as RSA_PSS_SALTLEN_* */
};
int signature_get_params(void *ctx, OSSL_PARAM params[]);
int signature_set_params(void *ctx, const OSSL_PARAM params[]);
const OSSL_PARAM *signature_gettable(void *ctx, void *provctx);
const OSSL_PARAM *signature_settable(void *ctx, void *provctx);

#endif
