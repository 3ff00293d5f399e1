#include "signing/format/pdf/crypt.h"

#include <string.h>

#include <openssl/evp.h>
#include <openssl/rand.h>

#include "signing/core/ossl.h"

#define IV_SIZE 16

void
pdf_rc4(const unsigned char *key, size_t key_len, unsigned char *data, size_t len)
{
	unsigned char s[256], swap;
	unsigned int i, j = 0;
	size_t n;

	for (i = 0; i < 256; i++)
		s[i] = (unsigned char)i;
	for (i = 0; i < 256; i++) {
		j = (j + s[i] + key[i % key_len]) & 0xff;
		swap = s[i];
		s[i] = s[j];
		s[j] = swap;
	}
	for (i = j = 0, n = 0; n < len; n++) {
		i = (i + 1) & 0xff;
		j = (j + s[i]) & 0xff;
		swap = s[i];
		s[i] = s[j];
		s[j] = swap;
		data[n] ^= s[(s[i] + s[j]) & 0xff];
	}
	explicit_bzero(s, sizeof(s));
}

/* Clause 7.6.3.2 algorithm 1: the key of one object, for RC4 and AES-128. */
static int
object_key(const struct pdf_shim *file, enum pdf_cipher cipher, uint32_t number,
    uint32_t generation, unsigned char key[16], size_t *key_len, struct error *err)
{
	unsigned char seed[sizeof(file->key) + 9], digest[EVP_MAX_MD_SIZE];
	size_t n = file->key_len;

	memcpy(seed, file->key, n);
	seed[n++] = (unsigned char)number;
	seed[n++] = (unsigned char)(number >> 8);
	seed[n++] = (unsigned char)(number >> 16);
	seed[n++] = (unsigned char)generation;
	seed[n++] = (unsigned char)(generation >> 8);
	if (cipher == PDF_CIPHER_AES128) {
		memcpy(seed + n, "sAlT", 4);
		n += 4;
	}
	if (EVP_Digest(seed, n, digest, NULL, EVP_md5(), NULL) != 1)
		return error_openssl(err, "the key of an encrypted object could not be made");
	*key_len = file->key_len + 5 < 16 ? file->key_len + 5 : 16;
	memcpy(key, digest, 16);
	explicit_bzero(seed, sizeof(seed));
	return 0;
}

static int
aes(const EVP_CIPHER *cipher, const unsigned char *key, struct span plain, struct buf *out,
    struct error *err)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	unsigned char *at = buf_reserve(out, IV_SIZE + plain.len + IV_SIZE, err);
	int len = 0, last = 0, rc = -1;

	if (at == NULL)
		goto done;
	if (plain.len > INT32_MAX - 2 * IV_SIZE) {
		error_set(err, ERROR_TOO_LARGE, "a stream of the PDF is too large to encrypt");
		goto done;
	}
	if (ctx == NULL || RAND_bytes(at, IV_SIZE) != 1 ||
	    EVP_EncryptInit_ex(ctx, cipher, NULL, key, at) != 1 ||
	    EVP_EncryptUpdate(ctx, at + IV_SIZE, &len, plain.data, (int)plain.len) != 1 ||
	    EVP_EncryptFinal_ex(ctx, at + IV_SIZE + len, &last) != 1) {
		error_openssl(err, "an object could not be encrypted");
		goto done;
	}
	out->len += IV_SIZE + (size_t)len + (size_t)last;
	rc = 0;
done:
	EVP_CIPHER_CTX_free(ctx);
	return rc;
}

int
pdf_encrypt(const struct pdf_shim *file, enum pdf_cipher cipher, uint32_t number,
    uint32_t generation, struct span plain, struct buf *out, struct error *err)
{
	unsigned char key[16];
	size_t key_len = 0, at = out->len;
	int rc = -1;

	if (plain.data == NULL)
		plain.data = (const unsigned char *)"";
	if (cipher == PDF_CIPHER_NONE)
		return buf_append_span(out, plain, err);
	if (cipher == PDF_CIPHER_AES256) {
		if (file->key_len != 32)
			return error_set(
			    err, ERROR_UNSUPPORTED, "the PDF's encryption key is not of its kind");
		return aes(EVP_aes_256_cbc(), file->key, plain, out, err);
	}
	if (object_key(file, cipher, number, generation, key, &key_len, err) != 0)
		return -1;
	if (cipher == PDF_CIPHER_AES128) {
		if (key_len == 16)
			rc = aes(EVP_aes_128_cbc(), key, plain, out, err);
		else
			error_set(
			    err, ERROR_UNSUPPORTED, "the PDF's encryption key is not of its kind");
	} else if (buf_append_span(out, plain, err) == 0) {
		pdf_rc4(key, key_len, out->data + at, plain.len);
		rc = 0;
	}
	explicit_bzero(key, sizeof(key));
	return rc;
}

static int
blocks_of(const EVP_CIPHER *cipher, const unsigned char *key, const unsigned char *chained,
    struct span blocks, struct buf *out, struct error *err)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	unsigned char *at = buf_reserve(out, blocks.len + IV_SIZE, err);
	int len = 0, rc = -1;

	if (at == NULL)
		goto done;
	if (blocks.len > INT32_MAX - IV_SIZE) {
		error_set(err, ERROR_TOO_LARGE, "a string of the PDF is too large to decrypt");
		goto done;
	}
	if (ctx == NULL || EVP_DecryptInit_ex(ctx, cipher, NULL, key, chained) != 1 ||
	    EVP_CIPHER_CTX_set_padding(ctx, 0) != 1 ||
	    EVP_DecryptUpdate(ctx, at, &len, blocks.data, (int)blocks.len) != 1 ||
	    (size_t)len != blocks.len) {
		error_openssl(err, "a string could not be decrypted");
		goto done;
	}
	out->len += blocks.len;
	rc = 0;
done:
	EVP_CIPHER_CTX_free(ctx);
	return rc;
}

int
pdf_decrypt_blocks(const struct pdf_shim *file, enum pdf_cipher cipher, uint32_t number,
    uint32_t generation, const unsigned char chained[IV_SIZE], struct span blocks, struct buf *out,
    struct error *err)
{
	unsigned char key[16];
	size_t key_len = 0;
	int rc;

	if (cipher == PDF_CIPHER_AES256 && file->key_len == 32)
		return blocks_of(EVP_aes_256_cbc(), file->key, chained, blocks, out, err);
	if (cipher != PDF_CIPHER_AES128 ||
	    object_key(file, cipher, number, generation, key, &key_len, err) != 0)
		return error_set(
		    err, ERROR_UNSUPPORTED, "the PDF's encryption key is not of its kind");
	rc = blocks_of(EVP_aes_128_cbc(), key, chained, blocks, out, err);
	explicit_bzero(key, sizeof(key));
	return rc;
}
