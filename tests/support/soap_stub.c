#include "tests/support/soap_stub.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct stub stub;

/* A caller is any address; the count tells whether all references were given back. */
static char somebody;

static const struct operation operations[OPERATIONS] = {
	[OP_SIGN_DOCUMENT] = { .name = "SignDocument" },
	[OP_SIGN_DOCUMENTS] = { .name = "SignDocuments" },
	[OP_SIGN_DIGESTS] = { .name = "SignDigests" },
	[OP_COUNTER_SIGN] = { .name = "CounterSign" },
	[OP_EXTEND_SIGNATURE] = { .name = "ExtendSignature" },
	[OP_LIST_KEYS] = { .name = "ListKeys" },
	[OP_TIMESTAMP_DIGEST] = { .name = "TimestampDigest" },
	[OP_TIMESTAMP_DOCUMENT] = { .name = "TimestampDocument" },
	[OP_VERIFY_DOCUMENT] = { .name = "VerifyDocument" },
	[OP_VERIFY_DOCUMENTS] = { .name = "VerifyDocuments" },
	[OP_VALIDATE_CERTIFICATE] = { .name = "ValidateCertificate" },
	[OP_VERIFY_TIMESTAMP] = { .name = "VerifyTimestamp" },
	[OP_GET_CASE] = { .name = "GetCase" },
	[OP_FIND_CASES] = { .name = "FindCases" },
	[OP_CHECK_CASE] = { .name = "CheckCase" },
	[OP_GET_ORIGINAL_DOCUMENT] = { .name = "GetOriginalDocument" },
	[OP_WHO_AM_I] = { .name = "WhoAmI" },
};

void
stub_reset(void)
{
	memset(&stub, 0, sizeof(stub));
	stub.limits.message_bytes = (uint64_t)16 << 20;
	stub.limits.inline_bytes = (uint64_t)1 << 20;
	stub.limits.document_bytes = stub.limits.stream_bytes = (uint64_t)8 << 20;
	stub.limits.documents = 1000;
	stub.limits.digests = 10000;
	stub.limits.xml_depth = 50;
	stub.limits.xml_attributes = 200;
	stub.limits.xml_tag_bytes = 8192;
}

static const struct operation *
stub_operation(enum operation_id id)
{
	return &operations[id];
}

static const struct limits *
stub_limits(const struct engine *engine)
{
	(void)engine;
	return &stub.limits;
}

static int
stub_authenticate(struct engine *engine, const struct credentials *who, int may_wait,
    const struct caller **caller, int *moved, struct error *err)
{
	(void)engine;
	stub.authenticated++;
	stub.by_certificate = who->cert != NULL;
	snprintf(stub.user, sizeof(stub.user), "%s", who->user != NULL ? who->user : "");
	snprintf(
	    stub.password, sizeof(stub.password), "%s", who->password != NULL ? who->password : "");
	if (who->cert != NULL && who->user == NULL && stub.knows_no_certificate)
		return error_set(err, ERROR_NOT_AUTHENTICATED, "nobody has this certificate");
	if (who->cert == NULL && stub.password_moves && !may_wait) {
		*moved = 1;
		return -1;
	}
	if (who->cert == NULL &&
	    (strcmp(who->user, "erp") != 0 || strcmp(who->password, "secret") != 0))
		return error_set(
		    err, ERROR_NOT_AUTHENTICATED, "the name or the password is not right");
	stub.callers++;
	*caller = (const struct caller *)&somebody;
	return 0;
}

static int
stub_is(const struct caller *caller, const char *user)
{
	(void)caller;
	return strcmp(user, "erp") == 0;
}

static void
stub_label(const struct caller *caller, char *out, size_t size)
{
	(void)caller;
	snprintf(out, size, "demo/erp");
}

