#include "schema/store/user_certificate.h"

#include <string.h>

#include "schema/store/helper.h"
#include "schema/store/statements.h"

#define CHECK_COLUMNS                                                                              \
	"k.since, k.checked, k.reason, k.revoked, k.revocation_reason, k.source, k.this_update,"   \
	" k.next_update"
#define CHECK_TYPES "zztzttzz"

enum { LIST, COUNTS, RULES, SET_RULES, TENANTS, DUE, SEEN };
const struct db_statement user_certificate_statements[] = {
	/* The planner sees the values: what is not asked for is no condition. */
	[LIST] = { "user_certificates",
	    "SELECT * FROM (SELECT u.id, u.name, c.subject, c.fingerprint, c.state = 'active',"
	    " u.state = 'active', c.not_after, c.created,"
	    " CASE WHEN k.state NOT IN ('Revoked', 'OnHold') AND c.not_after <= $7"
	    "  THEN 'Expired' ELSE k.state END AS state, " CHECK_COLUMNS ","
	    " signet.user_certificate_refused(k.state, k.since, t.user_revocation,"
	    "  t.user_revocation_grace_hours), u.valid_until"
	    " FROM signet.user_certificate_check k"
	    " JOIN signet.user_certificate c ON c.fingerprint = k.fingerprint"
	    " JOIN signet.user u ON u.tenant_id = c.tenant_id AND u.id = c.user_id"
	    " JOIN signet.tenant t ON t.id = c.tenant_id"
	    " WHERE k.tenant_id = $1 AND ($2::text IS NULL OR u.name = $2)"
	    " AND ($3::text IS NULL OR k.state = $3 OR ($3 = 'Expired' AND c.not_after <= $7))"
	    " AND ($4::text IS NULL OR (u.name, c.fingerprint) > ($4, $5))) AS all_of"
	    " WHERE $3::text IS NULL OR state = $3 ORDER BY 2, 4 LIMIT $6",
	    "utttbiz", "uttb??zzt" CHECK_TYPES "zz" },
	[COUNTS] = { "user_certificate_counts",
	    "SELECT state, total, overdue FROM signet.user_certificate_counts($1, $2)", "uz",
	    "tll" },
	[RULES] = { "user_certificate_rules",
	    "SELECT user_revocation, user_revocation_grace_hours, signet.user_certificate_next(id)"
	    " FROM signet.tenant WHERE id = $1",
	    "u", "tiz" },
	[SET_RULES] = { "user_certificate_set_rules",
	    "UPDATE signet.tenant SET user_revocation = $2, user_revocation_grace_hours = $3"
	    " WHERE id = $1",
	    "uti", "" },
	[TENANTS] = { "user_certificate_tenants",
	    "SELECT t FROM signet.user_certificate_tenants($1) t", "u", "u" },
	[DUE] = { "user_certificate_due",
	    "SELECT k.fingerprint, u.id, u.name, c.certificate, k.run, c.state = 'active', k.state,"
	    " " CHECK_COLUMNS
	    " FROM (SELECT * FROM signet.user_certificate_check WHERE tenant_id = $1"
	    "  AND (run, fingerprint) > ($3, $4) AND run < $2"
	    "  ORDER BY run, fingerprint LIMIT $5) AS k"
	    " JOIN signet.user_certificate c ON c.fingerprint = k.fingerprint"
	    " JOIN signet.user u ON u.tenant_id = c.tenant_id AND u.id = c.user_id"
	    " ORDER BY k.run, k.fingerprint",
	    "ullbi", "butbl?t" CHECK_TYPES },
	[SEEN] = { "user_certificate_seen",
	    "UPDATE signet.user_certificate_check k SET run = $2, state = s.state,"
	    " since = CASE WHEN k.state = s.state THEN k.since ELSE s.since END,"
	    " checked = s.checked, reason = s.reason, revoked = s.revoked,"
	    " revocation_reason = s.revocation_reason, source = s.source,"
	    " this_update = s.this_update, next_update = s.next_update"
	    " FROM unnest($3, $4, $5, $6, $7, $8, $9, $10, $11, $12) AS s (fingerprint, state,"
	    " since, checked, reason, revoked, revocation_reason, source, this_update, next_update)"
	    " WHERE k.tenant_id = $1 AND k.fingerprint = s.fingerprint",
	    "ulBTZZTZTTZZ", "" },
	{ 0 },
};

/* ---- states ---- */

