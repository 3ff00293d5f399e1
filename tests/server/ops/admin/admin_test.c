/*
 * The service Administration whole, on a database of its own: what is told and logged of a change,
 * versions, two at once, lists of a hundred thousand by their keys, why and since when.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/clock.h"
#include "tests/support/administer.h"
#include "tests/support/postgres.h"
#include "tests/support/suite.h"

static int
setup(void)
{
	return administer_world();
}

#define PASSWORD "correct horse battery"

static void
ask(const char *sql, char *out, size_t size)
{
	struct error err = ERROR_INIT;

	ASSERT_OK(postgres_ask(ops_database(), "postgres", sql, out, size, &err), &err);
}

/* ---- made, changed, removed ---- */

static void
a_change_says_what_was_and_what_is(void)
{
	struct error err = ERROR_INIT;
	struct request req;
	const char *id =
	    administer_made(OP_CREATE_USER, FIELDS("name", "alice", "password", PASSWORD));
	char line[400], log[2000];

	ASSERT_OK(
	    administer(&req, OP_UPDATE_USER,
		FIELDS("id", id, "version", "1", "name", "alice", "state", "Suspended"), &err),
	    &err);
	CU_ASSERT_STRING_EQUAL(req.out.result.message, "state: Active -> Suspended");
	CU_ASSERT_EQUAL(administered(&req, 0, "version")->number, 2);
	request_release(&req);
	ops_last_audit(line, sizeof(line));
	CU_ASSERT_STRING_EQUAL(line, "UpdateUser user alice Success");
	ASSERT_OK(administer(&req, OP_SET_PASSWORD,
		      FIELDS("id", id, "password", "another horse, running"), &err),
	    &err);
	request_release(&req);
	/* Neither password nor its digest is in the log or in history, not even in what was said.
	 */
	ask("SELECT coalesce(string_agg(a::text, ' '), '') || coalesce((SELECT string_agg(h::text, "
	    "' ') FROM signet.history h), '') FROM signet.audit a",
	    log, sizeof(log));
	CU_ASSERT_PTR_NULL(strstr(log, "horse"));
	CU_ASSERT_PTR_NULL(strstr(log, "argon2"));
	ASSERT_OK(administer(&req, OP_REMOVE_USER, FIELDS("id", id), &err), &err);
	request_release(&req);
	administer_refused(OP_GET_USER, FIELDS("id", id), ERROR_NOT_FOUND, "there is no user");
	/* Who did it is in history, in the transaction of the change itself. */
	ask("SELECT count(*) FROM signet.history WHERE kind = 'user' AND made_by LIKE '% acme/erp' "
	    "AND ended_by LIKE '% acme/erp' AND image ->> 'name' = 'alice'",
	    line, sizeof(line));
	CU_ASSERT(atoi(line) >= 1);
}

static void
what_cannot_be_is_refused_in_words(void)
{
	const char *id =
	    administer_made(OP_CREATE_USER, FIELDS("name", "carol", "password", PASSWORD));
	const char *group = administer_made(OP_CREATE_GROUP, FIELDS("name", "carols"));
	const char *other = administer_made(OP_CREATE_GROUP, FIELDS("name", "others"));
	static const char nowhere[] = "00112233-4455-6677-8899-aabbccddeeff";

	administer_refused(OP_CREATE_USER, FIELDS("name", "carol", "password", PASSWORD),
	    ERROR_CONFLICT, "exists already");
	administer_refused(
	    OP_CREATE_USER, FIELDS("name", "dora"), ERROR_MALFORMED, "certificate or a password");
	administer_refused(
	    OP_CREATE_USER, FIELDS("name", "dora", "password", "short"), ERROR_MALFORMED, "12 to");
	administer_refused(OP_CREATE_USER, FIELDS("name", "dora", "certificate", "none"),
	    ERROR_MALFORMED, "cannot be read");
	administer_refused(OP_CREATE_USER,
	    FIELDS("name",
		"a\xE2\x80\xAE"
		"b",
		"password", PASSWORD),
	    ERROR_MALFORMED, "turn the order");
	administer_refused(OP_UPDATE_USER,
	    FIELDS("id", id, "version", "7", "name", "carol", "state", "Active"), ERROR_CONFLICT,
	    "its version is 1, not 7");
	administer_refused(OP_REMOVE_USER, FIELDS("id", nowhere), ERROR_NOT_FOUND, nowhere);
	administer_refused(OP_ADD_GROUP_MEMBER, FIELDS("groupId", group, "memberId", nowhere),
	    ERROR_NOT_FOUND, "no user and no group");
	administer_refused(OP_REMOVE_GROUP_MEMBER, FIELDS("groupId", group, "memberId", id),
	    ERROR_NOT_FOUND, "no member");
	administer_made(OP_ADD_GROUP_MEMBER, FIELDS("groupId", group, "memberId", other));
	administer_refused(OP_ADD_GROUP_MEMBER, FIELDS("groupId", other, "memberId", group),
	    ERROR_CONFLICT, "contain itself");
	administer_made(
	    OP_GRANT_RIGHT, FIELDS("groupId", group, "operation", "ListKeys", "key", "seal"));
	administer_refused(OP_GRANT_RIGHT,
	    FIELDS("groupId", group, "operation", "ListKeys", "key", "seal"), ERROR_CONFLICT,
	    "for this object already");
	administer_refused(OP_GRANT_RIGHT, FIELDS("groupId", group, "operation", "FlyAway"),
	    ERROR_NOT_FOUND, "no operation");
	administer_refused(OP_GRANT_RIGHT,
	    FIELDS("groupId", group, "operation", "GetUser", "key", "seal"), ERROR_MALFORMED,
	    "cannot be narrowed");
	administer_made(OP_GRANT_RIGHT, FIELDS("groupId", group, "operation", "ListKeys"));
	administer_refused(OP_GRANT_RIGHT, FIELDS("groupId", group, "operation", "ListKeys"),
	    ERROR_CONFLICT, "already");
	administer_refused(OP_GRANT_RIGHT, FIELDS("groupId", group, "operation", "CreateTenant"),
	    ERROR_CONFLICT, "over tenants");
	administer_refused(
	    OP_LIST_USERS, FIELDS("pageToken", "bm9uc2Vuc2U="), ERROR_MALFORMED, "pageToken");
	administer_refused(OP_LIST_USERS, FIELDS("pageSize", "1001"), ERROR_MALFORMED, "pageSize");
}

