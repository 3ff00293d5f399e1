/* CAdES brought to T, LT and LTA, and what the reader then says time stamps cover. */
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <string.h>

#include "signing/core/ossl.h"
#include "signing/format/cms/cms_extend.h"
#include "signing/format/cms/cms_read.h"
#include "signing/format/cms/cms_sign.h"
#include "signing/format/cms/items.h"
#include "signing/format/cms/maker.h"
#include "signing/format/cms/oids.h"
#include "tests/support/longterm.h"
#include "tests/support/suite.h"
#include "tests/support/tsa.h"

static const char hello[] = "An invoice over 1,000 euros.";
static const struct test_tsa tsa = { .id = PKI_TSA, .time = PKI_NOW };

#define EXPECT_FAILS(call, err, expected, words)                                                   \
	do {                                                                                       \
		CU_ASSERT_EQUAL((call), -1);                                                       \
		CU_ASSERT_EQUAL((err)->kind, (expected));                                          \
		CU_ASSERT_PTR_NOT_NULL(strstr((err)->text, (words)));                              \
		error_clear(err);                                                                  \
	} while (0)

static struct document
document(void)
{
	return (struct document){ .content = span_str(hello), .has_content = 1 };
}

/* A signature by PKI_P256 of level B, detached or with its content. */
static struct buf
sign(enum packaging packaging)
{
	struct sign_options options = {
		.signing_time = PKI_NOW, .claim_time = 1, .packaging = packaging
	};
	struct document doc = document();
	struct error err = ERROR_INIT;
	struct buf der = BUF_INIT(0);

	ASSERT_OK(cms_sign(&der, &doc, CMS_PROFILE_CADES, pki_key(PKI_P256), &options, &err), &err);
	return der;
}

static struct buf
sign_t(enum packaging packaging)
{
	struct timestamp_source source = test_tsa_source(&tsa);
	struct document doc = document();
	struct error err = ERROR_INIT;
	struct buf der = sign(packaging);

	ASSERT_OK(cms_extend(&der, 0, EXTEND_T, packaging == PACKAGING_ENVELOPING ? NULL : &doc,
		      NULL, &source, NULL, &err),
	    &err);
	return der;
}

static void
extend(struct buf *der, enum extension to, const struct evidence *data)
{
	struct timestamp_source source = test_tsa_source(&tsa);
	struct error err = ERROR_INIT;

	ASSERT_OK(cms_extend(der, 0, to, NULL, data, &source, NULL, &err), &err);
}

static struct signatures
read_back(const struct buf *der)
{
	struct signatures list = { 0 };
	struct error err = ERROR_INIT;

	ASSERT_OK(cms_read(&list, SPAN_OF(der), NULL, NULL, &err), &err);
	CU_ASSERT_FATAL(list.count >= 1);
	CU_ASSERT(list.items[0].value_intact && list.items[0].references_intact);
	return list;
}

static void
expect_level(const struct buf *der, const char *level, size_t stamps)
{
	struct signatures list = read_back(der);

	longterm_expect_level(&list, level, stamps);
	signatures_release(&list);
}

static void
a_signature_is_brought_from_level_to_level(void)
{
	struct evidence data = longterm_evidence();
	struct buf der = sign(PACKAGING_ENVELOPING);

	expect_level(&der, "B-B", 0);
	extend(&der, EXTEND_T, NULL);
	expect_level(&der, "B-T", 1);
	extend(&der, EXTEND_LT, &data);
	expect_level(&der, "B-LT", 1);
	extend(&der, EXTEND_LTA, NULL);
	expect_level(&der, "B-LTA", 2);
	extend(&der, EXTEND_LTA, NULL);
	expect_level(&der, "B-LTA", 3);
	evidence_release(&data);
	buf_release(&der);
}

