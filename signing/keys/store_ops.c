/* What the directory store's keys do. A session keeps OpenSSL contexts that are ready to sign. */
#include "signing/keys/store_dir.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "signing/core/ossl.h"

#define READY_MAX  256 /* contexts a session keeps, a power of two */
#define SECRET_MAX 128 /* bytes of a shared secret: P-521 has 66 */

struct ready {
	size_t index;
	struct key_sign how;
	EVP_PKEY_CTX *ctx; /* NULL: the place is free */
};
struct key_session {
	struct dir_store *store;
	struct ready ready[READY_MAX];
};

int
dir_session_new(struct key_session **session, struct key_store *store, struct error *err)
{
	*session = calloc(1, sizeof(**session));
	if (*session == NULL)
		return error_memory(err);
	(*session)->store = (struct dir_store *)store;
	return 0;
}

void
dir_session_free(struct key_session *session)
{
	size_t i;

	for (i = 0; session != NULL && i < READY_MAX; i++)
		EVP_PKEY_CTX_free(session->ready[i].ctx);
	free(session);
}

/* ---- signing ---- */

static int
how_equal(const struct key_sign *a, const struct key_sign *b)
{
	return a->padding == b->padding && a->digest == b->digest &&
	       a->mgf_digest == b->mgf_digest && a->salt_len == b->salt_len;
}

static int
set_rsa(EVP_PKEY_CTX *ctx, const struct key_sign *how)
{
	if (how->padding == PADDING_PKCS1)
		return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) > 0 &&
		       (how->digest == DIGEST_NONE ||
			   EVP_PKEY_CTX_set_signature_md(ctx, digest_md(how->digest)) > 0);
	return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) > 0 &&
	       EVP_PKEY_CTX_set_signature_md(ctx, digest_md(how->digest)) > 0 &&
	       EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, digest_md(how->mgf_digest)) > 0 &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, how->salt_len) > 0;
}

static EVP_PKEY_CTX *
make_ready(struct dir_key *key, const struct key_sign *how, struct error *err)
{
	EVP_PKEY *pkey = dir_key_pkey(key, err);
	EVP_PKEY_CTX *ctx;

	if (pkey == NULL)
		return NULL;
	if ((how->padding != PADDING_NONE) != EVP_PKEY_is_a(pkey, "RSA")) {
		error_set(
		    err, ERROR_UNSUPPORTED, "the key \"%s\" cannot sign in this way", key->name);
		return NULL;
	}
	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	if (ctx == NULL || EVP_PKEY_sign_init(ctx) <= 0 ||
	    (how->padding != PADDING_NONE && !set_rsa(ctx, how))) {
		error_openssl_kind(
		    err, ERROR_UNSUPPORTED, "the key cannot sign with these parameters");
		EVP_PKEY_CTX_free(ctx);
		return NULL;
	}
	return ctx;
}

static EVP_PKEY_CTX *
get_ready(struct key_session *s, size_t index, const struct key_sign *how, struct error *err)
{
	struct key_sign plain = { PADDING_NONE, DIGEST_NONE, DIGEST_NONE, 0 };
	struct ready *place;

	if (how->padding == PADDING_PSS)
		plain = *how;
	else if (how->padding == PADDING_PKCS1)
		plain = (struct key_sign){ PADDING_PKCS1, how->digest, DIGEST_NONE, 0 };
	place = &s->ready[(index * 7 + plain.digest + plain.padding * 3) % READY_MAX];
	if (place->ctx != NULL && place->index == index && how_equal(&place->how, &plain))
		return place->ctx;
	EVP_PKEY_CTX_free(place->ctx);
	place->index = index;
	place->how = plain;
	place->ctx = make_ready(dir_key_at(s->store, index), &plain, err);
	return place->ctx;
}

static int
sign(struct key_session *s, size_t index, unsigned int usage, const struct key_sign *how,
    struct span digest, unsigned char *out, size_t *len, struct error *err)
{
	EVP_PKEY_CTX *ctx;

	if (dir_key_for(dir_key_at(s->store, index), usage, err) == NULL)
		return -1;
	ctx = get_ready(s, index, how, err);
	if (ctx == NULL)
		return -1;
	if (EVP_PKEY_sign(ctx, out, len, digest.data, digest.len) <= 0)
		return error_openssl_kind(
		    err, ERROR_UNSUPPORTED, "the key cannot sign with these parameters");
	return 0;
}

int
dir_sign(struct key_session *s, size_t index, const struct key_sign *how, struct span digest,
    unsigned char *out, size_t *len, struct error *err)
{
	return sign(s, index, KEY_USAGE_SIGN, how, digest, out, len, err);
}

int
dir_stamp(struct key_session *s, size_t index, const struct key_sign *how, struct span digest,
    unsigned char *out, size_t *len, struct error *err)
{
	return sign(s, index, KEY_USAGE_SIGN | KEY_USAGE_TIMESTAMP, how, digest, out, len, err);
}

