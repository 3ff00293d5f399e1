#include "authz/tenant.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct holder {
	struct tenant tenant; /* first: a tenant is its holder */
	atomic_uint count;
	struct db_result *results[3]; /* what the rows look into */
	struct key_row *keys;
	struct anchor_row *anchors;
	struct authority_row *authorities;
	pthread_mutex_t attaching;
	_Atomic(void *) attached;
	void (*drop)(void *);
};

static struct holder *
holder_of(const struct tenant *tenant)
{
	return (struct holder *)(uintptr_t)tenant;
}

static int
take_rows(struct holder *h, struct error *err)
{
	struct tenant *t = &h->tenant;
	size_t i;

	t->key_count = db_rows(h->results[0]);
	t->anchor_count = db_rows(h->results[1]);
	t->authority_count = db_rows(h->results[2]);
	t->keys = h->keys = calloc(t->key_count + 1, sizeof(*h->keys));
	t->anchors = h->anchors = calloc(t->anchor_count + 1, sizeof(*h->anchors));
	t->authorities = h->authorities = calloc(t->authority_count + 1, sizeof(*h->authorities));
	if (h->keys == NULL || h->anchors == NULL || h->authorities == NULL)
		return error_memory(err);
	for (i = 0; i < t->key_count; i++) {
		h->keys[i] = store_key_row(h->results[0], i);
		if (h->keys[i].is_default)
			t->default_key = &h->keys[i];
	}
	for (i = 0; i < t->anchor_count; i++)
		h->anchors[i] = store_anchor_row(h->results[1], i);
	for (i = 0; i < t->authority_count; i++)
		h->authorities[i] = store_authority_row(h->results[2], i);
	return 0;
}

int
tenant_load(const struct tenant **tenant, struct db *db, const struct uuid *id, struct error *err)
{
	struct holder *h = calloc(1, sizeof(*h));

	*tenant = NULL;
	if (h == NULL)
		return error_memory(err);
	atomic_init(&h->count, 1);
	atomic_init(&h->attached, NULL);
	pthread_mutex_init(&h->attaching, NULL);
	h->tenant.id = *id;
	if (store_tenant_data(db, id, &h->results[0], &h->results[1], &h->results[2], err) != 0 ||
	    take_rows(h, err) != 0) {
		tenant_release(&h->tenant);
		return -1;
	}
	*tenant = &h->tenant;
	return 0;
}

const struct tenant *
tenant_hold(const struct tenant *tenant)
{
	atomic_fetch_add_explicit(&holder_of(tenant)->count, 1, memory_order_relaxed);
	return tenant;
}

void
tenant_release(const struct tenant *tenant)
{
	struct holder *h = holder_of(tenant);
	void *attached;
	size_t i;

	if (h == NULL || atomic_fetch_sub_explicit(&h->count, 1, memory_order_acq_rel) > 1)
		return;
	attached = atomic_load(&h->attached);
	if (attached != NULL)
		h->drop(attached);
	pthread_mutex_destroy(&h->attaching);
	free(h->keys);
	free(h->anchors);
	free(h->authorities);
	for (i = 0; i < 3; i++)
		db_result_free(h->results[i]);
	free(h);
}

static int
compare_key(const void *name, const void *key)
{
	return strcmp(name, ((const struct key_row *)key)->name);
}

const struct key_row *
tenant_key(const struct tenant *t, const char *name)
{
	return bsearch(name, t->keys, t->key_count, sizeof(*t->keys), compare_key);
}

const struct authority_row *
tenant_authority(const struct tenant *t, const char *name)
{
	size_t i;

	/* In the order to ask them: a tenant's own may stand before one for all of the same name.
	 */
	for (i = 0; i < t->authority_count; i++)
		if (strcmp(t->authorities[i].name, name) == 0)
			return &t->authorities[i];
	return NULL;
}

void *
tenant_attached(const struct tenant *tenant, tenant_make *make, void (*drop)(void *), void *arg,
    struct error *err)
{
	struct holder *h = holder_of(tenant);
	void *thing = atomic_load_explicit(&h->attached, memory_order_acquire);

	if (thing != NULL)
		return thing;
	pthread_mutex_lock(&h->attaching);
	thing = atomic_load(&h->attached);
	if (thing == NULL && (thing = make(tenant, arg, err)) != NULL) {
		h->drop = drop;
		atomic_store_explicit(&h->attached, thing, memory_order_release);
	}
	pthread_mutex_unlock(&h->attaching);
	return thing;
}
