/* Verdicts of signing/verify over signatures made here, as callers read them. */
#include <stdlib.h>
#include <string.h>

#include "server/soap/call.h"
#include "server/soap/fault.h"
#include "signing/format/cms/cms_read.h"
#include "signing/format/cms/cms_sign.h"
#include "signing/verify/verify.h"
#include "tests/support/pki.h"
#include "tests/support/qualified.h"
#include "tests/support/soap_stub.h"
#include "tests/support/status.h"
#include "tests/support/suite.h"
#include "tests/support/tsa.h"

static struct verify_context
context(void)
{
	return (struct verify_context){
		.anchors = pki_anchors(), .timestamp_anchors = pki_anchors(), .time = PKI_NOW
	};
}

static enum pki_id signer = PKI_P256;
static struct buf crl; /* that the signature brings along; empty: none */

/* Sign "invoice" with a time stamp and judge the signature over what the request brings. */
static int
sign_and_verify(struct request *req, struct verified_document *v, struct error *err)
{
	const struct test_tsa tsa = { PKI_TSA, PKI_NOW - 60, 0 };
	struct timestamp_source source = test_tsa_source(&tsa);
	struct document invoice = { .content = span_str("invoice"), .has_content = 1 };
	struct document came = op_document_view(&req->in.documents[0]);
	static const char *const types[] = { "1.2.840.113549.1.9.16.6.5" };
	const struct sign_options options = { .level = LEVEL_T,
		.timestamp = &source,
		.commitment_types = types,
		.commitment_type_count = 1,
		.claim_time = 1,
		.signing_time = PKI_NOW - 120 };
	const struct cms_read_options read = { 0 };
	struct verify_context c = context();
	struct buf der = BUF_INIT(0);
	int rc = cms_sign(&der, &invoice, CMS_PROFILE_CADES, pki_key(signer), &options, err);

	if (rc == 0)
		rc = cms_read(&v->signatures, SPAN_OF(&der), &came, &read, err);
	if (rc == 0 && crl.len > 0)
		rc = values_add(&v->signatures.evidence.crls, SPAN_OF(&crl), err);
	if (rc == 0)
		rc = verify_signatures(&v->signatures, &c, &v->report, err);
	v->is_judged = rc == 0;
	buf_release(&der);
	return rc;
}

static int
work_verify(struct request *req, struct error *err)
{
	req->out.verified = calloc(2, sizeof(*req->out.verified));
	req->out.verified_count = req->in.document_count;
	if (req->in.document_count > 1) { /* the second could not be read */
		req->out.verified[1].result.major = RESULT_REQUESTER_ERROR;
		snprintf(req->out.verified[1].result.message, 400, "it is no signature");
	}
	return sign_and_verify(req, &req->out.verified[0], err);
}

