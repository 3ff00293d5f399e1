/* A tenant's own settings. */
#include "schema/store/admin/admin.h"

const struct db_statement admin_setting_statements[] = {
	[SETTING_ALL] = { "admin_settings",
	    "SELECT COALESCE((SELECT d.name FROM signet.validation_default d WHERE d.tenant_id = "
	    "t.id), 'signet-strict'), t.user_revocation, t.user_revocation_grace_hours::text, CASE "
	    "WHEN t.four_eyes "
	    "THEN 'on' ELSE 'off' END, t.four_eyes_days::text FROM "
	    "signet.tenant t WHERE t.id = $1 FOR UPDATE OF t",
	    "u", "ttttt" },
	/* One that there is and that was not withdrawn. */
	[SETTING_POLICY] = { "admin_setting_policy",
	    "INSERT INTO signet.validation_default (tenant_id, name) SELECT $1, $2 WHERE EXISTS "
	    "(SELECT FROM (SELECT p.content FROM signet.validation_policy p WHERE p.tenant_id = $1 "
	    "AND p.name = $2 ORDER BY p.version DESC LIMIT 1) p WHERE p.content IS NOT NULL) "
	    "ON CONFLICT (tenant_id) DO UPDATE SET name = excluded.name, changed = now() "
	    "RETURNING name",
	    "ut", "t" },
	[SETTING_NO_POLICY] = { "admin_setting_no_policy",
	    "DELETE FROM signet.validation_default WHERE tenant_id = $1 AND $2::text IS NOT NULL "
	    "RETURNING $2::text",
	    "ut", "t" },
	[SETTING_REVOCATION] = { "admin_setting_revocation",
	    "UPDATE signet.tenant SET user_revocation = $2 WHERE id = $1 RETURNING $2::text", "ut",
	    "t" },
	[SETTING_GRACE] = { "admin_setting_grace",
	    "UPDATE signet.tenant SET user_revocation_grace_hours = $2::text::integer WHERE id = "
	    "$1 RETURNING $2::text",
	    "ut", "t" },
	[SETTING_EYES] = { "admin_setting_eyes",
	    "UPDATE signet.tenant SET four_eyes = ($2::text = 'on') WHERE id = $1 "
	    "RETURNING $2::text",
	    "ut", "t" },
	[SETTING_EYES_DAYS] = { "admin_setting_eyes_days",
	    "UPDATE signet.tenant SET four_eyes_days = $2::text::integer WHERE id = $1 "
	    "RETURNING $2::text",
	    "ut", "t" },
	{ 0 },
};
