/*
 * S2-31 (with S2-30 and S2-36): the job that looks at users' certificates, against a CA whose CRLs
 * and OCSP answers are made here, by a clock that the tests set; and who may call after it.
 */
#include <openssl/ocsp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authz/caller.h"
#include "schema/store/tenant.h"
#include "schema/store/user_certificate.h"
#include "server/base/clock.h"
#include "server/base/text.h"
#include "server/jobs/jobs.h"
#include "server/ops/journal/chain.h"
#include "signing/core/digests.h"
#include "signing/x509/cert.h"
#include "tests/support/ops_world.h"
#include "tests/support/postgres.h"
#include "tests/support/status_server.h"
#include "tests/support/suite.h"

#define HOUR INT64_C(3600)

static struct status_server ca;
static struct db *db; /* the job's, as signet_server */
static struct jobs_figures figures;
static int64_t run_number;

static struct limits
fetching(void)
{
	struct limits limits = ops_limits();
	struct error err = ERROR_INIT;

	limits.fetch = (struct fetch_limits){ .is_on = 1,
		.connect_ms = 2000,
		.seconds = 2,
		.retry_seconds = 0,
		.keep_seconds = 30 * 86400,
		.fetches = 10,
		.bytes = 64 << 20,
		.cache_bytes = 1 << 30 };
	guard_allow(&limits.fetch.guard, "127.0.0.1", &err);
	return limits;
}

static int
setup(void)
{
	struct error err = ERROR_INIT;
	struct limits limits = fetching();
	struct db_options options = { 0 };

	if (ops_world_make() != 0)
		return -1;
	ops_tenant("acme", NULL, 0);
	status_server_start(&ca);
	options.conninfo = postgres_conninfo(ops_database(), "signet_server");
	if (db_open(&db, &options, &err) != 0)
		return -1;
	return engine_set_limits(ops_engine(), &limits, &err);
}

static int
teardown(void)
{
	db_close(db);
	status_server_end(&ca);
	return ops_world_end();
}

/* ---- the time, in seconds from PKI_NOW ---- */

static void
stand(int64_t seconds)
{
	clock_set_offset(0);
	clock_set_offset(PKI_NOW + seconds - clock_now());
}

/* ---- the database ---- */

static void
sql(const char *fmt, ...)
{
	struct error err = ERROR_INIT;
	char text[4096];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	ASSERT_OK(postgres_run(ops_database(), "postgres", text, &err), &err);
}

static const char *
ask(const char *fmt, ...)
{
	static char out[1024];
	struct error err = ERROR_INIT;
	char text[4096];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	ASSERT_OK(postgres_ask(ops_database(), "postgres", text, out, sizeof(out), &err), &err);
	return out;
}

static struct uuid
id_of(const char *table, const char *where)
{
	struct uuid id = UUID_NIL;

	CU_ASSERT_EQUAL_FATAL(
	    uuid_parse(ask("SELECT id FROM signet.%s WHERE %s", table, where), &id), 0);
	return id;
}

/* ---- certificates ---- */

struct user {
	X509 *cert;
	unsigned char fingerprint[FINGERPRINT_SIZE];
	char hex[2 * FINGERPRINT_SIZE + 1];
};

/* For acme's erp, beside those that he has. */
static void
give(struct user *u, X509 *cert)
{
	const struct uuid tenant = id_of("tenant", "name = 'acme'");
	const struct uuid erp = id_of("user",
	    "name = 'erp' AND tenant_id = (SELECT id FROM signet.tenant WHERE name = 'acme')");
	struct error err = ERROR_INIT;
	struct buf der = BUF_INIT(0);

	u->cert = cert;
	ASSERT_OK(cert_write_der(&der, cert, &err), &err);
	ASSERT_OK(digest_span(DIGEST_SHA256, SPAN_OF(&der), u->fingerprint, &err), &err);
	text_hex(u->hex, u->fingerprint, FINGERPRINT_SIZE);
	ASSERT_OK(store_user_certificate_add(
		      db, &tenant, &erp, SPAN_OF(&der), "CN=erp", PKI_NOW + PKI_YEAR, &err),
	    &err);
	buf_release(&der);
}

