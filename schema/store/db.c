#include "schema/store/db.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "schema/store/pq.h"
#include "schema/store/result.h"
#include "schema/store/statements.h"
#include "server/base/clock.h"

struct db {
	PGconn *conn;
	int64_t call_us;
	int is_lost;
	char constraint[64];
};

enum { SET_TENANT, BEGIN, COMMIT, ROLLBACK };
const struct db_statement db_own_statements[] = {
	[SET_TENANT] = { "set_tenant",
	    "SELECT pg_catalog.set_config('signet.tenant', $1::uuid::text, true)", "u", "t" },
	[BEGIN] = { "begin", "BEGIN", "", "" },
	[COMMIT] = { "commit", "COMMIT", "", "" },
	[ROLLBACK] = { "rollback", "ROLLBACK", "", "" },
	{ 0 },
};

/* ---- sending ----------------------------------------------------------------------------------
 */

static int
send_step(struct db *db, const struct db_statement *s, const struct db_args *a, struct error *err)
{
	const char *values[DB_ARGS_MAX];
	int lengths[DB_ARGS_MAX], formats[DB_ARGS_MAX];
	unsigned int i, n = a != NULL ? a->count : 0;

	for (i = 0; i < n; i++) {
		values[i] = a->value[i].data;
		if (a->value[i].is_fixed)
			values[i] = (const char *)a->value[i].fixed;
		else if (a->value[i].is_own)
			values[i] = (const char *)a->arrays.data + a->value[i].own;
		else if (a->value[i].is_null)
			values[i] = NULL;
		lengths[i] = (int)a->value[i].len;
		formats[i] = 1;
	}
	if (!PQsendQueryPrepared(db->conn, s->name, (int)n, values, lengths, formats, 1))
		return pq_failure(err, db->conn, NULL, NULL);
	return 0;
}

/* Arguments that could not be built or do not fit the statement must not reach the connection. */
static int
check_step(const struct db_step *step, struct error *err)
{
	const char *types = step->args != NULL ? step->args->types : "";

	if (step->args != NULL && step->args->err.kind != ERROR_NONE) {
		if (err != NULL && err->kind == ERROR_NONE)
			*err = step->args->err;
		return -1;
	}
	if (strcmp(types, step->statement->params) != 0)
		return error_cause(err, ERROR_INTERNAL, "the request could not be stored",
		    "statement %s takes \"%s\", not \"%s\"", step->statement->name,
		    step->statement->params, types);
	return 0;
}

/* ---- receiving --------------------------------------------------------------------------------
 */

struct answers {
	struct db_step *steps;
	size_t count, at;
	int failed;
};

static int
keep_result(struct db_step *step, PGresult *res, struct error *err)
{
	db_result_free(step->result);
	step->result = db_result_new(res, step->statement, err);
	return step->result != NULL ? 0 : -1;
}

/* Put one result where it belongs; a failure is told once. */
static void
take_result(struct db *db, struct answers *to, PGresult *res, struct error *err)
{
	ExecStatusType status = PQresultStatus(res);

	if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
		if (to->at >= to->count)
			PQclear(res);
		else if (keep_result(&to->steps[to->at], res, err) != 0)
			to->failed = 1;
		return;
	}
	if (status == PGRES_FATAL_ERROR && !to->failed) {
		to->failed = 1;
		pq_failure(err, db->conn, res, db->constraint);
	}
	PQclear(res);
}

/* All results up to the sync. */
static int
receive(struct db *db, struct answers *to, struct error *err)
{
	const int64_t deadline = clock_monotonic_us() + db->call_us;
	PGresult *res;
	int lost, synced = 0, gaps = 0;

	while (!synced) {
		res = pq_next(db->conn, deadline, &lost, err);
		if (lost || (res == NULL && gaps++ > (int)to->count + 2) ||
		    (res != NULL && PQstatus(db->conn) == CONNECTION_BAD)) {
			PQclear(res);
			db->is_lost = 1;
			return pq_failure(err, db->conn, NULL, NULL);
		}
		if (res == NULL)
			to->at++;
		else if (PQresultStatus(res) == PGRES_PIPELINE_SYNC) {
			PQclear(res);
			synced = 1;
		} else
			take_result(db, to, res, err);
	}
	return to->failed ? -1 : 0;
}