static int
stub_admit(struct engine *engine, struct request *req, int *moved, struct error *err)
{
	size_t i;

	(void)engine;
	stub.admitted++;
	if (stub.admit_moves && !req->may_wait) {
		*moved = 1;
		return 0;
	}
	if (stub.admit_failure.kind != ERROR_NONE) {
		*err = stub.admit_failure;
		return -1;
	}
	for (i = 0; i < req->in.document_count; i++) {
		req->in.documents[i].want_digests = stub.want_digests;
		req->in.documents[i].max_bytes = stub.limits.document_bytes;
	}
	for (i = 0; i < req->in.original_count; i++) {
		req->in.originals[i].want_digests = stub.want_digests;
		req->in.originals[i].max_bytes = stub.limits.document_bytes;
	}
	return 0;
}

/* Everything is "signed" by putting "signed:" before it. */
static int
sign_all(struct request *req, size_t n, struct error *err)
{
	size_t i;

	req->out.items = calloc(n, sizeof(*req->out.items));
	req->out.item_count = n;
	for (i = 0; i < n; i++) {
		snprintf(req->out.items[i].signature_id, TEXT_UUID_SIZE,
		    "00000000-0000-4000-8000-%012u", (unsigned int)i);
		if (buf_append_str(&req->out.items[i].document, "signed:", err) != 0)
			return -1;
		if (i < req->in.document_count &&
		    buf_append_span(&req->out.items[i].document,
			SPAN_OF(&req->in.documents[i].content), err) != 0)
			return -1;
	}
	return buf_append_str(&req->out.signing_certificate, "certificate", err);
}

static int
list_keys(struct request *req, struct error *err)
{
	struct key_item *key = req->out.keys = calloc(1, sizeof(*key));

	req->out.key_count = 1;
	key->name = strdup("seal-2026");
	key->algorithm = strdup("EC P-256");
	key->state = strdup("Active");
	key->size = 256;
	key->not_after = 1803895200;
	key->chain = calloc(1, sizeof(*key->chain));
	key->chain_count = 1;
	return buf_append_str(&key->certificate, "certificate", err) != 0 ||
		       buf_append_str(&key->chain[0], "issuer", err) != 0
		   ? -1
		   : 0;
}

static int
who_am_i(struct request *req)
{
	req->out.who.user = "erp";
	req->out.who.tenant = "demo";
	req->out.who.server = "signet.example";
	req->out.who.time = 1772362800;
	req->out.who.groups = calloc(1, sizeof(char *));
	req->out.who.groups[0] = "signers";
	req->out.who.group_count = 1;
	req->out.who.rights = calloc(2, sizeof(char *));
	req->out.who.rights[0] = "SignDocument";
	req->out.who.rights[1] = "a \x01 <b> \xff";
	req->out.who.right_count = 2;
	return 0;
}

static int
timestamp(struct request *req, struct error *err)
{
	req->out.generation_time = 1772362800;
	snprintf(req->out.serial, sizeof(req->out.serial), "4711");
	snprintf(req->out.policy, sizeof(req->out.policy), "1.2.3");
	return buf_append_str(&req->out.token, "token", err);
}

static int
stub_run(struct engine *engine, struct request *req, struct error *err)
{
	const char *name = req->operation->name;

	(void)engine;
	stub.run++;
	if (stub.seen != NULL)
		stub.seen(req);
	if (stub.run_failure.kind != ERROR_NONE) {
		*err = stub.run_failure;
		return -1;
	}
	if (stub.work != NULL)
		return stub.work(req, err);
	if (strcmp(name, "SignDigests") == 0)
		return sign_all(req, req->in.digest_count, err);
	if (strncmp(name, "Sign", 4) == 0)
		return sign_all(req, req->in.document_count, err);
	if (strcmp(name, "ListKeys") == 0)
		return list_keys(req, err);
	if (strcmp(name, "WhoAmI") == 0)
		return who_am_i(req);
	if (strncmp(name, "Timestamp", 9) == 0)
		return timestamp(req, err);
	return error_set(err, ERROR_UNSUPPORTED, "the stub verifies nothing");
}

