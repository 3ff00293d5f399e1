/*
 * Four eyes: a change waits and changes nothing until a second administrator accepts it, who is
 * another person; and what is done is what was proposed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/ops/admin/call.h"
#include "tests/support/administer.h"
#include "tests/support/postgres.h"
#include "tests/support/suite.h"

#define PASSWORD "correct horse battery"

static char acme_all[64]; /* the group of who may do all */

static void
ask(const char *sql, char *out, size_t size)
{
	struct error err = ERROR_INIT;

	ASSERT_OK(postgres_ask(ops_database(), "postgres", sql, out, size, &err), &err);
}

static int
count_of(const char *sql)
{
	char out[64];

	ask(sql, out, sizeof(out));
	return atoi(out);
}

/* As a user of acme; what it answered is in `req`. */
static void
served(const char *user, struct request *req, enum operation_id id, const char *const *fields)
{
	struct error err = ERROR_INIT;

	ASSERT_OK(administer_as(user, req, id, fields, &err), &err);
}

static void
refused(const char *user, enum operation_id id, const char *const *fields, enum error_kind kind,
    const char *words)
{
	struct error err = ERROR_INIT;
	struct request req;

	CU_ASSERT_EQUAL(administer_as(user, &req, id, fields, &err), -1);
	CU_ASSERT_EQUAL(err.kind, kind);
	if (strstr(err.text, words) == NULL) {
		fprintf(stderr, "\"%s\" [%s] without \"%s\"\n", err.text, err.cause, words);
		CU_FAIL("refused for another reason");
	}
	request_release(&req);
}

/* A proposal's id and digest. */
struct made {
	char id[40], digest[80];
};

static struct made
proposed(const char *user, enum operation_id id, const char *const *fields)
{
	struct request req;
	struct made m = { "", "" };

	served(user, &req, id, fields);
	CU_ASSERT_EQUAL(req.out.result.major, RESULT_WARNING);
	CU_ASSERT_PTR_EQUAL(req.out.result.minor, result_minor_proposed);
	CU_ASSERT_PTR_NOT_NULL_FATAL(req.admin->proposal);
	text_copy(m.id, sizeof(m.id), req.admin->proposal);
	request_release(&req);
	served(user, &req, OP_GET_PROPOSAL, FIELDS("id", m.id));
	text_copy(m.digest, sizeof(m.digest), administered_text(&req, 0, "digest"));
	request_release(&req);
	return m;
}

static const char *
state_of(const struct made *m)
{
	struct request req;
	const char *state;

	served("acme/erp", &req, OP_GET_PROPOSAL, FIELDS("id", m->id));
	state = administered_text(&req, 0, "state");
	request_release(&req);
	return state;
}

static void
accept_it(const char *user, const struct made *m)
{
	struct request req;

	served(user, &req, OP_ACCEPT_PROPOSAL, FIELDS("id", m->id, "digest", m->digest));
	CU_ASSERT_STRING_EQUAL(administered_text(&req, 0, "state"), "Accepted");
	request_release(&req);
}

static void
not_accepted(const char *user, const struct made *m, enum error_kind kind, const char *words)
{
	refused(user, OP_ACCEPT_PROPOSAL, FIELDS("id", m->id, "digest", m->digest), kind, words);
}

/* A user whom erp proposes and second accepts. */
static const char *
made_user(const char *name)
{
	const struct made m =
	    proposed("acme/erp", OP_CREATE_USER, FIELDS("name", name, "password", PASSWORD));
	struct request req;
	const char *id;

	accept_it("acme/second", &m);
	served("acme/erp", &req, OP_GET_USER, FIELDS("name", name));
	id = administered_text(&req, 0, "id");
	request_release(&req);
	return id;
}

static int
setup(void)
{
	return administer_world();
}

/* ---- tests ---- */

