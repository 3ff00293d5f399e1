/*
 * Whom a live server takes a TLS client for (S2-44): certificates of others, of yesterday and of
 * tomorrow, none, too many; sessions taken up again, whose rights are asked for anew (S2-43); and
 * handshakes in the midst of a connection.
 */
#include <openssl/err.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/clock.h"
#include "tests/support/database.h"
#include "tests/support/postgres.h"
#include "tests/support/soap_call.h"
#include "tests/support/suite.h"

#define WHO                                                                                        \
	"<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" "                       \
	"xmlns=\"urn:signet:v1\"><s:Body><WhoAmI/></s:Body></s:Envelope>"

static struct live live;
static int legacy; /* the port of another listener */
static SSL_CTX *erp, *nobody;
static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

/* A context as soap_call_context() makes it, for one version. */
static SSL_CTX *
of_version(int version, const char *user)
{
	SSL_CTX *ctx = soap_call_context(&live, user);

	SSL_CTX_set_min_proto_version(ctx, version);
	SSL_CTX_set_max_proto_version(ctx, version);
	return ctx;
}

/* Who the server takes this connection for: "erp", "?" for nobody it knows, "" for no answer. */
static const char *
who_am_i(struct tls_client *c, char out[64])
{
	char request[600], code[64] = "";
	int status;

	snprintf(request, sizeof(request),
	    "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Length: %zu\r\n\r\n%s",
	    strlen(WHO), WHO);
	status = tls_client_ask(c, request);
	out[0] = '\0';
	if (status == 200)
		return soap_text_of((char *)c->body.data, "name", out, 64);
	if (status > 0)
		soap_text_of((char *)c->body.data, "code", code, sizeof(code));
	return status > 0 && strcmp(code, "NotAuthenticated") == 0 ? strcpy(out, "?") : out;
}
#define IS(c, who)                                                                                 \
	do {                                                                                       \
		const char *wanted_ = who;                                                         \
		CU_ASSERT_STRING_EQUAL(who_am_i(c, name), wanted_);                                \
	} while (0)

/* Change the user erp, and wait until the server knows. */
static void
set_state(const char *state, const char *who)
{
	int64_t end = clock_monotonic_us() + 5000000;
	struct tls_client c;
	char sql[128], name[64];

	snprintf(sql, sizeof(sql), "UPDATE signet.user SET state = '%s' WHERE name = 'erp'", state);
	database_run(live.database, sql);
	CU_ASSERT_EQUAL_FATAL(tls_client_open(&c, live.port, erp), 0);
	while (strcmp(who_am_i(&c, name), who) != 0 && clock_monotonic_us() < end)
		poll(NULL, 0, 2);
	IS(&c, who);
	tls_client_close(&c);
}

/* ---- sessions ---- */

/* A session of a connection that was at work. */
static SSL_SESSION *
session_of(SSL_CTX *ctx, int port, const char *who)
{
	SSL_SESSION *session = NULL;
	struct tls_client c;
	char name[64];

	CU_ASSERT_EQUAL(tls_client_open(&c, port, ctx), 0);
	IS(&c, who);
	/* a copy: the library gives up the session of a connection that just ends */
	session = SSL_SESSION_dup(SSL_get0_session(c.ssl));
	CU_ASSERT_PTR_NOT_NULL_FATAL(session);
	CU_ASSERT(SSL_SESSION_is_resumable(session));
	tls_client_close(&c);
	return session;
}

/* Connect with it; 1 when the server took it up. */
static int
resume(struct tls_client *c, SSL_CTX *ctx, int port, SSL_SESSION *session)
{
	/* a copy: one that failed may not be used again */
	SSL_SESSION *copy = SSL_SESSION_dup(session);

	CU_ASSERT_EQUAL_FATAL(tls_client_connect(c, port), 0);
	c->ssl = SSL_new(ctx);
	SSL_set_fd(c->ssl, c->fd);
	CU_ASSERT_EQUAL(SSL_set_session(c->ssl, copy), 1);
	SSL_SESSION_free(copy);
	CU_ASSERT_EQUAL(SSL_connect(c->ssl), 1);
	return SSL_session_reused(c->ssl);
}

