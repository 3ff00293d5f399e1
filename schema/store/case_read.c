/* Cases on their way out: one by its id, pages of what is looked for. */
#include <stdlib.h>
#include <string.h>

#include "schema/store/case.h"
#include "schema/store/helper.h"
#include "schema/store/statements.h"

/*
 * What leads gives an index's rows in order; the seal, the rest of the wishes and what is shown are
 * looked up for each of them. That these are subqueries with one value keeps the planner from joins
 * that read whole tables. All that a call costs is bounded by $9, however rare the wish is.
 */
const char store_case_find_sql[] =
    "WITH c AS MATERIALIZED (SELECT k.stored, k.case_id FROM signet.case_key k"
    " WHERE k.tenant_id = $1 AND k.kind = $2 AND k.value = $3"
    " AND (k.stored, k.case_id) < ($4, $5) AND k.stored >= $6"
    " ORDER BY k.stored DESC, k.case_id DESC LIMIT $9),"
    " l AS (SELECT stored, case_id, (SELECT count(*) FROM c) AS n FROM c"
    " ORDER BY stored, case_id LIMIT 1),"
    " m AS (SELECT c.stored, c.case_id FROM c"
    " WHERE (SELECT true FROM signet.case_seal s WHERE s.case_id = c.case_id)"
    " AND (cardinality($7) = 0 OR cardinality($7) = (SELECT count(*)"
    " FROM unnest($7, $8) AS w (kind, value) JOIN signet.case_key o"
    " ON o.kind = w.kind AND o.value = w.value WHERE o.case_id = c.case_id))"
    " ORDER BY c.stored DESC, c.case_id DESC LIMIT $10)"
    " SELECT l.stored, l.case_id, l.n, m.case_id, m.stored, f.validation_time, f.caller, f.kind,"
    " f.indication, f.sub_indication, d.name, d.digests,"
    " ARRAY(SELECT g.subject FROM signet.case_signature g WHERE g.case_id = m.case_id"
    " AND g.subject <> '' ORDER BY g.place)"
    " FROM l LEFT JOIN m ON true"
    " LEFT JOIN LATERAL (SELECT * FROM signet.case_file WHERE id = m.case_id LIMIT 1) f ON true"
    " LEFT JOIN LATERAL (SELECT name, digests FROM signet.case_document"
    " WHERE case_id = m.case_id AND place = 0 LIMIT 1) d ON true"
    " ORDER BY m.stored DESC, m.case_id DESC";

enum { GET_FILE, GET_DOCUMENTS, GET_SIGNATURES, GET_USES, GET_SEAL, CONTENT, FIND, KEYS_LOST };
const struct db_statement case_read_statements[] = {
	[GET_FILE] = { "case_file",
	    "SELECT id, stored, request, request_id, user_id, caller, node, program, door, kind,"
	    " indication, sub_indication, reason_code, reason, validation_time, policy, catalogue,"
	    " trust_snapshot, digest FROM signet.case_file WHERE tenant_id = $1 AND id = $2",
	    "uu",
	    "uzututtttttt"
	    "ttztttb" },
	[GET_DOCUMENTS] = { "case_documents",
	    "SELECT role, name, mime_type, size, digests FROM signet.case_document"
	    " WHERE tenant_id = $1 AND case_id = $2 ORDER BY place",
	    "uu", "tttlt" },
	[GET_SIGNATURES] = { "case_signatures",
	    "SELECT name, counter_of, format, level, algorithm, indication, sub_indication, reason,"
	    " subject, issuer, serial, certificate, claimed, best FROM signet.case_signature"
	    " WHERE tenant_id = $1 AND case_id = $2 ORDER BY place",
	    "uu", "tttttttttttbzz" },
	[GET_USES] = { "case_uses",
	    "SELECT role, name, mime_type, digest, size FROM signet.case_use"
	    " WHERE tenant_id = $1 AND case_id = $2 ORDER BY place",
	    "uu", "tttbl" },
	[GET_SEAL] = { "case_seal",
	    "SELECT s.node, n.name, s.seq FROM signet.case_seal s"
	    " JOIN signet.node n ON n.id = s.node WHERE s.tenant_id = $1 AND s.case_id = $2",
	    "uu", "itl" },
	[CONTENT] = { "case_content",
	    "SELECT content FROM signet.case_object WHERE tenant_id = $1 AND digest = $2", "ub",
	    "b" },
	[FIND] = { "case_find", store_case_find_sql, "utbzuzTBii", "zuluzzttttttT" },
	[KEYS_LOST] = { "case_keys_lost",
	    "SELECT count(*) FROM unnest($4, $5) AS w (kind, value) WHERE NOT EXISTS"
	    " (SELECT FROM signet.case_key k WHERE k.tenant_id = $1 AND k.kind = w.kind"
	    " AND k.value = w.value AND k.stored = $3 AND k.case_id = $2)",
	    "uuzTB", "l" },
	{ 0 },
};

