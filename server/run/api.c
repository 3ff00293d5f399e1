#include "server/run/api.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "server/base/clock.h"
#include "server/http/contract.h"
#include "server/http/site.h"
#include "server/run/child.h"
#include "server/run/handed.h"
#include "signing/core/ossl.h"
#include "signing/keys/client.h"
#include "signing/keys/process.h"
#include "signing/keys/provider.h"

/* Channels for threads that have none of their own: this one, the journal. */
#define SHARED_CHANNELS	 2
#define EXPIRY_WARN_DAYS 14
#define DAY		 86400

struct api {
	const struct api_config *config;
	const struct conf *conf; /* the one in use */
	struct conf *reloaded;	 /* owned; NULL before the first reload */
	struct site site;
	struct metrics *metrics;
	struct health *health;
	struct access_log *access;
	struct front *front;
	void *service;
	_Atomic int64_t certificate_ends;
};

/* Of all lanes before this one: their channels come first. */
static size_t
lane_threads(const struct conf *conf, enum lane before)
{
	const size_t threads[LANES] = { [LANE_FAST] = conf->workers,
		[LANE_LOGIN] = conf->login_threads,
		[LANE_SLOW] = conf->slow_threads,
		[LANE_BULK] = conf->limits.bulk_requests };
	size_t count = 0;
	int lane;

	for (lane = 0; lane < (int)before; lane++)
		count += threads[lane];
	return count;
}

size_t
api_channel_count(const struct conf *conf)
{
	return lane_threads(conf, LANES) + SHARED_CHANNELS;
}

/* ---- threads ---- */

static int
start_worker(void *arg, enum lane lane, unsigned int index, void **worker, struct error *err)
{
	struct api *api = arg;
	size_t channel = lane_threads(api->config->conf, lane) + index;

	*worker = NULL;
	if (lane == LANE_FAST && api->config->conf->pin && keys_pin_thread(channel, err) != 0)
		return -1;
	if (keys_thread_attach(api->config->channels[channel], 0) != 0)
		return error_set(err, ERROR_INTERNAL, "a thread got no channel to the keys");
	if (api->config->service->worker_open == NULL)
		return 0;
	return api->config->service->worker_open(api->service, worker, err);
}

static void
stop_worker(void *arg, void *worker)
{
	struct api *api = arg;

	if (worker != NULL)
		api->config->service->worker_close(worker);
	keys_thread_detach();
}

static enum served
serve(void *arg, void *worker, struct exchange *x)
{
	struct api *api = arg;

	return site_serve(&api->site, worker, x);
}

static void
worker_idle(void *arg, int is_idle)
{
	struct api *api = arg;

	if (api->config->service->worker_idle != NULL)
		api->config->service->worker_idle(api->service, is_idle);
}

static void
fail(void *arg, struct exchange *x, const struct error *failure)
{
	struct api *api = arg;

	site_fail(&api->site, x, failure);
}

/* ---- health ---- */

static void
probe_keys(void *arg, struct health_state *state)
{
	struct api *api = arg;

	state->works = atomic_load(&api->config->shared->keys_runs);
	if (!state->works)
		snprintf(state->text, sizeof(state->text),
		    "the keys process is not running; it is being started again");
	snprintf(state->figure_name, sizeof(state->figure_name), "starts");
	state->figure = atomic_load(&api->config->shared->keys_starts);
}

static void
probe_read(void *arg, struct health_state *state)
{
	struct api *api = arg;

	state->works = atomic_load(&api->config->shared->read_runs);
	if (!state->works)
		snprintf(state->text, sizeof(state->text),
		    "the read process is not running; it is being started again");
	snprintf(state->figure_name, sizeof(state->figure_name), "starts");
	state->figure = atomic_load(&api->config->shared->read_starts);
}

/* Shown, and no reason to send callers elsewhere: another server does the jobs as well. */
static void
probe_jobs(void *arg, struct health_state *state)
{
	struct api *api = arg;
	struct run_shared *shared = api->config->shared;
	char failing[160];

	state->is_minor = 1;
	state->works = 1;
	if (!api->config->conf->jobs) {
		snprintf(state->text, sizeof(state->text), "switched off on this server");
		return;
	}
	jobs_figures_failing(&shared->jobs, failing, sizeof(failing));
	state->works = atomic_load(&shared->jobs_runs) && failing[0] == '\0';
	if (!atomic_load(&shared->jobs_runs))
		snprintf(state->text, sizeof(state->text),
		    "the jobs process is not running; it is being started");
	else if (failing[0] != '\0')
		snprintf(state->text, sizeof(state->text),
		    "failed here the last time: %s; the log says why", failing);
	else if (!atomic_load(&shared->jobs.is_connected))
		snprintf(state->text, sizeof(state->text),
		    "the plan of jobs cannot be read: the database cannot be reached");
	snprintf(state->figure_name, sizeof(state->figure_name), "running");
	state->figure = atomic_load(&shared->jobs.running);
}