/* Addresses by the names of doors, NULL: none. */
static X509 *
issue(const char *crl, const char *ocsp, enum pki_id by)
{
	struct issue_request r = pki_request(PKI_TLS_CLIENT);
	char crl_url[100], ocsp_url[100];

	snprintf(crl_url, sizeof(crl_url), "%s%s", ca.stub.url, crl != NULL ? crl : "");
	snprintf(ocsp_url, sizeof(ocsp_url), "%s%s", ca.stub.url, ocsp != NULL ? ocsp : "");
	r.key = pki_key(PKI_TLS_CLIENT)->pkey;
	r.crl_url = crl != NULL ? crl_url : NULL;
	r.ocsp_url = ocsp != NULL ? ocsp_url : NULL;
	return pki_issue(&r, by);
}

static void
user_make(struct user *u, const char *crl, const char *ocsp)
{
	give(u, issue(crl, ocsp, PKI_INTERMEDIATE));
}

/* It is gone for the tests that come. */
static void
user_drop(struct user *u)
{
	sql("DELETE FROM signet.user_certificate WHERE fingerprint = '\\x%s'", u->hex);
	X509_free(u->cert);
}

/* A list made so long after PKI_NOW, for a week; reason -2: it lists nobody. */
static void
publish(const char *door, X509 *cert, int64_t made, int reason)
{
	const struct status_entry entry = { .cert = cert, .at = PKI_NOW + made, .reason = reason };
	struct status_crl list = status_crl_of(PKI_INTERMEDIATE);

	list.this_update = PKI_NOW + made;
	list.next_update = PKI_NOW + made + 7 * PKI_DAY;
	list.number = 100000 + made / 60;
	list.entries = &entry;
	list.count = reason != -2;
	status_server_crl(&ca, door, &list);
}

static void
respond(const char *door, X509 *cert, int64_t made, int status)
{
	struct status_ocsp answer = status_ocsp_of(PKI_REVOCABLE, PKI_INTERMEDIATE);

	answer.cert = cert;
	answer.status = status;
	answer.produced_at = answer.this_update = PKI_NOW + made;
	answer.next_update = PKI_NOW + made + 7 * PKI_DAY;
	answer.revoked_at = PKI_NOW + made;
	answer.reason = -1;
	status_server_ocsp(&ca, door, &answer);
}

static void
go_away(const char *door)
{
	status_server_door(&ca, door)->status = 503;
}

/* ---- the job, and what follows ---- */

static struct job_result
look(void)
{
	struct job_context context = { .db = db,
		.engine = ops_engine(),
		.node = "here",
		.run = ++run_number,
		.last_good = DB_NO_TIME,
		.figures = &figures };
	struct job_result result = { 0 };
	struct error err = ERROR_INIT;

	ASSERT_OK(job_user_certificates(&context, &result, &err), &err);
	ops_change("SELECT 1"); /* the caches have heard of it */
	return result;
}

/* The state, and that its reason holds these words. */
static void
expect(int line, const struct user *u, const char *state, const char *says)
{
	char is[64];

	snprintf(is, sizeof(is), "%s",
	    ask("SELECT state FROM signet.user_certificate_check WHERE fingerprint = '\\x%s'",
		u->hex));
	if (strcmp(is, state) != 0 ||
	    strstr(
		ask("SELECT reason FROM signet.user_certificate_check WHERE fingerprint = '\\x%s'",
		    u->hex),
		says) == NULL)
		fprintf(stderr, "%s:%d: %s and not %s: %s\n", __FILE__, line, is, state,
		    ask("SELECT reason FROM signet.user_certificate_check WHERE fingerprint = "
			"'\\x%s'",
			u->hex));
	CU_ASSERT_STRING_EQUAL(is, state);
	CU_ASSERT_PTR_NOT_NULL(strstr(
	    ask("SELECT reason FROM signet.user_certificate_check WHERE fingerprint = '\\x%s'",
		u->hex),
	    says));
}
#define EXPECT(u, state, says) expect(__LINE__, (u), (state), (says))

