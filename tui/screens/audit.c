/* The audit log: its rows, its chains with their check, its time stamps. */
#include <stdio.h>
#include <string.h>

#include "server/base/clock.h"
#include "tui/model/json.h"
#include "tui/model/things.h"
#include "tui/screens/all.h"

/* ---- chains ---- */

#define CHECK_SECONDS 60

/* What one part of a check found, after what was found before. */
static void
add_part(json_t *all, const json_t *part)
{
	static const char *const lists[] = { "problem", "remark" };
	const json_int_t rows = json_integer_value(json_object_get(all, "rows")) +
				json_integer_value(json_object_get(part, "rows"));
	size_t i;

	json_object_set_new(all, "rows", json_integer(rows));
	if (!json_is_true(json_object_get(part, "isGood")))
		json_object_set_new(all, "isGood", json_false());
	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		json_array_extend(json_object_get(all, lists[i]), json_object_get(part, lists[i]));
}

/*
 * The chain from its first row on, part by part. Other questions wait behind this one, so that it
 * ends after a while; the command line has no such end.
 */
static int
check_chain(struct client *client, const json_t *in, json_t **out, struct error *err)
{
	const int64_t end = clock_monotonic_us() + CHECK_SECONDS * 1000000LL;
	const char *node = get_text(json_object_get(in, "row"), "node");
	json_t *request = json_pack("{ss}", "node", node), *part = NULL,
	       *all = json_pack("{sssosos[]s[]}", "chain", node, "isGood", json_true(), "rows",
		   json_integer(0), "problem", "remark");
	int rc, goes_on;

	do {
		rc = thing_ask(client, "VerifyAudit", request, &part, err);
		goes_on = rc == 0 && get_text(part, "next")[0] != '\0';
		if (goes_on)
			json_object_set_new(request, "token", json_string(get_text(part, "next")));
		if (rc == 0)
			add_part(all, part);
		json_decref(part);
		part = NULL;
		client_forget(client);
	} while (goes_on && clock_monotonic_us() < end);
	if (goes_on)
		json_array_append_new(json_object_get(all, "remark"),
		    json_string("not checked to its end: `signet audit verify` does that"));
	if (rc == 0)
		*out = json_incref(all);
	json_decref(all);
	json_decref(request);
	return rc;
}

static const struct action chain_actions[] = { { .key = 'v',
    .label = "verify",
    .right = "VerifyAudit",
    .needs_row = 1,
    .act = check_chain,
    .shows = 1 } };
static const struct column chain_columns[] = { { "SERVER", "node", COLUMN_TEXT, 16, 2 },
	{ "ROWS", "seq", COLUMN_COUNT, 12, 0 }, { "LAST", "time", COLUMN_TIME, 16, 0 },
	{ "HASH", "hash", COLUMN_TEXT, 24, 3 } };
static const struct screen chains = { .name = "Chains",
	.title = "Chains of the audit log, one for each server",
	.empty = "There is none.",
	ROWS_OF(.columns, .column_count, chain_columns),
	.list = "ListAuditChains",
	ROWS_OF(.actions, .action_count, chain_actions) };

/* ---- time stamps ---- */

static void
dress_stamp(json_t *row)
{
	json_object_del(row, "statement"); /* the bytes */
	json_object_del(row, "token");
	json_object_set_new(row, "state",
	    json_string(get_text(row, "time")[0] != '\0'      ? "Works"
			: get_text(row, "failure")[0] != '\0' ? "Fails"
							      : "Waiting"));
}

static const struct column stamp_columns[] = { { "DAY", "day", COLUMN_TEXT, 10, 0 },
	{ "STATE", "state", COLUMN_STATE, 7, 0 }, { "STAMPED", "time", COLUMN_TIME, 16, 0 },
	{ "BY", "authority", COLUMN_TEXT, 16, 2 }, { "WHY", "failure", COLUMN_TEXT, 16, 3 } };
static const struct screen stamps = { .name = "Time stamps",
	.title = "Time stamps of the audit log, one for each day",
	.empty = "There is none yet.",
	ROWS_OF(.columns, .column_count, stamp_columns),
	.list = "ListAuditStamps",
	.dress = dress_stamp };

/* ---- rows ---- */

/* What tells a row from others, also after reloading. */
static void
dress_entry(json_t *row)
{
	char id[300];

	snprintf(id, sizeof(id), "%.200s %lld", get_text(row, "node"),
	    (long long)json_integer_value(json_object_get(row, "seq")));
	json_object_set_new(row, "id", json_string(id));
}

static const struct entry criteria[] = { { .member = "since",
					     .label = "From (2026-03-01T00:00:00Z)",
					     .from = "since",
					     .may_be_empty = 1 },
	{ .member = "until", .label = "To, without it", .from = "until", .may_be_empty = 1 },
	{ .member = "user", .label = "User", .from = "user", .may_be_empty = 1 },
	{ .member = "operation",
	    .label = "Operation (GrantRight)",
	    .from = "operation",
	    .may_be_empty = 1 },
	{ .member = "outcome",
	    .label = "Outcome (Success, Warning, Failure, or a fault)",
	    .from = "outcome",
	    .may_be_empty = 1 },
	{ .member = "object",
	    .label = "With what (a key, \"user alice\")",
	    .from = "object",
	    .may_be_empty = 1 },
	{ .member = "digest",
	    .label = "SHA-256 of the document",
	    .from = "digest",
	    .may_be_empty = 1 } };
static const struct action actions[] = {
	{ .key = 'f', .label = "find by", .filters = 1, ROWS_OF(.fields, .field_count, criteria) },
	{ .key = 'F', .label = "find all", .filters = 1 },
	{ .key = 'c', .label = "chains", .inside = &chains },
	{ .key = 't', .label = "time stamps", .inside = &stamps },
};
static const struct column columns[] = { { "TIME", "time", COLUMN_TIME, 16, 0 },
	{ "WHO", "caller", COLUMN_TEXT, 12, 2 }, { "OPERATION", "operation", COLUMN_TEXT, 15, 1 },
	{ "OUTCOME", "outcome", COLUMN_STATE, 10, 0 }, { "WITH", "object", COLUMN_TEXT, 12, 2 },
	{ "WHY", "reason", COLUMN_TEXT, 16, 3 }, { "FROM", "peer", COLUMN_TEXT, 15, 0 },
	{ "SERVER", "node", COLUMN_TEXT, 8, 0 } };

const struct screen screen_audit = { .name = "Audit",
	.title = "The audit log",
	.empty = "There is no row that fits.",
	ROWS_OF(.columns, .column_count, columns),
	.list = "QueryAudit",
	.filter = "text",
	.sort = "order",
	.dress = dress_entry,
	.detail = forget_id,
	ROWS_OF(.actions, .action_count, actions) };
