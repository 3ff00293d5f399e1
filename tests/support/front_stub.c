#include "tests/support/front_stub.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/base/clock.h"
#include "server/http/status.h"
#include "tests/support/pki.h"

static _Atomic int64_t set_time = 1000000000;

static int64_t
set_clock(void)
{
	return atomic_load(&set_time);
}

/* ---- the gate and the commits ---- */

struct pending {
	struct pending *next;
	void (*done)(void *arg, const struct error *failure);
	void *arg;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int gate_is_open;
static struct pending *pendings;

void
stub_open_gate(void)
{
	pthread_mutex_lock(&lock);
	gate_is_open = 1;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

void
stub_shut_gate(void)
{
	pthread_mutex_lock(&lock);
	gate_is_open = 0;
	pthread_mutex_unlock(&lock);
}

static void
wait_at_gate(void)
{
	pthread_mutex_lock(&lock);
	while (!gate_is_open)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
}

static void
start_pending(struct pending *p, void (*done)(void *arg, const struct error *failure), void *arg)
{
	struct pending **at = &pendings;

	p->done = done;
	p->arg = arg;
	pthread_mutex_lock(&lock);
	while (*at != NULL)
		at = &(*at)->next;
	*at = p;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

void
stub_commit(const struct error *failure)
{
	struct pending *p;

	pthread_mutex_lock(&lock);
	while (pendings == NULL)
		pthread_cond_wait(&changed, &lock);
	p = pendings;
	pendings = p->next;
	pthread_mutex_unlock(&lock);
	p->done(p->arg, failure);
	free(p);
}

/* ---- paths ---- */

static void
say(struct exchange *x, const char *text)
{
	http_answer_text(x, 200, "text/plain", span_str(text));
}

static enum served
serve_hello(struct exchange *x)
{
	say(x, "hello");
	return SERVED;
}

static enum served
read_all(struct exchange *x, int keep)
{
	struct error err = ERROR_INIT;
	uint64_t count = 0;
	char piece[1000], text[32];
	ssize_t n;

	while ((n = x->read_body(x, piece, sizeof(piece), &err)) > 0) {
		count += (uint64_t)n;
		if (keep && buf_append(&x->body, piece, (size_t)n, &err) != 0)
			break;
	}
	if (n != 0) {
		http_answer_failure(x, http_status_of(err.kind), &err);
		return SERVED;
	}
	x->status = 200;
	x->outcome = "Success";
	snprintf(text, sizeof(text), "%llu", (unsigned long long)count);
	if (!keep)
		say(x, text);
	return SERVED;
}

static enum served
serve_echo(struct exchange *x)
{
	return read_all(x, 1);
}

static enum served
serve_count(struct exchange *x)
{
	return read_all(x, 0);
}

static enum served
serve_unread(struct exchange *x)
{
	say(x, "unread");
	return SERVED;
}

static enum served
serve_large(struct exchange *x)
{
	unsigned char *at = buf_reserve(&x->body, 3 << 20, NULL);

	memset(at, 'x', 3 << 20);
	x->body.len = 3 << 20;
	x->status = 200;
	return SERVED;
}

static enum served
serve_wait(struct exchange *x)
{
	const char *user = http_head_field(x->head, "User");

	snprintf(x->user, sizeof(x->user), "%s", user != NULL ? user : "");
	if (x->lane == LANE_FAST)
		return SERVED_MOVE;
	wait_at_gate();
	say(x, "waited");
	return SERVED;
}

/* Logs in, and then says so or goes on as /wait. */
static enum served
serve_login(struct exchange *x)
{
	x->user[0] = '\0';
	if (x->lane == LANE_FAST)
		return SERVED_LOGIN;
	if (strcmp(x->head->path, "/login-wait") == 0)
		return x->lane == LANE_LOGIN ? SERVED_MOVE : serve_wait(x);
	say(x, x->lane == LANE_LOGIN ? "logged in" : "elsewhere");
	return SERVED;
}

/* As a login by UsernameToken does: reads some of the body before it knows. */
static enum served
serve_moved(struct exchange *x)
{
	struct error err = ERROR_INIT;
	char some[3];

	if (x->lane != LANE_FAST)
		return read_all(x, 1);
	while (x->head->path[7] == 'a' && x->read_body(x, some, sizeof(some), &err) > 0)
		;
	x->read_body(x, some, sizeof(some), &err);
	return SERVED_MOVE;
}

static enum served
serve_commit(struct exchange *x)
{
	say(x, "committed");
	x->pending = calloc(1, sizeof(*x->pending));
	return SERVED;
}

static enum served
serve_client(struct exchange *x)
{
	char name[64] = "-";

	if (x->peer_cert != NULL)
		X509_NAME_get_text_by_NID(
		    X509_get_subject_name(x->peer_cert), NID_commonName, name, sizeof(name));
	say(x, name);
	return SERVED;
}

static const struct path {
	const char *path;
	enum served (*serve)(struct exchange *x);
} paths[] = {
	{ "/hello", serve_hello },
	{ "/echo", serve_echo },
	{ "/count", serve_count },
	{ "/unread", serve_unread },
	{ "/large", serve_large },
	{ "/wait", serve_wait },
	{ "/login", serve_login },
	{ "/login-wait", serve_login },
	{ "/moved-all", serve_moved },
	{ "/moved-some", serve_moved },
	{ "/commit", serve_commit },
	{ "/client", serve_client },
};

/* How often a worker took up work, and how many have some; how often one served without. */
static _Atomic int taken_up, with_work, served_without;

static enum served
serve(void *arg, void *state, struct exchange *x)
{
	struct error err = ERROR_INIT;
	size_t i;

	(void)arg;
	(void)state;
	x->operation = "stub";
	if (x->lane == LANE_FAST && atomic_load(&with_work) == 0)
		atomic_fetch_add(&served_without, 1);
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (strcmp(paths[i].path, x->head->path) == 0)
			return paths[i].serve(x);
	error_set(&err, ERROR_NOT_FOUND, "no such path");
	http_answer_failure(x, 404, &err);
	return SERVED;
}

static void
fail(void *arg, struct exchange *x, const struct error *failure)
{
	(void)arg;
	http_answer_failure(x, http_status_of(failure->kind), failure);
}

static int
thread_start(void *arg, enum lane lane, unsigned int index, void **state, struct error *err)
{
	(void)arg;
	(void)lane;
	(void)index;
	(void)err;
	*state = NULL;
	return 0;
}

static void
worker_idle(void *arg, int is_idle)
{
	(void)arg;
	if (!is_idle)
		atomic_fetch_add(&taken_up, 1);
	atomic_fetch_add(&with_work, is_idle ? -1 : 1);
}

int
stub_idle_after(int times)
{
	int64_t end = clock_monotonic_us() + 10000000;

	while (atomic_load(&taken_up) < times || atomic_load(&with_work) != 0) {
		if (clock_monotonic_us() > end)
			return 0;
		poll(NULL, 0, 1);
	}
	return atomic_load(&served_without) == 0;
}

static void
thread_stop(void *arg, void *state)
{
	(void)arg;
	(void)state;
}

/* ---- the front ---- */

static void
must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "a test's front: %s\n", what);
	exit(2);
}

SSL_CTX *
stub_server_context(enum tls_profile profile)
{
	struct tls_chain chain = { pki_cert(PKI_TLS_SERVER), pki_anchors() };
	struct error err = ERROR_INIT;
	SSL_CTX *ctx;

	must(tls_context_new(&ctx, profile, &chain, pki_key(PKI_TLS_SERVER)->pkey, &err) == 0,
	    err.text);
	return ctx;
}

void
stub_init(struct stub *stub)
{
	memset(stub, 0, sizeof(*stub));
	taken_up = with_work = served_without = 0;
	stub->metrics = metrics_new();
	stub->listener.fd = tls_client_listen(&stub->port);
	stub->listener.doors = DOOR_SOAP | DOOR_HEALTH;
	stub->listener.profile = TLS_PROFILE_DEFAULT;
	stub->client = SSL_CTX_new(TLS_client_method());
	stub->client_with_cert = SSL_CTX_new(TLS_client_method());
	must(SSL_CTX_use_certificate(stub->client_with_cert, pki_cert(PKI_TLS_CLIENT)) == 1 &&
		 SSL_CTX_use_PrivateKey(stub->client_with_cert, pki_key(PKI_TLS_CLIENT)->pkey) == 1,
	    "no client certificate");
	stub->config = (struct front_config){
		.limits = { .message_bytes = 8 << 20,
		    .request_seconds = 60,
		    .idle_seconds = 100,
		    .header_seconds = 10,
		    .requests_in_hand = 100,
		    .connections = 20000,
		    .connections_per_address = 20000 },
		.threads = { 1, 2, 2, 2 },
		.queues = { 0, 2, 2, 2 },
		.service = { NULL, thread_start, thread_stop, serve, fail, start_pending,
		    worker_idle },
		.metrics = stub->metrics,
		.now = set_clock,
	};
}

void
stub_start(struct stub *stub)
{
	SSL_CTX *tls[TLS_PROFILES] = { NULL };
	struct error err = ERROR_INIT;

	stub->config.listeners = &stub->listener;
	stub->config.listener_count = 1;
	if (stub->listener.profile != TLS_PROFILE_NONE)
		tls[stub->listener.profile] = stub_server_context(stub->listener.profile);
	must(front_new(&stub->front, &stub->config, tls, &err) == 0, err.text);
	SSL_CTX_free(tls[stub->listener.profile]);
}

void
stub_stop(struct stub *stub)
{
	front_free(stub->front);
	close(stub->listener.fd);
	SSL_CTX_free(stub->client);
	SSL_CTX_free(stub->client_with_cert);
	metrics_free(stub->metrics);
}

void
stub_pass_seconds(struct stub *stub, unsigned int seconds)
{
	atomic_fetch_add(&set_time, (int64_t)seconds * 1000000);
	front_poke(stub->front);
}

int
stub_reaches(struct stub *stub, enum metric which, int64_t value)
{
	int64_t end = clock_monotonic_us() + 10000000;

	while (metrics_get(stub->metrics, which) != value) {
		if (clock_monotonic_us() > end)
			return 0;
		poll(NULL, 0, 1);
	}
	return 1;
}

int
stub_passes_until(struct stub *stub, unsigned int seconds, enum metric which, int64_t value)
{
	int64_t end = clock_monotonic_us() + 10000000;

	while (metrics_get(stub->metrics, which) != value) {
		if (clock_monotonic_us() > end)
			return 0;
		stub_pass_seconds(stub, seconds);
		poll(NULL, 0, 1);
	}
	return 1;
}
