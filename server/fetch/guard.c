#include "server/fetch/guard.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define V4_BITS 96 /* before an IPv4 address in ::ffff:0:0/96 */

/* ---- networks ---- */

static void
map_v4(unsigned char out[16], const void *v4)
{
	memset(out, 0, 10);
	out[10] = out[11] = 0xff;
	memcpy(out + 12, v4, 4);
}

static int
is_inside(const unsigned char address[16], const unsigned char network[16], unsigned int bits)
{
	unsigned int bytes = bits / 8, rest = bits % 8;

	if (memcmp(address, network, bytes) != 0)
		return 0;
	return rest == 0 || ((address[bytes] ^ network[bytes]) >> (8 - rest)) == 0;
}

int
guard_allow(struct dial_guard *guard, const char *network, struct error *err)
{
	struct guard_network *n = &guard->allowed[guard->count];
	char address[INET6_ADDRSTRLEN], *end = NULL;
	size_t len = strcspn(network, "/");
	unsigned char v4[4];
	unsigned long bits;
	unsigned int most;

	if (guard->count == GUARD_NETWORKS_MAX)
		return error_limit(err, ERROR_LIMIT, "networks", GUARD_NETWORKS_MAX, 0,
		    "too many networks are named");
	if (len >= sizeof(address))
		goto bad;
	memcpy(address, network, len);
	address[len] = '\0';
	if (inet_pton(AF_INET, address, v4) == 1) {
		map_v4(n->address, v4);
		most = 32;
	} else if (inet_pton(AF_INET6, address, n->address) == 1) {
		most = 128;
	} else {
		goto bad;
	}
	bits = network[len] == '/' ? strtoul(network + len + 1, &end, 10) : most;
	if (bits > most || (end != NULL && (end == network + len + 1 || *end != '\0')))
		goto bad;
	n->bits = (unsigned int)bits + (most == 32 ? V4_BITS : 0);
	guard->count++;
	return 0;
bad:
	return error_set(err, ERROR_MALFORMED,
	    "\"%.60s\" is no network; write it as 10.1.0.0/16 or fd00::/8", network);
}

/* ---- what is not public ---- */

/* IANA's registries of special-purpose addresses, and what embeds IPv4. */
static const struct {
	int family;
	const char *network;
	unsigned int bits;
	const char *name;
} special[] = {
	{ AF_INET, "0.0.0.0", 8, "an address of this host" },
	{ AF_INET, "10.0.0.0", 8, "a private address" },
	{ AF_INET, "100.64.0.0", 10, "a shared address" },
	{ AF_INET, "127.0.0.0", 8, "a loopback address" },
	{ AF_INET, "169.254.0.0", 16, "a link-local address" },
	{ AF_INET, "172.16.0.0", 12, "a private address" },
	{ AF_INET, "192.0.0.0", 24, "a reserved address" },
	{ AF_INET, "192.0.2.0", 24, "a documentation address" },
	{ AF_INET, "192.88.99.0", 24, "a relay address" },
	{ AF_INET, "192.168.0.0", 16, "a private address" },
	{ AF_INET, "198.18.0.0", 15, "a benchmarking address" },
	{ AF_INET, "198.51.100.0", 24, "a documentation address" },
	{ AF_INET, "203.0.113.0", 24, "a documentation address" },
	{ AF_INET, "224.0.0.0", 4, "a multicast address" },
	{ AF_INET, "240.0.0.0", 4, "a reserved address" },
};
/* Of IPv6 nothing but global unicast is public, and of that not these. */
static const struct {
	const char *network;
	unsigned int bits;
	const char *name;
} special6[] = {
	{ "2001::", 23, "an address of a protocol" }, /* Teredo among them */
	{ "2001:db8::", 32, "a documentation address" },
	{ "2002::", 16, "a relay address" }, /* 6to4 */
	{ "3fff::", 20, "a documentation address" },
};

static const char *
refuses_v4(const unsigned char address[16])
{
	unsigned char network[16], v4[4];
	size_t i;

	for (i = 0; i < sizeof(special) / sizeof(special[0]); i++) {
		inet_pton(AF_INET, special[i].network, v4);
		map_v4(network, v4);
		if (is_inside(address, network, V4_BITS + special[i].bits))
			return special[i].name;
	}
	return NULL;
}

static const char *
refuses_v6(const unsigned char address[16])
{
	static const unsigned char global[16] = { 0x20 };
	unsigned char network[16];
	size_t i;

	if (!is_inside(address, global, 3))
		return "an address that is not public";
	for (i = 0; i < sizeof(special6) / sizeof(special6[0]); i++) {
		inet_pton(AF_INET6, special6[i].network, network);
		if (is_inside(address, network, special6[i].bits))
			return special6[i].name;
	}
	return NULL;
}

/* 0 for an address that is neither IPv4 nor IPv6. */
static int
address_of(const struct sockaddr *address, unsigned char out[16])
{
	if (address->sa_family == AF_INET) {
		map_v4(out, &((const struct sockaddr_in *)(const void *)address)->sin_addr);
		return 1;
	}
	if (address->sa_family == AF_INET6) {
		memcpy(out, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, 16);
		return 1;
	}
	return 0;
}

static int
is_own(const unsigned char address[16])
{
	struct ifaddrs *all = NULL, *i;
	unsigned char own[16];
	int found = 0;

	if (getifaddrs(&all) != 0)
		return 1; /* not known to be another's */
	for (i = all; i != NULL && !found; i = i->ifa_next)
		found = i->ifa_addr != NULL && address_of(i->ifa_addr, own) &&
			memcmp(own, address, 16) == 0;
	freeifaddrs(all);
	return found;
}

const char *
guard_refuses(const struct dial_guard *guard, const struct sockaddr *socket_address)
{
	static const unsigned char mapped[16] = { [10] = 0xff, [11] = 0xff };
	unsigned char address[16];
	const char *what;
	size_t i;

	if (!address_of(socket_address, address))
		return "an address of an unknown kind";
	for (i = 0; i < guard->count; i++)
		if (is_inside(address, guard->allowed[i].address, guard->allowed[i].bits))
			return NULL;
	what = is_inside(address, mapped, V4_BITS) ? refuses_v4(address) : refuses_v6(address);
	if (what == NULL && is_own(address))
		what = "an address of this machine";
	return what;
}
