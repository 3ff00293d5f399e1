/* signing/core/digests.h: one pass over a document, any number of digests. */
#ifndef SIGNET_SIGNING_CORE_DIGESTS_H
#define SIGNET_SIGNING_CORE_DIGESTS_H

#include "server/base/buf.h"
#include "signing/core/alg.h"

#define DIGEST_BIT(d) (1u << (d))
/* All digests that a signature made today may use; what a verifier streams when it cannot know. */
#define DIGEST_BITS_MODERN                                                                         \
	(DIGEST_BIT(DIGEST_SHA256) | DIGEST_BIT(DIGEST_SHA384) | DIGEST_BIT(DIGEST_SHA512))

/* The values of one document under one or more digests; plain data, no ownership. */
struct digest_values {
	unsigned int have; /* DIGEST_BIT()s of those that are set */
	uint64_t length;   /* of the document in bytes; 0 when unknown */
	unsigned char value[DIGESTS][DIGEST_SIZE_MAX];
};

struct digests; /* a running computation */

int digests_new(struct digests **d, unsigned int bits, struct error *err);
int digests_update(struct digests *d, const void *data, size_t len, struct error *err);
int digests_final(struct digests *d, struct digest_values *values, struct error *err);
void digests_free(struct digests *d); /* NULL is fine */

/* Digest of one span; out holds DIGEST_SIZE_MAX bytes. */
int digest_span(enum digest d, struct span data, unsigned char *out, struct error *err);
/*
 * A document as formats take it: bytes in memory, or only its digests (streamed, or the caller sent
 * no more). With content, digests are computed on demand.
 */
struct document {
	const char *name;      /* may be NULL */
	const char *mime_type; /* may be NULL */
	struct span content;   /* data NULL when only digests are known */
	int has_content;
	const struct digest_values *digests; /* NULL when not known beforehand */
};
/*
 * The digest of a document. ERROR_NOT_FOUND when only other digests of it are known.
 */
int document_digest(
    const struct document *doc, enum digest d, unsigned char *out, struct error *err);

#endif
