#include "signing/x509/path.h"

#include <openssl/conf.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <string.h>

#include "signing/x509/cert.h"
#include "tests/support/pki.h"
#include "tests/support/suite.h"

static struct path_input
input(X509 *cert, enum path_purpose purpose)
{
	return (struct path_input){ .cert = cert,
		.untrusted = pki_anchors(),
		.anchors = pki_anchors(),
		.time = PKI_NOW,
		.purpose = purpose };
}

/* Judge and check; a result that differs is printed with its sentence. */
static void
expect(const struct path_input *in, enum sub_indication sub, const char *says)
{
	struct error err = ERROR_INIT;
	struct path_result r;

	ASSERT_OK(path_validate(in, &r, &err), &err);
	if (r.sub != sub || strstr(r.text, says) == NULL)
		fprintf(stderr, "%s, not %s: %s\n", sub_indication_name(r.sub),
		    sub_indication_name(sub), r.text);
	CU_ASSERT_EQUAL(r.sub, sub);
	CU_ASSERT_EQUAL(r.ok, sub == SUB_NONE);
	CU_ASSERT_PTR_NOT_NULL(strstr(r.text, says));
	path_result_release(&r);
}

static void
expect_cert(X509 *cert, enum path_purpose purpose, enum sub_indication sub, const char *says)
{
	struct path_input in = input(cert, purpose);

	expect(&in, sub, says);
}

static void
a_path_leads_from_the_leaf_to_the_anchor(void)
{
	struct path_input in = input(pki_cert(PKI_RSA2048), PATH_SIGNING);
	struct error err = ERROR_INIT;
	struct path_result r;

	in.anchors = pki_root_only();
	ASSERT_OK(path_validate(&in, &r, &err), &err);
	CU_ASSERT(r.ok);
	CU_ASSERT_EQUAL_FATAL(sk_X509_num(r.chain), 3);
	CU_ASSERT_EQUAL_FATAL(r.certificate_count, 3);
	CU_ASSERT_EQUAL(X509_cmp(r.certificates[0].cert, pki_cert(PKI_RSA2048)), 0);
	CU_ASSERT_EQUAL(X509_cmp(r.certificates[1].cert, pki_cert(PKI_INTERMEDIATE)), 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r.anchor);
	CU_ASSERT_EQUAL(X509_cmp(r.anchor, pki_cert(PKI_ROOT)), 0);
	path_result_release(&r);
}

static void
revocation_is_asked_of_the_ca_but_not_of_anchor_and_exempted_leaf(void)
{
	struct path_input in = input(pki_cert(PKI_P256), PATH_SIGNING);
	struct error err = ERROR_INIT;
	struct path_result r;

	in.anchors = pki_root_only();
	ASSERT_OK(path_validate(&in, &r, &err), &err);
	CU_ASSERT_EQUAL_FATAL(r.certificate_count, 3);
	CU_ASSERT(!r.certificates[0].needs_revocation);
	CU_ASSERT_STRING_EQUAL(r.certificates[0].why_not, "noRevAvail");
	CU_ASSERT(r.certificates[1].needs_revocation);
	CU_ASSERT(!r.certificates[2].needs_revocation);
	CU_ASSERT_STRING_EQUAL(r.certificates[2].why_not, "trust anchor");
	CU_ASSERT_PTR_EQUAL(path_first_revocation_need(&r), &r.certificates[1]);
	path_result_release(&r);
	in.anchors = pki_anchors();
	ASSERT_OK(path_validate(&in, &r, &err), &err);
	CU_ASSERT_EQUAL(r.certificate_count, 2); /* it ends at the nearest anchor */
	CU_ASSERT_PTR_NULL(path_first_revocation_need(&r));
	path_result_release(&r);
	in.cert = pki_cert(PKI_REVOCABLE);
	ASSERT_OK(path_validate(&in, &r, &err), &err);
	CU_ASSERT_PTR_EQUAL(path_first_revocation_need(&r), &r.certificates[0]);
	path_result_release(&r);
}