static void
what_was_put_in_is_read_and_covered_by_the_archive_time_stamp(void)
{
	struct evidence data = longterm_evidence(), more = longterm_more();
	struct buf der = sign_t(PACKAGING_ENVELOPING);
	const struct signature *sig;
	struct signatures list;
	unsigned char sha256[32];

	extend(&der, EXTEND_LTA, &data);
	extend(&der, EXTEND_LTA, &more);
	list = read_back(&der);
	sig = &list.items[0];
	CU_ASSERT(longterm_holds(&list.evidence, &data));
	CU_ASSERT(longterm_holds(&list.evidence, &more));
	CU_ASSERT_EQUAL(sk_X509_num(sig->certificates), 4);
	CU_ASSERT_EQUAL_FATAL(sig->timestamp_count, 3);
	/* signature time stamp: the signature and the certificate that it names, nothing else */
	CU_ASSERT_EQUAL(sig->timestamps[0].kind, TIMESTAMP_SIGNATURE);
	CU_ASSERT(sig->timestamps[0].covers.signature);
	CU_ASSERT_EQUAL(sig->timestamps[0].covers.count, 1);
	X509_digest(sig->signer, EVP_sha256(), sha256, NULL);
	CU_ASSERT(coverage_has(&sig->timestamps[0].covers, sha256));
	/* first archive time stamp: all that was there, the token before it too */
	CU_ASSERT_EQUAL(sig->timestamps[1].kind, TIMESTAMP_ARCHIVE);
	CU_ASSERT(sig->timestamps[1].covers.signature && sig->timestamps[1].covers.document);
	CU_ASSERT_EQUAL(sig->timestamps[1].covers.index, DIGEST_SHA256);
	CU_ASSERT_EQUAL(longterm_covered(&sig->timestamps[1].covers, &data), 6);
	CU_ASSERT_EQUAL(longterm_covered(&sig->timestamps[1].covers, &more), 0);
	digest_span(DIGEST_SHA256, SPAN_OF(&sig->timestamps[0].token), sha256, NULL);
	CU_ASSERT(coverage_has(&sig->timestamps[1].covers, sha256));
	/* the second one: what came later, and the first */
	CU_ASSERT_EQUAL(longterm_covered(&sig->timestamps[2].covers, &more), 1);
	digest_span(DIGEST_SHA256, SPAN_OF(&sig->timestamps[1].token), sha256, NULL);
	CU_ASSERT(coverage_has(&sig->timestamps[2].covers, sha256));
	CU_ASSERT_FALSE(coverage_has(&sig->timestamps[1].covers, sha256));
	signatures_release(&list);
	evidence_release(&data);
	evidence_release(&more);
	buf_release(&der);
}

/* Flip a byte of the last place where these bytes stand. */
static void
flip_in(struct buf *der, struct span what)
{
	unsigned char *at = NULL, *next = der->data;

	while ((next = memmem(next, der->len - (size_t)(next - der->data), what.data, what.len)) !=
	       NULL)
		at = next++;
	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	at[what.len - 1] ^= 1;
}

static void
an_archive_time_stamp_covers_nothing_when_something_that_it_lists_was_changed(void)
{
	struct evidence data = longterm_evidence();
	const struct embedded_timestamp *stamp;
	struct buf der = sign_t(PACKAGING_ENVELOPING);
	struct signatures list;

	extend(&der, EXTEND_LTA, &data);
	flip_in(&der, SPAN_OF(&data.crls.items[0].der));
	list = read_back(&der);
	stamp = &list.items[0].timestamps[1];
	CU_ASSERT_FALSE(stamp->imprint_known);
	CU_ASSERT_PTR_NOT_NULL(strstr(stamp->problem, "CRL"));
	CU_ASSERT_EQUAL(stamp->covers.count, 0);
	CU_ASSERT_FALSE(stamp->covers.signature);
	/* The form is what it was: whether it holds is another question. */
	CU_ASSERT_EQUAL(list.items[0].level, ADES_B_LTA);
	signatures_release(&list);
	evidence_release(&data);
	buf_release(&der);
}

static void
an_added_crl_is_not_covered(void)
{
	struct evidence data = longterm_evidence(), more = longterm_more();
	struct buf der = sign_t(PACKAGING_ENVELOPING);
	struct signatures list;

	extend(&der, EXTEND_LTA, &data);
	extend(&der, EXTEND_LT, &more);
	list = read_back(&der);
	CU_ASSERT(longterm_is_sound(&list.items[0].timestamps[1]));
	CU_ASSERT(longterm_holds(&list.evidence, &more));
	CU_ASSERT_EQUAL(longterm_covered(&list.items[0].timestamps[1].covers, &more), 0);
	signatures_release(&list);
	evidence_release(&data);
	evidence_release(&more);
	buf_release(&der);
}

static int
openssl_accepts(const struct buf *der)
{
	const unsigned char *p = der->data;
	CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &p, (long)der->len);
	X509_STORE *store = X509_STORE_new();
	int ok;

	X509_STORE_add_cert(store, pki_cert(PKI_ROOT));
	X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), (time_t)PKI_NOW);
	X509_VERIFY_PARAM_set_purpose(X509_STORE_get0_param(store), X509_PURPOSE_ANY);
	ok = cms != NULL && CMS_verify(cms, NULL, store, NULL, NULL, CMS_BINARY) == 1;
	ERR_clear_error();
	X509_STORE_free(store);
	CMS_ContentInfo_free(cms);
	return ok;
}

static void
openssl_accepts_what_was_extended(void)
{
	struct evidence data = longterm_evidence();
	struct buf der = sign_t(PACKAGING_ENVELOPING);

	extend(&der, EXTEND_LTA, &data);
	CU_ASSERT(openssl_accepts(&der));
	flip_in(&der, span_str(hello));
	CU_ASSERT_FALSE(openssl_accepts(&der));
	evidence_release(&data);
	buf_release(&der);
}

