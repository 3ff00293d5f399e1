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
