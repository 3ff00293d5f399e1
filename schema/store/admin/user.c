/* Users and their certificates. */
#include "schema/store/admin/pages.h"

#define COLUMNS                                                                                    \
	"i.id, i.name, initcap(i.state), i.valid_until, i.password IS NOT NULL, i.version, "       \
	"i.created, i.changed, c.fingerprints, c.subjects, c.ends, c.states, c.revocations, "      \
	"c.reasons, c.versions, c.times, c.certificates, g.ids, g.names"
#define TYPES "uttz?izzTTZTTTIZBUT"
/* `certificate`: the bytes, or nothing where many users are told. */
#define JOINS(certificate)                                                                         \
	"LEFT JOIN LATERAL (SELECT array_agg(encode(c.fingerprint, 'hex') ORDER BY c.created, "    \
	"c.fingerprint) AS fingerprints, array_agg(c.subject ORDER BY c.created, c.fingerprint) "  \
	"AS subjects, array_agg(c.not_after ORDER BY c.created, c.fingerprint) AS ends, "          \
	"array_agg(initcap(c.state) ORDER BY c.created, c.fingerprint) AS states, "                \
	"array_agg(k.state ORDER BY c.created, c.fingerprint) AS revocations, "                    \
	"array_agg(k.reason ORDER BY c.created, c.fingerprint) AS reasons, "                       \
	"array_agg(c.version ORDER BY c.created, c.fingerprint) AS versions, "                     \
	"array_agg(c.created ORDER BY c.created, c.fingerprint) AS times, "                        \
	"array_agg(" certificate " ORDER BY c.created, c.fingerprint) AS certificates "            \
	"FROM signet.user_certificate c JOIN signet.user_certificate_check k "                     \
	"ON k.fingerprint = c.fingerprint "                                                        \
	"WHERE c.tenant_id = i.tenant_id AND c.user_id = i.id) c ON true "                         \
	"LEFT JOIN LATERAL (SELECT array_agg(g.id ORDER BY g.name) AS ids, "                       \
	"array_agg(g.name ORDER BY g.name) AS names "                                              \
	"FROM signet.group_member m JOIN signet.group g ON g.id = m.group_id "                     \
	"WHERE m.tenant_id = i.tenant_id AND m.user_id = i.id) g ON true"
#define PART "i.tenant_id = $1 AND i.id IN (SELECT signet.users_by_part($2))"

#define USER_PAGES_OF(name, where)                                                                 \
	PAGES_OF(name, COLUMNS, TYPES, "signet.user", JOINS("NULL::bytea"), where, "i.state")

const struct db_statement admin_user_statements[] = {
	[USER_GET] = { "admin_user_get",
	    "SELECT " COLUMNS " FROM (SELECT u.* FROM signet.user u WHERE u.tenant_id = $1"
	    " AND u.id = $2 FOR UPDATE) i " JOINS("c.certificate"),
	    "uu", TYPES },
	[USER_FIND] = { "admin_user_find",
	    "SELECT " COLUMNS " FROM signet.user i " JOINS(
		"c.certificate") " WHERE i.tenant_id = $1 AND i.name = normalize($2, NFC)",
	    "ut", TYPES },
	[USER_ADD] = { "admin_user_add",
	    "INSERT INTO signet.user (tenant_id, id, name, password, valid_until)"
	    " VALUES ($1, $2, normalize($3, NFC), $4, $5)",
	    "uuttz", "" },
	[USER_UPDATE] = { "admin_user_update",
	    "UPDATE signet.user SET name = normalize($3, NFC), state = lower($4), valid_until = $5"
	    " WHERE tenant_id = $1 AND id = $2",
	    "uuttz", "" },
	[USER_REMOVE] = { "admin_user_remove",
	    "DELETE FROM signet.user WHERE tenant_id = $1 AND id = $2", "uu", "" },
	[USER_PASSWORD] = { "admin_user_password",
	    "UPDATE signet.user SET password = $3 WHERE tenant_id = $1 AND id = $2", "uut", "" },
	[USER_CERTIFICATE_ADD] = { "admin_user_certificate_add",
	    "INSERT INTO signet.user_certificate"
	    " (tenant_id, user_id, fingerprint, certificate, subject, not_after)"
	    " VALUES ($1, $2, sha256($3), $3, $4, $5)",
	    "uubtz", "" },
	[USER_CERTIFICATE_UPDATE] = { "admin_user_certificate_update",
	    "UPDATE signet.user_certificate SET state = lower($5) WHERE tenant_id = $1"
	    " AND user_id = $2 AND encode(fingerprint, 'hex') = lower($3) AND version = $4",
	    "uutit", "" },
	[USER_CERTIFICATE_REMOVE] = { "admin_user_certificate_remove",
	    "DELETE FROM signet.user_certificate WHERE tenant_id = $1 AND user_id = $2"
	    " AND encode(fingerprint, 'hex') = lower($3) AND ($4::integer IS NULL OR version = $4)",
	    "uuti", "" },
	[USER_COUNTS] =
	    COUNT_OF("admin_user_count", "signet.user", "i.tenant_id = $1 AND $2::text IS NULL"),
	{ "admin_user_count_part",
	    "SELECT count(*) FROM (SELECT FROM signet.users_by_part($2) WHERE $1::uuid IS NOT NULL"
	    " LIMIT $3) n",
	    "uti", "l" },
	USER_PAGES_OF("admin_users", "i.tenant_id = $1 AND $2::text IS NULL"),
	USER_PAGES_OF("admin_users_part", PART),
	{ 0 },
};
