/* What a tenant has of what a script says, asked of the server. */
#include <string.h>

#include "tui/model/json.h"
#include "tui/script/script.h"

#define PAGE 1000
/* Beside the groups of a script: those that are only named, by name. */
#define NAMED "$group"
/* Keys that groups are to use, by name. */
#define NAMED_KEYS "$key"

struct asking {
	json_t *known;
	const struct script_server *server;
	struct error *err;
};

static json_t *
member_of(json_t *object, const char *name)
{
	json_t *member = json_object_get(object, name);

	if (member == NULL) {
		member = json_object();
		json_object_set_new(object, name, member);
	}
	return member;
}

json_t *
script_known(const json_t *known, const char *kind, const char *name)
{
	json_t *thing = json_object_get(json_object_get(known, kind), name);

	if (thing == NULL && strcmp(kind, "group") == 0)
		thing = json_object_get(json_object_get(known, NAMED), name);
	if (thing == NULL && strcmp(kind, "signing-key") == 0)
		thing = json_object_get(json_object_get(known, NAMED_KEYS), name);
	return thing;
}

/* ---- as answered, as in a model ---- */

/* Names in the place of references, whose ids are kept. */
static void
take_references(json_t *known, json_t *thing)
{
	json_t *names = json_array(), *named = member_of(known, NAMED);
	const json_t *reference;
	size_t i;

	json_array_foreach(json_object_get(thing, "group"), i, reference)
	{
		json_array_append(names, json_object_get(reference, "name"));
		json_object_set(named, get_text(reference, "name"), (json_t *)(uintptr_t)reference);
	}
	json_object_set_new(thing, "group", names);
}

static void
take_cards(json_t *thing)
{
	json_t *cards = json_object(), *bytes = json_array(), *suspended = json_array();
	const json_t *card;
	size_t i;

	json_array_foreach(json_object_get(thing, "certificate"), i, card)
	{
		json_object_set(cards, get_text(card, "fingerprint"), (json_t *)(uintptr_t)card);
		json_array_append(bytes, json_object_get(card, "certificate"));
		if (strcmp(get_text(card, "state"), "Active") != 0)
			json_array_append(suspended, json_object_get(card, "fingerprint"));
	}
	json_object_set_new(thing, "cards", cards);
	json_object_set_new(thing, "certificate", bytes);
	json_object_set_new(thing, "suspended", suspended);
	if (json_is_false(json_object_get(thing, "hasPassword")))
		json_object_set_new(thing, "hasPassword", json_null());
}

json_t *
script_thing(json_t *known, const struct script_kind *kind, json_t *answer)
{
	const struct script_part *part;
	size_t i;

	for (i = 0; i < kind->part_count; i++) {
		part = &kind->parts[i];
		if (part->type == SCRIPT_GROUPS)
			take_references(known, answer);
		if (strcmp(part->member, "suspended") == 0)
			take_cards(answer);
		/* What is none is said, so that a text has it. */
		if ((part->type == SCRIPT_TEXT || part->type == SCRIPT_TIME) &&
		    json_object_get(answer, part->member) == NULL)
			json_object_set_new(answer, part->member, json_null());
		if (part->type == SCRIPT_LIST && json_object_get(answer, part->member) == NULL)
			json_object_set_new(answer, part->member, json_array());
	}
	return answer;
}

/* ---- questions ---- */

/* All items of a list, over all its pages; the caller's. */
static json_t *
ask_list(struct asking *a, const char *operation, json_t *request)
{
	json_t *items = json_array(), *page;
	int is_last = 0;

	json_object_set_new(request, "pageSize", json_integer(PAGE));
	while (!is_last) {
		if (a->server->ask(a->server->ctx, operation, request, &page, a->err) != 0) {
			json_decref(items);
			items = NULL;
			break;
		}
		json_array_extend(items, json_object_get(page, "items"));
		is_last = get_text(page, "next")[0] == '\0';
		json_object_set(request, "pageToken", json_object_get(page, "next"));
		json_decref(page);
	}
	json_decref(request);
	return items;
}

