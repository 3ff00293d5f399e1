/* S2-36: what is due when, by a clock that the test sets. */
#include "server/jobs/scheduler.h"

#include <string.h>

#include "server/base/text.h"
#include "tests/support/suite.h"

#define S SCHEDULE_SECOND

static int64_t
at(const char *time)
{
	int64_t seconds = 0;

	CU_ASSERT_EQUAL_FATAL(text_parse_time(time, &seconds), 0);
	return seconds * S;
}

static struct schedule
schedule(int32_t every, const char *time, unsigned char id)
{
	struct schedule s = { .every = every };

	memset(s.id.bytes, id, sizeof(s.id.bytes));
	if (time != NULL)
		s.daily = (int32_t)(at(time) / S % 86400);
	return s;
}

/* ---- intervals ---- */

static void
an_interval_counts_from_start_to_start(void)
{
	const struct schedule s = schedule(3600, NULL, 1);
	const int64_t began = at("2026-03-01T12:00:00Z");
	int64_t short_run = schedule_next(&s, began, began + 5 * S, 0);
	int64_t long_run = schedule_next(&s, began, began + 900 * S, 0);

	CU_ASSERT_EQUAL(short_run, long_run);
	CU_ASSERT(short_run <= began + 3600 * S);
	CU_ASSERT(short_run > began + 3600 * S - 360 * S);
}

static void
what_takes_longer_than_its_interval_goes_on_at_once_but_not_before_it_ended(void)
{
	const struct schedule s = schedule(60, NULL, 1);
	const int64_t began = at("2026-03-01T12:00:00Z"), ended = began + 1000 * S;

	CU_ASSERT(schedule_next(&s, began, ended, 0) > ended);
	CU_ASSERT(schedule_next(&s, began, ended, 0) <= ended + S);
}

/* The server was off for a week: one run, not 168. */
static void
missed_runs_are_not_made_up_for(void)
{
	const struct schedule s = schedule(3600, NULL, 1);
	const int64_t was_due = at("2026-03-01T12:00:00Z"), now = was_due + 7 * SCHEDULE_DAY;
	const struct schedule_state state = { .has_next = 1, .next = was_due };
	int64_t wake, next;

	CU_ASSERT_EQUAL(schedule_decide(&state, now, &wake), SCHEDULE_BY_TIME);
	next = schedule_next(&s, now, now + S, 0);
	CU_ASSERT(next > now + 3000 * S && next <= now + 3600 * S);
}

/* ---- daily ---- */

static void
daily_jobs_come_each_day_at_their_time_in_utc(void)
{
	const struct schedule s = schedule(0, "2026-01-01T03:00:00Z", 9);
	/* Europe sets its clocks on 29 March and 25 October, the USA on 8 March and 1 November. */
	static const char *const days[] = { "2026-03-07T03:00:00Z", "2026-03-08T03:00:00Z",
		"2026-03-28T03:00:00Z", "2026-03-29T03:00:00Z", "2026-10-24T03:00:00Z",
		"2026-10-25T03:00:00Z", "2026-10-31T03:00:00Z", "2026-12-31T03:00:00Z",
		"2028-02-28T03:00:00Z" };
	size_t i;

	for (i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
		const int64_t due = at(days[i]);
		const int64_t first = schedule_next(&s, due - S, due - S, 0);

		CU_ASSERT(first >= due && first < due + SCHEDULE_SPREAD);
		CU_ASSERT_EQUAL(schedule_next(&s, first, first, 0), first + SCHEDULE_DAY);
		CU_ASSERT_EQUAL(
		    schedule_next(&s, first, first + 3600 * S, 0), first + SCHEDULE_DAY);
		CU_ASSERT_EQUAL(schedule_next(&s, first, first - 1, 0), first);
	}
}

static void
a_daily_job_shortly_before_midnight_may_fall_behind_it_but_is_not_lost(void)
{
	int64_t due = at("2026-03-01T23:59:59Z"), first;
	unsigned char id;

	for (id = 0; id < 100; id++) {
		const struct schedule s = schedule(0, "2026-01-01T23:59:59Z", id);

		first = schedule_next(&s, due, due - 3600 * S, 0);
		CU_ASSERT(first >= due && first < due + SCHEDULE_SPREAD);
		/* Asked between midnight and its place, it is still to come. */
		CU_ASSERT_EQUAL(schedule_next(&s, due, first - 1, 0), first);
		CU_ASSERT_EQUAL(schedule_next(&s, due, first, 0), first + SCHEDULE_DAY);
	}
}

static void
times_before_1970_are_no_trap(void)
{
	const struct schedule s = schedule(0, "2026-01-01T03:00:00Z", 1);
	const int64_t now = -5 * SCHEDULE_DAY + S, next = schedule_next(&s, now, now, 0);

	CU_ASSERT(next > now && next <= now + SCHEDULE_DAY);
}

/* ---- the herd ---- */

