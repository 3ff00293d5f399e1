/* The use of keys by groups (S2-24, S2-43): given, taken, listed, explained, today and before. */
#include <stdio.h>
#include <string.h>

#include "tests/support/administer.h"
#include "tests/support/postgres.h"
#include "tests/support/suite.h"

static char printers[64], pete[64];

static int
setup(void)
{
	return administer_world();
}

/* Pete is in the group printers, which may sign; made by the first test that asks. */
static void
arrange(void)
{
	if (pete[0] != '\0')
		return;
	snprintf(printers, sizeof(printers), "%s",
	    administer_made(OP_CREATE_GROUP, FIELDS("name", "printers")));
	snprintf(pete, sizeof(pete), "%s",
	    administer_made(OP_CREATE_USER,
		FIELDS("name", "pete", "password", "correct horse battery", "groupId", printers)));
	administer_made(OP_GRANT_RIGHT, FIELDS("groupId", printers, "operation", "SignDocument"));
}

/* Whether pete may sign with the key, at a time or (NULL) now, and the reason. */
static int
may(const char *key, const char *at, char reason[400])
{
	struct error err = ERROR_INIT;
	struct request req;
	int is_allowed;

	ASSERT_OK(administer(&req, OP_EXPLAIN_RIGHT,
		      at != NULL ? FIELDS("user", "pete", "operation", "SignDocument", "key", key,
				       "at", at)
				 : FIELDS("user", "pete", "operation", "SignDocument", "key", key),
		      &err),
	    &err);
	is_allowed = (int)administered(&req, 0, "isAllowed")->number;
	snprintf(reason, 400, "%s", administered_text(&req, 0, "reason"));
	request_release(&req);
	return is_allowed;
}

/* How many of the tenant could sign with the key then, and the first of them. */
static size_t
holders(const char *key, const char *at, char name[64])
{
	struct error err = ERROR_INIT;
	struct request req;
	size_t i, n = 0;

	ASSERT_OK(administer(&req, OP_LIST_RIGHT_HOLDERS,
		      at != NULL ? FIELDS("operation", "SignDocument", "key", key, "at", at)
				 : FIELDS("operation", "SignDocument", "key", key),
		      &err),
	    &err);
	name[0] = '\0';
	for (i = 0; i < req.admin->count; i++)
		if (strcmp(administered_text(&req, i, "name"), "pete") == 0) {
			n++;
			snprintf(name, 64, "%s", administered_text(&req, i, "name"));
		}
	request_release(&req);
	return n;
}

static void
a_group_uses_a_key_from_when_it_is_given_until_it_is_taken(void)
{
	struct error err = ERROR_INIT;
	struct request req;
	char reason[400], line[200];

	arrange();
	CU_ASSERT_EQUAL(may("rsa", NULL, reason), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, "may not use a key"));
	ASSERT_OK(
	    administer(&req, OP_GRANT_KEY_USE, FIELDS("groupId", printers, "key", "rsa"), &err),
	    &err);
	CU_ASSERT_STRING_EQUAL(req.out.result.message, "may use: key rsa");
	request_release(&req);
	ops_last_audit(line, sizeof(line));
	CU_ASSERT_STRING_EQUAL(line, "GrantKeyUse group printers Success");
	CU_ASSERT_EQUAL(may("rsa", NULL, reason), 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, "group \"printers\" may use key \"rsa\""));
	CU_ASSERT_EQUAL(may("seal", NULL, reason), 0);
	administer_refused(OP_GRANT_KEY_USE, FIELDS("groupId", printers, "key", "rsa"),
	    ERROR_CONFLICT, "may use the key already");
	ASSERT_OK(administer(&req, OP_LIST_KEY_USES, FIELDS("groupId", printers), &err), &err);
	CU_ASSERT_EQUAL_FATAL(req.admin->count, 1);
	CU_ASSERT_EQUAL(req.admin->total, 1);
	CU_ASSERT_STRING_EQUAL(administered_text(&req, 0, "group"), "printers");
	CU_ASSERT_STRING_EQUAL(administered_text(&req, 0, "key"), "rsa");
	CU_ASSERT_STRING_EQUAL(administered_text(&req, 0, "state"), "Active");
	request_release(&req);
	administer_made(OP_REVOKE_KEY_USE, FIELDS("groupId", printers, "key", "rsa"));
	CU_ASSERT_EQUAL(may("rsa", NULL, reason), 0);
	administer_refused(OP_REVOKE_KEY_USE, FIELDS("groupId", printers, "key", "rsa"),
	    ERROR_NOT_FOUND, "may not use the key rsa anyway");
	ASSERT_OK(administer(&req, OP_LIST_KEY_USES, FIELDS("groupId", printers), &err), &err);
	CU_ASSERT_EQUAL(req.admin->count, 0);
	request_release(&req);
}

/* A right for some keys is for those of them that the group may use. */
static void
a_right_narrowed_to_a_key_needs_its_use_too(void)
{
	char reason[400], group[64];

	arrange();
	snprintf(
	    group, sizeof(group), "%s", administer_made(OP_CREATE_GROUP, FIELDS("name", "narrow")));
	administer_made(OP_REVOKE_RIGHT, FIELDS("groupId", printers, "operation", "SignDocument"));
	administer_made(OP_ADD_GROUP_MEMBER, FIELDS("groupId", group, "memberId", pete));
	administer_made(
	    OP_GRANT_RIGHT, FIELDS("groupId", group, "operation", "SignDocument", "key", "rsa"));
	CU_ASSERT_EQUAL(may("rsa", NULL, reason), 0);
	administer_made(OP_GRANT_KEY_USE, FIELDS("groupId", group, "key", "rsa"));
	administer_made(OP_GRANT_KEY_USE, FIELDS("groupId", group, "key", "seal"));
	CU_ASSERT_EQUAL(may("rsa", NULL, reason), 1);
	CU_ASSERT_EQUAL(may("seal", NULL, reason), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, "for other objects only"));
	administer_made(OP_REMOVE_GROUP, FIELDS("id", group));
	administer_made(OP_GRANT_RIGHT, FIELDS("groupId", printers, "operation", "SignDocument"));
}

