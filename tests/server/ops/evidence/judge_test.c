/*
 * S2-30, the fetching half: a verdict that lacks validation data gets them by itself, from servers
 * that answer well, wrongly or not at all.
 */
#include <openssl/ocsp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/clock.h"
#include "server/base/text.h"
#include "server/ops/evidence/gather.h"
#include "signing/core/ossl.h"
#include "signing/format/cms/cms_sign.h"
#include "signing/x509/cert.h"
#include "tests/support/ldap_stub.h"
#include "tests/support/ops_world.h"
#include "tests/support/postgres.h"
#include "tests/support/status_server.h"
#include "tests/support/suite.h"
#include "tests/support/tsa.h"

#define TEXT "An invoice over 1,000 euros."

static struct status_server ca;

/* ---- a signer under the trusted CA, with addresses, and a document by him ---- */

struct signer {
	X509 *cert;
	struct buf cms;
};

static struct limits
fetching(void)
{
	struct limits limits = ops_limits();
	struct error err = ERROR_INIT;

	limits.fetch = (struct fetch_limits){ .is_on = 1,
		.connect_ms = 2000,
		.seconds = 2,
		.retry_seconds = 0,
		.keep_seconds = 43200,
		.fetches = 10,
		.bytes = 64 << 20,
		.cache_bytes = 1 << 30 };
	guard_allow(&limits.fetch.guard, "127.0.0.1", &err);
	return limits;
}

static void
set_limits(const struct limits *limits)
{
	struct error err = ERROR_INIT;

	ASSERT_OK(engine_set_limits(ops_engine(), limits, &err), &err);
}

static int
setup(void)
{
	struct error err = ERROR_INIT;
	struct limits limits = fetching();

	if (ops_world_make() != 0)
		return -1;
	ops_tenant("acme", NULL, 0);
	status_server_start(&ca);
	return engine_set_limits(ops_engine(), &limits, &err);
}

static int
teardown(void)
{
	status_server_end(&ca);
	return ops_world_end();
}

static void
sign_by(struct signer *s, X509 *cert, EVP_PKEY *key)
{
	const struct sign_options options = { .signing_time = PKI_NOW - 3600, .claim_time = 1 };
	const struct document text = { .content = span_str(TEXT), .has_content = 1 };
	const struct sign_key by = { .cert = cert, .pkey = key, .name = "signer" };
	struct error err = ERROR_INIT;

	s->cert = cert;
	buf_init(&s->cms, 0);
	ASSERT_OK(cms_sign(&s->cms, &text, CMS_PROFILE_CADES, &by, &options, &err), &err);
}

/* Addresses by the names of doors, NULL: none; a serial number of his own each time. */
static void
signer_make(struct signer *s, const char *crl, const char *ocsp)
{
	struct issue_request r = pki_request(PKI_REVOCABLE);
	char crl_url[100], ocsp_url[100];

	snprintf(crl_url, sizeof(crl_url), "%s%s", ca.stub.url, crl != NULL ? crl : "");
	snprintf(ocsp_url, sizeof(ocsp_url), "%s%s", ca.stub.url, ocsp != NULL ? ocsp : "");
	r.key = pki_key(PKI_REVOCABLE)->pkey;
	r.crl_url = crl != NULL ? crl_url : NULL;
	r.ocsp_url = ocsp != NULL ? ocsp_url : NULL;
	sign_by(s, pki_issue(&r, PKI_INTERMEDIATE), pki_key(PKI_REVOCABLE)->pkey);
}

static void
signer_drop(struct signer *s)
{
	X509_free(s->cert);
	buf_release(&s->cms);
}

static struct status_ocsp
answer_about(const struct signer *s)
{
	struct status_ocsp in = status_ocsp_of(PKI_REVOCABLE, PKI_INTERMEDIATE);

	in.cert = s->cert;
	return in;
}

/* ---- expectations ---- */

static int
tells(const struct verify_checks *checks, const char *says)
{
	size_t i;

	for (i = 0; i < checks->count; i++)
		if (strstr(checks->items[i].text, says) != NULL)
			return 1;
	return 0;
}

static void
expect(int line, const struct signer *s, enum indication indication, enum sub_indication sub,
    const char *says)
{
	struct error err = ERROR_INIT;
	struct ops_verification v;
	struct verified_document *d;

	ASSERT_OK(ops_verify(&v, "acme/erp", SPAN_OF(&s->cms), span_str(TEXT), &err), &err);
	d = &v.req.out.verified[0];
	CU_ASSERT_EQUAL_FATAL(d->report.count, 1);
	if (d->report.conclusion.indication != indication || d->report.conclusion.sub != sub ||
	    (says != NULL && !tells(&d->report.items[0].checks, says))) {
		size_t i;

		fprintf(stderr, "line %d: %s: %s\n", line, sub_indication_name(sub),
		    d->report.conclusion.text);
		for (i = 0; i < d->report.items[0].checks.count; i++)
			fprintf(stderr, "  %s\n", d->report.items[0].checks.items[i].text);
		CU_FAIL("another verdict");
	}
	request_release(&v.req);
	CU_PASS("judged");
}
#define PASSES(s)      expect(__LINE__, (s), INDICATION_TOTAL_PASSED, SUB_NONE, NULL)
#define WAITS(s, says) expect(__LINE__, (s), INDICATION_INDETERMINATE, SUB_TRY_LATER, (says))

/* ---- what servers say ---- */

