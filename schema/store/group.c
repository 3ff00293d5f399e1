/* Groups: members, rights, keys (schema/store/tenant.h). */
#include "schema/store/admin/admin.h"
#include "schema/store/helper.h"
#include "schema/store/statements.h"
#include "schema/store/tenant.h"

enum { ADD, FIND, MEMBER_ADD, MEMBER_REMOVE, RIGHT_ADD, RIGHT_REMOVE, KEY_ADD };
const struct db_statement group_statements[] = {
	[ADD] = { "group_add",
	    "INSERT INTO signet.group (tenant_id, id, name, description) VALUES ($1, $2, $3, $4)",
	    "uutt", "" },
	[FIND] = { "group_find", "SELECT id FROM signet.group WHERE tenant_id = $1 AND name = $2",
	    "ut", "u" },
	[MEMBER_ADD] = { "group_member_add",
	    "INSERT INTO signet.group_member (tenant_id, group_id, user_id) VALUES ($1, $2, $3)",
	    "uuu", "" },
	[MEMBER_REMOVE] = { "group_member_remove",
	    "DELETE FROM signet.group_member WHERE tenant_id = $1 AND group_id = $2"
	    " AND user_id = $3",
	    "uuu", "" },
	[RIGHT_ADD] = { "group_right_add",
	    "INSERT INTO signet.group_right (tenant_id, group_id, operation) VALUES ($1, $2, $3)",
	    "uut", "" },
	[RIGHT_REMOVE] = { "group_right_remove",
	    "DELETE FROM signet.group_right WHERE tenant_id = $1 AND group_id = $2"
	    " AND operation = $3",
	    "uut", "" },
	[KEY_ADD] = { "group_key_add",
	    "INSERT INTO signet.group_key (tenant_id, group_id, key_id) VALUES ($1, $2, $3)", "uuu",
	    "" },
	{ 0 },
};

int
store_group_add(struct db *db, const struct uuid *tenant, const struct uuid *id, const char *name,
    const char *description, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_uuid(&a, tenant);
	db_arg_uuid(&a, id);
	db_arg_text(&a, name);
	db_arg_text(&a, description != NULL ? description : "");
	return store_do(db, tenant, &group_statements[ADD], &a, err);
}

int
store_group_find(
    struct db *db, const struct uuid *tenant, const char *name, struct uuid *id, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_uuid(&a, tenant);
	db_arg_text(&a, name);
	return store_find_id(db, tenant, &group_statements[FIND], &a, id, err);
}

/* The arguments tenant, group and a third id. */
static void
link_args(struct db_args *a, const struct uuid *tenant, const struct uuid *group,
    const struct uuid *other)
{
	db_args_init(a);
	db_arg_uuid(a, tenant);
	db_arg_uuid(a, group);
	db_arg_uuid(a, other);
}

int
store_group_member_add(struct db *db, const struct uuid *tenant, const struct uuid *group,
    const struct uuid *user, struct error *err)
{
	struct db_args a;

	link_args(&a, tenant, group, user);
	return store_do(db, tenant, &group_statements[MEMBER_ADD], &a, err);
}

int
store_group_member_remove(struct db *db, const struct uuid *tenant, const struct uuid *group,
    const struct uuid *user, struct error *err)
{
	struct db_args a;

	link_args(&a, tenant, group, user);
	return store_change(
	    db, tenant, &group_statements[MEMBER_REMOVE], &a, "member of the group", err);
}

static void
right_args(
    struct db_args *a, const struct uuid *tenant, const struct uuid *group, const char *operation)
{
	db_args_init(a);
	db_arg_uuid(a, tenant);
	db_arg_uuid(a, group);
	db_arg_text(a, operation);
}

int
store_group_right_add(struct db *db, const struct uuid *tenant, const struct uuid *group,
    const char *operation, struct error *err)
{
	struct db_args a;

	right_args(&a, tenant, group, operation);
	return store_do(db, tenant, &group_statements[RIGHT_ADD], &a, err);
}

int
store_group_right_remove(struct db *db, const struct uuid *tenant, const struct uuid *group,
    const char *operation, struct error *err)
{
	struct db_args a;

	right_args(&a, tenant, group, operation);
	return store_change(
	    db, tenant, &group_statements[RIGHT_REMOVE], &a, "right of the group", err);
}

int
store_group_key_add(struct db *db, const struct uuid *tenant, const struct uuid *group,
    const struct uuid *key, struct error *err)
{
	struct db_args a;

	link_args(&a, tenant, group, key);
	return store_do(db, tenant, &group_statements[KEY_ADD], &a, err);
}

int
store_group_administers(
    struct db *db, const struct uuid *tenant, const struct uuid *group, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_uuid(&a, tenant);
	db_arg_uuid(&a, group);
	return store_do(db, tenant, &admin_tenant_statements[TENANT_RIGHTS], &a, err);
}
