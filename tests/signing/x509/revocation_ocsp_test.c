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

/* ---- OCSP ---- */

static void
an_answer_says_nothing_of_certificates_that_expired_before_it(void)
{
	struct status_ocsp ocsp = status_ocsp_of(PKI_EXPIRED, PKI_INTERMEDIATE);
	struct status_scene s;

	status_scene_begin(&s, pki_cert(PKI_EXPIRED));
	status_scene_ocsp(&s, &ocsp);
	EXPECT_STATUS(&s, UNKNOWN, "was made after the certificate expired");
	status_scene_end(&s);
	ocsp.archive_cutoff = PKI_NOW - PKI_YEAR;
	status_scene_begin(&s, pki_cert(PKI_EXPIRED));
	status_scene_ocsp(&s, &ocsp);
	EXPECT_STATUS(&s, GOOD, "");
	status_scene_end(&s);
	ocsp.archive_cutoff = PKI_NOW - 10 * PKI_DAY;
	status_scene_begin(&s, pki_cert(PKI_EXPIRED));
	status_scene_ocsp(&s, &ocsp);
	EXPECT_STATUS(&s, UNKNOWN, "");
	status_scene_end(&s);
}

static void
an_answer_by_the_issuer_counts(void)
{
	struct status_ocsp ocsp = status_ocsp_of(PKI_REVOCABLE, PKI_INTERMEDIATE);
	struct revocation_result r;
	struct status_scene s;

	status_scene_begin(&s, revocable());
	status_scene_ocsp(&s, &ocsp);
	EXPECT_STATUS(&s, GOOD, "is not revoked, by an OCSP answer of 2026-03-01T10:00:00Z");
	r = status_scene_judge(&s);
	CU_ASSERT_EQUAL(r.kind, REVOCATION_BY_OCSP);
	CU_ASSERT_EQUAL(r.produced_at, ocsp.produced_at);
	CU_ASSERT_EQUAL(r.next_update, ocsp.next_update);
	CU_ASSERT(r.signer_is_issuer);
	revocation_result_release(&r);
	status_scene_end(&s);
	ocsp.status = V_OCSP_CERTSTATUS_REVOKED;
	ocsp.revoked_at = PKI_NOW - 9 * PKI_DAY;
	ocsp.reason = OCSP_REVOKED_STATUS_SUPERSEDED;
	status_scene_begin(&s, revocable());
	status_scene_ocsp(&s, &ocsp);
	EXPECT_STATUS(&s, REVOKED, "2026-02-20T11:00:00Z (superseded)");
	status_scene_end(&s);
	ocsp.reason = OCSP_REVOKED_STATUS_CERTIFICATEHOLD;
	status_scene_begin(&s, revocable());
	status_scene_ocsp(&s, &ocsp);
	EXPECT_STATUS(&s, ON_HOLD, "");
	status_scene_end(&s);
	ocsp.status = V_OCSP_CERTSTATUS_UNKNOWN;
	status_scene_begin(&s, revocable());
	status_scene_ocsp(&s, &ocsp);
	EXPECT_STATUS(&s, UNKNOWN, "does not know the certificate");
	status_scene_end(&s);
}

static void
an_answer_that_may_not_be_used_is_not(void)
{
	struct status_ocsp good = status_ocsp_of(PKI_REVOCABLE, PKI_INTERMEDIATE), ocsp;
	struct status_scene s;

	status_scene_begin(&s, revocable());
	ocsp = good;
	ocsp.unknown_critical = 1;
	status_scene_ocsp(&s, &ocsp);
	EXPECT_STATUS(&s, UNKNOWN, "critical extension");
	status_scene_end(&s);
	status_scene_begin(&s, revocable());
	ocsp = good;
	ocsp.cert_hash_of = pki_cert(PKI_P256);
	status_scene_ocsp(&s, &ocsp);
	EXPECT_STATUS(&s, UNKNOWN, "another certificate with the same serial number");
	status_scene_end(&s);
	status_scene_begin(&s, revocable());
	ocsp = good;
	ocsp.cert_hash_of = revocable();
	status_scene_ocsp(&s, &ocsp);
	EXPECT_STATUS(&s, GOOD, "");
	s.in.time = good.next_update + 1;
	EXPECT_STATUS(&s, UNKNOWN, "outdated");
	s.in.time = good.this_update - 1;
	EXPECT_STATUS(&s, UNKNOWN, "after the time");
	status_scene_end(&s);
	status_scene_begin(&s, revocable());
	ocsp = good;
	ocsp.signer = pki_cert(PKI_ROOT); /* a CA above, which may not speak for the one below */
	ocsp.key = pki_key(PKI_ROOT)->pkey;
	status_scene_ocsp(&s, &ocsp);
	EXPECT_STATUS(&s, UNKNOWN, "not authorised by the CA");
	status_scene_end(&s);
	status_scene_begin(&s, revocable());
	ocsp = good;
	ocsp.cert = pki_cert(PKI_P256);
	status_scene_ocsp(&s, &ocsp);
	EXPECT_STATUS(&s, UNKNOWN, "about other certificates");
	status_scene_end(&s);
}

