/* What a thing is in and has: memberships, rights, certificates, choices of trust centres. */
#include <stdio.h>
#include <string.h>

#include "tui/model/json.h"
#include "tui/script/planning.h"

/* ---- groups that it is in ---- */

static json_t *
membership(const struct planned *t, const char *group)
{
	return json_pack("{soso}", "groupId", plan_of("group", group, "id"), "memberId",
	    plan_of(t->kind->word, t->name, "id"));
}

static int
relate_groups(const struct planned *t, const json_t *wish)
{
	const json_t *is = json_object_get(t->is, "group"), *item;
	const char *group;
	size_t i;

	json_array_foreach(wish, i, item)
	{
		group = json_string_value(item);
		if (plan_has(is, group))
			continue;
		if (plan_check_group(t, group) != 0)
			return -1;
		plan_step(
		    t, "make", "AddGroupMember", membership(t, group), "in group \"%s\"", group);
	}
	json_array_foreach(is, i, item)
	{
		group = json_string_value(item);
		if (!plan_has(wish, group))
			plan_surplus(
			    t, "RemoveGroupMember", membership(t, group), "in group \"%s\"", group);
	}
	return 0;
}

/* ---- rights ---- */

/* "Key seal": a key is named, all else has an id. NULL: the right as a whole. */
static json_t *
right_request(const struct planned *t, const char *operation, const char *object)
{
	json_t *request =
	    json_pack("{soss}", "groupId", plan_of("group", t->name, "id"), "operation", operation);
	const char *name = object != NULL ? strchr(object, ' ') : NULL;

	if (name == NULL)
		return request;
	if (strncmp(object, "Key ", 4) == 0) {
		json_object_set_new(request, "key", json_string(name + 1));
		return request;
	}
	json_object_set_new(request, "objectKind", json_stringn(object, (size_t)(name - object)));
	json_object_set_new(request, "objectId", json_string(name + 1));
	return request;
}

static void
grant(const struct planned *t, const char *operation, const char *object)
{
	plan_step(t, "make", "GrantRight", right_request(t, operation, object), "right %s%s%s",
	    operation, object != NULL ? " for " : "", object != NULL ? object : "");
}

/* The right as it is wanted: whole, or for some objects. */
static void
relate_right(const struct planned *t, const char *operation, const json_t *wish, const json_t *is)
{
	const json_t *item;
	size_t i;

	if (json_is_true(wish)) {
		if (!json_is_true(is))
			grant(t, operation, NULL);
		return;
	}
	/* Narrowed as the script says: what is more than that goes before. */
	if (json_is_true(is))
		plan_step(t, "change", "RevokeRight", right_request(t, operation, NULL),
		    "right %s no longer as a whole", operation);
	json_array_foreach(wish, i, item)
	{
		if (!plan_has(is, json_string_value(item)))
			grant(t, operation, json_string_value(item));
	}
	json_array_foreach(is, i, item)
	{
		if (!plan_has(wish, json_string_value(item)))
			plan_surplus(t, "RevokeRight",
			    right_request(t, operation, json_string_value(item)), "right %s for %s",
			    operation, json_string_value(item));
	}
}

static int
relate_rights(const struct planned *t, const json_t *wish)
{
	const json_t *is = json_object_get(t->is, "right");
	const char *operation;
	json_t *right;

	json_object_foreach((json_t *)(uintptr_t)wish, operation, right)
	{
		relate_right(t, operation, right, json_object_get(is, operation));
	}
	json_object_foreach((json_t *)(uintptr_t)is, operation, right)
	{
		if (json_object_get(wish, operation) == NULL)
			plan_surplus(t, "RevokeRight", right_request(t, operation, NULL),
			    "right %s", operation);
	}
	return 0;
}

/* ---- keys ---- */

static json_t *
use_request(const struct planned *t, const char *key)
{
	return json_pack("{soss}", "groupId", plan_of("group", t->name, "id"), "key", key);
}

