/* A reading child before it reads: what it cannot do any more. */
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include "server/base/error.h"
#include "server/read/job.h"

#define NICE 10

static const int allowed[] = { SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(recvfrom),
	SCMP_SYS(sendto), SCMP_SYS(poll), SCMP_SYS(close), SCMP_SYS(brk), SCMP_SYS(munmap),
	SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(futex), SCMP_SYS(getrandom), SCMP_SYS(getpid),
	/* to have less time: RLIMIT_CPU stays what it is */
	SCMP_SYS(setitimer), SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask), SCMP_SYS(restart_syscall), SCMP_SYS(exit),
	SCMP_SYS(exit_group) };

void *
job_filter(struct error *err)
{
	/* What is not allowed fails: libraries that only look for a file go on without it. */
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(1));
	size_t i;
	int rc = filter != NULL ? 0 : -1;

	for (i = 0; rc == 0 && i < sizeof(allowed) / sizeof(allowed[0]); i++)
		rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
	if (rc == 0)
		rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
		    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (rc == 0)
		rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
		    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (rc == 0)
		return filter;
	seccomp_release(filter);
	error_set(err, ERROR_INTERNAL, "the system calls of reading children could not be listed");
	return NULL;
}

#ifndef JOB_UNBOUND
/* What the process has before it reads anything: proc_pid_statm(5), its data, in bytes. */
static uint64_t
own_data(void)
{
	char text[128];
	unsigned long pages = 0;
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;

	if (n > 0) {
		text[n] = '\0';
		if (sscanf(text, "%*u %*u %*u %*u %*u %lu", &pages) != 1)
			pages = 0;
	}
	if (fd >= 0)
		close(fd);
	return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}
#endif

static int
bound(const struct ticket *t)
{
	const struct rlimit none = { 0, 0 };
	const rlim_t seconds = t->cpu_us / 1000000 + 1;
	const struct rlimit cpu = { seconds, seconds + 1 };
	const struct itimerval work = { .it_value = { (time_t)(t->cpu_us / 1000000),
					    (suseconds_t)(t->cpu_us % 1000000) } };

	/* The timer is exact, the limit counts whole seconds. */
	if (setrlimit(RLIMIT_CORE, &none) != 0 || setrlimit(RLIMIT_CPU, &cpu) != 0 ||
	    setitimer(ITIMER_PROF, &work, NULL) != 0)
		return -1;
#ifndef JOB_UNBOUND
	/* What is allocated for it; the order, which is a file's, does not count. */
	const rlim_t most = t->memory + own_data();
	const struct rlimit memory = { most, most };

	if (setrlimit(RLIMIT_DATA, &memory) != 0)
		return -1;
#endif
	job_end_without_memory();
	alarm(t->seconds);
	/* Seconds of work on one document shall not be felt by those who ask for a millisecond. */
	(void)setpriority(PRIO_PROCESS, 0, NICE);
	return 0;
}

int
job_confine(const struct ticket *ticket, int *order, int *answer, void *filter)
{
	int low = STDERR_FILENO + 1;
	sigset_t none;

	/* Out of the way first: dup2() closes what it lands on. */
	*order = fcntl(*order, F_DUPFD, low + 2);
	*answer = fcntl(*answer, F_DUPFD, low + 2);
	if (*order < 0 || *answer < 0 || dup2(*order, low) < 0 || dup2(*answer, low + 1) < 0 ||
	    close_range((unsigned int)low + 2, ~0U, 0) != 0)
		return -1;
	*order = low;
	*answer = low + 1;
	sigemptyset(&none);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_DUMPABLE, 0) != 0 || sigprocmask(SIG_SETMASK, &none, NULL) != 0 ||
	    bound(ticket) != 0)
		return -1;
#ifndef JOB_UNBOUND
	if (seccomp_load(filter) != 0)
		return -1;
#else
	(void)filter;
#endif
	return 0;
}
