/* schema/store/caller.h: who calls, with groups, rights and keys, in one round trip. */
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
	struct db_array groups;
	/* Side by side, sorted by the first: the same right or key may come from several groups. */
	struct db_array rights, right_groups;
	struct db_array key_names, key_ids, key_groups;
};

/* 1 found, 0 nobody, -1 failed. When 1, row->result is the caller's, for db_result_free(). */
int store_caller_by_certificate(struct db *db, const unsigned char fingerprint[FINGERPRINT_SIZE],
    struct caller_row *row, struct error *err);
int store_caller_by_name(
    struct db *db, const char *tenant, const char *user, struct caller_row *row, struct error *err);

#endif
