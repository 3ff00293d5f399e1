/*
 * SIGHUP, seen from the parent: the new configuration is read and checked here, its keys are tried
 * by a process of their own, then by the keys process's successor; last the api process, which is
 * handed the files, takes all of it or nothing and answers. Whoever refuses, the old world goes on.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/base/clock.h"
#include "server/run/notify.h"
#include "server/run/parent_core.h"

static void
finish(struct parent *p, const char *status)
{
	struct reload *r = &p->reload;

	handed_close(&r->files);
	r->next = NULL;
	notify_systemd(status);
	if (r->again && !p->ending) {
		r->again = 0;
		reload_begin(p);
	}
}

static void
take(struct parent *p)
{
	conf_free(p->conf);
	p->conf = p->reload.next;
	/* Its successor has the new settings; jobs under way are finished or begun again. */
	child_tell_to_end(p, JOBS, (int64_t)p->conf->drain_seconds * 1000000 + KILL_AFTER_US);
	log_setup("parent", p->conf->log_level);
	log_info("the new configuration is in use");
	finish(p, "READY=1\nSTATUS=Serving.");
}

static int
same_keys_settings(const struct conf *a, const struct conf *b)
{
	return strcmp(a->keys_directory, b->keys_directory) == 0 &&
	       a->keys_memory == b->keys_memory && a->keys_may_swap == b->keys_may_swap;
}

static void
refuse(struct parent *p, struct conf *next, const struct error *err)
{
	log_failure(LOG_LEVEL_ERROR, "the old configuration stays in use", err);
	if (next != NULL && p->reload.stage != RELOAD_TRIAL && !same_keys_settings(next, p->conf))
		child_tell_to_end(p, KEYS, KILL_AFTER_US);
	conf_free(next);
	finish(p, "READY=1\nSTATUS=Serving; the last reload was refused, see the log.");
}

/* ---- the new configuration ---- */

/* Read it and open what it names. On -1 nothing is open and *conf is NULL. */
static int
read_new(const struct parent *p, struct conf **conf, struct handed *files, struct error *err)
{
	const char *name = p->conf->file, *fixed;
	int fd = open(name, O_RDONLY | O_CLOEXEC);

	*conf = NULL;
	*files = (struct handed)HANDED_NONE;
	if (fd < 0)
		return error_errno(err, "could not open %s", name);
	if (conf_read_fd(conf, name, fd, err) != 0 || parent_check(*conf, err) != 0)
		goto fail;
	fixed = conf_needs_restart(p->conf, *conf);
	if (fixed != NULL) {
		error_set(err, ERROR_CONFLICT, "%s can only be changed by a restart", fixed);
		goto fail;
	}
	if (handed_open(files, *conf, err) != 0)
		goto fail;
	files->conf = fd;
	return 0;
fail:
	close(fd);
	conf_free(*conf);
	*conf = NULL;
	return -1;
}

/* The one that serves lives on meanwhile: its successor may be no good. */
static int
start_trial(struct parent *p, struct error *err)
{
	struct reload *r = &p->reload;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
		return error_errno(err, "no pipe for a trial of the keys");
	r->trial = fork();
	if (r->trial == 0)
		_exit(child_trial_main(p, ends[1]));
	close(ends[1]);
	r->trial_says = ends[0];
	if (r->trial > 0)
		return 0;
	close(ends[0]);
	r->trial = 0;
	return error_errno(err, "a trial of the keys could not be started");
}

static void
replace_keys(struct parent *p)
{
	struct reload *r = &p->reload;
	struct child *keys = &p->children[KEYS];

	r->stage = RELOAD_KEYS;
	r->keys_generation = p->keys_generation + 1;
	/* The successor of keys starts when this one has answered what it has in hand. */
	if (keys->pid > 0)
		child_tell_to_end(p, KEYS, KILL_AFTER_US);
	else
		keys->start_at = clock_monotonic_us();
}

