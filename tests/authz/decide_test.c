/* S2-24, S2-43: a call runs only if the caller may; every operation is a right. */
#include "authz/decide.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/postgres.h"
#include "tests/support/suite.h"

#define NOW 1800000000

static const char *const groups[] = { "all", "signers" };
static const struct caller_key keys[] = { { UUID_NIL, "seal", 1 } };

static const struct authz_object seal = { OBJECT_KEY, "seal", NULL };
static const struct authz_object spare = { OBJECT_KEY, "spare", NULL };

static struct caller
somebody(void)
{
	struct caller c = { .tenant_name = "acme",
		.user_name = "erp",
		.tenant_is_active = 1,
		.user_is_active = 1,
		.certificate_is_active = 1,
		.expires = NOW + 1,
		.check_state = "Good",
		.check_reason = "",
		.check_refused = INT64_MAX,
		.groups = groups,
		.group_count = 2,
		.keys = keys,
		.key_count = 1,
		.password = "" };

	right_set_add(&c.rights, RIGHT_SIGN_DOCUMENT);
	right_set_add(&c.whole, RIGHT_SIGN_DOCUMENT);
	c.right_group[RIGHT_SIGN_DOCUMENT] = 1;
	return c;
}

static void
the_reason_names_the_group_that_gives_the_right(void)
{
	const struct caller c = somebody();
	struct decision d;

	authz_decide(&c, RIGHT_SIGN_DOCUMENT, &seal, NOW, &d);
	CU_ASSERT(d.is_allowed);
	CU_ASSERT_EQUAL(d.kind, ERROR_NONE);
	CU_ASSERT_STRING_EQUAL(d.reason,
	    "group \"signers\" has the right SignDocument; group \"signers\" may use key \"seal\"");
	authz_decide(&c, RIGHT_SIGN_DOCUMENT, NULL, NOW, &d);
	CU_ASSERT(d.is_allowed);
}

static void
what_is_not_given_is_refused_and_said(void)
{
	struct caller c = somebody();
	struct decision d;
	enum right right;

	for (right = RIGHT_UNSET; right < RIGHTS; right++) {
		authz_decide(&c, right, NULL, NOW, &d);
		CU_ASSERT_EQUAL(d.is_allowed, right == RIGHT_SIGN_DOCUMENT);
	}
	authz_decide(&c, RIGHT_LIST_KEYS, NULL, NOW, &d);
	CU_ASSERT_EQUAL(d.kind, ERROR_NOT_AUTHORIZED);
	CU_ASSERT_PTR_NOT_NULL(strstr(d.reason, "ListKeys"));
	CU_ASSERT_PTR_NOT_NULL(strstr(d.reason, "\"all\", \"signers\""));
	authz_decide(&c, RIGHT_SIGN_DOCUMENT, &spare, NOW, &d);
	CU_ASSERT_EQUAL(d.kind, ERROR_NOT_AUTHORIZED);
	CU_ASSERT_PTR_NOT_NULL(strstr(d.reason, "\"spare\""));
	c.group_count = 0;
	authz_decide(&c, RIGHT_LIST_KEYS, NULL, NOW, &d);
	CU_ASSERT_PTR_NOT_NULL(strstr(d.reason, "no group"));
}

/* A set with all bits set must still refuse what is no operation. */
static void
an_operation_without_a_right_refuses_everybody(void)
{
	struct caller c = somebody();
	struct decision d;

	memset(&c.rights, 0xff, sizeof(c.rights));
	authz_decide(&c, RIGHT_UNSET, NULL, NOW, &d);
	CU_ASSERT(!d.is_allowed);
	authz_decide(&c, RIGHTS, NULL, NOW, &d);
	CU_ASSERT(!d.is_allowed);
	authz_decide(&c, RIGHT_WHO_AM_I, NULL, NOW, &d);
	CU_ASSERT(d.is_allowed);
}

/* S2-31 */
static void
who_shows_a_revoked_certificate_is_told_since_when_and_why(void)
{
	struct caller c = somebody();
	struct decision d;

	c.check_refused = 0;
	c.check_state = "Revoked";
	c.check_revoked = NOW - 86400;
	c.check_reason = "keyCompromise";
	authz_decide(&c, RIGHT_SIGN_DOCUMENT, NULL, NOW, &d);
	CU_ASSERT(!d.is_allowed && d.kind == ERROR_NOT_AUTHENTICATED && d.is_certificate);
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(d.reason, "was revoked by its issuer at 2027-01-14T08:00:00Z (keyCompromise)"));
	c.check_state = "OnHold";
	c.check_reason = "";
	authz_decide(&c, RIGHT_SIGN_DOCUMENT, NULL, NOW, &d);
	CU_ASSERT(!d.is_allowed);
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(d.reason, "was put on hold by its issuer at 2027-01-14T08:00:00Z;"));
	/* Unknown is refused from a time on, and not a second before. */
	c.check_state = "Unknown";
	c.check_since = NOW - 3600;
	c.check_refused = NOW;
	authz_decide(&c, RIGHT_SIGN_DOCUMENT, NULL, NOW - 1, &d);
	CU_ASSERT(d.is_allowed);
	authz_decide(&c, RIGHT_SIGN_DOCUMENT, NULL, NOW, &d);
	CU_ASSERT(!d.is_allowed && d.is_certificate);
	CU_ASSERT_PTR_NOT_NULL(strstr(d.reason, "has not been known since 2027-01-15T07:00:00Z"));
	/* A suspended user learns nothing of his certificate. */
	c.user_is_active = 0;
	authz_decide(&c, RIGHT_SIGN_DOCUMENT, NULL, NOW, &d);
	CU_ASSERT(!d.is_allowed && !d.is_certificate);
}