static void
probe_certificate(void *arg, struct health_state *state)
{
	struct api *api = arg;
	int64_t left = atomic_load(&api->certificate_ends) - clock_now();

	state->works = left > 0;
	snprintf(state->figure_name, sizeof(state->figure_name), "daysLeft");
	state->figure = left / DAY;
	if (left <= 0)
		snprintf(state->text, sizeof(state->text),
		    "the TLS certificate has expired; put a new one in its place and reload");
	else if (left < EXPIRY_WARN_DAYS * DAY)
		snprintf(state->text, sizeof(state->text),
		    "the TLS certificate is about to expire; put a new one in its place and "
		    "reload");
}

static double
keys_restarts(void *arg)
{
	const struct run_shared *shared = arg;

	return (double)atomic_load(&shared->keys_starts) - 1;
}

static double
read_restarts(void *arg)
{
	const struct run_shared *shared = arg;

	return (double)atomic_load(&shared->read_starts) - 1;
}

static double
jobs_restarts(void *arg)
{
	const struct run_shared *shared = arg;
	unsigned int starts = atomic_load(&shared->jobs_starts);

	return starts > 0 ? (double)starts - 1 : 0;
}

static double
api_restarts(void *arg)
{
	const struct run_shared *shared = arg;

	return (double)atomic_load(&shared->api_starts) - 1;
}

static int
make_pages(struct api *api, struct error *err)
{
	struct run_shared *shared = api->config->shared;
	size_t i;

	api->metrics = metrics_new();
	api->health = health_new(SIGNET_VERSION, api->conf->node);
	if (api->metrics == NULL || api->health == NULL)
		return error_memory(err);
	metrics_ask(api->metrics, "keys_restarts_total", "Times the keys process was replaced.",
	    "counter", keys_restarts, shared);
	metrics_ask(api->metrics, "read_restarts_total", "Times the read process was replaced.",
	    "counter", read_restarts, shared);
	metrics_ask(api->metrics, "api_restarts_total", "Times the api process was replaced.",
	    "counter", api_restarts, shared);
	metrics_ask(api->metrics, "jobs_restarts_total", "Times the jobs process was replaced.",
	    "counter", jobs_restarts, shared);
	metrics_part(api->metrics, jobs_figures_text, &shared->jobs);
	health_add(api->health, "keys", probe_keys, api);
	health_add(api->health, "read", probe_read, api);
	health_add(api->health, "jobs", probe_jobs, api);
	health_add(api->health, "certificate", probe_certificate, api);
	for (i = 0; i < api->conf->listener_count; i++)
		if (api->conf->listeners[i].profile == TLS_PROFILE_LEGACY) {
			health_warn(api->health, "a listener speaks legacy TLS (1.0, 1.1, CBC)");
			log_warning("port %u speaks legacy TLS (1.0, 1.1, CBC suites): only for "
				    "old clients, and not for long",
			    api->conf->listeners[i].port);
		}
	return 0;
}

/* ---- TLS ---- */

static void
free_contexts(SSL_CTX *tls[TLS_PROFILES])
{
	int i;

	for (i = 0; i < TLS_PROFILES; i++)
		SSL_CTX_free(tls[i]);
}

/*
 * A key that the keys process does not know, or another than the certificate's, would show only
 * when the first client calls.
 */
static int
check_key(const struct conf *conf, const EVP_PKEY *certified, struct error *err)
{
	struct keys_info *info = NULL;
	int rc = 0;

	if (keys_find(&info, conf->certificate_key, err) != 0)
		return -1;
	if (info->reason[0] != '\0')
		rc = error_set(err, ERROR_UNAVAILABLE, "the TLS key \"%s\" cannot be used: %.300s",
		    conf->certificate_key, info->reason);
	else if (info->public_key != NULL && EVP_PKEY_eq(info->public_key, certified) != 1)
		rc = error_set(err, ERROR_CONFLICT,
		    "the TLS certificate does not belong to the TLS key \"%s\"",
		    conf->certificate_key);
	keys_list_free(info, 1);
	return rc;
}

