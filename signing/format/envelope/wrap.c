/* Keys that wrap keys: AES and 3DES key wrap, and RFC 3211 for passwords. */
#include <openssl/err.h>
#include <openssl/x509.h>
#include <string.h>

#include "signing/format/envelope/parts.h"

#define WRAPPED_MAX 256
#define BLOCK_MAX   16

int
does_not_decrypt(struct error *err)
{
	return error_set(err, ERROR_MALFORMED, ENVELOPE_DOES_NOT_DECRYPT);
}

/* Known, and refused: what is not said of them, nobody can mend. */
static const struct {
	const char *oid, *words;
} refused[] = {
	{ "1.2.840.113549.3.2", "RC2, which is broken: its sender must use AES" },
	{ "1.2.840.113549.3.4", "RC4, which is broken: its sender must use AES" },
	{ "1.3.14.3.2.7", "DES, which is broken: its sender must use AES" },
	{ "1.2.840.113549.1.9.16.3.14",
	    "RSA-KEM, which is not supported: its sender must use RSA-OAEP" },
	{ "1.2.840.113549.1.9.16.3.5", "Diffie-Hellman over finite fields, which is not supported: "
				       "its sender must use ECDH" },
	{ "1.3.133.16.840.63.0.16", "ECMQV, which is not supported: its sender must use ECDH" },
};

int
unknown_algorithm(const X509_ALGOR *algorithm, const char *what, struct error *err)
{
	char oid[80];
	size_t i;

	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (der_oid_is(algorithm->algorithm, refused[i].oid))
			return error_set(
			    err, ERROR_UNSUPPORTED, "%s by %s", what, refused[i].words);
	return error_set(err, ERROR_UNSUPPORTED, "%s by the algorithm %s, which nothing here knows",
	    what, der_oid(algorithm->algorithm, oid, sizeof(oid)));
}

int
wrap_of(struct wrap *wrap, const X509_ALGOR *algorithm, struct error *err)
{
	static const struct {
		const char *oid;
		const EVP_CIPHER *(*cipher)(void);
	} rows[] = {
		{ "2.16.840.1.101.3.4.1.5", EVP_aes_128_wrap },
		{ "2.16.840.1.101.3.4.1.25", EVP_aes_192_wrap },
		{ "2.16.840.1.101.3.4.1.45", EVP_aes_256_wrap },
		{ "1.2.840.113549.1.9.16.3.6", EVP_des_ede3_wrap },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (der_oid_is(algorithm->algorithm, rows[i].oid)) {
			wrap->cipher = rows[i].cipher();
			wrap->key_len = (size_t)EVP_CIPHER_get_key_length(wrap->cipher);
			return 0;
		}
	return unknown_algorithm(algorithm, "the key is wrapped", err);
}

int
unwrap(const struct wrap *wrap, const unsigned char *kek, struct span wrapped, unsigned char *out,
    size_t len, struct error *err)
{
	return envelope_unwrap(wrap->cipher, kek, wrapped, out, len, err);
}

int
envelope_unwrap(const EVP_CIPHER *cipher, const unsigned char *kek, struct span wrapped,
    unsigned char *out, size_t len, struct error *err)
{
	unsigned char key[WRAPPED_MAX + BLOCK_MAX];
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n = 0, rc = -1;

	if (ctx == NULL) {
		error_memory(err);
		goto done;
	}
	EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	if (wrapped.len > WRAPPED_MAX || EVP_DecryptInit_ex(ctx, cipher, NULL, kek, NULL) != 1 ||
	    EVP_DecryptUpdate(ctx, key, &n, wrapped.data, (int)wrapped.len) != 1 ||
	    (size_t)n != len) {
		does_not_decrypt(err);
		goto done;
	}
	memcpy(out, key, len);
	rc = 0;
done:
	ERR_clear_error();
	EVP_CIPHER_CTX_free(ctx);
	OPENSSL_cleanse(key, sizeof(key));
	return rc;
}

/* ---- passwords ---- */

static const char id_pbkdf2[] = "1.2.840.113549.1.5.12", id_pwri[] = "1.2.840.113549.1.9.16.3.9";

static const EVP_MD *
prf_digest(const PBKDF2PARAM *p)
{
	int md = NID_sha1;

	if (p->prf != NULL &&
	    EVP_PBE_find(EVP_PBE_TYPE_PRF, OBJ_obj2nid(p->prf->algorithm), NULL, &md, NULL) != 1)
		return NULL;
	return EVP_get_digestbynid(md);
}

uint64_t
password_work(const DER_PASSWORD *r)
{
	PBKDF2PARAM *p = NULL;
	int64_t rounds = 0;

	if (r->derivation != NULL && der_oid_is(r->derivation->algorithm, id_pbkdf2))
		p = DER_DECODE(PBKDF2PARAM, der_raw_span(r->derivation->parameter));
	if (p == NULL || ASN1_INTEGER_get_int64(&rounds, p->iter) != 1 || rounds < 0 ||
	    rounds > ENVELOPE_ROUNDS_MAX)
		rounds = 0; /* refused before the first */
	ERR_clear_error();
	PBKDF2PARAM_free(p);
	return (uint64_t)rounds;
}

static int
derive(
    const X509_ALGOR *how, const char *password, unsigned char *kek, size_t len, struct error *err)
{
	PBKDF2PARAM *p = NULL;
	const EVP_MD *md;
	int64_t rounds = 0, key_len = (int64_t)len;
	int rc = -1;

	if (how == NULL || !der_oid_is(how->algorithm, id_pbkdf2))
		return how == NULL ? error_set(err, ERROR_UNSUPPORTED,
					 "how the password becomes a key is not said")
				   : unknown_algorithm(how, "the password becomes a key", err);
	p = DER_DECODE(PBKDF2PARAM, der_raw_span(how->parameter));
	if (p == NULL || p->salt->type != V_ASN1_OCTET_STRING ||
	    ASN1_INTEGER_get_int64(&rounds, p->iter) != 1 || rounds < 1 ||
	    (p->keylength != NULL && ASN1_INTEGER_get_int64(&key_len, p->keylength) != 1) ||
	    key_len != (int64_t)len) {
		error_set(err, ERROR_MALFORMED,
		    "the parameters by which the password becomes a key are not as they must be");
		goto done;
	}
	if (rounds > ENVELOPE_ROUNDS_MAX) {
		error_limit(err, ERROR_LIMIT, "envelope-rounds", ENVELOPE_ROUNDS_MAX,
		    (uint64_t)rounds, "rounds to make a key of the password");
		goto done;
	}
	md = prf_digest(p);
	if (md == NULL)
		unknown_algorithm(p->prf, "the password becomes a key", err);
	else if (PKCS5_PBKDF2_HMAC(password, -1, ASN1_STRING_get0_data(p->salt->value.octet_string),
		     ASN1_STRING_length(p->salt->value.octet_string), (int)rounds, md, (int)len,
		     kek) == 1)
		rc = 0;
	else
		does_not_decrypt(err);
done:
	ERR_clear_error();
	PBKDF2PARAM_free(p);
	return rc;
}

/* CBC without padding; out may be in. */
static int
cbc(const EVP_CIPHER *cipher, const unsigned char *kek, const unsigned char *iv,
    const unsigned char *in, size_t len, unsigned char *out)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n, ok = ctx != NULL && EVP_DecryptInit_ex(ctx, cipher, NULL, kek, iv) == 1 &&
		    EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
		    EVP_DecryptUpdate(ctx, out, &n, in, (int)len) == 1 && (size_t)n == len;

	EVP_CIPHER_CTX_free(ctx);
	return ok;
}