static void
a_good_signature_is_told_with_all_its_facts(void)
{
	struct stub_exchange e;

	stub_reset();
	stub.work = work_verify;
	stub_call(
	    &e, STUB_ENVELOPE("<VerifyDocument><signedDocument><content>aW52b2ljZQ==</content>"
			      "</signedDocument></VerifyDocument>"));
	CU_ASSERT_EQUAL(e.x.status, 200);
	STUB_HAS(&e, "<sig:answer><sig:result><sig:major>Success</sig:major></sig:result>"
		     "<sig:indication>TotalPassed</sig:indication>"
		     "<sig:validationTime>2026-03-01T11:00:00Z</sig:validationTime>"
		     "<sig:validationPolicy><sig:name>signet-strict</sig:name><sig:version>1"
		     "</sig:version></sig:validationPolicy><sig:algorithmCatalogue><sig:name>ETSI "
		     "TS 119 312</sig:name><sig:version>v1.5.1");
	STUB_HAS(&e, "<sig:format>CMS</sig:format><sig:level>T</sig:level>"
		     "<sig:indication>TotalPassed</sig:indication>");
	STUB_HAS(&e, "<sig:signatureValueIntact>true</sig:signatureValueIntact>"
		     "<sig:referencesIntact>true</sig:referencesIntact>"
		     "<sig:scope>Full</sig:scope>");
	STUB_HAS(&e, "<sig:coversDocument>true</sig:coversDocument>");
	STUB_HAS(&e, "<sig:claimedSigningTime>2026-03-01T10:58:00Z</sig:claimedSigningTime>"
		     "<sig:bestSignatureTime>2026-03-01T10:59:00Z</sig:bestSignatureTime>");
	STUB_HAS(&e, "<sig:signatureAlgorithm>ECDSA with SHA256</sig:signatureAlgorithm>");
	STUB_HAS(&e, "<sig:timestamp><sig:type>Signature</sig:type><sig:indication>TotalPassed"
		     "</sig:indication>");
	STUB_HAS(&e, "<sig:productionTime>2026-03-01T10:59:00Z</sig:productionTime>");
	STUB_HAS(&e, "<sig:covers>Signature</sig:covers><sig:covers>Document</sig:covers>");
	STUB_HAS(&e, "<sig:tokenId>");
	STUB_HAS(&e,
	    "<sig:provable><sig:until>2029-02-28T11:00:00Z</sig:until><sig:ends>the certificate");
	STUB_HAS(&e, "<sig:advice>Extend it by 2029-02-28 (11:00:00 UTC): then the certificate");
	STUB_HAS(&e,
	    "<sig:commitment><sig:type>1.2.840.113549.1.9.16.6.5</sig:type><sig:name>"
	    "ProofOfApproval</sig:name><sig:allDocuments>true</sig:allDocuments></sig:commitment>");
	STUB_HAS(&e, "<sig:trustAnchor>");
	/* Of the signature and of its time stamp. */
	STUB_HAS(&e, "<sig:qualification><sig:level>NotApplicable</sig:level><sig:term>N/A"
		     "</sig:term>");
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(strstr(stub_answer(&e), "<sig:qualification>") + 1, "<sig:qualification>"));
	stub_exchange_release(&e);
}

static void
a_changed_document_is_told_with_the_reason(void)
{
	struct stub_exchange e;

	stub_reset();
	stub.work = work_verify;
	stub_call(
	    &e, STUB_ENVELOPE("<VerifyDocument><signedDocument><content>aW52b2ljZj==</content>"
			      "</signedDocument></VerifyDocument>"));
	CU_ASSERT_STRING_EQUAL(e.x.outcome, "Malformed"); /* bits behind the end: no base64 */
	stub_exchange_release(&e);
	stub_reset();
	stub.work = work_verify;
	stub_call(
	    &e, STUB_ENVELOPE("<VerifyDocument><signedDocument><content>SW52b2ljZQ==</content>"
			      "</signedDocument></VerifyDocument>"));
	CU_ASSERT_EQUAL(e.x.status, 200);
	STUB_HAS(&e, "</sig:result><sig:indication>TotalFailed</sig:indication>");
	STUB_HAS(&e, "<sig:indication>TotalFailed</sig:indication><sig:subIndication>HASH_FAILURE"
		     "</sig:subIndication><sig:reason><sig:code>");
	STUB_HAS(&e, "<sig:referencesIntact>false</sig:referencesIntact>");
	STUB_HAS(&e, "<sig:intact>false</sig:intact>");
	stub_exchange_release(&e);
}

static void
each_item_has_its_own_verdict(void)
{
	struct stub_exchange e;

	stub_reset();
	stub.work = work_verify;
	stub_call(&e,
	    STUB_ENVELOPE("<VerifyDocuments><item><signedDocument><content>aW52b2ljZQ==</content>"
			  "</signedDocument></item><item><signedDocument><content/>"
			  "</signedDocument></item></VerifyDocuments>"));
	CU_ASSERT_EQUAL(e.x.status, 200);
	STUB_HAS(&e, "<sig:item><sig:index>0</sig:index><sig:verification><sig:result><sig:major>"
		     "Success</sig:major></sig:result><sig:indication>TotalPassed");
	STUB_HAS(&e, "<sig:index>1</sig:index><sig:verification><sig:result><sig:major>"
		     "RequesterError</sig:major><sig:message>it is no signature</sig:message>"
		     "</sig:result></sig:verification></sig:item>");
	stub_exchange_release(&e);
}