/* Whoever shows it is taken (says NULL), or refused with these words. */
static void
calls(int line, X509 *cert, const char *says)
{
	const struct credentials who = { .cert = cert };
	const struct caller *caller = NULL;
	struct error err = ERROR_INIT;
	int moved = 0, rc = ops_authenticate(ops_engine(), &who, 1, &caller, &moved, &err);

	if ((rc == 0) != (says == NULL) || (says != NULL && strstr(err.text, says) == NULL))
		fprintf(stderr, "%s:%d: %d %s\n", __FILE__, line, rc, err.text);
	CU_ASSERT_EQUAL(rc, says == NULL ? 0 : -1);
	if (says != NULL) {
		CU_ASSERT_EQUAL(err.kind, ERROR_NOT_AUTHENTICATED);
		CU_ASSERT_PTR_NOT_NULL(strstr(err.text, says));
	}
	caller_release(caller);
}
#define CALLS(cert, says) calls(__LINE__, (cert), (says))

static int
audit_rows(const struct user *u)
{
	return atoi(
	    ask("SELECT count(*) FROM signet.audit WHERE operation = 'CheckUserCertificate' "
		"AND digest = '\\x%s'",
		u->hex));
}

/* ---- tests ---- */

static void
a_revoked_certificate_loses_its_access_and_says_why(void)
{
	const struct credentials password = { .user = "acme/erp", .password = OPS_PASSWORD };
	const struct caller *caller = NULL;
	struct error err = ERROR_INIT;
	struct user u, other;
	int moved = 0;

	stand(0);
	user_make(&u, "list1", NULL);
	user_make(&other, "list1", NULL);
	EXPECT(&u, "NotChecked", "");
	CALLS(u.cert, NULL);
	publish("list1", NULL, -HOUR, -2);
	look();
	EXPECT(&u, "Good", "");
	CU_ASSERT_EQUAL(audit_rows(&u), 1);
	CALLS(u.cert, NULL);
	/* Nothing new: nothing is told. */
	stand(10 * 60);
	look();
	CU_ASSERT_EQUAL(audit_rows(&u), 1);
	/* The list that is kept would be good for a week: it is asked for anew all the same. */
	stand(HOUR);
	publish("list1", u.cert, 30 * 60, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(look().message, "1 lost their access"));
	EXPECT(&u, "Revoked", "keyCompromise");
	CALLS(u.cert, "revoked by its issuer at 2026-03-01T11:30:00Z (keyCompromise)");
	CU_ASSERT_EQUAL(audit_rows(&u), 2);
	CU_ASSERT_STRING_EQUAL(
	    ask("SELECT result || ' ' || caller FROM signet.audit WHERE "
		"operation = 'CheckUserCertificate' AND digest = '\\x%s' ORDER BY seq "
		"DESC LIMIT 1",
		u.hex),
	    "Warning job user-certificates on here");
	/* Only what is revoked is refused: the user has another one, and his password. */
	EXPECT(&other, "Good", "");
	CALLS(other.cert, NULL);
	ASSERT_OK(ops_authenticate(ops_engine(), &password, 1, &caller, &moved, &err), &err);
	caller_release(caller);
	CU_ASSERT_EQUAL(atomic_load(&figures.user_certificates[USER_CERTIFICATE_REVOKED]), 1);
	user_drop(&u);
	user_drop(&other);
}

static void
revoked_is_for_good(void)
{
	struct user u;

	stand(0);
	user_make(&u, "list2", NULL);
	publish("list2", u.cert, -HOUR, 4);
	look();
	EXPECT(&u, "Revoked", "superseded");
	stand(HOUR);
	publish("list2", NULL, 30 * 60, -2);
	look();
	EXPECT(&u, "Revoked", "superseded");
	CALLS(u.cert, "revoked by its issuer");
	/* Expired or not: the list says why, and so does the refusal. */
	stand(2 * PKI_YEAR);
	look();
	EXPECT(&u, "Revoked", "superseded");
	user_drop(&u);
}

