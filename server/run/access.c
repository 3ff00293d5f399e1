#include "server/run/access.h"

#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "server/base/clock.h"

#define LINE_MAX_BYTES 4096
#define GATHERED_MAX   65536

struct access_log {
	pthread_mutex_t lock;
	int fd;
	size_t len;
	char gathered[GATHERED_MAX];
};

int
access_file_open(const char *path, int *fd, struct error *err)
{
	*fd = -1;
	if (path[0] == '\0')
		return 0;
	if (strcmp(path, "-") == 0)
		*fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
	else
		*fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (*fd < 0)
		return error_errno(err, "could not open the access log %s", path);
	return 0;
}

int
access_log_new(struct access_log **out, int fd, struct error *err)
{
	struct access_log *log = NULL;

	*out = NULL;
	if (fd < 0)
		return 0;
	log = calloc(1, sizeof(*log));
	if (log == NULL) {
		close(fd);
		return error_memory(err);
	}
	log->fd = fd;
	pthread_mutex_init(&log->lock, NULL);
	*out = log;
	return 0;
}

/* The caller holds the lock. A full disk loses lines, not service. */
static void
write_out(struct access_log *log)
{
	size_t at = 0;
	ssize_t n;

	while (at < log->len) {
		n = write(log->fd, log->gathered + at, log->len - at);
		if (n <= 0)
			break;
		at += (size_t)n;
	}
	log->len = 0;
}

void
access_log_flush(struct access_log *log)
{
	if (log == NULL)
		return;
	pthread_mutex_lock(&log->lock);
	write_out(log);
	pthread_mutex_unlock(&log->lock);
}

void
access_log_use(struct access_log *log, int fd)
{
	if (fd < 0)
		return;
	if (log == NULL) {
		close(fd);
		return;
	}
	pthread_mutex_lock(&log->lock);
	write_out(log);
	close(log->fd);
	log->fd = fd;
	pthread_mutex_unlock(&log->lock);
}

void
access_log_close(struct access_log *log)
{
	if (log == NULL)
		return;
	access_log_flush(log);
	close(log->fd);
	pthread_mutex_destroy(&log->lock);
	free(log);
}

/* Append one word and a space to a line; returns where to go on. */
static char *
add_word(char *at, const char *end, const char *word)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char c;

	if (word == NULL || word[0] == '\0')
		word = "-";
	for (; *word != '\0' && end - at > 6; word++) {
		c = (unsigned char)*word;
		if (c > 0x20 && c < 0x7f && c != '\\') {
			*at++ = (char)c;
			continue;
		}
		*at++ = '\\';
		*at++ = 'x';
		*at++ = digits[c >> 4];
		*at++ = digits[c & 15];
	}
	*at++ = ' ';
	return at;
}

static char *
add_time(char *at)
{
	static __thread char text[32]; /* made anew once a second by each thread */
	static __thread size_t len;
	static __thread time_t of = -1;
	int64_t now = clock_now_us();
	time_t seconds = (time_t)(now / 1000000);
	struct tm tm;

	if (seconds != of && gmtime_r(&seconds, &tm) != NULL) {
		len = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
		of = seconds;
	}
	memcpy(at, text, len);
	at += len;
	return at + sprintf(at, ".%06dZ ", (int)(now % 1000000));
}

void
access_log_line(
    struct access_log *log, const struct exchange *x, uint64_t bytes, int64_t microseconds)
{
	char line[LINE_MAX_BYTES], *at = line, *end = line + sizeof(line) - 64;
	const char *words[] = { x->request_id, x->peer, x->user, x->head->method, x->head->path,
		x->operation, x->outcome };
	size_t i, n;

	if (log == NULL)
		return;
	at = add_time(at);
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		at = add_word(at, end, words[i]);
	at += sprintf(at, "%d %" PRIu64 " %" PRId64 "\n", x->status, bytes, microseconds);
	n = (size_t)(at - line);
	pthread_mutex_lock(&log->lock);
	if (log->len + n > GATHERED_MAX)
		write_out(log);
	memcpy(log->gathered + log->len, line, n);
	log->len += n;
	pthread_mutex_unlock(&log->lock);
}
