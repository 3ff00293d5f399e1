/*
 * server/jobs/record.h: what jobs did, in the audit log: a row for each run that changed something,
 * failed or was lost, in the transaction that writes down its end. All that the jobs process of a
 * server logs stands in one chain, NAME/jobs (the chain "NAME jobs" of earlier versions has ended).
 */
#ifndef SIGNET_JOBS_RECORD_H
#define SIGNET_JOBS_RECORD_H

#include "schema/store/db.h"

#define JOB_NODE_SIZE 513
/* The name of the chain; returns out. */
char *job_node(char out[JOB_NODE_SIZE], const char *node);

struct job_record {
	const struct uuid *tenant; /* NULL: the whole installation's */
	const char *job;
	const char *result; /* "Success", "Warning", "Lost", or the kind of a failure */
	const char *reason;
	int64_t at_us, took_us;
};
/* Within db_begin() .. db_commit(); last, since others wait who write to the chain. */
int job_record(struct db *db, const char *node, const struct job_record *record, struct error *err);

#endif
