#include "server/soap/worker.h"

#include <stdlib.h>
#include <string.h>

#include "server/base/log.h"
#include "server/base/text.h"
#include "server/soap/call.h"

#define OCCURRENCES_MAX 100000

struct soap_worker {
	struct engine *engine;
	const struct soap_ops *ops;
	struct soap soap;
	struct call *call; /* while one is served */
	struct span rest;  /* of the XML: went through the guard, not yet to gSOAP */
	unsigned char window[BODY_WINDOW];
};

#define HANDLER(id, name) [id] = { id, #name, "sig:" #name, read_##name, in_##name, out_##name }
#define READER(name)                                                                               \
	static void *read_##name(struct soap *soap)                                                \
	{                                                                                          \
		return soap_in__sig__##name(soap, "sig:" #name, NULL, NULL);                       \
	}
READER(SignDocument)
READER(SignDocuments)
READER(SignDigests)
READER(CounterSign)
READER(ExtendSignature)
READER(DecryptDocument)
READER(ListKeys)
READER(TimestampDigest)
READER(TimestampDocument)
READER(VerifyDocument)
READER(VerifyDocuments)
READER(ValidateCertificate)
READER(VerifyTimestamp)
READER(GetCase)
READER(FindCases)
READER(CheckCase)
READER(GetOriginalDocument)
READER(CheckAccess)
READER(WhoAmI)

const struct handler handlers[OPERATIONS] = { HANDLER(OP_SIGN_DOCUMENT, SignDocument),
	HANDLER(OP_SIGN_DOCUMENTS, SignDocuments), HANDLER(OP_SIGN_DIGESTS, SignDigests),
	HANDLER(OP_COUNTER_SIGN, CounterSign), HANDLER(OP_EXTEND_SIGNATURE, ExtendSignature),
	HANDLER(OP_DECRYPT_DOCUMENT, DecryptDocument), HANDLER(OP_LIST_KEYS, ListKeys),
	HANDLER(OP_TIMESTAMP_DIGEST, TimestampDigest),
	HANDLER(OP_TIMESTAMP_DOCUMENT, TimestampDocument),
	HANDLER(OP_VERIFY_DOCUMENT, VerifyDocument), HANDLER(OP_VERIFY_DOCUMENTS, VerifyDocuments),
	HANDLER(OP_VALIDATE_CERTIFICATE, ValidateCertificate),
	HANDLER(OP_VERIFY_TIMESTAMP, VerifyTimestamp), HANDLER(OP_GET_CASE, GetCase),
	HANDLER(OP_FIND_CASES, FindCases), HANDLER(OP_CHECK_CASE, CheckCase),
	HANDLER(OP_GET_ORIGINAL_DOCUMENT, GetOriginalDocument),
	HANDLER(OP_CHECK_ACCESS, CheckAccess), HANDLER(OP_WHO_AM_I, WhoAmI),
#define ADMINISTRATION_HANDLER(ID, name, form, kind, member)                                       \
	[OP_##ID] = { OP_##ID, #name, "sig:" #name, admin_read, in_administration,                 \
		out_administration },
	ADMINISTRATION_ALL(ADMINISTRATION_HANDLER) };

struct call *
call_of(struct soap *soap)
{
	return ((struct soap_worker *)soap->user)->call;
}

void *
call_alloc(struct call *c, size_t n, size_t size)
{
	void *p;

	if (size != 0 && n > SIZE_MAX / size)
		return NULL;
	p = soap_malloc(c->soap, n * size);
	if (p != NULL)
		memset(p, 0, n * size);
	return p;
}

/* ---- gSOAP's input and output ---- */

/* The next bytes of the envelope, past the guard. 0 at the end and on failure (c->err). */
static size_t
receive(struct soap *soap, char *to, size_t n)
{
	struct soap_worker *w = soap->user;
	struct call *c = w->call;

	if (c->err.kind != ERROR_NONE)
		return 0;
	if (w->rest.len == 0) {
		if (body_read(&c->body, &w->rest, &c->err) <= 0 ||
		    guard_feed(&c->guard, w->rest.data, w->rest.len, &c->err) != 0) {
			w->rest = SPAN_NONE;
			return 0;
		}
	}
	if (n > w->rest.len)
		n = w->rest.len;
	memcpy(to, w->rest.data, n);
	w->rest.data += n;
	w->rest.len -= n;
	return n;
}

static int
append_answer(struct soap *soap, const char *bytes, size_t n)
{
	struct soap_worker *w = soap->user;

	return buf_append(&w->call->x->body, bytes, n, &w->call->err) == 0 ? SOAP_OK : SOAP_EOM;
}

