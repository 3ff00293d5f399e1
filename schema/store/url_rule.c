#include "schema/store/url_rule.h"

#include "schema/store/helper.h"
#include "schema/store/statements.h"

enum { RULES, RULES_AT, SINCE, HOLDERS, ADD, REMOVE };
const struct db_statement url_rule_statements[] = {
	/* All groups' names in one walk: a walk for each rule costs twice as much. */
	[RULES] = { "url_rules",
	    "SELECT r.id, r.name, r.host, r.path, r.methods, r.opens_to, COALESCE(g.names, '{}')"
	    " FROM signet.url_rule r LEFT JOIN (SELECT n.rule_id, array_agg(n.name) AS names FROM"
	    "  (SELECT rg.rule_id, g.name FROM signet.url_rule_group rg"
	    "   JOIN signet.group g ON g.id = rg.group_id WHERE rg.tenant_id = $1"
	    "   ORDER BY rg.rule_id, g.name COLLATE \"C\") n GROUP BY n.rule_id) g"
	    " ON g.rule_id = r.id WHERE r.tenant_id = $1 ORDER BY r.name COLLATE \"C\"",
	    "u", "utttTtT" },
	[RULES_AT] = { "url_rules_at",
	    "SELECT id, name, host, path, methods, opens_to, groups FROM signet.url_rules_at($1)",
	    "z", "utttTtT" },
	[SINCE] = { "url_rule_history_begin", "SELECT signet.url_rule_history_begin()", "", "z" },
	[HOLDERS] = { "url_holders_at",
	    "SELECT id, name FROM signet.url_holders_at($1, $2, $3, $4)", "zTti", "ut" },
	/* A group that is not there gives an id that no group has. */
	[ADD] = { "url_rule_add",
	    "WITH rule AS (INSERT INTO signet.url_rule (tenant_id, id, name, host, path, methods, "
	    "opens_to)"
	    "  VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id),"
	    " groups AS (INSERT INTO signet.url_rule_group (tenant_id, rule_id, group_id)"
	    "  SELECT $1, $2, COALESCE((SELECT g.id FROM signet.group g WHERE g.tenant_id = $1"
	    "   AND g.name = n.name), '00000000-0000-0000-0000-000000000000')"
	    "  FROM unnest($8::text[]) AS n (name) RETURNING group_id)"
	    " SELECT 1::bigint FROM rule",
	    "uutttTtT", "l" },
	[REMOVE] = { "url_rule_remove",
	    "DELETE FROM signet.url_rule WHERE tenant_id = $1 AND name = $2", "ut", "" },
	{ 0 },
};

int
store_url_rules(struct db *db, const struct uuid *tenant, struct db_result **r, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_uuid(&a, tenant);
	return db_call(db, tenant, &url_rule_statements[RULES], &a, r, err);
}

int
store_url_rules_at(
    struct db *db, const struct uuid *tenant, int64_t at, struct db_result **r, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_time(&a, at);
	return db_call(db, tenant, &url_rule_statements[RULES_AT], &a, r, err);
}

int
store_url_rules_begin(struct db *db, const struct uuid *tenant, int64_t *at, struct error *err)
{
	struct db_result *r;

	if (db_call(db, tenant, &url_rule_statements[SINCE], NULL, &r, err) != 0)
		return -1;
	*at = db_rows(r) > 0 ? db_time(r, 0, 0) : DB_NO_TIME;
	db_result_free(r);
	return 0;
}

int
store_url_holders_at(struct db *db, const struct uuid *tenant, const struct url_holders_query *q,
    struct db_result **r, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_time(&a, q->at);
	if (q->of_all)
		db_arg_null(&a, 'T');
	else
		db_arg_texts(&a, q->groups, q->group_count);
	db_arg_text(&a, q->after);
	db_arg_int(&a, q->most);
	return db_call(db, tenant, &url_rule_statements[HOLDERS], &a, r, err);
}

struct url_rule_row
store_url_rule_row(const struct db_result *r, size_t i)
{
	return (struct url_rule_row){ .id = db_uuid(r, i, 0),
		.name = db_text(r, i, 1),
		.host = db_text(r, i, 2),
		.path = db_text(r, i, 3),
		.methods = db_array(r, i, 4),
		.opens_to = db_text(r, i, 5),
		.groups = db_array(r, i, 6) };
}

int
store_url_rule_add(
    struct db *db, const struct uuid *tenant, const struct url_rule_new *rule, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_uuid(&a, tenant);
	db_arg_uuid(&a, &rule->id);
	db_arg_text(&a, rule->name);
	db_arg_text(&a, rule->host);
	db_arg_text(&a, rule->path);
	db_arg_texts(&a, rule->methods, rule->method_count);
	db_arg_text(&a, rule->opens_to);
	db_arg_texts(&a, rule->groups, rule->group_count);
	return store_do(db, tenant, &url_rule_statements[ADD], &a, err);
}

int
store_url_rule_remove(struct db *db, const struct uuid *tenant, const char *name, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_uuid(&a, tenant);
	db_arg_text(&a, name);
	return store_change(db, tenant, &url_rule_statements[REMOVE], &a, "rule", err);
}