/* ---- one case ---- */

static void
read_file(struct case_file *f, const struct db_result *r)
{
	const struct span digest = db_bytes(r, 0, 18);

	f->id = db_uuid(r, 0, 0);
	f->stored_us = db_time_us(r, 0, 1);
	f->request = db_uuid(r, 0, 2);
	f->request_id = db_text(r, 0, 3);
	f->user = db_uuid(r, 0, 4);
	f->caller = db_text(r, 0, 5);
	f->node = db_text(r, 0, 6);
	f->program = db_text(r, 0, 7);
	f->door = db_text(r, 0, 8);
	f->kind = db_text(r, 0, 9);
	f->indication = db_text(r, 0, 10);
	f->sub_indication = db_text(r, 0, 11);
	f->reason_code = db_text(r, 0, 12);
	f->reason = db_text(r, 0, 13);
	f->validation_us = db_time_us(r, 0, 14);
	f->policy = db_text(r, 0, 15);
	f->catalogue = db_text(r, 0, 16);
	f->trust_snapshot = db_text(r, 0, 17);
	if (digest.len == CASE_DIGEST_SIZE)
		memcpy(f->digest, digest.data, CASE_DIGEST_SIZE);
}

static int
read_documents(struct case_file *f, const struct db_result *r, struct error *err)
{
	size_t i, n = db_rows(r);

	f->documents = calloc(n + 1, sizeof(*f->documents));
	if (f->documents == NULL)
		return error_memory(err);
	for (i = 0; i < n; i++)
		f->documents[i] = (struct case_document){ .role = db_text(r, i, 0),
			.name = db_text(r, i, 1),
			.mime_type = db_text(r, i, 2),
			.size = db_integer(r, i, 3),
			.digests = db_text(r, i, 4) };
	f->document_count = n;
	return 0;
}

static int
read_signatures(struct case_file *f, const struct db_result *r, struct error *err)
{
	size_t i, n = db_rows(r);

	f->signatures = calloc(n + 1, sizeof(*f->signatures));
	if (f->signatures == NULL)
		return error_memory(err);
	for (i = 0; i < n; i++)
		f->signatures[i] = (struct case_signature){ .name = db_text(r, i, 0),
			.counter_of = db_text(r, i, 1),
			.format = db_text(r, i, 2),
			.level = db_text(r, i, 3),
			.algorithm = db_text(r, i, 4),
			.indication = db_text(r, i, 5),
			.sub_indication = db_text(r, i, 6),
			.reason = db_text(r, i, 7),
			.subject = db_text(r, i, 8),
			.issuer = db_text(r, i, 9),
			.serial = db_text(r, i, 10),
			.certificate = db_bytes(r, i, 11),
			.claimed_us = db_time_us(r, i, 12),
			.best_us = db_time_us(r, i, 13) };
	f->signature_count = n;
	return 0;
}

static int
read_uses(struct case_file *f, const struct db_result *r, struct error *err)
{
	size_t i, n = db_rows(r);

	f->uses = calloc(n + 1, sizeof(*f->uses));
	if (f->uses == NULL)
		return error_memory(err);
	for (i = 0; i < n; i++)
		f->uses[i] = (struct case_use){ .role = db_text(r, i, 0),
			.name = db_text(r, i, 1),
			.mime_type = db_text(r, i, 2),
			.digest = db_bytes(r, i, 3),
			.size = db_integer(r, i, 4) };
	f->use_count = n;
	return 0;
}

int
store_case_get(struct db *db, const struct uuid *tenant, const struct uuid *id,
    struct case_row *row, struct error *err)
{
	struct db_args a;
	struct db_step steps[5];
	size_t i;
	int rc;

	memset(row, 0, sizeof(*row));
	db_args_init(&a);
	db_arg_uuid(&a, tenant);
	db_arg_uuid(&a, id);
	for (i = 0; i < 5; i++)
		steps[i] = (struct db_step){ &case_read_statements[GET_FILE + i], &a, NULL };
	rc = db_transact(db, tenant, steps, 5, err);
	db_args_release(&a);
	for (i = 0; i < 5; i++)
		row->results[i] = steps[i].result;
	if (rc != 0 || db_rows(row->results[0]) == 0 || db_rows(row->results[4]) == 0)
		return rc;
	read_file(&row->file, row->results[0]);
	row->node = (int32_t)db_integer(row->results[4], 0, 0);
	row->seal_node = db_text(row->results[4], 0, 1);
	row->seq = db_integer(row->results[4], 0, 2);
	return read_documents(&row->file, row->results[1], err) == 0 &&
		       read_signatures(&row->file, row->results[2], err) == 0 &&
		       read_uses(&row->file, row->results[3], err) == 0
		   ? 1
		   : -1;
}