int
soap_worker_new_with(struct soap_worker **worker, struct engine *engine, const struct soap_ops *ops,
    struct error *err)
{
	struct soap_worker *w = calloc(1, sizeof(*w));

	*worker = w;
	if (w == NULL)
		return error_memory(err);
	w->engine = engine;
	w->ops = ops;
	/* A tree without ids; xop:Include by its href. The answer goes through gSOAP's buffer. */
	soap_init2(&w->soap, SOAP_XML_STRICT | SOAP_XML_TREE | SOAP_C_UTFSTRING | SOAP_ENC_MTOM,
	    SOAP_C_UTFSTRING | SOAP_IO_BUFFER);
	w->soap.user = w;
	w->soap.frecv = receive;
	w->soap.fsend = append_answer;
	w->soap.sendfd = w->soap.recvfd = -1;
	w->soap.socket = w->soap.master = SOAP_INVALID_SOCKET;
	w->soap.maxoccurs = OCCURRENCES_MAX;
	w->soap.recv_maxlength = 0; /* the guard's limit counts */
	w->soap.cors_allow = NULL;
	return 0;
}

void
soap_worker_free(struct soap_worker *w)
{
	if (w == NULL)
		return;
	soap_destroy(&w->soap);
	soap_end(&w->soap);
	soap_done(&w->soap);
	free(w);
}

/* ---- the request ---- */

static int
check_action(struct call *c, struct error *err)
{
	static const char prefix[] = "urn:signet:v1/";
	char action[sizeof(c->action)];

	if (c->action[0] == '\0' ||
	    (strncmp(c->action, prefix, sizeof(prefix) - 1) == 0 &&
		strcmp(c->action + sizeof(prefix) - 1, c->handler->name) == 0))
		return 0;
	return error_set(err, ERROR_MALFORMED,
	    "the SOAP action \"%s\" is not that of %s in the body: send \"%s%s\" or none",
	    text_printable(action, sizeof(action), c->action), c->handler->name, prefix,
	    c->handler->name);
}

static int
find_handler(struct call *c, struct error *err)
{
	char tag[80];
	int i;

	if (!c->soap->body || soap_peek_element(c->soap) != SOAP_OK) {
		if (c->soap->body && c->soap->error != SOAP_NO_TAG)
			return fault_from_gsoap(c, err);
		return error_set(err, ERROR_MALFORMED, "the SOAP Body is empty");
	}
	for (i = 0; i < OPERATIONS; i++)
		if (soap_match_tag(c->soap, c->soap->tag, handlers[i].tag) == SOAP_OK) {
			c->handler = &handlers[i];
			return check_action(c, err);
		}
	return error_set(err, ERROR_UNSUPPORTED,
	    "there is no operation %s: operations stand in the namespace urn:signet:v1 and in the "
	    "WSDL",
	    text_printable(tag, sizeof(tag), c->soap->tag));
}

/* Envelope and header; the caller is known behind it. 1 = moved. */
static int
read_envelope(struct call *c, int *moved, struct error *err)
{
	struct soap *soap = c->soap;
	int rc;

	/* What soap_begin() does beyond soap_begin_recv(), without clearing its tables twice more.
	 */
	soap->encoding = 0;
	soap->encodingStyle = NULL;
	if (soap_begin_recv(soap) != SOAP_OK || soap_envelope_begin_in(soap) != SOAP_OK)
		return fault_from_gsoap(c, err);
	if (soap->version == 0) {
		c->http_status = 400;
		return error_set(err, ERROR_MALFORMED,
		    "the root element is not the Envelope of SOAP 1.1 or 1.2");
	}
	soap->fignore = auth_ignore;
	rc = soap_recv_header(soap);
	soap->fignore = NULL;
	if (rc != SOAP_OK)
		return fault_from_gsoap(c, err);
	rc = auth_by_token(c, moved, err);
	soap->header = NULL; /* or it would stand in the answer, password and all */
	return rc < 0 ? -1 : 0;
}

/* What stands behind the envelope in its part goes through the guard too, which refuses it. */
static int
finish_envelope(struct call *c, struct error *err)
{
	struct span bytes;
	int more;

	while ((more = body_read(&c->body, &bytes, err)) > 0)
		if (guard_feed(&c->guard, bytes.data, bytes.len, err) != 0)
			return -1;
	if (more == 0 && !guard_is_done(&c->guard))
		return error_set(err, ERROR_MALFORMED, "the SOAP envelope is cut short");
	return more;
}

/*
 * Who is not known gets as far as the name of the operation, and on only where that is open to him:
 * whatever else is wrong, he hears that he is not known.
 */
