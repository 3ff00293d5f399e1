#include "signing/x509/issue.h"

#include <openssl/x509v3.h>
#include <string.h>

#include "signing/x509/cert.h"
#include "signing/x509/crl.h"
#include "signing/x509/keyfile.h"
#include "tests/support/pki.h"
#include "tests/support/suite.h"

static void
each_profile_says_what_its_key_is_for(void)
{
	static const struct {
		enum pki_id id;
		unsigned int key_usage, eku;
		int eku_critical, is_ca, no_rev_avail;
	} want[] = {
		{ PKI_ROOT, KU_KEY_CERT_SIGN | KU_CRL_SIGN, 0, 0, 1, 0 },
		{ PKI_INTERMEDIATE, KU_KEY_CERT_SIGN | KU_CRL_SIGN, 0, 0, 1, 0 },
		{ PKI_P256, KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION,
		    CERT_EKU_DOCUMENT | CERT_EKU_EMAIL, 0, 0, 1 },
		{ PKI_TSA, KU_DIGITAL_SIGNATURE, CERT_EKU_TIMESTAMP, 1, 0, 1 },
		{ PKI_TLS_SERVER, KU_DIGITAL_SIGNATURE, CERT_EKU_SERVER, 0, 0, 1 },
		{ PKI_TLS_CLIENT, KU_DIGITAL_SIGNATURE, CERT_EKU_CLIENT, 0, 0, 1 },
		{ PKI_REVOCABLE, KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION,
		    CERT_EKU_DOCUMENT | CERT_EKU_EMAIL, 0, 0, 0 },
	};
	struct error err = ERROR_INIT;
	struct cert_facts f;
	size_t i;

	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		ASSERT_OK(cert_facts_read(&f, pki_cert(want[i].id), &err), &err);
		CU_ASSERT_EQUAL(f.key_usage, want[i].key_usage);
		CU_ASSERT_EQUAL(f.eku, want[i].eku);
		CU_ASSERT_EQUAL(f.eku_critical, want[i].eku_critical);
		CU_ASSERT_EQUAL(f.is_ca, want[i].is_ca);
		CU_ASSERT_EQUAL(f.no_rev_avail, want[i].no_rev_avail);
		CU_ASSERT_EQUAL(cert_facts_need_revocation(&f), !want[i].no_rev_avail);
		CU_ASSERT_PTR_NOT_NULL(X509_get0_subject_key_id(pki_cert(want[i].id)));
		CU_ASSERT_PTR_NOT_NULL(X509_get0_authority_key_id(pki_cert(want[i].id)));
		cert_facts_release(&f);
	}
}

static void
a_server_certificate_answers_to_its_names_alone(void)
{
	X509 *x = pki_cert(PKI_TLS_SERVER);

	CU_ASSERT_EQUAL(X509_check_host(x, "localhost", 0, 0, NULL), 1);
	CU_ASSERT_EQUAL(X509_check_ip_asc(x, "127.0.0.1", 0), 1);
	CU_ASSERT_EQUAL(X509_check_ip_asc(x, "::1", 0), 1);
	CU_ASSERT_EQUAL(X509_check_host(x, "localhost.example", 0, 0, NULL), 0);
	CU_ASSERT_EQUAL(X509_check_ip_asc(x, "127.0.0.2", 0), 0);
}

static void
an_rsa_server_key_may_also_encipher(void)
{
	struct issue_request r = pki_request(PKI_TLS_SERVER);
	X509 *x;

	r.key = pki_key(PKI_RSA2048)->pkey;
	x = pki_issue(&r, PKI_INTERMEDIATE);
	CU_ASSERT_EQUAL(X509_get_key_usage(x), KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT);
	X509_free(x);
}

static void
serial_numbers_are_20_bytes_and_never_the_same(void)
{
	const ASN1_INTEGER *a = X509_get0_serialNumber(pki_cert(PKI_P256)),
			   *b = X509_get0_serialNumber(pki_cert(PKI_TSA));

	CU_ASSERT_EQUAL(ASN1_STRING_length(a), 20);
	CU_ASSERT_EQUAL(ASN1_STRING_length(b), 20);
	CU_ASSERT_EQUAL(ASN1_STRING_type(a), V_ASN1_INTEGER); /* not negative */
	CU_ASSERT_NOT_EQUAL(ASN1_INTEGER_cmp(a, b), 0);
}