static void
a_leaf_may_be_its_own_anchor_while_it_is_valid(void)
{
	STACK_OF(X509) *pinned = sk_X509_new_null();
	struct path_input in = input(pki_cert(PKI_OTHER_SIGNER), PATH_SIGNING);

	sk_X509_push(pinned, pki_cert(PKI_OTHER_SIGNER));
	in.anchors = pinned;
	expect(&in, SUB_NONE, "");
	in.time = PKI_NOW + 2 * PKI_YEAR;
	in.ignore_anchor_dates = 1; /* which holds for CAs only */
	expect(&in, SUB_OUT_OF_BOUNDS_NO_POE, "\"Other signer\" expired on 2027-03-01T11:00:00Z");
	sk_X509_free(pinned);
}

/* A signer's certificate that someone trusts must not be able to make certificates for others. */
static void
an_end_entity_anchor_issues_nothing(void)
{
	STACK_OF(X509) *pinned = sk_X509_new_null();
	X509 *forged = X509_dup(pki_cert(PKI_P384));
	struct path_input in;

	X509_set_issuer_name(forged, X509_get_subject_name(pki_cert(PKI_P256)));
	X509_EXTENSION_free(
	    X509_delete_ext(forged, X509_get_ext_by_NID(forged, NID_authority_key_identifier, -1)));
	forged = pki_resign(forged, PKI_P256);
	sk_X509_push(pinned, pki_cert(PKI_P256));
	in = input(forged, PATH_SIGNING);
	in.anchors = pinned;
	expect(&in, SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE,
	    "\"Signer P-256\" issued another but is not a CA's");
	X509_free(forged);
	sk_X509_free(pinned);
}

static void
times_are_judged_at_the_time_that_is_given(void)
{
	struct path_input in = input(pki_cert(PKI_EXPIRED), PATH_SIGNING);

	expect(&in, SUB_OUT_OF_BOUNDS_NO_POE, "\"Expired signer\" expired on 2026-01-30T11:00:00Z");
	in.time = PKI_NOW - 40 * PKI_DAY;
	expect(&in, SUB_NONE, "");
	in.time = PKI_NOW - 30 * PKI_DAY; /* the last second still counts */
	expect(&in, SUB_NONE, "");
	in.time++;
	expect(&in, SUB_OUT_OF_BOUNDS_NO_POE, "expired");
	in.cert = pki_cert(PKI_NOT_YET_VALID);
	in.time = PKI_NOW;
	expect(&in, SUB_OUT_OF_BOUNDS_NO_POE,
	    "\"Early signer\" is not valid before 2026-03-31T11:00:00Z");
	in.time = PKI_NOW + 30 * PKI_DAY;
	expect(&in, SUB_NONE, "");
}

static void
an_expired_anchor_is_not_trusted_unless_its_dates_are_ignored(void)
{
	X509 *long_lived = X509_dup(pki_cert(PKI_P256));
	struct path_input in;

	ASN1_TIME_set(X509_getm_notAfter(long_lived), (time_t)(PKI_NOW + 9 * PKI_YEAR));
	long_lived = pki_resign(long_lived, PKI_INTERMEDIATE);
	in = input(long_lived, PATH_SIGNING);
	in.time = PKI_NOW + 2001 * PKI_DAY; /* a day after the issuing CA */
	expect(&in, SUB_OUT_OF_BOUNDS_NO_POE, "\"Test Issuing CA\" expired");
	in.ignore_anchor_dates = 1;
	expect(&in, SUB_NONE, "");
	in.anchors = pki_root_only(); /* now the CA is no anchor, and its dates count */
	expect(&in, SUB_OUT_OF_BOUNDS_NO_POE, "\"Test Issuing CA\" expired");
	X509_free(long_lived);
}