static void
one_administrator_alone_cannot_switch_it_on(void)
{
	struct request req;

	served("acme/erp", &req, OP_GET_GROUP, FIELDS("name", "all"));
	text_copy(acme_all, sizeof(acme_all), administered_text(&req, 0, "id"));
	request_release(&req);
	administer_refused(OP_UPDATE_SETTING, FIELDS("name", "four-eyes", "value", "maybe"),
	    ERROR_MALFORMED, "on or off");
	administer_refused(OP_UPDATE_SETTING, FIELDS("name", "four-eyes-days", "value", "91"),
	    ERROR_MALFORMED, "1 to 90");
	administer_refused(OP_UPDATE_SETTING, FIELDS("name", "four-eyes", "value", "on"),
	    ERROR_CONFLICT, "two administrators");
	CU_ASSERT_EQUAL(count_of("SELECT count(*) FROM signet.tenant WHERE four_eyes"), 0);
	/* A second one whose access ends is none. */
	administer_made(OP_CREATE_USER, FIELDS("name", "second", "password", PASSWORD, "groupId",
					    acme_all, "validUntil", "4000000000"));
	administer_refused(OP_UPDATE_SETTING, FIELDS("name", "four-eyes", "value", "on"),
	    ERROR_CONFLICT, "two administrators");
	ops_change("UPDATE signet.user SET valid_until = NULL WHERE name = 'second'");
	administer_made(
	    OP_CREATE_USER, FIELDS("name", "third", "password", PASSWORD, "groupId", acme_all));
	administer_made(OP_UPDATE_SETTING, FIELDS("name", "four-eyes", "value", "on"));
	CU_ASSERT_EQUAL(count_of("SELECT count(*) FROM signet.tenant WHERE four_eyes"), 1);
}

static void
a_change_waits_and_changes_nothing(void)
{
	const char *id = made_user("alice");
	struct request req;
	struct made m;
	char line[2000];

	served("acme/erp", &req, OP_UPDATE_USER,
	    FIELDS("id", id, "version", "1", "name", "alice", "state", "Suspended"));
	/* The answer is as it would be; nothing is so. */
	CU_ASSERT_EQUAL(req.out.result.major, RESULT_WARNING);
	CU_ASSERT_PTR_NOT_NULL(strstr(req.out.result.message, "state: Active -> Suspended"));
	CU_ASSERT_STRING_EQUAL(administered_text(&req, 0, "state"), "Suspended");
	text_copy(m.id, sizeof(m.id), req.admin->proposal);
	request_release(&req);
	ops_last_audit(line, sizeof(line));
	CU_ASSERT_STRING_EQUAL(line, "UpdateUser user alice Warning");
	served("acme/erp", &req, OP_GET_USER, FIELDS("id", id));
	CU_ASSERT_STRING_EQUAL(administered_text(&req, 0, "state"), "Active");
	CU_ASSERT_EQUAL(administered(&req, 0, "version")->number, 1);
	request_release(&req);
	served("acme/second", &req, OP_LIST_PROPOSALS, FIELDS("filter", "ALICE"));
	CU_ASSERT_EQUAL_FATAL(req.admin->count, 1);
	CU_ASSERT_STRING_EQUAL(administered_text(&req, 0, "id"), m.id);
	CU_ASSERT_STRING_EQUAL(administered_text(&req, 0, "operation"), "UpdateUser");
	CU_ASSERT_STRING_EQUAL(administered_text(&req, 0, "object"), "user alice");
	CU_ASSERT_STRING_EQUAL(administered_text(&req, 0, "change"), "state: Active -> Suspended");
	CU_ASSERT_STRING_EQUAL(administered_text(&req, 0, "proposer"), "acme/erp");
	CU_ASSERT_STRING_EQUAL(administered_text(&req, 0, "state"), "Waiting");
	text_copy(m.digest, sizeof(m.digest), administered_text(&req, 0, "digest"));
	CU_ASSERT_EQUAL(administered(&req, 0, "field")->count, 4);
	request_release(&req);
	accept_it("acme/second", &m);
	served("acme/erp", &req, OP_GET_USER, FIELDS("id", id));
	CU_ASSERT_STRING_EQUAL(administered_text(&req, 0, "state"), "Suspended");
	request_release(&req);
	/* Both are in the log and in history. */
	ask("SELECT caller || ': ' || reason FROM signet.audit WHERE operation = 'AcceptProposal' "
	    "AND result = 'Success' ORDER BY seq DESC LIMIT 1",
	    line, sizeof(line));
	CU_ASSERT_PTR_NOT_NULL(strstr(line, "acme/second: UpdateUser user alice, proposed by "
					    "acme/erp, digest "));
	CU_ASSERT_PTR_NOT_NULL(strstr(line, m.digest));
	CU_ASSERT_EQUAL(count_of("SELECT count(*) FROM signet.history WHERE kind = 'user' AND "
				 "image ->> 'state' = 'suspended' AND made_by LIKE "
				 "'% acme/second, as proposed by acme/erp'"),
	    1);
}

