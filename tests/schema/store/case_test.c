/* S2-02: what is stored with a case is written once, never changed, and found again by an index. */
#include "schema/store/case.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/store/audit.h"
#include "signing/core/digests.h"
#include "tests/support/postgres.h"
#include "tests/support/suite.h"
#include "tests/support/world.h"

#define AT 1800000000000000

static struct world w;
static int32_t node;
static int64_t seq;

static int
setup(void)
{
	struct error err = ERROR_INIT;

	return world_make(&w) == 0 && store_node(w.db, "node-a", &node, &err) == 0 ? 0 : -1;
}

static int
teardown(void)
{
	world_end(&w);
	return 0;
}

/* ---- small cases ---- */

/* One document, one signature, one object; found by everything that it says. */
struct sample {
	struct case_file file;
	struct case_document document;
	struct case_signature signature;
	struct case_use use;
	struct case_content content;
	struct case_key keys[4];
	size_t key_count;
	unsigned char digest[DIGEST_SIZE_MAX];
};

static void
sample_make(struct sample *s, int64_t at, const char *signer, const char *content)
{
	struct error err = ERROR_INIT;

	memset(s, 0, sizeof(*s));
	ASSERT_OK(digest_span(DIGEST_SHA256, span_str(content), s->digest, &err), &err);
	memcpy(s->content.digest, s->digest, CASE_DIGEST_SIZE);
	s->content.content = span_str(content);
	s->document = (struct case_document){ "Signed", "a.pdf", "application/pdf", 12, "" };
	s->signature = (struct case_signature){ .name = "signer-1",
		.counter_of = "",
		.format = "CMS",
		.level = "B-B",
		.algorithm = "",
		.indication = "TotalPassed",
		.sub_indication = "",
		.reason = "",
		.subject = signer,
		.issuer = "",
		.serial = "",
		.claimed_us = DB_NO_TIME,
		.best_us = at };
	s->use = (struct case_use){ "Certificate", "certificate-1", "application/pkix-cert",
		{ s->digest, CASE_DIGEST_SIZE }, (int64_t)strlen(content) };
	s->file = (struct case_file){ .user = w.erp,
		.stored_us = at,
		.validation_us = at,
		.request_id = "",
		.caller = "acme/erp",
		.node = "node-a",
		.program = "",
		.door = "Api",
		.kind = "File",
		.indication = "TotalPassed",
		.sub_indication = "",
		.reason_code = "",
		.reason = "",
		.policy = "",
		.catalogue = "",
		.trust_snapshot = "",
		.documents = &s->document,
		.document_count = 1,
		.signatures = &s->signature,
		.signature_count = 1,
		.uses = &s->use,
		.use_count = 1 };
	uuid_random(&s->file.id);
	uuid_random(&s->file.request);
	s->keys[0] = (struct case_key){ "all", SPAN_NONE };
	s->keys[1] = (struct case_key){ "indication", span_str("TotalPassed") };
	s->keys[2] = (struct case_key){ "signer", span_str(signer) };
	s->keys[3] = (struct case_key){ "digest", { s->digest, CASE_DIGEST_SIZE } };
	s->key_count = 4;
}

static int
add(const struct uuid *tenant, struct sample *s, struct error *err)
{
	return store_case_add(w.db, tenant, &s->file, s->keys, s->key_count, &s->content, 1, err);
}

static void
seal(const struct uuid *tenant, const struct uuid *id)
{
	const struct audit_row row = { .seq = seq + 1,
		.caller = "",
		.operation = "StoreCase",
		.object = "",
		.result = "",
		.reason = "",
		.peer = "" };
	const struct audit_row *rows = &row;
	const struct case_seal one = { *tenant, *id, seq + 1 };
	struct error err = ERROR_INIT;

	seq++;
	ASSERT_OK(store_audit_commit(w.db, node, &rows, 1, NULL, 0, &one, 1, &err), &err);
}

static struct uuid
stored(const struct uuid *tenant, int64_t at, const char *signer, const char *content)
{
	struct error err = ERROR_INIT;
	struct sample s;

	sample_make(&s, at, signer, content);
	ASSERT_OK(add(tenant, &s, &err), &err);
	seal(tenant, &s.file.id);
	return s.file.id;
}

