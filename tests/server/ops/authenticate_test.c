/* Who calls, what a stranger learns, and what a caller may know of himself. */
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "authz/caller.h"
#include "tests/support/ops_world.h"
#include "tests/support/suite.h"

static int
setup(void)
{
	if (ops_world_make() != 0)
		return -1;
	ops_tenant("acme", NULL, 0);
	ops_tenant("default", NULL, 0);
	return 0;
}

/* Expect the caller "tenant/user", or with NULL a refusal, whose words are in `said`. */
static void
assert_caller(const struct credentials *who, const char *want, struct error *said)
{
	const struct caller *caller = NULL;
	struct error err = ERROR_INIT;
	char label[200];
	int moved = 0, rc = ops_authenticate(ops_engine(), who, 1, &caller, &moved, &err);

	CU_ASSERT_EQUAL(moved, 0);
	CU_ASSERT_EQUAL(rc, want != NULL ? 0 : -1);
	if (rc == 0) {
		ops_caller_label(caller, label, sizeof(label));
		CU_ASSERT_STRING_EQUAL(label, want != NULL ? want : "");
	} else {
		CU_ASSERT_EQUAL(err.kind, ERROR_NOT_AUTHENTICATED);
		CU_ASSERT_PTR_NULL(caller);
	}
	if (said != NULL)
		*said = err;
	caller_release(caller);
}

static void
a_certificate_or_a_password_says_who_calls(void)
{
	X509 *cert = ops_certificate("acme"), *rival = ops_certificate("default");
	struct credentials by_cert = { .cert = cert },
			   by_name = { .user = "acme/erp", .password = OPS_PASSWORD };

	/* The certificate of the handshake is the very one that the user has. */
	assert_caller(&by_name, "acme/erp", NULL);
	by_name.user = "erp"; /* of the tenant "default" */
	assert_caller(&by_name, "default/erp", NULL);
	by_name.user = "acme/clerk";
	assert_caller(&by_name, "acme/clerk", NULL);
	/* Issued anew: other bytes, which nobody has. */
	assert_caller(&by_cert, NULL, NULL);
	/* Who is no user by certificate may still be one by name. */
	by_name.cert = rival;
	assert_caller(&by_name, "acme/clerk", NULL);
	X509_free(cert);
	X509_free(rival);
}

static void
a_known_certificate_goes_before_a_name(void)
{
	X509 *cert = ops_given_certificate("acme");
	struct credentials who = { .cert = cert, .user = "acme/erp", .password = "wrong" };

	assert_caller(&who, "acme/erp", NULL);
	who.user = NULL;
	assert_caller(&who, "acme/erp", NULL);
	X509_free(cert);
}

static void
a_certificate_with_another_users_name_is_ambiguous(void)
{
	static const char *const others[] = { "default/erp", "erp", "acme/clerk", "acme/nosuch",
		"acme/erp ", "Acme/erp", "acme/", "/erp", "" };
	X509 *cert = ops_given_certificate("acme");
	struct credentials who = { .cert = cert };
	struct error said;
	size_t i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		const struct caller *caller = NULL;
		struct error err = ERROR_INIT;
		int moved = 0;

		who.user = others[i];
		who.password = OPS_PASSWORD;
		assert_caller(&who, NULL, &said);
		CU_ASSERT_PTR_NOT_NULL(strstr(said.text, "ambiguous"));
		/* Before a password is looked at: nothing must wait for one. */
		CU_ASSERT_EQUAL(ops_authenticate(ops_engine(), &who, 0, &caller, &moved, &err), -1);
		CU_ASSERT_EQUAL(moved, 0);
	}
	X509_free(cert);
}

static void
strangers_all_hear_the_same_words(void)
{
	static const struct credentials rows[] = {
		{ .user = "acme/erp", .password = "wrong" },
		{ .user = "acme/erp", .password = "" },
		{ .user = "acme/erp", .password = NULL },
		{ .user = "acme/nosuch", .password = OPS_PASSWORD },
		{ .user = "nosuch/erp", .password = OPS_PASSWORD },
		{ .user = "acme/nobody", .password = OPS_PASSWORD }, /* has no password */
		{ .user = "", .password = "" },
		{ .user = "/", .password = OPS_PASSWORD },
		{ .user = "acme/", .password = OPS_PASSWORD },
	};
	struct error first, said;
	size_t i;

	assert_caller(&rows[0], NULL, &first);
	for (i = 1; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_caller(&rows[i], NULL, &said);
		CU_ASSERT_STRING_EQUAL(said.text, first.text);
	}
}

