#include "tests/support/xml_encrypted.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/core/ossl.h"
#include "tests/support/suite.h"

#define DSIG   "http://www.w3.org/2000/09/xmldsig#"
#define DSIG11 "http://www.w3.org/2009/xmldsig11#"

static const struct {
	const char *name, *ns;
	const EVP_CIPHER *(*cipher)(void);
} ciphers[] = { { "aes128-cbc", XENC, EVP_aes_128_cbc }, { "aes192-cbc", XENC, EVP_aes_192_cbc },
	{ "aes256-cbc", XENC, EVP_aes_256_cbc }, { "tripledes-cbc", XENC, EVP_des_ede3_cbc },
	{ "aes128-gcm", XENC11, EVP_aes_128_gcm }, { "aes192-gcm", XENC11, EVP_aes_192_gcm },
	{ "aes256-gcm", XENC11, EVP_aes_256_gcm } };

static void
put(struct buf *out, const char *text)
{
	CU_ASSERT_EQUAL_FATAL(buf_append_str(out, text, NULL), 0);
}

static void
put_base64(struct buf *out, const void *data, size_t len)
{
	CU_ASSERT_EQUAL_FATAL(text_base64(out, (struct span){ data, len }, 64, NULL), 0);
}

static size_t
cipher_row(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(ciphers) / sizeof(ciphers[0]); i++)
		if (strcmp(ciphers[i].name, name != NULL ? name : "aes128-gcm") == 0)
			return i;
	CU_FAIL_FATAL("no such cipher");
	return 0;
}

/* ---- the content ---- */

static void
put_content(struct buf *out, struct span content, const EVP_CIPHER *cipher,
    const unsigned char *key, int is_raw)
{
	const int is_gcm = EVP_CIPHER_get_mode(cipher) == EVP_CIPH_GCM_MODE;
	const int iv_len = EVP_CIPHER_get_iv_length(cipher), block = is_gcm ? 1 : iv_len;
	struct buf plain = BUF_INIT(0), made = BUF_INIT(0);
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	unsigned char tag[16];
	int n = 0, rest = 0, pad;

	CU_ASSERT_EQUAL_FATAL(buf_append_span(&plain, content, NULL), 0);
	for (pad = is_gcm || is_raw ? 0 : block - (int)(content.len % (size_t)block); pad > 0;
	     pad--) {
		const unsigned char last =
		    (unsigned char)(block - (int)(content.len % (size_t)block));

		CU_ASSERT_EQUAL_FATAL(
		    buf_append(&plain, pad == 1 ? (const void *)&last : "x", 1, NULL), 0);
	}
	CU_ASSERT_PTR_NOT_NULL_FATAL(buf_reserve(&made, plain.len + 64, NULL));
	RAND_bytes(made.data, iv_len);
	CU_ASSERT_FATAL(EVP_EncryptInit_ex(c, cipher, NULL, key, made.data) == 1);
	EVP_CIPHER_CTX_set_padding(c, 0);
	CU_ASSERT_FATAL(plain.len == 0 || EVP_EncryptUpdate(c, made.data + iv_len, &n, plain.data,
					      (int)plain.len) == 1);
	CU_ASSERT_FATAL(EVP_EncryptFinal_ex(c, made.data + iv_len + n, &rest) == 1);
	made.len = (size_t)(iv_len + n + rest);
	if (is_gcm) {
		CU_ASSERT_FATAL(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, 16, tag) == 1);
		CU_ASSERT_EQUAL_FATAL(buf_append(&made, tag, 16, NULL), 0);
	}
	put(out, "<xenc:CipherData><xenc:CipherValue>");
	put_base64(out, made.data, made.len);
	put(out, "</xenc:CipherValue></xenc:CipherData>");
	EVP_CIPHER_CTX_free(c);
	buf_release(&plain);
	buf_release(&made);
}

/* ---- for whom ---- */

