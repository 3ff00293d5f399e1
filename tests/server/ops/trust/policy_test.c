/*
 * Validation policies and trust snapshots of a tenant, through the whole of server/ops: which
 * constraints may be loosened, and that nothing else can be (S2-05, S2-28, S2-29).
 */
#include <stdio.h>
#include <string.h>

#include "schema/store/tenant.h"
#include "server/ops/trust/policy.h"
#include "server/ops/trust/trust.h"
#include "signing/core/ossl.h"
#include "signing/format/cms/claims.h"
#include "signing/format/cms/cms_sign.h"
#include "signing/format/cms/maker.h"
#include "tests/support/ops_world.h"
#include "tests/support/postgres.h"
#include "tests/support/suite.h"
#include "tests/support/trusted.h"
#include "tests/support/tsa.h"

#define TEXT  "An invoice over 1,000 euros."
#define OTHER "An invoice over 9,000 euros."

static const struct ops_authority own = { .name = "own" };
static struct buf rsa, cades, foreign, revocable;
static struct db *db;
static struct uuid acme;

static int
sign(struct buf *out, enum pki_id signer, struct error *err)
{
	const struct document text = { .content = span_str(TEXT), .has_content = 1 };
	const struct sign_options options = { .signing_time = PKI_NOW - 3600, .claim_time = 1 };

	return cms_sign(out, &text, CMS_PROFILE_CADES, pki_key(signer), &options, err);
}

static int
setup(void)
{
	struct db_options options = { 0 };
	struct error err = ERROR_INIT;

	if (ops_world_make() != 0)
		return -1;
	ops_tenant("acme", &own, 1);
	ops_tenant("rival", &own, 1);
	options.conninfo = postgres_conninfo(ops_database(), "signet_server");
	if (db_open(&db, &options, &err) == 0 && store_tenant_find(db, "acme", &acme, &err) == 1 &&
	    sign(&rsa, PKI_RSA3072, &err) == 0 && sign(&cades, PKI_P256, &err) == 0 &&
	    sign(&foreign, PKI_OTHER_SIGNER, &err) == 0 &&
	    sign(&revocable, PKI_REVOCABLE, &err) == 0)
		return 0;
	fprintf(stderr, "%s [%s]\n", err.text, err.cause);
	return -1;
}

static int
teardown(void)
{
	db_close(db);
	ops_world_end();
	buf_release(&rsa);
	buf_release(&cades);
	buf_release(&foreign);
	buf_release(&revocable);
	return 0;
}

/* ---- reading ---- */

static void
a_policy_is_read_into_constraints(void)
{
	static const char json[] =
	    "{ \"constraints\": { \"Scope\": \"fail\", \"RevocationFreshness\": \"warn\" },"
	    " \"revocationFreshness\": 86400, \"certificatePolicies\": [ \"1.3.6.1.4.1.99999.1\" ],"
	    " \"commitmentTypes\": [ \"1.2.840.113549.1.9.16.6.5\", \"http://example.org/mine\" ],"
	    " \"explicitPolicy\": true, \"inhibitAnyPolicy\": true }";
	struct error err = ERROR_INIT;
	struct ops_policy p;

	ASSERT_OK(ops_policy_read(&p, "house", 3, span_str(json), &err), &err);
	CU_ASSERT_STRING_EQUAL(p.verify.name, "house");
	CU_ASSERT_STRING_EQUAL(p.verify.version, "3");
	CU_ASSERT_EQUAL(p.verify.levels[CONSTRAINT_SCOPE], VERIFY_FAIL);
	CU_ASSERT_EQUAL(p.verify.levels[CONSTRAINT_REVOCATION_FRESH], VERIFY_WARN);
	CU_ASSERT_EQUAL(p.verify.levels[CONSTRAINT_TRUST_LIST_FRESH], VERIFY_BY_DEFAULT);
	CU_ASSERT_EQUAL(p.verify.revocation_freshness, 86400);
	CU_ASSERT_EQUAL(p.verify.certificate_policy_count, 1);
	CU_ASSERT_STRING_EQUAL(p.verify.certificate_policies[0], "1.3.6.1.4.1.99999.1");
	CU_ASSERT_EQUAL_FATAL(p.verify.commitment_type_count, 2);
	CU_ASSERT_STRING_EQUAL(p.verify.commitment_types[1], "http://example.org/mine");
	CU_ASSERT(p.verify.explicit_policy && p.verify.inhibit_any_policy &&
		  !p.verify.inhibit_mapping && !p.verify.without_revocation);
	ops_policy_release(&p);
}