static void
s2_30_a_crl_that_is_fetched_makes_the_verdict(void)
{
	struct status_crl list = status_crl_of(PKI_INTERMEDIATE);
	struct signer s;

	signer_make(&s, "good.crl", NULL);
	status_server_crl(&ca, "good.crl", &list);
	PASSES(&s);
	CU_ASSERT_EQUAL(status_server_asked(&ca, "good.crl"), 1);
	PASSES(&s); /* kept */
	CU_ASSERT_EQUAL(status_server_asked(&ca, "good.crl"), 1);
	signer_drop(&s);
}

static void
s2_30_a_certificate_on_the_list_is_revoked(void)
{
	struct status_crl list = status_crl_of(PKI_INTERMEDIATE);
	struct status_entry entry = { .at = PKI_NOW - 9 * PKI_DAY, .reason = CRL_KEY_COMPROMISE };
	struct signer s, t;

	signer_make(&s, "revoked.crl", NULL);
	signer_make(&t, "hold.crl", NULL);
	entry.cert = s.cert;
	list.entries = &entry;
	list.count = 1;
	status_server_crl(&ca, "revoked.crl", &list);
	expect(__LINE__, &s, INDICATION_INDETERMINATE, SUB_REVOKED_NO_POE, "was revoked on");
	entry.cert = t.cert;
	entry.reason = CRL_CERTIFICATE_HOLD;
	status_server_crl(&ca, "hold.crl", &list);
	WAITS(&t, "is on hold");
	signer_drop(&s);
	signer_drop(&t);
}

static void
s2_30_a_responder_is_asked_before_a_list(void)
{
	struct status_crl list = status_crl_of(PKI_INTERMEDIATE);
	struct status_ocsp answer;
	struct signer s;

	signer_make(&s, "second.crl", "first");
	answer = answer_about(&s);
	status_server_crl(&ca, "second.crl", &list);
	status_server_ocsp(&ca, "first", &answer);
	PASSES(&s);
	CU_ASSERT_EQUAL(status_server_asked(&ca, "first"), 1);
	CU_ASSERT_EQUAL(status_server_asked(&ca, "second.crl"), 0);
	signer_drop(&s);
	signer_make(&s, NULL, "revokes");
	answer = answer_about(&s);
	answer.status = V_OCSP_CERTSTATUS_REVOKED;
	answer.revoked_at = PKI_NOW - PKI_DAY;
	status_server_ocsp(&ca, "revokes", &answer);
	expect(__LINE__, &s, INDICATION_INDETERMINATE, SUB_REVOKED_NO_POE, "was revoked on");
	signer_drop(&s);
}

static void
an_answer_without_an_end_is_asked_for_each_time(void)
{
	struct status_ocsp answer;
	struct signer s;

	signer_make(&s, NULL, "live");
	answer = answer_about(&s);
	answer.next_update = 0;
	answer.this_update = answer.produced_at = PKI_NOW - 10;
	status_server_ocsp(&ca, "live", &answer);
	PASSES(&s);
	answer.status = V_OCSP_CERTSTATUS_REVOKED;
	answer.revoked_at = PKI_NOW - 20;
	status_server_ocsp(&ca, "live", &answer);
	expect(__LINE__, &s, INDICATION_INDETERMINATE, SUB_REVOKED_NO_POE, "was revoked on");
	CU_ASSERT_EQUAL(status_server_asked(&ca, "live"), 2);
	signer_drop(&s);
}

static void
what_a_server_did_wrong_is_told_with_its_address(void)
{
	struct status_crl list = status_crl_of(PKI_INTERMEDIATE);
	struct status_door *door;
	struct signer s;

	signer_make(&s, "bad.crl", NULL);
	WAITS(&s, "bad.crl answered 404");
	door = status_server_door(&ca, "bad.crl");
	ASSERT_OK(buf_append_str(&door->body, "<html>no</html>", NULL), &(struct error){ 0 });
	WAITS(&s, "bad.crl answered with what cannot be used");
	status_server_door(&ca, "bad.crl")->status = 503;
	WAITS(&s, "bad.crl answered 503");
	status_server_door(&ca, "bad.crl")->filler = CRL_BYTES_MAX + 1;
	WAITS(&s, "bad.crl answered with more than 67108864 bytes");
	list.next_update = PKI_NOW - 60;
	status_server_crl(&ca, "bad.crl", &list);
	WAITS(&s, "bad.crl answered with an outdated CRL");
	list = status_crl_of(PKI_OTHER_ROOT);
	status_server_crl(&ca, "bad.crl", &list);
	WAITS(&s, "bad.crl answered with a CRL that the certificate's issuer did not sign");
	list = status_crl_of(PKI_INTERMEDIATE);
	list.key = pki_key(PKI_OTHER_ROOT)->pkey; /* a forgery in the CA's name */
	status_server_crl(&ca, "bad.crl", &list);
	WAITS(&s, "bad.crl answered with a CRL that the certificate's issuer did not sign");
	list = status_crl_of(PKI_INTERMEDIATE);
	status_server_crl(&ca, "bad.crl", &list);
	PASSES(&s); /* none of that was kept */
	signer_drop(&s);
}