/* The one who may grant rights is erp: he cannot take himself away. */
static void
the_last_administrator_cannot_remove_himself(void)
{
	struct error err = ERROR_INIT;
	struct request req;
	const char *id, *group;

	ASSERT_OK(administer(&req, OP_GET_USER, FIELDS("name", "erp"), &err), &err);
	id = administered_text(&req, 0, "id");
	request_release(&req);
	ASSERT_OK(administer(&req, OP_GET_GROUP, FIELDS("name", "all"), &err), &err);
	group = administered_text(&req, 0, "id");
	request_release(&req);
	administer_refused(
	    OP_REMOVE_USER, FIELDS("id", id), ERROR_CONFLICT, "without an administrator");
	administer_refused(
	    OP_REMOVE_GROUP, FIELDS("id", group), ERROR_CONFLICT, "without an administrator");
	administer_refused(OP_REMOVE_GROUP_MEMBER, FIELDS("groupId", group, "memberId", id),
	    ERROR_CONFLICT, "without an administrator");
	administer_refused(OP_REVOKE_RIGHT, FIELDS("groupId", group, "operation", "GrantRight"),
	    ERROR_CONFLICT, "without an administrator");
}

struct writer {
	const char *id, *name;
	int rc;
	struct error err;
};

static void *
write_user(void *arg)
{
	struct writer *w = arg;
	struct request req;

	w->rc = administer(&req, OP_UPDATE_USER,
	    FIELDS("id", w->id, "version", "1", "name", w->name, "state", "Active"), &w->err);
	request_release(&req);
	return NULL;
}

static void
of_two_who_change_the_same_thing_one_is_told(void)
{
	const char *id =
	    administer_made(OP_CREATE_USER, FIELDS("name", "two", "password", PASSWORD));
	struct writer w[2] = { { id, "two-a", 0, ERROR_INIT }, { id, "two-b", 0, ERROR_INIT } };
	pthread_t threads[2];
	int i;

	for (i = 0; i < 2; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, write_user, &w[i]), 0);
	for (i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	CU_ASSERT_EQUAL(w[0].rc + w[1].rc, -1);
	i = w[0].rc == 0;
	CU_ASSERT_EQUAL(w[i].err.kind, ERROR_CONFLICT);
	CU_ASSERT_PTR_NOT_NULL(strstr(w[i].err.text, "changed by somebody else"));
}

/* ---- lists ---- */

#define MANY 100000
#define ADD_MANY                                                                                   \
	"SET session_replication_role = replica; INSERT INTO signet.user (id, tenant_id, name, "   \
	"created, changed, state) SELECT gen_random_uuid(), t.id, 'many ' || to_char(n, "          \
	"'FM000000'), now() - n * interval '1 second', now(), CASE WHEN n % 3 = 0 THEN "           \
	"'suspended' ELSE 'active' END FROM signet.tenant t, generate_series(1, 100000) n WHERE "  \
	"t.name = 'acme'; ANALYZE signet.user"

