/* S2-27, S2-28, S2-29: lists are taken in or refused, and tenants' snapshots follow what they
 * chose. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/store/tenant.h"
#include "server/ops/trust/trust.h"
#include "signing/x509/cert.h"
#include "tests/support/postgres.h"
#include "tests/support/suite.h"
#include "tests/support/trusted.h"

static char database[32];
static struct db *db, *owner_db;
static struct uuid acme, rival, source;
static struct test_list list;
static struct buf text = BUF_INIT(0), der = BUF_INIT(0);

static int
open_db(struct db **out, const char *role)
{
	struct db_options options = { .conninfo = postgres_conninfo(database, role) };
	struct error err = ERROR_INIT;

	if (db_open(out, &options, &err) == 0)
		return 0;
	fprintf(stderr, "%s [%s]\n", err.text, err.cause);
	return -1;
}

static struct span
der_of(enum pki_id id)
{
	struct error err = ERROR_INIT;

	der.len = 0;
	if (cert_write_der(&der, pki_cert(id), &err) != 0)
		fprintf(stderr, "%s\n", err.text);
	return SPAN_OF(&der);
}

static int
setup(void)
{
	struct trust_source_new s = { .name = "DE", .kind = "list", .territory = "DE" };
	struct error err = ERROR_INIT;
	struct span pin;

	uuid_random(&acme);
	uuid_random(&rival);
	uuid_random(&source);
	test_list_init(&list);
	if (postgres_database(database) == NULL || open_db(&db, "signet_server") != 0 ||
	    open_db(&owner_db, "signet_owner") != 0 ||
	    store_tenant_add(db, &acme, "acme", &err) != 0 ||
	    store_tenant_add(db, &rival, "rival", &err) != 0)
		return -1;
	pin = der_of(PKI_P256);
	s.id = source;
	s.signers = &pin;
	s.signer_count = 1;
	return store_trust_source_add(owner_db, NULL, &s, &err);
}

static int
teardown(void)
{
	db_close(db);
	db_close(owner_db);
	test_list_release(&list);
	buf_release(&text);
	buf_release(&der);
	return 0;
}

/* Take in what `text` holds, as a job for all tenants does. */
static struct trust_import_result
take_in(enum trust_list_verdict verdict)
{
	const struct trust_import import = {
		.source = "DE", .list = SPAN_OF(&text), .by = "job", .time = PKI_NOW
	};
	struct trust_import_result result;
	struct error err = ERROR_INIT;

	ASSERT_OK(trust_import(db, &import, &result, &err), &err);
	if (result.verdict != verdict)
		fprintf(stderr, "%s: %s\n", trust_list_verdict_name(result.verdict), result.text);
	CU_ASSERT_EQUAL(result.verdict, verdict);
	return result;
}

static int
ask(const char *sql)
{
	struct error err = ERROR_INIT;
	char answer[64];

	ASSERT_OK(postgres_ask(database, "postgres", sql, answer, sizeof(answer), &err), &err);
	return atoi(answer);
}

static int
trusts(const struct uuid *tenant, enum pki_id anchor, int64_t time)
{
	struct trust_snapshot *s;
	struct trust_verdict v;
	struct error err = ERROR_INIT;
	int accepted;

	ASSERT_OK(trust_load(db, tenant, 0, &s, &err), &err);
	if (s == NULL)
		return -1;
	accepted = trust_judge(s, pki_cert(anchor), PATH_SIGNING, time, &v);
	trust_snapshot_free(s);
	return accepted;
}

static void
an_accepted_list_makes_a_snapshot_for_who_chose_of_it(void)
{
	struct trust_import_result r;
	struct error err = ERROR_INIT;

	ASSERT_OK(store_trust_choose(db, &acme, &source, "Alpha Trust", &err), &err);
	test_list_make(&list, PKI_P256, &text);
	r = take_in(TRUST_LIST_ACCEPTED);
	CU_ASSERT_EQUAL(r.sequence, 7);
	CU_ASSERT_EQUAL(r.snapshots, 1);
	CU_ASSERT_EQUAL(trusts(&acme, PKI_INTERMEDIATE, PKI_NOW), 1);
	CU_ASSERT_EQUAL(trusts(&acme, PKI_OTHER_ROOT, PKI_NOW - 31 * PKI_DAY), 0);
	CU_ASSERT_EQUAL(trusts(&rival, PKI_INTERMEDIATE, PKI_NOW), -1);
	/* The same once more changes nothing and is not recorded twice. */
	r = take_in(TRUST_LIST_UNCHANGED);
	CU_ASSERT_EQUAL(r.snapshots, 0);
	CU_ASSERT_EQUAL(ask("SELECT count(*) FROM signet.trust_list"), 1);
	CU_ASSERT_EQUAL(ask("SELECT count(*) FROM signet.trust_snapshot"), 1);
}

