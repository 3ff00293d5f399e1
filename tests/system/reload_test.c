/*
 * SIGHUP and SIGTERM at a live server under load, and `signetd -n`. No connection is dropped, no
 * request fails and nothing answered is lost, whatever the new configuration is like.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "server/base/clock.h"
#include "tests/support/load.h"
#include "tests/support/suite.h"

#define TAKEN	"the new configuration is in use"
#define REFUSED "the old configuration stays in use"

#define DRAIN_SECONDS 6
#define P384	      "-algorithm EC -pkeyopt ec_paramgen_curve:P-384"

static struct live live;
static SSL_CTX *erp;

/* ---- what the server shows ---- */

/* The serial number of the certificate that a connection sees; "" when there is none. */
static const char *
serial_of(const struct tls_client *c, char out[64])
{
	X509 *cert = c->ssl != NULL ? SSL_get0_peer_certificate(c->ssl) : NULL;
	char *hex = NULL;
	BIGNUM *n;

	out[0] = '\0';
	if (cert == NULL)
		return out;
	n = ASN1_INTEGER_to_BN(X509_get0_serialNumber(cert), NULL);
	hex = BN_bn2hex(n);
	snprintf(out, 64, "%s", hex);
	OPENSSL_free(hex);
	BN_free(n);
	return out;
}

static const char *
serial_seen(char out[64])
{
	struct tls_client c;

	out[0] = '\0';
	if (tls_client_open(&c, live.port, erp) == 0)
		serial_of(&c, out);
	tls_client_close(&c);
	return out;
}

static void
serves(void)
{
	struct soap_call c;

	soap_call_init(&c, &live, erp);
	CU_ASSERT_EQUAL(soap_call(&c, soap_sign_cms("demo-ec", "x", NULL)), 200);
	soap_call_end(&c);
}

/* ---- what an administrator does ---- */

static void
shell(const char *script)
{
	struct buf out = BUF_INIT(0);
	int rc = run_shell(&out, "cd '%s' && %s", live.dir, script);

	if (rc != 0)
		fprintf(stderr, "%s: exit %d: %s\n", script, rc,
		    out.data != NULL ? (char *)out.data : "");
	CU_ASSERT_EQUAL_FATAL(rc, 0);
	buf_release(&out);
}

/* SIGHUP, and wait for the line of the log that says what became of it. */
static const char *
reload(const char *words)
{
	long from = live_log_end(&live);
	const char *line;

	kill(live.pid, SIGHUP);
	line = live_log_line(&live, from, words);
	CU_ASSERT_PTR_NOT_NULL_FATAL(line);
	return line;
}

/* ---- SIGHUP ---- */

