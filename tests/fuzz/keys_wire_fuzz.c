/* Requests to the keys process: the decoder, and the work on what it lets through. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signing/keys/serve.h"

/* A store of one key that does nothing, quickly; it writes all it may. */
static size_t
stub_count(const struct key_store *store)
{
	(void)store;
	return 1;
}

static const char *
stub_name(const struct key_store *store, size_t index)
{
	(void)store;
	(void)index;
	return "k";
}

static void
stub_facts(struct key_store *store, size_t index, struct key_facts *facts)
{
	(void)store;
	(void)index;
	*facts = (struct key_facts){ KEY_STATE_UNUSABLE, "stub", SPAN_NONE, SPAN_NONE, "" };
}

static int
stub_session_new(struct key_session **session, struct key_store *store, struct error *err)
{
	(void)store;
	(void)err;
	*session = NULL;
	return 0;
}

static void
stub_session_free(struct key_session *session)
{
	(void)session;
}

static int
fill(const void *input, size_t input_len, unsigned char *out, size_t *len)
{
	if (*len > 512)
		*len = 512;
	memset(out, input_len > 0 ? *(const unsigned char *)input : 0, *len);
	return 0;
}

static int
stub_sign(struct key_session *session, size_t index, const struct key_sign *how, struct span digest,
    unsigned char *out, size_t *len, struct error *err)
{
	(void)session;
	(void)index;
	(void)err;
	if (how->padding == PADDING_PSS && digest_size(how->digest) != digest.len)
		abort();
	/* the last byte must be readable */
	return fill(digest.data + digest.len - 1, 1, out, len);
}

static int
stub_decrypt(struct key_session *session, size_t index, const struct key_decrypt *how,
    struct span data, unsigned char *out, size_t *len, struct error *err)
{
	(void)session;
	(void)index;
	(void)err;
	if (how->label.len > 0 && memchr(how->label.data, 0, how->label.len) == how)
		abort();
	return fill(data.data + data.len - 1, 1, out, len);
}

static int
stub_derive(struct key_session *session, size_t index, const struct key_derive *how,
    unsigned char *out, size_t *len, struct error *err)
{
	(void)session;
	(void)index;
	(void)err;
	if (how->ukm.len > 0 && memchr(how->ukm.data, 0, how->ukm.len) == how)
		abort();
	return fill(how->peer.data + how->peer.len - 1, 1, out, len);
}

static int
stub_find(const struct key_store *store, const char *name, size_t len, size_t *index)
{
	(void)store;
	*index = 0;
	return len == 1 && name[0] == 'k' ? 0 : -1;
}

static int
stub_make(struct key_store *store, struct span name, const struct key_make *how,
    struct key_made *made, struct error *err)
{
	(void)store;
	if (name.len == 0 || how->usage == 0)
		abort();
	return buf_append(&made->wrapped, how->subject.data + how->subject.len - 1, 1, err);
}

static int
stub_import(struct key_store *store, struct span name, const struct key_import *how,
    struct key_made *made, struct error *err)
{
	(void)store;
	if (name.len == 0)
		abort();
	return buf_append(&made->certs, how->pkcs12.data + how->pkcs12.len - 1, 1, err);
}

static int
stub_load(struct key_store *store, struct span name, struct span wrapped, struct error *err)
{
	(void)store;
	if (name.len == 0 || wrapped.len == 0)
		abort();
	return error_set(err, ERROR_UNAVAILABLE, "%d", wrapped.data[wrapped.len - 1]);
}

static const struct key_store_ops stub_ops = {
	.kind = "stub",
	.count = stub_count,
	.name = stub_name,
	.facts = stub_facts,
	.session_new = stub_session_new,
	.session_free = stub_session_free,
	.sign = stub_sign,
	.stamp = stub_sign,
	.decrypt = stub_decrypt,
	.derive = stub_derive,
	.find = stub_find,
	.make = stub_make,
	.import = stub_import,
	.load = stub_load,
};

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static unsigned char answer[WIRE_MESSAGE_MAX];
	static struct key_counters counters[2];
	struct key_store store = { &stub_ops };
	struct server server = { &store, counters };
	struct server_session session = { &server, NULL, 0 };
	struct wire_header header;
	struct error err = ERROR_INIT;
	size_t len = server_handle(&session, (struct span){ data, size }, 0, answer, &err);

	if (len > 0 &&
	    (len > sizeof(answer) || wire_read_header(&header, (struct span){ answer, len }) != 0))
		abort();
	return 0;
}
