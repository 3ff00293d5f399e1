/* Departures from the form of CMS: refused, and where the caller tolerates one, noted. */
#include <string.h>

#include "signing/core/ossl.h"
#include "signing/format/cms/claims.h"
#include "signing/format/cms/cms_extend.h"
#include "signing/format/cms/cms_read.h"
#include "signing/format/cms/maker.h"
#include "signing/format/cms/oids.h"
#include "tests/support/longterm.h"
#include "tests/support/suite.h"
#include "tests/support/tsa.h"

static const char hello[] = "An invoice over 1,000 euros.";
static const struct test_tsa tsa = { .id = PKI_TSA, .time = PKI_NOW };

static void
sign(struct buf *der, enum pki_id key, enum digest digest, enum padding padding)
{
	const struct sign_options options = { .signing_time = PKI_NOW,
		.claim_time = 1,
		.digest = digest,
		.padding = padding,
		.packaging = PACKAGING_ENVELOPING };
	const struct document doc = { .content = span_str(hello), .has_content = 1 };
	struct error err = ERROR_INIT;

	ASSERT_OK(cms_sign(der, &doc, CMS_PROFILE_CADES, pki_key(key), &options, &err), &err);
}

/* Have the signer sign what `data` is, by another algorithm. */
static void
sign_anew(DER_SIGNER_INFO *signer, const struct sig_alg *alg, enum pki_id key, struct span data)
{
	struct error err = ERROR_INIT;
	unsigned char *value = NULL;
	size_t len = 0;

	ASSERT_OK(
	    sig_alg_sign(alg, pki_key(key)->pkey, data.data, data.len, &value, &len, &err), &err);
	X509_ALGOR_free(signer->signature_algorithm);
	signer->signature_algorithm = X509_ALGOR_new();
	ASSERT_OK(sig_alg_to_x509(alg, signer->signature_algorithm, &err), &err);
	CU_ASSERT_EQUAL(ASN1_OCTET_STRING_set(signer->signature, value, (int)len), 1);
	OPENSSL_free(value);
}

struct making {
	enum pki_id key;
	enum padding padding;
	enum digest digest; /* of the content */
	enum digest signed_by;
	int reversed; /* signed attributes, as they stand */
};

