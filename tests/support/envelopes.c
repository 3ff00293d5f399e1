#include "tests/support/envelopes.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rsa.h>
#include <string.h>

#include "signing/keys/pkcs1.h"
#include "tests/support/suite.h"

/* ---- a key that is here ---- */

static int
transport(void *ctx, const struct envelope_transport *how, struct span encrypted,
    unsigned char *out, size_t len, struct error *err)
{
	const struct sign_key *key = ctx;
	unsigned char secret[PKCS1_REJECT_SIZE], plain[1024];
	size_t n = sizeof(plain);
	EVP_PKEY_CTX *c;
	int ok;

	if (!how->is_oaep)
		return pkcs1_reject_secret(secret, key->pkey) == 0
			   ? pkcs1_unwrap(key->pkey, secret, encrypted, out, len, err)
			   : error_set(err, ERROR_UNSUPPORTED, "not RSA");
	c = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
	ok = EVP_PKEY_decrypt_init(c) > 0 &&
	     EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_OAEP_PADDING) > 0 &&
	     EVP_PKEY_CTX_set_rsa_oaep_md(c, digest_md(how->digest)) > 0 &&
	     EVP_PKEY_CTX_set_rsa_mgf1_md(c, digest_md(how->mgf_digest)) > 0 &&
	     (how->label.len == 0 ||
		 EVP_PKEY_CTX_set0_rsa_oaep_label(c,
		     OPENSSL_memdup(how->label.data, how->label.len), (int)how->label.len) > 0) &&
	     EVP_PKEY_decrypt(c, plain, &n, encrypted.data, encrypted.len) > 0 && n == len;
	EVP_PKEY_CTX_free(c);
	if (!ok)
		return error_set(err, ERROR_MALFORMED, "it does not decrypt");
	memcpy(out, plain, len);
	return 0;
}

/* The KDFs that are not ECDH's own, over the plain secret. */
static int
derive(EVP_PKEY_CTX *c, const struct envelope_agreement *how, unsigned char *out, size_t len)
{
	EVP_KDF *kdf = EVP_KDF_fetch(
	    NULL, how->kdf_type == ENVELOPE_HKDF ? OSSL_KDF_NAME_HKDF : OSSL_KDF_NAME_SSKDF, NULL);
	EVP_KDF_CTX *k = EVP_KDF_CTX_new(kdf);
	unsigned char secret[128];
	size_t n = sizeof(secret);
	OSSL_PARAM params[4];
	int ok;

	params[0] = OSSL_PARAM_construct_utf8_string(
	    OSSL_KDF_PARAM_DIGEST, (char *)digest_name(how->kdf), 0);
	params[2] = OSSL_PARAM_construct_octet_string(
	    OSSL_KDF_PARAM_INFO, (void *)how->info.data, how->info.len);
	params[3] = OSSL_PARAM_construct_end();
	ok = EVP_PKEY_derive(c, secret, &n) > 0;
	params[1] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, secret, n);
	ok = ok && EVP_KDF_derive(k, out, len, params) == 1;
	EVP_KDF_CTX_free(k);
	EVP_KDF_free(kdf);
	return ok;
}

static int
agree(void *ctx, const struct envelope_agreement *how, unsigned char *out, size_t len,
    struct error *err)
{
	const struct sign_key *key = ctx;
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
	int is_ec = EVP_PKEY_is_a(key->pkey, "EC");
	EVP_PKEY *peer = is_ec ? EVP_PKEY_new()
			       : EVP_PKEY_new_raw_public_key(
				     EVP_PKEY_X25519, NULL, how->peer.data, how->peer.len);
	size_t n = len;
	int ok = peer != NULL &&
		 (!is_ec || (EVP_PKEY_copy_parameters(peer, key->pkey) == 1 &&
				EVP_PKEY_set1_encoded_public_key(
				    peer, how->peer.data, how->peer.len) == 1)) &&
		 EVP_PKEY_derive_init(c) > 0 && EVP_PKEY_derive_set_peer(c, peer) > 0;

	if (ok && how->kdf_type != ENVELOPE_X963)
		ok = derive(c, how, out, len);
	else
		ok = ok && EVP_PKEY_CTX_set_ecdh_cofactor_mode(c, how->is_cofactor) > 0 &&
		     EVP_PKEY_CTX_set_ecdh_kdf_type(c, EVP_PKEY_ECDH_KDF_X9_63) > 0 &&
		     EVP_PKEY_CTX_set_ecdh_kdf_md(c, digest_md(how->kdf)) > 0 &&
		     EVP_PKEY_CTX_set_ecdh_kdf_outlen(c, (int)len) > 0 &&
		     EVP_PKEY_CTX_set0_ecdh_kdf_ukm(c,
			 OPENSSL_memdup(how->info.data, how->info.len), (int)how->info.len) > 0 &&
		     EVP_PKEY_derive(c, out, &n) > 0 && n == len;

	EVP_PKEY_CTX_free(c);
	EVP_PKEY_free(peer);
	return ok ? 0 : error_set(err, ERROR_MALFORMED, "no key can be agreed upon");
}

