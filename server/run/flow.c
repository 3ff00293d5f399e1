/* How a connection goes from phase to phase: front_progress() and its kin of front_core.h. */
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/http/status.h"
#include "server/run/front_core.h"

/* A body of so many bytes is worth the milliseconds of giving memory back. */
#define TRIM_ABOVE ((uint64_t)4 << 20)

#define LINGER_US    10000000
#define LINGER_BYTES ((uint64_t)64 << 20)
/* Requests of one connection that are served in a row while others wait. */
#define IN_A_ROW 16
/* An answer of more bytes is left to a worker: the journal has other things to do. */
#define SENT_BY_JOURNAL 65536

static int64_t
after(struct front *front, unsigned int seconds)
{
	return front->config.now() + (int64_t)seconds * 1000000;
}

/* The end of a request: log, metrics, counts. */
static void
account(struct front *front, struct turn *turn)
{
	int64_t took = front->config.now() - turn->began;
	struct exchange *x = &turn->x;

	metrics_request(front->config.metrics, x->operation, x->outcome, took);
	metrics_add(front->config.metrics, METRIC_BYTES_OUT, (int64_t)turn->bytes_out);
	access_log_line(front->config.access, x, turn->bytes_out, took);
	if (turn->is_large) {
		turn->is_large = 0;
		atomic_fetch_sub(&front->large, 1);
		peers_leave(&front->large_by, &turn->conn->peer);
	}
	if (turn->in_hand) {
		turn->in_hand = 0;
		atomic_fetch_sub(&front->in_hand, 1);
		metrics_add(front->config.metrics, METRIC_REQUESTS_IN_HAND, -1);
	}
}

void
front_drop(struct front *front, struct conn *conn)
{
	struct turn *turn = conn->turn;

	if (turn != NULL && turn->has_head) {
		turn->x.outcome = "Aborted";
		account(front, turn);
	}
	turn_free(turn);
	conn->turn = NULL;
	conn_close(&front->conns, conn);
	metrics_add(front->config.metrics, METRIC_CONNECTIONS_OPEN, -1);
}

static void
park(struct front *front, struct conn *conn, unsigned int events, int64_t deadline)
{
	/* The sweep of a draining front may have come by while this one was at work. */
	if ((conn->phase == PHASE_IDLE && atomic_load(&front->draining) && !conn_has_bytes(conn)) ||
	    conn_park(&front->conns, conn, events, deadline) != 0)
		front_drop(front, conn);
}

/* ---- the answer ---- */

/* All these return 1 when the connection is still the caller's, to go on with. */

static int
linger(struct front *front, struct conn *conn)
{
	turn_free(conn->turn);
	conn->turn = NULL;
	conn_finish_writing(conn);
	conn->phase = PHASE_LINGER;
	conn->lingered = 0;
	conn->began = front->config.now();
	return 1;
}

/* Between two requests: wait for the next one, or take up what has come of it already. */
static int
after_answer(struct front *front, struct turn *turn)
{
	struct conn *conn = turn->conn;

	turn_begin(turn, front->config.now());
	if (turn->in.len > 0 || conn_has_pending(conn)) {
		conn->phase = PHASE_NEXT;
		return 1;
	}
	turn_free(turn);
	conn->turn = NULL;
	conn->phase = PHASE_IDLE;
	park(front, conn, EPOLLIN, after(front, front_limits(front)->idle_seconds));
	return 0;
}

static int
write_on(struct front *front, struct turn *turn)
{
	struct conn *conn = turn->conn;
	int rc = turn_write(turn), keep = !turn->x.close;

	if (rc == IO_AGAIN) {
		conn->phase = PHASE_WRITING;
		park(front, conn, conn->wants != 0 ? conn->wants : EPOLLOUT,
		    after(front, front_limits(front)->request_seconds));
		return 0;
	}
	if (rc != 0) {
		front_drop(front, conn);
		return 0;
	}
	account(front, turn);
	return keep ? after_answer(front, turn) : linger(front, conn);
}

