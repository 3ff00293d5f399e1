/* server/run/parent_core.h: inside of the parent, shared by its files; nobody else includes it. */
#ifndef SIGNET_RUN_PARENT_CORE_H
#define SIGNET_RUN_PARENT_CORE_H

#include <sys/types.h>

#include "server/run/handed.h"
#include "server/run/parent.h"

/* A child that is told to end and does not within this time, beyond what it may take, is killed. */
#define KILL_AFTER_US 5000000
#define START_US      30000000 /* a child that is not ready by then has failed */

struct parent;

enum child_id { KEYS, READ, API, JOBS, CHILDREN };
enum child_state { DOWN, STARTING, RUNNING };

struct child {
	const char *name;
	int (*main)(struct parent *parent, int ready_fd);
	enum child_state state;
	pid_t pid;   /* 0: none */
	int ready;   /* the end that we read, or -1 */
	int control; /* our end of handed_pair(), or -1; api only */
	char said[512];
	size_t said_len;
	int64_t started, start_at, pause;
	int64_t kill_at;    /* 0: not told to end */
	unsigned int fails; /* starts in a row that did not come to serve */
};

/* A reload under way, see reload.c. */
struct reload {
	struct conf *next; /* NULL: none */
	struct handed files;
	enum { RELOAD_TRIAL, RELOAD_KEYS, RELOAD_API } stage; /* whom it waits for */
	pid_t trial;					      /* 0: none runs */
	int trial_says;					      /* the end of its pipe that we read */
	uint64_t keys_generation;
	int64_t deadline;
	int again; /* another one was asked for meanwhile */
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
	struct reload reload;
	int64_t away_until; /* when callers are turned away next, see away.c */
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
/* The new keys are tried by a process that ends with its verdict, while the old ones serve. */
int child_trial_main(struct parent *parent, int ready_fd);
int child_read_main(struct parent *parent, int ready_fd);
int child_jobs_main(struct parent *parent, int ready_fd);
int child_api_main(struct parent *parent, int ready_fd);

void reload_begin(struct parent *parent);
/* Go on with it; returns when to come back, 0 for never. */
int64_t reload_tend(struct parent *parent);
/* Something came from the api process. */
void reload_hear(struct parent *parent);
/* A child ended that was not told to; `said` is what it said last. */
void reload_child_died(struct parent *parent, enum child_id id, const char *said);

/*
 * While the api process fails again and again to start, callers are not left in the backlog but
 * turned away: they see a closed connection, and may try another server.
 */
int away(const struct parent *parent, int64_t now);
/* Close some of those that wait on a listening socket; returns when to look again. */
int64_t away_close_some(int listening, int64_t now);

/* The trial of the new keys has ended with this status of waitpid(). */
void reload_trial_ended(struct parent *parent, int status);

/* Close the descriptors of an array; -1 is none. */
void close_all(const int *fds, size_t n);

#endif
