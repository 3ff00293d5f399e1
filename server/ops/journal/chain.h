/*
 * server/ops/journal/chain.h: the check of a chain of the audit log in the database. The chain
 * itself, for rows from wherever, is signing/proof/audit_chain.h.
 */
#ifndef SIGNET_SERVER_OPS_CHAIN_H
#define SIGNET_SERVER_OPS_CHAIN_H

#include "schema/store/audit.h"
#include "signing/proof/audit_chain.h"

struct chain_report {
	int64_t rows;		/* that were checked and are good */
	int64_t bad_seq;	/* the first that is not, 0 when all are */
	char text[240];		/* what is wrong with it, or "" */
	struct audit_head head; /* the last good row */
	struct audit_head told; /* how far the writer says that it is */
	int is_whole;		/* the end of the chain was reached */
};

/* How much one call does. */
struct chain_share {
	int64_t rows;	  /* 0: no bound */
	int64_t until_us; /* clock_monotonic_us(); 0: no bound */
};

/*
 * Check the chain of a node from its first row, or from behind `from` (a row known to be good;
 * NULL: none), as far as the share (NULL: all) goes. Finds changed, removed and inserted rows, and
 * rows that were cut off the end below what the writer has told (store_node_tell) or below
 * `known_head` (NULL: none). What it cannot find: a chain rewritten from some row to its end by
 * somebody who also changed what was told; the daily time stamps do (server/ops/audit/stamps.h). 1:
 * all is well; 0: *report says what is not; -1: it could not be read.
 */
int audit_verify_part(struct db *db, const char *node_name, const struct audit_head *from,
    const struct audit_head *known_head, const struct chain_share *share,
    struct chain_report *report, struct error *err);
/* The same of all of it. */
int audit_verify(struct db *db, const char *node_name, const struct audit_head *from,
    const struct audit_head *known_head, struct chain_report *report, struct error *err);

#endif