/* Render; from here on x.close says whether the connection ends with this answer. */
static int
render(struct front *front, struct turn *turn)
{
	struct error err = ERROR_INIT;
	struct exchange *x = &turn->x;

	x->close = x->close || !turn->has_head || !turn->head.keep_alive ||
		   !turn_body_is_over(turn) || atomic_load(&front->draining);
	if (turn_make_answer(turn, !x->close, clock_now(), &err) == 0)
		return 0;
	log_failure(LOG_LEVEL_ERROR, "an answer could not be made", &err);
	return -1;
}

static int
send_answer(struct front *front, struct turn *turn)
{
	if (render(front, turn) != 0) {
		front_drop(front, turn->conn);
		return 0;
	}
	return write_on(front, turn);
}

/* From a thread that is no worker: whatever comes after the answer is left to one. */
static void
send_answer_elsewhere(struct front *front, struct turn *turn)
{
	struct conn *conn = turn->conn;

	if (render(front, turn) != 0) {
		front_drop(front, conn);
		return;
	}
	if (turn->x.body.len > SENT_BY_JOURNAL) {
		conn->phase = PHASE_WRITING;
		park(front, conn, EPOLLOUT, after(front, front_limits(front)->request_seconds));
		return;
	}
	if (write_on(front, turn))
		park(front, conn, conn->phase == PHASE_LINGER ? EPOLLIN : EPOLLOUT,
		    after(front, front_limits(front)->header_seconds));
}

/* The journal's call: the commit that the answer waited for. */
static void
committed(void *arg, const struct error *failure)
{
	struct turn *turn = arg;
	struct front *front = turn->front;

	metrics_add(front->config.metrics, METRIC_ANSWERS_PARKED, -1);
	log_request(turn->x.request_id);
	if (failure != NULL)
		front->config.service.fail(front->config.service.arg, &turn->x, failure);
	send_answer_elsewhere(front, turn);
	log_request(NULL);
	atomic_fetch_sub(&front->parked, 1); /* the last touch: front_free() waits for it */
}

/* ---- serving ---- */

static int
refuse(struct front *front, struct turn *turn, int status, const struct error *failure)
{
	if (turn->has_head)
		front->config.service.fail(front->config.service.arg, &turn->x, failure);
	else
		http_answer_failure(&turn->x, status, failure);
	turn->x.close |= !turn->has_head;
	return send_answer(front, turn);
}

static const char too_much[] = "the server has too much in hand; try again in a moment";

static int
refuse_busy(
    struct front *front, struct turn *turn, const char *limit, uint64_t allowed, const char *why)
{
	struct error failure = ERROR_INIT;

	metrics_add(front->config.metrics, METRIC_REQUESTS_REFUSED, 1);
	error_limit(&failure, ERROR_UNAVAILABLE, limit, allowed, 0, why);
	failure.retry_after = 1;
	return refuse(front, turn, 503, &failure);
}

static int
finish(struct front *front, struct turn *turn, int is_worker)
{
	struct pending *pending = turn->x.pending;

	if (pending != NULL) {
		turn->x.pending = NULL;
		atomic_fetch_add(&front->parked, 1);
		metrics_add(front->config.metrics, METRIC_ANSWERS_PARKED, 1);
		front->config.service.start(pending, committed, turn);
		return 0; /* the journal has it now, or has had it */
	}
	if (is_worker)
		return send_answer(front, turn);
	send_answer_elsewhere(front, turn);
	return 0;
}

/*
 * Whoever served it can only say that the body did not come. HTTP has a status for that; a fault of
 * SOAP 1.1, which is 500 always, stays as it is.
 */
static void
answer_late(struct front *front, struct exchange *x)
{
	metrics_add(front->config.metrics, METRIC_TIMEOUTS, 1);
	if (x->status != 500)
		x->status = 408;
	x->close = 1;
}

