#include "signing/keys/client.h"

#include <errno.h>
#include <openssl/rand.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

#include "server/base/clock.h"
#include "signing/keys/remote.h"

#define RESENDS_MAX 5 /* a request that kills the keys process is not sent for ever */

static __thread struct channel *own;
static __thread struct error last;

static struct {
	pthread_mutex_t lock;
	pthread_cond_t freed;
	struct channel **channels;
	size_t count;
	int timeout_ms;
} shared = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, NULL, 0, KEYS_TIMEOUT_MS };

const struct error *
keys_last_error(void)
{
	return &last;
}

int
channel_outcome(int rc, const struct error *mine, struct error *err)
{
	if (rc == 0) {
		last.kind = ERROR_NONE;
		return 0;
	}
	last = *mine;
	if (err != NULL && err->kind == ERROR_NONE)
		*err = *mine;
	return rc;
}

/* ---- making and lending ---- */

static void
channel_free(struct channel *c)
{
	if (c == NULL)
		return;
	free(c->request);
	free(c->answer);
	free(c);
}

/* Answers to whoever used the channel before, and hellos. */
static void
throw_away_queued(struct channel *c)
{
	while (recv(c->fd, c->answer, WIRE_MESSAGE_MAX, MSG_DONTWAIT) > 0)
		;
}

static struct channel *
channel_new(int fd, int timeout_ms)
{
	struct channel *c = calloc(1, sizeof(*c));
	struct timeval wait;

	if (c == NULL)
		return NULL;
	c->fd = fd;
	c->timeout_ms = timeout_ms > 0 ? timeout_ms : KEYS_TIMEOUT_MS;
	c->request = malloc(WIRE_MESSAGE_MAX);
	c->answer = malloc(WIRE_MESSAGE_MAX);
	wait.tv_sec = c->timeout_ms / 1000;
	wait.tv_usec = c->timeout_ms % 1000 * 1000;
	if (c->request == NULL || c->answer == NULL ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) != 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) != 0 ||
	    RAND_bytes((unsigned char *)&c->id, sizeof(c->id)) != 1) {
		channel_free(c);
		return NULL;
	}
	throw_away_queued(c);
	return c;
}

int
keys_thread_attach(int fd, int timeout_ms)
{
	keys_thread_detach();
	own = channel_new(fd, timeout_ms);
	return own != NULL ? 0 : -1;
}

void
keys_thread_detach(void)
{
	channel_free(own);
	own = NULL;
}

int
keys_client_setup(const int *fds, size_t count, int timeout_ms, struct error *err)
{
	keys_client_teardown();
	shared.timeout_ms = timeout_ms > 0 ? timeout_ms : KEYS_TIMEOUT_MS;
	shared.channels = calloc(count + 1, sizeof(*shared.channels));
	if (shared.channels == NULL)
		return error_memory(err);
	for (; shared.count < count; shared.count++) {
		shared.channels[shared.count] = channel_new(fds[shared.count], timeout_ms);
		if (shared.channels[shared.count] == NULL) {
			keys_client_teardown();
			return error_errno(
			    err, "a channel to the keys process could not be set up");
		}
	}
	return 0;
}

void
keys_client_teardown(void)
{
	while (shared.count > 0)
		channel_free(shared.channels[--shared.count]);
	free(shared.channels);
	shared.channels = NULL;
}

static struct channel *
free_one(void)
{
	size_t i;

	for (i = 0; i < shared.count; i++)
		if (!shared.channels[i]->busy) {
			shared.channels[i]->busy = 1;
			return shared.channels[i];
		}
	return NULL;
}

struct channel *
channel_borrow(struct error *err)
{
	struct channel *c = own;
	struct timespec until;
	int rc = 0;

	if (c != NULL)
		return c;
	if (shared.count == 0) {
		error_set(err, ERROR_UNAVAILABLE,
		    "the keys cannot be reached from here; try again later");
		return NULL;
	}
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += shared.timeout_ms / 1000 + 1;
	pthread_mutex_lock(&shared.lock);
	while ((c = free_one()) == NULL && rc == 0)
		rc = pthread_cond_timedwait(&shared.freed, &shared.lock, &until);
	pthread_mutex_unlock(&shared.lock);
	if (c == NULL)
		error_set(err, ERROR_UNAVAILABLE, "the keys are busy; try again later");
	return c;
}

