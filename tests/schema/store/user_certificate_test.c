/* S2-31: what is known of users' certificates: kept, listed by pages, told when it changes. */
#include "schema/store/user_certificate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/store/listen.h"
#include "schema/store/tenant.h"
#include "server/base/text.h"
#include "tests/support/database.h"
#include "tests/support/postgres.h"
#include "tests/support/suite.h"
#include "tests/support/world.h"

#define NOW 1800000000 /* before WORLD_NOT_AFTER */

static struct world w;
static unsigned char erp[FINGERPRINT_SIZE], nobody[FINGERPRINT_SIZE], rival[FINGERPRINT_SIZE];

static int
setup(void)
{
	if (world_make(&w) != 0)
		return -1;
	world_fingerprint(erp, WORLD_ERP_CERTIFICATE);
	world_fingerprint(nobody, WORLD_NOBODY_CERTIFICATE);
	world_fingerprint(rival, WORLD_RIVAL_CERTIFICATE);
	return 0;
}

static int
teardown(void)
{
	world_end(&w);
	return 0;
}

static struct user_certificate_check
check(enum user_certificate_state state, int64_t at)
{
	return (struct user_certificate_check){ .state = state,
		.since = at,
		.checked = at,
		.reason = "because",
		.revoked = state == USER_CERTIFICATE_REVOKED ? at - 100 : DB_NO_TIME,
		.revocation_reason = state == USER_CERTIFICATE_REVOKED ? "keyCompromise" : "",
		.source = state == USER_CERTIFICATE_REVOKED ? "CRL" : "",
		.this_update = state == USER_CERTIFICATE_REVOKED ? at - 50 : DB_NO_TIME,
		.next_update = DB_NO_TIME };
}

static void
see(const struct uuid *tenant, const unsigned char *fingerprint, int64_t run,
    struct user_certificate_check c)
{
	const struct user_certificate_seen seen = { fingerprint, c };
	struct error err = ERROR_INIT;

	ASSERT_OK(store_user_certificate_seen(w.db, tenant, run, &seen, 1, &err), &err);
}

/* Names and states of a page, "erp Good, nobody NotChecked". */
static const char *
list(const struct uuid *tenant, struct user_certificate_page page)
{
	static char out[400];
	struct user_certificate_row row;
	struct error err = ERROR_INIT;
	struct db_result *r;
	size_t i, len = 0;

	out[0] = '\0';
	if (page.most == 0)
		page.most = 100;
	if (page.now == 0)
		page.now = NOW;
	ASSERT_OK(store_user_certificates(w.db, tenant, &page, &r, &err), &err);
	for (i = 0; i < db_rows(r) && len < sizeof(out); i++) {
		row = store_user_certificate_row(r, i);
		len += (size_t)snprintf(out + len, sizeof(out) - len, "%s%s %s", i > 0 ? ", " : "",
		    row.user_name, user_certificate_state_name(row.check.state));
	}
	db_result_free(r);
	return out;
}

static void
states_have_names(void)
{
	enum user_certificate_state state;
	int i;

	for (i = 0; i < USER_CERTIFICATE_STATES; i++) {
		CU_ASSERT_EQUAL(
		    user_certificate_state_by_name(
			user_certificate_state_name((enum user_certificate_state)i), &state),
		    0);
		CU_ASSERT_EQUAL((int)state, i);
	}
	CU_ASSERT_EQUAL(user_certificate_state_by_name("good", &state), -1);
}

static void
each_certificate_is_watched_from_its_beginning(void)
{
	const struct user_certificate_page all = { 0 };

	CU_ASSERT_STRING_EQUAL(list(&w.acme, all), "erp NotChecked, nobody NotChecked");
	CU_ASSERT_STRING_EQUAL(list(&w.rival, all), "erp NotChecked");
}

