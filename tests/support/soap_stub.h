/*
 * tests/support/soap_stub.h: an engine that answers from a script, and exchanges made from strings,
 * for tests of server/soap without database, keys or network.
 */
#ifndef SIGNET_TESTS_SOAP_STUB_H
#define SIGNET_TESTS_SOAP_STUB_H

#include <stdio.h>
#include <string.h>

#include "server/ops/exchange.h"
#include "server/soap/ops.h"
#include "server/soap/worker.h"

/* What the engine shall do, and what it saw. One at a time; stub_reset() before each use. */
struct stub {
	/* script */
	struct error run_failure, admit_failure, conclude_failure;
	unsigned int want_digests;
	int password_moves; /* passwords ask for LANE_SLOW */
	int admit_moves;
	struct limits limits;
	int (*work)(struct request *req, struct error *err); /* instead of the canned answer */
	void (*seen)(const struct request *req); /* in run(), where the request is whole */
	/* what came */
	int authenticated, admitted, run, concluded, released, callers;
	char user[64], password[64];
	int by_certificate;
	int knows_no_certificate; /* set by the test: those shown alone are a stranger's */
	char failure[32];	  /* kind that conclude() was told, or "" */
	const char *operation;
	uint64_t bytes_in;
};
extern struct stub stub;
extern const struct soap_ops stub_ops;
void stub_reset(void);

/* An exchange over a body in memory, with the fields of its head. */
struct stub_exchange {
	struct exchange x;
	struct http_head head;
	struct span body;
	size_t at;
	size_t piece; /* bytes that one read gives; 0 = all */
	int cut;      /* the client goes away at the end of the body */
};
void stub_exchange_init(struct stub_exchange *e, const char *content_type, struct span body);
void stub_exchange_field(struct stub_exchange *e, const char *name, const char *value);
void stub_exchange_release(struct stub_exchange *e);
/* One worker with the stub engine, a suite's or a fuzz target's. 0 or -1; 0. */
int stub_worker_make(void);
int stub_worker_free(void);
/* Serve it with that worker, moving to the slow lane when asked, and terminate the answer. */
enum served stub_serve(struct stub_exchange *e);
/* The answer as a string. */
const char *stub_answer(const struct stub_exchange *e);

/* A SOAP 1.1 message of a caller who is known by Basic, served. */
void stub_call(struct stub_exchange *e, const char *message);
#define STUB_HAS(e, text)                                                                          \
	do {                                                                                       \
		int has_ = strstr(stub_answer(e), (text)) != NULL;                                 \
		if (!has_)                                                                         \
			fprintf(stderr, "%s:%d: no %s in: %d %s\n", __FILE__, __LINE__, text,      \
			    (e)->x.status, stub_answer(e));                                        \
		CU_ASSERT(has_);                                                                   \
	} while (0)

/* "Basic ..." of the user whom the stub knows. */
#define STUB_BASIC "Basic ZXJwOnNlY3JldA==" /* erp:secret */
#define STUB_ENVELOPE(body)                                                                        \
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>"                                               \
	"<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" "                       \
	"xmlns=\"urn:signet:v1\"><s:Body>" body "</s:Body></s:Envelope>"

#endif
