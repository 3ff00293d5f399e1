/* signet-init access: who may open which pages of websites. */
#include <stdio.h>
#include <string.h>

#include "schema/store/url_rule.h"
#include "server/init/admin_private.h"

#define GROUPS_MAX 64

/* "all", "users", or names of groups by commas, which stay in `text`. */
static int
take_who(struct url_rule_new *rule, char *text, const char *groups[GROUPS_MAX], struct error *err)
{
	char *name, *rest = NULL;

	rule->opens_to = "groups";
	if (strcmp(text, "all") == 0 || strcmp(text, "users") == 0) {
		rule->opens_to = text;
		return 0;
	}
	rule->groups = groups;
	for (name = strtok_r(text, ",", &rest); name != NULL; name = strtok_r(NULL, ",", &rest)) {
		if (rule->group_count == GROUPS_MAX)
			return error_set(
			    err, ERROR_LIMIT, "a rule names %d groups at most", GROUPS_MAX);
		groups[rule->group_count++] = name;
	}
	return 0;
}

int
admin_access_add(struct admin *a, struct error *err)
{
	struct url_rule_new rule = { .name = a->o->args[0],
		.host = a->o->args[1],
		.path = a->o->args[2],
		.methods = a->o->methods,
		.method_count = a->o->method_count };
	const char *groups[GROUPS_MAX];
	char who[4096];

	if (a->o->opens_to == NULL || strlen(a->o->opens_to) >= sizeof(who))
		return error_set(err, ERROR_MALFORMED,
		    "say for whom: --for all, --for users, or --for GROUP,GROUP ...");
	strcpy(who, a->o->opens_to);
	uuid_random(&rule.id);
	if (take_who(&rule, who, groups, err) != 0 ||
	    store_url_rule_add(a->db, a->of, &rule, err) != 0)
		return -1;
	printf("rule %s counts from now on\n", rule.name);
	return 0;
}

int
admin_access_remove(struct admin *a, struct error *err)
{
	if (store_url_rule_remove(a->db, a->of, a->o->args[0], err) != 0)
		return -1;
	printf("rule %s was removed\n", a->o->args[0]);
	return 0;
}

static void
print_names(struct db_array names, const char *before)
{
	struct span name;

	for (; db_array_next(&names, &name); before = ",")
		printf("%s%.*s", before, (int)name.len, (const char *)name.data);
}

int
admin_access_list(struct admin *a, struct error *err)
{
	struct db_result *r;
	size_t i;

	if (store_url_rules(a->db, a->of, &r, err) != 0)
		return -1;
	for (i = 0; i < db_rows(r); i++) {
		const struct url_rule_row row = store_url_rule_row(r, i);

		printf("%s: %s%s for %s", row.name, row.host, row.path, row.opens_to);
		print_names(row.groups, " ");
		print_names(row.methods, ", by ");
		putchar('\n');
	}
	db_result_free(r);
	return 0;
}
