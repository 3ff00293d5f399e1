/*
 * S2-31, S2-30, S2-36: a user whose certificate is revoked, put on hold or withdrawn loses his
 * access on a live server, on the connection that he has open; the list says why.
 */
#include <openssl/pem.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "server/base/clock.h"
#include "server/base/text.h"
#include "signing/core/digests.h"
#include "signing/x509/cert.h"
#include "signing/x509/issue.h"
#include "tests/support/database.h"
#include "tests/support/postgres.h"
#include "tests/support/soap_call.h"
#include "tests/support/status_server.h"
#include "tests/support/suite.h"

#define SETTINGS   "fetch-networks = \"127.0.0.1\"\nfetch-retry-seconds = 0\nfetch-seconds = 5\n"
#define AT_ONCE_MS 1000 /* for a change in the database to be known to a server under load */

static struct live live;
static struct status_server servers;
static X509 *ca, *card; /* the certificate of erp that names a CRL */
static EVP_PKEY *ca_key, *key;
static SSL_CTX *erp, *with_card;
static char card_hex[65];
static int64_t now;
static long number = 1;

/* A second certificate for erp, issued by the installation's CA. */
static int
make_card(void)
{
	const struct issuer issuer = { ca, ca_key };
	char url[120], sql[8192], hex[3600];
	struct issue_request r = { .profile = ISSUE_TLS_CLIENT,
		.key = key,
		.common_name = "erp's card",
		.not_before = now - 3600,
		.not_after = now + 30 * 86400,
		.crl_url = url };
	struct error err = ERROR_INIT;
	struct buf der = BUF_INIT(0);
	unsigned char sha[DIGEST_SIZE_MAX];
	int rc = -1;

	snprintf(url, sizeof(url), "%slist", servers.stub.url);
	if (issue_certificate(&card, &r, &issuer, &err) != 0 ||
	    cert_write_der(&der, card, &err) != 0 ||
	    digest_span(DIGEST_SHA256, SPAN_OF(&der), sha, &err) != 0)
		return -1;
	text_hex(card_hex, sha, 32);
	if (2 * der.len >= sizeof(hex))
		return -1;
	text_hex(hex, der.data, der.len);
	snprintf(sql, sizeof(sql),
	    "INSERT INTO signet.user_certificate (fingerprint, tenant_id, user_id, certificate, "
	    "subject, not_after) SELECT sha256('\\x%s'), tenant_id, id, '\\x%s', 'CN=card', now() "
	    "+ "
	    "interval '30 days' FROM signet.user WHERE name = 'erp'",
	    hex, hex);
	rc = postgres_run(live.database, "postgres", sql, &err);
	buf_release(&der);
	return rc;
}

/* reason -2: nobody is on it. Each list is newer than the one before. */
static void
publish(int reason)
{
	const int64_t this_number = number++;
	const struct status_entry entry = { .cert = card, .at = now - 600, .reason = reason };
	const struct status_crl list = { .signer = ca,
		.key = ca_key,
		.this_update = now - 300 + this_number,
		.next_update = now + 7 * 86400,
		.number = this_number,
		.entries = &entry,
		.count = reason != -2 };

	status_server_crl(&servers, "list", &list);
}

static int
setup(void)
{
	now = (int64_t)time(NULL);
	key = EVP_EC_gen("P-256");
	if (live_start(&live, SETTINGS, NULL) != 0 || live_ca(&live, &ca_key, &ca) != 0)
		return -1;
	status_server_start(&servers);
	publish(-2);
	erp = soap_call_context(&live, "erp");
	with_card = soap_call_context(&live, NULL);
	if (make_card() != 0 || SSL_CTX_use_certificate(with_card, card) != 1 ||
	    SSL_CTX_use_PrivateKey(with_card, key) != 1)
		return -1;
	return 0;
}

static int
teardown(void)
{
	status_server_end(&servers);
	X509_free(ca);
	X509_free(card);
	EVP_PKEY_free(ca_key);
	EVP_PKEY_free(key);
	SSL_CTX_free(erp);
	SSL_CTX_free(with_card);
	live_stop(&live);
	return 0;
}

static void
look(void)
{
	long before = atol(database_ask(live.database,
	    "SELECT COALESCE(max(id), 0) FROM signet.job_run WHERE name = 'user-certificates'"));
	char sql[200];

	database_run(live.database,
	    "UPDATE signet.job SET requested = clock_timestamp() WHERE name = "
	    "'user-certificates'");
	snprintf(sql, sizeof(sql),
	    "SELECT count(*) > 0 FROM signet.job_run WHERE name = 'user-certificates' AND id > %ld "
	    "AND "
	    "result IS NOT NULL",
	    before);
	CU_ASSERT(database_becomes(live.database, sql, "t"));
}

