#include "server/run/lane.h"

#include <pthread.h>

#include "server/run/turn.h"
#include "tests/support/suite.h"

static struct lane_pool pool;
static struct turn turns[20];

static void
begin(unsigned int size, unsigned int threads, unsigned int percent)
{
	lane_init(&pool, size, threads);
	lane_set_share(&pool, percent);
}

/* What comes is the turn of this number. */
static struct lane_caller *
comes(size_t number)
{
	struct lane_caller *by = NULL;

	CU_ASSERT_PTR_EQUAL(lane_pop(&pool, &by), &turns[number]);
	return by;
}

static void
callers_come_in_turn_and_each_in_his_order(void)
{
	static const size_t order[] = { 0, 4, 6, 1, 5, 2, 3 };
	size_t i;

	begin(20, 1, 0);
	for (i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(lane_push(&pool, &turns[i], "a"), LANE_TAKEN);
	for (i = 4; i < 6; i++)
		CU_ASSERT_EQUAL(lane_push(&pool, &turns[i], "b"), LANE_TAKEN);
	CU_ASSERT_EQUAL(lane_push(&pool, &turns[6], "c"), LANE_TAKEN);
	for (i = 0; i < 7; i++)
		lane_done(&pool, comes(order[i]));
	lane_stop(&pool);
	lane_release(&pool);
}

static void
who_has_his_share_of_threads_waits_while_others_come(void)
{
	struct lane_caller *first, *second;
	size_t i;

	begin(20, 4, 50);
	for (i = 0; i < 4; i++)
		lane_push(&pool, &turns[i], "a");
	first = comes(0);
	second = comes(1);
	CU_ASSERT_EQUAL(lane_push(&pool, &turns[4], "b"), LANE_TAKEN);
	lane_done(&pool, comes(4));
	lane_done(&pool, first);
	first = comes(2);
	lane_set_share(&pool, 100); /* a reload */
	lane_done(&pool, comes(3));
	lane_done(&pool, first);
	lane_done(&pool, second);
	lane_stop(&pool);
	lane_release(&pool);
}

static void
places_to_wait_are_shared_and_bounded(void)
{
	size_t i;

	begin(4, 1, 50);
	CU_ASSERT_EQUAL(lane_push(&pool, &turns[0], "a"), LANE_TAKEN);
	CU_ASSERT_EQUAL(lane_push(&pool, &turns[1], "a"), LANE_TAKEN);
	CU_ASSERT_EQUAL(lane_push(&pool, &turns[2], "a"), LANE_SHARE);
	CU_ASSERT_EQUAL(lane_push(&pool, &turns[2], "b"), LANE_TAKEN);
	CU_ASSERT_EQUAL(lane_push(&pool, &turns[3], "c"), LANE_TAKEN);
	CU_ASSERT_EQUAL(lane_push(&pool, &turns[4], "d"), LANE_FULL);
	/* What waited is served when the lane stops, whoever's it is; nothing comes behind it. */
	lane_stop(&pool);
	CU_ASSERT_EQUAL(lane_push(&pool, &turns[5], "e"), LANE_FULL);
	for (i = 0; i < 4; i++) {
		static const size_t order[] = { 0, 2, 3, 1 };

		lane_done(&pool, comes(order[i]));
	}
	CU_ASSERT_PTR_NULL(lane_pop(&pool, &(struct lane_caller *){ NULL }));
	lane_release(&pool);
}

static void
a_share_is_never_nothing_and_leaves_one(void)
{
	CU_ASSERT_EQUAL(limits_share(75, 1), 1);
	CU_ASSERT_EQUAL(limits_share(75, 2), 1);
	CU_ASSERT_EQUAL(limits_share(75, 3), 2);
	CU_ASSERT_EQUAL(limits_share(99, 2), 1);
	CU_ASSERT_EQUAL(limits_share(1, 64), 1);
	CU_ASSERT_EQUAL(limits_share(99, 4000000000u), 3960000000u);
	CU_ASSERT_EQUAL(limits_share(100, 64), 64);
	CU_ASSERT_EQUAL(limits_share(0, 64), 64);
}

static const struct test tests[] = { TEST(callers_come_in_turn_and_each_in_his_order),
	TEST(who_has_his_share_of_threads_waits_while_others_come),
	TEST(places_to_wait_are_shared_and_bounded), TEST(a_share_is_never_nothing_and_leaves_one),
	TEST_END };
const struct suite suite_server_run_lane = { "server/run/lane", NULL, NULL, tests };