static void
a_responder_that_lies_gives_no_verdict(void)
{
	struct status_door *door;
	struct status_ocsp answer;
	struct signer s, other;

	signer_make(&s, NULL, "liar");
	signer_make(&other, NULL, "liar");
	answer = answer_about(&other);
	status_server_ocsp(&ca, "liar", &answer);
	WAITS(&s, "liar answered about another certificate");
	answer = answer_about(&s);
	status_server_ocsp(&ca, "liar", &answer)->wrong_nonce = 1;
	WAITS(&s, "liar answered another question: the nonce is not ours");
	answer.signer = pki_cert(PKI_OTHER_ROOT);
	answer.key = pki_key(PKI_OTHER_ROOT)->pkey;
	status_server_ocsp(&ca, "liar", &answer);
	WAITS(&s, "liar answered with a signature by neither");
	answer = answer_about(&s);
	answer.status = V_OCSP_CERTSTATUS_UNKNOWN;
	status_server_ocsp(&ca, "liar", &answer);
	WAITS(&s, "liar answered that it does not know the certificate");
	answer = answer_about(&s);
	answer.next_update = PKI_NOW - 1;
	status_server_ocsp(&ca, "liar", &answer);
	WAITS(&s, "liar answered with an outdated answer");
	door = status_server_door(&ca, "liar");
	door->is_silent = 1;
	WAITS(&s, "liar did not answer: a remote server did not answer in time");
	answer = answer_about(&s);
	status_server_ocsp(&ca, "liar", &answer)->without_nonce = 1; /* made beforehand: allowed */
	PASSES(&s);
	signer_drop(&s);
	signer_drop(&other);
}

static void
where_one_fails_the_next_is_asked(void)
{
	struct status_crl list = status_crl_of(PKI_INTERMEDIATE);
	struct signer s;

	signer_make(&s, "fallback.crl", "nobody");
	status_server_crl(&ca, "fallback.crl", &list);
	PASSES(&s);
	CU_ASSERT_EQUAL(status_server_asked(&ca, "fallback.crl"), 1);
	signer_drop(&s);
}

/* Two addresses in one distribution point, and two points. */
static void
every_address_of_a_list_is_tried(void)
{
	struct status_crl list = status_crl_of(PKI_INTERMEDIATE);
	struct issue_request r = pki_request(PKI_REVOCABLE);
	struct signer s;
	char conf[400];
	X509 *cert;

	r.key = pki_key(PKI_REVOCABLE)->pkey;
	r.crl_url = "http://pki.example/crl";
	r.ocsp_url = NULL;
	cert = pki_issue(&r, PKI_INTERMEDIATE);
	snprintf(conf, sizeof(conf),
	    "value=one,URI:%sthird.crl\n[one]\nfullname=URI:%sno1,URI:%sno2", ca.stub.url,
	    ca.stub.url, ca.stub.url);
	sign_by(&s, status_with_ext(cert, PKI_INTERMEDIATE, NID_crl_distribution_points, 0, conf),
	    pki_key(PKI_REVOCABLE)->pkey);
	X509_free(cert);
	status_server_crl(&ca, "third.crl", &list);
	PASSES(&s);
	CU_ASSERT_EQUAL(status_server_asked(&ca, "third.crl"), 1);
	signer_drop(&s);
}

static void
addresses_that_the_administrator_gave_with_an_anchor_count(void)
{
	struct status_crl list = status_crl_of(PKI_INTERMEDIATE);
	struct signer s;
	char sql[300];

	signer_make(&s, "missing.crl", NULL);
	WAITS(&s, "missing.crl answered 404");
	status_server_crl(&ca, "anchor.crl", &list);
	snprintf(sql, sizeof(sql),
	    "UPDATE signet.trust_anchor SET crl_urls = '{%sanchor.crl}' WHERE name = 'issuing'",
	    ca.stub.url);
	ops_change(sql);
	PASSES(&s);
	ops_change("UPDATE signet.trust_anchor SET crl_urls = '{}' WHERE name = 'issuing'");
	signer_drop(&s);
}

/* A signer whose certificate says that his CA's list is in a directory, and that list. */
static void
signer_in_directory(
    struct signer *s, struct ldap_stub *ldap, struct status_crl *list, int is_listed)
{
	struct issue_request r = pki_request(PKI_REVOCABLE);
	struct status_entry entry = { .at = PKI_NOW - 9 * PKI_DAY, .reason = CRL_KEY_COMPROMISE };
	struct buf crl, found = BUF_INIT(0);

	/* The address is in the certificate, which is on the list: the port is chosen first. */
	ldap_stub_listen(ldap);
	r.key = pki_key(PKI_REVOCABLE)->pkey;
	r.crl_url = ldap->url;
	r.ocsp_url = NULL;
	sign_by(s, pki_issue(&r, PKI_INTERMEDIATE), pki_key(PKI_REVOCABLE)->pkey);
	entry.cert = s->cert;
	list->entries = is_listed ? &entry : NULL;
	list->count = (size_t)is_listed;
	crl = status_crl_make(list);
	ldap_stub_found(&found, SPAN_OF(&crl));
	ldap_stub_serve(ldap, SPAN_OF(&found));
	buf_release(&found);
	buf_release(&crl);
}

static void
s2_30_a_list_in_an_ldap_directory_makes_the_verdict(void)
{
	struct status_crl list = status_crl_of(PKI_INTERMEDIATE);
	struct status_crl strange = status_crl_of(PKI_OTHER_ROOT);
	struct ldap_stub ldap;
	struct signer s;

	signer_in_directory(&s, &ldap, &list, 0);
	PASSES(&s);
	PASSES(&s); /* kept: the directory answers one search */
	CU_ASSERT_EQUAL(ldap.searches, 1);
	ldap_stub_end(&ldap);
	signer_drop(&s);
	signer_in_directory(&s, &ldap, &list, 1);
	expect(__LINE__, &s, INDICATION_INDETERMINATE, SUB_REVOKED_NO_POE, "was revoked on");
	ldap_stub_end(&ldap);
	signer_drop(&s);
	/* Another CA's list says nothing of this signer. */
	signer_in_directory(&s, &ldap, &strange, 0);
	WAITS(&s, NULL);
	CU_ASSERT_EQUAL(ldap.searches, 1);
	ldap_stub_end(&ldap);
	signer_drop(&s);
}

/* ---- deltas ---- */