static void
a_resumed_session_is_the_same_caller_s_and_his_rights_are_asked_for_anew(void)
{
	char name[64];
	size_t i;

	for (i = 0; i < 2; i++) {
		SSL_CTX *ctx = of_version(versions[i], "erp");
		SSL_SESSION *session = session_of(ctx, live.port, "erp");
		struct tls_client c;

		CU_ASSERT(resume(&c, ctx, live.port, session));
		IS(&c, "erp");
		tls_client_close(&c);
		set_state("suspended", "?");
		CU_ASSERT(resume(&c, ctx, live.port, session));
		IS(&c, "?");
		tls_client_close(&c);
		set_state("active", "erp");
		CU_ASSERT(resume(&c, ctx, live.port, session));
		IS(&c, "erp");
		tls_client_close(&c);
		SSL_SESSION_free(session);
		SSL_CTX_free(ctx);
	}
}

static void
a_session_of_nobody_is_not_his_who_takes_it_up(void)
{
	char name[64];
	size_t i;

	for (i = 0; i < 2; i++) {
		SSL_CTX *without = of_version(versions[i], NULL),
			*with = of_version(versions[i], "erp");
		SSL_SESSION *session = session_of(without, live.port, "?");
		struct tls_client c;

		/* taken up, it proves nothing; begun anew, it is erp's */
		IS(&c, resume(&c, with, live.port, session) ? "?" : "erp");
		tls_client_close(&c);
		SSL_SESSION_free(session);
		SSL_CTX_free(without);
		SSL_CTX_free(with);
	}
}

static void
a_session_does_not_outlive_a_reload_nor_move_to_another_listener(void)
{
	SSL_CTX *ctx = of_version(TLS1_2_VERSION, "erp");
	SSL_SESSION *session = session_of(ctx, live.port, "erp");
	long from = live_log_end(&live);
	struct tls_client c;
	char name[64];

	CU_ASSERT(!resume(&c, ctx, legacy, session));
	IS(&c, "erp");
	tls_client_close(&c);
	kill(live.pid, SIGHUP);
	CU_ASSERT_PTR_NOT_NULL(live_log_line(&live, from, "the new configuration is in use"));
	CU_ASSERT(!resume(&c, ctx, live.port, session));
	IS(&c, "erp");
	tls_client_close(&c);
	SSL_SESSION_free(session);
	SSL_CTX_free(ctx);
}

/* A ticket is the server's secret: with a flipped bit it is a stranger's. */
static void
a_changed_ticket_is_not_taken(void)
{
	SSL_CTX *ctx = of_version(TLS1_2_VERSION, "erp");
	SSL_SESSION *session = session_of(ctx, live.port, "erp"), *changed;
	const unsigned char *ticket, *p;
	unsigned char *der = NULL, *at;
	struct tls_client c;
	size_t ticket_len, i;
	char name[64];
	int len;

	SSL_SESSION_get0_ticket(session, &ticket, &ticket_len);
	CU_ASSERT_FATAL(ticket_len > 64);
	len = i2d_SSL_SESSION(session, &der);
	at = memmem(der, (size_t)len, ticket, ticket_len);
	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	for (i = 0; i < ticket_len; i += ticket_len / 8) {
		at[i] ^= 1;
		p = der;
		changed = d2i_SSL_SESSION(NULL, &p, len);
		CU_ASSERT_PTR_NOT_NULL_FATAL(changed);
		CU_ASSERT(!resume(&c, ctx, live.port, changed));
		IS(&c, "erp");
		tls_client_close(&c);
		SSL_SESSION_free(changed);
		at[i] ^= 1;
	}
	CU_ASSERT(resume(&c, ctx, live.port, session));
	tls_client_close(&c);
	OPENSSL_free(der);
	SSL_SESSION_free(session);
	SSL_CTX_free(ctx);
}

/* ---- handshakes in the midst ---- */

static void
renegotiation_is_refused(void)
{
	SSL_CTX *ctx = of_version(TLS1_2_VERSION, "erp");
	struct tls_client c;
	char name[64];

	CU_ASSERT_EQUAL(tls_client_open(&c, live.port, ctx), 0);
	IS(&c, "erp");
	CU_ASSERT_EQUAL(SSL_renegotiate(c.ssl), 1);
	CU_ASSERT_NOT_EQUAL(SSL_do_handshake(c.ssl), 1);
	CU_ASSERT_EQUAL(ERR_GET_REASON(ERR_peek_last_error()), SSL_R_NO_RENEGOTIATION);
	ERR_clear_error();
	tls_client_close(&c);
	CU_ASSERT_EQUAL(tls_client_open(&c, live.port, ctx), 0);
	IS(&c, "erp");
	tls_client_close(&c);
	SSL_CTX_free(ctx);
}

