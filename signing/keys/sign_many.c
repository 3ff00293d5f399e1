/* Many digests in few messages, past OpenSSL's one signature a call. */
#include <openssl/rsa.h>

#include "signing/keys/provider.h"
#include "signing/keys/remote.h"

static int
append(void *arg, size_t index, struct span sig, struct error *err)
{
	struct buf *sigs = arg;

	return buf_append_span(&sigs[index], sig, err);
}

int
keys_sign_stamp(const struct sign_key *key, const struct sig_alg *alg, struct span attributes,
    struct span tst_info, struct buf *sig, struct error *err)
{
	const struct key_sign how = { alg->padding, alg->digest, alg->mgf_digest, alg->salt_len };

	if (alg->key != KEY_RSA && alg->key != KEY_EC)
		return error_set(err, ERROR_UNSUPPORTED,
		    "the key \"%s\" cannot sign with %s keys' algorithms", key->name,
		    key_type_name(alg->key));
	return remote_stamp(key->ctx, &how, attributes, tst_info, append, sig, err);
}

int
keys_sign_many(const struct sign_key *key, const struct sig_alg *alg,
    const unsigned char (*digests)[DIGEST_SIZE_MAX], size_t count, struct buf *sigs,
    struct error *err)
{
	const struct key_sign how = { alg->padding, alg->digest, alg->mgf_digest, alg->salt_len };
	const struct remote_digests all = { (const unsigned char *)digests, count,
		digest_size(alg->digest), DIGEST_SIZE_MAX };
	size_t i;
	int rc;

	if (alg->key != KEY_RSA && alg->key != KEY_EC)
		return error_set(err, ERROR_UNSUPPORTED,
		    "the key \"%s\" cannot sign with %s keys' "
		    "algorithms",
		    key->name, key_type_name(alg->key));
	rc = remote_sign(
	    key->ctx, &how, &all, (size_t)EVP_PKEY_get_size(key->pkey), append, sigs, err);
	for (i = 0; rc != 0 && i < count; i++)
		buf_release(&sigs[i]);
	return rc;
}