struct envelope_key
envelope_key_of(const struct sign_key *key)
{
	return (struct envelope_key){ key->cert, transport, agree, (void *)key };
}

int
envelope_try(struct buf *out, struct span file, const struct sign_key *key, struct error *err)
{
	const struct envelope_key handle = envelope_key_of(key);
	struct envelope e = { 0 };
	int rc = envelope_read(&e, file, err);

	if (rc == 0)
		rc = envelope_open(&e, &handle, out, err);
	envelope_release(&e);
	return rc;
}

/* ---- a message ---- */

static void
set_transport(CMS_RecipientInfo *info, const struct envelope_recipe *r)
{
	EVP_PKEY_CTX *c = CMS_RecipientInfo_get0_pkey_ctx(info);

	if (r->oaep == NULL)
		return;
	CU_ASSERT_FATAL(EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_OAEP_PADDING) > 0);
	CU_ASSERT_FATAL(EVP_PKEY_CTX_set_rsa_oaep_md(c, r->oaep) > 0);
	CU_ASSERT_FATAL(EVP_PKEY_CTX_set_rsa_mgf1_md(c, r->mgf != NULL ? r->mgf : r->oaep) > 0);
	if (r->label != NULL)
		CU_ASSERT_FATAL(EVP_PKEY_CTX_set0_rsa_oaep_label(
				    c, OPENSSL_strdup(r->label), (int)strlen(r->label)) > 0);
}

static void
set_agreement(CMS_RecipientInfo *info, const struct envelope_recipe *r)
{
	if (r->kdf != NULL)
		CU_ASSERT_FATAL(EVP_PKEY_CTX_set_ecdh_kdf_md(
				    CMS_RecipientInfo_get0_pkey_ctx(info), r->kdf) > 0);
	if (r->wrap != NULL)
		CU_ASSERT_FATAL(EVP_EncryptInit_ex(CMS_RecipientInfo_kari_get0_ctx(info), r->wrap,
				    NULL, NULL, NULL) == 1);
}

void
envelope_make(struct buf *out, struct span content, X509 *const *certs, size_t count,
    const struct envelope_recipe *recipe)
{
	static const struct envelope_recipe plain;
	const struct envelope_recipe *r = recipe != NULL ? recipe : &plain;
	const EVP_CIPHER *cipher = r->cipher != NULL ? r->cipher : EVP_aes_256_cbc();
	const unsigned int flags = CMS_BINARY | CMS_PARTIAL | (r->is_stream ? CMS_STREAM : 0);
	int is_aead = (EVP_CIPHER_get_flags(cipher) & EVP_CIPH_FLAG_AEAD_CIPHER) != 0;
	BIO *in = BIO_new_mem_buf(content.data, (int)content.len), *bio = BIO_new(BIO_s_mem());
	CMS_ContentInfo *cms =
	    is_aead ? CMS_AuthEnvelopedData_create(cipher) : CMS_EnvelopedData_create(cipher);
	struct error err = ERROR_INIT;
	char *bytes;
	long len;
	size_t i;

	CU_ASSERT_FATAL(cms != NULL && in != NULL && bio != NULL && CMS_set_detached(cms, 0) == 1);
	for (i = 0; i < count; i++) {
		CMS_RecipientInfo *info =
		    CMS_add1_recipient_cert(cms, certs[i], CMS_KEY_PARAM | r->flags);

		CU_ASSERT_PTR_NOT_NULL_FATAL(info);
		if (CMS_RecipientInfo_type(info) == CMS_RECIPINFO_TRANS)
			set_transport(info, r);
		else
			set_agreement(info, r);
	}
	if (r->password != NULL)
		CU_ASSERT_PTR_NOT_NULL_FATAL(CMS_add0_recipient_password(cms,
		    r->rounds > 0 ? r->rounds : 1000, NID_id_alg_PWRI_KEK, NID_undef,
		    (unsigned char *)OPENSSL_strdup(r->password), -1, NULL));
	if (r->is_pem) {
		CU_ASSERT_FATAL(CMS_final(cms, in, NULL, flags) == 1 &&
				PEM_write_bio_CMS_stream(bio, cms, NULL, 0) == 1);
	} else if (r->is_stream) {
		CU_ASSERT_FATAL(i2d_CMS_bio_stream(bio, cms, in, (int)flags) == 1);
	} else {
		CU_ASSERT_FATAL(CMS_final(cms, in, NULL, flags) == 1 && i2d_CMS_bio(bio, cms) == 1);
	}
	len = BIO_get_mem_data(bio, &bytes);
	ASSERT_OK(buf_append(out, bytes, (size_t)len, &err), &err);
	CMS_ContentInfo_free(cms);
	BIO_free(in);
	BIO_free(bio);
}

void
envelope_make_for(
    struct buf *out, struct span content, enum pki_id to, const struct envelope_recipe *recipe)
{
	X509 *cert = pki_cert(to);

	out->len = 0;
	envelope_make(out, content, &cert, 1, recipe);
}
