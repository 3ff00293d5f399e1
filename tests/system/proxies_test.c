/*
 * S2-26, S2-47: a website guarded by a real nginx and a real HAProxy, which ask Signet for each
 * request. Users show the certificates of the installation's CA to the proxy.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/base/clock.h"
#include "tests/support/live.h"
#include "tests/support/postgres.h"
#include "tests/support/suite.h"

static struct live live;
static struct buf said = BUF_INIT(0);

/* The groups, rules and users: eva is of staff, ada of admins, proxy may ask. */
static const char world[] =
    "BEGIN; SELECT set_config('signet.tenant', (SELECT id::text FROM signet.tenant WHERE name = "
    "'demo'), true);"
    "INSERT INTO signet.user (id, tenant_id, name) SELECT gen_random_uuid(), t.id, n FROM "
    "signet.tenant t,"
    " unnest(ARRAY['eva', 'ada', 'proxy']) n WHERE t.name = 'demo';"
    "INSERT INTO signet.group (id, tenant_id, name) SELECT gen_random_uuid(), t.id, n FROM "
    "signet.tenant t,"
    " unnest(ARRAY['staff', 'admins', 'proxies']) n WHERE t.name = 'demo';"
    "INSERT INTO signet.group_member (tenant_id, group_id, user_id) SELECT g.tenant_id, g.id, u.id"
    " FROM (VALUES ('eva', 'staff'), ('ada', 'admins'), ('ada', 'staff'), ('proxy', 'proxies')) m "
    "(u, g)"
    " JOIN signet.user u ON u.name = m.u JOIN signet.group g ON g.name = m.g;"
    "INSERT INTO signet.group_right (tenant_id, group_id, operation) SELECT tenant_id, id, "
    "'CheckAccess'"
    " FROM signet.group WHERE name = 'proxies'; COMMIT";

static int
sql(const char *text)
{
	struct error err = ERROR_INIT;
	int rc = postgres_run(live.database, "postgres", text, &err);

	if (rc != 0)
		fprintf(stderr, "%s: %s\n", err.text, err.cause);
	return rc;
}

/* signet-init as the administrator of the installation. */
static int
admin(const char *arguments)
{
	char user[256];
	int rc;

	snprintf(user, sizeof(user), "%s", postgres_conninfo("postgres", "postgres"));
	buf_release(&said);
	rc = run_shell(&said, "%s %s --tenant demo --database '%s' --name %s",
	    live_program("signet-init"), arguments, user, live.database);
	if (rc != 0)
		fprintf(stderr, "signet-init %s: %d %.*s\n", arguments, rc, (int)said.len,
		    (const char *)said.data);
	return rc;
}

/* ---- proxies ---- */

static pid_t
start(const char *program, const char *option, const char *file)
{
	pid_t pid = fork();

	if (pid == 0) {
		execlp(program, program, option, file, (char *)NULL);
		_exit(127);
	}
	return pid;
}

static void
stop(pid_t pid)
{
	if (pid > 0) {
		kill(pid, SIGTERM);
		waitpid(pid, NULL, 0);
	}
}

/* The examples with this installation's names put in; as a user that may read them. */
static int
prepare(void)
{
	return run_shell(NULL,
	    "cd '%s' && mkdir -p pages/admin && echo home > pages/index.html && echo staff > "
	    "pages/staff.html && "
	    "echo admin > pages/admin/index.html && cp pki/ca.pem ca.pem && cp pki/proxy.pem "
	    "proxy.pem && "
	    "cp pki/site.pem site.pem && for f in nginx.conf haproxy.cfg signet.lua; do "
	    "sed -e 's#@DIR@#%s#g' -e 's#@SIGNET@#127.0.0.1:%d#g' $OLDPWD/tests/interop/proxies/$f "
	    "> $f; done",
	    live.dir, live.dir, live.port);
}

/* The status that curl meets at the proxy's socket; `user` NULL: without a certificate. */
static int
ask(const char *socket, const char *user, const char *path, const char *more)
{
	char certificate[128] = "";
	int status;

	if (user != NULL)
		snprintf(certificate, sizeof(certificate), "--cert pki/%s.pem", user);
	buf_release(&said);
	if (run_shell(&said,
		"cd '%s' && curl -s -o body -D head -w '%%{http_code}' --path-as-is -k "
		"--unix-socket %s %s %s "
		"'https://www.acme.example%s'",
		live.dir, socket, certificate, more, path) != 0 ||
	    buf_terminate(&said, NULL) != 0)
		return -1;
	status = atoi((const char *)said.data);
	return status;
}

