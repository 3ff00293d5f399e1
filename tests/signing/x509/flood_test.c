/*
 * Certificates and evidence that are well formed, signed as they should be, and far more than
 * anybody needs: what they cost is bounded, or paid for (signing/core/work.h).
 */
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

#include "signing/core/certs.h"
#include "signing/x509/path.h"
#include "tests/support/odd_certs.h"
#include "tests/support/status.h"
#include "tests/support/suite.h"

#define CHEAP_MS 500 /* what each of them took before, and more, on a machine that is not busy */

static struct work work;

/* The path of a leaf under that CA, with a large purse; its time on a processor. */
static long
judge(X509 *leaf, X509 *ca, const struct revocation_evidence *evidence, struct path_result *r)
{
	STACK_OF(X509) *pool = sk_X509_new_null();
	const struct path_input in = { .cert = leaf,
		.untrusted = pool,
		.anchors = pki_root_only(),
		.time = PKI_NOW,
		.revocation = evidence,
		.work = &work };
	struct error err = ERROR_INIT;
	const clock_t began = clock();

	work = (struct work)WORK_INIT(20 * WORK_VERDICT_MAX);
	sk_X509_push(pool, ca);
	ASSERT_OK(path_validate(&in, r, &err), &err);
	sk_X509_free(pool);
	return (long)((clock() - began) / (CLOCKS_PER_SEC / 1000));
}

static uint64_t
paid(void)
{
	return work.allowed - work.left;
}

/* "value=" and so many pieces, each printed with its number. */
static X509 *
with_many(
    X509 *cert, enum pki_id issuer, int nid, const char *head, const char *piece, unsigned int n)
{
	struct buf conf = BUF_INIT(0);
	unsigned int i;
	X509 *x;

	CU_ASSERT_EQUAL_FATAL(buf_append_str(&conf, head, NULL), 0);
	for (i = 0; i < n; i++) {
		char text[100];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(text, sizeof(text), piece, i, i);
#pragma GCC diagnostic pop
		CU_ASSERT_EQUAL_FATAL(buf_append_str(&conf, text, NULL), 0);
	}
	CU_ASSERT_EQUAL_FATAL(buf_append(&conf, "\n", 2, NULL), 0);
	x = status_with_ext(cert, issuer, nid, nid == NID_name_constraints, (char *)conf.data);
	buf_release(&conf);
	return x;
}

static void
more_policies_than_are_judged_cost_nothing(void)
{
	X509 *leaf = with_many(pki_cert(PKI_P256), PKI_INTERMEDIATE, NID_certificate_policies,
	    "value=1.2.3", ",1.2.4.%u", 16000);
	struct path_result r;

	CU_ASSERT(judge(leaf, pki_cert(PKI_INTERMEDIATE), NULL, &r) < CHEAP_MS);
	CU_ASSERT_EQUAL(r.sub, SUB_CHAIN_CONSTRAINTS_FAILURE);
	CU_ASSERT_PTR_NOT_NULL(strstr(r.text, "more certificate policies"));
	path_result_release(&r);
	X509_free(leaf);
}

static void
a_serial_number_of_many_bytes_costs_nothing(void)
{
	struct buf serial = BUF_INIT(0), der;
	unsigned char *at = buf_reserve(&serial, 200000, NULL);
	struct error err = ERROR_INIT;
	struct cert_facts facts;
	struct path_result r;
	X509 *leaf;

	memset(at, 0x5a, 200000);
	serial.len = 200000;
	der = odd_certificate(pki_cert(PKI_P256), PKI_INTERMEDIATE,
	    &(struct odd_parts){ .serial = SPAN_OF(&serial) });
	leaf = cert_decode(SPAN_OF(&der));
	CU_ASSERT_PTR_NOT_NULL_FATAL(leaf);
	CU_ASSERT(judge(leaf, pki_cert(PKI_INTERMEDIATE), NULL, &r) < CHEAP_MS);
	ASSERT_OK(cert_facts_read(&facts, leaf, &err), &err);
	CU_ASSERT_STRING_EQUAL(facts.serial, "a number of 1599999 bits");
	cert_facts_release(&facts);
	path_result_release(&r);
	X509_free(leaf);
	buf_release(&serial);
	buf_release(&der);
}

