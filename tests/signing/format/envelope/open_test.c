/* Messages encrypted by libcrypto, opened here; and what others make of them on their way. */
#include <openssl/err.h>
#include <openssl/kdf.h>
#include <openssl/rsa.h>
#include <string.h>

#include "signing/format/cms/oids.h"
#include "signing/format/envelope/parts.h"
#include "tests/support/envelopes.h"
#include "tests/support/keys_process.h"
#include "tests/support/suite.h"

static const char text[] = "the content of an envelope, longer than one block of any cipher\n";

static struct span
plain(void)
{
	return span_str(text);
}

static X509 *
one(enum pki_id id)
{
	return pki_cert(id);
}

/* Made by the recipe for this member, it opens and is the text again. */
static void
opens(enum pki_id id, const struct envelope_recipe *recipe)
{
	X509 *cert = one(id);
	struct buf message = BUF_INIT(0), out = BUF_INIT(0);
	struct error err = ERROR_INIT;

	envelope_make(&message, plain(), &cert, 1, recipe);
	CU_ASSERT(envelope_is(SPAN_OF(&message)));
	ASSERT_OK(envelope_try(&out, SPAN_OF(&message), pki_key(id), &err), &err);
	CU_ASSERT(span_equal(SPAN_OF(&out), plain()));
	buf_release(&message);
	buf_release(&out);
}

static void
rsa_opens_by_pkcs1_and_by_oaep_with_every_digest(void)
{
	const struct envelope_recipe recipes[] = { { 0 }, { .oaep = EVP_sha1() },
		{ .oaep = EVP_sha256() }, { .oaep = EVP_sha384() }, { .oaep = EVP_sha512() },
		{ .oaep = EVP_sha256(), .mgf = EVP_sha1() },
		{ .oaep = EVP_sha1(), .mgf = EVP_sha512() },
		{ .oaep = EVP_sha256(), .label = "for the ERP" }, { .flags = CMS_USE_KEYID },
		{ .is_stream = 1 }, { .is_pem = 1 } };
	size_t i;

	for (i = 0; i < sizeof(recipes) / sizeof(recipes[0]); i++)
		opens(PKI_RSA2048, &recipes[i]);
}

static void
ecdh_opens_on_every_curve_with_every_digest_and_wrap(void)
{
	static const enum pki_id curves[] = { PKI_P256, PKI_P384, PKI_P521, PKI_BRAINPOOL256 };
	const struct envelope_recipe recipes[] = { { 0 }, { .kdf = EVP_sha224() },
		{ .kdf = EVP_sha256(), .wrap = EVP_aes_128_wrap() },
		{ .kdf = EVP_sha384(), .wrap = EVP_aes_192_wrap() },
		{ .kdf = EVP_sha512(), .wrap = EVP_aes_256_wrap() }, { .flags = CMS_USE_KEYID },
		{ .cipher = EVP_des_ede3_cbc() } };
	size_t i, n;

	for (i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
		for (n = 0; n < sizeof(recipes) / sizeof(recipes[0]); n++)
			opens(curves[i], &recipes[n]);
}

static void
every_content_cipher_opens(void)
{
	const EVP_CIPHER *const ciphers[] = { EVP_aes_128_cbc(), EVP_aes_192_cbc(),
		EVP_aes_256_cbc(), EVP_des_ede3_cbc(), EVP_camellia_128_cbc(),
		EVP_camellia_192_cbc(), EVP_camellia_256_cbc(), EVP_aes_128_gcm(),
		EVP_aes_192_gcm(), EVP_aes_256_gcm() };
	size_t i;

	for (i = 0; i < sizeof(ciphers) / sizeof(ciphers[0]); i++)
		opens(PKI_RSA2048, &(struct envelope_recipe){ .cipher = ciphers[i] });
}

static void
it_says_for_whom_it_is_and_how_it_is_encrypted(void)
{
	X509 *certs[] = { one(PKI_RSA2048), one(PKI_P256) };
	const struct envelope_recipe recipe = { .cipher = EVP_aes_256_gcm() };
	struct buf message = BUF_INIT(0);
	struct envelope e = { 0 };
	struct error err = ERROR_INIT;
	char words[300];

	envelope_make(&message, plain(), certs, 2, &recipe);
	ASSERT_OK(envelope_read(&e, SPAN_OF(&message), &err), &err);
	CU_ASSERT_EQUAL_FATAL(e.recipient_count, 2);
	/* Members of a SET stand in the order of their encodings. */
	CU_ASSERT(envelope_is_for(&e, certs[0]) && envelope_is_for(&e, certs[1]));
	CU_ASSERT(!envelope_is_for(&e, one(PKI_RSA3072)));
	CU_ASSERT(e.is_authenticated);
	CU_ASSERT_STRING_EQUAL(e.algorithm, "AES-256-GCM");
	CU_ASSERT_STRING_EQUAL(e.content_type, OID_DATA);
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(envelope_recipient_text(&e.recipients[0], words, sizeof(words)), "certificate"));
	envelope_release(&e);
	buf_release(&message);
}

