/*
 * Who may do what on a live server, and how fast a withdrawn right is gone (S2-43, S2-44); a tenant
 * meets nothing of another (S2-01).
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/clock.h"
#include "tests/support/database.h"
#include "tests/support/postgres.h"
#include "tests/support/soap_call.h"
#include "tests/support/suite.h"

#define AT_ONCE_MS 1000 /* for a change in the database to be known to a server under load */

static struct live live;
static SSL_CTX *erp, *nobody; /* with erp's certificate; with none */
static char password[64];

static int
is_refused(const struct soap_call *c, int status, const char *code)
{
	char met[64];

	return status >= 400 &&
	       strcmp(soap_text_of(soap_answer(c), "code", met, sizeof(met)), code) == 0;
}

/* ---- how to say who one is ---- */

static void
says_who(struct soap_call *c, const char *how, const char *who)
{
	char by[32], name[64];

	CU_ASSERT_EQUAL(soap_call(c, "<WhoAmI/>"), 200);
	soap_text_of(soap_answer(c), "authenticatedBy", by, sizeof(by));
	soap_text_of(soap_answer(c), "name", name, sizeof(name));
	CU_ASSERT_STRING_EQUAL(by, how);
	CU_ASSERT_STRING_EQUAL(name, who);
	CU_ASSERT_EQUAL(soap_call(c, soap_sign_cms("demo-ec", "x", NULL)), 200);
	soap_call_end(c);
}

static void
a_certificate_basic_and_a_token_are_taken(void)
{
	struct soap_call c;

	soap_call_init(&c, &live, erp);
	says_who(&c, "Certificate", "erp");
	/* Each with a password that the server has not met before. */
	soap_call_init(&c, &live, nobody);
	soap_call_token(&c, "demo/erp", password);
	says_who(&c, "Password", "erp");
	soap_call_init(&c, &live, nobody);
	soap_call_basic(&c, "demo/admin", soap_password(&live, "admin"));
	says_who(&c, "Password", "admin");
}

static void
who_says_nothing_is_told_how_to(void)
{
	struct soap_call c;

	soap_call_init(&c, &live, nobody);
	CU_ASSERT_EQUAL(soap_call(&c, "<WhoAmI/>"), 401);
	CU_ASSERT(soap_is_fault(&c, "NotAuthenticated", "say who you are"));
	CU_ASSERT(tls_client_head_has(&c.conn, "WWW-Authenticate: Basic "));
	soap_call_end(&c);
}

/* ---- strangers ---- */

enum way { BASIC, TOKEN };

/* The words of the refusal into out; returns how long it took. */
static int64_t
try_password(enum way way, const char *user, const char *pass, char out[1024])
{
	int64_t began;
	struct soap_call c;
	int status;

	soap_call_init(&c, &live, nobody);
	CU_ASSERT_EQUAL(soap_page(&c, "/healthz"), 200); /* the handshake is not measured */
	(way == BASIC ? soap_call_basic : soap_call_token)(&c, user, pass);
	began = clock_monotonic_us();
	status = soap_call(&c, "<WhoAmI/>");
	began = clock_monotonic_us() - began;
	CU_ASSERT(soap_is_fault(&c, "NotAuthenticated", ""));
	CU_ASSERT_EQUAL(status, way == BASIC ? 401 : 500);
	soap_text_of(soap_answer(&c), "message", out, 1024);
	soap_call_end(&c);
	return began;
}

static void
a_wrong_password_and_an_unknown_user_get_the_same_words(void)
{
	char wrong[1024], unknown[1024], tenant[1024];
	int way;

	for (way = BASIC; way <= TOKEN; way++) {
		try_password(way, "demo/erp", "wrong", wrong);
		try_password(way, "demo/nobody-of-that-name", "wrong", unknown);
		try_password(way, "nowhere/erp", "wrong", tenant);
		CU_ASSERT_STRING_EQUAL(wrong, unknown);
		CU_ASSERT_STRING_EQUAL(wrong, tenant);
		try_password(way, "demo/erp", "", unknown);
		CU_ASSERT_STRING_EQUAL(wrong, unknown);
	}
}

#define TIMES 15

static int
compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static int64_t
median(int64_t times[TIMES])
{
	qsort(times, TIMES, sizeof(times[0]), compare);
	return times[TIMES / 2];
}

