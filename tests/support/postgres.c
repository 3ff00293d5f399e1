#include "tests/support/postgres.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "schema/store/migrate.h"
#include "server/base/clock.h"

#define START_MS 30000

static struct {
	char dir[64]; /* "" until the cluster is made */
	char bin[256];
	pid_t owner; /* the process whose cluster it is */
	pid_t server;
	int wants_fsync;
	int has_template;
	unsigned int databases;
	int has_user; /* the cluster runs as this one, since the tests run as root */
	uid_t uid;
	gid_t gid;
} pg;

static int
say(const char *what)
{
	fprintf(stderr, "postgres: %s: %s\n", what, strerror(errno));
	return -1;
}

/* ---- its programs ------------------------------------------------------------------------------
 */

static int
find_programs(void)
{
	glob_t found;
	int rc = -1;

	if (glob("/usr/lib/postgresql/*/bin/initdb", 0, NULL, &found) == 0) {
		const char *last = found.gl_pathv[found.gl_pathc - 1];

		snprintf(pg.bin, sizeof(pg.bin), "%.*s", (int)(strrchr(last, '/') - last), last);
		rc = 0;
	}
	globfree(&found);
	if (rc != 0)
		fprintf(stderr, "postgres: not installed (make deps installs it)\n");
	return rc;
}

/* In the child: become the cluster's user, end with the parent, write to the log. */
static void
become_server(pid_t parent)
{
	char log[128];
	int fd;

	snprintf(log, sizeof(log), "%s/log", pg.dir);
	fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (fd >= 0) {
		dup2(fd, 1);
		dup2(fd, 2);
	}
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		dup2(fd, 0);
	if (pg.has_user && (setgid(pg.gid) != 0 || setuid(pg.uid) != 0 || chdir(pg.dir) != 0))
		_exit(126);
	/* After setuid, which clears it. */
	prctl(PR_SET_PDEATHSIG, SIGQUIT);
	if (getppid() != parent)
		_exit(126);
	signal(SIGPIPE, SIG_DFL);
	closefrom(3);
}

static pid_t
spawn(char *const argv[])
{
	const pid_t parent = getpid();
	pid_t pid = fork();

	if (pid == 0) {
		become_server(parent);
		execv(argv[0], argv);
		_exit(127);
	}
	return pid;
}

static int
show_log(const char *what)
{
	char line[512], path[128];
	FILE *f;

	fprintf(stderr, "postgres: %s; its log says:\n", what);
	snprintf(path, sizeof(path), "%s/log", pg.dir);
	f = fopen(path, "r");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		fprintf(stderr, "  %s", line);
	if (f != NULL)
		fclose(f);
	return -1;
}

/* ---- making, starting, ending ------------------------------------------------------------------
 */

