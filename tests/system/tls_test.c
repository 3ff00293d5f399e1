/*
 * What a live server speaks below HTTP: TLS only (S2-40), of its versions 1.2 and 1.3 (S2-41), with
 * suites that authenticate what they encrypt and keys that are gone afterwards; the four old AES
 * suites on a listener of the profile legacy alone, 3DES nowhere (S2-42).
 */
#include <openssl/err.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/support/load.h"
#include "tests/support/suite.h"

static struct live live;
static int legacy; /* the port of the other listener */
static SSL_CTX *erp;

/* ---- HTTP in the clear ---- */

static void
plain_http_is_refused_with_a_sentence_and_does_nothing(void)
{
	static const char *const requests[] = {
		"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /?wsdl HTTP/1.1\r\nHost: x\r\n\r\n",
		"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n",
		"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
		"P", /* the rest may come whenever it likes */
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"EHLO x\r\n",
		NULL,
	};
	unsigned long before = load_ask_number("SELECT count(*) FROM signet.audit");
	struct tls_client c;
	size_t i;

	for (i = 0; requests[i] != NULL; i++) {
		CU_ASSERT_EQUAL_FATAL(tls_client_open(&c, live.port, NULL), 0);
		CU_ASSERT_EQUAL(tls_client_ask(&c, requests[i]), 400);
		CU_ASSERT_PTR_NOT_NULL(strstr((char *)c.body.data, "this port speaks TLS only"));
		CU_ASSERT(tls_client_head_has(&c, "Connection: close"));
		CU_ASSERT(tls_client_is_closed(&c));
		tls_client_close(&c);
	}
	CU_ASSERT_EQUAL(load_ask_number("SELECT count(*) FROM signet.audit"), before);
}

static void
a_password_in_the_clear_opens_nothing_and_stands_in_no_log(void)
{
	struct soap_call c;
	const char *code = c.authorization + strlen("Authorization: Basic ");

	soap_call_init(&c, &live, NULL);
	soap_call_basic(&c, "demo/erp", soap_password(&live, "erp"));
	CU_ASSERT_EQUAL(soap_call(&c, soap_sign_cms("demo-ec", "x", NULL)), 400);
	CU_ASSERT_PTR_NOT_NULL(strstr(soap_answer(&c), "this port speaks TLS only"));
	CU_ASSERT_EQUAL(
	    run_shell(NULL, "cd '%s' && grep -qF -e '%s' -e '%.*s' signetd.log access.log",
		live.dir, soap_password(&live, "erp"), (int)strcspn(code, "\r"), code),
	    1);
	soap_call_end(&c);
	CU_ASSERT_EQUAL(run_program(NULL, "curl", "-sf", "--max-time", "5", "-o", "/dev/null",
			    "--url", "http://localhost/", "--connect-to", "::localhost:1", NULL),
	    7); /* and nobody listens where one would look for it */
}

/* ---- versions ---- */

/* What the openssl program says of a connection to this port. */
static int
s_client(int port, const char *arguments, struct buf *said)
{
	buf_release(said);
	return run_shell(said,
	    "cd '%s' && openssl s_client -connect localhost:%d -CAfile pki/ca.pem "
	    "-verify_return_error %s </dev/null",
	    live.dir, port, arguments);
}

static void
is_spoken(int port, const char *arguments, const char *words)
{
	struct buf said = BUF_INIT(0);

	CU_ASSERT_EQUAL(s_client(port, arguments, &said), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)said.data, words));
	if (strstr((char *)said.data, words) == NULL)
		fprintf(stderr, "%s: no \"%s\" in: %s\n", arguments, words, (char *)said.data);
	buf_release(&said);
}

/* Refused by the server, in the alert's words, not by the program itself. */
static void
is_refused(int port, const char *arguments, const char *alert)
{
	struct buf said = BUF_INIT(0);

	CU_ASSERT_NOT_EQUAL(s_client(port, arguments, &said), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)said.data, alert));
	if (strstr((char *)said.data, alert) == NULL)
		fprintf(stderr, "%s: no \"%s\" in: %s\n", arguments, alert, (char *)said.data);
	buf_release(&said);
}

#define OLD " -cipher ALL:@SECLEVEL=0"

