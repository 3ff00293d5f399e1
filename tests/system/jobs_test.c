/*
 * S2-34, S2-36: jobs on live servers: done when they are due or asked for, by one server at a time,
 * and by another when that one dies. What a job does is seen from outside: a peer whose lists it
 * fetches, the database, the log.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/clock.h"
#include "server/base/text.h"
#include "server/ops/evidence/obtain.h"
#include "signing/x509/cert.h"
#include "tests/support/database.h"
#include "tests/support/http_stub.h"
#include "tests/support/postgres.h"
#include "tests/support/soap_call.h"
#include "tests/support/suite.h"
#include "tests/support/trusted.h"

#define SEEN_MS 20000

static struct live one, two; /* two servers on one database */
static struct test_list list;
static struct http_stub stub;

/* The peer: it has a list, or says nothing for now and so keeps whoever asks at work. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t speaks = PTHREAD_COND_INITIALIZER;
static struct buf served = BUF_INIT(0);
static int is_silent;

static void
serve(void *arg, const char *head, struct span body, struct buf *answer)
{
	(void)arg;
	(void)head;
	(void)body;
	pthread_mutex_lock(&lock);
	while (is_silent)
		pthread_cond_wait(&speaks, &lock);
	http_stub_answer(answer, "200 OK", "application/vnd.etsi.tsl+xml", SPAN_OF(&served));
	pthread_mutex_unlock(&lock);
}

static void
be_silent(int silent)
{
	pthread_mutex_lock(&lock);
	is_silent = silent;
	pthread_cond_broadcast(&speaks);
	pthread_mutex_unlock(&lock);
}

static void
offer(uint64_t sequence, enum pki_id signer)
{
	pthread_mutex_lock(&lock);
	list.scheme.sequence = sequence;
	test_list_make(&list, signer, &served);
	pthread_mutex_unlock(&lock);
}

/* ---- what is seen ---- */

#define LISTS " FROM signet.job_run WHERE name = 'trust-lists' AND id > "

/* The last run there is: what comes behind it is the test's. */
static long
last_run(void)
{
	return atol(database_ask(one.database, "SELECT COALESCE(max(id), 0) FROM signet.job_run"));
}

static void
run_now(const char *job)
{
	char sql[200];

	snprintf(sql, sizeof(sql),
	    "UPDATE signet.job SET requested = clock_timestamp() WHERE name = '%s'", job);
	database_run(one.database, sql);
}

/* Results of the runs behind `from`, "Lost, Success". */
static int
runs_become(long from, const char *want)
{
	char sql[300];

	snprintf(sql, sizeof(sql),
	    "SELECT string_agg(COALESCE(result, 'runs'), ', ' ORDER BY id)" LISTS "%ld", from);
	return database_becomes(one.database, sql, want);
}

static int
await_requests(unsigned int more)
{
	int64_t end = clock_monotonic_us() + SEEN_MS * 1000LL;

	while (http_stub_requests(&stub) < more && clock_monotonic_us() < end)
		poll(NULL, 0, 2);
	return http_stub_requests(&stub) >= more;
}

/* Begin the job, by whichever server, and hold it: who has it. */
static struct live *
begin_and_hold(void)
{
	unsigned int before = http_stub_requests(&stub);

	be_silent(1);
	run_now("trust-lists");
	CU_ASSERT_FATAL(await_requests(before + 1));
	return strcmp(database_ask(one.database,
			  "SELECT claimed_by FROM signet.job WHERE name = 'trust-lists'"),
		   "two") == 0
		   ? &two
		   : &one;
}

/* ---- tests ---- */

static void
a_new_installation_does_each_job_at_once(void)
{
	CU_ASSERT(database_becomes(one.database,
	    "SELECT count(*) FROM signet.job WHERE next_run IS NULL OR run IS NOT "
	    "NULL",
	    "0"));
	CU_ASSERT_STRING_EQUAL(
	    database_ask(one.database,
		"SELECT string_agg(name || ' ' || count, ', ' ORDER BY name) FROM (SELECT name, "
		"count(*) FROM signet.job_run WHERE result = 'Success' GROUP BY name) r"),
	    "audit-stamps 1, case-remains 1, expiry 1, history 1, revocation 1, trust-lists 1, "
	    "user-certificates 1");
	CU_ASSERT_STRING_EQUAL(
	    database_ask(one.database,
		"SELECT count(*) FROM signet.job WHERE next_run > now() AND fails = 0"),
	    "7");
}

