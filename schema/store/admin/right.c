/* The matrix group x operation, and the objects that rights are narrowed to. */
#include "schema/store/admin/admin.h"

#define WANTED                                                                                     \
	"FROM signet.group_right r JOIN signet.group g ON g.id = r.group_id "                      \
	"WHERE r.tenant_id = $1 AND ($2::uuid IS NULL OR r.group_id = $2) AND ($3::text IS NULL "  \
	"OR g.name ILIKE signet.part_pattern($3) OR r.operation ILIKE signet.part_pattern($3)) "

const struct db_statement admin_right_statements[] = {
	[RIGHT_GIVE_WHOLE] = { "admin_right_give_whole",
	    "INSERT INTO signet.group_right AS r (tenant_id, group_id, operation)"
	    " VALUES ($1, $2, $3) ON CONFLICT ON CONSTRAINT group_right_once"
	    " DO UPDATE SET is_narrowed = false WHERE r.is_narrowed RETURNING r.operation",
	    "uut", "t" },
	/* A conflict writes nothing new, and gives a row where it was narrowed. */
	[RIGHT_GIVE_NARROWED] = { "admin_right_give_narrowed",
	    "INSERT INTO signet.group_right AS r (tenant_id, group_id, operation, is_narrowed)"
	    " VALUES ($1, $2, $3, true) ON CONFLICT ON CONSTRAINT group_right_once"
	    " DO UPDATE SET is_narrowed = true WHERE r.is_narrowed RETURNING r.operation",
	    "uut", "t" },
	[RIGHT_OBJECT_ADD] = { "admin_right_object_add",
	    "INSERT INTO signet.group_right_object (tenant_id, group_id, operation, kind, "
	    "object_id)"
	    " VALUES ($1, $2, $3, $4, $5)",
	    "uuttu", "" },
	[RIGHT_TAKE] = { "admin_right_take",
	    "DELETE FROM signet.group_right WHERE tenant_id = $1 AND group_id = $2"
	    " AND operation = $3 RETURNING operation",
	    "uut", "t" },
	[RIGHT_OBJECT_REMOVE] = { "admin_right_object_remove",
	    "DELETE FROM signet.group_right_object WHERE tenant_id = $1 AND group_id = $2"
	    " AND operation = $3 AND kind = $4 AND object_id = $5 RETURNING operation",
	    "uuttu", "t" },
	[RIGHT_TIDY] = { "admin_right_tidy",
	    "DELETE FROM signet.group_right r WHERE r.tenant_id = $1 AND r.group_id = $2"
	    " AND r.operation = $3 AND r.is_narrowed AND NOT EXISTS (SELECT FROM"
	    " signet.group_right_object o WHERE o.tenant_id = r.tenant_id"
	    " AND o.group_id = r.group_id AND o.operation = r.operation)",
	    "uut", "" },
	[RIGHT_COUNT] = { "admin_right_count", "SELECT count(*) " WANTED, "uut", "l" },
	[RIGHT_PAGE] = { "admin_right_page",
	    "SELECT i.group_id, i.name, i.operation, i.is_narrowed, o.kinds, o.ids, o.names FROM ("
	    "SELECT r.*, g.name " WANTED
	    "AND (g.name, r.operation) > ($4, $5) ORDER BY g.name, r.operation LIMIT $6) i "
	    "LEFT JOIN LATERAL (SELECT array_agg(o.kind ORDER BY o.kind, o.object_id) AS kinds, "
	    "array_agg(o.object_id ORDER BY o.kind, o.object_id) AS ids, "
	    "array_agg(COALESCE(k.name, a.name, s.name) ORDER BY o.kind, o.object_id) AS names "
	    "FROM signet.group_right_object o LEFT JOIN signet.signing_key k ON k.id = o.key_id "
	    "LEFT JOIN signet.trust_anchor a ON o.kind = 'TrustCentre' AND a.id = o.object_id "
	    "LEFT JOIN signet.trust_source s ON o.kind = 'TrustCentre' AND s.id = o.object_id "
	    "WHERE o.tenant_id = i.tenant_id AND o.group_id = i.group_id "
	    "AND o.operation = i.operation) o ON true ORDER BY i.name, i.operation",
	    "uuttti", "utt?TUT" },
	[RIGHT_KEY_FIND] = { "admin_right_key_find",
	    "SELECT k.id, k.name FROM signet.signing_key k WHERE k.tenant_id = $1"
	    " AND (k.name = $2 OR k.id::text = $2)",
	    "ut", "ut" },
	[RIGHT_ACTOR] = { "admin_actor", "SELECT pg_catalog.set_config('signet.actor', $1, true)",
	    "t", "t" },
	{ 0 },
};
