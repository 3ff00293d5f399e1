/*
 * signing/keys/store.h: where private keys live, behind one struct of functions. Only the keys
 * process opens a store; a store of PKCS#11 tokens fits the same struct.
 */
#ifndef SIGNET_SIGNING_KEYS_STORE_H
#define SIGNET_SIGNING_KEYS_STORE_H

#include "server/base/buf.h"
#include "signing/core/alg.h"

#define KEYS_NAME_MAX	128		   /* bytes of a key's name */
#define KEYS_FILE_MAX	((size_t)1 << 20)  /* bytes of a key file */
#define KEYS_CERTS_MAX	((size_t)48 << 10) /* bytes of a key's certificates, DER */
#define KEYS_OUTPUT_MAX ((size_t)4096)	   /* bytes of a signature, plaintext or secret */

/* 1 when `name` (len bytes) may name a key: letters, digits, '.', '_', '-', no dot in front. */
int key_name_ok(const char *name, size_t len);
/* Of one that is (FNV-1a): names come from clients of ours. */
uint32_t key_name_hash(const char *name, size_t len);

enum key_state { KEY_STATE_UNUSABLE, KEY_STATE_USABLE };

/* What may be told about a key; the spans live as long as the store. */
struct key_facts {
	enum key_state state;
	const char *reason;	/* why it is not usable, for people; "" when it is */
	struct span public_key; /* DER SubjectPublicKeyInfo; empty when it could not be read */
	struct span certs;	/* DER certificates one behind the other, the key's own first */
	const char *remark; /* where usage file and certificate do not agree, for people; or "" */
};

/* How a digest is signed. EC keys: only `digest` may be set, to check the digest's length. */
struct key_sign {
	enum padding padding;	/* RSA: PKCS1 or PSS */
	enum digest digest;	/* NONE with PKCS1: the bytes are padded as they are (TLS 1.1) */
	enum digest mgf_digest; /* PSS */
	int salt_len;		/* PSS: bytes, or RSA_PSS_SALTLEN_DIGEST, _AUTO (= _MAX) */
};

enum key_unwrap {
	KEY_UNWRAP_PKCS1,
	KEY_UNWRAP_OAEP,
	KEY_UNWRAP_TLS, /* a premaster secret, checked in constant time: 48 bytes in any case */
	/* a content-encryption key by PKCS#1 v1.5: `want` bytes in any case, as pkcs1.h says */
	KEY_UNWRAP_CONTENT,
	KEY_UNWRAPS
};
struct key_decrypt {
	enum key_unwrap mode;
	enum digest digest, mgf_digest;	      /* OAEP */
	struct span label;		      /* OAEP */
	unsigned int tls_client, tls_version; /* TLS: version offered, version agreed or 0 */
	size_t want;			      /* CONTENT: 1 to PKCS1_WANT_MAX */
};

/* ANSI X9.63; NIST SP 800-56A section 5.8.1 (ConcatKDF of XML encryption); RFC 5869 (RFC 8418) */
enum key_kdf { KEY_KDF_X963, KEY_KDF_CONCAT, KEY_KDF_HKDF, KEY_KDFS };

/* ECDH with the peer's encoded point, as it is or through a KDF. */
struct key_derive {
	struct span peer;
	int cofactor;		/* -1: as the key says, 0, 1 */
	enum digest kdf_digest; /* NONE: the shared secret itself */
	size_t kdf_len;
	struct span ukm; /* the KDF's shared info */
	enum key_kdf kdf;
};

/* A key to be made in the keys process. */
enum made_type { MADE_RSA, MADE_EC, MADE_TYPES };
struct key_make {
	enum made_type type;
	unsigned int size;   /* RSA: 2048, 3072, 4096; EC: 256, 384, 521 (the curves of NIST) */
	unsigned int usage;  /* enum key_usage: what it will be used for, and nothing else */
	struct span subject; /* of the request: a Name in DER */
};
/* One to be taken in, with the certificates in its file. */
struct key_import {
	unsigned int usage; /* 0: what its certificate is for */
	struct span passphrase, pkcs12;
};
/* What comes of both; none of it is secret. The buffers are the caller's, empty. */
struct key_made {
	struct buf wrapped; /* the key, for the keys processes with this wrapping key alone */
	struct buf request; /* PKCS#10, of one that was made */
	struct buf certs;   /* DER, its own first, of one that was taken in */
	unsigned int usage;
};
void key_made_init(struct key_made *made);
void key_made_release(struct key_made *made);
#define KEYS_LOADED_MAX	 4096		 /* wrapped keys that a process has loaded at most */
#define KEYS_WRAPPED_MAX ((size_t)16384) /* bytes of a wrapped key */
#define KEYS_SUBJECT_MAX ((size_t)2048)
#define KEYS_PKCS12_MAX	 ((size_t)49152)
#define KEYS_PASS_MAX	 ((size_t)1024)