/* ---- qualification ---- */

static struct qualified_pki pki;
static struct qualified_list eu_list;

static int
work_qualified(struct request *req, struct error *err)
{
	struct trust_snapshot *trust = qualified_snapshot(&pki, &eu_list);
	const struct verify_context c = { .trust = trust, .time = PKI_NOW };
	int rc;

	req->out.certificate_report = calloc(1, sizeof(*req->out.certificate_report));
	rc = verify_certificate(
	    pki.leaf, pki.above, PATH_SIGNING, &c, req->out.certificate_report, err);
	trust_snapshot_free(trust);
	return rc;
}

static void
validate_qualified(struct stub_exchange *e)
{
	stub_reset();
	stub.work = work_qualified;
	stub_call(
	    e, STUB_ENVELOPE("<ValidateCertificate><purpose>Signing</purpose><certificate>QQ=="
			     "</certificate></ValidateCertificate>"));
	CU_ASSERT_EQUAL(e->x.status, 200);
}

static void
whether_a_certificate_is_qualified_is_told_with_what_lists_said(void)
{
	struct stub_exchange e;

	qualified_pki_make(&pki, NULL);
	qualified_leaf(&pki, SAYS_COMPLIANCE | SAYS_ESIGN | SAYS_QSCD, PKI_NOW - PKI_YEAR);
	eu_list = (struct qualified_list){ .services[0].used = 1 };
	validate_qualified(&e);
	STUB_HAS(&e, "<sig:qualification><sig:level>QCForESigWithQSCD</sig:level>"
		     "<sig:term>QC for eSig with QSCD</sig:term>"
		     "<sig:levelAtIssuance>QCForESigWithQSCD</sig:levelAtIssuance>"
		     "<sig:issuanceTime>2025-03-01T11:00:00Z</sig:issuanceTime>"
		     "<sig:levelAtUse>QCForESigWithQSCD</sig:levelAtUse>"
		     "<sig:useTime>2026-03-01T11:00:00Z</sig:useTime>"
		     "<sig:finding><sig:weight>Note</sig:weight><sig:code>TrustService</sig:code>"
		     "<sig:text>by list 12 of");
	stub_exchange_release(&e);
	eu_list.services[0].states[0].qualifiers = "NotQualified";
	validate_qualified(&e);
	STUB_HAS(&e, "<sig:qualification><sig:level>CertForESig</sig:level>");
	STUB_HAS(&e, "<sig:weight>Decides</sig:weight><sig:code>NotByTrustList</sig:code>");
	stub_exchange_release(&e);
	eu_list.services[0].states[0].qualifiers = "NotQualified QCStatement";
	validate_qualified(&e);
	STUB_HAS(&e, "<sig:level>Indeterminate</sig:level><sig:term>Indeterminate</sig:term>");
	STUB_HAS(&e, "<sig:weight>Warning</sig:weight><sig:code>QualifierConflict</sig:code>");
	stub_exchange_release(&e);
	qualified_pki_release(&pki);
}

/* The contract has a word for each. */
static void
every_level_has_its_word_in_the_contract(void)
{
	struct soap *soap = soap_new();
	enum sig__QualificationLevel level;
	int i;

	for (i = QUALIFICATION_UNTOLD + 1; i < QUALIFICATIONS; i++) {
		CU_ASSERT_EQUAL(soap_s2sig__QualificationLevel(
				    soap, qualification_name((enum qualification)i), &level),
		    SOAP_OK);
		CU_ASSERT_NOT_EQUAL(qualification_term((enum qualification)i)[0], '\0');
		CU_ASSERT_NOT_EQUAL(qualification_text((enum qualification)i)[0], '\0');
	}
	soap_destroy(soap);
	soap_end(soap);
	soap_free(soap);
}