static int
stub_conclude(struct engine *engine, struct request *req, const struct error *failure,
    struct pending **pending, struct error *err)
{
	(void)engine;
	stub.concluded++;
	stub.operation = req->operation != NULL ? req->operation->name : NULL;
	stub.bytes_in = req->bytes_in;
	snprintf(stub.failure, sizeof(stub.failure), "%s",
	    failure != NULL ? error_kind_name(failure->kind) : "");
	if (stub.conclude_failure.kind != ERROR_NONE) {
		*err = stub.conclude_failure;
		return -1;
	}
	*pending = (struct pending *)&somebody;
	return 0;
}

static void
stub_cancel(struct pending *pending)
{
	(void)pending;
}

static void
stub_release(struct request *req)
{
	stub.released++;
	stub.callers -= req->caller != NULL;
	req->caller = NULL;
	request_release(req);
}

const struct soap_ops stub_ops = { stub_operation, stub_limits, stub_authenticate, stub_is,
	stub_label, stub_admit, stub_run, stub_conclude, stub_cancel, stub_release };

/* ---- exchanges ---- */

static ssize_t
read_body(struct exchange *x, void *at, size_t n, struct error *err)
{
	struct stub_exchange *e = x->reader;
	size_t left = e->body.len - e->at;

	if (left == 0 && e->cut)
		return error_set(err, ERROR_UNAVAILABLE, "the client went away");
	if (n > left)
		n = left;
	if (e->piece > 0 && n > e->piece)
		n = e->piece;
	if (n > 0)
		memcpy(at, e->body.data + e->at, n);
	e->at += n;
	return (ssize_t)n;
}

void
stub_exchange_field(struct stub_exchange *e, const char *name, const char *value)
{
	e->head.fields[e->head.field_count++] = (struct http_field){ name, value };
}

void
stub_exchange_init(struct stub_exchange *e, const char *content_type, struct span body)
{
	memset(e, 0, sizeof(*e));
	e->body = body;
	e->head.method = "POST";
	e->head.path = "/soap";
	e->head.minor = 1;
	e->head.content_length = (int64_t)body.len;
	e->x.head = &e->head;
	e->x.read_body = read_body;
	e->x.reader = e;
	snprintf(e->x.request_id, sizeof(e->x.request_id), "7f3c0d5e-0000-4000-8000-000000000001");
	snprintf(e->x.peer, sizeof(e->x.peer), "192.0.2.1");
	if (content_type != NULL)
		stub_exchange_field(e, "Content-Type", content_type);
}

void
stub_exchange_release(struct stub_exchange *e)
{
	buf_release(&e->x.body);
}

static struct soap_worker *worker;

int
stub_worker_make(void)
{
	struct error err = ERROR_INIT;

	return soap_worker_new_with(&worker, NULL, &stub_ops, &err);
}

int
stub_worker_free(void)
{
	soap_worker_free(worker);
	worker = NULL;
	return 0;
}

enum served
stub_serve(struct stub_exchange *e)
{
	enum served served = soap_worker_serve(worker, &e->x);

	while (served == SERVED_LOGIN || (served == SERVED_MOVE && e->x.lane < LANE_SLOW)) {
		e->at = 0;
		e->x.lane = served == SERVED_LOGIN ? LANE_LOGIN : LANE_SLOW;
		served = soap_worker_serve(worker, &e->x);
	}
	buf_terminate(&e->x.body, NULL);
	return served;
}

const char *
stub_answer(const struct stub_exchange *e)
{
	return e->x.body.data != NULL ? (const char *)e->x.body.data : "";
}

void
stub_call(struct stub_exchange *e, const char *message)
{
	stub_exchange_init(e, "text/xml; charset=utf-8", span_str(message));
	stub_exchange_field(e, "Authorization", STUB_BASIC);
	CU_ASSERT_EQUAL(stub_serve(e), SERVED);
	CU_ASSERT_EQUAL(stub.callers, 0);
}