static void
drop_results(struct db_step *steps, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		db_result_free(steps[i].result);
		steps[i].result = NULL;
	}
}

int
db_transact(struct db *db, const struct uuid *tenant, struct db_step *steps, size_t count,
    struct error *err)
{
	struct db_step all[DB_STEPS_MAX + 1];
	struct db_args tenant_args;
	struct answers to = { all, 0, 0, 0 };
	const size_t first = tenant != NULL;
	size_t i;
	int rc = -1;

	db->constraint[0] = '\0';
	for (i = 0; i < count; i++)
		steps[i].result = NULL;
	db_args_init(&tenant_args);
	if (tenant != NULL) {
		db_arg_uuid(&tenant_args, tenant);
		all[0] = (struct db_step){ &db_own_statements[SET_TENANT], &tenant_args, NULL };
	}
	if (db->is_lost)
		return error_set(err, ERROR_UNAVAILABLE, PQ_AWAY);
	if (count > DB_STEPS_MAX)
		return error_cause(err, ERROR_INTERNAL, "the request could not be stored",
		    "more than %d steps in a call", DB_STEPS_MAX);
	memcpy(all + first, steps, count * sizeof(*steps));
	to.count = first + count;
	for (i = 0; i < to.count; i++)
		if (check_step(&all[i], err) != 0)
			return -1;
	for (i = 0; i < to.count; i++)
		if (send_step(db, all[i].statement, all[i].args, err) != 0)
			goto lost;
	if (!PQpipelineSync(db->conn)) {
		pq_failure(err, db->conn, NULL, NULL);
		goto lost;
	}
	rc = receive(db, &to, err);
	if (rc == 0)
		memcpy(steps, all + first, count * sizeof(*steps));
	else
		drop_results(all + first, count);
	if (first)
		db_result_free(all[0].result);
	return rc;
lost:
	db->is_lost = 1;
	return -1;
}

int
db_call(struct db *db, const struct uuid *tenant, const struct db_statement *statement,
    struct db_args *args, struct db_result **result, struct error *err)
{
	struct db_step step = { statement, args, NULL };
	int rc = db_transact(db, tenant, &step, 1, err);

	if (args != NULL)
		db_args_release(args);
	if (result != NULL)
		*result = step.result;
	else
		db_result_free(step.result);
	return rc;
}

int
db_begin(struct db *db, struct error *err)
{
	return db_call(db, NULL, &db_own_statements[BEGIN], NULL, NULL, err);
}

int
db_commit(struct db *db, struct error *err)
{
	return db_call(db, NULL, &db_own_statements[COMMIT], NULL, NULL, err);
}

void
db_rollback(struct db *db)
{
	if (db_call(db, NULL, &db_own_statements[ROLLBACK], NULL, NULL, NULL) != 0)
		db->is_lost = 1;
}

/* ---- opening ----------------------------------------------------------------------------------
 */

/* The schema's version, or -1 where there is none. */
static int
read_version(struct db *db, int *version, struct error *err)
{
	const int64_t deadline = clock_monotonic_us() + db->call_us;
	PGresult *res = NULL;
	int lost, rc = -1;

	if (!PQsendQuery(db->conn, "SELECT max(number) FROM signet.migration"))
		return pq_failure(err, db->conn, NULL, NULL);
	*version = -1;
	while ((res = pq_next(db->conn, deadline, &lost, err)) != NULL) {
		const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);

		if (PQresultStatus(res) == PGRES_TUPLES_OK && !PQgetisnull(res, 0, 0))
			*version = atoi(PQgetvalue(res, 0, 0));
		rc = 0;
		/* No table, no schema, no right to either: not a database of ours. */
		if (PQresultStatus(res) != PGRES_TUPLES_OK && state != NULL &&
		    strcmp(state, "42P01") != 0 && strcmp(state, "3F000") != 0 &&
		    strcmp(state, "42501") != 0)
			rc = pq_failure(err, db->conn, res, NULL);
		PQclear(res);
	}
	return lost ? -1 : rc;
}

