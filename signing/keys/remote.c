#include "signing/keys/remote.h"

#include <string.h>

#include "signing/keys/provider.h"

static int
makes_no_sense(struct error *err)
{
	return error_set(
	    err, ERROR_INTERNAL, "the keys process gave an answer that makes no sense");
}

/* ---- signing ---- */

/* Digests [from, from + count) in one message. */
static int
sign_some(struct channel *c, const char *name, const struct key_sign *how,
    const struct remote_digests *digests, size_t from, size_t count, remote_take *take, void *arg,
    struct error *err)
{
	struct wire_out out;
	struct wire_in in;
	size_t i;

	channel_start(c, WIRE_SIGN, &out);
	wire_put_sign(&out, name, how, count, digests->len);
	for (i = 0; i < count; i++)
		wire_put_bytes(&out, digests->data + (from + i) * digests->stride, digests->len);
	if (out.full)
		return error_set(err, ERROR_TOO_LARGE, "too many bytes for one signature");
	if (kept_exchange(c, name, out.len, &in, err) != 0)
		return -1;
	if (wire_get_u16(&in) != count)
		return makes_no_sense(err);
	for (i = 0; i < count; i++) {
		struct span sig = wire_get_span(&in);

		if (in.bad || sig.len == 0)
			return makes_no_sense(err);
		if (take(arg, from + i, sig, err) != 0)
			return -1;
	}
	return 0;
}

/* How many fit into a message, there and back. */
static size_t
per_message(size_t digest_len, size_t sig_max)
{
	size_t room = WIRE_MESSAGE_MAX - WIRE_HEADER - KEYS_NAME_MAX - 64;
	size_t there = room / (digest_len + 1), back = room / (sig_max + 2);
	size_t n = there < back ? there : back;

	return n == 0 ? 1 : n < WIRE_COUNT_MAX ? n : WIRE_COUNT_MAX;
}

static int
process_sign(const char *name, const struct key_sign *how, const struct remote_digests *digests,
    size_t sig_max, remote_take *take, void *arg, struct error *err)
{
	struct error mine = ERROR_INIT;
	struct channel *c = channel_borrow(&mine);
	size_t from, n, most = per_message(digests->len, sig_max);
	int rc = c != NULL ? 0 : -1;

	for (from = 0; rc == 0 && from < digests->count; from += n) {
		n = digests->count - from < most ? digests->count - from : most;
		rc = sign_some(c, name, how, digests, from, n, take, arg, &mine);
	}
	channel_return(c);
	return channel_outcome(rc, &mine, err);
}

/* ---- something else that signs ---- */

static struct {
	keys_signer *sign;
	void *arg;
} own;

void
keys_use_signer(keys_signer *sign, void *arg)
{
	own.sign = sign;
	own.arg = arg;
}

static int
own_sign(const char *name, const struct key_sign *how, const struct remote_digests *digests,
    remote_take *take, void *arg, struct error *err)
{
	unsigned char sig[2048]; /* RSA of 16,384 bits */
	size_t i, len;

	for (i = 0; i < digests->count; i++) {
		const struct span digest = { digests->data + i * digests->stride, digests->len };

		len = sizeof(sig);
		if (own.sign(own.arg, name, how, digest, sig, &len, err) != 0 ||
		    take(arg, i, (struct span){ sig, len }, err) != 0)
			return -1;
	}
	return 0;
}

int
remote_sign(const char *name, const struct key_sign *how, const struct remote_digests *digests,
    size_t sig_max, remote_take *take, void *arg, struct error *err)
{
	if (own.sign != NULL)
		return own_sign(name, how, digests, take, arg, err);
	return process_sign(name, how, digests, sig_max, take, arg, err);
}
int
remote_stamp(const char *name, const struct key_sign *how, struct span attributes,
    struct span tst_info, remote_take *take, void *arg, struct error *err)
{
	struct error mine = ERROR_INIT;
	struct channel *c = channel_borrow(&mine);
	struct wire_out out;
	struct wire_in in;
	struct span sig;
	int rc = -1;

