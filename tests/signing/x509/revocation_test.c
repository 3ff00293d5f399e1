#include "signing/x509/revocation.h"

#include <openssl/ocsp.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "signing/x509/path.h"
#include "tests/support/status.h"
#include "tests/support/suite.h"

#define PIECES 8
#define URL    "http://pki.example/issuing.crl"

/* A certificate and all that is at hand about it; made anew for each case. */
struct scene {
	struct path_input in;
	STACK_OF(X509) * path;
	struct revocation_evidence evidence;
	struct buf lists[PIECES];
	struct crl *crls[PIECES];
	struct crl_source sources[PIECES];
	struct ocsp_response *answers[PIECES];
	const struct ocsp_response *answer_list[PIECES];
};

/* {cert, intermediate, root}, the root trusted. */
static void
begin(struct scene *s, X509 *cert)
{
	memset(s, 0, sizeof(*s));
	s->path = sk_X509_new_null();
	sk_X509_push(s->path, cert);
	sk_X509_push(s->path, pki_cert(PKI_INTERMEDIATE));
	sk_X509_push(s->path, pki_cert(PKI_ROOT));
	s->in = (struct path_input){ .cert = cert,
		.untrusted = pki_anchors(),
		.anchors = pki_root_only(),
		.time = PKI_NOW,
		.revocation = &s->evidence };
	s->evidence.crls = s->sources;
	s->evidence.ocsps = s->answer_list;
}

static void
end(struct scene *s)
{
	size_t i;

	for (i = 0; i < s->evidence.crl_count; i++) {
		crl_free(s->crls[i]);
		buf_release(&s->lists[i]);
	}
	for (i = 0; i < s->evidence.ocsp_count; i++)
		ocsp_response_free(s->answers[i]);
	sk_X509_free(s->path);
}

static void
add_der(struct scene *s, struct buf der)
{
	size_t i = s->evidence.crl_count++;
	struct error err = ERROR_INIT;

	s->lists[i] = der;
	ASSERT_OK(crl_open(&s->crls[i], SPAN_OF(&s->lists[i]), &err), &err);
	s->sources[i] = crl_source_of(s->crls[i]);
}

static void
add_crl(struct scene *s, const struct status_crl *in)
{
	add_der(s, status_crl_make(in));
}

static void
add_ocsp(struct scene *s, const struct status_ocsp *in)
{
	struct buf der = status_ocsp_make(in);
	size_t i = s->evidence.ocsp_count++;
	struct error err = ERROR_INIT;

	ASSERT_OK(ocsp_response_read(&s->answers[i], SPAN_OF(&der), &err), &err);
	s->answer_list[i] = s->answers[i];
	buf_release(&der);
}

static struct revocation_result
judged(struct scene *s)
{
	struct error err = ERROR_INIT;
	struct revocation_result r;

	ASSERT_OK(revocation_judge(&s->in, s->path, 0, &r, &err), &err);
	return r;
}

static void
expect_at(int line, struct scene *s, enum revocation_status status, const char *says)
{
	struct revocation_result r = judged(s);

	if (r.status != status || strstr(r.text, says) == NULL)
		fprintf(stderr, "line %d: %s, not %s: %s\n", line, revocation_status_name(r.status),
		    revocation_status_name(status), r.text);
	CU_ASSERT_EQUAL(r.status, status);
	CU_ASSERT_PTR_NOT_NULL(strstr(r.text, says));
	revocation_result_release(&r);
}
#define EXPECT(s, status, says) expect_at(__LINE__, (s), REVOCATION_##status, (says))

static struct status_entry
entry(X509 *cert, int reason)
{
	return (struct status_entry){ cert, PKI_NOW - 9 * PKI_DAY, reason, 0, NULL };
}

static X509 *
revocable(void)
{
	return pki_cert(PKI_REVOCABLE);
}

/* ---- one list ---- */

static void
without_evidence_nothing_is_known_and_it_is_told_where_to_ask(void)
{
	struct scene s;
	struct revocation_result r;

	begin(&s, revocable());
	EXPECT(&s, UNKNOWN, "no revocation information is at hand");
	r = judged(&s);
	CU_ASSERT_EQUAL_FATAL(r.crl_urls.count, 1);
	CU_ASSERT_STRING_EQUAL(r.crl_urls.items[0], URL);
	CU_ASSERT_EQUAL_FATAL(r.ocsp_urls.count, 1);
	CU_ASSERT_STRING_EQUAL(r.ocsp_urls.items[0], "http://pki.example/ocsp");
	revocation_result_release(&r);
	end(&s);
}