/* A responder made for the occasion; its key is that of PKI_P384. */
static X509 *
responder(enum pki_id issuer, enum issue_profile profile)
{
	struct issue_request request = { .profile = profile,
		.key = pki_key(PKI_P384)->pkey,
		.common_name = "Test responder",
		.not_before = PKI_NOW - 30 * PKI_DAY,
		.not_after = PKI_NOW + 30 * PKI_DAY };

	if (profile != ISSUE_OCSP)
		request.crl_url = URL;
	return pki_issue(&request, issuer);
}

static struct status_ocsp
delegated(X509 *by)
{
	struct status_ocsp ocsp = status_ocsp_of(PKI_REVOCABLE, PKI_INTERMEDIATE);

	ocsp.signer = by;
	ocsp.key = pki_key(PKI_P384)->pkey;
	return ocsp;
}

static void
a_responder_must_be_authorised_by_the_ca_itself(void)
{
	X509 *good = responder(PKI_INTERMEDIATE, ISSUE_OCSP),
	     *foreign = responder(PKI_OTHER_ROOT, ISSUE_OCSP),
	     *above = responder(PKI_ROOT, ISSUE_OCSP),
	     *signer = responder(PKI_INTERMEDIATE, ISSUE_DOCUMENT_SIGNING);
	const struct {
		X509 *by;
		enum revocation_status status;
		const char *says;
	} cases[] = {
		{ good, REVOCATION_GOOD, "" },
		{ foreign, REVOCATION_UNKNOWN, "not authorised by the CA" },
		{ above, REVOCATION_UNKNOWN, "not authorised by the CA" },
		{ signer, REVOCATION_UNKNOWN, "may not sign OCSP answers" },
	};
	struct revocation_result r;
	struct status_scene s;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct status_ocsp ocsp = delegated(cases[i].by);

		ocsp.by_key = i % 2;
		status_scene_begin(&s, revocable());
		status_scene_ocsp(&s, &ocsp);
		status_scene_expect(__LINE__, &s, cases[i].status, cases[i].says);
		r = status_scene_judge(&s);
		if (r.status == REVOCATION_GOOD)
			CU_ASSERT(!r.signer_is_issuer && X509_cmp(r.signer, good) == 0);
		revocation_result_release(&r);
		status_scene_end(&s);
	}
	X509_free(good);
	X509_free(foreign);
	X509_free(above);
	X509_free(signer);
}

/* One that a trusted list names may speak for others' certificates. */
static void
a_service_that_is_named_by_the_administrator_is_authorised(void)
{
	X509 *foreign = responder(PKI_OTHER_ROOT, ISSUE_OCSP);
	STACK_OF(X509) *services = sk_X509_new_null();
	struct status_ocsp ocsp = delegated(foreign);
	struct status_scene s;

	sk_X509_push(services, foreign);
	status_scene_begin(&s, revocable());
	s.evidence.services = services;
	status_scene_ocsp(&s, &ocsp);
	EXPECT_STATUS(&s, GOOD, "");
	s.in.time = PKI_NOW + 31 * PKI_DAY; /* its certificate has expired by then */
	EXPECT_STATUS(&s, UNKNOWN, "");
	status_scene_end(&s);
	sk_X509_free(services);
	X509_free(foreign);
}

