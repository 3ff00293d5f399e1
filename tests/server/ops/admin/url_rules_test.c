/* Rules for URLs by the service Administration (S2-26): made, changed, heard of at once, and who
 * could open a page before. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authz/cache.h"
#include "server/ops/private.h"
#include "tests/support/administer.h"
#include "tests/support/postgres.h"
#include "tests/support/suite.h"

#define PASSWORD "correct horse battery"
#define PAGE	 "https://www.example.org/orders/7"

/* alice is in clerks, clerks in staff; bob is in nothing. */
static char alice[64], clerks[64], staff[64];

static int
setup(void)
{
	return administer_world();
}

/* Once. */
static void
make_people(void)
{
	if (alice[0] != '\0')
		return;
	snprintf(clerks, sizeof(clerks), "%s",
	    administer_made(OP_CREATE_GROUP, FIELDS("name", "clerks")));
	snprintf(
	    staff, sizeof(staff), "%s", administer_made(OP_CREATE_GROUP, FIELDS("name", "staff")));
	snprintf(alice, sizeof(alice), "%s",
	    administer_made(
		OP_CREATE_USER, FIELDS("name", "alice", "password", PASSWORD, "groupId", clerks)));
	administer_made(OP_CREATE_USER, FIELDS("name", "bob", "password", PASSWORD));
	administer_made(OP_ADD_GROUP_MEMBER, FIELDS("groupId", staff, "memberId", clerks));
}

/* What is answered about the page: 1, 0; -1 refused. The reason is in `reason`. */
static int
may(const char *user, const char *method, const char *at, char reason[400])
{
	struct error err = ERROR_INIT;
	struct request req;
	int rc;

	if (user == NULL)
		rc = administer(
		    &req, OP_EXPLAIN_ACCESS, FIELDS("method", method, "url", PAGE), &err);
	else
		rc = administer(&req, OP_EXPLAIN_ACCESS,
		    at != NULL ? FIELDS("user", user, "method", method, "url", PAGE, "at", at)
			       : FIELDS("user", user, "method", method, "url", PAGE),
		    &err);
	snprintf(reason, 400, "%s", rc == 0 ? administered_text(&req, 0, "reason") : err.text);
	if (rc == 0)
		rc = (int)administered(&req, 0, "isAllowed")->number;
	request_release(&req);
	return rc;
}

/* CheckAccess itself, as a proxy asks it: is everybody let in? Its caches must have heard. */
static int
is_open(const char *method)
{
	const struct url_rules *rules = NULL;
	struct error err = ERROR_INIT;
	struct url_decision d;
	struct url *url = calloc(1, sizeof(*url));
	struct request req;

	ops_request(&req, OP_WHO_AM_I, "acme/erp");
	ASSERT_OK(
	    authz_url_rules(ops_engine()->parts.cache, &req.caller->tenant, &rules, &err), &err);
	ASSERT_OK(url_read(url, method, NULL, PAGE, &err), &err);
	url_decide(rules, NULL, url, 0, &d);
	url_rules_release(rules);
	request_release(&req);
	free(url);
	return d.is_allowed;
}

/* Wait until the cache has heard of what was done before. */
static void
hear(void)
{
	ops_change("SELECT 1");
}

