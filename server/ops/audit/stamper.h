/*
 * server/ops/audit/stamper.h: time stamps for what was stated of the audit log, made where the keys
 * are.
 */
#ifndef SIGNET_OPS_AUDIT_STAMPER_H
#define SIGNET_OPS_AUDIT_STAMPER_H

#include "schema/store/db.h"

struct engine;

/*
 * Stamp the oldest statement that has no stamp and that nobody is at: 1 it has one now; 0 there is
 * none; -1 none could be got, which is written down, too.
 */
int audit_stamp_next(struct engine *engine, struct error *err);

struct stamper;
/* A thread that does so whenever it is asked. The engine stays the caller's and must outlive it. */
int stamper_start(struct stamper **stamper, struct engine *engine,
    const struct db_options *connection, struct error *err);
void stamper_stop(struct stamper *stamper); /* waits for its end; NULL is fine */

#endif
