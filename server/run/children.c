/* The children of the parent: start them, hear from them, bury and replace them. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/base/clock.h"
#include "server/read/process.h"
#include "server/run/child.h"
#include "server/run/notify.h"
#include "server/run/parent_core.h"
#include "signing/keys/process.h"

#define SETTLED_US  10000000 /* one that lived so long starts anew without a pause */
#define PAUSE_LEAST 100000
#define PAUSE_MOST  10000000

/* ---- the children's side ---- */

void
close_all(const int *fds, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

static void
close_listeners(const struct parent *p)
{
	size_t i;

	for (i = 0; i < p->conf->listener_count; i++)
		close(p->listeners[i].fd);
}

static void
fail_child(int ready_fd, const struct error *err)
{
	log_failure(LOG_LEVEL_ERROR, "could not start", err);
	if (write(ready_fd, err->text, strlen(err->text)) < 0)
		log_error("the parent could not be told");
	_exit(1);
}

int
child_keys_main(struct parent *p, int ready_fd)
{
	struct keys_process_config config = {
		.store_dir = p->conf->keys_directory,
		.channels = p->channels_keys,
		.channel_count = p->channel_count,
		.pin = p->conf->pin,
		.generation = p->keys_generation,
		.ready_fd = ready_fd,
		.secure_heap = p->conf->keys_memory,
		.may_swap = p->conf->keys_may_swap,
		.parent = p->pid,
	};

	close_all(p->channels_api, p->channel_count);
	close_listeners(p);
	return keys_process(&config);
}

int
child_read_main(struct parent *p, int ready_fd)
{
	struct read_process_config config = { p->read_ends[0], p->conf->read_processes, ready_fd };
	struct error err = ERROR_INIT;

	close_all(p->channels_keys, p->channel_count);
	close_all(p->channels_api, p->channel_count);
	close_listeners(p);
	close(p->read_ends[1]);
	/* Its children inherit the memory, and hostile documents. */
	explicit_bzero(p->conf->database, strlen(p->conf->database));
	if (child_seal(&err) != 0)
		fail_child(ready_fd, &err);
	return read_process(&config);
}

int
child_api_main(struct parent *p, int ready_fd)
{
	struct api_config config = { .conf = p->conf,
		.listeners = p->listeners,
		.channels = p->channels_api,
		.reader = { p->read_ends[1] },
		.shared = p->shared,
		.ready_fd = ready_fd,
		.service = p->service };

	close_all(p->channels_keys, p->channel_count);
	close(p->read_ends[0]);
	return api_process(&config);
}

static const char *const process_names[CHILDREN] = {
	[KEYS] = "signetd-keys", [READ] = "signetd-read", [API] = "signetd-api"
};

static void
run_child(struct parent *p, enum child_id id, int ready_fd)
{
	const struct conf *conf = p->conf;
	struct child_rules rules = {
		.name = process_names[id],
		.user = id == KEYS ? conf->keys_user : conf->user,
		.group = id == KEYS ? conf->keys_group : conf->group,
		.descriptors = id == API ? conf->limits.connections + 512 : 0,
		.parent = p->pid,
	};
	struct error err = ERROR_INIT;
	sigset_t none;
	int i;

	log_setup(p->children[id].name, conf->log_level);
	for (i = 0; i < CHILDREN; i++)
		if (p->children[i].ready >= 0)
			close(p->children[i].ready);
	close(p->signals);
	if (child_enter(&rules, &err) != 0)
		fail_child(ready_fd, &err);
	if (id != API) { /* api waits for its signals by a descriptor, with them blocked */
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
	}
	_exit(p->children[id].main(p, ready_fd));
}

/* ---- starting ---- */

static _Atomic unsigned int *
starts_of(struct parent *p, enum child_id id)
{
	return id == KEYS   ? &p->shared->keys_starts
	       : id == READ ? &p->shared->read_starts
			    : &p->shared->api_starts;
}

/* What the api process shows of the others. */
static void
set_runs(struct parent *p, enum child_id id, int runs)
{
	if (id == KEYS)
		atomic_store(&p->shared->keys_runs, runs);
	else if (id == READ)
		atomic_store(&p->shared->read_runs, runs);
}

void
child_start(struct parent *p, enum child_id id)
{
	struct child *c = &p->children[id];
	int ends[2] = { -1, -1 };

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
		log_error("no pipe for %s: %s", c->name, strerror(errno));
		c->start_at = clock_monotonic_us() + PAUSE_MOST;
		return;
	}
	if (id == KEYS)
		p->keys_generation++;
	c->pid = fork();
	if (c->pid == 0) {
		close(ends[0]);
		run_child(p, id, ends[1]);
	}
	close(ends[1]);
	if (c->pid < 0) {
		log_error("%s could not be started: %s", c->name, strerror(errno));
		close(ends[0]);
		c->pid = 0;
		c->start_at = clock_monotonic_us() + PAUSE_MOST;
		return;
	}
	c->ready = ends[0];
	c->said_len = 0;
	c->state = STARTING;
	c->started = clock_monotonic_us();
	c->kill_at = 0;
	atomic_fetch_add(starts_of(p, id), 1);
}