static void
make(struct buf *der, const struct making *m)
{
	struct error err = ERROR_INIT;
	struct buf attributes = BUF_INIT(0);
	struct sig_alg alg;
	DER_SIGNER_INFO *signer;
	DER_CMS *cms;
	int i, n;

	sign(der, m->key, m->digest, m->padding);
	cms = maker_read(der, &err);
	signer = maker_signer(cms, 0, &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(signer);
	n = sk_ASN1_TYPE_num(signer->signed_attributes);
	for (i = 0; m->reversed && i < n; i++)
		sk_ASN1_TYPE_insert(
		    signer->signed_attributes, sk_ASN1_TYPE_pop(signer->signed_attributes), i);
	ASSERT_OK(claims_as_they_stand(&attributes, signer, &err), &err);
	ASSERT_OK(
	    sig_alg_for_key(pki_key(m->key)->pkey, m->signed_by, m->padding, &alg, &err), &err);
	sign_anew(signer, &alg, m->key, SPAN_OF(&attributes));
	ASSERT_OK(maker_set_signer(cms, 0, signer, &err), &err);
	ASSERT_OK(maker_replace(der, cms, &err), &err);
	DER_SIGNER_INFO_free(signer);
	DER_CMS_free(cms);
	buf_release(&attributes);
}

static struct signatures
read_with(const struct buf *der, unsigned int tolerate)
{
	const struct cms_read_options options = { .tolerate = tolerate };
	struct signatures list = { 0 };
	struct error err = ERROR_INIT;

	ASSERT_OK(cms_read(&list, SPAN_OF(der), NULL, &options, &err), &err);
	CU_ASSERT_EQUAL_FATAL(list.count, 1);
	return list;
}

static int
is_intact(const struct signature *sig)
{
	return sig->value_intact && sig->references_intact && sig->failure == SUB_NONE;
}

/* Refused with the words, passed and noted with the bit, and refused for any other bit. */
static void
expect_deviation(
    const struct buf *der, enum deviation deviation, enum sub_indication failure, const char *words)
{
	const unsigned int bit = DEVIATION_BIT(deviation), all = DEVIATION_BIT(DEVIATIONS) - 1;
	struct signatures list = read_with(der, 0);

	CU_ASSERT_FALSE(is_intact(&list.items[0]));
	CU_ASSERT_EQUAL(list.items[0].failure, failure);
	CU_ASSERT_PTR_NOT_NULL(strstr(list.items[0].failure_text, words));
	CU_ASSERT_EQUAL(list.items[0].deviations, 0);
	signatures_release(&list);
	list = read_with(der, all & ~bit);
	CU_ASSERT_FALSE(is_intact(&list.items[0]));
	signatures_release(&list);
	list = read_with(der, all);
	CU_ASSERT(is_intact(&list.items[0]));
	CU_ASSERT_EQUAL(list.items[0].deviations, bit);
	signatures_release(&list);
}

/* No octet of content or value may change, whatever is tolerated. */
static void
expect_tampering_seen(struct buf *der)
{
	const unsigned int all = DEVIATION_BIT(DEVIATIONS) - 1;
	unsigned char *at = memmem(der->data, der->len, "1,000", 5);
	struct signatures list;

	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	*at = '9';
	list = read_with(der, all);
	CU_ASSERT_FALSE(is_intact(&list.items[0]));
	signatures_release(&list);
	*at = '1';
	at = der->data + der->len - 3; /* in the value */
	*at ^= 1;
	list = read_with(der, all);
	CU_ASSERT_FALSE(is_intact(&list.items[0]));
	signatures_release(&list);
	*at ^= 1;
	list = read_with(der, all);
	CU_ASSERT(is_intact(&list.items[0]));
	signatures_release(&list);
}

static void
another_digest_in_the_signature_is_refused_or_noted(void)
{
	static const struct making rows[] = {
		{ PKI_P256, PADDING_NONE, DIGEST_SHA256, DIGEST_SHA512, 0 },
		{ PKI_RSA2048, PADDING_PKCS1, DIGEST_SHA256, DIGEST_SHA512, 0 },
		{ PKI_RSA2048, PADDING_PSS, DIGEST_SHA256, DIGEST_SHA3_256, 0 },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf der = BUF_INIT(0);

		make(&der, &rows[i]);
		expect_deviation(&der, DEVIATION_DIGEST_AGREEMENT, SUB_FORMAT_FAILURE,
		    "but the signature algorithm says");
		expect_tampering_seen(&der);
		buf_release(&der);
	}
}

static void
attributes_that_were_signed_out_of_order_are_refused_or_noted(void)
{
	static const struct making m = { PKI_P256, PADDING_NONE, DIGEST_SHA256, DIGEST_SHA256, 1 };
	struct buf der = BUF_INIT(0);

	make(&der, &m);
	expect_deviation(
	    &der, DEVIATION_ATTRIBUTES_ENCODING, SUB_SIG_CRYPTO_FAILURE, "are not DER");
	expect_tampering_seen(&der);
	buf_release(&der);
}

/* The other way round there is nothing to tolerate: their DER was signed, as it must be. */
static void
attributes_that_only_stand_out_of_order_depart_from_nothing(void)
{
	static const struct making m = { PKI_P256, PADDING_NONE, DIGEST_SHA256, DIGEST_SHA256, 0 };
	struct buf der = BUF_INIT(0);
	struct signatures list;

	make(&der, &m);
	list = read_with(&der, DEVIATION_BIT(DEVIATIONS) - 1);
	CU_ASSERT(is_intact(&list.items[0]));
	CU_ASSERT_EQUAL(list.items[0].deviations, 0);
	signatures_release(&list);
	buf_release(&der);
}

/* Without signed attributes there is one digest, that of the content. */
static void
a_value_over_content_must_be_of_its_digest(void)
{
	static const struct making m = { PKI_P256, PADDING_NONE, DIGEST_SHA256, DIGEST_SHA512, 0 };
	struct buf der = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct signatures list;
	DER_SIGNER_INFO *signer;
	DER_CMS *cms;

	make(&der, &m);
	cms = maker_read(&der, &err);
	signer = maker_signer(cms, 0, &err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(signer);
	sk_ASN1_TYPE_pop_free(signer->signed_attributes, ASN1_TYPE_free);
	signer->signed_attributes = NULL;
	ASSERT_OK(maker_set_signer(cms, 0, signer, &err), &err);
	ASSERT_OK(maker_replace(&der, cms, &err), &err);
	list = read_with(&der, DEVIATION_BIT(DEVIATIONS) - 1);
	CU_ASSERT_FALSE(is_intact(&list.items[0]));
	CU_ASSERT_EQUAL(list.items[0].failure, SUB_FORMAT_FAILURE);
	signatures_release(&list);
	DER_SIGNER_INFO_free(signer);
	DER_CMS_free(cms);
	buf_release(&der);
}

/* ---- a token in an OCTET STRING ---- */

static void
wrap_stamp(struct buf *der)
{
	struct timestamp_source source = test_tsa_source(&tsa);
	struct buf token = BUF_INIT(0), value = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct der_out out = DER_OUT(&value, &err);
	DER_CMS *cms = maker_read(der, &err);
	DER_SIGNER_INFO *signer = maker_signer(cms, 0, &err);
	const ASN1_OCTET_STRING *signature = signer->signature;

	ASSERT_OK(maker_timestamp((struct span){ ASN1_STRING_get0_data(signature),
				      (size_t)ASN1_STRING_length(signature) },
		      &source, &token, &err),
	    &err);
	der_put_value(&out, DER_OCTETS, SPAN_OF(&token));
	ASSERT_OK(
	    maker_push_unsigned(signer, OID_SIGNATURE_TIMESTAMP, SPAN_OF(&value), &err), &err);
	ASSERT_OK(maker_set_signer(cms, 0, signer, &err), &err);
	ASSERT_OK(maker_replace(der, cms, &err), &err);
	DER_SIGNER_INFO_free(signer);
	DER_CMS_free(cms);
	buf_release(&token);
	buf_release(&value);
}

static void
a_wrapped_token_proves_nothing_or_is_noted(void)
{
	struct buf der = BUF_INIT(0);
	struct signatures list;

	sign(&der, PKI_P256, DIGEST_SHA256, PADDING_NONE);
	wrap_stamp(&der);
	list = read_with(&der, 0);
	CU_ASSERT_EQUAL_FATAL(list.items[0].timestamp_count, 1);
	CU_ASSERT_FALSE(list.items[0].timestamps[0].imprint_known);
	CU_ASSERT_PTR_NOT_NULL(strstr(list.items[0].timestamps[0].problem, "OCTET STRING"));
	CU_ASSERT_EQUAL(list.items[0].level, ADES_B_B);
	signatures_release(&list);
	list = read_with(&der, DEVIATION_BIT(DEVIATION_TIMESTAMP_WRAPPING));
	CU_ASSERT_EQUAL_FATAL(list.items[0].timestamp_count, 1);
	CU_ASSERT(list.items[0].timestamps[0].imprint_known);
	CU_ASSERT_EQUAL(list.items[0].deviations, DEVIATION_BIT(DEVIATION_TIMESTAMP_WRAPPING));
	CU_ASSERT_EQUAL(list.items[0].level, ADES_B_T);
	signatures_release(&list);
	buf_release(&der);
}

static const struct test tests[] = {
	TEST(another_digest_in_the_signature_is_refused_or_noted),
	TEST(attributes_that_were_signed_out_of_order_are_refused_or_noted),
	TEST(attributes_that_only_stand_out_of_order_depart_from_nothing),
	TEST(a_value_over_content_must_be_of_its_digest),
	TEST(a_wrapped_token_proves_nothing_or_is_noted),
	TEST_END,
};
const struct suite suite_signing_format_cms_deviation = { "signing/format/cms/deviation", NULL,
	NULL, tests };
