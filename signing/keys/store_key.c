/* A key of the directory store: from the bytes of its files to a key that can be used. */
#include "signing/keys/store_dir.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "signing/core/ossl.h"

#define RSA_BITS_MAX  8192
#define CERTS_MAX     16
#define HEAP_HEADROOM 32768 /* protected memory that stays free, for reading and for signing */

int
dir_key_fail(struct dir_key *key, const char *fmt, ...)
{
	va_list ap;

	ERR_clear_error();
	if (key->reason[0] != '\0')
		return -1;
	va_start(ap, fmt);
	vsnprintf(key->reason, sizeof(key->reason), fmt, ap);
	va_end(ap);
	return -1;
}

/* ---- what the file holds ---- */

struct contents {
	EVP_PKEY *pkey;
	STACK_OF(X509) * certs; /* as they come */
};

static int
read_pkcs12(struct dir_key *key, struct contents *c)
{
	const unsigned char *p = key->file.data;
	PKCS12 *p12 = d2i_PKCS12(NULL, &p, (long)key->file.len);
	X509 *cert = NULL;
	unsigned long code;
	int rc = -1;

	if (p12 == NULL || p != key->file.data + key->file.len) {
		dir_key_fail(key, "its file is damaged or not PKCS#12");
		goto done;
	}
	if (PKCS12_parse(p12, key->pass, &c->pkey, &cert, &c->certs) != 1) {
		code = ERR_peek_last_error();
		if (ERR_GET_LIB(code) == ERR_LIB_PKCS12 &&
		    ERR_GET_REASON(code) == PKCS12_R_MAC_VERIFY_FAILURE)
			dir_key_fail(
			    key, key->pass != NULL
				     ? "the passphrase does not fit its file"
				     : "its file needs a passphrase, and there is no .pass file");
		else
			dir_key_fail(key, "its PKCS#12 file cannot be read: %s",
			    ERR_reason_error_string(code) != NULL ? ERR_reason_error_string(code)
								  : "unknown reason");
		goto done;
	}
	if (cert != NULL) {
		if (c->certs == NULL)
			c->certs = sk_X509_new_null();
		if (c->certs == NULL || sk_X509_unshift(c->certs, cert) <= 0) {
			dir_key_fail(key, "out of memory");
			goto done;
		}
		cert = NULL;
	}
	rc = 0;
done:
	X509_free(cert);
	PKCS12_free(p12);
	return rc;
}

struct pass_asked {
	const char *pass;
	int asked;
};

/* OpenSSL asks for the passphrase; without this it would ask on the terminal. */
static int
give_pass(char *out, int size, int for_writing, void *arg)
{
	struct pass_asked *p = arg;
	size_t len = p->pass != NULL ? strlen(p->pass) : 0;

	(void)for_writing;
	p->asked = 1;
	if (p->pass == NULL || len > (size_t)size)
		return -1;
	memcpy(out, p->pass, len);
	return (int)len;
}