static void
a_hundred_thousand_users_are_listed_by_their_keys(void)
{
	static const char *const orders[] = { "Name", "Created", "Changed", "State" };
	struct error err = ERROR_INIT;
	struct request req;
	char token[1000], last[200];
	int64_t began, slowest = 0;
	size_t i, seen;
	int page;

	ops_change(ADD_MANY);
	for (i = 0; i < 4; i++) {
		token[0] = last[0] = '\0';
		for (page = 0, seen = 0; page < 5; page++) {
			began = clock_monotonic_us();
			ASSERT_OK(
			    administer(&req, OP_LIST_USERS,
				token[0] != '\0' ? FIELDS("order", orders[i], "pageSize", "1000",
						       "pageToken", token)
						 : FIELDS("order", orders[i], "pageSize", "1000"),
				&err),
			    &err);
			if (clock_monotonic_us() - began > slowest)
				slowest = clock_monotonic_us() - began;
			CU_ASSERT_EQUAL_FATAL(req.admin->count, 1000);
			/* So many are not counted for a page of them. */
			CU_ASSERT_EQUAL(req.admin->total, -1);
			seen += req.admin->count;
			/* By name nothing is met twice and nothing is passed over. */
			if (i == 0)
				CU_ASSERT(strcmp(last, administered_text(&req, 0, "name")) < 0);
			text_copy(last, sizeof(last), administered_text(&req, 999, "name"));
			text_copy(token, sizeof(token), req.admin->next_page);
			request_release(&req);
		}
		CU_ASSERT_EQUAL(seen, 5000);
	}
	/* A part of the name: one of a hundred thousand, and a thousand of them. */
	ASSERT_OK(administer(&req, OP_LIST_USERS, FIELDS("filter", "ANY 054321"), &err), &err);
	CU_ASSERT_EQUAL(req.admin->count, 1);
	CU_ASSERT_EQUAL(req.admin->total, 1);
	CU_ASSERT_STRING_EQUAL(administered_text(&req, 0, "name"), "many 054321");
	request_release(&req);
	ASSERT_OK(
	    administer(&req, OP_LIST_USERS, FIELDS("filter", "054", "order", "State"), &err), &err);
	CU_ASSERT_EQUAL(req.admin->count, 100);
	CU_ASSERT_EQUAL(req.admin->total, -1);
	request_release(&req);
	ASSERT_OK(administer(&req, OP_LIST_USERS,
		      FIELDS("filter", "many 0543", "order", "State", "pageSize", "10"), &err),
	    &err);
	CU_ASSERT_EQUAL(req.admin->count, 10);
	CU_ASSERT_EQUAL(req.admin->total, 100);
	request_release(&req);
	/* What the pattern language means is a letter like any. */
	ASSERT_OK(administer(&req, OP_LIST_USERS, FIELDS("filter", "many%"), &err), &err);
	CU_ASSERT_EQUAL(req.admin->count, 0);
	request_release(&req);
	fprintf(stderr, "[slowest page of %d users: %lld ms] ", MANY, (long long)slowest / 1000);
}

/* The planner finds its way by an index, behind the walls that bind the server's role. */
static void
pages_go_by_index(void)
{
	static const char *const pages[] = {
		"SELECT i.* FROM signet.user i WHERE i.tenant_id = gen.t AND i.name > 'many 05' "
		"ORDER BY i.name LIMIT 100",
		"SELECT i.* FROM signet.user i WHERE i.tenant_id = gen.t AND (i.created, i.id) < "
		"(now(), 'ffffffff-ffff-ffff-ffff-ffffffffffff') ORDER BY i.created DESC, i.id "
		"DESC "
		"LIMIT 100",
		"SELECT i.* FROM signet.user i WHERE i.tenant_id = gen.t AND (i.changed, i.id) < "
		"(now(), 'ffffffff-ffff-ffff-ffff-ffffffffffff') ORDER BY i.changed DESC, i.id "
		"DESC "
		"LIMIT 100",
		"SELECT i.* FROM signet.user i WHERE i.tenant_id = gen.t AND (i.state, i.name) > "
		"('active', 'many 05') ORDER BY i.state, i.name LIMIT 100",
	};
	char tenant[64], sql[1024], plan[8192];
	struct error err = ERROR_INIT;
	size_t i;

	ask("SELECT id FROM signet.tenant WHERE name = 'acme'", tenant, sizeof(tenant));
	for (i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		const char *gen = strstr(pages[i], "gen.t");

		snprintf(sql, sizeof(sql),
		    "SELECT set_config('signet.tenant', '%s', false); EXPLAIN (FORMAT JSON) "
		    "%.*s'%s'%s",
		    tenant, (int)(gen - pages[i]), pages[i], tenant, gen + 5);
		ASSERT_OK(
		    postgres_ask(ops_database(), "signet_server", sql, plan, sizeof(plan), &err),
		    &err);
		if (strstr(plan, "\"Sort\"") != NULL || strstr(plan, "Seq Scan") != NULL ||
		    strstr(plan, "Index Cond") == NULL) {
			fprintf(stderr, "%s\n%s\n", pages[i], plan);
			CU_FAIL("not by index");
		}
	}
}