static enum served
call_service(struct front *front, void *state, struct turn *turn)
{
	static const enum metric lanes[LANES] = { [LANE_FAST] = METRIC_LANE_FAST,
		[LANE_LOGIN] = METRIC_LANE_LOGIN,
		[LANE_SLOW] = METRIC_LANE_SLOW,
		[LANE_BULK] = METRIC_LANE_BULK };
	const struct front_service *service = &front->config.service;
	enum served served;

	log_request(turn->x.request_id);
	served = service->serve(service->arg, state, &turn->x);
	log_request(NULL);
	if (served == SERVED && turn->body_late)
		answer_late(front, &turn->x);
	if (served == SERVED)
		metrics_add(front->config.metrics, lanes[turn->x.lane], 1);
	return served;
}

/* What each lane's queue is called in the metrics and in the configuration. */
static const struct {
	enum metric waiting;
	const char *setting;
} queues[LANES] = { [LANE_LOGIN] = { METRIC_QUEUE_LOGIN, "login-queue" },
	[LANE_SLOW] = { METRIC_QUEUE_SLOW, "slow-queue" },
	[LANE_BULK] = { METRIC_QUEUE_BULK, "bulk-queue" } };

/* Whose share of a lane it takes: a name nobody can choose, or the address. */
static const char *
name_caller(const struct turn *turn, enum lane lane, char out[LANE_CALLER_SIZE])
{
	if (lane == LANE_SLOW && turn->x.user[0] != '\0')
		snprintf(out, LANE_CALLER_SIZE, "user %s", turn->x.user);
	else
		peers_key(out, &turn->conn->peer);
	return out;
}

static int
hand_over(struct front *front, struct turn *turn, enum lane lane)
{
	struct lane_pool *pool = &front->lanes[lane];
	char who[LANE_CALLER_SIZE];
	enum lane_taken taken;

	turn->x.lane = lane;
	metrics_add(front->config.metrics, queues[lane].waiting, 1);
	taken = lane_push(pool, turn, name_caller(turn, lane, who));
	if (taken == LANE_TAKEN)
		return 0;
	metrics_add(front->config.metrics, queues[lane].waiting, -1);
	if (taken == LANE_SHARE)
		return refuse_busy(front, turn, "limit-caller-share",
		    limits_share(front_limits(front)->caller_share, pool->size),
		    "you have as many requests waiting as one caller may; wait for their answers");
	return refuse_busy(front, turn, queues[lane].setting, pool->size, too_much);
}

void
front_serve_lane(struct front *front, void *state, struct turn *turn)
{
	struct error failure = ERROR_INIT;
	enum lane lane = turn->x.lane;
	enum served served;

	metrics_add(front->config.metrics, queues[lane].waiting, -1);
	served = call_service(front, state, turn);
	if (served == SERVED_MOVE && lane == LANE_LOGIN) {
		turn_rewind_body(turn);
		hand_over(front, turn, LANE_SLOW);
		return;
	}
	if (served != SERVED) {
		error_set(&failure, ERROR_INTERNAL, "the request could not be worked on");
		log_error("a request asked to be moved from lane %d", (int)lane);
		front->config.service.fail(front->config.service.arg, &turn->x, &failure);
	}
	/* What it took comes back in pieces that the allocator would keep, for each thread its own.
	 */
	if (lane == LANE_BULK && turn->body_received > TRIM_ABOVE)
		malloc_trim(0);
	finish(front, turn, 0);
}

/* Count it among those in hand, or refuse it; 1 when it may be served. */
static int
admit(struct front *front, struct turn *turn)
{
	unsigned int most = front_limits(front)->requests_in_hand;

	if (atomic_fetch_add(&front->in_hand, 1) >= most) {
		atomic_fetch_sub(&front->in_hand, 1);
		return 0;
	}
	turn->in_hand = 1;
	metrics_add(front->config.metrics, METRIC_REQUESTS_IN_HAND, 1);
	return 1;
}