static void
rights_are_explained_as_they_are_until_it_is_accepted(void)
{
	struct made m;
	struct request req;
	const char *const question[] = { "user", "clerk", "operation", "SignDocument", NULL };
	const char *group;

	served("acme/erp", &req, OP_EXPLAIN_RIGHT, question);
	CU_ASSERT_EQUAL(administered(&req, 0, "isAllowed")->number, 0);
	request_release(&req);
	served("acme/erp", &req, OP_GET_USER, FIELDS("name", "clerk"));
	CU_ASSERT_FATAL(administered(&req, 0, "group")->count >= 1);
	group =
	    record_text(&req.admin->arena, administered(&req, 0, "group")->items[0].bytes, NULL);
	m = proposed(
	    "acme/erp", OP_GRANT_RIGHT, FIELDS("groupId", group, "operation", "SignDocument"));
	request_release(&req);
	served("acme/erp", &req, OP_EXPLAIN_RIGHT, question);
	CU_ASSERT_EQUAL(administered(&req, 0, "isAllowed")->number, 0);
	request_release(&req);
	accept_it("acme/second", &m);
	served("acme/erp", &req, OP_EXPLAIN_RIGHT, question);
	CU_ASSERT_EQUAL(administered(&req, 0, "isAllowed")->number, 1);
	request_release(&req);
}

static void
nobody_accepts_what_he_proposed(void)
{
	const struct made m =
	    proposed("acme/erp", OP_CREATE_GROUP, FIELDS("name", "of erp himself"));
	X509 *cert = ops_certificate("acme");
	unsigned char *der = NULL;
	const int len = i2d_X509(cert, &der);
	char *hex = malloc((size_t)len * 2 + 1), *sql = NULL;

	not_accepted("acme/erp", &m, ERROR_NOT_AUTHORIZED, "you proposed this yourself");
	/* Nor another user of his who has a newer certificate with the same key. */
	text_hex(hex, der, (size_t)len);
	CU_ASSERT_FATAL(
	    asprintf(&sql,
		"INSERT INTO signet.user_certificate (fingerprint, tenant_id, user_id, "
		"certificate, not_after) SELECT sha256(d), u.tenant_id, u.id, d, now() + "
		"interval '1 day' FROM signet.user u, decode('%s', 'hex') d WHERE u.name "
		"= 'third'",
		hex) > 0);
	ops_change(sql);
	not_accepted("acme/third", &m, ERROR_NOT_AUTHORIZED, "the same key");
	ops_change("DELETE FROM signet.user_certificate WHERE user_id = (SELECT id FROM "
		   "signet.user WHERE name = 'third')");
	CU_ASSERT_STRING_EQUAL(state_of(&m), "Waiting");
	accept_it("acme/third", &m);
	free(hex);
	free(sql);
	OPENSSL_free(der);
	X509_free(cert);
}