static void
a_hold_refuses_until_it_is_released_by_a_newer_word(void)
{
	struct user u;

	stand(0);
	user_make(&u, "list3", NULL);
	publish("list3", u.cert, -HOUR, 6);
	look();
	EXPECT(&u, "OnHold", "");
	CALLS(u.cert, "put on hold by its issuer at 2026-03-01T10:00:00Z");
	/* A list of before the hold, which anybody may have kept, releases nobody. */
	stand(HOUR);
	publish("list3", NULL, -2 * HOUR, -2);
	look();
	EXPECT(&u, "OnHold", "now:");
	CALLS(u.cert, "put on hold");
	/* Nor does silence. */
	stand(8 * PKI_DAY);
	go_away("list3");
	look();
	EXPECT(&u, "OnHold", "now: ");
	EXPECT(&u, "OnHold", "answered 503");
	CALLS(u.cert, "put on hold");
	stand(9 * PKI_DAY);
	publish("list3", NULL, 8 * PKI_DAY, -2);
	look();
	EXPECT(&u, "Good", "");
	CALLS(u.cert, NULL);
	CU_ASSERT_EQUAL(audit_rows(&u), 2);
	/* Or it becomes a revocation. */
	stand(10 * PKI_DAY);
	publish("list3", u.cert, 9 * PKI_DAY, 1);
	look();
	EXPECT(&u, "Revoked", "keyCompromise");
	user_drop(&u);
}

static void
an_expired_certificate_is_refused_with_the_time_and_shown_as_such(void)
{
	struct user u;

	stand(0);
	user_make(&u, NULL, NULL);
	stand(-2 * PKI_YEAR);
	look();
	EXPECT(&u, "NotYetValid", "not valid before");
	CALLS(u.cert, "is not valid before 2025-03-01");
	stand(0);
	look();
	EXPECT(&u, "NotCheckable", "publishes no revocation");
	CALLS(u.cert, NULL);
	stand(2 * PKI_YEAR);
	CALLS(u.cert, "expired at 2027-03-01"); /* at once, whatever the job has seen */
	look();
	EXPECT(&u, "Expired", "expired at 2027-03-01");
	CU_ASSERT(atomic_load(&figures.user_certificates[USER_CERTIFICATE_EXPIRED]) > 0);
	stand(0);
	user_drop(&u);
}

/* OCSP is asked first, and says more than a list of yesterday. */
static void
an_ocsp_answer_counts_where_the_list_is_old(void)
{
	struct user u;

	stand(0);
	user_make(&u, "list4", "ocsp4");
	publish("list4", NULL, -8 * PKI_DAY, -2);
	respond("ocsp4", u.cert, -60, V_OCSP_CERTSTATUS_GOOD);
	look();
	EXPECT(&u, "Good", "OCSP");
	CU_ASSERT_STRING_EQUAL(
	    ask("SELECT source FROM signet.user_certificate_check WHERE fingerprint = '\\x%s'",
		u.hex),
	    "OCSP");
	stand(HOUR);
	respond("ocsp4", u.cert, 30 * 60, V_OCSP_CERTSTATUS_REVOKED);
	look();
	EXPECT(&u, "Revoked", "OCSP");
	user_drop(&u);
}

/* What was answered before would still be good, but the list may know better. */
static void
where_the_responder_is_away_the_list_is_asked(void)
{
	struct user u;

	stand(0);
	user_make(&u, "list5", "ocsp5");
	publish("list5", NULL, -HOUR, -2);
	respond("ocsp5", u.cert, -60, V_OCSP_CERTSTATUS_GOOD);
	look();
	EXPECT(&u, "Good", "OCSP");
	stand(HOUR);
	go_away("ocsp5");
	publish("list5", u.cert, 30 * 60, 1);
	look();
	EXPECT(&u, "Revoked", "CRL");
	user_drop(&u);
}

static void
while_nobody_answers_what_is_kept_counts_until_its_end(void)
{
	struct user u;

	stand(0);
	user_make(&u, "list6", NULL);
	publish("list6", NULL, -HOUR, -2);
	look();
	go_away("list6");
	stand(5 * PKI_DAY);
	look();
	EXPECT(&u, "Good", "");
	stand(8 * PKI_DAY);
	look();
	EXPECT(&u, "Unknown", "answered 503");
	user_drop(&u);
}

static void
rules(const char *word, int hours)
{
	struct user_certificate_rules r = { .is_strict = strcmp(word, "strict") == 0,
		.grace_hours = hours };
	const struct uuid tenant = id_of("tenant", "name = 'acme'");
	struct error err = ERROR_INIT;

	ASSERT_OK(store_user_certificate_set_rules(db, &tenant, &r, &err), &err);
	ops_change("SELECT 1");
}

