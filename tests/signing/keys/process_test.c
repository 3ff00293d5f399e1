/* The keys process as its parent and its clients live with it: killed, stopped, absent, sealed. */
#include "signing/keys/process.h"

#include <dirent.h>
#include <openssl/rsa.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "signing/keys/provider.h"
#include "signing/keys/wire.h"
#include "tests/support/keys_process.h"
#include "tests/support/suite.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SEALED 0
#else
#define SEALED 1
#endif

static EVP_PKEY *real[2], *ours[2]; /* RSA, EC */
static X509 *cert[2];
static const char *const names[2] = { "rsa", "ec" };
static const struct sig_alg algs[2] = {
	{ KEY_RSA, PADDING_PSS, DIGEST_SHA256, DIGEST_SHA256, 32 },
	{ KEY_EC, PADDING_NONE, DIGEST_SHA256, DIGEST_NONE, 0 },
};

static int
setup(void)
{
	struct error err = ERROR_INIT;
	int i;

	real[0] = EVP_RSA_gen(2048);
	real[1] = EVP_EC_gen("P-256");
	for (i = 0; i < 2; i++) {
		cert[i] = test_cert(real[i], names[i], NULL, NULL);
		if (cert[i] == NULL ||
		    keys_pkey_new(&ours[i], names[i], X509_get0_pubkey(cert[i]), &err) != 0)
			return -1;
	}
	return 0;
}

static int
teardown(void)
{
	int i;

	for (i = 0; i < 2; i++) {
		EVP_PKEY_free(real[i]);
		EVP_PKEY_free(ours[i]);
		X509_free(cert[i]);
	}
	return 0;
}

/* Channels and both keys in a directory; no process yet. */
static void
prepare(struct test_keys *keys)
{
	int i;

	CU_ASSERT_EQUAL_FATAL(test_keys_init(keys), 0);
	for (i = 0; i < 2; i++)
		CU_ASSERT_EQUAL_FATAL(
		    test_keys_p12(keys, names[i], real[i], cert[i], NULL, "secret"), 0);
}

static int
sign_once(int kind, struct error *err)
{
	unsigned char *sig = NULL;
	size_t len;
	int rc = sig_alg_sign(&algs[kind], ours[kind], "hello", 5, &sig, &len, err);

	if (rc == 0 && sig_alg_verify(&algs[kind], real[kind], "hello", 5, sig, len, err) != 1)
		rc = -1;
	OPENSSL_free(sig);
	return rc;
}

/* ---- load ---- */

#define WORKERS 8

struct worker {
	pthread_t thread;
	int fd; /* -1: use the shared channels */
	int kind, count, good;
	sem_t *done; /* posted after each signature */
	struct error err;
};

static void *
work(void *arg)
{
	struct worker *w = arg;
	int i;

	if (w->fd >= 0 && keys_thread_attach(w->fd, 0) != 0)
		return NULL;
	for (i = 0; i < w->count; i++) {
		w->good += sign_once(w->kind, &w->err) == 0;
		sem_post(w->done);
	}
	keys_thread_detach();
	return NULL;
}