static void
what_was_changed_in_between_is_not_done(void)
{
	const char *id = made_user("bob");
	const struct made first = proposed("acme/erp", OP_UPDATE_USER,
			      FIELDS("id", id, "version", "1", "name", "bobby", "state", "Active")),
			  second = proposed("acme/erp", OP_REMOVE_USER, FIELDS("id", id));

	accept_it("acme/second", &first);
	/* The removal was proposed without a version: for the user as he was. */
	not_accepted("acme/second", &second, ERROR_CONFLICT, "its version is 2, not 1");
	CU_ASSERT_STRING_EQUAL(state_of(&second), "Failed");
	not_accepted("acme/third", &second, ERROR_CONFLICT, "has decided already: Failed");
	CU_ASSERT_EQUAL(count_of("SELECT count(*) FROM signet.user WHERE name = 'bobby'"), 1);
}

static void
it_is_decided_once_and_in_time(void)
{
	struct made m = proposed("acme/erp", OP_CREATE_GROUP, FIELDS("name", "once"));

	accept_it("acme/second", &m);
	not_accepted("acme/third", &m, ERROR_CONFLICT, "acme/second has decided already: Accepted");
	CU_ASSERT_EQUAL(count_of("SELECT count(*) FROM signet.group WHERE name = 'once'"), 1);
	m = proposed("acme/erp", OP_CREATE_GROUP, FIELDS("name", "never"));
	refused("acme/second", OP_REFUSE_PROPOSAL, FIELDS("id", m.id, "reason", ""),
	    ERROR_MALFORMED, "500 characters");
	administer_made(OP_REFUSE_PROPOSAL, FIELDS("id", m.id, "reason", "I changed my mind"));
	CU_ASSERT_STRING_EQUAL(state_of(&m), "Refused");
	not_accepted("acme/second", &m, ERROR_CONFLICT, "has decided already: Refused");
	m = proposed("acme/erp", OP_CREATE_GROUP, FIELDS("name", "late"));
	ops_change("UPDATE signet.proposal SET expires = now() - interval '1 second' WHERE state "
		   "= 'waiting'");
	CU_ASSERT_STRING_EQUAL(state_of(&m), "Expired");
	not_accepted("acme/second", &m, ERROR_CONFLICT, "in time");
	refused("acme/second", OP_REFUSE_PROPOSAL, FIELDS("id", m.id, "reason", "late"),
	    ERROR_CONFLICT, "in time");
	CU_ASSERT_EQUAL(
	    count_of("SELECT count(*) FROM signet.group WHERE name IN ('never', 'late')"), 0);
}

static void
what_is_done_is_what_was_proposed(void)
{
	struct made m = proposed("acme/erp", OP_CREATE_GROUP, FIELDS("name", "as proposed")),
		    other = m;

	memset(other.digest, '0', 64);
	not_accepted("acme/second", &other, ERROR_CONFLICT, "is not that of this proposal");
	CU_ASSERT_STRING_EQUAL(state_of(&m), "Waiting");
	ops_change("UPDATE signet.proposal SET request = convert_to(E'name=not so\\n', 'UTF8') "
		   "WHERE state = 'waiting'");
	not_accepted("acme/second", &m, ERROR_CONFLICT, "changed in the database");
	ops_change("UPDATE signet.proposal SET request = convert_to(E'name=as proposed\\n', "
		   "'UTF8'), field_values = '{harmless}' WHERE state = 'waiting'");
	not_accepted("acme/second", &m, ERROR_CONFLICT, "changed in the database");
	administer_made(OP_REFUSE_PROPOSAL, FIELDS("id", m.id, "reason", "it was changed"));
	CU_ASSERT_EQUAL(count_of("SELECT count(*) FROM signet.group WHERE name IN ('as proposed', "
				 "'not so')"),
	    0);
}

