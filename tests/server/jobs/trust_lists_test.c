/*
 * S2-34: the job fetches lists over HTTP and takes them in: a new one makes a snapshot, a forged
 * one is refused and the last good one stays, lists of lists say where the others are.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/store/pool.h"
#include "schema/store/tenant.h"
#include "server/base/clock.h"
#include "server/jobs/jobs.h"
#include "server/ops/trust/trust.h"
#include "signing/trust/catalogue_file.h"
#include "signing/x509/cert.h"
#include "tests/support/http_stub.h"
#include "tests/support/postgres.h"
#include "tests/support/suite.h"
#include "tests/support/trusted.h"

static char database[32];
static struct db *db, *owner_db;
static struct uuid acme, de, eu;
static struct test_list list;
static struct http_stub stub;
static struct engine *engine; /* or none */
static struct dial_guard
    guard; /* nothing private may be dialled but what the administrator typed */
static struct jobs_figures figures;
static _Atomic int stop;

/* What the peer serves: at /de.xml, /lotl.xml, /pivot.xml; empty ones are 404. */
static struct buf at_de = BUF_INIT(0), at_lotl = BUF_INIT(0), at_pivot = BUF_INIT(0);
static unsigned int pivot_requests;

static void
serve(void *arg, const char *head, struct span body, struct buf *answer)
{
	const struct buf *page = strncmp(head, "GET /de.xml ", 12) == 0	    ? &at_de
				 : strncmp(head, "GET /lotl.xml ", 14) == 0 ? &at_lotl
									    : &at_pivot;

	(void)arg;
	(void)body;
	pivot_requests += page == &at_pivot;
	if (page->len > 0)
		http_stub_answer(answer, "200 OK", "application/vnd.etsi.tsl+xml", SPAN_OF(page));
	else
		http_stub_answer(answer, "404 Not Found", "text/plain", span_str("no"));
}

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

static int
add_source(struct uuid *id, const char *name, const char *kind, const char *page,
    const struct uuid *lotl, enum pki_id signer)
{
	char url[128];
	struct trust_source_new s = { .name = name,
		.kind = kind,
		.url = page != NULL ? url : NULL,
		.territory = strcmp(kind, "lotl") == 0 ? "EU" : "DE",
		.lotl = lotl };
	struct error err = ERROR_INIT;
	struct buf der = BUF_INIT(0);
	struct span pin;
	int rc;

	snprintf(url, sizeof(url), "%s%s", stub.url, page != NULL ? page : "");
	uuid_random(id);
	s.id = *id;
	if (lotl == NULL) {
		cert_write_der(&der, pki_cert(signer), &err);
		pin = SPAN_OF(&der);
		s.signers = &pin;
		s.signer_count = 1;
	}
	rc = store_trust_source_add(owner_db, NULL, &s, &err);
	buf_release(&der);
	if (rc != 0)
		fprintf(stderr, "%s [%s]\n", err.text, err.cause);
	return rc;
}

static int
setup(void)
{
	struct error err = ERROR_INIT;

	uuid_random(&acme);
	test_list_init(&list);
	list.scheme.issued = clock_now() - PKI_DAY;
	list.scheme.next_update = clock_now() + 30 * PKI_DAY;
	if (fetch_setup(&err) != 0 || http_stub_start(&stub, serve, NULL) != 0 ||
	    postgres_database(database) == NULL || open_db(&db, "signet_server") != 0 ||
	    open_db(&owner_db, "signet_owner") != 0 ||
	    store_tenant_add(db, &acme, "acme", &err) != 0 ||
	    add_source(&de, "DE", "list", "de.xml", NULL, PKI_P256) != 0)
		return -1;
	return store_trust_choose(db, &acme, &de, "Alpha Trust", &err);
}

static int
teardown(void)
{
	http_stub_end(&stub);
	db_close(db);
	db_close(owner_db);
	test_list_release(&list);
	buf_release(&at_de);
	buf_release(&at_lotl);
	buf_release(&at_pivot);
	return 0;
}

static int
ask(const char *sql)
{
	struct error err = ERROR_INIT;
	char answer[64];

	ASSERT_OK(postgres_ask(database, "postgres", sql, answer, sizeof(answer), &err), &err);
	return atoi(answer);
}

