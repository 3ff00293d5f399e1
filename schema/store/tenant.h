/*
 * schema/store/tenant.h: tenants, users and groups, as set-up and administration make them.
 *
 * Ids are made by the caller of these functions (uuid_random), so that a call that was repeated
 * after ERROR_UNAVAILABLE cannot make a thing twice: it gives ERROR_CONFLICT.
 */
#ifndef SIGNET_SCHEMA_STORE_TENANT_H
#define SIGNET_SCHEMA_STORE_TENANT_H

#include "schema/store/caller.h"

int store_tenant_add(struct db *db, const struct uuid *id, const char *name, struct error *err);
/* The server's own, whose users may have the rights over tenants: by the schema's owner alone. */
int store_tenant_add_server(
    struct db *db, const struct uuid *id, const char *name, struct error *err);
/* 1 found, 0 none, -1 failed. */
int store_tenant_find(struct db *db, const char *name, struct uuid *id, struct error *err);
/* "active" or "suspended". ERROR_NOT_FOUND when there is no such thing. */
int store_tenant_state(struct db *db, const struct uuid *id, const char *state, struct error *err);

struct user_new {
	struct uuid id;
	const char *name;
	const char *password;	 /* PHC string of Argon2id; NULL: none */
	int64_t valid_until;	 /* seconds; DB_NO_TIME: for good */
	struct span certificate; /* DER; SPAN_NONE: none */
	const char *subject;	 /* of the certificate, for people */
	int64_t not_after;	 /* of the certificate, seconds */
};

int store_user_add(
    struct db *db, const struct uuid *tenant, const struct user_new *user, struct error *err);
int store_user_find(
    struct db *db, const struct uuid *tenant, const char *name, struct uuid *id, struct error *err);
int store_user_state(struct db *db, const struct uuid *tenant, const struct uuid *id,
    const char *state, struct error *err);
/* NULL takes the password away. */
int store_user_password(struct db *db, const struct uuid *tenant, const struct uuid *id,
    const char *password, struct error *err);
int store_user_certificate_add(struct db *db, const struct uuid *tenant, const struct uuid *user,
    struct span certificate, const char *subject, int64_t not_after, struct error *err);
int store_user_certificate_state(struct db *db, const struct uuid *tenant,
    const unsigned char fingerprint[FINGERPRINT_SIZE], const char *state, struct error *err);

int store_group_add(struct db *db, const struct uuid *tenant, const struct uuid *id,
    const char *name, const char *description, struct error *err);
int store_group_find(
    struct db *db, const struct uuid *tenant, const char *name, struct uuid *id, struct error *err);
int store_group_member_add(struct db *db, const struct uuid *tenant, const struct uuid *group,
    const struct uuid *user, struct error *err);
int store_group_member_remove(struct db *db, const struct uuid *tenant, const struct uuid *group,
    const struct uuid *user, struct error *err);
/* `operation` by its name in the contract; the group that has it already is ERROR_CONFLICT. */
int store_group_right_add(struct db *db, const struct uuid *tenant, const struct uuid *group,
    const char *operation, struct error *err);
int store_group_right_remove(struct db *db, const struct uuid *tenant, const struct uuid *group,
    const char *operation, struct error *err);
/* All rights that administer the tenant, beside those it has. */
int store_group_administers(
    struct db *db, const struct uuid *tenant, const struct uuid *group, struct error *err);
int store_group_key_add(struct db *db, const struct uuid *tenant, const struct uuid *group,
    const struct uuid *key, struct error *err);

#endif