static void
tls_1_2_and_1_3_are_spoken_and_1_0_and_1_1_are_not(void)
{
	is_spoken(live.port, "-tls1_3", "New, TLSv1.3");
	is_spoken(live.port, "-tls1_2", "Protocol  : TLSv1.2");
	is_refused(live.port, "-tls1_1" OLD, "alert protocol version");
	is_refused(live.port, "-tls1" OLD, "alert protocol version");
	is_spoken(legacy, "-tls1_3", "New, TLSv1.3");
	is_spoken(legacy, "-tls1_2", "Protocol  : TLSv1.2");
}

/* ---- a hello of our own: what the openssl program cannot say any more ---- */

#define HANDSHAKE_FAILURE 40
#define PROTOCOL_VERSION  70
#define SERVER_HELLO	  1000 /* no alert, but an answer */
#define CLOSED		  1001 /* without a word */
#define OTHER		  1002

static void
put16(struct buf *out, size_t value)
{
	unsigned char bytes[] = { (unsigned char)(value >> 8), (unsigned char)value };

	buf_append(out, bytes, 2, NULL);
}

/* A ClientHello that offers one suite; `extensions` (may be empty) go in as they are. */
static void
make_hello(struct buf *out, unsigned int version, unsigned int suite, struct span extensions)
{
	static const unsigned char groups[] = { 0, 10, 0, 6, 0, 4, 0, 29, 0, 23, 0, 13, 0, 8, 0, 6,
		4, 3, 4, 1, 2, 1 };
	struct buf body = BUF_INIT(0);
	size_t i, more = version >= 0x0301 ? sizeof(groups) + extensions.len : 0;

	put16(&body, version);
	for (i = 0; i < 32; i++)
		buf_append(&body, &(unsigned char){ (unsigned char)(i * 7) }, 1, NULL);
	buf_append(&body, "\0\0\4", 3, NULL); /* no session; two suites */
	put16(&body, suite);
	put16(&body, 0x00ff); /* no renegotiation */
	buf_append(&body, "\1\0", 2, NULL);
	if (more > 0) {
		put16(&body, more);
		buf_append(&body, groups, sizeof(groups), NULL);
		buf_append_span(&body, extensions, NULL);
	}
	buf_append(out, "\x16", 1, NULL);
	put16(out, version > 0x0301 ? 0x0301 : version);
	put16(out, body.len + 4);
	buf_append(out, "\1\0", 2, NULL);
	put16(out, body.len);
	buf_append_span(out, SPAN_OF(&body), NULL);
	buf_release(&body);
}

/* What comes of these bytes and an end behind them. */
static int
answer_to(int port, struct span bytes)
{
	unsigned char record[16];
	struct tls_client c;
	int what = OTHER;
	ssize_t n;

	CU_ASSERT_EQUAL_FATAL(tls_client_connect(&c, port), 0);
	tls_client_send(&c, bytes.data, bytes.len);
	shutdown(c.fd, SHUT_WR);
	n = recv(c.fd, record, 7, MSG_WAITALL);
	if (n == 7 && record[0] == 21)
		what = record[6];
	else if (n == 7 && record[0] == 22 && record[5] == 2)
		what = SERVER_HELLO;
	else if (n <= 0)
		what = CLOSED;
	tls_client_close(&c);
	return what;
}

static int
offer(int port, unsigned int version, unsigned int suite)
{
	struct buf hello = BUF_INIT(0);
	int what;

	make_hello(&hello, version, suite, SPAN_NONE);
	what = answer_to(port, SPAN_OF(&hello));
	buf_release(&hello);
	return what;
}

#define RSA_AES_128_SHA	     0x002f
#define RSA_3DES_SHA	     0x000a
#define ECDHE_RSA_3DES_SHA   0xc012
#define ECDHE_ECDSA_3DES_SHA 0xc008