static void
a_detached_signature_is_extended_with_its_document(void)
{
	struct timestamp_source source = test_tsa_source(&tsa);
	struct evidence data = longterm_evidence();
	struct document doc = document(), wrong = document();
	struct signatures list = { 0 };
	struct error err = ERROR_INIT;
	struct buf der = sign_t(PACKAGING_DETACHED);

	EXPECT_FAILS(cms_extend(&der, 0, EXTEND_LTA, NULL, &data, &source, NULL, &err), &err,
	    ERROR_MALFORMED, "document");
	ASSERT_OK(cms_extend(&der, 0, EXTEND_LTA, &doc, &data, &source, NULL, &err), &err);
	ASSERT_OK(cms_read(&list, SPAN_OF(&der), &doc, NULL, &err), &err);
	CU_ASSERT_EQUAL(list.items[0].level, ADES_B_LTA);
	CU_ASSERT(longterm_is_sound(&list.items[0].timestamps[1]));
	signatures_release(&list);
	wrong.content.len--;
	ASSERT_OK(cms_read(&list, SPAN_OF(&der), &wrong, NULL, &err), &err);
	CU_ASSERT_FALSE(longterm_is_sound(&list.items[0].timestamps[1]));
	signatures_release(&list);
	evidence_release(&data);
	buf_release(&der);
}

static void
what_cannot_be_extended_stays_as_it_was(void)
{
	struct timestamp_source source = test_tsa_source(&tsa);
	struct evidence data = longterm_evidence();
	struct error err = ERROR_INIT;
	struct buf der = sign(PACKAGING_ENVELOPING);
	size_t before = der.len;

	EXPECT_FAILS(cms_extend(&der, 0, EXTEND_LT, NULL, &data, NULL, NULL, &err), &err,
	    ERROR_CONFLICT, "level T");
	EXPECT_FAILS(cms_extend(&der, 1, EXTEND_T, NULL, NULL, &source, NULL, &err), &err,
	    ERROR_NOT_FOUND, "number 2");
	data.ocsps.items[0].der.len = 1;
	extend(&der, EXTEND_T, NULL);
	before = der.len;
	EXPECT_FAILS(cms_extend(&der, 0, EXTEND_LT, NULL, &data, NULL, NULL, &err), &err,
	    ERROR_MALFORMED, "OCSP");
	CU_ASSERT_EQUAL(der.len, before);
	evidence_release(&data);
	buf_release(&der);
}

/* Revocation data in attributes, as TS 101 733 has it: level X-L, and the same evidence. */
/* An authority that stamps something else. */
static int
stamp_other_data(void *ctx, enum digest digest, const unsigned char *imprint, struct buf *token,
    struct error *err)
{
	unsigned char other[DIGEST_SIZE_MAX];

	(void)ctx, (void)err;
	memcpy(other, imprint, digest_size(digest));
	other[0] ^= 1;
	test_token(token, &tsa, digest, other);
	return 0;
}

static void
nothing_is_built_on_a_time_stamp_over_other_data(void)
{
	const struct timestamp_source liar = { .get = stamp_other_data, .digest = DIGEST_SHA256 };
	struct timestamp_source source = test_tsa_source(&tsa);
	struct evidence data = longterm_evidence();
	struct buf der = sign(PACKAGING_ENVELOPING);
	struct error err = ERROR_INIT;

	ASSERT_OK(cms_extend(&der, 0, EXTEND_T, NULL, NULL, &liar, NULL, &err), &err);
	EXPECT_FAILS(cms_extend(&der, 0, EXTEND_LT, NULL, &data, &source, NULL, &err), &err,
	    ERROR_CONFLICT, "time stamp 1 of the signature is not over");
	EXPECT_FAILS(cms_extend(&der, 0, EXTEND_LTA, NULL, NULL, &source, NULL, &err), &err,
	    ERROR_CONFLICT, "time stamp 1 of the signature is not over");
	evidence_release(&data);
	buf_release(&der);
}

static void
a_basic_ocsp_answer_becomes_a_whole_one_once(void)
{
	struct evidence data = longterm_evidence();
	struct span whole = SPAN_OF(&data.ocsps.items[0].der);
	struct buf again = BUF_INIT(0), wrapped = BUF_INIT(0);
	struct error err = ERROR_INIT;
	const unsigned char *p = whole.data;
	OCSP_RESPONSE *response;
	OCSP_BASICRESP *basic;
	struct buf inner = BUF_INIT(0);

	ASSERT_OK(cms_ocsp_response(&again, whole, &err), &err);
	CU_ASSERT(span_equal(SPAN_OF(&again), whole));
	response = d2i_OCSP_RESPONSE(NULL, &p, (long)whole.len);
	basic = OCSP_response_get1_basic(response);
	ASSERT_OK(OSSL_APPEND_DER(OCSP_BASICRESP, basic, &inner, &err), &err);
	ASSERT_OK(cms_ocsp_response(&wrapped, SPAN_OF(&inner), &err), &err);
	CU_ASSERT(span_equal(SPAN_OF(&wrapped), whole));
	OCSP_BASICRESP_free(basic);
	OCSP_RESPONSE_free(response);
	buf_release(&inner);
	buf_release(&again);
	buf_release(&wrapped);
	evidence_release(&data);
}

