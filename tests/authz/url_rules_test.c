/* S2-26: which pages who may open: the most specific rule decides, and no other. */
#include "authz/url_rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/clock.h"
#include "tests/support/suite.h"

#define NOW 1800000000

static const char *const admins[] = { "admins" }, *const staff[] = { "staff", "guests" };
static const char *const of_user[] = { "staff" };
static const struct caller user = { .tenant_name = "acme",
	.user_name = "eva",
	.tenant_is_active = 1,
	.user_is_active = 1,
	.certificate_is_active = 1,
	.expires = NOW + 1,
	.groups = of_user,
	.group_count = 1,
	.check_state = "Good",
	.check_reason = "",
	.check_refused = INT64_MAX,
	.password = "" };

#define POST URL_METHOD_BIT(URL_POST)
static const struct url_rule list[] = {
	{ "home", "www.acme.example", "/", 0, URL_FOR_ALL, NULL, 0 },
	{ "all of it", "www.acme.example", "/**", 0, URL_FOR_GROUPS, staff, 2 },
	{ "admin", "www.acme.example", "/admin/**", 0, URL_FOR_GROUPS, admins, 1 },
	{ "admin help", "www.acme.example", "/admin/help", 0, URL_FOR_USERS, NULL, 0 },
	{ "orders", "www.acme.example", "/orders/*/items", 0, URL_FOR_GROUPS, staff, 2 },
	{ "order 1", "www.acme.example", "/orders/1/items", 0, URL_FOR_GROUPS, admins, 1 },
	{ "post", "www.acme.example", "/form", POST, URL_FOR_GROUPS, admins, 1 },
	{ "form", "www.acme.example", "/form", 0, URL_FOR_GROUPS, staff, 2 },
	{ "closed", "www.acme.example", "/closed/**", 0, URL_FOR_GROUPS, NULL, 0 },
	{ "subs", "*.acme.example", "/**", 0, URL_FOR_USERS, NULL, 0 },
	{ "sub subs", "*.x.acme.example", "/**", 0, URL_FOR_GROUPS, admins, 1 },
	{ "anywhere", "*", "/robots.txt", 0, URL_FOR_ALL, NULL, 0 },
};

static const struct url_rules *rules;

static int
setup(void)
{
	struct error err = ERROR_INIT;

	return url_rules_make(&rules, list, sizeof(list) / sizeof(list[0]), &err);
}

static int
teardown(void)
{
	url_rules_release(rules);
	return 0;
}

static struct url_decision
decide(const char *method, const char *target, const struct caller *who)
{
	struct error err = ERROR_INIT;
	struct url_decision d = { 0 };
	struct url url;

	if (url_read(&url, method, "", target, &err) != 0)
		return d;
	url_decide(rules, who, &url, NOW, &d);
	return d;
}

static const char *
rule_for(const char *method, const char *target)
{
	struct url_decision d = decide(method, target, &user);

	return d.rule != NULL ? d.rule->name : "none";
}