static void
a_wrong_password_and_an_unknown_user_take_the_same_time(void)
{
	int64_t wrong[TIMES], unknown[TIMES], one, other;
	char words[1024], user[64];
	int i;

	for (i = 0; i < TIMES; i++) { /* in turn: what else the machine does hits both */
		wrong[i] = try_password(BASIC, "demo/erp", "wrong", words);
		snprintf(user, sizeof(user), "demo/unknown-%d", i);
		unknown[i] = try_password(BASIC, user, "wrong", words);
	}
	one = median(wrong);
	other = median(unknown);
	if (one > other + other / 2 || other > one + one / 2)
		fprintf(stderr, "wrong password %lld us, unknown user %lld us\n", (long long)one,
		    (long long)other);
	CU_ASSERT(one <= other + other / 2);
	CU_ASSERT(other <= one + one / 2);
	CU_ASSERT(one > 5000); /* a password was hashed */
}

static SSL_CTX *
make_stranger(void)
{
	SSL_CTX *ctx = soap_call_context(&live, NULL);
	const char *pem = live_path(&live, "pki/stranger.pem");

	CU_ASSERT_EQUAL_FATAL(
	    run_shell(NULL,
		"cd '%s/pki' && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 "
		"-nodes -subj /CN=erp -days 2 -keyout s.key -out s.crt && cat s.crt s.key > "
		"stranger.pem",
		live.dir),
	    0);
	CU_ASSERT_EQUAL_FATAL(SSL_CTX_use_certificate_chain_file(ctx, pem), 1);
	CU_ASSERT_EQUAL_FATAL(SSL_CTX_use_PrivateKey_file(ctx, pem, SSL_FILETYPE_PEM), 1);
	return ctx;
}

static void
a_certificate_of_nobody_is_refused_whatever_its_name(void)
{
	SSL_CTX *ctx = make_stranger();
	struct soap_call c;

	soap_call_init(&c, &live, ctx);
	CU_ASSERT(soap_call(&c, "<WhoAmI/>") >= 400);
	CU_ASSERT(soap_is_fault(&c, "NotAuthenticated", "belongs to no user"));
	soap_call_end(&c);
	SSL_CTX_free(ctx);
}

/* ---- what an administrator withdraws ---- */

/*
 * A caller at work on an open connection is refused as soon as `withdraw` is in the database, and
 * served again on the same connection after `give_back`.
 */
static void
is_gone_at_once(struct soap_call *c, const char *request, const char *withdraw,
    const char *give_back, const char *code)
{
	int64_t began;
	int status = 0, opened;

	CU_ASSERT_EQUAL(soap_call(c, request), 200);
	opened = c->conn.fd;
	database_run(live.database, withdraw);
	began = clock_monotonic_us();
	while (!is_refused(c, status = soap_call(c, request), code) &&
	       clock_monotonic_us() - began < 5000000)
		poll(NULL, 0, 2);
	if (clock_monotonic_us() - began > AT_ONCE_MS * 1000)
		fprintf(stderr, "%s: %d after %lld us: %s\n", withdraw, status,
		    (long long)(clock_monotonic_us() - began), soap_answer(c));
	CU_ASSERT(clock_monotonic_us() - began <= AT_ONCE_MS * 1000);
	CU_ASSERT(soap_is_fault(c, code, ""));
	CU_ASSERT(c->is_open && c->conn.fd == opened);
	database_run(live.database, give_back);
	began = clock_monotonic_us();
	while (soap_call(c, request) != 200 && clock_monotonic_us() - began < 5000000)
		poll(NULL, 0, 2);
	CU_ASSERT_EQUAL(soap_call(c, request), 200);
	soap_call_end(c);
}

#define USER(set) "UPDATE signet.user SET " set " WHERE name = 'erp'"
#define CERTIFICATE(set)                                                                           \
	"UPDATE signet.user_certificate c SET " set                                                \
	" FROM signet.user u WHERE u.id = c.user_id AND u.name = 'erp'"

static void
certificate_loses(const char *withdraw, const char *give_back)
{
	struct soap_call c;

	soap_call_init(&c, &live, erp);
	is_gone_at_once(&c, "<WhoAmI/>", withdraw, give_back, "NotAuthenticated");
}

static void
password_loses(const char *withdraw, const char *give_back)
{
	struct soap_call c;

	soap_call_init(&c, &live, nobody);
	soap_call_basic(&c, "demo/erp", password);
	is_gone_at_once(&c, "<WhoAmI/>", withdraw, give_back, "NotAuthenticated");
}