static void
a_rule_is_made_changed_and_removed_with_its_history(void)
{
	struct error err = ERROR_INIT;
	struct request req;
	const char *id;
	char line[400], reason[400];

	make_people();
	CU_ASSERT_EQUAL(may("alice", "GET", NULL, reason), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, "no rule is for this page"));
	id = administer_made(OP_CREATE_URL_RULE,
	    FIELDS("name", "orders", "host", "www.example.org", "path", "/orders/**", "method",
		"GET,HEAD", "opensTo", "Groups", "groupId", staff));
	ops_last_audit(line, sizeof(line));
	CU_ASSERT_STRING_EQUAL(line, "CreateUrlRule rule orders Success");
	CU_ASSERT_EQUAL(may("alice", "GET", NULL, reason), 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, "group \"staff\""));
	CU_ASSERT_EQUAL(may("alice", "POST", NULL, reason), 0);
	CU_ASSERT_EQUAL(may("bob", "GET", NULL, reason), 0);
	CU_ASSERT_EQUAL(may(NULL, "GET", NULL, reason), 0);
	/* A change says what was and what is; an old version is refused. */
	ASSERT_OK(administer(&req, OP_UPDATE_URL_RULE,
		      FIELDS("id", id, "version", "1", "name", "orders", "host", "www.example.org",
			  "path", "/orders/**", "opensTo", "Groups", "groupId", clerks),
		      &err),
	    &err);
	CU_ASSERT_STRING_EQUAL(
	    req.out.result.message, "method: GET, HEAD -> none; group: staff -> clerks");
	request_release(&req);
	CU_ASSERT_EQUAL(may("alice", "POST", NULL, reason), 1);
	administer_refused(OP_UPDATE_URL_RULE,
	    FIELDS("id", id, "version", "1", "name", "orders", "host", "www.example.org", "path",
		"/orders/**", "opensTo", "All"),
	    ERROR_CONFLICT, "its version is 2, not 1");
	administer_refused(
	    OP_REMOVE_URL_RULE, FIELDS("id", id, "version", "1"), ERROR_CONFLICT, "not 1");
	administer_made(OP_REMOVE_URL_RULE, FIELDS("id", id, "version", "2"));
	CU_ASSERT_EQUAL(may("alice", "GET", NULL, reason), 0);
	administer_refused(OP_GET_URL_RULE, FIELDS("id", id), ERROR_NOT_FOUND, "no rule");
	ASSERT_OK(postgres_ask(ops_database(), "postgres",
		      "SELECT string_agg((image ->> 'methods') || (until IS NOT NULL)::text, ' ' "
		      "ORDER BY id) || ' ' || bool_and(made_by LIKE '% acme/erp') FROM "
		      "signet.history WHERE kind = 'url_rule'",
		      line, sizeof(line), &err),
	    &err);
	CU_ASSERT_STRING_EQUAL(line, "[\"GET\", \"HEAD\"]true []true true");
}

/* A day is long ago when history is moved back: what was then is told by the rules of then. */
static void
who_could_open_a_page_before_is_known(void)
{
	struct error err = ERROR_INIT;
	struct request req;
	char before[32], reason[400], sql[800];
	const char *id = administer_made(
	    OP_CREATE_URL_RULE, FIELDS("name", "old", "host", "*.example.org", "path", "/orders/*",
				    "opensTo", "Groups", "groupId", staff));

	/* All this was done a day before the engine's time, and now the rule is narrowed to nobody.
	 */
	snprintf(sql, sizeof(sql),
	    "ALTER TABLE signet.history DISABLE TRIGGER history_only_ends; WITH b AS (SELECT now() "
	    "- to_timestamp(%lld) + interval '1 day' AS ago) UPDATE signet.history SET since = "
	    "since - b.ago, until = until - b.ago FROM b; ALTER TABLE signet.history ENABLE "
	    "TRIGGER "
	    "history_only_ends; UPDATE signet.migration SET at = to_timestamp(%lld) - interval '2 "
	    "days'",
	    (long long)PKI_NOW, (long long)PKI_NOW);
	ops_change(sql);
	administer_made(
	    OP_UPDATE_URL_RULE, FIELDS("id", id, "version", "1", "name", "old", "host",
				    "*.example.org", "path", "/orders/*", "opensTo", "Groups"));
	CU_ASSERT_EQUAL(may("alice", "GET", NULL, reason), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, "no group"));
	snprintf(before, sizeof(before), "%lld", (long long)PKI_NOW - 3600);
	CU_ASSERT_EQUAL(may("alice", "GET", before, reason), 1);
	CU_ASSERT_EQUAL(may("bob", "GET", before, reason), 0);
	ASSERT_OK(administer(&req, OP_LIST_ACCESS_HOLDERS,
		      FIELDS("method", "GET", "url", PAGE, "at", before), &err),
	    &err);
	CU_ASSERT_EQUAL_FATAL(req.admin->count, 1);
	CU_ASSERT_STRING_EQUAL(administered_text(&req, 0, "name"), "alice");
	request_release(&req);
	ASSERT_OK(
	    administer(&req, OP_LIST_ACCESS_HOLDERS, FIELDS("method", "GET", "url", PAGE), &err),
	    &err);
	CU_ASSERT_EQUAL(req.admin->count, 0);
	request_release(&req);
	administer_refused(OP_EXPLAIN_ACCESS,
	    FIELDS("user", "alice", "method", "GET", "url", PAGE, "at", "1000"), ERROR_NOT_FOUND,
	    "history begins");
	administer_refused(OP_EXPLAIN_ACCESS,
	    FIELDS("user", "alice", "method", "GET", "url", PAGE, "at", "99999999999"),
	    ERROR_MALFORMED, "still to come");
	administer_made(OP_REMOVE_URL_RULE, FIELDS("id", id));
}

