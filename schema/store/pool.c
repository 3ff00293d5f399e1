#include "schema/store/pool.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "schema/store/backoff.h"
#include "server/base/clock.h"

#define POOL_MAX_DEFAULT     8
#define POOL_WAIT_MS_DEFAULT 2000

struct db_pool {
	pthread_mutex_t mutex;
	pthread_cond_t given;
	struct db_options connection;
	char *conninfo, *program;
	unsigned int max, wait_ms;
	/* under the mutex */
	unsigned int open; /* in use, idle, or being made */
	unsigned int idle_count;
	struct db **idle; /* the last used on top */
	struct backoff backoff;
	struct error failure; /* why the last attempt failed */
};

int
db_pool_new(struct db_pool **out, const struct db_pool_options *o, struct error *err)
{
	struct db_pool *pool = calloc(1, sizeof(*pool));
	pthread_condattr_t monotonic;

	*out = NULL;
	if (pool == NULL)
		return error_memory(err);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_mutex_init(&pool->mutex, NULL);
	pthread_cond_init(&pool->given, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pool->connection = o->connection;
	pool->max = o->max ? o->max : POOL_MAX_DEFAULT;
	pool->wait_ms = o->wait_ms ? o->wait_ms : POOL_WAIT_MS_DEFAULT;
	pool->conninfo = strdup(o->connection.conninfo);
	pool->program = strdup(o->connection.program ? o->connection.program : "signet");
	pool->idle = calloc(pool->max, sizeof(struct db *));
	if (pool->conninfo == NULL || pool->program == NULL || pool->idle == NULL) {
		db_pool_free(pool);
		return error_memory(err);
	}
	pool->connection.conninfo = pool->conninfo;
	pool->connection.program = pool->program;
	*out = pool;
	return 0;
}

void
db_pool_free(struct db_pool *pool)
{
	if (pool == NULL)
		return;
	while (pool->idle_count > 0)
		db_close(pool->idle[--pool->idle_count]);
	free(pool->idle);
	free(pool->conninfo);
	free(pool->program);
	pthread_cond_destroy(&pool->given);
	pthread_mutex_destroy(&pool->mutex);
	free(pool);
}

/* With the mutex held: an idle connection that lives, or NULL. */
static struct db *
take_idle(struct db_pool *pool)
{
	while (pool->idle_count > 0) {
		struct db *db = pool->idle[--pool->idle_count];

		if (db_is_alive(db))
			return db;
		db_close(db);
		pool->open--;
	}
	return NULL;
}

/* With the mutex held, which is let go meanwhile: make a connection. */
static int
make(struct db_pool *pool, struct db **db, struct error *err)
{
	struct error failure = ERROR_INIT;
	int rc;

	if (!backoff_may_try(&pool->backoff, clock_monotonic_us())) {
		if (err != NULL && err->kind == ERROR_NONE) {
			*err = pool->failure;
			err->retry_after = 1 + (unsigned int)(pool->backoff.wait_us / 1000000);
		}
		return -1;
	}
	pool->open++;
	pthread_mutex_unlock(&pool->mutex);
	rc = db_open(db, &pool->connection, &failure);
	pthread_mutex_lock(&pool->mutex);
	if (rc == 0) {
		backoff_succeeded(&pool->backoff);
		return 0;
	}
	pool->open--;
	pool->failure = failure;
	backoff_failed(&pool->backoff, clock_monotonic_us());
	pthread_cond_signal(&pool->given);
	if (err != NULL && err->kind == ERROR_NONE)
		*err = failure;
	return -1;
}

static struct timespec
after_ms(unsigned int ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += (long)(ms % 1000) * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	return t;
}

int
db_pool_take(struct db_pool *pool, struct db **db, struct error *err)
{
	const struct timespec until = after_ms(pool->wait_ms);
	int rc = 0;

	*db = NULL;
	pthread_mutex_lock(&pool->mutex);
	while ((*db = take_idle(pool)) == NULL) {
		if (pool->open < pool->max) {
			rc = make(pool, db, err);
			break;
		}
		if (pthread_cond_timedwait(&pool->given, &pool->mutex, &until) != 0) {
			rc = error_cause(err, ERROR_UNAVAILABLE,
			    "the server is busy with other requests; try again later",
			    "all %u database connections stayed in use for %u ms", pool->max,
			    pool->wait_ms);
			break;
		}
	}
	pthread_mutex_unlock(&pool->mutex);
	return rc;
}

void
db_pool_give(struct db_pool *pool, struct db *db)
{
	if (db == NULL)
		return;
	pthread_mutex_lock(&pool->mutex);
	if (db_is_alive(db))
		pool->idle[pool->idle_count++] = db;
	else {
		db_close(db);
		pool->open--;
	}
	pthread_cond_signal(&pool->given);
	pthread_mutex_unlock(&pool->mutex);
}

const struct db_options *
db_pool_connection(const struct db_pool *pool)
{
	return &pool->connection;
}
