/*
 * server/http/metrics.h: what the server counts, and its text for Prometheus (text format 0.0.4).
 * Adding is an atomic addition; nothing here locks except the first request of a new operation.
 */
#ifndef SIGNET_HTTP_METRICS_H
#define SIGNET_HTTP_METRICS_H

#include <stdint.h>

#include "server/base/buf.h"

enum metric {
	METRIC_CONNECTIONS_ACCEPTED,
	METRIC_CONNECTIONS_OPEN,
	METRIC_CONNECTIONS_REFUSED,
	METRIC_HANDSHAKES,
	METRIC_HANDSHAKES_RESUMED,
	METRIC_HANDSHAKES_FAILED,
	METRIC_TIMEOUTS,
	METRIC_REQUESTS_IN_HAND,
	METRIC_REQUESTS_REFUSED,
	METRIC_REQUESTS_MALFORMED,
	METRIC_ANSWERS_PARKED,
	METRIC_LANE_FAST,
	METRIC_LANE_LOGIN,
	METRIC_LANE_SLOW,
	METRIC_LANE_BULK,
	METRIC_QUEUE_LOGIN,
	METRIC_QUEUE_SLOW,
	METRIC_QUEUE_BULK,
	METRIC_BYTES_IN,
	METRIC_BYTES_OUT,
	METRIC_RELOADS,
	METRIC_RELOADS_FAILED,
	METRICS
};

struct metrics;

/* NULL without memory. */
struct metrics *metrics_new(void);
void metrics_free(struct metrics *metrics); /* NULL is fine */

/* NULL metrics are counted nowhere. `by` may be negative for what stands at a level. */
void metrics_add(struct metrics *metrics, enum metric which, int64_t by);
int64_t metrics_get(const struct metrics *metrics, enum metric which);
/* A request is over. Both words are static strings; "" counts as "none". */
void metrics_request(
    struct metrics *metrics, const char *operation, const char *outcome, int64_t microseconds);
/*
 * A figure that another part keeps and that is asked for when the page is made. Name (with the
 * prefix signet_), help and type ("gauge", "counter") are static strings. At most 32, before the
 * threads start; -1 beyond.
 */
int metrics_ask(struct metrics *metrics, const char *name, const char *help, const char *type,
    double (*value)(void *arg), void *arg);

/*
 * A part that writes lines of its own, whole families with their heads; in the order of the calls,
 * behind all else. At most 8, before the threads start; -1 beyond.
 */
int metrics_part(struct metrics *metrics,
    int (*write)(void *arg, struct buf *out, struct error *err), void *arg);

int metrics_text(struct metrics *metrics, struct buf *out, struct error *err);

#endif