static void
remove_all(void)
{
	pid_t pid;
	int status;

	/* Ended by another test's fork: not ours to remove. */
	if (pg.owner != getpid() || pg.dir[0] == '\0')
		return;
	postgres_stop(1);
	pid = fork();
	if (pid == 0) {
		execl("/bin/rm", "rm", "-rf", pg.dir, (char *)NULL);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	pg.dir[0] = '\0';
}

static int
make_cluster(void)
{
	char data[128], program[320];
	char *const argv[] = { program, "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
		"--locale=C.UTF-8", "--no-sync", "--no-instructions", NULL };
	int status;
	pid_t pid;

	if (find_programs() != 0)
		return -1;
	pg.has_user = geteuid() == 0;
	if (pg.has_user) {
		const struct passwd *pw = getpwnam("postgres");

		if (pw == NULL)
			return say("there is no user postgres");
		pg.uid = pw->pw_uid;
		pg.gid = pw->pw_gid;
	}
	snprintf(pg.dir, sizeof(pg.dir), "/tmp/signet-pg-XXXXXX");
	if (mkdtemp(pg.dir) == NULL) {
		pg.dir[0] = '\0';
		return say("no temporary directory");
	}
	pg.owner = getpid();
	atexit(remove_all);
	if (pg.has_user && chown(pg.dir, pg.uid, pg.gid) != 0)
		return say("chown");
	/* A server that gave up root must reach the socket. */
	if (pg.has_user && chmod(pg.dir, 0711) != 0)
		return say("chmod");
	snprintf(data, sizeof(data), "%s/data", pg.dir);
	snprintf(program, sizeof(program), "%s/initdb", pg.bin);
	pid = spawn(argv);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
		return show_log("initdb failed");
	return 0;
}

/* Until it lets somebody in, or has ended. */
static int
wait_ready(void)
{
	const int64_t until = clock_monotonic_us() + (int64_t)START_MS * 1000;
	const struct timespec pause = { 0, 5000000 };
	const char *conninfo = postgres_conninfo("postgres", "postgres");
	int status;

	while (clock_monotonic_us() < until) {
		PGconn *conn = PQconnectdb(conninfo);
		const int ok = PQstatus(conn) == CONNECTION_OK;

		PQfinish(conn);
		if (ok)
			return 0;
		if (waitpid(pg.server, &status, WNOHANG) == pg.server) {
			pg.server = 0;
			return show_log("the server ended");
		}
		nanosleep(&pause, NULL);
	}
	return show_log("the server did not come up");
}

int
postgres_start(void)
{
	char data[128], program[320];
	const char *const sync = pg.wants_fsync ? "fsync=on" : "fsync=off";
	char fsync_setting[16];
	char *const argv[] = { program, "-D", data, "-k", pg.dir, "-c", "listen_addresses=", "-c",
		fsync_setting, "-c", "full_page_writes=on", "-c", "shared_buffers=64MB", "-c",
		"max_connections=60", "-c", "autovacuum=off", NULL };

	if (pg.server > 0)
		return 0;
	if (pg.dir[0] == '\0' && make_cluster() != 0)
		return -1;
	snprintf(fsync_setting, sizeof(fsync_setting), "%s", sync);
	snprintf(data, sizeof(data), "%s/data", pg.dir);
	snprintf(program, sizeof(program), "%s/postgres", pg.bin);
	pg.server = spawn(argv);
	if (pg.server < 0)
		return say("fork");
	return wait_ready();
}

void
postgres_stop(int rudely)
{
	int status;

	if (pg.server <= 0)
		return;
	kill(pg.server, rudely ? SIGQUIT : SIGINT);
	while (waitpid(pg.server, &status, 0) < 0 && errno == EINTR)
		;
	pg.server = 0;
}

void
postgres_set_fsync(int on)
{
	pg.wants_fsync = on;
}

/* ---- databases ---------------------------------------------------------------------------------
 */

const char *
postgres_conninfo(const char *database, const char *role)
{
	static __thread char ring[9][256];
	static __thread unsigned int next;
	char *out = ring[next++ % 9];

	snprintf(out, sizeof(ring[0]), "host=%s user=%s dbname=%s", pg.dir, role, database);
	return out;
}

int
postgres_ask(const char *database, const char *role, const char *sql, char *out, size_t size,
    struct error *err)
{
	PGconn *conn = PQconnectdb(postgres_conninfo(database, role));
	PGresult *res = NULL;
	int rc = -1;

	if (PQstatus(conn) == CONNECTION_OK)
		res = PQexec(conn, sql);
	if (PQresultStatus(res) == PGRES_TUPLES_OK || PQresultStatus(res) == PGRES_COMMAND_OK) {
		snprintf(out, size, "%s",
		    PQntuples(res) > 0 && PQnfields(res) > 0 ? PQgetvalue(res, 0, 0) : "");
		rc = 0;
	} else
		error_set(err, ERROR_INTERNAL, "%s", PQerrorMessage(conn));
	PQclear(res);
	PQfinish(conn);
	return rc;
}

int
postgres_run_told(const char *database, const char *role, const char *channel, const char *sql,
    unsigned int *told, struct error *err)
{
	PGconn *conn = PQconnectdb(postgres_conninfo(database, role));
	PGnotify *notice;
	PGresult *res;
	char listen[64];
	int rc = -1;

	snprintf(listen, sizeof(listen), "LISTEN %s", channel);
	PQclear(PQexec(conn, listen));
	/* One's own notices come before the end of the command. */
	res = PQexec(conn, sql);
	*told = 0;
	while ((notice = PQnotifies(conn)) != NULL) {
		++*told;
		PQfreemem(notice);
	}
	if (PQresultStatus(res) == PGRES_TUPLES_OK || PQresultStatus(res) == PGRES_COMMAND_OK)
		rc = 0;
	else
		error_set(err, ERROR_INTERNAL, "%s", PQerrorMessage(conn));
	PQclear(res);
	PQfinish(conn);
	return rc;
}

int
postgres_run(const char *database, const char *role, const char *sql, struct error *err)
{
	char ignored[8];

	return postgres_ask(database, role, sql, ignored, sizeof(ignored), err);
}

static int
failed(const struct error *err)
{
	fprintf(stderr, "postgres: %s [%s]\n", err->text, err->cause);
	return -1;
}

static int
make_template(void)
{
	struct error err = ERROR_INIT;
	struct migrate_report report;

	if (pg.has_template)
		return 0;
	if (migrate_prepare(postgres_conninfo("postgres", "postgres"), POSTGRES_SCHEMA,
		"signet_template", &err) != 0 ||
	    migrate_run(postgres_conninfo("signet_template", "signet_owner"), POSTGRES_SCHEMA,
		&report, &err) != 0)
		return failed(&err);
	pg.has_template = 1;
	return 0;
}

static char *
create(char name[32], const char *from)
{
	struct error err = ERROR_INIT;
	char sql[256];

	if (postgres_start() != 0 || make_template() != 0)
		return NULL;
	snprintf(name, 32, "signet_%u", ++pg.databases);
	snprintf(sql, sizeof(sql), "CREATE DATABASE %s OWNER signet_owner TEMPLATE %s", name, from);
	if (postgres_run("postgres", "postgres", sql, &err) != 0) {
		failed(&err);
		return NULL;
	}
	return name;
}

char *
postgres_database(char name[32])
{
	return create(name, "signet_template");
}

char *
postgres_empty_database(char name[32])
{
	return create(name, "template0");
}

/* ---- commits that wait -------------------------------------------------------------------------
 */

/* A commit that writes something; whoever waits in it is told by a cancel that it was made. */
#define PROBE "SELECT pg_logical_emit_message(true, 'probe', '')"

/* 1: the commit of this connection waits for a standby; 0: it is over; -1: neither in time. */
static int
see_commit(PGconn *conn, int64_t until)
{
	const struct timespec pause = { 0, 1000000 };
	char sql[128], out[8];

	snprintf(sql, sizeof(sql),
	    "SELECT count(*) FROM pg_stat_activity WHERE pid = %d AND wait_event = 'SyncRep'",
	    PQbackendPID(conn));
	while (clock_monotonic_us() < until) {
		if (!PQconsumeInput(conn))
			return -1;
		if (!PQisBusy(conn))
			return 0;
		if (postgres_ask("postgres", "postgres", sql, out, sizeof(out), NULL) == 0 &&
		    atoi(out) == 1)
			return 1;
		nanosleep(&pause, NULL);
	}
	return -1;
}

static int
probe_commit(PGconn *conn, int64_t until)
{
	PGcancel *cancel;
	PGresult *res;
	char words[256];
	int waits;

	if (!PQsendQuery(conn, PROBE))
		return -1;
	waits = see_commit(conn, until);
	cancel = waits != 0 ? PQgetCancel(conn) : NULL;
	if (cancel != NULL)
		PQcancel(cancel, words, sizeof(words));
	PQfreeCancel(cancel);
	while ((res = PQgetResult(conn)) != NULL)
		PQclear(res);
	return waits;
}

static void
ignore_notice(void *arg, const char *message)
{
	(void)arg;
	(void)message;
}

int
postgres_commits_wait(int wait, struct error *err)
{
	const int64_t until = clock_monotonic_us() + (int64_t)START_MS * 1000;
	PGconn *conn = NULL;
	int seen = -1;

	if (postgres_run("postgres", "postgres",
		wait ? "ALTER SYSTEM SET synchronous_standby_names = 'nobody'"
		     : "ALTER SYSTEM RESET synchronous_standby_names",
		err) != 0 ||
	    postgres_run("postgres", "postgres", "SELECT pg_reload_conf()", err) != 0)
		return -1;
	conn = PQconnectdb(postgres_conninfo("postgres", "postgres"));
	PQsetNoticeProcessor(conn, ignore_notice, NULL);
	while (PQstatus(conn) == CONNECTION_OK && clock_monotonic_us() < until && seen != wait)
		seen = probe_commit(conn, until);
	PQfinish(conn);
	if (seen == wait)
		return 0;
	return error_set(err, ERROR_INTERNAL, "commits %s", wait ? "do not wait" : "wait");
}
