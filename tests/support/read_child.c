#include "tests/support/read_child.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/read/frame.h"
#include "server/read/process.h"

/* The answer's socket that comes with a ticket, or -1 when the clients' end is closed. */
static int
take_ticket(int channel)
{
	union {
		char space[CMSG_SPACE(2 * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct ticket ticket;
	struct iovec part = { &ticket, sizeof(ticket) };
	struct msghdr message = { .msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof(control.space) };
	struct cmsghdr *c;
	int fds[2];

	if (recvmsg(channel, &message, MSG_CMSG_CLOEXEC) <= 0)
		return -1;
	c = CMSG_FIRSTHDR(&message);
	if (c == NULL || c->cmsg_len != CMSG_LEN(sizeof(fds)))
		return -1;
	memcpy(fds, CMSG_DATA(c), sizeof(fds));
	close(fds[0]);
	return fds[1];
}

static void *
play(void *arg)
{
	struct read_child *child = arg;
	struct span left = child->says;
	int fd = take_ticket(child->process);
	char sink[4096];
	ssize_t n = 0;

	if (fd < 0)
		return NULL;
	for (; left.len > 0 && n >= 0; left.data += n, left.len -= (size_t)n) {
		n = send(fd, left.data, left.len, MSG_NOSIGNAL);
		if (n < 0)
			break;
	}
	/* What api still replies is taken, so that it reads to the end of what was said. */
	shutdown(fd, SHUT_WR);
	while (!child->leaves && recv(fd, sink, sizeof(sink), 0) > 0)
		;
	close(fd);
	sem_post(&child->gone);
	return NULL;
}

int
read_child_start(struct read_child *child)
{
	struct error err = ERROR_INIT;
	int ends[2];

	if (read_channel_pair(ends, &err) != 0)
		return -1;
	child->process = ends[0];
	child->reader.channel = ends[1];
	sem_init(&child->gone, 0, 0);
	if (pthread_create(&child->thread, NULL, play, child) == 0)
		return 0;
	close(ends[0]);
	close(ends[1]);
	return -1;
}

void
read_child_end(struct read_child *child)
{
	close(child->reader.channel);
	pthread_join(child->thread, NULL);
	sem_destroy(&child->gone);
	close(child->process);
}
