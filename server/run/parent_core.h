/* server/run/parent_core.h: inside of the parent, shared by its files; nobody else includes it. */
#ifndef SIGNET_RUN_PARENT_CORE_H
#define SIGNET_RUN_PARENT_CORE_H

#include <sys/types.h>

#include "server/run/parent.h"

/* A child that is told to end and does not within this time, beyond what it may take, is killed. */
#define KILL_AFTER_US 5000000
#define START_US      30000000 /* a child that is not ready by then has failed */

struct parent;

enum child_id { KEYS, READ, API, CHILDREN };
enum child_state { DOWN, STARTING, RUNNING };

struct child {
	const char *name;
	int (*main)(struct parent *parent, int ready_fd);
	enum child_state state;
	pid_t pid; /* 0: none */
	int ready; /* the end that we read, or -1 */
	char said[512];
	size_t said_len;
	int64_t started, start_at, pause;
	int64_t kill_at; /* 0: not told to end */
};

struct parent {
	struct conf *conf;
	const struct api_service *service;
	struct front_listener *listeners;
	int *channels_keys, *channels_api;
	size_t channel_count;
	int read_ends[2]; /* the read process's and the clients' */
	struct run_shared *shared;
	struct child children[CHILDREN];
	uint64_t keys_generation;
	int signals;
	int served; /* all were ready once: from now on the dead are replaced */
	int ending;
	int failed;
	pid_t pid;
};

/* Fork it; it says on a pipe when it is ready, or why it is not. */
void child_start(struct parent *parent, enum child_id id);
/* Something came on that pipe. */
void child_hear(struct parent *parent, enum child_id id);
/* Collect those that ended, and plan when their successors start. */
void children_bury(struct parent *parent);
/* SIGTERM, and SIGKILL when it still lives after `patience` (the loop's work). */
void child_tell_to_end(struct parent *parent, enum child_id id, int64_t patience);
int child_keys_main(struct parent *parent, int ready_fd);
int child_read_main(struct parent *parent, int ready_fd);
int child_api_main(struct parent *parent, int ready_fd);
/* Close the descriptors of an array; -1 is none. */
void close_all(const int *fds, size_t n);

#endif
