#include "signing/trust/snapshot_bytes.h"

#include <stdlib.h>
#include <string.h>

#include "signing/core/digests.h"

/* ---- writing ---- */

struct snap_slot {
	unsigned char digest[32];
	uint64_t number; /* from 1; 0 = free */
};

void
snap_put_init(struct snap_out *p)
{
	memset(p, 0, sizeof(*p));
}

void
snap_put_release(struct snap_out *p)
{
	buf_release(&p->table);
	buf_release(&p->body);
	free(p->slots);
	memset(p, 0, sizeof(*p));
}

static void
put_number(struct snap_out *p, struct buf *to, uint64_t n)
{
	unsigned char bytes[10];
	size_t len = 0;

	do {
		bytes[len] = (unsigned char)(n & 0x7f);
		n >>= 7;
		if (n != 0)
			bytes[len] |= 0x80;
		len++;
	} while (n != 0);
	if (p->err.kind == ERROR_NONE)
		buf_append(to, bytes, len, &p->err);
}

void
snap_put_number(struct snap_out *p, uint64_t n)
{
	put_number(p, &p->body, n);
}

void
snap_put_time(struct snap_out *p, int64_t t)
{
	unsigned char bytes[8];
	int i;

	for (i = 0; i < 8; i++)
		bytes[i] = (unsigned char)((uint64_t)t >> (56 - 8 * i));
	snap_put_raw(p, bytes, sizeof(bytes));
}

void
snap_put_raw(struct snap_out *p, const void *data, size_t len)
{
	if (p->err.kind == ERROR_NONE)
		buf_append(&p->body, data, len, &p->err);
}

static struct snap_slot *
slot_of(struct snap_slot *slots, size_t size, const unsigned char digest[32])
{
	size_t at;

	memcpy(&at, digest, sizeof(at));
	for (at &= size - 1; slots[at].number != 0; at = (at + 1) & (size - 1))
		if (memcmp(slots[at].digest, digest, 32) == 0)
			break;
	return &slots[at];
}

static int
grow(struct snap_out *p)
{
	const size_t size = p->size == 0 ? 1024 : p->size * 2;
	struct snap_slot *bigger = calloc(size, sizeof(*bigger));
	size_t i;

	if (bigger == NULL)
		return error_memory(&p->err);
	for (i = 0; i < p->size; i++)
		if (p->slots[i].number != 0)
			*slot_of(bigger, size, p->slots[i].digest) = p->slots[i];
	free(p->slots);
	p->slots = bigger;
	p->size = size;
	return 0;
}

uint64_t
snap_put_intern(struct snap_out *p, struct span bytes)
{
	unsigned char digest[DIGEST_SIZE_MAX];
	struct snap_slot *slot;

	if (p->err.kind != ERROR_NONE || digest_span(DIGEST_SHA256, bytes, digest, &p->err) != 0 ||
	    (p->count * 2 >= p->size && grow(p) != 0))
		return 0;
	slot = slot_of(p->slots, p->size, digest);
	if (slot->number == 0) {
		memcpy(slot->digest, digest, sizeof(slot->digest));
		slot->number = ++p->count;
		put_number(p, &p->table, bytes.len);
		if (p->err.kind == ERROR_NONE && bytes.len > 0)
			buf_append(&p->table, bytes.data, bytes.len, &p->err);
		if (p->err.kind == ERROR_NONE)
			buf_append(&p->table, "", 1, &p->err);
	}
	return slot->number;
}

void
snap_put_blob(struct snap_out *p, struct span bytes)
{
	snap_put_number(p, snap_put_intern(p, bytes));
}

void
snap_put_text(struct snap_out *p, const char *text)
{
	if (text == NULL)
		snap_put_number(p, 0);
	else
		snap_put_blob(p, span_str(text));
}

