/*
 * server/run/conn.h: connections. An idle one is a descriptor, an SSL and this small struct; it
 * waits in one epoll set that all workers share.
 *
 * Ownership: a connection is either parked (in the epoll set, armed for one event) or owned by
 * exactly one thread. conn_take() makes the caller the owner, conn_park() and conn_close() end
 * that. The structs are never given back to the system while the table lives, so that an event that
 * comes late meets a generation that is over, not memory that is gone.
 */
#ifndef SIGNET_RUN_CONN_H
#define SIGNET_RUN_CONN_H

#include <openssl/ssl.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/types.h>

#include "server/base/error.h"
#include "server/run/peers.h"
#include "server/run/wheel.h"

struct turn;

enum conn_state { CONN_FREE, CONN_PARKED, CONN_OWNED };

enum conn_phase {
	PHASE_HANDSHAKE,
	PHASE_IDLE,    /* between requests; no turn */
	PHASE_READING, /* a request is coming in */
	PHASE_WRITING, /* an answer is going out */
	PHASE_NEXT,    /* an answer has left; bytes of a next request may be here already */
	PHASE_LINGER,  /* we have said all; what still comes is thrown away, so that the peer reads
			*/
};

struct conn {
	struct timer timer; /* must be first */
	pthread_mutex_t lock;
	uint32_t index, generation;
	enum conn_state state;
	enum conn_phase phase;
	int fd;
	unsigned int wants; /* EPOLLIN or EPOLLOUT: what the last IO_AGAIN waits for */
	SSL *ssl;	    /* NULL on a listener without TLS */
	const void *listener;
	struct turn *turn;  /* the request in hand, or NULL */
	unsigned int armed; /* while parked: for what */
	int64_t deadline;   /* while parked */
	int64_t began;	    /* when the phase's first byte came */
	uint64_t lingered;  /* bytes thrown away */
	struct peer peer;
	struct conn *next_free;
};

#define CONN_CHUNK  256
#define CONN_CHUNKS 4096

struct conns {
	int epoll;
	pthread_mutex_t lock; /* the table, the wheel and what is counted here */
	struct conn *chunks[CONN_CHUNKS];
	uint32_t made; /* structs that exist */
	struct conn *free_list;
	unsigned int open;
	struct wheel wheel;
	struct peers peers;
};

int conns_init(struct conns *conns, int64_t now, struct error *err);
void conns_release(struct conns *conns); /* all connections are closed */

/*
 * Make a connection for `fd` (taken over, also on -1), owned by the caller. ERROR_LIMIT over `most`
 * connections or `most_of_peer` of one address; ERROR_UNAVAILABLE without memory.
 */
int conn_open(struct conns *conns, int fd, const struct peer *peer, unsigned int most,
    unsigned int most_of_peer, struct conn **conn, struct error *err);
/* Become the owner of a parked connection by the id that the epoll event carries, or NULL. */
struct conn *conn_take(struct conns *conns, uint64_t id);
/*
 * Give it back to wait for `events` (EPOLLIN, EPOLLOUT) until `deadline`. Afterwards it is
 * another's. On -1 it is still the caller's.
 */
int conn_park(struct conns *conns, struct conn *conn, unsigned int events, int64_t deadline);
/* The owner closes it. The turn must be gone. */
void conn_close(struct conns *conns, struct conn *conn);
/* The next parked connection whose deadline has passed, now the caller's; NULL if there is none. */
struct conn *conn_expired(struct conns *conns, int64_t now);
/*
 * For sweeping over all: the connection with that index (< conns->made) if it is parked, now the
 * caller's; else NULL.
 */
struct conn *conn_take_any(struct conns *conns, uint32_t index);
unsigned int conns_open(struct conns *conns);

/* ---- bytes, never blocking ---- */

#define IO_AGAIN  (-1) /* wait for conn->wants */
#define IO_FAILED (-2) /* the connection is of no more use */

int conn_handshake(struct conn *conn);			  /* 0, IO_AGAIN, IO_FAILED */
ssize_t conn_read(struct conn *conn, void *at, size_t n); /* 0 at the peer's end */
ssize_t conn_write(struct conn *conn, const void *at, size_t n);
int conn_has_pending(const struct conn *conn);
/* The same, or bytes wait in the socket. */
int conn_has_bytes(const struct conn *conn);
/* Has nobody shaken hands yet, and are the first bytes HTTP in the clear? They are not taken. */
int conn_speaks_http(const struct conn *conn); /* bytes wait inside the TLS layer */
/* We are done writing: close_notify and a half close. */
void conn_finish_writing(struct conn *conn);
/*
 * Wait in this thread for `events` or until `deadline` of `now` or until *stop; 0 ready, -1 not.
 * `now` may run faster than the real clock: it and stop are looked at four times a second.
 */
int conn_wait(struct conn *conn, unsigned int events, int64_t deadline, int64_t (*now)(void),
    const _Atomic int *stop);

#endif
