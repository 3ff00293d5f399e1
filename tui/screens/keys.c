/* Keys that the caller may sign with; and all of the tenant, for administrators. */
#include "soapH.h"
#include "tui/model/answers.h"
#include "tui/model/json.h"
#include "tui/screens/all.h"

static int
fill(struct client *client, const json_t *in, json_t **out, struct error *err)
{
	const char *filter = json_string_value(json_object_get(in, "filter"));
	struct _sig__ListKeys request = {
		.filter = filter != NULL && filter[0] != '\0' ? (char *)filter : NULL
	};
	struct _sig__ListKeysResponse response = { 0 };
	struct soap *soap = client_call(client);

	if (soap_call___sig__ListKeys(soap, client->settings.endpoint, NULL, &request, &response) !=
	    SOAP_OK)
		return client_failure(client, err);
	*out = json_pack("{so}", "items", keys_json(soap, response.answer));
	return 0;
}

static const struct column columns[] = { { "NAME", "name", COLUMN_TEXT, 16, 2 },
	{ "ALGORITHM", "algorithm", COLUMN_TEXT, 10, 0 }, { "BITS", "size", COLUMN_COUNT, 5, 0 },
	{ "STATE", "state", COLUMN_STATE, 11, 0 }, { "EXPIRES", "notAfter", COLUMN_TIME, 16, 0 },
	{ "WHY", "reason", COLUMN_TEXT, 12, 3 } };

const struct screen screen_keys = { .name = "Keys",
	.title = "Keys that you may sign with",
	.right = "ListKeys",
	.empty = "There is no key that you may sign with; ask an administrator for one.",
	.columns = columns,
	.column_count = sizeof(columns) / sizeof(columns[0]),
	.fill = fill,
	.refresh_seconds = 30 };

/* ---- all of the tenant ---- */

/* The serial number stands there once. */
static void
detail_key(json_t *thing)
{
	json_object_del(thing, "serialNumber");
	without_bytes(thing);
}

static int
is_not_default(const json_t *row)
{
	return !json_is_true(json_object_get(row, "isDefault"));
}

static const struct entry rename_field[] = { { .member = "name",
    .label = "Name",
    .from = "name" } },
			  renew_field[] = { { .member = "certificate",
			      .label = "File of the new certificate for the same key",
			      .is_file = 1 } };
static const struct entry group_field[] = {
	{ .member = "groupId", .label = "Group", .find = "GetGroup" }
};
#define KEY "id version name state isDefault"
static const struct action actions[] = {
	{ .key = 'p',
	    .label = "disable",
	    .danger = DANGER_ASKS,
	    .words = "nobody can use it until it is activated again.",
	    .needs_row = 1,
	    .fits = row_is_active,
	    .operation = "UpdateSigningKey",
	    .take = KEY,
	    .fixed = "state=Disabled" },
	{ .key = 'p',
	    .label = "activate",
	    .needs_row = 1,
	    .fits = row_is_disabled,
	    .operation = "UpdateSigningKey",
	    .take = KEY,
	    .fixed = "state=Active" },
	{ .key = 'c',
	    .label = "renew",
	    .danger = DANGER_ASKS,
	    .words = "signatures are made with the new certificate from now on.",
	    .needs_row = 1,
	    ROWS_OF(.fields, .field_count, renew_field),
	    .operation = "RenewSigningKey",
	    .take = "id version" },
	VALIDATE,
	{ .key = 'n',
	    .label = "rename",
	    .needs_row = 1,
	    ROWS_OF(.fields, .field_count, rename_field),
	    .operation = "UpdateSigningKey",
	    .take = KEY },
	{ .key = '+',
	    .label = "give to a group",
	    .needs_row = 1,
	    ROWS_OF(.fields, .field_count, group_field),
	    .operation = "GrantKeyUse",
	    .take = "key=name" },
	{ .key = '-',
	    .label = "take from a group",
	    .needs_row = 1,
	    ROWS_OF(.fields, .field_count, group_field),
	    .operation = "RevokeKeyUse",
	    .take = "key=name" },
	{ .key = 'D',
	    .label = "make default",
	    .danger = DANGER_ASKS,
	    .words = "requests that name no key are signed with it from now on.",
	    .needs_row = 1,
	    .fits = is_not_default,
	    .operation = "UpdateSigningKey",
	    .take = KEY,
	    .fixed = "isDefault=yes" },
};
static const struct column all_columns[] = { { "NAME", "name", COLUMN_TEXT, 16, 2 },
	{ "STATE", "state", COLUMN_STATE, 8, 0 }, { "ALGORITHM", "algorithm", COLUMN_TEXT, 10, 0 },
	{ "BITS", "size", COLUMN_COUNT, 5, 0 }, { "ENDS", "notAfter", COLUMN_TIME, 16, 0 },
	{ "FOR", "usage", COLUMN_TEXTS, 10, 2 }, { "WHY", "problem", COLUMN_TEXT, 12, 3 },
	{ "default", "isDefault", COLUMN_FLAG, 7, 0 }, { "GROUPS", "group", COLUMN_TEXTS, 14, 2 } };

const struct screen screen_all_keys = { .name = "All keys",
	.title = "Keys of the tenant",
	.empty = "There is no key that fits.",
	ROWS_OF(.columns, .column_count, all_columns),
	.list = "ListSigningKeys",
	.get = "GetSigningKey",
	.detail = detail_key,
	ROWS_OF(.actions, .action_count, actions) };
