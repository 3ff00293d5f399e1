/*
 * signing/keys/client.h: how a thread reaches the keys process.
 *
 * A thread that signs much gets a channel of its own (keys_thread_attach); all others share a few
 * (keys_client_setup). A keys process that dies and is started again is not seen here but by the
 * time it takes: requests wait in the channel, and the one in hand is sent again. Only when no
 * answer comes within the time-out, ERROR_UNAVAILABLE is told.
 */
#ifndef SIGNET_SIGNING_KEYS_CLIENT_H
#define SIGNET_SIGNING_KEYS_CLIENT_H

#include <stddef.h>

#include "server/base/error.h"

#define KEYS_TIMEOUT_MS 10000 /* where a time-out is given as 0 */

/*
 * The channels that threads without one of their own share. Once, before other threads use keys;
 * the descriptors stay the caller's. A time-out also bounds the wait for a free channel.
 */
int keys_client_setup(const int *fds, size_t count, int timeout_ms, struct error *err);
/* Forget the shared channels; no other thread may use keys then. */
void keys_client_teardown(void);

/* Give the calling thread a channel that nobody else uses; `fd` stays the caller's. 0 or -1. */
int keys_thread_attach(int fd, int timeout_ms);
/* To be called before such a thread ends. */
void keys_thread_detach(void);

/*
 * Why the last operation with a key of the keys process failed in this thread: ERROR_UNAVAILABLE
 * when it could not be reached, otherwise what it said; ERROR_NONE after one that worked. For
 * callers of OpenSSL, which itself only says that signing failed. Valid until the next operation.
 */
const struct error *keys_last_error(void);

#endif
