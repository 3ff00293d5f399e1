#include "server/ops/journal/chain.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "signing/core/alg.h"
#include "signing/core/ossl.h"

#define READ_AT_ONCE 1000
#define NUMBER_SIZE  8

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

int
chain_hash(struct audit_row *row, const char *node_name, struct error *err)
{
	unsigned char small[1024];
	struct buf large = BUF_INIT(0);
	struct encoding e = { small, 0 };
	const size_t room = room_for(row, node_name);
	int rc = -1;

	if (room > sizeof(small) && (e.data = buf_reserve(&large, room, err)) == NULL)
		return -1;
	encode(&e, row, node_name);
	if (EVP_Digest(e.data, e.len, row->hash, NULL, digest_md(DIGEST_SHA256), NULL) == 1)
		rc = 0;
	else
		error_openssl(err, "the audit log could not be written");
	buf_release(&large);
	return rc;
}

/* ---- checking ----------------------------------------------------------------------------------
 */

struct check {
	const char *node_name;
	const struct audit_head *known[2]; /* what must be in the chain */
	struct chain_report *report;
};

static int __attribute__((format(printf, 3, 4)))
bad(struct check *c, int64_t seq, const char *fmt, ...)
{
	va_list ap;

	c->report->bad_seq = seq;
	va_start(ap, fmt);
	vsnprintf(c->report->text, sizeof(c->report->text), fmt, ap);
	va_end(ap);
	return 0;
}

/* 1 when the row follows the head and is what its hash says; -1 when it could not be hashed. */
static int
check_row(struct check *c, struct audit_row *row, struct error *err)
{
	struct audit_head *head = &c->report->head;
	unsigned char stored[AUDIT_HASH_SIZE];
	size_t i;

	if (row->seq != head->seq + 1)
		return bad(c, head->seq + 1,
		    "row %" PRId64 " is missing: row %" PRId64 " comes next", head->seq + 1,
		    row->seq);
	if (memcmp(row->previous, head->hash, AUDIT_HASH_SIZE) != 0)
		return bad(c, row->seq,
		    "row %" PRId64 " does not follow the row before it: one of them was replaced",
		    row->seq);
	memcpy(stored, row->hash, sizeof(stored));
	if (chain_hash(row, c->node_name, err) != 0)
		return -1;
	if (memcmp(stored, row->hash, sizeof(stored)) != 0)
		return bad(c, row->seq, "row %" PRId64 " was changed", row->seq);
	for (i = 0; i < 2; i++)
		if (c->known[i] != NULL && c->known[i]->seq == row->seq &&
		    memcmp(c->known[i]->hash, row->hash, AUDIT_HASH_SIZE) != 0)
			return bad(c, row->seq,
			    "row %" PRId64 " is not the one that the server wrote", row->seq);
	head->seq = row->seq;
	memcpy(head->hash, row->hash, AUDIT_HASH_SIZE);
	c->report->rows++;
	return 1;
}

static int
check_rows(struct check *c, const struct db_result *r, struct error *err)
{
	size_t i;
	int rc = 1;

	for (i = 0; rc == 1 && i < db_rows(r); i++) {
		struct audit_row row = store_audit_row(r, i);

		rc = check_row(c, &row, err);
	}
	return rc;
}

/* The end must not lie below what is known of it. */
static int
check_end(struct check *c)
{
	const int64_t last = c->report->head.seq;
	size_t i;

	for (i = 0; i < 2; i++)
		if (c->known[i] != NULL && c->known[i]->seq > last)
			return bad(c, last + 1,
			    "rows %" PRId64 " to %" PRId64 " are missing at the end", last + 1,
			    c->known[i]->seq);
	return 1;
}

int
audit_verify(struct db *db, const char *node_name, const struct audit_head *from,
    const struct audit_head *known_head, struct chain_report *report, struct error *err)
{
	struct audit_head last, told;
	struct check c = { node_name, { &told, known_head }, NULL };
	struct db_result *r;
	int32_t node;
	size_t rows = READ_AT_ONCE;
	int rc;

	memset(report, 0, sizeof(*report));
	c.report = report;
	if (from != NULL)
		report->head = *from;
	rc = store_node_find(db, node_name, &node, err);
	if (rc == 0)
		return error_set(err, ERROR_NOT_FOUND, "no server of this name has written a log");
	if (rc < 0 || store_audit_head(db, node, &last, &told, err) != 0)
		return -1;
	for (rc = 1; rc == 1 && rows == READ_AT_ONCE;) {
		if (store_audit_chain(db, node, report->head.seq, READ_AT_ONCE, &r, err) != 0)
			return -1;
		rows = db_rows(r);
		rc = check_rows(&c, r, err);
		db_result_free(r);
	}
	return rc == 1 ? check_end(&c) : rc;
}
