#include "server/run/peers.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct peer_count {
	struct peer_count *next;
	unsigned char prefix[16];
	unsigned int count;
};

void
peers_init(struct peers *peers)
{
	memset(peers, 0, sizeof(*peers));
	pthread_mutex_init(&peers->lock, NULL);
}

void
peers_release(struct peers *peers)
{
	struct peer_count *p, *next;
	size_t i;

	for (i = 0; i < PEERS_BUCKETS; i++)
		for (p = peers->buckets[i]; p != NULL; p = next) {
			next = p->next;
			free(p);
		}
	pthread_mutex_destroy(&peers->lock);
}

/* What counts as one client: the whole of an IPv4 address, half of an IPv6 one. */
static void
prefix_of(unsigned char prefix[16], const struct peer *peer)
{
	memcpy(prefix, &peer->address, 16);
	if (!IN6_IS_ADDR_V4MAPPED(&peer->address) && !IN6_IS_ADDR_LOOPBACK(&peer->address))
		memset(prefix + 8, 0, 8);
}

static struct peer_count **
find(struct peers *peers, const unsigned char prefix[16])
{
	struct peer_count **at;
	unsigned int hash = 2166136261u;
	int i;

	for (i = 0; i < 16; i++)
		hash = (hash ^ prefix[i]) * 16777619u;
	at = &peers->buckets[hash % PEERS_BUCKETS];
	while (*at != NULL && memcmp((*at)->prefix, prefix, 16) != 0)
		at = &(*at)->next;
	return at;
}

int
peers_enter(struct peers *peers, const struct peer *peer, unsigned int most)
{
	unsigned char prefix[16];
	struct peer_count **at;
	int rc = -1;

	prefix_of(prefix, peer);
	pthread_mutex_lock(&peers->lock);
	at = find(peers, prefix);
	if (*at == NULL) {
		*at = calloc(1, sizeof(**at));
		if (*at == NULL)
			goto done;
		memcpy((*at)->prefix, prefix, 16);
	}
	if ((*at)->count >= most)
		goto done;
	(*at)->count++;
	rc = 0;
done:
	pthread_mutex_unlock(&peers->lock);
	return rc;
}

void
peers_leave(struct peers *peers, const struct peer *peer)
{
	unsigned char prefix[16];
	struct peer_count **at, *gone;

	prefix_of(prefix, peer);
	pthread_mutex_lock(&peers->lock);
	at = find(peers, prefix);
	if (*at != NULL && --(*at)->count == 0) {
		gone = *at;
		*at = gone->next;
		free(gone);
	}
	pthread_mutex_unlock(&peers->lock);
}

char *
peers_key(char *out, const struct peer *peer)
{
	struct peer client = { 0 };

	prefix_of(client.address.s6_addr, peer);
	return peer_text(out, &client);
}

struct peer
peer_of(const struct sockaddr *address)
{
	struct peer peer = { 0 };
	const struct sockaddr_in *in = (const void *)address;

	if (address->sa_family == AF_INET6) {
		peer.address = ((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
	} else if (address->sa_family == AF_INET) {
		memset(peer.address.s6_addr + 10, 0xff, 2);
		memcpy(peer.address.s6_addr + 12, &in->sin_addr, 4);
	}
	return peer;
}

char *
peer_text(char out[PEER_TEXT_SIZE], const struct peer *peer)
{
	const unsigned char *a = peer->address.s6_addr;

	if (IN6_IS_ADDR_UNSPECIFIED(&peer->address))
		snprintf(out, PEER_TEXT_SIZE, "local");
	else if (IN6_IS_ADDR_V4MAPPED(&peer->address))
		snprintf(out, PEER_TEXT_SIZE, "%u.%u.%u.%u", a[12], a[13], a[14], a[15]);
	else
		inet_ntop(AF_INET6, a, out, PEER_TEXT_SIZE);
	return out;
}
