/*
 * signing/trust/snapshot_bytes.h: numbers and shared texts in bytes, for snapshots. Texts and blobs
 * that occur many times stand once, in a table; all else refers to them by number. Only for this
 * folder.
 */
#ifndef SIGNET_SIGNING_TRUST_SNAPSHOT_BYTES_H
#define SIGNET_SIGNING_TRUST_SNAPSHOT_BYTES_H

#include "server/base/buf.h"

/* ---- writing; after a failure all calls do nothing, and snap_put_finish() tells it ---- */

struct snap_slot;
struct snap_out {
	struct buf table, body;
	struct snap_slot *slots; /* hash table of what the table holds */
	size_t size, count;
	struct error err;
};
void snap_put_init(struct snap_out *p);
void snap_put_release(struct snap_out *p);
void snap_put_number(struct snap_out *p, uint64_t n);
void snap_put_time(struct snap_out *p, int64_t t);
void snap_put_raw(
    struct snap_out *p, const void *data, size_t len); /* of a length that readers know */
/* Number of these bytes in the table; equal bytes have equal numbers. */
uint64_t snap_put_intern(struct snap_out *p, struct span bytes);
void snap_put_blob(struct snap_out *p, struct span bytes);
void snap_put_text(struct snap_out *p, const char *text); /* NULL is told apart from "" */
/* Append the magic, the table and the body. */
int snap_put_finish(struct snap_out *p, struct span magic, struct buf *out, struct error *err);

/* ---- reading; after a failure all calls give zeros, and `bad` is set ---- */

struct snap_in {
	const unsigned char *at, *end;
	struct span *table;
	size_t count;
	int bad;
};
/* Behind the magic. The table's spans look into `bytes`, each with a NUL behind it. -1: no memory.
 */
int snap_get_init(struct snap_in *u, struct span bytes, struct error *err);
void snap_get_release(struct snap_in *u);
uint64_t snap_get_number(struct snap_in *u);
/* A count of things that take at least one byte each, so that no loop outruns the bytes. */
size_t snap_get_count(struct snap_in *u);
int64_t snap_get_time(struct snap_in *u);
const unsigned char *snap_get_raw(struct snap_in *u, size_t len); /* NULL when there are fewer */
struct span snap_get_blob(struct snap_in *u);
const char *snap_get_text(struct snap_in *u);	/* NULL where NULL was packed */
const char *snap_get_string(struct snap_in *u); /* the same where NULL is bad: "" instead */

#endif
