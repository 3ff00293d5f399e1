#include "server/run/wheel.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/suite.h"

#define SECOND INT64_C(1000000)
#define START  (1000 * SECOND)

static struct wheel wheel;

static void
timers_come_out_after_their_time_and_not_before(void)
{
	static const int64_t seconds[] = { 1, 2, 30, 51, 52, 100, 1000 };
	struct timer timers[7];
	struct timer *t;
	size_t i;

	memset(timers, 0, sizeof(timers));
	wheel_init(&wheel, START);
	for (i = 0; i < 7; i++)
		wheel_set(&wheel, &timers[6 - i], START + seconds[6 - i] * SECOND);
	for (i = 0; i < 7; i++) {
		CU_ASSERT_PTR_NULL(wheel_expired(&wheel, START + seconds[i] * SECOND - 1));
		t = wheel_expired(&wheel, START + seconds[i] * SECOND + WHEEL_TICK_US);
		CU_ASSERT_PTR_EQUAL(t, &timers[i]);
	}
	CU_ASSERT_EQUAL(wheel.count, 0);
}

static void
a_moved_timer_comes_at_its_new_time(void)
{
	struct timer later = { 0 }, sooner = { 0 };

	wheel_init(&wheel, START);
	wheel_set(&wheel, &later, START + 10 * SECOND);
	wheel_set(&wheel, &sooner, START + 40 * SECOND);
	wheel_set(&wheel, &later, START + 90 * SECOND);
	wheel_set(&wheel, &sooner, START + 5 * SECOND);
	CU_ASSERT_PTR_EQUAL(wheel_expired(&wheel, START + 11 * SECOND), &sooner);
	CU_ASSERT_PTR_NULL(wheel_expired(&wheel, START + 89 * SECOND));
	CU_ASSERT_PTR_EQUAL(wheel_expired(&wheel, START + 91 * SECOND), &later);
	CU_ASSERT_EQUAL(wheel.count, 0);
}

static void
a_removed_timer_never_comes(void)
{
	struct timer gone = { 0 }, stays = { 0 };

	wheel_init(&wheel, START);
	wheel_set(&wheel, &gone, START + SECOND);
	wheel_set(&wheel, &stays, START + SECOND);
	wheel_remove(&wheel, &gone);
	wheel_remove(&wheel, &gone);
	CU_ASSERT_PTR_EQUAL(wheel_expired(&wheel, START + 5 * SECOND), &stays);
	CU_ASSERT_PTR_NULL(wheel_expired(&wheel, START + 500 * SECOND));
}

static void
thousands_at_random_all_come_in_their_time(void)
{
	enum { COUNT = 5000 };
	struct timer *timers = calloc(COUNT, sizeof(*timers)), *t;
	int64_t now = START;
	size_t left = COUNT, i;

	srandom(7);
	wheel_init(&wheel, START);
	for (i = 0; i < COUNT; i++)
		wheel_set(&wheel, &timers[i], START + random() % (200 * SECOND));
	for (i = 0; i < COUNT; i++)
		wheel_set(&wheel, &timers[i], START + random() % (200 * SECOND));
	while (left > 0 && now < START + 300 * SECOND) {
		now += random() % (2 * SECOND);
		while ((t = wheel_expired(&wheel, now)) != NULL) {
			CU_ASSERT_FATAL(t->deadline <= now);
			t->deadline = 0;
			left--;
		}
		for (i = 0; i < COUNT; i += 97)
			CU_ASSERT(timers[i].deadline == 0 ||
				  timers[i].deadline > now - 2 * WHEEL_TICK_US);
	}
	CU_ASSERT_EQUAL(left, 0);
	free(timers);
}

static const struct test tests[] = { TEST(timers_come_out_after_their_time_and_not_before),
	TEST(a_moved_timer_comes_at_its_new_time), TEST(a_removed_timer_never_comes),
	TEST(thousands_at_random_all_come_in_their_time), TEST_END };
const struct suite suite_server_run_wheel = { "server/run/wheel", NULL, NULL, tests };
