/* Certificates that were handed in: accepted into groups, or refused. */
#include <stdio.h>
#include <string.h>

#include "tui/model/json.h"
#include "tui/screens/all.h"

/* What a person is called by his certificate: a proposal for the user's name. */
static void
dress_sign_on(json_t *row)
{
	const char *subject = get_text(row, "subject"), *at = subject;
	char name[200];

	while (at != NULL && strncmp(at, "CN=", 3) != 0)
		at = (at = strchr(at, ',')) != NULL ? at + 1 : NULL;
	if (at == NULL)
		return;
	at += 3;
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(at, ","), at);
	json_object_set_new(row, "proposed", json_string(name));
}

static void
detail_sign_on(json_t *thing)
{
	json_object_del(thing, "proposed");
}

static int
is_waiting(const json_t *row)
{
	return strcmp(get_text(row, "state"), "Waiting") == 0;
}

#define GROUPS "Groups, with commas"
static const struct entry
    accept_fields[] = { { .member = "name", .label = "Name of the user", .from = "proposed" },
	    { .member = "groupId", .label = GROUPS, .may_be_empty = 1, .find = "GetGroup" } },
    further_fields[] = { { .member = "userId",
			     .label = "User that it belongs to",
			     .find = "GetUser" },
	    { .member = "groupId", .label = GROUPS, .may_be_empty = 1, .find = "GetGroup" } },
    refuse_fields[] = { { .member = "reason", .label = "Why (the person reads it)" } },
    rule_fields[] = { { .member = "rule",
	.label = "Who may hand in certificates (Closed, Trusted, Open)",
	.begins = "Trusted" } };
static const struct action actions[] = {
	{ .key = 'a',
	    .label = "accept",
	    .needs_row = 1,
	    .fits = is_waiting,
	    ROWS_OF(.fields, .field_count, accept_fields),
	    .operation = "AcceptSignOn",
	    .take = "id version" },
	{ .key = 'c',
	    .label = "accept for a user",
	    .needs_row = 1,
	    .fits = is_waiting,
	    ROWS_OF(.fields, .field_count, further_fields),
	    .operation = "AcceptSignOn",
	    .take = "id version" },
	{ .key = 'x',
	    .label = "refuse",
	    .danger = DANGER_ASKS,
	    .words = "is refused; it cannot be handed in again for a while.",
	    .needs_row = 1,
	    .fits = is_waiting,
	    ROWS_OF(.fields, .field_count, refuse_fields),
	    .operation = "RefuseSignOn",
	    .take = "id version" },
	{ .key = 'o',
	    .label = "who may",
	    .danger = DANGER_ASKS,
	    .words = "From now on that decides whose certificates get onto this list.",
	    ROWS_OF(.fields, .field_count, rule_fields),
	    .operation = "SetSignOnRule" },
};
static const struct column columns[] = { { "HANDED IN", "requested", COLUMN_TIME, 16, 0 },
	{ "SUBJECT", "subject", COLUMN_TEXT, 18, 3 }, { "STATE", "state", COLUMN_STATE, 8, 0 },
	{ "TRUSTED", "verdict", COLUMN_STATE, 13, 0 }, { "NOTE", "note", COLUMN_TEXT, 12, 3 },
	{ "FROM", "address", COLUMN_TEXT, 15, 0 }, { "PROOF", "proof", COLUMN_TEXT, 9, 0 },
	{ "UNTIL", "expires", COLUMN_TIME, 16, 0 },
	{ "DECIDED BY", "decidedBy", COLUMN_TEXT, 12, 1 } };

const struct screen screen_sign_ons = { .name = "Sign-ons",
	.title = "Certificates that were handed in",
	.empty = "There is none.",
	ROWS_OF(.columns, .column_count, columns),
	.list = "ListSignOns",
	.sort = "state",
	.dress = dress_sign_on,
	.detail = detail_sign_on,
	.refresh_seconds = 30,
	ROWS_OF(.actions, .action_count, actions) };
