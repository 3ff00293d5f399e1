/*
 * schema/store/caller.h: who calls, with groups, rights and keys, in one round trip: now, or (from
 * history) at an earlier time.
 */
#ifndef SIGNET_SCHEMA_STORE_CALLER_H
#define SIGNET_SCHEMA_STORE_CALLER_H

#include "schema/store/db.h"

#define FINGERPRINT_SIZE 32 /* SHA-256 of a certificate's DER */

/* What the database knows; all views into `result`. */
struct caller_row {
	struct db_result *result;
	struct uuid tenant, user;
	const char *tenant_name, *user_name, *password; /* password: PHC string or "" */
	int tenant_is_active, user_is_active;
	int64_t valid_until; /* seconds; DB_NO_TIME: for good */
	/* Of the certificate it was found by; active and DB_NO_TIME when found by name. */
	int certificate_is_active;
	int64_t certificate_not_after;
	/* What is known of it (user_certificate.h): "" and DB_NO_TIME when found by name. */
	const char *check_state, *check_reason;
	int64_t check_since, check_revoked;
	int64_t check_refused; /* from then on it is refused for that; DB_NO_TIME: it is not */
	int tenant_is_server;  /* its users may have the rights over tenants */
	/* Side by side, sorted by the first: a group, and the one by which he is in it ("":
	 * himself) */
	struct db_array groups, group_vias;
	/*
	 * Side by side, sorted by the first: the same right or key may come from several groups,
	 * the nearest first. Whole rights; those for one object each are behind them.
	 */
	struct db_array rights, right_groups;
	struct db_array key_names, key_ids, key_groups;
	struct db_array object_rights, object_kinds, object_ids, object_groups;
};

/* 1 found, 0 nobody, -1 failed. When 1, row->result is the caller's, for db_result_free(). */
int store_caller_by_certificate(struct db *db, const unsigned char fingerprint[FINGERPRINT_SIZE],
    struct caller_row *row, struct error *err);
int store_caller_by_name(
    struct db *db, const char *tenant, const char *user, struct caller_row *row, struct error *err);

/*
 * What a user of the tenant (by name or id; or, when fingerprint is not NULL, whoever had this
 * certificate) was at a time (DB_NO_TIME: now), by history; without his password. 0: he did not
 * exist then.
 */
int store_caller_at(struct db *db, const struct uuid *tenant, const char *user,
    const unsigned char *fingerprint, int64_t at, struct caller_row *row, struct error *err);
/* Since when history is kept; DB_NO_TIME: there is none. */
int store_history_begin(struct db *db, const struct uuid *tenant, int64_t *at, struct error *err);

struct holders_query {
	const char *operation;	/* NULL: any */
	const struct uuid *key; /* NULL: any */
	int64_t at;		/* seconds; DB_NO_TIME: now */
	const char *after;	/* behind this name */
	int32_t most;
};
/*
 * Users (id, name; by name) who by their groups had the right and the key then; whether they could
 * use it (suspended, expired) is said by store_caller_at(). On 0 *r is the caller's.
 */
int store_holders_at(struct db *db, const struct uuid *tenant, const struct holders_query *q,
    struct db_result **r, struct error *err);

#endif