static void
a_new_certificate_drops_no_connection_and_fails_no_request(void)
{
	char old[64], new[64], seen[64];
	struct tls_client idle;

	CU_ASSERT_EQUAL_FATAL(tls_client_open(&idle, live.port, erp), 0);
	serial_of(&idle, old);
	load_start(&live, erp);
	CU_ASSERT_EQUAL_FATAL(live_new_tls_certificate(&live, P384), 0);
	reload(TAKEN);
	serial_seen(new);
	CU_ASSERT(load_reaches(&load.success, load.success + 50, 10000));
	load_stop();
	CU_ASSERT_STRING_NOT_EQUAL(old, "");
	CU_ASSERT_STRING_NOT_EQUAL(new, "");
	CU_ASSERT_STRING_NOT_EQUAL(old, new);
	CU_ASSERT_EQUAL(load.connections, LOAD_CLIENTS);
	CU_ASSERT_EQUAL(load.closed, 0);
	CU_ASSERT_EQUAL(load.unavailable, 0);
	load_nothing_answered_is_lost();
	CU_ASSERT_EQUAL(load_ask_number("SELECT count(*) FROM signet.audit WHERE operation = "
					"'SignDocument' AND result <> 'Success'"),
	    0);
	/* the idle one lives on under the certificate that it shook hands with */
	CU_ASSERT_EQUAL(tls_client_ask(&idle, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
	CU_ASSERT_STRING_EQUAL(serial_of(&idle, seen), old);
	tls_client_close(&idle);
}

static void
many_reloads_at_once_end_in_the_last_one(void)
{
	char old[64], new[64];
	long from = live_log_end(&live);
	int i;

	serial_seen(old);
	load_start(&live, erp);
	for (i = 0; i < 5; i++)
		kill(live.pid, SIGHUP);
	CU_ASSERT_PTR_NOT_NULL(live_log_line(&live, from, "reloading"));
	CU_ASSERT_EQUAL_FATAL(live_new_tls_certificate(&live, P384),
	    0); /* behind the back of the reload that is under way */
	from = live_log_end(&live);
	kill(live.pid, SIGHUP);
	do {
		CU_ASSERT_PTR_NOT_NULL_FATAL(live_log_line(&live, from, TAKEN));
		from = live_log_end(&live);
	} while (strcmp(serial_seen(new), old) == 0);
	load_stop();
	CU_ASSERT_STRING_NOT_EQUAL(new, "");
	CU_ASSERT_EQUAL(load.connections, LOAD_CLIENTS);
	CU_ASSERT_EQUAL(load.closed + load.unavailable, 0);
	load_nothing_answered_is_lost();
}

/* What is written, and what the log says of it; NULL words end the table. */
static const struct broken {
	const char *line, *words;
} broken[] = {
	{ "limit-message = much", "limit-message is \"much\"" },
	{ "no-such-setting = 1", "no-such-setting" },
	{ "listener {", "signetd.conf" },
	{ "limit-message = 1", "limit-message is \"1\"; allowed is" },
	{ "workers = 7", "workers can only be changed by a restart" },
	{ "tls-key = \"nobody\"", "nobody" },
	{ "tls-certificate = \"pki/missing.pem\"", "missing.pem" },
	{ NULL, NULL },
};

/* Append the line to a copy of the good configuration. */
static void
write_broken(const char *line)
{
	char script[512];

	snprintf(script, sizeof(script),
	    "cp good.conf new.conf && printf '%%s\\n' '%s' >> new.conf "
	    "&& mv new.conf signetd.conf",
	    line);
	shell(script);
}

static void
a_broken_configuration_changes_nothing_and_the_log_says_what_and_where(void)
{
	pid_t api = live_child(&live, "api"), read = live_child(&live, "read");
	char old[64], seen[64], where[64];
	const struct broken *b;
	struct buf lines = BUF_INIT(0);
	const char *said;
	int number;

	shell("cp signetd.conf good.conf");
	run_shell(&lines, "wc -l < '%s'", live_path(&live, "good.conf"));
	number = atoi((char *)lines.data) + 1;
	serial_seen(old);
	load_start(&live, erp);
	for (b = broken; b->line != NULL; b++) {
		write_broken(b->line);
		said = reload(REFUSED);
		if (strstr(said, b->words) == NULL)
			fprintf(stderr, "%s: %s", b->line, said);
		CU_ASSERT_PTR_NOT_NULL(strstr(said, b->words));
		/* whatever is wrong with one line is told with its number */
		snprintf(where, sizeof(where), "signetd.conf:%d:", number);
		if (b - broken < 4 && strstr(said, where) == NULL)
			fprintf(stderr, "no %s in %s", where, said);
		CU_ASSERT(b - broken >= 4 || strstr(said, where) != NULL);
		CU_ASSERT_STRING_EQUAL(serial_seen(seen), old);
	}
	shell("mv good.conf signetd.conf");
	reload(TAKEN);
	load_stop();
	CU_ASSERT_EQUAL(load.connections, LOAD_CLIENTS);
	CU_ASSERT_EQUAL(load.closed + load.unavailable, 0);
	CU_ASSERT_EQUAL(live_child(&live, "api"), api);
	CU_ASSERT_EQUAL(live_child(&live, "read"), read);
	load_nothing_answered_is_lost();
	buf_release(&lines);
}

/* The certificate and the key of TLS, one after the other wrong. */
static void
certificate_and_key_that_do_not_fit_keep_the_old_ones(void)
{
	static const char *const wrong[] = {
		"cp pki/tls.pem kept.pem && openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=o "
		"-keyout /dev/null -out pki/tls.pem 2>&1", /* of another key */
		"mv pki/tls.pem kept.pem",
		"cp pki/tls.pem kept.pem && sed -i '3s/./!/' pki/tls.pem",
		"cp pki/tls.pem kept.pem && : > pki/tls.pem",
		"cp -p keys/tls.p12 kept.p12 && printf broken > keys/tls.p12",
		"cp -p keys/tls.p12 kept.p12 && chmod 644 keys/tls.p12",
		"mv keys/tls.p12 kept.p12",
		"cp -p keys/tls.pass kept.pass && printf wrong > keys/tls.pass",
		"cp -p keys/tls.p12 kept.p12 && cp keys/demo-ec.p12 keys/tls.p12 && cp -p "
		"keys/tls.pass "
		"kept.pass && cp keys/demo-ec.pass keys/tls.pass", /* of another certificate */
		"mv pki/tls.pem kept.pem && cp -p keys/tls.p12 kept.p12 && cp keys/demo-ec.p12 "
		"pki/tls.pem && : > keys/tls.p12",
	};
	char old[64], seen[64];
	size_t i;

	serial_seen(old);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		shell(wrong[i]);
		reload(REFUSED);
		CU_ASSERT_STRING_EQUAL(serial_seen(seen), old);
		serves();
		shell("{ [ ! -e kept.pem ] || mv kept.pem pki/tls.pem; } && "
		      "{ [ ! -e kept.p12 ] || mv kept.p12 keys/tls.p12; } && "
		      "{ [ ! -e kept.pass ] || mv kept.pass keys/tls.pass; }");
	}
	reload(TAKEN);
	CU_ASSERT_STRING_EQUAL(serial_seen(seen), old);
	serves();
}

static void
a_key_that_was_added_is_there_after_a_reload(void)
{
	long from = live_log_end(&live);
	struct buf count = BUF_INIT(0);
	char words[32];

	shell("cp -p keys/demo-ec.p12 keys/more.p12 && cp -p keys/demo-ec.pass keys/more.pass");
	CU_ASSERT_EQUAL(
	    run_shell(&count, "ls '%s' | grep -c '[.]p12$'", live_path(&live, "keys")), 0);
	snprintf(words, sizeof(words), " %d keys", atoi((char *)count.data));
	buf_release(&count);
	reload(TAKEN);
	CU_ASSERT_PTR_NOT_NULL(live_log_line(&live, from, words));
	serves();
}

/* ---- the check of a configuration ---- */

/* What `signetd -n` says; its status is 0, or that of an error. */
static void
check_says(int good, const char *words)
{
	struct buf out = BUF_INIT(0);
	int rc = run_program(
	    &out, live_program("signetd"), "-n", "-c", live_path(&live, "signetd.conf"), NULL);

	CU_ASSERT_EQUAL(rc, good ? 0 : 1);
	if (out.data == NULL || strstr((char *)out.data, words) == NULL)
		fprintf(
		    stderr, "no \"%s\" in: %s\n", words, out.data != NULL ? (char *)out.data : "");
	CU_ASSERT(out.data != NULL && strstr((char *)out.data, words) != NULL);
	buf_release(&out);
}

static void
a_configuration_is_checked_without_a_start(void)
{
	pid_t keys = live_child(&live, "keys"), api = live_child(&live, "api");
	const struct broken *b;

	check_says(1, "is good");
	shell("cp signetd.conf good.conf");
	for (b = broken; b < broken + 4; b++) {
		write_broken(b->line);
		check_says(0, b->words);
	}
	write_broken("tls-certificate = \"pki/missing.pem\"");
	check_says(0, "missing.pem");
	write_broken("keys-directory = \"no/such/folder\"");
	check_says(0, "no/such/folder");
	shell("mv good.conf signetd.conf");
	check_says(1, "is good");
	CU_ASSERT_EQUAL(live_child(&live, "keys"), keys); /* the one that runs has heard nothing */
	CU_ASSERT_EQUAL(live_child(&live, "api"), api);
	serves();
}

/* ---- SIGTERM ---- */

#define BODY_SIZE 200000

static char body[BODY_SIZE + 1000];

/* Send the first half of a request of ours; returns its size. */
static size_t
begin_request(struct tls_client *c)
{
	char head[200];
	size_t len;

	len = (size_t)sprintf(body,
	    "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" "
	    "xmlns=\"urn:signet:v1\"><s:Body><SignDocument><parameters><format>CMS</format>"
	    "<key>demo-ec</key></parameters><document><content>");
	memset(body + len, 'A', BODY_SIZE);
	len += BODY_SIZE;
	len += (size_t)sprintf(
	    body + len, "</content></document></SignDocument></s:Body></s:Envelope>");
	snprintf(head, sizeof(head),
	    "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Length: %zu\r\n\r\n",
	    len);
	CU_ASSERT_EQUAL_FATAL(tls_client_open(c, live.port, erp), 0);
	tls_client_say(c, head);
	tls_client_send(c, body, len / 2);
	return len;
}

/* The exit status of the server; -1 when it has not ended in these milliseconds. */
static int
await_exit(int ms)
{
	int64_t end = clock_monotonic_us() + ms * 1000LL;
	int status = 0, rc;

	while ((rc = waitpid(live.pid, &status, WNOHANG)) == 0 && clock_monotonic_us() < end)
		poll(NULL, 0, 2);
	if (rc == 0)
		return -1;
	live.pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void
sigterm_answers_what_is_in_hand_and_refuses_what_is_new(void)
{
	struct tls_client busy, idle, late;
	int64_t began;
	size_t len;

	CU_ASSERT_EQUAL_FATAL(tls_client_open(&idle, live.port, erp), 0);
	CU_ASSERT_EQUAL(tls_client_ask(&idle, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
	len = begin_request(&busy);
	CU_ASSERT_EQUAL(tls_client_ask(&idle, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
	kill(live.pid, SIGTERM);
	CU_ASSERT(tls_client_is_closed(&idle)); /* it had nothing in hand */
	began = clock_monotonic_us();
	CU_ASSERT_EQUAL(tls_client_open(&late, live.port, erp), -1);
	CU_ASSERT(clock_monotonic_us() - began < 1000000); /* at once: another server may be free */
	CU_ASSERT_EQUAL(waitpid(live.pid, NULL, WNOHANG), 0);
	tls_client_send(&busy, body + len / 2, len - len / 2);
	CU_ASSERT_EQUAL(tls_client_answer(&busy), 0);
	CU_ASSERT_EQUAL(busy.status, 200);
	CU_ASSERT(tls_client_head_has(&busy, "Connection: close"));
	CU_ASSERT(tls_client_is_closed(&busy));
	tls_client_close(&busy);
	CU_ASSERT_EQUAL(await_exit(DRAIN_SECONDS * 1000), 0);
	tls_client_close(&idle);
	tls_client_close(&late);
	CU_ASSERT_EQUAL_FATAL(live_restart(&live), 0);
	serves();
}

static void
sigterm_in_mid_load_loses_nothing(void)
{
	unsigned long before = load_ask_number("SELECT count(*) FROM signet.audit");

	load_start(&live, erp);
	kill(live.pid, SIGTERM);
	CU_ASSERT_EQUAL(await_exit(DRAIN_SECONDS * 1000), 0);
	load_stop();
	CU_ASSERT_EQUAL(load.unavailable, 0);
	load_nothing_answered_is_lost();
	/* and the other way round: what the audit says was done has been answered */
	CU_ASSERT_EQUAL(load_ask_number("SELECT count(*) FROM signet.audit") - before, load.count);
	CU_ASSERT_EQUAL_FATAL(live_restart(&live), 0);
	serves();
}

static void
a_request_that_never_ends_is_cut_off_after_the_drain_time(void)
{
	int64_t began = clock_monotonic_us();
	struct tls_client busy;

	shell("echo 'drain-seconds = 1' >> signetd.conf");
	reload(TAKEN);
	begin_request(&busy);
	serves();
	began = clock_monotonic_us();
	kill(live.pid, SIGTERM);
	CU_ASSERT_EQUAL(await_exit(5000), 0);
	CU_ASSERT(clock_monotonic_us() - began >= 900000);
	CU_ASSERT_EQUAL(tls_client_answer(&busy), 0);
	CU_ASSERT_EQUAL(busy.status, 500);
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)busy.body.data, "Unavailable"));
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)busy.body.data, "the server is ending; try again"));
	CU_ASSERT(tls_client_is_closed(&busy));
	tls_client_close(&busy);
	shell("sed -i '$d' signetd.conf");
	CU_ASSERT_EQUAL_FATAL(live_restart(&live), 0);
}