static void
a_counter_signature_is_made_and_covers_the_value(void)
{
	struct timestamp_source source = test_tsa_source(&tsa);
	struct sign_options options = { .signing_time = PKI_NOW,
		.claim_time = 1,
		.include_chain = 1,
		.level = LEVEL_T,
		.timestamp = &source };
	struct buf der = sign_t(PACKAGING_ENVELOPING);
	struct signatures list;
	struct error err = ERROR_INIT;

	ASSERT_OK(cms_counter_sign(&der, "signer-1", pki_key(PKI_RSA2048), &options, &err), &err);
	CU_ASSERT(openssl_accepts(&der));
	list = read_back(&der);
	CU_ASSERT_EQUAL_FATAL(list.count, 2);
	CU_ASSERT_STRING_EQUAL(list.items[1].parent, "signer-1");
	CU_ASSERT(list.items[1].value_intact && list.items[1].references_intact);
	CU_ASSERT_EQUAL(list.items[1].failure, SUB_NONE);
	CU_ASSERT_EQUAL(list.items[1].level, ADES_B_T);
	CU_ASSERT_EQUAL(list.items[0].level, ADES_B_T);
	signatures_release(&list);
	EXPECT_FAILS(cms_counter_sign(&der, "signer-4", pki_key(PKI_RSA2048), &options, &err), &err,
	    ERROR_NOT_FOUND, "number 4");
	buf_release(&der);
}

static void
a_counter_signature_over_another_value_is_broken(void)
{
	struct sign_options options = { .signing_time = PKI_NOW, .claim_time = 1 };
	struct buf der = sign(PACKAGING_ENVELOPING);
	struct signatures list = { 0 };
	struct error err = ERROR_INIT;
	struct buf value = BUF_INIT(0);

	ASSERT_OK(cms_counter_sign(&der, "signer-1", pki_key(PKI_RSA2048), &options, &err), &err);
	list = read_back(&der);
	ASSERT_OK(buf_append_span(&value, SPAN_OF(&list.items[0].value), &err), &err);
	signatures_release(&list);
	flip_in(&der, SPAN_OF(&value));
	ASSERT_OK(cms_read(&list, SPAN_OF(&der), NULL, NULL, &err), &err);
	CU_ASSERT_FALSE(list.items[0].value_intact);
	CU_ASSERT(list.items[1].value_intact);
	CU_ASSERT_FALSE(list.items[1].references_intact);
	signatures_release(&list);
	buf_release(&value);
	buf_release(&der);
}

/* ---- the older forms: EN 319 122-2, TS 101 733 ---- */

static void
put_unsigned(struct buf *der, const char *oid, struct span value)
{
	struct error err = ERROR_INIT;
	DER_CMS *cms = maker_read(der, &err);
	DER_SIGNER_INFO *signer = maker_signer(cms, 0, &err);

	ASSERT_OK(maker_push_unsigned(signer, oid, value, &err), &err);
	ASSERT_OK(maker_set_signer(cms, 0, signer, &err), &err);
	ASSERT_OK(maker_replace(der, cms, &err), &err);
	DER_SIGNER_INFO_free(signer);
	DER_CMS_free(cms);
}

/* References to validation data: level C. */
static struct buf
form_c(void)
{
	static const unsigned char certs[26] = { 0x30, 24, 0x30, 22, 0x04, 20 };
	static const unsigned char revocation[] = { 0x30, 2, 0x30, 0 };
	struct buf der = sign_t(PACKAGING_ENVELOPING);

	put_unsigned(&der, OID_CERT_REFS, (struct span){ certs, sizeof(certs) });
	put_unsigned(&der, OID_REVOCATION_REFS, (struct span){ revocation, sizeof(revocation) });
	return der;
}

/* And the data themselves: level X-L. */
static struct buf
form_xl(const struct evidence *data)
{
	const struct span crl = SPAN_OF(&data->crls.items[0].der);
	struct buf der = form_c(), values = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct der_out out = DER_OUT(&values, &err);

	der_put_head(&out, DER_SEQUENCE, der_size(der_size(crl.len)));
	der_put_head(&out, DER_CONTEXT + 0, der_size(crl.len));
	der_put_head(&out, DER_SEQUENCE, crl.len);
	der_put_raw(&out, crl);
	CU_ASSERT_FALSE(out.failed);
	put_unsigned(&der, OID_REVOCATION_VALUES, SPAN_OF(&values));
	buf_release(&values);
	return der;
}