static void
what_no_policy_may_say_is_refused(void)
{
	static const struct {
		const char *json, *says;
	} rows[] = {
		{ "[]", "JSON object" },
		{ "{", "no JSON" },
		{ "{\"constraints\":{\"ReferenceDigest\":\"ignore\"}}", "no constraint" },
		{ "{\"constraints\":{\"SignatureValue\":\"warn\"}}", "no constraint" },
		{ "{\"constraints\":{\"SignatureAlgorithm\":\"warn\"}}", "no constraint" },
		{ "{\"constraints\":{\"CertificatePath\":\"ignore\"}}", "no constraint" },
		{ "{\"constraints\":{\"TrustServiceStatus\":\"ignore\"}}", "no constraint" },
		{ "{\"constraints\":{\"LaterRevisions\":\"ignore\"}}", "no constraint" },
		{ "{\"constraints\":{\"Scope\":\"maybe\"}}", "fail, warn, inform or ignore" },
		{ "{\"constraints\":{\"Scope\":1}}", "fail, warn, inform or ignore" },
		{ "{\"constraints\":{\"DigestAgreement\":\"ignore\"}}", "is told" },
		{ "{\"constraints\":{\"DigestAgreement\":\"never\"}}", "fail, warn" },
		{ "{\"constraints\":[]}", "object" },
		{ "{\"withoutRevocation\":true}", "no member" },
		{ "{\"revocationFreshness\":0}", "seconds" },
		{ "{\"revocationFreshness\":\"1\"}", "seconds" },
		{ "{\"certificatePolicies\":[\"house\"]}", "object identifier" },
		{ "{\"certificatePolicies\":[]}", "1 to" },
		{ "{\"commitmentTypes\":[]}", "1 to" },
		{ "{\"commitmentTypes\":[\"approval\"]}", "neither" },
		{ "{\"commitmentTypes\":[\"urn:a\\nb\"]}", "neither" },
		{ "{\"explicitPolicy\":1}", "true or false" },
		{ "{\"explicitPolicy\":true,\"explicitPolicy\":false}", "no JSON" },
	};
	struct ops_policy p;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct error err = ERROR_INIT;

		CU_ASSERT_EQUAL(ops_policy_read(&p, "house", 1, span_str(rows[i].json), &err), -1);
		CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
		CU_ASSERT_PTR_NOT_NULL(strstr(err.text, rows[i].says));
		if (strstr(err.text, rows[i].says) == NULL)
			fprintf(stderr, "%s: %s\n", rows[i].json, err.text);
		ops_policy_release(&p);
	}
}

/* ---- a tenant's ---- */

/* Write it and wait until the caches heard of it. */
static void
put_policy(const char *name, const char *json, int is_default)
{
	char sql[1200];

	snprintf(sql, sizeof(sql),
	    "INSERT INTO signet.validation_policy (tenant_id, name, version, content, created_by)"
	    " SELECT t.id, '%s', 1 + count(p.*), %s%s%s, 'test' FROM signet.tenant t"
	    " LEFT JOIN signet.validation_policy p ON p.tenant_id = t.id AND p.name = '%s'"
	    " WHERE t.name = 'acme' GROUP BY t.id;",
	    name, json != NULL ? "'" : "", json != NULL ? json : "NULL", json != NULL ? "'" : "",
	    name);
	ops_change(sql);
	if (is_default)
		ops_change("INSERT INTO signet.validation_default (tenant_id, name)"
			   " SELECT id, 'house' FROM signet.tenant WHERE name = 'acme'");
}