static void
signatures_check_under_the_issuer_and_under_nobody_else(void)
{
	X509 *x = pki_cert(PKI_P256);

	CU_ASSERT_EQUAL(X509_verify(x, X509_get0_pubkey(pki_cert(PKI_INTERMEDIATE))), 1);
	CU_ASSERT_EQUAL(X509_verify(x, X509_get0_pubkey(pki_cert(PKI_ROOT))), 0);
	CU_ASSERT_EQUAL(X509_verify(pki_cert(PKI_ROOT), X509_get0_pubkey(pki_cert(PKI_ROOT))), 1);
}

struct bad_request {
	const char *what;
	void (*spoil)(struct issue_request *r);
	enum error_kind kind;
};

static const char *const bad_dns[] = { "a b" }, *const bad_ip[] = { "300.1.1.1" };
static char long_name[70];

static void
without_name(struct issue_request *r)
{
	r->common_name = "";
}
static void
with_long_name(struct issue_request *r)
{
	memset(long_name, 'x', sizeof(long_name) - 1);
	r->common_name = long_name;
}
static void
with_broken_utf8(struct issue_request *r)
{
	r->organization = "\xff\xfe";
}
static void
with_long_country(struct issue_request *r)
{
	r->country = "DEU";
}
static void
with_bad_dns(struct issue_request *r)
{
	r->dns_names = bad_dns;
	r->dns_name_count = 1;
}
static void
with_bad_address(struct issue_request *r)
{
	r->addresses = bad_ip;
	r->address_count = 1;
}
static void
with_bad_mail(struct issue_request *r)
{
	r->email = "nobody";
}
static void
backwards(struct issue_request *r)
{
	r->not_after = r->not_before - 1;
}
static void
too_long(struct issue_request *r)
{
	r->not_before = PKI_NOW;
	r->not_after = PKI_NOW + (issue_days_max(r->profile) + 1) * PKI_DAY;
}
static void
beyond_the_issuer(struct issue_request *r)
{
	r->not_before = PKI_NOW + 1500 * PKI_DAY;
	r->not_after = PKI_NOW + 2001 * PKI_DAY;
}
static void
as_a_ca_too_deep(struct issue_request *r)
{
	r->profile = ISSUE_INTERMEDIATE_CA;
	r->ca_path_length = 1; /* the issuer has 1 left: a CA below may have 0 */
}
static void
with_negative_path_length(struct issue_request *r)
{
	r->profile = ISSUE_INTERMEDIATE_CA;
	r->ca_path_length = -1;
}
static void
as_a_root(struct issue_request *r)
{
	r->profile = ISSUE_ROOT_CA;
}
static void
as_a_nameless_server(struct issue_request *r)
{
	r->profile = ISSUE_TLS_SERVER;
	r->not_before = PKI_NOW;
}

static void
what_cannot_stand_in_a_certificate_is_refused(void)
{
	static const struct bad_request bad[] = {
		{ "no name", without_name, ERROR_MALFORMED },
		{ "long name", with_long_name, ERROR_MALFORMED },
		{ "UTF-8", with_broken_utf8, ERROR_MALFORMED },
		{ "country", with_long_country, ERROR_MALFORMED },
		{ "DNS", with_bad_dns, ERROR_MALFORMED },
		{ "address", with_bad_address, ERROR_MALFORMED },
		{ "mail", with_bad_mail, ERROR_MALFORMED },
		{ "backwards", backwards, ERROR_MALFORMED },
		{ "too long", too_long, ERROR_MALFORMED },
		{ "beyond issuer", beyond_the_issuer, ERROR_CONFLICT },
		{ "path length", as_a_ca_too_deep, ERROR_CONFLICT },
		{ "negative path length", with_negative_path_length, ERROR_MALFORMED },
		{ "root with issuer", as_a_root, ERROR_MALFORMED },
		{ "server without name", as_a_nameless_server, ERROR_MALFORMED },
	};
	struct issuer ca = { pki_cert(PKI_INTERMEDIATE), pki_key(PKI_INTERMEDIATE)->pkey };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct error err = ERROR_INIT;
		struct issue_request r;
		X509 *x = NULL;

		pki_key(PKI_P256);
		r = pki_request(PKI_P256);
		bad[i].spoil(&r);
		if (issue_certificate(&x, &r, &ca, &err) != -1 || err.kind != bad[i].kind)
			fprintf(stderr, "%s: %s\n", bad[i].what, err.text);
		CU_ASSERT_EQUAL(err.kind, bad[i].kind);
		CU_ASSERT_PTR_NULL(x);
		CU_ASSERT(err.text[0] != '\0');
	}
}

