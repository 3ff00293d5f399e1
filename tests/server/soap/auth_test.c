#include <stdio.h>
#include <string.h>

#include "tests/support/soap_stub.h"
#include "tests/support/suite.h"

#define WSSE "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
#define WITH_HEADER(header, body)                                                                  \
	"<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" "                       \
	"xmlns=\"urn:signet:v1\" "                                                                 \
	"xmlns:w=\"" WSSE "wssecurity-secext-1.0.xsd\" xmlns:u=\"" WSSE                            \
	"wssecurity-utility-1.0.xsd\"><s:Header>" header "</s:Header><s:Body>" body                \
	"</s:Body></s:Envelope>"
#define TOKEN(password)                                                                            \
	"<w:Security s:mustUnderstand=\"1\"><u:Timestamp "                                         \
	"u:Id=\"t\"><u:Created>2026-03-01T00:00:00Z"                                               \
	"</u:Created></u:Timestamp><w:UsernameToken u:Id=\"x\"><w:Username>erp</w:Username>"       \
	"<w:Password" password                                                                     \
	"</w:Password><w:Nonce>AAAA</w:Nonce></w:UsernameToken></w:Security>"

static void
serve(struct stub_exchange *e, const char *authorization, const char *message)
{
	stub_exchange_init(e, "text/xml", span_str(message));
	if (authorization != NULL)
		stub_exchange_field(e, "authorization", authorization);
	CU_ASSERT_EQUAL(stub_serve(e), SERVED);
	CU_ASSERT_EQUAL(stub.callers, 0);
}

static void
a_certificate_is_shown_and_a_password_beside_it(void)
{
	struct stub_exchange e;
	char cert;

	stub_reset();
	stub_exchange_init(&e, "text/xml", span_str(STUB_ENVELOPE("<WhoAmI/>")));
	stub_exchange_field(&e, "Authorization", "Basic bm9ib2R5Ong=");
	e.x.peer_cert = (struct x509_st *)&cert;
	CU_ASSERT_EQUAL(stub_serve(&e), SERVED);
	CU_ASSERT_EQUAL(e.x.status, 200);
	CU_ASSERT(stub.by_certificate);
	CU_ASSERT_STRING_EQUAL(stub.user, "nobody"); /* the engine decides which counts */
	stub_exchange_release(&e);
}

static void
basic_tells_name_and_password(void)
{
	struct stub_exchange e;

	stub_reset();
	serve(&e, "basic ZXJwOnNlY3JldA==", STUB_ENVELOPE("<WhoAmI/>"));
	CU_ASSERT_EQUAL(e.x.status, 200);
	CU_ASSERT_STRING_EQUAL(stub.user, "erp");
	CU_ASSERT_STRING_EQUAL(stub.password, "secret");
	stub_exchange_release(&e);
}

static void
a_wrong_password_is_refused_before_the_body_is_read(void)
{
	struct stub_exchange e;

	stub_reset();
	serve(&e, "Basic ZXJwOndyb25n", STUB_ENVELOPE("<WhoAmI/>"));
	CU_ASSERT_EQUAL(e.x.status, 401);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.x.extra, "WWW-Authenticate: Basic realm="));
	STUB_HAS(&e, "<sig:code>NotAuthenticated</sig:code>");
	CU_ASSERT_EQUAL(e.at, 0);
	CU_ASSERT_EQUAL(stub.concluded, 1);
	CU_ASSERT_STRING_EQUAL(stub.failure, "NotAuthenticated");
	stub_exchange_release(&e);
}

static void
what_is_no_basic_is_refused_without_asking_the_engine(void)
{
	static const char *const bad[] = { "Basic", "Basic !!!", "Basic ZXJw", "Bearer abc",
		"Basic ZXJwOv8=", "Digest username=\"erp\"" };
	struct stub_exchange e;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		stub_reset();
		serve(&e, bad[i], STUB_ENVELOPE("<WhoAmI/>"));
		CU_ASSERT_EQUAL(e.x.status, 401);
		STUB_HAS(&e, "<sig:code>NotAuthenticated</sig:code>");
		CU_ASSERT_EQUAL(stub.authenticated, 0);
		CU_ASSERT_EQUAL(stub.run, 0);
		stub_exchange_release(&e);
	}
}

static void
a_username_token_is_taken(void)
{
	static const char *const good[] = {
		WITH_HEADER(TOKEN(">secret"), "<WhoAmI/>"),
		WITH_HEADER(
		    TOKEN(" Type=\"" WSSE "username-token-profile-1.0#PasswordText\">secret"),
		    "<WhoAmI/>"),
		WITH_HEADER("<x xmlns=\"urn:other\"><y/></x>" TOKEN(">secret"), "<WhoAmI/>"),
	};
	struct stub_exchange e;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		stub_reset();
		serve(&e, NULL, good[i]);
		CU_ASSERT_EQUAL(e.x.status, 200);
		CU_ASSERT_STRING_EQUAL(stub.user, "erp");
		STUB_HAS(&e, "<sig:name>erp</sig:name>");
		CU_ASSERT_PTR_NULL(strstr(stub_answer(&e), "secret"));
		CU_ASSERT_PTR_NULL(strstr(stub_answer(&e), "Security"));
		stub_exchange_release(&e);
	}
}