static int
get(const struct uuid *tenant, const struct uuid *id)
{
	struct error err = ERROR_INIT;
	struct case_row row;
	int rc = store_case_get(w.db, tenant, id, &row, &err);

	store_case_row_release(&row);
	return rc;
}

static struct case_query
by(const char *kind, const char *value)
{
	return (struct case_query){ .key = { kind, span_str(value) },
		.before_us = INT64_C(253402300799000000),
		.page = 10 };
}

static int
found(const struct uuid *tenant, const struct case_query *q)
{
	struct error err = ERROR_INIT;
	struct case_page page;
	int n;

	ASSERT_OK(store_case_find(w.db, tenant, q, &page, &err), &err);
	n = (int)page.count;
	db_result_free(page.result);
	return n;
}

static int
count_of(const char *sql)
{
	struct error err = ERROR_INIT;
	char text[64];

	ASSERT_OK(postgres_ask(w.database, "postgres", sql, text, sizeof(text), &err), &err);
	return atoi(text);
}

/* ---- tests ---- */

static void
a_case_comes_back_as_it_went_in(void)
{
	struct uuid id = stored(&w.acme, AT, "cn=alice", "a certificate");
	struct error err = ERROR_INIT;
	struct db_result *r = NULL;
	struct span content;
	struct case_row row;

	CU_ASSERT_EQUAL_FATAL(store_case_get(w.db, &w.acme, &id, &row, &err), 1);
	CU_ASSERT(uuid_equal(&row.file.id, &id));
	CU_ASSERT_EQUAL(row.file.stored_us, AT);
	CU_ASSERT_STRING_EQUAL(row.file.caller, "acme/erp");
	CU_ASSERT_STRING_EQUAL(row.seal_node, "node-a");
	CU_ASSERT_EQUAL(row.seq, seq);
	CU_ASSERT_EQUAL_FATAL(row.file.document_count, 1);
	CU_ASSERT_STRING_EQUAL(row.file.documents[0].name, "a.pdf");
	CU_ASSERT_EQUAL(row.file.documents[0].size, 12);
	CU_ASSERT_EQUAL_FATAL(row.file.signature_count, 1);
	CU_ASSERT_STRING_EQUAL(row.file.signatures[0].subject, "cn=alice");
	CU_ASSERT_EQUAL(row.file.signatures[0].claimed_us, DB_NO_TIME);
	CU_ASSERT_EQUAL_FATAL(row.file.use_count, 1);
	CU_ASSERT_EQUAL_FATAL(
	    store_case_content(w.db, &w.acme, row.file.uses[0].digest, &r, &content, &err), 1);
	CU_ASSERT(span_equal(content, span_str("a certificate")));
	db_result_free(r);
	store_case_row_release(&row);
}

static void
a_case_is_there_once_it_is_sealed(void)
{
	struct case_query q = by("signer", "cn=unsealed");
	struct error err = ERROR_INIT;
	struct sample s;

	sample_make(&s, AT, "cn=unsealed", "b");
	ASSERT_OK(add(&w.acme, &s, &err), &err);
	CU_ASSERT_EQUAL(get(&w.acme, &s.file.id), 0);
	CU_ASSERT_EQUAL(found(&w.acme, &q), 0);
	seal(&w.acme, &s.file.id);
	CU_ASSERT_EQUAL(get(&w.acme, &s.file.id), 1);
	CU_ASSERT_EQUAL(found(&w.acme, &q), 1);
	/* There is no seal of what is not there, nor of what is another's. */
	CU_ASSERT_EQUAL(postgres_run(w.database, "signet_server",
			    "INSERT INTO signet.case_seal SELECT gen_random_uuid(),"
			    " gen_random_uuid(), 1, 1",
			    &err),
	    -1);
}

static void
another_tenant_sees_nothing_of_it(void)
{
	struct uuid id = stored(&w.acme, AT, "cn=secret", "c");
	struct case_query q = by("signer", "cn=secret");
	unsigned char digest[DIGEST_SIZE_MAX];
	struct error err = ERROR_INIT;
	struct db_result *r = NULL;
	struct span content;

	CU_ASSERT_EQUAL(get(&w.rival, &id), 0);
	CU_ASSERT_EQUAL(found(&w.rival, &q), 0);
	ASSERT_OK(digest_span(DIGEST_SHA256, span_str("c"), digest, &err), &err);
	CU_ASSERT_EQUAL(
	    store_case_content(w.db, &w.rival, (struct span){ digest, 32 }, &r, &content, &err), 0);
}