static int
read_pem_certs(struct dir_key *key, struct contents *c, BIO *bio)
{
	X509 *cert;

	c->certs = sk_X509_new_null();
	while (c->certs != NULL && (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL)
		if (sk_X509_push(c->certs, cert) <= 0) {
			X509_free(cert);
			return dir_key_fail(key, "out of memory");
		}
	if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		return dir_key_fail(key, "a certificate in its PEM file is damaged");
	ERR_clear_error();
	return 0;
}

static int
read_pem(struct dir_key *key, struct contents *c)
{
	struct pass_asked pass = { key->pass, 0 };
	BIO *bio = BIO_new_mem_buf(key->file.data, (int)key->file.len);
	int rc = -1;

	if (bio == NULL) {
		dir_key_fail(key, "out of memory");
		goto done;
	}
	c->pkey = PEM_read_bio_PrivateKey(bio, NULL, give_pass, &pass);
	if (c->pkey == NULL) {
		dir_key_fail(key, "%s",
		    !pass.asked		? "its PEM file is damaged or holds no private key"
		    : pass.pass == NULL ? "its file needs a passphrase, and there is no .pass file"
					: "the passphrase does not fit its file");
		goto done;
	}
	if (BIO_reset(bio) < 0) {
		dir_key_fail(key, "its PEM file cannot be read");
		goto done;
	}
	rc = read_pem_certs(key, c, bio);
done:
	BIO_free(bio);
	return rc;
}

/* ---- what of it is used ---- */

static X509 *
find_issuer(STACK_OF(X509) * certs, X509 *cert)
{
	int i;

	for (i = 0; i < sk_X509_num(certs); i++)
		if (X509_check_issued(sk_X509_value(certs, i), cert) == X509_V_OK)
			return sk_X509_value(certs, i);
	return NULL;
}

/* The key's certificate and its issuers in order, as far as the file holds them. */
static int
sort_certs(struct dir_key *key, const struct contents *c)
{
	struct error err = ERROR_INIT;
	X509 *cert = NULL, *next;
	int i, n = c->certs != NULL ? sk_X509_num(c->certs) : 0;

	for (i = 0; i < n && cert == NULL; i++)
		if (EVP_PKEY_eq(X509_get0_pubkey(sk_X509_value(c->certs, i)), c->pkey) == 1)
			cert = sk_X509_value(c->certs, i);
	if (n > 0 && cert == NULL)
		return dir_key_fail(key, "no certificate in its file belongs to the key");
	key->certified = key_usage_of_certificate(cert);
	for (i = 0; cert != NULL && i < CERTS_MAX; i++, cert = next) {
		if (OSSL_APPEND_DER(X509, cert, &key->certs, &err) != 0)
			return dir_key_fail(
			    key, "its certificates take more than %zu bytes", KEYS_CERTS_MAX);
		next = find_issuer(c->certs, cert);
		if (next == cert)
			next = NULL;
	}
	ERR_clear_error();
	return 0;
}

static int
check_type(struct dir_key *key, EVP_PKEY *pkey)
{
	if (!EVP_PKEY_is_a(pkey, "RSA") && !EVP_PKEY_is_a(pkey, "EC") &&
	    !EVP_PKEY_is_a(pkey, "X25519"))
		return dir_key_fail(key,
		    "keys of type %s are not supported, only RSA, EC and, for decrypting, X25519",
		    EVP_PKEY_get0_type_name(pkey));
	if (EVP_PKEY_is_a(pkey, "RSA") && EVP_PKEY_get_bits(pkey) > RSA_BITS_MAX)
		return dir_key_fail(
		    key, "RSA keys of more than %d bits are not supported", RSA_BITS_MAX);
	return 0;
}

/* When protected memory runs out, OpenSSL's own words mislead ("unsupported"). */
int
dir_check_heap(struct error *err)
{
	void *probe;

	if (!CRYPTO_secure_malloc_initialized())
		return 0;
	probe = OPENSSL_secure_malloc(HEAP_HEADROOM);
	if (probe == NULL)
		return error_set(err, ERROR_UNAVAILABLE, "the protected memory for keys is full");
	OPENSSL_secure_free(probe);
	return 0;
}

/* The file's word counts; what the certificate does not allow is remarked. */
static void
settle_usage(struct dir_key *key)
{
	char file[KEY_USAGE_WORDS_SIZE], cert[KEY_USAGE_WORDS_SIZE];

	key->by_certificate = key->usage == 0;
	if (key->by_certificate)
		key->usage = key->certified;
	else if ((key->usage & ~key->certified) != 0)
		snprintf(key->remark, sizeof(key->remark),
		    "its .usage file says %s, but its certificate's keyUsage allows %s",
		    key_usage_words(key->usage, file),
		    key->certified != 0 ? key_usage_words(key->certified, cert) : "nothing");
}

static void
parse(struct dir_key *key)
{
	struct error err = ERROR_INIT;
	struct contents c = { NULL, NULL };

	ERR_clear_error();
	if (dir_check_heap(&err) != 0) {
		dir_key_fail(key, "%s", err.text);
		goto done;
	}
	if ((key->format == KEY_FILE_PKCS12 ? read_pkcs12 : read_pem)(key, &c) != 0)
		goto done;
	if (c.pkey == NULL) {
		dir_key_fail(key, "its file holds no private key");
		goto done;
	}
	if (check_type(key, c.pkey) != 0 || sort_certs(key, &c) != 0)
		goto done;
	if (OSSL_APPEND_DER(PUBKEY, c.pkey, &key->public_key, &err) != 0) {
		dir_key_fail(key, "its public key cannot be encoded");
		goto done;
	}
	if (EVP_PKEY_is_a(c.pkey, "RSA") && pkcs1_reject_secret(key->reject, c.pkey) != 0) {
		dir_key_fail(key, "it lacks its private exponent");
		goto done;
	}
	settle_usage(key);
	key->pkey = c.pkey;
	c.pkey = NULL;
done:
	if (key->pkey == NULL)
		buf_release(&key->certs);
	sk_X509_pop_free(c.certs, X509_free);
	EVP_PKEY_free(c.pkey);
}

static void
forget_files(struct dir_key *key)
{
	buf_wipe(&key->file);
	if (key->pass != NULL)
		OPENSSL_secure_clear_free(key->pass, strlen(key->pass) + 1);
	key->pass = NULL;
}

void
dir_key_load(struct dir_key *key)
{
	if (atomic_load_explicit(&key->read, memory_order_acquire))
		return;
	pthread_mutex_lock(&key->lock);
	if (!atomic_load_explicit(&key->read, memory_order_relaxed)) {
		parse(key);
		forget_files(key);
		atomic_store_explicit(&key->read, 1, memory_order_release);
	}
	pthread_mutex_unlock(&key->lock);
}

EVP_PKEY *
dir_key_pkey(struct dir_key *key, struct error *err)
{
	dir_key_load(key);
	if (key->pkey == NULL)
		error_set(err, ERROR_UNAVAILABLE, "the key \"%s\" cannot be used: %s", key->name,
		    key->reason);
	return key->pkey;
}

EVP_PKEY *
dir_key_for(struct dir_key *key, unsigned int usage, struct error *err)
{
	EVP_PKEY *pkey = dir_key_pkey(key, err);

	if (pkey == NULL || (key->usage & usage) != 0)
		return pkey;
	error_set(err, ERROR_UNSUPPORTED, "the key \"%s\" may not %s: its %s so", key->name,
	    usage == KEY_USAGE_DECRYPT		 ? "decrypt"
	    : (usage & KEY_USAGE_TIMESTAMP) != 0 ? "sign time stamps"
						 : "sign",
	    key->by_certificate ? "certificate's keyUsage says" : ".usage file says");
	return NULL;
}

void
dir_key_release(struct dir_key *key)
{
	forget_files(key);
	explicit_bzero(key->reject, sizeof(key->reject));
	EVP_PKEY_free(key->pkey);
	buf_release(&key->public_key);
	buf_release(&key->certs);
	pthread_mutex_destroy(&key->lock);
}