static int
check_stranger(struct call *c, int found, struct error *err)
{
	if (c->req.caller != NULL)
		return found;
	c->is_open = found == 0 && (c->req.operation->flags & OPERATION_OPEN) != 0;
	if (c->is_open) {
		c->authenticated = 1; /* it has its row in the log */
		return 0;
	}
	c->http_status = c->stranger_status;
	c->handler = NULL;
	c->req.operation = NULL;
	c->x->operation = "";
	*err = c->stranger;
	return -1;
}

static int
read_message(struct call *c, const void **message, struct error *err)
{
	struct soap *soap = c->soap;
	int found;

	found =
	    soap_body_begin_in(soap) != SOAP_OK ? fault_from_gsoap(c, err) : find_handler(c, err);
	if (found == 0) {
		c->req.operation = c->ops->operation(c->handler->id);
		c->x->operation = c->handler->name;
	}
	if (check_stranger(c, found, err) != 0)
		return -1;
	*message = c->handler->read(soap);
	if (*message != NULL && soap_peek_element(soap) != SOAP_NO_TAG)
		return error_set(err, ERROR_MALFORMED,
		    "the SOAP Body holds more than one element, or is cut short");
	if (*message == NULL || soap_body_end_in(soap) != SOAP_OK ||
	    soap_envelope_end_in(soap) != SOAP_OK)
		return fault_from_gsoap(c, err);
	if (finish_envelope(c, err) != 0)
		return -1;
	/* No soap_end_recv(): it looks for ids and MIME parts, and gSOAP knows of neither. */
	return attachments_begin(c, err) < 0 ? -1 : 0;
}

static int
work(struct call *c, int *moved, struct error *err)
{
	const void *message = NULL;
	int known;

	if (head_check(c, err) != 0)
		return -1;
	known = auth_by_transport(c, moved, err);
	if (known < 0 || head_begin_body(c, c->worker->window, err) != 0 ||
	    read_envelope(c, moved, err) != 0 || read_message(c, &message, err) != 0 ||
	    c->handler->in(c, message, err) != 0 || attachments_read_small(c, err) != 0)
		return -1;
	c->req.may_wait = c->x->lane == LANE_SLOW || c->x->lane == LANE_BULK;
	if (c->ops->admit(c->engine, &c->req, moved, err) != 0 || *moved ||
	    attachments_receive(c, err) != 0)
		return -1;
	if (c->ops->run(c->engine, &c->req, err) == 0)
		return 0;
	*moved = c->req.must_wait && !c->req.may_wait;
	return -1;
}

/* ---- the answer ---- */

static int
put_part_head(
    struct buf *b, const char *boundary, const char *type, const char *id, struct error *err)
{
	return buf_printf(b, err,
	    "\r\n--%s\r\nContent-Type: %s\r\nContent-Transfer-Encoding: binary\r\nContent-ID: "
	    "<%s>\r\n\r\n",
	    boundary, type, id);
}

/*
 * Put the parts around the XML that stands in the answer. The boundary is the request's id, which
 * nobody could know when the documents were made.
 */
static int
make_multipart(struct call *c, struct error *err)
{
	static const char *const types[] = { "text/xml", "application/soap+xml" };
	const char *type = types[c->soap->version == 2], *boundary = c->x->request_id;
	struct buf head = BUF_INIT(1024), *body = &c->x->body;
	char inner[128], id[48];
	size_t i;
	int rc = -1;

	snprintf(inner, sizeof(inner), "application/xop+xml; charset=UTF-8; type=\"%s\"", type);
	if (put_part_head(&head, boundary, inner, "envelope@signet", err) != 0 ||
	    buf_splice(body, 0, 0, (struct span){ head.data + 2, head.len - 2 }, err) != 0)
		goto done;
	for (i = 0; i < c->attachment_count; i++) {
		snprintf(id, sizeof(id), "document-%zu@signet", i);
		if (put_part_head(body, boundary, c->attachments[i].type, id, err) != 0 ||
		    buf_append_span(body, c->attachments[i].content, err) != 0)
			goto done;
	}
	if (buf_printf(body, err, "\r\n--%s--\r\n", boundary) != 0)
		goto done;
	snprintf(c->x->content_type, sizeof(c->x->content_type),
	    "multipart/related; type=\"application/xop+xml\"; boundary=\"%s\"; "
	    "start=\"<envelope@signet>\"; start-info=\"%s\"",
	    boundary, type);
	rc = 0;
done:
	buf_release(&head);
	return rc;
}

#define LARGE ((size_t)1 << 20)

/* What was sent is not needed any more, but where the answer is kept as the difference to it. */
static void
let_large_documents_go(struct call *c)
{
	size_t i;

	for (i = 0; c->req.client_request_id == NULL && i < c->req.in.document_count; i++)
		if (c->req.in.documents[i].content.len >= LARGE)
			buf_release(&c->req.in.documents[i].content);
}