static void
a_list_without_the_certificate_is_good_news(void)
{
	struct status_crl crl = status_crl_of(PKI_INTERMEDIATE);
	struct revocation_result r;
	struct scene s;

	begin(&s, revocable());
	add_crl(&s, &crl);
	EXPECT(&s, GOOD, "is not revoked, by a CRL of 2026-02-28T11:00:00Z");
	r = judged(&s);
	CU_ASSERT_EQUAL(r.kind, REVOCATION_BY_CRL);
	CU_ASSERT_EQUAL(r.index, 0);
	CU_ASSERT_EQUAL(r.this_update, crl.this_update);
	CU_ASSERT_EQUAL(r.next_update, crl.next_update);
	CU_ASSERT_EQUAL(r.reasons, CRL_REASONS_ALL);
	CU_ASSERT(r.signer_is_issuer && r.signer_in_time);
	CU_ASSERT_EQUAL(X509_cmp(r.signer, pki_cert(PKI_INTERMEDIATE)), 0);
	revocation_result_release(&r);
	end(&s);
}

static void
a_list_with_a_broken_signature_is_no_news(void)
{
	struct status_crl crl = status_crl_of(PKI_INTERMEDIATE);
	struct buf der = status_crl_make(&crl);
	struct scene s;

	der.data[der.len - 1] ^= 1;
	begin(&s, revocable());
	add_der(&s, der);
	EXPECT(&s, UNKNOWN, "its signature is broken");
	end(&s);
}

static void
a_listed_certificate_is_revoked_with_time_and_reason(void)
{
	struct status_entry e = entry(revocable(), CRL_KEY_COMPROMISE);
	struct status_crl crl = status_crl_of(PKI_INTERMEDIATE);
	struct revocation_result r;
	struct scene s;

	e.invalid_since = PKI_NOW - 30 * PKI_DAY;
	crl.entries = &e;
	crl.count = 1;
	begin(&s, revocable());
	add_crl(&s, &crl);
	EXPECT(&s, REVOKED, "was revoked on 2026-02-20T11:00:00Z (keyCompromise)");
	r = judged(&s);
	CU_ASSERT_EQUAL(r.revoked_at, e.at);
	CU_ASSERT_EQUAL(r.reason, CRL_KEY_COMPROMISE);
	CU_ASSERT_EQUAL(r.invalid_since, e.invalid_since);
	revocation_result_release(&r);
	end(&s);
	e = entry(pki_cert(PKI_P256), CRL_KEY_COMPROMISE); /* somebody else */
	begin(&s, revocable());
	add_crl(&s, &crl);
	EXPECT(&s, GOOD, "");
	end(&s);
}

static void
a_certificate_on_hold_is_neither_good_nor_revoked(void)
{
	struct status_entry e = entry(revocable(), CRL_CERTIFICATE_HOLD);
	struct status_crl crl = status_crl_of(PKI_INTERMEDIATE);
	struct scene s;

	crl.entries = &e;
	crl.count = 1;
	begin(&s, revocable());
	add_crl(&s, &crl);
	EXPECT(&s, ON_HOLD, "is on hold since");
	end(&s);
}

static void
a_list_counts_from_its_issue_to_the_next(void)
{
	struct status_crl crl = status_crl_of(PKI_INTERMEDIATE);
	struct revocation_result r;
	struct scene s;

	begin(&s, revocable());
	add_crl(&s, &crl);
	s.in.time = crl.next_update;
	EXPECT(&s, GOOD, "");
	s.in.time = crl.next_update + 1;
	EXPECT(&s, UNKNOWN, "is outdated: a newer one was due at 2026-03-02T11:00:00Z");
	s.evidence.outdated_counts = 1; /* the caller looks at its dates */
	r = judged(&s);
	CU_ASSERT_EQUAL(r.status, REVOCATION_GOOD);
	CU_ASSERT_EQUAL(r.next_update, crl.next_update);
	revocation_result_release(&r);
	s.in.time = crl.this_update - 1;
	EXPECT(&s, UNKNOWN, "after the time that is asked about");
	s.evidence.clock_skew = 1;
	EXPECT(&s, GOOD, "");
	s.evidence.clock_skew = 0;
	s.evidence.time = PKI_NOW; /* which need not be the path's */
	EXPECT(&s, GOOD, "");
	end(&s);
}

