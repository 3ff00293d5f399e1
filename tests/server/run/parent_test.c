#include "server/run/parent.h"

#include <openssl/pem.h>
#include <poll.h>
#include <pwd.h>
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
write_conf(const char *settings)
{
	FILE *f = fopen(in_dir("signetd.conf"), "w");

	fprintf(f,
	    "keys-directory = keys\ntls-certificate = tls.crt\naccess-log = \"\"\nworkers = 1\n"
	    "slow-threads = 1\nlimit-bulk = 1\nkeys-may-swap = yes\ndrain-seconds = 5\n"
	    "listener { address = \"127.0.0.1\" port = 0 }\n%s",
	    settings);
	fclose(f);
}

/* A new file each time, as an administrator's tools make it. */
static void
write_pem(const char *name, X509 *cert, EVP_PKEY *key)
{
	FILE *f = fopen(in_dir(name), "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fchmod(fileno(f), 0600);
	if (key != NULL)
		PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL);
	PEM_write_X509(f, cert);
	fclose(f);
}

static void
write_certificate(enum pki_id id)
{
	write_pem("tls.crt", pki_cert(id), NULL);
	write_pem("keys/tls.pem", pki_cert(id), pki_key(id)->pkey);
}

/* What the certificate's keyUsage leaves out: old suites have the server decrypt. */
static void
write_usage(const char *words)
{
	FILE *f = fopen(in_dir("keys/tls.usage"), "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fchmod(fileno(f), 0600);
	fputs(words, f);
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

/* What the next start_in_folder() puts in; back to the usual afterwards. */
static const char *more = "";
static enum pki_id certificate = PKI_TLS_SERVER;

static void
start_in_folder(void)
{
	snprintf(dir, sizeof(dir), "/tmp/signet-parent-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	mkdir(in_dir("keys"), 0700);
	write_conf(more);
	write_certificate(certificate);
	if (certificate == PKI_RSA2048)
		write_usage("Sign, Decrypt");
	more = "";
	certificate = PKI_TLS_SERVER;
	ctx = SSL_CTX_new(TLS_client_method());
	start();
}

static void
begin(void)
{
	start_in_folder();
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
	unlink(in_dir("keys/tls.usage"));
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

/* The user of a process: -1 when it is not there. */
static int
user_of(pid_t pid)
{
	char path[64], text[128];
	int uid = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "r");
	while (f != NULL && fgets(text, sizeof(text), f) != NULL)
		if (sscanf(text, "Uid:\t%d", &uid) == 1)
			break;
	if (f != NULL)
		fclose(f);
	return uid;
}

/* Nobody's memory can be read or traced by its own user: its files in /proc are root's. */
static int
is_closed(pid_t pid)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/environ", (int)pid);
	return stat(path, &st) == 0 && st.st_uid == 0;
}

/* It starts once callers are served; there is no database here, and that is no reason to end. */
static pid_t
await_jobs(void)
{
	int64_t until = clock_monotonic_us() + 20000000;

	while (child_pid("signetd-jobs") == 0 && clock_monotonic_us() < until)
		poll(NULL, 0, 5);
	return child_pid("signetd-jobs");
}

static void
a_killed_jobs_process_is_replaced_and_harms_nobody(void)
{
	const struct passwd *nobody = getpwnam("nobody");
	struct tls_client c;
	pid_t api, first;

	begin();
	CU_ASSERT_EQUAL(tls_client_open(&c, port, ctx), 0);
	api = ask_pid(&c);
	first = await_jobs();
	CU_ASSERT_FATAL(first > 0);
	CU_ASSERT_EQUAL(kill(first, SIGKILL), 0);
	CU_ASSERT(log_says("jobs is back"));
	CU_ASSERT(await_jobs() != first);
	if (geteuid() == 0 && nobody != NULL) {
		CU_ASSERT_EQUAL(user_of(await_jobs()), (int)nobody->pw_uid);
		CU_ASSERT(is_closed(await_jobs()));
	}
	CU_ASSERT_EQUAL(ask_pid(&c), api);
	CU_ASSERT_EQUAL(tls_client_ask(&c, "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n"), 200);
	tls_client_close(&c);
	CU_ASSERT_EQUAL(end(), 0);
}

static void
all_processes_are_nobody_and_reload_what_nobody_can_read(void)
{
	const struct passwd *nobody = getpwnam("nobody");
	struct tls_client c, fresh;
	struct stat st;
	pid_t api;

	if (geteuid() != 0 || nobody == NULL) {
		test_not_run("only root, where there is a user nobody, has something to give up");
		return;
	}
	begin();
	CU_ASSERT_EQUAL(stat(dir, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0700);
	CU_ASSERT_EQUAL(st.st_uid, 0);
	CU_ASSERT_EQUAL(tls_client_open(&c, port, ctx), 0);
	api = ask_pid(&c);
	CU_ASSERT_EQUAL(user_of(api), (int)nobody->pw_uid);
	CU_ASSERT_EQUAL(user_of(child_pid("signetd-keys")), (int)nobody->pw_uid);
	CU_ASSERT(is_closed(api));
	CU_ASSERT(is_closed(child_pid("signetd-keys")));
	CU_ASSERT_EQUAL(user_of(child_pid("signetd-read")), (int)nobody->pw_uid);
	CU_ASSERT(is_closed(child_pid("signetd-read")));
	CU_ASSERT_EQUAL(user_of(parent), 0);
	write_certificate(PKI_P256);
	chmod(in_dir("tls.crt"), 0600);
	chmod(in_dir("signetd.conf"), 0600);
	kill(parent, SIGHUP);
	CU_ASSERT(log_says("the new configuration is in use"));
	CU_ASSERT_EQUAL(tls_client_open(&fresh, port, ctx), 0);
	CU_ASSERT_EQUAL(X509_cmp(SSL_get0_peer_certificate(fresh.ssl), pki_cert(PKI_P256)), 0);
	CU_ASSERT_EQUAL(user_of(child_pid("signetd-keys")), (int)nobody->pw_uid);
	/* and a successor is handed the files as well */
	kill(api, SIGKILL);
	CU_ASSERT(log_says("api is back"));
	tls_client_close(&fresh);
	CU_ASSERT_EQUAL(tls_client_open(&fresh, port, ctx), 0);
	CU_ASSERT_EQUAL(user_of(ask_pid(&fresh)), (int)nobody->pw_uid);
	tls_client_close(&c);
	tls_client_close(&fresh);
	CU_ASSERT_EQUAL(end(), 0);
}

static void
root_stays_root_only_when_it_is_asked_for(void)
{
	struct tls_client c;

	if (geteuid() != 0) {
		test_not_run("only root stays root");
		return;
	}
	more = "user = root\n";
	start_in_folder();
	CU_ASSERT(log_says("user is root: whoever breaks into that process"));
	CU_ASSERT_FATAL(log_says("listening on 127.0.0.1 port "));
	port = atoi(strstr(line, "port ") + 5);
	CU_ASSERT_FATAL(log_says(" serves"));
	CU_ASSERT_EQUAL(tls_client_open(&c, port, ctx), 0);
	CU_ASSERT_EQUAL(user_of(ask_pid(&c)), 0);
	CU_ASSERT_NOT_EQUAL(user_of(child_pid("signetd-keys")), 0);
	tls_client_close(&c);
	CU_ASSERT_EQUAL(end(), 0);
}

/* What the parent cannot see by itself: the api process refuses, and all of it stays as it was. */
static void
a_certificate_of_another_key_is_refused_by_a_reload(void)
{
	static char body[9000];
	struct tls_client c;

	begin();
	CU_ASSERT_EQUAL(tls_client_open(&c, port, ctx), 0);
	write_certificate(PKI_P256);
	write_pem("tls.crt", pki_cert(PKI_TLS_SERVER), NULL);
	write_conf("limit-message = 8K\n");
	kill(parent, SIGHUP);
	CU_ASSERT(log_says("the old configuration stays in use"));
	CU_ASSERT_PTR_NOT_NULL(strstr(line, "does not belong to the TLS key"));
	write_certificate(PKI_TLS_SERVER);
	kill(child_pid("signetd-keys"), SIGKILL); /* with the key that it had */
	CU_ASSERT(log_says("keys is back"));
	tls_client_say(&c, "POST /soap HTTP/1.1\r\nHost: h\r\nContent-Length: 9000\r\n\r\n");
	tls_client_send(&c, body, sizeof(body));
	CU_ASSERT_EQUAL(tls_client_answer(&c), 0);
	CU_ASSERT_EQUAL(c.status, 200); /* the refused limit is not in use */
	write_conf("tls-key = other\n");
	kill(parent, SIGHUP);
	CU_ASSERT(log_says("the old configuration stays in use"));
	write_conf("keys-directory = tls.crt\n");
	kill(parent, SIGHUP);
	CU_ASSERT(log_says("the old configuration stays in use"));
	write_conf("");
	kill(parent, SIGHUP);
	CU_ASSERT(log_says("the new configuration is in use"));
	tls_client_close(&c);
	CU_ASSERT_EQUAL(end(), 0);
}

/* A keys process that cannot live with the new settings ends, and the old ones are used again. */
static void
keys_settings_that_do_not_work_are_undone(void)
{
	struct tls_client c;

	begin();
	CU_ASSERT_EQUAL(mkdir(in_dir("open"), 0700), 0);
	CU_ASSERT_EQUAL(chmod(in_dir("open"), 0777), 0);
	write_conf("keys-directory = open\n");
	kill(parent, SIGHUP);
	CU_ASSERT(log_says("the old configuration stays in use"));
	CU_ASSERT_PTR_NOT_NULL(strstr(line, "the keys process did not start"));
	CU_ASSERT_EQUAL(tls_client_open(&c, port, ctx), 0);
	CU_ASSERT(ask_pid(&c) > 0);
	tls_client_close(&c);
	CU_ASSERT_EQUAL(rmdir(in_dir("open")), 0);
	CU_ASSERT_EQUAL(end(), 0);
}

static void
callers_are_turned_away_while_api_cannot_start(void)
{
	struct tls_client c;
	pid_t api;

	begin();
	CU_ASSERT_EQUAL(tls_client_open(&c, port, ctx), 0);
	api = ask_pid(&c);
	tls_client_close(&c);
	write_pem("tls.crt", pki_cert(PKI_P256), NULL); /* not that of the key: no start */
	CU_ASSERT_EQUAL(kill(api, SIGKILL), 0);
	CU_ASSERT(log_says("api died soon after its start"));
	CU_ASSERT_EQUAL(tls_client_connect(&c, port), 0);
	CU_ASSERT(tls_client_is_closed(&c));
	tls_client_close(&c);
	/* What was mended is taken at once. */
	write_pem("tls.crt", pki_cert(PKI_TLS_SERVER), NULL);
	kill(parent, SIGHUP);
	CU_ASSERT(log_says("api is back"));
	CU_ASSERT_EQUAL(tls_client_open(&c, port, ctx), 0);
	CU_ASSERT(ask_pid(&c) > 0);
	tls_client_close(&c);
	CU_ASSERT_EQUAL(end(), 0);
}

/* ---- old TLS, with the key in the keys process ---- */

static SSL *
speak(struct tls_client *c, int at, int version, const char *suite)
{
	SSL_CTX *old = SSL_CTX_new(TLS_client_method());
	char names[64];
	int rc;

	snprintf(names, sizeof(names), "%s:@SECLEVEL=0", suite);
	CU_ASSERT_EQUAL(SSL_CTX_set_min_proto_version(old, version), 1);
	CU_ASSERT_EQUAL(SSL_CTX_set_max_proto_version(old, version), 1);
	CU_ASSERT_EQUAL(SSL_CTX_set_cipher_list(old, names), 1);
	rc = tls_client_open(c, at, old);
	SSL_CTX_free(old);
	return rc == 0 ? c->ssl : NULL;
}

static void
a_legacy_listener_speaks_what_old_clients_speak(void)
{
	static const struct {
		int version;
		const char *suite;
	} old[] = {
		{ TLS1_VERSION, "AES128-SHA" },
		{ TLS1_VERSION, "AES256-SHA" },
		{ TLS1_1_VERSION, "AES128-SHA" },
		{ TLS1_1_VERSION, "AES256-SHA" },
		{ TLS1_2_VERSION, "AES128-SHA" },
		{ TLS1_2_VERSION, "AES256-SHA" },
		{ TLS1_2_VERSION, "AES128-SHA256" },
		{ TLS1_2_VERSION, "AES256-SHA256" },
		{ TLS1_2_VERSION, "ECDHE-RSA-AES128-GCM-SHA256" },
	};
	struct tls_client c;
	int legacy;
	size_t i;

	more = "listener { address = \"127.0.0.1\" port = 0 tls = legacy }\n";
	certificate = PKI_RSA2048;
	start_in_folder();
	CU_ASSERT_FATAL(log_says("listening on 127.0.0.1 port "));
	port = atoi(strstr(line, "port ") + 5);
	CU_ASSERT_FATAL(log_says("(TLS: legacy)"));
	legacy = atoi(strstr(line, "port ") + 5);
	CU_ASSERT(log_says("speaks legacy TLS"));
	CU_ASSERT_FATAL(log_says(" serves"));
	for (i = 0; i < sizeof(old) / sizeof(old[0]); i++) {
		SSL *ssl = speak(&c, legacy, old[i].version, old[i].suite);

		CU_ASSERT_PTR_NOT_NULL(ssl);
		if (ssl == NULL)
			fprintf(stderr, "no handshake: %s\n", old[i].suite);
		else {
			CU_ASSERT_STRING_EQUAL(SSL_get_cipher_name(ssl), old[i].suite);
			CU_ASSERT(ask_pid(&c) > 0);
		}
		tls_client_close(&c);
		if (i + 1 < sizeof(old) / sizeof(old[0])) { /* nothing of it on the other one */
			CU_ASSERT_PTR_NULL(speak(&c, port, old[i].version, old[i].suite));
			tls_client_close(&c);
		}
	}
	CU_ASSERT_PTR_NULL(speak(&c, legacy, TLS1_2_VERSION, "DES-CBC3-SHA:AES128-CCM"));
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
	TEST(a_killed_jobs_process_is_replaced_and_harms_nobody),
	TEST(a_reload_brings_a_new_certificate_and_keeps_connections),
	TEST(a_bad_configuration_changes_nothing),
	TEST(all_processes_are_nobody_and_reload_what_nobody_can_read),
	TEST(root_stays_root_only_when_it_is_asked_for),
	TEST(a_certificate_of_another_key_is_refused_by_a_reload),
	TEST(keys_settings_that_do_not_work_are_undone),
	TEST(callers_are_turned_away_while_api_cannot_start),
	TEST(a_legacy_listener_speaks_what_old_clients_speak),
	TEST(a_start_that_cannot_be_says_why_and_fails), TEST_END };
const struct suite suite_server_run_parent = { "server/run/parent", NULL, NULL, tests };