static int
command(struct buf *out, const char *arguments)
{
	char admin[512];

	snprintf(admin, sizeof(admin), "%s", postgres_conninfo("postgres", "postgres"));
	return run_shell(out, "'%s' user %s --tenant demo --database \"%s\" --name %s",
	    live_program("signet-init"), arguments, admin, live.database);
}

/* The next requests on the open connection are refused (words) or served (NULL) at once. */
static void
follows(int line, struct soap_call *c, const char *words)
{
	int64_t began = clock_monotonic_us();
	const int opened = c->conn.fd;
	int status, is_so = 0;

	while (!is_so && clock_monotonic_us() - began < 5000000) {
		status = soap_call(c, "<WhoAmI/>");
		is_so = words == NULL
			    ? status == 200
			    : status >= 400 && soap_is_fault(c, "NotAuthenticated", words);
		if (!is_so)
			poll(NULL, 0, 2);
	}
	if (!is_so || clock_monotonic_us() - began > AT_ONCE_MS * 1000)
		fprintf(stderr, "line %d: after %lld us: %s\n", line,
		    (long long)(clock_monotonic_us() - began), soap_answer(c));
	CU_ASSERT(is_so && clock_monotonic_us() - began <= AT_ONCE_MS * 1000);
	CU_ASSERT(c->is_open && c->conn.fd == opened);
}
#define FOLLOWS(c, words) follows(__LINE__, (c), (words))

/* ---- tests ---- */

static void
the_demos_certificates_are_not_checkable_and_go_on(void)
{
	struct soap_call c;

	CU_ASSERT(database_becomes(live.database,
	    "SELECT count(*) FROM signet.job_run WHERE name = 'user-certificates' AND "
	    "result = 'Success'",
	    "1"));
	CU_ASSERT_STRING_EQUAL(
	    database_ask(live.database,
		"SELECT string_agg(DISTINCT k.state, ',') FROM "
		"signet.user_certificate_check k JOIN signet.user_certificate c USING "
		"(fingerprint) WHERE c.subject <> 'CN=card'"),
	    "NotCheckable");
	soap_call_init(&c, &live, erp);
	CU_ASSERT_EQUAL(soap_call(&c, "<WhoAmI/>"), 200);
	soap_call_end(&c);
}

static void
a_revoked_user_is_out_on_the_connection_that_he_has_open(void)
{
	struct soap_call c, other;

	publish(-2);
	look();
	soap_call_init(&c, &live, with_card);
	CU_ASSERT_EQUAL(soap_call(&c, "<WhoAmI/>"), 200);
	publish(6);
	look();
	FOLLOWS(&c, "put on hold by its issuer at 20");
	publish(-2);
	look();
	FOLLOWS(&c, NULL);
	publish(1);
	look();
	FOLLOWS(&c, "(keyCompromise); use another certificate");
	/* So are connections that he opens anew; his other certificate and his password go on. */
	soap_call_init(&other, &live, with_card);
	CU_ASSERT(soap_call(&other, "<WhoAmI/>") >= 400);
	soap_call_end(&other);
	soap_call_init(&other, &live, erp);
	CU_ASSERT_EQUAL(soap_call(&other, "<WhoAmI/>"), 200);
	soap_call_end(&other);
	soap_call_end(&c);
	CU_ASSERT_STRING_EQUAL(
	    database_ask(live.database,
		"SELECT string_agg(split_part(reason, ':', 1), ', ' ORDER BY seq) "
		"FROM signet.audit WHERE object LIKE '%erp%' AND operation = "
		"'CheckUserCertificate' AND reason NOT LIKE '%NotCheckable%' AND "
		"tenant_id = (SELECT id FROM signet.tenant WHERE name = 'demo')"),
	    "NotChecked -> Good, Good -> OnHold, OnHold -> Good, Good -> Revoked");
}