static void
the_steps_lead_from_the_user_to_the_rule(void)
{
	struct error err = ERROR_INIT;
	struct request req;
	const char *id =
	    administer_made(OP_CREATE_URL_RULE, FIELDS("name", "staff pages", "host", "*", "path",
						    "/**", "opensTo", "Groups", "groupId", staff));

	ASSERT_OK(administer(&req, OP_EXPLAIN_ACCESS,
		      FIELDS("user", "alice", "method", "GET", "url", PAGE), &err),
	    &err);
	CU_ASSERT_EQUAL(administered(&req, 0, "isKnown")->number, 1);
	CU_ASSERT_STRING_EQUAL(administered_text(&req, 0, "rule"), "staff pages");
	CU_ASSERT_EQUAL_FATAL(administered(&req, 0, "step")->count, 3);
	CU_ASSERT_STRING_EQUAL(
	    value_text(&administered(&req, 0, "step")->items[0]), "\"alice\" is in \"clerks\"");
	CU_ASSERT_STRING_EQUAL(value_text(&administered(&req, 0, "step")->items[2]),
	    "\"staff\" is a group of rule \"staff pages\"");
	request_release(&req);
	ASSERT_OK(
	    administer(&req, OP_EXPLAIN_ACCESS, FIELDS("method", "GET", "url", PAGE), &err), &err);
	CU_ASSERT_EQUAL(administered(&req, 0, "isKnown")->number, 0);
	CU_ASSERT_EQUAL(administered(&req, 0, "step")->count, 0);
	request_release(&req);
	administer_made(OP_REMOVE_URL_RULE, FIELDS("id", id));
}

static void
the_caches_hear_of_a_change(void)
{
	const char *id;

	hear();
	CU_ASSERT_EQUAL(is_open("GET"), 0);
	id = administer_made(OP_CREATE_URL_RULE, FIELDS("name", "open", "host", "www.example.org",
						     "path", "/orders/*", "opensTo", "All"));
	hear();
	CU_ASSERT_EQUAL(is_open("GET"), 1);
	administer_made(OP_REMOVE_URL_RULE, FIELDS("id", id));
	hear();
	CU_ASSERT_EQUAL(is_open("GET"), 0);
}

static void
what_is_no_rule_is_refused_in_words(void)
{
	static const char nowhere[] = "00112233-4455-6677-8899-aabbccddeeff";
	char *text = malloc(10001);
	const char *id = administer_made(OP_CREATE_URL_RULE,
	    FIELDS("name", "one", "host", "www.example.org", "path", "/a/*", "opensTo", "Users"));

#define REFUSED(name, host, path, method, to, group, kind, words)                                  \
	administer_refused(OP_CREATE_URL_RULE,                                                     \
	    FIELDS("name", name, "host", host, "path", path, "method", method, "opensTo", to,      \
		"groupId", group),                                                                 \
	    kind, words)
	REFUSED("one", "b.example", "/", "", "All", "", ERROR_CONFLICT, "of this name exists");
	REFUSED("two", "www.example.org", "/a/*", "", "All", "", ERROR_CONFLICT, "same host, path");
	REFUSED("two", "www.example.org:8443", "/", "", "All", "", ERROR_MALFORMED, "host");
	REFUSED("two", "www.example.org", "orders", "", "All", "", ERROR_MALFORMED, "begin with /");
	REFUSED("two", "www.example.org", "/a/../b", "", "All", "", ERROR_MALFORMED, "path");
	REFUSED("two", "www.example.org", "/b", "FLY", "All", "", ERROR_MALFORMED, "no method");
	REFUSED("two", "www.example.org", "/b", "GET,GET", "All", "", ERROR_MALFORMED, "twice");
	REFUSED("two", "www.example.org", "/b", "", "All", clerks, ERROR_MALFORMED, "no groups");
	REFUSED("two", "www.example.org", "/b", "", "Groups", nowhere, ERROR_NOT_FOUND,
	    "no such group");
	REFUSED("a\033[2Jb", "www.example.org", "/b", "", "All", "", ERROR_MALFORMED, "control");
	REFUSED("a\xE2\x80\xAE"
		"b",
	    "www.example.org", "/b", "", "All", "", ERROR_MALFORMED, "turn the order");
	REFUSED("two", "www.example.org", "/a\xE2\x80\xAE", "", "All", "", ERROR_MALFORMED,
	    "order of letters");
	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	memset(text, 'x', 10000);
	text[10000] = '\0';
	REFUSED(text, "www.example.org", "/b", "", "All", "", ERROR_MALFORMED, "128");
	text[0] = '/';
	REFUSED("two", "www.example.org", text, "", "All", "", ERROR_MALFORMED, "path");
	free(text);
	administer_refused(OP_EXPLAIN_ACCESS,
	    FIELDS("user", "alice", "method", "GET", "url", "/x/../y"), ERROR_MALFORMED, "");
	administer_refused(OP_EXPLAIN_ACCESS,
	    FIELDS("user", "nobody here", "method", "GET", "url", PAGE), ERROR_NOT_FOUND,
	    "no such user");
	administer_made(OP_REMOVE_URL_RULE, FIELDS("id", id));
}

