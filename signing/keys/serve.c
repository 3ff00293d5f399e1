#include "signing/keys/serve.h"

#include <stdlib.h>
#include <string.h>

#include "signing/keys/stamp.h"

int
server_init(struct server *server, struct key_store *store, struct error *err)
{
	const size_t count = store->ops->count(store) + KEYS_LOADED_MAX;

	server->store = store;
	server->counters = calloc(count + 1, sizeof(*server->counters));
	return server->counters != NULL ? 0 : error_memory(err);
}

void
server_release(struct server *server)
{
	free(server->counters);
	server->counters = NULL;
}

int
server_session_init(struct server_session *session, struct server *server, struct error *err)
{
	session->server = server;
	session->answered = 0;
	session->keys = NULL;
	return server->store->ops->session_new(&session->keys, server->store, err);
}

void
server_session_release(struct server_session *session)
{
	if (session->keys != NULL)
		session->server->store->ops->session_free(session->keys);
	session->keys = NULL;
}

/* ---- one function a type ---- */

struct work {
	struct server_session *session;
	const struct wire_request *request;
	size_t index; /* of the key */
	struct wire_out *out;
};

static int
no_room(struct error *err)
{
	return error_set(err, ERROR_TOO_LARGE,
	    "the answer of the keys process would be longer than %d bytes", WIRE_MESSAGE_MAX);
}

/* u16 count, then each signature with its length in front. */
static int
do_sign(struct work *w, struct error *err)
{
	const struct wire_request *r = w->request;
	struct server *server = w->session->server;
	size_t i, len, at;

	wire_put_u16(w->out, (unsigned int)r->sign.count);
	for (i = 0; i < r->sign.count; i++) {
		struct span digest = { r->sign.digests + i * r->sign.digest_len,
			r->sign.digest_len };

		at = w->out->len + 2;
		if (at >= w->out->max)
			return no_room(err);
		len = w->out->max - at;
		if (server->store->ops->sign(w->session->keys, w->index, &r->sign.how, digest,
			w->out->data + at, &len, err) != 0)
			return -1;
		wire_put_u16(w->out, (unsigned int)len);
		w->out->len += len;
	}
	atomic_fetch_add_explicit(
	    &server->counters[w->index].signatures, r->sign.count, memory_order_relaxed);
	return 0;
}

/* One signature with its length in front. */
static int
do_stamp(struct work *w, struct error *err)
{
	const struct wire_request *r = w->request;
	struct server *server = w->session->server;
	const enum digest digest = r->stamp.how.digest;
	unsigned char value[DIGEST_SIZE_MAX];
	size_t len, at = w->out->len + 2;

	if (stamp_digest(r->stamp.attributes, r->stamp.tst_info, digest, value, err) != 0)
		return -1;
	len = w->out->max - at;
	if (server->store->ops->stamp(w->session->keys, w->index, &r->stamp.how,
		(struct span){ value, digest_size(digest) }, w->out->data + at, &len, err) != 0)
		return -1;
	wire_put_u16(w->out, (unsigned int)len);
	w->out->len += len;
	atomic_fetch_add_explicit(&server->counters[w->index].signatures, 1, memory_order_relaxed);
	return 0;
}

static int
put_secret(struct work *w, unsigned char *secret, size_t len)
{
	struct server *server = w->session->server;

	wire_put_span(w->out, (struct span){ secret, len });
	explicit_bzero(secret, KEYS_OUTPUT_MAX);
	atomic_fetch_add_explicit(&server->counters[w->index].decryptions, 1, memory_order_relaxed);
	return 0;
}

static int
do_decrypt(struct work *w, struct error *err)
{
	unsigned char secret[KEYS_OUTPUT_MAX];
	size_t len = sizeof(secret);

	if (w->session->server->store->ops->decrypt(w->session->keys, w->index,
		&w->request->decrypt.how, w->request->decrypt.data, secret, &len, err) != 0) {
		explicit_bzero(secret, sizeof(secret));
		return -1;
	}
	return put_secret(w, secret, len);
}

static int
do_derive(struct work *w, struct error *err)
{
	unsigned char secret[KEYS_OUTPUT_MAX];
	size_t len = sizeof(secret);

	if (w->session->server->store->ops->derive(
		w->session->keys, w->index, &w->request->derive, secret, &len, err) != 0) {
		explicit_bzero(secret, sizeof(secret));
		return -1;
	}
	return put_secret(w, secret, len);
}

/* One entry, or nothing when it does not fit. */
static int
put_entry(struct server *server, size_t index, struct wire_out *out)
{
	struct key_store *store = server->store;
	struct key_counters *counters = &server->counters[index];
	size_t before = out->len;
	struct key_facts facts;

	store->ops->facts(store, index, &facts);
	wire_put_span(out, span_str(store->ops->name(store, index)));
	wire_put_u8(out, facts.state);
	wire_put_span(out, span_str(facts.reason));
	wire_put_span(out, facts.public_key);
	wire_put_span(out, facts.certs);
	wire_put_u64(out, atomic_load(&counters->signatures));
	wire_put_u64(out, atomic_load(&counters->decryptions));
	wire_put_u64(out, atomic_load(&counters->failures));
	if (!out->full)
		return 1;
	out->len = before;
	out->full = 0;
	return 0;
}

