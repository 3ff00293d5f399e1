#include "signing/keys/wire.h"

#include <openssl/rsa.h>
#include <stdio.h>
#include <string.h>

#include "signing/keys/pkcs1.h"
#include "signing/keys/stamp.h"
#include "signing/keys/usage.h"

#define WIRE_MAGIC 0x314b4753u /* "SGK1" */
#define LABEL_MAX  1024
#define UKM_MAX	   8192
#define POINT_MAX  512
#define SALT_MAX   2048

/* ---- numbers and bytes ---- */

static void
put_number(struct wire_out *out, uint64_t v, size_t size)
{
	unsigned char bytes[8];
	size_t i;

	for (i = 0; i < size; i++)
		bytes[i] = (unsigned char)(v >> (8 * i));
	wire_put_bytes(out, bytes, size);
}

void
wire_put_u8(struct wire_out *out, unsigned int v)
{
	put_number(out, v, 1);
}

void
wire_put_u16(struct wire_out *out, unsigned int v)
{
	put_number(out, v, 2);
}

void
wire_put_u32(struct wire_out *out, uint32_t v)
{
	put_number(out, v, 4);
}

void
wire_put_u64(struct wire_out *out, uint64_t v)
{
	put_number(out, v, 8);
}

void
wire_put_bytes(struct wire_out *out, const void *data, size_t len)
{
	if (out->full || len > out->max - out->len) {
		out->full = 1;
		return;
	}
	if (len > 0)
		memcpy(out->data + out->len, data, len);
	out->len += len;
}

void
wire_put_span(struct wire_out *out, struct span s)
{
	if (s.len > UINT16_MAX) {
		out->full = 1;
		return;
	}
	wire_put_u16(out, (unsigned int)s.len);
	wire_put_bytes(out, s.data, s.len);
}

void
wire_in_init(struct wire_in *in, struct span s)
{
	in->at = s.data;
	in->end = s.data == NULL ? NULL : s.data + s.len;
	in->bad = 0;
}

const unsigned char *
wire_get_bytes(struct wire_in *in, size_t len)
{
	const unsigned char *at = in->at;

	if (in->bad || at == NULL || len > (size_t)(in->end - at)) {
		in->bad = 1;
		return NULL;
	}
	in->at += len;
	return at;
}

static uint64_t
get_number(struct wire_in *in, size_t size)
{
	const unsigned char *p = wire_get_bytes(in, size);
	uint64_t v = 0;

	while (p != NULL && size-- > 0)
		v = v << 8 | p[size];
	return v;
}

unsigned int
wire_get_u8(struct wire_in *in)
{
	return (unsigned int)get_number(in, 1);
}

unsigned int
wire_get_u16(struct wire_in *in)
{
	return (unsigned int)get_number(in, 2);
}

uint32_t
wire_get_u32(struct wire_in *in)
{
	return (uint32_t)get_number(in, 4);
}

uint64_t
wire_get_u64(struct wire_in *in)
{
	return get_number(in, 8);
}

struct span
wire_get_span(struct wire_in *in)
{
	struct span s = SPAN_NONE;

	s.len = wire_get_u16(in);
	s.data = wire_get_bytes(in, s.len);
	return s.data == NULL ? SPAN_NONE : s;
}

/* ---- messages ---- */

void
wire_start(struct wire_out *out, unsigned char *data, size_t max, const struct wire_header *header)
{
	*out = (struct wire_out){ data, 0, max, 0 };
	wire_put_u32(out, WIRE_MAGIC);
	wire_put_u16(out, header->type);
	wire_put_u16(out, 0);
	wire_put_u64(out, header->id);
	wire_put_u64(out, header->time);
}

void
wire_stamp(unsigned char *message, uint64_t id, uint64_t time)
{
	struct wire_out out = { message, 8, WIRE_HEADER, 0 };

	wire_put_u64(&out, id);
	wire_put_u64(&out, time);
}