static void
s2_30_a_delta_is_fetched_with_its_list(void)
{
	struct status_crl list = status_crl_of(PKI_INTERMEDIATE), delta = list;
	struct issue_request r = pki_request(PKI_REVOCABLE);
	struct status_entry entry = { .at = PKI_NOW - 100, .reason = CRL_KEY_COMPROMISE };
	struct signer s;
	char crl_url[100], conf[200];
	X509 *cert;

	snprintf(crl_url, sizeof(crl_url), "%sbase.crl", ca.stub.url);
	snprintf(conf, sizeof(conf), "value=URI:%sdelta.crl", ca.stub.url);
	r.key = pki_key(PKI_REVOCABLE)->pkey;
	r.crl_url = crl_url;
	r.ocsp_url = NULL;
	cert = pki_issue(&r, PKI_INTERMEDIATE);
	sign_by(&s, status_with_ext(cert, PKI_INTERMEDIATE, NID_freshest_crl, 0, conf),
	    pki_key(PKI_REVOCABLE)->pkey);
	X509_free(cert);
	status_server_crl(&ca, "base.crl", &list);
	PASSES(&s); /* a delta that cannot be had does no harm */
	entry.cert = s.cert;
	delta.base = 5;
	delta.number = 6;
	delta.this_update = PKI_NOW - 60;
	delta.entries = &entry;
	delta.count = 1;
	status_server_crl(&ca, "delta.crl", &delta);
	expect(__LINE__, &s, INDICATION_INDETERMINATE, SUB_REVOKED_NO_POE, "was revoked on");
	signer_drop(&s);
}

/* ---- issuers ---- */

struct sub_ca {
	X509 *cert;
	EVP_PKEY *key;
};

static X509 *
issue(const struct issue_request *r, const struct sub_ca *by)
{
	const struct issuer issuer = { by->cert, by->key };
	struct error err = ERROR_INIT;
	X509 *cert = NULL;

	ASSERT_OK(issue_certificate(&cert, r, &issuer, &err), &err);
	return cert;
}

/* A CA under the trusted one, and a signer who names where its certificate is. */
static struct sub_ca
make_sub_ca(const char *name, const char *crl_url)
{
	struct issue_request r = pki_request(PKI_INTERMEDIATE);
	struct sub_ca sub;

	r.common_name = name;
	r.key = sub.key = pki_key(PKI_P384)->pkey;
	r.crl_url = crl_url;
	r.ca_path_length = 0;
	r.not_before = PKI_NOW - 400 * PKI_DAY;
	r.not_after = PKI_NOW + 400 * PKI_DAY;
	sub.cert = pki_issue(&r, PKI_ROOT);
	return sub;
}

static void
s2_30_an_issuer_is_fetched_and_then_what_it_takes(void)
{
	struct status_crl of_root = status_crl_of(PKI_ROOT);
	struct issue_request r = pki_request(PKI_REVOCABLE);
	struct status_ocsp answer;
	char url[100], ocsp[100], aia[100];
	struct sub_ca sub;
	struct signer s;

	snprintf(url, sizeof(url), "%sroot.crl", ca.stub.url);
	snprintf(ocsp, sizeof(ocsp), "%ssub-ocsp", ca.stub.url);
	snprintf(aia, sizeof(aia), "%ssub.cer", ca.stub.url);
	sub = make_sub_ca("Sub CA", url);
	r.key = pki_key(PKI_REVOCABLE)->pkey;
	r.crl_url = NULL;
	r.ocsp_url = ocsp;
	r.issuer_url = aia;
	sign_by(&s, issue(&r, &sub), pki_key(PKI_REVOCABLE)->pkey);
	expect(__LINE__, &s, INDICATION_INDETERMINATE, SUB_NO_CERTIFICATE_CHAIN_FOUND,
	    "sub.cer answered 404");
	status_server_cert(&ca, "sub.cer", sub.cert);
	status_server_crl(&ca, "root.crl", &of_root);
	answer = answer_about(&s);
	answer.issuer = answer.signer = sub.cert;
	answer.key = sub.key;
	status_server_ocsp(&ca, "sub-ocsp", &answer);
	PASSES(&s);
	CU_ASSERT_EQUAL(status_server_asked(&ca, "root.crl"), 1);
	PASSES(&s);
	CU_ASSERT_EQUAL(status_server_asked(&ca, "sub.cer"), 1); /* kept */
	signer_drop(&s);
	X509_free(sub.cert);
}

/*
 * The document brings a path to an anchor that has expired; the signer's certificate says where
 * another certificate of its issuer is, under an anchor that counts.
 */
