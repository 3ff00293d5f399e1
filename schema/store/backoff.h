/* schema/store/backoff.h: when to try again to reach the database. Plain data; no locking. */
#ifndef SIGNET_SCHEMA_STORE_BACKOFF_H
#define SIGNET_SCHEMA_STORE_BACKOFF_H

#include <stdint.h>

#define BACKOFF_FIRST_US 50000
#define BACKOFF_MOST_US	 5000000

struct backoff {
	int64_t wait_us; /* 0: all is well */
	int64_t until_us;
};

/* 1 when an attempt may be made now. */
static inline int
backoff_may_try(const struct backoff *b, int64_t now_us)
{
	return b->wait_us == 0 || now_us >= b->until_us;
}

static inline void
backoff_failed(struct backoff *b, int64_t now_us)
{
	b->wait_us = b->wait_us == 0 ? BACKOFF_FIRST_US : b->wait_us * 2;
	if (b->wait_us > BACKOFF_MOST_US)
		b->wait_us = BACKOFF_MOST_US;
	b->until_us = now_us + b->wait_us;
}

static inline void
backoff_succeeded(struct backoff *b)
{
	b->wait_us = 0;
}

#endif
