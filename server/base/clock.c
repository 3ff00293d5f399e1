#include "server/base/clock.h"

#include <stdatomic.h>
#include <time.h>

static _Atomic int64_t offset;

static int64_t
read_us(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t
clock_now_us(void)
{
	return read_us(CLOCK_REALTIME) + atomic_load(&offset) * 1000000;
}

int64_t
clock_now(void)
{
	return clock_now_us() / 1000000;
}

int64_t
clock_monotonic_us(void)
{
	return read_us(CLOCK_MONOTONIC);
}

void
clock_set_offset(int64_t seconds)
{
	atomic_store(&offset, seconds);
}