static void
s2_30_where_a_path_ends_at_an_expired_anchor_another_is_looked_for(void)
{
	struct status_crl of_root = status_crl_of(PKI_ROOT);
	struct issue_request r = pki_request(PKI_REVOCABLE), root = pki_request(PKI_ROOT);
	struct issue_request mid = pki_request(PKI_INTERMEDIATE);
	const struct sign_options options = {
		.signing_time = PKI_NOW - 3600, .claim_time = 1, .include_chain = 1
	};
	const struct document text = { .content = span_str(TEXT), .has_content = 1 };
	struct sign_key by = { .pkey = pki_key(PKI_REVOCABLE)->pkey, .name = "signer" };
	struct sub_ca old_root = { .key = pki_key(PKI_P521)->pkey }, other;
	char url[100], aia[100], sql[8192], *hex;
	struct error err = ERROR_INIT;
	struct buf der = BUF_INIT(0);
	struct signer s;

	root.common_name = "Old Root";
	root.key = old_root.key;
	root.not_before = PKI_NOW - 800 * PKI_DAY;
	root.not_after = PKI_NOW - 30 * PKI_DAY;
	ASSERT_OK(issue_certificate(&old_root.cert, &root, NULL, &err), &err);
	snprintf(url, sizeof(url), "%scross-root.crl", ca.stub.url);
	snprintf(aia, sizeof(aia), "%smid.cer", ca.stub.url);
	other = make_sub_ca("Mid CA", url);
	mid.common_name = "Mid CA";
	mid.key = other.key;
	mid.crl_url = mid.ocsp_url = NULL;
	mid.ca_path_length = 0;
	mid.not_before = PKI_NOW - 400 * PKI_DAY;
	mid.not_after = root.not_after;
	r.key = by.pkey;
	r.crl_url = r.ocsp_url = NULL;
	r.issuer_url = aia;
	s.cert = by.cert = issue(&r, &other);
	by.chain = sk_X509_new_null();
	sk_X509_push(by.chain, issue(&mid, &old_root));
	buf_init(&s.cms, 0);
	ASSERT_OK(cms_sign(&s.cms, &text, CMS_PROFILE_CADES, &by, &options, &err), &err);
	ASSERT_OK(OSSL_APPEND_DER(X509, old_root.cert, &der, &err), &err);
	hex = malloc(2 * der.len + 1);
	snprintf(sql, sizeof(sql),
	    "INSERT INTO signet.trust_anchor (id, tenant_id, name, certificate, usage) SELECT"
	    " gen_random_uuid(), id, 'old', decode('%s', 'hex'), '{Signing}' FROM signet.tenant"
	    " WHERE name = 'acme'",
	    text_hex(hex, der.data, der.len));
	ops_change(sql);
	expect(__LINE__, &s, INDICATION_INDETERMINATE, SUB_OUT_OF_BOUNDS_NO_POE,
	    "mid.cer answered 404");
	status_server_cert(&ca, "mid.cer", other.cert);
	status_server_crl(&ca, "cross-root.crl", &of_root);
	PASSES(&s);
	CU_ASSERT_EQUAL(status_server_asked(&ca, "cross-root.crl"), 1);
	ops_change("UPDATE signet.trust_anchor SET state = 'disabled' WHERE name = 'old'");
	free(hex);
	buf_release(&der);
	sk_X509_pop_free(by.chain, X509_free);
	signer_drop(&s);
	X509_free(old_root.cert);
	X509_free(other.cert);
}

static void
issuers_that_lead_in_a_circle_come_to_an_end(void)
{
	struct issue_request r = pki_request(PKI_REVOCABLE);
	struct issue_request loop = pki_request(PKI_INTERMEDIATE);
	struct sub_ca stranger = { pki_cert(PKI_OTHER_ROOT), pki_key(PKI_OTHER_ROOT)->pkey };
	struct sub_ca sub;
	char aia[100];
	unsigned int before;
	struct signer s;

	snprintf(aia, sizeof(aia), "%sloop.cer", ca.stub.url);
	loop.common_name = "Loop CA";
	loop.ca_path_length = 0;
	loop.key = sub.key = pki_key(PKI_P521)->pkey;
	loop.issuer_url = aia; /* its issuer is said to be where it is itself */
	sub.cert = issue(&loop, &stranger);
	r.key = pki_key(PKI_REVOCABLE)->pkey;
	r.issuer_url = aia;
	sign_by(&s, issue(&r, &sub), pki_key(PKI_REVOCABLE)->pkey);
	status_server_cert(&ca, "loop.cer", sub.cert);
	before = status_server_total(&ca);
	expect(__LINE__, &s, INDICATION_INDETERMINATE, SUB_NO_CERTIFICATE_CHAIN_FOUND, NULL);
	CU_ASSERT_EQUAL(status_server_total(&ca) - before, 1);
	signer_drop(&s);
	X509_free(sub.cert);
}

/* ---- no request is forged through this server ---- */

static void
nothing_is_dialled_that_documents_may_not_lead_to(void)
{
	struct status_crl list = status_crl_of(PKI_INTERMEDIATE);
	struct limits limits = fetching();
	struct status_server inner;
	struct status_door *door;
	struct signer s;

	status_server_start_at(&inner, "127.0.0.2");
	status_server_crl(&inner, "secret", &list);
	signer_make(&s, "redirect.crl", NULL);
	door = status_server_door(&ca, "redirect.crl");
	door->status = 302;
	snprintf(door->location, sizeof(door->location), "%ssecret", inner.stub.url);
	WAITS(&s, "lies in a network that documents may not lead to");
	door = status_server_door(&ca, "redirect.crl");
	door->status = 302;
	snprintf(door->location, sizeof(door->location), "file:///etc/passwd");
	WAITS(&s, "of a kind that is not followed");
	CU_ASSERT_EQUAL(status_server_total(&inner), 0);
	/* And where the administrator allowed it, it is followed. */
	door = status_server_door(&ca, "redirect.crl");
	door->status = 302;
	snprintf(door->location, sizeof(door->location), "%ssecret", inner.stub.url);
	guard_allow(&limits.fetch.guard, "127.0.0.2", NULL);
	set_limits(&limits);
	PASSES(&s);
	CU_ASSERT_EQUAL(status_server_total(&inner), 1);
	limits = fetching();
	limits.fetch.guard.count = 0;
	set_limits(&limits);
	signer_drop(&s);
	signer_make(&s, "guarded.crl", NULL);
	status_server_crl(&ca, "guarded.crl", &list);
	WAITS(&s, "lies in a network that documents may not lead to");
	CU_ASSERT_EQUAL(status_server_asked(&ca, "guarded.crl"), 0);
	limits = fetching();
	set_limits(&limits);
	PASSES(&s);
	status_server_end(&inner);
	signer_drop(&s);
}

