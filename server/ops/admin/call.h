/* server/ops/admin/call.h: what the operations of this folder share; private to it. */
#ifndef SIGNET_OPS_ADMIN_CALL_H
#define SIGNET_OPS_ADMIN_CALL_H

#include "authz/caller.h"
#include "schema/store/admin/admin.h"
#include "server/ops/admin/admin.h"
#include "server/ops/private.h"

struct admin_call;
/* A kind of thing that is made, changed, listed and removed. */
struct admin_kind {
	const char *noun; /* "user" */
	const struct thing *thing;
	const struct db_statement *get;	 /* (id) locks it */
	const struct db_statement *find; /* (name) */
	struct store_pages pages;
	/* NULL, or fills in what the database does not know of a thing that was read */
	int (*finish)(struct admin_call *call, struct record_value *row, struct error *err);
	enum object_kind object; /* what rights for one such thing are narrowed to */
};

/*
 * How an operation works. `run` is one of the below for what all kinds have in common, or a
 * function of its own; `statement` takes the id and then the fields of the request named in `args`.
 */
struct admin_plan {
	int (*run)(struct admin_call *call, struct error *err);
	const struct admin_kind *kind;
	const struct db_statement *statement;
	const char *args; /* "name state validUntil" */
	/*
	 * Whether a tenant with four eyes proposes it, or cannot have it since a secret would be
	 * kept; a row that does not say so is never done.
	 */
	enum { ADMIN_UNSAID, ADMIN_ALONE, ADMIN_FOUR_EYES, ADMIN_NEVER_KEPT } eyes;
};
/* NULL: it is none of the service. */
const struct admin_plan *admin_plan(enum operation_id id);
enum operation_id admin_id_of(const struct operation *op); /* OPERATIONS: it is none of it */

struct admin_call {
	struct engine *engine;
	struct request *req;
	const struct admin_operation *op;
	const struct admin_plan *plan;
	struct admin_exchange *x;
	struct db *db;
	/* Who must have this right for what it works on: the caller; of a proposal both. */
	enum right right;
	const struct caller *who[2];
	/* Whose rows it works on: the caller's tenant, but for what is done to tenants. */
	struct uuid tenant;
	/*
	 * Directly; tried, to see what it would do, and undone; or done because the proposal was
	 * accepted. In the latter two the transaction is that of proposals.c, new ids follow from
	 * the proposal's, and passwords are their digests already.
	 */
	enum { ADMIN_DIRECT, ADMIN_TRIED, ADMIN_ACCEPTED } pass;
	struct uuid proposal;
	unsigned int new_ids;
	/* Of the first thing that it loads: the version that was seen when it was tried, or -1 */
	int64_t seen_version;
	int has_loaded;
};

extern const struct thing thing_Tenant, thing_User, thing_Group, thing_Member, thing_Right,
    thing_Explanation, thing_RightHolder, thing_StatusItem, thing_UrlRule, thing_TrustCentre,
    thing_TrustAnchor, thing_TimestampAuthority, thing_SigningKey, thing_KeyRequest,
    thing_SignOnChallenge, thing_SignOnStanding, thing_SignOnRequest, thing_SignOnSetting,
    thing_Proposal, thing_AuditEntry, thing_AuditCheck, thing_AuditChain, thing_AuditStamp;

/* A field of the request; one that it does not have ends the process (our mistake). */
const struct record_value *admin_in(const struct admin_call *call, const char *name);

/* ---- what all kinds have in common ---- */

int admin_run_create(struct admin_call *call, struct error *err);
int admin_run_get(struct admin_call *call, struct error *err);
int admin_run_list(struct admin_call *call, struct error *err);
int admin_run_change(struct admin_call *call, struct error *err);
int admin_run_remove(struct admin_call *call, struct error *err);

/* ---- its steps, for operations of their own ---- */

/* Begin a transaction and say whose it is; end it: rc < 0 undoes all. Returns rc, or -1. */
int admin_begin(struct admin_call *call, struct error *err);
int admin_end(struct admin_call *call, int rc, struct error *err);
/*
 * The thing of this id, locked until the end of the transaction. ERROR_NOT_FOUND in the same words
 * for an id of another tenant; ERROR_CONFLICT when `version` is set and another.
 */
int admin_load(struct admin_call *call, const struct record_value *id,
    const struct record_value *version, struct record_value **was, struct error *err);
/*
 * ERROR_NOT_AUTHORIZED when the caller has the right of the operation for other objects only; a
 * whole right is for each.
 */
int admin_may(struct admin_call *call, enum object_kind kind, const struct record_value *id,
    const struct record_value *name, struct error *err);
/* `id` and the plan's other fields of the request as arguments; returns how many. */
size_t admin_args(
    const struct admin_call *call, const struct record_value *id, struct record_value args[8]);
