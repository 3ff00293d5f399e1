/* Cases on their way in; case_read.c has the way out. */
#include "schema/store/case.h"

#include <stdlib.h>
#include <string.h>

#include "schema/store/helper.h"
#include "schema/store/statements.h"

enum { KNOWN, OBJECT, OBJECTS, FILE_ADD, DOCUMENTS, SIGNATURES, USES, KEYS, SEAL, SWEEP };
const struct db_statement case_statements[] = {
	[KNOWN] = { "case_objects_known",
	    "SELECT digest FROM signet.case_object WHERE tenant_id = $1 AND digest = ANY ($2)",
	    "uB", "b" },
	[OBJECT] = { "case_object_add",
	    "INSERT INTO signet.case_object (tenant_id, digest, content) VALUES ($1, $2, $3)"
	    " ON CONFLICT ON CONSTRAINT case_object_once DO NOTHING",
	    "ubb", "" },
	[OBJECTS] = { "case_objects_add",
	    "INSERT INTO signet.case_object (tenant_id, digest, content)"
	    " SELECT $1, d, c FROM unnest($2, $3) AS w (d, c)"
	    " ON CONFLICT ON CONSTRAINT case_object_once DO NOTHING",
	    "uBB", "" },
	[FILE_ADD] = { "case_file_add",
	    "INSERT INTO signet.case_file (tenant_id, id, stored, request, request_id, user_id,"
	    " caller, node, program, door, kind, indication, sub_indication, reason_code, reason,"
	    " validation_time, policy, catalogue, trust_snapshot, digest) VALUES ($1, $2, $3, $4,"
	    " $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
	    "uuzututtttttt"
	    "ttztttb",
	    "" },
	[DOCUMENTS] = { "case_documents_add",
	    "INSERT INTO signet.case_document (tenant_id, case_id, place, role, name, mime_type,"
	    " size, digests) SELECT $1, $2, n - 1, r, m, t, s, d FROM"
	    " unnest($3, $4, $5, $6, $7) WITH ORDINALITY AS w (r, m, t, s, d, n)",
	    "uuTTTLT", "" },
	[SIGNATURES] = { "case_signatures_add",
	    "INSERT INTO signet.case_signature (tenant_id, case_id, place, name, counter_of,"
	    " format, level, algorithm, indication, sub_indication, reason, subject, issuer,"
	    " serial, certificate, claimed, best)"
	    " SELECT $1, $2, n - 1, w1, w2, w3, w4, w5, w6, w7, w8, w9, w10, w11, w12, w13, w14"
	    " FROM unnest($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)"
	    " WITH ORDINALITY AS w (w1, w2, w3, w4, w5, w6, w7, w8, w9, w10, w11, w12, w13, w14,"
	    " n)",
	    "uuTTTTTTTTTTTBZZ", "" },
	[USES] = { "case_uses_add",
	    "INSERT INTO signet.case_use (tenant_id, case_id, place, role, name, mime_type, digest,"
	    " size) SELECT $1, $2, n - 1, r, m, t, d, s FROM"
	    " unnest($3, $4, $5, $6, $7) WITH ORDINALITY AS w (r, m, t, d, s, n)",
	    "uuTTTBL", "" },
	[KEYS] = { "case_keys_add",
	    "INSERT INTO signet.case_key (tenant_id, case_id, stored, kind, value)"
	    " SELECT DISTINCT $1, $2, $3, k, v FROM unnest($4, $5) AS w (k, v)",
	    "uuzTB", "" },
	[SEAL] = { "case_seal_add",
	    "INSERT INTO signet.case_seal (tenant_id, case_id, node, seq)"
	    " SELECT t, c, $1, s FROM unnest($2, $3, $4) AS w (t, c, s)",
	    "iUUL", "" },
	[SWEEP] = { "case_sweep", "SELECT signet.case_sweep($1, $2, $3)", "zzi", "l" },
	{ 0 },
};

/* ---- objects ---- */

static int
by_digest(const void *a, const void *b)
{
	return memcmp(((const struct case_content *)a)->digest,
	    ((const struct case_content *)b)->digest, CASE_DIGEST_SIZE);
}

/* The place of a digest in the sorted contents, or count. */
static size_t
find_content(const struct case_content *contents, size_t count, struct span digest)
{
	const struct case_content *found;
	struct case_content key = { 0 };

	if (digest.len != CASE_DIGEST_SIZE)
		return count;
	memcpy(key.digest, digest.data, CASE_DIGEST_SIZE);
	found = bsearch(&key, contents, count, sizeof(*contents), by_digest);
	return found != NULL ? (size_t)(found - contents) : count;
}

