/*
 * server/base/clock.h: the only place that reads the time of day. Code under signing/ and authz/
 * gets the time as an argument.
 */
#ifndef SIGNET_BASE_CLOCK_H
#define SIGNET_BASE_CLOCK_H

#include <stdint.h>

int64_t clock_now(void);    /* seconds since 1970 */
int64_t clock_now_us(void); /* microseconds since 1970 */
int64_t clock_monotonic_us(void);
/* Shift what clock_now() and clock_now_us() tell by so many seconds, for all threads: for tests. */
void clock_set_offset(int64_t seconds);

#endif