void
channel_return(struct channel *c)
{
	if (c == NULL || c == own)
		return;
	pthread_mutex_lock(&shared.lock);
	c->busy = 0;
	pthread_cond_signal(&shared.freed);
	pthread_mutex_unlock(&shared.lock);
}

/* ---- a request and its answer ---- */

void
channel_start(struct channel *c, enum wire_type type, struct wire_out *out)
{
	const struct wire_header header = { type, 0, 0 };

	wire_start(out, c->request, WIRE_MESSAGE_MAX, &header);
}

static int
unreachable(struct error *err, const char *cause)
{
	return error_cause(err, ERROR_UNAVAILABLE,
	    "the process that holds the keys does not answer; try again later", "%s", cause);
}

static int
send_request(struct channel *c, size_t len, struct error *err)
{
	ssize_t n;

	do {
		n = send(c->fd, c->request, len, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? unreachable(err, strerror(errno)) : 0;
}

/* Wait until a packet is there; from the second on, the socket's own time-out is too long. */
static int
wait_packet(struct channel *c, int64_t deadline, struct error *err)
{
	int64_t left = (deadline - clock_monotonic_us() + 999) / 1000;
	struct pollfd p = { c->fd, POLLIN, 0 };
	int rc = left > 0 ? poll(&p, 1, (int)left) : 0;

	if (rc == 0)
		return unreachable(err, "timed out");
	if (rc < 0 && errno != EINTR)
		return unreachable(err, strerror(errno));
	return 0;
}

static int
receive(struct channel *c, struct wire_header *header, struct wire_in *in, struct error *err)
{
	ssize_t n = recv(c->fd, c->answer, WIRE_MESSAGE_MAX, 0);

	memset(header, 0, sizeof(*header));
	if (n < 0 && errno == EINTR)
		return 0;
	if (n <= 0)
		return unreachable(err, n == 0 ? "closed"
					: errno == EAGAIN || errno == EWOULDBLOCK
					    ? "timed out"
					    : strerror(errno));
	wire_read_header(header, (struct span){ c->answer, (size_t)n });
	if (header->type != 0)
		wire_in_init(in, (struct span){ c->answer + WIRE_HEADER, (size_t)n - WIRE_HEADER });
	return 0;
}

/*
 * Send again after a hello, unless the last copy was sent after that process had started. Each copy
 * but the last was in the hands of a process that ended.
 */
static int
send_again(struct channel *c, size_t len, const struct wire_header *hello, int64_t *sent,
    int *resends, struct error *err)
{
	if (hello->time < (uint64_t)*sent || *resends == RESENDS_MAX)
		return 0;
	++*resends;
	*sent = clock_monotonic_us();
	return send_request(c, len, err);
}

int
channel_exchange(struct channel *c, size_t len, struct wire_in *in, struct error *err)
{
	int64_t sent = clock_monotonic_us();
	int64_t deadline = sent + (int64_t)c->timeout_ms * 1000;
	struct wire_header header, request;
	int resends = 0, first;

	wire_read_header(&request, (struct span){ c->request, len });
	if (++c->id == 0)
		c->id = 1;
	wire_stamp(c->request, c->id, (uint64_t)deadline);
	if (send_request(c, len, err) != 0)
		return -1;
	for (first = 1;; first = 0) {
		if (!first && wait_packet(c, deadline, err) != 0)
			return -1;
		if (receive(c, &header, in, err) != 0)
			return -1;
		if (header.type == WIRE_HELLO &&
		    send_again(c, len, &header, &sent, &resends, err) != 0)
			return -1;
		if (header.type == WIRE_HELLO || header.id != c->id)
			continue;
		if (header.type == request.type)
			return 0;
		if (header.type == WIRE_ERROR)
			wire_get_error(in, err);
		else
			error_set(err, ERROR_INTERNAL, "the keys process answers out of turn");
		return -1;
	}
}
