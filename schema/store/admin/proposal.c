/* Proposals of a tenant with four eyes, and whether it has them. */
#include "schema/store/admin/admin.h"

#define STATE                                                                                      \
	"initcap(CASE WHEN p.state = 'waiting' AND p.expires <= clock_timestamp() THEN 'expired' " \
	"ELSE p.state END)"
#define PROPOSAL                                                                                   \
	"p.id, p.operation, p.object, p.change, " STATE ", p.proposer, p.proposed, p.expires, "    \
	"encode(p.digest, 'hex'), p.decided, p.decider, p.reason, p.field_names, p.field_values"
#define PROPOSAL_TYPES "utttttzztzttTT"
#define WANTED                                                                                     \
	"FROM signet.proposal p WHERE p.tenant_id = $1 AND " STATE " = COALESCE($2, 'Waiting') "   \
	"AND ($3::text IS NULL OR p.object ILIKE signet.part_pattern($3) OR p.operation ILIKE "    \
	"signet.part_pattern($3) OR p.proposer ILIKE signet.part_pattern($3)) "

const struct db_statement admin_proposal_statements[] = {
	[PROPOSAL_EYES] = { "proposal_eyes",
	    "SELECT CASE WHEN t.four_eyes THEN 'on' ELSE 'off' END FROM signet.tenant t"
	    " WHERE t.id = $1",
	    "u", "t" },
	[PROPOSAL_LOCK] = { "proposal_lock", "SELECT signet.lock_four_eyes($1, $2)", "u?", "t" },
	[PROPOSAL_SETTLE] = { "proposal_settle", "SET CONSTRAINTS ALL IMMEDIATE", "", "" },
	[PROPOSAL_ROOM] = { "proposal_room", "SELECT signet.proposal_room()::text", "", "t" },
	[PROPOSAL_SAME] = { "proposal_same",
	    "SELECT p.id::text FROM signet.proposal p WHERE p.tenant_id = $1 AND p.operation = $2"
	    " AND sha256(p.request) = sha256($3) AND p.state = 'waiting'",
	    "utb", "t" },
	[PROPOSAL_ADD] = { "proposal_add",
	    "INSERT INTO signet.proposal (tenant_id, id, operation, object, change, request,"
	    " field_names, field_values, seen_version, digest, proposer_id, proposer,"
	    " proposer_keys, proposed, expires) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10,"
	    " $11, $12, $13, $14, clock_timestamp() + make_interval(days => t.four_eyes_days)"
	    " FROM signet.tenant t WHERE t.id = $1",
	    "uutttbTTibutBz", "" },
	[PROPOSAL_GET] = { "proposal_get",
	    "SELECT " PROPOSAL " FROM (SELECT * FROM signet.proposal WHERE tenant_id = $1"
	    " AND id = $2 FOR UPDATE) p",
	    "uu", PROPOSAL_TYPES },
	[PROPOSAL_STORED] = { "proposal_stored",
	    "SELECT p.operation, p.request, p.field_names, p.field_values, p.seen_version,"
	    " p.proposer_id, p.proposer, p.proposer_keys, p.proposed, p.digest, p.object, p.change"
	    " FROM signet.proposal p WHERE p.tenant_id = $1 AND p.id = $2",
	    "uu", "tbTTiutBzbtt" },
	[PROPOSAL_DECIDE] = { "proposal_decide",
	    "UPDATE signet.proposal SET state = lower($3), decided = clock_timestamp(),"
	    " decider_id = $4, decider = $5, reason = normalize(left($6, 500), NFC)"
	    " WHERE tenant_id = $1 AND id = $2",
	    "uututt", "" },
	[PROPOSAL_CARDS] = { "proposal_cards",
	    "SELECT c.certificate FROM signet.user_certificate c WHERE c.tenant_id = $1"
	    " AND c.user_id = $2",
	    "uu", "b" },
	[PROPOSAL_COUNT] = { "proposal_count", "SELECT count(*) " WANTED, "utt", "l" },
	/* The oldest first. */
	[PROPOSAL_PAGE] = { "proposal_page",
	    "SELECT " PROPOSAL ", p.proposed::text, p.id::text " WANTED
	    "AND (p.proposed, p.id) > ($4::timestamptz, $5::uuid)"
	    " ORDER BY p.proposed, p.id LIMIT $6",
	    "utttti", PROPOSAL_TYPES "tt" },
	{ 0 },
};
