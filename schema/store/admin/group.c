/* Groups and who is in them. */
#include "schema/store/admin/pages.h"

#define COLUMNS                                                                                    \
	"i.id, i.name, NULLIF(i.description, ''), i.version, i.created, i.changed, g.ids, g.names"
#define TYPES "uttizzUT"
#define JOINS                                                                                      \
	"LEFT JOIN LATERAL (SELECT array_agg(g.id ORDER BY g.name) AS ids, "                       \
	"array_agg(g.name ORDER BY g.name) AS names "                                              \
	"FROM signet.group_group m JOIN signet.group g ON g.id = m.group_id "                      \
	"WHERE m.tenant_id = i.tenant_id AND m.member_id = i.id) g ON true"
#define PART "i.tenant_id = $1 AND i.name ILIKE signet.part_pattern($2)"

/* Groups have no state: by name instead. */
#define GROUP_PAGES_OF(name, where)                                                                \
	PAGES_OF(name, COLUMNS, TYPES, "signet.group", JOINS, where, "''::text")

#define MEMBERS                                                                                    \
	"SELECT 'Group' AS kind, g.id, g.name FROM signet.group_group m JOIN signet.group g "      \
	"ON g.id = m.member_id WHERE m.tenant_id = $1 AND m.group_id = $2 "                        \
	"AND ($3::text IS NULL OR g.name ILIKE signet.part_pattern($3)) "
#define USERS                                                                                      \
	"SELECT 'User', u.id, u.name FROM signet.group_member m JOIN signet.user u "               \
	"ON u.id = m.user_id WHERE m.tenant_id = $1 AND m.group_id = $2 "                          \
	"AND ($3::text IS NULL OR u.name ILIKE signet.part_pattern($3)) "

const struct db_statement admin_group_statements[] = {
	[GROUP_GET] = { "admin_group_get",
	    "SELECT " COLUMNS " FROM (SELECT g.* FROM signet.group g WHERE g.tenant_id = $1"
	    " AND g.id = $2 FOR UPDATE) i " JOINS,
	    "uu", TYPES },
	[GROUP_FIND] = { "admin_group_find",
	    "SELECT " COLUMNS " FROM signet.group i " JOINS
	    " WHERE i.tenant_id = $1 AND i.name = normalize($2, NFC)",
	    "ut", TYPES },
	[GROUP_ADD] = { "admin_group_add",
	    "INSERT INTO signet.group (tenant_id, id, name, description)"
	    " VALUES ($1, $2, normalize($3, NFC), COALESCE($4, ''))",
	    "uutt", "" },
	[GROUP_UPDATE] = { "admin_group_update",
	    "UPDATE signet.group SET name = normalize($3, NFC), description = COALESCE($4, '')"
	    " WHERE tenant_id = $1 AND id = $2",
	    "uutt", "" },
	[GROUP_REMOVE] = { "admin_group_remove",
	    "DELETE FROM signet.group WHERE tenant_id = $1 AND id = $2", "uu", "" },
	/* A user or a group: ids are never the same. */
	[GROUP_MEMBER_ADD] = { "admin_group_member_add",
	    "WITH u AS (INSERT INTO signet.group_member (tenant_id, group_id, user_id)"
	    " SELECT u.tenant_id, $2, u.id FROM signet.user u WHERE u.tenant_id = $1 AND u.id = $3"
	    " RETURNING user_id), g AS (INSERT INTO signet.group_group"
	    " (tenant_id, group_id, member_id) SELECT g.tenant_id, $2, g.id FROM signet.group g"
	    " WHERE g.tenant_id = $1 AND g.id = $3 RETURNING member_id)"
	    " SELECT x.name FROM u JOIN signet.user x ON x.id = u.user_id UNION ALL"
	    " SELECT x.name FROM g JOIN signet.group x ON x.id = g.member_id",
	    "uuu", "t" },
	[GROUP_MEMBER_REMOVE] = { "admin_group_member_remove",
	    "WITH u AS (DELETE FROM signet.group_member WHERE tenant_id = $1 AND group_id = $2"
	    " AND user_id = $3 RETURNING user_id), g AS (DELETE FROM signet.group_group"
	    " WHERE tenant_id = $1 AND group_id = $2 AND member_id = $3 RETURNING member_id)"
	    " SELECT x.name FROM u JOIN signet.user x ON x.id = u.user_id UNION ALL"
	    " SELECT x.name FROM g JOIN signet.group x ON x.id = g.member_id",
	    "uuu", "t" },
	[GROUP_MEMBER_COUNT] = { "admin_group_member_count",
	    "SELECT count(*) FROM (" MEMBERS "UNION ALL " USERS "LIMIT $4) n", "uuti", "l" },
	/* Groups first, then users, each by name. */
	[GROUP_MEMBERS] = { "admin_group_members",
	    "(" MEMBERS "AND ('Group', g.name) > ($4, $5) ORDER BY g.name LIMIT $6) UNION ALL "
	    "(" USERS "AND ('User', u.name) > ($4, $5) ORDER BY u.name LIMIT $6) "
	    "ORDER BY kind, name LIMIT $6",
	    "uuttti", "tut" },
	[GROUP_COUNTS] =
	    COUNT_OF("admin_group_count", "signet.group", "i.tenant_id = $1 AND $2::text IS NULL"),
	COUNT_OF("admin_group_count_part", "signet.group", PART),
	GROUP_PAGES_OF("admin_groups", "i.tenant_id = $1 AND $2::text IS NULL"),
	GROUP_PAGES_OF("admin_groups_part", PART),
	{ 0 },
};