/* VerifyDocument of a detached signature over TEXT. */
static int
verify_by(struct ops_verification *v, const char *user, const char *policy, const struct buf *cms,
    const char *text, struct error *err)
{
	const struct span document = SPAN_OF(cms), original = span_str(text);
	const struct ops_bodies bodies = { &document, &original };

	memset(v, 0, sizeof(*v));
	ops_request(&v->req, OP_VERIFY_DOCUMENT, user);
	v->req.in.documents = &v->signed_document;
	v->req.in.document_count = 1;
	v->req.in.originals = &v->original;
	v->req.in.original_count = 1;
	v->req.in.validation_policy = policy;
	return ops_serve(&v->req, &bodies, err);
}

static void
expect(const char *policy, const struct buf *cms, const char *text, enum indication indication,
    enum sub_indication sub, const char *cites)
{
	struct ops_verification v;
	struct error err = ERROR_INIT;
	const struct verify_report *r;

	ASSERT_OK(verify_by(&v, "acme/erp", policy, cms, text, &err), &err);
	r = &v.req.out.verified[0].report;
	if (r->conclusion.indication != indication || r->conclusion.sub != sub)
		fprintf(stderr, "%s %s: %s\n", indication_name(r->conclusion.indication),
		    sub_indication_name(r->conclusion.sub), r->conclusion.text);
	CU_ASSERT_EQUAL(r->conclusion.indication, indication);
	CU_ASSERT_EQUAL(r->conclusion.sub, sub);
	CU_ASSERT_STRING_EQUAL(r->policy, cites);
	request_release(&v.req);
}

static void
refused(const char *user, const char *policy, enum error_kind kind, const char *says)
{
	struct ops_verification v;
	struct error err = ERROR_INIT;

	CU_ASSERT_EQUAL(verify_by(&v, user, policy, &cades, TEXT, &err), -1);
	CU_ASSERT_EQUAL(err.kind, kind);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, says));
	request_release(&v.req);
}

static void
a_request_names_a_policy_or_gets_the_default(void)
{
	expect(NULL, &cades, TEXT, INDICATION_TOTAL_PASSED, SUB_NONE, "signet-strict 1");
	refused("acme/erp", "house", ERROR_NOT_FOUND, "no validation policy house");
	put_policy("house", "{\"constraints\":{\"SignatureTimestamp\":\"fail\"}}", 0);
	expect("house", &cades, TEXT, INDICATION_INDETERMINATE, SUB_SIG_CONSTRAINTS_FAILURE,
	    "house 1");
	expect(NULL, &cades, TEXT, INDICATION_TOTAL_PASSED, SUB_NONE, "signet-strict 1");
	put_policy("house", "{\"constraints\":{\"SignatureTimestamp\":\"warn\"}}", 1);
	expect(NULL, &cades, TEXT, INDICATION_TOTAL_PASSED, SUB_NONE, "house 2");
	expect("signet-strict", &cades, TEXT, INDICATION_TOTAL_PASSED, SUB_NONE, "signet-strict 1");
	/* Another tenant has none of it. */
	refused("rival/erp", "house", ERROR_NOT_FOUND, "no validation policy house");
}

static void
what_revocation_is_known_is_a_matter_of_policy(void)
{
	expect("signet-strict", &revocable, TEXT, INDICATION_INDETERMINATE, SUB_TRY_LATER,
	    "signet-strict 1");
	put_policy("loose",
	    "{\"constraints\":{\"RevocationKnown\":\"warn\",\"RevocationFreshness\":\"ignore\","
	    "\"BaselineCertificateReference\":\"ignore\",\"Scope\":\"ignore\","
	    "\"TrustListFreshness\":\"ignore\",\"SigningTime\":\"ignore\"}}",
	    0);
	expect("loose", &revocable, TEXT, INDICATION_TOTAL_PASSED, SUB_NONE, "loose 1");
}