static void
of_the_unknown_lenient_warns_and_strict_refuses_after_the_grace(void)
{
	struct job_result result;
	struct user u;

	stand(0);
	user_make(&u, "list7", NULL);
	go_away("list7");
	result = look();
	EXPECT(&u, "Unknown", "answered 503");
	CU_ASSERT(!result.is_warning);
	CALLS(u.cert, NULL);
	/* Lenient, which is the default. */
	stand(25 * HOUR);
	result = look();
	CU_ASSERT(result.is_warning);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.message, "1 unknown (1 for longer than the grace)"));
	CU_ASSERT_EQUAL(atomic_load(&figures.user_certificates_overdue), 1);
	CALLS(u.cert, NULL);
	/* Strict: at once, by the time, whether the job runs or not. */
	rules("strict", 24);
	CALLS(u.cert, "has not been known since 2026-03-01T11:00:00Z");
	stand(23 * HOUR);
	CALLS(u.cert, NULL);
	stand(25 * HOUR);
	rules("strict", 48);
	CALLS(u.cert, NULL);
	rules("strict", 0);
	CALLS(u.cert, "longer than the tenant allows");
	/* Whose issuer speaks again is let in again. */
	publish("list7", NULL, 24 * HOUR, -2);
	look();
	EXPECT(&u, "Good", "");
	CALLS(u.cert, NULL);
	rules("lenient", 24);
	user_drop(&u);
}

static X509 *
without_addresses(void)
{
	X509 *cert = issue("list7", NULL, PKI_INTERMEDIATE);

	X509_EXTENSION_free(
	    X509_delete_ext(cert, X509_get_ext_by_NID(cert, NID_crl_distribution_points, -1)));
	return pki_resign(cert, PKI_INTERMEDIATE);
}

static X509 *
self_signed(void)
{
	X509 *cert = issue(NULL, NULL, PKI_INTERMEDIATE);

	X509_set_issuer_name(cert, X509_get_subject_name(cert));
	X509_EXTENSION_free(
	    X509_delete_ext(cert, X509_get_ext_by_NID(cert, NID_authority_key_identifier, -1)));
	return pki_resign(cert, PKI_TLS_CLIENT);
}

/* As the demo's: nobody publishes anything of them, and strict rules do not mean them. */
static void
what_cannot_be_checked_goes_on_and_is_told_as_such(void)
{
	struct user no_rev_avail, no_address, own, stranger, lost;

	stand(0);
	rules("strict", 0);
	user_make(&no_rev_avail, NULL, NULL);
	give(&no_address, without_addresses());
	give(&own, self_signed());
	give(&stranger, issue(NULL, NULL, PKI_OTHER_ROOT));
	give(&lost, issue("list8", NULL, PKI_OTHER_ROOT));
	look();
	EXPECT(&no_rev_avail, "NotCheckable", "noRevAvail");
	EXPECT(&no_address, "NotCheckable", "none was given with its CA");
	EXPECT(&own, "NotCheckable", "self-signed");
	EXPECT(&stranger, "NotCheckable", "none of the tenant's trust anchors");
	CALLS(no_rev_avail.cert, NULL);
	CALLS(no_address.cert, NULL);
	CALLS(own.cert, NULL);
	CALLS(stranger.cert, NULL);
	/* This one says where to ask, and nobody there could be believed. */
	EXPECT(&lost, "Unknown", "signet-init trust anchor add");
	CALLS(lost.cert, "has not been known");
	rules("lenient", 24);
	/* An address that comes with the CA is one. */
	publish("given", NULL, -HOUR, -2);
	sql("UPDATE signet.trust_anchor SET crl_urls = ARRAY['%sgiven'] WHERE name = 'issuing'",
	    ca.stub.url);
	look();
	EXPECT(&no_address, "Good", "CRL");
	/* No verdict cites what was trusted: no snapshot is made of it. */
	CU_ASSERT_STRING_EQUAL(ask("SELECT count(*) FROM signet.trust_snapshot"), "0");
	sql("UPDATE signet.trust_anchor SET crl_urls = '{}'");
	user_drop(&no_rev_avail);
	user_drop(&no_address);
	user_drop(&own);
	user_drop(&stranger);
	user_drop(&lost);
}

