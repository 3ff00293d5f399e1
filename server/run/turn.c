#include "server/run/turn.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "server/run/front_core.h"

#define IN_MAX	    (HTTP_HEAD_MAX + TURN_FAST_BODY + 32768)
#define READ_SIZE   4096
#define STALL_US    30000000 /* the longest silence in the midst of a large body */
#define LEAST_SPEED 65536    /* bytes a second that a large body must keep up with */

static const char continue_line[] = "HTTP/1.1 100 Continue\r\n\r\n";

struct turn *
turn_new(struct front *front, struct conn *conn)
{
	struct turn *turn = calloc(1, sizeof(*turn));

	if (turn == NULL)
		return NULL;
	turn->front = front;
	turn->conn = conn;
	buf_init(&turn->in, IN_MAX);
	buf_init(&turn->decoded, TURN_FAST_BODY + READ_SIZE + HTTP_HEAD_MAX + 65536);
	return turn;
}

/* The head may hold a name and password. */
static void
forget_head(struct turn *turn)
{
	if (turn->text != NULL)
		explicit_bzero(turn->text, turn->text_len);
	free(turn->text);
	turn->text = NULL;
}

void
turn_free(struct turn *turn)
{
	if (turn == NULL)
		return;
	/* Passwords went in, and what was decrypted may have gone out. */
	buf_wipe(&turn->in);
	buf_wipe(&turn->decoded);
	buf_wipe(&turn->out);
	buf_wipe(&turn->x.body);
	forget_head(turn);
	free(turn);
}

/* Move what is not done with to the front of the buffer. */
static void
compact(struct turn *turn)
{
	if (turn->in_at == 0)
		return;
	turn->in.len -= turn->in_at;
	memmove(turn->in.data, turn->in.data + turn->in_at, turn->in.len);
	turn->in_at = 0;
}

/* What of the last request's body was received and not asked for. */
static void
skip_body(struct turn *turn)
{
	size_t here = turn->in.len - turn->in_at;

	if (turn->has_head && !turn->head.chunked)
		turn->in_at += turn->body_left < here ? (size_t)turn->body_left : here;
}

static void
reset_answer(struct turn *turn)
{
	struct exchange *x = &turn->x;

	x->status = 500;
	x->content_type[0] = x->extra[0] = x->user[0] = '\0';
	x->body.len = 0;
	x->close = 0;
	x->pending = NULL;
	x->operation = x->outcome = "";
	turn->out.len = turn->out_at = 0;
	turn->bytes_out = 0;
	turn->head_only = 0;
}

void
turn_begin(struct turn *turn, int64_t now)
{
	struct conn *conn = turn->conn;
	const struct front_listener *listener = conn->listener;
	struct exchange *x = &turn->x;

	skip_body(turn);
	compact(turn);
	forget_head(turn);
	turn->decoded.len = turn->decoded_at = turn->scanned = 0;
	turn->chunk = (struct chunk_reader){ 0 };
	turn->body_left = turn->body_received = 0;
	turn->body_ended = turn->continue_due = turn->body_failed = turn->has_head = 0;
	turn->body_late = 0;
	turn->began = now;
	/* What an answer to a broken head needs as well. */
	turn->head = (struct http_head){ .method = "-", .path = "-", .content_length = -1 };
	reset_answer(turn);
	x->head = &turn->head;
	x->lane = LANE_FAST;
	x->reader = turn;
	x->read_body = turn_read_body;
	x->doors = listener->doors;
	x->secure = conn->ssl != NULL;
	x->peer_cert = conn->ssl != NULL ? SSL_get0_peer_certificate(conn->ssl) : NULL;
	peer_text(x->peer, &conn->peer);
	text_uuid(x->request_id);
}

int
turn_grows(const struct turn *turn)
{
	return turn->in.len > TURN_SMALL || turn->decoded.len > TURN_SMALL ||
	       turn->body_left > TURN_SMALL;
}

unsigned char *
turn_room(struct turn *turn, size_t *room, struct error *err)
{
	size_t want = READ_SIZE;
	unsigned char *at;

	/* The rest of a body whose length is known goes in with as few reads as can be. */
	if (turn->has_head && turn->body_left > want)
		want = turn->body_left < TURN_FAST_BODY ? (size_t)turn->body_left : TURN_FAST_BODY;
	compact(turn);
	if (turn->in.len + want > IN_MAX)
		want = IN_MAX - turn->in.len;
	if (want == 0) {
		error_set(err, ERROR_TOO_LARGE, "the request is larger than expected");
		return NULL;
	}
	at = buf_reserve(&turn->in, want, err);
	*room = at != NULL ? turn->in.cap - turn->in.len : 0;
	if (*room > IN_MAX - turn->in.len)
		*room = IN_MAX - turn->in.len;
	return at;
}

