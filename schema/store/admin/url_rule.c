/* Rules for URLs and the groups that they open pages to. */
#include "schema/store/admin/pages.h"

#define COLUMNS                                                                                    \
	"i.id, i.name, i.host, i.path, i.methods, initcap(i.opens_to), i.version, i.created, "     \
	"i.changed, g.ids, g.names"
#define TYPES "utttTtizzUT"
#define JOINS                                                                                      \
	"LEFT JOIN LATERAL (SELECT array_agg(g.id ORDER BY g.name) AS ids, "                       \
	"array_agg(g.name ORDER BY g.name) AS names "                                              \
	"FROM signet.url_rule_group m JOIN signet.group g ON g.id = m.group_id "                   \
	"WHERE m.tenant_id = i.tenant_id AND m.rule_id = i.id) g ON true"
#define PART                                                                                       \
	"i.tenant_id = $1 AND (i.name ILIKE signet.part_pattern($2) OR i.host ILIKE "              \
	"signet.part_pattern($2) OR i.path ILIKE signet.part_pattern($2))"

/* They have no state: by host instead. */
#define URL_RULE_PAGES_OF(name, where)                                                             \
	PAGES_OF(name, COLUMNS, TYPES, "signet.url_rule", JOINS, where, "i.host")

const struct db_statement admin_url_rule_statements[] = {
	[URL_RULE_GET] = { "admin_url_rule_get",
	    "SELECT " COLUMNS " FROM (SELECT r.* FROM signet.url_rule r WHERE r.tenant_id = $1"
	    " AND r.id = $2 FOR UPDATE) i " JOINS,
	    "uu", TYPES },
	[URL_RULE_FIND] = { "admin_url_rule_find",
	    "SELECT " COLUMNS " FROM signet.url_rule i " JOINS
	    " WHERE i.tenant_id = $1 AND i.name = normalize($2, NFC)",
	    "ut", TYPES },
	[URL_RULE_ADD] = { "admin_url_rule_add",
	    "WITH g AS (INSERT INTO signet.url_rule_group (tenant_id, rule_id, group_id)"
	    " SELECT $1, $2, unnest($8::uuid[])) INSERT INTO signet.url_rule"
	    " (tenant_id, id, name, host, path, methods, opens_to)"
	    " VALUES ($1, $2, normalize($3, NFC), $4, $5, $6, lower($7))",
	    "uutttTtU", "" },
	[URL_RULE_UPDATE] = { "admin_url_rule_update",
	    "WITH gone AS (DELETE FROM signet.url_rule_group m WHERE m.tenant_id = $1"
	    " AND m.rule_id = $2 AND m.group_id <> ALL ($8::uuid[])), "
	    "new AS (INSERT INTO signet.url_rule_group (tenant_id, rule_id, group_id)"
	    " SELECT $1, $2, w.id FROM unnest($8::uuid[]) AS w (id) WHERE NOT EXISTS (SELECT FROM"
	    " signet.url_rule_group m WHERE m.tenant_id = $1 AND m.rule_id = $2"
	    " AND m.group_id = w.id)) "
	    "UPDATE signet.url_rule SET name = normalize($3, NFC), host = $4, path = $5,"
	    " methods = $6, opens_to = lower($7) WHERE tenant_id = $1 AND id = $2",
	    "uutttTtU", "" },
	[URL_RULE_REMOVE] = { "admin_url_rule_remove",
	    "DELETE FROM signet.url_rule WHERE tenant_id = $1 AND id = $2", "uu", "" },
	[URL_RULE_COUNTS] = COUNT_OF(
	    "admin_url_rule_count", "signet.url_rule", "i.tenant_id = $1 AND $2::text IS NULL"),
	COUNT_OF("admin_url_rule_count_part", "signet.url_rule", PART),
	URL_RULE_PAGES_OF("admin_url_rules", "i.tenant_id = $1 AND $2::text IS NULL"),
	URL_RULE_PAGES_OF("admin_url_rules_part", PART),
	{ 0 },
};
