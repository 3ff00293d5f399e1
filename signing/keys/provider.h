/*
 * signing/keys/provider.h: keys of the keys process as ordinary EVP_PKEYs.
 *
 * An OpenSSL provider of ours, in a library context of its own, sends each private operation to the
 * keys process over the thread's channel (client.h). Such keys are used with the default context
 * like any others: EVP_DigestSign, CMS, TS, OCSP, X.509, TLS. Their private part cannot be had:
 * exporting it fails. When OpenSSL says that it could not sign, keys_last_error() has the reason.
 */
#ifndef SIGNET_SIGNING_KEYS_PROVIDER_H
#define SIGNET_SIGNING_KEYS_PROVIDER_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "signing/core/alg.h"
#include "signing/keys/client.h"
#include "signing/keys/store.h"

/*
 * Make a key from its name in the keys process and its public half (an ordinary key, as a
 * certificate has it; it stays the caller's). The keys process is not asked: a name that it does
 * not know shows when the key is used. On 0 *pkey is the caller's, for EVP_PKEY_free(); it may be
 * used by several threads. On -1 it is NULL, and err->kind is
 *   ERROR_UNSUPPORTED  neither RSA nor EC
 *   ERROR_MALFORMED    no key can have this name
 *   ERROR_INTERNAL     OpenSSL refused
 */
int keys_pkey_new(EVP_PKEY **pkey, const char *key_name, EVP_PKEY *public_key, struct error *err);

/*
 * For a program without a keys process that has something else to sign with, such as a card: each
 * key of keys_pkey_new() is used by calling this instead, in the thread that uses the key. `out`
 * has room for *len bytes, and *len is set; an ECDSA signature is in DER. NULL: the keys process
 * again. Not while a key is in use.
 */
typedef int keys_signer(void *arg, const char *key_name, const struct key_sign *how,
    struct span digest, unsigned char *out, size_t *len, struct error *err);
void keys_use_signer(keys_signer *sign, void *arg);

/*
 * For struct sign_key.sign_many: key->ctx is the name (char *), key->pkey has the public half. As
 * many digests as fit go in one message. On -1 all sigs are empty.
 */
int keys_sign_many(const struct sign_key *key, const struct sig_alg *alg,
    const unsigned char (*digests)[DIGEST_SIZE_MAX], size_t count, struct buf *sigs,
    struct error *err);

/*
 * For struct sign_key.sign_stamp, the same: the keys process makes the digest itself, so that a key
 * for time stamps signs nothing else.
 */
int keys_sign_stamp(const struct sign_key *key, const struct sig_alg *alg, struct span attributes,
    struct span tst_info, struct buf *sig, struct error *err);

/*
 * Decrypt or agree on a key, without an EVP_PKEY: for envelopes, whose content-encryption keys must
 * not show whether their padding was right (KEY_UNWRAP_CONTENT). At most *len bytes are written and
 * *len is set. Errors: those of store.h, ERROR_NOT_FOUND for an unknown key.
 */
int keys_decrypt(const char *key_name, const struct key_decrypt *how, struct span data,
    unsigned char *out, size_t *len, struct error *err);
int keys_derive(const char *key_name, const struct key_derive *how, unsigned char *out, size_t *len,
    struct error *err);

/* A key as the keys process tells of it; counters are those since its last start. */
struct keys_info {
	char name[KEYS_NAME_MAX + 1];
	enum key_state state;
	char reason[256];	/* why it is not usable, for the administrator; "" when it is */
	EVP_PKEY *public_key;	/* NULL when it could not be read */
	X509 *certificate;	/* NULL when there is none */
	STACK_OF(X509) * chain; /* the issuers in order, as far as the store has them; never NULL */
	uint64_t signatures, decryptions, failures;
};

/*
 * All keys in the order of their names, or the one called `name`. On 0 *list is the caller's, for
 * keys_list_free(). On -1 (ERROR_UNAVAILABLE; keys_find: ERROR_NOT_FOUND) it is NULL.
 */
int keys_list(struct keys_info **list, size_t *count, struct error *err);
int keys_find(struct keys_info **info, const char *name, struct error *err);
void keys_list_free(struct keys_info *list, size_t count);

#endif