static void
put_hint(struct buf *out, X509 *to, int hint)
{
	const ASN1_OCTET_STRING *ski = X509_get0_subject_key_id(to);
	unsigned char *der = NULL;
	char text[128];
	int len;

	if (hint == HINT_NONE)
		return;
	put(out, "<ds:X509Data>");
	if (hint == HINT_CERTIFICATE) {
		len = i2d_X509(to, &der);
		put(out, "<ds:X509Certificate>");
		put_base64(out, der, (size_t)len);
		put(out, "</ds:X509Certificate>");
		OPENSSL_free(der);
	} else if (hint == HINT_KEY_ID) {
		put(out, "<ds:X509SKI>");
		put_base64(out, ASN1_STRING_get0_data(ski), (size_t)ASN1_STRING_length(ski));
		put(out, "</ds:X509SKI>");
	} else {
		CU_ASSERT_EQUAL_FATAL(
		    buf_printf(out, NULL,
			"<ds:X509IssuerSerial><ds:X509IssuerName>CN=Test Issuing "
			"CA</ds:X509IssuerName><ds:X509SerialNumber>%s</ds:X509SerialNumber>"
			"</ds:X509IssuerSerial>",
			asn1_integer_text(X509_get0_serialNumber(to), text, sizeof(text))),
		    0);
	}
	put(out, "</ds:X509Data>");
}

/* ---- RSA ---- */

static const char *
mask_name(enum digest digest)
{
	return digest == DIGEST_SHA256	 ? "mgf1sha256"
	       : digest == DIGEST_SHA512 ? "mgf1sha512"
					 : "mgf1sha1";
}

static void
put_transport(
    struct buf *out, X509 *to, const struct xml_recipe *r, const unsigned char *cek, size_t len)
{
	const char *name = r->transport != NULL ? r->transport : "rsa-oaep-mgf1p";
	const enum digest digest = r->digest != DIGEST_NONE ? r->digest : DIGEST_SHA1;
	const enum digest mask = r->mask != DIGEST_NONE ? r->mask : DIGEST_SHA1;
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_pkey(NULL, X509_get0_pubkey(to), NULL);
	unsigned char made[1024];
	size_t n = sizeof(made);

	CU_ASSERT_EQUAL_FATAL(buf_printf(out, NULL, "<xenc:EncryptionMethod Algorithm='%s%s'>",
				  strcmp(name, "rsa-oaep") == 0 ? XENC11 : XENC, name),
	    0);
	if (r->digest != DIGEST_NONE)
		CU_ASSERT_EQUAL_FATAL(buf_printf(out, NULL, "<ds:DigestMethod Algorithm='%s'/>",
					  digest_uri(r->digest)),
		    0);
	if (r->mask != DIGEST_NONE)
		CU_ASSERT_EQUAL_FATAL(
		    buf_printf(out, NULL,
			"<x11:MGF xmlns:x11='" XENC11 "' Algorithm='" XENC11 "%s'/>",
			mask_name(r->mask)),
		    0);
	if (r->label != NULL) {
		put(out, "<xenc:OAEPparams>");
		put_base64(out, r->label, strlen(r->label));
		put(out, "</xenc:OAEPparams>");
	}
	put(out, "</xenc:EncryptionMethod><ds:KeyInfo>");
	put_hint(out, to, r->hint);
	put(out, "</ds:KeyInfo>");
	CU_ASSERT_FATAL(EVP_PKEY_encrypt_init(c) > 0);
	if (strcmp(name, "rsa-1_5") == 0) {
		CU_ASSERT_FATAL(EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PADDING) > 0);
	} else {
		CU_ASSERT_FATAL(EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_OAEP_PADDING) > 0 &&
				EVP_PKEY_CTX_set_rsa_oaep_md(c, digest_md(digest)) > 0 &&
				EVP_PKEY_CTX_set_rsa_mgf1_md(c, digest_md(mask)) > 0);
	}
	if (r->label != NULL)
		CU_ASSERT_FATAL(EVP_PKEY_CTX_set0_rsa_oaep_label(
				    c, OPENSSL_strdup(r->label), (int)strlen(r->label)) > 0);
	CU_ASSERT_FATAL(EVP_PKEY_encrypt(c, made, &n, cek, len) > 0);
	put(out, "<xenc:CipherData><xenc:CipherValue>");
	put_base64(out, made, n);
	put(out, "</xenc:CipherValue></xenc:CipherData>");
	EVP_PKEY_CTX_free(c);
}

