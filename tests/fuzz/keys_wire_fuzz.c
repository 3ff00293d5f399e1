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

static const struct key_store_ops stub_ops = { "stub", stub_count, stub_name, stub_facts,
	stub_session_new, stub_session_free, stub_sign, stub_sign, stub_decrypt, stub_derive,
	NULL };

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
