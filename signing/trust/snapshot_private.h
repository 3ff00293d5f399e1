/* signing/trust/snapshot_private.h: inside of a loaded snapshot. Only for this folder. */
#ifndef SIGNET_SIGNING_TRUST_SNAPSHOT_PRIVATE_H
#define SIGNET_SIGNING_TRUST_SNAPSHOT_PRIVATE_H

#include "signing/trust/arena.h"
#include "signing/trust/snapshot_bytes.h"
#include "signing/trust/snapshot.h"

#define SNAPSHOT_MAGIC	 "SIGNET-TRUST-"
#define SNAPSHOT_VERSION "2\n"
#define SNAPSHOT_BEFORE                                                                            \
	"1\n" /* without the names of providers, and whether qualifications are critical */

/* A certificate of services and own ones, by which they are found. Sorted by name, then key. */
struct trust_index {
	uint32_t name;		  /* X509_NAME_hash of the subject */
	const unsigned char *key; /* SHA-256 of the SubjectPublicKeyInfo */
	struct span certificate;
	uint32_t *refs; /* entries; from entry_count on own ones */
	size_t ref_count;
};
struct trust_inside {
	struct buf bytes;
	struct arena arena;
	struct trust_index *index;
	size_t index_count;
};

/* Both halves of the index's key; 0, or -1 when the certificate has no key that decodes. */
int trust_key_of(X509 *cert, uint32_t *name, unsigned char key[32]);
/* SHA-256 of all that a service says: equal for services that say the same. */
int trust_service_digest(
    const struct trust_service *service, unsigned char out[32], struct error *err);
uint32_t trust_name_of(const X509_NAME *name);

#endif
