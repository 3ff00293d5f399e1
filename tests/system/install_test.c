/*
 * S2-46: signet-init server makes a real installation, as whoever begins one: from a file of
 * answers, on a terminal, again, after it was killed, and where something is in the way.
 */
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/live.h"
#include "tests/support/postgres.h"
#include "tests/support/suite.h"
#include "tests/support/terminal.h"

static char dir[64], init[PATH_MAX], signetd[PATH_MAX], client[PATH_MAX], schema[PATH_MAX];
static struct buf said = BUF_INIT(1 << 20);

static int
setup(void)
{
	if (postgres_start() != 0)
		return -1;
	snprintf(dir, sizeof(dir), "/tmp/signet-install-XXXXXX");
	snprintf(init, sizeof(init), "%s", live_program("signet-init"));
	snprintf(signetd, sizeof(signetd), "%s", live_program("signetd"));
	snprintf(client, sizeof(client), "%s", live_program("signet"));
	return mkdtemp(dir) != NULL && realpath("schema", schema) != NULL ? 0 : -1;
}

static int
teardown(void)
{
	run_shell(NULL, "rm -rf '%s'", dir);
	buf_release(&said);
	return 0;
}

/* ---- one run ---- */

static void
write_answers(const char *name, const char *database, const char *more)
{
	char path[200];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fprintf(f,
	    "# answers\nhost = localhost\ntenant = acme\nadministrator = boss\n"
	    "database = %s\ndatabase-name = %s\nserver-database = %s\n%s",
	    postgres_conninfo("postgres", "postgres"), database,
	    postgres_conninfo(database, "signet_server"), more);
	fclose(f);
}

/* In the suite's folder; what it says, both streams, is `said`. */
static int
run(const char *fmt, ...)
{
	char script[2048];
	va_list ap;
	int rc;

	va_start(ap, fmt);
	vsnprintf(script, sizeof(script), fmt, ap);
	va_end(ap);
	said.len = 0;
	rc = run_shell(&said, "cd '%s' && { %s; } 2>&1", dir, script);
	buf_terminate(&said, NULL);
	return rc;
}
static int
heard(const char *words)
{
	if (strstr((const char *)said.data, words) != NULL)
		return 1;
	fprintf(stderr, "without \"%s\":\n%s\n", words, (const char *)said.data);
	return 0;
}
#define RUN(status, ...)                                                                           \
	do {                                                                                       \
		const int rc_ = run(__VA_ARGS__);                                                  \
		if (rc_ != (status))                                                               \
			fprintf(stderr, "%s:%d: %d: %s\n", __FILE__, __LINE__, rc_,                \
			    (const char *)said.data);                                              \
		CU_ASSERT_EQUAL(rc_, (status));                                                    \
	} while (0)
#define INSTALL(folder, answers)                                                                   \
	"%s server --dir %s --answers %s --schema %s", init, folder, answers, schema

static int
count_of(const char *database, const char *sql)
{
	struct error err = ERROR_INIT;
	char out[64];

	ASSERT_OK(postgres_ask(database, "signet_owner", sql, out, sizeof(out), &err), &err);
	return atoi(out);
}

/* What must hold of every installation that is whole. */
static void
is_whole(const char *folder, const char *database)
{
	RUN(0, "%s -n -c %s/signetd.conf", signetd, folder);
	CU_ASSERT_EQUAL(count_of(database, "SELECT count(*) FROM signet.tenant"), 2);
	CU_ASSERT_EQUAL(count_of(database, "SELECT count(*) FROM signet.user WHERE password IS "
					   "NULL AND state = 'active'"),
	    2);
	CU_ASSERT_EQUAL(count_of(database, "SELECT count(*) FROM signet.user_certificate"), 2);
	CU_ASSERT_EQUAL(
	    count_of(database, "SELECT count(*) FROM signet.audit WHERE operation = 'SetUp'"), 2);
	/* Nobody but the owner reads what is secret. */
	RUN(0,
	    "test -z \"$(find %s -name '*.p12' -perm /077 -o -name '*.pass' -perm /077 -o -name "
	    "'*.conf' -perm /077 -o -type d -name keys -perm /077)\"",
	    folder);
	/* No key of a person in clear, nor its passphrase. */
	RUN(0, "test -z \"$(find %s/clients -name '*.pass')\" && ! grep -rl 'PRIVATE KEY' %s",
	    folder, folder);
	RUN(0, "! ls %s | grep -E 'keys.database|\\.new$'", folder);
}

