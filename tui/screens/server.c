/* What is set and what runs: settings of the tenant, jobs, the servers of the installation. */
#include <string.h>

#include "tui/model/json.h"
#include "tui/screens/all.h"

/* ---- settings ---- */

static const struct entry value_field[] = {
	{ .member = "value", .label = "Value", .from = "value" }
};
static const struct action setting_actions[] = {
	{ .key = 'n',
	    .label = "change",
	    .danger = DANGER_ASKS,
	    .words = "the new value counts for the whole tenant, at once.",
	    .needs_row = 1,
	    ROWS_OF(.fields, .field_count, value_field),
	    .operation = "UpdateSetting",
	    .take = "name was=value" },
	{ .key = 'x',
	    .label = "reset",
	    .danger = DANGER_ASKS,
	    .words = "the standard counts again, at once.",
	    .needs_row = 1,
	    .operation = "UpdateSetting",
	    .take = "name was=value" },
};
static const struct column setting_columns[] = { { "NAME", "name", COLUMN_TEXT, 28, 1 },
	{ "VALUE", "value", COLUMN_TEXT, 14, 2 }, { "STANDARD", "standard", COLUMN_TEXT, 14, 1 },
	{ "SET BY", "source", COLUMN_TEXT, 8, 0 },
	{ "WHAT FOR", "description", COLUMN_TEXT, 40, 4 } };
const struct screen screen_settings = { .name = "Settings",
	.title = "Settings of the tenant",
	.empty = "There is none that fits.",
	ROWS_OF(.columns, .column_count, setting_columns),
	.list = "ListSettings",
	.get = "GetSetting",
	.get_take = "name",
	ROWS_OF(.actions, .action_count, setting_actions) };

/* ---- jobs ---- */

static int
is_paused(const json_t *row)
{
	return strcmp(get_text(row, "state"), "Paused") == 0;
}

/* "Running" is more than "Active"; and how often, in a word. */
static void
dress_job(json_t *row)
{
	const json_int_t every = json_integer_value(json_object_get(row, "everySeconds"));
	const char *daily = get_text(row, "dailyAt");

	json_object_set_new(row, "is",
	    json_string(json_is_true(json_object_get(row, "isRunning")) ? "Running"
									: get_text(row, "state")));
	if (daily[0] != '\0')
		json_object_set_new(row, "plan", json_sprintf("at %.5s", daily));
	else if (every > 0)
		json_object_set_new(row, "plan",
		    every % 60 == 0 ? json_sprintf("every %lld min", (long long)every / 60)
				    : json_sprintf("every %lld s", (long long)every));
}

static void
detail_job(json_t *thing)
{
	json_object_del(thing, "is");
	json_object_del(thing, "plan");
}

static const struct column run_columns[] = { { "STARTED", "started", COLUMN_TIME, 16, 0 },
	{ "ENDED", "ended", COLUMN_TIME, 16, 0 }, { "RESULT", "result", COLUMN_STATE, 8, 0 },
	{ "WHAT IT SAID", "message", COLUMN_TEXT, 28, 3 }, { "ON", "node", COLUMN_TEXT, 10, 1 } };
static const struct screen runs = { .name = "Runs",
	.title = "Runs of",
	.empty = "It has not run yet.",
	ROWS_OF(.columns, .column_count, run_columns),
	.list = "ListJobRuns",
	.take = "id=of.id",
	.refresh_seconds = 5 };

static const struct entry every_field[] = { { .member = "everySeconds",
    .label = "Seconds from one start to the next",
    .from = "everySeconds" } },
			  daily_field[] = { { .member = "dailyAt",
			      .label = "Each day at (03:00, UTC)",
			      .from = "dailyAt" } };
#define JOB "id version state"
static const struct action job_actions[] = {
	{ .key = 'R', .label = "run now", .needs_row = 1, .operation = "RunJob", .take = "id" },
	{ .key = 'h', .label = "runs", .needs_row = 1, .inside = &runs },
	{ .key = 'p',
	    .label = "pause",
	    .danger = DANGER_ASKS,
	    .words = "it does not run until it is resumed.",
	    .needs_row = 1,
	    .fits = row_is_active,
	    .operation = "UpdateJob",
	    .take = JOB " everySeconds dailyAt",
	    .fixed = "state=Paused" },
	{ .key = 'p',
	    .label = "resume",
	    .needs_row = 1,
	    .fits = is_paused,
	    .operation = "UpdateJob",
	    .take = JOB " everySeconds dailyAt",
	    .fixed = "state=Active" },
	{ .key = 'e',
	    .label = "how often",
	    .needs_row = 1,
	    ROWS_OF(.fields, .field_count, every_field),
	    .operation = "UpdateJob",
	    .take = JOB },
	{ .key = 'd',
	    .label = "daily",
	    .needs_row = 1,
	    ROWS_OF(.fields, .field_count, daily_field),
	    .operation = "UpdateJob",
	    .take = JOB },
};
static const struct column job_columns[] = { { "NAME", "name", COLUMN_TEXT, 18, 2 },
	{ "STATE", "is", COLUMN_STATE, 8, 0 }, { "PLAN", "plan", COLUMN_TEXT, 13, 0 },
	{ "LAST", "lastEnded", COLUMN_TIME, 16, 0 }, { "RESULT", "lastResult", COLUMN_STATE, 8, 0 },
	{ "WHAT IT SAID", "lastMessage", COLUMN_TEXT, 16, 3 },
	{ "NEXT", "nextRun", COLUMN_TIME, 16, 0 }, { "ON", "runningOn", COLUMN_TEXT, 10, 0 } };
const struct screen screen_jobs = { .name = "Jobs",
	.title = "Jobs: when they run, and what became of them",
	.empty = "There is none that fits.",
	ROWS_OF(.columns, .column_count, job_columns),
	.list = "ListJobs",
	.get = "GetJob",
	.dress = dress_job,
	.detail = detail_job,
	.refresh_seconds = 10,
	ROWS_OF(.actions, .action_count, job_actions) };

/* ---- nodes ---- */

static const struct column node_columns[] = { { "SERVER", "name", COLUMN_TEXT, 16, 2 },
	{ "SEEN", "seen", COLUMN_TIME, 16, 0 }, { "ROWS LOGGED", "logged", COLUMN_COUNT, 12, 0 },
	{ "JOBS UNDER WAY", "job", COLUMN_TEXTS, 16, 3 },
	{ "SINCE", "created", COLUMN_TIME, 16, 0 } };
const struct screen screen_nodes = { .name = "Nodes",
	.title = "The servers of the installation; Health says how they do",
	.empty = "There is none that fits.",
	ROWS_OF(.columns, .column_count, node_columns),
	.list = "ListNodes",
	.refresh_seconds = 10 };
