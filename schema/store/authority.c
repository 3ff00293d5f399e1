/* Timestamp authorities and our own serial numbers (schema/store/key.h). */
#include "schema/store/helper.h"
#include "schema/store/key.h"
#include "schema/store/statements.h"

enum { LIST, ADD, SERIALS };
const struct db_statement authority_statements[] = {
	[LIST] = { "authorities",
	    "SELECT id, tenant_id IS NULL, name, url, store_key, policy_oid, user_name,"
	    " password_ref, place, timeout_ms, certificates FROM signet.timestamp_authority"
	    " WHERE (tenant_id = $1 OR tenant_id IS NULL) AND state = 'active'"
	    " ORDER BY place, tenant_id IS NULL, name COLLATE \"C\"",
	    "u", "u?ttttttiiB" },
	[ADD] = { "authority_add",
	    "INSERT INTO signet.timestamp_authority (tenant_id, id, name, url, store_key,"
	    " policy_oid, user_name, password_ref, place, timeout_ms, certificates)"
	    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
	    "uuttttttiiB", "" },
	[SERIALS] = { "tsa_serials", "SELECT signet.tsa_serials($1)", "l", "l" },
	{ 0 },
};

int
store_authorities(struct db *db, const struct uuid *tenant, struct db_result **r, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_uuid(&a, tenant);
	return db_call(db, tenant, &authority_statements[LIST], &a, r, err);
}

struct authority_row
store_authority_row(const struct db_result *r, size_t i)
{
	struct authority_row row;

	row.id = db_uuid(r, i, 0);
	row.is_server_wide = db_bool(r, i, 1);
	row.name = db_text(r, i, 2);
	row.url = db_text(r, i, 3);
	row.store_key = db_text(r, i, 4);
	row.policy_oid = db_text(r, i, 5);
	row.user_name = db_text(r, i, 6);
	row.password_ref = db_text(r, i, 7);
	row.place = (int)db_integer(r, i, 8);
	row.timeout_ms = (unsigned int)db_integer(r, i, 9);
	row.certificates = db_array(r, i, 10);
	return row;
}

int
store_authority_add(struct db *db, const struct uuid *tenant, const struct authority_new *authority,
    struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_uuid(&a, tenant);
	db_arg_uuid(&a, &authority->id);
	db_arg_text(&a, authority->name);
	db_arg_text(&a, authority->url);
	db_arg_text(&a, authority->store_key);
	db_arg_text(&a, authority->policy_oid);
	db_arg_text(&a, authority->user_name);
	db_arg_text(&a, authority->password_ref);
	db_arg_int(&a, authority->place);
	db_arg_int(&a, (int32_t)authority->timeout_ms);
	db_arg_spans(&a, authority->certificates, authority->certificate_count);
	return store_do(db, tenant, &authority_statements[ADD], &a, err);
}

int
store_tsa_serials(struct db *db, int64_t count, int64_t *first, struct error *err)
{
	struct db_result *r;
	struct db_args a;

	db_args_init(&a);
	db_arg_long(&a, count);
	if (db_call(db, NULL, &authority_statements[SERIALS], &a, &r, err) != 0)
		return -1;
	*first = db_integer(r, 0, 0);
	db_result_free(r);
	return 0;
}
