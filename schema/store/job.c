#include "schema/store/job.h"

#include <string.h>

#include "schema/store/helper.h"
#include "schema/store/statements.h"

enum { ALL, CLAIM, EXTEND, FINISH, ABANDON, FORGET, TRUST_SOURCES, OWN_CERTIFICATES, PLAN, CHANGE };
const struct db_statement job_statements[] = {
	[ALL] = { "job_all",
	    "SELECT id, tenant_id, name, every_seconds, daily_at, state, next_run, is_requested,"
	    " fails, lease_left, last_good FROM signet.job_all()",
	    "", "uutiitz?iiz" },
	[CLAIM] = { "job_claim", "SELECT signet.job_claim($1, $2, $3, $4)", "uzti", "l" },
	[EXTEND] = { "job_extend", "SELECT signet.job_extend($1, $2)", "li", "?" },
	[FINISH] = { "job_finish", "SELECT signet.job_finish($1, $2, $3, $4)", "lttz", "?" },
	[ABANDON] = { "job_abandon", "SELECT signet.job_abandon($1)", "t", "l" },
	[FORGET] = { "job_forget", "SELECT signet.job_forget($1, $2, $3)", "zii", "l" },
	[TRUST_SOURCES] = { "job_trust_sources",
	    "SELECT tenant_id, name, kind FROM signet.trust_sources_of($1)", "u", "utt" },
	[OWN_CERTIFICATES] = { "job_own_certificates",
	    "SELECT tenant, kind, name, not_after, certificate FROM signet.own_certificates($1, "
	    "$2)",
	    "uz", "tttzb" },
	[PLAN] = { "job_plan",
	    "SELECT j.name, t.name, j.every_seconds, EXTRACT(epoch FROM j.daily_at)::integer, "
	    "j.state,"
	    " j.next_run, j.requested IS NOT NULL, j.claimed_by, r.started, r.result, r.message"
	    " FROM signet.job j LEFT JOIN signet.tenant t ON t.id = j.tenant_id LEFT JOIN LATERAL"
	    " (SELECT * FROM signet.job_run r WHERE r.job_id = j.id AND r.ended IS NOT NULL"
	    " ORDER BY r.id DESC LIMIT 1) r ON true ORDER BY j.name, t.name",
	    "", "ttiitz?tztt" },
	[CHANGE] = { "job_change",
	    "UPDATE signet.job SET state = COALESCE($2, state),"
	    " every_seconds = CASE WHEN $3 IS NULL AND $4 IS NULL THEN every_seconds ELSE $3 END,"
	    " daily_at = CASE WHEN $3 IS NULL AND $4 IS NULL THEN daily_at"
	    " ELSE '00:00'::time + make_interval(secs => $4) END,"
	    " next_run = CASE WHEN $3 IS NULL AND $4 IS NULL THEN next_run END,"
	    " requested = CASE WHEN $5 THEN clock_timestamp() ELSE requested END"
	    " WHERE name = $1 AND tenant_id IS NULL",
	    "ttii?", "" },
	{ 0 },
};

int
store_job_all(struct db *db, struct db_result **r, struct error *err)
{
	return db_call(db, NULL, &job_statements[ALL], NULL, r, err);
}

struct job_row
store_job_row(const struct db_result *r, size_t i)
{
	const char *state = db_text(r, i, 5);

	return (struct job_row){
		.id = db_uuid(r, i, 0),
		.tenant = db_uuid(r, i, 1),
		.name = db_text(r, i, 2),
		.every = (int32_t)db_integer(r, i, 3),
		.daily = (int32_t)db_integer(r, i, 4),
		.is_paused = strcmp(state, "paused") == 0,
		.is_disabled = strcmp(state, "disabled") == 0,
		.next_us = db_time_us(r, i, 6),
		.is_requested = db_bool(r, i, 7),
		.fails = (int32_t)db_integer(r, i, 8),
		.is_claimed = !db_is_null(r, i, 9),
		.lease_left = (int32_t)db_integer(r, i, 9),
		.last_good = db_time(r, i, 10),
	};
}