static int
work_certificate(struct request *req, struct error *err)
{
	struct verify_context c = context();

	req->out.certificate_report = calloc(1, sizeof(*req->out.certificate_report));
	if (req->in.purpose == PATH_ANY)
		c.anchors = NULL;
	return verify_certificate(pki_cert(PKI_P256), NULL, (enum path_purpose)req->in.purpose, &c,
	    req->out.certificate_report, err);
}

static void
what_is_known_of_revocation_is_told(void)
{
	const struct status_entry entry = { pki_cert(PKI_REVOCABLE), PKI_NOW - PKI_DAY,
		CRL_SUPERSEDED, 0, NULL };
	struct status_crl in = status_crl_of(PKI_INTERMEDIATE);
	struct stub_exchange e;

	signer = PKI_REVOCABLE;
	crl = status_crl_make(&in);
	stub_reset();
	stub.work = work_verify;
	stub_call(
	    &e, STUB_ENVELOPE("<VerifyDocument><signedDocument><content>aW52b2ljZQ==</content>"
			      "</signedDocument></VerifyDocument>"));
	STUB_HAS(&e, "<sig:indication>TotalPassed</sig:indication>");
	STUB_HAS(&e, "<sig:source>embedded CRL</sig:source><sig:status>Good</sig:status>"
		     "<sig:thisUpdate>2026-02-28T11:00:00Z</sig:thisUpdate>");
	stub_exchange_release(&e);
	buf_release(&crl);
	in.entries = &entry;
	in.count = 1;
	crl = status_crl_make(&in);
	stub_call(
	    &e, STUB_ENVELOPE("<VerifyDocument><signedDocument><content>aW52b2ljZQ==</content>"
			      "</signedDocument></VerifyDocument>"));
	STUB_HAS(&e, "<sig:subIndication>REVOKED_NO_POE</sig:subIndication>");
	STUB_HAS(&e, "<sig:status>Revoked</sig:status>");
	STUB_HAS(&e, "<sig:revocationTime>2026-02-28T11:00:00Z</sig:revocationTime>"
		     "<sig:revocationReason>superseded</sig:revocationReason>");
	stub_exchange_release(&e);
	buf_release(&crl);
	signer = PKI_P256;
}

static void
a_certificate_is_told_with_its_path(void)
{
	struct stub_exchange e;

	stub_reset();
	stub.work = work_certificate;
	stub_call(
	    &e, STUB_ENVELOPE("<ValidateCertificate><purpose>Signing</purpose><certificate>QQ=="
			      "</certificate></ValidateCertificate>"));
	CU_ASSERT_EQUAL(e.x.status, 200);
	STUB_HAS(&e, "<sig:indication>TotalPassed</sig:indication>");
	STUB_HAS(&e, "<sig:certificateChain><sig:subject>");
	STUB_HAS(&e, "<sig:trustAnchor>");
	stub_exchange_release(&e);
	stub_reset();
	stub.work = work_certificate;
	stub_call(&e, STUB_ENVELOPE("<ValidateCertificate><certificate>QQ==</certificate>"
				    "</ValidateCertificate>"));
	STUB_HAS(&e, "<sig:indication>Indeterminate</sig:indication><sig:subIndication>"
		     "NO_CERTIFICATE_CHAIN_FOUND</sig:subIndication><sig:reason>");
	CU_ASSERT_PTR_NULL(strstr(stub_answer(&e), "trustAnchor"));
	stub_exchange_release(&e);
}

static int
work_timestamp(struct request *req, struct error *err)
{
	const struct test_tsa tsa = { PKI_TSA, PKI_NOW - 60, 0 };
	struct document doc = op_document_view(&req->in.originals[0]);
	struct verify_context c = context();
	unsigned char imprint[DIGEST_SIZE_MAX];
	struct buf token = BUF_INIT(0);
	int rc;

	digest_span(DIGEST_SHA256, span_str("invoice"), imprint, err);
	test_token(&token, &tsa, DIGEST_SHA256, imprint);
	req->out.timestamp_report = calloc(1, sizeof(*req->out.timestamp_report));
	req->out.validation_time = PKI_NOW;
	rc = verify_timestamp_token(SPAN_OF(&token), &doc, &c, req->out.timestamp_report, err);
	buf_release(&token);
	return rc;
}

