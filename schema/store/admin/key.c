/* Signing keys, as administrators see them: no part of a private key is in the database. */
#include "schema/store/admin/pages.h"

#define COLUMNS                                                                                    \
	"i.id, i.name, initcap(i.state), i.is_default, i.algorithm, i.size, i.usage, "             \
	"NULL::text, NULL::text, NULL::text, NULL::timestamptz, i.not_after, "                     \
	"encode(sha256(i.certificate), 'hex'), NULL::text, NULL::text, i.version, i.created, "     \
	"i.changed, i.certificate, i.store_key, g.ids, g.names"
#define TYPES "utt?tiTtttzztttizzbtUT"
#define JOINS                                                                                      \
	"LEFT JOIN LATERAL (SELECT array_agg(g.id ORDER BY g.name) AS ids, "                       \
	"array_agg(g.name ORDER BY g.name) AS names "                                              \
	"FROM signet.group_key m JOIN signet.group g ON g.id = m.group_id "                        \
	"WHERE m.tenant_id = i.tenant_id AND m.key_id = i.id) g ON true"
#define USES                                                                                       \
	"FROM signet.group_key m JOIN signet.group g ON g.id = m.group_id "                        \
	"JOIN signet.signing_key k ON k.id = m.key_id "                                            \
	"WHERE m.tenant_id = $1 AND ($2::uuid IS NULL OR m.group_id = $2) AND ($3::text IS NULL "  \
	"OR g.name ILIKE signet.part_pattern($3) OR k.name ILIKE signet.part_pattern($3)) "
#define REQUEST                                                                                    \
	"i.id, i.name, i.algorithm, i.size, i.usage, i.subject, i.replaces, k.name, i.version, "   \
	"i.created, i.changed, i.request"
#define REQUEST_TYPES "uttiTtutizzb"
#define REPLACED      "LEFT JOIN signet.signing_key k ON k.tenant_id = i.tenant_id AND k.id = i.replaces"
#define REQUEST_PART                                                                               \
	"i.tenant_id = $1 AND ($2::text IS NULL OR i.name ILIKE signet.part_pattern($2))"
#define PART "i.tenant_id = $1 AND i.name ILIKE signet.part_pattern($2)"
#define KEY_PAGES_OF(name, where)                                                                  \
	PAGES_OF(name, COLUMNS, TYPES, "signet.signing_key", JOINS, where, "i.state")