/* ---- tests ---- */

static void
an_installation_serves_its_administrators(void)
{
	char database[32];
	pid_t pid;
	int port = 20000 + getpid() % 20000, i, rc = -1;
	char more[64];

	CU_ASSERT_PTR_NOT_NULL_FATAL(postgres_empty_database(database));
	snprintf(more, sizeof(more), "port = %d\n", port);
	write_answers("a1", database, more);
	RUN(0, INSTALL("one", "a1"));
	CU_ASSERT(heard("clients/boss.p12: passphrase, shown this once: "));
	CU_ASSERT(heard("The installation is made"));
	CU_ASSERT(heard("systemctl enable --now signetd"));
	RUN(0,
	    "printf %%s \"$(cat <<'END'\n%s\nEND\n)\" > said1; sed -n 's/^clients.boss.p12: "
	    "passphrase, shown this once: //p' said1 > one/clients/boss.pass; sed -n "
	    "'s/^clients.operator.p12: passphrase, shown this once: //p' said1 > "
	    "op.pass; test $(wc -c < op.pass) -ge 24; cmp -s op.pass one/clients/boss.pass && "
	    "exit 1; sed -i 's/^# passphrase/passphrase/' one/clients/boss.conf",
	    (const char *)said.data);
	pid = fork();
	if (pid == 0) {
		char conf[200];

		snprintf(conf, sizeof(conf), "%s/one/signetd.conf", dir);
		CU_ASSERT_PTR_NOT_NULL(freopen("/dev/null", "w", stderr));
		execl(signetd, "signetd", "-c", conf, (char *)NULL);
		_exit(127);
	}
	for (i = 0; i < 200 && rc != 0; i++)
		rc = run("curl -sf --noproxy '*' --retry 0 --cacert one/pki/ca.pem "
			 "https://localhost:%d/healthz",
		    port);
	CU_ASSERT_EQUAL(rc, 0);
	RUN(0, "%s --config one/clients/boss.conf user list", client);
	CU_ASSERT(heard("boss"));
	RUN(3, "%s --config one/clients/boss.conf tenant list", client);
	RUN(0, "%s --config one/clients/boss.conf user sign-on Open", client);
	kill(pid, SIGTERM);
	waitpid(pid, &rc, 0);
	CU_ASSERT(WIFEXITED(rc) && WEXITSTATUS(rc) == 0);
	RUN(0, "rm one/clients/boss.pass");
	is_whole("one", database);
}

static void
a_second_run_changes_nothing(void)
{
	RUN(0, "find one -type f | sort | xargs sha256sum > before");
	RUN(0, INSTALL("one", "a1"));
	CU_ASSERT(heard("nothing was changed"));
	RUN(0, "find one -type f | sort | xargs sha256sum | cmp - before");
	RUN(0, "sed 's/acme/other/' a1 > a1b");
	RUN(1, INSTALL("one", "a1b"));
	CU_ASSERT(heard("was begun with tenant = \"acme\", not \"other\""));
	RUN(0, "find one -type f | sort | xargs sha256sum | cmp - before");
}