/* One value of one row. 1 there is one, 0 null, -1. */
static int
ask(struct db *db, int statement, struct db_args *a, int64_t *value, struct error *err)
{
	struct db_result *r;
	int found;

	if (db_call(db, NULL, &job_statements[statement], a, &r, err) != 0)
		return -1;
	found = db_rows(r) > 0 && !db_is_null(r, 0, 0);
	*value = !found					     ? 0
		 : *job_statements[statement].columns == '?' ? db_bool(r, 0, 0)
							     : db_integer(r, 0, 0);
	db_result_free(r);
	return found;
}

int
store_job_claim(struct db *db, const struct uuid *job, int64_t next_us, const char *node,
    int32_t lease, int64_t *run, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_uuid(&a, job);
	db_arg_time_us(&a, next_us);
	db_arg_text(&a, node);
	db_arg_int(&a, lease);
	return ask(db, CLAIM, &a, run, err);
}

int
store_job_extend(struct db *db, int64_t run, int32_t lease, struct error *err)
{
	struct db_args a;
	int64_t is_ours;

	db_args_init(&a);
	db_arg_long(&a, run);
	db_arg_int(&a, lease);
	return ask(db, EXTEND, &a, &is_ours, err) < 0 ? -1 : is_ours != 0;
}

int
store_job_finish(struct db *db, int64_t run, const char *result, const char *message,
    int64_t next_us, struct error *err)
{
	struct db_args a;
	int64_t was_ours;

	db_args_init(&a);
	db_arg_long(&a, run);
	db_arg_text(&a, result);
	db_arg_text(&a, message);
	db_arg_time_us(&a, next_us);
	return ask(db, FINISH, &a, &was_ours, err) < 0 ? -1 : was_ours != 0;
}

int
store_job_abandon(struct db *db, const char *node, int64_t *count, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_text(&a, node);
	return ask(db, ABANDON, &a, count, err) < 0 ? -1 : 0;
}

int
store_job_forget(
    struct db *db, int64_t before, int32_t keep, int32_t most, int64_t *count, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_time(&a, before);
	db_arg_int(&a, keep);
	db_arg_int(&a, most);
	return ask(db, FORGET, &a, count, err) < 0 ? -1 : 0;
}

/* ---- the plan ---- */

int
store_job_plan(struct db *db, struct db_result **r, struct error *err)
{
	return db_call(db, NULL, &job_statements[PLAN], NULL, r, err);
}

int
store_job_change(
    struct db *db, const char *name, const struct job_change *change, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_text(&a, name);
	db_arg_text(&a, change->state);
	if (change->every > 0)
		db_arg_int(&a, change->every);
	else
		db_arg_null(&a, 'i');
	if (change->has_daily)
		db_arg_int(&a, change->daily);
	else
		db_arg_null(&a, 'i');
	db_arg_bool(&a, change->run_now);
	return store_change(db, NULL, &job_statements[CHANGE], &a, "job", err);
}

/* ---- what jobs ask ---- */

int
store_trust_sources_of(
    struct db *db, const struct uuid *tenant, struct db_result **r, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_uuid(&a, tenant);
	return db_call(db, NULL, &job_statements[TRUST_SOURCES], &a, r, err);
}

struct trust_source_name
store_trust_source_name(const struct db_result *r, size_t i)
{
	return (struct trust_source_name){ db_uuid(r, i, 0), db_text(r, i, 1),
		strcmp(db_text(r, i, 2), "lotl") == 0 };
}

int
store_own_certificates(struct db *db, const struct uuid *tenant, int64_t before,
    struct db_result **r, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_uuid(&a, tenant);
	db_arg_time(&a, before);
	return db_call(db, NULL, &job_statements[OWN_CERTIFICATES], &a, r, err);
}

struct own_certificate
store_own_certificate(const struct db_result *r, size_t i)
{
	return (struct own_certificate){ db_text(r, i, 0), db_text(r, i, 1), db_text(r, i, 2),
		db_time(r, i, 3), db_bytes(r, i, 4) };
}