static struct span
unread(const struct turn *turn)
{
	return turn->in.len == turn->in_at
		   ? SPAN_NONE
		   : (struct span){ turn->in.data + turn->in_at, turn->in.len - turn->in_at };
}

/* ---- a request comes in ---- */

static int
take_head(struct turn *turn, size_t len, int *status, struct error *err)
{
	turn->text = malloc(len);
	if (turn->text == NULL) {
		*status = 503;
		return error_memory(err);
	}
	turn->text_len = len;
	memcpy(turn->text, turn->in.data + turn->in_at, len);
	explicit_bzero(turn->in.data + turn->in_at, len);
	turn->in_at += len;
	if (http_head_parse(&turn->head, turn->text, len, status, err) != 0) {
		/* what was understood may point into a half-read head */
		turn->head = (struct http_head){ .method = "-", .path = "-" };
		return -1;
	}
	turn->has_head = 1;
	turn->head_only = strcmp(turn->head.method, "HEAD") == 0;
	if (turn->head.content_length > 0)
		turn->body_left = (uint64_t)turn->head.content_length;
	turn->body_ended = turn->body_left == 0 && !turn->head.chunked;
	turn->continue_due = turn->head.expect_continue && !turn->body_ended;
	return 0;
}

static int
check_size(struct turn *turn, const struct limits *limits, int *status, struct error *err)
{
	if (turn->body_left <= limits->message_bytes)
		return 0;
	*status = 413;
	return error_limit(err, ERROR_TOO_LARGE, "limit-message", limits->message_bytes,
	    turn->body_left, "the message in bytes");
}

/* A client that waits for "100 Continue" before a small body gets it at once. */
static void
send_continue(struct turn *turn)
{
	turn->continue_due = 0;
	/* So few bytes fit into any send buffer; a client that misses them sends on by itself. */
	(void)conn_write(turn->conn, continue_line, sizeof(continue_line) - 1);
}

static enum turn_step
decode_chunks(struct turn *turn, int *status, struct error *err)
{
	struct span payload;
	size_t used;

	do {
		if (chunk_take(&turn->chunk, unread(turn), &used, &payload, err) != 0 ||
		    buf_append_span(&turn->decoded, payload, err) != 0) {
			*status = 400;
			return TURN_REFUSE;
		}
		turn->in_at += used;
	} while (used > 0 && !turn->chunk.ended);
	turn->body_ended = turn->chunk.ended;
	if (turn->body_ended)
		return TURN_READY;
	return turn->decoded.len > TURN_FAST_BODY ? TURN_BULK : TURN_MORE;
}

static enum turn_step
advance_body(struct turn *turn, int *status, struct error *err)
{
	if (turn->body_ended)
		return TURN_READY;
	if (turn->head.chunked) {
		if (turn->continue_due && unread(turn).len == 0)
			return TURN_BULK; /* who knows how much: authorise first */
		return decode_chunks(turn, status, err);
	}
	if (unread(turn).len >= turn->body_left)
		return TURN_READY;
	if (turn->body_left > TURN_FAST_BODY)
		return turn->continue_due || unread(turn).len >= TURN_BULK_START ? TURN_BULK
										 : TURN_MORE;
	if (turn->continue_due)
		send_continue(turn);
	return TURN_MORE;
}

enum turn_step
turn_advance(struct turn *turn, const struct limits *limits, int *status, struct error *err)
{
	struct span raw = unread(turn);
	ssize_t len;

	if (!turn->has_head) {
		if (raw.len == 0)
			return TURN_MORE;
		len = http_head_end((const char *)raw.data, raw.len, &turn->scanned, status, err);
		if (len == 0)
			return TURN_MORE;
		if (len < 0 || take_head(turn, (size_t)len, status, err) != 0 ||
		    check_size(turn, limits, status, err) != 0)
			return TURN_REFUSE;
	}
	return advance_body(turn, status, err);
}

/* ---- its body is read by whoever serves it ---- */

static ssize_t
fail_body(struct turn *turn)
{
	turn->body_failed = 1;
	return -1;
}

static int64_t
body_deadline(const struct turn *turn)
{
	const struct front *front = turn->front;
	int64_t now = front->config.now();
	int64_t total = turn->began +
			(int64_t)front_limits(turn->front)->request_seconds * 1000000 +
			(int64_t)(turn->body_received / LEAST_SPEED) * 1000000;

	return now + STALL_US < total ? now + STALL_US : total;
}