static void
new_keys_in_tls_1_3_are_taken_and_the_caller_stays_who_he_is(void)
{
	SSL_CTX *ctx = of_version(TLS1_3_VERSION, "erp");
	struct tls_client c;
	char name[64];
	int i;

	CU_ASSERT_EQUAL(tls_client_open(&c, live.port, ctx), 0);
	for (i = 0; i < 20; i++) {
		CU_ASSERT_EQUAL(SSL_key_update(c.ssl, SSL_KEY_UPDATE_REQUESTED), 1);
		IS(&c, "erp");
	}
	tls_client_close(&c);
	SSL_CTX_free(ctx);
}

/* ---- certificates ---- */

static void
is_refused_with(SSL_CTX *ctx, const char *words)
{
	struct soap_call c;

	soap_call_init(&c, &live, ctx);
	CU_ASSERT(soap_call(&c, "<WhoAmI/>") >= 400);
	CU_ASSERT(soap_is_fault(&c, "NotAuthenticated", words));
	CU_ASSERT(soap_call(&c, soap_sign_cms("demo-ec", "x", NULL)) >= 400);
	CU_ASSERT(soap_is_fault(&c, "NotAuthenticated", words));
	soap_call_end(&c);
}

#define BELONGS_TO_NOBODY "belongs to no user who may call"

static void
who_shows_no_certificate_is_told_how_to_say_who_he_is(void)
{
	is_refused_with(nobody, "say who you are: by a TLS client certificate");
}

static void
a_certificate_of_an_unknown_ca_is_nobody_s(void)
{
	SSL_CTX *ctx;

	/* With a CA of the same name as ours, and the name of a user of ours. */
	CU_ASSERT_EQUAL_FATAL(
	    run_shell(NULL,
		"cd '%s/pki' && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 "
		"-nodes "
		"-subj \"/O=Signet/CN=Signet internal CA\" -days 2 -keyout o.key -out o.crt && "
		"openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "
		"/O=Signet/CN=erp -keyout s.key -out s.csr && openssl x509 -req -in s.csr -CA "
		"o.crt "
		"-CAkey o.key -set_serial 0x$(openssl x509 -in erp.pem -noout -serial | cut -d= "
		"-f2) "
		"-days 2 -out s.crt && cat s.crt o.crt s.key > stranger.pem",
		live.dir),
	    0);
	ctx = soap_call_context(&live, "stranger");
	is_refused_with(ctx, BELONGS_TO_NOBODY);
	SSL_CTX_free(ctx);
}

static void
a_certificate_that_nobody_was_given_is_refused_though_its_ca_is_ours(void)
{
	SSL_CTX *ctx;

	CU_ASSERT_EQUAL_FATAL(live_new_client(&live, "fresh", -1, 10, NULL), 0);
	ctx = soap_call_context(&live, "fresh");
	is_refused_with(ctx, BELONGS_TO_NOBODY);
	SSL_CTX_free(ctx);
}

/* The database says of a second row of each that it is good for years: the certificate decides. */
static void
a_certificate_is_taken_within_its_own_time_only(void)
{
	static const struct {
		const char *name;
		int from, to;
		const char *refusal; /* NULL: it is taken */
	} rows[] = {
		{ "valid", -1, 10, NULL },
		{ "expired", -10, -1, "this client certificate expired at 20" },
		{ "early", 1, 10, "this client certificate is not valid before 20" },
	};
	struct soap_call c;
	SSL_CTX *ctx;
	size_t i;
	int round;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CU_ASSERT_EQUAL_FATAL(
		    live_new_client(&live, rows[i].name, rows[i].from, rows[i].to, "erp"), 0);
	for (round = 0; round < 2; round++) {
		for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			ctx = soap_call_context(&live, rows[i].name);
			soap_call_init(&c, &live, ctx);
			if (rows[i].refusal == NULL)
				CU_ASSERT_EQUAL(soap_call(&c, "<WhoAmI/>"), 200);
			soap_call_end(&c);
			if (rows[i].refusal != NULL)
				is_refused_with(ctx, rows[i].refusal);
			SSL_CTX_free(ctx);
		}
		database_run(live.database,
		    "UPDATE signet.user_certificate SET not_after = now() + interval '9 years'");
	}
}

