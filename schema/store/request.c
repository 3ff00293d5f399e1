#include "schema/store/request.h"

#include <string.h>

#include "schema/store/records.h"
#include "schema/store/helper.h"
#include "schema/store/statements.h"

enum { FIND, CLAIM, FORGET, INSERT };
const struct db_statement request_statements[] = {
	[FIND] = { "request_find",
	    "SELECT operation, digest, answer, created FROM signet.request_id"
	    " WHERE tenant_id = $1 AND user_id = $2 AND id = $3",
	    "uut", "tbbz" },
	[CLAIM] = { "request_claim", "SELECT signet.request_claim($1, $2, $3, $4, $5, $6)",
	    "UUTTBB", "l" },
	[FORGET] = { "request_forget", "SELECT signet.request_forget($1, $2)", "zi", "l" },
	[INSERT] = { "request_insert",
	    "INSERT INTO signet.request_id (tenant_id, user_id, id, operation, digest, answer)"
	    " SELECT * FROM unnest($1, $2, $3, $4, $5, $6) AS w (t, u, i, o, d, a)"
	    " ORDER BY u, i",
	    "UUTTBB", "" },
	{ 0 },
};

const struct db_statement *
store_request_insert(void)
{
	return &request_statements[INSERT];
}

void
store_request_args(struct db_args *a, const struct request_record *const *records, size_t count)
{
	size_t i;

	db_args_init(a);
	db_arg_array(a, 'u', count);
	for (i = 0; i < count; i++)
		db_item_uuid(a, &records[i]->tenant);
	db_arg_array(a, 'u', count);
	for (i = 0; i < count; i++)
		db_item_uuid(a, &records[i]->user);
	db_arg_array(a, 't', count);
	for (i = 0; i < count; i++)
		db_item_text(a, records[i]->id);
	db_arg_array(a, 't', count);
	for (i = 0; i < count; i++)
		db_item_text(a, records[i]->operation);
	db_arg_array(a, 'b', count);
	for (i = 0; i < count; i++)
		db_item_bytes(a, (struct span){ records[i]->digest, REQUEST_DIGEST_SIZE });
	db_arg_array(a, 'b', count);
	for (i = 0; i < count; i++)
		db_item_bytes(a, records[i]->answer);
}

int
store_request_find(struct db *db, const struct uuid *tenant, const struct uuid *user,
    const char *id, struct request_row *row, struct error *err)
{
	struct db_args a;
	int found;

	memset(row, 0, sizeof(*row));
	db_args_init(&a);
	db_arg_uuid(&a, tenant);
	db_arg_uuid(&a, user);
	db_arg_text(&a, id);
	found = store_find(db, tenant, &request_statements[FIND], &a, &row->result, err);
	if (found != 1)
		return found;
	row->operation = db_text(row->result, 0, 0);
	row->digest = db_bytes(row->result, 0, 1);
	row->answer = db_bytes(row->result, 0, 2);
	row->created = db_time(row->result, 0, 3);
	return 1;
}

int
store_request_claim(struct db *db, const struct request_record *const *records, size_t count,
    unsigned char *taken, struct error *err)
{
	struct db_result *r;
	struct db_args a;
	size_t i;

	memset(taken, 1, count);
	store_request_args(&a, records, count);
	if (db_call(db, NULL, &request_statements[CLAIM], &a, &r, err) != 0)
		return -1;
	for (i = 0; i < db_rows(r); i++) {
		const int64_t place = db_integer(r, i, 0);

		if (place >= 1 && (uint64_t)place <= count)
			taken[place - 1] = 0;
	}
	db_result_free(r);
	return 0;
}

int
store_request_forget(
    struct db *db, int64_t before, int32_t most, uint64_t *forgotten, struct error *err)
{
	struct db_result *r;
	struct db_args a;

	db_args_init(&a);
	db_arg_time(&a, before);
	db_arg_int(&a, most);
	if (db_call(db, NULL, &request_statements[FORGET], &a, &r, err) != 0)
		return -1;
	*forgotten = (uint64_t)db_integer(r, 0, 0);
	db_result_free(r);
	return 0;
}
