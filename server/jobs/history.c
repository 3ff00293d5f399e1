/* The job `history`: old rows of the jobs' own history go. */
#include <inttypes.h>
#include <stdio.h>

#include "schema/store/job.h"
#include "server/base/clock.h"
#include "server/jobs/jobs.h"

#define KEPT_DAYS 90
#define KEPT_RUNS 20   /* of each job, whatever their age */
#define MOST_RUNS 5000 /* of each job, however young */
#define DAY	  86400

int
job_history(struct job_context *context, struct job_result *result, struct error *err)
{
	int64_t count;

	if (store_job_forget(context->db, clock_now() - KEPT_DAYS * (int64_t)DAY, KEPT_RUNS,
		MOST_RUNS, &count, err) != 0)
		return -1;
	result->has_changed = count > 0;
	snprintf(
	    result->message, sizeof(result->message), "%" PRId64 " runs were forgotten", count);
	return 0;
}
