#include "tui/model/prover.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <string.h>

#include "tui/model/card.h"

#define FILE_MAX ((size_t)1 << 20)

static int
pass(char *out, int size, int writing, void *passphrase)
{
	const size_t n = passphrase != NULL ? strlen(passphrase) : 0;

	(void)writing;
	if (passphrase == NULL || n > (size_t)size)
		return -1;
	memcpy(out, passphrase, n);
	return (int)n;
}

static X509 *
pem_certificate(struct span text)
{
	BIO *in = BIO_new_mem_buf(text.data, (int)text.len);
	X509 *cert = in != NULL ? PEM_read_bio_X509(in, NULL, NULL, NULL) : NULL;

	BIO_free(in);
	return cert;
}

static EVP_PKEY *
pem_key(struct span text, const char *passphrase)
{
	BIO *in = BIO_new_mem_buf(text.data, (int)text.len);
	EVP_PKEY *key = in != NULL
			    ? PEM_read_bio_PrivateKey(in, NULL, pass, (void *)(uintptr_t)passphrase)
			    : NULL;

	BIO_free(in);
	return key;
}

static int
read_pkcs12(
    struct prover *p, PKCS12 *p12, const char *file, const char *passphrase, struct error *err)
{
	if (PKCS12_parse(p12, passphrase != NULL ? passphrase : "", &p->key, &p->cert, NULL) != 1)
		return error_set(
		    err, ERROR_NOT_AUTHENTICATED, "the passphrase does not open %s", file);
	return 0;
}

static int
read_pem(struct prover *p, struct span text, const char *file, const char *key_file,
    const char *passphrase, struct error *err)
{
	struct buf other = BUF_INIT(FILE_MAX);
	int rc = 0;

	p->cert = pem_certificate(text);
	if (p->cert == NULL)
		return error_set(
		    err, ERROR_MALFORMED, "%s is neither PKCS#12 nor a certificate in PEM", file);
	if (key_file != NULL)
		rc = buf_read_file(&other, key_file, err);
	if (rc == 0) {
		p->key = pem_key(key_file != NULL ? SPAN_OF(&other) : text, passphrase);
		if (p->key == NULL)
			rc = error_set(err, ERROR_NOT_FOUND,
			    "there is no private key in %s, or the passphrase does not open it",
			    key_file != NULL ? key_file : file);
	}
	buf_wipe(&other);
	return rc;
}

static int
check_pair(struct prover *p, struct error *err)
{
	unsigned char *der = NULL;
	int n, rc = -1;

	if (p->cert == NULL || (p->key == NULL && p->card == NULL))
		error_set(err, ERROR_NOT_FOUND, "a certificate with its private key is needed");
	else if (p->key != NULL && X509_check_private_key(p->cert, p->key) != 1)
		error_set(err, ERROR_MALFORMED, "the private key is not the certificate's");
	else if ((n = i2d_X509(p->cert, &der)) > 0)
		rc = buf_append(&p->der, der, (size_t)n, err);
	else
		error_memory(err);
	OPENSSL_free(der);
	ERR_clear_error();
	return rc;
}

int
prover_open_file(struct prover *p, const char *file, const char *key_file, const char *passphrase,
    struct error *err)
{
	struct buf content = BUF_INIT(FILE_MAX);
	const unsigned char *at;
	PKCS12 *p12 = NULL;
	int rc = -1;

	memset(p, 0, sizeof(*p));
	buf_init(&p->der, FILE_MAX);
	if (buf_read_file(&content, file, err) != 0)
		goto done;
	at = content.data;
	p12 = d2i_PKCS12(NULL, &at, (long)content.len);
	rc = p12 != NULL ? read_pkcs12(p, p12, file, passphrase, err)
			 : read_pem(p, SPAN_OF(&content), file, key_file, passphrase, err);
	if (rc == 0)
		rc = check_pair(p, err);
done:
	PKCS12_free(p12);
	ERR_clear_error();
	buf_wipe(&content);
	if (rc != 0)
		prover_close(p);
	return rc;
}

int
prover_open_card(struct prover *p, const struct card_choice *choice, struct error *err)
{
	memset(p, 0, sizeof(*p));
	buf_init(&p->der, FILE_MAX);
	if (card_open(&p->card, &p->cert, choice, err) == 0 && check_pair(p, err) == 0)
		return 0;
	prover_close(p);
	return -1;
}

void
prover_close(struct prover *p)
{
	X509_free(p->cert);
	EVP_PKEY_free(p->key);
	card_close(p->card);
	buf_release(&p->der);
	memset(p, 0, sizeof(*p));
}

int
prover_sign(struct prover *p, struct span bytes, struct buf *signature, struct error *err)
{
	EVP_MD_CTX *ctx;
	unsigned char *at;
	size_t len = 0;
	int has_digest, rc = -1;

	if (p->card != NULL)
		return card_sign(p->card, bytes, signature, err);
	has_digest = !EVP_PKEY_is_a(p->key, "ED25519") && !EVP_PKEY_is_a(p->key, "ED448");
	ctx = EVP_MD_CTX_new();
	if (ctx != NULL &&
	    EVP_DigestSignInit(ctx, NULL, has_digest ? EVP_sha256() : NULL, NULL, p->key) == 1 &&
	    EVP_DigestSign(ctx, NULL, &len, bytes.data, bytes.len) == 1 &&
	    (at = buf_reserve(signature, len, err)) != NULL &&
	    EVP_DigestSign(ctx, at, &len, bytes.data, bytes.len) == 1) {
		signature->len += len;
		rc = 0;
	} else
		error_set(err, ERROR_UNSUPPORTED, "the key does not sign");
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return rc;
}
