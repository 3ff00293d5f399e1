/* What the sealed process may not do ends it, with the signal of a forbidden system call. */
#include "signing/keys/seal.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/base/clock.h"
#include "server/base/log.h"
#include "tests/support/suite.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SEALED 0 /* sanitizers need more calls than the filter allows: it is not loaded */
#else
#define SEALED 1
#endif

static void
open_file(void)
{
	open("/dev/null", O_RDONLY);
}

static void
make_socket(void)
{
	socket(AF_INET, SOCK_STREAM, 0);
}

static void
run_program(void)
{
	execl("/bin/true", "true", (char *)NULL);
}

static void
fork_child(void)
{
	if (fork() == 0)
		_exit(0);
}

static void
trace_parent(void)
{
	ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
}

static void
map_code(void)
{
	mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void
write_elsewhere(void)
{
	if (write(STDOUT_FILENO, "x", 1) < 0)
		_exit(9);
}

static void
close_log(void)
{
	close(STDERR_FILENO);
}

static void
work_as_usual(void)
{
	clock_now();
	log_debug("not written, but made");
	if (write(STDERR_FILENO, "", 0) < 0)
		_exit(9);
}

/* How a child ends that seals itself and does something: its signal, or its status. */
static int
end_of(void (*act)(void), int fd)
{
	struct error err = ERROR_INIT;
	int status = 0;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		if (seal_secrets(&err) != 0 || seal_calls(fd, &err) != 0)
			_exit(8);
		act();
		_exit(0);
	}
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

static void
forbidden_calls_end_the_process(void)
{
	void (*const forbidden[])(void) = { open_file, make_socket, run_program, fork_child,
		trace_parent, map_code, write_elsewhere, close_log };
	size_t i;

	for (i = 0; SEALED && i < sizeof(forbidden) / sizeof(forbidden[0]); i++)
		CU_ASSERT_EQUAL(end_of(forbidden[i], -1), SIGSYS);
}

static void
allowed_calls_work(void)
{
	CU_ASSERT_EQUAL(end_of(work_as_usual, -1), 0);
	CU_ASSERT_EQUAL(end_of(close_log, STDERR_FILENO), 0);
}

static void
leave_no_core(void)
{
	struct rlimit core;

	if (getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_max != 0)
		_exit(9);
}

static void
no_core_dump_is_left(void)
{
	struct error err = ERROR_INIT;
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		if (seal_secrets(&err) != 0)
			_exit(8);
		leave_no_core();
		_exit(0);
	}
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void
only_the_named_descriptors_stay_open(void)
{
	struct error err = ERROR_INIT;
	int status = 0, fds[6], i, bad = 0;
	pid_t pid;

	for (i = 0; i < 6; i++)
		CU_ASSERT_FATAL((fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		const int keep[] = { fds[4], -1, fds[1], fds[4] };

		bad = seal_files(keep, 4, &err) != 0;
		for (i = 0; i < 6; i++)
			bad |= (fcntl(fds[i], F_GETFD) >= 0) != (i == 1 || i == 4);
		_exit(bad | (fcntl(STDERR_FILENO, F_GETFD) < 0));
	}
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	for (i = 0; i < 6; i++)
		close(fds[i]);
}

static const struct test tests[] = { TEST(forbidden_calls_end_the_process),
	TEST(allowed_calls_work), TEST(no_core_dump_is_left),
	TEST(only_the_named_descriptors_stay_open), TEST_END };
const struct suite suite_signing_keys_seal = { "signing/keys/seal", NULL, NULL, tests };
