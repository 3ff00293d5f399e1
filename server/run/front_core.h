/* server/run/front_core.h: inside of the front, shared by its files; nobody else includes it. */
#ifndef SIGNET_RUN_FRONT_CORE_H
#define SIGNET_RUN_FRONT_CORE_H

#include <stdatomic.h>

#include "server/run/conn.h"
#include "server/run/front.h"
#include "server/run/lane.h"
#include "server/run/turn.h"

struct limits_kept {
	struct limits limits;
	struct limits_kept *next;
};

struct front {
	struct front_config config;
	struct front_listener *listeners;
	struct conns conns;
	struct lane_pool lanes[LANES]; /* that of LANE_FAST is empty: epoll is its queue */

	pthread_mutex_t lock; /* tls, kept, started */
	pthread_cond_t changed;
	SSL_CTX *tls[TLS_PROFILES];
	struct limits_kept *kept; /* all that ever were: a thread may still look at an old one */
	unsigned int starting, failed;
	struct error start_error;

	_Atomic(const struct limits *) limits;
	_Atomic int draining, stopping;
	_Atomic unsigned int in_hand;
	_Atomic unsigned int large;  /* requests that take much memory while they come in */
	struct peers large_by;	     /* the same by address */
	_Atomic unsigned int parked; /* answers with a commit under way */

	pthread_t *threads;
	unsigned int thread_count;
	pthread_t keeper;
	int has_keeper;
	int wake;	/* eventfd: the keeper looks around */
	int stop_event; /* eventfd in the epoll set: workers look at `stopping` */
	int spare;	/* a descriptor to give up when there are no more */
	int swept;
	int64_t complained; /* when a refusal was last logged */
};

static inline const struct limits *
front_limits(struct front *front)
{
	return atomic_load_explicit(&front->limits, memory_order_acquire);
}

/* Let a connection that the caller owns go on as far as it can, on a worker. */
void front_progress(struct front *front, void *state, struct conn *conn);
/* Serve a turn on a thread of a lane. */
void front_serve_lane(struct front *front, void *state, struct turn *turn);
/* The time of a connection is over. */
void front_timeout(struct front *front, struct conn *conn);
/* Close a connection and give its turn up; the caller owns both. */
void front_drop(struct front *front, struct conn *conn);

/* The thread that accepts, watches the time and sweeps. */
void *front_keeper(void *arg);

#endif
