#include "server/jobs/process.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "schema/store/backoff.h"
#include "schema/store/job.h"
#include "schema/store/listen.h"
#include "schema/store/pool.h"
#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/jobs/record.h"
#include "server/jobs/scheduler.h"
#include "server/ops/trust/catalogue.h"

#define SECOND	  ((int64_t)1000000)
#define EXTEND_US (JOBS_LEASE_S / 4 * SECOND)
/* So long before a lease ends its job must have ended, or the process does. */
#define MARGIN_US  (JOBS_LEASE_S / 6 * SECOND)
#define CONNECT_MS 3000
#define PROGRAM	   "signet jobs"

/* A job under way, in a thread. */
struct run {
	enum { RUN_FREE, RUN_WORKS, RUN_ENDED } state; /* ENDED: not yet written down */
	pthread_t thread;
	struct jobs *jobs;
	const struct job_kind *kind;
	struct job_figures *figures;
	struct schedule schedule;
	struct uuid tenant;
	int64_t id, began, lease_ends; /* the lease by the monotonic clock, counted from before */
	int32_t fails;
	int64_t last_good, took_us;
	struct job_result result;
	struct error err;
	int rc;
	_Atomic int has_ended;
};

struct jobs {
	const struct jobs_config *config;
	struct db_options options;
	struct db_pool *pool; /* the engine's */
	struct engine *engine;
	struct db *db;
	struct listener *listener;
	struct backoff backoff;
	int has_abandoned; /* what a predecessor left was given up */
	int must_plan;
	int64_t wake; /* when the next one is due, by clock_now_us() */
	int64_t ping_at, extend_at;
	int signals, ended; /* an eventfd that ended jobs count up */
	_Atomic int stop;
	struct run runs[JOBS_AT_ONCE];
};

/* ---- the thread of a job ---- */

static void
work(struct run *run)
{
	struct jobs *jobs = run->jobs;
	struct job_context context = { .tenant = uuid_is_nil(&run->tenant) ? NULL : &run->tenant,
		.node = jobs->config->node,
		.options = &jobs->options,
		.run = run->id,
		.last_good = run->last_good,
		.guard = &engine_limits(jobs->engine)->fetch.guard,
		.engine = jobs->engine,
		.figures = jobs->config->figures,
		.stop = &jobs->stop };

	run->rc = db_open(&context.db, &jobs->options, &run->err);
	if (run->rc == 0)
		run->rc = run->kind->run(&context, &run->result, &run->err);
	db_close(context.db);
}

static void *
job_thread(void *arg)
{
	struct run *run = arg;
	int64_t began = clock_monotonic_us();
	uint64_t one = 1;

	log_request(run->kind->name);
	work(run);
	run->took_us = clock_monotonic_us() - began;
	atomic_store(&run->has_ended, 1);
	if (write(run->jobs->ended, &one, sizeof(one)) < 0)
		log_error("an ended job could not be told: %s", strerror(errno));
	return NULL;
}

static struct run *
free_run(struct jobs *jobs)
{
	unsigned int i;

	for (i = 0; i < JOBS_AT_ONCE; i++)
		if (jobs->runs[i].state == RUN_FREE)
			return &jobs->runs[i];
	return NULL;
}

static int
is_busy(const struct jobs *jobs)
{
	unsigned int i;

	for (i = 0; i < JOBS_AT_ONCE; i++)
		if (jobs->runs[i].state != RUN_FREE)
			return 1;
	return 0;
}

/* ---- the connection ---- */

static void
disconnect(struct jobs *jobs, const struct error *why)
{
	if (why != NULL)
		log_failure(LOG_LEVEL_WARNING, "the plan of jobs", why);
	listener_close(jobs->listener);
	db_close(jobs->db);
	jobs->listener = NULL;
	jobs->db = NULL;
	backoff_failed(&jobs->backoff, clock_monotonic_us());
	atomic_store(&jobs->config->figures->is_connected, 0);
}

static int
record_lost(struct jobs *jobs, const struct uuid *tenant, const char *job, const char *why,
    struct error *err)
{
	const struct job_record record = { .tenant = tenant,
		.job = job,
		.result = "Lost",
		.reason = why,
		.at_us = clock_now_us() };

	return job_record(jobs->db, jobs->config->node, &record, err);
}

/* The end of a transaction: rc < 0 undoes all of it. Returns rc, or -1. */
static int
end_transaction(struct db *db, int rc, struct error *err)
{
	if (rc < 0) {
		db_rollback(db);
		return -1;
	}
	return db_commit(db, err) == 0 ? rc : -1;
}

