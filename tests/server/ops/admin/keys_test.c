/* Keys and time-stamp authorities by the service Administration (S2-29). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/administer.h"
#include "tests/support/postgres.h"
#include "tests/support/suite.h"

static int
setup(void)
{
	return administer_world();
}

/* The id of a thing by its name; static memory, 16 calls deep. */
static const char *
id_of(enum operation_id get, const char *name)
{
	return administer_made(get, FIELDS("name", name));
}

static void
keys_are_told_with_their_certificates_and_what_is_wrong(void)
{
	struct error err = ERROR_INIT;
	struct request req;

	ASSERT_OK(administer(&req, OP_GET_SIGNING_KEY, FIELDS("name", "seal"), &err), &err);
	CU_ASSERT_STRING_EQUAL(administered_text(&req, 0, "storage"), "Software");
	CU_ASSERT_FALSE(administered(&req, 0, "problem")->is_set);
	CU_ASSERT_PTR_NOT_NULL(strstr(administered_text(&req, 0, "subject"), "CN="));
	CU_ASSERT(administered(&req, 0, "notBefore")->number < PKI_NOW);
	CU_ASSERT_EQUAL(administered(&req, 0, "isDefault")->number, 1);
	CU_ASSERT(administered(&req, 0, "group")->count >= 1);
	request_release(&req);
	ASSERT_OK(administer(&req, OP_GET_SIGNING_KEY, FIELDS("name", "lost"), &err), &err);
	CU_ASSERT_STRING_EQUAL(
	    administered_text(&req, 0, "problem"), "the key store does not hold it");
	request_release(&req);
	ASSERT_OK(administer(&req, OP_GET_SIGNING_KEY, FIELDS("name", "swapped"), &err), &err);
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(administered_text(&req, 0, "problem"), "not the key of the certificate"));
	request_release(&req);
	ASSERT_OK(administer(&req, OP_LIST_SIGNING_KEYS, FIELDS("order", "State"), &err), &err);
	CU_ASSERT(req.admin->count > 8);
	CU_ASSERT_STRING_EQUAL(administered_text(&req, 0, "state"), "Active");
	CU_ASSERT_STRING_EQUAL(administered_text(&req, req.admin->count - 1, "state"), "Disabled");
	request_release(&req);
}

static void
a_key_is_disabled_and_another_is_the_default(void)
{
	struct error err = ERROR_INIT;
	struct request req;
	const char *id = id_of(OP_GET_SIGNING_KEY, "rsa");
	char line[200];

	ASSERT_OK(administer(&req, OP_UPDATE_SIGNING_KEY,
		      FIELDS("id", id, "version", "1", "name", "rsa", "state", "Active",
			  "isDefault", "1"),
		      &err),
	    &err);
	CU_ASSERT_STRING_EQUAL(req.out.result.message, "isDefault: no -> yes");
	request_release(&req);
	ops_last_audit(line, sizeof(line));
	CU_ASSERT_STRING_EQUAL(line, "UpdateSigningKey key rsa Success");
	ASSERT_OK(administer(&req, OP_GET_SIGNING_KEY, FIELDS("name", "seal"), &err), &err);
	CU_ASSERT_EQUAL(administered(&req, 0, "isDefault")->number, 0);
	request_release(&req);
	administer_refused(OP_UPDATE_SIGNING_KEY,
	    FIELDS("id", id, "version", "1", "name", "rsa", "state", "Disabled", "isDefault", "0"),
	    ERROR_CONFLICT, "its version is 2, not 1");
	administer_made(OP_UPDATE_SIGNING_KEY,
	    FIELDS("id", id, "version", "2", "name", "rsa", "state", "Disabled", "isDefault", "0"));
	administer_refused(OP_UPDATE_SIGNING_KEY,
	    FIELDS("id", id, "version", "3", "name",
		"a\xE2\x80\xAE"
		"b",
		"state", "Active", "isDefault", "0"),
	    ERROR_MALFORMED, "turn the order");
	ASSERT_OK(
	    postgres_ask(ops_database(), "postgres",
		"SELECT count(*) FROM signet.history WHERE kind = 'signing_key' AND image ->> "
		"'name' = 'rsa' AND made_by LIKE '% acme/erp'",
		line, sizeof(line), &err),
	    &err);
	CU_ASSERT_STRING_EQUAL(line, "2");
}

