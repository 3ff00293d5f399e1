/*
 * schema/store/admin/admin.h: what the service Administration asks of the database: statements, by
 * subject, whose parameters and rows are values of records (server/base/record.h).
 *
 * Every statement of a tenant takes his id first. A row's columns are those of a thing of
 * wsdl/administration.h, in its order; those of a page are followed by two more, the key to go on
 * behind it. Pages are by key, never by offset.
 */
#ifndef SIGNET_SCHEMA_STORE_ADMIN_H
#define SIGNET_SCHEMA_STORE_ADMIN_H

#include "schema/store/db.h"
#include "server/base/record.h"

/* The orders of lists, as in ListOrder; each twice, for all and for those with a part in the name
 */
enum store_order {
	STORE_BY_NAME,
	STORE_BY_CREATED,
	STORE_BY_CHANGED,
	STORE_BY_STATE,
	STORE_ORDERS
};
/* What a page asks: pages[STORE_ORDERS * has_filter + order]. Arguments: tenant, part, key 1, key
 * 2, most. */
struct store_pages {
	const struct db_statement *pages;
	/* [has_filter]: tenant, part and, where there may be many of them, the most to count */
	const struct db_statement *counts;
};

/* Below: the arguments in brackets, behind the tenant; what it gives. */
enum {
	USER_GET,		 /* (id) a User, locked */
	USER_FIND,		 /* (name) a User */
	USER_ADD,		 /* (id, name, password, validUntil) */
	USER_UPDATE,		 /* (id, name, state, validUntil) */
	USER_REMOVE,		 /* (id) */
	USER_PASSWORD,		 /* (id, password) */
	USER_CERTIFICATE_ADD,	 /* (id, certificate, subject, notAfter) */
	USER_CERTIFICATE_UPDATE, /* (id, fingerprint, version, state) */
	USER_CERTIFICATE_REMOVE, /* (id, fingerprint, version or null) */
	USER_COUNTS,
	USER_PAGES = USER_COUNTS + 2,
};
enum {
	GROUP_GET,
	GROUP_FIND,
	GROUP_ADD,    /* (id, name, description) */
	GROUP_UPDATE, /* (id, name, description) */
	GROUP_REMOVE,
	GROUP_MEMBER_ADD,    /* (id, user or group) its name; no row: there is none */
	GROUP_MEMBER_REMOVE, /* (id, user or group) its name; no row: it is no member */
	GROUP_MEMBER_COUNT,  /* (id, part, the most to count) */
	GROUP_MEMBERS,	     /* (id, part, kind, name, most) Members */
	GROUP_COUNTS,
	GROUP_PAGES = GROUP_COUNTS + 2,
};
enum {
	TENANT_GET, /* without a tenant: (id) a Tenant, locked */
	TENANT_ADD, /* the same: (id, name) */
	TENANT_UPDATE,
	TENANT_REMOVE,
	TENANT_RIGHTS, /* (group) gives it all rights that administer a tenant */
	TENANT_SEE,    /* as the server's own tenant: (id or null, name or null) a Tenant */
	TENANT_COUNTS,
	TENANT_PAGES = TENANT_COUNTS + 2,
};
enum {
	RIGHT_GIVE_WHOLE,    /* (group, operation) no row: it has it */
	RIGHT_GIVE_NARROWED, /* (group, operation) no row: it has it whole */
	RIGHT_OBJECT_ADD,    /* (group, operation, kind, object) */
	RIGHT_TAKE,	     /* (group, operation) no row: it has it not */
	RIGHT_OBJECT_REMOVE, /* (group, operation, kind, object) no row: not for that */
	RIGHT_TIDY,	     /* (group, operation) takes a right for nothing away */
	RIGHT_COUNT,	     /* (group or null, part) */
	RIGHT_PAGE,	     /* (group or null, part, group name, operation, most) Rights */
	RIGHT_KEY_FIND,	     /* (name or id) id, name of a key */
	RIGHT_ACTOR,	     /* without a tenant: (text) who makes the transaction's changes */
};
enum { STATUS_LIST /* StatusItems */ };
enum {
	SIGN_ON_TENANT, /* without a tenant: (name) id, rule; no row: it takes none */
	SIGN_ON_SERVER, /* the same: id and secret of the installation */
	/* the same: (nonce, seconds to keep it) sign_on_challenge_once: it was answered before */
	SIGN_ON_SPEND,
	SIGN_ON_ROOM, /* as the tenant: (network, most, most of it) what is full, how many wait */
	/*
	 * (id, certificate, subject, issuer, serial, notBefore, notAfter, verdict, its reason,
	 * proof, peer, network, note, days)
	 */
	SIGN_ON_ADD,
	SIGN_ON_WAITS,	     /* (fingerprint) a SignOnStanding */
	SIGN_ON_LAST,	     /* (fingerprint) the same, whatever its state */
	SIGN_ON_GET,	     /* (id) a SignOnRequest, locked */
	SIGN_ON_CERTIFICATE, /* (id) */
	SIGN_ON_DECIDE,	     /* (id, state, by whom, reason, user) */
	SIGN_ON_COUNT,	     /* (state, part) */
	SIGN_ON_PAGE,	     /* (state, part, time, id, most) SignOnRequests */
	SIGN_ON_SETTING,     /* a SignOnSetting, locked */
	SIGN_ON_SET,	     /* (rule) */
};
enum {
	PROPOSAL_EYES,	 /* "on" or "off"; no row: the tenant is gone */
	PROPOSAL_LOCK,	 /* (alone) whether it stays so until the end of the transaction */
	PROPOSAL_SETTLE, /* without a tenant: what the end of the transaction would refuse */
	PROPOSAL_ROOM,	 /* the same: as the tenant, how many wait; nobody else adds one */
	PROPOSAL_SAME,	 /* (operation, request) the id of one that waits */
	/*
	 * (id, operation, object, change, request, names, values, seen version, digest, proposer's
	 * id, proposer, his keys, proposed)
	 */
	PROPOSAL_ADD,
	PROPOSAL_GET,	 /* (id) a Proposal, locked */
	PROPOSAL_STORED, /* (id) what of it is run: see proposal.c */
	PROPOSAL_DECIDE, /* (id, state, id and name of who decides, reason) */
	PROPOSAL_CARDS,	 /* (user) his certificates */
	PROPOSAL_COUNT,	 /* (state, part) */
	PROPOSAL_PAGE,	 /* (state, part, time, id, most) Proposals */
};
enum {
	URL_RULE_GET,
	URL_RULE_FIND,
	URL_RULE_ADD,	 /* (id, name, host, path, methods, opensTo, groups) */
	URL_RULE_UPDATE, /* the same */
	URL_RULE_REMOVE,
	URL_RULE_COUNTS,
	URL_RULE_PAGES = URL_RULE_COUNTS + 2,
};
enum {
	TRUST_LIST_PAGE, /* (part, name, id, most) TrustLists; then how many: (part) */
	TRUST_LIST_COUNT,
	TRUST_SNAPSHOT_PAGE, /* (part, below this number, "", most) TrustSnapshots; then how many */
	TRUST_SNAPSHOT_COUNT,
	TRUST_ANCHOR_GET,
	TRUST_ANCHOR_FIND,
	TRUST_ANCHOR_ADD,    /* (id, name, certificate, usage, crlUrl, ocspUrl) */
	TRUST_ANCHOR_UPDATE, /* (id, name, state, usage, crlUrl, ocspUrl) */
	TRUST_ANCHOR_REMOVE,
	TRUST_ANCHOR_COUNTS,
	TRUST_ANCHOR_PAGES = TRUST_ANCHOR_COUNTS + 2,
};
enum {
	AUTHORITY_GET,	  /* (id) a TimestampAuthority of the tenant's own, locked */
	AUTHORITY_SEE,	  /* (id) also one for all */
	AUTHORITY_FIND,	  /* (name) the same */
	AUTHORITY_KEY,	  /* (name) store key, certificate, chain of a key for time stamps */
	AUTHORITY_ADD,	  /* (id, name, place, url, store key, policy, timeout, certificates) */
	AUTHORITY_UPDATE, /* (id, name, place, url, policy, timeout, state, certificates or none) */
	AUTHORITY_REMOVE,
	AUTHORITY_PAGE, /* (part, place, id, most); then how many: (part) */
	AUTHORITY_COUNT,
};
enum {
	KEY_GET,
	KEY_FIND,
	KEY_NO_DEFAULT,	  /* (id) no other is the default any more */
	KEY_UPDATE,	  /* (id, name, state, isDefault) */
	KEY_RENEW,	  /* (id, certificate, chain, notAfter) */
	KEY_USE_ADD,	  /* (group, key) */
	KEY_USE_REMOVE,	  /* (group, key) no row: it may not use it */
	KEY_USE_COUNT,	  /* (group or null, part) */
	KEY_USE_PAGE,	  /* (group or null, part, group name, key name, most) KeyUses */
	KEY_THEN,	  /* (name or id, time or null) id, name of a key as it was called then */
	KEY_WRAPPED,	  /* (id) the wrapped key */
	KEY_DEFAULT,	  /* (id) it is the default */
	KEY_REQUEST_GET,  /* (id) a KeyRequest, locked */
	KEY_REQUEST_FIND, /* (name) */
	/*
	 * (id, name, algorithm, size, usage, subject, replaced key or null, takes over its name,
	 * request, wrapped)
	 */
	KEY_REQUEST_ADD,
	KEY_REQUEST_REMOVE, /* (id) */
	KEY_REQUEST_PAGE,   /* (part, name, id, most); then how many: (part) */
	KEY_REQUEST_COUNT,
	KEY_STEP_ASIDE,	 /* (request) the key whose name it takes over is called otherwise */
	KEY_CERTIFY,	 /* (request, certificate, chain, notAfter) it becomes a key */
	KEY_TAKE_USES,	 /* (key, key) the first may be used by the groups of the second */
	KEY_TAKE_RIGHTS, /* (key, key) and for what rights were narrowed to that */
	/* (id, name, algorithm, size, usage, certificate, chain, notAfter, wrapped) */
	KEY_IMPORT,
	KEY_COUNTS,
	KEY_PAGES = KEY_COUNTS + 2,
};
enum {
	SETTING_ALL, /* the tenant's, side by side; locks them */
	/* (value) the value; no row: it cannot be so */
	SETTING_POLICY,
	SETTING_NO_POLICY,
	SETTING_REVOCATION,
	SETTING_GRACE,
	SETTING_EYES,
	SETTING_EYES_DAYS,
};
enum {
	JOB_GET, /* (id) a Job, locked */
	JOB_FIND,
	JOB_UPDATE, /* (id, state, everySeconds, dailyAt) */
	JOB_RUN,    /* (id) */
	JOB_PAGE,   /* (part, name, id, most); then how many: (part) */
	JOB_COUNT,
	JOB_RUN_PAGE, /* (id, below this number, "", most) */
	NODE_PAGE,    /* (part, name, "", most); then how many: (part) */
	NODE_COUNT,
};
extern const struct db_statement admin_user_statements[], admin_group_statements[],
    admin_tenant_statements[], admin_right_statements[], admin_status_statements[],
    admin_url_rule_statements[], admin_trust_statements[], admin_authority_statements[],
    admin_key_statements[], admin_setting_statements[], admin_job_statements[],
    admin_sign_on_statements[], admin_proposal_statements[];

/*
 * One statement as `tenant` with these arguments (the tenant's id is put before them when the
 * statement takes one more than there are). On 0 *r is the caller's, or not asked for (NULL).
 */
int store_admin(struct db *db, const struct uuid *tenant, const struct db_statement *statement,
    const struct record_value *args, size_t count, struct db_result **r, struct error *err);
/*
 * The rows as records of the thing, copied into the arena: `count` times as many values as it has
 * fields. `r` stays the caller's.
 */
int store_admin_read(struct record_arena *arena, const struct db_result *r,
    const struct thing *thing, struct record_value **rows, size_t *count, struct error *err);

#endif
