#include "tui/model/card_key.h"

#include <openssl/rsa.h>
#include <string.h>

#include "signing/core/alg.h"
#include "signing/keys/provider.h"

/* The salt of a PSS signature in bytes. */
static int
salt_bytes(const struct key_sign *how, size_t digest_len, size_t key_len)
{
	if (how->salt_len >= 0)
		return how->salt_len;
	return how->salt_len == RSA_PSS_SALTLEN_DIGEST ? (int)digest_len
						       : (int)(key_len - digest_len - 2);
}

static int
sign(void *arg, const char *name, const struct key_sign *how, struct span digest,
    unsigned char *out, size_t *len, struct error *err)
{
	struct buf signature = BUF_INIT(*len);
	struct card_how on_card = { .digest_nid = digest_nid(how->digest) };
	int rc;

	(void)name;
	if (how->padding == PADDING_PSS) {
		on_card.is_pss = 1;
		on_card.mgf_nid = digest_nid(how->mgf_digest);
		on_card.salt_len = salt_bytes(how, digest.len, card_signature_size(arg));
	}
	rc = card_sign_digest(arg, &on_card, digest, &signature, err);
	if (rc == 0) {
		memcpy(out, signature.data, signature.len);
		*len = signature.len;
	}
	buf_release(&signature);
	return rc;
}

int
card_key_new(EVP_PKEY **key, struct card *card, X509 *cert, struct error *err)
{
	keys_use_signer(sign, card);
	return keys_pkey_new(key, "card", X509_get0_pubkey(cert), err);
}
