/* S2-01, S2-21, S2-23, S2-24: callers and what they may, per tenant. */
#include "schema/store/caller.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/postgres.h"
#include "tests/support/suite.h"
#include "tests/support/world.h"

static struct world w;

static int
setup(void)
{
	return world_make(&w);
}

static int
teardown(void)
{
	world_end(&w);
	return 0;
}

/* "a b c" */
static const char *
joined(struct db_array a)
{
	static char ring[4][256];
	static unsigned int next;
	char *out = ring[next++ % 4];
	struct span item;
	size_t len = 0;

	out[0] = '\0';
	while (db_array_next(&a, &item))
		len += (size_t)snprintf(out + len, sizeof(ring[0]) - len, "%s%.*s", len ? " " : "",
		    (int)item.len, (const char *)item.data);
	return out;
}

static void
a_certificate_finds_its_user_with_all_that_he_may(void)
{
	struct error err = ERROR_INIT;
	unsigned char fingerprint[FINGERPRINT_SIZE];
	struct caller_row row;
	struct db_array ids;
	struct span id;

	world_fingerprint(fingerprint, WORLD_ERP_CERTIFICATE);
	ASSERT_RC(store_caller_by_certificate(w.db, fingerprint, &row, &err), 1, &err);
	CU_ASSERT(uuid_equal(&row.tenant, &w.acme));
	CU_ASSERT(uuid_equal(&row.user, &w.erp));
	CU_ASSERT_STRING_EQUAL(row.tenant_name, "acme");
	CU_ASSERT_STRING_EQUAL(row.user_name, "erp");
	CU_ASSERT_STRING_EQUAL(row.password, world_password);
	CU_ASSERT(row.tenant_is_active && row.user_is_active && row.certificate_is_active);
	CU_ASSERT_EQUAL(row.valid_until, DB_NO_TIME);
	CU_ASSERT_EQUAL(row.certificate_not_after, WORLD_NOT_AFTER);
	CU_ASSERT_STRING_EQUAL(joined(row.groups), "all signers");
	CU_ASSERT_STRING_EQUAL(joined(row.rights), "ListKeys ListKeys SignDocument WhoAmI");
	CU_ASSERT_STRING_EQUAL(joined(row.right_groups), "all signers signers all");
	CU_ASSERT_STRING_EQUAL(joined(row.key_names), "seal");
	CU_ASSERT_STRING_EQUAL(joined(row.key_groups), "signers");
	ids = row.key_ids;
	CU_ASSERT_EQUAL(db_array_next(&ids, &id), 1);
	CU_ASSERT(span_equal(id, (struct span){ w.seal.bytes, sizeof(w.seal.bytes) }));
	db_result_free(row.result);
}

static void
a_name_finds_the_user_of_its_tenant_only(void)
{
	struct error err = ERROR_INIT;
	struct caller_row row;

	ASSERT_RC(store_caller_by_name(w.db, "rival", "erp", &row, &err), 1, &err);
	CU_ASSERT(uuid_equal(&row.user, &w.rival_erp));
	CU_ASSERT_STRING_EQUAL(row.password, "");
	CU_ASSERT_STRING_EQUAL(joined(row.rights), "SignDocument");
	db_result_free(row.result);
	ASSERT_RC(store_caller_by_name(w.db, "rival", "nobody", &row, &err), 0, &err);
	CU_ASSERT_PTR_NULL(row.result);
	ASSERT_RC(store_caller_by_name(w.db, "nowhere", "erp", &row, &err), 0, &err);
}

static void
a_certificate_with_one_other_byte_finds_nobody(void)
{
	struct error err = ERROR_INIT;
	unsigned char fingerprint[FINGERPRINT_SIZE];
	struct caller_row row;

	world_fingerprint(fingerprint, WORLD_ERP_CERTIFICATE);
	fingerprint[31] ^= 1;
	ASSERT_RC(store_caller_by_certificate(w.db, fingerprint, &row, &err), 0, &err);
}

