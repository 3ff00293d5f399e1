/* The database of a real installation: roles, schema, tenants, and who administers them. */
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "schema/store/migrate.h"
#include "server/base/secret.h"
#include "server/init/install_private.h"
#include "server/ops/admin/founder.h"
#include "signing/core/ossl.h"

#define PASSWORD_FILE "keys.database" /* until signetd.conf has it */
#define CALL_MS	      60000

/* ---- as whom ---- */

/* The user that PostgreSQL knows by its socket, where root connects as him: its uid, or 0. */
static uid_t
peer_of(const char *conninfo)
{
	const char *at = strstr(conninfo, "user=");
	const struct passwd *who;
	char name[64];

	if (geteuid() != 0 || at == NULL || sscanf(at + 5, "%63[A-Za-z0-9_-]", name) != 1)
		return 0;
	who = getpwnam(name);
	return who != NULL ? who->pw_uid : 0;
}

/*
 * As whoever runs this; where the database cannot be reached so, as the user of the system that it
 * knows by its socket (Debian's postgres).
 */
static int
as_administrator(
    struct install *in, int (*step)(struct install *in, struct error *err), struct error *err)
{
	const uid_t peer = peer_of(answer(in, ANSWER_DATABASE));
	struct error first = ERROR_INIT;
	int rc = step(in, &first);

	if (rc == 0 || first.kind != ERROR_UNAVAILABLE || peer == 0 || seteuid(peer) != 0) {
		*err = first;
		return rc;
	}
	rc = step(in, err);
	if (seteuid(0) != 0)
		return error_errno(err, "could not become root again");
	return rc;
}

/* ---- is it free ---- */

static int
look(struct install *in, struct error *err)
{
	const int found =
	    migrate_is_there(answer(in, ANSWER_DATABASE), answer(in, ANSWER_DATABASE_NAME), err);

	if (found > 0)
		return error_set(err, ERROR_CONFLICT,
		    "the database \"%.100s\" holds an installation already; nothing is "
		    "overwritten: "
		    "name another by database-name. A further server of that installation is made "
		    "by copying its folder, with a node name of its own",
		    answer(in, ANSWER_DATABASE_NAME));
	return found;
}

int
install_look(struct install *in, struct error *err)
{
	return as_administrator(in, look, err);
}

/* ---- tenants ---- */

static int
add_founder(struct db *db, const struct uuid *tenant, const char *tenant_name, const char *name,
    X509 *cert, struct error *err)
{
	const struct passwd *who = getpwuid(getuid());
	char subject[400], by[100];
	struct buf der = BUF_INIT(65536), again = BUF_INIT(65536);
	struct founder f = { .tenant = *tenant,
		.tenant_name = tenant_name,
		.user = { .name = name, .valid_until = DB_NO_TIME },
		.group = "administrators",
		.by = by,
		.operation = "SetUp",
		.node = "signet-init" };
	int rc = -1;

	snprintf(by, sizeof(by), "signet-init (%.60s)", who != NULL ? who->pw_name : "?");
	if (OSSL_APPEND_DER(X509, cert, &der, err) == 0 &&
	    founder_certificate(&f, SPAN_OF(&der), &again, subject, sizeof(subject), err) == 0)
		rc = founder_add(db, &f, err);
	buf_release(&der);
	buf_release(&again);
	return rc;
}

/* The tenant, unless it is there, with who administers it: in one transaction. */
static int
make_tenant(struct db *db, const char *name, const char *user, X509 *cert, struct error *err)
{
	struct uuid id, found;
	const int is_there = store_tenant_find(db, name, &id, err);
	int rc = is_there > 0 ? store_user_find(db, &id, user, &found, err) : 0;

	if (is_there < 0 || rc != 0)
		return is_there < 0 || rc < 0 ? -1 : 0;
	if (db_begin(db, err) != 0)
		return -1;
	if (!is_there) {
		uuid_random(&id);
		rc = store_tenant_add(db, &id, name, err);
	}
	if (rc == 0)
		rc = add_founder(db, &id, name, user, cert, err);
	if (rc == 0)
		return db_commit(db, err);
	db_rollback(db);
	return -1;
}

static int
open_as(struct install *in, const char *role, struct db **db, struct error *err)
{
	char conninfo[2 * ANSWER_SIZE + 100];
	const struct db_options options = {
		.conninfo = conninfo, .program = "signet-init", .call_ms = CALL_MS
	};

	snprintf(conninfo, sizeof(conninfo), "%s dbname=%s options='-c role=%s'",
	    answer(in, ANSWER_DATABASE), answer(in, ANSWER_DATABASE_NAME), role);
	return db_open(db, &options, err);
}