static void
the_most_specific_rule_decides(void)
{
	static const struct {
		const char *method, *target, *rule;
	} cases[] = {
		{ "GET", "https://www.acme.example/", "home" },
		{ "GET", "https://www.acme.example", "home" },
		{ "GET", "https://www.acme.example/x/y", "all of it" },
		{ "GET", "https://www.acme.example/admin", "admin" },
		{ "GET", "https://www.acme.example/admin/", "admin" },
		{ "GET", "https://www.acme.example/%61dmin/x/y", "admin" },
		{ "GET", "https://www.acme.example/admin/help", "admin help" },
		{ "GET", "https://www.acme.example/admin/help/x", "admin" },
		{ "GET", "https://www.acme.example/Admin", "all of it" },
		{ "GET", "https://www.acme.example/orders/7/items", "orders" },
		{ "GET", "https://www.acme.example/orders/1/items", "order 1" },
		{ "GET", "https://www.acme.example/orders/1/other", "all of it" },
		{ "GET", "https://www.acme.example/form", "form" },
		{ "POST", "https://www.acme.example/form", "post" },
		{ "PURGE", "https://www.acme.example/form", "form" },
		{ "GET", "https://a.acme.example/z", "subs" },
		{ "GET", "https://b.a.acme.example/z", "subs" },
		{ "GET", "https://y.x.acme.example/z", "sub subs" },
		{ "GET", "https://x.acme.example/z", "subs" },
		{ "GET", "https://acme.example/z", "none" },
		{ "GET", "https://notacme.example/robots.txt", "anywhere" },
		{ "GET", "https://www.acme.example/robots.txt", "all of it" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *rule = rule_for(cases[i].method, cases[i].target);

		if (strcmp(rule, cases[i].rule) != 0)
			fprintf(stderr, "%s %s: %s\n", cases[i].method, cases[i].target, rule);
		CU_ASSERT_STRING_EQUAL(rule, cases[i].rule);
	}
}

static void
membership_decides_and_the_reason_names_rule_and_group(void)
{
	struct url_decision d = decide("GET", "https://www.acme.example/x", &user);

	CU_ASSERT_TRUE(d.is_allowed);
	CU_ASSERT_STRING_EQUAL(d.group, "staff");
	CU_ASSERT_STRING_EQUAL(d.reason, "rule \"all of it\" opens it to group \"staff\"");
	d = decide("GET", "https://www.acme.example/admin/x", &user);
	CU_ASSERT_FALSE(d.is_allowed);
	CU_ASSERT_TRUE(d.is_known);
	CU_ASSERT_PTR_NOT_NULL(strstr(d.reason, "\"admin\""));
	d = decide("GET", "https://www.acme.example/closed/x", &user);
	CU_ASSERT_FALSE(d.is_allowed);
	d = decide("GET", "https://acme.example/", &user);
	CU_ASSERT_FALSE(d.is_allowed);
	CU_ASSERT_PTR_NULL(d.rule);
}

static void
who_is_not_known_sees_what_is_for_all(void)
{
	struct url_decision d = decide("GET", "https://www.acme.example/", NULL);

	CU_ASSERT_TRUE(d.is_allowed);
	d = decide("GET", "https://www.acme.example/admin/help", NULL);
	CU_ASSERT_FALSE(d.is_allowed);
	CU_ASSERT_FALSE(d.is_known);
}

static void
who_is_suspended_or_over_his_time_is_not_known(void)
{
	struct caller late = user, suspended = user, certificate = user;
	struct url_decision d;

	late.expires = NOW;
	suspended.user_is_active = 0;
	certificate.certificate_is_active = 0;
	d = decide("GET", "https://www.acme.example/x", &late);
	CU_ASSERT_FALSE(d.is_allowed || d.is_known);
	CU_ASSERT_PTR_NOT_NULL(strstr(d.reason, "ended at"));
	d = decide("GET", "https://www.acme.example/x", &suspended);
	CU_ASSERT_FALSE(d.is_allowed || d.is_known);
	d = decide("GET", "https://www.acme.example/x", &certificate);
	CU_ASSERT_FALSE(d.is_allowed || d.is_known);
	d = decide("GET", "https://www.acme.example/", &late);
	CU_ASSERT_TRUE(d.is_allowed);
}

/* A server that cuts parameters off sees /admin, one that does not sees another page. */
static void
with_path_parameters_both_readings_must_be_allowed(void)
{
	struct url_decision d = decide("GET", "https://www.acme.example/admin;a=b/x", &user);

	CU_ASSERT_FALSE(d.is_allowed);
	CU_ASSERT_STRING_EQUAL(d.rule->name, "admin");
	d = decide("GET", "https://www.acme.example/page;jsessionid=1", &user);
	CU_ASSERT_TRUE(d.is_allowed);
}

static void
rules_that_cannot_be_meant_are_refused(void)
{
	static const struct url_rule bad[] = {
		{ "r", "WWW.acme.example", "/", 0, URL_FOR_ALL, NULL, 0 },
		{ "r", "www.acme.example:443", "/", 0, URL_FOR_ALL, NULL, 0 },
		{ "r", "w*.acme.example", "/", 0, URL_FOR_ALL, NULL, 0 },
		{ "r", "*.", "/", 0, URL_FOR_ALL, NULL, 0 },
		{ "r", "", "/", 0, URL_FOR_ALL, NULL, 0 },
		{ "r", "a", "", 0, URL_FOR_ALL, NULL, 0 },
		{ "r", "a", "x", 0, URL_FOR_ALL, NULL, 0 },
		{ "r", "a", "/a//b", 0, URL_FOR_ALL, NULL, 0 },
		{ "r", "a", "/a/../b", 0, URL_FOR_ALL, NULL, 0 },
		{ "r", "a", "/**/b", 0, URL_FOR_ALL, NULL, 0 },
		{ "r", "a", "/a*", 0, URL_FOR_ALL, NULL, 0 },
		{ "r", "a", "/a%20b", 0, URL_FOR_ALL, NULL, 0 },
		{ "r", "a", "/a?b", 0, URL_FOR_ALL, NULL, 0 },
		{ "r", "a", "/*/*/*/*/*/*/*/*/*", 0, URL_FOR_ALL, NULL, 0 },
	};
	const struct url_rule twice[] = { list[2], list[2] };
	const struct url_rules *made;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct error err = ERROR_INIT;

		CU_ASSERT_EQUAL(url_rules_make(&made, &bad[i], 1, &err), -1);
		CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	}
	{
		struct error err = ERROR_INIT;

		CU_ASSERT_EQUAL(url_rules_make(&made, twice, 2, &err), -1);
		CU_ASSERT_EQUAL(err.kind, ERROR_CONFLICT);
	}
}

