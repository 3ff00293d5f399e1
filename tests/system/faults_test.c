/*
 * What a live server does when parts of it die in mid-load: nothing that was answered is lost,
 * every client hears something, and service comes back by itself.
 */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "schema/store/db.h"
#include "server/base/clock.h"
#include "server/ops/chain.h"
#include "tests/support/postgres.h"
#include "tests/support/soap_call.h"
#include "tests/support/suite.h"

#define CLIENTS	    4
#define ANSWERS_MAX 20000
#ifdef __SANITIZE_ADDRESS__
#define AGAIN_MS 5000
#else
#define AGAIN_MS 1000 /* service after a crash: issue 2, part 2 */
#endif

static struct live live;
static SSL_CTX *erp;

/* ---- clients that sign until they are told to stop ---- */

struct answer {
	char id[40], text[48];
	char *signature;
};

static struct load {
	atomic_int stop;
	atomic_uint success, unavailable, closed, other;
	_Atomic int64_t since, first; /* of the first success that began behind `since` */
	pthread_mutex_t lock;
	struct answer answers[ANSWERS_MAX];
	size_t count;
	char first_other[1024];
	pthread_t threads[CLIENTS];
} load = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void
keep(const struct soap_call *c, const char *text, int64_t began)
{
	static __thread char signature[16384];
	int64_t never = 0;
	struct answer *a;

	soap_text_of(soap_answer(c), "content", signature, sizeof(signature));
	pthread_mutex_lock(&load.lock);
	if (load.count < ANSWERS_MAX) {
		a = &load.answers[load.count++];
		snprintf(a->id, sizeof(a->id), "%s", c->request_id);
		snprintf(a->text, sizeof(a->text), "%s", text);
		a->signature = strdup(signature);
	}
	pthread_mutex_unlock(&load.lock);
	atomic_fetch_add(&load.success, 1);
	if (load.since != 0 && began >= load.since)
		atomic_compare_exchange_strong(&load.first, &never, clock_monotonic_us());
}

static void
note(const struct soap_call *c, int status, const char *text, int64_t began)
{
	char code[64];

	soap_text_of(soap_answer(c), "code", code, sizeof(code));
	if (status == 200) {
		keep(c, text, began);
	} else if (status < 0) {
		atomic_fetch_add(&load.closed, 1);
		poll(NULL, 0, 1); /* a client that connects in a circle would only take the CPU */
	} else if (strcmp(code, "Unavailable") == 0) {
		atomic_fetch_add(&load.unavailable, 1);
	} else {
		pthread_mutex_lock(&load.lock);
		snprintf(
		    load.first_other, sizeof(load.first_other), "%d %s", status, soap_answer(c));
		pthread_mutex_unlock(&load.lock);
		atomic_fetch_add(&load.other, 1);
	}
}

static void *
sign_on(void *arg)
{
	struct soap_call c;
	char text[48];
	int64_t began;
	unsigned int n;
	int status;

	soap_call_init(&c, &live, erp);
	for (n = 0; !load.stop; n++) {
		snprintf(text, sizeof(text), "client %zu, document %u", (size_t)arg, n);
		began = clock_monotonic_us();
		status = soap_call(&c, soap_sign_cms("demo-ec", text, NULL));
		note(&c, status, text, began);
	}
	soap_call_end(&c);
	return NULL;
}

static int
reaches(atomic_uint *counter, unsigned int n, int ms)
{
	int64_t end = clock_monotonic_us() + ms * 1000LL;

	while (*counter < n && clock_monotonic_us() < end)
		poll(NULL, 0, 2);
	return *counter >= n;
}

static void
load_start(void)
{
	size_t i;

	load.stop = 0;
	load.success = load.unavailable = load.closed = load.other = 0;
	load.since = load.first = 0;
	load.count = 0;
	for (i = 0; i < CLIENTS; i++)
		pthread_create(&load.threads[i], NULL, sign_on, (void *)i);
	CU_ASSERT(reaches(&load.success, 50, 10000));
}

/* From now on the next success is waited for: the milliseconds until it came, or -1. */
static int
success_again(int ms)
{
	int64_t end = load.since + ms * 1000LL;

	while (load.first == 0 && clock_monotonic_us() < end)
		poll(NULL, 0, 1);
	return load.first != 0 ? (int)((load.first - load.since) / 1000) : -1;
}

static void
load_stop(void)
{
	size_t i;

	load.stop = 1;
	for (i = 0; i < CLIENTS; i++)
		pthread_join(load.threads[i], NULL);
	if (load.other > 0)
		fprintf(stderr, "%u answers of no known kind, the last: %s\n", load.other,
		    load.first_other);
	CU_ASSERT_EQUAL(load.other, 0);
}

