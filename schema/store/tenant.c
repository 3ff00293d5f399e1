#include "schema/store/tenant.h"

#include "schema/store/helper.h"
#include "schema/store/statements.h"

enum { TENANT_ADD, TENANT_FIND, TENANT_STATE, TENANT_ADD_SERVER };
const struct db_statement tenant_statements[] = {
	[TENANT_ADD] = { "tenant_add", "INSERT INTO signet.tenant (id, name) VALUES ($1, $2)", "ut",
	    "" },
	[TENANT_FIND] = { "tenant_find", "SELECT signet.tenant_by_name($1)", "t", "u" },
	[TENANT_STATE] = { "tenant_state", "UPDATE signet.tenant SET state = $2 WHERE id = $1",
	    "ut", "" },
	[TENANT_ADD_SERVER] = { "tenant_add_server",
	    "INSERT INTO signet.tenant (id, name, is_server) VALUES ($1, $2, true)", "ut", "" },
	{ 0 },
};

int
store_tenant_add(struct db *db, const struct uuid *id, const char *name, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_uuid(&a, id);
	db_arg_text(&a, name);
	return store_do(db, id, &tenant_statements[TENANT_ADD], &a, err);
}

int
store_tenant_add_server(struct db *db, const struct uuid *id, const char *name, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_uuid(&a, id);
	db_arg_text(&a, name);
	return store_do(db, id, &tenant_statements[TENANT_ADD_SERVER], &a, err);
}

int
store_tenant_find(struct db *db, const char *name, struct uuid *id, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_text(&a, name);
	return store_find_id(db, NULL, &tenant_statements[TENANT_FIND], &a, id, err);
}

int
store_tenant_state(struct db *db, const struct uuid *id, const char *state, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_uuid(&a, id);
	db_arg_text(&a, state);
	return store_change(db, id, &tenant_statements[TENANT_STATE], &a, "tenant", err);
}
