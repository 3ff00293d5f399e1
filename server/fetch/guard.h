/*
 * server/fetch/guard.h: which addresses may be dialled when the URL is not the administrator's own
 * but came with a document: no request may be forged through this server into its own network.
 *
 * Without an exception nothing is dialled but addresses that the public internet routes: no
 * loopback, private, link-local, shared (RFC 6598), multicast, documentation or reserved ones,
 * whether IPv4, IPv6, or IPv4 inside of IPv6; and none of this machine's own.
 */
#ifndef SIGNET_FETCH_GUARD_H
#define SIGNET_FETCH_GUARD_H

#include <stddef.h>
#include <sys/socket.h>

#include "server/base/error.h"

#define GUARD_NETWORKS_MAX 64

/* A network; IPv4 stands as ::ffff:a.b.c.d. */
struct guard_network {
	unsigned char address[16];
	unsigned int bits; /* that count, from the left: 0 to 128 */
};
struct dial_guard {
	struct guard_network allowed[GUARD_NETWORKS_MAX]; /* although they are not public */
	size_t count;
};

/* Add an exception, "10.1.0.0/16" or "fd00::1". ERROR_MALFORMED, ERROR_LIMIT. */
int guard_allow(struct dial_guard *guard, const char *network, struct error *err);
/* NULL when the address may be dialled, else what it is: "a private address". */
const char *guard_refuses(const struct dial_guard *guard, const struct sockaddr *address);

#endif
