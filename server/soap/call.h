/* server/soap/call.h: one request on its way through this folder; private to it. */
#ifndef SIGNET_SOAP_CALL_H
#define SIGNET_SOAP_CALL_H

#include "server/soap/body.h"
#include "server/soap/guard.h"
#include "server/soap/ops.h"
#include "server/soap/worker.h"
#include "soapH.h"

struct call;

/* An operation of the contract: how it is read, asked and answered. */
struct handler {
	enum operation_id id;
	const char *name;
	const char *tag; /* of the request */
	void *(*read)(struct soap *soap);
	/* message to request; -1 with ERROR_MALFORMED, ERROR_LIMIT, ERROR_UNSUPPORTED */
	int (*in)(struct call *c, const void *message, struct error *err);
	/* request to message and out as XML; SOAP_OK or gSOAP's error */
	int (*out)(struct call *c);
};
extern const struct handler handlers[OPERATIONS];

/* A document of the message and of the request. */
struct call_document {
	const struct xsd__base64Binary *content;
	struct op_document *doc;
	int is_attached; /* its bytes are a MIME part */
	int has_come;
};

/* A span of the request that looks at a binary whose MIME part may still have to come. */
struct call_late {
	const struct xsd__base64Binary *from;
	struct span *to;
};

/* A binary of the answer that leaves as a MIME part. */
struct call_attachment {
	struct span content;
	const char *type;
};

struct call {
	struct soap_worker *worker;
	struct soap *soap;
	struct exchange *x;
	const struct soap_ops *ops;
	struct engine *engine;
	const struct limits *limits;
	const struct handler *handler;
	struct request req;
	struct error err;
	int authenticated;     /* the engine was asked who it is */
	struct error stranger; /* why the client certificate counts for nothing, if it does */
	int stranger_status;   /* the HTTP status for that; 0: the usual one */
	int is_open;	       /* nobody is known, and the operation is for such */
	int http_status;       /* of a fault, where it is not the usual one */

	/* the message on its way in */
	struct body body;
	struct guard guard;
	struct body_part part; /* the MIME part that body reads from */
	int is_multipart;
	int soap_version;	  /* by Content-Type, for faults before the envelope was read */
	char action[128];	  /* SOAPAction or the action parameter, or "" */
	struct soap_xlist *xlist; /* references to MIME parts, in the order of the message */
	struct soap_xlist *taken; /* those whose part has come */

	struct call_document *documents;
	size_t document_count, document_max;
	struct call_late *late;
	size_t late_count, late_max;

	/* the answer */
	int mtom_answer;
	struct call_attachment *attachments;
	size_t attachment_count, attachment_max;
};

struct call *call_of(struct soap *soap);
/* Memory that lives as long as the call, zeroed; NULL and err on failure. */
void *call_alloc(struct call *c, size_t n, size_t size);

/* ---- head.c: what the HTTP head says ---- */
int head_check(struct call *c, struct error *err);
/* Start reading the body: up to the first byte of the envelope. */
int head_begin_body(struct call *c, unsigned char *window, struct error *err);

/* ---- auth.c ---- */
/*
 * By certificate or HTTP Basic: 1 known, 0 nothing was shown but, maybe, a certificate that nobody
 * has (c->stranger), -1; *moved as ops_authenticate().
 */
int auth_by_transport(struct call *c, int *moved, struct error *err);
/*
 * By the UsernameToken of the SOAP header; the same, but 0 leaves in c->stranger what to say to who
 * wants more than what is open. Of who is known by the transport it is only checked that the token
 * names him too.
 */
int auth_by_token(struct call *c, int *moved, struct error *err);
/* gSOAP's fignore while the header is read: what else it holds of ours is refused, not skipped. */
int auth_ignore(struct soap *soap, const char *tag);

/* ---- attachments.c: in this order, with in() between the first two and ops_admit() behind ---- */
/* Take the references to MIME parts over from gSOAP and go to the first part behind the envelope.
 */