/* A renewal is for the same key; a certificate of another key or one that ended is none. */
static void
a_key_gets_a_newer_certificate_of_its_own_alone(void)
{
	struct error err = ERROR_INIT;
	struct request req;
	char id[64];
	struct buf der = BUF_INIT(0);
	struct admin_exchange *x;

	snprintf(id, sizeof(id), "%s", id_of(OP_GET_SIGNING_KEY, "seal"));
	administer_refused(OP_RENEW_SIGNING_KEY,
	    FIELDS("id", id, "version", "2", "certificate", "nonsense"), ERROR_MALFORMED,
	    "cannot be read");
	/* The very certificate of another key. */
	ASSERT_OK(administer(&req, OP_GET_SIGNING_KEY, FIELDS("name", "rsa"), &err), &err);
	buf_append(&der, administered(&req, 0, "certificate")->bytes.data,
	    administered(&req, 0, "certificate")->bytes.len, NULL);
	request_release(&req);
	ops_request(&req, OP_RENEW_SIGNING_KEY, "acme/erp");
	x = admin_exchange_make(&req, admin_operation(OP_RENEW_SIGNING_KEY), &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(x);
	x->in[0] = value_of_text(id);
	x->in[1] = value_of_number(2);
	x->in[2] = (struct record_value){ .is_set = 1, .bytes = SPAN_OF(&der) };
	CU_ASSERT_EQUAL(ops_serve(&req, NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "not for this key"));
	request_release(&req);
	buf_release(&der);
}

static void
authorities_are_made_tried_and_removed(void)
{
	struct error err = ERROR_INIT;
	struct request req;
	const char *id;
	char line[200];

	id = id_of(OP_GET_TIMESTAMP_AUTHORITY, "local");
	ASSERT_OK(administer(&req, OP_TEST_TIMESTAMP_AUTHORITY, FIELDS("id", id), &err), &err);
	if (!administered(&req, 0, "works")->number)
		fprintf(stderr, "%s\n", administered_text(&req, 0, "reason"));
	CU_ASSERT_EQUAL(administered(&req, 0, "works")->number, 1);
	CU_ASSERT(administered(&req, 0, "stamped")->is_set);
	request_release(&req);
	id = administer_made(OP_CREATE_TIMESTAMP_AUTHORITY,
	    FIELDS("name", "outside", "url", "http://127.0.0.1:9/", "timeout", "1000"));
	ops_last_audit(line, sizeof(line));
	CU_ASSERT_STRING_EQUAL(
	    line, "CreateTimestampAuthority time-stamp authority outside Success");
	ops_change("SELECT 1");
	ASSERT_OK(administer(&req, OP_TEST_TIMESTAMP_AUTHORITY, FIELDS("id", id), &err), &err);
	CU_ASSERT_EQUAL(administered(&req, 0, "works")->number, 0);
	CU_ASSERT(strlen(administered_text(&req, 0, "reason")) > 10);
	request_release(&req);
	administer_made(OP_UPDATE_TIMESTAMP_AUTHORITY,
	    FIELDS("id", id, "version", "1", "name", "outside", "place", "-5", "url",
		"http://127.0.0.1:9/", "timeout", "1000", "state", "Disabled"));
	administer_refused(
	    OP_TEST_TIMESTAMP_AUTHORITY, FIELDS("id", id), ERROR_CONFLICT, "disabled");
	administer_refused(OP_REMOVE_TIMESTAMP_AUTHORITY, FIELDS("id", id, "version", "1"),
	    ERROR_CONFLICT, "not 1");
	ASSERT_OK(administer(&req, OP_LIST_TIMESTAMP_AUTHORITIES, NULL, &err), &err);
	CU_ASSERT(req.admin->count >= 2);
	CU_ASSERT_STRING_EQUAL(administered_text(&req, 0, "name"), "outside");
	request_release(&req);
	administer_made(OP_REMOVE_TIMESTAMP_AUTHORITY, FIELDS("id", id));
	administer_refused(
	    OP_GET_TIMESTAMP_AUTHORITY, FIELDS("id", id), ERROR_NOT_FOUND, "there is no");
}

static void
a_local_authority_has_a_key_of_the_tenant_for_time_stamps(void)
{
	struct error err = ERROR_INIT;
	struct request req;
	const char *id;

	administer_refused(OP_CREATE_TIMESTAMP_AUTHORITY, FIELDS("name", "x", "key", "other"),
	    ERROR_NOT_FOUND, "no active key other for time stamps");
	administer_refused(
	    OP_CREATE_TIMESTAMP_AUTHORITY, FIELDS("name", "x"), ERROR_MALFORMED, "one of both");
	administer_refused(OP_CREATE_TIMESTAMP_AUTHORITY, FIELDS("name", "x", "url", "ftp://x/"),
	    ERROR_MALFORMED, "http://");
	administer_refused(OP_CREATE_TIMESTAMP_AUTHORITY,
	    FIELDS("name", "x", "url", "http://x/", "policy", "nonsense"), ERROR_MALFORMED,
	    "object identifier");
	administer_refused(OP_CREATE_TIMESTAMP_AUTHORITY,
	    FIELDS("name", "a\033[2J", "url", "http://x/"), ERROR_MALFORMED, "control");
	ops_change("UPDATE signet.signing_key SET usage = '{Sign,Timestamp}' WHERE name = 'other'");
	id = administer_made(
	    OP_CREATE_TIMESTAMP_AUTHORITY, FIELDS("name", "own", "key", "other", "place", "7"));
	ASSERT_OK(administer(&req, OP_GET_TIMESTAMP_AUTHORITY, FIELDS("id", id), &err), &err);
	CU_ASSERT_STRING_EQUAL(administered_text(&req, 0, "key"), "other");
	CU_ASSERT(administered(&req, 0, "fingerprint")->count >= 1);
	CU_ASSERT(administered(&req, 0, "subject")->is_set);
	request_release(&req);
	/* To another tenant it is nothing, and neither is the key. */
	CU_ASSERT_EQUAL(
	    administer_as("rival/erp", &req, OP_REMOVE_TIMESTAMP_AUTHORITY, FIELDS("id", id), &err),
	    -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
	request_release(&req);
	CU_ASSERT_EQUAL(administer_as("rival/erp", &req, OP_UPDATE_SIGNING_KEY,
			    FIELDS("id", id_of(OP_GET_SIGNING_KEY, "seal"), "version", "2", "name",
				"mine", "state", "Disabled", "isDefault", "0"),
			    &err),
	    -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
	request_release(&req);
	administer_made(OP_REMOVE_TIMESTAMP_AUTHORITY, FIELDS("id", id));
}

static const struct test tests[] = {
	TEST(keys_are_told_with_their_certificates_and_what_is_wrong),
	TEST(a_key_is_disabled_and_another_is_the_default),
	TEST(a_key_gets_a_newer_certificate_of_its_own_alone),
	TEST(authorities_are_made_tried_and_removed),
	TEST(a_local_authority_has_a_key_of_the_tenant_for_time_stamps),
	TEST_END,
};
const struct suite suite_server_ops_admin_keys = { "server/ops/admin/keys", setup, ops_world_end,
	tests };
