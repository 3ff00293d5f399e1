/* Groups, with who is in them. */
#include <stdio.h>

#include "tui/model/json.h"
#include "tui/model/things.h"
#include "tui/screens/all.h"

/* ---- all that is known of one ---- */

#define GROUPS_WALKED  64 /* that are in it, by however many steps */
#define MEMBERS_LOOKED 500

/* The members of one group, as the server pages them: those of the first page. */
static json_t *
members_of(struct client *client, const char *id, struct error *err)
{
	json_t *request = json_pack("{sssi}", "groupId", id, "pageSize", MEMBERS_LOOKED),
	       *out = NULL;

	if (thing_ask(client, "ListGroupMembers", request, &out, err) != 0)
		out = NULL;
	json_decref(request);
	return out;
}

/*
 * Who is in the group: directly, and by groups that are in it. `walk` holds the groups that are
 * still to be looked into; it grows as they are found.
 */
static int
walk_members(struct client *client, json_t *group, json_t *walk, struct error *err)
{
	json_t *nested = json_array(), *users = json_array(), *seen = json_object(), *page, *item;
	size_t at, i;

	for (at = 0; at < json_array_size(walk) && at < GROUPS_WALKED; at++) {
		const json_t *in = json_array_get(walk, at);

		page = members_of(client, get_text(in, "id"), err);
		if (page == NULL)
			break;
		json_array_foreach(json_object_get(page, "items"), i, item)
		{
			const int is_group = get_text(item, "kind")[0] == 'G';
			char line[700];

			if (json_object_get(seen, get_text(item, "id")) != NULL)
				continue;
			json_object_set_new(seen, get_text(item, "id"), json_true());
			snprintf(line, sizeof(line), at == 0 ? "%.300s" : "%.300s, by %.300s",
			    get_text(item, "name"), get_text(in, "name"));
			json_array_append_new(is_group ? nested : users, json_string(line));
			if (is_group)
				json_array_append(walk, item);
		}
		if (json_object_get(page, "next") != NULL)
			json_object_set_new(group, "more",
			    json_string("than are shown here: `m` lists all who are in it"));
		json_decref(page);
	}
	json_object_set_new(group, "groups in it", nested);
	json_object_set_new(group, "effective members", users);
	json_decref(seen);
	return at < json_array_size(walk) && at < GROUPS_WALKED ? -1 : 0;
}

static int
open_group(struct client *client, const json_t *in, json_t **out, struct error *err)
{
	json_t *request = json_pack("{ss}", "id", get_text(in, "id")), *walk = json_array(),
	       *group = NULL;
	int rc = thing_ask(client, "GetGroup", request, &group, err);

	if (rc == 0) {
		json_array_append(walk, group);
		rc = walk_members(client, group, walk, err);
	}
	if (rc == 0)
		*out = json_incref(group);
	json_decref(group);
	json_decref(walk);
	json_decref(request);
	return rc;
}

/* ---- its members, a list of their own ---- */

static const struct entry user_field[] = { { .member = "memberId",
    .label = "User",
    .find = "GetUser" } },
			  group_field[] = {
				  { .member = "memberId", .label = "Group", .find = "GetGroup" }
			  };
static const struct action member_actions[] = {
	{ .key = 'a',
	    .label = "add a user",
	    ROWS_OF(.fields, .field_count, user_field),
	    .operation = "AddGroupMember",
	    .take = "groupId=of.id" },
	{ .key = 'A',
	    .label = "add a group",
	    ROWS_OF(.fields, .field_count, group_field),
	    .operation = "AddGroupMember",
	    .take = "groupId=of.id" },
	{ .key = 'x',
	    .label = "take out",
	    .danger = DANGER_ASKS,
	    .words = "loses what this group may do.",
	    .needs_row = 1,
	    .operation = "RemoveGroupMember",
	    .take = "groupId=of.id memberId=id" },
};
static const struct column member_columns[] = { { "KIND", "kind", COLUMN_TEXT, 6, 0 },
	{ "NAME", "name", COLUMN_TEXT, 24, 1 } };
