/* signing/keys/store_dir.h: inside the directory store; see store.h for what it does. */
#ifndef SIGNET_SIGNING_KEYS_STORE_DIR_H
#define SIGNET_SIGNING_KEYS_STORE_DIR_H

#include <pthread.h>
#include <stdatomic.h>

#include "signing/keys/pkcs1.h"
#include "signing/keys/store.h"
#include "signing/keys/usage.h"

#define KEY_REASON_SIZE 200

enum key_file { KEY_FILE_PKCS12, KEY_FILE_PEM };

/* One key. What is above `lock` is settled when the store is open; the rest once `read` is set. */
struct dir_key {
	char name[KEYS_NAME_MAX + 1];
	enum key_file format;
	unsigned int usage;   /* enum key_usage; 0: no file says it, the certificate will */
	pthread_mutex_t lock; /* held by the thread that decrypts it */
	atomic_int read;
	struct buf file; /* wiped once it was read */
	char *pass;	 /* in protected memory, wiped once it was used; NULL: none given */
	char reason[KEY_REASON_SIZE];
	char remark[KEY_REASON_SIZE];
	EVP_PKEY *pkey;				 /* NULL when unusable */
	unsigned int certified;			 /* enum key_usage of its certificate */
	int by_certificate;			 /* `usage` is `certified` */
	unsigned char reject[PKCS1_REJECT_SIZE]; /* of an RSA key */
	struct buf public_key, certs;
};

#define MADE_ID_SIZE 8
struct made_keys; /* those that were loaded, and the wrapping key (made.h) */
struct dir_store {
	struct key_store base;
	struct dir_key *keys; /* of files, by name */
	size_t count;
	struct made_keys *made;
};

/* Keys of files and loaded ones. */
size_t dir_count_all(const struct dir_store *store);
struct dir_key *dir_key_at(struct dir_store *store, size_t index);
/*
 * Read a file of the folder that only its owner may read. 1: read; 0: there is none; -1: the key
 * has a reason. `what` names the file's part in that reason.
 */
int dir_read_private(
    struct dir_key *key, int dir, const char *file, const char *what, size_t max, struct buf *out);
/* ERROR_UNAVAILABLE when the protected memory is nearly full. */
int dir_check_heap(struct error *err);

/* Note why a key is unusable; the first reason stays. Returns -1. */
int dir_key_fail(struct dir_key *key, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Decrypt the key and sort its certificates, once; afterwards it is usable or has a reason. */
void dir_key_load(struct dir_key *key);
/* The key, read if needed; NULL with ERROR_UNAVAILABLE and the reason. */
EVP_PKEY *dir_key_pkey(struct dir_key *key, struct error *err);
/* The same of a key that may be used in one of these ways, else ERROR_UNSUPPORTED. */
EVP_PKEY *dir_key_for(struct dir_key *key, unsigned int usage, struct error *err);
void dir_key_release(struct dir_key *key);

/* The operations of store.h (store_ops.c). */
int dir_session_new(struct key_session **session, struct key_store *store, struct error *err);
void dir_session_free(struct key_session *session);
int dir_sign(struct key_session *session, size_t index, const struct key_sign *how,
    struct span digest, unsigned char *out, size_t *len, struct error *err);
int dir_stamp(struct key_session *session, size_t index, const struct key_sign *how,
    struct span digest, unsigned char *out, size_t *len, struct error *err);
int dir_decrypt(struct key_session *session, size_t index, const struct key_decrypt *how,
    struct span data, unsigned char *out, size_t *len, struct error *err);
int dir_derive(struct key_session *session, size_t index, const struct key_derive *how,
    unsigned char *out, size_t *len, struct error *err);

#endif
