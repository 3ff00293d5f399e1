/*
 * server/jobs/process.h: the jobs process: it looks into the plan, claims what is due, runs each
 * job in a thread, says in time that it still works, and writes down what became of it.
 *
 * A claim is a lease by the database's clock. A process that cannot extend one of its leases before
 * it ends, and whose job does not end either, ends itself: another server may have begun that job,
 * and two never run at once.
 *
 * It wakes when a job is due, when the plan was changed (NOTIFY signet_job), when a job has ended,
 * and for its leases; an idle one looks once in JOBS_PING_S whether the database is still there.
 */
#ifndef SIGNET_JOBS_PROCESS_H
#define SIGNET_JOBS_PROCESS_H

#include "server/jobs/jobs.h"

#define JOBS_AT_ONCE 4
#define JOBS_LEASE_S 60
#define JOBS_PING_S  60

struct jobs_config {
	const char *conninfo;
	const char *node;
	const struct limits *limits; /* of fetching, for what verdicts need; copied */
	int catalogue,
	    catalogue_signer; /* of algorithms, open, closed here; -1: the built-in one */
	unsigned int drain_seconds;
	int64_t clock_offset; /* seconds; for tests */
	struct jobs_figures *figures;
	int ready_fd; /* gets "ready" or why it did not start, and is closed; -1: none */
};

/*
 * Runs until SIGTERM; the exit status. A database that is away is waited for. SIGTERM: claim
 * nothing more, ask the jobs under way to stop, write down those that end within drain_seconds; the
 * others are left to their leases.
 */
int jobs_process(const struct jobs_config *config);

#endif
