#include "signing/x509/revocation.h"

#include <openssl/ocsp.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/status_scene.h"
#include "tests/support/suite.h"

#define URL "http://pki.example/issuing.crl"

static X509 *
revocable(void)
{
	return pki_cert(PKI_REVOCABLE);
}

/* ---- one list ---- */

static void
without_evidence_nothing_is_known_and_it_is_told_where_to_ask(void)
{
	struct status_scene s;
	struct revocation_result r;

	status_scene_begin(&s, revocable());
	EXPECT_STATUS(&s, UNKNOWN, "no revocation information is at hand");
	r = status_scene_judge(&s);
	CU_ASSERT_EQUAL_FATAL(r.crl_urls.count, 1);
	CU_ASSERT_STRING_EQUAL(r.crl_urls.items[0], URL);
	CU_ASSERT_EQUAL_FATAL(r.ocsp_urls.count, 1);
	CU_ASSERT_STRING_EQUAL(r.ocsp_urls.items[0], "http://pki.example/ocsp");
	revocation_result_release(&r);
	status_scene_end(&s);
}

static void
a_list_without_the_certificate_is_good_news(void)
{
	struct status_crl crl = status_crl_of(PKI_INTERMEDIATE);
	struct revocation_result r;
	struct status_scene s;

	status_scene_begin(&s, revocable());
	status_scene_crl(&s, &crl);
	EXPECT_STATUS(&s, GOOD, "is not revoked, by a CRL of 2026-02-28T11:00:00Z");
	r = status_scene_judge(&s);
	CU_ASSERT_EQUAL(r.kind, REVOCATION_BY_CRL);
	CU_ASSERT_EQUAL(r.index, 0);
	CU_ASSERT_EQUAL(r.this_update, crl.this_update);
	CU_ASSERT_EQUAL(r.next_update, crl.next_update);
	CU_ASSERT_EQUAL(r.reasons, CRL_REASONS_ALL);
	CU_ASSERT(r.signer_is_issuer && r.signer_in_time);
	CU_ASSERT_EQUAL(X509_cmp(r.signer, pki_cert(PKI_INTERMEDIATE)), 0);
	revocation_result_release(&r);
	status_scene_end(&s);
}

static void
a_list_with_a_broken_signature_is_no_news(void)
{
	struct status_crl crl = status_crl_of(PKI_INTERMEDIATE);
	struct buf der = status_crl_make(&crl);
	struct status_scene s;

	der.data[der.len - 1] ^= 1;
	status_scene_begin(&s, revocable());
	status_scene_der(&s, der);
	EXPECT_STATUS(&s, UNKNOWN, "its signature is broken");
	status_scene_end(&s);
}

static void
a_listed_certificate_is_revoked_with_time_and_reason(void)
{
	struct status_entry e = status_scene_entry(revocable(), CRL_KEY_COMPROMISE);
	struct status_crl crl = status_crl_of(PKI_INTERMEDIATE);
	struct revocation_result r;
	struct status_scene s;

	e.invalid_since = PKI_NOW - 30 * PKI_DAY;
	crl.entries = &e;
	crl.count = 1;
	status_scene_begin(&s, revocable());
	status_scene_crl(&s, &crl);
	EXPECT_STATUS(&s, REVOKED, "was revoked on 2026-02-20T11:00:00Z (keyCompromise)");
	r = status_scene_judge(&s);
	CU_ASSERT_EQUAL(r.revoked_at, e.at);
	CU_ASSERT_EQUAL(r.reason, CRL_KEY_COMPROMISE);
	CU_ASSERT_EQUAL(r.invalid_since, e.invalid_since);
	revocation_result_release(&r);
	status_scene_end(&s);
	e = status_scene_entry(pki_cert(PKI_P256), CRL_KEY_COMPROMISE); /* somebody else */
	status_scene_begin(&s, revocable());
	status_scene_crl(&s, &crl);
	EXPECT_STATUS(&s, GOOD, "");
	status_scene_end(&s);
}

static void
a_certificate_on_hold_is_neither_good_nor_revoked(void)
{
	struct status_entry e = status_scene_entry(revocable(), CRL_CERTIFICATE_HOLD);
	struct status_crl crl = status_crl_of(PKI_INTERMEDIATE);
	struct status_scene s;

	crl.entries = &e;
	crl.count = 1;
	status_scene_begin(&s, revocable());
	status_scene_crl(&s, &crl);
	EXPECT_STATUS(&s, ON_HOLD, "is on hold since");
	status_scene_end(&s);
}

