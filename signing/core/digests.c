#include "signing/core/digests.h"

#include <stdlib.h>
#include <string.h>

#include "signing/core/ossl.h"

struct digests {
	EVP_MD_CTX *ctx[DIGESTS];
	uint64_t length;
};

/* A function of any length gives as much as digest_size() says. */
static int
finish(EVP_MD_CTX *ctx, enum digest d, unsigned char *out)
{
	if (EVP_MD_get_flags(digest_md(d)) & EVP_MD_FLAG_XOF)
		return EVP_DigestFinalXOF(ctx, out, digest_size(d)) == 1;
	return EVP_DigestFinal_ex(ctx, out, NULL) == 1;
}

int
digests_new(struct digests **out, unsigned int bits, struct error *err)
{
	struct digests *d = calloc(1, sizeof(*d));
	int i;

	*out = NULL;
	if (d == NULL)
		return error_memory(err);
	for (i = DIGEST_NONE + 1; i < DIGESTS; i++) {
		if (!(bits & DIGEST_BIT(i)))
			continue;
		d->ctx[i] = EVP_MD_CTX_new();
		if (d->ctx[i] == NULL || digest_md((enum digest)i) == NULL ||
		    EVP_DigestInit_ex(d->ctx[i], digest_md((enum digest)i), NULL) != 1) {
			digests_free(d);
			return error_openssl(err, "a digest could not be started");
		}
	}
	*out = d;
	return 0;
}

int
digests_update(struct digests *d, const void *data, size_t len, struct error *err)
{
	int i;

	d->length += len;
	for (i = DIGEST_NONE + 1; i < DIGESTS; i++)
		if (d->ctx[i] != NULL && EVP_DigestUpdate(d->ctx[i], data, len) != 1)
			return error_openssl(err, "a digest could not be computed");
	return 0;
}

int
digests_final(struct digests *d, struct digest_values *values, struct error *err)
{
	int i;

	memset(values, 0, sizeof(*values));
	values->length = d->length;
	for (i = DIGEST_NONE + 1; i < DIGESTS; i++) {
		if (d->ctx[i] == NULL)
			continue;
		if (!finish(d->ctx[i], (enum digest)i, values->value[i]))
			return error_openssl(err, "a digest could not be computed");
		values->have |= DIGEST_BIT(i);
	}
	return 0;
}

void
digests_free(struct digests *d)
{
	int i;

	if (d == NULL)
		return;
	for (i = 0; i < DIGESTS; i++)
		EVP_MD_CTX_free(d->ctx[i]);
	free(d);
}

static int
digest_any_length(enum digest d, struct span data, unsigned char *out, struct error *err)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int ok = ctx != NULL && EVP_DigestInit_ex(ctx, digest_md(d), NULL) == 1 &&
		 EVP_DigestUpdate(ctx, data.data != NULL ? data.data : (const unsigned char *)"",
		     data.len) == 1 &&
		 finish(ctx, d, out);

	EVP_MD_CTX_free(ctx);
	return ok ? 0 : error_openssl(err, "a digest could not be computed");
}

int
digest_span(enum digest d, struct span data, unsigned char *out, struct error *err)
{
	if (digest_md(d) == NULL)
		return error_set(err, ERROR_UNSUPPORTED, "the digest algorithm is not supported");
	if (EVP_MD_get_flags(digest_md(d)) & EVP_MD_FLAG_XOF)
		return digest_any_length(d, data, out, err);
	if (EVP_Digest(data.data != NULL ? data.data : (const unsigned char *)"", data.len, out,
		NULL, digest_md(d), NULL) != 1)
		return error_openssl(err, "a digest could not be computed");
	return 0;
}

int
document_digest(const struct document *doc, enum digest d, unsigned char *out, struct error *err)
{
	if (doc->digests != NULL && (doc->digests->have & DIGEST_BIT(d))) {
		memcpy(out, doc->digests->value[d], digest_size(d));
		return 0;
	}
	if (!doc->has_content)
		return error_set(
		    err, ERROR_NOT_FOUND, "the document's %s digest is not known", digest_name(d));
	return digest_span(d, doc->content, out, err);
}