static int
get_header(struct wire_in *in, struct wire_header *header)
{
	uint32_t magic = wire_get_u32(in);
	unsigned int type = wire_get_u16(in), zero = wire_get_u16(in);

	header->type = (enum wire_type)type;
	header->id = wire_get_u64(in);
	header->time = wire_get_u64(in);
	if (!in->bad && magic == WIRE_MAGIC && zero == 0 &&
	    ((type > 0 && type < WIRE_TYPES) || type == WIRE_ERROR))
		return 0;
	memset(header, 0, sizeof(*header));
	return -1;
}

int
wire_read_header(struct wire_header *header, struct span message)
{
	struct wire_in in;

	wire_in_init(&in, message);
	return get_header(&in, header);
}

void
wire_put_error(struct wire_out *out, const struct error *err)
{
	wire_put_u8(out, err->kind);
	wire_put_span(out, span_str(err->text));
	wire_put_span(out, span_str(err->cause));
}

void
wire_get_error(struct wire_in *in, struct error *err)
{
	unsigned int kind = wire_get_u8(in);
	struct span text = wire_get_span(in), cause = wire_get_span(in);
	char words[sizeof(err->text)];

	if (in->bad || kind == ERROR_NONE || kind >= ERROR_KINDS) {
		error_set(
		    err, ERROR_INTERNAL, "the keys process gave an answer that makes no sense");
		return;
	}
	snprintf(words, sizeof(words), "%.*s", (int)text.len, (const char *)text.data);
	error_cause(
	    err, (enum error_kind)kind, words, "%.*s", (int)cause.len, (const char *)cause.data);
}

static void
put_how(struct wire_out *out, const char *name, const struct key_sign *how)
{
	wire_put_span(out, span_str(name));
	wire_put_u8(out, how->padding);
	wire_put_u8(out, how->digest);
	wire_put_u8(out, how->mgf_digest);
	wire_put_u32(out, (uint32_t)how->salt_len);
}

void
wire_put_sign(struct wire_out *out, const char *name, const struct key_sign *how, size_t count,
    size_t digest_len)
{
	put_how(out, name, how);
	wire_put_u16(out, (unsigned int)count);
	wire_put_u16(out, (unsigned int)digest_len);
}

void
wire_put_stamp(struct wire_out *out, const char *name, const struct key_sign *how,
    struct span attributes, struct span tst_info)
{
	put_how(out, name, how);
	wire_put_span(out, attributes);
	wire_put_span(out, tst_info);
}

void
wire_put_decrypt(
    struct wire_out *out, const char *name, const struct key_decrypt *how, struct span data)
{
	wire_put_span(out, span_str(name));
	wire_put_u8(out, how->mode);
	wire_put_u8(out, how->digest);
	wire_put_u8(out, how->mgf_digest);
	wire_put_u16(out, how->tls_client);
	wire_put_u16(out, how->tls_version);
	wire_put_span(out, how->label);
	wire_put_span(out, data);
	if (how->mode == KEY_UNWRAP_CONTENT)
		wire_put_u16(out, (unsigned int)how->want);
}

void
wire_put_derive(struct wire_out *out, const char *name, const struct key_derive *how)
{
	wire_put_span(out, span_str(name));
	wire_put_u8(out, (unsigned int)(how->cofactor + 1));
	wire_put_u8(out, how->kdf_digest);
	wire_put_u16(out, (unsigned int)how->kdf_len);
	wire_put_u8(out, how->kdf);
	wire_put_span(out, how->peer);
	wire_put_span(out, how->ukm);
}

void
wire_put_list(struct wire_out *out, const char *name, uint32_t start)
{
	wire_put_span(out, span_str(name));
	wire_put_u32(out, start);
}

void
wire_put_make(struct wire_out *out, const char *name, const struct key_make *how)
{
	wire_put_span(out, span_str(name));
	wire_put_u8(out, how->type);
	wire_put_u16(out, how->size);
	wire_put_u8(out, how->usage);
	wire_put_span(out, how->subject);
}