static void
a_folder_or_database_of_others_is_left_alone(void)
{
	char database[32];

	RUN(0, "mkdir theirs && echo precious > theirs/signetd.conf");
	RUN(1, INSTALL("theirs", "a1"));
	CU_ASSERT(heard("nothing is overwritten"));
	RUN(0, "test \"$(cat theirs/signetd.conf)\" = precious && test $(ls theirs | wc -l) = 1");
	/* The database of the first one, from another folder. */
	RUN(1, INSTALL("two", "a1"));
	CU_ASSERT(heard("holds an installation already"));
	RUN(0, "test ! -e two");
	CU_ASSERT_PTR_NOT_NULL_FATAL(postgres_empty_database(database));
	write_answers("bad", database, "colour = red\n");
	RUN(1, INSTALL("three", "bad"));
	CU_ASSERT(heard("line 8: there is no answer colour"));
	write_answers("bad", database, "port = 70000\n");
	RUN(1, INSTALL("three", "bad"));
	CU_ASSERT(heard("1 to 65535"));
	write_answers("bad", database, "operator = boss\n");
	RUN(1, INSTALL("three", "bad"));
	CU_ASSERT(heard("call them differently"));
	RUN(1, INSTALL("three", "not-there"));
}

/* The connection string is looked at before anything is written. */
static void
a_wrong_database_is_said_and_can_be_mended(void)
{
	char database[32];

	CU_ASSERT_PTR_NOT_NULL_FATAL(postgres_empty_database(database));
	write_answers("a4", database, "");
	RUN(0, "sed 's|^database = .*|database = host=/nowhere user=postgres|' a4 > a4bad");
	RUN(1, INSTALL("four", "a4bad"));
	CU_ASSERT(heard("cannot be reached"));
	RUN(0, "test ! -e four");
	/* One that only the server uses is found wrong at the end, and mended by another answer. */
	RUN(0,
	    "sed 's|^server-database = .*|server-database = host=/nowhere dbname=x|' a4 > a4bad");
	RUN(1, INSTALL("four", "a4bad"));
	CU_ASSERT(heard("cannot be reached"));
	RUN(0, "test ! -e four/signetd.conf");
	RUN(0, INSTALL("four", "a4"));
	is_whole("four", database);
}

static void
a_run_that_was_killed_is_repeated(void)
{
	char database[32];
	int ms, rc = -1, killed = 0;

	/* Longer each time, until one has the time to end: each leaves another place to go on from.
	 */
	CU_ASSERT_PTR_NOT_NULL_FATAL(postgres_empty_database(database));
	write_answers("a5", database, "");
	/* The very first file, half written. */
	RUN(0, "mkdir five && printf host > five/signet-init.answers.new");
	RUN(0, ": > killed");
	for (ms = 5; ms < 10000 && rc != 0; ms += 5 + ms / 8) {
		rc = run("timeout -s KILL %d.%03d %s server --dir five --answers a5 --schema %s >> "
			 "killed",
		    ms / 1000, ms % 1000, init, schema);
		killed += rc == 137;
		/* Whatever an end leaves is refused by nobody and lost by nobody. */
		CU_ASSERT(rc == 137 || rc == 0);
		if (rc != 137 && rc != 0)
			fprintf(stderr, "after %d ms: %d %s\n", ms, rc, (const char *)said.data);
	}
	CU_ASSERT_EQUAL(rc, 0);
	CU_ASSERT(killed > 3);
	is_whole("five", database);
	/* The passphrase that counts was shown: the last one that was. */
	RUN(0,
	    "sed -n 's/^clients.boss.p12: passphrase, shown this once: //p' killed | tail -n 1 > "
	    "p5 && openssl pkcs12 -in five/clients/boss.p12 -noout -passin file:p5");
	CU_ASSERT_EQUAL(count_of(database, "SELECT count(*) FROM signet.user_certificate WHERE "
					   "subject LIKE '%boss%'"),
	    1);
}