/* Contexts for the profiles that the listeners use. */
static int
make_contexts(struct api *api, const struct conf *conf, int certificate, SSL_CTX *tls[TLS_PROFILES],
    struct error *err)
{
	struct tls_chain chain = { NULL, NULL };
	EVP_PKEY *key = NULL;
	enum tls_profile profile;
	int rc = -1, ok;
	size_t i;

	memset(tls, 0, TLS_PROFILES * sizeof(SSL_CTX *));
	if (tls_chain_read(&chain, certificate, err) != 0 ||
	    check_key(conf, X509_get0_pubkey(chain.leaf), err) != 0 ||
	    keys_pkey_new(&key, conf->certificate_key, X509_get0_pubkey(chain.leaf), err) != 0)
		goto done;
	for (i = 0; i < conf->listener_count; i++) {
		profile = conf->listeners[i].profile;
		if (profile != TLS_PROFILE_NONE && tls[profile] == NULL &&
		    tls_context_new(&tls[profile], profile, &chain, key, err) != 0)
			goto done;
	}
	atomic_store(
	    &api->certificate_ends, asn1_time_seconds(X509_get0_notAfter(chain.leaf), &ok));
	rc = 0;
done:
	if (rc != 0)
		free_contexts(tls);
	EVP_PKEY_free(key);
	tls_chain_release(&chain);
	return rc;
}

/* ---- start ---- */

static int
start_front(struct api *api, int certificate, struct error *err)
{
	const struct conf *conf = api->conf;
	const struct api_service *service = api->config->service;
	SSL_CTX *tls[TLS_PROFILES];
	struct front_config config = {
		.listeners = api->config->listeners,
		.listener_count = conf->listener_count,
		.limits = conf->limits,
		.threads = { [LANE_FAST] = conf->workers,
		    [LANE_LOGIN] = conf->login_threads,
		    [LANE_SLOW] = conf->slow_threads,
		    [LANE_BULK] = conf->limits.bulk_requests },
		.queues = { [LANE_LOGIN] = conf->login_queue,
		    [LANE_SLOW] = conf->slow_queue,
		    [LANE_BULK] = conf->bulk_queue },
		.service = { api, start_worker, stop_worker, serve, fail, service->start,
		    worker_idle },
		.metrics = api->metrics,
		.access = api->access,
	};
	int rc;

	if (make_contexts(api, conf, certificate, tls, err) != 0)
		return -1;
	api->site = (struct site){ .health = api->health,
		.metrics = api->metrics,
		.wsdl = contract_wsdl(),
		.xsd = contract_xsd(),
		.admin_xsd = contract_admin_xsd(),
		.soap = service->soap,
		.soap_fail = service->soap_fail,
		.timestamp = service->timestamp,
		.crl = service->crl,
		.access = service->access };
	rc = front_new(&api->front, &config, tls, err);
	free_contexts(tls);
	return rc;
}

static int
use_catalogue(const struct api *api, const struct handed *files, struct error *err)
{
	if (api->service == NULL || api->config->service->catalogue == NULL)
		return 0;
	return api->config->service->catalogue(
	    api->service, files->catalogue, files->catalogue_signer, err);
}

static int
start_with(struct api *api, struct handed *files, struct error *err)
{
	const struct conf *conf = api->conf;
	size_t first = api_channel_count(conf) - SHARED_CHANNELS;

	signal(SIGPIPE, SIG_IGN);
	clock_set_offset(conf->clock_offset);
	if (keys_client_setup(api->config->channels + first, SHARED_CHANNELS, 0, err) != 0 ||
	    make_pages(api, err) != 0 || access_log_new(&api->access, files->access, err) != 0)
		return -1;
	files->access = -1;
	if (api->config->service->open != NULL &&
	    api->config->service->open(
		&api->service, conf, &api->config->reader, api->health, api->metrics, err) != 0)
		return -1;
	if (use_catalogue(api, files, err) != 0 || start_front(api, files->certificate, err) != 0)
		return -1;
	return child_seal(err);
}

static int
start(struct api *api, struct error *err)
{
	struct handed files;
	int rc;

	if (handed_receive(api->config->control, &files, err) != 0)
		return -1;
	rc = start_with(api, &files, err);
	handed_close(&files);
	return rc;
}

static void
stop(struct api *api)
{
	/* The front first: its threads use the service, and its parked answers need the journal. */
	front_free(api->front);
	if (api->service != NULL && api->config->service->close != NULL)
		api->config->service->close(api->service);
	access_log_close(api->access);
	health_free(api->health);
	metrics_free(api->metrics);
	keys_client_teardown();
	conf_free(api->reloaded);
}

