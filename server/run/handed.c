#include "server/run/handed.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/base/log.h"
#include "server/run/access.h"

#define FILES 5

/* What goes with the descriptors: which of them they are. */
struct note {
	unsigned char has[FILES];
};

union control {
	struct cmsghdr head;
	char bytes[CMSG_SPACE(FILES * sizeof(int))];
};

static int *
file_of(struct handed *files, size_t i)
{
	int *const at[FILES] = { &files->conf, &files->certificate, &files->access,
		&files->catalogue, &files->catalogue_signer };

	return at[i];
}

int
handed_pair(int ends[2], struct error *err)
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		return error_errno(err, "could not connect the processes");
	return 0;
}

void
handed_close(struct handed *files)
{
	size_t i;

	for (i = 0; i < FILES; i++) {
		if (*file_of(files, i) >= 0)
			close(*file_of(files, i));
		*file_of(files, i) = -1;
	}
}

/* A file that a setting names; none where it is empty. */
static int
open_named(const char *setting, const char *path, int *fd, struct error *err)
{
	if (path[0] == '\0')
		return 0;
	*fd = open(path, O_RDONLY | O_CLOEXEC);
	return *fd >= 0 ? 0 : error_errno(err, "could not open %s %s", setting, path);
}

int
handed_open(struct handed *files, const struct conf *conf, struct error *err)
{
	*files = (struct handed)HANDED_NONE;
	if (open_named("tls-certificate", conf->certificate, &files->certificate, err) == 0 &&
	    open_named("algorithm-catalogue", conf->catalogue, &files->catalogue, err) == 0 &&
	    open_named("algorithm-catalogue-signer", conf->catalogue_signer,
		&files->catalogue_signer, err) == 0 &&
	    access_file_open(conf->access_log, &files->access, err) == 0)
		return 0;
	handed_close(files);
	return -1;
}

/* ---- the descriptors ---- */

int
handed_send(int fd, const struct handed *files, struct error *err)
{
	struct handed copy = *files;
	struct note note = { { 0 } };
	struct iovec bytes = { &note, sizeof(note) };
	union control control;
	struct msghdr message = { .msg_iov = &bytes, .msg_iovlen = 1 };
	int fds[FILES];
	size_t i, n = 0;

	for (i = 0; i < FILES; i++) {
		note.has[i] = *file_of(&copy, i) >= 0;
		if (note.has[i])
			fds[n++] = *file_of(&copy, i);
	}
	if (n > 0) {
		memset(&control, 0, sizeof(control));
		message.msg_control = control.bytes;
		message.msg_controllen = CMSG_SPACE(n * sizeof(int));
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		control.head.cmsg_len = CMSG_LEN(n * sizeof(int));
		memcpy(CMSG_DATA(&control.head), fds, n * sizeof(int));
	}
	if (sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)sizeof(note))
		return error_errno(err, "the files could not be handed to the api process");
	return 0;
}

/* Sort what came by the note; anything odd closes all. */
static int
sort_out(struct handed *files, const struct note *note, const int *fds, size_t n)
{
	size_t i, used = 0;

	for (i = 0; i < FILES; i++)
		if (note->has[i] && used < n)
			*file_of(files, i) = fds[used++];
		else if (note->has[i])
			return -1;
	return used == n ? 0 : -1;
}

int
handed_receive(int fd, struct handed *files, struct error *err)
{
	struct note note;
	struct iovec bytes = { &note, sizeof(note) };
	union control control;
	struct msghdr message = { .msg_iov = &bytes,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control) };
	int fds[FILES];
	size_t n = 0;
	ssize_t got;

	*files = (struct handed)HANDED_NONE;
	memset(&control, 0, sizeof(control));
	do {
		got = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
	} while (got < 0 && errno == EINTR);
	if (got > 0 && message.msg_controllen >= CMSG_LEN(0) &&
	    control.head.cmsg_type == SCM_RIGHTS) {
		n = (control.head.cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(fds, CMSG_DATA(&control.head), n * sizeof(int));
	}
	if (got == (ssize_t)sizeof(note) && sort_out(files, &note, fds, n) == 0)
		return 0;
	handed_close(files);
	return error_set(err, ERROR_UNAVAILABLE, "the parent process handed over no files");
}

/* ---- the answer ---- */

struct answer {
	int is_refused;
	struct error why;
};

void
handed_answer(int fd, const struct error *failure)
{
	struct answer answer = { 0 };

	if (failure != NULL) {
		answer.is_refused = 1;
		answer.why = *failure;
	}
	if (send(fd, &answer, sizeof(answer), MSG_NOSIGNAL) != (ssize_t)sizeof(answer))
		log_warning("the parent could not be told: %s", strerror(errno));
}

int
handed_hear(int fd, struct error *failure, int *ended)
{
	struct answer answer;
	ssize_t n = recv(fd, &answer, sizeof(answer), MSG_DONTWAIT);

	*ended = n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
	if (n != (ssize_t)sizeof(answer))
		return -1;
	if (!answer.is_refused)
		return 1;
	/* It comes from a process that strangers talk to. */
	answer.why.text[sizeof(answer.why.text) - 1] = '\0';
	answer.why.cause[sizeof(answer.why.cause) - 1] = '\0';
	error_clear(failure);
	error_cause(failure,
	    answer.why.kind > ERROR_NONE && answer.why.kind < ERROR_KINDS ? answer.why.kind
									  : ERROR_INTERNAL,
	    answer.why.text, "%s", answer.why.cause);
	return 0;
}