/* Run the job; what it says of itself. */
static struct job_result
run(int rc)
{
	struct job_context context = { .db = db,
		.node = "here",
		.last_good = DB_NO_TIME,
		.guard = &guard,
		.engine = engine,
		.figures = &figures,
		.stop = &stop };
	struct job_result result = { 0 };
	struct error err = ERROR_INIT;

	ASSERT_RC(job_trust_lists(&context, &result, &err), rc, &err);
	return result;
}

static void
says(struct job_result result, const char *words)
{
	if (strstr(result.message, words) == NULL)
		fprintf(stderr, "no \"%s\": %s\n", words, result.message);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.message, words));
}

static int
trusts(enum pki_id anchor)
{
	struct trust_snapshot *s;
	struct trust_verdict v;
	struct error err = ERROR_INIT;
	int accepted;

	ASSERT_OK(trust_load(db, &acme, 0, &s, &err), &err);
	if (s == NULL)
		return -1;
	accepted = trust_judge(s, pki_cert(anchor), PATH_SIGNING, PKI_NOW, &v);
	trust_snapshot_free(s);
	return accepted;
}

static void
a_list_is_fetched_and_makes_a_snapshot(void)
{
	struct job_result r;

	test_list_make(&list, PKI_P256, &at_de);
	r = run(0);
	says(r, "1 lists: 1 new, 0 unchanged, 0 refused, 0 not fetched");
	CU_ASSERT(!r.is_warning);
	CU_ASSERT_EQUAL(trusts(PKI_INTERMEDIATE), 1);
	CU_ASSERT_EQUAL(ask("SELECT count(*) FROM signet.trust_list WHERE verdict = 'Accepted' AND "
			    "imported_by = 'job trust-lists on here'"),
	    1);
	r = run(0);
	says(r, "0 new, 1 unchanged");
	CU_ASSERT_EQUAL(ask("SELECT count(*) FROM signet.trust_list"), 1);
	CU_ASSERT_EQUAL(ask("SELECT count(*) FROM signet.trust_snapshot"), 1);
}

static void
a_forged_list_is_refused_and_the_last_good_one_stays(void)
{
	struct job_result r;

	list.scheme.sequence = 8;
	test_list_make(&list, PKI_P384, &at_de);
	r = run(0);
	CU_ASSERT(r.is_warning);
	says(r, "0 new, 0 unchanged, 1 refused");
	says(r, "DE: ");
	test_list_make(&list, PKI_P256, &at_de);
	test_swap(&at_de, "deprecated", "recognised");
	says(run(0), "1 refused");
	CU_ASSERT_EQUAL(ask("SELECT count(*) FROM signet.trust_list WHERE verdict IN ('Stranger', "
			    "'Broken') AND content IS NULL"),
	    2);
	CU_ASSERT_EQUAL(ask("SELECT count(*) FROM signet.trust_snapshot"), 1);
	CU_ASSERT_EQUAL(trusts(PKI_INTERMEDIATE), 1);
}

static void
a_newer_list_makes_a_new_snapshot(void)
{
	list.scheme.sequence = 9;
	list.instances[0].status = trust_status_uri("withdrawn");
	test_list_make(&list, PKI_P256, &at_de);
	says(run(0), "1 new");
	CU_ASSERT_EQUAL(ask("SELECT count(*) FROM signet.trust_snapshot"), 2);
	CU_ASSERT_EQUAL(trusts(PKI_INTERMEDIATE), 0);
}