/* A time stamp in this attribute over what the reader says that it must be over. */
static void
put_stamp(struct buf *der, const char *oid)
{
	unsigned char imprint[DIGEST_SIZE_MAX] = { 0 };
	struct buf token = BUF_INIT(0), without = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct signatures list;

	ASSERT_OK(buf_append_span(&without, SPAN_OF(der), &err), &err);
	test_token(&token, &tsa, DIGEST_SHA256, imprint);
	put_unsigned(der, oid, SPAN_OF(&token));
	list = read_back(der);
	CU_ASSERT_FATAL(list.items[0].timestamp_count > 0);
	memcpy(imprint,
	    list.items[0]
		.timestamps[list.items[0].timestamp_count - 1]
		.imprint.value[DIGEST_SHA256],
	    32);
	signatures_release(&list);
	token.len = der->len = 0;
	test_token(&token, &tsa, DIGEST_SHA256, imprint);
	ASSERT_OK(buf_append_span(der, SPAN_OF(&without), &err), &err);
	put_unsigned(der, oid, SPAN_OF(&token));
	buf_release(&token);
	buf_release(&without);
}

static const struct older_form {
	int values;
	const char *stamp, *archive;
	const char *level;
	size_t stamps;
} older_forms[] = {
	{ 0, NULL, NULL, "C", 1 },
	{ 0, OID_ESC_TIMESTAMP, NULL, "X", 2 },	 /* type 1 */
	{ 0, OID_REFS_TIMESTAMP, NULL, "X", 2 }, /* type 2 */
	{ 1, NULL, NULL, "X-L", 1 },
	{ 1, OID_ESC_TIMESTAMP, NULL, "X-L", 2 },
	{ 1, OID_REFS_TIMESTAMP, NULL, "X-L", 2 },
	{ 1, NULL, OID_ARCHIVE_TIMESTAMP_V2, "A", 2 },
	{ 1, OID_ESC_TIMESTAMP, OID_ARCHIVE_TIMESTAMP_V2, "A", 3 },
};

/* What they have stays, and is under the archive time stamp; the level is that of their kind. */
static void
older_forms_are_brought_to_an_archive_level(void)
{
	struct evidence data = longterm_evidence();
	size_t i;

	for (i = 0; i < sizeof(older_forms) / sizeof(older_forms[0]); i++) {
		const struct older_form *f = &older_forms[i];
		struct buf der = f->values ? form_xl(&data) : form_c();

		if (f->stamp != NULL)
			put_stamp(&der, f->stamp);
		if (f->archive != NULL)
			put_stamp(&der, f->archive);
		expect_level(&der, f->level, f->stamps);
		extend(&der, EXTEND_LTA, &data);
		expect_level(&der, "A", f->stamps + 1);
		extend(&der, EXTEND_LTA, NULL);
		expect_level(&der, "A", f->stamps + 2);
		buf_release(&der);
	}
	evidence_release(&data);
}

/*
 * An archive time stamp of the second version covers the message's certificates and CRLs: more of
 * them go into its token, where the next archive time stamp covers them.
 */
static void
what_an_older_archive_form_lacks_goes_into_its_last_token(void)
{
	struct evidence data = longterm_evidence(), more = longterm_more();
	struct buf der = form_xl(&data), before = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct signatures list;
	size_t i, covering = 0;

	put_stamp(&der, OID_ARCHIVE_TIMESTAMP_V2);
	extend(&der, EXTEND_LT, &more);
	expect_level(&der, "A", 2);
	ASSERT_OK(buf_append_span(&before, SPAN_OF(&der), &err), &err);
	extend(&der, EXTEND_LT, &more); /* it is all there */
	CU_ASSERT_EQUAL(der.len, before.len);
	extend(&der, EXTEND_LTA, &more);
	expect_level(&der, "A", 3);
	list = read_back(&der);
	for (i = 0; i < list.items[0].timestamp_count; i++)
		covering += (size_t)coverage_has(
		    &list.items[0].timestamps[i].covers, more.crls.items[0].sha256);
	CU_ASSERT_EQUAL(covering, 1); /* the new one alone */
	signatures_release(&list);
	evidence_release(&data);
	evidence_release(&more);
	buf_release(&before);
	buf_release(&der);
}

/* Level X, by a time stamp that is over other data than signature, time stamp and references. */
static void
an_older_form_with_a_time_stamp_that_does_not_fit_is_refused(void)
{
	struct timestamp_source source = test_tsa_source(&tsa);
	struct evidence data = longterm_evidence();
	struct buf x = form_c(), token = BUF_INIT(0), before = BUF_INIT(0);
	unsigned char imprint[DIGEST_SIZE_MAX] = { 1 };
	struct error err = ERROR_INIT;

	test_token(&token, &tsa, DIGEST_SHA256, imprint);
	put_unsigned(&x, OID_ESC_TIMESTAMP, SPAN_OF(&token));
	ASSERT_OK(buf_append_span(&before, SPAN_OF(&x), &err), &err);
	EXPECT_FAILS(cms_extend(&x, 0, EXTEND_LT, NULL, &data, &source, NULL, &err), &err,
	    ERROR_CONFLICT, "must cover");
	EXPECT_FAILS(cms_extend(&x, 0, EXTEND_LTA, NULL, &data, &source, NULL, &err), &err,
	    ERROR_CONFLICT, "must cover");
	CU_ASSERT(span_equal(SPAN_OF(&x), SPAN_OF(&before)));
	evidence_release(&data);
	buf_release(&token);
	buf_release(&before);
	buf_release(&x);
}

