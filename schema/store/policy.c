#include "schema/store/policy.h"

#include "schema/store/helper.h"
#include "schema/store/statements.h"

enum { POLICIES, ADD, SET_DEFAULT, NO_DEFAULT };
const struct db_statement policy_statements[] = {
	[POLICIES] = { "policies",
	    "SELECT DISTINCT ON (p.name COLLATE \"C\") p.name, p.version, p.content,"
	    " d.name IS NOT NULL FROM signet.validation_policy p"
	    " LEFT JOIN signet.validation_default d ON d.tenant_id = p.tenant_id AND d.name = "
	    "p.name"
	    " WHERE p.tenant_id = $1 ORDER BY p.name COLLATE \"C\", p.version DESC",
	    "u", "tit?" },
	[ADD] = { "policy_add",
	    "INSERT INTO signet.validation_policy (tenant_id, name, version, content, created_by)"
	    " SELECT $1, $2, COALESCE(max(version), 0) + 1, $3, $4"
	    " FROM signet.validation_policy WHERE tenant_id = $1 AND name = $2 RETURNING version",
	    "uttt", "i" },
	[SET_DEFAULT] = { "policy_set_default",
	    "INSERT INTO signet.validation_default (tenant_id, name) VALUES ($1, $2)"
	    " ON CONFLICT ON CONSTRAINT validation_default_once"
	    " DO UPDATE SET name = excluded.name, changed = now()",
	    "ut", "" },
	[NO_DEFAULT] = { "policy_no_default",
	    "DELETE FROM signet.validation_default WHERE tenant_id = $1", "u", "" },
	{ 0 },
};

int
store_policies(struct db *db, const struct uuid *tenant, struct db_result **r, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_uuid(&a, tenant);
	return db_call(db, tenant, &policy_statements[POLICIES], &a, r, err);
}

struct policy_row
store_policy_row(const struct db_result *r, size_t i)
{
	return (struct policy_row){ .name = db_text(r, i, 0),
		.version = (int)db_integer(r, i, 1),
		.content = db_is_null(r, i, 2) ? NULL : db_text(r, i, 2),
		.is_default = db_bool(r, i, 3) };
}

int
store_policy_add(struct db *db, const struct uuid *tenant, const char *name, const char *content,
    const char *by, int *version, struct error *err)
{
	struct db_result *r;
	struct db_args a;

	db_args_init(&a);
	db_arg_uuid(&a, tenant);
	db_arg_text(&a, name);
	db_arg_text(&a, content);
	db_arg_text(&a, by);
	if (db_call(db, tenant, &policy_statements[ADD], &a, &r, err) != 0)
		return -1;
	*version = (int)db_integer(r, 0, 0);
	db_result_free(r);
	return 0;
}

int
store_policy_set_default(
    struct db *db, const struct uuid *tenant, const char *name, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_uuid(&a, tenant);
	if (name == NULL)
		return store_do(db, tenant, &policy_statements[NO_DEFAULT], &a, err);
	db_arg_text(&a, name);
	return store_do(db, tenant, &policy_statements[SET_DEFAULT], &a, err);
}
