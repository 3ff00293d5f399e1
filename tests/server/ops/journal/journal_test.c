/* The audit log is written before any answer, by many threads, over every accident of the database.
 */
#include "server/ops/journal/journal.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/ops/journal/chain.h"
#include "tests/support/postgres.h"
#include "tests/support/suite.h"

static char database[32];

static int
setup(void)
{
	/* Servers that come and go are what is tested here, not news. */
	log_setup("test", LOG_LEVEL_ERROR);
	return postgres_database(database) != NULL ? 0 : -1;
}

static int
teardown(void)
{
	log_setup("test", LOG_LEVEL_INFO);
	return 0;
}

/* ---- waiting for what becomes of a row ---------------------------------------------------------
 */

struct waiter {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	int done; /* how many were told */
	int committed, taken, failed;
	enum error_kind kind;
	char answer[64], operation[64];
};
#define WAITER_INIT                                                                                \
	{                                                                                          \
		.mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER            \
	}

static void
tell(void *arg, const struct journal_result *result)
{
	struct waiter *w = arg;

	pthread_mutex_lock(&w->mutex);
	w->done++;
	w->committed += result->outcome == JOURNAL_COMMITTED;
	w->taken += result->outcome == JOURNAL_TAKEN;
	w->failed += result->outcome == JOURNAL_FAILED;
	if (result->err != NULL)
		w->kind = result->err->kind;
	if (result->taken != NULL) {
		snprintf(w->answer, sizeof(w->answer), "%.*s", (int)result->taken->answer.len,
		    (const char *)result->taken->answer.data);
		snprintf(w->operation, sizeof(w->operation), "%s", result->taken->operation);
	}
	pthread_cond_signal(&w->changed);
	pthread_mutex_unlock(&w->mutex);
}

static void
wait_for(struct waiter *w, int done)
{
	pthread_mutex_lock(&w->mutex);
	while (w->done < done)
		pthread_cond_wait(&w->changed, &w->mutex);
	pthread_mutex_unlock(&w->mutex);
}

static struct journal *
open_journal(const char *node, unsigned int patience_ms)
{
	struct error err = ERROR_INIT;
	struct journal_options options = { .node = node, .patience_ms = patience_ms };
	struct journal *j;

	options.connection.conninfo = postgres_conninfo(database, "signet_server");
	ASSERT_OK(journal_open(&j, &options, &err), &err);
	return j;
}

static struct audit_row
a_row(void)
{
	struct audit_row row = { .caller = "erp",
		.operation = "SignDocument",
		.object = "seal",
		.result = "Success",
		.peer = "192.0.2.1",
		.size_in = 10 };

	row.at_us = clock_now_us();
	uuid_random(&row.request);
	return row;
}

static void
submit(struct journal *j, const struct request_record *record, struct waiter *w)
{
	struct error err = ERROR_INIT;
	const struct audit_row row = a_row();

	ASSERT_OK(journal_submit(j, &row, record, tell, w, &err), &err);
}

static int64_t
ask(const char *sql)
{
	struct error err = ERROR_INIT;
	char answer[64];

	ASSERT_OK(postgres_ask(database, "postgres", sql, answer, sizeof(answer), &err), &err);
	return atoll(answer);
}

/* The rows of the node, all of them good. */
static int64_t
rows_of(const char *node)
{
	struct db_options options = { .conninfo = postgres_conninfo(database, "signet_server") };
	struct error err = ERROR_INIT;
	struct chain_report report;
	struct db *db;

	ASSERT_OK(db_open(&db, &options, &err), &err);
	ASSERT_RC(audit_verify(db, node, NULL, NULL, &report, &err), 1, &err);
	db_close(db);
	return report.rows;
}

/* ---- tests -------------------------------------------------------------------------------------
 */

static void
a_row_is_there_before_its_caller_is_told(void)
{
	struct journal *j = open_journal("first", 0);
	struct waiter w = WAITER_INIT;
	struct journal_status status;

	submit(j, NULL, &w);
	wait_for(&w, 1);
	CU_ASSERT_EQUAL(w.committed, 1);
	CU_ASSERT_EQUAL(rows_of("first"), 1);
	journal_close(j);
	/* Again: the chain goes on. */
	j = open_journal("first", 0);
	submit(j, NULL, &w);
	wait_for(&w, 2);
	journal_status(j, &status);
	journal_close(j);
	CU_ASSERT_EQUAL(rows_of("first"), 2);
	CU_ASSERT(status.is_connected);
	/* What was told is told at the end at the latest. */
	CU_ASSERT_EQUAL(ask("SELECT head_seq FROM signet.node WHERE name = 'first'"), 2);
}

