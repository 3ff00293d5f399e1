/*
 * server/run/lane.h: a bounded queue of requests and the threads that serve it, shared fairly by
 * callers: each caller whose requests wait has his turn, one request after the other's, and nobody
 * has more than a share of the places to wait in or of the threads. So who floods waits for
 * himself.
 */
#ifndef SIGNET_RUN_LANE_H
#define SIGNET_RUN_LANE_H

#include <pthread.h>

#include "server/ops/exchange.h"

#define LANE_CALLERS	 64 /* buckets */
#define LANE_CALLER_SIZE 112

struct turn;
struct lane_caller;

struct lane_pool {
	pthread_mutex_t lock;
	pthread_cond_t filled;
	unsigned int size;    /* requests that may wait */
	unsigned int threads; /* that serve them */
	/* under the lock */
	struct lane_caller *callers[LANE_CALLERS]; /* who has something waiting or being served */
	struct lane_caller *first, *last;	   /* whose turn it is next, of those who wait */
	unsigned int count;
	unsigned int most_waiting, most_served; /* of one caller */
	int is_ready, stopping;
};

enum lane_taken {
	LANE_TAKEN,
	LANE_FULL,  /* nobody's more can wait, or no memory */
	LANE_SHARE, /* this caller has all waiting that he may have */
};

void lane_init(struct lane_pool *pool, unsigned int size, unsigned int threads);
/* No thread waits any more; it is empty. Nothing happens to one of zeros. */
void lane_release(struct lane_pool *pool);
/* How much one caller may have from now on, in percent of places and threads; 0: all. */
void lane_set_share(struct lane_pool *pool, unsigned int percent);
/* Unless LANE_TAKEN the turn stays the caller's. `who` is copied, and cut to LANE_CALLER_SIZE. */
enum lane_taken lane_push(struct lane_pool *pool, struct turn *turn, const char *who);
/* Wait for one; NULL when the pool stops and is empty. *by is for lane_done(). */
struct turn *lane_pop(struct lane_pool *pool, struct lane_caller **by);
/* The turn that came with `by` is served, and is perhaps gone. */
void lane_done(struct lane_pool *pool, struct lane_caller *by);
void lane_stop(struct lane_pool *pool);

#endif