static void
who_is_under_a_revoked_ca_is_refused(void)
{
	struct status_crl list = status_crl_of(PKI_ROOT);
	struct status_entry entry = { .at = PKI_NOW - HOUR, .reason = 2 };
	struct issue_request r = pki_request(PKI_INTERMEDIATE),
			     of_user = pki_request(PKI_TLS_CLIENT);
	char ca_url[120], list_url[120];
	struct issuer issuer = { .key = pki_key(PKI_P384)->pkey };
	struct error err = ERROR_INIT;
	struct user u;
	X509 *cert;

	stand(0);
	snprintf(list_url, sizeof(list_url), "%sroot", ca.stub.url);
	snprintf(ca_url, sizeof(ca_url), "%sca", ca.stub.url);
	r.common_name = "Sold CA";
	r.key = issuer.key;
	r.crl_url = list_url;
	issuer.cert = pki_issue(&r, PKI_ROOT);
	status_server_cert(&ca, "ca", issuer.cert);
	of_user.key = pki_key(PKI_TLS_CLIENT)->pkey;
	of_user.issuer_url = ca_url;
	ASSERT_OK(issue_certificate(&cert, &of_user, &issuer, &err), &err);
	give(&u, cert);
	status_server_crl(&ca, "root", &list);
	look();
	EXPECT(&u, "NotCheckable", "noRevAvail");
	stand(HOUR);
	entry.cert = issuer.cert;
	list.this_update = PKI_NOW + 60;
	list.number = 9;
	list.entries = &entry;
	list.count = 1;
	status_server_crl(&ca, "root", &list);
	look();
	EXPECT(&u, "Revoked", "a CA above it");
	CALLS(u.cert, "(issuerRevoked)");
	user_drop(&u);
	X509_free(issuer.cert);
}

static void
an_unreadable_certificate_stops_nobody_elses_turn(void)
{
	struct user u;

	stand(0);
	user_make(&u, "list9", NULL);
	publish("list9", NULL, -HOUR, -2);
	sql("INSERT INTO signet.user_certificate (fingerprint, tenant_id, user_id, certificate, "
	    "not_after) SELECT sha256('rubbish'), tenant_id, id, 'rubbish', now() FROM signet.user "
	    "WHERE name = 'erp'");
	look();
	EXPECT(&u, "Good", "");
	CU_ASSERT_STRING_EQUAL(
	    ask("SELECT state || ' ' || reason FROM signet.user_certificate_check "
		"WHERE fingerprint = sha256('rubbish')"),
	    "Unknown the certificate cannot be read; add it anew");
	sql("DELETE FROM signet.user_certificate WHERE fingerprint = sha256('rubbish')");
	user_drop(&u);
}

static void
withdrawn_certificates_are_left_alone(void)
{
	struct user u;

	stand(0);
	user_make(&u, "list10", NULL);
	publish("list10", u.cert, -HOUR, 1);
	sql("UPDATE signet.user_certificate SET state = 'suspended' WHERE fingerprint = '\\x%s'",
	    u.hex);
	look();
	EXPECT(&u, "NotChecked", "");
	sql("UPDATE signet.user_certificate SET state = 'active' WHERE fingerprint = '\\x%s'",
	    u.hex);
	look();
	EXPECT(&u, "Revoked", "");
	user_drop(&u);
}

/* A responder that takes questions and never answers is not waited for by each certificate. */
static void
a_dead_server_is_not_asked_about_each(void)
{
	struct user u[8];
	struct limits limits = fetching(), now = limits;
	struct error err = ERROR_INIT;
	unsigned int i, before;

	stand(0);
	for (i = 0; i < 8; i++)
		user_make(&u[i], NULL, "dead");
	status_server_door(&ca, "dead")->is_silent = 1;
	now.fetch.connect_ms = 100;
	now.fetch.seconds = 1;
	ASSERT_OK(engine_set_limits(ops_engine(), &now, &err), &err);
	before = status_server_asked(&ca, "dead");
	look();
	CU_ASSERT_EQUAL(status_server_asked(&ca, "dead"), before + 3);
	CU_ASSERT_STRING_EQUAL(ask("SELECT count(*) FROM signet.user_certificate_check WHERE state "
				   "= 'Unknown' AND reason "
				   "LIKE '%%did not answer a moment ago%%'"),
	    "5");
	ASSERT_OK(engine_set_limits(ops_engine(), &limits, &err), &err);
	status_server_door(&ca, "dead");
	for (i = 0; i < 8; i++)
		user_drop(&u[i]);
}

