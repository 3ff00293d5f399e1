/*
 * The door /tsa of a live server, a trust centre that S2-15 stamps from: replies judged by `openssl
 * ts`, refusals by the words of RFC 3161, and serial numbers that no crash and no restart repeats.
 */
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/clock.h"
#include "signing/core/digests.h"
#include "signing/core/ossl.h"
#include "signing/proof/tsa.h"
#include "signing/proof/tsp.h"
#include "tests/support/load.h"
#include "tests/support/postgres.h"
#include "tests/support/suite.h"

static struct live live;
static SSL_CTX *erp, *nobody;

/* ---- openssl judges ---- */

/* What a script in the installation's folder says; 1 when it ends well. */
static int
shell(const char *script)
{
	struct buf out = BUF_INIT(0);
	int rc;

	rc = run_shell(&out,
	    "cd '%s' && ask() { curl -sf --cacert pki/ca.pem -H "
	    "'Content-Type: application/timestamp-query' --data-binary @$1 -o $2 %stsa; }; "
	    "set -e; %s",
	    live.dir, live.url, script);
	if (rc != 0)
		fprintf(stderr, "%s\nexit %d: %s\n", script, rc,
		    out.data != NULL ? (char *)out.data : "");
	buf_release(&out);
	return rc == 0;
}

static void
openssl_accepts_each_digest_with_and_without_certificate_and_nonce(void)
{
	CU_ASSERT(shell(
	    "echo other > other.txt; for d in sha256 sha384 sha512 sha3-256 sha3-384 sha3-512; do "
	    "for cert in '' -cert; do for nonce in '' -no_nonce; do echo \"$d $cert $nonce\"; "
	    "openssl ts -query -data doc.txt -$d $cert $nonce -out q.tsq; ask q.tsq r.tsr; "
	    "openssl ts -verify -queryfile q.tsq -in r.tsr -CAfile pki/ca.pem -untrusted "
	    "pki/tsa.pem | grep 'Verification: OK'; "
	    /* the certificate and the nonce are there when they were asked for, and only then */
	    "openssl ts -reply -in r.tsr -token_out -out t.tst; "
	    "n=$(openssl pkcs7 -inform DER -in t.tst -print_certs | grep -c ^subject || :); "
	    "test \"$n\" = $([ -n \"$cert\" ] && echo 1 || echo 0); "
	    "openssl ts -reply -in r.tsr -text > r.txt; grep -q 'Status: Granted' r.txt; "
	    "if [ -n \"$nonce\" ]; then grep -q 'Nonce: unspecified' r.txt; "
	    "else grep -q 'Nonce: 0x' r.txt; fi; "
	    /* and over another document it is none */
	    "if openssl ts -verify -data other.txt -in r.tsr -CAfile pki/ca.pem -untrusted "
	    "pki/tsa.pem; then exit 9; fi; done; done; done"));
}

static void
a_certificate_that_is_not_there_has_to_be_known(void)
{
	CU_ASSERT(shell("openssl ts -query -data doc.txt -sha256 -out q.tsq; ask q.tsq r.tsr; "
			"if openssl ts -verify -queryfile q.tsq -in r.tsr -CAfile pki/ca.pem; then "
			"exit 9; fi"));
}

static void
a_reply_does_not_answer_another_query(void)
{
	CU_ASSERT(
	    shell("openssl ts -query -data doc.txt -sha256 -cert -out q.tsq; ask q.tsq r.tsr; "
		  "openssl ts -query -data doc.txt -sha256 -cert -out q2.tsq; "
		  "openssl ts -verify -queryfile q.tsq -in r.tsr -CAfile pki/ca.pem; "
		  "if openssl ts -verify -queryfile q2.tsq -in r.tsr -CAfile pki/ca.pem; then "
		  "exit 9; fi"));
}