/* ---- why ---- */

static void
a_right_is_explained_by_its_chain_now_and_then(void)
{
	struct error err = ERROR_INIT;
	struct request req;
	const char *user =
	    administer_made(OP_CREATE_USER, FIELDS("name", "w", "password", PASSWORD));
	char inner[64], outer[64], user_id[64];

	text_copy(user_id, sizeof(user_id), user);
	text_copy(inner, sizeof(inner), administer_made(OP_CREATE_GROUP, FIELDS("name", "inner")));
	text_copy(outer, sizeof(outer), administer_made(OP_CREATE_GROUP, FIELDS("name", "outer")));
	administer_made(OP_ADD_GROUP_MEMBER, FIELDS("groupId", inner, "memberId", user_id));
	administer_made(OP_ADD_GROUP_MEMBER, FIELDS("groupId", outer, "memberId", inner));
	administer_made(OP_GRANT_RIGHT, FIELDS("groupId", outer, "operation", "FindCases"));
	ASSERT_OK(
	    administer(&req, OP_EXPLAIN_RIGHT, FIELDS("user", "w", "operation", "FindCases"), &err),
	    &err);
	CU_ASSERT_EQUAL(administered(&req, 0, "isAllowed")->number, 1);
	CU_ASSERT_EQUAL_FATAL(administered(&req, 0, "step")->count, 3);
	CU_ASSERT_STRING_EQUAL(
	    value_text(&administered(&req, 0, "step")->items[0]), "\"w\" is in \"inner\"");
	CU_ASSERT_STRING_EQUAL(
	    value_text(&administered(&req, 0, "step")->items[1]), "\"inner\" is in \"outer\"");
	CU_ASSERT_STRING_EQUAL(
	    value_text(&administered(&req, 0, "step")->items[2]), "\"outer\" has FindCases");
	request_release(&req);
	ASSERT_OK(
	    administer(&req, OP_EXPLAIN_RIGHT, FIELDS("user", "w", "operation", "GetCase"), &err),
	    &err);
	CU_ASSERT_EQUAL(administered(&req, 0, "isAllowed")->number, 0);
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(administered_text(&req, 0, "reason"), "lacks the right GetCase"));
	request_release(&req);
	ASSERT_OK(
	    administer(&req, OP_LIST_RIGHT_HOLDERS, FIELDS("operation", "FindCases"), &err), &err);
	CU_ASSERT(req.admin->count >= 2); /* erp, and w */
	request_release(&req);
	administer_refused(OP_EXPLAIN_RIGHT,
	    FIELDS("user", "w", "operation", "FindCases", "at", "1000"), ERROR_NOT_FOUND,
	    "history begins");
	administer_refused(OP_EXPLAIN_RIGHT,
	    FIELDS("user", "nobody here", "operation", "FindCases"), ERROR_NOT_FOUND,
	    "no such user");
}

static void
the_matrix_and_the_status_are_told(void)
{
	struct error err = ERROR_INIT;
	struct request req;

	ASSERT_OK(administer(&req, OP_LIST_RIGHTS, FIELDS("filter", "carols"), &err), &err);
	CU_ASSERT_EQUAL(req.admin->total, 1);
	CU_ASSERT_STRING_EQUAL(administered_text(&req, 0, "operation"), "ListKeys");
	CU_ASSERT_EQUAL(administered(&req, 0, "isNarrowed")->number, 0);
	request_release(&req);
	ASSERT_OK(administer(&req, OP_GET_STATUS, NULL, &err), &err);
	CU_ASSERT(req.admin->count > 3);
	CU_ASSERT_STRING_EQUAL(administered_text(&req, 0, "part"), "Node");
	CU_ASSERT_STRING_EQUAL(administered_text(&req, 1, "state"), "Works");
	request_release(&req);
}

static const struct test tests[] = {
	TEST(a_change_says_what_was_and_what_is),
	TEST(what_cannot_be_is_refused_in_words),
	TEST(the_last_administrator_cannot_remove_himself),
	TEST(of_two_who_change_the_same_thing_one_is_told),
	TEST(a_right_is_explained_by_its_chain_now_and_then),
	TEST(the_matrix_and_the_status_are_told),
	TEST(a_hundred_thousand_users_are_listed_by_their_keys),
	TEST(pages_go_by_index),
	TEST_END,
};
const struct suite suite_server_ops_admin_admin = { "server/ops/admin/admin", setup, ops_world_end,
	tests };