/* ---- ECDH-ES ---- */

#define INFO "\1\2algorithm\3sender\4recipient"
#define INFO_HEX                                                                                   \
	"AlgorithmID='0001' PartyUInfo='0002616c676f726974686d0373656e646572' "                    \
	"PartyVInfo='0004726563697069656E74'"

/* ConcatKDF over the secret that an ephemeral key and the certificate's agree upon. */
static EVP_PKEY *
agree(X509 *to, enum digest digest, unsigned char *out, size_t len)
{
	EVP_PKEY *theirs = X509_get0_pubkey(to), *mine = NULL;
	EVP_PKEY_CTX *g = EVP_PKEY_CTX_new_from_pkey(NULL, theirs, NULL), *c;
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, OSSL_KDF_NAME_SSKDF, NULL);
	EVP_KDF_CTX *k = EVP_KDF_CTX_new(kdf);
	unsigned char secret[128];
	size_t n = sizeof(secret);
	OSSL_PARAM params[4];

	CU_ASSERT_FATAL(EVP_PKEY_keygen_init(g) > 0 && EVP_PKEY_keygen(g, &mine) > 0);
	c = EVP_PKEY_CTX_new_from_pkey(NULL, mine, NULL);
	CU_ASSERT_FATAL(EVP_PKEY_derive_init(c) > 0 && EVP_PKEY_derive_set_peer(c, theirs) > 0 &&
			EVP_PKEY_derive(c, secret, &n) > 0);
	params[0] =
	    OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)digest_name(digest), 0);
	params[1] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, secret, n);
	params[2] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, INFO, sizeof(INFO) - 1);
	params[3] = OSSL_PARAM_construct_end();
	CU_ASSERT_FATAL(EVP_KDF_derive(k, out, len, params) == 1);
	EVP_KDF_CTX_free(k);
	EVP_KDF_free(kdf);
	EVP_PKEY_CTX_free(c);
	EVP_PKEY_CTX_free(g);
	return mine;
}

static void
put_agreement(struct buf *out, X509 *to, const struct xml_recipe *r, EVP_PKEY *mine)
{
	const enum digest digest = r->kdf != DIGEST_NONE ? r->kdf : DIGEST_SHA256;
	unsigned char *point = NULL;
	size_t n = EVP_PKEY_get1_encoded_public_key(mine, &point);

	CU_ASSERT_EQUAL_FATAL(
	    buf_printf(out, NULL,
		"<ds:KeyInfo><xenc:AgreementMethod Algorithm='" XENC11 "ECDH-ES'>"
		"<x11:KeyDerivationMethod xmlns:x11='" XENC11 "' Algorithm='" XENC11 "ConcatKDF'>"
		"<x11:ConcatKDFParams " INFO_HEX "><ds:DigestMethod Algorithm='%s'/>"
		"</x11:ConcatKDFParams></x11:KeyDerivationMethod><xenc:OriginatorKeyInfo>"
		"<ds:KeyValue><d11:ECKeyValue xmlns:d11='" DSIG11 "'><d11:NamedCurve "
		"URI='urn:oid:1.2.840.10045.3.1.7'/><d11:PublicKey>",
		digest_uri(digest)),
	    0);
	put_base64(out, point, n);
	put(out, "</d11:PublicKey></d11:ECKeyValue></ds:KeyValue></xenc:OriginatorKeyInfo>"
		 "<xenc:RecipientKeyInfo>");
	put_hint(out, to, r->hint);
	put(out, "</xenc:RecipientKeyInfo></xenc:AgreementMethod></ds:KeyInfo>");
	OPENSSL_free(point);
}

static void
put_wrapped(
    struct buf *out, X509 *to, const struct xml_recipe *r, const unsigned char *cek, size_t len)
{
	const char *wrap = r->wrap != NULL ? r->wrap : "kw-aes128";
	const enum digest digest = r->kdf != DIGEST_NONE ? r->kdf : DIGEST_SHA256;
	const EVP_CIPHER *cipher =
	    strcmp(wrap, "kw-aes256") == 0 ? EVP_aes_256_wrap() : EVP_aes_128_wrap();
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	unsigned char kek[32], made[64];
	EVP_PKEY *mine = agree(to, digest, kek, (size_t)EVP_CIPHER_get_key_length(cipher));
	int n = 0;