static int
serve(struct front *front, void *state, struct turn *turn, enum turn_step step)
{
	enum served served;

	if (!admit(front, turn))
		return refuse_busy(
		    front, turn, "limit-requests", front_limits(front)->requests_in_hand, too_much);
	if (step == TURN_BULK)
		return hand_over(front, turn, LANE_BULK);
	served = call_service(front, state, turn);
	if (served == SERVED)
		return finish(front, turn, 1);
	turn_rewind_body(turn);
	return hand_over(front, turn, served == SERVED_LOGIN ? LANE_LOGIN : LANE_SLOW);
}

/* ---- phases ---- */

/* Nothing that came in the clear is looked at, be it only to say which operation is refused. */
static int
refuse_plain(struct front *front, struct conn *conn)
{
	struct error failure = ERROR_INIT;

	metrics_add(front->config.metrics, METRIC_HANDSHAKES_FAILED, 1);
	SSL_free(conn->ssl);
	conn->ssl = NULL;
	conn->turn = turn_new(front, conn);
	if (conn->turn == NULL) {
		front_drop(front, conn);
		return 0;
	}
	turn_begin(conn->turn, front->config.now());
	error_set(&failure, ERROR_MALFORMED,
	    "this port speaks TLS only: call it by https://; what came in the clear was not read, "
	    "but others may have read it: change a password that was in it");
	return refuse(front, conn->turn, 400, &failure);
}

static int
on_handshake(struct front *front, struct conn *conn)
{
	int rc;

	if (conn_speaks_http(conn))
		return refuse_plain(front, conn);
	rc = conn_handshake(conn);
	if (rc == IO_AGAIN) {
		park(front, conn, conn->wants,
		    conn->began + (int64_t)front_limits(front)->header_seconds * 1000000);
		return 0;
	}
	if (rc != 0) {
		metrics_add(front->config.metrics, METRIC_HANDSHAKES_FAILED, 1);
		front_drop(front, conn);
		return 0;
	}
	if (conn->ssl != NULL) {
		metrics_add(front->config.metrics, METRIC_HANDSHAKES, 1);
		if (SSL_session_reused(conn->ssl))
			metrics_add(front->config.metrics, METRIC_HANDSHAKES_RESUMED, 1);
	}
	conn->phase = PHASE_IDLE;
	return 1;
}

static int
on_idle(struct front *front, struct conn *conn)
{
	conn->turn = turn_new(front, conn);
	if (conn->turn == NULL) {
		front_drop(front, conn);
		return 0;
	}
	turn_begin(conn->turn, front->config.now());
	conn->phase = PHASE_READING;
	return 1;
}

/* Nothing more is here: wait for it. */
static void
await_bytes(struct front *front, struct conn *conn)
{
	const struct limits *limits = front_limits(front);
	struct turn *turn = conn->turn;

	if (turn->has_head) {
		park(front, conn, conn->wants,
		    turn->began + (int64_t)limits->request_seconds * 1000000);
	} else if (turn->in.len > 0) {
		park(front, conn, conn->wants,
		    turn->began + (int64_t)limits->header_seconds * 1000000);
	} else {
		turn_free(turn);
		conn->turn = NULL;
		conn->phase = PHASE_IDLE;
		park(front, conn, conn->wants, after(front, limits->idle_seconds));
	}
}

/*
 * What strangers can make us remember is bounded: as many large requests may be on their way in as
 * may be in hand, and each address has a share of that. 1 when this one may go on.
 */
static int
may_grow(struct front *front, struct turn *turn)
{
	unsigned int most = front_limits(front)->requests_in_hand;

	if (turn->is_large || !turn->has_head || !turn_grows(turn))
		return 1;
	if (atomic_fetch_add(&front->large, 1) >= most ||
	    peers_enter(&front->large_by, &turn->conn->peer,
		limits_share(front_limits(front)->caller_share, most)) != 0) {
		atomic_fetch_sub(&front->large, 1);
		return 0;
	}
	turn->is_large = 1;
	return 1;
}

