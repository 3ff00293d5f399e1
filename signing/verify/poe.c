#include "signing/verify/poe.h"

#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

void
poe_name(struct span object, unsigned char name[POE_NAME_SIZE])
{
	SHA256(object.data, object.len, name);
}

/* Where the object stands, or would. */
static size_t
place_of(const struct poes *poes, const unsigned char *object)
{
	size_t low = 0, high = poes->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (memcmp(poes->items[middle].object, object, POE_NAME_SIZE) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int
is_at(const struct poes *poes, size_t i, const unsigned char *object)
{
	return i < poes->count && memcmp(poes->items[i].object, object, POE_NAME_SIZE) == 0;
}

void
poe_add(struct poes *poes, const unsigned char object[POE_NAME_SIZE], int64_t time)
{
	size_t i = place_of(poes, object);
	struct poe *bigger;

	if (is_at(poes, i, object)) {
		if (time < poes->items[i].time)
			poes->items[i].time = time;
		return;
	}
	bigger = realloc(poes->items, (poes->count + 1) * sizeof(*bigger));
	if (bigger == NULL) {
		poes->incomplete = 1;
		return;
	}
	poes->items = bigger;
	memmove(&bigger[i + 1], &bigger[i], (poes->count - i) * sizeof(*bigger));
	memcpy(bigger[i].object, object, POE_NAME_SIZE);
	bigger[i].time = time;
	poes->count++;
}

int64_t
poe_time(const struct poes *poes, const unsigned char object[POE_NAME_SIZE])
{
	size_t i = place_of(poes, object);

	return is_at(poes, i, object) && poes->items[i].time < poes->now ? poes->items[i].time
									 : poes->now;
}

void
poes_release(struct poes *poes)
{
	free(poes->items);
	poes->items = NULL;
	poes->count = 0;
}