const struct db_statement admin_key_statements[] = {
	[KEY_GET] = { "admin_key_get",
	    "SELECT " COLUMNS " FROM (SELECT k.* FROM signet.signing_key k WHERE k.tenant_id = $1"
	    " AND k.id = $2 FOR UPDATE) i " JOINS,
	    "uu", TYPES },
	[KEY_FIND] = { "admin_key_find",
	    "SELECT " COLUMNS " FROM signet.signing_key i " JOINS
	    " WHERE i.tenant_id = $1 AND i.name = normalize($2, NFC)",
	    "ut", TYPES },
	/* Of two defaults one would be too many: the other is none any more. */
	[KEY_NO_DEFAULT] = { "admin_key_no_default",
	    "UPDATE signet.signing_key SET is_default = false WHERE tenant_id = $1"
	    " AND id <> $2 AND is_default",
	    "uu", "" },
	[KEY_UPDATE] = { "admin_key_update",
	    "UPDATE signet.signing_key SET name = normalize($3, NFC), state = lower($4),"
	    " is_default = $5 WHERE tenant_id = $1 AND id = $2",
	    "uutt?", "" },
	[KEY_RENEW] = { "admin_key_renew",
	    "UPDATE signet.signing_key SET certificate = $3, chain = $4, not_after = $5"
	    " WHERE tenant_id = $1 AND id = $2",
	    "uubBz", "" },
	[KEY_USE_ADD] = { "admin_key_use_add",
	    "INSERT INTO signet.group_key (tenant_id, group_id, key_id) VALUES ($1, $2, $3)", "uuu",
	    "" },
	[KEY_USE_REMOVE] = { "admin_key_use_remove",
	    "DELETE FROM signet.group_key WHERE tenant_id = $1 AND group_id = $2 AND key_id = $3"
	    " RETURNING key_id::text",
	    "uuu", "t" },
	[KEY_USE_COUNT] = { "admin_key_use_count", "SELECT count(*) " USES, "uut", "l" },
	[KEY_USE_PAGE] = { "admin_key_uses",
	    "SELECT g.id, g.name, k.id, k.name, initcap(k.state) " USES
	    "AND (g.name, k.name) > ($4, $5) ORDER BY g.name, k.name LIMIT $6",
	    "uuttti", "ututt" },
	/* By the name of then; else by today's, or by the id. */
	[KEY_THEN] = { "admin_key_then",
	    "SELECT h.subject::uuid, h.image ->> 'name' FROM signet.history h"
	    " WHERE h.tenant_id = $1 AND h.kind = 'signing_key' AND h.since <= COALESCE($3, now())"
	    " AND (h.until IS NULL OR h.until > COALESCE($3, now()))"
	    " AND (h.image ->> 'name' = normalize($2, NFC) OR h.subject = $2 OR h.subject ="
	    " (SELECT k.id::text FROM signet.signing_key k WHERE k.tenant_id = $1"
	    " AND k.name = normalize($2, NFC)))"
	    " ORDER BY h.image ->> 'name' = normalize($2, NFC) DESC LIMIT 1",
	    "utz", "ut" },
	[KEY_WRAPPED] = { "admin_key_wrapped",
	    "SELECT w.wrapped FROM signet.signing_key_wrapped w WHERE w.tenant_id = $1"
	    " AND w.key_id = $2",
	    "uu", "b" },
	[KEY_DEFAULT] = { "admin_key_default",
	    "UPDATE signet.signing_key SET is_default = true WHERE tenant_id = $1 AND id = $2",
	    "uu", "" },
	[KEY_REQUEST_GET] = { "admin_key_request_get",
	    "SELECT " REQUEST " FROM (SELECT r.* FROM signet.signing_key_request r"
	    " WHERE r.tenant_id = $1 AND r.id = $2 FOR UPDATE) i " REPLACED,
	    "uu", REQUEST_TYPES },
	[KEY_REQUEST_FIND] = { "admin_key_request_find",
	    "SELECT " REQUEST " FROM signet.signing_key_request i " REPLACED
	    " WHERE i.tenant_id = $1 AND i.name = normalize($2, NFC)",
	    "ut", REQUEST_TYPES },
	[KEY_REQUEST_ADD] = { "admin_key_request_add",
	    "INSERT INTO signet.signing_key_request (tenant_id, id, name, algorithm, size, usage,"
	    " subject, replaces, takes_name, request, wrapped)"
	    " VALUES ($1, $2, normalize($3, NFC), $4, $5, $6, $7, $8, $9, $10, $11)",
	    "uuttiTtu?bb", "" },
	[KEY_REQUEST_REMOVE] = { "admin_key_request_remove",
	    "DELETE FROM signet.signing_key_request WHERE tenant_id = $1 AND id = $2", "uu", "" },
	[KEY_REQUEST_PAGE] = { "admin_key_requests",
	    "SELECT " REQUEST ", i.name, i.id::text FROM (SELECT i.* FROM"
	    " signet.signing_key_request i WHERE " REQUEST_PART
	    " AND (i.name, i.id::text) > ($3, $4) ORDER BY i.name, i.id::text LIMIT $5) i " REPLACED
	    " ORDER BY i.name, i.id::text",
	    "uttti", REQUEST_TYPES "tt" },
	[KEY_REQUEST_COUNT] = { "admin_key_request_count",
	    "SELECT count(*) FROM signet.signing_key_request i WHERE " REQUEST_PART, "ut", "l" },
	/* By the day on which it ends: its certificate is still good, and so is what it signed. */
	[KEY_STEP_ASIDE] = { "admin_key_step_aside",
	    "UPDATE signet.signing_key k SET name = left(k.name, 100) || ' (until ' ||"
	    " to_char(k.not_after AT TIME ZONE 'UTC', 'YYYY-MM-DD') || ')'"
	    " FROM signet.signing_key_request r WHERE r.tenant_id = $1 AND r.id = $2"
	    " AND r.takes_name AND k.tenant_id = $1 AND k.id = r.replaces",
	    "uu", "" },
	/* Under the name that the replaced key had when it was asked for, where it takes that over.
	 */
	[KEY_CERTIFY] = { "admin_key_certify",
	    "WITH r AS (DELETE FROM signet.signing_key_request WHERE tenant_id = $1 AND id = $2"
	    " RETURNING *), k AS (INSERT INTO signet.signing_key (tenant_id, id, name, store_key,"
	    " algorithm, size, usage, certificate, chain, not_after) SELECT r.tenant_id, r.id,"
	    " r.name, r.id::text, r.algorithm, r.size, r.usage, $3::bytea, $4::bytea[], "
	    "$5::timestamptz FROM r)"
	    " INSERT INTO signet.signing_key_wrapped (tenant_id, key_id, wrapped)"
	    " SELECT r.tenant_id, r.id, r.wrapped FROM r",
	    "uubBz", "" },
	[KEY_TAKE_USES] = { "admin_key_take_uses",
	    "INSERT INTO signet.group_key (tenant_id, group_id, key_id) SELECT m.tenant_id,"
	    " m.group_id, $2 FROM signet.group_key m WHERE m.tenant_id = $1 AND m.key_id = $3",
	    "uuu", "" },
	[KEY_TAKE_RIGHTS] = { "admin_key_take_rights",
	    "INSERT INTO signet.group_right_object (tenant_id, group_id, operation, kind, "
	    "object_id)"
	    " SELECT o.tenant_id, o.group_id, o.operation, o.kind, $2 FROM"
	    " signet.group_right_object o WHERE o.tenant_id = $1 AND o.kind = 'Key'"
	    " AND o.object_id = $3",
	    "uuu", "" },
	[KEY_IMPORT] = { "admin_key_import",
	    "WITH k AS (INSERT INTO signet.signing_key (tenant_id, id, name, store_key, algorithm,"
	    " size, usage, certificate, chain, not_after) VALUES ($1, $2, normalize($3, NFC),"
	    " $2::text, $4, $5, $6, $7, $8, $9)) INSERT INTO signet.signing_key_wrapped"
	    " (tenant_id, key_id, wrapped) VALUES ($1, $2, $10)",
	    "uuttiTbBzb", "" },
	[KEY_COUNTS] = { "admin_key_count",
	    "SELECT count(*) FROM signet.signing_key i WHERE i.tenant_id = $1 AND $2::text IS "
	    "NULL",
	    "ut", "l" },
	{ "admin_key_count_part", "SELECT count(*) FROM signet.signing_key i WHERE " PART, "ut",
	    "l" },
	KEY_PAGES_OF("admin_keys", "i.tenant_id = $1 AND $2::text IS NULL"),
	KEY_PAGES_OF("admin_keys_part", PART),
	{ 0 },
};