static void
start_workers(struct worker *workers, const struct test_keys *keys, int count, sem_t *done)
{
	int i;

	sem_init(done, 0, 0);
	for (i = 0; i < WORKERS; i++) {
		memset(&workers[i], 0, sizeof(workers[i]));
		workers[i].fd = keys != NULL ? keys->clients[i + 1] : -1;
		workers[i].kind = i % 2;
		workers[i].count = count;
		workers[i].done = done;
		CU_ASSERT_EQUAL_FATAL(
		    pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	}
}

static void
join_workers(struct worker *workers)
{
	int i;

	for (i = 0; i < WORKERS; i++) {
		pthread_join(workers[i].thread, NULL);
		CU_ASSERT_EQUAL(workers[i].good, workers[i].count);
		if (workers[i].good != workers[i].count)
			fprintf(stderr, "%s [%s]\n", workers[i].err.text, workers[i].err.cause);
	}
}

/* End the process with a signal and start the next one, several times while all work. */
static void
replace_under_load(int sig, int *statuses, int times)
{
	struct worker workers[WORKERS];
	struct test_keys keys;
	sem_t done;
	int i, k;

	prepare(&keys);
	CU_ASSERT_EQUAL_FATAL(test_keys_start(&keys), 0);
	start_workers(workers, &keys, 60, &done);
	for (i = 0; i < times; i++) {
		for (k = 0; k < 20; k++)
			sem_wait(&done);
		statuses[i] = test_keys_stop(&keys, sig);
		CU_ASSERT_EQUAL_FATAL(test_keys_start(&keys), 0);
	}
	join_workers(workers);
	sem_destroy(&done);
	test_keys_release(&keys);
}

static void
every_signature_arrives_though_the_process_is_killed(void)
{
	int statuses[5], i;

	replace_under_load(SIGKILL, statuses, 5);
	for (i = 0; i < 5; i++)
		CU_ASSERT(WIFSIGNALED(statuses[i]) && WTERMSIG(statuses[i]) == SIGKILL);
}

static void
every_signature_arrives_though_the_process_is_replaced(void)
{
	int statuses[5], i;

	replace_under_load(SIGTERM, statuses, 5);
	for (i = 0; i < 5; i++)
		CU_ASSERT(WIFEXITED(statuses[i]) && WEXITSTATUS(statuses[i]) == 0);
}

static void
threads_without_a_channel_share_a_few(void)
{
	struct worker workers[WORKERS];
	struct error err = ERROR_INIT;
	struct test_keys keys;
	sem_t done;

	prepare(&keys);
	CU_ASSERT_EQUAL_FATAL(test_keys_start(&keys), 0);
	ASSERT_OK(keys_client_setup(keys.clients, 2, 0, &err), &err);
	start_workers(workers, NULL, 25, &done);
	join_workers(workers);
	keys_client_teardown();
	sem_destroy(&done);
	CU_ASSERT_EQUAL(sign_once(1, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
	CU_ASSERT_EQUAL(keys_last_error()->kind, ERROR_UNAVAILABLE);
	test_keys_release(&keys);
}

static void
pinned_threads_work_too(void)
{
	struct worker workers[WORKERS];
	struct test_keys keys;
	sem_t done;

	prepare(&keys);
	keys.pin = 1;
	CU_ASSERT_EQUAL_FATAL(test_keys_start(&keys), 0);
	start_workers(workers, &keys, 10, &done);
	join_workers(workers);
	sem_destroy(&done);
	test_keys_release(&keys);
}

/* ---- absence ---- */

static void
nobody_there_is_told_after_the_time_out(void)
{
	struct error err = ERROR_INIT;
	struct keys_info *info;
	struct test_keys keys;

	prepare(&keys);
	CU_ASSERT_EQUAL_FATAL(keys_thread_attach(keys.clients[0], 20), 0);
	CU_ASSERT_EQUAL(sign_once(1, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
	CU_ASSERT_EQUAL(keys_last_error()->kind, ERROR_UNAVAILABLE);
	CU_ASSERT_STRING_EQUAL(keys_last_error()->cause, "timed out");
	CU_ASSERT_EQUAL_FATAL(test_keys_start(&keys), 0);
	CU_ASSERT_EQUAL_FATAL(keys_thread_attach(keys.clients[0], 0), 0);
	error_clear(&err);
	ASSERT_OK(sign_once(1, &err), &err);
	/* what timed out in the queue was not worked on */
	ASSERT_OK(keys_find(&info, "ec", &err), &err);
	CU_ASSERT_EQUAL(info->signatures, 1);
	keys_list_free(info, 1);
	keys_thread_detach();
	test_keys_release(&keys);
}

static void
a_request_waits_in_the_channel_for_the_process(void)
{
	struct worker w = { .kind = 1, .count = 1 };
	struct test_keys keys;
	struct pollfd queued;
	sem_t done;

	prepare(&keys);
	sem_init(&done, 0, 0);
	w.done = &done;
	w.fd = keys.clients[3];
	CU_ASSERT_EQUAL_FATAL(pthread_create(&w.thread, NULL, work, &w), 0);
	queued = (struct pollfd){ keys.channels[3], POLLIN, 0 };
	CU_ASSERT_EQUAL(poll(&queued, 1, 60000), 1);
	CU_ASSERT_EQUAL_FATAL(test_keys_start(&keys), 0);
	pthread_join(w.thread, NULL);
	CU_ASSERT_EQUAL(w.good, 1);
	sem_destroy(&done);
	test_keys_release(&keys);
}

/* ---- a keys process played by the test ---- */

struct fake {
	int fd, hellos;
	uint64_t time; /* of the hellos */
	unsigned char first[256];
	ssize_t first_len;
};

static void
send_head(const struct fake *f, enum wire_type type, uint64_t id, const struct error *err)
{
	const struct wire_header header = { type, id, f->time };
	unsigned char data[2048];
	struct wire_out out;

	wire_start(&out, data, sizeof(data), &header);
	if (err != NULL)
		wire_put_error(&out, err);
	else
		wire_put_u64(&out, 7);
	send(f->fd, out.data, out.len, 0);
}

/* Take the request, die and come back `hellos` times, then say that there is no such key. */
static void *
play(void *arg)
{
	struct error err = ERROR_INIT;
	struct wire_header header;
	struct fake *f = arg;
	int i;

	error_set(&err, ERROR_NOT_FOUND, "no such key");
	f->first_len = recv(f->fd, f->first, sizeof(f->first), 0);
	wire_read_header(&header, (struct span){ f->first, (size_t)f->first_len });
	send_head(f, WIRE_ERROR, header.id - 1, &err); /* an old answer */
	send_head(f, WIRE_SIGN, header.id + 1, NULL);
	for (i = 0; i < f->hellos; i++)
		send_head(f, WIRE_HELLO, 0, NULL);
	send_head(f, WIRE_ERROR, header.id, &err);
	return NULL;
}

/* How often a client sends its request again, and that it is the same each time. */
static int
count_resends(int hellos, uint64_t time)
{
	struct fake fake = { .hellos = hellos, .time = time };
	unsigned char again[256];
	struct error err = ERROR_INIT;
	pthread_t thread;
	int ends[2], resends = 0;
	ssize_t len;

	CU_ASSERT_EQUAL_FATAL(keys_channel_pair(ends, &err), 0);
	fake.fd = ends[0];
	CU_ASSERT_EQUAL_FATAL(keys_thread_attach(ends[1], 0), 0);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, play, &fake), 0);
	CU_ASSERT_EQUAL(sign_once(1, NULL), -1);
	CU_ASSERT_EQUAL(keys_last_error()->kind, ERROR_NOT_FOUND);
	pthread_join(thread, NULL);
	for (; (len = recv(ends[0], again, sizeof(again), MSG_DONTWAIT)) > 0; resends++)
		CU_ASSERT(len == fake.first_len && memcmp(again, fake.first, (size_t)len) == 0);
	keys_thread_detach();
	close(ends[0]);
	close(ends[1]);
	return resends;
}

static void
a_hello_makes_the_client_send_once_more(void)
{
	CU_ASSERT_EQUAL(count_resends(0, UINT64_MAX), 0);
	CU_ASSERT_EQUAL(count_resends(1, UINT64_MAX), 1);
	CU_ASSERT_EQUAL(count_resends(2, UINT64_MAX), 2);
	CU_ASSERT_EQUAL(count_resends(40, UINT64_MAX), 5); /* not for ever */
	CU_ASSERT_EQUAL(count_resends(40, 1), 0);	   /* from before it asked */
}

static void
an_end_that_is_closed_is_unavailable_at_once(void)
{
	struct error err = ERROR_INIT;
	int ends[2];

	ASSERT_OK(keys_channel_pair(ends, &err), &err);
	CU_ASSERT_EQUAL_FATAL(keys_thread_attach(ends[1], 0), 0);
	close(ends[0]);
	CU_ASSERT_EQUAL(sign_once(0, &err), -1);
	CU_ASSERT_EQUAL(keys_last_error()->kind, ERROR_UNAVAILABLE);
	keys_thread_detach();
	close(ends[1]);
}

/* ---- start, seal, end ---- */

static void
a_process_that_cannot_start_says_why(void)
{
	struct test_keys keys;
	char dir[sizeof(keys.dir)];

	CU_ASSERT_EQUAL_FATAL(test_keys_init(&keys), 0);
	memcpy(dir, keys.dir, sizeof(dir));
	snprintf(keys.dir, sizeof(keys.dir), "/nonexistent");
	CU_ASSERT_EQUAL(test_keys_start(&keys), -1);
	CU_ASSERT_STRING_EQUAL(keys.told, "the directory of keys cannot be opened");
	CU_ASSERT_EQUAL(WEXITSTATUS(test_keys_stop(&keys, 0)), 1);
	memcpy(keys.dir, dir, sizeof(dir));
	test_keys_release(&keys);
}

static void
the_process_ends_when_all_its_clients_are_gone(void)
{
	struct test_keys keys;
	int status = -1, i;

	prepare(&keys);
	CU_ASSERT_EQUAL_FATAL(test_keys_start(&keys), 0);
	for (i = 0; i < TEST_KEYS_CHANNELS; i++) {
		shutdown(keys.clients[i], SHUT_RDWR);
		close(keys.clients[i]);
		keys.clients[i] = dup(0); /* something for the release to close */
	}
	status = test_keys_stop(&keys, 0);
	CU_ASSERT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	test_keys_release(&keys);
}

/* The value of a line of /proc/PID/task/TID/status; -1 when the thread has ended. */
static int
status_of(pid_t pid, const char *tid, const char *name)
{
	char path[300], line[200];
	int value = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%s/status", (int)pid, tid);
	f = fopen(path, "r");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, name, strlen(name)) == 0)
			sscanf(line + strlen(name), ": %d", &value);
	if (f != NULL)
		fclose(f);
	return value;
}

static void
every_thread_is_sealed(void)
{
	struct error err = ERROR_INIT;
	struct test_keys keys;
	struct dirent *entry;
	char path[64];
	int threads = 0, privs, filter;
	DIR *d;

	prepare(&keys);
	CU_ASSERT_EQUAL_FATAL(test_keys_start(&keys), 0);
	CU_ASSERT_EQUAL_FATAL(keys_thread_attach(keys.clients[0], 0), 0);
	ASSERT_OK(sign_once(0, &err), &err);
	snprintf(path, sizeof(path), "/proc/%d/task", (int)keys.pid);
	d = opendir(path);
	CU_ASSERT_PTR_NOT_NULL_FATAL(d);
	while ((entry = readdir(d)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		privs = status_of(keys.pid, entry->d_name, "NoNewPrivs");
		filter = status_of(keys.pid, entry->d_name, "Seccomp");
		if (privs < 0 || filter < 0)
			continue; /* the one that reads keys ahead ends by itself */
		threads++;
		CU_ASSERT((privs == 1 && filter == 2) || !SEALED);
	}
	closedir(d);
	CU_ASSERT(threads > TEST_KEYS_CHANNELS);
	keys_thread_detach();
	test_keys_release(&keys);
}

static void
protected_memory_that_is_full_is_told_as_such(void)
{
	struct error err = ERROR_INIT;
	size_t count, i, full = 0;
	struct keys_info *list;
	struct test_keys keys;
	char name[16];

	prepare(&keys);
	for (i = 0; i < 128; i++) {
		snprintf(name, sizeof(name), "more-%zu", i);
		CU_ASSERT_EQUAL_FATAL(
		    test_keys_p12(&keys, name, real[0], cert[0], NULL, "secret"), 0);
	}
	keys.secure_heap = 131072;
	CU_ASSERT_EQUAL_FATAL(test_keys_start(&keys), 0);
	CU_ASSERT_EQUAL_FATAL(keys_thread_attach(keys.clients[0], 0), 0);
	ASSERT_OK(keys_list(&list, &count, &err), &err);
	CU_ASSERT_EQUAL(count, 130);
	for (i = 0; i < count; i++) {
		if (list[i].state == KEY_STATE_USABLE)
			continue;
		full++;
		CU_ASSERT_STRING_EQUAL(list[i].reason, "the protected memory for keys is full");
	}
	CU_ASSERT(full > 0 && full < 120);
	ASSERT_OK(sign_once(1, &err), &err); /* those that found room work */
	keys_list_free(list, count);
	keys_thread_detach();
	test_keys_release(&keys);
}

static const struct test tests[] = { TEST(every_signature_arrives_though_the_process_is_killed),
	TEST(every_signature_arrives_though_the_process_is_replaced),
	TEST(threads_without_a_channel_share_a_few), TEST(pinned_threads_work_too),
	TEST(nobody_there_is_told_after_the_time_out),
	TEST(a_request_waits_in_the_channel_for_the_process),
	TEST(a_hello_makes_the_client_send_once_more),
	TEST(an_end_that_is_closed_is_unavailable_at_once),
	TEST(a_process_that_cannot_start_says_why),
	TEST(the_process_ends_when_all_its_clients_are_gone), TEST(every_thread_is_sealed),
	TEST(protected_memory_that_is_full_is_told_as_such), TEST_END };
const struct suite suite_signing_keys_process = { "signing/keys/process", setup, teardown, tests };