/* A statement whose answer does not matter. */
int admin_do(struct admin_call *call, const struct db_statement *statement,
    const struct record_value *args, size_t count, struct error *err);
/* The text in the first row and column, "" for none: in the arena. NULL: failed. */
const char *admin_ask(struct admin_call *call, const struct db_statement *statement,
    const struct record_value *args, size_t count, struct error *err);
/* Read the thing again, note for the log what became of it, and answer it. */
int admin_tell_change(struct admin_call *call, const struct record_value *id,
    const struct record_value *was, struct error *err);
/* "user alice" and, printf-like, what was done: for the log and the caller. */
void admin_note_object(struct admin_call *call, const char *noun, const struct record_value *name);
void admin_note(struct admin_call *call, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* A new random id. */
struct record_value admin_new_id(struct admin_call *call, struct error *err);

/* Replaces a field of the request that is tried by what it stands for, before it is proposed. */
void admin_keep(struct admin_call *call, const char *name, struct record_value value);

/* ---- four eyes: proposals.c ---- */

/* Whether the call waits for a second administrator: 1, 0, -1. */
int admin_must_propose(struct admin_call *call, struct error *err);
/* Try it, undo it, and keep it as a proposal; the answer is as it would be. */
int admin_propose(struct admin_call *call, struct error *err);
/* In the transaction of a change that begins: may it still be made so? */
int admin_check_eyes(struct admin_call *call, struct error *err);

/* ---- lists by key ---- */

struct admin_list {
	const struct db_statement *page, *count; /* count NULL: total is not told */
	struct record_value before[3];		 /* arguments between the tenant and the two keys */
	size_t before_count;
	const char *first[2]; /* the keys to begin behind */
	int key_columns[2];   /* fields whose values are the keys; -1: the columns behind the row */
	const char *mark;     /* what a token must be of: the operation and its order */
};
#define ADMIN_PAGE_DEFAULT 100
#define ADMIN_PAGE_MAX	   1000
#define ADMIN_COUNT_PAGES  10 /* what fills more of them is not counted to its end */
int admin_page(struct admin_call *call, const struct admin_list *list, struct error *err);
/*
 * A list in one order, with a part of the name or without; its count is the statement behind the
 * page's. It begins behind `first`.
 */
struct admin_list admin_plain_list(
    struct admin_call *call, const struct db_statement *page, const char *first);
/* pageSize of the request, or the default; ERROR_MALFORMED. */
int admin_page_size(const struct admin_call *call, int32_t *size, struct error *err);
/* The two keys of a token of this mark: in the arena. ERROR_MALFORMED. */
int admin_token_read(
    struct admin_call *call, const char *mark, struct record_value keys[2], struct error *err);
/* The same of another token; without words where it is none. */
int admin_token_of(struct admin_call *call, const struct record_value *token, const char *mark,
    struct record_value keys[2], struct error *err);
const char *admin_token_make(struct admin_call *call, const char *mark, const char *key,
    const char *other, struct error *err);

/* ---- operations of their own ---- */

int admin_create_user(struct admin_call *call, struct error *err);
int admin_set_password(struct admin_call *call, struct error *err);
int admin_add_certificate(struct admin_call *call, struct error *err);
int admin_change_certificate(struct admin_call *call, struct error *err);
int admin_change_member(struct admin_call *call, struct error *err);
int admin_list_members(struct admin_call *call, struct error *err);
int admin_grant_right(struct admin_call *call, struct error *err);
int admin_revoke_right(struct admin_call *call, struct error *err);
int admin_list_rights(struct admin_call *call, struct error *err);
int admin_change_key_use(struct admin_call *call, struct error *err);
int admin_list_key_uses(struct admin_call *call, struct error *err);
int admin_explain_right(struct admin_call *call, struct error *err);
int admin_list_holders(struct admin_call *call, struct error *err);
int admin_create_tenant(struct admin_call *call, struct error *err);
int admin_get_tenant(struct admin_call *call, struct error *err);
int admin_change_tenant(struct admin_call *call, struct error *err);
int admin_get_status(struct admin_call *call, struct error *err);
int admin_query_audit(struct admin_call *call, struct error *err);
int admin_verify_audit(struct admin_call *call, struct error *err);
int admin_list_audit_chains(struct admin_call *call, struct error *err);
int admin_list_audit_stamps(struct admin_call *call, struct error *err);
int admin_list_sign_ons(struct admin_call *call, struct error *err);
int admin_accept_sign_on(struct admin_call *call, struct error *err);
int admin_refuse_sign_on(struct admin_call *call, struct error *err);
int admin_get_sign_on_rule(struct admin_call *call, struct error *err);
int admin_set_sign_on_rule(struct admin_call *call, struct error *err);
int admin_list_proposals(struct admin_call *call, struct error *err);
int admin_get_proposal(struct admin_call *call, struct error *err);
int admin_accept_proposal(struct admin_call *call, struct error *err);
int admin_refuse_proposal(struct admin_call *call, struct error *err);

/* The key of this name or id in the tenant: its id, in the arena, and its name. */
int admin_find_key(struct admin_call *call, const struct record_value *key, struct record_value *id,
    char *name, size_t size, struct error *err);
/* Put the user of this id into the groups of "groupId"; ERROR_NOT_FOUND for one that is none. */
int admin_join_groups(struct admin_call *call, const struct record_value *id, struct error *err);

int admin_change_url_rule(struct admin_call *call, struct error *err);
int admin_explain_access(struct admin_call *call, struct error *err);
int admin_list_access_holders(struct admin_call *call, struct error *err);

int admin_list_trust_lists(struct admin_call *call, struct error *err);
int admin_list_centres(struct admin_call *call, struct error *err);
int admin_change_choice(struct admin_call *call, struct error *err);
int admin_add_anchors(struct admin_call *call, struct error *err);
int admin_change_anchor(struct admin_call *call, struct error *err);
int admin_list_snapshots(struct admin_call *call, struct error *err);
int admin_get_snapshot(struct admin_call *call, struct error *err);
int admin_create_authority(struct admin_call *call, struct error *err);
int admin_change_authority(struct admin_call *call, struct error *err);
int admin_list_authorities(struct admin_call *call, struct error *err);
int admin_test_authority(struct admin_call *call, struct error *err);
int admin_change_key(struct admin_call *call, struct error *err);
int admin_renew_key(struct admin_call *call, struct error *err);
int admin_create_key(struct admin_call *call, struct error *err);
int admin_list_key_requests(struct admin_call *call, struct error *err);
int admin_certify_key(struct admin_call *call, struct error *err);
int admin_import_key(struct admin_call *call, struct error *err);
/* Let the key of this id, if the database has it wrapped, be used by its name: 0, or -1. */
int admin_keep_key(struct admin_call *call, const struct record_value *id, const char *store_key);
int admin_list_settings(struct admin_call *call, struct error *err);
int admin_get_setting(struct admin_call *call, struct error *err);
int admin_update_setting(struct admin_call *call, struct error *err);
int admin_list_jobs(struct admin_call *call, struct error *err);
int admin_run_job(struct admin_call *call, struct error *err);
int admin_list_runs(struct admin_call *call, struct error *err);
int admin_list_nodes(struct admin_call *call, struct error *err);
/* What certificates and the keys process say of a TimestampAuthority and a SigningKey. */
int admin_finish_authority(struct admin_call *call, struct record_value *row, struct error *err);
int admin_finish_key(struct admin_call *call, struct record_value *row, struct error *err);
/* The certificates of a BYTES field, DER, PEM or PKCS#7, at most 16, as items; none when unset. */
int admin_read_certificates(struct admin_call *call, const struct record_value *sent,
    struct record_value *to, struct error *err);
/* The subject and the days of a TrustAnchor, from its certificate. */
int admin_finish_anchor(struct admin_call *call, struct record_value *row, struct error *err);
/*
 * The tenant's next trust snapshot, in the transaction that changed whom it trusts, by the caller:
 * 1 made, 0 nothing new, -1; *number is the one that counts.
 */
int admin_refresh_trust(
    struct admin_call *call, const char *reason, int32_t *number, struct error *err);

/* ---- what explanations share ---- */

/* Who this was at a time, by name or id, or by certificate: 1, 0 nobody, -1. */
int admin_load_caller(struct admin_call *call, const char *user, const unsigned char *fingerprint,
    int64_t at, const struct caller **caller, struct error *err);
/*
 * What was asked about: `at` for the database, DB_NO_TIME for now by its clock, to the microsecond;
 * `seconds` for the decision. A day before history began, or one to come, has no answer.
 */
typedef int admin_history_begin(
    struct db *db, const struct uuid *tenant, int64_t *at, struct error *err);
int admin_read_time(struct admin_call *call, admin_history_begin *history_begin, int64_t *at,
    int64_t *seconds, struct error *err);
/* A list of texts with room for so many; one more of them; and the steps from a user to a group. */
int admin_put_texts(
    struct admin_call *call, struct record_value *to, size_t most, struct error *err);
int admin_put_text(
    struct admin_call *call, struct record_value *list, const char *text, struct error *err);
int admin_put_chain(struct admin_call *call, const struct caller *c, unsigned int group,
    const char *ends, struct record_value *to, struct error *err);

/* A password as it is stored (of a proposal: as it came); a certificate as it is looked at: for
 * users, however they are made.
 */
int admin_hash(struct admin_call *call, const struct record_value *password,
    struct record_value *phc, struct error *err);
/* args: certificate, subject, notAfter. */
int admin_read_certificate(struct admin_call *call, const struct record_value *der,
    struct record_value args[3], struct error *err);

#endif
