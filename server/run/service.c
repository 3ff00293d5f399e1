#include "server/run/service.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authz/cache.h"
#include "authz/password.h"
#include "schema/store/pool.h"
#include "server/base/clock.h"
#include "server/fetch/fetch.h"
#include "server/http/access.h"
#include "server/http/status.h"
#include "server/ops/audit/stamper.h"
#include "server/ops/publish.h"
#include "server/ops/trust/catalogue.h"
#include "server/ops/journal/journal.h"
#include "server/read/gate.h"
#include "server/read/reader.h"
#include "server/soap/fault.h"
#include "server/soap/worker.h"

struct service {
	struct db_pool *pool;
	struct authz_cache *cache;
	struct passwords *passwords;
	struct journal *journal;
	struct engine *engine;
	struct publisher *publisher; /* of a CA's list, or NULL */
	struct stamper *stamper;     /* of the audit log */
	struct reader reader;	     /* with a gate of ours */
	unsigned int workers;
	_Atomic unsigned int busy; /* workers that have something to do */
};

struct worker {
	struct service *service;
	struct soap_worker *soap;
};

/* ---- health and figures ---- */

static void
probe_database(void *arg, struct health_state *state)
{
	struct service *s = arg;

	state->works = authz_cache_is_listening(s->cache);
	if (!state->works)
		snprintf(state->text, sizeof(state->text),
		    "the database cannot be reached; requests are answered with Unavailable until "
		    "it can");
}

static void
probe_journal(void *arg, struct health_state *state)
{
	struct service *s = arg;
	struct journal_status status;

	journal_status(s->journal, &status);
	state->works = status.is_connected;
	snprintf(state->figure_name, sizeof(state->figure_name), "queued");
	state->figure = status.queued;
	if (!state->works)
		snprintf(state->text, sizeof(state->text),
		    "the audit log cannot be written; no request is answered until it can%s%.150s",
		    status.why[0] != '\0' ? ": " : "", status.why);
}

static double
journal_queued(void *arg)
{
	struct journal_status status;

	journal_status(((struct service *)arg)->journal, &status);
	return status.queued;
}

static double
journal_rows(void *arg)
{
	struct journal_status status;

	journal_status(((struct service *)arg)->journal, &status);
	return (double)status.committed;
}

static double
journal_batches(void *arg)
{
	struct journal_status status;

	journal_status(((struct service *)arg)->journal, &status);
	return (double)status.batches;
}

static void
show(struct service *s, struct health *health, struct metrics *metrics)
{
	health_add(health, "database", probe_database, s);
	health_add(health, "journal", probe_journal, s);
	metrics_ask(metrics, "journal_queued", "Audit rows that wait for their commit.", "gauge",
	    journal_queued, s);
	metrics_ask(
	    metrics, "journal_rows_total", "Audit rows committed.", "counter", journal_rows, s);
	metrics_ask(metrics, "journal_batches_total", "Transactions of the audit log.", "counter",
	    journal_batches, s);
}

/* ---- what the journal asks ---- */

/* While a worker is idle, no more rows will come than are here or soon: no need to gather. */
static int
workers_are_busy(void *arg)
{
	struct service *s = arg;

	return atomic_load(&s->busy) >= s->workers;
}

static void
service_worker_idle(void *arg, int is_idle)
{
	struct service *s = arg;

	if (!is_idle)
		atomic_fetch_add(&s->busy, 1);
	else if (atomic_fetch_sub(&s->busy, 1) == s->workers)
		journal_nudge(s->journal);
}

/* ---- start and end ---- */

static void
service_close(void *arg)
{
	struct service *s = arg;

	stamper_stop(s->stamper);
	journal_close(s->journal);
	engine_free(s->engine);
	read_gate_free(s->reader.gate);
	authz_cache_free(s->cache);
	passwords_free(s->passwords);
	publisher_free(s->publisher);
	db_pool_free(s->pool);
	free(s);
}

static int
open_parts(
    struct service *s, const struct conf *conf, const struct reader *reader, struct error *err)
{
	const struct db_pool_options pool = { .connection.conninfo = conf->database,
		.max = conf->workers + conf->login_threads + conf->slow_threads +
		       conf->limits.bulk_requests };
	const struct passwords_options passwords = { .waiting = conf->limits.password_queue };
	const struct journal_options journal = { .connection.conninfo = conf->database,
		.node = conf->node,
		.gather_us = (unsigned int)conf->audit_gather_us,
		.busy = workers_are_busy,
		.busy_arg = s,
		.may_start_away = 1 };
	struct authz_cache_options cache = { 0 };
	struct engine_parts parts = { .limits = &conf->limits,
		.node = conf->node,
		.tsa_tenant = conf->tsa_tenant[0] != '\0' ? conf->tsa_tenant : NULL };