/* Sorted, so that two cases with the same objects never wait for each other; each once. */
static size_t
sort_contents(struct case_content *contents, size_t count)
{
	size_t i, kept = 0;

	if (count > 0)
		qsort(contents, count, sizeof(*contents), by_digest);
	for (i = 0; i < count; i++)
		if (kept == 0 || by_digest(&contents[kept - 1], &contents[i]) != 0)
			contents[kept++] = contents[i];
	return kept;
}

/* Leave those that the tenant does not have; *count shrinks. */
static int
drop_known(struct db *db, const struct uuid *tenant, struct case_content *contents, size_t *count,
    struct error *err)
{
	struct db_result *r;
	struct db_args a;
	size_t i, kept = 0;

	db_args_init(&a);
	db_arg_uuid(&a, tenant);
	db_arg_array(&a, 'b', *count);
	for (i = 0; i < *count; i++)
		db_item_bytes(&a, (struct span){ contents[i].digest, CASE_DIGEST_SIZE });
	if (db_call(db, tenant, &case_statements[KNOWN], &a, &r, err) != 0)
		return -1;
	for (i = 0; i < db_rows(r); i++) {
		const size_t at = find_content(contents, *count, db_bytes(r, i, 0));

		if (at < *count)
			contents[at].content.data = NULL;
	}
	db_result_free(r);
	for (i = 0; i < *count; i++)
		if (contents[i].content.data != NULL)
			contents[kept++] = contents[i];
	*count = kept;
	return 0;
}

static int
add_group(struct db *db, const struct uuid *tenant, const struct case_content *contents,
    size_t count, struct error *err)
{
	struct db_args a;
	size_t i;

	db_args_init(&a);
	db_arg_uuid(&a, tenant);
	if (count == 1) { /* which may be large: not copied */
		db_arg_bytes(&a, (struct span){ contents->digest, CASE_DIGEST_SIZE });
		db_arg_bytes(&a, contents->content);
		return store_do(db, tenant, &case_statements[OBJECT], &a, err);
	}
	db_arg_array(&a, 'b', count);
	for (i = 0; i < count; i++)
		db_item_bytes(&a, (struct span){ contents[i].digest, CASE_DIGEST_SIZE });
	db_arg_array(&a, 'b', count);
	for (i = 0; i < count; i++)
		db_item_bytes(&a, contents[i].content);
	return store_do(db, tenant, &case_statements[OBJECTS], &a, err);
}

static int
add_contents(struct db *db, const struct uuid *tenant, struct case_content *contents, size_t count,
    struct error *err)
{
	size_t from, to, bytes;

	count = sort_contents(contents, count);
	if (count > 0 && drop_known(db, tenant, contents, &count, err) != 0)
		return -1;
	for (from = 0; from < count; from = to) {
		bytes = contents[from].content.len;
		for (to = from + 1; to < count; to++) {
			bytes += contents[to].content.len;
			if (bytes > CASE_CONTENT_BYTES)
				break;
		}
		if (add_group(db, tenant, contents + from, to - from, err) != 0)
			return -1;
	}
	return 0;
}

/* ---- the case itself ---- */

static void
file_args(struct db_args *a, const struct uuid *tenant, const struct case_file *f)
{
	db_args_init(a);
	db_arg_uuid(a, tenant);
	db_arg_uuid(a, &f->id);
	db_arg_time_us(a, f->stored_us);
	db_arg_uuid(a, &f->request);
	db_arg_text(a, f->request_id);
	db_arg_uuid(a, &f->user);
	db_arg_text(a, f->caller);
	db_arg_text(a, f->node);
	db_arg_text(a, f->program);
	db_arg_text(a, f->door);
	db_arg_text(a, f->kind);
	db_arg_text(a, f->indication);
	db_arg_text(a, f->sub_indication);
	db_arg_text(a, f->reason_code);
	db_arg_text(a, f->reason);
	db_arg_time_us(a, f->validation_us);
	db_arg_text(a, f->policy);
	db_arg_text(a, f->catalogue);
	db_arg_text(a, f->trust_snapshot);
	db_arg_bytes(a, (struct span){ f->digest, CASE_DIGEST_SIZE });
}

/* ---- what it has many of: an array for each member of all of them ---- */

struct member {
	char type; /* 't', 'b', 'l', 'u', or 'z' with DB_NO_TIME for none */
	size_t offset;
};
#define MEMBER(type, of, name)                                                                     \
	{                                                                                          \
		type, offsetof(struct of, name)                                                    \
	}
static const struct member document_members[] = { MEMBER('t', case_document, role),
	MEMBER('t', case_document, name), MEMBER('t', case_document, mime_type),
	MEMBER('l', case_document, size), MEMBER('t', case_document, digests), { 0 } };