static void
a_caller_who_is_nobody_is_logged_with_what_he_claimed(void)
{
	struct journal *j = open_journal("nobody", 0);
	struct error err = ERROR_INIT;
	struct waiter w = WAITER_INIT;
	struct audit_row row = a_row();
	static char long_text[2000];
	unsigned char digest[65] = { 0 };

	memset(long_text, 'x', sizeof(long_text) - 1);
	memcpy(long_text + 299, "\xc3\xa4", 2); /* cut between its bytes */
	row.caller = long_text;
	row.object = "not \xff UTF-8";
	row.reason = "a' line\nbreak; DROP TABLE signet.audit";
	row.operation = NULL;
	row.result = "NotAuthenticated";
	ASSERT_OK(journal_submit(j, &row, NULL, tell, &w, &err), &err);
	row.digest = (struct span){ digest, 65 };
	CU_ASSERT_EQUAL(journal_submit(j, &row, NULL, tell, &w, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	wait_for(&w, 1);
	journal_close(j);
	CU_ASSERT_EQUAL(w.committed, 1);
	CU_ASSERT_EQUAL(rows_of("nobody"), 1);
	CU_ASSERT_EQUAL(
	    ask("SELECT count(*) FROM signet.audit WHERE tenant_id IS NULL AND user_id IS NULL"
		" AND result = 'NotAuthenticated' AND object = 'not ? UTF-8' AND operation = ''"
		" AND length(caller) = 299"),
	    1);
}

#define THREADS	    16
#define EACH	    200
#define ROWS_OF_ALL (THREADS * EACH)

static void *
submit_many(void *arg)
{
	struct waiter w = WAITER_INIT;
	struct journal *j = arg;
	int i;

	for (i = 0; i < EACH; i++) {
		submit(j, NULL, &w);
		wait_for(&w, i + 1);
	}
	return (void *)(intptr_t)w.committed;
}

static void
many_threads_write_one_chain(void)
{
	struct journal *j = open_journal("many", 0);
	pthread_t threads[THREADS];
	int i;

	for (i = 0; i < THREADS; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, submit_many, j), 0);
	for (i = 0; i < THREADS; i++) {
		void *committed;

		pthread_join(threads[i], &committed);
		CU_ASSERT_EQUAL((intptr_t)committed, EACH);
	}
	journal_close(j);
	CU_ASSERT_EQUAL(rows_of("many"), ROWS_OF_ALL);
}

static void
what_waits_at_the_end_is_committed(void)
{
	struct journal *j = open_journal("flush", 0);
	struct waiter w = WAITER_INIT;
	int i;

	for (i = 0; i < 1000; i++)
		submit(j, NULL, &w);
	journal_close(j);
	CU_ASSERT_EQUAL(w.committed, 1000);
	CU_ASSERT_EQUAL(rows_of("flush"), 1000);
}

/* A clock that is set back: rows stand in the order in which they came, with the time that it was
 * said to be, and the chain is good; a row that is given another place by its time is found. */
static void
when_the_clock_goes_back_rows_stay_in_the_order_they_came(void)
{
	struct journal *j = open_journal("clock", 0);
	struct db_options options = { .conninfo = postgres_conninfo(database, "signet_server") };
	struct error err = ERROR_INIT;
	struct waiter w = WAITER_INIT;
	struct audit_row row = a_row();
	struct chain_report report;
	struct db *db;
	int i;

	for (i = 0; i < 4; i++) {
		row = a_row();
		row.at_us -= i >= 2 ? 3600 * INT64_C(1000000) : 0;
		ASSERT_OK(journal_submit(j, &row, NULL, tell, &w, &err), &err);
		wait_for(&w, i + 1);
	}
	journal_close(j);
	CU_ASSERT_EQUAL(rows_of("clock"), 4);
	CU_ASSERT_EQUAL(
	    ask("SELECT count(*) FROM signet.audit a JOIN signet.audit b ON b.node = a.node AND "
		"b.seq = a.seq + 1 WHERE a.node = (SELECT id FROM signet.node WHERE name = "
		"'clock') AND b.at < a.at"),
	    1);
	ASSERT_OK(postgres_run(database, "postgres",
		      "SET session_replication_role = replica; UPDATE signet.audit SET at = now() "
		      "WHERE seq = 3 AND node = (SELECT id FROM signet.node WHERE name = 'clock')",
		      &err),
	    &err);
	ASSERT_OK(db_open(&db, &options, &err), &err);
	CU_ASSERT_EQUAL(audit_verify(db, "clock", NULL, NULL, &report, &err), 0);
	db_close(db);
}

static int
always_busy(void *arg)
{
	(void)arg;
	return 1;
}

/* Two batches at most hold what comes within the time; the second is what came behind the first. */
static void
while_workers_are_busy_rows_are_gathered(void)
{
	struct journal_options options = {
		.node = "gathered", .batch_max = 100, .gather_us = 60000000, .busy = always_busy
	};
	struct error err = ERROR_INIT;
	struct waiter w = WAITER_INIT;
	struct journal_status status;
	struct journal *j;
	int i;

	options.connection.conninfo = postgres_conninfo(database, "signet_server");
	ASSERT_OK(journal_open(&j, &options, &err), &err);
	for (i = 0; i < 200; i++)
		submit(j, NULL, &w);
	/* A minute is not waited: a full batch goes at once. */
	wait_for(&w, 200);
	do
		journal_status(j, &status);
	while (status.committed < 200);
	journal_close(j);
	CU_ASSERT_EQUAL(status.batches, 2);
	CU_ASSERT_EQUAL(rows_of("gathered"), 200);
}

/* A lower bound alone: how much longer the machine takes is its own affair. */
static void
few_rows_wait_longer_than_many(void)
{
	struct journal_options options = { .node = "few", .gather_us = 20000, .busy = always_busy };
	struct error err = ERROR_INIT;
	struct waiter w = WAITER_INIT;
	struct journal *j;
	int64_t start;
	int i;

	options.connection.conninfo = postgres_conninfo(database, "signet_server");
	ASSERT_OK(journal_open(&j, &options, &err), &err);
	start = clock_monotonic_us();
	for (i = 1; i < JOURNAL_FEW; i++)
		submit(j, NULL, &w);
	wait_for(&w, JOURNAL_FEW - 1);
	CU_ASSERT_TRUE(clock_monotonic_us() - start >= 20000 * JOURNAL_LONGER);
	journal_close(j);
	CU_ASSERT_EQUAL(rows_of("few"), JOURNAL_FEW - 1);
}

static int
busy_by_flag(void *arg)
{
	return atomic_load((_Atomic int *)arg);
}

/* Without the call the rows would wait for an hour. */
static void
a_worker_that_has_nothing_left_ends_the_wait(void)
{
	_Atomic int busy = 1;
	struct journal_options options = {
		.node = "nudged", .gather_us = 3600000000, .busy = busy_by_flag, .busy_arg = &busy
	};
	struct error err = ERROR_INIT;
	struct waiter w = WAITER_INIT;
	struct journal_status status;
	struct journal *j;
	int i;

	options.connection.conninfo = postgres_conninfo(database, "signet_server");
	ASSERT_OK(journal_open(&j, &options, &err), &err);
	for (i = 0; i < 20; i++)
		submit(j, NULL, &w);
	atomic_store(&busy, 0);
	journal_nudge(j);
	wait_for(&w, 20);
	/* While nobody is busy nothing is gathered, and a call too many does no harm. */
	journal_nudge(j);
	submit(j, NULL, &w);
	wait_for(&w, 21);
	do
		journal_status(j, &status);
	while (status.committed < 21);
	journal_close(j);
	CU_ASSERT_EQUAL(status.batches, 2);
	CU_ASSERT_EQUAL(rows_of("nudged"), 21);
}

static void
a_journal_that_gathers_can_be_closed(void)
{
	struct journal_options options = {
		.node = "closed", .gather_us = 3600000000, .busy = always_busy
	};
	struct error err = ERROR_INIT;
	struct waiter w = WAITER_INIT;
	struct journal *j;

	options.connection.conninfo = postgres_conninfo(database, "signet_server");
	ASSERT_OK(journal_open(&j, &options, &err), &err);
	submit(j, NULL, &w);
	journal_close(j);
	CU_ASSERT_EQUAL(w.committed, 1);
	CU_ASSERT_EQUAL(rows_of("closed"), 1);
}

static void
no_two_servers_write_as_one_node(void)
{
	struct journal *j = open_journal("one", 0), *second;
	struct error err = ERROR_INIT;
	struct journal_options options = { .node = "one", .patience_ms = 20 };

	options.connection.conninfo = postgres_conninfo(database, "signet_server");
	CU_ASSERT_EQUAL(journal_open(&second, &options, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_CONFLICT);
	CU_ASSERT_PTR_NULL(second);
	journal_close(j);
}

/* ---- request ids -------------------------------------------------------------------------------
 */

static struct request_record
a_record(const char *id, const char *answer)
{
	struct request_record r = { .tenant = { { 1 } },
		.user = { { 2 } },
		.id = id,
		.operation = "SignDocument",
		.answer = span_str(answer) };

	memset(r.digest, 7, sizeof(r.digest));
	return r;
}

static void
an_answer_is_stored_with_its_row(void)
{
	struct db_options options = { .conninfo = postgres_conninfo(database, "signet_server") };
	struct journal *j = open_journal("stored", 0);
	const struct request_record record = a_record("order 1", "signature 1");
	struct error err = ERROR_INIT;
	struct waiter w = WAITER_INIT;
	struct uuid stranger = { { 9 } };
	struct request_row row;
	struct db *db;

	submit(j, &record, &w);
	wait_for(&w, 1);
	journal_close(j);
	ASSERT_OK(db_open(&db, &options, &err), &err);
	ASSERT_RC(
	    store_request_find(db, &record.tenant, &record.user, "order 1", &row, &err), 1, &err);
	CU_ASSERT(span_equal(row.answer, span_str("signature 1")));
	CU_ASSERT(span_equal(row.digest, (struct span){ record.digest, REQUEST_DIGEST_SIZE }));
	CU_ASSERT_STRING_EQUAL(row.operation, "SignDocument");
	db_result_free(row.result);
	/* Another user, another tenant: nothing. */
	ASSERT_RC(
	    store_request_find(db, &record.tenant, &stranger, "order 1", &row, &err), 0, &err);
	ASSERT_RC(store_request_find(db, &stranger, &record.user, "order 1", &row, &err), 0, &err);
	db_close(db);
}

static void
the_second_of_two_equal_requests_gets_the_answer_of_the_first(void)
{
	struct journal *a = open_journal("race a", 0), *b = open_journal("race b", 0);
	const struct request_record first = a_record("order 2", "first"),
				    second = a_record("order 2", "second"),
				    other = a_record("order 3", "other");
	struct waiter wa = WAITER_INIT, wb = WAITER_INIT, wc = WAITER_INIT;

	submit(a, &first, &wa);
	wait_for(&wa, 1);
	submit(b, &second, &wb);
	submit(b, &other, &wc);
	wait_for(&wb, 1);
	wait_for(&wc, 1);
	CU_ASSERT_EQUAL(wa.committed, 1);
	CU_ASSERT_EQUAL(wb.taken, 1);
	CU_ASSERT_STRING_EQUAL(wb.answer, "first");
	CU_ASSERT_STRING_EQUAL(wb.operation, "SignDocument");
	CU_ASSERT_EQUAL(wc.committed, 1);
	journal_close(a);
	journal_close(b);
	/* The log says that a signature was made and not given. */
	CU_ASSERT_EQUAL(rows_of("race b"), 2);
	CU_ASSERT_EQUAL(ask("SELECT count(*) FROM signet.audit a JOIN signet.node n"
			    " ON n.id = a.node WHERE n.name = 'race b' AND result = 'Conflict'"),
	    1);
}

/* ---- cases ---- */

/* Cases of tenant 1 that are written and not sealed: ids 1 to n, as 00..01 and so on. */
static void
write_cases(int n)
{
	struct error err = ERROR_INIT;
	char sql[1000];

	snprintf(sql, sizeof(sql),
	    "INSERT INTO signet.tenant (id, name) VALUES"
	    " ('01000000-0000-0000-0000-000000000000', 'cases') ON CONFLICT DO NOTHING;"
	    "INSERT INTO signet.case_file SELECT '01000000-0000-0000-0000-000000000000',"
	    " lpad(n::text, 32, '0')::uuid, now(), gen_random_uuid(), '', gen_random_uuid(), '',"
	    " '', '', 'Api', 'File', 'TotalPassed', '', '', '', now(), '', '', '', sha256('')"
	    " FROM generate_series(1, %d) n",
	    n);
	ASSERT_OK(postgres_run(database, "postgres", sql, &err), &err);
}

static struct journal_case
a_case(unsigned char number)
{
	struct journal_case c = { .id = { { 0 } } };

	c.id.bytes[15] = number;
	memset(c.digest, number, sizeof(c.digest));
	return c;
}

static void
submit_cases(struct journal *j, const struct request_record *record,
    const struct journal_case *cases, size_t count, struct waiter *w)
{
	struct error err = ERROR_INIT;
	struct audit_row row = a_row();

	row.tenant = (struct uuid){ { 1 } };
	ASSERT_OK(journal_submit_cases(j, &row, record, cases, count, tell, w, &err), &err);
}

#define SEALED(number)                                                                             \
	ask("SELECT count(*) FROM signet.case_seal s JOIN signet.audit a ON a.node = s.node AND"   \
	    " a.seq = s.seq AND a.operation = 'StoreCase' AND a.object = s.case_id::text AND"      \
	    " a.digest = decode(repeat('0" number "', 32), 'hex') AND a.object LIKE '%0" number    \
	    "'")

static void
a_case_is_sealed_with_its_row_or_not_at_all(void)
{
	struct journal *j = open_journal("cases", 0);
	const struct journal_case cases[] = { a_case(1), a_case(2), a_case(3), a_case(9) };
	const struct request_record record = a_record("case order", "first");
	struct waiter w = WAITER_INIT, lost = WAITER_INIT, plain = WAITER_INIT, late = WAITER_INIT;
	struct error err = ERROR_INIT;
	const struct audit_row row = a_row();

	write_cases(4);
	submit_cases(j, &record, cases, 2, &w);
	wait_for(&w, 1);
	CU_ASSERT_EQUAL(w.committed, 1);
	CU_ASSERT_EQUAL(SEALED("1"), 1);
	CU_ASSERT_EQUAL(SEALED("2"), 1);
	CU_ASSERT_EQUAL(rows_of("cases"), 3);
	/* Who is late with the same request id stores nothing. */
	submit_cases(j, &record, &cases[2], 1, &late);
	wait_for(&late, 1);
	CU_ASSERT_EQUAL(late.taken, 1);
	CU_ASSERT_EQUAL(SEALED("3"), 0);
	CU_ASSERT_EQUAL(rows_of("cases"), 4);
	/* A case that is not there is nobody's, and takes no other row with it. */
	submit_cases(j, NULL, &cases[3], 1, &lost);
	submit(j, NULL, &plain);
	wait_for(&lost, 1);
	wait_for(&plain, 1);
	CU_ASSERT_EQUAL(lost.failed, 1);
	CU_ASSERT_EQUAL(plain.committed, 1);
	/* Its request is in the log, with what became of it. */
	CU_ASSERT_EQUAL(rows_of("cases"), 6);
	CU_ASSERT_EQUAL(ask("SELECT count(*) FROM signet.audit WHERE result = 'Internal' AND"
			    " reason LIKE 'the verdict could not be stored%'"),
	    1);
	/* None is sealed twice. */
	submit_cases(j, NULL, cases, 1, &lost);
	wait_for(&lost, 2);
	CU_ASSERT_EQUAL(lost.failed, 2);
	CU_ASSERT_EQUAL(rows_of("cases"), 7);
	CU_ASSERT_EQUAL(SEALED("1"), 1);
	CU_ASSERT_EQUAL(
	    journal_submit_cases(j, &row, NULL, cases, JOURNAL_CASES_MAX + 1, tell, &lost, &err),
	    -1);
	journal_close(j);
}

/* Of 200 rows one cannot be sealed: the others need few transactions more, not 199. */
static void
one_bad_row_is_singled_out_of_its_batch(void)
{
	struct journal_options options = {
		.node = "singled", .batch_max = 200, .gather_us = 60000000, .busy = always_busy
	};
	const struct journal_case none = a_case(8);
	struct waiter w = WAITER_INIT, lost = WAITER_INIT;
	struct error err = ERROR_INIT;
	struct journal *j;
	int i;

	write_cases(0);
	options.connection.conninfo = postgres_conninfo(database, "signet_server");
	ASSERT_OK(journal_open(&j, &options, &err), &err);
	for (i = 0; i < 200; i++)
		if (i == 77)
			submit_cases(j, NULL, &none, 1, &lost);
		else
			submit(j, NULL, &w);
	wait_for(&w, 199);
	wait_for(&lost, 1);
	journal_close(j);
	CU_ASSERT_EQUAL(w.committed, 199);
	CU_ASSERT_EQUAL(lost.failed, 1);
	CU_ASSERT_EQUAL(lost.kind, ERROR_NOT_FOUND);
	CU_ASSERT_EQUAL(rows_of("singled"), 200);
	CU_ASSERT(ask("SELECT count(DISTINCT a.xmin::text) FROM signet.audit a JOIN signet.node n"
		      " ON n.id = a.node WHERE n.name = 'singled'") < 20);
}

#define SAME 50

static struct request_record same[SAME];

static void
make_same(void)
{
	static char ids[SAME][24];
	int i;

	for (i = 0; i < SAME; i++) {
		snprintf(ids[i], sizeof(ids[i]), "same %d", i);
		same[i] = a_record(ids[i], "the answer");
	}
}

static void *
submit_same(void *arg)
{
	struct waiter w = WAITER_INIT;
	struct journal *j = arg;
	int i;

	for (i = 0; i < SAME; i++)
		submit(j, &same[i], &w);
	wait_for(&w, SAME);
	CU_ASSERT_EQUAL(w.failed, 0);
	return (void *)(intptr_t)w.committed;
}

static void
of_many_equal_requests_on_many_servers_one_is_answered(void)
{
	struct journal *j[2] = { open_journal("same a", 0), open_journal("same b", 0) };
	pthread_t threads[6];
	int64_t committed = 0;
	int i;

	make_same();
	for (i = 0; i < 6; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, submit_same, j[i % 2]), 0);
	for (i = 0; i < 6; i++) {
		void *mine;

		pthread_join(threads[i], &mine);
		committed += (intptr_t)mine;
	}
	journal_close(j[0]);
	journal_close(j[1]);
	CU_ASSERT_EQUAL(committed, SAME);
	CU_ASSERT_EQUAL(rows_of("same a") + rows_of("same b"), 6 * SAME);
	CU_ASSERT_EQUAL(ask("SELECT count(*) FROM signet.request_id WHERE id LIKE 'same %'"), SAME);
}

static void
a_record_without_an_id_is_refused(void)
{
	struct journal *j = open_journal("refused", 0);
	struct request_record record = a_record("", "x");
	const struct audit_row row = a_row();
	struct waiter w = WAITER_INIT;
	struct error err = ERROR_INIT;
	char long_id[600];

	CU_ASSERT_EQUAL(journal_submit(j, &row, &record, tell, &w, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	memset(long_id, 'x', sizeof(long_id));
	long_id[599] = '\0';
	record.id = long_id;
	CU_ASSERT_EQUAL(journal_submit(j, &row, &record, tell, &w, &err), -1);
	journal_close(j);
	CU_ASSERT_EQUAL(w.done, 0);
}

/* ---- accidents ---------------------------------------------------------------------------------
 */

static void
without_the_database_nobody_gets_an_answer(void)
{
	struct journal *j = open_journal("away", 20);
	struct waiter before = WAITER_INIT, away = WAITER_INIT, after;
	struct journal_status status;
	struct error err = ERROR_INIT;

	submit(j, NULL, &before);
	wait_for(&before, 1);
	postgres_stop(1);
	submit(j, NULL, &away);
	wait_for(&away, 1);
	CU_ASSERT_EQUAL(away.failed, 1);
	CU_ASSERT_EQUAL(away.kind, ERROR_UNAVAILABLE);
	ASSERT_OK(postgres_start(), &err);
	/* Attempts are spaced: soon one is let through. */
	do {
		memset(&after, 0, sizeof(after));
		pthread_mutex_init(&after.mutex, NULL);
		pthread_cond_init(&after.changed, NULL);
		submit(j, NULL, &after);
		wait_for(&after, 1);
	} while (after.committed == 0);
	journal_status(j, &status);
	journal_close(j);
	CU_ASSERT(status.is_connected);
	CU_ASSERT_EQUAL(status.committed, 2);
	/* Nothing of what was told unavailable. */
	CU_ASSERT_EQUAL(rows_of("away"), 2);
}

static int
open_away(const char *node, const char *name, struct journal **j, struct error *err)
{
	struct journal_options options = { .node = node, .patience_ms = 20, .may_start_away = 1 };

	error_clear(err);
	options.connection.conninfo = postgres_conninfo(name, "signet_server");
	return journal_open(j, &options, err);
}

static void
a_log_opened_without_the_database_begins_by_itself(void)
{
	struct waiter away = WAITER_INIT, after = WAITER_INIT;
	const struct timespec pause = { 0, 5000000 };
	struct error err = ERROR_INIT;
	struct journal_status status;
	struct journal *j;

	postgres_stop(1);
	ASSERT_OK(open_away("late", database, &j, &err), &err);
	journal_status(j, &status);
	CU_ASSERT_FALSE(status.is_connected);
	CU_ASSERT_PTR_NOT_NULL(strstr(status.why, "cannot be reached"));
	submit(j, NULL, &away);
	wait_for(&away, 1);
	CU_ASSERT_EQUAL(away.failed, 1);
	CU_ASSERT_EQUAL(away.kind, ERROR_UNAVAILABLE);
	ASSERT_OK(postgres_start(), &err);
	/* No row comes, and still it finds out. */
	do {
		nanosleep(&pause, NULL);
		journal_status(j, &status);
	} while (!status.is_connected);
	CU_ASSERT_STRING_EQUAL(status.why, "");
	submit(j, NULL, &after);
	wait_for(&after, 1);
	CU_ASSERT_EQUAL(after.committed, 1);
	journal_close(j);
	CU_ASSERT_EQUAL(rows_of("late"), 1);
}

static void
a_database_that_is_there_and_wrong_is_no_reason_to_wait(void)
{
	struct error err = ERROR_INIT;
	struct journal *j, *first = open_journal("taken", 20);
	char empty[32];

	CU_ASSERT_EQUAL(open_away("taken", database, &j, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_CONFLICT);
	CU_ASSERT_PTR_NOT_NULL_FATAL(postgres_empty_database(empty));
	CU_ASSERT_EQUAL(open_away("x", empty, &j, &err), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "signet-init migrate"));
	journal_close(first);
}

/* Who sends requests only where all is well would never send one again. */
static void
when_the_database_is_back_an_idle_journal_connects_by_itself(void)
{
	struct journal *j = open_journal("idle", 20);
	struct waiter w = WAITER_INIT;
	struct journal_status status;
	struct error err = ERROR_INIT;
	int64_t end;

	postgres_stop(1);
	submit(j, NULL, &w);
	wait_for(&w, 1);
	journal_status(j, &status);
	CU_ASSERT(!status.is_connected);
	ASSERT_OK(postgres_start(), &err);
	end = clock_monotonic_us() + 10000000;
	do {
		poll(NULL, 0, 5);
		journal_status(j, &status);
	} while (!status.is_connected && clock_monotonic_us() < end);
	CU_ASSERT(status.is_connected);
	submit(j, NULL, &w);
	wait_for(&w, 2);
	CU_ASSERT_EQUAL(w.committed, 1);
	journal_close(j);
}

static void
a_short_absence_is_bridged(void)
{
	struct journal *j = open_journal("bridged", 20000);
	struct waiter w = WAITER_INIT;
	struct error err = ERROR_INIT;

	submit(j, NULL, &w);
	wait_for(&w, 1);
	postgres_stop(1);
	submit(j, NULL, &w);
	ASSERT_OK(postgres_start(), &err);
	wait_for(&w, 2);
	CU_ASSERT_EQUAL(w.committed, 2);
	journal_close(j);
	CU_ASSERT_EQUAL(rows_of("bridged"), 2);
}

struct storm {
	struct journal *journal;
	int stop; /* by __atomic */
	int committed, failed;
};

static void *
submit_in_storm(void *arg)
{
	struct storm *s = arg;
	struct waiter w = WAITER_INIT;
	int n = 0;

	while (!__atomic_load_n(&s->stop, __ATOMIC_ACQUIRE)) {
		submit(s->journal, NULL, &w);
		wait_for(&w, ++n);
	}
	__atomic_add_fetch(&s->committed, w.committed, __ATOMIC_RELAXED);
	__atomic_add_fetch(&s->failed, w.failed, __ATOMIC_RELAXED);
	return NULL;
}

static void
wait_committed(struct journal *j, uint64_t more)
{
	struct journal_status status;
	uint64_t from;

	journal_status(j, &status);
	from = status.committed;
	do
		journal_status(j, &status);
	while (status.committed < from + more);
}

/*
 * Killed in the middle of commits again and again: with patience, each row whose caller was told
 * that it is there is there, and no other. The head tells what became of a commit under way.
 */
static void
a_killed_database_loses_and_invents_nothing(void)
{
	struct storm s = { .journal = open_journal("storm", 20000) };
	struct error err = ERROR_INIT;
	pthread_t threads[4];
	int i;

	for (i = 0; i < 4; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, submit_in_storm, &s), 0);
	for (i = 0; i < 4; i++) {
		wait_committed(s.journal, 200);
		postgres_stop(1);
		ASSERT_OK(postgres_start(), &err);
	}
	wait_committed(s.journal, 10);
	__atomic_store_n(&s.stop, 1, __ATOMIC_RELEASE);
	for (i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	journal_close(s.journal);
	CU_ASSERT_EQUAL(s.failed, 0);
	CU_ASSERT_EQUAL(rows_of("storm"), s.committed);
}

static void
a_full_queue_sends_away(void)
{
	struct error err = ERROR_INIT;
	struct journal_options options = { .node = "full", .queue_max = 10, .patience_ms = 60000 };
	const struct audit_row row = a_row();
	struct waiter w = WAITER_INIT;
	struct journal *j;
	int taken = 0;

	options.connection.conninfo = postgres_conninfo(database, "signet_server");
	ASSERT_OK(journal_open(&j, &options, &err), &err);
	/* The writer waits for the database while rows come. */
	postgres_stop(1);
	while (taken < 1000 && journal_submit(j, &row, NULL, tell, &w, &err) == 0)
		taken++;
	CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
	CU_ASSERT(taken >= 10 && taken < 30);
	error_clear(&err);
	ASSERT_OK(postgres_start(), &err);
	journal_close(j);
	CU_ASSERT_EQUAL(w.committed, taken);
	CU_ASSERT_EQUAL(rows_of("full"), taken);
}

static const struct test tests[] = { TEST(a_row_is_there_before_its_caller_is_told),
	TEST(a_caller_who_is_nobody_is_logged_with_what_he_claimed),
	TEST(many_threads_write_one_chain), TEST(what_waits_at_the_end_is_committed),
	TEST(when_the_clock_goes_back_rows_stay_in_the_order_they_came),
	TEST(while_workers_are_busy_rows_are_gathered), TEST(few_rows_wait_longer_than_many),
	TEST(a_worker_that_has_nothing_left_ends_the_wait),
	TEST(a_journal_that_gathers_can_be_closed), TEST(no_two_servers_write_as_one_node),
	TEST(an_answer_is_stored_with_its_row),
	TEST(the_second_of_two_equal_requests_gets_the_answer_of_the_first),
	TEST(of_many_equal_requests_on_many_servers_one_is_answered),
	TEST(a_case_is_sealed_with_its_row_or_not_at_all),
	TEST(one_bad_row_is_singled_out_of_its_batch), TEST(a_record_without_an_id_is_refused),
	TEST(without_the_database_nobody_gets_an_answer),
	TEST(a_log_opened_without_the_database_begins_by_itself),
	TEST(a_database_that_is_there_and_wrong_is_no_reason_to_wait),
	TEST(when_the_database_is_back_an_idle_journal_connects_by_itself),
	TEST(a_short_absence_is_bridged), TEST(a_killed_database_loses_and_invents_nothing),
	TEST(a_full_queue_sends_away), TEST_END };
const struct suite suite_server_ops_journal_journal = { "server/ops/journal/journal", setup,
	teardown, tests };