static void
a_list_is_imported_when_it_is_asked_for(void)
{
	long from = last_run();

	offer(7, PKI_P256);
	run_now("trust-lists");
	CU_ASSERT(runs_become(from, "Success"));
	/* The first one was made for the authority that stamps the audit log. */
	CU_ASSERT_STRING_EQUAL(
	    database_ask(one.database, "SELECT max(number) FROM signet.trust_snapshot"), "2");
	CU_ASSERT_STRING_EQUAL(database_ask(one.database,
				   "SELECT message FROM signet.job_run ORDER BY id DESC LIMIT 1"),
	    "1 lists: 1 new, 0 unchanged, 0 refused, 0 not fetched");
}

static void
a_forged_list_is_refused_and_the_last_good_one_stays(void)
{
	long from = last_run();

	offer(8, PKI_P384);
	run_now("trust-lists");
	CU_ASSERT(runs_become(from, "Warning"));
	CU_ASSERT_STRING_EQUAL(
	    database_ask(one.database, "SELECT max(number) FROM signet.trust_snapshot"), "2");
	CU_ASSERT_STRING_EQUAL(
	    database_ask(one.database, "SELECT string_agg(verdict, ' ' ORDER BY imported) FROM "
				       "signet.trust_list"),
	    "Accepted Stranger");
}

/* What jobs did and what went wrong is in the audit log as all else; what changed nothing is not.
 */
static void
runs_that_changed_something_are_in_the_audit_log(void)
{
	CU_ASSERT(database_becomes(one.database,
	    "SELECT count(*) FROM signet.audit a JOIN signet.node n ON n.id ="
	    " a.node WHERE n.name LIKE '%/jobs' AND a.operation = 'RunJob' AND"
	    " a.object = 'trust-lists' AND a.result = 'Success' AND a.reason LIKE"
	    " '%1 new%' AND a.caller = 'signetd'",
	    "1"));
	CU_ASSERT(database_becomes(one.database,
	    "SELECT count(*) FROM signet.audit WHERE operation = 'RunJob' AND"
	    " object = 'trust-lists' AND result = 'Warning' AND reason LIKE"
	    " '%1 refused%'",
	    "1"));
	CU_ASSERT(database_becomes(one.database,
	    "SELECT count(*) FROM signet.audit WHERE operation = 'RunJob' AND"
	    " object IN ('expiry', 'history')",
	    "0"));
}

static void
a_newer_list_makes_a_new_snapshot(void)
{
	long from = last_run();

	list.instances[0].status = trust_status_uri("withdrawn");
	offer(9, PKI_P256);
	run_now("trust-lists");
	CU_ASSERT(runs_become(from, "Success"));
	CU_ASSERT_STRING_EQUAL(
	    database_ask(one.database, "SELECT max(number) FROM signet.trust_snapshot"), "3");
}

/* S2-30: what ends soon is asked for again; what comes is no CRL, and what was there stays. */
static void
revocation_data_are_asked_for_again_before_they_end(void)
{
	unsigned int before = http_stub_requests(&stub);
	char sql[1000], url[100], hex[2 * STORE_SHA256 + 1];
	const struct obtain_want want = { .kind = PIECE_CRL, .url = url };
	unsigned char key[STORE_SHA256];
	struct error err = ERROR_INIT;

	snprintf(url, sizeof(url), "%slist.crl", stub.url);
	ASSERT_OK(obtain_key(&want, key, &err), &err);
	snprintf(sql, sizeof(sql),
	    "INSERT INTO signet.fetched_content (sha256, size) VALUES (sha256('x'), 1); INSERT "
	    "INTO "
	    "signet.fetched_part VALUES (sha256('x'), 0, 'x'); INSERT INTO signet.fetched (key, "
	    "kind, url, content, fetched, good_until, asked) VALUES ('\\x%s', 'Crl', "
	    "'%s', sha256('x'), now() - interval '1 hour', now() + interval '1 minute', "
	    "now())",
	    text_hex(hex, key, sizeof(key)), url);
	database_run(one.database, sql);
	run_now("revocation");
	CU_ASSERT(database_becomes(one.database,
	    "SELECT result || ' ' || message FROM signet.job_run WHERE name = "
	    "'revocation' ORDER BY id DESC LIMIT 1",
	    "Warning 0 fetched again, 1 could not be, 0 removed from the cache"));
	CU_ASSERT_EQUAL(http_stub_requests(&stub), before + 1);
	CU_ASSERT_STRING_EQUAL(
	    database_ask(one.database,
		"SELECT concat_ws(' ', content = sha256('x'), failure <> '') FROM "
		"signet.fetched"),
	    "t t");
}

