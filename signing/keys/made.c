#include "signing/keys/made.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/base/text.h"
#include "signing/core/ossl.h"
#include "signing/keys/maker.h"
#include "signing/keys/request.h"
#include "signing/keys/rounds.h"

#define WRAPPING_FILE "wrapping.key"
#define WRAPPING_SIZE 32 /* AES-256 */
#define WRAPPING_HEX  (2 * WRAPPING_SIZE)
#define IV_SIZE	      12
#define TAG_SIZE      16
#define SLOTS	      (2 * KEYS_LOADED_MAX) /* a power of two */

/* A wrapped key: magic, what it is for, which wrapping key, IV, ciphertext, tag. */
static const unsigned char magic[4] = { 'S', 'G', 'W', '1' };
#define HEAD_SIZE (sizeof(magic) + 1 + MADE_ID_SIZE)

struct made_keys {
	unsigned char *wrapping; /* in protected memory */
	unsigned char id[MADE_ID_SIZE];
	char problem[KEY_REASON_SIZE]; /* why there is no wrapping key; "" */
	pthread_mutex_t loading;
	atomic_uint slots[SLOTS]; /* 1 + place in `keys`, by the name's hash */
	atomic_size_t count;
	struct dir_key keys[KEYS_LOADED_MAX];
};

/* ---- the wrapping key ---- */

/* Beside it first: it is there as a whole or not at all, and another process may be as far. */
static int
make_wrapping_file(int dir)
{
	unsigned char key[WRAPPING_SIZE];
	char hex[WRAPPING_HEX + 2], name[64];
	int fd, rc = -1;

	snprintf(name, sizeof(name), ".%s.%ld", WRAPPING_FILE, (long)getpid());
	if (RAND_priv_bytes(key, sizeof(key)) != 1)
		return -1;
	text_hex(hex, key, sizeof(key));
	OPENSSL_cleanse(key, sizeof(key));
	hex[WRAPPING_HEX] = '\n';
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd >= 0) {
		if (write(fd, hex, WRAPPING_HEX + 1) == WRAPPING_HEX + 1 && fsync(fd) == 0 &&
		    (linkat(dir, name, dir, WRAPPING_FILE, 0) == 0 || errno == EEXIST) &&
		    fsync(dir) == 0)
			rc = 0;
		close(fd);
		unlinkat(dir, name, 0);
	}
	OPENSSL_cleanse(hex, sizeof(hex));
	return rc;
}

int
keys_prepare_folder(const char *dir, struct error *err)
{
	const int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = 0;

	if (fd < 0 || (faccessat(fd, WRAPPING_FILE, F_OK, 0) != 0 && make_wrapping_file(fd) != 0))
		rc = error_errno(err, "the file " WRAPPING_FILE " could not be made in %s", dir);
	if (fd >= 0)
		close(fd);
	return rc;
}

static int
take_wrapping(struct made_keys *m, struct span hex)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int n;

	while (hex.len > 0 && (hex.data[hex.len - 1] == '\n' || hex.data[hex.len - 1] == '\r'))
		hex.len--;
	m->wrapping = OPENSSL_secure_zalloc(WRAPPING_SIZE);
	if (m->wrapping == NULL || hex.len != WRAPPING_HEX ||
	    text_hex_bytes(m->wrapping, WRAPPING_SIZE, (const char *)hex.data) != 0 ||
	    EVP_Digest(m->wrapping, WRAPPING_SIZE, digest, &n, EVP_sha256(), NULL) != 1)
		return -1;
	memcpy(m->id, digest, sizeof(m->id));
	return 0;
}

void
made_open(struct dir_store *store, int dir)
{
	struct made_keys *m = calloc(1, sizeof(*m));
	struct dir_key file = { .name = "wrapping" };
	struct buf hex = BUF_INIT(WRAPPING_HEX + 16);
	int rc;

	store->made = m;
	if (m == NULL)
		return;
	pthread_mutex_init(&m->loading, NULL);
	rc = dir_read_private(
	    &file, dir, WRAPPING_FILE, "the file " WRAPPING_FILE, WRAPPING_HEX + 2, &hex);
	if (rc == 0 && make_wrapping_file(dir) == 0)
		rc = dir_read_private(
		    &file, dir, WRAPPING_FILE, "the file " WRAPPING_FILE, WRAPPING_HEX + 2, &hex);
	if (rc == 0)
		snprintf(m->problem, sizeof(m->problem),
		    "there is no " WRAPPING_FILE
		    " in the folder of keys, and none can be made there");
	else if (rc < 0)
		snprintf(m->problem, sizeof(m->problem), "%s", file.reason);
	else if (take_wrapping(m, SPAN_OF(&hex)) != 0)
		snprintf(m->problem, sizeof(m->problem),
		    "the file " WRAPPING_FILE " is no key: %d hex digits", WRAPPING_HEX);
	buf_wipe(&hex);
	ERR_clear_error();
}

