#include "server/jobs/scheduler.h"

/* A place in [0, range) that is the job's own and stays. */
static int64_t
place_of(const struct uuid *id, int64_t range)
{
	uint64_t hash = 1469598103934665603u;
	unsigned int i;

	for (i = 0; i < sizeof(id->bytes); i++)
		hash = (hash ^ id->bytes[i]) * 1099511628211u;
	hash ^= hash >> 32; /* the low bits of the sum see little of the first bytes */
	return range > 0 ? (int64_t)(hash % (uint64_t)range) : 0;
}

static int64_t
spread(const struct schedule *s, int64_t interval)
{
	int64_t range = interval / 10;

	return place_of(&s->id, range < SCHEDULE_SPREAD ? range : SCHEDULE_SPREAD);
}

/* The first instant behind `now` that lies `place` behind a day's beginning. */
static int64_t
next_daily(int64_t now, int64_t place)
{
	int64_t day = now / SCHEDULE_DAY - (now % SCHEDULE_DAY < 0);
	int64_t at = day * SCHEDULE_DAY + place;

	/* The place may lie beyond midnight: yesterday's may still be to come. */
	at -= SCHEDULE_DAY;
	while (at <= now)
		at += SCHEDULE_DAY;
	return at;
}

static int64_t
regular(const struct schedule *s, int64_t began, int64_t now)
{
	int64_t interval = s->every * SCHEDULE_SECOND, at;

	if (s->every == 0)
		return next_daily(now, s->daily * SCHEDULE_SECOND + spread(s, SCHEDULE_DAY));
	/* Sooner rather than later: what an administrator asks for every hour is not older. */
	at = began + interval - spread(s, interval);
	return at > now ? at : now + SCHEDULE_SECOND;
}

int64_t
schedule_next(const struct schedule *s, int64_t began, int64_t now, int32_t fails)
{
	int64_t at = regular(s, began, now), retry;

	if (fails <= 0 || fails > 30)
		return at;
	retry = now + (SCHEDULE_RETRY << (fails - 1)) + spread(s, SCHEDULE_RETRY);
	return retry < at ? retry : at;
}

enum schedule_due
schedule_decide(const struct schedule_state *s, int64_t now, int64_t *wake)
{
	int64_t next = s->has_next ? s->next : now;

	*wake = SCHEDULE_NEVER;
	if (s->is_disabled || (s->is_paused && !s->is_requested))
		return SCHEDULE_WAIT;
	if (s->is_claimed && s->lease_left > 0) {
		*wake = now + s->lease_left;
		return SCHEDULE_WAIT;
	}
	if (s->is_claimed)
		return SCHEDULE_TAKE_OVER;
	if (s->is_requested)
		return SCHEDULE_BY_REQUEST;
	if (next <= now)
		return SCHEDULE_BY_TIME;
	*wake = next;
	return SCHEDULE_WAIT;
}
