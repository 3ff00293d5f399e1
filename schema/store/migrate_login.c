/* What set-up asks of the cluster beside migrations: is a database there, may the server log in. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/store/migrate.h"
#include "schema/store/pq.h"
#include "server/base/clock.h"

#define PATIENCE_US INT64_C(30000000)

static PGconn *
open_at(const char *admin, const char *database, struct error *err)
{
	char conninfo[2048];
	const struct db_options options = { .conninfo = conninfo, .program = "signet-init" };

	snprintf(conninfo, sizeof(conninfo), "%s dbname=%s", admin, database);
	return pq_connect(&options, err);
}

/* Whether it gives a row: 1, 0, -1. */
static int
ask(PGconn *conn, const char *sql, const char *value, struct error *err)
{
	PGresult *res = PQexecParams(conn, sql, value != NULL, NULL, &value, NULL, NULL, 0);
	int rc;

	rc = PQresultStatus(res) == PGRES_TUPLES_OK ? PQntuples(res) > 0
						    : pq_failure(err, conn, res, NULL);
	PQclear(res);
	return rc;
}

int
migrate_is_there(const char *admin, const char *database, struct error *err)
{
	PGconn *conn = open_at(admin, "postgres", err);
	int rc;

	if (conn == NULL)
		return -1;
	rc = ask(conn, "SELECT FROM pg_catalog.pg_database WHERE datname = $1", database, err);
	PQfinish(conn);
	if (rc != 1)
		return rc;
	conn = open_at(admin, database, err);
	if (conn == NULL)
		return -1;
	rc = ask(conn, "SELECT FROM pg_catalog.pg_namespace WHERE nspname = 'signet'", NULL, err);
	PQfinish(conn);
	return rc;
}

/* A value of a connection string: quoted, ' and \ escaped. */
static int
put(struct buf *out, const char *name, const char *value, struct error *err)
{
	size_t i;

	if (buf_printf(out, err, "%s%s='", out->len > 0 ? " " : "", name) != 0)
		return -1;
	for (i = 0; value[i] != '\0'; i++)
		if (((value[i] == '\'' || value[i] == '\\') &&
			buf_append(out, "\\", 1, err) != 0) ||
		    buf_append(out, &value[i], 1, err) != 0)
			return -1;
	return buf_append(out, "'", 1, err);
}

/* Where the administrator connects, as the server. */
static int
write_conninfo(struct buf *out, const char *admin, const char *database, const char *password,
    struct error *err)
{
	static const char *const kept[] = { "host", "hostaddr", "port", "sslmode", "sslrootcert" };
	PQconninfoOption *options = PQconninfoParse(admin, NULL), *o;
	size_t i;
	int rc = 0;

	if (options == NULL)
		return error_set(err, ERROR_MALFORMED,
		    "how to reach the database is no connection string of libpq");
	for (o = options; o->keyword != NULL && rc == 0; o++)
		for (i = 0; i < sizeof(kept) / sizeof(kept[0]) && rc == 0; i++)
			if (o->val != NULL && strcmp(o->keyword, kept[i]) == 0)
				rc = put(out, o->keyword, o->val, err);
	PQconninfoFree(options);
	if (rc != 0 || put(out, "dbname", database, err) != 0 ||
	    put(out, "user", "signet_server", err) != 0)
		return -1;
	return put(out, "password", password, err);
}

static int
set_password(PGconn *conn, const char *password, struct error *err)
{
	char *verifier = PQencryptPasswordConn(conn, password, "signet_server", "scram-sha-256");
	char *literal = verifier != NULL ? PQescapeLiteral(conn, verifier, strlen(verifier)) : NULL;
	struct buf sql = BUF_INIT(4096);
	int rc = -1;

	if (literal == NULL)
		pq_failure(err, conn, NULL, NULL);
	else if (buf_printf(&sql, err, "ALTER ROLE signet_server LOGIN PASSWORD %s", literal) ==
		     0 &&
		 buf_terminate(&sql, err) == 0)
		rc = pq_script(
		    conn, (const char *)sql.data, clock_monotonic_us() + PATIENCE_US, err);
	PQfreemem(literal);
	PQfreemem(verifier);
	buf_wipe(&sql);
	return rc;
}

int
migrate_server_login(const char *admin, const char *database, const char *password, int may_replace,
    struct buf *conninfo, struct error *err)
{
	PGconn *conn = open_at(admin, "postgres", err);
	int rc = 0;

	if (conn == NULL)
		return -1;
	if (!may_replace)
		rc = ask(conn,
		    "SELECT FROM pg_catalog.pg_authid WHERE rolname = 'signet_server'"
		    " AND rolpassword IS NOT NULL",
		    NULL, err);
	if (rc > 0)
		rc = error_set(err, ERROR_CONFLICT,
		    "the role signet_server has a password already, which another installation of "
		    "this cluster may use: say by server-database how this server connects");
	if (rc == 0)
		rc = set_password(conn, password, err);
	if (rc == 0)
		rc = write_conninfo(conninfo, admin, database, password, err);
	PQfinish(conn);
	return rc;
}
