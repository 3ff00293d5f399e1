/*
 * server/run/front.h: the front of the api process: sockets, TLS, HTTP framing, time-outs, lanes.
 *
 * A few workers share one epoll set in which idle connections are parked. A worker receives a small
 * request whole, has it served (LANE_FAST) and goes on with the next. What must wait moves to the
 * threads of LANE_LOGIN or LANE_SLOW, a body that is too large for the buffer to those of
 * LANE_BULK; their queues are bounded, and what finds them full is answered "unavailable". Each
 * caller has a share of them (limits.caller_share): by name once he is known, by address before,
 * and in LANE_BULK always by address. An answer with a pending commit is parked until the journal
 * calls back, and leaves from the journal's thread. One more thread accepts, watches the time and
 * sweeps.
 *
 * Every wait has an end: handshake and head (header_seconds), idle connections (idle_seconds), a
 * request from its first byte to its answer (request_seconds; a large body also has to keep up with
 * 64 KB a second), an answer that is not taken (request_seconds).
 */
#ifndef SIGNET_RUN_FRONT_H
#define SIGNET_RUN_FRONT_H

#include "server/http/metrics.h"
#include "server/ops/engine.h"
#include "server/ops/exchange.h"
#include "server/run/access.h"
#include "server/run/tls.h"

/* More than this is refused. */
#define FRONT_LISTENERS_MAX 64

struct front;

struct front_listener {
	int fd;		    /* bound and listening, non-blocking; the caller's */
	unsigned int doors; /* DOOR_... */
	enum tls_profile profile;
};

/* Who serves. All functions are called from many threads at once, with a state per thread. */
struct front_service {
	void *arg;
	/* On each thread that serves, when it starts (-1: the front does not start) and ends. */
	int (*thread_start)(
	    void *arg, enum lane lane, unsigned int index, void **state, struct error *err);
	void (*thread_stop)(void *arg, void *state);
	enum served (*serve)(void *arg, void *state, struct exchange *x);
	/*
	 * Make x's answer this failure, whatever stood there: the request was refused before it was
	 * served, or its commit failed. x->head is whole. May be called on the journal's thread.
	 */
	void (*fail)(void *arg, struct exchange *x, const struct error *failure);
	/* pending_start() of the engine; NULL when no exchange ever has a pending commit */
	void (*start)(struct pending *pending, void (*done)(void *arg, const struct error *failure),
	    void *arg);
	/*
	 * A worker (LANE_FAST) that had work has none left (is_idle 1), or has some again (0). Told
	 * before it waits, by that worker; NULL is fine. All begin without work.
	 */
	void (*worker_idle)(void *arg, int is_idle);
};

struct front_config {
	const struct front_listener *listeners; /* copied */
	size_t listener_count;
	struct limits limits;
	unsigned int threads[LANES]; /* each at least 1; of LANE_FAST: the workers */
	unsigned int queues[LANES];  /* requests that may wait for one; not of LANE_FAST */
	struct front_service service;
	struct metrics *metrics;   /* the caller's; NULL is fine */
	struct access_log *access; /* the caller's; NULL is fine */
	int64_t (*now)(void);	   /* NULL: clock_monotonic_us */
};

/*
 * Start the threads; connections are taken at once. TLS contexts for the listeners' profiles must
 * be in `tls` (a reference each is taken). On -1 nothing runs and *front is NULL.
 */
int front_new(struct front **front, const struct front_config *config, SSL_CTX *tls[TLS_PROFILES],
    struct error *err);
/* From now on new connections use this context; open ones keep theirs. A reference is taken. */
void front_set_tls(struct front *front, enum tls_profile profile, SSL_CTX *ctx);
/* Limits for what comes from now on. */
void front_set_limits(struct front *front, const struct limits *limits);
/* Take no new connections or requests; finish what is in hand. Returns at once. */
void front_drain(struct front *front);
unsigned int front_open(struct front *front); /* connections still open */
/* Look at the clock now: for tests whose clock jumps. */
void front_poke(struct front *front);
/*
 * Close everything and stop the threads; NULL is fine. All pending commits that the front started
 * must have called back, or must do so while this waits for them.
 */
void front_free(struct front *front);

#endif
