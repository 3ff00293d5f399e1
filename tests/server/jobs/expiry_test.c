/* Certificates of our own that end soon are counted and told; old runs are forgotten. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/clock.h"
#include "server/jobs/jobs.h"
#include "tests/support/database.h"
#include "tests/support/postgres.h"
#include "tests/support/suite.h"
#include "tests/support/world.h"

static struct world w;
static struct jobs_figures figures;

static int
setup(void)
{
	return world_make(&w);
}

static int
teardown(void)
{
	clock_set_offset(0);
	world_end(&w);
	return 0;
}

static struct job_result
run(int (*job)(struct job_context *, struct job_result *, struct error *),
    const struct uuid *tenant)
{
	struct job_context context = { .db = w.db,
		.tenant = tenant,
		.node = "here",
		.last_good = DB_NO_TIME,
		.figures = &figures };
	struct job_result result = { 0 };
	struct error err = ERROR_INIT;

	ASSERT_OK(job(&context, &result, &err), &err);
	return result;
}

/* Keys and certificates of the world end at WORLD_NOT_AFTER; stand so many days before. */
static void
stand(int days)
{
	clock_set_offset(0);
	clock_set_offset(WORLD_NOT_AFTER - days * 86400L + 3600 - clock_now());
}

static void
expects(int d60, int d30, int d14, int d7)
{
	const int want[EXPIRY_STEPS] = { d60, d30, d14, d7 };
	int i;

	for (i = 0; i < EXPIRY_STEPS; i++)
		CU_ASSERT_EQUAL(atomic_load(&figures.expiring[i]), want[i]);
}

static void
what_ends_is_counted_by_how_soon_it_does(void)
{
	struct job_result r;

	/* Three keys and three users' certificates; what else the world has does not decode. */
	stand(100);
	r = run(job_expiry, NULL);
	CU_ASSERT(!r.is_warning);
	expects(0, 0, 0, 0);
	stand(60);
	r = run(job_expiry, NULL);
	CU_ASSERT(r.is_warning);
	expects(6, 0, 0, 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(r.message, "6 certificates end within 60 days, first "));
	stand(30);
	run(job_expiry, NULL);
	expects(6, 6, 0, 0);
	database_run(w.database,
	    "UPDATE signet.user_certificate SET state = 'suspended'; UPDATE signet.signing_key "
	    "SET not_after = not_after - interval '25 days' WHERE name = 'spare'");
	r = run(job_expiry, NULL);
	expects(3, 3, 1, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(r.message, "key \"spare\" of tenant acme"));
	database_run(
	    w.database, "UPDATE signet.signing_key SET state = 'disabled' WHERE name = 'spare'");
	stand(-1);
	run(job_expiry, NULL);
	expects(2, 2, 2, 2);
}

static void
a_tenants_own_job_sees_its_own(void)
{
	struct job_result r;

	stand(30);
	run(job_expiry, NULL);
	r = run(job_expiry, &w.rival);
	CU_ASSERT_PTR_NOT_NULL(strstr(r.message, "1 certificates"));
	CU_ASSERT_PTR_NULL(strstr(r.message, "acme"));
	expects(2, 2, 0, 0); /* the figures are the installation's */
}

static void
history_keeps_what_is_young(void)
{
	struct job_result r;

	clock_set_offset(0);
	database_run(w.database,
	    "DELETE FROM signet.job_run; INSERT INTO signet.job_run (job_id, name, node, started, "
	    "ended, result) SELECT j.id, j.name, 'a', t.at, t.at, 'Success' FROM signet.job j, "
	    "(SELECT now() - n * interval '10 days' AS at FROM generate_series(50, 1, -1) n) t "
	    "WHERE j.name = 'expiry'");
	r = run(job_history, NULL);
	CU_ASSERT_STRING_EQUAL(r.message, "30 runs were forgotten"); /* 20 are kept in any case */
	r = run(job_history, NULL);
	CU_ASSERT_STRING_EQUAL(r.message, "0 runs were forgotten");
}

static void
the_figures_are_told_for_each_job(void)
{
	struct error err = ERROR_INIT;
	struct buf text = BUF_INIT(0);
	char failing[100];
	unsigned int i;

	atomic_store(&figures.job[0].runs, 7);
	atomic_store(&figures.job[0].last_us, 1500000);
	atomic_store(&figures.job[1].is_failing, 1);
	ASSERT_OK(jobs_figures_text(&figures, &text, &err), &err);
	CU_ASSERT_EQUAL(buf_terminate(&text, &err), 0);
	for (i = 0; i < job_kind_count; i++)
		CU_ASSERT_PTR_NOT_NULL(strstr((char *)text.data, job_kinds[i].name));
	CU_ASSERT_PTR_NOT_NULL(
	    strstr((char *)text.data, "signet_job_runs_total{job=\"trust-lists\"} 7\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(
	    (char *)text.data, "signet_job_last_duration_seconds{job=\"trust-lists\"} 1.5\n"));
	CU_ASSERT_PTR_NOT_NULL(
	    strstr((char *)text.data, "signet_certificates_expiring{days=\"60\"} "));
	jobs_figures_failing(&figures, failing, sizeof(failing));
	CU_ASSERT_STRING_EQUAL(failing, job_kinds[1].name);
	buf_release(&text);
}

static const struct test tests[] = { TEST(what_ends_is_counted_by_how_soon_it_does),
	TEST(a_tenants_own_job_sees_its_own), TEST(history_keeps_what_is_young),
	TEST(the_figures_are_told_for_each_job), TEST_END };
const struct suite suite_server_jobs_expiry = { "server/jobs/expiry", setup, teardown, tests };
