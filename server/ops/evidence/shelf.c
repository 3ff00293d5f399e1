#include "server/ops/evidence/shelf.h"

#include <stdlib.h>

#include "authz/lru.h"
#include "server/base/clock.h"

struct shelved {
	struct piece *piece;
	int64_t good_until;
	int64_t checked_us; /* when the database had it, clock_monotonic_us() */
};

struct shelf {
	pthread_mutex_t lock;
	struct lru *items;
};

static void
drop_shelved(void *value)
{
	struct shelved *s = value;

	piece_drop(s->piece);
	free(s);
}

int
shelf_new(struct shelf **shelf, struct error *err)
{
	struct shelf *s = calloc(1, sizeof(*s));

	*shelf = s;
	if (s == NULL)
		return error_memory(err);
	pthread_mutex_init(&s->lock, NULL);
	return lru_new(&s->items, SHELF_MAX, drop_shelved, err);
}

void
shelf_free(struct shelf *shelf)
{
	if (shelf == NULL)
		return;
	lru_free(shelf->items);
	pthread_mutex_destroy(&shelf->lock);
	free(shelf);
}

static int
is_fresh(const struct shelved *s)
{
	return s->good_until > clock_now() &&
	       clock_monotonic_us() - s->checked_us < SHELF_RECHECK_US;
}

struct piece *
shelf_get(struct shelf *shelf, const unsigned char key[STORE_SHA256], int only_fresh)
{
	struct piece *piece = NULL;
	struct shelved *s;

	pthread_mutex_lock(&shelf->lock);
	s = lru_get(shelf->items, (struct span){ key, STORE_SHA256 });
	if (s != NULL && (!only_fresh || is_fresh(s)))
		piece = piece_hold(s->piece);
	pthread_mutex_unlock(&shelf->lock);
	return piece;
}

void
shelf_put(struct shelf *shelf, const unsigned char key[STORE_SHA256], struct piece *piece,
    int64_t good_until)
{
	struct shelved *s;

	if (!piece_is_light(piece) || (s = calloc(1, sizeof(*s))) == NULL)
		return;
	s->piece = piece_hold(piece);
	s->good_until = good_until;
	s->checked_us = clock_monotonic_us();
	pthread_mutex_lock(&shelf->lock);
	lru_put(shelf->items, (struct span){ key, STORE_SHA256 }, s);
	pthread_mutex_unlock(&shelf->lock);
}