/* ---- beside a signer with an archive time stamp of the second version ---- */

/* Two signers of level T; the first has such a time stamp, which covers the message's own data. */
static struct buf
beside_older(void)
{
	struct timestamp_source source = test_tsa_source(&tsa);
	const struct sign_options options = { .signing_time = PKI_NOW,
		.claim_time = 1,
		.packaging = PACKAGING_ENVELOPING,
		.include_chain = 1,
		.level = LEVEL_T,
		.timestamp = &source };
	struct document doc = document();
	struct error err = ERROR_INIT;
	struct buf der = BUF_INIT(0);

	ASSERT_OK(
	    cms_sign(&der, &doc, CMS_PROFILE_CADES, pki_key(PKI_RSA2048), &options, &err), &err);
	ASSERT_OK(
	    cms_add_signer(&der, NULL, CMS_PROFILE_CADES, pki_key(PKI_P256), &options, &err), &err);
	put_stamp(&der, OID_ARCHIVE_TIMESTAMP_V2);
	return der;
}

/* The same with OCSP answers as revocation-values has them. */
static struct evidence
basic_evidence(const struct evidence *whole)
{
	struct evidence basic = { 0 };
	struct buf der = BUF_INIT(0);
	struct error err = ERROR_INIT;
	size_t i;
	int n;

	for (n = 0; n < sk_X509_num(whole->certificates); n++)
		ASSERT_OK(
		    evidence_add_certificate(&basic, sk_X509_value(whole->certificates, n), &err),
		    &err);
	for (i = 0; i < whole->crls.count; i++)
		ASSERT_OK(values_add(&basic.crls, SPAN_OF(&whole->crls.items[i].der), &err), &err);
	for (i = 0; i < whole->ocsps.count; i++) {
		der.len = 0;
		ASSERT_OK(cms_ocsp_basic(&der, SPAN_OF(&whole->ocsps.items[i].der), &err), &err);
		CU_ASSERT(der.len < whole->ocsps.items[i].der.len);
		ASSERT_OK(values_add(&basic.ocsps, SPAN_OF(&der), &err), &err);
	}
	buf_release(&der);
	return basic;
}

static void
extend_second(struct buf *der, enum extension to, const struct evidence *data)
{
	struct timestamp_source source = test_tsa_source(&tsa);
	struct error err = ERROR_INIT;

	ASSERT_OK(cms_extend(der, 1, to, NULL, data, &source, NULL, &err), &err);
}

/* The first signer is as it was; the second has this level and so many sound time stamps. */
static void
expect_second(const struct buf *der, const char *level, size_t stamps)
{
	struct signatures list = read_back(der);
	size_t i;

	expect_level(der, "A", 2);
	CU_ASSERT_EQUAL_FATAL(list.count, 2);
	CU_ASSERT(list.items[1].value_intact && list.items[1].references_intact);
	CU_ASSERT_STRING_EQUAL(ades_level_name(list.items[1].level), level);
	CU_ASSERT_EQUAL(list.items[1].timestamp_count, stamps);
	for (i = 0; i < list.items[1].timestamp_count; i++)
		CU_ASSERT(longterm_is_sound(&list.items[1].timestamps[i]));
	signatures_release(&list);
}

static void
beside_an_older_archive_time_stamp_data_go_into_the_signers_own_attributes(void)
{
	struct evidence whole = longterm_evidence(), data = basic_evidence(&whole),
			more = longterm_more();
	struct buf der = beside_older(), before = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct signatures list;

	expect_second(&der, "B-T", 1);
	extend_second(&der, EXTEND_LT, &whole);
	expect_second(&der, "X-L", 1);
	ASSERT_OK(buf_append_span(&before, SPAN_OF(&der), &err), &err);
	extend_second(&der, EXTEND_LT, &whole); /* it is all there */
	extend_second(&der, EXTEND_LT, &data);
	CU_ASSERT(span_equal(SPAN_OF(&der), SPAN_OF(&before)));
	extend_second(&der, EXTEND_LTA, NULL);
	expect_second(&der, "A", 2);
	extend_second(&der, EXTEND_LTA, &more); /* into the token, under the next one */
	expect_second(&der, "A", 3);
	list = read_back(&der);
	CU_ASSERT(longterm_holds(&list.evidence, &data));
	CU_ASSERT_EQUAL(longterm_covered(&list.items[1].timestamps[1].covers, &data), 6);
	CU_ASSERT_EQUAL(longterm_covered(&list.items[1].timestamps[1].covers, &more), 0);
	CU_ASSERT_EQUAL(longterm_covered(&list.items[1].timestamps[2].covers, &more), 1);
	signatures_release(&list);
	CU_ASSERT(openssl_accepts(&der));
	evidence_release(&whole);
	evidence_release(&data);
	evidence_release(&more);
	buf_release(&before);
	buf_release(&der);
}

