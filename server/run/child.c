#include "server/run/child.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "server/base/log.h"

/* ---- user ---- */

static int
find_user(const char *user, const char *group, uid_t *uid, gid_t *gid, struct error *err)
{
	const struct passwd *pw = getpwnam(user[0] != '\0' ? user : CHILD_USER);
	const struct group *gr;

	if (pw == NULL)
		return error_set(err, ERROR_NOT_FOUND, "there is no user %s",
		    user[0] != '\0' ? user : CHILD_USER);
	*uid = pw->pw_uid;
	*gid = pw->pw_gid;
	if (group[0] == '\0')
		return 0;
	gr = getgrnam(group);
	if (gr == NULL)
		return error_set(err, ERROR_NOT_FOUND, "there is no group %s", group);
	*gid = gr->gr_gid;
	return 0;
}

int
child_check_user(const char *user, const char *group, struct error *err)
{
	uid_t uid = 0;
	gid_t gid = 0;

	if (user[0] == '\0' && geteuid() != 0)
		return 0;
	return find_user(user, group, &uid, &gid, err);
}

static int
drop_user(const struct child_rules *rules, struct error *err)
{
	const char *user = rules->user[0] != '\0' ? rules->user : CHILD_USER;
	struct passwd *pw;
	uid_t uid = 0;
	struct passwd entry;
	char names[4096];
	gid_t gid = 0;

	if (geteuid() != 0)
		return 0;
	if (find_user(user, rules->group, &uid, &gid, err) != 0)
		return -1;
	/* Libraries look for their files at home, and take one that they may not enter for a fault.
	 */
	if (getpwuid_r(uid, &entry, names, sizeof(names), &pw) == 0 && pw != NULL)
		setenv("HOME", pw->pw_dir, 1);
	if (initgroups(user, gid) != 0 || setresgid(gid, gid, gid) != 0 ||
	    setresuid(uid, uid, uid) != 0)
		return error_errno(err, "could not become the user %s", user);
	if (uid != 0 && setuid(0) == 0)
		return error_set(err, ERROR_INTERNAL, "the user %s could become root again", user);
	return 0;
}

/* ---- limits ---- */

static void
raise_descriptors(unsigned int wanted)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
		return;
	limit.rlim_cur = wanted;
	if (limit.rlim_max < wanted && geteuid() == 0)
		limit.rlim_max = wanted;
	if (limit.rlim_cur > limit.rlim_max)
		limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < wanted)
		log_warning("only %llu descriptors are allowed here, %u are wanted for "
			    "limit-connections",
		    (unsigned long long)limit.rlim_cur, wanted);
}

int
child_enter(const struct child_rules *rules, struct error *err)
{
	const struct rlimit no_core = { 0, 0 };

	prctl(PR_SET_NAME, rules->name);
	raise_descriptors(rules->descriptors);
	if (drop_user(rules, err) != 0)
		return -1;
	/* After the change of user, which resets it. */
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_DUMPABLE, 0) != 0 || setrlimit(RLIMIT_CORE, &no_core) != 0)
		return error_errno(err, "could not give up privileges");
	if (getppid() != rules->parent)
		return error_set(err, ERROR_UNAVAILABLE, "the parent process has ended");
	return 0;
}

/* ---- system calls ---- */

static const int forbidden[] = { SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(ptrace),
	SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev), SCMP_SYS(kcmp), SCMP_SYS(mount),
	SCMP_SYS(umount2), SCMP_SYS(move_mount), SCMP_SYS(open_tree), SCMP_SYS(fsopen),
	SCMP_SYS(fsmount), SCMP_SYS(fsconfig), SCMP_SYS(fspick), SCMP_SYS(pivot_root),
	SCMP_SYS(chroot), SCMP_SYS(unshare), SCMP_SYS(setns), SCMP_SYS(bpf), SCMP_SYS(kexec_load),
	SCMP_SYS(kexec_file_load), SCMP_SYS(init_module), SCMP_SYS(finit_module),
	SCMP_SYS(delete_module), SCMP_SYS(perf_event_open), SCMP_SYS(userfaultfd),
	SCMP_SYS(io_uring_setup), SCMP_SYS(io_uring_enter), SCMP_SYS(io_uring_register),
	SCMP_SYS(add_key), SCMP_SYS(request_key), SCMP_SYS(keyctl), SCMP_SYS(swapon),
	SCMP_SYS(swapoff), SCMP_SYS(reboot), SCMP_SYS(settimeofday), SCMP_SYS(clock_settime),
	SCMP_SYS(clock_adjtime), SCMP_SYS(adjtimex), SCMP_SYS(acct), SCMP_SYS(quotactl),
	SCMP_SYS(iopl), SCMP_SYS(ioperm), SCMP_SYS(personality), SCMP_SYS(open_by_handle_at),
	SCMP_SYS(sethostname), SCMP_SYS(setdomainname), SCMP_SYS(syslog), SCMP_SYS(modify_ldt),
	SCMP_SYS(lookup_dcookie), SCMP_SYS(vhangup), SCMP_SYS(setuid), SCMP_SYS(setreuid),
	SCMP_SYS(setresuid), SCMP_SYS(setgid), SCMP_SYS(setregid), SCMP_SYS(setresgid),
	SCMP_SYS(setgroups), SCMP_SYS(capset), SCMP_SYS(mknod), SCMP_SYS(mknodat) };

/* What makes a server of a process. (bind() is left: looking up names needs it.) */
static const int serving[] = { SCMP_SYS(listen), SCMP_SYS(accept), SCMP_SYS(accept4) };

static int
forbid(scmp_filter_ctx filter, const int *calls, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), calls[i], 0) < 0)
			return -1;
	return 0;
}

static int
seal(int may_serve, struct error *err)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int rc = -1;

	if (filter == NULL)
		return error_memory(err);
	if (forbid(filter, forbidden, sizeof(forbidden) / sizeof(forbidden[0])) != 0 ||
	    (!may_serve && forbid(filter, serving, sizeof(serving) / sizeof(serving[0])) != 0))
		goto done;
	if (seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) == 0 && seccomp_load(filter) == 0)
		rc = 0;
done:
	seccomp_release(filter);
	return rc == 0 ? 0 : error_errno(err, "could not set the filter of system calls");
}

int
child_seal(struct error *err)
{
	return seal(1, err);
}

int
child_seal_dialling(struct error *err)
{
	return seal(0, err);
}