static void
a_list_counts_from_its_issue_to_the_next(void)
{
	struct status_crl crl = status_crl_of(PKI_INTERMEDIATE);
	struct revocation_result r;
	struct status_scene s;

	status_scene_begin(&s, revocable());
	status_scene_crl(&s, &crl);
	s.in.time = crl.next_update;
	EXPECT_STATUS(&s, GOOD, "");
	s.in.time = crl.next_update + 1;
	EXPECT_STATUS(&s, UNKNOWN, "is outdated: a newer one was due at 2026-03-02T11:00:00Z");
	s.evidence.outdated_counts = 1; /* the caller looks at its dates */
	r = status_scene_judge(&s);
	CU_ASSERT_EQUAL(r.status, REVOCATION_GOOD);
	CU_ASSERT_EQUAL(r.next_update, crl.next_update);
	revocation_result_release(&r);
	s.in.time = crl.this_update - 1;
	EXPECT_STATUS(&s, UNKNOWN, "after the time that is asked about");
	s.evidence.clock_skew = 1;
	EXPECT_STATUS(&s, GOOD, "");
	s.evidence.clock_skew = 0;
	s.evidence.time = PKI_NOW; /* which need not be the path's */
	EXPECT_STATUS(&s, GOOD, "");
	status_scene_end(&s);
}

static void
the_newest_list_counts(void)
{
	struct status_entry e = status_scene_entry(revocable(), CRL_CERTIFICATE_HOLD);
	struct status_crl old = status_crl_of(PKI_INTERMEDIATE), new = old;
	struct revocation_result r;
	struct status_scene s;

	old.entries = &e;
	old.count = 1;
	new.this_update = PKI_NOW - 3600;
	status_scene_begin(&s, revocable());
	status_scene_crl(&s, &old);
	status_scene_crl(&s, &new);
	r = status_scene_judge(&s);
	CU_ASSERT_EQUAL(r.status, REVOCATION_GOOD);
	CU_ASSERT_EQUAL(r.index, 1);
	revocation_result_release(&r);
	status_scene_end(&s);
}

/* ---- whose list, and for whom ---- */

static void
a_list_is_for_the_certificates_in_its_scope(void)
{
	static const struct {
		const char *url;
		int user, ca;
		enum revocation_status status;
		const char *says;
	} cases[] = {
		{ URL, 0, 0, REVOCATION_GOOD, "" },
		{ "http://pki.example/other.crl", 0, 0, REVOCATION_UNKNOWN,
		    "another distribution point" },
		{ NULL, 1, 0, REVOCATION_GOOD, "" },
		{ NULL, 0, 1, REVOCATION_UNKNOWN, "for CA certificates only" },
		{ URL, 1, 0, REVOCATION_GOOD, "" },
	};
	struct status_scene s;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct status_crl crl = status_crl_of(PKI_INTERMEDIATE);

		crl.idp_url = cases[i].url;
		crl.only_user = cases[i].user;
		crl.only_ca = cases[i].ca;
		status_scene_begin(&s, revocable());
		status_scene_crl(&s, &crl);
		status_scene_expect(__LINE__, &s, cases[i].status, cases[i].says);
		status_scene_end(&s);
	}
}

static void
lists_of_some_reasons_count_when_they_cover_all(void)
{
	struct status_crl some = status_crl_of(PKI_INTERMEDIATE), rest = some;
	struct status_entry e = status_scene_entry(revocable(), CRL_SUPERSEDED);
	struct revocation_result r;
	struct status_scene s;

	some.reasons = 1u << 1 | 1u << 2;
	rest.reasons = CRL_REASONS_ALL & ~some.reasons;
	rest.this_update -= 60;
	status_scene_begin(&s, revocable());
	status_scene_crl(&s, &some);
	EXPECT_STATUS(&s, UNKNOWN, "do not cover all reasons");
	r = status_scene_judge(&s);
	CU_ASSERT_EQUAL(r.reasons, some.reasons);
	revocation_result_release(&r);
	status_scene_crl(&s, &rest);
	r = status_scene_judge(&s);
	CU_ASSERT_EQUAL(r.status, REVOCATION_GOOD);
	CU_ASSERT_EQUAL(r.this_update, rest.this_update); /* no fresher than its oldest part */
	revocation_result_release(&r);
	status_scene_end(&s);
	rest.entries = &e;
	rest.count = 1;
	status_scene_begin(&s, revocable());
	status_scene_crl(&s, &some);
	status_scene_crl(&s, &rest);
	EXPECT_STATUS(&s, REVOKED, "superseded");
	status_scene_end(&s);
}

