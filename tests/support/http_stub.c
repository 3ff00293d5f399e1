#include "tests/support/http_stub.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

static size_t
content_length(const char *head)
{
	const char *at = strcasestr(head, "\r\nContent-Length:");

	return at != NULL ? strtoul(at + 17, NULL, 10) : 0;
}

/* Read head and body; the body begins at *body. 0, or -1 when the client went away. */
static int
read_request(int fd, struct buf *in, size_t *body)
{
	char bytes[4096];
	const char *end;
	ssize_t n;

	while ((n = read(fd, bytes, sizeof(bytes))) > 0) {
		if (buf_append(in, bytes, (size_t)n, NULL) != 0 || buf_terminate(in, NULL) != 0)
			return -1;
		end = strstr((char *)in->data, "\r\n\r\n");
		if (end == NULL)
			continue;
		*body = (size_t)(end + 4 - (char *)in->data);
		if (in->len - *body >= content_length((char *)in->data))
			return 0;
	}
	return -1;
}

/* Wait until the client or the test has had enough. */
static void
wait_for_close(const struct http_stub *stub, int fd)
{
	struct pollfd p[] = { { .fd = fd, .events = POLLIN },
		{ .fd = stub->stop[0], .events = POLLIN } };

	poll(p, 2, -1);
}

static void
serve_connection(struct http_stub *stub, int fd)
{
	struct buf in = BUF_INIT(0), answer = BUF_INIT(0);
	size_t body = 0;

	if (read_request(fd, &in, &body) == 0) {
		in.data[body - 1] = '\0'; /* the head's last line end */
		__atomic_add_fetch(&stub->requests, 1, __ATOMIC_SEQ_CST);
		stub->serve(stub->arg, (char *)in.data,
		    (struct span){ in.data + body, in.len - body }, &answer);
		if (answer.len == 0 ||
		    send(fd, answer.data, answer.len, MSG_NOSIGNAL) != (ssize_t)answer.len)
			wait_for_close(stub, fd);
	}
	buf_release(&answer);
	buf_release(&in);
	close(fd);
}

static void *
run(void *arg)
{
	struct http_stub *stub = arg;
	struct pollfd p[] = { { .fd = stub->listener, .events = POLLIN },
		{ .fd = stub->stop[0], .events = POLLIN } };

	while (poll(p, 2, -1) > 0 && p[1].revents == 0) {
		int fd = accept4(stub->listener, NULL, NULL, SOCK_CLOEXEC);

		if (fd >= 0)
			serve_connection(stub, fd);
	}
	return NULL;
}

int
http_stub_start(struct http_stub *stub, http_stub_serve *serve, void *arg)
{
	return http_stub_start_at(stub, "127.0.0.1", serve, arg);
}

int
http_stub_start_at(struct http_stub *stub, const char *address, http_stub_serve *serve, void *arg)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = inet_addr(address) };
	socklen_t len = sizeof(at);

	memset(stub, 0, sizeof(*stub));
	stub->serve = serve;
	stub->arg = arg;
	stub->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(stub->listener, (struct sockaddr *)&at, len) != 0 ||
	    getsockname(stub->listener, (struct sockaddr *)&at, &len) != 0 ||
	    pipe2(stub->stop, O_CLOEXEC) != 0)
		return -1;
	snprintf(stub->url, sizeof(stub->url), "http://%s:%d/", address, ntohs(at.sin_port));
	if (serve == NULL)
		return 0;
	return listen(stub->listener, 8) == 0 && pthread_create(&stub->thread, NULL, run, stub) == 0
		   ? 0
		   : -1;
}

unsigned int
http_stub_requests(const struct http_stub *stub)
{
	return __atomic_load_n(&stub->requests, __ATOMIC_SEQ_CST);
}

void
http_stub_end(struct http_stub *stub)
{
	close(stub->stop[1]);
	if (stub->serve != NULL)
		pthread_join(stub->thread, NULL);
	close(stub->stop[0]);
	close(stub->listener);
}

void
http_stub_answer(struct buf *answer, const char *status, const char *type, struct span body)
{
	buf_printf(answer, NULL,
	    "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n",
	    status, type, body.len);
	buf_append_span(answer, body, NULL);
}
