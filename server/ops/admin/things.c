/* Things and operations as wsdl/administration.h has them, and how each operation works. */
#include <stdlib.h>
#include <string.h>

#include "server/base/log.h"
#include "schema/store/pool.h"
#include "server/ops/admin/call.h"

/* ---- fields ---- */

#define MUST			    1
#define MAY			    0
#define OF_TEXT(of)		    NULL
#define OF_NAME(of)		    NULL
#define OF_ID(of)		    NULL
#define OF_TIME(of)		    NULL
#define OF_NUMBER(of)		    NULL
#define OF_LONG(of)		    NULL
#define OF_FLAG(of)		    NULL
#define OF_WORD(of)		    NULL
#define OF_BYTES(of)		    NULL
#define OF_SECRET(of)		    NULL
#define OF_TEXTS(of)		    NULL
#define OF_IDS(of)		    NULL
#define OF_THINGS(of)		    &thing_##of
#define FIELD(type, need, name, of) { #name, FIELD_##type, need, OF_##type(of) },
#define COUNT(fields)		    (sizeof(fields) / sizeof((fields)[0]) - 1)

#define FIELDS_OF(name)                                                                            \
	static const struct field name##_fields[] = { name##_FIELDS(FIELD){ 0 } };                 \
	const struct thing thing_##name = { #name, name##_fields, COUNT(name##_fields) };
#define DECLARE(name) extern const struct thing thing_##name;
ADMINISTRATION_THINGS(DECLARE)
ADMINISTRATION_THINGS(FIELDS_OF)

#define REQUEST(ID, name, form, kind, member)                                                      \
	static const struct field name##_fields[] = { name##_FIELDS(FIELD){ 0 } };                 \
	static const struct thing request_##name = { #name, name##_fields, COUNT(name##_fields) };
ADMINISTRATION_ALL(REQUEST)

