#include "schema/store/audit_query.h"

#include <string.h>

#include "schema/store/helper.h"
#include "schema/store/statements.h"

/*
 * A look-up: an index that begins with whose rows they are and with what leads gives rows in the
 * order of their times; the rest of the wishes is looked at row by row, for LOOK rows at most, so
 * that all that a step costs is bounded however rare the wish is. What leads is a statement of its
 * own, since one for all wishes would be planned for none.
 *
 * $1 tenant, $2 from, $3 to, $4 at, $5 node, $6 seq of the row to go on behind, $7 operation,
 * $8 result, $9 failure, $10 object, $11 digest, $12 request, $13 node's name, $14 caller,
 * $15 user, $16 part, $17 administration, $18 most.
 */
#define LOOK	      "1001"
#define LOOK_EACH     "101" /* of each operation of administration */
#define PARAMETERS    "uzzziltt?tbuttut?i"
#define OF_ONE	      "a.tenant_id = $1"
#define OF_NOBODY     "a.tenant_id IS NULL AND $1::uuid IS NULL"
#define NEWEST	      "DESC"
#define OLDEST	      "ASC"
#define BEFORE	      "a.at <= $4 AND (a.at, a.node, a.seq) < ($4, $5, $6)"
#define BEHIND	      "a.at >= $4 AND (a.at, a.node, a.seq) > ($4, $5, $6)"
#define ORDER(way)    " ORDER BY at " way ", node " way ", seq " way
#define KEYS(of, key) of " AND a.at >= $2 AND a.at < $3 AND " key

#define ENTRY                                                                                      \
	"n.name, m.seq, m.seq IS NULL, m.at, (EXTRACT(microseconds FROM m.at)::bigint % "          \
	"1000000)::integer, m.request, m.tenant_id, m.user_id, NULLIF(m.caller, ''), "             \
	"NULLIF(m.operation, ''), NULLIF(m.object, ''), NULLIF(m.result, ''), "                    \
	"NULLIF(m.reason, ''), NULLIF(encode(m.digest, 'hex'), ''), m.size_in, m.size_out, "       \
	"NULLIF(m.peer, ''), m.duration_us, encode(m.previous, 'hex'), encode(m.hash, 'hex')"
#define ENTRY_TYPES "tl?ziuuuttttttlltltt"

#define RESIDUE                                                                                    \
	"($7::text IS NULL OR operation = $7) AND ($8::text IS NULL OR result = $8) AND ($9 IS "   \
	"NOT TRUE OR result NOT IN ('Success', 'Warning')) AND ($10::text IS NULL OR object = "    \
	"$10) AND ($11::bytea IS NULL OR digest = $11) AND ($12::uuid IS NULL OR request = $12) "  \
	"AND ($13::text IS NULL OR node = (SELECT id FROM signet.node WHERE name = $13)) AND "     \
	"($14::text IS NULL OR caller = $14) AND ($15::uuid IS NULL OR user_id = $15) AND "        \
	"($16::text IS NULL OR object ILIKE signet.part_pattern($16) OR reason ILIKE "             \
	"signet.part_pattern($16)) AND ($17 IS NOT TRUE OR operation = ANY "                       \
	"((SELECT signet.administration())::text[]))"

#define FIND(name, from, way, turned, look)                                                        \
	{                                                                                          \
		name,                                                                              \
		    "WITH c AS MATERIALIZED (" from ORDER(                                         \
			way) " LIMIT " look "), l AS (SELECT "                                     \
			     "at, node, seq, (SELECT count(*) FROM c) AS n FROM c" ORDER(          \
				 turned) " LIMIT 1), m AS (SELECT * FROM c WHERE " RESIDUE         \
			     ORDER(way) " "                                                        \
					"LIMIT $18) SELECT " ENTRY                                 \
					", m.at, m.node, l.at, l.node, l.seq, l.n FROM l LEFT "    \
					"JOIN m ON true "                                          \
					"LEFT JOIN signet.node n ON n.id = m.node ORDER BY "       \
					"m.at " way ", m.node " way ", m.seq " way,                \
		    PARAMETERS, ENTRY_TYPES "zizill"                                               \
	}
#define FROM_LOG(of, key, lead) "SELECT a.* FROM signet.audit a WHERE " KEYS(of, key) lead
/* Rows of each operation in order, then of all. */
#define FROM_EACH(of, key, way)                                                                    \
	"SELECT b.* FROM unnest(signet.administration()) o (name) CROSS JOIN LATERAL (SELECT a.* " \
	"FROM signet.audit a WHERE " KEYS(of, key) " AND a.operation = o.name ORDER BY a.at " way  \
						   ", a.node " way ", a.seq " way                  \
						   " LIMIT " LOOK_EACH ") b"

