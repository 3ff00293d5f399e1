#include "server/run/peers.h"

#include <arpa/inet.h>
#include <string.h>

#include "tests/support/suite.h"

static struct peer
peer(const char *text)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
	struct sockaddr_in four = { .sin_family = AF_INET };

	if (inet_pton(AF_INET, text, &four.sin_addr) == 1)
		return peer_of((struct sockaddr *)&four);
	CU_ASSERT_EQUAL(inet_pton(AF_INET6, text, &six.sin6_addr), 1);
	return peer_of((struct sockaddr *)&six);
}

static int
enter(struct peers *peers, const char *text, unsigned int most)
{
	struct peer p = peer(text);

	return peers_enter(peers, &p, most);
}

static void
leave(struct peers *peers, const char *text)
{
	struct peer p = peer(text);

	peers_leave(peers, &p);
}

static void
each_address_has_its_own_count(void)
{
	static struct peers peers;

	peers_init(&peers);
	CU_ASSERT_EQUAL(enter(&peers, "192.0.2.1", 2), 0);
	CU_ASSERT_EQUAL(enter(&peers, "192.0.2.1", 2), 0);
	CU_ASSERT_EQUAL(enter(&peers, "192.0.2.1", 2), -1);
	CU_ASSERT_EQUAL(enter(&peers, "192.0.2.2", 2), 0);
	CU_ASSERT_EQUAL(enter(&peers, "::ffff:192.0.2.1", 2), -1);
	leave(&peers, "192.0.2.1");
	CU_ASSERT_EQUAL(enter(&peers, "192.0.2.1", 2), 0);
	peers_release(&peers);
}

static void
a_client_cannot_multiply_itself_within_its_64(void)
{
	static struct peers peers;

	peers_init(&peers);
	CU_ASSERT_EQUAL(enter(&peers, "2001:db8::1", 1), 0);
	CU_ASSERT_EQUAL(enter(&peers, "2001:db8::2:3:4:5", 1), -1);
	CU_ASSERT_EQUAL(enter(&peers, "2001:db8:0:1::1", 1), 0);
	peers_release(&peers);
}

static void
thousands_come_and_go_without_a_trace(void)
{
	static struct peers peers;
	struct sockaddr_in four = { .sin_family = AF_INET };
	struct peer p;
	unsigned int i;

	peers_init(&peers);
	for (i = 0; i < 5000; i++) {
		four.sin_addr.s_addr = htonl(0x0a000000 + i);
		p = peer_of((struct sockaddr *)&four);
		CU_ASSERT_EQUAL(peers_enter(&peers, &p, 1), 0);
	}
	for (i = 0; i < 5000; i++) {
		four.sin_addr.s_addr = htonl(0x0a000000 + i);
		p = peer_of((struct sockaddr *)&four);
		peers_leave(&peers, &p);
	}
	for (i = 0; i < PEERS_BUCKETS; i++)
		CU_ASSERT_PTR_NULL(peers.buckets[i]);
	peers_release(&peers);
}

static void
addresses_are_written_as_people_write_them(void)
{
	static const char *const words[] = { "192.0.2.1", "2001:db8::1", "::1" };
	struct sockaddr unix_socket = { .sa_family = AF_UNIX };
	char text[PEER_TEXT_SIZE];
	struct peer p;
	size_t i;

	for (i = 0; i < 3; i++) {
		p = peer(words[i]);
		CU_ASSERT_STRING_EQUAL(peer_text(text, &p), words[i]);
	}
	p = peer_of(&unix_socket);
	CU_ASSERT_STRING_EQUAL(peer_text(text, &p), "local");
}

static const struct test tests[] = { TEST(each_address_has_its_own_count),
	TEST(a_client_cannot_multiply_itself_within_its_64),
	TEST(thousands_come_and_go_without_a_trace),
	TEST(addresses_are_written_as_people_write_them), TEST_END };
const struct suite suite_server_run_peers = { "server/run/peers", NULL, NULL, tests };