static const char *const tables[] = { "case_object", "case_file", "case_document", "case_signature",
	"case_use", "case_key", "case_seal" };
#define TABLES (sizeof(tables) / sizeof(tables[0]))

static void
nobody_changes_what_is_stored(void)
{
	static const char *const roles[] = { "signet_server", "signet_owner", "postgres" };
	static const char *const changes[] = { "UPDATE signet.%s SET tenant_id = tenant_id",
		"DELETE FROM signet.%s", "TRUNCATE signet.%s CASCADE" };
	char sql[512], change[128], tenant[TEXT_UUID_SIZE];
	size_t t, r, c;

	stored(&w.acme, AT, "cn=kept", "d");
	for (t = 0; t < TABLES; t++)
		for (r = 0; r < sizeof(roles) / sizeof(roles[0]); r++)
			for (c = 0; c < sizeof(changes) / sizeof(changes[0]); c++) {
				struct error err = ERROR_INIT;

				snprintf(change, sizeof(change), changes[c], tables[t]);
				snprintf(sql, sizeof(sql),
				    "SELECT set_config('signet.tenant', '%s', false); %s",
				    uuid_text(tenant, &w.acme), change);
				if (postgres_run(w.database, roles[r], sql, &err) == 0)
					fprintf(stderr, "%s may: %s\n", roles[r], change);
				CU_ASSERT_NOT_EQUAL(err.kind, ERROR_NONE);
			}
}

static void
an_object_is_stored_once_however_many_cases_use_it(void)
{
	int before = count_of("SELECT count(*) FROM signet.case_object");

	stored(&w.acme, AT + 1, "cn=e", "the same CRL");
	stored(&w.acme, AT + 2, "cn=e", "the same CRL");
	CU_ASSERT_EQUAL(count_of("SELECT count(*) FROM signet.case_object"), before + 1);
	/* Another tenant has its own. */
	stored(&w.rival, AT + 2, "cn=e", "the same CRL");
	CU_ASSERT_EQUAL(count_of("SELECT count(*) FROM signet.case_object"), before + 2);
}

static void
an_object_under_another_digest_is_refused_and_with_it_its_case(void)
{
	struct error err = ERROR_INIT;
	struct sample s;

	sample_make(&s, AT, "cn=wrong", "not this");
	s.content.content = span_str("but that");
	CU_ASSERT_EQUAL(add(&w.acme, &s, &err), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.cause, "case_object_digest"));
	CU_ASSERT_EQUAL(count_of("SELECT count(*) FROM signet.case_key"
				 " WHERE value = 'cn=wrong'"),
	    0);
	/* A case whose object was not brought along neither. */
	error_clear(&err);
	sample_make(&s, AT, "cn=wrong", "never stored");
	CU_ASSERT_EQUAL(
	    store_case_add(w.db, &w.acme, &s.file, s.keys, s.key_count, NULL, 0, &err), -1);
	CU_ASSERT_EQUAL(count_of("SELECT count(*) FROM signet.case_key"
				 " WHERE value = 'cn=wrong'"),
	    0);
}

static void
what_a_crash_left_is_swept_and_nothing_else(void)
{
	const int64_t now = count_of("SELECT extract(epoch FROM now())::bigint");
	struct uuid kept = stored(&w.acme, (now - 90000) * 1000000, "cn=sealed", "sealed");
	struct error err = ERROR_INIT;
	struct sample s, young;
	uint64_t swept = 0;

	sample_make(&s, (now - 90000) * 1000000, "cn=remains", "remains");
	ASSERT_OK(add(&w.acme, &s, &err), &err);
	sample_make(&young, now * 1000000, "cn=young", "young");
	ASSERT_OK(add(&w.acme, &young, &err), &err);
	/* What is under way is left alone. */
	CU_ASSERT_EQUAL(store_case_sweep(w.db, 0, now, 100, &swept, &err), -1);
	error_clear(&err);
	ASSERT_OK(store_case_sweep(w.db, now - 100000, now - 86400, 100, &swept, &err), &err);
	CU_ASSERT_EQUAL(swept, 1);
	CU_ASSERT_EQUAL(get(&w.acme, &kept), 1);
	CU_ASSERT_EQUAL(
	    count_of("SELECT count(*) FROM signet.case_key WHERE value = 'cn=remains'"), 0);
	CU_ASSERT_EQUAL(
	    count_of("SELECT count(*) FROM signet.case_key WHERE value = 'cn=young'"), 1);
	seal(&w.acme, &young.file.id);
	CU_ASSERT_EQUAL(get(&w.acme, &young.file.id), 1);
}

