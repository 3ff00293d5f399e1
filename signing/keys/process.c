#include "signing/keys/process.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/provider.h>
#include <openssl/rand.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "server/base/clock.h"
#include "server/base/log.h"
#include "signing/core/ossl.h"
#include "signing/keys/seal.h"
#include "signing/keys/serve.h"

#define STACK_SIZE	((size_t)512 << 10)
#define SECURE_HEAP_MIN 64 /* the smallest piece of protected memory, bytes */
#define DRAIN_MS	3000
#define LOGGED_MAX	10 /* failures a second and channel: a client cannot fill the log */

struct process;

struct channel_thread {
	struct process *process;
	size_t number;
	int fd;
	int failed; /* could not start */
	atomic_int busy;
	struct server_session session;
	unsigned char *request, *answer;
	int64_t logged_second;
	unsigned int logged;
	struct error err;
};

struct process {
	const struct keys_process_config *config;
	struct server server;
	struct channel_thread *threads;
	pthread_barrier_t started, sealed;
	atomic_int stopping;
	atomic_size_t open_channels;
};

/* ---- a channel ---- */

/* A packet without bytes looks like the end; only the end hangs up. */
static int
peer_is_gone(int fd)
{
	struct pollfd p = { fd, 0, 0 };

	return poll(&p, 1, 0) == 1 && (p.revents & (POLLHUP | POLLERR)) != 0;
}

static int
send_packet(int fd, const unsigned char *data, size_t len)
{
	ssize_t n;

	do {
		n = send(fd, data, len, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -1 : 0;
}

static int
send_hello(struct channel_thread *t)
{
	const struct wire_header header = { WIRE_HELLO, 0, (uint64_t)clock_monotonic_us() };
	struct wire_out out;

	wire_start(&out, t->answer, WIRE_MESSAGE_MAX, &header);
	wire_put_u64(&out, t->process->config->generation);
	return send_packet(t->fd, out.data, out.len);
}

static void
log_request_failure(struct channel_thread *t, int64_t now, const struct error *err)
{
	if (now / 1000000 != t->logged_second) {
		t->logged_second = now / 1000000;
		t->logged = 0;
	}
	if (t->logged++ < LOGGED_MAX)
		log_failure(LOG_LEVEL_WARNING, "a request to the keys process failed", err);
}

/* One request from start to end; -1 when the channel is at its end. */
static int
serve_one(struct channel_thread *t)
{
	ssize_t n = recv(t->fd, t->request, WIRE_MESSAGE_MAX + 1, 0);
	struct error err = ERROR_INIT;
	int64_t now;
	size_t len;
	int rc = 0;

	if (n < 0)
		return errno == EINTR ? 0 : -1;
	if (n == 0 && peer_is_gone(t->fd))
		return -1;
	atomic_store(&t->busy, 1);
	now = clock_monotonic_us();
	len = server_handle(
	    &t->session, (struct span){ t->request, (size_t)n }, (uint64_t)now, t->answer, &err);
	explicit_bzero(t->request, (size_t)n); /* a passphrase may be in it */
	if (len > 0) {
		rc = send_packet(t->fd, t->answer, len);
		explicit_bzero(t->answer, len);
	}
	if (err.kind != ERROR_NONE)
		log_request_failure(t, now, &err);
	atomic_store(&t->busy, 0);
	return rc;
}

static int
prepare_thread(struct channel_thread *t)
{
	unsigned char random[16];

	t->request = malloc(WIRE_MESSAGE_MAX + 1); /* one more: to see that it is too long */
	t->answer = malloc(WIRE_MESSAGE_MAX);
	if (t->request == NULL || t->answer == NULL)
		return error_memory(&t->err);
	if (t->process->config->pin && keys_pin_thread(t->number, &t->err) != 0)
		return -1;
	/* The thread's random generators are made before the filter comes. */
	if (RAND_bytes(random, sizeof(random)) != 1 || RAND_priv_bytes(random, sizeof(random)) != 1)
		return error_openssl(&t->err, "no random numbers");
	return server_session_init(&t->session, &t->process->server, &t->err);
}

static void *
run_channel(void *arg)
{
	struct channel_thread *t = arg;
	struct process *p = t->process;

	t->failed = prepare_thread(t) != 0;
	pthread_barrier_wait(&p->started);
	pthread_barrier_wait(&p->sealed);
	if (send_hello(t) == 0)
		while (!atomic_load(&p->stopping) && serve_one(t) == 0)
			;
	if (atomic_load(&p->stopping))
		return NULL;
	if (atomic_fetch_sub(&p->open_channels, 1) == 1)
		_exit(0); /* nobody is left to serve */
	return NULL;
}

/* Decrypt all keys while others serve, so that the first use of a key need not wait. */
static void *
run_warmer(void *arg)
{
	struct process *p = arg;
	struct key_store *store = p->server.store;
	size_t i, count = store->ops->count(store), unusable = 0;
	struct key_facts facts;

	setpriority(PRIO_PROCESS, 0, 10); /* of this thread only */
	pthread_barrier_wait(&p->started);
	pthread_barrier_wait(&p->sealed);
	for (i = 0; i < count && !atomic_load(&p->stopping); i++) {
		store->ops->facts(store, i, &facts);
		if (facts.state == KEY_STATE_USABLE && facts.remark[0] != '\0')
			log_warning("the key \"%s\": %s", store->ops->name(store, i), facts.remark);
		if (facts.state == KEY_STATE_USABLE)
			continue;
		unusable++;
		log_warning(
		    "the key \"%s\" cannot be used: %s", store->ops->name(store, i), facts.reason);
	}
	log_info("%zu keys read, %zu of them cannot be used", i, unusable);
	return NULL;
}

/* ---- start ---- */

static int
make_heap(const struct keys_process_config *config, struct error *err)
{
	size_t size = config->secure_heap > 0 ? config->secure_heap : KEYS_SECURE_HEAP_DEFAULT;

	switch (CRYPTO_secure_malloc_init(size, SECURE_HEAP_MIN)) {
	case 1:
		return 0;
	case 2:
		if (config->may_swap)
			return log_warning(
				   "the memory for keys is not locked: it may be swapped out"),
			       0;
		return error_set(err, ERROR_INTERNAL,
		    "%zu bytes of memory for keys cannot be locked: raise the limit of locked "
		    "memory (LimitMEMLOCK, ulimit -l)",
		    size);
	default:
		return error_openssl(err, "the protected memory for keys cannot be made");
	}
}

static int
block_signals(struct error *err)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0 || signal(SIGINT, SIG_IGN) == SIG_ERR ||
	    signal(SIGHUP, SIG_IGN) == SIG_ERR || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return error_errno(err, "the keys process could not set up its signals");
	return 0;
}

static int
follow_parent(pid_t parent, struct error *err)
{
	if (parent == 0)
		return 0;
	if (prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0) != 0)
		return error_errno(err, "the keys process could not bind itself to its parent");
	if (getppid() != parent)
		return error_set(err, ERROR_UNAVAILABLE, "the parent process is gone");
	return 0;
}