/* A key that is not there cannot be made by a script: all else of it can be done. */
static int
relate_keys(const struct planned *t, const json_t *wish)
{
	const json_t *is = json_object_get(t->is, "key"), *item;
	const char *key;
	size_t i;

	json_array_foreach(wish, i, item)
	{
		key = json_string_value(item);
		if (plan_has(is, key))
			continue;
		if (script_known(t->plan->known, "signing-key", key) == NULL)
			plan_step(t, "miss", NULL, NULL,
			    "is to use the key \"%s\", which is not there: make it, then apply "
			    "again",
			    key);
		else
			plan_step(t, "make", "GrantKeyUse", use_request(t, key),
			    "use of key \"%s\"", key);
	}
	json_array_foreach(is, i, item)
	{
		key = json_string_value(item);
		if (!plan_has(wish, key))
			plan_surplus(
			    t, "RevokeKeyUse", use_request(t, key), "use of key \"%s\"", key);
	}
	return 0;
}

/* ---- certificates and passwords of users ---- */

static json_t *
user_request(const struct planned *t)
{
	return json_pack("{soso}", "id", plan_of("user", t->name, "id"), "version",
	    plan_of("user", t->name, "version"));
}

/* Its version is its own. */
static json_t *
card_request(const struct planned *t, const char *fingerprint)
{
	return json_pack("{soss s{s[sssss]}}", "id", plan_of("user", t->name, "id"), "fingerprint",
	    fingerprint, "version", "of", "user", t->name, "cards", fingerprint, "version");
}

static void
set_state(const struct planned *t, const char *fingerprint, const char *state)
{
	json_t *request = card_request(t, fingerprint);

	json_object_set_new(request, "state", json_string(state));
	plan_step(t, "change", "UpdateUserCertificate", request, "certificate %s: %s", fingerprint,
	    state);
}

static int
relate_suspended(const struct planned *t, const json_t *wish, const json_t *fingerprints)
{
	const json_t *is = json_object_get(t->is, "suspended"), *item;
	const char *fingerprint;
	size_t i;

	json_array_foreach(wish, i, item)
	{
		fingerprint = json_string_value(item);
		if (!plan_has(fingerprints, fingerprint) &&
		    json_object_get(json_object_get(t->is, "cards"), fingerprint) == NULL)
			return error_set(t->plan->err, ERROR_NOT_FOUND,
			    "user \"%.60s\" has no certificate %.64s that could be suspended",
			    t->name, fingerprint);
		if (!plan_has(is, fingerprint))
			set_state(t, fingerprint, "Suspended");
	}
	json_array_foreach(is, i, item)
	{
		if (wish != NULL && !plan_has(wish, json_string_value(item)))
			set_state(t, json_string_value(item), "Active");
	}
	return 0;
}

static int
relate_certificates(const struct planned *t, const json_t *wish)
{
	const int is_made = t->is == NULL;
	json_t *cards = json_object_get(t->is, "cards"), *fingerprints = json_array(), *card,
	       *request;
	char fingerprint[65];
	const char *key;
	const json_t *item;
	size_t i;
	int rc;

	json_array_foreach(wish, i, item)
	{
		script_fingerprint(json_string_value(item), fingerprint);
		json_array_append_new(fingerprints, json_string(fingerprint));
		/* The first comes with the user. */
		if (json_object_get(cards, fingerprint) != NULL || (is_made && i == 0))
			continue;
		request = user_request(t);
		json_object_set(request, "certificate", (json_t *)(uintptr_t)item);
		plan_step(t, "make", "AddUserCertificate", request, "certificate %s", fingerprint);
	}
	rc = relate_suspended(t, json_object_get(t->wish, "suspended"), fingerprints);
	json_object_foreach(cards, key, card)
	{
		if (wish != NULL && !plan_has(fingerprints, key))
			plan_surplus(t, "RemoveUserCertificate", card_request(t, key),
			    "certificate %s", key);
	}
	json_decref(fingerprints);
	return rc;
}

