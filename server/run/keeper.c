/* The front's own thread: accepts connections, watches the time, sweeps when the front drains. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/base/log.h"
#include "server/run/front_core.h"

#define ACCEPTED_AT_ONCE 64
#define LOOK_AROUND_MS	 250

/* A refusal is counted always and told once a second. */
static void
count_refusal(struct front *front, const struct peer *peer, const struct error *err)
{
	int64_t now = front->config.now();
	char text[PEER_TEXT_SIZE];

	metrics_add(front->config.metrics, METRIC_CONNECTIONS_REFUSED, 1);
	if (now - front->complained < 1000000)
		return;
	front->complained = now;
	log_warning("a connection from %s is refused: %s", peer_text(text, peer), err->text);
}

static int
start_tls(struct front *front, struct conn *conn, const struct front_listener *listener)
{
	if (listener->profile == TLS_PROFILE_NONE)
		return 0;
	pthread_mutex_lock(&front->lock);
	conn->ssl = SSL_new(front->tls[listener->profile]);
	pthread_mutex_unlock(&front->lock);
	if (conn->ssl == NULL || SSL_set_fd(conn->ssl, conn->fd) != 1) {
		ERR_clear_error();
		return -1;
	}
	SSL_set_accept_state(conn->ssl);
	return 0;
}

static void
welcome(struct front *front, const struct front_listener *listener, int fd,
    const struct sockaddr *address)
{
	const struct limits *limits = front_limits(front);
	struct peer peer = peer_of(address);
	struct error err = ERROR_INIT;
	struct conn *conn;
	int one = 1;

	if (conn_open(&front->conns, fd, &peer, limits->connections,
		limits->connections_per_address, &conn, &err) != 0) {
		count_refusal(front, &peer, &err);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	conn->listener = listener;
	conn->phase = PHASE_HANDSHAKE;
	conn->began = front->config.now();
	metrics_add(front->config.metrics, METRIC_CONNECTIONS_ACCEPTED, 1);
	metrics_add(front->config.metrics, METRIC_CONNECTIONS_OPEN, 1);
	if (start_tls(front, conn, listener) != 0 ||
	    conn_park(&front->conns, conn, EPOLLIN,
		conn->began + (int64_t)limits->header_seconds * 1000000) != 0)
		front_drop(front, conn);
}

/* No descriptors left: give one up to take the caller and turn it away, or it would wait for ever.
 */
static void
turn_away(struct front *front, int listening)
{
	struct error err = ERROR_INIT;
	struct peer nobody = { 0 };
	int fd;

	error_set(&err, ERROR_UNAVAILABLE, "there are no descriptors left");
	count_refusal(front, &nobody, &err);
	close(front->spare);
	fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
	if (fd >= 0)
		close(fd);
	front->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void
accept_some(struct front *front, const struct front_listener *listener)
{
	struct sockaddr_storage address;
	socklen_t len;
	int i, fd;

	for (i = 0; i < ACCEPTED_AT_ONCE; i++) {
		len = sizeof(address);
		memset(&address, 0, sizeof(address));
		fd = accept4(
		    listener->fd, (struct sockaddr *)&address, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0) {
			welcome(front, listener, fd, (struct sockaddr *)&address);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE)
			turn_away(front, listener->fd);
		if (errno == EAGAIN || errno == EINVAL)
			return;
	}
}

static void
end_what_is_late(struct front *front)
{
	int64_t now = front->config.now();
	struct conn *conn;

	while ((conn = conn_expired(&front->conns, now)) != NULL)
		front_timeout(front, conn);
}

/*
 * Once, when draining starts: close the connections that have no request in hand. A request that
 * has come and is not yet read is in hand.
 */
static void
sweep_idle(struct front *front)
{
	struct conns *conns = &front->conns;
	struct conn *conn;
	uint32_t i, made;

	pthread_mutex_lock(&conns->lock);
	made = conns->made;
	pthread_mutex_unlock(&conns->lock);
	for (i = 0; i < made; i++) {
		conn = conn_take_any(conns, i);
		if (conn == NULL)
			continue;
		if ((conn->phase == PHASE_IDLE && !conn_has_bytes(conn)) ||
		    conn->phase == PHASE_HANDSHAKE) {
			conn_finish_writing(conn);
			front_drop(front, conn);
		} else if (conn_park(conns, conn, conn->armed, conn->deadline) != 0) {
			front_drop(front, conn);
		}
	}
	front->swept = 1;
}

static nfds_t
watch(struct front *front, struct pollfd *fds)
{
	nfds_t n = 0;
	size_t i;

	fds[n++] = (struct pollfd){ front->wake, POLLIN, 0 };
	if (!atomic_load(&front->draining))
		for (i = 0; i < front->config.listener_count; i++)
			fds[n++] = (struct pollfd){ front->listeners[i].fd, POLLIN, 0 };
	return n;
}

void *
front_keeper(void *arg)
{
	struct front *front = arg;
	struct pollfd fds[FRONT_LISTENERS_MAX + 1];
	uint64_t woken;
	nfds_t n, i;

	while (!atomic_load(&front->stopping)) {
		n = watch(front, fds);
		poll(fds, n, LOOK_AROUND_MS);
		if ((fds[0].revents & POLLIN) && read(front->wake, &woken, sizeof(woken)) < 0)
			log_debug("the front was woken for nothing");
		for (i = 1; i < n; i++)
			if (fds[i].revents & POLLIN)
				accept_some(front, &front->listeners[i - 1]);
		end_what_is_late(front);
		if (atomic_load(&front->draining) && !front->swept)
			sweep_idle(front);
		access_log_flush(front->config.access);
	}
	return NULL;
}