static void
the_list_says_why(void)
{
	struct buf out = BUF_INIT(0);
	json_t *all, *one;

	CU_ASSERT_EQUAL(command(&out, "certificates --state Revoked"), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)out.data, "erp  Revoked  no access: revoked"));
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)out.data, "(keyCompromise), by a CRL of 20"));
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)out.data, card_hex));
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)out.data, "lenient, warned of, after 24 hours"));
	CU_ASSERT_PTR_NULL(strstr((char *)out.data, "NotCheckable"));
	buf_release(&out);
	buf_init(&out, 0);
	CU_ASSERT_EQUAL(command(&out, "certificates --json"), 0);
	all = json_loads((char *)out.data, 0, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(all);
	CU_ASSERT_EQUAL(json_array_size(json_object_get(all, "certificates")), 3);
	CU_ASSERT(json_is_string(json_object_get(json_object_get(all, "rules"), "next")));
	json_decref(all);
	buf_release(&out);
	buf_init(&out, 0);
	CU_ASSERT_EQUAL(command(&out, "certificates --json --state Revoked --user erp"), 0);
	all = json_loads((char *)out.data, 0, NULL);
	one = json_array_get(json_object_get(all, "certificates"), 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(one);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(one, "fingerprint")), card_hex);
	CU_ASSERT_STRING_EQUAL(
	    json_string_value(json_object_get(one, "revocationReason")), "keyCompromise");
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(one, "source")), "CRL");
	CU_ASSERT(json_is_false(json_object_get(one, "hasAccess")));
	CU_ASSERT(json_is_string(json_object_get(one, "checked")));
	json_decref(all);
	buf_release(&out);
	CU_ASSERT_EQUAL(command(NULL, "certificates --state Fine"), 1);
	CU_ASSERT_EQUAL(command(NULL, "certificate"), 2);
}

static void
what_an_administrator_takes_away_is_gone_at_once(void)
{
	struct buf out = BUF_INIT(0);
	char hex[65], words[200];
	struct soap_call c;

	snprintf(hex, sizeof(hex), "%s",
	    database_ask(live.database,
		"SELECT encode(c.fingerprint, 'hex') FROM signet.user_certificate c JOIN "
		"signet.user u "
		"ON u.id = c.user_id WHERE u.name = 'erp' AND c.subject <> 'CN=card'"));
	soap_call_init(&c, &live, erp);
	CU_ASSERT_EQUAL(soap_call(&c, "<WhoAmI/>"), 200);
	CU_ASSERT_EQUAL(command(NULL, "suspend erp"), 0);
	FOLLOWS(&c, "belongs to no user who may call");
	CU_ASSERT_EQUAL(command(&out, "certificates"), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)out.data, "no access: the user is suspended"));
	CU_ASSERT_EQUAL(command(NULL, "resume erp"), 0);
	FOLLOWS(&c, NULL);
	snprintf(words, sizeof(words), "certificate withdraw %s", hex);
	CU_ASSERT_EQUAL(command(NULL, words), 0);
	FOLLOWS(&c, "belongs to no user who may call");
	snprintf(words, sizeof(words), "certificate restore %s", hex);
	CU_ASSERT_EQUAL(command(NULL, words), 0);
	FOLLOWS(&c, NULL);
	soap_call_end(&c);
	CU_ASSERT_EQUAL(command(NULL, "suspend nosuch"), 1);
	CU_ASSERT_EQUAL(command(NULL, "certificate withdraw 12"), 1);
	memset(hex, '0', 64);
	snprintf(words, sizeof(words), "certificate withdraw %s", hex);
	CU_ASSERT_EQUAL(command(NULL, words), 1);
	CU_ASSERT_STRING_EQUAL(
	    database_ask(live.database,
		"SELECT string_agg(a.operation || ' ' || a.reason, ', ' ORDER BY a.seq) FROM "
		"signet.audit a JOIN signet.node n ON n.id = a.node WHERE n.name = 'signet-init'"),
	    "SetUserState suspended, SetUserState active, SetUserCertificateState withdrawn, "
	    "SetUserCertificateState restored");
	buf_release(&out);
}

static void
the_rules_are_shown_and_set(void)
{
	struct buf out = BUF_INIT(0);

	CU_ASSERT_EQUAL(command(NULL, "revocation strict --grace 2d"), 0);
	CU_ASSERT_EQUAL(command(&out, "revocation"), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)out.data, "strict, refused, after 48 hours"));
	CU_ASSERT_EQUAL(command(NULL, "revocation harsh"), 1);
	CU_ASSERT_EQUAL(command(NULL, "revocation --grace 9000"), 1);
	CU_ASSERT_EQUAL(command(NULL, "revocation --grace 2x"), 1);
	CU_ASSERT_EQUAL(command(NULL, "revocation lenient --grace 24"), 0);
	buf_release(&out);
}