/* P-256, with which the list is signed, ended long ago. */
static void
a_list_is_judged_by_the_catalogue_of_the_configuration(void)
{
	const struct catalogue_edition edition = { "ends", "Example", PKI_NOW - PKI_DAY,
		CATALOGUE_OPEN };
	const struct db_pool_options options = { .connection.conninfo =
						     postgres_conninfo(database, "signet_server") };
	const struct limits limits = { 0 };
	struct engine_parts parts = { .limits = &limits, .node = "here" };
	struct buf text = BUF_INIT(0), kept = at_de;
	struct error err = ERROR_INIT;
	struct catalogue_file *file;

	ASSERT_OK(db_pool_new(&parts.pool, &options, &err), &err);
	ASSERT_OK(engine_new(&engine, &parts, &err), &err);
	ASSERT_OK(catalogue_file_write(&text, catalogue_builtin(), &edition, &err), &err);
	test_swap(&text, "P-256</Curve></Parameter>\n\t\t\t<Validity>",
	    "P-256</Curve></Parameter>\n\t\t\t<Validity><End>2020-01-01</End>");
	ASSERT_OK(catalogue_file_read(&file, SPAN_OF(&text), NULL, &err), &err);
	ASSERT_OK(engine_set_catalogue(engine, file, &err), &err);
	at_de = (struct buf)BUF_INIT(0);
	list.scheme.sequence++;
	test_list_make(&list, PKI_P256, &at_de);
	says(run(0), "0 new, 0 unchanged, 1 refused");
	CU_ASSERT_EQUAL(ask("SELECT count(*) FROM signet.trust_list WHERE verdict = 'Weak'"), 1);
	list.scheme.sequence--;
	buf_release(&at_de);
	at_de = kept;
	engine_free(engine);
	engine = NULL;
	db_pool_free(parts.pool);
	buf_release(&text);
}

static void
an_absent_peer_fails_the_job_and_the_last_good_one_stays(void)
{
	struct buf kept = at_de;
	struct job_result r;

	at_de = (struct buf)BUF_INIT(0);
	r = run(-1);
	says(r, "1 not fetched");
	says(r, "status 404");
	CU_ASSERT_EQUAL(ask("SELECT count(*) FROM signet.trust_snapshot"), 2);
	at_de = kept;
	run(0);
}

static void
a_disabled_source_is_not_asked(void)
{
	struct error err = ERROR_INIT;
	unsigned int before = http_stub_requests(&stub);

	ASSERT_OK(postgres_run(database, "signet_owner",
		      "UPDATE signet.trust_source SET state = 'disabled'", &err),
	    &err);
	says(run(0), "0 lists");
	CU_ASSERT_EQUAL(http_stub_requests(&stub), before);
	ASSERT_OK(postgres_run(database, "signet_owner",
		      "UPDATE signet.trust_source SET state = 'active'", &err),
	    &err);
}

static void
a_tenants_source_is_its_own_jobs_when_it_has_one(void)
{
	struct error err = ERROR_INIT;
	char sql[600], id[TEXT_UUID_SIZE];

	snprintf(sql, sizeof(sql),
	    "SELECT set_config('signet.tenant', '%s', false); INSERT INTO signet.trust_source (id, "
	    "tenant_id, name, url, signers) SELECT gen_random_uuid(), '%s', 'own', url, signers "
	    "FROM signet.trust_source WHERE name = 'DE'",
	    uuid_text(id, &acme), id);
	ASSERT_OK(postgres_run(database, "postgres", sql, &err), &err);
	says(run(0), "2 lists: 1 new, 1 unchanged");
	snprintf(sql, sizeof(sql),
	    "INSERT INTO signet.job (tenant_id, name, every_seconds) VALUES ('%s', 'trust-lists', "
	    "60)",
	    id);
	ASSERT_OK(postgres_run(database, "signet_owner", sql, &err), &err);
	says(run(0), "1 lists: 0 new, 1 unchanged");
	ASSERT_OK(postgres_run(database, "postgres",
		      "DELETE FROM signet.job WHERE tenant_id IS NOT NULL; UPDATE "
		      "signet.trust_source SET state = 'disabled' WHERE name = 'own'",
		      &err),
	    &err);
}

/* ---- lists of lists ---- */

/* A list of lists as of now, signed by one, that names `signer` for DE and its pivot's address. */
static void
make_lotl(struct buf *out, uint64_t sequence, enum pki_id own, enum pki_id signed_by)
{
	test_lotl(out, sequence, own, PKI_P256, signed_by);
}