/* What a predecessor of this node was at when it died is not under way any more. */
static int
abandon(struct jobs *jobs, struct error *err)
{
	int64_t count = 0;
	int rc;

	if (jobs->has_abandoned)
		return 0;
	if (db_begin(jobs->db, err) != 0)
		return -1;
	rc = store_job_abandon(jobs->db, jobs->config->node, &count, err);
	if (rc == 0 && count > 0)
		rc = record_lost(jobs, NULL, "*", "the jobs process of the node died", err);
	if (end_transaction(jobs->db, rc, err) != 0)
		return -1;
	if (count > 0)
		log_warning(
		    "%lld jobs were under way when the last jobs process died", (long long)count);
	jobs->has_abandoned = 1;
	return 0;
}

static int
connect_database(struct jobs *jobs, struct error *err)
{
	if (db_open(&jobs->db, &jobs->options, err) != 0 ||
	    listener_open_on(&jobs->listener, "signet_job", &jobs->options, err) != 0 ||
	    abandon(jobs, err) != 0)
		return -1;
	backoff_succeeded(&jobs->backoff);
	jobs->must_plan = 1;
	jobs->ping_at = clock_monotonic_us() + JOBS_PING_S * SECOND;
	atomic_store(&jobs->config->figures->is_connected, 1);
	log_info("the plan of jobs is read; this is node %s", jobs->config->node);
	return 0;
}

/* Connected, or not yet time to try, or tried in vain: 1 only in the first case. */
static int
has_database(struct jobs *jobs)
{
	struct error err = ERROR_INIT;

	if (jobs->db != NULL)
		return 1;
	if (!backoff_may_try(&jobs->backoff, clock_monotonic_us()))
		return 0;
	if (connect_database(jobs, &err) == 0)
		return 1;
	/* Told once, not at each attempt. */
	disconnect(jobs, jobs->backoff.wait_us == 0 ? &err : NULL);
	return 0;
}

/* ---- beginning ---- */

static struct schedule_state
state_of(const struct job_row *row)
{
	return (struct schedule_state){ .is_paused = row->is_paused,
		.is_disabled = row->is_disabled,
		.is_requested = row->is_requested,
		.has_next = row->next_us != DB_NO_TIME,
		.next = row->next_us,
		.is_claimed = row->is_claimed,
		.lease_left = row->lease_left * SECOND };
}

static void
begin_thread(struct jobs *jobs, struct run *run)
{
	int failed = pthread_create(&run->thread, NULL, job_thread, run);

	run->state = RUN_WORKS;
	atomic_fetch_add(&jobs->config->figures->running, 1);
	if (failed == 0)
		return;
	/* As a job that failed at once. */
	error_cause(&run->err, ERROR_UNAVAILABLE, "no thread could be started for it", "%s",
	    strerror(failed));
	run->rc = -1;
	run->state = RUN_ENDED;
	atomic_fetch_sub(&jobs->config->figures->running, 1);
	log_failure(LOG_LEVEL_ERROR, run->kind->name, &run->err);
}

/* The claim, and in the log that another had it: 1 it is ours, 0, -1. */
static int
claim(struct jobs *jobs, const struct job_row *row, enum schedule_due due, const char *why,
    int64_t *id, struct error *err)
{
	int rc;

	if (db_begin(jobs->db, err) != 0)
		return -1;
	rc = store_job_claim(
	    jobs->db, &row->id, row->next_us, jobs->config->node, JOBS_LEASE_S, id, err);
	if (rc > 0 && due == SCHEDULE_TAKE_OVER &&
	    record_lost(
		jobs, uuid_is_nil(&row->tenant) ? NULL : &row->tenant, row->name, why, err) != 0)
		rc = -1;
	return end_transaction(jobs->db, rc, err);
}

/* Claim and begin one that is due: 0, whoever has it now; -1 the database failed. */
static int
begin(struct jobs *jobs, const struct job_row *row, int kind, enum schedule_due due,
    struct error *err)
{
	static const char *const why[] = { [SCHEDULE_BY_TIME] = "it is due",
		[SCHEDULE_BY_REQUEST] = "it was asked for",
		[SCHEDULE_TAKE_OVER] = "its server was not heard of in time" };
	struct run *run = free_run(jobs);
	int64_t asked = clock_monotonic_us(), id;
	int rc = claim(jobs, row, due, why[due], &id, err);

