#include "signing/trust/arena.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK ((size_t)64 << 10)
#define ALIGN ((size_t)16)

struct arena_block {
	struct arena_block *next;
	size_t used, size;
	_Alignas(16) unsigned char bytes[];
};

static struct arena_block *
add_block(struct arena *a, size_t needed, struct error *err)
{
	const size_t max = a->max != 0 ? a->max : ARENA_MAX_DEFAULT;
	const size_t size = needed > BLOCK ? needed : BLOCK;
	struct arena_block *b;

	if (size > max - a->total) {
		error_limit(err, ERROR_LIMIT, "trust_memory", max, 0,
		    "the trusted list takes too much memory");
		return NULL;
	}
	b = calloc(1, sizeof(*b) + size);
	if (b == NULL) {
		error_memory(err);
		return NULL;
	}
	b->size = size;
	b->next = a->blocks;
	a->blocks = b;
	a->total += size;
	return b;
}

void *
arena_alloc(struct arena *a, size_t size, struct error *err)
{
	struct arena_block *b = a->blocks;
	void *p;

	if (size > SIZE_MAX / 2) {
		error_memory(err);
		return NULL;
	}
	size = (size + ALIGN - 1) / ALIGN * ALIGN;
	if (b == NULL || b->size - b->used < size)
		b = add_block(a, size, err);
	if (b == NULL)
		return NULL;
	p = b->bytes + b->used;
	b->used += size;
	return p;
}

void *
arena_array(struct arena *a, size_t count, size_t size, struct error *err)
{
	if (count > SIZE_MAX / 2 / size) {
		error_memory(err);
		return NULL;
	}
	return arena_alloc(a, (count > 0 ? count : 1) * size, err);
}

char *
arena_text(struct arena *a, const char *text, struct error *err)
{
	const size_t n = strlen(text) + 1;
	char *copy = arena_alloc(a, n, err);

	if (copy != NULL)
		memcpy(copy, text, n);
	return copy;
}

int
arena_bytes(struct arena *a, struct span in, struct span *out, struct error *err)
{
	unsigned char *copy = arena_alloc(a, in.len + 1, err);

	if (copy == NULL)
		return -1;
	if (in.len > 0)
		memcpy(copy, in.data, in.len);
	*out = (struct span){ copy, in.len };
	return 0;
}

void
arena_release(struct arena *a)
{
	struct arena_block *b, *next;

	for (b = a->blocks; b != NULL; b = next) {
		next = b->next;
		free(b);
	}
	a->blocks = NULL;
	a->total = 0;
}
