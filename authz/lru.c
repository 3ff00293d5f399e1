#include "authz/lru.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

struct entry {
	struct entry *chain;	     /* in the bucket */
	struct entry *newer, *older; /* by use */
	void *value;
	uint64_t hash;
	size_t len;
	unsigned char key[];
};

struct lru {
	struct entry **buckets;
	struct entry *newest, *oldest;
	size_t mask, count, max;
	uint64_t seed;
	void (*drop)(void *);
};

int
lru_new(struct lru **out, size_t max, void (*drop)(void *), struct error *err)
{
	struct lru *l = calloc(1, sizeof(*l));
	size_t buckets = 16;

	*out = NULL;
	if (l == NULL)
		return error_memory(err);
	while (buckets < max)
		buckets *= 2;
	l->buckets = calloc(buckets, sizeof(*l->buckets));
	l->mask = buckets - 1;
	l->max = max > 0 ? max : 1;
	l->drop = drop;
	if (l->buckets == NULL ||
	    getrandom(&l->seed, sizeof(l->seed), 0) != (ssize_t)sizeof(l->seed)) {
		free(l->buckets);
		free(l);
		return error_memory(err);
	}
	*out = l;
	return 0;
}

void
lru_free(struct lru *l)
{
	if (l == NULL)
		return;
	lru_remove(l, NULL, NULL);
	free(l->buckets);
	free(l);
}

/* Eight bytes at a time, mixed after each: quick for fingerprints, seeded against chosen names. */
static uint64_t
hash_of(const struct lru *l, struct span key)
{
	uint64_t h = l->seed ^ key.len, word;
	size_t i, n;

	for (i = 0; i < key.len; i += n) {
		n = key.len - i < 8 ? key.len - i : 8;
		word = 0;
		memcpy(&word, key.data + i, n);
		h = (h ^ word) * 0x9e3779b97f4a7c15u;
		h ^= h >> 29;
	}
	h *= 0xbf58476d1ce4e5b9u;
	return h ^ h >> 32;
}

static void
unlink_use(struct lru *l, struct entry *e)
{
	*(e->newer != NULL ? &e->newer->older : &l->newest) = e->older;
	*(e->older != NULL ? &e->older->newer : &l->oldest) = e->newer;
}

static void
link_newest(struct lru *l, struct entry *e)
{
	e->newer = NULL;
	e->older = l->newest;
	*(l->newest != NULL ? &l->newest->newer : &l->oldest) = e;
	l->newest = e;
}

static struct entry **
find(struct lru *l, struct span key, uint64_t hash)
{
	struct entry **at = &l->buckets[hash & l->mask];

	while (*at != NULL && ((*at)->hash != hash || (*at)->len != key.len ||
				  memcmp((*at)->key, key.data, key.len) != 0))
		at = &(*at)->chain;
	return at;
}

static void
remove_at(struct lru *l, struct entry **at)
{
	struct entry *e = *at;

	*at = e->chain;
	unlink_use(l, e);
	l->count--;
	l->drop(e->value);
	free(e);
}

void *
lru_get(struct lru *l, struct span key)
{
	struct entry *e = *find(l, key, hash_of(l, key));

	if (e == NULL)
		return NULL;
	if (e != l->newest) {
		unlink_use(l, e);
		link_newest(l, e);
	}
	return e->value;
}

int
lru_put(struct lru *l, struct span key, void *value)
{
	const uint64_t hash = hash_of(l, key);
	struct entry **at = find(l, key, hash), *e;

	if (*at != NULL)
		remove_at(l, at);
	e = malloc(sizeof(*e) + key.len);
	if (e == NULL) {
		l->drop(value);
		return -1;
	}
	if (l->count == l->max) {
		const struct span last = { l->oldest->key, l->oldest->len };

		remove_at(l, find(l, last, l->oldest->hash));
	}
	e->value = value;
	e->hash = hash;
	e->len = key.len;
	memcpy(e->key, key.data, key.len);
	e->chain = l->buckets[hash & l->mask];
	l->buckets[hash & l->mask] = e;
	link_newest(l, e);
	l->count++;
	return 0;
}

void
lru_remove(struct lru *l, int (*is_gone)(const void *, const void *), const void *arg)
{
	struct entry *e, *next;

	for (e = l->newest; e != NULL; e = next) {
		const struct span key = { e->key, e->len };

		next = e->older;
		if (is_gone == NULL || is_gone(e->value, arg))
			remove_at(l, find(l, key, e->hash));
	}
}

size_t
lru_count(const struct lru *l)
{
	return l->count;
}
