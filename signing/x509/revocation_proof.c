/* What a status rests on, kept for whoever must prove it again. */
#include <stdlib.h>
#include <string.h>

#include "signing/x509/revocation_parts.h"

int
revocation_proof_use(struct revocation_proof *proof, enum revocation_kind kind,
    const unsigned char sha256[32], struct error *err)
{
	struct revocation_used *bigger;
	size_t i;

	for (i = 0; i < proof->used_count; i++)
		if (memcmp(proof->used[i].sha256, sha256, 32) == 0)
			return 0;
	bigger = realloc(proof->used, (proof->used_count + 1) * sizeof(*bigger));
	if (bigger == NULL)
		return error_memory(err);
	proof->used = bigger;
	bigger += proof->used_count++;
	bigger->kind = kind;
	memcpy(bigger->sha256, sha256, 32);
	return 0;
}

int
revocation_proof_signer(struct revocation_proof *proof, X509 *cert, struct error *err)
{
	if (proof->signers == NULL && (proof->signers = sk_X509_new_null()) == NULL)
		return error_memory(err);
	if (X509_add_cert(proof->signers, cert, X509_ADD_FLAG_UP_REF | X509_ADD_FLAG_NO_DUP) != 1)
		return error_memory(err);
	return 0;
}

int
revocation_proof_join(struct revocation_proof *to, struct revocation_proof *from, struct error *err)
{
	size_t i;
	int n, rc = 0;

	for (i = 0; rc == 0 && i < from->used_count; i++)
		rc = revocation_proof_use(to, from->used[i].kind, from->used[i].sha256, err);
	for (n = 0; rc == 0 && n < sk_X509_num(from->signers); n++)
		rc = revocation_proof_signer(to, sk_X509_value(from->signers, n), err);
	revocation_proof_release(from);
	return rc;
}

void
revocation_proof_release(struct revocation_proof *proof)
{
	free(proof->used);
	sk_X509_pop_free(proof->signers, X509_free);
	memset(proof, 0, sizeof(*proof));
}
