#include "server/read/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/base/log.h"
#include "server/read/frame.h"
#include "server/read/job.h"

struct running {
	pid_t pid; /* 0: a free place */
	int answer;
	uint64_t cpu_us; /* that it may work */
};

struct readers {
	const struct read_process_config *config;
	struct running *children;
	unsigned int count;
	void *filter;
	int signals;
};

int
read_channel_pair(int ends[2], struct error *err)
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0)
		return 0;
	ends[0] = ends[1] = -1;
	return error_errno(err, "no channel to the read process");
}

/* ---- a ticket ---- */

/* 1: a ticket with both descriptors; 0: nothing of use; -1: the clients are gone. */
static int
receive_ticket(int channel, struct ticket *ticket, int fds[2])
{
	union {
		char space[CMSG_SPACE(2 * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec part = { ticket, sizeof(*ticket) };
	struct msghdr message = { .msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof(control.space) };
	struct cmsghdr *c;
	ssize_t n = recvmsg(channel, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	size_t got = 0;

	if (n == 0)
		return -1;
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	c = CMSG_FIRSTHDR(&message);
	if (c != NULL && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
		got = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(fds, CMSG_DATA(c), got * sizeof(int));
	}
	if (n == (ssize_t)sizeof(*ticket) && ticket->magic == TICKET_MAGIC && got == 2)
		return 1;
	while (got > 0)
		close(fds[--got]);
	return 0;
}

/* ---- children ---- */

static void
tell_loss(int fd, enum frame_loss loss, uint64_t worked_us)
{
	struct {
		uint32_t type, unused;
		uint64_t len;
		uint32_t loss;
		uint64_t worked_us;
	} __attribute__((packed))
	frame = { FRAME_LOST, 0, sizeof(frame.loss) + sizeof(frame.worked_us), loss, worked_us };

	/* Nobody waits for it any more, or it fits: a fresh socket's buffer is larger. */
	(void)!send(fd, &frame, sizeof(frame), MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void
begin_child(struct readers *r, const struct ticket *ticket, const int fds[2])
{
	struct running *place = r->children;
	int order = fds[0], answer = fds[1];

	while (place->pid != 0)
		place++;
	place->pid = fork();
	if (place->pid == 0) {
		if (job_confine(ticket, &order, &answer, r->filter) != 0)
			_exit(1);
		_exit(job_run(ticket, order, answer));
	}
	close(fds[0]);
	if (place->pid < 0) {
		log_error("no child to read a document: %s", strerror(errno));
		place->pid = 0;
		close(fds[1]);
		return;
	}
	place->answer = fds[1];
	place->cpu_us = ticket->cpu_us;
	r->count++;
}

/* Microseconds of work. */
static uint64_t
worked(const struct rusage *used)
{
	return ((uint64_t)used->ru_utime.tv_sec + (uint64_t)used->ru_stime.tv_sec) * 1000000 +
	       (uint64_t)used->ru_utime.tv_usec + (uint64_t)used->ru_stime.tv_usec;
}

/*
 * SIGKILL is sent by nobody here but the kernel: past the second limit of work, where the first was
 * not heeded, and when the machine has no memory left. The document is not to blame for that.
 */
static enum frame_loss
loss_of(int status, const struct rusage *used, uint64_t cpu_us)
{
	if (WIFEXITED(status))
		return WEXITSTATUS(status) == JOB_MEMORY ? LOST_MEMORY : LOST_CRASH;
	switch (WIFSIGNALED(status) ? WTERMSIG(status) : 0) {
	case SIGPROF:
	case SIGXCPU:
		return LOST_CPU;
	case SIGALRM:
		return LOST_TIME;
	case SIGKILL:
		return worked(used) >= cpu_us ? LOST_CPU : LOST_KILLED;
	default:
		return LOST_CRASH;
	}
}

static void
end_child(struct readers *r, struct running *c, int status, const struct rusage *used)
{
	static const char *const words[LOSSES] = { "needed more memory than it may have",
		"worked longer than it may", "took longer than it may", "crashed",
		"was killed from outside" };
	enum frame_loss loss;

	if (!WIFEXITED(status) || WEXITSTATUS(status) != JOB_DONE) {
		loss = loss_of(status, used, c->cpu_us);
		log_warning("a child that read a document %s (%s %d)", words[loss],
		    WIFSIGNALED(status) ? "signal" : "status",
		    WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
		tell_loss(c->answer, loss, worked(used));
	}
	close(c->answer);
	c->pid = 0;
	r->count--;
}

/* 1: the process is told to end. Its children end with it; api waits for none any more. */
static int
take_signals(struct readers *r)
{
	struct signalfd_siginfo info;
	struct rusage used;
	unsigned int i;
	int status, is_told = 0;
	pid_t pid;

	while (read(r->signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
		is_told |= info.ssi_signo == SIGTERM;
	while ((pid = wait4(-1, &status, WNOHANG, &used)) > 0)
		for (i = 0; i < r->config->children; i++)
			if (r->children[i].pid == pid)
				end_child(r, &r->children[i], status, &used);
	return is_told;
}

/* ---- the loop ---- */

static void
serve(struct readers *r)
{
	struct ticket ticket;
	int fds[2], rc;

	for (;;) {
		int is_full = r->count == r->config->children;
		struct pollfd p[2] = { { r->signals, POLLIN, 0 },
			{ is_full ? -1 : r->config->channel, POLLIN, 0 } };

		if (poll(p, 2, -1) < 0)
			continue;
		if (take_signals(r))
			return;
		if (p[1].revents == 0)
			continue;
		rc = receive_ticket(r->config->channel, &ticket, fds);
		if (rc < 0)
			return;
		if (rc > 0)
			begin_child(r, &ticket, fds);
	}
}

static int
prepare(struct readers *r, struct error *err)
{
	sigset_t set;

	r->children = calloc(r->config->children, sizeof(*r->children));
	if (r->children == NULL)
		return error_memory(err);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0 ||
	    (r->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)) < 0)
		return error_errno(err, "the read process could not wait for signals");
	r->filter = job_filter(err);
	if (r->filter == NULL)
		return -1;
	job_warm_up();
	return 0;
}

int
read_process(const struct read_process_config *config)
{
	struct readers r = { .config = config, .signals = -1 };
	struct error err = ERROR_INIT;
	const char *word = "ready";
	int rc = prepare(&r, &err);

	if (rc != 0) {
		log_failure(LOG_LEVEL_ERROR, "could not start", &err);
		word = err.text;
	}
	if (config->ready_fd >= 0) {
		(void)!write(config->ready_fd, word, strlen(word));
		close(config->ready_fd);
	}
	if (rc == 0)
		serve(&r);
	free(r.children);
	return rc != 0;
}