/* ---- many ---- */

#define MANY 10000
#define FEW  450

static const char *
of_tenant(const char *name)
{
	static char out[100];

	snprintf(
	    out, sizeof(out), "tenant_id = (SELECT id FROM signet.tenant WHERE name = '%s')", name);
	return out;
}

/* A tenant with so many users' certificates, of which each nth names this list. */
static void
give_many(const char *name, int count, const char *door, int nth)
{
	struct error err = ERROR_INIT;
	struct buf der = BUF_INIT(0);
	struct uuid tenant, erp;
	char where[200];
	X509 *cert;
	int i;

	ops_tenant(name, NULL, 0);
	snprintf(where, sizeof(where), "name = '%s'", name);
	tenant = id_of("tenant", where);
	snprintf(where, sizeof(where), "name = 'erp' AND %s", of_tenant(name));
	erp = id_of("user", where);
	ASSERT_OK(db_begin(db, &err), &err);
	for (i = 0; i < count; i++) {
		cert = issue(i % nth == 0 ? door : NULL, NULL, PKI_INTERMEDIATE);
		der.len = 0;
		ASSERT_OK(cert_write_der(&der, cert, &err), &err);
		ASSERT_OK(store_user_certificate_add(db, &tenant, &erp, SPAN_OF(&der), "CN=many",
			      PKI_NOW + PKI_YEAR, &err),
		    &err);
		X509_free(cert);
	}
	ASSERT_OK(db_commit(db, &err), &err);
	buf_release(&der);
}

static int
count_checks(const char *where, const char *tenant)
{
	return atoi(ask("SELECT count(*) FROM signet.user_certificate_check WHERE %s AND %s", where,
	    of_tenant(tenant)));
}

/* The run ends in the midst: what it did stays, and the next begins with what it did not do. */
static void
a_run_that_dies_is_gone_on_with_by_the_next(void)
{
	struct job_context context = { .db = db,
		.engine = ops_engine(),
		.node = "other",
		.run = ++run_number,
		.last_good = DB_NO_TIME,
		.figures = &figures };
	struct job_result result = { 0 };
	struct error err = ERROR_INIT;
	long long lost = run_number;
	char where[100];
	int done;

	stand(0);
	give_many("few", FEW, NULL, 1);
	sql("CREATE TABLE public.seen (at bigint GENERATED ALWAYS AS IDENTITY, was bigint, "
	    "tenant_id uuid);"
	    "GRANT ALL ON public.seen TO PUBLIC;"
	    "CREATE FUNCTION public.see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
	    " INSERT INTO public.seen (was, tenant_id) VALUES (OLD.run, OLD.tenant_id);"
	    " IF NEW.run = %lld AND (SELECT count(*) FROM public.seen) > 250 THEN"
	    "  RAISE EXCEPTION 'the server dies'; END IF; RETURN NEW; END $$;"
	    "CREATE TRIGGER see BEFORE UPDATE ON signet.user_certificate_check FOR EACH ROW"
	    " EXECUTE FUNCTION public.see()",
	    lost);
	CU_ASSERT_EQUAL(job_user_certificates(&context, &result, &err), -1);
	snprintf(where, sizeof(where), "run = %lld", lost);
	done = count_checks(where, "few");
	CU_ASSERT(done >= 100 && done <= 250);
	/* What was found is written down, and logged, or neither. */
	CU_ASSERT_EQUAL(atoi(ask("SELECT count(*) FROM signet.audit a JOIN signet.node n ON n.id = "
				 "a.node WHERE n.name = 'other/jobs' AND a.%s",
			    of_tenant("few"))),
	    done);
	CU_ASSERT_EQUAL(count_checks("state <> 'NotChecked'", "few"), done);
	sql("TRUNCATE public.seen");
	look();
	snprintf(where, sizeof(where), "run = %lld", (long long)run_number);
	CU_ASSERT_EQUAL(count_checks(where, "few"), FEW + 1);
	/* Those come last that were done already; a page may hold both. */
	CU_ASSERT_STRING_EQUAL(
	    ask("SELECT count(*) FROM public.seen a WHERE a.was < %lld AND a.%s AND a.at > (SELECT "
		"min(b.at) + 100 FROM public.seen b WHERE b.was = %lld)",
		lost, of_tenant("few"), lost),
	    "0");
	sql("DROP TRIGGER see ON signet.user_certificate_check; DROP FUNCTION public.see(); "
	    "DROP TABLE public.seen");
}