static void
the_newest_list_counts(void)
{
	struct status_entry e = entry(revocable(), CRL_CERTIFICATE_HOLD);
	struct status_crl old = status_crl_of(PKI_INTERMEDIATE), new = old;
	struct revocation_result r;
	struct scene s;

	old.entries = &e;
	old.count = 1;
	new.this_update = PKI_NOW - 3600;
	begin(&s, revocable());
	add_crl(&s, &old);
	add_crl(&s, &new);
	r = judged(&s);
	CU_ASSERT_EQUAL(r.status, REVOCATION_GOOD);
	CU_ASSERT_EQUAL(r.index, 1);
	revocation_result_release(&r);
	end(&s);
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
	struct scene s;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct status_crl crl = status_crl_of(PKI_INTERMEDIATE);

		crl.idp_url = cases[i].url;
		crl.only_user = cases[i].user;
		crl.only_ca = cases[i].ca;
		begin(&s, revocable());
		add_crl(&s, &crl);
		expect_at(__LINE__, &s, cases[i].status, cases[i].says);
		end(&s);
	}
}

static void
lists_of_some_reasons_count_when_they_cover_all(void)
{
	struct status_crl some = status_crl_of(PKI_INTERMEDIATE), rest = some;
	struct status_entry e = entry(revocable(), CRL_SUPERSEDED);
	struct revocation_result r;
	struct scene s;

	some.reasons = 1u << 1 | 1u << 2;
	rest.reasons = CRL_REASONS_ALL & ~some.reasons;
	rest.this_update -= 60;
	begin(&s, revocable());
	add_crl(&s, &some);
	EXPECT(&s, UNKNOWN, "do not cover all reasons");
	r = judged(&s);
	CU_ASSERT_EQUAL(r.reasons, some.reasons);
	revocation_result_release(&r);
	add_crl(&s, &rest);
	r = judged(&s);
	CU_ASSERT_EQUAL(r.status, REVOCATION_GOOD);
	CU_ASSERT_EQUAL(r.this_update, rest.this_update); /* no fresher than its oldest part */
	revocation_result_release(&r);
	end(&s);
	rest.entries = &e;
	rest.count = 1;
	begin(&s, revocable());
	add_crl(&s, &some);
	add_crl(&s, &rest);
	EXPECT(&s, REVOKED, "superseded");
	end(&s);
}

