#include "server/run/lane.h"

#include <stdlib.h>
#include <string.h>

#include "server/ops/engine.h"
#include "server/run/turn.h"

struct lane_caller {
	struct lane_caller *next;  /* in the bucket */
	struct lane_caller *after; /* in the round */
	struct turn *first, *last; /* that wait, by turn->behind */
	unsigned int waiting, served;
	char who[LANE_CALLER_SIZE];
};

void
lane_init(struct lane_pool *pool, unsigned int size, unsigned int threads)
{
	memset(pool, 0, sizeof(*pool));
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->filled, NULL);
	pool->size = size;
	pool->threads = threads;
	pool->is_ready = 1;
	lane_set_share(pool, 0);
}

void
lane_release(struct lane_pool *pool)
{
	if (!pool->is_ready)
		return;
	pthread_cond_destroy(&pool->filled);
	pthread_mutex_destroy(&pool->lock);
	pool->is_ready = 0;
}

void
lane_set_share(struct lane_pool *pool, unsigned int percent)
{
	pthread_mutex_lock(&pool->lock);
	pool->most_waiting = limits_share(percent, pool->size);
	pool->most_served = limits_share(percent, pool->threads);
	pthread_cond_broadcast(&pool->filled);
	pthread_mutex_unlock(&pool->lock);
}

/* ---- callers, under the lock ---- */

static struct lane_caller **
place_of(struct lane_pool *pool, const char who[LANE_CALLER_SIZE])
{
	struct lane_caller **at;
	unsigned int hash = 2166136261u;
	const char *p;

	for (p = who; *p != '\0'; p++)
		hash = (hash ^ (unsigned char)*p) * 16777619u;
	at = &pool->callers[hash % LANE_CALLERS];
	while (*at != NULL && strcmp((*at)->who, who) != 0)
		at = &(*at)->next;
	return at;
}

/* NULL without memory. */
static struct lane_caller *
caller_named(struct lane_pool *pool, const char *name)
{
	char who[LANE_CALLER_SIZE];
	struct lane_caller **at;

	text_copy(who, sizeof(who), name);
	at = place_of(pool, who);
	if (*at == NULL) {
		*at = calloc(1, sizeof(**at));
		if (*at != NULL)
			memcpy((*at)->who, who, sizeof(who));
	}
	return *at;
}

static void
forget_if_done(struct lane_pool *pool, struct lane_caller *c)
{
	if (c->waiting > 0 || c->served > 0)
		return;
	*place_of(pool, c->who) = c->next;
	free(c);
}

static void
join_round(struct lane_pool *pool, struct lane_caller *c)
{
	c->after = NULL;
	if (pool->last != NULL)
		pool->last->after = c;
	else
		pool->first = c;
	pool->last = c;
}

/* The next in the round who may have one more thread; out of the round. Or NULL. */
static struct lane_caller *
leave_round(struct lane_pool *pool)
{
	struct lane_caller *c, *before = NULL;

	for (c = pool->first; c != NULL; before = c, c = c->after)
		if (c->served < pool->most_served || pool->stopping)
			break;
	if (c == NULL)
		return NULL;
	if (before != NULL)
		before->after = c->after;
	else
		pool->first = c->after;
	if (pool->last == c)
		pool->last = before;
	return c;
}

/* ---- turns ---- */

static enum lane_taken
take(struct lane_pool *pool, struct turn *turn, const char *who)
{
	struct lane_caller *c;

	if (pool->count >= pool->size || pool->stopping)
		return LANE_FULL;
	c = caller_named(pool, who);
	if (c == NULL)
		return LANE_FULL;
	if (c->waiting >= pool->most_waiting)
		return LANE_SHARE;
	turn->behind = NULL;
	if (c->waiting++ > 0)
		c->last->behind = turn;
	else
		c->first = turn;
	c->last = turn;
	if (c->waiting == 1)
		join_round(pool, c);
	pool->count++;
	pthread_cond_signal(&pool->filled);
	return LANE_TAKEN;
}

enum lane_taken
lane_push(struct lane_pool *pool, struct turn *turn, const char *who)
{
	enum lane_taken taken;

	pthread_mutex_lock(&pool->lock);
	taken = take(pool, turn, who);
	pthread_mutex_unlock(&pool->lock);
	return taken;
}

struct turn *
lane_pop(struct lane_pool *pool, struct lane_caller **by)
{
	struct turn *turn = NULL;
	struct lane_caller *c;

	pthread_mutex_lock(&pool->lock);
	while ((c = leave_round(pool)) == NULL && !pool->stopping)
		pthread_cond_wait(&pool->filled, &pool->lock);
	if (c != NULL) {
		turn = c->first;
		c->first = turn->behind;
		c->served++;
		pool->count--;
		if (--c->waiting > 0)
			join_round(pool, c);
	}
	pthread_mutex_unlock(&pool->lock);
	*by = c;
	return turn;
}

/* Nobody needs to be woken: the thread that is done comes for the next one itself. */
void
lane_done(struct lane_pool *pool, struct lane_caller *by)
{
	pthread_mutex_lock(&pool->lock);
	by->served--;
	forget_if_done(pool, by);
	pthread_mutex_unlock(&pool->lock);
}

void
lane_stop(struct lane_pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	pool->stopping = 1;
	pthread_cond_broadcast(&pool->filled);
	pthread_mutex_unlock(&pool->lock);
}
