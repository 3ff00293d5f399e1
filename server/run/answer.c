/* The bytes of an answer: turn_make_answer() and turn_write() of turn.h. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "server/http/status.h"
#include "server/run/turn.h"

/* A body up to this size goes out in one write with its head. */
#define ONE_WRITE 16000
/* A long answer to a fast client gives way to others now and then. */
#define WRITE_AT_ONCE (1 << 20)

/* The Date field, made anew once a second by each thread. */
static const char *
date_text(int64_t seconds)
{
	static __thread char text[40];
	static __thread int64_t of = -1;
	time_t at = (time_t)seconds;
	struct tm tm;

	if (seconds != of && gmtime_r(&at, &tm) != NULL) {
		strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &tm);
		of = seconds;
	}
	return text;
}

int
turn_make_answer(struct turn *turn, int keep_alive, int64_t now_seconds, struct error *err)
{
	struct exchange *x = &turn->x;
	int has_body = x->status != 204, has_type = has_body && x->content_type[0] != '\0';
	char first[32], length[48] = "";
	const char *const head[] = { first, http_phrase(x->status),
		"\r\nDate: ", date_text(now_seconds), "\r\nX-Request-Id: ", x->request_id, "\r\n",
		length, has_type ? "Content-Type: " : "", has_type ? x->content_type : "",
		has_type ? "\r\n" : "", x->extra,
		!keep_alive		? "Connection: close\r\n"
		: turn->head.minor == 0 ? "Connection: keep-alive\r\n"
					: "",
		"\r\n" };
	size_t i;

	snprintf(first, sizeof(first), "HTTP/1.1 %d ", x->status);
	if (has_body)
		snprintf(length, sizeof(length), "Content-Length: %zu\r\n", x->body.len);
	turn->out.len = turn->out_at = 0;
	for (i = 0; i < sizeof(head) / sizeof(head[0]); i++)
		if (buf_append_str(&turn->out, head[i], err) != 0)
			return -1;
	if (turn->head_only || !has_body)
		x->body.len = 0;
	if (x->body.len <= ONE_WRITE) {
		if (buf_append_span(&turn->out, SPAN_OF(&x->body), err) != 0)
			return -1;
		x->body.len = 0;
	}
	return 0;
}

int
turn_write(struct turn *turn)
{
	struct span head = SPAN_OF(&turn->out), body = SPAN_OF(&turn->x.body), part;
	size_t written = 0;
	ssize_t n;

	while (turn->out_at < head.len + body.len) {
		if (written >= WRITE_AT_ONCE) {
			turn->conn->wants = 0; /* its turn comes again at once */
			return IO_AGAIN;
		}
		part = turn->out_at < head.len
			   ? (struct span){ head.data + turn->out_at, head.len - turn->out_at }
			   : (struct span){ body.data + (turn->out_at - head.len),
				     head.len + body.len - turn->out_at };
		n = conn_write(turn->conn, part.data, part.len);
		if (n < 0)
			return (int)n;
		turn->out_at += (size_t)n;
		turn->bytes_out += (uint64_t)n;
		written += (size_t)n;
	}
	return 0;
}
