/* A tenant's rules for URLs from the database. */
#include <stdlib.h>
#include <string.h>

#include "authz/url_rules.h"
#include "schema/store/url_rule.h"

/* All rows with their groups; what they look into lives as long as the result. */
struct loading {
	struct url_rule *rules;
	const char **groups;
	char *text; /* of the groups' names, which are no C strings in an array */
};

static unsigned int
methods_of(struct db_array names)
{
	unsigned int methods = 0;
	enum url_method method;
	struct span name;
	char word[16];

	while (db_array_next(&names, &name)) {
		if (name.len >= sizeof(word))
			continue;
		memcpy(word, name.data, name.len);
		word[name.len] = '\0';
		if (url_method_by_name(&method, word) == 0)
			methods |= URL_METHOD_BIT(method);
	}
	return methods;
}

static enum url_rule_for
who_of(const char *word)
{
	return strcmp(word, "all") == 0	    ? URL_FOR_ALL
	       : strcmp(word, "users") == 0 ? URL_FOR_USERS
					    : URL_FOR_GROUPS;
}

static int
make_room(struct loading *l, const struct db_result *r, struct error *err)
{
	size_t i, groups = 1, text = 1;
	struct span name;

	for (i = 0; i < db_rows(r); i++) {
		struct db_array names = store_url_rule_row(r, i).groups;

		for (; db_array_next(&names, &name); groups++)
			text += name.len + 1;
	}
	l->rules = calloc(db_rows(r) + 1, sizeof(*l->rules));
	l->groups = calloc(groups, sizeof(*l->groups));
	l->text = malloc(text);
	return l->rules != NULL && l->groups != NULL && l->text != NULL ? 0 : error_memory(err);
}

static void
take_rows(struct loading *l, const struct db_result *r)
{
	const char **groups = l->groups;
	char *text = l->text;
	struct span name;
	size_t i;

	for (i = 0; i < db_rows(r); i++) {
		struct url_rule_row row = store_url_rule_row(r, i);

		l->rules[i] = (struct url_rule){ row.name, row.host, row.path,
			methods_of(row.methods), who_of(row.opens_to), groups, 0 };
		for (; db_array_next(&row.groups, &name); text += name.len + 1) {
			memcpy(text, name.data, name.len);
			text[name.len] = '\0';
			*groups++ = text;
			l->rules[i].group_count++;
		}
	}
}

/* What was read, made ready; `r` stays the caller's. */
static int
make_of(const struct url_rules **rules, const struct db_result *r, struct error *err)
{
	struct error why = ERROR_INIT;
	struct loading l = { 0 };
	int rc = make_room(&l, r, err);

	if (rc != 0)
		goto done;
	take_rows(&l, r);
	rc = url_rules_make(rules, l.rules, db_rows(r), &why);
	if (rc != 0) /* the database takes no such rules */
		error_cause(err, why.kind == ERROR_UNAVAILABLE ? why.kind : ERROR_INTERNAL,
		    "the tenant's rules for URLs cannot be used; an administrator must mend them",
		    "%s", why.text);
done:
	free(l.rules);
	free(l.groups);
	free(l.text);
	return rc;
}

int
url_rules_load(
    const struct url_rules **rules, struct db *db, const struct uuid *tenant, struct error *err)
{
	struct db_result *r;
	int rc;

	if (store_url_rules(db, tenant, &r, err) != 0)
		return -1;
	rc = make_of(rules, r, err);
	db_result_free(r);
	return rc;
}

int
url_rules_load_at(const struct url_rules **rules, struct db *db, const struct uuid *tenant,
    int64_t at, struct error *err)
{
	struct db_result *r;
	int rc;

	if (store_url_rules_at(db, tenant, at, &r, err) != 0)
		return -1;
	rc = make_of(rules, r, err);
	db_result_free(r);
	return rc;
}