static const char *const names[USER_CERTIFICATE_STATES] = {
	[USER_CERTIFICATE_NOT_CHECKED] = "NotChecked",
	[USER_CERTIFICATE_GOOD] = "Good",
	[USER_CERTIFICATE_NOT_CHECKABLE] = "NotCheckable",
	[USER_CERTIFICATE_UNKNOWN] = "Unknown",
	[USER_CERTIFICATE_ON_HOLD] = "OnHold",
	[USER_CERTIFICATE_REVOKED] = "Revoked",
	[USER_CERTIFICATE_EXPIRED] = "Expired",
	[USER_CERTIFICATE_NOT_YET_VALID] = "NotYetValid",
};

const char *
user_certificate_state_name(enum user_certificate_state state)
{
	return names[state];
}

int
user_certificate_state_by_name(const char *name, enum user_certificate_state *state)
{
	int i;

	for (i = 0; i < USER_CERTIFICATE_STATES; i++) {
		if (strcmp(names[i], name) != 0)
			continue;
		*state = (enum user_certificate_state)i;
		return 0;
	}
	return -1;
}

/* State in this column, the rest from `rest` on. */
static struct user_certificate_check
read_check(const struct db_result *r, size_t i, unsigned int column, unsigned int rest)
{
	struct user_certificate_check c = { .since = db_time(r, i, rest),
		.checked = db_time(r, i, rest + 1),
		.reason = db_text(r, i, rest + 2),
		.revoked = db_time(r, i, rest + 3),
		.revocation_reason = db_text(r, i, rest + 4),
		.source = db_text(r, i, rest + 5),
		.this_update = db_time(r, i, rest + 6),
		.next_update = db_time(r, i, rest + 7) };

	/* The table holds no other words. */
	if (user_certificate_state_by_name(db_text(r, i, column), &c.state) != 0)
		c.state = USER_CERTIFICATE_UNKNOWN;
	return c;
}

/* ---- lists ---- */

int
store_user_certificates(struct db *db, const struct uuid *tenant,
    const struct user_certificate_page *page, struct db_result **r, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_uuid(&a, tenant);
	db_arg_text(&a, page->user);
	db_arg_text(&a, page->has_state ? names[page->state] : NULL);
	db_arg_text(&a, page->after_user);
	db_arg_bytes(&a, (struct span){ page->after_fingerprint, FINGERPRINT_SIZE });
	db_arg_int(&a, page->most);
	db_arg_time(&a, page->now);
	return db_call(db, tenant, &user_certificate_statements[LIST], &a, r, err);
}

struct user_certificate_row
store_user_certificate_row(const struct db_result *r, size_t i)
{
	return (struct user_certificate_row){ .user = db_uuid(r, i, 0),
		.user_name = db_text(r, i, 1),
		.subject = db_text(r, i, 2),
		.fingerprint = db_bytes(r, i, 3),
		.is_active = db_bool(r, i, 4),
		.user_is_active = db_bool(r, i, 5),
		.not_after = db_time(r, i, 6),
		.created = db_time(r, i, 7),
		.check = read_check(r, i, 8, 9),
		.refused = db_time(r, i, 17),
		.user_until = db_time(r, i, 18) };
}

int
store_user_certificate_counts(struct db *db, const struct uuid *tenant, int64_t now,
    struct user_certificate_counts *counts, struct error *err)
{
	enum user_certificate_state state;
	struct db_result *r;
	struct db_args a;
	size_t i;

	memset(counts, 0, sizeof(*counts));
	db_args_init(&a);
	db_arg_uuid(&a, tenant);
	db_arg_time(&a, now);
	if (db_call(db, NULL, &user_certificate_statements[COUNTS], &a, &r, err) != 0)
		return -1;
	for (i = 0; i < db_rows(r); i++) {
		if (user_certificate_state_by_name(db_text(r, i, 0), &state) != 0)
			continue;
		counts->state[state] = db_integer(r, i, 1);
		counts->overdue += db_integer(r, i, 2);
	}
	db_result_free(r);
	return 0;
}

/* ---- rules ---- */

int
store_user_certificate_rules(struct db *db, const struct uuid *tenant,
    struct user_certificate_rules *rules, struct error *err)
{
	struct db_result *r;
	struct db_args a;
	int rc = 0;

	db_args_init(&a);
	db_arg_uuid(&a, tenant);
	if (db_call(db, tenant, &user_certificate_statements[RULES], &a, &r, err) != 0)
		return -1;
	if (db_rows(r) == 1)
		*rules = (struct user_certificate_rules){
			.is_strict = strcmp(db_text(r, 0, 0), "strict") == 0,
			.grace_hours = (int32_t)db_integer(r, 0, 1),
			.next = db_time(r, 0, 2),
		};
	else
		rc = error_set(err, ERROR_NOT_FOUND, "there is no such tenant");
	db_result_free(r);
	return rc;
}