static void
no_policy_makes_a_broken_signature_pass(void)
{
	struct buf broken = BUF_INIT(0);
	struct error err = ERROR_INIT;

	expect("loose", &cades, OTHER, INDICATION_TOTAL_FAILED, SUB_HASH_FAILURE, "loose 1");
	ASSERT_OK(buf_append_span(&broken, SPAN_OF(&rsa), &err), &err);
	broken.data[broken.len - 10] ^= 1; /* RSA: the value ends the signature */
	expect("loose", &broken, TEXT, INDICATION_TOTAL_FAILED, SUB_SIG_CRYPTO_FAILURE, "loose 1");
	expect("loose", &foreign, TEXT, INDICATION_INDETERMINATE, SUB_NO_CERTIFICATE_CHAIN_FOUND,
	    "loose 1");
	buf_release(&broken);
}

/* Have the signer of a message sign its attributes by SHA-512, where it names SHA-256. */
static void
sign_by_another_digest(struct buf *cms_der)
{
	const struct sig_alg alg = { .key = KEY_EC, .digest = DIGEST_SHA512 };
	struct error err = ERROR_INIT;
	DER_CMS *cms = maker_read(cms_der, &err);
	DER_SIGNER_INFO *signer = maker_signer(cms, 0, &err);
	struct buf attributes = BUF_INIT(0);
	unsigned char *value = NULL;
	size_t len = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(signer);
	ASSERT_OK(claims_as_they_stand(&attributes, signer, &err), &err);
	ASSERT_OK(sig_alg_sign(&alg, pki_key(PKI_P256)->pkey, attributes.data, attributes.len,
		      &value, &len, &err),
	    &err);
	X509_ALGOR_free(signer->signature_algorithm);
	signer->signature_algorithm = X509_ALGOR_new();
	ASSERT_OK(sig_alg_to_x509(&alg, signer->signature_algorithm, &err), &err);
	CU_ASSERT_EQUAL(ASN1_OCTET_STRING_set(signer->signature, value, (int)len), 1);
	ASSERT_OK(maker_set_signer(cms, 0, signer, &err), &err);
	ASSERT_OK(maker_replace(cms_der, cms, &err), &err);
	OPENSSL_free(value);
	DER_SIGNER_INFO_free(signer);
	DER_CMS_free(cms);
	buf_release(&attributes);
}

/* The reader is told by the policy; what is let pass is said, and nothing else passes. */
static void
a_departure_of_form_passes_by_a_policy_that_says_so(void)
{
	struct buf mixed = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct ops_verification v;
	const struct verify_checks *checks;
	size_t i, warned = 0;

	ASSERT_OK(sign(&mixed, PKI_P256, &err), &err);
	sign_by_another_digest(&mixed);
	put_policy("mixed", "{\"constraints\":{\"DigestAgreement\":\"warn\"}}", 0);
	put_policy("other", "{\"constraints\":{\"SignedAttributesEncoding\":\"warn\"}}", 0);
	expect("signet-strict", &mixed, TEXT, INDICATION_TOTAL_FAILED, SUB_FORMAT_FAILURE,
	    "signet-strict 1");
	expect("other", &mixed, TEXT, INDICATION_TOTAL_FAILED, SUB_FORMAT_FAILURE, "other 1");
	expect("mixed", &mixed, OTHER, INDICATION_TOTAL_FAILED, SUB_HASH_FAILURE, "mixed 1");
	expect("mixed", &mixed, TEXT, INDICATION_TOTAL_PASSED, SUB_NONE, "mixed 1");
	ASSERT_OK(verify_by(&v, "acme/erp", "mixed", &mixed, TEXT, &err), &err);
	checks = &v.req.out.verified[0].report.items[0].checks;
	for (i = 0; i < checks->count; i++)
		warned += strcmp(checks->items[i].code, "DigestAgreement") == 0 &&
			  checks->items[i].outcome == CHECK_WARNING;
	CU_ASSERT_EQUAL(warned, 1);
	request_release(&v.req);
	buf_release(&mixed);
}