static void
the_policy_that_is_asked_for_is_the_policy_that_is_given(void)
{
	CU_ASSERT(shell(
	    "openssl ts -query -data doc.txt -sha256 -cert -out q.tsq; ask q.tsq r.tsr; "
	    "p=$(openssl ts -reply -in r.tsr -text | sed -n 's/^Policy OID: //p'); test -n \"$p\"; "
	    "openssl ts -query -data doc.txt -sha256 -cert -tspolicy $p -out q.tsq; ask q.tsq "
	    "r.tsr; openssl ts -verify -queryfile q.tsq -in r.tsr -CAfile pki/ca.pem; "
	    "openssl ts -query -data doc.txt -sha256 -tspolicy $p.1 -out q.tsq; ask q.tsq r.tsr; "
	    "openssl ts -reply -in r.tsr -text > r.txt || :; "
	    "grep -q 'Status: Rejected' r.txt; "
	    "grep -q 'requested TSA policy is not supported' r.txt"));
}

/* ---- refusals ---- */

enum twist {
	NOTHING,
	PARAMETERS,
	SHORT_IMPRINT,
	VERSION,
	EXTENSION,
	CRITICAL_EXTENSION,
	LONG_NONCE,
	CUT,
	TRAILING,
	EMPTY,
	GARBAGE,
	HUGE_REQUEST,
};

static const struct refusal {
	const char *digest; /* of the imprint: its OID's short name, or dotted */
	const char *policy;
	enum twist twist;
	int failure; /* -1: granted */
} refusals[] = {
	{ "SHA256", NULL, NOTHING, -1 },
	{ "SHA1", NULL, NOTHING, TSA_BAD_ALG },
	{ "MD5", NULL, NOTHING, TSA_BAD_ALG },
	{ "SHA224", NULL, NOTHING, TSA_BAD_ALG },
	{ "1.2.3.4.5", NULL, NOTHING, TSA_BAD_ALG },
	{ "rsaEncryption", NULL, NOTHING, TSA_BAD_ALG },
	{ "SHA256", NULL, PARAMETERS, TSA_BAD_ALG },
	{ "SHA256", NULL, SHORT_IMPRINT, TSA_BAD_DATA_FORMAT },
	{ "SHA256", NULL, CUT, TSA_BAD_DATA_FORMAT },
	{ "SHA256", NULL, TRAILING, TSA_BAD_DATA_FORMAT },
	{ "SHA256", NULL, EMPTY, TSA_BAD_DATA_FORMAT },
	{ "SHA256", NULL, GARBAGE, TSA_BAD_DATA_FORMAT },
	{ "SHA256", NULL, HUGE_REQUEST, TSA_BAD_DATA_FORMAT },
	{ "SHA256", NULL, VERSION, TSA_BAD_REQUEST },
	{ "SHA256", NULL, LONG_NONCE, TSA_BAD_REQUEST },
	{ "SHA256", "1.2.3.4", NOTHING, TSA_UNACCEPTED_POLICY },
	{ "SHA256", NULL, EXTENSION, TSA_UNACCEPTED_EXTENSION },
	{ "SHA256", NULL, CRITICAL_EXTENSION, TSA_UNACCEPTED_EXTENSION },
};
#define REFUSALS (sizeof(refusals) / sizeof(refusals[0]))

static void
set_imprint(TS_REQ *req, const struct refusal *r)
{
	TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
	X509_ALGOR *algorithm = X509_ALGOR_new();
	unsigned char bytes[64] = { 1 };
	int len = strcmp(r->digest, "MD5") == 0 ? 16 : strcmp(r->digest, "SHA1") == 0 ? 20 : 32;

	if (r->twist == PARAMETERS)
		X509_ALGOR_set0(
		    algorithm, OBJ_txt2obj(r->digest, 0), V_ASN1_OBJECT, OBJ_txt2obj("1.2.3", 1));
	else
		X509_ALGOR_set0(algorithm, OBJ_txt2obj(r->digest, 0), V_ASN1_NULL, NULL);
	TS_MSG_IMPRINT_set_algo(imprint, algorithm);
	TS_MSG_IMPRINT_set_msg(imprint, bytes, r->twist == SHORT_IMPRINT ? len - 1 : len);
	TS_REQ_set_msg_imprint(req, imprint);
	X509_ALGOR_free(algorithm);
	TS_MSG_IMPRINT_free(imprint);
}