static void
pages_show_each_case_once_newest_first(void)
{
	struct case_query q = by("signer", "cn=pages");
	struct error err = ERROR_INIT;
	struct case_page page;
	struct uuid ids[7];
	size_t i, seen = 0;

	for (i = 0; i < 7; i++) /* some of them at the same moment */
		ids[i] = stored(&w.acme, AT + (int64_t)(i / 2), "cn=pages", "p");
	q.page = 3;
	do {
		ASSERT_OK(store_case_find(w.db, &w.acme, &q, &page, &err), &err);
		CU_ASSERT(page.count <= 3);
		for (i = 0; i < page.count; i++, seen++) {
			struct case_summary s = store_case_summary(&page, i);

			CU_ASSERT_EQUAL(s.stored_us, AT + (int64_t)((6 - seen) / 2));
			CU_ASSERT_STRING_EQUAL(s.document_name, "a.pdf");
			CU_ASSERT_EQUAL(s.subjects.left, 1);
		}
		q.before_us = page.stored_us;
		q.before_id = page.last;
		db_result_free(page.result);
	} while (page.more);
	CU_ASSERT_EQUAL(seen, 7);
	/* A span of time: from the third of these moments on, before the last. */
	q = by("signer", "cn=pages");
	q.since_us = AT + 2;
	q.before_us = AT + 3;
	CU_ASSERT_EQUAL(found(&w.acme, &q), 2);
	(void)ids;
}

static void
all_that_is_asked_for_must_hold(void)
{
	const struct case_key failed = { "indication", span_str("TotalFailed") };
	const struct case_key passed = { "indication", span_str("TotalPassed") };
	struct case_query q = by("signer", "cn=both");

	stored(&w.acme, AT, "cn=both", "x");
	q.other = &passed;
	q.other_count = 1;
	CU_ASSERT_EQUAL(found(&w.acme, &q), 1);
	q.other = &failed;
	CU_ASSERT_EQUAL(found(&w.acme, &q), 0);
}

/* ---- many ---- */

static void
make_many(void)
{
	struct error err = ERROR_INIT;
	char sql[3000], tenant[TEXT_UUID_SIZE];

	uuid_text(tenant, &w.rival);
	snprintf(sql, sizeof(sql),
	    "SELECT set_config('signet.tenant', '%s', false);"
	    "CREATE TEMP TABLE many AS SELECT gen_random_uuid() AS id, n,"
	    " timestamptz '2026-01-01' + n * interval '1 minute' AS at"
	    " FROM generate_series(1, 10000) n;"
	    "INSERT INTO signet.case_file SELECT '%s', id, at, id, '', id, '', '', '', 'Api', "
	    "'File',"
	    " 'TotalPassed', '', '', '', at, '', '', '', sha256('') FROM many;"
	    "INSERT INTO signet.case_document SELECT '%s', id, 0, 'Signed', 'n', '', 1, '' FROM "
	    "many;"
	    "INSERT INTO signet.case_signature SELECT '%s', id, 0, '', '', '', '', '', '', '', '',"
	    " 's', '', '', '', NULL, at FROM many;"
	    "INSERT INTO signet.case_key SELECT '%s'::uuid, 'all', ''::bytea, at, id FROM many"
	    " UNION ALL SELECT '%s'::uuid, 'indication', 'TotalPassed'::bytea, at, id FROM many"
	    " UNION ALL SELECT '%s'::uuid, 'digest', sha256(n::text::bytea), at, id FROM many"
	    " UNION ALL SELECT '%s'::uuid, 'signer', ('signer ' || n %% 100)::bytea, at, id FROM "
	    "many;"
	    "INSERT INTO signet.case_seal SELECT '%s', id, 1, n FROM many;",
	    tenant, tenant, tenant, tenant, tenant, tenant, tenant, tenant, tenant);
	ASSERT_OK(postgres_run(w.database, "postgres", sql, &err), &err);
	ASSERT_OK(postgres_run(w.database, "postgres", "ANALYZE", &err), &err);
}