static void
a_list_by_a_namesake_under_another_root_is_no_news(void)
{
	struct issue_request request = pki_request(PKI_INTERMEDIATE);
	struct status_crl crl = status_crl_of(PKI_INTERMEDIATE);
	STACK_OF(X509) *more = sk_X509_new_null();
	struct scene s;
	X509 *namesake;

	request.key = pki_key(PKI_P384)->pkey;
	request.ca_path_length = 0;
	namesake = pki_issue(&request, PKI_OTHER_ROOT);
	sk_X509_push(more, namesake);
	crl.signer = namesake;
	crl.key = pki_key(PKI_P384)->pkey;
	begin(&s, revocable());
	s.evidence.certificates = more;
	add_crl(&s, &crl);
	EXPECT(&s, UNKNOWN, "the CRL cannot be used: no trusted issuer was found");
	end(&s);
	X509_free(namesake);
	/* The same name and another key under the same root is a CA's key for lists. */
	namesake = pki_issue(&request, PKI_ROOT);
	sk_X509_set(more, 0, namesake);
	crl.signer = namesake;
	begin(&s, revocable());
	s.evidence.certificates = more;
	add_crl(&s, &crl);
	EXPECT(&s, UNKNOWN, "whether the certificate behind its signature is revoked is not known");
	crl = status_crl_of(PKI_ROOT);
	add_crl(&s, &crl);
	EXPECT(&s, GOOD, "");
	end(&s);
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
	struct scene s;

	begin(&s, revocable());
	s.in.untrusted = none;
	sk_X509_set(s.path, 1, ca);
	add_crl(&s, &crl);
	EXPECT(&s, UNKNOWN, "its signer may not sign CRLs by its key usage");
	end(&s);
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
	struct status_entry e = entry(revocable(), CRL_KEY_COMPROMISE);
	struct status_crl direct = status_crl_of(PKI_INTERMEDIATE),
			  indirect = status_crl_of(PKI_ROOT);
	struct scene s;

	indirect.indirect = 1;
	begin(&s, cert);
	add_crl(&s, &direct); /* by that, the CA's own list does not cover it */
	EXPECT(&s, UNKNOWN, "about other certificates");
	add_crl(&s, &indirect);
	EXPECT(&s, GOOD, "");
	end(&s);
	indirect.entries = &e;
	indirect.count = 1;
	begin(&s, cert);
	add_crl(&s, &indirect); /* lists the number as one of the root's own */
	EXPECT(&s, GOOD, "");
	e.names_issuer_of = cert;
	add_crl(&s, &indirect);
	s.evidence.crls = s.sources + 1;
	s.evidence.crl_count = 1;
	EXPECT(&s, REVOKED, "keyCompromise");
	s.evidence.crls = s.sources;
	s.evidence.crl_count = 2;
	end(&s);
	indirect.indirect = 0; /* then it is only about the root's own certificates */
	indirect.count = 0;
	begin(&s, cert);
	add_crl(&s, &indirect);
	EXPECT(&s, UNKNOWN, "");
	end(&s);
	X509_free(cert);
}

/* An indirect list of the CA itself: tied to the certificate by the name of the list, or not. */
static void
an_indirect_list_must_be_tied_to_the_certificate(void)
{
	struct status_crl crl = status_crl_of(PKI_INTERMEDIATE);
	struct scene s;

	crl.indirect = 1;
	begin(&s, revocable());
	add_crl(&s, &crl);
	EXPECT(&s, UNKNOWN, "is indirect");
	end(&s);
	crl.idp_url = URL;
	begin(&s, revocable());
	add_crl(&s, &crl);
	EXPECT(&s, GOOD, "");
	end(&s);
}

/* ---- deltas ---- */

static void
a_delta_changes_the_list_that_it_belongs_to(void)
{
	struct status_entry hold = entry(revocable(), CRL_CERTIFICATE_HOLD),
			    off = entry(revocable(), CRL_REMOVE_FROM_CRL),
			    gone = entry(revocable(), CRL_KEY_COMPROMISE);
	struct status_crl base = status_crl_of(PKI_INTERMEDIATE), delta = base;
	struct revocation_result r;
	struct scene s;

	delta.number = 6;
	delta.base = 5;
	delta.this_update = PKI_NOW - 3600;
	delta.count = 1;
	base.entries = &hold;
	base.count = 1;
	delta.entries = &off;
	begin(&s, revocable());
	add_crl(&s, &base);
	EXPECT(&s, ON_HOLD, "");
	add_crl(&s, &delta);
	r = judged(&s);
	CU_ASSERT_EQUAL(r.status, REVOCATION_GOOD);
	CU_ASSERT(r.has_delta);
	CU_ASSERT_EQUAL(r.index, 0);
	CU_ASSERT_EQUAL(r.delta, 1);
	CU_ASSERT_EQUAL(r.this_update, delta.this_update);
	revocation_result_release(&r);
	end(&s);
	delta.entries = &gone;
	begin(&s, revocable());
	add_crl(&s, &base);
	add_crl(&s, &delta);
	EXPECT(&s, REVOKED, "keyCompromise");
	end(&s);
}

static void
a_delta_does_not_count_beside_another_list(void)
{
	struct status_entry gone = entry(revocable(), CRL_KEY_COMPROMISE);
	struct status_crl base = status_crl_of(PKI_INTERMEDIATE), delta = base;
	struct scene s;

	delta.number = 9;
	delta.base = 6; /* the base at hand is older */
	delta.entries = &gone;
	delta.count = 1;
	begin(&s, revocable());
	add_crl(&s, &delta);
	EXPECT(&s, UNKNOWN, "is a delta, and there is no list that it belongs to");
	add_crl(&s, &base);
	EXPECT(&s, GOOD, "");
	end(&s);
	delta.number = 5; /* no newer than the base */
	delta.base = 4;
	begin(&s, revocable());
	add_crl(&s, &delta);
	add_crl(&s, &base);
	EXPECT(&s, GOOD, "");
	end(&s);
}

