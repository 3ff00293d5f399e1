/* tests/support/containers.h: ASiC containers made, and changed behind their signatures' back. */
#ifndef SIGNET_TESTS_CONTAINERS_H
#define SIGNET_TESTS_CONTAINERS_H

#include "signing/format/asic/asic_sign.h"
#include "tests/support/pki.h"

#define CONTAINER_DOCUMENTS 2
/* "a.txt" and "b/\xc3\xa4 +.xml", in that order. */
const struct document *container_documents(void);

/* A container over the first document (ASiC-S) or both (ASiC-E), signed at PKI_NOW; level T by the
 * test PKI's authority. Failure ends the test. */
void container_make(
    struct buf *out, enum asic_type type, enum format family, enum level level, enum pki_id signer);
/* What can be done to a container: entries are dropped, replaced, renamed, put in front. */
struct container_change {
	const char *name;   /* of an entry; NULL: add a new one */
	const char *rename; /* new name, or NULL: as it was */
	const char *data;   /* new content, or NULL: as it was */
	int drop;
};
void container_change(struct buf *file, const struct container_change *changes, size_t count);

/* Read one without failure. */
struct container_reading {
	struct signatures list;
	struct asic_container container;
};
void container_read(struct container_reading *r, const struct buf *file);
void container_release(struct container_reading *r);
/* Is the entry there, and is it signed? 1 signed, 0 not, -1 not there. */
int container_signed(const struct container_reading *r, const char *name);
/* All signatures hold and nothing failed; at least one. */
int container_holds(const struct container_reading *r);

#endif