/* {"SignDocument": true, "SignDigests": ["Key seal"]} */
static int
ask_rights(struct asking *a, json_t *group)
{
	json_t *rights = json_object(), *items, *objects;
	const json_t *right, *object;
	size_t i, k;

	json_object_set_new(group, "right", rights);
	items =
	    ask_list(a, "ListRights", json_pack("{sO}", "groupId", json_object_get(group, "id")));
	json_array_foreach(items, i, right)
	{
		objects = json_true();
		if (json_is_true(json_object_get(right, "isNarrowed")))
			objects = json_array();
		json_array_foreach(json_object_get(right, "object"), k, object)
		{
			const char *name = get_text(object, "name");

			if (json_is_array(objects))
				json_array_append_new(
				    objects, json_sprintf("%s %s", get_text(object, "kind"),
						 name[0] != '\0' ? name : get_text(object, "id")));
		}
		json_object_set_new(rights, get_text(right, "operation"), objects);
	}
	json_decref(items);
	return items != NULL ? 0 : -1;
}

/* The names of the keys that it may use. */
static int
ask_keys(struct asking *a, json_t *group)
{
	json_t *keys = json_array(), *items;
	const json_t *use;
	size_t i;

	json_object_set_new(group, "key", keys);
	items =
	    ask_list(a, "ListKeyUses", json_pack("{sO}", "groupId", json_object_get(group, "id")));
	json_array_foreach(items, i, use)
	{
		json_array_append(keys, json_object_get(use, "key"));
	}
	json_decref(items);
	return items != NULL ? 0 : -1;
}

/* The thing of this name: 1, 0 there is none, -1. */
static int
ask_thing(struct asking *a, const struct script_kind *kind, const char *name, const char *to)
{
	json_t *request = json_pack("{ss}", "name", name), *thing = NULL;
	struct error why = ERROR_INIT;
	int rc = a->server->ask(a->server->ctx, kind->get, request, &thing, &why);

	json_decref(request);
	if (rc != 0 && why.kind == ERROR_NOT_FOUND)
		return 0;
	if (rc != 0) {
		*a->err = why;
		return -1;
	}
	json_object_set_new(member_of(a->known, to), name, script_thing(a->known, kind, thing));
	if (strcmp(kind->word, "group") == 0 && strcmp(to, "group") == 0 &&
	    (ask_rights(a, thing) != 0 || ask_keys(a, thing) != 0))
		return -1;
	return 1;
}

/* ---- trust centres, which are choices and not things ---- */

static int
ask_choices(struct asking *a, const json_t *list)
{
	const int is_all = json_is_true(json_object_get(list, "isChosen"));
	json_t *centres = json_array(), *later = json_array(), *items, *thing;
	const json_t *centre;
	size_t i;

	thing = json_pack("{sbsoso}", "all", is_all, "centre", centres, "later", later);
	json_object_set_new(member_of(a->known, "trust-centre"), get_text(list, "name"), thing);
	items = ask_list(a, "ListTrustCentres",
	    json_pack("{sOsb}", "list", json_object_get(list, "name"), "chosenOnly", 1));
	json_array_foreach(items, i, centre)
	{
		if (!json_is_true(json_object_get(centre, "isListed")))
			json_array_append(later, json_object_get(centre, "name"));
		else if (!is_all)
			json_array_append(centres, json_object_get(centre, "name"));
	}
	json_decref(items);
	return items != NULL ? 0 : -1;
}

