/*
 * server/ops/sign_on/rate.h: how many requests who is not known may make: a bucket for each address
 * and one for all, which fill again with time. In a fixed piece of memory: where more addresses
 * come than it holds, the one that has used least is forgotten, and all together are bounded by
 * the bucket for all. Each process counts for itself. Safe for all threads.
 */
#ifndef SIGNET_OPS_RATE_H
#define SIGNET_OPS_RATE_H

#include <stddef.h>
#include <stdint.h>

#include "server/base/error.h"

struct rate;
int rate_new(struct rate **rate, struct error *err);
void rate_free(struct rate *rate); /* NULL is fine */

/*
 * One more from this address. 1, or 0: beyond `per_minute` of the address or `all_per_minute` of
 * all (*is_all), and *wait seconds until it may come again. `now_us` is a monotonic clock.
 */
int rate_take(struct rate *rate, const char *network, unsigned int per_minute,
    unsigned int all_per_minute, int64_t now_us, int *is_all, unsigned int *wait);

#define RATE_NETWORK_SIZE 64
/*
 * What counts as one address: an IPv4 address, also one that is written in IPv6; of IPv6 the first
 * 64 bits, since the rest is whoever's has them. Anything else is as it is. Returns out.
 */
char *rate_network(char out[RATE_NETWORK_SIZE], const char *peer);

#endif