void
made_close(struct dir_store *store)
{
	struct made_keys *m = store->made;
	size_t i;

	if (m == NULL)
		return;
	for (i = 0; i < atomic_load(&m->count); i++)
		dir_key_release(&m->keys[i]);
	if (m->wrapping != NULL)
		OPENSSL_secure_clear_free(m->wrapping, WRAPPING_SIZE);
	pthread_mutex_destroy(&m->loading);
	free(m);
	store->made = NULL;
}

static int
has_wrapping(const struct made_keys *m, struct error *err)
{
	if (m != NULL && m->problem[0] == '\0')
		return 0;
	return error_set(err, ERROR_UNAVAILABLE, "no key can be made here: %s",
	    m != NULL ? m->problem : "no memory is left");
}

/* ---- wrapping and unwrapping ---- */

/* The cipher with the head and the name behind it as what is bound. */
static int
start_cipher(EVP_CIPHER_CTX *ctx, const struct made_keys *m, const unsigned char *head,
    const unsigned char *iv, struct span name, int wraps)
{
	int n;

	return EVP_CipherInit_ex(ctx, EVP_aes_256_gcm(), NULL, m->wrapping, iv, wraps) == 1 &&
	       EVP_CipherUpdate(ctx, NULL, &n, head, HEAD_SIZE) == 1 &&
	       EVP_CipherUpdate(ctx, NULL, &n, name.data, (int)name.len) == 1;
}

static int
wrap_bytes(const struct made_keys *m, struct span name, unsigned int usage, struct span plain,
    struct buf *out, struct error *err)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	const size_t size = HEAD_SIZE + IV_SIZE + plain.len + TAG_SIZE;
	unsigned char *at = buf_reserve(out, size, err);
	int n, last, rc = -1;

	if (at == NULL)
		goto done;
	memcpy(at, magic, sizeof(magic));
	at[sizeof(magic)] = (unsigned char)usage;
	memcpy(at + sizeof(magic) + 1, m->id, MADE_ID_SIZE);
	if (ctx == NULL || RAND_bytes(at + HEAD_SIZE, IV_SIZE) != 1 ||
	    !start_cipher(ctx, m, at, at + HEAD_SIZE, name, 1) ||
	    EVP_CipherUpdate(ctx, at + HEAD_SIZE + IV_SIZE, &n, plain.data, (int)plain.len) != 1 ||
	    EVP_CipherFinal_ex(ctx, at + HEAD_SIZE + IV_SIZE + n, &last) != 1 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, at + size - TAG_SIZE) != 1) {
		error_openssl(err, "the key could not be wrapped");
		goto done;
	}
	out->len += size;
	rc = 0;
done:
	EVP_CIPHER_CTX_free(ctx);
	return rc;
}

static int
wrap(const struct made_keys *m, struct span name, unsigned int usage, const EVP_PKEY *pkey,
    struct buf *out, struct error *err)
{
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(pkey);
	const int len = info != NULL ? i2d_PKCS8_PRIV_KEY_INFO(info, NULL) : -1;
	unsigned char *plain = len > 0 ? OPENSSL_secure_malloc((size_t)len) : NULL, *p = plain;
	int rc = -1;

	if (plain == NULL || i2d_PKCS8_PRIV_KEY_INFO(info, &p) != len)
		error_openssl(err, "the key could not be wrapped");
	else
		rc = wrap_bytes(m, name, usage, (struct span){ plain, (size_t)len }, out, err);
	if (plain != NULL)
		OPENSSL_secure_clear_free(plain, (size_t)len);
	PKCS8_PRIV_KEY_INFO_free(info);
	return rc;
}