/* Wait for the connection in a thread that may. */
static ssize_t
read_waiting(struct turn *turn, void *at, size_t n, struct error *err)
{
	ssize_t got;

	while ((got = conn_read(turn->conn, at, n)) == IO_AGAIN)
		if (conn_wait(turn->conn, turn->conn->wants, body_deadline(turn),
			turn->front->config.now, &turn->front->stopping) != 0) {
			turn->body_late = !atomic_load(&turn->front->stopping);
			return error_set(err, ERROR_UNAVAILABLE,
			    turn->body_late ? "the request came too slowly"
					    : "the server is ending; try again in a moment");
		}
	if (got <= 0) {
		error_set(err, ERROR_UNAVAILABLE, "the request was cut short by the client");
		return -1;
	}
	metrics_add(turn->front->config.metrics, METRIC_BYTES_IN, got);
	return got;
}

static ssize_t
take_decoded(struct turn *turn, void *at, size_t n)
{
	size_t have = turn->decoded.len - turn->decoded_at;

	n = n < have ? n : have;
	memcpy(at, turn->decoded.data + turn->decoded_at, n);
	turn->decoded_at += n;
	return (ssize_t)n;
}

static ssize_t
take_plain(struct turn *turn, void *at, size_t n, struct error *err)
{
	struct span raw = unread(turn);
	ssize_t got;

	if (n > turn->body_left)
		n = (size_t)turn->body_left;
	if (raw.len > 0) {
		got = (ssize_t)(n < raw.len ? n : raw.len);
		memcpy(at, raw.data, (size_t)got);
		turn->in_at += (size_t)got;
	} else {
		got = read_waiting(turn, at, n, err);
		if (got < 0)
			return -1;
	}
	turn->body_left -= (uint64_t)got;
	turn->body_ended = turn->body_left == 0;
	return got;
}

/* 0 also means that only framing came; body_ended tells the end. */
static ssize_t
take_chunked(struct turn *turn, void *at, size_t n, struct error *err)
{
	struct span raw = unread(turn), payload;
	unsigned char *room;
	ssize_t got;
	size_t used;

	if (raw.len == 0) {
		room = turn_room(turn, &used, err);
		if (room == NULL)
			return -1;
		got = read_waiting(turn, room, used, err);
		if (got < 0)
			return -1;
		turn->in.len += (size_t)got;
		raw = unread(turn);
	}
	raw.len = raw.len < n ? raw.len : n;
	if (chunk_take(&turn->chunk, raw, &used, &payload, err) != 0)
		return -1;
	turn->in_at += used;
	turn->body_ended = turn->chunk.ended;
	if (payload.len > 0)
		memcpy(at, payload.data, payload.len);
	return (ssize_t)payload.len;
}

ssize_t
turn_read_body(struct exchange *x, void *at, size_t n, struct error *err)
{
	struct turn *turn = x->reader;
	uint64_t most = front_limits(turn->front)->message_bytes;
	ssize_t got = 0;

	if (turn->body_failed)
		return error_set(err, ERROR_MALFORMED, "the request's body is broken");
	if (turn->decoded_at < turn->decoded.len)
		return take_decoded(turn, at, n);
	if (turn->continue_due) {
		turn->continue_due = 0;
		if (conn_write(turn->conn, continue_line, sizeof(continue_line) - 1) < 0) {
			error_set(err, ERROR_UNAVAILABLE, "the client went away");
			return fail_body(turn);
		}
	}
	while (got == 0 && n > 0 && !turn->body_ended) {
		got = turn->head.chunked ? take_chunked(turn, at, n, err)
					 : take_plain(turn, at, n, err);
		if (got < 0)
			return fail_body(turn);
		turn->body_received += (uint64_t)got;
		if (turn->body_received > most) {
			error_limit(
			    err, ERROR_TOO_LARGE, "limit-message", most, 0, "the message in bytes");
			return fail_body(turn);
		}
	}
	return got;
}

void
turn_rewind_body(struct turn *turn)
{
	turn->decoded_at = 0;
	if (turn->head.chunked)
		return;
	turn->in_at -= (size_t)turn->body_received;
	turn->body_left += turn->body_received;
	turn->body_received = 0;
	turn->body_ended = turn->body_left == 0;
}

int
turn_body_is_over(const struct turn *turn)
{
	/* With Content-Length, what is whole in the buffer can be skipped there. */
	return !turn->body_failed &&
	       (turn->body_ended || (turn->has_head && !turn->head.chunked && !turn->continue_due &&
					turn->in.len - turn->in_at >= turn->body_left));
}
