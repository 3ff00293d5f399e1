#include "tests/support/tls_client.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

int
tls_client_listen(int *port)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0 || listen(fd, 4096) != 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &len) != 0) {
		perror("a test's listening socket");
		exit(2);
	}
	*port = ntohs(at.sin_port);
	return fd;
}

int
tls_client_connect(struct tls_client *c, int port)
{
	struct timeval patience = { .tv_sec = 10 };
	struct sockaddr_in at = { .sin_family = AF_INET };

	memset(c, 0, sizeof(*c));
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	at.sin_port = htons((uint16_t)port);
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		return -1;
	setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	return connect(c->fd, (struct sockaddr *)&at, sizeof(at));
}

int
tls_client_open(struct tls_client *c, int port, SSL_CTX *ctx)
{
	if (tls_client_connect(c, port) != 0)
		return -1;
	if (ctx == NULL)
		return 0;
	c->ssl = SSL_new(ctx);
	SSL_set_fd(c->ssl, c->fd);
	return SSL_connect(c->ssl) == 1 ? 0 : -1;
}

void
tls_client_close(struct tls_client *c)
{
	SSL_free(c->ssl);
	if (c->fd >= 0)
		close(c->fd);
	buf_release(&c->in);
	buf_release(&c->head);
	buf_release(&c->body);
	c->ssl = NULL;
	c->fd = -1;
}

int
tls_client_send(struct tls_client *c, const void *data, size_t len)
{
	const char *at = data;
	ssize_t n;

	while (len > 0) {
		n = c->ssl != NULL ? SSL_write(c->ssl, at, (int)(len < 65536 ? len : 65536))
				   : send(c->fd, at, len, MSG_NOSIGNAL);
		if (n <= 0)
			return -1;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

int
tls_client_say(struct tls_client *c, const char *text)
{
	return tls_client_send(c, text, strlen(text));
}

/* More bytes into c->in: 1, 0 at the end, -1 when none came in time. */
static int
receive(struct tls_client *c)
{
	unsigned char *at = buf_reserve(&c->in, 16384, NULL);
	int n, why;

	if (c->ssl == NULL) {
		n = (int)recv(c->fd, at, 16384, 0);
		c->in.len += n > 0 ? (size_t)n : 0;
		return n > 0 ? 1 : n == 0 ? 0 : -1;
	}
	n = SSL_read(c->ssl, at, 16384);
	if (n > 0) {
		c->in.len += (size_t)n;
		return 1;
	}
	why = SSL_get_error(c->ssl, n);
	return why == SSL_ERROR_WANT_READ ? -1 : 0; /* a reset is an end as well */
}

static size_t
body_length(const char *head)
{
	const char *field = strcasestr(head, "\r\nContent-Length:");

	return field != NULL ? strtoul(field + 17, NULL, 10) : 0;
}

static void
take(struct buf *to, struct buf *from, size_t n)
{
	to->len = 0;
	buf_append(to, from->data, n, NULL);
	buf_terminate(to, NULL);
	buf_splice(from, 0, n, SPAN_NONE, NULL);
}

static int
read_answer(struct tls_client *c, int has_body)
{
	unsigned char *end;
	size_t length;
	int rc;

	while (
	    (end = c->in.len == 0 ? NULL : memmem(c->in.data, c->in.len, "\r\n\r\n", 4)) == NULL) {
		rc = receive(c);
		if (rc <= 0)
			return rc == 0 && c->in.len == 0 ? 1 : -1;
	}
	take(&c->head, &c->in, (size_t)(end - c->in.data) + 4);
	if (sscanf((char *)c->head.data, "HTTP/1.1 %d", &c->status) != 1)
		return -1;
	length = has_body ? body_length((char *)c->head.data) : 0;
	while (c->in.len < length)
		if (receive(c) <= 0)
			return -1;
	take(&c->body, &c->in, length);
	return 0;
}

int
tls_client_answer(struct tls_client *c)
{
	return read_answer(c, 1);
}

int
tls_client_answer_to_head(struct tls_client *c)
{
	return read_answer(c, 0);
}

int
tls_client_is_closed(struct tls_client *c)
{
	return c->in.len == 0 && receive(c) == 0;
}

int
tls_client_ask(struct tls_client *c, const char *text)
{
	if (tls_client_say(c, text) != 0 || tls_client_answer(c) != 0)
		return -1;
	return c->status;
}

int
tls_client_head_has(struct tls_client *c, const char *text)
{
	return c->head.data != NULL && strstr((char *)c->head.data, text) != NULL;
}
