/* Certificates that were handed in, and by what challenges are known and spent. */
#include "schema/store/admin/admin.h"

#define STATE                                                                                      \
	"initcap(CASE WHEN i.state = 'waiting' AND i.expires <= clock_timestamp() THEN 'expired' " \
	"ELSE i.state END)"
#define STANDING                                                                                   \
	"i.id, " STATE ", encode(i.fingerprint, 'hex'), i.requested, i.expires, i.decided, "       \
	"i.reason, i.user_name"
#define STANDING_TYPES "uttzzztt"
#define REQUEST                                                                                    \
	STANDING ", i.decided_by, i.subject, i.issuer, i.serial_number, i.not_before, "            \
		 "i.not_after, i.verdict, i.verdict_reason, i.proof, i.peer, i.note, i.version"
#define REQUEST_TYPES STANDING_TYPES "ttttzzttttti"
#define WANTED                                                                                     \
	"FROM signet.sign_on i WHERE i.tenant_id = $1 AND " STATE                                  \
	" = COALESCE($2, 'Waiting') AND ($3::text IS NULL OR i.subject ILIKE "                     \
	"signet.part_pattern($3) OR i.note ILIKE signet.part_pattern($3)) "

const struct db_statement admin_sign_on_statements[] = {
	[SIGN_ON_TENANT] = { "sign_on_tenant",
	    "SELECT id, initcap(rule) FROM signet.sign_on_tenant($1)", "t", "ut" },
	[SIGN_ON_SERVER] = { "sign_on_server", "SELECT id, secret FROM signet.sign_on_server", "",
	    "ub" },
	[SIGN_ON_SPEND] = { "sign_on_spend",
	    "WITH gone AS (DELETE FROM signet.sign_on_challenge"
	    " WHERE expires < clock_timestamp())"
	    " INSERT INTO signet.sign_on_challenge (nonce, expires)"
	    " VALUES ($1, clock_timestamp() + make_interval(secs => $2))",
	    "bi", "" },
	[SIGN_ON_ROOM] = { "sign_on_room",
	    "SELECT full_is, met FROM signet.sign_on_room($1, $2, $3)", "tii", "tl" },
	[SIGN_ON_ADD] = { "sign_on_add",
	    "INSERT INTO signet.sign_on (tenant_id, id, fingerprint, certificate, subject, issuer,"
	    " serial_number, not_before, not_after, verdict, verdict_reason, proof, peer, network,"
	    " note, expires) VALUES ($1, $2, sha256($3), $3, $4, $5, $6, $7, $8, $9, $10, $11,"
	    " $12, $13, normalize($14, NFC), clock_timestamp() + make_interval(days => $15))",
	    "uubtttzztttttti", "" },
	[SIGN_ON_WAITS] = { "sign_on_waits",
	    "SELECT " STANDING " FROM signet.sign_on i WHERE i.tenant_id = $1"
	    " AND i.fingerprint = $2 AND i.state = 'waiting'",
	    "ub", STANDING_TYPES },
	[SIGN_ON_LAST] = { "sign_on_last",
	    "SELECT " STANDING " FROM signet.sign_on i WHERE i.tenant_id = $1"
	    " AND i.fingerprint = $2 ORDER BY i.requested DESC, i.id LIMIT 1",
	    "ub", STANDING_TYPES },
	[SIGN_ON_GET] = { "sign_on_get",
	    "SELECT " REQUEST " FROM (SELECT * FROM signet.sign_on WHERE tenant_id = $1"
	    " AND id = $2 FOR UPDATE) i",
	    "uu", REQUEST_TYPES },
	[SIGN_ON_CERTIFICATE] = { "sign_on_certificate",
	    "SELECT certificate FROM signet.sign_on WHERE tenant_id = $1 AND id = $2", "uu", "b" },
	[SIGN_ON_DECIDE] = { "sign_on_decide",
	    "UPDATE signet.sign_on SET state = lower($3), decided = clock_timestamp(),"
	    " decided_by = $4, reason = normalize($5, NFC), user_id = $6, user_name = (SELECT"
	    " u.name FROM signet.user u WHERE u.tenant_id = $1 AND u.id = $6)"
	    " WHERE tenant_id = $1 AND id = $2",
	    "uutttu", "" },
	[SIGN_ON_COUNT] = { "sign_on_count", "SELECT count(*) " WANTED, "utt", "l" },
	/* The oldest first. */
	[SIGN_ON_PAGE] = { "sign_on_page",
	    "SELECT " REQUEST ", i.requested::text, i.id::text " WANTED
	    "AND (i.requested, i.id) > ($4::timestamptz, $5::uuid)"
	    " ORDER BY i.requested, i.id LIMIT $6",
	    "utttti", REQUEST_TYPES "tt" },
	[SIGN_ON_SETTING] = { "sign_on_setting",
	    "SELECT initcap(t.sign_on), (SELECT count(*) FROM signet.sign_on i"
	    " WHERE i.tenant_id = t.id AND i.state = 'waiting' AND i.expires > clock_timestamp())"
	    "::integer FROM signet.tenant t WHERE t.id = $1 FOR UPDATE OF t",
	    "u", "ti" },
	[SIGN_ON_SET] = { "sign_on_set",
	    "UPDATE signet.tenant SET sign_on = lower($2) WHERE id = $1", "ut", "" },
	{ 0 },
};
