/* Whom a tenant trusts: lists with their state, own CA certificates, snapshots. */
#include "schema/store/admin/pages.h"

/* What came last of a source: l is the last accepted list, t the last that was tried. */
#define LIST_COLUMNS                                                                               \
	"i.id, i.name, CASE i.kind WHEN 'lotl' THEN 'ListOfLists' ELSE 'List' END, i.territory, "  \
	"i.url, i.tenant_id IS NULL, initcap(i.state), c.provider IS NOT NULL, l.sequence, "       \
	"l.issued, l.next_update, l.imported, l.imported_by, encode(l.signer, 'hex'), "            \
	"t.imported, "                                                                             \
	"t.verdict, CASE WHEN t.verdict <> 'Accepted' THEN t.reason "                              \
	"WHEN l.next_update < now() THEN 'its next update is overdue' "                            \
	"WHEN t.verdict IS NULL THEN 'no list was imported yet' END, "                             \
	"i.version, i.created, i.changed"
#define LIST_TYPES "utttt?t?lzzzttzttizz"
#define LIST_JOINS                                                                                 \
	"LEFT JOIN LATERAL (SELECT l.* FROM signet.trust_list l WHERE l.source_id = i.id "         \
	"AND l.verdict = 'Accepted' ORDER BY l.sequence DESC LIMIT 1) l ON true "                  \
	"LEFT JOIN LATERAL (SELECT t.* FROM signet.trust_list t WHERE t.source_id = i.id "         \
	"ORDER BY t.imported DESC, t.id LIMIT 1) t ON true "                                       \
	"LEFT JOIN signet.trust_choice c ON c.tenant_id = $1 AND c.source_id = i.id "              \
	"AND c.provider = ''"
#define LIST_WANTED                                                                                \
	"(i.tenant_id = $1 OR i.tenant_id IS NULL) AND ($2::text IS NULL "                         \
	"OR i.name ILIKE signet.part_pattern($2) OR i.territory ILIKE signet.part_pattern($2))"

#define ANCHOR_COLUMNS                                                                             \
	"i.id, i.name, NULL::text, encode(i.fingerprint, 'hex'), NULL::timestamptz, "              \
	"NULL::timestamptz, initcap(i.state), i.usage, i.crl_urls, i.ocsp_urls, i.version, "       \
	"i.created, i.changed, i.certificate"
#define ANCHOR_TYPES "utttzztTTTizzb"
#define ANCHOR_PAGES_OF(name, where)                                                               \
	PAGES_OF(name, ANCHOR_COLUMNS, ANCHOR_TYPES, "signet.trust_anchor", "", where, "i.state")
#define ANCHOR_PART "i.tenant_id = $1 AND i.name ILIKE signet.part_pattern($2)"

const struct db_statement admin_trust_statements[] = {
	[TRUST_LIST_PAGE] = { "admin_trust_lists",
	    "SELECT " LIST_COLUMNS ", i.name, i.id::text FROM (SELECT i.* FROM signet.trust_source "
	    "i WHERE " LIST_WANTED " AND (i.name, i.id::text) > ($3, $4) ORDER BY i.name, "
	    "i.id::text LIMIT $5) i " LIST_JOINS " ORDER BY i.name, i.id::text",
	    "uttti", LIST_TYPES "tt" },
	[TRUST_LIST_COUNT] = { "admin_trust_list_count",
	    "SELECT count(*) FROM signet.trust_source i WHERE " LIST_WANTED, "ut", "l" },
	[TRUST_SNAPSHOT_PAGE] = { "admin_trust_snapshots",
	    "SELECT i.number, 'sha256:' || left(encode(i.digest, 'hex'), 12), "
	    "encode(i.digest, 'hex'), i.reason, i.made, i.made_by, i.number::text, '' "
	    "FROM signet.trust_snapshot i WHERE i.tenant_id = $1 AND ($2::text IS NULL "
	    "OR i.reason ILIKE signet.part_pattern($2) OR i.made_by ILIKE "
	    "signet.part_pattern($2)) AND i.number < $3::integer AND $4::text IS NOT NULL "
	    "ORDER BY i.number DESC LIMIT $5",
	    "uttti", "itttzttt" },
	[TRUST_SNAPSHOT_COUNT] = { "admin_trust_snapshot_count",
	    "SELECT count(*) FROM signet.trust_snapshot i WHERE i.tenant_id = $1 "
	    "AND ($2::text IS NULL OR i.reason ILIKE signet.part_pattern($2) OR i.made_by ILIKE "
	    "signet.part_pattern($2))",
	    "ut", "l" },
	[TRUST_ANCHOR_GET] = { "admin_anchor_get",
	    "SELECT " ANCHOR_COLUMNS " FROM signet.trust_anchor i WHERE i.tenant_id = $1"
	    " AND i.id = $2 FOR UPDATE",
	    "uu", ANCHOR_TYPES },
	[TRUST_ANCHOR_FIND] = { "admin_anchor_find",
	    "SELECT " ANCHOR_COLUMNS " FROM signet.trust_anchor i WHERE i.tenant_id = $1"
	    " AND i.name = normalize($2, NFC)",
	    "ut", ANCHOR_TYPES },
	[TRUST_ANCHOR_ADD] = { "admin_anchor_add",
	    "INSERT INTO signet.trust_anchor (tenant_id, id, name, certificate, usage, crl_urls,"
	    " ocsp_urls) VALUES ($1, $2, normalize($3, NFC), $4, $5, $6, $7)",
	    "uutbTTT", "" },
	[TRUST_ANCHOR_UPDATE] = { "admin_anchor_update",
	    "UPDATE signet.trust_anchor SET name = normalize($3, NFC), state = lower($4),"
	    " usage = $5, crl_urls = $6, ocsp_urls = $7 WHERE tenant_id = $1 AND id = $2",
	    "uuttTTT", "" },
	[TRUST_ANCHOR_REMOVE] = { "admin_anchor_remove",
	    "DELETE FROM signet.trust_anchor WHERE tenant_id = $1 AND id = $2", "uu", "" },
	[TRUST_ANCHOR_COUNTS] = { "admin_anchor_count",
	    "SELECT count(*) FROM signet.trust_anchor i WHERE i.tenant_id = $1 AND $2::text IS "
	    "NULL",
	    "ut", "l" },
	{ "admin_anchor_count_part",
	    "SELECT count(*) FROM signet.trust_anchor i WHERE " ANCHOR_PART, "ut", "l" },
	ANCHOR_PAGES_OF("admin_anchors", "i.tenant_id = $1 AND $2::text IS NULL"),
	ANCHOR_PAGES_OF("admin_anchors_part", ANCHOR_PART),
	{ 0 },
};
