/* Validation data in the attributes of CAdES before the baseline levels, and in Adobe's. */
#include "signing/format/cms/items.h"

#include <string.h>

#include "signing/core/ossl.h"
#include "signing/format/cms/cms_extend.h"
#include "signing/format/cms/cms_read.h"
#include "signing/format/cms/cms_sign.h"
#include "signing/format/cms/maker.h"
#include "signing/format/cms/oids.h"
#include "tests/support/longterm.h"
#include "tests/support/suite.h"
#include "tests/support/tsa.h"

static const struct test_tsa tsa = { .id = PKI_TSA, .time = PKI_NOW };

/* ---- the values of such attributes ---- */

static struct buf
wrap(unsigned int tag, struct buf content)
{
	struct error err = ERROR_INIT;
	struct buf made = BUF_INIT(0);
	struct der_out out = DER_OUT(&made, &err);

	der_put_value(&out, tag, SPAN_OF(&content));
	CU_ASSERT_FALSE_FATAL(out.failed);
	buf_release(&content);
	return made;
}

static void
put(struct buf *to, struct span der)
{
	struct error err = ERROR_INIT;

	ASSERT_OK(buf_append_span(to, der, &err), &err);
}

static void
put_free(struct buf *to, struct buf der)
{
	put(to, SPAN_OF(&der));
	buf_release(&der);
}

static struct buf
certificates(const struct evidence *data)
{
	struct buf list = BUF_INIT(0);
	struct error err = ERROR_INIT;
	int i;

	for (i = 0; i < sk_X509_num(data->certificates); i++)
		ASSERT_OK(
		    OSSL_APPEND_DER(X509, sk_X509_value(data->certificates, i), &list, &err), &err);
	return list;
}

/* RevocationValues; RevocationInfoArchival has the same form. */
static struct buf
revocation_values(const struct evidence *data)
{
	struct buf crls = BUF_INIT(0), ocsps = BUF_INIT(0), both = BUF_INIT(0);
	size_t i;

	for (i = 0; i < data->crls.count; i++)
		put(&crls, SPAN_OF(&data->crls.items[i].der));
	for (i = 0; i < data->ocsps.count; i++)
		put(&ocsps, SPAN_OF(&data->ocsps.items[i].der));
	put_free(&both, wrap(DER_CONTEXT + 0, wrap(DER_SEQUENCE, crls)));
	put_free(&both, wrap(DER_CONTEXT + 1, wrap(DER_SEQUENCE, ocsps)));
	return wrap(DER_SEQUENCE, both);
}

/* CompleteCertificateRefs with one certificate, by that digest. */
static struct buf
certificate_refs(X509 *cert, enum digest digest)
{
	unsigned char value[EVP_MAX_MD_SIZE];
	struct error err = ERROR_INIT;
	struct buf hash = BUF_INIT(0);
	struct der_out out = DER_OUT(&hash, &err);
	unsigned int len;

	X509_digest(cert, digest_md(digest), value, &len);
	maker_put_digest_algor(&out, digest);
	der_put_value(&out, DER_OCTETS, (struct span){ value, len });
	return wrap(DER_SEQUENCE, wrap(DER_SEQUENCE, wrap(DER_SEQUENCE, hash)));
}

/* ---- a signature that gets them ---- */

static struct buf
sign_t(void)
{
	struct timestamp_source source = test_tsa_source(&tsa);
	struct sign_options options = { .signing_time = PKI_NOW,
		.claim_time = 1,
		.packaging = PACKAGING_ENVELOPING,
		.level = LEVEL_T,
		.timestamp = &source };
	struct document doc = { .content = span_str("abc"), .has_content = 1 };
	struct error err = ERROR_INIT;
	struct buf der = BUF_INIT(0);

	ASSERT_OK(cms_sign(&der, &doc, CMS_PROFILE_CADES, pki_key(PKI_P256), &options, &err), &err);
	return der;
}

static void
push(struct buf *der, const char *oid, struct buf value)
{
	struct error err = ERROR_INIT;
	DER_CMS *cms = maker_read(der, &err);
	DER_SIGNER_INFO *signer = maker_signer(cms, 0, &err);

	ASSERT_OK(maker_push_unsigned(signer, oid, SPAN_OF(&value), &err), &err);
	ASSERT_OK(maker_set_signer(cms, 0, signer, &err), &err);
	ASSERT_OK(maker_replace(der, cms, &err), &err);
	DER_SIGNER_INFO_free(signer);
	DER_CMS_free(cms);
	buf_release(&value);
}

