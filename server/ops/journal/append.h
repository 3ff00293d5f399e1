/*
 * server/ops/journal/append.h: rows of the audit log in the transaction of the change that they are
 * about: both or neither. For who changes little and seldom (jobs, administrators at the shell);
 * requests hand theirs to the journal.
 */
#ifndef SIGNET_OPS_JOURNAL_APPEND_H
#define SIGNET_OPS_JOURNAL_APPEND_H

#include "schema/store/audit.h"

/*
 * Within db_begin() .. db_commit(): append the rows (at most AUDIT_BATCH_MAX) to the chain of the
 * node, which must be nobody's journal; sets seq, previous and hash of each. Others who append to
 * the same chain wait until the transaction ends, so append last.
 */
int audit_append(
    struct db *db, const char *node, struct audit_row *rows, size_t count, struct error *err);

#endif
