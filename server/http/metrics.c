#include "server/http/metrics.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPERATIONS_MAX 128
#define OUTCOMES_MAX   24
#define PARTS_MAX      8
#define ASKED_MAX      32

static const struct description {
	const char *name, *labels, *type, *help;
} descriptions[METRICS] = {
	[METRIC_CONNECTIONS_ACCEPTED] = { "connections_accepted_total", "", "counter",
	    "Connections taken." },
	[METRIC_CONNECTIONS_OPEN] = { "connections_open", "", "gauge", "Connections now open." },
	[METRIC_CONNECTIONS_REFUSED] = { "connections_refused_total", "", "counter",
	    "Connections closed at once: over a limit, or out of descriptors." },
	[METRIC_HANDSHAKES] = { "tls_handshakes_total", "", "counter", "TLS handshakes done." },
	[METRIC_HANDSHAKES_RESUMED] = { "tls_handshakes_resumed_total", "", "counter",
	    "TLS handshakes that resumed a session." },
	[METRIC_HANDSHAKES_FAILED] = { "tls_handshakes_failed_total", "", "counter",
	    "TLS handshakes that failed." },
	[METRIC_TIMEOUTS] = { "timeouts_total", "", "counter",
	    "Connections closed because the client was too slow." },
	[METRIC_REQUESTS_IN_HAND] = { "requests_in_hand", "", "gauge",
	    "Requests being served or waiting for their answer to leave." },
	[METRIC_REQUESTS_REFUSED] = { "requests_refused_total", "", "counter",
	    "Requests answered 503 because too much was in hand." },
	[METRIC_REQUESTS_MALFORMED] = { "requests_malformed_total", "", "counter",
	    "Requests that were no acceptable HTTP." },
	[METRIC_ANSWERS_PARKED] = { "answers_parked", "", "gauge",
	    "Answers that wait for their audit row to be on disk." },
	[METRIC_LANE_FAST] = { "lane_requests_total", "{lane=\"fast\"}", "counter",
	    "Requests served, by lane." },
	[METRIC_LANE_LOGIN] = { "lane_requests_total", "{lane=\"login\"}", "counter", NULL },
	[METRIC_LANE_SLOW] = { "lane_requests_total", "{lane=\"slow\"}", "counter", NULL },
	[METRIC_LANE_BULK] = { "lane_requests_total", "{lane=\"bulk\"}", "counter", NULL },
	[METRIC_QUEUE_LOGIN] = { "lane_queue", "{lane=\"login\"}", "gauge",
	    "Requests waiting for a thread, by lane." },
	[METRIC_QUEUE_SLOW] = { "lane_queue", "{lane=\"slow\"}", "gauge", NULL },
	[METRIC_QUEUE_BULK] = { "lane_queue", "{lane=\"bulk\"}", "gauge", NULL },
	[METRIC_BYTES_IN] = { "http_bytes_total", "{direction=\"in\"}", "counter",
	    "Bytes of HTTP heads and bodies." },
	[METRIC_BYTES_OUT] = { "http_bytes_total", "{direction=\"out\"}", "counter", NULL },
	[METRIC_RELOADS] = { "reloads_total", "", "counter", "Configurations taken over." },
	[METRIC_RELOADS_FAILED] = { "reloads_failed_total", "", "counter",
	    "Configurations refused at reload." },
};

/* Upper bounds in microseconds; one bucket more takes the rest. */
static const int64_t bounds[] = { 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000,
	500000, 1000000, 2500000, 10000000, 60000000 };
#define BUCKETS (sizeof(bounds) / sizeof(bounds[0]) + 1)

struct outcome_count {
	_Atomic(const char *) name;
	_Atomic uint64_t count;
};

struct operation_count {
	_Atomic(const char *) name;
	struct outcome_count outcomes[OUTCOMES_MAX];
	_Atomic uint64_t buckets[BUCKETS];
	_Atomic uint64_t microseconds;
};

struct asked {
	const char *name, *help, *type;
	double (*value)(void *arg);
	void *arg;
};

struct metrics {
	_Atomic int64_t values[METRICS];
	struct operation_count operations[OPERATIONS_MAX];
	struct asked asked[ASKED_MAX];
	size_t asked_count;
	struct {
		int (*write)(void *arg, struct buf *out, struct error *err);
		void *arg;
	} parts[PARTS_MAX];
	size_t part_count;
	pthread_mutex_t lock; /* taken to name a new row */
};

struct metrics *
metrics_new(void)
{
	struct metrics *m = calloc(1, sizeof(*m));

	if (m != NULL)
		pthread_mutex_init(&m->lock, NULL);
	return m;
}

void
metrics_free(struct metrics *m)
{
	if (m == NULL)
		return;
	pthread_mutex_destroy(&m->lock);
	free(m);
}

void
metrics_add(struct metrics *m, enum metric which, int64_t by)
{
	if (m != NULL)
		atomic_fetch_add_explicit(&m->values[which], by, memory_order_relaxed);
}

int64_t
metrics_get(const struct metrics *m, enum metric which)
{
	return m == NULL ? 0 : atomic_load_explicit(&m->values[which], memory_order_relaxed);
}

/* Find or make the row with that name: 1 = this is it. Rows fill from the front. */
static int
claim(struct metrics *m, _Atomic(const char *) *slot, const char *name)
{
	const char *there = atomic_load_explicit(slot, memory_order_acquire);

	if (there == NULL) {
		pthread_mutex_lock(&m->lock);
		there = atomic_load(slot);
		if (there == NULL) {
			atomic_store_explicit(slot, name, memory_order_release);
			there = name;
		}
		pthread_mutex_unlock(&m->lock);
	}
	return there == name || strcmp(there, name) == 0;
}

