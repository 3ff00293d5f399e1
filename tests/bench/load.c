#include "tests/bench/load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/base/clock.h"

#define ANSWER_MAX (16 << 20)

struct connection {
	int fd;
	SSL *ssl;
	size_t sent;	 /* bytes of the request that are out */
	struct buf in;	 /* the answer so far */
	size_t expected; /* whole length, 0 while the head is incomplete */
	int64_t started;
	uint64_t answers;
	struct span request; /* under way */
	int is_busy;
};

static int
tcp_connect(const char *host, int port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	if (fd < 0)
		return -1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (inet_pton(AF_INET, host, &to.sin_addr) != 1 ||
	    connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static void
connection_close(struct connection *c)
{
	SSL_free(c->ssl);
	if (c->fd >= 0)
		close(c->fd);
	buf_release(&c->in);
	c->ssl = NULL;
	c->fd = -1;
}

static int
connection_open(struct connection *c, const struct load *load)
{
	memset(c, 0, sizeof(*c));
	buf_init(&c->in, ANSWER_MAX);
	c->fd = tcp_connect(load->host, load->port);
	c->ssl = SSL_new(load->ctx);
	if (c->fd < 0 || c->ssl == NULL || SSL_set_fd(c->ssl, c->fd) != 1 ||
	    SSL_connect(c->ssl) != 1) {
		fprintf(stderr, "connect to %s:%d: %s\n", load->host, load->port, strerror(errno));
		ERR_print_errors_fp(stderr);
		connection_close(c);
		return -1;
	}
	fcntl(c->fd, F_SETFL, fcntl(c->fd, F_GETFL) | O_NONBLOCK);
	return 0;
}

static size_t
answer_length(struct connection *c)
{
	char *head, *end, *length;

	if (buf_terminate(&c->in, NULL) != 0)
		return 0;
	head = (char *)c->in.data;
	end = strstr(head, "\r\n\r\n");
	if (end == NULL)
		return 0;
	length = strcasestr(head, "\r\nContent-Length:");
	return (size_t)(end + 4 - head) +
	       (length != NULL && length < end ? strtoul(length + 17, NULL, 10) : 0);
}

/* Move a connection on as far as it goes: 1 = an answer is complete, 0 = wait, -1 = lost. */
static int
connection_step(struct connection *c)
{
	const struct span request = c->request;
	unsigned char *at;
	int n;

	while (c->sent < request.len) {
		n = SSL_write(c->ssl, request.data + c->sent, (int)(request.len - c->sent));
		if (n <= 0)
			return SSL_get_error(c->ssl, n) == SSL_ERROR_WANT_WRITE ? 0 : -1;
		c->sent += (size_t)n;
	}
	for (;;) {
		at = buf_reserve(&c->in, 16384, NULL);
		if (at == NULL)
			return -1;
		n = SSL_read(c->ssl, at, 16384);
		if (n <= 0)
			return SSL_get_error(c->ssl, n) == SSL_ERROR_WANT_READ ? 0 : -1;
		c->in.len += (size_t)n;
		if (c->expected == 0)
			c->expected = answer_length(c);
		if (c->expected > 0 && c->in.len >= c->expected)
			return 1;
	}
}

static int
answer_is_good(struct connection *c, const struct load *load, struct load_result *result)
{
	int good = buf_terminate(&c->in, NULL) == 0 && c->in.len > 12 &&
		   memcmp(c->in.data, "HTTP/1.1 200", 12) == 0 &&
		   (load->expected == NULL || memmem(c->in.data, c->in.len, load->expected,
						  strlen(load->expected)) != NULL);

	if (!good && result->first_failure[0] == '\0')
		snprintf(result->first_failure, sizeof(result->first_failure), "%.190s",
		    c->in.data != NULL ? (char *)c->in.data : "nothing");
	return good;
}

static int
compare_float(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return x < y ? -1 : x > y;
}

/* Start a request that was due then; the answer before it is done with. */
static void
begin_request(struct connection *c, struct span request, int64_t due)
{
	c->request = request;
	c->sent = 0;
	c->in.len = 0;
	c->expected = 0;
	c->started = due;
	c->is_busy = 1;
}

struct run {
	const struct load *load;
	struct load_result *result;
	struct connection *connections;
	float *times; /* ms, one an answer, in a ring */
	size_t times_size;
	uint64_t begun;
	int64_t started;
	int epoll;
};

static void
begin_next(struct run *run, struct connection *c, int64_t due)
{
	const struct load *load = run->load;

	begin_request(c,
	    load->request_count > 0 ? load->requests[run->begun % load->request_count]
				    : load->request,
	    due);
	run->begun++;
}

static int
watch(struct run *run, struct connection *c)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = c };

	return epoll_ctl(run->epoll, EPOLL_CTL_ADD, c->fd, &ev);
}

