/*
 * The job `revocation` (S2-30): CRLs, OCSP answers and issuers that verdicts asked for lately are
 * fetched again before they end, so that no verdict waits for them; the cache that all servers
 * share is kept within its bounds.
 */
#include <stdio.h>

#include "server/base/clock.h"
#include "server/jobs/jobs.h"
#include "server/ops/evidence/refresh.h"

#define AT_A_TIME 20 /* things, between two looks at whether the server ends */
#define AT_MOST_S 60 /* for these */
#define ROUNDS	  50 /* of one run: what is left is the next one's */
#define SECOND	  ((int64_t)1000000)

int
job_revocation(struct job_context *context, struct job_result *result, struct error *err)
{
	struct revocation_refreshed all = { 0 }, some = { 0 };
	unsigned int round;

	for (round = 0; round < ROUNDS && !some.is_complete && !job_is_stopped(context); round++) {
		if (revocation_refresh(context->engine, clock_now(), AT_A_TIME,
			clock_monotonic_us() + AT_MOST_S * SECOND, &some, err) != 0)
			return -1;
		all.renewed += some.renewed;
		all.failed += some.failed;
		all.removed += some.removed;
		/* What failed is looked at again by the next run, not at once. */
		if (some.renewed == 0)
			break;
	}
	result->is_warning = all.failed > 0;
	result->has_changed = all.renewed > 0 || all.removed > 0;
	snprintf(result->message, sizeof(result->message),
	    "%zu fetched again, %zu could not be, %zu removed from the cache%s", all.renewed,
	    all.failed, all.removed, some.is_complete ? "" : "; there is more to do");
	return 0;
}