struct key_store {
	const struct key_store_ops *ops;
};
struct key_session; /* what one thread keeps to work with a store */

/*
 * Keys are numbered 0..count-1 for as long as the store is open: those of files in the order of
 * their names, behind them those that were loaded. All but open and close may be called from
 * several threads, each with a session of its own. sign, decrypt and derive write at most *len
 * bytes, set *len, and on -1 give ERROR_UNAVAILABLE  the key is not usable: err->text says why
 *   ERROR_UNSUPPORTED  the key cannot do this (type, padding, digest)
 *   ERROR_MALFORMED    the input is refused (ciphertext, point)
 */
struct key_store_ops {
	const char *kind; /* for the log */
	size_t (*count)(const struct key_store *store);
	const char *(*name)(const struct key_store *store, size_t index);
	/* Read the key if that was not done yet, and tell what is known. */
	void (*facts)(struct key_store *store, size_t index, struct key_facts *facts);
	int (*session_new)(
	    struct key_session **session, struct key_store *store, struct error *err);
	void (*session_free)(struct key_session *session);
	int (*sign)(struct key_session *session, size_t index, const struct key_sign *how,
	    struct span digest, unsigned char *out, size_t *len, struct error *err);
	/* The same of a digest that stamp_digest() made: keys for time stamps alone sign it. */
	int (*stamp)(struct key_session *session, size_t index, const struct key_sign *how,
	    struct span digest, unsigned char *out, size_t *len, struct error *err);
	int (*decrypt)(struct key_session *session, size_t index, const struct key_decrypt *how,
	    struct span data, unsigned char *out, size_t *len, struct error *err);
	int (*derive)(struct key_session *session, size_t index, const struct key_derive *how,
	    unsigned char *out, size_t *len, struct error *err);
	/* The number of a key by its name; 0 and *index, or -1. */
	int (*find)(const struct key_store *store, const char *name, size_t len, size_t *index);
	/*
	 * Make a key, or take one in, and give it wrapped: ERROR_UNAVAILABLE where the store
	 * cannot, ERROR_MALFORMED and ERROR_LIMIT for what is wrong with what was sent. It can be
	 * used once it was loaded by that very name; loaded twice is once. ERROR_UNAVAILABLE for a
	 * wrapped key of another wrapping key, or that was changed.
	 */
	int (*make)(struct key_store *store, struct span name, const struct key_make *how,
	    struct key_made *made, struct error *err);
	int (*import)(struct key_store *store, struct span name, const struct key_import *how,
	    struct key_made *made, struct error *err);
	int (*load)(
	    struct key_store *store, struct span name, struct span wrapped, struct error *err);
	void (*close)(struct key_store *store);
};

/* The number of a key by its name; 0 and *index, or -1. */
int key_store_find(const struct key_store *store, const char *name, size_t len, size_t *index);

/*
 * The keys of a directory: NAME.p12 (PKCS#12) or NAME.pem (a private key and certificates in any
 * order), with an optional NAME.pass (its first line is the passphrase). All files are read into
 * memory here, so that nothing needs to be opened later; a key is decrypted when it is first used.
 * What a key is for, whatever a client asks, says NAME.usage: Sign, Decrypt (key agreement
 * included), Timestamp (tokens alone), or several; without the file its certificate (usage.h). All
 * else is refused with ERROR_UNSUPPORTED. Where file and certificate do not agree, the file counts,
 * and the facts' remark says so.
 * Key, passphrase and usage files must be readable by their owner alone, who is this process's user
 * or root. What is wrong with a key's files makes that key unusable, with the reason in its facts.
 *
 * On -1 (the directory cannot be read, or others may write to it) *store is NULL.
 */
int key_store_dir_open(struct key_store **store, const char *dir, struct error *err);

#endif
