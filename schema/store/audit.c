#include "schema/store/audit.h"

#include <string.h>

#include "schema/store/helper.h"
#include "schema/store/records.h"
#include "schema/store/statements.h"

enum { NODE_ADD, NODE_FIND, NODE_LOCK, NODE_HOLD, NODE_HEAD, NODE_TELL, ROWS_INSERT, CHAIN };
const struct db_statement audit_statements[] = {
	[NODE_ADD] = { "node_add",
	    "INSERT INTO signet.node (name) VALUES ($1) ON CONFLICT (name) DO NOTHING", "t", "" },
	[NODE_FIND] = { "node_find", "SELECT id FROM signet.node WHERE name = $1", "t", "i" },
	/* The first number keeps these locks apart from others in the database. */
	[NODE_LOCK] = { "node_lock", "SELECT pg_catalog.pg_try_advisory_lock(1397310798, $1)", "i",
	    "?" },
	/* The same lock, until the transaction ends. */
	[NODE_HOLD] = { "node_hold",
	    "SELECT true FROM (SELECT pg_catalog.pg_advisory_xact_lock(1397310798, $1)) AS held",
	    "i", "?" },
	[NODE_HEAD] = { "node_head",
	    "SELECT h.seq, h.hash, n.head_seq, n.head_hash FROM signet.node n"
	    " CROSS JOIN signet.audit_head(n.id) h WHERE n.id = $1",
	    "i", "lblb" },
	[NODE_TELL] = { "node_tell",
	    "UPDATE signet.node SET head_seq = $2, head_hash = $3, head_at = now() WHERE id = $1",
	    "ilb", "" },
	[ROWS_INSERT] = { "audit_insert",
	    "INSERT INTO signet.audit (node, seq, at, request, tenant_id, user_id, caller,"
	    " operation, object, result, reason, digest, size_in, size_out, peer, duration_us,"
	    " previous, hash)"
	    " SELECT $1, * FROM unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,"
	    " $15, $16, $17, $18)",
	    "iLZUUUTTTTTBLLTLBB", "" },
	[CHAIN] = { "audit_chain",
	    "SELECT seq, at, request, tenant_id, user_id, caller, operation, object, result,"
	    " reason, digest, size_in, size_out, peer, duration_us, previous, hash"
	    " FROM signet.audit_chain($1, $2, $3)",
	    "ili", "lzuuutttttblltlbb" },
	{ 0 },
};

int
store_node(struct db *db, const char *name, int32_t *node, struct error *err)
{
	struct db_args a;
	struct db_step steps[2] = { { &audit_statements[NODE_ADD], &a, NULL },
		{ &audit_statements[NODE_FIND], &a, NULL } };
	int rc;

	db_args_init(&a);
	db_arg_text(&a, name);
	rc = db_transact(db, NULL, steps, 2, err);
	if (rc == 0 && db_rows(steps[1].result) == 1)
		*node = (int32_t)db_integer(steps[1].result, 0, 0);
	else if (rc == 0)
		rc = error_set(err, ERROR_UNAVAILABLE,
		    "another server made the same node just now; try again");
	db_result_free(steps[0].result);
	db_result_free(steps[1].result);
	db_args_release(&a);
	return rc;
}

int
store_node_find(struct db *db, const char *name, int32_t *node, struct error *err)
{
	struct db_result *r;
	struct db_args a;
	int rc = 0;

	db_args_init(&a);
	db_arg_text(&a, name);
	if (db_call(db, NULL, &audit_statements[NODE_FIND], &a, &r, err) != 0)
		return -1;
	if (db_rows(r) == 1) {
		*node = (int32_t)db_integer(r, 0, 0);
		rc = 1;
	}
	db_result_free(r);
	return rc;
}

int
store_node_lock(struct db *db, int32_t node, struct error *err)
{
	struct db_result *r;
	struct db_args a;
	int rc = 0;

	db_args_init(&a);
	db_arg_int(&a, node);
	if (db_call(db, NULL, &audit_statements[NODE_LOCK], &a, &r, err) != 0)
		return -1;
	if (!db_bool(r, 0, 0))
		rc = error_set(err, ERROR_CONFLICT,
		    "another server writes the audit log under the name of this one; give each "
		    "server a name of its own");
	db_result_free(r);
	return rc;
}

int
store_node_hold(struct db *db, int32_t node, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_int(&a, node);
	return store_do(db, NULL, &audit_statements[NODE_HOLD], &a, err);
}

static void
copy_hash(unsigned char out[AUDIT_HASH_SIZE], struct span s)
{
	memset(out, 0, AUDIT_HASH_SIZE);
	if (s.len == AUDIT_HASH_SIZE)
		memcpy(out, s.data, s.len);
}

int
store_audit_head(struct db *db, int32_t node, struct audit_head *head, struct audit_head *told,
    struct error *err)
{
	struct db_result *r;
	struct db_args a;
	int rc = 0;

	db_args_init(&a);
	db_arg_int(&a, node);
	if (db_call(db, NULL, &audit_statements[NODE_HEAD], &a, &r, err) != 0)
		return -1;
	if (db_rows(r) == 1) {
		head->seq = db_integer(r, 0, 0);
		copy_hash(head->hash, db_bytes(r, 0, 1));
		if (told != NULL) {
			told->seq = db_integer(r, 0, 2);
			copy_hash(told->hash, db_bytes(r, 0, 3));
		}
	} else
		rc = error_set(err, ERROR_NOT_FOUND, "there is no such node");
	db_result_free(r);
	return rc;
}