/* ---- what must be true of what was answered ---- */

static unsigned long
ask_number(const char *sql)
{
	struct error err = ERROR_INIT;
	char out[64];

	ASSERT_OK(postgres_ask(live.database, "signet_owner", sql, out, sizeof(out), &err), &err);
	return strtoul(out, NULL, 10);
}

static void
every_answer_is_in_the_audit(void)
{
	struct buf sql = BUF_INIT(0);
	size_t i;

	buf_append_str(&sql,
	    "SELECT count(DISTINCT request) FROM signet.audit WHERE result = "
	    "'Success' AND operation = 'SignDocument' AND request IN (",
	    NULL);
	for (i = 0; i < load.count; i++)
		buf_printf(&sql, NULL, "%s'%s'", i > 0 ? "," : "", load.answers[i].id);
	buf_append_str(&sql, ")", NULL);
	buf_terminate(&sql, NULL);
	CU_ASSERT_EQUAL(ask_number((char *)sql.data), load.count);
	buf_release(&sql);
}

static void
every_signature_is_good(void)
{
	size_t i, bad = 0;

	for (i = 0; i < load.count; i++) {
		bad += !soap_cms_is_good(&live, load.answers[i].signature, load.answers[i].text);
		free(load.answers[i].signature);
	}
	CU_ASSERT_EQUAL(bad, 0);
}

static void
nothing_answered_is_lost(void)
{
	CU_ASSERT(load.count > 0);
	every_answer_is_in_the_audit();
	every_signature_is_good();
}

/* ---- processes ---- */

static void
a_killed_child_is_back_within_a_second(const char *name, const char *other)
{
	pid_t before = live_child(&live, name), sibling = live_child(&live, other),
	      parent = live.pid;
	int ms;

	CU_ASSERT_FATAL(before > 0 && sibling > 0);
	load_start();
	CU_ASSERT_EQUAL(kill(before, SIGKILL), 0);
	load.since = clock_monotonic_us();
	ms = success_again(20000);
	if (ms < 0 || ms > AGAIN_MS)
		fprintf(stderr, "%s: service again after %d ms\n", name, ms);
	CU_ASSERT(ms >= 0 && ms <= AGAIN_MS);
	CU_ASSERT(reaches(&load.success, load.success + 50, 10000));
	load_stop();
	CU_ASSERT_NOT_EQUAL(live_child(&live, name), before);
	CU_ASSERT_EQUAL(live_child(&live, other), sibling);
	CU_ASSERT_EQUAL(live.pid, parent);
	nothing_answered_is_lost();
}

static void
keys_killed_in_mid_load_is_replaced_and_nothing_answered_is_lost(void)
{
	a_killed_child_is_back_within_a_second("keys", "api");
}

static void
api_killed_in_mid_load_is_replaced_and_nothing_answered_is_lost(void)
{
	a_killed_child_is_back_within_a_second("api", "keys");
	CU_ASSERT(load.closed > 0);
}

/* Gone, or a zombie that nobody has waited for. */
static int
has_ended(pid_t pid)
{
	char path[64], state = 'Z';
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "r");
	if (f == NULL)
		return 1;
	if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
		state = 'Z';
	fclose(f);
	return state == 'Z' || state == 'X';
}

static int
await_end(pid_t pid, int ms)
{
	int64_t end = clock_monotonic_us() + ms * 1000LL;

	while (!has_ended(pid) && clock_monotonic_us() < end)
		poll(NULL, 0, 5);
	return has_ended(pid);
}

static void
a_killed_parent_takes_its_children_with_it_and_a_restart_serves(void)
{
	pid_t keys = live_child(&live, "keys"), api = live_child(&live, "api");
	int status;

	load_start();
	kill(live.pid, SIGKILL);
	waitpid(live.pid, &status, 0);
	live.pid = 0;
	CU_ASSERT(await_end(api, 10000));
	CU_ASSERT(await_end(keys, 10000));
	CU_ASSERT_EQUAL_FATAL(live_restart(&live), 0);
	load.since = clock_monotonic_us();
	CU_ASSERT(success_again(5000) >= 0);
	load_stop();
	nothing_answered_is_lost();
}

/* ---- the database ---- */

static void
health_names(const char *part)
{
	struct soap_call c;
	int status;

	CU_ASSERT_EQUAL(live_await_health(&live, 503, 10000), 0);
	soap_call_init(&c, &live, erp);
	status = soap_page(&c, "/healthz");
	CU_ASSERT_EQUAL(status, 503);
	CU_ASSERT_PTR_NOT_NULL(strstr(soap_answer(&c), part));
	soap_call_end(&c);
}

