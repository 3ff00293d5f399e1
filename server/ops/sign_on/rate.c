#include "server/ops/sign_on/rate.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "server/base/text.h"

#define SETS	  1024
#define WAYS	  4
#define MINUTE_US 60000000.0

struct bucket {
	char network[RATE_NETWORK_SIZE]; /* "": free */
	double used;			 /* of what a minute gives, as of `at_us` */
	int64_t at_us;
};

struct rate {
	pthread_mutex_t lock;
	uint64_t seed; /* so that nobody can choose addresses of one set */
	struct bucket all;
	struct bucket sets[SETS][WAYS];
};

int
rate_new(struct rate **rate, struct error *err)
{
	struct rate *r = calloc(1, sizeof(*r));

	*rate = r;
	if (r == NULL)
		return error_memory(err);
	pthread_mutex_init(&r->lock, NULL);
	if (getrandom(&r->seed, sizeof(r->seed), 0) != (ssize_t)sizeof(r->seed))
		r->seed = (uintptr_t)r;
	return 0;
}

void
rate_free(struct rate *rate)
{
	if (rate == NULL)
		return;
	pthread_mutex_destroy(&rate->lock);
	free(rate);
}

/* FNV-1a, seeded. */
static size_t
set_of(const struct rate *r, const char *network)
{
	uint64_t h = 14695981039346656037u ^ r->seed;

	for (; *network != '\0'; network++)
		h = (h ^ (unsigned char)*network) * 1099511628211u;
	return (size_t)((h ^ h >> 32) % SETS);
}

/* What has come back since. */
static void
leak(struct bucket *b, unsigned int per_minute, int64_t now_us)
{
	if (now_us > b->at_us)
		b->used -= (double)(now_us - b->at_us) / MINUTE_US * per_minute;
	if (b->used < 0)
		b->used = 0;
	b->at_us = now_us;
}

static struct bucket *
find(struct rate *r, const char *network, unsigned int per_minute, int64_t now_us)
{
	struct bucket *set = r->sets[set_of(r, network)], *least = set;
	size_t i;

	for (i = 0; i < WAYS; i++) {
		leak(&set[i], per_minute, now_us);
		if (strcmp(set[i].network, network) == 0)
			return &set[i];
		if (set[i].network[0] == '\0' || set[i].used < least->used)
			least = &set[i];
	}
	text_copy(least->network, sizeof(least->network), network);
	least->used = 0;
	return least;
}

/* Seconds until one more fits. */
static unsigned int
wait_for(const struct bucket *b, unsigned int per_minute)
{
	return per_minute > 0 ? 1 + (unsigned int)((b->used + 1 - per_minute) * 60 / per_minute)
			      : 60;
}

int
rate_take(struct rate *rate, const char *network, unsigned int per_minute,
    unsigned int all_per_minute, int64_t now_us, int *is_all, unsigned int *wait)
{
	struct bucket *b;
	int may = 0;

	pthread_mutex_lock(&rate->lock);
	b = find(rate, network, per_minute, now_us);
	leak(&rate->all, all_per_minute, now_us);
	*is_all = b->used + 1 <= per_minute;
	if (!*is_all)
		*wait = wait_for(b, per_minute);
	else if (rate->all.used + 1 > all_per_minute)
		*wait = wait_for(&rate->all, all_per_minute);
	else {
		b->used++;
		rate->all.used++;
		may = 1;
	}
	pthread_mutex_unlock(&rate->lock);
	return may;
}

char *
rate_network(char out[RATE_NETWORK_SIZE], const char *peer)
{
	static const unsigned char mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
	struct in6_addr six;

	if (inet_pton(AF_INET6, peer, &six) != 1)
		return text_copy(out, RATE_NETWORK_SIZE, peer);
	if (memcmp(six.s6_addr, mapped, sizeof(mapped)) == 0) {
		inet_ntop(AF_INET, six.s6_addr + 12, out, RATE_NETWORK_SIZE);
		return out;
	}
	memset(six.s6_addr + 8, 0, 8);
	inet_ntop(AF_INET6, &six, out, RATE_NETWORK_SIZE - 4);
	return strcat(out, "/64");
}