/* Of the lists that are wanted; with NULL of those of which something is chosen. */
static int
ask_trust(struct asking *a, const json_t *wanted)
{
	json_t *lists = ask_list(a, "ListTrustLists", json_object()), *known;
	const json_t *list;
	size_t i;
	int rc = lists != NULL ? 0 : -1;

	json_array_foreach(lists, i, list)
	{
		const char *name = get_text(list, "name");

		if (rc != 0 || strcmp(get_text(list, "kind"), "List") != 0 ||
		    (wanted != NULL && json_object_get(wanted, name) == NULL))
			continue;
		rc = ask_choices(a, list);
		known = script_known(a->known, "trust-centre", name);
		if (wanted == NULL && !json_is_true(json_object_get(known, "all")) &&
		    json_array_size(json_object_get(known, "centre")) +
			    json_array_size(json_object_get(known, "later")) ==
			0)
			json_object_del(json_object_get(a->known, "trust-centre"), name);
	}
	json_decref(lists);
	return rc;
}

/* ---- all of it ---- */

static int
is_among(const char *word, const char *const *words)
{
	for (; words != NULL && *words != NULL; words++)
		if (strcmp(*words, word) == 0)
			return 1;
	return 0;
}

/* What is offered to all tenants is not of this one. */
static int
is_of_server(const struct script_kind *kind, const json_t *item)
{
	return strcmp(kind->word, "authority") == 0 &&
	       json_is_true(json_object_get(item, "isServerWide"));
}

static int
ask_whole(struct asking *a, const struct script_kind *kind)
{
	json_t *items;
	const json_t *item;
	size_t i;
	int rc = 0;

	member_of(a->known, kind->word);
	if (kind->get == NULL)
		return ask_trust(a, NULL);
	items = ask_list(a, kind->list, json_object());
	if (items == NULL)
		return -1;
	json_array_foreach(items, i, item)
	{
		if (rc >= 0 && !is_of_server(kind, item))
			rc = ask_thing(a, kind, get_text(item, "name"), kind->word);
	}
	json_decref(items);
	return rc < 0 ? -1 : 0;
}

static int
ask_wanted(struct asking *a, const struct script_kind *kind, const json_t *things)
{
	const char *name;
	json_t *thing;

	if (things == NULL)
		return 0;
	if (kind->get == NULL)
		return ask_trust(a, things);
	json_object_foreach((json_t *)(uintptr_t)things, name, thing)
	{
		if (json_object_get(json_object_get(a->known, kind->word), name) == NULL &&
		    ask_thing(a, kind, name, kind->word) < 0)
			return -1;
	}
	return 0;
}

/* Keys that a group of the script is to use. */
static int
ask_named_keys(struct asking *a, const json_t *group)
{
	const struct script_kind *kind = script_kind("signing-key");
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(group, "key"), i, item)
	{
		if (script_known(a->known, kind->word, json_string_value(item)) == NULL &&
		    ask_thing(a, kind, json_string_value(item), NAMED_KEYS) < 0)
			return -1;
	}
	return 0;
}

/* Groups that things of the script are to be in, and that are no things of it. */
static int
ask_named(struct asking *a, const json_t *things)
{
	const struct script_kind *group = script_kind("group");
	const char *name, *key;
	json_t *thing, *item;
	size_t i;

	json_object_foreach((json_t *)(uintptr_t)things, key, thing)
	{
		if (ask_named_keys(a, thing) != 0)
			return -1;
		json_array_foreach(json_object_get(thing, "group"), i, item)
		{
			name = json_string_value(item);
			if (script_known(a->known, "group", name) == NULL &&
			    ask_thing(a, group, name, NAMED) < 0)
				return -1;
		}
	}
	return 0;
}

int
script_state(json_t **known, const struct script_server *server, const json_t *wanted,
    const char *const *whole, struct error *err)
{
	struct asking a = { json_object(), server, err };
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < script_kind_count; i++) {
		const struct script_kind *kind = &script_kinds[i];
		const json_t *things = json_object_get(wanted, kind->word);

		if (is_among(kind->word, whole))
			rc = ask_whole(&a, kind);
		if (rc == 0)
			rc = ask_wanted(&a, kind, things);
		if (rc == 0)
			rc = ask_named(&a, things);
	}
	*known = rc == 0 ? a.known : NULL;
	if (rc != 0)
		json_decref(a.known);
	return rc;
}
