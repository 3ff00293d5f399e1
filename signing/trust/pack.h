/*
 * signing/trust/pack.h: numbers and shared texts in bytes, for snapshots. Texts and blobs that
 * occur many times stand once, in a table; all else refers to them by number. Only for this folder.
 */
#ifndef SIGNET_SIGNING_TRUST_PACK_H
#define SIGNET_SIGNING_TRUST_PACK_H

#include "server/base/buf.h"

/* ---- writing; after a failure all calls do nothing, and pack_finish() tells it ---- */

struct pack_slot;
struct pack {
	struct buf table, body;
	struct pack_slot *slots; /* hash table of what the table holds */
	size_t size, count;
	struct error err;
};
void pack_init(struct pack *p);
void pack_release(struct pack *p);
void pack_number(struct pack *p, uint64_t n);
void pack_time(struct pack *p, int64_t t);
void pack_raw(struct pack *p, const void *data, size_t len); /* of a length that readers know */
/* Number of these bytes in the table; equal bytes have equal numbers. */
uint64_t pack_intern(struct pack *p, struct span bytes);
void pack_blob(struct pack *p, struct span bytes);
void pack_text(struct pack *p, const char *text); /* NULL is told apart from "" */
/* Append the magic, the table and the body. */
int pack_finish(struct pack *p, struct span magic, struct buf *out, struct error *err);

/* ---- reading; after a failure all calls give zeros, and `bad` is set ---- */

struct unpack {
	const unsigned char *at, *end;
	struct span *table;
	size_t count;
	int bad;
};
/* Behind the magic. The table's spans look into `bytes`, each with a NUL behind it. -1: no memory.
 */
int unpack_init(struct unpack *u, struct span bytes, struct error *err);
void unpack_release(struct unpack *u);
uint64_t unpack_number(struct unpack *u);
/* A count of things that take at least one byte each, so that no loop outruns the bytes. */
size_t unpack_count(struct unpack *u);
int64_t unpack_time(struct unpack *u);
const unsigned char *unpack_raw(struct unpack *u, size_t len); /* NULL when there are fewer */
struct span unpack_blob(struct unpack *u);
const char *unpack_text(struct unpack *u);   /* NULL where NULL was packed */
const char *unpack_string(struct unpack *u); /* the same where NULL is bad: "" instead */

#endif
