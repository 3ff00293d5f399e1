/*
 * server/run/wheel.h: many timers, of which most are moved before they end. Setting and removing
 * cost the same however many there are; nothing walks over all of them. Not locked: the caller
 * serialises all calls on one wheel.
 *
 * A timer is looked at no later than WHEEL_TICK_US after its time, and one that was moved to later
 * is found at its old place and put further on then.
 */
#ifndef SIGNET_RUN_WHEEL_H
#define SIGNET_RUN_WHEEL_H

#include <stddef.h>
#include <stdint.h>

#define WHEEL_TICK_US 100000
#define WHEEL_SLOTS   512

struct timer {
	struct timer *prev, *next; /* NULL while not in a wheel */
	int64_t deadline;	   /* microseconds of the monotonic clock */
	int64_t looked_at;	   /* the tick at which the wheel comes by */
};

struct wheel {
	struct timer slots[WHEEL_SLOTS]; /* heads of rings */
	int64_t tick;			 /* the next one to look at */
	size_t count;
};

void wheel_init(struct wheel *wheel, int64_t now);
void wheel_set(struct wheel *wheel, struct timer *timer, int64_t deadline);
void wheel_remove(struct wheel *wheel, struct timer *timer); /* one that is in no wheel is fine */
/* The next timer whose time has come, taken out; NULL when there is none left. */
struct timer *wheel_expired(struct wheel *wheel, int64_t now);

#endif
