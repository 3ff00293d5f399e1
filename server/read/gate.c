#include "server/read/gate.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct waiter {
	struct waiter *next;
	const struct uuid *caller;
	unsigned int most;
	int may_go;
	pthread_cond_t told;
};

struct read_gate {
	pthread_mutex_t lock;
	unsigned int places, taken, waiting;
	struct waiter *first;  /* in the order they came */
	struct uuid callers[]; /* of the places that are taken */
};

int
read_gate_new(struct read_gate **gate, unsigned int places, struct error *err)
{
	*gate = calloc(1, sizeof(**gate) + places * sizeof((*gate)->callers[0]));
	if (*gate == NULL)
		return error_memory(err);
	pthread_mutex_init(&(*gate)->lock, NULL);
	(*gate)->places = places;
	return 0;
}

void
read_gate_free(struct read_gate *gate)
{
	if (gate == NULL)
		return;
	pthread_mutex_destroy(&gate->lock);
	free(gate);
}

/* ---- under the lock ---- */

static unsigned int
places_of(const struct read_gate *gate, const struct uuid *caller)
{
	unsigned int i, n = 0;

	for (i = 0; i < gate->taken; i++)
		n += uuid_equal(&gate->callers[i], caller);
	return n;
}

/* Let in who may go, the one with the fewest places first. */
static void
let_in(struct read_gate *gate)
{
	struct waiter *w, *best;
	unsigned int has, fewest;

	while (gate->taken < gate->places) {
		best = NULL;
		fewest = 0;
		for (w = gate->first; w != NULL; w = w->next) {
			has = places_of(gate, w->caller);
			if (w->may_go || has >= w->most || (best != NULL && has >= fewest))
				continue;
			best = w;
			fewest = has;
		}
		if (best == NULL)
			return;
		best->may_go = 1;
		gate->callers[gate->taken++] = *best->caller;
		pthread_cond_signal(&best->told);
	}
}

static void
queue(struct read_gate *gate, struct waiter *w)
{
	struct waiter **at = &gate->first;

	while (*at != NULL)
		at = &(*at)->next;
	*at = w;
	gate->waiting++;
}

static void
unqueue(struct read_gate *gate, struct waiter *w)
{
	struct waiter **at = &gate->first;

	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	gate->waiting--;
}

/* ---- */

int
read_gate_enter(struct read_gate *gate, const struct uuid *caller, unsigned int most,
    int64_t deadline, struct error *err)
{
	struct waiter w = { .caller = caller, .most = most };
	const struct timespec end = { deadline / 1000000, deadline % 1000000 * 1000 };
	pthread_condattr_t attr;
	int late = 0;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&w.told, &attr);
	pthread_condattr_destroy(&attr);
	pthread_mutex_lock(&gate->lock);
	queue(gate, &w);
	let_in(gate);
	while (!w.may_go && !late)
		late = pthread_cond_timedwait(&w.told, &gate->lock, &end) != 0;
	unqueue(gate, &w);
	pthread_mutex_unlock(&gate->lock);
	pthread_cond_destroy(&w.told);
	if (w.may_go)
		return 0;
	error_set(err, ERROR_UNAVAILABLE, "too many documents wait to be read; try again later");
	if (err != NULL)
		err->retry_after = 1;
	return -1;
}

void
read_gate_leave(struct read_gate *gate, const struct uuid *caller)
{
	unsigned int i = 0;

	pthread_mutex_lock(&gate->lock);
	while (i < gate->taken && !uuid_equal(&gate->callers[i], caller))
		i++;
	if (i < gate->taken)
		gate->callers[i] = gate->callers[--gate->taken];
	let_in(gate);
	pthread_mutex_unlock(&gate->lock);
}

unsigned int
read_gate_waiting(struct read_gate *gate)
{
	unsigned int n;

	pthread_mutex_lock(&gate->lock);
	n = gate->waiting;
	pthread_mutex_unlock(&gate->lock);
	return n;
}