static void
ssl_3_and_2_are_refused_everywhere(void)
{
	static const unsigned char ssl2[] = { 0x80, 0x2e, 1, 0, 2, 0, 0x15, 0, 0, 0, 0x10, 1, 0,
		0x80, 3, 0, 0x80, 7, 0, 0xc0, 6, 0, 0x40, 2, 0, 0x80, 4, 0, 0x80, 0, 0, 0x2f, 1, 2,
		3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };
	const int ports[] = { live.port, legacy };
	size_t i;

	for (i = 0; i < 2; i++) {
		int what = answer_to(ports[i], (struct span){ ssl2, sizeof(ssl2) });

		/* SSL 3.0 itself has no better word for a wrong version */
		CU_ASSERT_EQUAL(offer(ports[i], 0x0300, RSA_AES_128_SHA), HANDSHAKE_FAILURE);
		CU_ASSERT(what == CLOSED || what == PROTOCOL_VERSION || what == HANDSHAKE_FAILURE);
	}
}

static void
three_des_is_refused_everywhere(void)
{
	static const unsigned int with_3des[] = { RSA_3DES_SHA, ECDHE_RSA_3DES_SHA,
		ECDHE_ECDSA_3DES_SHA };
	size_t i;

	for (i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(offer(live.port, 0x0303, with_3des[i]), HANDSHAKE_FAILURE);
		CU_ASSERT_EQUAL(offer(legacy, 0x0303, with_3des[i]), HANDSHAKE_FAILURE);
		CU_ASSERT_EQUAL(offer(legacy, 0x0301, with_3des[i]), HANDSHAKE_FAILURE);
	}
	/* The hello itself is a good one: the same with another suite is taken. */
	CU_ASSERT_EQUAL(offer(legacy, 0x0301, RSA_AES_128_SHA), SERVER_HELLO);
	CU_ASSERT_EQUAL(offer(legacy, 0x0303, RSA_AES_128_SHA), SERVER_HELLO);
	CU_ASSERT_EQUAL(offer(live.port, 0x0303, RSA_AES_128_SHA), HANDSHAKE_FAILURE);
	CU_ASSERT_EQUAL(offer(live.port, 0x0301, RSA_AES_128_SHA), PROTOCOL_VERSION);
}

/* ---- suites ---- */

static int
shakes_hands(int port, int version, const char *suite)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	struct tls_client c = { .fd = -1 };
	char names[128];
	int ok;

	snprintf(names, sizeof(names), "%s:@SECLEVEL=0", suite);
	SSL_CTX_set_min_proto_version(ctx, version);
	SSL_CTX_set_max_proto_version(ctx, version);
	ok = version == TLS1_3_VERSION ? SSL_CTX_set_ciphersuites(ctx, suite) == 1
				       : SSL_CTX_set_cipher_list(ctx, names) == 1;
	CU_ASSERT(ok);
	ok = tls_client_open(&c, port, ctx) == 0 &&
	     tls_client_ask(&c, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n") == 200;
	tls_client_close(&c);
	SSL_CTX_free(ctx);
	ERR_clear_error();
	return ok;
}

/* Of all suites that this library knows, a listener takes exactly those in `wanted`. */
static void
exactly_these_are_taken(int port, const char *wanted)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	STACK_OF(SSL_CIPHER) * all;
	char met[2048] = "";
	size_t n = 0;
	int i;

	SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION);
	CU_ASSERT_EQUAL(SSL_CTX_set_cipher_list(ctx, "ALL:COMPLEMENTOFALL:@SECLEVEL=0"), 1);
	all = SSL_CTX_get_ciphers(ctx);
	CU_ASSERT(sk_SSL_CIPHER_num(all) > 100);
	for (i = 0; i < sk_SSL_CIPHER_num(all); i++) {
		const SSL_CIPHER *c = sk_SSL_CIPHER_value(all, i);
		const char *name = SSL_CIPHER_get_name(c);

		if (strcmp(SSL_CIPHER_get_version(c), "TLSv1.3") != 0 &&
		    shakes_hands(port, TLS1_2_VERSION, name))
			n += (size_t)snprintf(met + n, sizeof(met) - n, "%s ", name);
	}
	CU_ASSERT_STRING_EQUAL(met, wanted);
	if (strcmp(met, wanted) != 0)
		fprintf(stderr, "taken: %s\n", met);
	SSL_CTX_free(ctx);
}

