/* Users and their certificates (schema/store/tenant.h). */
#include "schema/store/helper.h"
#include "schema/store/statements.h"
#include "schema/store/tenant.h"

enum { ADD, FIND, STATE, PASSWORD, CERTIFICATE_ADD, CERTIFICATE_STATE };
const struct db_statement user_statements[] = {
	[ADD] = { "user_add",
	    "INSERT INTO signet.user (tenant_id, id, name, password, valid_until)"
	    " VALUES ($1, $2, $3, $4, $5)",
	    "uuttz", "" },
	[FIND] = { "user_find", "SELECT id FROM signet.user WHERE tenant_id = $1 AND name = $2",
	    "ut", "u" },
	[STATE] = { "user_state",
	    "UPDATE signet.user SET state = $3 WHERE tenant_id = $1 AND id = $2", "uut", "" },
	[PASSWORD] = { "user_password",
	    "UPDATE signet.user SET password = $3 WHERE tenant_id = $1 AND id = $2", "uut", "" },
	[CERTIFICATE_ADD] = { "user_certificate_add",
	    "INSERT INTO signet.user_certificate"
	    " (tenant_id, user_id, fingerprint, certificate, subject, not_after)"
	    " VALUES ($1, $2, sha256($3), $3, $4, $5)",
	    "uubtz", "" },
	[CERTIFICATE_STATE] = { "user_certificate_state",
	    "UPDATE signet.user_certificate SET state = $3"
	    " WHERE tenant_id = $1 AND fingerprint = $2",
	    "ubt", "" },
	{ 0 },
};

static void
certificate_args(struct db_args *a, const struct uuid *tenant, const struct uuid *user,
    struct span certificate, const char *subject, int64_t not_after)
{
	db_args_init(a);
	db_arg_uuid(a, tenant);
	db_arg_uuid(a, user);
	db_arg_bytes(a, certificate);
	db_arg_text(a, subject != NULL ? subject : "");
	db_arg_time(a, not_after);
}

int
store_user_add(
    struct db *db, const struct uuid *tenant, const struct user_new *user, struct error *err)
{
	struct db_args a, c;
	struct db_step steps[2] = { { &user_statements[ADD], &a, NULL },
		{ &user_statements[CERTIFICATE_ADD], &c, NULL } };
	const size_t count = user->certificate.data != NULL ? 2 : 1;
	int rc;

	db_args_init(&a);
	db_arg_uuid(&a, tenant);
	db_arg_uuid(&a, &user->id);
	db_arg_text(&a, user->name);
	db_arg_text(&a, user->password);
	db_arg_time(&a, user->valid_until);
	certificate_args(&c, tenant, &user->id, user->certificate, user->subject, user->not_after);
	rc = db_transact(db, tenant, steps, count, err);
	db_result_free(steps[0].result);
	db_result_free(steps[1].result);
	db_args_release(&a);
	db_args_release(&c);
	return rc;
}

int
store_user_find(
    struct db *db, const struct uuid *tenant, const char *name, struct uuid *id, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_uuid(&a, tenant);
	db_arg_text(&a, name);
	return store_find_id(db, tenant, &user_statements[FIND], &a, id, err);
}

static int
set_text(struct db *db, const struct uuid *tenant, const struct uuid *id,
    const struct db_statement *statement, const char *value, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_uuid(&a, tenant);
	db_arg_uuid(&a, id);
	db_arg_text(&a, value);
	return store_change(db, tenant, statement, &a, "user", err);
}

int
store_user_state(struct db *db, const struct uuid *tenant, const struct uuid *id, const char *state,
    struct error *err)
{
	return set_text(db, tenant, id, &user_statements[STATE], state, err);
}

int
store_user_password(struct db *db, const struct uuid *tenant, const struct uuid *id,
    const char *password, struct error *err)
{
	return set_text(db, tenant, id, &user_statements[PASSWORD], password, err);
}

int
store_user_certificate_add(struct db *db, const struct uuid *tenant, const struct uuid *user,
    struct span certificate, const char *subject, int64_t not_after, struct error *err)
{
	struct db_args a;

	certificate_args(&a, tenant, user, certificate, subject, not_after);
	return store_do(db, tenant, &user_statements[CERTIFICATE_ADD], &a, err);
}

int
store_user_certificate_state(struct db *db, const struct uuid *tenant,
    const unsigned char fingerprint[FINGERPRINT_SIZE], const char *state, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_uuid(&a, tenant);
	db_arg_bytes(&a, (struct span){ fingerprint, FINGERPRINT_SIZE });
	db_arg_text(&a, state);
	return store_change(
	    db, tenant, &user_statements[CERTIFICATE_STATE], &a, "certificate", err);
}