#define OPERATION(ID, name, form, kind, member)                                                    \
	[OP_##ID - OP_CREATE_TENANT] = { #name, &request_##name, &thing_##kind, ADMIN_##form },
static const struct admin_operation operations[] = { ADMINISTRATION_ALL(OPERATION) };
#define ADMIN_OPERATIONS (sizeof(operations) / sizeof(operations[0]))

const struct admin_operation *
admin_operation(enum operation_id id)
{
	return id >= OP_CREATE_TENANT && (size_t)(id - OP_CREATE_TENANT) < ADMIN_OPERATIONS
		   ? &operations[id - OP_CREATE_TENANT]
		   : NULL;
}

/* ---- kinds ---- */

#define USER(which)    &admin_user_statements[USER_##which]
#define GROUP(which)   &admin_group_statements[GROUP_##which]
#define TENANT(which)  &admin_tenant_statements[TENANT_##which]
#define ANCHOR(which)  &admin_trust_statements[TRUST_ANCHOR_##which]
#define RULE(which)    &admin_url_rule_statements[URL_RULE_##which]
#define SIGN_ON(which) &admin_sign_on_statements[SIGN_ON_##which]

#define AUTHORITY(which) &admin_authority_statements[AUTHORITY_##which]
#define KEY(which)	 &admin_key_statements[KEY_##which]
#define JOB(which)	 &admin_job_statements[JOB_##which]

#define KIND(noun, thing, which, finish)                                                           \
	{                                                                                          \
		noun, &thing_##thing, which(GET), which(FIND), { which(PAGES), which(COUNTS) },    \
		    finish, OBJECT_NONE                                                            \
	}
static const struct admin_kind
    kind_user = KIND("user", User, USER, NULL),
    kind_group = KIND("group", Group, GROUP, NULL), kind_rule = KIND("rule", UrlRule, RULE, NULL),
    kind_anchor = { "own CA certificate", &thing_TrustAnchor, ANCHOR(GET), ANCHOR(FIND),
	    { ANCHOR(PAGES), ANCHOR(COUNTS) }, admin_finish_anchor, OBJECT_TRUST_CENTRE },
    kind_key = KIND("key", SigningKey, KEY, admin_finish_key),
    kind_request = { "request for a key", &thing_KeyRequest, KEY(REQUEST_GET), KEY(REQUEST_FIND),
	    { NULL, NULL }, NULL, OBJECT_NONE },
    kind_authority = { "time-stamp authority", &thing_TimestampAuthority, AUTHORITY(GET),
	    AUTHORITY(FIND), { NULL, NULL }, admin_finish_authority, OBJECT_NONE },
    /* also those for all */ kind_authority_seen = { "time-stamp authority",
	    &thing_TimestampAuthority, AUTHORITY(SEE), AUTHORITY(FIND), { NULL, NULL },
	    admin_finish_authority, OBJECT_NONE },
    kind_job = { "job", &thing_Job, JOB(GET), JOB(FIND), { NULL, NULL }, NULL, OBJECT_NONE },
    kind_sign_on = { "request to sign on", &thing_SignOnRequest, SIGN_ON(GET), NULL, { NULL, NULL },
	    NULL, OBJECT_NONE },
    kind_tenant = { "tenant", &thing_Tenant, TENANT(GET), TENANT(SEE),
	    { TENANT(PAGES), TENANT(COUNTS) }, NULL, OBJECT_NONE };

/* ---- how each works ---- */

#define URL_RULE_ARGS "name host path method opensTo groupId"

/* Four eyes: what changes who may do what, whom the tenant trusts, or its keys. */
#define FOUR	 ADMIN_FOUR_EYES
#define ALONE	 ADMIN_ALONE
#define UNKEPT	 ADMIN_NEVER_KEPT
#define PLAN(ID) [OP_##ID - OP_CREATE_TENANT]
static const struct admin_plan plans[ADMIN_OPERATIONS] = {
	PLAN(CREATE_TENANT) = { admin_create_tenant, &kind_tenant, TENANT(ADD), "name", FOUR },
	PLAN(GET_TENANT) = { admin_get_tenant, &kind_tenant, NULL, "", ALONE },
	PLAN(LIST_TENANTS) = { admin_run_list, &kind_tenant, NULL, "", ALONE },
	PLAN(UPDATE_TENANT) = { admin_change_tenant, &kind_tenant, TENANT(UPDATE), "name state",
	    FOUR },
	PLAN(REMOVE_TENANT) = { admin_change_tenant, &kind_tenant, TENANT(REMOVE), "", FOUR },
	PLAN(CREATE_USER) = { admin_create_user, &kind_user, USER(ADD), "", FOUR },
	PLAN(GET_USER) = { admin_run_get, &kind_user, NULL, "", ALONE },
	PLAN(LIST_USERS) = { admin_run_list, &kind_user, NULL, "", ALONE },
	PLAN(UPDATE_USER) = { admin_run_change, &kind_user, USER(UPDATE), "name state validUntil",
	    FOUR },
	PLAN(REMOVE_USER) = { admin_run_remove, &kind_user, USER(REMOVE), "", FOUR },
	PLAN(SET_PASSWORD) = { admin_set_password, &kind_user, USER(PASSWORD), "", FOUR },
	PLAN(ADD_USER_CERTIFICATE) = { admin_add_certificate, &kind_user, USER(CERTIFICATE_ADD), "",
	    FOUR },
	PLAN(UPDATE_USER_CERTIFICATE) = { admin_change_certificate, &kind_user,
	    USER(CERTIFICATE_UPDATE), "fingerprint version state", FOUR },
	PLAN(REMOVE_USER_CERTIFICATE) = { admin_change_certificate, &kind_user,
	    USER(CERTIFICATE_REMOVE), "fingerprint version", FOUR },
	PLAN(
	    CREATE_GROUP) = { admin_run_create, &kind_group, GROUP(ADD), "name description", FOUR },
	PLAN(GET_GROUP) = { admin_run_get, &kind_group, NULL, "", ALONE },
	PLAN(LIST_GROUPS) = { admin_run_list, &kind_group, NULL, "", ALONE },
	PLAN(UPDATE_GROUP) = { admin_run_change, &kind_group, GROUP(UPDATE), "name description",
	    FOUR },
	PLAN(REMOVE_GROUP) = { admin_run_remove, &kind_group, GROUP(REMOVE), "", FOUR },
	PLAN(ADD_GROUP_MEMBER) = { admin_change_member, &kind_group, GROUP(MEMBER_ADD), "memberId",
	    FOUR },
	PLAN(REMOVE_GROUP_MEMBER) = { admin_change_member, &kind_group, GROUP(MEMBER_REMOVE),
	    "memberId", FOUR },
	PLAN(LIST_GROUP_MEMBERS) = { admin_list_members, &kind_group, GROUP(MEMBERS), "", ALONE },
	PLAN(GRANT_RIGHT) = { admin_grant_right, &kind_group, NULL, "operation", FOUR },
	PLAN(REVOKE_RIGHT) = { admin_revoke_right, &kind_group, NULL, "operation", FOUR },
	PLAN(LIST_RIGHTS) = { admin_list_rights, &kind_group, NULL, "", ALONE },
	PLAN(GRANT_KEY_USE) = { admin_change_key_use, &kind_group, KEY(USE_ADD), "", FOUR },
	PLAN(REVOKE_KEY_USE) = { admin_change_key_use, &kind_group, KEY(USE_REMOVE), "", FOUR },
	PLAN(LIST_KEY_USES) = { admin_list_key_uses, &kind_group, KEY(USE_PAGE), "", ALONE },
	PLAN(EXPLAIN_RIGHT) = { admin_explain_right, NULL, NULL, "", ALONE },
	PLAN(LIST_RIGHT_HOLDERS) = { admin_list_holders, NULL, NULL, "", ALONE },
	PLAN(CREATE_URL_RULE) = { admin_change_url_rule, &kind_rule, RULE(ADD), URL_RULE_ARGS,
	    FOUR },
	PLAN(GET_URL_RULE) = { admin_run_get, &kind_rule, NULL, "", ALONE },
	PLAN(LIST_URL_RULES) = { admin_run_list, &kind_rule, NULL, "", ALONE },
	PLAN(UPDATE_URL_RULE) = { admin_change_url_rule, &kind_rule, RULE(UPDATE), URL_RULE_ARGS,
	    FOUR },
	PLAN(REMOVE_URL_RULE) = { admin_run_remove, &kind_rule, RULE(REMOVE), "", FOUR },
	PLAN(EXPLAIN_ACCESS) = { admin_explain_access, NULL, NULL, "", ALONE },
	PLAN(LIST_ACCESS_HOLDERS) = { admin_list_access_holders, NULL, NULL, "", ALONE },
	PLAN(LIST_TRUST_LISTS) = { admin_list_trust_lists, NULL, NULL, "", ALONE },
	PLAN(LIST_TRUST_CENTRES) = { admin_list_centres, NULL, NULL, "", ALONE },
	PLAN(CHOOSE_TRUST_CENTRE) = { admin_change_choice, NULL, NULL, "", FOUR },
	PLAN(REJECT_TRUST_CENTRE) = { admin_change_choice, NULL, NULL, "", FOUR },
	PLAN(ADD_TRUST_ANCHORS) = { admin_add_anchors, &kind_anchor, ANCHOR(ADD), "", FOUR },
	PLAN(GET_TRUST_ANCHOR) = { admin_run_get, &kind_anchor, NULL, "", ALONE },
	PLAN(LIST_TRUST_ANCHORS) = { admin_run_list, &kind_anchor, NULL, "", ALONE },
	PLAN(UPDATE_TRUST_ANCHOR) = { admin_change_anchor, &kind_anchor, ANCHOR(UPDATE),
	    "name state usage crlUrl ocspUrl", FOUR },
	PLAN(REMOVE_TRUST_ANCHOR) = { admin_change_anchor, &kind_anchor, ANCHOR(REMOVE), "", FOUR },
	PLAN(LIST_TRUST_SNAPSHOTS) = { admin_list_snapshots, NULL, NULL, "", ALONE },
	PLAN(GET_TRUST_SNAPSHOT) = { admin_get_snapshot, NULL, NULL, "", ALONE },
	PLAN(CREATE_TIMESTAMP_AUTHORITY) = { admin_create_authority, &kind_authority,
	    AUTHORITY(ADD), "", FOUR },
	PLAN(GET_TIMESTAMP_AUTHORITY) = { admin_run_get, &kind_authority_seen, NULL, "", ALONE },
	PLAN(LIST_TIMESTAMP_AUTHORITIES) = { admin_list_authorities, NULL, NULL, "", ALONE },
	PLAN(UPDATE_TIMESTAMP_AUTHORITY) = { admin_change_authority, &kind_authority,
	    AUTHORITY(UPDATE), "", FOUR },
	PLAN(REMOVE_TIMESTAMP_AUTHORITY) = { admin_run_remove, &kind_authority, AUTHORITY(REMOVE),
	    "", FOUR },
	PLAN(TEST_TIMESTAMP_AUTHORITY) = { admin_test_authority, NULL, NULL, "", ALONE },
	PLAN(GET_SIGNING_KEY) = { admin_run_get, &kind_key, NULL, "", ALONE },
	PLAN(LIST_SIGNING_KEYS) = { admin_run_list, &kind_key, NULL, "", ALONE },
	PLAN(UPDATE_SIGNING_KEY) = { admin_change_key, &kind_key, KEY(UPDATE),
	    "name state isDefault", FOUR },
	PLAN(RENEW_SIGNING_KEY) = { admin_renew_key, &kind_key, KEY(RENEW), "", FOUR },
	PLAN(CREATE_SIGNING_KEY) = { admin_create_key, &kind_request, NULL, "", ALONE },
	PLAN(GET_KEY_REQUEST) = { admin_run_get, &kind_request, NULL, "", ALONE },
	PLAN(LIST_KEY_REQUESTS) = { admin_list_key_requests, &kind_request, NULL, "", ALONE },
	PLAN(REMOVE_KEY_REQUEST) = { admin_run_remove, &kind_request, KEY(REQUEST_REMOVE), "",
	    ALONE },
	PLAN(CERTIFY_SIGNING_KEY) = { admin_certify_key, &kind_key, NULL, "", FOUR },
	PLAN(IMPORT_SIGNING_KEY) = { admin_import_key, &kind_key, NULL, "", UNKEPT },
	PLAN(GET_SETTING) = { admin_get_setting, NULL, NULL, "", ALONE },
	PLAN(LIST_SETTINGS) = { admin_list_settings, NULL, NULL, "", ALONE },
	PLAN(UPDATE_SETTING) = { admin_update_setting, NULL, NULL, "", FOUR },
	PLAN(GET_JOB) = { admin_run_get, &kind_job, NULL, "", ALONE },
	PLAN(LIST_JOBS) = { admin_list_jobs, NULL, NULL, "", ALONE },
	PLAN(UPDATE_JOB) = { admin_run_change, &kind_job, JOB(UPDATE), "state everySeconds dailyAt",
	    ALONE },
	PLAN(RUN_JOB) = { admin_run_job, &kind_job, JOB(RUN), "", ALONE },
	PLAN(LIST_JOB_RUNS) = { admin_list_runs, &kind_job, NULL, "", ALONE },
	PLAN(LIST_NODES) = { admin_list_nodes, NULL, NULL, "", ALONE },
	PLAN(GET_STATUS) = { admin_get_status, NULL, NULL, "", ALONE },
	PLAN(QUERY_AUDIT) = { admin_query_audit, NULL, NULL, "", ALONE },
	PLAN(VERIFY_AUDIT) = { admin_verify_audit, NULL, NULL, "", ALONE },
	PLAN(LIST_AUDIT_CHAINS) = { admin_list_audit_chains, NULL, NULL, "", ALONE },
	PLAN(LIST_AUDIT_STAMPS) = { admin_list_audit_stamps, NULL, NULL, "", ALONE },
	PLAN(LIST_SIGN_ONS) = { admin_list_sign_ons, NULL, NULL, "", ALONE },
	PLAN(ACCEPT_SIGN_ON) = { admin_accept_sign_on, &kind_user, NULL, "", FOUR },
	PLAN(REFUSE_SIGN_ON) = { admin_refuse_sign_on, &kind_sign_on, NULL, "", ALONE },
	PLAN(GET_SIGN_ON_RULE) = { admin_get_sign_on_rule, NULL, NULL, "", ALONE },
	PLAN(SET_SIGN_ON_RULE) = { admin_set_sign_on_rule, NULL, NULL, "", FOUR },
	PLAN(LIST_PROPOSALS) = { admin_list_proposals, NULL, NULL, "", ALONE },
	PLAN(GET_PROPOSAL) = { admin_get_proposal, NULL, NULL, "", ALONE },
	PLAN(ACCEPT_PROPOSAL) = { admin_accept_proposal, NULL, NULL, "", ALONE },
	PLAN(REFUSE_PROPOSAL) = { admin_refuse_proposal, NULL, NULL, "", ALONE },
};

/* ---- one call ---- */

struct admin_exchange *
admin_exchange_make(struct request *req, const struct admin_operation *op, struct error *err)
{
	struct admin_exchange *x = calloc(1, sizeof(*x));

	req->admin = x;
	if (x == NULL) {
		error_memory(err);
		return NULL;
	}
	x->in = record_alloc(&x->arena, op->request->count + 1, sizeof(*x->in), err);
	return x->in != NULL ? x : NULL;
}

void
admin_exchange_free(struct admin_exchange *x)
{
	if (x == NULL)
		return;
	record_release(&x->arena);
	free(x);
}

const struct record_value *
admin_in(const struct admin_call *call, const char *name)
{
	const struct thing *request = call->op->request;
	size_t i;

	for (i = 0; i < request->count; i++)
		if (strcmp(request->fields[i].name, name) == 0)
			return &call->x->in[i];
	log_error("%s has no field %s", request->name, name);
	abort();
}

void
admin_keep(struct admin_call *call, const char *name, struct record_value value)
{
	if (call->pass == ADMIN_TRIED)
		*(struct record_value *)(uintptr_t)admin_in(call, name) = value;
}

const struct admin_plan *
admin_plan(enum operation_id id)
{
	return admin_operation(id) != NULL ? &plans[id - OP_CREATE_TENANT] : NULL;
}

enum operation_id
admin_id_of(const struct operation *op)
{
	enum operation_id id;

	for (id = OP_CREATE_TENANT; id < OPERATIONS; id++)
		if (operation_by_id(id) == op)
			return id;
	return OPERATIONS;
}

/* All of these wait for the database. */
int
admit_administration(struct engine *engine, struct request *req, struct error *err)
{
	(void)engine;
	(void)err;
	req->must_wait = 1;
	return 0;
}

int
run_administration(struct engine *engine, struct request *req, struct error *err)
{
	const enum operation_id id = admin_id_of(req->operation);
	struct admin_call call = { .engine = engine,
		.req = req,
		.op = admin_operation(id),
		.x = req->admin,
		.right = (enum right)req->operation->right,
		.who = { req->caller },
		.tenant = req->caller->tenant };
	int rc;

	if (call.op == NULL || call.x == NULL)
		return error_set(err, ERROR_INTERNAL, "the request has no values");
	call.plan = admin_plan(id);
	if (db_pool_take(engine->parts.pool, &call.db, err) != 0)
		return -1;
	rc = admin_must_propose(&call, err);
	if (rc >= 0)
		rc = rc == 0 ? call.plan->run(&call, err) : admin_propose(&call, err);
	db_pool_give(engine->parts.pool, call.db);
	return rc;
}
