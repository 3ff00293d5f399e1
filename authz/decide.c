#include "authz/decide.h"

#include <stdio.h>
#include <string.h>

#include "server/base/text.h"

#define GROUPS_SHOWN 5

static void __attribute__((format(printf, 3, 4)))
refuse(struct decision *d, enum error_kind kind, const char *fmt, ...)
{
	va_list ap;

	d->is_allowed = 0;
	d->kind = kind;
	va_start(ap, fmt);
	vsnprintf(d->reason, sizeof(d->reason), fmt, ap);
	va_end(ap);
}

/* "group a", "groups a, b and 3 more", "no group" */
static const char *
group_list(const struct caller *c, char *out, size_t size)
{
	size_t i, len;

	if (c->group_count == 0)
		return "no group";
	len = (size_t)snprintf(out, size, c->group_count == 1 ? "group " : "groups ");
	for (i = 0; i < c->group_count && i < GROUPS_SHOWN && len < size; i++)
		len += (size_t)snprintf(
		    out + len, size - len, "%s\"%.40s\"", i ? ", " : "", c->groups[i]);
	if (i < c->group_count && len < size)
		snprintf(out + len, size - len, " and %zu more", c->group_count - i);
	return out;
}

/* What is known of a certificate, in words for who shows it. */
static void
refuse_certificate(struct decision *d, const struct caller *c)
{
	const char *reason = c->check_reason;
	char when[TEXT_TIME_SIZE];

	if (strcmp(c->check_state, "Revoked") == 0 || strcmp(c->check_state, "OnHold") == 0)
		refuse(d, ERROR_NOT_AUTHENTICATED,
		    "the certificate of user \"%s\" of tenant \"%s\" was %s by its issuer at "
		    "%s%s%s%s; use another certificate, or ask an administrator",
		    c->user_name, c->tenant_name,
		    strcmp(c->check_state, "OnHold") == 0 ? "put on hold" : "revoked",
		    text_time(when, c->check_revoked), reason[0] != '\0' ? " (" : "", reason,
		    reason[0] != '\0' ? ")" : "");
	else
		refuse(d, ERROR_NOT_AUTHENTICATED,
		    "whether the certificate of user \"%s\" of tenant \"%s\" is revoked has not "
		    "been known since %s, longer than the tenant allows; ask an administrator",
		    c->user_name, c->tenant_name, text_time(when, c->check_since));
	d->is_certificate = 1;
}

int
authz_is_valid(const struct caller *c, int64_t now, struct decision *d)
{
	char when[TEXT_TIME_SIZE];

	if (!c->tenant_is_active)
		refuse(d, ERROR_NOT_AUTHENTICATED, "tenant \"%s\" is suspended", c->tenant_name);
	else if (!c->user_is_active)
		refuse(d, ERROR_NOT_AUTHENTICATED, "user \"%s\" of tenant \"%s\" is suspended",
		    c->user_name, c->tenant_name);
	else if (!c->certificate_is_active)
		refuse(d, ERROR_NOT_AUTHENTICATED,
		    "this certificate of user \"%s\" of tenant \"%s\" is suspended", c->user_name,
		    c->tenant_name);
	else if (now >= c->expires)
		refuse(d, ERROR_NOT_AUTHENTICATED,
		    "the access of user \"%s\" of tenant \"%s\" ended at %s", c->user_name,
		    c->tenant_name, text_time(when, c->expires));
	else if (now >= c->check_refused)
		refuse_certificate(d, c);
	else
		return 1;
	return 0;
}

/* Add to the reason, cut to its size. */
static void __attribute__((format(printf, 2, 3))) add(struct decision *d, const char *fmt, ...)
{
	const size_t len = strlen(d->reason);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(d->reason + len, sizeof(d->reason) - len, fmt, ap);
	va_end(ap);
}

/* "; group "b" may use key "seal" ("erp" is in "a", "a" in "b")" */
static void
add_group(struct decision *d, const struct caller *c, unsigned int group, const char *does,
    const char *what)
{
	char chain[240];

	add(d, "%sgroup \"%s\" %s%s", d->reason[0] != '\0' ? "; " : "", c->groups[group], does,
	    what);
	if (caller_chain(c, group, chain, sizeof(chain))[0] != '\0')
		add(d, " (%s)", chain);
}

/* The key that he may use, or NULL and the refusal. */
static const struct caller_key *
find_key(const struct caller *c, const char *name, struct decision *d)
{
	const struct caller_key *key = caller_key(c, name);
	char groups[256];

	if (key == NULL)
		refuse(d, ERROR_NOT_AUTHORIZED,
		    "user \"%s\" has no key \"%.60s\" to use: he is in %s, which may not use a "
		    "key of this name",
		    c->user_name, name, group_list(c, groups, sizeof(groups)));
	return key;
}

/* The group that gives the right for the object: 1, or 0 and the refusal. */
static int
is_given_for(const struct caller *c, enum right right, const struct authz_object *object,
    const struct uuid *id, unsigned int *group, struct decision *d)
{
	const struct caller_object *given;

	*group = c->right_group[right];
	if (object == NULL || right_set_has(&c->whole, right))
		return 1;
	given = id != NULL ? caller_object(c, right, object->kind, id) : NULL;
	if (given == NULL)
		refuse(d, ERROR_NOT_AUTHORIZED,
		    "user \"%s\" has the right %s for other objects only, not for %s \"%.60s\": "
		    "group \"%s\" gives it narrowed",
		    c->user_name, right_name(right), object_kind_name(object->kind),
		    object->name != NULL ? object->name : "", c->groups[*group]);
	else
		*group = given->group;
	return given != NULL;
}

void
authz_decide(const struct caller *c, enum right right, const struct authz_object *object,
    int64_t now, struct decision *d)
{
	const struct caller_key *may = NULL;
	const struct uuid *id = object != NULL ? object->id : NULL;
	char groups[256];
	unsigned int group;

	d->reason[0] = '\0';
	d->is_certificate = 0;
	if (c == NULL) {
		refuse(d, ERROR_NOT_AUTHENTICATED,
		    "the caller is not known: use a certificate or a name and password that an "
		    "administrator has registered");
		return;
	}
	if (!authz_is_valid(c, now, d))
		return;
	if (!right_set_has(&c->rights, right)) {
		refuse(d, ERROR_NOT_AUTHORIZED,
		    "user \"%s\" lacks the right %s: he is in %s, which %s not have it",
		    c->user_name, right_name(right)[0] ? right_name(right) : "of this operation",
		    group_list(c, groups, sizeof(groups)), c->group_count > 1 ? "do" : "does");
		return;
	}
	if (object != NULL && object->kind == OBJECT_KEY) {
		may = find_key(c, object->name, d);
		if (may == NULL)
			return;
		id = &may->id;
	}
	if (!is_given_for(c, right, object, id, &group, d))
		return;
	d->is_allowed = 1;
	d->kind = ERROR_NONE;
	add_group(d, c, group, "has the right ", right_name(right));
	if (may != NULL) {
		char key[80];

		snprintf(key, sizeof(key), "\"%.60s\"", may->name);
		add_group(d, c, may->group, "may use key ", key);
	}
}

int
authz_require(const struct caller *caller, enum right right, const struct authz_object *object,
    int64_t now, struct error *err)
{
	struct decision d;

	authz_decide(caller, right, object, now, &d);
	return d.is_allowed ? 0 : error_set(err, d.kind, "%s", d.reason);
}