static void
the_database_goes_away_and_comes_back(int rudely)
{
	pid_t keys = live_child(&live, "keys"), api = live_child(&live, "api");

	load_start();
	postgres_stop(rudely);
	CU_ASSERT(reaches(&load.unavailable, load.unavailable + 20, 20000));
	health_names("the database cannot be reached");
	health_names("the audit log cannot be written");
	CU_ASSERT_EQUAL_FATAL(postgres_start(), 0);
	load.since = clock_monotonic_us();
	CU_ASSERT(success_again(10000) >= 0);
	load_stop();
	CU_ASSERT_EQUAL(live_await_health(&live, 200, 10000), 0);
	CU_ASSERT_EQUAL(load.closed, 0);
	CU_ASSERT_EQUAL(live_child(&live, "keys"), keys);
	CU_ASSERT_EQUAL(live_child(&live, "api"), api);
	nothing_answered_is_lost();
}

static void
a_stopped_database_makes_requests_unavailable_until_it_is_back(void)
{
	the_database_goes_away_and_comes_back(0);
}

static void
a_crashed_database_makes_requests_unavailable_until_it_is_back(void)
{
	the_database_goes_away_and_comes_back(1);
}

static void
a_database_restarted_at_once_is_hardly_noticed(void)
{
	pid_t api = live_child(&live, "api");

	load_start();
	postgres_stop(0);
	CU_ASSERT_EQUAL_FATAL(postgres_start(), 0);
	load.since = clock_monotonic_us();
	CU_ASSERT(success_again(10000) >= 0);
	load_stop();
	CU_ASSERT_EQUAL(load.closed, 0);
	CU_ASSERT_EQUAL(live_child(&live, "api"), api);
	nothing_answered_is_lost();
}

static void
without_a_database_the_fault_says_to_try_again_and_health_mends_without_a_request(void)
{
	struct soap_call c;

	soap_call_init(&c, &live, erp);
	CU_ASSERT_EQUAL(soap_call(&c, "<WhoAmI/>"), 200);
	postgres_stop(0);
	CU_ASSERT_EQUAL(soap_call(&c, soap_sign_cms("demo-ec", "x", NULL)), 500);
	CU_ASSERT(soap_is_fault(&c, "Unavailable", "try again"));
	CU_ASSERT_EQUAL_FATAL(postgres_start(), 0);
	CU_ASSERT_EQUAL(live_await_health(&live, 200, 10000), 0);
	CU_ASSERT_EQUAL(soap_call(&c, "<WhoAmI/>"), 200);
	soap_call_end(&c);
}

/* ---- at the end ---- */

static void
the_audit_chain_is_whole_after_all_that(void)
{
	struct error err = ERROR_INIT;
	const struct db_options options = {
		.conninfo = postgres_conninfo(live.database, "signet_server"), .program = "test"
	};
	struct chain_report report;
	struct db *db = NULL;

	CU_ASSERT_EQUAL(live_end(&live), 0);
	ASSERT_OK(db_open(&db, &options, &err), &err);
	ASSERT_RC(audit_verify(db, "demo", NULL, NULL, &report, &err), 1, &err);
	CU_ASSERT_STRING_EQUAL(report.text, "");
	CU_ASSERT(report.rows >= 300);
	db_close(db);
}

static int
start(void)
{
	if (live_start(&live, NULL, NULL) != 0)
		return -1;
	erp = soap_call_context(&live, "erp");
	return 0;
}

static int
stop(void)
{
	live_stop(&live);
	SSL_CTX_free(erp);
	return 0;
}

static const struct test tests[] = {
	TEST(keys_killed_in_mid_load_is_replaced_and_nothing_answered_is_lost),
	TEST(api_killed_in_mid_load_is_replaced_and_nothing_answered_is_lost),
	TEST(a_killed_parent_takes_its_children_with_it_and_a_restart_serves),
	TEST(a_stopped_database_makes_requests_unavailable_until_it_is_back),
	TEST(a_crashed_database_makes_requests_unavailable_until_it_is_back),
	TEST(a_database_restarted_at_once_is_hardly_noticed),
	TEST(without_a_database_the_fault_says_to_try_again_and_health_mends_without_a_request),
	TEST(the_audit_chain_is_whole_after_all_that),
	TEST_END,
};
const struct suite suite_system_faults = { "system/faults", start, stop, tests };