void
metrics_request(struct metrics *m, const char *operation, const char *outcome, int64_t microseconds)
{
	struct operation_count *op;
	size_t i, b;

	if (m == NULL)
		return;
	if (operation == NULL || operation[0] == '\0')
		operation = "none";
	if (outcome == NULL || outcome[0] == '\0')
		outcome = "none";
	for (i = 0; i < OPERATIONS_MAX - 1; i++)
		if (claim(m, &m->operations[i].name, operation))
			break;
	op = &m->operations[i];
	for (i = 0; i < OUTCOMES_MAX - 1; i++)
		if (claim(m, &op->outcomes[i].name, outcome))
			break;
	for (b = 0; b < BUCKETS - 1 && microseconds > bounds[b]; b++)
		;
	atomic_fetch_add_explicit(&op->outcomes[i].count, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&op->buckets[b], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&op->microseconds, (uint64_t)microseconds, memory_order_relaxed);
}

int
metrics_ask(struct metrics *m, const char *name, const char *help, const char *type,
    double (*value)(void *arg), void *arg)
{
	if (m->asked_count == ASKED_MAX)
		return -1;
	m->asked[m->asked_count++] = (struct asked){ name, help, type, value, arg };
	return 0;
}

int
metrics_part(
    struct metrics *m, int (*write)(void *arg, struct buf *out, struct error *err), void *arg)
{
	if (m->part_count == PARTS_MAX)
		return -1;
	m->parts[m->part_count].write = write;
	m->parts[m->part_count++].arg = arg;
	return 0;
}

/* ---- the page ---- */

static int
write_head(struct buf *out, const char *name, const char *type, const char *help, struct error *err)
{
	return buf_printf(
	    out, err, "# HELP signet_%s %s\n# TYPE signet_%s %s\n", name, help, name, type);
}

static int
write_values(struct metrics *m, struct buf *out, struct error *err)
{
	const struct description *d;
	size_t i;

	for (i = 0; i < METRICS; i++) {
		d = &descriptions[i];
		if (d->help != NULL && write_head(out, d->name, d->type, d->help, err) != 0)
			return -1;
		if (buf_printf(out, err, "signet_%s%s %" PRId64 "\n", d->name, d->labels,
			atomic_load(&m->values[i])) != 0)
			return -1;
	}
	return 0;
}

static int
write_outcomes(struct metrics *m, struct buf *out, struct error *err)
{
	const char *op, *outcome;
	size_t i, k;

	if (write_head(
		out, "requests_total", "counter", "Requests, by operation and outcome.", err) != 0)
		return -1;
	for (i = 0; i < OPERATIONS_MAX; i++)
		for (k = 0; k < OUTCOMES_MAX; k++) {
			op = atomic_load(&m->operations[i].name);
			outcome = atomic_load(&m->operations[i].outcomes[k].name);
			if (outcome != NULL &&
			    buf_printf(out, err,
				"signet_requests_total{operation=\"%s\",outcome=\"%s\"} %" PRIu64
				"\n",
				op != NULL ? op : "other", outcome,
				atomic_load(&m->operations[i].outcomes[k].count)) != 0)
				return -1;
		}
	return 0;
}

static int
write_histogram(struct operation_count *op, const char *name, struct buf *out, struct error *err)
{
	uint64_t sum = 0;
	char bound[32];
	size_t b;

	for (b = 0; b < BUCKETS; b++) {
		sum += atomic_load(&op->buckets[b]);
		if (b < BUCKETS - 1)
			snprintf(bound, sizeof(bound), "%g", (double)bounds[b] / 1e6);
		else
			snprintf(bound, sizeof(bound), "+Inf");
		if (buf_printf(out, err,
			"signet_request_seconds_bucket{operation=\"%s\",le=\"%s\"} %" PRIu64 "\n",
			name, bound, sum) != 0)
			return -1;
	}
	return buf_printf(out, err,
	    "signet_request_seconds_sum{operation=\"%s\"} %.6f\n"
	    "signet_request_seconds_count{operation=\"%s\"} %" PRIu64 "\n",
	    name, (double)atomic_load(&op->microseconds) / 1e6, name, sum);
}

static int
write_asked(const struct asked *a, struct buf *out, struct error *err)
{
	if (write_head(out, a->name, a->type, a->help, err) != 0)
		return -1;
	return buf_printf(out, err, "signet_%s %.17g\n", a->name, a->value(a->arg));
}

int
metrics_text(struct metrics *m, struct buf *out, struct error *err)
{
	const char *name;
	size_t i;

	if (write_values(m, out, err) != 0 || write_outcomes(m, out, err) != 0 ||
	    write_head(out, "request_seconds", "histogram",
		"From the first byte of a request to the last of its answer.", err) != 0)
		return -1;
	for (i = 0; i < OPERATIONS_MAX; i++) {
		name = atomic_load(&m->operations[i].name);
		if (name != NULL && write_histogram(&m->operations[i], name, out, err) != 0)
			return -1;
	}
	for (i = 0; i < m->asked_count; i++)
		if (write_asked(&m->asked[i], out, err) != 0)
			return -1;
	for (i = 0; i < m->part_count; i++)
		if (m->parts[i].write(m->parts[i].arg, out, err) != 0)
			return -1;
	return 0;
}
