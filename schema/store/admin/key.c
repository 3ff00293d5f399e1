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
