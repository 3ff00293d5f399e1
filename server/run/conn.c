#include "server/run/conn.h"

#include <errno.h>
#include <openssl/err.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

int
conns_init(struct conns *conns, int64_t now, struct error *err)
{
	memset(conns, 0, sizeof(*conns));
	pthread_mutex_init(&conns->lock, NULL);
	wheel_init(&conns->wheel, now);
	peers_init(&conns->peers);
	conns->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (conns->epoll < 0)
		return error_errno(err, "could not make an epoll set");
	return 0;
}

void
conns_release(struct conns *conns)
{
	uint32_t i;

	for (i = 0; i < conns->made; i++)
		pthread_mutex_destroy(&conns->chunks[i / CONN_CHUNK][i % CONN_CHUNK].lock);
	for (i = 0; i < CONN_CHUNKS; i++)
		free(conns->chunks[i]);
	peers_release(&conns->peers);
	pthread_mutex_destroy(&conns->lock);
	if (conns->epoll >= 0)
		close(conns->epoll);
}

/* ---- the table; the caller holds conns->lock ---- */

static struct conn *
make_struct(struct conns *conns)
{
	struct conn **chunk = &conns->chunks[conns->made / CONN_CHUNK];
	struct conn *conn;

	if (conns->made == CONN_CHUNK * CONN_CHUNKS)
		return NULL;
	if (*chunk == NULL)
		*chunk = calloc(CONN_CHUNK, sizeof(**chunk));
	if (*chunk == NULL)
		return NULL;
	conn = *chunk + conns->made % CONN_CHUNK;
	pthread_mutex_init(&conn->lock, NULL);
	conn->index = conns->made++;
	return conn;
}

static struct conn *
free_struct(struct conns *conns, unsigned int most, struct error *err)
{
	struct conn *conn;

	if (conns->open >= most) {
		error_limit(err, ERROR_LIMIT, "limit-connections", most, 0, "connections");
		return NULL;
	}
	conn = conns->free_list;
	if (conn != NULL)
		conns->free_list = conn->next_free;
	else
		conn = make_struct(conns);
	if (conn == NULL)
		error_memory(err);
	else
		conns->open++;
	return conn;
}

static void
give_back(struct conns *conns, struct conn *conn)
{
	pthread_mutex_lock(&conns->lock);
	wheel_remove(&conns->wheel, &conn->timer);
	conn->next_free = conns->free_list;
	conns->free_list = conn;
	conns->open--;
	pthread_mutex_unlock(&conns->lock);
}

static uint64_t
id_of(const struct conn *conn)
{
	return (uint64_t)conn->generation << 32 | conn->index;
}

static struct conn *
by_index(struct conns *conns, uint32_t index)
{
	return conns->chunks[index / CONN_CHUNK] + index % CONN_CHUNK;
}

/* ---- a connection's life ---- */

