/*
 * server/ops/evidence/refresh.h: validation data fetched again before they end, so that no verdict
 * waits for them, and the cache kept within its bounds. For the job that is run every few minutes.
 */
#ifndef SIGNET_OPS_REFRESH_H
#define SIGNET_OPS_REFRESH_H

#include <stddef.h>
#include <stdint.h>

#include "server/base/error.h"

struct engine;

#define REFRESH_ASKED_DAYS 3  /* what no verdict wanted for so long is not fetched again */
#define REFRESH_KEPT_DAYS  30 /* and is removed after so long */

struct revocation_refreshed {
	size_t renewed;	 /* a newer one came, or the same again */
	size_t failed;	 /* what was there before stays; the log tells why */
	size_t removed;	 /* rows of the cache */
	int is_complete; /* 0: `max` was met, or the time was over: there is more to do */
};
/*
 * Fetch again what ends within a tenth of its life (an hour at most) after `now` and was asked for
 * lately, the first to end first, at most `max` things; then sweep. `until_us` is when to stop,
 * clock_monotonic_us(). What another server is just fetching is left to it. 0 also when fetches
 * failed; -1: ERROR_UNAVAILABLE (the database).
 */
int revocation_refresh(struct engine *engine, int64_t now, unsigned int max, int64_t until_us,
    struct revocation_refreshed *out, struct error *err);

#endif
