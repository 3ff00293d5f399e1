/* What both sides of a channel need: the pair itself, and the CPU that both ends' threads share. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "signing/keys/process.h"

int
keys_channel_pair(int ends[2], struct error *err)
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		return error_errno(err, "a channel to the keys process could not be made");
	return 0;
}

static cpu_set_t allowed;
static pthread_once_t allowed_once = PTHREAD_ONCE_INIT;

static void
find_allowed(void)
{
	/* The main thread's, since this one may be pinned already. */
	if (sched_getaffinity(getpid(), sizeof(allowed), &allowed) != 0)
		CPU_ZERO(&allowed);
}

int
keys_pin_thread(size_t number, struct error *err)
{
	cpu_set_t one;
	size_t left;
	int cpu, count, rc;

	pthread_once(&allowed_once, find_allowed);
	count = CPU_COUNT(&allowed);
	if (count == 0)
		return error_set(err, ERROR_INTERNAL, "the CPUs of this process are not known");
	left = number % (size_t)count;
	for (cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &allowed) && left-- == 0)
			break;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	rc = pthread_setaffinity_np(pthread_self(), sizeof(one), &one);
	if (rc != 0)
		return error_cause(err, ERROR_INTERNAL, "a thread could not be bound to a CPU",
		    "%s", strerror(rc));
	return 0;
}