static void
a_suspended_user_is_out_at_once(void)
{
	certificate_loses(USER("state = 'suspended'"), USER("state = 'active'"));
	password_loses(USER("state = 'suspended'"), USER("state = 'active'"));
}

static void
a_suspended_tenant_is_out_at_once(void)
{
	certificate_loses("UPDATE signet.tenant SET state = 'suspended' WHERE name = 'demo'",
	    "UPDATE signet.tenant SET state = 'active' WHERE name = 'demo'");
}

static void
an_expired_user_is_out_at_once(void)
{
	certificate_loses(
	    USER("valid_until = now() - interval '1 second'"), USER("valid_until = NULL"));
	password_loses(
	    USER("valid_until = now() - interval '1 second'"), USER("valid_until = NULL"));
}

static void
a_suspended_certificate_is_out_at_once_and_the_password_stays(void)
{
	struct soap_call c;

	certificate_loses(CERTIFICATE("state = 'suspended'"), CERTIFICATE("state = 'active'"));
	database_run(live.database, CERTIFICATE("state = 'suspended'"));
	soap_call_init(&c, &live, nobody);
	soap_call_basic(&c, "demo/erp", password);
	CU_ASSERT_EQUAL(soap_call(&c, "<WhoAmI/>"), 200);
	soap_call_end(&c);
	database_run(live.database, CERTIFICATE("state = 'active'"));
}

static void
an_expired_certificate_is_out_at_once(void)
{
	certificate_loses(CERTIFICATE("not_after = now() - interval '1 second'"),
	    CERTIFICATE("not_after = now() + interval '1 year'"));
}

static void
a_certificate_that_was_removed_is_out_at_once(void)
{
	database_run(live.database, "CREATE TABLE kept AS SELECT * FROM signet.user_certificate");
	certificate_loses("DELETE FROM signet.user_certificate c USING signet.user u WHERE u.id = "
			  "c.user_id AND u.name = 'erp'",
	    "INSERT INTO signet.user_certificate SELECT * FROM kept ON CONFLICT DO NOTHING");
	database_run(live.database, "DROP TABLE kept");
}

static void
an_old_password_is_out_at_once(void)
{
	database_run(live.database,
	    "CREATE TABLE kept AS SELECT password FROM signet.user WHERE name = 'erp'");
	password_loses(USER("password = NULL"), USER("password = (SELECT password FROM kept)"));
	database_run(live.database, "DROP TABLE kept");
}

static void
a_right_that_was_taken_is_gone_at_once_and_the_others_stay(void)
{
	int64_t began;
	struct soap_call c, other;

	soap_call_init(&c, &live, erp);
	soap_call_init(&other, &live, erp);
	database_run(live.database,
	    "CREATE TABLE kept AS SELECT * FROM signet.group_right WHERE operation = "
	    "'SignDocument'");
	is_gone_at_once(&c, soap_sign_cms("demo-ec", "x", NULL),
	    "DELETE FROM signet.group_right WHERE operation = 'SignDocument'",
	    "INSERT INTO signet.group_right SELECT * FROM kept", "NotAuthorized");
	database_run(
	    live.database, "DELETE FROM signet.group_right WHERE operation = 'SignDocument'");
	CU_ASSERT_EQUAL(soap_call(&other, "<WhoAmI/>"), 200);
	database_run(
	    live.database, "INSERT INTO signet.group_right SELECT * FROM kept; DROP TABLE kept");
	/* Known to the server before the next test relies on it. */
	began = clock_monotonic_us();
	while (soap_call(&other, soap_sign_cms("demo-ec", "x", NULL)) != 200 &&
	       clock_monotonic_us() - began < 5000000)
		poll(NULL, 0, 2);
	soap_call_end(&other);
}

static void
a_key_that_was_taken_is_gone_at_once(void)
{
	struct soap_call c;

	soap_call_init(&c, &live, erp);
	database_run(live.database,
	    "CREATE TABLE kept AS SELECT gk.* FROM signet.group_key gk JOIN signet.signing_key "
	    "k ON k.id = gk.key_id WHERE k.name = 'demo-ec'");
	is_gone_at_once(&c, soap_sign_cms("demo-ec", "x", NULL),
	    "DELETE FROM signet.group_key WHERE key_id IN (SELECT key_id FROM kept)",
	    "INSERT INTO signet.group_key SELECT * FROM kept", "NotAuthorized");
	database_run(live.database, "DROP TABLE kept");
}