int
conn_open(struct conns *conns, int fd, const struct peer *peer, unsigned int most,
    unsigned int most_of_peer, struct conn **out, struct error *err)
{
	struct epoll_event event = { 0 };
	struct conn *conn = NULL;

	*out = NULL;
	if (peers_enter(&conns->peers, peer, most_of_peer) != 0) {
		error_limit(err, ERROR_LIMIT, "limit-connections-per-address", most_of_peer, 0,
		    "connections of one address");
		close(fd);
		return -1;
	}
	pthread_mutex_lock(&conns->lock);
	conn = free_struct(conns, most, err);
	pthread_mutex_unlock(&conns->lock);
	if (conn == NULL)
		goto refused;
	pthread_mutex_lock(&conn->lock);
	conn->generation++;
	conn->state = CONN_OWNED;
	conn->fd = fd;
	conn->ssl = NULL;
	conn->turn = NULL;
	conn->lingered = 0;
	conn->peer = *peer;
	pthread_mutex_unlock(&conn->lock);
	event.events = EPOLLONESHOT; /* armed when it is parked */
	event.data.u64 = id_of(conn);
	if (epoll_ctl(conns->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
		error_errno(err, "could not watch a connection");
		conn->state = CONN_FREE;
		give_back(conns, conn);
		goto refused;
	}
	*out = conn;
	return 0;
refused:
	peers_leave(&conns->peers, peer);
	close(fd);
	return -1;
}

struct conn *
conn_take(struct conns *conns, uint64_t id)
{
	struct conn *conn = by_index(conns, (uint32_t)id);
	int ours;

	pthread_mutex_lock(&conn->lock);
	ours = conn->generation == id >> 32 && conn->state == CONN_PARKED;
	if (ours)
		conn->state = CONN_OWNED;
	pthread_mutex_unlock(&conn->lock);
	return ours ? conn : NULL;
}

struct conn *
conn_take_any(struct conns *conns, uint32_t index)
{
	struct conn *conn = by_index(conns, index);
	int ours;

	pthread_mutex_lock(&conn->lock);
	ours = conn->state == CONN_PARKED;
	if (ours)
		conn->state = CONN_OWNED;
	pthread_mutex_unlock(&conn->lock);
	return ours ? conn : NULL;
}

int
conn_park(struct conns *conns, struct conn *conn, unsigned int events, int64_t deadline)
{
	struct epoll_event event = { 0 };
	int rc;

	event.events = events | EPOLLONESHOT;
	event.data.u64 = id_of(conn);
	pthread_mutex_lock(&conn->lock);
	conn->deadline = deadline;
	conn->armed = events;
	pthread_mutex_lock(&conns->lock);
	wheel_set(&conns->wheel, &conn->timer, deadline);
	pthread_mutex_unlock(&conns->lock);
	conn->state = CONN_PARKED;
	rc = epoll_ctl(conns->epoll, EPOLL_CTL_MOD, conn->fd, &event);
	if (rc != 0)
		conn->state = CONN_OWNED;
	pthread_mutex_unlock(&conn->lock);
	return rc;
}

void
conn_close(struct conns *conns, struct conn *conn)
{
	pthread_mutex_lock(&conn->lock);
	SSL_free(conn->ssl);
	conn->ssl = NULL;
	close(conn->fd); /* takes it out of the epoll set */
	conn->fd = -1;
	conn->state = CONN_FREE;
	pthread_mutex_unlock(&conn->lock);
	peers_leave(&conns->peers, &conn->peer);
	give_back(conns, conn);
}

struct conn *
conn_expired(struct conns *conns, int64_t now)
{
	struct timer *timer;
	struct conn *conn;
	int ours;

	for (;;) {
		pthread_mutex_lock(&conns->lock);
		timer = wheel_expired(&conns->wheel, now);
		pthread_mutex_unlock(&conns->lock);
		if (timer == NULL)
			return NULL;
		/* Between the two locks it may have been taken, parked anew or closed. */
		conn = (struct conn *)timer;
		pthread_mutex_lock(&conn->lock);
		ours = conn->state == CONN_PARKED && conn->deadline <= now;
		if (ours)
			conn->state = CONN_OWNED;
		pthread_mutex_unlock(&conn->lock);
		if (ours)
			return conn;
	}
}

unsigned int
conns_open(struct conns *conns)
{
	unsigned int open;

	pthread_mutex_lock(&conns->lock);
	open = conns->open;
	pthread_mutex_unlock(&conns->lock);
	return open;
}

/* ---- bytes ---- */

static ssize_t
tls_outcome(struct conn *conn, int n)
{
	switch (SSL_get_error(conn->ssl, n)) {
	case SSL_ERROR_WANT_READ:
		conn->wants = EPOLLIN;
		return IO_AGAIN;
	case SSL_ERROR_WANT_WRITE:
		conn->wants = EPOLLOUT;
		return IO_AGAIN;
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	default:
		ERR_clear_error();
		return IO_FAILED;
	}
}

static ssize_t
socket_outcome(struct conn *conn, unsigned int wants)
{
	if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
		return IO_FAILED;
	conn->wants = wants;
	return IO_AGAIN;
}

int
conn_handshake(struct conn *conn)
{
	int n;

	if (conn->ssl == NULL)
		return 0;
	ERR_clear_error();
	n = SSL_accept(conn->ssl);
	if (n == 1)
		return 0;
	n = (int)tls_outcome(conn, n);
	return n == 0 ? IO_FAILED : n;
}

ssize_t
conn_read(struct conn *conn, void *at, size_t n)
{
	ssize_t got;
	size_t done;

	if (conn->ssl == NULL) {
		got = recv(conn->fd, at, n, MSG_DONTWAIT);
		return got >= 0 ? got : socket_outcome(conn, EPOLLIN);
	}
	ERR_clear_error();
	if (SSL_read_ex(conn->ssl, at, n, &done) == 1)
		return (ssize_t)done;
	return tls_outcome(conn, 0);
}

ssize_t
conn_write(struct conn *conn, const void *at, size_t n)
{
	ssize_t got;
	size_t done;

	if (n == 0)
		return 0;
	if (conn->ssl == NULL) {
		got = send(conn->fd, at, n, MSG_DONTWAIT | MSG_NOSIGNAL);
		return got >= 0 ? got : socket_outcome(conn, EPOLLOUT);
	}
	ERR_clear_error();
	if (SSL_write_ex(conn->ssl, at, n, &done) == 1)
		return (ssize_t)done;
	got = tls_outcome(conn, 0);
	return got == 0 ? IO_FAILED : got;
}

int
conn_has_pending(const struct conn *conn)
{
	return conn->ssl != NULL && SSL_has_pending(conn->ssl);
}

int
conn_has_bytes(const struct conn *conn)
{
	char byte;

	return conn_has_pending(conn) || recv(conn->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 1;
}

int
conn_speaks_http(const struct conn *conn)
{
	char byte;

	/* No record of TLS, and no hello of SSL 2 or 3, begins with a letter; each method does. */
	return conn->ssl != NULL && SSL_in_before(conn->ssl) &&
	       recv(conn->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 1 && byte >= 'A' && byte <= 'Z';
}

void
conn_finish_writing(struct conn *conn)
{
	if (conn->ssl != NULL) {
		ERR_clear_error();
		SSL_shutdown(conn->ssl);
		ERR_clear_error();
	}
	shutdown(conn->fd, SHUT_WR);
}

int
conn_wait(struct conn *conn, unsigned int events, int64_t deadline, int64_t (*now)(void),
    const _Atomic int *stop)
{
	struct pollfd p = { conn->fd, (short)(events == EPOLLOUT ? POLLOUT : POLLIN), 0 };
	int64_t left;
	int n;

	for (;;) {
		left = deadline - now();
		if (left <= 0 || *stop)
			return -1;
		n = poll(&p, 1, left > 250000 ? 250 : (int)(left / 1000) + 1);
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -1;
	}
}
