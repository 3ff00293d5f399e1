/*
 * authz/lru.h: a bounded map from bytes to pointers; the longest unused goes first. No locking.
 */
#ifndef SIGNET_AUTHZ_LRU_H
#define SIGNET_AUTHZ_LRU_H

#include "server/base/buf.h"
#include "server/base/uuid.h"

struct lru;

/* `drop` is called for each value that leaves. At most `max` entries, with room made at once. */
int lru_new(struct lru **lru, size_t max, void (*drop)(void *), struct error *err);
void lru_free(struct lru *lru); /* NULL is fine */
/* The value, now the most recently used, or NULL. */
void *lru_get(struct lru *lru, struct span key);
/* Takes the value over, also on -1 (no memory). One of the same key is replaced. */
int lru_put(struct lru *lru, struct span key, void *value);
/* The same with what the value is about, for lru_remove_about(). */
int lru_put_about(struct lru *lru, struct span key, const struct uuid *about, void *value);
/* Remove those that were put with this, at a cost that does not grow with the others. */
void lru_remove_about(struct lru *lru, const struct uuid *about);
/* Remove those that `is_gone` says 1 for; NULL: all. */
void lru_remove(
    struct lru *lru, int (*is_gone)(const void *value, const void *arg), const void *arg);
size_t lru_count(const struct lru *lru);

#endif
