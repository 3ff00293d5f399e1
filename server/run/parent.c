#include "server/run/parent.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/base/clock.h"
#include "server/ops/trust/catalogue.h"
#include "server/read/process.h"
#include "server/run/child.h"
#include "server/run/listen.h"
#include "server/run/notify.h"
#include "server/run/parent_core.h"
#include "signing/keys/process.h"

/* ---- signals ---- */

/* Who calls from now on hears it at once and can go to another server. */
static void
stop_listening(struct parent *p)
{
	size_t i;

	for (i = 0; i < p->conf->listener_count; i++)
		if (p->listeners[i].fd >= 0)
			shutdown(p->listeners[i].fd, SHUT_RD);
}

static void
begin_end(struct parent *p)
{
	int id;

	if (p->ending) {
		for (id = 0; id < CHILDREN; id++)
			if (p->children[id].pid > 0)
				kill(p->children[id].pid, SIGKILL);
		return;
	}
	p->ending = 1;
	log_info("ending");
	stop_listening(p);
	if (p->reload.trial > 0)
		kill(p->reload.trial, SIGKILL);
	notify_systemd("STOPPING=1\nSTATUS=Finishing what is in hand.");
}

static void
take_signals(struct parent *p)
{
	struct signalfd_siginfo info;

	while (read(p->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGHUP && !p->ending)
			reload_begin(p);
		else if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
			begin_end(p);
	}
	children_bury(p);
}

/* ---- the loop ---- */

static int64_t
sooner(int64_t a, int64_t b)
{
	return b != 0 && (a == 0 || b < a) ? b : a;
}

/* api needs the keys; jobs can wait until callers are served. */
static int
may_start(const struct parent *p, enum child_id id)
{
	if (id == JOBS)
		return p->conf->jobs && p->served;
	return id != API || p->served || p->children[KEYS].state == RUNNING;
}

/* Do what is due; returns when to come back, 0 for never. */
static int64_t
tend(struct parent *p, enum child_id id)
{
	struct child *c = &p->children[id];
	int64_t now = clock_monotonic_us();

	if (id == JOBS && !p->conf->jobs)
		child_tell_to_end(p, id, (int64_t)p->conf->drain_seconds * 1000000 + KILL_AFTER_US);
	if (p->ending) {
		/* api first: what it finishes needs the others; nobody waits for jobs */
		if (id == API || id == JOBS || p->children[API].pid == 0)
			child_tell_to_end(
			    p, id, (int64_t)p->conf->drain_seconds * 1000000 + KILL_AFTER_US);
	} else if (c->pid == 0 && now >= c->start_at && may_start(p, id)) {
		child_start(p, id);
	}
	if (c->pid == 0)
		return p->ending || !may_start(p, id) ? 0 : c->start_at;
	if ((c->kill_at != 0 && now >= c->kill_at) ||
	    (c->state == STARTING && now >= c->started + START_US)) {
		log_error("%s does not answer and is killed", c->name);
		kill(c->pid, SIGKILL);
		c->kill_at = now + KILL_AFTER_US;
		c->started = now;
	}
	return sooner(c->kill_at, c->state == STARTING ? c->started + START_US : 0);
}

static int
is_over(const struct parent *p)
{
	int id;

	for (id = 0; id < CHILDREN; id++)
		if (p->children[id].pid != 0)
			return 0;
	return 1;
}

/* What the loop waits for. */
enum watched {
	SIGNALS,
	CONTROL,
	READY,
	LISTENING = READY + CHILDREN,
	WATCHED = LISTENING + FRONT_LISTENERS_MAX
};

