/* How often strangers may come, by a clock of the test's own. */
#include <stdio.h>
#include <string.h>

#include "server/ops/sign_on/rate.h"
#include "tests/support/suite.h"

#define MINUTE INT64_C(60000000)

static struct rate *rate;

static int
setup(void)
{
	return 0;
}

static void
begin(void)
{
	struct error err = ERROR_INIT;

	rate_free(rate);
	ASSERT_OK(rate_new(&rate, &err), &err);
}

/* How many of n are let in at that moment. */
static unsigned int
let_in(const char *network, unsigned int n, unsigned int each, unsigned int all, int64_t now)
{
	unsigned int i, count = 0, wait;
	int is_all;

	for (i = 0; i < n; i++)
		count += (unsigned int)rate_take(rate, network, each, all, now, &is_all, &wait);
	return count;
}

static void
of_ten_thousand_from_one_address_as_many_come_in_as_may(void)
{
	begin();
	CU_ASSERT_EQUAL(let_in("192.0.2.1", 10000, 20, 300, MINUTE), 20);
	/* Others are not kept out by him. */
	CU_ASSERT_EQUAL(let_in("192.0.2.2", 1, 20, 300, MINUTE), 1);
	/* Half a minute gives half of it back, a long time no more than all. */
	CU_ASSERT_EQUAL(let_in("192.0.2.1", 10000, 20, 300, MINUTE + MINUTE / 2), 10);
	CU_ASSERT_EQUAL(let_in("192.0.2.1", 10000, 20, 300, 100 * MINUTE), 20);
}

static void
many_addresses_are_bounded_together(void)
{
	char network[32];
	unsigned int i, count = 0;

	begin();
	for (i = 0; i < 10000; i++) {
		snprintf(network, sizeof(network), "10.0.%u.%u", i / 256, i % 256);
		count += let_in(network, 1, 20, 300, MINUTE);
	}
	CU_ASSERT_EQUAL(count, 300);
}

static void
who_is_refused_hears_when_to_come_again(void)
{
	unsigned int wait = 0;
	int is_all = 1;

	begin();
	CU_ASSERT_EQUAL(let_in("192.0.2.1", 20, 20, 300, MINUTE), 20);
	CU_ASSERT_EQUAL(rate_take(rate, "192.0.2.1", 20, 300, MINUTE, &is_all, &wait), 0);
	CU_ASSERT_EQUAL(is_all, 0);
	CU_ASSERT(wait >= 3 && wait <= 4);
	CU_ASSERT_EQUAL(
	    rate_take(rate, "192.0.2.1", 20, 300, MINUTE + wait * 1000000, &is_all, &wait), 1);
}

static void
a_clock_that_stands_gives_nothing_back(void)
{
	begin();
	CU_ASSERT_EQUAL(let_in("192.0.2.1", 20, 20, 300, MINUTE), 20);
	CU_ASSERT_EQUAL(let_in("192.0.2.1", 1, 20, 300, MINUTE), 0);
	CU_ASSERT_EQUAL(let_in("192.0.2.1", 1, 20, 300, MINUTE / 2), 0);
}

static void
an_address_is_what_one_owner_has(void)
{
	static const struct {
		const char *peer, *network;
	} rows[] = { { "192.0.2.1", "192.0.2.1" }, { "::ffff:192.0.2.1", "192.0.2.1" },
		{ "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64" },
		{ "2001:db8:1:2:ffff:4:5:6", "2001:db8:1:2::/64" }, { "::1", "::/64" }, { "", "" },
		{ "unix", "unix" } };
	char out[RATE_NETWORK_SIZE];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CU_ASSERT_STRING_EQUAL(rate_network(out, rows[i].peer), rows[i].network);
}

static int
teardown(void)
{
	rate_free(rate);
	rate = NULL;
	return 0;
}

static const struct test tests[] = {
	TEST(of_ten_thousand_from_one_address_as_many_come_in_as_may),
	TEST(many_addresses_are_bounded_together),
	TEST(who_is_refused_hears_when_to_come_again),
	TEST(a_clock_that_stands_gives_nothing_back),
	TEST(an_address_is_what_one_owner_has),
	TEST_END,
};
const struct suite suite_server_ops_sign_on_rate = { "server/ops/sign_on/rate", setup, teardown,
	tests };
