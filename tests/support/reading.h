/* tests/support/reading.h: a read process of a test's own. */
#ifndef SIGNET_TESTS_READING_H
#define SIGNET_TESTS_READING_H

#include <sys/types.h>

#include "server/read/reader.h"

struct reading_process {
	struct reader reader;
	int end; /* the process's, kept open as the parent does */
	pid_t pid;
};
/* 0 or -1; two children at a time. */
int reading_start(struct reading_process *p);
/* Its wait status; -1 when it was not started. */
int reading_stop(struct reading_process *p);

#endif
