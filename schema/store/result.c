#include "schema/store/result.h"

#include <stdlib.h>
#include <string.h>

#include "server/base/log.h"

#define EPOCH_GAP_US ((int64_t)946684800 * 1000000)
#define SECOND_US    ((int64_t)1000000)

struct db_result {
	PGresult *res;
	const struct db_statement *statement;
	unsigned int columns;
};

static uint64_t
get_be(const unsigned char *at, size_t size)
{
	uint64_t value = 0;

	while (size-- > 0)
		value = value << 8 | *at++;
	return value;
}

struct db_result *
db_result_new(PGresult *res, const struct db_statement *statement, struct error *err)
{
	struct db_result *r = NULL;
	size_t columns = strlen(statement->columns), i;

	if ((size_t)PQnfields(res) != columns)
		goto wrong;
	for (i = 0; i < columns; i++)
		if (PQftype(res, (int)i) != pq_type(statement->columns[i]) ||
		    PQfformat(res, (int)i) != 1)
			goto wrong;
	r = malloc(sizeof(*r));
	if (r == NULL) {
		PQclear(res);
		error_memory(err);
		return NULL;
	}
	r->res = res;
	r->statement = statement;
	r->columns = (unsigned int)columns;
	return r;
wrong:
	PQclear(res);
	error_cause(err, ERROR_INTERNAL, "the database answered in an unknown form",
	    "statement %s does not give the columns \"%s\"", statement->name, statement->columns);
	return NULL;
}

void
db_result_free(struct db_result *r)
{
	if (r == NULL)
		return;
	PQclear(r->res);
	free(r);
}

size_t
db_rows(const struct db_result *r)
{
	return (size_t)PQntuples(r->res);
}

size_t
db_affected(const struct db_result *r)
{
	return strtoul(PQcmdTuples(r->res), NULL, 10);
}

/* The bytes of a value of one of the types, or SPAN_NONE for null. A wrong type is our mistake. */
static struct span
value(const struct db_result *r, size_t row, unsigned int column, const char *types)
{
	if (column >= r->columns || row >= db_rows(r) ||
	    strchr(types, r->statement->columns[column]) == NULL) {
		log_error("statement %s: row %zu column %u is not of type \"%s\"",
		    r->statement->name, row, column, types);
		abort();
	}
	if (PQgetisnull(r->res, (int)row, (int)column))
		return SPAN_NONE;
	return (struct span){ (const unsigned char *)PQgetvalue(r->res, (int)row, (int)column),
		(size_t)PQgetlength(r->res, (int)row, (int)column) };
}

int
db_is_null(const struct db_result *r, size_t row, unsigned int column)
{
	return value(r, row, column, "?iltbuzILTBUZ").data == NULL;
}

int
db_bool(const struct db_result *r, size_t row, unsigned int column)
{
	struct span s = value(r, row, column, "?");

	return s.len == 1 && s.data[0] != 0;
}

int64_t
db_integer(const struct db_result *r, size_t row, unsigned int column)
{
	struct span s = value(r, row, column, "il");

	if (s.len == 4)
		return (int32_t)get_be(s.data, 4);
	return s.len == 8 ? (int64_t)get_be(s.data, 8) : 0;
}

const char *
db_text(const struct db_result *r, size_t row, unsigned int column)
{
	struct span s = value(r, row, column, "t");

	/* libpq puts a NUL behind every value. */
	return s.data != NULL ? (const char *)s.data : "";
}

struct span
db_bytes(const struct db_result *r, size_t row, unsigned int column)
{
	return value(r, row, column, "bt");
}

struct uuid
db_uuid(const struct db_result *r, size_t row, unsigned int column)
{
	struct span s = value(r, row, column, "u");
	struct uuid u = UUID_NIL;

	if (s.len == sizeof(u.bytes))
		memcpy(u.bytes, s.data, s.len);
	return u;
}

static int64_t
seconds_of(int64_t us)
{
	return us >= 0 ? us / SECOND_US : -((-us + SECOND_US - 1) / SECOND_US);
}

int64_t
db_seconds(int64_t item)
{
	return item > INT64_MAX - EPOCH_GAP_US ? INT64_MAX : seconds_of(item + EPOCH_GAP_US);
}

int64_t
db_time_us(const struct db_result *r, size_t row, unsigned int column)
{
	struct span s = value(r, row, column, "z");
	int64_t us;

	if (s.len != 8)
		return DB_NO_TIME;
	us = (int64_t)get_be(s.data, 8);
	/* Infinity, or so late that it makes no difference. */
	if (us > INT64_MAX - EPOCH_GAP_US)
		return INT64_MAX;
	return us == INT64_MIN ? INT64_MIN + 1 : us + EPOCH_GAP_US;
}

int64_t
db_time(const struct db_result *r, size_t row, unsigned int column)
{
	int64_t us = db_time_us(r, row, column);

	if (us == DB_NO_TIME)
		return DB_NO_TIME;
	return seconds_of(us);
}

struct db_array
db_array(const struct db_result *r, size_t row, unsigned int column)
{
	struct span s = value(r, row, column, "ILTBUZ");
	struct db_array a = { NULL, NULL, 0 };

	/* One dimension: flag and type of the items are at 4 and 8, count and lower bound follow.
	 */
	if (s.len >= 20 && get_be(s.data, 4) == 1) {
		a.left = get_be(s.data + 12, 4);
		a.at = s.data + 20;
		a.end = s.data + s.len;
	}
	return a;
}

int
db_array_next(struct db_array *a, struct span *item)
{
	size_t len;

	if (a->left == 0 || (size_t)(a->end - a->at) < 4)
		return 0;
	len = get_be(a->at, 4);
	a->at += 4;
	a->left--;
	*item = SPAN_NONE;
	if (len == UINT32_MAX)
		return 1;
	if (len > (size_t)(a->end - a->at))
		return 0;
	*item = (struct span){ a->at, len };
	a->at += len;
	return 1;
}
