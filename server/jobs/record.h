/*
 * server/jobs/record.h: what jobs did, in the audit log: a row for each run that changed something,
 * failed or was lost. The jobs process has a chain of its own, as the node NAME/jobs: there is one
 * writer to a chain.
 */
#ifndef SIGNET_JOBS_RECORD_H
#define SIGNET_JOBS_RECORD_H

#include "schema/store/db.h"

struct journal;

/*
 * ERROR_CONFLICT when another server of this name runs jobs; a database that is away is no reason
 * to fail. For journal_close().
 */
int job_record_open(struct journal **journal, const struct db_options *connection, const char *node,
    struct error *err);

struct job_record {
	const struct uuid *tenant; /* NULL: the whole installation's */
	const char *job;
	const char *result; /* "Success", "Warning", "Lost", or the kind of a failure */
	const char *reason;
	int64_t at_us, took_us;
};
/* Hand it in; what becomes of it is logged. */
void job_record(struct journal *journal, const struct job_record *record);

#endif