/* ---- limits ---- */

static void
a_request_fetches_no_more_than_its_limit(void)
{
	struct limits limits = fetching();
	struct signer s;

	limits.fetch.fetches = 1;
	set_limits(&limits);
	signer_make(&s, "none1", "none2");
	WAITS(&s, "none1 was not asked: the request has met limit-fetches");
	limits = fetching();
	limits.fetch.bytes = 1000;
	set_limits(&limits);
	status_server_door(&ca, "none2")->filler = 2000;
	WAITS(&s, "none2 answered with more than 1000 bytes");
	limits = fetching();
	limits.fetch.is_on = 0;
	set_limits(&limits);
	WAITS(&s, "none2 was not asked: this server does not fetch");
	limits = fetching();
	set_limits(&limits);
	signer_drop(&s);
}

static void
an_address_that_failed_is_left_alone_for_a_while(void)
{
	struct status_crl list = status_crl_of(PKI_INTERMEDIATE);
	struct limits limits = fetching();
	struct signer s;

	limits.fetch.retry_seconds = 3000;
	set_limits(&limits);
	signer_make(&s, "later.crl", NULL);
	WAITS(&s, "later.crl answered 404");
	status_server_crl(&ca, "later.crl", &list);
	WAITS(&s, "later.crl answered 404");
	CU_ASSERT_EQUAL(status_server_asked(&ca, "later.crl"), 0);
	clock_set_offset(0);
	clock_set_offset(PKI_NOW + 4000 - clock_now());
	PASSES(&s);
	clock_set_offset(0);
	clock_set_offset(PKI_NOW - clock_now());
	limits = fetching();
	set_limits(&limits);
	signer_drop(&s);
}

/* ---- lanes ---- */

static int
serve_fast(struct ops_verification *v, enum operation_id operation, const struct signer *s,
    struct error *err)
{
	memset(v, 0, sizeof(*v));
	ops_request(&v->req, operation, "acme/erp");
	v->req.may_wait = 0;
	v->req.in.documents = &v->signed_document;
	v->req.in.document_count = 1;
	v->req.in.originals = &v->original;
	v->req.in.original_count = 1;
	buf_append_span(&v->signed_document.content, SPAN_OF(&s->cms), err);
	buf_append_str(&v->original.content, TEXT, err);
	v->signed_document.has_content = v->original.has_content = 1;
	return ops_run(ops_engine(), &v->req, err);
}

