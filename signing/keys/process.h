/*
 * signing/keys/process.h: the process that holds the private keys.
 *
 * The parent makes the channels once, keeps both ends open, and forks this process again whenever
 * it dies: the sockets and what is queued in them survive it. See README.md for the call sequence.
 */
#ifndef SIGNET_SIGNING_KEYS_PROCESS_H
#define SIGNET_SIGNING_KEYS_PROCESS_H

#include <openssl/evp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "server/base/error.h"

#define KEYS_SECURE_HEAP_DEFAULT ((size_t)4 << 20)

struct keys_process_config {
	const char *store_dir;
	const int *channels; /* this side's ends, one a client thread */
	size_t channel_count;
	int pin; /* channel i's thread runs on the CPU that keys_pin_thread(i) gives its client */
	uint64_t generation; /* from 1; differs from every earlier process on these channels */
	int ready_fd;	     /* gets "ready" or why it did not start, and is closed; -1: none */
	size_t secure_heap;  /* bytes for private keys, a power of two; 0: the default */
	int may_swap;	     /* 1: go on where that memory cannot be locked */
	pid_t parent;	     /* stop when this process is gone; 0: do not care */
	/*
	 * Called when all files of the directory have been read and no thread runs yet: become the
	 * user that the process stays. -1 ends the start. NULL: stay who we are.
	 */
	int (*drop)(void *arg, struct error *err);
	void *drop_arg;
};

/*
 * The main function of the keys process: call it in a child that has one thread, as a user that
 * may read the keys, and give what it returns to _exit() at once. It closes all descriptors but 0
 * to 2 and those of the configuration. It returns 0 after SIGTERM, once the requests in hand are
 * answered, or when all channels were closed by their clients; 1 when it could not start. SIGINT
 * and SIGHUP are ignored. The process can neither open files nor sockets nor run programs; whatever
 * else it tries ends it.
 */
int keys_process(const struct keys_process_config *config);

/*
 * The same start in a child of its own, without channels: can the key `name` be used, and is it the
 * one that is certified? Says "ready", or why not, on ready_fd; returns 0 or 1 for _exit().
 */
int keys_try(const struct keys_process_config *config, const char *name, const EVP_PKEY *certified);

/* Two connected ends of a channel, close-on-exec: [0] for the keys process, [1] for the client. */
int keys_channel_pair(int ends[2], struct error *err);

/*
 * Bind the calling thread to the CPU that belongs to a channel: the number-th, counted round, of
 * those that the process's main thread may use.
 */
int keys_pin_thread(size_t number, struct error *err);

#endif