/* Until it listens and Signet answers it: each try takes a connection. */
static int
await(const char *socket)
{
	int64_t end = clock_monotonic_us() + 20000000;

	while (ask(socket, NULL, "/", "") != 200)
		if (clock_monotonic_us() > end)
			return -1;
	return 0;
}

static pid_t nginx, haproxy;

static int
setup(void)
{
	if (live_start(&live, "", NULL) != 0 || sql(world) != 0 ||
	    live_new_client(&live, "eva", -1, 10, "eva") != 0 ||
	    live_new_client(&live, "ada", -1, 10, "ada") != 0 ||
	    live_new_client(&live, "proxy", -1, 10, "proxy") != 0 ||
	    live_new_client(&live, "site", -1, 10, NULL) != 0 || prepare() != 0)
		return -1;
	if (admin("access add home www.acme.example / --for all") != 0 ||
	    admin("access add pages www.acme.example '/**' --for staff") != 0 ||
	    admin("access add admin www.acme.example '/admin/**' --for admins") != 0)
		return -1;
	nginx = start("nginx", "-c", live_path(&live, "nginx.conf"));
	haproxy = start("haproxy", "-f", live_path(&live, "haproxy.cfg"));
	return await("nginx.sock") == 0 && await("haproxy.sock") == 0 ? 0 : -1;
}

static int
teardown(void)
{
	stop(nginx);
	stop(haproxy);
	live_stop(&live);
	buf_release(&said);
	return 0;
}

/* ---- tests ---- */

static void
guards(const char *socket)
{
	CU_ASSERT_EQUAL(ask(socket, NULL, "/", ""), 200);
	CU_ASSERT_EQUAL(ask(socket, NULL, "/staff.html", ""), 401);
	CU_ASSERT_EQUAL(ask(socket, "eva", "/staff.html", ""), 200);
	CU_ASSERT_EQUAL(run_shell(NULL, "grep -qi '^X-User: eva' %s", live_path(&live, "head")), 0);
	CU_ASSERT_EQUAL(ask(socket, "eva", "/admin/index.html", ""), 403);
	CU_ASSERT_EQUAL(ask(socket, "ada", "/admin/index.html", ""), 200);
	/* of the same CA, and no user of the tenant */
	CU_ASSERT_EQUAL(ask(socket, "site", "/staff.html", ""), 401);
	/* pages by other names */
	CU_ASSERT_EQUAL(ask(socket, "eva", "/%61dmin/index.html", ""), 403);
	CU_ASSERT_EQUAL(ask(socket, "eva", "/staff/../admin/index.html", ""), 403);
	CU_ASSERT_EQUAL(ask(socket, "eva", "//admin/index.html", ""), 403);
	CU_ASSERT_EQUAL(ask(socket, "eva", "/admin%2findex.html", ""), 403);
	CU_ASSERT_EQUAL(ask(socket, "eva", "/admin;x=y/index.html", ""), 403);
}

static void
nginx_guards_a_website(void)
{
	guards("nginx.sock");
}

static void
haproxy_guards_a_website(void)
{
	guards("haproxy.sock");
}

/* What a client says of his certificate is not what the proxy says. */
static void
a_clients_own_fields_do_not_count(void)
{
	static const char *const fields[] = { "Client-Cert", "X-SSL-Client-Cert",
		"X-Forwarded-Tls-Client-Cert", "X-Forwarded-Client-Cert" };
	char more[512];
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		snprintf(more, sizeof(more),
		    "-H \"%s: :$(sed -n '/BEGIN CERT/,/END/p' pki/ada.pem | grep -v CERT | tr -d "
		    "'\\n'):\"",
		    fields[i]);
		CU_ASSERT_EQUAL(ask("nginx.sock", NULL, "/admin/index.html", more), 401);
		CU_ASSERT_EQUAL(ask("haproxy.sock", NULL, "/admin/index.html", more), 401);
		CU_ASSERT_EQUAL(ask("nginx.sock", "eva", "/admin/index.html", more), 403);
		CU_ASSERT_EQUAL(ask("haproxy.sock", "eva", "/admin/index.html", more), 403);
	}
}

/* Counted at most a moment later: until the change is heard. */
static int
comes_to(const char *socket, const char *user, const char *path, int status)
{
	int64_t end = clock_monotonic_us() + 10000000;

	while (ask(socket, user, path, "") != status)
		if (clock_monotonic_us() > end)
			return 0;
	return 1;
}