static void
all_ready(struct parent *p)
{
	int id;

	for (id = 0; id < CHILDREN; id++)
		if (p->served || p->children[id].state != RUNNING)
			return;
	p->served = 1;
	log_info("signetd %s serves", SIGNET_VERSION);
	notify_systemd("READY=1\nSTATUS=Serving.");
}

/* What a child said on its pipe is over: "ready", or why not. */
static void
hear_out(struct parent *p, enum child_id id)
{
	struct child *c = &p->children[id];

	close(c->ready);
	c->ready = -1;
	c->said[c->said_len] = '\0';
	if (strncmp(c->said, "ready", 5) != 0) {
		if (c->said_len > 0)
			log_error("%s: %s", c->name, c->said);
		return; /* its end follows */
	}
	c->state = RUNNING;
	set_runs(p, id, 1);
	if (p->served)
		log_info("%s is back after %lld ms", c->name,
		    (long long)(clock_monotonic_us() - c->started) / 1000);
	all_ready(p);
}

void
child_hear(struct parent *p, enum child_id id)
{
	struct child *c = &p->children[id];
	ssize_t n = read(c->ready, c->said + c->said_len, sizeof(c->said) - 1 - c->said_len);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		c->said_len += (size_t)n;
	if (n <= 0 || c->said_len == sizeof(c->said) - 1)
		hear_out(p, id);
}

/* ---- ends ---- */

static void
log_death(const struct child *c, int status)
{
	if (WIFSIGNALED(status))
		log_error("%s[%d] was ended by signal %d (%s)", c->name, (int)c->pid,
		    WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		log_error("%s[%d] ended with status %d", c->name, (int)c->pid, WEXITSTATUS(status));
}

/* At once when it had run well; with growing pauses when it dies again and again. */
static void
plan_restart(struct child *c)
{
	int64_t now = clock_monotonic_us();

	if (now - c->started >= SETTLED_US)
		c->pause = 0;
	c->start_at = now + c->pause;
	if (c->pause > 0)
		log_warning("%s died soon after its start: the next one in %lld ms", c->name,
		    (long long)c->pause / 1000);
	c->pause = c->pause == 0 ? PAUSE_LEAST : c->pause * 2;
	if (c->pause > PAUSE_MOST)
		c->pause = PAUSE_MOST;
}

static void
bury(struct parent *p, enum child_id id, int status)
{
	struct child *c = &p->children[id];
	int expected = c->kill_at != 0;

	if (c->ready >= 0) /* what it said last */
		child_hear(p, id);
	if (c->ready >= 0)
		hear_out(p, id);
	if (!expected || status != 0)
		log_death(c, status);
	c->state = DOWN;
	c->pid = 0;
	set_runs(p, id, 0);
	if (p->ending)
		return;
	if (!p->served) {
		p->failed = p->ending = 1;
		return;
	}
	if (expected)
		c->start_at = clock_monotonic_us();
	else
		plan_restart(c);
}

void
children_bury(struct parent *p)
{
	int status, id;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (id = 0; id < CHILDREN; id++)
			if (p->children[id].pid == pid)
				bury(p, (enum child_id)id, status);
}

void
child_tell_to_end(struct parent *p, enum child_id id, int64_t patience)
{
	struct child *c = &p->children[id];

	if (c->pid == 0 || c->kill_at != 0)
		return;
	c->kill_at = clock_monotonic_us() + patience;
	kill(c->pid, SIGTERM);
}
