/* Users, with their certificates. */
#include <stdio.h>
#include <string.h>

#include "tui/model/json.h"
#include "tui/model/things.h"
#include "tui/screens/all.h"

/* What can be said of all certificates in a word: the worst. */
static const char *const revocations[] = { "Revoked", "OnHold", "Expired", "NotYetValid", "Unknown",
	"NotCheckable", "NotChecked", "Good" };
#define REVOCATIONS (sizeof(revocations) / sizeof(revocations[0]))

static size_t
rank(const json_t *certificate)
{
	size_t i = 0;

	while (i < REVOCATIONS && strcmp(revocations[i], get_text(certificate, "revocation")) != 0)
		i++;
	return i;
}

/* Certificates as a word, and why. */
static void
dress_user(json_t *row)
{
	const json_t *item, *worst = NULL;
	json_t *reason;
	size_t i;

	json_array_foreach(json_object_get(row, "certificate"), i,
	    item) if (worst == NULL || rank(item) < rank(worst)) worst = item;
	json_object_set_new(
	    row, "certificates", json_string(worst ? get_text(worst, "revocation") : "none"));
	reason = json_object_get(worst, "reason");
	if (reason != NULL)
		json_object_set(row, "certificateReason", reason);
}

static void
dress_certificate(json_t *row)
{
	json_object_del(row, "certificate"); /* the bytes */
}

static json_t *
names_of(const json_t *things)
{
	json_t *out = json_array();
	const json_t *thing;
	size_t i;

	json_array_foreach(things, i, thing)
	{
		json_array_append_new(out, json_string(get_text(thing, "name")));
	}
	return out;
}

/* For reading: in the order in which people look, SHA-256 called so, without the bytes. */
static json_t *
told_certificate(const json_t *certificate)
{
	static const char *const members[] = { "subject", "issuer", "serialNumber", "notBefore",
		"notAfter", "fingerprint", "state", "revocation", "reason", "created" };
	json_t *out = json_object(), *value;
	size_t i;

	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if ((value = json_object_get(certificate, members[i])) != NULL)
			json_object_set(out,
			    strcmp(members[i], "fingerprint") == 0 ? "SHA-256" : members[i], value);
	return out;
}

static void
detail_user(json_t *user)
{
	json_t *certificates = json_object_get(user, "certificate"), *told = json_array(), *groups,
	       *one;
	size_t i;

	json_array_foreach(certificates, i, one)
	{
		json_array_append_new(told, told_certificate(one));
	}
	groups = names_of(json_object_get(user, "group"));
	json_object_del(user, "certificateReason");
	json_object_del(user, "certificates");
	json_object_del(user, "group");
	json_object_del(user, "certificate");
	json_object_set_new(user, "groups", groups);
	json_object_set_new(user, "certificate", told);
}

/* ---- his certificates, a list of their own ---- */

static int
fill_certificates(struct client *client, const json_t *in, json_t **out, struct error *err)
{
	json_t *request =
		   json_pack("{sO?}", "id", json_object_get(json_object_get(in, "of"), "id")),
	       *user = NULL;
	int rc = thing_ask(client, "GetUser", request, &user, err);

	if (rc == 0)
		*out = json_pack("{sO}", "items", json_object_get(user, "certificate"));
	json_decref(user);
	json_decref(request);
	return rc;
}

static const struct entry certificate_field[] = {
	{ .member = "certificate", .label = "File of the certificate, PEM or DER", .is_file = 1 }
};
#define ONE "id=of.id fingerprint version"
static const struct action certificate_actions[] = {
	{ .key = 'a',
	    .label = "add",
	    ROWS_OF(.fields, .field_count, certificate_field),
	    .operation = "AddUserCertificate",
	    .take = "id=of.id" },
	{ .key = 'p',
	    .label = "suspend",
	    .danger = DANGER_ASKS,
	    .words = "nobody gets in by this certificate until it is resumed.",
	    .needs_row = 1,
	    .fits = row_is_active,
	    .operation = "UpdateUserCertificate",
	    .take = ONE,
	    .fixed = "state=Suspended" },
	{ .key = 'p',
	    .label = "resume",
	    .needs_row = 1,
	    .fits = row_is_suspended,
	    .operation = "UpdateUserCertificate",
	    .take = ONE,
	    .fixed = "state=Active" },
	{ .key = 'x',
	    .label = "remove",
	    .danger = DANGER_ASKS,
	    .words = "it is taken from the user; it can be added again.",
	    .needs_row = 1,
	    .operation = "RemoveUserCertificate",
	    .take = ONE },
};
static const struct column certificate_columns[] = { { "SUBJECT", "subject", COLUMN_TEXT, 16, 2 },
	{ "STATE", "state", COLUMN_STATE, 9, 0 },
	{ "REVOCATION", "revocation", COLUMN_STATE, 12, 0 },
	{ "ENDS", "notAfter", COLUMN_TIME, 16, 0 }, { "ISSUER", "issuer", COLUMN_TEXT, 12, 1 },
	{ "SHA-256", "fingerprint", COLUMN_TEXT, 16, 2 }, { "WHY", "reason", COLUMN_TEXT, 12, 2 } };
