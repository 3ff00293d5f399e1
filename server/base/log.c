#include "server/base/log.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "server/base/text.h"

#define LOG_LINE_MAX 2048

static const char *const level_names[] = { "error", "warning", "info", "debug" };
/* A reload sets them while threads write. */
static const char *_Atomic process_name = "signet";
static _Atomic enum log_level least = LOG_LEVEL_INFO;
static __thread char thread_request[64];

void
log_setup(const char *process, enum log_level level)
{
	process_name = process;
	least = level;
}

int
log_level_parse(const char *word, enum log_level *level)
{
	size_t i;

	for (i = 0; i < sizeof(level_names) / sizeof(level_names[0]); i++)
		if (strcmp(word, level_names[i]) == 0) {
			*level = (enum log_level)i;
			return 0;
		}
	return -1;
}

void
log_request(const char *request_id)
{
	text_copy(thread_request, sizeof(thread_request), request_id);
}

const char *
log_request_id(void)
{
	return thread_request;
}

void
log_write(enum log_level level, const char *fmt, ...)
{
	char line[LOG_LINE_MAX], *p;
	struct timespec now;
	struct tm tm;
	va_list ap;
	size_t len;
	int n;

	if (level > least)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	len = strftime(line, sizeof(line), "%Y-%m-%dT%H:%M:%S", &tm);
	len += (size_t)snprintf(line + len, sizeof(line) - len, ".%03ldZ %s %s[%d] %s%s",
	    now.tv_nsec / 1000000, level_names[level], process_name, (int)getpid(), thread_request,
	    thread_request[0] != '\0' ? " " : "");
	va_start(ap, fmt);
	n = vsnprintf(line + len, sizeof(line) - len - 1, fmt, ap);
	va_end(ap);
	if (n > 0)
		len += (size_t)n < sizeof(line) - len - 1 ? (size_t)n : sizeof(line) - len - 2;
	for (p = line; p < line + len; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = ' ';
	line[len++] = '\n';
	if (write(STDERR_FILENO, line, len) < 0)
		return; /* nowhere left to say it */
}

void
log_failure(enum log_level level, const char *what, const struct error *err)
{
	log_write(level, "%s: %s%s%s%s", what, err->text, err->cause[0] != '\0' ? " [" : "",
	    err->cause, err->cause[0] != '\0' ? "]" : "");
}
