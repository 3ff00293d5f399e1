/*
 * server/run/peers.h: how many connections each client address has. An IPv6 client counts by its
 * /64, which is what one client is given. Locked inside.
 */
#ifndef SIGNET_RUN_PEERS_H
#define SIGNET_RUN_PEERS_H

#include <netinet/in.h>
#include <pthread.h>

#define PEERS_BUCKETS  1024
#define PEER_TEXT_SIZE 64

/* IPv4 as ::ffff:a.b.c.d; all zero for a local socket. */
struct peer {
	struct in6_addr address;
};

struct peer_count;
struct peers {
	pthread_mutex_t lock;
	struct peer_count *buckets[PEERS_BUCKETS];
};

void peers_init(struct peers *peers);
void peers_release(struct peers *peers);
/* Count one more; -1 (and nothing counted) when the address has `most` already, or no memory. */
int peers_enter(struct peers *peers, const struct peer *peer, unsigned int most);
void peers_leave(struct peers *peers, const struct peer *peer);

struct peer peer_of(const struct sockaddr *address);
/* One text for all addresses that count as one client; returns out, of PEER_TEXT_SIZE. */
char *peers_key(char *out, const struct peer *peer);
/* "192.0.2.1", "2001:db8::1", "local"; returns out. */
char *peer_text(char out[PEER_TEXT_SIZE], const struct peer *peer);

#endif
