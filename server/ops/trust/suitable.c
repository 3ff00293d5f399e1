/* S2-05: what is made now is made with algorithms that the catalogue holds suitable now. */
#include "server/ops/private.h"
#include "signing/core/catalogue.h"

int
suitable_digest(const struct engine *engine, enum digest digest, int64_t now, struct error *err)
{
	struct catalogue_verdict v;

	if (catalogue_judge_digest(engine_catalogue(engine), digest, now, &v))
		return 0;
	return error_set(err, ERROR_UNSUPPORTED,
	    "%s, by the algorithm catalogue %s: nothing new is made with it; choose another digest",
	    v.text, engine_catalogue(engine)->version);
}

int
suitable_signature(const struct engine *engine, const struct sig_alg *alg,
    const struct sign_key *key, int64_t now, struct error *err)
{
	EVP_PKEY *public_key = X509_get0_pubkey(key->cert);
	struct catalogue_verdict v;
	char curve[32] = "";

	if (public_key == NULL)
		public_key = key->pkey;
	if (catalogue_judge_signature(engine_catalogue(engine), alg, key_bits(public_key),
		key_curve(public_key, curve, sizeof(curve)), now, &v))
		return 0;
	return error_set(err, ERROR_UNSUPPORTED,
	    "key %s: %s, by the algorithm catalogue %s: nothing new is signed with it; choose "
	    "another key, digest or padding",
	    key->name, v.text, engine_catalogue(engine)->version);
}

unsigned int
suitable_digests(const struct engine *engine, int64_t now)
{
	struct catalogue_verdict v;
	unsigned int set = 0;
	int d;

	for (d = DIGEST_SHA256; d < DIGESTS; d++)
		if (catalogue_judge_digest(engine_catalogue(engine), (enum digest)d, now, &v))
			set |= DIGEST_BIT(d);
	return set;
}
