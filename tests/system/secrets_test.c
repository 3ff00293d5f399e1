/*
 * What is secret stays so: passwords, passphrases, private keys and documents, sent in good and in
 * bad requests of every kind, are in no line of the logs, no row of the audit, no kept answer.
 *
 * The log is at its most talkative. Each secret is looked for as it is, in hex and in base64, and
 * by its beginning, which a cut line would still hold. (The name that somebody claims, and the name
 * of an element that nobody knows, are told: who puts a password there shows it.)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "tests/support/postgres.h"
#include "tests/support/soap_call.h"
#include "tests/support/suite.h"

#define BEGINNING 12 /* bytes of a secret by which it is known */

/* Beginnings that nothing else has. */
#define WRONG	 "wr0ngPa55wordOfNobody-4711"
#define TOKEN	 "t0kenPa55wordOfNobody-4712"
#define PDF	 "pdfPa55word-opens-it-4713"
#define DOCUMENT "doc0mentOf100Euros-4714 and what else stands in an invoice"
#define BROKEN	 "br0kenDocument-4715 that is sent in a request that is none"

static struct live live;
static SSL_CTX *nobody, *erp;

struct secret {
	char what[40];
	char text[4096];
} secrets[40];
static size_t secret_count;

static void
add_secret(const char *what, const char *text)
{
	struct secret *s = &secrets[secret_count++];

	CU_ASSERT_FATAL(secret_count <= 40 && strlen(text) >= BEGINNING);
	snprintf(s->what, sizeof(s->what), "%s", what);
	snprintf(s->text, sizeof(s->text), "%s", text);
}

/* The first line of a file, or the one behind the line that begins a private key. */
static void
add_secret_file(const char *name)
{
	struct buf file = BUF_INIT(0);
	char *text, *end;

	CU_ASSERT_EQUAL_FATAL(buf_read_file(&file, live_path(&live, name), NULL), 0);
	CU_ASSERT_EQUAL_FATAL(buf_terminate(&file, NULL), 0);
	text = strstr((char *)file.data, "PRIVATE KEY-----\n");
	text = text != NULL ? strchr(text, '\n') + 1 : (char *)file.data;
	end = strchr(text, '\n');
	if (end != NULL)
		*end = '\0';
	add_secret(name, text);
	buf_release(&file);
}

static char *
base64_of(const char *text)
{
	static char out[8][8192];
	static unsigned int next;
	struct buf code = BUF_INIT(0);
	char *at = out[next++ % 8];

	text_base64(&code, span_str(text), 0, NULL);
	snprintf(at, 8192, "%.*s", (int)code.len, (char *)code.data);
	buf_release(&code);
	return at;
}

/* ---- where they might be ---- */

static int
holds(struct span place, const char *words)
{
	return place.len > 0 && memmem(place.data, place.len, words, strlen(words)) != NULL;
}

/* As it is, in hex of both cases, and in base64 at each of the three places it may begin. */
static int
betrays(struct span place, const struct secret *s)
{
	char begin[BEGINNING + 3] = "", hex[2 * BEGINNING + 1], code[40], *c;
	unsigned int skip;
	int found;

	memcpy(begin, s->text, BEGINNING);
	text_hex(hex, begin, BEGINNING);
	found = holds(place, begin) || holds(place, hex);
	for (c = hex; *c != '\0'; c++)
		if (*c >= 'a')
			*c = (char)(*c - 'a' + 'A');
	found |= holds(place, hex);
	for (skip = 0; skip < 3; skip++) {
		/* Whole groups of three bytes that hold nothing but the secret. */
		snprintf(
		    code, sizeof(code), "%.*s", (BEGINNING - 3) / 3 * 4, base64_of(s->text + skip));
		found |= holds(place, code);
	}
	return found;
}

static void
betrays_nothing(const char *name, struct span place)
{
	size_t i;
	int found;

	CU_ASSERT(place.len > 0);
	for (i = 0; i < secret_count; i++) {
		found = betrays(place, &secrets[i]);
		if (found) {
			const char *at = memmem(place.data, place.len, secrets[i].text, BEGINNING);

			fprintf(stderr, "%s holds %s: %.300s\n", name, secrets[i].what,
			    at != NULL && at > (char *)place.data + 200 ? at - 200 : "");
		}
		CU_ASSERT(!found);
	}
}

