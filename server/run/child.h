/* server/run/child.h: what a process gives up before it meets the world. */
#ifndef SIGNET_RUN_CHILD_H
#define SIGNET_RUN_CHILD_H

#include <sys/types.h>

#include "server/base/error.h"

/* What root's children become when nothing else is said: whoever wants root must say so. */
#define CHILD_USER "nobody"

struct child_rules {
	const char *name;	  /* of the process, at most 15 bytes */
	const char *user, *group; /* only root can change. "" is CHILD_USER, the user's group */
	unsigned int descriptors; /* RLIMIT_NOFILE is raised to this where that is allowed */
	pid_t parent;		  /* dies with SIGTERM when that one is gone */
};

/*
 * Take the name, drop the user and all groups, no new privileges, no core files, not traceable,
 * ends with its parent. ERROR_NOT_FOUND for a user or group that does not exist.
 */
int child_enter(const struct child_rules *rules, struct error *err);
/*
 * Forbid the system calls that a server never makes and that break-ins begin with: running
 * programs, tracing, mounting, namespaces, modules, bpf, kexec, clocks. They fail with EPERM. For
 * all threads, for good.
 */
int child_seal(struct error *err);
/* The same for a process that only dials out: nobody can call it either. */
int child_seal_dialling(struct error *err);

/* Does this user (and group, where not "") exist? For checking a configuration; "" as above. */
int child_check_user(const char *user, const char *group, struct error *err);

#endif
