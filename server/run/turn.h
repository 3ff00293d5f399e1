/*
 * server/run/turn.h: one request on a connection and its answer: bytes in, head, framing, the body
 * that whoever serves it reads, and the bytes of the answer. A connection has a turn from the first
 * byte of a request to the last byte of its answer; pipelined requests follow in the same turn.
 */
#ifndef SIGNET_RUN_TURN_H
#define SIGNET_RUN_TURN_H

#include "server/http/chunk.h"
#include "server/http/head.h"
#include "server/ops/engine.h"
#include "server/run/conn.h"

/* A body up to this size is received whole before it is served; a larger one in LANE_BULK. */
#define TURN_FAST_BODY 65536
/* So much of a larger body must be here before a thread of the bulk lane is spent on it. */
#define TURN_BULK_START 32768

/* A request that takes more than this while it comes in counts as large. */
#define TURN_SMALL 16384

struct front;

struct turn {
	struct exchange x; /* x.reader is the turn */
	struct http_head head;
	char *text; /* the head, which `head` points into; overwritten when it goes */
	size_t text_len;
	struct front *front;
	struct conn *conn;
	struct turn *behind; /* while it waits in a lane */

	struct buf in; /* bytes from the connection; those before in_at are done with */
	size_t in_at, scanned;
	struct buf decoded; /* of a chunked body, while it is received whole */
	size_t decoded_at;
	struct chunk_reader chunk;
	uint64_t body_left;	/* of Content-Length */
	uint64_t body_received; /* bytes of body, framing removed */
	int body_ended;
	int continue_due; /* 100 Continue is still to be sent */
	int body_failed;
	int body_late; /* because it came too slowly */
	int has_head;
	int in_hand;  /* counted among the requests in hand */
	int is_large; /* counted among those that take much memory while they come in */
	int64_t began;

	struct buf out;
	size_t out_at; /* of out, then of x.body */
	int head_only;
	uint64_t bytes_out;
};

/* NULL without memory. Afterwards turn_begin() for each request of it. */
struct turn *turn_new(struct front *front, struct conn *conn);
void turn_free(struct turn *turn); /* NULL is fine */
/* Ready for the next request; bytes that are here already stay. */
void turn_begin(struct turn *turn, int64_t now);

enum turn_step {
	TURN_MORE,  /* read on */
	TURN_READY, /* all of it is here: LANE_FAST */
	TURN_BULK,  /* to be served while it is read */
	TURN_REFUSE /* *status and err say why; the connection must be closed afterwards */
};
/* Look at what is in turn->in. May write "100 Continue" to a client that waits for it. */
enum turn_step turn_advance(
    struct turn *turn, const struct limits *limits, int *status, struct error *err);
/* 1 when this request will take more memory than TURN_SMALL until all of it is here. */
int turn_grows(const struct turn *turn);
/* Where the next bytes from the connection go; NULL without memory. */
unsigned char *turn_room(struct turn *turn, size_t *room, struct error *err);

/* x->read_body. */
ssize_t turn_read_body(struct exchange *x, void *at, size_t n, struct error *err);
/* Of a request that came whole (TURN_READY): the body is to be read again from its first byte. */
void turn_rewind_body(struct turn *turn);
/* 1 = nothing of the body remains unread on the connection. */
int turn_body_is_over(const struct turn *turn);

/* Make the head of the answer from turn->x. */
int turn_make_answer(struct turn *turn, int keep_alive, int64_t now_seconds, struct error *err);
/* Write what can be written: 0 all has left, IO_AGAIN, IO_FAILED. */
int turn_write(struct turn *turn);

#endif
