/*
 * tests/support/front_stub.h: a front in this process with a service of our own behind it, whose
 * paths each do one thing:
 *
 *	/hello		"hello"
 *	/echo		the body back, read in pieces of 1000 bytes
 *	/count		how many bytes of body there were
 *	/unread		"unread", without a look at the body
 *	/large		an answer of 3 MB
 *	/wait		moves to LANE_SLOW and waits there for stub_open_gate()
 *			(a header "User" says who the caller turned out to be)
 *	/login		moves to LANE_LOGIN, "logged in"; /login-wait moves on and is /wait
 *	/moved-all	reads the body, moves to LANE_SLOW, and is /echo there
 *	/moved-some	the same with the first 3 bytes
 *	/commit		an answer with a pending commit, which stub_commit() ends
 *	/client		the common name of the client's certificate, or "-"
 *
 * Time stands still until stub_pass_seconds().
 */
#ifndef SIGNET_TESTS_FRONT_STUB_H
#define SIGNET_TESTS_FRONT_STUB_H

#include "server/run/front.h"
#include "tests/support/tls_client.h"

struct stub {
	struct front *front;
	struct front_config config; /* may be changed before stub_start() */
	struct front_listener listener;
	int port;
	SSL_CTX *client;	   /* without a certificate */
	SSL_CTX *client_with_cert; /* "erp" */
	struct metrics *metrics;
};

/* Defaults: one worker, two threads a lane, queues of two, TLS. */
void stub_init(struct stub *stub);
void stub_start(struct stub *stub);
void stub_stop(struct stub *stub);

void stub_pass_seconds(struct stub *stub, unsigned int seconds);
/* Wait until a metric has this value; 0 when it has not after 10 seconds of real time. */
int stub_reaches(struct stub *stub, enum metric which, int64_t value);
/*
 * The same, while so many seconds pass again and again: where it cannot be seen from outside
 * whether a connection is parked already, and so when its time begins.
 */
int stub_passes_until(struct stub *stub, unsigned int seconds, enum metric which, int64_t value);

/*
 * Wait until workers took up work so many times and all have told that they have none left; 0 when
 * they have not, or when one served before it told that it had work.
 */
int stub_idle_after(int times);

void stub_open_gate(void); /* for all that wait, now and later, until the gate is shut */
void stub_shut_gate(void);
/* End the oldest pending commit; `failure` NULL is success. Waits until there is one. */
void stub_commit(const struct error *failure);

/* A context for a front's listener with the test PKI's server certificate. */
SSL_CTX *stub_server_context(enum tls_profile profile);

#endif
