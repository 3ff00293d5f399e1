/* schema/store/url_rule.h: a tenant's rules for URLs. What they mean: authz/url_rules.h. */
#ifndef SIGNET_SCHEMA_STORE_URL_RULE_H
#define SIGNET_SCHEMA_STORE_URL_RULE_H

#include "schema/store/db.h"

struct url_rule_row {
	struct uuid id;
	const char *name, *host, *path;
	struct db_array methods; /* "GET", ..., "other"; none: all */
	const char *opens_to;	 /* "groups", "users", "all" */
	struct db_array groups;	 /* names */
};
/* All of them, by name. On 0 *r is the caller's, for db_result_free(). */
int store_url_rules(
    struct db *db, const struct uuid *tenant, struct db_result **r, struct error *err);
/* The same as they were then, as history knows; in no order. */
int store_url_rules_at(
    struct db *db, const struct uuid *tenant, int64_t at, struct db_result **r, struct error *err);
/* Since when history knows; DB_NO_TIME: there is none. */
int store_url_rules_begin(struct db *db, const struct uuid *tenant, int64_t *at, struct error *err);
struct url_rule_row store_url_rule_row(const struct db_result *r, size_t i);

struct url_holders_query {
	int64_t at;
	int of_all; /* every user, whatever his groups */
	const char *const *groups;
	size_t group_count; /* by the names that they had then */
	const char *after;  /* behind this name */
	int32_t most;
};
/* Users (id, name; by name) who were in one of the groups then. On 0 *r is the caller's. */
int store_url_holders_at(struct db *db, const struct uuid *tenant,
    const struct url_holders_query *q, struct db_result **r, struct error *err);

struct url_rule_new {
	struct uuid id;
	const char *name, *host, *path, *opens_to;
	const char *const *methods;
	size_t method_count;
	const char *const *groups; /* names */
	size_t group_count;
};
/* ERROR_CONFLICT: the name, or a rule for the same page; ERROR_NOT_FOUND: a group. */
int store_url_rule_add(
    struct db *db, const struct uuid *tenant, const struct url_rule_new *rule, struct error *err);
/* ERROR_NOT_FOUND. */
int store_url_rule_remove(
    struct db *db, const struct uuid *tenant, const char *name, struct error *err);

#endif
