/* Tenants, as users of the server's own see and change them. */
#include "schema/store/admin/pages.h"

#define COLUMNS "i.id, i.name, initcap(i.state), i.is_server, i.version, i.created, i.changed"
#define TYPES	"utt?izz"
#define PART	"$1::uuid IS NOT NULL AND i.name ILIKE signet.part_pattern($2)"

#define TENANT_PAGES_OF(name, where)                                                               \
	PAGES_OF(name, COLUMNS, TYPES, "signet.tenants()", "", where, "i.state")

const struct db_statement admin_tenant_statements[] = {
	[TENANT_GET] = { "admin_tenant_get",
	    "SELECT " COLUMNS " FROM signet.tenant i WHERE i.id = $1 FOR UPDATE", "u", TYPES },
	[TENANT_ADD] = { "admin_tenant_add",
	    "INSERT INTO signet.tenant (id, name) VALUES ($1, normalize($2, NFC))", "ut", "" },
	[TENANT_UPDATE] = { "admin_tenant_update",
	    "UPDATE signet.tenant SET name = normalize($2, NFC), state = lower($3) WHERE id = $1",
	    "utt", "" },
	[TENANT_REMOVE] = { "admin_tenant_remove",
	    "WITH g AS (DELETE FROM signet.group WHERE tenant_id = $1), "
	    "u AS (DELETE FROM signet.user WHERE tenant_id = $1), "
	    "r AS (DELETE FROM signet.url_rule WHERE tenant_id = $1) "
	    "DELETE FROM signet.tenant WHERE id = $1",
	    "u", "" },
	[TENANT_RIGHTS] = { "admin_tenant_rights",
	    "INSERT INTO signet.group_right (tenant_id, group_id, operation) SELECT $1, $2, o.name"
	    " FROM signet.operation o WHERE o.name = 'WhoAmI' OR (o.service = 'Administration'"
	    " AND (NOT o.for_server OR EXISTS (SELECT FROM signet.tenant t WHERE t.id = $1"
	    " AND t.is_server))) ON CONFLICT DO NOTHING",
	    "uu", "" },
	[TENANT_SEE] = { "admin_tenant_see",
	    "SELECT " COLUMNS " FROM signet.tenants() i WHERE i.id = $1 OR i.name = normalize($2, "
	    "NFC)",
	    "ut", TYPES },
	[TENANT_COUNTS] = { "admin_tenant_count",
	    "SELECT count(*) FROM signet.tenants() i WHERE $1::uuid IS NOT NULL AND $2::text IS "
	    "NULL",
	    "ut", "l" },
	{ "admin_tenant_count_part", "SELECT count(*) FROM signet.tenants() i WHERE " PART, "ut",
	    "l" },
	TENANT_PAGES_OF("admin_tenants", "$1::uuid IS NOT NULL AND $2::text IS NULL"),
	TENANT_PAGES_OF("admin_tenants_part", PART),
	{ 0 },
};