static const struct screen certificates = { .name = "Certificates",
	.title = "Certificates of",
	.empty = "This user has no certificate.",
	ROWS_OF(.columns, .column_count, certificate_columns),
	.right = "GetUser",
	.fill = fill_certificates,
	.dress = dress_certificate,
	ROWS_OF(.actions, .action_count, certificate_actions) };

/* ---- users ---- */

static const struct entry with_certificate[] = { { .member = "name", .label = "Name" },
	{ .member = "certificate", .label = "File of the certificate, PEM or DER", .is_file = 1 },
	{ .member = "groupId",
	    .label = "Groups, with commas",
	    .may_be_empty = 1,
	    .find = "GetGroup" } },
			  with_password[] = { { .member = "name", .label = "Name" },
				  { .member = "password", .label = "Password", .is_secret = 1 },
				  { .member = "groupId",
				      .label = "Groups, with commas",
				      .may_be_empty = 1,
				      .find = "GetGroup" } },
			  password[] = { { .member = "password",
			      .label = "New password",
			      .is_secret = 1 } },
			  rename_fields[] = { { .member = "name",
			      .label = "Name",
			      .from = "name" } },
			  until[] = { { .member = "validUntil",
			      .label = "Access ends (2027-01-01T00:00:00Z; nothing: never)",
			      .from = "validUntil",
			      .may_be_empty = 1 } },
			  group[] = {
				  { .member = "groupId", .label = "Group", .find = "GetGroup" }
			  };

#define USER	     "id version name state validUntil"
#define GROUP_MEMBER "memberId=id"
static const struct action actions[] = {
	{ .key = 'a',
	    .label = "add",
	    ROWS_OF(.fields, .field_count, with_certificate),
	    .operation = "CreateUser" },
	{ .key = 'A',
	    .label = "add with a password",
	    ROWS_OF(.fields, .field_count, with_password),
	    .operation = "CreateUser" },
	{ .key = 'c', .label = "certificates", .needs_row = 1, .inside = &certificates },
	{ .key = 'p',
	    .label = "suspend",
	    .danger = DANGER_ASKS,
	    .words = "who is suspended is refused everything, at once.",
	    .needs_row = 1,
	    .fits = row_is_active,
	    .operation = "UpdateUser",
	    .take = USER,
	    .fixed = "state=Suspended" },
	{ .key = 'p',
	    .label = "resume",
	    .needs_row = 1,
	    .fits = row_is_suspended,
	    .operation = "UpdateUser",
	    .take = USER,
	    .fixed = "state=Active" },
	{ .key = '+',
	    .label = "into a group",
	    .needs_row = 1,
	    ROWS_OF(.fields, .field_count, group),
	    .operation = "AddGroupMember",
	    .take = GROUP_MEMBER },
	{ .key = '-',
	    .label = "out of a group",
	    .needs_row = 1,
	    ROWS_OF(.fields, .field_count, group),
	    .operation = "RemoveGroupMember",
	    .take = GROUP_MEMBER },
	{ .key = 'w',
	    .label = "password",
	    .needs_row = 1,
	    ROWS_OF(.fields, .field_count, password),
	    .operation = "SetPassword",
	    .take = "id version" },
	{ .key = 'W',
	    .label = "no password",
	    .danger = DANGER_ASKS,
	    .words = "the password is forgotten; only certificates open.",
	    .needs_row = 1,
	    .operation = "SetPassword",
	    .take = "id version" },
	{ .key = 'n',
	    .label = "rename",
	    .needs_row = 1,
	    ROWS_OF(.fields, .field_count, rename_fields),
	    .operation = "UpdateUser",
	    .take = USER },
	{ .key = 'u',
	    .label = "until when",
	    .needs_row = 1,
	    ROWS_OF(.fields, .field_count, until),
	    .operation = "UpdateUser",
	    .take = USER },
	{ .key = 'x',
	    .label = "remove",
	    .danger = DANGER_NAMES,
	    .words = "the user is removed for good; the history stays.",
	    .needs_row = 1,
	    .operation = "RemoveUser",
	    .take = "id version" },
};

static const struct column columns[] = { { "NAME", "name", COLUMN_TEXT, 16, 2 },
	{ "STATE", "state", COLUMN_STATE, 9, 0 },
	{ "CERTIFICATE", "certificates", COLUMN_STATE, 12, 0 },
	{ "GROUPS", "group", COLUMN_TEXTS, 16, 3 },
	{ "WHY", "certificateReason", COLUMN_TEXT, 12, 3 },
	{ "ENDS", "validUntil", COLUMN_TIME, 16, 0 },
	{ "PASSWORD", "hasPassword", COLUMN_TEXT, 8, 0 },
	{ "CHANGED", "changed", COLUMN_TIME, 16, 0 } };

const struct screen screen_users = { .name = "Users",
	.title = "Users",
	.empty = "There is no user that fits.",
	ROWS_OF(.columns, .column_count, columns),
	.list = "ListUsers",
	.get = "GetUser",
	.dress = dress_user,
	.detail = detail_user,
	ROWS_OF(.actions, .action_count, actions) };