/* u32 where to go on (the count when nothing is left), u16 entries, the entries. */
static int
do_list(struct work *w, struct error *err)
{
	struct server *server = w->session->server;
	size_t count = server->store->ops->count(server->store), at = w->out->len, entries = 0,
	       next;

	(void)err;
	wire_put_u32(w->out, 0);
	wire_put_u16(w->out, 0);
	next = w->request->list.start < count ? w->request->list.start : count;
	if (w->request->name.len > 0) {
		entries = (size_t)put_entry(server, w->index, w->out);
		next = count;
	}
	for (; next < count && put_entry(server, next, w->out); next++)
		entries++;
	{
		struct wire_out head = { w->out->data, at, WIRE_MESSAGE_MAX, 0 };

		wire_put_u32(&head, next < count ? (uint32_t)next : UINT32_MAX);
		wire_put_u16(&head, (unsigned int)entries);
	}
	return 0;
}

/* ---- keys that are not there yet ---- */

/* The wrapped key, then the request. */
static int
do_make(struct work *w, struct error *err)
{
	struct key_store *store = w->session->server->store;
	struct key_made made;
	int rc;

	key_made_init(&made);
	rc = store->ops->make(store, w->request->name, &w->request->make, &made, err);
	if (rc == 0) {
		wire_put_span(w->out, SPAN_OF(&made.wrapped));
		wire_put_span(w->out, SPAN_OF(&made.request));
	}
	key_made_release(&made);
	return rc;
}

/* What it is for, the wrapped key, the certificates. */
static int
do_import(struct work *w, struct error *err)
{
	struct key_store *store = w->session->server->store;
	struct key_made made;
	int rc;

	key_made_init(&made);
	rc = store->ops->import(store, w->request->name, &w->request->import, &made, err);
	if (rc == 0) {
		wire_put_u8(w->out, made.usage);
		wire_put_span(w->out, SPAN_OF(&made.wrapped));
		wire_put_span(w->out, SPAN_OF(&made.certs));
	}
	key_made_release(&made);
	return rc;
}

static int
do_load(struct work *w, struct error *err)
{
	struct key_store *store = w->session->server->store;

	return store->ops->load(store, w->request->name, w->request->load.wrapped, err);
}

static int (*const work_of[WIRE_TYPES])(struct work *w, struct error *err) = {
	[WIRE_SIGN] = do_sign,
	[WIRE_DECRYPT] = do_decrypt,
	[WIRE_DERIVE] = do_derive,
	[WIRE_LIST] = do_list,
	[WIRE_STAMP] = do_stamp,
	[WIRE_MAKE] = do_make,
	[WIRE_IMPORT] = do_import,
	[WIRE_LOAD] = do_load,
};

static int
work_on(struct work *w, struct error *err)
{
	struct server *server = w->session->server;
	struct span name = w->request->name;
	const enum wire_type type = w->request->header.type;
	const int is_new = type == WIRE_MAKE || type == WIRE_IMPORT, is_load = type == WIRE_LOAD;
	int rc, has = name.len > 0 && key_store_find(server->store, (const char *)name.data,
					  name.len, &w->index) == 0;

	if (has && is_new)
		return error_set(err, ERROR_CONFLICT, "there is a key \"%.*s\" already",
		    (int)name.len, (const char *)name.data);
	if (has && is_load)
		return 0;
	if (!has && name.len > 0 && !is_new && !is_load)
		return error_set(err, ERROR_NOT_FOUND, "there is no key \"%.*s\"", (int)name.len,
		    (const char *)name.data);
	rc = work_of[w->request->header.type](w, err);
	if (rc == 0 && w->out->full)
		rc = no_room(err);
	if (rc != 0 && has)
		atomic_fetch_add_explicit(
		    &server->counters[w->index].failures, 1, memory_order_relaxed);
	return rc;
}

size_t
server_handle(struct server_session *session, struct span message, uint64_t now,
    unsigned char *answer, struct error *err)
{
	struct wire_request request;
	struct wire_out out;
	struct work work = { session, &request, 0, &out };
	int rc = wire_read_request(&request, message, err);

	if (rc == 0 && request.header.id == session->answered)
		return 0;
	if (rc == 0 && request.header.time < now)
		return 0;
	wire_start(&out, answer, WIRE_MESSAGE_MAX, &request.header);
	if (rc == 0) {
		rc = work_on(&work, err);
		session->answered = request.header.id;
	}
	if (rc != 0) {
		request.header.type = WIRE_ERROR;
		wire_start(&out, answer, WIRE_MESSAGE_MAX, &request.header);
		wire_put_error(&out, err);
	}
	return out.len;
}