static void
a_list_by_a_namesake_under_another_root_is_no_news(void)
{
	struct issue_request request = pki_request(PKI_INTERMEDIATE);
	struct status_crl crl = status_crl_of(PKI_INTERMEDIATE);
	STACK_OF(X509) *more = sk_X509_new_null();
	struct status_scene s;
	X509 *namesake;

	request.key = pki_key(PKI_P384)->pkey;
	request.ca_path_length = 0;
	namesake = pki_issue(&request, PKI_OTHER_ROOT);
	sk_X509_push(more, namesake);
	crl.signer = namesake;
	crl.key = pki_key(PKI_P384)->pkey;
	status_scene_begin(&s, revocable());
	s.evidence.certificates = more;
	status_scene_crl(&s, &crl);
	EXPECT_STATUS(&s, UNKNOWN, "the CRL cannot be used: no trusted issuer was found");
	status_scene_end(&s);
	X509_free(namesake);
	/* The same name and another key under the same root is a CA's key for lists. */
	namesake = pki_issue(&request, PKI_ROOT);
	sk_X509_set(more, 0, namesake);
	crl.signer = namesake;
	status_scene_begin(&s, revocable());
	s.evidence.certificates = more;
	status_scene_crl(&s, &crl);
	EXPECT_STATUS(
	    &s, UNKNOWN, "whether the certificate behind its signature is revoked is not known");
	crl = status_crl_of(PKI_ROOT);
	status_scene_crl(&s, &crl);
	EXPECT_STATUS(&s, GOOD, "");
	status_scene_end(&s);
	X509_free(namesake);
	sk_X509_free(more);
}

static void
a_key_that_may_not_sign_lists_does_not(void)
{
	X509 *ca = status_with_ext(
	    pki_cert(PKI_INTERMEDIATE), PKI_ROOT, NID_key_usage, 1, "value=keyCertSign\n");
	struct status_crl crl = status_crl_of(PKI_INTERMEDIATE);
	STACK_OF(X509) *none = sk_X509_new_null();
	struct status_scene s;

	status_scene_begin(&s, revocable());
	s.in.untrusted = none;
	sk_X509_set(s.path, 1, ca);
	status_scene_crl(&s, &crl);
	EXPECT_STATUS(&s, UNKNOWN, "its signer may not sign CRLs by its key usage");
	status_scene_end(&s);
	sk_X509_free(none);
	X509_free(ca);
}

#define POINT_BY_ROOT                                                                              \
	"value=crldp\n[crldp]\nfullname=URI:" URL "\nCRLissuer=dirName:issuer\n"                   \
	"[issuer]\nC=DE\nO=Signet Test\nCN=Test Root\n"

/* The certificate says that another, here the root, issues the lists about it. */
static void
an_indirect_list_speaks_for_certificates_that_name_its_issuer(void)
{
	X509 *cert = status_with_ext(
	    revocable(), PKI_INTERMEDIATE, NID_crl_distribution_points, 0, POINT_BY_ROOT);
	struct status_entry e = status_scene_entry(revocable(), CRL_KEY_COMPROMISE);
	struct status_crl direct = status_crl_of(PKI_INTERMEDIATE),
			  indirect = status_crl_of(PKI_ROOT);
	struct status_scene s;

	indirect.indirect = 1;
	status_scene_begin(&s, cert);
	status_scene_crl(&s, &direct); /* by that, the CA's own list does not cover it */
	EXPECT_STATUS(&s, UNKNOWN, "about other certificates");
	status_scene_crl(&s, &indirect);
	EXPECT_STATUS(&s, GOOD, "");
	status_scene_end(&s);
	indirect.entries = &e;
	indirect.count = 1;
	status_scene_begin(&s, cert);
	status_scene_crl(&s, &indirect); /* lists the number as one of the root's own */
	EXPECT_STATUS(&s, GOOD, "");
	e.names_issuer_of = cert;
	status_scene_crl(&s, &indirect);
	s.evidence.crls = s.sources + 1;
	s.evidence.crl_count = 1;
	EXPECT_STATUS(&s, REVOKED, "keyCompromise");
	s.evidence.crls = s.sources;
	s.evidence.crl_count = 2;
	status_scene_end(&s);
	indirect.indirect = 0; /* then it is only about the root's own certificates */
	indirect.count = 0;
	status_scene_begin(&s, cert);
	status_scene_crl(&s, &indirect);
	EXPECT_STATUS(&s, UNKNOWN, "");
	status_scene_end(&s);
	X509_free(cert);
}

