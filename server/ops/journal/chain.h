/*
 * server/ops/journal/chain.h: the hash chain of the audit log.
 *
 * hash = SHA-256( "signet audit 1" NUL | previous hash (32) | fields ), the fields in this order,
 * each as a length of 4 bytes and the bytes; numbers are 8 bytes, most significant first, two's
 * complement; ids are their 16 bytes, or none where the column is NULL: node name, seq, at
 * (microseconds since 1970), request, tenant, user, caller, operation, object, result, reason,
 * digest, size in, size out, peer, duration (microseconds) The first row of a node follows 32 zero
 * bytes and has seq 1. The encoding is fixed for good: logs are checked years later. Another
 * encoding would be "signet audit 2".
 */
#ifndef SIGNET_SERVER_OPS_CHAIN_H
#define SIGNET_SERVER_OPS_CHAIN_H

#include "schema/store/audit.h"

/* Writes row->hash from row->previous and the fields. ERROR_INTERNAL, ERROR_UNAVAILABLE. */
int chain_hash(struct audit_row *row, const char *node_name, struct error *err);

struct chain_report {
	int64_t rows;		/* that were checked and are good */
	int64_t bad_seq;	/* the first that is not, 0 when all are */
	char text[200];		/* what is wrong with it, or "" */
	struct audit_head head; /* the last good row */
};

/*
 * Check the chain of a node from its first row, or from behind `from` (a row known to be good;
 * NULL: none). Finds changed, removed and inserted rows, and rows that were cut off the end below
 * what the writer has told (store_node_tell) or below `known_head` (NULL: none). What it cannot
 * find: a chain rewritten from some row to its end by somebody who also changed what was told; keep
 * heads elsewhere, they are in the log of the server. 1: all is well; 0: *report says what is not;
 * -1: it could not be read.
 */
int audit_verify(struct db *db, const char *node_name, const struct audit_head *from,
    const struct audit_head *known_head, struct chain_report *report, struct error *err);

#endif
