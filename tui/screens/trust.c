/* Whom the tenant trusts: trust centres of trusted lists, own CAs, and snapshots of both. */
#include <stdio.h>
#include <string.h>

#include "tui/model/json.h"
#include "tui/model/things.h"
#include "tui/screens/all.h"

/* ---- trust centres ---- */

/* Of one name there may be several, on several lists. */
static void
dress_centre(json_t *row)
{
	char id[600];

	snprintf(id, sizeof(id), "%.40s %.500s", get_text(row, "listId"), get_text(row, "name"));
	json_object_set_new(row, "id", json_string(id));
	json_object_set_new(row, "trust",
	    json_string(!json_is_true(json_object_get(row, "isChosen"))	 ? "no"
			: json_is_true(json_object_get(row, "isListed")) ? "trusted"
									 : "not listed"));
	json_object_set_new(row, "services",
	    json_integer((json_int_t)json_array_size(json_object_get(row, "service"))));
}

static void
detail_centre(json_t *thing)
{
	json_object_del(thing, "id");
	json_object_del(thing, "trust");
	json_object_del(thing, "services");
}

static int
is_chosen(const json_t *row)
{
	return json_is_true(json_object_get(row, "isChosen"));
}
static int
is_not_chosen(const json_t *row)
{
	return !is_chosen(row);
}

static const struct entry centre_criteria[] = {
	{ .member = "list", .label = "Of which list", .from = "list", .may_be_empty = 1 },
	{ .member = "chosenOnly",
	    .label = "Only those that are trusted (yes, no)",
	    .from = "chosenOnly",
	    .begins = "no",
	    .may_be_empty = 1 }
};
#define CENTRE "list=listId trustCentre=name"
static const struct action centre_actions[] = {
	{ .key = ' ',
	    .label = "trust",
	    .danger = DANGER_ASKS,
	    .words = "signatures by its certificates are taken from now on.",
	    .needs_row = 1,
	    .fits = is_not_chosen,
	    .operation = "ChooseTrustCentre",
	    .take = CENTRE },
	{ .key = ' ',
	    .label = "let go",
	    .danger = DANGER_ASKS,
	    .words = "signatures by its certificates are not taken any more.",
	    .needs_row = 1,
	    .fits = is_chosen,
	    .operation = "RejectTrustCentre",
	    .take = CENTRE },
	{ .key = 'f',
	    .label = "find by",
	    .filters = 1,
	    ROWS_OF(.fields, .field_count, centre_criteria) },
	{ .key = 'F', .label = "find all", .filters = 1 },
};
static const struct column centre_columns[] = { { "TRUST CENTRE", "name", COLUMN_TEXT, 30, 3 },
	{ "TRUST", "trust", COLUMN_STATE, 10, 0 }, { "LIST", "list", COLUMN_TEXT, 14, 1 },
	{ "OF", "territory", COLUMN_TEXT, 4, 0 }, { "SERVICES", "services", COLUMN_COUNT, 8, 0 } };
#define CENTRES                                                                                    \
	.empty = "There is no trust centre that fits.",                                            \
	ROWS_OF(.columns, .column_count, centre_columns), .list = "ListTrustCentres",              \
	.dress = dress_centre, .detail = detail_centre,                                            \
	ROWS_OF(.actions, .action_count, centre_actions)

const struct screen screen_trust = {
	.name = "Trust", .title = "Trust centres of trusted lists", CENTRES
};
static const struct screen centres = {
	.name = "Trust centres", .title = "Trust centres of", .take = "list=of.id", CENTRES
};

/* ---- trusted lists ---- */

static const struct entry choose_fields[] = { { .member = "later",
    .label = "Also trust centres that it names later (yes, no)",
    .begins = "no" } };