/* What one signer's archive time stamp covers is nothing to the other's. */
static void
a_changed_value_beside_an_older_archive_time_stamp_is_not_covered(void)
{
	struct evidence data = longterm_evidence();
	struct buf der = beside_older();
	struct signatures list;

	extend_second(&der, EXTEND_LTA, &data);
	flip_in(&der, SPAN_OF(&data.crls.items[0].der));
	list = read_back(&der);
	CU_ASSERT_EQUAL_FATAL(list.count, 2);
	CU_ASSERT_FALSE(longterm_is_sound(&list.items[1].timestamps[1]));
	CU_ASSERT_EQUAL(longterm_covered(&list.items[1].timestamps[1].covers, &data), 0);
	CU_ASSERT(longterm_is_sound(&list.items[0].timestamps[1]));
	signatures_release(&list);
	evidence_release(&data);
	buf_release(&der);
}

/* A second attribute of that kind would be one too many. */
static void
beside_an_older_archive_time_stamp_values_that_are_there_are_not_added_to(void)
{
	struct timestamp_source source = test_tsa_source(&tsa);
	struct evidence data = longterm_evidence(), more = longterm_more();
	struct buf der = beside_older(), before = BUF_INIT(0);
	struct error err = ERROR_INIT;

	extend_second(&der, EXTEND_LT, &data);
	ASSERT_OK(buf_append_span(&before, SPAN_OF(&der), &err), &err);
	EXPECT_FAILS(cms_extend(&der, 1, EXTEND_LT, NULL, &more, &source, NULL, &err), &err,
	    ERROR_UNSUPPORTED, "archive time stamp of another signer");
	CU_ASSERT(span_equal(SPAN_OF(&der), SPAN_OF(&before)));
	evidence_release(&data);
	evidence_release(&more);
	buf_release(&before);
	buf_release(&der);
}

/* RFC 3126: it is told, and nothing is proven by it or built on it. */
static void
an_archive_time_stamp_of_the_first_version_proves_nothing(void)
{
	struct timestamp_source source = test_tsa_source(&tsa);
	struct evidence data = longterm_evidence();
	struct buf der = form_xl(&data), token = BUF_INIT(0);
	unsigned char imprint[DIGEST_SIZE_MAX] = { 1 };
	struct error err = ERROR_INIT;
	struct signatures list;

	test_token(&token, &tsa, DIGEST_SHA256, imprint);
	put_unsigned(&der, OID_ARCHIVE_TIMESTAMP, SPAN_OF(&token));
	list = read_back(&der);
	CU_ASSERT_EQUAL_FATAL(list.items[0].timestamp_count, 2);
	CU_ASSERT_EQUAL(list.items[0].timestamps[1].kind, TIMESTAMP_ARCHIVE);
	CU_ASSERT(!list.items[0].timestamps[1].imprint_known);
	CU_ASSERT_EQUAL(list.items[0].timestamps[1].covers.count, 0);
	CU_ASSERT(!list.items[0].timestamps[1].covers.signature);
	CU_ASSERT_PTR_NOT_NULL(strstr(list.items[0].timestamps[1].problem, "first version"));
	signatures_release(&list);
	EXPECT_FAILS(cms_extend(&der, 0, EXTEND_LTA, NULL, NULL, &source, NULL, &err), &err,
	    ERROR_CONFLICT, "must cover");
	evidence_release(&data);
	buf_release(&token);
	buf_release(&der);
}

