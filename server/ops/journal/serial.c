#include "server/ops/journal/serial.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "schema/store/key.h"

struct serials {
	struct db_pool *pool;
	pthread_mutex_t mutex;
	/* under the mutex */
	unsigned char high[8];
	uint64_t next, left;
};

int
serials_new(struct serials **out, struct db_pool *pool, struct error *err)
{
	struct serials *s = calloc(1, sizeof(*s));

	*out = s;
	if (s == NULL)
		return error_memory(err);
	s->pool = pool;
	pthread_mutex_init(&s->mutex, NULL);
	return 0;
}

void
serials_free(struct serials *s)
{
	if (s == NULL)
		return;
	pthread_mutex_destroy(&s->mutex);
	free(s);
}

static int
reserve(struct serials *s, struct error *err)
{
	struct db *db;
	int64_t first;
	int rc;

	if (getrandom(s->high, sizeof(s->high), 0) != (ssize_t)sizeof(s->high))
		return error_errno(err, "could not get random bytes");
	/* Positive, and never shorter than the others. */
	s->high[0] = (unsigned char)((s->high[0] & 0x7f) | 0x40);
	if (db_pool_take(s->pool, &db, err) != 0)
		return -1;
	rc = store_tsa_serials(db, SERIAL_BLOCK, &first, err);
	db_pool_give(s->pool, db);
	if (rc != 0)
		return -1;
	s->next = (uint64_t)first;
	s->left = SERIAL_BLOCK;
	return 0;
}

int
serials_next(struct serials *s, unsigned char out[SERIAL_SIZE], struct error *err)
{
	uint64_t number;
	int i, rc = 0;

	pthread_mutex_lock(&s->mutex);
	if (s->left == 0)
		rc = reserve(s, err);
	if (rc == 0) {
		memcpy(out, s->high, sizeof(s->high));
		number = s->next++;
		s->left--;
		for (i = SERIAL_SIZE - 1; i >= 8; i--, number >>= 8)
			out[i] = (unsigned char)number;
	}
	pthread_mutex_unlock(&s->mutex);
	return rc;
}
