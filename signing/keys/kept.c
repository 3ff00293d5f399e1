/* The client's side of keys that are made and wrapped: asked for, kept, and loaded when needed. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "signing/keys/maker.h"
#include "signing/keys/remote.h"

#define BUCKETS 1024

struct kept {
	struct kept *next;
	char name[KEYS_NAME_MAX + 1];
	struct buf wrapped;
};
static struct kept *buckets[BUCKETS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct kept **
bucket_of(const char *name)
{
	return &buckets[key_name_hash(name, strlen(name)) % BUCKETS];
}

static struct kept *
find(const char *name)
{
	struct kept *k = *bucket_of(name);

	while (k != NULL && strcmp(k->name, name) != 0)
		k = k->next;
	return k;
}

static int
keep(const char *name, struct span wrapped, struct error *err)
{
	struct kept *k = find(name), **bucket = bucket_of(name);

	if (k != NULL && k->wrapped.len == wrapped.len &&
	    memcmp(k->wrapped.data, wrapped.data, wrapped.len) == 0)
		return 0;
	if (k == NULL) {
		k = calloc(1, sizeof(*k));
		if (k == NULL)
			return error_memory(err);
		memcpy(k->name, name, strlen(name));
		buf_init(&k->wrapped, KEYS_WRAPPED_MAX);
		k->next = *bucket;
		*bucket = k;
	}
	k->wrapped.len = 0;
	return buf_append(&k->wrapped, wrapped.data, wrapped.len, err);
}

int
keys_keep(const char *name, struct span wrapped, struct error *err)
{
	int rc;

	if (!key_name_ok(name, strlen(name)) || wrapped.len > KEYS_WRAPPED_MAX)
		return error_set(err, ERROR_MALFORMED, "this is no wrapped key");
	pthread_mutex_lock(&lock);
	rc = keep(name, wrapped, err);
	pthread_mutex_unlock(&lock);
	return rc;
}

/* ---- loaded when it is needed ---- */

/* 1 loaded, 0 it is not kept here, -1. The request in the channel is overwritten. */
static int
load(struct channel *c, const char *name, struct error *err)
{
	const struct kept *k;
	struct wire_out out;
	struct wire_in in;

	channel_start(c, WIRE_LOAD, &out);
	pthread_mutex_lock(&lock);
	k = find(name);
	if (k != NULL)
		wire_put_load(&out, name, SPAN_OF(&k->wrapped));
	pthread_mutex_unlock(&lock);
	if (k == NULL)
		return 0;
	return channel_exchange(c, out.len, &in, err) == 0 ? 1 : -1;
}

int
kept_exchange(
    struct channel *c, const char *name, size_t len, struct wire_in *in, struct error *err)
{
	struct error mine = ERROR_INIT, why = ERROR_INIT;
	unsigned char *copy;
	int rc = channel_exchange(c, len, in, &mine);

	if (rc == 0)
		return 0;
	copy = mine.kind == ERROR_NOT_FOUND ? malloc(len) : NULL;
	if (copy != NULL) {
		memcpy(copy, c->request, len);
		rc = load(c, name, &why);
		memcpy(c->request, copy, len);
		free(copy);
		if (rc < 0)
			mine = why;
		else if (rc == 1) {
			error_clear(&mine);
			rc = channel_exchange(c, len, in, &mine);
			if (rc == 0)
				return 0;
		}
	}
	if (err != NULL && err->kind == ERROR_NONE)
		*err = mine;
	return -1;
}

/* ---- made, taken in ---- */

/* The next value of the answer into a buffer. */
static int
take(struct wire_in *in, struct buf *to, struct error *err)
{
	const struct span s = wire_get_span(in);

	if (in->bad)
		return error_set(
		    err, ERROR_INTERNAL, "the keys process gave an answer that makes no sense");
	return buf_append(to, s.data, s.len, err);
}

int
keys_make(struct key_made *made, const char *name, const struct key_make *how, struct error *err)
{
	struct error mine = ERROR_INIT;
	struct channel *c = channel_borrow(&mine);
	struct wire_out out;
	struct wire_in in;
	int rc = -1;

	key_made_init(made);
	if (c == NULL)
		goto done;
	channel_start(c, WIRE_MAKE, &out);
	wire_put_make(&out, name, how);
	if (out.full)
		error_set(&mine, ERROR_TOO_LARGE, "the subject is too long");
	else if (channel_exchange(c, out.len, &in, &mine) == 0 &&
		 take(&in, &made->wrapped, &mine) == 0 && take(&in, &made->request, &mine) == 0)
		rc = 0;
	made->usage = how->usage;
done:
	channel_return(c);
	if (rc != 0)
		key_made_release(made);
	return channel_outcome(rc, &mine, err);
}

int
keys_import(
    struct key_made *made, const char *name, const struct key_import *how, struct error *err)
{
	struct error mine = ERROR_INIT;
	struct channel *c = channel_borrow(&mine);
	struct wire_out out;
	struct wire_in in;
	int rc = -1;

	key_made_init(made);
	if (c == NULL)
		goto done;
	channel_start(c, WIRE_IMPORT, &out);
	wire_put_import(&out, name, how);
	if (out.full || how->pkcs12.len > KEYS_PKCS12_MAX || how->passphrase.len > KEYS_PASS_MAX)
		error_limit(&mine, ERROR_TOO_LARGE, "pkcs12-size", KEYS_PKCS12_MAX, how->pkcs12.len,
		    "the bytes of a PKCS#12 file");
	else if (channel_exchange(c, out.len, &in, &mine) == 0) {
		made->usage = wire_get_u8(&in);
		if (take(&in, &made->wrapped, &mine) == 0 && take(&in, &made->certs, &mine) == 0)
			rc = 0;
	}
	explicit_bzero(c->request, out.len); /* the passphrase */
done:
	channel_return(c);
	if (rc != 0)
		key_made_release(made);
	return channel_outcome(rc, &mine, err);
}
