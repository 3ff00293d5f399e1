#include "server/base/buf.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct span
span_str(const char *s)
{
	return s == NULL ? SPAN_NONE : (struct span){ (const unsigned char *)s, strlen(s) };
}

int
span_equal(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

void
buf_init(struct buf *b, size_t max)
{
	*b = (struct buf)BUF_INIT(max);
}

void
buf_release(struct buf *b)
{
	free(b->data);
	b->data = NULL;
	b->len = b->cap = 0;
}

void
buf_wipe(struct buf *b)
{
	if (b->data != NULL)
		explicit_bzero(b->data, b->cap);
	buf_release(b);
}

unsigned char *
buf_reserve(struct buf *b, size_t n, struct error *err)
{
	size_t max = b->max != 0 ? b->max : BUF_MAX_DEFAULT;
	size_t cap;
	unsigned char *data;

	if (n > max || b->len > max - n) {
		error_limit(err, ERROR_TOO_LARGE, "buffer", max, b->len + n, "too many bytes");
		return NULL;
	}
	if (b->len + n > b->cap || b->data == NULL) {
		cap = b->cap > 0 ? b->cap + b->cap / 2 + 64 : 256;
		if (cap < b->len + n) /* no more: pages that are wiped are used */
			cap = b->len + n;
		data = realloc(b->data, cap);
		if (data == NULL) {
			error_memory(err);
			return NULL;
		}
		b->data = data;
		b->cap = cap;
	}
	return b->data + b->len;
}

int
buf_append(struct buf *b, const void *data, size_t len, struct error *err)
{
	unsigned char *at;

	if (len == 0)
		return 0;
	at = buf_reserve(b, len, err);
	if (at == NULL)
		return -1;
	memcpy(at, data, len);
	b->len += len;
	return 0;
}

int
buf_append_str(struct buf *b, const char *s, struct error *err)
{
	return buf_append(b, s, strlen(s), err);
}

int
buf_append_span(struct buf *b, struct span s, struct error *err)
{
	return buf_append(b, s.data, s.len, err);
}

int
buf_move(struct buf *to, struct buf *from, struct error *err)
{
	const size_t max = to->max != 0 ? to->max : BUF_MAX_DEFAULT;
	struct buf taken = *from;

	if (to->len > 0 || from->len > max) {
		if (buf_append_span(to, SPAN_OF(from), err) != 0)
			return -1;
		buf_wipe(from);
		return 0;
	}
	buf_release(to);
	taken.max = to->max;
	*to = taken;
	from->data = NULL;
	from->len = from->cap = 0;
	return 0;
}

int
buf_printf(struct buf *b, struct error *err, const char *fmt, ...)
{
	va_list ap;
	unsigned char *at;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return error_set(err, ERROR_INTERNAL, "a text could not be written");
	at = buf_reserve(b, (size_t)n + 1, err);
	if (at == NULL)
		return -1;
	va_start(ap, fmt);
	vsnprintf((char *)at, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
	return 0;
}

int
buf_splice(struct buf *b, size_t at, size_t n, struct span with, struct error *err)
{
	if (at > b->len || n > b->len - at)
		return error_set(err, ERROR_INTERNAL, "a splice lies outside its buffer");
	if (with.len > n && buf_reserve(b, with.len - n, err) == NULL)
		return -1;
	memmove(b->data + at + with.len, b->data + at + n, b->len - at - n);
	if (with.len > 0)
		memcpy(b->data + at, with.data, with.len);
	b->len = b->len - n + with.len;
	return 0;
}

int
buf_terminate(struct buf *b, struct error *err)
{
	unsigned char *at = buf_reserve(b, 1, err);

	if (at == NULL)
		return -1;
	*at = '\0';
	return 0;
}

int
buf_read_fd(struct buf *b, int fd, const char *name, struct error *err)
{
	unsigned char *at;
	size_t before = b->len;
	ssize_t n;

	do {
		at = buf_reserve(b, 16384, err);
		if (at == NULL)
			goto fail;
		n = read(fd, at, 16384);
		if (n < 0) {
			error_errno(err, "could not read %s", name);
			goto fail;
		}
		b->len += (size_t)n;
	} while (n > 0);
	return 0;
fail:
	b->len = before;
	return -1;
}

int
buf_read_file(struct buf *b, const char *path, struct error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc;

	if (fd < 0)
		return error_errno(err, "could not open %s", path);
	rc = buf_read_fd(b, fd, path, err);
	close(fd);
	return rc;
}
