#include "authz/lru.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

struct entry {
	struct entry *chain;	     /* in the bucket */
	struct entry *same;	     /* in the bucket of what it is about */
	struct entry *newer, *older; /* by use */
	void *value;
	uint64_t hash;
	struct uuid about; /* nil: nothing, and in no such bucket */
	size_t len;
	unsigned char key[];
};

struct lru {
	struct entry **buckets, **subjects;
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
	l->subjects = calloc(buckets, sizeof(*l->subjects));
	l->mask = buckets - 1;
	l->max = max > 0 ? max : 1;
	l->drop = drop;
	if (l->buckets == NULL || l->subjects == NULL ||
	    getrandom(&l->seed, sizeof(l->seed), 0) != (ssize_t)sizeof(l->seed)) {
		free(l->buckets);
		free(l->subjects);
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
	free(l->subjects);
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

static struct entry **
subject_bucket(const struct lru *l, const struct uuid *about)
{
	return &l->subjects[hash_of(l, (struct span){ about->bytes, sizeof(about->bytes) }) &
			    l->mask];
}

static void
link_subject(struct lru *l, struct entry *e)
{
	struct entry **bucket = subject_bucket(l, &e->about);

	e->same = *bucket;
	*bucket = e;
}

static void
unlink_subject(struct lru *l, struct entry *e)
{
	struct entry **at = subject_bucket(l, &e->about);

	while (*at != e)
		at = &(*at)->same;
	*at = e->same;
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
	if (!uuid_is_nil(&e->about))
		unlink_subject(l, e);
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
	static const struct uuid nothing = UUID_NIL;

	return lru_put_about(l, key, &nothing, value);
}

int
lru_put_about(struct lru *l, struct span key, const struct uuid *about, void *value)
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
	if (l->count == l->max)
		remove_at(
		    l, find(l, (struct span){ l->oldest->key, l->oldest->len }, l->oldest->hash));
	e->value = value;
	e->hash = hash;
	e->about = *about;
	e->len = key.len;
	memcpy(e->key, key.data, key.len);
	if (!uuid_is_nil(about))
		link_subject(l, e);
	e->chain = l->buckets[hash & l->mask];
	l->buckets[hash & l->mask] = e;
	link_newest(l, e);
	l->count++;
	return 0;
}

static void
remove_entry(struct lru *l, const struct entry *e)
{
	remove_at(l, find(l, (struct span){ e->key, e->len }, e->hash));
}

void
lru_remove(struct lru *l, int (*is_gone)(const void *, const void *), const void *arg)
{
	struct entry *e, *next;

	for (e = l->newest; e != NULL; e = next) {
		next = e->older;
		if (is_gone == NULL || is_gone(e->value, arg))
			remove_entry(l, e);
	}
}

void
lru_remove_about(struct lru *l, const struct uuid *about)
{
	struct entry *e = *subject_bucket(l, about), *next;

	for (; e != NULL; e = next) {
		next = e->same;
		if (uuid_equal(&e->about, about))
			remove_entry(l, e);
	}
}

size_t
lru_count(const struct lru *l)
{
	return l->count;
}