	if (rc == 0 && jobs->wake > clock_now_us() + SECOND)
		jobs->wake = clock_now_us() + SECOND; /* see until when the other one has it */
	if (rc <= 0)
		return rc;
	*run = (struct run){ .jobs = jobs,
		.kind = &job_kinds[kind],
		.figures = &jobs->config->figures->job[kind],
		.schedule = { row->id, row->every, row->daily },
		.tenant = row->tenant,
		.id = id,
		.began = clock_now_us(),
		.lease_ends = asked + JOBS_LEASE_S * SECOND,
		.fails = row->fails + (due == SCHEDULE_TAKE_OVER),
		.last_good = row->last_good };
	log_info("job %s begins, run %lld: %s", row->name, (long long)id, why[due]);
	begin_thread(jobs, run);
	return 0;
}

/* Told once each time the process starts: another version of the program may know it. */
static void
complain_of(const struct job_row *row)
{
	static char told[256];

	if (strstr(told, row->name) != NULL)
		return;
	snprintf(told + strlen(told), sizeof(told) - strlen(told), "%s ", row->name);
	log_warning("there is no job \"%s\" in this version", row->name);
}

static int
plan_one(struct jobs *jobs, const struct job_row *row, struct error *err)
{
	const struct schedule_state state = state_of(row);
	int kind = job_kind_find(row->name);
	enum schedule_due due;
	int64_t wake;

	if (kind < 0) {
		complain_of(row);
		return 0;
	}
	due = schedule_decide(&state, clock_now_us(), &wake);
	if (uuid_is_nil(&row->tenant))
		atomic_store(&jobs->config->figures->job[kind].next,
		    wake != SCHEDULE_NEVER ? wake / SECOND : 0);
	if (wake < jobs->wake)
		jobs->wake = wake;
	if (due == SCHEDULE_WAIT)
		return 0;
	/* No place is free: planned anew when one of those that run has ended. */
	return free_run(jobs) != NULL ? begin(jobs, row, kind, due, err) : 0;
}

static int
plan(struct jobs *jobs, struct error *err)
{
	struct db_result *r;
	struct job_row row;
	size_t i;
	int rc = 0;

	jobs->must_plan = 0;
	jobs->wake = SCHEDULE_NEVER;
	if (store_job_all(jobs->db, &r, err) != 0)
		return -1;
	for (i = 0; i < db_rows(r) && rc == 0; i++) {
		row = store_job_row(r, i);
		rc = plan_one(jobs, &row, err);
	}
	db_result_free(r);
	return rc;
}

/* ---- leases ---- */

/* -1 the database failed. A run that another has got may not go on here. */
static int
extend_one(struct jobs *jobs, struct run *run, struct error *err)
{
	int64_t asked = clock_monotonic_us();
	int rc = store_job_extend(jobs->db, run->id, JOBS_LEASE_S, err);

	if (rc > 0)
		run->lease_ends = asked + JOBS_LEASE_S * SECOND;
	if (rc == 0) {
		log_error("job %s was given to another server although it is under way here",
		    run->kind->name);
		run->lease_ends = 0;
	}
	return rc < 0 ? -1 : 0;
}

static int
extend_all(struct jobs *jobs, struct error *err)
{
	unsigned int i;

	jobs->extend_at = clock_monotonic_us() + EXTEND_US;
	for (i = 0; i < JOBS_AT_ONCE; i++)
		if (jobs->runs[i].state == RUN_WORKS && extend_one(jobs, &jobs->runs[i], err) != 0)
			return -1;
	return 0;
}

/* Two never run at once: what still works when its lease is about to end takes the process along.
 */
static void
end_with_the_lease(const struct jobs *jobs)
{
	int64_t now = clock_monotonic_us();
	unsigned int i;

	for (i = 0; i < JOBS_AT_ONCE; i++) {
		const struct run *run = &jobs->runs[i];

		if (run->state != RUN_WORKS || atomic_load(&run->has_ended) ||
		    now < run->lease_ends - MARGIN_US)
			continue;
		log_error("job %s still works and could not say so in time: this process ends, for "
			  "another server may begin it",
		    run->kind->name);
		_exit(1);
	}
}

/* ---- ends ---- */

static void
count_run(struct run *run)
{
	struct job_figures *f = run->figures;

	atomic_fetch_add(&f->runs, 1);
	atomic_fetch_add(&f->failures, run->rc != 0);
	atomic_store(&f->is_failing, run->rc != 0);
	atomic_store(&f->last_us, run->took_us);
	atomic_store(&f->last_end, clock_now());
}

static void
log_run(const struct run *run)
{
	if (run->rc != 0)
		log_failure(LOG_LEVEL_ERROR, run->kind->name, &run->err);
	else if (run->result.is_warning)
		log_warning("job %s: %s", run->kind->name, run->result.message);
	else
		log_info("job %s is done: %s", run->kind->name, run->result.message);
}