static void
its_own_password_for_the_database(void)
{
	struct error err = ERROR_INIT;
	char database[32];

	CU_ASSERT_PTR_NOT_NULL_FATAL(postgres_empty_database(database));
	write_answers("a6", database, "");
	RUN(0, "sed -i '/^server-database/d' a6");
	ASSERT_OK(
	    postgres_run("postgres", "postgres", "ALTER ROLE signet_server PASSWORD 'x'", &err),
	    &err);
	RUN(1, INSTALL("six", "a6"));
	CU_ASSERT(heard("has a password already"));
	ASSERT_OK(
	    postgres_run("postgres", "postgres", "ALTER ROLE signet_server PASSWORD NULL", &err),
	    &err);
	RUN(0, INSTALL("six", "a6"));
	is_whole("six", database);
	RUN(0, "grep -c \"password='[^']\\{24\\}'\" six/signetd.conf");
	CU_ASSERT_EQUAL(count_of(database, "SELECT 1"), 1);
	ASSERT_OK(
	    postgres_run("postgres", "postgres", "ALTER ROLE signet_server PASSWORD NULL", &err),
	    &err);
}

/* Two installations share no secret, and none is a word that others would try. */
static void
no_secret_is_a_default(void)
{
	RUN(0, "for s in one six; do find $s -name '*.pass' -exec cat {} + ; done | sort > all; "
	       "test -s all; test -z \"$(uniq -d all)\"; awk 'length < 24 {exit 1}' all");
	RUN(1,
	    "grep -riwE 'changeit|changeme|admin123|password=.?(postgres|signet|admin|secret)' one "
	    "six");
	RUN(0, "cmp -s one/pki/ca.pem six/pki/ca.pem && exit 1; cmp -s one/keys/tls.p12 "
	       "six/keys/tls.p12 && exit 1; true");
}

static void
a_request_for_another_ca_has_the_servers_key_and_names(void)
{
	char database[32];

	CU_ASSERT_PTR_NOT_NULL_FATAL(postgres_empty_database(database));
	write_answers("a7", database, "certificate = request\n");
	RUN(0, INSTALL("seven", "a7"));
	CU_ASSERT(heard("pki/tls.csr"));
	RUN(0, "openssl req -in seven/pki/tls.csr -noout -verify -text");
	CU_ASSERT(heard("DNS:localhost"));
	RUN(0,
	    "test \"$(openssl req -in seven/pki/tls.csr -noout -pubkey)\" = \"$(openssl x509 -in "
	    "seven/pki/tls.pem -noout -pubkey)\"");
}

static void
a_person_is_asked(void)
{
	struct terminal t;
	char command[3 * PATH_MAX], database[32];

	CU_ASSERT_PTR_NOT_NULL_FATAL(postgres_empty_database(database));
	snprintf(command, sizeof(command), "cd %s && %s server --dir eight --schema %s; read x",
	    dir, init, schema);
	if (terminal_start(&t, 120, 40, command) != 0) {
		test_not_run("no terminal to be asked on");
		return;
	}
	CU_ASSERT(terminal_shows(&t, "name by which clients reach this server"));
	terminal_text(&t, "bad name");
	terminal_key(&t, "Enter");
	CU_ASSERT(terminal_shows(&t, "letters, digits, dots"));
	terminal_text(&t, "localhost");
	terminal_key(&t, "Enter");
	CU_ASSERT(terminal_shows(&t, "port that it listens at"));
	terminal_key(&t, "C-c");
	terminal_stop(&t);
	RUN(0, "test ! -e eight");
	/* Without a terminal and without answers nothing is guessed. */
	RUN(1, "setsid %s server --dir eight --schema %s < /dev/null", init, schema);
	CU_ASSERT(heard("--answers"));
}

static const struct test tests[] = {
	TEST(an_installation_serves_its_administrators),
	TEST(a_second_run_changes_nothing),
	TEST(a_folder_or_database_of_others_is_left_alone),
	TEST(a_wrong_database_is_said_and_can_be_mended),
	TEST(a_run_that_was_killed_is_repeated),
	TEST(its_own_password_for_the_database),
	TEST(no_secret_is_a_default),
	TEST(a_request_for_another_ca_has_the_servers_key_and_names),
	TEST(a_person_is_asked),
	TEST_END,
};
const struct suite suite_system_install = { "system/install", setup, teardown, tests };