static void
a_disabled_key_signs_no_more(void)
{
	struct soap_call c;
	int64_t began;
	int status;

	soap_call_init(&c, &live, erp);
	CU_ASSERT_EQUAL(soap_call(&c, soap_sign_cms("demo-ec", "x", NULL)), 200);
	database_run(live.database,
	    "UPDATE signet.signing_key SET state = 'disabled' WHERE name = 'demo-ec'");
	began = clock_monotonic_us();
	while ((status = soap_call(&c, soap_sign_cms("demo-ec", "x", NULL))) == 200 &&
	       clock_monotonic_us() - began < AT_ONCE_MS * 1000)
		poll(NULL, 0, 2);
	CU_ASSERT(status >= 400);
	CU_ASSERT_PTR_NOT_NULL(strstr(soap_answer(&c), "disabled"));
	database_run(
	    live.database, "UPDATE signet.signing_key SET state = 'active' WHERE name = 'demo-ec'");
	soap_call_end(&c);
}

/* ---- keys ---- */

static void
words_for_key(struct soap_call *c, const char *key, char out[1024])
{
	char message[1024], *at;

	CU_ASSERT_EQUAL(soap_call(c, soap_sign_cms(key, "x", NULL)), 500);
	CU_ASSERT(soap_is_fault(c, "NotAuthorized", key));
	soap_text_of(soap_answer(c), "message", message, sizeof(message));
	at = strstr(message, key);
	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	snprintf(out, 1024, "%.*sKEY%s", (int)(at - message), message, at + strlen(key));
}

/* Another tenant with a user "erp" of the same password and keys "rivals" and "demo-ec". */
#define RIVAL                                                                                      \
	"WITH t AS (INSERT INTO signet.tenant (id, name) VALUES (gen_random_uuid(), 'rival') "     \
	"RETURNING id), u AS (INSERT INTO signet.user (id, tenant_id, name, password) SELECT "     \
	"gen_random_uuid(), t.id, 'erp', o.password FROM t, signet.user o WHERE o.name = 'erp' "   \
	"RETURNING id, tenant_id), g AS (INSERT INTO signet.group (id, tenant_id, name) SELECT "   \
	"gen_random_uuid(), id, 'all' FROM t RETURNING id, tenant_id), m AS (INSERT INTO "         \
	"signet.group_member SELECT g.tenant_id, g.id, u.id FROM g, u), r AS (INSERT INTO "        \
	"signet.group_right SELECT g.tenant_id, g.id, o FROM g, unnest(ARRAY['SignDocument', "     \
	"'ListKeys']) o), k AS (INSERT INTO signet.signing_key (id, tenant_id, name, store_key, "  \
	"algorithm, size, certificate, chain, not_after, usage) SELECT gen_random_uuid(), t.id, "  \
	"n.name, o.store_key, o.algorithm, o.size, o.certificate, o.chain, o.not_after, o.usage "  \
	"FROM t, signet.signing_key o, (VALUES ('rivals'), ('demo-ec')) n (name) WHERE o.name = "  \
	"'demo-rsa' RETURNING id, tenant_id) INSERT INTO signet.group_key SELECT g.tenant_id, "    \
	"g.id, k.id FROM g, k"

static void
a_forbidden_key_an_unknown_key_and_another_tenants_key_get_the_same_words(void)
{
	char unknown[1024], forbidden[1024], rivals[1024], ours[1024], theirs[1024];
	struct soap_call c, rival;

	database_run(live.database,
	    "INSERT INTO signet.signing_key (id, tenant_id, name, store_key, algorithm, size, "
	    "certificate, chain, not_after, usage) SELECT gen_random_uuid(), tenant_id, "
	    "'forbidden', store_key, algorithm, size, certificate, chain, not_after, usage "
	    "FROM signet.signing_key WHERE name = 'demo-ec'");
	database_run(live.database, RIVAL);
	soap_call_init(&c, &live, erp);
	words_for_key(&c, "unknown", unknown);
	words_for_key(&c, "forbidden", forbidden);
	words_for_key(&c, "rivals", rivals);
	CU_ASSERT_STRING_EQUAL(unknown, forbidden);
	CU_ASSERT_STRING_EQUAL(unknown, rivals);
	soap_call_init(&rival, &live, nobody);
	soap_call_basic(&rival, "rival/erp", password);
	words_for_key(&rival, "demo-rsa", ours);
	words_for_key(&rival, "unknown", theirs);
	CU_ASSERT_STRING_EQUAL(ours, theirs);
	CU_ASSERT_EQUAL(soap_call(&rival, soap_sign_cms("rivals", "x", NULL)), 200);
	soap_call_end(&rival);
	soap_call_end(&c);
}