/* ---- expired certificates ---- */

static void
a_list_says_nothing_of_certificates_that_expired_before_it(void)
{
	struct status_crl crl = status_crl_of(PKI_INTERMEDIATE);
	struct status_entry e = entry(pki_cert(PKI_EXPIRED), CRL_KEY_COMPROMISE);
	struct revocation_result r;
	struct scene s;

	begin(&s, pki_cert(PKI_EXPIRED));
	add_crl(&s, &crl);
	EXPECT(&s, UNKNOWN, "was made after the certificate expired");
	r = judged(&s);
	CU_ASSERT(r.says_nothing_of_expired);
	revocation_result_release(&r);
	end(&s);
	crl.expired_from = PKI_NOW - PKI_YEAR; /* it keeps them */
	begin(&s, pki_cert(PKI_EXPIRED));
	add_crl(&s, &crl);
	EXPECT(&s, GOOD, "");
	end(&s);
	crl.expired_from = PKI_NOW - 10 * PKI_DAY; /* but not from that time */
	begin(&s, pki_cert(PKI_EXPIRED));
	add_crl(&s, &crl);
	EXPECT(&s, UNKNOWN, "");
	end(&s);
	crl.expired_from = 0;
	crl.entries = &e; /* what it does say counts */
	crl.count = 1;
	begin(&s, pki_cert(PKI_EXPIRED));
	add_crl(&s, &crl);
	EXPECT(&s, REVOKED, "");
	end(&s);
}

static void
an_answer_says_nothing_of_certificates_that_expired_before_it(void)
{
	struct status_ocsp ocsp = status_ocsp_of(PKI_EXPIRED, PKI_INTERMEDIATE);
	struct scene s;

	begin(&s, pki_cert(PKI_EXPIRED));
	add_ocsp(&s, &ocsp);
	EXPECT(&s, UNKNOWN, "was made after the certificate expired");
	end(&s);
	ocsp.archive_cutoff = PKI_NOW - PKI_YEAR;
	begin(&s, pki_cert(PKI_EXPIRED));
	add_ocsp(&s, &ocsp);
	EXPECT(&s, GOOD, "");
	end(&s);
	ocsp.archive_cutoff = PKI_NOW - 10 * PKI_DAY;
	begin(&s, pki_cert(PKI_EXPIRED));
	add_ocsp(&s, &ocsp);
	EXPECT(&s, UNKNOWN, "");
	end(&s);
}

/* ---- OCSP ---- */

static void
an_answer_by_the_issuer_counts(void)
{
	struct status_ocsp ocsp = status_ocsp_of(PKI_REVOCABLE, PKI_INTERMEDIATE);
	struct revocation_result r;
	struct scene s;

	begin(&s, revocable());
	add_ocsp(&s, &ocsp);
	EXPECT(&s, GOOD, "is not revoked, by an OCSP answer of 2026-03-01T10:00:00Z");
	r = judged(&s);
	CU_ASSERT_EQUAL(r.kind, REVOCATION_BY_OCSP);
	CU_ASSERT_EQUAL(r.produced_at, ocsp.produced_at);
	CU_ASSERT_EQUAL(r.next_update, ocsp.next_update);
	CU_ASSERT(r.signer_is_issuer);
	revocation_result_release(&r);
	end(&s);
	ocsp.status = V_OCSP_CERTSTATUS_REVOKED;
	ocsp.revoked_at = PKI_NOW - 9 * PKI_DAY;
	ocsp.reason = OCSP_REVOKED_STATUS_SUPERSEDED;
	begin(&s, revocable());
	add_ocsp(&s, &ocsp);
	EXPECT(&s, REVOKED, "2026-02-20T11:00:00Z (superseded)");
	end(&s);
	ocsp.reason = OCSP_REVOKED_STATUS_CERTIFICATEHOLD;
	begin(&s, revocable());
	add_ocsp(&s, &ocsp);
	EXPECT(&s, ON_HOLD, "");
	end(&s);
	ocsp.status = V_OCSP_CERTSTATUS_UNKNOWN;
	begin(&s, revocable());
	add_ocsp(&s, &ocsp);
	EXPECT(&s, UNKNOWN, "does not know the certificate");
	end(&s);
}

