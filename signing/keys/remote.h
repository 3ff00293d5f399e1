/*
 * signing/keys/remote.h: operations of the keys process as function calls; private to signing/keys.
 * Errors: those of store.h, ERROR_NOT_FOUND for an unknown key, ERROR_UNAVAILABLE when the keys
 * process cannot be reached. Each call leaves its outcome in keys_last_error() as well.
 */
#ifndef SIGNET_SIGNING_KEYS_REMOTE_H
#define SIGNET_SIGNING_KEYS_REMOTE_H

#include "signing/keys/client.h"
#include "signing/keys/wire.h"

/* What is signed: `count` digests of `len` bytes, `stride` bytes apart. */
struct remote_digests {
	const unsigned char *data;
	size_t count, len, stride;
};
/* Takes signature number `index`; 0, or -1 to stop. */
typedef int remote_take(void *arg, size_t index, struct span sig, struct error *err);

/* `sig_max`: the most bytes one signature has. */
int remote_sign(const char *name, const struct key_sign *how, const struct remote_digests *digests,
    size_t sig_max, remote_take *take, void *arg, struct error *err);
/* The same of one time-stamp token, by its signed attributes and its TSTInfo. */
int remote_stamp(const char *name, const struct key_sign *how, struct span attributes,
    struct span tst_info, remote_take *take, void *arg, struct error *err);
/* At most *len bytes into out; *len is set. */
int remote_decrypt(const char *name, const struct key_decrypt *how, struct span data,
    unsigned char *out, size_t *len, struct error *err);
int remote_derive(const char *name, const struct key_derive *how, unsigned char *out, size_t *len,
    struct error *err);
/*
 * Keys from number `start` on (name "": all; else that one). `take` reads `entries` entries from
 * `in`; *next is where to go on, UINT32_MAX when nothing is left.
 */
typedef int remote_entries(void *arg, struct wire_in *in, size_t entries, struct error *err);
int remote_list(const char *name, uint32_t start, uint32_t *next, remote_entries *take, void *arg,
    struct error *err);

/* ---- channels (client.c) ---- */

struct channel {
	int fd, timeout_ms, busy;
	uint64_t id;
	unsigned char *request, *answer; /* WIRE_MESSAGE_MAX each */
};

/* This thread's channel, or a shared one that is free. NULL with ERROR_UNAVAILABLE. */
struct channel *channel_borrow(struct error *err);
void channel_return(struct channel *channel); /* NULL is fine */
/*
 * Send the request that stands in channel->request (its id and time are set here) and wait for
 * its answer: `in` then stands behind the answer's header. -1: unreachable, or what the keys
 * process said.
 */
int channel_exchange(
    struct channel *channel, size_t request_len, struct wire_in *in, struct error *err);
/*
 * The same of a request about the key `name`: one that the keys process does not have, and that is
 * kept wrapped here (maker.h), is loaded, and the request sent again.
 */
int kept_exchange(struct channel *channel, const char *name, size_t request_len, struct wire_in *in,
    struct error *err);
/* Start a request of a type in the channel's buffer. */
void channel_start(struct channel *channel, enum wire_type type, struct wire_out *out);
/* Note the outcome for keys_last_error() and, when rc is -1, in the caller's err; returns rc. */
int channel_outcome(int rc, const struct error *mine, struct error *err);

#endif
