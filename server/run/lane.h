/* server/run/lane.h: a bounded queue of requests and the threads that serve it. */
#ifndef SIGNET_RUN_LANE_H
#define SIGNET_RUN_LANE_H

#include <pthread.h>

#include "server/ops/exchange.h"

struct front;
struct turn;

struct lane_pool {
	pthread_mutex_t lock;
	pthread_cond_t filled;
	struct turn **ring;
	unsigned int size, first, count;
	int stopping;
};

int lane_init(struct lane_pool *pool, unsigned int size, struct error *err);
void lane_release(struct lane_pool *pool); /* no thread waits any more; it is empty */
/* -1 when it is full: the turn stays the caller's. */
int lane_push(struct lane_pool *pool, struct turn *turn);
/* Wait for one; NULL when the pool stops and is empty. */
struct turn *lane_pop(struct lane_pool *pool);
void lane_stop(struct lane_pool *pool);

#endif