/* Serve one connection's event: note an answer and, unless it is paced, go on with the next. */
static int
serve_event(struct run *run, struct connection *c)
{
	struct span request;
	int64_t due;
	int rc = 0;

	while (c->is_busy && (rc = connection_step(c)) == 1) {
		run->times[run->result->answers % run->times_size] =
		    (float)(clock_monotonic_us() - c->started) / 1000.0f;
		run->result->answers++;
		c->answers++;
		c->is_busy = 0;
		if (!answer_is_good(c, run->load, run->result))
			run->result->failures++;
		if (run->load->rate <= 0)
			begin_next(run, c, clock_monotonic_us());
	}
	if (rc >= 0)
		return 0;
	run->result->failures++;
	request = c->request;
	due = c->started;
	connection_close(c);
	if (connection_open(c, run->load) != 0)
		return -1;
	begin_request(c, request, due);
	return watch(run, c) == 0 ? serve_event(run, c) : -1;
}

/* When the next request of a paced run is due. */
static int64_t
next_due(const struct run *run)
{
	return run->started + (int64_t)((double)run->begun * 1e6 / run->load->rate);
}

/* Start what is due on connections that are free; what finds none waits, and its time runs. */
static int
begin_due(struct run *run)
{
	int i;

	for (i = 0; i < run->load->connections && next_due(run) <= clock_monotonic_us(); i++) {
		struct connection *c = &run->connections[i];

		if (c->is_busy)
			continue;
		begin_next(run, c, next_due(run));
		if (serve_event(run, c) != 0)
			return -1;
	}
	return 0;
}

/* Until something comes, or the next request is due. */
static int
wait_for_events(const struct run *run, struct epoll_event *events, int max)
{
	struct timespec wait = { .tv_sec = 1 };

	if (run->load->rate > 0) {
		int64_t us = next_due(run) - clock_monotonic_us();

		us = us < 0 ? 0 : us > 999999 ? 999999 : us;
		wait = (struct timespec){ .tv_nsec = us * 1000 };
	}
	return epoll_pwait2(run->epoll, events, max, &wait, NULL);
}

static void
summarise(struct run *run)
{
	struct load_result *r = run->result;
	size_t n = r->answers < run->times_size ? r->answers : run->times_size;
	int i;

	r->seconds = (double)(clock_monotonic_us() - run->started) / 1e6;
	r->rate = (double)r->answers / r->seconds;
	r->least = UINT64_MAX;
	for (i = 0; i < run->load->connections; i++)
		if (run->connections[i].answers < r->least)
			r->least = run->connections[i].answers;
	if (n == 0)
		return;
	qsort(run->times, n, sizeof(*run->times), compare_float);
	r->p50_ms = run->times[n / 2];
	r->p99_ms = run->times[n * 99 / 100];
	r->max_ms = run->times[n - 1];
}

