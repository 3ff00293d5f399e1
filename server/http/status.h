/* server/http/status.h: HTTP status codes, their phrases, and which of them a failure is. */
#ifndef SIGNET_HTTP_STATUS_H
#define SIGNET_HTTP_STATUS_H

#include "server/ops/exchange.h"

const char *http_phrase(int status); /* "Not Found"; "" for a code that we never send */
int http_status_of(enum error_kind kind);

/*
 * Make the answer a line of plain text: what stood in the body is dropped, an outcome that stands
 * is kept. With failure->retry_after a Retry-After field is set.
 */
void http_answer_failure(struct exchange *x, int status, const struct error *failure);
/* The answer is this text; `type` is its Content-Type. ERROR_UNAVAILABLE becomes a plain 503. */
void http_answer_text(struct exchange *x, int status, const char *type, struct span text);

#endif