static void
long_names_pay_for_each_constraint_that_they_are_compared_with(void)
{
	X509 *ca = with_many(pki_cert(PKI_INTERMEDIATE), PKI_ROOT, NID_name_constraints,
	    "value=@s\n[s]\n", "excluded;email.%u=x%u@example.org\n", 2000);
	X509 *leaf = with_many(pki_cert(PKI_P256), PKI_INTERMEDIATE, NID_subject_alt_name,
	    "value=email:a@", "abcdefgh", 20000);
	struct path_result r;
	long ms = judge(leaf, ca, NULL, &r);

	CU_ASSERT(!r.ok);
	CU_ASSERT(paid() > 1000000);
	CU_ASSERT((uint64_t)ms * 1000 < 3 * paid());
	path_result_release(&r);
	X509_free(leaf);
	X509_free(ca);
}

static void
a_large_certificate_pays_for_its_bytes(void)
{
	X509 *leaf = with_many(pki_cert(PKI_P256), PKI_INTERMEDIATE, NID_crl_distribution_points,
	    "value=@s\n[s]\n", "URI.%u=http://x.example/%u\n", 7000);
	const uint64_t bytes = (uint64_t)i2d_X509(leaf, NULL);
	struct path_result r;
	uint64_t small;

	judge(pki_cert(PKI_P256), pki_cert(PKI_INTERMEDIATE), NULL, &r);
	path_result_release(&r);
	small = paid();
	judge(leaf, pki_cert(PKI_INTERMEDIATE), NULL, &r);
	path_result_release(&r);
	CU_ASSERT(paid() >= small + bytes / 50);
	X509_free(leaf);
}

#define ANSWERS 300
#define DECOYS	500

/* Answers about the certificate by a key that nobody has: each is looked for among all. */
static void
answers_pay_for_the_certificates_that_may_have_signed_them(void)
{
	static const struct ocsp_response *list[ANSWERS];
	STACK_OF(X509) *decoys = sk_X509_new_null();
	struct revocation_evidence evidence = {
		.ocsps = list, .ocsp_count = ANSWERS, .certificates = decoys
	};
	struct status_ocsp ocsp = status_ocsp_of(PKI_REVOCABLE, PKI_INTERMEDIATE);
	struct error err = ERROR_INIT;
	struct path_result r;
	int i, by_key;
	long ms;

	for (i = 0; i < DECOYS; i++)
		sk_X509_push(decoys, pki_cert(PKI_OTHER_SIGNER));
	ocsp.signer = pki_cert(PKI_OTHER_ROOT);
	ocsp.key = pki_key(PKI_OTHER_ROOT)->pkey;
	for (by_key = 0; by_key < 2; by_key++) {
		ocsp.by_key = by_key;
		for (i = 0; i < ANSWERS; i++) {
			struct ocsp_response *one;
			struct buf der;

			ocsp.this_update = PKI_NOW - 3600 - i;
			der = status_ocsp_make(&ocsp);
			ASSERT_OK(ocsp_response_read(&one, SPAN_OF(&der), &err), &err);
			list[i] = one;
			buf_release(&der);
		}
		ms = judge(pki_cert(PKI_REVOCABLE), pki_cert(PKI_INTERMEDIATE), &evidence, &r);
		CU_ASSERT_EQUAL(r.sub, SUB_TRY_LATER);
		CU_ASSERT(paid() > ANSWERS * DECOYS / (by_key ? 1 : 10));
		CU_ASSERT((uint64_t)ms * 1000 < 5 * paid());
		path_result_release(&r);
		for (i = 0; i < ANSWERS; i++)
			ocsp_response_free((struct ocsp_response *)list[i]);
	}
	sk_X509_free(decoys);
}

static const struct test tests[] = { TEST(more_policies_than_are_judged_cost_nothing),
	TEST(a_serial_number_of_many_bytes_costs_nothing),
	TEST(long_names_pay_for_each_constraint_that_they_are_compared_with),
	TEST(a_large_certificate_pays_for_its_bytes),
	TEST(answers_pay_for_the_certificates_that_may_have_signed_them), TEST_END };
const struct suite suite_signing_x509_flood = { "signing/x509/flood", NULL, NULL, tests };