/* RFC 6960 section 4.2.2.2.1: without ocsp-nocheck it is to be checked. */
static void
a_responder_without_nocheck_needs_proof_itself(void)
{
	X509 *plain = responder(PKI_INTERMEDIATE, ISSUE_DOCUMENT_SIGNING),
	     *by = status_with_ext(
		 plain, PKI_INTERMEDIATE, NID_ext_key_usage, 0, "value=OCSPSigning\n");
	struct status_ocsp ocsp = delegated(by);
	struct status_crl crl = status_crl_of(PKI_INTERMEDIATE);
	struct status_entry e = status_scene_entry(by, CRL_KEY_COMPROMISE);
	struct revocation_result r;
	struct status_scene s;

	status_scene_begin(&s, pki_cert(PKI_REVOCABLE));
	status_scene_ocsp(&s, &ocsp);
	EXPECT_STATUS(
	    &s, UNKNOWN, "behind its signature is revoked is not known: \"Test responder\"");
	s.evidence.signers_unchecked = 1;
	EXPECT_STATUS(&s, GOOD, "");
	s.evidence.signers_unchecked = 0;
	crl.idp_url = URL;
	crl.only_user = 1;
	crl.reasons = 1u << 1; /* says little of the certificate, and of the responder's alike */
	status_scene_crl(&s, &crl);
	EXPECT_STATUS(&s, UNKNOWN, "");
	status_scene_end(&s);
	crl.reasons = 0;
	status_scene_begin(&s, pki_cert(PKI_REVOCABLE));
	status_scene_ocsp(&s, &ocsp);
	status_scene_crl(&s, &crl);
	r = status_scene_judge(&s);
	CU_ASSERT_EQUAL(r.status, REVOCATION_GOOD);
	CU_ASSERT_EQUAL_FATAL(r.kind, REVOCATION_BY_OCSP);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r.signer_status);
	CU_ASSERT_EQUAL(r.signer_status->status, REVOCATION_GOOD);
	CU_ASSERT_EQUAL(r.signer_status->kind, REVOCATION_BY_CRL);
	revocation_result_release(&r);
	status_scene_end(&s);
	crl.entries = &e; /* revoked itself: never, whatever is forgiven */
	crl.count = 1;
	crl.idp_url = NULL;
	status_scene_begin(&s, pki_cert(PKI_REVOCABLE));
	s.evidence.signers_unchecked = 1;
	status_scene_ocsp(&s, &ocsp);
	status_scene_crl(&s, &crl);
	r = status_scene_judge(&s);
	CU_ASSERT_EQUAL(r.status, REVOCATION_GOOD); /* by the list */
	CU_ASSERT_EQUAL(r.kind, REVOCATION_BY_CRL);
	revocation_result_release(&r);
	status_scene_end(&s);
	X509_free(plain);
	X509_free(by);
}

/* ---- both ---- */

static void
revoked_is_for_good_and_a_hold_until_newer_news(void)
{
	struct status_entry e = status_scene_entry(revocable(), CRL_KEY_COMPROMISE);
	struct status_ocsp ocsp = status_ocsp_of(PKI_REVOCABLE, PKI_INTERMEDIATE);
	struct status_crl crl = status_crl_of(PKI_INTERMEDIATE);
	struct status_scene s;

	crl.entries = &e;
	crl.count = 1;
	status_scene_begin(&s, revocable());
	status_scene_crl(&s, &crl);
	status_scene_ocsp(&s, &ocsp);
	EXPECT_STATUS(&s, REVOKED, "by a CRL");
	status_scene_end(&s);
	e.reason = CRL_CERTIFICATE_HOLD;
	status_scene_begin(&s, revocable());
	status_scene_crl(&s, &crl);
	status_scene_ocsp(&s, &ocsp);
	EXPECT_STATUS(&s, GOOD, "by an OCSP answer");
	status_scene_end(&s);
	ocsp.this_update = ocsp.produced_at = crl.this_update - 60;
	status_scene_begin(&s, revocable());
	status_scene_crl(&s, &crl);
	status_scene_ocsp(&s, &ocsp);
	EXPECT_STATUS(&s, ON_HOLD, "by a CRL");
	status_scene_end(&s);
}

static void
each_piece_is_told_with_what_became_of_it(void)
{
	struct status_crl crl = status_crl_of(PKI_INTERMEDIATE), other = status_crl_of(PKI_ROOT);
	struct status_ocsp ocsp = status_ocsp_of(PKI_REVOCABLE, PKI_INTERMEDIATE);
	struct revocation_result r;
	struct status_scene s;
	size_t i;

	ocsp.unknown_critical = 1;
	status_scene_begin(&s, revocable());
	status_scene_crl(&s, &crl);
	status_scene_crl(&s, &other);
	status_scene_ocsp(&s, &ocsp);
	r = status_scene_judge(&s);
	CU_ASSERT_EQUAL(r.status, REVOCATION_GOOD);
	CU_ASSERT_EQUAL_FATAL(r.piece_count, 2); /* the one behind the list that sufficed is not */
	for (i = 0; i < r.piece_count; i++) {
		const struct revocation_piece *p = &r.pieces[i];

		CU_ASSERT_EQUAL(
		    p->says, p->kind == REVOCATION_BY_CRL ? REVOCATION_GOOD : REVOCATION_UNKNOWN);
		CU_ASSERT(p->concerns);
		CU_ASSERT(p->text[0] != '\0');
	}
	revocation_result_release(&r);
	status_scene_end(&s);
}

static const struct test tests[] = {
	TEST(an_answer_says_nothing_of_certificates_that_expired_before_it),
	TEST(an_answer_by_the_issuer_counts),
	TEST(an_answer_that_may_not_be_used_is_not),
	TEST(a_responder_must_be_authorised_by_the_ca_itself),
	TEST(a_service_that_is_named_by_the_administrator_is_authorised),
	TEST(a_responder_without_nocheck_needs_proof_itself),
	TEST(revoked_is_for_good_and_a_hold_until_newer_news),
	TEST(each_piece_is_told_with_what_became_of_it),
	TEST_END,
};
const struct suite suite_signing_x509_revocation_ocsp = { "signing/x509/revocation_ocsp", NULL,
	NULL, tests };
