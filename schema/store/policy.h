/*
 * schema/store/policy.h: a tenant's validation policies. Versions are written once: there is no
 * function that changes or removes one, and the database refuses it.
 */
#ifndef SIGNET_SCHEMA_STORE_POLICY_H
#define SIGNET_SCHEMA_STORE_POLICY_H

#include "schema/store/db.h"

struct policy_row {
	const char *name, *content; /* content JSON; NULL: withdrawn with this version */
	int version;
	int is_default; /* counts where a request names none */
};
/* The newest version of each, by name. On 0 *r is the caller's, for db_result_free(). */
int store_policies(
    struct db *db, const struct uuid *tenant, struct db_result **r, struct error *err);
struct policy_row store_policy_row(const struct db_result *r, size_t i);

/*
 * Write the next version, which *version gets; content NULL withdraws it. ERROR_CONFLICT when
 * another took the number meanwhile: look again.
 */
int store_policy_add(struct db *db, const struct uuid *tenant, const char *name,
    const char *content, const char *by, int *version, struct error *err);

/* What counts where a request names none: that it exists is the caller's to know. name NULL: the
 * built-in one again. */
int store_policy_set_default(
    struct db *db, const struct uuid *tenant, const char *name, struct error *err);

#endif
