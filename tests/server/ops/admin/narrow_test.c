/* Rights narrowed to a trust centre (S2-24, S2-28): an own CA certificate, or a trusted list. */
#include <stdio.h>
#include <string.h>

#include "tests/support/administer.h"
#include "tests/support/postgres.h"
#include "tests/support/suite.h"

#define LIST "6f1c2c0a-5d0e-4c1b-9a3f-0a1b2c3d4e11"

static char first[64], second[64], group[64];

static int
setup(void)
{
	return administer_world();
}

/* Tina is in a group of her own; two CA certificates and a list are there. */
static void
arrange(void)
{
	struct error err = ERROR_INIT;
	struct request req;

	if (group[0] != '\0')
		return;
	ASSERT_OK(administer(&req, OP_LIST_TRUST_ANCHORS, NULL, &err), &err);
	CU_ASSERT_FATAL(req.admin->count >= 2);
	snprintf(first, sizeof(first), "%s", administered_text(&req, 0, "id"));
	snprintf(second, sizeof(second), "%s", administered_text(&req, 1, "id"));
	request_release(&req);
	snprintf(group, sizeof(group), "%s",
	    administer_made(OP_CREATE_GROUP, FIELDS("name", "trusters")));
	administer_made(OP_CREATE_USER,
	    FIELDS("name", "tina", "password", "correct horse battery", "groupId", group));
	ops_change("INSERT INTO signet.trust_source (id, tenant_id, name, signers) SELECT '" LIST
		   "', id, 'their list', '{x}' FROM signet.tenant WHERE name = 'acme'");
}

static void
give(const char *operation, const char *object)
{
	administer_made(OP_GRANT_RIGHT, FIELDS("groupId", group, "operation", operation,
					    "objectKind", "TrustCentre", "objectId", object));
}

/* What becomes of tina's call. */
static enum error_kind
as_tina(enum operation_id id, const char *const *fields, const char *words)
{
	struct error err = ERROR_INIT;
	struct request req;

	ops_change("SELECT 1");
	if (administer_as("acme/tina", &req, id, fields, &err) == 0)
		err.kind = ERROR_NONE;
	else if (strstr(err.text, words) == NULL) {
		fprintf(stderr, "%s\n", err.text);
		CU_FAIL("refused in other words");
	}
	request_release(&req);
	return err.kind;
}

static void
a_right_for_one_own_certificate_is_for_no_other(void)
{
	struct error err = ERROR_INIT;
	struct request req;

	arrange();
	give("GetTrustAnchor", first);
	give("RemoveTrustAnchor", first);
	CU_ASSERT_EQUAL(as_tina(OP_GET_TRUST_ANCHOR, FIELDS("id", first), ""), ERROR_NONE);
	CU_ASSERT_EQUAL(
	    as_tina(OP_GET_TRUST_ANCHOR, FIELDS("id", second), "for other objects only"),
	    ERROR_NOT_AUTHORIZED);
	CU_ASSERT_EQUAL(
	    as_tina(OP_REMOVE_TRUST_ANCHOR, FIELDS("id", second), "for other objects only"),
	    ERROR_NOT_AUTHORIZED);
	ASSERT_OK(administer(&req, OP_GET_TRUST_ANCHOR, FIELDS("id", second), &err), &err);
	request_release(&req);
	/* Why, and the matrix with the certificate's name. */
	ASSERT_OK(administer(&req, OP_EXPLAIN_RIGHT,
		      FIELDS("user", "tina", "operation", "GetTrustAnchor", "objectKind",
			  "TrustCentre", "objectId", second),
		      &err),
	    &err);
	CU_ASSERT_EQUAL(administered(&req, 0, "isAllowed")->number, 0);
	request_release(&req);
	ASSERT_OK(administer(&req, OP_LIST_RIGHTS, FIELDS("groupId", group), &err), &err);
	CU_ASSERT_EQUAL_FATAL(administered(&req, 0, "object")->count, 1);
	CU_ASSERT(administered(&req, 0, "object")->items[2].is_set);
	request_release(&req);
	/* The certificate goes, and the right for it. */
	CU_ASSERT_EQUAL(as_tina(OP_REMOVE_TRUST_ANCHOR, FIELDS("id", first), ""), ERROR_NONE);
	ASSERT_OK(administer(&req, OP_LIST_RIGHTS, FIELDS("groupId", group), &err), &err);
	CU_ASSERT_EQUAL(administered(&req, 0, "object")->count, 0);
	request_release(&req);
}

static void
a_right_for_one_list_is_for_the_trust_centres_on_it(void)
{
	arrange();
	give("ChooseTrustCentre", LIST);
	CU_ASSERT_EQUAL(
	    as_tina(OP_CHOOSE_TRUST_CENTRE,
		FIELDS("list", "their list", "trustCentre", "Some Centre", "later", "1"), ""),
	    ERROR_NONE);
	ops_change("INSERT INTO signet.trust_source (id, tenant_id, name, signers) SELECT "
		   "gen_random_uuid(), id, 'another list', '{x}' FROM signet.tenant WHERE name = "
		   "'acme'");
	CU_ASSERT_EQUAL(
	    as_tina(OP_CHOOSE_TRUST_CENTRE,
		FIELDS("list", "another list", "trustCentre", "Some Centre", "later", "1"),
		"for other objects only"),
	    ERROR_NOT_AUTHORIZED);
	CU_ASSERT_EQUAL(
	    as_tina(OP_REJECT_TRUST_CENTRE,
		FIELDS("list", "their list", "trustCentre", "Some Centre"), "lacks the right"),
	    ERROR_NOT_AUTHORIZED);
}

static void
what_is_no_trust_centre_narrows_nothing(void)
{
	arrange();
	administer_refused(OP_GRANT_RIGHT,
	    FIELDS("groupId", group, "operation", "UpdateTrustAnchor", "objectKind", "TrustCentre",
		"objectId", group),
	    ERROR_NOT_FOUND, "no own CA certificate and no trusted list");
	administer_refused(OP_GRANT_RIGHT,
	    FIELDS("groupId", group, "operation", "SignDocument", "objectKind", "TrustCentre",
		"objectId", second),
	    ERROR_MALFORMED, "cannot be narrowed");
	/* That of another tenant is none. */
	ops_change("INSERT INTO signet.trust_source (id, tenant_id, name, signers) SELECT "
		   "'6f1c2c0a-5d0e-4c1b-9a3f-0a1b2c3d4e12', id, 'rivals', '{x}' FROM signet.tenant "
		   "WHERE name = 'rival'");
	administer_refused(OP_GRANT_RIGHT,
	    FIELDS("groupId", group, "operation", "RejectTrustCentre", "objectKind", "TrustCentre",
		"objectId", "6f1c2c0a-5d0e-4c1b-9a3f-0a1b2c3d4e12"),
	    ERROR_NOT_FOUND, "no own CA certificate and no trusted list");
}

static const struct test tests[] = {
	TEST(a_right_for_one_own_certificate_is_for_no_other),
	TEST(a_right_for_one_list_is_for_the_trust_centres_on_it),
	TEST(what_is_no_trust_centre_narrows_nothing),
	TEST_END,
};
const struct suite suite_server_ops_admin_narrow = { "server/ops/admin/narrow", setup,
	ops_world_end, tests };
