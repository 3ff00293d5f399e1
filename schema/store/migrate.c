#include "schema/store/migrate.h"

#include <dirent.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/store/pq.h"
#include "server/base/clock.h"
#include "server/base/log.h"

#define MIGRATIONS_MAX	1000
#define MIGRATE_CALL_MS 600000 /* an index over a large table takes its time */
#define MIGRATE_LOCK	"7238463510"

struct migration {
	int number;
	char name[64]; /* with the number, without .sql */
	struct buf sql, verify;
	char sha256[2 * SHA256_DIGEST_LENGTH + 1];
};

struct migrations {
	struct migration *all; /* in order of their numbers, which have no gap */
	size_t count;
};

/* ---- the directory ----------------------------------------------------------------------------
 */

/* "0003_keys.sql" */
static int
is_migration(const struct dirent *entry)
{
	const size_t len = strlen(entry->d_name);
	int i;

	if (len < 10 || len >= 64 || strcmp(entry->d_name + len - 4, ".sql") != 0)
		return 0;
	for (i = 0; i < 4; i++)
		if (entry->d_name[i] < '0' || entry->d_name[i] > '9')
			return 0;
	return entry->d_name[4] == '_';
}

static int
read_text(
    struct buf *b, const char *directory, const char *part, const char *name, struct error *err)
{
	char path[1024];

	if (snprintf(path, sizeof(path), "%s/%s/%s.sql", directory, part, name) >=
	    (int)sizeof(path))
		return error_set(err, ERROR_MALFORMED, "the schema directory's name is too long");
	if (buf_read_file(b, path, NULL) != 0 || buf_terminate(b, NULL) != 0)
		return error_cause(err, ERROR_NOT_FOUND,
		    "a file of the schema directory cannot be read", "%s", path);
	return 0;
}

static int
load_one(struct migration *m, const char *directory, const char *file, struct error *err)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];

	buf_init(&m->sql, 0);
	buf_init(&m->verify, 0);
	m->number = atoi(file);
	snprintf(m->name, sizeof(m->name), "%.*s", (int)strlen(file) - 4, file);
	if (read_text(&m->sql, directory, "migrations", m->name, err) != 0 ||
	    read_text(&m->verify, directory, "verify", m->name, err) != 0)
		return -1;
	SHA256(m->sql.data, m->sql.len, digest);
	text_hex(m->sha256, digest, sizeof(digest));
	return 0;
}

static void
release(struct migrations *ms)
{
	size_t i;

	for (i = 0; i < ms->count; i++) {
		buf_release(&ms->all[i].sql);
		buf_release(&ms->all[i].verify);
	}
	free(ms->all);
	ms->all = NULL;
	ms->count = 0;
}

static int
load(struct migrations *ms, const char *directory, struct error *err)
{
	struct dirent **files = NULL;
	char path[1024];
	int n, i, rc = -1;

	memset(ms, 0, sizeof(*ms));
	snprintf(path, sizeof(path), "%s/migrations", directory);
	n = scandir(path, &files, is_migration, alphasort);
	if (n <= 0 || n > MIGRATIONS_MAX) {
		error_cause(err, ERROR_NOT_FOUND,
		    "the schema directory holds no migrations; say where it is", "%s", path);
		goto done;
	}
	ms->all = calloc((size_t)n, sizeof(*ms->all));
	if (ms->all == NULL) {
		error_memory(err);
		goto done;
	}
	for (i = 0; i < n; i++) {
		ms->count++;
		if (load_one(&ms->all[i], directory, files[i]->d_name, err) != 0)
			goto done;
		if (ms->all[i].number != i) {
			error_set(err, ERROR_CONFLICT,
			    "the schema directory has no migration %04d, or two of it", i);
			goto done;
		}
	}
	rc = 0;
done:
	for (i = 0; i < n; i++)
		free(files[i]);
	free(files);
	if (rc != 0)
		release(ms);
	return rc;
}

/* ---- the database -----------------------------------------------------------------------------
 */

static int64_t
deadline(void)
{
	return clock_monotonic_us() + (int64_t)MIGRATE_CALL_MS * 1000;
}