static void
an_answer_that_may_not_be_used_is_not(void)
{
	struct status_ocsp good = status_ocsp_of(PKI_REVOCABLE, PKI_INTERMEDIATE), ocsp;
	struct scene s;

	begin(&s, revocable());
	ocsp = good;
	ocsp.unknown_critical = 1;
	add_ocsp(&s, &ocsp);
	EXPECT(&s, UNKNOWN, "critical extension");
	end(&s);
	begin(&s, revocable());
	ocsp = good;
	ocsp.cert_hash_of = pki_cert(PKI_P256);
	add_ocsp(&s, &ocsp);
	EXPECT(&s, UNKNOWN, "another certificate with the same serial number");
	end(&s);
	begin(&s, revocable());
	ocsp = good;
	ocsp.cert_hash_of = revocable();
	add_ocsp(&s, &ocsp);
	EXPECT(&s, GOOD, "");
	s.in.time = good.next_update + 1;
	EXPECT(&s, UNKNOWN, "outdated");
	s.in.time = good.this_update - 1;
	EXPECT(&s, UNKNOWN, "after the time");
	end(&s);
	begin(&s, revocable());
	ocsp = good;
	ocsp.signer = pki_cert(PKI_ROOT); /* a CA above, which may not speak for the one below */
	ocsp.key = pki_key(PKI_ROOT)->pkey;
	add_ocsp(&s, &ocsp);
	EXPECT(&s, UNKNOWN, "not authorised by the CA");
	end(&s);
	begin(&s, revocable());
	ocsp = good;
	ocsp.cert = pki_cert(PKI_P256);
	add_ocsp(&s, &ocsp);
	EXPECT(&s, UNKNOWN, "about other certificates");
	end(&s);
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
	struct scene s;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct status_ocsp ocsp = delegated(cases[i].by);

		ocsp.by_key = i % 2;
		begin(&s, revocable());
		add_ocsp(&s, &ocsp);
		expect_at(__LINE__, &s, cases[i].status, cases[i].says);
		r = judged(&s);
		if (r.status == REVOCATION_GOOD)
			CU_ASSERT(!r.signer_is_issuer && X509_cmp(r.signer, good) == 0);
		revocation_result_release(&r);
		end(&s);
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
	struct scene s;

	sk_X509_push(services, foreign);
	begin(&s, revocable());
	s.evidence.services = services;
	add_ocsp(&s, &ocsp);
	EXPECT(&s, GOOD, "");
	s.in.time = PKI_NOW + 31 * PKI_DAY; /* its certificate has expired by then */
	EXPECT(&s, UNKNOWN, "");
	end(&s);
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
	struct status_entry e = entry(by, CRL_KEY_COMPROMISE);
	struct revocation_result r;
	struct scene s;

	begin(&s, pki_cert(PKI_REVOCABLE));
	add_ocsp(&s, &ocsp);
	EXPECT(&s, UNKNOWN, "behind its signature is revoked is not known: \"Test responder\"");
	s.evidence.signers_unchecked = 1;
	EXPECT(&s, GOOD, "");
	s.evidence.signers_unchecked = 0;
	crl.idp_url = URL;
	crl.only_user = 1;
	crl.reasons = 1u << 1; /* says little of the certificate, and of the responder's alike */
	add_crl(&s, &crl);
	EXPECT(&s, UNKNOWN, "");
	end(&s);
	crl.reasons = 0;
	begin(&s, pki_cert(PKI_REVOCABLE));
	add_ocsp(&s, &ocsp);
	add_crl(&s, &crl);
	r = judged(&s);
	CU_ASSERT_EQUAL(r.status, REVOCATION_GOOD);
	CU_ASSERT_EQUAL_FATAL(r.kind, REVOCATION_BY_OCSP);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r.signer_status);
	CU_ASSERT_EQUAL(r.signer_status->status, REVOCATION_GOOD);
	CU_ASSERT_EQUAL(r.signer_status->kind, REVOCATION_BY_CRL);
	revocation_result_release(&r);
	end(&s);
	crl.entries = &e; /* revoked itself: never, whatever is forgiven */
	crl.count = 1;
	crl.idp_url = NULL;
	begin(&s, pki_cert(PKI_REVOCABLE));
	s.evidence.signers_unchecked = 1;
	add_ocsp(&s, &ocsp);
	add_crl(&s, &crl);
	r = judged(&s);
	CU_ASSERT_EQUAL(r.status, REVOCATION_GOOD); /* by the list */
	CU_ASSERT_EQUAL(r.kind, REVOCATION_BY_CRL);
	revocation_result_release(&r);
	end(&s);
	X509_free(plain);
	X509_free(by);
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
	struct scene s;
	int i;

	X509_set_pubkey(decoy, pki_key(PKI_P384)->pkey);
	decoy = pki_resign(decoy, PKI_ROOT);
	for (i = 0; i < REVOCATION_STEPS_MAX; i++)
		sk_X509_push(many, decoy);
	crl.key = pki_key(PKI_P521)->pkey; /* nobody's */
	begin(&s, revocable());
	s.evidence.certificates = many;
	add_crl(&s, &crl);
	r = judged(&s);
	CU_ASSERT_EQUAL(r.status, REVOCATION_UNKNOWN);
	CU_ASSERT(r.limit_met);
	CU_ASSERT_PTR_NOT_NULL(strstr(r.text, "more revocation information"));
	revocation_result_release(&r);
	end(&s);
	sk_X509_free(many);
	X509_free(decoy);
}