static void
suites_of_tls_1_3_are_the_usual_three(void)
{
	const int ports[] = { live.port, legacy };
	size_t i;

	for (i = 0; i < 2; i++) {
		CU_ASSERT(shakes_hands(ports[i], TLS1_3_VERSION, "TLS_AES_128_GCM_SHA256"));
		CU_ASSERT(shakes_hands(ports[i], TLS1_3_VERSION, "TLS_AES_256_GCM_SHA384"));
		CU_ASSERT(shakes_hands(ports[i], TLS1_3_VERSION, "TLS_CHACHA20_POLY1305_SHA256"));
		CU_ASSERT(!shakes_hands(ports[i], TLS1_3_VERSION, "TLS_AES_128_CCM_8_SHA256"));
	}
}

static void
with_an_rsa_certificate_the_default_has_three_suites_and_legacy_the_four_old_ones_too(void)
{
	static const char *const old[] = { "AES256-SHA", "AES128-SHA" };
	size_t i;

	exactly_these_are_taken(live.port,
	    "ECDHE-RSA-AES256-GCM-SHA384 ECDHE-RSA-CHACHA20-POLY1305 "
	    "ECDHE-RSA-AES128-GCM-SHA256 ");
	exactly_these_are_taken(legacy,
	    "ECDHE-RSA-AES256-GCM-SHA384 ECDHE-RSA-CHACHA20-POLY1305 "
	    "ECDHE-RSA-AES128-GCM-SHA256 AES256-SHA256 AES128-SHA256 AES256-SHA AES128-SHA ");
	for (i = 0; i < 2; i++) {
		CU_ASSERT(shakes_hands(legacy, TLS1_VERSION, old[i]));
		CU_ASSERT(shakes_hands(legacy, TLS1_1_VERSION, old[i]));
		CU_ASSERT(!shakes_hands(live.port, TLS1_VERSION, old[i]));
		CU_ASSERT(!shakes_hands(live.port, TLS1_1_VERSION, old[i]));
	}
	CU_ASSERT(!shakes_hands(legacy, TLS1_VERSION, "ECDHE-RSA-AES128-SHA"));
}

static void
with_an_ec_certificate_the_suites_are_ecdsa_s(void)
{
	long from = live_log_end(&live);

	CU_ASSERT_EQUAL_FATAL(
	    live_new_tls_certificate(&live, "-algorithm EC -pkeyopt ec_paramgen_curve:P-256"), 0);
	kill(live.pid, SIGHUP);
	CU_ASSERT_PTR_NOT_NULL_FATAL(live_log_line(&live, from, "the new configuration is in use"));
	exactly_these_are_taken(live.port,
	    "ECDHE-ECDSA-AES256-GCM-SHA384 ECDHE-ECDSA-CHACHA20-POLY1305 "
	    "ECDHE-ECDSA-AES128-GCM-SHA256 ");
}

static void
a_legacy_listener_is_warned_of(void)
{
	struct soap_call c;

	CU_ASSERT_PTR_NOT_NULL(live_log_line(&live, 0, "speaks legacy TLS (1.0, 1.1, CBC suites)"));
	soap_call_init(&c, &live, erp);
	CU_ASSERT_EQUAL(soap_page(&c, "/healthz"), 200);
	CU_ASSERT_PTR_NOT_NULL(strstr(soap_answer(&c), "a listener speaks legacy TLS"));
	soap_call_end(&c);
}

/* ---- nonsense ---- */

/* server_name with these bytes as its content. */
static int
named(struct span content)
{
	struct buf extension = BUF_INIT(0), hello = BUF_INIT(0);
	int what;

	put16(&extension, 0);
	put16(&extension, content.len);
	buf_append_span(&extension, content, NULL);
	make_hello(&hello, 0x0303, 0xc02b, SPAN_OF(&extension)); /* ECDHE-ECDSA-AES128-GCM */
	what = answer_to(live.port, SPAN_OF(&hello));
	buf_release(&extension);
	buf_release(&hello);
	return what;
}
#define NAMED(text) named((struct span){ (const unsigned char *)(text), sizeof(text) - 1 })

