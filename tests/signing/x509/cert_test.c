#include "signing/x509/cert.h"

#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "signing/core/ossl.h"
#include "tests/support/pki.h"
#include "tests/support/suite.h"

static STACK_OF(X509) * read_all(struct span data, unsigned int max, struct error *err)
{
	STACK_OF(X509) *out = sk_X509_new_null();

	if (certs_read(out, data, max, err) == 0)
		return out;
	CU_ASSERT_EQUAL(sk_X509_num(out), 0);
	sk_X509_free(out);
	return NULL;
}

static void
a_certificate_is_read_from_der_and_pem(void)
{
	struct error err = ERROR_INIT;
	struct buf der = BUF_INIT(0), pem = BUF_INIT(0);
	X509 *x;

	ASSERT_OK(cert_write_der(&der, pki_cert(PKI_P256), &err), &err);
	ASSERT_OK(cert_read(&x, SPAN_OF(&der), &err), &err);
	CU_ASSERT_EQUAL(X509_cmp(x, pki_cert(PKI_P256)), 0);
	X509_free(x);
	ASSERT_OK(buf_append_str(&pem, "subject=for people\n", &err), &err);
	ASSERT_OK(cert_write_pem(&pem, pki_cert(PKI_P256), &err), &err);
	ASSERT_OK(cert_read(&x, SPAN_OF(&pem), &err), &err);
	CU_ASSERT_EQUAL(X509_cmp(x, pki_cert(PKI_P256)), 0);
	X509_free(x);
	buf_release(&der);
	buf_release(&pem);
}

static void
a_bundle_gives_all_of_its_certificates_in_order(void)
{
	static const enum pki_id ids[] = { PKI_P256, PKI_INTERMEDIATE, PKI_ROOT };
	struct error err = ERROR_INIT;
	struct buf pem = BUF_INIT(0);
	STACK_OF(X509) * all;
	int i;

	for (i = 0; i < 3; i++)
		ASSERT_OK(cert_write_pem(&pem, pki_cert(ids[i]), &err), &err);
	all = read_all(SPAN_OF(&pem), 3, &err);
	CU_ASSERT_EQUAL_FATAL(sk_X509_num(all), 3);
	for (i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(X509_cmp(sk_X509_value(all, i), pki_cert(ids[i])), 0);
	sk_X509_pop_free(all, X509_free);
	CU_ASSERT_PTR_NULL(read_all(SPAN_OF(&pem), 2, &err));
	CU_ASSERT_EQUAL(err.kind, ERROR_LIMIT);
	CU_ASSERT_EQUAL(err.allowed, 2);
	buf_release(&pem);
}

static void
pkcs7_gives_its_certificates(void)
{
	struct error err = ERROR_INIT;
	struct buf der = BUF_INIT(0);
	PKCS7 *p7 = PKCS7_new();
	STACK_OF(X509) * all;

	CU_ASSERT_FATAL(PKCS7_set_type(p7, NID_pkcs7_signed) == 1 &&
			PKCS7_content_new(p7, NID_pkcs7_data) == 1);
	CU_ASSERT_FATAL(PKCS7_add_certificate(p7, pki_cert(PKI_ROOT)) == 1 &&
			PKCS7_add_certificate(p7, pki_cert(PKI_INTERMEDIATE)) == 1);
	ASSERT_OK(OSSL_APPEND_DER(PKCS7, p7, &der, &err), &err);
	all = read_all(SPAN_OF(&der), 10, &err);
	CU_ASSERT_EQUAL_FATAL(sk_X509_num(all), 2);
	CU_ASSERT(certs_hold(all, pki_cert(PKI_ROOT)));
	CU_ASSERT(certs_hold(all, pki_cert(PKI_INTERMEDIATE)));
	CU_ASSERT(!certs_hold(all, pki_cert(PKI_P256)));
	sk_X509_pop_free(all, X509_free);
	PKCS7_free(p7);
	buf_release(&der);
}

static void
what_is_no_certificate_is_refused(void)
{
	static const char *const bad[] = { "", "hello", "0", "0\x82\x01", "-----BEGIN X",
		"-----BEGIN CERTIFICATE-----\n",
		"-----BEGIN CERTIFICATE-----\nAAAA\n"
		"-----END CERTIFICATE-----\n",
		"-----BEGIN CERTIFICATE-----\n*\n"
		"-----END CERTIFICATE-----\n" };
	struct error err = ERROR_INIT;
	struct buf der = BUF_INIT(0);
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct error e = ERROR_INIT;

		CU_ASSERT_PTR_NULL(read_all(span_str(bad[i]), 10, &e));
		CU_ASSERT_EQUAL(e.kind, ERROR_MALFORMED);
	}
	ASSERT_OK(cert_write_der(&der, pki_cert(PKI_P256), &err), &err);
	ASSERT_OK(buf_append_str(&der, "x", &err), &err);
	CU_ASSERT_PTR_NULL(read_all(SPAN_OF(&der), 10, &err)); /* bytes behind the end */
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	buf_release(&der);
}