/* An indirect list of the CA itself: tied to the certificate by the name of the list, or not. */
static void
an_indirect_list_must_be_tied_to_the_certificate(void)
{
	struct status_crl crl = status_crl_of(PKI_INTERMEDIATE);
	struct status_scene s;

	crl.indirect = 1;
	status_scene_begin(&s, revocable());
	status_scene_crl(&s, &crl);
	EXPECT_STATUS(&s, UNKNOWN, "is indirect");
	status_scene_end(&s);
	crl.idp_url = URL;
	status_scene_begin(&s, revocable());
	status_scene_crl(&s, &crl);
	EXPECT_STATUS(&s, GOOD, "");
	status_scene_end(&s);
}

/* ---- deltas ---- */

static void
a_delta_changes_the_list_that_it_belongs_to(void)
{
	struct status_entry hold = status_scene_entry(revocable(), CRL_CERTIFICATE_HOLD),
			    off = status_scene_entry(revocable(), CRL_REMOVE_FROM_CRL),
			    gone = status_scene_entry(revocable(), CRL_KEY_COMPROMISE);
	struct status_crl base = status_crl_of(PKI_INTERMEDIATE), delta = base;
	struct revocation_result r;
	struct status_scene s;

	delta.number = 6;
	delta.base = 5;
	delta.this_update = PKI_NOW - 3600;
	delta.count = 1;
	base.entries = &hold;
	base.count = 1;
	delta.entries = &off;
	status_scene_begin(&s, revocable());
	status_scene_crl(&s, &base);
	EXPECT_STATUS(&s, ON_HOLD, "");
	status_scene_crl(&s, &delta);
	r = status_scene_judge(&s);
	CU_ASSERT_EQUAL(r.status, REVOCATION_GOOD);
	CU_ASSERT(r.has_delta);
	CU_ASSERT_EQUAL(r.index, 0);
	CU_ASSERT_EQUAL(r.delta, 1);
	CU_ASSERT_EQUAL(r.this_update, delta.this_update);
	revocation_result_release(&r);
	status_scene_end(&s);
	delta.entries = &gone;
	status_scene_begin(&s, revocable());
	status_scene_crl(&s, &base);
	status_scene_crl(&s, &delta);
	EXPECT_STATUS(&s, REVOKED, "keyCompromise");
	status_scene_end(&s);
}

static void
a_delta_does_not_count_beside_another_list(void)
{
	struct status_entry gone = status_scene_entry(revocable(), CRL_KEY_COMPROMISE);
	struct status_crl base = status_crl_of(PKI_INTERMEDIATE), delta = base;
	struct status_scene s;

	delta.number = 9;
	delta.base = 6; /* the base at hand is older */
	delta.entries = &gone;
	delta.count = 1;
	status_scene_begin(&s, revocable());
	status_scene_crl(&s, &delta);
	EXPECT_STATUS(&s, UNKNOWN, "is a delta, and there is no list that it belongs to");
	status_scene_crl(&s, &base);
	EXPECT_STATUS(&s, GOOD, "");
	status_scene_end(&s);
	delta.number = 5; /* no newer than the base */
	delta.base = 4;
	status_scene_begin(&s, revocable());
	status_scene_crl(&s, &delta);
	status_scene_crl(&s, &base);
	EXPECT_STATUS(&s, GOOD, "");
	status_scene_end(&s);
}

/* ---- expired certificates ---- */