static void
tell_parent(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) < 0)
		log_warning("the parent could not be told: %s", strerror(errno));
	close(fd);
}

/* ---- reload and drain ---- */

static int
take_over(struct api *api, struct conf *conf, const struct handed *files, struct error *err)
{
	SSL_CTX *tls[TLS_PROFILES];
	int i;

	if (make_contexts(api, conf, files->certificate, tls, err) != 0)
		return -1;
	if (use_catalogue(api, files, err) != 0 ||
	    (api->service != NULL && api->config->service->reload != NULL &&
		api->config->service->reload(api->service, conf, err) != 0)) {
		free_contexts(tls);
		return -1;
	}
	for (i = 0; i < TLS_PROFILES; i++)
		if (tls[i] != NULL)
			front_set_tls(api->front, (enum tls_profile)i, tls[i]);
	free_contexts(tls);
	front_set_limits(api->front, &conf->limits);
	log_setup("api", conf->log_level);
	return 0;
}

static int
reload(struct api *api, struct handed *files, struct error *err)
{
	struct conf *conf = NULL, *old = api->reloaded;
	const char *fixed;

	if (conf_read_fd(&conf, api->config->conf->file, files->conf, err) != 0)
		return -1;
	fixed = conf_needs_restart(api->conf, conf);
	if (fixed != NULL)
		error_set(err, ERROR_CONFLICT, "%s can only be changed by a restart", fixed);
	if (fixed != NULL || take_over(api, conf, files, err) != 0) {
		conf_free(conf);
		return -1;
	}
	api->conf = api->reloaded = conf;
	conf_free(old);
	access_log_use(api->access, files->access);
	files->access = -1;
	return 0;
}

/* The parent hands over a new world; 0 when it is gone. */
static int
hear_parent(struct api *api)
{
	struct error err = ERROR_INIT;
	struct handed files;
	int rc;

	if (handed_receive(api->config->control, &files, &err) != 0)
		return 0;
	rc = reload(api, &files, &err);
	handed_close(&files);
	metrics_add(api->metrics, rc == 0 ? METRIC_RELOADS : METRIC_RELOADS_FAILED, 1);
	handed_answer(api->config->control, rc == 0 ? NULL : &err);
	return 1;
}

static void
drain(struct api *api)
{
	int64_t end = clock_monotonic_us() + (int64_t)api->conf->drain_seconds * 1000000;

	log_info("finishing what is in hand");
	front_drain(api->front);
	while (front_open(api->front) > 0 && clock_monotonic_us() < end)
		poll(NULL, 0, 10);
	if (front_open(api->front) > 0)
		log_warning("%u connections are cut off", front_open(api->front));
}

static void
wait_for_the_end(struct api *api, int signals)
{
	struct pollfd fds[] = { { signals, POLLIN, 0 }, { api->config->control, POLLIN, 0 } };
	struct signalfd_siginfo info;

	for (;;) {
		poll(fds, 2, -1);
		if ((fds[0].revents & POLLIN) &&
		    read(signals, &info, sizeof(info)) == (ssize_t)sizeof(info) &&
		    info.ssi_signo == SIGTERM)
			return;
		if (fds[1].revents != 0 && !hear_parent(api))
			return;
	}
}

/*
 * A document's buffers are of all sizes up to some MB. Left to itself the allocator soon takes them
 * from its arenas, of which each thread gets one, and each arena keeps the room of its largest
 * hour. So large blocks always come from the system and go back to it, and arenas are few.
 */
static void
set_up_memory(const struct conf *conf)
{
	mallopt(M_MMAP_THRESHOLD, 1 << 20);
	mallopt(M_TRIM_THRESHOLD, 1 << 20);
	mallopt(M_ARENA_MAX, (int)conf->workers + 1);
}

int
api_process(const struct api_config *config)
{
	struct api api = { .config = config, .conf = config->conf };
	struct error err = ERROR_INIT;
	sigset_t set;
	int signals, rc = 1;

	set_up_memory(config->conf);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (signals < 0)
		error_errno(&err, "could not wait for signals");
	if (signals < 0 || start(&api, &err) != 0) {
		log_failure(LOG_LEVEL_ERROR, "could not start", &err);
		tell_parent(config->ready_fd, err.text);
	} else {
		tell_parent(config->ready_fd, "ready");
		wait_for_the_end(&api, signals);
		drain(&api);
		rc = 0;
	}
	stop(&api);
	if (signals >= 0)
		close(signals);
	return rc;
}
