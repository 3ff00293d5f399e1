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
#define RECENT		  64
#define NAME_MAX_BYTES	  1024 /* tenant and user name of 128 characters each, and a NUL */

/* A tenant's rules on their way from the database, and who waits for them. */
struct flight {
	struct uuid tenant;
	unsigned int who; /* 0: a free place */
	int is_reading;
	const struct url_rules *rules; /* that came last, or NULL */
	uint64_t events;	       /* that had been heard when they were asked for */
};
#define FLIGHTS 16 /* more at once are not shared */

struct authz_cache {
	struct db_pool *pool;
	pthread_t thread;
	int stop_fd;
	pthread_mutex_t mutex;
	pthread_cond_t heard;
	/* under the mutex */
	int is_listening;
	uint64_t events;
	struct db_change
	    recent[RECENT]; /* the last of them, in a ring: event N is at N mod RECENT */
	struct lru *callers, *strangers, *tenants;
	struct lru *rules; /* of tenants: struct tenant_rules */
	struct flight flights[FLIGHTS];
	pthread_cond_t landed;
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

/* Everything of everybody. */
static const struct db_change all = { .of = CHANGE_ALL };

/* With the mutex held: drop what a change concerns. */
static void
forget(struct authz_cache *c, const struct db_change *what)
{
	const struct uuid *tenant = uuid_is_nil(&what->tenant) ? NULL : &what->tenant;

	/* Whoever was nobody may be somebody now. */
	lru_remove(c->strangers, NULL, NULL);
	if (what->of == CHANGE_USER)
		lru_remove_about(c->callers, &what->user);
	if (what->of == CHANGE_ALL || what->of == CHANGE_CALLERS)
		lru_remove(c->callers, tenant ? caller_is_of : NULL, tenant);
	if (what->of == CHANGE_ALL || what->of == CHANGE_RULES)
		lru_remove(c->rules, tenant ? rules_are_of : NULL, tenant);
	if (what->of == CHANGE_ALL)
		lru_remove(c->tenants, tenant ? tenant_is : NULL, tenant);
}

static void
hear(struct authz_cache *c, const struct db_change *what, int is_listening)
{
	pthread_mutex_lock(&c->mutex);
	c->is_listening = is_listening;
	c->recent[c->events++ % RECENT] = *what;
	forget(c, what);
	pthread_cond_broadcast(&c->heard);
	pthread_mutex_unlock(&c->mutex);
}

/*
 * With the mutex held: was something heard that concerns this since the look-up began, with so many
 * events before it? Of a user (NULL: of nobody, whom any change may make somebody), of rules, or of
 * a tenant. What is older than the ring is not known any more, so it does.
 */
static int
is_concerned(const struct db_change *heard, const struct db_change *about)
{
	if (!uuid_is_nil(&heard->tenant) && !uuid_equal(&heard->tenant, &about->tenant))
		return 0;
	switch (about->of) {
	case CHANGE_USER:
		return heard->of == CHANGE_ALL || heard->of == CHANGE_CALLERS ||
		       (heard->of == CHANGE_USER && uuid_equal(&heard->user, &about->user));
	case CHANGE_RULES:
		return heard->of == CHANGE_ALL || heard->of == CHANGE_RULES;
	default:
		return heard->of == CHANGE_ALL;
	}
}

static int
may_keep(const struct authz_cache *c, uint64_t since, const struct db_change *about)
{
	uint64_t i;

	if (!c->is_listening || c->events - since > RECENT)
		return 0;
	if (about == NULL)
		return c->events == since;
	for (i = since; i < c->events; i++)
		if (is_concerned(&c->recent[i % RECENT], about))
			return 0;
	return 1;
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
	struct db_change what;
	int rc;

	hear(c, &all, 1);
	while ((rc = listener_wait(l, c->stop_fd, &what, &err)) == 1)
		hear(c, &what, 1);
	hear(c, &all, 0);
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
	pthread_cond_destroy(&c->landed);
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
	pthread_cond_init(&c->landed, NULL);
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

/* Keep what was read, unless something about it was heard since the look-up began. */
static void
keep(struct authz_cache *c, struct span key, const struct caller *caller, uint64_t events)
{
	struct db_change about = { .of = CHANGE_USER };

	if (caller != NULL) {
		about.tenant = caller->tenant;
		about.user = caller->user;
	}
	pthread_mutex_lock(&c->mutex);
	if (may_keep(c, events, caller != NULL ? &about : NULL)) {
		if (caller != NULL)
			lru_put_about(
			    c->callers, key, &caller->user, (void *)(uintptr_t)caller_hold(caller));
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
	const struct db_change about = { .tenant = *id, .of = CHANGE_ALL };
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
	if (may_keep(c, events, &about))
		lru_put(c->tenants, key, (void *)(uintptr_t)tenant_hold(*tenant));
	pthread_mutex_unlock(&c->mutex);
	return 0;
}

/* With the mutex held. */
static const struct url_rules *
recall_rules(struct authz_cache *c, const struct uuid *id)
{
	struct tenant_rules *kept =
	    lru_get(c->rules, (struct span){ id->bytes, sizeof(id->bytes) });

	return kept != NULL ? url_rules_hold(kept->rules) : NULL;
}

/* With the mutex held: keep them, unless something about them was heard since they were read. */
static void
keep_rules(
    struct authz_cache *c, const struct uuid *id, const struct url_rules *rules, uint64_t events)
{
	const struct db_change about = { .tenant = *id, .of = CHANGE_RULES };
	struct tenant_rules *t = malloc(sizeof(*t));

	if (t == NULL)
		return; /* asked again next time */
	*t = (struct tenant_rules){ *id, url_rules_hold(rules) };
	if (may_keep(c, events, &about))
		lru_put(c->rules, (struct span){ id->bytes, sizeof(id->bytes) }, t);
	else
		drop_rules(t);
}

static int
load_rules(
    struct authz_cache *c, const struct uuid *id, const struct url_rules **rules, struct error *err)
{
	struct db *db;
	int rc;

	if (db_pool_take(c->pool, &db, err) != 0)
		return -1;
	rc = url_rules_load(rules, db, id, err);
	db_pool_give(c->pool, db);
	return rc;
}

/* With the mutex held: where this tenant's rules are being read, or a free place, or NULL. */
static struct flight *
find_flight(struct authz_cache *c, const struct uuid *id)
{
	struct flight *found = NULL;
	size_t i;

	for (i = 0; i < FLIGHTS; i++) {
		struct flight *f = &c->flights[i];

		if (f->who > 0 && uuid_equal(&f->tenant, id))
			return f;
		if (f->who == 0)
			found = f;
	}
	return found;
}

/* With the mutex held, let go meanwhile. */
static int
read_rules(
    struct authz_cache *c, const struct uuid *id, const struct url_rules **rules, struct error *err)
{
	const uint64_t events = c->events;
	int rc;

	pthread_mutex_unlock(&c->mutex);
	rc = load_rules(c, id, rules, err);
	pthread_mutex_lock(&c->mutex);
	if (rc == 0)
		keep_rules(c, id, *rules, events);
	return rc;
}

/*
 * With the mutex held, let go meanwhile: read them, or wait for who reads them. What somebody began
 * to read before the last change was heard is no answer to who asks after it, so he reads anew; but
 * however often they change, one reading answers all who came before it began.
 */
static int
fetch_rules(
    struct authz_cache *c, const struct uuid *id, const struct url_rules **rules, struct error *err)
{
	const uint64_t asked = c->events;
	struct flight *f = find_flight(c, id);
	int rc = 0;

	if (f == NULL)
		return read_rules(c, id, rules, err);
	f->tenant = *id;
	f->who++;
	while (f->is_reading)
		pthread_cond_wait(&c->landed, &c->mutex);
	if (!c->is_listening || f->rules == NULL || f->events < asked) {
		f->is_reading = 1;
		f->events = c->events;
		url_rules_release(f->rules);
		f->rules = NULL;
		rc = read_rules(c, id, rules, err);
		if (rc == 0)
			f->rules = url_rules_hold(*rules);
		f->is_reading = 0;
		pthread_cond_broadcast(&c->landed);
	} else
		*rules = url_rules_hold(f->rules);
	if (--f->who == 0) {
		url_rules_release(f->rules);
		f->rules = NULL;
	}
	return rc;
}

int
authz_url_rules(
    struct authz_cache *c, const struct uuid *id, const struct url_rules **rules, struct error *err)
{
	int rc = 0;

	pthread_mutex_lock(&c->mutex);
	*rules = recall_rules(c, id);
	if (*rules == NULL)
		rc = fetch_rules(c, id, rules, err);
	pthread_mutex_unlock(&c->mutex);
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
