/*
 * tests/support/read_child.h: in the place of the read process and its child, one that says what a
 * test wants said: what a document has made of a child, api must take without harm.
 */
#ifndef SIGNET_TESTS_READ_CHILD_H
#define SIGNET_TESTS_READ_CHILD_H

#include <pthread.h>
#include <semaphore.h>

#include "server/base/buf.h"
#include "server/read/reader.h"

struct read_child {
	struct reader reader; /* for the functions of reader.h: one call, answered once */
	int process;	      /* the other end of its channel */
	struct span says;     /* frames, or what looks like some */
	int leaves;	      /* does not wait for replies */
	sem_t gone;	      /* posted when it has left */
	pthread_t thread;
};

/* The caller has set says, which stays the caller's until read_child_end(), and leaves. 0 or -1. */
int read_child_start(struct read_child *child);
/* Also when nothing was asked of it. */
void read_child_end(struct read_child *child);

#endif
