/*
 * authz/cache.h: callers and tenants, from memory where that is safe.
 *
 * A thread of its own hears what changes in the database (schema/store/listen.h) and drops what it
 * concerns. While it does not hear (the connection is lost, or not made yet) nothing is kept and
 * every look-up asks the database; if that is away too, a look-up is ERROR_UNAVAILABLE. So what a
 * look-up gives is as the database was when the last change was heard of: at most about
 * LISTEN_PING_MS and a call's time-out ago.
 *
 * Safe for all threads. A look-up from memory costs less than a microsecond.
 */
#ifndef SIGNET_AUTHZ_CACHE_H
#define SIGNET_AUTHZ_CACHE_H

#include "authz/caller.h"
#include "authz/tenant.h"
#include "authz/url_rules.h"
#include "schema/store/pool.h"

struct authz_cache;

struct authz_cache_options {
	struct db_pool *pool;	/* stays the caller's and must outlive the cache */
	unsigned int callers;	/* kept at most; 0: 10000 */
	unsigned int tenants;	/* 0: 1000 */
	unsigned int strangers; /* certificates and names that nobody has; 0: 1000 */
};

/* Starts the thread. */
int authz_cache_new(
    struct authz_cache **cache, const struct authz_cache_options *options, struct error *err);
/* Ends the thread; snapshots that somebody holds live on. NULL is fine. */
void authz_cache_free(struct authz_cache *cache);

/*
 * Who has this certificate (SHA-256 of its DER), or this name. 1: *caller is the caller's, for
 * caller_release(); 0: nobody, *caller is NULL; -1: ERROR_UNAVAILABLE. Found is not yet allowed:
 * authz_decide() says whether he is suspended or expired, and by name the password is to be
 * checked.
 */
int authz_by_certificate(struct authz_cache *cache,
    const unsigned char fingerprint[FINGERPRINT_SIZE], const struct caller **caller,
    struct error *err);
int authz_by_name(struct authz_cache *cache, const char *tenant, const char *user,
    const struct caller **caller, struct error *err);
/* Keys, anchors and authorities. 0: *tenant is the caller's, for tenant_release(); -1. */
int authz_tenant(struct authz_cache *cache, const struct uuid *id, const struct tenant **tenant,
    struct error *err);

/* A tenant's rules for URLs. 0: *rules is the caller's, for url_rules_release(); -1. */
int authz_url_rules(struct authz_cache *cache, const struct uuid *id,
    const struct url_rules **rules, struct error *err);

/* 1 while it hears changes: for the status page. */
int authz_cache_is_listening(struct authz_cache *cache);
/*
 * Wait until something was heard (a change, the connection made or lost) after the `seen`th time,
 * at most `ms`. Returns how often something was heard so far.
 */
uint64_t authz_cache_wait(struct authz_cache *cache, uint64_t seen, unsigned int ms);

#endif