static void
a_list_says_nothing_of_certificates_that_expired_before_it(void)
{
	struct status_crl crl = status_crl_of(PKI_INTERMEDIATE);
	struct status_entry e = status_scene_entry(pki_cert(PKI_EXPIRED), CRL_KEY_COMPROMISE);
	struct revocation_result r;
	struct status_scene s;

	status_scene_begin(&s, pki_cert(PKI_EXPIRED));
	status_scene_crl(&s, &crl);
	EXPECT_STATUS(&s, UNKNOWN, "was made after the certificate expired");
	r = status_scene_judge(&s);
	CU_ASSERT(r.says_nothing_of_expired);
	revocation_result_release(&r);
	status_scene_end(&s);
	crl.expired_from = PKI_NOW - PKI_YEAR; /* it keeps them */
	status_scene_begin(&s, pki_cert(PKI_EXPIRED));
	status_scene_crl(&s, &crl);
	EXPECT_STATUS(&s, GOOD, "");
	status_scene_end(&s);
	crl.expired_from = PKI_NOW - 10 * PKI_DAY; /* but not from that time */
	status_scene_begin(&s, pki_cert(PKI_EXPIRED));
	status_scene_crl(&s, &crl);
	EXPECT_STATUS(&s, UNKNOWN, "");
	status_scene_end(&s);
	crl.expired_from = 0;
	crl.entries = &e; /* what it does say counts */
	crl.count = 1;
	status_scene_begin(&s, pki_cert(PKI_EXPIRED));
	status_scene_crl(&s, &crl);
	EXPECT_STATUS(&s, REVOKED, "");
	status_scene_end(&s);
}

/* ---- limits ---- */

/* Many keys of the issuer's name, none of which signed: not all are tried, and that is told. */
static void
evidence_is_looked_through_within_a_limit(void)
{
	struct status_crl crl = status_crl_of(PKI_INTERMEDIATE);
	STACK_OF(X509) *many = sk_X509_new_null();
	X509 *decoy = X509_dup(pki_cert(PKI_INTERMEDIATE));
	struct revocation_result r;
	struct status_scene s;
	int i;

	X509_set_pubkey(decoy, pki_key(PKI_P384)->pkey);
	decoy = pki_resign(decoy, PKI_ROOT);
	for (i = 0; i < REVOCATION_STEPS_MAX; i++)
		sk_X509_push(many, decoy);
	crl.key = pki_key(PKI_P521)->pkey; /* nobody's */
	status_scene_begin(&s, revocable());
	s.evidence.certificates = many;
	status_scene_crl(&s, &crl);
	r = status_scene_judge(&s);
	CU_ASSERT_EQUAL(r.status, REVOCATION_UNKNOWN);
	CU_ASSERT(r.limit_met);
	CU_ASSERT_PTR_NOT_NULL(strstr(r.text, "more revocation information"));
	revocation_result_release(&r);
	status_scene_end(&s);
	sk_X509_free(many);
	X509_free(decoy);
}

static const struct test tests[] = {
	TEST(without_evidence_nothing_is_known_and_it_is_told_where_to_ask),
	TEST(a_list_without_the_certificate_is_good_news),
	TEST(a_list_with_a_broken_signature_is_no_news),
	TEST(a_listed_certificate_is_revoked_with_time_and_reason),
	TEST(a_certificate_on_hold_is_neither_good_nor_revoked),
	TEST(a_list_counts_from_its_issue_to_the_next),
	TEST(the_newest_list_counts),
	TEST(a_list_is_for_the_certificates_in_its_scope),
	TEST(lists_of_some_reasons_count_when_they_cover_all),
	TEST(a_list_by_a_namesake_under_another_root_is_no_news),
	TEST(a_key_that_may_not_sign_lists_does_not),
	TEST(an_indirect_list_speaks_for_certificates_that_name_its_issuer),
	TEST(an_indirect_list_must_be_tied_to_the_certificate),
	TEST(a_delta_changes_the_list_that_it_belongs_to),
	TEST(a_delta_does_not_count_beside_another_list),
	TEST(a_list_says_nothing_of_certificates_that_expired_before_it),
	TEST(evidence_is_looked_through_within_a_limit),
	TEST_END,
};
const struct suite suite_signing_x509_revocation = { "signing/x509/revocation", NULL, NULL, tests };