	EVP_CIPHER_CTX_set_flags(c, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	CU_ASSERT_FATAL(EVP_EncryptInit_ex(c, cipher, NULL, kek, NULL) == 1 &&
			EVP_EncryptUpdate(c, made, &n, cek, (int)len) == 1);
	CU_ASSERT_EQUAL_FATAL(
	    buf_printf(out, NULL, "<xenc:EncryptionMethod Algorithm='" XENC "%s'/>", wrap), 0);
	put_agreement(out, to, r, mine);
	put(out, "<xenc:CipherData><xenc:CipherValue>");
	put_base64(out, made, (size_t)n);
	put(out, "</xenc:CipherValue></xenc:CipherData>");
	EVP_PKEY_free(mine);
	EVP_CIPHER_CTX_free(c);
}

/* ---- all of it ---- */

static void
put_key(struct buf *out, X509 *to, const struct xml_recipe *r, const unsigned char *cek, size_t len)
{
	put(out, r->place == KEY_REFERRED
		     ? "<xenc:EncryptedKey xmlns:xenc='" XENC "' xmlns:ds='" DSIG "' Id='the-key'>"
		     : "<xenc:EncryptedKey xmlns:xenc='" XENC "' xmlns:ds='" DSIG "'>");
	if (EVP_PKEY_is_a(X509_get0_pubkey(to), "RSA"))
		put_transport(out, to, r, cek, len);
	else
		put_wrapped(out, to, r, cek, len);
	if (r->place == KEY_REFERRING)
		put(out, "<xenc:ReferenceList><xenc:DataReference URI='#the-data'/>"
			 "</xenc:ReferenceList>");
	put(out, "</xenc:EncryptedKey>");
}

void
xml_encrypt(struct buf *out, struct span content, X509 *to, const struct xml_recipe *recipe)
{
	static const struct xml_recipe plain;
	const struct xml_recipe *r = recipe != NULL ? recipe : &plain;
	const size_t row = cipher_row(r->cipher);
	const EVP_CIPHER *cipher = ciphers[row].cipher();
	const size_t len = (size_t)EVP_CIPHER_get_key_length(cipher);
	const char *type = r->type != NULL ? r->type : "Element";
	unsigned char cek[32];
	EVP_PKEY *mine = NULL;

	RAND_bytes(cek, sizeof(cek));
	if (r->wrap != NULL && r->wrap[0] == '\0')
		mine = agree(to, r->kdf != DIGEST_NONE ? r->kdf : DIGEST_SHA256, cek, len);
	put(out, "<xenc:EncryptedData xmlns:xenc='" XENC "' xmlns:ds='" DSIG "' Id='the-data'");
	if (type[0] != '\0')
		CU_ASSERT_EQUAL_FATAL(buf_printf(out, NULL, " Type='" XENC "%s'", type), 0);
	CU_ASSERT_EQUAL_FATAL(buf_printf(out, NULL, "><xenc:EncryptionMethod Algorithm='%s%s'/>",
				  ciphers[row].ns, ciphers[row].name),
	    0);
	if (mine != NULL) {
		put_agreement(out, to, r, mine);
	} else if (r->place == KEY_INSIDE) {
		put(out, "<ds:KeyInfo>");
		put_key(out, to, r, cek, len);
		put(out, "</ds:KeyInfo>");
	} else if (r->place == KEY_REFERRED) {
		put(out, "<ds:KeyInfo><ds:RetrievalMethod Type='" XENC
			 "EncryptedKey' URI='#the-key'/></ds:KeyInfo>");
	}
	put_content(out, content, cipher, cek, r->is_raw);
	put(out, "</xenc:EncryptedData>");
	if (mine == NULL && r->place != KEY_INSIDE)
		put_key(out, to, r, cek, len);
	EVP_PKEY_free(mine);
}