static void
other_tenants_do_not_see_it(void)
{
	const struct made m = proposed("acme/erp", OP_CREATE_GROUP, FIELDS("name", "ours"));
	struct request req;

	refused("rival/erp", OP_GET_PROPOSAL, FIELDS("id", m.id), ERROR_NOT_FOUND, m.id);
	not_accepted("rival/erp", &m, ERROR_NOT_FOUND, m.id);
	refused("rival/erp", OP_REFUSE_PROPOSAL, FIELDS("id", m.id, "reason", "no"),
	    ERROR_NOT_FOUND, m.id);
	served("rival/erp", &req, OP_LIST_PROPOSALS, NULL);
	CU_ASSERT_EQUAL(req.admin->count, 0);
	CU_ASSERT_EQUAL(req.admin->total, 0);
	request_release(&req);
	/* There it is off: what is done is done. */
	served("rival/erp", &req, OP_CREATE_GROUP, FIELDS("name", "theirs"));
	CU_ASSERT_EQUAL(req.out.result.major, RESULT_SUCCESS);
	request_release(&req);
	accept_it("acme/second", &m);
}

static void
both_must_still_have_the_right(void)
{
	struct made m = proposed("acme/third", OP_CREATE_GROUP, FIELDS("name", "of third"));

	ops_change("INSERT INTO signet.group (id, tenant_id, name) SELECT "
		   "'00112233-4455-6677-8899-aabbccddee01', id, 'accepters' FROM signet.tenant "
		   "WHERE name = 'acme';"
		   "INSERT INTO signet.group_right SELECT tenant_id, id, 'AcceptProposal' FROM "
		   "signet.group WHERE name = 'accepters';"
		   "INSERT INTO signet.group_member SELECT g.tenant_id, g.id, u.id FROM "
		   "signet.group g, signet.user u WHERE g.name = 'accepters' AND u.name = 'alice';"
		   "UPDATE signet.user SET state = 'active' WHERE name = 'alice'");
	not_accepted("acme/alice", &m, ERROR_NOT_AUTHORIZED, "CreateGroup");
	not_accepted("acme/clerk", &m, ERROR_NOT_AUTHORIZED, "AcceptProposal");
	CU_ASSERT_STRING_EQUAL(state_of(&m), "Waiting");
	ops_change("UPDATE signet.user SET state = 'suspended' WHERE name = 'third'");
	not_accepted("acme/second", &m, ERROR_CONFLICT, "may not do it any more");
	CU_ASSERT_STRING_EQUAL(state_of(&m), "Failed");
	ops_change("UPDATE signet.user SET state = 'active' WHERE name = 'third'");
}

/* Alice's right is for one certificate only (the group of the test before). */
static void
a_right_for_one_object_accepts_for_no_other(void)
{
	char first[64], second[64];
	struct request req;
	struct made m;

	served("acme/erp", &req, OP_LIST_TRUST_ANCHORS, NULL);
	CU_ASSERT_FATAL(req.admin->count >= 2);
	text_copy(first, sizeof(first), administered_text(&req, 0, "id"));
	text_copy(second, sizeof(second), administered_text(&req, 1, "id"));
	request_release(&req);
	m = proposed("acme/erp", OP_GRANT_RIGHT,
	    FIELDS("groupId", "00112233-4455-6677-8899-aabbccddee01", "operation",
		"RemoveTrustAnchor", "objectKind", "TrustCentre", "objectId", first));
	accept_it("acme/second", &m);
	ops_change("SELECT 1");
	m = proposed("acme/erp", OP_REMOVE_TRUST_ANCHOR, FIELDS("id", second));
	not_accepted("acme/alice", &m, ERROR_NOT_AUTHORIZED, "for other objects only");
	CU_ASSERT_STRING_EQUAL(state_of(&m), "Waiting");
	served("acme/erp", &req, OP_REFUSE_PROPOSAL, FIELDS("id", m.id, "reason", "not now"));
	request_release(&req);
	refused("acme/alice", OP_REMOVE_TRUST_ANCHOR, FIELDS("id", second), ERROR_NOT_AUTHORIZED,
	    "for other objects only");
	m = proposed("acme/erp", OP_REMOVE_TRUST_ANCHOR, FIELDS("id", first));
	accept_it("acme/alice", &m);
	refused("acme/erp", OP_GET_TRUST_ANCHOR, FIELDS("id", first), ERROR_NOT_FOUND, first);
}

