/*
 * tests/support/status_server.h: what a CA runs for those who check its certificates, on one port:
 * CRLs, issuers' certificates and an OCSP responder, each behind a path of its own, each answering
 * as a test says. A failure to make one ends the test run.
 */
#ifndef SIGNET_TESTS_STATUS_SERVER_H
#define SIGNET_TESTS_STATUS_SERVER_H

#include "tests/support/http_stub.h"
#include "tests/support/status.h"

#define STATUS_DOORS 40

struct status_door {
	char path[32]; /* without the slash */
	char url[100];
	int status;	    /* of HTTP; 0: 200 */
	char location[100]; /* of a redirect */
	int is_silent;	    /* takes the question and never answers */
	size_t filler;	    /* so many bytes instead of a body */
	struct buf body;    /* owned */
	int is_responder;   /* answers by `answer`, with the nonce of the question */
	struct status_ocsp answer;
	int without_nonce, wrong_nonce;
	unsigned int asked; /* read it by status_server_asked() */
};

struct status_server {
	struct http_stub stub;
	pthread_mutex_t lock;
	struct status_door doors[STATUS_DOORS];
	size_t count;
};

void status_server_start(struct status_server *server);
void status_server_start_at(struct status_server *server, const char *address);
void status_server_end(struct status_server *server);
/*
 * A door of that name, made when it is not there; what it was to answer is forgotten, and the URL
 * stays. To be set while nobody asks.
 */
struct status_door *status_server_door(struct status_server *server, const char *path);
unsigned int status_server_asked(struct status_server *server, const char *path);
/* How often any door was asked. */
unsigned int status_server_total(struct status_server *server);

/* Doors as they should be: */
struct status_door *status_server_crl(
    struct status_server *server, const char *path, const struct status_crl *in);
struct status_door *status_server_ocsp(
    struct status_server *server, const char *path, const struct status_ocsp *in);
struct status_door *status_server_cert(struct status_server *server, const char *path, X509 *cert);

#endif