static nfds_t
watch(struct parent *p, struct pollfd *fds, int64_t *due)
{
	int64_t now = clock_monotonic_us();
	nfds_t n = LISTENING;
	size_t i;

	fds[SIGNALS] = (struct pollfd){ p->signals, POLLIN, 0 };
	fds[CONTROL] = (struct pollfd){ p->children[API].control, POLLIN, 0 };
	for (i = 0; i < CHILDREN; i++)
		fds[READY + i] = (struct pollfd){ p->children[i].ready, POLLIN, 0 };
	if (!away(p, now))
		return n;
	if (now < p->away_until) {
		*due = sooner(*due, p->away_until);
		return n;
	}
	for (i = 0; i < p->conf->listener_count && i < FRONT_LISTENERS_MAX; i++)
		fds[n++] = (struct pollfd){ p->listeners[i].fd, POLLIN, 0 };
	return n;
}

static void
loop(struct parent *p)
{
	struct pollfd fds[WATCHED];
	int64_t due, left;
	nfds_t n;
	int id;

	for (;;) {
		due = 0;
		for (id = 0; id < CHILDREN; id++)
			due = sooner(due, tend(p, (enum child_id)id));
		due = sooner(due, reload_tend(p));
		if (p->ending && is_over(p))
			return;
		n = watch(p, fds, &due);
		left = due - clock_monotonic_us();
		poll(fds, n, due == 0 ? -1 : left <= 0 ? 0 : (int)(left / 1000) + 1);
		for (id = 0; id < CHILDREN; id++)
			if (fds[READY + id].revents != 0)
				child_hear(p, (enum child_id)id);
		if (fds[CONTROL].revents != 0)
			reload_hear(p);
		for (; n > LISTENING; n--)
			if (fds[n - 1].revents != 0)
				p->away_until =
				    away_close_some(fds[n - 1].fd, clock_monotonic_us());
		if (fds[SIGNALS].revents != 0)
			take_signals(p);
	}
}

/* ---- start and end of it all ---- */

int
parent_check(const struct conf *conf, struct error *err)
{
	struct tls_chain chain;
	struct stat st;
	int fd, rc;

	if (child_check_user(conf->user, conf->group, err) != 0 ||
	    child_check_user(conf->keys_user, conf->keys_group, err) != 0)
		return -1;
	if (stat(conf->keys_directory, &st) != 0 || !S_ISDIR(st.st_mode))
		return error_set(err, ERROR_NOT_FOUND, "keys-directory: there is no folder %s",
		    conf->keys_directory);
	fd = open(conf->certificate, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, "could not open tls-certificate %s", conf->certificate);
	rc = tls_chain_read(&chain, fd, err);
	close(fd);
	if (rc == 0)
		tls_chain_release(&chain);
	return rc;
}

int
parent_check_catalogue(const struct conf *conf, struct error *err)
{
	struct catalogue_file *file = NULL;
	int rc;

	if (conf->catalogue[0] == '\0')
		return 0;
	rc = ops_catalogue_load(
	    &file, conf->catalogue, conf->catalogue_signer, clock_now() + conf->clock_offset, err);
	catalogue_file_free(file);
	return rc;
}

static int
open_listeners(struct parent *p, struct error *err)
{
	const struct conf_listener *l;
	size_t i;
	int port;

	p->listeners = calloc(p->conf->listener_count, sizeof(*p->listeners));
	if (p->listeners == NULL)
		return error_memory(err);
	for (i = 0; i < p->conf->listener_count; i++)
		p->listeners[i].fd = -1;
	for (i = 0; i < p->conf->listener_count; i++) {
		l = &p->conf->listeners[i];
		if (listen_open(l, &p->listeners[i].fd, &port, err) != 0)
			return -1;
		p->listeners[i].doors = l->doors;
		p->listeners[i].profile = l->profile;
		log_info("listening on %s port %d (TLS: %s)", l->address, port,
		    tls_profile_name(l->profile));
	}
	return 0;
}

static int
open_channels(struct parent *p, struct error *err)
{
	size_t i;
	int ends[2];

	p->channel_count = api_channel_count(p->conf);
	p->channels_keys = calloc(p->channel_count, sizeof(int));
	p->channels_api = calloc(p->channel_count, sizeof(int));
	if (p->channels_keys == NULL || p->channels_api == NULL)
		return error_memory(err);
	for (i = 0; i < p->channel_count; i++)
		p->channels_keys[i] = p->channels_api[i] = -1;
	for (i = 0; i < p->channel_count; i++) {
		if (keys_channel_pair(ends, err) != 0)
			return -1;
		p->channels_keys[i] = ends[0];
		p->channels_api[i] = ends[1];
	}
	return 0;
}

