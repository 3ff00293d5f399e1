#include "schema/store/caller.h"

#include <string.h>

#include "schema/store/statements.h"

#define CALLER_COLUMNS                                                                             \
	"tenant_id, tenant_name, tenant_state, user_id, user_name, user_state, valid_until, "      \
	"password, groups, rights, right_groups, key_names, key_ids, key_groups, "                 \
	"certificate_state, certificate_not_after, tenant_is_server, group_vias, "                 \
	"object_rights, object_kinds, object_ids, object_groups, "                                 \
	"check_state, check_since, check_revoked, check_reason, check_refused"
#define CALLER_TYPES "uttuttztTTTTUTtz?TTTUTtzztz"

enum { BY_CERTIFICATE, BY_NAME, AT, HISTORY_BEGIN, HOLDERS };
const struct db_statement caller_statements[] = {
	[BY_CERTIFICATE] = { "caller_by_certificate",
	    "SELECT " CALLER_COLUMNS " FROM signet.caller_by_certificate($1)", "b", CALLER_TYPES },
	[BY_NAME] = { "caller_by_name",
	    "SELECT " CALLER_COLUMNS " FROM signet.caller_by_name($1, $2)", "tt", CALLER_TYPES },
	[AT] = { "caller_at",
	    "SELECT " CALLER_COLUMNS " FROM signet.caller_at($1, $2, COALESCE($3, now()))", "tbz",
	    CALLER_TYPES },
	[HISTORY_BEGIN] = { "history_begin", "SELECT signet.history_begin()", "", "z" },
	[HOLDERS] = { "holders_at",
	    "SELECT id, name FROM signet.holders_at($1, $2, COALESCE($3, now()), $4, $5)", "tuzti",
	    "ut" },
	{ 0 },
};

static int
is_active(const struct db_result *r, unsigned int column)
{
	return db_is_null(r, 0, column) || strcmp(db_text(r, 0, column), "active") == 0;
}

static void
read_row(struct caller_row *row)
{
	const struct db_result *r = row->result;

	row->tenant = db_uuid(r, 0, 0);
	row->tenant_name = db_text(r, 0, 1);
	row->tenant_is_active = is_active(r, 2);
	row->user = db_uuid(r, 0, 3);
	row->user_name = db_text(r, 0, 4);
	row->user_is_active = is_active(r, 5);
	row->valid_until = db_time(r, 0, 6);
	row->password = db_text(r, 0, 7);
	row->groups = db_array(r, 0, 8);
	row->rights = db_array(r, 0, 9);
	row->right_groups = db_array(r, 0, 10);
	row->key_names = db_array(r, 0, 11);
	row->key_ids = db_array(r, 0, 12);
	row->key_groups = db_array(r, 0, 13);
	row->certificate_is_active = is_active(r, 14);
	row->certificate_not_after = db_time(r, 0, 15);
	row->tenant_is_server = db_bool(r, 0, 16);
	row->group_vias = db_array(r, 0, 17);
	row->object_rights = db_array(r, 0, 18);
	row->object_kinds = db_array(r, 0, 19);
	row->object_ids = db_array(r, 0, 20);
	row->object_groups = db_array(r, 0, 21);
	row->check_state = db_text(r, 0, 22);
	row->check_since = db_time(r, 0, 23);
	row->check_revoked = db_time(r, 0, 24);
	row->check_reason = db_text(r, 0, 25);
	row->check_refused = db_time(r, 0, 26);
}

static int
look_up(struct db *db, const struct uuid *tenant, const struct db_statement *statement,
    struct db_args *args, struct caller_row *row, struct error *err)
{
	memset(row, 0, sizeof(*row));
	if (db_call(db, tenant, statement, args, &row->result, err) != 0)
		return -1;
	if (db_rows(row->result) != 1) {
		db_result_free(row->result);
		row->result = NULL;
		return 0;
	}
	read_row(row);
	return 1;
}

int
store_caller_by_certificate(struct db *db, const unsigned char fingerprint[FINGERPRINT_SIZE],
    struct caller_row *row, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_bytes(&a, (struct span){ fingerprint, FINGERPRINT_SIZE });
	return look_up(db, NULL, &caller_statements[BY_CERTIFICATE], &a, row, err);
}

int
store_caller_by_name(
    struct db *db, const char *tenant, const char *user, struct caller_row *row, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_text(&a, tenant);
	db_arg_text(&a, user);
	return look_up(db, NULL, &caller_statements[BY_NAME], &a, row, err);
}

int
store_caller_at(struct db *db, const struct uuid *tenant, const char *user,
    const unsigned char *fingerprint, int64_t at, struct caller_row *row, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_text(&a, user);
	if (fingerprint != NULL)
		db_arg_bytes(&a, (struct span){ fingerprint, FINGERPRINT_SIZE });
	else
		db_arg_null(&a, 'b');
	db_arg_time(&a, at);
	return look_up(db, tenant, &caller_statements[AT], &a, row, err);
}

int
store_history_begin(struct db *db, const struct uuid *tenant, int64_t *at, struct error *err)
{
	struct db_result *r;

	if (db_call(db, tenant, &caller_statements[HISTORY_BEGIN], NULL, &r, err) != 0)
		return -1;
	*at = db_rows(r) > 0 ? db_time(r, 0, 0) : DB_NO_TIME;
	db_result_free(r);
	return 0;
}

int
store_holders_at(struct db *db, const struct uuid *tenant, const struct holders_query *q,
    struct db_result **r, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_text(&a, q->operation);
	db_arg_uuid(&a, q->key);
	db_arg_time(&a, q->at);
	db_arg_text(&a, q->after);
	db_arg_int(&a, q->most);
	return db_call(db, tenant, &caller_statements[HOLDERS], &a, r, err);
}