static void
facts_tell_names_times_and_where_to_ask(void)
{
	struct error err = ERROR_INIT;
	struct cert_facts f;
	char finger[CERT_FINGER_SIZE], label[64];

	ASSERT_OK(cert_facts_read(&f, pki_cert(PKI_REVOCABLE), &err), &err);
	CU_ASSERT_STRING_EQUAL(f.subject, "CN=Revocable signer,O=Signet Test,C=DE");
	CU_ASSERT_STRING_EQUAL(f.issuer, "CN=Test Issuing CA,O=Signet Test,C=DE");
	CU_ASSERT_EQUAL(f.not_before, PKI_NOW - PKI_YEAR);
	CU_ASSERT_EQUAL(f.not_after, PKI_NOW + PKI_YEAR);
	CU_ASSERT_EQUAL_FATAL(f.crl.count, 1);
	CU_ASSERT_STRING_EQUAL(f.crl.items[0], "http://pki.example/issuing.crl");
	CU_ASSERT_EQUAL_FATAL(f.ocsp.count, 1);
	CU_ASSERT_STRING_EQUAL(f.ocsp.items[0], "http://pki.example/ocsp");
	CU_ASSERT_EQUAL(f.issuers.count, 0);
	CU_ASSERT_EQUAL(f.path_length, -1);
	CU_ASSERT_EQUAL(strlen(f.fingerprint), 64);
	CU_ASSERT_STRING_EQUAL(
	    f.fingerprint, cert_fingerprint(pki_cert(PKI_REVOCABLE), DIGEST_SHA256, finger));
	CU_ASSERT_STRING_EQUAL(
	    cert_label(pki_cert(PKI_REVOCABLE), label, sizeof(label)), "Revocable signer");
	cert_facts_release(&f);
}

/* A copy of a signer's certificate with one more extension, signed anew. */
static X509 *
with_extension(enum pki_id id, const char *oid, const char *hex_der)
{
	X509 *x = X509_dup(pki_cert(id));
	ASN1_OBJECT *obj = OBJ_txt2obj(oid, 1);
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	long len;
	unsigned char *bytes = OPENSSL_hexstr2buf(hex_der, &len);
	X509_EXTENSION *ext;

	ASN1_OCTET_STRING_set(value, bytes, (int)len);
	ext = X509_EXTENSION_create_by_OBJ(NULL, obj, 0, value);
	CU_ASSERT_FATAL(X509_add_ext(x, ext, -1) == 1);
	X509_EXTENSION_free(ext);
	ASN1_OCTET_STRING_free(value);
	ASN1_OBJECT_free(obj);
	OPENSSL_free(bytes);
	return pki_resign(x, PKI_INTERMEDIATE);
}

static void
qualified_statements_are_told(void)
{
	/* SEQUENCE OF: QcCompliance; QcSSCD; QcType with id-etsi-qct-eseal; an unknown one */
	static const char der[] = "30303008060604008e4601013008060604008e4601043013060604008e46"
				  "01063009060704008e46010602300506032a0304";
	struct error err = ERROR_INIT;
	struct cert_facts f;
	X509 *x;

	x = with_extension(PKI_P256, "1.3.6.1.5.5.7.1.3", der);
	ASSERT_OK(cert_facts_read(&f, x, &err), &err);
	CU_ASSERT_EQUAL(f.qc, CERT_QC_COMPLIANCE | CERT_QC_SSCD | CERT_QC_ESEAL | CERT_QC_OTHER);
	cert_facts_release(&f);
	X509_free(x);
	x = with_extension(PKI_P256, "1.3.6.1.5.5.7.1.3", "3005");
	CU_ASSERT_EQUAL(cert_facts_read(&f, x, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	X509_free(x);
}

static void
the_wish_not_to_be_asked_holds_only_where_it_may_stand(void)
{
	struct error err = ERROR_INIT;
	struct cert_facts f;
	X509 *x;

	/* validity-assured short term */
	x = with_extension(PKI_REVOCABLE, "0.4.0.194121.2.1", "0500");
	ASSERT_OK(cert_facts_read(&f, x, &err), &err);
	CU_ASSERT(f.assured_short_term);
	CU_ASSERT(!cert_facts_need_revocation(&f));
	cert_facts_release(&f);
	X509_free(x);
	/* ocsp-nocheck in a certificate that is no OCSP responder's */
	x = with_extension(PKI_REVOCABLE, "1.3.6.1.5.5.7.48.1.5", "0500");
	ASSERT_OK(cert_facts_read(&f, x, &err), &err);
	CU_ASSERT(f.ocsp_no_check);
	CU_ASSERT(cert_facts_need_revocation(&f));
	cert_facts_release(&f);
	X509_free(x);
	/* noRevAvail beside addresses of revocation information */
	x = with_extension(PKI_REVOCABLE, "2.5.29.56", "0500");
	ASSERT_OK(cert_facts_read(&f, x, &err), &err);
	CU_ASSERT(f.no_rev_avail);
	CU_ASSERT(cert_facts_need_revocation(&f));
	cert_facts_release(&f);
	X509_free(x);
	/* noRevAvail in a CA's certificate */
	x = with_extension(PKI_INTERMEDIATE, "2.5.29.56", "0500");
	ASSERT_OK(cert_facts_read(&f, x, &err), &err);
	CU_ASSERT(cert_facts_need_revocation(&f));
	cert_facts_release(&f);
	X509_free(x);
}

static const struct test tests[] = { TEST(a_certificate_is_read_from_der_and_pem),
	TEST(a_bundle_gives_all_of_its_certificates_in_order), TEST(pkcs7_gives_its_certificates),
	TEST(what_is_no_certificate_is_refused), TEST(facts_tell_names_times_and_where_to_ask),
	TEST(qualified_statements_are_told),
	TEST(the_wish_not_to_be_asked_holds_only_where_it_may_stand), TEST_END };
const struct suite suite_signing_x509_cert = { "signing/x509/cert", NULL, NULL, tests };
