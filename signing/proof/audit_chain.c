#include "signing/proof/audit_chain.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "signing/core/alg.h"
#include "signing/core/ossl.h"

#define NUMBER_SIZE 8

static void
put_be(unsigned char *at, uint64_t value, size_t size)
{
	while (size-- > 0) {
		at[size] = (unsigned char)value;
		value >>= 8;
	}
}

/* Everything goes into one buffer: one update is cheaper than thirty. */
struct encoding {
	unsigned char *data;
	size_t len;
};

static void
add_bytes(struct encoding *e, const void *data, size_t len)
{
	put_be(e->data + e->len, len, 4);
	if (len > 0)
		memcpy(e->data + e->len + 4, data, len);
	e->len += 4 + len;
}

static void
add_number(struct encoding *e, int64_t value)
{
	unsigned char bytes[NUMBER_SIZE];

	put_be(bytes, (uint64_t)value, sizeof(bytes));
	add_bytes(e, bytes, sizeof(bytes));
}

static void
add_text(struct encoding *e, const char *s)
{
	add_bytes(e, s, strlen(s));
}

static void
add_id(struct encoding *e, const struct uuid *id)
{
	add_bytes(e, id->bytes, uuid_is_nil(id) ? 0 : sizeof(id->bytes));
}

static size_t
room_for(const struct audit_row *row, const char *node_name)
{
	const char *const texts[] = { node_name, row->caller, row->operation, row->object,
		row->result, row->reason, row->peer };
	size_t room = 64 + AUDIT_HASH_SIZE + row->digest.len + 16 * 4 + 3 * 16 + 5 * NUMBER_SIZE, i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		room += strlen(texts[i]);
	return room;
}

static void
encode(struct encoding *e, const struct audit_row *row, const char *node_name)
{
	static const char version[] = "signet audit 1"; /* with its NUL */

	memcpy(e->data, version, sizeof(version));
	memcpy(e->data + sizeof(version), row->previous, AUDIT_HASH_SIZE);
	e->len = sizeof(version) + AUDIT_HASH_SIZE;
	add_text(e, node_name);
	add_number(e, row->seq);
	add_number(e, row->at_us);
	add_id(e, &row->request);
	add_id(e, &row->tenant);
	add_id(e, &row->user);
	add_text(e, row->caller);
	add_text(e, row->operation);
	add_text(e, row->object);
	add_text(e, row->result);
	add_text(e, row->reason);
	add_bytes(e, row->digest.data, row->digest.len);
	add_number(e, row->size_in);
	add_number(e, row->size_out);
	add_text(e, row->peer);
	add_number(e, row->duration_us);
}

static int
hash_of(const struct audit_row *row, const char *node_name, unsigned char out[AUDIT_HASH_SIZE],
    struct error *err)
{
	unsigned char small[1024];
	struct buf large = BUF_INIT(0);
	struct encoding e = { small, 0 };
	const size_t room = room_for(row, node_name);
	int rc = -1;

	if (room > sizeof(small) && (e.data = buf_reserve(&large, room, err)) == NULL)
		return -1;
	encode(&e, row, node_name);
	if (EVP_Digest(e.data, e.len, out, NULL, digest_md(DIGEST_SHA256), NULL) == 1)
		rc = 0;
	else
		error_openssl(err, "a row of the audit log could not be hashed");
	buf_release(&large);
	return rc;
}

int
chain_hash(struct audit_row *row, const char *node_name, struct error *err)
{
	return hash_of(row, node_name, row->hash, err);
}

/* ---- checking ----------------------------------------------------------------------------------
 */

void
chain_check_init(struct chain_check *c, const char *node_name, const struct audit_head *from)
{
	memset(c, 0, sizeof(*c));
	c->node_name = node_name;
	c->is_joined = from != NULL;
	if (from != NULL)
		c->head = *from;
}

static int __attribute__((format(printf, 3, 4)))
bad(struct chain_check *c, int64_t seq, const char *fmt, ...)
{
	va_list ap;

	c->bad_seq = seq;
	va_start(ap, fmt);
	vsnprintf(c->text, sizeof(c->text), fmt, ap);
	va_end(ap);
	return 0;
}

static int
missing(struct chain_check *c, int64_t first, int64_t last)
{
	if (first == last)
		return bad(c, first, "row %" PRId64 " is missing: row %" PRId64 " comes next",
		    first, last + 1);
	return bad(c, first,
	    "rows %" PRId64 " to %" PRId64 " are missing: row %" PRId64 " comes next", first, last,
	    last + 1);
}

/* Does it stand where the next one must? */
static int
check_place(struct chain_check *c, const struct audit_row *row)
{
	const int64_t next = c->head.seq + 1;

	if (row->seq < 1)
		return bad(c, row->seq, "there is no row %" PRId64, row->seq);
	if (!c->is_joined && c->rows + c->links == 0)
		return 1;
	if (row->seq < next)
		return bad(c, row->seq,
		    "row %" PRId64 " comes behind row %" PRId64
		    ": it is there twice, or rows were swapped",
		    row->seq, c->head.seq);
	if (row->seq == next || c->may_skip)
		return 1;
	return missing(c, next, row->seq - 1);
}

static int
check_previous(struct chain_check *c, const struct audit_row *row)
{
	static const unsigned char none[AUDIT_HASH_SIZE];
	const int is_first = row->seq == 1;
	const int is_next = row->seq == c->head.seq + 1 && (c->is_joined || c->rows + c->links > 0);

	if (!is_first && !is_next)
		return 1;
	if (memcmp(row->previous, is_first ? none : c->head.hash, AUDIT_HASH_SIZE) == 0)
		return 1;
	if (is_first)
		return bad(c, 1, "row 1 does not begin the chain");
	return bad(c, row->seq,
	    "row %" PRId64 " does not follow the row before it: one of them was replaced",
	    row->seq);
}

int
chain_check_row(
    struct chain_check *c, const struct audit_row *row, enum chain_part part, struct error *err)
{
	unsigned char hash[AUDIT_HASH_SIZE];

	if (c->bad_seq != 0 || check_place(c, row) == 0 || check_previous(c, row) == 0)
		return 0;
	if (part == CHAIN_ROW) {
		if (hash_of(row, c->node_name, hash, err) != 0)
			return -1;
		if (memcmp(hash, row->hash, AUDIT_HASH_SIZE) != 0)
			return bad(c, row->seq, "row %" PRId64 " was changed", row->seq);
	}
	if (c->may_skip && (c->is_joined || c->rows + c->links > 0))
		c->skipped += row->seq - c->head.seq - 1;
	c->head.seq = row->seq;
	memcpy(c->head.hash, row->hash, AUDIT_HASH_SIZE);
	c->rows += part == CHAIN_ROW;
	c->links += part == CHAIN_LINK;
	return 1;
}

int
chain_check_known(struct chain_check *c, const struct audit_head *known, const char *whose)
{
	const int64_t last = c->head.seq;

	if (c->bad_seq != 0)
		return 0;
	if (known->seq > last && known->seq == last + 1)
		return bad(
		    c, last + 1, "row %" PRId64 " is missing at the end, %s", last + 1, whose);
	if (known->seq > last)
		return bad(c, last + 1,
		    "rows %" PRId64 " to %" PRId64 " are missing at the end, %s", last + 1,
		    known->seq, whose);
	if (known->seq == last && memcmp(known->hash, c->head.hash, AUDIT_HASH_SIZE) != 0)
		return bad(
		    c, last, "row %" PRId64 " is not the one that there was, %s", last, whose);
	return 1;
}