static int
answer(struct call *c, struct error *err)
{
	struct soap *soap = c->soap;
	struct exchange *x = c->x;

	let_large_documents_go(c);
	soap->encodingStyle = NULL;
	soap->header = NULL;
	soap->omode = SOAP_C_UTFSTRING | SOAP_IO_BUFFER | (c->mtom_answer ? SOAP_ENC_MTOM : 0);
	if (soap_begin_send(soap) != SOAP_OK || soap_envelope_begin_out(soap) != SOAP_OK ||
	    soap_body_begin_out(soap) != SOAP_OK || c->handler->out(c) != SOAP_OK ||
	    soap_body_end_out(soap) != SOAP_OK || soap_envelope_end_out(soap) != SOAP_OK ||
	    soap_end_send(soap) != SOAP_OK) {
		if (c->err.kind == ERROR_NONE && soap->error == SOAP_EOM)
			return error_memory(err);
		return error_cause(err, ERROR_INTERNAL, "the answer could not be written",
		    "gSOAP error %d in %s", soap->error, soap->tag);
	}
	x->status = 200;
	text_copy(x->content_type, sizeof(x->content_type),
	    soap->version == 2 ? "application/soap+xml; charset=utf-8" : "text/xml; charset=utf-8");
	return c->attachment_count > 0 ? make_multipart(c, err) : 0;
}

/* ---- one exchange ---- */

static void
clear_answer(struct exchange *x)
{
	x->status = 0;
	x->content_type[0] = x->extra[0] = '\0';
	x->body.len = 0;
}

static void
refuse(struct call *c, const struct error *failure)
{
	enum log_level level = failure->kind == ERROR_INTERNAL	    ? LOG_LEVEL_ERROR
			       : failure->kind == ERROR_UNAVAILABLE ? LOG_LEVEL_WARNING
								    : LOG_LEVEL_INFO;

	log_failure(level, c->handler != NULL ? c->handler->name : "SOAP request", failure);
	clear_answer(c->x);
	c->x->outcome = error_kind_name(failure->kind);
	fault_answer(c, failure);
}

/* The audit row, for all requests whose caller was looked for; then the answer is final. */
static void
conclude(struct call *c, int rc)
{
	struct error err = ERROR_INIT;

	if (rc != 0)
		refuse(c, &c->err);
	else
		c->x->outcome = "Success";
	c->req.bytes_in = c->body.received;
	c->req.bytes_out = c->x->body.len;
	if (!c->authenticated || c->req.is_flood)
		return;
	if (c->ops->conclude(c->engine, &c->req, rc != 0 ? &c->err : NULL, &c->x->pending, &err) !=
	    0) {
		c->x->pending = NULL;
		refuse(c, &err);
	}
}

static void
call_init(struct call *c, struct soap_worker *w, struct exchange *x)
{
	memset(c, 0, sizeof(*c));
	c->worker = w;
	c->soap = &w->soap;
	c->x = x;
	c->ops = w->ops;
	c->engine = w->engine;
	c->limits = w->ops->limits(w->engine);
	w->call = c;
	w->rest = SPAN_NONE;
	w->soap.maxlevel = c->limits->xml_depth;
	if (x->body.max < c->limits->message_bytes)
		x->body.max = c->limits->message_bytes;
	request_init(&c->req, NULL, x->request_id);
	text_copy(c->req.peer, sizeof(c->req.peer), x->peer);
	c->req.peer_cert = x->peer_cert;
	x->pending = NULL;
	x->operation = x->outcome = "";
	x->user[0] = '\0';
	clear_answer(x);
}

static void
call_release(struct call *c)
{
	attachments_release(c);
	c->ops->release(&c->req);
	soap_destroy(c->soap);
	soap_end(c->soap);
	c->soap->version = 0;
	c->worker->call = NULL;
}

enum served
soap_worker_serve(struct soap_worker *w, struct exchange *x)
{
	struct call c;
	int rc, moved = 0;

	log_request(x->request_id);
	call_init(&c, w, x);
	rc = work(&c, &moved, &c.err);
	if (moved) {
		rc = c.req.caller != NULL || c.is_open;
		call_release(&c);
		return rc ? SERVED_MOVE : SERVED_LOGIN;
	}
	if (rc == 0)
		rc = answer(&c, &c.err);
	conclude(&c, rc);
	if (x->lane == LANE_BULK && !c.body.ended && !c.body.last)
		x->close = 1; /* draining what may be gigabytes is not worth a connection */
	call_release(&c);
	return SERVED;
}