/*
 * Everything that OpenSSL and the C library would open later. Old PKCS#12 files (RC2) need the
 * legacy provider; where it is not installed, only those keys are unusable.
 */
static int
load_libraries(struct error *err)
{
	tzset();
	if (OPENSSL_init_crypto(
		OPENSSL_INIT_LOAD_CRYPTO_STRINGS | OPENSSL_INIT_LOAD_CONFIG, NULL) != 1 ||
	    OSSL_PROVIDER_load(NULL, "default") == NULL)
		return error_openssl(err, "OpenSSL could not be started");
	if (OSSL_PROVIDER_load(NULL, "legacy") == NULL)
		log_debug("OpenSSL's legacy provider is not installed");
	ERR_clear_error();
	return 0;
}

static int
start_thread(void *(*run)(void *), void *arg, struct error *err)
{
	pthread_attr_t attr;
	pthread_t thread;
	int rc;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	rc = pthread_create(&thread, &attr, run, arg);
	pthread_attr_destroy(&attr);
	if (rc != 0)
		return error_cause(
		    err, ERROR_INTERNAL, "a thread could not be started", "%s", strerror(rc));
	return 0;
}

static int
start_threads(struct process *p, struct error *err)
{
	size_t i, n = p->config->channel_count;

	p->threads = calloc(n + 1, sizeof(*p->threads));
	if (p->threads == NULL)
		return error_memory(err);
	atomic_init(&p->open_channels, n);
	pthread_barrier_init(&p->started, NULL, (unsigned int)n + 2);
	pthread_barrier_init(&p->sealed, NULL, (unsigned int)n + 2);
	for (i = 0; i < n; i++) {
		p->threads[i].process = p;
		p->threads[i].number = i;
		p->threads[i].fd = p->config->channels[i];
		if (start_thread(run_channel, &p->threads[i], err) != 0)
			return -1;
	}
	if (start_thread(run_warmer, p, err) != 0)
		return -1;
	pthread_barrier_wait(&p->started);
	for (i = 0; i < n; i++)
		if (p->threads[i].failed) {
			*err = p->threads[i].err;
			return -1;
		}
	return 0;
}

static int
close_others(const struct keys_process_config *config, struct error *err)
{
	size_t n = config->channel_count;
	int *keep = malloc((n + 1) * sizeof(*keep));
	int rc;

	if (keep == NULL)
		return error_memory(err);
	if (n > 0)
		memcpy(keep, config->channels, n * sizeof(*keep));
	keep[n] = config->ready_fd;
	rc = seal_files(keep, n + 1, err);
	free(keep);
	return rc;
}

