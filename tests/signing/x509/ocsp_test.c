#include "signing/x509/ocsp.h"

#include <openssl/ocsp.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/status.h"
#include "tests/support/suite.h"

static struct ocsp_response *
read_answer(const struct buf *der)
{
	struct error err = ERROR_INIT;
	struct ocsp_response *r;

	ASSERT_OK(ocsp_response_read(&r, SPAN_OF(der), &err), &err);
	return r;
}

static OCSP_REQUEST *
request_of(const struct ocsp_request *in)
{
	struct error err = ERROR_INIT;
	struct buf der = BUF_INIT(0);
	const unsigned char *p;
	OCSP_REQUEST *request;

	ASSERT_OK(ocsp_request_write(in, &der, &err), &err);
	p = der.data;
	request = d2i_OCSP_REQUEST(NULL, &p, (long)der.len);
	CU_ASSERT_PTR_NOT_NULL_FATAL(request);
	buf_release(&der);
	return request;
}

static void
a_request_names_the_certificate_and_repeats_the_nonce(void)
{
	unsigned char nonce[OCSP_NONCE_SIZE];
	struct ocsp_request in = { .cert = pki_cert(PKI_P256),
		.issuer = pki_cert(PKI_INTERMEDIATE),
		.nonce = { nonce, sizeof(nonce) } };
	struct error err = ERROR_INIT;
	struct buf none = BUF_INIT(0);
	const EVP_MD *hashes[] = { EVP_sha1(), EVP_sha256() };
	enum digest digests[] = { DIGEST_NONE, DIGEST_SHA256 };
	OCSP_REQUEST *request;
	OCSP_CERTID *id;
	int i;

	memset(nonce, 7, sizeof(nonce));
	for (i = 0; i < 2; i++) {
		in.digest = digests[i];
		request = request_of(&in);
		id = OCSP_cert_to_id(hashes[i], in.cert, in.issuer);
		CU_ASSERT_EQUAL(OCSP_request_onereq_count(request), 1);
		CU_ASSERT_EQUAL(
		    OCSP_id_cmp(id, OCSP_onereq_get0_id(OCSP_request_onereq_get0(request, 0))), 0);
		CU_ASSERT(OCSP_REQUEST_get_ext_by_NID(request, NID_id_pkix_OCSP_Nonce, -1) >= 0);
		OCSP_CERTID_free(id);
		OCSP_REQUEST_free(request);
	}
	in.nonce = SPAN_NONE;
	request = request_of(&in);
	CU_ASSERT(OCSP_REQUEST_get_ext_by_NID(request, NID_id_pkix_OCSP_Nonce, -1) < 0);
	OCSP_REQUEST_free(request);
	in.nonce = (struct span){ nonce, OCSP_NONCE_MAX + 1 };
	CU_ASSERT_EQUAL(ocsp_request_write(&in, &none, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNSUPPORTED);
	CU_ASSERT_EQUAL(none.len, 0);
}

static void
an_answer_tells_what_it_says(void)
{
	struct status_ocsp in = status_ocsp_of(PKI_REVOCABLE, PKI_INTERMEDIATE);
	const struct ocsp_facts *f;
	const struct ocsp_single *s;
	struct ocsp_response *r;
	struct buf der;

	in.status = V_OCSP_CERTSTATUS_REVOKED;
	in.revoked_at = PKI_NOW - 3 * PKI_DAY;
	in.reason = OCSP_REVOKED_STATUS_KEYCOMPROMISE;
	in.archive_cutoff = PKI_NOW - PKI_YEAR;
	in.cert_hash_of = in.cert;
	der = status_ocsp_make(&in);
	r = read_answer(&der);
	f = ocsp_facts(r);
	CU_ASSERT_EQUAL(f->produced_at, in.produced_at);
	CU_ASSERT_PTR_NOT_NULL(f->responder_name);
	CU_ASSERT(ocsp_responder_is(f, pki_cert(PKI_INTERMEDIATE)));
	CU_ASSERT(!ocsp_responder_is(f, pki_cert(PKI_ROOT)));
	CU_ASSERT_EQUAL_FATAL(f->single_count, 1);
	s = ocsp_find(f, pki_cert(PKI_REVOCABLE), pki_cert(PKI_INTERMEDIATE));
	CU_ASSERT_PTR_EQUAL_FATAL(s, &f->singles[0]);
	CU_ASSERT_EQUAL(s->status, OCSP_REVOKED);
	CU_ASSERT_EQUAL(s->revoked_at, in.revoked_at);
	CU_ASSERT_EQUAL(s->reason, CRL_KEY_COMPROMISE);
	CU_ASSERT_EQUAL(s->this_update, in.this_update);
	CU_ASSERT_EQUAL(s->next_update, in.next_update);
	CU_ASSERT_EQUAL(s->archive_cutoff, in.archive_cutoff);
	CU_ASSERT_EQUAL(s->cert_digest, DIGEST_SHA256);
	CU_ASSERT_EQUAL(s->cert_hash.len, 32);
	ocsp_response_free(r);
	buf_release(&der);
}

static void
an_answer_is_about_one_certificate_of_one_issuer(void)
{
	struct status_ocsp in = status_ocsp_of(PKI_REVOCABLE, PKI_INTERMEDIATE);
	const EVP_MD *hashes[] = { NULL, EVP_sha256(), EVP_sha512() };
	struct ocsp_response *r;
	struct buf der;
	size_t i;

	for (i = 0; i < 3; i++) {
		in.id_hash = hashes[i];
		der = status_ocsp_make(&in);
		r = read_answer(&der);
		CU_ASSERT_PTR_NOT_NULL(
		    ocsp_find(ocsp_facts(r), pki_cert(PKI_REVOCABLE), pki_cert(PKI_INTERMEDIATE)));
		CU_ASSERT_PTR_NULL(
		    ocsp_find(ocsp_facts(r), pki_cert(PKI_P256), pki_cert(PKI_INTERMEDIATE)));
		CU_ASSERT_PTR_NULL(
		    ocsp_find(ocsp_facts(r), pki_cert(PKI_REVOCABLE), pki_cert(PKI_ROOT)));
		ocsp_response_free(r);
		buf_release(&der);
	}
}

static void
the_signature_is_the_responders_and_nobody_elses(void)
{
	struct status_ocsp in = status_ocsp_of(PKI_REVOCABLE, PKI_INTERMEDIATE);
	struct error err = ERROR_INIT;
	struct ocsp_response *r;
	struct buf der;

	in.by_key = 1;
	der = status_ocsp_make(&in);
	r = read_answer(&der);
	CU_ASSERT_EQUAL(ocsp_facts(r)->responder_key.len, 20);
	CU_ASSERT(ocsp_responder_is(ocsp_facts(r), pki_cert(PKI_INTERMEDIATE)));
	CU_ASSERT(!ocsp_responder_is(ocsp_facts(r), pki_cert(PKI_ROOT)));
	CU_ASSERT_EQUAL(ocsp_verify(r, in.key, &err), 1);
	CU_ASSERT_EQUAL(ocsp_verify(r, pki_key(PKI_ROOT)->pkey, &err), 0);
	ocsp_response_free(r);
	der.data[der.len - 1] ^= 1;
	r = read_answer(&der);
	CU_ASSERT_EQUAL(ocsp_verify(r, in.key, &err), 0);
	ocsp_response_free(r);
	buf_release(&der);
}

static void
a_nonce_is_repeated_or_missing_or_wrong(void)
{
	struct status_ocsp in = status_ocsp_of(PKI_REVOCABLE, PKI_INTERMEDIATE);
	const struct span ours = span_str("0123456789abcdef"), theirs = span_str("another nonce");
	struct ocsp_response *r;
	struct buf der;

	in.nonce = ours;
	der = status_ocsp_make(&in);
	r = read_answer(&der);
	CU_ASSERT_EQUAL(ocsp_nonce_matches(ocsp_facts(r), ours), 1);
	CU_ASSERT_EQUAL(ocsp_nonce_matches(ocsp_facts(r), theirs), -1);
	ocsp_response_free(r);
	buf_release(&der);
	in.nonce = SPAN_NONE;
	der = status_ocsp_make(&in);
	r = read_answer(&der);
	CU_ASSERT_EQUAL(ocsp_nonce_matches(ocsp_facts(r), ours), 0);
	ocsp_response_free(r);
	buf_release(&der);
}

static void
the_answer_that_signatures_embed_is_read_too(void)
{
	struct status_ocsp in = status_ocsp_of(PKI_REVOCABLE, PKI_INTERMEDIATE);
	struct buf der = status_ocsp_make(&in);
	const unsigned char *p = der.data;
	OCSP_RESPONSE *whole = d2i_OCSP_RESPONSE(NULL, &p, (long)der.len);
	OCSP_BASICRESP *basic = OCSP_response_get1_basic(whole);
	struct error err = ERROR_INIT;
	struct ocsp_response *r;
	unsigned char *out = NULL;
	int len = i2d_OCSP_BASICRESP(basic, &out);

	ASSERT_OK(ocsp_response_read(&r, (struct span){ out, (size_t)len }, &err), &err);
	CU_ASSERT_EQUAL(ocsp_facts(r)->single_count, 1);
	CU_ASSERT_EQUAL(ocsp_verify(r, in.key, &err), 1);
	ocsp_response_free(r);
	OPENSSL_free(out);
	OCSP_BASICRESP_free(basic);
	OCSP_RESPONSE_free(whole);
	buf_release(&der);
}

static void
a_refusal_says_what_to_do(void)
{
	static const struct {
		unsigned char status;
		enum error_kind kind;
		const char *says;
	} cases[] = {
		{ 1, ERROR_NOT_FOUND, "malformed" },
		{ 2, ERROR_UNAVAILABLE, "internal error" },
		{ 3, ERROR_UNAVAILABLE, "try later" },
		{ 4, ERROR_MALFORMED, "status" },
		{ 5, ERROR_NOT_FOUND, "signed request" },
		{ 6, ERROR_NOT_FOUND, "does not answer" },
		{ 7, ERROR_MALFORMED, "status" },
		{ 0, ERROR_MALFORMED, "holds no answer" },
	};
	unsigned char der[] = { 0x30, 3, 0x0a, 1, 0 };
	struct ocsp_response *r;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error err = ERROR_INIT;

		der[4] = cases[i].status;
		CU_ASSERT_EQUAL(
		    ocsp_response_read(&r, (struct span){ der, sizeof(der) }, &err), -1);
		CU_ASSERT_PTR_NULL(r);
		CU_ASSERT_EQUAL(err.kind, cases[i].kind);
		CU_ASSERT_PTR_NOT_NULL(strstr(err.text, cases[i].says));
	}
}

static void
a_cut_answer_is_refused(void)
{
	struct status_ocsp in = status_ocsp_of(PKI_REVOCABLE, PKI_INTERMEDIATE);
	struct buf der = status_ocsp_make(&in);
	struct ocsp_response *r;
	size_t i;

	for (i = 0; i < der.len; i++) {
		struct error err = ERROR_INIT;

		CU_ASSERT_EQUAL(ocsp_response_read(&r, (struct span){ der.data, i }, &err), -1);
		CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	}
	buf_release(&der);
}

static const struct test tests[] = {
	TEST(a_request_names_the_certificate_and_repeats_the_nonce),
	TEST(an_answer_tells_what_it_says),
	TEST(an_answer_is_about_one_certificate_of_one_issuer),
	TEST(the_signature_is_the_responders_and_nobody_elses),
	TEST(a_nonce_is_repeated_or_missing_or_wrong),
	TEST(the_answer_that_signatures_embed_is_read_too),
	TEST(a_refusal_says_what_to_do),
	TEST(a_cut_answer_is_refused),
	TEST_END,
};
const struct suite suite_signing_x509_ocsp = { "signing/x509/ocsp", NULL, NULL, tests };