void
reload_trial_ended(struct parent *p, int status)
{
	struct reload *r = &p->reload;
	struct error why = ERROR_INIT;
	struct conf *next = r->next;
	char said[512];
	ssize_t n = read(r->trial_says, said, sizeof(said) - 1);

	said[n > 0 ? n : 0] = '\0';
	close(r->trial_says);
	r->trial = 0;
	if (p->ending)
		return;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
		replace_keys(p);
		return;
	}
	error_cause(&why, ERROR_UNAVAILABLE,
	    "the keys process did not start with the new configuration", "%s",
	    n > 0 ? said : "it died");
	refuse(p, next, &why);
}

void
reload_begin(struct parent *p)
{
	struct reload *r = &p->reload;
	struct conf *next;
	struct error err = ERROR_INIT;

	if (r->next != NULL) {
		r->again = 1;
		return;
	}
	notify_systemd("RELOADING=1\nSTATUS=Reloading.");
	if (read_new(p, &r->next, &r->files, &err) != 0) {
		refuse(p, NULL, &err);
		return;
	}
	log_info("reloading");
	r->stage = RELOAD_TRIAL;
	r->deadline = clock_monotonic_us() + START_US;
	next = r->next;
	if (start_trial(p, &err) != 0)
		refuse(p, next, &err);
}

static void
ask_api(struct parent *p)
{
	struct reload *r = &p->reload;
	struct child *api = &p->children[API];
	struct error err = ERROR_INIT;
	struct conf *next = r->next;

	if (api->state == DOWN) { /* what it could not start with may be what was mended */
		api->start_at = clock_monotonic_us();
		take(p);
		return;
	}
	r->stage = RELOAD_API;
	r->deadline = clock_monotonic_us() + START_US;
	if (handed_send(api->control, &r->files, &err) != 0)
		refuse(p, next, &err);
}

int64_t
reload_tend(struct parent *p)
{
	struct reload *r = &p->reload;
	struct child *api = &p->children[API];

	if (r->next == NULL || p->ending)
		return 0;
	if (r->stage == RELOAD_KEYS && p->children[KEYS].state == RUNNING &&
	    p->keys_generation >= r->keys_generation && api->state != STARTING)
		ask_api(p);
	if (r->next == NULL || r->stage == RELOAD_KEYS)
		return 0;
	if (r->stage == RELOAD_TRIAL) {
		if (clock_monotonic_us() >= r->deadline && r->trial > 0)
			kill(r->trial, SIGKILL); /* its end follows */
		return clock_monotonic_us() < r->deadline ? r->deadline : 0;
	}
	if (clock_monotonic_us() >= r->deadline && api->pid > 0) {
		log_error("%s does not answer and is killed", api->name);
		r->deadline = clock_monotonic_us() + KILL_AFTER_US;
		kill(api->pid, SIGKILL);
	}
	return r->deadline;
}

/* ---- what becomes of it ---- */

void
reload_hear(struct parent *p)
{
	struct reload *r = &p->reload;
	struct child *api = &p->children[API];
	struct error why = ERROR_INIT;
	struct conf *next = r->next;
	int ended, rc = handed_hear(api->control, &why, &ended);

	if (ended) { /* its end follows */
		close(api->control);
		api->control = -1;
	}
	if (rc < 0 || next == NULL || r->stage != RELOAD_API)
		return;
	if (rc == 1)
		take(p);
	else
		refuse(p, next, &why);
}

void
reload_child_died(struct parent *p, enum child_id id, const char *said)
{
	struct reload *r = &p->reload;
	struct error why = ERROR_INIT;
	struct conf *next = r->next;

	if (next == NULL || p->ending || (id != KEYS && id != API))
		return;
	if (id == KEYS && (r->stage != RELOAD_KEYS || p->keys_generation < r->keys_generation))
		return;
	if (id == API && r->stage != RELOAD_API)
		return;
	error_cause(&why, ERROR_UNAVAILABLE,
	    id == KEYS ? "the keys process did not start with the new configuration"
		       : "the api process died of the new configuration",
	    "%s", said);
	refuse(p, next, &why);
}