/* Each one signs the value of the one before, as deep as readers go. */
static void
counter_signatures_are_counter_signed_to_a_depth(void)
{
	static const enum pki_id signers[] = { PKI_RSA2048, PKI_P256, PKI_P384 };
	struct timestamp_source source = test_tsa_source(&tsa);
	struct sign_options options = { .signing_time = PKI_NOW,
		.claim_time = 1,
		.include_chain = 1,
		.level = LEVEL_T,
		.timestamp = &source };
	struct buf der = sign_t(PACKAGING_ENVELOPING);
	struct signatures list;
	struct error err = ERROR_INIT;
	char id[64] = "signer-1";
	size_t i;

	for (i = 0; i < CMS_COUNTER_DEPTH_MAX; i++) {
		ASSERT_OK(
		    cms_counter_sign(&der, id, pki_key(signers[i % 3]), &options, &err), &err);
		strcat(id, ".1");
	}
	CU_ASSERT(openssl_accepts(&der));
	EXPECT_FAILS(cms_counter_sign(&der, id, pki_key(PKI_P256), &options, &err), &err,
	    ERROR_LIMIT, "nest too deep");
	error_clear(&err);
	ASSERT_OK(cms_counter_sign(&der, "signer-1.1", pki_key(PKI_P521), &options, &err), &err);
	list = read_back(&der);
	CU_ASSERT_EQUAL_FATAL(list.count, CMS_COUNTER_DEPTH_MAX + 2);
	for (i = 1; i < list.count; i++) {
		const struct signature *sig = &list.items[i];
		const char *dot = strrchr(sig->id, '.');

		CU_ASSERT(sig->value_intact && sig->references_intact);
		CU_ASSERT_EQUAL(sig->failure, SUB_NONE);
		CU_ASSERT_EQUAL(sig->level, ADES_B_T);
		CU_ASSERT_FATAL(dot != NULL && sig->parent != NULL);
		CU_ASSERT_EQUAL(strlen(sig->parent), (size_t)(dot - sig->id));
		CU_ASSERT_EQUAL(strncmp(sig->id, sig->parent, strlen(sig->parent)), 0);
	}
	signatures_release(&list);
	EXPECT_FAILS(cms_counter_sign(&der, "signer-1.1.7", pki_key(PKI_P256), &options, &err),
	    &err, ERROR_NOT_FOUND, "no counter-signature");
	EXPECT_FAILS(cms_counter_sign(&der, "signer-1.", pki_key(PKI_P256), &options, &err), &err,
	    ERROR_NOT_FOUND, "no signature");
	EXPECT_FAILS(cms_counter_sign(&der, "signer-1.0", pki_key(PKI_P256), &options, &err), &err,
	    ERROR_NOT_FOUND, "no signature");
	buf_release(&der);
}

/* The one in the middle is changed: it breaks, and so does what stands over it, and no other. */
static void
a_changed_counter_signature_breaks_the_one_over_it(void)
{
	struct sign_options options = { .signing_time = PKI_NOW, .claim_time = 1 };
	struct buf der = sign(PACKAGING_ENVELOPING), value = BUF_INIT(0);
	struct signatures list = { 0 };
	struct error err = ERROR_INIT;

	ASSERT_OK(cms_counter_sign(&der, "signer-1", pki_key(PKI_RSA2048), &options, &err), &err);
	ASSERT_OK(cms_counter_sign(&der, "signer-1.1", pki_key(PKI_P256), &options, &err), &err);
	list = read_back(&der);
	CU_ASSERT_EQUAL_FATAL(list.count, 3);
	ASSERT_OK(buf_append_span(&value, SPAN_OF(&list.items[1].value), &err), &err);
	signatures_release(&list);
	flip_in(&der, SPAN_OF(&value));
	ASSERT_OK(cms_read(&list, SPAN_OF(&der), NULL, NULL, &err), &err);
	CU_ASSERT(list.items[0].value_intact && list.items[0].references_intact);
	CU_ASSERT_FALSE(list.items[1].value_intact);
	CU_ASSERT_FALSE(list.items[2].references_intact);
	signatures_release(&list);
	buf_release(&value);
	buf_release(&der);
}

static const struct test tests[] = { TEST(a_signature_is_brought_from_level_to_level),
	TEST(what_was_put_in_is_read_and_covered_by_the_archive_time_stamp),
	TEST(an_archive_time_stamp_covers_nothing_when_something_that_it_lists_was_changed),
	TEST(an_added_crl_is_not_covered), TEST(openssl_accepts_what_was_extended),
	TEST(a_detached_signature_is_extended_with_its_document),
	TEST(what_cannot_be_extended_stays_as_it_was),
	TEST(a_counter_signature_is_made_and_covers_the_value),
	TEST(a_counter_signature_over_another_value_is_broken),
	TEST(older_forms_are_brought_to_an_archive_level),
	TEST(what_an_older_archive_form_lacks_goes_into_its_last_token),
	TEST(an_older_form_with_a_time_stamp_that_does_not_fit_is_refused),
	TEST(beside_an_older_archive_time_stamp_data_go_into_the_signers_own_attributes),
	TEST(a_changed_value_beside_an_older_archive_time_stamp_is_not_covered),
	TEST(beside_an_older_archive_time_stamp_values_that_are_there_are_not_added_to),
	TEST(an_archive_time_stamp_of_the_first_version_proves_nothing),
	TEST(counter_signatures_are_counter_signed_to_a_depth),
	TEST(a_changed_counter_signature_breaks_the_one_over_it),
	TEST(nothing_is_built_on_a_time_stamp_over_other_data),
	TEST(a_basic_ocsp_answer_becomes_a_whole_one_once), TEST_END };
const struct suite suite_signing_format_cms_extend = { "signing/format/cms/extend", NULL, NULL,
	tests };
