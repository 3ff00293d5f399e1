/*
 * server/read/process.h: the read process: it reads nothing itself, but has a fresh child read each
 * document, so many at a time, and tells what became of those that died.
 *
 * A child has no network, no files, no keys, the memory and the time that its ticket says, and a
 * short list of system calls. One that dies fails one request. The read process holds no secret;
 * when it dies, what waits in the channel is done by its successor.
 */
#ifndef SIGNET_READ_PROCESS_H
#define SIGNET_READ_PROCESS_H

#include "server/base/error.h"

/* ends[0] is the read process's, ends[1] the clients'. */
int read_channel_pair(int ends[2], struct error *err);

struct read_process_config {
	int channel;
	unsigned int children; /* at a time */
	int ready_fd;	       /* gets "ready" or why it did not start, and is closed; -1: none */
};

/* Runs until the channel's other end is closed or SIGTERM; the exit status. Single-threaded. */
int read_process(const struct read_process_config *config);

#endif