static void
who_is_not_trusted_has_no_path(void)
{
	struct path_input in = input(pki_cert(PKI_OTHER_SIGNER), PATH_SIGNING);
	STACK_OF(X509) *both = sk_X509_dup(pki_anchors());

	expect(&in, SUB_NO_CERTIFICATE_CHAIN_FOUND,
	    "no trusted issuer was found for the certificate \"Other signer\"");
	sk_X509_push(both, pki_cert(PKI_OTHER_ROOT));
	in.untrusted = both;
	expect(&in, SUB_NO_CERTIFICATE_CHAIN_FOUND,
	    "the path ends at \"Other Root\", which is not a trust anchor");
	in.untrusted = NULL;
	in.anchors = NULL;
	expect(&in, SUB_NO_CERTIFICATE_CHAIN_FOUND, "Other signer");
	in = input(pki_cert(PKI_P256), PATH_SIGNING);
	in.anchors = pki_root_only();
	in.untrusted = NULL; /* the intermediate is missing */
	expect(&in, SUB_NO_CERTIFICATE_CHAIN_FOUND, "Signer P-256");
	in.cert = pki_cert(PKI_OTHER_ROOT);
	expect(&in, SUB_NO_CERTIFICATE_CHAIN_FOUND, "self-signed");
	sk_X509_free(both);
}

static void
each_purpose_takes_its_own_certificates_and_no_others(void)
{
	static const struct {
		enum pki_id id;
		int serves[PATH_PURPOSES]; /* Any, Signing, client, server, time stamps, OCSP */
	} want[] = {
		{ PKI_P256, { 1, 1, 0, 0, 0, 0 } },
		{ PKI_TLS_SERVER, { 1, 0, 0, 1, 0, 0 } },
		{ PKI_TLS_CLIENT, { 1, 1, 1, 0, 0, 0 } },
		{ PKI_TSA, { 1, 0, 0, 0, 1, 0 } },
		{ PKI_INTERMEDIATE, { 1, 0, 0, 0, 0, 0 } },
	};
	size_t i;
	int p;

	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		for (p = 0; p < PATH_PURPOSES; p++)
			expect_cert(pki_cert(want[i].id), (enum path_purpose)p,
			    want[i].serves[p] ? SUB_NONE : SUB_CHAIN_CONSTRAINTS_FAILURE,
			    want[i].serves[p] ? "" : "may not");
}

/* ---- certificates changed by hand ---- */

static X509 *
with_ext(enum pki_id id, enum pki_id issuer, int nid, int critical, const char *conf)
{
	X509 *x = X509_dup(pki_cert(id));
	CONF *none = NCONF_new(NULL); /* some extensions look for a configuration's sections */
	X509V3_CTX ctx;
	X509_EXTENSION *ext;
	int at = X509_get_ext_by_NID(x, nid, -1);

	X509V3_set_ctx(&ctx, NULL, NULL, NULL, NULL, 0);
	X509V3_set_nconf(&ctx, none);
	ext = X509V3_EXT_nconf_nid(none, &ctx, nid, conf);
	CU_ASSERT_PTR_NOT_NULL_FATAL(ext);
	X509_EXTENSION_set_critical(ext, critical);
	if (at >= 0)
		X509_EXTENSION_free(X509_delete_ext(x, at));
	X509_add_ext(x, ext, -1);
	X509_EXTENSION_free(ext);
	NCONF_free(none);
	return pki_resign(x, issuer);
}

static void
a_tsa_needs_a_critical_and_single_key_usage(void)
{
	X509 *x = with_ext(PKI_TSA, PKI_INTERMEDIATE, NID_ext_key_usage, 0, "timeStamping");

	expect_cert(x, PATH_TIMESTAMPING, SUB_CHAIN_CONSTRAINTS_FAILURE, "must be critical");
	X509_free(x);
	x = with_ext(
	    PKI_TSA, PKI_INTERMEDIATE, NID_ext_key_usage, 1, "timeStamping,emailProtection");
	expect_cert(x, PATH_TIMESTAMPING, SUB_CHAIN_CONSTRAINTS_FAILURE, "alone");
	X509_free(x);
}

static void
a_signer_whose_key_usage_forbids_it_is_refused(void)
{
	X509 *x = with_ext(PKI_P256, PKI_INTERMEDIATE, NID_key_usage, 1, "keyEncipherment");

	expect_cert(x, PATH_SIGNING, SUB_CHAIN_CONSTRAINTS_FAILURE,
	    "\"Signer P-256\" may not sign documents: its key usage does not allow it");
	X509_free(x);
}