static void
who_is_nobody_suspended_or_expired_is_not_authenticated(void)
{
	struct decision d;
	struct caller c;
	struct error err = ERROR_INIT;

	authz_decide(NULL, RIGHT_WHO_AM_I, NULL, NOW, &d);
	CU_ASSERT(!d.is_allowed && d.kind == ERROR_NOT_AUTHENTICATED);
	c = somebody();
	c.tenant_is_active = 0;
	authz_decide(&c, RIGHT_SIGN_DOCUMENT, NULL, NOW, &d);
	CU_ASSERT(!d.is_allowed && d.kind == ERROR_NOT_AUTHENTICATED);
	c = somebody();
	c.user_is_active = 0;
	authz_decide(&c, RIGHT_SIGN_DOCUMENT, NULL, NOW, &d);
	CU_ASSERT(!d.is_allowed && d.kind == ERROR_NOT_AUTHENTICATED);
	c = somebody();
	c.certificate_is_active = 0;
	authz_decide(&c, RIGHT_SIGN_DOCUMENT, NULL, NOW, &d);
	CU_ASSERT(!d.is_allowed && d.kind == ERROR_NOT_AUTHENTICATED);
	c = somebody();
	authz_decide(&c, RIGHT_SIGN_DOCUMENT, NULL, NOW + 1, &d);
	CU_ASSERT(!d.is_allowed && d.kind == ERROR_NOT_AUTHENTICATED);
	CU_ASSERT_PTR_NOT_NULL(strstr(d.reason, "2027-01-15T08:00:01Z"));
	CU_ASSERT_EQUAL(authz_require(&c, RIGHT_SIGN_DOCUMENT, NULL, NOW + 1, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_AUTHENTICATED);
	CU_ASSERT_STRING_EQUAL(err.text, d.reason);
}

static void
a_reason_of_long_names_is_cut_and_not_more(void)
{
	static char name[600];
	static const char *many[200];
	struct caller c = somebody();
	struct decision d;
	size_t i;

	memset(name, 'x', sizeof(name) - 1);
	for (i = 0; i < 200; i++)
		many[i] = name;
	c.groups = many;
	c.group_count = 200;
	c.user_name = c.tenant_name = name;
	authz_decide(
	    &c, RIGHT_LIST_KEYS, &(struct authz_object){ OBJECT_KEY, name, NULL }, NOW, &d);
	CU_ASSERT(!d.is_allowed);
	CU_ASSERT(strlen(d.reason) < sizeof(d.reason));
	authz_decide(&c, RIGHT_SIGN_DOCUMENT, &seal, NOW, &d);
	CU_ASSERT(d.is_allowed);
}

static void
rights_and_operations_of_the_database_are_the_same(void)
{
	struct error err = ERROR_INIT;
	char database[32], known[64], sql[4096];
	enum right right;
	int n;

	CU_ASSERT_PTR_NOT_NULL_FATAL(postgres_database(database));
	n = snprintf(sql, sizeof(sql), "SELECT count(*) FROM signet.operation WHERE name IN (''");
	for (right = RIGHT_UNSET + 1; right < RIGHTS; right++) {
		CU_ASSERT_EQUAL(right_by_name(right_name(right), strlen(right_name(right))), right);
		n += snprintf(sql + n, sizeof(sql) - (size_t)n, ", '%s'", right_name(right));
	}
	snprintf(sql + n, sizeof(sql) - (size_t)n, ")");
	ASSERT_OK(postgres_ask(database, "postgres", sql, known, sizeof(known), &err), &err);
	CU_ASSERT_EQUAL(atoi(known), RIGHTS - 1);
	ASSERT_OK(postgres_ask(database, "postgres", "SELECT count(*) FROM signet.operation", known,
		      sizeof(known), &err),
	    &err);
	CU_ASSERT_EQUAL(atoi(known), RIGHTS - 1);
	CU_ASSERT_EQUAL(right_by_name("SignDocumen", 11), RIGHT_UNSET);
	CU_ASSERT_EQUAL(right_by_name("", 0), RIGHT_UNSET);
}

static const struct test tests[] = { TEST(the_reason_names_the_group_that_gives_the_right),
	TEST(what_is_not_given_is_refused_and_said),
	TEST(an_operation_without_a_right_refuses_everybody),
	TEST(who_shows_a_revoked_certificate_is_told_since_when_and_why),
	TEST(who_is_nobody_suspended_or_expired_is_not_authenticated),
	TEST(a_reason_of_long_names_is_cut_and_not_more),
	TEST(rights_and_operations_of_the_database_are_the_same), TEST_END };
const struct suite suite_authz_decide = { "authz/decide", NULL, NULL, tests };