static void
set_nonce(TS_REQ *req, size_t len)
{
	unsigned char bytes[80] = { 1 };
	BIGNUM *n = BN_bin2bn(bytes, (int)len, NULL);
	ASN1_INTEGER *nonce = BN_to_ASN1_INTEGER(n, NULL);

	TS_REQ_set_nonce(req, nonce);
	ASN1_INTEGER_free(nonce);
	BN_free(n);
}

static void
add_extension(TS_REQ *req, int critical)
{
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	X509_EXTENSION *extension;

	ASN1_OCTET_STRING_set(value, (const unsigned char *)"\5\0", 2);
	extension = X509_EXTENSION_create_by_NID(NULL, NID_netscape_comment, critical, value);
	TS_REQ_add_ext(req, extension, -1);
	X509_EXTENSION_free(extension);
	ASN1_OCTET_STRING_free(value);
}

static void
make_query(struct buf *der, const struct refusal *r)
{
	TS_REQ *req = TS_REQ_new();
	struct error err = ERROR_INIT;
	ASN1_OBJECT *policy = r->policy != NULL ? OBJ_txt2obj(r->policy, 1) : NULL;
	size_t i;

	TS_REQ_set_version(req, r->twist == VERSION ? 2 : 1);
	set_imprint(req, r);
	if (policy != NULL)
		TS_REQ_set_policy_id(req, policy);
	if (r->twist == LONG_NONCE)
		set_nonce(req, 65);
	if (r->twist == EXTENSION || r->twist == CRITICAL_EXTENSION)
		add_extension(req, r->twist == CRITICAL_EXTENSION);
	ASSERT_OK(OSSL_APPEND_DER(TS_REQ, req, der, &err), &err);
	if (r->twist == CUT)
		der->len--;
	if (r->twist == EMPTY)
		der->len = 0;
	if (r->twist == GARBAGE)
		for (i = 0; i < der->len; i++)
			der->data[i] = (unsigned char)(i * 77 + 1);
	for (i = 0; i < (r->twist == TRAILING ? 1u : r->twist == HUGE_REQUEST ? 20000u : 0u); i++)
		buf_append(der, "\0", 1, &err);
	ASN1_OBJECT_free(policy);
	TS_REQ_free(req);
}

/* One bit of the failure info, and it is this one; -1: there is none. */
static int
failure_of(TS_RESP *resp)
{
	const TS_STATUS_INFO *info = TS_RESP_get_status_info(resp);
	const ASN1_BIT_STRING *bits = TS_STATUS_INFO_get0_failure_info(info);
	int i, found = -1, n = 0;

	for (i = 0; bits != NULL && i < 32; i++)
		if (ASN1_BIT_STRING_get_bit(bits, i)) {
			found = i;
			n++;
		}
	return n > 1 ? -2 : found;
}

static TS_RESP *
ask(struct soap_call *c, const struct buf *query)
{
	int status = soap_post(c, "/tsa", TSP_QUERY_TYPE, "", query->data, query->len);
	const unsigned char *p = c->conn.body.data;
	TS_RESP *resp = NULL;

	if (status == 200 && p != NULL &&
	    tls_client_head_has(&c->conn, "Content-Type: " TSP_REPLY_TYPE))
		resp = d2i_TS_RESP(NULL, &p, (long)c->conn.body.len);
	return resp;
}

#define REFUSED                                                                                    \
	"SELECT count(*) FROM signet.audit WHERE operation = 'TimestampDigest' AND "               \
	"((result = 'Malformed' AND reason ~ '^bad(Request|DataFormat): ') OR "                    \
	"(result = 'Unsupported' AND reason ~ '^(badAlg|unaccepted(Policy|Extension)): '))"

