#include "server/read/frame.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "server/base/clock.h"

struct head {
	uint32_t type;
	uint32_t unused;
	uint64_t len;
};

static int
lost(struct error *err, const char *how)
{
	return error_cause(err, ERROR_UNAVAILABLE,
	    "the document could not be read in time; try again later", "the read process: %s", how);
}

/* Wait until the socket is ready. 0 or -1. */
static int
await(int fd, short what, int64_t deadline, struct error *err)
{
	struct pollfd p = { fd, what, 0 };
	int64_t left;
	int n;

	do {
		left = deadline == 0 ? -1 : deadline - clock_monotonic_us();
		if (deadline != 0 && left <= 0)
			return lost(err, "it took too long");
		n = poll(&p, 1,
		    left < 0		? -1
		    : left > 3600000000 ? 3600000
					: (int)(left / 1000) + 1);
	} while (n == 0 || (n < 0 && errno == EINTR));
	return n > 0 ? 0 : lost(err, "poll failed");
}

static int
send_all(int fd, const void *data, size_t len, int64_t deadline, struct error *err)
{
	const char *at = data;
	ssize_t n;

	while (len > 0) {
		if (await(fd, POLLOUT, deadline, err) != 0)
			return -1;
		n = send(fd, at, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0)
			return lost(err, "it is gone");
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

static int
receive_all(int fd, void *data, size_t len, int64_t deadline, struct error *err)
{
	char *at = data;
	ssize_t n;

	while (len > 0) {
		if (await(fd, POLLIN, deadline, err) != 0)
			return -1;
		n = recv(fd, at, len, MSG_DONTWAIT);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0)
			return lost(err, "it ended before its answer did");
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

int
frame_send(int fd, enum frame_type type, struct span payload, int64_t deadline, struct error *err)
{
	struct head head = { (uint32_t)type, 0, payload.len };

	if (send_all(fd, &head, sizeof(head), deadline, err) != 0)
		return -1;
	return send_all(fd, payload.data, payload.len, deadline, err);
}

int
frame_receive(
    int fd, enum frame_type *type, struct buf *payload, int64_t deadline, struct error *err)
{
	struct head head;
	unsigned char *at;
	size_t n;

	if (receive_all(fd, &head, sizeof(head), deadline, err) != 0)
		return -1;
	*type = (enum frame_type)head.type;
	/* Memory is taken as bytes come, not as they are announced. */
	while (payload->len < head.len) {
		n = head.len - payload->len < 65536 ? (size_t)(head.len - payload->len) : 65536;
		at = buf_reserve(payload, n, err);
		if (at == NULL || receive_all(fd, at, n, deadline, err) != 0)
			return -1;
		payload->len += n;
	}
	return 0;
}
