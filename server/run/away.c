/* Callers of a server whose api process cannot start. */
#include <sys/socket.h>
#include <unistd.h>

#include "server/run/parent_core.h"

/* At most 640 a second: a flood of callers shall not keep the parent busy. */
#define CLOSED_AT_ONCE 32
#define LOOK_AGAIN_US  50000
/* A start that takes no longer than this is waited for. */
#define PATIENCE_US 1000000

int
away(const struct parent *p, int64_t now)
{
	const struct child *api = &p->children[API];

	return p->served && !p->ending && api->state != RUNNING && api->fails > 0 &&
	       (api->pid == 0 || now - api->started > PATIENCE_US);
}

int64_t
away_close_some(int listening, int64_t now)
{
	int i, fd;

	for (i = 0; i < CLOSED_AT_ONCE; i++) {
		fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
			break;
		close(fd);
	}
	return now + LOOK_AGAIN_US;
}
