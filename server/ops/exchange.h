/*
 * server/ops/exchange.h: one HTTP request and its answer, as the front hands it to SOAP and HTTP
 * code.
 *
 * The front (server/run) owns sockets, TLS, framing (Content-Length, chunks) and time-outs, and
 * frees nothing of an exchange before the answer has left. Whoever serves it fills in the answer
 * and, where a state change or an audit row must be on disk first, leaves a `pending` commit: the
 * answer then waits until that has happened. What serves an exchange never writes to the connection
 * itself.
 */
#ifndef SIGNET_OPS_EXCHANGE_H
#define SIGNET_OPS_EXCHANGE_H

#include <stdint.h>
#include <sys/types.h>

#include "server/base/buf.h"
#include "server/base/text.h"

struct x509_st;

#define HTTP_FIELDS_MAX 64

struct http_field {
	const char *name; /* as sent; compared without case */
	const char *value;
};

struct http_head {
	const char *method; /* "GET", "POST", ... */
	const char *path;   /* without the query, percent-decoding left to the route */
	const char *query;  /* behind '?', or NULL */
	int minor;	    /* HTTP/1.minor */
	struct http_field fields[HTTP_FIELDS_MAX];
	size_t field_count;
	int64_t content_length; /* -1 when not given */
	int chunked;
	int keep_alive; /* what the client asks for */
	int expect_continue;
};
/* The value of a header field, or NULL. */
const char *http_head_field(const struct http_head *head, const char *name);

/*
 * Four lanes. FAST: a complete small request, a worker that must not wait. LOGIN: the same request,
 * on a thread that may wait for a password to be hashed and for nothing else. SLOW: on one that may
 * also wait for other things (a PDF that is read, a remote time-stamp authority); who asks is known
 * then, where it is known at all. BULK: a body that does not fit the buffer; it is read from the
 * connection while it is worked on, on a thread that may wait for all that.
 */
enum lane { LANE_FAST, LANE_LOGIN, LANE_SLOW, LANE_BULK, LANES };

/* What a listener lets in; a path whose door is not among them does not exist there. */
#define DOOR_SOAP    1u
#define DOOR_TSA     2u
#define DOOR_HEALTH  4u
#define DOOR_METRICS 8u
#define DOOR_CRL     16u
#define DOOR_ACCESS  32u

/*
 * What serving an exchange came to. LOGIN, MOVE: nothing was done; serve it again in LANE_LOGIN, in
 * LANE_SLOW. x->user then says who is to wait there; "" is whoever has the address.
 */
enum served { SERVED, SERVED_LOGIN, SERVED_MOVE };

struct pending; /* what must be committed before the answer may leave: server/ops/engine.h */

struct exchange {
	/* the request */
	const struct http_head *head;
	char request_id[TEXT_UUID_SIZE]; /* ours: in the log, the audit row and X-Request-Id */
	char peer[64];			 /* address of the client */
	struct x509_st *peer_cert;	 /* proven by the TLS handshake, or NULL; the front's */
	unsigned int doors;		 /* DOOR_..., of the listener: which routes it has */
	int secure;			 /* 1 = came over TLS */
	enum lane lane;
	/*
	 * The next bytes of the body, framing removed: > 0 bytes, 0 at the end, -1 with err set
	 * (ERROR_TOO_LARGE, ERROR_MALFORMED for broken framing, ERROR_UNAVAILABLE for a client that
	 * went away or was too slow). It waits in LANE_BULK only.
	 */
	ssize_t (*read_body)(struct exchange *x, void *at, size_t n, struct error *err);
	void *reader; /* the front's */

	/* the answer; the front adds Content-Length, Connection, X-Request-Id and Date */
	int status;
	char content_type[256];
	char extra[512]; /* more header lines, each with CRLF, or "" */
	struct buf body;
	int close;		 /* 1 = close the connection after this answer */
	struct pending *pending; /* NULL: the answer may leave at once */

	/* for the access log and the metrics; static strings or "" */
	const char *operation;
	char user[96];
	const char *outcome; /* "Success", or the fault's code */
};

#endif
