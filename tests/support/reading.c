#include "tests/support/reading.h"

#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/read/process.h"

int
reading_start(struct reading_process *p)
{
	struct read_process_config config = { .children = 2, .ready_fd = -1 };
	struct error err = ERROR_INIT;
	int ends[2];

	*p = (struct reading_process){ .end = -1, .pid = -1 };
	if (read_channel_pair(ends, &err) != 0)
		return -1;
	p->reader.channel = ends[1];
	p->end = config.channel = ends[0];
	fflush(NULL);
	p->pid = fork();
	if (p->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(ends[1]);
		_exit(read_process(&config));
	}
	return p->pid > 0 ? 0 : -1;
}

int
reading_stop(struct reading_process *p)
{
	int status = -1;

	if (p->pid <= 0)
		return -1;
	kill(p->pid, SIGTERM);
	waitpid(p->pid, &status, 0);
	close(p->end);
	close(p->reader.channel);
	return status;
}
