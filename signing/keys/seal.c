#include "signing/keys/seal.h"

#include <errno.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SEAL_LOOSE 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SEAL_LOOSE 1
#endif

static int
by_number(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

int
seal_files(const int *keep, size_t count, struct error *err)
{
	int *sorted = malloc((count + 1) * sizeof(*sorted));
	unsigned int next = STDERR_FILENO + 1;
	int rc = 0;
	size_t i;

	if (sorted == NULL)
		return error_memory(err);
	if (count > 0)
		memcpy(sorted, keep, count * sizeof(*sorted));
	qsort(sorted, count, sizeof(*sorted), by_number);
	for (i = 0; i < count; i++) {
		if (sorted[i] < (int)next)
			continue;
		if ((unsigned int)sorted[i] > next)
			rc |= close_range(next, (unsigned int)sorted[i] - 1, 0);
		next = (unsigned int)sorted[i] + 1;
	}
	rc |= close_range(next, ~0U, 0);
	free(sorted);
	if (rc != 0)
		return error_errno(err, "the keys process could not close what it inherited");
	return 0;
}

int
seal_secrets(struct error *err)
{
	const struct rlimit none = { 0, 0 };

	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || setrlimit(RLIMIT_CORE, &none) != 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return error_errno(err, "the keys process could not protect its memory");
	return 0;
}

/* Allowed with any arguments. */
static const int plain_calls[] = {
	SCMP_SYS(recvfrom),
	SCMP_SYS(sendto),
	SCMP_SYS(poll),
	SCMP_SYS(futex),
	/* memory: mmap and mprotect stand below */
	SCMP_SYS(brk),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(madvise),
	/* OpenSSL's random numbers and its check for forks */
	SCMP_SYS(getrandom),
	SCMP_SYS(getpid),
	/* the log's time, the deadlines' */
	SCMP_SYS(clock_gettime),
	/* waiting for SIGTERM, and for requests in hand */
	SCMP_SYS(rt_sigtimedwait),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(restart_syscall),
	/* the end of a thread and of the process */
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
};

static int
add_rules(scmp_filter_ctx filter, int fd)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < sizeof(plain_calls) / sizeof(plain_calls[0]); i++)
		rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, plain_calls[i], 0);
	if (rc == 0)
		rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(write), 1,
		    SCMP_A0(SCMP_CMP_EQ, STDERR_FILENO, 0));
	if (rc == 0 && fd >= 0)
		rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(write), 1,
		    SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)fd, 0));
	if (rc == 0 && fd >= 0)
		rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(close), 1,
		    SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)fd, 0));
	if (rc == 0)
		rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
		    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (rc == 0)
		rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
		    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	return rc;
}

int
seal_calls(int fd, struct error *err)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int rc = -ENOMEM;

	if (filter == NULL)
		return error_memory(err);
	rc = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
	if (rc == 0)
		rc = add_rules(filter, fd);
#ifndef SEAL_LOOSE
	if (rc == 0)
		rc = seccomp_load(filter);
#endif
	seccomp_release(filter);
	if (rc != 0)
		return error_cause(err, ERROR_INTERNAL,
		    "the keys process could not restrict its system calls", "%s", strerror(-rc));
	return 0;
}
