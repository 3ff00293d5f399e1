/*
 * server/base/log.h: one line an event on standard error, for journald or a file.
 *
 *   2026-03-01T12:00:00.123Z warning api[41] 7f3c... message
 *
 * The request id is the thread's (log_request), so that whoever logs below a request needs not
 * know it. Lines are written by one write(2) and never hold a line break of the data's.
 */
#ifndef SIGNET_BASE_LOG_H
#define SIGNET_BASE_LOG_H

#include "server/base/error.h"

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
};

/* The name of this process in the lines ("parent", "keys", "api") and the least important level. */
void log_setup(const char *process, enum log_level level);
/* -1 when `word` names no level. */
int log_level_parse(const char *word, enum log_level *level);
/* The id of the request this thread works on, or NULL for none; copied. */
void log_request(const char *request_id);
const char *log_request_id(void); /* "" for none */

void log_write(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
#define log_error(...)	 log_write(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_write(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...)	 log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)	 log_write(LOG_LEVEL_DEBUG, __VA_ARGS__)
/* What failed and why, with the cause that the caller is not told. */
void log_failure(enum log_level level, const char *what, const struct error *err);

#endif