enum lead {
	BY_TIME,
	BY_CALLER,
	BY_OPERATION,
	BY_OBJECT,
	BY_FAILURE,
	BY_DIGEST,
	BY_REQUEST,
	BY_SERVICE,
	LEADS
};
#define LEAD_BY_TIME	  ""
#define LEAD_BY_CALLER	  " AND a.caller = $14"
#define LEAD_BY_OPERATION " AND a.operation = $7"
#define LEAD_BY_OBJECT	  " AND a.object = $10 AND a.object <> ''"
#define LEAD_BY_FAILURE	  " AND a.result <> 'Success'"
#define LEAD_BY_DIGEST	  " AND a.digest = $11 AND a.digest <> ''::bytea"
#define LEAD_BY_REQUEST	  " AND a.request = $12"

#define ROWS(name, of, way, turned, key)                                                           \
	FIND(name "_time", FROM_LOG(of, key, LEAD_BY_TIME), way, turned, LOOK),                    \
	    FIND(name "_caller", FROM_LOG(of, key, LEAD_BY_CALLER), way, turned, LOOK),            \
	    FIND(name "_operation", FROM_LOG(of, key, LEAD_BY_OPERATION), way, turned, LOOK),      \
	    FIND(name "_object", FROM_LOG(of, key, LEAD_BY_OBJECT), way, turned, LOOK),            \
	    FIND(name "_failure", FROM_LOG(of, key, LEAD_BY_FAILURE), way, turned, LOOK),          \
	    FIND(name "_digest", FROM_LOG(of, key, LEAD_BY_DIGEST), way, turned, LOOK),            \
	    FIND(name "_request", FROM_LOG(of, key, LEAD_BY_REQUEST), way, turned, LOOK),          \
	    FIND(name "_service", FROM_EACH(of, key, way), way, turned, LOOK_EACH)

/* By whose rows, by the order, by what leads. */
const struct db_statement audit_find_statements[] = {
	ROWS("audit_new", OF_ONE, NEWEST, OLDEST, BEFORE),
	ROWS("audit_old", OF_ONE, OLDEST, NEWEST, BEHIND),
	ROWS("audit_nobody_new", OF_NOBODY, NEWEST, OLDEST, BEFORE),
	ROWS("audit_nobody_old", OF_NOBODY, OLDEST, NEWEST, BEHIND),
	{ 0 },
};

#define STATEMENT                                                                                  \
	"s.day::timestamp AT TIME ZONE 'UTC', s.content, s.node, s.digest, t.token, t.authority, " \
	"t.generated, s.failure, s.failed, signet.audit_is_stated(s.digest)"
#define STATEMENT_TYPES "zttbbtztz?"

