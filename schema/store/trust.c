#include "schema/store/trust.h"

#include <string.h>

#include "schema/store/helper.h"
#include "schema/store/statements.h"

#define SOURCE_COLUMNS                                                                             \
	"id, lotl_id, tenant_id IS NULL, state = 'active', name, kind, url, territory, list_type," \
	" announcement, signers"

enum { SOURCE_ADD, SOURCE_FIND, SOURCE_GET, SOURCES };
const struct db_statement trust_source_statements[] = {
	[SOURCE_ADD] = { "trust_source_add",
	    "INSERT INTO signet.trust_source (tenant_id, id, name, kind, url, territory, list_type,"
	    " signers, lotl_id, announcement) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
	    "uuttt"
	    "ttBut",
	    "" },
	[SOURCE_FIND] = { "trust_source_find",
	    "SELECT " SOURCE_COLUMNS " FROM signet.trust_source WHERE name = $2"
	    " AND (tenant_id = $1 OR tenant_id IS NULL) ORDER BY tenant_id IS NULL LIMIT 1",
	    "ut", "uu??ttttttB" },
	[SOURCE_GET] = { "trust_source_get",
	    "SELECT " SOURCE_COLUMNS " FROM signet.trust_source WHERE id = $1", "u",
	    "uu??ttttttB" },
	[SOURCES] = { "trust_sources",
	    "SELECT " SOURCE_COLUMNS " FROM signet.trust_source"
	    " WHERE tenant_id = $1 OR tenant_id IS NULL ORDER BY name COLLATE \"C\", tenant_id",
	    "u", "uu??ttttttB" },
	{ 0 },
};

enum { LIST_ADD, LIST_LAST };
const struct db_statement trust_list_statements[] = {
	[LIST_ADD] = { "trust_list_add",
	    "INSERT INTO signet.trust_list (tenant_id, id, source_id, digest, size, verdict, "
	    "reason,"
	    " signer, content, sequence, territory, issued, next_update, imported_by)"
	    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
	    "uuublttbbltzzt", "" },
	[LIST_LAST] = { "trust_list_last",
	    "SELECT id, sequence, digest, content, imported, imported_by FROM signet.trust_list"
	    " WHERE source_id = $1 AND verdict = 'Accepted' ORDER BY sequence DESC LIMIT 1",
	    "u", "ulbbzt" },
	{ 0 },
};

enum { CHOOSE, LET_GO, CHOICES, CHOOSERS };
const struct db_statement trust_choice_statements[] = {
	[CHOOSE] = { "trust_choose",
	    "INSERT INTO signet.trust_choice (tenant_id, source_id, provider) VALUES ($1, $2, $3)"
	    " ON CONFLICT ON CONSTRAINT trust_choice_once DO NOTHING",
	    "uut", "" },
	[LET_GO] = { "trust_let_go",
	    "DELETE FROM signet.trust_choice WHERE tenant_id = $1 AND source_id = $2"
	    " AND provider = $3",
	    "uut", "" },
	[CHOICES] = { "trust_choices",
	    "SELECT c.source_id, s.name, c.provider FROM signet.trust_choice c"
	    " JOIN signet.trust_source s ON s.id = c.source_id"
	    " WHERE c.tenant_id = $1 AND s.state = 'active'"
	    " ORDER BY s.name COLLATE \"C\", c.source_id, c.provider COLLATE \"C\"",
	    "u", "utt" },
	[CHOOSERS] = { "trust_choosers", "SELECT signet.trust_choosers($1)", "u", "u" },
	{ 0 },
};

enum { SNAPSHOT, SNAPSHOT_LAST, SNAPSHOT_ADD };
const struct db_statement trust_snapshot_statements[] = {
	[SNAPSHOT] = { "trust_snapshot",
	    "SELECT number, digest, content, reason, made_by, made FROM signet.trust_snapshot"
	    " WHERE tenant_id = $1 AND ($2 = 0 OR number = $2) ORDER BY number DESC LIMIT 1",
	    "ui", "ibbttz" },
	[SNAPSHOT_LAST] = { "trust_snapshot_last",
	    "SELECT number, digest FROM signet.trust_snapshot WHERE tenant_id = $1"
	    " ORDER BY number DESC LIMIT 1",
	    "u", "ib" },
	[SNAPSHOT_ADD] = { "trust_snapshot_add",
	    "INSERT INTO signet.trust_snapshot (tenant_id, number, digest, content, reason, "
	    "made_by)"
	    " VALUES ($1, $2, sha256($3), $3, $4, $5)",
	    "uibtt", "" },
	{ 0 },
};

