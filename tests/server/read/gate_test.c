#include "server/read/gate.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>

#include "server/base/clock.h"
#include "tests/support/suite.h"

static const struct uuid erp = { { 1 } }, hr = { { 2 } };
static struct read_gate *gate;
static atomic_int inside;

struct asker {
	pthread_t thread;
	const struct uuid *caller;
	unsigned int most;
	int came; /* how many were in before him; 0: not at all */
};

static int64_t
soon(void)
{
	return clock_monotonic_us() + 20000000;
}

static void *
ask(void *arg)
{
	struct asker *a = arg;

	if (read_gate_enter(gate, a->caller, a->most, soon(), NULL) == 0)
		a->came = atomic_fetch_add(&inside, 1) + 1;
	return NULL;
}

static void
begin(unsigned int places)
{
	struct error err = ERROR_INIT;

	inside = 0;
	ASSERT_OK(read_gate_new(&gate, places, &err), &err);
}

/* Ask, and be the n-th who waits. */
static void
wait_as(struct asker *a, const struct uuid *caller, unsigned int most, unsigned int n)
{
	int64_t end = soon();

	*a = (struct asker){ .caller = caller, .most = most };
	CU_ASSERT_EQUAL_FATAL(pthread_create(&a->thread, NULL, ask, a), 0);
	while (read_gate_waiting(gate) != n && clock_monotonic_us() < end)
		poll(NULL, 0, 1);
	CU_ASSERT_EQUAL(read_gate_waiting(gate), n);
}

static void
who_has_his_share_waits_while_another_comes_in(void)
{
	struct asker waiting;

	begin(2);
	CU_ASSERT_EQUAL(read_gate_enter(gate, &erp, 1, soon(), NULL), 0);
	wait_as(&waiting, &erp, 1, 1);
	CU_ASSERT_EQUAL(read_gate_enter(gate, &hr, 1, soon(), NULL), 0);
	read_gate_leave(gate, &erp);
	pthread_join(waiting.thread, NULL);
	CU_ASSERT_EQUAL(waiting.came, 1);
	read_gate_leave(gate, &erp);
	read_gate_leave(gate, &hr);
	read_gate_free(gate);
}

static void
who_has_fewest_comes_first(void)
{
	struct asker many, one;

	begin(2);
	CU_ASSERT_EQUAL(read_gate_enter(gate, &erp, 2, soon(), NULL), 0);
	CU_ASSERT_EQUAL(read_gate_enter(gate, &erp, 2, soon(), NULL), 0);
	wait_as(&many, &erp, 2, 1);
	wait_as(&one, &hr, 2, 2);
	read_gate_leave(gate, &erp);
	pthread_join(one.thread, NULL);
	CU_ASSERT_EQUAL(one.came, 1);
	read_gate_leave(gate, &erp);
	pthread_join(many.thread, NULL);
	CU_ASSERT_EQUAL(many.came, 2);
	read_gate_leave(gate, &erp);
	read_gate_leave(gate, &hr);
	read_gate_free(gate);
}

static void
who_waits_too_long_is_told_to_try_again(void)
{
	struct error err = ERROR_INIT;

	begin(1);
	CU_ASSERT_EQUAL(read_gate_enter(gate, &erp, 1, soon(), NULL), 0);
	CU_ASSERT_EQUAL(read_gate_enter(gate, &hr, 1, clock_monotonic_us(), &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
	CU_ASSERT_EQUAL(read_gate_waiting(gate), 0);
	read_gate_leave(gate, &erp);
	CU_ASSERT_EQUAL(read_gate_enter(gate, &hr, 1, soon(), NULL), 0);
	read_gate_leave(gate, &hr);
	read_gate_free(gate);
}

static const struct test tests[] = { TEST(who_has_his_share_waits_while_another_comes_in),
	TEST(who_has_fewest_comes_first), TEST(who_waits_too_long_is_told_to_try_again), TEST_END };
const struct suite suite_server_read_gate = { "server/read/gate", NULL, NULL, tests };
