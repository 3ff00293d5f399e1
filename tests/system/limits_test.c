/*
 * Limits of a live server: slow and silent peers, very many connections, more logins than can be
 * hashed. Who behaves is served all the while.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/base/clock.h"
#include "tests/support/soap_call.h"
#include "tests/support/suite.h"

#define CROWD	    10000
#define PER_ADDRESS 6000
#define SERVED_MS   1000 /* an ordinary request while others misbehave */

static struct live live;
static SSL_CTX *erp, *nobody;

/* How long a small request on a new connection takes, in milliseconds; -1 when it fails. */
static int
ordinary_request_ms(void)
{
	int64_t began = clock_monotonic_us();
	struct soap_call c;
	int status;

	soap_call_init(&c, &live, erp);
	status = soap_call(&c, "<WhoAmI/>");
	soap_call_end(&c);
	return status == 200 ? (int)((clock_monotonic_us() - began) / 1000) : -1;
}

static long
metric(const char *name)
{
	struct soap_call c;
	long value = -1;
	const char *at;
	char line[128];

	soap_call_init(&c, &live, erp);
	CU_ASSERT_EQUAL(soap_page(&c, "/metrics"), 200);
	snprintf(line, sizeof(line), "\n%s ", name);
	at = strstr(soap_answer(&c), line);
	if (at != NULL)
		value = strtol(at + strlen(line), NULL, 10);
	soap_call_end(&c);
	return value;
}

static int
metric_reaches(const char *name, long value, int ms)
{
	int64_t end = clock_monotonic_us() + ms * 1000LL;

	while (metric(name) < value && clock_monotonic_us() < end)
		poll(NULL, 0, 10);
	return metric(name) >= value;
}

/* ---- a crowd ---- */

/* A connection from 127.0.0.LAST that says nothing; -1 when none is to be had. */
static int
connect_silently(unsigned char last)
{
	struct sockaddr_in from = { .sin_family = AF_INET }, to = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	from.sin_addr.s_addr = htonl(0x7f000000u | last);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	to.sin_port = htons((uint16_t)live.port);
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
	if (fd >= 0 && bind(fd, (struct sockaddr *)&from, sizeof(from)) == 0 &&
	    connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static int
is_closed(int fd, int ms)
{
	struct pollfd p = { fd, POLLIN, 0 };
	char byte;

	return poll(&p, 1, ms) == 1 && recv(fd, &byte, 1, MSG_DONTWAIT) <= 0;
}

/* As many as this process may have open, up to CROWD; from two addresses. */
static size_t
crowd_size(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	if (limit.rlim_cur < CROWD + 4000 && geteuid() == 0)
		limit.rlim_cur = limit.rlim_max = CROWD + 4000;
	setrlimit(RLIMIT_NOFILE, &limit);
	getrlimit(RLIMIT_NOFILE, &limit);
	return limit.rlim_cur > CROWD + 200 ? CROWD : (size_t)limit.rlim_cur - 200;
}

static void
ten_thousand_connections_at_once_leave_room_for_who_asks(void)
{
	size_t n = crowd_size(), more = n < CROWD ? 0 : PER_ADDRESS - CROWD / 2, i, opened = 0;
	int *crowd = calloc(n + more + 1, sizeof(int)), ms;

	if (n < CROWD)
		test_not_run("RLIMIT_NOFILE allows %zu connections instead of %d", n, CROWD);
	for (i = 0; i < n; i++) {
		crowd[i] = connect_silently((unsigned char)(2 + i % 2));
		opened += crowd[i] >= 0;
	}
	CU_ASSERT_EQUAL(opened, n);
	CU_ASSERT(metric_reaches("signet_connections_open", (long)n, 10000));
	ms = ordinary_request_ms();
	CU_ASSERT(ms >= 0 && ms <= SERVED_MS);
	/* One address may have so many and no more; others are not concerned. */
	for (; more > 0 && i <= n + more; i++)
		crowd[i] = connect_silently(2);
	if (more > 0) {
		CU_ASSERT(is_closed(crowd[n + more], 5000));
		CU_ASSERT(!is_closed(crowd[n + more - 1], 0));
		CU_ASSERT(metric("signet_connections_refused_total") > 0);
	}
	ms = ordinary_request_ms();
	CU_ASSERT(ms >= 0 && ms <= SERVED_MS);
	for (i = 0; i <= n + more; i++)
		if (crowd[i] > 0)
			close(crowd[i]);
	free(crowd);
}

/* ---- who is slow ---- */

/* The answer's status; 0 when the connection is closed without one, -1 when neither came. */
static int
ends_with(struct tls_client *c)
{
	int rc = tls_client_answer(c);

	return rc == 0 ? c->status : rc == 1 ? 0 : -1;
}

static void
short_limits_come_by_reload(void)
{
	int64_t end = clock_monotonic_us() + 10000000;

	CU_ASSERT_EQUAL(run_shell(NULL,
			    "cd '%s' && sed -i 's/^limit-header-seconds.*/limit-header-seconds = "
			    "1/; s/^limit-request-seconds.*/limit-request-seconds = 1/; "
			    "s/^limit-idle-seconds.*/limit-idle-seconds = 1/' signetd.conf",
			    live.dir),
	    0);
	kill(live.pid, SIGHUP);
	while (metric("signet_reloads_total") != 1 && clock_monotonic_us() < end)
		poll(NULL, 0, 10);
	CU_ASSERT_EQUAL(metric("signet_reloads_total"), 1);
}

static void
who_never_shakes_hands_is_closed(void)
{
	struct tls_client c;

	CU_ASSERT_EQUAL(tls_client_connect(&c, live.port), 0);
	CU_ASSERT(is_closed(c.fd, 5000));
	tls_client_close(&c);
}

static void
half_a_head_is_answered_408(void)
{
	struct tls_client c;

	CU_ASSERT_EQUAL(tls_client_open(&c, live.port, erp), 0);
	tls_client_say(&c, "POST / HTTP/1.1\r\nHo");
	CU_ASSERT_EQUAL(ends_with(&c), 408);
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)c.body.data, "too slowly"));
	CU_ASSERT(tls_client_is_closed(&c));
	tls_client_close(&c);
}