/* Two keys of one name: each signs with its own, and sees no other in its list. */
static void
a_name_means_the_callers_own_key(void)
{
	static char mine[8192], his[8192];
	struct soap_call c, rival;

	soap_call_init(&c, &live, erp);
	soap_call_init(&rival, &live, nobody);
	soap_call_basic(&rival, "rival/erp", password);
	CU_ASSERT_EQUAL(soap_call(&c, soap_sign_cms("demo-ec", "x", NULL)), 200);
	CU_ASSERT_EQUAL(soap_call(&rival, soap_sign_cms("demo-ec", "x", NULL)), 200);
	soap_text_of(soap_answer(&c), "signingCertificate", mine, sizeof(mine));
	soap_text_of(soap_answer(&rival), "signingCertificate", his, sizeof(his));
	CU_ASSERT(strlen(mine) > 100);
	CU_ASSERT_STRING_NOT_EQUAL(mine, his);
	CU_ASSERT_EQUAL(soap_call(&rival, "<ListKeys/>"), 200);
	CU_ASSERT_PTR_NOT_NULL(strstr(soap_answer(&rival), "rivals"));
	CU_ASSERT_PTR_NULL(strstr(soap_answer(&rival), "demo-rsa"));
	CU_ASSERT_EQUAL(soap_call(&c, "<ListKeys/>"), 200);
	CU_ASSERT_PTR_NULL(strstr(soap_answer(&c), "rivals"));
	soap_call_end(&c);
	soap_call_end(&rival);
}

/* Nothing that a refused caller sent is worked on: no document is named, no answer kept. */
static void
refusals_are_in_the_audit_with_their_reason(void)
{
	struct error err = ERROR_INIT;
	struct soap_call c;
	char sql[400], out[64];

	soap_call_init(&c, &live, nobody);
	soap_call_basic(&c, "demo/erp", "wrong");
	CU_ASSERT_EQUAL(soap_call(&c, soap_sign_cms("demo-ec", "x", "refused-1")), 401);
	snprintf(sql, sizeof(sql),
	    "SELECT count(*) FROM signet.audit WHERE request = '%s' AND result = "
	    "'NotAuthenticated' AND tenant_id IS NULL AND caller = 'demo/erp' AND reason <> '' "
	    "AND NOT EXISTS (SELECT FROM signet.request_id WHERE id = 'refused-1')",
	    c.request_id);
	ASSERT_OK(postgres_ask(live.database, "signet_owner", sql, out, sizeof(out), &err), &err);
	CU_ASSERT_STRING_EQUAL(out, "1");
	soap_call_end(&c);
}

static int
start(void)
{
	if (live_start(&live, NULL, NULL) != 0)
		return -1;
	erp = soap_call_context(&live, "erp");
	nobody = soap_call_context(&live, NULL);
	snprintf(password, sizeof(password), "%s", soap_password(&live, "erp"));
	return 0;
}

static int
stop(void)
{
	live_stop(&live);
	SSL_CTX_free(erp);
	SSL_CTX_free(nobody);
	return 0;
}

static const struct test tests[] = {
	TEST(a_certificate_basic_and_a_token_are_taken),
	TEST(who_says_nothing_is_told_how_to),
	TEST(a_wrong_password_and_an_unknown_user_get_the_same_words),
	TEST(a_wrong_password_and_an_unknown_user_take_the_same_time),
	TEST(a_certificate_of_nobody_is_refused_whatever_its_name),
	TEST(a_suspended_user_is_out_at_once),
	TEST(a_suspended_tenant_is_out_at_once),
	TEST(an_expired_user_is_out_at_once),
	TEST(a_suspended_certificate_is_out_at_once_and_the_password_stays),
	TEST(an_expired_certificate_is_out_at_once),
	TEST(a_certificate_that_was_removed_is_out_at_once),
	TEST(an_old_password_is_out_at_once),
	TEST(a_right_that_was_taken_is_gone_at_once_and_the_others_stay),
	TEST(a_key_that_was_taken_is_gone_at_once),
	TEST(a_disabled_key_signs_no_more),
	TEST(a_forbidden_key_an_unknown_key_and_another_tenants_key_get_the_same_words),
	TEST(a_name_means_the_callers_own_key),
	TEST(refusals_are_in_the_audit_with_their_reason),
	TEST_END,
};
const struct suite suite_system_access = { "system/access", start, stop, tests };
