/*
 * server/run/access.h: the access log, one line a request:
 *
 *   time request-id peer user method path operation outcome status bytes-out microseconds
 *
 * Words are separated by one space; an empty one is "-", a space or odd byte in one is "\xNN".
 * Lines are gathered and written a few times a second: what must not be lost is in the audit log.
 */
#ifndef SIGNET_RUN_ACCESS_H
#define SIGNET_RUN_ACCESS_H

#include "server/ops/exchange.h"

struct access_log;

/* `path`: a file that is appended to, "-" for standard error, "" for no log at all. */
int access_log_open(struct access_log **log, const char *path, struct error *err);
/* Open the file again under its name: after it was moved away. Failing leaves the old one in use.
 */
int access_log_reopen(struct access_log *log, struct error *err);
void access_log_close(struct access_log *log); /* NULL is fine, here and below */
void access_log_line(
    struct access_log *log, const struct exchange *x, uint64_t bytes, int64_t microseconds);
void access_log_flush(struct access_log *log);

#endif
