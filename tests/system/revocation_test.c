/*
 * S2-30: a live server fetches what a verdict lacks, uses it again, after a restart too, and says
 * what it could not get.
 */
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "server/base/text.h"
#include "signing/format/cms/cms_sign.h"
#include "signing/x509/issue.h"
#include "tests/support/soap_call.h"
#include "tests/support/status_server.h"
#include "tests/support/suite.h"

#define SETTINGS "fetch-networks = \"127.0.0.1\"\nfetch-retry-seconds = 0\nfetch-seconds = 5\n"

static struct live live;
static struct status_server servers;
static SSL_CTX *erp;
static X509 *ca;
static EVP_PKEY *ca_key, *key;
static int64_t now;

static int
setup(void)
{
	now = (int64_t)time(NULL);
	key = EVP_EC_gen("P-256");
	if (live_start(&live, SETTINGS, NULL) != 0 || live_ca(&live, &ca_key, &ca) != 0)
		return -1;
	erp = soap_call_context(&live, "erp");
	status_server_start(&servers);
	return 0;
}

static int
teardown(void)
{
	status_server_end(&servers);
	X509_free(ca);
	EVP_PKEY_free(ca_key);
	EVP_PKEY_free(key);
	SSL_CTX_free(erp);
	live_stop(&live);
	return 0;
}

/* A signer of the installation's CA whose certificate names these doors. */
static X509 *
issue(const char *crl, const char *ocsp)
{
	const struct issuer issuer = { ca, ca_key };
	char crl_url[100], ocsp_url[100];
	struct issue_request r = { .profile = ISSUE_DOCUMENT_SIGNING,
		.key = key,
		.common_name = "Signer",
		.not_before = now - 3600,
		.not_after = now + 30 * 86400,
		.crl_url = crl != NULL ? crl_url : NULL,
		.ocsp_url = ocsp != NULL ? ocsp_url : NULL };
	struct error err = ERROR_INIT;
	X509 *cert = NULL;

	snprintf(crl_url, sizeof(crl_url), "%s%s", servers.stub.url, crl != NULL ? crl : "");
	snprintf(ocsp_url, sizeof(ocsp_url), "%s%s", servers.stub.url, ocsp != NULL ? ocsp : "");
	ASSERT_OK(issue_certificate(&cert, &r, &issuer, &err), &err);
	return cert;
}

/* VerifyDocument of an invoice signed by it. */
static struct buf
request_for(X509 *cert)
{
	const struct sign_options options = {
		.packaging = PACKAGING_ENVELOPING, .signing_time = now, .claim_time = 1
	};
	const struct document text = { .content = span_str("An invoice."), .has_content = 1 };
	const struct sign_key by = { .cert = cert, .pkey = key, .name = "signer" };
	struct buf cms = BUF_INIT(0), body = BUF_INIT(0);
	struct error err = ERROR_INIT;

	ASSERT_OK(cms_sign(&cms, &text, CMS_PROFILE_CADES, &by, &options, &err), &err);
	buf_append_str(&body, "<VerifyDocument><signedDocument><content>", &err);
	text_base64(&body, SPAN_OF(&cms), 0, &err);
	buf_append_str(&body, "</content></signedDocument></VerifyDocument>", &err);
	ASSERT_OK(buf_terminate(&body, &err), &err);
	buf_release(&cms);
	return body;
}

static void
expect(
    int line, const struct buf *request, const char *indication, const char *sub, const char *says)
{
	struct soap_call call;
	char text[64];
	int ok;

	soap_call_init(&call, &live, erp);
	CU_ASSERT_EQUAL_FATAL(soap_call(&call, (char *)request->data), 200);
	ok = strcmp(soap_text_of(soap_answer(&call), "indication", text, sizeof(text)),
		 indication) == 0;
	ok &=
	    strcmp(soap_text_of(soap_answer(&call), "subIndication", text, sizeof(text)), sub) == 0;
	ok &= says == NULL || strstr(soap_answer(&call), says) != NULL;
	if (!ok)
		fprintf(stderr, "line %d: %s\n", line, soap_answer(&call));
	CU_ASSERT(ok);
	soap_call_end(&call);
}
#define EXPECT(request, indication, sub, says)                                                     \
	expect(__LINE__, (request), (indication), (sub), (says))

static void
s2_30_a_verdict_passes_once_the_server_of_the_list_answers(void)
{
	struct status_crl list = { .signer = ca,
		.key = ca_key,
		.this_update = now - 60,
		.next_update = now + 86400,
		.number = 1 };
	X509 *cert = issue("live.crl", NULL);
	struct buf request = request_for(cert);

	EXPECT(&request, "Indeterminate", "TRY_LATER", "live.crl answered 404");
	status_server_crl(&servers, "live.crl", &list);
	EXPECT(&request, "TotalPassed", "", NULL);
	EXPECT(&request, "TotalPassed", "", NULL);
	CU_ASSERT_EQUAL(status_server_asked(&servers, "live.crl"), 1);
	/* And so does the next server on this database. */
	status_server_door(&servers, "live.crl")->status = 500;
	CU_ASSERT_EQUAL(live_end(&live), 0);
	CU_ASSERT_EQUAL_FATAL(live_restart(&live), 0);
	EXPECT(&request, "TotalPassed", "", NULL);
	CU_ASSERT_EQUAL(status_server_asked(&servers, "live.crl"), 1);
	buf_release(&request);
	X509_free(cert);
}

/* Without a proof of existence nobody knows whether it was signed before: EN 319 102-1 5.3. */
static void
s2_30_a_revocation_is_seen_when_the_responder_tells_it(void)
{
	X509 *cert = issue(NULL, "live-ocsp");
	struct buf request = request_for(cert);
	struct status_ocsp answer = { .cert = cert,
		.issuer = ca,
		.signer = ca,
		.key = ca_key,
		.status = V_OCSP_CERTSTATUS_GOOD,
		.reason = -1,
		.produced_at = now - 10,
		.this_update = now - 10 };

	status_server_ocsp(&servers, "live-ocsp", &answer);
	EXPECT(&request, "TotalPassed", "", NULL);
	answer.status = V_OCSP_CERTSTATUS_REVOKED;
	answer.revoked_at = now - 20;
	status_server_ocsp(&servers, "live-ocsp", &answer);
	EXPECT(&request, "Indeterminate", "REVOKED_NO_POE", "was revoked on");
	status_server_ocsp(&servers, "live-ocsp", &answer)->wrong_nonce = 1;
	EXPECT(&request, "Indeterminate", "TRY_LATER", "the nonce is not ours");
	buf_release(&request);
	X509_free(cert);
}

static const struct test tests[] = {
	TEST(s2_30_a_verdict_passes_once_the_server_of_the_list_answers),
	TEST(s2_30_a_revocation_is_seen_when_the_responder_tells_it),
	TEST_END,
};

const struct suite suite_system_revocation = { "system/revocation", setup, teardown, tests };
