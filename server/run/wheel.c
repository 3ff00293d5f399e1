#include "server/run/wheel.h"

void
wheel_init(struct wheel *wheel, int64_t now)
{
	size_t i;

	for (i = 0; i < WHEEL_SLOTS; i++)
		wheel->slots[i].prev = wheel->slots[i].next = &wheel->slots[i];
	wheel->tick = now / WHEEL_TICK_US;
	wheel->count = 0;
}

static void
link_timer(struct wheel *wheel, struct timer *timer)
{
	int64_t tick = timer->deadline / WHEEL_TICK_US + 1;
	struct timer *head;

	if (tick < wheel->tick)
		tick = wheel->tick;
	if (tick >= wheel->tick + WHEEL_SLOTS)
		tick = wheel->tick + WHEEL_SLOTS - 1;
	timer->looked_at = tick;
	head = &wheel->slots[tick % WHEEL_SLOTS];
	timer->prev = head->prev;
	timer->next = head;
	head->prev->next = timer;
	head->prev = timer;
	wheel->count++;
}

void
wheel_remove(struct wheel *wheel, struct timer *timer)
{
	if (timer->next == NULL)
		return;
	timer->prev->next = timer->next;
	timer->next->prev = timer->prev;
	timer->prev = timer->next = NULL;
	wheel->count--;
}

void
wheel_set(struct wheel *wheel, struct timer *timer, int64_t deadline)
{
	timer->deadline = deadline;
	if (timer->next != NULL && timer->looked_at <= deadline / WHEEL_TICK_US + 1)
		return;
	wheel_remove(wheel, timer);
	link_timer(wheel, timer);
}

/* Take out the first ripe timer of a slot; unripe ones go on to where they belong. */
static struct timer *
ripe(struct wheel *wheel, struct timer *head, int64_t now)
{
	struct timer *timer, *next;

	for (timer = head->next; timer != head; timer = next) {
		next = timer->next;
		if (timer->deadline <= now) {
			wheel_remove(wheel, timer);
			return timer;
		}
		if (timer->looked_at > wheel->tick)
			continue;
		wheel_remove(wheel, timer);
		wheel->tick++; /* so that it does not come to stand here again */
		link_timer(wheel, timer);
		wheel->tick--;
	}
	return NULL;
}

struct timer *
wheel_expired(struct wheel *wheel, int64_t now)
{
	int64_t last = now / WHEEL_TICK_US;
	struct timer *timer;

	if (last - wheel->tick >= WHEEL_SLOTS) /* a long pause: once around is enough */
		wheel->tick = last - WHEEL_SLOTS + 1;
	for (; wheel->tick <= last; wheel->tick++) {
		timer = ripe(wheel, &wheel->slots[wheel->tick % WHEEL_SLOTS], now);
		if (timer != NULL)
			return timer;
	}
	return NULL;
}
