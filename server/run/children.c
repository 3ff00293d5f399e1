/* The children of the parent: start them, hear from them, bury and replace them. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/base/clock.h"
#include "server/jobs/process.h"
#include "server/run/child.h"
#include "server/run/notify.h"
#include "server/read/process.h"
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

static int
become_user(void *rules, struct error *err)
{
	return child_enter(rules, err);
}

/* With settings of `conf`, whose text stays where it is. */
static struct keys_process_config
keys_config(
    const struct parent *p, const struct conf *conf, struct child_rules *rules, int ready_fd)
{
	*rules = (struct child_rules){ .name = "signetd-keys",
		.user = conf->keys_user,
		.group = conf->keys_group,
		.parent = p->pid };
	return (struct keys_process_config){
		.store_dir = conf->keys_directory,
		.channels = p->channels_keys,
		.channel_count = p->channel_count,
		.pin = conf->pin,
		.generation = p->keys_generation,
		.ready_fd = ready_fd,
		.secure_heap = conf->keys_memory,
		.may_swap = conf->keys_may_swap,
		.parent = p->pid,
		.drop = become_user, /* it may not read the keys' files itself */
		.drop_arg = rules,
	};
}

int
child_keys_main(struct parent *p, int ready_fd)
{
	const struct reload *r = &p->reload;
	const struct conf *conf = r->next != NULL && r->stage != RELOAD_TRIAL ? r->next : p->conf;
	struct child_rules rules;
	struct keys_process_config config = keys_config(p, conf, &rules, ready_fd);
	sigset_t none;

	sigemptyset(&none); /* api waits for its signals by a descriptor, with them blocked */
	sigprocmask(SIG_SETMASK, &none, NULL);
	close_all(p->channels_api, p->channel_count);
	close_all(p->read_ends, 2);
	close_listeners(p);
	return keys_process(&config);
}

int
child_trial_main(struct parent *p, int ready_fd)
{
	const struct conf *conf = p->reload.next;
	struct child_rules rules;
	struct keys_process_config config = keys_config(p, conf, &rules, ready_fd);
	struct error err = ERROR_INIT;
	struct tls_chain chain;

	log_setup("signetd-keys", p->conf->log_level);
	config.channel_count = 0; /* those belong to the one that serves */
	if (tls_chain_read(&chain, p->reload.files.certificate, &err) != 0)
		fail_child(ready_fd, &err);
	return keys_try(&config, conf->certificate_key, X509_get0_pubkey(chain.leaf));
}

/* The password of the database, which may be in it. */
static void
forget(struct conf *conf)
{
	if (conf != NULL && conf->database != NULL)
		explicit_bzero(conf->database, strlen(conf->database));
}

/* When the machine has no memory left, what reads documents goes first: others do not notice. */
static void
be_first_to_go(void)
{
	static const char score[] = "900";
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	(void)!write(fd, score, sizeof(score) - 1);
	close(fd);
}

int
child_read_main(struct parent *p, int ready_fd)
{
	struct child_rules rules = { .name = "signetd-read",
		.user = p->conf->user,
		.group = p->conf->group,
		.parent = p->pid };
	struct read_process_config config = { p->read_ends[0], p->conf->read_processes, ready_fd };
	struct error err = ERROR_INIT;

	close_all(p->channels_keys, p->channel_count);
	close_all(p->channels_api, p->channel_count);
	handed_close(&p->reload.files);
	close_listeners(p);
	close(p->read_ends[1]);
	/* Its children inherit the memory, and hostile documents. */
	forget(p->conf);
	forget(p->reload.next);
	be_first_to_go();
	if (child_enter(&rules, &err) != 0 || child_seal(&err) != 0)
		fail_child(ready_fd, &err);
	return read_process(&config);
}

int
child_api_main(struct parent *p, int ready_fd)
{
	struct child_rules rules = { .name = "signetd-api",
		.user = p->conf->user,
		.group = p->conf->group,
		.descriptors = p->conf->limits.connections + 512,
		.parent = p->pid };
	struct api_config config = { .conf = p->conf,
		.listeners = p->listeners,
		.channels = p->channels_api,
		.reader = { .channel = p->read_ends[1] },
		.shared = p->shared,
		.ready_fd = ready_fd,
		.control = p->children[API].control,
		.service = p->service };
	struct error err = ERROR_INIT;

	close_all(p->channels_keys, p->channel_count);
	close(p->read_ends[0]);
	handed_close(&p->reload.files);
	if (child_enter(&rules, &err) != 0)
		fail_child(ready_fd, &err);
	return api_process(&config);
}

int
child_jobs_main(struct parent *p, int ready_fd)
{
	struct child_rules rules = { .name = "signetd-jobs",
		.user = p->conf->user,
		.group = p->conf->group,
		.parent = p->pid };
	struct jobs_config config = { .conninfo = p->conf->database,
		.node = p->conf->node,
		.limits = &p->conf->limits,
		.drain_seconds = p->conf->drain_seconds,
		.clock_offset = p->conf->clock_offset,
		.figures = &p->shared->jobs,
		.ready_fd = ready_fd };
	struct handed files;
	struct error err = ERROR_INIT;

	close_all(p->channels_keys, p->channel_count);
	close_all(p->channels_api, p->channel_count);
	close_all(p->read_ends, 2);
	handed_close(&p->reload.files);
	close_listeners(p);
	/* While it still may: the catalogue is root's. */
	if (handed_open(&files, p->conf, &err) != 0 || child_enter(&rules, &err) != 0 ||
	    child_seal_dialling(&err) != 0)
		fail_child(ready_fd, &err);
	config.catalogue = files.catalogue;
	config.catalogue_signer = files.catalogue_signer;
	files.catalogue = files.catalogue_signer = -1; /* closed by the process */
	handed_close(&files);
	return jobs_process(&config);
}

