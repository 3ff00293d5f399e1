#include "schema/store/helper.h"

int
store_do(struct db *db, const struct uuid *tenant, const struct db_statement *statement,
    struct db_args *args, struct error *err)
{
	return db_call(db, tenant, statement, args, NULL, err);
}

int
store_change(struct db *db, const struct uuid *tenant, const struct db_statement *statement,
    struct db_args *args, const char *what, struct error *err)
{
	struct db_result *r;
	int rc = 0;

	if (db_call(db, tenant, statement, args, &r, err) != 0)
		return -1;
	if (db_affected(r) == 0)
		rc = error_set(err, ERROR_NOT_FOUND, "there is no such %s", what);
	db_result_free(r);
	return rc;
}

int
store_find(struct db *db, const struct uuid *tenant, const struct db_statement *statement,
    struct db_args *args, struct db_result **r, struct error *err)
{
	*r = NULL;
	if (db_call(db, tenant, statement, args, r, err) != 0)
		return -1;
	if (db_rows(*r) > 0)
		return 1;
	db_result_free(*r);
	*r = NULL;
	return 0;
}

int
store_find_id(struct db *db, const struct uuid *tenant, const struct db_statement *statement,
    struct db_args *args, struct uuid *id, struct error *err)
{
	struct db_result *r;
	const int found = store_find(db, tenant, statement, args, &r, err);

	if (found == 1)
		*id = db_uuid(r, 0, 0);
	db_result_free(r);
	return found;
}