static void
a_password_opens_it_and_another_does_not(void)
{
	X509 *cert = one(PKI_RSA2048);
	const struct envelope_recipe recipe = { .password = "geheim" };
	struct buf message = BUF_INIT(0), out = BUF_INIT(0);
	struct envelope e = { 0 };
	struct error err = ERROR_INIT;

	envelope_make(&message, plain(), &cert, 1, &recipe);
	ASSERT_OK(envelope_read(&e, SPAN_OF(&message), &err), &err);
	ASSERT_OK(envelope_open_password(&e, "geheim", &out, &err), &err);
	CU_ASSERT(span_equal(SPAN_OF(&out), plain()));
	out.len = 0;
	CU_ASSERT_EQUAL(envelope_open_password(&e, "Geheim", &out, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	CU_ASSERT_EQUAL(out.len, 0);
	envelope_release(&e);
	out.len = message.len = 0;
	/* And where nobody may by a password, none does. */
	envelope_make(&message, plain(), &cert, 1, NULL);
	error_clear(&err);
	ASSERT_OK(envelope_read(&e, SPAN_OF(&message), &err), &err);
	CU_ASSERT_EQUAL(envelope_open_password(&e, "geheim", &out, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
	envelope_release(&e);
	buf_release(&message);
	buf_release(&out);
}

static void
for_another_key_it_stays_closed(void)
{
	X509 *cert = one(PKI_RSA2048);
	struct sign_key impostor = *pki_key(PKI_RSA3072);
	struct buf message = BUF_INIT(0), out = BUF_INIT(0);
	struct error err = ERROR_INIT;

	envelope_make(&message, plain(), &cert, 1, NULL);
	CU_ASSERT_EQUAL(envelope_try(&out, SPAN_OF(&message), pki_key(PKI_RSA3072), &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
	/* The right certificate with the wrong key behind it. */
	impostor.cert = cert;
	error_clear(&err);
	CU_ASSERT_EQUAL(envelope_try(&out, SPAN_OF(&message), &impostor, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	CU_ASSERT_EQUAL(out.len, 0);
	buf_release(&message);
	buf_release(&out);
}

/* ---- changed on its way ---- */

/* Every byte of the message flipped in turn: what authenticates gives the text or nothing. */
static void
of_what_authenticates_no_byte_can_be_changed_unseen(void)
{
	X509 *cert = one(PKI_P256);
	const struct envelope_recipe recipe = { .cipher = EVP_aes_128_gcm() };
	struct buf message = BUF_INIT(0), out = BUF_INIT(0);
	size_t i, opened = 0;

	envelope_make(&message, plain(), &cert, 1, &recipe);
	for (i = 0; i < message.len; i++) {
		struct error err = ERROR_INIT;

		message.data[i] ^= 1;
		out.len = 0;
		if (envelope_try(&out, SPAN_OF(&message), pki_key(PKI_P256), &err) == 0) {
			CU_ASSERT(span_equal(SPAN_OF(&out), plain()));
			opened++;
		} else {
			CU_ASSERT_EQUAL(out.len, 0);
		}
		message.data[i] ^= 1;
	}
	/* Versions, the content type, the curve beside the point decide nothing: 19 bytes; and
	 * where the point ends in a bit of 0, nor does how many of its bits count. */
	CU_ASSERT(opened == 19 || opened == 20);
	buf_release(&message);
	buf_release(&out);
}

static void
a_cut_message_does_not_open(void)
{
	X509 *cert = one(PKI_P256);
	struct buf message = BUF_INIT(0), out = BUF_INIT(0);
	struct span cut;
	size_t len;

	envelope_make(&message, plain(), &cert, 1, NULL);
	for (len = 0; len < message.len; len++) {
		struct error err = ERROR_INIT;

		cut = (struct span){ message.data, len };
		CU_ASSERT_EQUAL(envelope_try(&out, cut, pki_key(PKI_P256), &err), -1);
		CU_ASSERT(err.kind == ERROR_MALFORMED || err.kind == ERROR_UNSUPPORTED);
	}
	buf_release(&message);
	buf_release(&out);
}

/* ---- PKCS#1 v1.5: nobody learns whether the padding was right ---- */

/* The encrypted key of the only recipient, in the message. */
static unsigned char *
encrypted_key(struct buf *message, size_t *len)
{
	struct envelope e = { 0 };
	struct error err = ERROR_INIT;
	const ASN1_OCTET_STRING *key;
	unsigned char *at;

	ASSERT_OK(envelope_read(&e, SPAN_OF(message), &err), &err);
	key = e.inside->recipients[0].transport->key;
	*len = (size_t)ASN1_STRING_length(key);
	at = memmem(message->data, message->len, ASN1_STRING_get0_data(key), *len);
	envelope_release(&e);
	return at;
}

/* RSA over a block of our making. */
static void
encrypt_block(const EVP_PKEY *pkey, const unsigned char *block, size_t len, unsigned char *out)
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_pkey(NULL, (EVP_PKEY *)pkey, NULL);

	CU_ASSERT_FATAL(EVP_PKEY_encrypt_init(c) > 0 &&
			EVP_PKEY_CTX_set_rsa_padding(c, RSA_NO_PADDING) > 0 &&
			EVP_PKEY_encrypt(c, out, &len, block, len) > 0);
	EVP_PKEY_CTX_free(c);
}

enum { BLOCK = 256, KEY = 32 };
static const struct {
	const char *what;
	size_t at; /* in the block; 0: at its end, counted by `back` */
	size_t back;
	unsigned char value;
} paddings[] = {
	{ "right, another key", 0, 1, 0x55 },
	{ "first byte", 0, BLOCK, 1 },
	{ "block type", 1, 0, 1 },
	{ "a zero in the padding", 9, 0, 0 },
	{ "a zero early in the padding", 2, 0, 0 },
	{ "no zero", 0, KEY + 1, 7 },
	{ "a key one byte longer", 0, KEY + 2, 0 },
};

/*
 * Valid and invalid paddings, all with a key that is not the content's: the same kind and the same
 * words, and never the text.
 */
static void
valid_and_invalid_padding_get_the_same_answer(void)
{
	const struct sign_key *key = pki_key(PKI_RSA2048);
	X509 *cert = key->cert;
	unsigned char block[BLOCK];
	struct buf message = BUF_INIT(0), out = BUF_INIT(0);
	struct envelope_recipe recipe = { .cipher = EVP_aes_256_gcm() };
	struct error first = ERROR_INIT;
	unsigned char *at;
	size_t i, len;

	envelope_make(&message, plain(), &cert, 1, &recipe);
	at = encrypted_key(&message, &len);
	CU_ASSERT_EQUAL_FATAL(len, BLOCK);
	for (i = 0; i < sizeof(paddings) / sizeof(paddings[0]); i++) {
		struct error err = ERROR_INIT;

		memset(block, 0x33, sizeof(block));
		block[0] = 0;
		block[1] = 2;
		block[BLOCK - KEY - 1] = 0;
		block[paddings[i].back > 0 ? BLOCK - paddings[i].back : paddings[i].at] =
		    paddings[i].value;
		if (block[0] != 0) /* below the modulus still */
			block[0] = 1;
		encrypt_block(key->pkey, block, sizeof(block), at);
		CU_ASSERT_EQUAL(envelope_try(&out, SPAN_OF(&message), key, &err), -1);
		if (i == 0)
			first = err;
		CU_ASSERT_EQUAL(err.kind, first.kind);
		CU_ASSERT_STRING_EQUAL(err.text, first.text);
		CU_ASSERT_STRING_EQUAL(err.cause, first.cause);
		CU_ASSERT_EQUAL(out.len, 0);
	}
	buf_release(&message);
	buf_release(&out);
}

/* ---- made by hand: what libcrypto does not make ---- */

struct by_hand {
	const char *oid;
	const EVP_CIPHER *cipher;
	size_t nonce_len, tag_len;
	int is_plain_nonce; /* the parameters are the nonce alone */
	int has_attributes;
	const char *type; /* of the content */
	struct span content;
};

static void
set_parameters(X509_ALGOR *algorithm, const struct by_hand *h, const unsigned char *nonce)
{
	ASN1_OCTET_STRING *s = ASN1_OCTET_STRING_new();
	DER_AEAD *p = DER_AEAD_new();
	ASN1_STRING *packed = NULL;

	ASN1_OCTET_STRING_set(s, nonce, (int)h->nonce_len);
	if (h->is_plain_nonce) {
		X509_ALGOR_set0(algorithm, OBJ_txt2obj(h->oid, 1), V_ASN1_OCTET_STRING, s);
	} else {
		ASN1_OCTET_STRING_set(p->nonce, nonce, (int)h->nonce_len);
		if (h->tag_len != 12) {
			p->tag_len = ASN1_INTEGER_new();
			ASN1_INTEGER_set(p->tag_len, (long)h->tag_len);
		}
		ASN1_item_pack(p, ASN1_ITEM_rptr(DER_AEAD), &packed);
		X509_ALGOR_set0(algorithm, OBJ_txt2obj(h->oid, 1), V_ASN1_SEQUENCE, packed);
		ASN1_OCTET_STRING_free(s);
	}
	DER_AEAD_free(p);
}

/* SET { signing-time-like attribute }: the DER of one, and the value that is authenticated. */
static const unsigned char attribute[] = { 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7,
	0x0d, 0x01, 0x09, 0x63, 0x31, 0x00 };

static void
encrypt_by_hand(const struct by_hand *h, const unsigned char *key, const unsigned char *nonce,
    DER_ENVELOPE *data)
{
	unsigned char out[256], tag[16], aad[2 + sizeof(attribute)] = { 0x31, sizeof(attribute) };
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int n, is_ccm = EVP_CIPHER_get_mode(h->cipher) == EVP_CIPH_CCM_MODE;

	memcpy(aad + 2, attribute, sizeof(attribute));
	CU_ASSERT_FATAL(
	    EVP_EncryptInit_ex(c, h->cipher, NULL, NULL, NULL) == 1 &&
	    EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_IVLEN, (int)h->nonce_len, NULL) == 1);
	if (is_ccm)
		CU_ASSERT_FATAL(
		    EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, (int)h->tag_len, NULL) == 1);
	CU_ASSERT_FATAL(EVP_EncryptInit_ex(c, NULL, NULL, key, nonce) == 1);
	if (is_ccm)
		CU_ASSERT_FATAL(EVP_EncryptUpdate(c, NULL, &n, NULL, (int)h->content.len) == 1);
	if (h->has_attributes)
		CU_ASSERT_FATAL(EVP_EncryptUpdate(c, NULL, &n, aad, sizeof(aad)) == 1);
	CU_ASSERT_FATAL(EVP_EncryptUpdate(c, out, &n, h->content.data, (int)h->content.len) == 1);
	data->encrypted->content = ASN1_OCTET_STRING_new();
	ASN1_OCTET_STRING_set(data->encrypted->content, out, n);
	CU_ASSERT_FATAL(EVP_EncryptFinal_ex(c, out, &n) == 1);
	CU_ASSERT_FATAL(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, (int)h->tag_len, tag) == 1);
	data->mac = ASN1_OCTET_STRING_new();
	ASN1_OCTET_STRING_set(data->mac, tag, (int)h->tag_len);
	EVP_CIPHER_CTX_free(c);
}

/* A RecipientInfo for the RSA key, by PKCS#1 v1.5. */
static void
add_recipient(DER_ENVELOPE *data, const struct sign_key *to, const unsigned char *key, size_t len)
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_pkey(NULL, to->pkey, NULL);
	DER_TRANSPORT *t = DER_TRANSPORT_new();
	unsigned char out[512], *der = NULL;
	size_t n = sizeof(out);
	int der_len;

	CU_ASSERT_FATAL(EVP_PKEY_encrypt_init(c) > 0 && EVP_PKEY_encrypt(c, out, &n, key, len) > 0);
	t->id->type = SIGNER_ID_ISSUER_SERIAL;
	t->id->d.issuer_serial = DER_ISSUER_SERIAL_new();
	X509_NAME_set(&t->id->d.issuer_serial->issuer, X509_get_issuer_name(to->cert));
	ASN1_INTEGER_free(t->id->d.issuer_serial->serial);
	t->id->d.issuer_serial->serial = ASN1_INTEGER_dup(X509_get0_serialNumber(to->cert));
	X509_ALGOR_set0(t->algorithm, OBJ_nid2obj(NID_rsaEncryption), V_ASN1_NULL, NULL);
	ASN1_OCTET_STRING_set(t->key, out, (int)n);
	der_len = i2d_DER_TRANSPORT(t, &der);
	CU_ASSERT_EQUAL_FATAL(der_push(data->recipients, (struct span){ der, (size_t)der_len }), 0);
	OPENSSL_free(der);
	DER_TRANSPORT_free(t);
	EVP_PKEY_CTX_free(c);
}

static void
make_by_hand(struct buf *message, const struct by_hand *h, const struct sign_key *to)
{
	static const unsigned char key[CONTENT_KEY_MAX] = { 1, 2, 3 }, nonce[16] = { 4, 5, 6 };
	DER_ENVELOPE *data = DER_ENVELOPE_new();
	DER_CONTENT *info = DER_CONTENT_new();
	unsigned char *der = NULL;
	struct error err = ERROR_INIT;
	int len;

	ASN1_OBJECT_free(data->encrypted->type);
	data->encrypted->type = OBJ_txt2obj(h->type != NULL ? h->type : OID_DATA, 1);
	set_parameters(data->encrypted->algorithm, h, nonce);
	if (h->has_attributes) {
		data->first_attributes = sk_ASN1_TYPE_new_null();
		der_push(data->first_attributes, (struct span){ attribute, sizeof(attribute) });
	}
	encrypt_by_hand(h, key, nonce, data);
	add_recipient(data, to, key, (size_t)EVP_CIPHER_get_key_length(h->cipher));
	len = i2d_DER_ENVELOPE(data, &der);
	ASN1_OBJECT_free(info->type);
	info->type = OBJ_txt2obj("1.2.840.113549.1.9.16.1.23", 1);
	info->content = der_raw((struct span){ der, (size_t)len });
	OPENSSL_free(der);
	der = NULL;
	len = i2d_DER_CONTENT(info, &der);
	ASSERT_OK(buf_append(message, der, (size_t)len, &err), &err);
	OPENSSL_free(der);
	DER_CONTENT_free(info);
	DER_ENVELOPE_free(data);
}

static void
ccm_and_chacha_open_with_and_without_attributes(void)
{
	const struct by_hand cases[] = {
		{ "2.16.840.1.101.3.4.1.7", EVP_aes_128_ccm(), 12, 12, 0, 0, NULL, plain() },
		{ "2.16.840.1.101.3.4.1.27", EVP_aes_192_ccm(), 13, 16, 0, 0, NULL, plain() },
		{ "2.16.840.1.101.3.4.1.47", EVP_aes_256_ccm(), 7, 8, 0, 1, NULL, plain() },
		{ "2.16.840.1.101.3.4.1.47", EVP_aes_256_ccm(), 7, 8, 0, 1, NULL, span_str("") },
		{ "2.16.840.1.101.3.4.1.47", EVP_aes_256_ccm(), 12, 16, 0, 0, NULL, span_str("") },
		{ "2.16.840.1.101.3.4.1.46", EVP_aes_256_gcm(), 12, 16, 0, 0, NULL, span_str("") },
		{ "2.16.840.1.101.3.4.1.46", EVP_aes_256_gcm(), 12, 16, 0, 1, NULL, plain() },
		{ "2.16.840.1.101.3.4.1.6", EVP_aes_128_gcm(), 12, 12, 0, 1, NULL, plain() },
		{ "1.2.840.113549.1.9.16.3.18", EVP_chacha20_poly1305(), 12, 16, 1, 1, NULL,
		    plain() },
	};
	struct buf message = BUF_INIT(0), out = BUF_INIT(0);
	unsigned char *at;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error err = ERROR_INIT;

		message.len = out.len = 0;
		make_by_hand(&message, &cases[i], pki_key(PKI_RSA2048));
		ASSERT_OK(envelope_try(&out, SPAN_OF(&message), pki_key(PKI_RSA2048), &err), &err);
		CU_ASSERT(span_equal(SPAN_OF(&out), cases[i].content));
		/* The tag stands last, and counts where there is no content as well. */
		message.data[message.len - 1] ^= 1;
		out.len = 0;
		CU_ASSERT_EQUAL(
		    envelope_try(&out, SPAN_OF(&message), pki_key(PKI_RSA2048), &err), -1);
		CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
		error_clear(&err);
		message.data[message.len - 1] ^= 1;
		if (!cases[i].has_attributes)
			continue;
		/* An attribute that was changed: nothing comes out. */
		at = memmem(message.data, message.len, attribute, sizeof(attribute));
		CU_ASSERT_PTR_NOT_NULL_FATAL(at);
		at[12] ^= 1;
		out.len = 0;
		CU_ASSERT_EQUAL(
		    envelope_try(&out, SPAN_OF(&message), pki_key(PKI_RSA2048), &err), -1);
		CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
		CU_ASSERT_EQUAL(out.len, 0);
	}
	buf_release(&message);
	buf_release(&out);
}

/* A tag so short that it can be guessed is refused before anything is decrypted. */
static void
short_tags_are_refused(void)
{
	const struct by_hand cases[] = {
		{ "2.16.840.1.101.3.4.1.46", EVP_aes_256_gcm(), 12, 8, 0, 0, NULL, plain() },
		{ "2.16.840.1.101.3.4.1.47", EVP_aes_256_ccm(), 12, 4, 0, 0, NULL, plain() },
	};
	struct buf message = BUF_INIT(0), out = BUF_INIT(0);
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error err = ERROR_INIT;

		message.len = 0;
		make_by_hand(&message, &cases[i], pki_key(PKI_RSA2048));
		CU_ASSERT_EQUAL(
		    envelope_try(&out, SPAN_OF(&message), pki_key(PKI_RSA2048), &err), -1);
		CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "parameters"));
	}
	buf_release(&message);
	buf_release(&out);
}