	if (conf->crl_key[0] != '\0' && publisher_new(&s->publisher, conf->crl_key, err) != 0)
		return -1;
	if (fetch_setup(err) != 0 || db_pool_new(&s->pool, &pool, err) != 0 ||
	    passwords_new(&s->passwords, &passwords, err) != 0 ||
	    journal_open(&s->journal, &journal, err) != 0)
		return -1;
	cache.pool = s->pool;
	if (authz_cache_new(&s->cache, &cache, err) != 0)
		return -1;
	parts.pool = s->pool;
	parts.cache = s->cache;
	parts.passwords = s->passwords;
	parts.journal = s->journal;
	s->reader.channel = reader->channel;
	s->reader.places = conf->read_processes;
	if (read_gate_new(&s->reader.gate, s->reader.places, err) != 0)
		return -1;
	parts.reader = &s->reader;
	if (engine_new(&s->engine, &parts, err) != 0)
		return -1;
	return stamper_start(&s->stamper, s->engine, &pool.connection, err);
}

static int
service_open(void **service, const struct conf *conf, const struct reader *reader,
    struct health *health, struct metrics *metrics, struct error *err)
{
	struct service *s = calloc(1, sizeof(*s));

	*service = NULL;
	if (s == NULL)
		return error_memory(err);
	s->workers = conf->workers;
	if (open_parts(s, conf, reader, err) != 0) {
		service_close(s);
		return -1;
	}
	show(s, health, metrics);
	*service = s;
	return 0;
}

static int
service_reload(void *arg, const struct conf *conf, struct error *err)
{
	return engine_set_limits(((struct service *)arg)->engine, &conf->limits, err);
}

static int
service_catalogue(void *arg, int catalogue, int signers, struct error *err)
{
	return ops_catalogue_use(((struct service *)arg)->engine, catalogue, signers, err);
}

/* ---- a thread's ---- */

static void
worker_close(void *arg)
{
	struct worker *w = arg;

	soap_worker_free(w->soap);
	free(w);
}

static int
worker_open(void *service, void **worker, struct error *err)
{
	struct worker *w = calloc(1, sizeof(*w));

	*worker = NULL;
	if (w == NULL)
		return error_memory(err);
	w->service = service;
	if (soap_worker_new(&w->soap, w->service->engine, err) != 0) {
		worker_close(w);
		return -1;
	}
	*worker = w;
	return 0;
}

static enum served
serve_soap(void *worker, struct exchange *x)
{
	return soap_worker_serve(((struct worker *)worker)->soap, x);
}

static enum served
serve_timestamp(void *worker, struct exchange *x, struct span query)
{
	struct credentials who = { .cert = x->peer_cert, .peer = x->peer };
	const char *basic = http_head_field(x->head, "Authorization");
	struct buf clear = BUF_INIT(4096);
	struct error err = ERROR_INIT;
	int moved = 0, rc = 0;

	if (basic != NULL)
		rc = credentials_basic(&who, basic, &clear, &err);
	if (rc == 0)
		rc = ops_timestamp_reply(((struct worker *)worker)->service->engine, &who,
		    x->lane != LANE_FAST, x->request_id, query, &x->body, &x->pending, &moved,
		    &err);
	buf_wipe(&clear);
	if (moved) /* a password, or else a remote authority */
		return x->lane == LANE_FAST && who.user != NULL ? SERVED_LOGIN : SERVED_MOVE;
	if (rc == 0) {
		x->status = 200;
		x->operation = "TimestampDigest";
		x->outcome = "Success";
		snprintf(x->content_type, sizeof(x->content_type), "application/timestamp-reply");
	} else {
		http_answer_failure(x, http_status_of(err.kind), &err);
	}
	return SERVED;
}

static enum served
serve_crl(void *worker, struct exchange *x, const char *name)
{
	struct publisher *publisher = ((struct worker *)worker)->service->publisher;
	struct error err = ERROR_INIT;

	if (publisher == NULL || !publisher_has(publisher, name))
		error_set(&err, ERROR_NOT_FOUND, "there is no such list here");
	else if (publisher_crl(publisher, clock_now(), &x->body, &err) == 0) {
		x->status = 200;
		x->outcome = "Success";
		snprintf(x->content_type, sizeof(x->content_type), "application/pkix-crl");
		return SERVED;
	}
	http_answer_failure(x, http_status_of(err.kind), &err);
	return SERVED;
}

static enum served
serve_access(void *worker, struct exchange *x)
{
	const struct credentials who = { .cert = x->peer_cert, .peer = x->peer };
	struct access_answer answer = { 0 };
	struct access_form form;
	struct error err = ERROR_INIT;
	int rc = access_form_read(&form, x, &err);

	if (rc == 0)
		rc = ops_access_check(((struct worker *)worker)->service->engine, &who,
		    x->request_id, &form.question, &answer, &x->pending, &err);
	access_form_answer(&form, x, &answer, rc != 0 ? &err : NULL);
	access_answer_release(&answer);
	access_form_release(&form);
	return SERVED;
}

const struct api_service signet_service = {
	.open = service_open,
	.close = service_close,
	.reload = service_reload,
	.catalogue = service_catalogue,
	.worker_open = worker_open,
	.worker_close = worker_close,
	.soap = serve_soap,
	.soap_fail = soap_fail,
	.timestamp = serve_timestamp,
	.crl = serve_crl,
	.access = serve_access,
	.worker_idle = service_worker_idle,
	.start = pending_start,
};