int
load_run(const struct load *load, struct load_result *result)
{
	struct run run = { .load = load, .result = result, .times_size = 1 << 20 };
	struct epoll_event events[64];
	int64_t end;
	int i, n, rc = -1;

	memset(result, 0, sizeof(*result));
	run.connections = calloc((size_t)load->connections, sizeof(*run.connections));
	run.times = calloc(run.times_size, sizeof(*run.times));
	run.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (run.connections == NULL || run.times == NULL || run.epoll < 0)
		goto done;
	for (i = 0; i < load->connections; i++)
		if (connection_open(&run.connections[i], load) != 0 ||
		    watch(&run, &run.connections[i]) != 0)
			goto done;
	run.started = clock_monotonic_us();
	end = run.started + (int64_t)(load->seconds * 1e6);
	for (i = 0; i < load->connections && load->rate <= 0; i++) {
		begin_next(&run, &run.connections[i], clock_monotonic_us());
		if (serve_event(&run, &run.connections[i]) != 0)
			goto done;
	}
	while (clock_monotonic_us() < end) {
		if (load->rate > 0 && begin_due(&run) != 0)
			goto done;
		n = wait_for_events(&run, events, 64);
		for (i = 0; i < n; i++)
			if (serve_event(&run, events[i].data.ptr) != 0)
				goto done;
	}
	summarise(&run);
	rc = 0;
done:
	for (i = 0; run.connections != NULL && i < load->connections; i++)
		connection_close(&run.connections[i]);
	free(run.connections);
	free(run.times);
	if (run.epoll >= 0)
		close(run.epoll);
	return rc;
}

int
load_run_well(const struct load *load, struct load_result *result)
{
	if (load_run(load, result) != 0)
		return -1;
	if (result->failures > 0)
		fprintf(stderr, "%llu of %llu requests failed, the first: %s\n",
		    (unsigned long long)result->failures, (unsigned long long)result->answers,
		    result->first_failure);
	return result->failures > 0 ? -1 : 0;
}

struct load_idle {
	struct load load;
	struct connection *connections;
	int count;
};

/* Send and wait for the answer on one connection, blocking in poll by epoll's one-shot twin. */
static int
ask_and_wait(struct connection *c, const struct load *load)
{
	int flags = fcntl(c->fd, F_GETFL), rc;

	fcntl(c->fd, F_SETFL, flags & ~O_NONBLOCK);
	begin_request(c, load->request, clock_monotonic_us());
	while ((rc = connection_step(c)) == 0)
		;
	fcntl(c->fd, F_SETFL, flags | O_NONBLOCK);
	if (rc == 1)
		rc = memcmp(c->in.data, "HTTP/1.1 200", 12) == 0;
	buf_release(&c->in);
	return rc == 1;
}

struct load_idle *
load_idle_open(const struct load *load, int n)
{
	struct load_idle *idle = calloc(1, sizeof(*idle));

	if (idle == NULL)
		return NULL;
	idle->load = *load;
	idle->connections = calloc((size_t)n, sizeof(*idle->connections));
	while (idle->connections != NULL && idle->count < n) {
		if (connection_open(&idle->connections[idle->count], load) != 0)
			break;
		if (!ask_and_wait(&idle->connections[idle->count++], load))
			break;
	}
	if (idle->count < n) {
		load_idle_close(idle);
		return NULL;
	}
	return idle;
}

int
load_idle_ask(struct load_idle *idle)
{
	int i, answered = 0;

	for (i = 0; i < idle->count; i++)
		answered += ask_and_wait(&idle->connections[i], &idle->load);
	return answered;
}

void
load_idle_close(struct load_idle *idle)
{
	int i;

	for (i = 0; i < idle->count; i++)
		connection_close(&idle->connections[i]);
	free(idle->connections);
	free(idle);
}

int
load_soap_request(struct buf *out, const char *action, struct span body)
{
	if (buf_printf(out, NULL,
		"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/xml; charset=utf-8\r\n"
		"SOAPAction: \"%s\"\r\nContent-Length: %zu\r\n\r\n",
		action, body.len) != 0)
		return -1;
	return buf_append_span(out, body, NULL);
}