static int
write_pid(const struct conf *conf, struct error *err)
{
	FILE *f;
	int rc = -1;

	if (conf->pid_file[0] == '\0')
		return 0;
	f = fopen(conf->pid_file, "we");
	if (f != NULL && fprintf(f, "%d\n", (int)getpid()) > 0)
		rc = 0;
	if ((f != NULL && fclose(f) != 0) || rc != 0)
		return error_errno(err, "could not write pid-file %s", conf->pid_file);
	return 0;
}

static int
block_signals(struct parent *p, struct error *err)
{
	static const int all[] = { SIGTERM, SIGINT, SIGHUP, SIGCHLD };
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		sigaddset(&set, all[i]);
	p->signals = -1;
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0 ||
	    (p->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)) < 0)
		return error_errno(err, "could not wait for signals");
	return 0;
}

static void
warn_of_root(const struct conf *conf)
{
	const char *users[] = { conf->user, conf->keys_user };
	const char *settings[] = { "user", "keys-user" };
	size_t i;

	for (i = 0; i < 2; i++)
		if (geteuid() == 0 && strcmp(users[i], "root") == 0)
			log_warning(
			    "%s is root: whoever breaks into that process owns the machine; "
			    "name another user",
			    settings[i]);
}

static int
prepare(struct parent *p, struct error *err)
{
	static const struct child children[CHILDREN] = {
		[KEYS] = { "keys", child_keys_main, .ready = -1, .control = -1 },
		[READ] = { "read", child_read_main, .ready = -1, .control = -1 },
		[API] = { "api", child_api_main, .ready = -1, .control = -1 },
		[JOBS] = { "jobs", child_jobs_main, .ready = -1, .control = -1 },
	};

	memcpy(p->children, children, sizeof(children));
	p->pid = getpid();
	p->reload.files = (struct handed)HANDED_NONE;
	warn_of_root(p->conf);
	p->shared = mmap(
	    NULL, sizeof(*p->shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (p->shared == MAP_FAILED) {
		p->shared = NULL;
		return error_memory(err);
	}
	if (parent_check(p->conf, err) != 0 || block_signals(p, err) != 0 ||
	    open_listeners(p, err) != 0 || open_channels(p, err) != 0 ||
	    read_channel_pair(p->read_ends, err) != 0)
		return -1;
	return write_pid(p->conf, err);
}

static void
release(struct parent *p)
{
	size_t i;

	for (i = 0; p->listeners != NULL && i < p->conf->listener_count; i++)
		if (p->listeners[i].fd >= 0)
			close(p->listeners[i].fd);
	if (p->channels_keys != NULL && p->channels_api != NULL) {
		close_all(p->channels_keys, p->channel_count);
		close_all(p->channels_api, p->channel_count);
	}
	close_all(p->read_ends, 2);
	if (p->shared != NULL)
		munmap(p->shared, sizeof(*p->shared));
	if (p->signals >= 0)
		close(p->signals);
	if (p->conf->pid_file[0] != '\0')
		unlink(p->conf->pid_file);
	handed_close(&p->reload.files);
	conf_free(p->reload.next);
	free(p->listeners);
	free(p->channels_keys);
	free(p->channels_api);
	conf_free(p->conf);
}

int
parent_run(struct conf *conf, const struct api_service *service)
{
	struct parent p = {
		.conf = conf, .service = service, .signals = -1, .read_ends = { -1, -1 }
	};
	struct error err = ERROR_INIT;
	int rc = 1;

	log_setup("parent", conf->log_level);
	if (prepare(&p, &err) != 0) {
		log_failure(LOG_LEVEL_ERROR, "could not start", &err);
	} else {
		loop(&p);
		rc = p.failed;
		log_info("ended");
	}
	release(&p);
	return rc;
}
