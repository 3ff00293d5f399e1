/*
 * server/ops/engine.h: the table of operations and the one way into it. Authentication, rights,
 *request ids, audit and limits are applied here and nowhere else.
 *
 * The order of calls for one request:
 *
 *	ops_authenticate()  who calls; before any document is read
 *	request_init(), fill in.*
 *	ops_admit()         may this caller do that, with that key, and how are the documents to
 *come op_document_write() .. the documents, streamed or whole ops_run()           the work; out.*
 *or err ops_conclude()      on success and on failure alike: makes the audit row; gives a pending
 *commit pending_start()     hands it to the journal; done() is called when the answer may leave
 *	request_release()
 */
#ifndef SIGNET_OPS_ENGINE_H
#define SIGNET_OPS_ENGINE_H

#include "server/ops/exchange.h"
#include "server/ops/evidence/obtain.h"
#include "server/ops/request.h"
#include "wsdl/administration.h"
#include "wsdl/operations.h"

struct engine; /* database, caches, journal, keys, limits: one a process, shared by its threads */
struct caller;
struct x509_st;

/* The rights are named as the operations are: authz/right.h. */
struct operation {
	const char *name; /* as in the WSDL and in the audit */
	int right;	  /* enum right; 0 (unset) refuses everybody */
	unsigned int flags;
	int (*admit)(struct engine *engine, struct request *req, struct error *err);
	int (*run)(struct engine *engine, struct request *req, struct error *err);
};
#define OPERATION_ONCE	      1u /* requestId makes it idempotent: its answer is kept */
#define OPERATION_ONCE_STORED 2u /* the same where it stores cases: what is kept are these */
/*
 * Also for who is not known (req->caller NULL): no right is asked for, the operation itself says
 * who may. Its row has no right, and nobody can be given one.
 */
#define OPERATION_OPEN 4u

enum operation_id {
#define SERVICE_OP(ID, name) OP_##ID,
	SERVED(SERVICE_OP)
#undef SERVICE_OP
/* the service Administration, from OP_CREATE_TENANT on */
#define ADMINISTRATION_OP(ID, name, form, kind, member) OP_##ID,
	    ADMINISTRATION_ALL(ADMINISTRATION_OP)
#undef ADMINISTRATION_OP
		OPERATIONS
};
const struct operation *operation_by_id(enum operation_id id);

/* What a client showed. The certificate was proven by the handshake; the password is clear text. */
struct credentials {
	struct x509_st *cert; /* or NULL */
	const char *user;     /* "name" or "tenant/name", or NULL */
	const char *password;
	const char *peer;
};
/*
 * Name and password of an HTTP Basic header (RFC 7617) into who; `clear` (empty) holds them and is
 * to be wiped. ERROR_NOT_AUTHENTICATED for another scheme or what does not decode.
 */
int credentials_basic(
    struct credentials *who, const char *authorization, struct buf *clear, struct error *err);
/*
 * Find the caller; *caller is a reference for caller_release(). SERVED_MOVE through *moved = 1 (and
 * -1) when the password must be hashed and may_wait is 0. ERROR_NOT_AUTHENTICATED has the same
 * words for an unknown name, a wrong password, a suspended user.
 *
 * Who shows a certificate and a name must mean the same user by both, else it is
 * ERROR_NOT_AUTHENTICATED before any password is checked; the password beside a certificate that
 * somebody has is not looked at. Beside a certificate that nobody has it counts alone.
 */
int ops_authenticate(struct engine *engine, const struct credentials *who, int may_wait,
    const struct caller **caller, int *moved, struct error *err);

/* What is said to who shows more than one caller. */
extern const char credentials_differ[];
/* 1 when this name, as in credentials, is the caller's. */
int ops_caller_is(const struct caller *caller, const char *user);
/* "tenant/name", for the access log; cut to size. */
void ops_caller_label(const struct caller *caller, char *out, size_t size);

/*
 * May the caller do it, and how are the documents to be received? Sets want_digests and max_bytes
 * of each document. *moved = 1 when it may only go on where waiting is allowed.
 */
int ops_admit(struct engine *engine, struct request *req, int *moved, struct error *err);
/*
 * -1 with req->must_wait set and may_wait 0: nothing was done, the request is to be served again
 * where waiting is allowed.
 */
int ops_run(struct engine *engine, struct request *req, struct error *err);

/*
 * The commit that must precede the answer. `failure` is NULL on success. caller may be NULL in req
 * for requests that were not authenticated. On -1 nothing is pending and the answer must be the
 * error.
 */