/* A change of user resets what seal_secrets() and follow_parent() set. */
static int
drop_user(const struct keys_process_config *config, struct error *err)
{
	if (config->drop == NULL)
		return 0;
	if (config->drop(config->drop_arg, err) != 0 || seal_secrets(err) != 0)
		return -1;
	return follow_parent(config->parent, err);
}

/* All files are read and who we were is given up. */
static int
open_store(const struct keys_process_config *config, struct key_store **store, struct error *err)
{
	if (close_others(config, err) != 0 || seal_secrets(err) != 0 || block_signals(err) != 0 ||
	    follow_parent(config->parent, err) != 0 || make_heap(config, err) != 0 ||
	    load_libraries(err) != 0 || key_store_dir_open(store, config->store_dir, err) != 0 ||
	    drop_user(config, err) != 0)
		return -1;
	return 0;
}

static int
start(struct process *p, struct key_store **store, struct error *err)
{
	if (open_store(p->config, store, err) != 0 || server_init(&p->server, *store, err) != 0 ||
	    start_threads(p, err) != 0)
		return -1;
	return 0;
}

static void
tell_ready(int fd, const char *text)
{
	if (fd < 0)
		return;
	if (write(fd, text, strlen(text)) < 0)
		log_warning("the parent could not be told: %s", strerror(errno));
	close(fd);
}

/* ---- stop ---- */

static int
any_busy(struct process *p)
{
	size_t i;

	for (i = 0; i < p->config->channel_count; i++)
		if (atomic_load(&p->threads[i].busy))
			return 1;
	return 0;
}

/*
 * A request that was taken off its channel in the very moment of stopping is not lost: its client
 * sends it again when the successor says hello.
 */
static void
drain(struct process *p)
{
	const struct timespec moment = { 0, 1000000 };
	int i;

	atomic_store(&p->stopping, 1);
	for (i = 0; i < DRAIN_MS && any_busy(p); i++)
		nanosleep(&moment, NULL);
}

int
keys_process(const struct keys_process_config *config)
{
	static struct process p; /* the threads may outlive this call by a moment */
	struct key_store *store = NULL;
	struct error err = ERROR_INIT;
	sigset_t set;
	int sig = 0;

	p.config = config;
	if (start(&p, &store, &err) != 0) {
		log_failure(LOG_LEVEL_ERROR, "the keys process cannot start", &err);
		tell_ready(config->ready_fd, err.text);
		return 1;
	}
	log_info("%zu keys, %zu channels, generation %llu", store->ops->count(store),
	    config->channel_count, (unsigned long long)config->generation);
	if (seal_calls(config->ready_fd, &err) != 0) {
		log_failure(LOG_LEVEL_ERROR, "the keys process cannot start", &err);
		tell_ready(config->ready_fd, err.text);
		return 1;
	}
	tell_ready(config->ready_fd, "ready");
	pthread_barrier_wait(&p.sealed);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	while (sig != SIGTERM)
		sig = sigtimedwait(&set, NULL, NULL);
	drain(&p);
	log_info("stopped");
	return 0;
}

/* ---- a trial ---- */

static int
check_key(struct key_store *store, const char *name, const EVP_PKEY *certified, struct error *err)
{
	EVP_PKEY *public_key = NULL;
	struct key_facts facts;
	const unsigned char *p;
	size_t index;
	int same;

	if (key_store_find(store, name, strlen(name), &index) != 0)
		return error_set(err, ERROR_NOT_FOUND, "there is no key \"%s\"", name);
	store->ops->facts(store, index, &facts);
	if (facts.state != KEY_STATE_USABLE)
		return error_set(err, ERROR_UNAVAILABLE, "the key \"%s\" cannot be used: %.300s",
		    name, facts.reason);
	p = facts.public_key.data;
	public_key = d2i_PUBKEY(NULL, &p, (long)facts.public_key.len);
	same = public_key != NULL && EVP_PKEY_eq(public_key, certified) == 1;
	EVP_PKEY_free(public_key);
	return same ? 0
		    : error_set(err, ERROR_CONFLICT,
			  "the TLS certificate does not belong to the TLS key \"%s\"", name);
}

int
keys_try(const struct keys_process_config *config, const char *name, const EVP_PKEY *certified)
{
	struct key_store *store = NULL;
	struct error err = ERROR_INIT;

	if (open_store(config, &store, &err) != 0 || seal_calls(config->ready_fd, &err) != 0 ||
	    check_key(store, name, certified, &err) != 0) {
		tell_ready(config->ready_fd, err.text);
		return 1;
	}
	tell_ready(config->ready_fd, "ready");
	return 0;
}