static int
foreign(const struct made_keys *m, struct span wrapped, struct error *err)
{
	if (wrapped.len < HEAD_SIZE + IV_SIZE + TAG_SIZE ||
	    memcmp(wrapped.data, magic, sizeof(magic)) != 0)
		return error_set(err, ERROR_MALFORMED, "this is no wrapped key");
	if (memcmp(wrapped.data + sizeof(magic) + 1, m->id, MADE_ID_SIZE) != 0)
		return error_set(err, ERROR_UNAVAILABLE,
		    "the key was made with another " WRAPPING_FILE
		    ": copy that of the server that made it into this server's folder of keys");
	return 0;
}

/* The key; NULL with the error. */
static EVP_PKEY *
unwrap(const struct made_keys *m, struct span name, struct span wrapped, struct error *err)
{
	const unsigned char *iv = wrapped.data + HEAD_SIZE, *body = iv + IV_SIZE, *p;
	const int len = (int)(wrapped.len - HEAD_SIZE - IV_SIZE - TAG_SIZE);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	unsigned char *plain = OPENSSL_secure_malloc((size_t)len + 1);
	PKCS8_PRIV_KEY_INFO *info = NULL;
	EVP_PKEY *pkey = NULL;
	int n = 0, last;

	if (ctx == NULL || plain == NULL || !start_cipher(ctx, m, wrapped.data, iv, name, 0) ||
	    EVP_CipherUpdate(ctx, plain, &n, body, len) != 1 ||
	    EVP_CIPHER_CTX_ctrl(
		ctx, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE, (void *)(uintptr_t)(body + len)) != 1 ||
	    EVP_CipherFinal_ex(ctx, plain + n, &last) != 1) {
		ERR_clear_error();
		error_set(err, ERROR_UNAVAILABLE,
		    "the wrapped key was changed, or belongs to another key's name");
		goto done;
	}
	p = plain;
	info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, len);
	pkey = info != NULL ? EVP_PKCS82PKEY(info) : NULL;
	if (pkey == NULL)
		error_openssl_kind(err, ERROR_UNAVAILABLE, "the wrapped key cannot be read");
done:
	PKCS8_PRIV_KEY_INFO_free(info);
	if (plain != NULL)
		OPENSSL_secure_clear_free(plain, (size_t)len + 1);
	EVP_CIPHER_CTX_free(ctx);
	return pkey;
}

/* ---- made and taken in ---- */

static EVP_PKEY *
generate(const struct key_make *how)
{
	if (how->type == MADE_RSA)
		return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)how->size);
	return EVP_PKEY_Q_keygen(NULL, NULL, "EC",
	    how->size == 256   ? "P-256"
	    : how->size == 384 ? "P-384"
			       : "P-521");
}

int
made_make(struct key_store *base, struct span name, const struct key_make *how,
    struct key_made *out, struct error *err)
{
	const struct made_keys *m = ((struct dir_store *)base)->made;
	EVP_PKEY *pkey = NULL;
	int rc = -1;

	if (has_wrapping(m, err) != 0 || dir_check_heap(err) != 0)
		return -1;
	pkey = generate(how);
	if (pkey == NULL)
		error_openssl(err, "the key could not be made");
	else if (key_request(&out->request, pkey, how->subject, how->usage, err) == 0)
		rc = wrap(m, name, how->usage, pkey, &out->wrapped, err);
	EVP_PKEY_free(pkey);
	return rc;
}

int
made_import(struct key_store *base, struct span name, const struct key_import *how,
    struct key_made *out, struct error *err)
{
	const struct made_keys *m = ((struct dir_store *)base)->made;
	struct dir_key key = { .format = KEY_FILE_PKCS12, .usage = how->usage };
	int rc = -1;

	if (has_wrapping(m, err) != 0 || rounds_check(how->pkcs12, how->passphrase, err) != 0)
		return -1;
	buf_init(&key.file, KEYS_FILE_MAX);
	buf_init(&key.public_key, KEYS_FILE_MAX);
	buf_init(&key.certs, KEYS_CERTS_MAX);
	pthread_mutex_init(&key.lock, NULL);
	key.pass = OPENSSL_secure_zalloc(how->passphrase.len + 1);
	if (key.pass == NULL) {
		error_memory(err);
		goto done;
	}
	memcpy(key.pass, how->passphrase.data, how->passphrase.len);
	if (buf_append(&key.file, how->pkcs12.data, how->pkcs12.len, err) != 0)
		goto done;
	dir_key_load(&key);
	if (key.pkey == NULL)
		error_set(err, ERROR_MALFORMED, "the key cannot be taken in: %s", key.reason);
	else if (key.certs.len == 0)
		error_set(err, ERROR_MALFORMED,
		    "the key cannot be taken in: no certificate is in its file");
	else if ((key.usage & ~key.certified) != 0)
		error_set(err, ERROR_MALFORMED,
		    "the key cannot be taken in: its certificate is not "
		    "for all that it shall be used for");
	else if (buf_append(&out->certs, key.certs.data, key.certs.len, err) == 0)
		rc = wrap(m, name, key.usage, key.pkey, &out->wrapped, err);
	out->usage = key.usage;
done:
	dir_key_release(&key);
	return rc;
}

