#include "server/run/child.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "server/run/notify.h"
#include "tests/support/suite.h"

/* Run `check` in a process of its own: its result, 0 is good. */
static int
in_child(int (*check)(pid_t parent))
{
	pid_t parent = getpid(), pid;
	int status = -1;

	fflush(NULL);
	pid = fork();
	if (pid == 0)
		_exit(check(parent));
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int
try_forbidden(pid_t parent)
{
	char *const argv[] = { "true", NULL };
	struct error err = ERROR_INIT;

	(void)parent;
	if (child_seal(&err) != 0)
		return 1;
	execv("/bin/true", argv);
	if (errno != EPERM)
		return 2;
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 || errno != EPERM)
		return 3;
	if (mount("none", "/nonexistent", "tmpfs", 0, NULL) == 0 || errno != EPERM)
		return 4;
	if (setuid(getuid()) == 0 || errno != EPERM)
		return 5;
	return socket(AF_UNIX, SOCK_STREAM, 0) >= 0 ? 0 : 6; /* what a server does still works */
}

static void
a_sealed_process_runs_no_programs(void)
{
	CU_ASSERT_EQUAL(in_child(try_forbidden), 0);
}

static int
enter_as(const char *user, pid_t parent, struct error *err)
{
	const struct child_rules rules = { "name", user, "", 16, parent };

	return child_enter(&rules, err);
}

static int
try_user(pid_t parent)
{
	struct error err = ERROR_INIT;
	struct rlimit core;

	if (enter_as("nobody", parent, &err) != 0)
		return 1;
	if (geteuid() == 0 || getegid() == 0 || setuid(0) == 0)
		return 2;
	return getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0 ? 0 : 3;
}

static int
try_unknown_user(pid_t parent)
{
	struct error err = ERROR_INIT;

	return enter_as("no-such-user", parent, &err) == -1 && err.kind == ERROR_NOT_FOUND ? 0 : 1;
}

static int
try_orphan(pid_t parent)
{
	struct error err = ERROR_INIT;

	return enter_as("", parent + 1, &err) == -1 && err.kind == ERROR_UNAVAILABLE ? 0 : 1;
}

static void
root_is_given_up_for_good(void)
{
	struct error err = ERROR_INIT;

	if (geteuid() == 0) {
		CU_ASSERT_EQUAL(in_child(try_user), 0);
		CU_ASSERT_EQUAL(in_child(try_unknown_user), 0);
	} else
		test_not_run("only root can become somebody else");
	CU_ASSERT_EQUAL(in_child(try_orphan), 0);
	CU_ASSERT_EQUAL(child_check_user("no-such-user", "", &err), -1);
	error_clear(&err);
	CU_ASSERT_EQUAL(child_check_user("root", "no-such-group", &err), -1);
	error_clear(&err);
	CU_ASSERT_EQUAL(child_check_user("root", "", &err), 0);
}

static void
systemd_is_told(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	char dir[] = "/tmp/signet-notify-XXXXXX", said[64] = "";
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	snprintf(at.sun_path, sizeof(at.sun_path), "%s/notify", dir);
	CU_ASSERT_EQUAL_FATAL(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	unsetenv("NOTIFY_SOCKET");
	notify_systemd("nobody hears this");
	setenv("NOTIFY_SOCKET", at.sun_path, 1);
	notify_systemd("READY=1");
	unsetenv("NOTIFY_SOCKET");
	CU_ASSERT_EQUAL(recv(fd, said, sizeof(said) - 1, MSG_DONTWAIT), 7);
	CU_ASSERT_STRING_EQUAL(said, "READY=1");
	close(fd);
	unlink(at.sun_path);
	rmdir(dir);
}

/* Dialling out is left; being dialled is not. */
static int
try_dialling(pid_t parent)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct error err = ERROR_INIT;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), rc = 0;

	(void)parent;
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0 || child_seal_dialling(&err) != 0)
		rc = 1;
	else if (listen(fd, 1) == 0 || errno != EPERM || accept4(fd, NULL, NULL, 0) >= 0 ||
		 errno != EPERM)
		rc = 2;
	else if (execl("/bin/true", "true", NULL) != -1 || errno != EPERM)
		rc = 3;
	close(fd);
	if (rc != 0)
		return rc;
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	at.sin_port = htons(1);
	rc = connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0 || errno != ECONNREFUSED ? 4 : 0;
	close(fd);
	return rc;
}

static void
who_only_dials_out_cannot_be_called(void)
{
	CU_ASSERT_EQUAL(in_child(try_dialling), 0);
}

static const struct test tests[] = { TEST(a_sealed_process_runs_no_programs),
	TEST(who_only_dials_out_cannot_be_called), TEST(root_is_given_up_for_good),
	TEST(systemd_is_told), TEST_END };
const struct suite suite_server_run_child = { "server/run/child", NULL, NULL, tests };