/* Its passphrase would be kept until somebody accepts it. */
static void
a_file_of_keys_is_not_taken_in(void)
{
	refused("acme/erp", OP_IMPORT_SIGNING_KEY,
	    FIELDS("name", "imported", "password", PASSWORD, "pkcs12", "MAA="), ERROR_UNSUPPORTED,
	    "CreateSigningKey");
	CU_ASSERT_EQUAL(
	    count_of("SELECT count(*) FROM signet.proposal WHERE state = 'waiting'"), 0);
}

static void
the_same_change_waits_once(void)
{
	const struct made m = proposed("acme/erp", OP_CREATE_GROUP, FIELDS("name", "twice")),
			  again = proposed("acme/second", OP_CREATE_GROUP, FIELDS("name", "twice"));
	struct request req;
	char id[64];

	CU_ASSERT_STRING_EQUAL(m.id, again.id);
	/* Its answer has the id that the group will have. */
	served("acme/erp", &req, OP_CREATE_GROUP, FIELDS("name", "twice"));
	text_copy(id, sizeof(id), administered_text(&req, 0, "id"));
	request_release(&req);
	accept_it("acme/second", &m);
	served("acme/erp", &req, OP_GET_GROUP, FIELDS("name", "twice"));
	CU_ASSERT_STRING_EQUAL(administered_text(&req, 0, "id"), id);
	request_release(&req);
	/* What cannot be is refused at once, also what only the end of a transaction refuses. */
	refused(
	    "acme/erp", OP_CREATE_GROUP, FIELDS("name", "twice"), ERROR_CONFLICT, "exists already");
	refused("acme/erp", OP_REVOKE_RIGHT, FIELDS("groupId", acme_all, "operation", "GrantRight"),
	    ERROR_CONFLICT, "without an administrator");
	CU_ASSERT_EQUAL(
	    count_of("SELECT count(*) FROM signet.proposal WHERE state = 'waiting'"), 0);
}

static void
passwords_are_proposed_as_digests(void)
{
	const struct made m =
	    proposed("acme/erp", OP_CREATE_USER, FIELDS("name", "carol", "password", PASSWORD));
	struct request req;
	size_t i;

	refused("acme/erp", OP_CREATE_USER, FIELDS("name", "dora", "password", "short"),
	    ERROR_MALFORMED, "12 to");
	CU_ASSERT_EQUAL(count_of("SELECT count(*) FROM signet.proposal p WHERE "
				 "convert_from(p.request, 'UTF8') LIKE '%battery%' OR p::text LIKE "
				 "'%battery%'"),
	    0);
	CU_ASSERT_EQUAL(count_of("SELECT count(*) FROM signet.history h WHERE h::text LIKE "
				 "'%argon2%'"),
	    0);
	served("acme/second", &req, OP_GET_PROPOSAL, FIELDS("id", m.id));
	for (i = 0; i < administered(&req, 0, "field")->count; i++)
		CU_ASSERT_PTR_NULL(strstr(
		    value_text(&administered(&req, 0, "field")->items[i * 2 + 1]), "argon2"));
	request_release(&req);
	accept_it("acme/second", &m);
	CU_ASSERT_EQUAL(count_of("SELECT count(*) FROM signet.user WHERE name = 'carol' AND "
				 "password LIKE '$argon2id$%'"),
	    1);
}

