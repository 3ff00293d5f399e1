/* Time-stamp authorities: outside ones by their URL, local ones by a key. */
#include <string.h>

#include "tui/screens/all.h"

/* Where it is: outside, or here. */
static void
dress_authority(json_t *row)
{
	const char *key = json_string_value(json_object_get(row, "key"));
	json_t *url = json_object_get(row, "url");

	if (url != NULL)
		json_object_set(row, "where", url);
	else if (key != NULL)
		json_object_set_new(row, "where", json_sprintf("key %s", key));
}

static void
detail_authority(json_t *thing)
{
	json_object_del(thing, "where");
	without_bytes(thing);
}

#define PLACE	"Place: the lowest is asked first"
#define TIMEOUT "Waited for, in milliseconds"
#define POLICY	"Policy, an OID (nothing: its own)"
#define FILES	"File of its certificates (nothing: "
static const struct entry add_fields[] = { { .member = "name", .label = "Name" },
	{ .member = "url", .label = "URL", .begins = "http://" },
	{ .member = "place", .label = PLACE, .begins = "100" },
	{ .member = "policy", .label = POLICY, .may_be_empty = 1 },
	{ .member = "timeout", .label = TIMEOUT, .begins = "10000" },
	{ .member = "certificate",
	    .label = FILES "trusted by lists)",
	    .may_be_empty = 1,
	    .is_file = 1 } },
			  local_fields[] = { { .member = "name", .label = "Name" },
				  { .member = "key", .label = "Key for time stamps" },
				  { .member = "policy", .label = "Policy, an OID" },
				  { .member = "place", .label = PLACE, .begins = "100" } },
			  change_fields[] = { { .member = "name", .label = "Name", .from = "name" },
				  { .member = "place", .label = PLACE, .from = "place" },
				  { .member = "url",
				      .label = "URL (nothing: it is local)",
				      .from = "url",
				      .may_be_empty = 1 },
				  { .member = "policy",
				      .label = POLICY,
				      .from = "policy",
				      .may_be_empty = 1 },
				  { .member = "timeout", .label = TIMEOUT, .from = "timeout" },
				  { .member = "certificate",
				      .label = FILES "as they are)",
				      .may_be_empty = 1,
				      .is_file = 1 } };
#define AUTHORITY "id version name place url policy timeout state"
static const struct action actions[] = {
	{ .key = 'a',
	    .label = "add",
	    ROWS_OF(.fields, .field_count, add_fields),
	    .operation = "CreateTimestampAuthority" },
	{ .key = 'A',
	    .label = "add a local one",
	    ROWS_OF(.fields, .field_count, local_fields),
	    .operation = "CreateTimestampAuthority" },
	{ .key = 't',
	    .label = "test",
	    .needs_row = 1,
	    .operation = "TestTimestampAuthority",
	    .take = "id",
	    .shows = 1 },
	{ .key = 'n',
	    .label = "change",
	    .needs_row = 1,
	    ROWS_OF(.fields, .field_count, change_fields),
	    .operation = "UpdateTimestampAuthority",
	    .take = AUTHORITY },
	{ .key = 'p',
	    .label = "disable",
	    .danger = DANGER_ASKS,
	    .words = "it is not asked until it is enabled again.",
	    .needs_row = 1,
	    .fits = row_is_active,
	    .operation = "UpdateTimestampAuthority",
	    .take = AUTHORITY,
	    .fixed = "state=Disabled" },
	{ .key = 'p',
	    .label = "enable",
	    .needs_row = 1,
	    .fits = row_is_disabled,
	    .operation = "UpdateTimestampAuthority",
	    .take = AUTHORITY,
	    .fixed = "state=Active" },
	VALIDATE,
	{ .key = 'x',
	    .label = "remove",
	    .danger = DANGER_NAMES,
	    .words = "it is asked no more.",
	    .needs_row = 1,
	    .operation = "RemoveTimestampAuthority",
	    .take = "id version" },
};
static const struct column columns[] = { { "PLACE", "place", COLUMN_COUNT, 5, 0 },
	{ "NAME", "name", COLUMN_TEXT, 16, 2 }, { "STATE", "state", COLUMN_STATE, 8, 0 },
	{ "WHERE", "where", COLUMN_TEXT, 24, 3 }, { "for all", "isServerWide", COLUMN_FLAG, 7, 0 },
	{ "ENDS", "notAfter", COLUMN_TIME, 16, 0 }, { "MS", "timeout", COLUMN_COUNT, 6, 0 } };

const struct screen screen_authorities = { .name = "Authorities",
	.title = "Time-stamp authorities, in the order in which they are asked",
	.empty = "There is none that fits.",
	ROWS_OF(.columns, .column_count, columns),
	.list = "ListTimestampAuthorities",
	.get = "GetTimestampAuthority",
	.dress = dress_authority,
	.detail = detail_authority,
	ROWS_OF(.actions, .action_count, actions) };
