/*
 * signing/trust/arena.h: memory that is filled piece by piece and released as a whole. Trusted
 * lists are trees of a hundred thousand small pieces that live and die together. Only for this
 * folder.
 */
#ifndef SIGNET_SIGNING_TRUST_ARENA_H
#define SIGNET_SIGNING_TRUST_ARENA_H

#include "server/base/buf.h"

struct arena_block;
struct arena {
	struct arena_block *blocks;
	size_t total; /* bytes taken */
	size_t max;   /* the most it may take; 0 = ARENA_MAX_DEFAULT */
};
#define ARENA_MAX_DEFAULT ((size_t)96 << 20)

/* Zeroed and aligned for anything; NULL with ERROR_LIMIT "trust_memory" or ERROR_UNAVAILABLE. */
void *arena_alloc(struct arena *a, size_t size, struct error *err);
/* The same for `count` things of `size` bytes; one is made where count is 0. */
void *arena_array(struct arena *a, size_t count, size_t size, struct error *err);
/* A copy with a NUL behind it. */
char *arena_text(struct arena *a, const char *text, struct error *err);
int arena_bytes(struct arena *a, struct span in, struct span *out, struct error *err);
void arena_release(struct arena *a); /* empty is fine */

#endif