static void
a_list_has_pages_and_filters_and_says_why(void)
{
	struct user_certificate_page page = { .most = 1, .now = NOW };
	struct user_certificate_row row;
	struct error err = ERROR_INIT;
	struct db_result *r;

	see(&w.acme, erp, 1, check(USER_CERTIFICATE_REVOKED, NOW));
	see(&w.acme, nobody, 1, check(USER_CERTIFICATE_GOOD, NOW));
	CU_ASSERT_STRING_EQUAL(list(&w.acme, page), "erp Revoked");
	page.after_user = "erp";
	memcpy(page.after_fingerprint, erp, FINGERPRINT_SIZE);
	CU_ASSERT_STRING_EQUAL(list(&w.acme, page), "nobody Good");
	page.after_user = "nobody";
	memcpy(page.after_fingerprint, nobody, FINGERPRINT_SIZE);
	CU_ASSERT_STRING_EQUAL(list(&w.acme, page), "");
	page = (struct user_certificate_page){ .has_state = 1, .state = USER_CERTIFICATE_GOOD };
	CU_ASSERT_STRING_EQUAL(list(&w.acme, page), "nobody Good");
	CU_ASSERT_STRING_EQUAL(list(&w.rival, page), "");
	page = (struct user_certificate_page){ .user = "erp" };
	CU_ASSERT_STRING_EQUAL(list(&w.acme, page), "erp Revoked");
	page.user = "erp' OR '1'='1";
	CU_ASSERT_STRING_EQUAL(list(&w.acme, page), "");
	/* What has ended since it was looked at is shown so; revoked stays the reason. */
	page = (struct user_certificate_page){ .now = WORLD_NOT_AFTER };
	CU_ASSERT_STRING_EQUAL(list(&w.acme, page), "erp Revoked, nobody Expired");
	page.has_state = 1;
	page.state = USER_CERTIFICATE_EXPIRED;
	CU_ASSERT_STRING_EQUAL(list(&w.acme, page), "nobody Expired");
	page.state = USER_CERTIFICATE_GOOD;
	CU_ASSERT_STRING_EQUAL(list(&w.acme, page), "");
	page = (struct user_certificate_page){ .most = 1, .now = NOW };
	ASSERT_OK(store_user_certificates(w.db, &w.acme, &page, &r, &err), &err);
	row = store_user_certificate_row(r, 0);
	CU_ASSERT(uuid_equal(&row.user, &w.erp));
	CU_ASSERT(row.is_active && row.user_is_active);
	CU_ASSERT_EQUAL(row.not_after, WORLD_NOT_AFTER);
	CU_ASSERT_EQUAL(memcmp(row.fingerprint.data, erp, FINGERPRINT_SIZE), 0);
	CU_ASSERT_EQUAL(row.check.since, NOW);
	CU_ASSERT_EQUAL(row.check.revoked, NOW - 100);
	CU_ASSERT_EQUAL(row.check.this_update, NOW - 50);
	CU_ASSERT_EQUAL(row.check.next_update, DB_NO_TIME);
	CU_ASSERT_STRING_EQUAL(row.check.revocation_reason, "keyCompromise");
	CU_ASSERT_STRING_EQUAL(row.check.source, "CRL");
	CU_ASSERT_STRING_EQUAL(row.check.reason, "because");
	CU_ASSERT_EQUAL(row.refused, 0);
	db_result_free(r);
}

static void
a_state_has_a_beginning_that_further_looks_leave(void)
{
	struct user_certificate_page page = { .user = "nobody", .most = 1, .now = NOW };
	struct error err = ERROR_INIT;
	struct db_result *r;

	see(&w.acme, nobody, 2, check(USER_CERTIFICATE_GOOD, NOW + 500));
	ASSERT_OK(store_user_certificates(w.db, &w.acme, &page, &r, &err), &err);
	CU_ASSERT_EQUAL(store_user_certificate_row(r, 0).check.since, NOW);
	CU_ASSERT_EQUAL(store_user_certificate_row(r, 0).check.checked, NOW + 500);
	db_result_free(r);
}

static struct caller_row
find(const unsigned char *fingerprint)
{
	struct caller_row row;
	struct error err = ERROR_INIT;

	ASSERT_RC(store_caller_by_certificate(w.db, fingerprint, &row, &err), 1, &err);
	return row;
}