/* A password is never taken from who has one, nor another given. */
static void
relate_password(const struct planned *t)
{
	json_t *file = json_object_get(t->wish, "passwordFile"), *request;

	if (json_is_true(json_object_get(t->is, "hasPassword")))
		return;
	if (json_is_string(file) && t->is != NULL) {
		request = user_request(t);
		json_object_set_new(request, "password", json_pack("{sO}", "file", file));
		plan_step(t, "make", "SetPassword", request, "a password");
	} else if (!json_is_string(file) && json_is_true(json_object_get(t->wish, "hasPassword")))
		plan_step(t, "miss", NULL, NULL,
		    "is to have a password, which is in no script: signet user password NAME "
		    "--password-file FILE gives one");
}

static int
relate_user(const struct planned *t)
{
	const json_t *groups = json_object_get(t->wish, "group");

	if (t->is == NULL && !plan_has_credentials(t))
		return 0; /* he cannot be made */
	/* Who is made is made in his groups. */
	if (t->is != NULL && groups != NULL && relate_groups(t, groups) != 0)
		return -1;
	if (relate_certificates(t, json_object_get(t->wish, "certificate")) != 0)
		return -1;
	relate_password(t);
	if (t->is != NULL && json_object_size(json_object_get(t->is, "cards")) == 0 &&
	    !json_is_true(json_object_get(t->is, "hasPassword")) && !plan_has_credentials(t))
		plan_step(t, "miss", NULL, NULL,
		    "has neither certificate nor password: nobody can call as this user");
	return 0;
}

/* ---- trust centres ---- */

static json_t *
choice(const struct planned *t, const char *centre, int is_later)
{
	json_t *request = json_pack("{ss}", "list", t->name);

	put_text(request, "trustCentre", centre);
	if (is_later)
		json_object_set_new(request, "later", json_true());
	return request;
}

static int
relate_centres(const struct planned *t)
{
	const json_t *all = json_object_get(t->wish, "all"), *item;
	const int is_all = json_is_true(json_object_get(t->is, "all"));
	static const char *const members[2] = { "centre", "later" };
	const char *name;
	size_t i;
	int k;

	if (t->is == NULL)
		return error_set(t->plan->err, ERROR_NOT_FOUND,
		    "there is no trusted list \"%.80s\"; signet trust-centre lists names those "
		    "that there are",
		    t->name);
	if (json_is_true(all) && !is_all)
		plan_step(t, "make", "ChooseTrustCentre", choice(t, NULL, 0), "all of it");
	if (json_is_false(all) && is_all)
		plan_step(
		    t, "change", "RejectTrustCentre", choice(t, NULL, 0), "no longer all of it");
	for (k = 0; k < 2; k++)
		json_array_foreach(json_object_get(t->wish, members[k]), i, item)
		{
			name = json_string_value(item);
			if ((!is_all || json_is_false(all)) &&
			    !plan_has(json_object_get(t->is, "centre"), name) &&
			    !plan_has(json_object_get(t->is, "later"), name))
				plan_step(t, "make", "ChooseTrustCentre", choice(t, name, k),
				    "trust centre \"%s\"", name);
		}
	for (k = 0; k < 2; k++)
		json_array_foreach(json_object_get(t->is, members[k]), i, item)
		{
			name = json_string_value(item);
			if (!plan_has(json_object_get(t->wish, "centre"), name) &&
			    !plan_has(json_object_get(t->wish, "later"), name))
				plan_surplus(t, "RejectTrustCentre", choice(t, name, 0),
				    "trust centre \"%s\"", name);
		}
	return 0;
}

/* ---- all ---- */

static int
relate_group(const struct planned *t)
{
	const json_t *groups = json_object_get(t->wish, "group"),
		     *keys = json_object_get(t->wish, "key"),
		     *rights = json_object_get(t->wish, "right");

	if (groups != NULL && relate_groups(t, groups) != 0)
		return -1;
	if (keys != NULL && relate_keys(t, keys) != 0)
		return -1;
	return rights != NULL ? relate_rights(t, rights) : 0;
}

int
plan_relations(const struct planned *t)
{
	static const struct {
		const char *kind;
		int (*relate)(const struct planned *t);
	} rows[] = { { "group", relate_group }, { "user", relate_user },
		{ "trust-centre", relate_centres } };
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].kind, t->kind->word) == 0)
			return rows[i].relate(t);
	return 0;
}
