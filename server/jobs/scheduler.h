/*
 * server/jobs/scheduler.h: what is due when. Pure: the time is an argument, in microseconds since
 * 1970; nothing is kept, nobody is asked.
 *
 * Jobs that fall on the same moment are spread: each has its own place in a small part of its
 * interval, taken from its id, which differs between installations. So neither one's own database
 * nor the servers that all installations fetch from meet everybody at once.
 */
#ifndef SIGNET_JOBS_SCHEDULER_H
#define SIGNET_JOBS_SCHEDULER_H

#include <stdint.h>

#include "server/base/uuid.h"

#define SCHEDULE_SECOND ((int64_t)1000000)
#define SCHEDULE_DAY	(86400 * SCHEDULE_SECOND)
/* How far a job is put off at most: a tenth of its interval, and no more than this. */
#define SCHEDULE_SPREAD (10 * 60 * SCHEDULE_SECOND)
/* After a failure it is tried again so soon; each further one doubles it, up to the interval. */
#define SCHEDULE_RETRY (60 * SCHEDULE_SECOND)
/* Never: later than anything. */
#define SCHEDULE_NEVER INT64_MAX

struct schedule {
	struct uuid id; /* of the job */
	int32_t every;	/* seconds; 0: each day at `daily` */
	int32_t daily;	/* seconds after midnight, UTC: no day has a second or a missing one */
};

/*
 * When a job that began at `began` and ended at `now` is due again, having failed `fails` times in
 * a row. Intervals count from start to start; starts that were missed are not made up for. Always
 * later than now.
 */
int64_t schedule_next(const struct schedule *s, int64_t began, int64_t now, int32_t fails);

/* A job as the database has it. */
struct schedule_state {
	int is_paused, is_disabled, is_requested;
	int has_next; /* else: as soon as possible */
	int64_t next;
	int is_claimed;	    /* by whomever */
	int64_t lease_left; /* microseconds; 0 or less: its server was not heard of in time */
};
enum schedule_due {
	SCHEDULE_WAIT,
	SCHEDULE_BY_TIME,
	SCHEDULE_BY_REQUEST,
	SCHEDULE_TAKE_OVER /* somebody began it and was not heard of */
};
/* Is it due now? If not, *wake is when to look again, unless told before: SCHEDULE_NEVER at most.
 */
enum schedule_due schedule_decide(const struct schedule_state *s, int64_t now, int64_t *wake);

#endif