enum {
	LINKS,
	SEQ_AT,
	CHAINS,
	HASH,
	STATEMENTS,
	STATE,
	UNSTAMPED,
	WANT,
	CLAIM,
	STAMP,
	STAMP_FAILED,
	STATED,
	SERVER_TENANT
};
const struct db_statement audit_read_statements[] = {
	[LINKS] = { "audit_links",
	    "SELECT m.node, m.seq, m.is_link, m.at, (EXTRACT(microseconds FROM m.at)::bigint % "
	    "1000000)::integer, m.request, m.tenant_id, m.user_id, NULLIF(m.caller, ''), "
	    "NULLIF(m.operation, ''), NULLIF(m.object, ''), NULLIF(m.result, ''), "
	    "NULLIF(m.reason, ''), NULLIF(encode(m.digest, 'hex'), ''), m.size_in, m.size_out, "
	    "NULLIF(m.peer, ''), m.duration_us, encode(m.previous, 'hex'), encode(m.hash, 'hex') "
	    "FROM signet.audit_links($1, $2, $3) m",
	    "tli", ENTRY_TYPES },
	[SEQ_AT] = { "audit_seq_at", "SELECT signet.audit_seq_at($1, $2)", "tz", "l" },
	[CHAINS] = { "audit_chains",
	    "SELECT name, seq, hash, at, told, told_hash, told_at FROM signet.audit_chains()", "",
	    "tlbzlbz" },
	[HASH] = { "audit_hash",
	    "SELECT c.seq, c.hash FROM signet.node n CROSS JOIN LATERAL "
	    "signet.audit_chain(n.id, $2 - 1, 1) c WHERE n.name = $1",
	    "tl", "lb" },
	[STATEMENTS] = { "audit_statements",
	    "SELECT " STATEMENT " FROM signet.audit_statement s LEFT JOIN signet.audit_stamp t "
	    "USING (day) WHERE $1::timestamptz IS NULL OR s.day > ($1 AT TIME ZONE 'UTC')::date "
	    "ORDER BY day LIMIT $2",
	    "zi", STATEMENT_TYPES },
	[STATE] = { "audit_state",
	    "INSERT INTO signet.audit_statement (day, made, node, content, digest) VALUES "
	    "(($1 AT TIME ZONE 'UTC')::date, $2, $3, $4, $5) ON CONFLICT (day) DO NOTHING "
	    "RETURNING node",
	    "zzttb", "t" },
	[UNSTAMPED] = { "audit_unstamped",
	    "SELECT count(*), COALESCE((SELECT u.failure FROM signet.audit_statement u WHERE NOT "
	    "EXISTS (SELECT FROM signet.audit_stamp x WHERE x.day = u.day) AND u.failure <> '' "
	    "AND u.failed >= $1 ORDER BY u.failed DESC LIMIT 1), '') FROM signet.audit_statement s "
	    "WHERE NOT EXISTS "
	    "(SELECT FROM signet.audit_stamp t WHERE t.day = s.day)",
	    "z", "lt" },
	[WANT] = { "audit_want",
	    "SELECT clock_timestamp() FROM (SELECT pg_catalog.pg_notify('signet_stamp_wanted', "
	    "'')) AS t",
	    "", "z" },
	[CLAIM] = { "audit_claim",
	    "WITH s AS (UPDATE signet.audit_statement SET claimed_by = $1, claimed_until = "
	    "clock_timestamp() + make_interval(secs => $2) WHERE day = (SELECT w.day FROM "
	    "signet.audit_statement w WHERE NOT EXISTS (SELECT FROM signet.audit_stamp t WHERE "
	    "t.day = w.day) AND (w.claimed_until IS NULL OR w.claimed_until < clock_timestamp()) "
	    "ORDER BY w.day LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING *) SELECT " STATEMENT " "
	    "FROM s LEFT JOIN signet.audit_stamp t USING (day)",
	    "ti", STATEMENT_TYPES },
	[STAMP] = { "audit_stamp",
	    "INSERT INTO signet.audit_stamp (day, token, authority, generated) VALUES "
	    "(($1 AT TIME ZONE 'UTC')::date, $2, $3, $4) ON CONFLICT (day) DO NOTHING",
	    "zbtz", "" },
	[STAMP_FAILED] = { "audit_stamp_failed",
	    "UPDATE signet.audit_statement SET claimed_by = NULL, claimed_until = NULL, failure = "
	    "$3, failed = clock_timestamp() WHERE day = ($1 AT TIME ZONE 'UTC')::date AND "
	    "claimed_by = $2",
	    "ztt", "" },
	[STATED] = { "audit_stated",
	    "SELECT a.at, a.digest, a.object, EXISTS (SELECT FROM signet.audit_statement s WHERE "
	    "s.digest = a.digest) FROM signet.audit_stated($1, $2) a ORDER BY a.at",
	    "zi", "zbt?" },
	[SERVER_TENANT] = { "server_tenant",
	    "SELECT t FROM signet.server_tenant() AS t WHERE t IS NOT NULL", "", "u" },
	{ 0 },
};

/* ---- finding ----------------------------------------------------------------------------------
 */

static enum lead
lead_of(const struct audit_query *q)
{
	if (q->request != NULL)
		return BY_REQUEST;
	if (q->digest.len > 0)
		return BY_DIGEST;
	if (q->object != NULL && q->object[0] != '\0')
		return BY_OBJECT;
	if (q->is_failure || (q->result != NULL && strcmp(q->result, "Success") != 0))
		return BY_FAILURE;
	if (q->caller != NULL)
		return BY_CALLER;
	if (q->operation != NULL)
		return BY_OPERATION;
	return q->is_administration ? BY_SERVICE : BY_TIME;
}

const struct db_statement *
store_audit_find_statement(const struct audit_query *q)
{
	const size_t whose = q->tenant == NULL ? 2 * LEADS : 0;

	return &audit_find_statements[whose + (q->is_oldest_first ? LEADS : 0) + lead_of(q)];
}

