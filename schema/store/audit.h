/*
 * schema/store/audit.h: audit rows as they are stored. Hashes are made by whoever writes
 * (signing/proof/audit_chain.h); here they are bytes.
 */
#ifndef SIGNET_SCHEMA_STORE_AUDIT_H
#define SIGNET_SCHEMA_STORE_AUDIT_H

#include "schema/store/case.h"
#include "schema/store/request.h"
#include "server/base/audit_row.h"

#define AUDIT_BATCH_MAX 1024

/* The node of this name, made when it is not there yet. */
int store_node(struct db *db, const char *name, int32_t *node, struct error *err);
/* 1 found, 0 none, -1 failed. */
int store_node_find(struct db *db, const char *name, int32_t *node, struct error *err);
/*
 * Become the only writer of the node, as long as the connection lives. ERROR_CONFLICT: another
 * server writes as this node.
 */
int store_node_lock(struct db *db, int32_t node, struct error *err);
/*
 * The same until the transaction under way ends, waiting for others who do so. ERROR_UNAVAILABLE
 * when a server writes as this node all the time.
 */
int store_node_hold(struct db *db, int32_t node, struct error *err);
/* The last row of the chain; `told` (may be NULL) is what store_node_tell() said last. */
int store_audit_head(struct db *db, int32_t node, struct audit_head *head, struct audit_head *told,
    struct error *err);
/* Remember how far the chain is; never goes back. */
int store_node_tell(struct db *db, int32_t node, const struct audit_head *head, struct error *err);

/*
 * Commit rows (at most AUDIT_BATCH_MAX), records and seals of cases in one transaction and one
 * round trip; inside db_begin() the transaction goes on. ERROR_CONFLICT with db_constraint()
 * "request_id_once": one of the records is taken and nothing was written.
 */
int store_audit_commit(struct db *db, int32_t node, const struct audit_row *const *rows,
    size_t count, const struct request_record *const *records, size_t record_count,
    const struct case_seal *seals, size_t seal_count, struct error *err);

/*
 * Rows of the chain after `after` in order, at most `most`. On 0 *r is the caller's; row i by
 * store_audit_row().
 */
int store_audit_chain(struct db *db, int32_t node, int64_t after, int32_t most,
    struct db_result **r, struct error *err);
struct audit_row store_audit_row(const struct db_result *r, size_t i);

#endif
