#include "tests/support/load.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/clock.h"
#include "tests/support/postgres.h"
#include "tests/support/suite.h"

struct load load = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* ---- clients ---- */

static void
keep(const struct soap_call *c, const char *text, int64_t began)
{
	static __thread char signature[16384];
	int64_t never = 0;
	struct load_answer *a;

	soap_text_of(soap_answer(c), "content", signature, sizeof(signature));
	pthread_mutex_lock(&load.lock);
	if (load.count < LOAD_ANSWERS_MAX) {
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

	soap_call_init(&c, load.live, load.ctx);
	for (n = 0; !load.stop; n++) {
		snprintf(text, sizeof(text), "client %zu, document %u", (size_t)arg, n);
		began = clock_monotonic_us();
		load.connections += !c.is_open;
		status = soap_call(&c, soap_sign_cms("demo-ec", text, NULL));
		note(&c, status, text, began);
	}
	soap_call_end(&c);
	return NULL;
}

int
load_reaches(atomic_uint *counter, unsigned int n, int ms)
{
	int64_t end = clock_monotonic_us() + ms * 1000LL;

	while (*counter < n && clock_monotonic_us() < end)
		poll(NULL, 0, 2);
	return *counter >= n;
}

void
load_start(const struct live *live, SSL_CTX *ctx)
{
	size_t i;

	load.live = live;
	load.ctx = ctx;
	load.stop = 0;
	load.success = load.unavailable = load.closed = load.other = load.connections = 0;
	load.since = load.first = 0;
	load.count = 0;
	for (i = 0; i < LOAD_CLIENTS; i++)
		pthread_create(&load.threads[i], NULL, sign_on, (void *)i);
	CU_ASSERT(load_reaches(&load.success, 50, 10000));
}

int
load_success_again(int ms)
{
	int64_t end = load.since + ms * 1000LL;

	while (load.first == 0 && clock_monotonic_us() < end)
		poll(NULL, 0, 1);
	return load.first != 0 ? (int)((load.first - load.since) / 1000) : -1;
}

void
load_stop(void)
{
	size_t i;

	load.stop = 1;
	for (i = 0; i < LOAD_CLIENTS; i++)
		pthread_join(load.threads[i], NULL);
	if (load.other > 0)
		fprintf(stderr, "%u answers of no known kind, the last: %s\n", load.other,
		    load.first_other);
	CU_ASSERT_EQUAL(load.other, 0);
}

/* ---- what must be true of what was answered ---- */

unsigned long
load_ask_number(const char *sql)
{
	struct error err = ERROR_INIT;
	char out[64];

	ASSERT_OK(
	    postgres_ask(load.live->database, "signet_owner", sql, out, sizeof(out), &err), &err);
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
	CU_ASSERT_EQUAL(load_ask_number((char *)sql.data), load.count);
	buf_release(&sql);
}

static void
every_signature_is_good(void)
{
	size_t i, bad = 0;

	for (i = 0; i < load.count; i++) {
		bad +=
		    !soap_cms_is_good(load.live, load.answers[i].signature, load.answers[i].text);
		free(load.answers[i].signature);
	}
	CU_ASSERT_EQUAL(bad, 0);
}

void
load_nothing_answered_is_lost(void)
{
	CU_ASSERT(load.count > 0);
	every_answer_is_in_the_audit();
	every_signature_is_good();
}