struct audit_place
audit_place_first(const struct audit_query *q)
{
	return q->is_oldest_first ? (struct audit_place){ q->from_us, INT32_MIN, INT64_MIN }
				  : (struct audit_place){ q->to_us, INT32_MAX, INT64_MAX };
}

static void
add_uuid(struct db_args *a, const struct uuid *id)
{
	if (id == NULL)
		db_arg_null(a, 'u');
	else
		db_arg_uuid(a, id);
}

static void
find_args(struct db_args *a, const struct audit_query *q, int32_t most)
{
	db_args_init(a);
	add_uuid(a, q->tenant);
	db_arg_time_us(a, q->from_us);
	db_arg_time_us(a, q->to_us);
	db_arg_time_us(a, q->after.at_us);
	db_arg_int(a, q->after.node);
	db_arg_long(a, q->after.seq);
	db_arg_text(a, q->operation);
	db_arg_text(a, q->result);
	db_arg_bool(a, q->is_failure);
	db_arg_text(a, q->object);
	if (q->digest.len > 0)
		db_arg_bytes(a, q->digest);
	else
		db_arg_null(a, 'b');
	add_uuid(a, q->request);
	db_arg_text(a, q->node);
	db_arg_text(a, q->caller);
	add_uuid(a, q->user);
	db_arg_text(a, q->text);
	db_arg_bool(a, q->is_administration);
	db_arg_int(a, most);
}

struct audit_place
store_audit_place(const struct db_result *r, size_t i)
{
	return (struct audit_place){ db_time_us(r, i, AUDIT_COLUMNS),
		(int32_t)db_integer(r, i, AUDIT_COLUMNS + 1), db_integer(r, i, 1) };
}

int
store_audit_find(struct db *db, const struct uuid *tenant, const struct audit_query *q,
    int32_t most, struct db_result **r, size_t *rows, struct audit_place *looked, int *is_end,
    struct error *err)
{
	const struct db_statement *s = store_audit_find_statement(q);
	const int64_t look = lead_of(q) == BY_SERVICE ? 101 : 1001;
	struct db_args a;

	find_args(&a, q, most);
	if (db_call(db, tenant, s, &a, r, err) != 0)
		return -1;
	*rows = db_rows(*r);
	*is_end = 1;
	if (*rows == 0)
		return 0;
	*looked = (struct audit_place){ db_time_us(*r, 0, AUDIT_COLUMNS + 2),
		(int32_t)db_integer(*r, 0, AUDIT_COLUMNS + 3),
		db_integer(*r, 0, AUDIT_COLUMNS + 4) };
	*is_end = db_integer(*r, 0, AUDIT_COLUMNS + 5) < look;
	/* Nothing matched: the one row tells of the look alone. */
	if (db_is_null(*r, 0, 1))
		*rows = 0;
	return 0;
}

/* ---- chains -----------------------------------------------------------------------------------
 */

int
store_audit_links(struct db *db, const struct uuid *tenant, const char *node, int64_t after,
    int32_t most, struct db_result **r, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_text(&a, node);
	db_arg_long(&a, after);
	db_arg_int(&a, most);
	return db_call(db, tenant, &audit_read_statements[LINKS], &a, r, err);
}

int
store_audit_seq_at(
    struct db *db, const char *node, int64_t since, int64_t *after, struct error *err)
{
	struct db_result *r;
	struct db_args a;

	db_args_init(&a);
	db_arg_text(&a, node);
	db_arg_time(&a, since);
	if (db_call(db, NULL, &audit_read_statements[SEQ_AT], &a, &r, err) != 0)
		return -1;
	*after = db_integer(r, 0, 0);
	db_result_free(r);
	return 0;
}

int
store_audit_chains(struct db *db, struct db_result **r, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	return db_call(db, NULL, &audit_read_statements[CHAINS], &a, r, err);
}

static struct audit_head
head_of(const struct db_result *r, size_t i, unsigned int column)
{
	const struct span hash = db_bytes(r, i, column + 1);
	struct audit_head head = { .seq = db_integer(r, i, column) };

	if (hash.len == AUDIT_HASH_SIZE)
		memcpy(head.hash, hash.data, hash.len);
	return head;
}

struct audit_chain_row
store_audit_chain_row(const struct db_result *r, size_t i)
{
	return (struct audit_chain_row){ .name = db_text(r, i, 0),
		.head = head_of(r, i, 1),
		.at_us = db_time_us(r, i, 3),
		.told = head_of(r, i, 4),
		.told_at_us = db_time_us(r, i, 6) };
}