static void
file_betrays_nothing(const char *name)
{
	struct buf file = BUF_INIT(0);

	CU_ASSERT_EQUAL(buf_read_file(&file, live_path(&live, name), NULL), 0);
	betrays_nothing(name, SPAN_OF(&file));
	buf_release(&file);
}

/* All rows as text; what is binary is in hex. */
static void
table_betrays_nothing(const char *name)
{
	static char rows[4 << 20];
	struct error err = ERROR_INIT;
	char sql[200];

	snprintf(sql, sizeof(sql), "SELECT string_agg(t::text, ' ') FROM signet.%s t", name);
	ASSERT_OK(postgres_ask(live.database, "signet_owner", sql, rows, sizeof(rows), &err), &err);
	CU_ASSERT(strlen(rows) < sizeof(rows) - 1);
	betrays_nothing(name, span_str(rows));
}

/* ---- how they come ---- */

static void
post(struct soap_call *c, const char *fmt, ...)
{
	static char body[32768];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(body, sizeof(body), fmt, ap);
	va_end(ap);
	soap_post(c, "/", "text/xml; charset=utf-8", "", body, strlen(body));
}

#define SIGN(content)                                                                              \
	"<SignDocument>%s<parameters><format>CMS</format>" content                                 \
	"<packaging>Detached</packaging></parameters><document><content>%s</content></document>"   \
	"</SignDocument>"

/* One that is authenticated, and what he may send wrongly. */
static void
send_documents(struct soap_call *c)
{
	static char body[16384], key[8192];

	snprintf(
	    body, sizeof(body), SIGN(""), "<requestId>secrets-1</requestId>", base64_of(DOCUMENT));
	CU_ASSERT_EQUAL(soap_call(c, body), 200);
	CU_ASSERT_EQUAL(soap_call(c, body), 200); /* again, from what was kept */
	snprintf(body, sizeof(body), SIGN("<key>not-there</key>"), "", base64_of(DOCUMENT));
	CU_ASSERT(soap_call(c, body) >= 400);
	/* Not base64, not where it belongs, not a format, not whole. */
	snprintf(body, sizeof(body), SIGN(""), "", BROKEN);
	CU_ASSERT(soap_call(c, body) >= 400);
	snprintf(body, sizeof(body), SIGN(""), BROKEN, base64_of(BROKEN));
	CU_ASSERT(soap_call(c, body) >= 400);
	snprintf(body, sizeof(body),
	    "<VerifyDocument><password>" PDF "</password><signedDocument><content>%s</content>"
	    "</signedDocument></VerifyDocument>",
	    base64_of(BROKEN));
	CU_ASSERT(soap_call(c, body) >= 400);
	snprintf(body, sizeof(body),
	    "<TimestampDocument><format>PDF</format><password>" PDF "</password><document>"
	    "<content>%s</content></document></TimestampDocument>",
	    base64_of("%PDF-1.4\n" BROKEN));
	CU_ASSERT(soap_call(c, body) >= 400);
	snprintf(body, sizeof(body), "<Unknown a='" BROKEN "'>" BROKEN "</Unknown>");
	CU_ASSERT(soap_call(c, body) >= 400);
	post(c, "<a>%s", BROKEN);
	/* A key instead of a certificate. */
	{
		struct buf pem = BUF_INIT(0);

		CU_ASSERT_EQUAL(buf_read_file(&pem, live_path(&live, "pki/erp.pem"), NULL), 0);
		buf_terminate(&pem, NULL);
		snprintf(key, sizeof(key), "%s", strstr((char *)pem.data, "-----BEGIN PRIVATE"));
		buf_release(&pem);
	}
	snprintf(body, sizeof(body),
	    "<ValidateCertificate><certificate>%s</certificate></ValidateCertificate>",
	    base64_of(key));
	CU_ASSERT(soap_call(c, body) >= 400);
}