static void
a_change_counts_at_once(void)
{
	CU_ASSERT_EQUAL(ask("nginx.sock", "eva", "/staff.html", ""), 200);
	CU_ASSERT_EQUAL(
	    sql("UPDATE signet.user_certificate SET state = 'suspended' WHERE subject = 'eva'"), 0);
	CU_ASSERT_TRUE(comes_to("nginx.sock", "eva", "/staff.html", 401));
	CU_ASSERT_TRUE(comes_to("haproxy.sock", "eva", "/staff.html", 401));
	CU_ASSERT_EQUAL(
	    sql("UPDATE signet.user_certificate SET state = 'active' WHERE subject = 'eva'"), 0);
	CU_ASSERT_TRUE(comes_to("nginx.sock", "eva", "/staff.html", 200));
	CU_ASSERT_EQUAL(admin("access remove admin"), 0);
	CU_ASSERT_TRUE(comes_to("nginx.sock", "eva", "/admin/index.html", 200));
	CU_ASSERT_EQUAL(admin("access add admin www.acme.example '/admin/**' --for admins"), 0);
	CU_ASSERT_TRUE(comes_to("nginx.sock", "eva", "/admin/index.html", 403));
}

/* Straight at Signet's door; `cert` is who asks. */
static int
door(const char *cert, const char *form, const char *more)
{
	buf_release(&said);
	if (run_shell(&said,
		"cd '%s' && curl -s -o body -w '%%{http_code}' --cacert pki/ca.pem %s %s "
		"%saccess/%s",
		live.dir, cert, more, live.url, form) != 0 ||
	    buf_terminate(&said, NULL) != 0)
		return -1;
	return atoi((const char *)said.data);
}
#define PROXY "--cert pki/proxy.pem"
#define ABOUT                                                                                      \
	"-H 'X-Forwarded-Method: GET' -H 'X-Forwarded-Host: www.acme.example' -H "                 \
	"'X-Forwarded-Uri: /'"

static void
only_proxies_that_prove_themselves_may_ask(void)
{
	CU_ASSERT_EQUAL(door(PROXY, "forward", ABOUT), 200);
	CU_ASSERT_EQUAL(door("", "forward", ABOUT), 500);
	CU_ASSERT_EQUAL(door("--cert pki/eva.pem", "forward", ABOUT), 500); /* has no right to */
	CU_ASSERT_EQUAL(door("--cert pki/site.pem", "forward", ABOUT), 500);
	CU_ASSERT_EQUAL(door(PROXY, "forward", ""), 500);
	CU_ASSERT_EQUAL(door(PROXY, "other", ABOUT), 404);
}

#define INPUT(path)                                                                                \
	"--data-binary '{\"input\": {\"method\": \"GET\", \"host\": \"www.acme.example\", "        \
	"\"path\": \"" path "\"}}'"

static void
opa_and_envoy_ask_in_their_forms(void)
{
	CU_ASSERT_EQUAL(door(PROXY, "opa", INPUT("/")), 200);
	CU_ASSERT_EQUAL(
	    run_shell(NULL, "grep -q '\"result\":true' %s", live_path(&live, "body")), 0);
	CU_ASSERT_EQUAL(door(PROXY, "opa", INPUT("/staff.html")), 200);
	CU_ASSERT_EQUAL(
	    run_shell(NULL, "grep -q '\"result\":false' %s", live_path(&live, "body")), 0);
	CU_ASSERT_EQUAL(door(PROXY, "opa", "--data-binary '{'"), 500);
	CU_ASSERT_EQUAL(door(PROXY, "envoy/", "-H 'Host: www.acme.example'"), 200);
	CU_ASSERT_EQUAL(
	    door(PROXY, "envoy/staff.html", "-X POST -H 'Host: www.acme.example'"), 401);
}

/* Who asked about what, and what was said, is in the log as of any operation. */
static void
each_question_is_in_the_audit(void)
{
	struct error err = ERROR_INIT;
	char rows[32];

	CU_ASSERT_EQUAL(door(PROXY, "forward", ABOUT), 200);
	ASSERT_OK(postgres_ask(live.database, "signet_owner",
		      "SELECT count(*) > 0 FROM signet.audit WHERE operation = 'CheckAccess' AND "
		      "caller = "
		      "'demo/proxy' AND object = 'GET www.acme.example/' AND result = 'Success'",
		      rows, sizeof(rows), &err),
	    &err);
	CU_ASSERT_STRING_EQUAL(rows, "t");
}

static const struct test tests[] = { TEST(nginx_guards_a_website), TEST(haproxy_guards_a_website),
	TEST(a_clients_own_fields_do_not_count), TEST(a_change_counts_at_once),
	TEST(only_proxies_that_prove_themselves_may_ask), TEST(opa_and_envoy_ask_in_their_forms),
	TEST(each_question_is_in_the_audit), TEST_END };
const struct suite suite_system_proxies = { "system/proxies", setup, teardown, tests };
