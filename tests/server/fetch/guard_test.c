/* What may not be dialled for an URL that a document brought. */
#include "server/fetch/guard.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <string.h>

#include "tests/support/suite.h"

static const char *
refuses(const struct dial_guard *guard, const char *address)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, address, &v4.sin_addr) == 1)
		return guard_refuses(guard, (const struct sockaddr *)&v4);
	CU_ASSERT_EQUAL_FATAL(inet_pton(AF_INET6, address, &v6.sin6_addr), 1);
	return guard_refuses(guard, (const struct sockaddr *)&v6);
}

static void
public_addresses_may_be_dialled(void)
{
	static const char *const addresses[] = { "1.1.1.1", "9.255.255.255", "11.0.0.0",
		"100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0", "169.253.255.255",
		"172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0", "198.17.255.255",
		"198.20.0.0", "223.255.255.255", "2a00:1450:4001::1", "2606:4700::1111",
		"2001:200::1", "::ffff:1.1.1.1" };
	const struct dial_guard guard = { .count = 0 };
	size_t i;

	for (i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
		if (refuses(&guard, addresses[i]) != NULL) {
			fprintf(stderr, "%s\n", addresses[i]);
			CU_FAIL("a public address is refused");
		}
}

static void
others_may_not_however_they_are_written(void)
{
	static const char *const addresses[] = { "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255",
		"100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1",
		"172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.255.255",
		"198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1",
		"255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
		"::127.0.0.1", "64:ff9b::a00:1", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1",
		"2002:7f00:1::1", "3fff::1", "fc00::1", "fdff::1", "fe80::1", "fec0::1",
		"ff02::1" };
	const struct dial_guard guard = { .count = 0 };
	size_t i;

	for (i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
		if (refuses(&guard, addresses[i]) == NULL) {
			fprintf(stderr, "%s\n", addresses[i]);
			CU_FAIL("an address that is not public may be dialled");
		}
}

static void
this_machines_own_addresses_may_not(void)
{
	const struct dial_guard guard = { .count = 0 };
	struct ifaddrs *all, *i;
	int seen = 0;

	CU_ASSERT_EQUAL_FATAL(getifaddrs(&all), 0);
	for (i = all; i != NULL; i = i->ifa_next)
		if (i->ifa_addr != NULL &&
		    (i->ifa_addr->sa_family == AF_INET || i->ifa_addr->sa_family == AF_INET6)) {
			CU_ASSERT_PTR_NOT_NULL(guard_refuses(&guard, i->ifa_addr));
			seen++;
		}
	freeifaddrs(all);
	CU_ASSERT(seen > 0);
}

static void
what_is_neither_is_refused(void)
{
	const struct sockaddr odd = { .sa_family = AF_UNIX };
	const struct dial_guard guard = { .count = 0 };

	CU_ASSERT_PTR_NOT_NULL(guard_refuses(&guard, &odd));
}

static void
exceptions_hold_for_their_network_alone(void)
{
	struct dial_guard guard = { .count = 0 };
	struct error err = ERROR_INIT;

	ASSERT_OK(guard_allow(&guard, "10.1.128.0/17", &err), &err);
	ASSERT_OK(guard_allow(&guard, "192.168.1.7", &err), &err);
	ASSERT_OK(guard_allow(&guard, "fd00:1::/33", &err), &err);
	CU_ASSERT_PTR_NULL(refuses(&guard, "10.1.128.0"));
	CU_ASSERT_PTR_NULL(refuses(&guard, "10.1.255.255"));
	CU_ASSERT_PTR_NULL(refuses(&guard, "::ffff:10.1.128.1"));
	CU_ASSERT_PTR_NOT_NULL(refuses(&guard, "10.1.127.255"));
	CU_ASSERT_PTR_NOT_NULL(refuses(&guard, "10.2.128.0"));
	CU_ASSERT_PTR_NULL(refuses(&guard, "192.168.1.7"));
	CU_ASSERT_PTR_NOT_NULL(refuses(&guard, "192.168.1.6"));
	CU_ASSERT_PTR_NULL(refuses(&guard, "fd00:1:7fff::1"));
	CU_ASSERT_PTR_NOT_NULL(refuses(&guard, "fd00:1:8000::1"));
	ASSERT_OK(guard_allow(&guard, "0.0.0.0/0", &err), &err);
	CU_ASSERT_PTR_NULL(refuses(&guard, "127.0.0.1"));
	CU_ASSERT_PTR_NOT_NULL(refuses(&guard, "::1"));
}

static void
what_is_no_network_is_refused_with_an_example(void)
{
	static const char *const networks[] = { "", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0/8",
		"10.0.0.0/8x", "10.0.0.0/-1", "fd00::/129", "example.com", "10.0.0.1/8/8",
		"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc" };
	struct dial_guard guard = { .count = 0 };
	size_t i;

	for (i = 0; i < sizeof(networks) / sizeof(networks[0]); i++) {
		struct error err = ERROR_INIT;

		CU_ASSERT_EQUAL(guard_allow(&guard, networks[i], &err), -1);
		CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
		CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "10.1.0.0/16"));
	}
	CU_ASSERT_EQUAL(guard.count, 0);
	for (i = 0; i < GUARD_NETWORKS_MAX; i++)
		CU_ASSERT_EQUAL(guard_allow(&guard, "10.0.0.0/8", NULL), 0);
	CU_ASSERT_EQUAL(guard_allow(&guard, "10.0.0.0/8", NULL), -1);
}

static const struct test tests[] = { TEST(public_addresses_may_be_dialled),
	TEST(others_may_not_however_they_are_written), TEST(this_machines_own_addresses_may_not),
	TEST(what_is_neither_is_refused), TEST(exceptions_hold_for_their_network_alone),
	TEST(what_is_no_network_is_refused_with_an_example), TEST_END };
const struct suite suite_server_fetch_guard = { "server/fetch/guard", NULL, NULL, tests };