static void
who_is_no_ca_or_has_another_key_issues_nothing(void)
{
	struct issuer not_ca = { pki_cert(PKI_P256), pki_key(PKI_P256)->pkey };
	struct issuer wrong_key = { pki_cert(PKI_INTERMEDIATE), pki_key(PKI_ROOT)->pkey };
	struct issue_request r = pki_request(PKI_P384);
	struct error err = ERROR_INIT;
	X509 *x;

	r.key = pki_key(PKI_P384)->pkey;
	CU_ASSERT_EQUAL(issue_certificate(&x, &r, &not_ca, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_CONFLICT);
	error_clear(&err);
	CU_ASSERT_EQUAL(issue_certificate(&x, &r, &wrong_key, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_CONFLICT);
}

static void
keys_of_every_type_carry_certificates(void)
{
	static const enum pki_id ids[] = { PKI_RSA2048, PKI_P256, PKI_P384, PKI_P521,
		PKI_BRAINPOOL256 };
	static const char *const curves[] = { "", "P-256", "P-384", "P-521", "brainpoolP256r1" };
	struct error err = ERROR_INIT;
	struct cert_facts f;
	size_t i;

	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		ASSERT_OK(cert_facts_read(&f, pki_cert(ids[i]), &err), &err);
		CU_ASSERT_STRING_EQUAL(f.curve, curves[i]);
		CU_ASSERT_EQUAL(f.key_type, i == 0 ? KEY_RSA : KEY_EC);
		cert_facts_release(&f);
	}
}

static void
a_list_is_signed_by_its_ca_and_says_how_long_it_counts(void)
{
	const struct issuer ca = { pki_cert(PKI_ROOT), pki_key(PKI_ROOT)->pkey };
	const struct issuer signer = { pki_cert(PKI_P256), pki_key(PKI_P256)->pkey };
	struct issue_list list = { PKI_NOW, PKI_NOW + 86400, 4711 };
	struct error err = ERROR_INIT;
	struct buf der = BUF_INIT(0);
	struct crl *crl;

	ASSERT_OK(issue_crl(&der, &list, &ca, &err), &err);
	ASSERT_OK(crl_open(&crl, SPAN_OF(&der), &err), &err);
	CU_ASSERT_EQUAL(crl_facts(crl)->this_update, PKI_NOW);
	CU_ASSERT_EQUAL(crl_facts(crl)->next_update, PKI_NOW + 86400);
	CU_ASSERT_EQUAL(crl_facts(crl)->entry_count, 0);
	CU_ASSERT_EQUAL(crl_facts(crl)->number.len, 2);
	CU_ASSERT_PTR_NOT_NULL(crl_facts(crl)->aki);
	CU_ASSERT_STRING_EQUAL(crl_facts(crl)->unusable, "");
	CU_ASSERT_EQUAL(crl_verify(crl, X509_get0_pubkey(ca.cert), &err), 1);
	CU_ASSERT_EQUAL(crl_verify(crl, X509_get0_pubkey(signer.cert), NULL), 0);
	crl_free(crl);
	der.data[40] ^= 1;
	CU_ASSERT(crl_open(&crl, SPAN_OF(&der), NULL) != 0 ||
		  crl_verify(crl, X509_get0_pubkey(ca.cert), NULL) != 1);
	crl_free(crl);
	der.len = 0;
	CU_ASSERT_EQUAL(issue_crl(&der, &list, &signer, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_CONFLICT);
	list.next_update = PKI_NOW;
	error_clear(&err);
	CU_ASSERT_EQUAL(issue_crl(&der, &list, &ca, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	CU_ASSERT_EQUAL(der.len, 0);
	buf_release(&der);
}

static const struct test tests[] = { TEST(each_profile_says_what_its_key_is_for),
	TEST(a_server_certificate_answers_to_its_names_alone),
	TEST(an_rsa_server_key_may_also_encipher),
	TEST(serial_numbers_are_20_bytes_and_never_the_same),
	TEST(signatures_check_under_the_issuer_and_under_nobody_else),
	TEST(what_cannot_stand_in_a_certificate_is_refused),
	TEST(who_is_no_ca_or_has_another_key_issues_nothing),
	TEST(keys_of_every_type_carry_certificates),
	TEST(a_list_is_signed_by_its_ca_and_says_how_long_it_counts), TEST_END };
const struct suite suite_signing_x509_issue = { "signing/x509/issue", NULL, NULL, tests };