static PGconn *
open_plain(const char *conninfo, struct error *err)
{
	struct db_options o = { conninfo, "signet-init", DB_CALL_MS_DEFAULT, MIGRATE_CALL_MS };

	return pq_connect(&o, err);
}

static int
script(PGconn *conn, const char *sql, struct error *err)
{
	return pq_script(conn, sql, deadline(), err);
}

/* A script of ours that failed: say which, keep the database's words, stay with "unavailable". */
static int
script_of(PGconn *conn, const struct migration *m, const struct buf *sql, const char *what,
    struct error *err)
{
	struct error e = ERROR_INIT;

	if (script(conn, (const char *)sql->data, &e) == 0)
		return 0;
	if (e.kind == ERROR_UNAVAILABLE)
		return error_cause(err, e.kind, e.text, "%s: %s", m->name, e.cause);
	error_set(err, ERROR_MALFORMED, "%s %s failed: %.*s", what, m->name,
	    (int)strcspn(e.cause, "\n"), e.cause);
	if (err != NULL)
		snprintf(err->cause, sizeof(err->cause), "%s", e.cause);
	return -1;
}

/* One query with text parameters; NULL and err when it fails. */
static PGresult *
query(PGconn *conn, const char *sql, int n, const char *const *values, struct error *err)
{
	PGresult *res = NULL, *next;
	int lost;

	if (!PQsendQueryParams(conn, sql, n, NULL, values, NULL, NULL, 0)) {
		pq_failure(err, conn, NULL, NULL);
		return NULL;
	}
	while ((next = pq_next(conn, deadline(), &lost, err)) != NULL) {
		PQclear(res);
		res = next;
	}
	if (!lost && res != NULL &&
	    (PQresultStatus(res) == PGRES_TUPLES_OK || PQresultStatus(res) == PGRES_COMMAND_OK))
		return res;
	if (!lost)
		pq_failure(err, conn, res, NULL);
	PQclear(res);
	return NULL;
}

/* Whether the query gives a row. */
static int
exists(
    PGconn *conn, const char *sql, int n, const char *const *values, int *found, struct error *err)
{
	PGresult *res = query(conn, sql, n, values, err);

	if (res == NULL)
		return -1;
	*found = PQntuples(res) > 0;
	PQclear(res);
	return 0;
}

int
migrate_prepare(const char *admin, const char *directory, const char *database, struct error *err)
{
	const char *const names[] = { database };
	struct migrations ms;
	PGconn *conn = NULL;
	char *quoted = NULL;
	struct buf sql = BUF_INIT(0);
	int there, rc = -1;

	if (load(&ms, directory, err) != 0)
		return -1;
	conn = open_plain(admin, err);
	if (conn == NULL || script_of(conn, &ms.all[0], &ms.all[0].sql, "migration", err) != 0 ||
	    script_of(conn, &ms.all[0], &ms.all[0].verify, "the check of migration", err) != 0 ||
	    exists(conn, "SELECT FROM pg_catalog.pg_database WHERE datname = $1", 1, names, &there,
		err) != 0)
		goto done;
	quoted = PQescapeIdentifier(conn, database, strlen(database));
	if (quoted == NULL) {
		error_set(err, ERROR_MALFORMED, "the name of the database is not well-formed");
		goto done;
	}
	/* Names of databases cannot be parameters. */
	if (!there) {
		if (buf_printf(&sql, err,
			"CREATE DATABASE %s OWNER signet_owner TEMPLATE template0 ENCODING 'UTF8'",
			quoted) != 0 ||
		    buf_terminate(&sql, err) != 0 || script(conn, (const char *)sql.data, err) != 0)
			goto done;
	}
	sql.len = 0;
	if (buf_printf(&sql, err,
		"REVOKE ALL ON DATABASE %s FROM PUBLIC;"
		"GRANT CONNECT ON DATABASE %s TO signet_server",
		quoted, quoted) != 0 ||
	    buf_terminate(&sql, err) != 0)
		goto done;
	rc = script(conn, (const char *)sql.data, err);
done:
	PQfreemem(quoted);
	PQfinish(conn);
	buf_release(&sql);
	release(&ms);
	return rc;
}