/* RFC 5652: what is encrypted is then the SignedData, without the ContentInfo around it. */
static void
a_signed_data_without_its_content_info_gets_it_back(void)
{
	static const unsigned char bare[] = { 0x30, 0x06, 0x02, 0x01, 0x01, 0x31, 0x00, 0x05 };
	static const unsigned char whole[] = { 0x30, 0x15, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7,
		0x0d, 0x01, 0x07, 0x02, 0xa0, 0x08 };
	const struct by_hand h = { "2.16.840.1.101.3.4.1.6", EVP_aes_128_gcm(), 12, 16, 0, 0,
		OID_SIGNED_DATA, { bare, sizeof(bare) } };
	struct buf message = BUF_INIT(0), out = BUF_INIT(0);
	struct error err = ERROR_INIT;

	make_by_hand(&message, &h, pki_key(PKI_RSA2048));
	ASSERT_OK(envelope_try(&out, SPAN_OF(&message), pki_key(PKI_RSA2048), &err), &err);
	CU_ASSERT_EQUAL_FATAL(out.len, sizeof(whole) + sizeof(bare));
	CU_ASSERT_EQUAL(memcmp(out.data, whole, sizeof(whole)), 0);
	CU_ASSERT_EQUAL(memcmp(out.data + sizeof(whole), bare, sizeof(bare)), 0);
	buf_release(&message);
	buf_release(&out);
}