/* The servers sleep until then: it is told to them, and they look at once. */
static void
a_new_interval_counts_at_once(void)
{
	long from = last_run();

	database_run(one.database,
	    "UPDATE signet.job SET every_seconds = 3600, next_run = now() + interval '1 second' "
	    "WHERE name = 'trust-lists'");
	CU_ASSERT(runs_become(from, "Success"));
	CU_ASSERT_STRING_EQUAL(database_ask(one.database,
				   "SELECT next_run - now() BETWEEN interval '50 minutes' AND "
				   "interval '1 hour' FROM signet.job WHERE name = 'trust-lists'"),
	    "t");
}

static void
what_is_under_way_is_not_begun_again(void)
{
	long from = last_run();

	begin_and_hold();
	/* Whoever looks into the plan for another job leaves this one alone. */
	run_now("history");
	CU_ASSERT(database_becomes(one.database,
	    "SELECT count(*) FROM signet.job WHERE name = 'history' AND requested IS "
	    "NOT NULL",
	    "0"));
	run_now("trust-lists");
	run_now("history");
	CU_ASSERT(database_becomes(one.database,
	    "SELECT count(*) FROM signet.job WHERE name = 'history' AND requested IS "
	    "NOT NULL",
	    "0"));
	CU_ASSERT(runs_become(from, "runs"));
	be_silent(0);
	/* What was asked for meanwhile is done afterwards. */
	CU_ASSERT(runs_become(from, "Success, Success"));
}

static void
who_dies_in_a_job_is_followed_by_his_successor(void)
{
	struct live *holder;
	long from, log;
	pid_t jobs;

	holder = begin_and_hold();
	from = last_run() - 1;
	log = live_log_end(holder);
	jobs = live_child(holder, "jobs");
	CU_ASSERT_FATAL(jobs != 0);
	be_silent(0);
	kill(jobs, SIGKILL);
	CU_ASSERT_PTR_NOT_NULL(live_log_line(holder, log, "jobs is back after"));
	CU_ASSERT(runs_become(from, "Lost, Success"));
	CU_ASSERT_NOT_EQUAL(live_child(holder, "jobs"), jobs);
}

/* The whole server is gone: nobody speaks for it, and its lease runs out. */
static void
who_is_not_heard_of_is_followed_by_the_other_server(void)
{
	struct live *holder = begin_and_hold(), *other = holder == &one ? &two : &one;
	long from = last_run() - 1, log = live_log_end(other);
	pid_t jobs = live_child(holder, "jobs");
	char want[100];

	CU_ASSERT_FATAL(jobs != 0);
	kill(holder->pid, SIGSTOP); /* it replaces nobody */
	kill(jobs, SIGKILL);
	be_silent(0);
	/* As long as the lease stands nobody else begins. */
	database_run(one.database, "SELECT pg_notify('signet_job', '')");
	run_now("history");
	CU_ASSERT(database_becomes(one.database,
	    "SELECT count(*) FROM signet.job WHERE name = 'history' AND requested IS "
	    "NOT NULL",
	    "0"));
	CU_ASSERT(runs_become(from, "runs"));
	/* Time passes. */
	database_run(one.database,
	    "UPDATE signet.job SET claimed_until = clock_timestamp() WHERE name = 'trust-lists'; "
	    "SELECT pg_notify('signet_job', '')");
	CU_ASSERT_PTR_NOT_NULL(live_log_line(other, log, "its server was not heard of in time"));
	CU_ASSERT(runs_become(from, "Lost, Success"));
	snprintf(want, sizeof(want), "%s %s", holder == &one ? "demo" : "two",
	    other == &one ? "demo" : "two");
	CU_ASSERT_STRING_EQUAL(database_ask(one.database,
				   "SELECT string_agg(node, ' ' ORDER BY id) FROM (SELECT id, node "
				   "FROM signet.job_run "
				   "WHERE name = 'trust-lists' ORDER BY id DESC LIMIT 2) r"),
	    want);
	log = live_log_end(holder);
	kill(holder->pid, SIGCONT);
	CU_ASSERT_PTR_NOT_NULL(live_log_line(holder, log, "jobs is back after"));
}