static struct signatures
read_back(const struct buf *der)
{
	struct signatures list = { 0 };
	struct error err = ERROR_INIT;

	ASSERT_OK(cms_read(&list, SPAN_OF(der), NULL, NULL, &err), &err);
	CU_ASSERT_FATAL(list.count == 1);
	return list;
}

static void
expect_level(const struct buf *der, enum ades_level level)
{
	struct signatures list = read_back(der);

	CU_ASSERT_EQUAL(list.items[0].level, level);
	signatures_release(&list);
}

/* A time stamp over the references that stand there now, as RFC 5126 section 6.3.6 has it. */
static void
stamp_references(struct buf *der)
{
	const unsigned char none[32] = { 0 };
	struct signatures list;
	struct buf token = BUF_INIT(0);

	/* The reader tells what the imprint must be. */
	test_token(&token, &tsa, DIGEST_SHA256, none);
	push(der, OID_REFS_TIMESTAMP, token);
	list = read_back(der);
	token = (struct buf)BUF_INIT(0);
	test_token(
	    &token, &tsa, DIGEST_SHA256, list.items[0].timestamps[1].imprint.value[DIGEST_SHA256]);
	signatures_release(&list);
	push(der, OID_REFS_TIMESTAMP, token);
}

static void
the_older_levels_are_told_by_their_attributes(void)
{
	struct evidence data = longterm_evidence();
	struct buf der = sign_t();
	struct signatures list;

	expect_level(&der, ADES_B_T);
	push(&der, OID_CERT_REFS, certificate_refs(pki_cert(PKI_INTERMEDIATE), DIGEST_SHA256));
	expect_level(&der, ADES_C);
	stamp_references(&der);
	expect_level(&der, ADES_X);
	push(&der, OID_CERT_VALUES, wrap(DER_SEQUENCE, certificates(&data)));
	expect_level(&der, ADES_X);
	push(&der, OID_REVOCATION_VALUES, revocation_values(&data));
	expect_level(&der, ADES_XL);
	list = read_back(&der);
	CU_ASSERT(longterm_holds(&list.evidence, &data));
	CU_ASSERT_EQUAL(sk_X509_num(list.items[0].certificates), 4);
	signatures_release(&list);
	evidence_release(&data);
	buf_release(&der);
}

static int
covers_certificate(const struct coverage *covers, enum pki_id id)
{
	unsigned char sha256[32];

	X509_digest(pki_cert(id), EVP_sha256(), sha256, NULL);
	return coverage_has(covers, sha256);
}

static void
a_time_stamp_over_references_covers_what_they_name_by_sha256(void)
{
	struct buf der = sign_t();
	struct signatures list;

	push(&der, OID_CERT_REFS, certificate_refs(pki_cert(PKI_INTERMEDIATE), DIGEST_SHA256));
	stamp_references(&der);
	list = read_back(&der);
	CU_ASSERT_EQUAL_FATAL(list.items[0].timestamp_count, 3);
	CU_ASSERT_EQUAL(list.items[0].timestamps[2].kind, TIMESTAMP_REFERENCES);
	CU_ASSERT(list.items[0].timestamps[2].imprint_known);
	CU_ASSERT_FALSE(list.items[0].timestamps[2].covers.signature);
	CU_ASSERT_EQUAL(list.items[0].timestamps[2].covers.count, 1);
	CU_ASSERT(covers_certificate(&list.items[0].timestamps[2].covers, PKI_INTERMEDIATE));
	CU_ASSERT_FALSE(covers_certificate(&list.items[0].timestamps[2].covers, PKI_ROOT));
	signatures_release(&list);
	buf_release(&der);
}

static void
a_reference_by_sha1_proves_nothing(void)
{
	struct buf der = sign_t();
	struct signatures list;

	push(&der, OID_CERT_REFS, certificate_refs(pki_cert(PKI_INTERMEDIATE), DIGEST_SHA1));
	stamp_references(&der);
	list = read_back(&der);
	CU_ASSERT_EQUAL_FATAL(list.items[0].timestamp_count, 3);
	CU_ASSERT_EQUAL(list.items[0].timestamps[2].covers.count, 0);
	signatures_release(&list);
	buf_release(&der);
}

/* ---- attributes alone ---- */

struct counted {
	int items[CMS_ITEM_HASH + 1];
};