/* Ten thousand rules, by every order, with and without a part of the name. */
static void
many_rules_are_listed_by_their_keys(void)
{
	static const char *const orders[] = { "Name", "Created", "Changed", "Host" };
	struct error err = ERROR_INIT;
	struct request req;
	char token[1000];
	size_t i, seen;

	ops_change(
	    "SET session_replication_role = replica; INSERT INTO signet.url_rule (id, "
	    "tenant_id, name, host, path) SELECT gen_random_uuid(), t.id, 'rule ' || "
	    "to_char(n, 'FM00000'), 'h' || n % 7 || '.example', '/' || n FROM signet.tenant t, "
	    "generate_series(1, 10000) n WHERE t.name = 'acme'; ANALYZE signet.url_rule");
	for (i = 0; i < 4; i++) {
		token[0] = '\0';
		for (seen = 0; seen == 0 || token[0] != '\0'; seen += req.admin->count) {
			if (seen > 0)
				request_release(&req);
			ASSERT_OK(
			    administer(&req, OP_LIST_URL_RULES,
				token[0] != '\0' ? FIELDS("order", orders[i], "pageSize", "1000",
						       "pageToken", token)
						 : FIELDS("order", orders[i], "pageSize", "1000"),
				&err),
			    &err);
			CU_ASSERT_FATAL(req.admin->count > 0);
			CU_ASSERT_EQUAL(req.admin->total, 10000);
			text_copy(token, sizeof(token),
			    req.admin->next_page != NULL ? req.admin->next_page : "");
		}
		request_release(&req);
		CU_ASSERT_EQUAL(seen, 10000);
	}
	ASSERT_OK(administer(&req, OP_LIST_URL_RULES,
		      FIELDS("filter", "H3.EXAMPLE", "pageSize", "200"), &err),
	    &err);
	CU_ASSERT(req.admin->total > 1400 && req.admin->total < 1450);
	request_release(&req);
	/* What fills more than ten pages is not counted. */
	ASSERT_OK(administer(&req, OP_LIST_URL_RULES, FIELDS("filter", "H3.EXAMPLE"), &err), &err);
	CU_ASSERT_EQUAL(req.admin->count, 100);
	CU_ASSERT_EQUAL(req.admin->total, -1);
	request_release(&req);
	ops_change("DELETE FROM signet.url_rule WHERE name LIKE 'rule %'");
}

/* Another tenant's ids are nobody's, and its rules are not seen. */
static void
another_tenant_meets_no_rule(void)
{
	struct error err = ERROR_INIT;
	struct request req;
	const char *id = administer_made(
	    OP_CREATE_URL_RULE, FIELDS("name", "mine", "host", "www.example.org", "path", "/a",
				    "opensTo", "Groups", "groupId", clerks));

	CU_ASSERT_EQUAL(
	    administer_as("rival/erp", &req, OP_GET_URL_RULE, FIELDS("id", id), &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
	request_release(&req);
	CU_ASSERT_EQUAL(
	    administer_as("rival/erp", &req, OP_REMOVE_URL_RULE, FIELDS("id", id), &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
	request_release(&req);
	/* A group of another tenant opens nothing of one's own. */
	CU_ASSERT_EQUAL(administer_as("rival/erp", &req, OP_CREATE_URL_RULE,
			    FIELDS("name", "theirs", "host", "x.example", "path", "/", "opensTo",
				"Groups", "groupId", clerks),
			    &err),
	    -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
	request_release(&req);
	ASSERT_OK(administer_as("rival/erp", &req, OP_LIST_URL_RULES, NULL, &err), &err);
	CU_ASSERT_EQUAL(req.admin->count, 0);
	request_release(&req);
	administer_made(OP_REMOVE_URL_RULE, FIELDS("id", id));
}

static const struct test tests[] = {
	TEST(a_rule_is_made_changed_and_removed_with_its_history),
	TEST(who_could_open_a_page_before_is_known),
	TEST(the_steps_lead_from_the_user_to_the_rule),
	TEST(the_caches_hear_of_a_change),
	TEST(what_is_no_rule_is_refused_in_words),
	TEST(many_rules_are_listed_by_their_keys),
	TEST(another_tenant_meets_no_rule),
	TEST_END,
};
const struct suite suite_server_ops_admin_url_rules = { "server/ops/admin/url_rules", setup,
	ops_world_end, tests };
