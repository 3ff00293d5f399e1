/*
 * server/jobs/jobs.h: the table of jobs. A job is a function that is called when it is due, in a
 * thread of its own, with a connection of its own, by one server at a time. It may be ended in the
 * midst by a crash and is then begun again, here or on another server: whatever it does must be
 * right when done twice.
 */
#ifndef SIGNET_JOBS_JOBS_H
#define SIGNET_JOBS_JOBS_H

#include <stdatomic.h>

#include "schema/store/db.h"
#include "server/fetch/fetch.h"
#include "server/jobs/figures.h"
#include "server/ops/engine.h"

struct job_context {
	struct db *db;
	struct engine *engine;	   /* for what verdicts need; shared by the jobs */
	const struct uuid *tenant; /* NULL: the whole installation's */
	const char *node;
	const struct db_options *options; /* for a connection that hears */
	int64_t run;			  /* of job_run: greater than that of any run before */
	int64_t last_good; /* when the last run that did not fail began; DB_NO_TIME */
	/* What may be dialled beside the administrator's own URLs. */
	const struct dial_guard *guard;
	struct jobs_figures *figures;
	const _Atomic int *stop;
};
/* 1 when the server ends: the job returns as soon as it can, with what it has done so far. */
int job_is_stopped(const struct job_context *context);

struct job_result {
	int is_warning;	 /* something is left for an administrator to look at */
	int has_changed; /* anything: the run is in the audit log */
	char message[1000];
};

struct job_kind {
	const char *name; /* as in signet.job */
	/* -1: it failed and is tried again soon. The connection may be lost then. */
	int (*run)(struct job_context *context, struct job_result *result, struct error *err);
};
extern const struct job_kind job_kinds[];
extern const unsigned int job_kind_count;
/* Its place in the table, or -1. */
int job_kind_find(const char *name);

int job_revocation(struct job_context *context, struct job_result *result, struct error *err);
int job_trust_lists(struct job_context *context, struct job_result *result, struct error *err);
int job_expiry(struct job_context *context, struct job_result *result, struct error *err);
int job_history(struct job_context *context, struct job_result *result, struct error *err);
int job_case_remains(struct job_context *context, struct job_result *result, struct error *err);
int job_user_certificates(
    struct job_context *context, struct job_result *result, struct error *err);
int job_audit_stamps(struct job_context *context, struct job_result *result, struct error *err);

#endif
