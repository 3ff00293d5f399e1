/*
 * signing/proof/audit_chain.h: the hash chain of the audit log, and the check of it row by row,
 * wherever the rows come from: the database, or an export years later.
 *
 * hash = SHA-256( "signet audit 1" NUL | previous hash (32) | fields ), the fields in this order,
 * each as a length of 4 bytes and the bytes; numbers are 8 bytes, most significant first, two's
 * complement; ids are their 16 bytes, or none where there is none: node name, seq, at
 * (microseconds since 1970), request, tenant, user, caller, operation, object, result, reason,
 * digest, size in, size out, peer, duration (microseconds). The first row of a node follows 32 zero
 * bytes and has seq 1. The encoding is fixed for good: logs are checked years later. Another
 * encoding would be "signet audit 2".
 */
#ifndef SIGNET_SIGNING_PROOF_AUDIT_CHAIN_H
#define SIGNET_SIGNING_PROOF_AUDIT_CHAIN_H

#include "server/base/audit_row.h"

/* Writes row->hash from row->previous and the fields. ERROR_INTERNAL, ERROR_UNAVAILABLE. */
int chain_hash(struct audit_row *row, const char *node_name, struct error *err);

/* What is known of a row: all of it, or of a row of others only its place and its hashes. */
enum chain_part { CHAIN_ROW, CHAIN_LINK };

/* A chain that is gone along, in the order of its rows. */
struct chain_check {
	const char *node_name;	/* the caller's */
	struct audit_head head; /* the last good row; to begin with, where to go on */
	int is_joined;		/* `head` is a row before the next one, or the beginning */
	int may_skip;		/* rows of others are left out: gaps are none */
	int64_t rows, links;	/* that were checked and are good */
	int64_t skipped;	/* places left out, with may_skip */
	int64_t bad_seq;	/* the first that is not good, 0 when all are */
	char text[240];		/* what is wrong with it, or "" */
};

/* From the first row of the chain on, or (from NULL) from whatever comes first. */
void chain_check_init(struct chain_check *c, const char *node_name, const struct audit_head *from);
/*
 * The next row: 1 it follows and is what its hash says; 0 c->bad_seq and c->text say what is wrong
 * (and no further row is looked at); -1 it could not be hashed.
 */
int chain_check_row(
    struct chain_check *c, const struct audit_row *row, enum chain_part part, struct error *err);
/*
 * A row of this chain that is known from elsewhere (a head that was told, or time-stamped): call
 * after the row of that number, or when the chain has ended before it. `whose` in words: "as the
 * server told". 1 or 0.
 */
int chain_check_known(struct chain_check *c, const struct audit_head *known, const char *whose);

#endif
