/*
 * server/ops/trust/trust.h: trusted lists taken in, and tenants' trust snapshots made of them. What
 * comes in is checked against the source's pinned signers, recorded with its verdict, and only when
 * it is accepted becomes part of what counts; else the last good list and snapshot stay (S2-27).
 *
 * Not a row of the table of operations yet: administration by SOAP calls these functions.
 */
#ifndef SIGNET_OPS_TRUST_H
#define SIGNET_OPS_TRUST_H

#include "schema/store/key.h"
#include "schema/store/trust.h"
#include "signing/trust/lotl.h"
#include "signing/trust/snapshot.h"

/* Everything stays the caller's. */
struct trust_import {
	const struct uuid *tenant; /* NULL: a source for all tenants */
	const char *source;	   /* its name */
	struct span list;
	const struct span *pivots; /* of a list of lists; else none */
	size_t pivot_count;
	const char *by; /* who imports: for the record */
	int64_t time;
	const struct catalogue *catalogue; /* NULL: the built-in one */
};
struct trust_import_result {
	enum trust_list_verdict verdict;
	char text[400];		/* one sentence: what was accepted, or why not */
	char note[400];		/* what the administrator should look at, or "" */
	uint64_t sequence;	/* of an accepted list */
	unsigned int snapshots; /* new ones that were made of it */
};
/*
 * Take in one list. 0: judged and recorded, whatever the verdict; -1 and err->kind
 *   ERROR_NOT_FOUND    no such source, or nothing known yet of the list of lists that names its
 *                      signers
 *   ERROR_CONFLICT     the source is disabled, or another server was faster: look again
 *   ERROR_UNAVAILABLE  the database; what was recorded before stays
 * A list that is known already makes no record, but snapshots that are missing.
 */
int trust_import(struct db *db, const struct trust_import *import,
    struct trust_import_result *result, struct error *err);

/*
 * Make the tenant's next snapshot of the last good lists, its choices and its own certificates,
 * when it would differ from the last one. 1 made, 0 nothing new, -1 failed. *number is that of the
 * snapshot that counts now (0: none).
 */
int trust_refresh(struct db *db, const struct uuid *tenant, const char *reason, const char *by,
    int32_t *number, struct error *err);

/*
 * Load the snapshot by which the tenant's verdicts are given now, and its number. Where its own
 * certificates are no longer those of the tenant's trust anchors (one was added or disabled in the
 * database alone), or where there is no snapshot at all, the next one is made first: what was
 * disabled is not trusted a moment longer.
 */
int trust_current(struct db *db, const struct uuid *tenant, struct trust_snapshot **snapshot,
    int32_t *number, struct error *err);

/*
 * The same for who cites nothing: where the next one would have to be made, it is made in memory
 * alone, and *number is 0.
 */
int trust_unkept(struct db *db, const struct uuid *tenant, struct trust_snapshot **snapshot,
    int32_t *number, struct error *err);

/*
 * Load a tenant's snapshot; number 0: the last. On 0 *snapshot is the caller's, NULL where there is
 * none.
 */
int trust_load(struct db *db, const struct uuid *tenant, int32_t number,
    struct trust_snapshot **snapshot, struct error *err);

#endif