static void
a_list_of_lists_comes_first_and_names_who_signs(void)
{
	struct job_result r;
	struct uuid by_eu;

	CU_ASSERT_EQUAL_FATAL(add_source(&eu, "EU", "lotl", "lotl.xml", NULL, PKI_RSA2048), 0);
	CU_ASSERT_EQUAL_FATAL(add_source(&by_eu, "A by EU", "list", "de.xml", &eu, PKI_P256), 0);
	clock_set_offset(PKI_NOW - clock_now()); /* its lists are made for that time */
	list.scheme.issued = PKI_NOW - PKI_DAY;
	list.scheme.next_update = PKI_NOW + 30 * PKI_DAY;
	list.scheme.sequence = 10;
	test_list_make(&list, PKI_P256, &at_de);
	make_lotl(&at_lotl, 20, PKI_RSA2048, PKI_RSA2048);
	r = run(0);
	says(r, "3 lists: 3 new");
	CU_ASSERT_EQUAL(
	    ask("SELECT count(*) FROM signet.trust_list l JOIN signet.trust_source s ON "
		"s.id = l.source_id WHERE s.name = 'A by EU' AND verdict = 'Accepted'"),
	    1);
	/* Known already: nothing is judged again. */
	r = run(0);
	says(r, "3 lists: 0 new, 3 unchanged");
	CU_ASSERT_EQUAL(pivot_requests, 0);
}

static void
a_forged_list_of_lists_changes_nothing(void)
{
	make_lotl(&at_lotl, 21, PKI_RSA2048, PKI_P384);
	says(run(0), "0 new, 2 unchanged, 1 refused");
}

/* The list of lists says where: that is not the administrator's word, and the guard looks at it. */
static void
what_a_list_of_lists_names_goes_through_the_guard(void)
{
	struct uuid id;
	struct error err = ERROR_INIT;
	struct job_result r;
	char sql[700];
	unsigned int before;

	/* A pivot in this machine's own network. */
	list.scheme.territory = "EU";
	list.scheme.type = TEST_LOTL_TYPE;
	list.scheme.sequence = 30;
	snprintf(sql, sizeof(sql), "%spivot.xml", stub.url);
	list.scheme.information_uri = sql;
	test_list_make(&list, PKI_RSA2048, &at_lotl);
	says(run(-1), "1 not fetched");
	CU_ASSERT_EQUAL(pivot_requests, 0);
	/* The administrator allows the network: it is asked for. */
	ASSERT_OK(guard_allow(&guard, "127.0.0.0/8", &err), &err);
	before = pivot_requests;
	run(-1);
	CU_ASSERT_EQUAL(pivot_requests, before + 1);
	guard.count = 0;

	/* The address of a national list. */
	list.scheme.territory = "DE";
	test_lotl_base = stub.url;
	make_lotl(&at_lotl, 31, PKI_RSA2048, PKI_RSA2048);
	test_lotl_base = "https://tl.example/";
	CU_ASSERT_EQUAL_FATAL(add_source(&id, "Z by EU", "list", NULL, &eu, PKI_P256), 0);
	says(r = run(-1), "4 lists: 1 new, 2 unchanged, 0 refused, 1 not fetched; Z by EU: ");
	says(r, "has not allowed it");
}

static void
a_job_that_is_stopped_begins_no_further_list(void)
{
	unsigned int before = http_stub_requests(&stub);

	atomic_store(&stop, 1);
	run(0);
	atomic_store(&stop, 0);
	CU_ASSERT_EQUAL(http_stub_requests(&stub), before);
	clock_set_offset(0);
}

static const struct test tests[] = {
	TEST(a_list_is_fetched_and_makes_a_snapshot),
	TEST(a_forged_list_is_refused_and_the_last_good_one_stays),
	TEST(a_newer_list_makes_a_new_snapshot),
	TEST(a_list_is_judged_by_the_catalogue_of_the_configuration),
	TEST(an_absent_peer_fails_the_job_and_the_last_good_one_stays),
	TEST(a_disabled_source_is_not_asked),
	TEST(a_tenants_source_is_its_own_jobs_when_it_has_one),
	TEST(a_list_of_lists_comes_first_and_names_who_signs),
	TEST(a_forged_list_of_lists_changes_nothing),
	TEST(what_a_list_of_lists_names_goes_through_the_guard),
	TEST(a_job_that_is_stopped_begins_no_further_list),
	TEST_END,
};
const struct suite suite_server_jobs_trust_lists = { "server/jobs/trust_lists", setup, teardown,
	tests };