/*
 * All of a certificate is public but the key. The library compares the two, so this one lies to it:
 * the key that it holds is another than the one in its bytes.
 */
static SSL_CTX *
copy_with_another_key(int changes_bytes)
{
	SSL_CTX *ctx = of_version(TLS1_2_VERSION, NULL);
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *copy = X509_dup(SSL_CTX_get0_certificate(erp));
	unsigned char *der = NULL;

	CU_ASSERT_EQUAL_FATAL(X509_set_pubkey(copy, key), 1);
	if (changes_bytes)
		CU_ASSERT(i2d_re_X509_tbs(copy, &der) > 0);
	CU_ASSERT_EQUAL_FATAL(SSL_CTX_use_certificate(ctx, copy), 1);
	CU_ASSERT_EQUAL_FATAL(SSL_CTX_use_PrivateKey(ctx, key), 1);
	OPENSSL_free(der);
	X509_free(copy);
	EVP_PKEY_free(key);
	return ctx;
}

static void
a_certificate_without_its_key_does_not_shake_hands(void)
{
	SSL_CTX *ctx = copy_with_another_key(0);
	struct tls_client c;

	CU_ASSERT_EQUAL(tls_client_open(&c, live.port, ctx), -1);
	CU_ASSERT_EQUAL(ERR_GET_REASON(ERR_peek_last_error()), SSL_R_TLSV1_ALERT_DECRYPT_ERROR);
	tls_client_close(&c);
	SSL_CTX_free(ctx);
	ERR_clear_error();
}

static void
a_copy_of_a_certificate_with_another_key_is_nobody_s(void)
{
	SSL_CTX *ctx = copy_with_another_key(1);

	is_refused_with(ctx, BELONGS_TO_NOBODY);
	SSL_CTX_free(ctx);
	ERR_clear_error();
}

static void
a_chain_without_end_does_not_shake_hands(void)
{
	SSL_CTX *ctx = of_version(TLS1_2_VERSION, "erp");
	X509 *cert = SSL_CTX_get0_certificate(ctx);
	struct tls_client c;
	char name[64];
	int i;

	for (i = 0; i < 300; i++)
		SSL_CTX_add1_chain_cert(ctx, cert);
	CU_ASSERT(tls_client_open(&c, live.port, ctx) != 0 || who_am_i(&c, name)[0] == '\0');
	tls_client_close(&c);
	CU_ASSERT_EQUAL(tls_client_open(&c, live.port, erp), 0);
	IS(&c, "erp");
	tls_client_close(&c);
	SSL_CTX_free(ctx);
	ERR_clear_error();
}

static int
start(void)
{
	const char *line;

	if (live_start(&live, "listener { address = \"127.0.0.1\" port = 0 tls = legacy }", NULL) !=
	    0)
		return -1;
	erp = soap_call_context(&live, "erp");
	nobody = soap_call_context(&live, NULL);
	line = live_log_line(&live, 0, "(TLS: legacy)");
	return line != NULL && sscanf(strstr(line, " port "), " port %d", &legacy) == 1 ? 0 : -1;
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
	TEST(a_resumed_session_is_the_same_caller_s_and_his_rights_are_asked_for_anew),
	TEST(a_session_of_nobody_is_not_his_who_takes_it_up),
	TEST(a_session_does_not_outlive_a_reload_nor_move_to_another_listener),
	TEST(a_changed_ticket_is_not_taken),
	TEST(renegotiation_is_refused),
	TEST(new_keys_in_tls_1_3_are_taken_and_the_caller_stays_who_he_is),
	TEST(who_shows_no_certificate_is_told_how_to_say_who_he_is),
	TEST(a_certificate_of_an_unknown_ca_is_nobody_s),
	TEST(a_certificate_that_nobody_was_given_is_refused_though_its_ca_is_ours),
	TEST(a_certificate_is_taken_within_its_own_time_only),
	TEST(a_certificate_without_its_key_does_not_shake_hands),
	TEST(a_copy_of_a_certificate_with_another_key_is_nobody_s),
	TEST(a_chain_without_end_does_not_shake_hands),
	TEST_END,
};
const struct suite suite_system_tls_clients = { "system/tls_clients", start, stop, tests };