static const struct member signature_members[] = { MEMBER('t', case_signature, name),
	MEMBER('t', case_signature, counter_of), MEMBER('t', case_signature, format),
	MEMBER('t', case_signature, level), MEMBER('t', case_signature, algorithm),
	MEMBER('t', case_signature, indication), MEMBER('t', case_signature, sub_indication),
	MEMBER('t', case_signature, reason), MEMBER('t', case_signature, subject),
	MEMBER('t', case_signature, issuer), MEMBER('t', case_signature, serial),
	MEMBER('b', case_signature, certificate), MEMBER('z', case_signature, claimed_us),
	MEMBER('z', case_signature, best_us), { 0 } };
static const struct member use_members[] = { MEMBER('t', case_use, role),
	MEMBER('t', case_use, name), MEMBER('t', case_use, mime_type),
	MEMBER('b', case_use, digest), MEMBER('l', case_use, size), { 0 } };
static const struct member key_members[] = { MEMBER('t', case_key, kind),
	MEMBER('b', case_key, value), { 0 } };

static const struct member seal_members[] = { MEMBER('u', case_seal, tenant),
	MEMBER('u', case_seal, id), MEMBER('l', case_seal, seq), { 0 } };

static void
add_item(struct db_args *a, char type, const void *at)
{
	if (type == 'u')
		db_item_uuid(a, at);
	else if (type == 't')
		db_item_text(a, *(const char *const *)at);
	else if (type == 'b')
		db_item_bytes(a, *(const struct span *)at);
	else if (type == 'l')
		db_item_long(a, *(const int64_t *)at);
	else if (*(const int64_t *)at == DB_NO_TIME)
		db_item_null(a);
	else
		db_item_time_us(a, *(const int64_t *)at);
}

static void
add_members(
    struct db_args *a, const struct member *members, const void *items, size_t size, size_t count)
{
	size_t i;

	for (; members->type != 0; members++) {
		db_arg_array(a, members->type, count);
		for (i = 0; i < count; i++)
			add_item(
			    a, members->type, (const char *)items + i * size + members->offset);
	}
}

static void
begin_rows(struct db_args *a, const struct uuid *tenant, const struct case_file *f)
{
	db_args_init(a);
	db_arg_uuid(a, tenant);
	db_arg_uuid(a, &f->id);
}

static int
add_rows(struct db *db, const struct uuid *tenant, const struct case_file *file,
    const struct case_key *keys, size_t key_count, struct error *err)
{
	struct db_args a[5];
	struct db_step steps[5] = { { &case_statements[FILE_ADD], &a[0], NULL },
		{ &case_statements[DOCUMENTS], &a[1], NULL },
		{ &case_statements[SIGNATURES], &a[2], NULL },
		{ &case_statements[USES], &a[3], NULL }, { &case_statements[KEYS], &a[4], NULL } };
	size_t i;
	int rc;

	file_args(&a[0], tenant, file);
	for (i = 1; i < 5; i++)
		begin_rows(&a[i], tenant, file);
	add_members(&a[1], document_members, file->documents, sizeof(*file->documents),
	    file->document_count);
	add_members(&a[2], signature_members, file->signatures, sizeof(*file->signatures),
	    file->signature_count);
	add_members(&a[3], use_members, file->uses, sizeof(*file->uses), file->use_count);
	db_arg_time_us(&a[4], file->stored_us);
	add_members(&a[4], key_members, keys, sizeof(*keys), key_count);
	rc = db_transact(db, tenant, steps, 5, err);
	for (i = 0; i < 5; i++) {
		db_result_free(steps[i].result);
		db_args_release(&a[i]);
	}
	return rc;
}

int
store_case_add(struct db *db, const struct uuid *tenant, const struct case_file *file,
    const struct case_key *keys, size_t key_count, struct case_content *contents,
    size_t content_count, struct error *err)
{
	if (db_begin(db, err) != 0)
		return -1;
	if (add_contents(db, tenant, contents, content_count, err) == 0 &&
	    add_rows(db, tenant, file, keys, key_count, err) == 0)
		return db_commit(db, err);
	db_rollback(db);
	return -1;
}

/* ---- sealing, sweeping ---- */

const struct db_statement *
store_case_seal_insert(void)
{
	return &case_statements[SEAL];
}

void
store_case_seal_args(struct db_args *a, int32_t node, const struct case_seal *seals, size_t count)
{
	db_args_init(a);
	db_arg_int(a, node);
	add_members(a, seal_members, seals, sizeof(*seals), count);
}

int
store_case_sweep(
    struct db *db, int64_t since, int64_t before, int32_t most, uint64_t *swept, struct error *err)
{
	struct db_result *r;
	struct db_args a;

	db_args_init(&a);
	db_arg_time(&a, since);
	db_arg_time(&a, before);
	db_arg_int(&a, most);
	if (db_call(db, NULL, &case_statements[SWEEP], &a, &r, err) != 0)
		return -1;
	*swept = (uint64_t)db_integer(r, 0, 0);
	db_result_free(r);
	return 0;
}