/* Which tenant is the server's own is for the schema's owner to say. */
static int
make_server_tenant(struct install *in, struct error *err)
{
	struct uuid id;
	struct db *db;
	int rc;

	if (open_as(in, "signet_owner", &db, err) != 0)
		return -1;
	rc = store_tenant_find(db, SERVER_TENANT, &id, err);
	if (rc == 0) {
		uuid_random(&id);
		rc = store_tenant_add_server(db, &id, SERVER_TENANT, err);
	}
	db_close(db);
	return rc < 0 ? -1 : 0;
}

static int
make_tenants(struct install *in, struct error *err)
{
	struct db *db;
	int rc;

	if (make_server_tenant(in, err) != 0 || open_as(in, "signet_server", &db, err) != 0)
		return -1;
	rc = make_tenant(db, SERVER_TENANT, answer(in, ANSWER_OPERATOR), in->operator, err);
	if (rc == 0)
		rc = make_tenant(db, answer(in, ANSWER_TENANT), answer(in, ANSWER_ADMINISTRATOR),
		    in->administrator, err);
	db_close(db);
	return rc;
}

/* ---- how the server connects ---- */

static int
try_conninfo(const char *conninfo, struct error *err)
{
	const struct db_options options = { .conninfo = conninfo, .program = "signet-init" };
	struct db *db;
	int rc = db_open(&db, &options, err);

	db_close(db);
	return rc;
}

/* The password, which an interrupted run may have set already. */
static int
keep_password(struct install *in, char password[SECRET_SIZE], int *was_kept, struct error *err)
{
	struct buf text = BUF_INIT(64);
	char path[PATH_MAX];
	int rc;

	install_path(in, PASSWORD_FILE, path);
	*was_kept = access(path, F_OK) == 0;
	if (!*was_kept) {
		secret_make(password);
		return pki_write(path, span_str(password), 1, err);
	}
	rc = buf_read_file(&text, path, err);
	if (rc == 0)
		snprintf(password, SECRET_SIZE, "%.*s", (int)text.len, (const char *)text.data);
	buf_wipe(&text);
	return rc;
}

static int
set_login(struct install *in, struct error *err)
{
	char password[SECRET_SIZE], path[PATH_MAX];
	struct buf conninfo = BUF_INIT(sizeof(in->conninfo) - 32);
	struct error first = ERROR_INIT;
	int was_kept, rc;

	rc = keep_password(in, password, &was_kept, err);
	if (rc == 0)
		rc = migrate_server_login(answer(in, ANSWER_DATABASE),
		    answer(in, ANSWER_DATABASE_NAME), password, was_kept, &conninfo, err);
	if (rc == 0 && buf_terminate(&conninfo, err) == 0) {
		snprintf(in->conninfo, sizeof(in->conninfo), "%s", (const char *)conninfo.data);
		/* By a socket PostgreSQL may ask who runs the server, not for a password. */
		if (try_conninfo(in->conninfo, &first) != 0) {
			snprintf(in->conninfo, sizeof(in->conninfo), "%s host=localhost",
			    (const char *)conninfo.data);
			if (try_conninfo(in->conninfo, NULL) != 0) {
				*err = first;
				rc = -1;
			}
		}
	} else if (rc != 0 && !was_kept)
		unlink(install_path(in, PASSWORD_FILE, path));
	explicit_bzero(password, sizeof(password));
	buf_wipe(&conninfo);
	return rc;
}

static int
make_database(struct install *in, struct error *err)
{
	const char *admin = answer(in, ANSWER_DATABASE), *name = answer(in, ANSWER_DATABASE_NAME);
	struct migrate_report report;
	char owner[2 * ANSWER_SIZE + 100];

	snprintf(owner, sizeof(owner), "%s dbname=%s options='-c role=signet_owner'", admin, name);
	if (migrate_prepare(admin, in->o->schema, name, err) != 0 ||
	    migrate_run(owner, in->o->schema, &report, err) != 0 || make_tenants(in, err) != 0)
		return -1;
	return answer(in, ANSWER_SERVER_DATABASE)[0] == '\0' ? set_login(in, err) : 0;
}

int
install_database(struct install *in, struct error *err)
{
	const char *given = answer(in, ANSWER_SERVER_DATABASE);

	if (as_administrator(in, make_database, err) != 0)
		return -1;
	if (given[0] == '\0')
		return 0;
	snprintf(in->conninfo, sizeof(in->conninfo), "%s", given);
	return try_conninfo(in->conninfo, err);
}