static void
a_bad_username_token_is_refused_before_the_operation(void)
{
	static const struct {
		const char *message, *words;
	} bad[] = {
		{ WITH_HEADER(TOKEN(">wrong"), "<WhoAmI/>"), "not right" },
		{ WITH_HEADER(
		      TOKEN(" Type=\"" WSSE "username-token-profile-1.0#PasswordDigest\">AAAA"),
		      "<WhoAmI/>"),
		    "PasswordText" },
		{ WITH_HEADER("<w:Security><w:UsernameToken><w:Username>erp</w:Username>"
			      "</w:UsernameToken></w:Security>",
		      "<WhoAmI/>"),
		    "needs a Username and a Password" },
		{ WITH_HEADER(TOKEN("/><w:Password>"), "<WhoAmI/>"), "" },
	};
	struct stub_exchange e;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		stub_reset();
		serve(&e, NULL, bad[i].message);
		CU_ASSERT_NOT_EQUAL(e.x.status, 200);
		CU_ASSERT_EQUAL(stub.run, 0);
		STUB_HAS(&e, "<sig:SignetFault>");
		STUB_HAS(&e, bad[i].words);
		stub_exchange_release(&e);
	}
}

#define TOKEN_OF(user)                                                                             \
	"<w:UsernameToken><w:Username>" user "</w:Username><w:Password>secret</w:Password>"        \
	"</w:UsernameToken>"

static void
who_says_two_names_is_refused_before_a_password_is_checked(void)
{
	static const char *const bad[] = {
		/* two headers, of one name or of two, in either order, with and without an id */
		TOKEN(">secret") TOKEN(">secret"),
		"<w:Security>" TOKEN_OF("erp") "</w:Security><w:Security>" TOKEN_OF(
		    "admin") "</w:Security>",
		"<w:Security>" TOKEN_OF("erp") "</w:Security><w:Security/>",
		"<w:Security/><w:Security>" TOKEN_OF("erp") "</w:Security>",
		"<w:Security>" TOKEN_OF("erp") "</w:Security><w:Security id=\"x\">" TOKEN_OF(
		    "admin") "</w:Security>",
		/* two tokens */
		"<w:Security>" TOKEN_OF("erp") TOKEN_OF("admin") "</w:Security>",
		"<w:Security>" TOKEN_OF("erp") "<w:UsernameToken/></w:Security>",
		"<w:Security>" TOKEN_OF("erp") "<w:UsernameToken id=\"x\"/></w:Security>",
		/* two names or passwords */
		"<w:Security><w:UsernameToken><w:Username>erp</w:Username><w:Username>admin"
		"</w:Username><w:Password>secret</w:Password></w:UsernameToken></w:Security>",
		"<w:Security><w:UsernameToken><w:Username>erp</w:Username><w:Password>secret"
		"</w:Password><w:Password>other</w:Password></w:UsernameToken></w:Security>",
		/* for another: alone, before ours, behind it */
		"<w:Security s:actor=\"urn:other\">" TOKEN_OF("erp") "</w:Security>",
		"<w:Security s:actor=\"urn:other\">" TOKEN_OF("admin") "</w:Security>" TOKEN(
		    ">secret"),
		TOKEN(">secret") "<w:Security s:actor=\"urn:other\" "
				 "s:mustUnderstand=\"1\">" TOKEN_OF("admin") "</w:Security>",
	};
	struct stub_exchange e;
	char message[4000];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(message, sizeof(message), WITH_HEADER("%s", "<WhoAmI/>"), bad[i]);
		stub_reset();
		serve(&e, NULL, message);
		CU_ASSERT_NOT_EQUAL(e.x.status, 200);
		CU_ASSERT_EQUAL(stub.authenticated, 0);
		CU_ASSERT_EQUAL(stub.run, 0);
		STUB_HAS(&e, "<sig:code>Malformed</sig:code>");
		STUB_HAS(&e, "it is ambiguous who calls");
		CU_ASSERT_PTR_NULL(strstr(stub_answer(&e), "secret"));
		stub_exchange_release(&e);
	}
}

static void
who_is_known_may_only_say_his_own_name_in_a_token(void)
{
	static const struct {
		const char *header;
		int is_good;
	} rows[] = { { TOKEN(">secret"), 1 }, { "<w:Security/>", 1 },
		{ "<w:Security>" TOKEN_OF("admin") "</w:Security>", 0 },
		{ "<w:Security>" TOKEN_OF("other/erp") "</w:Security>", 0 } };
	struct stub_exchange e;
	char message[2000], cert;
	size_t i, by_cert;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (by_cert = 0; by_cert < 2; by_cert++) {
			snprintf(message, sizeof(message), WITH_HEADER("%s", "<WhoAmI/>"),
			    rows[i].header);
			stub_reset();
			stub_exchange_init(&e, "text/xml", span_str(message));
			if (by_cert)
				e.x.peer_cert = (struct x509_st *)&cert;
			else
				stub_exchange_field(&e, "Authorization", "Basic ZXJwOnNlY3JldA==");
			CU_ASSERT_EQUAL(stub_serve(&e), SERVED);
			CU_ASSERT_EQUAL(stub.authenticated, 1); /* the token's never */
			CU_ASSERT_EQUAL(stub.run, rows[i].is_good);
			CU_ASSERT_EQUAL(stub.concluded, 1);
			CU_ASSERT_EQUAL(e.x.status == 200, rows[i].is_good);
			if (!rows[i].is_good) {
				STUB_HAS(&e, "<sig:code>NotAuthenticated</sig:code>");
				STUB_HAS(&e, "ambiguous");
			}
			stub_exchange_release(&e);
		}
}