int
snap_put_finish(struct snap_out *p, struct span magic, struct buf *out, struct error *err)
{
	struct buf head = BUF_INIT(0);
	const size_t start = out->len;
	int rc = -1;

	put_number(p, &head, p->count);
	put_number(p, &head, p->table.len);
	if (p->err.kind != ERROR_NONE) {
		if (err != NULL)
			*err = p->err;
	} else if (buf_append_span(out, magic, err) == 0 &&
		   buf_append_span(out, SPAN_OF(&head), err) == 0 &&
		   buf_append_span(out, SPAN_OF(&p->table), err) == 0 &&
		   buf_append_span(out, SPAN_OF(&p->body), err) == 0) {
		rc = 0;
	}
	if (rc != 0)
		out->len = start;
	buf_release(&head);
	return rc;
}

/* ---- reading ---- */

uint64_t
snap_get_number(struct snap_in *u)
{
	uint64_t n = 0;
	unsigned int shift;

	for (shift = 0; shift < 64 && u->at < u->end && !u->bad; shift += 7) {
		const unsigned char b = *u->at++;

		/* One way to write each number: no surplus zeros, nothing above 64 bits. */
		if ((shift == 63 && b > 1) || (shift > 0 && b == 0))
			break;
		n |= (uint64_t)(b & 0x7f) << shift;
		if ((b & 0x80) == 0)
			return n;
	}
	u->bad = 1;
	return 0;
}

size_t
snap_get_count(struct snap_in *u)
{
	const uint64_t n = snap_get_number(u);

	if (n > (uint64_t)(u->end - u->at))
		u->bad = 1;
	return u->bad ? 0 : (size_t)n;
}

const unsigned char *
snap_get_raw(struct snap_in *u, size_t len)
{
	const unsigned char *at = u->at;

	if (u->bad || len > (size_t)(u->end - u->at)) {
		u->bad = 1;
		return NULL;
	}
	u->at += len;
	return at;
}

int64_t
snap_get_time(struct snap_in *u)
{
	const unsigned char *b = snap_get_raw(u, 8);
	uint64_t t = 0;
	int i;

	for (i = 0; i < 8 && b != NULL; i++)
		t = t << 8 | b[i];
	return (int64_t)t;
}

struct span
snap_get_blob(struct snap_in *u)
{
	const uint64_t n = snap_get_number(u);

	if (n == 0 || n > u->count)
		u->bad = 1;
	return u->bad ? SPAN_NONE : u->table[n - 1];
}

const char *
snap_get_text(struct snap_in *u)
{
	const uint64_t n = snap_get_number(u);
	struct span s;

	if (u->bad || n == 0)
		return NULL;
	if (n > u->count) {
		u->bad = 1;
		return NULL;
	}
	s = u->table[n - 1];
	if (memchr(s.data, 0, s.len) != NULL) {
		u->bad = 1;
		return NULL;
	}
	return (const char *)s.data;
}

const char *
snap_get_string(struct snap_in *u)
{
	const char *s = snap_get_text(u);

	if (s == NULL)
		u->bad = 1;
	return s != NULL ? s : "";
}

static void
read_table(struct snap_in *u, const unsigned char *body)
{
	size_t i, len;
	const unsigned char *data;

	for (i = 0; i < u->count && !u->bad; i++) {
		len = snap_get_count(u);
		data = snap_get_raw(u, len + 1);
		if (data == NULL || data[len] != 0)
			u->bad = 1;
		else
			u->table[i] = (struct span){ data, len };
	}
	if (u->at != body)
		u->bad = 1;
}

int
snap_get_init(struct snap_in *u, struct span bytes, struct error *err)
{
	const unsigned char *end = bytes.data + bytes.len;
	size_t len;

	memset(u, 0, sizeof(*u));
	u->at = bytes.data;
	u->end = end;
	u->count = snap_get_count(u);
	len = snap_get_count(u);
	u->table = calloc(u->count + 1, sizeof(*u->table));
	if (u->table == NULL)
		return error_memory(err);
	if (u->bad)
		return 0;
	u->end = u->at + len;
	read_table(u, u->end);
	u->end = end;
	return 0;
}

void
snap_get_release(struct snap_in *u)
{
	free(u->table);
	memset(u, 0, sizeof(*u));
}