static void
a_wrong_signature_is_refused_recorded_and_the_last_good_stays(void)
{
	struct trust_import_result r;

	list.scheme.sequence = 8;
	test_list_make(&list, PKI_P384, &text);
	r = take_in(TRUST_LIST_STRANGER);
	CU_ASSERT_PTR_NOT_NULL(strstr(r.text, "pinned signers"));
	CU_ASSERT_EQUAL(r.snapshots, 0);
	test_list_make(&list, PKI_P256, &text);
	test_swap(&text, "deprecated", "recognised");
	take_in(TRUST_LIST_BROKEN);
	list.scheme.sequence = 6;
	test_list_make(&list, PKI_P256, &text);
	take_in(TRUST_LIST_OLD);
	CU_ASSERT_EQUAL(ask("SELECT count(*) FROM signet.trust_list WHERE verdict <> 'Accepted' AND"
			    " content IS NULL AND reason <> '' AND imported_by = 'job'"),
	    3);
	CU_ASSERT_EQUAL(ask("SELECT count(*) FROM signet.trust_list WHERE verdict = 'Stranger' AND"
			    " signer IS NOT NULL"),
	    1);
	CU_ASSERT_EQUAL(ask("SELECT count(*) FROM signet.trust_snapshot"), 1);
	CU_ASSERT_EQUAL(trusts(&acme, PKI_INTERMEDIATE, PKI_NOW), 1);
}

