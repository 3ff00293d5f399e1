/*
 * signing/keys/wire.h: messages between the keys process and its clients; private to signing/keys.
 *
 * A channel is a SOCK_SEQPACKET pair, one message a packet of at most WIRE_MESSAGE_MAX bytes.
 * Numbers are little-endian. Each message starts with
 *   u32 magic, u16 type, u16 0, u64 id, u64 time (CLOCK_MONOTONIC in us).
 * Answers carry the request's type and id, or WIRE_ERROR and the id. A keys process that starts
 * sends WIRE_HELLO with its generation and the time on each channel: a client that waits for the
 * answer to a request sent before that time sends it again, since an earlier process may have taken
 * it along. Ids start at random, so that nobody takes an old answer for its own. A request's time
 * is its deadline: afterwards it is dropped, for nobody waits.
 *
 * The client is the attacker: what it sends is checked here, completely, before anything is done.
 */
#ifndef SIGNET_SIGNING_KEYS_WIRE_H
#define SIGNET_SIGNING_KEYS_WIRE_H

#include "signing/keys/store.h"

#define WIRE_MESSAGE_MAX 65536
#define WIRE_HEADER	 24
#define WIRE_COUNT_MAX	 512 /* digests in one request */

enum wire_type {
	WIRE_HELLO = 1, /* u64 generation */
	WIRE_SIGN,
	WIRE_DECRYPT,
	WIRE_DERIVE,
	WIRE_LIST,
	WIRE_STAMP,  /* the signed attributes of a time-stamp token, and its TSTInfo */
	WIRE_MAKE,   /* a new key: it comes back wrapped, with its certification request */
	WIRE_IMPORT, /* a PKCS#12 file and its passphrase: the same, with its certificates */
	WIRE_LOAD,   /* a wrapped key, to be used from now on */
	WIRE_TYPES,
	WIRE_ERROR = 0xff, /* u8 kind, text, cause */
};

struct wire_header {
	enum wire_type type;
	uint64_t id, time;
};

/* A request, decoded; the spans look into the message. */
struct wire_request {
	struct wire_header header;
	struct span name; /* of the key; LIST: empty for all */
	union {
		struct {
			struct key_sign how;
			size_t count, digest_len;
			const unsigned char *digests; /* count times digest_len bytes */
		} sign;
		struct {
			struct key_decrypt how;
			struct span data;
		} decrypt;
		struct key_derive derive;
		struct {
			struct key_sign how;
			struct span attributes, tst_info;
		} stamp;
		struct {
			uint32_t start; /* the first key wanted */
		} list;
		struct key_make make;
		struct key_import import;
		struct {
			struct span wrapped;
		} load;
	};
};

/* 0, or -1 when there is no header of ours; `header` is zeroed then. */
int wire_read_header(struct wire_header *header, struct span message);
/* 0, or -1 with ERROR_MALFORMED; header is set in both cases (zero when it is not ours). */
int wire_read_request(struct wire_request *request, struct span message, struct error *err);

/* ---- writing: what does not fit sets `full` and is left out ---- */

struct wire_out {
	unsigned char *data;
	size_t len, max;
	int full;
};
void wire_start(
    struct wire_out *out, unsigned char *data, size_t max, const struct wire_header *header);
void wire_put_u8(struct wire_out *out, unsigned int v);
void wire_put_u16(struct wire_out *out, unsigned int v);
void wire_put_u32(struct wire_out *out, uint32_t v);
void wire_put_u64(struct wire_out *out, uint64_t v);
void wire_put_bytes(struct wire_out *out, const void *data, size_t len);
void wire_put_span(struct wire_out *out, struct span s); /* u16 length and the bytes */
void wire_put_error(struct wire_out *out, const struct error *err);

/* Requests as wire_read_request takes them, behind the header that wire_start wrote. */
void wire_put_sign(struct wire_out *out, const char *name, const struct key_sign *how, size_t count,
    size_t digest_len); /* the digests follow by wire_put_bytes */
void wire_put_stamp(struct wire_out *out, const char *name, const struct key_sign *how,
    struct span attributes, struct span tst_info);
void wire_put_decrypt(
    struct wire_out *out, const char *name, const struct key_decrypt *how, struct span data);
void wire_put_derive(struct wire_out *out, const char *name, const struct key_derive *how);
void wire_put_list(struct wire_out *out, const char *name, uint32_t start);
void wire_put_make(struct wire_out *out, const char *name, const struct key_make *how);
void wire_put_import(struct wire_out *out, const char *name, const struct key_import *how);
void wire_put_load(struct wire_out *out, const char *name, struct span wrapped);
/* Change id and time of a message that stands in memory. */
void wire_stamp(unsigned char *message, uint64_t id, uint64_t time);

/* ---- reading: what is not there sets `bad` and reads as zero ---- */

struct wire_in {
	const unsigned char *at, *end;
	int bad;
};
void wire_in_init(struct wire_in *in, struct span s);
unsigned int wire_get_u8(struct wire_in *in);
unsigned int wire_get_u16(struct wire_in *in);
uint32_t wire_get_u32(struct wire_in *in);
uint64_t wire_get_u64(struct wire_in *in);
const unsigned char *wire_get_bytes(struct wire_in *in, size_t len); /* NULL when bad */
struct span wire_get_span(struct wire_in *in);
/* What a WIRE_ERROR says, into err. */
void wire_get_error(struct wire_in *in, struct error *err);

#endif