static void
a_user_in_no_group_may_nothing(void)
{
	struct error err = ERROR_INIT;
	struct caller_row row;

	ASSERT_RC(store_caller_by_name(w.db, "acme", "nobody", &row, &err), 1, &err);
	CU_ASSERT_STRING_EQUAL(joined(row.groups), "");
	CU_ASSERT_STRING_EQUAL(joined(row.rights), "");
	CU_ASSERT_STRING_EQUAL(joined(row.key_names), "");
	db_result_free(row.result);
}

static void
a_suspended_tenant_user_or_certificate_is_told(void)
{
	struct error err = ERROR_INIT;
	unsigned char fingerprint[FINGERPRINT_SIZE];
	struct caller_row row;

	world_fingerprint(fingerprint, WORLD_NOBODY_CERTIFICATE);
	ASSERT_OK(store_user_state(w.db, &w.acme, &w.nobody, "suspended", &err), &err);
	ASSERT_OK(
	    store_user_certificate_state(w.db, &w.acme, fingerprint, "suspended", &err), &err);
	ASSERT_RC(store_caller_by_certificate(w.db, fingerprint, &row, &err), 1, &err);
	CU_ASSERT(row.tenant_is_active && !row.user_is_active && !row.certificate_is_active);
	db_result_free(row.result);
	ASSERT_OK(store_user_state(w.db, &w.acme, &w.nobody, "active", &err), &err);
	ASSERT_OK(store_tenant_state(w.db, &w.acme, "suspended", &err), &err);
	ASSERT_RC(store_caller_by_certificate(w.db, fingerprint, &row, &err), 1, &err);
	CU_ASSERT(!row.tenant_is_active && row.user_is_active);
	db_result_free(row.result);
	ASSERT_OK(store_tenant_state(w.db, &w.acme, "active", &err), &err);
	CU_ASSERT_EQUAL(store_user_state(w.db, &w.acme, &w.nobody, "drunk", &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
}

static void
what_exists_or_does_not_is_told_by_its_constraint(void)
{
	struct error err = ERROR_INIT;
	const struct user_new twin = { w.nobody, "twin", NULL, DB_NO_TIME,
		span_str(WORLD_ERP_CERTIFICATE), "", 1 };
	struct user_new again = { .name = "erp", .valid_until = DB_NO_TIME };
	struct uuid id;

	uuid_random(&id);
	again.id = id;
	CU_ASSERT_EQUAL(store_tenant_add(w.db, &id, "acme", &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_CONFLICT);
	CU_ASSERT_STRING_EQUAL(db_constraint(w.db), "tenant_name_once");
	error_clear(&err);
	CU_ASSERT_EQUAL(store_tenant_add(w.db, &id, "a/b", &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	error_clear(&err);
	CU_ASSERT_EQUAL(store_tenant_add(w.db, &id, "bad \xff utf-8", &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	error_clear(&err);
	CU_ASSERT_EQUAL(store_user_add(w.db, &w.acme, &again, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_CONFLICT);
	CU_ASSERT_STRING_EQUAL(db_constraint(w.db), "user_name_once");
	error_clear(&err);
	again.name = "plain";
	again.password = "secret";
	CU_ASSERT_EQUAL(store_user_add(w.db, &w.acme, &again, &err), -1);
	CU_ASSERT_STRING_EQUAL(db_constraint(w.db), "user_password_form");
	error_clear(&err);
	again.password = NULL;
	again.certificate = twin.certificate;
	CU_ASSERT_EQUAL(store_user_add(w.db, &w.acme, &again, &err), -1);
	CU_ASSERT_STRING_EQUAL(db_constraint(w.db), "user_certificate_once");
	error_clear(&err);
	/* The user of the failed call has not stayed either. */
	ASSERT_RC(store_user_find(w.db, &w.acme, "plain", &id, &err), 0, &err);
	CU_ASSERT_EQUAL(store_group_right_add(w.db, &w.acme, &w.all, "FlyAway", &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
	CU_ASSERT_STRING_EQUAL(db_constraint(w.db), "group_right_operation");
}

static void
nobody_is_put_into_a_group_of_another_tenant(void)
{
	struct error err = ERROR_INIT;

	CU_ASSERT_EQUAL(store_group_member_add(w.db, &w.acme, &w.signers, &w.rival_erp, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
	error_clear(&err);
	CU_ASSERT_EQUAL(store_group_member_add(w.db, &w.rival, &w.signers, &w.rival_erp, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
	error_clear(&err);
	CU_ASSERT_EQUAL(store_group_key_add(w.db, &w.rival, &w.signers, &w.seal, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
	error_clear(&err);
	/* Changing another's things: they are not there. */
	CU_ASSERT_EQUAL(store_user_state(w.db, &w.rival, &w.erp, "suspended", &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
}

static void
a_tenant_gets_its_keys_anchors_and_authorities(void)
{
	struct error err = ERROR_INIT;
	struct db_result *keys, *anchors, *authorities;
	struct authority_row own, shared;
	struct key_row seal;

	ASSERT_OK(store_tenant_data(w.db, &w.acme, &keys, &anchors, &authorities, &err), &err);
	CU_ASSERT_EQUAL_FATAL(db_rows(keys), 2);
	CU_ASSERT_EQUAL_FATAL(db_rows(anchors), 1);
	CU_ASSERT_EQUAL_FATAL(db_rows(authorities), 2);
	seal = store_key_row(keys, 0);
	CU_ASSERT_STRING_EQUAL(seal.name, "seal");
	CU_ASSERT_STRING_EQUAL(seal.store_key, "acme-seal");
	CU_ASSERT(seal.is_active && seal.is_default && seal.size == 256);
	CU_ASSERT_STRING_EQUAL(joined(seal.chain), "issuer root");
	CU_ASSERT_STRING_EQUAL(joined(seal.usage), "Sign");
	CU_ASSERT(!store_key_row(keys, 1).is_default);
	CU_ASSERT_STRING_EQUAL(joined(store_anchor_row(anchors, 0).usage), "Signing Timestamping");
	own = store_authority_row(authorities, 0);
	shared = store_authority_row(authorities, 1);
	CU_ASSERT_STRING_EQUAL(own.url, "http://tsa.example/");
	CU_ASSERT(!own.is_server_wide && own.timeout_ms == 5000);
	CU_ASSERT(shared.is_server_wide);
	CU_ASSERT_STRING_EQUAL(shared.store_key, "tsa");
	CU_ASSERT_STRING_EQUAL(joined(shared.certificates), "tsa certificate");
	db_result_free(keys);
	db_result_free(anchors);
	db_result_free(authorities);
}

static void
who_leaves_a_group_loses_what_it_gave(void)
{
	struct error err = ERROR_INIT;
	struct caller_row row;

	ASSERT_OK(store_group_member_remove(w.db, &w.acme, &w.signers, &w.erp, &err), &err);
	ASSERT_RC(store_caller_by_name(w.db, "acme", "erp", &row, &err), 1, &err);
	CU_ASSERT_STRING_EQUAL(joined(row.groups), "all");
	CU_ASSERT_STRING_EQUAL(joined(row.rights), "ListKeys WhoAmI");
	CU_ASSERT_STRING_EQUAL(joined(row.key_names), "");
	db_result_free(row.result);
	CU_ASSERT_EQUAL(store_group_member_remove(w.db, &w.acme, &w.signers, &w.erp, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
	error_clear(&err);
	ASSERT_OK(store_group_member_add(w.db, &w.acme, &w.signers, &w.erp, &err), &err);
}

static void
a_second_certificate_stands_for_the_same_user(void)
{
	struct error err = ERROR_INIT;
	unsigned char fingerprint[FINGERPRINT_SIZE];
	struct caller_row row;

	ASSERT_OK(store_user_certificate_add(
		      w.db, &w.acme, &w.erp, span_str("the renewed one"), "erp", 2000000000, &err),
	    &err);
	world_fingerprint(fingerprint, "the renewed one");
	ASSERT_RC(store_caller_by_certificate(w.db, fingerprint, &row, &err), 1, &err);
	CU_ASSERT(uuid_equal(&row.user, &w.erp));
	CU_ASSERT_EQUAL(row.certificate_not_after, 2000000000);
	db_result_free(row.result);
	/* Not for one of another tenant. */
	CU_ASSERT_EQUAL(store_user_certificate_add(
			    w.db, &w.rival, &w.erp, span_str("theirs"), "erp", 2000000000, &err),
	    -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
}

static void
a_password_is_set_and_taken_away(void)
{
	struct error err = ERROR_INIT;
	struct caller_row row;

	ASSERT_OK(store_user_password(w.db, &w.acme, &w.nobody, world_password, &err), &err);
	ASSERT_RC(store_caller_by_name(w.db, "acme", "nobody", &row, &err), 1, &err);
	CU_ASSERT_STRING_EQUAL(row.password, world_password);
	db_result_free(row.result);
	ASSERT_OK(store_user_password(w.db, &w.acme, &w.nobody, NULL, &err), &err);
	ASSERT_RC(store_caller_by_name(w.db, "acme", "nobody", &row, &err), 1, &err);
	CU_ASSERT_STRING_EQUAL(row.password, "");
	db_result_free(row.result);
	/* Another tenant's administrator cannot. */
	CU_ASSERT_EQUAL(store_user_password(w.db, &w.rival, &w.erp, world_password, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
}

static void
a_second_default_key_is_refused(void)
{
	static const char *const usage[] = { "Sign" };
	struct key_new key = { .name = "other",
		.store_key = "x",
		.algorithm = "RSA",
		.size = 3072,
		.is_default = 1,
		.certificate = span_str("c"),
		.usage = usage,
		.usage_count = 1 };
	struct error err = ERROR_INIT;

	uuid_random(&key.id);
	CU_ASSERT_EQUAL(store_key_add(w.db, &w.acme, &key, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_CONFLICT);
	CU_ASSERT_STRING_EQUAL(db_constraint(w.db), "signing_key_one_default");
}

static void
serial_numbers_never_come_twice_even_after_a_crash(void)
{
	struct error err = ERROR_INIT;
	struct db_options options = { .conninfo = postgres_conninfo(w.database, "signet_server") };
	int64_t first, second, third;

	ASSERT_OK(store_tsa_serials(w.db, 100, &first, &err), &err);
	ASSERT_OK(store_tsa_serials(w.db, 1, &second, &err), &err);
	CU_ASSERT_EQUAL(second, first + 100);
	db_close(w.db);
	w.db = NULL;
	postgres_stop(1);
	ASSERT_OK(postgres_start(), &err);
	ASSERT_OK(db_open(&w.db, &options, &err), &err);
	ASSERT_OK(store_tsa_serials(w.db, 1, &third, &err), &err);
	CU_ASSERT(third > second);
	CU_ASSERT_EQUAL(store_tsa_serials(w.db, 0, &third, &err), -1);
}

static const struct test tests[] = { TEST(a_certificate_finds_its_user_with_all_that_he_may),
	TEST(a_name_finds_the_user_of_its_tenant_only),
	TEST(a_certificate_with_one_other_byte_finds_nobody), TEST(a_user_in_no_group_may_nothing),
	TEST(a_suspended_tenant_user_or_certificate_is_told),
	TEST(what_exists_or_does_not_is_told_by_its_constraint),
	TEST(nobody_is_put_into_a_group_of_another_tenant),
	TEST(a_tenant_gets_its_keys_anchors_and_authorities),
	TEST(who_leaves_a_group_loses_what_it_gave),
	TEST(a_second_certificate_stands_for_the_same_user), TEST(a_password_is_set_and_taken_away),
	TEST(a_second_default_key_is_refused),
	TEST(serial_numbers_never_come_twice_even_after_a_crash), TEST_END };
const struct suite suite_schema_store_caller = { "schema/store/caller", setup, teardown, tests };