static void
snapshots_are_numbered_and_stay(void)
{
	struct trust_snapshot_row row;
	struct trust_import_result r;
	struct trust_snapshot *first;
	struct trust_verdict v;
	struct error err = ERROR_INIT;

	/* The service is withdrawn in number 9; number 1 still tells what counted before. */
	list.scheme.sequence = 9;
	list.instances[0].status = trust_status_uri("withdrawn");
	test_list_make(&list, PKI_P256, &text);
	r = take_in(TRUST_LIST_ACCEPTED);
	CU_ASSERT_EQUAL(r.snapshots, 1);
	CU_ASSERT_EQUAL(trusts(&acme, PKI_INTERMEDIATE, PKI_NOW), 0);
	CU_ASSERT_EQUAL(store_trust_snapshot(db, &acme, 0, &row, &err), 1);
	CU_ASSERT_EQUAL(row.number, 2);
	CU_ASSERT_STRING_EQUAL(row.reason, "list 9 of DE");
	db_result_free(row.result);
	ASSERT_OK(trust_load(db, &acme, 1, &first, &err), &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(first);
	CU_ASSERT_EQUAL(
	    trust_judge(first, pki_cert(PKI_INTERMEDIATE), PATH_SIGNING, PKI_NOW, &v), 1);
	trust_snapshot_free(first);
	CU_ASSERT_EQUAL(store_trust_snapshot(db, &rival, 1, &row, &err), 0);
	CU_ASSERT_EQUAL(store_trust_snapshot_add(db, &acme, 2, span_str("x"), "", "", &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_CONFLICT);
}

static void
own_certificates_become_part_of_the_next_snapshot(void)
{
	static const char *const usage[] = { "Signing" }, *const crl[] = { "http://crl.example/a" },
				 *const bad[] = { "file:///etc/passwd" };
	struct trust_snapshot *s;
	struct error err = ERROR_INIT;
	struct uuid id;
	int32_t number;

	uuid_random(&id);
	ASSERT_OK(
	    store_anchor_add(db, &rival, &id, "House CA", der_of(PKI_OTHER_ROOT), usage, 1, &err),
	    &err);
	ASSERT_OK(store_anchor_urls(db, &rival, &id, crl, 1, NULL, 0, &err), &err);
	CU_ASSERT_EQUAL(store_anchor_urls(db, &rival, &id, bad, 1, NULL, 0, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	error_clear(&err);
	CU_ASSERT_EQUAL(trust_refresh(db, &rival, "own CA added", "admin", &number, &err), 1);
	CU_ASSERT_EQUAL(number, 1);
	CU_ASSERT_EQUAL(trust_refresh(db, &rival, "nothing", "admin", &number, &err), 0);
	CU_ASSERT_EQUAL(number, 1);
	ASSERT_OK(trust_load(db, &rival, 0, &s, &err), &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	CU_ASSERT_EQUAL(s->own_count, 1);
	CU_ASSERT_STRING_EQUAL(s->own[0].crl_urls.items[0], crl[0]);
	trust_snapshot_free(s);
	CU_ASSERT_EQUAL(trusts(&rival, PKI_OTHER_ROOT, PKI_NOW), 1);
	CU_ASSERT_EQUAL(trusts(&acme, PKI_OTHER_ROOT, PKI_NOW), 0);
}

static void
letting_go_of_a_trust_centre_takes_it_out(void)
{
	struct error err = ERROR_INIT;
	int32_t number;

	list.scheme.sequence = 10;
	list.instances[0].status = trust_status_uri("recognisedatnationallevel");
	test_list_make(&list, PKI_P256, &text);
	take_in(TRUST_LIST_ACCEPTED);
	CU_ASSERT_EQUAL(trusts(&acme, PKI_INTERMEDIATE, PKI_NOW), 1);
	ASSERT_OK(store_trust_let_go(db, &acme, &source, "Alpha Trust", &err), &err);
	CU_ASSERT_EQUAL(trust_refresh(db, &acme, "let go", "admin", &number, &err), 1);
	CU_ASSERT_EQUAL(trusts(&acme, PKI_INTERMEDIATE, PKI_NOW), 0);
}

static void
a_list_of_lists_names_the_signers_of_others(void)
{
	struct trust_source_new s = {
		.name = "EU", .kind = "lotl", .territory = "EU", .type = TEST_LOTL_TYPE
	};
	struct trust_import import = { .source = "DE by EU", .by = "job", .time = PKI_NOW };
	struct trust_import_result r;
	struct error err = ERROR_INIT;
	struct uuid lotl;
	struct span pin;

	uuid_random(&lotl);
	s.id = lotl;
	pin = der_of(PKI_RSA2048);
	s.signers = &pin;
	s.signer_count = 1;
	ASSERT_OK(store_trust_source_add(owner_db, NULL, &s, &err), &err);
	s = (struct trust_source_new){
		.name = "DE by EU", .kind = "list", .territory = "DE", .lotl = &lotl
	};
	uuid_random(&s.id);
	ASSERT_OK(store_trust_source_add(owner_db, NULL, &s, &err), &err);
	test_list_make(&list, PKI_P384, &text);
	import.list = SPAN_OF(&text);
	CU_ASSERT_EQUAL(trust_import(db, &import, &r, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
	error_clear(&err);
	test_lotl(&text, 3, PKI_RSA2048, PKI_P384, PKI_RSA2048);
	import.source = "EU";
	import.list = SPAN_OF(&text);
	ASSERT_OK(trust_import(db, &import, &r, &err), &err);
	CU_ASSERT_EQUAL(r.verdict, TRUST_LIST_ACCEPTED);
	import.source = "DE by EU";
	test_list_make(&list, PKI_P256, &text);
	import.list = SPAN_OF(&text);
	ASSERT_OK(trust_import(db, &import, &r, &err), &err);
	CU_ASSERT_EQUAL(r.verdict, TRUST_LIST_STRANGER);
	test_list_make(&list, PKI_P384, &text);
	import.list = SPAN_OF(&text);
	ASSERT_OK(trust_import(db, &import, &r, &err), &err);
	CU_ASSERT_EQUAL(r.verdict, TRUST_LIST_ACCEPTED);
}

static void
a_tenant_takes_in_lists_of_its_own(void)
{
	struct trust_source_new s = { .name = "House list", .kind = "list" };
	struct trust_import import = {
		.tenant = &acme, .source = "House list", .by = "admin", .time = PKI_NOW
	};
	struct trust_import_result r;
	struct error err = ERROR_INIT;
	struct span pin = der_of(PKI_P521);

	uuid_random(&s.id);
	s.signers = &pin;
	s.signer_count = 1;
	ASSERT_OK(store_trust_source_add(db, &acme, &s, &err), &err);
	ASSERT_OK(store_trust_choose(db, &acme, &s.id, "", &err), &err);
	test_list_make(&list, PKI_P521, &text);
	import.list = SPAN_OF(&text);
	ASSERT_OK(trust_import(db, &import, &r, &err), &err);
	CU_ASSERT_EQUAL(r.verdict, TRUST_LIST_ACCEPTED);
	CU_ASSERT_EQUAL(r.snapshots, 1);
	CU_ASSERT_EQUAL(trusts(&acme, PKI_INTERMEDIATE, PKI_NOW), 1);
	import.tenant = &rival;
	CU_ASSERT_EQUAL(trust_import(db, &import, &r, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
}

static void
sources_say_who_signs_in_one_way(void)
{
	struct trust_source_new s = { .name = "nobody signs", .kind = "list" };
	struct error err = ERROR_INIT;

	uuid_random(&s.id);
	CU_ASSERT_EQUAL(store_trust_source_add(db, &acme, &s, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "pinned signers"));
}

static const struct test tests[] = { TEST(an_accepted_list_makes_a_snapshot_for_who_chose_of_it),
	TEST(a_wrong_signature_is_refused_recorded_and_the_last_good_stays),
	TEST(snapshots_are_numbered_and_stay),
	TEST(own_certificates_become_part_of_the_next_snapshot),
	TEST(letting_go_of_a_trust_centre_takes_it_out),
	TEST(a_list_of_lists_names_the_signers_of_others), TEST(a_tenant_takes_in_lists_of_its_own),
	TEST(sources_say_who_signs_in_one_way), TEST_END };
const struct suite suite_server_ops_trust_trust = { "server/ops/trust/trust", setup, teardown,
	tests };
