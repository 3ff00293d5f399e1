/*
 * Other people's SOAP clients against a live server: zeep, JAX-WS and curl run every operation,
 * with each way to say who one is (S2-37, S2-38, S2-39, S2-40, S2-44). tests/interop has the
 * clients.
 */
#include <stdio.h>
#include <string.h>

#include "tests/support/live.h"
#include "tests/support/suite.h"

static struct live live;
static char password[64];

/* The ERP user's password from the file that people read it in. */
static int
read_password(void)
{
	char line[256];
	FILE *f = fopen(live_path(&live, "credentials.txt"), "r");

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, " demo/erp %63s", password) == 1)
			break;
	if (f != NULL)
		fclose(f);
	return password[0] != '\0' ? 0 : -1;
}

static int
setup(void)
{
	return live_start(&live, NULL, NULL) == 0 ? read_password() : -1;
}

static int
teardown(void)
{
	live_stop(&live);
	return 0;
}

/* Who calls, as each client takes it on its command line. */
enum login { CERTIFICATE, BASIC, TOKEN };

static const char *
login_arguments(enum login login, int is_java)
{
	static char text[600];

	if (login == CERTIFICATE && is_java)
		snprintf(text, sizeof(text), "--p12 '%s' --p12-password \"$(cat '%s')\"",
		    live_path(&live, "pki/erp.p12"), live_path(&live, "pki/erp.pass"));
	else if (login == CERTIFICATE)
		snprintf(text, sizeof(text), "--cert '%s' --key '%s'",
		    live_path(&live, "pki/erp.pem"), live_path(&live, "pki/erp.pem"));
	else
		snprintf(text, sizeof(text), "--user demo/erp --password '%s'%s", password,
		    login == TOKEN ? " --token" : "");
	return text;
}

/* Every line PASS, and as many as there are operations at least. */
static void
client_passes(const char *program, enum login login, int is_java, const char *more)
{
	struct buf out = BUF_INIT(0);
	char build[1100] = "";
	const char *at;
	int rc, passed = 0;

	if (is_java)
		snprintf(build, sizeof(build), "'%s'", live_program("."));
	rc = run_shell(&out, "%s %s --url %s --ca '%s' %s %s", program, build, live.url,
	    live_path(&live, "pki/ca.pem"), login_arguments(login, is_java), more);
	for (at = out.data != NULL ? (char *)out.data : ""; (at = strstr(at, "PASS ")) != NULL;
	     at++)
		passed++;
	if (rc != 0 || passed < 11)
		fprintf(stderr, "%s: exit %d, %d passed:\n%s\n", program, rc, passed,
		    out.data != NULL ? (char *)out.data : "");
	CU_ASSERT_EQUAL(rc, 0);
	CU_ASSERT(passed >= 11);
	buf_release(&out);
}

static void
zeep_calls_every_operation_with_a_certificate(void)
{
	client_passes("/usr/bin/python3 tests/interop/python/client.py", CERTIFICATE, 0, "");
}

static void
zeep_calls_every_operation_with_http_basic(void)
{
	client_passes("/usr/bin/python3 tests/interop/python/client.py", BASIC, 0, "");
}

static void
zeep_calls_every_operation_with_a_username_token(void)
{
	client_passes("/usr/bin/python3 tests/interop/python/client.py", TOKEN, 0, "");
}

static void
java_calls_every_operation_with_a_certificate_and_mtom(void)
{
	client_passes("tests/interop/java/run", CERTIFICATE, 1, "--mtom");
}

static void
java_calls_every_operation_with_http_basic(void)
{
	client_passes("tests/interop/java/run", BASIC, 1, "");
}

static void
java_calls_every_operation_with_a_username_token(void)
{
	client_passes("tests/interop/java/run", TOKEN, 1, "");
}

static void
curl_sends_the_sample_requests_with_a_certificate(void)
{
	client_passes("tests/interop/curl.sh", CERTIFICATE, 0, "");
}

static void
curl_sends_the_sample_requests_with_http_basic(void)
{
	client_passes("tests/interop/curl.sh", BASIC, 0, "");
}

static void
zeep_administers(void)
{
	struct buf out = BUF_INIT(0);
	const char *pem = live_path(&live, "pki/admin.pem");
	int rc = run_shell(&out,
	    "/usr/bin/python3 tests/interop/python/administration.py --url %s --ca '%s' --cert "
	    "'%s' --key '%s'",
	    live.url, live_path(&live, "pki/ca.pem"), pem, pem);

	if (rc != 0 && buf_terminate(&out, NULL) == 0)
		fprintf(stderr, "%s\n", (char *)out.data);
	CU_ASSERT_EQUAL(rc, 0);
	buf_release(&out);
}

/* With the administrator's own certificate, every line is a PASS. */
static void
java_administers(void)
{
	struct buf out = BUF_INIT(0);
	const char *at;
	int passed = 0,
	    rc = run_shell(&out,
		"CLASS=Administration tests/interop/java/run '%s' --url %s --ca '%s' --p12 '%s' "
		"--p12-password \"$(cat '%s')\"",
		live_program("."), live.url, live_path(&live, "pki/ca.pem"),
		live_path(&live, "pki/admin.p12"), live_path(&live, "pki/admin.pass"));

	CU_ASSERT_EQUAL_FATAL(buf_terminate(&out, NULL), 0);
	for (at = (char *)out.data; (at = strstr(at, "PASS ")) != NULL; at++)
		passed++;
	if (rc != 0 || passed < 12)
		fprintf(stderr, "exit %d, %d passed:\n%s\n", rc, passed, (char *)out.data);
	CU_ASSERT_EQUAL(rc, 0);
	CU_ASSERT(passed >= 12);
	buf_release(&out);
}

static const struct test tests[] = { TEST(zeep_calls_every_operation_with_a_certificate),
	TEST(zeep_calls_every_operation_with_http_basic),
	TEST(zeep_calls_every_operation_with_a_username_token),
	TEST(java_calls_every_operation_with_a_certificate_and_mtom),
	TEST(java_calls_every_operation_with_http_basic),
	TEST(java_calls_every_operation_with_a_username_token),
	TEST(curl_sends_the_sample_requests_with_a_certificate),
	TEST(curl_sends_the_sample_requests_with_http_basic), TEST(zeep_administers),
	TEST(java_administers), TEST_END };
const struct suite suite_system_interop = { "system/interop", setup, teardown, tests };
