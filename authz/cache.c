#include "authz/cache.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "authz/lru.h"
#include "schema/store/backoff.h"
#include "schema/store/listen.h"
#include "server/base/clock.h"
#include "server/base/log.h"

#define CALLERS_DEFAULT	  10000
#define TENANTS_DEFAULT	  1000
#define STRANGERS_DEFAULT 1000
#define NAME_MAX_BYTES	  1024 /* tenant and user name of 128 characters each, and a NUL */

struct authz_cache {
	struct db_pool *pool;
	pthread_t thread;
	int stop_fd;
	pthread_mutex_t mutex;
	pthread_cond_t heard;
	/* under the mutex */
	int is_listening;
	uint64_t events; /* a look-up that began before the last one is not kept */
	struct lru *callers, *strangers, *tenants;
	struct lru *rules; /* of tenants: struct tenant_rules */
};

/* ---- what is kept ------------------------------------------------------------------------------
 */

static void
drop_caller(void *caller)
{
	caller_release(caller);
}

static void
drop_tenant(void *tenant)
{
	tenant_release(tenant);
}

static void
drop_stranger(void *stranger)
{
	(void)stranger;
}

struct tenant_rules {
	struct uuid tenant;
	const struct url_rules *rules;
};

static void
drop_rules(void *arg)
{
	struct tenant_rules *t = arg;

	url_rules_release(t->rules);
	free(t);
}

static int
rules_are_of(const void *rules, const void *id)
{
	return uuid_equal(&((const struct tenant_rules *)rules)->tenant, id);
}

static int
caller_is_of(const void *caller, const void *tenant)
{
	return uuid_equal(&((const struct caller *)caller)->tenant, tenant);
}

static int
tenant_is(const void *tenant, const void *id)
{
	return uuid_equal(&((const struct tenant *)tenant)->id, id);
}

/* Something was heard: drop what it concerns (tenant NULL: everything). */
static void
hear(struct authz_cache *c, const struct uuid *tenant, int is_listening)
{
	pthread_mutex_lock(&c->mutex);
	c->is_listening = is_listening;
	c->events++;
	lru_remove(c->callers, tenant ? caller_is_of : NULL, tenant);
	lru_remove(c->tenants, tenant ? tenant_is : NULL, tenant);
	lru_remove(c->rules, tenant ? rules_are_of : NULL, tenant);
	lru_remove(c->strangers, NULL, NULL);
	pthread_cond_broadcast(&c->heard);
	pthread_mutex_unlock(&c->mutex);
}

/* ---- the thread that hears ---------------------------------------------------------------------
 */

/* 1 when asked to stop before so many microseconds are over. */
static int
wait_stop(const struct authz_cache *c, int64_t us)
{
	struct pollfd p = { .fd = c->stop_fd, .events = POLLIN };

	return poll(&p, 1, (int)(us / 1000) + 1) > 0;
}

/* Hear until the connection is lost (-1) or we are to stop (0). */
static int
listen_on(struct authz_cache *c, struct listener *l)
{
	struct error err = ERROR_INIT;
	struct uuid tenant;
	int rc;

	hear(c, NULL, 1);
	while ((rc = listener_wait(l, c->stop_fd, &tenant, &err)) == 1)
		hear(c, uuid_is_nil(&tenant) ? NULL : &tenant, 1);
	hear(c, NULL, 0);
	if (rc < 0)
		log_failure(LOG_LEVEL_WARNING,
		    "changes of rights are not heard; asking the database each time", &err);
	return rc;
}

static void *
listen_thread(void *arg)
{
	struct authz_cache *c = arg;
	struct backoff backoff = { 0, 0 };

	for (;;) {
		struct listener *l = NULL;
		int rc = listener_open(&l, db_pool_connection(c->pool), NULL);

		if (rc == 0) {
			backoff_succeeded(&backoff);
			rc = listen_on(c, l);
			listener_close(l);
			if (rc == 0)
				return NULL;
		}
		backoff_failed(&backoff, clock_monotonic_us());
		if (wait_stop(c, backoff.wait_us))
			return NULL;
	}
}

/* ---- making and ending -------------------------------------------------------------------------
 */

static unsigned int
or_default(unsigned int value, unsigned int preset)
{
	return value > 0 ? value : preset;
}