static X509 *
with_unknown_extension(int critical)
{
	X509 *x = X509_dup(pki_cert(PKI_P256));
	ASN1_OBJECT *oid = OBJ_txt2obj("1.3.6.1.4.1.99999.1", 1);
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	X509_EXTENSION *ext;

	ASN1_OCTET_STRING_set(value, (const unsigned char *)"\x05\x00", 2);
	ext = X509_EXTENSION_create_by_OBJ(NULL, oid, critical, value);
	X509_add_ext(x, ext, -1);
	X509_EXTENSION_free(ext);
	ASN1_OCTET_STRING_free(value);
	ASN1_OBJECT_free(oid);
	return pki_resign(x, PKI_INTERMEDIATE);
}

static void
an_unknown_extension_may_stand_there_unless_it_is_critical(void)
{
	X509 *x = with_unknown_extension(0);

	expect_cert(x, PATH_SIGNING, SUB_NONE, "");
	X509_free(x);
	x = with_unknown_extension(1);
	expect_cert(x, PATH_SIGNING, SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE,
	    "\"Signer P-256\" has a critical extension");
	X509_free(x);
}

static void
a_broken_signature_is_found(void)
{
	X509 *x = X509_dup(pki_cert(PKI_P256));
	unsigned char *der = NULL;
	const unsigned char *p;
	int len = i2d_X509(x, &der);

	X509_free(x);
	der[len - 1] ^= 1;
	p = der;
	x = d2i_X509(NULL, &p, len);
	CU_ASSERT_PTR_NOT_NULL_FATAL(x);
	expect_cert(x, PATH_SIGNING, SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE,
	    "the signature of the certificate \"Signer P-256\" is broken");
	X509_free(x);
	OPENSSL_free(der);
}

/* The intermediate CA with one extension changed, as only issuer of the signer. */
static void
expect_under(X509 *ca, enum path_purpose purpose, enum sub_indication sub, const char *says)
{
	STACK_OF(X509) *pool = sk_X509_new_null();
	struct path_input in = input(pki_cert(PKI_TLS_SERVER), purpose);

	sk_X509_push(pool, ca);
	in.untrusted = pool;
	in.anchors = pki_root_only();
	expect(&in, sub, says);
	sk_X509_free(pool);
	X509_free(ca);
}

static void
a_ca_is_held_to_what_its_certificate_says(void)
{
	expect_under(X509_dup(pki_cert(PKI_INTERMEDIATE)), PATH_TLS_SERVER, SUB_NONE, "");
	expect_under(with_ext(PKI_INTERMEDIATE, PKI_ROOT, NID_basic_constraints, 1, "CA:FALSE"),
	    PATH_TLS_SERVER, SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE, "Test Issuing CA");
	expect_under(with_ext(PKI_INTERMEDIATE, PKI_ROOT, NID_key_usage, 1, "cRLSign"),
	    PATH_TLS_SERVER, SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE, "is not a CA's");
	expect_under(with_ext(PKI_INTERMEDIATE, PKI_ROOT, NID_name_constraints, 1,
			 "permitted;DNS:example.org"),
	    PATH_TLS_SERVER, SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE,
	    "\"localhost\" has a name that a CA above it may not certify");
	expect_under(
	    with_ext(PKI_INTERMEDIATE, PKI_ROOT, NID_name_constraints, 1, "excluded;DNS:localhost"),
	    PATH_TLS_SERVER, SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE, "must not certify");
	expect_under(with_ext(PKI_INTERMEDIATE, PKI_ROOT, NID_ext_key_usage, 0, "clientAuth"),
	    PATH_TLS_SERVER, SUB_CHAIN_CONSTRAINTS_FAILURE,
	    "the CA \"Test Issuing CA\" may not issue certificates for this");
	expect_under(with_ext(PKI_INTERMEDIATE, PKI_ROOT, NID_ext_key_usage, 0, "serverAuth"),
	    PATH_TLS_SERVER, SUB_NONE, "");
	/* Slips of a CA that RFC 5280 section 6 does not ask about. */
	expect_under(
	    with_ext(PKI_INTERMEDIATE, PKI_ROOT, NID_basic_constraints, 0, "CA:TRUE,pathlen:0"),
	    PATH_TLS_SERVER, SUB_NONE, "");
}