static void
who_says_nothing_is_told_how_to_say_it(void)
{
	const struct credentials nothing = { 0 };
	struct error said;

	assert_caller(&nothing, NULL, &said);
	CU_ASSERT_PTR_NOT_NULL(strstr(said.text, "TLS client certificate"));
}

static void
a_suspended_user_is_a_stranger_at_once(void)
{
	const struct credentials erp = { .user = "gone/erp", .password = OPS_PASSWORD };
	const struct credentials wrong = { .user = "gone/erp", .password = "wrong" };
	struct error said, of_stranger;

	ops_tenant("gone", NULL, 0);
	assert_caller(&erp, "gone/erp", NULL);
	ops_change("UPDATE signet.user SET state = 'suspended' WHERE name = 'erp' AND "
		   "tenant_id = (SELECT id FROM signet.tenant WHERE name = 'gone')");
	assert_caller(&erp, NULL, &said);
	assert_caller(&wrong, NULL, &of_stranger);
	CU_ASSERT_STRING_EQUAL(said.text, of_stranger.text);
	/* The log knows more. */
	CU_ASSERT_STRING_NOT_EQUAL(said.cause, "");
}

static void
a_thread_that_may_not_wait_hands_a_new_password_on_and_knows_an_old_one(void)
{
	const struct credentials clerk = { .user = "quick/clerk", .password = OPS_PASSWORD };
	const struct caller *caller = NULL;
	struct error err = ERROR_INIT;
	int moved = 0;

	ops_tenant("quick", NULL, 0);
	CU_ASSERT_EQUAL(ops_authenticate(ops_engine(), &clerk, 0, &caller, &moved, &err), -1);
	CU_ASSERT_EQUAL(moved, 1);
	CU_ASSERT_PTR_NULL(caller);
	CU_ASSERT_EQUAL(err.kind, ERROR_NONE);
	assert_caller(&clerk, "quick/clerk", NULL);
	ASSERT_OK(ops_authenticate(ops_engine(), &clerk, 0, &caller, &moved, &err), &err);
	CU_ASSERT_EQUAL(moved, 0);
	caller_release(caller);
}

static void
basic_authentication_is_decoded_strictly(void)
{
	static const struct {
		const char *header, *user, *password;
	} rows[] = {
		{ "Basic YWNtZS9lcnA6Y29ycmVjdCBob3JzZQ==", "acme/erp", OPS_PASSWORD },
		{ "basic YTpiOmM=", "a", "b:c" },
		{ "Basic YTo=", "a", "" },
		{ "Basic YQ==", NULL, NULL },	  /* no colon */
		{ "Basic !!!!", NULL, NULL },	  /* no base64 */
		{ "Basic ", NULL, NULL },	  /* nothing */
		{ "Basic /zph", NULL, NULL },	  /* no UTF-8 */
		{ "Basic YQBiOmM=", NULL, NULL }, /* a NUL in the name */
		{ "Bearer YTpi", NULL, NULL },
		{ "", NULL, NULL },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct credentials who = { 0 };
		struct buf clear = BUF_INIT(0);
		struct error err = ERROR_INIT;
		int rc = credentials_basic(&who, rows[i].header, &clear, &err);

		CU_ASSERT_EQUAL(rc, rows[i].user != NULL ? 0 : -1);
		if (rc == 0 && rows[i].user != NULL) {
			CU_ASSERT_STRING_EQUAL(who.user, rows[i].user);
			CU_ASSERT_STRING_EQUAL(who.password, rows[i].password);
		} else {
			CU_ASSERT_EQUAL(err.kind, ERROR_NOT_AUTHENTICATED);
			if (rc == 0)
				fprintf(stderr, "taken: %s\n", rows[i].header);
		}
		buf_wipe(&clear);
	}
}

/* ---- WhoAmI and ListKeys ---- */

