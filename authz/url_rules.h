/*
 * authz/url_rules.h: which groups may open which pages (REQUIREMENTS S2-26): rules made ready for
 * look-ups, and the decision. Pure: no clock, no database.
 *
 * Of the rules that fit host, path and method, the most specific decides and no other: the host by
 * name before "*.name", the longest name first, before "*"; then the path segment by segment, a
 * literal one before "*" before "**"; then one with methods before one for all. Where none fits,
 * nobody may. A look-up costs a few comparisons a segment, however many rules there are.
 */
#ifndef SIGNET_AUTHZ_URL_RULES_H
#define SIGNET_AUTHZ_URL_RULES_H

#include "authz/caller.h"
#include "authz/url.h"

#define URL_RULE_STARS_MAX 8 /* "*" in one pattern */

enum url_rule_for {
	URL_FOR_GROUPS, /* members of any of its groups; without one: nobody */
	URL_FOR_USERS,	/* every user of the tenant */
	URL_FOR_ALL,	/* also who is not known */
};
struct url_rule {
	const char *name;
	const char *host; /* "www.example.org", "*.example.org" (not example.org itself) or "*" */
	/* segments: literal, "*" for any one, "**" at the end for all below and the path itself */
	const char *path;
	unsigned int methods; /* URL_METHOD_BIT()s; 0: all */
	enum url_rule_for who;
	const char *const *groups;
	size_t group_count;
};

struct url_rules;

/* 0, or ERROR_MALFORMED with what is wrong with the patterns of a rule. */
int url_rule_check(const struct url_rule *rule, struct error *err);
/*
 * Copies the rules; holds one count, for url_rules_release(). Two of the same host, path and
 * method: ERROR_CONFLICT with their names, since neither is the more specific one.
 */
int url_rules_make(
    const struct url_rules **rules, const struct url_rule *list, size_t count, struct error *err);
const struct url_rules *url_rules_hold(const struct url_rules *rules);
void url_rules_release(const struct url_rules *rules); /* NULL is fine */
size_t url_rules_count(const struct url_rules *rules);
/* The rule that decides about this, or NULL. `bare`: without path parameters. */
const struct url_rule *url_rules_find(
    const struct url_rules *rules, const struct url *url, int bare);

struct db;
/* A tenant's, from the database. ERROR_UNAVAILABLE; ERROR_INTERNAL when they contradict each other.
 */
int url_rules_load(
    const struct url_rules **rules, struct db *db, const struct uuid *tenant, struct error *err);

/* The same as they were at that time (seconds), by the names of then. */
int url_rules_load_at(const struct url_rules **rules, struct db *db, const struct uuid *tenant,
    int64_t at, struct error *err);

struct url_decision {
	int is_allowed;
	int is_known;		     /* 0: who asks is to say who he is (HTTP 401) */
	const struct url_rule *rule; /* that decided, or NULL; as long as the rules */
	const char *group;	     /* by which he may, or NULL; as long as rule or user */
	char reason[400];
};
/* May this user (NULL: who is not known) open that at `now` (seconds)? */
void url_decide(const struct url_rules *rules, const struct caller *user, const struct url *url,
    int64_t now, struct url_decision *d);

#endif
