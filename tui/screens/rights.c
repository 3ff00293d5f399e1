/* Which group may call which operation: a matrix. */
#include <stdio.h>
#include <string.h>

#include "tui/model/json.h"
#include "tui/model/things.h"
#include "tui/screens/all.h"
#include "wsdl/operations.h"

#define GROUPS_PAGE    24
#define ANCESTORS_MOST 64

/* What a right can be given for; operations that are open to everybody need none. */
#define SERVICE(ID, name)			   #name,
#define ADMINISTERED(ID, name, form, kind, member) #name,
static const char *const operations[] = { SERVED(SERVICE) ADMINISTRATION(ADMINISTERED) };
#undef SERVICE
#undef ADMINISTERED

static json_t *
operation_names(void)
{
	json_t *out = json_array();
	size_t i;

	for (i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		json_array_append_new(out, json_string(operations[i]));
	return out;
}

/* ---- what the server knows of a group, once for each ---- */

struct look {
	struct client *client;
	json_t *known; /* id: {"name", "group", "rights"} */
	json_t *rows;  /* operations */
	struct error *err;
};

/* The group with its rights; borrowed. NULL: failed. */
static json_t *
look_at(struct look *l, const char *id, const json_t *group)
{
	json_t *known = json_object_get(l->known, id), *request, *rights = NULL, *found = NULL;

	if (known != NULL)
		return known;
	request = json_pack("{ss}", "id", id);
	if (group == NULL && thing_ask(l->client, "GetGroup", request, &found, l->err) != 0)
		goto done;
	json_object_clear(request);
	json_object_set_new(request, "groupId", json_string(id));
	json_object_set_new(request, "pageSize", json_integer(1000));
	if (thing_ask(l->client, "ListRights", request, &rights, l->err) != 0)
		goto done;
	if (group == NULL)
		group = found;
	known = json_pack("{sO?sO?sO?}", "name", json_object_get(group, "name"), "group",
	    json_object_get(group, "group"), "rights", json_object_get(rights, "items"));
	json_object_set_new(l->known, id, known);
done:
	json_decref(request);
	json_decref(rights);
	json_decref(found);
	return known;
}

/* ---- cells ---- */

/* "Key demo-rsa, Key demo-ec" */
static void
object_words(const json_t *right, char *out, size_t size)
{
	const json_t *object;
	size_t i, at = 0;

	out[0] = '\0';
	json_array_foreach(json_object_get(right, "object"), i, object)
	{
		const char *name = get_text(object, "name");

		if (at < size)
			at += (size_t)snprintf(out + at, size - at, "%s%s %s", i > 0 ? ", " : "",
			    get_text(object, "kind"),
			    name[0] != '\0' ? name : get_text(object, "id"));
	}
}

/* A right, in the cell: the group's own comes first and gives the word. */
static void
put_right(json_t *cells, const json_t *right, const char *by)
{
	const int is_narrowed = json_is_true(json_object_get(right, "isNarrowed"));
	json_t *cell = json_object_get(cells, get_text(right, "operation"));
	const char *was = get_text(cell, "words");
	char objects[300], words[700];

	object_words(right, objects, sizeof(objects));
	snprintf(words, sizeof(words), "%.300s%s%s%s%s%s", was, was[0] != '\0' ? "; " : "",
	    is_narrowed ? "narrowed to " : "granted", is_narrowed ? objects : "",
	    by != NULL ? ", inherited from " : "", by != NULL ? by : "");
	if (cell == NULL) {
		cell = json_pack("{ss}", "is",
		    by != NULL	  ? "inherited"
		    : is_narrowed ? "narrowed"
				  : "granted");
		json_object_set_new(cells, get_text(right, "operation"), cell);
	}
	json_object_set_new(cell, "words", json_string(words));
}

static void
put_rights(struct look *l, json_t *cells, const json_t *known, int is_own)
{
	const json_t *right;
	size_t i;

	json_array_foreach(json_object_get(known, "rights"), i, right)
	{
		put_right(cells, right, is_own ? NULL : get_text(known, "name"));
		json_array_append(l->rows, json_object_get(right, "operation"));
	}
}

/* Its own rights, then those of the groups that it is in, by however many steps. */
static int
put_cells(struct look *l, json_t *group)
{
	json_t *cells = json_object(), *walk = json_pack("[O]", group), *seen = json_object();
	const json_t *at, *known, *above;
	size_t i, k;
	int rc = 0;

	json_array_foreach(walk, i, at)
	{
		if (json_object_get(seen, get_text(at, "id")) != NULL || i >= ANCESTORS_MOST)
			continue;
		json_object_set_new(seen, get_text(at, "id"), json_true());
		known = look_at(l, get_text(at, "id"), i == 0 ? at : NULL);
		if (known == NULL) {
			rc = -1;
			break;
		}
		put_rights(l, cells, known, i == 0);
		json_array_foreach(json_object_get(known, "group"), k, above)
		{
			json_array_append(walk, (json_t *)(uintptr_t)above);
		}
	}
	json_object_set_new(group, "cells", cells);
	json_decref(walk);
	json_decref(seen);
	return rc;
}

static int
fill(struct client *client, const json_t *in, json_t **out, struct error *err)
{
	struct look l = { client, json_object(), operation_names(), err };
	json_t *request = json_pack("{si}", "pageSize", GROUPS_PAGE), *page = NULL, *group;
	size_t i;
	int rc;

	put_text(request, "filter", get_text(in, "filter"));
	put_text(request, "pageToken", get_text(in, "token"));
	rc = thing_ask(client, "ListGroups", request, &page, err);
	json_array_foreach(json_object_get(page, "items"), i, group)
	{
		if (rc == 0)
			rc = put_cells(&l, group);
	}
	if (rc == 0) {
		json_object_set(page, "rows", l.rows);
		*out = json_incref(page);
	}
	json_decref(page);
	json_decref(request);
	json_decref(l.known);
	json_decref(l.rows);
	return rc;
}

/* ---- what is done ---- */

static int
is_own(const json_t *cell)
{
	const char *is = get_text(cell, "is");

	return strcmp(is, "granted") == 0 || strcmp(is, "narrowed") == 0;
}
static int
is_not_own(const json_t *cell)
{
	return !is_own(cell);
}
static int
is_narrowed(const json_t *cell)
{
	return strcmp(get_text(cell, "is"), "narrowed") == 0;
}
static int
is_not_whole(const json_t *cell)
{
	return strcmp(get_text(cell, "is"), "granted") != 0;
}

static const struct entry user_field[] = { { .member = "user", .label = "User" } },
			  key_field[] = { { .member = "key", .label = "Name of the key" } };
#define CELL "groupId=id operation=row"
static const struct action actions[] = {
	{ .key = ' ',
	    .label = "grant",
	    .danger = DANGER_ASKS,
	    .words = "is to have this right for all objects?",
	    .needs_row = 1,
	    .fits = is_not_own,
	    .operation = "GrantRight",
	    .take = CELL },
	{ .key = ' ',
	    .label = "revoke",
	    .danger = DANGER_ASKS,
	    .words = "is to lose this right, at once?",
	    .needs_row = 1,
	    .fits = is_own,
	    .operation = "RevokeRight",
	    .take = CELL },
	{ .key = 'n',
	    .label = "grant for a key",
	    .needs_row = 1,
	    .fits = is_not_whole,
	    ROWS_OF(.fields, .field_count, key_field),
	    .operation = "GrantRight",
	    .take = CELL },
	{ .key = 'x',
	    .label = "revoke for a key",
	    .needs_row = 1,
	    .fits = is_narrowed,
	    ROWS_OF(.fields, .field_count, key_field),
	    .operation = "RevokeRight",
	    .take = CELL },
	{ .key = 'e',
	    .label = "explain",
	    .needs_row = 1,
	    ROWS_OF(.fields, .field_count, user_field),
	    .operation = "ExplainRight",
	    .take = "operation=row",
	    .shows = 1 },
	{ .key = 'w',
	    .label = "who may",
	    .needs_row = 1,
	    .operation = "ListRightHolders",
	    .take = "operation=row",
	    .shows = 1 },
};

const struct screen screen_rights = { .name = "Rights",
	.title = "Which group may call which operation",
	.empty = "There is no group that fits.",
	.right = "ListRights",
	.fill = fill,
	.is_matrix = 1,
	.can_filter = 1,
	ROWS_OF(.actions, .action_count, actions) };