/* ---- decryption ---- */

static int
set_oaep(EVP_PKEY_CTX *ctx, const struct key_decrypt *how)
{
	OSSL_PARAM params[2] = { OSSL_PARAM_END, OSSL_PARAM_END };

	params[0] = OSSL_PARAM_construct_octet_string(
	    OSSL_ASYM_CIPHER_PARAM_OAEP_LABEL, (void *)how->label.data, how->label.len);
	return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) > 0 &&
	       EVP_PKEY_CTX_set_rsa_oaep_md(ctx, digest_md(how->digest)) > 0 &&
	       EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, digest_md(how->mgf_digest)) > 0 &&
	       (how->label.len == 0 || EVP_PKEY_CTX_set_params(ctx, params) > 0);
}

static int
set_tls(EVP_PKEY_CTX *ctx, const struct key_decrypt *how)
{
	unsigned int client = how->tls_client, agreed = how->tls_version;
	OSSL_PARAM params[3] = { OSSL_PARAM_END, OSSL_PARAM_END, OSSL_PARAM_END };

	params[0] = OSSL_PARAM_construct_uint(OSSL_ASYM_CIPHER_PARAM_TLS_CLIENT_VERSION, &client);
	if (agreed != 0)
		params[1] = OSSL_PARAM_construct_uint(
		    OSSL_ASYM_CIPHER_PARAM_TLS_NEGOTIATED_VERSION, &agreed);
	return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_WITH_TLS_PADDING) > 0 &&
	       EVP_PKEY_CTX_set_params(ctx, params) > 0;
}

static int
set_unwrap(EVP_PKEY_CTX *ctx, const struct key_decrypt *how)
{
	switch (how->mode) {
	case KEY_UNWRAP_PKCS1:
		return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) > 0;
	case KEY_UNWRAP_OAEP:
		return set_oaep(ctx, how);
	case KEY_UNWRAP_TLS:
		return set_tls(ctx, how);
	default:
		return 0;
	}
}

/* One answer for whatever is wrong inside, and the same time: no oracle. */
static int
unwrap_content(const struct dir_key *key, const struct key_decrypt *how, struct span data,
    unsigned char *out, size_t *len, struct error *err)
{
	if (!EVP_PKEY_is_a(key->pkey, "RSA"))
		return error_set(
		    err, ERROR_UNSUPPORTED, "the key cannot decrypt with these parameters");
	if (*len < how->want)
		return error_set(err, ERROR_INTERNAL, "the buffer is too small for the answer");
	*len = how->want;
	return pkcs1_unwrap(key->pkey, key->reject, data, out, how->want, err);
}

int
dir_decrypt(struct key_session *s, size_t index, const struct key_decrypt *how, struct span data,
    unsigned char *out, size_t *len, struct error *err)
{
	EVP_PKEY *pkey = dir_key_for(dir_key_at(s->store, index), KEY_USAGE_DECRYPT, err);
	EVP_PKEY_CTX *ctx = NULL;
	int rc = -1;

	if (pkey == NULL)
		return -1;
	if (how->mode == KEY_UNWRAP_CONTENT)
		return unwrap_content(dir_key_at(s->store, index), how, data, out, len, err);
	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	if (!EVP_PKEY_is_a(pkey, "RSA") || ctx == NULL || EVP_PKEY_decrypt_init(ctx) <= 0 ||
	    !set_unwrap(ctx, how)) {
		error_openssl_kind(
		    err, ERROR_UNSUPPORTED, "the key cannot decrypt with these parameters");
		goto done;
	}
	if (EVP_PKEY_decrypt(ctx, out, len, data.data, data.len) <= 0) {
		/* One answer for whatever is wrong inside: no oracle. */
		ERR_clear_error();
		error_set(err, ERROR_MALFORMED, "this was not encrypted for the key");
		goto done;
	}
	rc = 0;
done:
	EVP_PKEY_CTX_free(ctx);
	return rc;
}

/* ---- key agreement ---- */

static EVP_PKEY *
read_peer(EVP_PKEY *pkey, struct span point)
{
	EVP_PKEY *peer;

	if (!EVP_PKEY_is_a(pkey, "EC"))
		return EVP_PKEY_new_raw_public_key_ex(
		    NULL, EVP_PKEY_get0_type_name(pkey), NULL, point.data, point.len);
	peer = EVP_PKEY_new();
	if (peer == NULL || EVP_PKEY_copy_parameters(peer, pkey) != 1 ||
	    EVP_PKEY_set1_encoded_public_key(peer, point.data, point.len) != 1) {
		EVP_PKEY_free(peer);
		return NULL;
	}
	return peer;
}

