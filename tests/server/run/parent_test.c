#include "server/run/parent.h"

#include <openssl/pem.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/base/clock.h"
#include "server/http/status.h"
#include "tests/support/pki.h"
#include "tests/support/suite.h"
#include "tests/support/tls_client.h"

/* A whole signetd in processes of its own, with a service that only says its process. */

static char dir[64];
static pid_t parent;
static FILE *logged;
static char line[2100];
static int port;
static SSL_CTX *ctx;

static enum served
say_pid(void *worker, struct exchange *x)
{
	char text[32];

	(void)worker;
	snprintf(text, sizeof(text), "%d", (int)getpid());
	http_answer_text(x, 200, "text/plain", span_str(text));
	return SERVED;
}

static const struct api_service service = { .soap = say_pid };

static char *
in_dir(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void
write_conf(const char *more)
{
	FILE *f = fopen(in_dir("signetd.conf"), "w");

	fprintf(f,
	    "keys-directory = keys\ntls-certificate = tls.crt\naccess-log = \"\"\nworkers = 1\n"
	    "slow-threads = 1\nlimit-bulk = 1\nkeys-may-swap = yes\ndrain-seconds = 5\n"
	    "listener { address = \"127.0.0.1\" port = 0 }\n%s",
	    more);
	fclose(f);
}

static void
write_certificate(enum pki_id id)
{
	FILE *f = fopen(in_dir("tls.crt"), "w");

	PEM_write_X509(f, pki_cert(id));
	fclose(f);
	f = fopen(in_dir("keys/tls.pem"), "w");
	fchmod(fileno(f), 0600);
	PEM_write_PrivateKey(f, pki_key(id)->pkey, NULL, NULL, 0, NULL, NULL);
	PEM_write_X509(f, pki_cert(id));
	fclose(f);
}

/* Read the log up to a line with these words; 0 when it does not come in 20 seconds. */
static int
log_says(const char *words)
{
	int64_t end = clock_monotonic_us() + 20000000;
	struct pollfd p = { fileno(logged), POLLIN, 0 };

	while (clock_monotonic_us() < end)
		if (poll(&p, 1, 100) > 0 && fgets(line, sizeof(line), logged) != NULL &&
		    strstr(line, words) != NULL)
			return 1;
	fprintf(stderr, "the log never said: %s\n", words);
	return 0;
}

static void
start(void)
{
	struct error err = ERROR_INIT;
	struct conf *conf;
	int ends[2];

	CU_ASSERT_FATAL(pipe(ends) == 0);
	fflush(NULL);
	parent = fork();
	if (parent == 0) {
		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		close(ends[1]);
		if (conf_read(&conf, in_dir("signetd.conf"), &err) != 0)
			_exit(9);
		_exit(parent_run(conf, &service));
	}
	close(ends[1]);
	logged = fdopen(ends[0], "r");
	setvbuf(logged, NULL, _IONBF, 0);
}

static void
begin(void)
{
	snprintf(dir, sizeof(dir), "/tmp/signet-parent-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	mkdir(in_dir("keys"), 0700);
	write_conf("");
	write_certificate(PKI_TLS_SERVER);
	ctx = SSL_CTX_new(TLS_client_method());
	start();
	CU_ASSERT_FATAL(log_says("listening on 127.0.0.1 port "));
	port = atoi(strstr(line, "port ") + 5);
	CU_ASSERT_FATAL(log_says(" serves"));
}

static int
end(void)
{
	int status = -1;

	kill(parent, SIGTERM);
	waitpid(parent, &status, 0);
	fclose(logged);
	SSL_CTX_free(ctx);
	unlink(in_dir("signetd.conf"));
	unlink(in_dir("tls.crt"));
	unlink(in_dir("keys/tls.pem"));
	rmdir(in_dir("keys"));
	rmdir(dir);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The api process's number, as it tells itself. */
static pid_t
ask_pid(struct tls_client *c)
{
	if (tls_client_ask(c, "POST /soap HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n") != 200)
		return -1;
	return atoi((char *)c->body.data);
}

/* The parent's child of that name, "signetd-keys"; 0 when there is none. */
static pid_t
child_pid(const char *name)
{
	char path[64], word[32], found[32];
	pid_t pid = 0;
	FILE *f, *comm;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)parent, (int)parent);
	f = fopen(path, "r");
	while (pid == 0 && f != NULL && fscanf(f, "%31s", word) == 1) {
		snprintf(path, sizeof(path), "/proc/%s/comm", word);
		comm = fopen(path, "r");
		if (comm != NULL && fscanf(comm, "%31s", found) == 1 && strcmp(found, name) == 0)
			pid = atoi(word);
		if (comm != NULL)
			fclose(comm);
	}
	if (f != NULL)
		fclose(f);
	return pid;
}

static void
it_starts_serves_and_ends(void)
{
	struct tls_client c;

	begin();
	CU_ASSERT_EQUAL(tls_client_open(&c, port, ctx), 0);
	CU_ASSERT(ask_pid(&c) > 0);
	CU_ASSERT_NOT_EQUAL(ask_pid(&c), parent);
	CU_ASSERT_EQUAL(tls_client_ask(&c, "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n"), 200);
	tls_client_close(&c);
	CU_ASSERT_EQUAL(end(), 0);
}

static void
a_killed_api_process_is_replaced(void)
{
	struct tls_client c, again;
	pid_t first;

	begin();
	CU_ASSERT_EQUAL(tls_client_open(&c, port, ctx), 0);
	first = ask_pid(&c);
	CU_ASSERT_FATAL(first > 0);
	CU_ASSERT_EQUAL(kill(first, SIGKILL), 0);
	CU_ASSERT(tls_client_is_closed(&c));
	/* The socket was open all the time: the call waits until the next one takes it. */
	CU_ASSERT_EQUAL(tls_client_open(&again, port, ctx), 0);
	CU_ASSERT(ask_pid(&again) > 0);
	CU_ASSERT_NOT_EQUAL(ask_pid(&again), first);
	CU_ASSERT(log_says("was ended by signal 9"));
	tls_client_close(&c);
	tls_client_close(&again);
	CU_ASSERT_EQUAL(end(), 0);
}

static void
a_killed_keys_process_is_not_noticed_by_clients(void)
{
	struct tls_client open, fresh;
	pid_t api, keys;

	begin();
	CU_ASSERT_EQUAL(tls_client_open(&open, port, ctx), 0);
	api = ask_pid(&open);
	keys = child_pid("signetd-keys");
	CU_ASSERT_FATAL(keys > 0);
	CU_ASSERT_EQUAL(kill(keys, SIGKILL), 0);
	/* a handshake needs the key */
	CU_ASSERT_EQUAL(tls_client_open(&fresh, port, ctx), 0);
	CU_ASSERT_EQUAL(ask_pid(&fresh), api);
	CU_ASSERT_EQUAL(ask_pid(&open), api);
	CU_ASSERT(log_says("keys is back"));
	tls_client_close(&open);
	tls_client_close(&fresh);
	CU_ASSERT_EQUAL(end(), 0);
}

static void
a_killed_read_process_is_replaced_and_harms_nobody(void)
{
	struct tls_client c;
	pid_t api, first;

	begin();
	CU_ASSERT_EQUAL(tls_client_open(&c, port, ctx), 0);
	api = ask_pid(&c);
	first = child_pid("signetd-read");
	CU_ASSERT_FATAL(first > 0);
	CU_ASSERT_EQUAL(kill(first, SIGKILL), 0);
	CU_ASSERT(log_says("read is back"));
	CU_ASSERT(child_pid("signetd-read") > 0);
	CU_ASSERT_NOT_EQUAL(child_pid("signetd-read"), first);
	CU_ASSERT_EQUAL(ask_pid(&c), api);
	CU_ASSERT_EQUAL(tls_client_ask(&c, "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n"), 200);
	tls_client_close(&c);
	CU_ASSERT_EQUAL(end(), 0);
}

static void
a_reload_brings_a_new_certificate_and_keeps_connections(void)
{
	struct tls_client open, fresh;

	begin();
	CU_ASSERT_EQUAL(tls_client_open(&open, port, ctx), 0);
	CU_ASSERT(ask_pid(&open) > 0);
	write_certificate(PKI_P256);
	write_conf("limit-message = 8K\n");
	kill(parent, SIGHUP);
	CU_ASSERT(log_says("the new configuration is in use"));
	CU_ASSERT(ask_pid(&open) > 0);
	CU_ASSERT_EQUAL(tls_client_open(&fresh, port, ctx), 0);
	CU_ASSERT_EQUAL(X509_cmp(SSL_get0_peer_certificate(fresh.ssl), pki_cert(PKI_P256)), 0);
	CU_ASSERT_EQUAL(tls_client_ask(&fresh, "POST /soap HTTP/1.1\r\nHost: h\r\n"
					       "Content-Length: 9000\r\n\r\n"),
	    413);
	tls_client_close(&open);
	tls_client_close(&fresh);
	CU_ASSERT_EQUAL(end(), 0);
}

static void
a_bad_configuration_changes_nothing(void)
{
	struct tls_client c;

	begin();
	write_certificate(PKI_P256); /* would be taken if anything were */
	write_conf("limit-message = many\n");
	kill(parent, SIGHUP);
	CU_ASSERT(log_says("the old configuration stays in use"));
	CU_ASSERT_PTR_NOT_NULL(strstr(line, "limit-message is \"many\""));
	write_conf("node = other\n");
	kill(parent, SIGHUP);
	CU_ASSERT(log_says("the old configuration stays in use"));
	CU_ASSERT_PTR_NOT_NULL(strstr(line, "node can only be changed by a restart"));
	CU_ASSERT_EQUAL(tls_client_open(&c, port, ctx), 0);
	CU_ASSERT_EQUAL(X509_cmp(SSL_get0_peer_certificate(c.ssl), pki_cert(PKI_TLS_SERVER)), 0);
	CU_ASSERT(ask_pid(&c) > 0);
	tls_client_close(&c);
	CU_ASSERT_EQUAL(end(), 0);
}

static void
a_start_that_cannot_be_says_why_and_fails(void)
{
	begin();
	CU_ASSERT_EQUAL(end(), 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(strcpy(dir, "/tmp/signet-parent-XXXXXX")));
	mkdir(in_dir("keys"), 0700);
	write_conf("tls-key = missing\n");
	write_certificate(PKI_TLS_SERVER);
	ctx = SSL_CTX_new(TLS_client_method());
	start();
	CU_ASSERT(log_says("missing"));
	CU_ASSERT(log_says("ended"));
	CU_ASSERT_EQUAL(end(), 1);
}

static const struct test tests[] = { TEST(it_starts_serves_and_ends),
	TEST(a_killed_api_process_is_replaced),
	TEST(a_killed_keys_process_is_not_noticed_by_clients),
	TEST(a_killed_read_process_is_replaced_and_harms_nobody),
	TEST(a_reload_brings_a_new_certificate_and_keeps_connections),
	TEST(a_bad_configuration_changes_nothing), TEST(a_start_that_cannot_be_says_why_and_fails),
	TEST_END };
const struct suite suite_server_run_parent = { "server/run/parent", NULL, NULL, tests };