static void
a_second_sigterm_ends_at_once(void)
{
	long from = live_log_end(&live);
	struct tls_client busy;
	int64_t began;

	begin_request(&busy);
	serves();
	began = clock_monotonic_us();
	kill(live.pid, SIGTERM);
	CU_ASSERT_PTR_NOT_NULL(live_log_line(&live, from, "finishing what is in hand"));
	kill(live.pid, SIGTERM);
	CU_ASSERT(await_exit(5000) >= 0);
	CU_ASSERT(clock_monotonic_us() - began < 1500000);
	CU_ASSERT(tls_client_is_closed(&busy));
	tls_client_close(&busy);
	CU_ASSERT_EQUAL_FATAL(live_restart(&live), 0);
	serves();
}

static int
start(void)
{
	char extra[64];

	snprintf(extra, sizeof(extra), "drain-seconds = %d", DRAIN_SECONDS);
	if (live_start(&live, extra, NULL) != 0)
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
	TEST(a_new_certificate_drops_no_connection_and_fails_no_request),
	TEST(many_reloads_at_once_end_in_the_last_one),
	TEST(a_broken_configuration_changes_nothing_and_the_log_says_what_and_where),
	TEST(certificate_and_key_that_do_not_fit_keep_the_old_ones),
	TEST(a_key_that_was_added_is_there_after_a_reload),
	TEST(a_configuration_is_checked_without_a_start),
	TEST(sigterm_answers_what_is_in_hand_and_refuses_what_is_new),
	TEST(sigterm_in_mid_load_loses_nothing),
	TEST(a_request_that_never_ends_is_cut_off_after_the_drain_time),
	TEST(a_second_sigterm_ends_at_once),
	TEST_END,
};
const struct suite suite_system_reload = { "system/reload", start, stop, tests };