/* ---- both ---- */

static void
revoked_is_for_good_and_a_hold_until_newer_news(void)
{
	struct status_entry e = entry(revocable(), CRL_KEY_COMPROMISE);
	struct status_ocsp ocsp = status_ocsp_of(PKI_REVOCABLE, PKI_INTERMEDIATE);
	struct status_crl crl = status_crl_of(PKI_INTERMEDIATE);
	struct scene s;

	crl.entries = &e;
	crl.count = 1;
	begin(&s, revocable());
	add_crl(&s, &crl);
	add_ocsp(&s, &ocsp);
	EXPECT(&s, REVOKED, "by a CRL");
	end(&s);
	e.reason = CRL_CERTIFICATE_HOLD;
	begin(&s, revocable());
	add_crl(&s, &crl);
	add_ocsp(&s, &ocsp);
	EXPECT(&s, GOOD, "by an OCSP answer");
	end(&s);
	ocsp.this_update = ocsp.produced_at = crl.this_update - 60;
	begin(&s, revocable());
	add_crl(&s, &crl);
	add_ocsp(&s, &ocsp);
	EXPECT(&s, ON_HOLD, "by a CRL");
	end(&s);
}

static void
each_piece_is_told_with_what_became_of_it(void)
{
	struct status_crl crl = status_crl_of(PKI_INTERMEDIATE), other = status_crl_of(PKI_ROOT);
	struct status_ocsp ocsp = status_ocsp_of(PKI_REVOCABLE, PKI_INTERMEDIATE);
	struct revocation_result r;
	struct scene s;
	size_t i;

	ocsp.unknown_critical = 1;
	begin(&s, revocable());
	add_crl(&s, &crl);
	add_crl(&s, &other);
	add_ocsp(&s, &ocsp);
	r = judged(&s);
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
	end(&s);
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
	TEST(an_answer_says_nothing_of_certificates_that_expired_before_it),
	TEST(an_answer_by_the_issuer_counts),
	TEST(an_answer_that_may_not_be_used_is_not),
	TEST(a_responder_must_be_authorised_by_the_ca_itself),
	TEST(a_service_that_is_named_by_the_administrator_is_authorised),
	TEST(a_responder_without_nocheck_needs_proof_itself),
	TEST(evidence_is_looked_through_within_a_limit),
	TEST(revoked_is_for_good_and_a_hold_until_newer_news),
	TEST(each_piece_is_told_with_what_became_of_it),
	TEST_END,
};
const struct suite suite_signing_x509_revocation = { "signing/x509/revocation", NULL, NULL, tests };