static int
set_derive(EVP_PKEY_CTX *ctx, const struct key_derive *how)
{
	size_t kdf_len = how->kdf_len;
	int cofactor = how->cofactor;
	OSSL_PARAM params[6], *p = params;

	if (cofactor >= 0)
		*p++ =
		    OSSL_PARAM_construct_int(OSSL_EXCHANGE_PARAM_EC_ECDH_COFACTOR_MODE, &cofactor);
	if (how->kdf_digest != DIGEST_NONE && how->kdf == KEY_KDF_X963) {
		*p++ = OSSL_PARAM_construct_utf8_string(
		    OSSL_EXCHANGE_PARAM_KDF_TYPE, (char *)OSSL_KDF_NAME_X963KDF, 0);
		*p++ = OSSL_PARAM_construct_utf8_string(
		    OSSL_EXCHANGE_PARAM_KDF_DIGEST, (char *)digest_name(how->kdf_digest), 0);
		*p++ = OSSL_PARAM_construct_size_t(OSSL_EXCHANGE_PARAM_KDF_OUTLEN, &kdf_len);
		*p++ = OSSL_PARAM_construct_octet_string(
		    OSSL_EXCHANGE_PARAM_KDF_UKM, (void *)how->ukm.data, how->ukm.len);
	}
	*p = OSSL_PARAM_construct_end();
	return EVP_PKEY_CTX_set_params(ctx, params) > 0;
}

/* The KDFs that OpenSSL does not tie to ECDH; the secret never leaves the process. */
static int
run_kdf(const struct key_derive *how, struct span secret, unsigned char *out)
{
	static const char *const names[] = { [KEY_KDF_X963] = OSSL_KDF_NAME_X963KDF,
		[KEY_KDF_CONCAT] = OSSL_KDF_NAME_SSKDF,
		[KEY_KDF_HKDF] = OSSL_KDF_NAME_HKDF };
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, names[how->kdf], NULL);
	EVP_KDF_CTX *ctx = kdf != NULL ? EVP_KDF_CTX_new(kdf) : NULL;
	OSSL_PARAM params[4], *p = params;
	int ok;

	*p++ = OSSL_PARAM_construct_utf8_string(
	    OSSL_KDF_PARAM_DIGEST, (char *)digest_name(how->kdf_digest), 0);
	*p++ =
	    OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)secret.data, secret.len);
	*p++ = OSSL_PARAM_construct_octet_string(
	    OSSL_KDF_PARAM_INFO, (void *)how->ukm.data, how->ukm.len);
	*p = OSSL_PARAM_construct_end();
	ok = ctx != NULL && EVP_KDF_derive(ctx, out, how->kdf_len, params) == 1;
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	return ok;
}

/* Whether a KDF is left to be run here: of ECDH, OpenSSL runs one itself. */
static int
has_own_kdf(const struct key_derive *how, int is_ec)
{
	return how->kdf_digest != DIGEST_NONE && (how->kdf != KEY_KDF_X963 || !is_ec);
}

static int
derive(EVP_PKEY_CTX *ctx, const struct key_derive *how, int is_ec, unsigned char *out, size_t *len)
{
	unsigned char secret[SECRET_MAX];
	size_t n = sizeof(secret);
	int ok;

	if (!has_own_kdf(how, is_ec))
		return EVP_PKEY_derive(ctx, out, len) > 0;
	ok = how->kdf_len <= *len && EVP_PKEY_derive(ctx, secret, &n) > 0 &&
	     run_kdf(how, (struct span){ secret, n }, out);
	*len = how->kdf_len;
	OPENSSL_cleanse(secret, sizeof(secret));
	return ok;
}

int
dir_derive(struct key_session *s, size_t index, const struct key_derive *how, unsigned char *out,
    size_t *len, struct error *err)
{
	EVP_PKEY *pkey = dir_key_for(dir_key_at(s->store, index), KEY_USAGE_DECRYPT, err),
		 *peer = NULL;
	EVP_PKEY_CTX *ctx = NULL;
	int is_ec, rc = -1;

	if (pkey == NULL)
		return -1;
	is_ec = EVP_PKEY_is_a(pkey, "EC");
	if (!is_ec && !EVP_PKEY_is_a(pkey, "X25519")) {
		error_set(err, ERROR_UNSUPPORTED,
		    "the key cannot agree on keys: it is neither EC nor X25519");
		goto done;
	}
	peer = read_peer(pkey, how->peer);
	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	if (peer == NULL || ctx == NULL || EVP_PKEY_derive_init(ctx) <= 0 ||
	    EVP_PKEY_derive_set_peer(ctx, peer) <= 0) {
		error_openssl_kind(
		    err, ERROR_MALFORMED, "the other side's public key is not on the key's curve");
		goto done;
	}
	if ((is_ec && !set_derive(ctx, how)) || !derive(ctx, how, is_ec, out, len)) {
		error_openssl_kind(
		    err, ERROR_UNSUPPORTED, "the key cannot agree with these parameters");
		goto done;
	}
	rc = 0;
done:
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(peer);
	return rc;
}