static void
a_head_in_drops_is_given_up_as_well(void)
{
	struct tls_client c;
	struct pollfd p = { .events = POLLIN };
	int64_t began;

	CU_ASSERT_EQUAL(tls_client_open(&c, live.port, erp), 0);
	p.fd = c.fd;
	tls_client_say(&c, "GET /healthz HTTP/1.1\r\n");
	began = clock_monotonic_us();
	do /* a byte each 100 ms */
		tls_client_say(&c, "X");
	while (poll(&p, 1, 100) == 0 && clock_monotonic_us() - began < 8000000);
	CU_ASSERT(clock_monotonic_us() - began < 5000000);
	tls_client_close(&c);
}

static void
half_a_body_is_answered_408(void)
{
	struct tls_client c;

	CU_ASSERT_EQUAL(tls_client_open(&c, live.port, erp), 0);
	tls_client_say(&c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\n"
			   "Content-Length: 1000\r\n\r\n<s:Envelope");
	CU_ASSERT_EQUAL(ends_with(&c), 408);
	CU_ASSERT(tls_client_is_closed(&c));
	tls_client_close(&c);
}

static void
half_of_a_large_body_is_told_that_it_was_too_slow(void)
{
	static char body[60000];
	struct tls_client c;

	CU_ASSERT_EQUAL(tls_client_open(&c, live.port, erp), 0);
	tls_client_say(&c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\n"
			   "Content-Length: 1000000\r\n\r\n<s:Envelope "
			   "xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\">");
	memset(body, ' ', sizeof(body));
	tls_client_send(&c, body, sizeof(body));
	CU_ASSERT(ends_with(&c) >= 400);
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)c.body.data, "too slowly"));
	tls_client_close(&c);
}