static void
a_fast_lane_never_waits_for_a_server(void)
{
	struct status_crl list = status_crl_of(PKI_INTERMEDIATE);
	struct error err = ERROR_INIT;
	struct ops_verification v;
	struct signer s;

	signer_make(&s, "lane.crl", NULL);
	status_server_crl(&ca, "lane.crl", &list);
	CU_ASSERT_EQUAL(serve_fast(&v, OP_VERIFY_DOCUMENT, &s, &err), -1);
	CU_ASSERT_EQUAL(v.req.must_wait, 1);
	request_release(&v.req);
	error_clear(&err);
	CU_ASSERT_EQUAL(serve_fast(&v, OP_VERIFY_DOCUMENTS, &s, &err), -1); /* as a whole */
	CU_ASSERT_EQUAL(v.req.must_wait, 1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
	CU_ASSERT_EQUAL(status_server_asked(&ca, "lane.crl"), 0);
	request_release(&v.req);
	PASSES(&s);
	error_clear(&err);
	ASSERT_OK(
	    serve_fast(&v, OP_VERIFY_DOCUMENT, &s, &err), &err); /* what is kept needs no waiting */
	CU_ASSERT_EQUAL(v.req.must_wait, 0);
	CU_ASSERT_EQUAL(
	    v.req.out.verified[0].report.conclusion.indication, INDICATION_TOTAL_PASSED);
	request_release(&v.req);
	signer_drop(&s);
}

/* ---- what decided ---- */

static void
what_a_verdict_rests_on_can_be_had(void)
{
	struct status_crl list = status_crl_of(PKI_INTERMEDIATE);
	struct error err = ERROR_INIT;
	struct evidence evidence = { 0 };
	struct ops_verification v;
	struct verified_document *d;
	struct status_door *door;
	struct signer s;

	signer_make(&s, "proof.crl", NULL);
	list.number = 77;
	door = status_server_crl(&ca, "proof.crl", &list);
	ASSERT_OK(ops_verify(&v, "acme/erp", SPAN_OF(&s.cms), span_str(TEXT), &err), &err);
	d = &v.req.out.verified[0];
	ASSERT_OK(gathered_evidence(d->gathered, &d->report.items[0].path, &evidence, &err), &err);
	CU_ASSERT_EQUAL(sk_X509_num(evidence.certificates), 2); /* the signer, the anchor */
	CU_ASSERT_EQUAL(evidence.ocsps.count, 0);
	CU_ASSERT_EQUAL_FATAL(evidence.crls.count, 1);
	CU_ASSERT(span_equal(SPAN_OF(&evidence.crls.items[0].der), SPAN_OF(&door->body)));
	evidence_release(&evidence);
	request_release(&v.req);
	signer_drop(&s);
}

/* A responder's certificate of its own stands behind the answer, and so belongs to the proof. */
static void
a_responder_of_its_own_is_part_of_the_proof(void)
{
	struct issue_request r = pki_request(PKI_REVOCABLE);
	struct error err = ERROR_INIT;
	struct evidence evidence = { 0 };
	struct ops_verification v;
	struct verified_document *d;
	struct status_ocsp answer;
	struct signer s;

	signer_make(&s, NULL, "delegated");
	answer = answer_about(&s);
	r.profile = ISSUE_OCSP;
	r.not_before = PKI_NOW - PKI_DAY;
	r.not_after = PKI_NOW + 30 * PKI_DAY;
	r.key = answer.key = pki_key(PKI_P521)->pkey;
	r.common_name = "Responder";
	r.crl_url = r.ocsp_url = NULL;
	answer.signer = pki_issue(&r, PKI_INTERMEDIATE);
	status_server_ocsp(&ca, "delegated", &answer);
	ASSERT_OK(ops_verify(&v, "acme/erp", SPAN_OF(&s.cms), span_str(TEXT), &err), &err);
	d = &v.req.out.verified[0];
	CU_ASSERT_EQUAL(d->report.conclusion.indication, INDICATION_TOTAL_PASSED);
	ASSERT_OK(gathered_evidence(d->gathered, &d->report.items[0].path, &evidence, &err), &err);
	CU_ASSERT_EQUAL(evidence.ocsps.count, 1);
	CU_ASSERT_EQUAL(sk_X509_num(evidence.certificates), 3);
	CU_ASSERT_EQUAL(X509_cmp(sk_X509_value(evidence.certificates, 2), answer.signer), 0);
	evidence_release(&evidence);
	request_release(&v.req);
	X509_free(answer.signer);
	signer_drop(&s);
}

/*
 * A list by another than the certificate's issuer is not known to be genuine when it comes. It is
 * kept for others all the same once a verdict has found that it may speak for the certificate.
 */
static void
an_indirect_list_is_kept_once_it_has_served(void)
{
	const struct sign_options options = {
		.signing_time = PKI_NOW - 3600, .claim_time = 1, .include_chain = 1
	};
	const struct document text = { .content = span_str(TEXT), .has_content = 1 };
	struct status_crl direct = status_crl_of(PKI_ROOT), indirect = direct;
	STACK_OF(X509) *chain = sk_X509_new_null();
	struct sign_key by = { .name = "signer", .chain = chain };
	struct issue_request r = pki_request(PKI_REVOCABLE);
	struct error err = ERROR_INIT;
	struct signer s;
	char conf[300], sql[300];
	X509 *cert;

	r.key = by.pkey = pki_key(PKI_REVOCABLE)->pkey;
	r.ocsp_url = NULL;
	cert = pki_issue(&r, PKI_INTERMEDIATE);
	snprintf(conf, sizeof(conf),
	    "value=one\n[one]\nfullname=URI:%sindirect.crl\nCRLissuer=dirName:issuer\n"
	    "[issuer]\nC=DE\nO=Signet Test\nCN=Test Root\n",
	    ca.stub.url);
	s.cert = by.cert =
	    status_with_ext(cert, PKI_INTERMEDIATE, NID_crl_distribution_points, 0, conf);
	X509_free(cert);
	sk_X509_push(chain, pki_cert(PKI_INTERMEDIATE));
	buf_init(&s.cms, 0);
	ASSERT_OK(cms_sign(&s.cms, &text, CMS_PROFILE_CADES, &by, &options, &err), &err);
	indirect.indirect = 1;
	status_server_crl(&ca, "indirect.crl", &indirect);
	status_server_crl(&ca, "of-root.crl", &direct);
	ops_change("UPDATE signet.trust_anchor SET state = 'disabled' WHERE name = 'issuing'");
	snprintf(sql, sizeof(sql),
	    "UPDATE signet.trust_anchor SET crl_urls = '{%sof-root.crl}' WHERE name = 'root'",
	    ca.stub.url);
	ops_change(sql);
	PASSES(&s);
	PASSES(&s);
	CU_ASSERT_EQUAL(status_server_asked(&ca, "indirect.crl"), 1);
	CU_ASSERT_EQUAL(status_server_asked(&ca, "of-root.crl"), 1);
	ops_change("UPDATE signet.trust_anchor SET state = 'active', crl_urls = '{}'");
	sk_X509_free(chain);
	signer_drop(&s);
}

/* ---- the other operations ---- */

static void
s2_30_a_certificate_alone_gets_its_status_too(void)
{
	struct status_crl list = status_crl_of(PKI_INTERMEDIATE);
	struct error err = ERROR_INIT;
	struct buf der = BUF_INIT(0);
	struct request req;
	struct signer s;

	signer_make(&s, "alone.crl", NULL);
	status_server_crl(&ca, "alone.crl", &list);
	ASSERT_OK(cert_write_der(&der, s.cert, &err), &err);
	ops_request(&req, OP_VALIDATE_CERTIFICATE, "acme/erp");
	req.in.certificate = SPAN_OF(&der);
	req.in.purpose = PATH_SIGNING;
	ASSERT_OK(ops_serve(&req, NULL, &err), &err);
	CU_ASSERT_EQUAL(req.out.certificate_report->conclusion.indication, INDICATION_TOTAL_PASSED);
	request_release(&req);
	buf_release(&der);
	signer_drop(&s);
}

/* An authority that names a list, instead of saying that there is none. */
static struct sign_key
make_authority(const char *crl_url)
{
	struct issue_request r = pki_request(PKI_TSA);
	struct sign_key key = *pki_key(PKI_TSA);

	r.crl_url = crl_url;
	r.key = key.pkey;
	key.cert = pki_issue(&r, PKI_INTERMEDIATE);
	return key;
}

static const struct test_tsa a_minute_ago = { .id = PKI_TSA, .time = PKI_NOW - 60 };

static int
stamp(void *ctx, enum digest digest, const unsigned char *imprint, struct buf *token,
    struct error *err)
{
	(void)err;
	test_token_by(token, &a_minute_ago, ctx, digest, imprint);
	return 0;
}

static void
s2_30_the_authority_of_a_time_stamp_gets_its_status(void)
{
	struct status_crl list = status_crl_of(PKI_INTERMEDIATE);
	unsigned char imprint[DIGEST_SIZE_MAX];
	const struct document_digest digest = { .method = DIGEST_SHA256, .value = { imprint, 32 } };
	struct error err = ERROR_INIT;
	struct buf token = BUF_INIT(0);
	struct sign_key key;
	struct request req;
	char url[100];
	int i;

	snprintf(url, sizeof(url), "%stsa.crl", ca.stub.url);
	key = make_authority(url);
	ASSERT_OK(digest_span(DIGEST_SHA256, span_str(TEXT), imprint, &err), &err);
	test_token_by(&token, &a_minute_ago, &key, DIGEST_SHA256, imprint);
	for (i = 0; i < 2; i++) {
		ops_request(&req, OP_VERIFY_TIMESTAMP, "acme/erp");
		req.in.token = SPAN_OF(&token);
		req.in.digests = &digest;
		req.in.digest_count = 1;
		ASSERT_OK(ops_serve(&req, NULL, &err), &err);
		CU_ASSERT_EQUAL(req.out.timestamp_report->conclusion.indication,
		    i == 0 ? INDICATION_INDETERMINATE : INDICATION_TOTAL_PASSED);
		CU_ASSERT_EQUAL(
		    tells(&req.out.timestamp_report->checks, "tsa.crl answered 404"), i == 0);
		request_release(&req);
		status_server_crl(&ca, "tsa.crl", &list);
	}
	buf_release(&token);
	X509_free(key.cert);
}

/* In a signature the list serves for both, the signer and the authority. */
static void
s2_30_signers_and_time_stamps_of_a_signature_get_what_they_lack(void)
{
	struct status_crl list = status_crl_of(PKI_INTERMEDIATE);
	const struct document text = { .content = span_str(TEXT), .has_content = 1 };
	struct sign_options options = { .signing_time = PKI_NOW - 3600, .claim_time = 1 };
	struct error err = ERROR_INIT;
	struct timestamp_source source;
	struct sign_key by, key;
	struct signer s;
	char url[100];

	snprintf(url, sizeof(url), "%sboth.crl", ca.stub.url);
	key = make_authority(url);
	source = (struct timestamp_source){ .get = stamp, .ctx = &key };
	options.timestamp = &source;
	options.level = LEVEL_T;
	signer_make(&s, "both.crl", NULL);
	by = (struct sign_key){
		.cert = s.cert, .pkey = pki_key(PKI_REVOCABLE)->pkey, .name = "signer"
	};
	s.cms.len = 0;
	ASSERT_OK(cms_sign(&s.cms, &text, CMS_PROFILE_CADES, &by, &options, &err), &err);
	status_server_crl(&ca, "both.crl", &list);
	{
		struct ops_verification v;
		struct verified_document *d;

		ASSERT_OK(ops_verify(&v, "acme/erp", SPAN_OF(&s.cms), span_str(TEXT), &err), &err);
		d = &v.req.out.verified[0];
		CU_ASSERT_EQUAL(d->report.conclusion.indication, INDICATION_TOTAL_PASSED);
		CU_ASSERT_EQUAL_FATAL(d->report.items[0].timestamp_count, 1);
		CU_ASSERT_EQUAL(d->report.items[0].timestamps[0].conclusion.indication,
		    INDICATION_TOTAL_PASSED);
		request_release(&v.req);
	}
	CU_ASSERT_EQUAL(status_server_asked(&ca, "both.crl"), 1);
	X509_free(key.cert);
	signer_drop(&s);
}

static const struct test tests[] = {
	TEST(a_responder_of_its_own_is_part_of_the_proof),
	TEST(an_indirect_list_is_kept_once_it_has_served),
	TEST(s2_30_a_certificate_alone_gets_its_status_too),
	TEST(s2_30_the_authority_of_a_time_stamp_gets_its_status),
	TEST(s2_30_signers_and_time_stamps_of_a_signature_get_what_they_lack),
	TEST(s2_30_a_crl_that_is_fetched_makes_the_verdict),
	TEST(s2_30_a_certificate_on_the_list_is_revoked),
	TEST(s2_30_a_responder_is_asked_before_a_list),
	TEST(an_answer_without_an_end_is_asked_for_each_time),
	TEST(what_a_server_did_wrong_is_told_with_its_address),
	TEST(a_responder_that_lies_gives_no_verdict),
	TEST(where_one_fails_the_next_is_asked),
	TEST(every_address_of_a_list_is_tried),
	TEST(addresses_that_the_administrator_gave_with_an_anchor_count),
	TEST(s2_30_a_list_in_an_ldap_directory_makes_the_verdict),
	TEST(s2_30_a_delta_is_fetched_with_its_list),
	TEST(s2_30_an_issuer_is_fetched_and_then_what_it_takes),
	TEST(s2_30_where_a_path_ends_at_an_expired_anchor_another_is_looked_for),
	TEST(issuers_that_lead_in_a_circle_come_to_an_end),
	TEST(nothing_is_dialled_that_documents_may_not_lead_to),
	TEST(a_request_fetches_no_more_than_its_limit),
	TEST(an_address_that_failed_is_left_alone_for_a_while),
	TEST(a_fast_lane_never_waits_for_a_server),
	TEST(what_a_verdict_rests_on_can_be_had),
	TEST_END,
};

const struct suite suite_server_ops_evidence_judge = { "server/ops/evidence/judge", setup, teardown,
	tests };
