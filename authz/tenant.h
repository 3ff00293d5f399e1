/*
 * authz/tenant.h: what a tenant signs with and trusts: a snapshot that never changes and is shared.
 */
#ifndef SIGNET_AUTHZ_TENANT_H
#define SIGNET_AUTHZ_TENANT_H

#include "schema/store/key.h"

struct tenant {
	struct uuid id;
	const struct key_row *keys; /* by name (strcmp); disabled ones too */
	size_t key_count;
	const struct key_row *default_key; /* NULL: none */
	const struct anchor_row *anchors;  /* active, by name */
	size_t anchor_count;
	const struct authority_row *authorities; /* active, in the order to ask them */
	size_t authority_count;
};

/* Read it; holds one count, for tenant_release(). ERROR_UNAVAILABLE. */
int tenant_load(
    const struct tenant **tenant, struct db *db, const struct uuid *id, struct error *err);
const struct tenant *tenant_hold(const struct tenant *tenant);
void tenant_release(const struct tenant *tenant); /* NULL is fine */
/* By name, or NULL. */
const struct key_row *tenant_key(const struct tenant *tenant, const char *name);
const struct authority_row *tenant_authority(const struct tenant *tenant, const char *name);

/*
 * A thing that somebody above makes from the snapshot (parsed certificates, opened keys) and that
 * lives as long as it: made by the first who asks, while others wait; NULL and err when `make`
 * failed, and the next who asks tries again. One thing per snapshot.
 */
typedef void *tenant_make(const struct tenant *tenant, void *arg, struct error *err);
void *tenant_attached(const struct tenant *tenant, tenant_make *make, void (*drop)(void *),
    void *arg, struct error *err);

#endif
