/*
 * signing/proof/audit_heads.h: the statement of a day, how far each chain of the audit log was, as
 * it is time-stamped and kept. A line of text each, so that anybody can read it, in UTF-8 with
 *"\n":
 *
 *	signet audit heads 1
 *	day 2026-03-01
 *	made 2026-03-01T00:20:03Z
 *	chain 1204 9f86d0...(64 hex digits) name of the node
 *
 * Chains without a row are not in it. What is time-stamped is the SHA-256 of the whole text.
 */
#ifndef SIGNET_SIGNING_PROOF_AUDIT_HEADS_H
#define SIGNET_SIGNING_PROOF_AUDIT_HEADS_H

#include "server/base/audit_row.h"

#define AUDIT_HEADS_MAX	  10000u
#define AUDIT_DAY_SIZE	  11  /* "2026-03-01" */
#define AUDIT_NODE_SIZE	  513 /* 128 characters, NUL included */
#define AUDIT_DAY_SECONDS 86400

/* The day of a time, in UTC; returns out. */
char *audit_day(char out[AUDIT_DAY_SIZE], int64_t seconds);
/* Midnight of it, or -1 when it is none. */
int audit_day_parse(const char *day, int64_t *seconds);

int audit_heads_begin(struct buf *text, int64_t now, struct error *err);
int audit_heads_add(
    struct buf *text, const char *node, const struct audit_head *head, struct error *err);

struct audit_heads {
	int64_t day, made; /* seconds */
	struct span rest;  /* lines that were not read yet */
};
/* Reads what stands before the chains. ERROR_MALFORMED. The text stays the caller's. */
int audit_heads_read(struct audit_heads *heads, struct span text, struct error *err);
/* The next chain: 1, 0 at the end, -1 ERROR_MALFORMED. */
int audit_heads_next(struct audit_heads *heads, char node[AUDIT_NODE_SIZE], struct audit_head *head,
    struct error *err);

#endif
