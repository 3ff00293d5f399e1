/*
 * signing/keys/serve.h: one message in, one message out, on the side that holds the keys. No
 * system calls of its own: the process does receiving and sending, tests and fuzzers call it as is.
 */
#ifndef SIGNET_SIGNING_KEYS_SERVE_H
#define SIGNET_SIGNING_KEYS_SERVE_H

#include <stdatomic.h>

#include "signing/keys/wire.h"

struct key_counters {
	atomic_ullong signatures, decryptions, failures;
};

/* What all threads share. */
struct server {
	struct key_store *store;
	struct key_counters *counters; /* one a key */
};

/* What one channel's thread keeps. */
struct server_session {
	struct server *server;
	struct key_session *keys;
	uint64_t answered; /* the id answered last: the same again is a repetition, and dropped */
};

/* The store stays the caller's and outlives the server. */
int server_init(struct server *server, struct key_store *store, struct error *err);
void server_release(struct server *server);
int server_session_init(struct server_session *session, struct server *server, struct error *err);
void server_session_release(struct server_session *session);

/*
 * Work on the request and write the answer, or an error as the answer, into `answer`
 * (WIRE_MESSAGE_MAX bytes). `now` is CLOCK_MONOTONIC in microseconds. Returns the answer's length;
 * 0: nothing is to be sent. `err` (empty) holds what went wrong, for the log.
 */
size_t server_handle(struct server_session *session, struct span request, uint64_t now,
    unsigned char *answer, struct error *err);

#endif