static int
check_version(struct db *db, struct error *err)
{
	int version = -1;

	if (read_version(db, &version, err) != 0)
		return -1;
	if (version < 0)
		return error_set(err, ERROR_UNAVAILABLE,
		    "the database has no Signet schema yet: run `signet-init migrate`");
	if (version < STORE_SCHEMA_VERSION)
		return error_set(err, ERROR_UNAVAILABLE,
		    "the database schema is version %d, this server needs %d: run `signet-init "
		    "migrate`",
		    version, STORE_SCHEMA_VERSION);
	if (version > STORE_SCHEMA_VERSION)
		return error_set(err, ERROR_UNAVAILABLE,
		    "the database schema is version %d, this server knows %d: install the server "
		    "that belongs to it",
		    version, STORE_SCHEMA_VERSION);
	return 0;
}

static int
send_prepare(struct db *db, const struct db_statement *s, struct error *err)
{
	Oid types[DB_ARGS_MAX];
	size_t n;

	for (n = 0; s->params[n] != '\0'; n++)
		types[n] = pq_type(s->params[n]);
	if (!PQsendPrepare(db->conn, s->name, s->sql, (int)n, types))
		return pq_failure(err, db->conn, NULL, NULL);
	return 0;
}

static int
prepare_all(struct db *db, struct error *err)
{
	const struct db_statement *const *table;
	const struct db_statement *s;
	struct answers to = { NULL, 0, 0, 0 };

	for (table = db_statement_tables; *table != NULL; table++)
		for (s = *table; s->name != NULL; s++, to.count++)
			if (send_prepare(db, s, err) != 0)
				return -1;
	if (!PQpipelineSync(db->conn))
		return pq_failure(err, db->conn, NULL, NULL);
	/* Their results carry nothing: all of them count as behind the last step. */
	to.at = to.count;
	return receive(db, &to, err);
}

int
db_open(struct db **out, const struct db_options *options, struct error *err)
{
	struct db *db = calloc(1, sizeof(*db));

	*out = NULL;
	if (db == NULL)
		return error_memory(err);
	db->call_us = (int64_t)(options->call_ms ? options->call_ms : DB_CALL_MS_DEFAULT) * 1000;
	db->conn = pq_connect(options, err);
	if (db->conn == NULL || check_version(db, err) != 0)
		goto fail;
	if (!PQenterPipelineMode(db->conn)) {
		pq_failure(err, db->conn, NULL, NULL);
		goto fail;
	}
	if (prepare_all(db, err) != 0)
		goto fail;
	*out = db;
	return 0;
fail:
	db_close(db);
	return -1;
}

int
db_is_away(const struct error *failure)
{
	return failure->kind == ERROR_UNAVAILABLE && strcmp(failure->text, PQ_AWAY) == 0;
}

void
db_close(struct db *db)
{
	if (db == NULL)
		return;
	if (db->conn != NULL)
		PQfinish(db->conn);
	free(db);
}

int
db_is_alive(struct db *db)
{
	struct pollfd p = { .fd = PQsocket(db->conn), .events = POLLIN };

	/*
	 * Nothing comes unasked but the end, or the farewell before it. (New settings of the
	 * database too: then a new connection does no harm.)
	 */
	if (!db->is_lost && poll(&p, 1, 0) > 0)
		db->is_lost = 1;
	return !db->is_lost;
}

const char *
db_constraint(const struct db *db)
{
	return db->constraint;
}