/* ---- loaded ---- */

static size_t
slot_of(const char *name, size_t len)
{
	return key_name_hash(name, len) & (SLOTS - 1);
}

int
made_find(const struct dir_store *store, const char *name, size_t len, size_t *index)
{
	const struct made_keys *m = store->made;
	const struct dir_key *key;
	size_t at;
	unsigned int place;

	if (m == NULL)
		return -1;
	for (at = slot_of(name, len);; at = (at + 1) & (SLOTS - 1)) {
		place = atomic_load_explicit(&m->slots[at], memory_order_acquire);
		if (place == 0)
			return -1;
		key = &m->keys[place - 1];
		if (strncmp(key->name, name, len) == 0 && key->name[len] == '\0') {
			*index = store->count + place - 1;
			return 0;
		}
	}
}

size_t
dir_count_all(const struct dir_store *store)
{
	return store->count + (store->made != NULL ? atomic_load_explicit(
							 &store->made->count, memory_order_acquire)
						   : 0);
}

struct dir_key *
dir_key_at(struct dir_store *store, size_t index)
{
	return index < store->count ? &store->keys[index]
				    : &store->made->keys[index - store->count];
}

/* A key that is whole is told last. */
static int
keep(struct dir_store *store, struct span name, unsigned int usage, EVP_PKEY *pkey,
    struct error *err)
{
	struct made_keys *m = store->made;
	const size_t n = atomic_load(&m->count);
	struct dir_key *key = &m->keys[n];
	size_t at = slot_of((const char *)name.data, name.len);

	if (n == KEYS_LOADED_MAX)
		return error_limit(err, ERROR_UNAVAILABLE, "keys-loaded", KEYS_LOADED_MAX, n + 1,
		    "the number of keys that the server made and uses");
	memset(key, 0, sizeof(*key));
	memcpy(key->name, name.data, name.len);
	key->usage = key->certified = usage;
	buf_init(&key->file, 1);
	buf_init(&key->public_key, KEYS_FILE_MAX);
	buf_init(&key->certs, 1);
	if (OSSL_APPEND_DER(PUBKEY, pkey, &key->public_key, err) != 0 ||
	    (EVP_PKEY_is_a(pkey, "RSA") && pkcs1_reject_secret(key->reject, pkey) != 0)) {
		buf_release(&key->public_key);
		return error_set(err, ERROR_UNAVAILABLE, "the wrapped key cannot be used");
	}
	pthread_mutex_init(&key->lock, NULL);
	EVP_PKEY_up_ref(pkey);
	key->pkey = pkey;
	atomic_store(&key->read, 1);
	while (atomic_load(&m->slots[at]) != 0)
		at = (at + 1) & (SLOTS - 1);
	atomic_store_explicit(&m->count, n + 1, memory_order_release);
	atomic_store_explicit(&m->slots[at], (unsigned int)n + 1, memory_order_release);
	return 0;
}

int
made_load(struct key_store *base, struct span name, struct span wrapped, struct error *err)
{
	struct dir_store *store = (struct dir_store *)base;
	struct made_keys *m = store->made;
	EVP_PKEY *pkey;
	size_t index;
	int rc = -1;

	if (has_wrapping(m, err) != 0 || foreign(m, wrapped, err) != 0 ||
	    dir_check_heap(err) != 0 || (pkey = unwrap(m, name, wrapped, err)) == NULL)
		return -1;
	pthread_mutex_lock(&m->loading);
	/* Another thread may have been as far. */
	rc = made_find(store, (const char *)name.data, name.len, &index) == 0
		 ? 0
		 : keep(store, name, wrapped.data[sizeof(magic)], pkey, err);
	pthread_mutex_unlock(&m->loading);
	EVP_PKEY_free(pkey);
	return rc;
}
