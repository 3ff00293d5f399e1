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

/*
 * Open a file that is appended to; "-" is standard error, "" no log at all: *fd is -1 then. For the
 * process that may; the one that writes is handed the descriptor.
 */
int access_file_open(const char *path, int *fd, struct error *err);
/* `fd` is taken over, also on -1; when it is -1 there is no log, and *log is NULL. */
int access_log_new(struct access_log **log, int fd, struct error *err);
/* Go on in another file: after the old one was moved away. `fd` is taken over. */
void access_log_use(struct access_log *log, int fd);
void access_log_close(struct access_log *log); /* NULL is fine, here and below */
void access_log_line(
    struct access_log *log, const struct exchange *x, uint64_t bytes, int64_t microseconds);
void access_log_flush(struct access_log *log);

#endif