/* ---- agreement with a certificate's key, and on Curve25519 ---- */

/* OriginatorInfo with this certificate: libcrypto makes none. */
static void
add_sender(DER_ENVELOPE *data, X509 *cert)
{
	struct buf certs = BUF_INIT(0);
	unsigned char *der = NULL, *at;
	int len = i2d_X509(cert, &der);

	at = buf_reserve(&certs, (size_t)len + 16, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	ASN1_put_object(&at, 1, len, 0, V_ASN1_CONTEXT_SPECIFIC);
	memcpy(at, der, (size_t)len);
	certs.len = (size_t)(at - certs.data) + (size_t)len;
	OPENSSL_free(der);
	data->originator = sk_ASN1_TYPE_new_null();
	CU_ASSERT_EQUAL_FATAL(der_push(data->originator, SPAN_OF(&certs)), 0);
	buf_release(&certs);
}

/* A certificate for the key that the message brings along, which it is named by from now on. */
static X509 *
name_by_certificate(DER_AGREEMENT *a)
{
	struct span raw = der_raw_span(a->originator);
	unsigned char *copy = OPENSSL_memdup(raw.data, raw.len), *der = NULL;
	DER_ISSUER_SERIAL *id = DER_ISSUER_SERIAL_new();
	DER_ORIGINATOR_KEY *key;
	EVP_PKEY *peer = EVP_PKEY_new();
	X509 *cert;
	int len;

	copy[0] = 0x30;
	key = DER_DECODE(DER_ORIGINATOR_KEY, ((struct span){ copy, raw.len }));
	CU_ASSERT_FATAL(EVP_PKEY_copy_parameters(peer, pki_key(PKI_P256)->pkey) == 1 &&
			EVP_PKEY_set1_encoded_public_key(peer, ASN1_STRING_get0_data(key->key),
			    (size_t)ASN1_STRING_length(key->key)) == 1);
	cert =
	    test_cert(peer, "sender", pki_cert(PKI_INTERMEDIATE), pki_key(PKI_INTERMEDIATE)->pkey);
	CU_ASSERT_PTR_NOT_NULL_FATAL(cert);
	X509_NAME_set(&id->issuer, X509_get_issuer_name(cert));
	ASN1_INTEGER_free(id->serial);
	id->serial = ASN1_INTEGER_dup(X509_get0_serialNumber(cert));
	len = i2d_DER_ISSUER_SERIAL(id, &der);
	ASN1_TYPE_free(a->originator);
	a->originator = der_raw((struct span){ der, (size_t)len });
	OPENSSL_free(der);
	OPENSSL_free(copy);
	DER_ISSUER_SERIAL_free(id);
	DER_ORIGINATOR_KEY_free(key);
	EVP_PKEY_free(peer);
	return cert;
}

enum sender { SENDER, ANOTHER, NOBODY };
/* The same message by static ECDH, with the sender's certificate, another one, or none. */
static void
make_static(struct buf *message, enum sender who)
{
	DER_CONTENT *info = DER_DECODE(DER_CONTENT, SPAN_OF(message));
	DER_ENVELOPE *data = DER_DECODE(DER_ENVELOPE, der_raw_span(info->content));
	struct span raw = der_raw_span(sk_ASN1_TYPE_value(data->recipients, 0));
	unsigned char *copy = OPENSSL_memdup(raw.data, raw.len), *der = NULL;
	DER_AGREEMENT *a;
	X509 *cert;
	int len;

	copy[0] = 0x30;
	a = DER_DECODE(DER_AGREEMENT, ((struct span){ copy, raw.len }));
	OPENSSL_free(copy);
	cert = name_by_certificate(a);
	if (who != NOBODY)
		add_sender(data, who == SENDER ? cert : one(PKI_OTHER_SIGNER));
	len = i2d_DER_AGREEMENT(a, &der);
	der[0] = 0xa1;
	ASN1_TYPE_free(sk_ASN1_TYPE_pop(data->recipients));
	CU_ASSERT_EQUAL_FATAL(der_push(data->recipients, (struct span){ der, (size_t)len }), 0);
	OPENSSL_free(der);
	der = NULL;
	len = i2d_DER_ENVELOPE(data, &der);
	ASN1_TYPE_free(info->content);
	info->content = der_raw((struct span){ der, (size_t)len });
	OPENSSL_free(der);
	der = NULL;
	len = i2d_DER_CONTENT(info, &der);
	message->len = 0;
	CU_ASSERT_EQUAL_FATAL(buf_append(message, der, (size_t)len, NULL), 0);
	OPENSSL_free(der);
	X509_free(cert);
	DER_AGREEMENT_free(a);
	DER_ENVELOPE_free(data);
	DER_CONTENT_free(info);
}

/* Static ECDH (RFC 5753): the sender's certificate says with which key. */
static void
a_sender_may_agree_by_his_certificate(void)
{
	X509 *cert = one(PKI_REVOCABLE);
	struct buf message = BUF_INIT(0), out = BUF_INIT(0);
	struct error err = ERROR_INIT;

	envelope_make(&message, plain(), &cert, 1, NULL);
	make_static(&message, SENDER);
	ASSERT_OK(envelope_try(&out, SPAN_OF(&message), pki_key(PKI_REVOCABLE), &err), &err);
	CU_ASSERT(span_equal(SPAN_OF(&out), plain()));
	/* Without it nobody can say; and another one is not the one that is named. */
	message.len = out.len = 0;
	envelope_make(&message, plain(), &cert, 1, NULL);
	make_static(&message, NOBODY);
	CU_ASSERT_EQUAL(envelope_try(&out, SPAN_OF(&message), pki_key(PKI_REVOCABLE), &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNSUPPORTED);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "certificate that is not in the message"));
	message.len = 0;
	error_clear(&err);
	envelope_make(&message, plain(), &cert, 1, NULL);
	make_static(&message, ANOTHER);
	CU_ASSERT_EQUAL(envelope_try(&out, SPAN_OF(&message), pki_key(PKI_REVOCABLE), &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNSUPPORTED);
	buf_release(&message);
	buf_release(&out);
}

/* X25519 with HKDF (RFC 8418), by hand: libcrypto does not make it. */
static void
make_x25519(struct buf *message, const struct sign_key *to, const char *scheme, const EVP_MD *md)
{
	static const unsigned char cek[16] = { 9, 8, 7 }, nonce[16] = { 1 };
	const struct by_hand h = { "2.16.840.1.101.3.4.1.6", EVP_aes_128_gcm(), 12, 16, 0, 0, NULL,
		plain() };
	EVP_PKEY *mine = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_pkey(NULL, mine, NULL), *k;
	DER_ENVELOPE *data = DER_ENVELOPE_new();
	DER_CONTENT *info = DER_CONTENT_new();
	DER_AGREEMENT *a = DER_AGREEMENT_new();
	DER_AGREED_KEY *agreed = DER_AGREED_KEY_new();
	DER_ORIGINATOR_KEY *sender = DER_ORIGINATOR_KEY_new();
	X509_ALGOR *wrap = X509_ALGOR_new();
	ASN1_STRING *packed = NULL;
	unsigned char secret[32], kek[16], point[32], wrapped[32], *der = NULL, *shared = NULL;
	size_t n = sizeof(secret), kek_len = sizeof(kek), point_len = sizeof(point);
	EVP_CIPHER_CTX *w = EVP_CIPHER_CTX_new();
	int len = 0, shared_len;

	X509_ALGOR_set0(wrap, OBJ_txt2obj("2.16.840.1.101.3.4.1.5", 1), V_ASN1_UNDEF, NULL);
	shared_len = CMS_SharedInfo_encode(&shared, wrap, NULL, 16);
	CU_ASSERT_FATAL(EVP_PKEY_derive_init(c) > 0 && EVP_PKEY_derive_set_peer(c, to->pkey) > 0 &&
			EVP_PKEY_derive(c, secret, &n) > 0);
	k = EVP_PKEY_CTX_new_from_name(NULL, "HKDF", NULL);
	CU_ASSERT_FATAL(EVP_PKEY_derive_init(k) > 0 && EVP_PKEY_CTX_set_hkdf_md(k, md) > 0 &&
			EVP_PKEY_CTX_set1_hkdf_key(k, secret, (int)n) > 0 &&
			EVP_PKEY_CTX_add1_hkdf_info(k, shared, shared_len) > 0 &&
			EVP_PKEY_derive(k, kek, &kek_len) > 0);
	EVP_CIPHER_CTX_set_flags(w, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	CU_ASSERT_FATAL(EVP_EncryptInit_ex(w, EVP_aes_128_wrap(), NULL, kek, NULL) == 1 &&
			EVP_EncryptUpdate(w, wrapped, &len, cek, sizeof(cek)) == 1);
	/* RecipientEncryptedKey */
	agreed->id->type = AGREED_ISSUER_SERIAL;
	agreed->id->d.issuer_serial = DER_ISSUER_SERIAL_new();
	X509_NAME_set(&agreed->id->d.issuer_serial->issuer, X509_get_issuer_name(to->cert));
	ASN1_INTEGER_free(agreed->id->d.issuer_serial->serial);
	agreed->id->d.issuer_serial->serial = ASN1_INTEGER_dup(X509_get0_serialNumber(to->cert));
	ASN1_OCTET_STRING_set(agreed->key, wrapped, len);
	len = i2d_DER_AGREED_KEY(agreed, &der);
	CU_ASSERT_EQUAL_FATAL(der_push(a->keys, (struct span){ der, (size_t)len }), 0);
	OPENSSL_free(der);
	/* OriginatorPublicKey, [1] */
	EVP_PKEY_get_raw_public_key(mine, point, &point_len);
	X509_ALGOR_set0(sender->algorithm, OBJ_txt2obj("1.3.101.110", 1), V_ASN1_UNDEF, NULL);
	ASN1_BIT_STRING_set(sender->key, point, (int)point_len);
	sender->key->flags |= ASN1_STRING_FLAG_BITS_LEFT;
	der = NULL;
	len = i2d_DER_ORIGINATOR_KEY(sender, &der);
	der[0] = 0xa1;
	ASN1_TYPE_free(a->originator);
	a->originator = der_raw((struct span){ der, (size_t)len });
	OPENSSL_free(der);
	ASN1_item_pack(wrap, ASN1_ITEM_rptr(X509_ALGOR), &packed);
	X509_ALGOR_set0(a->algorithm, OBJ_txt2obj(scheme, 1), V_ASN1_SEQUENCE, packed);
	ASN1_INTEGER_set(a->version, 3);
	der = NULL;
	len = i2d_DER_AGREEMENT(a, &der);
	der[0] = 0xa1; /* RecipientInfo [1] */
	CU_ASSERT_EQUAL_FATAL(der_push(data->recipients, (struct span){ der, (size_t)len }), 0);
	OPENSSL_free(der);
	ASN1_OBJECT_free(data->encrypted->type);
	data->encrypted->type = OBJ_txt2obj(OID_DATA, 1);
	set_parameters(data->encrypted->algorithm, &h, nonce);
	encrypt_by_hand(&h, cek, nonce, data);
	der = NULL;
	len = i2d_DER_ENVELOPE(data, &der);
	ASN1_OBJECT_free(info->type);
	info->type = OBJ_txt2obj("1.2.840.113549.1.9.16.1.23", 1);
	info->content = der_raw((struct span){ der, (size_t)len });
	OPENSSL_free(der);
	der = NULL;
	len = i2d_DER_CONTENT(info, &der);
	CU_ASSERT_EQUAL_FATAL(buf_append(message, der, (size_t)len, NULL), 0);
	OPENSSL_free(der);
	OPENSSL_free(shared);
	DER_CONTENT_free(info);
	DER_ENVELOPE_free(data);
	DER_AGREEMENT_free(a);
	DER_AGREED_KEY_free(agreed);
	DER_ORIGINATOR_KEY_free(sender);
	X509_ALGOR_free(wrap);
	EVP_CIPHER_CTX_free(w);
	EVP_PKEY_CTX_free(c);
	EVP_PKEY_CTX_free(k);
	EVP_PKEY_free(mine);
}

static void
x25519_opens_with_hkdf(void)
{
	static const char *const schemes[] = { "1.2.840.113549.1.9.16.3.19",
		"1.2.840.113549.1.9.16.3.20", "1.2.840.113549.1.9.16.3.21" };
	const EVP_MD *const mds[] = { EVP_sha256(), EVP_sha384(), EVP_sha512() };
	EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
	EVP_PKEY *other = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
	X509 *cert =
	    test_cert(pkey, "x25519", pki_cert(PKI_INTERMEDIATE), pki_key(PKI_INTERMEDIATE)->pkey);
	const struct sign_key key = { .name = "x25519", .pkey = pkey, .cert = cert },
			      impostor = { .name = "x25519", .pkey = other, .cert = cert };
	struct buf message = BUF_INIT(0), out = BUF_INIT(0);
	size_t i;

	CU_ASSERT_PTR_NOT_NULL_FATAL(cert);
	for (i = 0; i < 3; i++) {
		struct error err = ERROR_INIT;

		message.len = out.len = 0;
		make_x25519(&message, &key, schemes[i], mds[i]);
		ASSERT_OK(envelope_try(&out, SPAN_OF(&message), &key, &err), &err);
		CU_ASSERT(span_equal(SPAN_OF(&out), plain()));
		CU_ASSERT_EQUAL(envelope_try(&out, SPAN_OF(&message), &impostor, &err), -1);
		CU_ASSERT_STRING_EQUAL(err.text, ENVELOPE_DOES_NOT_DECRYPT);
	}
	EVP_PKEY_free(pkey);
	EVP_PKEY_free(other);
	X509_free(cert);
	buf_release(&message);
	buf_release(&out);
}

/* ---- what is refused, and what nothing here can open ---- */

/* Put another identifier of the same length in the place of one. */
static void
change(struct buf *message, const char *what, const char *with, size_t len)
{
	unsigned char *at = memmem(message->data, message->len, what, len);

	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	memcpy(at, with, len);
}

static void
legacy_algorithms_are_refused_by_name(void)
{
	X509 *cert = one(PKI_RSA2048);
	const struct envelope_recipe des = { .cipher = EVP_des_ede3_cbc() };
	struct buf message = BUF_INIT(0), out = BUF_INIT(0);
	struct error err = ERROR_INIT;

	/* rsadsi 3.7 is 3DES, 3.2 RC2 */
	envelope_make(&message, plain(), &cert, 1, &des);
	change(&message, "\x2a\x86\x48\x86\xf7\x0d\x03\x07", "\x2a\x86\x48\x86\xf7\x0d\x03\x02", 8);
	CU_ASSERT_EQUAL(envelope_try(&out, SPAN_OF(&message), pki_key(PKI_RSA2048), &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNSUPPORTED);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "RC2, which is broken"));
	buf_release(&message);
	buf_release(&out);
}

/* For a symmetric key from elsewhere (KEKRecipientInfo), and by a key encapsulation (RFC 9629). */
static void
what_no_key_of_ours_opens_is_told_and_stays_closed(void)
{
	static const unsigned char id[] = { 0xca, 0xfe };
	static const unsigned char kem[] = { 0xa4, 0x11, 0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7,
		0x0d, 0x01, 0x09, 0x10, 0x0d, 0x03, 0x30, 0x02, 0x05, 0x00 };
	CMS_ContentInfo *cms = CMS_EnvelopedData_create(EVP_aes_128_cbc());
	BIO *in = BIO_new_mem_buf(text, -1);
	struct buf message = BUF_INIT(0), out = BUF_INIT(0);
	struct envelope e = { 0 };
	struct error err = ERROR_INIT;
	DER_CONTENT *info;
	DER_ENVELOPE *data;
	unsigned char *der = NULL;
	char words[300];
	int len;

	CU_ASSERT_PTR_NOT_NULL_FATAL(CMS_add0_recipient_key(cms, NID_id_aes128_wrap,
	    OPENSSL_zalloc(16), 16, OPENSSL_memdup(id, sizeof(id)), sizeof(id), NULL, NULL, NULL));
	CU_ASSERT_FATAL(CMS_set_detached(cms, 0) == 1 && CMS_final(cms, in, NULL, CMS_BINARY) == 1);
	len = i2d_CMS_ContentInfo(cms, &der);
	info = DER_DECODE(DER_CONTENT, ((struct span){ der, (size_t)len }));
	OPENSSL_free(der);
	data = DER_DECODE(DER_ENVELOPE, der_raw_span(info->content));
	CU_ASSERT_EQUAL_FATAL(der_push(data->recipients, (struct span){ kem, sizeof(kem) }), 0);
	der = NULL;
	len = i2d_DER_ENVELOPE(data, &der);
	ASN1_TYPE_free(info->content);
	info->content = der_raw((struct span){ der, (size_t)len });
	OPENSSL_free(der);
	der = NULL;
	len = i2d_DER_CONTENT(info, &der);
	CU_ASSERT_EQUAL_FATAL(buf_append(&message, der, (size_t)len, NULL), 0);
	OPENSSL_free(der);
	ASSERT_OK(envelope_read(&e, SPAN_OF(&message), &err), &err);
	CU_ASSERT_EQUAL_FATAL(e.recipient_count, 2);
	CU_ASSERT_EQUAL(e.recipients[0].kind, ENVELOPE_KEK);
	CU_ASSERT_STRING_EQUAL(envelope_recipient_text(&e.recipients[0], words, sizeof(words)),
	    "a symmetric key agreed upon elsewhere, cafe");
	CU_ASSERT_EQUAL(e.recipients[1].kind, ENVELOPE_OTHER);
	CU_ASSERT(!envelope_is_for(&e, one(PKI_RSA2048)));
	envelope_release(&e);
	CU_ASSERT_EQUAL(envelope_try(&out, SPAN_OF(&message), pki_key(PKI_RSA2048), &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
	CMS_ContentInfo_free(cms);
	BIO_free(in);
	DER_ENVELOPE_free(data);
	DER_CONTENT_free(info);
	buf_release(&message);
	buf_release(&out);
}

/* Of two recipients that are our keys the first one's encrypted key is damaged. */
static void
where_one_recipient_is_damaged_the_next_opens_it(void)
{
	X509 *certs[] = { one(PKI_RSA2048), one(PKI_P256) };
	const enum pki_id ids[] = { PKI_RSA2048, PKI_P256 };
	const struct envelope_recipe recipe = { .cipher = EVP_aes_256_gcm() };
	struct buf message = BUF_INIT(0), out = BUF_INIT(0);
	struct error err = ERROR_INIT;
	unsigned char *at;
	size_t i, len;

	for (i = 0; i < 2; i++) {
		struct envelope e = { 0 };

		out.len = message.len = 0;
		error_clear(&err);
		envelope_make(&message, plain(), certs, 2, &recipe);
		ASSERT_OK(envelope_try(&out, SPAN_OF(&message), pki_key(ids[i]), &err), &err);
		CU_ASSERT(span_equal(SPAN_OF(&out), plain()));
		ASSERT_OK(envelope_read(&e, SPAN_OF(&message), &err), &err);
		CU_ASSERT_EQUAL(e.recipient_count, 2);
		envelope_release(&e);
	}
	/* The same key twice, once damaged. */
	certs[1] = certs[0];
	message.len = out.len = 0;
	envelope_make(&message, plain(), certs, 2, &recipe);
	at = encrypted_key(&message, &len);
	at[len - 1] ^= 1;
	ASSERT_OK(envelope_try(&out, SPAN_OF(&message), pki_key(PKI_RSA2048), &err), &err);
	CU_ASSERT(span_equal(SPAN_OF(&out), plain()));
	buf_release(&message);
	buf_release(&out);
}

/* ---- limits ---- */

static void
a_thousand_recipients_are_read_and_one_more_is_too_many(void)
{
	X509 *certs[1001];
	struct buf message = BUF_INIT(0), out = BUF_INIT(0);
	struct envelope e = { 0 };
	struct error err = ERROR_INIT;
	size_t i;

	for (i = 0; i < 1001; i++)
		certs[i] = one(PKI_RSA3072);
	certs[500] = one(PKI_RSA2048);
	envelope_make(&message, plain(), certs, 1000, NULL);
	ASSERT_OK(envelope_read(&e, SPAN_OF(&message), &err), &err);
	CU_ASSERT_EQUAL(e.recipient_count, 1000);
	envelope_release(&e);
	ASSERT_OK(envelope_try(&out, SPAN_OF(&message), pki_key(PKI_RSA2048), &err), &err);
	message.len = 0;
	envelope_make(&message, plain(), certs, 1001, NULL);
	CU_ASSERT_EQUAL(envelope_read(&e, SPAN_OF(&message), &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_LIMIT);
	CU_ASSERT_STRING_EQUAL(err.limit, "envelope-recipients");
	envelope_release(&e);
	buf_release(&message);
	buf_release(&out);
}

/* One key named a hundred times, each time with a key that does not fit, is tried a few times. */
static int asked;

static int
count_asks(void *ctx, const struct envelope_transport *how, struct span encrypted,
    unsigned char *out, size_t len, struct error *err)
{
	(void)ctx;
	(void)how;
	(void)encrypted;
	(void)err;
	asked++;
	memset(out, 0, len);
	return 0;
}

static void
a_key_that_is_named_often_is_tried_a_few_times(void)
{
	const struct envelope_key key = { one(PKI_RSA2048), count_asks, NULL, NULL };
	X509 *certs[100];
	struct buf message = BUF_INIT(0), out = BUF_INIT(0);
	struct envelope e = { 0 };
	struct error err = ERROR_INIT;
	size_t i;

	for (i = 0; i < 100; i++)
		certs[i] = one(PKI_RSA2048);
	envelope_make(&message, plain(), certs, 100,
	    &(struct envelope_recipe){ .cipher = EVP_aes_128_gcm() });
	ASSERT_OK(envelope_read(&e, SPAN_OF(&message), &err), &err);
	asked = 0;
	CU_ASSERT_EQUAL(envelope_open(&e, &key, &out, &err), -1);
	CU_ASSERT_EQUAL(asked, ENVELOPE_TRIES_MAX);
	envelope_release(&e);
	buf_release(&message);
	buf_release(&out);
}

/* By what stands in clear: recipients that are the key, rounds, size and kind of the content. */
static void
what_opening_may_take_is_known_before(void)
{
	const struct envelope_recipe recipe = { .password = "geheim", .rounds = 123456 };
	const struct envelope_recipe triple = { .cipher = EVP_des_ede3_cbc() };
	struct buf message = BUF_INIT(0), large = BUF_INIT(0);
	struct envelope e = { 0 };
	struct error err = ERROR_INIT;
	X509 *certs[12];
	uint64_t aes;
	size_t i;

	CU_ASSERT_PTR_NOT_NULL_FATAL(buf_reserve(&large, 1 << 20, NULL));
	memset(large.data, 'x', 1 << 20);
	large.len = 1 << 20;
	for (i = 0; i < 12; i++)
		certs[i] = one(i < 9 ? PKI_RSA2048 : PKI_RSA3072);
	envelope_make(&message, SPAN_OF(&large), certs, 12, &recipe);
	ASSERT_OK(envelope_read(&e, SPAN_OF(&message), &err), &err);
	aes = e.work;
	CU_ASSERT(e.size > large.len && e.size <= large.len + 16);
	CU_ASSERT(aes > ENVELOPE_TRY_WORK);
	CU_ASSERT_EQUAL(envelope_is_for(&e, one(PKI_RSA2048)), 9);
	CU_ASSERT_EQUAL(envelope_work(&e, one(PKI_RSA2048)), ENVELOPE_TRIES_MAX * aes);
	CU_ASSERT_EQUAL(envelope_work(&e, one(PKI_RSA3072)), 3 * aes);
	CU_ASSERT_EQUAL(envelope_work(&e, one(PKI_P256)), 0);
	CU_ASSERT_EQUAL(envelope_work(&e, NULL), aes + 123456);
	envelope_release(&e);
	message.len = 0;
	envelope_make(&message, SPAN_OF(&large), certs, 1, &triple);
	ASSERT_OK(envelope_read(&e, SPAN_OF(&message), &err), &err);
	CU_ASSERT(e.work > 4 * aes);
	CU_ASSERT_EQUAL(envelope_work(&e, NULL), 0);
	envelope_release(&e);
	buf_release(&message);
	buf_release(&large);
}

static void
a_content_larger_than_its_buffer_is_refused(void)
{
	X509 *cert = one(PKI_P256);
	struct buf message = BUF_INIT(0), out = BUF_INIT(16);
	struct error err = ERROR_INIT;

	envelope_make(&message, plain(), &cert, 1, NULL);
	CU_ASSERT_EQUAL(envelope_try(&out, SPAN_OF(&message), pki_key(PKI_P256), &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_TOO_LARGE);
	CU_ASSERT_EQUAL(out.len, 0);
	buf_release(&message);
	buf_release(&out);
}

static void
what_nothing_here_knows_is_named(void)
{
	X509 *cert = one(PKI_RSA2048);
	/* id-aes256-CBC made id-aes256-ECB, which nobody may use */
	static const unsigned char cbc[] = { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2a };
	struct buf message = BUF_INIT(0), out = BUF_INIT(0);
	struct envelope e = { 0 };
	struct error err = ERROR_INIT;
	unsigned char *at;

	envelope_make(&message, plain(), &cert, 1, NULL);
	at = memmem(message.data, message.len, cbc, sizeof(cbc));
	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	at[8] = 0x29;
	ASSERT_OK(envelope_read(&e, SPAN_OF(&message), &err), &err);
	CU_ASSERT_STRING_EQUAL(e.algorithm, "2.16.840.1.101.3.4.1.41");
	envelope_release(&e);
	CU_ASSERT_EQUAL(envelope_try(&out, SPAN_OF(&message), pki_key(PKI_RSA2048), &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNSUPPORTED);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "2.16.840.1.101.3.4.1.41"));
	CU_ASSERT(!envelope_is(span_str("%PDF-1.7")));
	CU_ASSERT(!envelope_is(span_str("")));
	buf_release(&message);
	buf_release(&out);
}

static const struct test tests[] = { TEST(rsa_opens_by_pkcs1_and_by_oaep_with_every_digest),
	TEST(ecdh_opens_on_every_curve_with_every_digest_and_wrap),
	TEST(every_content_cipher_opens), TEST(it_says_for_whom_it_is_and_how_it_is_encrypted),
	TEST(a_password_opens_it_and_another_does_not), TEST(for_another_key_it_stays_closed),
	TEST(of_what_authenticates_no_byte_can_be_changed_unseen),
	TEST(a_cut_message_does_not_open), TEST(valid_and_invalid_padding_get_the_same_answer),
	TEST(ccm_and_chacha_open_with_and_without_attributes), TEST(short_tags_are_refused),
	TEST(a_signed_data_without_its_content_info_gets_it_back),
	TEST(a_thousand_recipients_are_read_and_one_more_is_too_many),
	TEST(a_key_that_is_named_often_is_tried_a_few_times),
	TEST(what_opening_may_take_is_known_before),
	TEST(a_content_larger_than_its_buffer_is_refused), TEST(what_nothing_here_knows_is_named),
	TEST(a_sender_may_agree_by_his_certificate), TEST(x25519_opens_with_hkdf),
	TEST(legacy_algorithms_are_refused_by_name),
	TEST(where_one_recipient_is_damaged_the_next_opens_it),
	TEST(what_no_key_of_ours_opens_is_told_and_stays_closed), TEST_END };
const struct suite suite_signing_format_envelope_open = { "signing/format/envelope/open", NULL,
	NULL, tests };