	if (c == NULL)
		goto done;
	channel_start(c, WIRE_STAMP, &out);
	wire_put_stamp(&out, name, how, attributes, tst_info);
	if (out.full) {
		error_set(&mine, ERROR_TOO_LARGE, "too many bytes for one signature");
		goto done;
	}
	if (kept_exchange(c, name, out.len, &in, &mine) != 0)
		goto done;
	sig = wire_get_span(&in);
	rc = in.bad || sig.len == 0 ? makes_no_sense(&mine) : take(arg, 0, sig, &mine);
done:
	channel_return(c);
	return channel_outcome(rc, &mine, err);
}

/* ---- secrets ---- */

/* The answer's one value into out; what it leaves in the buffer is wiped. */
static int
take_secret(
    struct channel *c, struct wire_in *in, unsigned char *out, size_t *len, struct error *err)
{
	struct span secret = wire_get_span(in);
	int rc = 0;

	if (in->bad)
		rc = makes_no_sense(err);
	else if (secret.len > *len)
		rc = error_set(err, ERROR_INTERNAL, "the buffer is too small for the answer");
	else if (secret.len > 0)
		memcpy(out, secret.data, secret.len);
	*len = secret.len;
	explicit_bzero(c->answer, (size_t)(in->at - c->answer));
	return rc;
}

static int
finish_secret(struct channel *c, const char *name, const struct wire_out *request,
    unsigned char *out, size_t *len, struct error *err)
{
	struct wire_in in;

	if (request->full)
		return error_set(
		    err, ERROR_TOO_LARGE, "the request to the keys process is too large");
	if (kept_exchange(c, name, request->len, &in, err) != 0)
		return -1;
	return take_secret(c, &in, out, len, err);
}

int
remote_decrypt(const char *name, const struct key_decrypt *how, struct span data,
    unsigned char *out, size_t *len, struct error *err)
{
	struct error mine = ERROR_INIT;
	struct channel *c = channel_borrow(&mine);
	struct wire_out request;
	int rc = -1;

	if (c != NULL) {
		channel_start(c, WIRE_DECRYPT, &request);
		wire_put_decrypt(&request, name, how, data);
		rc = finish_secret(c, name, &request, out, len, &mine);
	}
	channel_return(c);
	return channel_outcome(rc, &mine, err);
}

int
remote_derive(const char *name, const struct key_derive *how, unsigned char *out, size_t *len,
    struct error *err)
{
	struct error mine = ERROR_INIT;
	struct channel *c = channel_borrow(&mine);
	struct wire_out request;
	int rc = -1;

	if (c != NULL) {
		channel_start(c, WIRE_DERIVE, &request);
		wire_put_derive(&request, name, how);
		rc = finish_secret(c, name, &request, out, len, &mine);
	}
	channel_return(c);
	return channel_outcome(rc, &mine, err);
}

int
keys_decrypt(const char *key_name, const struct key_decrypt *how, struct span data,
    unsigned char *out, size_t *len, struct error *err)
{
	return remote_decrypt(key_name, how, data, out, len, err);
}

int
keys_derive(const char *key_name, const struct key_derive *how, unsigned char *out, size_t *len,
    struct error *err)
{
	return remote_derive(key_name, how, out, len, err);
}

/* ---- the list ---- */

int
remote_list(const char *name, uint32_t start, uint32_t *next, remote_entries *take, void *arg,
    struct error *err)
{
	struct error mine = ERROR_INIT;
	struct channel *c = channel_borrow(&mine);
	struct wire_out request;
	struct wire_in in;
	size_t entries;
	int rc = -1;

	if (c == NULL)
		goto done;
	channel_start(c, WIRE_LIST, &request);
	wire_put_list(&request, name, start);
	if (kept_exchange(c, name, request.len, &in, &mine) != 0)
		goto done;
	*next = wire_get_u32(&in);
	entries = wire_get_u16(&in);
	if (in.bad || *next <= start) {
		makes_no_sense(&mine);
		goto done;
	}
	rc = take(arg, &in, entries, &mine);
	if (rc == 0 && in.bad)
		rc = makes_no_sense(&mine);
done:
	channel_return(c);
	return channel_outcome(rc, &mine, err);
}