static void
each_bad_request_gets_the_failure_that_rfc_3161_has_for_it(void)
{
	unsigned long before = load_ask_number(REFUSED);
	struct soap_call c;
	size_t i;

	soap_call_init(&c, &live, nobody);
	for (i = 0; i < REFUSALS; i++) {
		const struct refusal *r = &refusals[i];
		struct buf query = BUF_INIT(0);
		const TS_STATUS_INFO *info;
		TS_RESP *resp;
		long status;

		make_query(&query, r);
		resp = ask(&c, &query);
		CU_ASSERT_PTR_NOT_NULL(resp);
		if (resp == NULL) {
			fprintf(stderr, "row %zu: %d %s\n", i, c.conn.status, soap_answer(&c));
			continue;
		}
		info = TS_RESP_get_status_info(resp);
		status = ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(info));
		if (failure_of(resp) != r->failure)
			fprintf(stderr, "row %zu: %d, not %d\n", i, failure_of(resp), r->failure);
		CU_ASSERT_EQUAL(failure_of(resp), r->failure);
		CU_ASSERT_EQUAL(status, r->failure < 0 ? TS_STATUS_GRANTED : TS_STATUS_REJECTION);
		CU_ASSERT_EQUAL(TS_RESP_get_token(resp) != NULL, r->failure < 0);
		CU_ASSERT_EQUAL(
		    sk_ASN1_UTF8STRING_num(TS_STATUS_INFO_get0_text(info)) > 0, r->failure >= 0);
		TS_RESP_free(resp);
		buf_release(&query);
	}
	soap_call_end(&c);
	CU_ASSERT_EQUAL(load_ask_number(REFUSED), before + REFUSALS - 1);
	ERR_clear_error();
}

static void
what_is_wrong_with_http_is_said_by_http(void)
{
	static char much[100000];
	struct buf query = BUF_INIT(0);
	struct soap_call c;

	make_query(&query, &refusals[0]);
	soap_call_init(&c, &live, nobody);
	CU_ASSERT_EQUAL(soap_page(&c, "/tsa"), 405);
	CU_ASSERT_EQUAL(soap_post(&c, "/tsa", "text/plain", "", query.data, query.len), 415);
	CU_ASSERT_EQUAL(soap_post(&c, "/tsa", TSP_QUERY_TYPE, "", much, sizeof(much)), 413);
	CU_ASSERT_EQUAL(
	    soap_post(&c, "/tsa", TSP_QUERY_TYPE "; x=y", "", query.data, query.len), 200);
	soap_call_basic(&c, "demo/erp", "wrong");
	CU_ASSERT_EQUAL(soap_post(&c, "/tsa", TSP_QUERY_TYPE, "", query.data, query.len), 401);
	soap_call_basic(&c, "demo/erp", soap_password(&live, "erp"));
	CU_ASSERT_EQUAL(soap_post(&c, "/tsa", TSP_QUERY_TYPE, "", query.data, query.len), 200);
	soap_call_end(&c);
	buf_release(&query);
}

/* No token without its row in the audit, and none without a serial number. */
static void
without_a_database_there_is_no_token(void)
{
	struct buf query = BUF_INIT(0);
	struct soap_call c;
	TS_RESP *resp;

	make_query(&query, &refusals[0]);
	soap_call_init(&c, &live, nobody);
	postgres_stop(0);
	CU_ASSERT_EQUAL(soap_post(&c, "/tsa", TSP_QUERY_TYPE, "", query.data, query.len), 503);
	CU_ASSERT_EQUAL_FATAL(postgres_start(), 0);
	CU_ASSERT_EQUAL(live_await_health(&live, 200, 10000), 0);
	resp = ask(&c, &query);
	CU_ASSERT_PTR_NOT_NULL(resp);
	CU_ASSERT(resp != NULL && failure_of(resp) == -1);
	TS_RESP_free(resp);
	soap_call_end(&c);
	buf_release(&query);
}

/* ---- serial numbers ---- */

#define CLIENTS 4
#define EACH	250
#define TOKENS	(CLIENTS * EACH)

struct number {
	unsigned char bytes[16];
};

static struct number numbers[CLIENTS][EACH];
static atomic_uint tokens, bad;