static int
job_command(struct buf *out, const char *arguments)
{
	char admin[512];

	snprintf(admin, sizeof(admin), "%s", postgres_conninfo("postgres", "postgres"));
	return run_shell(out, "'%s' job %s --database \"%s\" --name %s",
	    live_program("signet-init"), arguments, admin, one.database);
}

static void
an_administrator_changes_the_plan(void)
{
	static const char *const wrong[] = { "", "list history", "run", "walk history",
		"set history", "set history --every 0", "set history --every 5y",
		"set history --daily 25:00", "set history --every 1h --daily 03:00",
		"run history --every 1h" };
	struct buf out = BUF_INIT(0);
	long from;
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		CU_ASSERT_EQUAL(job_command(NULL, wrong[i]), 2);
	CU_ASSERT_EQUAL(job_command(NULL, "run dishes"), 1);
	CU_ASSERT_EQUAL(job_command(NULL, "pause trust-lists"), 0);
	from = last_run();
	CU_ASSERT_EQUAL(job_command(NULL, "run trust-lists"), 0);
	CU_ASSERT(runs_become(from, "Success"));
	CU_ASSERT_EQUAL(job_command(NULL, "set trust-lists --daily 04:30"), 0);
	CU_ASSERT_EQUAL(job_command(&out, "list"), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)out.data, "daily 04:30    paused"));
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)out.data, "Success: 1 lists: "));
	from = last_run();
	CU_ASSERT_EQUAL(job_command(NULL, "resume trust-lists"), 0);
	CU_ASSERT(runs_become(from, "Success")); /* a new plan begins with a run */
	CU_ASSERT_STRING_EQUAL(database_ask(one.database,
				   "SELECT (next_run AT TIME ZONE 'UTC')::time BETWEEN '04:30' AND "
				   "'04:40' FROM signet.job WHERE name = 'trust-lists'"),
	    "t");
	CU_ASSERT_EQUAL(job_command(NULL, "set trust-lists --every 6h"), 0);
	CU_ASSERT(database_becomes(one.database,
	    "SELECT every_seconds || ' ' || (next_run > now())::text FROM signet.job "
	    "WHERE name = 'trust-lists'",
	    "21600 true"));
	buf_release(&out);
}

/* Two runs of one job overlap never, but where the first was given up for lost. */
static void
no_two_runs_of_a_job_were_under_way_at_once(void)
{
	CU_ASSERT(atoi(database_ask(one.database, "SELECT count(*) FROM signet.job_run")) > 8);
	CU_ASSERT_STRING_EQUAL(database_ask(one.database,
				   "SELECT count(*) FROM signet.job_run a JOIN signet.job_run b ON "
				   "a.job_id = b.job_id "
				   "AND a.id < b.id AND b.started < a.ended"),
	    "0");
}