static void
path_length_is_counted(void)
{
	struct issue_request r = pki_request(PKI_INTERMEDIATE);
	X509 *narrow = with_ext(
		 PKI_INTERMEDIATE, PKI_ROOT, NID_basic_constraints, 1, "CA:TRUE,pathlen:0"),
	     *sub_ca, *leaf;
	STACK_OF(X509) *pool = sk_X509_new_null();
	struct path_input in;

	r.common_name = "Sub CA";
	r.key = pki_key(PKI_P384)->pkey;
	r.ca_path_length = 0;
	r.not_before = PKI_NOW - PKI_DAY;
	sub_ca = pki_issue(&r, PKI_INTERMEDIATE);
	leaf = X509_dup(pki_cert(PKI_P256));
	X509_set_issuer_name(leaf, X509_get_subject_name(sub_ca));
	X509_EXTENSION_free(
	    X509_delete_ext(leaf, X509_get_ext_by_NID(leaf, NID_authority_key_identifier, -1)));
	leaf = pki_resign(leaf, PKI_P384);
	sk_X509_push(pool, sub_ca);
	sk_X509_push(pool, pki_cert(PKI_INTERMEDIATE));
	in = input(leaf, PATH_SIGNING);
	in.untrusted = pool;
	in.anchors = pki_root_only();
	expect(&in, SUB_NONE, "");
	in.length_max = 3;
	expect(&in, SUB_NO_CERTIFICATE_CHAIN_FOUND, "");
	in.length_max = 4;
	expect(&in, SUB_NONE, "");
	sk_X509_set(pool, 1, narrow);
	expect(&in, SUB_CHAIN_CONSTRAINTS_FAILURE, "than its path length allows");
	sk_X509_free(pool);
	X509_free(sub_ca);
	X509_free(narrow);
	X509_free(leaf);
}