void
store_case_row_release(struct case_row *row)
{
	size_t i;

	free(row->file.documents);
	free(row->file.signatures);
	free(row->file.uses);
	for (i = 0; i < sizeof(row->results) / sizeof(row->results[0]); i++)
		db_result_free(row->results[i]);
	memset(row, 0, sizeof(*row));
}

int
store_case_keys_lost(struct db *db, const struct uuid *tenant, const struct case_file *file,
    const struct case_key *keys, size_t key_count, int64_t *lost, struct error *err)
{
	struct db_result *r;
	struct db_args a;
	size_t i;

	db_args_init(&a);
	db_arg_uuid(&a, tenant);
	db_arg_uuid(&a, &file->id);
	db_arg_time_us(&a, file->stored_us);
	db_arg_array(&a, 't', key_count);
	for (i = 0; i < key_count; i++)
		db_item_text(&a, keys[i].kind);
	db_arg_array(&a, 'b', key_count);
	for (i = 0; i < key_count; i++)
		db_item_bytes(&a, keys[i].value);
	if (db_call(db, tenant, &case_read_statements[KEYS_LOST], &a, &r, err) != 0)
		return -1;
	*lost = db_integer(r, 0, 0);
	db_result_free(r);
	return 0;
}

int
store_case_content(struct db *db, const struct uuid *tenant, struct span digest,
    struct db_result **r, struct span *content, struct error *err)
{
	struct db_args a;
	int found;

	db_args_init(&a);
	db_arg_uuid(&a, tenant);
	db_arg_bytes(&a, digest);
	found = store_find(db, tenant, &case_read_statements[CONTENT], &a, r, err);
	if (found == 1)
		*content = db_bytes(*r, 0, 0);
	return found;
}

/* ---- look-ups ---- */

static void
query_args(struct db_args *a, const struct uuid *tenant, const struct case_query *q)
{
	size_t i;

	db_args_init(a);
	db_arg_uuid(a, tenant);
	db_arg_text(a, q->key.kind);
	db_arg_bytes(a, q->key.value);
	db_arg_time_us(a, q->before_us);
	db_arg_uuid(a, &q->before_id);
	db_arg_time_us(a, q->since_us);
	db_arg_array(a, 't', q->other_count);
	for (i = 0; i < q->other_count; i++)
		db_item_text(a, q->other[i].kind);
	db_arg_array(a, 'b', q->other_count);
	for (i = 0; i < q->other_count; i++)
		db_item_bytes(a, q->other[i].value);
	db_arg_int(a, CASE_SCAN_MAX);
	db_arg_int(a, q->page);
}

int
store_case_find(struct db *db, const struct uuid *tenant, const struct case_query *query,
    struct case_page *page, struct error *err)
{
	struct db_result *r;
	struct db_args a;

	memset(page, 0, sizeof(*page));
	query_args(&a, tenant, query);
	if (db_call(db, tenant, &case_read_statements[FIND], &a, &page->result, err) != 0)
		return -1;
	r = page->result;
	if (db_rows(r) == 0)
		return 0;
	page->count = db_is_null(r, 0, 3) ? 0 : db_rows(r);
	if (page->count >= (size_t)query->page) { /* full: go on behind its last */
		page->more = 1;
		page->last = db_uuid(r, page->count - 1, 3);
		page->stored_us = db_time_us(r, page->count - 1, 4);
	} else { /* go on behind what was looked at */
		page->more = db_integer(r, 0, 2) >= CASE_SCAN_MAX;
		page->last = db_uuid(r, 0, 1);
		page->stored_us = db_time_us(r, 0, 0);
	}
	return 0;
}

struct case_summary
store_case_summary(const struct case_page *page, size_t i)
{
	const struct db_result *r = page->result;

	return (struct case_summary){ .id = db_uuid(r, i, 3),
		.stored_us = db_time_us(r, i, 4),
		.validation_us = db_time_us(r, i, 5),
		.caller = db_text(r, i, 6),
		.kind = db_text(r, i, 7),
		.indication = db_text(r, i, 8),
		.sub_indication = db_text(r, i, 9),
		.document_name = db_text(r, i, 10),
		.digests = db_text(r, i, 11),
		.subjects = db_array(r, i, 12) };
}