static void
send_passwords(void)
{
	const char *password = soap_password(&live, "erp");
	struct soap_call c;

	soap_call_init(&c, &live, nobody);
	soap_call_basic(&c, "demo/erp", password);
	CU_ASSERT_EQUAL(soap_call(&c, "<WhoAmI/>"), 200);
	soap_call_basic(&c, "demo/erp", WRONG);
	CU_ASSERT_EQUAL(soap_call(&c, "<WhoAmI/>"), 401);
	soap_call_basic(&c, "demo/nobody", WRONG);
	CU_ASSERT_EQUAL(soap_call(&c, "<WhoAmI/>"), 401);
	snprintf(c.authorization, sizeof(c.authorization), "Authorization: Basic !%.200s\r\n",
	    base64_of(WRONG));
	CU_ASSERT(soap_call(&c, "<WhoAmI/>") >= 400);
	snprintf(c.authorization, sizeof(c.authorization), "Authorization: Bearer " WRONG "\r\n");
	CU_ASSERT(soap_call(&c, "<WhoAmI/>") >= 400);
	snprintf(c.authorization, sizeof(c.authorization), "Authorization " WRONG "\r\n");
	CU_ASSERT(soap_call(&c, "<WhoAmI/>") != 200);
	soap_call_end(&c);

	soap_call_init(&c, &live, nobody);
	soap_call_token(&c, "demo/erp", password);
	CU_ASSERT_EQUAL(soap_call(&c, "<WhoAmI/>"), 200);
	soap_call_token(&c, "demo/erp", TOKEN);
	CU_ASSERT(soap_call(&c, "<WhoAmI/>") >= 400);
	/* Header and body are cut, or the password stands where nobody expects it. */
	CU_ASSERT(soap_call(&c, "<WhoAmI></WhoAmI") >= 400);
	CU_ASSERT(soap_call(&c, "<WhoAmI password='" TOKEN "'/>") > 0);
	CU_ASSERT(soap_call(&c, "<WhoAmI>" TOKEN "</WhoAmI>") > 0);
	soap_call_end(&c);
}

static void
what_is_secret_is_in_no_log_and_no_table(void)
{
	struct soap_call c;

	add_secret("erp's password", soap_password(&live, "erp"));
	add_secret("a wrong password", WRONG);
	add_secret("a wrong password of a token", TOKEN);
	add_secret("the password of a PDF", PDF);
	add_secret("a document", DOCUMENT);
	add_secret("a broken document", BROKEN);
	add_secret_file("pki/erp.pem");
	add_secret_file("keys/tls.pass");
	add_secret_file("keys/tsa.pass");

	send_passwords();
	soap_call_init(&c, &live, erp);
	send_documents(&c);
	soap_call_end(&c);
	soap_call_init(&c, &live, nobody);
	soap_call_token(&c, "demo/erp", soap_password(&live, "erp"));
	send_documents(&c);
	soap_call_end(&c);
	CU_ASSERT_EQUAL(live_end(&live), 0); /* so that all is written */

	file_betrays_nothing("signetd.log");
	file_betrays_nothing("access.log");
	table_betrays_nothing("audit");
	table_betrays_nothing("request_id");
}

/* The eye that looks is not blind. */
static void
a_secret_would_be_seen(void)
{
	static const struct secret s = { "a wrong password", WRONG };
	char hex[2 * sizeof(WRONG) + 1], place[200];
	int i;

	CU_ASSERT(betrays(span_str("x " WRONG), &s));
	CU_ASSERT(betrays(span_str("x wr0ngPa55wor"), &s));
	CU_ASSERT(betrays(span_str(text_hex(hex, WRONG, strlen(WRONG))), &s));
	for (i = 0; i < 3; i++) {
		snprintf(place, sizeof(place), "%.*s" WRONG "!", i, "ab");
		CU_ASSERT(betrays(span_str(base64_of(place)), &s));
	}
	CU_ASSERT(!betrays(span_str("x wr0ngPa66word"), &s));
}

static int
start(void)
{
	if (live_start(&live, "log-level = \"debug\"", NULL) != 0)
		return -1;
	nobody = soap_call_context(&live, NULL);
	erp = soap_call_context(&live, "erp");
	return 0;
}

static int
stop(void)
{
	live_stop(&live);
	SSL_CTX_free(nobody);
	SSL_CTX_free(erp);
	return 0;
}

static const struct test tests[] = { TEST(a_secret_would_be_seen),
	TEST(what_is_secret_is_in_no_log_and_no_table), TEST_END };
const struct suite suite_system_secrets = { "system/secrets", start, stop, tests };
