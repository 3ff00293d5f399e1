/*
 * server/http/head.h: the head of an HTTP/1.1 request (RFC 9112), read strictly. Whatever two
 * readers could understand in two ways is refused, so that no request hides in another: a line end
 * that is not CRLF, NUL, a folded line, a space before the colon, two Content-Length or both
 * Content-Length and Transfer-Encoding, any transfer coding but "chunked", HTTP/1.1 without Host.
 */
#ifndef SIGNET_HTTP_HEAD_H
#define SIGNET_HTTP_HEAD_H

#include "server/ops/exchange.h"

#define HTTP_HEAD_MAX	16384 /* the whole head, its empty line included */
#define HTTP_LINE_MAX	8192  /* one line of it */
#define HTTP_METHOD_MAX 16

/*
 * Where the head that starts at `data` ends: its length with the empty line, 0 while more is
 * needed, or -1 when it can be told already that this is none; then *status (400, 431) and err say
 * why. *scanned, 0 at first, remembers between calls how far the search came.
 */
ssize_t http_head_end(
    const char *data, size_t len, size_t *scanned, int *status, struct error *err);

/*
 * Take apart a whole head of `len` bytes, as http_head_end() gave it. The text is written into
 * (lines become strings) and *head points into it. On -1 *status is the HTTP status to answer (400,
 * 414, 415, 417, 431, 501, 505) and the connection must be closed.
 */
int http_head_parse(struct http_head *head, char *text, size_t len, int *status, struct error *err);

#endif
