/* The job `case-remains`: what was stored of cases when a server died, and is no case. */
#include <inttypes.h>
#include <stdio.h>

#include "schema/store/case.h"
#include "server/base/clock.h"
#include "server/jobs/jobs.h"

#define AT_ONCE 1000
#define DAY	86400

int
job_case_remains(struct job_context *context, struct job_result *result, struct error *err)
{
	/* What the last good run saw is clean; a day of overlap, and a day for what is under way.
	 */
	const int64_t since = context->last_good != DB_NO_TIME ? context->last_good - 2 * DAY : 0;
	const int64_t before = clock_now() - DAY;
	uint64_t all = 0, swept = AT_ONCE;

	while (swept == AT_ONCE && !job_is_stopped(context)) {
		if (store_case_sweep(context->db, since, before, AT_ONCE, &swept, err) != 0)
			return -1;
		all += swept;
	}
	result->has_changed = all > 0;
	snprintf(result->message, sizeof(result->message), "%" PRIu64 " remains were removed", all);
	return 0;
}
