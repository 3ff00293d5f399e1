/*
 * schema/store/audit_query.h: the audit log as it is read: pages of what is looked for, chains in
 * their order, and the statements and time stamps of each day.
 *
 * Columns of a row, in this order: node, seq, is a link, time, its microseconds, request, tenant,
 * user, caller, operation, object, result, reason, digest (hex), sizes in and out, peer, duration,
 * previous, hash (hex): those of AuditEntry in wsdl/administration.h.
 */
#ifndef SIGNET_SCHEMA_STORE_AUDIT_QUERY_H
#define SIGNET_SCHEMA_STORE_AUDIT_QUERY_H

#include "schema/store/audit.h"

#define AUDIT_PAGE_MAX 1000
#define AUDIT_COLUMNS  20u

/* Where a page begins: behind this row. */
struct audit_place {
	int64_t at_us;
	int32_t node;
	int64_t seq;
};

enum audit_outcome_kind { AUDIT_ANY, AUDIT_RESULT, AUDIT_FAILURE };

/* What is wished; NULL and zero: no matter. */
struct audit_query {
	const struct uuid *tenant; /* whose rows; NULL: nobody's, for the server's own tenant */
	int is_oldest_first;
	int64_t from_us, to_us;	  /* from <= at < to */
	struct audit_place after; /* audit_place_first() to begin with */
	const char *operation, *result, *object, *node, *caller;
	int is_failure;	    /* whatever is neither Success nor Warning */
	struct span digest; /* of the document */
	const struct uuid *request, *user;
	const char *text;      /* a part of object or reason */
	int is_administration; /* operations of that service alone */
};
/* Where the first page of the order begins. */
struct audit_place audit_place_first(const struct audit_query *q);
/*
 * One step, as `tenant`, which is the transaction's: rows that match, at most `most` (up to
 * AUDIT_PAGE_MAX + 1), among a bounded number that an index gives in order. On 0 *r is the
 * caller's, with *rows of them; *looked is the last place that was looked at, and *is_end says that
 * there is nothing behind it.
 */
int store_audit_find(struct db *db, const struct uuid *tenant, const struct audit_query *q,
    int32_t most, struct db_result **r, size_t *rows, struct audit_place *looked, int *is_end,
    struct error *err);
/* Where row i of such a page stands. */
struct audit_place store_audit_place(const struct db_result *r, size_t i);
/* The SQL of a look-up, for tests of how it is worked out: which one serves the wish. */
const struct db_statement *store_audit_find_statement(const struct audit_query *q);

/* Rows of a chain behind `after` as `tenant` may see them: others' are links. */
int store_audit_links(struct db *db, const struct uuid *tenant, const char *node, int64_t after,
    int32_t most, struct db_result **r, struct error *err);
/* Behind which row to begin for what came at a time (seconds) or later. */
int store_audit_seq_at(
    struct db *db, const char *node, int64_t since, int64_t *after, struct error *err);

struct audit_chain_row {
	const char *name;
	struct audit_head head, told;
	int64_t at_us, told_at_us;
};
/* All chains. On 0 *r is the caller's. */
int store_audit_chains(struct db *db, struct db_result **r, struct error *err);
struct audit_chain_row store_audit_chain_row(const struct db_result *r, size_t i);
/* The hash of a row of a chain: 1, 0 there is none, -1. */
int store_audit_hash(struct db *db, const char *node, int64_t seq,
    unsigned char hash[AUDIT_HASH_SIZE], struct error *err);

/* ---- statements and stamps ---- */

#define AUDIT_STATE_OPERATION "StateAuditHeads" /* of the row that has a statement's digest */

struct audit_statement {
	int64_t day; /* seconds: its midnight */
	const char *content, *node;
	struct span digest;
	struct span token; /* empty: none yet */
	const char *authority;
	int64_t generated; /* seconds; DB_NO_TIME */
	const char *failure;
	int64_t failed;
	int is_stated; /* the log has the row with its digest */
};
/* Behind `after` (a day's midnight; DB_NO_TIME: all), oldest first. On 0 *r is the caller's. */
int store_audit_statements(
    struct db *db, int64_t after, int32_t most, struct db_result **r, struct error *err);
struct audit_statement store_audit_statement(const struct db_result *r, size_t i);
/* 1 it was added, 0 the day has one, -1. */
int store_audit_state(struct db *db, int64_t day, int64_t made, const char *node,
    const char *content, struct span digest, struct error *err);
/*
 * Those that have no stamp: how many, and why the last attempt failed since a time of the
 * database's clock ("": none did).
 */
int store_audit_unstamped(
    struct db *db, int64_t since_us, int64_t *count, char *failure, size_t size, struct error *err);
/* Ask for stamps (NOTIFY signet_stamp_wanted); the time by the database's clock. */
int store_audit_want(struct db *db, int64_t *now_us, struct error *err);
/*
 * Claim the oldest statement without a stamp for so many seconds: 1 and *r (row 0 is the
 * statement), 0 there is none or somebody has it, -1.
 */
int store_audit_claim(
    struct db *db, const char *node, int32_t seconds, struct db_result **r, struct error *err);
int store_audit_stamp(struct db *db, int64_t day, struct span token, const char *authority,
    int64_t generated, struct error *err);
/* There was none: why, and the claim ends. */
int store_audit_stamp_failed(
    struct db *db, int64_t day, const char *node, const char *why, struct error *err);
/*
 * Rows of the log that say how far chains were, behind `after` microseconds: columns at, digest,
 * object, is there a statement with this digest. On 0 *r is the caller's.
 */
int store_audit_stated(
    struct db *db, int64_t after_us, int32_t most, struct db_result **r, struct error *err);
/* The server's own tenant: 1, 0 there is none, -1. */
int store_server_tenant(struct db *db, struct uuid *tenant, struct error *err);

#endif