static void
what_is_not_there_is_not_found(void)
{
	struct error err = ERROR_INIT;
	struct request req;
	char seal[64];
	static const char nowhere[] = "00112233-4455-6677-8899-aabbccddeeff";

	arrange();
	administer_refused(OP_GRANT_KEY_USE, FIELDS("groupId", printers, "key", "nosuch"),
	    ERROR_NOT_FOUND, "there is no key nosuch");
	administer_refused(
	    OP_GRANT_KEY_USE, FIELDS("groupId", nowhere, "key", "seal"), ERROR_NOT_FOUND, nowhere);
	administer_refused(OP_LIST_KEY_USES, FIELDS("groupId", nowhere), ERROR_NOT_FOUND, nowhere);
	administer_refused(OP_LIST_RIGHT_HOLDERS,
	    FIELDS("operation", "SignDocument", "key", "nosuch"), ERROR_NOT_FOUND,
	    "there was no key nosuch");
	/* Neither the group nor the key of another tenant, by their ids. */
	snprintf(
	    seal, sizeof(seal), "%s", administer_made(OP_GET_SIGNING_KEY, FIELDS("name", "seal")));
	CU_ASSERT_EQUAL(administer_as("rival/erp", &req, OP_GRANT_KEY_USE,
			    FIELDS("groupId", printers, "key", "seal"), &err),
	    -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
	request_release(&req);
	ASSERT_OK(
	    administer_as("rival/erp", &req, OP_GET_GROUP, FIELDS("name", "all"), &err), &err);
	snprintf(printers, sizeof(printers), "%s", administered_text(&req, 0, "id"));
	request_release(&req);
	CU_ASSERT_EQUAL(administer_as("rival/erp", &req, OP_GRANT_KEY_USE,
			    FIELDS("groupId", printers, "key", seal), &err),
	    -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
	request_release(&req);
	snprintf(printers, sizeof(printers), "%s",
	    administer_made(OP_GET_GROUP, FIELDS("name", "printers")));
}

/* "Who could use this key on 3 March": by the name of then, and by today's. */
static void
who_could_use_a_key_before_is_known(void)
{
	struct error err = ERROR_INIT;
	char sql[700], before[32], reason[400], name[64], id[64], line[64];

	arrange();
	administer_made(OP_GRANT_KEY_USE, FIELDS("groupId", printers, "key", "rsa"));
	/* All this was done a day before the engine's time. */
	snprintf(sql, sizeof(sql),
	    "ALTER TABLE signet.history DISABLE TRIGGER history_only_ends; WITH b AS (SELECT now() "
	    "- to_timestamp(%lld) + interval '1 day' AS ago) UPDATE signet.history SET since = "
	    "since - b.ago, until = until - b.ago FROM b; ALTER TABLE signet.history ENABLE "
	    "TRIGGER history_only_ends",
	    (long long)PKI_NOW);
	ops_change(sql);
	snprintf(before, sizeof(before), "%lld", (long long)PKI_NOW - 3600);
	snprintf(id, sizeof(id), "%s", administer_made(OP_GET_SIGNING_KEY, FIELDS("name", "rsa")));
	administer_made(OP_REVOKE_KEY_USE, FIELDS("groupId", printers, "key", "rsa"));
	administer_made(OP_UPDATE_SIGNING_KEY, FIELDS("id", id, "version", "1", "name", "rsa 2025",
						   "state", "Active", "isDefault", "0"));
	CU_ASSERT_EQUAL(may("rsa 2025", NULL, reason), 0);
	CU_ASSERT_EQUAL(holders("rsa 2025", NULL, name), 0);
	CU_ASSERT_EQUAL(may("rsa", before, reason), 1);
	CU_ASSERT_EQUAL(may("rsa 2025", before, reason), 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, "may use key \"rsa\""));
	CU_ASSERT_EQUAL(holders("rsa", before, name), 1);
	CU_ASSERT_EQUAL(holders("rsa 2025", before, name), 1);
	CU_ASSERT_EQUAL(holders(id, before, name), 1);
	CU_ASSERT_EQUAL(holders("seal", before, name), 0);
	ASSERT_OK(
	    postgres_ask(ops_database(), "postgres",
		"SELECT count(*) FROM signet.history WHERE kind = 'group_key' AND made_by LIKE '% "
		"acme/erp' AND ended_by LIKE '% acme/erp'",
		line, sizeof(line), &err),
	    &err);
	CU_ASSERT_STRING_NOT_EQUAL(line, "0");
}

static const struct test tests[] = {
	TEST(a_group_uses_a_key_from_when_it_is_given_until_it_is_taken),
	TEST(a_right_narrowed_to_a_key_needs_its_use_too),
	TEST(what_is_not_there_is_not_found),
	TEST(who_could_use_a_key_before_is_known),
	TEST_END,
};
const struct suite suite_server_ops_admin_key_uses = { "server/ops/admin/key_uses", setup,
	ops_world_end, tests };