/* A good token's serial number, 0; -1 for anything else. */
static int
number_of(TS_RESP *resp, struct number *out)
{
	TS_TST_INFO *info = resp != NULL ? TS_RESP_get_tst_info(resp) : NULL;
	BIGNUM *n;
	int len;

	if (info == NULL)
		return -1;
	n = ASN1_INTEGER_to_BN(TS_TST_INFO_get_serial(info), NULL);
	len = BN_bn2binpad(n, out->bytes, sizeof(out->bytes));
	BN_free(n);
	return len == sizeof(out->bytes) ? 0 : -1;
}

static void *
stamp(void *arg)
{
	size_t client = (size_t)arg, n = 0;
	struct buf query = BUF_INIT(0);
	struct soap_call c;
	TS_RESP *resp;
	int64_t end = clock_monotonic_us() + 60000000;

	make_query(&query, &refusals[0]);
	soap_call_init(&c, &live, client % 2 ? erp : nobody);
	while (n < EACH && clock_monotonic_us() < end) {
		resp = ask(&c, &query);
		if (resp == NULL) {
			poll(NULL, 0, 2); /* the server is on its way down or up */
			continue;
		}
		bad += number_of(resp, &numbers[client][n]) != 0;
		n++;
		tokens++;
		TS_RESP_free(resp);
	}
	soap_call_end(&c);
	buf_release(&query);
	return NULL;
}

static int
compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct number));
}

static void
no_serial_number_comes_twice_over_crash_and_restart(void)
{
	static struct number all[TOKENS];
	pthread_t threads[CLIENTS];
	pid_t api = live_child(&live, "api");
	size_t i, n, twice = 0, falling = 0;

	for (i = 0; i < CLIENTS; i++)
		pthread_create(&threads[i], NULL, stamp, (void *)i);
	CU_ASSERT(load_reaches(&tokens, TOKENS / 4, 30000));
	CU_ASSERT_EQUAL(kill(api, SIGKILL), 0);
	CU_ASSERT(load_reaches(&tokens, tokens + TOKENS / 4, 30000));
	CU_ASSERT_NOT_EQUAL(live_child(&live, "api"), api);
	CU_ASSERT_EQUAL(live_end(&live), 0);
	CU_ASSERT(tokens < TOKENS);
	CU_ASSERT_EQUAL_FATAL(live_restart(&live), 0);
	for (i = 0; i < CLIENTS; i++)
		pthread_join(threads[i], NULL);
	CU_ASSERT_EQUAL(tokens, TOKENS);
	CU_ASSERT_EQUAL(bad, 0);
	/* The lower half is the number of the database: in each client's eyes it only grows. */
	for (i = 0; i < CLIENTS; i++)
		for (n = 1; n < EACH; n++)
			falling +=
			    memcmp(numbers[i][n].bytes + 8, numbers[i][n - 1].bytes + 8, 8) <= 0;
	CU_ASSERT_EQUAL(falling, 0);
	memcpy(all, numbers, sizeof(all));
	qsort(all, TOKENS, sizeof(all[0]), compare);
	for (i = 1; i < TOKENS; i++)
		twice += compare(&all[i - 1], &all[i]) == 0;
	CU_ASSERT_EQUAL(twice, 0);
}

static int
start(void)
{
	if (live_start(&live, NULL, NULL) != 0)
		return -1;
	load.live = &live;
	erp = soap_call_context(&live, "erp");
	nobody = soap_call_context(&live, NULL);
	return shell("echo 'to be stamped' > doc.txt") ? 0 : -1;
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
	TEST(openssl_accepts_each_digest_with_and_without_certificate_and_nonce),
	TEST(a_certificate_that_is_not_there_has_to_be_known),
	TEST(a_reply_does_not_answer_another_query),
	TEST(the_policy_that_is_asked_for_is_the_policy_that_is_given),
	TEST(each_bad_request_gets_the_failure_that_rfc_3161_has_for_it),
	TEST(what_is_wrong_with_http_is_said_by_http),
	TEST(without_a_database_there_is_no_token),
	TEST(no_serial_number_comes_twice_over_crash_and_restart),
	TEST_END,
};
const struct suite suite_system_tsa = { "system/tsa", start, stop, tests };