static const struct action list_actions[] = {
	{ .key = 'c', .label = "trust centres", .needs_row = 1, .inside = &centres },
	{ .key = 'a',
	    .label = "trust all",
	    .danger = DANGER_ASKS,
	    .words = "all its trust centres are trusted from now on.",
	    .needs_row = 1,
	    ROWS_OF(.fields, .field_count, choose_fields),
	    .operation = "ChooseTrustCentre",
	    .take = "list=id" },
	{ .key = 'x',
	    .label = "let all go",
	    .danger = DANGER_NAMES,
	    .words = "none of its trust centres is trusted any more.",
	    .needs_row = 1,
	    .operation = "RejectTrustCentre",
	    .take = "list=id" },
};
static const struct column list_columns[] = { { "NAME", "name", COLUMN_TEXT, 14, 2 },
	{ "OF", "territory", COLUMN_TEXT, 4, 0 }, { "STATE", "state", COLUMN_STATE, 8, 0 },
	{ "LAST", "verdict", COLUMN_STATE, 9, 0 }, { "ISSUED", "issued", COLUMN_TIME, 16, 0 },
	{ "NEXT UPDATE", "nextUpdate", COLUMN_TIME, 16, 0 },
	{ "WHY", "failure", COLUMN_TEXT, 16, 3 }, { "all", "isChosen", COLUMN_FLAG, 3, 0 },
	{ "NUMBER", "sequence", COLUMN_COUNT, 6, 0 }, { "TRIED", "tried", COLUMN_TIME, 16, 0 } };

const struct screen screen_lists = { .name = "Lists",
	.title = "Trusted lists",
	.empty = "There is no list that fits; `signet-init trust source add` adds one.",
	ROWS_OF(.columns, .column_count, list_columns),
	.list = "ListTrustLists",
	ROWS_OF(.actions, .action_count, list_actions) };

/* ---- own CAs ---- */

/* What GetStatus knows of CRLs and of OCSP. */
static int
fill_revocation(struct client *client, const json_t *in, json_t **out, struct error *err)
{
	json_t *request = json_object(), *all = NULL, *items = json_array(), *item;
	int rc = thing_ask(client, "GetStatus", request, &all, err);
	size_t i;

	(void)in;
	json_array_foreach(json_object_get(all, "items"), i, item)
	{
		const char *part = get_text(item, "part");

		if (strcmp(part, "Crl") == 0 || strcmp(part, "Ocsp") == 0)
			json_array_append(items, item);
	}
	if (rc == 0)
		*out = json_pack("{sO}", "items", items);
	json_decref(items);
	json_decref(all);
	json_decref(request);
	return rc;
}

static const struct column revocation_columns[] = { { "BY", "part", COLUMN_TEXT, 4, 0 },
	{ "STATE", "state", COLUMN_STATE, 6, 0 }, { "GOOD UNTIL", "time", COLUMN_TIME, 16, 0 },
	{ "FROM", "name", COLUMN_TEXT, 24, 2 }, { "MORE", "text", COLUMN_TEXT, 16, 3 } };
static const struct screen revocation = { .name = "CRL and OCSP",
	.title = "Where revocation was asked for, and what came",
	.empty = "None was asked for yet.",
	ROWS_OF(.columns, .column_count, revocation_columns),
	.right = "GetStatus",
	.fill = fill_revocation };

#define USAGE "Trusted for (Signing, Timestamping, TlsClient, TlsServer, OcspSigning)"
#define CRLS  "Where a CRL is asked for, with commas"
#define OCSPS "Where OCSP is asked, with commas"
static const struct entry
    add_fields[] = { { .member = "name", .label = "Name" },
	    { .member = "certificate",
		.label = "File of the certificate, PEM or DER",
		.is_file = 1 },
	    { .member = "usage", .label = USAGE, .begins = "Signing", .may_be_empty = 1 },
	    { .member = "crlUrl", .label = CRLS, .may_be_empty = 1 },
	    { .member = "ocspUrl", .label = OCSPS, .may_be_empty = 1 } },
    change_fields[] = { { .member = "name", .label = "Name", .from = "name" },
	    { .member = "usage", .label = USAGE, .from = "usage", .may_be_empty = 1 },
	    { .member = "crlUrl", .label = CRLS, .from = "crlUrl", .may_be_empty = 1 },
	    { .member = "ocspUrl", .label = OCSPS, .from = "ocspUrl", .may_be_empty = 1 } };