static void
who_am_i_names_groups_and_rights(void)
{
	struct request req;
	struct error err = ERROR_INIT;

	ops_request(&req, OP_WHO_AM_I, "acme/clerk");
	ASSERT_OK(ops_serve(&req, NULL, &err), &err);
	CU_ASSERT_STRING_EQUAL(req.out.who.user, "clerk");
	CU_ASSERT_STRING_EQUAL(req.out.who.tenant, "acme");
	CU_ASSERT_STRING_EQUAL(req.out.who.server, "test");
	CU_ASSERT_EQUAL_FATAL(req.out.who.group_count, 1);
	CU_ASSERT_STRING_EQUAL(req.out.who.groups[0], "few");
	CU_ASSERT_EQUAL_FATAL(req.out.who.right_count, 2);
	CU_ASSERT_STRING_EQUAL(req.out.who.rights[0], "ListKeys");
	CU_ASSERT_STRING_EQUAL(req.out.who.rights[1], "WhoAmI");
	request_release(&req);
	ops_request(&req, OP_WHO_AM_I, "acme/nobody");
	CU_ASSERT_EQUAL(ops_serve(&req, NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_AUTHORIZED);
	request_release(&req);
}

static void
list_keys_tells_what_each_key_can_and_why_not(void)
{
	static const struct {
		const char *name, *algorithm, *state, *reason;
		int size;
	} rows[] = {
		{ "broken", "EC P-384", "Unavailable", "damaged", 384 },
		{ "disabled", "EC P-256", "Disabled", "disabled", 256 },
		{ "early", "EC P-256", "Disabled", "not valid before", 256 },
		{ "expired", "EC P-256", "Disabled", "expired", 256 },
		{ "locked", "EC P-384", "Unavailable", "passphrase does not fit", 384 },
		{ "lost", "EC P-384", "Unavailable", "does not hold key lost", 384 },
		{ "revocable", "EC P-256", "Active", NULL, 256 },
		{ "rsa", "RSA", "Active", NULL, 2048 },
		{ "seal", "EC P-256", "Active", NULL, 256 },
		{ "swapped", "EC P-384", "Unavailable", "not the key of the certificate", 384 },
	};
	struct request req;
	struct error err = ERROR_INIT;
	size_t i;

	ops_request(&req, OP_LIST_KEYS, "acme/erp");
	ASSERT_OK(ops_serve(&req, NULL, &err), &err);
	CU_ASSERT_EQUAL_FATAL(req.out.key_count, sizeof(rows) / sizeof(rows[0]));
	for (i = 0; i < req.out.key_count; i++) {
		const struct key_item *key = &req.out.keys[i];

		CU_ASSERT_STRING_EQUAL(key->name, rows[i].name);
		CU_ASSERT_STRING_EQUAL(key->algorithm, rows[i].algorithm);
		CU_ASSERT_STRING_EQUAL(key->state, rows[i].state);
		CU_ASSERT_EQUAL(key->size, rows[i].size);
		CU_ASSERT_EQUAL(key->is_default, strcmp(key->name, "seal") == 0);
		CU_ASSERT(key->certificate.len > 0);
		CU_ASSERT_EQUAL(key->reason == NULL, rows[i].reason == NULL);
		if (key->reason != NULL && rows[i].reason != NULL)
			CU_ASSERT_PTR_NOT_NULL(strstr(key->reason, rows[i].reason));
	}
	request_release(&req);
}

static void
list_keys_has_a_filter_and_shows_nothing_that_is_not_the_callers(void)
{
	struct request req;
	struct error err = ERROR_INIT;

	ops_request(&req, OP_LIST_KEYS, "acme/erp");
	req.in.filter = "ea";
	ASSERT_OK(ops_serve(&req, NULL, &err), &err);
	CU_ASSERT_EQUAL_FATAL(req.out.key_count, 2);
	CU_ASSERT_STRING_EQUAL(req.out.keys[0].name, "early");
	CU_ASSERT_STRING_EQUAL(req.out.keys[1].name, "seal");
	request_release(&req);
	ops_request(&req, OP_LIST_KEYS, "acme/erp");
	req.in.filter = "other";
	ASSERT_OK(ops_serve(&req, NULL, &err), &err);
	CU_ASSERT_EQUAL(req.out.key_count, 0);
	request_release(&req);
	ops_request(&req, OP_LIST_KEYS, "acme/clerk");
	ASSERT_OK(ops_serve(&req, NULL, &err), &err);
	CU_ASSERT_EQUAL(req.out.key_count, 0);
	request_release(&req);
}

static const struct test tests[] = {
	TEST(a_certificate_or_a_password_says_who_calls),
	TEST(a_known_certificate_goes_before_a_name),
	TEST(a_certificate_with_another_users_name_is_ambiguous),
	TEST(strangers_all_hear_the_same_words),
	TEST(who_says_nothing_is_told_how_to_say_it),
	TEST(a_suspended_user_is_a_stranger_at_once),
	TEST(a_thread_that_may_not_wait_hands_a_new_password_on_and_knows_an_old_one),
	TEST(basic_authentication_is_decoded_strictly),
	TEST(who_am_i_names_groups_and_rights),
	TEST(list_keys_tells_what_each_key_can_and_why_not),
	TEST(list_keys_has_a_filter_and_shows_nothing_that_is_not_the_callers),
	TEST_END,
};

const struct suite suite_server_ops_authenticate = { "server/ops/authenticate", setup,
	ops_world_end, tests };