/* ---- sources ---- */

int
store_trust_source_add(struct db *db, const struct uuid *tenant,
    const struct trust_source_new *source, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_uuid(&a, tenant);
	db_arg_uuid(&a, &source->id);
	db_arg_text(&a, source->name);
	db_arg_text(&a, source->kind);
	db_arg_text(&a, source->url);
	db_arg_text(&a, source->territory);
	db_arg_text(&a, source->type);
	db_arg_spans(&a, source->signers, source->signer_count);
	db_arg_uuid(&a, source->lotl);
	db_arg_text(&a, source->announcement);
	return store_do(db, tenant, &trust_source_statements[SOURCE_ADD], &a, err);
}

struct trust_source_row
store_trust_source_row(struct db_result *r, size_t i)
{
	return (struct trust_source_row){ .id = db_uuid(r, i, 0),
		.lotl = db_uuid(r, i, 1),
		.is_server_wide = db_bool(r, i, 2),
		.is_active = db_bool(r, i, 3),
		.name = db_text(r, i, 4),
		.kind = db_text(r, i, 5),
		.url = db_text(r, i, 6),
		.territory = db_text(r, i, 7),
		.type = db_text(r, i, 8),
		.announcement = db_text(r, i, 9),
		.signers = db_array(r, i, 10) };
}

int
store_trust_sources(
    struct db *db, const struct uuid *tenant, struct db_result **r, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_uuid(&a, tenant);
	return db_call(db, tenant, &trust_source_statements[SOURCES], &a, r, err);
}

static int
find_source(struct db *db, const struct uuid *tenant, int statement, struct db_args *a,
    struct trust_source_row *row, struct error *err)
{
	struct db_result *r;
	const int found = store_find(db, tenant, &trust_source_statements[statement], a, &r, err);

	memset(row, 0, sizeof(*row));
	if (found == 1) {
		*row = store_trust_source_row(r, 0);
		row->result = r;
	}
	return found;
}

int
store_trust_source_find(struct db *db, const struct uuid *tenant, const char *name,
    struct trust_source_row *row, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_uuid(&a, tenant);
	db_arg_text(&a, name);
	return find_source(db, tenant, SOURCE_FIND, &a, row, err);
}

int
store_trust_source_get(struct db *db, const struct uuid *tenant, const struct uuid *id,
    struct trust_source_row *row, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_uuid(&a, id);
	return find_source(db, tenant, SOURCE_GET, &a, row, err);
}

/* ---- lists ---- */

int
store_trust_list_add(
    struct db *db, const struct uuid *tenant, const struct trust_list_new *list, struct error *err)
{
	const int kept = list->content.data != NULL;
	struct db_args a;

	db_args_init(&a);
	db_arg_uuid(&a, list->is_server_wide ? NULL : tenant);
	db_arg_uuid(&a, &list->id);
	db_arg_uuid(&a, &list->source);
	db_arg_bytes(&a, (struct span){ list->digest, sizeof(list->digest) });
	db_arg_long(&a, (int64_t)list->size);
	db_arg_text(&a, list->verdict);
	db_arg_text(&a, list->reason);
	if (list->signer != NULL)
		db_arg_bytes(&a, (struct span){ list->signer, STORE_DIGEST_SIZE });
	else
		db_arg_null(&a, 'b');
	if (kept) {
		db_arg_bytes(&a, list->content);
		db_arg_long(&a, list->sequence);
	} else {
		db_arg_null(&a, 'b');
		db_arg_null(&a, 'l');
	}
	db_arg_text(&a, list->territory);
	db_arg_time(&a, kept ? list->issued : DB_NO_TIME);
	db_arg_time(&a, kept ? list->next_update : DB_NO_TIME);
	db_arg_text(&a, list->imported_by);
	return store_do(db, tenant, &trust_list_statements[LIST_ADD], &a, err);
}

int
store_trust_list_last(struct db *db, const struct uuid *tenant, const struct uuid *source,
    struct trust_list_row *row, struct error *err)
{
	struct db_result *r;
	struct db_args a;
	int found;