#define ANCHOR "id version name state usage crlUrl ocspUrl"
static const struct action anchor_actions[] = {
	{ .key = 'a',
	    .label = "add",
	    ROWS_OF(.fields, .field_count, add_fields),
	    .operation = "AddTrustAnchors" },
	{ .key = 'n',
	    .label = "change",
	    .needs_row = 1,
	    ROWS_OF(.fields, .field_count, change_fields),
	    .operation = "UpdateTrustAnchor",
	    .take = ANCHOR },
	{ .key = 'p',
	    .label = "disable",
	    .danger = DANGER_ASKS,
	    .words = "what rests on it is not trusted until it is enabled again.",
	    .needs_row = 1,
	    .fits = row_is_active,
	    .operation = "UpdateTrustAnchor",
	    .take = ANCHOR,
	    .fixed = "state=Disabled" },
	{ .key = 'p',
	    .label = "enable",
	    .needs_row = 1,
	    .fits = row_is_disabled,
	    .operation = "UpdateTrustAnchor",
	    .take = ANCHOR,
	    .fixed = "state=Active" },
	VALIDATE,
	{ .key = 'c', .label = "CRL and OCSP", .inside = &revocation },
	{ .key = 'x',
	    .label = "remove",
	    .danger = DANGER_NAMES,
	    .words = "what rests on it is not trusted any more.",
	    .needs_row = 1,
	    .operation = "RemoveTrustAnchor",
	    .take = "id version" },
};
static const struct column anchor_columns[] = { { "NAME", "name", COLUMN_TEXT, 14, 2 },
	{ "STATE", "state", COLUMN_STATE, 8, 0 }, { "SUBJECT", "subject", COLUMN_TEXT, 18, 3 },
	{ "ENDS", "notAfter", COLUMN_TIME, 16, 0 }, { "FOR", "usage", COLUMN_TEXTS, 14, 2 },
	{ "CRL", "crlUrl", COLUMN_TEXTS, 12, 2 }, { "OCSP", "ocspUrl", COLUMN_TEXTS, 12, 2 } };

const struct screen screen_anchors = { .name = "Own CAs",
	.title = "CA certificates that the tenant itself trusts",
	.empty = "There is none that fits.",
	ROWS_OF(.columns, .column_count, anchor_columns),
	.list = "ListTrustAnchors",
	.get = "GetTrustAnchor",
	.detail = without_bytes,
	ROWS_OF(.actions, .action_count, anchor_actions) };

/* ---- snapshots ---- */

/* A snapshot is told by its number. */
static void
dress_snapshot(json_t *row)
{
	char id[40];

	snprintf(
	    id, sizeof(id), "%lld", (long long)json_integer_value(json_object_get(row, "number")));
	json_object_set_new(row, "id", json_string(id));
}

static const struct entry against_field[] = { { .member = "against",
    .label = "Number of the snapshot to compare with" } };
static const struct action snapshot_actions[] = { { .key = 'd',
    .label = "compare",
    .needs_row = 1,
    ROWS_OF(.fields, .field_count, against_field),
    .operation = "GetTrustSnapshot",
    .take = "number",
    .shows = 1 } };
static const struct column snapshot_columns[] = { { "NUMBER", "number", COLUMN_COUNT, 6, 0 },
	{ "MADE", "made", COLUMN_TIME, 16, 0 }, { "BY", "madeBy", COLUMN_TEXT, 14, 1 },
	{ "BECAUSE", "reason", COLUMN_TEXT, 30, 3 }, { "DIGEST", "name", COLUMN_TEXT, 20, 0 } };

const struct screen screen_snapshots = { .name = "Snapshots",
	.title = "Whom the tenant trusted when; verdicts name the snapshot",
	.empty = "There is none that fits.",
	ROWS_OF(.columns, .column_count, snapshot_columns),
	.list = "ListTrustSnapshots",
	.get = "GetTrustSnapshot",
	.get_take = "number",
	.dress = dress_snapshot,
	.detail = forget_id,
	ROWS_OF(.actions, .action_count, snapshot_actions) };