static void
who_calls_comes_with_what_is_known_of_his_certificate(void)
{
	const struct user_certificate_rules strict = { .is_strict = 1, .grace_hours = 2 },
					    lenient = { .grace_hours = 24 };
	struct error err = ERROR_INIT;
	struct caller_row row = find(erp);

	CU_ASSERT_STRING_EQUAL(row.check_state, "Revoked");
	CU_ASSERT_STRING_EQUAL(row.check_reason, "keyCompromise");
	CU_ASSERT_EQUAL(row.check_revoked, NOW - 100);
	CU_ASSERT_EQUAL(row.check_refused, 0);
	db_result_free(row.result);
	row = find(nobody);
	CU_ASSERT_STRING_EQUAL(row.check_state, "Good");
	CU_ASSERT_EQUAL(row.check_refused, DB_NO_TIME);
	db_result_free(row.result);
	see(&w.acme, nobody, 3, check(USER_CERTIFICATE_UNKNOWN, NOW + 1000));
	row = find(nobody);
	CU_ASSERT_EQUAL(row.check_refused, DB_NO_TIME);
	db_result_free(row.result);
	ASSERT_OK(store_user_certificate_set_rules(w.db, &w.acme, &strict, &err), &err);
	row = find(nobody);
	CU_ASSERT_EQUAL(row.check_since, NOW + 1000);
	CU_ASSERT_EQUAL(row.check_refused, NOW + 1000 + 2 * 3600);
	db_result_free(row.result);
	ASSERT_RC(store_caller_by_name(w.db, "acme", "erp", &row, &err), 1, &err);
	CU_ASSERT_STRING_EQUAL(row.check_state, "");
	CU_ASSERT_EQUAL(row.check_refused, DB_NO_TIME);
	db_result_free(row.result);
	ASSERT_OK(store_user_certificate_set_rules(w.db, &w.acme, &lenient, &err), &err);
}

static void
rules_are_the_tenants_and_bounded(void)
{
	struct user_certificate_rules rules = { 0 };
	struct error err = ERROR_INIT;

	ASSERT_OK(store_user_certificate_rules(w.db, &w.rival, &rules, &err), &err);
	CU_ASSERT(!rules.is_strict);
	CU_ASSERT_EQUAL(rules.grace_hours, 24);
	rules.grace_hours = 8761;
	CU_ASSERT_EQUAL(store_user_certificate_set_rules(w.db, &w.rival, &rules, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "8760 hours"));
}

static void
certificates_are_counted_by_state(void)
{
	struct user_certificate_counts counts;
	struct error err = ERROR_INIT;

	ASSERT_OK(store_user_certificate_counts(w.db, NULL, NOW + 2000, &counts, &err), &err);
	CU_ASSERT_EQUAL(counts.state[USER_CERTIFICATE_REVOKED], 1);
	CU_ASSERT_EQUAL(counts.state[USER_CERTIFICATE_UNKNOWN], 1);
	CU_ASSERT_EQUAL(counts.state[USER_CERTIFICATE_NOT_CHECKED], 1);
	CU_ASSERT_EQUAL(counts.overdue, 0);
	ASSERT_OK(
	    store_user_certificate_counts(w.db, &w.acme, NOW + 1000 + 24 * 3600, &counts, &err),
	    &err);
	CU_ASSERT_EQUAL(counts.state[USER_CERTIFICATE_NOT_CHECKED], 0);
	CU_ASSERT_EQUAL(counts.overdue, 1);
	database_run(w.database,
	    "UPDATE signet.user_certificate SET state = 'suspended' WHERE subject = 'nobody'");
	ASSERT_OK(store_user_certificate_counts(w.db, &w.acme, NOW, &counts, &err), &err);
	CU_ASSERT_EQUAL(counts.state[USER_CERTIFICATE_UNKNOWN], 0);
	database_run(w.database, "UPDATE signet.user_certificate SET state = 'active'");
}

static void
another_state_is_told_and_another_look_is_not(void)
{
	struct db_options options = { .conninfo = postgres_conninfo(w.database, "signet_server") };
	struct error err = ERROR_INIT;
	struct listener *l;

	see(&w.acme, nobody, 4, check(USER_CERTIFICATE_GOOD, NOW));
	ASSERT_OK(listener_open(&l, &options, &err), &err);
	see(&w.acme, nobody, 5, check(USER_CERTIFICATE_GOOD, NOW + 10));
	ASSERT_OK(listener_ping(l, &err), &err);
	CU_ASSERT_EQUAL(listener_take(l, &err), 0);
	see(&w.acme, nobody, 6, check(USER_CERTIFICATE_REVOKED, NOW + 20));
	ASSERT_OK(listener_ping(l, &err), &err);
	CU_ASSERT(listener_take(l, &err) > 0);
	listener_close(l);
}