/* Read once; 1 when bytes came. */
static int
read_more(struct front *front, struct conn *conn)
{
	struct turn *turn = conn->turn;
	struct error err = ERROR_INIT;
	unsigned char *at;
	size_t room;
	ssize_t n;

	if (!may_grow(front, turn))
		return refuse_busy(
		    front, turn, "limit-requests", front_limits(front)->requests_in_hand, too_much);
	at = turn_room(turn, &room, &err);
	if (at == NULL)
		return refuse(front, turn, 503, &err);
	n = conn_read(conn, at, room);
	if (n == IO_AGAIN) {
		await_bytes(front, conn);
		return 0;
	}
	if (n <= 0) {
		front_drop(front, conn);
		return 0;
	}
	if (turn->in.len == 0 && !turn->has_head)
		turn->began = front->config.now();
	turn->in.len += (size_t)n;
	metrics_add(front->config.metrics, METRIC_BYTES_IN, n);
	return 1;
}

static int
on_reading(struct front *front, void *state, struct conn *conn)
{
	struct error err = ERROR_INIT;
	int status = 400;
	enum turn_step step;

	step = turn_advance(conn->turn, front_limits(front), &status, &err);
	switch (step) {
	case TURN_MORE:
		return read_more(front, conn);
	case TURN_REFUSE:
		metrics_add(front->config.metrics, METRIC_REQUESTS_MALFORMED, 1);
		return refuse(front, conn->turn, status, &err);
	default:
		return serve(front, state, conn->turn, step);
	}
}

/* Throw away what still comes, unread and undecrypted, until the peer has had time to read. */
static int
on_linger(struct front *front, struct conn *conn)
{
	char waste[16384];
	ssize_t n;

	while (conn->lingered < LINGER_BYTES) {
		n = recv(conn->fd, waste, sizeof(waste), MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
			park(front, conn, EPOLLIN, conn->began + LINGER_US);
			return 0;
		}
		if (n <= 0)
			break;
		conn->lingered += (uint64_t)n;
	}
	front_drop(front, conn);
	return 0;
}

static int
step_on(struct front *front, void *state, struct conn *conn)
{
	switch (conn->phase) {
	case PHASE_HANDSHAKE:
		return on_handshake(front, conn);
	case PHASE_IDLE:
		return on_idle(front, conn);
	case PHASE_NEXT:
		conn->phase = PHASE_READING;
		return 1;
	case PHASE_READING:
		return on_reading(front, state, conn);
	case PHASE_WRITING:
		return write_on(front, conn->turn);
	default:
		return on_linger(front, conn);
	}
}

void
front_progress(struct front *front, void *state, struct conn *conn)
{
	int served = 0;

	while (step_on(front, state, conn))
		if (conn->phase == PHASE_NEXT && ++served == IN_A_ROW) {
			park(front, conn, EPOLLOUT,
			    after(front, front_limits(front)->header_seconds));
			return;
		}
}

void
front_timeout(struct front *front, struct conn *conn)
{
	struct error failure = ERROR_INIT;
	struct turn *turn = conn->turn;

	if (conn->phase != PHASE_IDLE && conn->phase != PHASE_LINGER)
		metrics_add(front->config.metrics, METRIC_TIMEOUTS, 1);
	if (conn->phase == PHASE_READING && (turn->has_head || turn->in.len > 0)) {
		error_set(&failure, ERROR_MALFORMED, "the request came too slowly");
		http_answer_failure(&turn->x, 408, &failure);
		turn->x.close = 1;
		send_answer_elsewhere(front, turn);
		return;
	}
	if (conn->phase == PHASE_IDLE)
		conn_finish_writing(conn);
	front_drop(front, conn);
}