static void
a_policy_that_was_withdrawn_counts_no_more(void)
{
	put_policy("loose", NULL, 0);
	refused("acme/erp", "loose", ERROR_NOT_FOUND, "withdrawn");
	/* One that is the default fails until another is: nothing is judged by a guess. */
	put_policy("house", NULL, 0);
	refused("acme/erp", NULL, ERROR_UNAVAILABLE, "still the default");
	ops_change("DELETE FROM signet.validation_default");
	expect(NULL, &cades, TEXT, INDICATION_TOTAL_PASSED, SUB_NONE, "signet-strict 1");
	/* What this program does not understand is not applied in part. */
	put_policy("newer", "{\"somethingNewer\":true}", 0);
	refused("acme/erp", "newer", ERROR_UNAVAILABLE, "somethingNewer");
}

static void
a_policy_is_written_once(void)
{
	struct error err = ERROR_INIT;

	CU_ASSERT_EQUAL(postgres_run(ops_database(), "signet_server",
			    "UPDATE signet.validation_policy SET content = '{}'", &err),
	    -1);
	error_clear(&err);
	CU_ASSERT_EQUAL(
	    postgres_run(ops_database(), "postgres", "DELETE FROM signet.validation_policy", &err),
	    -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "written once"));
}

/* ---- ValidateCertificate and VerifyTimestamp ---- */

static struct request
validation(struct buf *der, const char *policy)
{
	struct error err = ERROR_INIT;
	struct request req;

	der->len = 0;
	ASSERT_OK(OSSL_APPEND_DER(X509, pki_cert(PKI_P256), der, &err), &err);
	ops_request(&req, OP_VALIDATE_CERTIFICATE, "acme/erp");
	req.in.certificate = SPAN_OF(der);
	req.in.purpose = PATH_SIGNING;
	req.in.validation_policy = policy;
	return req;
}

static void
assert_certificate(struct request *req, enum sub_indication sub, const char *cites)
{
	struct error err = ERROR_INIT;

	ASSERT_OK(ops_serve(req, &(struct ops_bodies){ 0 }, &err), &err);
	CU_ASSERT_EQUAL(req->out.certificate_report->conclusion.sub, sub);
	CU_ASSERT_STRING_EQUAL(req->out.certificate_report->policy, cites);
	CU_ASSERT_PTR_NOT_NULL(strstr(req->out.certificate_report->snapshot, "sha256:"));
	request_release(req);
}