static void
a_walk_meets_each_once_the_longest_unseen_first(void)
{
	struct user_certificate_walk walk = { 0 };
	struct user_certificate_due due;
	struct error err = ERROR_INIT;
	struct db_result *r;

	see(&w.acme, erp, 7, check(USER_CERTIFICATE_GOOD, NOW));
	see(&w.acme, nobody, 6, check(USER_CERTIFICATE_GOOD, NOW));
	ASSERT_OK(store_user_certificate_due(w.db, &w.acme, 8, 1, &walk, &r, &err), &err);
	CU_ASSERT_EQUAL_FATAL(db_rows(r), 1);
	due = store_user_certificate_due_row(r, 0);
	CU_ASSERT_EQUAL(memcmp(due.fingerprint, nobody, FINGERPRINT_SIZE), 0);
	CU_ASSERT_STRING_EQUAL(due.user_name, "nobody");
	CU_ASSERT(due.is_active);
	CU_ASSERT(span_equal(due.certificate, span_str(WORLD_NOBODY_CERTIFICATE)));
	db_result_free(r);
	see(&w.acme, nobody, 8, check(USER_CERTIFICATE_GOOD, NOW));
	ASSERT_OK(store_user_certificate_due(w.db, &w.acme, 8, 1, &walk, &r, &err), &err);
	CU_ASSERT_EQUAL_FATAL(db_rows(r), 1);
	CU_ASSERT_EQUAL(
	    memcmp(store_user_certificate_due_row(r, 0).fingerprint, erp, FINGERPRINT_SIZE), 0);
	db_result_free(r);
	ASSERT_OK(store_user_certificate_due(w.db, &w.acme, 8, 1, &walk, &r, &err), &err);
	CU_ASSERT_EQUAL(db_rows(r), 0);
	db_result_free(r);
}

static void
tenants_are_walked_that_are_active_and_have_no_job_of_their_own(void)
{
	struct error err = ERROR_INIT;
	struct db_result *r;
	struct uuid first;

	see(&w.acme, erp, 8, check(USER_CERTIFICATE_GOOD, NOW));
	see(&w.acme, nobody, 8, check(USER_CERTIFICATE_GOOD, NOW));
	ASSERT_OK(store_user_certificate_tenants(w.db, NULL, &r, &err), &err);
	CU_ASSERT_EQUAL_FATAL(db_rows(r), 2);
	first = db_uuid(r, 0, 0);
	CU_ASSERT(uuid_equal(&first, &w.rival)); /* nobody looked at it yet */
	db_result_free(r);
	database_run(w.database,
	    "INSERT INTO signet.job (tenant_id, name, every_seconds) SELECT id, "
	    "'user-certificates', 60 FROM signet.tenant WHERE name = 'rival'");
	ASSERT_OK(store_user_certificate_tenants(w.db, NULL, &r, &err), &err);
	CU_ASSERT_EQUAL(db_rows(r), 1);
	db_result_free(r);
	ASSERT_OK(store_user_certificate_tenants(w.db, &w.rival, &r, &err), &err);
	CU_ASSERT_EQUAL(db_rows(r), 1);
	db_result_free(r);
	database_run(
	    w.database, "UPDATE signet.tenant SET state = 'suspended' WHERE name = 'acme'");
	ASSERT_OK(store_user_certificate_tenants(w.db, NULL, &r, &err), &err);
	CU_ASSERT_EQUAL(db_rows(r), 0);
	db_result_free(r);
	database_run(w.database,
	    "UPDATE signet.tenant SET state = 'active'; DELETE FROM signet.job WHERE tenant_id "
	    "IS NOT NULL");
}

static void
a_tenant_writes_nothing_of_another(void)
{
	see(&w.acme, rival, 9, check(USER_CERTIFICATE_REVOKED, NOW));
	CU_ASSERT_STRING_EQUAL(
	    list(&w.rival, (struct user_certificate_page){ 0 }), "erp NotChecked");
}

static const struct test tests[] = {
	TEST(states_have_names),
	TEST(each_certificate_is_watched_from_its_beginning),
	TEST(a_list_has_pages_and_filters_and_says_why),
	TEST(a_state_has_a_beginning_that_further_looks_leave),
	TEST(who_calls_comes_with_what_is_known_of_his_certificate),
	TEST(rules_are_the_tenants_and_bounded),
	TEST(certificates_are_counted_by_state),
	TEST(another_state_is_told_and_another_look_is_not),
	TEST(a_walk_meets_each_once_the_longest_unseen_first),
	TEST(tenants_are_walked_that_are_active_and_have_no_job_of_their_own),
	TEST(a_tenant_writes_nothing_of_another),
	TEST_END,
};
const struct suite suite_schema_store_user_certificate = { "schema/store/user_certificate", setup,
	teardown, tests };