static void
health_and_figures_show_the_jobs(void)
{
	SSL_CTX *nobody = soap_call_context(&one, NULL);
	struct soap_call c;

	soap_call_init(&c, &one, nobody);
	CU_ASSERT_EQUAL(soap_page(&c, "/healthz"), 200);
	CU_ASSERT_PTR_NOT_NULL(strstr(soap_answer(&c), "\"jobs\": {"));
	CU_ASSERT_EQUAL(soap_page(&c, "/metrics"), 200);
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(soap_answer(&c), "\nsignet_job_next_seconds{job=\"trust-lists\"} 1"));
	CU_ASSERT_PTR_NOT_NULL(strstr(soap_answer(&c), "\n# TYPE signet_job_runs_total counter\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(soap_answer(&c), "\nsignet_jobs_restarts_total "));
	soap_call_end(&c);
	SSL_CTX_free(nobody);
}

static void
a_reload_switches_jobs_off_and_on(void)
{
	long log = live_log_end(&two), from;
	int64_t end;

	CU_ASSERT_EQUAL(
	    run_shell(NULL, "echo 'jobs = no' >> '%s'", live_path(&two, "signetd.conf")), 0);
	kill(two.pid, SIGHUP);
	CU_ASSERT_PTR_NOT_NULL(live_log_line(&two, log, "the new configuration is in use"));
	end = clock_monotonic_us() + SEEN_MS * 1000LL;
	while (live_child(&two, "jobs") != 0 && clock_monotonic_us() < end)
		poll(NULL, 0, 5);
	CU_ASSERT_EQUAL(live_child(&two, "jobs"), 0);
	/* The other one does them all the same. */
	from = last_run();
	run_now("trust-lists");
	CU_ASSERT(runs_become(from, "Success"));
	log = live_log_end(&two);
	CU_ASSERT_EQUAL(
	    run_shell(NULL, "sed -i '/^jobs/d' '%s'", live_path(&two, "signetd.conf")), 0);
	kill(two.pid, SIGHUP);
	CU_ASSERT_PTR_NOT_NULL(live_log_line(&two, log, "the plan of jobs is read"));
}

/* A job that waits for a silent peer does not keep the server: what it left is done by the rest. */
static void
an_end_in_the_midst_of_a_job_is_no_end_of_the_job(void)
{
	struct live *holder = begin_and_hold();
	long from = last_run() - 1;

	CU_ASSERT_EQUAL(live_end(holder), 0);
	be_silent(0);
	CU_ASSERT_EQUAL(live_restart(holder), 0);
	CU_ASSERT(runs_become(from, "Lost, Success"));
}

static int
add_source(void)
{
	struct error err = ERROR_INIT;
	struct buf der = BUF_INIT(0);
	char sql[8192], hex[6000];

	if (cert_write_der(&der, pki_cert(PKI_P256), &err) != 0)
		return -1;
	text_hex(hex, der.data, der.len);
	buf_release(&der);
	snprintf(sql, sizeof(sql),
	    "WITH s AS (INSERT INTO signet.trust_source (id, name, url, territory, signers) VALUES "
	    "(gen_random_uuid(), 'DE', '%sde.xml', 'DE', ARRAY['\\x%s'::bytea]) RETURNING id) "
	    "INSERT INTO signet.trust_choice SELECT t.id, s.id, '' FROM s, signet.tenant t WHERE "
	    "t.name = 'demo'",
	    stub.url, hex);
	return postgres_run(one.database, "postgres", sql, &err);
}

static int
start(void)
{
	test_list_init(&list);
	list.scheme.issued = clock_now() - PKI_DAY;
	list.scheme.next_update = clock_now() + 30 * PKI_DAY;
	if (http_stub_start(&stub, serve, NULL) != 0 ||
	    live_start(&one, "drain-seconds = 1\nfetch-networks = \"127.0.0.0/8\"", NULL) != 0 ||
	    live_start_beside(&two, &one, "two") != 0)
		return -1;
	return 0;
}

static int
stop(void)
{
	be_silent(0);
	live_stop(&two);
	live_stop(&one);
	http_stub_end(&stub);
	test_list_release(&list);
	buf_release(&served);
	return 0;
}

static void
sources_are_added(void)
{
	CU_ASSERT_EQUAL_FATAL(add_source(), 0);
}

static const struct test tests[] = {
	TEST(a_new_installation_does_each_job_at_once),
	TEST(sources_are_added),
	TEST(a_list_is_imported_when_it_is_asked_for),
	TEST(a_forged_list_is_refused_and_the_last_good_one_stays),
	TEST(runs_that_changed_something_are_in_the_audit_log),
	TEST(a_newer_list_makes_a_new_snapshot),
	TEST(revocation_data_are_asked_for_again_before_they_end),
	TEST(a_new_interval_counts_at_once),
	TEST(what_is_under_way_is_not_begun_again),
	TEST(who_dies_in_a_job_is_followed_by_his_successor),
	TEST(who_is_not_heard_of_is_followed_by_the_other_server),
	TEST(an_administrator_changes_the_plan),
	TEST(no_two_runs_of_a_job_were_under_way_at_once),
	TEST(health_and_figures_show_the_jobs),
	TEST(a_reload_switches_jobs_off_and_on),
	TEST(an_end_in_the_midst_of_a_job_is_no_end_of_the_job),
	TEST_END,
};
const struct suite suite_system_jobs = { "system/jobs", start, stop, tests };