void
wire_put_import(struct wire_out *out, const char *name, const struct key_import *how)
{
	wire_put_span(out, span_str(name));
	wire_put_u8(out, how->usage);
	wire_put_span(out, how->passphrase);
	wire_put_span(out, how->pkcs12);
}

void
wire_put_load(struct wire_out *out, const char *name, struct span wrapped)
{
	wire_put_span(out, span_str(name));
	wire_put_span(out, wrapped);
}

/* ---- requests, checked ---- */

static enum digest
get_digest(struct wire_in *in)
{
	unsigned int d = wire_get_u8(in);

	if (d >= DIGESTS)
		in->bad = 1;
	return d < DIGESTS ? (enum digest)d : DIGEST_NONE;
}

/* Whether padding, digest and length go together; what the key can do its store says. */
static int
how_is_sound(const struct key_sign *how, size_t digest_len)
{
	if (digest_len == 0 ||
	    (how->digest != DIGEST_NONE && digest_len != digest_size(how->digest)))
		return 0;
	switch (how->padding) {
	case PADDING_NONE:
		return digest_len <= DIGEST_SIZE_MAX;
	case PADDING_PKCS1:
		return digest_len <= KEYS_OUTPUT_MAX;
	case PADDING_PSS:
		return how->digest != DIGEST_NONE && how->mgf_digest != DIGEST_NONE &&
		       how->salt_len >= RSA_PSS_SALTLEN_MAX && how->salt_len <= SALT_MAX;
	}
	return 0;
}

static void
get_how(struct wire_in *in, struct key_sign *how)
{
	how->padding = (enum padding)wire_get_u8(in);
	how->digest = get_digest(in);
	how->mgf_digest = get_digest(in);
	how->salt_len = (int)(int32_t)wire_get_u32(in);
}

static int
get_sign(struct wire_in *in, struct wire_request *r)
{
	get_how(in, &r->sign.how);
	r->sign.count = wire_get_u16(in);
	r->sign.digest_len = wire_get_u16(in);
	r->sign.digests = wire_get_bytes(in, r->sign.count * r->sign.digest_len);
	return !in->bad && r->sign.count > 0 && r->sign.count <= WIRE_COUNT_MAX &&
	       how_is_sound(&r->sign.how, r->sign.digest_len);
}

static int
get_stamp(struct wire_in *in, struct wire_request *r)
{
	get_how(in, &r->stamp.how);
	r->stamp.attributes = wire_get_span(in);
	r->stamp.tst_info = wire_get_span(in);
	return !in->bad && r->stamp.how.digest != DIGEST_NONE &&
	       r->stamp.attributes.len <= STAMP_ATTRIBUTES_MAX &&
	       r->stamp.tst_info.len <= STAMP_INFO_MAX &&
	       how_is_sound(&r->stamp.how, digest_size(r->stamp.how.digest));
}

static int
get_decrypt(struct wire_in *in, struct wire_request *r)
{
	struct key_decrypt *how = &r->decrypt.how;
	unsigned int mode = wire_get_u8(in);

	how->mode = (enum key_unwrap)mode;
	how->digest = get_digest(in);
	how->mgf_digest = get_digest(in);
	how->tls_client = wire_get_u16(in);
	how->tls_version = wire_get_u16(in);
	how->label = wire_get_span(in);
	r->decrypt.data = wire_get_span(in);
	if (mode == KEY_UNWRAP_CONTENT)
		how->want = wire_get_u16(in);
	if (in->bad || mode >= KEY_UNWRAPS || how->label.len > LABEL_MAX ||
	    r->decrypt.data.len == 0 || r->decrypt.data.len > KEYS_OUTPUT_MAX)
		return 0;
	if (mode == KEY_UNWRAP_CONTENT)
		return how->want > 0 && how->want <= PKCS1_WANT_MAX;
	return mode != KEY_UNWRAP_OAEP ||
	       (how->digest != DIGEST_NONE && how->mgf_digest != DIGEST_NONE);
}