static void
a_wanted_policy_must_hold_along_the_path(void)
{
	static const char *const wanted[] = { "1.3.6.1.4.1.99999.7" }, *const other[] = { "1.2.3" },
				 *const bad[] = { "seven" };
	X509 *x = with_ext(
	    PKI_P256, PKI_INTERMEDIATE, NID_certificate_policies, 0, "1.3.6.1.4.1.99999.7");
	struct path_input in = input(x, PATH_SIGNING);
	struct error err = ERROR_INIT;
	struct path_result r;

	in.explicit_policy = 1;
	in.policies = wanted;
	in.policy_count = 1;
	expect(&in, SUB_NONE, "");
	in.policies = other;
	expect(&in, SUB_CHAIN_CONSTRAINTS_FAILURE, "wanted certificate policies");
	in.explicit_policy = 0;
	expect(&in, SUB_NONE, "");
	in.policies = bad;
	CU_ASSERT_EQUAL(path_validate(&in, &r, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	in = input(pki_cert(PKI_P256), PATH_SIGNING); /* which has none */
	expect(&in, SUB_NONE, "");
	in.explicit_policy = 1;
	expect(&in, SUB_CHAIN_CONSTRAINTS_FAILURE, "wanted certificate policies");
	X509_free(x);
}

/* The intermediate's key certified by itself beside the certificate that the root gave. */
static void
a_dead_end_does_not_hide_the_way(void)
{
	struct issue_request r = pki_request(PKI_INTERMEDIATE);
	struct path_input in = input(pki_cert(PKI_P256), PATH_SIGNING);
	STACK_OF(X509) *pool = sk_X509_new_null();
	struct error err = ERROR_INIT;
	X509 *dead_end;

	r.profile = ISSUE_ROOT_CA;
	ASSERT_OK(issue_certificate(&dead_end, &r, NULL, &err), &err);
	sk_X509_push(pool, dead_end);
	sk_X509_push(pool, pki_cert(PKI_INTERMEDIATE));
	in.untrusted = pool;
	in.anchors = pki_root_only();
	expect(&in, SUB_NONE, "");
	CU_ASSERT_EQUAL(sk_X509_num(pool), 2);
	sk_X509_free(pool);
	X509_free(dead_end);
}

static void
the_gravest_problem_is_told_first(void)
{
	struct path_input in = input(pki_cert(PKI_OTHER_SIGNER), PATH_TLS_SERVER);
	struct error err = ERROR_INIT;
	struct path_result r;

	in.time = PKI_NOW + 5 * PKI_YEAR;
	ASSERT_OK(path_validate(&in, &r, &err), &err);
	CU_ASSERT_EQUAL(r.sub, SUB_NO_CERTIFICATE_CHAIN_FOUND);
	CU_ASSERT_EQUAL_FATAL(r.problem_count, 3);
	CU_ASSERT_EQUAL(r.problems[1].sub, SUB_CHAIN_CONSTRAINTS_FAILURE);
	CU_ASSERT_EQUAL(r.problems[2].sub, SUB_OUT_OF_BOUNDS_NO_POE);
	CU_ASSERT(!r.certificates[0].in_time);
	path_result_release(&r);
}

static void *
validate_often(void *arg)
{
	struct path_input in = input(arg, PATH_SIGNING);
	struct error err = ERROR_INIT;
	struct path_result r;
	size_t good = 0;
	int i;

	for (i = 0; i < 50; i++) {
		if (path_validate(&in, &r, &err) == 0)
			good += r.ok;
		path_result_release(&r);
	}
	return (void *)good;
}

static void
many_threads_judge_the_same_certificate(void)
{
	X509 *fresh = X509_dup(pki_cert(PKI_P256)); /* nothing of it is decoded yet */
	pthread_t threads[4];
	void *good;
	int i;

	pki_anchors();
	for (i = 0; i < 4; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, validate_often, fresh), 0);
	for (i = 0; i < 4; i++) {
		CU_ASSERT_EQUAL(pthread_join(threads[i], &good), 0);
		CU_ASSERT_EQUAL((size_t)good, 50);
	}
	X509_free(fresh);
}

static void
purposes_have_the_contracts_names(void)
{
	enum path_purpose p;
	int i;

	for (i = 0; i < PATH_PURPOSES; i++) {
		CU_ASSERT_EQUAL(
		    path_purpose_by_name(path_purpose_name((enum path_purpose)i), &p), 0);
		CU_ASSERT_EQUAL(p, (enum path_purpose)i);
	}
	CU_ASSERT_EQUAL(path_purpose_by_name("signing", &p), -1);
}

static const struct test tests[] = { TEST(a_path_leads_from_the_leaf_to_the_anchor),
	TEST(revocation_is_asked_of_the_ca_but_not_of_anchor_and_exempted_leaf),
	TEST(a_leaf_may_be_its_own_anchor_while_it_is_valid),
	TEST(an_end_entity_anchor_issues_nothing), TEST(times_are_judged_at_the_time_that_is_given),
	TEST(an_expired_anchor_is_not_trusted_unless_its_dates_are_ignored),
	TEST(who_is_not_trusted_has_no_path),
	TEST(each_purpose_takes_its_own_certificates_and_no_others),
	TEST(a_tsa_needs_a_critical_and_single_key_usage),
	TEST(a_signer_whose_key_usage_forbids_it_is_refused),
	TEST(an_unknown_extension_may_stand_there_unless_it_is_critical),
	TEST(a_broken_signature_is_found), TEST(a_ca_is_held_to_what_its_certificate_says),
	TEST(path_length_is_counted), TEST(a_wanted_policy_must_hold_along_the_path),
	TEST(a_dead_end_does_not_hide_the_way), TEST(the_gravest_problem_is_told_first),
	TEST(many_threads_judge_the_same_certificate), TEST(purposes_have_the_contracts_names),
	TEST_END };
const struct suite suite_signing_x509_path = { "signing/x509/path", NULL, NULL, tests };