static void
ten_thousand_certificates_are_looked_at_by_pages_with_one_fetch(void)
{
	struct chain_report report;
	struct error err = ERROR_INIT;
	unsigned int asked;

	stand(0);
	give_many("many", MANY, "many", 10);
	publish("many", NULL, -HOUR, -2);
	asked = status_server_asked(&ca, "many");
	look();
	CU_ASSERT_EQUAL(status_server_asked(&ca, "many"), asked + 1);
	CU_ASSERT_EQUAL(count_checks("state = 'Good'", "many"), MANY / 10);
	CU_ASSERT_EQUAL(count_checks("state = 'NotCheckable'", "many"), MANY - MANY / 10 + 1);
	/* Each change is in the log, and the chain of the jobs holds. */
	CU_ASSERT_EQUAL(audit_verify(db, "here/jobs", NULL, NULL, &report, &err), 1);
	CU_ASSERT(report.rows >= MANY);
	CU_ASSERT_STRING_EQUAL(report.text, "");
}

/* A page of the walk is found by index: it costs the same however many there are. */
static void
a_page_of_the_walk_is_an_index_scan(void)
{
	sql("ANALYZE signet.user_certificate_check");
	CU_ASSERT_STRING_EQUAL(
	    ask("CREATE FUNCTION pg_temp.plan() RETURNS text LANGUAGE plpgsql AS $$ DECLARE line "
		"text; "
		"whole text := ''; BEGIN FOR line IN EXPLAIN SELECT * FROM "
		"signet.user_certificate_check WHERE tenant_id = (SELECT tenant_id FROM "
		"signet.user_certificate_check LIMIT 1) AND (run, fingerprint) > (0, '') AND run < "
		"99999 ORDER BY run, fingerprint LIMIT 100 LOOP whole := whole || line; END LOOP; "
		"RETURN "
		"whole; END $$; SELECT (pg_temp.plan() LIKE '%%user_certificate_check_walk%%' AND "
		"pg_temp.plan() NOT LIKE '%%Sort%%')::text"),
	    "true");
}

static void
a_job_that_is_asked_to_stop_writes_down_what_it_did(void)
{
	const _Atomic int stop = 1;
	struct job_context context = { .db = db,
		.engine = ops_engine(),
		.node = "here",
		.run = ++run_number,
		.figures = &figures,
		.stop = &stop };
	struct job_result result = { 0 };
	struct error err = ERROR_INIT;

	ASSERT_OK(job_user_certificates(&context, &result, &err), &err);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.message, "0 certificates of 0 tenants"));
}

static const struct test tests[] = {
	TEST(a_revoked_certificate_loses_its_access_and_says_why),
	TEST(revoked_is_for_good),
	TEST(a_hold_refuses_until_it_is_released_by_a_newer_word),
	TEST(an_expired_certificate_is_refused_with_the_time_and_shown_as_such),
	TEST(an_ocsp_answer_counts_where_the_list_is_old),
	TEST(where_the_responder_is_away_the_list_is_asked),
	TEST(while_nobody_answers_what_is_kept_counts_until_its_end),
	TEST(of_the_unknown_lenient_warns_and_strict_refuses_after_the_grace),
	TEST(what_cannot_be_checked_goes_on_and_is_told_as_such),
	TEST(who_is_under_a_revoked_ca_is_refused),
	TEST(an_unreadable_certificate_stops_nobody_elses_turn),
	TEST(withdrawn_certificates_are_left_alone),
	TEST(a_dead_server_is_not_asked_about_each),
	TEST(a_run_that_dies_is_gone_on_with_by_the_next),
	TEST(ten_thousand_certificates_are_looked_at_by_pages_with_one_fetch),
	TEST(a_page_of_the_walk_is_an_index_scan),
	TEST(a_job_that_is_asked_to_stop_writes_down_what_it_did),
	TEST_END,
};
const struct suite suite_server_jobs_user_certificates = { "server/jobs/user_certificates", setup,
	teardown, tests };
