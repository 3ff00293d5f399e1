#include "server/run/lane.h"

#include <stdlib.h>
#include <string.h>

int
lane_init(struct lane_pool *pool, unsigned int size, struct error *err)
{
	memset(pool, 0, sizeof(*pool));
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->filled, NULL);
	pool->size = size;
	pool->ring = calloc(size, sizeof(struct turn *));
	return pool->ring != NULL ? 0 : error_memory(err);
}

void
lane_release(struct lane_pool *pool)
{
	pthread_cond_destroy(&pool->filled);
	pthread_mutex_destroy(&pool->lock);
	free(pool->ring);
}

int
lane_push(struct lane_pool *pool, struct turn *turn)
{
	int rc = -1;

	pthread_mutex_lock(&pool->lock);
	if (pool->count < pool->size && !pool->stopping) {
		pool->ring[(pool->first + pool->count++) % pool->size] = turn;
		pthread_cond_signal(&pool->filled);
		rc = 0;
	}
	pthread_mutex_unlock(&pool->lock);
	return rc;
}

struct turn *
lane_pop(struct lane_pool *pool)
{
	struct turn *turn = NULL;

	pthread_mutex_lock(&pool->lock);
	while (pool->count == 0 && !pool->stopping)
		pthread_cond_wait(&pool->filled, &pool->lock);
	if (pool->count > 0) {
		turn = pool->ring[pool->first];
		pool->first = (pool->first + 1) % pool->size;
		pool->count--;
	}
	pthread_mutex_unlock(&pool->lock);
	return turn;
}

void
lane_stop(struct lane_pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	pool->stopping = 1;
	pthread_cond_broadcast(&pool->filled);
	pthread_mutex_unlock(&pool->lock);
}