int
store_node_tell(struct db *db, int32_t node, const struct audit_head *head, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_int(&a, node);
	db_arg_long(&a, head->seq);
	db_arg_bytes(&a, (struct span){ head->hash, AUDIT_HASH_SIZE });
	return store_change(db, NULL, &audit_statements[NODE_TELL], &a, "node", err);
}

/* ---- writing: a column at a time --------------------------------------------------------------
 */

#define COLUMN(a, type, rows, count, add)                                                          \
	do {                                                                                       \
		size_t i_;                                                                         \
		db_arg_array((a), (type), (count));                                                \
		for (i_ = 0; i_ < (count); i_++) {                                                 \
			const struct audit_row *r = (rows)[i_];                                    \
			add;                                                                       \
		}                                                                                  \
	} while (0)

static const struct uuid *
id_or_null(const struct uuid *id)
{
	return uuid_is_nil(id) ? NULL : id;
}

static void
row_args(struct db_args *a, int32_t node, const struct audit_row *const *rows, size_t n)
{
	db_args_init(a);
	db_arg_int(a, node);
	COLUMN(a, 'l', rows, n, db_item_long(a, r->seq));
	COLUMN(a, 'z', rows, n, db_item_time_us(a, r->at_us));
	COLUMN(a, 'u', rows, n, db_item_uuid(a, &r->request));
	COLUMN(a, 'u', rows, n, db_item_uuid(a, id_or_null(&r->tenant)));
	COLUMN(a, 'u', rows, n, db_item_uuid(a, id_or_null(&r->user)));
	COLUMN(a, 't', rows, n, db_item_text(a, r->caller));
	COLUMN(a, 't', rows, n, db_item_text(a, r->operation));
	COLUMN(a, 't', rows, n, db_item_text(a, r->object));
	COLUMN(a, 't', rows, n, db_item_text(a, r->result));
	COLUMN(a, 't', rows, n, db_item_text(a, r->reason));
	COLUMN(a, 'b', rows, n, db_item_bytes(a, r->digest));
	COLUMN(a, 'l', rows, n, db_item_long(a, r->size_in));
	COLUMN(a, 'l', rows, n, db_item_long(a, r->size_out));
	COLUMN(a, 't', rows, n, db_item_text(a, r->peer));
	COLUMN(a, 'l', rows, n, db_item_long(a, r->duration_us));
	COLUMN(a, 'b', rows, n, db_item_bytes(a, (struct span){ r->previous, AUDIT_HASH_SIZE }));
	COLUMN(a, 'b', rows, n, db_item_bytes(a, (struct span){ r->hash, AUDIT_HASH_SIZE }));
}

int
store_audit_commit(struct db *db, int32_t node, const struct audit_row *const *rows, size_t count,
    const struct request_record *const *records, size_t record_count, const struct case_seal *seals,
    size_t seal_count, struct error *err)
{
	struct db_args values[3];
	struct db_step steps[3] = { { &audit_statements[ROWS_INSERT], &values[0], NULL } };
	size_t n = 1, i;
	int rc;

	row_args(&values[0], node, rows, count);
	if (record_count > 0) {
		store_request_args(&values[n], records, record_count);
		steps[n] = (struct db_step){ store_request_insert(), &values[n], NULL };
		n++;
	}
	if (seal_count > 0) {
		store_case_seal_args(&values[n], node, seals, seal_count);
		steps[n] = (struct db_step){ store_case_seal_insert(), &values[n], NULL };
		n++;
	}
	rc = db_transact(db, NULL, steps, n, err);
	for (i = 0; i < n; i++) {
		db_result_free(steps[i].result);
		db_args_release(&values[i]);
	}
	return rc;
}

/* ---- reading ----------------------------------------------------------------------------------
 */

int
store_audit_chain(struct db *db, int32_t node, int64_t after, int32_t most, struct db_result **r,
    struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_int(&a, node);
	db_arg_long(&a, after);
	db_arg_int(&a, most);
	return db_call(db, NULL, &audit_statements[CHAIN], &a, r, err);
}

struct audit_row
store_audit_row(const struct db_result *r, size_t i)
{
	struct audit_row row;

	row.seq = db_integer(r, i, 0);
	row.at_us = db_time_us(r, i, 1);
	row.request = db_uuid(r, i, 2);
	row.tenant = db_uuid(r, i, 3);
	row.user = db_uuid(r, i, 4);
	row.caller = db_text(r, i, 5);
	row.operation = db_text(r, i, 6);
	row.object = db_text(r, i, 7);
	row.result = db_text(r, i, 8);
	row.reason = db_text(r, i, 9);
	row.digest = db_bytes(r, i, 10);
	row.size_in = db_integer(r, i, 11);
	row.size_out = db_integer(r, i, 12);
	row.peer = db_text(r, i, 13);
	row.duration_us = db_integer(r, i, 14);
	copy_hash(row.previous, db_bytes(r, i, 15));
	copy_hash(row.hash, db_bytes(r, i, 16));
	return row;
}