/* Found among 10,000 with as few steps as among ten; the order of the rules is all the same. */
static void
ten_thousand_rules_are_no_burden(void)
{
	enum { N = 10000 };
	struct url_rule *many = calloc(N, sizeof(*many));
	char(*paths)[48] = calloc(N, sizeof(*paths));
	struct error err = ERROR_INIT;
	const struct url_rules *made;
	struct url url;
	int i;

	CU_ASSERT_FATAL(many != NULL && paths != NULL);
	for (i = 0; i < N; i++) {
		snprintf(paths[i], sizeof(paths[i]), "/dept%d/%s/page%d%s", i % 100,
		    i % 3 ? "a" : "*", i, i % 2 ? "/**" : "");
		many[i] = (struct url_rule){ paths[i], "www.acme.example", paths[i], 0,
			URL_FOR_USERS, NULL, 0 };
	}
	ASSERT_OK(url_rules_make(&made, many, N, &err), &err);
	CU_ASSERT_EQUAL(url_rules_count(made), N);
	for (i = 0; i < N; i++) {
		char target[96];
		const struct url_rule *found;

		snprintf(
		    target, sizeof(target), "/dept%d/a/page%d%s", i % 100, i, i % 2 ? "/x/y" : "");
		CU_ASSERT_EQUAL_FATAL(url_read(&url, "GET", "www.acme.example", target, &err), 0);
		found = url_rules_find(made, &url, 0);
		CU_ASSERT_PTR_NOT_NULL_FATAL(found);
		CU_ASSERT_STRING_EQUAL(found->name, paths[i]);
	}
	url_rules_release(made);
	free(many);
	free(paths);
}

static const struct test tests[] = { TEST(the_most_specific_rule_decides),
	TEST(membership_decides_and_the_reason_names_rule_and_group),
	TEST(who_is_not_known_sees_what_is_for_all),
	TEST(who_is_suspended_or_over_his_time_is_not_known),
	TEST(with_path_parameters_both_readings_must_be_allowed),
	TEST(rules_that_cannot_be_meant_are_refused), TEST(ten_thousand_rules_are_no_burden),
	TEST_END };
const struct suite suite_authz_url_rules = { "authz/url_rules", setup, teardown, tests };