static int
count(void *arg, enum cms_item kind, struct span der)
{
	CU_ASSERT(der.len > 0);
	((struct counted *)arg)->items[kind]++;
	return 0;
}

static struct counted
count_in(const char *oid, struct buf value)
{
	STACK_OF(ASN1_TYPE) *values = sk_ASN1_TYPE_new_null();
	DER_ATTRIBUTE attribute = { NULL, values };
	struct counted found = { { 0 } };

	CU_ASSERT_EQUAL_FATAL(der_push(values, SPAN_OF(&value)), 0);
	CU_ASSERT_EQUAL(cms_items_of_attribute(oid, &attribute, count, &found), 0);
	sk_ASN1_TYPE_pop_free(values, ASN1_TYPE_free);
	buf_release(&value);
	return found;
}

static void
adobes_archival_attribute_holds_crls_and_answers(void)
{
	struct evidence data = longterm_evidence();
	struct counted found = count_in(OID_ADBE_REVOCATION, revocation_values(&data));

	CU_ASSERT_EQUAL(found.items[CMS_ITEM_CRL], 2);
	CU_ASSERT_EQUAL(found.items[CMS_ITEM_OCSP], 1);
	CU_ASSERT_EQUAL(found.items[CMS_ITEM_CERTIFICATE], 0);
	evidence_release(&data);
}

static void
long_term_validation_holds_certificates_and_revocation_data(void)
{
	static const char date[] = "\x18\x0f"
				   "20260301110000Z";
	struct evidence data = longterm_evidence();
	struct buf value = BUF_INIT(0), crls = BUF_INIT(0);
	struct counted found;

	put(&value, span_str(date));
	put_free(&value, wrap(DER_CONTEXT + 0, certificates(&data)));
	put(&crls, SPAN_OF(&data.crls.items[0].der));
	put_free(&value, wrap(DER_CONTEXT + 1, crls));
	found = count_in(OID_LONG_TERM_VALIDATION, wrap(DER_SEQUENCE, value));
	CU_ASSERT_EQUAL(found.items[CMS_ITEM_CERTIFICATE], 3);
	CU_ASSERT_EQUAL(found.items[CMS_ITEM_CRL], 1);
	evidence_release(&data);
}

static void
what_is_cut_or_in_another_attribute_is_left_out(void)
{
	struct evidence data = longterm_evidence();
	struct buf cut = revocation_values(&data);
	struct counted found = count_in(OID_SIGNING_TIME, revocation_values(&data));

	CU_ASSERT_EQUAL(found.items[CMS_ITEM_CRL], 0);
	cut.len -= 5;
	found = count_in(OID_REVOCATION_VALUES, cut);
	CU_ASSERT_EQUAL(found.items[CMS_ITEM_CRL] + found.items[CMS_ITEM_OCSP], 0);
	evidence_release(&data);
}

static void
other_formats_of_revocation_information_are_left_out(void)
{
	struct evidence data = longterm_evidence();
	struct counted found = { { 0 } };
	struct error err = ERROR_INIT;
	struct buf inner = BUF_INIT(0), choice;
	struct der_out out = DER_OUT(&inner, &err);

	der_put_oid(&out, "1.2.3.4");
	der_put_raw(&out, SPAN_OF(&data.ocsps.items[0].der));
	choice = wrap(DER_CONTEXT + 1, inner);
	CU_ASSERT_EQUAL(cms_item_revocation(SPAN_OF(&choice), count, &found), 0);
	CU_ASSERT_EQUAL(found.items[CMS_ITEM_OCSP], 0);
	CU_ASSERT_EQUAL(cms_item_revocation(SPAN_OF(&data.crls.items[0].der), count, &found), 0);
	CU_ASSERT_EQUAL(found.items[CMS_ITEM_CRL], 1);
	buf_release(&choice);
	evidence_release(&data);
}

static const struct test tests[] = { TEST(the_older_levels_are_told_by_their_attributes),
	TEST(a_time_stamp_over_references_covers_what_they_name_by_sha256),
	TEST(a_reference_by_sha1_proves_nothing),
	TEST(adobes_archival_attribute_holds_crls_and_answers),
	TEST(long_term_validation_holds_certificates_and_revocation_data),
	TEST(what_is_cut_or_in_another_attribute_is_left_out),
	TEST(other_formats_of_revocation_information_are_left_out), TEST_END };
const struct suite suite_signing_format_cms_items = { "signing/format/cms/items", NULL, NULL,
	tests };