int ops_conclude(struct engine *engine, struct request *req, const struct error *failure,
    struct pending **pending, struct error *err);
/*
 * Hand it to the journal. done() is called once, from the journal's thread, with NULL when all is
 * on disk, or with the error that must be sent instead of the answer. The pending is gone
 * afterwards.
 */
void pending_start(
    struct pending *pending, void (*done)(void *arg, const struct error *failure), void *arg);
void pending_cancel(struct pending *pending); /* NULL is fine */

/* The limits of DESIGN section 8, from the configuration; read-only while the engine lives. */
struct limits {
	uint64_t message_bytes;	 /* "limit-message": a whole HTTP body */
	uint64_t inline_bytes;	 /* "limit-inline": base64 in the XML itself */
	uint64_t document_bytes; /* "limit-document": one that is kept in memory */
	uint64_t stream_bytes;	 /* "limit-stream": one that is only digested */
	unsigned int documents;	 /* per request */
	unsigned int digests;	 /* per SignDigests */
	unsigned int xml_depth, xml_attributes, xml_tag_bytes;
	unsigned int request_seconds, idle_seconds, header_seconds;
	unsigned int requests_in_hand, connections, connections_per_address, bulk_requests;
	unsigned int password_queue;
	unsigned int caller_share; /* "limit-caller-share": in percent; 0: all */
	/*
	 * Sign-on: requests of strangers in a minute, of one address and of all; certificates that
	 * wait in a tenant, and for how many days; for how many seconds a challenge is good.
	 */
	unsigned int sign_on_address, sign_on_rate, sign_on_waiting, sign_on_days, sign_on_seconds;
	uint64_t read_memory;	   /* "limit-read-memory": to read one PDF */
	unsigned int read_seconds; /* "limit-read-seconds": of work for it */
	struct fetch_limits fetch;
	struct format_limits format;
	/* No limits, but swapped with them: a mail's signer must have an address, and be its sender
	 */
	unsigned int mail_need_address,
	    mail_need_match; /* "mail-need-address", "mail-need-match" */
};
/*
 * How many of n places (threads, places in a queue, processes) one caller may have: the percentage,
 * but at least one, and one is left to others where there are two and it is below 100.
 */
unsigned int limits_share(unsigned int percent, unsigned int n);
const struct limits *engine_limits(const struct engine *engine);
/* Limits for what comes from now on; copied. Those in use stay until the engine is freed. */
int engine_set_limits(struct engine *engine, const struct limits *limits, struct error *err);

struct catalogue;
struct catalogue_file;
/* What algorithms are judged by: the built-in catalogue until another is set. */
const struct catalogue *engine_catalogue(const struct engine *engine);
/* The file that it came from; NULL: built in. */
const struct catalogue_file *engine_catalogue_file(const struct engine *engine);
/*
 * Judge by this catalogue from now on (NULL: the built-in one again), which catalogue_file_accept()
 * gave: on 0 the file is the engine's, on -1 still the caller's. Those in use stay until the engine
 * is freed.
 */
int engine_set_catalogue(struct engine *engine, struct catalogue_file *file, struct error *err);

struct db_pool;
struct authz_cache;
struct passwords;
struct journal;
struct reader;

/* What the engine works with; all of it stays the caller's and outlives the engine. */
struct engine_parts {
	struct db_pool *pool;
	struct authz_cache *cache;
	struct passwords *passwords;
	struct journal *journal;
	const struct reader *reader; /* NULL: PDFs are read in this process, as in tests */
	const struct limits *limits; /* copied */
	const char *node;	     /* for WhoAmI; copied */
	const char *tsa_tenant;	     /* whose authority answers strangers at /tsa; NULL: none */
};
int engine_new(struct engine **engine, const struct engine_parts *parts, struct error *err);
void engine_free(struct engine *engine); /* NULL is fine */
const char *engine_node(const struct engine *engine);

/*
 * RFC 3161 over HTTP: append the response to a query in DER, a refusal included. `who` may show
 * nothing, where tsa_tenant serves strangers. On -1 there is no response: *moved = 1 when it must
 * be asked again where waiting is allowed, else err says why. The pending commit, which may be
 * there on failure too, is as for ops_conclude(); NULL when there is none.
 */
int ops_timestamp_reply(struct engine *engine, const struct credentials *who, int may_wait,
    const char *id, struct span query, struct buf *response, struct pending **pending, int *moved,
    struct error *err);

#endif