static void
release(struct authz_cache *c)
{
	lru_free(c->callers);
	lru_free(c->strangers);
	lru_free(c->tenants);
	lru_free(c->rules);
	if (c->stop_fd >= 0)
		close(c->stop_fd);
	pthread_cond_destroy(&c->heard);
	pthread_mutex_destroy(&c->mutex);
	free(c);
}

int
authz_cache_new(struct authz_cache **out, const struct authz_cache_options *o, struct error *err)
{
	struct authz_cache *c = calloc(1, sizeof(*c));
	pthread_condattr_t monotonic;

	*out = NULL;
	if (c == NULL)
		return error_memory(err);
	c->pool = o->pool;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&c->heard, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_mutex_init(&c->mutex, NULL);
	c->stop_fd = eventfd(0, EFD_CLOEXEC);
	if (c->stop_fd < 0) {
		error_errno(err, "could not start the cache of callers");
		goto fail;
	}
	if (lru_new(&c->callers, or_default(o->callers, CALLERS_DEFAULT), drop_caller, err) != 0 ||
	    lru_new(&c->strangers, or_default(o->strangers, STRANGERS_DEFAULT), drop_stranger,
		err) != 0 ||
	    lru_new(&c->tenants, or_default(o->tenants, TENANTS_DEFAULT), drop_tenant, err) != 0 ||
	    lru_new(&c->rules, or_default(o->tenants, TENANTS_DEFAULT), drop_rules, err) != 0)
		goto fail;
	if (pthread_create(&c->thread, NULL, listen_thread, c) != 0) {
		error_errno(err, "could not start the cache of callers");
		goto fail;
	}
	*out = c;
	return 0;
fail:
	release(c);
	return -1;
}

void
authz_cache_free(struct authz_cache *c)
{
	const uint64_t one = 1;

	if (c == NULL)
		return;
	if (write(c->stop_fd, &one, sizeof(one)) == (ssize_t)sizeof(one))
		pthread_join(c->thread, NULL);
	release(c);
}

/* ---- look-ups ----------------------------------------------------------------------------------
 */

/* From memory: 1 found, 0 known to be nobody, -1 not known; *events for keep(). */
static int
recall(struct authz_cache *c, struct span key, const struct caller **caller, uint64_t *events)
{
	int rc = -1;

	pthread_mutex_lock(&c->mutex);
	*events = c->events;
	*caller = lru_get(c->callers, key);
	if (*caller != NULL) {
		caller_hold(*caller);
		rc = 1;
	} else if (lru_get(c->strangers, key) != NULL)
		rc = 0;
	pthread_mutex_unlock(&c->mutex);
	return rc;
}

/* Keep what was read, unless something was heard since the look-up began. */
static void
keep(struct authz_cache *c, struct span key, const struct caller *caller, uint64_t events)
{
	pthread_mutex_lock(&c->mutex);
	if (c->is_listening && c->events == events) {
		if (caller != NULL)
			lru_put(c->callers, key, (void *)(uintptr_t)caller_hold(caller));
		else
			lru_put(c->strangers, key, c);
	}
	pthread_mutex_unlock(&c->mutex);
}

/* What the two ways of finding a caller differ in. */
struct question {
	struct span key;
	const unsigned char *fingerprint;
	const char *tenant, *user;
};

static int
ask(struct authz_cache *c, const struct question *q, const struct caller **caller,
    struct error *err)
{
	struct caller_row row;
	struct db *db;
	int rc;

	if (db_pool_take(c->pool, &db, err) != 0)
		return -1;
	rc = q->fingerprint != NULL ? store_caller_by_certificate(db, q->fingerprint, &row, err)
				    : store_caller_by_name(db, q->tenant, q->user, &row, err);
	db_pool_give(c->pool, db);
	if (rc == 1) {
		if (caller_make(caller, &row,
			q->fingerprint != NULL ? AUTHENTICATED_BY_CERTIFICATE
					       : AUTHENTICATED_BY_PASSWORD,
			err) != 0)
			rc = -1;
		db_result_free(row.result);
	}
	return rc;
}

static int
look_up(struct authz_cache *c, const struct question *q, const struct caller **caller,
    struct error *err)
{
	uint64_t events;
	int rc = recall(c, q->key, caller, &events);

	if (rc >= 0)
		return rc;
	*caller = NULL;
	rc = ask(c, q, caller, err);
	if (rc >= 0)
		keep(c, q->key, *caller, events);
	return rc;
}

