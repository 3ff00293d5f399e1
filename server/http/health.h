/*
 * server/http/health.h: what /healthz tells: each part of the server, whether it works, and if not
 * what is wrong. 200 when all parts work, 503 otherwise.
 */
#ifndef SIGNET_HTTP_HEALTH_H
#define SIGNET_HTTP_HEALTH_H

#include <stdint.h>

#include "server/ops/exchange.h"

struct health;

struct health_state {
	int works;
	int is_minor;	/* its failure is shown and makes the server no worse to ask */
	char text[256]; /* what is wrong, or "" */
	/* a figure worth telling, with its name ("daysLeft"); "" for none */
	char figure_name[32];
	int64_t figure;
};

/* NULL without memory. */
struct health *health_new(const char *version, const char *node);
void health_free(struct health *health); /* NULL is fine */
/*
 * Add a part before the threads start; `name` is static. probe() fills a state that is all zero and
 * must not wait long: it is asked at each call of the page. At most 16; -1 beyond.
 */
int health_add(struct health *health, const char *name,
    void (*probe)(void *arg, struct health_state *state), void *arg);
/* A line that is shown under "warnings" and does not make the server unhealthy; static. */
int health_warn(struct health *health, const char *warning);

/* The page. */
void health_answer(struct health *health, struct exchange *x);

#endif