static void
an_idle_connection_is_closed_without_a_word(void)
{
	struct tls_client c;

	CU_ASSERT_EQUAL(tls_client_open(&c, live.port, erp), 0);
	CU_ASSERT_EQUAL(tls_client_ask(&c, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
	CU_ASSERT_EQUAL(ends_with(&c), 0);
	tls_client_close(&c);
}

/* ---- before the body ---- */

static void
a_caller_who_is_refused_is_not_asked_for_his_gigabyte(void)
{
	struct tls_client c;

	CU_ASSERT_EQUAL(tls_client_open(&c, live.port, nobody), 0);
	tls_client_say(&c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/related; "
			   "type=\"application/xop+xml\"; boundary=b; start=\"<a>\"; "
			   "start-info=\"text/xml\"\r\nExpect: 100-continue\r\nAuthorization: "
			   "Basic ZGVtby9lcnA6d3Jvbmc=\r\nContent-Length: 1000000000\r\n\r\n");
	CU_ASSERT_EQUAL(ends_with(&c), 401); /* and no 100 before it */
	tls_client_close(&c);
}

/* ---- more logins than can be hashed ---- */

#define GUESSERS 12

static atomic_int stop_guessing;
static atomic_uint wrong, told_to_wait, odd;

static void *
guess(void *arg)
{
	char password[40], code[64];
	struct soap_call c;
	int i;

	for (i = 0; !stop_guessing; i++) {
		soap_call_init(&c, &live, nobody);
		snprintf(password, sizeof(password), "guess-%zu-%d", (size_t)arg, i);
		soap_call_basic(&c, "demo/erp", password);
		soap_call(&c, "<WhoAmI/>");
		soap_text_of(soap_answer(&c), "code", code, sizeof(code));
		if (strcmp(code, "NotAuthenticated") == 0)
			wrong++;
		else if (strcmp(code, "Unavailable") == 0)
			told_to_wait++;
		else
			odd++;
		soap_call_end(&c);
	}
	return NULL;
}

static void
guessed_passwords_queue_and_do_not_hold_up_certificates(void)
{
	pthread_t threads[GUESSERS];
	int64_t end;
	size_t i;
	int ms, worst = 0;

	for (i = 0; i < GUESSERS; i++)
		pthread_create(&threads[i], NULL, guess, (void *)i);
	end = clock_monotonic_us() + 10000000;
	while ((wrong < 10 || told_to_wait < 10) && clock_monotonic_us() < end) {
		ms = ordinary_request_ms();
		worst = ms < 0 || ms > worst ? ms : worst;
		if (ms < 0)
			break;
	}
	stop_guessing = 1;
	for (i = 0; i < GUESSERS; i++)
		pthread_join(threads[i], NULL);
	CU_ASSERT(worst >= 0 && worst <= SERVED_MS);
	CU_ASSERT(wrong >= 10);
	CU_ASSERT(told_to_wait >= 10);
	CU_ASSERT_EQUAL(odd, 0);
}

static int
start(void)
{
	if (live_start(&live,
		"limit-connections-per-address = 6000\nlimit-header-seconds = 60\n"
		"limit-request-seconds = 60\nlimit-idle-seconds = 60\nlimit-password-queue = 2\n"
		"login-threads = 16\nlimit-caller-share = 100\n",
		NULL) != 0)
		return -1;
	erp = soap_call_context(&live, "erp");
	nobody = soap_call_context(&live, NULL);
	return 0;
}

static int
stop(void)
{
	live_stop(&live);
	SSL_CTX_free(erp);
	SSL_CTX_free(nobody);
	return 0;
}

static const struct test tests[] = {
	TEST(ten_thousand_connections_at_once_leave_room_for_who_asks),
	TEST(guessed_passwords_queue_and_do_not_hold_up_certificates),
	TEST(a_caller_who_is_refused_is_not_asked_for_his_gigabyte),
	TEST(short_limits_come_by_reload),
	TEST(who_never_shakes_hands_is_closed),
	TEST(half_a_head_is_answered_408),
	TEST(a_head_in_drops_is_given_up_as_well),
	TEST(half_a_body_is_answered_408),
	TEST(half_of_a_large_body_is_told_that_it_was_too_slow),
	TEST(an_idle_connection_is_closed_without_a_word),
	TEST_END,
};
const struct suite suite_system_limits = { "system/limits", start, stop, tests };