static void
run_child(struct parent *p, enum child_id id, int ready_fd)
{
	int i;

	log_setup(p->children[id].name, p->conf->log_level);
	for (i = 0; i < CHILDREN; i++) {
		if (p->children[i].ready >= 0)
			close(p->children[i].ready);
		if (i != (int)id && p->children[i].control >= 0)
			close(p->children[i].control);
	}
	close(p->signals);
	_exit(p->children[id].main(p, ready_fd));
}

/* ---- starting ---- */

/* At once when it had run well; with growing pauses when it dies again and again. */
static void
plan_restart(struct child *c)
{
	int64_t now = clock_monotonic_us();

	if (now - c->started >= SETTLED_US)
		c->pause = 0;
	c->start_at = now + c->pause;
	if (c->state != RUNNING)
		c->fails++;
	if (c->pause > 0)
		log_warning("%s died soon after its start: the next one in %lld ms", c->name,
		    (long long)c->pause / 1000);
	c->pause = c->pause == 0 ? PAUSE_LEAST : c->pause * 2;
	if (c->pause > PAUSE_MOST)
		c->pause = PAUSE_MOST;
}

static void
start_failed(struct parent *p, struct child *c, const struct error *err)
{
	log_failure(LOG_LEVEL_ERROR, "a process could not be started", err);
	c->started = clock_monotonic_us();
	plan_restart(c);
	if (!p->served)
		p->failed = p->ending = 1;
}

/* Its pipe, and for api the files that it needs: they wait for it in the socket. */
static int
connect_child(struct parent *p, enum child_id id, int ready[2], int control[2], struct error *err)
{
	struct handed files = HANDED_NONE;
	int rc;

	if (pipe2(ready, O_CLOEXEC | O_NONBLOCK) != 0)
		return error_errno(err, "no pipe for %s", p->children[id].name);
	if (id != API)
		return 0;
	if (handed_pair(control, err) != 0 || handed_open(&files, p->conf, err) != 0)
		return -1;
	rc = handed_send(control[0], &files, err);
	handed_close(&files);
	return rc;
}

static _Atomic unsigned int *
starts_of(struct parent *p, enum child_id id)
{
	return id == KEYS   ? &p->shared->keys_starts
	       : id == READ ? &p->shared->read_starts
	       : id == JOBS ? &p->shared->jobs_starts
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
	else if (id == JOBS)
		atomic_store(&p->shared->jobs_runs, runs);
}

void
child_start(struct parent *p, enum child_id id)
{
	struct child *c = &p->children[id];
	int ready[2] = { -1, -1 }, control[2] = { -1, -1 };
	struct error err = ERROR_INIT;

	if (connect_child(p, id, ready, control, &err) != 0)
		goto fail;
	if (id == KEYS)
		p->keys_generation++;
	if (c->control >= 0)
		close(c->control);
	c->control = -1;
	c->pid = fork();
	if (c->pid == 0) {
		close(ready[0]);
		c->control = control[1];
		if (control[0] >= 0)
			close(control[0]);
		run_child(p, id, ready[1]);
	}
	if (c->pid < 0) {
		c->pid = 0;
		error_errno(&err, "%s could not be started", c->name);
		goto fail;
	}
	close(ready[1]);
	if (control[1] >= 0)
		close(control[1]);
	c->ready = ready[0];
	c->control = control[0];
	c->said_len = 0;
	c->said[0] = '\0';
	c->state = STARTING;
	c->started = clock_monotonic_us();
	c->kill_at = 0;
	atomic_fetch_add(starts_of(p, id), 1);
	return;
fail:
	close_all(ready, 2);
	close_all(control, 2);
	start_failed(p, c, &err);
}

static void
all_ready(struct parent *p)
{
	int id;

	for (id = 0; id < CHILDREN; id++)
		if (p->served || (id != JOBS && p->children[id].state != RUNNING))
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
	c->fails = 0;
	set_runs(p, id, 1);
	if (p->served && (id != JOBS || atomic_load(starts_of(p, id)) > 1))
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
	c->pid = 0;
	set_runs(p, id, 0);
	if (expected)
		c->start_at = clock_monotonic_us();
	else
		plan_restart(c);
	c->state = DOWN;
	if (!p->served && !p->ending)
		p->failed = p->ending = 1;
	if (!expected)
		reload_child_died(p, id, c->said);
}

void
children_bury(struct parent *p)
{
	int status, id;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == p->reload.trial)
			reload_trial_ended(p, status);
		for (id = 0; id < CHILDREN; id++)
			if (p->children[id].pid == pid)
				bury(p, (enum child_id)id, status);
	}
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