/* What has run is what the files still say; *version is the last that has. */
static int
check_applied(PGconn *conn, const struct migrations *ms, int *version, struct error *err)
{
	PGresult *res = NULL;
	int i, there, rc = -1;

	*version = 0;
	if (exists(conn,
		"SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n"
		" ON n.oid = c.relnamespace WHERE n.nspname = 'signet' AND c.relname = 'migration'",
		0, NULL, &there, err) != 0)
		return -1;
	if (!there)
		return 0;
	res = query(conn,
	    "SELECT number, name, encode(sha256, 'hex') FROM signet.migration ORDER BY number", 0,
	    NULL, err);
	if (res == NULL)
		return -1;
	for (i = 0; i < PQntuples(res); i++) {
		const int number = atoi(PQgetvalue(res, i, 0));

		if (number != i + 1 || (size_t)number >= ms->count) {
			error_set(err, ERROR_CONFLICT,
			    "the database has had migration %d (%s), which this program does not "
			    "know: install the newer one",
			    number, PQgetvalue(res, i, 1));
			goto done;
		}
		if (strcmp(PQgetvalue(res, i, 2), ms->all[number].sha256) != 0) {
			error_set(err, ERROR_CONFLICT,
			    "migration %s was changed after it had run; restore the file and make "
			    "a new migration instead",
			    ms->all[number].name);
			goto done;
		}
		*version = number;
	}
	rc = 0;
done:
	PQclear(res);
	return rc;
}

static int
record(PGconn *conn, const struct migration *m, struct error *err)
{
	char number[16];
	const char *const values[] = { number, m->name, m->sha256 };
	PGresult *res;

	snprintf(number, sizeof(number), "%d", m->number);
	res = query(conn,
	    "INSERT INTO signet.migration (number, name, sha256)"
	    " VALUES ($1::integer, $2, decode($3, 'hex'))",
	    3, values, err);
	PQclear(res);
	return res != NULL ? 0 : -1;
}

/* The migration, its proof and its record, or nothing. */
static int
apply(PGconn *conn, const struct migration *m, struct error *err)
{
	if (script(conn, "BEGIN", err) == 0 && script_of(conn, m, &m->sql, "migration", err) == 0 &&
	    script_of(conn, m, &m->verify, "the check of migration", err) == 0 &&
	    record(conn, m, err) == 0 && script(conn, "COMMIT", err) == 0) {
		log_debug("migration %s applied", m->name);
		return 0;
	}
	script(conn, "ROLLBACK", NULL);
	return -1;
}

static int
verify_all(
    PGconn *conn, const struct migrations *ms, struct migrate_report *report, struct error *err)
{
	int i, rc = script(conn, "BEGIN", err);

	for (i = 0; rc == 0 && i <= report->to; i++) {
		rc =
		    script_of(conn, &ms->all[i], &ms->all[i].verify, "the check of migration", err);
		report->verified += rc == 0;
	}
	script(conn, "ROLLBACK", NULL);
	return rc;
}

static int
work(const char *owner, const char *directory, int may_apply, struct migrate_report *report,
    struct error *err)
{
	struct migrations ms;
	PGconn *conn = NULL;
	int rc = -1;
	size_t i;

	memset(report, 0, sizeof(*report));
	if (load(&ms, directory, err) != 0)
		return -1;
	conn = open_plain(owner, err);
	if (conn == NULL ||
	    script(conn, "SELECT pg_catalog.pg_advisory_lock(" MIGRATE_LOCK ")", err) != 0 ||
	    check_applied(conn, &ms, &report->from, err) != 0)
		goto done;
	report->to = report->from;
	for (i = (size_t)report->from + 1; may_apply && i < ms.count; i++) {
		if (apply(conn, &ms.all[i], err) != 0)
			goto done;
		report->to = ms.all[i].number;
		report->applied++;
	}
	rc = verify_all(conn, &ms, report, err);
done:
	PQfinish(conn);
	release(&ms);
	return rc;
}

int
migrate_run(
    const char *owner, const char *directory, struct migrate_report *report, struct error *err)
{
	return work(owner, directory, 1, report, err);
}

int
migrate_verify(
    const char *owner, const char *directory, struct migrate_report *report, struct error *err)
{
	return work(owner, directory, 0, report, err);
}