static void
certificate_policies_come_from_the_request_and_from_the_policy(void)
{
	static const char *const wanted[] = { "1.3.6.1.4.1.99999.7" };
	static const char *const odd[] = { "not an identifier" };
	struct buf der = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct request req;

	req = validation(&der, NULL);
	assert_certificate(&req, SUB_NONE, "signet-strict 1");
	req = validation(&der, NULL);
	req.in.policies = wanted;
	req.in.policy_count = 1;
	assert_certificate(&req, SUB_NONE, "signet-strict 1"); /* wanted, but not required */
	req = validation(&der, NULL);
	req.in.policies = wanted;
	req.in.policy_count = 1;
	req.in.explicit_policy = 1;
	assert_certificate(&req, SUB_CHAIN_CONSTRAINTS_FAILURE, "signet-strict 1");
	put_policy("explicit", "{\"explicitPolicy\":true}", 0);
	req = validation(&der, "explicit");
	assert_certificate(&req, SUB_CHAIN_CONSTRAINTS_FAILURE, "explicit 1");
	req = validation(&der, NULL);
	req.in.policies = odd;
	req.in.policy_count = 1;
	CU_ASSERT_EQUAL(ops_serve(&req, &(struct ops_bodies){ 0 }, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "not an identifier"));
	request_release(&req);
	error_clear(&err);
	req = validation(&der, "nowhere");
	CU_ASSERT_EQUAL(ops_serve(&req, &(struct ops_bodies){ 0 }, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
	request_release(&req);
	buf_release(&der);
}

static struct request
token_request(const struct buf *token, const struct document_digest *digest, const char *policy)
{
	struct request req;

	ops_request(&req, OP_VERIFY_TIMESTAMP, "acme/erp");
	req.in.token = SPAN_OF(token);
	req.in.digests = digest;
	req.in.digest_count = 1;
	req.in.validation_policy = policy;
	return req;
}

static void
a_time_stamp_is_judged_by_the_named_policy_and_time(void)
{
	const struct test_tsa tsa = { .id = PKI_TSA, .time = PKI_NOW - 60 };
	unsigned char value[32] = { 1, 2, 3 };
	const struct document_digest digest = { .method = DIGEST_SHA256, .value = { value, 32 } };
	struct buf token = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct request req;

	test_token(&token, &tsa, DIGEST_SHA256, value);
	req = token_request(&token, &digest, NULL);
	ASSERT_OK(ops_serve(&req, &(struct ops_bodies){ 0 }, &err), &err);
	CU_ASSERT_EQUAL(req.out.timestamp_report->conclusion.indication, INDICATION_TOTAL_PASSED);
	CU_ASSERT_STRING_EQUAL(req.out.cited.policy, "signet-strict 1");
	CU_ASSERT_PTR_NOT_NULL(strstr(req.out.cited.snapshot, "sha256:"));
	request_release(&req);
	req = token_request(&token, &digest, NULL);
	req.in.has_validation_time = 1;
	req.in.validation_time = PKI_NOW - 120; /* before it was made */
	ASSERT_OK(ops_serve(&req, &(struct ops_bodies){ 0 }, &err), &err);
	CU_ASSERT_EQUAL(req.out.timestamp_report->conclusion.sub, SUB_SIG_CONSTRAINTS_FAILURE);
	request_release(&req);
	req = token_request(&token, &digest, "nowhere");
	CU_ASSERT_EQUAL(ops_serve(&req, &(struct ops_bodies){ 0 }, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
	request_release(&req);
	buf_release(&token);
}

/* ---- the tenant's snapshot ---- */

static void
snapshot_of(char out[96], const struct buf *cms, enum indication *indication)
{
	struct ops_verification v;
	struct error err = ERROR_INIT;

	ASSERT_OK(verify_by(&v, "acme/erp", NULL, cms, TEXT, &err), &err);
	snprintf(out, 96, "%s", v.req.out.verified[0].report.snapshot);
	*indication = v.req.out.verified[0].report.conclusion.indication;
	request_release(&v.req);
}

/* S2-29: verdicts follow the anchors at once, and cite a snapshot that holds just these. */
static void
own_certificates_make_snapshots_that_verdicts_cite(void)
{
	char first[96], disabled[96], again[96];
	enum indication indication;

	snapshot_of(first, &cades, &indication);
	CU_ASSERT_EQUAL(indication, INDICATION_TOTAL_PASSED);
	CU_ASSERT_PTR_NOT_NULL(strstr(first, "sha256:"));
	ops_change("UPDATE signet.trust_anchor SET state = 'disabled' WHERE tenant_id ="
		   " (SELECT id FROM signet.tenant WHERE name = 'acme')");
	snapshot_of(disabled, &cades, &indication);
	CU_ASSERT_EQUAL(indication, INDICATION_INDETERMINATE);
	CU_ASSERT_STRING_NOT_EQUAL(first, disabled);
	ops_change("UPDATE signet.trust_anchor SET state = 'active' WHERE tenant_id ="
		   " (SELECT id FROM signet.tenant WHERE name = 'acme')");
	snapshot_of(again, &cades, &indication);
	CU_ASSERT_EQUAL(indication, INDICATION_TOTAL_PASSED);
	/* The same content, under a new number: nothing that was cited is taken back. */
	CU_ASSERT_EQUAL(strncmp(first, again, strlen("sha256:0123456789ab")), 0);
	CU_ASSERT_STRING_NOT_EQUAL(first, again);
}

/* S2-27, S2-28 */
static void
chosen_trust_centres_count(void)
{
	struct trust_source_new source = { .name = "DE", .kind = "list", .territory = "DE" };
	struct trust_import import = {
		.tenant = &acme, .source = "DE", .by = "test", .time = PKI_NOW
	};
	struct trust_import_result result;
	struct buf xml = BUF_INIT(0), der = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct test_list l;
	struct span pin;
	int32_t number;

	expect(NULL, &foreign, TEXT, INDICATION_INDETERMINATE, SUB_NO_CERTIFICATE_CHAIN_FOUND,
	    "signet-strict 1");
	ASSERT_OK(OSSL_APPEND_DER(X509, pki_cert(PKI_P256), &der, &err), &err);
	pin = SPAN_OF(&der);
	uuid_random(&source.id);
	source.signers = &pin;
	source.signer_count = 1;
	ASSERT_OK(store_trust_source_add(db, &acme, &source, &err), &err);
	ASSERT_OK(store_trust_choose(db, &acme, &source.id, "Beta Trust", &err), &err);
	test_list_init(&l);
	l.instances[4].start = PKI_NOW - 60; /* deprecated since a minute ago */
	test_list_make(&l, PKI_P384, &xml);
	import.list = SPAN_OF(&xml);
	ASSERT_OK(trust_import(db, &import, &result, &err), &err);
	CU_ASSERT_EQUAL(result.verdict, TRUST_LIST_STRANGER);
	expect(NULL, &foreign, TEXT, INDICATION_INDETERMINATE, SUB_NO_CERTIFICATE_CHAIN_FOUND,
	    "signet-strict 1");
	test_list_make(&l, PKI_P256, &xml);
	import.list = SPAN_OF(&xml);
	ASSERT_OK(trust_import(db, &import, &result, &err), &err);
	CU_ASSERT_EQUAL(result.verdict, TRUST_LIST_ACCEPTED);
	CU_ASSERT_EQUAL(result.snapshots, 1);
	ops_change("UPDATE signet.trust_source SET url = 'https://tl.example/' WHERE name = 'DE'");
	expect(NULL, &foreign, TEXT, INDICATION_INDETERMINATE,
	    SUB_NO_CERTIFICATE_CHAIN_FOUND_NO_POE, "signet-strict 1");
	/* Own CAs count beside them, other tenants have nothing of it. */
	expect(NULL, &cades, TEXT, INDICATION_TOTAL_PASSED, SUB_NONE, "signet-strict 1");
	/* The next list: granted again. */
	l.scheme.sequence++;
	l.instances[4].status = trust_status_uri("recognisedatnationallevel");
	test_list_make(&l, PKI_P256, &xml);
	import.list = SPAN_OF(&xml);
	ASSERT_OK(trust_import(db, &import, &result, &err), &err);
	CU_ASSERT_EQUAL(result.verdict, TRUST_LIST_ACCEPTED);
	ops_change("UPDATE signet.trust_source SET url = NULL WHERE name = 'DE'");
	expect(NULL, &foreign, TEXT, INDICATION_TOTAL_PASSED, SUB_NONE, "signet-strict 1");
	/* Let go. */
	ASSERT_OK(store_trust_let_go(db, &acme, &source.id, "Beta Trust", &err), &err);
	CU_ASSERT_EQUAL(trust_refresh(db, &acme, "let go", "test", &number, &err), 1);
	ops_change("UPDATE signet.trust_source SET url = 'https://tl.example/' WHERE name = 'DE'");
	expect(NULL, &foreign, TEXT, INDICATION_INDETERMINATE, SUB_NO_CERTIFICATE_CHAIN_FOUND,
	    "signet-strict 1");
	buf_release(&xml);
	buf_release(&der);
	test_list_release(&l);
}

static const struct test tests[] = { TEST(a_policy_is_read_into_constraints),
	TEST(what_no_policy_may_say_is_refused), TEST(a_request_names_a_policy_or_gets_the_default),
	TEST(what_revocation_is_known_is_a_matter_of_policy),
	TEST(no_policy_makes_a_broken_signature_pass),
	TEST(a_departure_of_form_passes_by_a_policy_that_says_so),
	TEST(a_policy_that_was_withdrawn_counts_no_more), TEST(a_policy_is_written_once),
	TEST(certificate_policies_come_from_the_request_and_from_the_policy),
	TEST(a_time_stamp_is_judged_by_the_named_policy_and_time),
	TEST(own_certificates_make_snapshots_that_verdicts_cite), TEST(chosen_trust_centres_count),
	TEST_END };
const struct suite suite_server_ops_trust_policy = { "server/ops/trust/policy", setup, teardown,
	tests };