static void
jobs_of_the_same_plan_do_not_come_at_the_same_moment(void)
{
	const int64_t began = at("2026-03-01T12:00:00Z");
	int64_t earliest = INT64_MAX, latest = 0, next, last = 0;
	unsigned int distinct = 0, id;

	for (id = 0; id < 256; id++) {
		const struct schedule s = schedule(21600, NULL, (unsigned char)id);

		next = schedule_next(&s, began, began, 0);
		CU_ASSERT_EQUAL(next, schedule_next(&s, began, began, 0)); /* its own place */
		distinct += next != last;
		last = next;
		earliest = next < earliest ? next : earliest;
		latest = next > latest ? next : latest;
	}
	CU_ASSERT(distinct > 250);
	CU_ASSERT(latest <= began + 21600 * S);
	CU_ASSERT(earliest >= began + 21600 * S - SCHEDULE_SPREAD);
	CU_ASSERT(latest - earliest > SCHEDULE_SPREAD / 2);
}

/* ---- failures ---- */

static void
what_failed_is_tried_again_sooner_and_less_and_less_so(void)
{
	const struct schedule s = schedule(21600, NULL, 3);
	const int64_t began = at("2026-03-01T12:00:00Z"), now = began + 30 * S;
	int64_t wait, before = 0;
	int32_t fails;

	for (fails = 1; fails < 10; fails++) {
		wait = schedule_next(&s, began, now, fails) - now;
		CU_ASSERT(wait > before);
		CU_ASSERT(wait >= SCHEDULE_RETRY << (fails - 1));
		CU_ASSERT(wait < (SCHEDULE_RETRY << (fails - 1)) + SCHEDULE_RETRY / 10);
		before = wait;
	}
	for (; fails < 100; fails++)
		CU_ASSERT_EQUAL(
		    schedule_next(&s, began, now, fails), schedule_next(&s, began, now, 0));
}

/* ---- decisions ---- */

static void
each_state_is_decided(void)
{
	const int64_t now = at("2026-03-01T12:00:00Z");
	const struct {
		struct schedule_state state;
		enum schedule_due due;
		int64_t wake;
	} rows[] = {
		{ { .has_next = 1, .next = now }, SCHEDULE_BY_TIME, SCHEDULE_NEVER },
		{ { .has_next = 1, .next = now + 1 }, SCHEDULE_WAIT, now + 1 },
		{ { .has_next = 0 }, SCHEDULE_BY_TIME, SCHEDULE_NEVER },
		{ { .has_next = 1, .next = now + S, .is_requested = 1 }, SCHEDULE_BY_REQUEST,
		    SCHEDULE_NEVER },
		{ { .has_next = 1, .next = now - S, .is_paused = 1 }, SCHEDULE_WAIT,
		    SCHEDULE_NEVER },
		{ { .has_next = 1, .next = now + S, .is_paused = 1, .is_requested = 1 },
		    SCHEDULE_BY_REQUEST, SCHEDULE_NEVER },
		{ { .has_next = 1, .next = now - S, .is_disabled = 1, .is_requested = 1 },
		    SCHEDULE_WAIT, SCHEDULE_NEVER },
		/* Somebody works on it: until his lease ends it is his. */
		{ { .has_next = 1, .next = now - S, .is_claimed = 1, .lease_left = 7 * S },
		    SCHEDULE_WAIT, now + 7 * S },
		{ { .is_requested = 1, .is_claimed = 1, .lease_left = 1 }, SCHEDULE_WAIT, now + 1 },
		{ { .has_next = 1, .next = now - S, .is_claimed = 1, .lease_left = 0 },
		    SCHEDULE_TAKE_OVER, SCHEDULE_NEVER },
		{ { .has_next = 1,
		      .next = now - S,
		      .is_claimed = 1,
		      .lease_left = -S,
		      .is_paused = 1 },
		    SCHEDULE_WAIT, SCHEDULE_NEVER },
	};
	size_t i;
	int64_t wake;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CU_ASSERT_EQUAL(schedule_decide(&rows[i].state, now, &wake), rows[i].due);
		CU_ASSERT_EQUAL(wake, rows[i].wake);
	}
}

static const struct test tests[] = {
	TEST(an_interval_counts_from_start_to_start),
	TEST(what_takes_longer_than_its_interval_goes_on_at_once_but_not_before_it_ended),
	TEST(missed_runs_are_not_made_up_for),
	TEST(daily_jobs_come_each_day_at_their_time_in_utc),
	TEST(a_daily_job_shortly_before_midnight_may_fall_behind_it_but_is_not_lost),
	TEST(times_before_1970_are_no_trap),
	TEST(jobs_of_the_same_plan_do_not_come_at_the_same_moment),
	TEST(what_failed_is_tried_again_sooner_and_less_and_less_so),
	TEST(each_state_is_decided),
	TEST_END,
};
const struct suite suite_server_jobs_scheduler = { "server/jobs/scheduler", NULL, NULL, tests };
