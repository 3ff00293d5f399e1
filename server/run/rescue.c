#include "server/run/rescue.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "authz/password.h"
#include "server/base/secret.h"
#include "server/ops/admin/founder.h"

#define CERTIFICATE_MAX 65536

/* ---- who may ---- */

static int
check_caller(const struct conf *conf, const struct rescue *r, struct error *err)
{
	struct stat st;

	if (geteuid() != 0 && (stat(conf->file, &st) != 0 || st.st_uid != geteuid()))
		return error_set(err, ERROR_NOT_AUTHORIZED,
		    "--rescue is for root and for the owner of the configuration file");
	if (!r->needs_no_terminal && !isatty(STDIN_FILENO))
		return error_set(err, ERROR_NOT_AUTHORIZED,
		    "--rescue is for a person at the server's terminal; a script that means it "
		    "says "
		    "--without-terminal");
	return 0;
}

/* "tenant/name"; names have no "/". */
static int
split(const char *who, char *tenant, size_t size, const char **name, struct error *err)
{
	const char *slash = strchr(who, '/');

	if (slash == NULL || slash == who || slash[1] == '\0' || (size_t)(slash - who) >= size)
		return error_set(err, ERROR_MALFORMED,
		    "say whom to make: --rescue TENANT/NAME, such as default/rescue-1");
	memcpy(tenant, who, (size_t)(slash - who));
	tenant[slash - who] = '\0';
	*name = slash + 1;
	return 0;
}

static int
find_tenant(struct db *db, const char *name, struct uuid *id, struct error *err)
{
	const int found = store_tenant_find(db, name, id, err);

	if (found == 0)
		return error_set(err, ERROR_NOT_FOUND, "there is no tenant \"%.100s\"", name);
	return found > 0 ? 0 : -1;
}

/* ---- */

/* All or nothing, with the row of the log. */
static int
add(const struct conf *conf, struct founder *f, struct error *err)
{
	const struct db_options options = { .conninfo = conf->database,
		.program = "signetd --rescue" };
	struct db *db;
	int rc;

	if (db_open(&db, &options, err) != 0)
		return -1;
	rc = find_tenant(db, f->tenant_name, &f->tenant, err);
	if (rc == 0 && (rc = db_begin(db, err)) == 0) {
		rc = founder_add(db, f, err);
		if (rc == 0)
			rc = db_commit(db, err);
		else
			db_rollback(db);
	}
	db_close(db);
	return rc;
}

static int
take_certificate(struct founder *f, const char *file, struct buf *der, char *subject, size_t size,
    struct error *err)
{
	struct buf content = BUF_INIT(CERTIFICATE_MAX);
	int rc = buf_read_file(&content, file, err);

	if (rc == 0)
		rc = founder_certificate(f, SPAN_OF(&content), der, subject, size, err);
	buf_release(&content);
	return rc;
}

static void
say(const struct founder *f, const char *secret)
{
	printf("made: user \"%s\" of tenant \"%s\", in the new group \"%s\" with all rights that "
	       "administer it\n",
	    f->user.name, f->tenant_name, f->group);
	if (f->user.certificate.len > 0)
		printf("who shows the certificate %s is this user\n", f->user.subject);
	else
		printf("password, shown this once: %s\n", secret);
	printf("the audit log has it, as node \"%s\"; servers that run hear of it at once\n"
	       "when order is restored: signet user remove %s, signet group remove '%s'\n",
	    f->node, f->user.name, f->group);
}

int
rescue_run(const struct conf *conf, const struct rescue *r, struct error *err)
{
	char tenant[160], group[160], by[100], node[140], subject[400], secret[SECRET_SIZE] = "",
									phc[PASSWORD_PHC_SIZE];
	const struct passwd *who = getpwuid(getuid());
	struct buf der = BUF_INIT(CERTIFICATE_MAX);
	struct founder f = { .tenant_name = tenant,
		.user = { .valid_until = DB_NO_TIME },
		.group = group,
		.by = by,
		.operation = "Rescue",
		.node = node };
	int rc = -1;

	if (check_caller(conf, r, err) != 0 ||
	    split(r->who, tenant, sizeof(tenant), &f.user.name, err) != 0)
		goto done;
	snprintf(group, sizeof(group), "rescue %.120s", f.user.name);
	snprintf(by, sizeof(by), "signetd --rescue (%.60s)", who != NULL ? who->pw_name : "?");
	snprintf(node, sizeof(node), "%.120s/rescue", conf->node);
	if (r->certificate != NULL &&
	    take_certificate(&f, r->certificate, &der, subject, sizeof(subject), err) != 0)
		goto done;
	if (r->certificate == NULL) {
		secret_make(secret);
		if (password_hash(phc, secret, strlen(secret), NULL, err) != 0)
			goto done;
		f.user.password = phc;
	}
	rc = add(conf, &f, err);
	if (rc == 0)
		say(&f, secret);
done:
	explicit_bzero(secret, sizeof(secret));
	buf_release(&der);
	return rc;
}
