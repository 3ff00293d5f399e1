/* server/base/buf.h: bytes that grow up to a limit, and a view of bytes owned by another. */
#ifndef SIGNET_BASE_BUF_H
#define SIGNET_BASE_BUF_H

#include <stddef.h>
#include <stdint.h>

#include "server/base/error.h"

/* A view: never owns, never frees; valid as long as what it looks at. */
struct span {
	const unsigned char *data;
	size_t len;
};

#define SPAN_NONE  ((struct span){ NULL, 0 })
#define SPAN_OF(b) ((struct span){ (b)->data, (b)->len })

struct span span_str(const char *s);	      /* without the NUL; NULL gives SPAN_NONE */
int span_equal(struct span a, struct span b); /* 1 = same bytes */

struct buf {
	unsigned char *data; /* NULL while empty */
	size_t len;
	size_t cap;
	size_t max; /* the most it may hold; 0 = BUF_MAX_DEFAULT */
};

#define BUF_MAX_DEFAULT ((size_t)256 << 20)
#define BUF_INIT(limit)                                                                            \
	{                                                                                          \
		NULL, 0, 0, (limit)                                                                \
	}

void buf_init(struct buf *b, size_t max);
/* Free what it holds; it can be used again with the same limit. */
void buf_release(struct buf *b);
/*
 * Append; on -1 the buffer is as it was and err->kind is ERROR_TOO_LARGE (over its limit) or
 * ERROR_UNAVAILABLE (no memory).
 */
int buf_append(struct buf *b, const void *data, size_t len, struct error *err);
int buf_append_str(struct buf *b, const char *s, struct error *err);
int buf_append_span(struct buf *b, struct span s, struct error *err);
int buf_printf(struct buf *b, struct error *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Room for n more bytes behind the end; the caller writes there and adds to len. NULL on error. */
unsigned char *buf_reserve(struct buf *b, size_t n, struct error *err);
/* Replace the n bytes at `at` by `with` (both inside the buffer's bounds). */
int buf_splice(struct buf *b, size_t at, size_t n, struct span with, struct error *err);
/* Make sure a NUL stands behind the end (not counted in len), for use as a C string. */
int buf_terminate(struct buf *b, struct error *err);
/*
 * Append all of `from`, which is empty after that: without a copy where `to` holds nothing, and
 * with nothing left behind in any case. On -1 both are as they were.
 */
int buf_move(struct buf *to, struct buf *from, struct error *err);
/* Overwrite, then release: for passwords. */
void buf_wipe(struct buf *b);
/* Whole file into the buffer, behind what it holds. */
int buf_read_file(struct buf *b, const char *path, struct error *err);
/* The same from an open file, from where it stands; `name` is for the words of an error. */
int buf_read_fd(struct buf *b, int fd, const char *name, struct error *err);

#endif
