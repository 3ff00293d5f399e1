/* Time-stamp authorities: the tenant's own, and those that the server offers to all. */
#include "schema/store/admin/pages.h"

#define COLUMNS                                                                                    \
	"i.id, i.name, i.place, i.url, k.name, i.policy_oid, i.timeout_ms, initcap(i.state), "     \
	"i.tenant_id IS NULL, NULL::text, NULL::timestamptz, ARRAY(SELECT encode(sha256(c), "      \
	"'hex') FROM unnest(i.certificates) AS c), i.version, i.created, i.changed, "              \
	"i.certificates[1]"
#define TYPES "utitttit?tzTizzb"
#define JOINS                                                                                      \
	"LEFT JOIN LATERAL (SELECT k.name FROM signet.signing_key k WHERE k.tenant_id = "          \
	"i.tenant_id AND k.store_key = i.store_key ORDER BY 'Timestamp' = ANY (k.usage) DESC, "    \
	"k.name LIMIT 1) k ON true"
#define OFFERED "(i.tenant_id = $1 OR i.tenant_id IS NULL)"
#define WANTED                                                                                     \
	OFFERED " AND ($2::text IS NULL OR i.name ILIKE signet.part_pattern($2) OR i.url ILIKE "   \
		"signet.part_pattern($2))"

const struct db_statement admin_authority_statements[] = {
	[AUTHORITY_GET] = { "admin_authority_get",
	    "SELECT " COLUMNS " FROM (SELECT a.* FROM signet.timestamp_authority a"
	    " WHERE a.tenant_id = $1 AND a.id = $2 FOR UPDATE) i " JOINS,
	    "uu", TYPES },
	[AUTHORITY_SEE] = { "admin_authority_see",
	    "SELECT " COLUMNS " FROM signet.timestamp_authority i " JOINS " WHERE " OFFERED
	    " AND i.id = $2",
	    "uu", TYPES },
	[AUTHORITY_FIND] = { "admin_authority_find",
	    "SELECT " COLUMNS " FROM signet.timestamp_authority i " JOINS " WHERE " OFFERED
	    " AND i.name = normalize($2, NFC) ORDER BY i.tenant_id IS NULL LIMIT 1",
	    "ut", TYPES },
	[AUTHORITY_KEY] = { "admin_authority_key",
	    "SELECT k.store_key, k.certificate, k.chain FROM signet.signing_key k"
	    " WHERE k.tenant_id = $1 AND k.name = normalize($2, NFC) AND 'Timestamp' = ANY "
	    "(k.usage) AND k.state = 'active'",
	    "ut", "tbB" },
	[AUTHORITY_ADD] = { "admin_authority_add",
	    "INSERT INTO signet.timestamp_authority (tenant_id, id, name, place, url, "
	    "store_key,"
	    " policy_oid, timeout_ms, certificates) VALUES ($1, $2, normalize($3, NFC),"
	    " COALESCE($4, 100), $5, $6, $7, COALESCE($8, 10000), $9)",
	    "uutitttiB", "" },
	[AUTHORITY_UPDATE] = { "admin_authority_update",
	    "UPDATE signet.timestamp_authority SET name = normalize($3, NFC), place = $4, url "
	    "= $5,"
	    " policy_oid = $6, timeout_ms = $7, state = lower($8), certificates = CASE WHEN"
	    " cardinality($9::bytea[]) > 0 THEN $9 ELSE certificates END"
	    " WHERE tenant_id = $1 AND id = $2",
	    "uutittitB", "" },
	[AUTHORITY_REMOVE] = { "admin_authority_remove",
	    "DELETE FROM signet.timestamp_authority WHERE tenant_id = $1 AND id = $2", "uu", "" },
	/* In the order in which they are asked. */
	[AUTHORITY_PAGE] = { "admin_authorities",
	    "SELECT " COLUMNS ", to_char(i.place::bigint + 2147483648, 'FM0000000000') ||"
	    " (i.tenant_id IS NULL)::integer, i.id::text FROM (SELECT i.* FROM"
	    " signet.timestamp_authority i WHERE " WANTED " AND (to_char(i.place::bigint +"
	    " 2147483648, 'FM0000000000') || (i.tenant_id IS NULL)::integer, i.id::text) > "
	    "($3, $4)"
	    " ORDER BY i.place, i.tenant_id IS NULL, i.id::text LIMIT $5) i " JOINS
	    " ORDER BY i.place, i.tenant_id IS NULL, i.id::text",
	    "uttti", TYPES "tt" },
	[AUTHORITY_COUNT] = { "admin_authority_count",
	    "SELECT count(*) FROM signet.timestamp_authority i WHERE " WANTED, "ut", "l" },
	{ 0 },
};
