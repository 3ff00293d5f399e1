#include "schema/store/key.h"

#include <string.h>

#include "schema/store/helper.h"
#include "schema/store/statements.h"

enum { LIST, ADD, FIND, STATE };
const struct db_statement key_statements[] = {
	[LIST] = { "keys",
	    "SELECT k.id, k.name, k.store_key, k.algorithm, k.size, k.state, k.is_default,"
	    " k.not_after, k.certificate, k.chain, k.usage, w.wrapped FROM signet.signing_key k"
	    " LEFT JOIN signet.signing_key_wrapped w ON w.tenant_id = k.tenant_id"
	    " AND w.key_id = k.id WHERE k.tenant_id = $1 AND k.state <> 'retired'"
	    " ORDER BY k.name COLLATE \"C\"",
	    "u", "utttit?zbBTb" },
	[ADD] = { "key_add",
	    "INSERT INTO signet.signing_key (tenant_id, id, name, store_key, algorithm, size,"
	    " is_default, not_after, certificate, chain, usage)"
	    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
	    "uuttti?zbBT", "" },
	[FIND] = { "key_find",
	    "SELECT id FROM signet.signing_key WHERE tenant_id = $1 AND name = $2", "ut", "u" },
	[STATE] = { "key_state",
	    "UPDATE signet.signing_key SET state = $3 WHERE tenant_id = $1 AND id = $2", "uut",
	    "" },
	{ 0 },
};

enum { ANCHORS, ANCHOR_ADD, ANCHOR_URLS, ANCHOR_STATE };
const struct db_statement trust_statements[] = {
	[ANCHORS] = { "anchors",
	    "SELECT id, name, certificate, usage, crl_urls, ocsp_urls FROM signet.trust_anchor"
	    " WHERE tenant_id = $1 AND state = 'active' ORDER BY name COLLATE \"C\"",
	    "u", "utbTTT" },
	[ANCHOR_ADD] = { "anchor_add",
	    "INSERT INTO signet.trust_anchor (tenant_id, id, name, certificate, usage)"
	    " VALUES ($1, $2, $3, $4, $5)",
	    "uutbT", "" },
	[ANCHOR_URLS] = { "anchor_urls",
	    "UPDATE signet.trust_anchor SET crl_urls = $3, ocsp_urls = $4"
	    " WHERE tenant_id = $1 AND id = $2",
	    "uuTT", "" },
	[ANCHOR_STATE] = { "anchor_state",
	    "UPDATE signet.trust_anchor SET state = $3 WHERE tenant_id = $1 AND name = $2", "utt",
	    "" },
	{ 0 },
};

static int
list(struct db *db, const struct uuid *tenant, const struct db_statement *statement,
    struct db_result **r, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_uuid(&a, tenant);
	return db_call(db, tenant, statement, &a, r, err);
}

int
store_keys(struct db *db, const struct uuid *tenant, struct db_result **r, struct error *err)
{
	return list(db, tenant, &key_statements[LIST], r, err);
}

struct key_row
store_key_row(const struct db_result *r, size_t i)
{
	struct key_row k;

	k.id = db_uuid(r, i, 0);
	k.name = db_text(r, i, 1);
	k.store_key = db_text(r, i, 2);
	k.algorithm = db_text(r, i, 3);
	k.size = (int)db_integer(r, i, 4);
	k.is_active = strcmp(db_text(r, i, 5), "active") == 0;
	k.is_default = db_bool(r, i, 6);
	k.not_after = db_time(r, i, 7);
	k.certificate = db_bytes(r, i, 8);
	k.chain = db_array(r, i, 9);
	k.usage = db_array(r, i, 10);
	k.wrapped = db_bytes(r, i, 11);
	return k;
}

int
store_key_add(
    struct db *db, const struct uuid *tenant, const struct key_new *key, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_uuid(&a, tenant);
	db_arg_uuid(&a, &key->id);
	db_arg_text(&a, key->name);
	db_arg_text(&a, key->store_key);
	db_arg_text(&a, key->algorithm);
	db_arg_int(&a, key->size);
	db_arg_bool(&a, key->is_default);
	db_arg_time(&a, key->not_after);
	db_arg_bytes(&a, key->certificate);
	db_arg_spans(&a, key->chain, key->chain_count);
	db_arg_texts(&a, key->usage, key->usage_count);
	return store_do(db, tenant, &key_statements[ADD], &a, err);
}

int
store_key_find(
    struct db *db, const struct uuid *tenant, const char *name, struct uuid *id, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_uuid(&a, tenant);
	db_arg_text(&a, name);
	return store_find_id(db, tenant, &key_statements[FIND], &a, id, err);
}

int
store_key_state(struct db *db, const struct uuid *tenant, const struct uuid *id, const char *state,
    struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_uuid(&a, tenant);
	db_arg_uuid(&a, id);
	db_arg_text(&a, state);
	return store_change(db, tenant, &key_statements[STATE], &a, "key", err);
}

int
store_anchors(struct db *db, const struct uuid *tenant, struct db_result **r, struct error *err)
{
	return list(db, tenant, &trust_statements[ANCHORS], r, err);
}

struct anchor_row
store_anchor_row(const struct db_result *r, size_t i)
{
	struct anchor_row row;

	row.id = db_uuid(r, i, 0);
	row.name = db_text(r, i, 1);
	row.certificate = db_bytes(r, i, 2);
	row.usage = db_array(r, i, 3);
	row.crl_urls = db_array(r, i, 4);
	row.ocsp_urls = db_array(r, i, 5);
	return row;
}

int
store_anchor_add(struct db *db, const struct uuid *tenant, const struct uuid *id, const char *name,
    struct span certificate, const char *const *usage, size_t usage_count, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_uuid(&a, tenant);
	db_arg_uuid(&a, id);
	db_arg_text(&a, name);
	db_arg_bytes(&a, certificate);
	db_arg_texts(&a, usage, usage_count);
	return store_do(db, tenant, &trust_statements[ANCHOR_ADD], &a, err);
}

int
store_anchor_urls(struct db *db, const struct uuid *tenant, const struct uuid *id,
    const char *const *crl_urls, size_t crl_count, const char *const *ocsp_urls, size_t ocsp_count,
    struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_uuid(&a, tenant);
	db_arg_uuid(&a, id);
	db_arg_texts(&a, crl_urls, crl_count);
	db_arg_texts(&a, ocsp_urls, ocsp_count);
	return store_change(db, tenant, &trust_statements[ANCHOR_URLS], &a, "trust anchor", err);
}

int
store_anchor_counts(
    struct db *db, const struct uuid *tenant, const char *name, int counts, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_uuid(&a, tenant);
	db_arg_text(&a, name);
	db_arg_text(&a, counts ? "active" : "disabled");
	return store_change(db, tenant, &trust_statements[ANCHOR_STATE], &a, "trust anchor", err);
}

int
store_tenant_data(struct db *db, const struct uuid *tenant, struct db_result **keys,
    struct db_result **anchors, struct db_result **authorities, struct error *err)
{
	struct db_args a;
	struct db_step steps[] = { { &key_statements[LIST], &a, NULL },
		{ &trust_statements[ANCHORS], &a, NULL }, { AUTHORITY_LIST, &a, NULL } };
	int rc;

	db_args_init(&a);
	db_arg_uuid(&a, tenant);
	rc = db_transact(db, tenant, steps, 3, err);
	*keys = steps[0].result;
	*anchors = steps[1].result;
	*authorities = steps[2].result;
	db_args_release(&a);
	return rc;
}