int attachments_begin(struct call *c, struct error *err);
/* Read the parts before the first document: digests and certificates of clients with MTOM on. */
int attachments_read_small(struct call *c, struct error *err);
/* Documents, from the message itself and from the parts, to where ops_admit() wants them. */
int attachments_receive(struct call *c, struct error *err);
void attachments_release(struct call *c);

/* ---- fault.c ---- */
/* gSOAP's soap->error as words; keeps an earlier failure. Returns -1. */
int fault_from_gsoap(struct call *c, struct error *err);
int fault_is_mine(enum error_kind kind);
int fault_status(enum error_kind kind, int soap_version);
/* Put the fault for err into the exchange. */
void fault_answer(struct call *c, const struct error *err);

/* ---- in.c ---- */
/* A text as it goes on into names, logs and signatures: UTF-8 without control characters. */
int text_in(const char *text, const char *what, const char **to, struct error *err);
int time_in(const char *text, const char *what, int *has, int64_t *to, struct error *err);
int binary_in(
    struct call *c, const struct xsd__base64Binary *from, struct span *to, struct error *err);
int request_id_in(struct call *c, const char *id, struct error *err);
#define IN_FUNCTION(name) int in_##name(struct call *c, const void *message, struct error *err)
IN_FUNCTION(SignDocument);
IN_FUNCTION(SignDocuments);
IN_FUNCTION(SignDigests);
IN_FUNCTION(CounterSign);
IN_FUNCTION(ExtendSignature);
IN_FUNCTION(DecryptDocument);
IN_FUNCTION(ListKeys);
IN_FUNCTION(TimestampDigest);
IN_FUNCTION(TimestampDocument);
IN_FUNCTION(VerifyDocument);
IN_FUNCTION(VerifyDocuments);
IN_FUNCTION(ValidateCertificate);
IN_FUNCTION(VerifyTimestamp);
IN_FUNCTION(GetCase);
IN_FUNCTION(FindCases);
IN_FUNCTION(CheckCase);
IN_FUNCTION(GetOriginalDocument);
IN_FUNCTION(CheckAccess);
IN_FUNCTION(WhoAmI);
/* admin.c: all operations of the service Administration */
IN_FUNCTION(administration);
void *admin_read(struct soap *soap);

/* ---- out.c, report.c, cases.c ---- */
/* A document of an answer: as a MIME part where the caller takes MTOM. NULL: no memory. */
/* Of "name version"; NULL of "". */
struct sig__PolicyVersion *out_version(struct call *c, const char *text);
struct sig__Document *out_document(
    struct call *c, struct span content, const char *name, const char *mime_type);
/* How something is encrypted and for whom. 0, or -1 without memory. */
int encryption_out(struct call *c, const struct encryption *from, struct sig__Encryption *to);
#define OUT_FUNCTION(name) int out_##name(struct call *c)
OUT_FUNCTION(SignDocument);
OUT_FUNCTION(SignDocuments);
OUT_FUNCTION(SignDigests);
OUT_FUNCTION(CounterSign);
OUT_FUNCTION(ExtendSignature);
OUT_FUNCTION(DecryptDocument);
OUT_FUNCTION(ListKeys);
OUT_FUNCTION(TimestampDigest);
OUT_FUNCTION(TimestampDocument);
OUT_FUNCTION(VerifyDocument);
OUT_FUNCTION(VerifyDocuments);
OUT_FUNCTION(ValidateCertificate);
OUT_FUNCTION(VerifyTimestamp);
OUT_FUNCTION(GetCase);
OUT_FUNCTION(FindCases);
OUT_FUNCTION(CheckCase);
OUT_FUNCTION(GetOriginalDocument);
OUT_FUNCTION(CheckAccess);
OUT_FUNCTION(WhoAmI);
OUT_FUNCTION(administration);

#endif