static const struct screen members = { .name = "Members",
	.title = "Members of",
	.empty = "Nobody is in this group that fits.",
	ROWS_OF(.columns, .column_count, member_columns),
	.list = "ListGroupMembers",
	.take = "groupId=of.id",
	ROWS_OF(.actions, .action_count, member_actions) };

/* ---- the keys that it may use, a list of their own ---- */

static const struct entry key_field[] = { { .member = "key", .label = "Key" } };
static const struct action use_actions[] = {
	{ .key = 'a',
	    .label = "give a key",
	    ROWS_OF(.fields, .field_count, key_field),
	    .operation = "GrantKeyUse",
	    .take = "groupId=of.id" },
	{ .key = 'x',
	    .label = "take away",
	    .danger = DANGER_ASKS,
	    .words = "the group cannot sign with it any more.",
	    .needs_row = 1,
	    .operation = "RevokeKeyUse",
	    .take = "groupId=of.id key" },
};
static void
dress_use(json_t *row)
{
	json_object_set(row, "id", json_object_get(row, "keyId"));
	json_object_set(row, "name", json_object_get(row, "key"));
}

static const struct column use_columns[] = { { "KEY", "key", COLUMN_TEXT, 24, 1 },
	{ "STATE", "state", COLUMN_STATE, 9, 0 } };
static const struct screen uses = { .name = "Keys",
	.title = "Keys that may be used by",
	.empty = "This group may use no key.",
	ROWS_OF(.columns, .column_count, use_columns),
	.list = "ListKeyUses",
	.take = "groupId=of.id",
	.dress = dress_use,
	ROWS_OF(.actions, .action_count, use_actions) };

/* ---- groups ---- */

static const struct entry add_fields[] = { { .member = "name", .label = "Name" },
	{ .member = "description", .label = "What it is for", .may_be_empty = 1 } },
			  change_fields[] = { { .member = "name", .label = "Name", .from = "name" },
				  { .member = "description",
				      .label = "What it is for",
				      .from = "description",
				      .may_be_empty = 1 } };
static const struct action actions[] = {
	{ .key = 'a',
	    .label = "add",
	    ROWS_OF(.fields, .field_count, add_fields),
	    .operation = "CreateGroup" },
	{ .key = 'm', .label = "members", .needs_row = 1, .inside = &members },
	{ .key = 'K', .label = "keys", .needs_row = 1, .inside = &uses },
	{ .key = '+',
	    .label = "add a user",
	    .needs_row = 1,
	    ROWS_OF(.fields, .field_count, user_field),
	    .operation = "AddGroupMember",
	    .take = "groupId=id" },
	{ .key = '-',
	    .label = "take a user out",
	    .needs_row = 1,
	    ROWS_OF(.fields, .field_count, user_field),
	    .operation = "RemoveGroupMember",
	    .take = "groupId=id" },
	{ .key = 'n',
	    .label = "change",
	    .needs_row = 1,
	    ROWS_OF(.fields, .field_count, change_fields),
	    .operation = "UpdateGroup",
	    .take = "id version name description" },
	{ .key = 'x',
	    .label = "remove",
	    .danger = DANGER_NAMES,
	    .words = "its members lose what it may do; the history stays.",
	    .needs_row = 1,
	    .operation = "RemoveGroup",
	    .take = "id version" },
};
static const struct column columns[] = { { "NAME", "name", COLUMN_TEXT, 20, 2 },
	{ "WHAT FOR", "description", COLUMN_TEXT, 20, 3 },
	{ "IS IN", "group", COLUMN_TEXTS, 14, 2 }, { "CHANGED", "changed", COLUMN_TIME, 16, 0 } };

const struct screen screen_groups = { .name = "Groups",
	.title = "Groups",
	.empty = "There is no group that fits.",
	ROWS_OF(.columns, .column_count, columns),
	.list = "ListGroups",
	.open = open_group,
	ROWS_OF(.actions, .action_count, actions) };