static void
the_figures_count_by_state(void)
{
	SSL_CTX *nobody = soap_call_context(&live, NULL);
	struct soap_call c;

	soap_call_init(&c, &live, nobody);
	CU_ASSERT_EQUAL(soap_page(&c, "/metrics"), 200);
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(soap_answer(&c), "\nsignet_user_certificates{state=\"Revoked\"} 1\n"));
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(soap_answer(&c), "\nsignet_user_certificates{state=\"NotCheckable\"} 3\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(soap_answer(&c), "\nsignet_user_certificates_overdue 0\n"));
	soap_call_end(&c);
	SSL_CTX_free(nobody);
}

/* ---- at sign-on ---- */

/* A certificate from the installation's CA, that of nobody yet, whose list has it or not. */
static X509 *
stranger(const char *list, int is_revoked)
{
	const struct issuer issuer = { ca, ca_key };
	char url[120];
	struct issue_request r = { .profile = ISSUE_TLS_CLIENT,
		.key = key,
		.common_name = list,
		.not_before = now - 3600,
		.not_after = now + 30 * 86400,
		.crl_url = url };
	struct error err = ERROR_INIT;
	X509 *cert;

	snprintf(url, sizeof(url), "%s%s", servers.stub.url, list);
	ASSERT_OK(issue_certificate(&cert, &r, &issuer, &err), &err);
	{
		const struct status_entry entry = { .cert = cert, .at = now - 600, .reason = 1 };
		const struct status_crl published = { .signer = ca,
			.key = ca_key,
			.this_update = now - 300,
			.next_update = now + 7 * 86400,
			.number = 1000 + is_revoked,
			.entries = &entry,
			.count = (size_t)is_revoked };

		status_server_crl(&servers, list, &published);
	}
	return cert;
}

/* Hand it in by the handshake; what is answered is in `c`. */
static int
hand_in(struct soap_call *c, X509 *cert)
{
	SSL_CTX *with = soap_call_context(&live, NULL);
	int status = -1;

	soap_call_init(c, &live, with);
	if (SSL_CTX_use_certificate(with, cert) == 1 && SSL_CTX_use_PrivateKey(with, key) == 1)
		status = soap_call(c, "<SignOn><tenant>demo</tenant></SignOn>");
	SSL_CTX_free(with);
	return status;
}

#define HANDED_IN(name) "SELECT count(*) FROM signet.sign_on WHERE subject LIKE '%" name "%'"

/* S2-22, S2-31: whatever rule the tenant has; and one that is on no list is taken. */
static void
a_revoked_certificate_is_refused_at_sign_on_and_leaves_nothing(void)
{
	static const char *const rules[] = { "open", "trusted" };
	X509 *revoked = stranger("stolen", 1), *good = stranger("fresh", 0);
	struct soap_call c;
	char sql[200];
	size_t i;

	database_run(live.database,
	    "UPDATE signet.trust_anchor SET usage = '{Signing,Timestamping,TlsClient,TlsServer}'");
	for (i = 0; i < 2; i++) {
		snprintf(sql, sizeof(sql),
		    "UPDATE signet.tenant SET sign_on = '%s' WHERE name = 'demo'", rules[i]);
		database_run(live.database, sql);
		CU_ASSERT(hand_in(&c, revoked) >= 400);
		CU_ASSERT(soap_is_fault(&c, "Conflict", "this certificate is revoked: "));
		if (!soap_is_fault(&c, "Conflict", "revoked"))
			fprintf(stderr, "%s\n", soap_answer(&c));
		soap_call_end(&c);
	}
	CU_ASSERT_STRING_EQUAL(database_ask(live.database, HANDED_IN("stolen")), "0");
	CU_ASSERT_EQUAL(hand_in(&c, good), 200);
	CU_ASSERT_PTR_NOT_NULL(strstr(soap_answer(&c), ">Waiting<"));
	soap_call_end(&c);
	CU_ASSERT_STRING_EQUAL(database_ask(live.database, HANDED_IN("fresh")), "1");
	X509_free(revoked);
	X509_free(good);
}

static const struct test tests[] = {
	TEST(the_demos_certificates_are_not_checkable_and_go_on),
	TEST(a_revoked_user_is_out_on_the_connection_that_he_has_open),
	TEST(the_list_says_why),
	TEST(what_an_administrator_takes_away_is_gone_at_once),
	TEST(the_rules_are_shown_and_set),
	TEST(the_figures_count_by_state),
	TEST(a_revoked_certificate_is_refused_at_sign_on_and_leaves_nothing),
	TEST_END,
};
const struct suite suite_system_user_revocation = { "system/user_revocation", setup, teardown,
	tests };