	memset(row, 0, sizeof(*row));
	db_args_init(&a);
	db_arg_uuid(&a, source);
	found = store_find(db, tenant, &trust_list_statements[LIST_LAST], &a, &r, err);
	if (found != 1)
		return found;
	row->result = r;
	row->id = db_uuid(r, 0, 0);
	row->sequence = (uint64_t)db_integer(r, 0, 1);
	row->digest = db_bytes(r, 0, 2);
	row->content = db_bytes(r, 0, 3);
	row->imported = db_time(r, 0, 4);
	row->imported_by = db_text(r, 0, 5);
	return 1;
}

/* ---- choices ---- */

static int
choice(struct db *db, const struct uuid *tenant, const struct uuid *source, const char *provider,
    int statement, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_uuid(&a, tenant);
	db_arg_uuid(&a, source);
	db_arg_text(&a, provider);
	return store_do(db, tenant, &trust_choice_statements[statement], &a, err);
}

int
store_trust_choose(struct db *db, const struct uuid *tenant, const struct uuid *source,
    const char *provider, struct error *err)
{
	return choice(db, tenant, source, provider, CHOOSE, err);
}

int
store_trust_let_go(struct db *db, const struct uuid *tenant, const struct uuid *source,
    const char *provider, struct error *err)
{
	return choice(db, tenant, source, provider, LET_GO, err);
}

int
store_trust_choices(
    struct db *db, const struct uuid *tenant, struct db_result **r, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_uuid(&a, tenant);
	return db_call(db, tenant, &trust_choice_statements[CHOICES], &a, r, err);
}

struct trust_choice_row
store_trust_choice_row(const struct db_result *r, size_t i)
{
	return (struct trust_choice_row){ db_uuid(r, i, 0), db_text(r, i, 1), db_text(r, i, 2) };
}

int
store_trust_choosers(
    struct db *db, const struct uuid *source, struct db_result **r, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_uuid(&a, source);
	return db_call(db, NULL, &trust_choice_statements[CHOOSERS], &a, r, err);
}

/* ---- snapshots ---- */

int
store_trust_snapshot(struct db *db, const struct uuid *tenant, int32_t number,
    struct trust_snapshot_row *row, struct error *err)
{
	struct db_result *r;
	struct db_args a;
	int found;

	memset(row, 0, sizeof(*row));
	db_args_init(&a);
	db_arg_uuid(&a, tenant);
	db_arg_int(&a, number);
	found = store_find(db, tenant, &trust_snapshot_statements[SNAPSHOT], &a, &r, err);
	if (found != 1)
		return found;
	row->result = r;
	row->number = (int32_t)db_integer(r, 0, 0);
	row->digest = db_bytes(r, 0, 1);
	row->content = db_bytes(r, 0, 2);
	row->reason = db_text(r, 0, 3);
	row->made_by = db_text(r, 0, 4);
	row->made = db_time(r, 0, 5);
	return 1;
}

int
store_trust_snapshot_last(struct db *db, const struct uuid *tenant, int32_t *number,
    unsigned char digest[STORE_DIGEST_SIZE], struct error *err)
{
	struct db_result *r;
	struct db_args a;
	int found;

	db_args_init(&a);
	db_arg_uuid(&a, tenant);
	if (db_call(db, tenant, &trust_snapshot_statements[SNAPSHOT_LAST], &a, &r, err) != 0)
		return -1;
	found = db_rows(r) > 0;
	*number = found ? (int32_t)db_integer(r, 0, 0) : 0;
	if (found && db_bytes(r, 0, 1).len == STORE_DIGEST_SIZE)
		memcpy(digest, db_bytes(r, 0, 1).data, STORE_DIGEST_SIZE);
	db_result_free(r);
	return found;
}

int
store_trust_snapshot_add(struct db *db, const struct uuid *tenant, int32_t number,
    struct span content, const char *reason, const char *made_by, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_uuid(&a, tenant);
	db_arg_int(&a, number);
	db_arg_bytes(&a, content);
	db_arg_text(&a, reason);
	db_arg_text(&a, made_by);
	return store_do(db, tenant, &trust_snapshot_statements[SNAPSHOT_ADD], &a, err);
}