/* RFC 3211 section 2.3.2: the last block first, which is the vector of all before it. */
static int
unwrap_password(const EVP_CIPHER *cipher, const unsigned char *kek, const unsigned char *iv,
    struct span wrapped, unsigned char *out, size_t len, struct error *err)
{
	const size_t block = (size_t)EVP_CIPHER_get_block_size(cipher);
	unsigned char x[WRAPPED_MAX];
	size_t n = wrapped.len;
	int rc = -1;

	if (n < 2 * block || n > sizeof(x) || n % block != 0)
		return does_not_decrypt(err);
	if (!cbc(cipher, kek, wrapped.data + n - 2 * block, wrapped.data + n - block, block,
		x + n - block) ||
	    !cbc(cipher, kek, x + n - block, wrapped.data, n - block, x) ||
	    !cbc(cipher, kek, iv, x, n, x) ||
	    ((x[1] ^ x[4]) & (x[2] ^ x[5]) & (x[3] ^ x[6])) != 0xff || x[0] != len || n < len + 4) {
		does_not_decrypt(err);
	} else {
		memcpy(out, x + 4, len);
		rc = 0;
	}
	ERR_clear_error();
	OPENSSL_cleanse(x, sizeof(x));
	return rc;
}

/* The ciphers that RFC 3211 is used with. */
static const EVP_CIPHER *
cipher_of(const X509_ALGOR *algorithm)
{
	static const struct {
		const char *oid;
		const EVP_CIPHER *(*cipher)(void);
	} rows[] = {
		{ "2.16.840.1.101.3.4.1.2", EVP_aes_128_cbc },
		{ "2.16.840.1.101.3.4.1.22", EVP_aes_192_cbc },
		{ "2.16.840.1.101.3.4.1.42", EVP_aes_256_cbc },
		{ "1.2.840.113549.3.7", EVP_des_ede3_cbc },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (der_oid_is(algorithm->algorithm, rows[i].oid))
			return rows[i].cipher();
	return NULL;
}

int
password_key(
    const DER_PASSWORD *r, const char *password, unsigned char *out, size_t len, struct error *err)
{
	unsigned char kek[EVP_MAX_KEY_LENGTH];
	const struct span wrapped = { ASN1_STRING_get0_data(r->key),
		(size_t)ASN1_STRING_length(r->key) };
	const EVP_CIPHER *cipher;
	const ASN1_OCTET_STRING *iv;
	X509_ALGOR *inner = NULL;
	int rc = -1;

	if (!der_oid_is(r->algorithm->algorithm, id_pwri))
		return unknown_algorithm(r->algorithm, "the key is wrapped", err);
	inner = DER_DECODE(X509_ALGOR, der_raw_span(r->algorithm->parameter));
	if (inner == NULL || (cipher = cipher_of(inner)) == NULL) {
		if (inner != NULL)
			unknown_algorithm(inner, "the key is wrapped", err);
		else
			does_not_decrypt(err);
		goto done;
	}
	iv = inner->parameter != NULL && inner->parameter->type == V_ASN1_OCTET_STRING
		 ? inner->parameter->value.octet_string
		 : NULL;
	if (iv == NULL || ASN1_STRING_length(iv) != EVP_CIPHER_get_iv_length(cipher)) {
		does_not_decrypt(err);
		goto done;
	}
	if (derive(r->derivation, password, kek, (size_t)EVP_CIPHER_get_key_length(cipher), err) ==
	    0)
		rc =
		    unwrap_password(cipher, kek, ASN1_STRING_get0_data(iv), wrapped, out, len, err);
done:
	OPENSSL_cleanse(kek, sizeof(kek));
	X509_ALGOR_free(inner);
	return rc;
}