int
authz_by_certificate(struct authz_cache *c, const unsigned char fingerprint[FINGERPRINT_SIZE],
    const struct caller **caller, struct error *err)
{
	const struct question q = { { fingerprint, FINGERPRINT_SIZE }, fingerprint, NULL, NULL };

	return look_up(c, &q, caller, err);
}

int
authz_by_name(struct authz_cache *c, const char *tenant, const char *user,
    const struct caller **caller, struct error *err)
{
	char key[NAME_MAX_BYTES + 2];
	/* The NUL keeps a/bc and ab/c apart; a digest that reads so cannot be made. */
	const int len = snprintf(key, sizeof(key), "name %s%c%s", tenant, '\0', user);
	const struct question q = { { (const unsigned char *)key, (size_t)len }, NULL, tenant,
		user };

	*caller = NULL;
	if (len < 0 || (size_t)len >= sizeof(key) || !text_is_utf8(tenant, strlen(tenant)) ||
	    !text_is_utf8(user, strlen(user)))
		return 0; /* nobody is called that */
	return look_up(c, &q, caller, err);
}

int
authz_tenant(
    struct authz_cache *c, const struct uuid *id, const struct tenant **tenant, struct error *err)
{
	const struct span key = { id->bytes, sizeof(id->bytes) };
	uint64_t events;
	struct db *db;
	int rc;

	pthread_mutex_lock(&c->mutex);
	events = c->events;
	*tenant = lru_get(c->tenants, key);
	if (*tenant != NULL)
		tenant_hold(*tenant);
	pthread_mutex_unlock(&c->mutex);
	if (*tenant != NULL)
		return 0;
	if (db_pool_take(c->pool, &db, err) != 0)
		return -1;
	rc = tenant_load(tenant, db, id, err);
	db_pool_give(c->pool, db);
	if (rc != 0)
		return -1;
	pthread_mutex_lock(&c->mutex);
	if (c->is_listening && c->events == events)
		lru_put(c->tenants, key, (void *)(uintptr_t)tenant_hold(*tenant));
	pthread_mutex_unlock(&c->mutex);
	return 0;
}

/* Keep them, unless something was heard since the look-up began. */
static void
keep_rules(
    struct authz_cache *c, const struct uuid *id, const struct url_rules *rules, uint64_t events)
{
	struct tenant_rules *t = malloc(sizeof(*t));

	if (t == NULL)
		return; /* asked again next time */
	*t = (struct tenant_rules){ *id, url_rules_hold(rules) };
	pthread_mutex_lock(&c->mutex);
	if (c->is_listening && c->events == events)
		lru_put(c->rules, (struct span){ id->bytes, sizeof(id->bytes) }, t);
	else
		drop_rules(t);
	pthread_mutex_unlock(&c->mutex);
}

int
authz_url_rules(
    struct authz_cache *c, const struct uuid *id, const struct url_rules **rules, struct error *err)
{
	struct tenant_rules *kept;
	uint64_t events;
	struct db *db;
	int rc;

	pthread_mutex_lock(&c->mutex);
	events = c->events;
	kept = lru_get(c->rules, (struct span){ id->bytes, sizeof(id->bytes) });
	*rules = kept != NULL ? url_rules_hold(kept->rules) : NULL;
	pthread_mutex_unlock(&c->mutex);
	if (*rules != NULL)
		return 0;
	if (db_pool_take(c->pool, &db, err) != 0)
		return -1;
	rc = url_rules_load(rules, db, id, err);
	db_pool_give(c->pool, db);
	if (rc == 0)
		keep_rules(c, id, *rules, events);
	return rc;
}

int
authz_cache_is_listening(struct authz_cache *c)
{
	int is_listening;

	pthread_mutex_lock(&c->mutex);
	is_listening = c->is_listening;
	pthread_mutex_unlock(&c->mutex);
	return is_listening;
}

uint64_t
authz_cache_wait(struct authz_cache *c, uint64_t seen, unsigned int ms)
{
	struct timespec until;
	uint64_t events;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&c->mutex);
	while (c->events <= seen && pthread_cond_timedwait(&c->heard, &c->mutex, &until) == 0)
		;
	events = c->events;
	pthread_mutex_unlock(&c->mutex);
	return events;
}
