/*
 * No space left: a log that cannot grow costs lines and no service; an audit log that cannot grow
 * costs answers and never a row that was promised (what was acknowledged is in the log), and
 * service comes back by itself with the space.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "server/base/clock.h"
#include "tests/support/postgres.h"
#include "tests/support/soap_call.h"
#include "tests/support/suite.h"

#define SMALL_DISK    "size=6m,mode=0777"
#define ATTEMPTS      400 /* rows fit into pages that are there already, for a while */
#define COMES_BACK_MS 15000

static char disk[] = "/tmp/signet-full-XXXXXX";
static int is_mounted;

static int
count(const struct live *live, const char *sql)
{
	struct error err = ERROR_INIT;
	char out[64];

	ASSERT_OK(postgres_ask(live->database, "signet_owner", sql, out, sizeof(out), &err), &err);
	return atoi(out);
}

static void
a_full_access_log_costs_no_answer(void)
{
	struct live live;
	struct soap_call c;
	SSL_CTX *erp;
	int i;

	CU_ASSERT_EQUAL_FATAL(live_start(&live, "access-log = \"/dev/full\"", NULL), 0);
	erp = soap_call_context(&live, "erp");
	soap_call_init(&c, &live, erp);
	for (i = 0; i < 20; i++)
		CU_ASSERT_EQUAL(soap_call(&c, "<WhoAmI/>"), 200);
	soap_call_end(&c);
	CU_ASSERT_EQUAL(live_end(&live), 0);
	live_stop(&live);
	SSL_CTX_free(erp);
}

/* The audit log onto a disk of its own that is nearly full. */
static int
move_audit(const struct live *live)
{
	struct error err = ERROR_INIT;
	char sql[200];

	snprintf(sql, sizeof(sql), "CREATE TABLESPACE small LOCATION '%s/db'", disk);
	return run_shell(NULL, "mkdir '%s/db' && chown postgres '%s/db'", disk, disk) == 0 &&
		       postgres_run(live->database, "postgres", sql, &err) == 0 &&
		       postgres_run(live->database, "postgres",
			   "ALTER TABLE signet.audit SET TABLESPACE small", &err) == 0 &&
		       run_shell(NULL, "cat /dev/zero > '%s/filler' 2>/dev/null; true", disk) == 0
		   ? 0
		   : -1;
}

static void
each_answer_is_in_the_log(const struct live *live, struct soap_call *c)
{
	int i, status = 200, served = 0;

	for (i = 0; i < ATTEMPTS && status == 200; i++) {
		status = soap_call(c, soap_sign_cms("demo-ec", "x", NULL));
		served += status == 200;
	}
	CU_ASSERT(soap_is_fault(c, "Unavailable", ""));
	CU_ASSERT_EQUAL(count(live, "SELECT count(*) FROM signet.audit WHERE operation = "
				    "'SignDocument' AND result = 'Success'"),
	    served);
}

static void
a_full_audit_log_answers_nobody_until_there_is_space(void)
{
	struct error err = ERROR_INIT;
	struct live live;
	struct soap_call c;
	SSL_CTX *erp;
	int64_t end;

	if (mkdtemp(disk) == NULL || mount("tmpfs", disk, "tmpfs", 0, SMALL_DISK) != 0) {
		test_not_run("no small disk could be mounted: %s", strerror(errno));
		return;
	}
	is_mounted = 1;
	CU_ASSERT_EQUAL_FATAL(live_start(&live, NULL, NULL), 0);
	erp = soap_call_context(&live, "erp");
	soap_call_init(&c, &live, erp);
	CU_ASSERT_EQUAL_FATAL(move_audit(&live), 0);
	each_answer_is_in_the_log(&live, &c);
	CU_ASSERT_EQUAL(run_shell(NULL, "rm '%s/filler'", disk), 0);
	end = clock_monotonic_us() + COMES_BACK_MS * 1000LL;
	while (soap_call(&c, "<WhoAmI/>") != 200 && clock_monotonic_us() < end)
		poll(NULL, 0, 20);
	CU_ASSERT_EQUAL(soap_call(&c, "<WhoAmI/>"), 200);
	CU_ASSERT_EQUAL(
	    count(&live,
		"SELECT count(*) FROM (SELECT seq - lag(seq) OVER (PARTITION BY node ORDER "
		"BY seq) AS step FROM signet.audit) s WHERE step <> 1"),
	    0);
	soap_call_end(&c);
	SSL_CTX_free(erp);
	CU_ASSERT_EQUAL(live_end(&live), 0);
	postgres_run(
	    live.database, "postgres", "ALTER TABLE signet.audit SET TABLESPACE pg_default", &err);
	postgres_run(live.database, "postgres", "DROP TABLESPACE small", &err);
	live_stop(&live);
}

static int
teardown(void)
{
	if (is_mounted && umount2(disk, MNT_DETACH) != 0)
		return -1;
	rmdir(disk);
	return 0;
}

static const struct test tests[] = { TEST(a_full_access_log_costs_no_answer),
	TEST(a_full_audit_log_answers_nobody_until_there_is_space), TEST_END };
const struct suite suite_system_full_disk = { "system/full_disk", NULL, teardown, tests };
