/*
 * schema/store/job.h: jobs, who works on them, and what became of them. Over all tenants: for the
 * jobs process, not for callers. What is claimed is the caller's until its lease ends by the
 * database's clock, and longer as long as it is extended in time.
 */
#ifndef SIGNET_SCHEMA_STORE_JOB_H
#define SIGNET_SCHEMA_STORE_JOB_H

#include "schema/store/db.h"

struct job_row {
	struct uuid id, tenant; /* tenant nil: of the whole installation */
	const char *name;	/* a view into the result */
	int32_t every;		/* seconds; 0: once a day at `daily` */
	int32_t daily;		/* seconds after midnight, UTC */
	int is_paused, is_disabled, is_requested;
	int64_t next_us; /* DB_NO_TIME: as soon as possible */
	int32_t fails;	 /* in a row */
	int is_claimed;
	int32_t lease_left; /* seconds; of a claimed one, 0 or less: nobody was heard of */
	int64_t last_good;  /* when the last run began that did not fail; DB_NO_TIME: none */
};
/* All of active tenants and of the installation. On 0 *r is the caller's, for db_result_free(). */
int store_job_all(struct db *db, struct db_result **r, struct error *err);
struct job_row store_job_row(const struct db_result *r, size_t i);

/*
 * Claim what was found due while its next run was next_us: 1 and *run, or 0 when another server has
 * it or had it meanwhile, or it is not to be done any more.
 */
int store_job_claim(struct db *db, const struct uuid *job, int64_t next_us, const char *node,
    int32_t lease, int64_t *run, struct error *err);
/* 1 it is still ours, 0 another server has it, -1 not known. */
int store_job_extend(struct db *db, int64_t run, int32_t lease, struct error *err);
/* `result` is "Success", "Warning" or "Failed". 1, or 0 when it was not ours any more. */
int store_job_finish(struct db *db, int64_t run, const char *result, const char *message,
    int64_t next_us, struct error *err);
/* Whatever this node was at is lost: for a process that starts. */
int store_job_abandon(struct db *db, const char *node, int64_t *count, struct error *err);
/*
 * Forget runs that ended before `before` (a day ago at the latest) but for the last `keep` of each
 * job, and whatever is more than `most` of one.
 */
int store_job_forget(
    struct db *db, int64_t before, int32_t keep, int32_t most, int64_t *count, struct error *err);

/* ---- the plan, for administrators: a connection of signet_owner ---- */

/* Columns name, tenant ("": all), every, daily (seconds), state, next, is requested, claimed by,
 * last start, last result, last message. */
int store_job_plan(struct db *db, struct db_result **r, struct error *err);
struct job_change {
	const char *state; /* NULL: as it is */
	int32_t every;	   /* seconds; 0: see daily */
	int has_daily;
	int32_t daily; /* seconds after midnight, UTC */
	int run_now;
};
/* Of a job of the whole installation; a new plan begins with a run. ERROR_NOT_FOUND. */
int store_job_change(
    struct db *db, const char *name, const struct job_change *change, struct error *err);

/* ---- what jobs ask ---- */

/* Columns tenant (nil: for all), name, kind: lists of lists first. tenant NULL: the installation's.
 */
int store_trust_sources_of(
    struct db *db, const struct uuid *tenant, struct db_result **r, struct error *err);
struct trust_source_name {
	struct uuid tenant;
	const char *name;
	int is_lotl;
};
struct trust_source_name store_trust_source_name(const struct db_result *r, size_t i);

struct own_certificate {
	const char *tenant, *kind, *name;
	int64_t not_after;	 /* DB_NO_TIME: see the certificate */
	struct span certificate; /* DER, where not_after is not known */
};
int store_own_certificates(struct db *db, const struct uuid *tenant, int64_t before,
    struct db_result **r, struct error *err);
struct own_certificate store_own_certificate(const struct db_result *r, size_t i);

#endif