int
store_audit_hash(struct db *db, const char *node, int64_t seq, unsigned char hash[AUDIT_HASH_SIZE],
    struct error *err)
{
	struct audit_head found;
	struct db_result *r;
	struct db_args a;
	int rc = 0;

	db_args_init(&a);
	db_arg_text(&a, node);
	db_arg_long(&a, seq);
	if (db_call(db, NULL, &audit_read_statements[HASH], &a, &r, err) != 0)
		return -1;
	if (db_rows(r) > 0) {
		found = head_of(r, 0, 0);
		memcpy(hash, found.hash, AUDIT_HASH_SIZE);
		rc = found.seq == seq;
	}
	db_result_free(r);
	return rc;
}

/* ---- statements and stamps --------------------------------------------------------------------
 */

int
store_audit_statements(
    struct db *db, int64_t after, int32_t most, struct db_result **r, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_time(&a, after);
	db_arg_int(&a, most);
	return db_call(db, NULL, &audit_read_statements[STATEMENTS], &a, r, err);
}

struct audit_statement
store_audit_statement(const struct db_result *r, size_t i)
{
	return (struct audit_statement){ .day = db_time(r, i, 0),
		.content = db_text(r, i, 1),
		.node = db_text(r, i, 2),
		.digest = db_bytes(r, i, 3),
		.token = db_bytes(r, i, 4),
		.authority = db_text(r, i, 5),
		.generated = db_time(r, i, 6),
		.failure = db_text(r, i, 7),
		.failed = db_time(r, i, 8),
		.is_stated = db_bool(r, i, 9) };
}

int
store_audit_state(struct db *db, int64_t day, int64_t made, const char *node, const char *content,
    struct span digest, struct error *err)
{
	struct db_result *r;
	struct db_args a;
	int rc;

	db_args_init(&a);
	db_arg_time(&a, day);
	db_arg_time(&a, made);
	db_arg_text(&a, node);
	db_arg_text(&a, content);
	db_arg_bytes(&a, digest);
	if (db_call(db, NULL, &audit_read_statements[STATE], &a, &r, err) != 0)
		return -1;
	rc = db_rows(r) > 0;
	db_result_free(r);
	return rc;
}

int
store_audit_unstamped(
    struct db *db, int64_t since_us, int64_t *count, char *failure, size_t size, struct error *err)
{
	struct db_result *r;
	struct db_args a;

	db_args_init(&a);
	db_arg_time_us(&a, since_us);
	if (db_call(db, NULL, &audit_read_statements[UNSTAMPED], &a, &r, err) != 0)
		return -1;
	*count = db_integer(r, 0, 0);
	text_copy(failure, size, db_text(r, 0, 1));
	db_result_free(r);
	return 0;
}

int
store_audit_want(struct db *db, int64_t *now_us, struct error *err)
{
	struct db_result *r;
	struct db_args a;

	db_args_init(&a);
	if (db_call(db, NULL, &audit_read_statements[WANT], &a, &r, err) != 0)
		return -1;
	*now_us = db_time_us(r, 0, 0);
	db_result_free(r);
	return 0;
}

int
store_audit_claim(
    struct db *db, const char *node, int32_t seconds, struct db_result **r, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_text(&a, node);
	db_arg_int(&a, seconds);
	return store_find(db, NULL, &audit_read_statements[CLAIM], &a, r, err);
}

int
store_audit_stamp(struct db *db, int64_t day, struct span token, const char *authority,
    int64_t generated, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_time(&a, day);
	db_arg_bytes(&a, token);
	db_arg_text(&a, authority);
	db_arg_time(&a, generated);
	return store_do(db, NULL, &audit_read_statements[STAMP], &a, err);
}

int
store_audit_stamp_failed(
    struct db *db, int64_t day, const char *node, const char *why, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_time(&a, day);
	db_arg_text(&a, node);
	db_arg_text(&a, why);
	return store_do(db, NULL, &audit_read_statements[STAMP_FAILED], &a, err);
}

int
store_audit_stated(
    struct db *db, int64_t after_us, int32_t most, struct db_result **r, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_time_us(&a, after_us);
	db_arg_int(&a, most);
	return db_call(db, NULL, &audit_read_statements[STATED], &a, r, err);
}

int
store_server_tenant(struct db *db, struct uuid *tenant, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	return store_find_id(db, NULL, &audit_read_statements[SERVER_TENANT], &a, tenant, err);
}
