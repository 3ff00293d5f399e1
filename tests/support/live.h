/*
 * tests/support/live.h: a whole Signet for a test: signet-init makes it in a new folder under /tmp
 * on the test process's PostgreSQL cluster, signetd runs on a free port of 127.0.0.1, all ends with
 * the test.
 */
#ifndef SIGNET_TESTS_LIVE_H
#define SIGNET_TESTS_LIVE_H

#include <openssl/x509.h>
#include <sys/types.h>

#include "server/base/buf.h"

struct live {
	char dir[64];	   /* as run/ of `make run`: pki/, keys/, signetd.conf, client.conf ... */
	char database[32]; /* its name in the cluster */
	int port;
	pid_t pid;    /* the parent process; 0 when it does not run */
	int notify;   /* the socket that signetd says READY on */
	char url[64]; /* https://localhost:PORT/ */
};

/*
 * Make and start. `extra` is appended to signetd.conf, `init` holds more arguments of signet-init
 * demo (NULL: none). 0, or -1 with the reason on standard error.
 */
int live_start(struct live *live, const char *extra, const char *init);
/*
 * Another server, a node of this name, on the same database, with a copy of the first one's folder
 * and a port of its own. It ends by live_stop() as any. 0 or -1.
 */
int live_start_beside(struct live *live, const struct live *first, const char *node);
/* Start again what live_end() or a test has ended, and wait until it serves. */
int live_restart(struct live *live);
/* SIGTERM, wait; the exit status. Nothing of it is left running. */
int live_end(struct live *live);
/* live_end() and remove the folder. */
void live_stop(struct live *live);
/* The process id of its child named "keys" or "api"; 0 when there is none. */
pid_t live_child(const struct live *live, const char *name);
/*
 * Wait until the child has another pid than `before` and /healthz is 200 again: at most ms. How
 * many milliseconds it took, or -1.
 */
int live_await_child(const struct live *live, const char *name, pid_t before, int ms);
/* Wait until /healthz answers with this status: at most ms. 0 or -1. */
int live_await_health(const struct live *live, int status, int ms);
/* Wait until the server has time-stamped its log, as it does soon after its first start: 0 or -1.
 */
int live_await_stamp(const struct live *live, int ms);

/*
 * The log of the server and its children. Each wait is for a line that comes behind `from` and
 * holds these words, 20 seconds at most: the line in static memory until the next call, or NULL
 * after a line on standard error.
 */
long live_log_end(const struct live *live);
const char *live_log_line(const struct live *live, long from, const char *words);

/*
 * A new TLS key (arguments of openssl genpkey) and a certificate for it from the installation's CA,
 * put in their places; SIGHUP takes them into use. 0 or -1.
 */
int live_new_tls_certificate(const struct live *live, const char *genpkey);
/*
 * A client's key and certificate, pki/NAME.pem, from the installation's CA, valid between two days
 * counted from today. For a user of the tenant demo when `user` is not NULL. 0 or -1.
 */
int live_new_client(const struct live *live, const char *name, int from, int to, const char *user);

/* Key and certificate of the installation's CA, the caller's. 0 or -1. */
int live_ca(const struct live *live, EVP_PKEY **key, X509 **cert);

/* A file of the folder, as a path in static memory (8 calls deep). */
const char *live_path(const struct live *live, const char *name);
/* The path of a program of the build that this test is of: "signet", "signetd". */
const char *live_program(const char *name);

/*
 * Run a program (PATH is searched) with arguments up to NULL. Its standard output and error go to
 * `out` (may be NULL). Returns the exit status, 128 + signal, or -1.
 */
int run_program(struct buf *out, const char *program, ...) __attribute__((sentinel));
/* The same by a shell, for pipes; printf-like. */
int run_shell(struct buf *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
