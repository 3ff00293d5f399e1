/* Jobs and nodes. Those of the whole installation are the server's own tenant's to see and change;
 * signet.jobs() and signet.job_ask() say so. */
#include "schema/store/admin/admin.h"

#define COLUMNS                                                                                    \
	"i.id, i.name, initcap(i.state), i.tenant_id IS NULL, i.every_seconds, "                   \
	"to_char(i.daily_at, 'HH24:MI'), i.next_run, i.run IS NOT NULL, i.claimed_by, "            \
	"i.requested, i.fails, r.started, r.ended, r.result, NULLIF(r.message, ''), i.version, "   \
	"i.created, i.changed"
#define TYPES "utt?itz?tzizzttizz"
#define JOINS                                                                                      \
	"LEFT JOIN LATERAL (SELECT r.* FROM signet.job_runs(i.id) r WHERE r.ended IS NOT NULL "    \
	"ORDER BY r.id DESC LIMIT 1) r ON true"
#define WANTED "$1::uuid IS NOT NULL AND ($2::text IS NULL OR i.name ILIKE signet.part_pattern($2))"

const struct db_statement admin_job_statements[] = {
	[JOB_GET] = { "admin_job_get",
	    "SELECT " COLUMNS " FROM signet.job_lock($2) i " JOINS " WHERE $1::uuid IS NOT NULL",
	    "uu", TYPES },
	[JOB_FIND] = { "admin_job_find",
	    "SELECT " COLUMNS " FROM signet.jobs() i " JOINS
	    " WHERE $1::uuid IS NOT NULL AND i.name = $2 ORDER BY i.tenant_id IS NULL LIMIT 1",
	    "ut", TYPES },
	[JOB_UPDATE] = { "admin_job_update",
	    "SELECT signet.job_plan($2, lower($3), $4, $5::time) WHERE $1::uuid IS NOT NULL",
	    "uutit", "t" },
	[JOB_RUN] = { "admin_job_run", "SELECT signet.job_request($2) WHERE $1::uuid IS NOT NULL",
	    "uu", "t" },
	[JOB_PAGE] = { "admin_jobs",
	    "SELECT " COLUMNS
	    ", i.name, i.id::text FROM (SELECT i.* FROM signet.jobs() i WHERE " WANTED
	    " AND (i.name, i.id::text) > ($3, $4) ORDER BY i.name, i.id::text LIMIT $5) i " JOINS
	    " ORDER BY i.name, i.id::text",
	    "uttti", TYPES "tt" },
	[JOB_COUNT] = { "admin_job_count", "SELECT count(*) FROM signet.jobs() i WHERE " WANTED,
	    "ut", "l" },
	[JOB_RUN_PAGE] = { "admin_job_runs",
	    "SELECT r.id, r.node, r.started, r.ended, r.result, NULLIF(r.message, ''), r.id::text, "
	    "'' FROM signet.job_runs($2) r WHERE $1::uuid IS NOT NULL AND r.id < $3::bigint "
	    "AND $4::text IS NOT NULL ORDER BY r.id DESC LIMIT $5",
	    "uutti", "ltzztttt" },
	[NODE_PAGE] = { "admin_nodes",
	    "SELECT n.name, n.created, n.head_seq, n.head_at, n.jobs, n.name, '' FROM "
	    "signet.nodes() n WHERE $1::uuid IS NOT NULL AND ($2::text IS NULL OR n.name ILIKE "
	    "signet.part_pattern($2)) AND n.name > $3 AND $4::text IS NOT NULL ORDER BY n.name "
	    "LIMIT $5",
	    "uttti", "tzlzTtt" },
	[NODE_COUNT] = { "admin_node_count",
	    "SELECT count(*) FROM signet.nodes() n WHERE $1::uuid IS NOT NULL AND ($2::text IS "
	    "NULL OR n.name ILIKE signet.part_pattern($2))",
	    "ut", "l" },
	{ 0 },
};