static int
get_derive(struct wire_in *in, struct wire_request *r)
{
	struct key_derive *how = &r->derive;
	unsigned int cofactor = wire_get_u8(in), kdf;

	how->kdf_digest = get_digest(in);
	how->cofactor = (int)cofactor - 1;
	how->kdf_len = wire_get_u16(in);
	kdf = wire_get_u8(in);
	how->kdf = (enum key_kdf)kdf;
	how->peer = wire_get_span(in);
	how->ukm = wire_get_span(in);
	if (in->bad || cofactor > 2 || kdf >= KEY_KDFS || how->peer.len == 0 ||
	    how->peer.len > POINT_MAX || how->ukm.len > UKM_MAX || how->kdf_len > KEYS_OUTPUT_MAX)
		return 0;
	return (how->kdf_digest == DIGEST_NONE) == (how->kdf_len == 0);
}

static int
get_list(struct wire_in *in, struct wire_request *r)
{
	r->list.start = wire_get_u32(in);
	return !in->bad;
}

/* The sizes that are made. */
static int
is_made(unsigned int type, unsigned int size)
{
	static const unsigned int sizes[MADE_TYPES][3] = {
		[MADE_RSA] = { 2048, 3072, 4096 }, [MADE_EC] = { 256, 384, 521 }
	};
	size_t i;

	for (i = 0; type < MADE_TYPES && i < 3; i++)
		if (sizes[type][i] == size)
			return 1;
	return 0;
}

static int
get_make(struct wire_in *in, struct wire_request *r)
{
	const unsigned int type = wire_get_u8(in);

	r->make.type = (enum made_type)type;
	r->make.size = wire_get_u16(in);
	r->make.usage = wire_get_u8(in);
	r->make.subject = wire_get_span(in);
	return !in->bad && is_made(type, r->make.size) && r->make.usage > 0 &&
	       r->make.usage <= KEY_USAGE_ALL && r->make.subject.len > 0 &&
	       r->make.subject.len <= KEYS_SUBJECT_MAX;
}

static int
get_import(struct wire_in *in, struct wire_request *r)
{
	r->import.usage = wire_get_u8(in);
	r->import.passphrase = wire_get_span(in);
	r->import.pkcs12 = wire_get_span(in);
	return !in->bad && r->import.usage <= KEY_USAGE_ALL &&
	       r->import.passphrase.len <= KEYS_PASS_MAX && r->import.pkcs12.len > 0 &&
	       r->import.pkcs12.len <= KEYS_PKCS12_MAX;
}

static int
get_load(struct wire_in *in, struct wire_request *r)
{
	r->load.wrapped = wire_get_span(in);
	return !in->bad && r->load.wrapped.len > 0 && r->load.wrapped.len <= KEYS_WRAPPED_MAX;
}

static int (*const get_body[WIRE_TYPES])(struct wire_in *in, struct wire_request *r) = {
	[WIRE_SIGN] = get_sign,
	[WIRE_DECRYPT] = get_decrypt,
	[WIRE_DERIVE] = get_derive,
	[WIRE_LIST] = get_list,
	[WIRE_STAMP] = get_stamp,
	[WIRE_MAKE] = get_make,
	[WIRE_IMPORT] = get_import,
	[WIRE_LOAD] = get_load,
};

int
wire_read_request(struct wire_request *r, struct span message, struct error *err)
{
	struct wire_in in;

	memset(r, 0, sizeof(*r));
	wire_in_init(&in, message);
	if (get_header(&in, &r->header) != 0 || message.len > WIRE_MESSAGE_MAX ||
	    r->header.type >= WIRE_TYPES || get_body[r->header.type] == NULL)
		return error_set(err, ERROR_MALFORMED, "not a request to the keys process");
	r->name = wire_get_span(&in);
	if (!(r->header.type == WIRE_LIST && r->name.len == 0 && !in.bad) &&
	    !key_name_ok((const char *)r->name.data, r->name.len))
		return error_set(err, ERROR_MALFORMED, "no key can have such a name");
	if (!get_body[r->header.type](&in, r) || in.at != in.end)
		return error_set(
		    err, ERROR_MALFORMED, "the request to the keys process is malformed");
	return 0;
}