static void
serve_with_certificate(struct stub_exchange *e, const char *message)
{
	static char cert;

	stub_reset();
	stub.knows_no_certificate = 1;
	stub_exchange_init(e, "text/xml", span_str(message));
	e->x.peer_cert = (struct x509_st *)&cert;
	CU_ASSERT_EQUAL(stub_serve(e), SERVED);
	CU_ASSERT_EQUAL(stub.callers, 0);
}

static void
a_certificate_that_nobody_has_does_not_shut_out_a_token(void)
{
	struct stub_exchange e;

	serve_with_certificate(&e, WITH_HEADER(TOKEN(">secret"), "<WhoAmI/>"));
	CU_ASSERT_EQUAL(e.x.status, 200);
	CU_ASSERT_STRING_EQUAL(stub.user, "erp");
	CU_ASSERT_EQUAL(stub.concluded, 1);
	stub_exchange_release(&e);
	serve_with_certificate(&e, WITH_HEADER(TOKEN(">wrong"), "<WhoAmI/>"));
	CU_ASSERT_EQUAL(stub.run, 0);
	STUB_HAS(&e, "the name or the password is not right");
	stub_exchange_release(&e);
}

static void
a_certificate_that_nobody_has_is_told_when_there_is_no_token(void)
{
	static const char *const alone[] = { STUB_ENVELOPE("<WhoAmI/>"),
		/* refused before the body, which is nonsense, is looked at */
		STUB_ENVELOPE("<WhoAmI>&nothing;"), WITH_HEADER("<w:Security/>", "<WhoAmI/>") };
	struct stub_exchange e;
	size_t i;

	for (i = 0; i < sizeof(alone) / sizeof(alone[0]); i++) {
		serve_with_certificate(&e, alone[i]);
		CU_ASSERT_NOT_EQUAL(e.x.status, 200);
		STUB_HAS(&e, "<sig:code>NotAuthenticated</sig:code>");
		STUB_HAS(&e, "nobody has this certificate");
		CU_ASSERT_EQUAL(stub.authenticated, 1);
		CU_ASSERT_EQUAL(stub.run, 0);
		CU_ASSERT_EQUAL(stub.concluded, 1);
		stub_exchange_release(&e);
	}
}

static void
who_shows_nothing_is_asked_for_basic(void)
{
	struct stub_exchange e;

	stub_reset();
	serve(&e, NULL, STUB_ENVELOPE("<SignDocument/>"));
	CU_ASSERT_EQUAL(e.x.status, 401);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.x.extra, "WWW-Authenticate"));
	STUB_HAS(&e, "<sig:code>NotAuthenticated</sig:code>");
	CU_ASSERT_EQUAL(stub.authenticated, 0);
	CU_ASSERT_EQUAL(stub.concluded, 0);
	CU_ASSERT_PTR_NULL(e.x.pending);
	stub_exchange_release(&e);
}

static void
a_header_that_must_be_understood_is_not_passed_over(void)
{
	struct stub_exchange e;

	stub_reset();
	serve(&e, STUB_BASIC,
	    WITH_HEADER("<x xmlns=\"urn:other\" s:mustUnderstand=\"1\"/>", "<WhoAmI/>"));
	CU_ASSERT_NOT_EQUAL(e.x.status, 200);
	STUB_HAS(&e, "MustUnderstand");
	STUB_HAS(&e, "<sig:code>Unsupported</sig:code>");
	stub_exchange_release(&e);
}

static const struct test tests[] = { TEST(a_certificate_is_shown_and_a_password_beside_it),
	TEST(basic_tells_name_and_password),
	TEST(a_wrong_password_is_refused_before_the_body_is_read),
	TEST(what_is_no_basic_is_refused_without_asking_the_engine),
	TEST(a_username_token_is_taken), TEST(a_bad_username_token_is_refused_before_the_operation),
	TEST(who_says_two_names_is_refused_before_a_password_is_checked),
	TEST(who_is_known_may_only_say_his_own_name_in_a_token),
	TEST(a_certificate_that_nobody_has_does_not_shut_out_a_token),
	TEST(a_certificate_that_nobody_has_is_told_when_there_is_no_token),
	TEST(who_shows_nothing_is_asked_for_basic),
	TEST(a_header_that_must_be_understood_is_not_passed_over), TEST_END };
const struct suite suite_server_soap_auth = { "server/soap/auth", stub_worker_make,
	stub_worker_free, tests };