static void
a_name_that_is_none_of_ours_changes_nothing_and_a_broken_one_is_refused(void)
{
	unsigned char long_name[5 + 255] = { 1, 2, 0, 0, 255 };

	CU_ASSERT_EQUAL(NAMED("\0\14\0\0\11localhost"), SERVER_HELLO);
	CU_ASSERT_EQUAL(NAMED("\0\14\0\0\11elsewhere"), SERVER_HELLO);
	CU_ASSERT_EQUAL(NAMED("\0\14\0\0\11../../etc"), SERVER_HELLO);
	CU_ASSERT_EQUAL(NAMED("\0\15\0\0\12\xff\xfe\x01\x02%n%s\r\n"), SERVER_HELLO);
	memset(long_name + 5, 'a', 255);
	CU_ASSERT_EQUAL(named((struct span){ long_name, sizeof(long_name) }), SERVER_HELLO);
	CU_ASSERT(NAMED("\0\14\0\0\11local\0ost") < SERVER_HELLO); /* a zero within */
	CU_ASSERT(NAMED("\0\14\0\0\12localhost") < SERVER_HELLO);  /* longer than it is */
	CU_ASSERT(NAMED("\0\14\7\0\11localhost") < SERVER_HELLO);  /* no such type */
	CU_ASSERT(NAMED("\0\6\0\0\0\0\0\1a") < SERVER_HELLO);	   /* two, one empty */
	CU_ASSERT(NAMED("\xff\xff") < SERVER_HELLO);
}

/* Cut at each place, and with each byte changed: the process that reads them lives on. */
static void
no_broken_hello_harms_the_server(void)
{
	pid_t api = live_child(&live, "api");
	struct buf hello = BUF_INIT(0);
	size_t i, n = 0;

	make_hello(&hello, 0x0303, 0xc02b, SPAN_NONE);
	CU_ASSERT_EQUAL(answer_to(live.port, SPAN_OF(&hello)), SERVER_HELLO);
	for (i = 0; i < hello.len; i++) {
		CU_ASSERT(answer_to(live.port, (struct span){ hello.data, i }) != SERVER_HELLO);
		hello.data[i] ^= (unsigned char)(1u << i % 8);
		n += answer_to(live.port, SPAN_OF(&hello)) == OTHER;
		hello.data[i] ^= (unsigned char)(1u << i % 8);
	}
	CU_ASSERT(n <= 1); /* one flip makes a letter of the first byte at most */
	CU_ASSERT_EQUAL(live_child(&live, "api"), api);
	CU_ASSERT_EQUAL(live_await_health(&live, 200, 1000), 0);
	buf_release(&hello);
}

static int
start(void)
{
	const char *line;
	long from;

	if (live_start(&live, "listener { address = \"127.0.0.1\" port = 0 tls = legacy }", NULL) !=
	    0)
		return -1;
	load.live = &live;
	erp = soap_call_context(&live, "erp");
	line = live_log_line(&live, 0, "(TLS: legacy)");
	if (line == NULL || sscanf(strstr(line, " port "), " port %d", &legacy) != 1 ||
	    live_new_tls_certificate(&live, "-algorithm RSA -pkeyopt rsa_keygen_bits:2048") != 0)
		return -1;
	from = live_log_end(&live);
	kill(live.pid, SIGHUP);
	return live_log_line(&live, from, "the new configuration is in use") != NULL ? 0 : -1;
}

static int
stop(void)
{
	live_stop(&live);
	SSL_CTX_free(erp);
	return 0;
}

static const struct test tests[] = {
	TEST(plain_http_is_refused_with_a_sentence_and_does_nothing),
	TEST(a_password_in_the_clear_opens_nothing_and_stands_in_no_log),
	TEST(tls_1_2_and_1_3_are_spoken_and_1_0_and_1_1_are_not),
	TEST(ssl_3_and_2_are_refused_everywhere),
	TEST(three_des_is_refused_everywhere),
	TEST(suites_of_tls_1_3_are_the_usual_three),
	TEST(with_an_rsa_certificate_the_default_has_three_suites_and_legacy_the_four_old_ones_too),
	TEST(with_an_ec_certificate_the_suites_are_ecdsa_s),
	TEST(a_legacy_listener_is_warned_of),
	TEST(a_name_that_is_none_of_ours_changes_nothing_and_a_broken_one_is_refused),
	TEST(no_broken_hello_harms_the_server),
	TEST_END,
};
const struct suite suite_system_tls = { "system/tls", start, stop, tests };