/* Collect the threads that have ended. */
static void
collect(struct jobs *jobs)
{
	unsigned int i;

	for (i = 0; i < JOBS_AT_ONCE; i++) {
		struct run *run = &jobs->runs[i];

		if (run->state != RUN_WORKS || !atomic_load(&run->has_ended))
			continue;
		pthread_join(run->thread, NULL);
		run->state = RUN_ENDED;
		atomic_fetch_sub(&jobs->config->figures->running, 1);
		count_run(run);
		log_run(run);
	}
}

/* What it did, in the log. */
static int
record(struct jobs *jobs, const struct run *run, struct error *err)
{
	const struct job_record record = { .tenant =
					       uuid_is_nil(&run->tenant) ? NULL : &run->tenant,
		.job = run->kind->name,
		.result = run->rc != 0		   ? error_kind_name(run->err.kind)
			  : run->result.is_warning ? "Warning"
						   : "Success",
		.reason = run->rc != 0 ? run->err.text : run->result.message,
		.at_us = run->began,
		.took_us = run->took_us };

	if (run->rc == 0 && !run->result.has_changed)
		return 0;
	return job_record(jobs->db, jobs->config->node, &record, err);
}

/* -1: the database failed, it is written down later, or somebody else takes over. */
static int
write_down(struct jobs *jobs, struct run *run, struct error *err)
{
	int is_cut = atomic_load(&jobs->stop), rc;
	const char *words = run->rc == 0 ? run->result.message : run->err.text;
	const char *how = run->rc == 0 ? run->result.is_warning ? "Warning" : "Success" : "Failed";
	int64_t now = clock_now_us(), next = schedule_next(&run->schedule, run->began, now,
					  run->rc != 0 ? run->fails + 1 : 0);

	/* Whether the end of the server cut it short is not known: somebody does it again. */
	if (is_cut)
		next = now;
	/* Both or neither: that it has ended, and the row of the log. */
	if (db_begin(jobs->db, err) != 0)
		return -1;
	rc = store_job_finish(
	    jobs->db, run->id, is_cut && run->rc != 0 ? "Warning" : how, words, next, err);
	if (rc >= 0 && record(jobs, run, err) != 0)
		rc = -1;
	rc = end_transaction(jobs->db, rc, err);
	if (rc < 0)
		return -1;
	if (rc == 0)
		log_warning("job %s, run %lld, was given to another server meanwhile",
		    run->kind->name, (long long)run->id);
	run->state = RUN_FREE;
	jobs->must_plan = 1;
	return 0;
}

static int
write_down_all(struct jobs *jobs, struct error *err)
{
	unsigned int i;

	for (i = 0; i < JOBS_AT_ONCE; i++)
		if (jobs->runs[i].state == RUN_ENDED && write_down(jobs, &jobs->runs[i], err) != 0)
			return -1;
	return 0;
}

/* ---- the loop ---- */

static void
tend(struct jobs *jobs)
{
	struct error err = ERROR_INIT;
	int64_t now = clock_monotonic_us();
	int is_stopping = atomic_load(&jobs->stop), rc = 0;

	collect(jobs);
	if (!has_database(jobs))
		return;
	if (now >= jobs->extend_at)
		rc = extend_all(jobs, &err);
	if (rc == 0)
		rc = write_down_all(jobs, &err);
	if (rc == 0 && now >= jobs->ping_at) {
		jobs->ping_at = now + JOBS_PING_S * SECOND;
		jobs->must_plan = 1;
		rc = listener_ping(jobs->listener, &err);
	}
	if (rc == 0 && !is_stopping && (jobs->must_plan || clock_now_us() >= jobs->wake))
		rc = plan(jobs, &err);
	if (rc != 0)
		disconnect(jobs, &err);
}

static int64_t
sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Microseconds until something is due. */
static int64_t
time_left(const struct jobs *jobs, int64_t end)
{
	int64_t now = clock_monotonic_us(), left = end - now;
	unsigned int i;

	for (i = 0; i < JOBS_AT_ONCE; i++)
		if (jobs->runs[i].state == RUN_WORKS)
			left = sooner(left, jobs->runs[i].lease_ends - MARGIN_US - now);
	if (jobs->db == NULL)
		return sooner(left, jobs->backoff.until_us - now);
	left = sooner(left, jobs->ping_at - now);
	if (is_busy(jobs))
		left = sooner(left, jobs->extend_at - now);
	if (jobs->wake != SCHEDULE_NEVER && !atomic_load(&jobs->stop))
		left = sooner(left, jobs->wake - clock_now_us());
	return left;
}