/* The plan of a look-up as the server's role, in one line a node. */
static void
plan_of(const char *kind, const char *value, char *out, size_t size)
{
	struct error err = ERROR_INIT;
	char sql[6000], tenant[TEXT_UUID_SIZE];

	uuid_text(tenant, &w.rival);
	snprintf(sql, sizeof(sql),
	    "CREATE OR REPLACE FUNCTION public.plan() RETURNS text LANGUAGE plpgsql AS $f$"
	    "DECLARE line text; plan text := ''; BEGIN"
	    " FOR line IN EXECUTE $q$EXPLAIN EXECUTE find('%s', '%s', %s, '9999-01-01', '%s',"
	    " '1970-01-01', '{signer}', '{x}', 1000, 100)$q$ LOOP plan := plan || line || chr(10);"
	    " END LOOP; RETURN plan; END $f$",
	    tenant, kind, value, "00000000-0000-0000-0000-000000000000");
	ASSERT_OK(postgres_run(w.database, "postgres", sql, &err), &err);
	snprintf(sql, sizeof(sql),
	    "SET ROLE signet_server; SELECT set_config('signet.tenant', '%s', false);"
	    "PREPARE find (uuid, text, bytea, timestamptz, uuid, timestamptz, text[], bytea[],"
	    " integer, integer) AS %s; SELECT public.plan()",
	    tenant, store_case_find_sql);
	ASSERT_OK(postgres_ask(w.database, "postgres", sql, out, size, &err), &err);
}

static void
of_ten_thousand_cases_one_is_found_by_an_index(void)
{
	static const char *const keys[][2] = { { "all", "''" }, { "indication", "'TotalPassed'" },
		{ "digest", "sha256('77')" }, { "signer", "'signer 7'" } };
	unsigned char digest[DIGEST_SIZE_MAX];
	struct error err = ERROR_INIT;
	struct case_query q;
	char plan[8000];
	size_t i;

	make_many();
	for (i = 0; i < 4; i++) {
		plan_of(keys[i][0], keys[i][1], plan, sizeof(plan));
		CU_ASSERT_PTR_NOT_NULL(strstr(plan, "case_key_once"));
		CU_ASSERT_PTR_NULL(strstr(plan, "Seq Scan on case_"));
		if (strstr(plan, "Seq Scan on case_") != NULL)
			fprintf(stderr, "%s\n", plan);
	}
	q = by("signer", "signer 7");
	q.page = 1000;
	CU_ASSERT_EQUAL(found(&w.rival, &q), 100);
	ASSERT_OK(digest_span(DIGEST_SHA256, span_str("77"), digest, &err), &err);
	q = by("digest", "");
	q.key.value = (struct span){ digest, 32 };
	CU_ASSERT_EQUAL(found(&w.rival, &q), 1);
}

static void
a_rare_wish_costs_no_more_than_a_page_of_looking(void)
{
	const struct case_key last = { "signer", span_str("signer 1") };
	struct case_query q = by("all", "");
	struct error err = ERROR_INIT;
	struct case_page page;
	size_t seen = 0;
	int pages = 0;

	q.other = &last;
	q.other_count = 1;
	q.page = 1000;
	do {
		ASSERT_OK(store_case_find(w.db, &w.rival, &q, &page, &err), &err);
		seen += page.count;
		q.before_us = page.stored_us;
		q.before_id = page.last;
		db_result_free(page.result);
	} while (page.more && ++pages < 20);
	CU_ASSERT(pages >= 10000 / CASE_SCAN_MAX - 1);
	CU_ASSERT_EQUAL(seen, 100);
}

static const struct test tests[] = {
	TEST(a_case_comes_back_as_it_went_in),
	TEST(a_case_is_there_once_it_is_sealed),
	TEST(another_tenant_sees_nothing_of_it),
	TEST(nobody_changes_what_is_stored),
	TEST(an_object_is_stored_once_however_many_cases_use_it),
	TEST(an_object_under_another_digest_is_refused_and_with_it_its_case),
	TEST(what_a_crash_left_is_swept_and_nothing_else),
	TEST(pages_show_each_case_once_newest_first),
	TEST(all_that_is_asked_for_must_hold),
	TEST(of_ten_thousand_cases_one_is_found_by_an_index),
	TEST(a_rare_wish_costs_no_more_than_a_page_of_looking),
	TEST_END,
};
const struct suite suite_schema_store_case = { "schema/store/case", setup, teardown, tests };