static void
two_administrators_stay_and_switching_off_takes_both(void)
{
	struct made m;
	struct request req;
	const char *third;

	served("acme/erp", &req, OP_GET_USER, FIELDS("name", "third"));
	third = administered_text(&req, 0, "id");
	request_release(&req);
	m = proposed("acme/erp", OP_REMOVE_USER, FIELDS("id", third));
	accept_it("acme/second", &m);
	served("acme/erp", &req, OP_GET_USER, FIELDS("name", "second"));
	third = administered_text(&req, 0, "id");
	request_release(&req);
	refused(
	    "acme/erp", OP_REMOVE_USER, FIELDS("id", third), ERROR_CONFLICT, "two administrators");
	m = proposed("acme/erp", OP_UPDATE_SETTING, FIELDS("name", "four-eyes", "value", "off"));
	served("acme/erp", &req, OP_GET_SETTING, FIELDS("name", "four-eyes"));
	CU_ASSERT_STRING_EQUAL(administered_text(&req, 0, "value"), "on");
	request_release(&req);
	not_accepted("acme/erp", &m, ERROR_NOT_AUTHORIZED, "yourself");
	accept_it("acme/second", &m);
	served("acme/erp", &req, OP_GET_SETTING, FIELDS("name", "four-eyes"));
	CU_ASSERT_STRING_EQUAL(administered_text(&req, 0, "value"), "off");
	request_release(&req);
	administer_made(OP_CREATE_GROUP, FIELDS("name", "at once"));
	CU_ASSERT_EQUAL(count_of("SELECT count(*) FROM signet.group WHERE name = 'at once'"), 1);
}

static int
begins_with(const char *name, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strncmp(name, *words, strlen(*words)) == 0)
			return 1;
	return 0;
}

/* Whoever adds an operation says which it is; what is not read is under four eyes. */
static void
each_operation_says_whether_it_needs_two(void)
{
	static const char *const reads[] = { "Get", "List", "Explain", "Query", "Verify", "Test",
		NULL },
				 /* neither rights nor trust nor keys, or decisions themselves; a
				    key without a certificate signs nothing */
	    *const alone[] = { "UpdateJob", "RunJob", "RefuseSignOn", "AcceptProposal",
		    "RefuseProposal", "CreateSigningKey", "RemoveKeyRequest", NULL };
	enum operation_id id;

	for (id = OP_CREATE_TENANT; id < OPERATIONS; id++) {
		const struct operation *op = operation_by_id(id);
		const int wanted = begins_with(op->name, reads) || begins_with(op->name, alone)
				       ? ADMIN_ALONE
				   : id == OP_IMPORT_SIGNING_KEY ? ADMIN_NEVER_KEPT
								 : ADMIN_FOUR_EYES;

		if (op->flags & OPERATION_OPEN)
			continue;
		if ((int)admin_plan(id)->eyes != wanted)
			fprintf(stderr, "%s\n", op->name);
		CU_ASSERT_EQUAL((int)admin_plan(id)->eyes, wanted);
	}
}

static const struct test tests[] = {
	TEST(each_operation_says_whether_it_needs_two),
	TEST(one_administrator_alone_cannot_switch_it_on),
	TEST(a_change_waits_and_changes_nothing),
	TEST(rights_are_explained_as_they_are_until_it_is_accepted),
	TEST(nobody_accepts_what_he_proposed),
	TEST(what_was_changed_in_between_is_not_done),
	TEST(it_is_decided_once_and_in_time),
	TEST(what_is_done_is_what_was_proposed),
	TEST(other_tenants_do_not_see_it),
	TEST(both_must_still_have_the_right),
	TEST(a_right_for_one_object_accepts_for_no_other),
	TEST(a_file_of_keys_is_not_taken_in),
	TEST(the_same_change_waits_once),
	TEST(passwords_are_proposed_as_digests),
	TEST(two_administrators_stay_and_switching_off_takes_both),
	TEST_END,
};
const struct suite suite_server_ops_admin_proposals = { "server/ops/admin/proposals", setup,
	ops_world_end, tests };