int
store_user_certificate_set_rules(struct db *db, const struct uuid *tenant,
    const struct user_certificate_rules *rules, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_uuid(&a, tenant);
	db_arg_text(&a, rules->is_strict ? "strict" : "lenient");
	db_arg_int(&a, rules->grace_hours);
	return store_change(db, tenant, &user_certificate_statements[SET_RULES], &a, "tenant", err);
}

/* ---- the job ---- */

int
store_user_certificate_tenants(
    struct db *db, const struct uuid *tenant, struct db_result **r, struct error *err)
{
	struct db_args a;

	db_args_init(&a);
	db_arg_uuid(&a, tenant);
	return db_call(db, NULL, &user_certificate_statements[TENANTS], &a, r, err);
}

int
store_user_certificate_due(struct db *db, const struct uuid *tenant, int64_t run, int32_t most,
    struct user_certificate_walk *walk, struct db_result **r, struct error *err)
{
	struct user_certificate_due last;
	struct db_args a;

	db_args_init(&a);
	db_arg_uuid(&a, tenant);
	db_arg_long(&a, run);
	db_arg_long(&a, walk->run);
	db_arg_bytes(&a, (struct span){ walk->fingerprint, FINGERPRINT_SIZE });
	db_arg_int(&a, most);
	if (db_call(db, tenant, &user_certificate_statements[DUE], &a, r, err) != 0)
		return -1;
	if (db_rows(*r) == 0)
		return 0;
	last = store_user_certificate_due_row(*r, db_rows(*r) - 1);
	walk->run = last.run;
	memcpy(walk->fingerprint, last.fingerprint, FINGERPRINT_SIZE);
	return 0;
}

struct user_certificate_due
store_user_certificate_due_row(const struct db_result *r, size_t i)
{
	return (struct user_certificate_due){ .fingerprint = db_bytes(r, i, 0).data,
		.user = db_uuid(r, i, 1),
		.user_name = db_text(r, i, 2),
		.certificate = db_bytes(r, i, 3),
		.run = db_integer(r, i, 4),
		.is_active = db_bool(r, i, 5),
		.check = read_check(r, i, 6, 7) };
}

static void
add_texts(struct db_args *a, const struct user_certificate_seen *seen, size_t count,
    const char *(*text)(const struct user_certificate_check *c))
{
	size_t i;

	db_arg_array(a, 't', count);
	for (i = 0; i < count; i++)
		db_item_text(a, text(&seen[i].check));
}

static void
add_times(struct db_args *a, const struct user_certificate_seen *seen, size_t count, size_t offset)
{
	size_t i;

	db_arg_array(a, 'z', count);
	for (i = 0; i < count; i++) {
		const int64_t *at =
		    (const int64_t *)(const void *)((const char *)&seen[i].check + offset);

		if (*at == DB_NO_TIME)
			db_item_null(a);
		else
			db_item_time_us(a, *at * 1000000);
	}
}

static const char *
state_of(const struct user_certificate_check *c)
{
	return names[c->state];
}

static const char *
reason_of(const struct user_certificate_check *c)
{
	return c->reason;
}

static const char *
revocation_reason_of(const struct user_certificate_check *c)
{
	return c->revocation_reason;
}

static const char *
source_of(const struct user_certificate_check *c)
{
	return c->source;
}

#define TIMES(member) add_times(&a, seen, count, offsetof(struct user_certificate_check, member))

int
store_user_certificate_seen(struct db *db, const struct uuid *tenant, int64_t run,
    const struct user_certificate_seen *seen, size_t count, struct error *err)
{
	struct db_args a;
	size_t i;

	db_args_init(&a);
	db_arg_uuid(&a, tenant);
	db_arg_long(&a, run);
	db_arg_array(&a, 'b', count);
	for (i = 0; i < count; i++)
		db_item_bytes(&a, (struct span){ seen[i].fingerprint, FINGERPRINT_SIZE });
	add_texts(&a, seen, count, state_of);
	TIMES(since);
	TIMES(checked);
	add_texts(&a, seen, count, reason_of);
	TIMES(revoked);
	add_texts(&a, seen, count, revocation_reason_of);
	add_texts(&a, seen, count, source_of);
	TIMES(this_update);
	TIMES(next_update);
	return store_do(db, tenant, &user_certificate_statements[SEEN], &a, err);
}