static void
hear_plan(struct jobs *jobs)
{
	struct error err = ERROR_INIT;
	int rc = listener_take(jobs->listener, &err);

	if (rc > 0)
		jobs->must_plan = 1;
	if (rc < 0)
		disconnect(jobs, &err);
}

/* Until SIGTERM, or until nothing is under way or `end` has come. */
static void
loop(struct jobs *jobs, int64_t end)
{
	struct signalfd_siginfo info;
	uint64_t count;
	int64_t left;

	for (;;) {
		tend(jobs);
		end_with_the_lease(jobs);
		if (atomic_load(&jobs->stop) && (!is_busy(jobs) || clock_monotonic_us() >= end))
			return;
		struct pollfd fds[] = { { jobs->signals, POLLIN, 0 }, { jobs->ended, POLLIN, 0 },
			{ jobs->listener != NULL ? listener_fd(jobs->listener) : -1, POLLIN, 0 } };

		left = time_left(jobs, end);
		poll(fds, 3,
		    left <= 0		   ? 0
		    : left > 3600 * SECOND ? 3600000
					   : (int)(left / 1000) + 1);
		if ((fds[1].revents & POLLIN) && read(jobs->ended, &count, sizeof(count)) < 0)
			log_debug("woken for nothing");
		if (fds[2].revents != 0)
			hear_plan(jobs);
		if ((fds[0].revents & POLLIN) &&
		    read(jobs->signals, &info, sizeof(info)) == (ssize_t)sizeof(info) &&
		    info.ssi_signo == SIGTERM && !atomic_load(&jobs->stop))
			return;
	}
}

/* ---- start and end ---- */

/* As far as jobs need one: nobody calls, nothing is signed. */
static int
make_engine(struct jobs *jobs, struct error *err)
{
	const struct db_pool_options pool = { .connection = jobs->options,
		.max = JOBS_AT_ONCE + 1 };
	struct engine_parts parts = { .limits = jobs->config->limits, .node = jobs->config->node };

	if (db_pool_new(&jobs->pool, &pool, err) != 0)
		return -1;
	parts.pool = jobs->pool;
	if (engine_new(&jobs->engine, &parts, err) != 0)
		return -1;
	return ops_catalogue_use(
	    jobs->engine, jobs->config->catalogue, jobs->config->catalogue_signer, err);
}

static int
prepare(struct jobs *jobs, struct error *err)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	clock_set_offset(jobs->config->clock_offset);
	jobs->options = (struct db_options){
		.conninfo = jobs->config->conninfo, .program = PROGRAM, .connect_ms = CONNECT_MS
	};
	jobs->wake = SCHEDULE_NEVER;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0 ||
	    (jobs->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)) < 0 ||
	    (jobs->ended = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0)
		return error_errno(err, "the jobs process could not wait for signals");
	atomic_store(&jobs->config->figures->is_connected, 0);
	atomic_store(&jobs->config->figures->running, 0);
	return fetch_setup(err) == 0 ? make_engine(jobs, err) : -1;
}

static void
close_file(int fd)
{
	if (fd >= 0)
		close(fd);
}

static void
tell_parent(int fd, const char *word)
{
	if (fd < 0)
		return;
	(void)!write(fd, word, strlen(word));
	close(fd);
}

int
jobs_process(const struct jobs_config *config)
{
	struct jobs jobs = { .config = config, .signals = -1, .ended = -1 };
	struct error err = ERROR_INIT;

	if (prepare(&jobs, &err) != 0) {
		log_failure(LOG_LEVEL_ERROR, "could not start", &err);
		tell_parent(config->ready_fd, err.text);
		return 1;
	}
	close_file(config->catalogue);
	close_file(config->catalogue_signer);
	tell_parent(config->ready_fd, "ready");
	loop(&jobs, INT64_MAX);
	log_info("no job begins any more");
	atomic_store(&jobs.stop, 1);
	loop(&jobs, clock_monotonic_us() + (int64_t)config->drain_seconds * SECOND);
	if (is_busy(&jobs)) {
		/* Its threads are in it: what is left to do is another process's, by the lease. */
		log_warning("jobs under way are cut off");
		_exit(0);
	}
	engine_free(jobs.engine);
	db_pool_free(jobs.pool);
	listener_close(jobs.listener);
	db_close(jobs.db);
	close(jobs.signals);
	close(jobs.ended);
	return 0;
}