static void
a_timestamp_is_told_with_its_authority(void)
{
	struct stub_exchange e;

	stub_reset();
	stub.work = work_timestamp;
	stub_call(&e,
	    STUB_ENVELOPE("<VerifyTimestamp><timestampToken>QQ==</timestampToken><originalDocument>"
			  "<content>aW52b2ljZQ==</content></originalDocument></VerifyTimestamp>"));
	CU_ASSERT_EQUAL(e.x.status, 200);
	STUB_HAS(&e, "<sig:indication>TotalPassed</sig:indication>");
	STUB_HAS(&e,
	    "<sig:imprintIntact>true</sig:imprintIntact>"
	    "<sig:generationTime>2026-03-01T10:59:00Z</sig:generationTime><sig:authority>");
	stub_exchange_release(&e);
	stub_reset();
	stub.work = work_timestamp;
	stub_call(&e,
	    STUB_ENVELOPE("<VerifyTimestamp><timestampToken>QQ==</timestampToken><originalDocument>"
			  "<content>SW52b2ljZQ==</content></originalDocument></VerifyTimestamp>"));
	STUB_HAS(&e, "<sig:indication>TotalFailed</sig:indication><sig:subIndication>HASH_FAILURE");
	STUB_HAS(&e, "<sig:imprintIntact>false</sig:imprintIntact>");
	stub_exchange_release(&e);
}

static void
a_fault_can_take_the_place_of_an_answer(void)
{
	struct error failure = ERROR_INIT;
	struct stub_exchange e;

	stub_reset();
	stub_call(&e, STUB_ENVELOPE("<WhoAmI/>"));
	error_set(&failure, ERROR_UNAVAILABLE, "the <audit> log & \x01 its disk");
	failure.retry_after = 3;
	soap_fail(&e.x, &failure);
	buf_terminate(&e.x.body, NULL);
	CU_ASSERT_EQUAL(e.x.status, 500);
	CU_ASSERT_STRING_EQUAL(e.x.outcome, "Unavailable");
	CU_ASSERT_STRING_EQUAL(e.x.extra, "Retry-After: 3\r\n");
	STUB_HAS(&e, "<faultstring>the &lt;audit&gt; log &amp; ? its disk</faultstring>");
	STUB_HAS(&e, "<sig:retryAfterSeconds>3</sig:retryAfterSeconds></sig:SignetFault></detail>");
	CU_ASSERT_PTR_NULL(strstr(stub_answer(&e), "WhoAmI"));
	snprintf(e.x.content_type, sizeof(e.x.content_type), "application/soap+xml");
	soap_fail(&e.x, &failure);
	buf_terminate(&e.x.body, NULL);
	CU_ASSERT_EQUAL(e.x.status, 503);
	STUB_HAS(&e, "<SOAP-ENV:Value>SOAP-ENV:Receiver</SOAP-ENV:Value>");
	stub_exchange_release(&e);
}

static const struct test tests[] = { TEST(a_good_signature_is_told_with_all_its_facts),
	TEST(a_changed_document_is_told_with_the_reason), TEST(each_item_has_its_own_verdict),
	TEST(what_is_known_of_revocation_is_told), TEST(a_certificate_is_told_with_its_path),
	TEST(whether_a_certificate_is_qualified_is_told_with_what_lists_said),
	TEST(every_level_has_its_word_in_the_contract),
	TEST(a_timestamp_is_told_with_its_authority), TEST(a_fault_can_take_the_place_of_an_answer),
	TEST_END };
const struct suite suite_server_soap_report = { "server/soap/report", stub_worker_make,
	stub_worker_free, tests };
